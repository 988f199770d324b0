/* gradebook_test.c - the roster, what being late costs, the journal (also when its process is killed), and the sheets
 * made of it. */
#include "sample.h"
#include "scratch.h"

#include "../../grader/file.h"
#include "../../grader/gradebook/gradebook.h"
#include "../../grader/gradebook/journal.h"
#include "../../grader/memory.h"

#include <csv.h>
#include <libxml/HTMLparser.h>
#include <libxml/xpath.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- a folder per test ------------------------------------------------------------------------ */

static void put_bytes(const char *path, const void *bytes, size_t size)
{
	FILE *file = fopen(path, "w");
	cr_assert(file != NULL, "%s", path);
	cr_assert(fwrite(bytes, 1, size, file) == size);
	cr_assert(fclose(file) == 0);
}

static const char scratch[] = "/tmp/gradebook_test.XXXXXX";

static void enter_folder(void)
{
	scratch_enter(scratch);
}

static void leave_folder(void)
{
	scratch_leave(scratch);
}

/* One time limit for all: the library below Criterion (boxfort) loses a longer one when a shorter one begins meanwhile,
 * and its memory with it. */
TestSuite(roster, .init = enter_folder, .fini = leave_folder, .timeout = 120);
TestSuite(lateness, .timeout = 120);
TestSuite(extensions, .init = enter_folder, .fini = leave_folder, .timeout = 120);
TestSuite(adjustments, .init = enter_folder, .fini = leave_folder, .timeout = 120);
TestSuite(requests, .init = enter_folder, .fini = leave_folder, .timeout = 120);
TestSuite(journal, .init = enter_folder, .fini = leave_folder, .timeout = 120);
TestSuite(sheet, .init = enter_folder, .fini = leave_folder, .timeout = 120);

/* ---- roster: reading -------------------------------------------------------------------------- */

static struct roster *read_bytes(const char *bytes, size_t size)
{
	struct error error = {0};
	put_bytes("roster.csv", bytes, size);
	struct roster *roster = roster_read("roster.csv", &error);
	cr_assert(roster != NULL, "%s", error.text);
	return roster;
}

static struct roster *read_text(const char *text)
{
	return read_bytes(text, strlen(text));
}

static void expect_refused(const char *bytes, size_t size, const char *message)
{
	struct error error = {0};
	put_bytes("roster.csv", bytes, size);
	struct roster *roster = roster_read("roster.csv", &error);
	cr_expect(roster == NULL);
	cr_expect(eq(str, error.text, (char *)message));
	roster_free(roster);
}

/* The cells of a row, joined by |. */
static void expect_row(const struct roster *roster, size_t row, const char *cells)
{
	char *have = NULL;
	size_t size;
	FILE *out = open_memstream(&have, &size);
	cr_assert(row < roster->row_count);
	for (size_t i = 0; i < roster->column.count; i++)
		fprintf(out, "%s%s", i ? "|" : "", roster->cell[row][i]);
	fclose(out);
	cr_expect(eq(str, have, (char *)cells));
	free(have);
}

Test(roster, has_headings_and_a_row_for_each_student)
{
	struct roster *roster =
	    read_text("name,email,section\nAda Lovelace,ada@example.edu,1\nAlan Turing,alan@example.edu,2\n");
	cr_assert(eq(sz, roster->column.count, 3));
	cr_expect(eq(str, roster->column.item[1], (char *)"email"));
	cr_assert(eq(sz, roster->row_count, 2));
	expect_row(roster, 0, "Ada Lovelace|ada@example.edu|1");
	expect_row(roster, 1, "Alan Turing|alan@example.edu|2");
	roster_free(roster);
	roster_free(NULL);
}

Test(roster, may_begin_with_a_byte_order_mark)
{
	struct roster *roster = read_text("\xef\xbb\xbfname,email\nAda,ada@example.edu\n");
	cr_expect(eq(str, roster->column.item[0], (char *)"name"));
	expect_row(roster, 0, "Ada|ada@example.edu");
	roster_free(roster);
}

Test(roster, may_have_semicolons_or_tabs_between_cells)
{
	struct roster *roster = read_text("Name;E-Mail;Gruppe\r\nM\xc3\xbcller, Zo\xc3\xab;zoe@example.edu;1,5\r\n");
	expect_row(roster, 0, "M\xc3\xbcller, Zo\xc3\xab|zoe@example.edu|1,5");
	roster_free(roster);
	roster = read_text("name\temail\tnote\nAda\tada@example.edu\t\nAlan\t\ta;b,c\n");
	expect_row(roster, 0, "Ada|ada@example.edu|");
	expect_row(roster, 1, "Alan||a;b,c");
	roster_free(roster);
}

Test(roster, delimiter_is_that_of_the_heading_outside_its_quotes)
{
	struct roster *roster = read_text("\"name; first; then; last\",email\nAda,ada@example.edu\n");
	cr_assert(eq(sz, roster->column.count, 2));
	expect_row(roster, 0, "Ada|ada@example.edu");
	roster_free(roster);
}

Test(roster, cells_may_be_quoted_and_have_several_lines)
{
	struct roster *roster =
	    read_text("name,note\n\"Lovelace, Ada\",\"says \"\"no\"\"\"\n\"Turing\nAlan\",\"a\r\nb\"\n");
	cr_assert(eq(sz, roster->row_count, 2));
	expect_row(roster, 0, "Lovelace, Ada|says \"no\"");
	expect_row(roster, 1, "Turing\nAlan|a\r\nb");
	roster_free(roster);
}

Test(roster, short_lines_are_filled_up_and_empty_ones_skipped)
{
	struct roster *roster = read_text("\nname,email,section\n\nAda\n,,\n\"\",\"\"\n  ,\nAlan,alan@example.edu");
	cr_assert(eq(sz, roster->row_count, 2));
	expect_row(roster, 0, "Ada||");
	expect_row(roster, 1, "Alan|alan@example.edu|");
	roster_free(roster);
}

Test(roster, line_ends_of_old_macs_are_taken)
{
	struct roster *roster = read_text("name,email\rAda,a@example.edu\rAlan,b@example.edu\r");
	cr_assert(eq(sz, roster->row_count, 2));
	expect_row(roster, 1, "Alan|b@example.edu");
	roster_free(roster);
}

Test(roster, lines_of_canvas_that_are_no_students_are_skipped)
{
	struct roster *roster = read_text("Student,ID,SIS Login ID,Section,A ring of pipes (4711)\n"
	                                  ",,,,Manual Posting\n"
	                                  "    Points Possible,,,,100\n"
	                                  "\"Lovelace, Ada\",12,ada,CS 1,\n");
	cr_assert(eq(sz, roster->row_count, 1));
	expect_row(roster, 0, "Lovelace, Ada|12|ada|CS 1|");
	roster_free(roster);
}

Test(roster, with_too_many_cells_names_the_line)
{
	static const char lines[] = "name,email\n\n\"A\nB\",x\n\nAda,ada@example.edu,1,2\n";
	expect_refused(lines, strlen(lines), "roster.csv:6: 4 cells, but the heading has 2");
}

Test(roster, with_a_wrong_quotation_mark_names_the_line)
{
	static const char open[] = "name,email\nAda,a\n\"Alan,b\nGrace,c\n",
	                  middle[] = "name,email\r\nAda,a\r\nAl\"an,b\r\n";
	expect_refused(open, strlen(open), "roster.csv:3: unterminated quotation mark");
	expect_refused(middle, strlen(middle), "roster.csv:3: a quotation mark is in the middle of a cell");
}

Test(roster, in_another_encoding_is_refused)
{
	static const char latin[] = "name\nAda\nM\xfcller\n";
	expect_refused("\xff\xfen\0a\0", 6, "roster.csv is UTF-16 text; save it as CSV UTF-8");
	expect_refused("\xfe\xff\0n\0a", 6, "roster.csv is UTF-16 text; save it as CSV UTF-8");
	expect_refused("name\nA\0da\n", 10, "roster.csv is not a CSV file: it contains NUL bytes");
	expect_refused(latin, strlen(latin), "roster.csv:3: not UTF-8; save it as CSV UTF-8");
}

