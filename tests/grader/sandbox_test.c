/* sandbox_test.c - runs and the queue: limits, output, what is left behind, who cleans up.
 *
 * Each program carries a mark in its environment that its descendants inherit, so "nothing is left" can be asked of
 * /proc. */
#include "../../grader/file.h"
#include "../../grader/memory.h"
#include "../../grader/sandbox/sandbox.h"
#include "../../grader/sandbox/watch.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LONG_WALL_MS = 50000 }; /* so long that only a broken test reaches it */

static char folder[64], mark[96];

static void enter(void)
{
	strcpy(folder, "/tmp/sandbox_test.XXXXXX");
	cr_assert(ne(ptr, mkdtemp(folder), NULL));
	cr_assert(eq(int, chdir(folder), 0));
	snprintf(mark, sizeof mark, "SANDBOX_TEST=%s", folder);
}

/* How many processes carry the mark. Zombies have no environment any more and do not count. */
static int marked(void)
{
	DIR *processes = opendir("/proc");
	int count = 0;
	for (struct dirent *entry; (entry = readdir(processes));) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		char *path = format("/proc/%s/environ", entry->d_name);
		char text[4096];
		FILE *file = fopen(path, "re");
		size_t size = file ? fread(text, 1, sizeof text, file) : 0;
		if (size && memmem(text, size, mark, strlen(mark)))
			count++;
		if (file)
			fclose(file);
		free(path);
	}
	closedir(processes);
	return count;
}

/* Waits, for at most ten seconds, until the number of marked processes is zero or not. */
static bool becomes(bool some)
{
	for (int i = 0; i < 1000; i++) {
		if ((marked() > 0) == some)
			return true;
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
	}
	return false;
}

static void leave(void)
{
	cr_expect(eq(int, marked(), 0), "no process outlives its run");
	cr_assert(eq(int, chdir("/"), 0));
	folder_remove(folder);
}

TestSuite(sandbox, .init = enter, .fini = leave);

/* A run of a shell script; $1 is `argument`. */
static struct run *script(const char *text, int argument)
{
	struct run *run = run_new(folder, CAGE_NONE);
	run->output = format("%s/output.%d", folder, argument);
	run->wall_ms = LONG_WALL_MS;
	run_set(run, "%s", mark);
	run_add(run, "sh");
	run_add(run, "-c");
	run_add(run, "%s", text);
	run_add(run, "script");
	run_add(run, "%d", argument);
	return run;
}

static void keep_result(void *context, const struct run_result *result)
{
	*(struct run_result *)context = *result;
}

static struct run_result work(struct run *run)
{
	struct run_result result = {.status = -1};
	struct queue *queue = queue_new(1, -1, NULL);
	queue_add(queue, run, 0, keep_result, &result);
	cr_assert(eq(int, queue_work(queue), 0));
	queue_free(queue);
	return result;
}

static char *content(const char *name)
{
	char *text = file_read(name, 1 << 20, NULL, NULL);
	return text ? text : strdup("(no such file)");
}

static void expect_content(const char *name, const char *expected)
{
	char *text = content(name);
	cr_expect(eq(str, text, (char *)expected));
	free(text);
}

/* ---- ends ----------------------------------------------------------------------------------- */

Test(sandbox, an_exit_status_and_the_output_of_both_streams)
{
	struct run_result result = work(script("echo out; echo err >&2; exit 7", 1));
	cr_expect(eq(int, result.end, RUN_EXITED));
	cr_expect(eq(int, result.status, 7));
	cr_expect(eq(sz, result.output_bytes, 8));
	cr_expect(not(result.output_cut));
	cr_expect(eq(int, result.left_behind, 0));
	cr_expect(gt(long, result.peak_kib, 0l));
	expect_content("output.1", "out\nerr\n");
}

Test(sandbox, a_signal)
{
	struct run_result result = work(script("kill -SEGV $$", 1));
	cr_expect(eq(int, result.end, RUN_SIGNALLED));
	cr_expect(eq(int, result.status, SIGSEGV));
}

