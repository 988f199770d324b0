/* plan.h - from a run and a cage to what `inside` and bubblewrap are told. Private to the sandbox. */
#ifndef PLAN_H
#define PLAN_H

#include "cage.h"

#include <sys/types.h>

/* Who a run is, where the cage gives it a user of its own. */
struct lodger {
	uid_t user;
	gid_t group; /* of its folder: all runs there share it */
};

/* The path of the program that argv[0] means: absolute. The caller frees it. */
char *plan_program(const struct run *run);

/* Is it gdb, with a judged program in it? */
bool plan_is_debugger(const struct run *run);

/* The plan for `inside` (inside/inside.h says what is in it), as a memfd with close-on-exec. `parent` = the process
 * that will fork. -1 and errno when there is no memory. The descriptor is the caller's. */
int plan_write(const struct cage *cage, const struct run *run, const struct lodger *lodger, pid_t parent);

/* The command that starts `inside`, in namespaces if the cage has them: for words_free. */
char **plan_command(const struct cage *cage, const struct run *run);

#endif
