/* strategy.h - what decides in which order a test runs: decisions, and the strategies that make them.
 *
 * A strategy is a file in strategy/. It may look at nothing but the `struct search` (search.h) and search_random, so
 * that the seed decides. */
#ifndef STRATEGY_H
#define STRATEGY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SEARCH_THREADS = 256,
	SEARCH_DECISIONS = 1 << 14, /* of one run that are kept */
	SEARCH_DEVIATIONS = 1 << 13,
	SEARCH_RACY = 64, /* places of races that are scheduling points, too */
	SEARCH_RACY_NUMBERS = 1 << 24
};

/* ---- decisions ------------------------------------------------------------------------------ */

enum decision_kind {
	DECIDE_NEXT,     /* which thread goes on */
	DECIDE_WAITER,   /* which waiter a signal wakes */
	DECIDE_SPURIOUS, /* whether a wait on a condition variable ends at once, without a signal */
	DECIDE_CHOICE    /* which of the possibilities that a test offers (kit_choose) */
};

/* A decision to make. option[0] is what happens by default: the current thread goes on, or the one that waits longest
 * takes over. */
struct moment {
	enum decision_kind kind;
	int current;    /* thread that decides */
	bool can_go_on; /* and is among the options */
	bool yields;    /* but can do nothing useful now */
	int fires;      /* index of the option that ends a timed wait early, or -1 */
	int option[SEARCH_THREADS];
	size_t count;
};

/* A decision that was made. */
struct decision {
	uint8_t kind, thread, count, chosen;
	uint8_t value; /* the thread chosen, or 0 and 1 */
	uint8_t fires; /* see above; 255 none */
	bool priced;   /* any other option but the first interrupts a thread that could have gone on */
	/* Of this thread: SEARCH_RACY_NUMBERS * its decisions before; at a racy place, plus 1 + which place that is +
	 * SEARCH_RACY * how often it has come there since its last decision elsewhere. */
	uint64_t number;
};

/* Does this answer cost a preemption? It interrupts a thread that could have gone on, or a wait that could have lasted.
 */
static inline bool decision_costs(const struct decision *decision, size_t option)
{
	return option && (decision->priced || decision->kind == DECIDE_SPURIOUS || option == decision->fires);
}

/* A decision that differs from the default: "when `thread` makes its decision `number`, the answer is `value`". */
struct deviation {
	uint8_t thread, value;
	bool interrupts; /* costs a preemption */
	uint64_t number;
};

/* ---- strategies ----------------------------------------------------------------------------- */

struct search;

struct strategy {
	const char *name; /* as in --strategy */
	bool exhaustive;  /* wants to see every option, also those that others see now and then (early timeouts) */
	/* In the host, before run `number` (0, 1, ...). May set up search->plan, or search->strategy to another one that
	 * plays this run. false: there is nothing left to try. */
	bool (*plan)(struct search *search, uint64_t number);
	/* In the run: the index of the option to take; moment->count is at least 2. */
	size_t (*choose)(struct search *search, const struct moment *moment);
	/* In the host, after each run; may be NULL. */
	void (*learn)(struct search *search);
};

/* strategy/strategies.h lists them, strategy/table.c finds them. */
const struct strategy *strategy_find(const char *name); /* or NULL */
extern const struct strategy strategy_depth_first, strategy_replay, strategy_play;

/* What was seen in earlier runs: how many scheduling points each thread came to, and who made it. */
struct profile {
	uint32_t points[SEARCH_THREADS];
	uint8_t parent[SEARCH_THREADS];
	int threads;
	uint64_t steps; /* of the longest run */
};

/* What strategies note between runs. Zeroed when a campaign begins, up to `deviation`. */
struct search_plan {
	uint64_t change[16]; /* PCT: steps at which the priority drops */
	unsigned changes;
	uintptr_t target; /* racy: the memory of the race that is looked for */
	bool both_write;  /* ... and whether both of its accesses write */
	size_t prefix_length;
	bool goes_on;                        /* play: by default, to the next choice that matters */
	unsigned bound;                      /* depth-first: of this round */
	unsigned racy;                       /* places of races that were known when it began */
	bool begun, done, unsure;            /* done: nothing left to try; unsure: a run was too long to be followed */
	bool skipped;                        /* this round left out schedules that need more preemptions */
	bool exhausted;                      /* ... and the last one left out none: there is no other schedule */
	uint64_t schedules, bound_schedules; /* of this round; of the last that was completed */
	int completed_bound;                 /* -1: none */
	size_t deviations;
	uint8_t prefix[SEARCH_DECISIONS]; /* depth-first, play: options to take before the default */
	struct deviation *deviation;      /* replay: SEARCH_DEVIATIONS of them */
};

/* A random number for strategies: the same for the same seed, run and number of earlier calls. */
uint64_t search_random(struct search *search);

/* The number of the decision that `thread` makes now. */
uint64_t search_number(const struct search *search, int thread);

#endif
