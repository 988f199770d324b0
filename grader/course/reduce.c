/* reduce.c - what a student's handout has in place of assignment.yaml and course.yaml. */
#include "course.h"
#include "yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A document on its way. */
struct reduction {
	struct document *document;
	const struct assignment *assignment;
	int root;
	int *elsewhere; /* points per rubric line of the assignment */
	bool failed;    /* out of memory */
};

static bool in_list(const struct string_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->item[i], name) == 0)
			return true;
	return false;
}

static void put_number(struct reduction *reduction, int mapping, const char *key, int number)
{
	char text[16];
	snprintf(text, sizeof text, "%d", number);
	int node = document_new_text(reduction->document, text);
	reduction->failed |= document_put_member(reduction->document, mapping, key, node) != 0;
}

static void put_name(struct reduction *reduction, int mapping, const char *key, const char *name)
{
	int node = document_new_text(reduction->document, name);
	reduction->failed |= document_put_member(reduction->document, mapping, key, node) != 0;
}

static void move_points(struct reduction *reduction, const char *rubric, int points)
{
	for (size_t i = 0; i < reduction->assignment->rubric_count; i++)
		if (strcmp(reduction->assignment->rubric[i].id, rubric) == 0)
			reduction->elsewhere[i] += points;
}

/* Together they decide, so without those that are hidden the others do not. */
static void drop_essence(struct reduction *reduction)
{
	int list = document_member(reduction->document, reduction->root, "tests");
	bool hidden = false;
	for (size_t i = 0; i < reduction->assignment->test_count; i++)
		hidden |= reduction->assignment->test[i].essence && reduction->assignment->test[i].hidden;
	for (size_t i = 0; hidden && i < reduction->assignment->test_count; i++)
		if (reduction->assignment->test[i].essence)
			document_drop_member(reduction->document, document_item(reduction->document, list, i), "essence");
}

static void drop_hidden_tests(struct reduction *reduction)
{
	int list = document_member(reduction->document, reduction->root, "tests");
	for (size_t i = reduction->assignment->test_count; i-- > 0;) {
		const struct test_spec *test = &reduction->assignment->test[i];
		if (!test->hidden)
			continue;
		move_points(reduction, test->rubric, test->points);
		document_drop_item(reduction->document, list, i);
	}
}

/* How many tests the check looks at, and how many of these are hidden. The symbols check looks at none. */
static size_t tests_of(const struct assignment *assignment, const struct check_spec *check, size_t *hidden)
{
	size_t count = 0;
	*hidden = 0;
	for (size_t i = 0; strcmp(check->check, "symbols") != 0 && i < assignment->test_count; i++) {
		if (check->tests.count && !in_list(&check->tests, assignment->test[i].name))
			continue;
		count++;
		*hidden += assignment->test[i].hidden;
	}
	return count;
}

/* Without its hidden tests, where it lists tests at all (the symbols check may, to no end). */
static void drop_hidden_names(struct reduction *reduction, const struct check_spec *check, int node)
{
	int list = document_member(reduction->document, node, "tests");
	for (size_t i = check->tests.count; i-- > 0;) {
		const struct test_spec *test = assignment_test(reduction->assignment, check->tests.item[i]);
		if (test && test->hidden)
			document_drop_item(reduction->document, list, i);
	}
	if (list && document_count(reduction->document, list) == 0)
		document_drop_member(reduction->document, node, "tests");
}

/* A check over hidden and public tests stays, so that what it finds is told, but decides no points here. */
static void reduce_checks(struct reduction *reduction)
{
	int list = document_member(reduction->document, reduction->root, "checks");
	for (size_t i = reduction->assignment->check_count; i-- > 0;) {
		const struct check_spec *check = &reduction->assignment->check[i];
		int node = document_item(reduction->document, list, i);
		size_t hidden, count = tests_of(reduction->assignment, check, &hidden);
		if (hidden)
			move_points(reduction, check->rubric, check->points);
		if (hidden && hidden == count) {
			document_drop_item(reduction->document, list, i);
			continue;
		}
		if (hidden)
			put_number(reduction, node, "points", 0);
		drop_hidden_names(reduction, check, node);
	}
}

