/* calls.c - kit_NAME: what the submission's calls of NAME become. Each one counts the call, stops at gates, injects the
 * fault that the test asked for, and otherwise goes on to rt_NAME (grader/runtime). Not compiled with sanitizers: see
 * FRAME in grader/runtime/internal.h. */
#include "kit_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

void __tsan_func_entry(void *) __attribute__((weak));
void __tsan_func_exit(void) __attribute__((weak));

/* ---- the frame of a call -------------------------------------------------------------------- */

struct call {
	enum kit_op op;
	bool counted;
	unsigned number; /* of this call among those of its op */
	int error;       /* the fault to inject, or 0 */
	int gave;        /* the error that it had all the same, or 0 */
	const char *name;
	void *outer; /* rt_site of an enclosing call */
};

static void stop_at_gates(const struct call *call, bool before)
{
	for (unsigned i = 0; i < kit_local.state->gate_count; i++) {
		struct kit_gate *gate = &kit_local.state->gate[i];
		if (gate->op == call->op && gate->before == before && gate->at == call->number && !gate->reached)
			kit_at_gate(gate);
	}
}

static bool watched(void)
{
	return kit_local.state != NULL;
}

static void count(struct call *call)
{
	struct kit_state *state = kit_local.state;
	call->counted = true;
	call->number = atomic_fetch_add(&state->calls[call->op], 1) + 1;
	if (state->fault_at[call->op] || state->gate_count || (call->op == KIT_FORK && state->kill_child_at))
		rt_learn(call->number);
	stop_at_gates(call, true);
	if (state->fault_at[call->op] == call->number)
		call->error = state->fault_error[call->op];
}

static struct call call_begin(enum kit_op op, bool counts, void *site, const char *function)
{
	struct call call = {.op = op, .outer = rt_site, .name = function + sizeof "kit_" - 1};
	int error = errno; /* of the program, which may write it */
	if (__tsan_func_entry)
		__tsan_func_entry(site);
	rt_site = site;
	if (counts && watched())
		count(&call);
	errno = error;
	return call;
}

static void call_end(struct call *call)
{
	int error = errno;
	if (call->counted && watched()) {
		kit_call_gave(call->name, rt_site, call->error ? call->error : call->gave, call->error != 0);
		stop_at_gates(call, false);
	}
	rt_site = call->outer;
	if (__tsan_func_exit)
		__tsan_func_exit();
	errno = error;
}

/* At the top of each kit_NAME. The rest of the function sees `call`; call_end runs when it returns. */
#define CALL(op)                                                                                                       \
	struct call call __attribute__((cleanup(call_end))) = call_begin(op, true, __builtin_return_address(0), __func__)
#define PASS(op)                                                                                                       \
	struct call call __attribute__((cleanup(call_end), unused)) =                                                      \
	    call_begin(op, false, __builtin_return_address(0), __func__)

static int failed(int error)
{
	errno = error;
	return -1;
}

/* What a call came to, of those that say -1 and why in errno. No more children, nothing there yet and the like are
 * answers, and no failures. */
static long gave(struct call *call, long result)
{
	static const int answers[] = {EAGAIN, EINPROGRESS, ESRCH};
	call->gave = result < 0 ? errno : 0;
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
		if (call->gave == answers[i] && call->op != KIT_FORK)
			call->gave = 0;
	return result;
}

/* The same of those that return why. */
static int returned(struct call *call, int error)
{
	call->gave = error == EBUSY || error == ETIMEDOUT ? 0 : error;
	return error;
}

static bool due(_Atomic unsigned *tick, unsigned every)
{
	bool now = every && (atomic_fetch_add(tick, 1) + 1) % every == 0;
	if (every)
		rt_learn(now);
	return now;
}

static bool interrupted(struct call *call)
{
	bool now = watched() && due(&kit_local.state->eintr_tick, kit_local.state->eintr_every);
	call->gave = now ? EINTR : 0;
	return now;
}

/* Of a descriptor that does not wait none is interrupted (signal(7)). */
static bool waits(int fd)
{
	int status = fcntl(fd, F_GETFL);
	return status < 0 || !(status & O_NONBLOCK);
}

/* Most tests interrupt nothing: then the descriptor need not be asked. */
static bool interrupted_at(struct call *call, int fd)
{
	return watched() && kit_local.state->eintr_every && waits(fd) && interrupted(call);
}

static bool short_io(void)
{
	return watched() && kit_local.state->short_io;
}

static size_t shortened(size_t bytes)
{
	if (!short_io() || bytes < 2)
		return bytes;
	size_t piece = 1 + atomic_fetch_add(&kit_local.state->io_tick, 1) % 3;
	rt_learn(piece);
	return piece < bytes ? piece : bytes - 1;
}

