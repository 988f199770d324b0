/* hidden.c - the tests of fork_exec_wait that only instructors have. Each one tests a sentence of
 * include/fork_exec_wait.h. */
#include "fork_exec_wait.h"
#include "kit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
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

static void expect_success(int returned, const char *what)
{
	cr_assert(eq(int, returned, 0), "proc_run must return 0 for %s", what);
}

/* What the program `report` has found, which must have been run. */
static const struct kit_report *report_of(int returned, unsigned n, const char *what)
{
	const struct kit_report *report = kit_report(n);
	bool ran = report != NULL;

	expect_success(returned, what);
	cr_assert(eq(int, ran, true), "the program must run, for %s", what);
	return report;
}

static const struct kit_report *run_report(const struct proc_opts *opts, const char *what)
{
	struct proc_result got;

	return report_of(proc_run(ARGV(program("report")), opts, &got), 0, what);
}

static void expect_failure(int returned, int error, int expected, const char *what)
{
	cr_assert(eq(int, returned, -1), "proc_run must return -1 when %s", what);
	cr_assert(eq(int, error, expected), "errno must be %s when %s", strerrorname_np(expected), what);
}

/* ---- arguments ---------------------------------------------------------------------------------- */

static void expect_einval(char *const argv[], const struct proc_opts *opts, struct proc_result *result,
                          const char *what)
{
	errno = 0;
	int returned = proc_run(argv, opts, result), error = errno;

	expect_failure(returned, error, EINVAL, what);
	cr_assert(eq(uint, fi_calls(KIT_FORK), 0), "nothing must be started when %s", what);
}

KIT_TEST(fork_exec_wait, null_is_einval)
{
	char *none[] = {NULL};
	struct proc_result got;

	expect_einval(NULL, &as_the_caller, &got, "argv is NULL");
	expect_einval(none, &as_the_caller, &got, "argv[0] is NULL");
	expect_einval(ARGV(program("true")), NULL, &got, "opts is NULL");
	expect_einval(ARGV(program("true")), &as_the_caller, NULL, "result is NULL");
}

/* ---- results ------------------------------------------------------------------------------------ */

KIT_TEST(fork_exec_wait, every_status_is_a_status)
{
	static char *const codes[] = {"126", "127", "128", "137", "255"};

	for (unsigned i = 0; i < sizeof codes / sizeof *codes; i++) {
		struct proc_result got = nothing_yet;
		int returned = proc_run(ARGV(program("exit"), codes[i]), &as_the_caller, &got);

		cr_assert(eq(int, returned, 0), "a program that ends with %s has run: proc_run must return 0", codes[i]);
		cr_assert(eq(int, got.code, atoi(codes[i])), "`code` of a program that ends with %s", codes[i]);
	}
}

KIT_TEST(fork_exec_wait, a_child_that_dies_before_the_program_has_died)
{
	struct proc_result got = nothing_yet;

	fi_kill_child(1);
	int returned = proc_run(ARGV(program("true")), &as_the_caller, &got);
	expect_success(returned, "a child that SIGKILL ends before it is the program");
	cr_assert(eq(int, got.signaled, true), "`signaled` for a child that SIGKILL ends before it is the program");
	cr_assert(eq(int, got.sig, SIGKILL), "`sig` for a child that SIGKILL ends before it is the program");
}

/* Ways in which there can be no program, each with an error of its own. */
static const char *const failures[] = {"the file is not there", "the folder cwd is not there", "fork fails"};
enum { NO_FILE, NO_FOLDER, NO_FORK, FAILURES };

static int run_into(unsigned failure, struct proc_result *got)
{
	struct proc_opts opts = as_the_caller;

	fi_reset();
	if (failure == NO_FORK)
		fi_fail_nth(KIT_FORK, 1, EAGAIN);
	if (failure == NO_FOLDER)
		opts.cwd = "/not/there";
	return proc_run(ARGV(failure == NO_FILE ? "/not/there" : program("true")), &opts, got);
}

