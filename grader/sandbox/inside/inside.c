/* inside.c - the last step before a caged program (see inside.h). Linked statically: it starts in namespaces that hold
 * nothing but what the program is shown.
 *
 * Everything that fails ends it before the program starts: there is no start with less protection than asked for. */
#include "inside.h"

#include "landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct plan {
	const char *text, *end; /* lines, each with its NUL */
};

static void __attribute__((noreturn, format(printf, 1, 2))) give_up(const char *format, ...)
{
	struct inside_report report = {.kind = INSIDE_PROBLEM};
	int cause = errno;
	va_list args;
	va_start(args, format);
	int length = vsnprintf(report.text, sizeof report.text, format, args);
	va_end(args);
	if (cause && length >= 0 && (size_t)length < sizeof report.text)
		snprintf(report.text + length, sizeof report.text - (size_t)length, ": %s", strerror(cause));
	if (write(INSIDE_REPORT, &report, sizeof report) != sizeof report)
		dprintf(2, "inside: %s\n", report.text);
	_exit(INSIDE_STATUS);
}

/* ---- the plan ------------------------------------------------------------------------------- */

static struct plan read_plan(void)
{
	struct stat status;
	if (fstat(INSIDE_PLAN, &status) != 0 || status.st_size == 0)
		give_up("there is no plan");
	const char *text = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, INSIDE_PLAN, 0);
	if (text == MAP_FAILED || text[status.st_size - 1] != 0)
		give_up("the plan cannot be read");
	return (struct plan){text, text + status.st_size};
}

/* The value of the next line "KEY=value" behind `line` (NULL: from the begin), or NULL. */
static const char *next(const struct plan *plan, const char *key, const char *line)
{
	size_t length = strlen(key);
	line = line ? line + strlen(line) + 1 : plan->text;
	for (; line < plan->end; line += strlen(line) + 1)
		if (strncmp(line, key, length) == 0 && line[length] == '=')
			return line + length + 1;
	return NULL;
}

static bool says(const struct plan *plan, const char *word)
{
	for (const char *line = plan->text; line < plan->end; line += strlen(line) + 1)
		if (strcmp(line, word) == 0)
			return true;
	return false;
}

/* All values of a key, NULL behind the last. */
static char **list_of(const struct plan *plan, const char *key)
{
	size_t count = 0;
	for (const char *value = NULL; (value = next(plan, key, value));)
		count++;
	char **list = calloc(count + 1, sizeof *list);
	if (!list)
		give_up("out of memory");
	count = 0;
	for (const char *value = NULL; (value = next(plan, key, value));)
		list[count++] = (char *)value;
	return list;
}

/* ---- what is put on ------------------------------------------------------------------------- */

static void become_user(const struct plan *plan)
{
	const char *uid = next(plan, "uid", NULL), *gid = next(plan, "gid", NULL);
	if (!uid || !gid)
		return;
	uid_t user = (uid_t)strtoul(uid, NULL, 10);
	gid_t group = (gid_t)strtoul(gid, NULL, 10);
	if (setgroups(0, NULL) != 0 || setresgid(group, group, group) != 0 || setresuid(user, user, user) != 0)
		give_up("cannot become user %s", uid);
}

static void set_limits(const struct plan *plan)
{
	for (const char *value = NULL; (value = next(plan, "limit", value));) {
		int resource;
		unsigned long long soft, hard;
		if (sscanf(value, "%d %llu %llu", &resource, &soft, &hard) != 3)
			give_up("bad limit '%s'", value);
		struct rlimit had; /* what is lower already stays so: only root could raise it */
		if (getrlimit((__rlimit_resource_t)resource, &had) == 0 && hard > had.rlim_max)
			hard = had.rlim_max;
		if (soft > hard)
			soft = hard;
		if (setrlimit((__rlimit_resource_t)resource, &(struct rlimit){soft, hard}) != 0)
			give_up("cannot set limit '%s'", value);
	}
}

static void allow(const struct plan *plan, int ruleset, uint64_t handled, const char *key, uint64_t rights)
{
	for (const char *path = NULL; (path = next(plan, key, path));) {
		int fd = open(path, O_PATH | O_CLOEXEC);
		struct stat status;
		if (fd < 0 || fstat(fd, &status) != 0)
			give_up("cannot find %s", path);
		struct path_beneath_attr rule = {rights & handled, fd};
		if (!S_ISDIR(status.st_mode))
			rule.allowed &= FS_OF_FILES;
		if (syscall(SYS_landlock_add_rule, ruleset, 1, &rule, 0) != 0)
			give_up("Landlock takes no rule for %s", path);
		close(fd);
	}
}

static void restrict_paths(const struct plan *plan)
{
	if (!says(plan, "landlock"))
		return;
	int abi = landlock_abi();
	struct ruleset_attr attributes = {landlock_files(abi), abi >= 4 ? NET_TCP : 0, abi >= 6 ? SCOPE_ALL : 0};
	size_t size = abi >= 6 ? 24 : abi >= 4 ? 16 : 8; /* older kernels know the first fields only */
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, size, 0);
	if (ruleset < 0)
		give_up("there is no Landlock");
	static const uint64_t read = FS_READ_FILE | FS_READ_DIR;
	static const uint64_t write = FS_WRITE_FILE | FS_TRUNCATE | FS_MAKE_REG | FS_MAKE_DIR;
	static const uint64_t change = FS_REMOVE_FILE | FS_REMOVE_DIR | FS_REFER;
	allow(plan, ruleset, attributes.fs, "read", read);
	allow(plan, ruleset, attributes.fs, "run", read | FS_EXECUTE);
	allow(plan, ruleset, attributes.fs, "device", FS_READ_FILE | FS_WRITE_FILE | FS_TRUNCATE);
	allow(plan, ruleset, attributes.fs, "write", read | write);
	allow(plan, ruleset, attributes.fs, "change", read | write | change);
	allow(plan, ruleset, attributes.fs, "socket", read | write | change | FS_MAKE_SOCK);
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
		give_up("Landlock cannot be put on");
	close(ruleset);
}

