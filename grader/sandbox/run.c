/* run.c - the supervisor of one run. */
#include "run.h"

#include "../layer.h"
#include "caging.h"
#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	TICK_MS = 20,      /* how often memory and processes are looked at; */
	DISK_TICKS = 5,    /* the disk, every so many ticks */
	SURE_TICKS = 10,   /* memory exactly, at most every so many ticks unless it grows */
	PATIENCE_MS = 2000 /* for `inside` to end the program that it was told to end */
};

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Who is orphaned becomes our child. */
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

/* ---- while it runs -------------------------------------------------------------------------- */

struct watch {
	const struct run *run;
	int output;   /* read end of the program's output */
	int file;     /* where it goes */
	int lifeline; /* ends when the grader does */
	int pidfd;
	size_t limit, seen;
	char head[RUN_PROBLEM]; /* the begin of the output: what bubblewrap says, if it says anything */
	size_t disk_before, free_before;
	unsigned tick, sure_tick;
	size_t sure_bytes; /* resident bytes when memory was last looked at exactly */
	struct idle idle;  /* how long nothing was ready to run */
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
	for (size_t i = 0; i < (size_t)got && watch->seen + i < sizeof watch->head - 1; i++)
		watch->head[watch->seen + i] = buffer[i];
	size_t room = watch->seen < watch->limit ? watch->limit - watch->seen : 0;
	size_t keep = (size_t)got < room ? (size_t)got : room;
	if (keep && watch->file >= 0 && write(watch->file, buffer, keep) < 0)
		watch->limit = watch->seen; /* disk full: stop keeping */
	watch->seen += (size_t)got;
}

/* Resident memory is quick to read but counts what processes share once for each; the exact figure decides. */
static bool too_much_memory(struct watch *watch, const struct usage *usage)
{
	size_t limit = watch->run->memory_limit;
	if (!layer_on("memory") || usage->resident_bytes <= limit)
		return false;
	if (watch->sure_tick && watch->tick - watch->sure_tick < SURE_TICKS &&
	    usage->resident_bytes < watch->sure_bytes + limit / 16)
		return false;
	watch->sure_tick = watch->tick;
	watch->sure_bytes = usage->resident_bytes;
	return usage_exact_bytes(usage) > limit;
}

static bool folder_is_full(const struct watch *watch)
{
	size_t allowed = watch->disk_before + watch->run->disk_limit;
	return layer_on("limits") && folder_bytes(watch->run->folder, allowed) > allowed;
}

/* Files without a name are in no folder; they are looked for when the disk fills. */
static bool too_much_disk(const struct watch *watch, const struct usage *usage)
{
	if (watch->tick % DISK_TICKS != 0 || !layer_on("limits"))
		return false;
	if (folder_is_full(watch))
		return true;
	return free_bytes(watch->run->folder) + watch->run->disk_limit < watch->free_before &&
	       nameless_bytes(usage, watch->run->folder) > watch->run->disk_limit;
}

/* Who sleeps uses time as much as who computes; who waits for a processor does not. */
static bool too_much_use(struct watch *watch, const struct usage *usage)
{
	int64_t idle_ms = idle_look(&watch->idle, now_ms(), TICK_MS, usage->ready);
	if (!watch->run->use_s || !layer_on("limits"))
		return false;
	return usage->cpu_ms + idle_ms > watch->run->use_s * 1000;
}

/* RUN_EXITED: nothing is wrong. */
static enum run_end look(struct watch *watch)
{
	struct usage usage = usage_now();
	enum run_end end = RUN_EXITED;
	watch->tick++;
	if (too_much_memory(watch, &usage))
		end = RUN_MEMORY_LIMIT;
	else if (layer_on("limits") && usage.tasks > 2 * watch->run->process_limit)
		end = RUN_PROCESS_LIMIT;
	else if (too_much_disk(watch, &usage))
		end = RUN_DISK_LIMIT;
	else if (too_much_use(watch, &usage))
		end = RUN_USE_LIMIT;
	usage_clear(&usage);
	return end;
}

static void __attribute__((noreturn)) end_with_grader(void)
{
	if (layer_on("sweep"))
		kill_descendants();
	save_coverage();
	_exit(1);
}

/* Waits for the program's end. RUN_EXITED: it has come; else it has to be killed, because of this. */
static enum run_end wait_for_end(struct watch *watch, int64_t deadline)
{
	bool caged = watch->run->cage != CAGE_NONE;
	int64_t next = now_ms() + TICK_MS;
	for (;;) {
		struct pollfd fds[3] = {{watch->pidfd, POLLIN, 0}, {watch->output, POLLIN, 0}, {watch->lifeline, POLLIN, 0}};
		int64_t now = now_ms(), until = caged && next < deadline ? next : deadline;
		if (deadline <= now)
			return RUN_WALL_LIMIT;
		if (poll(fds, 3, until > now ? (int)(until - now) : 0) < 0)
			continue;
		if (fds[1].revents)
			copy_output(watch);
		if (fds[2].revents)
			end_with_grader();
		if (fds[0].revents)
			return RUN_EXITED;
		if (!caged || now_ms() < next)
			continue;
		enum run_end end = look(watch);
		if (end != RUN_EXITED)
			return end;
		next = now_ms() + TICK_MS;
	}
}

