/* grade.c - `grade`: one submission, all or some of its assignments; the report to the terminal or in another format.
 */
#include "../class/class.h"
#include "../intake/intake.h"
#include "../memory.h"
#include "../report/report.h"
#include "command.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_NAMES = 64 };

struct wish {
	const struct session *session;
	const struct kit *kit;
	const char *name[MAX_NAMES];
	size_t name_count;
	const char *folder, *test, *output;
	const struct report_format *format;
	bool public_only, everything, keep;
	unsigned first_word; /* lines of it on the screen */
	int left;            /* requests without a grade yet */
	int status;
};

static const struct argp_option options[] = {
    {"assignment", 'a', "NAME", 0, "grade this assignment (repeatable; default: all)", 0},
    {"submission", 's', "PATH", 0,
     "folder or archive with NAME.c or assignments/NAME/NAME.c (default: the kit's own tree)", 0},
    {"test", 't', "TEST", 0, "run this test only", 0},
    {"public", 'p', NULL, 0, "leave the hidden tests out", 0},
    {"format", 'f', "FORMAT", 0,
     "text, problems (text, and each finding as a compiler would say it, for editors), json, markdown, html, junit, "
     "sarif, verdict, or of a course platform: github, classroom, classroom50, "
     "release, annotations, summary, gradescope, autolab, prairielearn, vpl (default: text)",
     0},
    {"output", 'o', "DIR", 0, "folder for the saved reports (default: build/results)", 0},
    {"all", 'A', NULL, 0, "show every finding in full", 0},
    {"keep", 'k', NULL, 0, "keep the scratch folder under build/run", 0},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct wish *wish = state->input;
	switch (key) {
	case 'a':
		if (wish->name_count == MAX_NAMES)
			argp_error(state, "too many assignments");
		wish->name[wish->name_count++] = argument;
		return 0;
	case 's':
		wish->folder = argument;
		return 0;
	case 't':
		wish->test = argument;
		return 0;
	case 'p':
		wish->public_only = true;
		return 0;
	case 'f':
		wish->format = report_format_find(argument);
		if (!wish->format)
			argp_error(state, "unknown format '%s'", argument);
		return 0;
	case 'o':
		wish->output = argument;
		return 0;
	case 'A':
		wish->everything = true;
		return 0;
	case 'k':
		wish->keep = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void clear_progress(const struct wish *wish)
{
	if (wish->session->progress)
		fputs("\r\033[K", stderr);
}

static void show_progress(void *context, const char *what)
{
	const struct wish *wish = context;
	if (!wish->session->progress)
		return;
	clear_progress(wish);
	fprintf(stderr, "  grading ... %s", what);
	fflush(stderr);
}

static bool is_for_reading(const struct report_format *format)
{
	return strcmp(format->name, "text") == 0 || strcmp(format->name, "problems") == 0;
}

static void show_tested(void *context, const struct request *request, const struct grade *grade)
{
	struct wish *wish = context;
	(void)request;
	clear_progress(wish);
	wish->first_word = show_first_word(wish->session, grade);
	show_progress(wish, "the other checks");
}

static void worse(int *status, int other)
{
	if (other > *status)
		*status = other;
}

/* From the submission's folder on, as a repository knows it; NULL: not in there. */
static const char *path_below(const char *folder, const char *path)
{
	size_t length = folder ? strlen(folder) : 0;
	return path && length && strncmp(path, folder, length) == 0 && path[length] == '/' ? path + length + 1 : NULL;
}

static void deliver(void *context, const struct request *request, struct grade *grade)
{
	struct wish *wish = context;
	clear_progress(wish);
	wipe_first_word(wish->first_word);
	wish->first_word = 0;
	if (!grade->judged)
		worse(&wish->status, EXIT_NOT_JUDGED);
	else if (grade->score < grade->max_score)
		worse(&wish->status, EXIT_POINTS_LOST);
	struct source *source = source_find(request->assignment->root, request->folder, request->assignment->name);
	struct report_platform platform;
	report_platform_read(&platform, getenv);
	struct report_options report = {.colour = wish->session->colour,
	                                .width = wish->session->width,
	                                .everything = wish->everything || wish->test,
	                                .source_text = source->text,
	                                .source_path = path_below(request->folder, source->path),
	                                .platform = &platform};
	struct error error;
	if (wish->format->write(stdout, grade, request->assignment, &report) != 0 || fflush(stdout) != 0)
		worse(&wish->status, complain(EXIT_NOT_JUDGED, "cannot write the report to standard output"));
	char *folder = wish->output ? strdup(wish->output) : format("%s/results", wish->kit->build);
	if (!wish->test && save_reports(folder, grade, request->assignment, request->folder, &error) != 0)
		worse(&wish->status, complain(EXIT_NOT_JUDGED, "%s", error.text));
	free(folder);
	source_free(source);
	grade_free(grade);
	wish->left--;
}

static int grade(struct wish *wish, struct queue *queue, const struct intake *intake)
{
	const struct course *course = wish->kit->course;
	size_t count = wish->name_count ? wish->name_count : course->assignment_count;
	struct request *requests = zeroed(count + 1, sizeof *requests);
	int status = 0;
	for (size_t i = 0; status == 0 && i < count; i++) {
		requests[i] = (struct request){.problem = intake->problem,
		                               .unread = intake->unread,
		                               .remarks = &intake->remarks,
		                               .submission = intake->name,
		                               .only_test = wish->test,
		                               .public_only = wish->public_only};
		requests[i].assignment = wish->name_count ? find_assignment(wish->kit, wish->name[i]) : course->assignment[i];
		if (requests[i].assignment)
			requests[i].folder = wish->folder ? intake->folder : requests[i].assignment->root;
		else
			status = EXIT_USAGE;
		if (status == 0 && wish->test && !assignment_test(requests[i].assignment, wish->test))
			status = complain(EXIT_USAGE, "%s has no test '%s'", requests[i].assignment->name, wish->test);
	}
	struct error error;
	struct class_options class = {.cache = wish->session->cache && !wish->keep, .keep = wish->keep, .coverage = true};
	if (count == 1 && is_for_reading(wish->format) && has_first_word(wish->session))
		class.tested = show_tested;
	wish->left = (int)count;
	if (status == 0) {
		show_progress(wish, "building");
		if (class_grade(wish->kit, queue, requests, count, &class, deliver, show_progress, wish, &error) != 0) {
			clear_progress(wish);
			wipe_first_word(wish->first_word);
			status = complain_of(&error);
		} else {
			status = wish->status;
		}
	}
	free(requests);
	return status;
}

/* The submission as a folder, and away with what was unpacked for it. */
static int take_and_grade(struct wish *wish, struct queue *queue)
{
	char *path = realpath(wish->folder ? wish->folder : wish->kit->root, NULL);
	if (!path)
		return complain(EXIT_USAGE, "there is no folder or archive %s", wish->folder);
	char *scratch = format("%s/run/%d-submission", wish->kit->place, (int)getpid());
	struct intake intake;
	struct error error;
	int status = intake_open(path, scratch, &intake, &error) == 0 ? grade(wish, queue, &intake)
	                                                              : complain(EXIT_NOT_JUDGED, "%s", error.text);
	if (wish->keep && intake.scratch)
		complain(0, "the archive is unpacked in %s", intake.scratch);
	intake_close(&intake, wish->keep);
	free(scratch);
	free(path);
	return status;
}

int command_grade(const struct session *session, int argc, char **argv)
{
	struct wish wish = {.session = session, .format = report_format_find("text")};
	static const struct argp argp = {
	    options,
	    parse,
	    NULL,
	    "Grades one submission and explains every lost point.\v"
	    "Exit status: 0 full marks, 1 points lost, 2 usage or broken kit, 3 the submission could not be judged.",
	    NULL,
	    NULL,
	    NULL};
	if (argp_parse(&argp, argc, argv, 0, NULL, &wish) != 0)
		return EXIT_USAGE;
	if (wish.test && wish.name_count != 1)
		return complain(EXIT_USAGE,
		                "a test belongs to one assignment: name it as well (-a NAME, or make grade A=NAME T=TEST)");
	struct error error;
	struct kit *kit = kit_open(session->root, session->course, &error);
	if (!kit)
		return complain(EXIT_USAGE, "%s", error.text);
	struct cage *cage = open_cage(session, kit, wish.folder);
	struct queue *queue = cage ? queue_new(0, session->signals, cage) : NULL;
	wish.kit = kit;
	int status = queue ? take_and_grade(&wish, queue) : EXIT_USAGE;
	queue_free(queue);
	cage_close(cage);
	kit_free(kit);
	return status;
}
