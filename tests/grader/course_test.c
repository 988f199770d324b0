/* What course/ makes of course.yaml and assignment.yaml, and every sentence it says about a wrong one. */
#include "../../grader/course/copy.h"
#include "../../grader/course/course.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- a folder to write in ------------------------------------------------------------------- */

static char home[4096]; /* where the tests were started: the root of the tree */

static void enter_folder(void)
{
	char folder[] = "/tmp/course_test.XXXXXX";
	cr_assert(getcwd(home, sizeof home) != NULL);
	cr_assert(mkdtemp(folder) != NULL);
	cr_assert(chdir(folder) == 0);
}

static void leave_folder(void)
{
	char folder[4096], command[4200];
	if (!getcwd(folder, sizeof folder) || strncmp(folder, "/tmp/course_test.", 17) != 0)
		return;
	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	if (chdir("/") != 0 || system(command) != 0)
		perror(folder);
}

static void put_bytes(const char *path, const char *bytes, size_t size)
{
	FILE *file = fopen(path, "w");
	cr_assert(file != NULL);
	cr_assert(fwrite(bytes, 1, size, file) == size);
	cr_assert(fclose(file) == 0);
}

static void put(const char *path, const char *text)
{
	put_bytes(path, text, strlen(text));
}

/* ---- a good file, and how to spoil it ------------------------------------------------------- */

static const char good[] =                                            /* line numbers stand at the right */
    "schema: forkjoin/assignment/1\n"                                 /* 1 */
    "name: pipe_ring\n"                                               /* 2 */
    "title: A ring of pipes\n"                                        /* 3 */
    "unit: B\n"                                                       /* 4 */
    "time: 2-4 h\n"                                                   /* 5 */
    "lines: 110\n"                                                    /* 6 */
    "notes: [A4, B5, B19, C30]\n"                                     /* 7 */
    "api: [ring_run]\n"                                               /* 8 */
    "imports: [fork, pipe]\n"                                         /* 9 */
    "state: allowed\n"                                                /* 10 */
    "limits: {wall_s: 20, cpu_s: 10, output_kib: 512, file_kib: 0}\n" /* 11 */
    "rubric:\n"                                                       /* 12 */
    "  - {id: correctness, title: Correctness, points: 60}\n"         /* 13 */
    "  - {id: hygiene, title: \"Memory, descriptors\", points: 40}\n" /* 14 */
    "tests:\n"                                                        /* 15 */
    "  - name: token_returns\n"                                       /* 16 */
    "    told: first\n"                                               /* 17 */
    "    rubric: correctness\n"                                       /* 18 */
    "    points: 60\n"                                                /* 19 */
    "    title: The token comes back\n"                               /* 20 */
    "    why: >\n"                                                    /* 21 */
    "      A ring that loses it\n"                                    /* 22 */
    "      is no ring.\n"                                             /* 23 */
    "    hint: ring_hangs\n"                                          /* 24 */
    "  - name: zero_nodes\n"                                          /* 25 */
    "    told: last\n"                                                /* 26 */
    "    rubric: correctness\n"                                       /* 27 */
    "    points: 0\n"                                                 /* 28 */
    "    cost: 2\n"                                                   /* 29 */
    "    title: No nodes is EINVAL\n"                                 /* 30 */
    "    why: The header says so\n"                                   /* 31 */
    "    real_time: it needs none\n"                                  /* 32 */
    "checks:\n"                                                       /* 33 */
    "  - check: memcheck\n"                                           /* 34 */
    "    rubric: hygiene\n"                                           /* 35 */
    "    points: 40\n"                                                /* 36 */
    "    kinds: [memory_leak]\n"                                      /* 37 */
    "    tests: [token_returns, zero_nodes]\n"                        /* 38 */
    "    title: No memory is leaked\n"                                /* 39 */
    "    why: It adds up\n"                                           /* 40 */
    "    hint: ring_hangs\n"                                          /* 41 */
    "hints:\n"                                                        /* 42 */
    "  - id: ring_hangs\n"                                            /* 43 */
    "    title: My ring hangs\n"                                      /* 44 */
    "    levels: [\"Who could still write?\", \"fork(2)\", \"Close the rest.\"]\n"; /* 45 */

/* Loads the text; the error must be `expected`, at "assignment.yaml:". An empty `expected` asks for success. */
static void expect_text(const char *text, size_t size, const char *expected)
{
	struct error error = {0};
	struct assignment *assignment;
	put_bytes("assignment.yaml", text, size);
	assignment = assignment_load("assignment.yaml", &error);
	cr_expect(eq(str, error.text, (char *)expected));
	cr_expect(eq(int, assignment != NULL, !*expected));
	assignment_free(assignment);
}

/* Loads the good file with the first `from` replaced by `to`. */
static void expect(const char *from, const char *to, const char *expected)
{
	char text[8192];
	const char *at = strstr(good, from);
	cr_assert(at != NULL, "the good file has no '%s'", from);
	snprintf(text, sizeof text, "%.*s%s%s", (int)(at - good), good, to, at + strlen(from));
	expect_text(text, strlen(text), expected);
}

TestSuite(course, .init = enter_folder, .fini = leave_folder);

/* ---- what is read --------------------------------------------------------------------------- */

Test(course, every_value_of_an_assignment_arrives)
{
	struct error error = {0};
	struct assignment *a;
	put("assignment.yaml", good);
	a = assignment_load("assignment.yaml", &error);
	cr_assert(a != NULL, "%s", error.text);
	cr_expect(eq(str, a->name, "pipe_ring"));
	cr_expect(eq(str, a->title, "A ring of pipes"));
	cr_expect(eq(str, a->unit, "B"));
	cr_expect(eq(str, a->time, "2-4 h"));
	cr_expect(eq(int, a->lines, 110));
	cr_assert(eq(sz, a->notes.count, 4));
	cr_expect(eq(str, a->notes.item[3], "C30"));
	cr_assert(eq(sz, a->api.count, 1));
	cr_expect(eq(str, a->api.item[0], "ring_run"));
	cr_assert(eq(sz, a->imports.count, 2));
	cr_expect(eq(str, a->imports.item[1], "pipe"));
	cr_expect(a->state_allowed);
	cr_expect(eq(int, a->limits.wall_s, 20));
	cr_expect(eq(int, a->limits.cpu_s, 10));
	cr_expect(eq(int, a->limits.output_kib, 512));
	cr_expect(eq(int, a->limits.file_kib, 0));
	cr_expect(eq(str, a->path, "assignment.yaml"));
	cr_expect(a->hidden_path == NULL);

	cr_assert(eq(sz, a->rubric_count, 2));
	cr_expect(eq(str, a->rubric[1].id, "hygiene"));
	cr_expect(eq(str, a->rubric[1].title, "Memory, descriptors"));
	cr_expect(eq(int, a->rubric[1].points, 40));

	cr_assert(eq(sz, a->test_count, 2));
	cr_expect(eq(str, a->test[0].name, "token_returns"));
	cr_expect(not(a->test[0].hidden));
	cr_expect(eq(str, a->test[0].told, "first"));
	cr_expect(eq(str, a->test[0].rubric, "correctness"));
	cr_expect(eq(int, a->test[0].points, 60));
	cr_expect(eq(int, a->test[0].cost, 0));
	cr_expect(eq(str, a->test[0].title, "The token comes back"));
	cr_expect(eq(str, a->test[0].why, "A ring that loses it is no ring."), "the newline at the end is dropped");
	cr_expect(eq(str, a->test[0].hint, "ring_hangs"));
	cr_expect(a->test[0].real_time == NULL);
	cr_expect(eq(uint, a->test[0].line, 16));
	cr_expect(eq(str, a->test[1].told, "last"));
	cr_expect(eq(int, a->test[1].points, 0));
	cr_expect(eq(int, a->test[1].cost, 2));
	cr_expect(a->test[1].hint == NULL);
	cr_expect(eq(str, a->test[1].real_time, "it needs none"));
	cr_expect(eq(uint, a->test[1].line, 25));

	cr_assert(eq(sz, a->check_count, 1));
	cr_expect(eq(str, a->check[0].check, "memcheck"));
	cr_expect(eq(str, a->check[0].rubric, "hygiene"));
	cr_expect(eq(int, a->check[0].points, 40));
	cr_assert(eq(sz, a->check[0].kinds.count, 1));
	cr_expect(eq(str, a->check[0].kinds.item[0], "memory_leak"));
	cr_assert(eq(sz, a->check[0].tests.count, 2));
	cr_expect(eq(str, a->check[0].tests.item[1], "zero_nodes"));
	cr_expect(eq(uint, a->check[0].line, 34));

	cr_assert(eq(sz, a->hint_count, 1));
	cr_expect(eq(str, a->hint[0].title, "My ring hangs"));
	cr_assert(eq(sz, a->hint[0].levels.count, 3));
	cr_expect(eq(str, a->hint[0].levels.item[2], "Close the rest."));
	cr_expect(eq(uint, a->hint[0].line, 43));

	cr_expect(assignment_test(a, "zero_nodes") == &a->test[1]);
	cr_expect(assignment_test(a, "none") == NULL);
	cr_expect(assignment_hint(a, "ring_hangs") == &a->hint[0]);
	cr_expect(assignment_hint(a, "none") == NULL);
	assignment_free(a);
}

