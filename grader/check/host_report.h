/* host_report.h - what the test host wrote, a struct per test; and what the checks that use it share. */
#ifndef HOST_REPORT_H
#define HOST_REPORT_H

#include "assertions.h"
#include "check.h"
#include "lines.h"
#include "tool_report.h"

#include <stdint.h>
#include <sys/types.h>

enum { MAX_FRAMES = 16 };

#define CONTROL_TEST "kit_control" /* the host's own, which has to fail */

struct evidence {
	char *kind, *text, *expected, *file;
	unsigned line;
	uintptr_t frame[MAX_FRAMES];
	size_t frame_count;
	/* Of a race: what happened at `frame`, and the access before. */
	char *role, *other_role;
	uintptr_t other[MAX_FRAMES];
	size_t other_count;
};
void evidence_clear(struct evidence *evidence); /* frees the strings */

struct test_run {
	char *test, *status;
	char *turned;     /* how the run ended in which an assertion was turned round; "": there was none */
	char *chosen;     /* what the test let the schedule choose, "" for nothing */
	bool counts_lost; /* of lines: a process of it was ended without them */
	unsigned schedule;
	int signal, exit, ms;
	pid_t pid;   /* of the test's process */
	pid_t *pids; /* of all its processes */
	size_t pid_count;
	struct evidence *evidence;
	size_t evidence_count;
	unsigned *asserted; /* how many assertions the test came to, under schedule 0, 1, ... */
	size_t asserted_count;
	struct passage *reached; /* under the last one: which */
	size_t reached_count;
	bool raced, leaked, unset; /* the tool reported the kit's own race, leak, use of an uninitialised value */
	unsigned races;            /* in how many of its processes the race */
};

struct host_report {
	struct test_run *run;
	size_t count;
	bool begun; /* the host came to its tests */
};

/* Adds the file's runs to a report (NULL: a new one); lines that are not what the host writes are skipped (the last one
 * of a killed host is cut). */
struct host_report *host_report_read(struct host_report *report, const char *path);
void host_report_free(struct host_report *report);
const struct test_run *host_report_test(const struct host_report *report,
                                        const char *test); /* NULL if it did not run */
struct test_run *host_report_pid(const struct host_report *report,
                                 pid_t pid); /* the test that the process belongs to, or NULL */

/* A caged run of the subject's program of that variant: "SUBJECT/NAME-VARIANT --tests ..." (NULL: all) with its report
 * in CHECK.report. What `explore`, `replay` and `debug` run of a submission comes from here, too.
 */
struct run *host_run(const struct subject *subject, enum variant variant, const char *check, const char *const prefix[],
                     const char *tests);

/* Gives the run its part of a check's seconds of use, which `runs` runs share. */
void limit_use(struct run *run, unsigned seconds, unsigned runs);

/* The same, of gdb with the program in it: `gdb` ends with "--args" and NULL, and options of the program follow. It is
 * shown the sources of `test` (NULL: of the public ones), which the program sees, too, but can tell nobody. */
struct run *host_debugged(const struct subject *subject, enum variant variant, const char *const gdb[],
                          const struct test_spec *test);

/* The folder where the program of that check can write: nothing else of the scratch folder can it even see. The caller
 * frees it. */
char *box_of(const struct subject *subject, const char *check);

/* A pattern for glob(3) of files in there, whatever the folder is called. The caller frees it. */
char *box_pattern(const struct subject *subject, const char *check, const char *files);

/* Did this test not come to an end in the criterion check? Then the tools need not try it. */
bool is_endless(const struct subject *subject, const char *test);

/* The tests that the assignment's properties of `check` name, comma-separated ("" when there are none), with only_test
 * and visibility applied; without the endless ones, unless the check is "criterion". */
char *tests_of_check(const struct subject *subject, const char *check);

/* The kit's own faults (tests/support/control.c): a report with one of them is no finding. Notes it in the run and
 * returns true if this is one. */
bool is_control(const struct tool_report *report, struct test_run *run);

/* Why what the host wrote cannot be trusted: a test is missing, or there twice, or one that nobody asked for. NULL: it
 * can. `cut` off reports may lack tests. The caller frees it. */
char *host_report_problem(const struct host_report *report, const char *tests, bool cut);

/* A test that passes by itself came to another end while the tool watched, and the tool has no finding of it: what it
 * would have seen after that nobody knows. So it is a finding of its own (breaks_off), which costs all entries of the
 * check that look at the test: no tool is stopped for a gain. `check`: the tool's; its findings are in the grade. */
void host_report_broken_off(const struct subject *subject, const struct host_report *report, const char *check);

/* How many assertions the run came to, if as many under each schedule; else 0. */
unsigned host_report_asserted(const struct test_run *run);

/* A test that passes by itself and while the tool watches, and came to fewer assertions the one time than the other:
 * then it did not do its work, and fails. */
void host_report_compare(const struct subject *subject, const struct host_report *report, const char *check);

/* Adds the check's result: it ran, or it failed by the fault that `result` or `problem` (of the above, may be NULL;
 * taken over) shows. `nothing`: what to say when there is no report at all. */
void add_result(struct subject *subject, const char *check, const struct run_result *result, bool any, char *problem,
                const char *nothing);

/* The kind of finding that says which limit ended the run: "timeout", "memory_limit", "process_limit", "disk_limit";
 * NULL: none did. */
const char *limit_of(const struct run_result *result);

/* Was the host killed, and not by the machine, which does that by SIGKILL? It dies of what a test did to it. */
bool host_died(const struct run_result *result);
/* A finding of that. `last`: the test before, or NULL where a check has several hosts. */
void add_death(struct subject *subject, const char *check, const struct run_result *result, const char *last);

/* A finding of that kind about a run of all tests. `most`: the test that took most of the time, or NULL. */
void add_limit(struct subject *subject, const char *check, const struct run_result *result, const char *most);

/* Whether the run was stopped by a limit: then what it did not say means nothing. */
bool host_cut_off(const struct run_result *result);

/* Every `shards`-th word of a comma-separated list, from the `shard`-th on. The caller frees it. */
char *shard_of(const char *tests, unsigned shard, unsigned shards);

/* Adds the finding's place unless it is in a hidden test. Frames of the kit are never shown. */
void add_frame(const struct subject *subject, struct finding *finding, const char *file, unsigned line,
               const char *function, const char *role);
bool in_submission(const struct subject *subject, const char *file); /* is it the student's file, or a part
                                                                       that is linked with it? */

/* The command that shows a finding of this test again. */
void set_replay(const struct subject *subject, struct finding *finding, const struct test_run *run);

/* The last finding was made of a tool's report: drops it when it has no place in the submission (then it is the tests'
 * own), and folds it into an earlier one of the same test and root. */
void keep_tool_finding(struct findings *findings);

#endif