Test(sandbox, a_program_that_does_not_exist)
{
	struct run *run = run_new(folder, CAGE_NONE);
	run->output = format("%s/output", folder);
	run_add(run, "no_such_program");
	struct run_result result = work(run);
	cr_expect(eq(int, result.end, RUN_EXITED));
	cr_expect(eq(int, result.status, 127));
	expect_content("output", "cannot start no_such_program: No such file or directory\n");
}

Test(sandbox, a_program_that_is_none)
{
	cr_assert(eq(int, file_write("data", "text", 4, NULL), 0));
	struct run *run = run_new(folder, CAGE_NONE);
	run->output = format("%s/output", folder);
	run_add(run, "./data");
	struct run_result result = work(run);
	cr_expect(eq(int, result.status, 126));
	expect_content("output", "cannot start ./data: Permission denied\n");
}

Test(sandbox, a_folder_that_does_not_exist)
{
	struct run *run = run_new("/no/such/folder", CAGE_NONE);
	run->output = format("%s/output", folder);
	run_add(run, "true");
	struct run_result result = work(run);
	cr_expect(eq(int, result.status, 125));
	expect_content("output", "cannot enter /no/such/folder: No such file or directory\n");
}

Test(sandbox, a_supervisor_that_was_killed_is_no_result_of_the_program)
{
	struct run_result result = work(script("kill -KILL $PPID", 1));
	cr_expect(eq(int, result.end, RUN_NOT_STARTED));
	cr_expect(eq(str, result.problem, "the supervisor of the run was killed"));
	cr_expect(becomes(false)); /* the script had nothing more to do */
}

Test(sandbox, what_the_machine_is_to_blame_for_is_tried_three_times)
{
	struct run_result result = work(script("echo try >>tries; kill -KILL $PPID", 1));
	cr_expect(eq(int, result.end, RUN_NOT_STARTED));
	cr_expect(becomes(false));
	expect_content("tries", "try\ntry\ntry\n");
	/* and what goes well the second time has gone well */
	result = work(script("[ -e again ] && exit 5; echo >again; kill -KILL $PPID", 2));
	cr_expect(eq(int, result.end, RUN_EXITED));
	cr_expect(eq(int, result.status, 5));
}

/* ---- limits --------------------------------------------------------------------------------- */

Test(sandbox, the_wall_limit_ends_a_program_that_sleeps)
{
	struct run *run = script("sleep 1000; true", 1);
	run->wall_ms = 200;
	struct run_result result = work(run);
	cr_expect(eq(int, result.end, RUN_WALL_LIMIT));
	cr_expect(ge(int, result.wall_ms, 200));
	cr_expect(lt(int, result.wall_ms, LONG_WALL_MS));
}

Test(sandbox, the_cpu_limit_is_told_apart_from_the_wall_limit)
{
	struct run *run = script("while :; do :; done", 1);
	run->cpu_s = 1;
	struct run_result result = work(run);
	cr_expect(eq(int, result.end, RUN_CPU_LIMIT));
	cr_expect(ge(int, result.cpu_ms, 500)); /* the limit and the accounting do not count alike */
}

Test(sandbox, a_program_that_ignores_the_cpu_limit_s_signal_is_told_apart_too)
{
	struct run *run = script("trap '' XCPU; while :; do :; done", 1);
	run->cpu_s = 1;
	struct run_result result = work(run);
	cr_expect(eq(int, result.end, RUN_CPU_LIMIT));
}

Test(sandbox, output_beyond_the_limit_is_counted_but_not_kept)
{
	struct run *run = script("head -c 300000 /dev/zero | tr '\\0' x; echo end", 1);
	run->output_limit = 1000;
	struct run_result result = work(run);
	cr_expect(eq(int, result.end, RUN_EXITED));
	cr_expect(eq(sz, result.output_bytes, 300004));
	cr_expect(result.output_cut);
	char *text = content("output.1");
	cr_expect(eq(sz, strlen(text), 1000));
	cr_expect(eq(sz, strspn(text, "x"), 1000));
	free(text);
}

