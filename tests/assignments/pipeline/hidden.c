/* hidden.c - the tests of pipeline that only instructors have. Each one tests a sentence of include/pipeline.h. */
#include "kit.h"
#include "pipeline.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGV(...) ((char *[]){__VA_ARGS__, NULL})
#define COMMANDS(...) ((char *const *[]){__VA_ARGS__})

enum { UNTOUCHED = -7, HIGH = 40, HIGHER = 41, MANY = 16, MOST = 100 };

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

static void expect_success(int returned, const char *what)
{
	cr_assert(eq(int, returned, 0), "pipeline_run must return 0 for %s", what);
}

static void expect_refusal(int returned, int error, int expected, const char *when)
{
	cr_assert(eq(int, returned, -1), "what pipeline_run returns when %s", when);
	cr_assert(eq(int, error, expected), "errno (to be %s) of a pipeline when %s", strerrorname_np(expected), when);
}

/* What `report`, with that name as its last argument, has found; it must have been run. */
static const struct kit_report *report_of(const char *name)
{
	const struct kit_report *report = NULL;

	for (unsigned i = 0; !report && kit_report(i); i++) {
		const char *end = strrchr(kit_report(i)->argv, '\n');
		if (end && strcmp(end + 1, name) == 0)
			report = kit_report(i);
	}
	bool ran = report != NULL;
	cr_assert(eq(int, ran, true), "the stage '%s' must run its program", name);
	return report;
}

/* ---- arguments ---------------------------------------------------------------------------------- */

static void expect_einval(char *const *const cmd[], size_t n, int status[], const char *what)
{
	errno = EDOM;
	int returned = pipeline_run(cmd, n, -1, -1, status), error = errno;

	expect_refusal(returned, error, EINVAL, what);
	cr_assert(eq(uint, fi_calls(KIT_FORK), 0), "nothing must be started when %s", what);
}

KIT_TEST(pipeline, what_is_missing_is_einval)
{
	char *none[] = {NULL};
	char *const *good = ARGV(program("true"));
	int status[2];

	expect_einval(COMMANDS(good), 0, status, "there are 0 stages");
	expect_einval(NULL, 1, status, "there is no array of commands");
	expect_einval(COMMANDS(good), 1, NULL, "there is no array for statuses");
	expect_einval(COMMANDS(good, NULL), 2, status, "the second command is NULL");
	expect_einval(COMMANDS(good, none), 2, status, "the second command is empty");
}

KIT_TEST(pipeline, a_closed_descriptor_is_ebadf)
{
	int lowest = dup(0); /* the number that the next one will have that the call makes */
	char *const *stage = ARGV(program("true"));

	close(lowest);
	for (int i = 0; i < 6; i++) {
		const int wrong[] = {60, lowest, -2};
		int status[2], fd = wrong[i % 3];
		char when[64];

		errno = EDOM;
		int returned = pipeline_run(COMMANDS(stage, stage), 2, i < 3 ? fd : -1, i < 3 ? -1 : fd, status), error = errno;
		snprintf(when, sizeof when, "%s is %d, which is neither -1 nor open", i < 3 ? "in_fd" : "out_fd", fd);
		expect_refusal(returned, error, EBADF, when);
		cr_assert(eq(uint, fi_calls(KIT_FORK), 0), "nothing must be started when %s", when);
	}
}

/* ---- programs ----------------------------------------------------------------------------------- */

KIT_TEST(pipeline, a_stage_gets_its_arguments_and_the_environment)
{
	char **before = environ;
	int status[2];
	char *const *commands[] = {ARGV(program("report"), "two words", "left"), ARGV(program("report"), "", "right")};

	environ = ARGV("OF=the caller");
	int returned = pipeline_run(commands, 2, -1, -1, status);
	environ = before;
	expect_success(returned, "two stages with arguments");
	const struct kit_report *left = report_of("left"), *right = report_of("right");
	cr_assert(eq(int, left->argc, 3), "argc of a stage with two arguments, with the program's own name");
	cr_assert(eq(str, (char *)strchr(left->argv, '\n'), "\ntwo words\nleft"), "arguments of stage 0, one per line");
	cr_assert(eq(str, (char *)strchr(right->argv, '\n'), "\n\nright"), "arguments of stage 1, one per line");
	cr_assert(eq(str, (char *)left->environment, "OF=the caller"), "the environment of a stage, one entry per line");
}

KIT_TEST(pipeline, path_is_not_searched)
{
	int status[2] = {0};
	char *folder = strdup(program("report"));

	*strrchr(folder, '/') = 0;
	setenv("PATH", folder, 1);
	int returned = pipeline_run(COMMANDS(ARGV("report"), ARGV(program("true"))), 2, -1, -1, status);
	bool ran = kit_report(0) != NULL;
	free(folder);
	cr_assert(eq(int, ran, false), "a file that is in a folder of PATH only must not be executed");
	expect_success(returned, "a program that is not there, and one that is");
}

static void expect_127(char *const argv[], const char *what)
{
	int status[] = {UNTOUCHED};
	int returned = pipeline_run(COMMANDS(argv), 1, -1, -1, status);

	expect_success(returned, what);
	expect_end(status[0], 0, 127, what);
	fi_reset(); /* what has failed here says nothing of the next one */
}

/* A file that may be executed, and that a shell would run. */
static void make_text(const char *path)
{
	static const char text[] = "# nothing to do\n";
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0755);

	write(fd, text, sizeof text - 1);
	close(fd);
}

