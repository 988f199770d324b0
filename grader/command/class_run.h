/* class_run.h - between the files of `class`: what a run of a class has in hand. class.c is the run from its beginning
 * to its end; class_open.c what was handed in, and by whom; class_terms.c what the instructor has said; class_cluster.c
 * judging elsewhere; class_decide.c what needs a person; class_sheets.c what is written of it all; class_whatif.c what
 * is said when nothing is. */
#ifndef COMMAND_CLASS_RUN_H
#define COMMAND_CLASS_RUN_H

#include "../class/accept.h"
#include "../class/choice.h"
#include "../class/class.h"
#include "../class/decide.h"
#include "../class/handins_open.h"
#include "../class/roll.h"
#include "../gradebook/gradebook.h"
#include "command.h"
#include "progress.h"
#include "similar.h"

#include <time.h>

/* A submission of the roll on its way to a grade. Those with equal keys are judged once: by the first of them. */
struct work {
	const struct roll_entry *entry;
	struct request request;
	struct terms terms;
	struct string_list remarks; /* of the request: those of the intake (borrowed), and what was done besides (owned) */
	char key[HASH_SIZE];
	struct work *same;   /* the next one with an equal key, or NULL */
	struct grade *grade; /* NULL: not yet */
	bool first;          /* judged here */
	bool chosen;         /* it is one of those that this run is about */
	bool kept;           /* it is not, and has the line that it had in the gradebook */
};

struct class
{
	const struct session *session;
	struct kit *kit;
	struct cage *cage;
	struct queue *queue;
	const char *folder, *output_wish, *roster_path;
	char *submissions;   /* the folder, or the archive of the class, as an absolute path */
	const char *results; /* where the elements of a cluster have put results, or NULL: it is judged here */
	bool plan;           /* say only what they have to do */
	bool what_if;        /* say only what would change: nothing is written into `output` */
	bool csv;            /* ... as CSV */
	char *scratch;       /* where its copy of the gradebook is; or NULL */
	char *output;
	unsigned jobs;
	bool regrade, at_due, no_bom;
	char *unpacked, *inside; /* what was made of an archive of the whole class, and the class in it; or NULL */
	struct string_list asked, students; /* names of assignments, and of whom: others are left as they are */
	struct choice_wish choice_wish;
	struct choice choice;
	const char *accept; /* "race_fix=ada/main.c": what a person takes now; or NULL */
	struct roster *roster;
	struct handins handins;
	struct opened *opened;
	struct roll roll;
	struct said said;
	struct decisions decisions;
	struct journal *journal;
	struct work *work; /* roll.count of them */
	struct progress *progress;
	struct timespec begin;
	size_t chosen, known, judged_once;
	struct similar_wish similar_wish;
	char *similar; /* what came of it, a sentence; or NULL */
	int lock;      /* file that is locked while this grades into `output`; -1: none yet */
	int status;
};

/* ---- class_open.c ------------------------------------------------------------------------------- */

/* Each submission as a folder, whose it is, and what the instructor has said of it: folder, roster, handins, opened,
 * roll, choice, adjustments, extensions, decisions and appeals are there. 0, or -1 and *error: *status is the
 * program's then. In any case ended by class_close. Works the queue. */
int class_open(struct class *class, int *status, struct error *error);
void class_close(struct class *class);

/* Fills class->work. 0, or -1 and *error. */
int class_make_works(struct class *class, struct error *error);

/* ---- class_decide.c ----------------------------------------------------------------------------- */

/* Adds a line to decisions.csv about what a person has handed in of the assignment. The wish has the decision, `file`,
 * who, and what else is said. 0, or -1 and *error. Waits for others who write there. */
int class_decide(const struct class *class, size_t handin, const struct assignment *assignment,
                 struct decision_wish wish, struct error *error);

/* Decides that class->accept is accepted, unless that stands in class->decisions already. 0, or -1 and *error. */
int class_accept(const struct class *class, struct error *error);

/* ---- class_terms.c ------------------------------------------------------------------------------ */

/* What counts of the grade. */
struct standing class_standing(const struct work *work, const struct grade *grade);

/* Below the score, which it is no part of: what counts, if that is something else, and why. */
bool class_has_remarks(const struct work *work, const struct grade *grade);
void class_add_remarks(const struct work *work, struct grade *grade);

/* Sets the free days in the terms of all works; what they change elsewhere becomes a remark of the roll. 0, or -1 and
 * *error. */
int class_give_free_days(struct class *class, struct error *error);

/* Of a run of only some submissions, the others keep the lines that they have in the gradebook. 0, or -1 and *error. */
int class_keep_others(struct class *class, struct error *error);

/* What counts of what was not handed in goes into the journal. */
void class_record_absent(struct class *class);

/* ---- class_cluster.c ---------------------------------------------------------------------------- */

/* Writes what the elements have to judge into class->results, and prints how many that are. 0, or -1 and *error. */
int class_write_plan(const struct class *class, const struct request request[], size_t count, struct error *error);

/* What they have brought goes to `sink`, as class_grade's grades do. 0, or -1 and *error. */
int class_collect(struct class *class, const struct request request[], size_t count, grade_sink *sink,
                  struct error *error);

/* ---- class_sheets.c ----------------------------------------------------------------------------- */

/* The files of the gradebook; what cannot be written is a complaint, and class->status. */
void class_write_sheets(struct class *class);

/* What is written for whom reads what no program can judge: REVIEW, with the assignment's name. */
#define REVIEW "review-%s"

/* How many submissions of the assignment have something that nobody has read yet. */
size_t class_count_unread(const struct class *class, const struct assignment *assignment);

/* Similar submissions, which no score and no sheet depends on: only the page of the class gets a link. */
void class_compare(struct class *class);

/* ---- class_whatif.c ----------------------------------------------------------------------------- */

/* A copy of the gradebook in class->scratch, on which the run is tried. 0, or -1 and *error. */
int class_copy_gradebook(struct class *class, struct error *error);

/* Before anything is run: how much will be. */
void class_tell_runs(const struct class *class, const struct request request[], size_t count);

/* After it: what would change, on standard output. 0, or -1 and *error. */
int class_tell_changes(const struct class *class, struct error *error);

#endif
