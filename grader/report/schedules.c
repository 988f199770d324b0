/* schedules.c - what the reports for people say of the schedule explorer: how far it came, what it left out, and the
 * schedule in which something goes wrong. */
#include "../finding/interleaving.h"
#include "../finding/kind.h"
#include "../memory.h"
#include "columns.h"
#include "view.h"

#include <stdlib.h>
#include <string.h>

enum { STEP_TEXT = 300 /* bytes */ };

/* ---- how far it came ------------------------------------------------------------------------ */

static bool explorer_ran(const struct grade *grade)
{
	for (size_t i = 0; i < grade->check_count; i++)
		if (strcmp(grade->check[i].name, "explore") == 0)
			return strcmp(grade->check[i].status, "ran") == 0;
	return false;
}

static bool was_asked_for(const struct grade *grade, const struct test_result *test)
{
	return !(grade->public_only && test->hidden) && (!grade->only_test || strcmp(grade->only_test, test->name) == 0);
}

/* What an explorer that ran does not know of was left out. */
const char *view_not_explored(const struct view *view, const struct test_result *test)
{
	if (!was_asked_for(view->grade, test))
		return NULL;
	if (test->explored.known)
		return test->explored.why_not;
	return explorer_ran(view->grade) ? "the explorer was stopped before it reached this test" : NULL;
}

static bool is_concurrent(const struct view *view, const struct test_result *test)
{
	if (!was_asked_for(view->grade, test))
		return false;
	return view_not_explored(view, test) || (test->explored.known && test->explored.concurrent);
}

/* What the systematic search should reach. */
static int wanted_bound(const struct view *view)
{
	return view->assignment ? view->assignment->limits.preemptions : 2;
}

static char *bound_text(int bound)
{
	char *text = NULL;

	if (bound <= 0)
		finding_set(&text, "all schedules without preemption");
	else
		finding_set(&text, "all schedules with at most %d preemption%s", bound, bound == 1 ? "" : "s");
	return text;
}

char *view_explored(const struct view *view)
{
	const struct grade *grade = view->grade;
	unsigned tests = 0, explored = 0, complete = 0;
	unsigned long long schedules = 0;
	char *text = NULL, *bound = bound_text(wanted_bound(view)), *runs;

	for (size_t i = 0; i < grade->test_count; i++) {
		const struct explored *test = &grade->test[i].explored;

		if (!is_concurrent(view, &grade->test[i]))
			continue;
		tests++;
		if (view_not_explored(view, &grade->test[i]))
			continue;
		explored++;
		schedules += test->schedules;
		complete += test->exhausted || test->bound >= wanted_bound(view);
	}
	runs = grouped(schedules);
	if (tests && explored < tests)
		finding_set(&text, "%u of the %u tests with threads or processes were run in %s schedules", explored, tests,
		            runs);
	else if (tests == 1)
		finding_set(&text, "the test with threads or processes was run in %s schedule%s", runs,
		            schedules == 1 ? "" : "s");
	else if (tests)
		finding_set(&text, "all %u tests with threads or processes were run in %s schedules", tests, runs);
	if (explored && complete == explored)
		finding_set(&text, "%s, among them %s", text, bound);
	else if (complete)
		finding_set(&text, "%s; for %u of them %s were tried", text, complete, bound);
	free(runs);
	free(bound);
	return text;
}

/* The search stops at the first schedule that fails; its token is then in a finding. */
static bool has_token(const struct grade *grade, const char *test)
{
	for (size_t i = 0; i < grade->findings.count; i++) {
		const struct finding *finding = &grade->findings.item[i];

		if (finding->token && finding->test && strcmp(finding->test, test) == 0)
			return true;
	}
	return false;
}

char *view_schedules(const struct view *view, const struct test_result *test)
{
	const char *why_not = view_not_explored(view, test);
	char *text = NULL;

	if (!is_concurrent(view, test))
		return NULL;
	if (why_not)
		finding_set(&text, "not explored: %s", why_not);
	else if (test->status != TEST_PASS && has_token(view->grade, test->name))
		finding_set(&text, "fails in schedule %llu of the search", test->explored.schedules);
	else
		text = explored_summary(&test->explored, test->status != TEST_PASS);
	return text;
}

/* ---- a schedule that shows something -------------------------------------------------------- */