/* Whatever the reason. */
KIT_TEST(pipeline, every_exec_that_fails_is_status_127)
{
	make_text("./text");
	expect_127(ARGV("/"), "'/', which may not be executed");
	expect_127(ARGV(""), "\"\", the path of no file");
	expect_127(ARGV("./text"), "a text file, which is no program (ENOEXEC) and not for a shell to run");
	fi_fail_nth(KIT_EXEC, 1, ENOMEM);
	expect_127(ARGV(program("exit"), "3"), "'exit 3', when there is no memory for the program");
	unlink("./text");
}

KIT_TEST(pipeline, there_may_be_many_stages)
{
	unsigned n = kit_repeat(MOST, kit_n(MANY, 4));
	char *const *first = ARGV(program("echo"), "through all of them"), *const *other = ARGV(program("cat"));
	char *const *commands[MOST];
	int status[MOST], out[2];
	char output[64] = "", what[32];

	for (unsigned i = 0; i < n; i++) {
		commands[i] = i == 0 ? first : other;
		status[i] = UNTOUCHED;
	}
	pipe2(out, O_CLOEXEC);
	int returned = pipeline_run(commands, n, -1, out[1], status);
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	if (read(out[0], output, sizeof output - 1) < 0)
		output[0] = 0;
	close(out[0]);
	close(out[1]);
	snprintf(what, sizeof what, "%u stages", n);
	expect_success(returned, what);
	cr_assert(eq(str, output, "through all of them\n"),
	          "what comes out of 'echo through all of them | cat | cat | ...'");
	for (unsigned i = 0; i < n; i++)
		expect_end(status[i], i, 0, "'echo through all of them | cat | cat | ...'");
}

/* ---- all at the same time ----------------------------------------------------------------------- */

/* What stages and test have in common: not a descriptor, since a stage need not have others than 0, 1 and 2. */
struct common {
	sem_t told[3];
	unsigned long bytes;
	unsigned failed;
};

static struct common *common;

static void make_common(void)
{
	common = kit_shared(sizeof *common);
	for (int i = 0; i < 3; i++)
		sem_init(&common->told[i], true, 0);
}

static int tell(unsigned whom)
{
	return sem_post(&common->told[whom]) == 0 ? 0 : 1;
}

static int await(unsigned self)
{
	return sem_wait(&common->told[self]) == 0 ? 0 : 1;
}

/* Tells the next of three, and is told by the one before. */
KIT_PROGRAM(meets)
{
	unsigned self = (unsigned)atoi(argv[1]);

	return tell((self + 1) % 3) == 0 && await(self) == 0 ? 0 : 1;
}

KIT_TEST(pipeline, all_stages_run_at_the_same_time)
{
	int status[3] = {UNTOUCHED, UNTOUCHED, UNTOUCHED};
	char *meets = program("meets");

	make_common();
	int returned = pipeline_run(COMMANDS(ARGV(meets, "0"), ARGV(meets, "1"), ARGV(meets, "2")), 3, -1, -1, status);
	expect_success(returned, "three stages of which each waits for another one");
	for (size_t i = 0; i < 3; i++)
		expect_end(status[i], i, 0, "three of which each waits for another one");
}

static unsigned long total(void)
{
	return kit_n(256 * 1024, 8);
}

KIT_PROGRAM(pours)
{
	unsigned char piece[4096];
	unsigned long left = total(), n = 0;

	while (left > 0) {
		size_t size = left < sizeof piece ? left : sizeof piece;
		for (size_t i = 0; i < size; i++)
			piece[i] = (unsigned char)(n++ % 251);
		if (write(1, piece, size) != (ssize_t)size)
			return 1;
		left -= size;
	}
	return 0;
}

KIT_PROGRAM(weighs)
{
	unsigned char piece[4096];
	ssize_t size;

	while ((size = read(0, piece, sizeof piece)) > 0)
		for (ssize_t i = 0; i < size; i++, common->bytes++)
			common->failed += piece[i] != common->bytes % 251;
	return size == 0 ? 0 : 1;
}

KIT_TEST(pipeline, more_than_a_pipe_holds_flows_through)
{
	int status[3] = {UNTOUCHED, UNTOUCHED, UNTOUCHED};
	char *const *commands[] = {ARGV(program("pours")), ARGV(program("cat")), ARGV(program("weighs"))};

	make_common();
	int returned = pipeline_run(commands, 3, -1, -1, status);
	expect_success(returned, "three stages through which 256 KiB flow");
	cr_assert(eq(ulong, common->bytes, total()), "how many bytes arrive at the last of three stages");
	cr_assert(eq(uint, common->failed, 0), "how many of the bytes are not the ones that were sent");
	for (size_t i = 0; i < 3; i++)
		expect_end(status[i], i, 0, "three through which 256 KiB flow");
}

/* ---- signals of a stage ------------------------------------------------------------------------- */

/* Two stages that report as left and right. */
static int run_reports(int in_fd, int out_fd)
{
	int status[2];
	char *report = program("report");

	return pipeline_run(COMMANDS(ARGV(report, "left"), ARGV(report, "right")), 2, in_fd, out_fd, status);
}

/* Ends with the number of the first signal that it blocks. */
KIT_PROGRAM(blocks)
{
	sigset_t mask;

	sigprocmask(SIG_BLOCK, NULL, &mask);
	for (int signal = 1; signal <= SIGRTMAX; signal++)
		if (sigismember(&mask, signal) == 1)
			return signal;
	return 0;
}

