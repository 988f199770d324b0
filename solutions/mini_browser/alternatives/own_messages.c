/* own_messages.c - alternative: as the reference, with messages of its own instead of those of socket_rpc
 *
 * In a tab the first thread is the input thread; it makes the other two. The url goes to the net thread and the
 * document to the render thread through struct page. No callback is called, and nothing is sent, with its mutex held.
 */
#define _GNU_SOURCE 1 /* SOCK_CLOEXEC */
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

struct input { /* from the browser to a tab */
	enum input_kind kind;
	char text[TEXT_SIZE];
};

struct event { /* from a tab to the browser */
	enum tab_event kind;
};

struct tab {
	bool open;     /* this place of the table is taken */
	bool told;     /* its end has been returned by tab_wait */
	int fd;        /* the browser's end of the connection; -1: the end of the tab has been seen */
	unsigned news; /* what it has told and tab_wait has not returned */
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

/* ---- messages: structs of a fixed size on a stream ---------------------------------------------- */

/* 0, or -1 and errno. */
static int put(int fd, const void *message, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t count = send(fd, (const char *)message + done, size - done, MSG_NOSIGNAL);

		if (count >= 0)
			done += (size_t)count;
		else if (errno != EINTR)
			return failed(errno == ECONNRESET ? EPIPE : errno);
	}
	return 0;
}

/* Whether there was one: not at the end of the stream, wherever that is. */
static bool get(int fd, void *message, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t count = recv(fd, (char *)message + done, size - done, 0);

		if (count > 0)
			done += (size_t)count;
		else if (count == 0 || errno != EINTR)
			return false;
	}
	return true;
}

/* ---- a tab: what its threads share --------------------------------------------------------------- */

struct page {
	const struct browser_cfg *cfg;
	int fd;                  /* the tab's end of the connection */
	pthread_mutex_t sending; /* held for one event: their bytes must not mix */
	pthread_mutex_t mutex;   /* guards all that follows */
	pthread_cond_t asked;    /* for the net thread: waiting or quit has become true */
	pthread_cond_t changed;  /* for the render thread: dirty or complete has become true */
	bool waiting;            /* there is a url to fetch */
	char url[TEXT_SIZE];
	bool quit;        /* there will be no other url, and no other input */
	bool dirty;       /* `now` has changed since the last frame */
	bool complete;    /* `now` will not change any more */
	struct frame now; /* what the next frame shows */
};

static void tell(struct page *page, enum tab_event kind)
{
	struct event event = {.kind = kind};

	pthread_mutex_lock(&page->sending);
	put(page->fd, &event, sizeof event); /* if the browser has gone, the input thread sees it */
	pthread_mutex_unlock(&page->sending);
}

/* ---- a tab: the net thread ----------------------------------------------------------------------- */

/* Whether there is one: not after the last one. */
static bool next_url(struct page *page, char url[TEXT_SIZE])
{
	bool found;

	pthread_mutex_lock(&page->mutex);
	while (!page->waiting && !page->quit)
		pthread_cond_wait(&page->asked, &page->mutex);
	found = page->waiting;
	page->waiting = false;
	memcpy(url, page->url, TEXT_SIZE);
	pthread_mutex_unlock(&page->mutex);
	return found;
}

static void show_document(struct page *page, const char *text, size_t len)
{
	pthread_mutex_lock(&page->mutex);
	memcpy(page->now.text, text, len);
	page->now.len = len;
	page->now.version++;
	page->dirty = true;
	pthread_cond_signal(&page->changed);
	pthread_mutex_unlock(&page->mutex);
}

static void *net_thread(void *argument)
{
	struct page *page = argument;
	char url[TEXT_SIZE], text[DOC_SIZE];

	while (next_url(page, url)) {
		size_t len = page->cfg->fetch(url, text, sizeof text, page->cfg->ctx);

		show_document(page, text, len);
		tell(page, TAB_LOADED);
	}
	return NULL;
}

/* ---- a tab: the render thread -------------------------------------------------------------------- */

/* Whether there is one: not after the last one. */
static bool next_frame(struct page *page, struct frame *frame)
{
	bool found;

	pthread_mutex_lock(&page->mutex);
	while (!page->dirty && !page->complete)
		pthread_cond_wait(&page->changed, &page->mutex);
	found = page->dirty;
	page->dirty = false;
	*frame = page->now;
	pthread_mutex_unlock(&page->mutex);
	return found;
}

static void *render_thread(void *argument)
{
	struct page *page = argument;
	struct frame frame;

	while (next_frame(page, &frame)) {
		page->cfg->render(&frame, page->cfg->ctx);
		tell(page, TAB_RENDERED);
	}
	return NULL;
}

/* ---- a tab: the input thread --------------------------------------------------------------------- */

/* One input more; `url` is not NULL if it was an INPUT_LOAD. */
static void count_input(struct page *page, const char *url)
{
	pthread_mutex_lock(&page->mutex);
	if (url) {
		memcpy(page->url, url, TEXT_SIZE);
		page->waiting = true;
		pthread_cond_signal(&page->asked);
	}
	page->now.inputs++;
	page->dirty = true;
	pthread_cond_signal(&page->changed);
	pthread_mutex_unlock(&page->mutex);
}

