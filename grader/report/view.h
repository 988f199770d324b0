/* view.h - what a report for people shows of a grade, and in which order. For the files of this folder only: they
 * differ in how they write it, not in what.
 *
 * Follow-ups of a build error are left out, findings of one root cause are one group, and a hidden test shows its name,
 * its title and one sentence: no files of the tests, no output. All texts from here are still unescaped. */
#ifndef VIEW_H
#define VIEW_H

#include "report.h"

enum view_section {
	VIEW_BUILD,    /* why nothing could be run: then it is the only group */
	VIEW_TEST,     /* a test that failed */
	VIEW_CHECK,    /* what a check found */
	VIEW_FOLLOWUP, /* points lost because something else went wrong: not run, not established, the gate,
	                * the essence */
	VIEW_ADVICE,   /* costs nothing */
	VIEW_SECTIONS
};

/* Findings with the same root cause. */
struct view_group {
	const struct finding *shown; /* the one that is told in full: of the first test, public ones before hidden ones */
	size_t first, count;         /* in grade->findings */
	int points;                  /* of all of them together */
	enum view_section section;
	const struct test_spec *test; /* of `shown`, or NULL */
	const struct hint *hint;      /* or NULL */
	bool hidden;                  /* `shown` comes from a hidden test */
	size_t place;                 /* where the assignment has it */
	char label[24];               /* "F1", in the order of the page */
};

struct view {
	const struct grade *grade;
	const struct assignment *assignment; /* or NULL */
	struct view_group *group;            /* in the order of the sections */
	size_t group_count;
	unsigned tests, passed;        /* of those that could be run here */
	int total;                     /* points of the whole assignment, also those that need hidden tests */
	const struct test_spec *start; /* nothing was written yet, and this test comes first: what view_start says is shown,
	                                * and no finding. Else NULL */
};

/* With `everything`, each finding is a group of its own. */
struct view view_make(const struct grade *grade, const struct assignment *assignment, bool everything);
void view_clear(struct view *view);

/* The texts that follow are the caller's to free. `limit`: longest text in bytes. */
char *view_read(const struct view *view);          /* of a skeleton: what to read first */
char *view_start(const struct view *view);         /* of a skeleton: the test to begin with */
char *view_start_command(const struct view *view); /* ... and how to run it alone */
char *view_start_hint(const struct view *view);    /* ... and its hint, or NULL */
char *view_verdict(const struct view *view);       /* "12 of 16 tests pass; the checks found 2 problems" */
char *view_title(const struct view_group *group);  /* "The token comes back", "Data race" */
char *view_cost(const struct view *view, const struct view_group *group); /* "-6 correctness, -4 hygiene" */
char *view_others(const struct view *view,
                  const struct view_group *group); /* "The same in 2 more tests: a, b", or NULL */
char *view_text(const struct view_group *group, const char *text,
                size_t limit); /* cut; of a hidden test one line, shorter still, and without its files; or NULL */
char *view_expected(const struct view_group *group,
                    size_t limit); /* as view_text; NULL where a hidden test has but its title to say */
char *view_again(const struct view *view,
                 const struct view_group *group);             /* the command that shows it again, or NULL */
const char *view_again_label(const struct view_group *group); /* "replay" or "again" */
char *view_coverage(const struct view *view);                 /* advice, or NULL */
char *view_public(const struct view *view);                   /* what the instructor's run adds, or NULL */
char *view_check(const struct view *view,
                 const struct check_result *check); /* "ok", "2 findings", "skipped: no valgrind here" */

/* ---- of the schedule explorer (schedules.c) ------------------------------------------------- */

/* "all 9 tests with threads or processes were run in 2412 schedules; ...", or NULL: nothing was explored. */
char *view_explored(const struct view *view);
/* "300 schedules: none fails", or NULL for a test that starts no thread or process. */
char *view_schedules(const struct view *view, const struct test_result *test);
/* One line why a test was not explored (borrowed), or NULL: it was, or nobody wanted it. */
const char *view_not_explored(const struct view *view, const struct test_result *test);
/* For a failure that only the explorer saw: "Lost wakeup: the test passes in the plain schedules; ...", or NULL. */
char *view_only_explored(const struct view_group *group);
/* The schedule that shows it, without the files of a hidden test; or NULL. interleaving_free it. */
struct interleaving *view_interleaving(const struct view *view, const struct view_group *group);
/* Whether that schedule is not of the run of which the finding tells what was seen, but of one that fails as well and
 * ends in another way: the explorer's. */
bool view_shows_other_run(const struct view_group *group);

/* ---- what may be shown ---------------------------------------------------------------------- */

bool view_place_shown(const struct view *view, const struct view_group *group, const struct place *place);
bool view_cuts_lines(
    const struct view_group *group); /* what was lost elsewhere cuts this line: the gate, the essence */
bool view_detail_shown(const struct view_group *group);
/* What the compiler or the linker says first of what does not compile, or NULL. The caller frees it. */
char *view_first_error(const struct view_group *group);
bool view_place_is_source(const struct view *view, const struct place *place); /* in the submission's own file */
/* The first place of the finding in the submission's own file, borrowed, or NULL. */
const struct place *view_source_place(const struct view *view, const struct finding *finding);
const char *view_assignment_title(const struct view *view);
const char *view_section_title(enum view_section section);

/* 0, or -1 when anything could not be written to `out`. */
int view_written(FILE *out);

/* ---- one file per format -------------------------------------------------------------------- */

typedef int report_writer(FILE *out, const struct grade *grade, const struct assignment *assignment,
                          const struct report_options *options);
report_writer report_terminal, report_json, report_markdown, report_html, report_junit, report_verdict, report_problems;

/* Of a grade with only_test: does that test pass, and is nothing found in it? */
bool view_passes(const struct view *view);

#endif
