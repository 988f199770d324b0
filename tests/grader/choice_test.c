/* choice_test.c - which submissions of a class are graded when not all are, and that the others keep their lines. */
#include "sample.h"
#include "scratch.h"

#include "../../grader/class/choice.h"
#include "../../grader/file.h"
#include "../../grader/memory.h"

#include <stdio.h>

static const char scratch[] = "/tmp/choice_test.XXXXXX";

static void enter_folder(void)
{
	scratch_enter(scratch);
}

static void leave_folder(void)
{
	scratch_leave(scratch);
}

TestSuite(choice, .init = enter_folder, .fini = leave_folder, .timeout = 60);
TestSuite(journal_lines, .init = enter_folder, .fini = leave_folder, .timeout = 60);

/* ---- who and what ------------------------------------------------------------------------------- */

/* 2 October 2026, 00:00 +0200 */
enum { MIDNIGHT = 1790892000 };

static struct assignment ring = {.name = (char *)"pipe_ring", .late = {.due = MIDNIGHT, .zone = 7200}};
static struct assignment pool = {.name = (char *)"pool"};
static struct assignment *const assignments[] = {&ring, &pool};
static const struct course dated = {.assignment = (struct assignment **)assignments, .assignment_count = 2};
static const struct course dateless = {.assignment = (struct assignment **)assignments + 1, .assignment_count = 1};

static struct roll_entry entries[] = {{.who = 0, .assignment = &ring, .handed_in = MIDNIGHT},
                                      {.who = 0, .assignment = &pool, .handed_in = MIDNIGHT - 1},
                                      {.who = 1, .assignment = &ring},
                                      {.who = 2, .assignment = &pool, .handed_in = MIDNIGHT + 1}};
static struct person persons[] = {{"ada", 0}, {"alan", 1}, {"mallory", ROSTER_NONE}};
static const struct roll roll = {.item = entries, .count = 4, .person = persons, .person_count = 3};

static struct roster *people(void)
{
	static const char text[] =
	    "login,name,email\nada,\"Lovelace, Ada\",al@example.edu\nalan,Alan Turing,at@example.edu\n";
	struct error error = {0};
	cr_assert(file_write("roster.csv", text, strlen(text), &error) == 0, "%s", error.text);
	struct roster *roster = roster_read("roster.csv", &error);
	cr_assert(roster != NULL, "%s", error.text);
	return roster;
}

static struct string_list list(char *one, char *two)
{
	static char *words[2];
	words[0] = one;
	words[1] = two;
	return (struct string_list){words, (size_t)(one != NULL) + (two != NULL)};
}

/* Which of the entries are chosen: "1010". */
static void expect_chosen(struct string_list students, const char *assignment, const char *since, const char *wanted)
{
	struct error error = {0};
	char *name = (char *)assignment, chosen[5] = "";
	const struct string_list names = {&name, assignment != NULL};
	const struct choice_wish wish = {&students, &names, since};
	struct roster *roster = people();
	struct choice choice;
	cr_assert(choice_make(&wish, &dated, roster, &roll, &choice, &error) == 0, "%s", error.text);
	for (size_t i = 0; i < 4; i++)
		chosen[i] = choice_has_entry(&choice, &entries[i]) ? '1' : '0';
	cr_expect(eq(str, chosen, (char *)wanted));
	choice_clear(&choice);
	roster_free(roster);
}

static void expect_no_choice(struct string_list students, const char *since, const char *message)
{
	struct error error = {0};
	const struct string_list none = {0};
	const struct choice_wish wish = {&students, &none, since};
	struct roster *roster = people();
	struct choice choice;
	cr_expect(choice_make(&wish, &dated, roster, &roll, &choice, &error) != 0);
	cr_expect(eq(str, error.text, (char *)message));
	choice_clear(&choice);
	roster_free(roster);
}

Test(choice, is_of_students_by_any_name)
{
	const struct string_list all = {0};
	expect_chosen(all, NULL, NULL, "1111");
	expect_chosen(list((char *)"ada", NULL), NULL, NULL, "1100");
	expect_chosen(list((char *)"Lovelace, Ada", NULL), NULL, NULL, "1100");
	expect_chosen(list((char *)"at@example.edu , mallory", NULL), NULL, NULL, "0011");
	expect_chosen(list((char *)"alan", (char *)"mallory"), NULL, NULL, "0011");
	expect_no_choice(list((char *)"adda", NULL), NULL, "there is no student 'adda', did you mean 'ada'?");
	expect_no_choice(list((char *)"ada,at@exampel.edu", NULL), NULL,
	                 "there is no student 'at@exampel.edu', did you mean 'at@example.edu'?");
	expect_no_choice(list((char *)"ada,,alan", NULL), NULL, "no student is named");
	expect_no_choice(list((char *)"Bartholomew", NULL), NULL, "there is no student 'Bartholomew'");
}

Test(choice, is_of_what_was_handed_in_since_a_time)
{
	const struct string_list all = {0};
	expect_chosen(all, NULL, "2026-10-02 00:00 +0200", "1011"); /* when alan's was handed in is not known */
	expect_chosen(all, NULL, "2026-10-02 00:00", "1011");
	expect_chosen(all, NULL, "2026-10-02", "1011");
	expect_chosen(all, NULL, "2026-10-01T22:00:01Z", "0011");
	expect_chosen(list((char *)"ada", NULL), "pipe_ring", "2026-10-01", "1000");
	expect_chosen(all, "pool", NULL, "0101");
	expect_no_choice(all, "yesterday", "SINCE: expected a time, as 2026-10-01 23:59 +0200, found 'yesterday'");
	expect_no_choice(all, "", "SINCE: expected a time, as 2026-10-01 23:59 +0200, found ''");
}

