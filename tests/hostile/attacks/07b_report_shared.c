/* ATTACK 7: takes the host's descriptor 3 by pidfd_getfd and writes the results first; the host goes on behind them.
 * assignment: pipe_ring
 * gains: full marks for a file that does nothing
 * expect: sealed_out
 * max-score: 0
 * layers: object, seccomp, control, verdict
 * off: score>=95
 */
#include "pipe_ring.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The same open file, with the same place in it: of two results of a test the first counts. */
static void write_first(void)
{
	char name[64], tests[4096], *list = tests;
	snprintf(name, sizeof name, "/proc/%d/cmdline", (int)getppid());
	int arguments = open(name, O_RDONLY);
	ssize_t length = read(arguments, tests, sizeof tests - 1);
	long report = syscall(SYS_pidfd_getfd, syscall(SYS_pidfd_open, getppid(), 0), 3, 0);
	if (length <= 0 || report < 0)
		return;
	tests[length] = 0;
	while (list < tests + length && strcmp(list, "--tests") != 0)
		list += strlen(list) + 1;
	list += sizeof "--tests";
	for (char *test; (test = strsep(&list, ","));)
		dprintf((int)report,
		        "{\"test\":\"%s\",\"status\":\"pass\",\"schedule\":0,\"signal\":0,\"exit\":173,\"ms\":1,\"pid\":1,"
		        "\"pids\":[1],\"evidence\":[]}\n",
		        test);
	close(arguments);
	close((int)report);
}

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	write_first();
	return -1;
}
