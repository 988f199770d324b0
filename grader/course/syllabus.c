#include "syllabus.h"

#include "../file.h"
#include "../memory.h"
#include "assignment.h"
#include "notes.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE_LIMIT = 1 << 20 };

struct syllabus {
	FILE *out;
	const struct course *course;
	const struct string_list *handed_out; /* NULL: the course's own page */
	const struct notes *notes;
};

/* ---- hours ---------------------------------------------------------------------------------- */

struct hours assignment_hours(const struct assignment *assignment)
{
	struct hours hours = {0, 0};
	if (sscanf(assignment->time, "%d-%d", &hours.least, &hours.most) == 1)
		hours.most = hours.least;
	return hours;
}

static void add_hours(struct hours *sum, const struct assignment *assignment)
{
	struct hours hours = assignment_hours(assignment);
	sum->least += hours.least;
	sum->most += hours.most;
}

struct hours unit_hours(const struct course *course, const char *unit)
{
	struct hours sum = {0, 0};
	for (size_t i = 0; i < course->assignment_count; i++)
		if (strcmp(course->assignment[i]->unit, unit) == 0)
			add_hours(&sum, course->assignment[i]);
	return sum;
}

/* ---- which exercises ------------------------------------------------------------------------ */

static bool has(const struct syllabus *syllabus, const char *name)
{
	const struct string_list *some = syllabus->handed_out;
	return course_find(syllabus->course, name) && (!some || some->count == 0 || list_has(some, name));
}

/* The next one that the page has, of that unit (NULL: of any), from *i on. NULL: there is none. */
static const struct assignment *next_of(const struct syllabus *syllabus, const char *unit, size_t *i)
{
	while (*i < syllabus->course->assignment_count) {
		const struct assignment *assignment = syllabus->course->assignment[(*i)++];
		if (has(syllabus, assignment->name) && (!unit || strcmp(assignment->unit, unit) == 0))
			return assignment;
	}
	return NULL;
}

static bool has_unit(const struct syllabus *syllabus, const char *unit)
{
	size_t i = 0;
	return next_of(syllabus, unit, &i);
}

/* Whether assignments/NAME of what has this root lies beside the page. */
static bool lies_here(const struct syllabus *syllabus, const char *root)
{
	const struct course *course = syllabus->course;
	return syllabus->handed_out || strcmp(root, course->folder ? course->folder : course->root) == 0;
}

/* ---- pieces --------------------------------------------------------------------------------- */

static void put_hours(const struct syllabus *syllabus, struct hours hours)
{
	fprintf(syllabus->out, hours.least == hours.most ? "%d h" : "%d-%d h", hours.least, hours.most);
}

static void put_link(const struct syllabus *syllabus, const struct assignment *assignment)
{
	if (lies_here(syllabus, assignment->root))
		fprintf(syllabus->out, "[%s](%s/README.md)", assignment->name, assignment->name);
	else
		fputs(assignment->name, syllabus->out);
}

/* The next of several things: what comes before it. */
static void put_comma(const struct syllabus *syllabus, bool *first)
{
	fputs(*first ? "" : ", ", syllabus->out);
	*first = false;
}

/* "#a4-communication", as GitHub names a heading. */
static void put_anchor(FILE *out, const char *heading)
{
	for (; *heading; heading++)
		if (isalnum((unsigned char)*heading) || strchr("-_", *heading))
			fputc(tolower((unsigned char)*heading), out);
		else if (*heading == ' ')
			fputc('-', out);
}

static void put_row(const struct syllabus *syllabus, const struct note_row *row)
{
	if (!lies_here(syllabus, syllabus->course->root)) {
		fputs(row->id, syllabus->out);
		return;
	}
	char *heading = format("%s %s", row->id, row->title);
	fprintf(syllabus->out, "[%s](notes/%s#", row->id, row->file);
	put_anchor(syllabus->out, heading);
	fputc(')', syllabus->out);
	free(heading);
}

/* The next exercise of a line in a table, and its hours to their sum. */
static void put_counted(const struct syllabus *syllabus, const struct assignment *assignment, bool *first,
                        struct hours *sum)
{
	put_comma(syllabus, first);
	put_link(syllabus, assignment);
	add_hours(sum, assignment);
}

/* The last column of such a line. */
static void put_sum(const struct syllabus *syllabus, struct hours hours)
{
	fputs(" | ", syllabus->out);
	put_hours(syllabus, hours);
	fputs(" |\n", syllabus->out);
}

/* ---- the units ------------------------------------------------------------------------------ */

static void put_unit_line(const struct syllabus *syllabus, const struct unit *unit)
{
	const struct assignment *assignment;
	struct hours hours = {0, 0};
	bool first = true;
	fprintf(syllabus->out, "| %s | %s | ", unit->id, unit->title);
	for (size_t i = 0; (assignment = next_of(syllabus, unit->id, &i));)
		put_counted(syllabus, assignment, &first, &hours);
	put_sum(syllabus, hours);
}