KIT_TEST(fork_exec_wait, a_failure_leaves_the_result_alone)
{
	for (unsigned failure = 0; failure < FAILURES; failure++) {
		struct proc_result got = nothing_yet;

		int returned = run_into(failure, &got);
		bool same = got.exited && got.signaled && got.code == nothing_yet.code && got.sig == nothing_yet.sig;

		if (returned == 0 && failure != NO_FORK)
			continue; /* that it is none, other tests say */
		cr_assert(eq(int, same, true), "*result must be unchanged when %s", failures[failure]);
	}
}

/* The call that tells the error may be the one that is interrupted, or the one that waits for the child. */
KIT_TEST(fork_exec_wait, an_interruption_hides_no_error)
{
	struct proc_result got;

	for (unsigned run = 0; run < kit_n(4, 3); run++) {
		fi_eintr(2);
		errno = 0;
		int returned = proc_run(ARGV("/not/there"), &as_the_caller, &got), error = errno;
		expect_failure(returned, error, ENOENT, "the file is not there and calls are interrupted");
	}
}

KIT_TEST(fork_exec_wait, lack_of_memory_is_an_error)
{
	static const enum kit_op ops[] = {KIT_MALLOC, KIT_MMAP};

	for (unsigned i = 0; i < 2; i++) {
		struct proc_result got;

		fi_reset();
		fi_fail_nth(ops[i], 1, ENOMEM);
		errno = 0;
		int returned = proc_run(ARGV(program("true")), &as_the_caller, &got), error = errno;
		if (fi_calls(ops[i]) > 0)
			expect_failure(returned, error, ENOMEM, "there is no memory");
		else
			expect_success(returned, "a call that needs no memory");
	}
}

/* ---- file, folder, environment ------------------------------------------------------------------ */

/* The folder of the programs' files; the caller frees it. */
static char *folder_of_programs(void)
{
	char *folder = strdup(program("report"));

	*strrchr(folder, '/') = 0;
	return folder;
}

KIT_TEST(fork_exec_wait, path_is_not_searched)
{
	struct proc_result got;
	char *folder = folder_of_programs();

	setenv("PATH", folder, 1);
	proc_run(ARGV("report"), &as_the_caller, &got);
	bool ran = kit_report(0) != NULL;
	free(folder);
	cr_assert(eq(int, ran, false), "a file that is in a folder of PATH only must not be executed");
	expect_success(proc_run(ARGV(program("true")), &as_the_caller, &got), "a path");
}

KIT_TEST(fork_exec_wait, the_program_runs_in_cwd)
{
	struct proc_opts opts = as_the_caller;

	opts.cwd = "/";
	const struct kit_report *report = run_report(&opts, "a program that is to run in /");
	cr_assert(eq(str, (char *)report->folder, "/"), "the working directory of the program");
}

KIT_TEST(fork_exec_wait, a_relative_path_begins_at_cwd)
{
	struct proc_opts opts = as_the_caller;
	struct proc_result got;
	char *folder = folder_of_programs();

	opts.cwd = folder;
	int returned = proc_run(ARGV("./report"), &opts, &got);
	free(folder);
	report_of(returned, 0, "./report, a file in cwd");
}

KIT_TEST(fork_exec_wait, a_cwd_that_is_not_there_is_an_error)
{
	struct proc_opts opts = as_the_caller;
	struct proc_result got;

	opts.cwd = "/dev/null";
	errno = 0;
	int returned = proc_run(ARGV(program("report")), &opts, &got), error = errno;
	bool ran = kit_report(0) != NULL;
	expect_failure(returned, error, ENOTDIR, "cwd is no folder");
	cr_assert(eq(int, ran, false), "the program must not run when cwd is no folder");
}

KIT_TEST(fork_exec_wait, the_program_gets_its_environment)
{
	struct proc_opts opts = as_the_caller;

	opts.envp = ARGV("A=1", "B=2");
	const struct kit_report *report = run_report(&opts, "a program with an environment of its own");
	cr_assert(eq(str, (char *)report->environment, "A=1\nB=2"), "the environment given, one entry per line");
}