Test(roster, without_students_is_refused)
{
	static const char *const texts[] = {"", "\xef\xbb\xbf", "\n\n", "name,email\n", "name,email\n,\n"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		expect_refused(texts[i], strlen(texts[i]),
		               "roster.csv has no students: a heading line and a line each are expected");
}

Test(roster, that_is_not_there_is_an_error)
{
	struct error error = {0};
	cr_expect(roster_read("nowhere.csv", &error) == NULL);
	cr_expect(eq(str, error.text, (char *)"cannot read nowhere.csv: No such file or directory"));
	cr_assert(mkdir("folder", 0755) == 0);
	cr_expect(roster_read("folder", &error) == NULL);
	cr_expect(eq(str, error.text, (char *)"folder is not a regular file"));
}

/* ---- roster: matching --------------------------------------------------------------------------- */

static int match(const struct roster *roster, const char *first, const char *second)
{
	char *keys[] = {(char *)first, (char *)second};
	const struct string_list list = {keys, second ? 2 : 1};
	return roster_match(roster, &list);
}

#define expect_match(key, row) cr_expect(eq(int, match(roster, key, NULL), row), "%s", key)

Test(roster, students_are_found_by_each_cell_whatever_its_case_and_punctuation)
{
	struct roster *roster = read_text("username,name,id\nada-l,Ada King-Noel,4711\naturing,Alan M. Turing,4712\n");
	expect_match("ada-l", 0);
	expect_match("ADA_L", 0);
	expect_match("@ada-l", 0);
	expect_match("ada king noel", 0);
	expect_match("King-Noel", ROSTER_NONE);
	expect_match("Alan M Turing", 1);
	expect_match("alan.m.turing", 1);
	expect_match("4712", 1);
	expect_match("471", ROSTER_NONE);
	expect_match("", ROSTER_NONE);
	expect_match("-", ROSTER_NONE);
	roster_free(roster);
}

Test(roster, students_are_found_by_the_first_part_of_their_address)
{
	struct roster *roster = read_text("email\nada.l@example.edu\nalan@example.edu\nalan@example.org\n");
	expect_match("ada.l", 0);
	expect_match("ada.l@example.edu", 0);
	expect_match("ada.l@example.org", ROSTER_NONE);
	expect_match("alan", ROSTER_SEVERAL);
	expect_match("alan@example.org", 2);
	roster_free(roster);
}

Test(roster, names_may_be_turned_and_in_two_columns)
{
	struct roster *roster = read_text("Student,ID\n\"Lovelace, Ada\",1\n\"O'Brien, Pat\",2\n");
	expect_match("Ada Lovelace", 0);
	expect_match("lovelaceada", 0);
	expect_match("obrienpat", 1);
	expect_match("Lovelace", ROSTER_NONE);
	roster_free(roster);
	roster = read_text("First name,Surname,Email address\nAda,Lovelace,a@example.edu\nAda,Byron,b@example.edu\n");
	expect_match("Ada Lovelace", 0);
	expect_match("Byron, Ada", 1);
	expect_match("Ada", ROSTER_NONE);
	expect_match("Byron", ROSTER_NONE);
	cr_expect(eq(str, (char *)roster_name(roster, 1), (char *)"Ada Byron"));
	roster_free(roster);
}

Test(roster, columns_that_name_nobody_are_left_out)
{
	struct roster *roster = read_text("name,Section,Grade,Team 1,score_1\nAda,anna,12,zoe,10\nAnna,otto,10,ada,12\n");
	expect_match("anna", 1);
	expect_match("ada", 0);
	expect_match("otto", ROSTER_NONE);
	expect_match("12", ROSTER_NONE);
	roster_free(roster);
}

/* Points are no person's number, wherever they are. */
Test(roster, a_number_is_a_person_only_where_persons_have_numbers)
{
	struct roster *roster = read_text("name,Matrikel-Nr,Quiz 1,Attempts,Current Score,TITLE (4711),Login\n"
	                                  "Ada,4711,95,3,95,80,u95\nGrace,4712,7,4,96,81,123\n");
	expect_match("4711", 0);
	expect_match("123", 1);
	expect_match("95", ROSTER_NONE);
	expect_match("7", ROSTER_NONE);
	expect_match("4", ROSTER_NONE);
	expect_match("80", ROSTER_NONE);
	expect_match("96", ROSTER_NONE);
	roster_free(roster);
}

Test(roster, a_user_of_canvas_is_told_by_canvas_own_number)
{
	struct roster *roster =
	    read_text("Student,ID,SIS User ID,SIS Login ID,Section\nAda,11,12,ada,A\nGrace,13,95,grace,A\n");
	cr_expect(eq(int, roster_canvas_user(roster, "13"), 1));
	cr_expect(eq(int, roster_canvas_user(roster, "95"), ROSTER_NONE));
	cr_expect(eq(int, roster_canvas_user(roster, "12"), ROSTER_NONE));
	roster_free(roster);
	roster = read_text("Name,ID\nAda,11\n");
	cr_expect(eq(int, roster_canvas_user(roster, "11"), ROSTER_NONE));
	roster_free(roster);
}

Test(roster, names_its_delimiter_as_excel_does)
{
	struct roster *roster = read_text("\xef\xbb\xbfsep=;\r\nname;note, long\r\nAda;a,b,c,d\r\n");
	cr_assert(eq(sz, roster->column.count, 2));
	cr_assert(eq(sz, roster->row_count, 1));
	cr_expect(eq(str, roster->cell[0][1], (char *)"a,b,c,d"));
	roster_free(roster);
}

Test(roster, namesakes_are_told_apart_by_another_key_or_not_at_all)
{
	struct roster *roster = read_text("name,id\nAda Lovelace,1\nAda Lovelace,2\nAlan Turing,3\n");
	cr_expect(eq(int, match(roster, "Ada Lovelace", NULL), ROSTER_SEVERAL));
	cr_expect(eq(int, match(roster, "Ada Lovelace", "2"), 1));
	cr_expect(eq(int, match(roster, "2", "Alan Turing"), 1));
	cr_expect(eq(int, match(roster, "nobody", "3"), 2));
	cr_expect(eq(int, match(roster, "Ada Lovelace", "nobody"), ROSTER_SEVERAL));
	cr_expect(eq(int, match(roster, "nobody", "no one"), ROSTER_NONE));
	roster_free(roster);
}

Test(roster, what_is_equal_to_the_letter_goes_before_what_is_alike)
{
	struct roster *roster =
	    read_text("github,email\nada-l,x@example.edu\nadal,y@example.edu\nalan,z@example.edu\nq,alan@example.edu\n");
	expect_match("ada-l", 0);
	expect_match("adal", 1);
	expect_match("ada_l", ROSTER_SEVERAL);
	expect_match("alan", 2);
	roster_free(roster);
}

Test(roster, letters_of_all_scripts_have_case)
{
	struct roster *roster = read_text("name\nZo\xc3\xab M\xc3\x9cLLER\n\xce\xa3\xce\xbf\xcf\x86\xce\xaf\xce\xb1\n"
	                                  "\xe6\x9d\x8e \xe5\xb0\x8f\xe9\xbe\x99\nS\xc3\xb8ren\nSoren\n");
	expect_match("zo\xc3\x8b m\xc3\xbcller", 0);
	expect_match("zoe muller", ROSTER_NONE);
	expect_match("\xcf\x83\xce\x9f\xce\xa6\xce\x8a\xce\x91", 1);
	expect_match("\xe6\x9d\x8e\xe5\xb0\x8f\xe9\xbe\x99", 2);
	expect_match("soren", 4);
	expect_match("s\xf8ren", ROSTER_NONE); /* Latin-1 */
	roster_free(roster);
}

Test(roster, names_in_reports_are_the_most_telling_cells)
{
	struct roster *roster = read_text(
	    "id,Full name,E-Mail,GitHub_Username\n1,Ada Lovelace,a@example.edu,ada\n2,Alan Turing,b@example.edu,\n"
	    "3,,c@example.edu,\n4,,,\n");
	static const char *const names[] = {"ada", "Alan Turing", "c@example.edu", "4"};
	for (size_t row = 0; row < 4; row++)
		cr_expect(eq(str, (char *)roster_name(roster, row), (char *)names[row]));
	roster_free(roster);
	roster = read_text("Matrikel,Semester\n,5\n");
	cr_expect(eq(str, (char *)roster_name(roster, 0), (char *)"5"));
	roster_free(roster);
}

/* ---- being late --------------------------------------------------------------------------------- */

enum { MINUTE = 60, DAY = 24 * 60 * MINUTE };

static const int64_t due = 1759355940; /* 2025-10-01 21:59 UTC */
#define POLICY                                                                                                         \
	{                                                                                                                  \
		.due = 1759355940, .grace_min = 15, .per_day = 10, .cap = 40                                                   \
	}
static const struct late_policy policy = POLICY;

static void expect_late(int64_t handed_in, int score, int days, int deduction)
{
	struct lateness late = lateness_of(&policy, 0, handed_in, score);
	cr_expect(eq(int, late.days, days), "%lld", (long long)(handed_in - due));
	cr_expect(eq(int, late.deduction, deduction), "%lld", (long long)(handed_in - due));
	cr_expect(eq(int, late.final, score - deduction), "%lld", (long long)(handed_in - due));
}

Test(lateness, nothing_is_lost_up_to_the_end_of_the_grace_time)
{
	expect_late(due - DAY, 90, 0, 0);
	expect_late(due, 90, 0, 0);
	expect_late(due + 15 * MINUTE, 90, 0, 0);
	expect_late(due + 15 * MINUTE + 1, 90, 1, 10);
}

Test(lateness, each_day_begun_costs_up_to_the_cap)
{
	expect_late(due + 15 * MINUTE + DAY, 90, 1, 10);
	expect_late(due + 15 * MINUTE + DAY + 1, 90, 2, 20);
	expect_late(due + 15 * MINUTE + 4 * DAY, 90, 4, 40);
	expect_late(due + 15 * MINUTE + 4 * DAY + 1, 90, 5, 40);
	expect_late(INT64_MAX, 90, INT32_MAX, 40);
}

Test(lateness, never_costs_more_than_there_is)
{
	expect_late(due + 3 * DAY, 25, 3, 25);
	expect_late(due + 3 * DAY, 0, 3, 0);
}

Test(lateness, unknown_times_are_not_late)
{
	static const struct late_policy open = {.due = 0, .per_day = 10, .cap = 40};
	expect_late(0, 90, 0, 0);
	cr_expect(eq(int, lateness_of(&open, 0, due + 9 * DAY, 90).final, 90));
}

/* ---- journal ------------------------------------------------------------------------------------ */

static const struct terms no_terms, late_terms = {.late = POLICY};

static struct journal *open_journal(void)
{
	struct error error = {0};
	struct journal *journal = journal_open("gradebook.sqlite", &error);
	cr_assert(journal != NULL, "%s", error.text);
	return journal;
}

static struct journal *begin_run(void)
{
	struct error error = {0};
	struct journal *journal = open_journal();
	cr_assert(journal_begin(journal, "kit-1", "good", "/class", &error) == 0, "%s", error.text);
	return journal;
}

static struct entry entry_of(const char *student, const char *key)
{
	return (struct entry){.student = student,
	                      .assignment = "pipe_ring",
	                      .folder = student,
	                      .roster_row = ROSTER_NONE,
	                      .key = key,
	                      .terms = &no_terms};
}

/* A judged grade of 60 points with two findings. */
static struct grade *grade_for(const char *student)
{
	struct grade *grade = sample_grade();
	finding_set(&grade->submission, "%s", student);
	struct finding *race = findings_add(&grade->findings, "tsan", "data_race", "token_returns");
	finding_add_place(race, "pipe_ring.c", 12, "ring_run", NULL);
	finding_set(&race->seen, "two threads write");
	race->points_lost = 40;
	findings_add(&grade->findings, "memcheck", "memory_leak", "rejects_zero");
	grade->judged = true;
	grade->score = 60;
	grade->max_score = 100;
	return grade;
}

static int add_one(struct journal *journal, const char *student, const char *key)
{
	struct error error = {0};
	struct entry entry = entry_of(student, key);
	struct grade *grade = grade_for(student);
	int result = journal_add(journal, &entry, grade, &error);
	if (result != 0)
		fprintf(stderr, "%s\n", error.text);
	grade_free(grade);
	return result;
}

/* Takes over what is known; *grade, if not NULL, is it. */
static bool take(struct journal *journal, const struct entry *entry, struct grade **grade)
{
	struct error error = {0};
	struct grade *known;
	bool stood;
	int64_t number = journal_knows(journal, entry, &known, &stood);
	cr_assert(number == 0 || journal_take(journal, entry, known, number, &error) == 0, "%s", error.text);
	if (grade)
		*grade = known;
	else
		grade_free(known);
	return number != 0;
}

static bool has(struct journal *journal, const char *student, const char *key)
{
	struct entry entry = entry_of(student, key);
	return take(journal, &entry, NULL);
}

static int64_t number(struct journal *journal, const char *sql)
{
	struct error error = {0};
	sqlite3_stmt *statement = journal_query(journal, &error, sql, "");
	cr_assert(statement != NULL, "%s", error.text);
	cr_assert(sqlite3_step(statement) == SQLITE_ROW, "%s", sql);
	int64_t value = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return value;
}

#define expect_number(sql, value) cr_expect(eq(i64, number(journal, sql), value), "%s", sql)

Test(journal, gives_back_the_grade_that_was_added)
{
	struct error error = {0};
	struct journal *journal = begin_run();
	cr_assert(add_one(journal, "ada", "k1") == 0);
	cr_assert(journal_end(journal, &error) == 0, "%s", error.text);
	journal_close(journal);
	journal_close(NULL);
	journal = begin_run();
	struct entry entry = entry_of("ada", "k1");
	struct grade *grade = NULL;
	cr_assert(take(journal, &entry, &grade));
	cr_expect(eq(int, grade->score, 60));
	cr_assert(eq(sz, grade->findings.count, 2));
	cr_expect(eq(str, grade->findings.item[0].seen, (char *)"two threads write"));
	cr_expect(eq(str, grade->submission, (char *)"ada"));
	grade_free(grade);
	journal_close(journal);
}

Test(journal, knows_neither_other_keys_nor_other_students_nor_other_assignments)
{
	struct journal *journal = begin_run();
	cr_assert(add_one(journal, "ada", "k1") == 0);
	cr_expect(has(journal, "ada", "k1"));
	cr_expect(not(has(journal, "ada", "k2")));
	cr_expect(not(has(journal, "alan", "k1")));
	struct entry entry = entry_of("ada", "k1");
	entry.assignment = "race_fix";
	cr_expect(not(take(journal, &entry, NULL)));
	journal_close(journal);
}

Test(journal, does_not_know_what_could_not_be_judged)
{
	struct error error = {0};
	struct journal *journal = begin_run();
	struct entry entry = entry_of("ada", "k1");
	struct grade *grade = grade_for("ada");
	grade->judged = false;
	cr_assert(journal_add(journal, &entry, grade, &error) == 0, "%s", error.text);
	cr_expect(not(has(journal, "ada", "k1")));
	expect_number("SELECT COUNT(*) FROM grades WHERE NOT judged AND score IS NULL", 1);
	expect_number("SELECT COUNT(*) FROM current WHERE final IS NULL", 1);
	grade_free(grade);
	journal_close(journal);
}

Test(journal, can_be_asked_without_a_change)
{
	struct error error = {0};
	struct journal *journal = begin_run();
	cr_assert(add_one(journal, "ada", "k1") == 0);
	journal_close(journal);
	journal = journal_open("gradebook.sqlite", &error);
	cr_assert(journal != NULL, "%s", error.text);
	struct entry entry = entry_of("ada", "k1"), other = entry_of("ada", "k2");
	struct grade *grade = NULL;
	bool stood;
	cr_assert(journal_knows(journal, &entry, &grade, &stood) != 0);
	cr_expect(stood);
	cr_expect(eq(int, grade->score, 60));
	grade_free(grade);
	cr_expect(eq(i64, journal_knows(journal, &other, &grade, &stood), 0));
	cr_expect(grade == NULL);
	cr_expect(eq(i64, number(journal, "SELECT COUNT(*) FROM runs"), 1));
	cr_expect(eq(i64, number(journal, "SELECT COUNT(*) FROM current"), 1));
	journal_close(journal);
}

Test(journal, keeps_all_attempts_and_the_latest_counts)
{
	struct journal *journal = begin_run();
	struct error error = {0};
	cr_assert(add_one(journal, "ada", "k1") == 0);
	struct entry entry = entry_of("ada", "k1");
	struct grade *grade = grade_for("ada");
	grade->score = 75;
	cr_assert(journal_add(journal, &entry, grade, &error) == 0, "%s", error.text);
	grade_free(grade);
	cr_assert(take(journal, &entry, &grade));
	cr_expect(eq(int, grade->score, 75));
	grade_free(grade);
	expect_number("SELECT COUNT(*) FROM grades", 2);
	expect_number("SELECT COUNT(*) FROM submissions", 1);
	expect_number("SELECT final FROM current", 75);
	expect_number("SELECT COUNT(*) FROM current", 1);
	journal_close(journal);
}

Test(journal, keeps_what_belongs_to_a_grade)
{
	struct error error = {0};
	struct journal *journal = begin_run();
	struct entry entry = entry_of("ada", "k1");
	struct grade *grade = grade_for("ada");
	entry.handed_in = due + 2 * DAY;
	entry.terms = &late_terms;
	entry.note = "2 submissions";
	entry.roster_row = 7;
	entry.commit = "0123456789abcdef0123456789abcdef01234567";
	entry.repository = "https://github.com/cs101/pipe-ring-ada";
	cr_assert(journal_add(journal, &entry, grade, &error) == 0, "%s", error.text);
	expect_number("SELECT COUNT(*) FROM students WHERE name = 'ada' AND roster_row = 7", 1);
	expect_number("SELECT COUNT(*) FROM submissions WHERE folder = 'ada' AND handed_in = 1759528740 AND key = 'k1'", 1);
	expect_number(
	    "SELECT COUNT(*) FROM findings WHERE found_by = 'tsan' AND kind = 'data_race' AND points_lost = 40 AND "
	    "test = 'token_returns' AND file = 'pipe_ring.c' AND line = 12",
	    1);
	expect_number("SELECT COUNT(*) FROM findings WHERE kind = 'memory_leak' AND file IS NULL AND line IS NULL", 1);
	expect_number("SELECT COUNT(*) FROM current WHERE late_days = 2 AND deduction = 20 AND final = 40 AND note = '2 "
	              "submissions'",
	              1);
	expect_number("SELECT COUNT(*) FROM current WHERE folder = 'ada' AND commit_id LIKE '0123456789abcdef%' AND "
	              "repository = 'https://github.com/cs101/pipe-ring-ada'",
	              1);
	expect_number("SELECT COUNT(*) FROM runs WHERE kit = 'kit-1' AND protection = 'good' AND folder = '/class' AND "
	              "ended IS NULL",
	              1);
	cr_assert(journal_end(journal, &error) == 0);
	expect_number("SELECT COUNT(*) FROM runs WHERE ended >= started", 1);
	grade_free(grade);
	journal_close(journal);
}

Test(journal, deducts_anew_when_a_grade_is_taken_over)
{
	struct journal *journal = begin_run();
	cr_assert(add_one(journal, "ada", "k1") == 0);
	journal_close(journal);
	journal = begin_run();
	struct entry entry = entry_of("ada", "k1");
	entry.terms = &late_terms;
	entry.handed_in = due + DAY;
	cr_assert(take(journal, &entry, NULL));
	expect_number("SELECT final FROM current WHERE run = 1", 60);
	expect_number("SELECT final FROM current WHERE run = 2", 50);
	expect_number("SELECT COUNT(*) FROM grades", 1);
	expect_number("PRAGMA synchronous", 2); /* FULL again */
	journal_close(journal);
}

Test(journal, takes_back_what_it_cannot_add)
{
	struct error error = {0};
	struct journal *journal = begin_run();
	struct entry entry = entry_of("ada", "k1");
	struct grade *grade = grade_for("ada");
	free(grade->findings.item[1].kind); /* the last thing that is written, and there must be one */
	grade->findings.item[1].kind = NULL;
	cr_expect(eq(int, journal_add(journal, &entry, grade, &error), -1));
	cr_expect(eq(str, error.text, (char *)"gradebook.sqlite: NOT NULL constraint failed: findings.kind"));
	expect_number("SELECT COUNT(*) FROM students", 0);
	expect_number("SELECT COUNT(*) FROM grades", 0);
	grade_free(grade);
	cr_expect(eq(int, add_one(journal, "alan", "k1"), 0));
	expect_number("SELECT COUNT(*) FROM grades", 1);
	journal_close(journal);
}

enum { CLASS = 100 };

static void name_student(char name[16], int student)
{
	snprintf(name, 16, "student%d", student);
}

/* What a killed process was about to do. */
struct doom {
	long events;
};

static void row_changed(void *context, int operation, const char *database, const char *table, sqlite3_int64 row)
{
	struct doom *doom = context;
	(void)operation;
	(void)database;
	(void)table;
	(void)row;
	if (--doom->events == 0)
		kill(getpid(), SIGKILL);
}

static int about_to_commit(void *context)
{
	struct doom *doom = context;
	if (--doom->events == 0)
		kill(getpid(), SIGKILL);
	return 0;
}

static int committed(void *context, sqlite3 *database, const char *name, int pages)
{
	struct doom *doom = context;
	(void)database;
	(void)name;
	(void)pages;
	if (--doom->events == 0)
		kill(getpid(), SIGKILL);
	return SQLITE_OK;
}

/* Grades a class and dies at that event of the journal; the pipe gets a byte for each grade that was added. */
static void grade_until(long events, int told)
{
	struct doom doom = {events};
	struct error error;
	struct journal *journal = journal_open("gradebook.sqlite", &error);
	if (!journal || journal_begin(journal, "kit-1", "good", "/class", &error) != 0)
		_exit(2);
	sqlite3_update_hook(journal->database, row_changed, &doom);
	sqlite3_commit_hook(journal->database, about_to_commit, &doom);
	sqlite3_wal_hook(journal->database, committed, &doom);
	for (int i = 0; i < CLASS; i++) {
		char name[16];
		name_student(name, i);
		if (has(journal, name, name))
			continue;
		if (add_one(journal, name, name) != 0 || write(told, "", 1) != 1)
			_exit(3);
	}
	_exit(4);
}

/* How many grades the process had been told were safe when it died. */
static int run_until(long events)
{
	int told[2], status, count = 0;
	char byte;
	cr_assert(pipe(told) == 0);
	pid_t child = fork();
	cr_assert(child >= 0);
	if (child == 0)
		grade_until(events, told[1]);
	close(told[1]);
	while (read(told[0], &byte, 1) == 1)
		count++;
	close(told[0]);
	cr_assert(waitpid(child, &status, 0) == child);
	bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	cr_assert(killed, "status %x after %ld events", (unsigned)status, events);
	return count;
}

/* Each grade that is there is there once, with its findings, its JSON and its row in the list. */
static void expect_whole(struct journal *journal)
{
	expect_number("SELECT COUNT(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'", 0);
	expect_number("SELECT COUNT(*) FROM pragma_foreign_key_check", 0);
	expect_number("SELECT COUNT(*) FROM (SELECT 1 FROM grades GROUP BY submission HAVING COUNT(*) <> 1)", 0);
	expect_number("SELECT COUNT(*) FROM grades WHERE (SELECT COUNT(*) FROM findings WHERE grade = grades.id) <> 2", 0);
	expect_number("SELECT COUNT(*) FROM grades WHERE json_array_length(result, '$.findings') <> 2", 0);
	expect_number("SELECT COUNT(*) FROM grades WHERE id NOT IN (SELECT grade FROM current)", 0);
	expect_number("SELECT COUNT(*) FROM submissions WHERE id NOT IN (SELECT submission FROM grades)", 0);
	expect_number("SELECT COUNT(*) FROM students WHERE id NOT IN (SELECT student FROM submissions)", 0);
}

/* An add is 8 events (6 rows, the commit, its end), so these are all places in one of them, and others. */
Test(journal, is_whole_wherever_its_process_was_killed)
{
	for (long events = 401; events <= 408; events++) {
		int told = run_until(events);
		cr_expect(eq(int, told, 50), "event %ld", events);
		struct journal *journal = open_journal();
		int64_t there = number(journal, "SELECT COUNT(*) FROM grades");
		cr_expect(eq(i64, there, events == 408 ? 51 : 50), "event %ld", events);
		expect_whole(journal);
		journal_close(journal);
		for (const char *const *name =
		         (const char *const[]){"gradebook.sqlite", "gradebook.sqlite-wal", "gradebook.sqlite-shm", NULL};
		     *name; name++)
			unlink(*name);
	}
}

/* A class is killed again and again and still gets through, and nothing is graded twice. */
Test(journal, resumes_after_each_kill)
{
	enum { ROUNDS = 5 };
	struct error error = {0};
	int told = 0;
	for (int round = 0; round < ROUNDS; round++)
		told += run_until(83 + 100 * round); /* later rounds need events to take over what is there */
	struct journal *journal = begin_run();
	int64_t before = number(journal, "SELECT COUNT(*) FROM grades");
	cr_expect(ge(i64, before, told));
	cr_expect(le(i64, before, told + ROUNDS));
	cr_expect(lt(i64, before, CLASS));
	for (int i = 0; i < CLASS; i++) {
		char name[16];
		name_student(name, i);
		cr_assert(has(journal, name, name) || add_one(journal, name, name) == 0);
	}
	cr_assert(journal_end(journal, &error) == 0);
	expect_whole(journal);
	expect_number("SELECT COUNT(*) FROM grades", CLASS);
	expect_number("SELECT COUNT(*) FROM current WHERE run = (SELECT MAX(id) FROM runs)", CLASS);
	expect_number("SELECT COUNT(*) FROM runs", ROUNDS + 1);
	expect_number("SELECT COUNT(*) FROM runs WHERE ended IS NOT NULL", 1);
	journal_close(journal);
}

/* They make the same new database at once, too. */
Test(journal, serves_several_processes_at_once)
{
	enum { PROCESSES = 4, EACH = 25 };
	int start[2], status;
	char byte;
	cr_assert(pipe(start) == 0);
	for (int p = 0; p < PROCESSES; p++) {
		pid_t child = fork();
		cr_assert(child >= 0);
		if (child != 0)
			continue;
		struct error error = {0};
		close(start[1]);
		if (read(start[0], &byte, 1) != 0)
			_exit(1);
		struct journal *journal = journal_open("gradebook.sqlite", &error);
		if (!journal || journal_begin(journal, "kit-1", "good", "/class", &error) != 0) {
			fprintf(stderr, "%s\n", error.text);
			_exit(2);
		}
		for (int i = 0; i < EACH; i++) {
			char name[16];
			name_student(name, p * EACH + i);
			if (add_one(journal, name, name) != 0)
				_exit(3);
		}
		journal_close(journal);
		_exit(0);
	}
	close(start[1]); /* go */
	for (int p = 0; p < PROCESSES; p++) {
		cr_assert(wait(&status) > 0);
		cr_expect(eq(int, status, 0), "status %x", (unsigned)status);
	}
	struct journal *journal = open_journal();
	expect_whole(journal);
	expect_number("SELECT COUNT(*) FROM grades", PROCESSES * EACH);
	expect_number("SELECT COUNT(*) FROM runs", PROCESSES);
	expect_number("SELECT COUNT(DISTINCT student) FROM current WHERE run = 1", EACH);
	journal_close(journal);
}

static void expect_no_journal(const char *path, const char *message)
{
	struct error error = {0};
	struct journal *journal = journal_open(path, &error);
	cr_expect(journal == NULL);
	cr_expect(eq(str, error.text, (char *)message));
	journal_close(journal);
}

static void run_sql(const char *path, const char *sql)
{
	sqlite3 *database;
	cr_assert(sqlite3_open(path, &database) == SQLITE_OK);
	cr_assert(sqlite3_exec(database, sql, NULL, NULL, NULL) == SQLITE_OK);
	sqlite3_close(database);
}

static void expect_same(const char *path, const char *before, size_t size)
{
	size_t now;
	char *bytes = file_read(path, 1 << 20, &now, NULL);
	cr_assert(bytes != NULL);
	cr_expect(eq(sz, now, size));
	cr_expect(now == size && memcmp(bytes, before, size) == 0, "%s was changed", path);
	free(bytes);
}

Test(journal, of_another_version_is_refused_and_left_alone)
{
	size_t size;
	journal_close(begin_run());
	run_sql("gradebook.sqlite", "PRAGMA user_version = 99");
	char *before = file_read("gradebook.sqlite", 1 << 20, &size, NULL);
	expect_no_journal("gradebook.sqlite",
	                  "gradebook.sqlite was written by another version of the kit (schema 99, this one "
	                  "has 4): move it away");
	expect_same("gradebook.sqlite", before, size);
	free(before);
}

Test(journal, of_the_first_version_is_brought_up_to_date)
{
	run_sql(
	    "gradebook.sqlite",
	    "CREATE TABLE runs(id INTEGER PRIMARY KEY, started TEXT NOT NULL, ended TEXT, kit TEXT NOT NULL, protection "
	    "TEXT);"
	    "CREATE TABLE students(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, roster_row INTEGER);"
	    "CREATE TABLE grades(id INTEGER PRIMARY KEY);"
	    "CREATE TABLE current(run INTEGER NOT NULL REFERENCES runs, student INTEGER NOT NULL REFERENCES students,"
	    " assignment TEXT NOT NULL, grade INTEGER NOT NULL REFERENCES grades, handed_in INTEGER, late_days INTEGER"
	    " NOT NULL, deduction INTEGER NOT NULL, final INTEGER, note TEXT, PRIMARY KEY(run, student, assignment));"
	    "INSERT INTO runs VALUES(1, 'then', 'then', 'kit', 'good');"
	    "INSERT INTO students VALUES(5, 'ada', 0);"
	    "INSERT INTO grades VALUES(7);"
	    "INSERT INTO current VALUES(1, 5, 'pipe_ring', 7, 1759528740, 2, 20, 40, 'a note');"
	    "PRAGMA user_version = 1;");
	for (int i = 0; i < 2; i++) { /* and is good from then on */
		struct journal *journal = open_journal();
		expect_number("SELECT COUNT(*) FROM current WHERE run = 1 AND student = 5 AND grade = 7 AND handed_in = "
		              "1759528740 AND late_days = 2 AND deduction = 20 AND adjustment = 0 AND adjusted IS NULL AND "
		              "final = 40 AND note = 'a note' AND folder IS NULL AND commit_id IS NULL",
		              1);
		expect_number("SELECT COUNT(*) FROM runs WHERE folder IS NULL", 1);
		expect_number("PRAGMA user_version", 4);
		journal_close(journal);
	}
}

Test(journal, of_the_second_version_is_brought_up_to_date)
{
	struct journal *journal = begin_run();
	cr_assert(add_one(journal, "ada", "k1") == 0);
	journal_close(journal);
	run_sql("gradebook.sqlite", "ALTER TABLE runs DROP COLUMN folder; ALTER TABLE current DROP COLUMN folder;"
	                            "ALTER TABLE current DROP COLUMN commit_id; ALTER TABLE current DROP COLUMN repository;"
	                            "ALTER TABLE current DROP COLUMN read; ALTER TABLE current DROP COLUMN to_read;"
	                            "PRAGMA user_version = 2;");
	for (int i = 0; i < 2; i++) {
		journal = open_journal();
		expect_number("SELECT COUNT(*) FROM current WHERE final = 60 AND folder IS NULL AND repository IS NULL", 1);
		expect_number("SELECT COUNT(*) FROM runs WHERE folder IS NULL", 1);
		expect_number("PRAGMA user_version", 4);
		journal_close(journal);
	}
	journal = open_journal();
	cr_expect(has(journal, "ada", "k1"));
	expect_number("SELECT COUNT(*) FROM current WHERE folder = 'ada'", 1);
	journal_close(journal);
}

Test(journal, of_the_third_version_is_brought_up_to_date)
{
	struct journal *journal = begin_run();
	cr_assert(add_one(journal, "ada", "k1") == 0);
	journal_close(journal);
	run_sql("gradebook.sqlite", "ALTER TABLE current DROP COLUMN read; ALTER TABLE current DROP COLUMN to_read;"
	                            "PRAGMA user_version = 3;");
	for (int i = 0; i < 2; i++) {
		journal = open_journal();
		expect_number("SELECT COUNT(*) FROM current WHERE final = 60 AND folder = 'ada' AND read = 0 AND to_read = 0",
		              1);
		expect_number("PRAGMA user_version", 4);
		journal_close(journal);
	}
	journal = open_journal();
	cr_expect(has(journal, "ada", "k1"));
	journal_close(journal);
}

Test(journal, that_is_another_database_or_none_is_refused)
{
	run_sql("other.sqlite", "CREATE TABLE moz_places(id INTEGER PRIMARY KEY)");
	expect_no_journal("other.sqlite", "other.sqlite is a database, but not a gradebook: move it away");
	static const char text[] = "this is a text, and long enough for a page of a database would it be one: "
	                           "......................................................................";
	put_bytes("text.sqlite", text, strlen(text));
	expect_no_journal("text.sqlite", "text.sqlite: file is not a database");
	expect_same("text.sqlite", text, strlen(text));
	expect_no_journal("no/folder.sqlite", "no/folder.sqlite: No such file or directory");
	expect_no_journal(".", ".: unable to open database file");
}

Test(journal, is_found_however_deep_it_is_and_behind_a_link)
{
	char folder[PATH_MAX];
	cr_assert(getcwd(folder, 1000) != NULL);
	for (size_t length = strlen(folder); length < 3000; length = strlen(folder)) {
		snprintf(folder + length, sizeof folder - length, "/%0200d", 0);
		cr_assert(mkdir(folder, 0755) == 0);
	}
	char *deep = format("%s/gradebook.sqlite", folder);
	cr_assert(symlink(deep, "gradebook.sqlite") == 0);
	for (int i = 0; i < 2; i++) { /* made, and found again */
		struct error error = {0};
		struct journal *journal = journal_open(i ? "gradebook.sqlite" : deep, &error);
		cr_assert(journal != NULL, "%s", error.text);
		cr_assert(journal_begin(journal, "kit", "strong", NULL, &error) == 0, "%s", error.text);
		cr_expect(access("gradebook.sqlite-wal", F_OK) != 0);
		journal_close(journal);
	}
	free(deep);
}

Test(journal, in_a_folder_that_cannot_be_written_is_an_error)
{
	journal_close(begin_run());
	cr_assert(mkdir("locked", 0755) == 0);
	cr_assert(rename("gradebook.sqlite", "locked/old.sqlite") == 0);
	cr_assert(chmod("locked", 0555) == 0 && chmod("locked/old.sqlite", 0444) == 0);
	bool root = geteuid() == 0;
	if (root)
		cr_assert(seteuid(65534) == 0);
	expect_no_journal("locked/new.sqlite", "locked/new.sqlite: unable to open database file");
	struct error error = {0};
	struct journal *journal = journal_open("locked/old.sqlite", &error);
	cr_expect(journal == NULL);
	cr_expect(error.text[0] != 0);
	journal_close(journal);
	if (root)
		cr_assert(seteuid(0) == 0);
	cr_assert(chmod("locked", 0755) == 0);
}

/* ---- extensions and late days ----------------------------------------------------------------- */

Test(lateness, ends_where_nothing_counts_any_more)
{
	struct late_policy ends = policy;
	ends.ends = true;
	ends.nothing_after = 2;
	struct lateness late = lateness_of(&ends, 9, due + 15 * MINUTE + 2 * DAY, 90);
	cr_expect(eq(int, late.final, 90));
	cr_expect(eq(int, late.free, 2));
	cr_expect(not(late.too_late));
	late = lateness_of(&ends, 9, due + 15 * MINUTE + 2 * DAY + 1, 90);
	cr_expect(late.too_late);
	cr_expect(eq(int, late.days, 3));
	cr_expect(eq(int, late.free, 0));
	cr_expect(eq(int, late.deduction, 90)); /* whatever the cap is */
	cr_expect(eq(int, late.final, 0));
	ends.nothing_after = 0;
	cr_expect(eq(int, lateness_of(&ends, 0, due + 15 * MINUTE, 90).final, 90));
	cr_expect(eq(int, lateness_of(&ends, 0, due + 15 * MINUTE + 1, 90).final, 0));
}

Test(lateness, free_days_cost_nothing_and_come_first)
{
	struct lateness late = lateness_of(&policy, 2, due + 15 * MINUTE + 3 * DAY, 90);
	cr_expect(eq(int, late.days, 3));
	cr_expect(eq(int, late.free, 2));
	cr_expect(eq(int, late.deduction, 10));
	late = lateness_of(&policy, 2, due + 15 * MINUTE + DAY, 90);
	cr_expect(eq(int, late.free, 1));
	cr_expect(eq(int, late.deduction, 0));
	cr_expect(eq(int, lateness_of(&policy, 2, 0, 90).free, 0));
}

/* Five in all, two at most of one; each is handed in so many days after its due date. */
static void expect_free(const int late[4], const int64_t due_date[4], bool ends, const int want[4])
{
	const struct late_budget budget = {.days = 5, .per_assignment = 2};
	struct late_policy policies[4];
	struct late_use use[4];
	for (int i = 0; i < 4; i++) {
		policies[i] = (struct late_policy){.due = due_date[i], .ends = ends, .nothing_after = 3};
		use[i] = (struct late_use){.policy = &policies[i], .handed_in = due_date[i] + late[i] * DAY};
	}
	late_budget_spend(&budget, use, 4, 1);
	for (int i = 0; i < 4; i++)
		cr_expect(eq(int, use[i].free_days, want[i]), "assignment %d", i);
}

/* Of 0 and 1, who hand in the second of three assignments together. */
static void expect_together(const int late[2][3], int64_t later, const int want[2][3])
{
	const struct late_budget budget = {.days = 3, .per_assignment = 3};
	struct late_policy policies[2][3];
	struct late_use use[6];
	for (int s = 0; s < 2; s++)
		for (int a = 0; a < 3; a++) {
			policies[s][a] = (struct late_policy){.due = due + 7 * DAY * a + (a == 1 && s == 1 ? later : 0)};
			use[3 * s + a] = (struct late_use){.student = (size_t)s,
			                                   .assignment = (size_t)a,
			                                   .policy = &policies[s][a],
			                                   .together = a == 1 ? "Team Red" : "alone" + s,
			                                   .handed_in = due + 7 * DAY * a + late[s][a] * DAY};
		}
	late_budget_spend(&budget, use, 6, 2);
	for (int i = 0; i < 6; i++)
		cr_expect(eq(int, use[i].free_days, want[i / 3][i % 3]), "student %d, assignment %d", i / 3, i % 3);
}

Test(lateness, a_group_has_as_many_free_days_as_each_of_its_members_has_left)
{
	expect_together((const int[2][3]){{0, 2, 2}, {0, 2, 2}}, 0, (const int[2][3]){{0, 2, 1}, {0, 2, 1}});
	expect_together((const int[2][3]){{2, 2, 2}, {0, 2, 2}}, 0, (const int[2][3]){{2, 1, 0}, {0, 1, 2}});
	expect_together((const int[2][3]){{3, 2, 0}, {0, 2, 3}}, 0, (const int[2][3]){{3, 0, 0}, {0, 0, 3}});
	/* who has more time needs none, and is not asked for any */
	expect_together((const int[2][3]){{0, 2, 0}, {3, 2, 0}}, 2 * DAY, (const int[2][3]){{0, 2, 0}, {3, 0, 0}});
}

Test(lateness, free_days_are_used_in_the_order_of_due_dates)
{
	const int64_t weeks[4] = {due, due + 7 * DAY, due + 14 * DAY, due + 21 * DAY},
	              back[4] = {weeks[3], weeks[2], weeks[1], weeks[0]}, same[4] = {due, due, due, due};
	expect_free((int[]){3, 1, 2, 2}, weeks, false, (int[]){2, 1, 2, 0});
	expect_free((int[]){3, 1, 2, 2}, back, false, (int[]){0, 1, 2, 2});
	expect_free((int[]){2, 2, 2, 2}, same, false, (int[]){2, 2, 1, 0});
	expect_free((int[]){0, 0, 0, 1}, weeks, false, (int[]){0, 0, 0, 1});
	expect_free((int[]){4, 2, 2, 2}, weeks, true, (int[]){0, 2, 2, 1}); /* what does not count uses none */
}

static const struct course *sample_course(void);

/* ada (login) is Ada Lovelace, of the roster's first row; mallory is in no roster. */
static struct people sample_people(const struct roster *roster)
{
	static const struct person persons[] = {{"ada", 0}, {"alan", 1}, {"mallory", ROSTER_NONE}, {"zoe", 2}};
	return (struct people){roster, persons, 4};
}

static const char people_csv[] = "login,name,email\nada,Ada Lovelace,ada@example.edu\nalan,Alan Turing,at@example.edu\n"
                                 "zoe,Zoe Smith,zs@example.edu\ng1,Grace Hopper,g1@x\ng2,Grace Hopper,g2@x\n";

/* pipe_ring has a due date. */
static const struct course *dated_course(void)
{
	const struct course *course = sample_course();
	course->assignment[0]->late = (struct late_policy){.due = due, .zone = 7200};
	return course;
}

static int read_extensions(const char *text, struct extensions *extensions, struct error *error)
{
	struct roster *roster = read_text(people_csv);
	struct people people = sample_people(roster);
	put_bytes("extensions.csv", text, strlen(text));
	int result = extensions_read("extensions.csv", dated_course(), &people, extensions, error);
	roster_free(roster);
	return result;
}

Test(extensions, are_due_dates_of_single_students)
{
	struct error error = {0};
	struct extensions all;
	cr_assert(read_extensions(
	              "\xef\xbb\xbfstudent;due;assignment;comment\r\nada;2025-10-05 23:59 +0200;pipe_ring;=ill <b>\r\n"
	              "Alan Turing;2025-10-04 23:59;pipe_ring\r\n",
	              &all, &error) == 0,
	          "%s", error.text);
	const struct assignment *pipe_ring = dated_course()->assignment[0], *race_fix = dated_course()->assignment[1];
	const struct extension *ada = extension_of(&all, 0, pipe_ring), *alan = extension_of(&all, 1, pipe_ring);
	cr_assert(ada != NULL && alan != NULL);
	cr_expect(eq(i64, ada->due, due + 4 * DAY));
	cr_expect(eq(i64, alan->due, due + 3 * DAY)); /* without a zone it is that of course.yaml */
	cr_expect(extension_of(&all, 2, pipe_ring) == NULL);
	cr_expect(extension_of(&all, 0, race_fix) == NULL);
	struct terms terms = terms_of(&(struct said){.extensions = all}, 0, pipe_ring);
	cr_expect(eq(i64, terms.late.due, ada->due));
	char *text = terms_say(&terms);
	cr_expect(eq(str, text, (char *)"due 2025-10-05 23:59 +0200 by extension: =ill <b>"));
	free(text);
	terms = terms_of(&(struct said){.extensions = all}, 2, pipe_ring);
	cr_expect(eq(i64, terms.late.due, due));
	cr_expect(terms_say(&terms) == NULL);
	extensions_clear(&all);
}

Test(people, are_known_by_their_reports_only_without_a_roster)
{
	struct error error = {0};
	const struct people people = sample_people(NULL);
	size_t index = 9;
	cr_expect(eq(int, person_find(&people, "ada", &index, &error), 0));
	cr_expect(eq(sz, index, 0));
	cr_expect(eq(int, person_find(&people, "Team Red", &index, &error), -1));
	cr_expect(eq(str, error.text, (char *)"there is no student 'Team Red', and no roster that could tell: ROSTER="));
}

TestSuite(class_folder, .init = enter_folder, .fini = leave_folder, .timeout = 120);

static void expect_no_class(const char *folder, const char *says)
{
	struct error error = {0};
	struct people people = {0};
	cr_expect(eq(int, class_folder_check(folder, &error), -1));
	cr_expect(eq(str, error.text, (char *)says));
	error = (struct error){0};
	cr_expect(people_read(folder, &people, &error) == NULL);
	cr_expect(eq(str, error.text, (char *)says));
}

Test(class_folder, that_is_none_is_refused_and_the_one_beside_it_named)
{
	struct error error;
	cr_assert(
	    system("mkdir -p autumn/out autumn/other spring && touch autumn/out/gradebook.csv spring/gradebook.csv") == 0);
	cr_expect(eq(int, class_folder_check("autumn/out", &error), 0));
	expect_no_class("autumn/outt", "autumn/outt is no class: it has no gradebook.csv; did you mean autumn/out?");
	expect_no_class("autumn/uot/", "autumn/uot/ is no class: it has no gradebook.csv; did you mean autumn/out?");
	expect_no_class("sprng", "sprng is no class: it has no gradebook.csv; did you mean spring?");
	expect_no_class("autumn/other", "autumn/other is no class: it has no gradebook.csv; grade the class first");
	expect_no_class("nowhere/out", "nowhere/out is no class: it has no gradebook.csv; grade the class first");
	cr_expect(not(file_exists("autumn/outt")));
}

Test(extensions, that_are_wrong_name_their_line)
{
	static const char *const wrong[][2] = {
	    {"adda,pipe_ring,2025-10-05 23:59 +0200\n", "2: there is no student 'adda', did you mean 'ada'?"},
	    {"ada,pipering,2025-10-05 23:59 +0200\n", "2: there is no assignment 'pipering'"},
	    {"ada,race_fix,2025-10-05 23:59 +0200\n", "2: race_fix has no due date in course.yaml"},
	    {"ada,pipe_ring,Sunday\n", "2: expected a time, as 2026-10-01 23:59 +0200, found 'Sunday'"},
	    {"ada,pipe_ring,\n", "2: expected a time, as 2026-10-01 23:59 +0200, found ''"},
	    {"ada,pipe_ring,2025-10-01 23:59 +0200\n",
	     "2: '2025-10-01 23:59 +0200' is not after the due date of pipe_ring in course.yaml"},
	    {"ada,pipe_ring,2025-10-05 23:59 +0200\nAda Lovelace,pipe_ring,2025-10-06 23:59 +0200\n",
	     "3: pipe_ring of ada has a due date in line 2 already: delete one of them"},
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct error error = {0};
		struct extensions all;
		char *text = format("student,assignment,due\n%s", wrong[i][0]),
		     *message = format("extensions.csv:%s", wrong[i][1]);
		cr_expect(eq(int, read_extensions(text, &all, &error), -1), "%s", text);
		cr_expect(eq(str, error.text, message));
		extensions_clear(&all);
		free(message);
		free(text);
	}
}

Test(extensions, are_added_a_line_each)
{
	struct error error = {0};
	struct extensions all;
	struct roster *roster = read_text(people_csv);
	struct people people = sample_people(roster);
	struct ledger_wish wish = {
	    .student = "ada", .assignment = "pipe_ring", .due = "2025-10-05 23:59 +0200", .comment = "ill"};
	cr_assert(read_extensions("", &all, &error) == 0);
	extensions_clear(&all);
	const struct course *course = dated_course();
	cr_assert(extensions_add("extensions.csv", course, &people, &wish, &error) == 0, "%s", error.text);
	cr_expect(eq(int, extensions_add("extensions.csv", course, &people, &wish, &error), -1));
	cr_assert(extensions_read("extensions.csv", course, &people, &all, &error) == 0);
	cr_expect(eq(sz, all.count, 1));
	cr_expect(eq(str, all.item[0].comment, (char *)"ill"));
	extensions_clear(&all);
	roster_free(roster);
}

/* ---- adjustments -------------------------------------------------------------------------------- */

static int read_adjustments(const char *text, struct adjustments *adjustments, struct error *error)
{
	struct roster *roster = read_text(people_csv);
	struct people people = sample_people(roster);
	put_bytes("adjustments.csv", text, strlen(text));
	int result = adjustments_read("adjustments.csv", sample_course(), &people, adjustments, error);
	roster_free(roster);
	return result;
}

static void expect_adjusted(const struct adjustments *all, size_t person, const char *says)
{
	struct adjustments own = adjustments_of(all, person, sample_course()->assignment[0]);
	const struct terms terms = {.adjustments = own};
	char *have = terms_say(&terms);
	cr_expect(eq(str, have ? have : (char *)"", (char *)says), "person %zu", person);
	free(have);
}

Test(adjustments, are_of_students_by_any_name)
{
	struct error error = {0};
	struct adjustments all;
	cr_assert(read_adjustments("student,assignment,points,set,comment,who,when\n"
	                           "ada@example.edu,pipe_ring,+3,,good design,mk,2026-10-01\n"
	                           "mallory,pipe_ring,,80,,,\n"
	                           "Alan Turing,race_fix,-5,,\"a \"\"b\"\"\nc\",,\n"
	                           "Ada Lovelace,pipe_ring,-1,,late,,\n",
	                           &all, &error) == 0,
	          "%s", error.text);
	expect_adjusted(&all, 0, "+3 by the instructor: good design; -1 by the instructor: late");
	expect_adjusted(&all, 1, "");
	expect_adjusted(&all, 2, "set to 80 by the instructor");
	expect_adjusted(&all, 3, "");
	struct adjustments own = adjustments_of(&all, 1, sample_course()->assignment[1]);
	cr_assert(eq(sz, own.count, 1));
	cr_expect(eq(int, own.item[0].points, -5));
	cr_expect(eq(str, own.item[0].comment, (char *)"a \"b\" c"));
	adjustments_clear(&all);
}

Test(adjustments, may_come_from_a_spreadsheet)
{
	struct error error = {0};
	struct adjustments all;
	cr_assert(read_adjustments("\xef\xbb\xbfWhen;Points;Student;Assignment;Comment;room\r\n"
	                           "1.10.2026;3;ada;pipe_ring;'=1+1 <b>;x\r\n;;;;;\r\n",
	                           &all, &error) == 0,
	          "%s", error.text);
	expect_adjusted(&all, 0, "+3 by the instructor: =1+1 <b>");
	adjustments_clear(&all);
	cr_expect(eq(int, read_adjustments("", &all, &error), 0));
	cr_expect(eq(sz, all.count, 0));
	adjustments_clear(&all);
	unlink("adjustments.csv");
	cr_expect(eq(int, adjustments_read("adjustments.csv", sample_course(), &(struct people){0}, &all, &error), 0));
	adjustments_clear(&all);
}

Test(adjustments, that_are_wrong_name_their_line)
{
	static const char heading[] = "student,assignment,points,set,comment\n";
	static const char *const wrong[][2] = {
	    {"ada,pipe_ring,3\nadda,pipe_ring,3\n", "3: there is no student 'adda', did you mean 'ada'?"},
	    {"Grace Hopper,pipe_ring,3\n", "2: 'Grace Hopper' is more than one student: use the login or e-mail address"},
	    {",pipe_ring,3\n", "2: no student is named"},
	    {"ada,pipering,3\n", "2: there is no assignment 'pipering'"},
	    {"ada,pipe_ring,,\n", "2: how many points? 'points' are added, 'set' is what counts"},
	    {"ada,pipe_ring,3,80\n", "2: 'points' are added, 'set' is what counts: leave one of them empty"},
	    {"ada,pipe_ring,2.5\n", "2: '2.5' in column 'points' is no whole number from -10000 to 10000"},
	    {"ada,pipe_ring,99999999999999999999\n",
	     "2: '99999999999999999999' in column 'points' is no whole number from -10000 to 10000"},
	    {"ada,pipe_ring,,-1\n", "2: '-1' in column 'set' is no whole number from 0 to 10000"},
	    {"ada,pipe_ring,1,,a,b\n", "2: 6 cells, but the heading has 5"},
	    {"ada,pipe_ring,,80\n\nAda Lovelace,pipe_ring,,70\n",
	     "4: pipe_ring of ada is set to 70, but line 2 sets it to 80: delete one of them"},
	    {"ada,pipe_ring,3\nalan,pipe_ring,1\nada,pipe_ring,,70\n",
	     "4: line 2 changes pipe_ring of ada, so it cannot be set as well: delete one of them"},
	    {"ada,pipe_ring,,70\nada,pipe_ring,3\n",
	     "3: line 2 sets pipe_ring of ada, so it cannot be changed as well: delete one of them"},
	    {"ada,pipe_ring,3,,x\nada,pipe_ring,3,,x\n", "3: this is line 2 again: delete one of them"},
	    {"ada,pipe\"ring,3\n", "2: a quotation mark is in the middle of a cell"},
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct error error = {0};
		struct adjustments all;
		char *text = format("%s%s", heading, wrong[i][0]), *message = format("adjustments.csv:%s", wrong[i][1]);
		cr_expect(eq(int, read_adjustments(text, &all, &error), -1), "%s", text);
		cr_expect(eq(str, error.text, message));
		adjustments_clear(&all);
		free(message);
		free(text);
	}
	struct error error = {0};
	struct adjustments all;
	cr_expect(eq(int, read_adjustments("name,points\nada,3\n", &all, &error), -1));
	cr_expect(eq(str, error.text,
	             (char *)"adjustments.csv:1: there is no column 'student'; the first line names the columns"));
	adjustments_clear(&all);
}

static int add_adjustment(const char *points, const char *set, const char *comment, struct error *error)
{
	struct roster *roster = read_text(people_csv);
	struct people people = sample_people(roster);
	const struct ledger_wish wish = {.student = "ada",
	                                 .assignment = "pipe_ring",
	                                 .points = points,
	                                 .set = set,
	                                 .comment = comment,
	                                 .who = "mk",
	                                 .when = "2026-10-01T10:00:00Z"};
	int result = adjustments_add("adjustments.csv", sample_course(), &people, &wish, error);
	roster_free(roster);
	return result;
}

static void expect_file(const char *text)
{
	char *have = file_read("adjustments.csv", 1 << 16, NULL, NULL);
	cr_expect(eq(str, have, (char *)text));
	free(have);
}

Test(adjustments, are_added_a_line_each)
{
	struct error error = {0};
	cr_assert(add_adjustment("+3", NULL, "=1+1, \"x\"", &error) == 0, "%s", error.text);
	static const char first[] = "\xef\xbb\xbfstudent,assignment,points,set,comment,who,when\n"
	                            "\"ada\",\"pipe_ring\",3,,\"'=1+1, \"\"x\"\"\",\"mk\",\"2026-10-01T10:00:00Z\"\n";
	expect_file(first);
	cr_expect(eq(int, add_adjustment(NULL, "80", NULL, &error), -1));
	cr_expect(eq(str, error.text,
	             (char *)"adjustments.csv:3: line 2 changes pipe_ring of ada, so it cannot be set as well: "
	                     "delete one of them; nothing was written"));
	cr_expect(eq(int, add_adjustment("+x", NULL, NULL, &error), -1));
	expect_file(first);
	cr_assert(add_adjustment("-1", NULL, NULL, &error) == 0, "%s", error.text);
	struct adjustments all;
	char *text = file_read("adjustments.csv", 1 << 16, NULL, NULL);
	cr_assert(read_adjustments(text, &all, &error) == 0, "%s", error.text);
	expect_adjusted(&all, 0, "+3 by the instructor: =1+1, \"x\"; -1 by the instructor");
	adjustments_clear(&all);
	free(text);
}

Test(adjustments, are_added_as_the_file_is_written)
{
	struct error error = {0};
	static const char file[] = "\xef\xbb\xbfset;points;assignment;student;when;who;comment\r\n;1;pipe_ring;alan;;;";
	put_bytes("adjustments.csv", file, strlen(file));
	cr_assert(add_adjustment("+3", NULL, "x", &error) == 0, "%s", error.text);
	char *want = format("%s\r\n;3;\"pipe_ring\";\"ada\";\"2026-10-01T10:00:00Z\";\"mk\";\"x\"\r\n", file);
	expect_file(want);
	free(want);
	put_bytes("adjustments.csv", "student,assignment,points\n", 26);
	cr_expect(eq(int, add_adjustment(NULL, "80", NULL, &error), -1));
	cr_expect(eq(str, error.text, (char *)"adjustments.csv:1: there is no column 'set': add it to the first line"));
}

/* ---- groups ------------------------------------------------------------------------------------- */

static const char teams_csv[] = "login,name,email,Groups\n"
                                "ada,Ada Lovelace,ada@example.edu,Red; Tutorial 2\n"
                                "alan,Alan Turing,at@example.edu,Red\n"
                                "mallory,Mallory,m@example.edu,Tutorial 2\n"
                                "zoe,Zoe Z,z@example.edu,\n"
                                "grace,Grace Hopper,g@example.edu,Zoe Z\n";

static struct people team_people(const struct roster *roster)
{
	static const struct person person[] = {{"zoe", 3}, {"ada", 0}, {"alan", 1}, {"mallory", 2}, {"grace", 4}};
	return (struct people){roster, person, sizeof person / sizeof *person};
}

static int read_team_adjustments(const char *text, struct adjustments *all, struct error *error)
{
	struct roster *roster = read_text(teams_csv);
	struct people people = team_people(roster);
	put_bytes("adjustments.csv", text, strlen(text));
	int result = adjustments_read("adjustments.csv", sample_course(), &people, all, error);
	roster_free(roster);
	return result;
}

Test(adjustments, of_a_group_are_of_each_of_its_members)
{
	struct error error = {0};
	struct adjustments all;
	cr_assert(read_team_adjustments("\xef\xbb\xbfStudent;Assignment;Points;Comment\r\n"
	                                "red;pipe_ring;3;'=1+1 <b>\r\nTutorial 2;pipe_ring;-1;\r\nalan;pipe_ring;2;\r\n",
	                                &all, &error) == 0,
	          "%s", error.text);
	expect_adjusted(&all, 0, "");
	expect_adjusted(&all, 1, "+3 by the instructor: =1+1 <b>; -1 by the instructor");
	expect_adjusted(&all, 2, "+3 by the instructor: =1+1 <b>; +2 by the instructor");
	expect_adjusted(&all, 3, "-1 by the instructor");
	adjustments_clear(&all);
}

Test(adjustments, of_groups_that_are_wrong_name_their_line)
{
	static const char *const wrong[][2] = {
	    {"Green,pipe_ring,3,\n", "2: there is no student 'Green'"},
	    {"Zoe Z,pipe_ring,3,\n",
	     "2: 'Zoe Z' is a student and a group: use the login or e-mail address, or name the members"},
	    {"Red,pipe_ring,,80\nalan,pipe_ring,,70\n",
	     "3: pipe_ring of alan is set to 70, but line 2 sets it to 80: delete one of them"},
	    {"Red,pipe_ring,,80\nTutorial 2,pipe_ring,1,\n",
	     "3: line 2 sets pipe_ring of ada, so it cannot be changed as well: delete one of them"},
	    {"Red,pipe_ring,x,\n", "2: 'x' in column 'points' is no whole number from -10000 to 10000"},
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct error error = {0};
		struct adjustments all;
		char *text = format("student,assignment,points,set\n%s", wrong[i][0]);
		char *message = format("adjustments.csv:%s", wrong[i][1]);
		cr_expect(eq(int, read_team_adjustments(text, &all, &error), -1), "%s", text);
		cr_expect(eq(str, error.text, message));
		adjustments_clear(&all);
		free(message);
		free(text);
	}
}

/* ---- what a person reads -------------------------------------------------------------------------- */

TestSuite(marks, .init = enter_folder, .fini = leave_folder, .timeout = 120);

static struct read_line read_lines[] = {{(char *)"answers", (char *)"The questions", 10, (char *)"ANSWERS.md"},
                                        {(char *)"style", (char *)"Names & structure", 5, NULL}};

/* Two lines of pipe_ring are read. */
static const struct course *read_course(void)
{
	const struct course *course = sample_course();
	course->assignment[0]->read = read_lines;
	course->assignment[0]->read_count = 2;
	return course;
}

static int read_marks(const char *text, struct marks *marks, struct error *error)
{
	struct roster *roster = read_text(teams_csv);
	struct people people = team_people(roster);
	put_bytes("review.csv", text, strlen(text));
	int result = marks_read("review.csv", read_course(), &people, marks, error);
	roster_free(roster);
	return result;
}

static void expect_marked(const struct marks *all, size_t person, const char *says)
{
	const struct terms terms = {.marks = marks_of(all, person, read_course()->assignment[0])};
	char *have = terms_say(&terms);
	cr_expect(eq(str, have ? have : (char *)"", (char *)says), "person %zu", person);
	free(have);
}

Test(marks, may_come_from_a_spreadsheet)
{
	struct error error = {0};
	struct marks all;
	cr_assert(read_marks("\xef\xbb\xbfLine;Student;Assignment;Points;Comment;Room\r\n"
	                     "answers;Ada Lovelace;pipe_ring;7;'=1+1 <b>;x\r\n"
	                     "style;Red;pipe_ring;5;;\r\nanswers;mallory;pipe_ring;;;\r\n;;;;;\r\n",
	                     &all, &error) == 0,
	          "%s", error.text);
	expect_marked(&all, 1, "The questions: 7 of 10: =1+1 <b>; Names & structure: 5 of 5");
	expect_marked(&all, 2, "Names & structure: 5 of 5");
	expect_marked(&all, 3, "");
	cr_expect(eq(sz, marks_of(&all, 3, read_course()->assignment[0]).count, 1));
	marks_clear(&all);
}

Test(marks, that_are_wrong_name_their_line)
{
	static const char *const wrong[][2] = {
	    {"adda,pipe_ring,answers,7", "2: there is no student 'adda', did you mean 'ada'?"},
	    {"ada,pipe_ring,anwsers,7", "2: pipe_ring has no line 'anwsers' that is read; the first is 'answers'"},
	    {"ada,race_fix,answers,7", "2: nothing of race_fix is read: 'read' in course.yaml has no line of it"},
	    {"ada,pipe_ring,answers,11",
	     "2: '11' in column 'points' is no whole number from 0 to 10, which 'answers' is worth"},
	    {"ada,pipe_ring,answers,-1",
	     "2: '-1' in column 'points' is no whole number from 0 to 10, which 'answers' is worth"},
	    {"ada,pipe_ring,answers,7\n\nAda Lovelace,pipe_ring,answers,7",
	     "4: line 2 is about 'answers' of ada already: delete one of them"},
	    {"Red,pipe_ring,answers,7\nada,pipe_ring,answers,8",
	     "3: 'answers' of ada has 8 points here, but 7 in line 2: delete one of them"},
	    {"ada,pipe_ring,answers,\nada,pipe_ring,answers,8",
	     "3: line 2 is about 'answers' of ada already: delete one of them"},
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct marks all;
		struct error error = {0};
		char *text = format("student,assignment,line,points\n%s\n", wrong[i][0]);
		char *message = format("review.csv:%s", wrong[i][1]);
		cr_expect(read_marks(text, &all, &error) != 0, "%s", text);
		cr_expect(eq(str, error.text, message));
		marks_clear(&all);
		free(message);
		free(text);
	}
}

/* Without it all that was given would be open again, and nobody would be told. */
Test(marks, need_a_column_of_points)
{
	struct marks all;
	struct error error = {0};
	cr_expect(read_marks("student,assignment,line,Punkte\nada,pipe_ring,answers,7\n", &all, &error) != 0);
	cr_expect(
	    eq(str, error.text, (char *)"review.csv:1: there is no column 'points'; the first line names the columns"));
	marks_clear(&all);
}

static int add_mark(const char *student, const char *points, struct error *error)
{
	struct roster *roster = read_text(teams_csv);
	struct people people = team_people(roster);
	const struct ledger_wish wish = {.student = student,
	                                 .assignment = "pipe_ring",
	                                 .points = points,
	                                 .comment = "=x",
	                                 .who = "mk",
	                                 .when = "now",
	                                 .line = "answers"};
	int result = marks_add("review.csv", read_course(), &people, &wish, error);
	roster_free(roster);
	return result;
}

static void expect_review(const char *text)
{
	char *have = file_read("review.csv", 1 << 16, NULL, NULL);
	cr_expect(eq(str, have, (char *)text));
	free(have);
}

Test(marks, are_added_or_fill_in_an_open_line)
{
	struct error error = {0};
	cr_assert(add_mark("zoe", "9", &error) == 0, "%s", error.text);
	expect_review("\xef\xbb\xbfstudent,assignment,line,points,comment,who,when\n"
	              "\"zoe\",\"pipe_ring\",\"answers\",9,\"'=x\",\"mk\",\"now\"\n");
	cr_expect(eq(int, add_mark("zoe", "8", &error), -1));
	cr_expect(eq(str, error.text,
	             (char *)"review.csv:3: 'answers' of zoe has 8 points here, but 9 in line 2: delete one of them; "
	                     "nothing was written"));
	static const char open[] = "student,assignment,line,points,comment,who,when\n"
	                           "zoe,pipe_ring,answers,,,,\nRed,pipe_ring,answers,,,,\n";
	put_bytes("review.csv", open, strlen(open));
	cr_assert(add_mark("zoe", "9", &error) == 0, "%s", error.text);
	cr_assert(add_mark("Red", "8", &error) == 0, "%s", error.text);
	static const char filled[] = "student,assignment,line,points,comment,who,when\n"
	                             "\"zoe\",\"pipe_ring\",\"answers\",9,\"'=x\",\"mk\",\"now\"\n"
	                             "\"Red\",\"pipe_ring\",\"answers\",8,\"'=x\",\"mk\",\"now\"\n";
	expect_review(filled);
	put_bytes("review.csv", open, strlen(open));
	cr_expect(
	    eq(int, add_mark("ada", "8", &error), -1)); /* of the group's line the other members would have them, too */
	expect_review(open);
}

static void expect_read(struct terms terms, bool judged, int final, int read, int to_read, int adjustment)
{
	terms.assignment = read_course()->assignment[0];
	struct standing standing = standing_of(&terms, terms.late.due ? due + 3 * DAY : 0, judged, judged ? 80 : 0);
	cr_expect(eq(int, standing.counts ? standing.final : -1, final));
	cr_expect(eq(int, standing.read, read));
	cr_expect(eq(int, standing.to_read, to_read));
	cr_expect(eq(int, standing.adjustment, adjustment));
}

Test(marks, count_beside_the_score)
{
	struct mark mark[] = {{.read = &read_lines[0], .points = 7}, {.read = &read_lines[1], .open = true}};
	struct adjustment set = {.set = true, .points = 90}, less = {.points = -85};
	const struct decision refused = {.refused = true};
	const struct marks marks = {mark, 2};
	expect_read((struct terms){0}, true, 80, 0, 15, 0);
	expect_read((struct terms){.marks = marks}, true, 87, 7, 5, 0);
	expect_read((struct terms){.marks = marks, .adjustments = {&less, 1}}, true, 2, 7, 5, -85);
	expect_read((struct terms){.marks = marks, .adjustments = {&set, 1}}, true, 90, 0, 0, 10);
	expect_read((struct terms){.marks = marks}, false, -1, 0, 0, 0);
	expect_read((struct terms){.marks = marks, .decision = &refused}, false, 0, 0, 0, 0);
	expect_read((struct terms){.marks = marks, .late = policy}, true, 57, 7, 5, 0); /* being late costs the score */
	struct late_policy ended = policy;
	ended.ends = true;
	ended.nothing_after = 1;
	expect_read((struct terms){.marks = marks, .late = ended}, true, 0, 0, 0, 0);
}

Test(marks, are_told_until_all_is_read)
{
	char *open = points_say(87, 90, 10), *read = points_say(97, 100, 0);
	cr_expect(eq(str, open, (char *)"87 of 90 points count, 10 to be read"));
	cr_expect(eq(str, read, (char *)"97 of 100 points count"));
	free(open);
	free(read);
}

/* ---- decisions ---------------------------------------------------------------------------------- */

TestSuite(decisions, .init = enter_folder, .fini = leave_folder, .timeout = 120);

#define HASH_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HASH_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define DECISIONS "student,assignment,decision,deduct,comment,file,sha256,who,when\n"

static int read_decisions(const char *text, struct decisions *decisions, struct error *error)
{
	struct roster *roster = read_text(people_csv);
	struct people people = sample_people(roster);
	put_bytes("decisions.csv", text, strlen(text));
	int result = decisions_read("decisions.csv", sample_course(), &people, decisions, error);
	roster_free(roster);
	return result;
}

static void expect_says(const struct decision *decision, const char *wanted)
{
	char *says = decision_says(decision);
	cr_expect(eq(str, says, (char *)wanted));
	free(says);
}

Test(decisions, may_come_from_a_spreadsheet)
{
	struct decisions all;
	struct error error = {0};
	cr_assert(read_decisions("\xef\xbb\xbf"
	                         "When;Student;Assignment;Decision;Deduct;Comment;File;sha256\r\n"
	                         ";Ada Lovelace;pipe_ring;Accept;5;'=1+1 <b>;ada/main.c;" HASH_A "\r\n"
	                         ";ada;pipe_ring;refuse;;\"not yours; see me\";ada/main.c;" HASH_B "\r\n"
	                         ";zoe;race_fix;accept;;;zoe.7z;" HASH_B "\r\n;;;;;;;\r\n",
	                         &all, &error) == 0,
	          "%s", error.text);
	struct decisions own = decisions_of(&all, 0, course_find(sample_course(), "pipe_ring"));
	cr_assert(eq(sz, own.count, 2));
	expect_says(&own.item[0], "accepted by the instructor for -5: =1+1 <b>");
	expect_says(&own.item[1], "refused by the instructor: not yours; see me");
	own = decisions_of(&all, 3, course_find(sample_course(), "race_fix"));
	cr_assert(eq(sz, own.count, 1));
	expect_says(&own.item[0], "accepted by the instructor");
	cr_expect(eq(str, own.item[0].file, (char *)"zoe.7z"));
	cr_expect(decisions_of(&all, 1, course_find(sample_course(), "pipe_ring")).count == 0);
	decisions_clear(&all);
}

Test(decisions, that_are_wrong_name_their_line)
{
	static const char *const wrong[][2] = {
	    {"adda,pipe_ring,accept,,,f," HASH_A, "2: there is no student 'adda', did you mean 'ada'?"},
	    {"ada,pipe_rang,accept,,,f," HASH_A, "2: there is no assignment 'pipe_rang'"},
	    {"ada,pipe_ring,yes,,,f," HASH_A, "2: 'decision' is accept or refuse, not 'yes'"},
	    {"ada,pipe_ring,accept,-5,,f," HASH_A, "2: '-5' in column 'deduct' is no whole number from 0 to 10000"},
	    {"ada,pipe_ring,refuse,5,no,f," HASH_A, "2: what is refused counts nothing: leave 'deduct' empty"},
	    {"ada,pipe_ring,refuse,,,f," HASH_A, "2: why is it refused? The student reads the comment"},
	    {"ada,pipe_ring,accept,,,f,abc",
	     "2: what is decided about? 'file' and 'sha256' say it; make review writes such lines"},
	    {"ada,pipe_ring,accept,,,f," HASH_A "\nalan,pipe_ring,accept,,,f," HASH_A
	     "\nada,pipe_ring,refuse,,no,f," HASH_A,
	     "4: line 2 decides about this file of ada already: delete one of them"},
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct decisions all;
		struct error error = {0};
		char *text = format(DECISIONS "%s\n", wrong[i][0]), *message = format("decisions.csv:%s", wrong[i][1]);
		cr_expect(read_decisions(text, &all, &error) != 0, "%s", text);
		cr_expect(eq(str, error.text, message));
		decisions_clear(&all);
		free(message);
		free(text);
	}
}

Test(decisions, are_added_a_line_each)
{
	struct roster *roster = read_text(people_csv);
	struct people people = sample_people(roster);
	struct error error = {0};
	const struct decision_wish wish = {.student = "ada",
	                                   .assignment = "pipe_ring",
	                                   .decision = "accept",
	                                   .deduct = "5",
	                                   .file = "ada/main.c",
	                                   .sha256 = HASH_A,
	                                   .comment = "=HYPERLINK(\"x\")",
	                                   .who = "mk",
	                                   .when = "2026-10-02T08:00:00Z"};
	cr_assert(decisions_add("decisions.csv", sample_course(), &people, &wish, &error) == 0, "%s", error.text);
	cr_expect(decisions_add("decisions.csv", sample_course(), &people, &wish, &error) != 0, "twice is a contradiction");
	char *text = file_read("decisions.csv", 1 << 20, NULL, &error);
	cr_assert(text != NULL, "%s", error.text);
	cr_expect(eq(str, text,
	             (char *)"\xef\xbb\xbf"
	                     "student,assignment,decision,deduct,comment,file,sha256,who,when\n"
	                     "\"ada\",\"pipe_ring\",\"accept\",5,\"'=HYPERLINK(\"\"x\"\")\",\"ada/main.c\",\"" HASH_A
	                     "\",\"mk\",\"2026-10-02T08:00:00Z\"\n"));
	free(text);
	roster_free(roster);
}

static void expect_decided(struct decision decision, const struct adjustment *item, size_t count, bool judged,
                           int counts)
{
	const struct terms terms = {.decision = &decision, .adjustments = {(struct adjustment *)item, count}};
	struct standing standing = standing_of(&terms, 0, judged, judged ? 60 : 0);
	cr_expect(eq(int, standing.counts ? standing.final : -1, counts));
}

Test(decisions, count_before_adjustments)
{
	static const struct adjustment more = {.points = 3}, set = {.set = true, .points = 80};
	const struct decision accepted = {0}, dear = {.deduct = 5}, dearer = {.deduct = 70}, refused = {.refused = true};
	expect_decided(accepted, NULL, 0, true, 60);
	expect_decided(dear, NULL, 0, true, 55);
	expect_decided(dear, &more, 1, true, 58);
	expect_decided(dear, &set, 1, true, 80);
	expect_decided(dearer, NULL, 0, true, 0);
	expect_decided(dear, NULL, 0, false, -1); /* what was accepted could not be judged */
	expect_decided(refused, NULL, 0, false, 0);
	expect_decided(refused, &more, 1, false, 3);
	expect_decided(refused, &set, 1, false, 80);
}

static void expect_standing(const struct adjustment *item, size_t count, bool judged, int score, int adjustment,
                            int final)
{
	const struct terms terms = {.late = policy, .adjustments = {(struct adjustment *)item, count}};
	struct standing standing = standing_of(&terms, due + DAY, judged, score); /* a day late: 10 points */
	cr_expect(eq(int, standing.counts, final >= 0));
	cr_expect(eq(int, standing.adjustment, adjustment));
	cr_expect(eq(int, standing.final, final < 0 ? 0 : final));
}

Test(adjustments, change_what_counts_and_it_is_never_below_0)
{
	const struct adjustment more[] = {{.points = 3}, {.points = 4}}, less = {.points = -50},
	                        set = {.set = true, .points = 80};
	expect_standing(NULL, 0, true, 60, 0, 50);
	expect_standing(more, 2, true, 60, 7, 57);
	expect_standing(more, 2, true, 0, 7, 7);
	expect_standing(more, 2, true, 110, 7, 107); /* more than there are to get: that is the instructor's to say */
	expect_standing(&less, 1, true, 60, -50, 0);
	expect_standing(&less, 1, true, 40, -30, 0);
	expect_standing(&set, 1, true, 60, 30, 80);
	expect_standing(&set, 1, false, 0, 80, 80);
	expect_standing(more, 1, false, 0, 0, -1);
}

Test(adjustments, are_in_the_journal_and_whether_they_stood)
{
	struct error error = {0};
	struct grade *grade = NULL;
	bool stood;
	struct adjustment item = {.points = 3, .comment = (char *)"good"};
	const struct terms terms = {.adjustments = {&item, 1}};
	struct journal *journal = begin_run();
	cr_assert(add_one(journal, "ada", "k1") == 0);
	struct entry entry = entry_of("ada", "k1");
	int64_t id = journal_knows(journal, &entry, &grade, &stood);
	cr_expect(stood);
	entry.terms = &terms;
	grade_free(grade);
	cr_assert(eq(i64, journal_knows(journal, &entry, &grade, &stood), id));
	cr_expect(not(stood));
	cr_assert(journal_take(journal, &entry, grade, id, &error) == 0, "%s", error.text);
	grade_free(grade);
	expect_number("SELECT COUNT(*) FROM current WHERE adjustment = 3 AND final = 63 AND deduction = 0 AND adjusted = "
	              "'+3 by the instructor: good'",
	              1);
	cr_assert(journal_knows(journal, &entry, &grade, &stood) == id);
	cr_expect(stood);
	grade_free(grade);
	item.comment = (char *)"better"; /* the same points, another comment */
	cr_assert(journal_knows(journal, &entry, &grade, &stood) == id);
	cr_expect(not(stood));
	grade_free(grade);
	journal_close(journal);
}

/* ---- requests ----------------------------------------------------------------------------------- */

static int read_requests(const char *text, struct appeals *appeals, struct error *error)
{
	struct roster *roster = read_text(people_csv);
	struct people people = sample_people(roster);
	put_bytes("requests.csv", text, strlen(text));
	int result = appeals_read("requests.csv", sample_course(), &people, appeals, error);
	roster_free(roster);
	return result;
}

static void expect_answered(const struct appeals *all, size_t person, const char *says)
{
	const struct terms terms = {.appeals = appeals_of(all, person, sample_course()->assignment[0])};
	char *have = terms_say(&terms);
	cr_expect(eq(str, have ? have : (char *)"", (char *)says), "person %zu", person);
	free(have);
}

Test(requests, are_open_until_they_are_answered)
{
	struct error error = {0};
	struct appeals all;
	cr_assert(read_requests("\xef\xbb\xbfTest;Claim;Decision;Student;Assignment;Comment;room\r\n"
	                        "token_returns;it does;Granted;ada;pipe_ring;'=1+1 <b>;x\r\n"
	                        "memcheck;\"no\nleak\";;Ada Lovelace;pipe_ring;soon;\r\n"
	                        "build;it compiles;refused;ada@example.edu;pipe_ring;;;\r\n"
	                        "survives_short_reads;why?;;mallory;pipe_ring\r\n;;;;;;\r\n",
	                        &all, &error) != 0); /* a cell too many */
	cr_expect(eq(str, error.text, (char *)"requests.csv:5: 8 cells, but the heading has 7"));
	appeals_clear(&all);
	cr_assert(read_requests("\xef\xbb\xbfTest;Claim;Decision;Student;Assignment;Comment;room\r\n"
	                        "token_returns;it does;Granted;ada;pipe_ring;'=1+1 <b>;x\r\n"
	                        "memcheck;\"no\nleak\";;Ada Lovelace;pipe_ring;soon;\r\n"
	                        "build;it compiles;refused;ada@example.edu;pipe_ring;;\r\n"
	                        "survives_short_reads;why?;;mallory;pipe_ring\r\n;;;;;;\r\n",
	                        &all, &error) == 0,
	          "%s", error.text);
	cr_assert(eq(sz, all.count, 4));
	expect_answered(&all, 0,
	                "asked about token_returns: it does; answer: granted: =1+1 <b>; asked about build: it "
	                "compiles; answer: refused");
	expect_answered(&all, 1, "");
	expect_answered(&all, 2, "");
	cr_expect(eq(str, all.item[1].claim, (char *)"no leak"));
	appeals_clear(&all);
}

Test(requests, that_are_wrong_name_their_line)
{
	static const char heading[] = "student,assignment,test,claim,decision,comment\n";
	static const char *const wrong[][2] = {
	    {"adda,pipe_ring,memcheck,x\n", "2: there is no student 'adda', did you mean 'ada'?"},
	    {"ada,pipering,memcheck,x\n", "2: there is no assignment 'pipering'"},
	    {"ada,pipe_ring,,x\n", "2: which test or check is it about?"},
	    {"ada,pipe_ring,token,x\n", "2: pipe_ring has no test or check 'token'"},
	    {"ada,pipe_ring,memchek,x\n", "2: pipe_ring has no test or check 'memchek', did you mean 'memcheck'?"},
	    {"ada,pipe_ring,survives_short_read,x\n",
	     "2: pipe_ring has no test or check 'survives_short_read', did you mean 'survives_short_reads'?"},
	    {"ada,pipe_ring,memcheck,\n", "2: what is wrong about memcheck? The claim is empty"},
	    {"ada,pipe_ring,memcheck,x,yes\n",
	     "2: 'yes' in column 'decision' is neither granted nor refused; an open request has none"},
	    {"ada,pipe_ring,memcheck,x\nalan,pipe_ring,memcheck,x\nada,pipe_ring,memcheck,y,granted\n",
	     "4: line 2 is about memcheck of ada already: delete one of them"},
	    {"ada,pipe_ring,memcheck,x,refused\nada,pipe_ring,memcheck,y,granted\n",
	     "3: memcheck of ada is granted here, but refused in line 2: delete one of them"},
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct error error = {0};
		struct appeals all;
		char *text = format("%s%s", heading, wrong[i][0]), *message = format("requests.csv:%s", wrong[i][1]);
		cr_expect(eq(int, read_requests(text, &all, &error), -1), "%s", text);
		cr_expect(eq(str, error.text, message));
		appeals_clear(&all);
		free(message);
		free(text);
	}
}

static int write_request(const char *test, const char *claim, const char *decision, struct error *error)
{
	struct roster *roster = read_text(people_csv);
	struct people people = sample_people(roster);
	const struct appeal_wish wish = {"ada", "pipe_ring", test, claim, decision, decision ? "=1, \"x\"" : NULL,
	                                 "mk",  "now"};
	const struct course *course = sample_course();
	int result = decision ? appeals_answer("requests.csv", course, &people, 0, &wish, error)
	                      : appeals_add("requests.csv", course, &people, &wish, error);
	roster_free(roster);
	return result;
}

static void expect_requests(const char *text)
{
	char *have = file_read("requests.csv", 1 << 16, NULL, NULL);
	cr_expect(eq(str, have ? have : (char *)"(none)", (char *)text));
	free(have);
}

Test(requests, are_answered_in_their_line)
{
	struct error error = {0};
	cr_assert(write_request("memcheck", "=no", NULL, &error) == 0, "%s", error.text);
	static const char first[] = "\xef\xbb\xbfstudent,assignment,test,claim,decision,comment,who,when\n"
	                            "\"ada\",\"pipe_ring\",\"memcheck\",\"'=no\",,,,\n";
	expect_requests(first);
	cr_expect(eq(int, write_request("memcheck", "again", NULL, &error), -1));
	cr_expect(eq(int, write_request("audit", NULL, "granted", &error), -1));
	cr_expect(eq(str, error.text, (char *)"requests.csv has no request of ada about audit of pipe_ring"));
	cr_expect(eq(int, write_request("memcheck", NULL, "maybe", &error), -1));
	expect_requests(first);
	cr_assert(write_request("memcheck", NULL, "granted", &error) == 0, "%s", error.text);
	expect_requests("\xef\xbb\xbfstudent,assignment,test,claim,decision,comment,who,when\n"
	                "\"ada\",\"pipe_ring\",\"memcheck\",\"'=no\",\"granted\",\"'=1, \"\"x\"\"\",\"mk\",\"now\"\n");
	cr_expect(eq(int, write_request("memcheck", NULL, "refused", &error), -1));
	cr_expect(eq(str, error.text,
	             (char *)"requests.csv:2: this request is granted already: to change that, change the line"));
}

Test(requests, leave_the_rest_of_the_file_as_it_is)
{
	struct error error = {0};
	static const char before[] = "sep=;\r\nroom;student;assignment;test;claim;decision;comment;who;when\r\n\r\n"
	                             "1;alan;pipe_ring;audit;\"a\r\nb\";;;;\r\n",
	                  after[] = "3;alan;pipe_ring;memcheck;=x;;;;";
	char *text = format("%s2;ada;pipe_ring;memcheck;\"of\r\ntwo \"\"lines\"\"\"\r\n%s", before, after);
	char *want = format("%s\"2\";\"ada\";\"pipe_ring\";\"memcheck\";\"of\r\ntwo \"\"lines\"\"\";\"refused\";"
	                    "\"'=1, \"\"x\"\"\";\"mk\";\"now\"\r\n%s",
	                    before, after);
	put_bytes("requests.csv", text, strlen(text));
	cr_assert(write_request("memcheck", NULL, "refused", &error) == 0, "%s", error.text);
	expect_requests(want);
	put_bytes("requests.csv", "student,assignment,test,claim\nada,pipe_ring,audit,x", 52);
	cr_expect(eq(int, write_request("audit", NULL, "refused", &error), -1));
	cr_expect(eq(str, error.text, (char *)"requests.csv:1: there is no column 'decision': add it to the first line"));
	free(want);
	free(text);
}

Test(requests, change_nothing_that_counts_and_their_answers_stand)
{
	struct error error = {0};
	struct grade *grade = NULL;
	bool stood;
	struct appeal item = {.test = (char *)"memcheck", .claim = (char *)"no leak", .comment = (char *)""};
	const struct terms terms = {.appeals = {&item, 1}};
	struct journal *journal = begin_run();
	cr_assert(add_one(journal, "ada", "k1") == 0);
	struct entry entry = entry_of("ada", "k1");
	entry.terms = &terms;
	int64_t id = journal_knows(journal, &entry, &grade, &stood);
	cr_expect(stood); /* an open request says nothing yet */
	grade_free(grade);
	item.decision = DECISION_GRANTED;
	cr_assert(journal_knows(journal, &entry, &grade, &stood) == id);
	cr_expect(not(stood));
	cr_assert(journal_take(journal, &entry, grade, id, &error) == 0, "%s", error.text);
	grade_free(grade);
	expect_number("SELECT COUNT(*) FROM current WHERE adjustment = 0 AND final = 60 AND adjusted = "
	              "'asked about memcheck: no leak; answer: granted'",
	              1);
	journal_close(journal);
}

/* ---- sheets ------------------------------------------------------------------------------------- */

/* Two assignments: that of sample.h, and one with markup in its title. */
static const struct course *sample_course(void)
{
	static struct assignment first, second;
	static struct assignment *list[] = {&first, &second};
	static struct course course = {.title = (char *)"Threads & <processes>", .assignment = list, .assignment_count = 2};
	first = *sample_assignment();
	second = first;
	second.name = (char *)"race_fix";
	second.title = (char *)"Races <b>mended</b>, \"all\"";
	return &course;
}

/* A table read back by libcsv. */
struct table_read {
	char *cell[64][32];
	size_t rows, columns;
};

static void take_cell(void *text, size_t size, void *context)
{
	struct table_read *table = context;
	cr_assert(table->rows < 64 && table->columns < 32);
	table->cell[table->rows][table->columns++] = strndup(text ? text : "", size);
}

static void take_line(int last, void *context)
{
	struct table_read *table = context;
	(void)last;
	if (table->rows)
		for (size_t i = 0; i < 32; i++)
			cr_expect(eq(int, table->cell[0][i] != NULL, table->cell[table->rows][i] != NULL), "row %zu, cell %zu",
			          table->rows, i);
	table->rows++;
	table->columns = 0;
}

static struct table_read *read_back(const char *text, size_t size)
{
	struct table_read *table = calloc(1, sizeof *table);
	struct csv_parser parser;
	cr_assert(table != NULL && csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) == 0);
	cr_assert(csv_parse(&parser, text, size, take_cell, take_line, table) == size);
	cr_assert(csv_fini(&parser, take_cell, take_line, table) == 0);
	csv_free(&parser);
	return table;
}

