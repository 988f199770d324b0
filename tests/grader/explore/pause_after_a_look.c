/* pause_after_a_look.c - the child's end may come after the look at the flag and before pause: it is not waited for any
 * more. With FIXED the signal is let in by sigsuspend only, as POSIX made it for this.
 *
 * kind: hang
 * says: waits for a signal, and child 1 has ended .pause.
 */
#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t ended;

static void on_end(int signal)
{
	(void)signal;
	ended = 1;
}

int main(void)
{
	struct sigaction action = {.sa_handler = on_end};
	sigset_t set, earlier;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigemptyset(&action.sa_mask);
	sigaction(SIGCHLD, &action, NULL);
	sigprocmask(SIG_BLOCK, &set, &earlier);
#ifndef FIXED
	sigprocmask(SIG_SETMASK, &earlier, NULL);
#endif
	if (fork() == 0)
		_exit(0);
	while (!ended)
#ifdef FIXED
		sigsuspend(&earlier);
#else
		pause();
#endif
	wait(NULL);
	return 0;
}