KIT_TEST(fork_exec_wait, the_environment_is_inherited)
{
	char **before = environ;
	struct proc_result got;

	environ = ARGV("OF=the caller");
	int returned = proc_run(ARGV(program("report")), &as_the_caller, &got);
	environ = before;
	const struct kit_report *report = report_of(returned, 0, "a program with the caller's environment");
	cr_assert(eq(str, (char *)report->environment, "OF=the caller"), "the environment of the caller");
}

/* ---- signals of the program --------------------------------------------------------------------- */

KIT_TEST(fork_exec_wait, the_program_blocks_no_signal)
{
	sigset_t some, before;

	sigemptyset(&some);
	sigaddset(&some, SIGTERM);
	sigaddset(&some, SIGUSR1);
	sigprocmask(SIG_BLOCK, &some, &before);
	const struct kit_report *report = run_report(&as_the_caller, "a caller that blocks SIGTERM and SIGUSR1");
	sigprocmask(SIG_SETMASK, &before, NULL);
	cr_assert(eq(uint, report->blocked, 0), "signals that the program blocks, a bit for each");
}

KIT_TEST(fork_exec_wait, the_program_can_die_of_sigpipe)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN}, before;

	sigaction(SIGPIPE, &ignore, &before);
	const struct kit_report *report = run_report(&as_the_caller, "a caller that ignores SIGPIPE");
	sigaction(SIGPIPE, &before, NULL);
	bool ignored = report->ignored & 1u << SIGPIPE;
	cr_assert(eq(int, ignored, false), "whether the program ignores SIGPIPE");
}

/* ---- a caller that is a process of its own: its standard descriptors are what the test says ------ */

enum { HIGH = 40 };

/* Four things to be found as descriptors: at 0, 1 and 2 and, close-on-exec, at HIGH. */
struct stage {
	int fd[4];
	uint64_t inode[4];
};

static struct stage set_stage(void)
{
	struct stage stage;

	for (int i = 0; i < 4; i++) {
		int ends[2];
		struct stat status;

		pipe2(ends, O_CLOEXEC);
		stage.fd[i] = fcntl(ends[0], F_DUPFD_CLOEXEC, HIGH + 1);
		close(ends[0]);
		close(ends[1]);
		fstat(stage.fd[i], &status);
		stage.inode[i] = status.st_ino;
	}
	return stage;
}

static void clear_stage(const struct stage *stage)
{
	for (int i = 0; i < 4; i++)
		close(stage->fd[i]);
}

/* What the caller does, and then what it has seen. */
struct caller {
	struct proc_opts opts;
	bool closed[3]; /* which of its standard descriptors */
	int close_on_exec;
	const char *path;
	int returned, error;
	int flags_of_high;
	uint64_t inode[3]; /* of its standard descriptors, afterwards */
	bool came_back;
};

static void be_the_caller(const struct stage *stage, struct caller *caller)
{
	struct proc_result got;

	for (int fd = 0; fd < 3; fd++) {
		dup2(stage->fd[fd], fd);
		fcntl(fd, F_SETFD, caller->close_on_exec);
		if (caller->closed[fd])
			close(fd);
	}
	dup3(stage->fd[3], HIGH, O_CLOEXEC);
	errno = 0;
	caller->returned = proc_run(ARGV((char *)caller->path), &caller->opts, &got);
	caller->error = errno;
	caller->flags_of_high = fcntl(HIGH, F_GETFD);
	for (int fd = 0; fd < 3; fd++) {
		struct stat status;
		caller->inode[fd] = fstat(fd, &status) == 0 ? status.st_ino : 0;
	}
	caller->came_back = true;
}