char *view_only_explored(const struct view_group *group)
{
	char *text = NULL;

	if (!finding_fails_test(group->shown) || finding_is_unreached(group->shown))
		return NULL;
	finding_set(&text, "%s: the test passes in the plain schedules; it fails in a schedule that the explorer found",
	            kind_find(group->shown->kind)->title);
	return text;
}

static char *copy(const struct view_group *group, const char *text)
{
	return view_text(group, text, STEP_TEXT);
}

/* Whether the submission itself does something to the object, in a step that is shown. */
static bool is_named(const struct interleaving *shown, const char *object)
{
	for (size_t i = 0; i < shown->step_count; i++)
		if (shown->step[i].object && strcmp(shown->step[i].object, object) == 0)
			return true;
	return false;
}

/* Of a hidden test: what its own steps change is not told, but that a wait is over; nor what becomes of objects that
 * only it uses. */
static bool change_shown(const struct change *change, const struct view *view, const struct view_group *group,
                         const struct interleaving *from, const struct interleaving *to)
{
	if (!group->hidden || (change->kind == CHANGE_WAITER && !change->object && !change->text))
		return true;
	if (!view_place_is_source(view, &(struct place){.file = from->step[change->step].file}))
		return false;
	return change->kind >= CHANGE_BYTES || !change->object || is_named(to, change->object);
}

static void copy_changes(const struct view *view, const struct view_group *group, const struct interleaving *from,
                         struct interleaving *to)
{
	to->change = zeroed(from->change_count + 1, sizeof *to->change);
	for (size_t i = 0; i < from->change_count; i++) {
		const struct change *change = &from->change[i];
		bool open = !group->hidden || view_place_is_source(view, &(struct place){.file = change->file});

		if (!change_shown(change, view, group, from, to))
			continue;
		to->change[to->change_count++] = (struct change){.kind = change->kind,
		                                                 .step = change->step,
		                                                 .lane = change->lane,
		                                                 .id = change->id,
		                                                 .object = copy(group, change->object),
		                                                 .class = copy(group, change->class),
		                                                 .text = copy(group, change->text),
		                                                 .value = change->value,
		                                                 .file = open ? copy(group, change->file) : NULL,
		                                                 .line = open ? change->line : 0};
	}
}

/* The wait table of a hang is in its details. */
static bool says(const struct finding *finding, const char *text)
{
	bool found = finding->seen && strcmp(finding->seen, text) == 0;
	for (size_t i = 0; i < finding->detail_count && !found; i++)
		found = strcmp(finding->detail[i], text) == 0;
	return found;
}

bool view_shows_other_run(const struct view_group *group)
{
	const struct finding *finding = group->shown;
	const char *outcome = finding->interleaving ? finding->interleaving->outcome : NULL;
	return outcome && strcmp(finding->check, "explore") != 0 && !says(finding, outcome);
}

/* Of what a hidden test does itself only the operation is told: names and values of its own would tell how it drives
 * the submission. */
struct interleaving *view_interleaving(const struct view *view, const struct view_group *group)
{
	const struct interleaving *from = group->shown->interleaving;
	struct interleaving *to;

	if (!from || !from->step_count)
		return NULL;
	to = zeroed(1, sizeof *to);
	to->lane = zeroed(from->lane_count + 1, sizeof *to->lane);
	to->step = zeroed(from->step_count + 1, sizeof *to->step);
	to->lane_count = from->lane_count;
	to->step_count = from->step_count;
	to->switches = from->switches;
	to->outcome = copy(group, from->outcome);
	for (size_t i = 0; i < from->lane_count; i++)
		to->lane[i] = copy(group, from->lane[i]);
	for (size_t i = 0; i < from->step_count; i++) {
		const struct step *step = &from->step[i];
		bool open = !group->hidden || view_place_is_source(view, &(struct place){.file = step->file});

		to->step[i] = (struct step){.kind = step->kind,
		                            .lane = step->lane,
		                            .line = open ? step->line : 0,
		                            .operation = copy(group, step->operation),
		                            .object = open ? copy(group, step->object) : NULL,
		                            .effect = open || step->kind == STEP_FAIL ? copy(group, step->effect) : NULL,
		                            .switched = step->switched,
		                            .spurious = step->spurious};
		if (step->file)
			finding_set(&to->step[i].file, "%s", open ? step->file : "the test");
		if (open)
			to->step[i].code = copy(group, step->code);
	}
	copy_changes(view, group, from, to);
	return to;
}
