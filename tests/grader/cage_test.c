/* cage_test.c - what a caged program can reach, use and leave behind, in each mode that this machine has.
 *
 * The programs are tests/grader/caged/act.c: their arguments say what to try, their output what came of it. Each test
 * runs in the machine's own mode and then with namespaces taken away ("good"), so that both are tried wherever there
 * are namespaces. */
#include "../../grader/file.h"
#include "../../grader/memory.h"
#include "../../grader/sandbox/inside/landlock.h"
#include "../../grader/sandbox/run.h"
#include "../../grader/sandbox/watch.h"

#include <criterion/criterion.h>
#include <criterion/hooks.h>
#include <criterion/new/assert.h>
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LONG_WALL_MS = 50000, MIB = 1 << 20 };

/* ---- before all tests: the program in three builds ------------------------------------------ */

static void compile(const char *folder, const char *name, const char *flags)
{
	char *command = format("gcc -std=gnu17 -D_GNU_SOURCE -g -pthread %s tests/grader/caged/%s.c -o %s/%s", flags,
	                       strcmp(name, "racy") == 0 ? "racy" : "act", folder, name);
	if (system(command) != 0)
		abort();
	free(command);
}

/* For users other than root's, too. */
static void make_folder(char *pattern, const char *variable)
{
	if (!mkdtemp(pattern) || chmod(pattern, 0755) != 0)
		abort();
	setenv(variable, pattern, 1);
}

ReportHook(PRE_ALL)(struct criterion_test_set *unused)
{
	(void)unused;
	char folder[] = "/tmp/cage_programs.XXXXXX";
	char roots[] = "/var/tmp/cage_test.XXXXXX"; /* not where runs have a folder of their own */
	make_folder(folder, "CAGE_PROGRAMS");
	make_folder(roots, "CAGE_ROOTS");
	compile(folder, "act", "-O1");
	compile(folder, "racy", "-O0 -fsanitize=thread");
}

/* A test that was skipped or failed has not cleaned up. */
ReportHook(POST_ALL)(struct criterion_global_stats *unused)
{
	(void)unused;
	folder_remove(getenv("CAGE_PROGRAMS"));
	folder_remove(getenv("CAGE_ROOTS"));
}

/* ---- one test ------------------------------------------------------------------------------- */

static char root[64], folder[80], *act;
static struct cage *cage;
static bool strong;

static void enter(void)
{
	struct error error = {0};
	snprintf(root, sizeof root, "%s/XXXXXX", getenv("CAGE_ROOTS"));
	cr_assert(ne(ptr, mkdtemp(root), NULL));
	cr_assert(eq(int, chmod(root, 0755), 0)); /* for users other than root's */
	cage = cage_open("build/inside", root, &error);
	cr_assert(ne(ptr, cage, NULL), "%s", error.text);
	snprintf(folder, sizeof folder, "%s/run/%d-1", root, (int)getpid());
	cr_assert(eq(int, folder_make(folder, &error), 0));
	act = format("%s/act", getenv("CAGE_PROGRAMS"));
	if (cage_mode(cage) == CAGE_WEAK)
		cr_skip("this machine has no cage");
}

static void leave(void)
{
	cage_close(cage);
	folder_remove(root);
	free(act);
}

TestSuite(cage, .init = enter, .fini = leave);

/* What is left when bubblewrap cannot make namespaces. */
static void without_namespaces(void)
{
	cage->namespaces = false;
	cage->shield = !cage->own_user && landlock_abi() < ABI_SCOPES_SIGNALS;
	if (cage_mode(cage) != CAGE_GOOD)
		cr_skip("this machine has no Landlock");
}

