/* The rows of the notes, which exercises show them, and the page that is made from all that. */
#include "../../grader/course/notes.h"
#include "../../grader/course/syllabus.h"
#include "../../grader/memory.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- a course to read ----------------------------------------------------------------------- */

static char *folder; /* absolute; the tests stay at the root of the tree */

static void make_folder(void)
{
	folder = format("/tmp/syllabus_test.XXXXXX");
	cr_assert(ne(ptr, mkdtemp(folder), NULL));
}

static void remove_folder(void)
{
	folder_remove(folder);
	free(folder);
}

static void put(const char *path, const char *text)
{
	struct error error = {0};
	char *full = format("%s/%s", folder, path), *parent = format("%s", full);
	*strrchr(parent, '/') = 0;
	cr_assert(eq(int, folder_make(parent, &error), 0), "%s", error.text);
	cr_assert(eq(int, file_write(full, text, strlen(text), &error), 0), "%s", error.text);
	free(parent);
	free(full);
}

/* An exercise in root/assignments, `root` below the folder: "" or "own/". */
static void put_exercise(const char *root, const char *name, const char *unit, const char *notes, const char *more)
{
	char *yaml = format("%sassignments/%s/assignment.yaml", root, name),
	     *page = format("%sassignments/%s/README.md", root, name),
	     *text = format("schema: forkjoin/assignment/1\nname: %s\ntitle: The %s\nunit: %s\ntime: 2-3 h\nlines: 40\n"
	                    "notes: %s\n%sapi: [%s_x]\nimports: []\nlimits: {wall_s: 1, cpu_s: 1}\n"
	                    "rubric: [{id: c, title: Correctness, points: 60}, {id: m, title: \"Memory, files\", points: "
	                    "40}]\ntests: [{name: t, rubric: c, points: 60, title: T, why: W}]\n",
	                    name, name, unit, notes, more, name),
	     *outcomes = format("# %s\n\n## You will learn to\n\n- build a %s\n\n## Background\n\nNot this.\n", name, name);
	put(yaml, text);
	put(page, outcomes);
	free(outcomes);
	free(text);
	free(page);
	free(yaml);
}

#define NOTES                                                                                                          \
	"# Notes\n\n### A1 Own memory, shared\n\n> A quote.\n\n**Shown in:** [latch](../latch/README.md) (why),\n"         \
	"[gate](../gate/README.md); *lab*\n\n### A2 Cost\n\nNot [this](../gate/README.md).\n\n**Shown in:** *lab*\n\n"     \
	"Nor *that*.\n\n### A3 Fork\n\n**Shown in:** [gate](../gate/README.md)\n"

#define COURSE                                                                                                         \
	"schema: forkjoin/course/1\ntitle: A course\nunits: [{id: A, title: One}, {id: B, title: Two}]\n"                  \
	"assignments: [latch, gate]\nplanned: [lab]\nheaders: [stdio.h]\nimports: []\nforbidden: []\n"                     \
	"paths: [{title: Two weeks, about: For all., weeks: [{about: Begin, assignments: [latch]}, {about: Go on, "        \
	"assignments: [gate]}]}]\n"

static void put_course(const char *notes)
{
	put("assignments/course.yaml", COURSE);
	put("assignments/notes/A.md", notes);
	put_exercise("", "latch", "A", "[A1]", "");
	put_exercise("", "gate", "B", "[A1, A3]", "needs: [latch]\n");
}

/* Of the course in the folder; `own`: of the one in its folder "own". */
static struct course *load(bool own)
{
	struct error error = {0};
	char *outside = format("%s/own", folder);
	struct course *course = course_load(folder, own ? outside : NULL, &error);
	cr_assert(ne(ptr, course, NULL), "%s", error.text);
	free(outside);
	return course;
}

static char *text_of(const struct course *course, const struct string_list *handed_out)
{
	struct error error = {0};
	char *text = syllabus_text(course, handed_out, &error);
	cr_assert(ne(ptr, text, NULL), "%s", error.text);
	return text;
}

