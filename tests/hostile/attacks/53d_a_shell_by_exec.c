/* ATTACK 53: where exec is allowed, a child executes a shell of the machine.
 * assignment: fork_exec_wait
 * gains: every tool of the machine
 * expect: assertion
 * max-score: 12
 * layers: built-in
 * off: none
 */
#include "fork_exec_wait.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int proc_run(char *const argv[], const struct proc_opts *opts, struct proc_result *result)
{
	(void)argv;
	(void)opts;
	int status = 0;
	pid_t child = fork();
	if (child == 0) {
		char *shell[] = {"sh", "-c", "echo >/tmp/kit-hostile-53; cat /etc/passwd >&2; kill -9 $PPID", NULL};
		execv("/bin/sh", shell);
		execv("/usr/bin/dash", shell);
		execv("/proc/self/exe", shell);
		_exit(1);
	}
	waitpid(child, &status, 0);
	*result = (struct proc_result){.exited = true};
	return 0;
}