static void expect_none_blocked(int blocked, const char *name)
{
	char *const *stage = ARGV(program("blocks"));
	int status[] = {UNTOUCHED, UNTOUCHED};
	sigset_t some, before;
	char what[64];

	sigemptyset(&some);
	sigaddset(&some, blocked);
	snprintf(what, sizeof what, "a caller that blocks %s (%d)", name, blocked);
	sigprocmask(SIG_BLOCK, &some, &before);
	int returned = pipeline_run(COMMANDS(stage, stage), 2, -1, -1, status);
	sigprocmask(SIG_SETMASK, &before, NULL);
	expect_success(returned, what);
	for (size_t i = 0; i < 2; i++) {
		int signal = end_of(status[i]);
		cr_assert(eq(int, signal, 0), "signal that stage %zu blocks (0: none), of %s", i, what);
	}
}

KIT_TEST(pipeline, stages_block_no_signal)
{
	expect_none_blocked(SIGPIPE, "SIGPIPE");
	expect_none_blocked(SIGRTMIN + 1, "SIGRTMIN+1");
}

KIT_TEST(pipeline, stages_can_die_of_sigpipe)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN}, before;

	sigaction(SIGPIPE, &ignore, &before);
	int returned = run_reports(-1, -1);
	sigaction(SIGPIPE, &before, NULL);
	expect_success(returned, "a caller that ignores SIGPIPE");
	bool ignored = (report_of("left")->ignored | report_of("right")->ignored) & 1u << SIGPIPE;
	cr_assert(eq(int, ignored, false), "whether a stage ignores SIGPIPE");
}

/* ---- a caller that is a process of its own: its standard descriptors are what the test says ------ */

/* Five files to be found as descriptors, each with an inode of its own: at 0, 1 and 2 and, close-on-exec, at HIGH and
 * HIGHER. Nobody reads or writes them. */
struct scene {
	int fd[5];
	uint64_t inode[5];
};

static struct scene set_scene(void)
{
	struct scene scene;

	for (int i = 0; i < 5; i++) {
		int ends[2];
		struct stat status;

		pipe2(ends, O_CLOEXEC);
		scene.fd[i] = fcntl(ends[0], F_DUPFD_CLOEXEC, HIGHER + 1);
		close(ends[0]);
		close(ends[1]);
		fstat(scene.fd[i], &status);
		scene.inode[i] = status.st_ino;
	}
	return scene;
}

static void clear_scene(const struct scene *scene)
{
	for (int i = 0; i < 5; i++)
		close(scene->fd[i]);
}

/* What the caller does, and then what it has seen. */
struct caller {
	int in_fd, out_fd;
	bool closed[3]; /* which of its standard descriptors */
	int close_on_exec;
	bool plain;        /* HIGH and HIGHER are not close-on-exec */
	enum kit_op fails; /* if nth is not 0: its call of that number */
	unsigned nth;
	size_t n; /* stages: report as 0, 1, ... */
	int returned, error;
	int flags[2];      /* of in_fd and out_fd, afterwards */
	uint64_t inode[3]; /* of its standard descriptors, afterwards */
	bool came_back;
};

static void be_the_caller(const struct scene *scene, struct caller *caller)
{
	char *report = program("report");
	char *const *commands[] = {ARGV(report, "0"), ARGV(report, "1"), ARGV(report, "2")};
	int status[3];

	for (int fd = 0; fd < 3; fd++) {
		dup2(scene->fd[fd], fd);
		fcntl(fd, F_SETFD, caller->close_on_exec);
		if (caller->closed[fd])
			close(fd);
	}
	dup3(scene->fd[3], HIGH, caller->plain ? 0 : O_CLOEXEC);
	dup3(scene->fd[4], HIGHER, caller->plain ? 0 : O_CLOEXEC);
	if (caller->nth)
		fi_fail_nth(caller->fails, caller->nth, caller->fails == KIT_PIPE ? EMFILE : EAGAIN);
	errno = EDOM;
	caller->returned = pipeline_run(commands, caller->n, caller->in_fd, caller->out_fd, status);
	caller->error = errno;
	caller->flags[0] = fcntl(caller->in_fd, F_GETFD);
	caller->flags[1] = fcntl(caller->out_fd, F_GETFD);
	for (int fd = 0; fd < 3; fd++) {
		struct stat file;
		caller->inode[fd] = fstat(fd, &file) == 0 ? file.st_ino : 0;
	}
	caller->came_back = true;
}

