/* What students get, what must not leak, and where a handout may be written. */
#include "../../grader/course/text.h"
#include "../../grader/file.h"
#include "../../grader/handout/private.h"
#include "../../grader/handout/secrets.h"
#include "../../grader/memory.h"
#include "sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECONDS = 600 }; /* against hanging: each handout waits for hundreds of short programs */

static const char *const shipped[] = {
    "address_space", "fork_exec_wait",  "share_or_copy", "crash_supervisor", "pipeline",      "pipe_ring",
    "socket_rpc",    "parallel_reduce", "race_fix",      "bounded_buffer",   "barrier",       "shm_ring_buffer",
    "thread_pool",   "rwlock",          "user_threads",  "measure_lab",      "server_models", "mini_browser"};

/* ---- a folder to write in ------------------------------------------------------------------- */

static char *folder; /* absolute; the tests stay at the root of the tree */

static void make_folder(void)
{
	folder = format("/tmp/handout_test.XXXXXX");
	cr_assert(ne(ptr, mkdtemp(folder), NULL));
}

static void remove_folder(void)
{
	folder_remove(folder);
	free(folder);
}

static char *in_folder(const char *path)
{
	return format("%s/%s", folder, path);
}

static void put(const char *path, const char *text)
{
	struct error error = {0};
	char *full = in_folder(path), *parent = format("%s", full);
	*strrchr(parent, '/') = 0;
	cr_assert(eq(int, folder_make(parent, &error), 0), "%s", error.text);
	cr_assert(eq(int, file_write(full, text, strlen(text), &error), 0), "%s", error.text);
	free(parent);
	free(full);
}

static char *read_all(const char *path)
{
	struct error error = {0};
	char *text = file_read(path, 16 << 20, NULL, &error);
	cr_assert(ne(ptr, text, NULL), "%s", error.text);
	return text;
}

static bool there(const char *path)
{
	char *full = in_folder(path);
	bool is = file_exists(full);
	free(full);
	return is;
}

static void expect_in(const char *text, const char *part)
{
	cr_expect(ne(ptr, strstr(text, part), NULL), "'%s' is not in: %.400s", part, text);
}

static void expect_not_in(const char *text, const char *part)
{
	cr_expect(eq(ptr, (void *)strstr(text, part), NULL), "'%s' is in: %.400s", part, text);
}

/* ---- elsewhere ------------------------------------------------------------------------------ */

static const char public_part[] = "schema: forkjoin/assignment/1\n"
                                  "name: latch\n"
                                  "title: A latch\n"
                                  "unit: C\n"
                                  "time: 1 h\n"
                                  "lines: 30\n"
                                  "notes: []\n"
                                  "api: [latch_open]\n"
                                  "imports: []\n"
                                  "limits: {wall_s: 20, cpu_s: 20}\n"
                                  "rubric:\n"
                                  "  - {id: correctness, title: Correctness, points: 60}\n"
                                  "  - {id: hygiene, title: Memory, points: 40}\n";

static const char handed_out[] =
    "elsewhere:\n"
    "  - {rubric: correctness, points: 40}\n"
    "tests:\n"
    "  - {name: it_opens, rubric: correctness, points: 20, title: T1, why: W1}\n"
    "checks:\n"
    "  - {check: memcheck, rubric: hygiene, points: 40, tests: [it_opens], title: C1, why: W}\n";

TestSuite(handout, .init = make_folder, .fini = remove_folder, .timeout = SECONDS);

/* Loads public_part and `rest`, in which the first `from` is `to`; the message must have `expected` (NULL: it is good).
 */
static void expect_yaml(const char *rest, const char *from, const char *to, const char *expected)
{
	const char *at = strstr(rest, from);
	struct error error = {0};
	cr_assert(at != NULL);
	char *text = format("%s%.*s%s%s", public_part, (int)(at - rest), rest, to, at + strlen(from));
	put("assignment.yaml", text);
	char *path = in_folder("assignment.yaml");
	struct assignment *assignment = assignment_load(path, &error);
	cr_expect(eq(int, assignment != NULL, expected == NULL), "%s", error.text);
	if (expected)
		expect_in(error.text, expected);
	assignment_free(assignment);
	free(path);
	free(text);
}

