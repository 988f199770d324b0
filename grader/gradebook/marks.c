/* marks.c - points that a person gives for what no program can judge: review.csv. */
#include "../memory.h"
#include "ledger.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

LEDGER_BEGINS_AS_SUBJECT(struct mark);

enum { LINE = LEDGER_OWN, POINTS };

/* ---- reading -------------------------------------------------------------------------------- */

static const struct read_line *find_line(const struct assignment *assignment, const char *id)
{
	for (size_t i = 0; i < assignment->read_count; i++)
		if (strcmp(assignment->read[i].id, id) == 0)
			return &assignment->read[i];
	return NULL;
}

static int fail_line(const struct ledger_line *line, const char *path, struct error *error)
{
	const struct assignment *assignment = line->assignment;
	if (!assignment->read_count)
		return fail(error, "%s:%u: nothing of %s is read: 'read' in course.yaml has no line of it", path, line->line,
		            assignment->name);
	return fail(error, "%s:%u: %s has no line '%s' that is read; the first is '%s'", path, line->line, assignment->name,
	            line->cell[LINE], assignment->read[0].id);
}

static int read_line(void *element, struct ledger_line *line, const char *path, struct error *error)
{
	struct mark *mark = element;
	const char *points = line->cell[POINTS];
	mark->read = find_line(line->assignment, line->cell[LINE]);
	mark->open = !*points;
	if (!mark->read)
		return fail_line(line, path, error);
	if (*points && !ledger_number(points, 0, mark->read->points, &mark->points))
		return fail(error, "%s:%u: '%s' in column 'points' is no whole number from 0 to %d, which '%s' is worth", path,
		            line->line, points, mark->read->points, mark->read->id);
	mark->comment = ledger_take(&line->cell[LEDGER_COMMENT]);
	return 0;
}

static int check(const void *one, const void *other, const char *student, const char *path, struct error *error)
{
	const struct mark *first = one, *second = other;
	if (first->read != second->read)
		return 0;
	if (first->open || second->open || first->points == second->points)
		return fail(error, "%s:%u: line %u is about '%s' of %s already: delete one of them", path, second->line,
		            first->line, second->read->id, student);
	return fail(error, "%s:%u: '%s' of %s has %d points here, but %d in line %u: delete one of them", path,
	            second->line, second->read->id, student, second->points, first->points, first->line);
}

static void clear(void *element)
{
	struct mark *mark = element;
	free(mark->comment);
}

/* ---- the file ------------------------------------------------------------------------------- */

static const struct ledger_kind kind = {.column = {{"student", LEDGER_STUDENT},
                                                   {"assignment", LEDGER_ASSIGNMENT},
                                                   {"line", LINE},
                                                   {"points", POINTS},
                                                   {"comment", LEDGER_COMMENT},
                                                   {"who", LEDGER_WHO},
                                                   {"when", LEDGER_WHEN}},
                                        .count = 7,
                                        .needed = "points",
                                        .size = sizeof(struct mark),
                                        .read = read_line,
                                        .check = check,
                                        .clear = clear};

int marks_read(const char *path, const struct course *course, const struct people *people, struct marks *marks,
               struct error *error)
{
	struct ledger ledger;
	int result = ledger_read(path, &kind, course, people, &ledger, error);
	*marks = (struct marks){ledger.item, ledger.count};
	return result;
}

void marks_clear(struct marks *marks)
{
	ledger_clear(&kind, marks->item, marks->count);
	*marks = (struct marks){0};
}

struct marks marks_of(const struct marks *all, size_t person, const struct assignment *assignment)
{
	struct ledger own = ledger_of(&kind, all->item, all->count, person, assignment);
	return (struct marks){own.item, own.count};
}

/* ---- one more ------------------------------------------------------------------------------- */

/* The open line that is about all whom the wish means, and nobody else; 0: there is none. */
static unsigned open_line(const struct marks *marks, const struct people *people, const struct ledger_wish *wish)
{
	size_t *person, count, meant = 0, all = 0;
	unsigned line = 0;
	if (people_called(people, wish->student, &person, &count, NULL) != 0)
		return 0;
	for (size_t i = 0; i < marks->count; i++) {
		const struct mark *mark = &marks->item[i];
		bool is = mark->open && strcmp(mark->read->id, wish->line) == 0 &&
		          strcmp(mark->assignment->name, wish->assignment) == 0;
		for (size_t p = 0; is && p < count; p++)
			if (mark->person == person[p]) {
				meant += !line || line == mark->line;
				line = line ? line : mark->line;
			}
	}
	for (size_t i = 0; i < marks->count; i++)
		all += marks->item[i].line == line;
	free(person);
	return meant == count && all == count ? line : 0;
}

int marks_add(const char *path, const struct course *course, const struct people *people,
              const struct ledger_wish *wish, struct error *error)
{
	const char *const cell[LEDGER_CELLS] = {[LEDGER_STUDENT] = wish->student, [LEDGER_ASSIGNMENT] = wish->assignment,
	                                        [LEDGER_COMMENT] = wish->comment, [LEDGER_WHO] = wish->who,
	                                        [LEDGER_WHEN] = wish->when,       [LINE] = wish->line,
	                                        [POINTS] = wish->points};
	struct marks marks;
	int result = marks_read(path, course, people, &marks, error);
	unsigned line = result == 0 ? open_line(&marks, people, wish) : 0;
	if (result == 0)
		result = line ? ledger_change(path, &kind, line, cell, course, people, error)
		              : ledger_add(path, &kind, cell, course, people, error);
	marks_clear(&marks);
	return result;
}

/* ---- what is said of it --------------------------------------------------------------------- */

char *mark_says(const struct mark *mark)
{
	if (mark->open)
		return NULL;
	return format("%s: %d of %d%s%s", mark->read->title, mark->points, mark->read->points, *mark->comment ? ": " : "",
	              mark->comment);
}

char *points_say(int final, int of, int to_read)
{
	return to_read ? format("%d of %d points count, %d to be read", final, of, to_read)
	               : format("%d of %d points count", final, of);
}
