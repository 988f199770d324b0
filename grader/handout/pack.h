/* pack.h - private to handout/: a folder of files in memory. */
#ifndef HANDOUT_PACK_H
#define HANDOUT_PACK_H

#include "../error.h"

#include <stdbool.h>
#include <stddef.h>

struct file {
	char *path; /* within the folder: "tests/assignments/race_fix/public.c" */
	char *text; /* followed by a NUL that `size` does not count */
	size_t size;
	bool program; /* may be executed */
};

struct pack {
	struct file *file;
	size_t count;
};

void pack_add(struct pack *pack, const char *path, char *text, size_t size, bool program); /* owns the text now */
const struct file *pack_find(const struct pack *pack, const char *path);                   /* NULL: there is none */
void pack_clear(struct pack *pack);

/* Adds root/path as `path`, as it is. Links are not followed. 0, or -1 and *error. */
int pack_copy(struct pack *pack, const char *root, const char *path, struct error *error);

/* Adds the regular files in root/path and the folders below it whose name ends as one of `ends` (which ends with NULL;
 * NULL: all files), in the order of their names. `as`: where in the pack; "" is its root. 0, or -1 and *error. */
int pack_copy_folder(struct pack *pack, const char *root, const char *path, const char *as, const char *const ends[],
                     struct error *error);

/* Writes all of it into `folder`, which is made. 0, or -1 and *error. */
int pack_write(const struct pack *pack, const char *folder, struct error *error);

#endif