/* Of a socket that keeps the bounds of messages none is short: each goes whole, or not at all. What is written may be
 * errno itself: it stays as it is until the write. */
static bool is_shortened(int fd)
{
	int type = SOCK_STREAM, error = errno;
	socklen_t size = sizeof type;
	getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size);
	errno = error;
	return type == SOCK_STREAM;
}

static size_t length_of(int fd, size_t bytes)
{
	return short_io() && is_shortened(fd) ? shortened(bytes) : bytes;
}

/* ---- processes ------------------------------------------------------------------------------ */

pid_t rt_fork(void);
pid_t rt_waitpid(pid_t pid, int *status, int options);
int rt_waitid(idtype_t type, id_t id, siginfo_t *info, int options);
int rt_kill(pid_t pid, int signal);
int rt_killpg(pid_t group, int signal);
int rt_raise(int signal);
void rt_exit(int status) __attribute__((noreturn));

pid_t kit_fork(void)
{
	CALL(KIT_FORK);
	if (call.error)
		return failed(call.error);
	if (watched() && kit_local.state->kill_child_at == call.number)
		return rt_fork_dead();
	return (pid_t)gave(&call, rt_fork());
}

/* Who waits for any child learns that there is none: that is how one knows. */
static long gave_of_child(struct call *call, pid_t pid, long result)
{
	gave(call, result);
	if (call->gave == ECHILD && pid <= 0)
		call->gave = 0;
	return result;
}

pid_t kit_waitpid(pid_t pid, int *status, int options)
{
	CALL(KIT_WAITPID);
	if (call.error)
		return failed(call.error);
	if (!(options & WNOHANG) && interrupted(&call))
		return failed(EINTR);
	return (pid_t)gave_of_child(&call, pid, rt_waitpid(pid, status, options));
}

pid_t kit_wait(int *status)
{
	CALL(KIT_WAITPID);
	if (call.error)
		return failed(call.error);
	if (interrupted(&call))
		return failed(EINTR);
	return (pid_t)gave_of_child(&call, -1, rt_waitpid(-1, status, 0));
}

int kit_waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
	CALL(KIT_WAITPID);
	if (call.error)
		return failed(call.error);
	if (!(options & WNOHANG) && interrupted(&call))
		return failed(EINTR);
	return (int)gave_of_child(&call, type == P_PID ? (pid_t)id : -1, rt_waitid(type, id, info, options));
}

int rt_execve(const char *path, char *const argv[], char *const envp[]);
int rt_execvpe(const char *file, char *const argv[], char *const envp[]);
int rt_fexecve(int fd, char *const argv[], char *const envp[]);

/* They come back only when they fail. */
int kit_execve(const char *path, char *const argv[], char *const envp[])
{
	CALL(KIT_EXEC);
	return call.error ? failed(call.error) : (int)gave(&call, rt_execve(path, argv, envp));
}

int kit_execvpe(const char *file, char *const argv[], char *const envp[])
{
	CALL(KIT_EXEC);
	return call.error ? failed(call.error) : (int)gave(&call, rt_execvpe(file, argv, envp));
}

int kit_execv(const char *path, char *const argv[])
{
	CALL(KIT_EXEC);
	return call.error ? failed(call.error) : (int)gave(&call, rt_execve(path, argv, environ));
}

int kit_execvp(const char *file, char *const argv[])
{
	CALL(KIT_EXEC);
	return call.error ? failed(call.error) : (int)gave(&call, rt_execvpe(file, argv, environ));
}

int kit_fexecve(int fd, char *const argv[], char *const envp[])
{
	CALL(KIT_EXEC);
	return call.error ? failed(call.error) : (int)gave(&call, rt_fexecve(fd, argv, envp));
}

#define EXECUTE_LIST(file, first, search, with_environment)                                                            \
	CALL(KIT_EXEC);                                                                                                    \
	if (call.error)                                                                                                    \
		return failed(call.error);                                                                                     \
	va_list list;                                                                                                      \
	va_start(list, first);                                                                                             \
	gave(&call, rt_execute_list(file, first, list, search, with_environment));                                         \
	va_end(list);                                                                                                      \
	return -1

int kit_execl(const char *path, const char *first, ...)
{
	EXECUTE_LIST(path, first, false, false);
}

int kit_execlp(const char *file, const char *first, ...)
{
	EXECUTE_LIST(file, first, true, false);
}

int kit_execle(const char *path, const char *first, ...)
{
	EXECUTE_LIST(path, first, false, true);
}

