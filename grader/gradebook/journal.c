/* journal.c - the database of all gradings of a class. Its tables are told in docs/gradebook.md. */
#include "journal.h"

#include "../file.h"
#include "../memory.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { VERSION = 1, BUSY_MS = 10000 };

static const char schema[] =
    "CREATE TABLE runs(id INTEGER PRIMARY KEY, started TEXT NOT NULL, ended TEXT, kit TEXT NOT NULL, protection TEXT);"
    "CREATE TABLE students(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, roster_row INTEGER);"
    "CREATE TABLE submissions(id INTEGER PRIMARY KEY, student INTEGER NOT NULL REFERENCES students,"
    " assignment TEXT NOT NULL, folder TEXT NOT NULL, sha256 TEXT, handed_in INTEGER, key TEXT NOT NULL,"
    " UNIQUE(student, assignment, key));"
    "CREATE TABLE grades(id INTEGER PRIMARY KEY, submission INTEGER NOT NULL REFERENCES submissions,"
    " run INTEGER NOT NULL REFERENCES runs, graded TEXT NOT NULL, judged INTEGER NOT NULL, score INTEGER,"
    " max_score INTEGER NOT NULL, duration_ms INTEGER NOT NULL, result TEXT NOT NULL);"
    "CREATE TABLE findings(grade INTEGER NOT NULL REFERENCES grades, number INTEGER NOT NULL, id TEXT, kind TEXT NOT "
    "NULL,"
    " found_by TEXT NOT NULL, test TEXT, rubric TEXT, points_lost INTEGER NOT NULL, seen TEXT, file TEXT, line INTEGER,"
    " PRIMARY KEY(grade, number));"
    /* What counts in a run: one row for each student and assignment. */
    "CREATE TABLE current(run INTEGER NOT NULL REFERENCES runs, student INTEGER NOT NULL REFERENCES students,"
    " assignment TEXT NOT NULL, grade INTEGER NOT NULL REFERENCES grades, handed_in INTEGER, late_days INTEGER NOT "
    "NULL,"
    " deduction INTEGER NOT NULL, final INTEGER, note TEXT, PRIMARY KEY(run, student, assignment));"
    "CREATE INDEX grades_of ON grades(submission);"
    "PRAGMA user_version = 1;";

/* ---- statements ----------------------------------------------------------------------------- */

int journal_fail(struct journal *journal, struct error *error)
{
	return fail(error, "%s: %s", journal->path, sqlite3_errmsg(journal->database));
}

static int run_sql(struct journal *journal, const char *sql, struct error *error)
{
	return sqlite3_exec(journal->database, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : journal_fail(journal, error);
}

/* Binds by format: i int, l int64_t (0: NULL), s text (NULL: NULL). NULL and *error on failure. */
sqlite3_stmt *journal_query(struct journal *journal, struct error *error, const char *sql, const char *types, ...)
{
	sqlite3_stmt *statement = NULL;
	if (sqlite3_prepare_v2(journal->database, sql, -1, &statement, NULL) != SQLITE_OK) {
		journal_fail(journal, error);
		return NULL;
	}
	va_list args;
	va_start(args, types);
	for (int at = 1; *types; types++, at++) {
		if (*types == 'i')
			sqlite3_bind_int(statement, at, va_arg(args, int));
		else if (*types == 'l') {
			int64_t value = va_arg(args, int64_t);
			if (value)
				sqlite3_bind_int64(statement, at, value);
		} else {
			const char *text = va_arg(args, const char *);
			if (text)
				sqlite3_bind_text(statement, at, text, -1, SQLITE_TRANSIENT);
		}
	}
	va_end(args);
	return statement;
}

/* Runs a statement that gives no rows, and ends it. */
static int finish(struct journal *journal, sqlite3_stmt *statement, struct error *error)
{
	int result = statement ? sqlite3_step(statement) : SQLITE_ERROR;
	if (statement && result != SQLITE_DONE)
		journal_fail(journal, error);
	sqlite3_finalize(statement);
	return result == SQLITE_DONE ? 0 : -1;
}

/* The first column of the first row: a number that is not 0. 0 and *error when there is none. Ends the statement. */
static int64_t number_of(struct journal *journal, sqlite3_stmt *statement, struct error *error)
{
	if (!statement)
		return 0;
	int64_t number = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
	if (!number)
		journal_fail(journal, error);
	sqlite3_finalize(statement);
	return number;
}

/* The same where 0 is a value; -1 and *error when it cannot be told. */
static int64_t count_of(struct journal *journal, const char *sql, struct error *error)
{
	sqlite3_stmt *statement = journal_query(journal, error, sql, "");
	if (!statement)
		return -1;
	int64_t count = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : -1;
	if (count < 0)
		journal_fail(journal, error);
	sqlite3_finalize(statement);
	return count;
}

static void now(char text[32])
{
	time_t seconds = time(NULL);
	struct tm utc;
	strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &utc));
}

