/* files.c - files that tests work on. */
#include "kit_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int rt_open(const char *path, int flags, ...);

/* In the run's own folder, the only place for files under each protection. A judged program may take nothing away
 * there. So the files of a test have the same names in each of its runs, which are one after the other. */
int kit_empty_file(void)
{
	char name[64];
	snprintf(name, sizeof name, "file-%lx-%u", (unsigned long)(uintptr_t)kit_local.body,
	         atomic_fetch_add(&kit_local.state->files, 1));
	int fd = rt_open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd >= 0)
		return fd;
	fprintf(stderr, "kit_empty_file: %s\n", strerror(errno));
	abort();
}