/* The caller's notes; they live until the test ends. */
static const struct caller *let_run(const struct scene *scene, const struct caller *plan)
{
	struct caller *caller = kit_shared(sizeof *caller);
	pid_t pid;

	*caller = *plan;
	program("report");
	if ((pid = fork()) == 0) {
		be_the_caller(scene, caller);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	fi_reset();
	cr_assert(eq(int, caller->came_back, true), "pipeline_run must return in the process that calls it");
	return caller;
}

static void describe(char *text, size_t size, const struct caller *caller)
{
	char fails[32] = "";

	if (caller->nth)
		snprintf(fails, sizeof fails, ", %s %u fails", caller->fails == KIT_PIPE ? "pipe" : "fork", caller->nth);
	snprintf(text, size, "n = %zu, in_fd = %d, out_fd = %d%s%s%s%s%s", caller->n, caller->in_fd, caller->out_fd,
	         caller->close_on_exec ? ", the caller's 0 to 2 are close-on-exec" : "",
	         caller->closed[0] ? ", the caller's 0 is closed" : "",
	         caller->closed[1] ? ", the caller's 1 is closed" : "",
	         caller->closed[2] ? ", the caller's 2 is closed" : "", fails);
}

/* What a stage finds under a number that it has from the caller. */
static uint64_t inherited(const struct scene *scene, const struct caller *caller, int fd)
{
	return caller->closed[fd] || caller->close_on_exec ? 0 : scene->inode[fd];
}

/* What a stage must find as `place`, which is given as fd. */
static uint64_t expected_inode(const struct scene *scene, const struct caller *caller, int fd, int place)
{
	if (fd == -1)
		return inherited(scene, caller, place);
	return scene->inode[fd >= HIGH ? 3 + fd - HIGH : fd];
}

/* That of a stage, among those of one call: `n` from `run` on. */
static const struct kit_report *report_number(unsigned run, size_t n, size_t stage)
{
	const struct kit_report *report = NULL;
	char name[] = {'\n', (char)('0' + stage), 0};

	for (unsigned i = run; i < run + n && kit_report(i); i++) {
		const char *end = strrchr(kit_report(i)->argv, '\n');
		if (end && strcmp(end, name) == 0)
			report = kit_report(i);
	}
	return report;
}

static void expect_place(uint64_t found, uint64_t expected, size_t stage, int place, const char *what)
{
	bool right = found == expected;
	const char *is = !found     ? "is closed, and should be open"
	                 : expected ? "is open, and should be another file"
	                            : "is open, and should be closed";

	cr_assert(eq(int, right, true), "%d of stage %zu %s, with %s", place, stage, is, what);
}

static void expect_streams(const struct scene *scene, const struct caller *caller, unsigned run, const char *what)
{
	uint64_t pipe = 0;

	for (size_t i = 0; i < caller->n; i++) {
		const struct kit_report *report = report_number(run, caller->n, i);
		bool ran = report != NULL, last = i + 1 == caller->n;
		cr_assert(eq(int, ran, true), "stage %zu must run its program, with %s", i, what);
		uint64_t in = i == 0 ? expected_inode(scene, caller, caller->in_fd, 0) : pipe;
		uint64_t out = last ? expected_inode(scene, caller, caller->out_fd, 1) : report->inode[1];
		expect_place(report->inode[0], in, i, 0, what);
		expect_place(report->inode[1], out, i, 1, what);
		expect_place(report->inode[2], inherited(scene, caller, 2), i, 2, what);
		pipe = report->inode[1];
	}
}

/* `run`: how many reports there are already. Returns how many there are then. */
static unsigned expect_one(const struct scene *scene, const struct caller *plan, unsigned run)
{
	char what[192];

	describe(what, sizeof what, plan);
	expect_success(let_run(scene, plan)->returned, what);
	expect_streams(scene, plan, run, what);
	return run + (unsigned)plan->n;
}

static void expect_all(const struct caller *callers, unsigned count)
{
	struct scene scene = set_scene();
	unsigned run = 0;

	for (unsigned i = 0; i < count; i++)
		run = expect_one(&scene, &callers[i], run);
	clear_scene(&scene);
}

#define EXPECT_ALL(...)                                                                                                \
	expect_all((const struct caller[]){__VA_ARGS__},                                                                   \
	           sizeof((const struct caller[]){__VA_ARGS__}) / sizeof(struct caller))
#define GIVEN(count, in, out) .n = count, .in_fd = in, .out_fd = out

KIT_TEST(pipeline, the_ends_are_those_given)
{
	EXPECT_ALL({GIVEN(2, -1, -1)}, {GIVEN(2, HIGH, -1)}, {GIVEN(1, -1, HIGHER)}, {GIVEN(3, HIGH, HIGHER)},
	           {GIVEN(2, HIGH, HIGH)}, {GIVEN(1, HIGH, HIGH)});
}

KIT_TEST(pipeline, the_ends_may_be_standard_descriptors)
{
	EXPECT_ALL({GIVEN(1, 1, 0)}, {GIVEN(2, 1, 0)}, {GIVEN(1, -1, 0)}, {GIVEN(1, 1, -1)}, {GIVEN(1, 2, 2)},
	           {GIVEN(2, 0, 0)});
}

KIT_TEST(pipeline, an_end_may_be_in_its_place_and_close_on_exec)
{
	EXPECT_ALL({GIVEN(1, 0, 1)}, {GIVEN(1, 0, 1), .close_on_exec = FD_CLOEXEC},
	           {GIVEN(2, 0, 1), .close_on_exec = FD_CLOEXEC});
}

KIT_TEST(pipeline, standard_descriptors_may_be_closed)
{
	EXPECT_ALL({GIVEN(2, -1, -1), .close_on_exec = FD_CLOEXEC}, {GIVEN(2, -1, -1), .closed = {true, true}},
	           {GIVEN(3, HIGH, HIGHER), .closed = {true, true, true}}, {GIVEN(2, HIGH, -1), .closed = {true, false}},
	           {GIVEN(2, -1, -1), .closed = {false, false, true}}, {GIVEN(2, 1, HIGH), .closed = {true, false, true}});
}

/* ---- descriptors: none too many ----------------------------------------------------------------- */

KIT_TEST(pipeline, a_stage_has_no_descriptor_of_the_call)
{
	int closes = fcntl(0, F_DUPFD_CLOEXEC, 30), in = fcntl(0, F_DUPFD_CLOEXEC, 30), out = fcntl(0, F_DUPFD_CLOEXEC, 30);
	pid_t plain = fork(); /* what a program has anyway */

	if (plain == 0) {
		execv(program("report"), ARGV(program("report"), "plain"));
		_exit(1);
	}
	waitpid(plain, NULL, 0);
	int returned = run_reports(in, out);
	close(closes);
	close(in);
	close(out);
	expect_success(returned, "two stages that report");
	uint64_t before = report_of("plain")->open | 7;
	for (int i = 0; i < 2; i++) {
		uint64_t more = report_of(i == 0 ? "left" : "right")->open & ~before;
		unsigned number = more ? (unsigned)__builtin_ctzll(more) : 0;
		cr_assert(eq(u64, more, 0), "descriptor %u must not be open in stage %d of 2", number, i);
	}
}

/* Writes until that fails, and tells. */
KIT_PROGRAM(writes_in_vain)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	char piece[4096] = "";

	sigaction(SIGPIPE, &ignore, NULL);
	while (write(1, piece, sizeof piece) > 0)
		;
	return errno == EPIPE ? tell(0) : 1;
}