/* ---- transactions --------------------------------------------------------------------------- */

static int begin(struct journal *journal, struct error *error)
{
	return run_sql(journal, "BEGIN IMMEDIATE", error);
}

/* Commits when all went well, else takes everything back. Returns the result, or -1 when it cannot be committed. */
static int end(struct journal *journal, int result, struct error *error)
{
	if (result == 0 && (result = run_sql(journal, "COMMIT", error)) == 0)
		return 0;
	sqlite3_exec(journal->database, "ROLLBACK", NULL, NULL, NULL);
	return result;
}

/* ---- open and close ------------------------------------------------------------------------- */

/* Several processes that open a new database at once are in each other's way; SQLite does not wait for this lock. */
static int use_wal(struct journal *journal, struct error *error)
{
	static const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
	int result = SQLITE_BUSY;
	for (int tries = 0; result == SQLITE_BUSY && tries < BUSY_MS / 10; tries++) {
		if (tries)
			nanosleep(&pause, NULL);
		result = sqlite3_exec(journal->database, "PRAGMA journal_mode=WAL", NULL, NULL, NULL);
	}
	return result == SQLITE_OK ? 0 : journal_fail(journal, error);
}

/* 1: it has the tables; 0: it is empty; -1 and *error: it is another one's. */
static int has_tables(struct journal *journal, struct error *error)
{
	int64_t version = count_of(journal, "PRAGMA user_version", error);
	int64_t tables = version == 0 ? count_of(journal, "SELECT COUNT(*) FROM sqlite_schema", error) : 0;
	if (version < 0 || tables < 0)
		return -1;
	if (version == VERSION)
		return 1;
	if (version)
		return fail(error, "%s was written by another version of the kit (schema %d, this one has %d): move it away",
		            journal->path, (int)version, VERSION);
	if (tables)
		return fail(error, "%s is a database, but not a gradebook: move it away", journal->path);
	return 0;
}

static int make_tables(struct journal *journal, struct error *error)
{
	/* In one transaction: between its two questions another process may make the tables. */
	if (run_sql(journal, "BEGIN", error) != 0)
		return -1;
	int has = end(journal, has_tables(journal, error), error);
	if (has != 0)
		return has < 0 ? -1 : 0;
	if (begin(journal, error) != 0)
		return -1;
	has = has_tables(journal, error); /* another process may have been faster */
	return end(journal, has < 0 ? -1 : has ? 0 : run_sql(journal, schema, error), error);
}

static int prepare(struct journal *journal, struct error *error)
{
	sqlite3_busy_timeout(journal->database, BUSY_MS);
	if (count_of(journal, "SELECT COUNT(*) FROM sqlite_schema", error) < 0 || /* before anything of it is changed */
	    use_wal(journal, error) != 0 ||
	    run_sql(journal, "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;", error) != 0 ||
	    make_tables(journal, error) != 0)
		return -1;
	journal->run = count_of(journal, "SELECT COALESCE(MAX(id), 0) FROM runs", error);
	return journal->run < 0 ? -1 : 0;
}

/* ---- open and close ------------------------------------------------------------------------- */

static int same_name(sqlite3_vfs *files, const char *name, int size, char *full)
{
	(void)files;
	return snprintf(full, (size_t)size, "%s", name) < size ? SQLITE_OK : SQLITE_CANTOPEN;
}

/* SQLite makes a name absolute, follows its links and then takes 512 bytes of it. By the descriptor of its folder a
 * file has a short name however deep that is, as long as the link is left as it is. */
