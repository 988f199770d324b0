/* run.c - one run of a test or program in a process of its own, all its runs, and the report of them. */
#include "host.h"
#include "kit.h"
#include "use.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TICK_MS = 100 };

/* ---- the report: one JSON object per line --------------------------------------------------- */

static void put_line(int fd, const char *text, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t written = write(fd, text + done, size - done);
		if (written < 0 && errno != EINTR)
			break;
		done += written > 0 ? (size_t)written : 0;
	}
}

void host_begins(const struct options *options)
{
	static const char text[] = "begun\n";
	put_line(options->report, text, sizeof text - 1);
}

static void put_run(FILE *out, const struct run *run)
{
	fprintf(out, "\"status\":\"%s\",\"schedule\":%u,\"signal\":%d,\"exit\":%d,\"ms\":%u,\"pid\":%d,\"pids\":[",
	        run->status, run->schedule, run->signal, run->exit, run->ms, (int)run->pid);
	pid_t pids[RT_PROCESSES];
	size_t count = rt_is_open() ? rt_pids(pids, RT_PROCESSES) : 0;
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s%d", i ? "," : "", (int)pids[i]);
	for (size_t i = 0; i < run->earlier_count; i++)
		fprintf(out, "%s%d", i || count ? "," : "", (int)run->earlier[i]);
	fprintf(out, "],");
	campaign_put_string(out, "chosen", rt_is_open() ? rt_chosen() : "");
	fprintf(out, ",\"counts_lost\":%s", rt_is_open() && rt_counts_lost() ? "true" : "false");
	fprintf(out, ",\"evidence\":[");
	for (size_t i = 0; rt_is_open() && i < rt_evidence_count(); i++) {
		fputs(i ? "," : "", out);
		campaign_put_evidence(out, rt_evidence_at(i));
	}
	fprintf(out, "],\"asserted\":[");
	for (size_t i = 0; i < run->asserted_count; i++)
		fprintf(out, "%s%u", i ? "," : "", run->asserted[i]);
	fprintf(out, "],\"reached\":[");
	for (unsigned i = 0; i < run->count.sites; i++)
		fprintf(out, "%s[%lu,%u]", i ? "," : "", (unsigned long)run->count.site[i].place, run->count.site[i].times);
	fprintf(out, "]");
}

/* ---- one run of one test -------------------------------------------------------------------- */

static unsigned now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (unsigned)(now.tv_sec * 1000 + now.tv_nsec / 1000000);
}

static bool saw(const char *kind)
{
	for (size_t i = 0; i < rt_evidence_count(); i++)
		if (strcmp(rt_evidence_at(i)->kind, kind) == 0)
			return true;
	return false;
}

static void kill_children(void)
{
	char path[64];
	int pid;
	snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
	FILE *list = fopen(path, "re");
	while (list && fscanf(list, "%d", &pid) == 1)
		kill(pid, SIGKILL);
	if (list)
		fclose(list);
}

/* All that the test left running: ended and waited for (the host is their subreaper). */
static void clean_up(void)
{
	pid_t pids[RT_PROCESSES];
	size_t count = rt_pids(pids, RT_PROCESSES);
	for (size_t i = 1; i < count; i++)
		if (pids[i] > 0)
			kill(pids[i], SIGKILL);
	rt_forget_names();
	/* And those that the table does not know. */
	while (waitpid(-1, NULL, WNOHANG) >= 0) {
		kill_children();
		waitpid(-1, NULL, 0);
	}
}

static const char *judge(struct run *run, int status, bool timed_out)
{
	run->exit = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	run->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	if (timed_out)
		return "timeout";
	if (saw("busy_wait"))
		return "fail";
	if (rt_ended() == RT_PRUNED)
		return "pruned";
	if (saw("livelock"))
		return "fail";
	if (rt_ended() == RT_HUNG)
		return "hang";
	if (saw("child_in_test") || saw("assertion") || rt_ended() == RT_LEFT)
		return "fail";
	if (rt_ended() == RT_COMPLETED && run->exit == RT_EXIT_COMPLETED)
		return "pass";
	if (run->signal)
		return run->signal == SIGXCPU ? "timeout" : "crash";
	return "fail";
}

static void limit_cpu(rlim_t seconds)
{
	struct rlimit limit;
	if (!seconds || getrlimit(RLIMIT_CPU, &limit) != 0)
		return;
	if (limit.rlim_max > seconds + 1)
		limit.rlim_max = seconds + 1; /* SIGKILL, for one who ignores SIGXCPU */
	if (limit.rlim_cur > seconds)
		limit.rlim_cur = seconds;
	setrlimit(RLIMIT_CPU, &limit);
}

