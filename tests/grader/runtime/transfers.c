/* transfers.c - a submission that uses sockets, pieces of memory, and waits for several descriptors. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* The child sends `text` in two parts; how many bytes one receive with those flags has of it. */
int receive_parts(const char *text, int flags, char *out, size_t bytes)
{
	int ends[2];
	socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
	pid_t child = fork();
	if (child == 0) {
		close(ends[0]);
		send(ends[1], text, 3, MSG_NOSIGNAL);
		send(ends[1], text + 3, strlen(text) - 3, MSG_NOSIGNAL);
		_exit(0);
	}
	close(ends[1]);
	ssize_t length = recv(ends[0], out, bytes, flags);
	waitpid(child, NULL, 0);
	close(ends[0]);
	return (int)length;
}

/* All of it, with as many calls as it takes: their number, or -1. */
int receive_all(int fd, char *out, size_t bytes)
{
	int calls = 0;
	for (size_t done = 0; done < bytes; calls++) {
		ssize_t length = recv(fd, out + done, bytes - done, 0);
		if (length < 0 && errno == EINTR)
			continue;
		if (length <= 0)
			return -1;
		done += (size_t)length;
	}
	return calls;
}

int send_all(int fd, const char *text, size_t bytes)
{
	int calls = 0;
	for (size_t done = 0; done < bytes; calls++) {
		ssize_t length = send(fd, text + done, bytes - done, MSG_NOSIGNAL);
		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0)
			return -1;
		done += (size_t)length;
	}
	return calls;
}

/* errno of a call that does not wait; of one whose other end is gone. */
int receive_at_once(int fd)
{
	char byte;
	return recv(fd, &byte, 1, MSG_DONTWAIT) < 0 ? errno : 0;
}

int send_to_nobody(int flags)
{
	int ends[2];
	socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
	close(ends[0]);
	int error = send(ends[1], "x", 1, flags) < 0 ? errno : 0;
	close(ends[1]);
	return error;
}

/* More than a pipe holds, from three pieces into two, through a pipe; whether all is as it was. */
int pass_pieces(int by_message)
{
	enum { FIRST = 10, SECOND = 150000, THIRD = 7, ALL = FIRST + SECOND + THIRD };
	static char from[ALL], to[ALL];
	int ends[2];
	for (int i = 0; i < ALL; i++)
		from[i] = (char)(i * 7 + i / 1000);
	if (by_message)
		socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
	else
		pipe(ends);
	pid_t child = fork();
	if (child == 0) {
		struct iovec pieces[] = {{from, FIRST}, {from + FIRST, SECOND}, {from + FIRST + SECOND, THIRD}};
		struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 3};
		ssize_t length = by_message ? sendmsg(ends[1], &message, MSG_NOSIGNAL) : writev(ends[1], pieces, 3);
		_exit(length == ALL ? 0 : 1);
	}
	close(ends[1]);
	size_t done = 0;
	for (ssize_t length = 1; length > 0;) {
		size_t half = (ALL - done) / 2;
		struct iovec pieces[] = {{to + done, half}, {to + done + half, ALL - done - half}};
		struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 2};
		length = by_message ? recvmsg(ends[0], &message, 0) : readv(ends[0], pieces, 2);
		done += length > 0 ? (size_t)length : 0;
	}
	int status = 1;
	waitpid(child, &status, 0);
	close(ends[0]);
	return done == ALL && status == 0 && memcmp(from, to, ALL) == 0;
}

/* Which of two descriptors select says can be read, as bits; -1 at the end of the time, with what is left of it. */
int select_of(int first, int second, long limit_us, long *left_us)
{
	fd_set set;
	FD_ZERO(&set);
	FD_SET(first, &set);
	FD_SET(second, &set);
	struct timeval limit = {.tv_sec = limit_us / 1000000, .tv_usec = limit_us % 1000000};
	int ready = select((first > second ? first : second) + 1, &set, NULL, NULL, limit_us < 0 ? NULL : &limit);
	*left_us = limit.tv_sec * 1000000L + limit.tv_usec;
	return ready <= 0 ? -1 : (FD_ISSET(first, &set) ? 1 : 0) | (FD_ISSET(second, &set) ? 2 : 0);
}

int select_from_child(void)
{
	int first[2], second[2];
	char byte;
	long left;
	pipe(first);
	pipe(second);
	pid_t child = fork();
	if (child == 0) {
		write(second[1], "x", 1);
		read(first[0], &byte, 1);
		_exit(0);
	}
	int ready = select_of(first[0], second[0], -1, &left);
	write(first[1], "x", 1);
	waitpid(child, NULL, 0);
	for (int i = 0; i < 2; i++) {
		close(first[i]);
		close(second[i]);
	}
	return ready;
}

static volatile sig_atomic_t arrived;

static void note(int signal)
{
	arrived = signal;
}

