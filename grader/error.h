/* error.h - errors as values with context. */
#ifndef ERROR_H
#define ERROR_H

enum error_kind { ERROR_OTHER, ERROR_INTERRUPTED };

struct error {
	char text[1024]; /* one sentence that names the thing and says what to do; no newline at the end */
	enum error_kind kind;
};

/* Formats the text and returns -1, so that `return fail(error, "...")` reads well. `error` may be NULL. */
int fail(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same of work that a signal has ended: "interrupted", and what became of the work, "; what was collected so far is
 * kept", or "". */
int fail_interrupted(struct error *error, const char *rest);

#endif
