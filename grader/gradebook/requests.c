/* requests.c - what students ask to be looked at again, and the answers. */
#include "../file.h"
#include "../memory.h"
#include "ledger.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { TEST = LEDGER_OWN, CLAIM, DECISION };

static const struct ledger_kind kind = {.column = {{"student", LEDGER_STUDENT},
                                                   {"assignment", LEDGER_ASSIGNMENT},
                                                   {"test", TEST},
                                                   {"claim", CLAIM},
                                                   {"decision", DECISION},
                                                   {"comment", LEDGER_COMMENT},
                                                   {"who", LEDGER_WHO},
                                                   {"when", LEDGER_WHEN}},
                                        .count = 8};

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

static int check_test(const struct ledger_line *line, const char *path, struct error *error)
{
	const char *test = line->cell[TEST];
	if (!*test)
		return fail(error, "%s:%u: which test or check is it about?", path, line->line);
	if (!assignment_test(line->assignment, test) && !is_check(line->assignment, test))
		return fail(error, "%s:%u: %s has no test or check '%s'", path, line->line, line->assignment->name, test);
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

static int add(struct appeals *appeals, struct ledger_line *line, const char *path, struct error *error)
{
	struct appeal *appeal = &appeals->item[appeals->count];
	*appeal = (struct appeal){.person = line->person, .assignment = line->assignment, .line = line->line};
	if (check_test(line, path, error) != 0 || read_decision(line, path, &appeal->decision, error) != 0)
		return -1;
	appeal->test = ledger_take(&line->cell[TEST]);
	appeal->claim = ledger_take(&line->cell[CLAIM]);
	appeal->comment = ledger_take(&line->cell[LEDGER_COMMENT]);
	appeals->count++;
	return 0;
}

static int by_person(const void *a, const void *b)
{
	const struct appeal *x = a, *y = b;
	int order = ledger_order(x->person, x->assignment, y->person, y->assignment);
	return order ? order : (x->line > y->line) - (x->line < y->line);
}

static int check_pair(const struct appeal *first, const struct appeal *second, const char *student, const char *path,
                      struct error *error)
{
	if (strcmp(first->test, second->test) != 0)
		return 0;
	if (first->decision != second->decision && first->decision && second->decision)
		return fail(error, "%s:%u: %s of %s is %s here, but %s in line %u: delete one of them", path, second->line,
		            second->test, student, decisions[second->decision], decisions[first->decision], first->line);
	return fail(error, "%s:%u: line %u is about %s of %s already: delete one of them", path, second->line, first->line,
	            second->test, student);
}

/* They are sorted, so those of one student's assignment are together. */
static int check_all(const struct appeals *appeals, const struct people *people, const char *path, struct error *error)
{
	for (size_t i = 0; i < appeals->count; i++) {
		const struct appeal *first = &appeals->item[i];
		struct appeals own = appeals_of(appeals, first->person, first->assignment);
		for (const struct appeal *second = first + 1; second < own.item + own.count; second++)
			if (check_pair(first, second, people->item[first->person].name, path, error) != 0)
				return -1;
	}
	return 0;
}

static int parse(const char *text, const char *path, const struct course *course, const struct people *people,
                 struct appeals *appeals, struct error *error)
{
	struct ledger ledger;
	int result = ledger_parse(text, path, &kind, course, people, &ledger, error);
	appeals->item = zeroed(ledger.count + 1, sizeof *appeals->item);
	for (size_t i = 0; result == 0 && i < ledger.count; i++)
		result = add(appeals, &ledger.item[i], path, error);
	ledger_clear(&ledger);
	qsort(appeals->item, appeals->count, sizeof *appeals->item, by_person);
	return result == 0 ? check_all(appeals, people, path, error) : -1;
}

int appeals_read(const char *path, const struct course *course, const struct people *people, struct appeals *appeals,
                 struct error *error)
{
	char *text = ledger_text(path, error);
	*appeals = (struct appeals){0};
	int result = text ? parse(text, path, course, people, appeals, error) : -1;
	free(text);
	return result;
}

void appeals_clear(struct appeals *appeals)
{
	for (size_t i = 0; i < appeals->count; i++) {
		free(appeals->item[i].test);
		free(appeals->item[i].claim);
		free(appeals->item[i].comment);
	}
	free(appeals->item);
	*appeals = (struct appeals){0};
}

/* ---- of one student's assignment ------------------------------------------------------------ */

struct appeals appeals_of(const struct appeals *all, size_t person, const struct assignment *assignment)
{
	size_t from = ledger_before(all->item, all->count, sizeof *all->item, person, assignment), to = from;
	while (to < all->count && ledger_order(person, assignment, all->item[to].person, all->item[to].assignment) == 0)
		to++;
	return (struct appeals){all->item + from, to - from};
}

char *appeal_says(const struct appeal *appeal)
{
	return format("asked about %s: %s; answer: %s%s%s", appeal->test, appeal->claim,
	              appeal->decision ? decisions[appeal->decision] : "none yet", *appeal->comment ? ": " : "",
	              appeal->comment);
}

/* ---- writing -------------------------------------------------------------------------------- */

/* Takes the text, and writes it if it is good. */
static int write_text(const char *path, char *text, const struct course *course, const struct people *people,
                      struct error *error)
{
	struct appeals appeals = {0};
	int result = text ? parse(text, path, course, people, &appeals, error) : -1;
	if (result == 0)
		result = file_write(path, text, strlen(text), error);
	appeals_clear(&appeals);
	free(text);
	return result;
}

int appeals_add(const char *path, const struct course *course, const struct people *people,
                const struct appeal_wish *wish, struct error *error)
{
	const char *const cell[LEDGER_CELLS] = {[LEDGER_STUDENT] = wish->student,
	                                        [LEDGER_ASSIGNMENT] = wish->assignment,
	                                        [TEST] = wish->test,
	                                        [CLAIM] = wish->claim};
	return write_text(path, ledger_longer(path, &kind, cell, error), course, people, error);
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
		fail(error, "%s:%u: this request is %s already: change that line, if it has to be", path, appeal->line,
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
	result =
	    appeal ? write_text(path, ledger_changed(path, &kind, appeal->line, cell, error), course, people, error) : -1;
	appeals_clear(&appeals);
	return result;
}
