/* similar.h - what `class` does besides grading: who is similar to whom, and the class as Dolos and JPlag read it. */
#ifndef COMMAND_SIMILAR_H
#define COMMAND_SIMILAR_H

#include "../class/handins_open.h"

struct similar_wish {
	int percent;               /* the threshold; 0: do not compare; SIMILAR_AS_THE_COURSE */
	const char *dolos, *jplag; /* folders, or NULL */
	const char *archive;       /* has a folder for each earlier year, a class as it was handed in; or NULL */
};
enum { SIMILAR_AS_THE_COURSE = -1 };

/* Before anything is graded: whether the folders that are wished for can be made, and the archive is one. 0, or -1 and
 * *error. */
int similar_check(const struct similar_wish *wish, struct error *error);

/* Compares the submissions of the roll, but for those of members of one group of the roster (or NULL), with those of
 * the archive, too, and writes OUTPUT/similarity.html (an older one goes away), and the folders that are wished for.
 * Works the queue. Returns 0, or -1 when a wish could not be met: then *error says why. *line is a sentence for the
 * terminal and the class's page ("similarity: 3 pairs of 60 % or more") in any case, or NULL when nothing is to be
 * said; the caller frees it. *page: whether there is a similarity.html. */
int similar_class(const struct kit *kit, struct queue *queue, const struct handins *handins,
                  const struct opened *opened, const struct roll *roll, const struct roster *roster,
                  const struct similar_wish *wish, const char *output, char **line, bool *page, struct error *error);

#endif
