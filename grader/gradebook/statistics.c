/* statistics.c - what helps teaching: which tests and findings cost how many, what goes wrong first, how scores rise
 * from attempt to attempt and from day to day. No names. */
#include "../memory.h"
#include "../report/report.h"
#include "journal.h"
#include "sheet.h"

#include <stdlib.h>
#include <string.h>

enum { TALK = 3, LEAST = 2 /* students: what one of them did is nobody else's business */ };

/* ---- questions ------------------------------------------------------------------------------ */

/* Tests of what counts in run ?1: a test that was not run has not failed. */
#define TESTS                                                                                                          \
	"test(student, assignment, place, name, status) AS (SELECT student, current.assignment, json_each.key,"            \
	" json_extract(value, '$.name'), json_extract(value, '$.status') FROM current JOIN grades ON grades.id = grade,"   \
	" json_each(result, '$.tests') WHERE current.run = ?1 AND judged),"                                                \
	" fault AS (SELECT * FROM test WHERE status NOT IN ('pass', 'not_run')),"                                          \
	" start(student, assignment, place) AS (SELECT student, assignment, MIN(place) FROM fault GROUP BY 1, 2)"

/* Each source that a student has handed in, in the order in which they were judged first, with the score that it has
 * now: a kit that changed makes no new attempt. */
#define ATTEMPTS                                                                                                       \
	"span(student, assignment, first, latest) AS (SELECT student, assignment, MIN(grades.id), MAX(grades.id) FROM"     \
	" grades JOIN submissions ON submissions.id = submission WHERE judged AND max_score > 0 AND sha256 NOT NULL"       \
	" GROUP BY student, assignment, sha256),"                                                                          \
	" attempt AS (SELECT student, assignment, ROW_NUMBER() OVER (PARTITION BY student, assignment ORDER BY first) AS"  \
	" number, 100.0 * score / max_score AS percent, score = max_score AS whole FROM span JOIN grades ON id = latest)"

struct question {
	const char *heads, *sql;
	bool of_run; /* ?1 is the run */
};

static const struct question of_tests = {
    "assignment,test,students,failed,not_run,first_to_fail",
    "WITH " TESTS " SELECT test.assignment, name, COUNT(*), SUM(status NOT IN ('pass', 'not_run')),"
    " SUM(status = 'not_run'), SUM(test.place IS start.place) FROM test LEFT JOIN start ON start.student = test.student"
    " AND start.assignment = test.assignment GROUP BY 1, 2 ORDER BY 1, MIN(test.place)",
    true};

static const struct question of_findings = {
    "assignment,finding,found_by,students,points",
    "SELECT assignment, kind, found_by, COUNT(DISTINCT student), SUM(points_lost) FROM current JOIN findings"
    " USING (grade) WHERE run = ?1 AND points_lost > 0 GROUP BY 1, 2, 3 ORDER BY 1, 4 DESC, 2, 3",
    true};

static const struct question of_attempts = {"assignment,attempt,students,mean_percent,full_marks",
                                            "WITH " ATTEMPTS
                                            " SELECT assignment, number, COUNT(*), ROUND(AVG(percent), 1), SUM(whole)"
                                            " FROM attempt GROUP BY 1, 2 ORDER BY 1, 2",
                                            false};

static const struct question of_days = {
    "day,assignment,gradings,students,mean_percent",
    "SELECT substr(graded, 1, 10), assignment, COUNT(*), COUNT(DISTINCT student), ROUND(AVG(100.0 * score / max_score),"
    " 1) FROM grades JOIN submissions ON submissions.id = submission WHERE judged AND max_score > 0 GROUP BY 1, 2"
    " ORDER BY 1, 2",
    false};

static sqlite3_stmt *ask(const struct sheets *sheets, const struct question *question, struct error *error)
{
	return question->of_run ? journal_query(sheets->journal, error, question->sql, "l", sheets->journal->run)
	                        : journal_query(sheets->journal, error, question->sql, "");
}

/* ---- files ---------------------------------------------------------------------------------- */

static void put_row(FILE *out, sqlite3_stmt *row)
{
	for (int i = 0; i < sqlite3_column_count(row); i++) {
		fputs(i ? "," : "", out);
		const char *text = (const char *)sqlite3_column_text(row, i);
		if (sqlite3_column_type(row, i) == SQLITE_TEXT)
			escape_csv(out, text);
		else
			fputs(text ? text : "", out);
	}
	fputs("\r\n", out);
}

static int put_answer(FILE *out, const struct sheets *sheets, const struct question *question, struct error *error)
{
	sqlite3_stmt *statement = ask(sheets, question, error);
	int result = SQLITE_ERROR;
	if (!statement)
		return -1;
	fprintf(out, "%s%s\r\n", sheets->bom ? "\xef\xbb\xbf" : "", question->heads);
	while ((result = sqlite3_step(statement)) == SQLITE_ROW)
		put_row(out, statement);
	sqlite3_finalize(statement);
	return result == SQLITE_DONE ? 0 : journal_fail(sheets->journal, error);
}

