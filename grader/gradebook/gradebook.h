/* gradebook.h - what a class comes to: the roster, the journal of all gradings, and the sheets made of both.
 *
 * The journal is a SQLite database (WAL: https://sqlite.org/wal.html) that gets each grade the moment it is finished,
 * in one transaction: whatever stops the grader, what is in it is whole. All sheets are made from the journal alone, so
 * a run that was stopped and resumed gives the same ones as a run that was not. docs/gradebook.md tells its tables. */
#ifndef GRADEBOOK_H
#define GRADEBOOK_H

#include "../course/course.h"
#include "../error.h"
#include "../score/grade.h"

#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/* ---- roster --------------------------------------------------------------------------------- */

struct roster {
	struct string_list column; /* the headings, as they are in the file */
	char ***cell;              /* cell[row][column]: never NULL */
	size_t row_count;
	char **name;                 /* of each row: see roster_name */
	char **called;               /* of each row: see roster_called */
	struct string_list possible; /* Canvas's line of the points that each column is worth; empty without one */
	struct roster_index *index;  /* what roster_match looks in */
};

/* Reads a CSV file with a heading line: comma, semicolon or tab between the cells, with or without byte-order mark,
 * quoted as in RFC 4180, in UTF-8. Missing cells at the end of a line are empty ones; empty lines and those that Canvas
 * puts below the heading ("Points Possible", "Manual Posting") are no students. NULL and *error ("roster.csv:3: 5
 * cells, but the heading has 4"). Freed by roster_free. MT: safe. */
struct roster *roster_read(const char *path, struct error *error);
void roster_free(struct roster *roster); /* NULL is fine */

enum { ROSTER_NONE = -1, ROSTER_SEVERAL = -2 };

/* The row with a cell that is one of `keys`, tried in their order. Only letters and digits matter, not their case; of
 * an e-mail address the part before @ is enough; "Lovelace, Ada" is also Ada Lovelace; columns for the first and for
 * the last name are taken together. Columns that are no name for anyone (section, score, ...) are left out, and so are
 * cells without a letter in columns that are not called like a number of persons (ID, number, login, ...): they are
 * points, or dates. ROSTER_NONE, or ROSTER_SEVERAL when a key is in more than one row and no other key decides; a cell
 * that is the key to the letter goes before those that are alike. Letters with marks must be composed the same way (NFC
 * or NFD) on both sides. MT: safe. */
int roster_match(const struct roster *roster, const struct string_list *keys);

/* The column with that heading, in any case; -1: there is none. */
int roster_column(const struct roster *roster, const char *heading);

/* Has it what Canvas or Moodle needs to import the scores? Canvas LMS, lib/gradebook_importer.rb: who, by "Student" (or
 * "LastName"), "ID" and "Section". Moodle, grade/import/csv: "Email address", "ID number" or "Username". NULL is none.
 * False and *error (which may be NULL): what it lacks. */
bool roster_is_of_canvas(const struct roster *roster, struct error *error);
bool roster_is_of_moodle(const struct roster *roster, struct error *error);

/* The row of the person with that number in Canvas, whose export the roster must be; ROSTER_NONE otherwise. */
int roster_canvas_user(const struct roster *roster, const char *number);

/* What a row is called in reports: its login, else its name, else an e-mail address or number, else its first cell that
 * is not empty. Never empty; not unique. Borrowed. */
const char *roster_name(const struct roster *roster, size_t row);

/* The name of the person in a row, for people to read; roster_name's, if the roster has none. Borrowed. */
const char *roster_called(const struct roster *roster, size_t row);

/* Is it a grading worksheet of Moodle's, which is of one assignment ("Identifier", "Grade")? Then this column tells
 * when each handed in, or NULL. */
bool roster_is_worksheet(const struct roster *roster);
const char *roster_worksheet_time(const struct roster *roster);

/* The rows whose column for groups names this one: *rows, which the caller frees. Returns how many. */
size_t roster_group(const struct roster *roster, const char *name, size_t **rows);

/* What a row has in its column for groups; "" without one. Borrowed. */
const char *roster_groups(const struct roster *roster, size_t row);

