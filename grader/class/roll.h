/* roll.h - which of the things that were handed in counts for whom. */
#ifndef ROLL_H
#define ROLL_H

#include "../gradebook/gradebook.h"
#include "handin.h"
#include "moment.h"

/* A student's submission of an assignment. */
struct roll_entry {
	char *student;  /* for reports and as the name of a folder beside the gradebook's files: unique */
	int roster_row; /* or ROSTER_NONE */
	const struct assignment *assignment;
	size_t who;    /* index in roll.person */
	size_t handin; /* its index */
	int64_t handed_in;
	char *note;   /* "2 submissions, the latest counts (ada_2.zip)", or NULL */
	char *person; /* why a person has to look at it before it can be judged, for the student; or NULL */
	char *taken;  /* the same, for the instructor: with the command that takes it */
	char *offer;  /* what may be meant then, a path in the class's folder; or NULL */
	char *file;   /* in the handin: what a person has said is to be judged; or NULL */
	const struct decision *decision; /* set by roll_decide: what applies of what a person has said; or NULL */
	char *folder; /* set by the caller: where its files are, if not where the handin was opened; or NULL */
};

struct roll {
	struct roll_entry *item; /* each student's are together, in the course's order */
	size_t count;
	struct person *person; /* everybody: who handed in something, then those of the roster who did not; names are the
	                          roll's */
	size_t person_count, students; /* of which so many handed in something */
	size_t *owner;                 /* of each handin: index in person */
	struct string_list remarks; /* sentences for the instructor: who is not in the roster, who handed in nothing, ... */
};

/* What is known of a handin by now. */
struct handin_state {
	const char *folder;          /* where its files are, or NULL: it has a problem, */
	const char *problem;         /* this sentence (NULL: none is known) */
	bool unread;                 /* which is the machine's fault */
	struct evidence evidence;    /* of when it was handed in; */
	const struct evidence *each; /* of each assignment of the course, where that differs; or NULL */
};

/* How the roll is made. All of it may be empty. */
struct roll_wish {
	const struct roster *roster;       /* or NULL */
	const struct string_list *asked;   /* names of assignments, or NULL */
	const struct decisions *decisions; /* about persons as an earlier roll of the same handins has them; or NULL */
};

/* `state` has one element for each handin. Reads folders.
 *
 * Graded are the assignments that were asked for; else those that the instructor's folders and the names of
 * repositories speak of, and those of which half of the class has a file. Nobody gets an entry for what he has not
 * handed in. Of several submissions of an assignment the latest counts, also when it cannot be opened. What is there
 * but cannot be taken for what it should be (another name, several versions, an archive that does not open) needs a
 * person: it is not judged, and never 0. So does what a decision names, where else there would be nothing. Who is not
 * in the roster is told from others by name and by the platform's number. Filled in any case, freed by roll_clear. MT:
 * safe. */
void roll_make(const struct course *course, const struct handins *handins, const struct handin_state state[],
               const struct roll_wish *wish, struct roll *roll);
void roll_clear(struct roll *roll);

/* The rest of a path in the class's folder behind the handin's own, "" for that itself; NULL when it is not in there.
 */
const char *handin_inside(const struct handin *handin, const char *path);

/* Makes it one that is not judged until a person has looked at it. Takes `why`, a sentence. `offer`: what may be meant,
 * a path in the class's folder, or NULL. */
void roll_send_for_person(struct roll_entry *entry, char *why, const char *offer);

/* What a person has said of it applies: it is judged, or refused. Borrows the decision. */
void roll_decide(struct roll_entry *entry, const struct handins *handins, const struct decision *decision);

/* Whose it is, for people to read; borrowed. `roster` may be NULL. */
const char *roll_called(const struct roll_entry *entry, const struct roster *roster);

/* Gives what was handed in by a group that the roster has a column for to each of its lines. */
void roll_give_to_groups(struct handins *handins, const struct roster *roster);

#endif
