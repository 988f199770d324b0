/* main.c - argv -> command. */
#include "command/command.h"
#include "memory.h"
#include "version.h"

#include <argp.h>
#include <jansson.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

static const struct {
	const char *name, *summary;
	int (*run)(const struct session *session, int argc, char **argv);
} commands[] = {
    {"grade", "grade one submission and explain every lost point", command_grade},
    {"class", "grade a folder of submissions, print a table", command_class},
    {"review", "go through what needs a person in a class (instructors)", command_review},
    {"adjust", "change what counts of a student's assignment, with a comment (instructors)", command_adjust},
    {"requests", "what students ask to be looked at again, and the answers (instructors)", command_requests},
    {"feedback", "what the last run of a class found, for Moodle, Canvas, GitHub or mail (instructors)",
     command_feedback},
    {"element", "judge one share of a class; a scheduler starts it (make grade CLUSTER=slurm)", command_element},
    {"list", "the assignments in order and your last scores, the levels of play that are done", command_list},
    {"hint", "the hints of an assignment, one level at a time", command_hint},
    {"watch", "grade again whenever the file is saved", command_watch},
    {"explore", "try a program or a test under many schedules, replay one of them", command_explore},
    {"play", "you are the scheduler: levels, a program or a test, one choice after the other", command_play},
    {"debug", "run one test under gdb, in one process", command_debug},
    {"validate", "prove that the assignments judge rightly (instructors)", command_validate},
    {"mutant", "a wrong solution as a working copy, and its patch (instructors)", command_mutant},
    {"new", "an exercise to begin with, which validates at once (instructors)", command_new},
    {"handout", "make the repository that students get (instructors)", command_handout},
    {"syllabus", "write the syllabus of the course anew (instructors)", command_syllabus},
    {"doctor", "what protects this machine from submissions, and what is missing", command_doctor},
    {"criterion", "run the tests under Criterion's own runner, or compare it with the kit's host", command_criterion},
};

enum { COMMANDS = sizeof commands / sizeof *commands };

static int usage(FILE *out, int status)
{
	fputs("usage: grader COMMAND [OPTIONS]; grader COMMAND --help tells more, grader --version its release\n\n", out);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
	return status;
}

/* Ctrl-C is read from a descriptor by whoever works, so that it can clean up. */
static int take_signals(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int terminal_width(void)
{
	struct winsize size;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
		return size.ws_col > 100 ? 100 : size.ws_col;
	return 80;
}

/* The folder of the kit: $KIT_ROOT, else the working directory, else where this program was built. */
static const char *find_root(char own[PATH_MAX])
{
	const char *wanted = getenv("KIT_ROOT");
	if (wanted && *wanted)
		return wanted;
	ssize_t length = access("assignments/course.yaml", F_OK) == 0 ? -1 : readlink("/proc/self/exe", own, PATH_MAX - 1);
	if (length < 0)
		return ".";
	own[length] = 0;
	static const char place[] = "/build/grader";
	char *end = own + length - (sizeof place - 1);
	if (end <= own || strcmp(end, place) != 0)
		return ".";
	*end = 0;
	return own;
}

int main(int argc, char **argv)
{
	char own[PATH_MAX];
	argp_err_exit_status = EXIT_USAGE;
	json_set_alloc_funcs(allocate, free);
	setlocale(LC_CTYPE, "C.UTF-8"); /* names of students are UTF-8 whatever the terminal says */
	if (argc < 2)
		return usage(stderr, EXIT_USAGE);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)
		return usage(stdout, 0);
	if (strcmp(argv[1], "--version") == 0) {
		printf("forkjoin %s\n", kit_release());
		return 0;
	}
	const char *no_colour = getenv("NO_COLOR"), *no_cache = getenv("NOCACHE");
	const char *trust = getenv("TRUST"), *course = getenv("COURSE");
	struct session session = {
	    .root = find_root(own),
	    .course = course && *course ? course : NULL,
	    .signals = take_signals(),
	    .colour = isatty(STDOUT_FILENO) && !(no_colour && *no_colour),
	    .progress = isatty(STDERR_FILENO),
	    .width = terminal_width(),
	    .cache = !(no_cache && *no_cache),
	    .trust = trust && *trust,
	};
	for (size_t i = 0; i < COMMANDS; i++) {
		if (strcmp(argv[1], commands[i].name) != 0)
			continue;
		char *name = format("grader %s", commands[i].name);
		argv[1] = name;
		int status = commands[i].run(&session, argc - 1, argv + 1);
		free(name);
		return status;
	}
	fprintf(stderr, "grader: there is no command '%s'\n", argv[1]);
	return usage(stderr, EXIT_USAGE);
}
