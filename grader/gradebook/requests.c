/* requests.c - what students ask to be looked at again, and the answers. */
#include "../memory.h"
#include "ledger.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

LEDGER_BEGINS_AS_SUBJECT(struct appeal);

enum { TEST = LEDGER_OWN, CLAIM, DECISION };

static const char *const decisions[] = {"", "granted", "refused"}; /* by enum appeal_decision */

/* ---- reading -------------------------------------------------------------------------------- */

/* What is done before there are checks has no entry in the assignment. */
static bool is_check(const struct assignment *assignment, const char *name)
{
	if (strcmp(name, "build") == 0 || strcmp(name, "seal") == 0)
		return true;
	for (size_t i = 0; i < assignment->check_count; i++)
		if (strcmp(assignment->check[i].check, name) == 0)
			return true;
	return false;
}

/* The test or check whose name is nearly that; NULL: there is none. */
static const char *nearest(const struct assignment *assignment, const char *name)
{
	size_t count = 0;
	const char **known = zeroed(assignment->test_count + assignment->check_count + 1, sizeof *known);
	for (size_t i = 0; i < assignment->test_count; i++)
		known[count++] = assignment->test[i].name;
	for (size_t i = 0; i < assignment->check_count; i++)
		known[count++] = assignment->check[i].check;
	const char *near = closest(name, known, count);
	free(known);
	return near;
}

static int check_test(const struct ledger_line *line, const char *path, struct error *error)
{
	const char *test = line->cell[TEST];
	if (!*test)
		return fail(error, "%s:%u: which test or check is it about?", path, line->line);
	if (!assignment_test(line->assignment, test) && !is_check(line->assignment, test)) {
		const char *near = nearest(line->assignment, test);
		return fail(error, "%s:%u: %s has no test or check '%s'%s%s%s", path, line->line, line->assignment->name, test,
		            near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
	}
	return *line->cell[CLAIM]
	           ? 0
	           : fail(error, "%s:%u: what is wrong about %s? The claim is empty", path, line->line, test);
}

static int read_decision(const struct ledger_line *line, const char *path, enum appeal_decision *decision,
                         struct error *error)
{
	const char *text = line->cell[DECISION];
	for (int i = DECISION_OPEN; i <= DECISION_REFUSED; i++)
		if (strcasecmp(text, decisions[i]) == 0) {
			*decision = (enum appeal_decision)i;
			return 0;
		}
	return fail(error, "%s:%u: '%s' in column 'decision' is neither granted nor refused; an open request has none",
	            path, line->line, text);
}

static int read_line(void *element, struct ledger_line *line, const char *path, struct error *error)
{
	struct appeal *appeal = element;
	if (check_test(line, path, error) != 0 || read_decision(line, path, &appeal->decision, error) != 0)
		return -1;
	appeal->test = ledger_take(&line->cell[TEST]);
	appeal->claim = ledger_take(&line->cell[CLAIM]);
	appeal->comment = ledger_take(&line->cell[LEDGER_COMMENT]);
	return 0;
}

static void clear(void *element)
{
	struct appeal *appeal = element;
	free(appeal->test);
	free(appeal->claim);
	free(appeal->comment);
}

static int check(const void *one, const void *other, const char *student, const char *path, struct error *error)
{
	const struct appeal *first = one, *second = other;
	if (strcmp(first->test, second->test) != 0)
		return 0;
	if (first->decision != second->decision && first->decision && second->decision)
		return fail(error, "%s:%u: %s of %s is %s here, but %s in line %u: delete one of them", path, second->line,
		            second->test, student, decisions[second->decision], decisions[first->decision], first->line);
	return fail(error, "%s:%u: line %u is about %s of %s already: delete one of them", path, second->line, first->line,
	            second->test, student);
}

/* ---- the file ------------------------------------------------------------------------------- */

static const struct ledger_kind kind = {.column = {{"student", LEDGER_STUDENT},
                                                   {"assignment", LEDGER_ASSIGNMENT},
                                                   {"test", TEST},
                                                   {"claim", CLAIM},
                                                   {"decision", DECISION},
                                                   {"comment", LEDGER_COMMENT},
                                                   {"who", LEDGER_WHO},
                                                   {"when", LEDGER_WHEN}},
                                        .count = 8,
                                        .size = sizeof(struct appeal),
                                        .read = read_line,
                                        .check = check,
                                        .clear = clear};

int appeals_read(const char *path, const struct course *course, const struct people *people, struct appeals *appeals,
                 struct error *error)
{
	struct ledger ledger;
	int result = ledger_read(path, &kind, course, people, &ledger, error);
	*appeals = (struct appeals){ledger.item, ledger.count};
	return result;
}

void appeals_clear(struct appeals *appeals)
{
	ledger_clear(&kind, appeals->item, appeals->count);
	*appeals = (struct appeals){0};
}

struct appeals appeals_of(const struct appeals *all, size_t person, const struct assignment *assignment)
{
	struct ledger own = ledger_of(&kind, all->item, all->count, person, assignment);
	return (struct appeals){own.item, own.count};
}

char *appeal_says(const struct appeal *appeal)
{
	return format("asked about %s: %s; answer: %s%s%s", appeal->test, appeal->claim,
	              appeal->decision ? decisions[appeal->decision] : "none yet", *appeal->comment ? ": " : "",
	              appeal->comment);
}

/* ---- writing -------------------------------------------------------------------------------- */

int appeals_add(const char *path, const struct course *course, const struct people *people,
                const struct appeal_wish *wish, struct error *error)
{
	const char *const cell[LEDGER_CELLS] = {[LEDGER_STUDENT] = wish->student,
	                                        [LEDGER_ASSIGNMENT] = wish->assignment,
	                                        [TEST] = wish->test,
	                                        [CLAIM] = wish->claim};
	return ledger_add(path, &kind, cell, course, people, error);
}

/* The request that is meant, and is open; NULL and *error. */
static const struct appeal *open_appeal(const struct appeals *appeals, size_t person, const struct appeal_wish *wish,
                                        const char *path, struct error *error)
{
	for (size_t i = 0; i < appeals->count; i++) {
		const struct appeal *appeal = &appeals->item[i];
		if (appeal->person != person || strcmp(appeal->assignment->name, wish->assignment) != 0 ||
		    strcmp(appeal->test, wish->test) != 0)
			continue;
		if (appeal->decision == DECISION_OPEN)
			return appeal;
		fail(error, "%s:%u: this request is %s already: to change that, change the line", path, appeal->line,
		     decisions[appeal->decision]);
		return NULL;
	}
	fail(error, "%s has no request of %s about %s of %s", path, wish->student, wish->test, wish->assignment);
	return NULL;
}

int appeals_answer(const char *path, const struct course *course, const struct people *people, size_t person,
                   const struct appeal_wish *wish, struct error *error)
{
	const char *const cell[LEDGER_CELLS] = {[DECISION] = wish->decision,
	                                        [LEDGER_COMMENT] = wish->comment,
	                                        [LEDGER_WHO] = wish->who,
	                                        [LEDGER_WHEN] = wish->when};
	struct appeals appeals = {0};
	int result = appeals_read(path, course, people, &appeals, error);
	const struct appeal *appeal = result == 0 ? open_appeal(&appeals, person, wish, path, error) : NULL;
	result = appeal ? ledger_change(path, &kind, appeal->line, cell, course, people, error) : -1;
	appeals_clear(&appeals);
	return result;
}
