/* campaign.h - all the runs of one test: plan, run, learn; then shrink what was found and record it. In the host. */
#ifndef CAMPAIGN_H
#define CAMPAIGN_H

#include "../runtime.h"
#include "search.h"

#include <stdio.h>

struct campaign_options {
	const struct strategy *strategy;
	uint64_t seed;
	unsigned schedules;  /* budget */
	unsigned choosing;   /* budget of a test that lets the schedule choose (kit_choose), if that is more */
	unsigned bound;      /* of preemptions, for the systematic part */
	uint64_t steps;      /* scheduling points after which a run counts as endless, at least */
	const char *replay;  /* deviations of a token, or NULL */
	const char *play;    /* game.c: the options taken so far, "0.1.0"; NULL: search, or replay */
	const char *racy;    /* play: places of races that are known, "+401a2c+401b3c"; or NULL */
	bool plays_on;       /* play: then by default to the next choice that matters */
	unsigned tree;       /* play: instead, all schedules with at most `bound` preemptions, in at most so many runs */
	const char *why_not; /* do not explore, for this reason; or NULL */
	unsigned seconds;    /* after so many the search ends; 0: when it is done */
	bool progress;       /* say on standard error how far it is: "1204 10000", a line now and then */
	bool all;            /* go on after a failure, for others */
	bool behind;         /* what fails only by waits that end without a signal is put aside: what else is wrong? */
	bool measure;        /* end with the first finding, do not shrink or record it */
};

/* What all runs together say. One function (campaign_verdict) decides it; text, exit status and JSON follow. */
enum verdict {
	VERDICT_NONE_FAILS,
	VERDICT_FOUND,
	VERDICT_NOT_EXPLORED, /* and why_not says why */
	VERDICT_STOPPED       /* its seconds were over, and nothing was found until then */
};

/* Runs the test once, in a process of its own, in the open world; says how it ended: "pass", "fail", "crash", "hang",
 * "timeout", "pruned". */
typedef const char *campaign_run(void *context);

/* Explores, and writes the results as members of a JSON object: "explore":{...},"found":[...],"notes":[...]; with
 * `behind` also the verdict with waits that last, "behind":"none_fails". Returns
 * the status of the test: "pass", or how the first failing schedule ended. search_open and rt_world_open came before.
 */
const char *campaign(const struct campaign_options *options, campaign_run *run, void *context, FILE *out);

/* For a debugger: plans the replay of `deviations` in this process. */
void campaign_plan_replay(const char *deviations);

/* "text" with what JSON must not contain escaped. */
void campaign_put_string(FILE *out, const char *name, const char *text);
void campaign_put_evidence(FILE *out, const struct rt_evidence *evidence);

#endif