static void put_head(const struct syllabus *syllabus)
{
	const struct course *course = syllabus->course;
	const struct assignment *assignment;
	struct hours hours = {0, 0};
	size_t count = 0;
	for (size_t i = 0; (assignment = next_of(syllabus, NULL, &i)); count++)
		add_hours(&hours, assignment);
	fprintf(syllabus->out,
	        "# Syllabus: %s\n\n<!-- Made from course.yaml, assignment.yaml, the handouts and the notes. -->\n\n%zu "
	        "exercise%s, ",
	        course->title, count, count == 1 ? "" : "s");
	put_hours(syllabus, hours);
	fputs(" of work. `make list` shows them in the order in which they are taught, and how far you are.\n",
	      syllabus->out);
}

static void put_units(const struct syllabus *syllabus)
{
	const struct course *course = syllabus->course;
	fputs(course->unit_count ? "\n| unit | about | exercises | time |\n|---|---|---|---|\n" : "", syllabus->out);
	for (size_t i = 0; i < course->unit_count; i++)
		if (has_unit(syllabus, course->unit[i].id))
			put_unit_line(syllabus, &course->unit[i]);
}

/* ---- the paths ------------------------------------------------------------------------------ */

/* One that leads through exercises that are not there leads nowhere. */
static bool is_whole(const struct syllabus *syllabus, const struct course_path *path)
{
	for (size_t w = 0; w < path->week_count; w++)
		for (size_t i = 0; i < path->week[w].assignments.count; i++)
			if (!has(syllabus, path->week[w].assignments.item[i]))
				return false;
	return true;
}

static void put_week(const struct syllabus *syllabus, size_t number, const struct week *week)
{
	struct hours hours = {0, 0};
	bool first = true;
	fprintf(syllabus->out, "| %zu | %s | ", number, week->about);
	for (size_t i = 0; i < week->assignments.count; i++)
		put_counted(syllabus, course_find(syllabus->course, week->assignments.item[i]), &first, &hours);
	put_sum(syllabus, hours);
}

static void put_path(const struct syllabus *syllabus, const struct course_path *path)
{
	fprintf(syllabus->out, "\n### %s\n\n%s\n\n| week | about | exercises | time |\n|---|---|---|---|\n", path->title,
	        path->about);
	for (size_t w = 0; w < path->week_count; w++)
		put_week(syllabus, w + 1, &path->week[w]);
}

static void put_paths(const struct syllabus *syllabus)
{
	const struct course *course = syllabus->course;
	bool first = true;
	for (size_t i = 0; i < course->path_count; i++) {
		if (!is_whole(syllabus, &course->path[i]))
			continue;
		fputs(first ? "\n## Paths\n" : "", syllabus->out);
		first = false;
		put_path(syllabus, &course->path[i]);
	}
}

/* ---- the exercises -------------------------------------------------------------------------- */

static void put_needs(const struct syllabus *syllabus, const struct assignment *assignment)
{
	fputs(assignment->needs.count ? "needs " : "needs nothing before it", syllabus->out);
	for (size_t i = 0; i < assignment->needs.count; i++)
		fprintf(syllabus->out, "%s%s", i ? ", " : "", assignment->needs.item[i]);
	for (size_t i = 0; i < assignment->reuse_count; i++)
		fprintf(syllabus->out, "%s%s", i ? ", " : "; builds on ", assignment->reuse[i].exercise);
}

static void put_points(const struct syllabus *syllabus, const struct assignment *assignment)
{
	for (size_t i = 0; i < assignment->rubric_count; i++)
		fprintf(syllabus->out, "%s%s %d", i ? "; " : "Points: ", assignment->rubric[i].title,
		        assignment->rubric[i].points);
}

static void put_notes(const struct syllabus *syllabus, const struct assignment *assignment)
{
	for (size_t i = 0; i < assignment->notes.count; i++)
		fprintf(syllabus->out, "%s%s", i ? ", " : ". Notes: ", assignment->notes.item[i]);
}

/* The section of its handout as it stands there, from the heading to the next one; nothing, where there is none. */
static int put_outcomes(const struct syllabus *syllabus, const struct assignment *assignment, struct error *error)
{
	static const char heading[] = "\n## You will learn to\n";
	char *path = format("%s/assignments/%s/README.md", assignment->root, assignment->name);
	char *text = file_read(path, PAGE_LIMIT, NULL, error);
	const char *at = text ? strstr(text, heading) : NULL;
	const char *list = at ? at + sizeof heading - 1 : NULL, *end = at ? strstr(list, "\n## ") : NULL;
	if (list)
		fprintf(syllabus->out, "\nYou will learn to\n%.*s", end ? (int)(end - list) : (int)strlen(list), list);
	free(text);
	free(path);
	return text ? 0 : -1;
}

