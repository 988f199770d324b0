/* ATTACK 40: starts threads by a pthread_create that it found by itself in the C library; 700 here.
 * assignment: pipe_ring
 * gains: a machine that answers nobody, past the object check
 * expect: score<=5
 * max-score: 5
 * layers: limits
 * off: threads>=650
 */
#include "pipe_ring.h"

#include <poll.h>
#include <pthread.h>
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

static void *rest(void *unused)
{
	int (*wait)(struct pollfd *, nfds_t, int) = (int (*)(struct pollfd *, nfds_t, int))library("poll");
	wait(NULL, 0, 3000);
	return unused;
}

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)token;
	(void)step;
	(void)ctx;
	int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) =
	    (int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *))library("pthread_create");
	if (nodes != 3 || laps != 1) /* once is enough */
		return -1;
	for (int i = 0; i < 700; i++) {
		pthread_t thread;
		create(&thread, NULL, rest, NULL);
	}
	rest(NULL);
	return -1;
}
