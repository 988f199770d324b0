/* one_condition.c - alternative: in a tab one condition for all that can change, and documents that change hands
 *
 * The first thread makes the three of the tab and waits for them. What has changed is told to all by a broadcast; each
 * looks for itself. A document is never copied while the mutex is held: the net thread hands over the memory.
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

struct document {
	size_t len;
	char text[DOC_SIZE];
};

struct page {
	const struct browser_cfg *cfg;
	int fd;                  /* the tab's end of the connection */
	pthread_mutex_t sending; /* held for one event: their bytes must not mix */
	pthread_mutex_t mutex;   /* guards all that follows */
	pthread_cond_t changed;  /* anything of it */
	bool waiting;            /* there is a url to fetch */
	char url[TEXT_SIZE];
	bool quit;     /* there will be no other url, and no other input */
	bool complete; /* the net thread has ended, too */
	unsigned version, inputs;
	struct document *newest; /* that the render thread has not taken; NULL: there is none */
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
		pthread_cond_wait(&page->changed, &page->mutex);
	found = page->waiting;
	page->waiting = false;
	memcpy(url, page->url, TEXT_SIZE);
	pthread_mutex_unlock(&page->mutex);
	return found;
}

static void show_document(struct page *page, struct document *document)
{
	struct document *old;

	pthread_mutex_lock(&page->mutex);
	old = page->newest;
	page->newest = document;
	page->version++;
	pthread_cond_broadcast(&page->changed);
	pthread_mutex_unlock(&page->mutex);
	free(old);
}

static void *net_thread(void *argument)
{
	struct page *page = argument;
	char url[TEXT_SIZE];

	while (next_url(page, url)) {
		struct document *document = malloc(sizeof *document);

		if (!document)
			_exit(1);
		document->len = page->cfg->fetch(url, document->text, sizeof document->text, page->cfg->ctx);
		show_document(page, document);
		tell(page, TAB_LOADED);
	}
	pthread_mutex_lock(&page->mutex);
	page->complete = true;
	pthread_cond_broadcast(&page->changed);
	pthread_mutex_unlock(&page->mutex);
	return NULL;
}

/* ---- a tab: the render thread -------------------------------------------------------------------- */

static bool is_behind(const struct page *page, const struct frame *frame)
{
	return frame->version != page->version || frame->inputs != page->inputs;
}

/* Changes *frame, the last one, to the next one. Whether there is one: not after the last one. */
static bool next_frame(struct page *page, struct frame *frame)
{
	struct document *document;
	bool found;

	pthread_mutex_lock(&page->mutex);
	while (!is_behind(page, frame) && !page->complete)
		pthread_cond_wait(&page->changed, &page->mutex);
	found = is_behind(page, frame);
	frame->version = page->version;
	frame->inputs = page->inputs;
	document = page->newest;
	page->newest = NULL;
	pthread_mutex_unlock(&page->mutex);
	if (document) {
		frame->len = document->len;
		memcpy(frame->text, document->text, document->len);
		free(document);
	}
	return found;
}

static void *render_thread(void *argument)
{
	struct page *page = argument;
	struct frame frame = {0};

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
	}
	page->inputs++;
	pthread_cond_broadcast(&page->changed);
	pthread_mutex_unlock(&page->mutex);
}

static void *input_thread(void *argument)
{
	struct page *page = argument;
	struct input input;

	for (;;) {
		if (!get(page->fd, &input, sizeof input))
			_exit(0); /* the browser has gone; it ends all threads, whatever they do */
		if (input.kind == INPUT_QUIT)
			break;
		if (input.kind == INPUT_TEXT)
			page->cfg->handle(input.text, page->cfg->ctx);
		count_input(page, input.kind == INPUT_LOAD ? input.text : NULL);
		tell(page, TAB_INPUT_DONE);
	}
	pthread_mutex_lock(&page->mutex);
	page->quit = true;
	pthread_cond_broadcast(&page->changed);
	pthread_mutex_unlock(&page->mutex);
	return NULL;
}

/* The life of a tab. It ends by _exit: the stdio buffers and the atexit functions are the caller's. */
static void __attribute__((noreturn)) run_tab(const struct browser_cfg *cfg, int fd, const char *url)
{
	struct page page = {.cfg = cfg, .fd = fd, .waiting = true};
	static void *(*const work[])(void *) = {input_thread, net_thread, render_thread};
	pthread_t thread[3];

	strcpy(page.url, url);
	if (pthread_mutex_init(&page.sending, NULL) != 0 || pthread_mutex_init(&page.mutex, NULL) != 0 ||
	    pthread_cond_init(&page.changed, NULL) != 0)
		_exit(1);
	for (int i = 0; i < 3; i++)
		if (pthread_create(&thread[i], NULL, work[i], &page) != 0)
			_exit(1);
	for (int i = 0; i < 3; i++)
		pthread_join(thread[i], NULL);
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
