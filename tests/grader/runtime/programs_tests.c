/* programs_tests.c - what a process is after it has executed another program. */
#include "kit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

int run_program(char *const argv[]);
int run_two(char *const first[], char *const second[], int statuses[2], int kept);
int error_of_exec(char *const argv[]);
int run_with_state(char *const argv[], char *const envp[], int keeps, int closes);
int run_by_name(const char *name, const char *path);
int run_with_list(const char *path);
int run_in_the_test(char *const argv[]);
int group_after_exec(char *const argv[]);
int spawn_with_state(char *const argv[], int out, int closes, pid_t *group);
int spawn_by_name(const char *name, const char *path);

#define ARGV(...) ((char *[]){__VA_ARGS__, NULL})
static char *program(const char *name)
{
	return (char *)kit_program(name);
}

KIT_TEST(programs, each_ends_with_its_status)
{
	cr_expect(eq(int, WEXITSTATUS(run_program(ARGV(program("true")))), 0));
	cr_expect(eq(int, WEXITSTATUS(run_program(ARGV(program("false")))), 1));
	cr_expect(eq(int, WEXITSTATUS(run_program(ARGV(program("exit"), "42"))), 42));
}

KIT_TEST(programs, one_dies)
{
	kit_expect_death(SIGSEGV);
	int status = run_program(ARGV(program("die"), "11"));
	cr_expect(eq(int, WIFSIGNALED(status) ? WTERMSIG(status) : 0, SIGSEGV));
}

KIT_TEST(programs, errors_of_exec)
{
	char text[] = "./text", refused[] = "./refused";
	close(open(text, O_CREAT | O_WRONLY, 0755));
	close(open(refused, O_CREAT | O_WRONLY, 0644));
	cr_expect(eq(int, error_of_exec(ARGV("/no/such/program")), ENOENT));
	cr_expect(eq(int, error_of_exec(ARGV("/dev/null/program")), ENOTDIR));
	cr_expect(eq(int, error_of_exec(ARGV(refused)), EACCES));
	cr_expect(eq(int, error_of_exec(ARGV(text)), ENOEXEC));
	cr_expect(eq(int, error_of_exec(ARGV("/")), EACCES));
	cr_expect(eq(int, error_of_exec(ARGV(program("true"))), 0));
	unlink(text);
	unlink(refused);
}

KIT_TEST(programs, those_of_the_machine_are_not_executed)
{
	char script[] = "./script";
	pid_t group;
	int fd = open(script, O_CREAT | O_WRONLY, 0755);
	write(fd, "#!/bin/sh\n", 10);
	close(fd);
	cr_expect(eq(int, error_of_exec(ARGV(script)), EACCES));
	cr_expect(eq(int, WEXITSTATUS(run_by_name("script", "/nowhere:.")), 126));
	cr_expect(eq(int, spawn_with_state(ARGV(program("true"), "x"), 1, 2, &group), 0));
	cr_expect(eq(int, spawn_by_name("script", "."), -EACCES));
	unlink(script);
}

/* What execvp would give to a shell. */
KIT_TEST(programs, a_shell_does_nothing_with_comments)
{
	char comments[] = "./comments", commands[] = "./commands";
	int fd = open(comments, O_CREAT | O_WRONLY, 0755);
	write(fd, "# nothing\n\n", 11);
	close(fd);
	fd = open(commands, O_CREAT | O_WRONLY, 0755);
	write(fd, "# nothing\nexit 3\n", 17);
	close(fd);
	cr_expect(eq(int, WEXITSTATUS(run_by_name(comments, "/nowhere")), 0));
	cr_expect(eq(int, WEXITSTATUS(run_by_name(commands, "/nowhere")), 126));
	cr_expect(eq(int, error_of_exec(ARGV(comments)), ENOEXEC));
	unlink(comments);
	unlink(commands);
}

static char *seen;
KIT_PROGRAM(keep)
{
	size_t used = 0;
	for (ssize_t length; (length = read(0, seen + used, 64 - used)) > 0;)
		used += (size_t)length;
	return (int)used;
}

KIT_TEST(programs, two_are_joined_by_a_pipe)
{
	int status[2];
	seen = kit_shared(64);
	cr_assert(eq(int, run_two(ARGV(program("echo"), "a", "b"), ARGV(program("keep")), status, 0), 0));
	cr_expect(eq(int, WEXITSTATUS(status[0]), 0));
	cr_expect(eq(int, WEXITSTATUS(status[1]), 4));
	cr_expect(eq(str, seen, "a b\n"));
}

