/* reading_test.c - what of a class a person reads. */
#include "sample.h"
#include "scratch.h"

#include "../../grader/class/reading.h"
#include "../../grader/file.h"
#include "../../grader/memory.h"

#include <libxml/parser.h>
#include <stdio.h>

static const char scratch[] = "/tmp/reading_test.XXXXXX";

static void enter_folder(void)
{
	scratch_enter(scratch);
}

static void leave_folder(void)
{
	scratch_leave(scratch);
}

TestSuite(reading, .init = enter_folder, .fini = leave_folder, .timeout = 120);

/* ---- parts of a text -------------------------------------------------------------------------- */

static void expect_part(const char *text, const char *name, const char *wanted)
{
	char *part = reading_part(text, name);
	cr_expect(eq(str, part, (char *)wanted));
	free(part);
}

Test(reading, an_answer_is_below_the_heading_of_its_exercise)
{
	static const char text[] = "# Answers\n\n## pipe_ring\n\n1. a\n\n### more\n\nb\n## Race_Fix \r\n1. c\n";
	expect_part(text, "pipe_ring", "\n1. a\n\n### more\n\nb\n");
	expect_part(text, "race_fix", "1. c\n");
	expect_part(text, "race", text);
	expect_part("1. only this", "race_fix", "1. only this");
	expect_part("", "race_fix", "");
}

static void expect_questions(const char *text, const char *wanted)
{
	char *part = reading_questions(text, "ANSWERS.md");
	cr_expect(eq(str, part ? part : (char *)"(none)", (char *)wanted));
	free(part);
}

Test(reading, questions_are_in_the_section_that_names_the_file)
{
	expect_questions("# A\n\n## Before\n\nAnswer in `ANSWERS.md`.\n\n1. Why?\n\n## Run\n\nx\n",
	                 "## Before\n\nAnswer in `ANSWERS.md`.\n\n1. Why?\n\n");
	expect_questions("# A\n\n## Before\n\n1. Why?\n", "(none)");
	expect_questions("ANSWERS.md\n# A\n", "(none)");
}

/* ---- the page --------------------------------------------------------------------------------- */

static struct read_line lines[] = {{(char *)"answers", (char *)"The questions <i>", 10, (char *)"ANSWERS.md"},
                                   {(char *)"style", (char *)"Style", 5, NULL}};

static struct assignment race_fix = {
    .name = (char *)"race_fix", .title = (char *)"Races", .root = (char *)".", .read = lines, .read_count = 2};

static void put(const char *path, const char *text)
{
	struct error error;
	char *folder = must(strdup(path));
	*strrchr(folder, '/') = 0;
	cr_assert(folder_make(folder, &error) == 0 && file_write(path, text, strlen(text), &error) == 0, "%s", error.text);
	free(folder);
}

static char *written(void (*write)(FILE *, const struct reading *), const struct reading *reading)
{
	char *text = NULL;
	size_t size;
	FILE *out = memory_open(&text, &size);
	write(out, reading);
	fclose(out);
	return text;
}

static size_t times(const char *text, const char *part)
{
	size_t count = 0;
	for (const char *at = text; (at = strstr(at, part)); at += strlen(part))
		count++;
	return count;
}

Test(reading, shows_answers_and_source_side_by_side)
{
	struct mark mark = {.read = &lines[0], .points = 7, .comment = (char *)"<script>=1</script>"};
	const struct terms read = {.assignment = &race_fix, .marks = {&mark, 1}}, open = {.assignment = &race_fix};
	const struct reading_work work[] = {
	    {"ada", "Ada <b>Lovelace</b>", "ada", "ada", "ada", 0, &read},
	    {"ben x", "Ben", "red", "red", "red", 0, &open},
	    {"cleo", "Cleo", "red", "red", "red", 0, &open},
	};
	const struct reading reading = {&race_fix, work, 3, "out put", true, "my course"};
	put("assignments/race_fix/README.md",
	    "# R\n\n## Before you code\n\nIn `ANSWERS.md`: why?\n\n## Run\n\nbelow the questions\n");
	put("ada/race_fix.c", "int a; /* </div><script>alert(1)</script> */\n");
	put("ada/docs/answers.md", "## race_fix\n<img src=x onerror=alert(1)>\n## pipe_ring\nno\n");
	put("red/race_fix.c", "int red;\n\tx\ty\n");
	put("elsewhere/secret", "secret\n");
	cr_assert(symlink("../elsewhere/secret", "red/ANSWERS.md") == 0);
	char *page = written(reading_page, &reading), *table = written(reading_lines, &reading);
	xmlDocPtr parsed = xmlReadMemory(page, (int)strlen(page), "page", NULL, XML_PARSE_NONET);
	cr_expect(parsed != NULL, "the page is well-formed");
	xmlFreeDoc(parsed);
	cr_expect(strstr(page, "<script") == NULL && strstr(page, "<img") == NULL && strstr(page, "<b>") == NULL);
	cr_expect(strstr(page, "&lt;img src=x onerror=alert(1)&gt;") != NULL);
	cr_expect(strstr(page, "secret") == NULL, "a link is not followed");
	cr_expect(strstr(page, "pipe_ring") == NULL && strstr(page, "below the questions") == NULL);
	cr_expect(eq(sz, times(page, "int red;"), 1));
	cr_expect(strstr(page, "<i>2</i>    x   y</div>") != NULL);
	cr_expect(strstr(page, "Ben, Cleo") != NULL);
	cr_expect(strstr(page, ": 7 of 10: &lt;script&gt;") != NULL);
	cr_expect(strstr(page, "make adjust STUDENT=&#39;ben x&#39; A=race_fix LINE=answers POINTS= COMMENT=") != NULL);
	cr_expect(eq(sz, times(page, " OUT=&#39;out put&#39; COURSE=&#39;my course&#39;</code>"), 5));
	cr_expect(eq(sz, times(page, "to be read<br/>"), 5));
	cr_expect(strstr(page, "3 of 3 students") != NULL);
	cr_expect(eq(str, table,
	             (char *)"\xef\xbb\xbfstudent,assignment,line,points,comment,who,when\n"
	                     "\"ada\",race_fix,style,,,,\n\"ben x\",race_fix,answers,,,,\n\"ben x\",race_fix,style,,,,\n"
	                     "\"cleo\",race_fix,answers,,,,\n\"cleo\",race_fix,style,,,,\n"));
	free(table);
	free(page);
}

Test(reading, has_no_lines_for_what_counts_as_it_was_set)
{
	struct adjustment set = {.set = true, .points = 90};
	const struct terms terms = {.assignment = &race_fix, .adjustments = {&set, 1}};
	const struct reading_work work = {"ada", "Ada", "ada", NULL, NULL, 0, &terms};
	const struct reading reading = {&race_fix, &work, 1, "out", false, NULL};
	char *page = written(reading_page, &reading), *table = written(reading_lines, &reading);
	cr_expect(eq(str, table, (char *)"student,assignment,line,points,comment,who,when\n"));
	cr_expect(strstr(page, "0 of 1 students") != NULL && strstr(page, "There is no source to show.") != NULL);
	cr_expect(strstr(page, "make adjust") == NULL);
	free(table);
	free(page);
}