Test(course, what_is_optional_may_be_left_out)
{
	static const char least[] = "schema: forkjoin/assignment/1\nname: x\ntitle: X\nunit: A\ntime: 1 h\nlines: 1\n"
	                            "notes: []\napi: [x]\nimports: []\nlimits: {wall_s: 1, cpu_s: 1}\n"
	                            "rubric: [{id: c, title: C, points: 100}]\n"
	                            "tests: [{name: t, rubric: c, points: 100, title: T, why: W}]\n";
	struct error error = {0};
	struct assignment *a;
	put("assignment.yaml", least);
	a = assignment_load("assignment.yaml", &error);
	cr_assert(a != NULL, "%s", error.text);
	cr_expect(not(a->state_allowed), "state is 'none' by default");
	cr_expect(eq(int, a->limits.output_kib, 1024));
	cr_expect(eq(int, a->limits.file_kib, 1024));
	cr_expect(eq(sz, a->check_count, 0));
	cr_expect(eq(sz, a->hint_count, 0));
	assignment_free(a);
	assignment_free(NULL);
}

Test(course, windows_line_ends_and_a_byte_order_mark_do_no_harm)
{
	char text[8192];
	size_t size = 0;
	for (const char *p = good; *p; p++) {
		if (*p == '\n')
			text[size++] = '\r';
		text[size++] = *p;
	}
	expect_text(text, size, "");
	memmove(text + 3, text, size);
	memcpy(text, "\xef\xbb\xbf", 3);
	expect_text(text, size + 3, "");
}

Test(course, points_that_do_not_add_up_are_not_an_error_of_the_file)
{
	expect("points: 60}", "points: 61}", "");
	expect("    points: 40\n", "    points: 1\n", "");
}

/* ---- keys ----------------------------------------------------------------------------------- */

Test(course, unknown_keys_are_named_with_the_closest_known_one)
{
	expect("    points: 60\n", "    pionts: 60\n",
	       "assignment.yaml:19:5: unknown key 'pionts', did you mean 'points'?");
	expect("wall_s: 20", "wal_s: 20", "assignment.yaml:11:10: unknown key 'wal_s', did you mean 'wall_s'?");
	expect("unit: B\n", "Titel: B\n", "assignment.yaml:4:1: unknown key 'Titel', did you mean 'title'?");
	expect("    cost: 2\n", "    weight: 2\n",
	       "assignment.yaml:29:5: unknown key 'weight' in this test; it has: name, rubric, points, cost, "
	       "told, "
	       "title, "
	       "why, hint, real_time");
	expect("lines: 110\n", "<<: 3\n",
	       "assignment.yaml:6:1: unknown key '<<' in this assignment; it has: schema, name, title, unit, time, lines, "
	       "skeleton, notes, "
	       "needs, reuses, api, imports, forbidden, state, limits, rubric, elsewhere, essence, tests, checks, reasons, "
	       "hints");
}

Test(course, duplicate_keys_name_both_lines)
{
	expect("    points: 60\n", "    points: 60\n    points: 6\n",
	       "assignment.yaml:20:5: duplicate key 'points', first given in line 19");
	expect("unit: B\n", "title: B\n", "assignment.yaml:4:1: duplicate key 'title', first given in line 3");
}

Test(course, missing_keys_say_what_was_expected)
{
	expect("    points: 60\n", "",
	       "assignment.yaml:16:5: missing key 'points' in this test: expected a whole number from 0 to 100");
	expect("    rubric: correctness\n", "",
	       "assignment.yaml:16:5: missing key 'rubric' in this test: expected the id of a rubric line");
	expect("    why: The header says so\n", "",
	       "assignment.yaml:25:5: missing key 'why' in this test: expected a sentence that says why it matters");
	expect("name: pipe_ring\n", "",
	       "assignment.yaml:1:1: missing key 'name' in this assignment: expected a name (letters, digits and '_', no "
	       "digit "
	       "first)");
	expect("wall_s: 20, ", "",
	       "assignment.yaml:11:9: missing key 'wall_s' in this limits mapping: expected a whole number from 1 to 3600");
	expect("    title: My ring hangs\n", "",
	       "assignment.yaml:43:5: missing key 'title' in this hint: expected the question that the hint answers");
}

Test(course, a_key_is_a_word)
{
	expect("unit: B\n", "? [unit]\n: B\n",
	       "assignment.yaml:4:3: a key of this assignment must be a word, found a list");
	expect("unit: B\n", "? {unit: A}\n: B\n",
	       "assignment.yaml:4:3: a key of this assignment must be a word, found a mapping");
}

/* ---- values --------------------------------------------------------------------------------- */

Test(course, numbers_are_whole_plain_and_in_range)
{
	expect("    points: 60\n", "    points: -3\n",
	       "assignment.yaml:19:13: 'points' must be a whole number from 0 to 100, found '-3'");
	expect("    points: 60\n", "    points: 101\n",
	       "assignment.yaml:19:13: 'points' must be a whole number from 0 to 100, found '101'");
	expect("    points: 60\n", "    points: six\n",
	       "assignment.yaml:19:13: 'points' must be a whole number from 0 to 100, found 'six'");
	expect("    points: 60\n", "    points: 6.5\n",
	       "assignment.yaml:19:13: 'points' must be a whole number from 0 to 100, found '6.5'");
	expect("    points: 60\n", "    points: 060\n",
	       "assignment.yaml:19:13: 'points' must be a whole number from 0 to 100, found '060'");
	expect("    points: 60\n", "    points: \"60\"\n",
	       "assignment.yaml:19:13: 'points' must be a whole number from 0 to 100, found the text '60'");
	expect("    points: 60\n", "    points: [60]\n",
	       "assignment.yaml:19:13: 'points' must be a whole number from 0 to 100, found a list");
	expect("    points: 60\n", "    points:\n",
	       "assignment.yaml:19:12: 'points' must be a whole number from 0 to 100, found nothing");
	expect("    points: 60\n", "    points: 99999999999999999999\n",
	       "assignment.yaml:19:13: 'points' must be a whole number from 0 to 100, found '99999999999999999999'");
	expect("points: 60}", "points: -60}",
	       "assignment.yaml:13:51: 'points' must be a whole number from 0 to 100, found '-60'");
	expect("    cost: 2\n", "    cost: -2\n",
	       "assignment.yaml:29:11: 'cost' must be a whole number from 0 to 100, found '-2'");
	expect("wall_s: 20", "wall_s: 0",
	       "assignment.yaml:11:18: 'wall_s' must be a whole number from 1 to 3600, found '0'");
}

Test(course, text_is_text_and_not_empty)
{
	expect("title: A ring of pipes\n", "title: [A, ring]\n", "assignment.yaml:3:8: 'title' must be text, found a list");
	expect("title: A ring of pipes\n", "title: {A: ring}\n",
	       "assignment.yaml:3:8: 'title' must be text, found a mapping");
	expect("title: A ring of pipes\n", "title:\n", "assignment.yaml:3:7: 'title' must be text, found nothing");
	expect("title: A ring of pipes\n", "title: ~\n", "assignment.yaml:3:8: 'title' must be text, found nothing");
	expect("title: A ring of pipes\n", "title: null\n", "assignment.yaml:3:8: 'title' must be text, found nothing");
	expect("title: A ring of pipes\n", "title: '  '\n", "assignment.yaml:3:8: 'title' must be text, found nothing");
	expect("title: A ring of pipes\n", "title: \"a\\0b\"\n",
	       "assignment.yaml:3:8: 'title' contains the control character 0x00");
	expect("title: A ring of pipes\n", "title: \"\\e[31mred\"\n",
	       "assignment.yaml:3:8: 'title' contains the control character 0x1b");
}

Test(course, names_are_identifiers)
{
	expect("name: token_returns", "name: token returns",
	       "assignment.yaml:16:11: 'name' must be a name (letters, digits and '_', no digit first), found 'token "
	       "returns'");
	expect("name: pipe_ring", "name: ../../etc",
	       "assignment.yaml:2:7: 'name' must be a name (letters, digits and '_', no digit first), found '../../etc'");
	expect(
	    "api: [ring_run]", "api: [2ring]",
	    "assignment.yaml:8:7: 'api' must be a list of names (letters, digits and '_', no digit first), found '2ring'");
}

Test(course, long_wrong_values_are_cut_at_a_character)
{
	expect("name: pipe_ring", "name: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xc3\xa4z",
	       "assignment.yaml:2:7: 'name' must be a name (letters, digits and '_', no digit first), found "
	       "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...'");
}

Test(course, choices_list_what_there_is)
{
	expect("told: first", "told: never", "assignment.yaml:17:11: 'told' must be 'first' or 'last', found 'never'");
	expect("told: first", "told: frist",
	       "assignment.yaml:17:11: 'told' must be 'first' or 'last', found 'frist', did you mean 'first'?");
	expect("told: first", "told: [first]", "assignment.yaml:17:11: 'told' must be 'first' or 'last', found a list");
	expect("state: allowed", "state: yes", "assignment.yaml:10:8: 'state' must be 'none' or 'allowed', found 'yes'");
	expect("check: memcheck", "check: helgrind",
	       "assignment.yaml:34:12: 'check' must be 'tsan', 'memcheck', 'audit' or 'symbols', found 'helgrind'");
	expect("check: memcheck", "check: memchek",
	       "assignment.yaml:34:12: 'check' must be 'tsan', 'memcheck', 'audit' or 'symbols', found "
	       "'memchek', did "
	       "you mean 'memcheck'?");
}