/* Reads to the end, and tells. */
KIT_PROGRAM(reads_to_the_end)
{
	char piece[64];

	while (read(0, piece, sizeof piece) > 0)
		;
	return tell(0);
}

KIT_PROGRAM(is_told)
{
	return await(0);
}

KIT_TEST(pipeline, nobody_else_holds_the_end_of_a_pipe)
{
	int status[3] = {UNTOUCHED, UNTOUCHED, UNTOUCHED};
	char *const *told = ARGV(program("is_told")), *const *ends = ARGV(program("true"));

	make_common();
	int first = pipeline_run(COMMANDS(ARGV(program("writes_in_vain")), ends, told), 3, -1, -1, status);
	int second = pipeline_run(COMMANDS(told, ends, ARGV(program("reads_to_the_end"))), 3, -1, -1, status);
	expect_success(first, "a writer whose reader has ended, while the third stage still runs");
	expect_success(second, "a reader whose writer has ended, while the first stage still runs");
}

/* ---- the caller's process ----------------------------------------------------------------------- */

/* That a failure is one, other tests say. */
static void expect_lent(const struct scene *scene, const struct caller *plan)
{
	const struct caller *caller = let_run(scene, plan);
	char what[192];

	describe(what, sizeof what, plan);
	if (plan->nth == 0)
		expect_success(caller->returned, what);
	for (int i = 0; i < 2; i++) {
		const char *name = i == 0 ? "in_fd" : "out_fd";
		bool open = caller->flags[i] >= 0, closes = caller->flags[i] & FD_CLOEXEC;
		cr_assert(eq(int, open, true), "whether %s is still open in the caller, with %s", name, what);
		cr_assert(eq(int, closes, !plan->plain), "whether %s is close-on-exec afterwards, with %s", name, what);
	}
}

KIT_TEST(pipeline, the_given_descriptors_stay_open)
{
	const struct caller plans[] = {{GIVEN(2, HIGH, HIGHER)},
	                               {GIVEN(2, HIGH, HIGHER), .plain = true},
	                               {GIVEN(1, HIGH, HIGH), .plain = true},
	                               {GIVEN(1, HIGH, HIGHER), .plain = true, .fails = KIT_FORK, .nth = 1},
	                               {GIVEN(2, HIGH, HIGHER), .plain = true, .fails = KIT_PIPE, .nth = 1},
	                               {GIVEN(2, HIGH, HIGHER), .plain = true, .fails = KIT_FORK, .nth = 2}};
	struct scene scene = set_scene();

	for (size_t i = 0; i < sizeof plans / sizeof *plans; i++)
		expect_lent(&scene, &plans[i]);
	clear_scene(&scene);
}

KIT_TEST(pipeline, the_caller_keeps_its_standard_descriptors)
{
	struct scene scene = set_scene();
	struct caller plan = {GIVEN(2, HIGH, HIGHER)};
	const struct caller *caller = let_run(&scene, &plan);

	clear_scene(&scene);
	expect_success(caller->returned, "two stages");
	for (int fd = 0; fd < 3; fd++) {
		bool same = caller->inode[fd] == scene.inode[fd];
		cr_assert(eq(int, same, true), "whether %d of the caller is what it was", fd);
	}
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
	bool handler = pipe.sa_handler == do_nothing, restarts = pipe.sa_flags & SA_RESTART;
	bool masks = sigismember(&pipe.sa_mask, SIGUSR1) == 1, ignored = quit.sa_handler == SIG_IGN;
	bool blocked = sigismember(&mask, SIGUSR2) && !sigismember(&mask, SIGTERM) && !sigismember(&mask, SIGCHLD);

	cr_assert(eq(int, handler, true), "whether SIGPIPE has the caller's handler after a call %s", when);
	cr_assert(eq(int, restarts, true), "whether SIGPIPE's action still has its flag SA_RESTART after a call %s", when);
	cr_assert(eq(int, masks, true), "whether SIGPIPE's action still has SIGUSR1 in its sa_mask after a call %s", when);
	cr_assert(eq(int, ignored, true), "whether SIGQUIT is ignored after a call %s", when);
	cr_assert(eq(int, blocked, true), "whether SIGUSR2, and no other, is blocked after a call %s", when);
}

