/* watch.c - `watch`: grades again at each save; keys n, h, l, r, q. */
#include "../class/class.h"
#include "../memory.h"
#include "../report/report.h"
#include "command.h"

#include <argp.h>
#include <libgen.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include <uv.h>

enum { SETTLE_MS = 80 }; /* editors save in several steps */

/* The folder of one exercise. */
struct saves {
	const char *name;
	uv_fs_event_t event;
};

struct watch {
	const struct session *session;
	const struct kit *kit;
	const struct assignment *assignment;
	const char *name;
	struct queue *queue;
	struct grade *grade;  /* the last, or NULL */
	struct grade *before; /* the one before it, of the same assignment, or NULL */
	unsigned hint_level;
	unsigned first_word; /* lines of it on the screen */
	int status;
	bool problems; /* for an editor: each grading has a line at its begin and one at its end */
	bool events;   /* file events arrive */
	bool due;      /* there is something new to grade */
	bool over;     /* the end was asked for */
	bool grading;  /* keys wait: */
	char pressed;  /* the last of them, or 0 */
	uv_loop_t loop;
	struct saves *saves; /* of the assignment, and behind it of what it reuses */
	size_t saves_count;
	uv_timer_t settle;
	uv_tty_t keys;
	uv_poll_t signals;
	bool has_keys;
	struct termios terminal; /* as it was before */
	char key[16];
};