Test(course, lists_are_lists)
{
	expect(
	    "api: [ring_run]", "api: ring_run",
	    "assignment.yaml:8:6: 'api' must be a list of the functions that the submission must define, found 'ring_run'");
	expect("api: [ring_run]", "api: []",
	       "assignment.yaml:8:6: 'api' must be a list of the functions that the submission must define, found an empty "
	       "list");
	expect("api: [ring_run]", "api: [[ring_run]]",
	       "assignment.yaml:8:7: 'api' must be a list of the functions that the submission must define, found a list");
	expect("imports: [fork, pipe]", "imports: [fork, pipe,\n  read, fork]",
	       "assignment.yaml:10:9: duplicate 'fork' in 'imports', first given in line 9");
	expect("state: allowed", "forbidden: [{symbols: [mq_send, fork], why: So, instead: This}]",
	       "assignment.yaml:10:33: 'fork' is both in 'imports' and in 'forbidden'");
	expect("state: allowed",
	       "forbidden: [{symbols: [clone], why: So, instead: This}, {symbols: [clone], why: So, instead: That}]",
	       "assignment.yaml:10:68: duplicate forbidden symbol 'clone'");
	expect("state: allowed", "forbidden: [{symbols: [clone], why: So}]",
	       "assignment.yaml:10:13: missing key 'instead' in this entry of 'forbidden': expected what to use instead");
	expect("state: allowed", "forbidden: [{symbols: [clone], why: So, instead: This, harmless: maybe}]",
	       "assignment.yaml:10:66: 'harmless' must be 'false' or 'true', found 'maybe'");
	expect("[\"Who could still write?\", \"fork(2)\", \"Close the rest.\"]", "[a, b, c, d]",
	       "assignment.yaml:45:13: 'levels' must be a list of 1 to 3 texts (direction, mechanism, outline), found 4 "
	       "items");
	expect("[\"Who could still write?\", \"fork(2)\", \"Close the rest.\"]", "[a, {b: c}]",
	       "assignment.yaml:45:17: 'levels' must be a list of 1 to 3 texts (direction, mechanism, outline), found a "
	       "mapping");
	expect("  - {id: correctness, title: Correctness, points: 60}\n", "  - correctness\n",
	       "assignment.yaml:13:5: expected a mapping (id: ...), found 'correctness'");
	expect("limits: {wall_s: 20, cpu_s: 10, output_kib: 512, file_kib: 0}", "limits: 20",
	       "assignment.yaml:11:9: expected a mapping (wall_s: ...), found '20'");
	expect("rubric:\n  - {id: correctness, title: Correctness, points: 60}\n"
	       "  - {id: hygiene, title: \"Memory, descriptors\", points: 40}\n",
	       "rubric: {}\n",
	       "assignment.yaml:12:9: 'rubric' must be a list of rubric lines, at least one, found a mapping");
}

/* ---- references ----------------------------------------------------------------------------- */

Test(course, names_of_one_list_differ)
{
	expect("name: zero_nodes", "name: token_returns", "assignment.yaml:25:11: duplicate test 'token_returns'");
	expect("id: hygiene", "id: correctness", "assignment.yaml:14:10: duplicate rubric line 'correctness'");
	expect("  - id: ring_hangs\n", "  - {id: ring_hangs, title: T, levels: [a]}\n  - id: ring_hangs\n",
	       "assignment.yaml:44:9: duplicate hint 'ring_hangs'");
}

Test(course, references_must_be_to_something)
{
	expect("    rubric: correctness\n", "    rubric: corectness\n",
	       "assignment.yaml:18:13: unknown rubric line 'corectness', did you mean 'correctness'?");
	expect("    rubric: hygiene\n", "    rubric: race_freedom\n",
	       "assignment.yaml:35:13: unknown rubric line 'race_freedom'; there is none of that name");
	expect("    hint: ring_hangs\n", "    hint: ring_hang\n",
	       "assignment.yaml:24:11: unknown hint 'ring_hang', did you mean 'ring_hangs'?");
	expect("    why: It adds up\n    hint: ring_hangs\n", "    why: It adds up\n    hint: leaks\n",
	       "assignment.yaml:41:11: unknown hint 'leaks'; there is none of that name");
	expect("[token_returns, zero_nodes]", "[token_returns, zero_node]",
	       "assignment.yaml:38:28: unknown test 'zero_node', did you mean 'zero_nodes'?");
	expect("notes: [A4, B5, B19, C30]", "notes: [A4, A9]",
	       "assignment.yaml:7:13: unknown row 'A9' of the notes; the rows are A1-A8, B1-B19, C1-C30");
	expect("notes: [A4, B5, B19, C30]", "notes: [D1]",
	       "assignment.yaml:7:9: unknown row 'D1' of the notes; the rows are A1-A8, B1-B19, C1-C30");
}

Test(course, a_reason_names_a_kind_and_what_it_gives)
{
	expect("hints:\n",
	       "reasons:\n  - {kind: missing_signal, about: latch_open, why: Nobody wakes it, hint: ring_hangs}\nhints:\n",
	       "");
	expect("hints:\n", "reasons:\n  - {kind: missing_signals, hint: ring_hangs}\nhints:\n",
	       "assignment.yaml:43:12: unknown kind 'missing_signals', did you mean 'missing_signal'?");
	expect("hints:\n", "reasons:\n  - {kind: hang, hint: ring_hang}\nhints:\n",
	       "assignment.yaml:43:24: unknown hint 'ring_hang', did you mean 'ring_hangs'?");
	expect("hints:\n", "reasons:\n  - {kind: hang}\nhints:\n",
	       "assignment.yaml:43:5: a reason needs 'why', 'hint' or both");
}

Test(course, kinds_are_kinds_of_that_check)
{
	expect("[memory_leak]", "[memory_leak, memory_leek]",
	       "assignment.yaml:37:26: memcheck finds no 'memory_leek', did you mean 'memory_leak'?");
	expect("[memory_leak]", "[data_race]", "assignment.yaml:37:13: memcheck finds no 'data_race'");
	expect("[memory_leak]", "[memcheck_report]", "assignment.yaml:37:13: memcheck finds no 'memcheck_report'");
	expect("check: memcheck\n    rubric: hygiene\n    points: 40\n    kinds: [memory_leak]",
	       "check: tsan\n    rubric: hygiene\n    points: 40\n    kinds: [data_race, destroy_in_use, double_free, "
	       "dead_stack]",
	       "");
}

Test(course, a_test_has_points_or_a_cost)
{
	expect("    points: 0\n", "    points: 3\n",
	       "assignment.yaml:29:11: a test has points or a cost, not both; a guard has 'points: 0' and a cost");
}

/* ---- files that are no YAML, or more than is wanted ----------------------------------------- */

Test(course, malformed_yaml_says_where_and_how_to_mend_it)
{
	expect("title: A ring of pipes", "title: A ring: of pipes",
	       "assignment.yaml:3:14: malformed YAML: mapping values are not allowed in this context; text that contains "
	       "': ' needs "
	       "quotes");
	expect("title: A ring of pipes", "title: @ring",
	       "assignment.yaml:3:8: malformed YAML: found character that cannot start any token; text that begins with "
	       "this character needs quotes");
	expect("    points: 60\n", "\tpoints: 60\n",
	       "assignment.yaml:19:1: malformed YAML: found a tab character that violates indentation while scanning a "
	       "plain scalar that begins in line 18; indent by spaces, YAML forbids tabs");
	expect("tests:\n", "\ttests:\n",
	       "assignment.yaml:15:1: malformed YAML: found character that cannot start any token; indent by spaces, YAML "
	       "forbids "
	       "tabs");
	expect("notes: [A4, B5, B19, C30]", "notes: [A4, B5",
	       "assignment.yaml:8:4: malformed YAML: did not find expected ',' or ']' while parsing a flow sequence that "
	       "begins in "
	       "line 7");
	expect("title: A ring of pipes", "title: \"A ring",
	       "assignment.yaml:14:27: malformed YAML: did not find expected key while parsing a block mapping that begins "
	       "in line 1");
}

Test(course, an_empty_file_says_what_belongs_there)
{
	static const char message[] =
	    "assignment.yaml:1:1: the file is empty; expected 'schema: forkjoin/assignment/1' and more";
	expect_text("", 0, message);
	expect_text("# nothing yet\n", 14, message);
}

Test(course, the_schema_is_the_first_thing_judged)
{
	expect("schema: forkjoin/assignment/1", "schema: forkjoin/assignment/2",
	       "assignment.yaml:1:9: 'schema' must be 'forkjoin/assignment/1', found 'forkjoin/assignment/2'");
	expect("schema: forkjoin/assignment/1", "schema: [1]",
	       "assignment.yaml:1:9: 'schema' must be 'forkjoin/assignment/1', found 'something else'");
	expect("schema: forkjoin/assignment/1\n", "",
	       "assignment.yaml:1:1: missing key 'schema': expected 'schema: forkjoin/assignment/1'");
	expect_text("- a\n- b\n", 8, "assignment.yaml:1:1: expected a mapping that has 'schema: forkjoin/assignment/1'");
	expect_text("just words", 10, "assignment.yaml:1:1: expected a mapping that has 'schema: forkjoin/assignment/1'");
}