static void expect_in(const char *text, const char *part)
{
	cr_expect(ne(ptr, strstr(text, part), NULL), "'%s' is not in: %s", part, text);
}

static void expect_not_in(const char *text, const char *part)
{
	cr_expect(eq(ptr, strstr(text, part), NULL), "'%s' is in: %s", part, text);
}

TestSuite(notes, .init = make_folder, .fini = remove_folder);
TestSuite(syllabus, .init = make_folder, .fini = remove_folder);

/* ---- the notes ------------------------------------------------------------------------------ */

Test(notes, a_row_has_its_exercises_and_those_to_come)
{
	struct error error = {0};
	put("assignments/notes/A.md", NOTES);
	put("assignments/notes/B.md", "# Notes\n\n### B1 Last\n");
	put("assignments/notes/notes.txt", "\n### B2 No page\n");
	struct notes *notes = notes_load(folder, &error);
	cr_assert(ne(ptr, notes, NULL), "%s", error.text);
	cr_assert(eq(sz, notes->count, 4));
	const struct note_row *row = &notes->row[0];
	cr_expect(eq(str, row->id, "A1"));
	cr_expect(eq(str, row->title, "Own memory, shared"));
	cr_expect(eq(str, row->file, "A.md"));
	cr_expect(eq(uint, row->line, 3));
	cr_assert(eq(sz, row->shown.count, 2));
	cr_expect(eq(str, row->shown.item[1], "gate"));
	cr_assert(eq(sz, row->planned.count, 1));
	cr_expect(eq(str, row->planned.item[0], "lab"));
	row = notes_find(notes, "A2");
	cr_assert(ne(ptr, (void *)row, NULL));
	cr_expect(eq(sz, row->shown.count, 0));
	cr_expect(eq(sz, row->planned.count, 1), "what stands behind the paragraph does not count");
	cr_expect(eq(str, notes->row[3].id, "B1"));
	cr_expect(eq(ptr, (void *)notes_find(notes, "B2"), NULL));
	notes_free(notes);
	notes_free(NULL);
}

Test(notes, there_may_be_none)
{
	struct error error = {0};
	struct notes *notes = notes_load(folder, &error);
	cr_assert(ne(ptr, notes, NULL), "%s", error.text);
	cr_expect(eq(sz, notes->count, 0));
	notes_free(notes);
}

/* The one problem of the course with these notes in the place of its own, or none: "". */
static void expect_problem(const char *from, const char *to, const char *expected)
{
	struct error error = {0};
	const char *at = strstr(NOTES, from);
	cr_assert(ne(ptr, (void *)at, NULL));
	char *text = format("%.*s%s%s", (int)(at - NOTES), NOTES, to, at + strlen(from));
	put_course(text);
	struct course *course = load(false);
	struct notes *notes = notes_load(folder, &error);
	struct string_list problems = notes_problems(course, notes);
	cr_expect(eq(sz, problems.count, *expected ? 1 : 0), "%s", problems.count ? problems.item[0] : "");
	cr_expect(eq(str, problems.count ? problems.item[0] : "", (char *)expected));
	for (size_t i = 0; i < problems.count; i++)
		free(problems.item[i]);
	free(problems.item);
	notes_free(notes);
	course_free(course);
	free(text);
}

Test(notes, say_the_same_as_the_exercises)
{
	expect_problem("", "", "");
	expect_problem(
	    "[latch](../latch/README.md) (why),\n", "",
	    "assignments/notes/A.md:3: row A1 has no link to latch, whose assignment.yaml says that it shows it");
	expect_problem("*lab*\n\nNor", "[gate](../gate/README.md), *lab*\n\nNor",
	               "assignments/notes/A.md:10: row A2 is shown in gate, whose assignment.yaml does not name it in "
	               "'notes'");
	expect_problem("*lab*\n\nNor", "[bank](../bank/README.md), *lab*\n\nNor",
	               "assignments/notes/A.md:10: row A2 is shown in 'bank', which is no exercise of the course");
}

