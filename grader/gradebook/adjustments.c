/* adjustments.c - what an instructor adds to a score, takes from it, or sets. */
#include "../memory.h"
#include "ledger.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

LEDGER_BEGINS_AS_SUBJECT(struct adjustment);

enum { POINTS = LEDGER_OWN, SET };

/* ---- reading -------------------------------------------------------------------------------- */

static int read_points(const struct ledger_line *line, const char *path, struct adjustment *adjustment,
                       struct error *error)
{
	const char *points = line->cell[POINTS], *set = line->cell[SET];
	adjustment->set = *set;
	if (*points && *set)
		return fail(error, "%s:%u: 'points' are added, 'set' is what counts: leave one of them empty", path,
		            line->line);
	if (!*points && !*set)
		return fail(error, "%s:%u: how many points? 'points' are added, 'set' is what counts", path, line->line);
	if (*set && !ledger_number(set, 0, MOST_POINTS, &adjustment->points))
		return fail(error, "%s:%u: '%s' in column 'set' is no whole number from 0 to %d", path, line->line, set,
		            MOST_POINTS);
	if (*points && !ledger_number(points, -MOST_POINTS, MOST_POINTS, &adjustment->points))
		return fail(error, "%s:%u: '%s' in column 'points' is no whole number from %d to %d", path, line->line, points,
		            -MOST_POINTS, MOST_POINTS);
	return 0;
}

static int read_line(void *element, struct ledger_line *line, const char *path, struct error *error)
{
	struct adjustment *adjustment = element;
	if (read_points(line, path, adjustment, error) != 0)
		return -1;
	adjustment->comment = ledger_take(&line->cell[LEDGER_COMMENT]);
	adjustment->who = ledger_take(&line->cell[LEDGER_WHO]);
	adjustment->when = ledger_take(&line->cell[LEDGER_WHEN]);
	return 0;
}

static void clear(void *element)
{
	struct adjustment *adjustment = element;
	free(adjustment->comment);
	free(adjustment->who);
	free(adjustment->when);
}

/* ---- contradictions ------------------------------------------------------------------------- */

static bool is_again(const struct adjustment *a, const struct adjustment *b)
{
	return a->set == b->set && a->points == b->points && strcmp(a->comment, b->comment) == 0 &&
	       strcmp(a->who, b->who) == 0 && strcmp(a->when, b->when) == 0;
}

/* The later line of two that cannot both hold. */
static int check(const void *one, const void *other, const char *student, const char *path, struct error *error)
{
	const struct adjustment *first = one, *second = other;
	const char *assignment = second->assignment->name;
	if (is_again(first, second))
		return fail(error, "%s:%u: this is line %u again: delete one of them", path, second->line, first->line);
	if (first->set && second->set)
		return fail(error, "%s:%u: %s of %s is set to %d, but line %u sets it to %d: delete one of them", path,
		            second->line, assignment, student, second->points, first->line, first->points);
	if (first->set || second->set)
		return fail(error, "%s:%u: line %u %s %s of %s, so it cannot be %s as well: delete one of them", path,
		            second->line, first->line, first->set ? "sets" : "changes", assignment, student,
		            second->set ? "set" : "changed");
	return 0;
}

/* ---- the file ------------------------------------------------------------------------------- */

static const struct ledger_kind kind = {.column = {{"student", LEDGER_STUDENT},
                                                   {"assignment", LEDGER_ASSIGNMENT},
                                                   {"points", POINTS},
                                                   {"set", SET},
                                                   {"comment", LEDGER_COMMENT},
                                                   {"who", LEDGER_WHO},
                                                   {"when", LEDGER_WHEN}},
                                        .count = 7,
                                        .size = sizeof(struct adjustment),
                                        .read = read_line,
                                        .check = check,
                                        .clear = clear};

int adjustments_read(const char *path, const struct course *course, const struct people *people,
                     struct adjustments *adjustments, struct error *error)
{
	struct ledger ledger;
	int result = ledger_read(path, &kind, course, people, &ledger, error);
	*adjustments = (struct adjustments){ledger.item, ledger.count};
	return result;
}

int adjustments_add(const char *path, const struct course *course, const struct people *people,
                    const struct ledger_wish *wish, struct error *error)
{
	const char *const cell[LEDGER_CELLS] = {[LEDGER_STUDENT] = wish->student,
	                                        [LEDGER_ASSIGNMENT] = wish->assignment,
	                                        [LEDGER_COMMENT] = wish->comment,
	                                        [LEDGER_WHO] = wish->who,
	                                        [LEDGER_WHEN] = wish->when,
	                                        [POINTS] = wish->points,
	                                        [SET] = wish->set};
	return ledger_add(path, &kind, cell, course, people, error);
}

void adjustments_clear(struct adjustments *adjustments)
{
	ledger_clear(&kind, adjustments->item, adjustments->count);
	*adjustments = (struct adjustments){0};
}

struct adjustments adjustments_of(const struct adjustments *all, size_t person, const struct assignment *assignment)
{
	struct ledger own = ledger_of(&kind, all->item, all->count, person, assignment);
	return (struct adjustments){own.item, own.count};
}

char *adjustment_says(const struct adjustment *adjustment)
{
	const char *gap = *adjustment->comment ? ": " : "";
	return adjustment->set ? format("set to %d by the instructor%s%s", adjustment->points, gap, adjustment->comment)
	                       : format("%+d by the instructor%s%s", adjustment->points, gap, adjustment->comment);
}