Test(sandbox, output_of_just_the_limit_is_whole)
{
	struct run *run = script("printf 12345", 1);
	run->output_limit = 5;
	struct run_result result = work(run);
	cr_expect(not(result.output_cut));
	expect_content("output.1", "12345");
}

Test(sandbox, a_file_cannot_grow_beyond_its_limit)
{
	struct run *run = script("head -c 1000000 /dev/zero >big; echo $?", 1);
	run->file_limit = 200000;
	work(run);
	struct stat status;
	cr_assert(eq(int, stat("big", &status), 0));
	cr_expect(eq(long, status.st_size, 200000l));
	char *expected = format("%d\n", 128 + SIGXFSZ);
	char *text = content("output.1");
	cr_expect(ne(ptr, strstr(text, expected), NULL), "head was killed by SIGXFSZ: %s", text);
	free(text);
	free(expected);
}

/* ---- what a program gets -------------------------------------------------------------------- */

Test(sandbox, a_clean_environment_and_no_descriptor_of_ours)
{
	setenv("SECRET", "of the grader", 1);
	int kept = dup(1); /* without close-on-exec */
	work(script("env | sort; cat; ls /proc/self/fd | wc -l; ulimit -c", 1));
	close(kept);
	/* 0, 1, 2 and the folder that ls itself reads */
	char *expected = format("HOME=/nonexistent\nLC_ALL=C.UTF-8\nPATH=/usr/bin:/bin\n%s\n4\n0\n", mark);
	char *text = content("output.1"), *without_pwd = strdup("");
	for (char *rest = text, *line; (line = strsep(&rest, "\n")) && rest;) { /* the shell adds PWD */
		char *longer = strncmp(line, "PWD=", 4) == 0 ? strdup(without_pwd) : format("%s%s\n", without_pwd, line);
		free(without_pwd);
		without_pwd = longer;
	}
	cr_expect(eq(str, without_pwd, expected));
	free(without_pwd);
	free(text);
	free(expected);
}

Test(sandbox, the_report_is_descriptor_3)
{
	struct run *run = script("echo written >&3", 1);
	run->report = format("%s/report", folder);
	work(run);
	expect_content("report", "written\n");
}

Test(sandbox, a_report_or_output_is_not_written_through_a_planted_link)
{
	cr_assert(eq(int, file_write("treasure", "gold", 4, NULL), 0));
	cr_assert(eq(int, symlink("treasure", "report"), 0));
	cr_assert(eq(int, symlink("treasure", "output.1"), 0));
	struct run *run = script("echo written >&3; echo written", 1);
	run->report = format("%s/report", folder);
	struct run_result result = work(run);
	cr_expect(eq(int, result.status, 125));
	expect_content("treasure", "gold");
}

Test(sandbox, fixed_addresses)
{
	struct run *run = script("cat /proc/self/personality", 1);
	run->fixed_addresses = true;
	work(run);
	expect_content("output.1", "00040000\n");
	work(script("cat /proc/self/personality", 2));
	expect_content("output.2", "00000000\n");
}

/* ---- what is left behind -------------------------------------------------------------------- */

#define WAIT_FOR(file) "while [ ! -e " file " ]; do sleep 0.01; done; "

Test(sandbox, a_daemon_that_forked_twice_into_a_session_of_its_own_is_gone)
{
	struct run_result result =
	    work(script("(setsid sh -c 'echo >daemon; exec sleep 1000' >/dev/null 2>&1 &); " WAIT_FOR("daemon"), 1));
	cr_expect(eq(int, result.end, RUN_EXITED));
	cr_expect(eq(int, result.left_behind, 1));
	cr_expect(eq(int, marked(), 0));
}

Test(sandbox, a_program_that_holds_the_output_open_does_not_hold_up_the_end)
{
	struct run_result result = work(script("sleep 1000 & echo done", 1));
	cr_expect(eq(int, result.end, RUN_EXITED));
	cr_expect(lt(int, result.wall_ms, LONG_WALL_MS));
	expect_content("output.1", "done\n");
}

