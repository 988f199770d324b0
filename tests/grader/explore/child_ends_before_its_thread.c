/* child_ends_before_its_thread: a child process hands the last report to a thread and leaves by _exit without joining
 * it. If the thread was faster all is well; if not, the report is lost and the parent reads end-of-file.
 * kind: exit_status
 * switches: 0
 */
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

static void *report(void *end)
{
	return write(*(int *)end, "!", 1) == 1 ? end : NULL;
}

int main(void)
{
	int fds[2];
	if (pipe(fds) != 0)
		return 1;
	pid_t child = fork();
	if (child == 0) {
		pthread_t thread;
		if (pthread_create(&thread, NULL, report, &fds[1]) != 0)
			_exit(1);
#ifdef FIXED
		pthread_join(thread, NULL);
#endif
		_exit(0);
	}
	close(fds[1]);
	char byte;
	ssize_t count = read(fds[0], &byte, 1);
	close(fds[0]);
	waitpid(child, NULL, 0);
	return count == 1 ? 0 : 2;
}