/* Two tests of one body. */
#define IN_BOTH_MODES(name)                                                                                            \
	static void name(void);                                                                                            \
	Test(cage, name)                                                                                                   \
	{                                                                                                                  \
		if (!cage->namespaces)                                                                                         \
			cr_skip("this machine has no namespaces");                                                                 \
		strong = true;                                                                                                 \
		name();                                                                                                        \
	}                                                                                                                  \
	Test(cage, name##_without_namespaces)                                                                              \
	{                                                                                                                  \
		without_namespaces();                                                                                          \
		name();                                                                                                        \
	}                                                                                                                  \
	static void name(void)

static struct run *caged(enum run_cage kind, const char *program)
{
	struct run *run = run_new(folder, kind);
	run->output = format("%s/output", folder);
	run->wall_ms = LONG_WALL_MS;
	run_show(run, "%s", program);
	run_add(run, "%s", program);
	return run;
}

/* `words` are taken apart at spaces. */
static struct run *acting(const char *words)
{
	struct run *run = caged(CAGE_JUDGED, act);
	char *copy = strdup(words), *rest = copy;
	for (char *word; (word = strsep(&rest, " "));)
		run_add(run, "%s", word);
	free(copy);
	return run;
}

static void keep_result(void *context, const struct run_result *result)
{
	*(struct run_result *)context = *result;
}

static struct run_result work(struct run *run)
{
	struct run_result result = {.status = -1};
	struct queue *queue = queue_new(1, -1, cage);
	queue_add(queue, run, 0, keep_result, &result);
	cr_assert(eq(int, queue_work(queue), 0));
	queue_free(queue);
	if (result.end == RUN_NOT_STARTED)
		cr_log_info("not started: %s", result.problem);
	return result;
}

static char *content(const char *name)
{
	char *path = format("%s/%s", folder, name), *text = file_read(path, 8 * MIB, NULL, NULL);
	free(path);
	return text ? text : strdup("(no such file)");
}

static void expect_output(const char *expected)
{
	char *text = content("output");
	cr_expect(eq(str, text, (char *)expected));
	free(text);
}

/* Runs to its end and prints that. */
static void expect(const char *words, const char *output)
{
	struct run_result result = work(acting(words));
	cr_expect(eq(int, result.end, RUN_EXITED), "%s", words);
	cr_expect(eq(int, result.status, 0), "%s", words);
	expect_output(output);
}

static void expect_end(struct run *run, enum run_end end, int status)
{
	struct run_result result = work(run);
	cr_expect(eq(int, result.end, end));
	cr_expect(eq(int, result.status, status));
}

/* Was the process started with KIT_RUN=name? Zombies have no environment any more. */
static bool has_mark(const char *pid, const char *name)
{
	char *path = format("/proc/%s/environ", pid), *mark = format("KIT_RUN=%s", name), text[4096];
	look_as_owner((pid_t)strtol(pid, NULL, 10));
	FILE *file = fopen(path, "re");
	size_t size = file ? fread(text, 1, sizeof text, file) : 0;
	look_as_self();
	bool found = size && memmem(text, size, mark, strlen(mark) + 1);
	if (file)
		fclose(file);
	free(mark);
	free(path);
	return found;
}

/* How many processes belong to runs in the folder. */
static int marked(void)
{
	DIR *processes = opendir("/proc");
	int count = 0;
	for (struct dirent *entry; (entry = readdir(processes));)
		count += isdigit((unsigned char)entry->d_name[0]) && has_mark(entry->d_name, folder);
	closedir(processes);
	return count;
}

/* Waits, for at most ten seconds, until there are so many or, with `count` 0, none. */
static bool becomes(int count)
{
	for (int i = 0; i < 1000; i++) {
		int now = marked();
		if (count ? now >= count : now == 0)
			return true;
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
	}
	return false;
}

static void reap(pid_t pid)
{
	int status;
	cr_assert(eq(int, waitpid(pid, &status, 0), pid));
}

/* ---- ends ----------------------------------------------------------------------------------- */

IN_BOTH_MODES(an_exit_status_is_exact)
{
	expect_end(acting("exit 7"), RUN_EXITED, 7);
	expect_end(acting("exit 125"), RUN_EXITED, 125);
	expect_end(acting("exit 139"), RUN_EXITED, 139); /* not a signal */
	expect_end(acting("exit 0"), RUN_EXITED, 0);
}

IN_BOTH_MODES(a_signal_is_exact)
{
	expect_end(caged(CAGE_TOOL, "/usr/bin/false"), RUN_EXITED, 1);
	struct run *run = caged(CAGE_TOOL, "/bin/sh");
	run_add(run, "-c");
	run_add(run, "kill -SEGV $$");
	expect_end(run, RUN_SIGNALLED, SIGSEGV);
	run = caged(CAGE_TOOL, "/bin/sh");
	run_add(run, "-c");
	run_add(run, "kill -KILL $$");
	expect_end(run, RUN_SIGNALLED, SIGKILL);
}

IN_BOTH_MODES(what_cannot_start_says_why_and_is_not_the_programs_fault)
{
	struct run *run = run_new(folder, CAGE_JUDGED);
	run_add(run, "./no_such_program");
	struct run_result result = work(run);
	cr_expect(eq(int, result.end, RUN_NOT_STARTED));
	cr_expect(ne(ptr, strstr(result.problem, "no_such_program"), NULL), "%s", result.problem);
	run = acting("exit 0");
	run_show(run, "%s/nothing", root);
	result = work(run);
	cr_expect(eq(int, result.end, RUN_NOT_STARTED));
	cr_expect(ne(ptr, strstr(result.problem, "nothing"), NULL), "%s", result.problem);
}

Test(cage, without_a_cage_a_caged_run_does_not_start)
{
	struct run_result result = {.end = RUN_EXITED};
	struct queue *queue = queue_new(1, -1, NULL);
	queue_add(queue, acting("write secret"), 0, keep_result, &result);
	cr_assert(eq(int, queue_work(queue), 0));
	queue_free(queue);
	cr_expect(eq(int, result.end, RUN_NOT_STARTED));
	expect_output("(no such file)");
}

Test(cage, a_protection_that_cannot_be_put_on_keeps_the_program_from_starting)
{
	without_namespaces();
	close(cage->filter[FILTER_JUDGED]);
	cage->filter[FILTER_JUDGED] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct run_result result = work(acting("write secret"));
	cr_expect(eq(int, result.end, RUN_NOT_STARTED));
	cr_expect(ne(ptr, strstr(result.problem, "filter"), NULL), "%s", result.problem);
	expect_output("");
}

Test(cage, a_helper_that_is_missing_is_an_error)
{
	struct error error = {0};
	cr_expect(eq(ptr, cage_open("build/no_such_helper", root, &error), NULL));
	cr_expect(ne(ptr, strstr(error.text, "no_such_helper"), NULL), "%s", error.text);
}

Test(cage, every_probe_says_what_was_found_and_what_is_missing_how_to_get_it)
{
	size_t count = 0;
	for (const struct cage_probe *probe; (probe = cage_probe_at(cage, count)); count++) {
		cr_expect(ne(str, probe->what, ""));
		cr_expect(ne(str, probe->detail, ""), "%s", probe->what);
		cr_expect(eq(int, probe->there, *probe->get == 0), "%s: %s", probe->what, probe->get);
	}
	cr_expect(ge(sz, count, 6));
	cr_expect(eq(str, (char *)cage_mode_name(cage_mode(cage)), cage->namespaces ? "strong" : "good"));
}

/* ---- limits --------------------------------------------------------------------------------- */

IN_BOTH_MODES(time_is_limited)
{
	struct run *run = acting("sleep 1000000");
	run->wall_ms = 300;
	expect_end(run, RUN_WALL_LIMIT, 0);
	run = acting("ignoring sleep 1000000");
	run->wall_ms = 300;
	expect_end(run, RUN_WALL_LIMIT, 0);
	run = acting("spin");
	run->cpu_s = 1;
	expect_end(run, RUN_CPU_LIMIT, SIGXCPU);
	run = acting("ignoring spin");
	run->cpu_s = 1;
	expect_end(run, RUN_CPU_LIMIT, SIGKILL);
}

/* bubblewrap's reason is told to its end. */
Test(cage, a_long_reason_is_whole)
{
	char name[201] = {0};
	memset(name, 'x', sizeof name - 1);
	if (!cage->namespaces)
		return;
	struct run *run = acting("exit 3");
	run_show(run, "/%s/nothing", name);
	struct run_result result = work(run);
	cr_expect(eq(int, result.end, RUN_NOT_STARTED));
	cr_expect(ne(ptr, strstr(result.problem, "No such file or directory"), NULL), "%s", result.problem);
}

/* Computing or asleep, alone or in children that were waited for; the wall time is far. */
IN_BOTH_MODES(use_is_limited)
{
	static const char *const acts[] = {"spin", "sleep 1000000", "ignoring sleep 1000000"};
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
		struct run *run = acting(acts[i]);
		run->use_s = 1;
		struct run_result result = work(run);
		cr_expect(eq(int, result.end, RUN_USE_LIMIT), "%s", acts[i]);
		cr_expect(not(is_starved(&result)));
	}
	struct run *run = acting("exit 3");
	run->use_s = 60;
	expect_end(run, RUN_EXITED, 3);
}

