/* interpose_test.c - the table of interposed functions against what the runtime really defines. */
#include "kit_tree.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

static char *root, *symbols; /* of runtime.o, a line each, with a newline before and behind */

static void stop(void *context, const struct run_result *result)
{
	*(bool *)context = result->end == RUN_EXITED && result->status == 0;
}

static void build(void)
{
	struct error error = {0};
	char name[] = "order", api[] = "run_threads";
	char *apis[] = {api};
	struct assignment assignment = {.name = name, .api = {apis, 1}};
	root = kit_tree_make();
	kit_tree_add_tests(root, name);
	kit_tree_take_runtime(root);
	struct kit *kit = kit_open(root, NULL, &error);
	cr_assert(ne(ptr, kit, NULL), "%s", error.text);
	struct cage *cage = kit_tree_cage(root);
	struct queue *queue = queue_new(0, -1, cage);
	struct half *half = half_build(kit, &assignment, queue, &error);
	cr_assert(ne(ptr, half, NULL), "%s", error.text);
	bool good = false;
	struct run *run = run_new(half->runtime, CAGE_NONE);
	run->output = format("%s/symbols", root);
	run_add(run, "nm");
	run_add(run, "--defined-only");
	run_add(run, "--format=just-symbols");
	run_add(run, "runtime.o");
	queue_add(queue, run, 0, stop, &good);
	cr_assert(eq(int, queue_work(queue), 0));
	cr_assert(good);
	char *path = format("%s/symbols", root), *text = file_read(path, 1 << 20, NULL, &error);
	cr_assert(ne(ptr, text, NULL), "%s", error.text);
	symbols = format("\n%s", text);
	free(text);
	free(path);
	half_free(half);
	queue_free(queue);
	cage_close(cage);
	kit_free(kit);
}

static void remove_tree(void)
{
	folder_remove(root);
	free(root);
	free(symbols);
}

static bool defined(const char *prefix, const char *name)
{
	char *line = format("\n%s%s\n", prefix, name);
	bool found = strstr(symbols, line) != NULL;
	free(line);
	return found;
}

static const struct interposed *find(const char *name, size_t length)
{
	const struct interposed *each;
	for (size_t i = 0; (each = interposed_at(i)); i++)
		if (strlen(each->name) == length && strncmp(each->name, name, length) == 0)
			return each;
	return NULL;
}

Test(interpose, every_entry_is_defined_and_every_definition_has_an_entry, .init = build, .fini = remove_tree)
{
	const struct interposed *each;
	for (size_t i = 0; (each = interposed_at(i)); i++) {
		cr_expect(eq(int, defined("kit_", each->name), each->kit), "kit_%s", each->name);
		cr_expect(eq(int, defined("rt_", each->name), each->rt || each->watched), "rt_%s", each->name);
		cr_expect(each->kit || each->rt || each->watched, "%s: an entry without effect", each->name);
		cr_expect(eq(int, each->rt && each->watched, 0), "%s: either everywhere or in explored programs", each->name);
	}
	/* the other way round: a function of that name in libc that the runtime stands in for */
	static const char *const wrapped[] = {"fork", "waitpid", "read", "write", "close", "open",
	                                      "mmap", "malloc",  "free", "sleep", "time",  "poll"};
	for (size_t i = 0; i < sizeof wrapped / sizeof *wrapped; i++)
		cr_expect(ne(ptr, (void *)find(wrapped[i], strlen(wrapped[i])), NULL), "%s", wrapped[i]);
	for (const char *line = strstr(symbols, "\nrt_pthread_"); line; line = strstr(line + 1, "\nrt_pthread_")) {
		const char *name = line + strlen("\nrt_");
		int length = (int)strcspn(name, ".\n"); /* "f.cold" is a part of f */
		cr_expect(ne(ptr, (void *)find(name, (size_t)length), NULL), "rt_%.*s is in no entry, so nobody calls it",
		          length, name);
	}
}

Test(interpose, no_name_is_there_twice)
{
	const struct interposed *a, *b;
	for (size_t i = 0; (a = interposed_at(i)); i++)
		for (size_t j = i + 1; (b = interposed_at(j)); j++)
			cr_expect(ne(str, (char *)a->name, (char *)b->name));
	cr_expect(eq(ptr, (void *)interposed_at(1 << 20), NULL));
}

static char *map(bool submission, bool explored)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	cr_assert(ne(ptr, out, NULL));
	interpose_write_map(out, submission, explored);
	fclose(out);
	return text;
}

Test(interpose, the_submission_s_calls_go_through_the_kit_and_the_tests_do_not)
{
	char *submission = map(true, false), *tests = map(false, false), *explored = map(false, true);
	cr_expect(ne(ptr, strstr(submission, "\nread kit_read\n"), NULL));
	cr_expect(ne(ptr, strstr(tests, "\nread rt_read\n"), NULL));
	cr_expect(ne(ptr, strstr(submission, "\nmalloc kit_malloc\n"), NULL));
	cr_expect(eq(ptr, strstr(tests, "\nmalloc "), NULL), "a test's own malloc stays libc's");
	cr_expect(ne(ptr, strstr(submission, "\ntime rt_time\n"), NULL),
	          "what the kit has nothing to add to goes straight to the runtime");
	cr_expect(eq(ptr, strstr(tests, "kit_"), NULL));
	cr_expect(ne(ptr, strstr(explored, "\nmalloc rt_malloc\n"), NULL), "explored programs have their memory watched");
	cr_expect(ne(ptr, strstr(explored, "\nread rt_read\n"), NULL));
	free(submission);
	free(tests);
	free(explored);
}

/* One such call, and nothing is explored: that must not be had for the two points that a call of it costs. */
Test(course, lets_run_only_what_the_explorer_covers)
{
	struct error error = {0};
	struct course *course = course_load(".", NULL, &error);
	cr_assert(ne(ptr, course, NULL), "%s", error.text);
	const struct string_list *const lists[] = {&course->imports, &course->harmless};
	for (size_t l = 0; l < sizeof lists / sizeof *lists; l++)
		for (size_t i = 0; i < lists[l]->count; i++)
			cr_expect(not(is_uncovered(lists[l]->item[i])), "%s", lists[l]->item[i]);
	for (size_t i = 0; i < course->forbidden_count; i++)
		cr_expect(not(course->forbidden[i].harmless && is_uncovered(course->forbidden[i].symbol)), "%s",
		          course->forbidden[i].symbol);
	cr_expect(is_uncovered("pthread_testcancel"));
	course_free(course);
}