static int spawn(struct call *call, pid_t *pid, const char *file, bool search,
                 const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes, char *const argv[],
                 char *const envp[])
{
	if (call->error)
		return call->error;
	bool stillborn = watched() && kit_local.state->kill_child_at == call->number;
	return returned(call, rt_spawn(pid, file, search, stillborn, actions, attributes, argv, envp));
}

int kit_posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                    const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
	CALL(KIT_FORK);
	return spawn(&call, pid, path, false, actions, attributes, argv, envp);
}

int kit_posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions,
                     const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
	CALL(KIT_FORK);
	return spawn(&call, pid, file, true, actions, attributes, argv, envp);
}

/* There are no processes but those of the test: the host, and the tool that it runs under, are no business of the
 * submission. */
int kit_kill(pid_t pid, int signal)
{
	CALL(KIT_KILL);
	if (call.error)
		return failed(call.error);
	return rt_may_signal(pid) ? (int)gave(&call, rt_kill(pid, signal)) : failed(ESRCH);
}

int kit_killpg(pid_t group, int signal)
{
	CALL(KIT_KILL);
	return call.error ? failed(call.error) : rt_killpg(group, signal);
}

int kit_raise(int signal)
{
	PASS(KIT_KILL);
	return rt_raise(signal);
}

void kit__exit(int status)
{
	PASS(KIT_KILL);
	if (watched() && rt_in_test_process())
		rt_leave_test("exit_in_test", "the call ended the whole process (_exit) instead of returning");
	rt_die(status);
}

void kit_exit(int status)
{
	PASS(KIT_KILL);
	if (watched() && rt_in_test_process())
		rt_leave_test("exit_in_test", "the call ended the whole process (exit) instead of returning");
	rt_exit(status);
}

/* ---- descriptors ---------------------------------------------------------------------------- */

ssize_t rt_read(int fd, void *buffer, size_t bytes);
ssize_t rt_write(int fd, const void *buffer, size_t bytes);
int rt_close(int fd);
int rt_pipe2(int fds[2], int flags);
int rt_open(const char *path, int flags, ...);
int rt_openat(int folder, const char *path, int flags, ...);
int rt_creat(const char *path, mode_t mode);
int rt_memfd_create(const char *name, unsigned flags);
int rt_close_range(unsigned first, unsigned last, int flags);
void rt_closefrom(int first);
int rt_dup(int fd);
int rt_dup2(int fd, int to);
int rt_dup3(int fd, int to, int flags);
int rt_fcntl(int fd, int operation, ...);
int rt_poll(struct pollfd *fds, nfds_t count, int timeout_ms);
int rt_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *limit, const sigset_t *mask);
int rt_select(int count, fd_set *read, fd_set *write, fd_set *other, struct timeval *limit);
int rt_pselect(int count, fd_set *read, fd_set *write, fd_set *other, const struct timespec *limit,
               const sigset_t *mask);
ssize_t rt_readv(int fd, const struct iovec *pieces, int count);
ssize_t rt_writev(int fd, const struct iovec *pieces, int count);
ssize_t rt_recv(int fd, void *buffer, size_t bytes, int flags);
ssize_t rt_send(int fd, const void *buffer, size_t bytes, int flags);
ssize_t rt_recvfrom(int fd, void *buffer, size_t bytes, int flags, struct sockaddr *address, socklen_t *size);
ssize_t rt_sendto(int fd, const void *buffer, size_t bytes, int flags, const struct sockaddr *address, socklen_t size);
ssize_t rt_recvmsg(int fd, struct msghdr *message, int flags);
ssize_t rt_sendmsg(int fd, const struct msghdr *message, int flags);
int rt_socket(int domain, int type, int protocol);
int rt_connect(int fd, const struct sockaddr *address, socklen_t size);
int rt_accept(int fd, struct sockaddr *address, socklen_t *size);
int rt_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags);
int rt_socketpair(int domain, int type, int protocol, int fds[2]);
void *rt_mmap(void *address, size_t bytes, int protection, int flags, int fd, off_t offset);

ssize_t kit_read(int fd, void *buffer, size_t bytes)
{
	CALL(KIT_READ);
	if (call.error)
		return failed(call.error);
	if (rt_fd_protected(fd))
		return (int)gave(&call, failed(EBADF));
	if (interrupted_at(&call, fd))
		return failed(EINTR);
	return gave(&call, rt_read(fd, buffer, length_of(fd, bytes)));
}

ssize_t kit_write(int fd, const void *buffer, size_t bytes)
{
	CALL(KIT_WRITE);
	if (call.error)
		return failed(call.error);
	if (rt_fd_protected(fd))
		return (int)gave(&call, failed(EBADF));
	if (interrupted_at(&call, fd))
		return failed(EINTR);
	return gave(&call, rt_write(fd, buffer, length_of(fd, bytes)));
}