Test(choice, a_time_needs_a_zone_where_nothing_is_due)
{
	struct error error = {0};
	cr_expect(choice_since(&dateless, "2026-10-02 00:00 +0200", &error) == MIDNIGHT);
	cr_expect(choice_since(&dateless, "2026-10-02", &error) == -1);
	cr_expect(choice_since(&dated, "2026-10-02", &error) == MIDNIGHT);
}

Test(choice, of_what_was_not_handed_in_is_by_name_only)
{
	struct error error = {0};
	const struct string_list none = {0}, names = list((char *)"ada", NULL);
	const struct choice_wish by_name = {&names, &none, NULL}, by_time = {&none, &none, "2026-10-02"};
	struct choice choice;
	cr_assert(choice_make(&by_name, &dated, NULL, &roll, &choice, &error) == 0, "%s", error.text);
	cr_expect(choice_has(&choice, 0, "pool", NULL));
	cr_expect(choice_has(&choice, 1, "pool", NULL) == false);
	choice_clear(&choice);
	cr_assert(choice_make(&by_time, &dated, NULL, &roll, &choice, &error) == 0, "%s", error.text);
	cr_expect(choice_has(&choice, 0, "pool", NULL) == false);
	choice_clear(&choice);
}

/* ---- lines that are kept ------------------------------------------------------------------------ */

static const struct terms terms;

static void begin_run(struct journal *journal)
{
	struct error error = {0};
	cr_assert(journal_begin(journal, "kit-1", "good", "class", &error) == 0, "%s", error.text);
}

static void end_run(struct journal *journal)
{
	struct error error = {0};
	cr_assert(journal_end(journal, &error) == 0, "%s", error.text);
}

static void add(struct journal *journal, const char *student, int score)
{
	struct error error = {0};
	char *key = format("%s-%d", student, score);
	struct entry entry = {.student = student,
	                      .assignment = "pipe_ring",
	                      .folder = student,
	                      .roster_row = ROSTER_NONE,
	                      .key = key,
	                      .terms = &terms};
	struct grade *grade = sample_grade();
	grade->judged = true;
	grade->score = score;
	grade->max_score = 100;
	cr_assert(journal_add(journal, &entry, grade, &error) == 0, "%s", error.text);
	grade_free(grade);
	free(key);
}

static bool all_but(void *context, struct journal_line *line)
{
	line->roster_row = 3;
	cr_expect(line->handed_in);
	return strcmp(line->student, context) != 0;
}

static void keep_all_but(struct journal *journal, const char *student)
{
	struct error error = {0};
	cr_assert(journal_keep(journal, all_but, (char *)student, &error) == 0, "%s", error.text);
}

/* "ada 50 60, alan 70 70": what counted before this run, and does in it; "-": nothing. */
static void expect_pairs(struct journal *journal, const char *wanted)
{
	struct error error = {0};
	struct journal_pair *pair;
	char *text = NULL;
	size_t size;
	ssize_t count = journal_compare(journal, &pair, &error);
	cr_assert(count >= 0, "%s", error.text);
	FILE *out = memory_open(&text, &size);
	for (ssize_t i = 0; i < count; i++) {
		fprintf(out, "%s%s ", i ? ", " : "", pair[i].student);
		fprintf(out, pair[i].had ? "%d " : "- ", pair[i].before);
		fprintf(out, pair[i].has ? "%d" : "-", pair[i].after);
	}
	fclose(out);
	cr_expect(eq(str, text, (char *)wanted));
	free(text);
	journal_pairs_free(pair, (size_t)count);
}

static struct journal *class_of_three(void)
{
	struct error error = {0};
	struct journal *journal = journal_open("gradebook.sqlite", &error);
	cr_assert(journal != NULL, "%s", error.text);
	begin_run(journal);
	add(journal, "ada", 50);
	add(journal, "alan", 70);
	add(journal, "zoe", 90);
	expect_pairs(journal, "ada - 50, alan - 70, zoe - 90");
	end_run(journal);
	return journal;
}

Test(journal_lines, are_kept_but_for_those_that_are_graded_again)
{
	struct journal *journal = class_of_three();
	begin_run(journal);
	keep_all_but(journal, "ada");
	add(journal, "ada", 60);
	expect_pairs(journal, "alan 70 70, zoe 90 90, ada 50 60");
	journal_close(journal);
}

Test(journal_lines, are_not_kept_by_a_run_of_all)
{
	struct journal *journal = class_of_three();
	begin_run(journal);
	add(journal, "ada", 60);
	expect_pairs(journal, "ada 50 60, alan 70 -, zoe 90 -");
	end_run(journal);
	begin_run(journal);
	keep_all_but(journal, "nobody");
	expect_pairs(journal, "ada 60 60");
	journal_close(journal);
}

/* Of a run that was stopped what it has come to counts, and of the rest what counted before. */
Test(journal_lines, survive_runs_that_are_stopped)
{
	struct journal *journal = class_of_three();
	begin_run(journal);
	add(journal, "ada", 60);
	begin_run(journal);
	keep_all_but(journal, "zoe");
	begin_run(journal);
	keep_all_but(journal, "alan");
	add(journal, "alan", 75);
	expect_pairs(journal, "ada 60 60, zoe 90 90, alan 70 75");
	journal_close(journal);
}