static void forget(struct table_read *table)
{
	for (size_t i = 0; i < 64; i++)
		for (size_t j = 0; j < 32; j++)
			free(table->cell[i][j]);
	free(table);
}

/* The cell of that row (0: headings) under that heading. */
static const char *at(const struct table_read *table, size_t row, const char *heading)
{
	for (size_t i = 0; i < 32 && table->cell[0][i]; i++)
		if (strcmp(table->cell[0][i], heading) == 0)
			return row < table->rows && table->cell[row][i] ? table->cell[row][i] : "(none)";
	return "(no such column)";
}

#define expect_cell(row, heading, text)                                                                                \
	cr_expect(eq(str, (char *)at(table, row, heading), (char *)text), "row %d, %s", row, heading)

static char *write_sheet(int (*sheet)(FILE *, const struct sheets *, struct error *), const struct sheets *sheets,
                         size_t *size)
{
	struct error error = {0};
	char *text = NULL;
	FILE *out = open_memstream(&text, size);
	cr_assert(sheet(out, sheets, &error) == 0, "%s", error.text);
	fclose(out);
	return text;
}

static struct table_read *read_sheet(int (*sheet)(FILE *, const struct sheets *, struct error *),
                                     const struct sheets *sheets)
{
	size_t size;
	char *text = write_sheet(sheet, sheets, &size);
	struct table_read *table = read_back(text, size);
	free(text);
	return table;
}

