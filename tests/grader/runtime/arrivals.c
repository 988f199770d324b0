/* arrivals.c - a submission that handles signals and waits for them. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static sigset_t only(int signal)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, signal);
	return set;
}

static void handle(int signal, void (*handler)(int), int flags, struct sigaction *before)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
	sigemptyset(&action.sa_mask);
	sigaction(signal, &action, before);
}

static void make_children(int count)
{
	for (int i = 0; i < count; i++)
		if (fork() == 0)
			_exit(i);
}

/* How many of them were waited for, each wait being announced by SIGCHLD; *woken: how often it was. */
int reap_by_signal(int count, int *woken)
{
	sigset_t set = only(SIGCHLD), before;
	int reaped = 0;
	sigprocmask(SIG_BLOCK, &set, &before);
	make_children(count);
	for (*woken = 0; reaped < count; ++*woken) {
		sigwaitinfo(&set, NULL);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			reaped++;
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return reaped;
}

static void came(int signal)
{
	(void)signal;
}

/* The child keeps SIGCHLD out and handles nothing, as its parent did when it was made: what the parent does then is no
 * matter of the child's. 0: the child has waited for a child of its own. */
int child_keeps_its_mask(void)
{
	sigset_t set = only(SIGCHLD), before;
	struct sigaction action;
	int status = -1, signal;
	sigprocmask(SIG_BLOCK, &set, &before);
	pid_t child = fork();
	if (child == 0) {
		make_children(1);
		sigwait(&set, &signal);
		_exit(waitpid(-1, NULL, WNOHANG) > 0 ? 0 : 1);
	}
	handle(SIGCHLD, came, 0, &action);
	sigprocmask(SIG_SETMASK, &before, NULL);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	sigaction(SIGCHLD, &action, NULL);
	return status;
}

/* One wait for each SIGCHLD: of several at a time there is one. */
int reap_one_each(int count)
{
	sigset_t set = only(SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	make_children(count);
	for (int i = 0; i < count; i++) {
		sigwaitinfo(&set, NULL);
		waitpid(-1, NULL, WNOHANG);
	}
	return count;
}

/* errno of a wait that its deadline ends. The child would wait for ever. */
int wait_at_most(int milliseconds)
{
	sigset_t set = only(SIGCHLD), before;
	int ends[2];
	char byte;
	pipe(ends);
	sigprocmask(SIG_BLOCK, &set, &before);
	pid_t child = fork();
	if (child == 0)
		_exit((int)read(ends[0], &byte, 1));
	errno = 0;
	int signal = sigtimedwait(&set, NULL, &(struct timespec){.tv_nsec = milliseconds * 1000000L});
	int error = signal < 0 ? errno : 0;
	kill(child, SIGKILL);
	signal = sigtimedwait(&set, NULL, &(struct timespec){.tv_sec = 60});
	waitpid(child, NULL, 0);
	close(ends[0]);
	close(ends[1]);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return signal == SIGCHLD ? error : -1;
}

static volatile sig_atomic_t arrived;

static void note(int signal)
{
	arrived += signal;
}

/* Asks, and then waits: the signal may come in between. */
void pause_unless_arrived(void)
{
	handle(SIGCHLD, note, 0, NULL);
	make_children(1);
	if (!arrived)
		pause();
	wait(NULL);
}

int suspend_until_arrived(void)
{
	sigset_t set = only(SIGCHLD), before;
	handle(SIGCHLD, note, 0, NULL);
	sigprocmask(SIG_BLOCK, &set, &before);
	make_children(1);
	while (!arrived)
		sigsuspend(&before);
	sigprocmask(SIG_SETMASK, &before, NULL);
	wait(NULL);
	return arrived;
}

static int doorbell[2];

static void ring(int signal)
{
	int error = errno;
	(void)signal;
	write(doorbell[1], "x", 1);
	errno = error;
}

/* A pipe to oneself makes a signal something to poll for. */
int reap_by_doorbell(int count, int flags)
{
	struct sigaction before;
	int reaped = 0;
	pipe(doorbell);
	handle(SIGCHLD, ring, flags, &before);
	make_children(count);
	while (reaped < count) {
		struct pollfd poller = {.fd = doorbell[0], .events = POLLIN};
		char byte;
		if (poll(&poller, 1, -1) < 0 || read(doorbell[0], &byte, 1) < 0)
			continue;
		while (waitpid(-1, NULL, WNOHANG) > 0)
			reaped++;
	}
	sigaction(SIGCHLD, &before, NULL);
	close(doorbell[0]);
	close(doorbell[1]);
	return reaped;
}

/* errno of a read that a signal of the child interrupts, or 0: the child writes when the handler has run. */
int read_interrupted(int flags)
{
	int ends[2], go[2];
	char byte;
	pipe(ends);
	pipe(go);
	doorbell[1] = go[1];
	handle(SIGUSR1, ring, flags, NULL);
	pid_t child = fork();
	if (child == 0) {
		kill(getppid(), SIGUSR1);
		read(go[0], &byte, 1);
		write(ends[1], "x", 1);
		_exit(0);
	}
	errno = 0;
	int error = read(ends[0], &byte, 1) < 0 ? errno : 0;
	waitpid(child, NULL, 0);
	handle(SIGUSR1, SIG_DFL, 0, NULL);
	close(ends[0]);
	close(ends[1]);
	close(go[0]);
	close(go[1]);
	return error;
}

static pid_t signaller(void (*handler)(int))
{
	handle(SIGUSR1, handler, 0, NULL);
	pid_t self = getpid(), child = fork();
	if (child == 0) {
		kill(self, SIGUSR1);
		_exit(0);
	}
	return child;
}

/* The signal may come as late as now. */
static void reap(pid_t child)
{
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
}

int nap_interrupted(long *left_s)
{
	struct timespec left;
	pid_t child = signaller(note);
	int error = nanosleep(&(struct timespec){.tv_sec = 5}, &left) == 0 ? 0 : errno;
	*left_s = left.tv_sec;
	reap(child);
	return error;
}

static sem_t semaphore;

static void post(int signal)
{
	(void)signal;
	sem_post(&semaphore);
}

int semaphore_interrupted(void)
{
	sem_init(&semaphore, 0, 0);
	pid_t child = signaller(post);
	int error = sem_wait(&semaphore) == 0 ? 0 : errno;
	reap(child);
	sem_destroy(&semaphore);
	return error;
}

/* A thread that does nothing but wait for signals, which everybody else keeps out. */
static void *answer(void *data)
{
	sigset_t set = only(SIGUSR1);
	sigaddset(&set, SIGTERM);
	for (int signal = 0; signal != SIGTERM;) {
		sigwait(&set, &signal);
		*(int *)data += signal;
	}
	return NULL;
}

int answer_in_thread(void)
{
	sigset_t set = only(SIGUSR1), before;
	int sum = 0;
	pthread_t thread;
	sigaddset(&set, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &set, &before);
	pthread_create(&thread, NULL, answer, &sum);
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGTERM);
	pthread_join(thread, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return sum;
}

/* What is kept out arrives when it is let in; of several of the same, one. The mask is as the program sees it. */
int let_in(void)
{
	sigset_t set = only(SIGUSR2), seen, pending;
	arrived = 0;
	handle(SIGUSR2, note, 0, NULL);
	sigprocmask(SIG_BLOCK, &set, NULL);
	kill(getpid(), SIGUSR2);
	kill(getpid(), SIGUSR2);
	sigpending(&pending);
	if (arrived || sigismember(&pending, SIGUSR2) != 1)
		return -1;
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	int times = arrived / SIGUSR2;
	kill(getpid(), SIGUSR2);
	sigprocmask(SIG_BLOCK, NULL, &seen);
	handle(SIGUSR2, SIG_DFL, 0, NULL);
	return sigismember(&seen, SIGUSR2) == 0 && arrived == (times + 1) * SIGUSR2 ? times : -2;
}

/* A handler that is good for once: how often it ran, when as many children end. */
int handled_once(int count)
{
	sigset_t set = only(SIGCHLD), before;
	arrived = 0;
	handle(SIGCHLD, note, SA_RESETHAND, NULL);
	for (int i = 0; i < count; i++) {
		sigprocmask(SIG_BLOCK, &set, &before);
		make_children(1);
		while (wait(NULL) < 0 && errno == EINTR)
			;
		sigprocmask(SIG_SETMASK, &before, NULL);
	}
	return arrived / SIGCHLD;
}

/* Of the mask with the last of all signals in it. */
int last_of_all(void)
{
	sigset_t set = only(SIGRTMAX), before, seen;
	sigprocmask(SIG_BLOCK, &set, &before);
	sigprocmask(SIG_SETMASK, &before, &seen);
	return sigismember(&seen, SIGRTMAX);
}

/* The signal that ended a child which had kept it out, and let it in. */
int die_when_let_in(void)
{
	int status;
	pid_t child = fork();
	if (child == 0) {
		sigset_t set = only(SIGTERM);
		sigprocmask(SIG_BLOCK, &set, NULL);
		raise(SIGTERM);
		sigprocmask(SIG_UNBLOCK, &set, NULL);
		_exit(0);
	}
	waitpid(child, &status, 0);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static atomic_int raised;

static void count(int signal)
{
	(void)signal;
	raised++;
}

/* A handler that is set while other threads wait: the signal is for who lets it in in the schedule. */
static void *raise_here(void *data)
{
	sigset_t set = only(SIGUSR1);
	(void)data;
	handle(SIGUSR1, count, 0, NULL);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	kill(getpid(), SIGUSR1);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	kill(getpid(), SIGUSR1);
	handle(SIGUSR1, SIG_DFL, 0, NULL);
	return NULL;
}

int raise_in_thread(void)
{
	pthread_t thread;
	raised = 0;
	pthread_create(&thread, NULL, raise_here, NULL);
	pthread_join(thread, NULL);
	return raised;
}

/* What stops a process if nobody cares, handled or ignored: how often the handler ran, in this process and in a child. */
int stops_handled(void)
{
	sigset_t set = only(SIGTSTP), before;
	int status;
	arrived = 0;
	handle(SIGTSTP, note, 0, NULL);
	handle(SIGTTOU, SIG_IGN, 0, NULL);
	kill(getpid(), SIGTTOU);
	raise(SIGTTOU);
	kill(getpid(), SIGTSTP);
	raise(SIGTSTP);
	int own = arrived / SIGTSTP;
	sigprocmask(SIG_BLOCK, &set, &before);
	pid_t child = fork();
	if (child == 0) {
		while (arrived == own * SIGTSTP)
			sigsuspend(&before);
		_exit(arrived / SIGTSTP);
	}
	kill(child, SIGTTOU);
	kill(child, SIGTSTP);
	waitpid(child, &status, 0);
	sigprocmask(SIG_SETMASK, &before, NULL);
	handle(SIGTSTP, SIG_DFL, 0, NULL);
	handle(SIGTTOU, SIG_DFL, 0, NULL);
	return own * 10 + WEXITSTATUS(status);
}

/* It was sent while there was a handler, and is let in when there is none. */
void stop_when_let_in(void)
{
	sigset_t set = only(SIGTSTP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	handle(SIGTSTP, note, 0, NULL);
	raise(SIGTSTP);
	handle(SIGTSTP, SIG_DFL, 0, NULL);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* The end of the child comes before the mask that would have kept it. */
void block_when_ended(void)
{
	sigset_t set = only(SIGCHLD);
	siginfo_t info;
	make_children(1);
	waitid(P_ALL, 0, &info, WEXITED | WNOWAIT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigwaitinfo(&set, NULL);
}

/* ---- signals that are one thread's alone ------------------------------------------------------ */

static sem_t sent, asked;
static pthread_t handled_in;
static int broken[2];

static void send_by_writing(void)
{
	write(broken[1], "x", 1);
}

static void send_by_raising(void)
{
	raise(SIGPIPE);
}

static void note_thread(int signal)
{
	(void)signal;
	handled_in = pthread_self();
}

/* SIGPIPE is sent and kept out, the other thread asks, then it is taken: returns what this thread got. */
static void *keep_out_and_take(void *send)
{
	sigset_t set = only(SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	((void (*)(void))send)();
	sem_post(&sent);
	sem_wait(&asked);
	return (void *)(long)sigtimedwait(&set, NULL, &(struct timespec){0});
}

/* The same, but then it is let in. */
static void *keep_out_and_let_in(void *send)
{
	sigset_t set = only(SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	((void (*)(void))send)();
	sem_post(&sent);
	sem_wait(&asked);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	return NULL;
}

static pthread_t begin_sender(void *(*start)(void *), bool raises)
{
	pthread_t sender;
	pipe(broken);
	close(broken[0]);
	sem_init(&sent, 0, 0);
	sem_init(&asked, 0, 0);
	pthread_create(&sender, NULL, start, (void *)(raises ? send_by_raising : send_by_writing));
	sem_wait(&sent);
	return sender;
}

static void *end_sender(pthread_t sender)
{
	void *result;
	sem_post(&asked);
	pthread_join(sender, &result);
	close(broken[1]);
	sem_destroy(&sent);
	sem_destroy(&asked);
	return result;
}

/* *taken: the signal that the sender takes; *pending: is it so in the other thread? Returns what that one takes, or -1. */
int other_thread_takes(bool raises, int *taken, int *pending)
{
	sigset_t set = only(SIGPIPE), before;
	pthread_sigmask(SIG_BLOCK, &set, &before);
	pthread_t sender = begin_sender(keep_out_and_take, raises);
	sigpending(&set);
	*pending = sigismember(&set, SIGPIPE);
	set = only(SIGPIPE);
	int result = sigtimedwait(&set, NULL, &(struct timespec){.tv_nsec = 1000});
	*taken = (int)(long)end_sender(sender);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return result;
}

/* 1: the handler runs in the thread that sent it to itself; 0: in the other one, which lets it in all the time; -1: never. */
int sender_handles(bool raises)
{
	pthread_t sender, nobody = handled_in;
	handle(SIGPIPE, note_thread, 0, NULL);
	sender = begin_sender(keep_out_and_let_in, raises);
	end_sender(sender);
	handle(SIGPIPE, SIG_DFL, 0, NULL);
	return pthread_equal(handled_in, nobody) ? -1 : pthread_equal(handled_in, sender);
}

/* What the sender takes when the signal was ignored for a while. */
int taken_when_ignored(bool raises)
{
	pthread_t sender = begin_sender(keep_out_and_take, raises);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGPIPE, SIG_DFL);
	return (int)(long)end_sender(sender);
}
