#include "../finding/kind.h"
#include "course.h"
#include "yaml.h"

#include <stdlib.h>
#include <string.h>

#define SCHEMA "forkjoin/assignment/1"
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- assignment.yaml as tables -------------------------------------------------------------- */

static const char *const visibilities[] = {"public", "hidden", NULL};
static const char *const states[] = {"none", "allowed", NULL};
static const char *const checks[] = {"tsan", "memcheck", "audit", "symbols", NULL};

static const struct field limits_fields[] = {
    {.key = "wall_s", .type = FIELD_NUMBER, .min = 1, .max = 3600, .offset = offsetof(struct limits, wall_s)},
    {.key = "cpu_s", .type = FIELD_NUMBER, .min = 1, .max = 3600, .offset = offsetof(struct limits, cpu_s)},
    {.key = "output_kib",
     .type = FIELD_NUMBER,
     .optional = true,
     .fallback = 1024,
     .min = 1,
     .max = 65536,
     .offset = offsetof(struct limits, output_kib)},
    {.key = "file_kib",
     .type = FIELD_NUMBER,
     .optional = true,
     .fallback = 1024,
     .min = 0,
     .max = 1048576,
     .offset = offsetof(struct limits, file_kib)},
    {.key = "memory_mib",
     .type = FIELD_NUMBER,
     .optional = true,
     .fallback = 512,
     .min = 64,
     .max = 16384,
     .offset = offsetof(struct limits, memory_mib)},
    {.key = "processes",
     .type = FIELD_NUMBER,
     .optional = true,
     .fallback = 512,
     .min = 16,
     .max = 4096,
     .offset = offsetof(struct limits, processes)},
    {.key = "schedules",
     .type = FIELD_NUMBER,
     .optional = true,
     .fallback = 0,
     .min = 0,
     .max = 1000000,
     .offset = offsetof(struct limits, schedules)},
    {.key = "preemptions",
     .type = FIELD_NUMBER,
     .optional = true,
     .fallback = 2,
     .min = 0,
     .max = 10,
     .offset = offsetof(struct limits, preemptions)},
};
static const struct shape limits_shape = {"limits mapping", limits_fields, COUNT(limits_fields), sizeof(struct limits),
                                          NO_LINE};

static const struct field rubric_fields[] = {
    {.key = "id", .type = FIELD_NAME, .offset = offsetof(struct rubric_line, id)},
    {.key = "title", .type = FIELD_TEXT, .offset = offsetof(struct rubric_line, title)},
    {.key = "points", .type = FIELD_NUMBER, .max = 100, .offset = offsetof(struct rubric_line, points)},
};
static const struct shape rubric_shape = {"rubric line", rubric_fields, COUNT(rubric_fields),
                                          sizeof(struct rubric_line), NO_LINE};

static const char *const first_or_last[] = {"first", "last", NULL};

static const struct field test_fields[] = {
    {.key = "name", .type = FIELD_NAME, .offset = offsetof(struct test_spec, name)},
    {.key = "visibility", .type = FIELD_EITHER, .choices = visibilities, .offset = offsetof(struct test_spec, hidden)},
    {.key = "rubric",
     .type = FIELD_NAME,
     .expected = "the id of a rubric line",
     .offset = offsetof(struct test_spec, rubric)},
    {.key = "points", .type = FIELD_NUMBER, .max = 100, .offset = offsetof(struct test_spec, points)},
    {.key = "cost", .type = FIELD_NUMBER, .optional = true, .max = 100, .offset = offsetof(struct test_spec, cost)},
    {.key = "essence",
     .type = FIELD_NUMBER,
     .optional = true,
     .max = 100,
     .offset = offsetof(struct test_spec, essence)},
    {.key = "told",
     .type = FIELD_CHOICE,
     .optional = true,
     .choices = first_or_last,
     .offset = offsetof(struct test_spec, told)},
    {.key = "title",
     .type = FIELD_TEXT,
     .expected = "the property as a sentence",
     .offset = offsetof(struct test_spec, title)},
    {.key = "why",
     .type = FIELD_TEXT,
     .expected = "a sentence that says why it matters",
     .offset = offsetof(struct test_spec, why)},
    {.key = "hint",
     .type = FIELD_NAME,
     .optional = true,
     .expected = "the id of a hint",
     .offset = offsetof(struct test_spec, hint)},
    {.key = "real_time",
     .type = FIELD_TEXT,
     .optional = true,
     .expected = "a sentence that says why the schedule explorer cannot run it",
     .offset = offsetof(struct test_spec, real_time)},
};
static const struct shape test_shape = {"test", test_fields, COUNT(test_fields), sizeof(struct test_spec),
                                        offsetof(struct test_spec, line)};

