/* mutant.h - wrong solutions as patches: tests/assignments/NAME/mutants/ID.patch is a comment of C (what is wrong, and
 * keys such as "loses: correctness"), an empty line, and a unified diff against solutions/NAME/NAME.c, or against the
 * file there that the key `base` names ("alternatives/taken_flags.c"). A mutant's text is its comment instead of the
 * one at the top of its base, and the patched rest. Runs patch(1) and diff(1). */
#ifndef MUTANT_H
#define MUTANT_H

#include "../error.h"
#include "course.h"

/* The IDs of an assignment's mutants in order; `root`: of the kit. The caller frees the words and the list. */
struct string_list mutant_names(const char *root, const char *assignment);

/* 0, or -1 and *error: there is something else than patches in the folder, which nobody would judge. */
int mutants_check(const char *root, const char *assignment, struct error *error);

/* Path of the patch; the caller frees it. */
char *mutant_path(const char *root, const char *assignment, const char *name);

/* The value of " * key: value" in the comment at the top of a mutant's text, or NULL. The caller frees it. */
char *mutant_key(const char *text, const char *key);

/* The mutant's text, the caller's. NULL and *error: no such patch, no comment, no base, or a hunk that does not apply
 * to the base (exactly: a patch that applies elsewhere is another mistake); *error names file, hunk and what to do. */
char *mutant_text(const char *root, const char *assignment, const char *name, struct error *error);

/* The same with what still applies where some hunks do not: for who makes the patch anew. *error has a text then, and
 * is empty otherwise. */
char *mutant_text_partial(const char *root, const char *assignment, const char *name, struct error *error);

/* Writes the patch of which `text` is the mutant. 0, or -1 and *error: no comment at the top, no such base, nothing
 * that differs from the base. */
int mutant_save(const char *root, const char *assignment, const char *name, const char *text, struct error *error);

#endif
