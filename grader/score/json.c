/* json.c - a grade as JSON (schema forkjoin/result/1) and back. Plain ASCII, so that no terminal or log is harmed by
 * printing it. */
#include "../finding/interleaving.h"
#include "../finding/json_text.h"
#include "../memory.h"
#include "grade.h"

#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA "forkjoin/result/1"

/* ---- writing -------------------------------------------------------------------------------- */

static json_t *strings(char *const *item, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		json_append(array, json_text(item[i]));
	return array;
}

static json_t *rubric_to_json(const struct grade *grade)
{
	json_t *array = json_array();

	for (size_t i = 0; i < grade->rubric_count; i++) {
		const struct rubric_score *line = &grade->rubric[i];
		json_t *object = json_object();

		json_put(object, "id", json_text(line->id));
		json_put(object, "title", json_text(line->title));
		json_put(object, "score", json_integer(line->score));
		json_put(object, "max_score", json_integer(line->max_score));
		json_put(object, "public_score", json_integer(line->public_score));
		json_put(object, "public_max", json_integer(line->public_max));
		json_append(array, object);
	}
	return array;
}

static json_t *explored_to_json(const struct explored *explored, bool failed)
{
	json_t *object = json_object();
	char *summary = explored_summary(explored, failed);

	json_put(object, "summary", json_text(summary));
	json_put(object, "why_not", json_text(explored->why_not));
	json_put(object, "strategy", json_text(explored->strategy));
	json_put(object, "seed", json_integer((json_int_t)explored->seed));
	json_put(object, "schedules", json_integer((json_int_t)explored->schedules));
	json_put(object, "bound", json_integer(explored->bound));
	json_put(object, "bound_schedules", json_integer((json_int_t)explored->bound_schedules));
	json_put(object, "exhausted", json_boolean(explored->exhausted));
	if (explored->found)
		json_put(object, "found", json_true());
	json_put(object, "concurrent", json_boolean(explored->concurrent));
	free(summary);
	return object;
}

static json_t *tests_to_json(const struct grade *grade)
{
	json_t *array = json_array();

	for (size_t i = 0; i < grade->test_count; i++) {
		const struct test_result *test = &grade->test[i];
		json_t *object = json_object();

		json_put(object, "name", json_text(test->name));
		json_put(object, "visibility", json_text(test->hidden ? "hidden" : "public"));
		json_put(object, "rubric", json_text(test->rubric));
		json_put(object, "status", json_text(test_status_name(test->status)));
		json_put(object, "message", json_text(test->message));
		json_put(object, "duration_ms", json_integer(test->duration_ms));
		if (test->explored.known)
			json_put(object, "explored", explored_to_json(&test->explored, test->status != TEST_PASS));
		json_append(array, object);
	}
	return array;
}

static json_t *places_to_json(const struct finding *finding)
{
	json_t *array = json_array();

	for (size_t i = 0; i < finding->where_count; i++) {
		json_t *object = json_object();

		json_put(object, "file", json_text(finding->where[i].file));
		json_put(object, "line", json_integer(finding->where[i].line));
		json_put(object, "function", json_text(finding->where[i].function));
		json_put(object, "role", json_text(finding->where[i].role));
		json_append(array, object);
	}
	return array;
}

static json_t *findings_to_json(const struct findings *findings)
{
	json_t *array = json_array();

	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->item[i];
		json_t *object = json_object();

		json_put(object, "id", json_text(finding->id));
		json_put(object, "check", json_text(finding->check));
		json_put(object, "kind", json_text(finding->kind));
		json_put(object, "test", json_text(finding->test));
		json_put(object, "rubric", json_text(finding->rubric));
		json_put(object, "points_lost", json_integer(finding->points_lost));
		json_put(object, "seen", json_text(finding->seen));
		json_put(object, "expected", json_text(finding->expected));
		json_put(object, "why", json_text(finding->why));
		json_put(object, "where", places_to_json(finding));
		json_put(object, "detail", strings(finding->detail, finding->detail_count));
		json_put(object, "replay", json_text(finding->replay));
		if (finding->token)
			json_put(object, "token", json_text(finding->token));
		if (finding->interleaving)
			json_put(object, "interleaving", interleaving_to_json(finding->interleaving));
		json_put(object, "hint", json_text(finding->hint));
		json_put(object, "count", json_integer(finding->count));
		json_append(array, object);
	}
	return array;
}

