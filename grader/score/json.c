/* json.c - a grade as JSON (schema forkjoin/result/1) and back. Plain ASCII, so that no terminal or log is harmed by
 * printing it. */
#include "../finding/interleaving.h"
#include "../finding/json_members.h"
#include "../finding/json_text.h"
#include "../memory.h"
#include "grade.h"

#include <stdlib.h>
#include <string.h>

#define SCHEMA "forkjoin/result/1"

/* ---- what stands in it, in this order -------------------------------------------------------- */

#define AT(type, member) .offset = offsetof(struct type, member)
#define LIST(type, member, number) AT(type, member), .count_offset = offsetof(struct type, number)
#define KNOWN(type, member) .known = true, .known_offset = offsetof(struct type, member)
#define SHAPE(type, table)                                                                                             \
	{                                                                                                                  \
		table, sizeof table / sizeof *table, sizeof(struct type)                                                       \
	}

static const struct json_member rubric_members[] = {
    {"id", MEMBER_TEXT, AT(rubric_score, id)},
    {"title", MEMBER_TEXT_OR_NULL, AT(rubric_score, title)},
    {"score", MEMBER_NUMBER, AT(rubric_score, score)},
    {"max_score", MEMBER_NUMBER, AT(rubric_score, max_score)},
    {"public_score", MEMBER_NUMBER, AT(rubric_score, public_score)},
    {"public_max", MEMBER_NUMBER, AT(rubric_score, public_max)},
};
static const struct json_shape rubric_shape = SHAPE(rubric_score, rubric_members);

static char *summary(const void *thing)
{
	const struct test_result *test = thing;
	return explored_summary(&test->explored, test->status != TEST_PASS);
}

/* Of the test, because the summary tells whether that failed. */
static const struct json_member explored_members[] = {
    {"summary", MEMBER_MADE, .make = summary},
    {"why_not", MEMBER_TEXT_OR_NULL, AT(test_result, explored.why_not)},
    {"strategy", MEMBER_TEXT_OR_NULL, AT(test_result, explored.strategy)},
    {"seed", MEMBER_COUNT, AT(test_result, explored.seed), .optional = true},
    {"schedules", MEMBER_COUNT, AT(test_result, explored.schedules), .optional = true},
    {"bound", MEMBER_NUMBER, AT(test_result, explored.bound), .optional = true, .min = -1,
     .expected = "a whole number from -1"},
    {"bound_schedules", MEMBER_COUNT, AT(test_result, explored.bound_schedules), .optional = true},
    {"exhausted", MEMBER_BOOLEAN, AT(test_result, explored.exhausted), .optional = true},
    {"found", MEMBER_BOOLEAN, AT(test_result, explored.found), .left_out = true},
    {"concurrent", MEMBER_BOOLEAN, AT(test_result, explored.concurrent), .optional = true},
};
static const struct json_shape explored_shape = SHAPE(test_result, explored_members);

static const char *const visibilities[] = {"public", "hidden", NULL};

static const struct json_member test_members[] = {
    {"name", MEMBER_TEXT, AT(test_result, name)},
    {"visibility", MEMBER_EITHER, AT(test_result, hidden), .choices = visibilities, .expected = "public or hidden"},
    {"rubric", MEMBER_TEXT_OR_NULL, AT(test_result, rubric)},
    {"status", MEMBER_CHOICE, AT(test_result, status), .choices = test_status_names,
     .expected = "the status of a test"},
    {"message", MEMBER_TEXT_OR_NULL, AT(test_result, message)},
    {"duration_ms", MEMBER_NUMBER, AT(test_result, duration_ms)},
    {"explored", MEMBER_STRUCT, .shape = &explored_shape, KNOWN(test_result, explored.known), .left_out = true},
};
static const struct json_shape test_shape = SHAPE(test_result, test_members);

static const struct json_member place_members[] = {
    {"file", MEMBER_TEXT_OR_NULL, AT(place, file)},
    {"line", MEMBER_NUMBER, AT(place, line)},
    {"function", MEMBER_TEXT_OR_NULL, AT(place, function)},
    {"role", MEMBER_TEXT_OR_NULL, AT(place, role)},
};
static const struct json_shape place_shape = SHAPE(place, place_members);

