/* connections.c - a submission whose processes and threads connect to each other by sockets with addresses. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* Listens at an address that the kernel chooses, which it writes to *address. */
int listen_somewhere(int type, int backlog, struct sockaddr_un *address, socklen_t *size)
{
	int fd = socket(AF_UNIX, type, 0);
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	*size = sizeof *address;
	bind(fd, (const struct sockaddr *)address, offsetof(struct sockaddr_un, sun_path));
	listen(fd, backlog);
	getsockname(fd, (struct sockaddr *)address, size);
	return fd;
}

/* A descriptor, or -1 and errno. */
int dial(int type, const struct sockaddr_un *address, socklen_t size)
{
	int fd = socket(AF_UNIX, type, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)address, size) == 0)
		return fd;
	int error = errno;
	close(fd);
	errno = error;
	return -1;
}

/* As many children as that ask once each, and the sum of what the server answers: 2 for each question of 1. */
int ask_and_answer(int type, int clients)
{
	struct sockaddr_un address;
	socklen_t size;
	int listener = listen_somewhere(type, 1, &address, &size), sum = 0, status;
	char word;
	for (int i = 0; i < clients; i++)
		if (fork() == 0) {
			close(listener);
			word = 1;
			int fd = dial(type, &address, size);
			write(fd, &word, 1);
			read(fd, &word, 1);
			close(fd);
			_exit(word);
		}
	for (int i = 0; i < clients; i++) {
		int fd = accept(listener, NULL, NULL);
		read(fd, &word, 1);
		word++;
		write(fd, &word, 1);
		close(fd);
	}
	close(listener);
	while (wait(&status) > 0)
		sum += WEXITSTATUS(status);
	return sum;
}

/* By name: what connect says before bind, before listen, when it can be, when the listener is closed, and when its file
 * is gone. */
void connect_by_path(const char *path, int errors[5])
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	strncpy(address.sun_path, path, sizeof address.sun_path - 1);
	for (int step = 0, listener = -1; step < 5; step++) {
		if (step == 0)
			listener = socket(AF_UNIX, SOCK_STREAM, 0);
		else if (step == 1)
			bind(listener, (const struct sockaddr *)&address, sizeof address);
		else if (step == 2)
			listen(listener, 4);
		else if (step == 3)
			close(listener);
		else
			unlink(path);
		int fd = dial(SOCK_STREAM, &address, sizeof address);
		errors[step] = fd < 0 ? errno : 0;
		if (fd >= 0)
			close(fd);
	}
}

/* errno of an accept that does not wait; of a connect that does not, with a full backlog. */
void do_not_wait(int errors[2])
{
	struct sockaddr_un address;
	socklen_t size;
	int listener = listen_somewhere(SOCK_STREAM | SOCK_NONBLOCK, 0, &address, &size);
	errors[0] = accept(listener, NULL, NULL) < 0 ? errno : 0;
	int first = dial(SOCK_STREAM, &address, size);
	errors[1] = dial(SOCK_STREAM | SOCK_NONBLOCK, &address, size) < 0 ? errno : 0;
	close(first);
	close(listener);
}

/* What poll says of a listener: nothing, a connection, and, when that is accepted, nothing again. */
void poll_listener(short events[3])
{
	struct sockaddr_un address;
	socklen_t size;
	int listener = listen_somewhere(SOCK_STREAM, 4, &address, &size);
	struct pollfd poller = {.fd = listener, .events = POLLIN};
	poll(&poller, 1, 0);
	events[0] = poller.revents;
	pid_t child = fork();
	if (child == 0) {
		close(dial(SOCK_STREAM, &address, size));
		_exit(0);
	}
	poll(&poller, 1, -1);
	events[1] = poller.revents;
	int fd = accept(listener, NULL, NULL);
	poll(&poller, 1, 0);
	events[2] = poller.revents;
	close(fd);
	close(listener);
	waitpid(child, NULL, 0);
}

