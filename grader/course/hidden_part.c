#include "hidden_part.h"

#include "../memory.h"
#include "references.h"

#include <stdlib.h>
#include <string.h>

#define SCHEMA "forkjoin/assignment.hidden/1"
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- assignment.hidden.yaml as tables ------------------------------------------------------- */

/* What a check of assignment.yaml, which looks at these hidden tests, too, is worth. */
struct mixed_check {
	char *title; /* of that check */
	int points;
	struct string_list tests; /* none: that check looks at all tests */
};

struct hidden {
	struct essence essence;
	struct test_spec *test;
	size_t test_count;
	struct check_spec *check;
	size_t check_count;
	struct mixed_check *mixed;
	size_t mixed_count;
	struct sentence *sentence;
	size_t sentence_count;
};

static const struct field mixed_fields[] = {
    {.key = "title",
     .type = FIELD_TEXT,
     .expected = "the title of a check in assignment.yaml",
     .offset = offsetof(struct mixed_check, title)},
    {.key = "points", .type = FIELD_NUMBER, .max = 100, .offset = offsetof(struct mixed_check, points)},
    {.key = "tests",
     .type = FIELD_NAMES,
     .optional = true,
     .min = 1,
     .max = 500,
     .expected = "a list of names of hidden tests",
     .offset = offsetof(struct mixed_check, tests)},
};
static const struct shape mixed_shape = {"entry of 'mixed_checks'", mixed_fields, COUNT(mixed_fields),
                                         sizeof(struct mixed_check), NO_LINE};

static const struct field hidden_fields[] = {
    {.key = "schema", .type = FIELD_SCHEMA},
    {.key = "essence",
     .type = FIELD_STRUCT,
     .optional = true,
     .shape = &essence_shape,
     .expected = "a mapping like {points: 10, tests: [a_test]}",
     .offset = offsetof(struct hidden, essence)},
    {.key = "tests",
     .type = FIELD_STRUCTS,
     .optional = true,
     .shape = &test_shape,
     .min = 1,
     .max = 500,
     .expected = "a list of hidden tests",
     .offset = offsetof(struct hidden, test),
     .count_offset = offsetof(struct hidden, test_count)},
    {.key = "checks",
     .type = FIELD_STRUCTS,
     .optional = true,
     .shape = &check_shape,
     .max = 100,
     .expected = "a list of checks over hidden tests",
     .offset = offsetof(struct hidden, check),
     .count_offset = offsetof(struct hidden, check_count)},
    {.key = "mixed_checks",
     .type = FIELD_STRUCTS,
     .optional = true,
     .shape = &mixed_shape,
     .max = 100,
     .expected = "a list of entries with 'title', 'points' and 'tests'",
     .offset = offsetof(struct hidden, mixed),
     .count_offset = offsetof(struct hidden, mixed_count)},
    {.key = "contract",
     .type = FIELD_STRUCTS,
     .optional = true,
     .shape = &sentence_shape,
     .min = 1,
     .max = 200,
     .expected = "a list of the sentences of the header",
     .offset = offsetof(struct hidden, sentence),
     .count_offset = offsetof(struct hidden, sentence_count)},
};
const struct shape hidden_shape = {"hidden part", hidden_fields, COUNT(hidden_fields), sizeof(struct hidden), NO_LINE};

static void hidden_free(struct hidden *hidden)
{
	list_free(&hidden->essence.tests);
	tests_free(hidden->test, hidden->test_count);
	checks_free(hidden->check, hidden->check_count);
	for (size_t i = 0; i < hidden->mixed_count; i++) {
		free(hidden->mixed[i].title);
		list_free(&hidden->mixed[i].tests);
	}
	free(hidden->mixed);
	sentences_free(hidden->sentence, hidden->sentence_count);
}

/* ---- the file by itself, and against the open one ------------------------------------------- */

/* All that is known while the two are compared. */
struct reading {
	const struct assignment *assignment; /* as assignment.yaml has it */
	const struct document *open, *document;
	const struct hidden *hidden;
	struct known known; /* of both files */
	struct names tests; /* the hidden ones */
};

