/* What the table of sentences says about a header: every word of its comments belongs to a sentence, every sentence is
 * there, and each has something that shows it. */
#define TEST_CRASH GRADE_TEST_CRASH /* Criterion has a hook of that name */
#include "../../grader/class/sentences.h"
#include "../../grader/course/contract.h"
#undef TEST_CRASH

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char header[] = "/* door.h - a door\n"              /* 1 */
                             " *\n"                              /* 2 */
                             " * It opens once.\n"               /* 3 */
                             " */\n"                             /* 4 */
                             "#define HEIGHT 2 /* metres */\n"   /* 5 */
                             "/* Opens the door. MT: safe. */\n" /* 6 */
                             "void open_door(void);\n"           /* 7 */
                             "/* Closes it,\n"                   /* 8 */
                             " * and waits until it * is shut. MT: safe. */\n"
                             "void close_door(void);\n";

static char *one_test[] = {"door_opens"};

enum { MOST = 8 };

/* A table with these words, each with the test door_opens. */
struct table {
	struct sentence sentence[MOST];
	struct assignment assignment;
};

static struct table *table_of(const char *const says[])
{
	struct table *table = calloc(1, sizeof *table);
	static char *const ids[MOST] = {"s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7"};
	cr_assert(table != NULL);
	table->assignment = (struct assignment){.name = "door", .hidden_path = "door.yaml", .sentence = table->sentence};
	for (size_t i = 0; says[i]; i++) {
		table->sentence[i] =
		    (struct sentence){.id = ids[i], .says = (char *)says[i], .line = 10 + (unsigned)i, .tests = {one_test, 1}};
		table->assignment.sentence_count++;
	}
	return table;
}

static void expect_problems(const char *const says[], const char *const expected[])
{
	struct table *table = table_of(says);
	struct string_list problems = contract_problems(&table->assignment, "door.h", header);
	size_t count = 0;
	for (; expected[count]; count++)
		cr_expect(eq(str, count < problems.count ? problems.item[count] : "no problem", (char *)expected[count]));
	cr_expect(eq(sz, problems.count, count));
	for (size_t i = 0; i < problems.count; i++)
		free(problems.item[i]);
	free(problems.item);
	free(table);
}

#define TEXTS(...) ((const char *const[]){__VA_ARGS__, NULL})

Test(contract, a_table_with_every_word_is_complete)
{
	expect_problems(TEXTS("door.h - a door", "It opens once.", "metres", "Opens the door.", "MT: safe.",
	                      "Closes it, and waits\nuntil it * is   shut."),
	                TEXTS(NULL));
}

Test(contract, words_without_a_sentence_are_told_with_their_line)
{
	expect_problems(TEXTS("door.h - a door It opens once.", "metres", "MT: safe.", "Closes it, and waits"),
	                TEXTS("door.h:6: no sentence of the contract has the words \"Opens the door. \"",
	                      "door.h:9: no sentence of the contract has the words \"until it * is shut. \""));
}

Test(contract, many_words_are_cut_between_two_of_them)
{
	expect_problems(TEXTS("MT: safe."),
	                TEXTS("door.h:1: no sentence of the contract has the words \"door.h - a door It opens once. metres "
	                      "Opens the door. \"",
	                      "door.h:8: no sentence of the contract has the words \"Closes it, and waits until it * is "
	                      "shut. \""));
	expect_problems(
	    TEXTS("door.h"),
	    TEXTS("door.h:1: no sentence of the contract has the words \"a door It opens once. metres Opens the "
	          "door. MT: safe. Closes it, and waits\" ..."));
}

Test(contract, a_sentence_that_is_not_there_is_told)
{
	expect_problems(
	    TEXTS("door.h - a door It opens once. metres Opens the door. MT: safe. Closes it, and waits until it "
	          "* is shut. MT: safe.",
	          "It opens twice."),
	    TEXTS("door.yaml:11: the sentence 's1' is not in the comments of door.h: \"It opens twice.\""));
}

