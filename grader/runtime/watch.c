/* watch.c - what the host does while a run goes on: it takes the baton from who loops without a call, and from the
 * dead.
 */
#include "internal.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static uint64_t cpu_ns_of(pid_t pid)
{
	clockid_t clock;
	struct timespec now;
	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &now) != 0)
		return 0;
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static pid_t pid_of(int thread)
{
	return WORLD->process[WORLD->thread[thread].process].pid;
}

static void note_spinner(int thread)
{
	struct rt_evidence *evidence = rt_evidence_add("busy_wait");
	char name[64];
	snprintf(evidence->text, sizeof evidence->text,
	         "%s loops without making a call while all others are waiting for it",
	         rt_thread_name(thread, name, sizeof name));
	evidence->frame[0] = WORLD->thread[thread].sample;
}

bool rt_watch(uint64_t cpu_ns)
{
	int current = atomic_load(&WORLD->current);
	int suspect = current;
	if (current == RT_NOBODY) {
		for (int i = 0; i < WORLD->thread_count; i++)
			if (atomic_load(&WORLD->thread[i].strayed) == 1)
				suspect = i;
	}
	if (exploring() || suspect == RT_NOBODY || suspect & RT_INSIDE || WORLD->thread_count < 2)
		return false; /* a search goes by what is counted, and by the limit of a run's time */
	uint64_t cpu = cpu_ns_of(pid_of(suspect));
	if (WORLD->watch_steps != WORLD->steps + 1 || cpu < WORLD->watch_cpu) {
		WORLD->watch_steps = WORLD->steps + 1;
		WORLD->watch_cpu = cpu;
		return false;
	}
	if (cpu - WORLD->watch_cpu < cpu_ns)
		return false;
	WORLD->watch_cpu = cpu;
	if (current == RT_NOBODY) {
		if (!WORLD->thread[suspect].sample) { /* ask it where it is; the next look reports */
			syscall(SYS_tgkill, pid_of(suspect), WORLD->thread[suspect].tid, SIGPROF);
			WORLD->thread[suspect].sample = 1;
			return false;
		}
		note_spinner(suspect);
		WORLD->end = RT_HUNG;
		return true;
	}
	if (!atomic_compare_exchange_strong(&WORLD->current, &current, RT_NOBODY | RT_INSIDE))
		return false;
	WORLD->thread[suspect].queued = ++WORLD->ticket;
	atomic_store(&WORLD->thread[suspect].strayed, 1);
	rt_give_to_next();
	return false;
}

void rt_bury_dead(void)
{
	int current = atomic_load(&WORLD->current);
	int thread = current & 0xffff;
	if (thread == RT_NOBODY || thread >= WORLD->thread_count)
		return;
	int process = WORLD->thread[thread].process;
	pid_t pid = WORLD->process[process].pid;
	char path[64], line[256] = "";
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	FILE *stat = fopen(path, "re");
	if (stat) {
		if (!fgets(line, sizeof line, stat))
			line[0] = 0;
		fclose(stat);
	}
	const char *state = strrchr(line, ')');
	if (state && state[1] && state[2] != 'Z' && state[2] != 'X')
		return;
	if (process == 0) /* the test itself: the host sees that */
		return;
	if (!atomic_compare_exchange_strong(&WORLD->current, &current, RT_NOBODY | RT_INSIDE))
		return;
	rt_process_done(process);
	rt_give_to_next();
}
