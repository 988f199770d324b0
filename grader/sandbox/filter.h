/* filter.h - system call filters, made ready for the kernel. Private to the sandbox. */
#ifndef FILTER_H
#define FILTER_H

#include <sys/types.h>

enum filter_profile {
	FILTER_TOOL,     /* compilers and their like, over hostile text */
	FILTER_JUDGED,   /* judged programs, also under valgrind */
	FILTER_DEBUGGED, /* gdb and a judged program: they look into each other, and into nobody else's */
	FILTER_SOCKETS,  /* judged programs under Criterion's own runner, which talks to its tests through UNIX sockets */
	FILTER_LISTENS,  /* judged programs of an assignment whose processes connect to each other */
	FILTER_DEBUGGED_LISTENS,
	FILTER_PROFILES
};

/* The filter of that profile for this machine's architecture, as an array of struct sock_filter in a sealed memfd
 * (close-on-exec), which is the caller's; or -1 when libseccomp or the kernel cannot make one. */
int filter_make(enum filter_profile profile);

/* A filter that forbids to signal or slow down these processes, process groups and -1: for machines where neither
 * another user, nor a namespace, nor Landlock stands between a program and its supervisor. Result as above. */
int filter_shield(const pid_t pids[], size_t count);

#endif