static int list_of(const struct reading *reading, const char *key)
{
	return document_member(reading->document, document_root(reading->document), key);
}

static int know_tests(struct reading *reading, struct error *error)
{
	int list = list_of(reading, "tests");
	for (size_t i = 0; i < reading->hidden->test_count; i++) {
		const char *name = reading->hidden->test[i].name;
		int node = document_member(reading->document, document_item(reading->document, list, i), "name");
		if (assignment_test(reading->assignment, name))
			return document_fail(reading->document, node, error, "the test '%s' is in assignment.yaml, too", name);
		if (add_name(reading->document, list, i, "name", name, &reading->known.tests, error) ||
		    add_name(reading->document, list, i, "name", name, &reading->tests, error))
			return -1;
	}
	return 0;
}

static bool looks_at_tests(const struct check_spec *check)
{
	return strcmp(check->check, "symbols") != 0;
}

static bool names_hidden(const struct reading *reading, const struct string_list *tests)
{
	for (size_t i = 0; i < tests->count; i++)
		if (has_name(&reading->tests, tests->item[i]))
			return true;
	return false;
}

static int check_hidden_checks(const struct reading *reading, struct error *error)
{
	const struct hidden *hidden = reading->hidden;
	if (check_checks(reading->document, hidden->check, hidden->check_count, &reading->known, error) != 0)
		return -1;
	for (size_t i = 0; i < hidden->check_count; i++) {
		const struct check_spec *check = &hidden->check[i];
		if (!looks_at_tests(check) || !names_hidden(reading, &check->tests))
			return document_fail(reading->document, document_item(reading->document, list_of(reading, "checks"), i),
			                     error, "'%s' names no hidden test in 'tests': it belongs into assignment.yaml",
			                     check->title);
	}
	return 0;
}

static struct check_spec *check_titled(const struct assignment *assignment, const char *title)
{
	for (size_t i = 0; i < assignment->check_count; i++)
		if (strcmp(assignment->check[i].title, title) == 0)
			return &assignment->check[i];
	return NULL;
}

static int check_mixed(const struct reading *reading, int node, const struct mixed_check *mixed, struct error *error)
{
	const struct check_spec *check = check_titled(reading->assignment, mixed->title);
	if (!looks_at_tests(check))
		return document_fail(reading->document, node, error, "'%s' is about symbols, and looks at no tests",
		                     mixed->title);
	if (check->points)
		return document_fail(reading->document, node, error,
		                     "'%s' has points in assignment.yaml, too: write 'points: 0' there", mixed->title);
	if (!check->tests.count && mixed->tests.count)
		return document_fail(reading->document, node, error, "'%s' looks at all tests: it takes no 'tests' here",
		                     mixed->title);
	if (check->tests.count && !mixed->tests.count)
		return document_fail(reading->document, node, error, "missing key 'tests': which hidden tests '%s' looks at",
		                     mixed->title);
	return check_names(reading->document, document_member(reading->document, node, "tests"), &reading->tests,
	                   &mixed->tests, error);
}

static int check_mixed_checks(const struct reading *reading, struct error *error)
{
	struct names titles = {.what = "title of a check"}, mixed = {.what = "entry of 'mixed_checks'"};
	int list = list_of(reading, "mixed_checks");
	int open = document_member(reading->open, document_root(reading->open), "checks");
	for (size_t i = 0; reading->hidden->mixed_count && i < reading->assignment->check_count; i++)
		if (add_name(reading->open, open, i, "title", reading->assignment->check[i].title, &titles, error) != 0)
			return -1;
	for (size_t i = 0; i < reading->hidden->mixed_count; i++) {
		int node = document_item(reading->document, list, i), title = document_member(reading->document, node, "title");
		const char *name = reading->hidden->mixed[i].title;
		if (check_name(reading->document, title, &titles, name, error) ||
		    add_name(reading->document, list, i, "title", name, &mixed, error) ||
		    check_mixed(reading, node, &reading->hidden->mixed[i], error))
			return -1;
	}
	return 0;
}

