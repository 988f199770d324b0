/* course.h - what an instructor writes: course.yaml, and for each assignment an assignment.yaml and an
 * assignment.hidden.yaml, as structs; and where in a folder the files of a submission are. Reads files, and runs patch
 * and diff for mutants (mutant.h); nothing of a submission. */
#ifndef COURSE_H
#define COURSE_H

#include "../error.h"
#include "../file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct string_list {
	char **item;
	size_t count;
};

/* A sum of properties; worth `points`. */
struct rubric_line {
	char *id;    /* "correctness", "race_freedom", "hygiene", "design" */
	char *title; /* "Correctness" */
	int points;
};

/* One test: a property of its own (points > 0) or a guard (points == 0, failing it costs `cost` points of its line). */
struct test_spec {
	char *name;
	bool hidden;
	char *rubric; /* id of the rubric line */
	int points;   /* 0 for a guard */
	int cost;     /* 0 unless a guard */
	char *told;   /* "first": what all others need; "last": any client, whose failure others explain better; or NULL */
	char *title;  /* the property, as a sentence: "The token comes back after one lap" */
	char *why;    /* why it matters */
	char *hint;   /* id of a hint, or NULL */
	char *real_time; /* why the schedule explorer leaves it out, or NULL */
	unsigned line;   /* in its file: assignment_file */
};

/* What the exercise is about: where all of these tests are lost, at most `points` are left of all lines. */
struct essence {
	int points; /* 0: there is none */
	struct string_list tests;
};

/* A check over named tests as a property: all or nothing. */
struct check_spec {
	char *check; /* "tsan", "memcheck", "audit", "symbols" */
	char *rubric;
	int points;
	char *title, *why, *hint;
	struct string_list kinds; /* finding kinds that lose it; empty = every kind of that check */
	struct string_list tests; /* names; empty = all tests (meaningless for "symbols") */
	unsigned line;
};

struct hint {
	char *id;
	char *title;               /* the question it answers: "My ring hangs at the end" */
	struct string_list levels; /* 1 direction, 2 mechanism, 3 outline */
	unsigned line;
};

/* What a finding of one kind means in this exercise: comes before the why and the hint of the test or check that saw
 * it. */
struct reason {
	char *kind;  /* of a finding, as the explorer classifies it where it does: "missing_signal" */
	char *about; /* only where the finding names this function, symbol or object; NULL: any */
	char *why;   /* or NULL: the test's */
	char *hint;  /* id of a hint, or NULL: the test's */
	unsigned line;
};

/* In a student's handout: points of a rubric line that are decided where the hidden tests are. */
struct elsewhere {
	char *rubric; /* id of the rubric line */
	int points;
	unsigned line;
};

/* A sentence of the header (or several that belong together), and what shows that it is kept. */
struct sentence {
	char *id;
	char *says;                /* the words as the header has them, white space aside */
	struct string_list tests;  /* names of the tests that fail when it is broken */
	struct string_list checks; /* "memcheck": checks of the assignment that lose points then */
	char *prose;               /* instead of both: why nothing can break it, "a heading" */
	unsigned line;
};

/* Library functions that would be the exercise itself, such as a barrier where one is to be built, or of which it has
 * something of its own to say. */
struct forbidden_calls {
	struct string_list symbols;
	char *why, *instead;
	bool harmless; /* a program that calls one is run all the same, and loses points */
};

struct limits {
	int wall_s, cpu_s; /* of one run of one check */
	int output_kib;    /* stdout and stderr together, default 1024 */
	int file_kib;      /* largest file it may write */
	int memory_mib;    /* of all its processes together; checkers get a multiple */
	int processes;     /* and threads, at a time */
	int schedules;     /* how many schedules of each test the explorer tries; 0: none */
	int preemptions;   /* its systematic part: all schedules with at most so many */
};

/* A line of the rubric whose points a person gives, beside those that the tests and checks decide. */
struct read_line {
	char *id;    /* "answers" */
	char *title; /* "The questions before you code" */
	int points;  /* at most */
	char *file;  /* of the submission, what is read besides the source: "ANSWERS.md"; or NULL */
};

/* What being late costs. */
struct late_policy {
	int64_t due;      /* seconds since 1970, 0: never late */
	int grace_min;    /* minutes that do not count */
	int per_day, cap; /* points for each day begun; most points that are taken away */
	bool ends;        /* nothing counts after so many days: */
	int nothing_after;
	char *column; /* of the roster: when each handed in; NULL: that is told by the commit, the platform or the file */
	int zone;     /* of the due date, in seconds east of Greenwich: times without one are meant so */
};

/* Days of being late that cost nothing. */
struct late_budget {
	int days;           /* of each student, in the whole course; 0: none */
	int per_assignment; /* at most so many of them */
};

/* Functions of an earlier exercise that a submission may call: linked is the student's own file of that exercise, or
 * the reference's (grader/class/reuse.h). */
