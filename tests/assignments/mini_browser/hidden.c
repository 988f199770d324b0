/* hidden.c - the tests of mini_browser that students do not have. */
#include "kit.h"
#include "mini_browser.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TABS = 3, NOTES = 16, FILES = 64, BACKLOG = 32, ALL = TAB_INPUT_DONE | TAB_LOADED | TAB_RENDERED };

/* ---- what the tabs note: each field by one thread of one tab ---------------------------------------- */

struct picture {
	unsigned version, inputs;
	size_t len;
	bool torn; /* not of one document, or it changed while it was rendered */
	char letter;
};

struct file { /* that is open; of a pipe each end is one */
	dev_t device;
	ino_t inode;
	int mode;
	bool open;
};

struct notes {
	unsigned fetches, handled, frames;
	char url[NOTES][TEXT_SIZE], word[NOTES][TEXT_SIZE];
	struct picture picture[NOTES];
	unsigned descriptors, secret, urls_changed;
	struct file file[FILES]; /* by its descriptor */
};

struct shelf {                /* shared by all processes of the test */
	sem_t net, input, render; /* where the threads of tabs are stopped */
	unsigned came;            /* processes that came back into the caller's code */
	struct notes of[TABS];
};

struct desk { /* ctx: each tab has its own copy */
	struct shelf *shelf;
	unsigned tab;
	bool slow_render, slow_input;
	unsigned secret;
};

static void stand_at(sem_t *door)
{
	while (sem_wait(door) != 0)
		;
}

static bool starts(const char *url, const char *word)
{
	return strncmp(url, word, strlen(word)) == 0;
}

static void note_files(struct file file[FILES])
{
	struct stat status;

	for (int fd = 0; fd < FILES; fd++) {
		bool open = fstat(fd, &status) == 0;
		file[fd] = open ? (struct file){status.st_dev, status.st_ino, fcntl(fd, F_GETFL) & O_ACCMODE, true}
		                : (struct file){.open = false};
	}
}

/* "LETTER" is a document of many such letters; "slow LETTER" one that comes in two halves, the second one through the
 * door; "signal LETTER" one before which the browser gets a signal; "never", which SIGTERM does not end, and "crash";
 * "leave" ends the process with the exit status 3, and has closed all descriptors before. */