Test(handout, points_here_and_elsewhere_are_all_of_a_line)
{
	expect_yaml(handed_out, "", "", NULL);
	expect_yaml(handed_out, "points: 40}", "points: 39}",
	            "12:5: 'correctness' has 60 points, but 20 here and 39 elsewhere");
	expect_yaml(handed_out, "correctness, points: 40", "hygiene, points: 40",
	            "'correctness' has 60 points, but 20 here and 0 elsewhere");
	expect_yaml(handed_out, "rubric: correctness", "rubric: corectness",
	            "unknown rubric line 'corectness', did you mean 'correctness'?");
	expect_yaml(handed_out, "points: 40}", "points: 0}", "must be a whole number from 1 to 100");
	expect_yaml(handed_out, "40}\n", "40}\n  - {rubric: correctness, points: 1}\n",
	            "duplicate rubric line 'correctness'");
}

/* A course of one assignment, with that hidden.c. The caller frees it; NULL and *error when it cannot be loaded. */
static struct course *load_latch(const char *yaml, const char *hidden_c, struct error *error)
{
	char *text = format("%s%s", public_part, yaml), *root = in_folder("");
	put("assignments/latch/assignment.yaml", text);
	put("assignments/course.yaml", "schema: forkjoin/course/1\ntitle: T\nassignments: [latch]\nheaders: [stdio.h]\n"
	                               "imports: []\nforbidden: []\n");
	if (hidden_c)
		put("tests/assignments/latch/hidden.c", hidden_c);
	struct course *course = course_load(root, NULL, error);
	free(root);
	free(text);
	return course;
}

Test(handout, hidden_tests_without_their_points_are_refused)
{
	struct error error = {0};
	struct course *course = load_latch(handed_out, NULL, &error);
	cr_expect(ne(ptr, course, NULL), "%s", error.text);
	course_free(course);
	cr_expect(eq(ptr, load_latch(handed_out, "int x;\n", &error), NULL));
	expect_in(error.text,
	          "assignment.yaml:15:3: tests/assignments/latch/hidden.c is there, and no assignment.hidden.yaml "
	          "says what its tests are worth");
}

/* ---- what students have --------------------------------------------------------------------- */

/* The assignment.yaml alone, as a handout has it. */
static struct assignment *load_open_part(const char *name)
{
	struct error error = {0};
	char *path = format("assignments/%s/assignment.yaml", name), *copy = in_folder("assignment.yaml");
	char *text = read_all(path);
	put("assignment.yaml", text);
	struct assignment *assignment = assignment_load(copy, &error);
	cr_assert(ne(ptr, assignment, NULL), "%s", error.text);
	free(text);
	free(copy);
	free(path);
	return assignment;
}

static struct assignment *load_whole(const char *name)
{
	struct error error = {0};
	char *path = format("assignments/%s/assignment.yaml", name);
	struct assignment *assignment = assignment_load(path, &error);
	cr_assert(ne(ptr, assignment, NULL), "%s", error.text);
	free(path);
	return assignment;
}

Test(handout, what_needs_no_hidden_test_is_as_it_was)
{
	for (size_t i = 0; i < sizeof shipped / sizeof *shipped; i++) {
		struct assignment *before = load_whole(shipped[i]), *after = load_open_part(shipped[i]);
		size_t kept = 0;
		for (size_t t = 0; t < before->test_count; t++) {
			if (before->test[t].hidden)
				continue;
			cr_assert(lt(sz, kept, after->test_count));
			cr_expect(eq(str, after->test[kept].name, before->test[t].name));
			cr_expect(eq(str, after->test[kept].why, before->test[t].why));
			cr_expect(eq(int, after->test[kept].cost, before->test[t].cost));
			kept++;
		}
		cr_expect(eq(sz, kept, after->test_count));
		cr_assert(eq(sz, before->hint_count, after->hint_count));
		for (size_t h = 0; h < before->hint_count; h++)
			for (size_t l = 0; l < before->hint[h].levels.count; l++)
				cr_expect(eq(str, after->hint[h].levels.item[l], before->hint[h].levels.item[l]));
		cr_expect(eq(int, memcmp(&before->limits, &after->limits, sizeof before->limits), 0));
		cr_expect(eq(sz, before->imports.count, after->imports.count));
		assignment_free(before);
		assignment_free(after);
	}
}

