/* seal.h - what of a submission is refused before any of it runs, and why.
 *
 * The tools that judge a program believe that it is plain C: that nothing runs before main, that memory is read and
 * written where ThreadSanitizer sees it, that the C library is called by its names. C has many ways round that, and
 * nearly all of them are written down somewhere: in the text, in what the preprocessor makes of it, in the object. The
 * seal reads all three.
 *
 *   seal_text     the file as it is: directives and characters
 *   seal_tokens   what `gcc -E` makes of it, for the plain build and for ThreadSanitizer's: both must say the same
 *   seal_object   what gcc makes of it: sections, symbols, relocations, instructions
 *
 * They read bytes and make a list of problems. They start no process and keep nothing. A problem is told to a student
 * who most likely did nothing evil, so it says what is there and what to write instead.
 *
 * What no reading of an object can tell: an address that the program computes while it runs. That is the cage's. */
#ifndef SEAL_H
#define SEAL_H

#include "../../course/course.h"

#include <stdbool.h>
#include <stddef.h>

struct seal_problem {
	const char *layer; /* "text" or "object": static */
	const char *rule;  /* short name of the rule, "attribute": static */
	unsigned line;     /* in the submission's file, 1-based; 0 = unknown */
	char *seen;        /* a sentence: what is there. May hold words of the submission: escape */
	char *why;         /* why this is refused; NULL: because nobody could judge what it does */
	char *instead;     /* a sentence: what to do instead */
};

/* All zero = none yet. */
struct seal_problems {
	struct seal_problem *item;
	size_t count;
};

/* What is sealed, and by whose lists. All borrowed. */
struct seal_contract {
	const struct course *course;         /* headers, imports, harmless, forbidden */
	const struct assignment *assignment; /* name, api, imports, forbidden */
	const char *text;                    /* the submission, NAME.c; need not end with a NUL */
	size_t size;                         /* in bytes */
};

/* A submission is judged by what of it is compiled: a branch of #if for another system may hold what it likes. Only the
 * preprocessor knows which branches are compiled. So whatever is wrong only if it is compiled is taken out of the text,
 * and a mark put there that is an error for the preprocessor, or stays in what it prints. All zero = nothing taken out.
 */
struct seal_guarded {
	struct seal_problems problems; /* what was taken out; it counts if its mark comes up */
	char *text;                    /* with the marks; as many lines as before */
	size_t size;
};

/* All of these: append to *problems what they find, at most 64 in all, each of them once. They never fail; what cannot
 * be read is a problem. End the program when out of memory. Do not block, but on the disk. MT: safe, for different
 * lists. */

/* Judges the bytes of the file: characters that hide text, raw strings, directives, headers, pragmas, conditions on the
 * tool that compiles. When *problems has something afterwards the preprocessor must not be asked: it might be led round
 * the rest. Otherwise guarded->text has to be compiled, and not the submission's own; free it by seal_guarded_clear. */
void seal_text(struct seal_problems *problems, struct seal_guarded *guarded, const struct seal_contract *contract);

/* Moves to *problems what was taken out and is compiled all the same: its mark is in `said`, the words of a compiler or
 * preprocessor that failed, or what the preprocessor printed. True if there was any. */
bool seal_is_compiled(struct seal_problems *problems, struct seal_guarded *guarded, const char *said);

void seal_guarded_clear(struct seal_guarded *guarded);

/* Judges the tokens. `plain` and `tsan` are what gcc -E printed for NAME.c with the flags of the plain build and of
 * ThreadSanitizer's, line markers included, each ended by a NUL. Source of the marker's form: cpp(1), "Preprocessor
 * Output". */
void seal_tokens(struct seal_problems *problems, const struct seal_contract *contract, const char *plain,
                 const char *tsan);

/* In ThreadSanitizer's object functions call __tsan_..., and gcc adds a constructor. */
enum seal_object_kind { SEAL_PLAIN, SEAL_TSAN };

/* Judges the object file at `path`, a relocatable ELF file of this machine (x86-64 or arm64) as gcc makes it with -g.
 * Source: elf(5), the System V ABI and its supplements for the two machines. */
void seal_object(struct seal_problems *problems, const struct seal_contract *contract, const char *path,
                 enum seal_object_kind kind);

/* Is it a function that the compiler calls in every block of every build, by the kit's wish? No source names it. */
bool seal_is_count(const char *name);

/* By line, then rule, then what is seen; each problem once, also when the plain object and ThreadSanitizer's both have
 * it. */
void seal_sort(struct seal_problems *problems);

/* Moves all problems of *from to the end of *to; *from is empty afterwards. */
void seal_move(struct seal_problems *to, struct seal_problems *from);

void seal_clear(struct seal_problems *problems); /* frees the problems; the struct itself is the caller's */

/* The first line in which `word` stands as a whole word outside of comments and strings; 0 if there is none. */
unsigned seal_line_of(const char *text, size_t size, const char *word);

/* The same in what gcc -E printed for NAME.c: of what is compiled only. */
unsigned seal_line_of_compiled(const char *preprocessed, const char *file, const char *word);

#endif
