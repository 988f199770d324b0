/* search.h - exploring: a test is run again and again, each time in another order that a strategy decides.
 *
 * The search lives in memory that the host and all processes of all runs share. The host plans a run, forks the test,
 * and learns from what the run left here. In the run, whoever has the baton asks the strategy at each scheduling point
 * (search_next) and tells what it did (search_event, order_*). Everything that happens is a function of the program and
 * of the decisions, so the decisions that differ from the default (`deviations`) are the schedule: they are what is
 * shrunk, printed as a token and replayed. */
#ifndef SEARCH_H
#define SEARCH_H

#include "../objects/kinds.h"
#include "state.h"
#include "strategy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SEARCH_STEPS = 1 << 12, /* of a recorded run */
	SEARCH_PLACES = 128,
	SEARCH_WAITS = 16, /* places of waits that are known to end without a signal */
	SEARCH_LOCK_ORDERS = 64,
	SEARCH_NEWS = 1000, /* changes of memory that make a long run one that gets on */
	SEARCH_SEEN = 1 << 20,
	SEARCH_TRACE = 1 << 16 /* steps in which two runs of one schedule are compared */
};

/* What a run went over: then it was not seen whole. */
enum search_limit { OVER_STEPS = 1, OVER_DECISIONS = 2, OVER_CELLS = 4, OVER_OBJECTS = 8, OVER_CLOCKS = 16 };

/* What is done with the steps of a run while it is checked whether the program does the same in the same schedule. */
enum tracing { TRACE_NONE, TRACE_KEEP, TRACE_COMPARE };

enum rt_op {
	OP_NONE,
	OP_CREATE,
	OP_START,
	OP_END,
	OP_JOIN,
	OP_DETACH,
	OP_LOCK,
	OP_TRYLOCK,
	OP_UNLOCK,
	OP_READ_LOCK,
	OP_WRITE_LOCK,
	OP_RW_UNLOCK,
	OP_SPIN_LOCK,
	OP_SPIN_UNLOCK,
	OP_COND_WAIT,
	OP_SIGNAL,
	OP_BROADCAST,
	OP_SEM_WAIT,
	OP_SEM_POST,
	OP_BARRIER,
	OP_ONCE,
	OP_DESTROY,
	OP_FORK,
	OP_WAIT_CHILD,
	OP_EXIT,
	OP_KILL,
	OP_GROUP, /* of processes */
	OP_STATE, /* what a process has besides memory: actions of signals, a generator's state */
	OP_PIPE,
	OP_OPEN,
	OP_READ_FD,
	OP_WRITE_FD,
	OP_CLOSE,
	OP_POLL,
	OP_SLEEP,
	OP_YIELD,
	OP_CLOCK,
	OP_ATOMIC_LOAD,
	OP_ATOMIC_STORE,
	OP_ATOMIC_CHANGE, /* read, modify, write in one */
	OP_FENCE,
	OP_READ, /* of memory, by a plain access */
	OP_WRITE,
	OP_WAKE,   /* goes on after a wait */
	OP_WAITS,  /* begins to wait */
	OP_TEST,   /* something of the test itself: a gate, a rendezvous */
	OP_CHOOSE, /* the test lets the schedule choose */
	OP_EXEC,
	OP_AWAIT,  /* a signal */
	OP_HANDLE, /* a signal's handler runs */
	OP_BIND,
	OP_LISTEN,
	OP_CONNECT,
	OP_ACCEPT,
	OP_COUNT
};
const char *rt_op_name(enum rt_op op);

enum rt_kind rt_op_kind(enum rt_op op); /* what the operation is done to; KIND_NONE: memory, and all else */

/* ---- the record of a run, for tables and pictures ------------------------------------------- */

struct search_step {
	uint8_t thread, op, class, kind; /* class: enum rt_kind; kind: enum step_kind of grader/finding/interleaving.h */
	bool switched, spurious;         /* the last: a wait ends without a signal */
	uintptr_t object, site;
	char effect[112];
};

/* ---- the search ----------------------------------------------------------------------------- */

/* The local variable that `key` is the address of: `offset` from where the frame of the function with `pc` begins. */
struct search_place {
	uintptr_t key;
	uintptr_t pc,
	    callee; /* of the function in whose frame it is, and of the one below that, for its parameters are here */
	int64_t offset,
	    callee_offset; /* from where their frames begin; without `pc` from the begin of thread-local memory */
	uint8_t thread;
};

/* The thread took `second` while it held `first` and the gates. */
struct lock_order {
	uint64_t run;
	uintptr_t first, second, gate[4];
	unsigned gates;
	int thread;
};

struct seen {
	uint64_t key;
	uint32_t round;
	uint32_t budget; /* preemptions that were left */
};

/* Each run is a new process, which has to be shown each page that it touches: what a short run needs lies together at
 * the begin of the struct, up to the first of the decisions. */
struct search {
	struct order *order; /* of order.c */

	/* set by the host for the campaign */
	unsigned bound;                  /* of preemptions, for depth-first */
	const struct strategy *strategy; /* that plays the current run */
	struct profile profile;
	uintptr_t racy[SEARCH_RACY]; /* places of races: accesses there are scheduling points, too */
	unsigned racy_count;
	unsigned racy_known; /* so many of them since before the current run: the others count from the next one on */
	uintptr_t racy_object[SEARCH_RACY]; /* the memory that races were for */
	unsigned racy_object_count;
	uint64_t step_limit;
	uintptr_t lasting[SEARCH_WAITS]; /* waits that end by a signal only: what else goes wrong? */
	unsigned lasting_count;

