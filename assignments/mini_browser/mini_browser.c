/* mini_browser.c - your solution. The contract is in include/mini_browser.h, the handout in README.md.
 *
 *     browser --- struct input ---> tab:  input thread --url--> net thread --document--> render thread
 *             <-- struct event ---
 *
 * Given: the table of tabs, the messages, tab_open up to the life of a tab, and the loop that asks which tab has told
 * something. Yours: everything that says TODO.
 */
#define _GNU_SOURCE 1 /* for what Linux has beyond POSIX */
#include "mini_browser.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- given: messages ----------------------------------------------------------------------------- */

struct input { /* from the browser to a tab */
	enum input_kind kind;
	char text[TEXT_SIZE];
};

struct event { /* from a tab to the browser */
	enum tab_event kind;
};

/* ---- given: the table of tabs -------------------------------------------------------------------- */

struct tab {
	bool open;     /* this place of the table is taken */
	bool told;     /* tab_wait has returned its end */
	int fd;        /* the browser's end of the connection; -1: the end of the tab was seen */
	unsigned news; /* kinds that it has told, and tab_wait has not returned */
	struct tab_state state;
};

struct browser {
	struct browser_cfg cfg;
	struct tab tab[TAB_MAX];
};

/* -1 and errno */
static int failed(int error)
{
	errno = error;
	return -1;
}

/* NULL: there is no such tab. */
static struct tab *find(browser *browser, int number)
{
	return number >= 0 && number < TAB_MAX && browser->tab[number].open ? &browser->tab[number] : NULL;
}

static int free_place(const browser *browser)
{
	for (int i = 0; i < TAB_MAX; i++)
		if (!browser->tab[i].open)
			return i;
	return failed(EMFILE);
}

int tab_state(const browser *browser, int number, struct tab_state *state)
{
	const struct tab *tab = find((struct browser *)browser, number);

	if (!tab || !state)
		return failed(EINVAL);
	*state = tab->state;
	return 0;
}

/* ---- a tab --------------------------------------------------------------------------------------- */

struct page {
	const struct browser_cfg *cfg;
	int fd; /* the tab's end of the connection */
	        /* TODO: what the three threads hand to each other, and what guards it */
};

/* The life of a tab: its three threads. `fd` is its end of the connection. */
static void __attribute__((noreturn)) run_tab(const struct browser_cfg *cfg, int fd, const char *url)
{
	struct page page = {.cfg = cfg, .fd = fd};

	/* TODO: the threads, each with a function of its own */
	(void)page;
	(void)url;
	_exit(1);
}

/* ---- the browser --------------------------------------------------------------------------------- */

browser *browser_start(const struct browser_cfg *cfg)
{
	/* TODO */
	(void)cfg;
	errno = ENOSYS;
	return NULL;
}

int tab_open(browser *browser, const char *url)
{
	int ends[2], number, error;
	pid_t pid;

	if (!url)
		return failed(EINVAL);
	if (strlen(url) >= TEXT_SIZE)
		return failed(EMSGSIZE);
	number = free_place(browser);
	if (number < 0)
		return -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		/* TODO: which descriptors has this process got from the browser, and which may it keep? */
		run_tab(&browser->cfg, ends[1], url);
	}
	error = errno;
	/* TODO: which of the two ends may stay open in the browser, and if fork has failed? */
	if (pid < 0)
		return failed(error);
	browser->tab[number] = (struct tab){.open = true, .fd = ends[0], .state = {.pid = pid, .alive = true}};
	return number;
}

int tab_input(browser *browser, int number, enum input_kind kind, const char *text)
{
	/* TODO */
	(void)find(browser, number);
	(void)kind;
	(void)text;
	return failed(ENOSYS);
}

/* A tab has told something, or its process has ended. */
static void take(struct tab *tab)
{
	/* TODO */
	(void)tab;
}

/* Takes what has come from all tabs. If `wait`, it waits until there is something. Whether there was something. */
static bool take_events(browser *browser, bool wait)
{
	struct pollfd end[TAB_MAX];
	int ready;

	for (int i = 0; i < TAB_MAX; i++)
		end[i] = (struct pollfd){.fd = browser->tab[i].open ? browser->tab[i].fd : -1, .events = POLLIN};
	ready = poll(end, TAB_MAX, wait ? -1 : 0);
	for (int i = 0; ready > 0 && i < TAB_MAX; i++)
		if (end[i].revents)
			take(&browser->tab[i]);
	return ready != 0; /* interrupted: look again */
}

int tab_wait(browser *browser, int number, unsigned kinds)
{
	struct tab *tab = find(browser, number);
	unsigned found;

	if (!tab || kinds & ~(unsigned)(TAB_INPUT_DONE | TAB_LOADED | TAB_RENDERED))
		return failed(EINVAL);
	if (tab->told)
		return failed(ESRCH);
	while (take_events(browser, tab->state.alive && !(tab->news & kinds)))
		;
	found = tab->news & kinds;
	tab->news &= ~found;
	if (found)
		return (int)found;
	tab->told = true;
	return WIFSIGNALED(tab->state.status) ? TAB_CRASHED : TAB_EXITED;
}

int tab_close(browser *browser, int number)
{
	/* TODO */
	(void)find(browser, number);
	return failed(ENOSYS);
}

void browser_stop(browser *browser)
{
	/* TODO */
	(void)browser;
}