static const struct field check_fields[] = {
    {.key = "check", .type = FIELD_CHOICE, .choices = checks, .offset = offsetof(struct check_spec, check)},
    {.key = "rubric",
     .type = FIELD_NAME,
     .expected = "the id of a rubric line",
     .offset = offsetof(struct check_spec, rubric)},
    {.key = "points", .type = FIELD_NUMBER, .max = 100, .offset = offsetof(struct check_spec, points)},
    {.key = "kinds",
     .type = FIELD_NAMES,
     .optional = true,
     .max = 50,
     .expected = "a list of kinds of findings",
     .offset = offsetof(struct check_spec, kinds)},
    {.key = "tests",
     .type = FIELD_NAMES,
     .optional = true,
     .max = 500,
     .expected = "a list of names of tests",
     .offset = offsetof(struct check_spec, tests)},
    {.key = "title",
     .type = FIELD_TEXT,
     .expected = "the property as a sentence",
     .offset = offsetof(struct check_spec, title)},
    {.key = "why",
     .type = FIELD_TEXT,
     .expected = "a sentence that says why it matters",
     .offset = offsetof(struct check_spec, why)},
    {.key = "hint",
     .type = FIELD_NAME,
     .optional = true,
     .expected = "the id of a hint",
     .offset = offsetof(struct check_spec, hint)},
};
static const struct shape check_shape = {"check", check_fields, COUNT(check_fields), sizeof(struct check_spec),
                                         offsetof(struct check_spec, line)};

static const struct field hint_fields[] = {
    {.key = "id", .type = FIELD_NAME, .offset = offsetof(struct hint, id)},
    {.key = "title",
     .type = FIELD_TEXT,
     .expected = "the question that the hint answers",
     .offset = offsetof(struct hint, title)},
    {.key = "levels",
     .type = FIELD_TEXTS,
     .min = 1,
     .max = 3,
     .expected = "a list of 1 to 3 texts (direction, mechanism, outline)",
     .offset = offsetof(struct hint, levels)},
};
static const struct shape hint_shape = {"hint", hint_fields, COUNT(hint_fields), sizeof(struct hint),
                                        offsetof(struct hint, line)};

static const char *const no_or_yes[] = {"false", "true", NULL};

static const struct field forbidden_fields[] = {
    {.key = "symbols",
     .type = FIELD_NAMES,
     .min = 1,
     .max = 100,
     .expected = "a list of library functions",
     .offset = offsetof(struct forbidden_calls, symbols)},
    {.key = "why",
     .type = FIELD_TEXT,
     .expected = "a sentence that says why",
     .offset = offsetof(struct forbidden_calls, why)},
    {.key = "instead",
     .type = FIELD_TEXT,
     .expected = "what to use instead",
     .offset = offsetof(struct forbidden_calls, instead)},
    {.key = "harmless",
     .type = FIELD_EITHER,
     .optional = true,
     .choices = no_or_yes,
     .offset = offsetof(struct forbidden_calls, harmless)},
};
static const struct shape forbidden_shape = {"entry of 'forbidden'", forbidden_fields, COUNT(forbidden_fields),
                                             sizeof(struct forbidden_calls), NO_LINE};

