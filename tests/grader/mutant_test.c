/* mutant_test.c - wrong solutions as patches: read, written, refused. */
#include "scratch.h"

#include "../../grader/course/mutant.h"
#include "../../grader/file.h"
#include "../../grader/memory.h"
#include "../../grader/tool.h"

#include <criterion/new/assert.h>

#define PLACE "/tmp/mutant_test.XXXXXX"

static const char reference[] =
    "/* latch - reference. */\n#include \"latch.h\"\n\nvoid open(void)\n{\n\tlock();\n\tbroadcast();\n"
    "\tunlock();\n}\n";
static const char other[] = "/* latch - with a flag. */\nvoid open(void)\n{\n\tflag = 1;\n}\n";
static const char comment[] = "/* Mutant l1: signal instead of broadcast.\n * loses: correctness\n * test: a, b\n */";
static const char body[] = "\n#include \"latch.h\"\n\nvoid open(void)\n{\n\tlock();\n\tsignal();\n\tunlock();\n}\n";

static void put(const char *path, const char *text)
{
	struct error error = {0};
	cr_assert(eq(int, file_write(path, text, strlen(text), &error), 0), "%s", error.text);
}

static void enter(void)
{
	scratch_enter(PLACE);
	cr_assert(eq(int, folder_make("solutions/latch/alternatives", NULL), 0));
	cr_assert(eq(int, folder_make("tests/assignments/latch/mutants", NULL), 0));
	put("solutions/latch/latch.c", reference);
	put("solutions/latch/alternatives/flag.c", other);
}

static void leave(void)
{
	scratch_leave(PLACE);
}

TestSuite(mutant, .init = enter, .fini = leave);

static void save(const char *name, const char *top, const char *rest)
{
	struct error error = {0};
	char *text = format("%s%s", top, rest);
	cr_assert(eq(int, mutant_save(".", "latch", name, text, &error), 0), "%s", error.text);
	free(text);
}

static void expect_text(const char *name, const char *top, const char *rest)
{
	struct error error = {0};
	char *text = mutant_text(".", "latch", name, &error), *expected = format("%s%s", top, rest);
	cr_assert(text != NULL, "%s", error.text);
	cr_expect(eq(str, text, expected));
	free(expected);
	free(text);
}

static void expect_refusal(const char *name, const char *words)
{
	struct error error = {0};
	char *text = mutant_text(".", "latch", name, &error);
	cr_expect(eq(ptr, text, NULL));
	cr_expect(strstr(error.text, words) != NULL, "'%s' lacks '%s'", error.text, words);
	free(text);
}

static void expect_unsaved(const char *text, const char *words)
{
	struct error error = {0};
	cr_expect(eq(int, mutant_save(".", "latch", "l1", text, &error), -1));
	cr_expect(strstr(error.text, words) != NULL, "'%s' lacks '%s'", error.text, words);
	cr_expect(not(file_exists("tests/assignments/latch/mutants/l1.patch")));
}

/* ---- the text is what was saved ------------------------------------------------------------- */

Test(mutant, a_patch_is_its_comment_and_what_differs)
{
	save("l1", comment, body);
	char *patch = file_read("tests/assignments/latch/mutants/l1.patch", 1 << 16, NULL, NULL);
	cr_expect(eq(int, strncmp(patch, comment, sizeof comment - 1), 0));
	cr_expect(strstr(patch, "\n-\tbroadcast();\n+\tsignal();\n") != NULL);
	cr_expect(eq(ptr, strstr(patch, "latch - reference"), NULL));
	free(patch);
	expect_text("l1", comment, body);
}

Test(mutant, another_base_is_named_in_the_comment)
{
	static const char top[] = "/* Mutant l2: 2.\n * base: alternatives/flag.c\n */";
	static const char rest[] = "\nvoid open(void)\n{\n\tflag = 2;\n}\n";
	save("l2", top, rest);
	expect_text("l2", top, rest);
}

Test(mutant, names_are_in_order_and_only_of_patches)
{
	save("l2", comment, body);
	save("l1", comment, body);
	put("tests/assignments/latch/mutants/.l1.swp", "");
	put("tests/assignments/latch/mutants/l1.patch~", "");
	struct string_list names = mutant_names(".", "latch");
	cr_assert(eq(sz, names.count, 2));
	cr_expect(eq(str, names.item[0], "l1"));
	cr_expect(eq(str, names.item[1], "l2"));
	cr_expect(eq(int, mutants_check(".", "latch", NULL), 0));
	for (size_t i = 0; i < names.count; i++)
		free(names.item[i]);
	free(names.item);
}

Test(mutant, an_assignment_without_mutants_has_none)
{
	struct string_list names = mutant_names(".", "none");
	cr_expect(eq(sz, names.count, 0));
	free(names.item);
	cr_expect(eq(int, mutants_check(".", "none", NULL), 0));
}

Test(mutant, keys_are_read_from_the_comment_alone)
{
	static const char text[] = "/* Mutant: loses: nothing.\n * check: criterion  \r\n */\n/*\n * loses: hygiene\n */\n";
	char *check = mutant_key(text, "check");
	cr_expect(eq(str, check, "criterion"));
	cr_expect(eq(ptr, mutant_key(text, "loses"), NULL));
	cr_expect(eq(ptr, mutant_key("int x;\n", "loses"), NULL));
	free(check);
}

