/* pipes.c - a submission for the runtime's own tests: processes that talk through pipes. */
#define _GNU_SOURCE 1

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

int make_pipe(int fds[2])
{
	return pipe(fds); /* {pipe} */
}

int make_sockets(int fds[2])
{
	return socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
}

ssize_t read_once(int fd, void *buffer, size_t size)
{
	return read(fd, buffer, size); /* {read once} */
}

ssize_t write_once(int fd, const void *buffer, size_t size)
{
	return write(fd, buffer, size); /* {write once} */
}

/* Right: goes on after short transfers and EINTR. */
bool read_all(int fd, void *buffer, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t got = read(fd, (char *)buffer + done, size - done);
		if (got == 0 || (got < 0 && errno != EINTR))
			return false;
		done += got > 0 ? (size_t)got : 0;
	}
	return true;
}

bool write_all(int fd, const void *buffer, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t put = write(fd, (const char *)buffer + done, size - done);
		if (put < 0 && errno != EINTR)
			return false;
		done += put > 0 ? (size_t)put : 0;
	}
	return true;
}

/* A child that reads to the end. `careful` closes its own copy of the write end first. */
pid_t spawn_reader(int fds[2], bool careful)
{
	pid_t pid = fork(); /* {fork reader} */
	if (pid != 0)
		return pid;
	if (careful)
		close(fds[1]);
	char byte;
	while (read(fds[0], &byte, 1) == 1) /* {read to the end} */
		;
	_exit(0);
}

pid_t spawn_writer(int fds[2], size_t size)
{
	pid_t pid = fork();
	if (pid != 0)
		return pid;
	static const char block[1 << 18];
	close(fds[0]);
	write(fds[1], block, size);
	_exit(3);
}

int close_fd(int fd)
{
	return close(fd);
}

int duplicate(int fd)
{
	return dup(fd); /* {dup} */
}

int duplicate_to(int fd, int to)
{
	return dup2(fd, to);
}

int duplicate_to3(int fd, int to)
{
	return dup3(fd, to, O_CLOEXEC);
}

int open_null(void)
{
	return open("/dev/null", O_RDONLY); /* {open} */
}

int wait_readable(int fd, int timeout_ms)
{
	struct pollfd poller = {.fd = fd, .events = POLLIN};
	return poll(&poller, 1, timeout_ms); /* {poll} */
}

/* For ever, until one can be read, or the last one be written to; a negative one is left out. */
int wait_for_any(const int fds[], int count)
{
	struct pollfd pollers[16];
	for (int i = 0; i < count; i++)
		pollers[i] = (struct pollfd){.fd = fds[i], .events = i == count - 1 ? POLLOUT : POLLIN};
	return poll(pollers, (nfds_t)count, -1); /* {poll for any} */
}

/* Until one of the two can be read. */
int select_one(int one, int other)
{
	fd_set set;
	FD_ZERO(&set);
	FD_SET(one, &set);
	FD_SET(other, &set);
	return select((one > other ? one : other) + 1, &set, NULL, NULL, NULL); /* {select} */
}

int duplicate_from(int fd, int least)
{
	return fcntl(fd, F_DUPFD, least); /* {F_DUPFD} */
}

int close_many(int first, int last)
{
	return close_range((unsigned)first, (unsigned)last, 0);
}

void close_rest(int first)
{
	closefrom(first);
}

int open_null_at(void)
{
	return openat(AT_FDCWD, "/dev/null", O_RDONLY); /* {openat} */
}

/* Standard input is the file for a while, as in a child of a shell; nothing is left behind. */
int borrow_standard_input(int fd)
{
	int saved = dup(0), result = dup2(fd, 0);
	dup2(saved, 0);
	close(saved);
	return result;
}

/* A copy that has come through a pair of sockets. */
int receive_copy(int fd)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof fd)];
	} control = {.header = {.cmsg_len = CMSG_LEN(sizeof fd), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
	char byte = 0;
	struct iovec piece = {&byte, 1};
	struct msghdr message = {
	    .msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	int ends[2], copy = -1;
	socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
	memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), &fd, sizeof fd);
	sendmsg(ends[0], &message, 0);
	if (recvmsg(ends[1], &message, 0) == 1) /* {recvmsg} */
		memcpy(&copy, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof copy);
	close(ends[0]);
	close(ends[1]);
	return copy;
}