static const struct argp_option options[] = {
    {"assignment", 'a', "NAME", 0, "the assignment (default: the first without full marks)", 0},
    {"format", 'f', "FORMAT", 0, "text, or problems: each finding as a compiler would say it, too, for editors", 0},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct watch *watch = state->input;
	switch (key) {
	case 'a':
		watch->name = argument;
		return 0;
	case 'f':
		watch->problems = strcmp(argument, "problems") == 0;
		if (!watch->problems && strcmp(argument, "text") != 0)
			argp_error(state, "unknown format '%s': text or problems", argument);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static bool done(const struct watch *watch)
{
	return watch->grade && watch->grade->judged && watch->grade->score == watch->grade->max_score;
}

/* ---- grading -------------------------------------------------------------------------------- */

static void deliver(void *context, const struct request *request, struct grade *grade)
{
	struct watch *watch = context;
	struct error error;
	grade_free(watch->before);
	watch->before = watch->grade;
	watch->grade = grade;
	char *folder = format("%s/results", watch->kit->build);
	if (save_reports(folder, grade, request->assignment, request->folder, &error) != 0)
		complain(0, "%s", error.text);
	free(folder);
}

static void prompt(const struct watch *watch)
{
	bool hints = watch->grade && watch->grade->findings.count;
	printf("\nassignments/%s/%s.c\n%s%sl list  r run again  q quit%s\n", watch->assignment->name,
	       watch->assignment->name, done(watch) ? "n next  " : "", hints && !done(watch) ? "h hint  " : "",
	       watch->events ? "" : "   (no file events here: press r after saving)");
	fflush(stdout);
}

static void progress(void *context, const char *what)
{
	const struct watch *watch = context;
	if (!watch->session->progress)
		return;
	fprintf(stderr, "\r\033[K  grading ... %s", what);
	fflush(stderr);
}

static void tested(void *context, const struct request *request, const struct grade *grade)
{
	struct watch *watch = context;
	(void)request;
	if (watch->session->progress)
		fputs("\r\033[K", stderr);
	watch->first_word = show_first_word(watch->session, grade);
	progress(watch, "the other checks");
}

static void stop(struct watch *watch, int status)
{
	watch->status = status;
	watch->over = true;
}

/* While a grading runs: what is saved meanwhile, or the wish to end, cancels it. */
static void look(void *context)
{
	struct watch *watch = context;
	uv_run(&watch->loop, UV_RUN_NOWAIT);
	if (watch->due || watch->over)
		queue_cancel(watch->queue);
}

/* Grades what is in the file now. Returns false when it was cancelled or could not begin. */
static bool grade_file(struct watch *watch)
{
	char *copy = strdup(watch->kit->root);
	struct request request = {
	    .assignment = watch->assignment, .folder = watch->assignment->root, .submission = basename(copy)};
	struct class_options how = {
	    .cache = watch->session->cache, .coverage = true, .tested = has_first_word(watch->session) ? tested : NULL};
	struct error error;
	progress(watch, "building");
	watch->grading = true;
	queue_on_tick(watch->queue, look, watch);
	int result = class_grade(watch->kit, watch->queue, &request, 1, &how, deliver, progress, watch, &error);
	queue_on_tick(watch->queue, NULL, NULL);
	watch->grading = false;
	free(copy);
	if (watch->session->progress)
		fputs("\r\033[K", stderr);
	wipe_first_word(watch->first_word);
	watch->first_word = 0;
	if (result != 0 && error.kind != ERROR_INTERRUPTED)
		stop(watch, complain_of(&error));
	else if (result != 0 && !watch->due)
		stop(watch, 0);
	return result == 0;
}

static void show_report(const struct watch *watch)
{
	char *path = format("assignments/%s/%s.c", watch->assignment->name, watch->assignment->name);
	struct report_options report = {
	    .colour = watch->session->colour, .width = watch->session->width, .first_only = true, .source_path = path};
	report_format_find(watch->problems ? "problems" : "text")->write(stdout, watch->grade, watch->assignment, &report);
	free(path);
}

static void grade(struct watch *watch)
{
	watch->due = false;
	if (watch->problems)
		printf("watch: grading %s\n", watch->assignment->name);
	if (!grade_file(watch))
		return;
	if (watch->session->colour)
		fputs("\033[H\033[2J\033[3J", stdout);
	show_report(watch);
	if (watch->before) {
		puts("\nSince the last save:");
		report_changes(stdout, watch->before, watch->grade);
	}
	watch->hint_level = 0;
	if (watch->problems)
		printf("watch: graded %s\n", watch->assignment->name);
	prompt(watch);
}

/* ---- keys ----------------------------------------------------------------------------------- */

/* The hint of the finding that the report shows first, a level further each time. */
static void show_hint(struct watch *watch)
{
	const struct hint *hint = watch->grade ? report_first_hint(watch->grade, watch->assignment) : NULL;
	if (!hint) {
		puts("There is no hint for this.");
		return;
	}
	if (watch->hint_level < hint->levels.count)
		watch->hint_level++;
	printf("\n%s\n", hint->title);
	for (unsigned i = 0; i < watch->hint_level; i++)
		printf("  %u. %s\n", i + 1, hint->levels.item[i]);
	if (watch->hint_level < hint->levels.count)
		puts("  (h again: the next level)");
	fflush(stdout);
}

static void show_list(const struct watch *watch)
{
	putchar('\n');
	for (size_t i = 0; i < watch->kit->course->assignment_count; i++) {
		const struct assignment *each = watch->kit->course->assignment[i];
		printf("%s %-14s %s\n", each == watch->assignment ? ">" : " ", each->name, each->title);
	}
	fflush(stdout);
}

static void changed(uv_fs_event_t *event, const char *file, int events, int status);

static bool watch_folder(struct watch *watch, struct saves *saves, const char *name)
{
	char *folder = format("%s/assignments/%s", watch->assignment->root, name);
	saves->name = name;
	uv_fs_event_init(&watch->loop, &saves->event);
	saves->event.data = watch;
	bool watched = uv_fs_event_start(&saves->event, changed, folder, 0) == 0;
	free(folder);
	return watched;
}

static void close_handle(uv_handle_t *handle, void *unused);

static void forget_folders(struct watch *watch)
{
	for (size_t i = 0; i < watch->saves_count; i++)
		close_handle((uv_handle_t *)&watch->saves[i].event, NULL);
	uv_run(&watch->loop, UV_RUN_NOWAIT); /* the handles are closed, and may be freed */
	free(watch->saves);
	watch->saves = NULL;
	watch->saves_count = 0;
}

/* Also those of what it reuses: with another file of an earlier exercise it may be judged in another way. */
static void watch_folders(struct watch *watch)
{
	const struct assignment *assignment = watch->assignment;
	forget_folders(watch);
	watch->saves_count = 1 + assignment->reuse_count;
	watch->saves = zeroed(watch->saves_count, sizeof *watch->saves);
	watch->events = watch_folder(watch, &watch->saves[0], assignment->name);
	for (size_t i = 0; i < assignment->reuse_count; i++)
		watch_folder(watch, &watch->saves[i + 1], assignment->reuse[i].exercise);
}

static void next(struct watch *watch)
{
	const struct course *course = watch->kit->course;
	size_t index = 0;
	while (index < course->assignment_count && course->assignment[index] != watch->assignment)
		index++;
	if (index + 1 >= course->assignment_count) {
		puts("That was the last one. Well done!");
		stop(watch, 0);
		return;
	}
	watch->assignment = course->assignment[index + 1];
	watch_folders(watch);
	grade_free(watch->grade);
	grade_free(watch->before);
	watch->grade = watch->before = NULL;
	watch->due = true;
}

static void key(struct watch *watch, char pressed)
{
	switch (pressed) {
	case 'q':
	case 4: /* Ctrl-D */
		stop(watch, 0);
		break;
	case 'r':
		watch->due = true;
		break;
	case 'h':
		show_hint(watch);
		break;
	case 'l':
		show_list(watch);
		break;
	case 'n':
		if (done(watch))
			next(watch);
		break;
	default:
		break;
	}
}

/* ---- events --------------------------------------------------------------------------------- */

static void settled(uv_timer_t *timer)
{
	struct watch *watch = timer->data;
	watch->due = true;
}

static void changed(uv_fs_event_t *event, const char *file, int events, int status)
{
	struct watch *watch = event->data;
	const struct saves *saves = (const struct saves *)((const char *)event - offsetof(struct saves, event));
	(void)events;
	size_t length = strlen(saves->name);
	if (status == 0 && file && strncmp(file, saves->name, length) == 0 && strcmp(file + length, ".c") == 0)
		uv_timer_start(&watch->settle, settled, SETTLE_MS, 0);
}

static void give_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
	(void)suggested;
	struct watch *watch = handle->data;
	*buffer = uv_buf_init(watch->key, sizeof watch->key);
}

static void key_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
	struct watch *watch = stream->data;
	if (size < 0)
		stop(watch, 0);
	if (size <= 0)
		return;
	/* While a grading runs the end and another grading are there at once; of the other keys the last one counts. */
	char pressed = buffer->base[size - 1];
	if (watch->grading && !strchr("qr\4", pressed))
		watch->pressed = pressed;
	else
		key(watch, pressed);
}