Test(notes, say_what_is_to_come)
{
	expect_problem("*lab*\n\nNor", "*lab, gate*\n\nNor",
	               "assignments/notes/A.md:10: row A2 has gate as planned, which is in the course: link to it");
	expect_problem("*lab*\n\nNor", "*lab,\nbank*\n\nNor",
	               "assignments/notes/A.md:10: row A2 has 'bank' as planned, which is not in 'planned' of course.yaml");
	expect_problem("*lab*\n\nNor", "nowhere\n\nNor",
	               "assignments/notes/A.md:10: no exercise shows row A2, and none is planned that does");
}

Test(notes, have_every_row_that_an_exercise_names)
{
	char *expected =
	    format("%s/assignments/gate/assignment.yaml: 'notes' has A3, and the notes have no such row", folder);
	expect_problem("### A3 Fork\n\n**Shown in:** [gate](../gate/README.md)\n", "", expected);
	free(expected);
}

Test(notes, know_nothing_of_a_course_outside)
{
	struct error error = {0};
	put_course("# Notes\n\n### A1 Unknown\n");
	put("own/course.yaml", "schema: forkjoin/course/1\ntitle: Mine\nassignments: [latch]\n");
	struct course *course = load(true);
	struct notes *notes = notes_load(folder, &error);
	cr_expect(eq(sz, notes_problems(course, notes).count, 0));
	notes_free(notes);
	course_free(course);
}

/* ---- the page ------------------------------------------------------------------------------- */

static const char page[] =
    "# Syllabus: A course\n\n<!-- Made from course.yaml, assignment.yaml, the handouts and the notes. -->\n\n"
    "2 exercises, 4-6 h of work. `make list` shows them in the order in which they are taught, and how far you are.\n\n"
    "| unit | about | exercises | time |\n|---|---|---|---|\n"
    "| A | One | [latch](latch/README.md) | 2-3 h |\n"
    "| B | Two | [gate](gate/README.md) | 2-3 h |\n\n"
    "## Paths\n\n### Two weeks\n\nFor all.\n\n"
    "| week | about | exercises | time |\n|---|---|---|---|\n"
    "| 1 | Begin | [latch](latch/README.md) | 2-3 h |\n"
    "| 2 | Go on | [gate](gate/README.md) | 2-3 h |\n\n"
    "## A: One\n\n### [latch](latch/README.md): The latch\n\n2-3 h, about 40 lines; needs nothing before it.\n"
    "Points: Correctness 60; Memory, files 40. Notes: A1.\n\nYou will learn to\n\n- build a latch\n\n"
    "## B: Two\n\n### [gate](gate/README.md): The gate\n\n2-3 h, about 40 lines; needs latch.\n"
    "Points: Correctness 60; Memory, files 40. Notes: A1, A3.\n\nYou will learn to\n\n- build a gate\n\n"
    "## The course notes\n\nThese exercises show 2 of the 3 rows. Exercises in *italics* are planned and not there "
    "yet.\n\n"
    "| row | about | shown in |\n|---|---|---|\n"
    "| [A1](notes/A.md#a1-own-memory-shared) | Own memory, shared | [latch](latch/README.md), [gate](gate/README.md), "
    "*lab* |\n"
    "| [A2](notes/A.md#a2-cost) | Cost | *lab* |\n"
    "| [A3](notes/A.md#a3-fork) | Fork | [gate](gate/README.md) |\n";

Test(syllabus, says_what_an_exercise_builds_on)
{
	put_course(NOTES);
	put_exercise("", "gate", "B", "[A1, A3]", "needs: [latch]\nreuses: [{exercise: latch, functions: [latch_x]}]\n");
	struct course *course = load(false);
	char *text = text_of(course, NULL);
	expect_in(text, "; needs latch; builds on latch.\n");
	free(text);
	course_free(course);
}

Test(syllabus, has_units_paths_exercises_and_rows)
{
	put_course(NOTES);
	struct course *course = load(false);
	char *text = text_of(course, NULL);
	cr_expect(eq(str, text, (char *)page));
	free(text);
	course_free(course);
}