static bool is_mixed(const struct hidden *hidden, const char *title)
{
	for (size_t i = 0; i < hidden->mixed_count; i++)
		if (strcmp(hidden->mixed[i].title, title) == 0)
			return true;
	return false;
}

/* What looks at all tests looks at the hidden ones, and decides nothing without them. */
static int check_open_checks(const struct reading *reading, struct error *error)
{
	int list = document_member(reading->open, document_root(reading->open), "checks");
	for (size_t i = 0; reading->hidden->test_count && i < reading->assignment->check_count; i++) {
		const struct check_spec *check = &reading->assignment->check[i];
		if (looks_at_tests(check) && !check->tests.count && !is_mixed(reading->hidden, check->title))
			return document_fail(reading->open, document_item(reading->open, list, i), error,
			                     "'%s' looks at all tests, and there are hidden ones: it needs an entry of "
			                     "'mixed_checks' in assignment.hidden.yaml, or 'tests' here",
			                     check->title);
	}
	return 0;
}

static int check_hidden_essence(const struct reading *reading, struct error *error)
{
	const struct essence *essence = &reading->hidden->essence;
	int node = list_of(reading, "essence");
	if (!essence->points)
		return 0;
	if (reading->assignment->essence.points)
		return document_fail(reading->document, node, error, "'essence' is in assignment.yaml, too");
	if (check_essence(reading->document, essence, &reading->known, error) != 0)
		return -1;
	return names_hidden(reading, &essence->tests)
	           ? 0
	           : document_fail(reading->document, node, error,
	                           "'essence' names no hidden test: it belongs into assignment.yaml");
}

static int check_sentence(const struct reading *reading, int node, const struct sentence *sentence,
                          const struct names *checks, struct error *error)
{
	const struct document *document = reading->document;
	bool shown = sentence->tests.count > 0 || sentence->checks.count > 0;
	if (shown == (sentence->prose != NULL))
		return document_fail(document, node, error,
		                     "the sentence '%s' needs 'tests' or 'checks' that show it, or 'prose' that says why none "
		                     "can; not both",
		                     sentence->id);
	return check_names(document, document_member(document, node, "tests"), &reading->known.tests, &sentence->tests,
	                   error) ||
	               check_names(document, document_member(document, node, "checks"), checks, &sentence->checks, error)
	           ? -1
	           : 0;
}

static int check_contract(const struct reading *reading, struct error *error)
{
	struct names ids = {.what = "sentence"}, checks = {.what = "check"};
	int list = list_of(reading, "contract");
	for (size_t i = 0; i < reading->assignment->check_count; i++)
		checks.item[checks.count++] = reading->assignment->check[i].check;
	for (size_t i = 0; i < reading->hidden->check_count; i++)
		checks.item[checks.count++] = reading->hidden->check[i].check;
	for (size_t i = 0; i < reading->hidden->sentence_count; i++) {
		const struct sentence *sentence = &reading->hidden->sentence[i];
		if (add_name(reading->document, list, i, "id", sentence->id, &ids, error) ||
		    check_sentence(reading, document_item(reading->document, list, i), sentence, &checks, error))
			return -1;
	}
	return 0;
}

static int points_here(const struct reading *reading, const char *rubric)
{
	const struct hidden *hidden = reading->hidden;
	int sum = points_of_tests(hidden->test, hidden->test_count, rubric) +
	          points_of_checks(hidden->check, hidden->check_count, rubric);
	for (size_t i = 0; i < hidden->mixed_count; i++)
		if (strcmp(check_titled(reading->assignment, hidden->mixed[i].title)->rubric, rubric) == 0)
			sum += hidden->mixed[i].points;
	return sum;
}

/* A handout has only `elsewhere` to say what is decided here. */
static int check_points(const struct reading *reading, struct error *error)
{
	int list = document_member(reading->open, document_root(reading->open), "rubric");
	for (size_t i = 0; i < reading->assignment->rubric_count; i++) {
		const char *id = reading->assignment->rubric[i].id;
		int here = points_here(reading, id), told = points_elsewhere(reading->assignment, id);
		if (here != told)
			return document_fail(reading->open, document_item(reading->open, list, i), error,
			                     "'%s' has %d points in assignment.hidden.yaml, but 'elsewhere' says %d", id, here,
			                     told);
	}
	return 0;
}

