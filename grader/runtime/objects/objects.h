/* objects.h - shared by the files of grader/runtime/objects, one for each kind of object that threads wait for in
 * memory; not for others.
 *
 * The pattern: wait in the table until the call would not block, then make the real call. All of it is done inside the
 * runtime (between rt_enter and rt_return), by the thread that has the baton. */
#ifndef RT_OBJECTS_H
#define RT_OBJECTS_H

#include "../../finding/interleaving.h"
#include "../internal.h"

/* ---- told.c --------------------------------------------------------------------------------- */

/* POSIX: such a call fails with EINVAL (pthread_mutex_timedlock and the others). */
bool rt_is_no_time(const struct timespec *time);

/* `kind` tells misuses apart where schedules are explored; elsewhere there is one kind. */
void rt_misuse(const char *kind, const char *what, uintptr_t site);
/* The words of the current thread's step: "takes {obj}". `step`: an enum step_kind, or -1 to leave it. */
void rt_tell(int step, const char *text, const void *object);
/* What can be tried was taken (`error` is 0, or says so), or is in use. */
void rt_took_or_not(enum rt_op op, const void *object, int error, uintptr_t site);
/* A new object begins to exist there. */
void rt_initialised(const void *object, bool for_processes, uintptr_t site);

/* Evidence, once for each, that a lock ceased to exist while it was held or waited for. `does`: "destroys". */
void rt_locked_when_gone(struct rt_object *lock, const char *does, uintptr_t site);

/* ---- entries.c ------------------------------------------------------------------------------ */

bool rt_waited_for(const void *object); /* by a thread that is blocked now? */

/* ---- shown.c -------------------------------------------------------------------------------- */

/* What the real call would have told ThreadSanitizer, where it is not made. */
void rt_tsan_release(void *object);
void rt_tsan_acquire(void *object);
/* The same, and for the search. */
void rt_both_release(void *object);
void rt_both_acquire(void *object);

/* Does the thread hold the lock in the table alone? */
bool rt_is_unseen(struct rt_object *object, int thread);
void rt_count_shown(struct rt_object *object);             /* the calling thread has got the lock */
void rt_count_hidden(struct rt_object *object);            /* it is about to give it back */
void rt_inherit_unseen(struct rt_object *copy, int child); /* of a lock that the parent of a new process holds */

/* ---- locks whose bytes say something else than the table ------------------------------------
 *
 * A lock that was copied while it was held, that nobody initialised, or that something wrote over. Whoever waits for it
 * waits for ever, and does it here: the real call would wait where the table cannot see it. */

#define NOBODYS                                                                                                        \
	", which is locked although no thread has locked it: a copy of a locked one, never initialised, or "               \
	"written over"

/* ---- mutex.c: what a wait on a condition variable does to its mutex ------------------------- */

/* A robust mutex is kept in the table alone: what the kernel says of a dead owner depends on when the thread is quite
 * gone. */
bool rt_mutex_in_table_alone(pthread_mutex_t *mutex);
/* Waits until the caller may take the mutex. 0, or the error that the call has to return. */
int rt_mutex_admit(pthread_mutex_t *mutex, bool try, uint64_t until_ns, uintptr_t site);
void rt_mutex_release(pthread_mutex_t *mutex, uintptr_t site); /* the table's part of an unlock */
/* The real calls, or what they order where the table alone has the mutex. 0 or an error. */
int rt_mutex_take(pthread_mutex_t *mutex, bool try);
int rt_mutex_give_back(pthread_mutex_t *mutex, bool alone);

/* ---- rt_traits.when_shared ------------------------------------------------------------------ */

#define SHARED_BY(what, call) what " that several processes use is created with PTHREAD_PROCESS_SHARED (" call ")"

#endif
