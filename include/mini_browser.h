/* mini_browser.h - each tab is a process, and in it a thread for the input, one for the network, and one that renders
 *
 *     caller --- inputs ---> tab 0:  input thread --url--> net thread --document--> render thread
 *            <-- events ----                \------------- inputs ------------------/
 *            --- inputs ---> tab 1:  input thread --url--> net thread --document--> render thread
 *            <-- events ----                \------------- inputs ------------------/
 *
 * All functions   errno    says why a function has failed; after a success its value is unspecified.
 *                 Calls    that are interrupted (EINTR) or move fewer bytes than asked for are continued.
 *                 SIGPIPE  is neither raised nor left pending by them, in the caller or in a tab. Its action and the
 *                          signal mask of the caller are as before when a function returns.
 *                 Waiting  is done asleep, without polling, in the caller and in the tabs.
 *                 MT       not thread-safe: the caller has one thread at each call of tab_open, and a browser is used
 *                          by one thread at a time. They make no thread in the caller's process.
 *                 FORK     No other child of the caller may use the browser.
 *
 * What happens in a tab:
 *
 * Input    The input thread takes the inputs one after the other, in the order in which they were sent, each as a
 *          whole. For INPUT_TEXT it calls handle; for INPUT_LOAD it gives the url to the net thread. When that is done,
 *          the tab has handled one input more, and tells TAB_INPUT_DONE. At INPUT_QUIT, which is not counted, the tab
 *          ends: nothing that was sent after it is handled; the url that waits is fetched, the last change is rendered,
 *          both are told, and the process ends with the exit status 0.
 * Network  The net thread fetches the url of tab_open, and each that it is given later, one after the other. A url that
 *          still waits for its fetch when the next one comes, also that of tab_open, is replaced by that. A document
 *          that has been fetched is the tab's next version; it is given to the render thread, and then the tab tells
 *          TAB_LOADED.
 * Render   The render thread calls render after each change, of the version or of the number of inputs, with a frame
 *          that shows this change or a later state; so one frame may show several changes. No frame is older than one
 *          before it, and while nothing changes there is none. When render has returned, the tab tells TAB_RENDERED.
 * Threads  They are three, and none of them waits while a function of another one is running: inputs are handled
 *          while fetch does not return, and documents are fetched and inputs handled while render does not return.
 * Process  Each tab is a child of the caller. It never returns into the caller's code, runs no atexit function and
 *          writes nothing that the caller had left in a stdio buffer. Of the descriptors that the browser has made,
 *          it has its own end of its own connection only; others of the caller it may keep or close. If a thread cannot
 *          be made its exit status is 1. When the input thread sees that the caller's end of the connection is closed,
 *          it ends the process, whatever the other two do; after INPUT_QUIT it need not look.
 */
#ifndef MINI_BROWSER_H
#define MINI_BROWSER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define TAB_MAX 8      /* tabs that a browser may have at a time, those included that have ended */
#define TEXT_SIZE 64u  /* bytes of a url, or of the text of an input, with the 0 at its end */
#define DOC_SIZE 4096u /* bytes of a document */

/* What a frame shows: a document and how many inputs there were, both of the same moment. */
struct frame {
	unsigned version;    /* which document it is: the number of those that were fetched; 0: there is none yet */
	unsigned inputs;     /* how many inputs the tab has handled */
	size_t len;          /* of the document, in bytes; 0 without one */
	char text[DOC_SIZE]; /* the document; what is behind its end is unspecified */
};

/* What the tabs of a browser do. Each function is called by one thread of each tab, and in no other place. */
struct browser_cfg {
	/* Called by the net thread: writes the document of `url` to the `cap` bytes at `buf` and returns its length, `cap`
	 * at most; `cap` is DOC_SIZE. It may take as long as it likes, or never return. */
	size_t (*fetch)(const char *url, char *buf, size_t cap, void *ctx);
	void (*handle)(const char *text, void *ctx);          /* called by the input thread: for an INPUT_TEXT */
	void (*render)(const struct frame *frame, void *ctx); /* called by the render thread; the frame is valid in it */
	void *ctx; /* for the functions; what it points to is each tab's own copy, unless the caller shares the memory */
};

enum input_kind { INPUT_TEXT, INPUT_LOAD, INPUT_QUIT };

