/* outcomes.c - what the last run came to, one student's assignment after the other. */
#include "../memory.h"
#include "journal.h"

#include <stdlib.h>
#include <string.h>

enum {
	STUDENT,
	ASSIGNMENT,
	RESULT,
	HANDED_IN,
	LATE,
	FREE,
	DEDUCTION,
	ADJUSTMENT,
	FINAL,
	TO_READ,
	ADJUSTED,
	FOLDER,
	COMMIT,
	REPOSITORY,
	SHARING
};

static const char query[] =
    "SELECT * FROM (SELECT name, current.assignment AS assignment, result, current.handed_in, late_days, free_days,"
    " deduction, adjustment, final, to_read, adjusted, folder, commit_id, repository,"
    " COUNT(folder) OVER (PARTITION BY current.assignment, folder)"
    " FROM current JOIN students ON students.id = current.student LEFT JOIN grades ON grades.id = grade"
    " WHERE current.run = ?1)"
    " WHERE (?2 IS NULL OR assignment = ?2) AND (?3 IS NULL OR name = ?3) ORDER BY name, assignment";

static const char *text(sqlite3_stmt *row, int column)
{
	return (const char *)sqlite3_column_text(row, column);
}

static int visit_row(struct journal *journal, sqlite3_stmt *row, const struct assignment *assignment,
                     outcome_visitor *visit, void *context, struct error *error)
{
	struct error cause;
	const char *json = text(row, RESULT);
	struct grade *grade = json ? grade_from_json(json, &cause) : NULL;
	const struct outcome outcome = {.student = text(row, STUDENT),
	                                .assignment = assignment,
	                                .grade = grade,
	                                .handed_in = sqlite3_column_int64(row, HANDED_IN),
	                                .late_days = sqlite3_column_int(row, LATE),
	                                .free_days = sqlite3_column_int(row, FREE),
	                                .deduction = sqlite3_column_int(row, DEDUCTION),
	                                .adjustment = sqlite3_column_int(row, ADJUSTMENT),
	                                .final = sqlite3_column_int(row, FINAL),
	                                .to_read = sqlite3_column_int(row, TO_READ),
	                                .counts = sqlite3_column_type(row, FINAL) != SQLITE_NULL,
	                                .adjusted = text(row, ADJUSTED),
	                                .folder = text(row, FOLDER),
	                                .commit = text(row, COMMIT),
	                                .repository = text(row, REPOSITORY),
	                                .sharing = sqlite3_column_int(row, SHARING)};
	int result = json && !grade ? fail(error, "%s: the result of %s in %s cannot be read: %s", journal->path,
	                                   outcome.student, assignment->name, cause.text)
	                            : visit(context, &outcome, error);
	grade_free(grade);
	return result;
}

int journal_outcomes(struct journal *journal, const struct course *course, const struct assignment *assignment,
                     const char *student, outcome_visitor *visit, void *context, struct error *error)
{
	sqlite3_stmt *row =
	    journal_query(journal, error, query, "lss", journal->run, assignment ? assignment->name : NULL, student);
	int result = row ? 0 : -1, step = SQLITE_DONE;
	while (result == 0 && (step = sqlite3_step(row)) == SQLITE_ROW) {
		const struct assignment *own = course_find(course, text(row, ASSIGNMENT));
		if (own)
			result = visit_row(journal, row, own, visit, context, error);
	}
	if (result == 0 && step != SQLITE_DONE)
		result = journal_fail(journal, error);
	sqlite3_finalize(row);
	return result;
}

/* The first column of the last run's row; NULL: there is none. */
static sqlite3_stmt *of_last_run(struct journal *journal, const char *sql)
{
	sqlite3_stmt *row = journal_query(journal, NULL, sql, "l", journal->run);
	if (row && sqlite3_step(row) == SQLITE_ROW)
		return row;
	sqlite3_finalize(row);
	return NULL;
}

char *journal_folder(struct journal *journal)
{
	sqlite3_stmt *row = of_last_run(journal, "SELECT folder FROM runs WHERE id = ?");
	const char *folder = row ? text(row, 0) : NULL;
	char *own = folder ? must(strdup(folder)) : NULL;
	sqlite3_finalize(row);
	return own;
}

int64_t journal_began(struct journal *journal)
{
	sqlite3_stmt *row = of_last_run(journal, "SELECT CAST(strftime('%s', started) AS INTEGER) FROM runs WHERE id = ?");
	int64_t seconds = row ? sqlite3_column_int64(row, 0) : 0;
	sqlite3_finalize(row);
	return seconds;
}