static const struct field reason_fields[] = {
    {.key = "kind", .type = FIELD_NAME, .expected = "a kind of finding", .offset = offsetof(struct reason, kind)},
    {.key = "about",
     .type = FIELD_NAME,
     .optional = true,
     .expected = "a function, symbol or object that the finding names",
     .offset = offsetof(struct reason, about)},
    {.key = "why",
     .type = FIELD_TEXT,
     .optional = true,
     .expected = "a sentence that says why it matters",
     .offset = offsetof(struct reason, why)},
    {.key = "hint",
     .type = FIELD_NAME,
     .optional = true,
     .expected = "the id of a hint",
     .offset = offsetof(struct reason, hint)},
};
static const struct shape reason_shape = {"reason", reason_fields, COUNT(reason_fields), sizeof(struct reason),
                                          offsetof(struct reason, line)};

static const struct field sentence_fields[] = {
    {.key = "id", .type = FIELD_NAME, .offset = offsetof(struct sentence, id)},
    {.key = "says",
     .type = FIELD_TEXT,
     .expected = "words of the header, as they stand there",
     .offset = offsetof(struct sentence, says)},
    {.key = "tests",
     .type = FIELD_NAMES,
     .optional = true,
     .min = 1,
     .max = 500,
     .expected = "a list of names of tests",
     .offset = offsetof(struct sentence, tests)},
    {.key = "checks",
     .type = FIELD_NAMES,
     .optional = true,
     .min = 1,
     .max = 10,
     .expected = "a list of checks of this assignment",
     .offset = offsetof(struct sentence, checks)},
    {.key = "prose",
     .type = FIELD_TEXT,
     .optional = true,
     .expected = "why no test can show it, like 'a heading'",
     .offset = offsetof(struct sentence, prose)},
};
static const struct shape sentence_shape = {"entry of 'contract'", sentence_fields, COUNT(sentence_fields),
                                            sizeof(struct sentence), offsetof(struct sentence, line)};

static const struct field elsewhere_fields[] = {
    {.key = "rubric",
     .type = FIELD_NAME,
     .expected = "the id of a rubric line",
     .offset = offsetof(struct elsewhere, rubric)},
    {.key = "points", .type = FIELD_NUMBER, .min = 1, .max = 100, .offset = offsetof(struct elsewhere, points)},
};
static const struct shape elsewhere_shape = {"entry of 'elsewhere'", elsewhere_fields, COUNT(elsewhere_fields),
                                             sizeof(struct elsewhere), offsetof(struct elsewhere, line)};

