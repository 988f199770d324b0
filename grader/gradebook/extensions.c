/* extensions.c - due dates of single students. */
#include "../clock.h"
#include "ledger.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

LEDGER_BEGINS_AS_SUBJECT(struct extension);

enum { DUE = LEDGER_OWN };

static int read_line(void *element, struct ledger_line *line, const char *path, struct error *error)
{
	struct extension *extension = element;
	const struct late_policy *policy = &line->assignment->late;
	const char *due = line->cell[DUE], *name = line->assignment->name;
	if (!policy->due)
		return fail(error, "%s:%u: %s has no due date in course.yaml", path, line->line, name);
	extension->due = clock_read_in(due, policy->zone);
	if (extension->due < 0)
		return fail(error, "%s:%u: expected a time, as 2026-10-01 23:59 +0200, found '%s'", path, line->line, due);
	if (extension->due <= policy->due)
		return fail(error, "%s:%u: '%s' is not after the due date of %s in course.yaml", path, line->line, due, name);
	extension->written = ledger_take(&line->cell[DUE]);
	extension->comment = ledger_take(&line->cell[LEDGER_COMMENT]);
	return 0;
}

static int check(const void *one, const void *other, const char *student, const char *path, struct error *error)
{
	const struct extension *first = one, *second = other;
	return fail(error, "%s:%u: %s of %s has a due date in line %u already: delete one of them", path, second->line,
	            second->assignment->name, student, first->line);
}

static void clear(void *element)
{
	struct extension *extension = element;
	free(extension->written);
	free(extension->comment);
}

static const struct ledger_kind kind = {.column = {{"student", LEDGER_STUDENT},
                                                   {"assignment", LEDGER_ASSIGNMENT},
                                                   {"due", DUE},
                                                   {"comment", LEDGER_COMMENT},
                                                   {"who", LEDGER_WHO},
                                                   {"when", LEDGER_WHEN}},
                                        .count = 6,
                                        .size = sizeof(struct extension),
                                        .read = read_line,
                                        .check = check,
                                        .clear = clear};

int extensions_read(const char *path, const struct course *course, const struct people *people,
                    struct extensions *extensions, struct error *error)
{
	struct ledger ledger;
	int result = ledger_read(path, &kind, course, people, &ledger, error);
	*extensions = (struct extensions){ledger.item, ledger.count};
	return result;
}

int extensions_add(const char *path, const struct course *course, const struct people *people,
                   const struct ledger_wish *wish, struct error *error)
{
	const char *const cell[LEDGER_CELLS] = {[LEDGER_STUDENT] = wish->student, [LEDGER_ASSIGNMENT] = wish->assignment,
	                                        [LEDGER_COMMENT] = wish->comment, [LEDGER_WHO] = wish->who,
	                                        [LEDGER_WHEN] = wish->when,       [DUE] = wish->due};
	return ledger_add(path, &kind, cell, course, people, error);
}

void extensions_clear(struct extensions *extensions)
{
	ledger_clear(&kind, extensions->item, extensions->count);
	*extensions = (struct extensions){0};
}

const struct extension *extension_of(const struct extensions *all, size_t person, const struct assignment *assignment)
{
	struct ledger own = ledger_of(&kind, all->item, all->count, person, assignment);
	return own.count ? own.item : NULL;
}
