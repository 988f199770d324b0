/* assignment.h - private to course/: the parts of an assignment that both of its files have. */
#ifndef COURSE_ASSIGNMENT_H
#define COURSE_ASSIGNMENT_H

#include "course.h"
#include "yaml.h"

/* What a course outside of the kit may leave out, for the kit's course.yaml says it; ends with NULL. */
extern const char *const inherited_keys[];

extern const struct shape assignment_shape; /* of assignment.yaml: struct assignment */
extern const struct shape test_shape;       /* struct test_spec */
extern const struct shape check_shape;      /* struct check_spec */
extern const struct shape sentence_shape;   /* struct sentence */
extern const struct shape essence_shape;    /* struct essence */

void list_add(struct string_list *list, char *owned);
void list_free(struct string_list *list); /* its texts, and the array */
bool list_has(const struct string_list *list, const char *name);
/* Free the array and what its items own. */
void tests_free(struct test_spec *test, size_t count);
void checks_free(struct check_spec *check, size_t count);
void sentences_free(struct sentence *sentence, size_t count);
void read_line_clear(struct read_line *line);
/* The assignment has no points elsewhere afterwards. */
void elsewhere_free(struct assignment *assignment);

#endif
