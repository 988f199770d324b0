/* finding.h - one thing wrong with a submission, with the evidence.
 *
 * Checks make findings (they fill everything but id, rubric and points_lost), score/ gives them points, reports print
 * them. */
#ifndef FINDING_H
#define FINDING_H

#include <stdbool.h>
#include <stddef.h>

struct interleaving; /* interleaving.h */

/* A line of source that belongs to a finding. */
struct place {
	char *file;     /* base name, "pipe_ring.c" */
	unsigned line;  /* 1-based; 0 = unknown */
	char *function; /* or NULL */
	char *role;     /* what happened there: "write by thread T2", "allocated", "waits to read"; or NULL */
};

struct finding {
	char *id;        /* "F1", "F2", ... in report order */
	char *check;     /* "criterion", "tsan", "memcheck", "audit", "symbols", "build", "score" */
	char *kind;      /* "data_race", "assertion", "memory_leak", ... (docs/findings.md lists them) */
	char *diagnosis; /* the kind that the explorer, which saw it, too, finds more exact: "missing_signal"; or NULL */
	char *test;      /* test in which it was seen, or NULL */
	char *rubric;    /* rubric line that pays for it, or NULL (advice) */
	int points_lost; /* >= 0 */
	char *seen;      /* what was seen, one sentence */
	char *expected;  /* what was expected, one sentence, or NULL */
	char *why;       /* why it matters, one sentence, or NULL */
	struct place *where; /* the submission's own frames first; two groups for a race, told apart by role */
	size_t where_count;
	char **detail; /* more evidence, a line each: the wait table of a hang, compiler messages; may come from the
	                  submission, so escape */
	size_t detail_count;
	char *replay; /* command that shows it again, or NULL */
	char *hint;   /* id of a hint in assignment.yaml, or NULL */
	char *token;  /* of the schedule explorer: the schedule that shows it, for `make replay`; or NULL */
	struct interleaving *interleaving; /* that schedule step by step; or NULL */
	unsigned count;                    /* how many reports were folded into this one, >= 1 */
};

struct findings {
	struct finding *item;
	size_t count, capacity;
};

/* Appends an empty finding with copies of check, kind and test (may be NULL), count 1. The pointer is valid until the
 * next add. MT: not. */
struct finding *findings_add(struct findings *findings, const char *check, const char *kind, const char *test);

/* Appends a copy of the place (strings are copied; may be NULL). */
void finding_add_place(struct finding *finding, const char *file, unsigned line, const char *function,
                       const char *role);

/* Appends a formatted line of detail. */
void finding_add_detail(struct finding *finding, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Replaces a string field: frees *field and stores the formatted text. */
void finding_set(char **field, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Total order: check, kind, test, first places, seen. For sorting and for equality of verdicts. */
int finding_compare(const struct finding *a, const struct finding *b);

/* Whether two findings have the same root cause: the same check and kind, and the same set of places (order ignored).
 */
bool finding_same_root(const struct finding *a, const struct finding *b);
/* Are they races, told by whatever check, in which one line takes part? What is to be mended is the order of what that
 * line uses, so they are one defect with several places. */
bool finding_shares_race(const struct finding *a, const struct finding *b);
/* The place of an access itself, of those that led to it: 0 and 1 are the two sides of a race. NULL: it has none. */
const struct place *finding_side(const struct finding *finding, unsigned side);

/* Whether the schedule explorer saw the test itself fail: an assertion, a wait without end, a crash, ... in some
 * schedule; and not a race or a leak in a test that may well pass. */
bool finding_fails_test(const struct finding *finding);

/* Is it a limit, or the end of the runner, that ended a check before it came to all tests? It names no test. */
bool finding_ends_check(const struct finding *finding);

/* Is it about a test that a check did not come to? Then what that test is about explains nothing. */
bool finding_is_unreached(const struct finding *finding);

void finding_clear(struct finding *finding);    /* frees the strings */
void findings_clear(struct findings *findings); /* frees all; the struct itself is the caller's */

#endif