Test(course, only_utf8_is_read)
{
	expect("title: A ring of pipes", "title: caf\xe9",
	       "assignment.yaml:3:11: byte 0xe9 is not UTF-8; save the file as UTF-8");
	expect("title: A ring of pipes", "title: \xc3\xa9\xff",
	       "assignment.yaml:3:9: byte 0xff is not UTF-8; save the file as UTF-8");
	expect("title: A ring of pipes", "title: \xed\xa0\x80",
	       "assignment.yaml:3:8: byte 0xed is not UTF-8; save the file as UTF-8");
	expect_text("\xff\xfes\0c\0", 6, "assignment.yaml:1:1: byte 0xff is not UTF-8; save the file as UTF-8");
	expect_text("schema: a\n\0", 11, "assignment.yaml:2:1: a NUL byte; expected YAML text in UTF-8");
	expect("title: A ring of pipes", "title: \x01",
	       "assignment.yaml:3:8: malformed YAML: control characters are not allowed");
}

Test(course, columns_count_characters)
{
	expect("{id: hygiene, title: \"Memory, descriptors\", points: 40}",
	       "{id: hygiene, title: \"\xc3\xa4\xc3\xb6\", points: x}",
	       "assignment.yaml:14:40: 'points' must be a whole number from 0 to 100, found 'x'");
}

Test(course, yaml_that_a_reader_would_have_to_look_up_is_refused)
{
	expect("title: A ring of pipes", "title: &t A ring",
	       "assignment.yaml:3:8: anchors ('&t') are not supported; write the value out");
	expect("notes: [A4, B5, B19, C30]", "notes: &n [A4]",
	       "assignment.yaml:7:8: anchors ('&n') are not supported; write the value out");
	expect("title: A ring of pipes", "title: *t",
	       "assignment.yaml:3:8: aliases ('*t') are not supported; write the value out");
	expect("lines: 110", "lines: !!int 110", "assignment.yaml:6:8: tags ('tag:yaml.org,2002:int') are not supported");
	expect("notes: [A4, B5, B19, C30]", "notes: [[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]",
	       "assignment.yaml:7:23: nested more than 16 deep");
	expect("hints:\n", "---\nhints:\n", "assignment.yaml:42:1: a second document begins here; expected one per file");
}

Test(course, what_is_no_file_is_refused)
{
	struct error error;
	FILE *huge;
	cr_expect(assignment_load("none.yaml", &error) == NULL);
	cr_expect(eq(str, error.text, "none.yaml: there is no such file"));
	cr_assert(mkdir("folder.yaml", 0755) == 0);
	cr_expect(assignment_load("folder.yaml", &error) == NULL);
	cr_expect(eq(str, error.text, "folder.yaml: is a folder, not a file"));
	cr_assert(mkfifo("fifo.yaml", 0644) == 0);
	cr_expect(assignment_load("fifo.yaml", &error) == NULL);
	cr_expect(eq(str, error.text, "fifo.yaml: is a FIFO, not a file"));
	cr_expect(assignment_load("/dev/null", &error) == NULL);
	cr_expect(eq(str, error.text, "/dev/null: is a device, not a file"));
	huge = fopen("huge.yaml", "w");
	cr_assert(huge != NULL);
	cr_assert(ftruncate(fileno(huge), 100 * 1024 * 1024) == 0);
	fclose(huge);
	cr_expect(assignment_load("huge.yaml", &error) == NULL);
	cr_expect(eq(str, error.text, "huge.yaml: is 100.0 MiB long; at most 1024 KiB are accepted"));
	cr_expect(assignment_load("none.yaml", NULL) == NULL, "the error may be NULL");
}

/* ---- course.yaml ---------------------------------------------------------------------------- */

static const char good_course[] = "schema: forkjoin/course/1\n"                         /* 1 */
                                  "title: A course\n"                                   /* 2 */
                                  "assignments: [pipe_ring]\n"                          /* 3 */
                                  "imports: [malloc, free]\n"                           /* 4 */
                                  "forbidden:\n"                                        /* 5 */
                                  "  - {symbol: sleep, why: It waits, instead: Wait}\n" /* 6 */
                                  "headers: [stdio.h, sys/wait.h]\n"                    /* 7 */
                                  "harmless: [fork, wait]\n";                           /* 8 */

static void make_course(const char *from, const char *to)
{
	char text[4096];
	const char *at = strstr(good_course, from);
	cr_assert(at != NULL);
	snprintf(text, sizeof text, "%.*s%s%s", (int)(at - good_course), good_course, to, at + strlen(from));
	mkdir("assignments", 0755);
	mkdir("assignments/pipe_ring", 0755);
	put("assignments/course.yaml", text);
	put("assignments/pipe_ring/assignment.yaml", good);
}

static void expect_course(const char *from, const char *to, const char *expected)
{
	struct error error = {0};
	struct course *course;
	make_course(from, to);
	course = course_load(".", NULL, &error);
	cr_expect(eq(str, error.text, (char *)expected));
	cr_expect(eq(int, course != NULL, !*expected));
	course_free(course);
}

Test(course, a_course_has_its_assignments_and_lists)
{
	struct error error = {0};
	struct course *course;
	char root[4096];
	make_course("A course", "A course");
	cr_assert(getcwd(root, sizeof root) != NULL);
	course = course_load(root, NULL, &error);
	cr_assert(course != NULL, "%s", error.text);
	cr_expect(eq(str, course->title, "A course"));
	cr_expect(eq(str, course->root, root));
	cr_assert(eq(sz, course->imports.count, 2));
	cr_expect(eq(str, course->imports.item[1], "free"));
	cr_assert(eq(sz, course->forbidden_count, 1));
	cr_expect(eq(str, course->forbidden[0].symbol, "sleep"));
	cr_expect(eq(str, course->forbidden[0].why, "It waits"));
	cr_expect(eq(str, course->forbidden[0].instead, "Wait"));
	cr_expect(not(course->forbidden[0].harmless));
	cr_assert(eq(sz, course->headers.count, 2));
	cr_expect(eq(str, course->headers.item[1], "sys/wait.h"));
	cr_assert(eq(sz, course->harmless.count, 2));
	cr_expect(eq(str, course->harmless.item[0], "fork"));
	cr_assert(eq(sz, course->assignment_count, 1));
	cr_expect(course_find(course, "pipe_ring") == course->assignment[0]);
	cr_expect(course_find(course, "none") == NULL);
	strcat(root, "/assignments/pipe_ring/assignment.yaml");
	cr_expect(eq(str, course->assignment[0]->path, root));
	course_free(course);
	course_free(NULL);
}

Test(course, a_forbidden_symbol_may_be_harmless_and_the_list_of_others_be_missing)
{
	struct error error = {0};
	make_course("instead: Wait}\nheaders: [stdio.h, sys/wait.h]\nharmless: [fork, wait]\n",
	            "instead: Wait, harmless: true}\nheaders: [stdio.h]\n");
	struct course *course = course_load(".", NULL, &error);
	cr_assert(course != NULL, "%s", error.text);
	cr_expect(course->forbidden[0].harmless);
	cr_expect(eq(sz, course->harmless.count, 0));
	course_free(course);
}

static int similar_percent_with(const char *line)
{
	struct error error = {0};
	char text[256];
	snprintf(text, sizeof text, "title: A course\n%s", line);
	make_course("title: A course\n", text);
	struct course *course = course_load(".", NULL, &error);
	cr_assert(course != NULL, "%s", error.text);
	int percent = course->similar_percent;
	course_free(course);
	return percent;
}

Test(course, says_from_which_percent_on_submissions_are_similar)
{
	cr_expect(eq(int, similar_percent_with(""), 60));
	cr_expect(eq(int, similar_percent_with("similarity: {percent: 85}\n"), 85));
	cr_expect(eq(int, similar_percent_with("similarity: {percent: 0}\n"), 0));
	expect_course("title: A course", "title: A course\nsimilarity: {percent: 101}",
	              "assignments/course.yaml:3:23: 'percent' must be a whole number from 0 to 100, found '101'");
	expect_course("title: A course", "title: A course\nsimilarity: 60",
	              "assignments/course.yaml:3:13: expected a mapping (percent: ...), found '60'");
	expect_course("title: A course", "title: A course\nsimilarity: {precent: 60}",
	              "assignments/course.yaml:3:14: unknown key 'precent', did you mean 'percent'?");
}

Test(course, has_a_budget_of_late_days)
{
	struct error error = {0};
	make_course("title: A course\n", "title: A course\nlate_budget: {days: 5, per_assignment: 2}\n");
	struct course *course = course_load(".", NULL, &error);
	cr_assert(course != NULL, "%s", error.text);
	cr_expect(eq(int, course->late_budget.days, 5));
	cr_expect(eq(int, course->late_budget.per_assignment, 2));
	cr_expect(not(course->assignment[0]->late.ends));
	course_free(course);
	make_course("title: A course\n", "title: A course\nlate_budget: {days: 5}\n");
	course = course_load(".", NULL, &error);
	cr_assert(course != NULL, "%s", error.text);
	cr_expect(ge(int, course->late_budget.per_assignment, 5));
	course_free(course);
	expect_course("title: A course", "title: A course\nlate_budget: {days: 5, per_assignment: 0}",
	              "assignments/course.yaml:3:40: 'per_assignment' must be a whole number from 1 to 366, found '0'");
}

