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

enum { VERSION = 4, BUSY_MS = 10000 };

/* What counts in a run: one row for each student and assignment. */
#define CURRENT                                                                                                        \
	"CREATE TABLE current(run INTEGER NOT NULL REFERENCES runs, student INTEGER NOT NULL REFERENCES students,"         \
	" assignment TEXT NOT NULL, grade INTEGER REFERENCES grades, handed_in INTEGER, late_days INTEGER NOT NULL,"       \
	" free_days INTEGER NOT NULL, deduction INTEGER NOT NULL, adjustment INTEGER NOT NULL, final INTEGER, adjusted "   \
	"TEXT, note TEXT, folder TEXT, commit_id TEXT, repository TEXT, read INTEGER NOT NULL DEFAULT 0,"                  \
	" to_read INTEGER NOT NULL DEFAULT 0,"                                                                             \
	" PRIMARY KEY(run, student, assignment));"                                                                         \
	"CREATE INDEX current_of ON current(student, assignment, run);"

static const char schema[] =
    "CREATE TABLE runs(id INTEGER PRIMARY KEY, started TEXT NOT NULL, ended TEXT, kit TEXT NOT NULL, protection TEXT,"
    " folder TEXT);"
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
    " PRIMARY KEY(grade, number));" CURRENT "CREATE INDEX grades_of ON grades(submission);"
    "PRAGMA user_version = 4;";

static const char from_version_1[] =
    "ALTER TABLE current RENAME TO current_1;" CURRENT
    "INSERT INTO current SELECT run, student, assignment, grade, handed_in, late_days, 0, deduction, 0, final, NULL,"
    " note, NULL, NULL, NULL, 0, 0 FROM current_1;"
    "DROP TABLE current_1;"
    "ALTER TABLE runs ADD COLUMN folder TEXT;"
    "PRAGMA user_version = 4;";

#define READ                                                                                                           \
	"ALTER TABLE current ADD COLUMN read INTEGER NOT NULL DEFAULT 0;"                                                  \
	"ALTER TABLE current ADD COLUMN to_read INTEGER NOT NULL DEFAULT 0;"                                               \
	"PRAGMA user_version = 4;"

static const char from_version_2[] = "ALTER TABLE runs ADD COLUMN folder TEXT;"
                                     "ALTER TABLE current ADD COLUMN folder TEXT;"
                                     "ALTER TABLE current ADD COLUMN commit_id TEXT;"
                                     "ALTER TABLE current ADD COLUMN repository TEXT;" READ;

static const char from_version_3[] = READ;

/* By the version that is there: what makes it this one. */
static const char *const updates[VERSION] = {schema, from_version_1, from_version_2, from_version_3};

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

/* The version of its tables, 0 when it has none; -1 and *error: they are not the journal's, or cannot be told. */
static int find_version(struct journal *journal, struct error *error)
{
	int64_t version = count_of(journal, "PRAGMA user_version", error);
	int64_t tables = version == 0 ? count_of(journal, "SELECT COUNT(*) FROM sqlite_schema", error) : 0;
	if (version < 0 || tables < 0)
		return -1;
	if (version > VERSION)
		return fail(error, "%s was written by another version of the kit (schema %d, this one has %d): move it away",
		            journal->path, (int)version, VERSION);
	return tables ? fail(error, "%s is a database, but not a gradebook: move it away", journal->path) : (int)version;
}

