/* private.h - between the files of intake/: an archive's content while it is judged, before anything is written. */
#ifndef INTAKE_PRIVATE_H
#define INTAKE_PRIVATE_H

#include "intake.h"

enum entry_kind { ENTRY_FOLDER, ENTRY_FILE, ENTRY_LEFT_OUT };

struct entry {
	enum entry_kind kind;
	const char *what; /* of what is left out: "a symbolic link" */
	char *name;       /* normalised: "a/b" */
	char *folded;     /* the same in lower case, for comparing */
	char *bytes;      /* of a file */
	size_t size;
	int64_t time; /* what the archive says, where that is believed; 0: nothing */
};

/* What an archive holds; a folder comes before what is in it. */
struct tree {
	struct entry *item;
	size_t count, capacity, bytes;
	int64_t time; /* of the archive: files get it that have none of their own; 0: not known */
};

/* Sets the report's problem and returns INTAKE_REFUSED. `name` (or NULL) is put in front, cut to a length for reading.
 */
enum intake_state refuse(struct intake_report *report, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void remark(struct intake_report *report, const char *name, const char *text);

/* names.c: a name as "a/b" in fresh memory, "" for the archive's own top. NULL when the rules forbid it: then the
 * report says why. */
char *name_normalise(const char *name, const struct intake_limits *limits, struct intake_report *report);
char *name_fold(const char *name);      /* lower case, for comparing; the caller frees it */
bool name_is_clutter(const char *name); /* what macOS adds unasked; `name` is normalised */
char *name_stem(const char *name);      /* "ben.tar.gz" -> "ben"; the caller frees it */
bool name_is_archive(const char *name); /* by its end */

/* tree.c: adds an entry and the folders above it. `what`: see struct entry. */
enum intake_state tree_add(struct tree *tree, enum entry_kind kind, const char *what, const char *name,
                           const struct intake_limits *limits, struct intake_report *report);
/* Everything into the empty folder `target`. 0, or -1 and *error. */
int tree_write(const struct tree *tree, const char *target, struct error *error);
char *tree_top(const struct tree *tree); /* the one folder that all lies in, or NULL; the caller frees it */
void tree_clear(struct tree *tree);

/* read.c: what the archive's bytes are by their beginning, and what they hold. */
enum archive_kind { ARCHIVE_KIND_NONE, ARCHIVE_KIND_ZIP, ARCHIVE_KIND_TAR, ARCHIVE_KIND_TAR_GZ, ARCHIVE_KIND_OTHER };
enum { SNIFF_SIZE = 512 };
enum archive_kind archive_sniff(const char *bytes, size_t size, const char **name); /* name: of an OTHER one */
enum intake_state archive_list(const char *bytes, size_t size, const struct intake_limits *limits, struct tree *tree,
                               struct intake_report *report);

#endif