/* Gives `inside`, which has been told to end the program, time to do that and to say how. */
static void wait_for_inside(struct watch *watch)
{
	for (int64_t deadline = now_ms() + PATIENCE_MS, now; (now = now_ms()) < deadline;) {
		struct pollfd fds[3] = {{watch->pidfd, POLLIN, 0}, {watch->output, POLLIN, 0}, {watch->lifeline, POLLIN, 0}};
		if (poll(fds, 3, (int)(deadline - now)) < 0)
			continue;
		if (fds[1].revents)
			copy_output(watch);
		if (fds[2].revents)
			end_with_grader();
		if (fds[0].revents)
			return;
	}
}

/* ---- its end -------------------------------------------------------------------------------- */

/* bubblewrap's exit status says nothing: it is `inside` that saw the program. If that said nothing, either we killed
 * both, or bubblewrap did not come so far and its complaint is all the output there is. */
static void hear(struct caging *caging, const struct cage *cage, const struct watch *watch, enum run_end cause,
                 struct end *end, struct run_result *result)
{
	if (caging_hear(caging, end, result) || !cage->namespaces)
		return;
	*end = (struct end){.killed = true};
	result->left_behind = 0;
	const char *said = *watch->head ? watch->head : "the cage was killed";
	if (cause == RUN_EXITED)
		snprintf(result->problem, sizeof result->problem, "%.*s", (int)strcspn(said, "\n"), said);
}

static void judge_end(const struct run *run, const struct end *end, enum run_end cause, struct run_result *result)
{
	if (*result->problem) {
		result->end = RUN_NOT_STARTED;
		return;
	}
	if (!end->known || end->killed) {
		result->end = cause;
		return;
	}
	result->status = end->status;
	if (end->code == CLD_EXITED)
		result->end = RUN_EXITED;
	else if (end->status == SIGXCPU ||
	         (end->status == SIGKILL && result->cpu_ms >= run->cpu_s * 1000)) /* SIGKILL: it ignored SIGXCPU */
		result->end = RUN_CPU_LIMIT;
	else
		result->end = RUN_SIGNALLED;
}