static int open_database(struct journal *journal, struct error *error)
{
	char *target = realpath(journal->path, NULL); /* its log is beside it, whatever links lead there */
	char *file = target ? target : must(strdup(journal->path)), *folder = must(strdup(file));
	journal->folder = open(dirname(folder), O_PATH | O_DIRECTORY | O_CLOEXEC);
	int result = journal->folder >= 0 ? 0 : fail(error, "%s: %s", journal->path, strerror(errno));
	char *name = format("/proc/self/fd/%d/%s", journal->folder, basename(file));
	if (result == 0) {
		sqlite3_vfs *files = must(malloc(sizeof *files));
		*files = *sqlite3_vfs_find(NULL);
		files->zName = format("of %p", (void *)journal);
		files->xFullPathname = same_name;
		sqlite3_vfs_register(files, 0);
		journal->files = files;
		int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
		if (sqlite3_open_v2(name, &journal->database, flags, files->zName) != SQLITE_OK)
			result = journal_fail(journal, error);
	}
	free(name);
	free(file);
	free(folder);
	return result;
}

struct journal *journal_open(const char *path, struct error *error)
{
	struct journal *journal = zeroed(1, sizeof *journal);
	journal->path = must(strdup(path));
	if (open_database(journal, error) == 0 && prepare(journal, error) == 0)
		return journal;
	journal_close(journal);
	return NULL;
}

void journal_close(struct journal *journal)
{
	if (!journal)
		return;
	sqlite3_close(journal->database);
	if (journal->files) {
		sqlite3_vfs_unregister(journal->files);
		free((char *)journal->files->zName);
		free(journal->files);
	}
	if (journal->folder >= 0)
		close(journal->folder);
	free(journal->path);
	free(journal);
}

/* ---- a run ---------------------------------------------------------------------------------- */

int journal_begin(struct journal *journal, const char *kit_version, const char *protection, struct error *error)
{
	char time_text[32];
	now(time_text);
	if (finish(journal,
	           journal_query(journal, error, "INSERT INTO runs(started, kit, protection) VALUES(?, ?, ?)", "sss",
	                         time_text, kit_version, protection),
	           error) != 0)
		return -1;
	journal->run = sqlite3_last_insert_rowid(journal->database);
	return 0;
}

int journal_end(struct journal *journal, struct error *error)
{
	char time_text[32];
	now(time_text);
	return finish(
	    journal, journal_query(journal, error, "UPDATE runs SET ended = ? WHERE id = ?", "sl", time_text, journal->run),
	    error);
}

static int64_t student_of(struct journal *journal, const struct entry *entry, struct error *error)
{
	sqlite3_stmt *statement = journal_query(journal, error,
	                                        "INSERT INTO students(name, roster_row) VALUES(?, ?) ON CONFLICT(name) DO "
	                                        "UPDATE SET roster_row = excluded.roster_row",
	                                        "si", entry->student, entry->roster_row);
	if (finish(journal, statement, error) != 0)
		return 0;
	return number_of(
	    journal, journal_query(journal, error, "SELECT id FROM students WHERE name = ?", "s", entry->student), error);
}

static int make_current(struct journal *journal, const struct entry *entry, int64_t student, int64_t grade, bool judged,
                        struct error *error)
{
	return finish(journal,
	              journal_query(journal, error,
	                            "INSERT OR REPLACE INTO current(run, student, assignment, grade, handed_in, late_days,"
	                            " deduction, final, note) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, iif(?10, ?8, NULL), ?9)",
	                            "llslliiisi", journal->run, student, entry->assignment, grade, entry->handed_in,
	                            entry->late.days, entry->late.deduction, entry->late.final, entry->note, judged),
	              error);
}

/* The latest judged grade of the submission, and its number. */
static struct grade *find_grade(struct journal *journal, const struct entry *entry, int64_t *id)
{
	struct grade *found = NULL;
	sqlite3_stmt *statement = journal_query(
	    journal, NULL,
	    "SELECT grades.id, grades.result FROM grades JOIN submissions ON submission = submissions.id"
	    " JOIN students ON student = students.id WHERE students.name = ? AND assignment = ? AND key = ? AND judged"
	    " ORDER BY grades.id DESC LIMIT 1",
	    "sss", entry->student, entry->assignment, entry->key);
	if (statement && sqlite3_step(statement) == SQLITE_ROW) {
		*id = sqlite3_column_int64(statement, 0);
		found = grade_from_json((const char *)sqlite3_column_text(statement, 1), NULL);
	}
	sqlite3_finalize(statement);
	return found;
}

/* What is only taken over from an earlier run need not be on the disk at once: the next grade, or journal_end, brings
 * it there. Waiting for the disk each time would take a large class minutes. */