Test(course, has_lines_that_a_person_reads)
{
	struct error error = {0};
	make_course("title: A course\n",
	            "title: A course\nread:\n"
	            "  - {assignment: pipe_ring, id: answers, title: Questions, points: 10, file: ANSWERS.md}\n"
	            "  - {assignment: pipe_ring, id: style, title: Names, points: 5}\n");
	struct course *course = course_load(".", NULL, &error);
	cr_assert(course != NULL, "%s", error.text);
	const struct assignment *assignment = course_find(course, "pipe_ring");
	cr_assert(eq(sz, assignment->read_count, 2));
	cr_expect(eq(str, assignment->read[0].file, (char *)"ANSWERS.md"));
	cr_expect(eq(int, assignment->read[1].points, 5));
	cr_expect(assignment->read[1].file == NULL);
	course_free(course);
}

#define READ(more) "title: A course\nread:\n  - {assignment: pipe_ring, id: a, title: T, " more "}\n"

Test(course, lines_that_are_read_are_right_or_an_error)
{
	expect_course("title: A course\n", READ("points: 0"),
	              "assignments/course.yaml:4:54: 'points' must be a whole number from 1 to 100, found '0'");
	expect_course(
	    "title: A course\n", READ("points: 5, file: ../x"),
	    "assignments/course.yaml:4:63: expected the name of a file, which is looked for in all folders, found "
	    "'../x'");
	expect_course("title: A course\n", READ("points: 5") "  - {assignment: pipe_ring, id: a, title: U, points: 1}\n",
	              "assignments/course.yaml:5:33: 'pipe_ring' has a line 'a' already");
	expect_course("title: A course\n", "title: A course\nread:\n  - {assignment: none, id: a, title: T, points: 1}\n",
	              "assignments/course.yaml:4:18: 'none' is not among 'assignments'");
	expect_course("title: A course\n", READ("point: 5"),
	              "assignments/course.yaml:4:46: unknown key 'point', did you mean 'points'?");
}

Test(course, errors_of_a_course_name_the_file_they_are_in)
{
	struct error error = {0};
	cr_expect(course_load(".", NULL, &error) == NULL);
	cr_expect(eq(str, error.text, "assignments/course.yaml: there is no such file"));
	cr_expect(course_load("some where/", NULL, &error) == NULL);
	cr_expect(eq(str, error.text, "some where/assignments/course.yaml: there is no such file"));

	expect_course("title: A course", "titel: A course",
	              "assignments/course.yaml:2:1: unknown key 'titel', did you mean 'title'?");
	expect_course("[pipe_ring]", "[]",
	              "assignments/course.yaml:3:14: 'assignments' must be a list of names of assignments, at least one, "
	              "found an empty "
	              "list");
	expect_course(
	    "[pipe_ring]", "[pipe_ring, pipe_rong]",
	    "assignments/course.yaml:3:26: there is no assignments/pipe_rong/assignment.yaml, did you mean 'pipe_ring'?");
	expect_course("[pipe_ring]", "[pipe_ring, bank]",
	              "assignments/course.yaml:3:26: there is no assignments/bank/assignment.yaml");
	cr_assert(mkdir("assignments/empty", 0755) == 0);
	expect_course("[pipe_ring]", "[pipe_ring, empty]",
	              "assignments/course.yaml:3:26: there is no assignments/empty/assignment.yaml");
	expect_course("[pipe_ring]", "[pipe_ring, pipe_ring]",
	              "assignments/course.yaml:3:26: duplicate 'pipe_ring' in 'assignments', first given in line 3");
	expect_course("symbol: sleep", "symbol: free",
	              "assignments/course.yaml:6:14: 'free' is both in 'imports' and in 'forbidden'");
	expect_course("forbidden:\n", "forbidden:\n  - {symbol: sleep, why: It waits, instead: Wait}\n",
	              "assignments/course.yaml:7:14: duplicate forbidden symbol 'sleep'");
	expect_course(
	    ", instead: Wait", "",
	    "assignments/course.yaml:6:5: missing key 'instead' in this forbidden symbol: expected what to use instead");
	expect_course("headers: [stdio.h, sys/wait.h]\n", "",
	              "assignments/course.yaml:1:1: missing key 'headers' in this course: expected a list of headers that "
	              "submissions may include, at least one");
	expect_course("[fork, wait]", "[fork, free]",
	              "assignments/course.yaml:8:18: 'free' is both in 'imports' and in 'harmless'");
	expect_course(
	    "[fork, wait]", "[fork, sleep]",
	    "assignments/course.yaml:6:14: 'sleep' is both in 'harmless' and in 'forbidden'; write 'harmless: true' "
	    "here");
	expect_course("instead: Wait}", "instead: Wait, harmless: yes}",
	              "assignments/course.yaml:6:61: 'harmless' must be 'false' or 'true', found 'yes'");
	expect_course("course/1", "course/3",
	              "assignments/course.yaml:1:9: 'schema' must be 'forkjoin/course/1', found 'forkjoin/course/3'");
}

Test(course, has_units_in_order)
{
	struct error error = {0};
	make_course("title: A course\n", "title: A course\nunits:\n  - {id: A, title: One}\n  - {id: B, title: Two}\n");
	struct course *course = course_load(".", NULL, &error);
	cr_assert(course != NULL, "%s", error.text);
	cr_assert(eq(sz, course->unit_count, 2));
	cr_expect(eq(str, course->unit[1].id, "B"));
	cr_expect(eq(str, course->unit[1].title, "Two"));
	course_free(course);
	expect_course("title: A course\n", "title: A course\nunits: [{id: A, title: One}]\n",
	              "assignments/pipe_ring/assignment.yaml:4:7: course.yaml has no unit 'B'");
	expect_course("title: A course\n", "title: A course\nunits: [{id: B}]\n",
	              "assignments/course.yaml:3:9: missing key 'title' in this unit: expected what the unit is about");
}

Test(course, has_paths_through_its_weeks)
{
	struct error error = {0};
	make_course("title: A course\n",
	            "title: A course\nplanned: [bank]\n"
	            "paths: [{title: Quick, about: For all, weeks: [{about: Pipes, assignments: [pipe_ring]}]}]\n");
	struct course *course = course_load(".", NULL, &error);
	cr_assert(course != NULL, "%s", error.text);
	cr_assert(eq(sz, course->planned.count, 1));
	cr_expect(eq(str, course->planned.item[0], "bank"));
	cr_assert(eq(sz, course->path_count, 1));
	cr_expect(eq(str, course->path[0].title, "Quick"));
	cr_expect(eq(str, course->path[0].about, "For all"));
	cr_assert(eq(sz, course->path[0].week_count, 1));
	cr_expect(eq(str, course->path[0].week[0].about, "Pipes"));
	cr_expect(eq(str, course->path[0].week[0].assignments.item[0], "pipe_ring"));
	course_free(course);
}

/* A course of pipe_ring and then bank, whose only path has these weeks. */
static void expect_weeks(const char *weeks, const char *expected)
{
	char text[4096], line[256];
	const char *at = strstr(good, "name: pipe_ring");
	mkdir("assignments", 0755);
	mkdir("assignments/bank", 0755);
	snprintf(text, sizeof text, "%.*sname: bank%s", (int)(at - good), good, at + strlen("name: pipe_ring"));
	put("assignments/bank/assignment.yaml", text);
	snprintf(line, sizeof line, "[pipe_ring, bank]\npaths: [{title: T, about: A, weeks: %s}]\n", weeks);
	expect_course("[pipe_ring]\n", line, expected);
}

Test(course, a_path_takes_the_assignments_in_their_order)
{
	expect_weeks("[{about: W, assignments: [pipe_ring]}, {about: W, assignments: [bank]}]", "");
	expect_weeks("[{about: W, assignments: [bank]}]", "");
	expect_weeks("[{about: W, assignments: [bank]}, {about: W, assignments: [pipe_ring]}]",
	             "assignments/course.yaml:4:96: 'pipe_ring' cannot come after 'bank': a path has the order of "
	             "'assignments', and each once");
	expect_weeks("[{about: W, assignments: [bank]}, {about: W, assignments: [bank]}]",
	             "assignments/course.yaml:4:96: 'bank' cannot come after 'bank': a path has the order of "
	             "'assignments', and each once");
	expect_weeks("[{about: W, assignments: [pipe_rong]}]",
	             "assignments/course.yaml:4:63: 'pipe_rong' is not among 'assignments', did you mean 'pipe_ring'?");
	expect_weeks("[{about: W, assignments: [mutex]}]",
	             "assignments/course.yaml:4:63: 'mutex' is not among 'assignments'");
	expect_weeks("[]",
	             "assignments/course.yaml:4:37: 'weeks' must be a list of weeks with 'about' and 'assignments', at "
	             "least one, found an empty list");
	expect_weeks("[{assignments: [bank]}]", "assignments/course.yaml:4:38: missing key 'about' in this week: expected "
	                                        "what the week is about, in a few words");
}