static json_t *checks_to_json(const struct grade *grade)
{
	json_t *array = json_array();

	for (size_t i = 0; i < grade->check_count; i++) {
		json_t *object = json_object();

		json_put(object, "name", json_text(grade->check[i].name));
		json_put(object, "status", json_text(grade->check[i].status));
		json_put(object, "reason", json_text(grade->check[i].reason));
		json_put(object, "fault", json_text(grade->check[i].fault));
		json_put(object, "duration_ms", json_integer(grade->check[i].duration_ms));
		json_append(array, object);
	}
	return array;
}

static json_t *kit_to_json(const struct kit_versions *kit)
{
	json_t *object = json_object();

	json_put(object, "release", json_text(kit->release));
	json_put(object, "version", json_text(kit->kit));
	json_put(object, "criterion", json_text(kit->criterion));
	json_put(object, "gcc", json_text(kit->gcc));
	json_put(object, "valgrind", json_text(kit->valgrind));
	return object;
}

static json_t *sources_to_json(const struct grade *grade)
{
	json_t *array = json_array();

	for (size_t i = 0; i < grade->source_count; i++) {
		json_t *object = json_object();

		json_put(object, "file", json_text(grade->source[i].file));
		json_put(object, "sha256", json_text(grade->source[i].sha256));
		if (grade->source[i].skeleton)
			json_put(object, "skeleton", json_true());
		json_append(array, object);
	}
	return array;
}

static json_t *coverage_to_json(const struct coverage *coverage)
{
	json_t *object = coverage->known ? json_object() : json_null();

	if (!coverage->known)
		return object;
	json_put(object, "lines_total", json_integer(coverage->lines_total));
	json_put(object, "lines_run", json_integer(coverage->lines_run));
	json_put(object, "unrun", json_text(coverage->unrun));
	return object;
}

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

char *grade_to_json(const struct grade *grade)
{
	json_t *object = json_object();

	json_put(object, "schema", json_text(SCHEMA));
	json_put(object, "assignment", json_text(grade->assignment));
	json_put(object, "submission", json_text(grade->submission));
	json_put(object, "judged", json_boolean(grade->judged));
	json_put(object, "score", grade->judged ? json_integer(grade->score) : json_null());
	json_put(object, "max_score", json_integer(grade->max_score));
	json_put(object, "public_only", json_boolean(grade->public_only));
	json_put(object, "protection", json_text(grade->protection));
	json_put(object, "rubric", rubric_to_json(grade));
	json_put(object, "tests", tests_to_json(grade));
	json_put(object, "findings", findings_to_json(&grade->findings));
	json_put(object, "checks", checks_to_json(grade));
	json_put(object, "kit", kit_to_json(&grade->kit));
	json_put(object, "sources", sources_to_json(grade));
	json_put(object, "remarks", strings(grade->remarks.item, grade->remarks.count));
	json_put(object, "coverage", coverage_to_json(&grade->coverage));
	json_put(object, "duration_ms", json_integer(grade->duration_ms));
	char *text = escape_del(json_dumps(object, JSON_INDENT(2) | JSON_ENSURE_ASCII));
	json_decref(object);
	return text;
}

/* ---- reading -------------------------------------------------------------------------------- */

/* Reads on after a problem but keeps the first one; the caller frees what was read. */
struct reader {
	struct error *error;
	bool failed;
};