static void expect_no_sheet(int (*sheet)(FILE *, const struct sheets *, struct error *), const struct sheets *sheets,
                            const char *message)
{
	struct error error = {0};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	cr_expect(sheet(out, sheets, &error) == -1);
	fclose(out);
	cr_expect(eq(sz, size, 0));
	cr_expect(eq(str, error.text, (char *)message));
	free(text);
}

/* Adds a grade of those points; -1: it could not be judged. */
static void score(struct journal *journal, const char *student, int row, const char *assignment, int points,
                  int64_t handed_in, const char *note)
{
	struct error error = {0};
	struct entry entry = {student, assignment, student, row, handed_in, student, &late_terms, note, NULL, NULL};
	struct grade *grade = grade_for(student);
	finding_set(&grade->assignment, "%s", assignment);
	grade->judged = points >= 0;
	grade->score = points >= 0 ? points : 0;
	grade->test[0].status = points < 50 ? TEST_FAIL : TEST_PASS;
	cr_assert(journal_add(journal, &entry, grade, &error) == 0, "%s", error.text);
	grade_free(grade);
}

static const char canvas_roster[] =
    "Student,ID,SIS User ID,SIS Login ID,Section,Notes,A ring of pipes (4711),Final Score\n"
    "    Points Possible,,,,,,100,(read only)\n"
    "\"Lovelace, Ada\",11,s1,ada,\"CS, 1\",x,,0\n"
    "\"=cmd|' /C calc'!A0\",12,s2,@alan,CS 1,+1,,0\n"
    "\"M\xc3\xbcller, Zo\xc3\xab\",13,s3,zoe,CS 1,,,0\n"
    "\"Hopper, Grace\",14,s4,grace,CS 1,,,0\n";

