/* public.c - the tests of mini_browser that students have. */
#include "kit.h"
#include "mini_browser.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TABS = 2, SEEN = 16 };

/* ---- what happened in the tabs: each field is written by one thread of one tab ------------------- */

struct who {
	unsigned pid;
	pthread_t thread;
};

struct shown {
	unsigned version, inputs;
	char text[TEXT_SIZE];
};

struct record {
	struct who net, input, render;
	unsigned fetches, handled, frames;
	char fetched[SEEN][TEXT_SIZE], text[SEEN][TEXT_SIZE];
	struct shown shown[SEEN];
};

struct world {  /* shared by all processes of the test */
	sem_t gate; /* for a url that begins with "gate:", and a text "gate" */
	struct record tab[TABS];
};

struct site { /* ctx: each tab has its own copy */
	struct world *world;
	unsigned tab; /* of the copy that is made next */
};

static struct who me(void)
{
	return (struct who){.pid = (unsigned)getpid(), .thread = pthread_self()};
}

static bool begins(const char *text, const char *word)
{
	return strncmp(text, word, strlen(word)) == 0;
}

/* A url is "page:DOCUMENT"; with "gate:" in front the document comes when the gate opens, with "hang:" never; "crash:"
 * ends the process. */
static size_t fetch(const char *url, char *buf, size_t cap, void *ctx)
{
	struct site *site = ctx;
	struct record *record = &site->world->tab[site->tab];
	const char *document = strchr(url, ':') + 1;

	record->net = me();
	snprintf(record->fetched[record->fetches % SEEN], TEXT_SIZE, "%s", url);
	kit_note(&record->fetches, record->fetches + 1);
	if (begins(url, "crash:"))
		kill(getpid(), SIGKILL);
	while (begins(url, "gate:") && sem_wait(&site->world->gate) != 0)
		;
	while (begins(url, "hang:"))
		sem_wait(&site->world->gate);
	snprintf(buf, cap, "%s", document);
	return strlen(document);
}

static void handle(const char *text, void *ctx)
{
	struct site *site = ctx;
	struct record *record = &site->world->tab[site->tab];

	record->input = me();
	snprintf(record->text[record->handled % SEEN], TEXT_SIZE, "%s", text);
	kit_note(&record->handled, record->handled + 1);
	if (begins(text, "crash"))
		kill(getpid(), SIGKILL);
}

static void render(const struct frame *frame, void *ctx)
{
	struct site *site = ctx;
	struct record *record = &site->world->tab[site->tab];
	struct shown *shown = &record->shown[record->frames % SEEN];

	record->render = me();
	shown->version = frame->version;
	shown->inputs = frame->inputs;
	snprintf(shown->text, TEXT_SIZE, "%.*s", (int)frame->len, frame->text);
	kit_note(&record->frames, record->frames + 1);
}

/* ---- browsers ------------------------------------------------------------------------------------ */

static struct site new_site(void)
{
	struct world *world = kit_shared(sizeof *world);

	sem_init(&world->gate, 1, 0);
	return (struct site){.world = world};
}

static struct browser_cfg cfg_of(struct site *site)
{
	return (struct browser_cfg){.fetch = fetch, .handle = handle, .render = render, .ctx = site};
}

static browser *start(struct site *site)
{
	struct browser_cfg cfg = cfg_of(site);
	browser *browser = browser_start(&cfg);

	cr_assert(ne(ptr, browser, NULL), "browser_start gives a browser; errno is %s", strerrorname_np(errno));
	return browser;
}

static int open_tab(browser *browser, struct site *site, unsigned record, const char *url)
{
	site->tab = record;
	int tab = tab_open(browser, url);
	cr_assert(ge(int, tab, 0), "tab_open(\"%s\") gives the number of a tab; errno is %s", url, strerrorname_np(errno));
	return tab;
}

static void send_input(browser *browser, int tab, enum input_kind kind, const char *text)
{
	int result = tab_input(browser, tab, kind, text);

	cr_assert(eq(int, result, 0), "tab_input(\"%s\") returns 0; errno is %s", text, strerrorname_np(errno));
}

