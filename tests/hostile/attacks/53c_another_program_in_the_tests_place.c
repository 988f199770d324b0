/* ATTACK 53: puts another program in the place of the test, one that ends at once with the status of a test that passed.
 * assignment: fork_exec_wait
 * gains: full marks for a file that does nothing
 * expect: exit_in_test
 * max-score: 5
 * layers: built-in
 * off: none
 */
#include "fork_exec_wait.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The programs of the tests lie side by side: one of them ends with the number that it is given. */
static void end_with(const char *program, const char *status)
{
	char path[4096];
	const char *slash = program ? strrchr(program, '/') : NULL;
	if (!slash)
		return;
	snprintf(path, sizeof path, "%.*sexit", (int)(slash + 1 - program), program);
	char *argv[] = {path, (char *)status, NULL};
	execv(path, argv);
}

int proc_run(char *const argv[], const struct proc_opts *opts, struct proc_result *result)
{
	(void)opts;
	(void)result;
	end_with(argv ? argv[0] : NULL, "173");
	if (argv && argv[0])
		execv(argv[0], argv);
	return 0;
}