/* May the call be made at all? Else it has failed, with errno. */
static bool stopped(struct call *call, int fd)
{
	if (!call->error && !rt_fd_protected(fd) && !interrupted(call))
		return false;
	if (!call->error && call->gave != EINTR)
		call->gave = EBADF;
	errno = call->error ? call->error : call->gave;
	return true;
}

ssize_t kit_recv(int fd, void *buffer, size_t bytes, int flags)
{
	CALL(KIT_READ);
	return stopped(&call, fd) ? -1 : gave(&call, rt_recv(fd, buffer, length_of(fd, bytes), flags));
}

ssize_t kit_send(int fd, const void *buffer, size_t bytes, int flags)
{
	CALL(KIT_WRITE);
	return stopped(&call, fd) ? -1 : gave(&call, rt_send(fd, buffer, length_of(fd, bytes), flags));
}

ssize_t kit_recvfrom(int fd, void *buffer, size_t bytes, int flags, struct sockaddr *address, socklen_t *size)
{
	CALL(KIT_READ);
	return stopped(&call, fd) ? -1 : gave(&call, rt_recvfrom(fd, buffer, length_of(fd, bytes), flags, address, size));
}

ssize_t kit_sendto(int fd, const void *buffer, size_t bytes, int flags, const struct sockaddr *address, socklen_t size)
{
	CALL(KIT_WRITE);
	return stopped(&call, fd) ? -1 : gave(&call, rt_sendto(fd, buffer, length_of(fd, bytes), flags, address, size));
}

/* Short I/O of several pieces is the begin of the first one. */
static bool shortens(int fd, const struct iovec *pieces, size_t count, struct iovec *piece)
{
	if (!short_io() || !is_shortened(fd))
		return false;
	while (count && !pieces->iov_len) {
		pieces++;
		count--;
	}
	if (!count)
		return false;
	*piece = (struct iovec){pieces->iov_base, shortened(pieces->iov_len)};
	return true;
}

ssize_t kit_readv(int fd, const struct iovec *pieces, int count)
{
	CALL(KIT_READ);
	struct iovec piece;
	if (stopped(&call, fd))
		return -1;
	if (count > 0 && shortens(fd, pieces, (size_t)count, &piece))
		return gave(&call, rt_readv(fd, &piece, 1));
	return gave(&call, rt_readv(fd, pieces, count));
}

ssize_t kit_writev(int fd, const struct iovec *pieces, int count)
{
	CALL(KIT_WRITE);
	struct iovec piece;
	if (stopped(&call, fd))
		return -1;
	if (count > 0 && shortens(fd, pieces, (size_t)count, &piece))
		return gave(&call, rt_writev(fd, &piece, 1));
	return gave(&call, rt_writev(fd, pieces, count));
}

ssize_t kit_recvmsg(int fd, struct msghdr *message, int flags)
{
	CALL(KIT_READ);
	struct iovec piece;
	if (stopped(&call, fd))
		return -1;
	if (!shortens(fd, message->msg_iov, message->msg_iovlen, &piece))
		return gave(&call, rt_recvmsg(fd, message, flags));
	struct msghdr shorter = *message;
	shorter.msg_iov = &piece;
	shorter.msg_iovlen = 1;
	ssize_t result = gave(&call, rt_recvmsg(fd, &shorter, flags));
	message->msg_namelen = shorter.msg_namelen;
	message->msg_controllen = shorter.msg_controllen;
	message->msg_flags = shorter.msg_flags;
	return result;
}

ssize_t kit_sendmsg(int fd, const struct msghdr *message, int flags)
{
	CALL(KIT_WRITE);
	struct iovec piece;
	if (stopped(&call, fd))
		return -1;
	struct msghdr shorter = *message;
	if (shortens(fd, message->msg_iov, message->msg_iovlen, &piece)) {
		shorter.msg_iov = &piece;
		shorter.msg_iovlen = 1;
	}
	return gave(&call, rt_sendmsg(fd, &shorter, flags));
}

int kit_close(int fd)
{
	CALL(KIT_CLOSE);
	if (call.error)
		return failed(call.error);
	return (int)gave(&call, rt_fd_protected(fd) ? failed(EBADF) : rt_close(fd));
}

int kit_pipe(int fds[2])
{
	CALL(KIT_PIPE);
	return call.error ? failed(call.error) : (int)gave(&call, rt_pipe2(fds, 0));
}

int kit_pipe2(int fds[2], int flags)
{
	CALL(KIT_PIPE);
	return call.error ? failed(call.error) : (int)gave(&call, rt_pipe2(fds, flags));
}