	/* of the current run */
	uint64_t run; /* 1, 2, ...: tells records of this run from older ones */
	uint64_t random, hash, steps, streak, preemptions;
	bool out_of_steps, pruned, overflow;
	uintptr_t woken[SEARCH_WAITS]; /* waits that ended without a signal */
	unsigned woken_count;
	unsigned limits;                   /* enum search_limit */
	uint32_t deviations;               /* decisions that differ from the default */
	uint32_t traced, trace_length;     /* steps of this run; and of the one that was kept */
	uint32_t differs;                  /* number of the first step that differed, from 1; 0: none has */
	uintptr_t differs_was, differs_is; /* where it was in the kept run, and in this one */
	uint8_t tracing;                   /* enum tracing */
	bool recording, switch_due, at_racy_place;
	uint8_t racy_place;              /* index of the racy place that the current thread is at, or was at last */
	bool noting;                     /* what the program leaves at its end */
	uint32_t points[SEARCH_THREADS]; /* scheduling points that each thread has come to */
	/* Decisions of each thread, and how often it has come to each racy place since the last one. Those places become
	 * known one after the other: what number a decision has must not depend on how many are known. */
	uint32_t decided[SEARCH_THREADS];
	uint16_t passed[SEARCH_THREADS][SEARCH_RACY];
	bool has_passed[SEARCH_THREADS];
	uint64_t priority[SEARCH_THREADS]; /* the strategies' use */
	uint64_t lived[SEARCH_THREADS];    /* hash of all that happened before the thread's next step */
	struct {
		uintptr_t object;
		uint8_t op; /* enum rt_op */
		bool write;
	} pending[SEARCH_THREADS];
	uint8_t parent[SEARCH_THREADS];
	uint64_t low; /* the next priority below all others */
	unsigned news;
	struct lock_order lock_order[SEARCH_LOCK_ORDERS]; /* of this run */
	unsigned lock_orders;
	bool handlers;       /* of the campaign: signals were handled, which happens at calls only */
	bool weaker;         /* of the campaign: atomics with a weaker order than seq_cst were used */
	bool gated, ungated; /* of the campaign: two threads took two locks in both orders, with a gate; without one */
	size_t decision_count, step_count;
	unsigned place_count;
	uint32_t seen_round, seen_slots, seen_count;
	struct moment moment; /* who goes on */
	struct search_plan plan;
	struct decision decision[SEARCH_DECISIONS];

	struct {
		uint64_t run, key;
	} value[2 * SEARCH_NEWS];
	struct deviation planned[SEARCH_DEVIATIONS]; /* plan.deviation */
	struct search_step step[SEARCH_STEPS];
	struct search_place place[SEARCH_PLACES]; /* of this run; place_count of them */
	struct seen seen[SEARCH_SEEN];
	uint64_t trace[SEARCH_TRACE];
	struct search_state state;
};

/* splitmix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014. */
static inline uint64_t splitmix64(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* ---- in the run, with the baton ------------------------------------------------------------- */

/* The thread to go on, or -1: nobody can run. `yields`: the current one can do nothing useful now. */
int search_next(bool can_go_on, bool yields);
/* A choice that is not about who goes on: option values, default first. Returns the value. */
int search_choose(enum decision_kind kind, const int option[], size_t count);
bool search_ends_wait(uintptr_t site); /* without a signal: the wait on a condition variable that begins there */
void search_arrive(enum rt_op op, uintptr_t object, bool write);                /* at a scheduling point */
void search_event(enum rt_op op, uintptr_t object, bool write, uintptr_t site); /* an operation took effect */
/* The thread came to know something that its operations and their objects do not tell: its time is up, the time itself.
 */
void search_learn(int thread, uint64_t value);
void search_value(const volatile void *memory, uint64_t value); /* is in memory now, and something is about to change */
void search_blocks(enum rt_kind kind, uintptr_t object, uintptr_t site); /* the current thread waits from here */
void search_thread(int thread, int parent);                              /* a thread or process was made */
/* Words for the current thread's last step, if there is a search and the run is recorded. {obj:HEX} stands for an
 * object. */
void search_effect(int kind, const char *format, ...) __attribute__((format(printf, 2, 3)));
void search_spurious(void);                           /* the current thread's last step is a wakeup without a signal */
void search_replace(enum rt_op op, uintptr_t object); /* what the current thread's last step is shown as */
void search_end(void); /* the run ends here, wrongly: mark the current thread's last step */

void search_place(uintptr_t key); /* places.c: notes whose local or thread-local variable it is, if it is one */
/* The same of what it was when the thread was in that chain of calls, which may be over; false: it was not local. */
bool search_place_then(uintptr_t key, int thread, uint32_t call);

/* The state, as a hash that is never 0: what each thread has lived through, what it waits for, whose time is up first,
 * who decides what. Also in the host, of the moment that a run ended at. */
uint64_t search_state(const struct search *search, const struct moment *moment);

/* Breakpoint for debuggers: called where a replayed schedule interrupts a thread; `number` counts from 1. */
void rt_decisive_switch(unsigned number, int from, int to);

/* Maps what the search needs: once, in the host, before the first run. 0, or -1 and errno. */
int search_open(void);
void search_begin_process(void); /* in a process that was just forked */

#endif
