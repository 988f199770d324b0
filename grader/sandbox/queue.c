/* queue.c - as many runs at a time as there are cores; a free one is given the next run at once. */
#include "../memory.h"
#include "run.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TICK_MS = 100, MORE_TRIES = 2 };

struct entry {
	struct run *run;
	int rank;
	int tries; /* that were no start of the program */
	void (*done)(void *context, const struct run_result *result);
	void *context;
	struct entry *next;
};

struct slot {
	struct entry *entry; /* NULL = free */
	pid_t supervisor;
	int lifeline, results;
};

struct queue {
	unsigned slot_count;
	struct slot *slot;
	struct entry *waiting; /* highest rank first, then in order of arrival */
	int signals;
	const struct cage *cage;
	double cpu_s;
	bool cancelled; /* by queue_cancel */
	void (*tick)(void *context);
	void *context;
};

static unsigned cores(void)
{
	cpu_set_t set;
	return sched_getaffinity(0, sizeof set, &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

struct queue *queue_new(unsigned slots, int signals, const struct cage *cage)
{
	struct queue *queue = zeroed(1, sizeof *queue);
	queue->slot_count = slots ? slots : cores();
	queue->slot = zeroed(queue->slot_count, sizeof *queue->slot);
	queue->signals = signals;
	queue->cage = cage;
	return queue;
}

unsigned queue_slots(const struct queue *queue)
{
	return queue->slot_count;
}

double queue_cpu_s(const struct queue *queue)
{
	return queue->cpu_s;
}

const struct cage *queue_cage(const struct queue *queue)
{
	return queue->cage;
}

void queue_add(struct queue *queue, struct run *run, int rank, void (*done)(void *, const struct run_result *),
               void *context)
{
	struct entry *entry = must(malloc(sizeof *entry));
	*entry = (struct entry){.run = run, .rank = rank, .done = done, .context = context};
	struct entry **place = &queue->waiting;
	while (*place && (*place)->rank >= rank)
		place = &(*place)->next;
	entry->next = *place;
	*place = entry;
}

static void entry_free(struct entry *entry)
{
	run_free(entry->run);
	free(entry);
}

/* Frees the slot, then tells the owner (who may add runs). What the machine is to blame for is tried again first. */
static void finish(struct queue *queue, struct slot *slot, const struct run_result *result)
{
	struct entry *entry = slot->entry;
	slot->entry = NULL;
	if (result->end == RUN_NOT_STARTED && entry->tries < MORE_TRIES) {
		entry->tries++;
		entry->next = queue->waiting;
		queue->waiting = entry;
		return;
	}
	queue->cpu_s += result->cpu_ms / 1000.0;
	entry->done(entry->context, result);
	entry_free(entry);
}

static void start(struct queue *queue, struct slot *slot)
{
	struct entry *entry = queue->waiting;
	queue->waiting = entry->next;
	slot->entry = entry;
	int lifeline[2], results[2];
	slot->supervisor = run_start(entry->run, queue->cage, lifeline, results);
	if (slot->supervisor < 0) {
		struct run_result result = {.end = RUN_NOT_STARTED};
		snprintf(result.problem, sizeof result.problem, "cannot start a process: %s", strerror(errno));
		finish(queue, slot, &result);
		return;
	}
	slot->lifeline = lifeline[1];
	slot->results = results[0];
}

static void reap(struct slot *slot)
{
	close(slot->lifeline);
	close(slot->results);
	while (waitpid(slot->supervisor, NULL, 0) < 0 && errno == EINTR)
		;
}

static void collect(struct queue *queue, struct slot *slot)
{
	struct run_result result;
	ssize_t got;
	do
		got = read(slot->results, &result, sizeof result);
	while (got < 0 && errno == EINTR);
	if (got != sizeof result) {
		memset(&result, 0, sizeof result);
		result.end = RUN_NOT_STARTED;
		snprintf(result.problem, sizeof result.problem, "the supervisor of the run was killed");
	}
	reap(slot);
	finish(queue, slot, &result);
}

static void drop_all(struct queue *queue)
{
	static const struct run_result cancelled = {.end = RUN_CANCELLED};
	for (unsigned i = 0; i < queue->slot_count; i++) {
		if (!queue->slot[i].entry)
			continue;
		reap(&queue->slot[i]); /* closing the lifeline ends it */
		finish(queue, &queue->slot[i], &cancelled);
	}
	while (queue->waiting) {
		struct slot slot = {.entry = queue->waiting};
		queue->waiting = slot.entry->next;
		finish(queue, &slot, &cancelled);
	}
}

void queue_free(struct queue *queue)
{
	if (!queue)
		return;
	drop_all(queue);
	free(queue->slot);
	free(queue);
}

void queue_on_tick(struct queue *queue, void (*tick)(void *), void *context)
{
	queue->tick = tick;
	queue->context = context;
}

void queue_cancel(struct queue *queue)
{
	queue->cancelled = true;
}

int queue_work(struct queue *queue)
{
	struct pollfd *fds = zeroed(queue->slot_count + 1, sizeof *fds);
	int result = 0;
	for (;;) {
		unsigned busy = 0;
		for (unsigned i = 0; i < queue->slot_count; i++) {
			while (!queue->slot[i].entry && queue->waiting)
				start(queue, &queue->slot[i]);
			busy += queue->slot[i].entry != NULL;
			fds[i] = (struct pollfd){queue->slot[i].entry ? queue->slot[i].results : -1, POLLIN, 0};
		}
		if (!busy)
			break;
		fds[queue->slot_count] = (struct pollfd){queue->signals, POLLIN, 0};
		if (poll(fds, queue->slot_count + 1, queue->tick ? TICK_MS : -1) < 0 && errno != EINTR)
			abort();
		if (queue->tick)
			queue->tick(queue->context);
		if (fds[queue->slot_count].revents || queue->cancelled) {
			drop_all(queue);
			queue->cancelled = false;
			result = -1;
			break;
		}
		for (unsigned i = 0; i < queue->slot_count; i++)
			if (fds[i].revents)
				collect(queue, &queue->slot[i]);
	}
	free(fds);
	return result;
}