static void expect_event(browser *browser, int tab, unsigned kinds, unsigned expected, const char *what)
{
	int got = tab_wait(browser, tab, kinds);

	cr_assert(eq(int, got, (int)expected), "what tab_wait returns, %s", what);
}

static struct tab_state state_of(browser *browser, int tab)
{
	struct tab_state state = {0};
	int result = tab_state(browser, tab, &state);

	cr_assert(eq(int, result, 0), "tab_state of an open tab returns 0");
	return state;
}

/* Until the tab has told as many documents. */
static void await_loaded(browser *browser, int tab, unsigned count)
{
	while (state_of(browser, tab).loaded < count)
		expect_event(browser, tab, TAB_LOADED, TAB_LOADED, "of a tab that loads a document");
}

static void await_inputs(browser *browser, int tab, unsigned count)
{
	while (state_of(browser, tab).inputs < count)
		expect_event(browser, tab, TAB_INPUT_DONE, TAB_INPUT_DONE, "of a tab that handles an input");
}

static const struct shown *last_shown(const struct site *site, unsigned tab)
{
	const struct record *record = &site->world->tab[tab];

	return &record->shown[(record->frames + SEEN - 1) % SEEN];
}

static void expect_shown(const struct site *site, unsigned tab, unsigned version, unsigned inputs, const char *text)
{
	const struct shown *shown = last_shown(site, tab);

	cr_assert(eq(u32, shown->version, version), "the version of the last frame");
	cr_assert(eq(u32, shown->inputs, inputs), "the number of inputs in the last frame");
	cr_assert(eq(str, (char *)shown->text, (char *)text), "the document in the last frame");
}

/* ---- one tab ------------------------------------------------------------------------------------- */

KIT_TEST(mini_browser, a_page_is_fetched_and_rendered)
{
	struct site site = new_site();
	browser *browser = start(&site);
	int tab = open_tab(browser, &site, 0, "page:hello");

	expect_event(browser, tab, TAB_LOADED, TAB_LOADED, "of a tab whose document was fetched");
	expect_event(browser, tab, TAB_RENDERED, TAB_RENDERED, "of a tab with a new document");
	expect_shown(&site, 0, 1, 0, "hello");
	cr_assert(eq(u32, site.world->tab[0].fetches, 1), "how often fetch was called");
	browser_stop(browser);
}

KIT_TEST(mini_browser, inputs_are_handled_in_their_order)
{
	struct site site = new_site();
	browser *browser = start(&site);
	int tab = open_tab(browser, &site, 0, "page:hello");

	send_input(browser, tab, INPUT_TEXT, "one");
	send_input(browser, tab, INPUT_TEXT, "");
	send_input(browser, tab, INPUT_TEXT, "the third one");
	await_inputs(browser, tab, 3);
	const struct record *record = &site.world->tab[0];
	cr_assert(eq(u32, record->handled, 3), "how often handle was called for 3 inputs");
	cr_assert(eq(str, (char *)record->text[0], "one"), "the text of the first input");
	cr_assert(eq(str, (char *)record->text[1], ""), "the text of the second input");
	cr_assert(eq(str, (char *)record->text[2], "the third one"), "the text of the third input");
	kit_let_others_run();
	expect_shown(&site, 0, 1, 3, "hello");
	browser_stop(browser);
}

KIT_TEST(mini_browser, a_load_is_fetched_and_rendered)
{
	struct site site = new_site();
	browser *browser = start(&site);
	int tab = open_tab(browser, &site, 0, "page:hello");

	await_loaded(browser, tab, 1);
	send_input(browser, tab, INPUT_LOAD, "page:world");
	await_loaded(browser, tab, 2);
	kit_let_others_run();
	expect_shown(&site, 0, 2, 1, "world");
	cr_assert(eq(u32, site.world->tab[0].handled, 0), "handle is not called for INPUT_LOAD");
	browser_stop(browser);
}

