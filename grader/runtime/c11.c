/* c11.c - <threads.h>, which glibc builds on the same objects as <pthread.h>: a mtx_t is a pthread_mutex_t, and so on.
 */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <threads.h>
#include <time.h>

int rt_pthread_create(pthread_t *handle, const pthread_attr_t *attributes, void *(*start)(void *), void *argument);
int rt_pthread_join(pthread_t handle, void **result);
int rt_pthread_detach(pthread_t handle);
void rt_pthread_exit(void *result) __attribute__((noreturn));
int rt_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes);
int rt_pthread_mutex_lock(pthread_mutex_t *mutex);
int rt_pthread_mutex_trylock(pthread_mutex_t *mutex);
int rt_pthread_mutex_timedlock(pthread_mutex_t *mutex, const struct timespec *until);
int rt_pthread_mutex_unlock(pthread_mutex_t *mutex);
int rt_pthread_mutex_destroy(pthread_mutex_t *mutex);
int rt_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes);
int rt_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex);
int rt_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *until);
int rt_pthread_cond_signal(pthread_cond_t *condition);
int rt_pthread_cond_broadcast(pthread_cond_t *condition);
int rt_pthread_cond_destroy(pthread_cond_t *condition);
int rt_pthread_once(pthread_once_t *control, void (*routine)(void));
int rt_pthread_key_create(pthread_key_t *key, void (*destructor)(void *));
int rt_pthread_key_delete(pthread_key_t key);
int rt_nanosleep(const struct timespec *duration, struct timespec *remaining);
int rt_sched_yield(void);

_Static_assert(sizeof(mtx_t) == sizeof(pthread_mutex_t) && sizeof(cnd_t) == sizeof(pthread_cond_t), "glibc");

int rt_c11_result(int error)
{
	return error == 0           ? thrd_success
	       : error == EBUSY     ? thrd_busy
	       : error == ETIMEDOUT ? thrd_timedout
	       : error == ENOMEM    ? thrd_nomem
	                            : thrd_error; /* EAGAIN, too: glibc */
}

struct c11_start {
	thrd_start_t function;
	void *argument;
};

static void *c11_thread(void *data)
{
	struct c11_start start = *(struct c11_start *)data;
	free(data);
	return (void *)(intptr_t)start.function(start.argument);
}

int rt_thrd_create(thrd_t *thread, thrd_start_t function, void *argument)
{
	HERE;
	struct c11_start *start = malloc(sizeof *start);
	if (!start)
		return thrd_nomem;
	*start = (struct c11_start){function, argument};
	int error = rt_pthread_create(thread, NULL, c11_thread, start);
	if (error)
		free(start);
	return rt_c11_result(error);
}

int rt_thrd_join(thrd_t thread, int *result)
{
	HERE;
	void *value = NULL;
	int error = rt_pthread_join(thread, &value);
	if (!error && result)
		*result = (int)(intptr_t)value;
	return rt_c11_result(error);
}

int rt_thrd_detach(thrd_t thread)
{
	HERE;
	return rt_c11_result(rt_pthread_detach(thread));
}

void rt_thrd_exit(int result)
{
	rt_pthread_exit((void *)(intptr_t)result);
}

int rt_thrd_sleep(const struct timespec *duration, struct timespec *remaining)
{
	HERE;
	return rt_nanosleep(duration, remaining);
}

void rt_thrd_yield(void)
{
	HERE;
	rt_sched_yield();
}

int rt_mtx_init(mtx_t *mutex, int type)
{
	HERE;
	pthread_mutexattr_t attributes;
	pthread_mutexattr_init(&attributes);
	if (type & mtx_recursive)
		pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
	int error = rt_pthread_mutex_init((pthread_mutex_t *)mutex, &attributes);
	pthread_mutexattr_destroy(&attributes);
	return rt_c11_result(error);
}

int rt_mtx_lock(mtx_t *mutex)
{
	HERE;
	return rt_c11_result(rt_pthread_mutex_lock((pthread_mutex_t *)mutex));
}

int rt_mtx_trylock(mtx_t *mutex)
{
	HERE;
	return rt_c11_result(rt_pthread_mutex_trylock((pthread_mutex_t *)mutex));
}

int rt_mtx_timedlock(mtx_t *mutex, const struct timespec *until)
{
	HERE;
	return rt_c11_result(rt_pthread_mutex_timedlock((pthread_mutex_t *)mutex, until));
}

int rt_mtx_unlock(mtx_t *mutex)
{
	HERE;
	return rt_c11_result(rt_pthread_mutex_unlock((pthread_mutex_t *)mutex));
}

void rt_mtx_destroy(mtx_t *mutex)
{
	HERE;
	rt_pthread_mutex_destroy((pthread_mutex_t *)mutex);
}

int rt_cnd_init(cnd_t *condition)
{
	HERE;
	return rt_c11_result(rt_pthread_cond_init((pthread_cond_t *)condition, NULL));
}

int rt_cnd_wait(cnd_t *condition, mtx_t *mutex)
{
	HERE;
	return rt_c11_result(rt_pthread_cond_wait((pthread_cond_t *)condition, (pthread_mutex_t *)mutex));
}

int rt_cnd_timedwait(cnd_t *condition, mtx_t *mutex, const struct timespec *until)
{
	HERE;
	return rt_c11_result(rt_pthread_cond_timedwait((pthread_cond_t *)condition, (pthread_mutex_t *)mutex, until));
}

int rt_cnd_signal(cnd_t *condition)
{
	HERE;
	return rt_c11_result(rt_pthread_cond_signal((pthread_cond_t *)condition));
}

int rt_cnd_broadcast(cnd_t *condition)
{
	HERE;
	return rt_c11_result(rt_pthread_cond_broadcast((pthread_cond_t *)condition));
}

void rt_cnd_destroy(cnd_t *condition)
{
	HERE;
	rt_pthread_cond_destroy((pthread_cond_t *)condition);
}

void rt_call_once(once_flag *flag, void (*routine)(void))
{
	HERE;
	rt_pthread_once((pthread_once_t *)flag, routine);
}

int rt_tss_create(tss_t *key, tss_dtor_t destructor)
{
	HERE;
	return rt_c11_result(rt_pthread_key_create(key, destructor));
}

void rt_tss_delete(tss_t key)
{
	HERE;
	rt_pthread_key_delete(key);
}

int rt_timespec_get(struct timespec *now, int base)
{
	int rt_clock_gettime(clockid_t clock, struct timespec * now);
	HERE;
	return base == TIME_UTC && rt_clock_gettime(CLOCK_REALTIME, now) == 0 ? base : 0;
}
