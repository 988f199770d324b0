/* guard.c - what stands in for the host when Criterion's own runner runs the tests (`grader criterion`).
 *
 * Criterion's runner takes messages from its own children only: an assertion in a process that the submission forked
 * would stop the runner for good. Here such a process ends at once, and the test that it came from fails, as it does
 * under the host. Everything else goes on to libcriterion. */
#include "kit.h"
#include "runtime.h"

#include <criterion/event.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_EVIDENCE = 176 };

static void *libcriterion(const char *name)
{
	void *function = dlsym(RTLD_NEXT, name);
	if (!function) {
		fprintf(stderr, "kit: libcriterion has no %s\n", name);
		abort();
	}
	return function;
}

/* Whatever is asserted in a forked child: it should not be here. */
static void end_child(void)
{
	if (!rt_is_open() || rt_in_test_process())
		return;
	rt_leave_child();
}

void cri_assert_node_send(const char *file, size_t line, struct cri_assert_node *node)
{
	end_child();
	((void (*)(const char *, size_t, struct cri_assert_node *))libcriterion("cri_assert_node_send"))(file, line, node);
}

void criterion_send_assert(struct criterion_assert_stats *stats)
{
	end_child();
	((void (*)(struct criterion_assert_stats *))libcriterion("criterion_send_assert"))(stats);
}

static bool saw(const char *kind)
{
	for (size_t i = 0; i < rt_evidence_count(); i++)
		if (strcmp(rt_evidence_at(i)->kind, kind) == 0)
			return true;
	return false;
}

/* A body that came to its end passes only if it left no evidence that fails a test under the host. */
static void judge_end(void)
{
	if (rt_is_open() && rt_in_test_process() && rt_ended() == RT_COMPLETED && saw("child_in_test"))
		_exit(EXIT_EVIDENCE);
}

void criterion_internal_test_main(void (*body)(void))
{
	atexit(judge_end);
	((void (*)(void (*)(void)))libcriterion("criterion_internal_test_main"))(body);
}