/* The caller's notes; they live until the test ends. */
static const struct caller *let_run(const struct stage *stage, const struct caller *plan)
{
	struct caller *caller = kit_shared(sizeof *caller);
	pid_t pid;

	*caller = *plan;
	if ((pid = fork()) == 0) {
		be_the_caller(stage, caller);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	cr_assert(eq(int, caller->came_back, true), "proc_run must return in the process that calls it");
	return caller;
}

static bool is_closed(const struct caller *caller, int fd)
{
	return fd >= 0 && fd < 3 && caller->closed[fd];
}

/* Of the three that it is given, is one not open? */
static bool is_wrong(const struct caller *caller)
{
	return is_closed(caller, caller->opts.in_fd) || is_closed(caller, caller->opts.out_fd) ||
	       is_closed(caller, caller->opts.err_fd);
}

/* What the program must find as `fd`: by the header, and nothing else. */
static uint64_t expected_inode(const struct stage *stage, const struct caller *caller, int fd)
{
	const int given[] = {caller->opts.in_fd, caller->opts.out_fd, caller->opts.err_fd};

	if (given[fd] == -1)
		return caller->closed[fd] || caller->close_on_exec ? 0 : stage->inode[fd];
	return stage->inode[given[fd] == HIGH ? 3 : given[fd]];
}

static void describe(char *text, size_t size, const struct caller *caller)
{
	snprintf(text, size, "{.in_fd = %d, .out_fd = %d, .err_fd = %d}%s%s%s%s", caller->opts.in_fd, caller->opts.out_fd,
	         caller->opts.err_fd, caller->close_on_exec ? ", its own are close-on-exec" : "",
	         caller->closed[0] ? ", its 0 is closed" : "", caller->closed[1] ? ", its 1 is closed" : "",
	         caller->closed[2] ? ", its 2 is closed" : "");
}

/* Lets the program `report` run; it is the n-th that does in this test. */
static void expect_standard(const struct stage *stage, const struct caller *plan, unsigned n)
{
	struct caller caller = *plan;
	char what[128];

	caller.path = program("report");
	describe(what, sizeof what, &caller);
	int returned = let_run(stage, &caller)->returned;
	const struct kit_report *report = report_of(returned, n, what);
	for (int fd = 0; fd < 3; fd++) {
		bool right = report->inode[fd] == expected_inode(stage, &caller, fd);
		cr_assert(eq(int, right, true), "whether %d of the program is what it should be, with %s", fd, what);
	}
}

#define GIVEN(in, out, err) .opts = {.in_fd = in, .out_fd = out, .err_fd = err}

static void expect_all(const struct caller *callers, unsigned count)
{
	struct stage stage = set_stage();

	for (unsigned i = 0; i < count; i++)
		expect_standard(&stage, &callers[i], i);
	clear_stage(&stage);
}

#define EXPECT_ALL(...)                                                                                                \
	expect_all((const struct caller[]){__VA_ARGS__},                                                                   \
	           sizeof((const struct caller[]){__VA_ARGS__}) / sizeof(struct caller))

KIT_TEST(fork_exec_wait, each_descriptor_has_its_place)
{
	EXPECT_ALL({GIVEN(-1, -1, -1)}, {GIVEN(HIGH, -1, -1)}, {GIVEN(-1, HIGH, -1)}, {GIVEN(-1, -1, HIGH)},
	           {GIVEN(HIGH, HIGH, HIGH)});
}

KIT_TEST(fork_exec_wait, standard_descriptors_change_places)
{
	EXPECT_ALL({GIVEN(1, 0, -1)}, {GIVEN(1, 2, 0)}, {GIVEN(2, 0, 1)}, {GIVEN(-1, HIGH, 1)});
}

KIT_TEST(fork_exec_wait, a_descriptor_may_be_in_its_place)
{
	EXPECT_ALL({GIVEN(0, 1, 2)}, {GIVEN(0, 1, 2), .close_on_exec = FD_CLOEXEC});
}

KIT_TEST(fork_exec_wait, standard_descriptors_may_be_closed)
{
	EXPECT_ALL({GIVEN(-1, -1, -1), .closed = {true, true}}, {GIVEN(-1, HIGH, -1), .closed = {true, true}},
	           {GIVEN(HIGH, HIGH, HIGH), .closed = {true, true, true}},
	           {GIVEN(-1, -1, -1), .close_on_exec = FD_CLOEXEC});
}

KIT_TEST(fork_exec_wait, an_error_passes_where_standard_descriptors_are_closed)
{
	struct stage stage = set_stage();
	struct caller plan = {GIVEN(HIGH, HIGH, HIGH), .closed = {true, true, true}, .path = "/not/there"};
	const struct caller *caller = let_run(&stage, &plan);

	clear_stage(&stage);
	expect_failure(caller->returned, caller->error, ENOENT, "the file is not there and 0, 1 and 2 are closed");
}

KIT_TEST(fork_exec_wait, a_closed_descriptor_is_ebadf)
{
	int lowest = dup(0); /* the number that the next one will have that the call makes */

	close(lowest);
	for (int i = 0; i < 3; i++) {
		const int wrong[] = {60, lowest, -2};
		struct proc_opts opts = {.in_fd = -1, .out_fd = wrong[i], .err_fd = -1};
		struct proc_result got;

		errno = 0;
		int returned = proc_run(ARGV(program("true")), &opts, &got), error = errno;
		expect_failure(returned, error, EBADF, "a descriptor is neither -1 nor open");
	}
}

/* ---- descriptors: none too many ----------------------------------------------------------------- */

KIT_TEST(fork_exec_wait, the_program_has_no_descriptor_of_the_call)
{
	int kept = fcntl(0, F_DUPFD, 20), closes = fcntl(0, F_DUPFD_CLOEXEC, 30);
	struct proc_opts opts = {.in_fd = kept, .out_fd = -1, .err_fd = kept};
	struct proc_result got;
	pid_t plain = fork(); /* what a program has anyway */

	if (plain == 0) {
		execv(program("report"), ARGV(program("report")));
		_exit(1);
	}
	waitpid(plain, NULL, 0);
	int returned = proc_run(ARGV(program("report")), &opts, &got);
	close(kept);
	close(closes);
	uint64_t before = report_of(0, 0, "a program that the test executes")->open;
	uint64_t more = report_of(returned, 1, "a program with descriptors for 0 and 2")->open & ~(before | 7);
	unsigned number = more ? (unsigned)__builtin_ctzll(more) : 0;
	cr_assert(eq(u64, more, 0), "descriptor %u must not be open in the program", number);
}

KIT_TEST(fork_exec_wait, the_given_descriptors_stay_open)
{
	struct stage stage = set_stage();
	struct caller plan = {GIVEN(HIGH, HIGH, HIGH), .path = program("true")};
	const struct caller *caller = let_run(&stage, &plan);
	bool open = caller->flags_of_high >= 0;

	clear_stage(&stage);
	expect_success(caller->returned, "a program with one descriptor for 0, 1 and 2");
	cr_assert(eq(int, open, true), "whether a given descriptor is still open in the caller");
	cr_assert(eq(int, caller->flags_of_high, FD_CLOEXEC), "the flags of a given descriptor, in the caller");
}

/* ---- the caller's process ----------------------------------------------------------------------- */

KIT_TEST(fork_exec_wait, the_caller_keeps_its_standard_descriptors)
{
	struct stage stage = set_stage();
	struct caller plan = {GIVEN(HIGH, HIGH, HIGH), .path = program("true")};
	const struct caller *caller = let_run(&stage, &plan);

	clear_stage(&stage);
	expect_success(caller->returned, "a program with one descriptor for 0, 1 and 2");
	for (int fd = 0; fd < 3; fd++) {
		bool same = caller->inode[fd] == stage.inode[fd];
		cr_assert(eq(int, same, true), "whether %d of the caller is what it was", fd);
	}
}

KIT_TEST(fork_exec_wait, the_caller_stays_in_its_folder)
{
	char *before = getcwd(NULL, 0);
	struct proc_opts opts = as_the_caller;
	struct proc_result got;

	opts.cwd = "/";
	int returned = proc_run(ARGV(program("true")), &opts, &got);
	char *after = getcwd(NULL, 0);
	bool same = before && after && strcmp(before, after) == 0;
	free(before);
	free(after);
	expect_success(returned, "a program that is to run in /");
	cr_assert(eq(int, same, true), "whether the caller is in the folder where it was");
}

static void do_nothing(int signal)
{
	(void)signal;
}

static void expect_signals_as_before(const char *when)
{
	struct sigaction pipe, quit;
	sigset_t mask;

	sigaction(SIGPIPE, NULL, &pipe);
	sigaction(SIGQUIT, NULL, &quit);
	sigprocmask(SIG_SETMASK, NULL, &mask);
	bool handler = pipe.sa_handler == do_nothing && (pipe.sa_flags & SA_RESTART);
	bool ignored = quit.sa_handler == SIG_IGN;
	bool blocked = sigismember(&mask, SIGUSR2) && !sigismember(&mask, SIGTERM) && !sigismember(&mask, SIGCHLD);

	cr_assert(eq(int, handler, true), "whether SIGPIPE has the caller's handler after a run in which %s", when);
	cr_assert(eq(int, ignored, true), "whether SIGQUIT is ignored after a run in which %s", when);
	cr_assert(eq(int, blocked, true), "whether SIGUSR2, and no other, is blocked after a run in which %s", when);
}

KIT_TEST(fork_exec_wait, signals_of_the_caller_are_as_before)
{
	struct sigaction mine = {.sa_handler = do_nothing, .sa_flags = SA_RESTART}, ignore = {.sa_handler = SIG_IGN};
	struct proc_result got;
	sigset_t usr2;

	sigaction(SIGPIPE, &mine, NULL);
	sigaction(SIGQUIT, &ignore, NULL);
	sigemptyset(&usr2);
	sigaddset(&usr2, SIGUSR2);
	sigprocmask(SIG_BLOCK, &usr2, NULL);
	expect_success(proc_run(ARGV(program("true")), &as_the_caller, &got), "a program that returns 0");
	expect_signals_as_before("a program was run to its end");
	for (unsigned failure = 0; failure < FAILURES; failure++) {
		run_into(failure, &got);
		expect_signals_as_before(failures[failure]);
	}
}

KIT_TEST(fork_exec_wait, other_children_are_left_alone)
{
	struct proc_result got;
	int status = 0;
	pid_t other = fork();

	if (other == 0)
		_exit(7);
	kit_let_others_run(); /* it has ended: a wait for any child would find it first */
	int returned = proc_run(ARGV(program("true")), &as_the_caller, &got);
	bool still_there = waitpid(other, &status, 0) == other;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		; /* the program's, where the other one was taken for it */
	expect_success(returned, "a program that returns 0");
	cr_assert(eq(int, still_there, true), "a child that the caller forked itself must be left to the caller");
}

/* ---- the child ---------------------------------------------------------------------------------- */

KIT_TEST(fork_exec_wait, returns_in_the_caller_only)
{
	unsigned *returns = kit_shared(sizeof *returns);
	pid_t caller = getpid();
	struct proc_result got;

	proc_run(ARGV("/not/there"), &as_the_caller, &got);
	++*returns;
	if (getpid() != caller)
		_exit(0);
	kit_let_others_run();
	cr_assert(eq(uint, *returns, 1), "how often proc_run returns when the file is not there");
}

static unsigned *exits; /* in the memory that all share: how often the caller's atexit function ran */

static void note_exit(void)
{
	++*exits;
}

KIT_TEST(fork_exec_wait, stdio_is_written_once)
{
	static const char text[] = "once";
	char written[64];
	struct proc_result got;
	int fds[2];

	exits = kit_shared(sizeof *exits);
	atexit(note_exit);
	pipe2(fds, O_CLOEXEC);
	FILE *out = fdopen(fds[1], "w");
	setvbuf(out, NULL, _IOFBF, BUFSIZ);
	fputs(text, out); /* stays in the buffer, which the child gets a copy of */
	proc_run(ARGV("/not/there"), &as_the_caller, &got);
	fclose(out);
	ssize_t bytes_written = read(fds[0], written, sizeof written);
	close(fds[0]);
	cr_assert(eq(long, bytes_written, (long)strlen(text)), "bytes written of the 4 in the caller's stdio buffer");
	cr_assert(eq(uint, *exits, 0), "how often an atexit function of the caller ran in the child");
}

/* ---- waiting ------------------------------------------------------------------------------------ */

KIT_PROGRAM(waits_for_a_byte)
{
	char byte;

	return read(0, &byte, 1) == 1 ? 9 : 8;
}

struct running {
	struct proc_opts opts;
	struct proc_result got;
	int returned;
};

static void *run_waiting(void *argument)
{
	struct running *running = argument;

	running->returned = proc_run(ARGV(program("waits_for_a_byte")), &running->opts, &running->got);
	return NULL;
}

KIT_TEST(fork_exec_wait, waiting_is_quiet)
{
	struct running running = {.opts = as_the_caller};
	pthread_t thread;
	int fds[2];

	program("waits_for_a_byte");
	pipe2(fds, O_CLOEXEC);
	running.opts.in_fd = fds[0];
	pthread_create(&thread, NULL, run_waiting, &running);
	kit_expect_quiet();
	write(fds[1], "x", 1);
	pthread_join(thread, NULL);
	close(fds[0]);
	close(fds[1]);
	expect_success(running.returned, "a program that waits for a byte");
}

/* ---- any small client --------------------------------------------------------------------------- */

static const char *const paths[] = {"runs", "not there", "not executable"};

static int choose_descriptor(const char *what)
{
	static const int descriptor[] = {-1, 0, 1, 2, HIGH};

	return descriptor[kit_choose_named(what, (const char *const[]){"-1", "0", "1", "2", "40"}, 5)];
}

static struct caller choose_caller(void)
{
	struct caller caller = {.opts = as_the_caller};

	caller.opts.in_fd = choose_descriptor("in_fd");
	caller.opts.out_fd = choose_descriptor("out_fd");
	caller.opts.err_fd = choose_descriptor("err_fd");
	caller.closed[0] = KIT_CHOOSE("0 of the caller", "open", "closed");
	caller.closed[1] = KIT_CHOOSE("1 of the caller", "open", "closed");
	caller.closed[2] = KIT_CHOOSE("2 of the caller", "open", "closed");
	return caller;
}

/* A caller with any standard descriptors, some of them closed, gives any of them to a program. */
KIT_TEST(fork_exec_wait, any_descriptors)
{
	struct stage stage = set_stage();
	struct caller plan = choose_caller();
	unsigned path = kit_choose_named("the program", paths, 3);
	char what[128];

	plan.path = path == 0 ? program("report") : path == 1 ? "/not/there" : "/";
	describe(what, sizeof what, &plan);
	const struct caller *caller = let_run(&stage, &plan);
	clear_stage(&stage);
	int expected = is_wrong(&plan) ? EBADF : path == 0 ? 0 : path == 1 ? ENOENT : EACCES;
	cr_assert(eq(int, caller->returned, expected ? -1 : 0), "what proc_run returns with %s", what);
	if (expected)
		cr_assert(eq(int, caller->error, expected), "errno with %s", what);
	for (int fd = 0; fd < 3 && !expected; fd++) {
		bool right = kit_report(0) && kit_report(0)->inode[fd] == expected_inode(&stage, &plan, fd);
		cr_assert(eq(int, right, true), "whether %d of the program is what it should be, with %s", fd, what);
	}
}

enum fault { NONE, INTERRUPTED, FORK, PIPE, KILLED, FAULTS };
static const char *const faults[FAULTS] = {"no fault", "interrupted calls", "a fork that fails", "a pipe that fails",
                                           "a child killed at its start"};

enum end { EXITS, DIES, NOT_THERE, REFUSED, NOWHERE, ENDS };
static const char *const ends[ENDS] = {"exits with 7", "dies", "not there", "not executable", "in no folder"};

static void prepare(enum fault fault)
{
	fi_reset();
	fi_eintr(fault == INTERRUPTED ? 2 : 0);
	if (fault == FORK)
		fi_fail_nth(KIT_FORK, 1, EAGAIN);
	if (fault == PIPE)
		fi_fail_nth(KIT_PIPE, 1, EMFILE);
	if (fault == KILLED)
		fi_kill_child(1);
}

static int run_to(enum end end, struct proc_result *got)
{
	struct proc_opts opts = as_the_caller;
	const char *path = end == EXITS ? program("exit") : program("die");

	opts.cwd = end == NOWHERE ? "/dev/null" : NULL;
	path = end == NOT_THERE ? "/not/there" : end == REFUSED ? "/" : path;
	return proc_run(end == EXITS ? ARGV((char *)path, "7") : ARGV((char *)path), &opts, got);
}

/* 0: the program runs. */
static int expected_error(enum fault fault, enum end end)
{
	static const int of_end[ENDS] = {[NOT_THERE] = ENOENT, [REFUSED] = EACCES, [NOWHERE] = ENOTDIR};

	if (fault == FORK)
		return EAGAIN;
	if (fault == PIPE && fi_calls(KIT_PIPE) > 0)
		return EMFILE;
	return fault == KILLED ? 0 : of_end[end];
}

/* What proc_run returned when it was to run a program to any end, with any fault. */
struct run {
	enum end end;
	enum fault fault;
	int returned, error, expected; /* `expected`: 0, or errno of a failure */
	struct proc_result got;
};

static struct run any_run(void)
{
	struct run run = {.got = nothing_yet};

	run.end = kit_choose_named("the program", ends, ENDS);
	run.fault = kit_choose_named("fault", faults, FAULTS);
	prepare(run.fault);
	errno = 0;
	run.returned = run_to(run.end, &run.got);
	run.error = errno;
	run.expected = expected_error(run.fault, run.end);
	return run;
}

/* The status, or the signal as a negative number. */
static int end_of(const struct proc_result *got)
{
	return got->exited ? got->code : -got->sig;
}

static bool is_right(const struct run *run)
{
	bool dies = run->fault == KILLED || run->end == DIES;

	if (run->expected)
		return run->returned == -1 && run->error == run->expected;
	return run->returned == 0 && end_of(&run->got) == (dies ? -SIGKILL : 7);
}

/* One after the other. */
KIT_TEST(fork_exec_wait, any_two_runs)
{
	for (unsigned i = 0; i < 2; i++) {
		struct run run = any_run();
		bool dies = run.fault == KILLED || run.end == DIES;
		const char *what = ends[run.end], *with = faults[run.fault];

		cr_assert(eq(int, run.returned, run.expected ? -1 : 0), "the program: %s; with %s", what, with);
		if (run.expected)
			cr_assert(eq(int, run.error, run.expected), "errno; the program: %s; with %s", what, with);
		else
			cr_assert(eq(int, end_of(&run.got), dies ? -SIGKILL : 7), "the program: %s; with %s", what, with);
	}
}

/* What follows from a wrong result costs the points of the result. */
KIT_TEST(fork_exec_wait, any_run_leaves_nothing_behind)
{
	struct run run = any_run();
	const char *what = ends[run.end], *with = faults[run.fault];
	unsigned children = is_right(&run) ? kit_children() : 0;

	bool tried = run.expected || fi_calls(KIT_FORK) > 0;
	cr_assert(eq(int, tried, true), "a child must be forked; the program: %s; with %s", what, with);
	cr_assert(eq(uint, kit_open_fds(), 0), "descriptors left open; the program: %s; with %s", what, with);
	cr_assert(eq(uint, children, 0), "children left behind; the program: %s; with %s", what, with);
}
