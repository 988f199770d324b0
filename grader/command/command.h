/* command.h - what can be said to build/grader; one file per command, a line each in main.c. */
#ifndef COMMAND_H
#define COMMAND_H

#include "../build/build.h"

#include <stdbool.h>

enum { EXIT_FULL_MARKS = 0, EXIT_POINTS_LOST = 1, EXIT_USAGE = 2, EXIT_NOT_JUDGED = 3, EXIT_INTERRUPTED = 130 };

/* What every command starts from. Made by main. */
struct session {
	const char *root; /* folder of the kit: $KIT_ROOT or the working directory */
	int signals;      /* signalfd for SIGINT and SIGTERM */
	bool colour;      /* standard output is a terminal and NO_COLOR is not set */
	bool progress;    /* standard error is a terminal */
	int width;        /* columns of the terminal, 80 when there is none */
	bool cache;       /* NOCACHE is not set */
};

/* Each: argv[0] is the command's name. Returns the program's exit status. */
int command_grade(const struct session *session, int argc, char **argv);
int command_class(const struct session *session, int argc, char **argv);
int command_list(const struct session *session, int argc, char **argv);
int command_hint(const struct session *session, int argc, char **argv);
int command_watch(const struct session *session, int argc, char **argv);
int command_explore(const struct session *session, int argc, char **argv);
int command_debug(const struct session *session, int argc, char **argv);
int command_validate(const struct session *session, int argc, char **argv);
int command_criterion(const struct session *session, int argc, char **argv);

/* ---- shared by the commands ----------------------------------------------------------------- */

/* Prints "grader: text" to standard error and returns `status`. */
int complain(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The assignment of that name, or NULL after a complaint that lists the names there are. */
const struct assignment *find_assignment(const struct kit *kit, const char *name);

/* Reports of a grade in `folder`/SUBMISSION/ASSIGNMENT.{json,html}. 0, or -1 and *error. */
struct grade;
int save_reports(const char *folder, const struct grade *grade, const struct assignment *assignment,
                 const char *source_folder, const struct kit *kit, struct error *error);

#endif