Test(course, what_is_planned_is_not_there_yet)
{
	expect_course("[pipe_ring]\n", "[pipe_ring]\nplanned: [bank, pipe_ring]\n",
	              "assignments/course.yaml:4:17: 'pipe_ring' is both in 'assignments' and in 'planned'");
}

/* The course is pipe_ring and then `other`; one of them needs what is given. Loading it fails as `expected`, or says
 * `remark` ("": nothing). */
static void expect_needs(bool first, const char *needs, const char *expected, const char *remark)
{
	struct error error = {0};
	char line[64], name[4096], text[4096];
	make_course("[pipe_ring]", "[pipe_ring, other]");
	mkdir("assignments/other", 0755);
	snprintf(line, sizeof line, "needs: [%s]\nlines: 110\n", needs);
	for (int i = 0; i < 2; i++) {
		const char *at = strstr(good, "name: pipe_ring\n");
		cr_assert(at != NULL);
		snprintf(name, sizeof name, "%.*s%s%s", (int)(at - good), good, i ? "name: other\n" : "name: pipe_ring\n",
		         at + strlen("name: pipe_ring\n"));
		at = strstr(name, "lines: 110\n");
		cr_assert(at != NULL);
		snprintf(text, sizeof text, "%.*s%s%s", (int)(at - name), name, first == !i ? line : "lines: 110\n",
		         at + strlen("lines: 110\n"));
		put(i ? "assignments/other/assignment.yaml" : "assignments/pipe_ring/assignment.yaml", text);
	}
	struct course *course = course_load(".", NULL, &error);
	cr_expect(eq(str, error.text, (char *)expected));
	cr_expect(eq(int, course != NULL, !*expected));
	cr_expect(eq(sz, course ? course->remarks.count : 1, *remark ? 1 : *expected != 0));
	if (course && course->remarks.count)
		cr_expect(eq(str, course->remarks.item[0], (char *)remark));
	course_free(course);
}

Test(course, what_an_assignment_needs_is_an_assignment)
{
	expect_needs(false, "pipe_ring", "", "");
	expect_needs(true, "pipe_ring", "assignments/pipe_ring/assignment.yaml:6:8: 'pipe_ring' needs itself", "");
	expect_needs(false, "pipe_rong",
	             "assignments/other/assignment.yaml:6:8: there is no assignment 'pipe_rong', did you mean "
	             "'pipe_ring'?",
	             "");
	expect_needs(false, "bank", "assignments/other/assignment.yaml:6:8: there is no assignment 'bank'", "");
}

Test(course, what_is_needed_may_come_later_or_be_left_out_and_that_is_told)
{
	expect_needs(true, "other", "",
	             "assignments/pipe_ring/assignment.yaml:6:8: it needs 'other', which comes later in course.yaml");
	mkdir("assignments/bank", 0755);
	put("assignments/bank/assignment.yaml", good);
	expect_needs(false, "bank", "",
	             "assignments/other/assignment.yaml:6:8: it needs 'bank', which course.yaml leaves out");
}

/* The course is pipe_ring, which has ring_create and others, and then `other`, which reuses what `entry` says; `first`:
 * pipe_ring does. Loading it fails as `expected`, or not at all (""). */
static void expect_reuses(bool first, const char *entry, const char *expected)
{
	struct error error = {0};
	char name[4096], text[4096];
	make_course("[pipe_ring]", "[pipe_ring, other]");
	mkdir("assignments/other", 0755);
	for (int i = 0; i < 2; i++) {
		const char *at = strstr(good, "name: pipe_ring\n"), *mark = "lines: 110\n";
		bool reuses = first == !i;
		snprintf(name, sizeof name, "%.*s%s%s", (int)(at - good), good, i ? "name: other\n" : "name: pipe_ring\n",
		         at + strlen("name: pipe_ring\n"));
		at = strstr(name, mark);
		cr_assert(at != NULL);
		if (i)
			memcpy(strstr(name, "ring_run"), "othe_run", strlen("othe_run"));
		snprintf(text, sizeof text, "%.*s%s%s%s%s", (int)(at - name), name, reuses ? "reuses: [" : "",
		         reuses ? entry : "", reuses ? "]\n" : "", at);
		put(i ? "assignments/other/assignment.yaml" : "assignments/pipe_ring/assignment.yaml", text);
	}
	struct course *course = course_load(".", NULL, &error);
	cr_expect(eq(str, error.text, (char *)expected));
	cr_expect(eq(int, course != NULL, !*expected));
	if (course && !first) {
		const struct assignment *other = course_find(course, "other");
		cr_assert(eq(sz, other->reuse_count, 1));
		cr_expect(eq(ptr, (void *)other->reuse[0].assignment, (void *)course_find(course, "pipe_ring")));
	}
	course_free(course);
}

Test(course, what_an_assignment_reuses_comes_before_it)
{
	expect_reuses(true, "{exercise: pipe_ring, functions: [x]}",
	              "assignments/pipe_ring/assignment.yaml:6:21: 'pipe_ring' reuses itself");
	expect_reuses(true, "{exercise: other, functions: [x]}",
	              "assignments/pipe_ring/assignment.yaml:6:21: 'other' comes later in course.yaml: nobody has written "
	              "it yet");
	expect_reuses(false, "{exercise: pipe_rong, functions: [x]}",
	              "assignments/other/assignment.yaml:6:21: unknown exercise 'pipe_rong', did you mean 'pipe_ring'?");
	expect_reuses(false, "{exercise: pipe_ring, functions: [ring_run]}", "");
	expect_reuses(false, "{exercise: pipe_ring, functions: [ring_run]}, {exercise: pipe_ring, functions: [ring_run]}",
	              "assignments/other/assignment.yaml:6:67: duplicate exercise 'pipe_ring'");
}

Test(course, what_an_assignment_reuses_is_in_the_api_of_the_other)
{
	expect_reuses(false, "{exercise: pipe_ring, functions: []}",
	              "assignments/other/assignment.yaml:6:43: 'functions' must be a list of functions of that exercise, "
	              "found an empty list");
	expect_reuses(false, "{exercise: pipe_ring, functions: [ring_ran]}",
	              "assignments/other/assignment.yaml:6:44: unknown function of pipe_ring 'ring_ran', did you mean "
	              "'ring_run'?");
	expect_reuses(false, "{exercise: pipe_ring, functions: [ring_run], more: 1}",
	              "assignments/other/assignment.yaml:6:55: unknown key 'more' in this entry of 'reuses'; it has: "
	              "exercise, functions");
	expect_reuses(false, "{exercise: pipe_ring, functions: [ring_run, othe_run]}",
	              "assignments/other/assignment.yaml:6:54: unknown function of pipe_ring 'othe_run'; there is none of "
	              "that name");
}

Test(course, an_assignment_has_the_weight_that_the_course_gives_it)
{
	struct error error = {0};
	make_course("title: A course\n", "title: A course\nweights: [{assignment: pipe_ring, weight: 3}]\n");
	struct course *course = course_load(".", NULL, &error);
	cr_assert(course != NULL, "%s", error.text);
	cr_expect(eq(int, course->assignment[0]->weight, 3));
	course_free(course);
	make_course("", "");
	course = course_load(".", NULL, &error);
	cr_assert(course != NULL, "%s", error.text);
	cr_expect(eq(int, course->assignment[0]->weight, 1));
	course_free(course);
	expect_course("title: A course\n", "title: A course\nweights: [{assignment: bank, weight: 3}]\n",
	              "assignments/course.yaml:3:24: 'bank' is not among 'assignments'");
	expect_course(
	    "title: A course\n",
	    "title: A course\nweights: [{assignment: pipe_ring, weight: 3}, {assignment: pipe_ring, weight: 0}]\n",
	    "assignments/course.yaml:3:60: 'pipe_ring' has a weight already");
}

/* ---- a course outside of the kit ------------------------------------------------------------ */

/* `own`/course.yaml with that text, and an assignment `own`/assignments/latch. */
static void make_own(const char *text)
{
	char latch[4096];
	const char *at = strstr(good, "name: pipe_ring\n");
	cr_assert(at != NULL);
	snprintf(latch, sizeof latch, "%.*sname: latch\n%s", (int)(at - good), good, at + strlen("name: pipe_ring\n"));
	mkdir("own", 0755);
	mkdir("own/assignments", 0755);
	mkdir("own/assignments/latch", 0755);
	put("own/assignments/latch/assignment.yaml", latch);
	put("own/course.yaml", text);
}

#define OWN "schema: forkjoin/course/1\ntitle: Mine\n"

