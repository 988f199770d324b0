/* steps.h - what one submission goes through, as declared steps. A step says which facts it needs and which one it
 * gives; it is started as soon as all that it needs is there, and gives its fact when it has come to a good end. In
 * which order steps end makes no difference to what is there afterwards.
 *
 * Which facts and steps there are is said by who adds them: building.c and judging.c. */
#ifndef STEPS_H
#define STEPS_H

#include "../build/build.h"
#include "../sandbox/sandbox.h"

#include <stdint.h>

struct check;
struct grading;

typedef uint64_t facts; /* a set of facts, a bit each */

struct step {
	facts needs, gives;
	int rank;                  /* in the queue: the higher goes first */
	enum variant variant;      /* of the object or program that it is about */
	const struct check *check; /* that it is about, or NULL */
	/* Run `shard` of `shards`, or NULL when that one has nothing to do; a step without any run never ends, and gives
	 * nothing. A step without this function ends as it starts. */
	struct run *(*run)(const struct grading *grading, const struct step *step, unsigned shard);
	unsigned shards;
	bool backwards; /* the last shard goes first */
	/* When its runs have ended: did it end well? */
	bool (*then)(struct grading *grading, const struct step *step);

	/* Of steps.c. `result`: of a run that was cut off, or else of the one that took longest. */
	struct steps *steps;
	bool started;
	unsigned running;
	struct run_result result;
};

struct steps {
	struct queue *queue;     /* borrowed, as the next one */
	struct grading *grading; /* whose steps these are */
	void (*ended)(struct grading *grading);
	struct step *step;
	size_t count;
	facts there;
	unsigned running;
	bool stopped;   /* by steps_stop: nothing more is started, and what still runs says nothing */
	bool cancelled; /* the same, by a signal */
};

/* Copies the step. Not after steps_start. */
void steps_add(struct steps *steps, struct step step);

/* Starts what is ready, from inside of this call and later from the queue's work. When nothing runs and nothing is
 * ready, `ended` is called, once: from inside of this call, if no step has a run. It may free the steps. */
void steps_start(struct steps *steps);

void steps_stop(struct steps *steps);
void steps_free(struct steps *steps); /* what it holds; none may be running */

bool run_succeeded(const struct run_result *result); /* exited with status 0 */

#endif
