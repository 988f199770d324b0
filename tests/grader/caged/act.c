/* act.c - a program that does what its arguments say, one thing after the other, and prints what came of each: "ok" or
 * the name of the error. tests/grader/cage_test.c runs it in cages. */
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MIB = 1 << 20 };

static void say(const char *what, long result)
{
	printf("%s: %s\n", what, result >= 0 ? "ok" : strerrorname_np(errno));
	fflush(stdout);
}

static void sleep_ms(long ms)
{
	struct timespec time = {ms / 1000, ms % 1000 * 1000000};
	nanosleep(&time, NULL);
}

static int number(const char *text)
{
	return (int)strtol(text, NULL, 10);
}

/* ---- files ---------------------------------------------------------------------------------- */

static void do_read(const char *path)
{
	char byte;
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	say("read", fd < 0 ? -1 : (long)read(fd, &byte, 1));
	if (fd >= 0)
		close(fd);
}

static void do_write(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	say("write", fd < 0 ? -1 : (long)write(fd, "x", 1));
	if (fd >= 0)
		close(fd);
}

/* COUNT files of SIZE MiB. */
static void do_fill(const char *count, const char *size)
{
	char *block = malloc(MIB), name[32];
	memset(block, 'x', MIB);
	long result = 0;
	for (int i = 0; result >= 0 && i < number(count); i++) {
		snprintf(name, sizeof name, "fill.%d", i);
		int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
		result = fd;
		for (int m = 0; result >= 0 && m < number(size); m++)
			result = (long)write(fd, block, MIB);
		close(fd);
	}
	say("fill", result);
}

/* A small file in so many folders, each in the other. */
static void do_deep(const char *depth)
{
	long result = 0;
	for (int i = 0; result >= 0 && i < number(depth); i++)
		result = mkdir("deep", 0777) < 0 ? -1 : chdir("deep");
	say("deep", result);
	do_write("file");
}

/* SIZE MiB in a file that has no name any more. */
static void do_nameless(const char *path, const char *size)
{
	char *block = malloc(MIB);
	memset(block, 'x', MIB);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	long result = fd < 0 ? -1 : unlink(path);
	for (int m = 0; result >= 0 && m < number(size); m++)
		result = (long)write(fd, block, MIB);
	say("nameless", result);
}

/* ---- memory and processes ------------------------------------------------------------------- */

static void do_memory(const char *size, int flags)
{
	char *memory =
	    mmap(NULL, (size_t)number(size) * MIB, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED)
		say("memory", -1);
	for (size_t i = 0; memory != MAP_FAILED && i < (size_t)number(size); i++) {
		memset(memory + i * MIB, 1, MIB);
		sleep_ms(1);
	}
	say("memory", 0);
}

/* Children that sleep, until there can be no more or there are LIMIT. */
static void do_forks(const char *limit)
{
	int count = 0;
	pid_t pid = 0;
	while (count < number(limit) && (pid = fork()) > 0)
		count++;
	if (pid == 0 && count < number(limit)) {
		pause();
		_exit(0);
	}
	printf("forks: %d %s\n", count, pid < 0 ? strerrorname_np(errno) : "ok");
	fflush(stdout);
}

static void *wait_forever(void *nothing)
{
	for (;;)
		pause();
	return nothing;
}

static void do_threads(const char *limit)
{
	pthread_attr_t small;
	pthread_t thread;
	int count = 0, error = 0;
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 64 << 10);
	while (count < number(limit) && (error = pthread_create(&thread, &small, wait_forever, NULL)) == 0)
		count++;
	printf("threads: %d %s\n", count, error ? strerrorname_np(error) : "ok");
	fflush(stdout);
}

/* A child of a child, in a session of its own. */
static void do_daemon(void)
{
	if (fork() == 0) {
		setsid();
		if (fork() == 0) {
			close(1);
			close(2);
			for (;;)
				pause();
		}
		_exit(0);
	}
	wait(NULL);
	say("daemon", 0);
}

/* ---- others --------------------------------------------------------------------------------- */

static void do_socket(const char *family, const char *type)
{
	say("socket", socket(number(family), number(type), 0));
}

/* By path, or an abstract name that begins with "@". */
static socklen_t named(struct sockaddr_un *address, const char *name)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	strncpy(address->sun_path, name, sizeof address->sun_path - 1);
	if (*name == '@')
		address->sun_path[0] = 0;
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
}

