/* play_keys.c - keys of a terminal, or characters of a pipe. */
#include "../memory.h"
#include "play.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

struct keys {
	int signals, resized; /* signalfds: Ctrl-C and the like, which stay where they are; a terminal of another size */
	sigset_t mask;        /* as it was before */
	bool terminal;
	struct termios before;
};

/* Each key at once, without echo; Ctrl-C is a signal as always, Ctrl-Z would leave the terminal like this. */
static void take_keys(struct keys *keys)
{
	struct termios raw = keys->before;
	raw.c_lflag &= (tcflag_t) ~(ICANON | ECHO);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	raw.c_cc[VSUSP] = _POSIX_VDISABLE;
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

struct keys *keys_open(int signals)
{
	struct keys *keys = zeroed(1, sizeof *keys);
	sigset_t resized;
	sigemptyset(&resized);
	sigaddset(&resized, SIGWINCH);
	sigprocmask(SIG_BLOCK, &resized, &keys->mask);
	keys->signals = signals;
	keys->resized = signalfd(-1, &resized, SFD_CLOEXEC | SFD_NONBLOCK);
	keys->terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &keys->before) == 0;
	if (keys->terminal)
		take_keys(keys);
	return keys;
}

void keys_close(struct keys *keys)
{
	if (!keys)
		return;
	if (keys->terminal)
		tcsetattr(STDIN_FILENO, TCSANOW, &keys->before);
	if (keys->resized >= 0)
		close(keys->resized);
	sigprocmask(SIG_SETMASK, &keys->mask, NULL);
	free(keys);
}

bool keys_from_terminal(const struct keys *keys)
{
	return keys->terminal;
}

static int read_key(void)
{
	unsigned char key;
	ssize_t got;
	do
		got = read(STDIN_FILENO, &key, 1);
	while (got < 0 && errno == EINTR);
	return got == 1 && key != 4 ? key : KEY_END; /* 4: Ctrl-D */
}

static bool was_resized(const struct keys *keys)
{
	struct signalfd_siginfo info;
	bool any = false;
	while (read(keys->resized, &info, sizeof info) == sizeof info)
		any = true;
	return any;
}

int keys_next(struct keys *keys)
{
	fflush(stdout);
	for (;;) {
		struct pollfd wait[] = {{keys->signals, POLLIN, 0}, {keys->resized, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
		if (poll(wait, 3, -1) < 0 && errno != EINTR)
			return KEY_END;
		if (wait[0].revents)
			return KEY_INTERRUPTED;
		if (wait[1].revents && was_resized(keys))
			return KEY_RESIZED;
		int key = wait[2].revents ? read_key() : '\n';
		if (key == KEY_END || key == ' ' || !isspace(key))
			return key;
	}
}