static const struct field assignment_fields[] = {
    {.key = "schema", .type = FIELD_SCHEMA},
    {.key = "name", .type = FIELD_NAME, .offset = offsetof(struct assignment, name)},
    {.key = "title", .type = FIELD_TEXT, .offset = offsetof(struct assignment, title)},
    {.key = "unit",
     .type = FIELD_TEXT,
     .expected = "the unit of the course it belongs to, like 'B'",
     .offset = offsetof(struct assignment, unit)},
    {.key = "time",
     .type = FIELD_TEXT,
     .expected = "the time it takes, like '2-4 h'",
     .offset = offsetof(struct assignment, time)},
    {.key = "lines", .type = FIELD_NUMBER, .min = 1, .max = 10000, .offset = offsetof(struct assignment, lines)},
    {.key = "skeleton",
     .type = FIELD_TEXT,
     .optional = true,
     .expected = "the skeleton's mark, as validate tells it",
     .offset = offsetof(struct assignment, skeleton)},
    {.key = "notes",
     .type = FIELD_NAMES,
     .max = 100,
     .expected = "a list of rows of the course notes, like [A4, B5]",
     .offset = offsetof(struct assignment, notes)},
    {.key = "needs",
     .type = FIELD_NAMES,
     .optional = true,
     .max = 20,
     .expected = "a list of assignments that come before, like [share_or_copy]",
     .offset = offsetof(struct assignment, needs)},
    {.key = "api",
     .type = FIELD_NAMES,
     .min = 1,
     .max = 100,
     .expected = "a list of the functions that the submission must define",
     .offset = offsetof(struct assignment, api)},
    {.key = "imports",
     .type = FIELD_NAMES,
     .max = 500,
     .expected = "a list of library functions",
     .offset = offsetof(struct assignment, imports)},
    {.key = "forbidden",
     .type = FIELD_STRUCTS,
     .optional = true,
     .shape = &forbidden_shape,
     .max = 50,
     .expected = "a list of entries with 'symbols', 'why' and 'instead'",
     .offset = offsetof(struct assignment, forbidden),
     .count_offset = offsetof(struct assignment, forbidden_count)},
    {.key = "state",
     .type = FIELD_EITHER,
     .optional = true,
     .choices = states,
     .offset = offsetof(struct assignment, state_allowed)},
    {.key = "limits",
     .type = FIELD_STRUCT,
     .shape = &limits_shape,
     .expected = "a mapping like {wall_s: 20, cpu_s: 20}",
     .offset = offsetof(struct assignment, limits)},
    {.key = "rubric",
     .type = FIELD_STRUCTS,
     .shape = &rubric_shape,
     .min = 1,
     .max = 20,
     .expected = "a list of rubric lines, at least one",
     .offset = offsetof(struct assignment, rubric),
     .count_offset = offsetof(struct assignment, rubric_count)},
    {.key = "elsewhere",
     .type = FIELD_STRUCTS,
     .optional = true,
     .shape = &elsewhere_shape,
     .min = 1,
     .max = 20,
     .expected = "a list of rubric lines and the points that hidden tests decide",
     .offset = offsetof(struct assignment, elsewhere),
     .count_offset = offsetof(struct assignment, elsewhere_count)},
    {.key = "tests",
     .type = FIELD_STRUCTS,
     .shape = &test_shape,
     .min = 1,
     .max = 500,
     .expected = "a list of tests, at least one",
     .offset = offsetof(struct assignment, test),
     .count_offset = offsetof(struct assignment, test_count)},
    {.key = "checks",
     .type = FIELD_STRUCTS,
     .optional = true,
     .shape = &check_shape,
     .max = 100,
     .expected = "a list of checks",
     .offset = offsetof(struct assignment, check),
     .count_offset = offsetof(struct assignment, check_count)},
    {.key = "contract",
     .type = FIELD_STRUCTS,
     .optional = true,
     .shape = &sentence_shape,
     .min = 1,
     .max = 200,
     .expected = "a list of the sentences of the header",
     .offset = offsetof(struct assignment, sentence),
     .count_offset = offsetof(struct assignment, sentence_count)},
    {.key = "reasons",
     .type = FIELD_STRUCTS,
     .optional = true,
     .shape = &reason_shape,
     .max = 100,
     .expected = "a list of reasons",
     .offset = offsetof(struct assignment, reason),
     .count_offset = offsetof(struct assignment, reason_count)},
    {.key = "hints",
     .type = FIELD_STRUCTS,
     .optional = true,
     .shape = &hint_shape,
     .max = 100,
     .expected = "a list of hints",
     .offset = offsetof(struct assignment, hint),
     .count_offset = offsetof(struct assignment, hint_count)},
};
static const struct shape assignment_shape = {"assignment", assignment_fields, COUNT(assignment_fields),
                                              sizeof(struct assignment), NO_LINE};

/* ---- references from one part of the file to another ---------------------------------------- */

enum { MOST_NAMES = 512 }; /* above every .max of the lists of named things */

/* The names in one list of the file: what references are looked up in. */
struct names {
	const char *what; /* "test" */
	const char *item[MOST_NAMES];
	size_t count;
};

static bool has_name(const struct names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++) {
		if (strcmp(names->item[i], name) == 0)
			return true;
	}
	return false;
}

/* Adds the name of the item at `index` of `list`, whose key for names is `key`. */
static int add_name(const struct document *document, int list, size_t index, const char *key, const char *name,
                    struct names *names, struct error *error)
{
	if (has_name(names, name))
		return document_fail(document, document_member(document, document_item(document, list, index), key), error,
		                     "duplicate %s '%s'", names->what, name);
	names->item[names->count++] = name;
	return 0;
}