/* The signal is let in by ppoll alone. Its error, or 0. */
int ppoll_lets_in(void)
{
	struct sigaction action = {.sa_handler = note}, user;
	sigset_t set, before;
	sigemptyset(&action.sa_mask);
	sigaction(SIGUSR1, &action, &user);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, &before);
	arrived = 0;
	pid_t self = getpid(), child = fork();
	if (child == 0) {
		kill(self, SIGUSR1);
		_exit(0);
	}
	int error = ppoll(NULL, 0, NULL, &before) < 0 ? errno : 0;
	waitpid(child, NULL, 0);
	sigprocmask(SIG_SETMASK, &before, NULL);
	sigaction(SIGUSR1, &user, NULL);
	return arrived == SIGUSR1 ? error : -1;
}

/* Both send more than fits, and nobody receives. */
void both_send(void)
{
	static char much[1 << 20];
	int ends[2];
	socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
	pid_t child = fork();
	send(ends[child == 0], much, sizeof much, MSG_NOSIGNAL);
	if (child == 0)
		_exit(0);
	waitpid(child, NULL, 0);
}

static volatile sig_atomic_t broken;

static void note_broken(int signal)
{
	(void)signal;
	broken = 1;
}

/* The reader goes in the middle of a write: 0 if that has sent a part, and there was no signal. */
int write_while_the_reader_goes(void)
{
	static char much[400000];
	int ends[2], status;
	char byte;
	socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
	pid_t child = fork();
	if (child == 0) {
		struct sigaction action = {.sa_handler = note_broken};
		sigaction(SIGPIPE, &action, NULL);
		close(ends[0]);
		ssize_t sent = write(ends[1], much, sizeof much);
		_exit(sent > 0 && sent < (ssize_t)sizeof much && !broken ? 0 : 1);
	}
	close(ends[1]);
	read(ends[0], &byte, 1);
	close(ends[0]);
	waitpid(child, &status, 0);
	return status;
}

/* The bytes of each of so many receives, one after the other, of the messages "abc" and "defgh" from a child, which
 * then closes its end. */
void receive_messages(int flags, int lengths[], int count)
{
	int ends[2];
	char text[8];
	socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends);
	pid_t child = fork();
	if (child == 0) {
		close(ends[0]);
		send(ends[1], "abc", 3, 0);
		write(ends[1], "defgh", 5);
		_exit(0);
	}
	close(ends[1]);
	for (int i = 0; i < count; i++)
		lengths[i] = (int)recv(ends[0], text, sizeof text, flags);
	waitpid(child, NULL, 0);
	close(ends[0]);
}

/* errno of a message to nobody; -1 if there was a signal, which is not handled. */
int send_message_to_nobody(void)
{
	int ends[2];
	socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends);
	close(ends[0]);
	int error = send(ends[1], "x", 1, 0) < 0 && write(ends[1], "x", 1) < 0 ? errno : 0;
	close(ends[1]);
	return error;
}

/* Messages until there is no room, with a child that takes them all: how many it has got, by its status. */
int send_many_messages(int count)
{
	static char message[4096];
	int ends[2], status, sent = 0;
	socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends);
	pid_t child = fork();
	if (child == 0) {
		int received = 0;
		close(ends[0]);
		while (read(ends[1], message, sizeof message) == sizeof message)
			received++;
		_exit(received);
	}
	close(ends[1]);
	while (sent < count && write(ends[0], message, sizeof message) == sizeof message)
		sent++;
	close(ends[0]);
	waitpid(child, &status, 0);
	return sent == count && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Both wait for the first word. */
void both_await_a_message(void)
{
	int ends[2];
	char text[8];
	socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends);
	pid_t child = fork();
	close(ends[child != 0]);
	recv(ends[child == 0], text, sizeof text, 0);
	if (child == 0)
		_exit(0);
	waitpid(child, NULL, 0);
}

static int read_error(int fd)
{
	int error = 0;
	for (size_t done = 0; done < sizeof error;) {
		ssize_t length = read(fd, (char *)&error + done, sizeof error - done);
		if (length <= 0)
			return -1;
		done += (size_t)length;
	}
	return error;
}

/* errno itself is what is written, as by a child that cannot execute a program: what the other end has of it. If `full`,
 * after as much as the pipe holds. */
int write_errno_itself(int value, int full)
{
	static char much[65536];
	int ends[2], status = 0;
	if (pipe(ends) != 0 || (full && write(ends[1], much, sizeof much) != (ssize_t)sizeof much))
		return -1;
	pid_t child = fork();
	if (child == 0) {
		for (size_t left = full ? sizeof much : 0; left;) {
			ssize_t length = read(ends[0], much, left);
			if (length <= 0)
				_exit(255);
			left -= (size_t)length;
		}
		_exit(read_error(ends[0]));
	}
	errno = value;
	for (size_t done = 0; done < sizeof errno;)
		done += (size_t)write(ends[1], (char *)&errno + done, sizeof errno - done);
	waitpid(child, &status, 0);
	close(ends[0]);
	close(ends[1]);
	return WEXITSTATUS(status);
}
