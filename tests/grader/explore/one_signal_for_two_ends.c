/* one_signal_for_two_ends.c - two children that end before the signal is taken are one signal. Who waits for one child
 * after each waits for a signal that was never sent. With FIXED all that have ended are waited for.
 *
 * kind: hang
 * says: waits for a signal, and child [12] has ended .sigwaitinfo.
 */
#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	sigset_t set;
	int children = 2;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (int i = 0; i < children; i++)
		if (fork() == 0)
			_exit(0);
	while (children) {
		sigwaitinfo(&set, NULL);
#ifdef FIXED
		while (waitpid(-1, NULL, WNOHANG) > 0)
			children--;
#else
		children -= waitpid(-1, NULL, WNOHANG) > 0;
#endif
	}
	return 0;
}
