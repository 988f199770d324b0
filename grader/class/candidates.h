/* candidates.h - the solutions, right and wrong, that come with an assignment: what `validate` and `criterion --agree`
 * judge. */
#ifndef CANDIDATES_H
#define CANDIDATES_H

#include "../build/build.h"
#include "../score/grade.h"

enum role { REFERENCE, SKELETON, ALTERNATIVE, MUTANT };

/* A solution and what must become of it. */
struct candidate {
	enum role role;
	const struct assignment *assignment; /* borrowed */
	char *name;                          /* "reference", "skeleton", or that of its file or patch without its ending */
	char *folder;                        /* holds it under the name that the assignment asks for */
	char *loses, *check;                 /* of a mutant, from its comment; NULL when it does not say */
	char *hint;                          /* ... to which the report must lead first; NULL when it does not say */
	struct string_list tests;
	struct string_list sentences; /* of the contract, that the mutant breaks */
	struct grade *grade;          /* for who judges it; freed with the rest */
};

struct candidates {
	struct candidate *item;
	size_t count;
};

/* Appends the assignment's reference. */
void candidates_add_reference(struct candidates *candidates, const struct assignment *assignment);

/* Appends those of the assignment: reference, skeleton, alternatives, mutants, each group in order of name.
 * Alternatives and mutants are written to a folder of their own under the kit's build folder. 0, or -1 and *error. */
int candidates_add(struct candidates *candidates, const struct kit *kit, const struct assignment *assignment,
                   struct error *error);
void candidates_clear(struct candidates *candidates);

#endif
