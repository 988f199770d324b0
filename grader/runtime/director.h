/* director.h - who decides the order of a run, and is told what happens in it: a schedule's number (by_number.c), or a
 * search (by_search.c). The scheduler asks and tells; what it does is otherwise the same for both.
 *
 * All of it is called inside the runtime, by whoever has the baton; nothing blocks. */
#ifndef RT_DIRECTOR_H
#define RT_DIRECTOR_H

#include "search/search.h"

struct rt_director {
	uint64_t most_calls; /* a run with more of them does not end; UINT64_MAX: it has a limit of its own */
	/* Is it a scheduling point, too, when a thread does what only its process can tell, and has no other threads
	 * (rt_own_point)? When an operation has let others on (rt_let_on)? */
	bool points_alone, points_after;

	/* An operation is about to be made (as for rt_switch_point). May the order change here? */
	bool (*arrives)(enum rt_op op, const void *object, bool write, uintptr_t site);
	/* The thread that goes on, RT_NOBODY if none can. `yields`: the current one can do nothing useful now. */
	int (*next)(bool can_go_on, bool yields);
	/* The one of these threads that a signal wakes: they wait for one condition; at least one, in order of creation. */
	int (*woken)(int waiter[], unsigned count);
	bool (*ends_wait)(uintptr_t site); /* without a signal: the wait on a condition variable that begins there */
	/* A number below `count` (1 to RT_CHOICES) for a test, which asks for it at `site`. */
	unsigned (*choose)(unsigned count, uintptr_t site);

	/* The operation took effect, or asked in vain. */
	void (*event)(enum rt_op op, const void *object, bool write, uintptr_t site);
	void (*in_vain)(enum rt_op op, const void *object, uintptr_t site);
	void (*made)(int thread, int parent);      /* a thread; -1: no parent */
	void (*knows)(int thread, uint64_t value); /* it came to know what its operations and their objects do not tell */
	void (*waits)(void);                       /* the current thread, from here on: the table says for what */
	void (*leaves)(void);                      /* the current thread is done for good */
	void (*errs)(void);                        /* something is wrong at the current thread's last operation */
	void (*hangs)(void);                       /* the run ends, for no thread can go on, or none gets on */
};

extern const struct rt_director rt_by_number, rt_by_search;

#endif