static void complain(struct reader *reader, const char *key, const char *expected)
{
	if (!reader->failed)
		fail(reader->error, "not a result of this kit: '%s' should be %s", key, expected);
	reader->failed = true;
}

static json_t *get(struct reader *reader, json_t *object, const char *key, json_type type, const char *expected)
{
	json_t *value = json_object_get(object, key);

	if (value && json_typeof(value) == type)
		return value;
	complain(reader, key, expected);
	return NULL;
}

static void read_optional(struct reader *reader, json_t *object, const char *key, char **field)
{
	json_t *value = json_object_get(object, key);

	if (json_is_string(value))
		finding_set(field, "%s", json_string_value(value));
	else if (!json_is_null(value))
		complain(reader, key, "text or null");
}

static void read_string(struct reader *reader, json_t *object, const char *key, char **field)
{
	json_t *value = get(reader, object, key, JSON_STRING, "text");

	if (value)
		finding_set(field, "%s", json_string_value(value));
}

static int read_number(struct reader *reader, json_t *object, const char *key)
{
	json_t *value = get(reader, object, key, JSON_INTEGER, "a whole number");

	if (value && json_integer_value(value) >= 0 && json_integer_value(value) <= INT_MAX)
		return (int)json_integer_value(value);
	complain(reader, key, "a whole number from 0");
	return 0;
}

static bool read_bool(struct reader *reader, json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	if (!json_is_boolean(value))
		complain(reader, key, "true or false");
	return json_is_true(value);
}

static void read_strings(struct reader *reader, json_t *object, const char *key, char ***item, size_t *count)
{
	json_t *array = get(reader, object, key, JSON_ARRAY, "a list of texts"), *value;
	size_t i;

	*item = zeroed(json_array_size(array), sizeof **item);
	json_array_foreach(array, i, value)
	{
		if (!json_is_string(value)) {
			complain(reader, key, "a list of texts");
			return;
		}
		finding_set(&(*item)[(*count)++], "%s", json_string_value(value));
	}
}

static void read_rubric(struct reader *reader, json_t *object, struct grade *grade)
{
	json_t *array = get(reader, object, "rubric", JSON_ARRAY, "a list"), *value;
	size_t i;

	grade->rubric = zeroed(json_array_size(array), sizeof *grade->rubric);
	json_array_foreach(array, i, value)
	{
		if (reader->failed)
			return;
		struct rubric_score *line = &grade->rubric[grade->rubric_count++];
		read_string(reader, value, "id", &line->id);
		read_optional(reader, value, "title", &line->title);
		line->score = read_number(reader, value, "score");
		line->max_score = read_number(reader, value, "max_score");
		line->public_score = read_number(reader, value, "public_score");
		line->public_max = read_number(reader, value, "public_max");
	}
}

static enum test_status read_status(struct reader *reader, json_t *object)
{
	const char *text = json_string_value(json_object_get(object, "status"));

	for (enum test_status status = TEST_PASS; text && status <= TEST_NOT_RUN; status++)
		if (strcmp(text, test_status_name(status)) == 0)
			return status;
	complain(reader, "status", "the status of a test");
	return TEST_NOT_RUN;
}

static bool read_hidden(struct reader *reader, json_t *object)
{
	const char *text = json_string_value(json_object_get(object, "visibility"));

	if (!text || (strcmp(text, "hidden") != 0 && strcmp(text, "public") != 0)) {
		complain(reader, "visibility", "public or hidden");
		return false;
	}
	return strcmp(text, "hidden") == 0;
}

