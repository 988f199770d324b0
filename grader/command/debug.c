/* debug.c - `debug`: one test under gdb, in one process, stopped at the begin of its body. */
#include "command.h"

#include <argp.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct wish {
	const char *assignment, *test, *folder, *schedule;
};

static const struct argp_option options[] = {
    {"assignment", 'a', "NAME", 0, "the assignment", 0},
    {"test", 't', "TEST", 0, "the test", 0},
    {"submission", 's', "DIR", 0, "folder of the submission (default: the kit's own tree)", 0},
    {"schedule", 'n', "N", 0, "the schedule to run (default: 0)", 0},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct wish *wish = state->input;
	switch (key) {
	case 'a':
		wish->assignment = argument;
		return 0;
	case 't':
		wish->test = argument;
		return 0;
	case 's':
		wish->folder = argument;
		return 0;
	case 'n':
		wish->schedule = argument;
		return 0;
	case ARGP_KEY_END:
		if (!wish->assignment || !wish->test)
			argp_error(state, "which test? make debug A=NAME T=TEST");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void note_result(void *context, const struct run_result *result)
{
	*(struct run_result *)context = *result;
}

static int step(struct queue *queue, struct run *run, const char *folder, const char *log, struct error *error)
{
	struct run_result result = {.end = RUN_NOT_STARTED};
	queue_add(queue, run, 0, note_result, &result);
	if (queue_work(queue, NULL, NULL) != 0)
		return fail(error, "interrupted");
	if (result.end == RUN_EXITED && result.status == 0)
		return 0;
	char *path = format("%s/%s.log", folder, log), *text = file_read(path, 1 << 16, NULL, NULL);
	fail(error, "the submission does not build:\n%.900s", text ? text : result.problem);
	free(text);
	free(path);
	return -1;
}

/* The program NAME-plain in `folder`. */
static int build(const struct kit *kit, const struct assignment *assignment, const struct wish *wish,
                 const char *folder, struct error *error)
{
	struct queue *queue = queue_new(0, -1);
	struct half *half = queue ? half_build(kit, assignment, queue, error) : NULL;
	struct source *source = source_find(kit->root, wish->folder ? wish->folder : kit->root, assignment->name);
	char *path = format("%s/%s.c", folder, assignment->name);
	int result = half ? 0 : -1;
	if (result == 0 && source->state != SOURCE_OK)
		result = fail(error, "%s", source->problem);
	if (result == 0)
		result = folder_make(folder, error);
	if (result == 0)
		result = file_write(path, source->text, source->size, error);
	if (result == 0)
		result = step(queue, build_compile(kit, folder, assignment->name, VARIANT_PLAIN), folder, "plain", error);
	if (result == 0)
		result = step(queue, build_rename(half, folder, assignment, VARIANT_PLAIN), folder, "rename-plain", error);
	if (result == 0)
		result = step(queue, build_link(half, folder, assignment->name, VARIANT_PLAIN), folder, "link-plain", error);
	free(path);
	source_free(source);
	half_free(half);
	queue_free(queue);
	return result;
}

static int start_gdb(const struct wish *wish, const char *name, const char *folder)
{
	char *program = format("./%s-plain", name), *stop = format("break %s_%s_body", name, wish->test);
	char *const argv[] = {"gdb",
	                      "-q",
	                      "-ex",
	                      "set breakpoint pending on",
	                      "-ex",
	                      "handle SIGPROF nostop noprint",
	                      "-ex",
	                      "set print thread-events off",
	                      "-ex",
	                      stop,
	                      "-ex",
	                      "run",
	                      "--args",
	                      program,
	                      "--tests",
	                      (char *)wish->test,
	                      "--in-process",
	                      "1",
	                      NULL};
	prctl(PR_SET_CHILD_SUBREAPER, 1); /* what the test forked may outlive it and gdb: it is ours then */
	pid_t pid = fork();
	if (pid == 0) {
		sigset_t none;
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		signal(SIGPIPE, SIG_DFL);
		setenv("KIT_SCHEDULE", wish->schedule ? wish->schedule : "0", 1);
		if (chdir(folder) == 0)
			execvp(argv[0], argv);
		_exit(complain(EXIT_USAGE, "cannot start gdb in %s: %s", folder, strerror(errno)));
	}
	int ended = 0, status = EXIT_USAGE;
	if (pid > 0 && waitpid(pid, &ended, 0) == pid && WIFEXITED(ended))
		status = WEXITSTATUS(ended);
	kill_descendants();
	free(stop);
	free(program);
	return status;
}

int command_debug(const struct session *session, int argc, char **argv)
{
	static const struct argp argp = {
	    options, parse, NULL, "Runs one test under gdb, in one process, stopped where its body begins.",
	    NULL,    NULL,  NULL};
	struct wish wish = {0};
	if (argp_parse(&argp, argc, argv, 0, NULL, &wish) != 0)
		return EXIT_USAGE;
	struct error error;
	struct kit *kit = kit_open(session->root, &error);
	if (!kit)
		return complain(EXIT_USAGE, "%s", error.text);
	const struct assignment *assignment = find_assignment(kit, wish.assignment);
	int status = EXIT_USAGE;
	if (assignment && !assignment_test(assignment, wish.test)) {
		complain(EXIT_USAGE, "%s has no test '%s'", assignment->name, wish.test);
	} else if (assignment) {
		char *folder = format("%s/debug/%s", kit->build, assignment->name);
		status = build(kit, assignment, &wish, folder, &error) == 0 ? start_gdb(&wish, assignment->name, folder)
		                                                            : complain(EXIT_USAGE, "%s", error.text);
		free(folder);
	}
	kit_free(kit);
	return status;
}
