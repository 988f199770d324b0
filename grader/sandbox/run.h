/* run.h - between the files of the sandbox: the supervisor of a run and what it does in the program's process. */
#ifndef RUN_H
#define RUN_H

#include "cage.h"

#include <sys/types.h>

enum { RUN_OPEN_FILES = 1024 }; /* RLIMIT_NOFILE of every program */

/* Forks the supervisor of a run. lifeline[1] is ours: closing it ends the run. results[0] is ours: a struct run_result
 * comes out of it. `cage` may be NULL. Returns the supervisor's pid, or -1 and errno. */
pid_t run_start(const struct run *run, const struct cage *cage, int lifeline[2], int results[2]);

/* The same, waited for. */
struct run_result run_now(const struct run *run, const struct cage *cage);

/* Lists of words that end with NULL, as in struct run; *words may be NULL. */
void words_add(char ***words, const char *format, ...) __attribute__((format(printf, 2, 3)));
void words_free(char **words);

/* ---- in the program's process, before exec; these do not return ------------------------------ */

/* Without a cage. `output` becomes descriptors 1 and 2. */
void start_plain(const struct run *run, int output) __attribute__((noreturn));

/* What a caged program's process is made of; -1 = there is none. All close-on-exec and the caller's. */
struct caged_start {
	char **command;
	const int *stream; /* of the run */
	int output, report, plan, status, control, shield, filter;
	bool share; /* files are made for the group, too */
};
void start_caged(const struct caged_start *start) __attribute__((noreturn));

/* Forked processes end by _exit or exec, which a coverage build's counters do not survive. Nothing in other builds. */
void save_coverage(void);

#endif