static int check_name(const struct document *document, int node, const struct names *names, const char *name,
                      struct error *error)
{
	const char *near;
	if (!name || has_name(names, name))
		return 0;
	near = closest(name, names->item, names->count);
	if (near)
		return document_fail(document, node, error, "unknown %s '%s', did you mean '%s'?", names->what, name, near);
	return document_fail(document, node, error, "unknown %s '%s'; this file has none of that name", names->what, name);
}

static int check_tests(const struct document *document, const struct assignment *assignment, const struct names *rubric,
                       const struct names *hints, struct error *error)
{
	int list = document_member(document, document_root(document), "tests");
	for (size_t i = 0; i < assignment->test_count; i++) {
		const struct test_spec *test = &assignment->test[i];
		int node = document_item(document, list, i);
		if (check_name(document, document_member(document, node, "rubric"), rubric, test->rubric, error) ||
		    check_name(document, document_member(document, node, "hint"), hints, test->hint, error))
			return -1;
		if (test->points > 0 && test->cost > 0)
			return document_fail(document, document_member(document, node, "cost"), error,
			                     "a test has points or a cost, not both; a guard has 'points: 0' and a cost");
	}
	return 0;
}

/* The kinds that can be asked of a check: one that is none of them would never lose its points. */
static void kinds_of(const char *check, struct names *kinds)
{
	kinds->count = 0;
	for (size_t i = 0; kind_at(i); i++)
		if (kind_at(i)->asked_of & kind_check_bit(check))
			kinds->item[kinds->count++] = kind_at(i)->name;
}

static int check_kinds_known(const struct document *document, int node, const struct check_spec *check,
                             struct error *error)
{
	struct names kinds = {.what = "kind"};
	int list = document_member(document, node, "kinds");
	kinds_of(check->check, &kinds);
	for (size_t i = 0; i < check->kinds.count; i++) {
		const char *kind = check->kinds.item[i], *near;
		if (has_name(&kinds, kind))
			continue;
		near = closest(kind, kinds.item, kinds.count);
		if (near)
			return document_fail(document, document_item(document, list, i), error,
			                     "%s finds no '%s', did you mean '%s'?", check->check, kind, near);
		return document_fail(document, document_item(document, list, i), error, "%s finds no '%s'", check->check, kind);
	}
	return 0;
}

static int check_checks(const struct document *document, const struct assignment *assignment,
                        const struct names *rubric, const struct names *tests, const struct names *hints,
                        struct error *error)
{
	int list = document_member(document, document_root(document), "checks");
	for (size_t i = 0; i < assignment->check_count; i++) {
		const struct check_spec *check = &assignment->check[i];
		int node = document_item(document, list, i), named = document_member(document, node, "tests");
		if (check_name(document, document_member(document, node, "rubric"), rubric, check->rubric, error) ||
		    check_name(document, document_member(document, node, "hint"), hints, check->hint, error) ||
		    check_kinds_known(document, node, check, error))
			return -1;
		for (size_t j = 0; j < check->tests.count; j++) {
			if (check_name(document, document_item(document, named, j), tests, check->tests.item[j], error))
				return -1;
		}
	}
	return 0;
}

static int check_kind_there(const struct document *document, int node, const char *name, struct error *error)
{
	struct names kinds = {.what = "kind"};
	for (size_t i = 0; kind_at(i); i++)
		kinds.item[kinds.count++] = kind_at(i)->name;
	return check_name(document, node, &kinds, name, error);
}

