/* feedback.c - `feedback`: what the last run of a class found, as files for a course platform, GitHub or mail. */
#include "../feedback/feedback.h"
#include "../file.h"
#include "../memory.h"
#include "../report/report.h"
#include "command.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static const struct argp_option options[] = {
    {"for", 'f', "PLATFORM", 0, "moodle, canvas, github or mail", 0},
    {"output", 'o', "DIR", 0, "folder of the class's gradebook (default: build/results)", 0},
    {"assignment", 'a', "NAME", 0, "only this one", 0},
    {"to", 't', "DIR", 0, "folder for what is written (default: feedback/PLATFORM beside the gradebook)", 0},
    {"from", 'F', "ADDRESS", 0, "of mails: who sends them", 0},
    {0},
};

struct wish {
	const char *platform, *output, *assignment, *to, *from;
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct wish *wish = state->input;
	switch (key) {
	case 'f':
		wish->platform = argument;
		return 0;
	case 'o':
		wish->output = argument;
		return 0;
	case 'a':
		wish->assignment = argument;
		return 0;
	case 't':
		wish->to = argument;
		return 0;
	case 'F':
		wish->from = argument;
		return 0;
	case ARGP_KEY_END:
		if (!wish->platform)
			argp_error(state, "for what? FOR=moodle, canvas, github or mail");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* ---- what is told --------------------------------------------------------------------------- */

static void print_list(const char *before, const struct string_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		fputs(before, stdout);
		escape_plain(stdout, list->item[i], false);
		putchar('\n');
	}
}

static void tell(const struct feedback *feedback, const char *folder)
{
	printf("feedback for %zu student%s in %s; nothing was sent\n", feedback->students,
	       feedback->students == 1 ? "" : "s", folder);
	print_list("  ", &feedback->files);
	print_list("  note: ", &feedback->missed);
}

/* What the instructor has said since then is not in it. */
static void warn_of_changes(const char *output, int64_t began)
{
	static const char *const names[] = {"adjustments.csv", "extensions.csv", "requests.csv"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char *path = format("%s/%s", output, names[i]);
		struct stat status;
		if (stat(path, &status) == 0 && status.st_mtim.tv_sec > began)
			complain(0, "%s was changed after the last run of the class: make grade first, to apply it", path);
		free(path);
	}
}

/* ---- the work ------------------------------------------------------------------------------- */

static int write_all(const struct kit *kit, const struct wish *wish, struct feedback_wish *order, struct error *error)
{
	struct people people = {0};
	struct feedback feedback = {0};
	char *path = format("%s/gradebook.sqlite", wish->output);
	struct roster *book = people_read(wish->output, &people, error);
	order->journal = book ? journal_open(path, error) : NULL;
	order->course = kit->course;
	order->book = book;
	order->people = &people;
	int result = order->journal ? feedback_write(wish->platform, order, &feedback, error) : -1;
	if (result == 0) {
		warn_of_changes(wish->output, journal_began(order->journal));
		tell(&feedback, order->folder);
	}
	if (result == 0 && !feedback.students)
		result = fail(error, "there is nobody to write to");
	feedback_clear(&feedback);
	journal_close(order->journal);
	people_free(&people, book);
	free(path);
	return result;
}

static int run(const struct kit *kit, struct wish *wish)
{
	struct error error;
	struct feedback_wish order = {.reports = wish->output, .sender = wish->from, .now = time(NULL)};
	if (wish->assignment && !(order.assignment = find_assignment(kit, wish->assignment)))
		return EXIT_USAGE;
	char *folder = wish->to ? must(strdup(wish->to)) : format("%s/feedback/%s", wish->output, wish->platform);
	order.folder = folder;
	int result = write_all(kit, wish, &order, &error);
	free(folder);
	return result == 0 ? 0 : complain(EXIT_USAGE, "%s", error.text);
}

int command_feedback(const struct session *session, int argc, char **argv)
{
	static const struct argp argp = {
	    options,
	    parse,
	    NULL,
	    "Writes what the last run of a class found for its students: the zip of feedback files that Moodle takes, the "
	    "zip that Canvas takes as comments, texts and a script for GitHub, or mails. Grades nothing and sends nothing.",
	    NULL,
	    NULL,
	    NULL};
	struct wish wish = {0};
	struct error error;
	if (argp_parse(&argp, argc, argv, 0, NULL, &wish) != 0)
		return EXIT_USAGE;
	struct kit *kit = kit_open(session->root, session->course, &error);
	if (!kit)
		return complain(EXIT_USAGE, "%s", error.text);
	char *results = format("%s/results", kit->build);
	if (!wish.output)
		wish.output = results;
	int status = run(kit, &wish);
	free(results);
	kit_free(kit);
	return status;
}
