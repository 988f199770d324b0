/* ATTACK 33: opens the hidden tests while it runs, and tells what is in them as a token.
 * assignment: pipe_ring
 * gains: the hidden tests in the student's report
 * expect: sealed_out
 * max-score: 0
 * layers: object, namespaces, landlock
 * off: output SECRET
 */
#include "pipe_ring.h"

#include <fcntl.h>
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
	tell("../../../../tests/assignments/pipe_ring/hidden.c",
	     "kit-hostile-"
	     "secret-",
	     token);
	return 0;
}
