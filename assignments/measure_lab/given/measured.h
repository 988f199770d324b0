/* measured.h - what measure.c measures besides the harness's own quantities, and what it counts. Given; no points. */
#ifndef MEASURED_H
#define MEASURED_H

#include "measure_lab.h"

#include <stdio.h>

/* ---- bandwidth: 1 MiB, in pieces of 64 KiB, to a process that reads all of it (moved.c) -------- */

/* Like bench_handoff: 0, or -1 and errno; the partner is made before, and has ended afterwards. */
int move_by_pipe(const struct bench_opts *opts, struct bench_stat *stat);
int move_by_socket(const struct bench_opts *opts, struct bench_stat *stat);
int move_by_shared_memory(const struct bench_opts *opts, struct bench_stat *stat);

/* ---- page faults (pages.c) -------------------------------------------------------------------- */

enum { TOUCHED_BYTES = 16 << 20 };

/* A child touches each page of TOUCHED_BYTES that its parent has written to, and ends. */
int fork_and_read(const struct bench_opts *opts, struct bench_stat *stat);
int fork_and_write(const struct bench_opts *opts, struct bench_stat *stat);

/* ---- what is counted (counted.c) -------------------------------------------------------------- */

/* Prints, a line each, minor faults per page, context switches per hand-off, and what the processor counts where that
 * is allowed; where not, what is missing. Nothing of it is a verdict. 0, or -1 and errno. */
int print_counts(FILE *out);

#endif
