#include "assignment.h"

#include "../memory.h"
#include "hidden_part.h"
#include "references.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCHEMA "forkjoin/assignment/1"
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- assignment.yaml as tables -------------------------------------------------------------- */

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
    {.key = "rubric",
     .type = FIELD_NAME,
     .expected = "the id of a rubric line",
     .offset = offsetof(struct test_spec, rubric)},
    {.key = "points", .type = FIELD_NUMBER, .max = 100, .offset = offsetof(struct test_spec, points)},
    {.key = "cost", .type = FIELD_NUMBER, .optional = true, .max = 100, .offset = offsetof(struct test_spec, cost)},
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
const struct shape test_shape = {"test", test_fields, COUNT(test_fields), sizeof(struct test_spec),
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
const struct shape check_shape = {"check", check_fields, COUNT(check_fields), sizeof(struct check_spec),
                                  offsetof(struct check_spec, line)};

static const struct field essence_fields[] = {
    {.key = "points", .type = FIELD_NUMBER, .min = 1, .max = 100, .offset = offsetof(struct essence, points)},
    {.key = "tests",
     .type = FIELD_NAMES,
     .min = 1,
     .max = 500,
     .expected = "a list of names of tests",
     .offset = offsetof(struct essence, tests)},
};
const struct shape essence_shape = {"essence", essence_fields, COUNT(essence_fields), sizeof(struct essence), NO_LINE};

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
const struct shape sentence_shape = {"entry of 'contract'", sentence_fields, COUNT(sentence_fields),
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

static const struct field reuse_fields[] = {
    {.key = "exercise",
     .type = FIELD_NAME,
     .expected = "the name of an earlier exercise",
     .offset = offsetof(struct reuse, exercise)},
    {.key = "functions",
     .type = FIELD_NAMES,
     .min = 1,
     .max = 100,
     .expected = "a list of functions of that exercise",
     .offset = offsetof(struct reuse, functions)},
};
static const struct shape reuse_shape = {"entry of 'reuses'", reuse_fields, COUNT(reuse_fields), sizeof(struct reuse),
                                         NO_LINE};

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
    {.key = "reuses",
     .type = FIELD_STRUCTS,
     .optional = true,
     .shape = &reuse_shape,
     .min = 1,
     .max = 4,
     .expected = "a list of entries like {exercise: socket_rpc, functions: [msg_send]}",
     .offset = offsetof(struct assignment, reuse),
     .count_offset = offsetof(struct assignment, reuse_count)},
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
    {.key = "essence",
     .type = FIELD_STRUCT,
     .optional = true,
     .shape = &essence_shape,
     .expected = "a mapping like {points: 10, tests: [a_test]}",
     .offset = offsetof(struct assignment, essence)},
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
const struct shape assignment_shape = {"assignment", assignment_fields, COUNT(assignment_fields),
                                       sizeof(struct assignment), NO_LINE};

/* ---- the public functions ------------------------------------------------------------------- */

/* "assignments/race_fix/assignment.hidden.yaml"; NULL if there is no such file. */
static char *hidden_path_of(const char *path)
{
	static const char end[] = ".yaml";
	size_t length = strlen(path), stem = length < strlen(end) ? 0 : length - strlen(end);
	if (strcmp(path + stem, end) != 0)
		return NULL;
	char *hidden = format("%.*s.hidden%s", (int)stem, path, end);
	if (access(hidden, F_OK) == 0)
		return hidden;
	free(hidden);
	return NULL;
}

static int read_both(struct assignment *assignment, const struct document *document, struct error *error)
{
	if (keys_are_at_home(document, &assignment_shape, &hidden_shape, "assignment.hidden.yaml", error) ||
	    document_read(document, document_root(document), &assignment_shape, assignment, error) ||
	    check_references(document, assignment, error))
		return -1;
	return assignment->hidden_path ? hidden_add(assignment, document, error)
	                               : check_elsewhere(document, assignment, error);
}

struct assignment *assignment_load(const char *path, struct error *error)
{
	struct document *document = document_load(path, SCHEMA, error);
	if (!document)
		return NULL;
	struct assignment *assignment = zeroed(1, sizeof *assignment);
	assignment->path = must(strdup(path));
	assignment->hidden_path = hidden_path_of(path);
	int result = read_both(assignment, document, error);
	document_free(document);
	if (result == 0)
		return assignment;
	assignment_free(assignment);
	return NULL;
}

void list_add(struct string_list *list, char *owned)
{
	list->item = must(reallocarray(list->item, list->count + 1, sizeof *list->item));
	list->item[list->count++] = owned;
}

bool list_has(const struct string_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->item[i], name) == 0)
			return true;
	return false;
}