/* A client that goes before it is accepted: what it wrote, then the end. */
void vanish(int results[3])
{
	struct sockaddr_un address;
	socklen_t size;
	int listener = listen_somewhere(SOCK_STREAM, 4, &address, &size), client = dial(SOCK_STREAM, &address, size);
	char text[4];
	write(client, "ab", 2);
	close(client);
	results[0] = accept(listener, NULL, NULL);
	results[1] = (int)read(results[0], text, sizeof text);
	results[2] = (int)read(results[0], text, sizeof text);
	close(results[0]);
	close(listener);
}

/* A listener that goes before it accepts: what the client's read says. */
int abandon(void)
{
	struct sockaddr_un address;
	socklen_t size;
	int listener = listen_somewhere(SOCK_STREAM, 4, &address, &size), client = dial(SOCK_STREAM, &address, size);
	char byte;
	write(client, "x", 1);
	close(listener);
	int error = read(client, &byte, 1) < 0 ? errno : 0;
	close(client);
	return error;
}

static void *accept_one(void *listener)
{
	static int error;
	int fd = accept(*(int *)listener, NULL, NULL);
	error = fd < 0 ? errno : 0;
	if (fd >= 0)
		close(fd);
	return &error;
}

/* errno of an accept in a thread, whose listener is shut down (or closed) by another one. */
int end_accept(int shuts)
{
	struct sockaddr_un address;
	socklen_t size;
	int listener = listen_somewhere(SOCK_STREAM, 4, &address, &size), fd = listener;
	pthread_t thread;
	void *error;
	pthread_create(&thread, NULL, accept_one, &fd);
	if (shuts)
		shutdown(listener, SHUT_RDWR);
	else
		close(listener);
	pthread_join(thread, &error);
	if (shuts)
		close(listener);
	return *(int *)error;
}

/* The user of the other end, its size of name, and what waits there to be told. */
void ask_of_connection(int *own_process, int *type, int *error, int *peer_has_name)
{
	struct sockaddr_un address, name = {0};
	socklen_t size;
	int listener = listen_somewhere(SOCK_STREAM, 4, &address, &size), client = dial(SOCK_STREAM, &address, size);
	int fd = accept4(listener, (struct sockaddr *)&name, &(socklen_t){sizeof name}, SOCK_CLOEXEC);
	struct {
		pid_t process;
		uid_t user;
		gid_t group;
	} peer;
	socklen_t length = sizeof peer;
	getsockopt(fd, SOL_SOCKET, 17 /* SO_PEERCRED */, &peer, &length);
	*own_process = peer.process == getpid();
	length = sizeof *type;
	getsockopt(fd, SOL_SOCKET, SO_TYPE, type, &length);
	length = sizeof *error;
	getsockopt(fd, SOL_SOCKET, SO_ERROR, error, &length);
	length = sizeof name;
	getpeername(client, (struct sockaddr *)&name, &length);
	*peer_has_name = length == size && memcmp(&name, &address, size) == 0;
	close(fd);
	close(client);
	close(listener);
}

/* errno of accept with no descriptor left, though a client waits; and what it is when there is one again. */
void run_out(int errors[2])
{
	struct sockaddr_un address;
	socklen_t size;
	int listener = listen_somewhere(SOCK_STREAM, 4, &address, &size), client = dial(SOCK_STREAM, &address, size);
	struct rlimit limit = {(rlim_t)client + 1, 1024};
	setrlimit(RLIMIT_NOFILE, &limit);
	errors[0] = accept(listener, NULL, NULL) < 0 ? errno : 0;
	limit.rlim_cur = 1024;
	setrlimit(RLIMIT_NOFILE, &limit);
	int fd = accept(listener, NULL, NULL);
	errors[1] = fd < 0 ? errno : 0;
	close(fd);
	close(client);
	close(listener);
}