/* ada: both, one late; @alan: one, the other not judged; zoe: nothing; grace: 0 points; mallory: not in the roster. */
static void grade_class(struct journal *journal)
{
	score(journal, "ada", 0, "pipe_ring", 90, due + 2 * DAY, "2 submissions, the latest counts (ada_2.zip)");
	score(journal, "ada", 0, "race_fix", 100, due, NULL);
	score(journal, "@alan", 1, "pipe_ring", 40, 0, NULL);
	score(journal, "@alan", 1, "race_fix", -1, due + 9 * DAY, NULL);
	score(journal, "mallory", ROSTER_NONE, "pipe_ring", 70, 0, NULL);
	score(journal, "grace", 3, "race_fix", 0, due + DAY, NULL);
	score(journal, "grace", 3, "gone", 100, 0, NULL); /* an assignment that the course has no longer */
}

Test(sheet, gradebook_keeps_the_roster_and_adds_scores)
{
	struct roster *roster = read_text(canvas_roster);
	struct journal *journal = begin_run();
	grade_class(journal);
	struct sheets sheets = {.journal = journal, .course = sample_course(), .roster = roster};
	struct table_read *table = read_sheet(sheet_gradebook, &sheets);
	cr_assert(eq(sz, table->rows, 6));
	for (size_t i = 0; i < roster->column.count; i++)
		cr_expect(eq(str, table->cell[0][i], roster->column.item[i]));
	expect_cell(1, "Student", "Lovelace, Ada");
	expect_cell(1, "Section", "CS, 1");
	expect_cell(1, "submission", "ada");
	expect_cell(1, "pipe_ring", "70");
	expect_cell(1, "pipe_ring_score", "90");
	expect_cell(1, "pipe_ring_days_late", "2");
	expect_cell(1, "pipe_ring_deduction", "20");
	expect_cell(1, "pipe_ring_adjustment", "0");
	expect_cell(1, "race_fix", "100");
	expect_cell(1, "race_fix_days_late", "0");
	expect_cell(1, "total", "170");
	expect_cell(1, "notes", "pipe_ring: 2 submissions, the latest counts (ada_2.zip)");
	forget(table);
	journal_close(journal);
	roster_free(roster);
}

