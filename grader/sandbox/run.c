/* run.c - the supervisor of one run. */
#include "run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	DEFAULT_WALL_MS = 30000,
	DEFAULT_CPU_S = 30,
	DEFAULT_OUTPUT = 1 << 20,
	DEFAULT_FILE = 64 << 20,
	DEFAULT_STACK = 8 << 20,
	OPEN_FILES = 256
};

struct run *run_new(const char *folder)
{
	struct run *run = calloc(1, sizeof *run);
	if (!run)
		abort();
	run->folder = strdup(folder);
	run->wall_ms = DEFAULT_WALL_MS;
	run->cpu_s = DEFAULT_CPU_S;
	run->output_limit = DEFAULT_OUTPUT;
	run->file_limit = DEFAULT_FILE;
	run->stack_limit = DEFAULT_STACK;
	run_set(run, "PATH=/usr/bin:/bin");
	run_set(run, "LC_ALL=C.UTF-8");
	run_set(run, "HOME=/nonexistent");
	return run;
}

static void append(char ***list, const char *template, va_list args)
{
	size_t count = 0;
	while (*list && (*list)[count])
		count++;
	*list = realloc(*list, (count + 2) * sizeof **list);
	if (!*list || vasprintf(&(*list)[count], template, args) < 0)
		abort();
	(*list)[count + 1] = NULL;
}

void run_add(struct run *run, const char *template, ...)
{
	va_list args;
	va_start(args, template);
	append(&run->argv, template, args);
	va_end(args);
}

void run_set(struct run *run, const char *template, ...)
{
	va_list args;
	va_start(args, template);
	append(&run->env, template, args);
	va_end(args);
}

void run_free(struct run *run)
{
	if (!run)
		return;
	for (char **item = run->argv; item && *item; item++)
		free(*item);
	for (char **item = run->env; item && *item; item++)
		free(*item);
	free(run->argv);
	free(run->env);
	free(run->folder);
	free(run->output);
	free(run->report);
	free(run);
}

/* Forked processes end by _exit or exec, which a coverage build's counters do not survive. Nothing in other builds. */
void __gcov_dump(void) __attribute__((weak));
static void save_coverage(void)
{
	if (__gcov_dump)
		__gcov_dump();
}

/* ---- in the program's process, before exec -------------------------------------------------- */

static void limit(int resource, rlim_t soft, rlim_t hard)
{
	setrlimit(resource, &(struct rlimit){soft, hard});
}