/* Until INPUT_QUIT. */
static void handle_inputs(struct page *page)
{
	struct input input;

	for (;;) {
		if (!get(page->fd, &input, sizeof input))
			_exit(0); /* the browser has gone; it ends all threads, whatever they do */
		if (input.kind == INPUT_QUIT)
			return;
		if (input.kind == INPUT_TEXT)
			page->cfg->handle(input.text, page->cfg->ctx);
		count_input(page, input.kind == INPUT_LOAD ? input.text : NULL);
		tell(page, TAB_INPUT_DONE);
	}
}

static void set(struct page *page, bool *flag, pthread_cond_t *condition)
{
	pthread_mutex_lock(&page->mutex);
	*flag = true;
	pthread_cond_signal(condition);
	pthread_mutex_unlock(&page->mutex);
}

/* The life of a tab. It ends by _exit: the stdio buffers and the atexit functions are the caller's. */
static void __attribute__((noreturn)) run_tab(const struct browser_cfg *cfg, int fd, const char *url)
{
	struct page page = {.cfg = cfg, .fd = fd, .waiting = true};
	pthread_t net, render;

	strcpy(page.url, url);
	if (pthread_mutex_init(&page.sending, NULL) != 0 || pthread_mutex_init(&page.mutex, NULL) != 0 ||
	    pthread_cond_init(&page.asked, NULL) != 0 || pthread_cond_init(&page.changed, NULL) != 0 ||
	    pthread_create(&net, NULL, net_thread, &page) != 0 || pthread_create(&render, NULL, render_thread, &page) != 0)
		_exit(1); /* no return: the net thread may run, and uses the page */
	handle_inputs(&page);
	set(&page, &page.quit, &page.asked);
	pthread_join(net, NULL);
	set(&page, &page.complete, &page.changed); /* not before: the last document is a change, too */
	pthread_join(render, NULL);
	_exit(0);
}

/* ---- the browser: its table of tabs -------------------------------------------------------------- */

browser *browser_start(const struct browser_cfg *cfg)
{
	browser *browser;

	if (!cfg || !cfg->fetch || !cfg->handle || !cfg->render) {
		errno = EINVAL;
		return NULL;
	}
	browser = calloc(1, sizeof *browser);
	if (browser)
		browser->cfg = *cfg;
	return browser;
}

/* NULL and EINVAL: there is no such tab. */
static struct tab *find(browser *browser, int tab)
{
	if (tab >= 0 && tab < TAB_MAX && browser->tab[tab].open)
		return &browser->tab[tab];
	errno = EINVAL;
	return NULL;
}

static int free_place(const browser *browser)
{
	for (int i = 0; i < TAB_MAX; i++)
		if (!browser->tab[i].open)
			return i;
	return failed(EMFILE);
}

/* In a new tab: closes the browser's ends, that of the tab itself included. */
static void close_ends(const browser *browser, int own)
{
	for (int i = 0; i < TAB_MAX; i++)
		if (browser->tab[i].open && browser->tab[i].fd >= 0)
			close(browser->tab[i].fd);
	close(own);
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
		close_ends(browser, ends[0]);
		run_tab(&browser->cfg, ends[1], url);
	}
	error = errno;
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return failed(error);
	}
	browser->tab[number] = (struct tab){.open = true, .fd = ends[0], .state = {.pid = pid, .alive = true}};
	return number;
}

int tab_input(browser *browser, int number, enum input_kind kind, const char *text)
{
	struct tab *tab = find(browser, number);
	struct input input = {.kind = kind};

	if (!tab)
		return -1;
	if (kind != INPUT_QUIT) {
		if ((kind != INPUT_TEXT && kind != INPUT_LOAD) || !text)
			return failed(EINVAL);
		if (strlen(text) >= TEXT_SIZE)
			return failed(EMSGSIZE);
		strcpy(input.text, text);
	}
	if (tab->fd < 0)
		return failed(EPIPE);
	return put(tab->fd, &input, sizeof input);
}

int tab_state(const browser *browser, int number, struct tab_state *state)
{
	const struct tab *tab = find((struct browser *)browser, number);

	if (!tab || !state)
		return failed(EINVAL);
	*state = tab->state;
	return 0;
}

/* ---- the browser: events and ends ---------------------------------------------------------------- */

/* Waits for the process of a tab, which has ended or is about to. */
static void reap(struct tab *tab)
{
	int status = 0;

	close(tab->fd);
	tab->fd = -1;
	while (waitpid(tab->state.pid, &status, 0) < 0 && errno == EINTR)
		;
	tab->state.alive = false;
	tab->state.status = status;
}

/* Takes one event, or the end of the tab. */
static void take(struct tab *tab)
{
	struct event event;

	if (!get(tab->fd, &event, sizeof event)) {
		reap(tab);
		return;
	}
	tab->news |= event.kind;
	tab->state.inputs += event.kind == TAB_INPUT_DONE;
	tab->state.loaded += event.kind == TAB_LOADED;
	tab->state.rendered += event.kind == TAB_RENDERED;
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
	struct tab *tab = find(browser, number);

	if (!tab)
		return -1;
	if (tab->state.alive) {
		kill(tab->state.pid, SIGKILL);
		reap(tab);
	}
	tab->open = false;
	return 0;
}

void browser_stop(browser *browser)
{
	if (!browser)
		return;
	for (int i = 0; i < TAB_MAX; i++)
		tab_close(browser, i);
	free(browser);
}
