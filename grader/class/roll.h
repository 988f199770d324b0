/* roll.h - which of the things that were handed in counts for whom. */
#ifndef ROLL_H
#define ROLL_H

#include "../gradebook/gradebook.h"
#include "handin.h"

/* A student's submission of an assignment. */
struct roll_entry {
	char *student;  /* for reports and as the name of a folder beside the gradebook's files: unique */
	int roster_row; /* or ROSTER_NONE */
	const struct assignment *assignment;
	size_t handin; /* its index */
	int64_t handed_in;
	char *note; /* "2 submissions, the latest counts (ada_2.zip)", or NULL */
};

struct roll {
	struct roll_entry *item; /* each student's are together, in the course's order */
	size_t count, students;
	struct string_list remarks; /* sentences for the instructor: who is not in the roster, who handed in nothing, ... */
};

/* What is known of a handin by now. */
struct handin_state {
	const char *folder; /* where its files are, or NULL: it has a problem */
	int64_t time;       /* when it was handed in, 0: not known */
	bool untimed;       /* it is a repository, and the time of its last commit could not be read */
};

/* `roster` may be NULL; `state` has one element for each handin. `root`: the kit's folder. Reads folders. Of several
 * submissions of an assignment the latest counts, also when it cannot be opened; a C file for no assignment, or a
 * folder without the assignment's file, only where there is nothing else. An assignment that nobody in the class
 * handed in is left out. Who is not in the roster is told from others by name and by the platform's number. Filled in
 * any case, freed by roll_clear. MT: safe. */
void roll_make(const struct course *course, const char *root, const struct handins *handins,
               const struct handin_state state[], const struct roster *roster, struct roll *roll);
void roll_clear(struct roll *roll);

#endif