static void __attribute__((noreturn)) start_program(const struct run *run, int output)
{
	sigset_t none;
	sigemptyset(&none);
	for (int signal_number = 1; signal_number < NSIG; signal_number++)
		signal(signal_number, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	umask(022);
	limit(RLIMIT_CORE, 0, 0);
	limit(RLIMIT_CPU, (rlim_t)run->cpu_s, (rlim_t)run->cpu_s + 2);
	limit(RLIMIT_FSIZE, run->file_limit, run->file_limit);
	limit(RLIMIT_STACK, run->stack_limit, run->stack_limit);
	limit(RLIMIT_NOFILE, OPEN_FILES, OPEN_FILES);
	int null = open("/dev/null", O_RDONLY);
	int report = run->report ? open(run->report, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0644) : -1;
	if (chdir(run->folder) != 0 || null < 0 || (run->report && report < 0)) {
		dprintf(output, "cannot enter %s: %s\n", run->folder, strerror(errno));
		_exit(125);
	}
	dup2(null, 0);
	dup2(output, 1);
	dup2(output, 2);
	if (report >= 0 && report != 3)
		dup2(report, 3);
	syscall(SYS_close_range, run->report ? 4u : 3u, ~0u, 0);
	if (run->fixed_addresses)
		personality(ADDR_NO_RANDOMIZE);
	save_coverage();
	execvpe(run->argv[0], run->argv, run->env);
	dprintf(2, "cannot start %s: %s\n", run->argv[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

/* ---- the supervisor ------------------------------------------------------------------------- */

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Kills all children of this process, and theirs, until there are none: who is orphaned becomes our child. Returns how
 * many were alive. */
int kill_descendants(void)
{
	int killed = 0;
	for (;;) {
		char path[64];
		snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
		FILE *children = fopen(path, "re");
		int pid, status;
		while (children && fscanf(children, "%d", &pid) == 1)
			kill(pid, SIGKILL);
		if (children)
			fclose(children);
		if (waitpid(-1, &status, 0) > 0)
			killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
		else if (errno == ECHILD)
			return killed;
	}
}

struct watch {
	int output;   /* read end of the program's output */
	int file;     /* where it goes */
	int lifeline; /* ends when the grader does */
	int pidfd;
	size_t limit, seen;
};

static void copy_output(struct watch *watch)
{
	char buffer[16384];
	ssize_t got = read(watch->output, buffer, sizeof buffer);
	if (got <= 0) {
		if (got == 0 || (errno != EINTR && errno != EAGAIN)) {
			close(watch->output);
			watch->output = -1;
		}
		return;
	}
	size_t room = watch->seen < watch->limit ? watch->limit - watch->seen : 0;
	size_t keep = (size_t)got < room ? (size_t)got : room;
	if (keep && watch->file >= 0 && write(watch->file, buffer, keep) < 0)
		watch->limit = watch->seen; /* disk full: stop keeping */
	watch->seen += (size_t)got;
}

/* Waits for the program's end. True if it has to be killed because time is up. */
static bool wait_for_end(struct watch *watch, int64_t deadline)
{
	for (;;) {
		struct pollfd fds[3] = {{watch->pidfd, POLLIN, 0}, {watch->output, POLLIN, 0}, {watch->lifeline, POLLIN, 0}};
		int64_t left = deadline - now_ms();
		if (left <= 0)
			return true;
		if (poll(fds, 3, (int)left) < 0)
			continue;
		if (fds[1].revents)
			copy_output(watch);
		if (fds[2].revents) { /* the grader is gone */
			kill_descendants();
			save_coverage();
			_exit(1);
		}
		if (fds[0].revents)
			return false;
	}
}

static int supervise(const struct run *run, int lifeline, struct run_result *result)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	prctl(PR_SET_DUMPABLE, 0);
	int output[2];
	if (pipe2(output, O_CLOEXEC) != 0)
		return -1;
	struct watch watch = {.output = output[0], .lifeline = lifeline, .limit = run->output_limit, .file = -1};
	if (run->output)
		watch.file = open(run->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	int64_t begin = now_ms();
	pid_t pid = fork();
	if (pid < 0)
		return -1;
	if (pid == 0)
		start_program(run, output[1]);
	close(output[1]);
	watch.pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	bool late = wait_for_end(&watch, begin + run->wall_ms);
	siginfo_t info = {0};
	int flags = WEXITED | (late ? WNOHANG : 0);
	waitid(P_PID, (id_t)pid, &info, flags);
	result->left_behind = kill_descendants();
	if (late && info.si_pid == 0)
		result->left_behind--;                /* the program itself */
	fcntl(watch.output, F_SETFL, O_NONBLOCK); /* all writers are dead: what is left in the pipe is all there is */
	for (size_t before = SIZE_MAX; watch.output >= 0 && before != watch.seen;) {
		before = watch.seen;
		copy_output(&watch);
	}
	struct rusage usage;
	getrusage(RUSAGE_CHILDREN, &usage);
	result->wall_ms = (int)(now_ms() - begin);
	result->cpu_ms = (int)((usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
	                       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000);
	result->peak_kib = usage.ru_maxrss;
	result->output_bytes = watch.seen;
	result->output_cut = watch.seen > run->output_limit;
	result->status = info.si_status;
	if (info.si_pid == 0)
		result->end = RUN_WALL_LIMIT;
	else if (info.si_code == CLD_EXITED)
		result->end = RUN_EXITED;
	else if (info.si_status == SIGXCPU ||
	         (info.si_status == SIGKILL && result->cpu_ms >= run->cpu_s * 1000)) /* SIGKILL: it ignored SIGXCPU */
		result->end = RUN_CPU_LIMIT;
	else
		result->end = RUN_SIGNALLED;
	return 0;
}

/* Above all the lifelines of other runs: they must end with the grader. */
static void close_others(unsigned a, unsigned b)
{
	unsigned low = a < b ? a : b, high = a < b ? b : a;
	if (low > 3)
		syscall(SYS_close_range, 3u, low - 1, 0);
	if (high > low + 1)
		syscall(SYS_close_range, low + 1, high - 1, 0);
	syscall(SYS_close_range, high + 1, ~0u, 0);
}

pid_t run_start(const struct run *run, int lifeline[2], int results[2])
{
	if (pipe2(lifeline, O_CLOEXEC) != 0)
		return -1;
	if (pipe2(results, O_CLOEXEC) != 0) {
		close(lifeline[0]);
		close(lifeline[1]);
		return -1;
	}
	pid_t pid = fork();
	if (pid == 0) {
		/* A signal for the grader (Ctrl-C reaches the whole foreground group) is the grader's to handle: we follow by
		 * the lifeline. */
		setpgid(0, 0);
		close_others((unsigned)lifeline[0], (unsigned)results[1]);
		struct run_result result = {.end = RUN_NOT_STARTED};
		if (supervise(run, lifeline[0], &result) != 0)
			snprintf(result.problem, sizeof result.problem, "cannot start a process: %s", strerror(errno));
		ssize_t ignored = write(results[1], &result, sizeof result);
		save_coverage();
		_exit(ignored == sizeof result ? 0 : 1);
	}
	close(lifeline[0]);
	close(results[1]);
	return pid;
}
