/* debug.c - `debug`: one test under gdb, in one process, stopped at the begin of its body. */
#include "../check/host_report.h"
#include "../memory.h"
#include "command.h"

#include <argp.h>
#include <stdlib.h>
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
			argp_error(state, "missing test: make debug A=NAME T=TEST");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int start_gdb(const struct session *session, const struct wish *wish, const struct subject *subject,
                     struct queue *queue)
{
	char *script = debugger_script(subject->kit),
	     *stop = format("break %s_%s_body", subject->assignment->name, wish->test);
	const char *const words[] = {
	    "gdb", "-q",     "-ex", "set startup-with-shell off", "-d", subject->folder, "-x", script, "-ex", stop, "-ex",
	    "run", "--args", NULL};
	struct run *run = host_debugged(subject, VARIANT_PLAIN, words, assignment_test(subject->assignment, wish->test));
	run_add(run, "--tests");
	run_add(run, "%s", wish->test);
	run_add(run, "--in-process");
	run_add(run, "1");
	run_set(run, "KIT_SCHEDULE=%s", wish->schedule ? wish->schedule : "0");
	int status = run_debugger(queue, session->signals, run);
	run_free(run);
	free(script);
	free(stop);
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
	struct kit *kit = kit_open(session->root, session->course, &error);
	if (!kit)
		return complain(EXIT_USAGE, "%s", error.text);
	const struct assignment *assignment = find_assignment(kit, wish.assignment);
	int status = EXIT_USAGE;
	if (assignment && !assignment_test(assignment, wish.test)) {
		complain(EXIT_USAGE, "%s has no test '%s'", assignment->name, wish.test);
	} else if (assignment) {
		struct cage *cage = open_cage(session, kit, wish.folder);
		char *folder = format("%s/run/%d-debug", kit->place, (int)getpid()); /* another may debug the same */
		struct queue *queue = cage ? queue_new(0, session->signals, cage) : NULL;
		if (queue && build_submission(kit, assignment, wish.folder, VARIANT_PLAIN, folder, queue, NULL, &error) == 0)
			status = start_gdb(session, &wish,
			                   &(struct subject){.kit = kit, .assignment = assignment, .folder = folder}, queue);
		else if (queue)
			complain(EXIT_USAGE, "%s", error.text);
		queue_free(queue);
		folder_remove(folder);
		cage_close(cage);
		free(folder);
	}
	kit_free(kit);
	return status;
}