Test(sandbox, a_hundred_children_are_gone_and_each_is_counted_once)
{
	struct run_result result = work(script("for i in $(seq 100); do sleep 1000 & done", 1));
	cr_expect(eq(int, result.left_behind, 100));
	cr_expect(eq(int, marked(), 0));
}

Test(sandbox, a_tree_that_still_grows_when_time_is_up_is_gone)
{
	struct run *run = script("grow() { if [ $1 -gt 0 ]; then grow $(($1 - 1)) & grow $(($1 - 1)) & fi; trap '' TERM "
	                         "HUP INT; sleep 1000; }; grow 6",
	                         1);
	run->wall_ms = 200;
	struct run_result result = work(run);
	cr_expect(eq(int, result.end, RUN_WALL_LIMIT));
	cr_expect(eq(int, marked(), 0));
}

Test(sandbox, the_run_ends_with_the_grader_even_when_that_is_killed)
{
	pid_t grader = fork();
	if (grader == 0) {
		struct run_result result;
		struct queue *queue = queue_new(2, -1, NULL);
		for (int i = 0; i < 2; i++)
			queue_add(queue, script("(setsid sleep 1000 &); exec sleep 1000", i), 0, keep_result, &result);
		queue_work(queue);
		_exit(0);
	}
	cr_expect(becomes(true), "the runs start");
	kill(grader, SIGKILL);
	int status;
	cr_assert(eq(int, waitpid(grader, &status, 0), grader));
	cr_assert(eq(int, WIFSIGNALED(status), 1));
	cr_expect(becomes(false), "the supervisors notice that the grader is gone and end the runs");
}

/* ---- the queue ------------------------------------------------------------------------------ */

struct tally {
	struct queue *queue;
	char order[32];
	int ended, failed, cancelled;
};

static void count(void *context, const struct run_result *result)
{
	struct tally *tally = context;
	tally->ended++;
	tally->cancelled += result->end == RUN_CANCELLED;
	tally->failed += result->end != RUN_EXITED || result->status != 0;
}

Test(sandbox, two_slots_run_two_at_a_time)
{
	struct tally tally = {.queue = queue_new(2, -1, NULL)};
	cr_expect(eq(uint, queue_slots(tally.queue), 2));
	/* each waits for the other: one at a time would never end */
	queue_add(tally.queue, script("echo >a; " WAIT_FOR("b"), 1), 0, count, &tally);
	queue_add(tally.queue, script("echo >b; " WAIT_FOR("a"), 2), 0, count, &tally);
	cr_assert(eq(int, queue_work(tally.queue), 0));
	cr_expect(eq(int, tally.ended, 2));
	cr_expect(eq(int, tally.failed, 0));
	queue_free(tally.queue);
}

Test(sandbox, never_more_runs_at_a_time_than_slots)
{
	struct tally tally = {.queue = queue_new(2, -1, NULL)};
	for (int i = 0; i < 12; i++)
		queue_add(tally.queue, script("echo >in.$1; set -- $1 in.*; [ $# -le 3 ] || exit 1; rm in.$1", i), 0, count,
		          &tally);
	cr_assert(eq(int, queue_work(tally.queue), 0));
	cr_expect(eq(int, tally.ended, 12));
	cr_expect(eq(int, tally.failed, 0), "a run saw more than two");
	queue_free(tally.queue);
}

Test(sandbox, without_a_number_there_is_a_slot_per_core)
{
	struct queue *queue = queue_new(0, -1, NULL);
	cr_expect(ge(uint, queue_slots(queue), 1));
	queue_free(queue);
	queue_free(NULL);
}

struct letter {
	struct tally *tally;
	char name;
	int rank_of_another; /* to add when this one has ended, or 0 */
};

static void note_order(void *context, const struct run_result *result)
{
	struct letter *letter = context;
	struct tally *tally = letter->tally;
	count(tally, result);
	strncat(tally->order, &letter->name, 1);
	static struct letter late = {.name = 'L'};
	if (letter->rank_of_another) {
		late.tally = tally;
		queue_add(tally->queue, script("true", 9), letter->rank_of_another, note_order, &late);
	}
}

