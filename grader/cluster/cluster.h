/* cluster.h - a class that is judged on many machines: the plan that is given to all of them, which share of it is
 * whose, and the results that they bring. Everything is a file in one folder that all of them see:
 *
 *   plan.json     what has to be judged; written before an array of elements starts, not changed while it runs
 *   halves        the kit's own programs that these need, a folder on each line
 *   KEY.json      a result, schema forkjoin/result/1; KEY is the hash of all that it depends on (class_key)
 *
 * A result is there as a whole or not at all, whatever stops the one that writes it. Nobody waits for anybody, there
 * are no locks and no database: what is in the folder is all that elements have in common. Nothing here is changed
 * behind the callers' backs, so all of it may be used by several threads; all of it blocks on the disk only. */
#ifndef CLUSTER_H
#define CLUSTER_H

#include "../error.h"
#include "../file.h"
#include "../score/grade.h"

#include <stdbool.h>
#include <stddef.h>

/* ---- shares --------------------------------------------------------------------------------- */

/* Element `number` (0, 1, ...) of `of`. */
struct share {
	unsigned number, of;
};

/* Reads "3/8". 0, or -1 and *error: no two numbers, or not 0 <= 3 < 8. */
int share_parse(const char *text, struct share *share, struct error *error);

/* Is the work at this place (0, 1, ...) of the plan in the share? Each place is in exactly one, and no share has two
 * more than another. A pure function. */
bool share_has(const struct share *share, size_t place);

/* ---- the plan ------------------------------------------------------------------------------- */

/* One thing to judge; it may count for several students. Strings are the plan's. */
struct plan_item {
	char key[HASH_SIZE];
	char *assignment; /* name */
	char *handin;     /* what was handed in, by plan_name */
};

struct plan {
	struct plan_item *item; /* sorted by key, once plan_sort has seen them; keys are unique */
	size_t count;
	bool fresh; /* all is judged anew: results from before this plan do not count */
};

/* A path as it is in a plan: in UTF-8, whatever bytes it has. The caller frees it. */
char *plan_name(const char *path);

/* Adds a copy of all three; `path` is of the thing that was handed in, in the class's folder. */
void plan_add(struct plan *plan, const char *key, const char *assignment, const char *path);

void plan_sort(struct plan *plan);
bool plan_has_assignment(const struct plan *plan, const char *assignment);

/* Sorts it and writes FOLDER/plan.json, whole or not at all. 0, or -1 and *error. */
int plan_save(struct plan *plan, const char *folder, struct error *error);

/* Reads it. NULL and *error when there is none or it is not one. Freed by plan_free. */
struct plan *plan_load(const char *folder, struct error *error);
void plan_clear(struct plan *plan); /* frees what is in it */
void plan_free(struct plan *plan);  /* NULL is fine */

/* The item with that key, or NULL. The plan is sorted. */
const struct plan_item *plan_find(const struct plan *plan, const char *key);

/* ---- results -------------------------------------------------------------------------------- */

/* Keeps the grade as FOLDER/KEY.json: written beside it, brought to the disk, renamed. What is there is replaced. 0, or
 * -1 and *error. */
int result_keep(const char *folder, const char *key, const struct grade *grade, struct error *error);

/* The grade in FOLDER/KEY.json, for grade_free. NULL when there is none (*error is "") or when the file is not a
 * result of that assignment (*error says so). */
struct grade *result_take(const char *folder, const char *key, const char *assignment, struct error *error);

/* A grade that says that there is none: nobody could judge it, and why. For grade_free. */
struct grade *result_missing(const struct assignment *assignment, const char *submission, const char *why);

/* Removes FOLDER/KEY.json, if it is there. */
void result_drop(const char *folder, const char *key);

/* Removes results that are not of this plan, and what elements that were killed have not finished; other files are not
 * touched. How many results that were. NULL: of any plan. */
size_t results_tidy(const char *folder, const struct plan *plan);

/* The end: removes plan, halves and all results. */
void results_end(const char *folder);

/* ---- memory --------------------------------------------------------------------------------- */

/* How many processes of this one's control group the kernel has killed because the group was out of memory; 0 when that
 * cannot be told. When it grows, what has just been judged was perhaps judged wrongly. `root` is "" but in tests. */
unsigned long long memory_kills(const char *root);

#endif
