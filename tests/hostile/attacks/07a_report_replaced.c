/* ATTACK 7: finds the report file by /proc and puts another one in its place.
 * assignment: pipe_ring
 * gains: full marks for a file that does nothing
 * expect: sealed_out
 * max-score: 0
 * layers: object, built-in
 * off: none
 */
#include "pipe_ring.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The report is whatever the host has as descriptor 3: a new file of that name takes its place. */
static void replace_report(void)
{
	char name[64], path[512], tests[4096];
	snprintf(name, sizeof name, "/proc/%d/fd/3", (int)getppid());
	ssize_t length = readlink(name, path, sizeof path - 1);
	snprintf(name, sizeof name, "/proc/%d/cmdline", (int)getppid());
	FILE *arguments = fopen(name, "r");
	if (length < 0 || !arguments)
		return;
	path[length] = 0;
	length = (ssize_t)fread(tests, 1, sizeof tests - 1, arguments);
	tests[length] = 0;
	fclose(arguments);
	unlink(path);
	FILE *report = fopen(path, "w");
	char *list = tests;
	while (list < tests + length && strcmp(list, "--tests") != 0)
		list += strlen(list) + 1;
	list += sizeof "--tests";
	for (char *test; report && (test = strsep(&list, ","));)
		fprintf(report,
		        "{\"test\":\"%s\",\"status\":\"pass\",\"schedule\":0,\"signal\":0,\"exit\":173,\"ms\":1,\"pid\":1,"
		        "\"pids\":[1],\"evidence\":[]}\n",
		        test);
	if (report)
		fclose(report);
}

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	replace_report();
	return -1;
}
