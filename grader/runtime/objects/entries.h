/* entries.h - the table of objects, in the memory that all processes of a test share: an entry for each object that is
 * in use, of each process that has one there, with what its kind has to know of it.
 *
 * Inside the runtime (between rt_enter and rt_return) all of it is the caller's. */
#ifndef RT_ENTRIES_H
#define RT_ENTRIES_H

#include "../runtime.h"
#include "kinds.h"

/* Threads are indices, -1 for none, unless something else is said. */

/* Of a robust mutex: lost when it was unlocked while it was inconsistent. */
enum rt_mutex_state { MUTEX_CONSISTENT, MUTEX_INCONSISTENT, MUTEX_LOST };

struct rt_mutex {
	unsigned depth;   /* its owner has locked it so often */
	uint64_t took_at; /* in tickets */
	bool robust;      /* its next owner learns that the last one died */
	enum rt_mutex_state state;
};

/* `owner` is a writer. */
struct rt_rwlock {
	unsigned readers;                 /* times that it is read-locked */
	uint64_t reader[RT_THREADS / 64]; /* by which threads, by bits */
	unsigned waiting_writers;
};

/* Of its signals; an entry while schedules are explored. */
struct rt_condition {
	unsigned sent, wasted;      /* how many; how many of them woke nobody */
	uint64_t last, last_wasted; /* when the last ones were, in tickets; 0: never */
	uintptr_t site;             /* where the last one was sent from */
	int woken;                  /* by the last one; -1: nobody, or all */
	bool to_all;                /* the last one was a broadcast that woke somebody */
};

/* Who used it last, and where (0: nobody did); an entry while schedules are explored. */
struct rt_semaphore {
	int poster, taker;
	uintptr_t posted_at, taken_at;
};

struct rt_barrier {
	unsigned needed, arrived;
	unsigned round; /* one more each time that all have arrived */
};

enum rt_once_state { ONCE_NEVER, ONCE_RUNS, ONCE_DONE };

/* `owner` runs the routine. */
struct rt_once {
	enum rt_once_state state;
};

/* Of an object in shared memory that was made for one process: what was done first, in which thread, and where. */
struct rt_private {
	bool made; /* it was made; else used */
	int thread;
	uintptr_t site;
};

/* Of a condition variable in shared memory: the thread was ended while it waited there. */
struct rt_abandoned {
	int waiter;
	uintptr_t site;
};

struct rt_object {
	uintptr_t address;
	int process;       /* index, -1 when in memory that processes share */
	enum rt_kind kind; /* KIND_NONE: the entry is free */
	/* Of a kind that is held: */
	int owner;                        /* alone; or -1; OWNER_GONE: held by nobody who could release it */
	uintptr_t site;                   /* where it was taken last */
	uint64_t unseen[RT_THREADS / 64]; /* threads that hold it in the table alone, by bits; see shown.c */
	bool told;                        /* it was held when it was destroyed: that was said */
	union {
		struct rt_mutex mutex;
		struct rt_rwlock rwlock;
		struct rt_condition condition;
		struct rt_semaphore semaphore;
		struct rt_barrier barrier;
		struct rt_once once;
		struct rt_private private;
		struct rt_abandoned abandoned;
	};
};
enum { OWNER_GONE = -2 }; /* rt_object.owner, in a child: its parent's thread, which the child does not have */

/* The entry of that kind for the address, in the calling process or in shared memory; a new one, all 0 and without an
 * owner, when there is none. Never NULL: a test with too many ends as "limit". */
struct rt_object *rt_object(const void *address, enum rt_kind kind);
/* The entry of that kind for what the thread waits for, or NULL. */
struct rt_object *rt_waited_object(const struct rt_thread *thread, enum rt_kind kind);
/* A thread that holds it: alone, or the first of those who share it. -1: nobody. */
int rt_holder(const struct rt_object *object);
/* A forked process gets copies of its parent's. `thread`: the one that it begins with, a copy of the current one. */
void rt_inherit_objects(int process, int thread);

#endif
