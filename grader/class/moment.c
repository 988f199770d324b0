#include "moment.h"

#include <stddef.h>

/* Clocks differ, and so do time zones in archives. */
enum { SKEW_S = 15 * 60, ZONES_S = 26 * 60 * 60 };

static struct moment unknown(const char *doubt)
{
	return (struct moment){0, "nobody", doubt};
}

struct moment moment_of(const struct evidence *evidence)
{
	if (evidence->column)
		return (struct moment){evidence->column, "the roster", NULL};
	if (evidence->listed)
		return (struct moment){evidence->listed, "the platform's list", NULL};
	if (evidence->canvas)
		return unknown(evidence->late ? "Canvas marks it as late, but not by how much: no points are deducted" : NULL);
	if (evidence->repository && !evidence->commit)
		return unknown("the time of its last commit cannot be read; it is not counted as late");
	if (evidence->repository && evidence->commit > evidence->now + SKEW_S)
		return unknown("its last commit is dated in the future; it is not counted as late");
	if (evidence->repository)
		return (struct moment){evidence->commit, "the last commit of the file", NULL};
	if (evidence->file > evidence->now + ZONES_S)
		return unknown("its file is dated in the future; it is not counted as late");
	return (struct moment){evidence->file, evidence->file ? "the file" : "nobody", NULL};
}