struct reuse {
	char *exercise;                      /* "socket_rpc" */
	struct string_list functions;        /* of its api */
	const struct assignment *assignment; /* the exercise; NULL: it is not in this handout. Borrowed from the course */
};

struct assignment {
	char *name, *title, *unit, *time; /* "pipe_ring", "A ring of pipes", "B", "2-4 h" */
	int lines;                        /* rough length of a solution */
	struct string_list notes;         /* rows of the course notes: "A4" */
	struct string_list needs;         /* exercises that come before */
	struct reuse *reuse;              /* what it may call of them */
	size_t reuse_count;
	struct string_list api;     /* functions the submission must define; everything else it defines becomes local */
	struct string_list imports; /* library functions it may call, beyond the course's common list */
	struct forbidden_calls *forbidden; /* whatever the course says of them */
	size_t forbidden_count;
	bool state_allowed; /* may it have writable file-scope variables? */
	struct limits limits;
	struct rubric_line *rubric;
	size_t rubric_count;
	struct test_spec *test;
	size_t test_count;
	struct check_spec *check;
	size_t check_count;
	struct hint *hint;
	size_t hint_count;
	struct reason *reason; /* the first that fits counts */
	size_t reason_count;
	struct sentence *sentence; /* the table of sentences; none: there is no table */
	size_t sentence_count;
	struct elsewhere *elsewhere; /* only where there is no assignment.hidden.yaml: in a handout */
	size_t elsewhere_count;
	struct essence essence;
	char *skeleton; /* the mark of the skeleton as it is handed out; NULL: not told */
	char *root;     /* the folder that has assignments/NAME, include/NAME.h, solutions/NAME, tests/assignments/NAME */
	char *path;     /* of assignment.yaml, as given: used in messages */
	char *hidden_path; /* of assignment.hidden.yaml beside it, where the table of sentences is; NULL: there is none */
	struct late_policy late; /* of course.yaml */
	int weight;              /* of course.yaml: how often its points count in the total of the course */
	struct read_line *read;  /* of course.yaml: what a person gives points for */
	size_t read_count;
};

struct forbidden_symbol {
	char *symbol, *why, *instead;
	bool harmless; /* a program that calls it is run all the same, and loses points */
};

struct unit {
	char *id, *title; /* "B", "Inter-process communication" */
};

/* What is done in a week. */
struct week {
	char *about; /* "Threads that wait for each other" */
	struct string_list assignments;
};

/* A way through the course, or through a part of it. */
struct course_path {
	char *title, *about; /* "Three weeks", and for whom that is */
	struct week *week;
	size_t week_count;
};

struct course {
	char *title;
	struct unit *unit; /* in order; none: the course has no units */
	size_t unit_count;
	struct string_list headers;  /* that every submission may include: "sys/wait.h" */
	struct string_list imports;  /* library functions that every assignment may call */
	struct string_list harmless; /* more of them: who calls one unasked loses points, but is run */
	struct forbidden_symbol *forbidden;
	size_t forbidden_count;
	struct assignment **assignment; /* in teaching order */
	size_t assignment_count;
	struct assignment **aside; /* exercises that this course leaves out and one of its own reuses */
	size_t aside_count;
	struct string_list planned; /* exercises that are to come: the notes name them already */
	struct course_path *path;   /* each in teaching order, but not with all of the course; in a handout some of what
	                               they name may be missing */
	size_t path_count;
	struct late_budget late_budget;
	int similar_percent; /* from which on two submissions are shown as similar; 0: they are not compared */
	char *root;          /* the kit: the folder that holds assignments/, include/, tests/, grader/ */
	char *folder; /* of a course outside of the kit: the folder with its course.yaml; NULL: it is the kit's own */
	struct string_list remarks; /* what is not as an author of an exercise meant it, with file, line and column: an
	                               exercise that another needs was left out, or comes later */
};

/* What the author of an exercise has left to do begins so, in any of its files: `validate` tells it. */
#define AUTHOR_TODO "TODO(author)"

/* A file at the root of each handout: made by handout/. */
#define HANDOUT_MARKER ".forkjoin-handout"

/* Reads root/assignments/course.yaml and every assignment that it names; in a handout, those that are there.
 * `folder` (or NULL): of a course outside of the kit. Then it is folder/course.yaml, of which the kit's says what it
 * leaves out (units, headers, imports, harmless, forbidden), and each assignment is the one in `folder`, or else the
 * kit's. Errors read "assignments/pipe_ring/assignment.yaml:14:9: unknown key 'pionts', did you mean 'points'?".
 * Returns NULL and fills *error. The caller owns the result. Blocks on files only. MT: not. */
struct course *course_load(const char *root, const char *folder, struct error *error);
void course_free(struct course *course);

