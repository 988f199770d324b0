/* extensions.c - due dates of single students. */
#include "../clock.h"
#include "../file.h"
#include "../memory.h"
#include "ledger.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static_assert(offsetof(struct extension, person) == offsetof(struct ledger_subject, person) &&
                  offsetof(struct extension, assignment) == offsetof(struct ledger_subject, assignment),
              "ledger_before looks at them");

enum { DUE = LEDGER_OWN };

static const struct ledger_kind kind = {.column = {{"student", LEDGER_STUDENT},
                                                   {"assignment", LEDGER_ASSIGNMENT},
                                                   {"due", DUE},
                                                   {"comment", LEDGER_COMMENT},
                                                   {"who", LEDGER_WHO},
                                                   {"when", LEDGER_WHEN}},
                                        .count = 6};

static int add(struct extensions *extensions, struct ledger_line *line, const char *path, struct error *error)
{
	const struct late_policy *policy = &line->assignment->late;
	const char *due = line->cell[DUE], *name = line->assignment->name;
	if (!policy->due)
		return fail(error, "%s:%u: %s has no due date in course.yaml", path, line->line, name);
	struct extension *extension = &extensions->item[extensions->count];
	*extension = (struct extension){.person = line->person,
	                                .assignment = line->assignment,
	                                .due = clock_read_in(due, policy->zone),
	                                .line = line->line};
	if (extension->due < 0)
		return fail(error, "%s:%u: expected a time, as 2026-10-01 23:59 +0200, found '%s'", path, line->line, due);
	if (extension->due <= policy->due)
		return fail(error, "%s:%u: '%s' is not after the due date of %s in course.yaml", path, line->line, due, name);
	extension->written = ledger_take(&line->cell[DUE]);
	extension->comment = ledger_take(&line->cell[LEDGER_COMMENT]);
	extensions->count++;
	return 0;
}

static int by_person(const void *a, const void *b)
{
	const struct extension *x = a, *y = b;
	int order = ledger_order(x->person, x->assignment, y->person, y->assignment);
	return order ? order : (x->line > y->line) - (x->line < y->line);
}

static int check_all(const struct extensions *extensions, const struct people *people, const char *path,
                     struct error *error)
{
	for (size_t i = 1; i < extensions->count; i++) {
		const struct extension *first = &extensions->item[i - 1], *second = &extensions->item[i];
		if (ledger_order(first->person, first->assignment, second->person, second->assignment) == 0)
			return fail(error, "%s:%u: %s of %s has a due date in line %u already: delete one of them", path,
			            second->line, second->assignment->name, people->item[second->person].name, first->line);
	}
	return 0;
}

static int parse(const char *text, const char *path, const struct course *course, const struct people *people,
                 struct extensions *extensions, struct error *error)
{
	struct ledger ledger;
	int result = ledger_parse(text, path, &kind, course, people, &ledger, error);
	extensions->item = zeroed(ledger.count + 1, sizeof *extensions->item);
	for (size_t i = 0; result == 0 && i < ledger.count; i++)
		result = add(extensions, &ledger.item[i], path, error);
	ledger_clear(&ledger);
	qsort(extensions->item, extensions->count, sizeof *extensions->item, by_person);
	return result == 0 ? check_all(extensions, people, path, error) : -1;
}

int extensions_read(const char *path, const struct course *course, const struct people *people,
                    struct extensions *extensions, struct error *error)
{
	char *text = ledger_text(path, error);
	*extensions = (struct extensions){0};
	int result = text ? parse(text, path, course, people, extensions, error) : -1;
	free(text);
	return result;
}

int extensions_add(const char *path, const struct course *course, const struct people *people,
                   const struct ledger_wish *wish, struct error *error)
{
	const char *const cell[LEDGER_CELLS] = {[LEDGER_STUDENT] = wish->student, [LEDGER_ASSIGNMENT] = wish->assignment,
	                                        [LEDGER_COMMENT] = wish->comment, [LEDGER_WHO] = wish->who,
	                                        [LEDGER_WHEN] = wish->when,       [DUE] = wish->due};
	struct extensions extensions = {0};
	char *text = ledger_longer(path, &kind, cell, error);
	int result = text ? parse(text, path, course, people, &extensions, error) : -1;
	if (result == 0)
		result = file_write(path, text, strlen(text), error);
	extensions_clear(&extensions);
	free(text);
	return result;
}

void extensions_clear(struct extensions *extensions)
{
	for (size_t i = 0; i < extensions->count; i++) {
		free(extensions->item[i].written);
		free(extensions->item[i].comment);
	}
	free(extensions->item);
	*extensions = (struct extensions){0};
}

const struct extension *extension_of(const struct extensions *all, size_t person, const struct assignment *assignment)
{
	size_t at = ledger_before(all->item, all->count, sizeof *all->item, person, assignment);
	bool is = at < all->count && ledger_order(person, assignment, all->item[at].person, all->item[at].assignment) == 0;
	return is ? &all->item[at] : NULL;
}