Test(sheet, gradebook_tells_zero_from_nothing_and_from_not_judged)
{
	struct roster *roster = read_text(canvas_roster);
	struct journal *journal = begin_run();
	grade_class(journal);
	struct sheets sheets = {.journal = journal, .course = sample_course(), .roster = roster};
	struct table_read *table = read_sheet(sheet_gradebook, &sheets);
	expect_cell(2, "pipe_ring", "40");
	expect_cell(2, "race_fix", "");
	expect_cell(2, "race_fix_score", "");
	expect_cell(2, "total", "40");
	expect_cell(2, "notes", "race_fix could not be judged");
	expect_cell(3, "submission", "zoe");
	expect_cell(3, "pipe_ring", "");
	expect_cell(3, "race_fix", "");
	expect_cell(3, "total", "");
	expect_cell(3, "notes", "");
	expect_cell(4, "race_fix", "0");
	expect_cell(4, "race_fix_score", "0");
	expect_cell(4, "race_fix_days_late", "1");
	expect_cell(4, "total", "0");
	expect_cell(5, "submission", "mallory");
	expect_cell(5, "Student", "");
	expect_cell(5, "pipe_ring", "70");
	expect_cell(5, "notes", "not in the roster");
	forget(table);
	journal_close(journal);
	roster_free(roster);
}

/* An adjustment of one student's pipe_ring, who got that many points, or (-1) was not judged, or (-2) handed in
 * nothing. */
static void adjust(struct journal *journal, const char *student, int row, int points, struct adjustment item)
{
	struct error error = {0};
	const struct terms terms = {.late = policy, .adjustments = {&item, 1}};
	struct entry entry = {.student = student,
	                      .assignment = "pipe_ring",
	                      .folder = student,
	                      .roster_row = row,
	                      .handed_in = points > -2 ? due + DAY : 0,
	                      .key = student,
	                      .terms = &terms};
	struct grade *grade = grade_for(student);
	grade->judged = points >= 0;
	grade->score = points;
	int result =
	    points > -2 ? journal_add(journal, &entry, grade, &error) : journal_add_absent(journal, &entry, &error);
	cr_assert(result == 0, "%s", error.text);
	grade_free(grade);
}

static void adjust_class(struct journal *journal)
{
	adjust(journal, "ada", 0, 60, (struct adjustment){.points = 5, .comment = (char *)"=1+1 <b>bold</b>"});
	adjust(journal, "@alan", 1, -1, (struct adjustment){.set = true, .points = 70, .comment = (char *)"by e-mail"});
	adjust(journal, "zoe", 2, -2, (struct adjustment){.set = true, .points = 40, .comment = (char *)"on paper"});
	adjust(journal, "grace", 3, -2, (struct adjustment){.points = 5, .comment = (char *)""});
}

Test(sheet, gradebook_has_adjustments_beside_scores)
{
	struct roster *roster = read_text(canvas_roster);
	struct journal *journal = begin_run();
	adjust_class(journal);
	struct sheets sheets = {.journal = journal, .course = sample_course(), .roster = roster};
	struct table_read *table = read_sheet(sheet_gradebook, &sheets);
	static const char *const columns[] = {
	    "pipe_ring", "pipe_ring_score", "pipe_ring_days_late", "pipe_ring_deduction", "pipe_ring_adjustment", "total",
	    "notes"};
	static const char *const cells[][7] = {
	    {"55", "60", "1", "10", "5", "55", "pipe_ring: +5 by the instructor: =1+1 <b>bold</b>"},
	    {"70", "", "", "", "70", "70",
	     "pipe_ring could not be judged; pipe_ring: set to 70 by the instructor: by e-mail"},
	    {"40", "", "", "", "40", "40", "pipe_ring: set to 40 by the instructor: on paper"},
	    {"", "", "", "", "", "", "pipe_ring: +5 by the instructor"}};
	cr_assert(eq(sz, table->rows, 5));
	for (int row = 0; row < 4; row++)
		for (size_t i = 0; i < 7; i++)
			expect_cell(row + 1, columns[i], cells[row][i]);
	forget(table);
	table = read_sheet(sheet_canvas, &sheets);
	static const char *const points[] = {"55", "70", "40", ""};
	for (int row = 0; row < 4; row++)
		expect_cell(row + 2, "A ring of pipes (4711)", points[row]);
	forget(table);
	journal_close(journal);
	roster_free(roster);
}

/* Adds a grade of 60 with these points for the answers; negative: they are to be read. */
static void grade_reader(struct journal *journal, const char *student, int row, int answers)
{
	struct error error = {0};
	struct mark mark[] = {{.read = &read_lines[0], .points = answers, .open = answers < 0, .comment = (char *)"=1"},
	                      {.read = &read_lines[1], .points = 5, .comment = (char *)""}};
	const struct terms terms = {.marks = {mark, 2}, .assignment = read_course()->assignment[0]};
	struct entry entry = entry_of(student, student);
	entry.roster_row = row;
	entry.terms = &terms;
	struct grade *grade = grade_for(student);
	cr_assert(journal_add(journal, &entry, grade, &error) == 0, "%s", error.text);
	grade_free(grade);
}

