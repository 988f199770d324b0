/* deaths_tests.c - children that are killed on purpose, in tests that pass. */
#include "kit.h"

#include <semaphore.h>
#include <signal.h>
#include <sys/wait.h>

pid_t killed_by_itself(int *result);
pid_t killed_while_it_waits(int *result, sem_t *ready, sem_t *never);
pid_t killed_with_two_threads(int *result, sem_t *ready, sem_t *never);
pid_t killed_by_abort(int *result);
pid_t killed_by_a_broken_pipe(int *result);

static void expect_end(pid_t pid, int signal, const int *result)
{
	int status;
	cr_assert(gt(int, pid, 0));
	cr_assert(eq(int, waitpid(pid, &status, 0), pid));
	cr_assert(eq(int, WIFSIGNALED(status) ? WTERMSIG(status) : 0, signal));
	cr_assert(eq(int, *result, 42));
}

KIT_TEST(deaths, one_kills_itself)
{
	int *result = kit_shared(sizeof *result);
	expect_end(killed_by_itself(result), SIGKILL, result);
}

static void kill_one(pid_t (*make)(int *, sem_t *, sem_t *), int signal)
{
	int *result = kit_shared(sizeof *result);
	sem_t *semaphore = kit_shared(2 * sizeof *semaphore);
	sem_init(&semaphore[0], 1, 0);
	sem_init(&semaphore[1], 1, 0);
	pid_t pid = make(result, &semaphore[0], &semaphore[1]);
	sem_wait(&semaphore[0]);
	kill(pid, signal);
	expect_end(pid, signal, result);
}

KIT_TEST(deaths, one_is_killed_while_it_waits)
{
	kill_one(killed_while_it_waits, SIGKILL);
}

KIT_TEST(deaths, one_is_killed_with_two_threads)
{
	kill_one(killed_with_two_threads, SIGTERM);
}

KIT_TEST(deaths, one_aborts)
{
	int *result = kit_shared(sizeof *result);
	kit_expect_death(SIGABRT);
	expect_end(killed_by_abort(result), SIGABRT, result);
}

/* By the one signal two do, by the other one nobody does. */
KIT_TEST(deaths, some_may_abort)
{
	int *result = kit_shared(2 * sizeof *result);
	kit_allow_deaths(SIGABRT);
	kit_allow_deaths(SIGTERM);
	expect_end(killed_by_abort(&result[0]), SIGABRT, &result[0]);
	expect_end(killed_by_abort(&result[1]), SIGABRT, &result[1]);
}

KIT_TEST(deaths, one_writes_where_nobody_reads)
{
	int *result = kit_shared(sizeof *result);
	expect_end(killed_by_a_broken_pipe(result), SIGPIPE, result);
}
