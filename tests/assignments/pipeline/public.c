/* public.c - the tests of pipeline that students have. The programs that are run are in tests/support/programs.c, or
 * defined here by KIT_PROGRAM. */
#include "kit.h"
#include "pipeline.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGV(...) ((char *[]){__VA_ARGS__, NULL})
#define COMMANDS(...) ((char *const *[]){__VA_ARGS__})

enum { UNTOUCHED = -7 }; /* what is in status before each call */

static char *program(const char *name)
{
	return (char *)kit_program(name);
}

/* The exit status, or the signal as a negative number; 1000: neither, so it is not what waitpid gives. */
static int end_of(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : WIFSIGNALED(status) ? -WTERMSIG(status) : 1000;
}

static void expect_end(int status, size_t stage, int end, const char *what)
{
	cr_assert(eq(int, end_of(status), end),
	          "status[%zu] of %s must be waitpid's: exit status, minus the signal, or 1000 for neither", stage, what);
}

static void expect_no_failure(int returned, const char *pipeline)
{
	cr_assert(eq(int, returned, 0), "pipeline_run must return 0 for %s", pipeline);
}

/* ---- streams ------------------------------------------------------------------------------------ */

/* Runs it with `input` as the input, and fetches what comes out: at most 63 bytes. */
static int run_text(char *const *const cmd[], size_t n, const char *input, char output[64], int status[])
{
	int in[2], out[2];

	memset(output, 0, 64);
	pipe2(in, O_CLOEXEC);
	pipe2(out, O_CLOEXEC);
	write(in[1], input, strlen(input));
	close(in[1]);
	int returned = pipeline_run(cmd, n, in[0], out[1], status);
	fcntl(out[0], F_SETFL, O_NONBLOCK); /* nothing there is a failure and no hang */
	if (read(out[0], output, 63) < 0)
		output[0] = 0;
	close(in[0]);
	close(out[0]);
	close(out[1]);
	return returned;
}

KIT_TEST(pipeline, one_program_reads_and_writes)
{
	char output[64];
	int status[] = {UNTOUCHED};
	int returned = run_text(COMMANDS(ARGV(program("cat"))), 1, "hello", output, status);

	expect_no_failure(returned, "'cat'");
	cr_assert(eq(str, output, "hello"), "what comes out at out_fd of 'cat' with 'hello' at in_fd");
	expect_end(status[0], 0, 0, "'cat'");
}

KIT_TEST(pipeline, data_flows_from_stage_to_stage)
{
	char output[64];
	int status[] = {UNTOUCHED, UNTOUCHED, UNTOUCHED};
	char *const *commands[] = {ARGV(program("echo"), "hello"), ARGV(program("cat")), ARGV(program("cat"))};
	int returned = run_text(commands, 3, "", output, status);

	expect_no_failure(returned, "'echo hello | cat | cat'");
	cr_assert(eq(str, output, "hello\n"), "what comes out of 'echo hello | cat | cat'");
	for (size_t stage = 0; stage < 3; stage++)
		expect_end(status[stage], stage, 0, "'echo hello | cat | cat'");
}

/* Its status is no matter of this test: the death is. */
KIT_TEST(pipeline, a_writer_without_a_reader_is_ended_by_sigpipe)
{
	char output[64];
	int status[] = {UNTOUCHED, UNTOUCHED};

	kit_expect_death(SIGPIPE);
	int returned = run_text(COMMANDS(ARGV(program("yes")), ARGV(program("head"), "2")), 2, "", output, status);
	expect_no_failure(returned, "'yes | head 2', whose first stage is ended by SIGPIPE");
	cr_assert(eq(str, output, "y\n"), "what comes out of 'yes | head 2'");
}

/* ---- statuses ----------------------------------------------------------------------------------- */

KIT_TEST(pipeline, each_stage_has_its_own_status)
{
	int status[] = {UNTOUCHED, UNTOUCHED, UNTOUCHED, UNTOUCHED};
	char *const *commands[] = {ARGV(program("exit"), "3"), ARGV(program("die")), ARGV(program("exit"), "42")};
	int returned = pipeline_run(commands, 3, -1, -1, status);

	expect_no_failure(returned, "'exit 3 | die | exit 42'");
	expect_end(status[0], 0, 3, "'exit 3 | die | exit 42'");
	expect_end(status[1], 1, -SIGKILL, "'exit 3 | die | exit 42'");
	expect_end(status[2], 2, 42, "'exit 3 | die | exit 42'");
	cr_assert(eq(int, status[3], UNTOUCHED), "what lies behind the n elements of status");
}