/* Accepts and answers nobody: errno of the accept. */
int accept_a_client(void)
{
	struct sockaddr_un address;
	socklen_t size;
	int listener = listen_somewhere(SOCK_STREAM, 4, &address, &size), client = dial(SOCK_STREAM, &address, size);
	int error = client < 0 ? errno : 0, fd = accept(listener, NULL, NULL);
	if (fd < 0 && !error)
		error = errno;
	if (fd >= 0)
		close(fd);
	if (client >= 0)
		close(client);
	close(listener);
	return error;
}

/* Processes that were forked with the listener take clients from it, each one. */
int share_a_listener(int workers)
{
	struct sockaddr_un address;
	socklen_t size;
	int listener = listen_somewhere(SOCK_STREAM, workers, &address, &size), status, sum = 0;
	char byte;
	for (int i = 0; i < workers; i++)
		if (fork() == 0) {
			int fd = accept(listener, NULL, NULL);
			write(fd, "x", 1);
			_exit(1);
		}
	for (int i = 0; i < workers; i++) {
		int fd = dial(SOCK_STREAM, &address, size);
		read(fd, &byte, 1);
		close(fd);
	}
	close(listener);
	while (wait(&status) > 0)
		sum += WEXITSTATUS(status);
	return sum;
}

void await_nobody(void)
{
	struct sockaddr_un address;
	socklen_t size;
	accept(listen_somewhere(SOCK_STREAM, 4, &address, &size), NULL, NULL); /* {accepts} */
}

/* Two clients, a backlog of one, and a server that takes nobody. */
void fill_the_backlog(void)
{
	struct sockaddr_un address;
	socklen_t size;
	int listener = listen_somewhere(SOCK_STREAM, 0, &address, &size);
	dial(SOCK_STREAM, &address, size);
	dial(SOCK_STREAM, &address, size); /* {dials} */
	close(listener);
}

void leave_two_open(void)
{
	struct sockaddr_un address;
	socklen_t size;
	int listener = listen_somewhere(SOCK_STREAM, 4, &address, &size), client = dial(SOCK_STREAM, &address, size);
	accept(listener, NULL, NULL); /* {leaks} */
	close(client);
	close(listener);
}

/* A server that asks each client that it takes before it takes the next, and a client that comes twice before it asks:
 * whether that ends depends on nobody's speed. */
void two_before_the_first_word(void)
{
	struct sockaddr_un address;
	socklen_t size;
	int listener = listen_somewhere(SOCK_STREAM, 4, &address, &size);
	char byte;
	pid_t child = fork();
	if (child == 0) {
		int first = dial(SOCK_STREAM, &address, size), second = dial(SOCK_STREAM, &address, size);
		write(second, "x", 1);
		read(second, &byte, 1);
		write(first, "x", 1);
		_exit(0);
	}
	for (int i = 0; i < 2; i++) {
		int fd = accept(listener, NULL, NULL);
		read(fd, &byte, 1); /* {asks} */
		write(fd, &byte, 1);
		close(fd);
	}
	close(listener);
	waitpid(child, NULL, 0);
}

static volatile sig_atomic_t arrived;

static void note(int signal)
{
	arrived = signal;
}

/* errno of an accept that a handler interrupts. */
int interrupt_accept(int restarts)
{
	struct sockaddr_un address;
	socklen_t size;
	int listener = listen_somewhere(SOCK_STREAM, 4, &address, &size);
	struct sigaction action = {.sa_handler = note, .sa_flags = restarts ? SA_RESTART : 0}, before;
	sigaction(SIGUSR1, &action, &before);
	pid_t self = getpid(), child = fork();
	if (child == 0) {
		kill(self, SIGUSR1);
		close(dial(SOCK_STREAM, &address, size));
		_exit(0);
	}
	arrived = 0;
	int fd = accept(listener, NULL, NULL), error = fd < 0 ? errno : 0;
	if (fd < 0)
		fd = accept(listener, NULL, NULL);
	close(fd);
	close(listener);
	waitpid(child, NULL, 0);
	sigaction(SIGUSR1, &before, NULL);
	return error;
}