int sheet_tests(FILE *out, const struct sheets *sheets, struct error *error)
{
	return put_answer(out, sheets, &of_tests, error);
}

int sheet_findings(FILE *out, const struct sheets *sheets, struct error *error)
{
	return put_answer(out, sheets, &of_findings, error);
}

int sheet_attempts(FILE *out, const struct sheets *sheets, struct error *error)
{
	return put_answer(out, sheets, &of_attempts, error);
}

int sheet_days(FILE *out, const struct sheets *sheets, struct error *error)
{
	return put_answer(out, sheets, &of_days, error);
}

/* ---- on the page ---------------------------------------------------------------------------- */

static const struct assignment *assignment_called(const struct course *course, const char *name)
{
	for (size_t i = 0; i < course->assignment_count; i++)
		if (strcmp(course->assignment[i]->name, name) == 0)
			return course->assignment[i];
	return NULL;
}

/* A row: assignment, test, how many it was the first to fail for, how many were judged. */
static void put_first_mistake(FILE *out, const struct sheets *sheets, sqlite3_stmt *row)
{
	const char *name = (const char *)sqlite3_column_text(row, 0), *test = (const char *)sqlite3_column_text(row, 1);
	const struct assignment *assignment = assignment_called(sheets->course, name);
	const struct test_spec *spec = assignment ? assignment_test(assignment, test) : NULL;
	fprintf(out, "<li><b>%d of %d</b> in ", sqlite3_column_int(row, 2), sqlite3_column_int(row, 3));
	escape_html(out, name);
	fputs(": the first test to fail is &ldquo;", out);
	escape_html(out, spec ? spec->title : test);
	fputs("&rdquo; <small>", out);
	escape_html(out, test);
	fputs("</small></li>\n", out);
}

int put_talk(FILE *out, const struct sheets *sheets, struct error *error)
{
	static const char sql[] =
	    "WITH " TESTS ", judged(assignment, students) AS (SELECT assignment, COUNT(DISTINCT student) FROM test GROUP BY"
	    " 1) SELECT start.assignment, test.name, COUNT(*) AS n, students FROM start JOIN test ON test.student ="
	    " start.student AND test.assignment = start.assignment AND test.place = start.place JOIN judged ON"
	    " judged.assignment = start.assignment GROUP BY 1, 2 HAVING n >= ?2 ORDER BY n DESC, 1, 2 LIMIT ?3";
	sqlite3_stmt *statement = journal_query(sheets->journal, error, sql, "lii", sheets->journal->run, LEAST, TALK);
	int result = SQLITE_ERROR, rows = 0;
	if (!statement)
		return -1;
	for (; (result = sqlite3_step(statement)) == SQLITE_ROW; rows++) {
		fputs(rows ? "" : "<h2>To talk about</h2><div class=\"card\"><ul>\n", out);
		put_first_mistake(out, sheets, statement);
	}
	fputs(rows ? "</ul></div>\n" : "", out);
	sqlite3_finalize(statement);
	return result == SQLITE_DONE ? 0 : journal_fail(sheets->journal, error);
}

/* A row: assignment, attempt, students, mean. */
static void put_attempt(FILE *out, sqlite3_stmt *row)
{
	double mean = sqlite3_column_double(row, 3);
	int students = sqlite3_column_int(row, 2);
	fputs("<div class=\"line\"><span>", out);
	escape_html(out, (const char *)sqlite3_column_text(row, 0));
	fprintf(
	    out,
	    " <small>attempt %d of %d student%s</small></span><div class=\"bar\"><span style=\"width:%.0f%%\"></span></div>"
	    "<span class=\"points\">%.1f&nbsp;%%</span></div>\n",
	    sqlite3_column_int(row, 1), students, students == 1 ? "" : "s", mean, mean);
}

int put_progress(FILE *out, const struct sheets *sheets, struct error *error)
{
	static const char sql[] =
	    "WITH " ATTEMPTS ", again(assignment) AS (SELECT assignment FROM attempt WHERE number = 2 GROUP BY 1 HAVING"
	    " COUNT(*) >= ?1) SELECT assignment, number, COUNT(*) AS n, AVG(percent) FROM attempt WHERE assignment IN again"
	    " GROUP BY 1, 2 HAVING n >= ?1 ORDER BY 1, 2";
	sqlite3_stmt *statement = journal_query(sheets->journal, error, sql, "i", LEAST);
	int result = SQLITE_ERROR, rows = 0;
	if (!statement)
		return -1;
	for (; (result = sqlite3_step(statement)) == SQLITE_ROW; rows++) {
		fputs(rows ? "" : "<h2>From attempt to attempt</h2><div class=\"card\">\n", out);
		put_attempt(out, statement);
	}
	fputs(rows ? "</div>\n" : "", out);
	sqlite3_finalize(statement);
	return result == SQLITE_DONE ? 0 : journal_fail(sheets->journal, error);
}
