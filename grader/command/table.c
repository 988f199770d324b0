/* table.c - the table of a class on the terminal. */
#include "table.h"

#include "../memory.h"
#include "../report/columns.h"
#include "../report/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a cell of the table says besides the score: the finding that costs most, consequences last. */
static const char *remark(const struct grade *grade)
{
	const struct finding *most = NULL;
	for (size_t i = 0; i < grade->findings.count; i++) {
		const struct finding *finding = &grade->findings.item[i];
		bool consequence = strcmp(finding->check, "score") == 0;
		if (finding->points_lost > 0 && (!most || (strcmp(most->check, "score") == 0 && !consequence)))
			most = finding;
	}
	return most ? most->kind : "";
}

static int columns(const char *text)
{
	return (int)columns_of(text);
}

static int widest_student(const struct roll *roll, const struct roster *roster)
{
	int widest = (int)strlen("student");
	for (size_t i = 0; i < roll->count; i++)
		if (columns(roll_called(&roll->item[i], roster)) > widest)
			widest = columns(roll_called(&roll->item[i], roster));
	return widest;
}

/* What there is to say besides the points. */
static char *remark_of(const struct table_entry *entry, const char *state)
{
	const char *found = entry->grade->judged ? remark(entry->grade) : state;
	return *found || !entry->standing.to_read ? must(strdup(found)) : format("%d to be read", entry->standing.to_read);
}

static void print_remark(int score, const char *remark, int room, const char *gap)
{
	printf("  %3d ", score);
	escape_plain(stdout, remark, false);
	printf("%*s%s", columns(remark) < room ? room - columns(remark) : 0, "", gap);
}

/* Entries begin..end of the roll are the student's. */
static void print_cell(const struct roll *roll, const struct table_entry all[], size_t begin, size_t end,
                       const struct assignment *assignment, bool last)
{
	const struct table_entry *entry = NULL;
	const char *state = "";
	for (size_t i = begin; i < end; i++)
		if (roll->item[i].assignment == assignment) {
			entry = &all[i];
			state = roll->item[i].decision && roll->item[i].person ? "refused"
			        : roll->item[i].person                         ? "needs a person"
			                                                       : "not judged";
		}
	const char *gap = last ? "" : "  ";
	int room = last ? 0 : 20;
	if (!entry || !entry->grade || !entry->standing.counts)
		printf("  %3s %-*s%s", "-", room, state, gap);
	else {
		char *text = remark_of(entry, state);
		print_remark(entry->standing.final, text, room, gap);
		free(text);
	}
}

/* Has anybody handed it in? */
static bool has_column(const struct roll *roll, const struct assignment *assignment)
{
	for (size_t i = 0; i < roll->count; i++)
		if (roll->item[i].assignment == assignment)
			return true;
	return false;
}

void print_table(const struct course *course, const struct roll *roll, const struct roster *roster,
                 const struct table_entry entry[])
{
	int width = widest_student(roll, roster);
	size_t last = 0;
	for (size_t a = 0; a < course->assignment_count; a++)
		if (has_column(roll, course->assignment[a]))
			last = a;
	printf("%-*s", width, "student");
	for (size_t a = 0; a < course->assignment_count; a++)
		if (has_column(roll, course->assignment[a]))
			printf("  %-*s", a < last ? 26 : 0, course->assignment[a]->name);
	putchar('\n');
	for (size_t i = 0, end; i < roll->count; i = end) {
		const char *student = roll->item[i].student;
		for (end = i + 1; end < roll->count && strcmp(roll->item[end].student, student) == 0;)
			end++;
		const char *name = roll_called(&roll->item[i], roster);
		escape_plain(stdout, name, false);
		printf("%*s", width - columns(name), "");
		for (size_t a = 0; a < course->assignment_count; a++)
			if (has_column(roll, course->assignment[a]))
				print_cell(roll, entry, i, end, course->assignment[a], a == last);
		putchar('\n');
	}
}
