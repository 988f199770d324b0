/* cage.h - what a cage is made of. Private to the sandbox. */
#ifndef CAGE_H
#define CAGE_H

#include "filter.h"
#include "sandbox.h"

/* Users and groups that root lends to runs: BASE .. BASE + COUNT - 1. */
enum { CAGE_USERS_BASE = 60000, CAGE_USERS_COUNT = 5000 };

/* What a run is given besides its limits. Made by cage_open, changed by nobody afterwards (but the lock). */
struct cage {
	char *helper; /* build/inside, absolute */
	bool namespaces;
	bool no_nested; /* bubblewrap can forbid further user namespaces */
	bool landlock;
	bool filters;
	bool own_user; /* we are root: each run has a user of its own */
	bool shield;   /* nothing but a filter keeps a program from signalling its supervisor */
	bool fixed;    /* addresses can be fixed */
	bool weak;     /* something that there is does not work */
	bool trusted;  /* what runs is the user's own, or is said to be */
	bool hidden;   /* nobody but us gets to the folder below which runs are */
	int filter[FILTER_PROFILES];
	struct cage_probe *probe;
	size_t probes;
	int lock; /* of build/run/PID.lock, or -1 */
	char *lock_path;
};

/* Declares the scratch folders PID-* in `runs` ours, until unlock_runs: other graders do not sweep them away. 0, or -1
 * and *error. */
int lock_runs(struct cage *cage, const char *runs, struct error *error);
void unlock_runs(struct cage *cage);

#endif