/* The number of the group that a row works in, from 1: of those that it names the first that 2 to ROSTER_TEAM rows
 * name. What more have is a section, or a tutorial. 0: it works in none. */
enum { ROSTER_TEAM = 8 };
size_t roster_team(const struct roster *roster, size_t row);

/* What the assignment is worth where the roster comes from, as far as that is seen there; 0: it is not. */
double roster_worth(const struct roster *roster, const struct assignment *assignment);

/* ---- people --------------------------------------------------------------------------------- */

struct person {
	const char *name; /* in reports: unique in the class */
	int roster_row;   /* or ROSTER_NONE */
};

/* Everybody who is in the class. Borrowed. */
struct people {
	const struct roster *roster; /* or NULL */
	const struct person *item;
	size_t count;
};

/* Whom an instructor means: by the name in reports, or else as roster_match does. 0 and *index, or -1 and *error:
 * nobody (and who may be meant), or several. MT: safe. */
int person_find(const struct people *people, const char *called, size_t *index, struct error *error);

/* The same where a group may be meant, a name in the roster's column for groups: *index, which the caller frees, has
 * its members, or the one student. 0, or -1 and *error: also when the name is a student's and a group's. MT: safe. */
int people_called(const struct people *people, const char *called, size_t **index, size_t *count, struct error *error);

/* Was a class graded into the folder? -1 and *error: there is no gradebook.csv; the error names the class beside it
 * that has nearly that name. MT: safe. */
int class_folder_check(const char *folder, struct error *error);

/* Everybody who was in the last run of the class in `folder`, by its gradebook.csv: a line each, with the roster's
 * cells, and the name in reports in the column "submission". Returns the lines, which *people needs; people_free frees
 * both. NULL and *error: there is no such file, or it cannot be read. MT: safe. */
struct roster *people_read(const char *folder, struct people *people, struct error *error);
void people_free(struct people *people, struct roster *book); /* NULL is fine */

/* The same of many: each of `called` is one, or a group, or several with commas between. named[i] becomes true for each
 * that is meant. 0, or -1 and *error. MT: safe. */
int persons_find(const struct people *people, const struct string_list *called, bool named[], struct error *error);

/* ---- late policy ---------------------------------------------------------------------------- */

struct lateness {
	int days; /* begun, after the grace time */
	int free; /* of which so many cost nothing */
	int deduction;
	int final;     /* what remains: never below 0 */
	bool too_late; /* later than what counts at all */
};

/* `free_days`: so many would cost nothing. `handed_in` 0: not known, so not late. A pure function. */
struct lateness lateness_of(const struct late_policy *policy, int free_days, int64_t handed_in, int score);

/* One assignment that a student has handed in. */
struct late_use {
	size_t student, assignment;       /* numbers, from 0 */
	const char *together;             /* equal for those who handed in one thing; NULL: nobody else has */
	const struct late_policy *policy; /* with the student's own due date */
	int64_t handed_in;
	int free_days; /* set by late_budget_spend */
};

/* Gives the free days of the students to what was handed in late: in the order of the due dates (equal ones: of the
 * array), to each as many as it needs, may have and are left. What a group has handed in together gets as many as each
 * of its members has left who needs them, and is due when the last of them has to hand it in. What is too late to count
 * gets none. `students`: how many there are. A pure function. */
void late_budget_spend(const struct late_budget *budget, struct late_use use[], size_t count, size_t students);

/* A line of extensions.csv: a due date of one student's own. */
struct extension {
	size_t person; /* index in the people */
	const struct assignment *assignment;
	unsigned line;
	int64_t due;
	char *written; /* as it stands there: "2026-10-05 23:59 +0200" */
	char *comment;
};

struct extensions {
	struct extension *item; /* by person and assignment */
	size_t count;
};

/* Reads extensions.csv (docs/gradebook.md), as adjustments_read does. Wrong are also a time that is none or not after
 * everybody's due date, an assignment without one, and two lines for one student's assignment. */
int extensions_read(const char *path, const struct course *course, const struct people *people,
                    struct extensions *extensions, struct error *error);
void extensions_clear(struct extensions *extensions);