static void do_reach(const char *name)
{
	struct sockaddr_un address;
	socklen_t size = named(&address, name);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	say("reach", fd < 0 ? -1 : connect(fd, (const struct sockaddr *)&address, size));
}

/* Listens there, connects to itself, and accepts. */
static void do_listen(const char *name)
{
	struct sockaddr_un address;
	socklen_t size = named(&address, name);
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
	long result = bind(listener, (const struct sockaddr *)&address, size);
	if (result == 0)
		result = listen(listener, 1);
	if (result == 0)
		result = connect(client, (const struct sockaddr *)&address, size);
	say("listen", result == 0 ? accept(listener, NULL, NULL) : result);
}

static void do_pair(void)
{
	int pair[2];
	say("pair", socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
}

static void do_execute(char **command)
{
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		execv(command[0], command);
		say("execute", -1);
		_exit(1);
	}
	waitpid(pid, NULL, 0);
}

static void do_trace(const char *pid)
{
	char byte;
	struct iovec here = {&byte, 1}, there = {&byte, 1};
	say("ptrace", ptrace(PTRACE_ATTACH, number(pid), NULL, NULL));
	say("memory of another", process_vm_readv(number(pid), &here, 1, &there, 1, 0));
}

static void do_owner(const char *pid)
{
	int pipes[2];
	if (pipe(pipes) == 0)
		say("owner", fcntl(pipes[0], F_SETOWN, number(pid)));
}

static void do_limit_of(const char *pid)
{
	struct rlimit none = {1, 1};
	say("limit of another", prlimit(number(pid), RLIMIT_CPU, &none, NULL));
}

/* Each call that no program in a cage can make. */
static void do_forbidden(void)
{
	struct {
		const char *name;
		long number, a, b, c;
	} calls[] = {
	    {"unshare", SYS_unshare, CLONE_NEWUSER, 0, 0},
	    {"clone", SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0},
	    {"clone3", SYS_clone3, 0, 0, 0},
	    {"setns", SYS_setns, 0, 0, 0},
	    {"mount", SYS_mount, 0, 0, 0},
	    {"pivot_root", SYS_pivot_root, 0, 0, 0},
	    {"chroot", SYS_chroot, (long)"/", 0, 0},
	    {"bpf", SYS_bpf, 0, 0, 0},
	    {"perf_event_open", SYS_perf_event_open, 0, 0, 0},
	    {"userfaultfd", SYS_userfaultfd, 0, 0, 0},
	    {"keyctl", SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 1},
	    {"add_key", SYS_add_key, 0, 0, 0},
	    {"io_uring_setup", SYS_io_uring_setup, 1, 0, 0},
	    {"shmget", SYS_shmget, 0, 4096, 0600},
	    {"msgget", SYS_msgget, 0, 0600, 0},
	    {"semget", SYS_semget, 0, 1, 0600},
	    {"mq_open", SYS_mq_open, (long)"q", O_RDWR | O_CREAT, 0600},
	    {"name_to_handle_at", SYS_name_to_handle_at, AT_FDCWD, (long)".", 0},
	    {"memfd_create", SYS_memfd_create, (long)"x", 0, 0},
	    {"personality", SYS_personality, ADDR_NO_RANDOMIZE, 0, 0},
	    {"tiocsti", SYS_ioctl, 0, 0x5412, (long)"x"},
	    {"tiocsti with more bits", SYS_ioctl, 0, (long)0xffffffff00005412, (long)"x"},
	    {"chmod", SYS_fchmodat, AT_FDCWD, (long)".", 0777},
	    {"symlink", SYS_symlinkat, (long)"/etc", AT_FDCWD, (long)"link"},
	    {"mknod", SYS_mknodat, AT_FDCWD, (long)"fifo", S_IFIFO | 0600},
	    {"unnamed file", SYS_openat, AT_FDCWD, (long)".", O_TMPFILE | O_RDWR},
	    {"pidfd_send_signal", SYS_pidfd_send_signal, 0, 0, 0},
	    {"no longer dumpable", SYS_prctl, PR_SET_DUMPABLE, 0, 0},
	    {"a call of tomorrow", 505, 0, 0, 0},
	};
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		say(calls[i].name, syscall(calls[i].number, calls[i].a, calls[i].b, calls[i].c, 0, 0, 0));
}