/* One made-up result, in both worlds: what the public tests and the checks on them can say. */
static struct grade *make_up(const struct assignment *assignment, unsigned seed)
{
	static const char *const found[][2] = {{"tsan", "data_race"},         {"tsan", "lock_order_inversion"},
	                                       {"memcheck", "memory_leak"},   {"audit", "fd_leak"},
	                                       {"audit", "zombie"},           {"audit", "thread_leak"},
	                                       {"memcheck", "invalid_read"},  {"explore", "data_race"},
	                                       {"symbols", "volatile_shared"}};
	static const char *const checks[] = {"criterion", "tsan", "memcheck", "audit", "symbols", "explore"};
	struct grade *grade = grade_new(assignment, "s");
	grade->public_only = true;
	for (size_t i = 0; i < grade->test_count; i++)
		if (!grade->test[i].hidden)
			grade->test[i].status = rand_r(&seed) % 3 ? TEST_PASS : TEST_FAIL;
	for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
		grade_add_check(grade, checks[i], rand_r(&seed) % 8 ? "ran" : "failed", NULL, 1);
	for (size_t i = 0; i < sizeof found / sizeof *found; i++) {
		const char *test = grade->test[(unsigned)rand_r(&seed) % 4].name; /* the first four are public */
		if (rand_r(&seed) % 3 == 0)
			findings_add(&grade->findings, found[i][0], found[i][1], strcmp(found[i][0], "symbols") == 0 ? NULL : test);
	}
	grade_score(grade, assignment);
	return grade;
}

Test(handout, scores_are_those_of_the_kit_without_hidden_tests)
{
	for (size_t i = 0; i < sizeof shipped / sizeof *shipped; i++) {
		struct assignment *kit = load_whole(shipped[i]), *handout = load_open_part(shipped[i]);
		int scores = 0;
		for (unsigned seed = 1; seed <= 300; seed++) {
			struct grade *a = make_up(kit, seed), *b = make_up(handout, seed);
			cr_expect(eq(int, a->score, b->score), "%s, seed %u", shipped[i], seed);
			cr_expect(eq(int, a->max_score, b->max_score), "%s, seed %u", shipped[i], seed);
			for (size_t line = 0; line < a->rubric_count; line++)
				cr_expect(eq(int, a->rubric[line].score, b->rubric[line].score), "%s, seed %u", shipped[i], seed);
			scores += a->score;
			grade_free(a);
			grade_free(b);
		}
		cr_expect(gt(int, scores, 0));
		assignment_free(kit);
		assignment_free(handout);
	}
}

Test(handout, the_open_part_names_no_hidden_test)
{
	size_t looked_for = 0;
	for (size_t i = 0; i < sizeof shipped / sizeof *shipped; i++) {
		struct assignment *assignment = load_whole(shipped[i]);
		char *text = read_all(assignment->path);
		for (size_t t = 0; t < assignment->test_count; t++) {
			const struct test_spec *test = &assignment->test[t];
			cr_expect(eq(int, text_has_word(text, test->name), !test->hidden), "%s: %s", assignment->path, test->name);
			looked_for += test->hidden;
		}
		free(text);
		assignment_free(assignment);
	}
	cr_expect(gt(sz, looked_for, 200));
}

/* ---- templates ------------------------------------------------------------------------------ */

static struct course *load_kit(void)
{
	struct error error = {0};
	struct course *course = course_load(".", NULL, &error);
	cr_assert(ne(ptr, course, NULL), "%s", error.text);
	return course;
}

