/* scratch.h - a folder of its own for a test, below /tmp, in which it works. */
#ifndef SCRATCH_H
#define SCRATCH_H

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* `pattern`: "/tmp/NAME.XXXXXX". Others may look into the folder. */
static inline void scratch_enter(const char *pattern)
{
	char folder[64];
	cr_assert(strlen(pattern) < sizeof folder);
	strcpy(folder, pattern);
	cr_assert(mkdtemp(folder) != NULL);
	cr_assert(chdir(folder) == 0);
	cr_assert(chmod(".", 0755) == 0);
}

static inline int scratch_remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

static inline void scratch_remove(const char *folder)
{
	nftw(folder, scratch_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* Removes the working folder, if it is one that scratch_enter made with that pattern. */
static inline void scratch_leave(const char *pattern)
{
	char folder[4096];
	if (getcwd(folder, sizeof folder) && strncmp(folder, pattern, strlen(pattern) - 6) == 0 && chdir("/") == 0)
		scratch_remove(folder);
}

#endif