Test(course, a_course_outside_has_exercises_of_its_own_and_of_the_kit)
{
	struct error error = {0};
	make_course("", "");
	make_own(OWN "assignments:\n  - latch\n  - pipe_ring\nheaders: [poll.h]\n");
	struct course *course = course_load(".", "own", &error);
	cr_assert(course != NULL, "%s", error.text);
	cr_expect(eq(str, course->title, "Mine"));
	cr_assert(eq(sz, course->assignment_count, 2));
	cr_expect(eq(str, course->assignment[0]->name, "latch"));
	cr_expect(eq(str, course->assignment[0]->root, "own"));
	cr_expect(eq(str, course->assignment[1]->root, "."));
	cr_assert(eq(sz, course->headers.count, 1)); /* its own */
	cr_expect(eq(str, course->headers.item[0], "poll.h"));
	cr_assert(eq(sz, course->imports.count, 2)); /* the kit's */
	cr_expect(course_forbidden(course, "sleep") != NULL);
	course_free(course);
}

Test(course, of_two_with_one_name_a_course_outside_takes_its_own)
{
	struct error error = {0};
	make_course("", "");
	make_own(OWN "assignments: [pipe_ring]\n");
	mkdir("own/assignments/pipe_ring", 0755);
	put("own/assignments/pipe_ring/assignment.yaml", good);
	struct course *course = course_load(".", "own", &error);
	cr_assert(course != NULL, "%s", error.text);
	cr_expect(eq(str, course->assignment[0]->path, "own/assignments/pipe_ring/assignment.yaml"));
	course_free(course);
}

static void expect_own(const char *text, const char *expected)
{
	struct error error = {0};
	make_course("", "");
	make_own(text);
	struct course *course = course_load(".", "own", &error);
	cr_expect(course == NULL);
	cr_expect(eq(str, error.text, (char *)expected));
	course_free(course);
}

Test(course, errors_of_a_course_outside_name_its_file)
{
	expect_own(OWN, "own/course.yaml:1:1: missing key 'assignments' in this course: expected a list of names of "
	                "assignments, at least one");
	expect_own(OWN "assignments: [lach]\n",
	           "own/course.yaml:3:15: there is no assignments/lach/assignment.yaml, here or "
	           "in the kit, did you mean 'latch'?");
	expect_own(OWN "assignments: [pipe_rong]\n",
	           "own/course.yaml:3:15: there is no assignments/pipe_rong/assignment.yaml, here or in the kit, did you "
	           "mean 'pipe_ring'?");
	expect_own(OWN "assignments: [latch]\nharmless: [free]\n",
	           "own/course.yaml:4:12: 'free' is both in 'imports' and in 'harmless'");
}

Test(course, the_text_of_a_course_outside_is_made_whole)
{
	struct error error = {0};
	make_course("", "");
	make_own(OWN "assignments: [pipe_ring] # all\nheaders: [poll.h]");
	struct course *course = course_load(".", "own", &error);
	cr_assert(course != NULL, "%s", error.text);
	char *whole = course_whole(course, &error);
	cr_assert(whole != NULL, "%s", error.text);
	course_free(course);
	put("assignments/course.yaml", whole);
	cr_expect(strstr(whole, "assignments: [pipe_ring] # all\nheaders: [poll.h]\n") != NULL);
	free(whole);
	course = course_load(".", NULL, &error); /* as in a handout */
	cr_assert(course != NULL, "%s", error.text);
	cr_expect(eq(str, course->title, "Mine"));
	cr_expect(eq(str, course->headers.item[0], "poll.h"));
	cr_expect(course_forbidden(course, "sleep") != NULL);
	course_free(course);
}

static void expect_added(const char *text, const char *expected)
{
	struct error error = {0};
	put("course.yaml", text);
	cr_assert(eq(int, course_add("course.yaml", "latch", &error), 0), "%s", error.text);
	FILE *file = fopen("course.yaml", "r");
	char found[512] = "";
	cr_assert(file != NULL);
	found[fread(found, 1, sizeof found - 1, file)] = 0;
	fclose(file);
	cr_expect(eq(str, found, (char *)expected));
}

Test(course, an_assignment_is_added_behind_the_others_in_either_form_of_list)
{
	struct error error = {0};
	expect_added("title: A\nassignments: [a, b]\nlate: []\n", "title: A\nassignments: [a, b, latch]\nlate: []\n");
	expect_added("assignments: [\n  a,\n  b\n  ]\n", "assignments: [\n  a,\n  b, latch\n  ]\n");
	expect_added("assignments:\n  - a\n  - b # the last\n\n# dates\nlate: []\n",
	             "assignments:\n  - a\n  - b # the last\n  - latch\n\n# dates\nlate: []\n");
	expect_added("assignments:\n  - a", "assignments:\n  - a\n  - latch");
	put("course.yaml", "title: A\n");
	cr_expect(eq(int, course_add("course.yaml", "latch", &error), -1));
	cr_expect(eq(str, error.text, "course.yaml has no list 'assignments' to which latch could be added"));
}

/* ---- an exercise made from another one ------------------------------------------------------ */

static void expect_text_of(const char *path, const char *expected)
{
	char found[1024] = "";
	FILE *file = fopen(path, "r");
	cr_assert(file != NULL, "%s", path);
	found[fread(found, 1, sizeof found - 1, file)] = 0;
	fclose(file);
	cr_expect(eq(str, found, (char *)expected));
}

static void forget_list(struct string_list list)
{
	for (size_t i = 0; i < list.count; i++)
		free(list.item[i]);
	free(list.item);
}

static struct course *course_to_copy(void)
{
	static const char *const folders[] = {"include", "solutions", "solutions/pipe_ring"};
	struct error error = {0};
	make_course("", "");
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		mkdir(folders[i], 0755);
	put("include/pipe_ring.h", "#ifndef PIPE_RING_H\nint pipe_ring_run(int my_pipe_ring, int pipe_rings);\n");
	put("solutions/pipe_ring/pipe_ring.c", "/* of pipe_ring */\n");
	put("assignments/pipe_ring/pipe_ring.c", "int pipe_ring_run;\n");
	struct course *course = course_load(".", NULL, &error);
	cr_assert(course != NULL, "%s", error.text);
	return course;
}

Test(course, a_copy_has_its_name_where_a_word_begins_with_it)
{
	struct error error = {0};
	struct string_list files;
	struct course *course = course_to_copy();
	cr_assert(eq(int, assignment_copy(course->assignment[0], "own", "latch", NULL, &files, &error), 0), "%s",
	          error.text);
	cr_expect(eq(sz, files.count, 4));
	cr_expect(eq(str, files.item[0], "include/latch.h"));
	expect_text_of("own/include/latch.h", "/* TODO(author): this is a copy of that of pipe_ring; make it yours */\n"
	                                      "#ifndef LATCH_H\nint latch_run(int my_pipe_ring, int pipe_rings);\n");
	expect_text_of("own/solutions/latch/latch.c",
	               "/* of latch */\n"); /* mutants are patches of it, which count lines */
	forget_list(files);
	course_free(course);
}

Test(course, what_its_author_has_to_do_is_listed)
{
	struct error error = {0};
	struct string_list files;
	struct course *course = course_to_copy();
	put("include/pipe_ring.h", "int a;\n/* TODO(author): the contract */ int b; /* TODO: not this */\n");
	cr_assert(eq(int, assignment_copy(course->assignment[0], "own", "latch", NULL, &files, &error), 0), "%s",
	          error.text);
	forget_list(files);
	struct assignment latch = {.name = (char *)"latch", .root = (char *)"own"};
	struct string_list todo = assignment_todo(&latch);
	cr_assert(eq(sz, todo.count, 3));
	cr_expect(eq(str, todo.item[0], "include/latch.h:2: the contract"));
	cr_expect(eq(str, todo.item[1],
	             "assignments/latch/assignment.yaml:1: this is a copy of that of pipe_ring; make it yours"));
	forget_list(todo);
	course_free(course);
}

Test(course, a_copy_takes_the_place_of_nothing)
{
	struct error error = {0};
	struct string_list files;
	struct course *course = course_to_copy();
	put("include/latch.h", "mine\n");
	cr_expect(eq(int, assignment_copy(course->assignment[0], ".", "latch", NULL, &files, &error), -1));
	cr_expect(eq(str, error.text, "./include/latch.h is there already: choose another name, or remove it"));
	cr_expect(eq(sz, files.count, 0));
	cr_expect(ne(int, access("solutions/latch", F_OK), 0));
	expect_text_of("include/latch.h", "mine\n");
	course_free(course);
}

Test(course, a_handout_may_have_some_of_its_assignments)
{
	static const char due[] = "late:\n  - {assignment: pipe_ring, due: 2026-10-01 23:59 +0200, per_day: 10}\n"
	                          "  - {assignment: other, due: 2026-10-01 23:59 +0200, per_day: 10}\n";
	struct error error = {0};
	char text[1024];
	snprintf(text, sizeof text, "[other, pipe_ring]\n%s", due);
	expect_course("[pipe_ring]", text, "assignments/course.yaml:3:15: there is no assignments/other/assignment.yaml");
	put(HANDOUT_MARKER, "");
	make_course("[pipe_ring]", text);
	struct course *course = course_load(".", NULL, &error);
	cr_assert(course != NULL, "%s", error.text);
	cr_assert(eq(sz, course->assignment_count, 1));
	cr_expect(eq(str, course->assignment[0]->name, "pipe_ring"));
	cr_expect(ne(i64, course->assignment[0]->late.due, 0));
	course_free(course);
	expect_course("[pipe_ring]", "[other]",
	              "assignments/course.yaml:3:14: none of these assignments is in this handout");
	expect_course("headers", "late: [{assignment: bank, due: 2026-10-01 23:59 +0200, per_day: 10}]\nheaders",
	              "assignments/course.yaml:7:21: 'bank' is not among 'assignments'");
}

