/* adjust.c - `adjust`: a line more in adjustments.csv, extensions.csv or review.csv, checked against the gradebook that
 * is there.
 */
#include "../file.h"
#include "../gradebook/gradebook.h"
#include "../memory.h"
#include "../report/report.h"
#include "command.h"
#include "said.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct argp_option options[] = {
    {"student", 's', "NAME", 0, "login, name or e-mail address; or a group, for each of its members", 0},
    {"assignment", 'a', "NAME", 0, "the assignment", 0},
    {"points", 'p', "N", 0, "points to add: +3, -5", 0},
    {"set", 'e', "N", 0, "what counts, whatever the score is", 0},
    {"due", 'd', "TIME", 0, "a due date of the student's own: '2026-10-05 23:59 +0200'", 0},
    {"line", 'l', "ID", 0, "the points are for this line of the rubric, which a person reads", 0},
    {"comment", 'c', "TEXT", 0, "why; the student reads it", 0},
    {"who", 'w', "NAME", 0, "who says so (default: you)", 0},
    {"output", 'o', "DIR", 0, "folder of the class's gradebook (default: build/results)", 0},
    {0},
};

struct wish {
	struct ledger_wish line;
	const char *folder;
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct wish *wish = state->input;
	struct ledger_wish *line = &wish->line;
	switch (key) {
	case 's':
		line->student = argument;
		return 0;
	case 'a':
		line->assignment = argument;
		return 0;
	case 'p':
		line->points = argument;
		return 0;
	case 'e':
		line->set = argument;
		return 0;
	case 'd':
		line->due = argument;
		return 0;
	case 'l':
		line->line = argument;
		return 0;
	case 'c':
		line->comment = argument;
		return 0;
	case 'w':
		line->who = argument;
		return 0;
	case 'o':
		wish->folder = argument;
		return 0;
	case ARGP_KEY_END:
		if (!line->student || !line->assignment || !line->points + !line->set + !line->due != 2 ||
		    (line->line && !line->points))
			argp_error(state, "whose, of what, and what? STUDENT=ada A=pipe_ring and one of POINTS=+3, SET=80, "
			                  "DUE='2026-10-05 23:59 +0200' and LINE=answers with POINTS=7");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* ---- the line ------------------------------------------------------------------------------- */

static const char *file_of(const struct ledger_wish *line)
{
	return line->due ? "extensions.csv" : line->line ? "review.csv" : "adjustments.csv";
}

static bool one_point(const char *points)
{
	return abs(atoi(points)) == 1;
}

static void tell(const struct ledger_wish *line, const char *folder)
{
	escape_plain(stdout, line->student, false);
	printf(", %s: ", line->assignment);
	if (line->due)
		printf("due %s", line->due);
	else if (line->set)
		printf("set to %s", line->set);
	else
		fputs(line->points, stdout);
	if (line->points)
		printf(" point%s%s%s", one_point(line->points) ? "" : "s", line->line ? " for " : "",
		       line->line ? line->line : "");
	printf(", in %s/%s; the next make grade with OUT=%s applies it\n", folder, file_of(line), folder);
}

/* The folder is locked. */
static int write_line(const struct kit *kit, const char *folder, const struct people *people,
                      const struct ledger_wish *line, struct error *error)
{
	char *path = format("%s/%s", folder, file_of(line));
	int result = line->due    ? extensions_add(path, kit->course, people, line, error)
	             : line->line ? marks_add(path, kit->course, people, line, error)
	                          : adjustments_add(path, kit->course, people, line, error);
	free(path);
	return result;
}

static int add_line(const struct kit *kit, const char *folder, struct wish *wish, struct error *error)
{
	struct people people = {0};
	char now[SAID_AT];
	struct roster *book = people_read(folder, &people, error);
	const char *student = book ? said_of(&people, wish->line.student, error) : NULL;
	int held = student ? said_lock(folder, error) : -1;
	int result = -1;
	if (held >= 0) {
		said_at(now);
		wish->line.when = now;
		wish->line.student = student;
		result = write_line(kit, folder, &people, &wish->line, error);
		close(held);
	}
	if (result == 0)
		tell(&wish->line, folder);
	people_free(&people, book);
	return result;
}

int command_adjust(const struct session *session, int argc, char **argv)
{
	static const struct argp argp = {
	    options,
	    parse,
	    NULL,
	    "Changes what counts of a student's assignment: a line in adjustments.csv, extensions.csv or review.csv beside "
	    "the "
	    "gradebook, "
	    "which the next grading of the class applies. The score stays what it is. To undo it, delete the line.",
	    NULL,
	    NULL,
	    NULL};
	struct wish wish = {.line = {.who = said_by()}};
	struct error error;
	if (argp_parse(&argp, argc, argv, 0, NULL, &wish) != 0)
		return EXIT_USAGE;
	struct kit *kit = kit_open(session->root, session->course, &error);
	if (!kit)
		return complain(EXIT_USAGE, "%s", error.text);
	int status = find_assignment(kit, wish.line.assignment) ? 0 : EXIT_USAGE;
	char *folder = wish.folder ? must(strdup(wish.folder)) : format("%s/results", kit->build);
	if (status == 0 && add_line(kit, folder, &wish, &error) != 0)
		status = complain(EXIT_USAGE, "%s", error.text);
	free(folder);
	kit_free(kit);
	return status;
}