Test(sandbox, higher_ranks_first_then_in_order_of_arrival_also_for_what_a_callback_adds)
{
	struct tally tally = {.queue = queue_new(1, -1, NULL)};
	struct letter letters[] = {
	    {&tally, 'a', 0}, {&tally, 'b', 0}, {&tally, 'c', 25}, {&tally, 'd', 0}, {&tally, 'e', 0}};
	static const int ranks[] = {10, 30, 30, 20, 10};
	for (int i = 0; i < 5; i++)
		queue_add(tally.queue, script("true", i), ranks[i], note_order, &letters[i]);
	cr_assert(eq(int, queue_work(tally.queue), 0));
	cr_expect(eq(str, tally.order, "bcLdae"));
	cr_expect(eq(int, tally.failed, 0));
	cr_expect(ge(dbl, queue_cpu_s(tally.queue), 0.0));
	queue_free(tally.queue);
}

static void tick(void *context)
{
	++*(int *)context;
}

Test(sandbox, the_owner_hears_a_tick_while_runs_go_on)
{
	int ticks = 0;
	struct tally tally = {.queue = queue_new(1, -1, NULL)};
	queue_add(tally.queue, script("true", 1), 0, count, &tally);
	queue_on_tick(tally.queue, tick, &ticks);
	cr_assert(eq(int, queue_work(tally.queue), 0));
	cr_expect(ge(int, ticks, 1));
	queue_free(tally.queue);
}

Test(sandbox, a_signal_cancels_all_that_runs_or_waits)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	int signals = signalfd(-1, &set, SFD_CLOEXEC);
	struct tally tally = {.queue = queue_new(2, signals, NULL)};
	char *interrupt = format("echo >b; " WAIT_FOR("a") "kill -INT %d; exec sleep 1000", (int)getpid());
	queue_add(tally.queue, script("echo >a; (setsid sleep 1000 &); exec sleep 1000", 1), 2, count, &tally);
	queue_add(tally.queue, script(interrupt, 2), 1, count, &tally);
	queue_add(tally.queue, script("echo >never", 3), 0, count, &tally);
	cr_expect(eq(int, queue_work(tally.queue), -1));
	cr_expect(eq(int, tally.ended, 3));
	cr_expect(eq(int, tally.cancelled, 3), "each owner hears that its run was cut short or never began");
	cr_expect(eq(int, marked(), 0));
	cr_expect(not(file_exists("never")));
	queue_free(tally.queue);
	free(interrupt);
	close(signals);
}

Test(sandbox, a_queue_that_is_freed_cancels_what_waits)
{
	struct tally tally = {.queue = queue_new(1, -1, NULL)};
	queue_add(tally.queue, script("echo >never", 1), 0, count, &tally);
	queue_add(tally.queue, script("echo >never", 2), 0, count, &tally);
	queue_free(tally.queue);
	cr_expect(eq(int, tally.cancelled, 2));
	cr_expect(not(file_exists("never")));
}

/* ---- use ------------------------------------------------------------------------------------ */

enum { HOUR_MS = 3600000 };

/* The supervisor got no processor for an hour: that the run was idle at the end of it says nothing of the hour. */
Test(use, a_look_that_comes_late_is_no_idle_time)
{
	struct idle idle = {.looked_ms = 1000};
	cr_expect(eq(i64, idle_look(&idle, 1020, 20, false), 20));
	cr_expect(eq(i64, idle_look(&idle, 1059, 20, false), 59), "a little late is in time");
	cr_expect(eq(i64, idle_look(&idle, 1059 + HOUR_MS, 20, false), 79));
	cr_expect(eq(i64, idle_look(&idle, 1079 + HOUR_MS, 20, false), 99), "the next look is in time");
}

Test(use, who_is_ready_is_not_idle)
{
	struct idle idle = {.looked_ms = 1000};
	cr_expect(eq(i64, idle_look(&idle, 1020, 20, true), 0));
	cr_expect(eq(i64, idle_look(&idle, 1020 + HOUR_MS, 20, true), 0));
	cr_expect(eq(i64, idle_look(&idle, 1040 + HOUR_MS, 20, false), 20), "what it did before the last look is over");
}
