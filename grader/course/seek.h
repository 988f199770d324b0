/* seek.h - sources of an assignment in a submission, under whatever name and in whatever folder people put them.
 * Between seek.c and source.c. */
#ifndef SEEK_H
#define SEEK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How much the name says: the assignment's own; that with what browsers, editors and mail programs make of it
 * ("Race-Fix (1).C", "race_fix.c.txt", "race_fix.cpp"); one that has it inside ("my_race_fix_final.c"); none. */
enum likeness { NAMED, RENAMED, MENTIONED, OTHER };

struct found {
	char *path; /* in the submission */
	enum likeness likeness;
	bool numbered; /* "race_fix(1).c": a second one of that name */
	int64_t time;  /* of the file, in seconds */
};

struct found_list {
	struct found *item; /* sorted by likeness, then by path */
	size_t count;
};

/* Looks for C sources in `folder` (a descriptor) and, if `deep`, in the folders in it, a few levels and some thousand
 * entries far; through no link. Hidden entries, what macOS adds, and folders of builds are passed over. The caller
 * clears it. */
void sources_seek(int folder, bool deep, const char *assignment, struct found_list *list);
void found_clear(struct found_list *list);

#endif