IN_BOTH_MODES(cpu_time_and_memory_are_accounted)
{
	struct run *run = acting("spin");
	run->cpu_s = 1;
	struct run_result result = work(run);
	cr_expect(ge(int, result.cpu_ms, 500)); /* the limit and the accounting do not count alike */
	result = work(acting("private 100"));
	cr_expect(eq(int, result.end, RUN_EXITED));
	cr_expect(ge(long, result.peak_kib, 100l * 1024));
	cr_expect(lt(long, result.peak_kib, 200l * 1024));
}

IN_BOTH_MODES(memory_is_limited)
{
	struct run *run = acting("private 900 exit 3");
	run->memory_limit = 200 * MIB;
	expect_end(run, RUN_MEMORY_LIMIT, 0);
	run = acting("shared 900 exit 3");
	run->memory_limit = 200 * MIB;
	expect_end(run, RUN_MEMORY_LIMIT, 0);
	run = acting("private 100 sleep 200 exit 3");
	run->memory_limit = 200 * MIB;
	expect_end(run, RUN_EXITED, 3);
}

IN_BOTH_MODES(memory_that_processes_share_counts_once)
{
	struct run *run = acting("private 100 forks 8 sleep 500 exit 3");
	run->memory_limit = 200 * MIB;
	expect_end(run, RUN_EXITED, 3);
}

/* In containers root has not all that it has elsewhere. */
static void give_up_looking_into_others(void)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	cr_assert(syscall(SYS_capget, &header, data) == 0);
	data[0].effective &= ~(1u << CAP_SYS_PTRACE);
	data[0].permitted &= ~(1u << CAP_SYS_PTRACE);
	data[0].inheritable &= ~(1u << CAP_SYS_PTRACE);
	cr_assert(syscall(SYS_capset, &header, data) == 0);
}

Test(cage, memory_is_counted_where_root_may_not_look_into_others)
{
	if (!cage->own_user)
		cr_skip("only root lends users");
	without_namespaces();
	give_up_looking_into_others();
	memory_is_limited();
	memory_that_processes_share_counts_once();
}

/* Only where the count is the run's own: with namespaces, or a user of its own. */
IN_BOTH_MODES(processes_and_threads_are_limited)
{
	if (!strong && !cage->own_user)
		cr_skip("here the limit counts all processes of the user");
	struct run *run = acting("forks 100");
	run->process_limit = 20;
	struct run_result result = work(run);
	cr_expect(eq(int, result.left_behind, 19)); /* the program is the twentieth */
	expect_output("forks: 19 EAGAIN\n");
	run = acting("threads 100");
	run->process_limit = 20;
	work(run);
	expect_output("threads: 19 EAGAIN\n");
}

Test(cage, without_a_count_of_its_own_a_run_has_about_as_many_processes)
{
	without_namespaces();
	if (cage->own_user)
		cr_skip("each run has a user of its own");
	struct run *run = acting("forks 2000");
	run->process_limit = 100;
	struct run_result result = work(run);
	cr_expect(ge(int, result.left_behind, 50));
	cr_expect(lt(int, result.left_behind, 1000));
}

