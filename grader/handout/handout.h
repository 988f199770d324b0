/* handout.h - what students get of a kit: a repository of its own that builds and grades, with nothing of hidden tests,
 * mutants, solutions and alternatives. It is collected in memory, looked through for leaks, and written last. */
#ifndef HANDOUT_H
#define HANDOUT_H

#include "../course/course.h"
#include "../error.h"

struct handout_wish {
	const struct course *course;          /* the kit's */
	const struct string_list *assignment; /* which ones; empty: all */
	const char *repository; /* "owner/name" of the handout on GitHub, for its workflows; NULL: not known */
	const char *folder;     /* where to */
};

/* Something in the handout that students must not see. */
struct leak {
	char *path;    /* of the file in the handout */
	unsigned line; /* 0: the whole file, or its name */
	char *text;    /* a sentence with file and line here and there, and what it is */
};

struct leaks {
	struct leak *item; /* by path and line */
	size_t count;
};

struct handout_done {
	size_t assignments, files;
	struct leaks leaks;                          /* if there are any, nothing was written; freed by leaks_clear */
	size_t names, texts, lines, forbidden_files; /* how many secrets it was searched for (secrets.h) */
};

/* Makes the handout. wish->folder may be missing, empty, or an earlier handout in which nothing was changed since (its
 * .git and build are not looked at; .git is kept, build is not); anything else is refused. It is written whole or not
 * at all. 0 and *done; or -1 and *error: refused, something would leak (done->leaks, which is set in any case), the kit
 * is itself a handout, a file cannot be read or written. Borrows all of the wish. Blocks on files only. MT: safe for
 * different folders. */
int handout_make(const struct handout_wish *wish, struct handout_done *done, struct error *error);

/* What would leak of a handout like that, whose folder does not matter; nothing is written. 0 and *done; or -1 and
 * *error as above. Blocks on files only. MT: safe. */
int handout_search(const struct handout_wish *wish, struct handout_done *done, struct error *error);

void leaks_clear(struct leaks *leaks);

#endif
