/* sheet.h - what the sheets are made from: the journal's current run as a table. */
#ifndef SHEET_H
#define SHEET_H

#include "gradebook.h"

struct cell {
	bool present, judged; /* was it handed in? */
	bool counts;          /* there is a `final`: it is judged, or it was set */
	int read, to_read;    /* points for what a person has read, and may still give */
	int score, max_score, late_days, free_days, deduction, adjustment, final;
	char *adjusted; /* "+3 by the instructor: ...", or NULL */
	char *note;     /* or NULL */
};

struct student {
	char *name;
	int roster_row;    /* or ROSTER_NONE */
	struct cell *cell; /* of each assignment of the table */
};

struct table {
	struct student *student; /* in the roster's order, the others by name behind them */
	size_t count;
	const struct assignment **assignment; /* of the course, in its order: those that somebody handed in; all, if nobody
	                                         handed in anything */
	size_t assignments;
};

/* Is it not judged because somebody has to look at it first? Its note says so: FOR_PERSON. */
bool is_for_person(const struct cell *cell);

/* Has somebody refused it? REFUSED. */
bool is_refused(const struct cell *cell);

/* What the student is called for people to read. Borrowed. */
const char *student_called(const struct sheets *sheets, const struct student *student);

/* What counts of the student's assignments, each as often as its weight says. False: nothing does. */
bool student_total(const struct table *table, const struct student *student, int *total);

int table_load(const struct sheets *sheets, struct table *table, struct error *error);
void table_clear(struct table *table);

struct late_days {
	int late, free;
};

/* Of all assignments of the course, also of those that this run does not have. */
struct late_table {
	const struct course *course;
	struct late_days *days; /* [student of the table][assignment of the course] */
	int *used;              /* free days of each student */
};

int late_table_load(const struct sheets *sheets, const struct table *table, struct late_table *late,
                    struct error *error);
void late_table_clear(struct late_table *late);
/* Parts of the page: what goes wrong first for how many, and how the mean rises. Nothing where there is none. */
int put_talk(FILE *out, const struct sheets *sheets, struct error *error);
int put_progress(FILE *out, const struct sheets *sheets, struct error *error);

void put_late_days(FILE *out, const struct sheets *sheets, const struct table *table, const struct late_table *late);

#endif