static int check_reasons(const struct document *document, const struct assignment *assignment,
                         const struct names *hints, struct error *error)
{
	int list = document_member(document, document_root(document), "reasons");
	for (size_t i = 0; i < assignment->reason_count; i++) {
		const struct reason *reason = &assignment->reason[i];
		int node = document_item(document, list, i);
		if (check_kind_there(document, document_member(document, node, "kind"), reason->kind, error) ||
		    check_name(document, document_member(document, node, "hint"), hints, reason->hint, error))
			return -1;
		if (!reason->why && !reason->hint)
			return document_fail(document, node, error, "a reason needs 'why', 'hint' or both");
	}
	return 0;
}

static int check_sentence(const struct document *document, int node, const struct sentence *sentence,
                          const struct names *tests, const struct names *checks_here, struct error *error)
{
	int test_list = document_member(document, node, "tests"), check_list = document_member(document, node, "checks");
	bool shown = sentence->tests.count > 0 || sentence->checks.count > 0;
	if (shown == (sentence->prose != NULL))
		return document_fail(document, node, error,
		                     "the sentence '%s' needs 'tests' or 'checks' that show it, or 'prose' that says why none "
		                     "can; not both",
		                     sentence->id);
	for (size_t i = 0; i < sentence->tests.count; i++) {
		if (check_name(document, document_item(document, test_list, i), tests, sentence->tests.item[i], error))
			return -1;
	}
	for (size_t i = 0; i < sentence->checks.count; i++) {
		if (check_name(document, document_item(document, check_list, i), checks_here, sentence->checks.item[i], error))
			return -1;
	}
	return 0;
}

static int check_contract(const struct document *document, const struct assignment *assignment,
                          const struct names *tests, struct error *error)
{
	struct names ids = {.what = "sentence"}, checks_here = {.what = "check"};
	int list = document_member(document, document_root(document), "contract");
	for (size_t i = 0; i < assignment->check_count; i++)
		checks_here.item[checks_here.count++] = assignment->check[i].check;
	for (size_t i = 0; i < assignment->sentence_count; i++) {
		const struct sentence *sentence = &assignment->sentence[i];
		if (add_name(document, list, i, "id", sentence->id, &ids, error) ||
		    check_sentence(document, document_item(document, list, i), sentence, tests, &checks_here, error))
			return -1;
	}
	return 0;
}

/* What is allowed cannot be refused, and each symbol is refused for one reason. */
static int check_forbidden(const struct document *document, const struct assignment *assignment, struct error *error)
{
	int list = document_member(document, document_root(document), "forbidden");
	for (size_t i = 0; i < assignment->forbidden_count; i++) {
		const struct forbidden_calls *calls = &assignment->forbidden[i];
		int symbols = document_member(document, document_item(document, list, i), "symbols");
		for (size_t s = 0; s < calls->symbols.count; s++) {
			const char *symbol = calls->symbols.item[s];
			int node = document_item(document, symbols, s);
			if (assignment_forbidden(assignment, symbol) != calls)
				return document_fail(document, node, error, "duplicate forbidden symbol '%s'", symbol);
			for (size_t j = 0; j < assignment->imports.count; j++)
				if (strcmp(assignment->imports.item[j], symbol) == 0)
					return document_fail(document, node, error, "'%s' is both in 'imports' and in 'forbidden'", symbol);
		}
	}
	return 0;
}

/* Rows of the notes: A1-A8, B1-B19, C1-C30. */
static bool is_note_row(const char *row)
{
	static const struct {
		char note;
		int rows;
	} notes[] = {{'A', 8}, {'B', 19}, {'C', 30}};
	for (size_t i = 0; i < COUNT(notes); i++) {
		char *end;
		long number;
		if (row[0] != notes[i].note || row[1] < '1' || row[1] > '9')
			continue;
		number = strtol(row + 1, &end, 10);
		return !*end && number <= notes[i].rows;
	}
	return false;
}

static int check_notes(const struct document *document, const struct assignment *assignment, struct error *error)
{
	int list = document_member(document, document_root(document), "notes");
	for (size_t i = 0; i < assignment->notes.count; i++) {
		if (!is_note_row(assignment->notes.item[i]))
			return document_fail(document, document_item(document, list, i), error,
			                     "unknown row '%s' of the notes; the rows are A1-A8, B1-B19, C1-C30",
			                     assignment->notes.item[i]);
	}
	return 0;
}