Test(sheet, gradebook_tells_what_is_read_and_platforms_wait_for_it)
{
	struct roster *roster = read_text("Identifier,Full name,Email address,Grade,Maximum grade,Feedback comments\n"
	                                  "Participant 11,Ada Lovelace,ada@example.edu,,,\n"
	                                  "Participant 12,Alan Turing,alan@example.edu,,,\n");
	struct journal *journal = begin_run();
	struct sheets sheets = {.journal = journal, .course = read_course(), .roster = roster};
	grade_reader(journal, "ada", 0, 7);
	grade_reader(journal, "alan", 1, -1);
	int of = assignment_points(sheets.course->assignment[0]);
	char *open = format("65 of %d points count, 10 to be read", of - 10);
	char *note = format("pipe_ring: Names & structure: 5 of 5; pipe_ring: %s", open);
	struct table_read *table = read_sheet(sheet_gradebook, &sheets);
	expect_cell(1, "pipe_ring", "72");
	expect_cell(1, "pipe_ring_score", "60");
	expect_cell(1, "pipe_ring_read", "12");
	expect_cell(1, "pipe_ring_to_read", "0");
	expect_cell(1, "pipe_ring_adjustment", "0");
	expect_cell(1, "total", "72");
	expect_cell(1, "notes", "pipe_ring: The questions: 7 of 10: =1; Names & structure: 5 of 5");
	expect_cell(2, "pipe_ring", "65");
	expect_cell(2, "pipe_ring_to_read", "10");
	expect_cell(2, "notes", note);
	forget(table);
	table = read_sheet(sheet_moodle, &sheets);
	expect_cell(1, "Grade", "72");
	expect_cell(1, "Feedback comments", "");
	expect_cell(2, "Grade", "");
	expect_cell(2, "Feedback comments", open);
	forget(table);
	free(note);
	free(open);
	journal_close(journal);
	roster_free(roster);
}

Test(journal, takes_what_is_to_be_read_for_a_reason_to_report_anew)
{
	struct journal *journal = begin_run();
	grade_reader(journal, "ada", 0, -1);
	struct mark mark[] = {{.read = &read_lines[0], .open = true},
	                      {.read = &read_lines[1], .points = 5, .comment = (char *)""}};
	struct terms terms = {.marks = {mark, 2}, .assignment = read_course()->assignment[0]};
	struct entry entry = entry_of("ada", "ada");
	entry.terms = &terms;
	struct grade *grade;
	bool stood;
	cr_expect(journal_knows(journal, &entry, &grade, &stood) && stood);
	grade_free(grade);
	read_lines[0].points = 20;
	cr_expect(journal_knows(journal, &entry, &grade, &stood) && !stood);
	grade_free(grade);
	read_lines[0].points = 10;
	journal_close(journal);
}

Test(sheet, gradebook_has_no_formulas)
{
	struct roster *roster = read_text(canvas_roster);
	struct journal *journal = begin_run();
	grade_class(journal);
	score(journal, "=HYPERLINK(\"http://evil\")", ROSTER_NONE, "pipe_ring", 70, 0, "@SUM(A1)");
	struct sheets sheets = {.journal = journal, .course = sample_course(), .roster = roster};
	struct table_read *table = read_sheet(sheet_gradebook, &sheets);
	expect_cell(2, "Student", "'=cmd|' /C calc'!A0");
	expect_cell(2, "SIS Login ID", "'@alan");
	expect_cell(2, "Notes", "'+1");
	expect_cell(2, "submission", "'@alan");
	expect_cell(5, "submission", "'=HYPERLINK(\"http://evil\")");
	for (size_t row = 0; row < table->rows; row++)
		for (size_t i = 0; i < 32 && table->cell[row][i]; i++)
			cr_expect(eq(sz, strspn(table->cell[row][i], "=+-@\t\r"), 0), "%s", table->cell[row][i]);
	forget(table);
	journal_close(journal);
	roster_free(roster);
}

Test(sheet, gradebook_works_without_a_roster)
{
	struct journal *journal = begin_run();
	grade_class(journal);
	struct sheets sheets = {.journal = journal, .course = sample_course()};
	struct table_read *table = read_sheet(sheet_gradebook, &sheets);
	cr_assert(eq(sz, table->rows, 5));
	cr_expect(eq(str, table->cell[0][0], (char *)"submission"));
	expect_cell(1, "submission", "'@alan");
	expect_cell(2, "submission", "ada");
	expect_cell(4, "submission", "mallory");
	expect_cell(4, "notes", "");
	forget(table);
	journal_close(journal);
}

/* A run is the whole class: who was in an earlier one only is gone, and a run that has begun shows what it has. */
Test(sheet, is_made_of_the_last_run)
{
	struct journal *journal = begin_run();
	grade_class(journal);
	journal_close(journal);
	journal = open_journal();
	struct sheets sheets = {.journal = journal, .course = sample_course()};
	struct table_read *table = read_sheet(sheet_gradebook, &sheets);
	cr_expect(eq(sz, table->rows, 5));
	forget(table);
	journal_close(journal);
	sheets.journal = journal = begin_run();
	score(journal, "mallory", ROSTER_NONE, "pipe_ring", 71, 0, NULL);
	table = read_sheet(sheet_gradebook, &sheets);
	cr_assert(eq(sz, table->rows, 2));
	expect_cell(1, "pipe_ring", "71");
	forget(table);
	journal_close(journal);
}

Test(sheet, of_a_class_of_nobody_has_a_heading)
{
	struct journal *journal = begin_run();
	struct sheets sheets = {.journal = journal, .course = sample_course()};
	struct table_read *table = read_sheet(sheet_gradebook, &sheets);
	cr_expect(eq(sz, table->rows, 1));
	forget(table);
	journal_close(journal);
}

/* Also when the others are called alike. */
Test(sheet, gradebook_has_a_row_for_each_line_of_the_roster)
{
	struct roster *roster = read_text("name,id\nAda,1\nAda,2\nAlan,3\n");
	struct journal *journal = begin_run();
	score(journal, "Ada", ROSTER_NONE, "pipe_ring", 50, 0, NULL);
	score(journal, "Ada (2)", 1, "pipe_ring", 60, 0, NULL);
	score(journal, "old", 99, "pipe_ring", 70, 0, NULL); /* of a longer roster */
	struct sheets sheets = {.journal = journal, .course = sample_course(), .roster = roster};
	struct table_read *table = read_sheet(sheet_gradebook, &sheets);
	cr_assert(eq(sz, table->rows, 6));
	static const char *const ids[] = {"1", "2", "3", "", ""}, *const points[] = {"", "60", "", "50", "70"};
	for (int row = 1; row <= 5; row++) {
		expect_cell(row, "id", ids[row - 1]);
		expect_cell(row, "pipe_ring", points[row - 1]);
	}
	forget(table);
	journal_close(journal);
	roster_free(roster);
}

Test(sheet, for_canvas_has_its_columns_and_only_its_students)
{
	struct roster *roster = read_text(canvas_roster);
	struct journal *journal = begin_run();
	grade_class(journal);
	struct sheets sheets = {.journal = journal, .course = sample_course(), .roster = roster};
	struct table_read *table = read_sheet(sheet_canvas, &sheets);
	static const char *const headings[] = {"Student",
	                                       "ID",
	                                       "SIS User ID",
	                                       "SIS Login ID",
	                                       "Section",
	                                       "A ring of pipes (4711)",
	                                       "Races <b>mended</b>, \"all\""};
	for (size_t i = 0; i < 7; i++)
		cr_expect(eq(str, table->cell[0][i], (char *)headings[i]));
	cr_expect(table->cell[0][7] == NULL);
	cr_assert(eq(sz, table->rows, 6));
	cr_expect(eq(str, table->cell[1][0],
	             (char *)"Points Possible")); /* libcsv takes the blanks away, Canvas does not need them */
	expect_cell(1, "A ring of pipes (4711)", "100");
	expect_cell(1, "Races <b>mended</b>, \"all\"", "100");
	expect_cell(2, "ID", "11");
	expect_cell(2, "A ring of pipes (4711)", "70");
	expect_cell(2, "Races <b>mended</b>, \"all\"", "100");
	expect_cell(3, "Student", "'=cmd|' /C calc'!A0");
	expect_cell(3, "Races <b>mended</b>, \"all\"", "");
	expect_cell(4, "A ring of pipes (4711)", "");
	expect_cell(5, "ID", "14");
	expect_cell(5, "Races <b>mended</b>, \"all\"", "0");
	forget(table);
	journal_close(journal);
	roster_free(roster);
}

Test(sheet, for_moodle_has_what_it_knows_students_by)
{
	struct roster *roster =
	    read_text("First name,Last name,ID number,Department,Email address,Quiz,A ring of pipes (Real)\n"
	              "Ada,Lovelace,s1,CS,ada@example.edu,1,5\nAlan,Turing,s2,CS,alan@example.edu,1,77\n");
	struct journal *journal = begin_run();
	score(journal, "ada", 0, "pipe_ring", 90, 0, NULL);
	struct sheets sheets = {.journal = journal, .course = sample_course(), .roster = roster};
	struct table_read *table = read_sheet(sheet_moodle, &sheets);
	static const char *const headings[] = {"Email address", "ID number", "First name", "Last name",
	                                       "A ring of pipes (Real)"};
	for (size_t i = 0; i < 5; i++)
		cr_expect(eq(str, table->cell[0][i], (char *)headings[i]));
	cr_expect(table->cell[0][5] == NULL); /* nobody handed in the other one: its scores stay as they are there */
	cr_assert(eq(sz, table->rows, 3));
	expect_cell(1, "Email address", "ada@example.edu");
	expect_cell(1, "A ring of pipes (Real)", "90");
	expect_cell(2, "A ring of pipes (Real)", "77"); /* who handed in nothing keeps what Moodle has */
	forget(table);
	journal_close(journal);
	roster_free(roster);
}

Test(sheet, for_moodle_knows_its_own_headings)
{
	struct roster *roster = read_text(
	    "First name,Surname,ID number,Email address,Assignment: A ring of pipes (Real)\n"
	    "Ada,Lovelace,s1,ada@example.edu,5\nAlan,Turing,s2,alan@example.edu,77\nZoe,Smith,s3,z@example.edu,-\n");
	struct journal *journal = begin_run();
	score(journal, "ada", 0, "pipe_ring", 90, 0, NULL);
	struct sheets sheets = {.journal = journal, .course = sample_course(), .roster = roster};
	struct table_read *table = read_sheet(sheet_moodle, &sheets);
	cr_assert(eq(sz, table->rows, 4));
	expect_cell(1, "Surname", "Lovelace");
	expect_cell(1, "Assignment: A ring of pipes (Real)", "90");
	expect_cell(2, "Assignment: A ring of pipes (Real)", "77");
	expect_cell(3, "Assignment: A ring of pipes (Real)", "");
	forget(table);
	journal_close(journal);
	roster_free(roster);
}

/* Ten points there, a hundred here. */
Test(sheet, for_canvas_counts_as_canvas_does)
{
	struct roster *roster = read_text("Student,ID,Section,A ring of pipes (4711)\n    Points Possible,,,10\n"
	                                  "\"Lovelace, Ada\",1,A,\n\"Turing, Alan\",2,A,8.5\n\"Student, Test\",3,A,\n");
	struct journal *journal = begin_run();
	score(journal, "ada", 0, "pipe_ring", 83, 0, NULL);
	struct sheets sheets = {.journal = journal, .course = sample_course(), .roster = roster};
	struct table_read *table = read_sheet(sheet_canvas, &sheets);
	cr_assert(eq(sz, table->rows, 4), "Canvas's test student is nobody");
	expect_cell(1, "A ring of pipes (4711)", "10");
	expect_cell(2, "A ring of pipes (4711)", "8.3");
	expect_cell(3, "A ring of pipes (4711)", "8.5");
	forget(table);
	journal_close(journal);
	roster_free(roster);
}

Test(sheet, for_moodle_is_a_worksheet_that_is_filled_in)
{
	struct roster *roster =
	    read_text("Identifier,Full name,Email address,Status,Grade,Maximum grade,Last modified (submission)\n"
	              "Participant 11,Ada Lovelace,ada@example.edu,Submitted,,20,\"Thursday, 1 October 2026, 9:59 PM\"\n"
	              "Participant 12,Alan Turing,alan@example.edu,Submitted,17,20,-\n");
	struct journal *journal = begin_run();
	score(journal, "ada", 0, "pipe_ring", 90, 0, NULL);
	struct sheets sheets = {.journal = journal, .course = sample_course(), .roster = roster};
	cr_expect(roster_is_worksheet(roster));
	cr_expect(eq(str, (char *)roster_worksheet_time(roster), (char *)"Last modified (submission)"));
	struct table_read *table = read_sheet(sheet_moodle, &sheets);
	expect_cell(1, "Identifier", "Participant 11");
	expect_cell(1, "Grade", "18");
	expect_cell(1, "Last modified (submission)", "Thursday, 1 October 2026, 9:59 PM");
	expect_cell(2, "Grade", "17"); /* who handed in nothing keeps what Moodle has */
	forget(table);
	score(journal, "alan", 1, "race_fix", 50, 0, NULL);
	expect_no_sheet(sheet_moodle, &sheets,
	                "a grading worksheet is of one assignment: A=NAME grades one, and moodle.csv is written");
	journal_close(journal);
	roster_free(roster);
}

Test(sheet, gradebook_may_begin_with_a_mark_for_spreadsheets)
{
	struct journal *journal = begin_run();
	struct sheets sheets = {.journal = journal, .course = sample_course(), .bom = true};
	struct error error;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	cr_assert(sheet_gradebook(out, &sheets, &error) == 0);
	fclose(out);
	cr_expect(strncmp(text, "\xef\xbb\xbfsubmission,", 14) == 0, "%s", text);
	free(text);
	journal_close(journal);
}

Test(roster, calls_people_by_their_names_and_has_each_line_once)
{
	struct roster *roster = read_text("login,First name,Last name,Groups\nada1,Ada,Lovelace,Red; Tutorial 2\n"
	                                  "alan,Alan,Turing,Blue\nalan,Alan,Turing,Blue\ngrace,Grace,Hopper,red\n");
	size_t *rows;
	cr_assert(eq(sz, roster->row_count, 3));
	cr_expect(eq(str, (char *)roster_name(roster, 0), (char *)"ada1"));
	cr_expect(eq(str, (char *)roster_called(roster, 0), (char *)"Ada Lovelace"));
	cr_assert(eq(sz, roster_group(roster, "Red", &rows), 2));
	cr_expect(eq(sz, rows[0], 0));
	cr_expect(eq(sz, rows[1], 2));
	free(rows);
	cr_expect(eq(sz, roster_group(roster, "Tutorial 2", &rows), 1));
	free(rows);
	cr_expect(eq(sz, roster_group(roster, "Tutorial", &rows), 0));
	free(rows);
	cr_expect(eq(str, (char *)roster_groups(roster, 0), (char *)"Red; Tutorial 2"));
	roster_free(roster);
}

/* A group works together, a section does not. */
Test(roster, tells_groups_from_sections)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	fputs("login,Groups\n", out);
	for (int i = 0; i < 10; i++)
		fprintf(out, "s%d,\"%s%s\"\n", i, "Section 1", i < 2 ? "; Red" : i < 4 ? "|blue" : i == 4 ? ", Green" : "");
	fputs("none,\n", out);
	fclose(out);
	struct roster *roster = read_text(text);
	static const size_t teams[] = {1, 1, 3, 3, 0, 0};
	for (size_t row = 0; row < 6; row++)
		cr_expect(eq(sz, roster_team(roster, row), teams[row]), "row %zu", row);
	cr_expect(eq(sz, roster_team(roster, 10), 0));
	cr_expect(eq(str, (char *)roster_groups(roster, 10), (char *)""));
	roster_free(roster);
	free(text);
}

Test(sheet, total_counts_each_assignment_as_often_as_its_weight_says)
{
	struct journal *journal = begin_run();
	grade_class(journal);
	const struct course *course = sample_course();
	course->assignment[0]->weight = 0;
	course->assignment[1]->weight = 3;
	struct sheets sheets = {.journal = journal, .course = course};
	struct table_read *table = read_sheet(sheet_gradebook, &sheets);
	expect_cell(1, "submission", "'@alan");
	expect_cell(1, "total", "0");
	expect_cell(2, "submission", "ada");
	expect_cell(2, "total", "300");
	forget(table);
	journal_close(journal);
}

Test(sheet, total_of_who_could_not_be_judged_is_none)
{
	struct journal *journal = begin_run();
	score(journal, "ada", ROSTER_NONE, "pipe_ring", -1, 0, NULL);
	struct sheets sheets = {.journal = journal, .course = sample_course()};
	struct table_read *table = read_sheet(sheet_gradebook, &sheets);
	expect_cell(1, "submission", "ada");
	expect_cell(1, "pipe_ring", "");
	expect_cell(1, "total", "");
	forget(table);
	journal_close(journal);
}

Test(sheet, for_a_platform_needs_the_platforms_roster)
{
	struct journal *journal = begin_run();
	struct sheets sheets = {.journal = journal, .course = sample_course()};
	expect_no_sheet(sheet_canvas, &sheets, "a Canvas import file needs the roster that Canvas exports");
	expect_no_sheet(sheet_moodle, &sheets, "a Moodle import file needs the roster that Moodle exports");
	struct roster *roster = read_text("Student,SIS Login ID\nAda,ada\n");
	sheets.roster = roster;
	expect_no_sheet(sheet_canvas, &sheets, "the roster has no column \"ID\": take the one that Canvas exports");
	expect_no_sheet(sheet_moodle, &sheets,
	                "the roster has no column \"Email address\", \"ID number\" or \"Username\": take "
	                "the one that Moodle exports");
	roster_free(roster);
	sheets.roster = roster = read_text("Student,ID\nAda,1\n");
	expect_no_sheet(sheet_canvas, &sheets, "the roster has no column \"Section\": take the one that Canvas exports");
	roster_free(roster);
	sheets.roster = roster = read_text("ID,Student,Section\n1,Ada,2\n");
	expect_no_sheet(sheet_canvas, &sheets,
	                "the first column of the roster is not \"Student\": take the one that Canvas exports");
	roster_free(roster);
	journal_close(journal);
}