Test(contract, half_a_word_is_no_quote)
{
	expect_problems(
	    TEXTS("door.h - a door It opens once. metres Opens the door. MT: safe. Closes it, and waits until it "
	          "* is shut. MT: safe.",
	          "It open", "pens once."),
	    TEXTS("door.yaml:11: the sentence 's1' is not in the comments of door.h: \"It open\"",
	          "door.yaml:12: the sentence 's2' is not in the comments of door.h: \"pens once.\""));
}

Test(contract, code_is_no_sentence)
{
	expect_problems(
	    TEXTS("door.h - a door It opens once. metres Opens the door. MT: safe. Closes it, and waits until it "
	          "* is shut. MT: safe.",
	          "HEIGHT 2"),
	    TEXTS("door.yaml:11: the sentence 's1' is not in the comments of door.h: \"HEIGHT 2\""));
}

Test(contract, without_a_table_nothing_is_asked)
{
	expect_problems((const char *const[]){NULL}, (const char *const[]){NULL});
}

/* ---- mutants -------------------------------------------------------------------------------- */

static char *all_words =
    "door.h - a door It opens once. metres Opens the door. MT: safe. Closes it, and waits until it "
    "* is shut. MT: safe.";

/* The problems of a table whose two sentences are `says` and a prose one, with one mutant. */
static void expect_of_mutant(char *breaks, char *test, char *check, const char *const expected[])
{
	char root[] = "/tmp/contract_test.XXXXXX", path[64];
	char *ids[] = {breaks}, *tests[] = {test};
	struct table *table = table_of(TEXTS(all_words, "metres"));
	table->sentence[1].prose = "a unit";
	table->sentence[1].tests = (struct string_list){0};
	struct candidate mutant = {.role = MUTANT,
	                           .assignment = &table->assignment,
	                           .name = "l1",
	                           .check = check,
	                           .tests = {tests, 1},
	                           .sentences = {ids, 1}};
	struct candidates candidates = {&mutant, 1};

	cr_assert(mkdtemp(root) != NULL);
	snprintf(path, sizeof path, "%s/include", root);
	cr_assert(eq(int, mkdir(path, 0700), 0));
	snprintf(path, sizeof path, "%s/include/door.h", root);
	cr_assert(eq(int, file_write(path, header, strlen(header), NULL), 0));
	table->assignment.root = root;
	struct string_list problems = sentences_problems(&table->assignment, &candidates);
	size_t count = 0;
	for (; expected[count]; count++)
		cr_expect(eq(str, count < problems.count ? problems.item[count] : "no problem", (char *)expected[count]));
	cr_expect(eq(sz, problems.count, count));
	for (size_t i = 0; i < problems.count; i++)
		free(problems.item[i]);
	free(problems.item);
	free(table);
	unlink(path);
	*strrchr(path, '/') = '\0';
	rmdir(path);
	rmdir(root);
}

Test(contract, a_mutant_shows_a_sentence_by_its_test_or_check)
{
	expect_of_mutant("s0", "door_opens", "criterion", (const char *const[]){NULL});
}

Test(contract, a_mutant_of_another_test_shows_nothing)
{
	expect_of_mutant("s0", "door_closes", "criterion",
	                 TEXTS("door.yaml:10: mutant l1 breaks the sentence 's0', but is caught by none of its tests and "
	                       "checks"));
}

Test(contract, a_sentence_without_a_mutant_is_told)
{
	expect_of_mutant("s1", "door_opens", "criterion",
	                 TEXTS("door.yaml:10: no mutant breaks the sentence 's0': its comment would say 'contract: s0'",
	                       "door.yaml:11: nothing can break the sentence 's1', it says, but mutant l1 does"));
	expect_of_mutant("s7", "door_opens", "criterion",
	                 TEXTS("door.yaml:10: no mutant breaks the sentence 's0': its comment would say 'contract: s0'",
	                       "door: mutant l1 names the sentence 's7', which door.yaml does not have"));
}