void host_run(const struct unit *unit, const struct options *options, struct run *run)
{
	unsigned begin = now_ms();
	struct use use = {.looked_ms = begin, .tick_ms = TICK_MS};
	fflush(NULL);
	rt_wipe_reports();
	run->pid = fork();
	if (run->pid == 0) {
		setpgid(0, 0); /* what a test does to its group it does to itself */
		if (!options->explore)
			limit_cpu(options->cpu_s);
		close(options->report);
		if (options->quiet && options->null >= 0) {
			dup2(options->null, 1);
			dup2(options->null, 2);
		}
		sigprocmask(SIG_UNBLOCK, &options->child_signal, NULL);
		unit->body(unit->context);
	}
	int status = 0;
	bool timed_out = false;
	/* SIGCHLD is blocked, so none is missed; a tick without one is for the watch. */
	while (waitpid(run->pid, &status, WNOHANG) == 0) {
		if (sigtimedwait(&options->child_signal, NULL, &(struct timespec){.tv_nsec = TICK_MS * 1000000}) > 0)
			continue;
		rt_bury_dead();
		if (rt_watch(options->watch_cpu_ms * 1000000ull) || rt_watch_blocked())
			kill(run->pid, SIGKILL);
		pid_t pids[RT_PROCESSES] = {run->pid};
		size_t count = rt_pids(pids, RT_PROCESSES);
		if (use_look(&use, now_ms(), pids, count ? count : 1) > options->use_ms) {
			timed_out = true;
			kill(run->pid, SIGKILL);
		}
	}
	clean_up();
	run->ms = now_ms() - begin;
	run->status = judge(run, status, timed_out);
}

/* ---- all runs of one unit ------------------------------------------------------------------- */

static unsigned random_below(unsigned bound)
{
	unsigned random;
	if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
		random = (unsigned)getpid();
	return random % bound;
}

/* A process sees its number: it shall not tell the run with the turned assertion from the others. */
static void spend_numbers(void)
{
	for (unsigned i = random_below(4); i > 0; i--) {
		pid_t child = vfork();
		if (child == 0)
			_exit(0);
		if (child > 0)
			waitpid(child, NULL, 0);
	}
}

/* The control: the run that passed, once more, with one of the assertions turned round that it came to. Which one is
 * nobody's to know. Returns how that ended; "pass" would be no proof of anything. */
static const char *run_turned(const struct unit *unit, const struct options *options, const struct run *passed)
{
	struct run run = {.status = "not_run"};
	if (!passed->count.sites || rt_world_open(passed->schedule) != 0)
		return run.status;
	const struct vault_site *site = &passed->count.site[random_below(passed->count.sites)];
	vault_count_begins(site->place, 1 + random_below(site->times));
	spend_numbers();
	host_run(unit, options, &run);
	return run.status;
}

static void count_assertions(struct run *run)
{
	vault_counted(&run->count);
	if (run->asserted_count < MOST_COUNTED)
		run->asserted[run->asserted_count++] = run->count.total;
}

/* The last run speaks for the unit: the first that fails, else the last schedule. */
static const char *run_schedules(const struct unit *unit, const struct options *options, FILE *out)
{
	struct run run = {.status = "not_run"};
	unsigned first = options->only_schedule >= 0 ? (unsigned)options->only_schedule : 0;
	unsigned last = options->only_schedule >= 0 ? first : options->schedules - 1;
	bool go_on = unit->body != NULL;
	for (unsigned schedule = first; go_on && schedule <= last; schedule++) {
		run.schedule = schedule;
		run.status = "not_run";
		if (rt_world_open(schedule) != 0)
			break;
		vault_count_begins(0, 0);
		if (options->turn)
			spend_numbers();
		host_run(unit, options, &run);
		count_assertions(&run);
		go_on = strcmp(run.status, "pass") == 0 && (rt_had_concurrency() || rt_had_choices()) && schedule < last &&
		        rt_evidence_count() == 0;
		if (go_on) {
			run.earlier_count += rt_pids(run.earlier + run.earlier_count, EARLIER_PROCESSES - run.earlier_count);
			rt_world_close();
		}
	}
	put_run(out, &run);
	if (rt_is_open())
		rt_world_close();
	if (options->turn && strcmp(run.status, "pass") == 0)
		fprintf(out, ",\"turned\":\"%s\"", run_turned(unit, options, &run));
	if (rt_is_open())
		rt_world_close();
	return run.status;
}

struct exploration {
	const struct unit *unit;
	const struct options *options;
};

static const char *run_explored(void *context)
{
	const struct exploration *exploration = context;
	struct run run = {.status = "not_run"};
	host_run(exploration->unit, exploration->options, &run);
	return run.status;
}

static const char *explore(const struct unit *unit, const struct options *options, FILE *out)
{
	struct exploration exploration = {unit, options};
	unsigned begin = now_ms();
	const char *status = campaign(&options->campaign, run_explored, &exploration, out);
	fprintf(out, ",\"status\":\"%s\",\"ms\":%u", status, now_ms() - begin);
	return status;
}

static const char *judge_once(const struct unit *unit, const struct options *options)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	if (!out)
		return "not_run";
	fputc('{', out);
	campaign_put_string(out, "test", unit->name);
	fputc(',', out);
	const char *status =
	    options->explore && unit->body ? explore(unit, options, out) : run_schedules(unit, options, out);
	fprintf(out, "}\n");
	fclose(out);
	put_line(options->report, text, size);
	free(text);
	return status;
}

