/* view.c - chooses and words what the reports for people show. */
#include "view.h"

#include "../finding/kind.h"
#include "../layer.h"
#include "../memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ERROR_LIMIT = 500 };

static bool same(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

static bool any_of(const char *word, const char *const list[])
{
	for (size_t i = 0; list[i]; i++)
		if (same(word, list[i]))
			return true;
	return false;
}

/* ---- groups --------------------------------------------------------------------------------- */

static bool is_hidden(const struct grade *grade, const char *test)
{
	for (size_t i = 0; test && i < grade->test_count; i++)
		if (same(grade->test[i].name, test))
			return grade->test[i].hidden;
	return false;
}

/* A finding that pays for every line at once has no line of its own: nothing could be run. */
static bool pays_for_everything(const struct finding *finding)
{
	return finding->points_lost > 0 && !finding->rubric;
}

/* It ended the tests themselves: those behind it are lost by it. */
static bool ends_tests(const struct finding *finding)
{
	return same(finding->check, "criterion") && finding_ends_check(finding);
}

static enum view_section section_of(const struct finding *finding, int points)
{
	static const char *const follow_ups[] = {"not_run", "not_established", "gate", "essence", NULL};

	if (pays_for_everything(finding) || same(finding->check, "seal"))
		return VIEW_BUILD;
	if (any_of(finding->kind, follow_ups))
		return VIEW_FOLLOWUP;
	if (ends_tests(finding))
		return VIEW_TEST;
	if (same(finding->check, "criterion") || finding_fails_test(finding) ||
	    (same(finding->check, "score") && finding->test))
		return points > 0 || finding->rubric ? VIEW_TEST : VIEW_ADVICE;
	return points > 0 || finding->rubric ? VIEW_CHECK : VIEW_ADVICE;
}

/* Public tests first, then in the order of the assignment, which goes from simple to special. */
static size_t position(const struct grade *grade, const char *test)
{
	for (size_t i = 0; test && i < grade->test_count; i++)
		if (same(grade->test[i].name, test))
			return grade->test[i].hidden ? grade->test_count + i : i;
	return 0;
}

/* Which entry of the assignment's checks is about the finding; behind them all if none is. */
static size_t check_position(const struct assignment *assignment, const struct finding *finding)
{
	for (size_t i = 0; assignment && i < assignment->check_count; i++) {
		const struct check_spec *check = &assignment->check[i];
		bool asked = check->kinds.count == 0;
		for (size_t k = 0; !asked && k < check->kinds.count; k++)
			asked = same(check->kinds.item[k], finding->kind);
		if (asked && (same(check->check, finding->check) || same(finding->check, "explore")))
			return i;
	}
	return assignment ? assignment->check_count : 0;
}

static struct view_group make_group(const struct view *view, size_t first, size_t count)
{
	const struct finding *member = &view->grade->findings.item[first];
	struct view_group group = {.shown = member, .first = first, .count = count};

	for (size_t i = 0; i < count; i++) {
		group.points += member[i].points_lost;
		if (position(view->grade, member[i].test) < position(view->grade, group.shown->test))
			group.shown = &member[i];
	}
	group.section = section_of(group.shown, group.points);
	group.place = group.section == VIEW_CHECK ? check_position(view->assignment, group.shown)
	                                          : position(view->grade, group.shown->test);
	group.hidden = layer_on("report") && is_hidden(view->grade, group.shown->test);
	if (view->assignment && group.shown->test)
		group.test = assignment_test(view->assignment, group.shown->test);
	if (view->assignment && group.shown->hint)
		group.hint = assignment_hint(view->assignment, group.shown->hint);
	return group;
}

/* What could not be established has no root cause of its own: each property is told. */
static bool same_group(const struct finding *a, const struct finding *b)
{
	return (finding_same_root(a, b) || finding_shares_race(a, b)) && !same(a->kind, "not_established");
}

static bool belongs(const struct finding *group, size_t count, const struct finding *finding)
{
	for (size_t i = 0; i < count; i++)
		if (same_group(&group[i], finding))
			return true;
	return false;
}

/* Findings of one defect are neighbours in a grade. */
static void add_groups(struct view *view, enum view_section section, bool everything)
{
	const struct findings *findings = &view->grade->findings;

	for (size_t first = 0, count; first < findings->count; first += count) {
		for (count = 1; !everything && first + count < findings->count; count++)
			if (!belongs(&findings->item[first], count, &findings->item[first + count]))
				break;
		struct view_group group = make_group(view, first, count);
		if (group.section == section)
			view->group[view->group_count++] = group;
	}
}

static bool is_cause(const struct view_group *group)
{
	return kind_find(group->shown->kind)->traits & KIND_CAUSE;
}

/* Where the cause is known, or something fails that all others need, the rest follows from it. What any client may do
 * fails with each mistake, and the tests of single sentences say better what it is. */
static int turn_of(const struct view_group *group)
{
	if (ends_tests(group->shown))
		return -3;
	if (is_cause(group) && !group->hidden)
		return -2;
	const char *told = group->section == VIEW_TEST && group->test ? group->test->told : NULL;

	return same(told, "first") ? -1 : same(told, "last") ? 1 : 0;
}

/* Public tests can be run again by the student, so they come before hidden ones; then what costs most; then in the
 * order of the assignment, in which it is learned. */
static bool goes_before(const struct view_group *a, const struct view_group *b)
{
	int first = turn_of(a), second = turn_of(b);

	if (first < 0 || second < 0)
		return first == second ? a->place < b->place : first < second;
	if (a->hidden != b->hidden)
		return b->hidden;
	if (first != second)
		return first < second;
	return a->points != b->points ? a->points > b->points : a->place < b->place;
}

static void sort_groups(struct view_group *group, size_t count)
{
	for (size_t i = 1; i < count; i++)
		for (size_t j = i; j > 0 && goes_before(&group[j], &group[j - 1]); j--) {
			struct view_group other = group[j];
			group[j] = group[j - 1];
			group[j - 1] = other;
		}
}

static bool is_untouched(const struct grade *grade)
{
	return grade->source_count && grade->source[0].skeleton && grade->judged && !grade->only_test;
}

/* The public test that a student begins with: the first of those that fail. NULL: nothing was run, or none fails. */
static const struct test_spec *first_failure(const struct grade *grade, const struct assignment *assignment)
{
	for (size_t i = 0; i < grade->test_count; i++) {
		enum test_status status = grade->test[i].status;
		if (!grade->test[i].hidden && status != TEST_PASS && status != TEST_NOT_RUN)
			return assignment_test(assignment, grade->test[i].name);
	}
	return NULL;
}

struct view view_make(const struct grade *grade, const struct assignment *assignment, bool everything)
{
	struct view view = {.grade = grade, .assignment = assignment};

	view.group = zeroed(grade->findings.count, sizeof *view.group);
	for (enum view_section section = VIEW_BUILD; section < VIEW_SECTIONS; section++) {
		size_t before = view.group_count;
		add_groups(&view, section, everything);
		sort_groups(view.group + before, view.group_count - before);
		for (size_t i = before; i < view.group_count; i++)
			snprintf(view.group[i].label, sizeof view.group[i].label, "F%zu", i + 1);
		if (section == VIEW_BUILD && view.group_count)
			break;
	}
	for (size_t i = 0; i < grade->test_count; i++) {
		if (grade->public_only && grade->test[i].hidden)
			continue;
		view.tests++;
		view.passed += grade->test[i].status == TEST_PASS;
	}
	if (assignment && !everything && is_untouched(grade))
		view.start = first_failure(grade, assignment);
	view.total = assignment ? 0 : grade->max_score;
	for (size_t i = 0; assignment && i < assignment->rubric_count; i++)
		view.total += assignment->rubric[i].points;
	return view;
}

void view_clear(struct view *view)
{
	free(view->group);
	*view = (struct view){0};
}

const struct hint *report_first_hint(const struct grade *grade, const struct assignment *assignment)
{
	struct view view = view_make(grade, assignment, false);
	const struct hint *found = view.start && view.start->hint ? assignment_hint(assignment, view.start->hint) : NULL;
	for (size_t i = 0; !found && i < view.group_count; i++)
		found = view.group[i].hint;
	view_clear(&view);
	return found;
}

/* ---- wording -------------------------------------------------------------------------------- */

static const char *plural(unsigned long count)
{
	return count == 1 ? "" : "s";
}

static unsigned problems(const struct view *view)
{
	unsigned count = 0;

	for (size_t i = 0; i < view->group_count; i++)
		count += view->group[i].section == VIEW_CHECK;
	return count;
}

static bool has_fault(const struct grade *grade, const char *fault)
{
	for (size_t i = 0; i < grade->check_count; i++)
		if (grade->check[i].fault && same(grade->check[i].fault, fault))
			return true;
	return false;
}

/* Some points are decided by tests that are not here: full marks are not for this run to give. */
static bool needs_more(const struct view *view)
{
	return view->grade->public_only && view->grade->judged && !view->grade->only_test &&
	       view->total > view->grade->max_score;
}

static bool nothing_lost_here(const struct view *view)
{
	return view->grade->score == view->grade->max_score && view->passed == view->tests && problems(view) == 0;
}

/* "Correctness 17, Design 18": what the instructor's run decides, by line. The caller frees it. */
static char *lines_elsewhere(const struct view *view)
{
	const struct grade *grade = view->grade;
	char *text = NULL;

	for (size_t i = 0; view->assignment && i < view->assignment->rubric_count && i < grade->rubric_count; i++) {
		const struct rubric_line *line = &view->assignment->rubric[i];
		int points = line->points - grade->rubric[i].max_score;

		if (points > 0)
			finding_set(&text, "%s%s%s %d", text ? text : "", text ? ", " : "", line->title ? line->title : line->id,
			            points);
	}
	return text;
}

char *view_verdict(const struct view *view)
{
	const struct grade *grade = view->grade;
	unsigned found = problems(view);
	char *text = NULL;

	if (!grade->judged && has_fault(grade, "person"))
		finding_set(&text, "Not judged yet: a person has to look at this submission, because it is not clear which "
		                   "file to grade. There is no score.");
	else if (!grade->judged && has_fault(grade, "refused"))
		finding_set(&text, "Not judged: the instructor has refused this submission. It counts no points.");
	else if (!grade->judged && has_fault(grade, "invalid"))
		finding_set(&text, "Not judged: a check missed faults that the kit planted for it, or its results were "
		                   "changed. What it says about the submission proves nothing, so there is no score.");
	else if (!grade->judged)
		finding_set(
		    &text,
		    "Not judged: the grader could not run here. This is not the submission's fault, and there is no score.");
	else if (view->group_count && view->group[0].section == VIEW_BUILD)
		finding_set(&text, same(view->group[0].shown->kind, "build_error")
		                       ? "It does not compile yet, so nothing else could be judged."
		                   : same(view->group[0].shown->kind, "sealed_out")
		                       ? "It contains something that is refused, so it was not run."
		                       : "It could not be built or run, so nothing else could be judged.");
	else if (view->start)
		finding_set(&text, "This is the skeleton as it was handed out; %u of %u test%s pass.", view->passed,
		            view->tests, plural(view->tests));
	else if (needs_more(view) && nothing_lost_here(view))
		finding_set(&text, "%s and the checks found nothing wrong here.",
		            view->tests == 1 ? "The public test passes," : "All public tests pass,");
	else if (nothing_lost_here(view) && view->tests == 1)
		finding_set(&text, "Full marks: the test passes and no check found anything wrong. Well done!");
	else if (nothing_lost_here(view))
		finding_set(&text, "Full marks: all %u tests pass and no check found anything wrong. Well done!", view->tests);
	else if (view->passed == view->tests && found)
		finding_set(&text, "All %u test%s pass, but the checks found %u problem%s.", view->tests, plural(view->tests),
		            found, plural(found));
	else if (found)
		finding_set(&text, "%u of %u test%s pass, and the checks found %u problem%s.", view->passed, view->tests,
		            plural(view->tests), found, plural(found));
	else
		finding_set(&text, "%u of %u test%s pass.", view->passed, view->tests, plural(view->tests));
	return text;
}

char *view_title(const struct view_group *group)
{
	const struct finding *finding = group->shown;
	bool told_by_test = group->section == VIEW_TEST || same(finding->kind, "not_run");
	char *text = NULL;

	if (is_cause(group) || (finding_is_unreached(finding) && group->section == VIEW_TEST))
		finding_set(&text, "%s", kind_find(finding->kind)->title);
	else if (told_by_test && group->test && group->test->title)
		finding_set(&text, "%s", group->test->title);
	else if (told_by_test && finding->test)
		finding_set(&text, "%s", finding->test);
	else if (same(finding->kind, "not_established") && finding->expected)
		finding_set(&text, "%s", finding->expected);
	else
		finding_set(&text, "%s", kind_find(finding->kind)->title);
	return text;
}

static bool paid_elsewhere(const struct view *view, const struct finding *finding)
{
	for (size_t i = 0; i < view->grade->findings.count; i++) {
		const struct finding *other = &view->grade->findings.item[i];
		if (other->points_lost > 0 && same(other->rubric, finding->rubric) && same(other->check, finding->check))
			return true;
	}
	return false;
}

char *view_cost(const struct view *view, const struct view_group *group)
{
	const struct finding *member = &view->grade->findings.item[group->first];
	char *text = NULL;

	if (group->section == VIEW_BUILD) {
		if (group->points)
			finding_set(&text, "-%d, all points", group->points);
		else
			finding_set(&text, "already counted");
		return text;
	}
	for (size_t line = 0; line < view->grade->rubric_count; line++) {
		const char *id = view->grade->rubric[line].id;
		int points = 0;

		for (size_t i = 0; i < group->count; i++)
			points += same(member[i].rubric, id) ? member[i].points_lost : 0;
		if (points)
			finding_set(&text, "%s%s-%d %s", text ? text : "", text ? ", " : "", points, id);
	}
	if (!text && ends_tests(group->shown))
		finding_set(&text, "costs the tests that were not run");
	else if (!text && !group->shown->rubric)
		finding_set(&text, "advice");
	else if (!text && paid_elsewhere(view, group->shown))
		finding_set(&text, "already counted");
	else if (!text && view->grade->public_only)
		finding_set(&text, "costs points later");
	else if (!text)
		finding_set(&text, "no points left to lose");
	return text;
}

static bool is_told(const struct finding *member, size_t count, const struct finding *shown, const struct place *place)
{
	for (size_t i = 0; i <= count; i++) {
		const struct finding *finding = i < count ? &member[i] : shown;
		for (unsigned side = 0; side < 2; side++) {
			const struct place *told = finding_side(finding, side);
			if (told && told->line == place->line && same(told->file, place->file))
				return true;
		}
	}
	return false;
}

/* Lines of other races of the group, each once: "race_fix.c:40, race_fix.c:52"; NULL: there are none. */
static char *other_places(const struct view_group *group, const struct finding *member)
{
	char *text = NULL;

	for (size_t i = 0; i < group->count; i++)
		for (unsigned side = 0; side < 2; side++) {
			const struct place *place = finding_side(&member[i], side);
			if (!place || !finding_shares_race(&member[i], &member[i]) || is_told(member, i, group->shown, place))
				continue;
			finding_set(&text, "%s%s%s:%u", text ? text : "", text ? ", " : "", place->file, place->line);
		}
	return text;
}

/* Names of the other tests, each once; `wanted` is how many are named. */
char *view_others(const struct view *view, const struct view_group *group)
{
	enum { WANTED = 4 };
	const struct finding *member = &view->grade->findings.item[group->first];
	unsigned tests = 0, named = 0;
	char *names = NULL, *text = NULL, *places = other_places(group, member);

	for (size_t i = 0; i < group->count; i++) {
		bool repeated = same(member[i].test, group->shown->test);

		for (size_t j = 0; j < i && !repeated; j++)
			repeated = same(member[i].test, member[j].test);
		if (!member[i].test || repeated)
			continue;
		tests++;
		if (named == WANTED)
			continue;
		finding_set(&names, "%s%s%s", names ? names : "", names ? ", " : "", member[i].test);
		named++;
	}
	if (tests)
		finding_set(&text, "The same in %u more test%s: %s%s", tests, plural(tests), names,
		            tests > named ? ", ..." : "");
	else if (group->shown->count > 1)
		finding_set(&text, "Reported %u times", group->shown->count);
	if (places)
		finding_set(&text, "%s%sOther places of the same race: %s", text ? text : "", text ? "; " : "", places);
	free(places);
	free(names);
	return text;
}

static bool in_file_name(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '.' || c == '/' || c == '-';
}

/* If a name of a test file (with its folders and its line) begins at `text`, its length; else 0. */
static size_t test_file_name(const char *text)
{
	static const char *const names[] = {"hidden.c", "public.c", NULL};
	size_t length = 0, begin = 0, digits = 0;
	bool found = false;

	while (in_file_name(text[length])) {
		length++;
		if (text[length - 1] == '/')
			begin = length;
	}
	while (length > begin && strchr(".-/", text[length - 1])) /* the end of a sentence is not the end of the name */
		length--;
	for (size_t i = 0; names[i] && !found; i++)
		found = length - begin == strlen(names[i]) && strncmp(text + begin, names[i], length - begin) == 0;
	if (!found)
		return 0;
	while (text[length] == ':' && isdigit((unsigned char)text[length + 1])) {
		for (digits = 1; isdigit((unsigned char)text[length + digits]); digits++)
			;
		length += digits;
	}
	return length;
}

static char *without_test_files(const char *text)
{
	char *result = zeroed(strlen(text) + 1, 1), *end = result; /* "the test" is no longer than "hidden.c" */
	bool inside = false;                                       /* a file name */

	while (*text) {
		size_t length = inside ? 0 : test_file_name(text);

		if (length) {
			end = stpcpy(end, "the test");
			text += length;
			continue;
		}
		inside = in_file_name(*text);
		*end++ = *text++;
	}
	return result;
}

char *view_text(const struct view_group *group, const char *text, size_t limit)
{
	enum { HIDDEN_LIMIT = 300 }; /* room for a sentence, not for what a submission could make out of the hidden tests */
	size_t length = text ? strlen(text) : 0;
	char *whole, *result = NULL;

	if (!text || !*text)
		return NULL;
	if (group && group->hidden && limit > HIDDEN_LIMIT)
		limit = HIDDEN_LIMIT;
	if (group && group->hidden)
		length = strcspn(text, "\n");
	if (length > limit) { /* never in the middle of a character */
		for (length = limit; length > limit - 3 && ((unsigned char)text[length] & 0xc0) == 0x80; length--)
			;
		finding_set(&result, "%.*s... (%zu more bytes)", (int)length, text, strlen(text) - length);
	} else {
		finding_set(&result, "%.*s", (int)length, text);
	}
	if (!group || !group->hidden)
		return result;
	whole = without_test_files(result);
	free(result);
	return whole;
}

char *view_expected(const struct view_group *group, size_t limit)
{
	bool titled = group->hidden && group->test && same(group->shown->expected, group->test->title);
	return titled ? NULL : view_text(group, group->shown->expected, limit);
}

char *view_again(const struct view *view, const struct view_group *group)
{
	char *text = NULL;

	if (group->hidden || group->section == VIEW_FOLLOWUP || group->section == VIEW_BUILD)
		return NULL;
	if (group->shown->replay)
		finding_set(&text, "%s", group->shown->replay);
	else if (group->shown->test)
		finding_set(&text, "make grade A=%s T=%s", view->grade->assignment, group->shown->test);
	return text;
}

const char *view_again_label(const struct view_group *group)
{
	return group->shown->token ? "replay" : "again";
}

char *view_coverage(const struct view *view)
{
	const struct coverage *coverage = &view->grade->coverage;
	char *text = NULL;

	if (!view->start && coverage->known && coverage->unrun && *coverage->unrun)
		finding_set(&text, "The public tests never ran these lines of %s.c: %s (%d of %d lines ran).",
		            view->grade->assignment, coverage->unrun, coverage->lines_run, coverage->lines_total);
	return text;
}

char *view_public(const struct view *view)
{
	const struct grade *grade = view->grade;
	int elsewhere = view->total - grade->max_score;
	char *text = NULL;

	if (view->start || !needs_more(view))
		return NULL;
	finding_set(&text, "public %d of %d; %d point%s need%s the instructor's run", grade->score, grade->max_score,
	            elsewhere, plural((unsigned long)elsewhere), elsewhere == 1 ? "s" : "");
	char *lines = nothing_lost_here(view) ? lines_elsewhere(view) : NULL;
	if (lines)
		finding_set(&text,
		            "%s (%s). Tried here: the public tests. Not tried here: the hidden tests (all that include/%s.h "
		            "says, and more faults), and the checks while they run.",
		            text, lines, grade->assignment);
	free(lines);
	return text;
}

char *view_read(const struct view *view)
{
	const char *name = view->grade->assignment;
	char *text = NULL;

	finding_set(&text, "assignments/%s/README.md, include/%s.h", name, name);
	return text;
}

char *view_start(const struct view *view)
{
	char *text = NULL;

	finding_set(&text, "make this test pass: %s", view->start->name);
	return text;
}

char *view_start_command(const struct view *view)
{
	char *text = NULL;

	finding_set(&text, "make grade A=%s T=%s", view->grade->assignment, view->start->name);
	return text;
}

char *view_start_hint(const struct view *view)
{
	char *text = NULL;

	if (view->start->hint)
		finding_set(&text, "make hint A=%s H=%s", view->grade->assignment, view->start->hint);
	return text;
}

char *view_check(const struct view *view, const struct check_result *check)
{
	unsigned findings = 0;
	char *text = NULL;

	for (size_t i = 0; i < view->grade->findings.count; i++)
		findings += same(view->grade->findings.item[i].check, check->name);
	if (!same(check->status, "ran"))
		finding_set(&text, "%s%s%s", check->status, check->reason ? ": " : "", check->reason ? check->reason : "");
	else if (findings)
		finding_set(&text, "%u finding%s", findings, plural(findings));
	else
		finding_set(&text, "ok");
	return text;
}

/* ---- what may be shown ---------------------------------------------------------------------- */

bool view_place_is_source(const struct view *view, const struct place *place)
{
	size_t length = view->grade->assignment ? strlen(view->grade->assignment) : 0;

	return place->file && length && strncmp(place->file, view->grade->assignment, length) == 0 &&
	       strcmp(place->file + length, ".c") == 0;
}

bool view_place_shown(const struct view *view, const struct view_group *group, const struct place *place)
{
	return (place->file || place->function) && (!group->hidden || view_place_is_source(view, place));
}

bool view_cuts_lines(const struct view_group *group)
{
	return same(group->shown->kind, "gate") || same(group->shown->kind, "essence");
}

/* For a hidden test only what the kit itself wrote: what the explorer says, and the wait table, which names the
 * submission's own lines. */
bool view_detail_shown(const struct view_group *group)
{
	return group->shown->detail_count && (!group->hidden || same(group->shown->check, "explore") ||
	                                      kind_find(group->shown->kind)->traits & KIND_WAITS);
}

static bool is_error(const char *line)
{
	return strstr(line, "error:") || strstr(line, "undefined reference");
}

char *view_first_error(const struct view_group *group)
{
	const struct finding *finding = group->shown;
	size_t first = 0;
	if (!same(finding->kind, "build_error") || !finding->detail_count)
		return NULL;
	while (first < finding->detail_count && !is_error(finding->detail[first]))
		first++;
	return view_text(group, finding->detail[first < finding->detail_count ? first : 0], FIRST_ERROR_LIMIT);
}

const char *view_assignment_title(const struct view *view)
{
	return view->assignment && view->assignment->title ? view->assignment->title : NULL;
}

const char *view_section_title(enum view_section section)
{
	static const char *const titles[] = {[VIEW_BUILD] = "Build problems",
	                                     [VIEW_TEST] = "Failed tests",
	                                     [VIEW_CHECK] = "What the checks found",
	                                     [VIEW_FOLLOWUP] = "Lost as a consequence",
	                                     [VIEW_ADVICE] = "Advice (costs nothing)"};

	return titles[section];
}

int view_written(FILE *out)
{
	return fflush(out) == 0 && !ferror(out) ? 0 : -1;
}

bool view_passes(const struct view *view)
{
	for (size_t i = 0; i < view->grade->test_count; i++)
		if (strcmp(view->grade->test[i].name, view->grade->only_test) == 0 && view->grade->test[i].status != TEST_PASS)
			return false;
	return view->grade->findings.count == 0;
}

const struct place *view_source_place(const struct view *view, const struct finding *finding)
{
	for (size_t i = 0; i < finding->where_count; i++)
		if (finding->where[i].line && view_place_is_source(view, &finding->where[i]))
			return &finding->where[i];
	return NULL;
}
