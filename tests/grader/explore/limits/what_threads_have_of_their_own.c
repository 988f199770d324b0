/* what_threads_have_of_their_own.c - all threads of an explored process are one kernel thread, and must not notice:
 * thread-local storage, errno, the rounding mode, the signal mask (inherited when a thread is made), ids, results,
 * stacks of 8 MiB or of the program's own; also in a child, and in threads that threads make.
 * expect: none fails
 */
#include <assert.h>
#include <errno.h>
#include <fenv.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static _Thread_local int mine;
static pthread_key_t key;
static pid_t id[8];

static int blocked(int signal)
{
	sigset_t mask;
	assert(pthread_sigmask(SIG_BLOCK, NULL, &mask) == 0);
	return sigismember(&mask, signal);
}

static void *inner(void *unused)
{
	(void)unused;
	assert(mine == 0 && blocked(SIGUSR1));
	pthread_exit((void *)(intptr_t)42);
}

static void *work(void *data)
{
	const int me = (int)(intptr_t)data;
	static const int modes[] = {FE_TONEAREST, FE_DOWNWARD, FE_UPWARD, FE_TOWARDZERO};
	static const int signals[] = {SIGUSR1, SIGUSR2, SIGHUP, SIGALRM};
	volatile char deep[4 << 20];
	sigset_t set;
	assert(mine == 0 && pthread_getspecific(key) == NULL);
	mine = errno = me + 1;
	id[me] = gettid();
	deep[0] = deep[sizeof deep - 1] = (char)me;
	assert(fesetround(modes[me]) == 0 && pthread_setspecific(key, data) == 0);
	sigemptyset(&set);
	sigaddset(&set, signals[me]);
	assert(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);
	for (int round = 0; round < 3; round++) {
		sched_yield();
		assert(mine == me + 1 && errno == me + 1 && fegetround() == modes[me] && gettid() == id[me]);
		assert(pthread_getspecific(key) == data && deep[0] == me && deep[sizeof deep - 1] == me);
		for (int other = 0; other < 4; other++)
			assert(blocked(signals[other]) == (other == me));
	}
	if (me == 0) {
		pthread_t thread;
		void *result;
		assert(pthread_create(&thread, NULL, inner, NULL) == 0 && pthread_join(thread, &result) == 0);
		assert((intptr_t)result == 42);
	}
	return data;
}

static void all_together(void)
{
	pthread_t thread[4];
	pthread_attr_t own;
	void *result, *stack = aligned_alloc(4096, 5 << 20);
	assert(pthread_attr_init(&own) == 0 && pthread_attr_setstack(&own, stack, 5 << 20) == 0);
	for (intptr_t i = 0; i < 4; i++)
		assert(pthread_create(&thread[i], i == 3 ? &own : NULL, work, (void *)i) == 0);
	for (intptr_t i = 0; i < 4; i++) {
		assert(pthread_join(thread[i], &result) == 0 && result == (void *)i);
		assert(id[i] != gettid());
		for (int other = 0; other < i; other++)
			assert(id[i] != id[other]);
	}
	pthread_attr_destroy(&own);
	free(stack);
	assert(mine == 7 && fegetround() == FE_TONEAREST && gettid() == getpid() && !blocked(SIGUSR1));
}

int main(void)
{
	int status;
	assert(pthread_key_create(&key, NULL) == 0);
	mine = 7;
	all_together();
	pid_t child = fork();
	assert(child >= 0);
	if (child == 0) {
		all_together();
		_exit(0);
	}
	assert(waitpid(child, &status, 0) == child && status == 0);
	all_together();
	return 0;
}