Test(handout, templates_are_filled_for_each_assignment)
{
	struct course *course = load_kit();
	char *names[] = {format("race_fix"), format("thread_pool")};
	struct string_list wanted = {names, 2};
	struct handout_wish wish = {course, &wanted, "cs101/kit", NULL};
	struct error error = {0};
	char *text = template_fill("r @REPOSITORY@ @IDS@\n# @EACH@\n@NAME@=@UPPER@ (@HEADING@)\n# @END@\nlast @NAME@",
	                           &wish, &error);
	cr_expect(eq(str, text,
	             "r cs101/kit race_fix,thread_pool\nrace_fix=RACE_FIX (Repair a bank)\n"
	             "thread_pool=THREAD_POOL (A thread pool)\nlast @NAME@"));
	cr_expect(eq(ptr, template_fill("a\n@EACH@\nb\n", &wish, &error), NULL));
	expect_in(error.text, "no @END@");
	free(text);
	free(names[0]);
	free(names[1]);
	course_free(course);
}

/* ---- leaks ---------------------------------------------------------------------------------- */

/* A pack of one file with that text: is it refused, and why? */
static void expect_leak(const struct secrets *secrets, const char *text, const char *expected)
{
	struct pack pack = {NULL, 0};
	struct leaks leaks;
	pack_add(&pack, "docs/page.md", format("%s", text), strlen(text), false);
	secrets_search(secrets, &pack, &leaks);
	cr_expect(eq(int, leaks.count > 0, expected != NULL), "%.200s", text);
	if (expected)
		expect_in(leaks.count ? leaks.item[0].text : "nothing", expected);
	leaks_clear(&leaks);
	pack_clear(&pack);
}

static const struct string_list everything; /* all assignments are handed out */

Test(handout, a_planted_secret_is_found)
{
	struct course *course = load_kit();
	struct error error = {0};
	struct secrets *secrets = secrets_gather(course, &everything, &error);
	cr_assert(ne(ptr, secrets, NULL), "%s", error.text);
	for (int kind = 0; kind < SECRET_KINDS; kind++)
		cr_expect(gt(sz, secrets_count(secrets, kind), 50));
	expect_leak(secrets, "Nothing to see here.\n", NULL);
	/* a name, as a word of its own */
	expect_leak(secrets, "see `self_transfer_changes_nothing`.\n", "the name of a hidden test");
	expect_leak(secrets, "see my_self_transfer_changes_nothing_2\n", NULL);
	expect_leak(secrets, "see money_is_conserved, which is public\n", NULL);
	/* its title and its why, folded */
	expect_leak(secrets, "A transfer from an account\n   to itself changes\tnothing.\n", "a text");
	expect_leak(secrets,
	            "A return statement does not release a mutex; the next thread that\nneeds the account waits for ever.",
	            "assignments/race_fix/assignment.hidden.yaml");
	/* a guard's why, which public tests have as well */
	expect_leak(secrets, "With a single thread the given code does this right; a repair must not break it.", NULL);
	/* a text and a line of hidden.c */
	expect_leak(secrets, "x = \"from an account that does not exist\";\n",
	            "a text of tests/assignments/race_fix/hidden.c:");
	expect_leak(secrets, "  /* Another thread needs the bank, and\tthe callback waits for it. */\n",
	            "a line of tests/assignments/race_fix/hidden.c:");
	/* a line that public.c has as well */
	expect_leak(secrets, "static struct kit_gate *start_and_stop(struct call *call, unsigned stop)\n", NULL);
	course_free(course);
	secrets_free(secrets);
}

