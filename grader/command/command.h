/* command.h - what can be said to build/grader; one file per command, a line each in main.c. */
#ifndef COMMAND_H
#define COMMAND_H

#include "../build/build.h"
#include "../score/grade.h"

#include <stdbool.h>

enum { EXIT_FULL_MARKS = 0, EXIT_POINTS_LOST = 1, EXIT_USAGE = 2, EXIT_NOT_JUDGED = 3, EXIT_INTERRUPTED = 130 };

/* What every command starts from. Made by main. */
struct session {
	const char *root;   /* folder of the kit: $KIT_ROOT, the working directory, or where this program was built */
	const char *course; /* folder of a course outside of the kit: $COURSE; NULL: the kit's own */
	int signals;        /* signalfd for SIGINT and SIGTERM */
	bool colour;        /* standard output is a terminal and NO_COLOR is not set */
	bool progress;      /* standard error is a terminal */
	int width;          /* columns of the terminal, 80 when there is none */
	bool cache;         /* NOCACHE is not set */
	bool trust;         /* TRUST is set: submissions are run even where little protects this machine from them */
};

/* Each: argv[0] is the command's name. Returns the program's exit status. */
int command_grade(const struct session *session, int argc, char **argv);
int command_class(const struct session *session, int argc, char **argv);
int command_adjust(const struct session *session, int argc, char **argv);
int command_requests(const struct session *session, int argc, char **argv);
int command_feedback(const struct session *session, int argc, char **argv);
int command_review(const struct session *session, int argc, char **argv);
int command_element(const struct session *session, int argc, char **argv);
int command_list(const struct session *session, int argc, char **argv);
int command_hint(const struct session *session, int argc, char **argv);
int command_watch(const struct session *session, int argc, char **argv);
int command_explore(const struct session *session, int argc, char **argv);
int command_play(const struct session *session, int argc, char **argv);
int command_debug(const struct session *session, int argc, char **argv);
int command_validate(const struct session *session, int argc, char **argv);
int command_mutant(const struct session *session, int argc, char **argv);
int command_criterion(const struct session *session, int argc, char **argv);
int command_new(const struct session *session, int argc, char **argv);
int command_handout(const struct session *session, int argc, char **argv);
int command_syllabus(const struct session *session, int argc, char **argv);
int command_doctor(const struct session *session, int argc, char **argv);

/* ---- shared by the commands ----------------------------------------------------------------- */

/* Prints "grader: text" to standard error, escaped (names of files and what tools say may be in it), and returns
 * `status`. */
int complain(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same of an error. EXIT_INTERRUPTED where a signal ended the work, else EXIT_USAGE. */
int complain_of(const struct error *error);

/* What stands on the terminal between the plain tests and the report: the first lines about tests that fail, in place
 * of which the report comes. Only where standard output and error are a terminal. Returns how many lines it printed. */
bool has_first_word(const struct session *session);
unsigned show_first_word(const struct session *session, const struct grade *grade);
void wipe_first_word(unsigned lines); /* the last so many lines of the terminal */

/* The whole number that a word of the command line is, from `least` to `most`; else argp ends the program with what is
 * wrong. `name`: of the option, "--jobs". */
struct argp_state;
enum { MOST_JOBS = 1024, MOST_NUMBER = 999999999 };
unsigned whole_number(const struct argp_state *state, const char *name, const char *text, unsigned least,
                      unsigned most);

/* The cage for all runs of a command, after what killed graders have left in kit->build was removed; for cage_close.
 * `submission`: whose code it is: NULL, the kit's own tree, which is that of the person at the keyboard; or a folder or
 * archive. The kit's own solutions and examples, and one's own tree, run with whatever protection there is, and a line
 * says so where it is weak. NULL after a complaint: it cannot be made, or it is weak, the code is somebody else's and
 * session->trust is not set. Call it before there is a thread. */
struct cage *open_cage(const struct session *session, struct kit *kit, const char *submission);

/* The same whatever its mode is: for `doctor`. */
struct cage *probe_cage(struct kit *kit);

/* Text that a submission may have had a hand in to standard output: each line indented, nothing that moves a terminal's
 * cursor. */
void print_lines(const char *text, const char *indent);

/* The assignment of that name, or NULL after a complaint that lists the names there are. */
const struct assignment *find_assignment(const struct kit *kit, const char *name);

/* Reports of a grade in `folder`/SUBMISSION/ASSIGNMENT.{json,html,md}. 0, or -1 and *error. */
struct grade;
int save_reports(const char *folder, const struct grade *grade, const struct assignment *assignment,
                 const char *source_folder, struct error *error);

/* Has the queue run this one (the queue's from now on) and waits for its end. 0, or -1 when a signal interrupted it;
 * `result` is filled in any case. */
int run_alone(struct queue *queue, struct run *run, struct run_result *result);

/* The same for a tool that must succeed. -1 and *error: interrupted, or "it does not build" with the first words of
 * `folder`/`log`.log, where the tool writes what it has to say. */
int build_step(struct queue *queue, struct run *run, const char *folder, const char *log, struct error *error);

/* Builds a submission to the program `folder`/NAME-VARIANT; `folder` is made if it is not there, and gets NAME.c, too,
 * and what of the student's own is linked with it. `source_folder`: of the submission; NULL: the kit's own tree. `mark`
 * (or NULL) gets what replay tokens of this source carry. Works the queue until all is built. 0, or -1 and *error: no
 * usable source, it does not build, interrupted. */
int build_submission(const struct kit *kit, const struct assignment *assignment, const char *source_folder,
                     enum variant variant, const char *folder, struct queue *queue, char mark[HASH_SIZE],
                     struct error *error);

/* Runs gdb, which is in `run`, on this terminal and waits for its end; where the run says so, in the queue's cage. Its
 * exit status; EXIT_USAGE, after a complaint, when it cannot be started or a limit or a signal ended it. */
int run_debugger(struct queue *queue, int signals, struct run *run);

/* The path of what gdb has to know of the kit, for its option -x; the caller frees it. */
char *debugger_script(const struct kit *kit);

#endif