KIT_TEST(mini_browser, each_work_has_a_thread_of_its_own)
{
	struct site site = new_site();
	browser *browser = start(&site);
	int tab = open_tab(browser, &site, 0, "page:hello");

	send_input(browser, tab, INPUT_TEXT, "one");
	await_inputs(browser, tab, 1);
	await_loaded(browser, tab, 1);
	kit_let_others_run();
	const struct record *record = &site.world->tab[0];
	bool apart = !pthread_equal(record->net.thread, record->input.thread) &&
	             !pthread_equal(record->net.thread, record->render.thread) &&
	             !pthread_equal(record->input.thread, record->render.thread);
	cr_assert(apart, "fetch, handle and render are called by three threads");
	browser_stop(browser);
}

KIT_TEST(mini_browser, a_slow_fetch_holds_up_no_input)
{
	struct site site = new_site();
	browser *browser = start(&site);
	int tab = open_tab(browser, &site, 0, "gate:late");

	kit_let_others_run();
	send_input(browser, tab, INPUT_TEXT, "one");
	expect_event(browser, tab, TAB_INPUT_DONE, TAB_INPUT_DONE, "while a document is being fetched");
	expect_event(browser, tab, TAB_RENDERED, TAB_RENDERED, "after an input, while a document is being fetched");
	expect_shown(&site, 0, 0, 1, "");
	sem_post(&site.world->gate);
	expect_event(browser, tab, TAB_LOADED, TAB_LOADED, "when the document has come");
	kit_let_others_run();
	expect_shown(&site, 0, 1, 1, "late");
	browser_stop(browser);
}

/* ---- many tabs ----------------------------------------------------------------------------------- */

KIT_TEST(mini_browser, each_tab_is_a_process)
{
	struct site site = new_site();
	browser *browser = start(&site);
	int tab[TABS];

	for (unsigned i = 0; i < TABS; i++) {
		tab[i] = open_tab(browser, &site, i, "page:hello");
		await_loaded(browser, tab[i], 1);
	}
	cr_assert(ne(int, tab[0], tab[1]), "two tabs have two numbers");
	for (unsigned i = 0; i < TABS; i++)
		cr_assert(eq(u32, site.world->tab[i].net.pid, (unsigned)state_of(browser, tab[i]).pid),
		          "a document is fetched in the process that tab_state tells");
	cr_assert(ne(u32, site.world->tab[0].net.pid, site.world->tab[1].net.pid), "two tabs are two processes");
	cr_assert(ne(u32, site.world->tab[0].net.pid, (unsigned)getpid()), "a tab is another process than the caller");
	cr_assert(eq(u32, kit_threads(), 1), "the threads of the caller's process");
	browser_stop(browser);
}

KIT_TEST(mini_browser, a_crash_stays_in_its_tab)
{
	struct site site = new_site();
	browser *browser = start(&site);
	int good = open_tab(browser, &site, 0, "page:hello"), bad = open_tab(browser, &site, 1, "crash:");

	expect_event(browser, bad, TAB_LOADED, TAB_CRASHED, "of a tab that has crashed");
	struct tab_state state = state_of(browser, bad);
	cr_assert(not(state.alive), "a tab whose end was seen is not alive");
	cr_assert(eq(int, state.status, SIGKILL), "how the tab has ended, as waitpid reports it");
	send_input(browser, good, INPUT_TEXT, "one");
	expect_event(browser, good, TAB_INPUT_DONE, TAB_INPUT_DONE, "of a tab, after another one has crashed");
	cr_assert(state_of(browser, good).alive, "the other tab is alive");
	browser_stop(browser);
}

KIT_TEST(mini_browser, a_tab_that_hangs_is_alone)
{
	struct site site = new_site();
	browser *browser = start(&site);
	int bad = open_tab(browser, &site, 1, "hang:"), good = open_tab(browser, &site, 0, "page:hello");

	expect_event(browser, good, TAB_LOADED, TAB_LOADED, "of a tab, while a fetch of another one does not return");
	int result = tab_close(browser, bad);
	cr_assert(eq(int, result, 0), "tab_close returns 0");
	send_input(browser, good, INPUT_TEXT, "one");
	expect_event(browser, good, TAB_INPUT_DONE, TAB_INPUT_DONE, "of a tab, after another one was closed");
	browser_stop(browser);
}