/* The one of a student's assignment, or NULL; borrowed. */
const struct extension *extension_of(const struct extensions *all, size_t person, const struct assignment *assignment);

/* ---- adjustments ---------------------------------------------------------------------------- */

enum { MOST_POINTS = 10000, LEDGER_LIMIT = 16 << 20 };

/* A line of adjustments.csv. */
struct adjustment {
	size_t person; /* index in the people */
	const struct assignment *assignment;
	unsigned line;
	bool set;   /* `points` is what counts; else they are added */
	int points; /* -MOST_POINTS to MOST_POINTS; not negative when it is set */
	char *comment, *who, *when;
};

/* Those of a student's assignment are together, in the order of the file. */
struct adjustments {
	struct adjustment *item;
	size_t count;
};

/* Reads adjustments.csv (docs/gradebook.md); there are none when there is no such file. 0, or -1 and *error, which
 * names the line: no such student or assignment, points that are no number, two lines that cannot both hold. `path` is
 * read as csv_file_read does. Freed by adjustments_clear, whatever came of it; the assignments are the course's. MT:
 * safe. */
int adjustments_read(const char *path, const struct course *course, const struct people *people,
                     struct adjustments *adjustments, struct error *error);
void adjustments_clear(struct adjustments *adjustments);

/* One line more, as text. Of `points`, `set` and `due` all but one are NULL. */
struct ledger_wish {
	const char *student, *assignment, *points, *set, *due, *comment, *who, *when;
	const char *line; /* id of a line that is read: the points are for that; else NULL */
};

/* Adds the line to the file, which is made when it is not there: a new file takes the place of the old one
 * (file_write). 0, or -1 and *error: the file would not be good with that line, or cannot be written; then it stays as
 * it was. Two processes at once: the caller's to prevent. Blocks for the disk. */
int adjustments_add(const char *path, const struct course *course, const struct people *people,
                    const struct ledger_wish *wish, struct error *error);

/* The same of extensions.csv. */
int extensions_add(const char *path, const struct course *course, const struct people *people,
                   const struct ledger_wish *wish, struct error *error);

/* Those of one student's assignment; borrowed from `all`. */
struct adjustments adjustments_of(const struct adjustments *all, size_t person, const struct assignment *assignment);

/* "due 2026-10-05 23:59 +0200 by extension: ill". The caller frees it. */
char *extension_says(const struct extension *extension);

/* "+3 by the instructor: comment". The caller frees it. */
char *adjustment_says(const struct adjustment *adjustment);

/* ---- decisions ------------------------------------------------------------------------------ */

/* A line of decisions.csv: of what needed a person, as it was then. */
struct decision {
	size_t person; /* index in the people */
	const struct assignment *assignment;
	unsigned line;
	bool refused; /* it counts nothing; else `file` is judged */
	int deduct;   /* points, not negative: what accepting it costs */
	char *file;   /* in the class's folder: what was decided about, */
	char *sha256; /* and its hash (fingerprint.h) */
	char *comment;
};

/* Those of a student's assignment are together, in the order of the file. */
struct decisions {
	struct decision *item;
	size_t count;
};

/* Reads decisions.csv (docs/gradebook.md), as adjustments_read does. Wrong are also another word than accept or refuse,
 * a refusal without a comment or with a deduction, and two lines about one file of one student's assignment. */
int decisions_read(const char *path, const struct course *course, const struct people *people,
                   struct decisions *decisions, struct error *error);
void decisions_clear(struct decisions *decisions);

/* One line more, as text; `deduct` and `comment` may be NULL. */
struct decision_wish {
	const char *student, *assignment, *decision, *deduct, *file, *sha256, *comment, *who, *when;
};

/* As adjustments_add. */
int decisions_add(const char *path, const struct course *course, const struct people *people,
                  const struct decision_wish *wish, struct error *error);

/* Those of one student's assignment; borrowed from `all`. */
struct decisions decisions_of(const struct decisions *all, size_t person, const struct assignment *assignment);

/* With which the note of what was refused begins. */
#define REFUSED "refused by the instructor"

/* "accepted by the instructor for -5: comment", or REFUSED and the comment. The caller frees it. */
char *decision_says(const struct decision *decision);

