/* exploration.h - what the host wrote of a search: one struct per test or program, ready to be shown. */
#ifndef EXPLORATION_H
#define EXPLORATION_H

#include "../finding/interleaving.h"
#include "host_report.h"

enum { CHOOSING = 4 }; /* a test that lets the schedule choose is tried in so many times the schedules of others */

/* What all runs of a search together say: the host decides it, and all words and exit statuses follow from it. */
enum search_verdict { SEARCH_NONE_FAILS, SEARCH_FOUND, SEARCH_NOT_EXPLORED, SEARCH_STOPPED };

/* One root cause that a search found. */
struct discovery {
	char *kind;      /* of a finding: "deadlock", "data_race", ... */
	char *status;    /* how the run ended: "hang", "fail", "pass" (a race does not stop a run), ... */
	char *token;     /* the schedule: what to replay */
	char *by_itself; /* who woke up without a signal, in a sentence; or NULL */
	char *chosen;    /* what the test let the schedule choose, in words; "" for nothing */
	unsigned switches;
	bool needed; /* none of the preemptions in the schedule can be left out */
	bool minimal, replays;
	bool too_long;               /* it does not replay, for its run makes more decisions than are kept */
	unsigned long long schedule; /* the run that showed it first, from 0 */
	struct evidence *row;        /* [0]: the cause; then the wait table. Lines are in the texts already */
	size_t row_count;
	struct interleaving *interleaving;
	const struct step *no_loop; /* in it: a wakeup without a signal that was taken for one; or NULL */
};

struct exploration {
	char *test, *status, *hash;
	enum search_verdict verdict;
	bool behind;    /* it is known what else goes wrong when the waits of discoveries with no_loop have one */
	char *unsteady; /* how the program did something else in the same schedule, or NULL */
	struct explored explored;
	unsigned long long points; /* scheduling points of the longest run */
	int threads, ms;
	struct discovery *discovery;
	size_t discovery_count;
	struct evidence *note; /* what a whole program leaves at its end: no failure */
	size_t note_count;
};

struct explorations {
	struct exploration *item;
	size_t count;
	bool begun; /* the host came to its tests */
};

/* Texts of source files, to show lines of them. */
struct source_text {
	const char *file, *text; /* base name; borrowed */
};

/* Adds what the report at `path` says. `lines` (or NULL) of the program that ran; lines of code are shown of `sources`
 * only. */
void explorations_read(struct explorations *explorations, const char *path, struct lines *lines,
                       const struct source_text *sources, size_t source_count);
void explorations_free(struct explorations *explorations);

/* Does all that was read agree with the verdict? */
bool exploration_agrees(const struct exploration *exploration);

/* "needs 2 switches". The caller frees it. */
char *discovery_needs(const struct discovery *discovery);

/* "main@1.3.2@5f00a1": test, schedule, and a mark of what was compiled. The caller frees it. */
char *token_of(const char *test, const char *schedule, const char *mark);

/* Takes a token apart; strings are the caller's. False when it is none. `mark` may be NULL in result. */
bool token_read(const char *token, char **test, char **schedule, char **mark);

#endif
