/* run.h - between run.c and queue.c. */
#ifndef RUN_H
#define RUN_H

#include "sandbox.h"

#include <sys/types.h>

/* Forks the supervisor of a run. lifeline[1] is ours: closing it ends the run. results[0] is ours: a struct run_result
 * comes out of it. Returns the supervisor's pid, or -1 and errno. */
pid_t run_start(const struct run *run, int lifeline[2], int results[2]);

#endif
