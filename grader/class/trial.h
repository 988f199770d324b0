/* trial.h - a submission under Criterion's own runner and, to compare, under the kit's host: the same object files but
 * for the host, the same schedule. Nothing is graded here. */
#ifndef TRIAL_H
#define TRIAL_H

#include "../check/criterion_json.h"
#include "../check/host_report.h"

/* What to try, and then what came of it. Strings of the upper part are borrowed. */
struct trial {
	const char *folder; /* where the submission is */
	bool host;          /* under the kit's host, too */
	bool own;           /* the kit's own, which `validate` seals: here only its text is looked at */
	unsigned schedule;

	char *problem; /* why there is nothing to compare (what the compiler said, ...), or NULL */
	struct runner_report runner;
	struct host_report *hosted; /* NULL unless wanted */
};

/* Makes all trials of submissions of one assignment, with the queue's slots. `progress` (may be NULL) is called when
 * one is done. 0, or -1 and *error when the kit's half does not build or a signal interrupted it. */
int trials_run(const struct kit *kit, const struct assignment *assignment, struct queue *queue, struct trial trial[],
               size_t count, void (*progress)(void *context), void *context, struct error *error);
void trial_clear(struct trial *trial);

#endif