static void signalled(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	stop(poll->data, 0);
}

static void close_handle(uv_handle_t *handle, void *unused)
{
	(void)unused;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

static void step(struct watch *watch)
{
	if (watch->pressed) {
		char pressed = watch->pressed;
		watch->pressed = 0;
		key(watch, pressed);
	} else if (watch->due) {
		grade(watch);
	} else {
		uv_run(&watch->loop, UV_RUN_ONCE);
	}
}

static int run(struct watch *watch)
{
	uv_loop_init(&watch->loop);
	uv_timer_init(&watch->loop, &watch->settle);
	uv_poll_init(&watch->loop, &watch->signals, watch->session->signals);
	watch->settle.data = watch->signals.data = watch;
	uv_poll_start(&watch->signals, UV_READABLE, signalled);
	watch_folders(watch);
	watch->has_keys = isatty(STDIN_FILENO) && uv_tty_init(&watch->loop, &watch->keys, STDIN_FILENO, 1) == 0;
	if (watch->has_keys) {
		watch->keys.data = watch;
		/* Keys at once and without echo; the rest of the terminal stays as it is, so that reports print as always. */
		tcgetattr(STDIN_FILENO, &watch->terminal);
		struct termios keys = watch->terminal;
		keys.c_lflag &= (tcflag_t) ~(ICANON | ECHO);
		tcsetattr(STDIN_FILENO, TCSANOW, &keys);
		uv_read_start((uv_stream_t *)&watch->keys, give_buffer, key_read);
	}
	watch->due = true;
	while (!watch->over)
		step(watch);
	if (watch->has_keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &watch->terminal);
	forget_folders(watch);
	uv_walk(&watch->loop, close_handle, NULL);
	uv_run(&watch->loop, UV_RUN_DEFAULT);
	uv_loop_close(&watch->loop);
	grade_free(watch->grade);
	grade_free(watch->before);
	return watch->status;
}

int command_watch(const struct session *session, int argc, char **argv)
{
	static const struct argp argp = {options, parse, NULL, "Grades an assignment again whenever its file is saved.",
	                                 NULL,    NULL,  NULL};
	struct watch watch = {.session = session};
	if (argp_parse(&argp, argc, argv, 0, NULL, &watch) != 0)
		return EXIT_USAGE;
	struct error error;
	struct kit *kit = kit_open(session->root, session->course, &error);
	if (!kit)
		return complain(EXIT_USAGE, "%s", error.text);
	watch.kit = kit;
	watch.assignment = watch.name                      ? find_assignment(kit, watch.name)
	                   : kit->course->assignment_count ? kit->course->assignment[0]
	                                                   : NULL;
	struct cage *cage = watch.assignment ? open_cage(session, kit, NULL) : NULL;
	watch.queue = cage ? queue_new(0, session->signals, cage) : NULL;
	int status = watch.queue ? run(&watch) : EXIT_USAGE;
	queue_free(watch.queue);
	cage_close(cage);
	kit_free(kit);
	return status;
}