/* ---- requests ------------------------------------------------------------------------------- */

enum appeal_decision { DECISION_OPEN, DECISION_GRANTED, DECISION_REFUSED };

/* A line of requests.csv: a student says that a test or a check took points wrongly. */
struct appeal {
	size_t person; /* index in the people */
	const struct assignment *assignment;
	unsigned line;
	char *test;  /* name of a test or a check of the assignment, or "build", "seal" */
	char *claim; /* what is wrong about it */
	enum appeal_decision decision;
	char *comment;
};

/* Those of a student's assignment are together, in the order of the file. */
struct appeals {
	struct appeal *item;
	size_t count;
};

/* Reads requests.csv (docs/gradebook.md), as adjustments_read does. Wrong are also a test or check that the assignment
 * does not have, an empty claim, a decision that is none, and two lines for one test of a student's assignment. */
int appeals_read(const char *path, const struct course *course, const struct people *people, struct appeals *appeals,
                 struct error *error);
void appeals_clear(struct appeals *appeals);

/* Those of one student's assignment; borrowed from `all`. */
struct appeals appeals_of(const struct appeals *all, size_t person, const struct assignment *assignment);

/* "asked about token_returns: it does come back; answer: granted: true". The caller frees it. */
char *appeal_says(const struct appeal *appeal);

/* A request, or the answer to one, as text: of `claim` and `decision` ("granted", "refused") one is NULL. */
struct appeal_wish {
	const char *student, *assignment, *test, *claim, *decision, *comment, *who, *when;
};

/* Adds an open request to the file, or answers the one that is in it, which must be open, in its line. The file is
 * written as adjustments_add does it. 0, or -1 and *error. `person`: whom the student's name means. */
int appeals_add(const char *path, const struct course *course, const struct people *people,
                const struct appeal_wish *wish, struct error *error);
int appeals_answer(const char *path, const struct course *course, const struct people *people, size_t person,
                   const struct appeal_wish *wish, struct error *error);

/* ---- what a person reads ---------------------------------------------------------------------- */

/* A line of review.csv: points for a line of the assignment's that is read. */
struct mark {
	size_t person; /* index in the people */
	const struct assignment *assignment;
	unsigned line;
	const struct read_line *read; /* the assignment's */
	bool open;                    /* it is still to be read; else */
	int points;                   /* 0 to what it is worth */
	char *comment;
};

/* Those of a student's assignment are together, in the order of the file. */
struct marks {
	struct mark *item;
	size_t count;
};

/* Reads review.csv (docs/gradebook.md), as adjustments_read does. A line without points is open. Wrong are also a line
 * that the assignment does not have, more points than it is worth, and two for one of a student's assignment. */
int marks_read(const char *path, const struct course *course, const struct people *people, struct marks *marks,
               struct error *error);
void marks_clear(struct marks *marks);

/* Those of one student's assignment; borrowed from `all`. */
struct marks marks_of(const struct marks *all, size_t person, const struct assignment *assignment);

/* Adds a line to the file, as adjustments_add does; where it has an open one of these students, that is filled in. Of
 * the wish `line` and `points` are there. */
int marks_add(const char *path, const struct course *course, const struct people *people,
              const struct ledger_wish *wish, struct error *error);

/* "The questions before you code: 7 of 10: comment"; NULL: it is open. The caller frees it. */
char *mark_says(const struct mark *mark);

/* "87 of 90 points count, 10 to be read"; the end is left out where nothing is. The caller frees it. */
char *points_say(int final, int of, int to_read);

/* ---- what counts ---------------------------------------------------------------------------- */

/* What holds for a student's submission of an assignment. All in it is borrowed. */
struct terms {
	struct late_policy late;           /* with the student's own due date */
	int free_days;                     /* of being late */
	const struct extension *extension; /* or NULL */
	const struct decision *decision;   /* that applies; or NULL */
	struct adjustments adjustments;    /* of this one only, as well as the appeals, which change nothing that counts */
	struct appeals appeals;
	struct marks marks; /* for lines of */
	const struct assignment *assignment;
};