static const struct json_member finding_members[] = {
    {"id", MEMBER_TEXT_OR_NULL, AT(finding, id)},
    {"check", MEMBER_TEXT, AT(finding, check)},
    {"kind", MEMBER_TEXT, AT(finding, kind)},
    {"test", MEMBER_TEXT_OR_NULL, AT(finding, test)},
    {"rubric", MEMBER_TEXT_OR_NULL, AT(finding, rubric)},
    {"points_lost", MEMBER_NUMBER, AT(finding, points_lost)},
    {"seen", MEMBER_TEXT_OR_NULL, AT(finding, seen)},
    {"expected", MEMBER_TEXT_OR_NULL, AT(finding, expected)},
    {"why", MEMBER_TEXT_OR_NULL, AT(finding, why)},
    {"where", MEMBER_STRUCTS, LIST(finding, where, where_count), .shape = &place_shape},
    {"detail", MEMBER_TEXTS, LIST(finding, detail, detail_count)},
    {"replay", MEMBER_TEXT_OR_NULL, AT(finding, replay)},
    {"token", MEMBER_TEXT_OR_NULL, AT(finding, token), .left_out = true},
    {"interleaving", MEMBER_INTERLEAVING, AT(finding, interleaving), .left_out = true},
    {"hint", MEMBER_TEXT_OR_NULL, AT(finding, hint)},
    {"count", MEMBER_NUMBER, AT(finding, count)},
};
static const struct json_shape finding_shape = SHAPE(finding, finding_members);

static const struct json_member check_members[] = {
    {"name", MEMBER_TEXT, AT(check_result, name)},
    {"status", MEMBER_TEXT, AT(check_result, status)},
    {"reason", MEMBER_TEXT_OR_NULL, AT(check_result, reason)},
    {"fault", MEMBER_TEXT_OR_NULL, AT(check_result, fault)},
    {"duration_ms", MEMBER_NUMBER, AT(check_result, duration_ms)},
};
static const struct json_shape check_shape = SHAPE(check_result, check_members);

static const struct json_member kit_members[] = {
    {"release", MEMBER_TEXT_OR_NULL, AT(kit_versions, release)},
    {"version", MEMBER_TEXT_OR_NULL, AT(kit_versions, kit)},
    {"criterion", MEMBER_TEXT_OR_NULL, AT(kit_versions, criterion)},
    {"gcc", MEMBER_TEXT_OR_NULL, AT(kit_versions, gcc)},
    {"valgrind", MEMBER_TEXT_OR_NULL, AT(kit_versions, valgrind)},
};
static const struct json_shape kit_shape = SHAPE(kit_versions, kit_members);

static const struct json_member source_members[] = {
    {"file", MEMBER_TEXT, AT(source_mark, file)},
    {"sha256", MEMBER_DIGEST, AT(source_mark, sha256)},
    {"skeleton", MEMBER_BOOLEAN, AT(source_mark, skeleton), .left_out = true},
};
static const struct json_shape source_shape = SHAPE(source_mark, source_members);

static const struct json_member coverage_members[] = {
    {"lines_total", MEMBER_NUMBER, AT(coverage, lines_total)},
    {"lines_run", MEMBER_NUMBER, AT(coverage, lines_run)},
    {"unrun", MEMBER_TEXT_OR_NULL, AT(coverage, unrun)},
};
static const struct json_shape coverage_shape = SHAPE(coverage, coverage_members);

static char *schema(const void *thing)
{
	(void)thing;
	return must(strdup(SCHEMA));
}

static const struct json_member grade_members[] = {
    {"schema", MEMBER_MADE, .make = schema},
    {"assignment", MEMBER_TEXT, AT(grade, assignment)},
    {"submission", MEMBER_TEXT_OR_NULL, AT(grade, submission)},
    {"judged", MEMBER_BOOLEAN, AT(grade, judged)},
    {"score", MEMBER_NUMBER, AT(grade, score), KNOWN(grade, judged),
     .expected = "a whole number from 0, or null for a submission that was not judged"},
    {"max_score", MEMBER_NUMBER, AT(grade, max_score)},
    {"public_only", MEMBER_BOOLEAN, AT(grade, public_only)},
    {"protection", MEMBER_TEXT_OR_NULL, AT(grade, protection)},
    {"rubric", MEMBER_STRUCTS, LIST(grade, rubric, rubric_count), .shape = &rubric_shape},
    {"tests", MEMBER_STRUCTS, LIST(grade, test, test_count), .shape = &test_shape},
    {"findings", MEMBER_STRUCTS, LIST(grade, findings.item, findings.count), .shape = &finding_shape},
    {"checks", MEMBER_STRUCTS, LIST(grade, check, check_count), .shape = &check_shape},
    {"kit", MEMBER_STRUCT, AT(grade, kit), .shape = &kit_shape},
    {"sources", MEMBER_STRUCTS, LIST(grade, source, source_count), .shape = &source_shape},
    {"remarks", MEMBER_TEXTS, LIST(grade, remarks.item, remarks.count)},
    {"coverage", MEMBER_STRUCT, AT(grade, coverage), .shape = &coverage_shape, KNOWN(grade, coverage.known),
     .expected = "an object or null"},
    {"duration_ms", MEMBER_NUMBER, AT(grade, duration_ms)},
};
static const struct json_shape grade_shape = SHAPE(grade, grade_members);

