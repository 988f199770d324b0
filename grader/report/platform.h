/* platform.h - what the formats of course platforms share: the points as rows, findings as plain text, JSON. For the
 * files of this folder only. All texts that the functions give are the caller's to free and harmless (escape_plain). */
#ifndef PLATFORM_H
#define PLATFORM_H

#include "../finding/json_text.h"
#include "view.h"

#include <jansson.h>

/* ---- points as rows (shares.c) -------------------------------------------------------------- */

/* The points of a rubric line, as far as public tests alone decide them, or the rest. A platform that can hide rows
 * hides the second kind. */
struct share {
	size_t line; /* in grade->rubric */
	bool hidden; /* needs hidden tests */
	bool split;  /* the line has both kinds */
	int score, max_score;
};

/* All shares that are worth anything, in the order of the rubric; *count may be 0. Their points sum up to the grade's
 * score and max_score. A grade that was not judged has none. The array is the caller's to free. */
struct share *shares_make(const struct grade *grade, size_t *count);

/* The line's title, or its id where the title is missing or not the only one: unique in a grade. */
const char *line_name(const struct grade *grade, size_t line);
char *share_name(const struct grade *grade, const struct share *share); /* "Correctness (hidden tests)" */
/* Where its points went, or NULL: it has them all. `open`: who reads this row reads those of hidden tests as well;
 * otherwise a row that needs no hidden tests says nothing of them. */
char *share_reasons(const struct view *view, const struct share *share, bool open);
bool share_is_full(const struct share *share);

/* How many points of that rubric line a group cost. Of what kept everything from running: all that were lost. */
int group_cost(const struct view *view, const struct view_group *group, size_t line);

/* ---- as plain text (plain.c) ---------------------------------------------------------------- */

char *plain(const char *text, bool lines); /* without `lines`, all in one */
json_t *plain_json(const char *text);      /* of text with lines; NULL gives null. A new reference */

/* Title and cost, what was seen, expected, why, where, and what to do next, in lines. Of a hidden test as little as
 * everywhere (view.h). `others`: which other tests had the same as well, hidden ones among them. */
void explain_group(FILE *out, const struct view *view, const struct view_group *group, bool others);
/* What is wrong in one or two sentences: "seen; expected: ...". */
char *group_sentence(const struct view_group *group);
char *group_headline(const struct view *view, const struct view_group *group); /* "F1 Data race (-20 race_freedom)" */

/* The tests that could be run here: not the hidden ones of a handout, nor others than the only one. */
bool test_is_case(const struct grade *grade, const struct test_result *test);
char *test_name(const struct view *view, const struct test_result *test); /* "token_returns: The token comes back" */
char *test_reason(const struct test_result *test);                        /* one sentence, or NULL: it passed */

/* The report for terminals, without colours. */
char *terminal_text(const struct grade *grade, const struct assignment *assignment,
                    const struct report_options *options);

/* Writes the text; of one that is longer than `limit` bytes as many whole lines as fit, without those of more than a
 * sixteenth of the limit, and `notice` (whole lines, counted as well). */
void put_capped(FILE *out, const char *text, size_t limit, const char *notice);

/* Writes the value (its reference is taken) and a newline. 0, or -1 when not all that was written to `out` has arrived.
 */
int put_json(FILE *out, json_t *value, size_t flags);

/* ---- one file per platform ------------------------------------------------------------------ */

report_writer report_github, report_classroom, report_classroom50, report_release, report_annotations, report_summary,
    report_gradescope, report_sarif, report_autolab, report_prairielearn, report_vpl;

#endif