/* All that an instructor has said of a class, but for decisions, which depend on what was handed in. */
struct said {
	struct extensions extensions;
	struct adjustments adjustments;
	struct appeals appeals;
	struct marks marks;
};

/* Those of a student's assignment, but for the free days, which depend on the others, and the decision. */
struct terms terms_of(const struct said *said, size_t person, const struct assignment *assignment);

/* What the instructor has said of it, "; " between: "due 2026-10-05 23:59 +0200 by extension: ill; +3 by the
 * instructor: comment"; also the answers to requests. NULL: nothing. The caller frees it. */
char *terms_say(const struct terms *terms);

struct standing {
	struct lateness late; /* of 0 points when it is not judged */
	int read;             /* points for what was read; none where nothing counts, or what counts was set */
	int to_read;          /* so many more are possible: nobody has read that yet */
	int adjustment;       /* what the instructor changed: final less what remains after the deduction, less `read` */
	int final;            /* what counts: never below 0 */
	bool counts;          /* false: it is not judged, and nobody has set what counts or refused it */
};

/* `handed_in` as lateness_of has it. A pure function. */
struct standing standing_of(const struct terms *terms, int64_t handed_in, bool judged, int score);

/* ---- journal -------------------------------------------------------------------------------- */

struct journal;

/* With which the note of what is not judged begins, until somebody has looked at it. */
#define FOR_PERSON "needs a person: "

/* One grading of one submission. Strings are borrowed. */
struct entry {
	const char *student;    /* name in reports: unique in the class */
	const char *assignment; /* name */
	const char *folder;     /* where the submission was found, relative to the class's folder */
	int roster_row;         /* or ROSTER_NONE */
	int64_t handed_in;      /* seconds since 1970, 0: not known */
	const char *key;        /* hash of all that the result depends on: source, kit, options */
	const struct terms *terms;
	const char *note;       /* "two submissions; the later one counts", or NULL */
	const char *commit;     /* the last one that changed the file, in hex; or NULL */
	const char *repository; /* address of the repository that the submission was cloned from; or NULL */
};

/* Opens or makes the database; its schema version is checked. NULL and *error. Not for several threads at once; several
 * processes may have it open (SQLite locks). journal_close(NULL) is fine. */
struct journal *journal_open(const char *path, struct error *error);
void journal_close(struct journal *journal);

/* Begins a run of the class in `folder` (or an archive of it; where the submissions are): its entries replace the list
 * of who is in the class; earlier attempts stay. */
int journal_begin(struct journal *journal, const char *kit_version, const char *protection, const char *folder,
                  struct error *error);

/* A line of the gradebook: what counts of a student's assignment. */
struct journal_line {
	const char *student, *assignment;
	bool handed_in; /* false: there is but an adjustment */
	int roster_row; /* of the student; to be set anew for a line that is kept */
};

/* In a run of only some submissions, the lines of the others stay what they were: of the last run that was complete, or
 * of one that was stopped since. `keeps` says of each line whether it is one of these. 0, or -1 and *error. */
int journal_keep(struct journal *journal, bool (*keeps)(void *context, struct journal_line *line), void *context,
                 struct error *error);

/* A judged grade of this student's assignment with this key: its number, and *grade is it (the caller's); 0: there is
 * none. *stood: what counts was the same when it was current last, for the same reasons. Changes nothing: no run need
 * have begun. */
int64_t journal_knows(struct journal *journal, const struct entry *entry, struct grade **grade, bool *stood);

/* Makes that grade the current one of this run, with what holds for the entry now. 0, or -1 and *error. */
int journal_take(struct journal *journal, const struct entry *entry, const struct grade *grade, int64_t number,
                 struct error *error);

/* Who handed in nothing, and has an adjustment: key and folder are NULL. 0, or -1 and *error. */
int journal_add_absent(struct journal *journal, const struct entry *entry, struct error *error);

/* Writes the grade and all that belongs to it in one transaction. 0, or -1 and *error. */
int journal_add(struct journal *journal, const struct entry *entry, const struct grade *grade, struct error *error);

/* What a student has handed in of an assignment, in the latest run that had it. */
struct journal_time {
	char *student, *assignment;
	int64_t handed_in; /* 0: not known */
	int free_days;     /* that it had */
	char *folder;      /* where it was found; NULL: not known */
};