/* The reference may move a patch's lines up and down as long as they stay the same. */
Test(mutant, a_patch_moves_with_its_lines)
{
	save("l1", comment, body);
	char *longer = format("/* latch - reference.\n *\n * In more words.\n */%s", strchr(reference, '\n'));
	put("solutions/latch/latch.c", longer);
	expect_text("l1", comment, body);
	free(longer);
}

/* ---- what cannot be ------------------------------------------------------------------------- */

Test(mutant, a_hunk_that_does_not_apply_is_named_and_the_rest_is_kept)
{
	save("l1", comment, body);
	put("solutions/latch/latch.c", "/* latch - reference. */\n#include \"latch.h\"\n\nvoid "
	                               "open(void)\n{\n\tlock();\n\twake_all();\n\tunlock();\n}\n");
	expect_refusal("l1", "./tests/assignments/latch/mutants/l1.patch: hunk 1 does not apply to "
	                     "./solutions/latch/latch.c (line 4): `make "
	                     "mutant A=latch M=l1`");
	struct error error = {0};
	char *text = mutant_text_partial(".", "latch", "l1", &error);
	cr_assert(text != NULL);
	cr_expect(strstr(text, "wake_all") != NULL);
	cr_expect(ne(chr, error.text[0], 0));
	free(text);
}

/* Lines around that changed make it another place: no fuzz. */
Test(mutant, changed_lines_around_are_no_fit)
{
	save("l1", comment, body);
	put("solutions/latch/latch.c", "/* latch - reference. */\n#include \"latch.h\"\n\nvoid "
	                               "open(void)\n{\n\ttry();\n\tbroadcast();\n\tunlock();\n}\n");
	expect_refusal("l1", "hunk 1 does not apply");
}

Test(mutant, what_is_no_patch_is_refused)
{
	expect_refusal("none", "none.patch");
	put("tests/assignments/latch/mutants/l3.patch", "--- latch.c\n+++ latch.c\n");
	expect_refusal("l3", "l3.patch:1: a mutant begins with a comment");
	put("tests/assignments/latch/mutants/l4.patch", "/* x */\n\nno diff at all\n");
	expect_refusal("l4", "l4.patch: is not a unified diff");
	put("tests/assignments/latch/mutants/l5.patch",
	    "/* x\n * base: alternatives/none.c\n */\n\n--- a\n+++ a\n@@ -1 +1 @@\n-a\n+b\n");
	expect_refusal("l5", "its base cannot be read");
}

Test(mutant, only_a_change_with_a_comment_is_saved)
{
	expect_unsaved("int x;\n", "begins with no comment");
	expect_unsaved("/* x\n * base: none.c\n */\nint x;\n", "its base cannot be read");
	expect_unsaved(reference, "nothing in it differs from");
}

Test(mutant, a_file_that_nobody_would_judge_is_an_error)
{
	struct error error = {0};
	put("tests/assignments/latch/mutants/l6.c", "int x;\n");
	cr_expect(eq(int, mutants_check(".", "latch", &error), -1));
	cr_expect(strstr(error.text, "l6.c: is not a patch") != NULL, "%s", error.text);
}

/* ---- tools ---------------------------------------------------------------------------------- */

Test(tool, words_in_words_out_and_the_status)
{
	char *const cat[] = {"cat", NULL}, *const fails[] = {"sh", "-c", "echo said; echo unseen >&2; exit 7", NULL};
	char *big = zeroed(1 << 20, 1), *output;
	memset(big, 'x', (1 << 20) - 1);
	cr_expect(eq(int, tool_run(cat, big, (1 << 20) - 1, &output, NULL), 0));
	cr_expect(eq(int, strcmp(output, big), 0));
	free(output);
	cr_expect(eq(int, tool_run(fails, NULL, 0, &output, NULL), 7));
	cr_expect(eq(str, output, "said\n"));
	free(output);
	free(big);
}

Test(tool, the_first_line_of_what_it_prints)
{
	char *line = tool_first_line("printf", "1.2\\n3\\n");
	cr_expect(eq(str, line, "1.2"));
	free(line);
	cr_expect(eq(ptr, tool_first_line("true", "--"), NULL));
	cr_expect(eq(ptr, tool_first_line("no-such-tool", "--version"), NULL));
}

Test(tool, what_cannot_start_or_is_killed_is_an_error)
{
	struct error error = {0};
	char *const none[] = {"no-such-tool", NULL}, *const killed[] = {"sh", "-c", "kill -9 $$", NULL};
	char *output;
	cr_expect(eq(int, tool_run(none, NULL, 0, &output, &error), -1));
	cr_expect(strstr(error.text, "no-such-tool") != NULL);
	free(output);
	cr_expect(eq(int, tool_run(killed, NULL, 0, &output, &error), -1));
	cr_expect(strstr(error.text, "signal 9") != NULL);
	free(output);
}
