/* tool.h - a program of this machine, trusted and short, whose words are wanted: patch, diff, gcc --version. */
#ifndef TOOL_H
#define TOOL_H

#include "error.h"

#include <stddef.h>

/* Runs argv (ends with NULL; argv[0] is looked up in PATH) and waits for its end. `input`: its standard input, `size`
 * bytes; NULL: empty. *output, the caller's: what it wrote on standard output, with a NUL at the end; standard error is
 * left out. Its exit status, or -1 and *error: not started, or ended by a signal. Blocks; MT: safe. */
int tool_run(char *const argv[], const char *input, size_t size, char **output, struct error *error);

/* The first line of what the tool prints when it is run so, without its end: "13.2.0". The caller frees it. NULL: it
 * cannot be run, or prints nothing. */
char *tool_first_line(const char *tool, const char *option);

#endif