/* The kernel does not limit root's processes. */
IN_BOTH_MODES(far_too_many_processes_end_the_run)
{
	if (geteuid() != 0)
		cr_skip("the kernel keeps the limit");
	cage->own_user = false;
	struct run *run = acting("forks 100 sleep 1000000");
	run->process_limit = 20;
	expect_end(run, RUN_PROCESS_LIMIT, 0);
}

IN_BOTH_MODES(a_file_cannot_grow_beyond_its_limit)
{
	struct run *run = acting("fill 1 3");
	run->file_limit = 2 * MIB;
	expect_end(run, RUN_SIGNALLED, SIGXFSZ);
}

IN_BOTH_MODES(disk_is_limited)
{
	struct run *run = acting("fill 10 3 sleep 1000000");
	run->disk_limit = 20 * MIB;
	expect_end(run, RUN_DISK_LIMIT, 0);
	run = acting("exit 0"); /* what was there before is not this run's */
	run->disk_limit = 20 * MIB;
	expect_end(run, RUN_EXITED, 0);
}

IN_BOTH_MODES(disk_also_when_the_program_is_quicker_than_the_watch)
{
	struct run *run = acting("fill 3 1");
	run->disk_limit = 2 * MIB;
	expect_end(run, RUN_DISK_LIMIT, 0);
	expect_output("fill: ok\n");
}

IN_BOTH_MODES(disk_cannot_be_used_where_nobody_looks)
{
	expect_end(acting("deep 30"), RUN_DISK_LIMIT, 0);
	expect_output("deep: ok\nwrite: ok\n");
}

/* The supervisor asks for this when the disk fills. */
Test(cage, files_without_a_name_are_counted)
{
	int ready[2];
	cr_assert(eq(int, pipe(ready), 0));
	pid_t pid = fork();
	if (pid == 0) {
		char *path = format("%s/hidden", folder), *block = calloc(1, MIB);
		int fd = open(path, O_WRONLY | O_CREAT, 0600);
		for (int i = 0; i < 5; i++)
			if (write(fd, block, MIB) != MIB)
				_exit(1);
		unlink(path);
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		pause();
	}
	char byte;
	cr_assert(eq(long, read(ready[0], &byte, 1), 1l));
	struct usage usage = usage_now();
	cr_expect(eq(sz, usage.processes, 1));
	cr_expect(eq(sz, folder_bytes(folder, SIZE_MAX), 0));
	cr_expect(ge(sz, nameless_bytes(&usage, folder), 5 * MIB));
	cr_expect(lt(sz, nameless_bytes(&usage, folder), 6 * MIB));
	usage_clear(&usage);
	kill(pid, SIGKILL);
	reap(pid);
}

Test(cage, the_private_tmp_is_small)
{
	if (!cage->namespaces)
		cr_skip("this machine has no namespaces");
	struct run *run = acting("nameless /tmp/big 30 nameless /dev/shm/big 30");
	run->disk_limit = 4 * MIB;
	work(run);
	expect_output("nameless: ENOSPC\nnameless: ENOSPC\n");
}

IN_BOTH_MODES(output_beyond_the_limit_is_counted_but_not_kept)
{
	struct run *run = acting("output 5000");
	run->output_limit = 1000;
	struct run_result result = work(run);
	cr_expect(eq(int, result.end, RUN_EXITED));
	cr_expect(eq(sz, result.output_bytes, 5000 * 64));
	cr_expect(result.output_cut);
	char *text = content("output");
	cr_expect(eq(sz, strlen(text), 1000));
	free(text);
}

/* ---- what can be seen and changed ----------------------------------------------------------- */

IN_BOTH_MODES(nothing_but_what_is_shown_can_be_read)
{
	char *treasure = format("%s/treasure", root), *solution = realpath("solutions/race_fix/race_fix.c", NULL);
	char *environment = format("/proc/%d/environ", (int)getpid());
	cr_assert(eq(int, file_write(treasure, "gold", 4, NULL), 0));
	const char *const paths[] = {"/etc/passwd",     "/etc/hostname", "/root",    "/home",     treasure,
	                             solution,          "/usr/bin/gcc",  "/bin/sh",  environment, "/usr/include/stdio.h",
	                             "/proc/1/environ", "/proc/1/mem",   "/dev/kmsg"};
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		char *words = format("read %s", paths[i]);
		work(acting(words));
		char *text = content("output");
		cr_expect(strcmp(text, "read: ENOENT\n") == 0 || strcmp(text, "read: EACCES\n") == 0 ||
		              strcmp(text, "read: EPERM\n") == 0,
		          "%s: %s", words, text);
		free(text);
		free(words);
	}
	struct run *run = acting("read");
	run_add(run, "%s", treasure);
	run_show(run, "%s", treasure);
	work(run);
	expect_output("read: ok\n");
	free(environment);
	free(solution);
	free(treasure);
}

IN_BOTH_MODES(nothing_but_the_folder_can_be_written)
{
	char *treasure = format("%s/treasure", root), *beside = format("%s/new", root);
	cr_assert(eq(int, file_write(treasure, "gold", 4, NULL), 0));
	cr_assert(eq(int, chmod(treasure, 0666), 0));
	cr_assert(eq(int, chmod(root, 0777), 0));
	const char *const paths[] = {treasure, beside, "/usr/lib/new", "/new", "/etc/new", "/dev/new", "/var/tmp/new"};
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		struct run *run = acting("write");
		run_add(run, "%s", paths[i]);
		run_show(run, "%s", treasure);
		work(run);
		char *text = content("output");
		cr_expect(ne(str, text, "write: ok\n"), "%s", paths[i]);
		free(text);
	}
	char *text = file_read(treasure, 100, NULL, NULL);
	cr_expect(eq(str, text, "gold"));
	cr_expect(not(file_exists(beside)));
	expect("write inside write /dev/null", "write: ok\nwrite: ok\n");
	free(text);
	free(beside);
	free(treasure);
}

