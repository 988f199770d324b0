/* use_test.c - the time that a run has had, by what /proc says of its processes. */
#include "sample.h" /* first: see there */

#include "../../grader/host/use.c"

#include <signal.h>
#include <sys/wait.h>

/* A process that is stopped, or one that computes until it is killed. */
static pid_t start(bool stopped)
{
	pid_t child = fork();
	if (child == 0) {
		if (stopped)
			raise(SIGSTOP);
		for (volatile unsigned i = 0;; i++)
			;
	}
	siginfo_t info;
	if (stopped)
		waitid(P_PID, (id_t)child, &info, WSTOPPED | WNOWAIT);
	return child;
}

static void end(pid_t child)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

enum { HOUR_MS = 3600000 };

Test(use, who_waits_uses_all_of_the_time)
{
	pid_t child = start(true);
	struct use use = {.looked_ms = 1000};
	cr_expect(eq(uint, use_look(&use, 1000 + HOUR_MS, &child, 1), HOUR_MS));
	cr_expect(eq(uint, use_look(&use, 1000 + 3 * HOUR_MS, &child, 1), 3 * HOUR_MS));
	end(child);
}

/* Nobody computes for an hour in a test: it is a machine that had no processor for it. */
Test(use, who_waits_for_a_processor_uses_what_it_computes)
{
	pid_t child[] = {start(true), start(false)};
	struct use use = {.looked_ms = 1000};
	cr_expect(lt(uint, use_look(&use, 1000 + HOUR_MS, child, 2), HOUR_MS / 2));
	unsigned before = use.ms;
	while (use_look(&use, use.looked_ms + HOUR_MS, child, 2) == before)
		;
	cr_expect(lt(uint, use.ms, HOUR_MS / 2));
	end(child[1]);
	end(child[0]);
}

Test(use, no_more_counts_than_goes_by)
{
	pid_t child = start(false);
	struct use use = {.looked_ms = 1000};
	while (use.cpu_ms < 20)
		use_look(&use, use.looked_ms + 1, &child, 1);
	cr_expect(le(uint, use.ms, use.looked_ms - 1000));
	end(child);
}

Test(use, of_processes_that_are_gone_is_all_of_the_time)
{
	pid_t none = -1;
	struct use use = {.looked_ms = 1000};
	cr_expect(eq(uint, use_look(&use, 1250, &none, 1), 250));
	cr_expect(eq(uint, use_look(&use, 1500, NULL, 0), 500));
}

/* The one who looks got no processor for an hour: nobody knows what was in it. */
Test(use, a_look_that_comes_late_counts_once)
{
	pid_t child = start(true);
	struct use use = {.looked_ms = 1000, .tick_ms = 100};
	cr_expect(eq(uint, use_look(&use, 1199, &child, 1), 199));
	cr_expect(eq(uint, use_look(&use, 1199 + HOUR_MS, &child, 1), 299));
	cr_expect(eq(uint, use_look(&use, 1299 + HOUR_MS, &child, 1), 399), "the next look is in time");
	end(child);
}

Test(use, what_is_computed_counts_however_late_the_look_comes)
{
	struct use use = {.tick_ms = 100};
	cr_expect(eq(uint, own_time(&use, HOUR_MS, 5000, false), 5000));
	cr_expect(eq(uint, own_time(&use, HOUR_MS, 5000, true), 5000));
	cr_expect(eq(uint, own_time(&use, HOUR_MS, 50, false), 100));
	cr_expect(eq(uint, own_time(&use, 150, 200, false), 150));
}
