/* assertions.h - which assertions of a test nobody gets past.
 *
 * Some are on every way through a test's body, and some on every way that goes on from another one: so much can be said
 * of a test that passes, whatever the submission does. One that was left and entered again somewhere else has missed
 * some of them. Found in the machine code of the tests, where the submission has no part. */
#ifndef ASSERTIONS_H
#define ASSERTIONS_H

#include <stddef.h>
#include <stdint.h>

struct assertions;

/* Opens a program that was linked at fixed addresses (-no-pie), as host_run runs it. NULL: it cannot be read. */
struct assertions *assertions_open(const char *program);
void assertions_close(struct assertions *assertions); /* NULL is fine */

/* An assertion that a test came to, as the host's report has it. */
struct passage {
	uintptr_t place; /* where the call of kit_asserts returns to */
	unsigned times;
};

/* The place of an assertion that the test missed although it came to `passage` and to its end. 0: none, or the program
 * has no such test. */
uintptr_t assertions_missed(struct assertions *assertions, const char *suite, const char *test,
                            const struct passage *passage, size_t count);

#endif
