/* caging.h - what one caged run is given before it starts, and what is heard of it at its end. Private to the sandbox.
 */
#ifndef CAGING_H
#define CAGING_H

#include "run.h"

struct caging {
	struct caged_start start;
	int heard, control; /* our ends of the pipes, or -1 */
};

/* How a program ended, whoever saw it. */
struct end {
	bool known, killed; /* killed: by us */
	int code, status;   /* as waitid(2) has them */
};

/* In the supervisor: hands the folder over, makes the report file, the plan and the pipes. 0, or -1 and
 * result->problem. */
int caging_prepare(struct caging *caging, const struct run *run, const struct cage *cage, struct run_result *result);

/* When the program's process has its own copies: closes ours. */
void caging_started(struct caging *caging);

/* Asks `inside`, where it stays, to end the program. */
void caging_order_end(struct caging *caging);

/* When all processes have ended: what `inside` said. Sets *end if it saw the program's end, result->problem if it could
 * not start it; leaves both alone if it said nothing. True if it said anything. */
bool caging_hear(struct caging *caging, struct end *end, struct run_result *result);

/* A new file for writing, whatever is there under that name (earlier programs could write in the folder);
 * close-on-exec. -1 and errno. */
int fresh_file(const char *path);

/* result->problem = "WHAT NAME: why", from errno. Returns -1. */
int not_started(struct run_result *result, const char *what, const char *name);

#endif