static void do_identity(void)
{
	gid_t groups[8];
	printf("%u %u %d %d\n", getuid(), getgid(), getgroups(8, groups), setuid(0));
	fflush(stdout);
}

static void do_descriptors(void)
{
	for (int fd = 0; fd < 256; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf("%d ", fd);
	printf("%s %s\n", getsid(0) == getpid() ? "leader" : "member",
	       open("/dev/tty", O_RDWR) < 0 ? "no terminal" : "a terminal");
	fflush(stdout);
}

#ifdef __x86_64__
/* The 32-bit entry knows other numbers: 20 is getpid there. */
static void do_other_entry(void)
{
	long result = 20;
	__asm__ volatile("int $0x80" : "+a"(result) : : "memory");
	printf("entered: %d\n", result > 0);
}

static void do_other_numbers(void)
{
	say("x32", syscall(0x40000000 | SYS_getpid));
}
#endif

extern char **environ;

static void do_environment(void)
{
	for (char **variable = environ; *variable; variable++)
		puts(*variable);
	fflush(stdout);
}

/* ---- the rest ------------------------------------------------------------------------------- */

static void do_unlink(const char *path)
{
	say("unlink", unlink(path));
}

static void do_private(const char *size)
{
	do_memory(size, MAP_PRIVATE);
}

static void do_shared(const char *size)
{
	do_memory(size, MAP_SHARED);
}

static void do_sleep(const char *ms)
{
	sleep_ms(number(ms));
}

static void do_exit(const char *status)
{
	exit(number(status));
}

static void do_kill(const char *pid, const char *signal_number)
{
	say("kill", kill(number(pid), number(signal_number)));
}

static void do_parent(const char *signal_number)
{
	say("parent", kill(getppid(), number(signal_number)));
}

static void do_ignoring(void)
{
	for (int each = 1; each < NSIG; each++)
		signal(each, SIG_IGN);
}

static void do_spin(void)
{
	for (volatile bool forever = true; forever;)
		;
}

static void do_output(const char *lines)
{
	for (int i = 0; i < number(lines); i++)
		puts("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde");
}

static void do_report(const char *text)
{
	say("report", (long)write(3, text, strlen(text)));
}

static void do_address(void)
{
	printf("%p\n", (void *)&environ);
	int local;
	printf("%p\n", (void *)&local);
}

static const struct word {
	const char *name;
	void (*none)(void);
	void (*one)(const char *);
	void (*two)(const char *, const char *);
} words[] = {
    {"read", .one = do_read},
    {"write", .one = do_write},
    {"unlink", .one = do_unlink},
    {"fill", .two = do_fill},
    {"deep", .one = do_deep},
    {"nameless", .two = do_nameless},
    {"private", .one = do_private},
    {"shared", .one = do_shared},
    {"forks", .one = do_forks},
    {"threads", .one = do_threads},
    {"daemon", .none = do_daemon},
    {"socket", .two = do_socket},
    {"reach", .one = do_reach},
    {"listen", .one = do_listen},
    {"pair", .none = do_pair},
    {"trace", .one = do_trace},
    {"owner", .one = do_owner},
    {"limit-of", .one = do_limit_of},
    {"forbidden", .none = do_forbidden},
    {"identity", .none = do_identity},
    {"sleep", .one = do_sleep},
    {"exit", .one = do_exit},
    {"kill", .two = do_kill},
    {"parent", .one = do_parent},
    {"ignoring", .none = do_ignoring},
    {"spin", .none = do_spin},
    {"environment", .none = do_environment},
    {"descriptors", .none = do_descriptors},
    {"output", .one = do_output},
    {"report", .one = do_report},
    {"address", .none = do_address},
#ifdef __x86_64__
    {"int80", .none = do_other_entry},
    {"x32", .none = do_other_numbers},
#endif
};

static const struct word *find(const char *name)
{
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(words[i].name, name) == 0)
			return &words[i];
	return NULL;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "execute") == 0) {
			do_execute(argv + i + 1);
			return 0;
		}
		const struct word *word = find(argv[i]);
		int takes = !word ? 0 : word->one ? 1 : word->two ? 2 : 0;
		if (!word || i + takes >= argc) {
			fprintf(stderr, "act: %s?\n", argv[i]);
			return 100;
		}
		if (word->none)
			word->none();
		else if (word->one)
			word->one(argv[i + 1]);
		else
			word->two(argv[i + 1], argv[i + 2]);
		i += takes;
	}
	return 0;
}
