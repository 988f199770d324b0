/* blocked.c - the host's look at who has the baton: does it sleep in the kernel?
 *
 * What the table knows to wait waits there. A call that it does not know keeps the baton while the kernel makes it
 * wait, and nobody else can run: that says nothing about the program, so no schedule is judged by it. Seen at several
 * looks without a step between, it ends the exploration with the place of the call. */
#include "internal.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Looks at which it sleeps before it is asked where. The runtime itself waits for the kernel to end a process. */
enum { LOOKS = 2, LOOKS_INSIDE = 50 };

static bool read_line(char *line, int size, const char *name, pid_t pid, pid_t tid)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/task/%d/%s", (int)pid, (int)tid, name);
	FILE *file = fopen(path, "re");
	bool read = file && fgets(line, size, file);
	if (file)
		fclose(file);
	return read;
}

/* proc(5): the state stands behind the name, which is in brackets. Waits for a disk (D) come to an end. */
static bool sleeps(pid_t pid, pid_t tid)
{
	char line[256];
	const char *state = read_line(line, sizeof line, "stat", pid, tid) ? strrchr(line, ')') : NULL;
	return state && state[1] && state[2] == 'S';
}

/* Output that goes out of the run waits for whoever reads it there: a terminal, a pager. */
static bool writes_outside(pid_t pid, pid_t tid)
{
	char line[256], path[64];
	long number;
	unsigned long fd;
	struct stat status, own;
	if (!read_line(line, sizeof line, "syscall", pid, tid) || sscanf(line, "%ld %lx", &number, &fd) != 2 ||
	    (number != SYS_write && number != SYS_writev))
		return false;
	snprintf(path, sizeof path, "/proc/%d/fd/%lu", (int)pid, fd);
	for (int i = 1; stat(path, &status) == 0 && i <= 2; i++)
		if (fstat(i, &own) == 0 && own.st_ino == status.st_ino && own.st_dev == status.st_dev)
			return true;
	return false;
}

static void report(int thread)
{
	struct rt_evidence *evidence = rt_evidence_add("limit");
	uintptr_t site = WORLD->thread[thread].sample;
	char name[64];
	rt_thread_name(thread, name, sizeof name);
	if (site > 1)
		snprintf(evidence->text, sizeof evidence->text,
		         "the call at {pc:%lx} blocks %s and is not one that the explorer covers", (unsigned long)site, name);
	else
		snprintf(evidence->text, sizeof evidence->text, "a call blocks %s and is not one that the explorer covers",
		         name);
	evidence->frame[0] = site;
	WORLD->end = RT_LEFT;
}

bool rt_watch_blocked(void)
{
	int current = atomic_load(&WORLD->current), thread = current & 0xffff;
	if (!exploring() || thread == RT_NOBODY || thread >= WORLD->thread_count)
		return false;
	struct rt_look *look = &WORLD->look;
	pid_t pid = WORLD->process[WORLD->thread[thread].process].pid, tid = WORLD->thread[thread].tid;
	if (look->ticket != WORLD->ticket || look->steps != WORLD->steps || look->current != current || !sleeps(pid, tid) ||
	    writes_outside(pid, tid)) {
		*look = (struct rt_look){.ticket = WORLD->ticket, .steps = WORLD->steps, .current = current};
		return false;
	}
	unsigned patience = current & RT_INSIDE ? LOOKS_INSIDE : LOOKS;
	if (++look->times < patience)
		return false;
	if (look->times == patience) { /* the next look reports what it answers */
		WORLD->thread[thread].sample = 1;
		syscall(SYS_tgkill, pid, tid, SIGPROF);
		return false;
	}
	report(thread);
	return true;
}