/* ---- the page ----------------------------------------------------------------------------------- */

static htmlDocPtr parse_page(const char *text, size_t size)
{
	htmlParserCtxtPtr context = htmlNewParserCtxt();
	htmlDocPtr page =
	    htmlCtxtReadMemory(context, text, (int)size, NULL, "UTF-8", HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING);
	const xmlError *error = xmlCtxtGetLastError(context);
	cr_expect(eq(int, error ? error->code : XML_HTML_UNKNOWN_TAG, XML_HTML_UNKNOWN_TAG), "%s",
	          error ? error->message : ""); /* it knows no HTML 5 */
	cr_assert(page != NULL);
	htmlFreeParserCtxt(context);
	return page;
}

static double count(htmlDocPtr page, const char *path)
{
	xmlXPathContextPtr context = xmlXPathNewContext(page);
	char *expression = format("count(%s)", path);
	xmlXPathObjectPtr result = xmlXPathEval((const xmlChar *)expression, context);
	cr_assert(result != NULL, "%s", path);
	double value = result->floatval;
	xmlXPathFreeObject(result);
	xmlXPathFreeContext(context);
	free(expression);
	return value;
}

#define expect_count(path, value) cr_expect(eq(dbl, count(page, path), value), "%s", path)

static void expect_text(htmlDocPtr page, const char *path, const char *text)
{
	xmlXPathContextPtr context = xmlXPathNewContext(page);
	char *expression = format("string(%s)", path);
	xmlXPathObjectPtr result = xmlXPathEval((const xmlChar *)expression, context);
	cr_assert(result != NULL, "%s", path);
	cr_expect(eq(str, (char *)result->stringval, (char *)text), "%s", path);
	xmlXPathFreeObject(result);
	xmlXPathFreeContext(context);
	free(expression);
}

static const char *const nasty[] = {
    "<img src=x onerror=alert(1)>",
    "\"><script>alert(1)</script>",
    "</td></tr></table><h1>pwned",
    "' onmouseover='alert(1)",
    "<!--",
    "</script><script>alert(2)//",
    "&lt;b&gt;&#60;b&#62;javascript:0",
    "\xe2\x80\xae"
    "evil\x1b[31m",
};
enum { NASTY = sizeof nasty / sizeof *nasty };

/* A page with these in all places where a student's strings come in. */
static htmlDocPtr nasty_page(void)
{
	struct error error = {0};
	struct journal *journal = begin_run();
	for (size_t i = 0; i < NASTY; i++) {
		struct entry entry = entry_of(nasty[i], "k");
		struct grade *grade = grade_for(nasty[i]);
		finding_set(&grade->findings.item[0].kind, "%s", nasty[i]);
		finding_set(&grade->test[0].name, "%s", nasty[i]);
		grade->test[0].status = TEST_CRASH;
		entry.note = nasty[i];
		cr_assert(journal_add(journal, &entry, grade, &error) == 0, "%s", error.text);
		grade_free(grade);
	}
	score(journal, nasty[0], ROSTER_NONE, "race_fix", 50, 0, NULL);
	char *sentences[NASTY];
	for (size_t i = 0; i < NASTY; i++)
		sentences[i] = (char *)nasty[i];
	struct string_list unmapped = {sentences, NASTY};
	struct sheets sheets = {.journal = journal, .course = sample_course(), .unmapped = &unmapped};
	size_t size;
	char *text = write_sheet(sheet_page, &sheets, &size);
	htmlDocPtr page = parse_page(text, size);
	free(text);
	journal_close(journal);
	return page;
}

Test(sheet, page_makes_no_element_of_what_students_write)
{
	htmlDocPtr page = nasty_page();
	expect_count("//tbody/tr", NASTY);
	expect_count("//script", 1);
	expect_count("//script[contains(., 'alert')]", 0);
	expect_count("//img|//b|//comment()|//iframe|//link|//object|//form", 0);
	expect_count("//@*[starts-with(name(), 'on')]", 0);
	expect_count("//h1", 1);
	expect_count("//@src", 0);
	expect_count("//a[not(starts-with(@href, '%') or contains(@href, '/pipe_ring.html'))]", 0);
	expect_count("//a[contains(@href, ':')]", 0);
	for (size_t i = 0; i + 1 < NASTY; i++) { /* the last one has what is shown as \x1B */
		char *quote = strchr(nasty[i], '\'') ? "\"" : "'";
		char *path = format("//tbody/tr[normalize-space(td[1])=normalize-space(%s%s%s)]", quote, nasty[i], quote);
		expect_count(path, 1);
		free(path);
	}
	expect_count("//tbody/tr[contains(td[1], '\\u{202E}evil\\x1B[31m')]", 1);
	expect_text(page, "//h1", "Threads & <processes>");
	expect_text(page, "//div[@class='columns']/div[2]/strong", "Races <b>mended</b>, \"all\"");
	xmlFreeDoc(page);
	xmlCleanupParser();
}

Test(sheet, page_links_each_score_to_its_report)
{
	struct roster *roster = read_text(canvas_roster);
	struct journal *journal = begin_run();
	grade_class(journal);
	score(journal, "Zo\xc3\xab / 50% #?", ROSTER_NONE, "pipe_ring", 95, 0, NULL);
	struct sheets sheets = {.journal = journal, .course = sample_course(), .roster = roster};
	size_t size;
	char *text = write_sheet(sheet_page, &sheets, &size);
	htmlDocPtr page = parse_page(text, size);
	free(text);
	expect_count("//tbody/tr", 6);
	expect_count("//tbody//a", 7);
	expect_count("//tbody/tr/td[position() > 1 and position() < 4][number(.) = number(.)][not(a)]", 0);
	expect_text(page, "//a[@href='ada/pipe_ring.html']", "70");
	expect_text(page, "//a[@href='ada/pipe_ring.html']/../small", "90 \xe2\x88\x92 20 for 2 days");
	expect_text(page, "//a[@href='ada/race_fix.html']", "100");
	expect_text(page, "//a[@href='ada/race_fix.html']/../small", "");
	expect_text(page, "//a[@href='%40alan/race_fix.html']", "not judged");
	expect_text(page, "//a[@href='grace/race_fix.html']", "0");
	expect_text(page, "//a[@href='Zo%C3%AB%20%2F%2050%25%20%23%3F/pipe_ring.html']", "95");
	expect_text(page, "//tbody/tr[3]/td[1]", "M\xc3\xbcller, Zo\xc3\xab");
	expect_text(page, "//tbody/tr[3]/td[4]", "\xe2\x80\x93");
	expect_text(page, "//tbody/tr[1]/td[4]", "170");
	expect_count("//tbody/tr[contains(td[1]/small, 'not in the roster')]", 2);
	xmlFreeDoc(page);
	xmlCleanupParser();
	journal_close(journal);
	roster_free(roster);
}

/* The student's source `sha256`, of so many points; the tests from..to of the sample fail. */
static void attempt(struct journal *journal, const char *student, const char *sha256, const char *key, int points,
                    size_t from, size_t to)
{
	struct error error = {0};
	struct entry entry = entry_of(student, key);
	struct grade *grade = grade_for(student);
	grade->source = zeroed(1, sizeof *grade->source);
	grade->source_count = 1;
	snprintf(grade->source[0].sha256, sizeof grade->source[0].sha256, "%s", sha256);
	grade->score = points;
	for (size_t i = 0; i < grade->test_count; i++)
		grade->test[i].status = i >= from && i < to ? TEST_FAIL : TEST_PASS;
	cr_assert(journal_add(journal, &entry, grade, &error) == 0, "%s", error.text);
	grade_free(grade);
}

/* ada mends hers, and what is judged again by another kit is no attempt; ben and chloe make the same first mistake. */
static struct journal *attempts(void)
{
	struct error error = {0};
	struct journal *journal = begin_run();
	attempt(journal, "ada", "a1", "k1", 20, 0, 2);
	attempt(journal, "ben", "b1", "k2", 40, 1, 3);
	attempt(journal, "chloe", "c1", "k3", 60, 1, 2);
	cr_assert(journal_end(journal, &error) == 0);
	cr_assert(journal_begin(journal, "kit-2", "good", "/class", &error) == 0);
	attempt(journal, "ada", "a2", "k4", 100, 0, 0);
	attempt(journal, "ben", "b1", "k5", 50, 1, 3);
	attempt(journal, "chloe", "c2", "k6", 70, 1, 2);
	return journal;
}

Test(sheet, statistics_are_of_what_counts_and_of_all_attempts)
{
	struct journal *journal = attempts();
	struct sheets sheets = {.journal = journal, .course = sample_course()};
	struct table_read *table = read_sheet(sheet_tests, &sheets);
	cr_expect(eq(sz, table->rows, 1 + sample_assignment()->test_count));
	expect_cell(1, "failed", "0");
	expect_cell(2, "assignment", "pipe_ring");
	expect_cell(2, "students", "3");
	expect_cell(2, "failed", "2");
	expect_cell(2, "first_to_fail", "2");
	expect_cell(3, "failed", "1");
	expect_cell(3, "first_to_fail", "0");
	forget(table);
	table = read_sheet(sheet_attempts, &sheets);
	cr_assert(eq(sz, table->rows, 3));
	expect_cell(1, "students", "3");
	expect_cell(1, "mean_percent", "43.3"); /* 20, 60, and 50 since the kit changed */
	expect_cell(2, "attempt", "2");
	expect_cell(2, "students", "2");
	expect_cell(2, "mean_percent", "85.0");
	expect_cell(2, "full_marks", "1");
	forget(table);
	table = read_sheet(sheet_findings, &sheets);
	expect_cell(1, "finding", "data_race");
	expect_cell(1, "students", "3");
	expect_cell(1, "points", "120");
	forget(table);
	table = read_sheet(sheet_days, &sheets);
	expect_cell(1, "gradings", "6");
	expect_cell(1, "students", "3");
	forget(table);
	journal_close(journal);
}

Test(sheet, page_says_what_to_talk_about_and_how_it_gets_better)
{
	struct journal *journal = attempts();
	struct sheets sheets = {.journal = journal, .course = sample_course()};
	size_t size;
	char *text = write_sheet(sheet_page, &sheets, &size);
	htmlDocPtr page = parse_page(text, size);
	free(text);
	expect_count("//h2[. = 'To talk about']/following-sibling::div[1]//li", 1);
	expect_text(page, "//h2[. = 'To talk about']/following-sibling::div[1]//li/b", "2 of 3");
	expect_count("//h2[. = 'From attempt to attempt']/following-sibling::div[1]/div[@class='line']", 2);
	xmlFreeDoc(page);
	xmlCleanupParser();
	journal_close(journal);
}

Test(sheet, page_tells_of_adjustments)
{
	struct roster *roster = read_text(canvas_roster);
	struct journal *journal = begin_run();
	adjust_class(journal);
	struct sheets sheets = {.journal = journal, .course = sample_course(), .roster = roster};
	size_t size;
	char *text = write_sheet(sheet_page, &sheets, &size);
	htmlDocPtr page = parse_page(text, size);
	free(text);
	expect_text(page, "//a[@href='ada/pipe_ring.html']", "55");
	expect_text(page, "//a[@href='ada/pipe_ring.html']/../small[2]", "+5 by the instructor");
	expect_text(page, "//a[@href='%40alan/pipe_ring.html']", "70");
	expect_text(page, "//tbody/tr[3]/td[2]/span", "40");
	expect_text(page, "//tbody/tr[4]/td[2]", "\xe2\x80\x93");
	expect_text(page, "//h2[. = 'By the instructor']/following-sibling::div/p[1]",
	            "Lovelace, Ada, pipe_ring: +5 by the instructor: =1+1 <b>bold</b>");
	expect_count("//h2[. = 'By the instructor']/following-sibling::div[1]/p", 4);
	expect_count("//b", 0);
	xmlFreeDoc(page);
	xmlCleanupParser();
	journal_close(journal);
	roster_free(roster);
}

/* ada: pipe_ring two days late, one of them free, in an earlier run; race_fix a day late in the last one. */
static void late_class(struct journal *journal)
{
	struct error error = {0};
	struct terms terms = {.late = POLICY, .free_days = 1};
	struct entry entry = entry_of("ada", "k");
	struct grade *grade = grade_for("ada");
	entry.roster_row = 0;
	entry.terms = &terms;
	entry.handed_in = due + 2 * DAY;
	cr_assert(journal_add(journal, &entry, grade, &error) == 0, "%s", error.text);
	cr_assert(journal_begin(journal, "kit-1", "good", "/class", &error) == 0, "%s", error.text);
	entry.assignment = "race_fix";
	entry.handed_in = due + DAY;
	cr_assert(journal_add(journal, &entry, grade, &error) == 0, "%s", error.text);
	grade_free(grade);
}

static const struct course *late_course(void)
{
	static struct course course;
	course = *sample_course();
	course.assignment[0]->late = (struct late_policy)POLICY;
	course.assignment[1]->late = (struct late_policy)POLICY;
	course.late_budget = (struct late_budget){.days = 5, .per_assignment = 2};
	return &course;
}

Test(sheet, of_late_days_is_of_the_whole_course)
{
	struct roster *roster = read_text(canvas_roster);
	struct journal *journal = begin_run();
	late_class(journal);
	struct sheets sheets = {.journal = journal, .course = late_course(), .roster = roster};
	struct table_read *table = read_sheet(sheet_late_days, &sheets);
	static const char *const columns[] = {"student",
	                                      "submission",
	                                      "pipe_ring_days_late",
	                                      "pipe_ring_free_days",
	                                      "race_fix_days_late",
	                                      "race_fix_free_days",
	                                      "free_days_used",
	                                      "free_days_left"};
	static const char *const cells[][8] = {{"Lovelace, Ada", "ada", "2", "1", "1", "1", "2", "3"},
	                                       {"'=cmd|' /C calc'!A0", "'@alan", "0", "0", "0", "0", "0", "5"}};
	cr_assert(eq(sz, table->rows, 5));
	for (int row = 0; row < 2; row++)
		for (size_t i = 0; i < 8; i++)
			expect_cell(row + 1, columns[i], cells[row][i]);
	forget(table);
	size_t size;
	char *text = write_sheet(sheet_page, &sheets, &size);
	htmlDocPtr page = parse_page(text, size);
	expect_text(page, "//h2[. = 'Late days']/following-sibling::div[1]//tbody",
	            "\nLovelace, Adapipe_ring 1 of 2, race_fix 1 of 123\n");
	expect_text(page, "//a[@href='ada/race_fix.html']/../small", "60 \xe2\x88\x92 0 for 1 day, 1 free");
	free(text);
	xmlFreeDoc(page);
	xmlCleanupParser();
	struct journal_time *times;
	struct error error = {0};
	ssize_t count = journal_times(journal, &times, &error);
	cr_assert(eq(int, (int)count, 2));
	cr_expect(eq(str, times[0].assignment, (char *)"pipe_ring"));
	cr_expect(eq(i64, times[0].handed_in, due + 2 * DAY));
	for (ssize_t i = 0; i < count; i++) {
		free(times[i].student);
		free(times[i].assignment);
		cr_expect(eq(str, times[i].folder, (char *)"ada"));
		free(times[i].folder);
	}
	free(times);
	journal_close(journal);
	roster_free(roster);
}

Test(sheet, page_links_to_the_similar_submissions_only_if_there_is_such_a_page)
{
	struct journal *journal = begin_run();
	grade_class(journal);
	struct sheets sheets = {.journal = journal, .course = sample_course()};
	size_t size;
	char *without = write_sheet(sheet_page, &sheets, &size);
	cr_expect(strstr(without, "similarity.html") == NULL);
	sheets.similarity = "similarity: 3 pairs <of> 60 %: similarity.html";
	char *with = write_sheet(sheet_page, &sheets, &size);
	htmlDocPtr page = parse_page(with, size);
	expect_text(page, "//a[@href='similarity.html']", sheets.similarity);
	xmlFreeDoc(page);
	xmlCleanupParser();
	free(with);
	free(without);
	journal_close(journal);
}

Test(sheet, page_ranks_findings_and_tests_by_students)
{
	struct journal *journal = begin_run();
	score(journal, "ada", ROSTER_NONE, "pipe_ring", 10, 0, NULL);
	score(journal, "alan", ROSTER_NONE, "pipe_ring", 20, 0, NULL);
	score(journal, "grace", ROSTER_NONE, "pipe_ring", 60, 0, NULL);
	score(journal, "grace", ROSTER_NONE, "race_fix", 30, 0, NULL);
	struct sheets sheets = {.journal = journal, .course = sample_course()};
	size_t size;
	char *text = write_sheet(sheet_page, &sheets, &size);
	htmlDocPtr page = parse_page(text, size);
	free(text);
	expect_text(page, "(//div[@class='line'])[1]", "data_race pipe_ring3");
	expect_text(page, "(//div[@class='line'])[2]", "data_race race_fix1");
	expect_text(page, "(//div[@class='line'])[3]", "token_returns pipe_ring2");
	expect_text(page, "(//div[@class='line'])[4]", "token_returns race_fix1");
	expect_count("//div[@class='line']", 4); /* a leak that costs nothing is not ranked */
	xmlFreeDoc(page);
	xmlCleanupParser();
	journal_close(journal);
}

Test(sheet, page_of_a_class_of_nobody_is_a_page)
{
	struct journal *journal = begin_run();
	struct sheets sheets = {.journal = journal, .course = sample_course()};
	size_t size;
	char *text = write_sheet(sheet_page, &sheets, &size);
	htmlDocPtr page = parse_page(text, size);
	expect_count("//tbody/tr", 0);
	expect_count("//p[. = 'None.']", 2);
	cr_expect(strstr(text, "://") == NULL, "the page needs no network");
	free(text);
	xmlFreeDoc(page);
	xmlCleanupParser();
	journal_close(journal);
}
