/* json.c - a grade as JSON (schema forkjoin/result/1) and back. Plain ASCII, so that no terminal or log is harmed by
 * printing it. */
#include "../finding/interleaving.h"
#include "grade.h"

#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA "forkjoin/result/1"

/* ---- writing -------------------------------------------------------------------------------- */

/* The length of the valid UTF-8 character at `text`, 0 if there is none. Jansson is the judge. */
static size_t character(const char *text)
{
	for (size_t length = 1; length <= 4 && text[length - 1]; length++) {
		json_t *string = json_stringn(text, length);

		json_decref(string);
		if (string)
			return length;
	}
	return 0;
}

/* A JSON string; bytes that are not UTF-8 become \xNN. */
static json_t *string(const char *text)
{
	json_t *result = text ? json_string(text) : json_null();
	char *clean = NULL;
	size_t size;

	if (result)
		return result;
	FILE *out = open_memstream(&clean, &size);
	if (!out)
		return NULL;
	while (*text) {
		size_t length = character(text);

		if (length)
			fwrite(text, 1, length, out);
		else
			fprintf(out, "\\x%02X", (unsigned char)*text);
		text += length ? length : 1;
	}
	if (fclose(out) == 0)
		result = json_string(clean);
	free(clean);
	return result;
}

/* The setters keep the first failure in `ok`; jansson's "_new" functions take the reference even when they fail. */
static void put(json_t *object, const char *key, json_t *value, bool *ok)
{
	if (json_object_set_new(object, key, value) < 0)
		*ok = false;
}

static void append(json_t *array, json_t *value, bool *ok)
{
	if (json_array_append_new(array, value) < 0)
		*ok = false;
}

static json_t *strings(char *const *item, size_t count, bool *ok)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		append(array, string(item[i]), ok);
	return array;
}

static json_t *rubric_to_json(const struct grade *grade, bool *ok)
{
	json_t *array = json_array();

	for (size_t i = 0; i < grade->rubric_count; i++) {
		const struct rubric_score *line = &grade->rubric[i];
		json_t *object = json_object();

		put(object, "id", string(line->id), ok);
		put(object, "title", string(line->title), ok);
		put(object, "score", json_integer(line->score), ok);
		put(object, "max_score", json_integer(line->max_score), ok);
		put(object, "public_score", json_integer(line->public_score), ok);
		put(object, "public_max", json_integer(line->public_max), ok);
		append(array, object, ok);
	}
	return array;
}

static json_t *explored_to_json(const struct explored *explored, bool failed, bool *ok)
{
	json_t *object = json_object();
	char *summary = explored_summary(explored, failed);

	put(object, "summary", string(summary), ok);
	put(object, "why_not", string(explored->why_not), ok);
	put(object, "strategy", string(explored->strategy), ok);
	put(object, "seed", json_integer((json_int_t)explored->seed), ok);
	put(object, "schedules", json_integer((json_int_t)explored->schedules), ok);
	put(object, "bound", json_integer(explored->bound), ok);
	put(object, "bound_schedules", json_integer((json_int_t)explored->bound_schedules), ok);
	put(object, "exhausted", json_boolean(explored->exhausted), ok);
	put(object, "concurrent", json_boolean(explored->concurrent), ok);
	free(summary);
	return object;
}

static json_t *tests_to_json(const struct grade *grade, bool *ok)
{
	json_t *array = json_array();

	for (size_t i = 0; i < grade->test_count; i++) {
		const struct test_result *test = &grade->test[i];
		json_t *object = json_object();

		put(object, "name", string(test->name), ok);
		put(object, "visibility", string(test->hidden ? "hidden" : "public"), ok);
		put(object, "rubric", string(test->rubric), ok);
		put(object, "status", string(test_status_name(test->status)), ok);
		put(object, "message", string(test->message), ok);
		put(object, "duration_ms", json_integer(test->duration_ms), ok);
		if (test->explored.known)
			put(object, "explored", explored_to_json(&test->explored, test->status != TEST_PASS, ok), ok);
		append(array, object, ok);
	}
	return array;
}

static json_t *places_to_json(const struct finding *finding, bool *ok)
{
	json_t *array = json_array();

	for (size_t i = 0; i < finding->where_count; i++) {
		json_t *object = json_object();

		put(object, "file", string(finding->where[i].file), ok);
		put(object, "line", json_integer(finding->where[i].line), ok);
		put(object, "function", string(finding->where[i].function), ok);
		put(object, "role", string(finding->where[i].role), ok);
		append(array, object, ok);
	}
	return array;
}

static json_t *findings_to_json(const struct findings *findings, bool *ok)
{
	json_t *array = json_array();

	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->item[i];
		json_t *object = json_object();

		put(object, "id", string(finding->id), ok);
		put(object, "check", string(finding->check), ok);
		put(object, "kind", string(finding->kind), ok);
		put(object, "test", string(finding->test), ok);
		put(object, "rubric", string(finding->rubric), ok);
		put(object, "points_lost", json_integer(finding->points_lost), ok);
		put(object, "seen", string(finding->seen), ok);
		put(object, "expected", string(finding->expected), ok);
		put(object, "why", string(finding->why), ok);
		put(object, "where", places_to_json(finding, ok), ok);
		put(object, "detail", strings(finding->detail, finding->detail_count, ok), ok);
		put(object, "replay", string(finding->replay), ok);
		if (finding->token)
			put(object, "token", string(finding->token), ok);
		if (finding->interleaving)
			put(object, "interleaving", interleaving_to_json(finding->interleaving), ok);
		put(object, "hint", string(finding->hint), ok);
		put(object, "count", json_integer(finding->count), ok);
		append(array, object, ok);
	}
	return array;
}

