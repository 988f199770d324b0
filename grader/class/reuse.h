/* reuse.h - which file of an earlier exercise is linked with a submission whose assignment reuses functions of it, and
 * its objects.
 *
 * It is the student's own, found in the same submission as grading finds it, if its own grade is full marks in all that
 * tests and checks decide; otherwise the reference's. So what is broken costs once: where it was written. In a handout
 * there is no reference: there it is the student's own as soon as it compiles, and was changed at all.
 *
 * Whoever builds submissions goes this way, in this order:
 *
 *   reuses_open      whose grades decide
 *   (grade these)    reuses_note each
 *   reuses_choose    which parts
 *   reuses_build     their objects
 *   reuses_close     removes them
 *
 * MT: not. */
#ifndef REUSE_H
#define REUSE_H

#include "class.h"

struct reuses;

/* Looks which own files of earlier exercises there are. The strings of the requests are borrowed until
 * reuses_close. Reads files. */
struct reuses *reuses_open(const struct kit *kit, const struct request *const request[], size_t count,
                           const struct class_options *options);
void reuses_close(struct reuses *reuses); /* NULL is fine */

/* The request at `index` whose grade decides, each once; NULL behind the last. Borrowed. */
const struct request *reuses_needed(const struct reuses *reuses, size_t index);
/* Its grade. */
void reuses_note(struct reuses *reuses, const struct request *needed, const struct grade *grade);

/* The parts of the request at `index`; borrowed, and not built yet. All grades that are needed must be known. */
struct parts *reuses_choose(struct reuses *reuses, size_t index);

/* Builds the parts of these requests, each file once. Uses the queue and works it. Where a part turns out not to be
 * buildable, it is none, with the reason, or there is a problem. 0, or -1 and *error: the kit's half cannot be built,
 * or a signal interrupted it. */
int reuses_build(struct reuses *reuses, struct queue *queue, const size_t index[], size_t count, struct error *error);

/* All of that for submissions that nobody grades. *reuses is to be closed in any case. 0, or -1 and *error. */
int reuses_make(const struct kit *kit, struct queue *queue, const struct request *const request[], size_t count,
                struct reuses **reuses, struct error *error);

/* The parts of a request as far as they are known without running anything: false, where a grade is unknown. The caller
 * clears them. */
bool parts_known(const struct kit *kit, const struct request *request, const struct class_options *options,
                 struct parts *parts);
void parts_clear(struct parts *parts);

/* Adds what the result of a submission depends on: which parts it has; or, where that is not known, all that decides
 * it. */
void parts_hash(struct hash *hash, const struct parts *parts);
void reuses_hash(struct hash *hash, const struct kit *kit, const struct request *request,
                 const struct class_options *options);

/* Why a submission that calls one of the functions cannot be linked, the first sentence of that kind; NULL: nothing is
 * missing. The caller frees it. */
char *parts_missing(const struct parts *parts);

/* In each finding with a place in a part: a line that says so. */
void parts_explain(const struct parts *parts, struct grade *grade);

#endif
