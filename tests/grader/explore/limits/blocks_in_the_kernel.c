/* blocks_in_the_kernel: two threads want the same stream, and the one that has it waits for the other to write. The
 * library's own lock is none of those that the table knows: told at once, and with the place, but no finding.
 * expect: not explored: the call at blocks_in_the_kernel.c:17 blocks thread 1
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

static int fds[2];
static FILE *input;

static void *look_first(void *unused)
{
	sched_yield();
	/* The main thread is inside of fgetc by now. */
	(void)getc(input);
	return write(fds[1], "x", 1) == 1 ? unused : NULL;
}

int main(void)
{
	pthread_t thread;
	if (pipe(fds) != 0)
		return 1;
	input = fdopen(fds[0], "r");
	pthread_create(&thread, NULL, look_first, NULL);
	fgetc(input);
	pthread_join(thread, NULL);
	return 0;
}
