/* semaphore.c - semaphores, also named ones: the real count decides whether the call would block. */
#include "objects.h"

#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A named semaphore is mapped at another address in each process that opens it. */
static const void *identity_of(const sem_t *semaphore)
{
	for (size_t i = 0; i < sizeof rt_local.named / sizeof *rt_local.named; i++)
		if (rt_local.named[i].semaphore == semaphore)
			return rt_local.named[i].identity;
	return semaphore;
}

static const void *identity_of_name(const char *name)
{
	uintptr_t hash = 0xcbf29ce484222325;
	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 0x100000001b3;
	return (const void *)(hash | 1ull << 63);
}

static void remember_name(const sem_t *semaphore, const char *name)
{
	for (size_t i = 0; i < sizeof rt_local.named / sizeof *rt_local.named; i++)
		if (!rt_local.named[i].semaphore || rt_local.named[i].semaphore == semaphore) {
			rt_local.named[i].semaphore = semaphore;
			rt_local.named[i].identity = identity_of_name(name);
			return;
		}
}

sem_t *rt_sem_open(const char *name, int flags, ...)
{
	FRAME;
	va_list args;
	va_start(args, flags);
	mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	unsigned value = flags & O_CREAT ? va_arg(args, unsigned) : 0;
	va_end(args);
	if (active()) { /* who comes first gives it its value */
		rt_enter();
		rt_switch_point(OP_SEM_WAIT, identity_of_name(name), true, SITE);
		rt_event(OP_SEM_WAIT, identity_of_name(name), true, SITE);
		rt_return();
	}
	sem_t *semaphore = sem_open(name, flags, mode, value);
	if (active() && semaphore != SEM_FAILED)
		remember_name(semaphore, name);
	if (active() && flags & O_CREAT && strlen(name) < sizeof WORLD->semaphore[0]) {
		rt_enter();
		unsigned used = WORLD->semaphores;
		if (used < sizeof WORLD->semaphore / sizeof *WORLD->semaphore)
			snprintf(WORLD->semaphore[WORLD->semaphores++], sizeof WORLD->semaphore[0], "%s", name);
		rt_return();
	}
	return semaphore;
}

int rt_sem_unlink(const char *name)
{
	FRAME;
	if (active()) {
		rt_enter();
		rt_switch_point(OP_SEM_WAIT, identity_of_name(name), true, SITE);
		rt_event(OP_SEM_WAIT, identity_of_name(name), true, SITE);
		rt_return();
	}
	return sem_unlink(name);
}

/* A run that ended in the middle leaves its named semaphores, and the next would find them. */
void rt_forget_names(void)
{
	for (unsigned i = 0; i < WORLD->semaphores; i++)
		sem_unlink(WORLD->semaphore[i]);
}

static void note_semaphore(const void *identity, bool posts, uintptr_t site)
{
	if (!exploring())
		return;
	struct rt_semaphore *semaphore = &rt_object(identity, KIND_SEMAPHORE)->semaphore;
	*(posts ? &semaphore->poster : &semaphore->taker) = rt_me;
	*(posts ? &semaphore->posted_at : &semaphore->taken_at) = site;
}

static void note_count(const void *identity, sem_t *semaphore)
{
	int value;
	if (exploring() && SEARCH->recording && sem_getvalue(semaphore, &value) == 0)
		search_counts(rt_key_of(identity), value);
}

int rt_sem_destroy(sem_t *semaphore)
{
	FRAME;
	if (active()) {
		rt_enter();
		rt_switch_point(OP_DESTROY, semaphore, true, SITE);
		rt_event(OP_DESTROY, semaphore, true, SITE);
		if (exploring() && rt_waited_for(semaphore))
			rt_misuse("destroy_in_use", "destroys a semaphore on which others are waiting", SITE);
		rt_object(semaphore, KIND_SEMAPHORE)->kind = KIND_NONE;
		rt_return();
	}
	return sem_destroy(semaphore);
}

int rt_sem_init(sem_t *semaphore, int shared, unsigned value)
{
	FRAME;
	if (active()) {
		rt_enter();
		rt_object(semaphore, KIND_SEMAPHORE)->kind = KIND_NONE;
		rt_initialised(semaphore, shared, SITE);
		rt_return();
	}
	return sem_init(semaphore, shared, value);
}