static int make_tables(struct journal *journal, struct error *error)
{
	/* In one transaction: between its two questions another process may make the tables. */
	if (run_sql(journal, "BEGIN", error) != 0)
		return -1;
	int version = find_version(journal, error);
	if (end(journal, version < 0 ? -1 : 0, error) != 0)
		return -1;
	if (version == VERSION)
		return 0;
	if (begin(journal, error) != 0)
		return -1;
	version = find_version(journal, error); /* another process may have been faster */
	int result = version == VERSION ? 0 : version < 0 ? -1 : run_sql(journal, updates[version], error);
	return end(journal, result, error);
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

int journal_begin(struct journal *journal, const char *kit_version, const char *protection, const char *folder,
                  struct error *error)
{
	char time_text[32];
	now(time_text);
	if (finish(journal,
	           journal_query(journal, error, "INSERT INTO runs(started, kit, protection, folder) VALUES(?, ?, ?, ?)",
	                         "ssss", time_text, kit_version, protection, folder),
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

/* The lines that counted before run ?1: each as it was in the latest run that had it, but for those before the last
 * complete one. Of rows with the greatest run SQLite takes the other columns, too (https://sqlite.org/lang_select.html,
 * "bare columns"). */
#define BEFORE                                                                                                         \
	"(SELECT student, assignment, grade, final, MAX(run) AS run FROM current WHERE run < ?1 AND run >="                \
	" (SELECT COALESCE(MAX(id), 0) FROM runs WHERE ended IS NOT NULL AND id < ?1) GROUP BY student, assignment)"

static int keep_line(struct journal *journal, int64_t student, const struct journal_line *line, int64_t from,
                     struct error *error)
{
	if (finish(journal,
	           journal_query(journal, error, "UPDATE students SET roster_row = ? WHERE id = ?", "il", line->roster_row,
	                         student),
	           error) != 0)
		return -1;
	return finish(
	    journal,
	    journal_query(journal, error,
	                  "INSERT INTO current SELECT ?1, student, assignment, grade, handed_in, late_days,"
	                  " free_days, deduction, adjustment, final, adjusted, note, folder, commit_id, repository,"
	                  " read, to_read FROM current"
	                  " WHERE run = ?2 AND student = ?3 AND assignment = ?4",
	                  "llls", journal->run, from, student, line->assignment),
	    error);
}

static int keep_lines(struct journal *journal, bool (*keeps)(void *context, struct journal_line *line), void *context,
                      struct error *error)
{
	sqlite3_stmt *statement = journal_query(journal, error,
	                                        "SELECT student, assignment, run, name, grade FROM " BEFORE
	                                        " JOIN students ON students.id = student",
	                                        "l", journal->run);
	int result = statement ? SQLITE_ROW : SQLITE_ERROR, kept = 0;
	while (kept == 0 && statement && (result = sqlite3_step(statement)) == SQLITE_ROW) {
		struct journal_line line = {.student = (const char *)sqlite3_column_text(statement, 3),
		                            .assignment = (const char *)sqlite3_column_text(statement, 1),
		                            .handed_in = sqlite3_column_type(statement, 4) != SQLITE_NULL,
		                            .roster_row = ROSTER_NONE};
		if (keeps(context, &line))
			kept = keep_line(journal, sqlite3_column_int64(statement, 0), &line, sqlite3_column_int64(statement, 2),
			                 error);
	}
	if (statement && kept == 0 && result != SQLITE_DONE)
		journal_fail(journal, error);
	sqlite3_finalize(statement);
	return result == SQLITE_DONE ? 0 : -1;
}

int journal_keep(struct journal *journal, bool (*keeps)(void *context, struct journal_line *line), void *context,
                 struct error *error)
{
	int result = begin(journal, error);
	return result == 0 ? end(journal, keep_lines(journal, keeps, context, error), error) : result;
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

/* `grade` 0: nothing was handed in. */
static int make_current(struct journal *journal, const struct entry *entry, int64_t student, int64_t grade,
                        const struct standing *standing, struct error *error)
{
	char *adjusted = terms_say(entry->terms);
	int result =
	    finish(journal,
	           journal_query(journal, error,
	                         "INSERT OR REPLACE INTO current(run, student, assignment, grade, handed_in,"
	                         " late_days, free_days, deduction, adjustment, adjusted, note, final, folder, commit_id,"
	                         " repository, read, to_read)"
	                         " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, iif(?13, ?12, NULL), ?14, ?15,"
	                         " ?16, ?17, ?18)",
	                         "llslliiiissiisssii", journal->run, student, entry->assignment, grade, entry->handed_in,
	                         standing->late.days, standing->late.free, standing->late.deduction, standing->adjustment,
	                         adjusted, entry->note, standing->final, standing->counts, entry->folder, entry->commit,
	                         entry->repository, standing->read, standing->to_read),
	           error);
	free(adjusted);
	return result;
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

/* When this grade was current last, was it late by as much, and adjusted as now? */
static bool has_stood(struct journal *journal, const struct entry *entry, const struct grade *grade, int64_t number)
{
	struct standing standing = standing_of(entry->terms, entry->handed_in, grade->judged, grade->score);
	char *adjusted = terms_say(entry->terms);
	sqlite3_stmt *statement =
	    journal_query(journal, NULL,
	                  "SELECT late_days = ? AND free_days = ? AND deduction = ? "
	                  " AND to_read = ? AND final IS ? AND adjusted IS ? FROM current"
	                  " WHERE student = (SELECT id FROM students WHERE name = ?) AND assignment = ? AND grade = ?"
	                  " ORDER BY run DESC LIMIT 1",
	                  "iiiiisssl", standing.late.days, standing.late.free, standing.late.deduction, standing.to_read,
	                  standing.final, adjusted, entry->student, entry->assignment, number);
	bool stood = statement && sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	free(adjusted);
	return stood;
}

int64_t journal_knows(struct journal *journal, const struct entry *entry, struct grade **grade, bool *stood)
{
	int64_t number = 0;
	*grade = find_grade(journal, entry, &number);
	if (!*grade)
		return 0;
	*stood = has_stood(journal, entry, *grade, number);
	return number;
}

/* What is only taken over from an earlier run need not be on the disk at once: the next grade, or journal_end, brings
 * it there. Waiting for the disk each time would take a large class minutes. */
int journal_take(struct journal *journal, const struct entry *entry, const struct grade *grade, int64_t number,
                 struct error *error)
{
	struct standing standing = standing_of(entry->terms, entry->handed_in, grade->judged, grade->score);
	int result = -1;
	if (run_sql(journal, "PRAGMA synchronous=NORMAL", error) == 0 && begin(journal, error) == 0) {
		int64_t student = student_of(journal, entry, error);
		result = end(journal, student ? make_current(journal, entry, student, number, &standing, error) : -1, error);
	}
	return run_sql(journal, "PRAGMA synchronous=FULL", error) == 0 ? result : -1;
}

int journal_add_absent(struct journal *journal, const struct entry *entry, struct error *error)
{
	struct standing standing = standing_of(entry->terms, 0, false, 0);
	int result = begin(journal, error);
	if (result != 0)
		return result;
	int64_t student = student_of(journal, entry, error);
	return end(journal, student ? make_current(journal, entry, student, 0, &standing, error) : -1, error);
}

/* Of rows with the greatest run SQLite takes the other columns, too (https://sqlite.org/lang_select.html, "bare
 * columns"). What was only adjusted has no grade. */
ssize_t journal_times(struct journal *journal, struct journal_time **times, struct error *error)
{
	sqlite3_stmt *statement =
	    journal_query(journal, error,
	                  "SELECT name, assignment, handed_in, free_days, folder, MAX(run) FROM current JOIN students ON "
	                  "students.id = student"
	                  " WHERE grade IS NOT NULL GROUP BY name, assignment ORDER BY name, assignment",
	                  "");
	ssize_t count = 0;
	int result = SQLITE_ERROR;
	*times = NULL;
	while (statement && (result = sqlite3_step(statement)) == SQLITE_ROW) {
		const char *folder = (const char *)sqlite3_column_text(statement, 4);
		*times = must(reallocarray(*times, (size_t)count + 1, sizeof **times));
		(*times)[count++] = (struct journal_time){must(strdup((const char *)sqlite3_column_text(statement, 0))),
		                                          must(strdup((const char *)sqlite3_column_text(statement, 1))),
		                                          sqlite3_column_int64(statement, 2), sqlite3_column_int(statement, 3),
		                                          folder ? must(strdup(folder)) : NULL};
	}
	if (statement && result != SQLITE_DONE)
		journal_fail(journal, error);
	sqlite3_finalize(statement);
	return result == SQLITE_DONE ? count : -1;
}

ssize_t journal_compare(struct journal *journal, struct journal_pair **pairs, struct error *error)
{
	sqlite3_stmt *statement =
	    journal_query(journal, error,
	                  "SELECT name, roster_row, assignment, MAX(before), MAX(after) FROM"
	                  " (SELECT student, assignment, final AS before, NULL AS after FROM " BEFORE
	                  " UNION ALL SELECT student, assignment, NULL, final FROM current WHERE run = ?1)"
	                  " JOIN students ON students.id = student GROUP BY student, assignment"
	                  " ORDER BY roster_row < 0, roster_row, name, assignment",
	                  "l", journal->run);
	ssize_t count = 0;
	int result = SQLITE_ERROR;
	*pairs = NULL;
	while (statement && (result = sqlite3_step(statement)) == SQLITE_ROW) {
		*pairs = must(reallocarray(*pairs, (size_t)count + 1, sizeof **pairs));
		(*pairs)[count++] =
		    (struct journal_pair){.student = must(strdup((const char *)sqlite3_column_text(statement, 0))),
		                          .roster_row = sqlite3_column_int(statement, 1),
		                          .assignment = must(strdup((const char *)sqlite3_column_text(statement, 2))),
		                          .had = sqlite3_column_type(statement, 3) != SQLITE_NULL,
		                          .has = sqlite3_column_type(statement, 4) != SQLITE_NULL,
		                          .before = sqlite3_column_int(statement, 3),
		                          .after = sqlite3_column_int(statement, 4)};
	}
	if (statement && result != SQLITE_DONE)
		journal_fail(journal, error);
	sqlite3_finalize(statement);
	if (result == SQLITE_DONE)
		return count;
	journal_pairs_free(*pairs, (size_t)count);
	return -1;
}

void journal_pairs_free(struct journal_pair *pairs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(pairs[i].student);
		free(pairs[i].assignment);
	}
	free(pairs);
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
	struct standing standing = standing_of(entry->terms, entry->handed_in, grade->judged, grade->score);
	return make_current(journal, entry, student, id, &standing, error);
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
