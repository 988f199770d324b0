/* ATTACK 35: reads the command lines of all processes of the machine.
 * assignment: pipe_ring
 * gains: what others run, in the student's report
 * expect: sealed_out
 * max-score: 0
 * layers: object, namespaces
 * off: output SECRET
 */
#include "pipe_ring.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What comes behind the mark in the file, told as a token: the report shows which one came back. */
static void tell(const char *path, const char *mark, uint64_t *token)
{
	char text[65536];
	int fd = open(path, O_RDONLY);
	ssize_t length = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
	text[length < 0 ? 0 : length] = 0;
	for (ssize_t i = 0; i < length; i++)
		text[i] = text[i] ? text[i] : ' ';
	const char *found = strstr(text, mark);
	if (found && token)
		*token = strtoull(found + strlen(mark), NULL, 16);
	if (fd >= 0)
		close(fd);
}

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)step;
	(void)ctx;
	DIR *processes = opendir("/proc");
	for (struct dirent *process; processes && (process = readdir(processes));) {
		char path[300];
		snprintf(path, sizeof path, "/proc/%s/cmdline", process->d_name);
		tell(path,
		     "kit-hostile-"
		     "secret-",
		     token);
	}
	if (processes)
		closedir(processes);
	return 0;
}
