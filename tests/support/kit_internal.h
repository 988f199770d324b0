/* kit_internal.h - shared by the files of tests/support; not for tests. */
#ifndef KIT_INTERNAL_H
#define KIT_INTERNAL_H

#include "kit.h"
#include "runtime.h"

#include <pthread.h>
#include <stdatomic.h>

enum { KIT_GATES = 8, KIT_FAILURES = 16, KIT_REPORTS = 16 };

_Static_assert(KIT_TEST_END == RT_EXIT_COMPLETED, "kit.h, which tests include, names it for itself");

struct kit_gate {
	enum kit_op op;
	unsigned at, number;
	bool before, reached, open;
};

/* A call of the submission that failed. */
struct kit_failure {
	const char *name; /* string constant */
	void *site;
	pid_t process;
	int error;
	bool injected;
};

/* Shared by all processes of a test. Changed by the thread that has the baton only; the counters are atomic for threads
 * that lost it. */
struct kit_state {
	_Atomic unsigned calls[KIT_OP_COUNT];
	unsigned fault_at[KIT_OP_COUNT];
	int fault_error[KIT_OP_COUNT];
	unsigned kill_child_at;
	bool short_io;
	unsigned eintr_every, spurious_every;
	_Atomic unsigned stamp;
	_Atomic unsigned io_tick, eintr_tick, spurious_tick;
	struct kit_gate gate[KIT_GATES];
	unsigned gate_count;
	struct kit_failure failure[KIT_FAILURES]; /* in the order in which they were seen */
	unsigned failures;
	bool quiet; /* is expected in this test */
	struct kit_report *report[KIT_REPORTS];
	unsigned reports;
	_Atomic unsigned files; /* that the test has made */
};

/* The one static struct of tests/support. `state` is NULL outside a test's body. */
struct kit_local {
	struct kit_state *state;
	void (*body)(void); /* of the test, until it has come to its end */
};
extern struct kit_local kit_local;

const char *kit_op_name(enum kit_op op);
void kit_control_tools(void); /* at the end of each test; see control.c */
void kit_at_gate(struct kit_gate *gate);
/* The call that the submission made from `site` gave that error, or 0. */
void kit_call_gave(const char *name, void *site, int error, bool injected);
void kit_check_quiet(void); /* at the end of each test: of one that expects quiet, had nobody waited in a loop? */

#endif