KIT_TEST(mini_browser, a_tab_that_quits_has_exited)
{
	struct site site = new_site();
	browser *browser = start(&site);
	int tab = open_tab(browser, &site, 0, "page:hello");

	await_loaded(browser, tab, 1);
	send_input(browser, tab, INPUT_QUIT, NULL);
	expect_event(browser, tab, 0, TAB_EXITED, "of a tab that has quit");
	cr_assert(eq(int, state_of(browser, tab).status, 0), "its status, as waitpid reports it");
	cr_assert(eq(u32, kit_children(), 0), "processes that are left when the end of the only tab was seen");
	browser_stop(browser);
}

/* ---- faults -------------------------------------------------------------------------------------- */

static void expect_not_opened(enum kit_op op, int error, const char *what)
{
	struct site site = new_site();
	browser *browser = start(&site);

	fi_fail_nth(op, 1, error);
	errno = 0;
	int tab = tab_open(browser, "page:hello");
	int seen = errno;
	fi_reset();
	cr_assert(eq(int, tab, -1), "tab_open returns -1 when %s", what);
	cr_assert(eq(int, seen, error), "errno of tab_open when %s", what);
	cr_assert(eq(u32, kit_open_fds(), 0), "descriptors that are left when %s", what);
	browser_stop(browser);
}

KIT_TEST(mini_browser, a_tab_that_cannot_be_opened_is_reported)
{
	expect_not_opened(KIT_FORK, EAGAIN, "fork fails");
	expect_not_opened(KIT_PIPE, EMFILE, "socketpair fails");
}

KIT_TEST(mini_browser, without_memory_is_enomem)
{
	struct site site = new_site();
	struct browser_cfg cfg = cfg_of(&site);

	fi_fail_nth(KIT_MALLOC, 1, ENOMEM);
	errno = 0;
	browser *browser = browser_start(&cfg);
	int error = errno;
	fi_reset();
	cr_assert(eq(ptr, browser, NULL), "browser_start gives NULL when there is no memory");
	cr_assert(eq(int, error, ENOMEM), "errno of browser_start");
}

KIT_TEST(mini_browser, a_tab_without_its_threads_exits)
{
	struct site site = new_site();
	browser *browser = start(&site);

	for (unsigned nth = 1; nth <= 2; nth++) {
		fi_fail_nth(KIT_THREAD_CREATE, nth, EAGAIN);
		int tab = open_tab(browser, &site, 0, "hang:");
		expect_event(browser, tab, TAB_LOADED, TAB_EXITED, "of a tab that could not make its threads");
		fi_reset();
		struct tab_state state = state_of(browser, tab);
		cr_assert(eq(int, WEXITSTATUS(state.status), 1), "its exit status");
	}
	browser_stop(browser);
}

/* A page, an input and another page, whatever disturbs them. */
static void browse(void)
{
	struct site site = new_site();
	browser *browser = start(&site);
	int tab = open_tab(browser, &site, 0, "page:hello");

	send_input(browser, tab, INPUT_TEXT, "a text that is longer than the others");
	await_loaded(browser, tab, 1);
	send_input(browser, tab, INPUT_LOAD, "page:world");
	await_inputs(browser, tab, 2);
	await_loaded(browser, tab, 2);
	kit_let_others_run();
	expect_shown(&site, 0, 2, 2, "world");
	cr_assert(eq(str, (char *)site.world->tab[0].text[0], "a text that is longer than the others"), "what handle got");
	send_input(browser, tab, INPUT_QUIT, NULL);
	expect_event(browser, tab, 0, TAB_EXITED, "of a tab that has quit");
	cr_assert(eq(u32, kit_children(), 0), "processes that are left when the end of the only tab was seen");
	browser_stop(browser);
}

KIT_TEST(mini_browser, survives_short_counts)
{
	fi_short_io(true);
	browse();
}

KIT_TEST(mini_browser, survives_interrupted_calls)
{
	fi_eintr(2);
	browse();
}

KIT_TEST(mini_browser, survives_spurious_wakeups)
{
	fi_spurious(2);
	browse();
}