/* ---- writing and reading --------------------------------------------------------------------- */

/* Jansson writes DEL as it is, the only control character that it lets through. */
static char *escape_del(char *text)
{
	size_t count = 0, length = strlen(text);

	for (size_t i = 0; i < length; i++)
		count += text[i] == 0x7f;
	if (!count)
		return text;
	char *result = allocate(length + 5 * count + 1), *end = result;
	for (size_t i = 0; i <= length; i++) {
		if (text[i] == 0x7f)
			end = stpcpy(end, "\\u007f");
		else
			*end++ = text[i];
	}
	free(text);
	return result;
}

static char *text_of(json_t *object)
{
	char *text = escape_del(json_dumps(object, JSON_INDENT(2) | JSON_ENSURE_ASCII));
	json_decref(object);
	return text;
}

char *grade_to_json(const struct grade *grade)
{
	return text_of(json_from_members(&grade_shape, grade));
}

static int read_grade(const json_t *object, struct grade *grade, struct error *error)
{
	const char *schema = json_string_value(json_object_get(object, "schema"));
	if (!schema || strcmp(schema, SCHEMA) != 0)
		return fail(error, "'schema' should be %s", SCHEMA);
	if (json_to_members(object, &grade_shape, grade, error) != 0)
		return -1;
	grade->findings.capacity = grade->findings.count;
	return grade->score <= grade->max_score ? 0 : fail(error, "'score' should be at most max_score");
}

static json_t *read_text(const char *text, struct error *error)
{
	json_error_t problem;
	json_t *object = json_loads(text, JSON_REJECT_DUPLICATES, &problem);
	if (!object)
		fail(error, "not JSON: line %d, column %d: %s", problem.line, problem.column, problem.text);
	return object;
}

static struct grade *grade_of(const json_t *object, struct error *error)
{
	struct error cause;
	struct grade *grade = zeroed(1, sizeof *grade);
	if (read_grade(object, grade, &cause) == 0)
		return grade;
	fail(error, "not a result of this kit: %.500s", cause.text);
	grade_free(grade);
	return NULL;
}

struct grade *grade_from_json(const char *text, struct error *error)
{
	json_t *object = read_text(text, error);
	struct grade *grade = object ? grade_of(object, error) : NULL;
	json_decref(object);
	return grade;
}

/* ---- drafts ---------------------------------------------------------------------------------- */

static json_t *member_at(const json_t *object, const char *list, size_t index)
{
	return json_array_get(json_object_get(object, list), index);
}

static void put_word(json_t *object, const char *list, size_t index, const char *key, const char *word)
{
	if (word)
		json_object_set_new(member_at(object, list, index), key, must(json_string(word)));
}

static char *word_of(const json_t *object, const char *list, size_t index, const char *key)
{
	const char *text = json_string_value(json_object_get(member_at(object, list, index), key));
	return text ? must(strdup(text)) : NULL;
}

char *grade_to_draft(const struct grade *grade)
{
	json_t *object = json_from_members(&grade_shape, grade);
	for (size_t i = 0; i < grade->test_count; i++)
		put_word(object, "tests", i, "unwatched", grade->test[i].unwatched);
	for (size_t i = 0; i < grade->findings.count; i++)
		put_word(object, "findings", i, "diagnosis", grade->findings.item[i].diagnosis);
	return text_of(object);
}

struct grade *grade_from_draft(const char *text, struct error *error)
{
	json_t *object = read_text(text, error);
	struct grade *grade = object ? grade_of(object, error) : NULL;
	for (size_t i = 0; grade && i < grade->test_count; i++)
		grade->test[i].unwatched = word_of(object, "tests", i, "unwatched");
	for (size_t i = 0; grade && i < grade->findings.count; i++)
		grade->findings.item[i].diagnosis = word_of(object, "findings", i, "diagnosis");
	json_decref(object);
	return grade;
}