int kit_socketpair(int domain, int type, int protocol, int fds[2])
{
	CALL(KIT_PIPE);
	return call.error ? failed(call.error) : (int)gave(&call, rt_socketpair(domain, type, protocol, fds));
}

int kit_socket(int domain, int type, int protocol)
{
	CALL(KIT_SOCKET);
	return call.error ? failed(call.error) : (int)gave(&call, rt_socket(domain, type, protocol));
}

int kit_connect(int fd, const struct sockaddr *address, socklen_t size)
{
	CALL(KIT_CONNECT);
	return stopped(&call, fd) ? -1 : (int)gave(&call, rt_connect(fd, address, size));
}

int kit_accept(int fd, struct sockaddr *address, socklen_t *size)
{
	CALL(KIT_ACCEPT);
	return stopped(&call, fd) ? -1 : (int)gave(&call, rt_accept(fd, address, size));
}

int kit_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags)
{
	CALL(KIT_ACCEPT);
	return stopped(&call, fd) ? -1 : (int)gave(&call, rt_accept4(fd, address, size, flags));
}

int kit_open(const char *path, int flags, ...)
{
	PASS(KIT_CLOSE);
	va_list args;
	va_start(args, flags);
	mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;
	va_end(args);
	return rt_open(path, flags, mode);
}

int kit_openat(int folder, const char *path, int flags, ...)
{
	PASS(KIT_CLOSE);
	va_list args;
	va_start(args, flags);
	mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;
	va_end(args);
	return rt_openat(folder, path, flags, mode);
}

int kit_creat(const char *path, mode_t mode)
{
	PASS(KIT_CLOSE);
	return rt_creat(path, mode);
}

int kit_memfd_create(const char *name, unsigned flags)
{
	PASS(KIT_CLOSE);
	return rt_memfd_create(name, flags);
}

/* Each descriptor that it closes is closed, but it is one call. */
int kit_close_range(unsigned first, unsigned last, int flags)
{
	CALL(KIT_CLOSE);
	return call.error ? failed(call.error) : rt_close_range(first, last, flags);
}

void kit_closefrom(int first)
{
	CALL(KIT_CLOSE);
	rt_closefrom(first);
}

int kit_dup(int fd)
{
	PASS(KIT_CLOSE);
	return rt_fd_protected(fd) ? failed(EBADF) : rt_dup(fd);
}

int kit_dup2(int fd, int to)
{
	PASS(KIT_CLOSE);
	return rt_fd_protected(fd) || rt_fd_protected(to) ? failed(EBADF) : rt_dup2(fd, to);
}

int kit_dup3(int fd, int to, int flags)
{
	PASS(KIT_CLOSE);
	return rt_fd_protected(fd) || rt_fd_protected(to) ? failed(EBADF) : rt_dup3(fd, to, flags);
}

int kit_fcntl(int fd, int operation, ...)
{
	PASS(KIT_CLOSE);
	va_list args;
	va_start(args, operation);
	void *argument = va_arg(args, void *);
	va_end(args);
	return rt_fd_protected(fd) ? failed(EBADF) : rt_fcntl(fd, operation, argument);
}

int kit_poll(struct pollfd *fds, nfds_t fd_count, int timeout_ms)
{
	PASS(KIT_READ);
	return rt_poll(fds, fd_count, timeout_ms);
}

int kit_ppoll(struct pollfd *fds, nfds_t fd_count, const struct timespec *limit, const sigset_t *mask)
{
	PASS(KIT_READ);
	return rt_ppoll(fds, fd_count, limit, mask);
}

int kit_select(int fd_count, fd_set *read, fd_set *write, fd_set *other, struct timeval *limit)
{
	PASS(KIT_READ);
	return rt_select(fd_count, read, write, other, limit);
}

int kit_pselect(int fd_count, fd_set *read, fd_set *write, fd_set *other, const struct timespec *limit,
                const sigset_t *mask)
{
	PASS(KIT_READ);
	return rt_pselect(fd_count, read, write, other, limit, mask);
}

void *kit_mmap(void *address, size_t bytes, int protection, int flags, int fd, off_t offset)
{
	CALL(KIT_MMAP);
	if (call.error) {
		errno = call.error;
		return MAP_FAILED;
	}
	return rt_mmap(address, bytes, protection, flags, fd, offset);
}

/* ---- memory --------------------------------------------------------------------------------- */

static void *gave_memory(struct call *call, void *memory, bool asked)
{
	call->gave = memory || !asked ? 0 : ENOMEM;
	return memory;
}