static size_t download(const char *url, char *buf, size_t cap, void *ctx)
{
	struct desk *desk = ctx;
	struct notes *notes = &desk->shelf->of[desk->tab];
	char letter = url[strlen(url) - 1];
	size_t len = letter == 'z' ? 0 : cap / 2 + (size_t)letter;

	snprintf(notes->url[notes->fetches % NOTES], TEXT_SIZE, "%s", url);
	notes->descriptors = kit_open_fds();
	note_files(notes->file);
	kit_note(&notes->fetches, notes->fetches + 1);
	if (starts(url, "crash"))
		kill(getpid(), SIGKILL);
	if (starts(url, "never"))
		sigaction(SIGTERM, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
	while (starts(url, "never"))
		stand_at(&desk->shelf->net);
	if (starts(url, "leave")) {
		stand_at(&desk->shelf->net);
		for (int fd = 3; fd < 32; fd++)
			close(fd);
		kit_let_others_run();
		_exit(3);
	}
	if (starts(url, "signal")) {
		kill(getppid(), SIGUSR1);
		kit_let_others_run();
	}
	memset(buf, letter, len / 2);
	if (starts(url, "slow")) {
		stand_at(&desk->shelf->net);
		notes->urls_changed += url[strlen(url) - 1] != letter;
	}
	memset(buf, letter, len);
	return len;
}

static void obey(const char *word, void *ctx)
{
	struct desk *desk = ctx;
	struct notes *notes = &desk->shelf->of[desk->tab];

	snprintf(notes->word[notes->handled % NOTES], TEXT_SIZE, "%s", word);
	if (starts(word, "keep "))
		desk->secret = (unsigned)atoi(word + 5);
	notes->secret = desk->secret;
	kit_note(&notes->handled, notes->handled + 1);
	if (starts(word, "crash"))
		kill(getpid(), SIGKILL);
	if (desk->slow_input)
		stand_at(&desk->shelf->input);
}

static bool is_torn(const struct frame *frame)
{
	for (size_t i = 1; i < frame->len; i++)
		if (frame->text[i] != frame->text[0])
			return true;
	return frame->len > 0 && frame->len != DOC_SIZE / 2 + (size_t)frame->text[0];
}

static void paint(const struct frame *frame, void *ctx)
{
	struct desk *desk = ctx;
	struct notes *notes = &desk->shelf->of[desk->tab];
	struct picture *picture = &notes->picture[notes->frames % NOTES];

	*picture = (struct picture){frame->version, frame->inputs, frame->len, is_torn(frame),
	                            frame->len > 0 ? frame->text[0] : 0};
	kit_note(&notes->frames, notes->frames + 1);
	if (!desk->slow_render)
		return;
	stand_at(&desk->shelf->render);
	picture->torn = picture->torn || is_torn(frame) || frame->version != picture->version ||
	                frame->inputs != picture->inputs || frame->len != picture->len ||
	                (frame->len > 0 && frame->text[0] != picture->letter);
}

/* ---- browsers and tabs ------------------------------------------------------------------------------ */

static struct desk new_desk(void)
{
	struct shelf *shelf = kit_shared(sizeof *shelf);

	sem_init(&shelf->net, 1, 0);
	sem_init(&shelf->input, 1, 0);
	sem_init(&shelf->render, 1, 0);
	return (struct desk){.shelf = shelf};
}

static browser *opened(struct desk *desk)
{
	struct browser_cfg cfg = {.fetch = download, .handle = obey, .render = paint, .ctx = desk};
	browser *browser = browser_start(&cfg);

	cr_assert(ne(ptr, browser, NULL), "browser_start gives a browser; errno is %s", strerrorname_np(errno));
	memset(&cfg, 0, sizeof cfg);
	return browser;
}

static int new_tab(browser *browser, struct desk *desk, unsigned notes, const char *url)
{
	desk->tab = notes;
	int tab = tab_open(browser, url);
	cr_assert(ge(int, tab, 0), "tab_open gives the number of a tab; errno is %s", strerrorname_np(errno));
	cr_assert(lt(int, tab, TAB_MAX), "the number of a tab is less than TAB_MAX");
	return tab;
}

static void enter(browser *browser, int tab, enum input_kind kind, const char *text)
{
	int result = tab_input(browser, tab, kind, text);

	cr_assert(eq(int, result, 0), "tab_input returns 0; errno is %s", strerrorname_np(errno));
}

static void returns(browser *browser, int tab, unsigned kinds, unsigned expected, const char *what)
{
	int got = tab_wait(browser, tab, kinds);

	cr_assert(eq(int, got, (int)expected), "what tab_wait returns %s", what);
}

static struct tab_state known(browser *browser, int tab)
{
	struct tab_state state = {0};
	int result = tab_state(browser, tab, &state);

	cr_assert(eq(int, result, 0), "what tab_state returns for a tab that was not closed");
	return state;
}

static void wait_inputs(browser *browser, int tab, unsigned count)
{
	while (known(browser, tab).inputs < count)
		returns(browser, tab, TAB_INPUT_DONE, TAB_INPUT_DONE, "while inputs are handled");
}

static void wait_documents(browser *browser, int tab, unsigned count)
{
	while (known(browser, tab).loaded < count)
		returns(browser, tab, TAB_LOADED, TAB_LOADED, "while documents are loaded");
}

static const struct picture *newest(const struct desk *desk, unsigned tab)
{
	const struct notes *notes = &desk->shelf->of[tab];

	return &notes->picture[(notes->frames + NOTES - 1) % NOTES];
}

static void shows(const struct desk *desk, unsigned tab, unsigned version, unsigned inputs, char letter)
{
	const struct picture *picture = newest(desk, tab);

	cr_assert(eq(u32, picture->version, version), "the version in the newest frame");
	cr_assert(eq(u32, picture->inputs, inputs), "the inputs in the newest frame");
	cr_assert(eq(chr, picture->letter, letter), "the document in the newest frame");
}

static void no_frame_is_wrong(const struct desk *desk, unsigned tab)
{
	const struct notes *notes = &desk->shelf->of[tab];
	unsigned torn = 0, older = 0;

	for (unsigned i = 0; i < notes->frames && i < NOTES; i++) {
		const struct picture *now = &notes->picture[i], *before = now - (i > 0);
		torn += now->torn;
		older += now->version < before->version || now->inputs < before->inputs;
	}
	cr_assert(eq(u32, torn, 0), "frames that show two documents at once, or change while they are rendered");
	cr_assert(eq(u32, older, 0), "frames that are older than one before them");
}

static unsigned *arrivals; /* of signals, for all processes */

static void count_signal(int signal)
{
	(void)signal;
	++*arrivals;
}

static void count_signals(int signal)
{
	struct sigaction counted = {.sa_handler = count_signal};

	arrivals = kit_shared(sizeof *arrivals);
	sigaction(signal, &counted, NULL);
}

/* ---- input, net and render do not wait for each other ------------------------------------------------ */

KIT_TEST(mini_browser, a_slow_render_holds_up_nothing)
{
	struct desk desk = new_desk();
	desk.slow_render = true;
	browser *browser = opened(&desk);
	int tab = new_tab(browser, &desk, 0, "a");

	wait_documents(browser, tab, 1);
	kit_let_others_run(); /* the first frame is being rendered, and stays so */
	enter(browser, tab, INPUT_TEXT, "one");
	wait_inputs(browser, tab, 1);
	enter(browser, tab, INPUT_LOAD, "b");
	wait_documents(browser, tab, 2);
	cr_assert(eq(u32, desk.shelf->of[0].frames, 1), "frames, while render does not return");
	cr_assert(eq(u32, known(browser, tab).rendered, 0), "frames that are told before render has returned");
	for (int i = 0; i < 3; i++)
		sem_post(&desk.shelf->render);
	kit_let_others_run();
	shows(&desk, 0, 2, 2, 'b');
	no_frame_is_wrong(&desk, 0);
	browser_stop(browser);
}

KIT_TEST(mini_browser, a_slow_handler_holds_up_no_document)
{
	struct desk desk = new_desk();
	desk.slow_input = true;
	browser *browser = opened(&desk);
	int tab = new_tab(browser, &desk, 0, "slow a");

	enter(browser, tab, INPUT_TEXT, "one");
	kit_let_others_run();
	sem_post(&desk.shelf->net);
	returns(browser, tab, TAB_LOADED, TAB_LOADED, "while handle does not return");
	returns(browser, tab, TAB_RENDERED, TAB_RENDERED, "while handle does not return");
	shows(&desk, 0, 1, 0, 'a');
	cr_assert(eq(u32, known(browser, tab).inputs, 0), "inputs that are told before handle has returned");
	sem_post(&desk.shelf->input);
	returns(browser, tab, TAB_INPUT_DONE, TAB_INPUT_DONE, "when handle has returned");
	browser_stop(browser);
}

KIT_TEST(mini_browser, half_a_document_is_never_rendered)
{
	struct desk desk = new_desk();
	browser *browser = opened(&desk);
	int tab = new_tab(browser, &desk, 0, "a");

	wait_documents(browser, tab, 1);
	enter(browser, tab, INPUT_LOAD, "slow b");
	wait_inputs(browser, tab, 1);
	kit_let_others_run(); /* half of the second one is there */
	enter(browser, tab, INPUT_TEXT, "one");
	wait_inputs(browser, tab, 2);
	kit_let_others_run();
	shows(&desk, 0, 1, 2, 'a');
	sem_post(&desk.shelf->net);
	wait_documents(browser, tab, 2);
	kit_let_others_run();
	shows(&desk, 0, 2, 2, 'b');
	no_frame_is_wrong(&desk, 0);
	browser_stop(browser);
}

KIT_TEST(mini_browser, a_frame_stays_as_it_is_while_it_is_rendered)
{
	struct desk desk = new_desk();
	desk.slow_render = true;
	browser *browser = opened(&desk);
	int tab = new_tab(browser, &desk, 0, "b");

	kit_let_others_run();
	enter(browser, tab, INPUT_LOAD, "a");
	wait_documents(browser, tab, 2);
	enter(browser, tab, INPUT_LOAD, "c");
	wait_documents(browser, tab, 3);
	for (int i = 0; i < 3; i++)
		sem_post(&desk.shelf->render);
	kit_let_others_run();
	no_frame_is_wrong(&desk, 0);
	shows(&desk, 0, 3, 2, 'c');
	browser_stop(browser);
}

/* A thread is parked before it locks, while a second document and two inputs come. If that is the one that renders, it
 * has nothing yet, or all of an earlier moment. */
KIT_TEST(mini_browser, a_frame_is_of_one_moment)
{
	struct desk desk = new_desk();
	browser *browser = opened(&desk);
	int tab = new_tab(browser, &desk, 0, "a");

	kit_let_others_run();
	enter(browser, tab, INPUT_LOAD, "slow b");
	kit_let_others_run(); /* net is in fetch, the other two wait */
	struct kit_gate *gate = gate_before(KIT_LOCK, 1 + KIT_CHOOSE("parked", "first", "second", "third", "fourth"));
	enter(browser, tab, INPUT_TEXT, "one");
	kit_let_others_run();
	if (!gate_reached(gate))
		gate_open(gate); /* who has fetched is never parked */
	sem_post(&desk.shelf->net);
	kit_let_others_run();
	returns(browser, tab, TAB_LOADED, TAB_LOADED, "of a tab with a document");
	bool second = known(browser, tab).loaded == 2;
	enter(browser, tab, INPUT_TEXT, "two");
	kit_let_others_run();
	gate_open(gate);
	kit_let_others_run();
	const struct notes *notes = &desk.shelf->of[0];
	unsigned mixed = 0;
	for (unsigned i = 0; i < notes->frames && i < NOTES; i++) {
		const struct picture *picture = &notes->picture[i];
		mixed += picture->letter != (picture->version == 0 ? 0 : picture->version == 1 ? 'a' : 'b');
		mixed += second && picture->version < 2 && picture->inputs > 2;
	}
	cr_assert(eq(u32, mixed, 0), "frames with the version, the document and the inputs of different moments");
	no_frame_is_wrong(&desk, 0);
	browser_stop(browser);
}

KIT_TEST(mini_browser, an_empty_document_is_one)
{
	struct desk desk = new_desk();
	browser *browser = opened(&desk);
	int tab = new_tab(browser, &desk, 0, "a");

	wait_documents(browser, tab, 1);
	enter(browser, tab, INPUT_LOAD, "z");
	wait_documents(browser, tab, 2);
	kit_let_others_run();
	shows(&desk, 0, 2, 1, 0);
	browser_stop(browser);
}

KIT_TEST(mini_browser, while_nothing_changes_there_is_no_frame)
{
	struct desk desk = new_desk();
	browser *browser = opened(&desk);
	int tab = new_tab(browser, &desk, 0, "slow a");

	kit_let_others_run();
	cr_assert(eq(u32, desk.shelf->of[0].frames, 0), "frames before the first change");
	sem_post(&desk.shelf->net);
	kit_let_others_run();
	cr_assert(eq(u32, desk.shelf->of[0].frames, 1), "frames after the first change");
	enter(browser, tab, INPUT_TEXT, "one");
	kit_let_others_run();
	cr_assert(eq(u32, desk.shelf->of[0].frames, 2), "frames after the second change");
	returns(browser, tab, TAB_INPUT_DONE, TAB_INPUT_DONE, "of an input");
	cr_assert(eq(u32, known(browser, tab).rendered, 2), "frames that the tab has told");
	browser_stop(browser);
}

/* How many writes it takes to send a load: of a tab whose threads all wait meanwhile. */
static unsigned writes_of_a_load(browser *browser, struct desk *desk, unsigned notes)
{
	desk->slow_input = true;
	int tab = new_tab(browser, desk, notes, "never");
	desk->slow_input = false;
	enter(browser, tab, INPUT_TEXT, "one");
	kit_let_others_run();
	unsigned before = fi_calls(KIT_WRITE);
	enter(browser, tab, INPUT_LOAD, "b");
	unsigned after = fi_calls(KIT_WRITE);
	tab_close(browser, tab);
	return after - before;
}

/* The gate is behind the first write after those of the caller, which sends the input: that of the tab which tells that
 * it was handled, or that the document is there. */
KIT_TEST(mini_browser, what_is_done_was_handed_over)
{
	struct desk desk = new_desk();
	browser *browser = opened(&desk);
	unsigned writes = writes_of_a_load(browser, &desk, 1);
	int tab = new_tab(browser, &desk, 0, "a");

	kit_let_others_run();
	struct kit_gate *gate = gate_after(KIT_WRITE, writes + 1);
	enter(browser, tab, INPUT_LOAD, "b");
	kit_let_others_run();
	cr_assert(eq(u32, desk.shelf->of[0].fetches, 2), "documents that are fetched when a load is told to be done");
	gate_open(gate);
	wait_documents(browser, tab, 2);
	browser_stop(browser);
}

/* The same of a document; here no input is sent. */
KIT_TEST(mini_browser, what_is_loaded_can_be_rendered)
{
	struct desk desk = new_desk();
	browser *browser = opened(&desk);
	int tab = new_tab(browser, &desk, 0, "slow a");

	kit_let_others_run();
	struct kit_gate *gate = gate_after(KIT_WRITE, 1);
	sem_post(&desk.shelf->net);
	kit_let_others_run();
	cr_assert(eq(u32, desk.shelf->of[0].frames, 1), "frames, when a document is told to be loaded");
	gate_open(gate);
	wait_documents(browser, tab, 1);
	browser_stop(browser);
}

KIT_TEST(mini_browser, a_url_that_waits_is_replaced)
{
	struct desk desk = new_desk();
	browser *browser = opened(&desk);
	int tab = new_tab(browser, &desk, 0, "slow a");

	kit_let_others_run();
	enter(browser, tab, INPUT_LOAD, "b");
	enter(browser, tab, INPUT_LOAD, "c");
	enter(browser, tab, INPUT_LOAD, "d");
	wait_inputs(browser, tab, 3);
	sem_post(&desk.shelf->net);
	wait_documents(browser, tab, 2);
	kit_let_others_run();
	const struct notes *notes = &desk.shelf->of[0];
	cr_assert(eq(u32, notes->fetches, 2), "fetches of a url that was fetched, and three that came meanwhile");
	cr_assert(eq(str, (char *)notes->url[1], "d"), "the url that was fetched last");
	cr_assert(eq(u32, notes->urls_changed, 0), "urls that have changed while they were fetched");
	shows(&desk, 0, 2, 3, 'd');
	browser_stop(browser);
}

/* ---- ends ------------------------------------------------------------------------------------------- */

KIT_TEST(mini_browser, quit_fetches_and_renders_what_is_left)
{
	/* "a" is being fetched, "b" waits, and the text comes too late. */
	struct desk desk = new_desk();
	desk.slow_render = true;
	browser *browser = opened(&desk);
	int tab = new_tab(browser, &desk, 0, "slow a");

	kit_let_others_run();
	enter(browser, tab, INPUT_LOAD, "b");
	enter(browser, tab, INPUT_QUIT, NULL);
	enter(browser, tab, INPUT_TEXT, "too late");
	kit_let_others_run();
	for (int i = 0; i < 4; i++)
		sem_post(&desk.shelf->render);
	sem_post(&desk.shelf->net);
	returns(browser, tab, 0, TAB_EXITED,
	        "at the end of a tab that got INPUT_QUIT while it fetched one url, and another one waited");
	struct tab_state state = known(browser, tab);
	cr_assert(eq(int, state.status, 0), "the status, as of waitpid, of a tab that has quit: exit(0)");
	cr_assert(
	    eq(u32, state.loaded, 2),
	    "TAB_LOADED told before the end: of the url that was being fetched at INPUT_QUIT, and of the one that waited");
	cr_assert(eq(u32, state.inputs, 1), "TAB_INPUT_DONE told before the end: of the one input before INPUT_QUIT, not "
	                                    "of itself or of the one behind it");
	cr_assert(eq(u32, state.rendered, desk.shelf->of[0].frames),
	          "TAB_RENDERED told before the end: one for each call of render");
	cr_assert(eq(u32, desk.shelf->of[0].handled, 0), "calls of handle for the text that was sent behind INPUT_QUIT");
	shows(&desk, 0, 2, 1, 'b');
	no_frame_is_wrong(&desk, 0);
	browser_stop(browser);
}

KIT_TEST(mini_browser, a_quiet_tab_quits)
{
	struct desk desk = new_desk();
	browser *browser = opened(&desk);
	int tab = new_tab(browser, &desk, 0, "a");

	kit_let_others_run(); /* net and render wait */
	enter(browser, tab, INPUT_QUIT, "is not looked at");
	returns(browser, tab, ALL, TAB_LOADED | TAB_RENDERED, "of what was told before the end");
	returns(browser, tab, ALL, TAB_EXITED, "of a tab that has quit");
	browser_stop(browser);
}

/* Its tabs are left to nobody. */
KIT_TEST(mini_browser, tabs_end_with_their_browser)
{
	struct desk desk = new_desk();
	int line[2], status = 0;
	char byte;

	if (pipe2(line, O_CLOEXEC) != 0)
		abort();
	pid_t pid = fork();
	if (pid == 0) {
		browser *browser = opened(&desk);
		new_tab(browser, &desk, 0, "a");
		new_tab(browser, &desk, 1, "never");
		_exit(0);
	}
	close(line[1]);
	while (read(line[0], &byte, 1) != 0)
		; /* its other end is open in the tabs, too, unless they have closed all descriptors */
	close(line[0]);
	waitpid(pid, &status, 0);
	cr_assert(eq(int, status, 0), "the process of the browser has ended as it wanted");
	kit_let_others_run();
	cr_assert(le(u32, desk.shelf->of[0].fetches, 1), "a tab was there");
}

KIT_TEST(mini_browser, close_and_stop_kill_what_hangs)
{
	struct desk desk = new_desk();
	desk.slow_render = true;
	browser *browser = opened(&desk);
	int tab[TABS];

	tab[0] = new_tab(browser, &desk, 0, "never");
	tab[1] = new_tab(browser, &desk, 1, "a"); /* its render does not return */
	tab[2] = new_tab(browser, &desk, 2, "slow b");
	kit_let_others_run();
	int result = tab_close(browser, tab[0]);
	cr_assert(eq(int, result, 0), "what tab_close returns for a tab that fetches");
	cr_assert(eq(u32, kit_children(), 2), "processes, when one of three tabs was closed");
	browser_stop(browser);
	cr_assert(eq(u32, kit_children(), 0), "processes that browser_stop leaves");
	cr_assert(eq(u32, kit_open_fds(), 0), "descriptors that browser_stop leaves");
}

KIT_TEST(mini_browser, who_has_quit_and_hangs_is_killed)
{
	struct desk desk = new_desk();
	browser *browser = opened(&desk);
	int tab = new_tab(browser, &desk, 0, "never");

	enter(browser, tab, INPUT_QUIT, NULL);
	kit_let_others_run();
	int result = tab_close(browser, tab);
	cr_assert(eq(int, result, 0), "what tab_close returns for a tab that waits for its last document");
	cr_assert(eq(u32, kit_children(), 0), "processes that tab_close leaves");
	browser_stop(browser);
}

KIT_TEST(mini_browser, an_input_to_a_dead_tab_is_epipe)
{
	struct desk desk = new_desk();
	struct sigaction after;
	sigset_t pending, mask, mask_after;
	count_signals(SIGPIPE);
	sigprocmask(SIG_BLOCK, NULL, &mask);
	browser *browser = opened(&desk);
	int tab = new_tab(browser, &desk, 0, "crash");

	kit_let_others_run();
	for (int seen = 0; seen < 2; seen++) {
		const char *when = seen ? "when its end was seen" : "before its end was seen";
		errno = 0;
		int result = tab_input(browser, tab, INPUT_TEXT, "one");
		int error = errno;
		cr_assert(eq(int, result, -1), "what tab_input returns for a dead tab, %s", when);
		cr_assert(eq(int, error, EPIPE), "errno of an input to a dead tab, %s", when);
		if (!seen)
			returns(browser, tab, 0, TAB_CRASHED, "of a tab that has crashed");
	}
	sigpending(&pending);
	sigaction(SIGPIPE, NULL, &after);
	cr_assert(eq(u32, *arrivals, 0), "how often SIGPIPE has come");
	cr_assert(eq(int, sigismember(&pending, SIGPIPE), 0), "whether SIGPIPE is left pending");
	cr_assert(after.sa_handler == count_signal, "the action of SIGPIPE is as before");
	browser_stop(browser);
	sigprocmask(SIG_BLOCK, NULL, &mask_after);
	unsigned changed = 0;
	for (int signal = 1; signal < SIGRTMIN; signal++)
		changed += sigismember(&mask, signal) != sigismember(&mask_after, signal);
	cr_assert(eq(u32, changed, 0),
	          "signals that are blocked in the caller and were not before, or the other way round");
}

/* The caller's end is closed while the tab has something to tell: no signal may end the tab before render returns. */
KIT_TEST(mini_browser, a_tab_gets_no_sigpipe)
{
	struct desk desk = new_desk();
	desk.slow_input = true;
	count_signals(SIGPIPE);
	pid_t pid = fork();

	if (pid == 0) {
		browser *browser = opened(&desk);
		int tab = new_tab(browser, &desk, 0, "a");
		enter(browser, tab, INPUT_TEXT, "one");
		kit_let_others_run();
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	sem_post(&desk.shelf->input);
	kit_let_others_run();
	cr_assert(eq(u32, desk.shelf->of[0].handled, 1), "inputs that were handled before the browser has gone");
	cr_assert(eq(u32, *arrivals, 0), "how often SIGPIPE has come in a tab whose browser has gone");
}

KIT_TEST(mini_browser, an_end_is_returned_once)
{
	struct desk desk = new_desk();
	browser *browser = opened(&desk);
	int tab = new_tab(browser, &desk, 0, "crash");

	returns(browser, tab, TAB_RENDERED, TAB_CRASHED, "of a tab that has crashed");
	cr_assert(eq(u32, kit_children(), 0), "processes that are left when the end of the only tab is returned");
	errno = 0;
	int result = tab_wait(browser, tab, ALL);
	int error = errno;
	cr_assert(eq(int, result, -1), "what tab_wait returns after the end");
	cr_assert(eq(int, error, ESRCH), "errno of a tab_wait after the end");
	browser_stop(browser);
}

/* The end of the connection comes first. */
KIT_TEST(mini_browser, a_tab_may_end_later_than_its_connection)
{
	struct desk desk = new_desk();
	desk.slow_input = true;
	browser *browser = opened(&desk);
	int tab = new_tab(browser, &desk, 0, "leave");

	enter(browser, tab, INPUT_TEXT, "one");
	kit_let_others_run(); /* handle does not return: the input thread does not look at the connection */
	sem_post(&desk.shelf->net);
	returns(browser, tab, 0, TAB_EXITED, "of a tab that closes its descriptors, and then exits");
	cr_assert(eq(int, WEXITSTATUS(known(browser, tab).status), 3), "the exit status of that tab");
	browser_stop(browser);
}

KIT_TEST(mini_browser, a_tab_that_dies_at_birth_has_crashed)
{
	struct desk desk = new_desk();
	browser *browser = opened(&desk);

	fi_kill_child(1);
	int tab = new_tab(browser, &desk, 0, "a");
	returns(browser, tab, ALL, TAB_CRASHED, "of a tab that was killed at its begin");
	cr_assert(eq(int, known(browser, tab).status, SIGKILL), "the status of a tab that was killed");
	browser_stop(browser);
}

KIT_TEST(mini_browser, what_was_told_comes_before_the_end)
{
	struct desk desk = new_desk();
	browser *browser = opened(&desk);
	int tab = new_tab(browser, &desk, 0, "a");

	kit_let_others_run();
	enter(browser, tab, INPUT_TEXT, "crash");
	kit_let_others_run();
	returns(browser, tab, TAB_RENDERED, TAB_RENDERED, "of a tab that has rendered, and then crashed");
	cr_assert(eq(int, known(browser, tab).alive, false), "whether a tab is alive whose end was seen");
	returns(browser, tab, TAB_LOADED, TAB_LOADED, "of a tab that has loaded, and then crashed");
	returns(browser, tab, TAB_LOADED, TAB_CRASHED, "of a tab of which nothing else is left");
	browser_stop(browser);
}

/* ---- many tabs -------------------------------------------------------------------------------------- */

KIT_TEST(mini_browser, what_a_tab_remembers_is_its_own)
{
	struct desk desk = new_desk();
	browser *browser = opened(&desk);
	int tab[2];

	desk.secret = 1;
	for (unsigned i = 0; i < 2; i++)
		tab[i] = new_tab(browser, &desk, i, "a");
	enter(browser, tab[0], INPUT_TEXT, "keep 4711");
	wait_inputs(browser, tab[0], 1);
	enter(browser, tab[1], INPUT_TEXT, "look");
	wait_inputs(browser, tab[1], 1);
	enter(browser, tab[0], INPUT_TEXT, "look");
	wait_inputs(browser, tab[0], 2);
	cr_assert(eq(u32, desk.shelf->of[0].secret, 4711), "what the first tab remembers");
	cr_assert(eq(u32, desk.shelf->of[1].secret, 1), "what the second tab finds");
	cr_assert(eq(u32, desk.secret, 1), "what the caller finds");
	browser_stop(browser);
}

static bool has_file(const struct file in[FILES], const struct file *file)
{
	for (int fd = 0; fd < FILES; fd++)
		if (in[fd].open && in[fd].device == file->device && in[fd].inode == file->inode && in[fd].mode == file->mode)
			return true;
	return false;
}

/* A tab may make descriptors of its own; what the caller has got since `before` are the browser's ends. */
KIT_TEST(mini_browser, a_tab_has_its_own_end_only)
{
	struct desk desk = new_desk();
	struct file before[FILES], now[FILES];

	note_files(before);
	browser *browser = opened(&desk);
	for (unsigned i = 0; i < TABS; i++)
		wait_documents(browser, new_tab(browser, &desk, i, "a"), 1);
	note_files(now);
	for (unsigned i = 0; i < TABS; i++) {
		const struct notes *tab = &desk.shelf->of[i];
		unsigned kept = 0;
		for (int fd = 0; fd < FILES; fd++)
			kept += now[fd].open && !has_file(before, &now[fd]) && has_file(tab->file, &now[fd]);
		cr_assert(eq(u32, kept, 0), "descriptors of the browser that tab %u has", i);
		cr_assert(eq(u32, tab->descriptors, desk.shelf->of[0].descriptors),
		          "descriptors in tab %u, as many as in the first one", i);
	}
	cr_assert(le(u32, kit_open_fds(), TABS * desk.shelf->of[0].descriptors),
	          "descriptors in the caller, as many as in the tabs");
	browser_stop(browser);
}

KIT_TEST(mini_browser, all_tabs_are_listened_to)
{
	struct desk desk = new_desk();
	browser *browser = opened(&desk);
	int first = new_tab(browser, &desk, 0, "a"), second = new_tab(browser, &desk, 1, "crash"),
	    third = new_tab(browser, &desk, 2, "b");

	kit_let_others_run();
	returns(browser, third, TAB_LOADED, TAB_LOADED, "of one of three tabs");
	struct tab_state state = known(browser, first);
	cr_assert(eq(u32, state.loaded, 1), "documents that another tab has told");
	cr_assert(eq(u32, state.rendered, 1), "frames that another tab has told");
	cr_assert(eq(u32, kit_children(), 2), "processes, when the end of one of three was seen");
	state = known(browser, second);
	cr_assert(eq(int, state.alive, false), "whether a tab is alive whose end was seen");
	cr_assert(eq(int, state.status, SIGKILL), "the status of a tab whose end was seen");
	returns(browser, second, 0, TAB_CRASHED, "of a tab whose end was seen by a wait for another one");
	returns(browser, first, ALL, TAB_LOADED | TAB_RENDERED, "of a tab, after a wait for another one");
	browser_stop(browser);
}

KIT_TEST(mini_browser, a_signal_is_no_event)
{
	struct desk desk = new_desk();
	count_signals(SIGUSR1);
	browser *browser = opened(&desk);
	int tab = new_tab(browser, &desk, 0, "signal a");

	returns(browser, tab, TAB_LOADED, TAB_LOADED, "of a tab, after a signal has come meanwhile");
	cr_assert(eq(u32, *arrivals, 1), "signals that have come");
	cr_assert(eq(int, known(browser, tab).alive, true), "whether the tab is alive");
	browser_stop(browser);
}

KIT_TEST(mini_browser, a_state_is_what_was_seen)
{
	struct desk desk = new_desk();
	browser *browser = opened(&desk);
	int tab = new_tab(browser, &desk, 0, "crash");

	kit_let_others_run();
	struct tab_state state = known(browser, tab);
	cr_assert(eq(int, state.alive, true), "whether a tab is alive whose end nobody has seen");
	cr_assert(eq(int, state.status, 0), "the status of a tab whose end nobody has seen");
	returns(browser, tab, 0, TAB_CRASHED, "of a tab that has crashed");
	browser_stop(browser);
}

KIT_TEST(mini_browser, events_are_returned_by_kind)
{
	struct desk desk = new_desk();
	browser *browser = opened(&desk);
	int tab = new_tab(browser, &desk, 0, "a");

	kit_let_others_run(); /* it has told TAB_LOADED first */
	enter(browser, tab, INPUT_TEXT, "one");
	enter(browser, tab, INPUT_TEXT, "two");
	kit_let_others_run();
	returns(browser, tab, TAB_LOADED, TAB_LOADED, "with TAB_LOADED");
	cr_assert(eq(u32, known(browser, tab).inputs, 2), "inputs that the tab has told");
	returns(browser, tab, ALL, TAB_INPUT_DONE | TAB_RENDERED, "with all kinds, after TAB_LOADED was returned");
	enter(browser, tab, INPUT_LOAD, "b");
	returns(browser, tab, TAB_LOADED, TAB_LOADED, "with TAB_LOADED, of a second document");
	browser_stop(browser);
}

KIT_TEST(mini_browser, a_number_is_used_again)
{
	struct desk desk = new_desk();
	browser *browser = opened(&desk);
	int tab[TAB_MAX];

	for (int i = 0; i < TAB_MAX; i++)
		tab[i] = new_tab(browser, &desk, 0, "crash");
	errno = 0;
	int result = tab_open(browser, "a");
	int error = errno;
	cr_assert(eq(int, result, -1), "what tab_open returns when there are TAB_MAX tabs");
	cr_assert(eq(int, error, EMFILE), "errno of tab_open when there are TAB_MAX tabs");
	returns(browser, tab[3], 0, TAB_CRASHED, "of a tab that has crashed");
	result = tab_close(browser, tab[3]);
	cr_assert(eq(int, result, 0), "what tab_close returns for a tab that has ended");
	int again = new_tab(browser, &desk, 1, "a");
	cr_assert(eq(int, again, tab[3]), "the number of a new tab, when one is free");
	struct tab_state state = known(browser, again);
	cr_assert(eq(int, state.alive, true), "whether a new tab is alive");
	cr_assert(eq(int, state.status, 0), "the status of a new tab");
	returns(browser, again, TAB_LOADED, TAB_LOADED, "of a new tab with a number that was used before");
	browser_stop(browser);
}

KIT_TEST(mini_browser, nothing_is_left_of_a_closed_tab)
{
	struct desk desk = new_desk();
	browser *browser = opened(&desk);
	int tab = new_tab(browser, &desk, 0, "a");

	enter(browser, tab, INPUT_TEXT, "one");
	wait_inputs(browser, tab, 1);
	tab_close(browser, tab);
	errno = 0;
	int result = tab_wait(browser, tab, ALL);
	int error = errno;
	cr_assert(eq(int, result, -1), "what tab_wait returns for a tab that was closed");
	cr_assert(eq(int, error, EINVAL), "errno of a tab_wait for a tab that was closed");
	int again = new_tab(browser, &desk, 1, "never");
	struct tab_state state = known(browser, again);
	cr_assert(eq(u32, state.inputs + state.loaded + state.rendered, 0), "what a new tab has told");
	enter(browser, again, INPUT_TEXT, "one");
	returns(browser, again, TAB_LOADED | TAB_INPUT_DONE, TAB_INPUT_DONE, "of a new tab after an input");
	browser_stop(browser);
}

/* ---- what a tab does with the caller's process ------------------------------------------------------- */

static unsigned *exits; /* in memory that all share: how often the caller's atexit function ran */

static void note_exit(void)
{
	++*exits;
}

KIT_TEST(mini_browser, a_tab_never_returns)
{
	struct desk desk = new_desk();
	exits = kit_shared(sizeof *exits);
	atexit(note_exit);
	int file = kit_empty_file();
	FILE *stream = fdopen(dup(file), "w");
	fputs("once", stream);
	browser *browser = opened(&desk);

	pid_t caller = getpid();
	int quits = tab_open(browser, "a");
	if (getpid() != caller) {
		desk.shelf->came++;
		_exit(0);
	}
	enter(browser, quits, INPUT_QUIT, NULL);
	returns(browser, quits, 0, TAB_EXITED, "of a tab that has quit");
	fi_fail_nth(KIT_THREAD_CREATE, 2, EAGAIN);
	desk.tab = 1;
	int fails = tab_open(browser, "a");
	if (getpid() != caller) {
		desk.shelf->came++;
		_exit(0);
	}
	returns(browser, fails, 0, TAB_EXITED, "of a tab that cannot make its threads");
	fclose(stream);
	off_t bytes = lseek(file, 0, SEEK_END);
	close(file);
	cr_assert(eq(u32, desk.shelf->came, 0), "tabs that came back into the caller's code");
	cr_assert(eq(u32, *exits, 0), "how often an atexit function of the caller ran in a tab");
	cr_assert(eq(long, (long)bytes, 4), "bytes that were written of 4 in the caller's stdio buffer");
	browser_stop(browser);
}

KIT_TEST(mini_browser, other_children_are_left_alone)
{
	struct desk desk = new_desk();
	int status = 0;
	pid_t mine = fork();

	if (mine == 0)
		_exit(7);
	kit_let_others_run();
	browser *browser = opened(&desk);
	int tab = new_tab(browser, &desk, 0, "crash"), other = new_tab(browser, &desk, 1, "never");
	returns(browser, tab, 0, TAB_CRASHED, "of a tab that has crashed");
	tab_close(browser, other);
	new_tab(browser, &desk, 1, "never");
	browser_stop(browser);
	pid_t got = waitpid(mine, &status, 0);
	cr_assert(eq(int, got, mine), "what waitpid returns for a child of the caller's own");
	cr_assert(eq(int, WEXITSTATUS(status), 7), "the exit status of a child of the caller's own");
}

KIT_TEST(mini_browser, the_caller_has_one_thread)
{
	struct desk desk = new_desk();
	browser *browser = opened(&desk);
	int tab = new_tab(browser, &desk, 0, "a");

	cr_assert(eq(u32, kit_threads(), 1), "threads in the caller's process when a tab was opened");
	enter(browser, tab, INPUT_TEXT, "one");
	wait_inputs(browser, tab, 1);
	cr_assert(eq(u32, kit_threads(), 1), "threads in the caller's process while a tab is used");
	tab_close(browser, tab);
	cr_assert(eq(u32, kit_threads(), 1), "threads in the caller's process when a tab was closed");
	browser_stop(browser);
}

/* ---- arguments --------------------------------------------------------------------------------------- */

static void einval(int result, const char *what)
{
	int error = errno;

	cr_assert(eq(int, result, -1), "what is returned for %s", what);
	cr_assert(eq(int, error, EINVAL), "errno for %s", what);
	errno = 0;
}

static void no_browser(const struct browser_cfg *cfg)
{
	errno = 0;
	browser *browser = browser_start(cfg);
	int error = errno;
	cr_assert(eq(ptr, browser, NULL), "what browser_start returns without a function");
	cr_assert(eq(int, error, EINVAL), "errno of browser_start without a function");
}

KIT_TEST(mini_browser, wrong_arguments_are_einval)
{
	struct desk desk = new_desk();
	struct tab_state state = {.inputs = 4711};

	no_browser(NULL);
	no_browser(&(struct browser_cfg){.handle = obey, .render = paint});
	no_browser(&(struct browser_cfg){.fetch = download, .render = paint});
	no_browser(&(struct browser_cfg){.fetch = download, .handle = obey});
	browser *browser = opened(&desk);
	int tab = new_tab(browser, &desk, 0, "a");
	static const int strange[] = {-1, TAB_MAX, TAB_MAX - 1, 1 << 30};
	errno = 0;
	for (unsigned i = 0; i < sizeof strange / sizeof *strange; i++) {
		einval(tab_input(browser, strange[i], INPUT_TEXT, "one"), "an input to no tab");
		einval(tab_wait(browser, strange[i], ALL), "a wait for no tab");
		einval(tab_state(browser, strange[i], &state), "the state of no tab");
		einval(tab_close(browser, strange[i]), "a close of no tab");
	}
	einval(tab_open(browser, NULL), "a tab without a url");
	einval(tab_input(browser, tab, INPUT_TEXT, NULL), "an input without a text");
	einval(tab_input(browser, tab, INPUT_LOAD, NULL), "a load without a url");
	einval(tab_input(browser, tab, (enum input_kind)7, "one"), "an input of no kind");
	einval(tab_wait(browser, tab, TAB_LOADED | TAB_EXITED), "a wait for the end as a kind");
	einval(tab_wait(browser, tab, 64), "a wait for an unknown kind");
	einval(tab_state(browser, tab, NULL), "a state that goes nowhere");
	cr_assert(eq(u32, state.inputs, 4711), "a state that was not told is unchanged");
	kit_let_others_run();
	cr_assert(eq(u32, desk.shelf->of[0].handled, 0), "inputs that were sent");
	browser_stop(browser);
	browser_stop(NULL);
}

KIT_TEST(mini_browser, texts_have_a_limit)
{
	struct desk desk = new_desk();
	char text[TEXT_SIZE + 2] = {0};
	browser *browser = opened(&desk);

	memset(text, 'x', TEXT_SIZE);
	errno = 0;
	int tab = tab_open(browser, text);
	int error = errno;
	cr_assert(eq(int, tab, -1), "what tab_open returns for a url of TEXT_SIZE bytes");
	cr_assert(eq(int, error, EMSGSIZE), "errno of tab_open for a url of TEXT_SIZE bytes");
	tab = new_tab(browser, &desk, 0, text + 1);
	errno = 0;
	int result = tab_input(browser, tab, INPUT_TEXT, text);
	error = errno;
	cr_assert(eq(int, result, -1), "what tab_input returns for a text of TEXT_SIZE bytes");
	cr_assert(eq(int, error, EMSGSIZE), "errno of tab_input for a text of TEXT_SIZE bytes");
	enter(browser, tab, INPUT_TEXT, text + 1);
	wait_inputs(browser, tab, 1);
	wait_documents(browser, tab, 1);
	const struct notes *notes = &desk.shelf->of[0];
	cr_assert(eq(str, (char *)notes->url[0], text + 1), "the longest url, as fetch gets it");
	cr_assert(eq(u32, notes->handled, 1), "how often handle was called");
	cr_assert(eq(str, (char *)notes->word[0], text + 1), "the longest text, as handle gets it");
	browser_stop(browser);
}

KIT_TEST(mini_browser, a_busy_tab_has_room_for_32_inputs)
{
	struct desk desk = new_desk();
	desk.slow_input = true;
	browser *browser = opened(&desk);
	int tab = new_tab(browser, &desk, 0, "a");

	enter(browser, tab, INPUT_TEXT, "first");
	kit_let_others_run(); /* handle has it, and does not return */
	for (int i = 0; i < BACKLOG; i++)
		enter(browser, tab, INPUT_TEXT, "next");
	for (int i = 0; i <= BACKLOG; i++)
		sem_post(&desk.shelf->input);
	wait_inputs(browser, tab, BACKLOG + 1);
	browser_stop(browser);
}

/* ---- waiting ----------------------------------------------------------------------------------------- */

KIT_TEST(mini_browser, who_waits_sleeps)
{
	struct desk desk = new_desk();
	browser *browser = opened(&desk);
	int tab = new_tab(browser, &desk, 0, "a");

	new_tab(browser, &desk, 1, "never");
	wait_documents(browser, tab, 1);
	kit_expect_quiet(); /* all three threads of the first tab wait, and the fetch of the second one */
	enter(browser, tab, INPUT_QUIT, NULL);
	returns(browser, tab, 0, TAB_EXITED, "of a tab that has quit");
	browser_stop(browser);
}

/* A child waits for the tab, so that the test can look. */
KIT_TEST(mini_browser, a_caller_who_waits_sleeps)
{
	struct desk desk = new_desk();
	unsigned *got = kit_shared(sizeof *got);
	pid_t pid = fork();

	if (pid == 0) {
		browser *browser = opened(&desk);
		desk.tab = 0;
		int tab = tab_open(browser, "slow a");
		kit_note(got, (unsigned)tab_wait(browser, tab, TAB_LOADED));
		browser_stop(browser);
		_exit(0);
	}
	kit_expect_quiet();
	cr_assert(eq(u32, kit_noted(got), 0), "that tab_wait has not returned without an event");
	sem_post(&desk.shelf->net);
	waitpid(pid, NULL, 0);
	cr_assert(eq(u32, kit_noted(got), TAB_LOADED), "what tab_wait returns at last");
}

/* ---- any small browser ------------------------------------------------------------------------------- */

struct model { /* of one tab */
	int number;
	bool open, dead;
	unsigned inputs;
};

static void model_input(browser *browser, const struct desk *desk, struct model *tab, unsigned i)
{
	errno = 0;
	int result = tab_input(browser, tab->number, INPUT_TEXT, "one");
	int error = errno;

	if (!tab->open || tab->dead) {
		cr_assert(eq(int, result, -1), "what tab_input returns for a tab that is closed or dead");
		cr_assert(eq(int, error, tab->open ? EPIPE : EINVAL), "errno of that input");
		return;
	}
	cr_assert(eq(int, result, 0), "what tab_input returns for a tab that is alive");
	wait_inputs(browser, tab->number, ++tab->inputs);
	cr_assert(eq(u32, kit_noted(&desk->shelf->of[i].handled), tab->inputs), "inputs that the tab has handled");
}

static void model_crash(browser *browser, struct model *tab)
{
	int result = tab_input(browser, tab->number, INPUT_TEXT, "crash");

	if (!tab->open || tab->dead) {
		cr_assert(eq(int, result, -1), "what tab_input returns for a tab that is closed or dead");
		return;
	}
	cr_assert(eq(int, result, 0), "what tab_input returns for a tab that is alive");
	returns(browser, tab->number, 0, TAB_CRASHED, "of a tab that is told to crash");
	tab->dead = true;
}

static void model_close(browser *browser, struct model *tab)
{
	int result = tab_close(browser, tab->number);

	cr_assert(eq(int, result, tab->open ? 0 : -1), "what tab_close returns");
	tab->open = false;
}

KIT_TEST(mini_browser, any_small_browser)
{
	struct desk desk = new_desk();
	browser *browser = opened(&desk);
	struct model tab[2] = {0};

	for (unsigned i = 0; i < 2; i++)
		tab[i] = (struct model){.number = new_tab(browser, &desk, i, i ? "never" : "a"), .open = true};
	for (int step = 0; step < 3; step++) {
		unsigned i = KIT_CHOOSE("tab", "first", "second");
		unsigned what = KIT_CHOOSE("then", "input", "crash", "close", "stop");
		if (what == 3)
			break;
		if (what == 0)
			model_input(browser, &desk, &tab[i], i);
		else if (what == 1)
			model_crash(browser, &tab[i]);
		else
			model_close(browser, &tab[i]);
		unsigned alive = (tab[0].open && !tab[0].dead) + (tab[1].open && !tab[1].dead);
		cr_assert(eq(u32, kit_children(), alive), "processes, as many as tabs that are alive");
		model_input(browser, &desk, &tab[1 - i], 1 - i); /* the other one answers, or is gone, as before */
	}
	browser_stop(browser);
	cr_assert(eq(u32, kit_children(), 0), "processes that browser_stop leaves");
	cr_assert(eq(u32, kit_open_fds(), 0), "descriptors that browser_stop leaves");
}
