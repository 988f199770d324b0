/* inside.h - what a supervisor and `inside` tell each other.
 *
 * `inside` is the last step before a caged program: it puts on, in the program's own process, what cannot be put on
 * from outside, and starts the program. As process 1 of a PID namespace it also stays, waits for the program, kills
 * what the program left and tells how it ended.
 *
 * It takes no arguments. It finds these descriptors open: */
#ifndef INSIDE_H
#define INSIDE_H

enum {
	INSIDE_PLAN = 10, /* what to do: the lines below, each with a NUL behind it */
	INSIDE_REPORT,    /* a pipe for struct inside_report; the program does not get it */
	INSIDE_CONTROL,   /* a pipe whose end means "end the program". There is none: do not stay, become the program */
	INSIDE_SHIELD,    /* seccomp filter, or not open */
	INSIDE_FILTER,    /* seccomp filter, or not open; the last to be put on */
	INSIDE_END        /* one more than the last */
};

/* The lines of a plan, all optional but "program" and "arg", in any order but that of "arg" and "env":
 *
 *   parent=PID         whose child it has to be, if it does not stay
 *   uid=N, gid=N       become this user and group, without other groups
 *   folder=PATH        working directory
 *   limit=R SOFT HARD  setrlimit(2) of resource R
 *   fixed              no address space randomisation
 *   capabilities       keeps them: in test builds only
 *   landlock           only what the following lines allow, below PATH or of PATH itself:
 *   read=PATH            look into files and folders
 *   run=PATH             the same, and execute
 *   device=PATH          read and write
 *   write=PATH           read, write, make files and folders; nothing can be taken away
 *   change=PATH          that, and remove, rename, link
 *   socket=PATH          that, and make sockets
 *   program=PATH       to execute, with
 *   arg=TEXT           each an argument, the first is its name
 *   env=NAME=VALUE     each a variable, and there are no others */

enum inside_kind {
	INSIDE_PROBLEM = 1, /* the program was not started: `text` says why */
	INSIDE_ENDED        /* the program's end */
};

struct inside_report {
	enum inside_kind kind;
	int code, status; /* si_code and si_status as waitid(2) has them */
	int ordered;      /* 1: it was killed because the control pipe ended */
	int left_behind;  /* processes that were still there, not counting the program */
	char text[180];
};

enum { INSIDE_STATUS = 125 }; /* exit status when the program was not started */

#endif
