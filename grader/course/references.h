/* references.h - private to course/: what one part of an assignment's files says about another. Each function that
 * checks returns 0, or -1 and *error with the place in the document. They read memory only. MT: safe. */
#ifndef COURSE_REFERENCES_H
#define COURSE_REFERENCES_H

#include "assignment.h"

enum { MOST_NAMES = 1024 }; /* above every .max of the lists of named things, in both files together */

/* Names, borrowed: what references are looked up in. */
struct names {
	const char *what; /* "test" */
	const char *item[MOST_NAMES];
	size_t count;
};

bool has_name(const struct names *names, const char *name);
/* Adds the name of the item at `index` of `list`, whose key for names is `key`; it must be new. */
int add_name(const struct document *document, int list, size_t index, const char *key, const char *name,
             struct names *names, struct error *error);
/* `name` at `node` must be one of them; NULL is fine. */
int check_name(const struct document *document, int node, const struct names *names, const char *name,
               struct error *error);
/* The same for each name in the list at `node`. */
int check_names(const struct document *document, int node, const struct names *names, const struct string_list *list,
                struct error *error);

/* The names that an assignment has. */
struct known {
	struct names rubric, tests, hints;
};

/* Adds those of the assignment, of which only assignment.yaml was read. Each must be there once. */
int know_all(const struct document *document, const struct assignment *assignment, struct known *known,
             struct error *error);

/* The lists under `tests` and `checks` of the document. */
int check_tests(const struct document *document, const struct test_spec *test, size_t count, const struct known *known,
                struct error *error);
int check_checks(const struct document *document, const struct check_spec *check, size_t count,
                 const struct known *known, struct error *error);
int check_essence(const struct document *document, const struct essence *essence, const struct known *known,
                  struct error *error);

/* All of assignment.yaml but the sums of its points. */
int check_references(const struct document *document, const struct assignment *assignment, struct error *error);

/* Where `elsewhere` says what each rubric line has elsewhere: with what is here it is all of the line. */
int check_elsewhere(const struct document *document, const struct assignment *assignment, struct error *error);
int points_elsewhere(const struct assignment *assignment, const char *rubric);
/* Points of these tests and checks that count in the rubric line. */
int points_of_tests(const struct test_spec *test, size_t count, const char *rubric);
int points_of_checks(const struct check_spec *check, size_t count, const char *rubric);

/* The root must have no key that only `other` knows, which is the shape of `other_file`. */
int keys_are_at_home(const struct document *document, const struct shape *shape, const struct shape *other,
                     const char *other_file, struct error *error);

#endif