/* All that the journal has, by student and assignment: *times, which the caller frees as it frees their names. Returns
 * how many, or -1 and *error. */
ssize_t journal_times(struct journal *journal, struct journal_time **times, struct error *error);

/* What the last run has of a student's assignment. */
struct outcome {
	const char *student; /* name in reports */
	const struct assignment *assignment;
	const struct grade *grade; /* NULL: nothing was handed in */
	int64_t handed_in;         /* 0: not known */
	int late_days, free_days, deduction, adjustment, final, to_read;
	bool counts;          /* there is a `final` */
	const char *adjusted; /* what the instructor has said of it, as the report says it; or NULL */
	const char *folder;   /* where the submission is, in that of the class; or NULL, as the other two */
	const char *commit, *repository;
	int sharing; /* so many students have this submission of the assignment */
};

/* Called once for each; 0, or -1 and *error, which ends it. All of the outcome is the journal's. */
typedef int outcome_visitor(void *context, const struct outcome *outcome, struct error *error);

/* All of the last run that the course has, by student, then by name; of one assignment or student where that is not
 * NULL. 0, or -1 and *error. One after the other is read: a large class needs no more memory than a small one. */
int journal_outcomes(struct journal *journal, const struct course *course, const struct assignment *assignment,
                     const char *student, outcome_visitor *visit, void *context, struct error *error);

/* The folder, or the archive, of the class that the last run graded; NULL: not known. The caller frees it. */
char *journal_folder(struct journal *journal);

/* When the last run began, seconds since 1970; 0: there was none. */
int64_t journal_began(struct journal *journal);

/* What counts of a student's assignment before this run, and in it. */
struct journal_pair {
	char *student, *assignment;
	int roster_row;    /* or ROSTER_NONE */
	bool had, has;     /* does anything count? */
	int before, after; /* what does; 0 where nothing does */
};

/* All lines before this run (as journal_keep finds them) or in it, by the roster's order, name and assignment: *pairs,
 * for journal_pairs_free. Returns how many, or -1 and *error. */
ssize_t journal_compare(struct journal *journal, struct journal_pair **pairs, struct error *error);
void journal_pairs_free(struct journal_pair *pairs, size_t count);

/* Ends the run: it is complete. */
int journal_end(struct journal *journal, struct error *error);

/* ---- sheets --------------------------------------------------------------------------------- */

/* Each writes from the journal's last run; `roster` may be NULL. 0, or -1 and *error. */
struct sheets {
	struct journal *journal;
	const struct course *course;
	const struct roster *roster;
	const struct string_list *unmapped; /* sentences: what could not be mapped to the roster, who handed in nothing */
	const char *similarity;             /* a sentence that links to similarity.html; NULL: there is no such page */
	const struct string_list *asked;    /* names of the assignments that the run is about; NULL or none: all */
	bool bom; /* tables that are no import files begin with a byte-order mark: spreadsheets guess without */
};
int assignment_points(const struct assignment *assignment);                       /* of its rubric, and what is read */
int sheet_gradebook(FILE *out, const struct sheets *sheets, struct error *error); /* gradebook.csv */
int sheet_canvas(FILE *out, const struct sheets *sheets, struct error *error);    /* needs roster_is_of_canvas */
int sheet_moodle(FILE *out, const struct sheets *sheets, struct error *error);    /* needs roster_is_of_moodle */
int sheet_page(FILE *out, const struct sheets *sheets, struct error *error);      /* index.html */
int sheet_late_days(FILE *out, const struct sheets *sheets, struct error *error); /* late_days.csv */

/* Statistics without names: of each test and kind of finding how many it cost (tests.csv, findings.csv), and how scores
 * rise from attempt to attempt and from day to day (attempts.csv, days.csv). */
int sheet_tests(FILE *out, const struct sheets *sheets, struct error *error);
int sheet_findings(FILE *out, const struct sheets *sheets, struct error *error);
int sheet_attempts(FILE *out, const struct sheets *sheets, struct error *error);
int sheet_days(FILE *out, const struct sheets *sheets, struct error *error);

#endif
