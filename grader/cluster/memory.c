/* memory.c - was somebody killed for want of memory? A scheduler gives a job a control group with a limit; the kernel
 * counts in it whom it had to kill. Sources: Documentation/admin-guide/cgroup-v2.rst (memory.events) and
 * cgroup-v1/memory.rst (memory.oom_control). */
#include "../memory.h"
#include "cluster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The number behind "oom_kill" in such a file; 0 when there is none. */
static unsigned long long kills_in(const char *path)
{
	char line[256];
	unsigned long long kills = 0;
	FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof line, file))
		if (sscanf(line, "oom_kill %llu", &kills) == 1)
			break;
	if (file)
		fclose(file);
	return kills;
}

/* A line of /proc/self/cgroup: "0::/a/b" in version 2, "5:memory:/a/b" in version 1. */
static unsigned long long kills_of(const char *root, const char *line)
{
	const char *controllers = strchr(line, ':'), *group = controllers ? strchr(controllers + 1, ':') : NULL;
	if (!group)
		return 0;
	char *path = NULL;
	if (group == controllers + 1)
		path = format("%s/sys/fs/cgroup%s/memory.events", root, group + 1);
	else if (strncmp(controllers, ":memory:", 8) == 0)
		path = format("%s/sys/fs/cgroup/memory%s/memory.oom_control", root, group + 1);
	unsigned long long kills = path ? kills_in(path) : 0;
	free(path);
	return kills;
}

unsigned long long memory_kills(const char *root)
{
	char line[4096], *path = format("%s/proc/self/cgroup", root);
	unsigned long long kills = 0;
	FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof line, file)) {
		line[strcspn(line, "\n")] = 0;
		kills += kills_of(root, line);
	}
	if (file)
		fclose(file);
	free(path);
	return kills;
}