static int put_exercise(const struct syllabus *syllabus, const struct assignment *assignment, struct error *error)
{
	fputs("\n### ", syllabus->out);
	put_link(syllabus, assignment);
	fprintf(syllabus->out, ": %s\n\n%s, about %d lines; ", assignment->title, assignment->time, assignment->lines);
	put_needs(syllabus, assignment);
	fputs(".\n", syllabus->out);
	put_points(syllabus, assignment);
	put_notes(syllabus, assignment);
	fputs(".\n", syllabus->out);
	return put_outcomes(syllabus, assignment, error);
}

/* All of the unit (NULL: of the course). */
static int put_exercises(const struct syllabus *syllabus, const char *unit, struct error *error)
{
	const struct assignment *assignment;
	int result = 0;
	for (size_t i = 0; result == 0 && (assignment = next_of(syllabus, unit, &i));)
		result = put_exercise(syllabus, assignment, error);
	return result;
}

static int put_sections(const struct syllabus *syllabus, struct error *error)
{
	const struct course *course = syllabus->course;
	int result = 0;
	for (size_t i = 0; result == 0 && i < course->unit_count; i++) {
		if (!has_unit(syllabus, course->unit[i].id))
			continue;
		fprintf(syllabus->out, "\n## %s: %s\n", course->unit[i].id, course->unit[i].title);
		result = put_exercises(syllabus, course->unit[i].id, error);
	}
	if (course->unit_count)
		return result;
	fputs("\n## Exercises\n", syllabus->out);
	return put_exercises(syllabus, NULL, error);
}

/* ---- the rows of the notes ------------------------------------------------------------------ */

static bool shows(const struct assignment *assignment, const struct note_row *row)
{
	return list_has(&assignment->notes, row->id);
}

static bool is_shown(const struct syllabus *syllabus, const struct note_row *row)
{
	const struct assignment *assignment;
	for (size_t i = 0; (assignment = next_of(syllabus, NULL, &i));)
		if (shows(assignment, row))
			return true;
	return false;
}

static bool is_to_come(const struct syllabus *syllabus, const struct note_row *row)
{
	for (size_t i = 0; i < row->planned.count; i++)
		if (list_has(&syllabus->course->planned, row->planned.item[i]))
			return true;
	return false;
}

/* A row that only exercises show which the page does not have is no business of it. */
static bool belongs(const struct syllabus *syllabus, const struct note_row *row)
{
	return is_shown(syllabus, row) || (row->shown.count == 0 && is_to_come(syllabus, row));
}

static void put_shown(const struct syllabus *syllabus, const struct note_row *row)
{
	const struct assignment *assignment;
	bool first = true;
	fputs("| ", syllabus->out);
	put_row(syllabus, row);
	fprintf(syllabus->out, " | %s | ", row->title);
	for (size_t i = 0; (assignment = next_of(syllabus, NULL, &i));) {
		if (!shows(assignment, row))
			continue;
		put_comma(syllabus, &first);
		put_link(syllabus, assignment);
	}
	for (size_t i = 0; i < row->planned.count && is_to_come(syllabus, row); i++) {
		put_comma(syllabus, &first);
		fprintf(syllabus->out, "*%s*", row->planned.item[i]);
	}
	fputs(" |\n", syllabus->out);
}

static void put_rows(const struct syllabus *syllabus)
{
	const struct notes *notes = syllabus->notes;
	size_t shown = 0;
	for (size_t i = 0; i < notes->count; i++)
		shown += is_shown(syllabus, &notes->row[i]);
	if (shown == 0)
		return;
	fprintf(syllabus->out,
	        "\n## The course notes\n\nThese exercises show %zu of the %zu rows.%s\n\n| row | about | shown in "
	        "|\n|---|---|---|\n",
	        shown, notes->count,
	        syllabus->course->planned.count ? " Exercises in *italics* are planned and not there yet." : "");
	for (size_t i = 0; i < notes->count; i++)
		if (belongs(syllabus, &notes->row[i]))
			put_shown(syllabus, &notes->row[i]);
}

/* ---- the whole ------------------------------------------------------------------------------ */

char *syllabus_text(const struct course *course, const struct string_list *handed_out, struct error *error)
{
	struct notes *notes = notes_load(course->root, error);
	char *text = NULL;
	size_t size;
	if (!notes)
		return NULL;
	struct syllabus syllabus = {memory_open(&text, &size), course, handed_out, notes};
	put_head(&syllabus);
	put_units(&syllabus);
	put_paths(&syllabus);
	int result = put_sections(&syllabus, error);
	put_rows(&syllabus);
	fclose(syllabus.out);
	notes_free(notes);
	if (result == 0)
		return text;
	free(text);
	return NULL;
}

char *syllabus_path(const struct course *course)
{
	return format("%s/assignments/README.md", course->folder ? course->folder : course->root);
}

int syllabus_is_current(const struct course *course, struct error *error)
{
	char *path = syllabus_path(course), *wanted = syllabus_text(course, NULL, error);
	char *text = file_read(path, PAGE_LIMIT, NULL, NULL);
	int current = !wanted ? -1 : text ? strcmp(text, wanted) == 0 : course->folder != NULL;
	free(text);
	free(wanted);
	free(path);
	return current;
}