Test(handout, all_that_leaks_is_told_with_its_place)
{
	static const char hidden_yaml[] =
	    "schema: forkjoin/assignment.hidden/1\n"
	    "tests:\n"
	    "  - {name: it_shuts, rubric: correctness, points: 40, title: It shuts for good,\n"
	    "     why: What is shut is shut}\n",
	                  hidden_c[] = "KIT_TEST(latch, it_shuts)\n{\n"
	                               "\tcr_assert(eq(int, latch_shut(latch, WITHOUT_A_KEY), EINVAL));\n}\n",
	                  two[] = "Nothing.\n\nSee it_shuts.\nIt shuts\n   for good, and it_shuts.\n",
	                  one[] = "\n  cr_assert(eq(int,  latch_shut(latch, WITHOUT_A_KEY), EINVAL));\n";
	static const char *const expected[] = {
	    "a.md:2 would be in the handout: a line of tests/assignments/latch/hidden.c:3: "
	    "cr_assert(eq(int, latch_shut(latch, WITHOUT_A_KEY), EINVAL));",
	    "b.md:3 would be in the handout: the name of a hidden test of "
	    "assignments/latch/assignment.hidden.yaml:3: it_shuts",
	    "b.md:4 would be in the handout: a text of assignments/latch/assignment.hidden.yaml:3: It shuts for good"};
	struct error error = {0};
	put("assignments/latch/assignment.hidden.yaml", hidden_yaml);
	struct course *course = load_latch(handed_out, hidden_c, &error);
	cr_assert(ne(ptr, course, NULL), "%s", error.text);
	struct secrets *secrets = secrets_gather(course, &everything, &error);
	cr_assert(ne(ptr, secrets, NULL), "%s", error.text);
	struct pack pack = {NULL, 0};
	struct leaks leaks;
	pack_add(&pack, "b.md", format("%s", two), sizeof two - 1, false);
	pack_add(&pack, "a.md", format("%s", one), sizeof one - 1, false);
	secrets_search(secrets, &pack, &leaks);
	cr_assert(eq(sz, leaks.count, 3));
	for (size_t i = 0; i < leaks.count; i++)
		cr_expect(eq(str, leaks.item[i].text, (char *)expected[i]));
	leaks_clear(&leaks);
	pack_clear(&pack);
	secrets_free(secrets);
	course_free(course);
}

Test(handout, a_hidden_test_in_the_open_part_is_found)
{
	static const char open[] = "tests:\n  - {name: it_opens, rubric: correctness, points: 20, title: T1, why: W1}\n";
	struct error error = {0};
	struct course *course = load_latch(open, "KIT_TEST(latch, it_opens)\n{\n}\n", &error);
	cr_assert(ne(ptr, course, NULL), "%s", error.text);
	cr_expect(eq(ptr, secrets_gather(course, &everything, &error), NULL));
	expect_in(error.text,
	          "assignment.yaml:15: 'it_opens' is a test of tests/assignments/latch/hidden.c: it belongs into "
	          "assignment.hidden.yaml");
	course_free(course);
}

Test(handout, a_copy_of_a_hidden_file_is_found)
{
	static const char *const hidden[] = {"tests/assignments/pipe_ring/hidden.c", "solutions/thread_pool/thread_pool.c",
	                                     "solutions/race_fix/alternatives/taken_flags.c",
	                                     "tests/examples/deniz/race_fix.c"};
	struct course *course = load_kit();
	struct error error = {0};
	struct secrets *secrets = secrets_gather(course, &everything, &error);
	cr_assert(ne(ptr, secrets, NULL), "%s", error.text);
	for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++) {
		char *text = read_all(hidden[i]);
		expect_leak(secrets, text, "and is a copy of ");
		free(text);
	}
	course_free(course);
	secrets_free(secrets);
}

/* ---- the whole ------------------------------------------------------------------------------ */

static int make_at(const char *path, struct error *error)
{
	struct course *course = load_kit();
	struct string_list all = {NULL, 0};
	struct handout_done done;
	char *out = in_folder(path);
	struct handout_wish wish = {course, &all, NULL, out};
	*error = (struct error){0};
	int result = handout_make(&wish, &done, error);
	free(out);
	course_free(course);
	return result;
}

