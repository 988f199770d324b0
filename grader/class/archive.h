/* archive.h - what earlier classes handed in: compared with this one, and never graded. */
#ifndef ARCHIVE_H
#define ARCHIVE_H

#include "handins_open.h"

/* A class of the archive. */
struct year {
	char *name;   /* of its folder: "2025" */
	char *folder; /* path */
	struct handins handins;
	struct opened *opened;
	struct roll roll;
	char **student; /* of each entry of the roll: "2025: Ada Lovelace" */
};

struct archive {
	struct year *year;
	size_t count;
	struct string_list notes; /* sentences: folders that are no class, say */
};

/* Opens each folder in `folder` as a class (handins_find says in which layouts), by name; what begins with a dot is
 * passed over. Only submissions of `assignments`, names, are in the rolls. Works the queue. 0, or -1 and *error: the
 * folder cannot be read, has no folder, or this was interrupted. *archive is freed by archive_close in any case. */
int archive_open(const struct kit *kit, struct queue *queue, const char *folder, const struct string_list *assignments,
                 struct archive *archive, struct error *error);
void archive_close(const struct kit *kit, struct archive *archive);

/* Whether there is such a folder with folders in it. 0, or -1 and *error. */
int archive_check(const char *folder, struct error *error);

#endif