KIT_TEST(pipeline, a_program_that_is_not_there_is_status_127)
{
	char output[64];
	int status[] = {UNTOUCHED, UNTOUCHED, UNTOUCHED};
	char *const *missing = ARGV("./not_there");
	int returned = run_text(COMMANDS(missing), 1, "", output, status);

	expect_no_failure(returned, "'./not_there'");
	expect_end(status[0], 0, 127, "'./not_there'");
	returned = run_text(COMMANDS(missing, missing, ARGV(program("echo"), "here")), 3, "", output, status);
	expect_no_failure(returned, "'./not_there | ./not_there | echo here'");
	cr_assert(eq(str, output, "here\n"), "what comes out of './not_there | ./not_there | echo here'");
}

/* ---- whose processes they are ------------------------------------------------------------------- */

struct processes {
	unsigned count;
	pid_t self[4], parent[4];
};

static struct processes *seen; /* in memory that all share */

KIT_PROGRAM(names_its_parent)
{
	unsigned n = seen->count++;

	seen->self[n % 4] = getpid();
	seen->parent[n % 4] = getppid();
	return 0;
}

KIT_TEST(pipeline, each_stage_is_a_child_of_the_caller)
{
	int status[3];
	char *const *self = ARGV(program("names_its_parent"));

	seen = kit_shared(sizeof *seen);
	int returned = pipeline_run(COMMANDS(self, self, self), 3, -1, -1, status);
	expect_no_failure(returned, "three stages");
	cr_assert(eq(uint, seen->count, 3), "how often the program is executed in three stages");
	for (unsigned i = 0; i < 3; i++) {
		bool child = seen->parent[i] == getpid(), known = seen->self[i] == getpid();
		for (unsigned other = 0; other < i; other++)
			known |= seen->self[i] == seen->self[other];
		cr_assert(eq(int, child, true), "a stage must be a child of the caller, not of another process");
		cr_assert(eq(int, known, false), "each stage must be a process of its own");
	}
}

/* ---- faults ------------------------------------------------------------------------------------- */

KIT_TEST(pipeline, interrupted_waits_are_made_again)
{
	char *const *stage = ARGV(program("exit"), "3");

	for (int run = 0; run < 2; run++) { /* whichever call is the one that is interrupted; in one run, twice */
		int status[] = {UNTOUCHED, UNTOUCHED};

		fi_eintr(2);
		fi_fail_nth(KIT_WAITPID, 1, EINTR);
		int returned = pipeline_run(COMMANDS(stage, stage), 2, -1, -1, status);
		expect_no_failure(returned, "'exit 3 | exit 3', while calls of the caller are interrupted");
		for (size_t i = 0; i < 2; i++)
			expect_end(status[i], i, 3, "'exit 3 | exit 3', while calls of the caller are interrupted");
	}
}

/* What pipeline_run returns for three stages when the nth call of that kind fails. */
static int run_into(enum kit_op op, unsigned nth, int fault, bool interrupted)
{
	char *const *stage = ARGV(program("true"));
	int status[3];

	fi_reset();
	fi_fail_nth(op, nth, fault);
	fi_eintr(interrupted ? 2 : 0);
	if (interrupted)
		fi_fail_nth(KIT_WAITPID, 1, EINTR);
	errno = EDOM; /* none of those that pipeline_run may tell */
	return pipeline_run(COMMANDS(stage, stage, stage), 3, -1, -1, status);
}

KIT_TEST(pipeline, failure_of_fork_is_reported)
{
	for (unsigned nth = 1; nth <= 3; nth++) {
		int returned = run_into(KIT_FORK, nth, EAGAIN, false);
		bool tried = fi_calls(KIT_FORK) >= nth;
		cr_assert(eq(int, tried, true), "each of three stages must be forked (%u)", nth);
		cr_assert(eq(int, returned, -1), "pipeline_run must return -1 when fork %u of three stages fails", nth);
	}
}

KIT_TEST(pipeline, failure_of_pipe_is_reported)
{
	for (unsigned nth = 1; nth <= 2; nth++) {
		int returned = run_into(KIT_PIPE, nth, EMFILE, false);
		bool tried = fi_calls(KIT_PIPE) >= nth;
		cr_assert(eq(int, tried, true), "three stages need two pipes (%u)", nth);
		cr_assert(eq(int, returned, -1), "pipeline_run must return -1 when pipe %u of three stages fails", nth);
	}
}

/* What undoes the others may be interrupted, and sets errno anew. That there is a failure at all, other tests say. */
static void expect_errno(enum kit_op op, int fault, const char *what)
{
	int returned = run_into(op, 2, fault, true), error = errno;

	if (returned == 0)
		error = fault;
	cr_assert(eq(int, error, fault), "errno when the second %s fails with %s", what, strerrorname_np(fault));
}

KIT_TEST(pipeline, errno_is_that_of_the_call_that_failed)
{
	expect_errno(KIT_FORK, EAGAIN, "fork");
	expect_errno(KIT_FORK, ENOMEM, "fork");
	expect_errno(KIT_PIPE, EMFILE, "pipe");
	expect_errno(KIT_PIPE, ENFILE, "pipe");
}
