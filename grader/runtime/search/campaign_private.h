/* campaign_private.h - between the files that run a campaign: campaign.c, causes.c, deviations.c, repeat.c, shrink.c,
 * campaign_json.c. Not for others. */
#ifndef CAMPAIGN_PRIVATE_H
#define CAMPAIGN_PRIVATE_H

#include "../internal.h"
#include "campaign.h"

#include <string.h>

/* What ends runs comes before what only is wrong, and both before races: of each so many are kept. */
enum rank { RANK_FAILURE, RANK_MISUSE, RANK_RACE, RANKS };
enum { KEPT = 8, FOUND_MAX = RANKS * KEPT };

/* A root cause, and the schedule that showed it first. */
struct found {
	uint64_t key;
	enum rank rank;
	struct rt_evidence evidence; /* as it was seen first */
	char status[12];
	uint64_t number; /* of the run */
	struct deviation *deviation;
	size_t deviations;
	unsigned switches;
	bool needed;  /* it shows the cause only with all of its preemptions */
	bool minimal; /* no schedule with fewer preemptions fails this way */
	bool again;   /* the schedule shows it again */
	bool woken;   /* ... and a wait ends in it without a signal */
};

/* Rows of a sentence: why something is not explored, or what is remarkable about what was. */
enum { SENTENCE = 1000 };

struct state {
	const struct campaign_options *options;
	campaign_run *run;
	void *context;
	struct found found[FOUND_MAX];
	size_t found_count;
	unsigned kept[RANKS];
	unsigned schedules, news;         /* news: the schedule that showed the last cause */
	unsigned failed_runs;             /* that ended wrongly, or showed something */
	unsigned limits;                  /* of the search that runs went over: enum search_limit */
	unsigned not_whole;               /* runs that did */
	uint64_t steps;                   /* of all runs */
	uint64_t spare_runs, spare_steps; /* left for making shorter what is no failure */
	uint64_t hash, bound_schedules;
	int bound_completed;
	bool exhausted, chooses;
	unsigned stopped_s;         /* it ended because so many seconds were over, or 0 */
	struct deviation *replayed; /* of a replay: what was asked for; or NULL */
	size_t replayed_count;
	uint64_t told_ms;   /* when it was told last how far it is */
	const char *status; /* of the test */
	char *notes;        /* what the program leaves at the end of the first run that comes to one, as JSON; or NULL */
	char why_not[SENTENCE];  /* why it was not explored, or "" */
	char unsteady[SENTENCE]; /* how one schedule led to different runs, or "" */
};

static inline bool is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

uint64_t campaign_mix(uint64_t a, uint64_t b);
enum verdict campaign_verdict(const struct state *state);

/* ---- causes.c ------------------------------------------------------------------------------- */

bool campaign_is_cause(const struct rt_evidence *evidence); /* rows of the wait table are none */
uint64_t campaign_key(const struct rt_evidence *evidence);
const struct rt_evidence *campaign_evidence_with(uint64_t key); /* of the run that just ended, or NULL */
/* Keeps the cause if it is new and there is room. The run that just ended shows it. */
void campaign_keep(struct state *state, const struct rt_evidence *evidence, const char *status, uint64_t number);
void campaign_sort(struct state *state); /* failures first */

/* ---- campaign.c: one run -------------------------------------------------------------------- */

void campaign_prepare(uint64_t seed, uint64_t number);
/* Returns the status. A run that ends badly leaves evidence, if only that it did. */
const char *campaign_run_once(struct state *state);

void campaign_begin(const struct campaign_options *options);
/* The plain run comes first, from which the search had its limit of steps: a schedule means what it says only with
 * the same. */
void campaign_limit_steps(struct state *state);

/* ---- game.c --------------------------------------------------------------------------------- */

/* Runs the schedule that options->play begins with up to the next choice, or options->replay to its end, and writes
 * what campaign() writes, with the run in place of what was found, and a member "moment" that says who can go on.
 * Returns the status of the run; "pruned": there is a choice. With options->tree: tree.c. */
const char *campaign_game(struct state *state, FILE *out);
size_t campaign_read_options(const char *text, uint8_t option[]); /* "0.1.0", at most SEARCH_DECISIONS */
/* Runs the options up to the next choice, recorded. Returns the status. */
const char *campaign_run_options(struct state *state, const uint8_t option[], size_t count, bool goes_on);
/* Writes the run that just ended as one that was found; a race is a cause if `races`. At a choice, steps follow that
 * did not happen: */
struct told {
	size_t next, held; /* what each thread does next; who holds what */
};
struct told campaign_put_game_run(struct state *state, const char *status, bool races, FILE *out);
/* {"kind":..., "options":[...]} of the run that just ended. */
void campaign_put_moment(const char *status, struct told told, FILE *out);

/* ---- tree.c --------------------------------------------------------------------------------- */

/* Runs schedules, first options->play and what lies beside it, then those with the fewest preemptions, each state
 * once, and writes all runs in place of what was found,
 * with a member "moments" for them: where each stands, whose continuation it is ("from"), and which earlier one came to
 * the same state ("same"; -1: none). Returns "pass". */
const char *campaign_tree(struct state *state, FILE *out);

/* ---- deviations.c --------------------------------------------------------------------------- */

struct deviation *campaign_deviations_new(void); /* room for as many as there can be; never NULL */
/* How the run that just ended differs from the default. Returns the number of preemptions. */
unsigned campaign_deviations(struct deviation *deviation, size_t *count);
const char *campaign_replay(struct state *state, const struct deviation *deviation, size_t count);
const char *campaign_replay_traced(struct state *state, const struct deviation *deviation, size_t count,
                                   enum tracing tracing);
char *campaign_deviations_text(const struct deviation *deviation, size_t count); /* for tokens; the caller frees it */
size_t campaign_deviations_read(const char *text, struct deviation *deviation);

/* ---- repeat.c ------------------------------------------------------------------------------- */

/* Runs the default schedule several times: does the program do the same each time? Else says so in state->unsteady. */
void campaign_check_steadiness(struct state *state);
/* Does the cause show again in its schedule, each time? Else says so in state->unsteady. */
void campaign_confirm(struct state *state, struct found *found);

/* ---- shrink.c ------------------------------------------------------------------------------- */

void campaign_make_shorter(struct state *state, struct found *found);

/* ---- campaign_json.c ------------------------------------------------------------------------ */

const char *campaign_verdict_name(enum verdict verdict);
/* What the run that just ended left, as members of a JSON object. The caller frees it. */
char *campaign_notes(void);
void campaign_put_summary(const struct state *state, FILE *out);
/* Runs the schedule once more, recorded, and writes what there is to say. */
void campaign_put_found(struct state *state, const struct found *found, FILE *out);
/* The same of the run that just ended, which was recorded; `status` of it. */
void campaign_put_run(const struct state *state, const struct found *found, const char *status, FILE *out);

#endif