KIT_TEST(programs, yes_dies_when_nobody_reads)
{
	int status[2];
	kit_expect_death(SIGPIPE);
	cr_assert(eq(int, run_two(ARGV(program("yes")), ARGV(program("head"), "0"), status, 0), 0));
	cr_expect(eq(int, WIFSIGNALED(status[0]) ? WTERMSIG(status[0]) : 0, SIGPIPE));
}

/* => hang
 * criterion hang
 *   child 2 [cat] waits to read pipe 0
 *   its write end is still open in the test
 */
KIT_TEST(programs, a_forgotten_end_is_a_hang)
{
	int status[2];
	run_two(ARGV(program("true")), ARGV(program("cat")), status, 1);
}

KIT_TEST(programs, what_a_program_finds)
{
	int ends[2];
	pipe(ends);
	cr_assert(eq(int, run_with_state(ARGV(program("report"), "one", "two"), ARGV("A=1", "B=2"), ends[0], ends[1]), 0));
	const struct kit_report *report = kit_report(0);
	cr_assert(ne(ptr, (void *)report, NULL));
	cr_expect(eq(int, report->argc, 3));
	cr_expect(ne(ptr, (void *)strstr(report->argv, "/report\none\ntwo"), NULL));
	cr_expect(eq(str, (char *)report->environment, "A=1\nB=2"));
	cr_expect(eq(int, !(report->open >> ends[0] & 1), 0));
	cr_expect(eq(int, !(report->open >> ends[1] & 1), 1));
	cr_expect(eq(uint, report->ignored & (1u << SIGUSR1 | 1u << SIGUSR2), 1u << SIGUSR2));
	cr_expect(eq(uint, report->blocked, 1u << SIGTERM));
	cr_expect(eq(ptr, (void *)kit_report(1), NULL));
	close(ends[0]);
	close(ends[1]);
}

KIT_TEST(programs, names_are_looked_up)
{
	char folder[512];
	strcpy(folder, program("exit"));
	*strrchr(folder, '/') = 0;
	cr_expect(eq(int, WEXITSTATUS(run_by_name("exit", folder)), 7));
	cr_expect(eq(int, WEXITSTATUS(run_by_name("exit", "/nowhere")), 127));
	cr_expect(eq(int, WEXITSTATUS(run_with_list(program("exit"))), 9));
	cr_expect(eq(uint, fi_calls(KIT_EXEC), 3));
}

/* => fail
 * criterion exit_in_test
 *   put another program in the place of the whole process
 */
KIT_TEST(programs, the_test_is_replaced)
{
	run_in_the_test(ARGV(program("true")));
}

KIT_TEST(programs, no_group_after_exec)
{
	cr_expect(eq(int, group_after_exec(ARGV(program("true"))), EACCES));
}

KIT_TEST(programs, a_spawned_one_finds_what_it_was_given)
{
	int ends[2];
	pid_t group;
	struct stat out;
	pipe(ends);
	fstat(ends[1], &out);
	cr_assert(eq(int, spawn_with_state(ARGV(program("report"), "x"), ends[1], ends[0], &group), 0));
	const struct kit_report *report = kit_report(0);
	cr_assert(ne(ptr, (void *)report, NULL));
	cr_expect(eq(int, report->group, group));
	cr_expect(eq(int, report->pid, group));
	cr_expect(eq(int, report->argc, 2));
	cr_expect(eq(str, (char *)report->folder, "/"));
	cr_expect(eq(u64, report->inode[1], out.st_ino));
	cr_expect(eq(int, !(report->open & 1), 0));
	cr_expect(eq(int, !(report->open >> ends[0] & 1), 1));
	cr_expect(eq(uint, report->blocked, 1u << SIGTERM));
	close(ends[0]);
	close(ends[1]);
}

KIT_TEST(programs, what_cannot_be_spawned_is_an_error)
{
	char folder[512];
	pid_t group;
	strcpy(folder, program("exit"));
	*strrchr(folder, '/') = 0;
	cr_expect(eq(int, spawn_by_name("exit", folder), 5));
	cr_expect(eq(int, spawn_by_name("exit", "/nowhere"), -ENOENT));
	cr_expect(eq(int, spawn_with_state(ARGV(program("true")), 999, 998, &group), -EBADF));
	cr_expect(eq(uint, fi_calls(KIT_FORK), 3));
	fi_fail_nth(KIT_FORK, 1, EAGAIN);
	cr_expect(eq(int, spawn_by_name("exit", folder), -EAGAIN));
	cr_expect(eq(uint, kit_children(), 0));
}

KIT_TEST(programs, a_spawned_one_may_die_at_once)
{
	char folder[512];
	strcpy(folder, program("exit"));
	*strrchr(folder, '/') = 0;
	fi_kill_child(1);
	cr_expect(eq(int, spawn_by_name("exit", folder), 0)); /* no exit status: it was killed */
}
