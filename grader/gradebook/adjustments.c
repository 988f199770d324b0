/* adjustments.c - what an instructor adds to a score, takes from it, or sets. */
#include "../file.h"
#include "../memory.h"
#include "ledger.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static_assert(offsetof(struct adjustment, person) == offsetof(struct ledger_subject, person) &&
                  offsetof(struct adjustment, assignment) == offsetof(struct ledger_subject, assignment),
              "ledger_before looks at them");

enum { POINTS = LEDGER_OWN, SET };

static const struct ledger_kind kind = {.column = {{"student", LEDGER_STUDENT},
                                                   {"assignment", LEDGER_ASSIGNMENT},
                                                   {"points", POINTS},
                                                   {"set", SET},
                                                   {"comment", LEDGER_COMMENT},
                                                   {"who", LEDGER_WHO},
                                                   {"when", LEDGER_WHEN}},
                                        .count = 7};

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

static int add(struct adjustments *adjustments, struct ledger_line *line, const char *path, struct error *error)
{
	struct adjustment *adjustment = &adjustments->item[adjustments->count];
	*adjustment = (struct adjustment){.person = line->person, .assignment = line->assignment, .line = line->line};
	if (read_points(line, path, adjustment, error) != 0)
		return -1;
	adjustment->comment = ledger_take(&line->cell[LEDGER_COMMENT]);
	adjustment->who = ledger_take(&line->cell[LEDGER_WHO]);
	adjustment->when = ledger_take(&line->cell[LEDGER_WHEN]);
	adjustments->count++;
	return 0;
}

static int by_person(const void *a, const void *b)
{
	const struct adjustment *x = a, *y = b;
	int order = ledger_order(x->person, x->assignment, y->person, y->assignment);
	return order ? order : (x->line > y->line) - (x->line < y->line);
}

/* ---- contradictions ------------------------------------------------------------------------- */

static bool is_again(const struct adjustment *a, const struct adjustment *b)
{
	return a->set == b->set && a->points == b->points && strcmp(a->comment, b->comment) == 0 &&
	       strcmp(a->who, b->who) == 0 && strcmp(a->when, b->when) == 0;
}

/* The later line of two that cannot both hold. */
static int check_pair(const struct adjustment *first, const struct adjustment *second, const char *student,
                      const char *path, struct error *error)
{
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

/* They are sorted, so those of one student's assignment are together. */
static int check_all(const struct adjustments *adjustments, const struct people *people, const char *path,
                     struct error *error)
{
	for (size_t i = 0; i < adjustments->count; i++) {
		const struct adjustment *first = &adjustments->item[i];
		for (size_t j = i + 1; j < adjustments->count; j++) {
			const struct adjustment *second = &adjustments->item[j];
			if (ledger_order(first->person, first->assignment, second->person, second->assignment) != 0)
				break;
			if (check_pair(first, second, people->item[first->person].name, path, error) != 0)
				return -1;
		}
	}
	return 0;
}

/* ---- the file ------------------------------------------------------------------------------- */

static int parse(const char *text, const char *path, const struct course *course, const struct people *people,
                 struct adjustments *adjustments, struct error *error)
{
	struct ledger ledger;
	int result = ledger_parse(text, path, &kind, course, people, &ledger, error);
	adjustments->item = zeroed(ledger.count + 1, sizeof *adjustments->item);
	for (size_t i = 0; result == 0 && i < ledger.count; i++)
		result = add(adjustments, &ledger.item[i], path, error);
	ledger_clear(&ledger);
	qsort(adjustments->item, adjustments->count, sizeof *adjustments->item, by_person);
	return result == 0 ? check_all(adjustments, people, path, error) : -1;
}

int adjustments_read(const char *path, const struct course *course, const struct people *people,
                     struct adjustments *adjustments, struct error *error)
{
	char *text = ledger_text(path, error);
	*adjustments = (struct adjustments){0};
	int result = text ? parse(text, path, course, people, adjustments, error) : -1;
	free(text);
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
	struct adjustments adjustments = {0};
	char *text = ledger_longer(path, &kind, cell, error);
	int result = text ? parse(text, path, course, people, &adjustments, error) : -1;
	if (result == 0)
		result = file_write(path, text, strlen(text), error);
	adjustments_clear(&adjustments);
	free(text);
	return result;
}

void adjustments_clear(struct adjustments *adjustments)
{
	for (size_t i = 0; i < adjustments->count; i++) {
		free(adjustments->item[i].comment);
		free(adjustments->item[i].who);
		free(adjustments->item[i].when);
	}
	free(adjustments->item);
	*adjustments = (struct adjustments){0};
}

/* ---- of one student's assignment ------------------------------------------------------------ */

struct adjustments adjustments_of(const struct adjustments *all, size_t person, const struct assignment *assignment)
{
	size_t from = ledger_before(all->item, all->count, sizeof *all->item, person, assignment), to = from;
	while (to < all->count && ledger_order(person, assignment, all->item[to].person, all->item[to].assignment) == 0)
		to++;
	return (struct adjustments){all->item + from, to - from};
}

char *adjustment_says(const struct adjustment *adjustment)
{
	const char *gap = *adjustment->comment ? ": " : "";
	return adjustment->set ? format("set to %d by the instructor%s%s", adjustment->points, gap, adjustment->comment)
	                       : format("%+d by the instructor%s%s", adjustment->points, gap, adjustment->comment);
}
