/* handins_open.h - what was handed in, as folders to grade, and when it was handed in. */
#ifndef HANDINS_OPEN_H
#define HANDINS_OPEN_H

#include "../build/build.h"
#include "../intake/intake.h"
#include "roll.h"

/* A submission's file as it was at another time than now. */
struct version {
	char *folder; /* it is in here, under the assignment's name; NULL: there is none */
	char *remark; /* for the student */
};

/* Where the file comes from, if that is a repository. */
struct origin {
	char *commit;     /* the last one that changed it, in hex; NULL: not known */
	char *repository; /* the address that it was cloned from, as its configuration has it; or NULL */
};

struct opened {
	struct intake intake;
	struct evidence evidence; /* of when it was handed in; of each assignment of the course: */
	struct evidence *each;
	struct version *version; /* of each assignment: the last one before it was due, where that was wished for */
	struct origin *origin;   /* of each assignment's file, at the time that is graded */
};

/* Opens all of them: archives are unpacked, single files put into folders of their own, below the kit's build folder,
 * whose names begin with `name`: another one for each class that is open at a time.
 * Works the queue (git tells the times of commits, in the cage). 0, or -1 and *error. *opened has handins->count
 * elements and is freed by handins_close in any case (which removes the folders). */
int handins_open(const struct kit *kit, struct queue *queue, const char *folder, const char *name,
                 const struct handins *handins, struct opened **opened, struct error *error);

/* Of repositories, finds the last version before a time: until[handin * assignments of the course + place of the
 * assignment], seconds since 1970, 0: the one that is there now. Where there is one, `version` has it, and the evidence
 * of when it was handed in is that commit's. Works the queue. 0, or -1 and *error. */
int handins_find_versions(const struct kit *kit, struct queue *queue, const struct handins *handins,
                          const int64_t until[], struct opened opened[], struct error *error);
void handins_close(const struct kit *kit, struct opened *opened, size_t count);

/* For roll_make; the caller frees it. All in it is borrowed. */
struct handin_state *handins_state(const struct opened *opened, size_t count);

#endif
