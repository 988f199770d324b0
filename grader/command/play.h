/* play.h - between the files of `play`: a program whose schedule the player decides, step by step. Each step is a run
 * of its own, in a host of its own, of the choices so far. */
#ifndef PLAY_H
#define PLAY_H

#include "../check/exploration.h"
#include "../course/levels.h"
#include "explore.h"

/* ---- play_stage.c: what is played, and what its host says ----------------------------------- */

struct stage {
	const struct session *session;
	const struct kit *kit;
	const struct assignment *assignment; /* or NULL: files */
	const char *test;                    /* of it */
	struct queue *queue;
	struct wish wish; /* files, flags and arguments, or the folder of the submission; stage_clear frees it */
	struct built built;
	struct lines *lines;
	struct source_text source[MOST_WORDS];
	char *racy; /* places of races that the search has found: accesses there are scheduling points */
};

/* How to search. NULL: as the host does by itself. */
struct search_way {
	const char *strategy;
	int bound;
	const char *schedules, *seconds;
	bool all;
};

/* Builds it. 0, or -1 and *error: it does not build, or cannot be explored. Blocks. */
int stage_open(struct stage *stage, struct error *error);
void stage_clear(struct stage *stage); /* also one that could not be opened */

/* Searches, and notes the places of races. The one exploration in `found` is the caller's to free. 0, or -1 and *error:
 * interrupted, or the program did not run. Blocks. */
int stage_search(struct stage *stage, const struct search_way *way, struct explorations *found, struct error *error);

enum moment_kind { MOMENT_END, MOMENT_NEXT, MOMENT_WAITER, MOMENT_SPURIOUS, MOMENT_CHOICE };

struct moment_option {
	size_t value; /* a lane; of MOMENT_SPURIOUS 0 or 1, of MOMENT_CHOICE a number of the test's */
	bool fires;   /* the wait of that lane ends by its time limit */
	bool costs;   /* a switch */
};

/* Where a schedule stands. */
struct position {
	enum moment_kind kind;        /* of the choice to make; MOMENT_END: the run is over */
	struct moment_option *option; /* the first is what happens by default */
	size_t option_count, current; /* current: the lane that runs */
	unsigned *taken;              /* the options taken so far */
	size_t taken_count;
	size_t next, held; /* of the last steps of the interleaving: see struct board */
	struct explorations explored;
	const struct discovery *state; /* in `explored`: what has gone wrong, the token, the interleaving */
};

/* Runs the options taken so far ("0.1.0"), and by default to the next choice that matters if `plays_on`; or the
 * schedule `replay` to its end, unless that is NULL. The position is the caller's to clear. 0, or -1 and *error. Blocks
 * for a few milliseconds. */
int stage_look(struct stage *stage, const char *options, bool plays_on, const char *replay, struct position *position,
               struct error *error);
void position_clear(struct position *position);

/* A run of a tree of schedules. */
struct branch {
	struct position position; /* `state` is in the tree's explorations */
	long from, same;          /* the run that it goes on from, and an earlier one that came to the same choice; or -1 */
};
struct branches {
	struct explorations explored;
	struct branch *branch;
	size_t count;
};

/* Runs the schedules with at most `bound` switches, each state once, at most `most` runs, first the schedule `options`
 * and what lies beside it. The branches are the caller's to clear. 0, or -1 and *error. Blocks. */
int stage_tree(struct stage *stage, const char *options, int bound, unsigned most, struct branches *branches,
               struct error *error);
void branches_clear(struct branches *branches);

/* Switches up to which the fixed twins of levels are proved to be right; schedules that are enough for that. */
enum { TWIN_BOUND = 2 };
#define LEVEL_SCHEDULES "200000"

/* Is that something that breaks a program: more than a race? Or did it do what the explorer does not cover? */
bool breaks(const struct discovery *discovery);
bool is_beyond(const struct discovery *discovery);

/* ---- play_words.c: a choice in words -------------------------------------------------------- */

enum { MOMENT_KEYS = 36 };

bool position_asks_for_lane(const struct position *position); /* its options are threads or processes */

/* The key of the option: of a thread its number, of the main thread 0, of those from the tenth on a capital letter from
 * A on. Where one has no key, and for other choices, they are counted from 1. ' ': it has none. */
char moment_key(const struct position *position, size_t option);

/* What the choice is about, and what the option is: "thread 1". The caller frees them. */
char *moment_question(const struct position *position);
char *moment_words(const struct position *position, size_t option);

/* ---- play_page.c: all levels as a page ------------------------------------------------------ */

/* Writes the page, which needs nothing else. 0, or -1 and *error. Blocks for a minute or so. */
int write_page(const struct stage *common, const struct levels *levels, const char *path, struct error *error);

/* ---- play_keys.c: what is typed ------------------------------------------------------------- */

enum { KEY_END = -1, KEY_INTERRUPTED = -2, KEY_RESIZED = -3 };

/* From a terminal each key at once and without echo; else the characters of standard input. */
struct keys;
struct keys *keys_open(int signals);
void keys_close(struct keys *keys); /* the terminal is as before; NULL is fine */
/* Waits for the next one: a character, or one of the above. White space but the space is left out. */
int keys_next(struct keys *keys);
bool keys_from_terminal(const struct keys *keys);

/* ---- play_game.c: one program --------------------------------------------------------------- */

struct game {
	struct stage *stage;
	struct keys *keys;
	const struct levels *levels; /* NULL: no level */
	const struct level *level;
	bool twin; /* the fixed one */
};

enum game_end { GAME_QUIT, GAME_INTERRUPTED, GAME_FAILED, GAME_NEXT, GAME_TWIN, GAME_LIST };

/* Plays until the player wants something else. GAME_FAILED: *error says why. */
enum game_end game_play(struct game *game, struct error *error);

/* ---- play_progress.c: which levels were done ------------------------------------------------ */

/* The fewest switches with which the level was broken, or -1. */
int progress_of_level(const struct kit *kit, const char *name);
/* Keeps it if it is fewer than before. 0, or -1 and *error. */
int progress_keep(const struct kit *kit, const char *name, unsigned switches, struct error *error);
/* The first level that was not done; NULL: all were. `done` (or NULL) gets how many were. */
const struct level *progress_next(const struct kit *kit, const struct levels *levels, size_t *done);

/* ---- play_prove.c --------------------------------------------------------------------------- */

/* The levels in `folder`; NULL: the kit's own. NULL and *error. */
struct levels *open_levels(const struct kit *kit, const char *folder, struct error *error);

/* Proves of each level that no schedule with fewer switches than its par breaks it and one with so many does, and that
 * none with at most two breaks its twin; says so. Returns the number of problems, each of which is printed; -1 and
 * *error: interrupted. */
int prove_levels(const struct session *session, const struct kit *kit, struct queue *queue, const struct levels *levels,
                 struct error *error);

#endif