static int points_here(const struct assignment *assignment, const char *rubric)
{
	int sum = 0;
	for (size_t i = 0; i < assignment->test_count; i++)
		sum += strcmp(assignment->test[i].rubric, rubric) == 0 ? assignment->test[i].points : 0;
	for (size_t i = 0; i < assignment->check_count; i++)
		sum += strcmp(assignment->check[i].rubric, rubric) == 0 ? assignment->check[i].points : 0;
	return sum;
}

/* A handout says what each rubric line has elsewhere: with what is here it has to be all of the line. */
static int check_sums(const struct document *document, const struct assignment *assignment, struct error *error)
{
	int list = document_member(document, document_root(document), "rubric");
	for (size_t r = 0; r < assignment->rubric_count; r++) {
		const struct rubric_line *line = &assignment->rubric[r];
		int here = points_here(assignment, line->id), elsewhere = 0;
		for (size_t i = 0; i < assignment->elsewhere_count; i++)
			elsewhere += strcmp(assignment->elsewhere[i].rubric, line->id) == 0 ? assignment->elsewhere[i].points : 0;
		if (here + elsewhere != line->points)
			return document_fail(document, document_item(document, list, r), error,
			                     "'%s' has %d points, but %d here and %d elsewhere", line->id, line->points, here,
			                     elsewhere);
	}
	return 0;
}

static int check_elsewhere(const struct document *document, const struct assignment *assignment,
                           const struct names *rubric, struct error *error)
{
	struct names lines = {.what = "rubric line"};
	int list = document_member(document, document_root(document), "elsewhere");
	int tests = document_member(document, document_root(document), "tests");
	if (assignment->elsewhere_count == 0)
		return 0;
	for (size_t i = 0; i < assignment->elsewhere_count; i++) {
		const char *line = assignment->elsewhere[i].rubric;
		int node = document_member(document, document_item(document, list, i), "rubric");
		if (check_name(document, node, rubric, line, error) ||
		    add_name(document, list, i, "rubric", line, &lines, error))
			return -1;
	}
	for (size_t i = 0; i < assignment->test_count; i++) {
		if (assignment->test[i].hidden)
			return document_fail(document, document_item(document, tests, i), error,
			                     "'%s' is a hidden test, but 'elsewhere' says that there are none here",
			                     assignment->test[i].name);
	}
	return check_sums(document, assignment, error);
}

static int check_references(const struct document *document, const struct assignment *assignment, struct error *error)
{
	struct names rubric = {.what = "rubric line"}, tests = {.what = "test"}, hints = {.what = "hint"};
	int root = document_root(document);
	for (size_t i = 0; i < assignment->rubric_count; i++) {
		if (add_name(document, document_member(document, root, "rubric"), i, "id", assignment->rubric[i].id, &rubric,
		             error))
			return -1;
	}
	for (size_t i = 0; i < assignment->test_count; i++) {
		if (add_name(document, document_member(document, root, "tests"), i, "name", assignment->test[i].name, &tests,
		             error))
			return -1;
	}
	for (size_t i = 0; i < assignment->hint_count; i++) {
		if (add_name(document, document_member(document, root, "hints"), i, "id", assignment->hint[i].id, &hints,
		             error))
			return -1;
	}
	if (check_elsewhere(document, assignment, &rubric, error) || check_notes(document, assignment, error) ||
	    check_forbidden(document, assignment, error) || check_tests(document, assignment, &rubric, &hints, error) ||
	    check_checks(document, assignment, &rubric, &tests, &hints, error) ||
	    check_reasons(document, assignment, &hints, error) || check_contract(document, assignment, &tests, error))
		return -1;
	return 0;
}

/* ---- the public functions ------------------------------------------------------------------- */

