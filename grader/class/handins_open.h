/* handins_open.h - what was handed in, as folders to grade, and when it was handed in. */
#ifndef HANDINS_OPEN_H
#define HANDINS_OPEN_H

#include "../build/build.h"
#include "../intake/intake.h"
#include "roll.h"

struct opened {
	struct intake intake;
	int64_t time; /* when it was handed in: as the platform says, else of a folder's last commit, else of the file
	                 itself; seconds since 1970, 0: not known */
	bool untimed; /* the folder is a repository whose last commit cannot be read */
};

/* Opens all of them: archives are unpacked, single files put into folders of their own, below the kit's build folder.
 * Works the queue (git tells the times of commits, in the cage). 0, or -1 and *error. *opened has handins->count
 * elements and is freed by handins_close in any case (which removes the folders). */
int handins_open(const struct kit *kit, struct queue *queue, const char *folder, const struct handins *handins,
                 struct opened **opened, struct error *error);
void handins_close(struct opened *opened, size_t count);

/* For roll_make; the caller frees it. Folders are borrowed. */
struct handin_state *handins_state(const struct opened *opened, size_t count);

#endif
