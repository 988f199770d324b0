/* state.h - what is so after each step of a recorded run: who holds and who waits, what is in semaphores, pipes and
 * shared variables. Kept as changes: what a step leaves otherwise than it found it. */
#ifndef STATE_H
#define STATE_H

#include "../../finding/interleaving.h"
#include "strategy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	STATE_STEPS = 600, /* so many steps of a run are shown */
	STATE_CHANGES = 1 << 13,
	STATE_OBJECTS = 1 << 12,           /* = RT_OBJECTS */
	STATE_CHANNELS = 2 * FIRST_SOCKET, /* the first pipes, and as many ends of pairs of sockets */
	STATE_PROCESSES = 128,             /* = RT_PROCESSES */
	STATE_FDS = 64,                    /* descriptors of each process that are looked at */
	STATE_VALUES = 64                  /* variables and semaphores */
};

/* kind, and what the others are: struct change of grader/finding/interleaving.h. `thread`: -1 for no lane. */
struct search_change {
	uint16_t step;
	uint8_t kind, class;
	int16_t thread;
	int32_t value;
	uintptr_t object, site;
	char text[32];
};

/* What is known to be so: compared with what is so when a step is over. */
struct search_state {
	size_t settled; /* so many steps are over */
	size_t change_count;
	struct {
		uintptr_t object, site;
		int owner;
		unsigned readers;
	} holder[STATE_OBJECTS];
	struct {
		uintptr_t object;
		int wait, fd;
	} waiter[SEARCH_THREADS];
	struct {
		uintptr_t key;
		char text[24];
	} value[STATE_VALUES];
	unsigned values;
	int bytes[STATE_CHANNELS];
	uint8_t ends[STATE_PROCESSES][STATE_CHANNELS], ended[STATE_PROCESSES];
	struct {
		const void *memory; /* NULL: none */
		size_t bytes;
		char before[48];
	} written; /* by the current thread, which has not come to the runtime since */
	struct search_change change[STATE_CHANGES];
};

/* All of these: with the baton, by the thread that has it; nothing unless a run is recorded. */
void search_state_begin(void); /* in the host, before a run that is recorded */
/* The last step is over, or the thread is about to let others on: what has changed is noted. */
void search_settle(void);
/* Before the last step so many bytes of memory had that value. */
void search_was(const void *memory, size_t bytes, uint64_t value);
/* The last step reads, or is about to write, memory of so many bytes. */
void search_touches(const void *memory, size_t bytes, bool write);
/* The semaphore has that value now. */
void search_counts(uintptr_t semaphore, int value);
/* What the thread was about to write is there now: its step says so, "0 -> 1". */
void search_written(void);

#endif
