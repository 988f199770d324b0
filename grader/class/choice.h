/* choice.h - which submissions of a class are graded again when not all of them are: STUDENT=, SINCE=, A=. */
#ifndef CHOICE_H
#define CHOICE_H

#include "roll.h"

/* What was asked for. All of it may be empty. Borrowed. */
struct choice_wish {
	const struct string_list *students;    /* as an instructor calls them: persons_find */
	const struct string_list *assignments; /* names */
	const char *since;                     /* a time: choice_since; or NULL */
};

struct choice {
	const struct choice_wish *wish;
	const struct roll *roll;
	bool *named;   /* of roll->person: is the person one of the students that were asked for? */
	int64_t since; /* seconds since 1970, 0: none */
};

/* Was anything asked for, so that others are left as they are? */
bool choice_is_restricted(const struct choice_wish *wish);

/* Reads the wish; `roster` may be NULL. 0, or -1 and *error: nobody is called so, several are, or it is no time. Freed
 * by choice_clear, whatever came of it; borrows all it is given. MT: safe, as all here. */
int choice_make(const struct choice_wish *wish, const struct course *course, const struct roster *roster,
                const struct roll *roll, struct choice *choice, struct error *error);
void choice_clear(struct choice *choice);

/* Is it one of the assignments that were asked for, or was none? */
bool choice_asks(const struct choice_wish *wish, const char *assignment);

/* Is the entry graded? When it is not known when it was handed in, it may have been since then. */
bool choice_has_entry(const struct choice *choice, const struct roll_entry *entry);

/* The same of a person's assignment that nothing may have been handed in of: `entry` is NULL then. */
bool choice_has(const struct choice *choice, size_t person, const char *assignment, const struct roll_entry *entry);

/* A time as in course.yaml; also a day ("2026-10-01"), which is its beginning. Without a zone it is meant in that of
 * the course's first due date. -1 and *error: it is none, or has no zone where the course has none. */
int64_t choice_since(const struct course *course, const char *text, struct error *error);

#endif
