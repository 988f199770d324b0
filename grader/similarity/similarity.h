/* similarity.h - which submissions of an assignment are alike, and where. It finds places to look at; it judges nobody,
 * and no score depends on it.
 *
 * The comparing is done by sim_c (Debian: similarity-tester, https://dickgrune.com/Programs/similarity_tester/). It
 * gets each source as a list of tokens, one a line: names, numbers and characters are all the same to it, comments,
 * layout, qualifiers and #include are left out. So it never sees a byte that a student has chosen, and a line that it
 * names is a token, however the source is laid out.
 *
 * The measure: of the tokens of the smaller of two sources that are its own, the percent that stand in a run of
 * SIMILAR_RUN or more tokens which the other one has, too. Not its own are tokens in a run that the skeleton or the
 * public header has (names aside), and in SIMILAR_SPELT or more tokens in a row that are spelt as in one of these. */
#ifndef SIMILARITY_H
#define SIMILARITY_H

#include "../build/build.h"

#include <stdio.h>

enum {
	SIMILAR_RUN = 24,   /* shorter runs are everybody's: sim_c's own default */
	SIMILAR_SPELT = 6,  /* tokens as in the skeleton, in a row */
	SIMILAR_AGAIN = 8,  /* what a source has more often counts so often */
	SIMILAR_LEAST = 40, /* sources with fewer tokens of their own are compared byte by byte only */
	SIMILAR_BOTH = 8    /* a run must have so many tokens on each side that are its own */
};

/* What one student handed in. Strings are borrowed until similarity_find returns; `student` as long as the result. */
struct similar_work {
	const char *student;
	const struct assignment *assignment;
	const char *folder; /* where the submission is; NULL: nowhere, it is left out */
	size_t submission;  /* equal for those who handed in together: what they have in common is one thing */
	size_t group;       /* equal for those who work together, and are never compared; 0: of none */
	int64_t handed_in;  /* seconds since 1970, 0: not known */
	bool earlier;       /* of an earlier year: compared with this one's only, and not counted */
};

/* A token of a source: bytes begin..end of its text. */
struct similar_token {
	unsigned begin, end, line; /* lines from 1 */
	unsigned char sort;        /* what sim_c is shown: an index of its own */
	bool own;                  /* not the skeleton's */
	uint64_t spelling;         /* a hash of it */
};

/* A text that was handed in, by one submission or by several: byte for byte the same. */
struct similar_file {
	const struct assignment *assignment;
	char *text;
	size_t size;
	const char **student; /* all of them; borrowed from the works */
	size_t *submission;   /* of each, */
	size_t *group;        /* and the group */
	size_t student_count, submission_count;
	size_t earlier; /* submissions among them that are of earlier years */
	struct similar_token *token;
	size_t token_count, own;
	bool skeleton; /* nothing was changed */
	int highest;   /* percent that it has with any other submission; -1: not compared */
	size_t number; /* private */
};

/* Tokens first..last of one file that are like those of another one. */
struct similar_run {
	size_t first[2], last[2];
};

/* Two files that are alike; or one file of several submissions: a == b, 100 percent, no runs. */
struct similar_pair {
	size_t a, b; /* in `file`; a is the smaller one */
	int percent;
	struct similar_run *run; /* by their place in a */
	size_t run_count;
};

struct similarity {
	int percent; /* the threshold */
	struct similar_file *file;
	size_t file_count;
	struct similar_pair *pair; /* those of `percent` or more; most alike first */
	size_t pair_count;
	size_t pairs;                  /* the same, each two submissions counted */
	size_t submissions;            /* of this year that were compared */
	size_t earlier;                /* of earlier years */
	size_t untouched, small;       /* submissions that are the skeleton; that have too little of their own */
	struct string_list incomplete; /* sentences: what could not be compared */
};

/* Whether sim_c is installed. */
bool similarity_there(void);

/* Compares all works of each assignment with each other, but for two that are both of earlier years. `percent`: 1 to
 * 100. Works the queue; makes a folder build/run/PID-similarity and removes it. Returns a result for similarity_free;
 * NULL and *error: interrupted, or sim_c does not work. Blocks: about 0.1 ms of one core for each two submissions. Not
 * for several threads at once. */
struct similarity *similarity_find(const struct kit *kit, struct queue *queue, const struct similar_work work[],
                                   size_t count, int percent, struct error *error);
void similarity_free(struct similarity *similarity); /* NULL is fine */

/* similarity.html: how to read it, how the class is spread, the pairs, each side by side. Self-contained. Whether
 * writing worked `out` knows. `out` is a new stream that knows how much was written (ftell): after 3 MiB pairs are only
 * listed. MT: safe. */
void similarity_page(FILE *out, const struct similarity *similarity, const struct course *course);

/* Whether the folders below can be written there: 0, or -1 and *error. */
int similarity_fits(const char *folder, struct error *error);

/* What other programs read, in `folder`, which must be empty or missing.
 *
 * Dolos (https://dolos.ugent.be/docs/adding-metadata): ASSIGNMENT/info.csv with filename, full_name, created_at;
 * ASSIGNMENT/STUDENT.c; and ASSIGNMENT/skeleton/NAME.c, for its option --ignore.
 *
 * JPlag (https://github.com/jplag/JPlag): ASSIGNMENT/submissions/STUDENT/NAME.c; and ASSIGNMENT/base/NAME.c, for its
 * option -bc.
 *
 * STUDENT has only letters, digits, '-', '.' and '_'. One file for each submission, named after its first student. 0,
 * or -1 and *error. MT: safe. Blocks on the disk only. */
int similarity_dolos(const struct kit *kit, const struct similar_work work[], size_t count, const char *folder,
                     struct error *error);
int similarity_jplag(const struct kit *kit, const struct similar_work work[], size_t count, const char *folder,
                     struct error *error);

#endif
