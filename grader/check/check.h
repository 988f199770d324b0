/* check.h - the tools that judge. A check runs a program (or looks at an object), reads what the tool says and makes
 * findings of it.
 *
 * A new check is a new file here and a line in table.c. */
#ifndef CHECK_H
#define CHECK_H

#include "../build/build.h"
#include "../score/grade.h"

/* One submission of one assignment on its way through the checks. Everything is borrowed but `grade`'s contents, which
 * checks fill. */
struct subject {
	const struct kit *kit;
	const struct assignment *assignment;
	const struct half *half;
	const struct parts *parts; /* what is linked with it */
	const char *folder;        /* scratch folder: NAME.c, NAME-plain.o, NAME-plain, ... */
	const char *only_test;     /* grade just this test, or NULL */
	bool public_only;          /* leave the hidden tests out */
	unsigned shards;           /* in how many runs a long check is split, so that all cores have work: 1 in a class */
	const char *mark;          /* of the source and the kit: for replay tokens */
	struct grade *grade;
};

/* Seconds of use (sandbox.h) that each check of a submission may have: together 160, which is a minute and a half on
 * two cores. A right solution needs a tenth. */
enum { USE_CRITERION_S = 20, USE_TSAN_S = 25, USE_MEMCHECK_S = 60, USE_EXPLORE_S = 50, USE_COVERAGE_S = 5 };

/* When it has its turn, where there are more runs than cores. */
enum check_turn {
	TURN_FIRST, /* the others begin when it has judged; it always runs, also where another check is all that is asked */
	TURN_LONG,  /* takes long, so it begins before others */
	TURN_ANY,
	TURN_ADVICE /* says nothing about points: last, and only when the whole submission is judged */
};

struct check {
	const char *name;
	enum check_turn turn;
	enum variant variant; /* of the object or program that it needs */
	/* The run of the program under the tool; NULL when the assignment asks nothing of this check. With `splits` one of
	 * subject->shards runs. */
	struct run *(*run)(const struct subject *subject, unsigned shard);
	bool splits;
	/* A second run, of a tool that reads what the first left; or no such function. */
	struct run *(*after)(const struct subject *subject);
	/* Reads the tool's results: findings, test statuses, and how the check went. `result` is of a run that was cut off,
	 * or else of the one that took longest. A check without `run` judges NAME-VARIANT.o, before it is linked, and gets
	 * NULL. */
	void (*judge)(struct subject *subject, const struct run_result *result);
};

extern const struct check *const check_list[]; /* ends with NULL */

/* After all checks, before the score: what the explorer and another check both saw becomes one finding, tests that fail
 * in some schedule only become failed tests, lock orders that the explorer refutes become remarks. */
void checks_agree(struct grade *grade);

#endif
