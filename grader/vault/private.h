/* private.h - between the files of grader/vault. */
#ifndef VAULT_PRIVATE_H
#define VAULT_PRIVATE_H

#include "vault.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Numbers, so that the entry can have them in its text. */
#if defined(__x86_64__)
#define SAVED_BYTES                                                                                                    \
	256             /* of the entry's frame: arguments or results, and the registers that a function has to keep       \
	                 */
#define KEPT_AT 192 /* where these are */
enum { KEPT = 5 };  /* how many, but for the stack and frame pointers */
#else
#define SAVED_BYTES 288
#define KEPT_AT 208
enum { KEPT = 10 };
#endif
#define PASSED_MOST 65536 /* bytes of the caller's frame that are copied, for the arguments that are there */
#define PASSED_LEAST 128  /* if the caller's frame pointer is none */

enum { MOST_OPEN = 1024 };

/* A guarded call that has not returned, or a wait of the runtime. Addresses are kept inverted: a memory checker would
 * take them for pointers to what the program has lost. */
struct open {
	uintptr_t frame; /* of the entry, or of the function that waits */
	uintptr_t end;   /* of the chain of frames, which tells one stack from another */
	uint64_t seal;
	uintptr_t function; /* that was called; 0: a wait */
	unsigned process;
};

/* Where the submission does not find it. */
struct kept {
	uint64_t key;     /* seals cannot be computed without it */
	unsigned process; /* how many forks this one is away from the host */
	unsigned count;
	uint64_t body;                           /* the seal of the frames above a test's body */
	uintptr_t body_end;                      /* the end of their chain */
	struct vault_count *count_of_assertions; /* shared with the host */
	struct open open[MOST_OPEN];
};

/* The one static struct of grader/vault. */
struct vault {
	bool is_open;
	atomic_flag busy; /* threads that run beside the schedule may come at once */
#if !defined(__x86_64__)
	struct kept *kept;
#endif
};
extern struct vault vault;

#if defined(__x86_64__)
#define HIDDEN __seg_gs
#define KEPT_HERE ((struct kept HIDDEN *)0)
#else
#define HIDDEN
#define KEPT_HERE (vault.kept)
#endif

/* Called by the entry, with its frame pointer, right before the function and right after it. */
void vault_enter(uintptr_t function, const uintptr_t kept[KEPT]);
void vault_leave(const uintptr_t kept[KEPT]);

extern const char vault_left[]; /* where vault_leave returns to */

#endif
