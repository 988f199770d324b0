/* interleaving.h - what each thread did in one schedule, step by step: the evidence of a finding that the explorer
 * made. Tables, pictures and JSON are made of it. */
#ifndef INTERLEAVING_H
#define INTERLEAVING_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum step_kind {
	STEP_PLAIN,   /* nothing about locks: an access, a call */
	STEP_ACQUIRE, /* `object` is held by this lane from here on */
	STEP_RELEASE, /* `object` is free again */
	STEP_WAIT,    /* the lane waits from here until its next step */
	STEP_START,   /* the lane's first step */
	STEP_END,     /* the lane's last step */
	STEP_FAIL     /* what is wrong shows here */
};

struct step {
	enum step_kind kind;
	size_t lane;
	char *file; /* base name, or NULL */
	unsigned line;
	char *code;      /* text of the source line without indentation, or NULL */
	char *operation; /* "lock", "signal", "read", "fork" */
	char *object;    /* "mutex 1", "count", "pipe 0"; or NULL */
	char *effect;    /* what changed: "waits: thread 2 holds mutex 1", "0 -> 1"; or NULL */
	bool switched;   /* decisive: right before this step the schedule interrupted a thread that could have gone on */
};

struct interleaving {
	char **lane; /* names: "main thread", "thread 1", "child 2" */
	size_t lane_count;
	struct step *step;
	size_t step_count;
	unsigned switches; /* how many steps are `switched` */
	char *outcome;     /* one sentence: what went wrong at the end */
};

void interleaving_free(struct interleaving *interleaving); /* NULL is allowed */

/* {"lanes":[], "steps":[{"kind":"acquire", "lane":0, ...}], "switches":1, "outcome":""}. Fields that are NULL, 0 or
 * false are left out; bytes that are not UTF-8 become \xNN. A new reference. */
json_t *interleaving_to_json(const struct interleaving *interleaving);

/* Takes what it understands: fields that are missing or of another type are NULL, 0 or false, an unknown kind is
 * STEP_PLAIN, a step of a lane that does not exist is dropped, switches are counted anew. NULL if `json` is no object.
 */
struct interleaving *interleaving_from_json(const json_t *json);

#endif