static void *no_memory(int error)
{
	errno = error;
	return NULL;
}

void *kit_malloc(size_t bytes)
{
	CALL(KIT_MALLOC);
	return call.error ? no_memory(call.error) : gave_memory(&call, rt_malloc(bytes), bytes > 0);
}

void *kit_calloc(size_t items, size_t bytes)
{
	CALL(KIT_MALLOC);
	return call.error ? no_memory(call.error) : gave_memory(&call, rt_calloc(items, bytes), items && bytes);
}

void *kit_realloc(void *memory, size_t bytes)
{
	CALL(KIT_MALLOC);
	return call.error ? no_memory(call.error) : gave_memory(&call, rt_realloc(memory, bytes), bytes > 0);
}

char *kit_strdup(const char *text)
{
	CALL(KIT_MALLOC);
	return call.error ? no_memory(call.error) : strdup(text);
}

char *kit_strndup(const char *text, size_t bytes)
{
	CALL(KIT_MALLOC);
	return call.error ? no_memory(call.error) : strndup(text, bytes);
}

void *kit_reallocarray(void *memory, size_t items, size_t bytes)
{
	CALL(KIT_MALLOC);
	size_t total;
	if (__builtin_mul_overflow(items, bytes, &total))
		return no_memory(ENOMEM);
	return call.error ? no_memory(call.error) : gave_memory(&call, rt_realloc(memory, total), total > 0);
}

/* As glibc does it, from 2.38 on; ThreadSanitizer's own also wants a size that is a multiple of the alignment. */
void *kit_aligned_alloc(size_t alignment, size_t bytes)
{
	CALL(KIT_MALLOC);
	if (!call.error && __builtin_popcountl(alignment) != 1)
		call.error = EINVAL;
	return call.error ? no_memory(call.error) : rt_blank(memalign(alignment, bytes), 0);
}

int kit_posix_memalign(void **memory, size_t alignment, size_t bytes)
{
	CALL(KIT_MALLOC);
	int error = call.error ? call.error : posix_memalign(memory, alignment, bytes);
	if (!error)
		rt_blank(*memory, 0);
	return error;
}

void kit_free(void *memory)
{
	CALL(KIT_FREE);
	rt_free(memory);
}

/* ---- threads -------------------------------------------------------------------------------- */

int rt_pthread_create(pthread_t *handle, const pthread_attr_t *attributes, void *(*start)(void *), void *argument);
int rt_pthread_join(pthread_t handle, void **result);
int rt_pthread_detach(pthread_t handle);

int kit_pthread_create(pthread_t *handle, const pthread_attr_t *attributes, void *(*start)(void *), void *argument)
{
	CALL(KIT_THREAD_CREATE);
	return call.error ? call.error : returned(&call, rt_pthread_create(handle, attributes, start, argument));
}

int kit_pthread_join(pthread_t handle, void **result)
{
	CALL(KIT_THREAD_JOIN);
	return call.error ? call.error : returned(&call, rt_pthread_join(handle, result));
}

int kit_pthread_detach(pthread_t handle)
{
	PASS(KIT_THREAD_JOIN);
	return rt_pthread_detach(handle);
}

/* ---- locks: the calls that only count, may fail and go on ----------------------------------- */