IN_BOTH_MODES(tmp_is_the_runs_own_or_closed)
{
	char *name = format("/tmp/cage_test_leak.%d", (int)getpid()), *words = format("write %s read %s", name, name);
	work(acting(words));
	expect_output(strong ? "write: ok\nread: ok\n" : "write: EACCES\nread: ENOENT\n");
	cr_expect(not(file_exists(name)));
	free(words);
	words = format("read %s", name);
	work(acting(words));
	expect_output("read: ENOENT\n");
	free(words);
	free(name);
}

IN_BOTH_MODES(files_of_the_folder_cannot_be_taken_away)
{
	if (!cage->landlock)
		cr_skip("this machine has no Landlock");
	char *path = format("%s/other.report", folder);
	cr_assert(eq(int, file_write(path, "gold", 4, NULL), 0));
	expect("unlink other.report read other.report", "unlink: EACCES\nread: ok\n");
	free(path);
}

IN_BOTH_MODES(a_tool_can_make_and_replace_files)
{
	struct run *run = caged(CAGE_TOOL, "/bin/sh");
	run_add(run, "-c");
	run_add(run, "echo 'int main(void) { return 5; }' >a.c && gcc a.c -o a 2>&1 && mv a b && rm a.c && ls");
	expect_end(run, RUN_EXITED, 0);
	char *text = content("output");
	cr_expect(eq(str, text, "b\noutput\n"));
	free(text);
	run = run_new(folder, CAGE_JUDGED);
	run_add(run, "./b");
	expect_end(run, RUN_EXITED, 5);
}

IN_BOTH_MODES(a_tool_sees_no_more_of_the_kit_than_it_is_shown)
{
	char *solution = realpath("solutions/race_fix/race_fix.c", NULL);
	struct run *run = caged(CAGE_TOOL, "/bin/sh");
	run_add(run, "-c");
	run_add(run, "cat %s /etc/passwd %s; echo >%s/new", solution, root, root);
	work(run);
	char *text = content("output");
	cr_expect(eq(ptr, strstr(text, "root:"), NULL), "%s", text);
	cr_expect(eq(ptr, strstr(text, "#include"), NULL), "%s", text);
	char *beside = format("%s/new", root);
	cr_expect(not(file_exists(beside)));
	free(beside);
	free(text);
	free(solution);
}

/* The kit's assembler is named so; of all else that is shown to a tool nothing can be started. */
IN_BOTH_MODES(a_tool_starts_its_helper_and_nothing_else_that_it_sees)
{
	if (!cage->landlock)
		cr_skip("this machine has no Landlock");
	for (int helps = 0; helps < 2; helps++) {
		struct run *run = caged(CAGE_TOOL, "/bin/sh");
		run_add(run, "-c");
		run_add(run, "%s exit 3", act);
		if (helps)
			run_help(run, "%s", act);
		else
			run_show(run, "%s", act);
		expect_end(run, RUN_EXITED, helps ? 3 : 126);
	}
}

/* ---- what can be done ----------------------------------------------------------------------- */

IN_BOTH_MODES(no_network)
{
	char *words = format("socket %d %d socket %d %d socket %d %d socket %d %d socket 40 %d pair", AF_INET, SOCK_STREAM,
	                     AF_INET, SOCK_DGRAM, AF_UNIX, SOCK_STREAM, AF_NETLINK, SOCK_RAW, SOCK_STREAM);
	expect(words, "socket: EACCES\nsocket: EACCES\nsocket: EACCES\nsocket: EACCES\nsocket: EACCES\npair: ok\n");
	free(words);
}

/* What an assignment gets whose processes connect to each other. */
static struct run *listening(const char *words)
{
	struct run *run = acting(words);
	run->listens = true;
	return run;
}

Test(cage, sockets_with_connections_of_its_own)
{
	if (!cage->namespaces)
		cr_skip("this machine has no namespaces");
	char *words = format("listen @own listen /tmp/own.sock socket %d %d socket %d %d socket %d %d socket %d %d",
	                     AF_UNIX, SOCK_SEQPACKET, AF_UNIX, SOCK_DGRAM, AF_INET, SOCK_STREAM, AF_NETLINK, SOCK_RAW);
	expect_end(listening(words), RUN_EXITED, 0);
	expect_output("listen: ok\nlisten: ok\nsocket: ok\nsocket: EACCES\nsocket: EACCES\nsocket: EACCES\n");
	free(words);
}

static int listen_outside(const char *path, bool abstract)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	strncpy(address.sun_path, path, sizeof address.sun_path - 1);
	if (abstract)
		address.sun_path[0] = 0;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	cr_assert(eq(int, bind(fd, (const struct sockaddr *)&address, size), 0));
	cr_assert(eq(int, listen(fd, 4), 0));
	return fd;
}

