/* private.h - between the files of grader/vault. */
#ifndef VAULT_PRIVATE_H
#define VAULT_PRIVATE_H

#include "vault.h"

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

/* Called by the entry, with its frame pointer, right before the function and right after it. */
void vault_enter(uintptr_t function, const uintptr_t kept[KEPT]);
void vault_leave(const uintptr_t kept[KEPT]);

extern const char vault_left[]; /* where vault_leave returns to */

#endif