static int check_all(struct reading *reading, struct error *error)
{
	const struct hidden *hidden = reading->hidden;
	return know_all(reading->open, reading->assignment, &reading->known, error) || know_tests(reading, error) ||
	               check_tests(reading->document, hidden->test, hidden->test_count, &reading->known, error) ||
	               check_hidden_checks(reading, error) || check_mixed_checks(reading, error) ||
	               check_open_checks(reading, error) || check_hidden_essence(reading, error) ||
	               check_contract(reading, error) || check_points(reading, error)
	           ? -1
	           : 0;
}

/* ---- both as one ---------------------------------------------------------------------------- */

static void add_tests(struct assignment *assignment, struct hidden *hidden)
{
	size_t count = assignment->test_count + hidden->test_count;
	assignment->test = must(reallocarray(assignment->test, count, sizeof *assignment->test));
	for (size_t i = 0; i < hidden->test_count; i++) {
		hidden->test[i].hidden = true;
		assignment->test[assignment->test_count++] = hidden->test[i];
	}
	hidden->test_count = 0;
}

/* Behind the last one with the same `check`. */
static size_t place_for(const struct assignment *assignment, const struct check_spec *check)
{
	for (size_t i = assignment->check_count; i > 0; i--)
		if (strcmp(assignment->check[i - 1].check, check->check) == 0)
			return i;
	return assignment->check_count;
}

static void add_checks(struct assignment *assignment, struct hidden *hidden)
{
	for (size_t i = 0; i < hidden->check_count; i++) {
		size_t place = place_for(assignment, &hidden->check[i]), count = assignment->check_count++;
		assignment->check = must(reallocarray(assignment->check, count + 1, sizeof *assignment->check));
		memmove(assignment->check + place + 1, assignment->check + place, (count - place) * sizeof *assignment->check);
		assignment->check[place] = hidden->check[i];
	}
	hidden->check_count = 0;
}

static void extend(struct check_spec *check, struct mixed_check *mixed)
{
	size_t count = check->tests.count + mixed->tests.count;
	check->points = mixed->points;
	if (!mixed->tests.count)
		return;
	check->tests.item = must(reallocarray(check->tests.item, count, sizeof *check->tests.item));
	for (size_t i = 0; i < mixed->tests.count; i++)
		check->tests.item[check->tests.count++] = mixed->tests.item[i];
	mixed->tests.count = 0;
}

static void merge(struct assignment *assignment, struct hidden *hidden)
{
	add_tests(assignment, hidden);
	for (size_t i = 0; i < hidden->mixed_count; i++)
		extend(check_titled(assignment, hidden->mixed[i].title), &hidden->mixed[i]);
	add_checks(assignment, hidden);
	if (hidden->essence.points)
		assignment->essence = hidden->essence;
	assignment->sentence = hidden->sentence;
	assignment->sentence_count = hidden->sentence_count;
	hidden->essence = (struct essence){0};
	hidden->sentence = NULL;
	hidden->sentence_count = 0;
	elsewhere_free(assignment);
}

int hidden_add(struct assignment *assignment, const struct document *open, struct error *error)
{
	struct document *document = document_load(assignment->hidden_path, SCHEMA, error);
	if (!document)
		return -1;
	struct hidden hidden = {0};
	struct reading reading = {
	    .assignment = assignment, .open = open, .document = document, .hidden = &hidden, .tests.what = "hidden test"};
	int result = keys_are_at_home(document, &hidden_shape, &assignment_shape, "assignment.yaml", error);
	if (result == 0)
		result = document_read(document, document_root(document), &hidden_shape, &hidden, error);
	if (result == 0)
		result = check_all(&reading, error);
	if (result == 0)
		merge(assignment, &hidden);
	hidden_free(&hidden);
	document_free(document);
	return result;
}
