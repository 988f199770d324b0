/* ATTACK 53: runs a shell with functions that it found by itself in the C library.
 * assignment: pipe_ring
 * gains: every tool of the machine, past the object check
 * expect: score<=5
 * max-score: 10
 * layers: namespaces, landlock
 * off: output 42425311
 */
#include "pipe_ring.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* A dlsym of its own: the C library lies round its texts, and tells in its dynamic section where its symbols are. */
static void *library(const char *name)
{
	const char *base = (const char *)((uintptr_t)strerrordesc_np(0) & ~(uintptr_t)4095), *names = NULL, *symbol = NULL;
	const uint64_t *part, *entry = NULL;
	while (memcmp(base, "\177ELF", 4) != 0)
		base -= 4096;
	for (part = (const uint64_t *)(base + 64); !entry; part += 7)
		if ((uint32_t)part[0] == 2) /* PT_DYNAMIC */
			entry = (const uint64_t *)(base + part[2]);
	for (; entry[0]; entry += 2)
		if (entry[0] == 5) /* DT_STRTAB */
			names = (const char *)entry[1];
		else if (entry[0] == 6) /* DT_SYMTAB */
			symbol = (const char *)entry[1];
	for (symbol += 24; symbol < names; symbol += 24)
		if (*(const uint64_t *)(symbol + 8) && strcmp(names + *(const uint32_t *)symbol, name) == 0)
			return (void *)(base + *(const uint64_t *)(symbol + 8));
	return NULL;
}

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)step;
	(void)ctx;
	bool ran = ((int (*)(const char *))library("system"))("exit 7") == 7 << 8;
	/* Success shows as the token that the test then sees. */
	if (token)
		*token = ran ? 42425310 + 1 : 1;
	return 0;
}