static int semaphore_wait(sem_t *semaphore, bool try, uint64_t until_ns, uintptr_t site)
{
	const void *identity = identity_of(semaphore);
	int before = errno;
	rt_enter();
	rt_switch_point(OP_SEM_WAIT, identity, true, site);
	int error = 0;
	while (!error && sem_trywait(semaphore) != 0) {
		error = errno == EAGAIN && !try ? 0 : errno;
		if (error)
			break;
		rt_block_until(KIND_SEMAPHORE, "for @", (uintptr_t)identity, -1, site, until_ns);
		error = ME->timed_out ? ETIMEDOUT : rt_interrupted(true) ? EINTR : 0;
	}
	rt_took_or_not(OP_SEM_WAIT, identity, error, site);
	if (error)
		search_effect(-1, "fails: %s", strerrorname_np(error));
	else
		rt_tell(-1, "takes one from", identity);
	if (!error) {
		order_acquire(rt_key_of(identity));
		note_semaphore(identity, false, site);
		note_count(identity, semaphore);
	}
	rt_return();
	errno = error ? error
	              : before; /* a wait that succeeds leaves it, as the library's does: the tries in it do not count */
	return error ? -1 : 0;
}

int rt_sem_wait(sem_t *semaphore)
{
	FRAME;
	return active() ? semaphore_wait(semaphore, false, 0, SITE) : sem_wait(semaphore);
}

int rt_sem_timedwait(sem_t *semaphore, const struct timespec *until)
{
	FRAME;
	if (active() && rt_is_no_time(until)) {
		errno = EINVAL;
		return -1;
	}
	return active() ? semaphore_wait(semaphore, false, rt_deadline(CLOCK_REALTIME, until), SITE)
	                : sem_timedwait(semaphore, until);
}

int rt_sem_clockwait(sem_t *semaphore, clockid_t clock, const struct timespec *until)
{
	FRAME;
	if (active() && rt_is_no_time(until)) {
		errno = EINVAL;
		return -1;
	}
	return active() ? semaphore_wait(semaphore, false, rt_deadline(clock, until), SITE)
	                : sem_clockwait(semaphore, clock, until);
}

int rt_sem_trywait(sem_t *semaphore)
{
	FRAME;
	return active() ? semaphore_wait(semaphore, true, 0, SITE) : sem_trywait(semaphore);
}

int rt_sem_getvalue(sem_t *semaphore, int *value)
{
	FRAME;
	if (active()) {
		rt_enter();
		rt_switch_point(OP_SEM_WAIT, identity_of(semaphore), false, SITE);
		rt_event(OP_SEM_WAIT, identity_of(semaphore), false, SITE);
		order_acquire(rt_key_of(identity_of(semaphore)));
		rt_return();
	}
	return sem_getvalue(semaphore, value);
}

int rt_sem_post(sem_t *semaphore)
{
	FRAME;
	if (!active())
		return sem_post(semaphore);
	const void *identity = identity_of(semaphore);
	rt_enter();
	rt_switch_point(OP_SEM_POST, identity, true, SITE);
	rt_event(OP_SEM_POST, identity, true, SITE);
	rt_tell(-1, "adds one to", identity);
	note_semaphore(identity, true, SITE);
	order_release(rt_key_of(identity), false);
	int result = sem_post(semaphore);
	note_count(identity, semaphore);
	rt_wake(identity);
	rt_let_on();
	rt_return();
	return result;
}

/* Who posted it last, and who took it. */
static void describe(char *text, size_t size, const struct rt_thread *thread)
{
	const struct rt_object *object = rt_waited_object(thread, KIND_SEMAPHORE);
	const struct rt_semaphore *semaphore = object ? &object->semaphore : NULL;
	char name[64];
	rt_append_place(text, size, thread);
	if (!exploring())
		return;
	if (semaphore && semaphore->posted_at)
		rt_append(text, size, "; last posted by %s ({pc:%lx})", rt_thread_name(semaphore->poster, name, sizeof name),
		          (unsigned long)semaphore->posted_at);
	else
		rt_append(text, size, "; it was never posted");
	if (semaphore && semaphore->taken_at)
		rt_append(text, size, ", last taken by %s ({pc:%lx})", rt_thread_name(semaphore->taker, name, sizeof name),
		          (unsigned long)semaphore->taken_at);
	if (thread->object_process >= 0 && WORLD->process_count > 1)
		rt_append(text, size, "; it is not in shared memory");
}

/* glibc: struct new_sem (nptl/internaltypes.h); not readable otherwise. */
static bool for_processes(const void *object)
{
	struct {
		unsigned long value;
		int shared;
	} const *semaphore = object;
	return semaphore->shared;
}

const struct rt_traits rt_semaphore_traits = {
    .name = "semaphore",
    .any = "a semaphore",
    .describe = describe,
    .ends_by_signal = true,
    .in_memory = true,
    .when_shared = "the second argument of sem_init is not 0 where several processes use the semaphore",
    .for_processes = for_processes,
};
