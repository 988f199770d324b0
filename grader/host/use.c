/* use.c - how long a run has computed or waited, by what /proc says of its processes at each look. */
#include "use.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* proc(5): the state stands behind the name, which is in brackets; utime, stime, cutime and cstime are twelfth to
 * fifteenth of what follows. */
static bool read_stat(const char *path, char *state, unsigned long ticks[4])
{
	char line[512];
	FILE *file = fopen(path, "re");
	const char *end = file && fgets(line, sizeof line, file) ? strrchr(line, ')') : NULL;
	if (file)
		fclose(file);
	return end && sscanf(end, ") %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %lu %lu %lu %lu", state, &ticks[0],
	                     &ticks[1], &ticks[2], &ticks[3]) == 5;
}

/* Is one of its threads computing, or ready to, or waiting for memory or a disk (D)? */
static bool is_ready(pid_t pid)
{
	char path[sizeof "/proc//task//stat" + 300], state;
	unsigned long ticks[4];
	bool ready = false;
	snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
	DIR *tasks = opendir(path);
	for (struct dirent *entry; tasks && !ready && (entry = readdir(tasks));) {
		snprintf(path, sizeof path, "/proc/%d/task/%.200s/stat", (int)pid, entry->d_name);
		ready = entry->d_name[0] != '.' && read_stat(path, &state, ticks) && (state == 'R' || state == 'D');
	}
	if (tasks)
		closedir(tasks);
	return ready;
}

static unsigned long cpu_ms_of(const pid_t *pid, size_t count)
{
	unsigned long sum = 0;
	for (size_t i = 0; i < count; i++) {
		char path[64], state;
		unsigned long ticks[4];
		snprintf(path, sizeof path, "/proc/%d/stat", (int)pid[i]);
		if (pid[i] > 0 && read_stat(path, &state, ticks))
			sum += ticks[0] + ticks[1] + ticks[2] + ticks[3];
	}
	return sum * 1000 / (unsigned long)sysconf(_SC_CLK_TCK);
}

/* Of the time since the last look: what the run has had. */
static unsigned own_time(const struct use *use, unsigned since, unsigned computed, bool ready)
{
	bool late = use->tick_ms && since >= 2 * use->tick_ms;
	unsigned idle = ready ? 0 : late ? use->tick_ms : since;
	return computed >= since ? since : computed > idle ? computed : idle;
}

unsigned use_look(struct use *use, unsigned now_ms, const pid_t *pid, size_t count)
{
	unsigned since = now_ms - use->looked_ms;
	unsigned long cpu_ms = cpu_ms_of(pid, count);
	unsigned long computed = cpu_ms > use->cpu_ms ? cpu_ms - use->cpu_ms : 0;
	bool ready = false;
	for (size_t i = 0; i < count && !ready; i++)
		ready = pid[i] > 0 && is_ready(pid[i]);
	use->ms += own_time(use, since, (unsigned)computed, ready);
	use->looked_ms = now_ms;
	use->cpu_ms = cpu_ms;
	return use->ms;
}