#define LOCK_CALL(op, name, parameters, arguments)                                                                     \
	int rt_##name parameters;                                                                                          \
	int kit_##name parameters                                                                                          \
	{                                                                                                                  \
		CALL(op);                                                                                                      \
		return call.error ? call.error : returned(&call, rt_##name arguments);                                         \
	}

/* A try counts as a lock when it took it. */
#define TRY_CALL(name, parameters, arguments)                                                                          \
	int rt_##name parameters;                                                                                          \
	int kit_##name parameters                                                                                          \
	{                                                                                                                  \
		PASS(KIT_LOCK);                                                                                                \
		int error = rt_##name arguments;                                                                               \
		if (error == 0 && watched())                                                                                   \
			count(&call);                                                                                              \
		return error;                                                                                                  \
	}

LOCK_CALL(KIT_MUTEX_INIT, pthread_mutex_init, (pthread_mutex_t * mutex, const pthread_mutexattr_t *attributes),
          (mutex, attributes))
LOCK_CALL(KIT_LOCK, pthread_mutex_lock, (pthread_mutex_t * mutex), (mutex))
LOCK_CALL(KIT_UNLOCK, pthread_mutex_unlock, (pthread_mutex_t * mutex), (mutex))
TRY_CALL(pthread_mutex_trylock, (pthread_mutex_t * mutex), (mutex))
TRY_CALL(pthread_mutex_timedlock, (pthread_mutex_t * mutex, const struct timespec *until), (mutex, until))
LOCK_CALL(KIT_LOCK, pthread_rwlock_rdlock, (pthread_rwlock_t * lock), (lock))
LOCK_CALL(KIT_LOCK, pthread_rwlock_wrlock, (pthread_rwlock_t * lock), (lock))
LOCK_CALL(KIT_UNLOCK, pthread_rwlock_unlock, (pthread_rwlock_t * lock), (lock))
TRY_CALL(pthread_rwlock_tryrdlock, (pthread_rwlock_t * lock), (lock))
TRY_CALL(pthread_rwlock_trywrlock, (pthread_rwlock_t * lock), (lock))
LOCK_CALL(KIT_MUTEX_INIT, pthread_rwlock_init, (pthread_rwlock_t * lock, const pthread_rwlockattr_t *attributes),
          (lock, attributes))
LOCK_CALL(KIT_LOCK, pthread_spin_lock, (pthread_spinlock_t * lock), (lock))
LOCK_CALL(KIT_UNLOCK, pthread_spin_unlock, (pthread_spinlock_t * lock), (lock))
LOCK_CALL(KIT_COND_INIT, pthread_cond_init, (pthread_cond_t * condition, const pthread_condattr_t *attributes),
          (condition, attributes))
LOCK_CALL(KIT_COND_SIGNAL, pthread_cond_signal, (pthread_cond_t * condition), (condition))
LOCK_CALL(KIT_COND_BROADCAST, pthread_cond_broadcast, (pthread_cond_t * condition), (condition))

static bool spurious(void)
{
	return watched() && due(&kit_local.state->spurious_tick, kit_local.state->spurious_every);
}

int rt_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex);
int rt_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *until);
int rt_pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
                              const struct timespec *until);

int kit_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
	CALL(KIT_COND_WAIT);
	if (call.error)
		return call.error;
	if (spurious())
		return rt_spurious(mutex), 0;
	return rt_pthread_cond_wait(condition, mutex);
}

int kit_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *until)
{
	CALL(KIT_COND_WAIT);
	if (call.error)
		return call.error;
	if (spurious())
		return rt_spurious(mutex), 0;
	return rt_pthread_cond_timedwait(condition, mutex, until);
}

int kit_pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
                               const struct timespec *until)
{
	CALL(KIT_COND_WAIT);
	if (call.error)
		return call.error;
	if (spurious())
		return rt_spurious(mutex), 0;
	return rt_pthread_cond_clockwait(condition, mutex, clock, until);
}

int rt_sem_wait(sem_t *semaphore);
int rt_sem_timedwait(sem_t *semaphore, const struct timespec *until);
int rt_sem_post(sem_t *semaphore);

int kit_sem_wait(sem_t *semaphore)
{
	CALL(KIT_SEM_WAIT);
	if (call.error)
		return failed(call.error);
	if (interrupted(&call))
		return failed(EINTR);
	return (int)gave(&call, rt_sem_wait(semaphore));
}

int kit_sem_timedwait(sem_t *semaphore, const struct timespec *until)
{
	CALL(KIT_SEM_WAIT);
	if (call.error)
		return failed(call.error);
	if (interrupted(&call))
		return failed(EINTR);
	return rt_sem_timedwait(semaphore, until);
}

int kit_sem_post(sem_t *semaphore)
{
	CALL(KIT_SEM_POST);
	return call.error ? failed(call.error) : (int)gave(&call, rt_sem_post(semaphore));
}

/* ---- sleeps --------------------------------------------------------------------------------- */

unsigned rt_sleep(unsigned seconds);
int rt_usleep(useconds_t microseconds);
int rt_nanosleep(const struct timespec *duration, struct timespec *remaining);
int rt_clock_nanosleep(clockid_t clock, int flags, const struct timespec *time, struct timespec *remaining);
int rt_sched_yield(void);

unsigned kit_sleep(unsigned seconds)
{
	CALL(KIT_SLEEP);
	return call.error ? seconds : rt_sleep(seconds); /* sleep cannot fail, it can end early */
}

int kit_usleep(useconds_t microseconds)
{
	CALL(KIT_SLEEP);
	return call.error ? failed(call.error) : rt_usleep(microseconds);
}

int kit_nanosleep(const struct timespec *duration, struct timespec *remaining)
{
	CALL(KIT_SLEEP);
	return call.error ? failed(call.error) : rt_nanosleep(duration, remaining);
}

int kit_clock_nanosleep(clockid_t clock, int flags, const struct timespec *time, struct timespec *remaining)
{
	CALL(KIT_SLEEP);
	return call.error ? call.error : rt_clock_nanosleep(clock, flags, time, remaining);
}

