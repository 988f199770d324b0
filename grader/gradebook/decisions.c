/* decisions.c - what a person has said of submissions that could not be judged as they were handed in. */
#include "../memory.h"
#include "ledger.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

LEDGER_BEGINS_AS_SUBJECT(struct decision);

enum { DECISION = LEDGER_OWN, DEDUCT, FILE_NAME, SHA256 };

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

static int read_line(void *element, struct ledger_line *line, const char *path, struct error *error)
{
	struct decision *decision = element;
	if (read_decision(line, path, decision, error) != 0)
		return -1;
	decision->file = ledger_take(&line->cell[FILE_NAME]);
	decision->sha256 = ledger_take(&line->cell[SHA256]);
	decision->comment = ledger_take(&line->cell[LEDGER_COMMENT]);
	return 0;
}

static void clear(void *element)
{
	struct decision *decision = element;
	free(decision->file);
	free(decision->sha256);
	free(decision->comment);
}

/* Two lines about one state of one student's assignment cannot both hold. */
static int check(const void *one, const void *other, const char *student, const char *path, struct error *error)
{
	const struct decision *first = one, *second = other;
	if (strcasecmp(first->sha256, second->sha256) != 0 || strcmp(first->file, second->file) != 0)
		return 0;
	return fail(error, "%s:%u: line %u decides about this file of %s already: delete one of them", path, second->line,
	            first->line, student);
}

/* ---- the file ------------------------------------------------------------------------------- */

static const struct ledger_kind kind = {.column = {{"student", LEDGER_STUDENT},
                                                   {"assignment", LEDGER_ASSIGNMENT},
                                                   {"decision", DECISION},
                                                   {"deduct", DEDUCT},
                                                   {"comment", LEDGER_COMMENT},
                                                   {"file", FILE_NAME},
                                                   {"sha256", SHA256},
                                                   {"who", LEDGER_WHO},
                                                   {"when", LEDGER_WHEN}},
                                        .count = 9,
                                        .size = sizeof(struct decision),
                                        .read = read_line,
                                        .check = check,
                                        .clear = clear};

int decisions_read(const char *path, const struct course *course, const struct people *people,
                   struct decisions *decisions, struct error *error)
{
	struct ledger ledger;
	int result = ledger_read(path, &kind, course, people, &ledger, error);
	*decisions = (struct decisions){ledger.item, ledger.count};
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
	return ledger_add(path, &kind, cell, course, people, error);
}

void decisions_clear(struct decisions *decisions)
{
	ledger_clear(&kind, decisions->item, decisions->count);
	*decisions = (struct decisions){0};
}

struct decisions decisions_of(const struct decisions *all, size_t person, const struct assignment *assignment)
{
	struct ledger own = ledger_of(&kind, all->item, all->count, person, assignment);
	return (struct decisions){own.item, own.count};
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