Test(syllabus, of_a_handout_has_what_is_in_it)
{
	char *name = "latch";
	const struct string_list some = {&name, 1}, all = {NULL, 0};
	put_course(NOTES);
	struct course *course = load(false);
	char *text = text_of(course, &some);
	expect_in(text, "\n1 exercise, 2-3 h of work.");
	expect_in(text, "| A | One | [latch](latch/README.md) | 2-3 h |\n");
	expect_in(text, "\nThese exercises show 1 of the 3 rows.");
	expect_in(text, "| Own memory, shared | [latch](latch/README.md), *lab* |\n");
	expect_in(text, "[A2]");
	expect_not_in(text, "[A3]");
	expect_not_in(text, "gate");
	expect_not_in(text, "Paths");
	free(text);
	text = text_of(course, &all);
	cr_expect(eq(str, text, (char *)page));
	free(text);
	course_free(course);
}

Test(syllabus, of_a_course_outside_links_to_what_lies_there)
{
	struct error error = {0};
	const struct string_list all = {NULL, 0};
	put_course(NOTES);
	put("own/course.yaml", "schema: forkjoin/course/1\ntitle: Mine\nassignments: [latch, pool]\n");
	put_exercise("own/", "pool", "A", "[]", "");
	struct course *course = load(true);
	char *text = text_of(course, NULL);
	expect_in(text, "| A | One | latch, [pool](pool/README.md) | 4-6 h |\n");
	expect_in(text, "- build a pool\n");
	expect_in(text, "These exercises show 1 of the 3 rows.\n");
	expect_in(text, "| A1 | Own memory, shared | latch |\n");
	expect_not_in(text, "*lab*"); /* what the kit plans is not in this course */
	free(text);
	text = text_of(course, &all);
	expect_in(text, "| A | One | [latch](latch/README.md), [pool](pool/README.md) | 4-6 h |\n");
	expect_in(text, "| [A1](notes/A.md#a1-own-memory-shared) |");
	free(text);
	cr_expect(eq(int, syllabus_is_current(course, &error), 1), "a course outside need not have one");
	put("own/assignments/README.md", "# Mine\n");
	cr_expect(eq(int, syllabus_is_current(course, &error), 0));
	course_free(course);
}

Test(syllabus, a_course_need_not_have_units)
{
	put_course(NOTES);
	put("assignments/course.yaml", "schema: forkjoin/course/1\ntitle: A course\nassignments: [latch, gate]\n"
	                               "headers: [stdio.h]\nimports: []\nforbidden: []\n");
	struct course *course = load(false);
	char *text = text_of(course, NULL);
	expect_in(text, "how far you are.\n\n## Exercises\n\n### [latch](latch/README.md): The latch\n");
	expect_in(text, "\n### [gate](gate/README.md): The gate\n");
	free(text);
	course_free(course);
}

Test(syllabus, is_current_until_something_changes)
{
	struct error error = {0};
	put_course(NOTES);
	struct course *course = load(false);
	cr_expect(eq(int, syllabus_is_current(course, &error), 0), "there is none");
	put("assignments/README.md", page);
	cr_expect(eq(int, syllabus_is_current(course, &error), 1));
	put("assignments/gate/README.md", "# gate\n\n## You will learn to\n\n- pick a lock\n\n## Background\n");
	cr_expect(eq(int, syllabus_is_current(course, &error), 0));
	course_free(course);
}

Test(syllabus, without_a_handout_is_an_error)
{
	struct error error = {0};
	put_course(NOTES);
	struct course *course = load(false);
	char *handout = format("%s/assignments/gate/README.md", folder);
	cr_assert(eq(int, unlink(handout), 0));
	cr_expect(eq(ptr, syllabus_text(course, NULL, &error), NULL));
	expect_in(error.text, "assignments/gate/README.md");
	cr_expect(eq(int, syllabus_is_current(course, &error), -1));
	free(handout);
	course_free(course);
}

/* ---- hours ---------------------------------------------------------------------------------- */

static void expect_hours(char *time, int least, int most)
{
	struct assignment assignment = {.time = time};
	struct hours hours = assignment_hours(&assignment);
	cr_expect(eq(int, hours.least, least), "%s", time);
	cr_expect(eq(int, hours.most, most), "%s", time);
}