static void put_elsewhere(struct reduction *reduction)
{
	int list = 0;
	for (size_t i = 0; i < reduction->assignment->rubric_count; i++) {
		if (reduction->elsewhere[i] == 0)
			continue;
		if (!list) {
			list = document_new_list(reduction->document);
			reduction->failed |= document_put_member(reduction->document, reduction->root, "elsewhere", list) != 0;
		}
		int entry = document_new_mapping(reduction->document);
		reduction->failed |= document_put_item(reduction->document, list, entry) != 0;
		put_name(reduction, entry, "rubric", reduction->assignment->rubric[i].id);
		put_number(reduction, entry, "points", reduction->elsewhere[i]);
	}
}

/* Consumes the document. `about` becomes its first lines. An empty line before each part that has lines of its own. */
static char *print(struct document *document, const char *about, struct error *error)
{
	char *yaml = document_print(document, error), *text = NULL;
	size_t size;
	FILE *out = yaml ? open_memstream(&text, &size) : NULL;
	document_free(document);
	if (!out) {
		free(yaml);
		return NULL;
	}
	fputs(about, out);
	for (const char *line = yaml; *line;) {
		size_t length = strcspn(line, "\n");
		if (length && line[length - 1] == ':' && line[0] != ' ' && line[0] != '-')
			fputc('\n', out);
		length += line[length] == '\n';
		fwrite(line, 1, length, out);
		line += length;
	}
	free(yaml);
	if (fclose(out) == 0)
		return text;
	free(text);
	fail(error, "out of memory");
	return NULL;
}

char *assignment_reduce(const char *path, struct error *error)
{
	static const char about[] =
	    "# The handout of an assignment. Some of its points are decided by tests that only the instructor\n"
	    "# has: 'elsewhere' says how many. A check with 0 points says what it finds, and its points are there.\n";
	struct assignment *assignment = assignment_load(path, error);
	struct document *document = assignment ? document_load(path, "forkjoin/assignment/1", error) : NULL;
	int *elsewhere = document ? calloc(assignment->rubric_count, sizeof *elsewhere) : NULL;
	char *text = NULL;

	if (elsewhere) {
		struct reduction reduction = {document, assignment, document_root(document), elsewhere, false};
		reduce_checks(&reduction);
		drop_essence(&reduction);
		drop_hidden_tests(&reduction);
		put_elsewhere(&reduction);
		document_drop_member(document, reduction.root, "contract");
		document_drop_member(document, reduction.root,
		                     "needs"); /* which may not be handed out; the handout's README says it */
		if (reduction.failed)
			fail(error, "%s: out of memory", path);
		else
			text = print(document, about, error);
		document = reduction.failed ? document : NULL;
	}
	free(elsewhere);
	document_free(document);
	assignment_free(assignment);
	return text;
}

/* Drops those items of the list whose name (their own text, or the text of `key`) is not wanted. */
static void keep_items(struct document *document, int list, const char *key, const struct string_list *wanted)
{
	for (size_t i = document_count(document, list); i-- > 0;) {
		int item = document_item(document, list, i);
		const char *name = document_text(document, key ? document_member(document, item, key) : item);
		if (!name || !in_list(wanted, name))
			document_drop_item(document, list, i);
	}
}

char *course_reduce(const char *path, const struct string_list *assignments, struct error *error)
{
	static const char about[] =
	    "# The course: which assignments it has, in teaching order, and what every submission may call.\n";
	struct document *document = document_load(path, "forkjoin/course/1", error);
	if (!document)
		return NULL;
	int root = document_root(document), late = document_member(document, root, "late");
	keep_items(document, document_member(document, root, "assignments"), NULL, assignments);
	keep_items(document, late, "assignment", assignments);
	if (late && document_count(document, late) == 0)
		document_drop_member(document, root, "late");
	return print(document, about, error);
}