Test(cage, sockets_of_others_are_out_of_reach)
{
	if (!cage->namespaces)
		cr_skip("this machine has no namespaces");
	char name[40], path[40];
	snprintf(name, sizeof name, "@kit-cage-%d", (int)getpid());
	snprintf(path, sizeof path, "/tmp/kit-cage-%d.sock", (int)getpid());
	unlink(path);
	int abstract = listen_outside(name, true), by_path = listen_outside(path, false);
	chmod(path, 0777);
	char *words = format("reach %s reach %s", name, path);
	expect_end(listening(words), RUN_EXITED, 0);
	expect_output("reach: ECONNREFUSED\nreach: ENOENT\n");
	free(words);
	close(abstract);
	close(by_path);
	unlink(path);
}

/* There a socket could reach the machine's: the run is made of trusted code only, and that is no fault of the program.
 */
Test(cage, without_namespaces_there_are_no_sockets_with_addresses)
{
	without_namespaces();
	if (cage_mode(cage) != CAGE_GOOD)
		cr_skip("without namespaces this machine has too little");
	struct run_result result = work(listening("listen @own"));
	cr_expect(eq(int, result.end, RUN_NOT_STARTED));
	cr_expect(ne(ptr, strstr(result.problem, "without namespaces"), NULL), "%s", result.problem);
	cage_trust(cage);
	expect_end(listening("listen @own"), RUN_EXITED, 0);
	expect_output("listen: ok\n");
}

/* Nor for Criterion's own runner, which has them whether or not the assignment lists them. */
Test(cage, without_namespaces_the_runner_of_criterion_is_for_trusted_code)
{
	without_namespaces();
	if (cage_mode(cage) != CAGE_GOOD)
		cr_skip("without namespaces this machine has too little");
	for (int trusted = 0; trusted < 2; trusted++) {
		struct run *run = acting("listen @own");
		run->sockets = true;
		struct run_result result = work(run);
		cr_expect(eq(int, result.end, trusted ? RUN_EXITED : RUN_NOT_STARTED));
		cr_expect(eq(int, strstr(result.problem, "without namespaces") != NULL, !trusted), "%s", result.problem);
		cage_trust(cage);
	}
}

IN_BOTH_MODES(no_second_program)
{
	if (!cage->landlock)
		cr_skip("this machine has no Landlock");
	const char *const commands[] = {"execute /bin/sh -c exit", "execute /usr/bin/env",
	                                "execute /lib64/ld-linux-x86-64.so.2 /bin/true"};
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		work(acting(commands[i]));
		char *text = content("output");
		cr_expect(ne(str, text, ""), "%s", commands[i]);
		cr_expect(eq(ptr, strstr(text, "ok"), NULL), "%s: %s", commands[i], text);
		free(text);
	}
	/* nor one that it brings along */
	char *path = format("%s/own", folder), *copy = format("cp %s %s", act, path);
	cr_assert(eq(int, system(copy), 0));
	char *command = format("execute %s", path);
	work(acting(command));
	expect_output("execute: EACCES\n");
	free(command);
	free(copy);
	free(path);
}

IN_BOTH_MODES(calls_that_nobody_needs_fail)
{
	struct run_result result = work(acting("forbidden"));
	cr_expect(eq(int, result.end, RUN_EXITED));
	char *text = content("output"), *rest = text;
	int count = 0;
	for (char *line; (line = strsep(&rest, "\n")) && *line; count++) {
		bool absent = strncmp(line, "clone3:", 7) == 0 || strncmp(line, "a call of", 9) == 0;
		cr_expect(ne(ptr, strstr(line, absent ? ": ENOSYS" : ": EPERM"), NULL), "%s", line);
	}
	cr_expect(eq(int, count, 29));
	free(text);
}

#ifdef __x86_64__
IN_BOTH_MODES(other_entries_of_the_kernel_kill)
{
	expect_end(acting("int80"), RUN_SIGNALLED, SIGSYS);
	expect_end(acting("x32"), RUN_SIGNALLED, SIGSYS);
}
#endif

/* Our parent shares its fate with us if a signal gets through. */
IN_BOTH_MODES(nobody_outside_can_be_signalled_or_looked_into)
{
	pid_t victim = fork();
	if (victim == 0) {
		pause();
		_exit(0);
	}
	char *words = format("kill %d 9 kill %d 19 trace %d owner %d limit-of %d parent 9 parent 19 sleep 100 exit 3",
	                     victim, victim, victim, victim, victim);
	struct run_result result = work(acting(words));
	cr_expect(eq(int, result.end, RUN_EXITED));
	cr_expect(eq(int, result.status, 3));
	int status = 0;
	cr_expect(eq(int, waitpid(victim, &status, WNOHANG | WUNTRACED), 0), "the victim sleeps on");
	char *text = content("output");
	cr_expect(ne(ptr, strstr(text, "ptrace: EPERM\nmemory of another: EPERM\nowner: EPERM\n"), NULL), "%s", text);
	free(text);
	kill(victim, SIGKILL);
	waitpid(victim, &status, 0);
	free(words);
}

IN_BOTH_MODES(a_signal_for_all_reaches_nobody_outside)
{
	/* Landlock before version 6 and a user of nobody else would let this through: then the filter forbids it. */
	struct run_result result = work(acting("kill -1 9 sleep 100 exit 3"));
	cr_expect(ne(int, result.end, RUN_NOT_STARTED), "%s", result.problem);
	cr_expect(eq(int, result.left_behind, 0));
}