/* What a tab tells. The last two are its end, and there is only one of them. */
enum tab_event {
	TAB_INPUT_DONE = 1, /* one input more was handled */
	TAB_LOADED = 2,     /* one document more is there */
	TAB_RENDERED = 4,   /* one frame more was rendered */
	TAB_EXITED = 8,     /* its process has ended with an exit status */
	TAB_CRASHED = 16    /* its process has been ended by a signal */
};

/* What is known of a tab: what the calls of tab_wait have seen of it until now. */
struct tab_state {
	pid_t pid;       /* of its process */
	bool alive;      /* its end has not been seen */
	int status;      /* how it has ended, as waitpid reports it; 0 while it is alive */
	unsigned inputs; /* how many TAB_INPUT_DONE, TAB_LOADED and TAB_RENDERED it has told */
	unsigned loaded;
	unsigned rendered;
};

/* A browser and its tabs. */
typedef struct browser browser;

/* Makes a browser without a tab. What `cfg` points to is copied.
 *
 * Returns  the browser, or NULL
 * errno    EINVAL  cfg, or one of its three functions, is NULL
 *          ENOMEM  no memory
 * Owns     The caller releases the browser by browser_stop.
 * Blocks   no
 */
browser *browser_start(const struct browser_cfg *cfg);

/* Opens a tab: starts its process, which fetches `url`.
 *
 * Returns  the number of the tab, from 0 to TAB_MAX - 1: one that no other tab has; or -1
 * errno    EINVAL    url is NULL
 *          EMSGSIZE  url is longer than TEXT_SIZE - 1 bytes
 *          EMFILE    there are TAB_MAX tabs
 *          otherwise the error of the system call that has failed
 * Owns     The tab is released by tab_close or browser_stop, also when it has ended. After -1 nothing is left: no
 *          process, no descriptor.
 * Blocks   no
 */
int tab_open(browser *browser, const char *url);

/* Sends an input to a tab. For INPUT_QUIT `text` is not looked at and may be NULL.
 *
 * Returns  0, and the input is on its way as a whole; or -1, and nothing of it was sent
 * errno    EINVAL    there is no such tab, or no such kind, or text is NULL
 *          EMSGSIZE  text is longer than TEXT_SIZE - 1 bytes
 *          EPIPE     the process of the tab has ended, whether that has been seen or not
 * Blocks   not for anything that a thread of the tab does; only while the connection is full. It has room for 32
 *          inputs that the tab has not taken. A tab that has told more than 128 events which no tab_wait has taken may
 *          wait until they are, and takes no input meanwhile.
 */
int tab_input(browser *browser, int tab, enum input_kind kind, const char *text);

/* Waits for events of a tab: of those in `kinds`, some of TAB_INPUT_DONE, TAB_LOADED and TAB_RENDERED, joined by |.
 * First, and while it waits, it takes all that has come from all tabs, the ends of processes included, so that no tab
 * waits for the caller because another one is waited for. A process whose end is seen is reaped at once.
 *
 * Returns  those of `kinds` that the tab has told since the last tab_wait that returned them, joined by |. If there are
 *          none, and the tab has ended, TAB_EXITED or TAB_CRASHED alone: a tab's end is waited for with any `kinds`,
 *          and alone with 0. It is returned once. Or -1, and nothing was taken.
 * errno    EINVAL  there is no such tab, or other bits are in `kinds`
 *          ESRCH   the end of the tab has been returned by an earlier call
 * Blocks   until there is something to return
 */
int tab_wait(browser *browser, int tab, unsigned kinds);

/* Writes to *state what is known of a tab. It asks nobody: what has come since the last tab_wait is not in it.
 *
 * Returns  0, or -1, and *state is unchanged
 * errno    EINVAL  there is no such tab, or state is NULL
 * Blocks   no
 */
int tab_state(const browser *browser, int tab, struct tab_state *state);

/* Closes a tab, at once: its process is killed by SIGKILL, whatever it does, and reaped. Its number is free again.
 * Other tabs, and other children of the caller, are left alone.
 *
 * Returns  0, or -1
 * errno    EINVAL  there is no such tab
 * Blocks   until the process has ended
 */
int tab_close(browser *browser, int tab);

/* Closes all tabs and frees the browser. browser_stop(NULL) does nothing.
 *
 * Owns     Nothing is left: no process, no descriptor, no memory.
 * Blocks   until the processes have ended
 */
void browser_stop(browser *browser);

#endif