static int take_over(struct journal *journal, const struct entry *entry, const struct grade *grade, int64_t id)
{
	struct entry again = *entry;
	int result = -1;
	again.late = lateness_of(entry->policy, entry->handed_in, grade->score);
	if (run_sql(journal, "PRAGMA synchronous=NORMAL", NULL) == 0 && begin(journal, NULL) == 0) {
		int64_t student = student_of(journal, entry, NULL);
		result = end(journal, student ? make_current(journal, &again, student, id, true, NULL) : -1, NULL);
	}
	return run_sql(journal, "PRAGMA synchronous=FULL", NULL) == 0 ? result : -1;
}

bool journal_has(struct journal *journal, const struct entry *entry, struct grade **grade)
{
	int64_t id = 0;
	struct grade *found = find_grade(journal, entry, &id);
	bool good = found && take_over(journal, entry, found, id) == 0;
	if (good && grade)
		*grade = found;
	else
		grade_free(found);
	return good;
}

bool journal_knows(struct journal *journal, const struct entry *entry, struct grade **grade)
{
	int64_t id;
	*grade = find_grade(journal, entry, &id);
	return *grade != NULL;
}

/* ---- adding --------------------------------------------------------------------------------- */

static int add_findings(struct journal *journal, const struct grade *grade, int64_t id, struct error *error)
{
	for (size_t i = 0; i < grade->findings.count; i++) {
		const struct finding *finding = &grade->findings.item[i];
		const struct place *place = finding->where_count ? finding->where : NULL;
		sqlite3_stmt *statement = journal_query(
		    journal, error, "INSERT INTO findings VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", "lisssssissl", id, (int)i,
		    finding->id, finding->kind, finding->check, finding->test, finding->rubric, finding->points_lost,
		    finding->seen, place ? place->file : NULL, place ? (int64_t)place->line : 0);
		if (finish(journal, statement, error) != 0)
			return -1;
	}
	return 0;
}

static int64_t submission_of(struct journal *journal, const struct entry *entry, const struct grade *grade,
                             int64_t student, struct error *error)
{
	const char *sha256 = grade->source_count ? grade->source[0].sha256 : NULL;
	sqlite3_stmt *statement = journal_query(
	    journal, error,
	    "INSERT INTO submissions(student, assignment, folder, sha256, handed_in, key) VALUES(?, ?, ?, ?, ?, ?)"
	    " ON CONFLICT DO UPDATE SET folder = excluded.folder, handed_in = excluded.handed_in",
	    "lsssls", student, entry->assignment, entry->folder, sha256, entry->handed_in, entry->key);
	if (finish(journal, statement, error) != 0)
		return 0;
	return number_of(journal,
	                 journal_query(journal, error,
	                               "SELECT id FROM submissions WHERE student = ? AND assignment = ? AND key = ?", "lss",
	                               student, entry->assignment, entry->key),
	                 error);
}

static int add_all(struct journal *journal, const struct entry *entry, const struct grade *grade, const char *json,
                   struct error *error)
{
	char time_text[32];
	now(time_text);
	int64_t student = student_of(journal, entry, error);
	int64_t submission = student ? submission_of(journal, entry, grade, student, error) : 0;
	if (!submission)
		return -1;
	sqlite3_stmt *statement =
	    journal_query(journal, error,
	                  "INSERT INTO grades(submission, run, graded, judged, score, max_score, duration_ms, result)"
	                  " VALUES(?1, ?2, ?3, ?4, iif(?4, ?5, NULL), ?6, ?7, ?8)",
	                  "llsiiiis", submission, journal->run, time_text, grade->judged, grade->score, grade->max_score,
	                  grade->duration_ms, json);
	if (finish(journal, statement, error) != 0)
		return -1;
	int64_t id = sqlite3_last_insert_rowid(journal->database);
	if (add_findings(journal, grade, id, error) != 0)
		return -1;
	struct entry current = *entry;
	current.late = lateness_of(entry->policy, entry->handed_in, grade->judged ? grade->score : 0);
	return make_current(journal, &current, student, id, grade->judged, error);
}

int journal_add(struct journal *journal, const struct entry *entry, const struct grade *grade, struct error *error)
{
	char *json = grade_to_json(grade);
	int result = begin(journal, error);
	if (result == 0)
		result = end(journal, add_all(journal, entry, grade, json, error), error);
	free(json);
	return result;
}
