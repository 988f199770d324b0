/* intake.h - what was handed in becomes a folder to grade. An archive is read, judged and only then unpacked; nothing
 * in it is trusted: not its names, not its sizes, not its end.
 *
 * What is taken: regular files and folders. What is left out, with a remark: symbolic links, hard links, devices,
 * FIFOs, sockets; without one: what macOS adds unasked (__MACOSX, .DS_Store, ._*). An archive is refused as a whole,
 * and nothing of it is written, when
 *   - a name is absolute, has "..", a backslash, a control character, one that hides or reorders text, or is not UTF-8,
 *     whatever kind of entry has it;
 *   - a name lies below a link or another thing that is left out, or below a file: an attempt to escape;
 *   - two names are the same, or differ only in upper and lower case, once "./a//b" is read as "a/b";
 *   - it is larger than the limits, at whatever point that shows while it is read: sizes in headers are not believed;
 *   - it is encrypted, damaged, cut off, empty, or neither zip nor tar nor tar.gz.
 * Archives in archives are files like others. Names that begin in one common folder ("hw1/pipe_ring.c") are looked for
 * in that folder. Files are made with openat below the target folder, one component at a time, with O_EXCL and
 * O_NOFOLLOW; owners, times, modes, attributes and access lists in the archive are ignored; files get the time of the
 * archive. */
#ifndef INTAKE_H
#define INTAKE_H

#include "../course/course.h"
#include "../error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct intake_limits {
	size_t archive;   /* bytes of the archive itself */
	size_t bytes;     /* of all that is in it, unpacked */
	size_t entries;   /* files, folders (also those that are only part of a name) and what is left out */
	size_t depth;     /* components of a name */
	size_t component; /* bytes of one component */
	bool times;       /* files get the times that the archive gives them: it was made by somebody who is trusted */
	bool any_kind;    /* also what only libarchive's other readers know: 7z, rar, tar.xz, ... */
};

extern const struct intake_limits intake_limits; /* 10 MiB, 10 MiB, 1,000, 16, 255 */

/* Of a whole class, as a platform gives it out: larger, and it says when each was handed in. */
extern const struct intake_limits class_limits;

enum intake_state {
	INTAKE_OK,
	INTAKE_REFUSED, /* the archive's fault: `problem` is the sentence for the student */
	INTAKE_FAILED   /* not the archive's fault (a full disk, a target that is not there): *error says what */
};

struct intake_report {
	char *problem;              /* NULL unless refused */
	bool unread;                /* refused because the machine does not let us read it */
	char *folder;               /* where to look for files: the target, or the one folder that everything lies in */
	struct string_list remarks; /* what was left out, a sentence each */
	size_t files, bytes;        /* written */
	int64_t time;               /* of the archive; 0: not known */
};

/* Unpacks the zip, tar or tar.gz (told by its content, not by its name) at `path` into `target`, an empty folder that
 * exists. Fills *report, which the caller frees with intake_report_clear in any case; *error only when it failed. After
 * INTAKE_REFUSED the target is still empty; after INTAKE_FAILED a part may be in it. Texts may hold what names in the
 * archive hold: escape them. Needs up to limits->archive + 2 * limits->bytes of memory. Blocks only on the disk.
 * MT-safe: the locale is that of this call alone. Sources: libarchive's archive_read(3), openat(2). */
enum intake_state intake_unpack(const char *path, const char *target, const struct intake_limits *limits,
                                struct intake_report *report, struct error *error);
void intake_report_clear(struct intake_report *report);

/* Whether a file found in a folder is an archive that somebody handed in: by the end of its name (.zip .tar .tar.gz
 * .tgz and also .7z .rar ..., so that what is not taken is told and not passed over) or, if the name has no extension,
 * by its first bytes. False for all that is no regular file. Never follows a link, never blocks. MT-safe. */
bool intake_is_archive(const char *path);

/* ---- submissions ---------------------------------------------------------------------------- */

/* A submission as it was handed in. All texts are owned by it. */
struct intake {
	char *name;                 /* for reports: the last part of its path, without ".zip" or the like */
	char *folder;               /* where its files are; exists unless `problem` */
	char *problem;              /* why there is nothing to look into, a sentence for the student, or NULL */
	bool unread;                /* that is the machine's fault: nobody knows what was handed in */
	struct string_list remarks; /* for the student */
	char *scratch;              /* the folder that was made for it, or NULL */
	int64_t time;               /* of the archive that was unpacked, which its files have, too; 0: none was */
};

/* Takes the submission at `path`: a folder as it is; an archive (whatever its name), or those in a folder without other
 * sources (as Moodle gives them out), unpacked into `scratch`, a path where nothing is yet. Of archives that are called
 * alike ("hw.zip", "hw(1).zip") the latest counts. So does what is in an archive without a source: an archive again.
 * Anything else is left for source_find to name. Fills *intake. 0, or -1 and *error when it is not the submission's
 * fault; intake_close is due in any case. */
int intake_open(const char *path, const char *scratch, struct intake *intake, struct error *error);

/* The same for an archive of any kind that libarchive can read: for one that a person has looked at. */
int intake_open_any(const char *path, const char *scratch, struct intake *intake, struct error *error);

/* Removes the folder that was made (unless `keep`) and frees the texts. */
void intake_close(struct intake *intake, bool keep);

#endif
