/* ATTACK 14: finds system in the C library's memory, from stderr on; no name and no address of a function is used.
 * assignment: pipe_ring
 * gains: runs any program, past the object check
 * expect: score<=5
 * max-score: 5
 * layers: namespaces, landlock
 * off: file /tmp/kit-hostile-14b
 */
#include "pipe_ring.h"

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
	(void)token;
	(void)step;
	(void)ctx;
	int (*run)(const char *) = (int (*)(const char *))library("system");
	if (run)
		run("echo 14b > /tmp/kit-hostile-14b");
	return -1;
}