bool assignment_listens(const struct assignment *assignment)
{
	return list_has(&assignment->imports, "socket");
}

void list_free(struct string_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->item[i]);
	free(list->item);
	*list = (struct string_list){NULL, 0};
}

void tests_free(struct test_spec *test, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(test[i].name);
		free(test[i].rubric);
		free(test[i].title);
		free(test[i].why);
		free(test[i].hint);
		free(test[i].told);
		free(test[i].real_time);
	}
	free(test);
}

void checks_free(struct check_spec *check, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(check[i].check);
		free(check[i].rubric);
		free(check[i].title);
		free(check[i].why);
		free(check[i].hint);
		list_free(&check[i].kinds);
		list_free(&check[i].tests);
	}
	free(check);
}

void sentences_free(struct sentence *sentence, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(sentence[i].id);
		free(sentence[i].says);
		list_free(&sentence[i].tests);
		list_free(&sentence[i].checks);
		free(sentence[i].prose);
	}
	free(sentence);
}

void elsewhere_free(struct assignment *assignment)
{
	for (size_t i = 0; i < assignment->elsewhere_count; i++)
		free(assignment->elsewhere[i].rubric);
	free(assignment->elsewhere);
	assignment->elsewhere = NULL;
	assignment->elsewhere_count = 0;
}

void read_line_clear(struct read_line *line)
{
	free(line->id);
	free(line->title);
	free(line->file);
}

void assignment_free(struct assignment *assignment)
{
	if (!assignment)
		return;
	free(assignment->late.column);
	for (size_t i = 0; i < assignment->read_count; i++)
		read_line_clear(&assignment->read[i]);
	free(assignment->read);
	for (size_t i = 0; i < assignment->rubric_count; i++) {
		free(assignment->rubric[i].id);
		free(assignment->rubric[i].title);
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
	for (size_t i = 0; i < assignment->forbidden_count; i++) {
		list_free(&assignment->forbidden[i].symbols);
		free(assignment->forbidden[i].why);
		free(assignment->forbidden[i].instead);
	}
	for (size_t i = 0; i < assignment->reuse_count; i++) {
		free(assignment->reuse[i].exercise);
		list_free(&assignment->reuse[i].functions);
	}
	free(assignment->reuse);
	free(assignment->forbidden);
	free(assignment->rubric);
	free(assignment->reason);
	free(assignment->hint);
	tests_free(assignment->test, assignment->test_count);
	checks_free(assignment->check, assignment->check_count);
	sentences_free(assignment->sentence, assignment->sentence_count);
	elsewhere_free(assignment);
	list_free(&assignment->essence.tests);
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
	free(assignment->root);
	free(assignment->hidden_path);
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

const struct reuse *assignment_reuses(const struct assignment *assignment, const char *function)
{
	for (size_t i = 0; i < assignment->reuse_count; i++)
		if (list_has(&assignment->reuse[i].functions, function))
			return &assignment->reuse[i];
	return NULL;
}

const struct reuse *assignment_reuses_header(const struct assignment *assignment, const char *header)
{
	for (size_t i = 0; i < assignment->reuse_count; i++) {
		size_t length = strlen(assignment->reuse[i].exercise);
		if (strncmp(header, assignment->reuse[i].exercise, length) == 0 && strcmp(header + length, ".h") == 0)
			return &assignment->reuse[i];
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

const char *assignment_file(const struct assignment *assignment, const struct test_spec *test)
{
	return test->hidden ? assignment->hidden_path : assignment->path;
}

const struct hint *assignment_hint(const struct assignment *assignment, const char *id)
{
	for (size_t i = 0; i < assignment->hint_count; i++) {
		if (strcmp(assignment->hint[i].id, id) == 0)
			return &assignment->hint[i];
	}
	return NULL;
}