/* The text of its course.yaml as it would be in the kit itself: with what it leaves out, from the kit's. The caller
 * frees it. NULL and *error: a file cannot be read any more. */
char *course_whole(const struct course *course, struct error *error);

/* Adds an assignment behind the others to the file `path`, a course.yaml. 0, or -1 and *error: it cannot be read or
 * written, or has no list `assignments`. */
int course_add(const char *path, const char *name, struct error *error);

/* Reads one assignment.yaml, and the assignment.hidden.yaml beside it if there is one. As course_load, which alone
 * knows its root, weight and due date. */
struct assignment *assignment_load(const char *path, struct error *error);
void assignment_free(struct assignment *assignment);

const struct assignment *course_find(const struct course *course, const char *name); /* NULL if there is none */
const struct forbidden_symbol *course_forbidden(const struct course *course,
                                                const char *symbol); /* NULL if it is not */
const struct forbidden_calls *assignment_forbidden(const struct assignment *assignment,
                                                   const char *symbol); /* NULL if it is not */
const struct test_spec *assignment_test(const struct assignment *assignment,
                                        const char *name); /* NULL if there is none */
/* What the assignment reuses that has this function, or this header ("socket_rpc.h"); NULL: nothing. */
const struct reuse *assignment_reuses(const struct assignment *assignment, const char *function);
const struct reuse *assignment_reuses_header(const struct assignment *assignment, const char *header);
/* The path of the file that has the test: assignment.yaml or assignment.hidden.yaml. */
const char *assignment_file(const struct assignment *assignment, const struct test_spec *test);
/* Do its processes connect to each other by sockets with an address? It lists `socket` in its imports. */
bool assignment_listens(const struct assignment *assignment);
const struct hint *assignment_hint(const struct assignment *assignment, const char *id); /* NULL if there is none */

/* What tells the skeleton of an assignment from all other sources: hexadecimal digits that depend on its text, but not
 * on comments, white space and line ends. MT: safe. */
enum { SKELETON_MARK = 16 };
void skeleton_mark(const char *text, char mark[SKELETON_MARK + 1]);
/* Whether nothing but comments and white space was changed since the source was handed out. Of an assignment that does
 * not tell its skeleton's mark, and for a NULL text: false. */
bool is_skeleton(const struct assignment *assignment, const char *text);

/* Adds a file of an assignment as the runs of submissions depend on it: without comments, and without the values of
 * `points` and `cost`. One that is missing or no YAML counts as hash_add_file has it. */
void hash_add_without_points(struct hash *hash, const char *path);

/* The closest of `names` to `word` by edit distance, for "did you mean"; NULL if none is close. */
const char *closest(const char *word, const char *const names[], size_t count);

/* ---- where a submission is ------------------------------------------------------------------ */

/* What an assignment's file in a submission folder turned out to be. */
enum source_state {
	SOURCE_OK,
	SOURCE_MISSING,   /* no NAME.c, no assignments/NAME/NAME.c, and nothing that is called alike in any folder */
	SOURCE_AMBIGUOUS, /* several, and they differ */
	SOURCE_REJECTED,  /* not a regular file, too large, empty, or not text; `problem` says so */
	SOURCE_UNREADABLE /* the machine does not let us read it: nobody knows what is in it; `problem` says why */
};

struct source {
	enum source_state state;
	char *path; /* as found; NULL when missing */
	char *text; /* bytes, NUL-terminated; byte-order mark removed */
	size_t size;
	char sha256[65]; /* of the bytes as found */
	char *problem;   /* sentence for the student, or NULL */
	char *offer;     /* what may be meant when it is missing or ambiguous, a path in the folder; or NULL */
	struct string_list
	    remarks; /* what was noticed and tolerated: CRLF line ends, a byte-order mark, a changed header */
};

enum { SOURCE_LIMIT = 256 * 1024 }; /* bytes; larger sources are rejected */

/* Looks for the assignment's file in `folder`: NAME.c or assignments/NAME/NAME.c, else what is called alike ("Race-Fix
 * (1).C", "race_fix.c.txt", "my_race_fix.cpp") there or in a folder in it, with a remark. Of copies side by side the
 * latest counts, with a remark. Text in UTF-16 or in Latin-1 is read as such, with a remark. Never fails: problems are
 * in the result. Never blocks on FIFOs or devices. When a copy of the header of the assignment in the submission
 * differs from `root`/include/NAME.h (`root`: the assignment's), that is a remark. */
struct source *source_find(const char *root, const char *folder, const char *assignment);

/* The result for a submission that could not even be looked into: rejected, with that sentence. */
struct source *source_refused(const char *problem);
/* The same when that is the machine's fault: unreadable. */
struct source *source_unreadable(const char *problem);
/* Adds a remark that others have made on the way to the source. The text is copied. */
void source_remark(struct source *source, const char *text);
void source_free(struct source *source);

#endif
