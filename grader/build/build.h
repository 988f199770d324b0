/* build.h - from sources to judged programs: what is built once per class, what once per submission.
 *
 * Once per class (the "kit programs' half"): runtime.o (grader/runtime, tests/support and what all
 * hosts share; never instrumented), host.o, program.o and guard.o (the three kinds of main: for tests, for whole
 * programs, for Criterion's own runner), hooks.o (for explored programs) and for each assignment the objects of its
 * tests: plain, tsan and explored. Once per submission: its object in each variant, its names replaced
 * (interpose.c), linked with the kit's half. Both halves are kept under a hash of everything that went in. */
#ifndef BUILD_H
#define BUILD_H

#include "../course/course.h"
#include "../error.h"
#include "../file.h"
#include "../sandbox/sandbox.h"

#include <stdio.h>

/* A checkout of the kit and what is known of it. Made by kit_open, changed by nobody afterwards. */
struct kit {
	char *root;  /* absolute */
	char *build; /* root/build, or $KIT_BUILD */
	/* What caged programs have to reach, unless kit_move changes it: build and root. */
	char *place; /* run/ and kit/ are below it */
	char *shown; /* headers, and sources for gdb, are below it */
	struct course *course;
	char *gcc, *valgrind, *criterion; /* versions */
	char key[HASH_SIZE];              /* of the grader and of all that judged programs contain, but tests */
	char base[HASH_SIZE];             /* of how and of what the kit's half of judged programs is built, but tests */
	char mark[HASH_SIZE];             /* of all that decides which schedules there are: runtime and compiler */
};

/* `root` = the folder with assignments/; `folder` = of a course outside of the kit, or NULL (course_load). NULL and
 * *error: not a kit, no such folder, broken yaml, no compiler. */
struct kit *kit_open(const char *root, const char *folder, struct error *error);
void kit_free(struct kit *kit);

/* What caged programs have to reach of the assignment: its header and tests are below it. Borrowed. */
const char *kit_shown(const struct kit *kit, const struct assignment *assignment);

/* For a kit that only its owner gets to, while caged runs have users of their own: kit->place and kit->shown become a
 * new folder below /var/tmp, with copies of what they have to read, which nobody can list and kit_free removes. 0, or
 * -1 and *error. What graders that were killed have left of that kind is removed first. */
int kit_move(struct kit *kit, struct error *error);

/* Where the sources of the runtime are, below the kit's root; NULL behind the last. */
extern const char *const runtime_folders[];

/* The kit's half for one assignment. */
struct half {
	char *folder;          /* its tests: build/kit/HASH */
	char *runtime;         /* the same for all assignments: build/kit/HASH */
	char key[HASH_SIZE];   /* of all that runs depend on */
	char base[HASH_SIZE];  /* of all that it is built from */
	char worth[HASH_SIZE]; /* of that, and of what is given for what they show */
	char mark[HASH_SIZE];  /* of what decides which schedules its tests have */
	bool hidden;           /* there are hidden tests here */
};

/* What is known of it without building: all but that its folders exist. */
struct half *half_describe(const struct kit *kit, const struct assignment *assignment);

/* Builds what is missing for the assignment; uses the queue and works it. NULL and *error when it cannot be built. */
struct half *half_build(const struct kit *kit, const struct assignment *assignment, struct queue *queue,
                        struct error *error);
void half_free(struct half *half);

/* The part of it that is the same for all: builds it if it is missing; its folder, which the caller frees. */
char *runtime_build(const struct kit *kit, struct queue *queue, struct error *error);

/* The runner variant is the plain object, linked so that Criterion's own main runs the tests. */
enum variant { VARIANT_PLAIN, VARIANT_TSAN, VARIANT_EXPLORED, VARIANT_COVERAGE, VARIANT_RUNNER, VARIANT_COUNT };
/* Coverage programs hold the public tests only; $KIT_COVERAGE=all: the hidden ones, too (make coverage). */
bool counts_hidden_tests(void);
const char *variant_name(enum variant variant);    /* "plain", "tsan", "explored", "coverage", "runner" */
enum variant variant_object(enum variant variant); /* whose object it is made of: explored ones of TSan's, ... */
/* Bytes of stack for such a program. Without the optimiser frames are larger, several times at worst: what has room in
 * the plain program must have it in the others, or the kit's own doing would look like the submission's crash. */
