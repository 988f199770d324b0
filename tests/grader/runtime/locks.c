/* locks.c - a submission for the runtime's own tests: everything that locks and waits in memory. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

void lock_both(pthread_mutex_t *first, pthread_mutex_t *second)
{
	pthread_mutex_lock(first);  /* {first lock} */
	pthread_mutex_lock(second); /* {second lock} */
	pthread_mutex_unlock(second);
	pthread_mutex_unlock(first);
}

int lock(pthread_mutex_t *mutex)
{
	return pthread_mutex_lock(mutex); /* {lock} */
}

int unlock(pthread_mutex_t *mutex)
{
	return pthread_mutex_unlock(mutex); /* {unlock} */
}

int try_lock(pthread_mutex_t *mutex)
{
	return pthread_mutex_trylock(mutex);
}

static struct timespec in_1000_s(void)
{
	struct timespec time;
	clock_gettime(CLOCK_REALTIME, &time);
	time.tv_sec += 1000;
	return time;
}

int timed_lock(pthread_mutex_t *mutex)
{
	struct timespec until = in_1000_s();
	return pthread_mutex_timedlock(mutex, &until);
}

struct box {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool full;
};

void box_fill(struct box *box)
{
	pthread_mutex_lock(&box->mutex);
	box->full = true;
	pthread_cond_signal(&box->changed);
	pthread_mutex_unlock(&box->mutex);
}

/* Right. */
bool box_take(struct box *box)
{
	pthread_mutex_lock(&box->mutex);
	while (!box->full)
		pthread_cond_wait(&box->changed, &box->mutex); /* {while wait} */
	bool full = box->full;
	box->full = false;
	pthread_mutex_unlock(&box->mutex);
	return full;
}

/* Wrong: a wait can end without a signal. */
bool box_take_if(struct box *box)
{
	pthread_mutex_lock(&box->mutex);
	if (!box->full)
		pthread_cond_wait(&box->changed, &box->mutex);
	bool full = box->full;
	box->full = false;
	pthread_mutex_unlock(&box->mutex);
	return full;
}

/* Wrong: the signal may have come before. */
void box_wait_blindly(struct box *box)
{
	pthread_mutex_lock(&box->mutex);
	pthread_cond_wait(&box->changed, &box->mutex); /* {blind wait} */
	pthread_mutex_unlock(&box->mutex);
}

int box_wait_until(struct box *box)
{
	struct timespec until = in_1000_s();
	int error = 0;
	pthread_mutex_lock(&box->mutex);
	while (!box->full && !error)
		error = pthread_cond_timedwait(&box->changed, &box->mutex, &until);
	pthread_mutex_unlock(&box->mutex);
	return error;
}

int take(sem_t *semaphore)
{
	return sem_wait(semaphore); /* {sem wait} */
}

int take_until(sem_t *semaphore)
{
	struct timespec until = in_1000_s();
	return sem_timedwait(semaphore, &until) == 0 ? 0 : errno;
}

int take_now(sem_t *semaphore)
{
	return sem_trywait(semaphore) == 0 ? 0 : errno;
}

void give(sem_t *semaphore)
{
	sem_post(semaphore);
}

int read_lock(pthread_rwlock_t *lock)
{
	return pthread_rwlock_rdlock(lock); /* {read lock} */
}

int write_lock(pthread_rwlock_t *lock)
{
	return pthread_rwlock_wrlock(lock); /* {write lock} */
}

int try_write_lock(pthread_rwlock_t *lock)
{
	return pthread_rwlock_trywrlock(lock);
}

int try_read_lock(pthread_rwlock_t *lock)
{
	return pthread_rwlock_tryrdlock(lock);
}

int rw_unlock(pthread_rwlock_t *lock)
{
	return pthread_rwlock_unlock(lock); /* {rw unlock} */
}

void spin(pthread_spinlock_t *lock, int *number)
{
	pthread_spin_lock(lock); /* {spin lock} */
	++*number;
	pthread_spin_unlock(lock);
}

int arrive(pthread_barrier_t *barrier)
{
	return pthread_barrier_wait(barrier); /* {barrier} */
}

void once(pthread_once_t *control, void (*routine)(void))
{
	pthread_once(control, routine);
}

unsigned nap(void)
{
	return sleep(1000) + (unsigned)usleep(1000) + (unsigned)nanosleep(&(struct timespec){1000, 0}, NULL);
}

int join_again(pthread_t thread)
{
	return pthread_join(thread, NULL); /* {second join} */
}

void wait_for_box(struct box *box, pthread_mutex_t *mutex)
{
	pthread_mutex_lock(mutex);
	pthread_cond_wait(&box->changed, mutex); /* {wait with a mutex} */
	pthread_mutex_unlock(mutex);
}

/* For ten seconds of that clock. */
int wait_by(clockid_t clock, struct box *box)
{
	struct timespec until;
	clock_gettime(clock, &until);
	until.tv_sec += 10;
	pthread_mutex_lock(&box->mutex);
	int error = pthread_cond_timedwait(&box->changed, &box->mutex, &until);
	pthread_mutex_unlock(&box->mutex);
	return error;
}

/* Whether <threads.h> says the same as <pthread.h>. */
int c11_lock(mtx_t *mutex)
{
	return mtx_lock(mutex); /* {c11 lock} */
}

int c11_try(mtx_t *mutex)
{
	return mtx_trylock(mutex);
}

int c11_unlock(mtx_t *mutex)
{
	return mtx_unlock(mutex); /* {c11 unlock} */
}

static int c11_nothing(void *unused)
{
	return unused ? 1 : 7;
}

int c11_run(int *result)
{
	thrd_t thread;
	int error = thrd_create(&thread, c11_nothing, NULL);
	return error == thrd_success ? thrd_join(thread, result) : error;
}

/* Wrong: a wait can end without a signal. */
bool c11_wait_if(mtx_t *mutex, cnd_t *changed, bool *full)
{
	mtx_lock(mutex);
	if (!*full)
		cnd_wait(changed, mutex); /* {c11 wait} */
	bool seen = *full;
	mtx_unlock(mutex);
	return seen;
}