KIT_TEST(pipeline, signals_of_the_caller_are_as_before)
{
	struct sigaction mine = {.sa_handler = do_nothing, .sa_flags = SA_RESTART}, ignore = {.sa_handler = SIG_IGN};
	char *const *stage = ARGV(program("true"));
	int status[2];
	sigset_t usr2;

	sigaddset(&mine.sa_mask, SIGUSR1);
	sigaction(SIGPIPE, &mine, NULL);
	sigaction(SIGQUIT, &ignore, NULL);
	sigemptyset(&usr2);
	sigaddset(&usr2, SIGUSR2);
	sigprocmask(SIG_BLOCK, &usr2, NULL);
	expect_success(pipeline_run(COMMANDS(stage, stage), 2, -1, -1, status), "'true | true'");
	expect_signals_as_before("that ran two stages");
	fi_fail_nth(KIT_FORK, 2, EAGAIN);
	pipeline_run(COMMANDS(stage, stage), 2, -1, -1, status);
	expect_signals_as_before("in which fork failed");
}

KIT_TEST(pipeline, other_children_are_left_alone)
{
	char *const *stage = ARGV(program("true"));
	int status[2], end = 0;
	pid_t other = fork();

	if (other == 0)
		_exit(7);
	kit_let_others_run(); /* it has ended: a wait for any child would find it first */
	int returned = pipeline_run(COMMANDS(stage, stage), 2, -1, -1, status);
	bool still_there = waitpid(other, &end, 0) == other;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		; /* a stage, where the other one was taken for it */
	expect_success(returned, "'true | true'");
	cr_assert(eq(int, still_there, true), "a child that the caller forked itself must be left to the caller");
}

/* ---- the children ------------------------------------------------------------------------------- */

KIT_TEST(pipeline, returns_in_the_caller_only)
{
	unsigned *returns = kit_shared(sizeof *returns);
	pid_t caller = getpid();
	int status[2];

	pipeline_run(COMMANDS(ARGV("/not/there"), ARGV("/not/there")), 2, -1, -1, status);
	++*returns;
	if (getpid() != caller)
		_exit(0);
	kit_let_others_run();
	cr_assert(eq(uint, *returns, 1), "how often pipeline_run returns when no file is there");
}

static unsigned *exits; /* in the memory that all share: how often the caller's atexit function ran */

static void note_exit(void)
{
	++*exits;
}

KIT_TEST(pipeline, stdio_is_written_once)
{
	static const char text[] = "once";
	char written[64];
	int fds[2], status[2];

	exits = kit_shared(sizeof *exits);
	atexit(note_exit);
	pipe2(fds, O_CLOEXEC);
	FILE *out = fdopen(fds[1], "w");
	setvbuf(out, NULL, _IOFBF, BUFSIZ);
	fputs(text, out); /* stays in the buffer, which each child gets a copy of */
	pipeline_run(COMMANDS(ARGV("/not/there"), ARGV("/not/there")), 2, -1, -1, status);
	fclose(out);
	ssize_t bytes_written = read(fds[0], written, sizeof written);
	close(fds[0]);
	cr_assert(eq(long, bytes_written, (long)strlen(text)), "bytes written of the 4 in the caller's stdio buffer");
	cr_assert(eq(uint, *exits, 0), "how often an atexit function of the caller ran in a child");
}

KIT_TEST(pipeline, a_child_that_is_killed_early_is_a_stage)
{
	int status[] = {UNTOUCHED};

	fi_kill_child(1);
	int returned = pipeline_run(COMMANDS(ARGV(program("true"))), 1, -1, -1, status);
	expect_success(returned, "a child that SIGKILL ends before it is its program");
	expect_end(status[0], 0, -SIGKILL, "a child that SIGKILL ends before it is its program");
}

/* ---- failures ----------------------------------------------------------------------------------- */

static const enum kit_op faulty_ops[] = {KIT_FORK, KIT_PIPE};
static const int faults_of[] = {EAGAIN, EMFILE};
static const char *const names_of[] = {"fork", "pipe"};

/* The second call of fork, or of pipe, fails, whatever stages there are by then. */
static int run_into(unsigned i, char *const *stage, int status[])
{
	fi_reset();
	fi_fail_nth(faulty_ops[i], 2, faults_of[i]);
	errno = EDOM;
	return pipeline_run(COMMANDS(stage, stage, stage), 3, -1, -1, status);
}

KIT_TEST(pipeline, a_failure_leaves_the_statuses_alone)
{
	char *const *stage = ARGV(program("true"));

	for (unsigned i = 0; i < 2; i++) {
		int status[] = {UNTOUCHED, UNTOUCHED, UNTOUCHED};
		int returned = run_into(i, stage, status);
		bool same = status[0] == UNTOUCHED && status[1] == UNTOUCHED && status[2] == UNTOUCHED;

		if (returned == 0)
			continue; /* that it is none, other tests say */
		cr_assert(eq(int, same, true), "status must be unchanged when %s fails", names_of[i]);
	}
}

/* Nothing but a signal ends these stages, and none but SIGKILL is certain to: what is ignored stays ignored. */
KIT_TEST(pipeline, a_failure_kills_what_was_started)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
	char *const *stage = ARGV(program("is_told")); /* nobody tells it */

	make_common();
	sigaction(SIGTERM, &ignore, &before);
	for (unsigned i = 0; i < 2; i++) {
		int status[3];

		run_into(i, stage, status);
		unsigned left = kit_children();
		cr_assert(eq(uint, left, 0), "children left behind when %s fails", names_of[i]);
	}
	sigaction(SIGTERM, &before, NULL);
}