static void read_explored(struct reader *reader, json_t *object, struct explored *explored)
{
	if (!object)
		return;
	explored->known = true;
	read_optional(reader, object, "why_not", &explored->why_not);
	read_optional(reader, object, "strategy", &explored->strategy);
	explored->seed = (unsigned long long)json_integer_value(json_object_get(object, "seed"));
	explored->schedules = (unsigned long long)json_integer_value(json_object_get(object, "schedules"));
	explored->bound_schedules = (unsigned long long)json_integer_value(json_object_get(object, "bound_schedules"));
	explored->bound = (int)json_integer_value(json_object_get(object, "bound"));
	explored->found = json_is_true(json_object_get(object, "found"));
	explored->exhausted = json_is_true(json_object_get(object, "exhausted"));
	explored->concurrent = json_is_true(json_object_get(object, "concurrent"));
}

static void read_tests(struct reader *reader, json_t *object, struct grade *grade)
{
	json_t *array = get(reader, object, "tests", JSON_ARRAY, "a list"), *value;
	size_t i;

	grade->test = zeroed(json_array_size(array), sizeof *grade->test);
	json_array_foreach(array, i, value)
	{
		if (reader->failed)
			return;
		struct test_result *test = &grade->test[grade->test_count++];
		read_string(reader, value, "name", &test->name);
		test->hidden = read_hidden(reader, value);
		read_optional(reader, value, "rubric", &test->rubric);
		test->status = read_status(reader, value);
		read_optional(reader, value, "message", &test->message);
		test->duration_ms = read_number(reader, value, "duration_ms");
		read_explored(reader, json_object_get(value, "explored"), &test->explored);
	}
}

static void read_places(struct reader *reader, json_t *object, struct finding *finding)
{
	json_t *array = get(reader, object, "where", JSON_ARRAY, "a list"), *value;
	size_t i;

	finding->where = zeroed(json_array_size(array), sizeof *finding->where);
	json_array_foreach(array, i, value)
	{
		if (reader->failed)
			return;
		struct place *place = &finding->where[finding->where_count++];
		read_optional(reader, value, "file", &place->file);
		place->line = (unsigned)read_number(reader, value, "line");
		read_optional(reader, value, "function", &place->function);
		read_optional(reader, value, "role", &place->role);
	}
}

static void read_findings(struct reader *reader, json_t *object, struct grade *grade)
{
	json_t *array = get(reader, object, "findings", JSON_ARRAY, "a list"), *value;
	size_t i;

	json_array_foreach(array, i, value)
	{
		if (reader->failed)
			return;
		struct finding *finding = findings_add(&grade->findings, NULL, NULL, NULL);
		read_optional(reader, value, "id", &finding->id);
		read_string(reader, value, "check", &finding->check);
		read_string(reader, value, "kind", &finding->kind);
		read_optional(reader, value, "test", &finding->test);
		read_optional(reader, value, "rubric", &finding->rubric);
		finding->points_lost = read_number(reader, value, "points_lost");
		read_optional(reader, value, "seen", &finding->seen);
		read_optional(reader, value, "expected", &finding->expected);
		read_optional(reader, value, "why", &finding->why);
		read_places(reader, value, finding);
		read_strings(reader, value, "detail", &finding->detail, &finding->detail_count);
		read_optional(reader, value, "replay", &finding->replay);
		if (json_object_get(value, "token"))
			read_optional(reader, value, "token", &finding->token);
		finding->interleaving = interleaving_from_json(json_object_get(value, "interleaving"));
		read_optional(reader, value, "hint", &finding->hint);
		finding->count = (unsigned)read_number(reader, value, "count");
	}
}

static void read_checks(struct reader *reader, json_t *object, struct grade *grade)
{
	json_t *array = get(reader, object, "checks", JSON_ARRAY, "a list"), *value;
	size_t i;

	grade->check = zeroed(json_array_size(array), sizeof *grade->check);
	json_array_foreach(array, i, value)
	{
		if (reader->failed)
			return;
		struct check_result *check = &grade->check[grade->check_count++];
		read_string(reader, value, "name", &check->name);
		read_string(reader, value, "status", &check->status);
		read_optional(reader, value, "reason", &check->reason);
		read_optional(reader, value, "fault", &check->fault);
		check->duration_ms = read_number(reader, value, "duration_ms");
	}
}

