/* sheet.h - what the sheets are made from: the journal's current run as a table. */
#ifndef SHEET_H
#define SHEET_H

#include "gradebook.h"

struct cell {
	bool present, judged; /* was it handed in? */
	bool counts;          /* there is a `final`: it is judged, or it was set */
	int score, max_score, late_days, deduction, adjustment, final;
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

/* Is it not judged because somebody has to look at it first? Its note says so. */
bool is_for_person(const struct cell *cell);

int table_load(const struct sheets *sheets, struct table *table, struct error *error);
void table_clear(struct table *table);

#endif