/* As on a kernel whose Landlock lets signals through, without another user. */
Test(cage, the_filter_alone_protects_supervisor_and_grader_from_signals)
{
	if (geteuid() == 0)
		cr_skip("root gives runs users of their own");
	cage->namespaces = cage->landlock = false;
	cage->shield = true;
	char *words = format("parent 9 parent 19 kill %d 9 kill %d 19 kill -1 9 kill -%d 9 limit-of %d exit 3",
	                     (int)getpid(), (int)getpid(), (int)getpgrp(), (int)getpid());
	struct run_result result = work(acting(words));
	cr_expect(eq(int, result.end, RUN_EXITED));
	cr_expect(eq(int, result.status, 3));
	expect_output("parent: EPERM\nparent: EPERM\nkill: EPERM\nkill: EPERM\nkill: EPERM\nkill: EPERM\n"
	              "limit of another: EPERM\n");
	free(words);
}

/* Landlock lets who has CAP_PERFMON read what others were started with. */
Test(cage, root_that_cannot_lend_users_gives_no_capabilities)
{
	if (geteuid() != 0)
		cr_skip("others have none");
	cage->namespaces = cage->own_user = false;
	char *words = format("read /proc/%d/environ exit 3", (int)getpid());
	struct run_result result = work(acting(words));
	cr_expect(eq(int, result.status, 3));
	expect_output("read: EACCES\n");
	free(words);
}

/* ---- what a program gets -------------------------------------------------------------------- */

IN_BOTH_MODES(an_environment_descriptors_and_no_terminal)
{
	setenv("SECRET", "of the grader", 1);
	int kept = dup(1); /* without close-on-exec */
	struct run *run = acting("environment descriptors");
	run_set(run, "MORE=1");
	work(run);
	close(kept);
	char *expected = format("PATH=/usr/bin:/bin\nLC_ALL=C.UTF-8\nHOME=/nonexistent\nMORE=1\nTMPDIR=%s\nKIT_RUN=%s\n"
	                        "0 1 2 leader no terminal\n",
	                        strong ? "/tmp" : folder, folder);
	expect_output(expected);
	free(expected);
}

IN_BOTH_MODES(the_report_is_descriptor_3)
{
	struct run *run = acting("descriptors report word");
	run->report = format("%s/report", folder);
	work(run);
	expect_output("0 1 2 3 leader no terminal\nreport: ok\n");
	char *text = content("report");
	cr_expect(eq(str, text, "word"));
	free(text);
}

IN_BOTH_MODES(what_was_planted_in_place_of_a_report_is_replaced)
{
	char *treasure = format("%s/treasure", root), *report = format("%s/report", folder);
	char *output = format("%s/output", folder);
	cr_assert(eq(int, file_write(treasure, "gold", 4, NULL), 0));
	cr_assert(eq(int, symlink(treasure, report), 0));
	cr_assert(eq(int, mkfifo(output, 0666), 0));
	struct run *run = acting("report word");
	run->report = strdup(report);
	expect_end(run, RUN_EXITED, 0);
	char *text = content("report"), *gold = file_read(treasure, 100, NULL, NULL);
	cr_expect(eq(str, text, "word"));
	cr_expect(eq(str, gold, "gold"));
	expect_output("report: ok\n");
	free(gold);
	free(text);
	free(output);
	free(report);
	free(treasure);
}

IN_BOTH_MODES(a_user_of_its_own_when_root_starts_it)
{
	if (geteuid() != 0)
		cr_skip("not root");
	unsigned user, group;
	int groups, back;
	work(acting("identity"));
	char *text = content("output");
	cr_assert(eq(int, sscanf(text, "%u %u %d %d", &user, &group, &groups, &back), 4), "%s", text);
	cr_expect(user >= CAGE_USERS_BASE && user < CAGE_USERS_BASE + CAGE_USERS_COUNT, "user %u", user);
	cr_expect(group >= CAGE_USERS_BASE && group < CAGE_USERS_BASE + CAGE_USERS_COUNT, "group %u", group);
	cr_expect(eq(int, groups, 0));
	cr_expect(eq(int, back, -1), "root again");
	free(text);
}

IN_BOTH_MODES(fixed_addresses)
{
	if (!cage->fixed)
		cr_skip("personality(2) is refused");
	char *text[3];
	for (int i = 0; i < 3; i++) {
		struct run *run = acting("address");
		run->fixed_addresses = i < 2;
		work(run);
		text[i] = content("output");
	}
	cr_expect(eq(str, text[0], text[1]));
	cr_expect(ne(str, text[0], text[2]));
	for (int i = 0; i < 3; i++)
		free(text[i]);
}

IN_BOTH_MODES(tools_that_judge_work)
{
	char *racy = format("%s/racy", getenv("CAGE_PROGRAMS"));
	struct run *run = caged(CAGE_JUDGED, racy);
	run->fixed_addresses = true;
	run_set(run, "TSAN_OPTIONS=exitcode=77 log_path=%s/tsan", folder);
	expect_end(run, RUN_EXITED, 77); /* it has a race */
	run = run_new(folder, CAGE_JUDGED);
	run->output = format("%s/output", folder);
	run_add(run, "valgrind");
	run_add(run, "--vgdb=no");
	run_add(run, "--quiet");
	run_add(run, "--error-exitcode=88");
	run_add(run, "%s", act);
	run_add(run, "forks");
	run_add(run, "2");
	run_show(run, "%s", act);
	expect_end(run, RUN_EXITED, 0);
	expect_output("forks: 2 ok\n");
	free(racy);
}

/* ---- what is left behind -------------------------------------------------------------------- */

