/* parts.h - one grading, between the files that do its parts: grading.c (the begin and the end), known.c (grades that
 * are kept), building.c (from the source to programs) and judging.c (the checks). */
#ifndef PARTS_H
#define PARTS_H

#include "../check/check.h"
#include "grading.h"
#include "sealing.h"
#include "steps.h"

#include <time.h>

struct grading {
	const struct workshop *workshop;
	const struct request *request;
	struct subject subject;
	struct source *source;
	char *folder, *cache_path;
	struct sealing sealing;
	struct steps steps;
	char mark[HASH_SIZE];
	struct timespec begin;
	void (*done)(void *, const struct request *, struct grade *);
	void *context;
};

/* ---- facts ---------------------------------------------------------------------------------- */

/* What there is once for each variant. */
enum variant_fact {
	PREPROCESSED, /* its preprocessing has ended, well or not */
	OBJECT,       /* NAME-VARIANT.o, and the seal has looked at it */
	RENAMED,
	PROGRAM, /* NAME-VARIANT */
	VARIANT_FACTS
};

static inline facts fact_of(enum variant_fact fact, enum variant variant)
{
	return (facts)1 << (fact * VARIANT_COUNT + variant);
}

#define FACT(number) ((facts)1 << (VARIANT_FACTS * VARIANT_COUNT + (number)))
#define TOKENS_READ FACT(0)          /* the seal has looked at the preprocessed texts */
#define SEALED FACT(1)               /* the seal has nothing against it: programs may be made of the objects */
#define TESTED FACT(2)               /* the first check has judged: the others know which tests come to an end */
#define RAN(place) FACT(3 + (place)) /* the check at that place of check_list has run, but not judged */

/* ---- parts ---------------------------------------------------------------------------------- */

/* Steps from the source to each program that a check of this grading runs. */
void building_add_steps(struct grading *grading);

/* Nothing is known of the submission, for this reason: it is graded again another time. */
void give_up(struct grading *grading, const char *reason, int wall_ms);

/* The seal has problems: nothing of the submission is run. */
void refuse_source(struct grading *grading);

/* Steps that run the checks. */
void judging_add_steps(struct grading *grading);

/* Does a check run this program? The plain one is always wanted. */
bool wants_program(const struct grading *grading, enum variant variant);

/* The checks that look at this object judge it. */
void look_at_object(struct grading *grading, enum variant object);

/* What is to be graded: the file in the folder, or why there is none; and what was remarked when it was taken in. The
 * caller frees it. */
struct source *take_source(const struct request *request);

char *known_path(
    const struct grading *grading); /* the file of what its runs showed, whether it is there or not; the caller's */
struct grade *known_read(const struct grading *grading); /* the grade that this comes to, the caller's; or NULL */
void known_keep(const struct grading *grading, const struct grade *grade); /* before it has points */

#endif
