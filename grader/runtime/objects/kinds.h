/* kinds.h - what operations are done to and waits are for: the kinds, and what the scheduler, the search, the wait
 * table and the picture have to know of each. */
#ifndef RT_KINDS_H
#define RT_KINDS_H

#include <stdbool.h>
#include <stddef.h>

enum rt_kind {
	KIND_NONE, /* no wait; no entry; what an operation on memory, or on nothing, is done to */
	/* in the table of objects: a file here for each */
	KIND_MUTEX,
	KIND_RWLOCK,
	KIND_SPINLOCK,
	KIND_CONDITION, /* an entry only while exploring: what became of its signals */
	KIND_SEMAPHORE, /* an entry only while exploring: who posted and who took last */
	KIND_BARRIER,
	KIND_ONCE,
	KIND_PRIVATE,   /* an entry beside that of an object in shared memory, which was made for one process: sharing.c */
	KIND_ABANDONED, /* the same of a condition variable: a thread was ended while it waited there */
	/* without an entry: only waited for */
	KIND_THREAD,
	KIND_CHILD,
	KIND_SIGNAL,
	KIND_READ_END,
	KIND_WRITE_END,
	KIND_DESCRIPTORS, /* any of several: poll, select */
	KIND_CONNECTION,  /* accept */
	KIND_BACKLOG,     /* connect: room in it */
	KIND_TIME,
	KIND_GATE, /* and whatever else the kit lets a thread wait for */
	KIND_COUNT
};

struct rt_thread;
struct rt_object;

/* What one kind tells the others. Constant; what is not mentioned is false or NULL. */
struct rt_traits {
	/* The picture: "mutex", as objects are numbered; "": they have names of their own, or need none. Never NULL. */
	const char *name;
	/* The wait table: one without a name, "a mutex", for the "@" in what rt_block is told; NULL: there is none in it.
	 * `describe` appends where the thread waits, and what else is known of that wait but who holds the object; NULL:
	 * the place alone. Inside the runtime; `size` is that of `text`. */
	const char *any;
	void (*describe)(char *text, size_t size, const struct rt_thread *thread);
	/* The scheduler: does a wait end, or does its caller look again, when a signal arrives? May what is waited for come
	 * about where the table does not see it, so that who waits looks once more before all is given up? Is it a
	 * descriptor's readiness? */
	bool ends_by_signal, comes_unseen, is_ready;
	/* The search: do the first bytes stand for the object, so that an operation on it is an access to them? */
	bool in_memory;
	/* Who can end the wait: does a thread hold it (rt_object.owner)? Is it a lock, which is not to be held at the end?
	 * `shares`: does the thread hold it beside others? `in_use`: may its memory not be freed? NULL: never. */
	bool is_held, is_lock;
	bool (*shares)(const struct rt_object *object, int thread);
	bool (*in_use)(const struct rt_object *object);
	/* Several processes: what is expected of one that they use, and is it so? NULL: it is the same for all. */
	const char *when_shared;
	bool (*for_processes)(const void *object);
};

/* By kind; kinds.c. */
extern const struct rt_traits *const rt_traits[KIND_COUNT];

/* Each in the file of that kind. */
extern const struct rt_traits rt_mutex_traits, rt_rwlock_traits, rt_spinlock_traits, rt_condition_traits,
    rt_semaphore_traits, rt_barrier_traits, rt_once_traits, rt_signal_traits, rt_read_end_traits, rt_write_end_traits,
    rt_descriptors_traits, rt_connection_traits, rt_backlog_traits;

#endif
