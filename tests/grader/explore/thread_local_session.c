/* thread_local_session: two workers take the jobs of one user, one after the other: log in, then greet.
 * The user's number is kept in a thread-local variable; the other worker, who may take the second job, has its own.
 * kind: assertion
 * switches: 1
 */
#include <assert.h>
#include <pthread.h>
#include <stddef.h>

enum { LOG_IN, GREET, JOBS };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int next_job;     /* under mutex */
static int released = 1; /* under mutex: a job is released when the one before it is done */

#ifdef FIXED
static int user; /* jobs run one at a time, the mutex orders them */
#else
static _Thread_local int user;
#endif

static void run(int job)
{
	if (job == LOG_IN)
		user = 7;
	else
		assert(user == 7);
}

static void *work(void *unused)
{
	(void)unused;
	for (;;) {
		pthread_mutex_lock(&mutex);
		while (next_job < JOBS && next_job == released)
			pthread_cond_wait(&changed, &mutex);
		if (next_job == JOBS)
			break;
		int job = next_job++;
		pthread_mutex_unlock(&mutex);
		run(job);
		pthread_mutex_lock(&mutex);
		released++;
		pthread_cond_broadcast(&changed);
		pthread_mutex_unlock(&mutex);
	}
	pthread_mutex_unlock(&mutex);
	return NULL;
}

int main(void)
{
	pthread_t workers[2];
	for (int i = 0; i < 2; i++)
		pthread_create(&workers[i], NULL, work, NULL);
	for (int i = 0; i < 2; i++)
		pthread_join(workers[i], NULL);
	return 0;
}