/* What it needs is not there, but comes before it in the list. */
Test(course, what_a_handout_lacks_may_be_needed)
{
	struct error error = {0};
	char text[4096];
	const char *at = strstr(good, "lines: 110\n");
	make_course("[pipe_ring]", "[other, pipe_ring]");
	snprintf(text, sizeof text, "%.*sneeds: [other]\n%s", (int)(at - good), good, at);
	put("assignments/pipe_ring/assignment.yaml", text);
	put(HANDOUT_MARKER, "");
	struct course *course = course_load(".", NULL, &error);
	cr_assert(course != NULL, "%s", error.text);
	cr_expect(eq(str, course->assignment[0]->needs.item[0], "other"));
	course_free(course);
}

Test(course, an_assignment_has_the_name_of_its_folder)
{
	struct error error = {0};
	make_course("[pipe_ring]", "[other]");
	cr_assert(mkdir("assignments/other", 0755) == 0);
	put("assignments/other/assignment.yaml", good);
	cr_expect(course_load(".", NULL, &error) == NULL);
	cr_expect(
	    eq(str, error.text,
	       "assignments/other/assignment.yaml:2:7: 'name' must be that of the folder, 'other', found 'pipe_ring'"));
}

Test(course, errors_of_an_assignment_stop_the_course)
{
	struct error error = {0};
	make_course("A course", "A course");
	put("assignments/pipe_ring/assignment.yaml", "schema: forkjoin/assignment/1\nnmae: pipe_ring\n");
	cr_expect(course_load(".", NULL, &error) == NULL);
	cr_expect(
	    eq(str, error.text, "assignments/pipe_ring/assignment.yaml:2:1: unknown key 'nmae', did you mean 'name'?"));
}

/* The list of what every submission may call, as it is shipped, with any assignment beside it. */
Test(course, the_shipped_course_file_is_good)
{
	struct error error = {0};
	struct course *course;
	char path[5000], text[65536], *names;
	size_t size;
	FILE *file;
	snprintf(path, sizeof path, "%s/assignments/course.yaml", home);
	file = fopen(path, "r");
	if (!file)
		cr_skip_test("not started at the root of the tree");
	size = fread(text, 1, sizeof text - 1, file);
	fclose(file);
	text[size] = '\0';
	make_course("A course", "A course");
	names = strstr(text, "assignments: [");
	cr_assert(names != NULL);
	memset(names, ' ', strcspn(names, "\n")); /* other lines keep their numbers */
	memcpy(names, "assignments: [pipe_ring]", 24);
	names = strstr(text, "paths:"); /* through assignments that are not beside it */
	cr_assert(names != NULL);
	memset(names, ' ', strlen("paths:"));
	for (char *line = strchr(names, '\n') + 1; *line == ' '; line += strcspn(line, "\n") + 1)
		memset(line, ' ', strcspn(line, "\n"));
	put("assignments/course.yaml", text);
	course = course_load(".", NULL, &error);
	cr_assert(course != NULL, "%s", error.text);
	cr_expect(gt(sz, course->imports.count, 50));
	cr_expect(gt(sz, course->forbidden_count, 20));
	cr_expect(gt(sz, course->headers.count, 50));
	cr_expect(gt(sz, course->harmless.count, 50));
	course_free(course);
}

/* ---- the skeleton --------------------------------------------------------------------------- */

static void expect_skeleton(bool wanted, const char *text)
{
	static const char skeleton[] =
	    "/* x.c: not yet */\n#include \"x.h\"\n\nint x(void)\n{\n\treturn \" /* \"[0]; // soon\n}\n";
	char mark[SKELETON_MARK + 1];
	struct assignment assignment = {.skeleton = mark};

	skeleton_mark(skeleton, mark);
	cr_expect(eq(sz, strlen(mark), (size_t)SKELETON_MARK));
	cr_expect(eq(int, is_skeleton(&assignment, text), wanted), "%s", text);
}

Test(skeleton, is_known_by_its_code)
{
	expect_skeleton(true, "/* x.c: not yet */\n#include \"x.h\"\n\nint x(void)\n{\n\treturn \" /* \"[0]; // soon\n}\n");
	expect_skeleton(true, "#include \"x.h\"\nint x(void)\n{\nreturn \" /* \"[0];\n}");
	expect_skeleton(true,
	                "\xef\xbb\xbf#include \"x.h\"\r\nint x(void) {\r\n    return \" /* \"[0]; /* by me */\r\n}\r\n");
	expect_skeleton(true, "#include \"x.h\"\nint x(void)\n{\nreturn \" /\\\n* \"[0]; // so\\\non\n}");
	expect_skeleton(false, "#include \"x.h\"\nint x(void)\n{\nreturn \" /* \"[1];\n}");
	expect_skeleton(false, "#include \"x.h\"\nint x(void)\n{\nreturn \" /* \\\n// \"[0];\n}");
	expect_skeleton(false, "#include \"x.h\"\nint x(void)\n{\nreturn \" \"[0];\n}");
	expect_skeleton(false, "#include \"x.h\"\n/*int x(void)\n{\nreturn \" /* \"[0];\n}");
	expect_skeleton(false, "");
	expect_skeleton(false, NULL);
	cr_expect(not(is_skeleton(&(struct assignment){0}, "")), "an assignment without a mark has no skeleton to know");
}

/* ---- did you mean --------------------------------------------------------------------------- */

Test(closest, finds_slips_and_nothing_else)
{
	static const char *const names[] = {"points", "title", "thread_pool.c", "tsan", NULL};
	cr_expect(eq(str, (char *)closest("pionts", names, 5), "points"), "swapped letters");
	cr_expect(eq(str, (char *)closest("point", names, 5), "points"), "a letter too few");
	cr_expect(eq(str, (char *)closest("titlee", names, 5), "title"), "a letter too many");
	cr_expect(eq(str, (char *)closest("thread-pool.c", names, 5), "thread_pool.c"), "another letter");
	cr_expect(eq(str, (char *)closest("tsan", names, 5), "tsan"), "the word itself");
	cr_expect(closest("weight", names, 5) == NULL);
	cr_expect(closest("x", names, 5) == NULL, "one letter is close to everything");
	cr_expect(closest("", names, 5) == NULL);
	cr_expect(closest("tsan", names, 0) == NULL);
}

Test(closest, takes_the_nearest_and_of_equals_the_first)
{
	static const char *const names[] = {"abcdxx", "abcdey", "abcdez"};
	cr_expect(eq(str, (char *)closest("abcdef", names, 3), "abcdey"));
}

Test(closest, long_words_are_nobodys_slip)
{
	char word[200];
	const char *const names[] = {word};
	memset(word, 'a', sizeof word - 1);
	word[sizeof word - 1] = '\0';
	cr_expect(closest(word, names, 1) == NULL);
	cr_expect(closest("aaaa", names, 1) == NULL);
}

/* ---- a file without its points -------------------------------------------------------------- */

static void worth(const char *text, char hex[HASH_SIZE])
{
	struct hash *hash = hash_new();
	put("worth.yaml", text);
	hash_add_without_points(hash, "worth.yaml");
	hash_end(hash, hex);
}

static bool runs_alike(const char *a, const char *b)
{
	char x[HASH_SIZE], y[HASH_SIZE];
	worth(a, x);
	worth(b, y);
	return strcmp(x, y) == 0;
}

static bool differ(const char *a, const char *b)
{
	return !runs_alike(a, b);
}

TestSuite(worth, .init = enter_folder, .fini = leave_folder);

Test(worth, is_no_matter_to_runs)
{
	static const char text[] =
	    "tests:\n  - {name: a, points: 3, cost: 2, title: x}\nessence: {points: 5, tests: [a]}\n";
	cr_expect(
	    runs_alike(text, "tests:\n  - {name: a, points: 30, cost: 1, title: x}\nessence: {points: 1, tests: [a]}\n"));
	cr_expect(runs_alike(text, "# why\ntests:\n- name: a\n  points: 3\n  cost: 2\n  title: x\n"
	                           "essence:\n  points: 5\n  tests:\n  - a\n"),
	          "comments and layout");
	cr_expect(differ(text, "tests:\n  - {name: b, points: 3, cost: 2, title: x}\nessence: {points: 5, tests: [a]}\n"));
	cr_expect(differ(text, "tests:\n  - {name: a, points: 3, title: x}\nessence: {points: 5, tests: [a]}\n"));
	cr_expect(differ(text, "tests:\n  - {name: a, points: 3, cost: 2, title: y}\nessence: {points: 5, tests: [a]}\n"));
	cr_expect(differ("a: points\nb: 3\n", "a: points\nb: 4\n"), "a value is no key");
	cr_expect(differ("a: [points, 3]\n", "a: [points, 4]\n"), "nor is what is in a list");
	cr_expect(differ("points: {a: 3}\n", "points: {a: 4}\n"), "what is no number counts");
	cr_expect(differ("a: b\nc: d\n", "a: [b, c]\n"));
	cr_expect(differ("points: [3\n", "points: [4\n"), "what is no YAML counts as it is");
}
