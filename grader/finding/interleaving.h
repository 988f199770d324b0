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
	char *object;    /* "mutex 1", "count", "pipe 0", "fifo requests"; or NULL */
	char *effect;    /* what changed: "waits: thread 2 holds mutex 1", "0 -> 1"; or NULL */
	bool switched;   /* decisive: right before this step the schedule interrupted a thread that could have gone on */
	bool spurious;   /* a wait on a condition variable ends here without a signal */
};

enum change_kind {
	CHANGE_HOLDER, /* `lane` holds `object` since file:line; NO_LANE: `value` readers do */
	CHANGE_WAITER, /* `lane` waits for `object`, or for `text` ("bytes", of the pipe or socket `value`); neither: it
	                  does not wait */
	CHANGE_VALUE,  /* `text` is in the variable or semaphore `object` */
	CHANGE_BYTES,  /* `value` bytes are in the pipe `id`, or can be read at this end of a pair of sockets */
	CHANGE_ENDS,   /* the process of `lane` has ends of the pipe `id` open: 1 read, 2 write, 3 both, 0 none; or 4: this
	                  end of a pair of sockets, whose other end has the `id` beside it (id ^ 1) */
	CHANGE_CHILD   /* the process of `lane`: 0 runs, 1 has ended, 2 was waited for */
};
#define NO_LANE ((size_t)-1)

/* Pipes have the ids below, ends of pairs of sockets this one and those above. */
enum { FIRST_SOCKET = 64 };

/* What a step leaves otherwise than it found it. All that is so after a step is what its changes and those of the steps
 * before say; before the first step nobody holds, waits or has anything. */
struct change {
	enum change_kind kind;
	size_t step, lane; /* `step` < step_count; `lane` < lane_count, or NO_LANE */
	size_t id;         /* tells objects of one name apart: two processes may have a "lock" each */
	char *object;      /* as in steps, or NULL */
	char *class;       /* "mutex", "semaphore", "memory", ...; or NULL */
	char *text;        /* or NULL */
	long value;
	char *file; /* base name, or NULL */
	unsigned line;
};

struct interleaving {
	char **lane; /* names: "main thread", "thread 1", "child 2" */
	size_t lane_count;
	struct step *step;
	size_t step_count;
	unsigned switches;     /* how many steps are `switched` */
	struct change *change; /* in the order of their steps */
	size_t change_count;
	char *outcome; /* one sentence: what went wrong at the end */
};

void interleaving_free(struct interleaving *interleaving); /* NULL is allowed */

/* {"lanes":[], "steps":[{"kind":"acquire", "lane":0, ...}], "changes":[{"kind":"holder", "step":0, ...}],
 * "switches":1, "outcome":""}. Fields that are NULL, 0 or false are left out; bytes that are not UTF-8 become \xNN. A
 * new reference. */
json_t *interleaving_to_json(const struct interleaving *interleaving);

/* Takes what it understands: fields that are missing or of another type are NULL, 0 or false, an unknown kind is
 * STEP_PLAIN, a step of a lane that does not exist is dropped, so are changes of unknown kind, step or lane, switches
 * are counted anew. NULL if `json` is no object.
 */
struct interleaving *interleaving_from_json(const json_t *json);

#endif
