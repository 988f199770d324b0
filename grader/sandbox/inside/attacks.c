/* attacks.c - what `doctor` lets loose in the cage, to see it stopped: build/attacks NAME [ARGUMENT].
 *
 * Each attack is harmless where it succeeds: it looks whether it could, and exits with ATTACK_SUCCEEDED, or with
 * ATTACK_STOPPED. "memory" and "disk" take a little more than the limit that they are given, in MiB; they succeed when
 * they are still there at the end. */
#include "attacks.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MIB = 1 << 20 };

static bool reads(const char *path)
{
	char byte;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd >= 0 && read(fd, &byte, 1) == 1;
}

static bool writes(const char *path)
{
	return open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0;
}

static bool connects(const char *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
}

static bool executes(const char *program)
{
	int status = 1;
	pid_t child = fork();
	if (child == 0) {
		execl(program, program, (char *)NULL);
		_exit(1);
	}
	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

static bool signals(const char *pid)
{
	return kill((pid_t)atoi(pid), 0) == 0;
}

static bool traces(const char *pid)
{
	return ptrace(PTRACE_SEIZE, (pid_t)atoi(pid), NULL, NULL) == 0;
}

static bool reads_memory(const char *pid)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/environ", atoi(pid));
	return reads(path);
}

static bool makes_namespace(const char *nothing)
{
	(void)nothing;
	return unshare(CLONE_NEWUSER) == 0;
}

static bool leaves_shared_memory(const char *nothing)
{
	(void)nothing;
	int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
	if (id >= 0)
		shmctl(id, IPC_RMID, NULL);
	return id >= 0;
}

static bool uses_keyring(const char *nothing)
{
	(void)nothing;
	return syscall(SYS_add_key, "user", "forkjoin", "x", 1, -1) >= 0;
}

/* More processes at a time than it may. They wait in read until all are counted. */
static bool forks(const char *limit)
{
	int most = atoi(limit), fds[2], made = 0;
	if (pipe(fds) != 0)
		return false;
	for (; made <= most; made++) {
		pid_t child = fork();
		if (child < 0)
			break;
		if (child == 0) {
			char byte;
			close(fds[1]);
			_exit(read(fds[0], &byte, 1) < 0);
		}
	}
	close(fds[1]);
	while (waitpid(-1, NULL, 0) > 0)
		;
	return made > most;
}

static bool hogs_memory(const char *limit)
{
	for (int i = 0; i < atoi(limit) * 2; i++) {
		char *piece = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (piece == MAP_FAILED)
			return false;
		memset(piece, 1, MIB);
	}
	for (int i = 0; i < 20; i++) /* the watch looks every so often */
		usleep(50000);
	return true;
}

static bool fills_disk(const char *limit)
{
	static char piece[MIB];
	char name[32];
	for (int i = 0; i < atoi(limit) * 2; i++) {
		snprintf(name, sizeof name, "piece.%d", i);
		int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0 || write(fd, piece, MIB) != MIB)
			return false;
		close(fd);
	}
	for (int i = 0; i < 20; i++)
		usleep(50000);
	return true;
}

static const struct {
	const char *name;
	bool (*succeeds)(const char *argument);
} attacks[] = {
    {"read", reads},
    {"write", writes},
    {"connect", connects},
    {"execute", executes},
    {"signal", signals},
    {"trace", traces},
    {"environment", reads_memory},
    {"namespace", makes_namespace},
    {"shared-memory", leaves_shared_memory},
    {"keyring", uses_keyring},
    {"fork", forks},
    {"memory", hogs_memory},
    {"disk", fills_disk},
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof attacks / sizeof *attacks; i++)
		if (strcmp(argv[1], attacks[i].name) == 0)
			return attacks[i].succeeds(argc > 2 ? argv[2] : "") ? ATTACK_SUCCEEDED : ATTACK_STOPPED;
	return 2;
}
