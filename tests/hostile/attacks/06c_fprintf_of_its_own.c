/* ATTACK 6: defines fprintf; where the test host writes a status, this one writes "pass".
 * assignment: pipe_ring
 * gains: every test passes
 * expect: score<=5
 * max-score: 5
 * layers: local, built-in
 * off: none
 */
#include "pipe_ring.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int fprintf(FILE *stream, const char *format, ...)
{
	va_list rest;
	int bytes = 0;
	va_start(rest, format);
	if (strncmp(format, "\"status\":\"%s\"", 13) == 0)
		fputs("\"status\":\"pass\",\"schedule\":0,\"signal\":0,\"exit\":173,\"ms\":1,\"pid\":1,\"pids\":[", stream);
	else if (strncmp(format, ",\"status\":\"%s\"", 14) == 0)
		fputs(",\"status\":\"pass\",\"ms\":1", stream);
	else
		bytes = vfprintf(stream, format, rest);
	va_end(rest);
	return bytes;
}

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;

	return -1;
}
