/* adjust.c - `adjust`: a line more in adjustments.csv or extensions.csv, checked against the gradebook that is there.
 */
#include "../file.h"
#include "../gradebook/gradebook.h"
#include "../memory.h"
#include "../report/report.h"
#include "command.h"

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const struct argp_option options[] = {
    {"student", 's', "NAME", 0, "login, name or e-mail address", 0},
    {"assignment", 'a', "NAME", 0, "the assignment", 0},
    {"points", 'p', "N", 0, "points to add: +3, -5", 0},
    {"set", 'e', "N", 0, "what counts, whatever the score is", 0},
    {"due", 'd', "TIME", 0, "a due date of the student's own: '2026-10-05 23:59 +0200'", 0},
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
		if (!line->student || !line->assignment || !line->points + !line->set + !line->due != 2)
			argp_error(state, "whose, of what, and what? STUDENT=ada A=pipe_ring and one of POINTS=+3, SET=80 and "
			                  "DUE='2026-10-05 23:59 +0200'");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* ---- the people of the gradebook ------------------------------------------------------------ */

/* gradebook.csv has a line for everybody: the roster's cells, and in a column of its own the name in reports. */
static struct roster *read_gradebook(const char *folder, struct people *people, struct error *error)
{
	char *path = format("%s/gradebook.csv", folder);
	struct roster *book = file_exists(path) ? roster_read(path, error) : NULL;
	if (!file_exists(path))
		fail(error, "%s has no gradebook.csv: grade the class first", folder);
	int column = book ? roster_column(book, "submission") : -1;
	if (book && column < 0)
		fail(error, "%s has no column 'submission': grade the class again", path);
	free(path);
	if (column < 0) {
		roster_free(book);
		return NULL;
	}
	struct person *person = zeroed(book->row_count, sizeof *person);
	for (size_t row = 0; row < book->row_count; row++) {
		const char *name = book->cell[row][column];
		person[row] = (struct person){name + (name[0] == '\'' && name[1] && strchr("=+-@", name[1])), (int)row};
	}
	*people = (struct people){book, person, book->row_count};
	return book;
}

/* As reports call the student, if that is nobody else; else as was typed. */
static const char *name_for_file(const struct people *people, size_t index, const char *typed)
{
	size_t found;
	bool same = person_find(people, people->item[index].name, &found, NULL) == 0 && found == index;
	return same ? people->item[index].name : typed;
}

/* ---- the line ------------------------------------------------------------------------------- */

static const char *user_name(void)
{
	const struct passwd *user = getpwuid(getuid());
	return user ? user->pw_name : "";
}

static void tell_time(char text[32])
{
	time_t now = time(NULL);
	struct tm utc;
	strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
}

/* One after the other: a second one waits. The lock goes with the process (fcntl(2)). */
static int lock(const char *folder, struct error *error)
{
	char *path = format("%s/.adjusting", folder);
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666), result = 0;
	if (file < 0 || fcntl(file, F_SETLKW, &lock) != 0)
		result = fail(error, "cannot lock %s: %s", path, strerror(errno));
	free(path);
	return result == 0 ? file : -1;
}

static const char *file_of(const struct ledger_wish *line)
{
	return line->due ? "extensions.csv" : "adjustments.csv";
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
		printf("%s points", line->points);
	printf(", in %s/%s; the next make grade with OUT=%s applies it\n", folder, file_of(line), folder);
}

/* The folder is locked. */
static int write_line(const struct kit *kit, const char *folder, const struct people *people,
                      const struct ledger_wish *line, struct error *error)
{
	char *path = format("%s/%s", folder, file_of(line));
	int result = line->due ? extensions_add(path, kit->course, people, line, error)
	                       : adjustments_add(path, kit->course, people, line, error);
	free(path);
	return result;
}

static int add_line(const struct kit *kit, const char *folder, struct wish *wish, struct error *error)
{
	struct people people = {0};
	size_t index;
	char now[32];
	struct roster *book = read_gradebook(folder, &people, error);
	int held = book && person_find(&people, wish->line.student, &index, error) == 0 ? lock(folder, error) : -1;
	int result = -1;
	if (held >= 0) {
		tell_time(now);
		wish->line.when = now;
		wish->line.student = name_for_file(&people, index, wish->line.student);
		result = write_line(kit, folder, &people, &wish->line, error);
		close(held);
	}
	if (result == 0)
		tell(&wish->line, folder);
	free((struct person *)people.item);
	roster_free(book);
	return result;
}

int command_adjust(const struct session *session, int argc, char **argv)
{
	static const struct argp argp = {
	    options,
	    parse,
	    NULL,
	    "Changes what counts of a student's assignment: a line in adjustments.csv or extensions.csv beside the "
	    "gradebook, "
	    "which the next grading of the class applies. The score stays what it is. To undo it, delete the line.",
	    NULL,
	    NULL,
	    NULL};
	struct wish wish = {.line = {.who = user_name()}};
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
