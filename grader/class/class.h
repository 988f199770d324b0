/* class.h - one or many submissions on their way: source, build, checks, grade. A single submission is a class of one.
 */
#ifndef CLASS_H
#define CLASS_H

#include "../build/build.h"
#include "../score/grade.h"

/* One submission of one assignment to grade. Strings are borrowed until its grade is delivered. */
struct request {
	const struct assignment *assignment;
	const char *folder;                /* where the submission is */
	const char *problem;               /* why there is nothing to look into, a sentence for the student; or NULL */
	bool unread;                       /* the problem is the machine's: nothing is judged */
	const struct string_list *remarks; /* for the student, made when it was taken in; or NULL */
	const char *submission;            /* its name in reports */
	const char *only_test;             /* or NULL: all */
	const char *only_check;            /* or NULL: all; else this one and criterion (validate) */
	bool public_only;                  /* as a student's handout would */
	void *context;                     /* the caller's */
};

struct class_options {
	bool cache; /* take and keep results of unchanged submissions */
	bool keep;  /* leave the scratch folders, for debugging */
	bool coverage;
	/* Called with class_grade's context when the plain tests of a submission have run and the other checks have not,
	 * where anything is run at all; or NULL. Of the grade only the tests' statuses and messages are there. Borrowed. */
	void (*tested)(void *context, const struct request *request, const struct grade *grade);
};

/* Called once per request, in order of completion. The grade is the callee's. */
typedef void grade_sink(void *context, const struct request *request, struct grade *grade);

/* Grades all requests with the queue's slots; builds the kit's half first where needed. `progress` (may be NULL) is
 * called as checks begin and end. Returns 0, or -1 and *error when the kit cannot be built or a signal interrupted it;
 * what was delivered by then is good. */
int class_grade(const struct kit *kit, struct queue *queue, const struct request requests[], size_t count,
                const struct class_options *options, grade_sink *sink,
                void (*progress)(void *context, const char *what), void *context, struct error *error);

/* Would class_grade give the request its grade without running anything of it? `half`: as half_describe gives it. */
bool class_knows(const struct kit *kit, const struct half *half, const struct request *request,
                 const struct class_options *options);

/* That grade, the caller's; NULL: something would run, or there is no source. `request`: of an assignment that reuses
 * nothing. */
struct grade *class_known(const struct kit *kit, const struct half *half, const struct request *request,
                          const struct class_options *options);

/* The hash of all that the result of a request depends on: source, remarks, kit, tests, points, options. Equal keys,
 * equal results. `half`: as half_describe gives it. */
void class_key(const struct kit *kit, const struct half *half, const struct request *request,
               const struct class_options *options, char key[HASH_SIZE]);

#endif
