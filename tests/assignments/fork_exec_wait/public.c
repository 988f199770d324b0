/* public.c - the tests of fork_exec_wait that students have. The programs that are run are in tests/support/programs.c,
 * or defined here by KIT_PROGRAM. */
#include "fork_exec_wait.h"
#include "kit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGV(...) ((char *[]){__VA_ARGS__, NULL})

static const struct proc_opts as_the_caller = {.in_fd = -1, .out_fd = -1, .err_fd = -1};
static const struct proc_result nothing_yet = {.exited = true, .signaled = true, .code = -7, .sig = -8};

static char *program(const char *name)
{
	return (char *)kit_program(name);
}

/* ---- how a program ends ------------------------------------------------------------------------- */

static void expect_exit(char *const argv[], int code, const char *what)
{
	struct proc_result got = nothing_yet;
	int returned = proc_run(argv, &as_the_caller, &got);

	cr_assert(eq(int, returned, 0), "proc_run must return 0 for a program that %s", what);
	cr_assert(eq(int, got.exited, true), "`exited` of a program that %s", what);
	cr_assert(eq(int, got.signaled, false), "`signaled` of a program that %s", what);
	cr_assert(eq(int, got.code, code), "`code` of a program that %s", what);
	cr_assert(eq(int, got.sig, 0), "`sig` of a program that %s", what);
}

KIT_TEST(fork_exec_wait, exit_status_comes_back)
{
	expect_exit(ARGV(program("true")), 0, "returns 0");
	expect_exit(ARGV(program("false")), 1, "returns 1");
	expect_exit(ARGV(program("exit"), "42"), 42, "returns 42");
}

static void expect_death(char *const argv[], int signal)
{
	struct proc_result got = nothing_yet;
	int returned = proc_run(argv, &as_the_caller, &got);

	cr_assert(eq(int, returned, 0), "proc_run must return 0 for a program that SIG%s ends", sigabbrev_np(signal));
	cr_assert(eq(int, got.signaled, true), "`signaled` of a program that SIG%s ends", sigabbrev_np(signal));
	cr_assert(eq(int, got.exited, false), "`exited` of a program that SIG%s ends", sigabbrev_np(signal));
	cr_assert(eq(int, got.sig, signal), "`sig` of a program that SIG%s ends", sigabbrev_np(signal));
	cr_assert(eq(int, got.code, 0), "`code` of a program that SIG%s ends", sigabbrev_np(signal));
}

KIT_TEST(fork_exec_wait, death_by_a_signal_comes_back)
{
	expect_death(ARGV(program("die")), SIGKILL);
	kit_expect_death(SIGTERM);
	expect_death(ARGV(program("die"), "15"), SIGTERM);
}

/* ---- no program --------------------------------------------------------------------------------- */

static void expect_failure(int returned, int error, int expected, const char *what)
{
	cr_assert(eq(int, returned, -1), "proc_run must return -1 when %s", what);
	cr_assert(eq(int, error, expected), "errno must be %s when %s", strerrorname_np(expected), what);
}

static void expect_no_program(const char *path, int expected, const char *what)
{
	struct proc_result got = nothing_yet;

	errno = 0;
	int returned = proc_run(ARGV((char *)path), &as_the_caller, &got), error = errno;
	expect_failure(returned, error, expected, what);
}

