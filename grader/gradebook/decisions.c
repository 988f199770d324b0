/* decisions.c - what a person has said of submissions that could not be judged as they were handed in. */
#include "../file.h"
#include "../memory.h"
#include "ledger.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static_assert(offsetof(struct decision, person) == offsetof(struct ledger_subject, person) &&
                  offsetof(struct decision, assignment) == offsetof(struct ledger_subject, assignment),
              "ledger_before looks at them");

enum { DECISION = LEDGER_OWN, DEDUCT, FILE_NAME, SHA256 };

static const struct ledger_kind kind = {.column = {{"student", LEDGER_STUDENT},
                                                   {"assignment", LEDGER_ASSIGNMENT},
                                                   {"decision", DECISION},
                                                   {"deduct", DEDUCT},
                                                   {"comment", LEDGER_COMMENT},
                                                   {"file", FILE_NAME},
                                                   {"sha256", SHA256},
                                                   {"who", LEDGER_WHO},
                                                   {"when", LEDGER_WHEN}},
                                        .count = 9};

/* ---- reading -------------------------------------------------------------------------------- */

static int read_decision(const struct ledger_line *line, const char *path, struct decision *decision,
                         struct error *error)
{
	const char *word = line->cell[DECISION], *deduct = line->cell[DEDUCT];
	decision->refused = strcasecmp(word, "refuse") == 0;
	if (!decision->refused && strcasecmp(word, "accept") != 0)
		return fail(error, "%s:%u: 'decision' is accept or refuse, not '%s'", path, line->line, word);
	if (*deduct && decision->refused)
		return fail(error, "%s:%u: what is refused counts nothing: leave 'deduct' empty", path, line->line);
	if (*deduct && !ledger_number(deduct, 0, MOST_POINTS, &decision->deduct))
		return fail(error, "%s:%u: '%s' in column 'deduct' is no whole number from 0 to %d", path, line->line, deduct,
		            MOST_POINTS);
	if (decision->refused && !*line->cell[LEDGER_COMMENT])
		return fail(error, "%s:%u: why is it refused? The student reads the comment", path, line->line);
	if (!*line->cell[FILE_NAME] || strlen(line->cell[SHA256]) != HASH_SIZE - 1)
		return fail(error, "%s:%u: what is decided about? 'file' and 'sha256' say it; make review writes such lines",
		            path, line->line);
	return 0;
}

static int add(struct decisions *decisions, struct ledger_line *line, const char *path, struct error *error)
{
	struct decision *decision = &decisions->item[decisions->count];
	*decision = (struct decision){.person = line->person, .assignment = line->assignment, .line = line->line};
	if (read_decision(line, path, decision, error) != 0)
		return -1;
	decision->file = ledger_take(&line->cell[FILE_NAME]);
	decision->sha256 = ledger_take(&line->cell[SHA256]);
	decision->comment = ledger_take(&line->cell[LEDGER_COMMENT]);
	decisions->count++;
	return 0;
}

static int by_person(const void *a, const void *b)
{
	const struct decision *x = a, *y = b;
	int order = ledger_order(x->person, x->assignment, y->person, y->assignment);
	return order ? order : (x->line > y->line) - (x->line < y->line);
}

/* Two lines about one state of one student's assignment. */
static bool are_of_one(const struct decision *a, const struct decision *b)
{
	return strcasecmp(a->sha256, b->sha256) == 0 && strcmp(a->file, b->file) == 0;
}

/* They are sorted, so those of one student's assignment are together. */
static int check_all(const struct decisions *decisions, const struct people *people, const char *path,
                     struct error *error)
{
	for (size_t i = 0; i < decisions->count; i++) {
		const struct decision *first = &decisions->item[i];
		struct decisions own = decisions_of(decisions, first->person, first->assignment);
		for (const struct decision *second = first + 1; second < own.item + own.count; second++)
			if (are_of_one(first, second))
				return fail(error, "%s:%u: line %u decides about this file of %s already: delete one of them", path,
				            second->line, first->line, people->item[first->person].name);
	}
	return 0;
}

/* ---- the file ------------------------------------------------------------------------------- */

static int parse(const char *text, const char *path, const struct course *course, const struct people *people,
                 struct decisions *decisions, struct error *error)
{
	struct ledger ledger;
	int result = ledger_parse(text, path, &kind, course, people, &ledger, error);
	decisions->item = zeroed(ledger.count + 1, sizeof *decisions->item);
	for (size_t i = 0; result == 0 && i < ledger.count; i++)
		result = add(decisions, &ledger.item[i], path, error);
	ledger_clear(&ledger);
	qsort(decisions->item, decisions->count, sizeof *decisions->item, by_person);
	return result == 0 ? check_all(decisions, people, path, error) : -1;
}

int decisions_read(const char *path, const struct course *course, const struct people *people,
                   struct decisions *decisions, struct error *error)
{
	char *text = ledger_text(path, error);
	*decisions = (struct decisions){0};
	int result = text ? parse(text, path, course, people, decisions, error) : -1;
	free(text);
	return result;
}

int decisions_add(const char *path, const struct course *course, const struct people *people,
                  const struct decision_wish *wish, struct error *error)
{
	const char *const cell[LEDGER_CELLS] = {[LEDGER_STUDENT] = wish->student, [LEDGER_ASSIGNMENT] = wish->assignment,
	                                        [LEDGER_COMMENT] = wish->comment, [LEDGER_WHO] = wish->who,
	                                        [LEDGER_WHEN] = wish->when,       [DECISION] = wish->decision,
	                                        [DEDUCT] = wish->deduct,          [FILE_NAME] = wish->file,
	                                        [SHA256] = wish->sha256};
	struct decisions decisions = {0};
	char *text = ledger_longer(path, &kind, cell, error);
	int result = text ? parse(text, path, course, people, &decisions, error) : -1;
	if (result == 0)
		result = file_write(path, text, strlen(text), error);
	decisions_clear(&decisions);
	free(text);
	return result;
}

void decisions_clear(struct decisions *decisions)
{
	for (size_t i = 0; i < decisions->count; i++) {
		free(decisions->item[i].file);
		free(decisions->item[i].sha256);
		free(decisions->item[i].comment);
	}
	free(decisions->item);
	*decisions = (struct decisions){0};
}

struct decisions decisions_of(const struct decisions *all, size_t person, const struct assignment *assignment)
{
	size_t from = ledger_before(all->item, all->count, sizeof *all->item, person, assignment), to = from;
	while (to < all->count && ledger_order(person, assignment, all->item[to].person, all->item[to].assignment) == 0)
		to++;
	return (struct decisions){all->item + from, to - from};
}

char *decision_says(const struct decision *decision)
{
	const char *gap = *decision->comment ? ": " : "";
	if (decision->refused)
		return format(REFUSED "%s%s", gap, decision->comment);
	if (decision->deduct)
		return format("accepted by the instructor for -%d%s%s", decision->deduct, gap, decision->comment);
	return format("accepted by the instructor%s%s", gap, decision->comment);
}