static json_t *checks_to_json(const struct grade *grade, bool *ok)
{
	json_t *array = json_array();

	for (size_t i = 0; i < grade->check_count; i++) {
		json_t *object = json_object();

		put(object, "name", string(grade->check[i].name), ok);
		put(object, "status", string(grade->check[i].status), ok);
		put(object, "reason", string(grade->check[i].reason), ok);
		put(object, "duration_ms", json_integer(grade->check[i].duration_ms), ok);
		append(array, object, ok);
	}
	return array;
}

static json_t *kit_to_json(const struct kit_versions *kit, bool *ok)
{
	json_t *object = json_object();

	put(object, "version", string(kit->kit), ok);
	put(object, "criterion", string(kit->criterion), ok);
	put(object, "gcc", string(kit->gcc), ok);
	put(object, "valgrind", string(kit->valgrind), ok);
	return object;
}

static json_t *sources_to_json(const struct grade *grade, bool *ok)
{
	json_t *array = json_array();

	for (size_t i = 0; i < grade->source_count; i++) {
		json_t *object = json_object();

		put(object, "file", string(grade->source[i].file), ok);
		put(object, "sha256", string(grade->source[i].sha256), ok);
		append(array, object, ok);
	}
	return array;
}

static json_t *coverage_to_json(const struct coverage *coverage, bool *ok)
{
	json_t *object = coverage->known ? json_object() : json_null();

	if (!coverage->known)
		return object;
	put(object, "lines_total", json_integer(coverage->lines_total), ok);
	put(object, "lines_run", json_integer(coverage->lines_run), ok);
	put(object, "unrun", string(coverage->unrun), ok);
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
	char *result = malloc(length + 5 * count + 1), *end = result;
	for (size_t i = 0; result && i <= length; i++) {
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
	bool ok = true;
	json_t *object = json_object();

	put(object, "schema", string(SCHEMA), &ok);
	put(object, "assignment", string(grade->assignment), &ok);
	put(object, "submission", string(grade->submission), &ok);
	put(object, "judged", json_boolean(grade->judged), &ok);
	put(object, "score", grade->judged ? json_integer(grade->score) : json_null(), &ok);
	put(object, "max_score", json_integer(grade->max_score), &ok);
	put(object, "public_only", json_boolean(grade->public_only), &ok);
	put(object, "protection", string(grade->protection), &ok);
	put(object, "rubric", rubric_to_json(grade, &ok), &ok);
	put(object, "tests", tests_to_json(grade, &ok), &ok);
	put(object, "findings", findings_to_json(&grade->findings, &ok), &ok);
	put(object, "checks", checks_to_json(grade, &ok), &ok);
	put(object, "kit", kit_to_json(&grade->kit, &ok), &ok);
	put(object, "sources", sources_to_json(grade, &ok), &ok);
	put(object, "remarks", strings(grade->remarks.item, grade->remarks.count, &ok), &ok);
	put(object, "coverage", coverage_to_json(&grade->coverage, &ok), &ok);
	put(object, "duration_ms", json_integer(grade->duration_ms), &ok);
	char *text = ok ? json_dumps(object, JSON_INDENT(2) | JSON_ENSURE_ASCII) : NULL;
	json_decref(object);
	return text ? escape_del(text) : NULL;
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

static void *array_new(struct reader *reader, size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size);

	if (!memory)
		complain(reader, "the result", "small enough for the memory of this machine");
	return memory;
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

	*item = array_new(reader, json_array_size(array), sizeof **item);
	json_array_foreach(array, i, value)
	{
		if (!*item || !json_is_string(value)) {
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

	grade->rubric = array_new(reader, json_array_size(array), sizeof *grade->rubric);
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
	explored->exhausted = json_is_true(json_object_get(object, "exhausted"));
	explored->concurrent = json_is_true(json_object_get(object, "concurrent"));
}

static void read_tests(struct reader *reader, json_t *object, struct grade *grade)
{
	json_t *array = get(reader, object, "tests", JSON_ARRAY, "a list"), *value;
	size_t i;

	grade->test = array_new(reader, json_array_size(array), sizeof *grade->test);
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

	finding->where = array_new(reader, json_array_size(array), sizeof *finding->where);
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

	grade->check = array_new(reader, json_array_size(array), sizeof *grade->check);
	json_array_foreach(array, i, value)
	{
		if (reader->failed)
			return;
		struct check_result *check = &grade->check[grade->check_count++];
		read_string(reader, value, "name", &check->name);
		read_string(reader, value, "status", &check->status);
		read_optional(reader, value, "reason", &check->reason);
		check->duration_ms = read_number(reader, value, "duration_ms");
	}
}

static void read_kit(struct reader *reader, json_t *object, struct kit_versions *kit)
{
	json_t *value = get(reader, object, "kit", JSON_OBJECT, "an object");

	read_optional(reader, value, "version", &kit->kit);
	read_optional(reader, value, "criterion", &kit->criterion);
	read_optional(reader, value, "gcc", &kit->gcc);
	read_optional(reader, value, "valgrind", &kit->valgrind);
}

static void read_sources(struct reader *reader, json_t *object, struct grade *grade)
{
	json_t *array = get(reader, object, "sources", JSON_ARRAY, "a list"), *value;
	size_t i;

	grade->source = array_new(reader, json_array_size(array), sizeof *grade->source);
	json_array_foreach(array, i, value)
	{
		if (reader->failed)
			return;
		struct source_mark *mark = &grade->source[grade->source_count++];
		json_t *sum = get(reader, value, "sha256", JSON_STRING, "text");
		read_string(reader, value, "file", &mark->file);
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
	struct grade *grade = array_new(&reader, 1, sizeof *grade);
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
