/* What assignment.yaml and assignment.hidden.yaml are together, and every sentence about two that do not fit. */
#include "../../grader/file.h"
#include "../../grader/memory.h"
#include "sample.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *folder;

static void make_folder(void)
{
	folder = format("/tmp/hidden_part_test.XXXXXX");
	cr_assert(ne(ptr, mkdtemp(folder), NULL));
}

static void remove_folder(void)
{
	folder_remove(folder);
	free(folder);
}

static void put(const char *name, const char *text)
{
	struct error error = {0};
	char *path = format("%s/%s", folder, name);
	cr_assert(eq(int, file_write(path, text, strlen(text), &error), 0), "%s", error.text);
	free(path);
}

static const char open_part[] =                                                                  /* line */
    "schema: forkjoin/assignment/1\n"                                                            /* 1 */
    "name: latch\n"                                                                              /* 2 */
    "title: A latch\n"                                                                           /* 3 */
    "unit: C\n"                                                                                  /* 4 */
    "time: 1 h\n"                                                                                /* 5 */
    "lines: 30\n"                                                                                /* 6 */
    "notes: []\n"                                                                                /* 7 */
    "api: [latch_open]\n"                                                                        /* 8 */
    "imports: []\n"                                                                              /* 9 */
    "limits: {wall_s: 20, cpu_s: 20}\n"                                                          /* 10 */
    "rubric:\n"                                                                                  /* 11 */
    "  - {id: correctness, title: Correctness, points: 60}\n"                                    /* 12 */
    "  - {id: hygiene, title: Memory, points: 40}\n"                                             /* 13 */
    "elsewhere:\n"                                                                               /* 14 */
    "  - {rubric: correctness, points: 40}\n"                                                    /* 15 */
    "  - {rubric: hygiene, points: 24}\n"                                                        /* 16 */
    "tests:\n"                                                                                   /* 17 */
    "  - {name: it_opens, rubric: correctness, points: 20, title: T1, why: W1}\n"                /* 18 */
    "checks:\n"                                                                                  /* 19 */
    "  - {check: memcheck, rubric: hygiene, points: 10, tests: [it_opens], title: C1, why: W}\n" /* 20 */
    "  - {check: memcheck, rubric: hygiene, points: 0, tests: [it_opens], title: C3, why: W}\n"  /* 21 */
    "  - {check: tsan, rubric: hygiene, points: 0, title: C4, why: W}\n"                         /* 22 */
    "  - {check: symbols, rubric: hygiene, points: 6, title: C5, why: W}\n"                      /* 23 */
    "hints:\n"                                                                                   /* 24 */
    "  - {id: it_hangs, title: It hangs, levels: [Look]}\n";                                     /* 25 */

static const char hidden_part[] =
    "schema: forkjoin/assignment.hidden/1\n"                                                        /* 1 */
    "tests:\n"                                                                                      /* 2 */
    "  - {name: bolt_shuts, rubric: correctness, points: 40, title: T2, why: W2, hint: it_hangs}\n" /* 3 */
    "  - {name: bolt_rusts, rubric: correctness, points: 0, cost: 3, title: T3, why: W3}\n"         /* 4 */
    "checks:\n"                                                                                     /* 5 */
    "  - {check: memcheck, rubric: hygiene, points: 9, tests: [bolt_rusts], title: C2, why: W}\n"   /* 6 */
    "mixed_checks:\n"                                                                               /* 7 */
    "  - {title: C3, points: 8, tests: [bolt_shuts]}\n"                                             /* 8 */
    "  - {title: C4, points: 7}\n"                                                                  /* 9 */
    "contract:\n"                                                                                   /* 10 */
    "  - {id: ends, says: It ends., tests: [bolt_shuts, it_opens], checks: [memcheck]}\n"           /* 11 */
    "  - {id: title, says: A latch, prose: a heading}\n";                                           /* 12 */

/* Loads both files; NULL: without the hidden one. */
static struct assignment *load(const char *open, const char *hidden, struct error *error)
{
	char *path = format("%s/assignment.yaml", folder);
	put("assignment.yaml", open);
	if (hidden)
		put("assignment.hidden.yaml", hidden);
	struct assignment *assignment = assignment_load(path, error);
	free(path);
	return assignment;
}

