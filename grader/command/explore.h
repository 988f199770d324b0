/* explore.h - between the files of `explore`: what was asked for, and what was built for it. */
#ifndef EXPLORE_H
#define EXPLORE_H

#include "command.h"

#include <stdint.h>

enum { MOST_WORDS = 256 };

/* The command line. `file`, `flag` and `argument` are copies, each list NULL-terminated. */
struct wish {
	const char *assignment, *test, *folder;
	const char *strategy, *seed, *schedules, *bound, *steps, *seconds, *replay, *picture, *page;
	const char *seeds;
	bool all, gdb, json, measure, build, kernel_threads;
	bool progress;   /* how far it is is shown, on standard error */
	uint64_t deaths; /* signals by which children may die, by bits */
	char *file[MOST_WORDS + 1], *flag[MOST_WORDS + 1], *argument[MOST_WORDS + 1];
	size_t files, flags, arguments;
	char *refused; /* what cannot be explored, in a sentence; or NULL */
};

void wish_clear(struct wish *wish);

/* ---- explore_words.c ------------------------------------------------------------------------ */

/* Appends prefix and text as one word. -1: there are too many. */
int add_word(char *word[], size_t *count, const char *prefix, const char *text);

/* A flag for gcc, given in one piece. One that no explored program can have sets wish->refused. -1: too many. */
int add_flag(struct wish *wish, const char *flag);

/* Can the flag be given as it is, without --cc? */
bool is_known_flag(const char *flag);

/* The same flag for a gcc that runs in another folder: a relative path in it is made absolute. The caller frees it. */
char *flag_from_elsewhere(const char *flag);

/* Takes out of the command line what is not for argp: the program's arguments (after "--") and words that are gcc's and
 * would mean something else here (-std=, -include FILE, -pthread). -1 after a complaint. */
int take_words(struct wish *wish, int *argc, char **argv);

/* ---- explore_build.c ------------------------------------------------------------------------ */

/* What was built: the program, its folder (this process's alone, until built_clear), the sources whose lines may be
 * shown. */
struct built {
	char *folder, *program;
	char mark[HASH_SIZE];
	char *file[MOST_WORDS], *text[MOST_WORDS];
	size_t sources;
	const char *uncovered; /* a function that the explorer does not cover, or NULL */
};

/* 0, or -1 and *error. */
int build_files(const struct kit *kit, const struct wish *wish, struct queue *queue, struct built *built,
                struct error *error);
int build_explored(const struct kit *kit, const struct assignment *assignment, const struct wish *wish,
                   struct queue *queue, struct built *built, struct error *error);

/* Moves the program to where it stays: build/explore/MARK. 0, or -1 and *error. */
int built_keep(const struct kit *kit, struct built *built, struct error *error);
void built_clear(struct built *built);

/* ---- explore.c ------------------------------------------------------------------------------ */

/* A run of what was built: of a submission in the cage; of a program that the person at the keyboard calls his own, as
 * he would start it. `gdb`: words before it, and the test that it is of; or NULL. run_free it, or the queue does. */
struct run *explored_run(const struct kit *kit, const struct assignment *assignment, const struct built *built,
                         const char *const gdb[], const char *test);

/* Adds an option of the host, unless `value` is NULL. */
void run_option(struct run *run, const char *name, const char *value);

/* Prints the command that shows the schedule again. */
void explored_again(const struct wish *wish, const struct assignment *assignment, const char *token);

#endif
