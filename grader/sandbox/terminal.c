/* terminal.c - a run that somebody talks to: by a terminal of its own, between which and ours everything is passed on.
 * Ours is never the program's: it can neither type into it nor leave it in a state that nobody can read. */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

struct relay {
	int master, slave; /* -1: no stream of ours is a terminal */
	int ours;          /* the stream that shows what comes */
	int resized;       /* signalfd of SIGWINCH */
	bool raw;          /* ours is */
	struct termios before;
	sigset_t mask; /* before */
};

static void copy_size(const struct relay *relay)
{
	struct winsize size;
	if (ioctl(relay->ours, TIOCGWINSZ, &size) == 0)
		ioctl(relay->master, TIOCSWINSZ, &size);
}

static int open_terminal(struct relay *relay)
{
	sigset_t resized;
	if (tcgetattr(relay->ours, &relay->before) != 0 ||
	    openpty(&relay->master, &relay->slave, NULL, &relay->before, NULL) != 0)
		return -1;
	fcntl(relay->master, F_SETFD, FD_CLOEXEC);
	fcntl(relay->slave, F_SETFD, FD_CLOEXEC);
	copy_size(relay);
	sigemptyset(&resized);
	sigaddset(&resized, SIGWINCH);
	sigprocmask(SIG_BLOCK, &resized, &relay->mask);
	relay->resized = signalfd(-1, &resized, SFD_CLOEXEC);
	if (isatty(0)) { /* then every key is the program's, also Ctrl-C */
		struct termios raw = relay->before;
		cfmakeraw(&raw);
		relay->raw = tcsetattr(0, TCSADRAIN, &raw) == 0;
	}
	return 0;
}

static int open_relay(struct relay *relay, struct run *run)
{
	*relay = (struct relay){.master = -1, .slave = -1, .ours = -1, .resized = -1};
	for (int i = 3; i >= 1; i--) /* 1 rather than 2, and that rather than 0 */
		if (isatty(i % 3))
			relay->ours = i % 3;
	if (relay->ours >= 0 && open_terminal(relay) != 0)
		return -1;
	for (int i = 0; i < 3; i++)
		run->stream[i] = isatty(i) ? relay->slave : i;
	return 0;
}

static void close_relay(struct relay *relay)
{
	const int all[] = {relay->master, relay->slave, relay->resized};
	if (relay->raw)
		tcsetattr(0, TCSADRAIN, &relay->before);
	if (relay->resized >= 0)
		sigprocmask(SIG_SETMASK, &relay->mask, NULL);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (all[i] >= 0)
			close(all[i]);
}

/* What can be read now. False: there is nothing more to come. */
static bool pass_on(int from, int to)
{
	char buffer[4096];
	ssize_t got = read(from, buffer, sizeof buffer);
	for (ssize_t done = 0, put; done < got; done += put)
		if ((put = write(to, buffer + done, (size_t)(got - done))) < 0 && errno != EINTR)
			return false;
		else if (put < 0)
			put = 0;
	return got > 0 || (got < 0 && errno == EINTR);
}

/* What the program wrote before it ended. */
static void pass_rest_on(const struct relay *relay)
{
	struct pollfd fd = {relay->master, POLLIN, 0};
	while (relay->master >= 0 && poll(&fd, 1, 0) > 0 && fd.revents & POLLIN && pass_on(relay->master, relay->ours))
		;
}

static void resize(const struct relay *relay)
{
	struct signalfd_siginfo info;
	if (read(relay->resized, &info, sizeof info) == sizeof info)
		copy_size(relay);
}

/* Until there is a result. False: a signal interrupted it. */
static bool pass_all_on(const struct relay *relay, int results, int signals)
{
	for (int master = relay->master, keys = isatty(0) ? 0 : -1;;) {
		struct pollfd fds[] = {{results, POLLIN, 0},
		                       {signals, POLLIN, 0},
		                       {master, POLLIN, 0},
		                       {keys, POLLIN, 0},
		                       {relay->resized, POLLIN, 0}};
		if (poll(fds, sizeof fds / sizeof *fds, -1) < 0)
			continue;
		if (fds[1].revents)
			return false;
		if (fds[2].revents && !pass_on(master, relay->ours))
			master = -1;
		if (fds[3].revents && !pass_on(0, relay->master))
			keys = -1;
		if (fds[4].revents)
			resize(relay);
		if (fds[0].revents)
			return true;
	}
}

int run_interactive(struct run *run, const struct cage *cage, int signals, struct run_result *result)
{
	struct relay relay;
	int lifeline[2], results[2];
	*result = (struct run_result){.end = RUN_NOT_STARTED};
	fflush(NULL);
	if (open_relay(&relay, run) != 0) {
		snprintf(result->problem, sizeof result->problem, "cannot make a terminal: %s", strerror(errno));
		close_relay(&relay);
		return 0;
	}
	pid_t supervisor = run_start(run, cage, lifeline, results);
	bool ended = true;
	if (supervisor < 0) {
		snprintf(result->problem, sizeof result->problem, "cannot start a process: %s", strerror(errno));
	} else {
		close(relay.slave); /* the program's end is then the terminal's */
		relay.slave = -1;
		ended = pass_all_on(&relay, results[0], signals);
		pass_rest_on(&relay);
		close(lifeline[1]);
		if (ended && read(results[0], result, sizeof *result) != sizeof *result)
			*result = (struct run_result){.end = RUN_NOT_STARTED, .problem = "the supervisor of the run was killed"};
		close(results[0]);
		while (waitpid(supervisor, NULL, 0) < 0 && errno == EINTR)
			;
	}
	close_relay(&relay);
	return ended ? 0 : -1;
}