/* The filter is the grader's, ready-made; every run shares its descriptor, so it is mapped, not read. */
static void put_on_filter(int fd)
{
	struct stat status;
	if (fcntl(fd, F_GETFD) < 0)
		return;
	if (fstat(fd, &status) != 0 || status.st_size == 0)
		give_up("the system call filter is empty");
	void *text = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (text == MAP_FAILED)
		give_up("the system call filter cannot be read");
	struct sock_fprog program = {(unsigned short)((size_t)status.st_size / sizeof(struct sock_filter)), text};
	/* Without the flag, kernels before 5.16 slow every memory access of the program down. */
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program) != 0)
		give_up("the system call filter cannot be put on");
}

static void reset_signals(void)
{
	sigset_t none;
	sigemptyset(&none);
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* capabilities(7). Root's processes may read the memory of others in spite of Landlock (CAP_PERFMON); without any they
 * may not, and no_new_privs keeps exec from giving them back. */
static void drop_capabilities(const struct plan *plan)
{
	if (says(plan, "capabilities"))
		return;
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};
	if (syscall(SYS_capset, &header, none) != 0)
		give_up("capabilities cannot be dropped");
}

/* In the program's process: from here to the program. The order matters: each step can still do what it must. */
static void __attribute__((noreturn)) become_program(const struct plan *plan)
{
	const char *folder = next(plan, "folder", NULL), *program = next(plan, "program", NULL);
	char **argv = list_of(plan, "arg"), **env = list_of(plan, "env");
	if (!program || !*argv)
		give_up("the plan names no program");
	if (folder && chdir(folder) != 0)
		give_up("cannot enter %s", folder);
	if (says(plan, "fixed") && personality(ADDR_NO_RANDOMIZE) < 0)
		give_up("addresses cannot be fixed");
	if (isatty(0) && ioctl(0, TIOCSCTTY, 0) != 0)
		give_up("the terminal is another's");
	set_limits(plan);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		give_up("no_new_privs is refused");
	drop_capabilities(plan);
	restrict_paths(plan);
	reset_signals();
	put_on_filter(INSIDE_SHIELD);
	put_on_filter(INSIDE_FILTER);
	execve(program, argv, env);
	give_up("cannot start %s", program);
}

/* ---- process 1 ------------------------------------------------------------------------------ */

/* Everything else in this PID namespace descends from us, or is given to us when its parent ends. Returns how many were
 * alive. */
static int kill_all(void)
{
	int killed = 0, status;
	for (;;) {
		kill(-1, SIGKILL);
		if (waitpid(-1, &status, 0) > 0)
			killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
		else if (errno == ECHILD)
			return killed;
	}
}

/* Reaps who has ended, orphans too: they count as processes until then. True when the program is among them. */
static bool reap(pid_t program, siginfo_t *end)
{
	for (siginfo_t info;;) {
		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) != 0 || info.si_pid == 0)
			return false;
		if (info.si_pid == program) {
			*end = info;
			return true;
		}
	}
}

/* Waits for the program's end, or makes it. True if it was made. */
static bool wait_for_end(pid_t program, int signals, siginfo_t *end)
{
	while (!reap(program, end)) {
		struct pollfd fds[2] = {{signals, POLLIN, 0}, {INSIDE_CONTROL, 0, 0}};
		struct signalfd_siginfo ignored;
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[1].revents) {
			kill(program, SIGKILL);
			while (waitid(P_PID, (id_t)program, end, WEXITED) != 0 && errno == EINTR)
				;
			return true;
		}
		if (read(signals, &ignored, sizeof ignored) < 0 && errno != EINTR)
			return false;
	}
	return false;
}

static void __attribute__((noreturn)) guard(pid_t program, int signals)
{
	siginfo_t end = {0};
	struct inside_report report = {.kind = INSIDE_ENDED};
	report.ordered = wait_for_end(program, signals, &end);
	report.code = end.si_code;
	report.status = end.si_status;
	report.left_behind = kill_all();
	_exit(write(INSIDE_REPORT, &report, sizeof report) == sizeof report ? 0 : INSIDE_STATUS);
}

/* Stays as process 1, and the program is a child. */
static void __attribute__((noreturn)) stay(const struct plan *plan)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	int signals = signalfd(-1, &set, SFD_CLOEXEC);
	/* The program is of the same user, and must not get at our memory and descriptors. */
	if (signals < 0 || prctl(PR_SET_DUMPABLE, 0) != 0)
		give_up("cannot watch over the program");
	pid_t program = fork();
	if (program < 0)
		give_up("cannot start a process");
	if (program > 0)
		guard(program, signals);
	setsid();
	become_program(plan);
}

int main(void)
{
	if (syscall(SYS_close_range, 4u, ~0u, CLOSE_RANGE_CLOEXEC) != 0) /* the program gets 0 to 3 */
		give_up("descriptors cannot be closed");
	struct plan plan = read_plan();
	become_user(&plan);
	/* Our supervisor may be killed; changing the user has taken back what bubblewrap asked for. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
		give_up("cannot end with the supervisor");
	if (fcntl(INSIDE_CONTROL, F_GETFD) >= 0)
		stay(&plan);
	const char *parent = next(&plan, "parent", NULL);
	if (parent && getppid() != (pid_t)strtol(parent, NULL, 10))
		_exit(INSIDE_STATUS); /* it was killed already */
	become_program(&plan);
}
