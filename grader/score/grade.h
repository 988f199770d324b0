/* grade.h - findings + rubric -> grade. A pure function: no files, no clock, no processes. */
#ifndef GRADE_H
#define GRADE_H

#include "../course/course.h"
#include "../finding/finding.h"

#include <stdio.h>

enum test_status { TEST_PASS, TEST_FAIL, TEST_CRASH, TEST_HANG, TEST_TIMEOUT, TEST_NOT_RUN };

/* What the schedule explorer did with a test. */
struct explored {
	bool known;    /* the check ran, or would have: see why_not */
	char *why_not; /* one line: why the test was not explored; or NULL */
	char *strategy;
	unsigned long long seed, schedules, bound_schedules;
	int bound; /* all schedules with at most so many preemptions were tried: bound_schedules of them; -1: no bound */
	bool exhausted;     /* there are no others at all */
	bool found;         /* something that is wrong was seen, be it no failure of the test */
	unsigned stopped_s; /* the search was ended after so many seconds; 0: it was not */
	bool concurrent;    /* the test starts threads or processes */
	bool weaker;        /* it uses atomics with weaker orders than seq_cst */
	bool handlers;      /* it handles signals */
	bool gated;         /* where two locks were taken in both orders, a third one always kept them apart */
};

struct test_result;
bool explorer_answers(const struct test_result *test); /* did it look at the test? */

/* "all 214 schedules with at most 2 preemptions and 186 others, none fails". The caller frees it. */
char *explored_summary(const struct explored *explored, bool failed);

struct test_result {
	char *name;
	bool hidden;
	char *rubric;
	enum test_status status;
	char *message; /* one sentence when it did not pass, or NULL */
	int duration_ms;
	struct explored explored;
	char
	    *unwatched; /* how ThreadSanitizer came to its own end in it, and so says nothing of it; or NULL. Not in JSON */
	unsigned asserted; /* assertions that it came to, if as many under each schedule; else 0. Not in JSON */
	bool endless; /* was still busy when its time was up, or was not run for that: no other check tries it. Not in JSON
	               */
};

struct rubric_score {
	char *id, *title;
	int score, max_score;
	int public_score, public_max; /* the part that comes from properties with only public tests */
};

struct check_result {
	char *name;   /* "criterion", "tsan", ... */
	char *status; /* "ran", "skipped", "failed" */
	char *reason; /* why it was skipped or failed, or NULL */
	char *fault;  /* of one that failed: "limit", "invalid" (what the tool said cannot be trusted), "infrastructure",
	                 "person" (somebody has to look at what was handed in first), "refused" (somebody did); or NULL */
	int duration_ms;
};

struct source_mark {
	char *file;
	bool skeleton; /* as it was handed out, but for comments and white space */
	char sha256[65];
};

struct kit_versions {
	char *release, *kit, *criterion, *gcc, *valgrind; /* release: "1.0.0"; kit: its files' hash */
};

/* Which lines of the submission the public tests never ran: advice, no points. */
struct coverage {
	bool known;
	int lines_total, lines_run;
	char *unrun; /* "34-37, 90", or NULL */
};

struct grade {
	char *assignment, *submission; /* submission: the folder's base name */
	int score, max_score;
	bool public_only; /* no hidden tests here: a student's handout */
	char *only_test;  /* just this test was run: the points are its own, and the other lines say nothing; or NULL */
	bool judged;      /* false: infrastructure failed; no score is given */
	char *protection; /* "strong", "good", "weak" */
	struct rubric_score *rubric;
	size_t rubric_count;
	struct test_result *test;
	size_t test_count;
	struct findings findings; /* sorted: most points first, then finding_compare */
	struct check_result *check;
	size_t check_count;
	struct kit_versions kit;
	struct source_mark *source;
	size_t source_count;
	struct string_list remarks; /* "the header in the submission differs from the kit's; the kit's was used" */
	struct coverage coverage;
	int duration_ms;
};

/* A new grade with a test_result (TEST_NOT_RUN) per test of the assignment and a rubric_score per line; everything else
 * empty. */
struct grade *grade_new(const struct assignment *assignment, const char *submission);
void grade_free(struct grade *grade);

void grade_add_check(struct grade *grade, const char *name, const char *status, const char *reason, int duration_ms);
/* After all checks: is there a verdict? A check that failed says nothing, neither good nor bad, so there is none and
 * grade->judged becomes false; all reports and the exit status go by that. Three failures are the submission's, and
 * findings: it went beyond its limits, it ended before the first test was over (no_result), it killed the program that
 * starts the tests (runner_killed). Coverage is advice. Where ThreadSanitizer came to its own end in a test that
 * passes, the explorer's answer counts; if it has none, there is no verdict. */
void grade_settle(struct grade *grade);

/* The last check added failed, by this fault. */
void grade_set_fault(struct grade *grade, const char *fault);
/* One more sentence for the student that costs nothing. */
void grade_remark(struct grade *grade, const char *format, ...) __attribute__((format(printf, 2, 3)));
void grade_sort_checks(struct grade *grade);                           /* by name: they end in whatever order */
struct test_result *grade_test(struct grade *grade, const char *name); /* NULL if there is none */

/* Gives points: fills score, max_score and rubric, the points_lost, rubric, why, hint and id of the findings, adds
 * findings of check "score" (for lost points that no other finding explains, and for the gate) and sorts them. Needs:
 * test statuses, findings of the checks, public_only. Afterwards score + sum of points_lost = max_score. With
 * public_only the properties that need hidden tests are left out and max_score is what the public ones are worth. */
void grade_score(struct grade *grade, const struct assignment *assignment);

/* JSON, schema forkjoin/result/1. The text is the caller's. */
char *grade_to_json(const struct grade *grade);
/* Reads what grade_to_json wrote. NULL and *error on anything else. */
struct grade *grade_from_json(const char *text, struct error *error);

/* The same of a grade that has no points yet: with all that grade_score goes by. For a cache; no published format. */
char *grade_to_draft(const struct grade *grade);
struct grade *grade_from_draft(const char *text, struct error *error);

/* The verdict as text, equal if and only if two verdicts are: score, rubric points, test states, and the set of (kind,
 * test, unordered source lines) of the findings. The caller frees it. */
char *grade_verdict(const struct grade *grade);

extern const char *const test_status_names[];          /* by enum test_status; ends with NULL */
const char *test_status_name(enum test_status status); /* "pass", "fail", "crash", "hang", "timeout", "not_run" */

#endif