KIT_TEST(pipeline, lack_of_memory_is_an_error)
{
	static const enum kit_op ops[] = {KIT_MALLOC, KIT_MMAP};
	char *const *stage = ARGV(program("true"));

	for (unsigned i = 0; i < 2; i++) {
		int status[2];

		fi_reset();
		fi_fail_nth(ops[i], 1, ENOMEM);
		errno = EDOM;
		int returned = pipeline_run(COMMANDS(stage, stage), 2, -1, -1, status), error = errno;
		if (fi_calls(ops[i]) > 0)
			expect_refusal(returned, error, ENOMEM, "there is no memory");
		else
			expect_success(returned, "a call that needs no memory");
	}
}

/* ---- waiting ------------------------------------------------------------------------------------ */

static void *run_waiting(void *argument)
{
	int *returned = argument, status[2];

	*returned = pipeline_run(COMMANDS(ARGV(program("is_told")), ARGV(program("true"))), 2, -1, -1, status);
	return NULL;
}

KIT_TEST(pipeline, waiting_is_quiet)
{
	pthread_t thread;
	int returned = -1;

	program("is_told");
	program("true");
	make_common();
	pthread_create(&thread, NULL, run_waiting, &returned);
	kit_expect_quiet();
	tell(0);
	pthread_join(thread, NULL);
	expect_success(returned, "a stage that waits, and one that has ended");
}

/* ---- any small client --------------------------------------------------------------------------- */

/* What a stage may be. All of them are told by a write that nobody reads, and not killed by it. */
enum role { COPIES, TAKES_ONE, LOOKS_AWAY, DIES, MISSING, ROLES };
static const char *const roles[ROLES] = {"copies it all", "copies one byte", "writes and does not read", "kills itself",
                                         "has no program"};
enum { IN_VAIN = 13 }; /* exit status: a write failed with EPIPE */

static int put(const char *bytes, size_t count)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	sigaction(SIGPIPE, &ignore, NULL);
	return write(1, bytes, count) == (ssize_t)count ? 0 : errno == EPIPE ? IN_VAIN : 1;
}

KIT_PROGRAM(copies)
{
	char bytes[8];
	ssize_t count;

	while ((count = read(0, bytes, sizeof bytes)) > 0) {
		int result = put(bytes, (size_t)count);
		if (result != 0)
			return result;
	}
	return count == 0 ? 0 : 2;
}

KIT_PROGRAM(takes_one)
{
	char byte;
	ssize_t count = read(0, &byte, 1);

	return count == 1 ? put(&byte, 1) : count == 0 ? 0 : 2;
}

KIT_PROGRAM(looks_away)
{
	return put("xy", 2);
}

static char *path_of(enum role role)
{
	static const char *const names[] = {"copies", "takes_one", "looks_away", "die"};

	return role == MISSING ? "/not/there" : program(names[role]);
}

/* What comes out of a stage, from what comes in, if all of it is read. */
static void transform(enum role role, char stream[8])
{
	if (role == TAKES_ONE)
		stream[stream[0] ? 1 : 0] = 0;
	else if (role == LOOKS_AWAY)
		strcpy(stream, "xy");
	else if (role != COPIES)
		stream[0] = 0;
}

/* May the stage have ended before everything was written to it? It has not if it copies all, and is read from. */
static bool may_end_early(const enum role *role, size_t n, size_t i)
{
	for (; i < n; i++)
		if (role[i] != COPIES)
			return true;
	return false;
}

static bool is_right(const enum role *role, size_t n, size_t i, int end)
{
	if (role[i] == DIES)
		return end == -SIGKILL;
	if (role[i] == MISSING)
		return end == 127;
	return end == 0 || (end == IN_VAIN && may_end_early(role, n, i + 1));
}

/* Where the caller has the descriptors that it gives. */
static const char *const places[] = {"of their own", "0 and 1", "1 and 0", "-1, as 0 and 1"};

struct client {
	enum role role[3];
	size_t n;
	unsigned place;
	int in[2], out[2];
	int returned, status[3];
	bool came_back;
};

static void be_the_client(struct client *client)
{
	static const int given[][2] = {{HIGH, HIGHER}, {0, 1}, {1, 0}, {-1, -1}};
	const int *fd = given[client->place];
	char *argv[3][2] = {0};
	char *const *commands[] = {argv[0], argv[1], argv[2]};

	dup3(client->in[0], HIGH, O_CLOEXEC);
	dup3(client->out[1], HIGHER, O_CLOEXEC);
	if (client->place > 0) {
		dup2(HIGH, fd[0] == -1 ? 0 : fd[0]);
		dup2(HIGHER, fd[1] == -1 ? 1 : fd[1]);
	}
	close(client->in[1]);
	for (size_t i = 0; i < client->n; i++)
		argv[i][0] = path_of(client->role[i]);
	client->returned = pipeline_run(commands, client->n, fd[0], fd[1], client->status);
	client->came_back = true;
}

static void choose_client(struct client *client)
{
	client->n = 1 + kit_choose_named("stages", (const char *const[]){"1", "2", "3"}, 3);
	for (size_t i = 0; i < client->n; i++)
		client->role[i] = (enum role)kit_choose_named("a stage", roles, ROLES);
	client->place = kit_choose_named("in_fd and out_fd", places, sizeof places / sizeof *places);
}

