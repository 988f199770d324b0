/* score.c - gives points. Every point belongs to one property (a test, or a check over named tests) and every lost
 * point to one finding.
 *
 * The order is the rule: lost properties first, then guards (each at most what its line has left), then the gate, then
 * the essence. */
#include "../course/text.h"
#include "../finding/kind.h"
#include "../memory.h"
#include "grade.h"

#include <stdlib.h>
#include <string.h>

/* A test or a check, seen as the one thing they have in common: points of a line that are lost together. */
struct property {
	const struct test_spec *test;   /* either this */
	const struct check_spec *check; /* or this */
	size_t line;                    /* of the rubric */
	bool public;                    /* needs only public tests */
};

/* What a finding owes to a line, and the property that names it. */
struct claim {
	const struct property *property; /* NULL: the finding has nothing to do with the line */
	int points;
};

struct scoring {
	struct grade *grade;
	const struct assignment *assignment;
	struct property *property;
	size_t property_count;
	struct claim *claim; /* one per finding of the checks and rubric line */
	size_t finding_count;
};

static bool same(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

static bool listed(const struct string_list *list, const char *word)
{
	for (size_t i = 0; i < list->count; i++)
		if (same(list->item[i], word))
			return true;
	return false;
}

/* ---- properties ----------------------------------------------------------------------------- */

/* The symbols check looks at the object, not at runs: its properties have no tests. */
static bool has_tests(const struct check_spec *check)
{
	return strcmp(check->check, "symbols") != 0;
}

static bool covers(const struct check_spec *check, const char *test)
{
	return check->tests.count == 0 || listed(&check->tests, test);
}

static bool needs_only_public_tests(const struct assignment *assignment, const struct check_spec *check)
{
	for (size_t i = 0; has_tests(check) && i < assignment->test_count; i++)
		if (assignment->test[i].hidden && covers(check, assignment->test[i].name))
			return false;
	return true;
}

static void add_property(struct scoring *scoring, const char *rubric, struct property property)
{
	for (property.line = 0; property.line < scoring->grade->rubric_count; property.line++) {
		if (!same(scoring->grade->rubric[property.line].id, rubric))
			continue;
		scoring->property[scoring->property_count++] = property;
		return;
	}
}

static void collect_properties(struct scoring *scoring)
{
	const struct assignment *assignment = scoring->assignment;

	scoring->property = zeroed(assignment->test_count + assignment->check_count, sizeof *scoring->property);
	for (size_t i = 0; i < assignment->test_count; i++)
		add_property(scoring, assignment->test[i].rubric,
		             (struct property){.test = &assignment->test[i], .public = !assignment->test[i].hidden});
	for (size_t i = 0; i < assignment->check_count; i++)
		add_property(scoring, assignment->check[i].rubric,
		             (struct property){.check = &assignment->check[i],
		                               .public = needs_only_public_tests(assignment, &assignment->check[i])});
}

static int worth(const struct property *property)
{
	return property->test ? property->test->points : property->check->points;
}

static bool is_guard(const struct property *property)
{
	return property->test && property->test->points == 0;
}

/* In a student's handout there are no hidden tests, and what needs them is not asked. Nor are the others when one test
 * was run. */
static bool counts(const struct scoring *scoring, const struct property *property)
{
	if (scoring->grade->only_test)
		return property->test && same(property->test->name, scoring->grade->only_test);
	return property->public || !scoring->grade->public_only;
}

/* ---- what is lost --------------------------------------------------------------------------- */

/* Does the entry ask for that kind by name? */
static bool names(const struct check_spec *check, const char *tool, const char *kind)
{
	return same(check->check, tool) && listed(&check->kinds, kind);
}

/* What the explorer says of memory is to ThreadSanitizer a race or a use after free. */
static bool is_for_tsan(const struct check_spec *check, const char *kind)
{
	if (!same(check->check, "tsan"))
		return false;
	if (check->kinds.count == 0 || listed(&check->kinds, kind))
		return true;
	return (kind_find(kind)->traits & KIND_MEMORY) &&
	       (listed(&check->kinds, "use_after_free") || listed(&check->kinds, "data_race"));
}

/* The explorer sees races as ThreadSanitizer does, and locks and processes as the audit does: it has no points of its
 * own. What says by itself what is to be mended costs only the entry that names it. A lock that is used against the
 * rules costs once: where ThreadSanitizer's entry has it, if there is one. */
static bool explorer_stands_in(const struct scoring *scoring, const struct check_spec *check, const char *kind)
{
	const struct finding_kind *known = kind_find(kind);

	if (known->effect == KIND_RACE || known->traits & KIND_MEMORY)
		return is_for_tsan(check, kind);
	for (size_t i = 0; same(kind, "mutex_misuse") && i < scoring->assignment->check_count; i++)
		if (names(&scoring->assignment->check[i], "tsan", kind))
			return names(check, "tsan", kind) || names(check, "audit", kind);
	bool unnamed = check->kinds.count == 0 && !(known->traits & KIND_CAUSE);
	return same(check->check, "audit") && (unnamed || listed(&check->kinds, kind));
}

/* Memory that the program has from its beginning is given back by nobody: to memcheck's entries a leak. */
static bool is_leak(const struct check_spec *check, const struct finding *finding)
{
	return same(finding->check, "symbols") && same(finding->kind, "static_memory") && same(check->check, "memcheck") &&
	       (check->kinds.count == 0 || listed(&check->kinds, "memory_leak"));
}

static bool concerns(const struct scoring *scoring, const struct property *property, const struct finding *finding)
{
	if (property->test)
		return (same(finding->check, "criterion") || finding_fails_test(finding)) &&
		       same(finding->test, property->test->name);
	const struct check_spec *check = property->check;
	if (same(finding->check, "explore"))
		return !finding_fails_test(finding) && explorer_stands_in(scoring, check, finding->kind) &&
		       covers(check, finding->test);
	if (is_leak(check, finding))
		return true;
	bool named = !check->kinds.count || listed(&check->kinds, finding->kind);
	if (!same(finding->check, check->check) || (!named && !(kind_find(finding->kind)->traits & KIND_ENDS)))
		return false;
	return !finding->test || !has_tests(check) || covers(check, finding->test);
}

/* Whether any finding concerns the property. The first one owes the points; the others are told as belonging to the
 * same line. */
static bool claim(struct scoring *scoring, const struct property *property, int points)
{
	size_t lines = scoring->grade->rubric_count;
	bool found = false;

	for (size_t i = 0; i < scoring->finding_count; i++) {
		struct claim *claim = &scoring->claim[i * lines + property->line];

		if (!concerns(scoring, property, &scoring->grade->findings.item[i]))
			continue;
		if (!claim->property || (!found && points && !claim->points))
			claim->property = property;
		if (!found)
			claim->points += points;
		found = true;
	}
	return found;
}

static void take(struct scoring *scoring, const struct property *property, int points)
{
	struct rubric_score *line = &scoring->grade->rubric[property->line];

	line->score -= points;
	if (property->public)
		line->public_score -= points < line->public_score ? points : line->public_score;
}

static bool mentions(const struct finding *finding, const char *word)
{
	for (size_t i = 0; i < finding->where_count; i++)
		if (same(finding->where[i].function, word) || text_has_word(finding->where[i].role, word))
			return true;
	return text_has_word(finding->seen, word);
}

static const struct reason *reason_of(const struct assignment *assignment, const struct finding *finding)
{
	const char *kind = finding->diagnosis ? finding->diagnosis : finding->kind;
	for (size_t i = 0; i < assignment->reason_count; i++) {
		const struct reason *reason = &assignment->reason[i];
		if (same(reason->kind, kind) && (!reason->about || mentions(finding, reason->about)))
			return reason;
	}
	return NULL;
}

/* What was seen decides why it matters and what helps. */
static void describe_kind(const struct assignment *assignment, struct finding *finding)
{
	const struct reason *reason = reason_of(assignment, finding);

	if (reason && reason->why && !finding->why)
		finding_set(&finding->why, "%s", reason->why);
	if (reason && reason->hint && !finding->hint)
		finding_set(&finding->hint, "%s", reason->hint);
}

/* Where the kind says nothing of its own, the test or check in which it was seen does. */
static void describe(const struct assignment *assignment, struct finding *finding, const struct property *property)
{
	const char *title = property->test ? property->test->title : property->check->title;
	const char *why = property->test ? property->test->why : property->check->why;
	const char *hint = property->test ? property->test->hint : property->check->hint;

	if (finding_is_unreached(finding))
		why = hint = NULL;
	describe_kind(assignment, finding);
	if (!finding->expected && title)
		finding_set(&finding->expected, "%s", title);
	if (!finding->why && why)
		finding_set(&finding->why, "%s", why);
	if (!finding->hint && hint)
		finding_set(&finding->hint, "%s", hint);
}

/* A lost point that no finding of a check explains is explained here. */
static struct finding *add_explanation(struct scoring *scoring, const struct property *property, const char *kind,
                                       int points)
{
	struct finding *finding =
	    findings_add(&scoring->grade->findings, "score", kind, property->test ? property->test->name : NULL);

	finding_set(&finding->rubric, "%s", scoring->grade->rubric[property->line].id);
	finding->points_lost = points;
	describe(scoring->assignment, finding, property);
	return finding;
}

/* What ended the tests before they were over, or NULL. */
static const char *why_not_all_ran(const struct grade *grade)
{
	for (size_t i = 0; i < grade->findings.count; i++)
		if (same(grade->findings.item[i].check, "criterion") && finding_ends_check(&grade->findings.item[i]))
			return grade->findings.item[i].seen;
	return NULL;
}

static void explain_test(struct scoring *scoring, const struct property *property, const struct test_result *test,
                         int points)
{
	static const char *const kinds[] = {[TEST_FAIL] = "assertion",
	                                    [TEST_CRASH] = "crash",
	                                    [TEST_HANG] = "hang",
	                                    [TEST_TIMEOUT] = "timeout",
	                                    [TEST_NOT_RUN] = "not_run"};
	struct finding *finding = add_explanation(scoring, property, kinds[test->status], points);

	if (test->message) {
		finding_set(&finding->seen, "%s", test->message);
		return;
	}
	const char *end = test->status == TEST_NOT_RUN ? why_not_all_ran(scoring->grade) : NULL;
	if (end) {
		finding_set(&finding->seen, "The test was not run: %s", end);
		return;
	}
	for (size_t i = 0; test->status == TEST_NOT_RUN && i < scoring->grade->check_count; i++) {
		const struct check_result *check = &scoring->grade->check[i];
		if (same(check->name, "criterion") && check->reason) {
			finding_set(&finding->seen, "%s", check->reason);
			return;
		}
	}
	if (test->status == TEST_NOT_RUN)
		finding_set(&finding->seen, "The test was not run");
	else
		finding_set(&finding->seen, "The test did not pass (%s)", test_status_name(test->status));
}

static void lose_test(struct scoring *scoring, const struct property *property)
{
	const struct test_result *test = grade_test(scoring->grade, property->test->name);
	const struct rubric_score *line = &scoring->grade->rubric[property->line];
	int points = property->test->points;

	if (!test || test->status == TEST_PASS)
		return;
	if (!counts(scoring, property)) {
		claim(scoring, property, 0);
		return;
	}
	if (is_guard(property))
		points = property->test->cost < line->score ? property->test->cost : line->score;
	take(scoring, property, points);
	if (!claim(scoring, property, points) && points)
		explain_test(scoring, property, test, points);
}

/* Does the explorer see all that the entry asks ThreadSanitizer for? That locks are taken in two orders it does not. */
static bool explorer_sees(const struct scoring *scoring, const struct check_spec *check)
{
	for (size_t i = 0; i < check->kinds.count; i++)
		if (!explorer_stands_in(scoring, check, check->kinds.item[i]))
			return false;
	return check->kinds.count > 0;
}

static bool was_watched(const struct scoring *scoring, const struct check_spec *check, const struct test_result *test)
{
	return !same(check->check, "tsan") || !test->unwatched || (explorer_answers(test) && explorer_sees(scoring, check));
}

/* Nothing can be said about leaks, races, ... of a program whose every run ended early. */
static bool established(const struct scoring *scoring, const struct check_spec *check)
{
	for (size_t i = 0; i < scoring->grade->check_count; i++)
		if (same(scoring->grade->check[i].name, check->check) && same(scoring->grade->check[i].status, "failed"))
			return false;
	for (size_t i = 0; i < scoring->grade->test_count; i++) {
		const struct test_result *test = &scoring->grade->test[i];
		if (test->status == TEST_PASS && covers(check, test->name) && was_watched(scoring, check, test))
			return true;
	}
	return !has_tests(check);
}

static bool has_unwatched(const struct scoring *scoring, const struct check_spec *check)
{
	for (size_t i = 0; i < scoring->grade->test_count; i++)
		if (scoring->grade->test[i].status == TEST_PASS && covers(check, scoring->grade->test[i].name) &&
		    !was_watched(scoring, check, &scoring->grade->test[i]))
			return true;
	return false;
}

/* Why the check has no result, or NULL. */
static const char *why_failed(const struct scoring *scoring, const struct check_spec *check)
{
	for (size_t i = 0; i < scoring->grade->check_count; i++)
		if (same(scoring->grade->check[i].name, check->check) && same(scoring->grade->check[i].status, "failed"))
			return scoring->grade->check[i].reason;
	return NULL;
}

static void lose_check(struct scoring *scoring, const struct property *property)
{
	bool counted = counts(scoring, property);
	int points = counted ? property->check->points : 0;

	if (claim(scoring, property, points)) {
		take(scoring, property, points);
		return;
	}
	if (!points || established(scoring, property->check))
		return;
	take(scoring, property, points);
	struct finding *finding = add_explanation(scoring, property, "not_established", points);
	const char *reason = why_failed(scoring, property->check);
	if (reason)
		finding_set(&finding->seen, "%s shows nothing of this: %s", property->check->check, reason);
	else
		finding_set(&finding->seen,
		            has_unwatched(scoring, property->check)
		                ? "In each test that passed and could have shown this, %s ended early"
		                : "No test passed in which %s could have shown this",
		            property->check->check);
}

static void lose_properties(struct scoring *scoring)
{
	for (size_t i = 0; i < scoring->property_count; i++) {
		if (scoring->property[i].check)
			lose_check(scoring, &scoring->property[i]);
		else if (!is_guard(&scoring->property[i]))
			lose_test(scoring, &scoring->property[i]);
	}
	for (size_t i = 0; i < scoring->property_count; i++)
		if (is_guard(&scoring->property[i]))
			lose_test(scoring, &scoring->property[i]);
}

/* An empty function has no races and no leaks: the other lines count in proportion until correctness has 60 % of its
 * points. */
static void apply_gate(struct grade *grade)
{
	const struct rubric_score *correctness = NULL;

	for (size_t i = 0; i < grade->rubric_count; i++)
		if (same(grade->rubric[i].id, "correctness"))
			correctness = &grade->rubric[i];
	if (!correctness || grade->only_test || 5 * correctness->score >= 3 * correctness->max_score)
		return;
	for (size_t i = 0; i < grade->rubric_count; i++) {
		struct rubric_score *line = &grade->rubric[i];
		int kept = line->score * 5 * correctness->score / (3 * correctness->max_score);

		if (line == correctness || kept == line->score)
			continue;
		struct finding *finding = findings_add(&grade->findings, "score", "gate", NULL);
		finding_set(&finding->rubric, "%s", line->id);
		finding->points_lost = line->score - kept;
		finding_set(&finding->seen, "%s has %d of %d points", correctness->title ? correctness->title : correctness->id,
		            correctness->score, correctness->max_score);
		finding_set(&finding->expected, "At least %d points there; below that the other lines count in proportion",
		            (3 * correctness->max_score + 4) / 5);
		finding_set(&finding->why, "A program that does nothing has no races and leaks nothing: this line counts as "
		                           "far as the program does its job");
		line->score = kept;
	}
}

/* The titles of the tests of the essence, if all of them were asked for and are lost. NULL otherwise; else the
 * caller's.
 */
static char *missing_essence(const struct scoring *scoring)
{
	char *titles = NULL;

	for (size_t i = 0; i < scoring->property_count; i++) {
		const struct test_spec *spec = scoring->property[i].test;
		const struct test_result *test = spec ? grade_test(scoring->grade, spec->name) : NULL;

		if (!test || !listed(&scoring->assignment->essence.tests, spec->name))
			continue;
		if (test->status == TEST_PASS || scoring->grade->only_test || !counts(scoring, &scoring->property[i])) {
			free(titles);
			return NULL;
		}
		char *longer = titles ? format("%s; %s", titles, spec->title) : strdup(spec->title);
		free(titles);
		titles = longer;
	}
	return titles;
}

/* A program that does another thing than the exercise may be right in much of what is asked beside it: what is left of
 * all lines is cut, each in proportion. */
static void apply_essence(struct scoring *scoring)
{
	struct grade *grade = scoring->grade;
	int most = scoring->assignment->essence.points, sum = 0;
	char *titles = missing_essence(scoring);

	for (size_t i = 0; i < grade->rubric_count; i++)
		sum += grade->rubric[i].score;
	for (size_t i = 0; titles && sum > most && i < grade->rubric_count; i++) {
		struct rubric_score *line = &grade->rubric[i];
		int kept = line->score * most / sum;

		if (kept == line->score)
			continue;
		struct finding *finding = findings_add(&grade->findings, "score", "essence", NULL);
		finding_set(&finding->rubric, "%s", line->id);
		finding->points_lost = line->score - kept;
		finding_set(&finding->seen, "None of this is there: %s", titles);
		finding_set(&finding->expected, "At least one of them; without that the whole is worth at most %d points",
		            most);
		finding_set(&finding->why, "This is what the exercise is about: a program that does something else may be "
		                           "correct, but does not solve it");
		line->score = kept;
	}
	free(titles);
}

/* ---- claims -> points of findings ----------------------------------------------------------- */

static size_t clone(struct findings *findings, size_t index)
{
	struct finding *copy =
	    findings_add(findings, findings->item[index].check, findings->item[index].kind, findings->item[index].test);
	const struct finding *original = &findings->item[index];
	char *const *from[] = {&original->diagnosis, &original->seen,   &original->expected,
	                       &original->why,       &original->replay, &original->hint};
	char **to[] = {&copy->diagnosis, &copy->seen, &copy->expected, &copy->why, &copy->replay, &copy->hint};

	for (size_t i = 0; i < sizeof to / sizeof *to; i++)
		if (*from[i])
			finding_set(to[i], "%s", *from[i]);
	for (size_t i = 0; i < original->where_count; i++)
		finding_add_place(copy, original->where[i].file, original->where[i].line, original->where[i].function,
		                  original->where[i].role);
	for (size_t i = 0; i < original->detail_count; i++)
		finding_add_detail(copy, "%s", original->detail[i]);
	copy->count = original->count;
	return findings->count - 1;
}

static void settle(const struct scoring *scoring, size_t index, size_t line, const struct claim *claim)
{
	struct grade *grade = scoring->grade;
	struct finding *finding = &grade->findings.item[index];

	finding_set(&finding->rubric, "%s", grade->rubric[line].id);
	finding->points_lost = claim->points;
	describe(scoring->assignment, finding, claim->property);
}

/* A finding carries the points of one line; one that costs points in more becomes several. */
static void settle_claims(struct scoring *scoring)
{
	struct grade *grade = scoring->grade;
	size_t lines = grade->rubric_count;

	for (size_t i = 0; i < scoring->finding_count; i++) {
		const struct claim *claim = &scoring->claim[i * lines];
		size_t first = lines; /* the line that the finding itself pays in */

		for (size_t line = lines; line-- > 0;)
			if (claim[line].points)
				first = line;
		for (size_t line = 0; line < lines && first == lines; line++)
			if (claim[line].property)
				first = line;
		for (size_t line = first + 1; line < lines; line++)
			if (claim[line].points)
				settle(scoring, clone(&grade->findings, i), line, &claim[line]);
		if (first < lines)
			settle(scoring, i, first, &claim[first]);
		else /* one of several alike may be the one that is shown */
			describe_kind(scoring->assignment, &grade->findings.item[i]);
	}
}

/* ---- a program that cannot run -------------------------------------------------------------- */

static bool any_test_ran(const struct grade *grade)
{
	for (size_t i = 0; i < grade->test_count; i++)
		if (grade->test[i].status != TEST_NOT_RUN)
			return true;
	return false;
}

/* The finding that explains why nothing could be run: no source, it does not compile, it is refused by the seal, or
 * what the tests call is not there. */
static struct finding *find_obstacle(struct grade *grade)
{
	for (size_t i = 0; i < grade->findings.count; i++)
		if ((same(grade->findings.item[i].check, "build") || same(grade->findings.item[i].check, "seal")) &&
		    !strstr(grade->findings.item[i].kind, "warning"))
			return &grade->findings.item[i];
	for (size_t i = 0; i < grade->findings.count && !any_test_ran(grade); i++)
		if (same(grade->findings.item[i].check, "symbols") && same(grade->findings.item[i].kind, "missing_function"))
			return &grade->findings.item[i];
	return NULL;
}

/* It pays for all lines, so it has no line of its own; the failed tests that follow from it are not told. */
static void lose_everything(struct grade *grade, struct finding *obstacle)
{
	obstacle->points_lost = grade->max_score;
	for (size_t i = 0; i < grade->rubric_count; i++)
		grade->rubric[i].score = grade->rubric[i].public_score = 0;
}

/* ---- order ---------------------------------------------------------------------------------- */

struct rank {
	struct finding finding;
	size_t defect; /* number of the first finding of the same defect: the same root, or a race with a line of it */
	size_t root;   /* number of the first finding with the same root */
	int most;      /* that a finding of that defect costs; and ... */
	int points;    /* ... one with that root */
};

static int compare_ranks(const void *left, const void *right)
{
	const struct rank *a = left, *b = right;
	int order = (b->most > a->most) - (b->most < a->most);

	if (!order)
		order = (a->defect > b->defect) - (a->defect < b->defect);
	if (!order)
		order = (b->points > a->points) - (b->points < a->points);
	if (!order)
		order = (a->root > b->root) - (a->root < b->root);
	if (!order)
		order = (b->finding.points_lost > a->finding.points_lost) - (b->finding.points_lost < a->finding.points_lost);
	if (!order)
		order = finding_compare(&a->finding, &b->finding);
	return order || !a->finding.rubric || !b->finding.rubric ? order : strcmp(a->finding.rubric, b->finding.rubric);
}

static int compare_findings(const void *a, const void *b)
{
	return finding_compare(a, b);
}

/* Dearest first, findings of one defect side by side, and among them those of one root. */
static void order_findings(struct findings *findings)
{
	struct rank *rank = zeroed(findings->count, sizeof *rank);

	if (findings->count)
		qsort(findings->item, findings->count, sizeof *findings->item, compare_findings);
	for (size_t i = 0; i < findings->count; i++) {
		size_t root = 0;

		while (root < i && (rank[root].root != root || !finding_same_root(&rank[root].finding, &findings->item[i])))
			root++;
		size_t defect = 0;
		while (defect < root && !finding_shares_race(&rank[defect].finding, &findings->item[i]))
			defect++;
		rank[i] = (struct rank){.finding = findings->item[i], .root = root};
		rank[i].defect = defect < i ? rank[defect].defect : i;
		if (rank[root].points < findings->item[i].points_lost)
			rank[root].points = findings->item[i].points_lost;
	}
	for (size_t i = 0; i < findings->count; i++) {
		rank[i].points = rank[rank[i].root].points;
		rank[i].defect = rank[rank[i].root].defect;
		if (rank[rank[i].defect].most < rank[i].points)
			rank[rank[i].defect].most = rank[i].points;
	}
	for (size_t i = 0; i < findings->count; i++)
		rank[i].most = rank[rank[i].defect].most;
	qsort(rank, findings->count, sizeof *rank, compare_ranks);
	for (size_t i = 0; i < findings->count; i++) {
		findings->item[i] = rank[i].finding;
		finding_set(&findings->item[i].id, "F%zu", i + 1);
	}
	free(rank);
}

/* ---- all together --------------------------------------------------------------------------- */

static void start_full(struct scoring *scoring)
{
	struct grade *grade = scoring->grade;

	for (size_t i = 0; i < scoring->property_count; i++) {
		struct rubric_score *line = &grade->rubric[scoring->property[i].line];
		int points = worth(&scoring->property[i]);

		if (scoring->property[i].public)
			line->public_max += points;
		if (counts(scoring, &scoring->property[i]))
			line->max_score += points;
	}
	for (size_t i = 0; i < grade->rubric_count; i++) {
		grade->rubric[i].score = grade->rubric[i].max_score;
		grade->rubric[i].public_score = grade->rubric[i].public_max;
		grade->max_score += grade->rubric[i].max_score;
	}
}

/* Once per grade: what it adds is not taken back by a second call. */
void grade_score(struct grade *grade, const struct assignment *assignment)
{
	struct scoring scoring = {.grade = grade, .assignment = assignment, .finding_count = grade->findings.count};

	collect_properties(&scoring);
	start_full(&scoring);
	if (grade->findings.count)
		qsort(grade->findings.item, grade->findings.count, sizeof *grade->findings.item, compare_findings);
	scoring.claim = zeroed(scoring.finding_count * grade->rubric_count, sizeof *scoring.claim);
	struct finding *obstacle = find_obstacle(grade);
	if (!grade->judged) {
		for (size_t i = 0; i < grade->rubric_count; i++)
			grade->rubric[i].score = grade->rubric[i].public_score = 0;
	} else if (obstacle) {
		lose_everything(grade, obstacle);
	} else {
		lose_properties(&scoring);
		apply_gate(grade);
		apply_essence(&scoring);
		settle_claims(&scoring);
	}
	for (size_t i = 0; i < grade->rubric_count; i++) {
		struct rubric_score *line = &grade->rubric[i];

		if (line->public_score > line->score)
			line->public_score = line->score;
		grade->score += line->score;
	}
	order_findings(&grade->findings);
	free(scoring.claim);
	free(scoring.property);
}