static void read_kit(struct reader *reader, json_t *object, struct kit_versions *kit)
{
	json_t *value = get(reader, object, "kit", JSON_OBJECT, "an object");

	read_optional(reader, value, "release", &kit->release);
	read_optional(reader, value, "version", &kit->kit);
	read_optional(reader, value, "criterion", &kit->criterion);
	read_optional(reader, value, "gcc", &kit->gcc);
	read_optional(reader, value, "valgrind", &kit->valgrind);
}

static void read_sources(struct reader *reader, json_t *object, struct grade *grade)
{
	json_t *array = get(reader, object, "sources", JSON_ARRAY, "a list"), *value;
	size_t i;

	grade->source = zeroed(json_array_size(array), sizeof *grade->source);
	json_array_foreach(array, i, value)
	{
		if (reader->failed)
			return;
		struct source_mark *mark = &grade->source[grade->source_count++];
		json_t *sum = get(reader, value, "sha256", JSON_STRING, "text");
		read_string(reader, value, "file", &mark->file);
		mark->skeleton = json_is_true(json_object_get(value, "skeleton"));
		if (json_string_length(sum) < sizeof mark->sha256)
			memcpy(mark->sha256, sum ? json_string_value(sum) : "", json_string_length(sum) + 1);
		else
			complain(reader, "sha256", "64 characters");
	}
}

static void read_coverage(struct reader *reader, json_t *object, struct coverage *coverage)
{
	json_t *value = json_object_get(object, "coverage");

	if (json_is_null(value))
		return;
	if (!json_is_object(value)) {
		complain(reader, "coverage", "an object or null");
		return;
	}
	coverage->known = true;
	coverage->lines_total = read_number(reader, value, "lines_total");
	coverage->lines_run = read_number(reader, value, "lines_run");
	read_optional(reader, value, "unrun", &coverage->unrun);
}

static void read_score(struct reader *reader, json_t *object, struct grade *grade)
{
	grade->judged = read_bool(reader, object, "judged");
	grade->max_score = read_number(reader, object, "max_score");
	if (grade->judged)
		grade->score = read_number(reader, object, "score");
	else if (!json_is_null(json_object_get(object, "score")))
		complain(reader, "score", "null for a submission that was not judged");
	if (grade->score > grade->max_score)
		complain(reader, "score", "at most max_score");
}

struct grade *grade_from_json(const char *text, struct error *error)
{
	json_error_t problem;
	json_t *object = json_loads(text, JSON_REJECT_DUPLICATES, &problem);
	struct reader reader = {.error = error};
	struct grade *grade = zeroed(1, sizeof *grade);
	const char *schema = json_string_value(json_object_get(object, "schema"));

	if (!object) {
		fail(error, "not JSON: line %d, column %d: %s", problem.line, problem.column, problem.text);
		reader.failed = true;
	} else if (!schema || strcmp(schema, SCHEMA) != 0) {
		complain(&reader, "schema", SCHEMA);
	}
	if (!reader.failed) {
		read_string(&reader, object, "assignment", &grade->assignment);
		read_optional(&reader, object, "submission", &grade->submission);
		read_score(&reader, object, grade);
		grade->public_only = read_bool(&reader, object, "public_only");
		read_optional(&reader, object, "protection", &grade->protection);
		read_rubric(&reader, object, grade);
		read_tests(&reader, object, grade);
		read_findings(&reader, object, grade);
		read_checks(&reader, object, grade);
		read_kit(&reader, object, &grade->kit);
		read_sources(&reader, object, grade);
		read_strings(&reader, object, "remarks", &grade->remarks.item, &grade->remarks.count);
		read_coverage(&reader, object, &grade->coverage);
		grade->duration_ms = read_number(&reader, object, "duration_ms");
	}
	json_decref(object);
	if (!reader.failed)
		return grade;
	grade_free(grade);
	return NULL;
}
