#include "references.h"

#include "../finding/kind.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- names ---------------------------------------------------------------------------------- */

bool has_name(const struct names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++) {
		if (strcmp(names->item[i], name) == 0)
			return true;
	}
	return false;
}

int add_name(const struct document *document, int list, size_t index, const char *key, const char *name,
             struct names *names, struct error *error)
{
	if (has_name(names, name))
		return document_fail(document, document_member(document, document_item(document, list, index), key), error,
		                     "duplicate %s '%s'", names->what, name);
	names->item[names->count++] = name;
	return 0;
}

int check_name(const struct document *document, int node, const struct names *names, const char *name,
               struct error *error)
{
	const char *near;
	if (!name || has_name(names, name))
		return 0;
	near = closest(name, names->item, names->count);
	if (near)
		return document_fail(document, node, error, "unknown %s '%s', did you mean '%s'?", names->what, name, near);
	return document_fail(document, node, error, "unknown %s '%s'; there is none of that name", names->what, name);
}

int check_names(const struct document *document, int node, const struct names *names, const struct string_list *list,
                struct error *error)
{
	for (size_t i = 0; i < list->count; i++)
		if (check_name(document, document_item(document, node, i), names, list->item[i], error) != 0)
			return -1;
	return 0;
}

int know_all(const struct document *document, const struct assignment *assignment, struct known *known,
             struct error *error)
{
	int root = document_root(document), rubric = document_member(document, root, "rubric");
	int tests = document_member(document, root, "tests"), hints = document_member(document, root, "hints");
	known->rubric.what = "rubric line";
	known->tests.what = "test";
	known->hints.what = "hint";
	for (size_t i = 0; i < assignment->rubric_count; i++)
		if (add_name(document, rubric, i, "id", assignment->rubric[i].id, &known->rubric, error) != 0)
			return -1;
	for (size_t i = 0; i < assignment->test_count; i++)
		if (add_name(document, tests, i, "name", assignment->test[i].name, &known->tests, error) != 0)
			return -1;
	for (size_t i = 0; i < assignment->hint_count; i++)
		if (add_name(document, hints, i, "id", assignment->hint[i].id, &known->hints, error) != 0)
			return -1;
	return 0;
}

/* ---- tests, checks, reasons ----------------------------------------------------------------- */

int check_tests(const struct document *document, const struct test_spec *test, size_t count, const struct known *known,
                struct error *error)
{
	int list = document_member(document, document_root(document), "tests");
	for (size_t i = 0; i < count; i++) {
		int node = document_item(document, list, i);
		if (check_name(document, document_member(document, node, "rubric"), &known->rubric, test[i].rubric, error) ||
		    check_name(document, document_member(document, node, "hint"), &known->hints, test[i].hint, error))
			return -1;
		if (test[i].points > 0 && test[i].cost > 0)
			return document_fail(document, document_member(document, node, "cost"), error,
			                     "a test has points or a cost, not both; a guard has 'points: 0' and a cost");
	}
	return 0;
}

int check_essence(const struct document *document, const struct essence *essence, const struct known *known,
                  struct error *error)
{
	int node = document_member(document, document_root(document), "essence");
	return check_names(document, document_member(document, node, "tests"), &known->tests, &essence->tests, error);
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

int check_checks(const struct document *document, const struct check_spec *check, size_t count,
                 const struct known *known, struct error *error)
{
	int list = document_member(document, document_root(document), "checks");
	for (size_t i = 0; i < count; i++) {
		int node = document_item(document, list, i), tests = document_member(document, node, "tests");
		if (check_name(document, document_member(document, node, "rubric"), &known->rubric, check[i].rubric, error) ||
		    check_name(document, document_member(document, node, "hint"), &known->hints, check[i].hint, error) ||
		    check_kinds_known(document, node, &check[i], error) ||
		    check_names(document, tests, &known->tests, &check[i].tests, error))
			return -1;
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

/* ---- calls and notes ------------------------------------------------------------------------ */

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

/* ---- points --------------------------------------------------------------------------------- */

int points_of_tests(const struct test_spec *test, size_t count, const char *rubric)
{
	int sum = 0;
	for (size_t i = 0; i < count; i++)
		sum += strcmp(test[i].rubric, rubric) == 0 ? test[i].points : 0;
	return sum;
}

int points_of_checks(const struct check_spec *check, size_t count, const char *rubric)
{
	int sum = 0;
	for (size_t i = 0; i < count; i++)
		sum += strcmp(check[i].rubric, rubric) == 0 ? check[i].points : 0;
	return sum;
}

int points_elsewhere(const struct assignment *assignment, const char *rubric)
{
	int sum = 0;
	for (size_t i = 0; i < assignment->elsewhere_count; i++)
		sum += strcmp(assignment->elsewhere[i].rubric, rubric) == 0 ? assignment->elsewhere[i].points : 0;
	return sum;
}

int check_elsewhere(const struct document *document, const struct assignment *assignment, struct error *error)
{
	int list = document_member(document, document_root(document), "rubric");
	for (size_t r = 0; assignment->elsewhere_count && r < assignment->rubric_count; r++) {
		const struct rubric_line *line = &assignment->rubric[r];
		int here = points_of_tests(assignment->test, assignment->test_count, line->id) +
		           points_of_checks(assignment->check, assignment->check_count, line->id);
		int elsewhere = points_elsewhere(assignment, line->id);
		if (here + elsewhere != line->points)
			return document_fail(document, document_item(document, list, r), error,
			                     "'%s' has %d points, but %d here and %d elsewhere", line->id, line->points, here,
			                     elsewhere);
	}
	return 0;
}

static int check_elsewhere_lines(const struct document *document, const struct assignment *assignment,
                                 const struct names *rubric, struct error *error)
{
	struct names lines = {.what = "rubric line"};
	int list = document_member(document, document_root(document), "elsewhere");
	for (size_t i = 0; i < assignment->elsewhere_count; i++) {
		const char *line = assignment->elsewhere[i].rubric;
		int node = document_member(document, document_item(document, list, i), "rubric");
		if (check_name(document, node, rubric, line, error) ||
		    add_name(document, list, i, "rubric", line, &lines, error))
			return -1;
	}
	return 0;
}

/* ---- the whole ------------------------------------------------------------------------------ */

int check_references(const struct document *document, const struct assignment *assignment, struct error *error)
{
	struct known known = {0};
	return know_all(document, assignment, &known, error) ||
	               check_elsewhere_lines(document, assignment, &known.rubric, error) ||
	               check_notes(document, assignment, error) || check_forbidden(document, assignment, error) ||
	               check_tests(document, assignment->test, assignment->test_count, &known, error) ||
	               check_essence(document, &assignment->essence, &known, error) ||
	               check_checks(document, assignment->check, assignment->check_count, &known, error) ||
	               check_reasons(document, assignment, &known.hints, error)
	           ? -1
	           : 0;
}

static bool has_key(const struct shape *shape, const char *key)
{
	for (size_t i = 0; i < shape->field_count; i++)
		if (strcmp(shape->field[i].key, key) == 0)
			return true;
	return false;
}

int keys_are_at_home(const struct document *document, const struct shape *shape, const struct shape *other,
                     const char *other_file, struct error *error)
{
	for (size_t i = 0; i < other->field_count; i++) {
		const char *key = other->field[i].key;
		int node = document_member(document, document_root(document), key);
		if (node && !has_key(shape, key))
			return document_fail(document, node, error, "'%s' belongs into %s", key, other_file);
	}
	return 0;
}