/* In a process of its own, for its descriptors 0 and 1. */
static void run_client(struct client *client, char output[8])
{
	pid_t pid;

	for (int role = 0; role < MISSING; role++)
		path_of((enum role)role);
	pipe2(client->in, O_CLOEXEC);
	pipe2(client->out, O_CLOEXEC);
	write(client->in[1], "abc", 3);
	if ((pid = fork()) == 0) {
		be_the_client(client);
		_exit(0);
	}
	close(client->in[1]);
	waitpid(pid, NULL, 0);
	fcntl(client->out[0], F_SETFL, O_NONBLOCK);
	if (read(client->out[0], output, 7) < 0)
		output[0] = 0;
	close(client->in[0]);
	close(client->out[0]);
	close(client->out[1]);
}

/* What any small pipeline writes, and how its stages end. */
KIT_TEST(pipeline, any_small_pipeline)
{
	struct client *client = kit_shared(sizeof *client);
	char output[8] = "", expected[8] = "abc", what[128];

	choose_client(client);
	run_client(client, output);
	for (size_t i = 0; i < client->n; i++)
		transform(client->role[i], expected);
	snprintf(what, sizeof what, "%s%s%s%s%s", roles[client->role[0]], client->n > 1 ? " | " : "",
	         client->n > 1 ? roles[client->role[1]] : "", client->n > 2 ? " | " : "",
	         client->n > 2 ? roles[client->role[2]] : "");
	cr_assert(eq(int, client->came_back, true), "pipeline_run must return in the process that calls it");
	expect_success(client->returned, what);
	for (size_t i = 0; i < client->n; i++) {
		bool right = is_right(client->role, client->n, i, end_of(client->status[i]));
		cr_assert(eq(int, right, true), "whether the status of stage %zu is right (%d), of: %s", i,
		          end_of(client->status[i]), what);
	}
	cr_assert(eq(str, output, expected), "what comes out, with 'abc' at in_fd, of: %s", what);
}

enum fault { NONE, INTERRUPTED, FORK, PIPE, KILLED, FAULTS };
static const char *const faults[FAULTS] = {"nothing that fails", "each second wait cut short", "one fork failing",
                                           "one pipe failing", "one child killed on its way"};

/* What pipeline_run made of any fault. */
struct run {
	enum fault fault;
	unsigned nth;
	size_t n;
	int returned, error, expected; /* `expected`: 0, or errno of a failure */
	int status[3];
	char what[96];
};

static void inject(const struct run *run)
{
	fi_reset();
	fi_eintr(run->fault == INTERRUPTED ? 2 : 0);
	if (run->fault == FORK)
		fi_fail_nth(KIT_FORK, run->nth, EAGAIN);
	if (run->fault == PIPE)
		fi_fail_nth(KIT_PIPE, run->nth, EMFILE);
	if (run->fault == KILLED)
		fi_kill_child(run->nth);
}

/* Stages that end with 5. */
static struct run any_run(void)
{
	struct run run = {.status = {UNTOUCHED, UNTOUCHED, UNTOUCHED}};
	char *const *stage = ARGV(program("exit"), "5");

	run.n = 1 + kit_choose_named("stages", (const char *const[]){"1", "2", "3"}, 3);
	run.fault = kit_choose_named("fault", faults, FAULTS);
	run.nth = 1 + kit_choose((unsigned)run.n);
	inject(&run);
	errno = EDOM;
	run.returned = pipeline_run(COMMANDS(stage, stage, stage), run.n, -1, -1, run.status);
	run.error = errno;
	run.expected = run.fault == FORK ? EAGAIN : run.fault == PIPE && fi_calls(KIT_PIPE) >= run.nth ? EMFILE : 0;
	if (run.fault == NONE || run.fault == INTERRUPTED)
		snprintf(run.what, sizeof run.what, "%zu stages with %s", run.n, faults[run.fault]);
	else
		snprintf(run.what, sizeof run.what, "%zu stages with %s (number %u)", run.n, faults[run.fault], run.nth);
	return run;
}

/* One that is killed early is any one of them. */
KIT_TEST(pipeline, any_fault_is_told)
{
	struct run run = any_run();
	unsigned killed = 0;

	cr_assert(eq(int, run.returned, run.expected ? -1 : 0), "what pipeline_run returns for %s", run.what);
	if (run.expected)
		cr_assert(eq(int, run.error, run.expected), "errno for %s", run.what);
	for (size_t i = 0; i < run.n; i++) {
		bool dead = !run.expected && run.fault == KILLED && end_of(run.status[i]) == -SIGKILL;
		int expected = run.expected ? UNTOUCHED : 5 << 8;
		killed += dead;
		if (!dead)
			cr_assert(eq(int, run.status[i], expected), "status[%zu] for %s", i, run.what);
	}
	cr_assert(eq(uint, killed, run.fault == KILLED), "how many stages were killed, of %s", run.what);
}

KIT_TEST(pipeline, any_fault_leaves_nothing_behind)
{
	struct run run = any_run();
	bool tried = run.expected || fi_calls(KIT_FORK) > 0;

	cr_assert(eq(int, tried, true), "children must be forked for %s", run.what);
	cr_assert(eq(uint, kit_open_fds(), 0), "descriptors left open after %s", run.what);
	cr_assert(eq(uint, kit_children(), 0), "children left behind after %s", run.what);
}