size_t variant_stack(enum variant variant);

/* What is linked with a submission of the functions that it may call of an earlier exercise: how it is chosen is in
 * grader/class/reuse.h. */
enum part_origin { PART_NONE, PART_OWN, PART_REFERENCE };
struct linked_part {
	const struct reuse *reuse; /* of the submission's assignment; borrowed */
	enum part_origin origin;
	char *why;             /* it is not the student's own, as words behind "because"; NULL: it is */
	struct source *source; /* NULL: there is none */
	char *folder;          /* absolute: has its NAME-VARIANT-renamed.o; NULL: it is not built, or there is none */
};
struct parts {
	struct linked_part *item; /* one for each entry of `reuses` that the submission may call */
	size_t count;
	char *problem; /* why nobody knows which it is, or it is not built, by no fault of the student's; or NULL */
};

/* The part whose file that is ("socket_rpc.c"); NULL: it is of none that is linked. `parts` may be NULL: there are
 * none. */
const struct linked_part *part_of_file(const struct parts *parts, const char *file);

/* "socket_rpc: your own", "socket_rpc: the reference's, because ...", "socket_rpc: none, because ...". The caller frees
 * it. */
char *part_sentence(const struct linked_part *part);

/* The steps from NAME.c (renaming also makes local what the submission defines beyond the assignment's functions) in
 * `folder` to the program "NAME-VARIANT" in it: each a run whose status must be 0. For the runner variant, compile and
 * rename the plain one, then link both. Preprocessing prints what the compilation of that variant would see to
 * "NAME-VARIANT.i": for the seal, not for the compiler. `kept`: the functions that stay visible to others. `runtime`:
 * the folder that runtime_build gives. `parts`: what is linked besides. */
struct run *build_compile(const struct kit *kit, const char *folder, const struct assignment *assignment,
                          enum variant variant);
struct run *build_preprocess(const struct kit *kit, const char *folder, const struct assignment *assignment,
                             enum variant variant);
struct run *build_rename(const char *runtime, const char *folder, const char *name, const struct string_list *kept,
                         enum variant variant);
struct run *build_link(const struct half *half, const struct parts *parts, const char *folder, const char *name,
                       enum variant variant);

/* Whose fault it is that one of these steps failed. SOURCE: the compiler or the linker says so of the source, or it
 * used up what a build may have. MACHINE: all else, from a full disk to a compiler that was killed; nothing is known of
 * the submission then, and *reason (the caller's; NULL otherwise) tells why. `log`: what the step said. A pure
 * function. */
enum fault { FAULT_NONE, FAULT_SOURCE, FAULT_MACHINE };
enum fault build_fault(const struct course *course, const struct run_result *result, const char *log, char **reason);

/* ---- whole programs, for the explorer ------------------------------------------------------- */

/* The steps from C files with a main to an explored program, in `folder`: compile each (its log is compile.log), rename
 * (rename.log), link (link.log; `whole`: statically, which makes runs faster). `flags`: for gcc, NULL-terminated. */
struct run *program_compile(const char *runtime, const char *folder, const char *source, const char *object,
                            char *const flags[]);
struct run *program_rename(const char *runtime, const char *folder, const char *object);
struct run *program_link(const char *runtime, const char *folder, char *const objects[], const char *program,
                         char *const flags[], bool whole);

/* Does the object have the symbol for others? */
bool object_defines(const char *object, const char *name);
/* Is there a main in the object, once it was renamed? */
bool program_has_main(const char *object);

/* A library function that the object calls and the explorer does not cover, or NULL. */
const char *uncovered_call(const char *object);
bool is_uncovered(const char *name); /* is it one of those functions? */

/* ---- interposition -------------------------------------------------------------------------- */

struct interposed {
	const char *name;
	bool kit, rt; /* there is a kit_NAME (for the submission's calls), an rt_NAME (for the tests' calls) */
	bool watched; /* there is an rt_NAME that explored programs call only */
};

const struct interposed *interposed_at(size_t index); /* NULL behind the last */

/* Writes the map for objcopy --redefine-syms: "read kit_read" a line each. */
void interpose_write_map(FILE *out, bool submission, bool explored);

#endif