struct assignment *assignment_load(const char *path, struct error *error)
{
	struct assignment *assignment;
	struct document *document = document_load(path, SCHEMA, error);
	int result = -1;
	if (!document)
		return NULL;
	assignment = calloc(1, sizeof *assignment);
	if (assignment)
		assignment->path = strdup(path);
	if (!assignment || !assignment->path)
		fail(error, "%s: out of memory", path);
	else if (document_read(document, document_root(document), &assignment_shape, assignment, error) == 0)
		result = check_references(document, assignment, error);
	document_free(document);
	if (result == 0)
		return assignment;
	assignment_free(assignment);
	return NULL;
}

static void list_free(struct string_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->item[i]);
	free(list->item);
}

void assignment_free(struct assignment *assignment)
{
	if (!assignment)
		return;
	free(assignment->late.column);
	for (size_t i = 0; i < assignment->rubric_count; i++) {
		free(assignment->rubric[i].id);
		free(assignment->rubric[i].title);
	}
	for (size_t i = 0; i < assignment->test_count; i++) {
		struct test_spec *test = &assignment->test[i];
		free(test->name);
		free(test->rubric);
		free(test->title);
		free(test->why);
		free(test->hint);
		free(test->told);
		free(test->real_time);
	}
	for (size_t i = 0; i < assignment->check_count; i++) {
		struct check_spec *check = &assignment->check[i];
		free(check->check);
		free(check->rubric);
		free(check->title);
		free(check->why);
		free(check->hint);
		list_free(&check->kinds);
		list_free(&check->tests);
	}
	for (size_t i = 0; i < assignment->reason_count; i++) {
		free(assignment->reason[i].kind);
		free(assignment->reason[i].about);
		free(assignment->reason[i].why);
		free(assignment->reason[i].hint);
	}
	for (size_t i = 0; i < assignment->hint_count; i++) {
		free(assignment->hint[i].id);
		free(assignment->hint[i].title);
		list_free(&assignment->hint[i].levels);
	}
	for (size_t i = 0; i < assignment->elsewhere_count; i++)
		free(assignment->elsewhere[i].rubric);
	for (size_t i = 0; i < assignment->sentence_count; i++) {
		struct sentence *sentence = &assignment->sentence[i];
		free(sentence->id);
		free(sentence->says);
		list_free(&sentence->tests);
		list_free(&sentence->checks);
		free(sentence->prose);
	}
	for (size_t i = 0; i < assignment->forbidden_count; i++) {
		list_free(&assignment->forbidden[i].symbols);
		free(assignment->forbidden[i].why);
		free(assignment->forbidden[i].instead);
	}
	free(assignment->forbidden);
	free(assignment->sentence);
	free(assignment->elsewhere);
	free(assignment->rubric);
	free(assignment->test);
	free(assignment->check);
	free(assignment->reason);
	free(assignment->hint);
	list_free(&assignment->notes);
	list_free(&assignment->needs);
	list_free(&assignment->api);
	list_free(&assignment->imports);
	free(assignment->name);
	free(assignment->title);
	free(assignment->unit);
	free(assignment->skeleton);
	free(assignment->time);
	free(assignment->path);
	free(assignment);
}

const struct forbidden_calls *assignment_forbidden(const struct assignment *assignment, const char *symbol)
{
	for (size_t i = 0; i < assignment->forbidden_count; i++) {
		const struct forbidden_calls *calls = &assignment->forbidden[i];
		for (size_t s = 0; s < calls->symbols.count; s++)
			if (strcmp(calls->symbols.item[s], symbol) == 0)
				return calls;
	}
	return NULL;
}

const struct test_spec *assignment_test(const struct assignment *assignment, const char *name)
{
	for (size_t i = 0; i < assignment->test_count; i++) {
		if (strcmp(assignment->test[i].name, name) == 0)
			return &assignment->test[i];
	}
	return NULL;
}

const struct hint *assignment_hint(const struct assignment *assignment, const char *id)
{
	for (size_t i = 0; i < assignment->hint_count; i++) {
		if (strcmp(assignment->hint[i].id, id) == 0)
			return &assignment->hint[i];
	}
	return NULL;
}