Test(hours, are_read_from_what_people_write)
{
	expect_hours("3-4 h", 3, 4);
	expect_hours("1 h", 1, 1);
	expect_hours("an evening", 0, 0);
}

/* ---- the course as it is shipped ------------------------------------------------------------ */

static struct course *load_shipped(void)
{
	struct error error = {0};
	struct course *course = course_load(".", NULL, &error);
	cr_assert(ne(ptr, course, NULL), "%s", error.text);
	return course;
}

Test(shipped, notes_and_exercises_say_the_same)
{
	struct error error = {0};
	struct course *course = load_shipped();
	struct notes *notes = notes_load(".", &error);
	cr_assert(ne(ptr, notes, NULL), "%s", error.text);
	cr_expect(eq(sz, notes->count, 57));
	struct string_list problems = notes_problems(course, notes);
	for (size_t i = 0; i < problems.count; i++) {
		cr_expect(false, "%s", problems.item[i]);
		free(problems.item[i]);
	}
	free(problems.item);
	notes_free(notes);
	course_free(course);
}

Test(shipped, the_syllabus_is_current)
{
	struct error error = {0};
	struct course *course = load_shipped();
	cr_expect(eq(int, syllabus_is_current(course, &error), 1), "make syllabus");
	course_free(course);
}

Test(shipped, every_exercise_says_what_is_learnt)
{
	struct course *course = load_shipped();
	char *text = text_of(course, NULL);
	for (size_t i = 0; i < course->assignment_count; i++) {
		char *heading = format("\n### [%s](", course->assignment[i]->name);
		const char *at = strstr(text, heading), *end = at ? strstr(at + 1, "\n##") : NULL;
		const char *outcomes = at ? strstr(at, "\nYou will learn to\n\n- ") : NULL;
		cr_expect(outcomes && end && outcomes < end, "%s has no list 'You will learn to'", course->assignment[i]->name);
		free(heading);
	}
	free(text);
	course_free(course);
}

/* A semester is the whole course. */
Test(shipped, the_longest_path_leaves_nothing_out)
{
	struct course *course = load_shipped();
	size_t most = 0;
	for (size_t i = 0; i < course->path_count; i++) {
		size_t count = 0;
		for (size_t w = 0; w < course->path[i].week_count; w++)
			count += course->path[i].week[w].assignments.count;
		most = count > most ? count : most;
	}
	cr_expect(eq(sz, most, course->assignment_count));
	course_free(course);
}

/* The lines of a table that begin a unit or have an exercise, up to the name of it. */
static char *outline_of_table(const char *text)
{
	char *outline;
	size_t size;
	FILE *out = memory_open(&outline, &size);
	for (const char *at = text; (at = strchr(at, '\n')); at++)
		if (strncmp(at, "\n| **", 5) == 0 || strncmp(at, "\n| [", 4) == 0)
			fprintf(out, "%.*s\n", (int)strcspn(at + 3, "|") + 1, at + 2);
	fclose(out);
	return outline;
}

static char *outline_of_course(const struct course *course)
{
	char *outline;
	size_t size;
	FILE *out = memory_open(&outline, &size);
	for (size_t u = 0; u < course->unit_count; u++) {
		fprintf(out, " **%s: %s** \n", course->unit[u].id, course->unit[u].title);
		for (size_t i = 0; i < course->assignment_count; i++)
			if (strcmp(course->assignment[i]->unit, course->unit[u].id) == 0)
				fprintf(out, " [%s](assignments/%s/README.md) \n", course->assignment[i]->name,
				        course->assignment[i]->name);
	}
	fclose(out);
	return outline;
}

Test(shipped, the_table_of_the_readme_has_the_exercises_by_unit)
{
	struct error error = {0};
	struct course *course = load_shipped();
	char *text = file_read("README.md", 1 << 20, NULL, &error);
	cr_assert(ne(ptr, text, NULL), "%s", error.text);
	char *table = outline_of_table(text), *wanted = outline_of_course(course);
	cr_expect(eq(str, table, wanted));
	free(wanted);
	free(table);
	free(text);
	course_free(course);
}