static void account(struct run_result *result, int64_t begin)
{
	struct rusage usage;
	getrusage(RUSAGE_CHILDREN, &usage);
	result->wall_ms = (int)(now_ms() - begin);
	result->cpu_ms = (int)((usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
	                       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000);
	result->peak_kib = usage.ru_maxrss;
}

/* Our child: the program itself, or bubblewrap. */
static struct end reap(pid_t pid, enum run_end cause, struct run_result *result)
{
	siginfo_t info = {0};
	if (cause != RUN_EXITED && !layer_on("sweep"))
		kill(pid, SIGKILL);
	waitid(P_PID, (id_t)pid, &info, WEXITED | (cause != RUN_EXITED && layer_on("sweep") ? WNOHANG : 0));
	if (layer_on("sweep"))
		result->left_behind = kill_descendants();
	if (info.si_pid == 0)
		result->left_behind--; /* the program itself */
	return (struct end){info.si_pid != 0, false, info.si_code, info.si_status};
}

/* All writers are dead: what is left in the pipe is all there is. */
static void drain_output(struct watch *watch)
{
	if (watch->output >= 0)
		fcntl(watch->output, F_SETFL, O_NONBLOCK);
	for (size_t before = SIZE_MAX; watch->output >= 0 && before != watch->seen;) {
		before = watch->seen;
		copy_output(watch);
	}
}

/* ---- the supervisor ------------------------------------------------------------------------- */

static int output_file(const struct run *run)
{
	if (!run->output)
		return -1;
	if (run->cage != CAGE_NONE)
		return fresh_file(run->output);
	return open(run->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
}

/* Who hands over to another processor has to wake it up, which takes longer than the turn itself. */
static void stay_here(void)
{
	cpu_set_t one;
	int processor = sched_getcpu();
	if (processor < 0)
		return;
	CPU_ZERO(&one);
	CPU_SET(processor, &one);
	sched_setaffinity(0, sizeof one, &one);
}

/* The program's process, or -1. No library's handlers run in between (pthread_atfork(3)), here and in run_start:
 * libuv's close descriptors by the numbers that they had in the grader, which are others in the supervisor. */
static pid_t start(const struct run *run, struct caging *caging, struct watch *watch)
{
	int output[2];
	if (caging) {
		watch->disk_before = folder_bytes(run->folder, SIZE_MAX);
		watch->free_before = free_bytes(run->folder);
	}
	if (watch->disk_before == SIZE_MAX || pipe2(output, O_CLOEXEC) != 0)
		return -1;
	if (caging)
		caging->start.output = output[1];
	pid_t pid = _Fork();
	if (pid == 0 && run->one_processor)
		stay_here();
	if (pid == 0 && caging)
		start_caged(&caging->start);
	if (pid == 0)
		start_plain(run, output[1]);
	close(output[1]);
	watch->output = output[0];
	watch->pidfd = pid < 0 ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
	if (caging)
		caging_started(caging);
	return pid;
}

/* From the start to the last process' end. */
static int see_through(const struct run *run, const struct cage *cage, struct caging *caging, struct watch *watch,
                       struct run_result *result)
{
	int64_t begin = now_ms();
	watch->idle.looked_ms = begin;
	pid_t pid = start(run, caging, watch);
	if (pid < 0)
		return not_started(result, "cannot start", run->argv[0]);
	enum run_end cause = wait_for_end(watch, begin + run->wall_ms);
	if (caging && cause != RUN_EXITED) {
		caging_order_end(caging);
		if (cage->namespaces)
			wait_for_inside(watch);
	}
	struct end end = reap(pid, cause, result);
	drain_output(watch);
	account(result, begin);
	if (caging)
		hear(caging, cage, watch, cause, &end, result);
	if (caging && cause == RUN_EXITED && folder_is_full(watch)) {
		cause = RUN_DISK_LIMIT;
		end.killed = true;
	}
	judge_end(run, &end, cause, result);
	return 0;
}

static int supervise(const struct run *run, const struct cage *cage, int lifeline, struct run_result *result)
{
	struct watch watch = {.run = run, .lifeline = lifeline, .limit = run->output_limit, .file = -1};
	struct caging caging;
	bool caged = run->cage != CAGE_NONE;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	prctl(PR_SET_DUMPABLE, 0);
	if (!layer_on("limits"))
		watch.limit = SIZE_MAX;
	errno = ENOTSUP;
	if (caged && !cage)
		return not_started(result, "there is no cage for", run->argv[0]);
	watch.file = output_file(run);
	if (caged && caging_prepare(&caging, run, cage, result) != 0)
		return -1;
	if (see_through(run, cage, caged ? &caging : NULL, &watch, result) != 0)
		return -1;
	result->output_bytes = watch.seen;
	result->output_cut = watch.seen > run->output_limit;
	result->use_limited = run->use_s > 0;
	return 0;
}

/* Above all the lifelines of other runs: they must end with the grader. */
static void close_others(const struct run *run, const struct cage *cage, int lifeline, int results)
{
	int keep[FILTER_PROFILES + 5] = {lifeline, results, run->stream[0], run->stream[1], run->stream[2]};
	size_t count = 5;
	for (size_t i = 0; cage && i < FILTER_PROFILES; i++)
		keep[count++] = cage->filter[i];
	int low = 3;
	for (;;) {
		int next = -1;
		for (size_t i = 0; i < count; i++)
			if (keep[i] >= low && (next < 0 || keep[i] < next))
				next = keep[i];
		if (next < 0)
			break;
		if (next > low)
			syscall(SYS_close_range, (unsigned)low, (unsigned)next - 1, 0);
		low = next + 1;
	}
	syscall(SYS_close_range, (unsigned)low, ~0u, 0);
}

pid_t run_start(const struct run *run, const struct cage *cage, int lifeline[2], int results[2])
{
	if (pipe2(lifeline, O_CLOEXEC) != 0)
		return -1;
	if (pipe2(results, O_CLOEXEC) != 0) {
		close(lifeline[0]);
		close(lifeline[1]);
		return -1;
	}
	pid_t pid = _Fork();
	if (pid == 0) {
		/* A signal for the grader (Ctrl-C reaches the whole foreground group) is the grader's to handle: we follow by
		 * the lifeline. */
		setpgid(0, 0);
		close_others(run, cage, lifeline[0], results[1]);
		struct run_result result = {.end = RUN_NOT_STARTED};
		supervise(run, cage, lifeline[0], &result);
		ssize_t ignored = write(results[1], &result, sizeof result);
		save_coverage();
		_exit(ignored == sizeof result ? 0 : 1);
	}
	int cause = errno;
	close(lifeline[0]);
	close(results[1]);
	if (pid < 0) {
		close(lifeline[1]);
		close(results[0]);
		errno = cause;
	}
	return pid;
}

struct run_result run_now(const struct run *run, const struct cage *cage)
{
	struct run_result result = {.end = RUN_NOT_STARTED};
	int lifeline[2], results[2];
	pid_t pid = run_start(run, cage, lifeline, results);
	if (pid < 0) {
		snprintf(result.problem, sizeof result.problem, "cannot start a process: %s", strerror(errno));
		return result;
	}
	struct run_result heard;
	if (read(results[0], &heard, sizeof heard) == sizeof heard)
		result = heard;
	else
		snprintf(result.problem, sizeof result.problem, "the supervisor of the run was killed");
	close(lifeline[1]);
	close(results[0]);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return result;
}
