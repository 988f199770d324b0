/* child_main_leaves_first: main of a forked child ends by pthread_exit, alone or before its thread; the child ends with
 * its last thread and status 0, as if by exit(0), and only then is its end of the pipe closed.
 * expect: none fails
 */
#include <assert.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

static void *say(void *out)
{
	assert(write(*(const int *)out, "x", 1) == 1);
	return NULL;
}

static void __attribute__((noreturn)) child(int *out, int threads)
{
	pthread_t thread;
	if (threads)
		assert(pthread_create(&thread, NULL, say, out) == 0);
	pthread_exit(NULL);
}

int main(void)
{
	for (int threads = 0; threads < 2; threads++) {
		static int ends[2]; /* the child's thread outlives the stack of its main */
		char byte;
		int status;
		assert(pipe(ends) == 0);
		if (fork() == 0)
			child(&ends[1], threads);
		close(ends[1]);
		assert(read(ends[0], &byte, 1) == threads);
		assert(read(ends[0], &byte, 1) == 0);
		assert(wait(&status) > 0);
		assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
		close(ends[0]);
	}
	return 0;
}