KIT_TEST(fork_exec_wait, a_program_that_is_not_there_is_an_error)
{
	close(open("./not_executable", O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
	expect_no_program("./not_there", ENOENT, "the file is not there");
	expect_no_program("./not_executable", EACCES, "the file may not be executed");
	unlink("./not_executable");
}

/* ---- what a program gets ------------------------------------------------------------------------ */

KIT_TEST(fork_exec_wait, the_program_gets_its_arguments)
{
	struct proc_result got = nothing_yet;
	int returned = proc_run(ARGV(program("report"), "one", "two words"), &as_the_caller, &got);
	const struct kit_report *report = kit_report(0);
	bool ran = report != NULL;

	cr_assert(eq(int, returned, 0), "proc_run must return 0 for a program with two arguments");
	cr_assert(eq(int, ran, true), "the program must run");
	const char *arguments = strchr(report->argv, '\n');
	cr_assert(eq(int, report->argc, 3), "argc, with the program's own name");
	cr_assert(eq(str, (char *)(arguments ? arguments : ""), "\none\ntwo words"), "the arguments, one per line");
}

KIT_TEST(fork_exec_wait, data_passes_through_the_descriptors)
{
	int in[2], out[2];
	char text[16] = "";
	struct proc_result got = nothing_yet;

	pipe2(in, O_CLOEXEC);
	pipe2(out, O_CLOEXEC);
	write(in[1], "hello", 5);
	close(in[1]);
	struct proc_opts opts = {.in_fd = in[0], .out_fd = out[1], .err_fd = -1};
	int returned = proc_run(ARGV(program("cat")), &opts, &got);
	fcntl(out[0], F_SETFL, O_NONBLOCK); /* nothing there is a failure and no hang */
	ssize_t length = read(out[0], text, sizeof text - 1);
	close(in[0]);
	close(out[0]);
	close(out[1]);
	cr_assert(eq(int, returned, 0), "proc_run must return 0 for a program that copies");
	cr_assert(eq(long, length, 5), "what comes out of the program, in bytes");
	cr_assert(eq(str, text, "hello"), "what comes out of the program that copies in_fd to out_fd");
}

/* ---- whose process it is ------------------------------------------------------------------------ */

struct processes {
	unsigned count;
	pid_t self[3], parent[3];
};

static struct processes *seen; /* in memory that all share */

KIT_PROGRAM(names_its_parent)
{
	unsigned n = seen->count++;

	seen->self[n % 3] = getpid();
	seen->parent[n % 3] = getppid();
	return 0;
}

KIT_TEST(fork_exec_wait, each_run_is_a_child_of_the_caller)
{
	struct proc_result got;

	seen = kit_shared(sizeof *seen);
	for (unsigned i = 0; i < 3; i++) {
		int returned = proc_run(ARGV(program("names_its_parent")), &as_the_caller, &got);
		bool child = seen->parent[i] == getpid(), known = seen->self[i] == getpid();

		for (unsigned other = 0; other < i; other++)
			known |= seen->self[i] == seen->self[other];
		cr_assert(eq(int, returned, 0), "run %u of a program should succeed", i);
		cr_assert(eq(uint, seen->count, i + 1), "a program must be executed once in each run");
		cr_assert(eq(int, child, true), "the program must be a child of the caller, not of another process");
		cr_assert(eq(int, known, false), "each run must be a process of its own");
	}
}

/* ---- faults ------------------------------------------------------------------------------------- */

KIT_TEST(fork_exec_wait, interrupted_calls_are_made_again)
{
	for (int run = 0; run < 3; run++) { /* whichever call is the one that is interrupted */
		fi_eintr(2);
		expect_exit(ARGV(program("exit"), "5"), 5, "returns 5, while calls of the caller are interrupted");
	}
}

static void fail(enum kit_op op, int fault, const char *what)
{
	struct proc_result got = nothing_yet;

	fi_fail_nth(op, 1, fault);
	errno = 0;
	int returned = proc_run(ARGV(program("true")), &as_the_caller, &got), error = errno;
	if (fi_calls(op) == 0)
		cr_assert(eq(int, returned, 0), "proc_run must succeed without a call that it does not make");
	else
		expect_failure(returned, error, fault, what);
}

KIT_TEST(fork_exec_wait, failure_of_fork_is_reported)
{
	fail(KIT_FORK, EAGAIN, "fork fails with EAGAIN");
}

KIT_TEST(fork_exec_wait, failure_of_pipe_is_reported)
{
	fail(KIT_PIPE, EMFILE, "pipe fails with EMFILE");
}
