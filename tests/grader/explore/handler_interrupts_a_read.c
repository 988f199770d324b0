/* handler_interrupts_a_read.c - a handler without SA_RESTART ends the wait for the other end of the pipe: the message
 * may be lost. With FIXED the call is made again.
 *
 * kind: assertion
 */
#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

static void nothing(int signal)
{
	(void)signal;
}

int main(void)
{
	struct sigaction action = {.sa_handler = nothing};
	int ends[2];
	char byte = 0;
	sigemptyset(&action.sa_mask);
#ifdef FIXED
	action.sa_flags = SA_RESTART;
#endif
	sigaction(SIGUSR1, &action, NULL);
	pipe(ends);
	if (fork() == 0) {
		kill(getppid(), SIGUSR1);
		write(ends[1], "x", 1);
		_exit(0);
	}
	ssize_t length = read(ends[0], &byte, 1);
	assert(length == 1 && byte == 'x');
	while (wait(NULL) < 0 && errno == EINTR)
		;
	return 0;
}