Test(handout, it_has_what_students_need_and_nothing_else)
{
	static const char *const needed[] = {"Makefile",
	                                     "README.md",
	                                     "setup.sh",
	                                     "packages-run.txt",
	                                     "VERSION",
	                                     "LICENSE",
	                                     ".gitignore",
	                                     ".github/workflows/classroom.yml",
	                                     ".github/workflows/classroom50.yml",
	                                     ".devcontainer/Dockerfile",
	                                     ".vscode/settings.json",
	                                     "assignments/course.yaml",
	                                     "assignments/README.md",
	                                     "assignments/race_fix/race_fix.c",
	                                     "include/race_fix.h",
	                                     "tests/assignments/race_fix/public.c",
	                                     "tests/support/kit.h",
	                                     "grader/main.c",
	                                     "grader/report/page/play.html"};
	static const char *const copied[] = {"assignments/course.yaml", "assignments/race_fix/assignment.yaml"};
	struct error error;
	struct pack pack = {NULL, 0};
	cr_assert(eq(int, make_at("out", &error), 0), "%s", error.text);
	char *out = in_folder("out"), *setup = in_folder("out/setup.sh");
	cr_assert(eq(int, pack_copy_folder(&pack, out, ".", "", NULL, &error), 0), "%s", error.text);
	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
		cr_expect(ne(ptr, (void *)pack_find(&pack, needed[i]), NULL), "%s", needed[i]);
	for (size_t i = 0; i < pack.count; i++) {
		static const char *const parts[] = {"hidden.c",     ".hidden.yaml", "mutants", "solutions",
		                                    "alternatives", "examples",     "_test.c", "hostile"};
		for (size_t p = 0; p < sizeof parts / sizeof *parts; p++)
			expect_not_in(pack.file[i].path, parts[p]);
	}
	for (size_t i = 0; i < sizeof copied / sizeof *copied; i++) {
		char *text = read_all(copied[i]);
		cr_expect(eq(str, pack_find(&pack, copied[i])->text, text), "%s is not as it is here", copied[i]);
		free(text);
	}
	cr_expect(eq(int, access(setup, X_OK), 0));
	struct course *course = course_load(out, NULL, &error);
	cr_assert(ne(ptr, course, NULL), "%s", error.text);
	for (size_t i = 0; i < course->assignment_count; i++)
		cr_expect(gt(sz, course->assignment[i]->elsewhere_count, 0));
	course_free(course);
	pack_clear(&pack);
	free(setup);
	free(out);
}

/* A course in a folder of its own, with an exercise of the kit and one that is not in it, is one kit in the handout. */
Test(handout, of_a_course_outside_is_one_kit)
{
	struct error error = {0};
	struct string_list all = {NULL, 0};
	struct handout_done done;
	char *own = in_folder("own"), *out = in_folder("out");
	static const char *const parts[] = {"include", "assignments/tally", "solutions/tally", "tests/assignments/tally"};
	put("own/course.yaml", "schema: forkjoin/course/1\ntitle: Mine\nassignments: [barrier, tally]\n");
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		char *to = format("%s/%s", own, parts[i]);
		cr_assert(eq(int, folder_make(to, &error), 0), "%s", error.text);
		cr_assert(eq(int, folder_copy("tests/new", own, parts[i], &error), 0), "%s", error.text);
		free(to);
	}
	struct course *course = course_load(".", own, &error);
	cr_assert(ne(ptr, course, NULL), "%s", error.text);
	struct handout_wish wish = {course, &all, NULL, out};
	cr_assert(eq(int, handout_make(&wish, &done, &error), 0), "%s", error.text);
	cr_expect(eq(sz, done.assignments, 2));
	course_free(course);
	course = course_load(out, NULL, &error);
	cr_assert(ne(ptr, course, NULL), "%s", error.text);
	cr_expect(eq(str, course->title, "Mine"));
	cr_expect(eq(str, course->assignment[1]->name, "tally"));
	cr_expect(gt(sz, course->forbidden_count, 0)); /* what the kit says of all */
	course_free(course);
	char *page = in_folder("out/assignments/barrier/README.md"), *text = read_all(page);
	cr_expect(eq(ptr, strstr(text, "../bounded_buffer/README.md"), NULL)); /* which is not in this course */
	free(text);
	free(page);
	page = in_folder("out/assignments/README.md");
	text = read_all(page);
	cr_expect(ne(ptr, strstr(text, "# Syllabus: Mine\n"), NULL));
	cr_expect(ne(ptr, strstr(text, "[barrier](barrier/README.md), [tally](tally/README.md) | "), NULL));
	cr_expect(eq(ptr, strstr(text, "race_fix"), NULL));
	free(text);
	free(page);
	char *notes = in_folder("out/assignments/notes/C_registers_stack_concurrency.md");
	text = read_all(notes);
	cr_expect(ne(ptr, strstr(text, "](../barrier/README.md)"), NULL));
	cr_expect(eq(ptr, strstr(text, "](../race_fix/README.md)"), NULL));
	cr_expect(ne(ptr, strstr(text, "race_fix"), NULL));
	free(text);
	free(notes);
	free(out);
	free(own);
}