/* `text`, in which the first `from` is `to`. The caller frees it. */
static char *changed(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	cr_assert(at != NULL, "'%s' is not there", from);
	return format("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

static void expect_message(const char *open, const char *hidden, const char *expected)
{
	struct error error = {0};
	struct assignment *assignment = load(open, hidden, &error);
	size_t place = assignment ? 0 : strlen(folder) + 1;
	cr_expect(eq(str, error.text + place, (char *)expected));
	cr_expect(eq(int, assignment != NULL, !*expected));
	assignment_free(assignment);
}

/* The message about a hidden part, or an open one, that was changed; "": both are good. */
static void expect_hidden(const char *from, const char *to, const char *expected)
{
	char *hidden = changed(hidden_part, from, to);
	expect_message(open_part, hidden, expected);
	free(hidden);
}

static void expect_open(const char *from, const char *to, const char *expected)
{
	char *open = changed(open_part, from, to);
	expect_message(open, hidden_part, expected);
	free(open);
}

TestSuite(hidden_part, .init = make_folder, .fini = remove_folder);

/* ---- what they are together ----------------------------------------------------------------- */

Test(hidden_part, hidden_tests_come_behind_public_ones)
{
	struct error error = {0};
	struct assignment *assignment = load(open_part, hidden_part, &error);
	cr_assert(assignment != NULL, "%s", error.text);
	cr_assert(eq(sz, assignment->test_count, 3));
	cr_expect(eq(str, assignment->test[0].name, "it_opens"));
	cr_expect(not(assignment->test[0].hidden));
	cr_expect(eq(str, assignment->test[1].name, "bolt_shuts"));
	cr_expect(assignment->test[1].hidden);
	cr_expect(eq(str, assignment->test[2].name, "bolt_rusts"));
	cr_expect(assignment->test[2].hidden);
	cr_expect(eq(str, (char *)assignment_file(assignment, &assignment->test[0]), assignment->path));
	cr_expect(eq(str, (char *)assignment_file(assignment, &assignment->test[2]), assignment->hidden_path));
	cr_expect(eq(uint, assignment->test[2].line, 4));
	cr_expect(eq(sz, assignment->elsewhere_count, 0), "nothing is decided elsewhere");
	cr_assert(eq(sz, assignment->sentence_count, 2));
	cr_expect(eq(str, assignment->sentence[1].prose, "a heading"));
	assignment_free(assignment);
}

Test(hidden_part, checks_over_hidden_tests_have_their_points_and_places)
{
	static const struct {
		char *title;
		int points;
		size_t tests;
	} wanted[] = {{"C1", 10, 1}, {"C3", 8, 2}, {"C2", 9, 1}, {"C4", 7, 0}, {"C5", 6, 0}};
	struct error error = {0};
	struct assignment *assignment = load(open_part, hidden_part, &error);
	cr_assert(assignment != NULL, "%s", error.text);
	cr_assert(eq(sz, assignment->check_count, 5));
	for (size_t i = 0; i < 5; i++) {
		const struct check_spec *check = &assignment->check[i];
		cr_expect(eq(str, check->title, wanted[i].title));
		cr_expect(eq(int, check->points, wanted[i].points), "%s", check->title);
		cr_expect(eq(sz, check->tests.count, wanted[i].tests), "%s", check->title);
	}
	cr_expect(eq(str, assignment->check[1].tests.item[1], "bolt_shuts"));
	assignment_free(assignment);
}

Test(hidden_part, a_check_of_a_kind_that_the_open_part_lacks_comes_last)
{
	struct error error = {0};
	char *hidden = changed(hidden_part, "check: memcheck", "check: audit");
	struct assignment *assignment = load(open_part, hidden, &error);
	cr_assert(assignment != NULL, "%s", error.text);
	cr_expect(eq(str, assignment->check[4].title, "C2"));
	assignment_free(assignment);
	free(hidden);
}

Test(hidden_part, without_it_points_are_elsewhere)
{
	struct error error = {0};
	struct assignment *assignment = load(open_part, NULL, &error);
	cr_assert(assignment != NULL, "%s", error.text);
	cr_expect(eq(sz, assignment->test_count, 1));
	cr_expect(eq(sz, assignment->check_count, 4));
	cr_expect(eq(int, assignment->check[1].points, 0));
	cr_assert(eq(sz, assignment->elsewhere_count, 2));
	cr_expect(eq(int, assignment->elsewhere[1].points, 24));
	cr_expect(assignment->hidden_path == NULL);
	assignment_free(assignment);
}

Test(hidden_part, may_be_a_table_of_sentences_and_nothing_else)
{
	char *open = changed(open_part,
	                     "elsewhere:\n  - {rubric: correctness, points: 40}\n  - {rubric: hygiene, points: 24}\n", "");
	expect_message(
	    open, "schema: forkjoin/assignment.hidden/1\ncontract: [{id: ends, says: It ends., tests: [it_opens]}]\n", "");
	free(open);
}

Test(hidden_part, the_essence_is_in_one_of_the_files)
{
	static const char schema[] = "hidden/1\n",
	                  essence[] = "hidden/1\nessence: {points: 10, tests: [it_opens, bolt_shuts]}\n";
	struct error error = {0};
	char *hidden = changed(hidden_part, schema, essence);
	char *open = changed(open_part, "tests:\n", "essence: {points: 9, tests: [it_opens]}\ntests:\n");
	struct assignment *assignment = load(open_part, hidden, &error);
	cr_assert(assignment != NULL, "%s", error.text);
	cr_expect(eq(int, assignment->essence.points, 10));
	cr_expect(eq(str, assignment->essence.tests.item[1], "bolt_shuts"));
	assignment_free(assignment);
	assignment = load(open, hidden_part, &error);
	cr_assert(assignment != NULL, "%s", error.text);
	cr_expect(eq(int, assignment->essence.points, 9));
	assignment_free(assignment);
	expect_message(open, hidden, "assignment.hidden.yaml:2:10: 'essence' is in assignment.yaml, too");
	free(open);
	free(hidden);
	expect_hidden(schema, "hidden/1\nessence: {points: 10, tests: [it_opens]}\n",
	              "assignment.hidden.yaml:2:10: 'essence' names no hidden test: it belongs into assignment.yaml");
	expect_hidden(schema, "hidden/1\nessence: {points: 10, tests: [bolt_shut]}\n",
	              "assignment.hidden.yaml:2:31: unknown test 'bolt_shut', did you mean 'bolt_shuts'?");
	expect_open("tests:\n", "essence: {points: 9, tests: [bolt_shuts]}\ntests:\n",
	            "assignment.yaml:17:30: unknown test 'bolt_shuts'; there is none of that name");
}

/* ---- what does not fit ---------------------------------------------------------------------- */

Test(hidden_part, each_key_has_its_file)
{
	expect_hidden("tests:\n", "title: A latch\ntests:\n",
	              "assignment.hidden.yaml:2:8: 'title' belongs into assignment.yaml");
	expect_hidden("tests:\n", "hints: []\ntests:\n",
	              "assignment.hidden.yaml:2:8: 'hints' belongs into assignment.yaml");
	expect_open("hints:\n", "contract: []\nhints:\n",
	            "assignment.yaml:24:11: 'contract' belongs into assignment.hidden.yaml");
	expect_hidden("contract:\n", "contarct:\n",
	              "assignment.hidden.yaml:10:1: unknown key 'contarct', did you mean 'contract'?");
	expect_hidden("cost: 3", "weight: 3",
	              "assignment.hidden.yaml:4:56: unknown key 'weight' in this test; it has: name, rubric, points, cost, "
	              "told, title, why, hint, real_time");
}

Test(hidden_part, names_are_those_of_both_files)
{
	expect_hidden("name: bolt_shuts", "name: it_opens",
	              "assignment.hidden.yaml:3:12: the test 'it_opens' is in assignment.yaml, too");
	expect_hidden("name: bolt_rusts", "name: bolt_shuts", "assignment.hidden.yaml:4:12: duplicate test 'bolt_shuts'");
	expect_hidden("rubric: correctness", "rubric: corectness",
	              "assignment.hidden.yaml:3:32: unknown rubric line 'corectness', did you mean 'correctness'?");
	expect_hidden("hint: it_hangs", "hint: it_hang",
	              "assignment.hidden.yaml:3:83: unknown hint 'it_hang', did you mean 'it_hangs'?");
	expect_open("[it_opens], title: C1", "[bolt_shuts], title: C1",
	            "assignment.yaml:20:60: unknown test 'bolt_shuts'; there is none of that name");
}

Test(hidden_part, a_check_is_where_its_tests_are)
{
	static const char *const needless[] = {"tests: [it_opens],", ""};
	for (int i = 0; i < 2; i++)
		expect_hidden(
		    "tests: [bolt_rusts],", needless[i],
		    "assignment.hidden.yaml:6:5: 'C2' names no hidden test in 'tests': it belongs into assignment.yaml");
	expect_hidden("  - {title: C4, points: 7}\n", "",
	              "assignment.yaml:22:5: 'C4' looks at all tests, and there are hidden ones: it needs an entry of "
	              "'mixed_checks' in assignment.hidden.yaml, or 'tests' here");
}

Test(hidden_part, a_mixed_check_is_one_of_the_open_part)
{
	expect_hidden("title: C3", "title: C33",
	              "assignment.hidden.yaml:8:13: unknown title of a check 'C33', did you mean 'C3'?");
	expect_hidden("title: C4", "title: C3", "assignment.hidden.yaml:9:13: duplicate entry of 'mixed_checks' 'C3'");
	expect_hidden("title: C4", "title: C5", "assignment.hidden.yaml:9:5: 'C5' is about symbols, and looks at no tests");
	expect_hidden("title: C4", "title: C1",
	              "assignment.hidden.yaml:9:5: 'C1' has points in assignment.yaml, too: write 'points: 0' there");
	expect_hidden("C4, points: 7", "C4, points: 7, tests: [bolt_rusts]",
	              "assignment.hidden.yaml:9:5: 'C4' looks at all tests: it takes no 'tests' here");
	expect_hidden(", tests: [bolt_shuts]}", "}",
	              "assignment.hidden.yaml:8:5: missing key 'tests': which hidden tests 'C3' looks at");
	expect_hidden("8, tests: [bolt_shuts]", "8, tests: [it_opens]",
	              "assignment.hidden.yaml:8:36: unknown hidden test 'it_opens'; there is none of that name");
	expect_open("title: C1", "title: C3", "assignment.yaml:21:77: duplicate title of a check 'C3'");
}

Test(hidden_part, elsewhere_says_what_hidden_tests_decide)
{
	expect_open("points: 40}\n  - {rubric: hygiene", "points: 39}\n  - {rubric: hygiene",
	            "assignment.yaml:12:5: 'correctness' has 40 points in assignment.hidden.yaml, but 'elsewhere' says 39");
	expect_open("  - {rubric: hygiene, points: 24}\n", "",
	            "assignment.yaml:13:5: 'hygiene' has 24 points in assignment.hidden.yaml, but 'elsewhere' says 0");
	expect_hidden("C4, points: 7", "C4, points: 8",
	              "assignment.yaml:13:5: 'hygiene' has 25 points in assignment.hidden.yaml, but 'elsewhere' says 24");
}

Test(hidden_part, a_sentence_has_tests_or_a_reason_for_none)
{
	static const char last[] = "  - {id: title, says: A latch, prose: a heading}\n";
	static const char neither[] =
	    "assignment.hidden.yaml:12:5: the sentence 'title' needs 'tests' or 'checks' that show "
	    "it, or 'prose' that says why none can; not both";
	expect_hidden(last, "  - {id: title, says: A latch}\n", neither);
	expect_hidden(last, "  - {id: title, says: A latch, tests: [it_opens], prose: a heading}\n", neither);
	expect_hidden(last, "  - {id: title, says: A latch, tests: [it_open]}\n",
	              "assignment.hidden.yaml:12:40: unknown test 'it_open', did you mean 'it_opens'?");
	expect_hidden(last, "  - {id: title, says: A latch, checks: [audit]}\n",
	              "assignment.hidden.yaml:12:41: unknown check 'audit'; there is none of that name");
	expect_hidden(last, "  - {id: ends, says: A latch, prose: a heading}\n",
	              "assignment.hidden.yaml:12:10: duplicate sentence 'ends'");
	expect_hidden(last, "  - {id: title, prose: a heading}\n",
	              "assignment.hidden.yaml:12:5: missing key 'says' in this entry of 'contract': expected words of the "
	              "header, as they stand there");
}

Test(hidden_part, it_is_a_file_of_its_own_kind)
{
	expect_message(open_part, "schema: forkjoin\n",
	               "assignment.hidden.yaml:1:9: 'schema' must be 'forkjoin/assignment.hidden/1', found 'forkjoin'");
}
