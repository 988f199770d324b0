/* error.h - errors as values with context. */
#ifndef ERROR_H
#define ERROR_H

struct error {
	char text[1024]; /* one sentence that names the thing and says what to do; no newline at the end */
};

/* Formats the text and returns -1, so that `return fail(error, "...")` reads well. `error` may be NULL. */
int fail(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