Test(handout, a_folder_with_something_else_is_refused)
{
	struct error error;
	put("out/thesis.tex", "years of work");
	cr_expect(eq(int, make_at("out", &error), -1));
	expect_in(error.text, "is not empty and no handout");
	cr_expect(there("out/thesis.tex"));
	cr_expect(not(there("out/Makefile")));
	put("file", "");
	cr_expect(eq(int, make_at("file", &error), -1));
	expect_in(error.text, "is not a folder");
}

Test(handout, an_earlier_handout_is_renewed_and_keeps_its_history)
{
	struct error error;
	cr_assert(eq(int, make_at("out", &error), 0), "%s", error.text);
	put("out/.git/HEAD", "ref: refs/heads/main\n");
	put("out/build/grader", "old\n");
	cr_expect(eq(int, make_at("out/", &error), 0), "%s", error.text);
	cr_expect(there("out/.git/HEAD"));
	cr_expect(not(there("out/build")));
	cr_expect(there("out/Makefile"));
	char *command = format("ls -d %s/out.new.* >%s/left 2>/dev/null", folder, folder);
	cr_expect(ne(int, system(command), 0), "a draft is left");
	free(command);
}

Test(handout, what_was_changed_in_it_is_not_lost)
{
	struct error error;
	cr_assert(eq(int, make_at("out", &error), 0), "%s", error.text);
	put("out/README.md", "Dear students\n");
	cr_expect(eq(int, make_at("out", &error), -1));
	expect_in(error.text, "out/README.md was added or changed since");
	char *path = in_folder("out/README.md"), *text = read_all(path);
	cr_expect(eq(str, text, "Dear students\n"));
	free(text);
	free(path);
}

Test(handout, a_handout_makes_no_handout)
{
	struct error error, why = {0};
	cr_assert(eq(int, make_at("out", &error), 0), "%s", error.text);
	char *out = in_folder("out"), *again = in_folder("again");
	struct course *course = course_load(out, NULL, &error);
	struct string_list all = {NULL, 0};
	struct handout_wish wish = {course, &all, NULL, again};
	struct handout_done done;
	cr_expect(eq(int, handout_make(&wish, &done, &why), -1));
	expect_in(why.text, "this is a handout: only");
	cr_expect(not(there("again")));
	course_free(course);
	free(again);
	free(out);
}

/* A kit of its own in `folder`, with links to the real one but for the skeleton of race_fix, which is the reference. */
Test(handout, a_skeleton_that_was_solved_is_not_handed_out)
{
	static const char *const same[] = {"solutions", "tests", "include"};
	char *home = realpath(".", NULL), *command = format("cp -r assignments %s/", folder);
	cr_assert(eq(int, system(command), 0));
	for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
		char *target = format("%s/%s", home, same[i]), *link = in_folder(same[i]);
		cr_assert(eq(int, symlink(target, link), 0));
		free(link);
		free(target);
	}
	char *solution = read_all("solutions/race_fix/race_fix.c");
	put("assignments/race_fix/race_fix.c", solution);
	struct error error = {0};
	struct course *course = course_load(folder, NULL, &error);
	cr_assert(ne(ptr, course, NULL), "%s", error.text);
	struct secrets *secrets = secrets_gather(course, &everything, &error);
	cr_assert(ne(ptr, secrets, NULL), "%s", error.text);
	struct pack pack = {NULL, 0};
	cr_assert(eq(int, pack_copy(&pack, folder, "assignments/race_fix/race_fix.c", &error), 0), "%s", error.text);
	struct leaks leaks;
	secrets_search(secrets, &pack, &leaks);
	cr_assert(eq(sz, leaks.count, 1));
	expect_in(leaks.item[0].text, "and is a copy of solutions/race_fix/race_fix.c");
	leaks_clear(&leaks);
	pack_clear(&pack);
	secrets_free(secrets);
	course_free(course);
	free(solution);
	free(command);
	free(home);
}
