/* levels_test.c - the levels of `play` as they are read. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../grader/course/levels.h"
#include "../../grader/file.h"
#include "../../grader/memory.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/levels-XXXXXX";
static char *root;

static void put(const char *name, const char *text)
{
	struct error error;
	char *path = format("%s/%s", folder, name);
	cr_assert(eq(int, file_write(path, text, strlen(text), &error), 0));
	free(path);
}

static void make(void)
{
	struct error error;
	cr_assert(ne(ptr, mkdtemp(folder), NULL));
	root = format("%s/root", folder);
	char *notes = format("%s/assignments/notes", root);
	cr_assert(eq(int, folder_make(notes, &error), 0));
	free(notes);
	put("root/assignments/notes/C.md", "# Notes\n\n### C16 Sharing\n\n### C1 Storage\n");
	put("one.c", "");
	put("one.fixed.c", "");
	put("two.c", "");
	put("two.fixed.c", "");
}

static void clean(void)
{
	folder_remove(folder);
	free(root);
}

TestSuite(levels, .init = make, .fini = clean);

#define HEAD "schema: forkjoin/levels/1\nlevels:\n"
#define LEVEL(name, par, kind, note)                                                                                   \
	"  - name: " name "\n    title: T\n    story: S\n    goal: G\n    par: " par "\n    kinds: [" kind                 \
	"]\n    notes: [" note "]\n"

static struct levels *load(const char *yaml, struct error *error)
{
	put("levels.yaml", yaml);
	return levels_load(folder, root, error);
}

/* The message has the line of the level, and these words. */
static void expect_refused(const char *yaml, const char *words)
{
	struct error error;
	struct levels *levels = load(yaml, &error);
	cr_assert(eq(ptr, levels, NULL));
	cr_assert(strstr(error.text, words) != NULL, "'%s' is not in: %s", words, error.text);
}

Test(levels, are_read_in_their_order)
{
	struct error error;
	struct levels *levels =
	    load(HEAD LEVEL("one", "1", "assertion", "C16, C1") LEVEL("two", "0", "deadlock", "C1"), &error);
	cr_assert(levels != NULL, "%s", error.text);
	cr_expect(eq(sz, levels->count, 2));
	cr_expect(eq(str, levels->level[1].name, "two"));
	cr_expect(eq(int, levels->level[0].par, 1));
	cr_expect(eq(sz, levels->level[0].notes.count, 2));
	cr_expect(eq(uint, levels->level[1].line, 10));
	levels_free(levels);
}

Test(levels, are_found_by_name_and_number)
{
	struct error error;
	struct levels *levels =
	    load(HEAD LEVEL("one", "1", "assertion", "C16") LEVEL("two", "0", "deadlock", "C1"), &error);
	cr_assert(levels != NULL, "%s", error.text);
	cr_expect(eq(ptr, (void *)levels_find(levels, "two"), &levels->level[1]));
	cr_expect(eq(ptr, (void *)levels_find(levels, "1"), &levels->level[0]));
	cr_expect(eq(ptr, (void *)levels_find(levels, "0"), NULL));
	cr_expect(eq(ptr, (void *)levels_find(levels, "3"), NULL));
	cr_expect(eq(ptr, (void *)levels_find(levels, ""), NULL));
	levels_free(levels);
}

Test(levels, have_files)
{
	struct error error;
	struct levels *levels = load(HEAD LEVEL("one", "1", "assertion", "C16"), &error);
	cr_assert(levels != NULL, "%s", error.text);
	char *file = level_file(levels, &levels->level[0], true), *expected = format("%s/one.fixed.c", folder);
	cr_expect(eq(str, file, expected));
	free(expected);
	free(file);
	levels_free(levels);
}

Test(levels, a_name_is_there_once)
{
	expect_refused(HEAD LEVEL("one", "1", "assertion", "C16") LEVEL("one", "1", "assertion", "C16"),
	               "levels.yaml:10: 'one' is there twice");
}

Test(levels, a_file_is_missing)
{
	char *path = format("%s/two.fixed.c", folder);
	unlink(path);
	free(path);
	expect_refused(HEAD LEVEL("two", "1", "assertion", "C16"), "levels.yaml:3: two has no ");
}

Test(levels, a_kind_is_a_failure)
{
	expect_refused(HEAD LEVEL("one", "1", "data_race", "C16"),
	               "levels.yaml:3: 'data_race' is no kind of failure that the explorer finds");
	expect_refused(HEAD LEVEL("one", "1", "sorrow", "C16"), "'sorrow' is no kind of failure");
}

Test(levels, a_row_is_in_the_notes)
{
	expect_refused(HEAD LEVEL("one", "1", "assertion", "C17"), "levels.yaml:3: the notes have no row C17");
}

Test(levels, a_par_is_a_number)
{
	expect_refused(HEAD LEVEL("one", "many", "assertion", "C16"), "levels.yaml:7:");
}
