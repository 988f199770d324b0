/* start.c - the last steps in the program's process: descriptors, and what is not left to `inside`. */
#include "inside/inside.h"
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

void __gcov_dump(void) __attribute__((weak));

void save_coverage(void)
{
	if (__gcov_dump)
		__gcov_dump();
}

static void leave_session(mode_t mask)
{
	sigset_t none;
	sigemptyset(&none);
	for (int signal_number = 1; signal_number < NSIG; signal_number++)
		signal(signal_number, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	umask(mask);
}

/* ---- without a cage ------------------------------------------------------------------------- */

static void limit(int resource, rlim_t soft, rlim_t hard)
{
	setrlimit(resource, &(struct rlimit){soft, hard});
}

void start_plain(const struct run *run, int output)
{
	leave_session(022);
	limit(RLIMIT_CORE, 0, 0);
	limit(RLIMIT_CPU, (rlim_t)run->cpu_s, (rlim_t)run->cpu_s + 2);
	limit(RLIMIT_FSIZE, run->file_limit, run->file_limit);
	limit(RLIMIT_STACK, run->stack_limit, run->stack_limit);
	limit(RLIMIT_NOFILE, RUN_OPEN_FILES, RUN_OPEN_FILES);
	int null = open("/dev/null", O_RDONLY);
	int report = run->report ? open(run->report, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0644) : -1;
	if (chdir(run->folder) != 0 || null < 0 || (run->report && report < 0)) {
		dprintf(output, "cannot enter %s: %s\n", run->folder, strerror(errno));
		_exit(125);
	}
	for (int i = 0; i < 3; i++)
		dup2(run->stream[i] >= 0 ? run->stream[i] : i ? output : null, i);
	if (isatty(0))
		ioctl(0, TIOCSCTTY, 0); /* keys like Ctrl-C are for the program */
	if (report >= 0 && report != 3)
		dup2(report, 3);
	syscall(SYS_close_range, run->report ? 4u : 3u, ~0u, 0);
	if (run->fixed_addresses)
		personality(ADDR_NO_RANDOMIZE);
	save_coverage();
	environ = run->env; /* whose PATH it is: the grader's leads to whatever its user likes */
	execvp(run->argv[0], run->argv);
	dprintf(2, "cannot start %s: %s\n", run->argv[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

/* ---- caged ---------------------------------------------------------------------------------- */

static void __attribute__((noreturn)) give_up(int status, const char *what)
{
	struct inside_report report = {.kind = INSIDE_PROBLEM};
	snprintf(report.text, sizeof report.text, "%s: %s", what, strerror(errno));
	ssize_t ignored = write(status, &report, sizeof report);
	_exit(ignored == sizeof report ? INSIDE_STATUS : 1);
}

void start_caged(const struct caged_start *start)
{
	enum { HIGH = 32 }; /* above all places */
	leave_session(start->share ? 002 : 022);
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	const int *stream = start->stream;
	const int from[] = {stream[0] >= 0 ? stream[0] : null,
	                    stream[1] >= 0 ? stream[1] : start->output,
	                    stream[2] >= 0 ? stream[2] : start->output,
	                    start->report,
	                    start->plan,
	                    start->status,
	                    start->control,
	                    start->shield,
	                    start->filter};
	static const int to[] = {0, 1, 2, 3, INSIDE_PLAN, INSIDE_REPORT, INSIDE_CONTROL, INSIDE_SHIELD, INSIDE_FILTER};
	enum { COUNT = sizeof from / sizeof *from };
	int copy[COUNT];
	if (null < 0)
		give_up(start->status, "cannot open /dev/null");
	/* First out of each other's way. */
	for (size_t i = 0; i < COUNT; i++) {
		copy[i] = from[i] < 0 ? -1 : fcntl(from[i], F_DUPFD_CLOEXEC, HIGH);
		if (from[i] >= 0 && copy[i] < 0)
			give_up(start->status, "too many descriptors");
	}
	for (size_t i = 0; i < COUNT; i++) {
		if (copy[i] < 0)
			close(to[i]);
		else if (dup2(copy[i], to[i]) < 0)
			give_up(copy[5], "cannot pass descriptors on");
	}
	/* What is left of ours has close-on-exec, but not necessarily what the grader was started with. */
	syscall(SYS_close_range, 4u, INSIDE_PLAN - 1u, 0);
	syscall(SYS_close_range, (unsigned)INSIDE_END, ~0u, 0);
	save_coverage();
	static char *const no_environment[] = {NULL};
	execve(start->command[0], start->command, no_environment);
	give_up(INSIDE_REPORT, start->command[0]);
}