IN_BOTH_MODES(daemons_are_killed_and_counted)
{
	struct run_result result = work(acting("daemon daemon forks 10 exit 3"));
	cr_expect(eq(int, result.end, RUN_EXITED));
	cr_expect(eq(int, result.status, 3));
	cr_expect(eq(int, result.left_behind, 12));
	cr_expect(eq(int, marked(), 0));
}

IN_BOTH_MODES(all_processes_end_when_time_is_up)
{
	struct run *run = acting("daemon forks 10 ignoring sleep 1000000");
	run->wall_ms = 300;
	struct run_result result = work(run);
	cr_expect(eq(int, result.end, RUN_WALL_LIMIT));
	cr_expect(eq(int, result.left_behind, 11));
	cr_expect(eq(int, marked(), 0));
}

static pid_t start_grader(void)
{
	pid_t grader = fork();
	if (grader == 0) {
		work(acting("daemon forks 3 sleep 1000000"));
		_exit(0);
	}
	return grader;
}

static pid_t only_child_of(pid_t pid)
{
	char *path = format("/proc/%d/task/%d/children", (int)pid, (int)pid);
	FILE *file = fopen(path, "re");
	int child = 0;
	cr_assert(file && fscanf(file, "%d", &child) == 1);
	fclose(file);
	free(path);
	return child;
}

IN_BOTH_MODES(the_run_ends_with_the_grader)
{
	pid_t grader = start_grader();
	cr_assert(becomes(5));
	kill(grader, SIGKILL);
	reap(grader);
	cr_expect(becomes(0));
}

/* The grader may be in the way, when it starts the run again: it is stopped meanwhile. */
Test(cage, the_run_ends_with_its_supervisor)
{
	if (!cage->namespaces)
		cr_skip("this machine has no namespaces");
	pid_t grader = start_grader();
	cr_assert(becomes(5));
	kill(grader, SIGSTOP);
	kill(only_child_of(grader), SIGKILL);
	cr_expect(becomes(0));
	kill(grader, SIGKILL);
	reap(grader);
}

/* ---- what a killed grader left -------------------------------------------------------------- */

/* A process that looks like one of a run in `name`. */
static pid_t start_stray(const char *name)
{
	pid_t pid = fork();
	if (pid == 0) {
		char *mark = format("KIT_RUN=%s", name);
		execle("/bin/sleep", "sleep", "1000", NULL, (char *[]){mark, NULL});
		_exit(1);
	}
	char *number = format("%d", (int)pid);
	while (waitpid(pid, NULL, WNOHANG) == 0 && !has_mark(number, name))
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	free(number);
	return pid;
}

/* Was it killed? Waits for at most ten seconds. */
static bool was_killed(pid_t pid)
{
	int status = 0;
	for (int i = 0; i < 1000; i++) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFSIGNALED(status);
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return false;
}

static char *make_scratch(const char *name)
{
	char *path = format("%s/run/%s", root, name), *file = format("%s/file", path);
	cr_assert(eq(int, folder_make(path, NULL), 0));
	cr_assert(eq(int, file_write(file, "x", 1, NULL), 0));
	free(file);
	return path;
}

Test(cage, the_sweep_removes_what_dead_graders_left)
{
	struct error error = {0};
	char *one = make_scratch("999999999-1"), *two = make_scratch("999999999-race_fix-2"), *kept = make_scratch("notes");
	char *kit = format("%s/kit/0123456789abcdef.999999999", root), *whole = format("%s/kit/0123456789abcdef", root);
	cr_assert(eq(int, folder_make(kit, NULL), 0));
	cr_assert(eq(int, folder_make(whole, NULL), 0));
	pid_t stray = start_stray(one);
	cr_expect(eq(int, cage_sweep(root, &error), 2), "%s", error.text);
	cr_expect(not(file_exists(one)));
	cr_expect(not(file_exists(two)));
	cr_expect(not(file_exists(kit)));
	cr_expect(file_exists(whole));
	cr_expect(file_exists(kept));
	cr_expect(file_exists(folder), "ours");
	cr_expect(was_killed(stray));
	cr_expect(eq(int, cage_sweep(root, &error), 0));
	free(whole);
	free(kit);
	free(kept);
	free(two);
	free(one);
}

/* A second process that has its lock, and so lives, whatever its number. */
Test(cage, the_sweep_leaves_living_graders_alone)
{
	struct error error = {0};
	int ready[2];
	cr_assert(eq(int, pipe(ready), 0));
	pid_t grader = fork();
	if (grader == 0) {
		struct cage *other = cage_open("build/inside", root, &error);
		char *name = format("%d-1", (int)getpid()), *path = format("%s/run/%s", root, name);
		folder_make(path, &error);
		if (!other || write(ready[1], "x", 1) != 1)
			_exit(1);
		pause();
	}
	char byte;
	cr_assert(eq(long, read(ready[0], &byte, 1), 1l));
	char *path = format("%s/run/%d-1", root, (int)grader);
	pid_t stray = start_stray(path);
	cr_expect(eq(int, cage_sweep(root, &error), 0), "%s", error.text);
	cr_expect(file_exists(path));
	cr_expect(eq(int, waitpid(stray, NULL, WNOHANG), 0));
	kill(grader, SIGKILL);
	reap(grader);
	cr_expect(eq(int, cage_sweep(root, &error), 1), "%s", error.text);
	cr_expect(not(file_exists(path)));
	cr_expect(was_killed(stray));
	free(path);
}