const char *host_judge(const struct unit *unit, const struct options *options)
{
	const char *status = judge_once(unit, options);
	struct options next = *options;
	for (unsigned i = 1; options->explore && i < options->seeds; i++) {
		next.campaign.seed++;
		judge_once(unit, &next);
	}
	return status;
}

/* ---- options -------------------------------------------------------------------------------- */

static unsigned number(const char *text)
{
	return (unsigned)strtoul(text, NULL, 10);
}

static void read_option(struct options *options, const char *name, const char *value)
{
	struct campaign_options *campaign = &options->campaign;
	if (strcmp(name, "--report") == 0)
		options->report = (int)number(value);
	else if (strcmp(name, "--tests") == 0)
		options->tests = value;
	else if (strcmp(name, "--schedules") == 0)
		options->schedules = campaign->schedules = number(value);
	else if (strcmp(name, "--choosing") == 0)
		campaign->choosing = number(value);
	else if (strcmp(name, "--schedule") == 0)
		options->only_schedule = (int)number(value);
	else if (strcmp(name, "--cpu-s") == 0)
		options->cpu_s = number(value);
	else if (strcmp(name, "--use-ms") == 0)
		options->use_ms = number(value);
	else if (strcmp(name, "--watch-cpu-ms") == 0)
		options->watch_cpu_ms = number(value);
	else if (strcmp(name, "--in-process") == 0)
		options->in_process = number(value);
	else if (strcmp(name, "--control") == 0)
		*(strcmp(value, "memory") == 0 ? &options->control_memory : &options->control) = true;
	else if (strcmp(name, "--explore") == 0)
		options->explore = (campaign->strategy = strategy_find(value)) != NULL;
	else if (strcmp(name, "--turn") == 0)
		options->turn = number(value);
	else if (strcmp(name, "--seed") == 0)
		campaign->seed = strtoull(value, NULL, 10);
	else if (strcmp(name, "--seeds") == 0)
		options->seeds = number(value);
	else if (strcmp(name, "--bound") == 0)
		campaign->bound = number(value);
	else if (strcmp(name, "--steps") == 0)
		campaign->steps = number(value);
	else if (strcmp(name, "--progress") == 0)
		campaign->progress = number(value);
	else if (strcmp(name, "--seconds") == 0)
		campaign->seconds = number(value);
	else if (strcmp(name, "--replay") == 0)
		campaign->replay = value;
	else if (strcmp(name, "--play") == 0)
		campaign->play = value;
	else if (strcmp(name, "--racy") == 0)
		campaign->racy = value;
	else if (strcmp(name, "--plays-on") == 0)
		campaign->plays_on = number(value);
	else if (strcmp(name, "--tree") == 0)
		campaign->tree = number(value);
	else if (strcmp(name, "--all") == 0)
		campaign->all = number(value);
	else if (strcmp(name, "--behind") == 0)
		campaign->behind = number(value);
	else if (strcmp(name, "--measure") == 0)
		campaign->measure = number(value);
	else if (strcmp(name, "--why-not") == 0)
		campaign->why_not = value;
	else if (strcmp(name, "--kernel-threads") == 0)
		options->kernel_threads = number(value);
	else if (strcmp(name, "--allow-deaths") == 0)
		options->allowed_deaths = strtoull(value, NULL, 10);
	else if (strcmp(name, "--quiet") == 0)
		options->quiet = number(value);
}

void host_options(int argc, char **argv, struct options *options)
{
	*options = (struct options){.report = 3,
	                            .schedules = 1,
	                            .only_schedule = -1,
	                            .cpu_s = 3,
	                            .use_ms = 10000,
	                            .watch_cpu_ms = 300,
	                            .seeds = 1,
	                            .null = -1,
	                            .campaign = {.schedules = 1000, .bound = 2, .steps = 20000}};
	for (int i = 1; i < argc; i += 2) {
		if (strcmp(argv[i], "--") == 0) {
			options->arguments_at = i + 1;
			break;
		}
		if (i + 1 < argc)
			read_option(options, argv[i], argv[i + 1]);
	}
}

int host_prepare(struct options *options)
{
	sigemptyset(&options->child_signal);
	sigaddset(&options->child_signal, SIGCHLD);
	if (options->control_memory)
		rt_control_memory();
	mallopt(M_ARENA_MAX, 1); /* their number would depend on that of the processors */
	rt_allow_deaths(options->allowed_deaths);
	if (options->explore) {
		if (search_open() != 0) {
			perror("kit: cannot map shared memory");
			return -1;
		}
	}
	if (options->in_process) {
		rt_expect_debugger();
		if (options->explore && rt_world_open(0) != 0)
			return -1;
		if (options->explore)
			campaign_plan_replay(options->campaign.replay ? options->campaign.replay : "0");
		return 0;
	}
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	sigprocmask(SIG_BLOCK, &options->child_signal, NULL);
	if (options->quiet)
		options->null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (options->explore && rt_world_open(0) != 0)
		return -1;
	rt_prepare();
	if (options->control_memory)
		kit_rehearse();
	if (options->explore && !options->kernel_threads)
		rt_fibres_open();
	return 0;
}