int kit_sched_yield(void)
{
	CALL(KIT_SLEEP);
	return rt_sched_yield();
}

/* ---- <threads.h>: the same under other names, with results of its own --------------------------- */

#define C11_CALL(op, name, parameters, arguments)                                                                      \
	int rt_##name parameters;                                                                                          \
	int kit_##name parameters                                                                                          \
	{                                                                                                                  \
		CALL(op);                                                                                                      \
		return call.error ? rt_c11_result(call.error) : rt_##name arguments;                                           \
	}

C11_CALL(KIT_THREAD_CREATE, thrd_create, (thrd_t * thread, thrd_start_t function, void *argument),
         (thread, function, argument))
C11_CALL(KIT_THREAD_JOIN, thrd_join, (thrd_t thread, int *result), (thread, result))
C11_CALL(KIT_MUTEX_INIT, mtx_init, (mtx_t * mutex, int type), (mutex, type))
C11_CALL(KIT_LOCK, mtx_lock, (mtx_t * mutex), (mutex))
C11_CALL(KIT_UNLOCK, mtx_unlock, (mtx_t * mutex), (mutex))
TRY_CALL(mtx_trylock, (mtx_t * mutex), (mutex))
TRY_CALL(mtx_timedlock, (mtx_t * mutex, const struct timespec *until), (mutex, until))
C11_CALL(KIT_COND_INIT, cnd_init, (cnd_t * condition), (condition))
C11_CALL(KIT_COND_SIGNAL, cnd_signal, (cnd_t * condition), (condition))
C11_CALL(KIT_COND_BROADCAST, cnd_broadcast, (cnd_t * condition), (condition))

int rt_thrd_detach(thrd_t thread);
int rt_thrd_sleep(const struct timespec *duration, struct timespec *remaining);
int rt_cnd_wait(cnd_t *condition, mtx_t *mutex);
int rt_cnd_timedwait(cnd_t *condition, mtx_t *mutex, const struct timespec *until);

int kit_thrd_detach(thrd_t thread)
{
	PASS(KIT_THREAD_JOIN);
	return rt_thrd_detach(thread);
}

int kit_cnd_wait(cnd_t *condition, mtx_t *mutex)
{
	CALL(KIT_COND_WAIT);
	if (call.error)
		return rt_c11_result(call.error);
	if (spurious())
		return rt_spurious(mutex), thrd_success;
	return rt_cnd_wait(condition, mutex);
}

int kit_cnd_timedwait(cnd_t *condition, mtx_t *mutex, const struct timespec *until)
{
	CALL(KIT_COND_WAIT);
	if (call.error)
		return rt_c11_result(call.error);
	if (spurious())
		return rt_spurious(mutex), thrd_success;
	return rt_cnd_timedwait(condition, mutex, until);
}

int kit_thrd_sleep(const struct timespec *duration, struct timespec *remaining)
{
	CALL(KIT_SLEEP);
	return call.error ? -1 : rt_thrd_sleep(duration, remaining);
}

void kit_thrd_yield(void)
{
	CALL(KIT_SLEEP);
	rt_sched_yield();
}

/* ---- second names --------------------------------------------------------------------------- */

pid_t kit___gcov_fork(void) __attribute__((alias("kit_fork")));
int kit___gcov_execve(const char *path, char *const argv[], char *const envp[]) __attribute__((alias("kit_execve")));
int kit___gcov_execv(const char *path, char *const argv[]) __attribute__((alias("kit_execv")));
int kit___gcov_execvp(const char *file, char *const argv[]) __attribute__((alias("kit_execvp")));
int kit___gcov_execl(const char *path, const char *first, ...) __attribute__((alias("kit_execl")));
int kit___gcov_execlp(const char *file, const char *first, ...) __attribute__((alias("kit_execlp")));
int kit___gcov_execle(const char *path, const char *first, ...) __attribute__((alias("kit_execle")));
void kit__Exit(int status) __attribute__((alias("kit__exit")));
void kit_quick_exit(int status) __attribute__((alias("kit__exit")));
char *kit___strdup(const char *text) __attribute__((alias("kit_strdup")));
int kit_open64(const char *path, int flags, ...) __attribute__((alias("kit_open")));
int kit_openat64(int folder, const char *path, int flags, ...) __attribute__((alias("kit_openat")));
int kit_creat64(const char *path, mode_t mode) __attribute__((alias("kit_creat")));
int kit_fcntl64(int fd, int operation, ...) __attribute__((alias("kit_fcntl")));
void *kit_mmap64(void *address, size_t bytes, int protection, int flags, int fd, off_t offset)
    __attribute__((alias("kit_mmap")));
