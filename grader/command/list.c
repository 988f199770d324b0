/* list.c - `list`: the assignments in order, with units and hours, your last score, and what to do next. */
#include "../course/syllabus.h"
#include "../memory.h"
#include "../report/report.h"
#include "../score/grade.h"
#include "play.h"

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct grade *last_grade(const struct kit *kit, const char *assignment)
{
	char *copy = strdup(kit->root);
	char *path = format("%s/results/%s/%s.json", kit->build, basename(copy), assignment);
	char *text = file_read(path, 16 << 20, NULL, NULL);
	struct grade *grade = text ? grade_from_json(text, NULL) : NULL;
	free(text);
	free(path);
	free(copy);
	return grade;
}

/* Columns that names and titles take. */
static void widths(const struct course *course, int *name, int *title)
{
	size_t names = strlen("assignment"), titles = 0;
	for (size_t i = 0; i < course->assignment_count; i++) {
		size_t length = strlen(course->assignment[i]->name);
		names = length > names ? length : names;
		length = strlen(course->assignment[i]->title);
		titles = length > titles ? length : titles;
	}
	*name = (int)names;
	*title = (int)titles;
}

static void print_unit(const struct course *course, const struct unit *unit)
{
	struct hours hours = unit_hours(course, unit->id);
	if (hours.most)
		printf("  %s  %s: %d-%d h\n", unit->id, unit->title, hours.least, hours.most);
}

static bool is_done(const struct grade *grade)
{
	return grade && grade->score == grade->max_score;
}

/* The first one that is not done. Who has begun it goes on with it. */
static void print_next(const struct assignment *assignment, bool begun)
{
	if (!assignment)
		puts("\nAll of them have full marks.");
	else if (begun)
		printf("\nNext: go on with %s: `make grade A=%s`.\n", assignment->name, assignment->name);
	else
		printf("\nNext: %s. Read assignments/%s/README.md, edit assignments/%s/%s.c, then `make grade A=%s`.\n",
		       assignment->name, assignment->name, assignment->name, assignment->name, assignment->name);
}

/* A kit without levels is one, too. */
static void print_play(const struct kit *kit)
{
	struct error error;
	size_t done;
	char *folder = format("%s/assignments/play", kit->root);
	struct levels *levels = file_exists(folder) ? open_levels(kit, NULL, &error) : NULL;
	const struct level *next = levels ? progress_next(kit, levels, &done) : NULL;
	if (!levels && file_exists(folder))
		complain_of(&error);
	else if (levels)
		printf("\nPlay: %zu of %zu levels done%s%s%s.\n", done, levels->count, next ? "; next: " : "",
		       next ? next->title : "", next ? ": `make play`" : "");
	levels_free(levels);
	free(folder);
}

int command_list(const struct session *session, int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return complain(EXIT_USAGE, "list takes no arguments");
	struct error error;
	struct kit *kit = kit_open(session->root, session->course, &error);
	if (!kit)
		return complain(EXIT_USAGE, "%s", error.text);
	const struct course *course = kit->course;
	const struct assignment *next = NULL;
	bool begun = false;
	printf("%s\n\n", course->title);
	int name_width, title_width;
	widths(course, &name_width, &title_width);
	printf("     unit  %-*s  %-*s  %-9s %5s  %s\n", name_width, "assignment", title_width, "", "time", "lines",
	       "last score");
	for (size_t i = 0; i < course->assignment_count; i++) {
		const struct assignment *assignment = course->assignment[i];
		struct grade *grade = last_grade(kit, assignment->name);
		printf("%3zu  %-4s  %-*s  %-*s  %-9s %5d  ", i + 1, assignment->unit, name_width, assignment->name, title_width,
		       assignment->title, assignment->time, assignment->lines);
		if (grade)
			printf("%d of %d\n", grade->score, grade->max_score);
		else
			puts("-");
		if (!next && !is_done(grade)) {
			next = assignment;
			begun = grade;
		}
		grade_free(grade);
	}
	if (course->unit_count)
		putchar('\n');
	for (size_t i = 0; i < course->unit_count; i++)
		print_unit(course, &course->unit[i]);
	print_next(next, begun);
	print_play(kit);
	kit_free(kit);
	return 0;
}
