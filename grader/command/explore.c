/* explore.c - `explore`: a program, or a test of an assignment, under schedules that the kit decides; and the replay of
 * one schedule. */
#include "explore.h"
#include "../check/exploration.h"
#include "../check/host_report.h"
#include "../finding/kind.h"
#include "../memory.h"
#include "../report/picture.h"
#include "../report/stepper.h"
#include "../report/view.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum {
	DEFAULT_SCHEDULES = 10000,
	MOST_SECONDS = 24 * 3600,
	KEY_STRATEGY = 1000,
	KEY_SEED,
	KEY_BOUND,
	KEY_STEPS,
	KEY_SECONDS,
	KEY_ALL,
	KEY_REPLAY,
	KEY_PICTURE,
	KEY_PAGE,
	KEY_GDB,
	KEY_CC,
	KEY_JSON,
	KEY_MEASURE,
	KEY_SEEDS,
	KEY_BUILD,
	KEY_KERNEL_THREADS,
	KEY_EXPECT_DEATH
};

static const struct argp_option options[] = {
    {0, 0, 0, 0, "What to run: C files with a main, or a test of an assignment", 1},
    {"assignment", 'a', "NAME", 0, "the tests of this assignment", 1},
    {"test", 't', "TEST", 0, "only this test", 1},
    {"submission", 's', "DIR", 0, "folder of the submission (default: the kit's own tree)", 1},
    {"cc", KEY_CC, "FLAG", 0,
     "a flag for gcc; -D, -I, -U, -L, -l, -f, -m, -W, -O, -g, -std, -include, -isystem and -pthread can be given as "
     "they are",
     1},
    {0, 'D', "NAME", OPTION_HIDDEN, 0, 1},
    {0, 'I', "DIR", OPTION_HIDDEN, 0, 1},
    {0, 'U', "NAME", OPTION_HIDDEN, 0, 1},
    {0, 'L', "DIR", OPTION_HIDDEN, 0, 1},
    {0, 'l', "NAME", OPTION_HIDDEN, 0, 1},
    {0, 'f', "FLAG", OPTION_HIDDEN, 0, 1},
    {0, 'W', "FLAG", OPTION_HIDDEN, 0, 1},
    {0, 'm', "FLAG", OPTION_HIDDEN, 0, 1},
    {0, 0, 0, 0, "How to search", 2},
    {"strategy", KEY_STRATEGY, "NAME", 0, "mixture (default), random, pct, pos, weighted, racy, depth-first", 2},
    {"seed", KEY_SEED, "N", 0, "of the random choices (default 1): the same seed gives the same schedules", 2},
    {"schedules", 'n', "N", 0, "how many to try (default 10000; for an assignment what its assignment.yaml says)", 2},
    {"bound", KEY_BOUND, "N", 0, "preemptions of the systematic search (default 2)", 2},
    {"steps", KEY_STEPS, "N", 0, "scheduling points after which a run counts as endless (default 20000)", 2},
    {"seconds", KEY_SECONDS, "N", 0, "stop after so many seconds, and say how far it got", 2},
    {"all", KEY_ALL, 0, 0, "go on after a failure: look for others", 2},
    {"expect-death", KEY_EXPECT_DEATH, "SIGNAL", 0,
     "a child process may die by this signal (SEGV, ABRT, ...): that is no crash. For several signals: several times",
     2},
    {"kernel-threads", KEY_KERNEL_THREADS, 0, 0,
     "a kernel thread for each thread: slower, for programs that ask the kernel about their threads", 2},
    {0, 0, 0, 0, "What to show", 3},
    {"replay", KEY_REPLAY, "TOKEN", 0, "run this schedule and no other", 3},
    {"picture", KEY_PICTURE, "FILE", 0, "write the schedule as a picture (SVG)", 3},
    {"page", KEY_PAGE, "FILE", 0, "write a page to go through the schedule step by step (HTML)", 3},
    {"gdb", KEY_GDB, 0, 0,
     "with --replay: in gdb, which stops where the schedule interrupts a thread, and where it fails", 3},
    {"json", KEY_JSON, 0, 0, "what the search says, as it is", 3},
    {0, 0, 0, 0, "For measuring", 4},
    {"measure", KEY_MEASURE, 0, 0, "end with the first finding, do not shrink or record it", 4},
    {"seeds", KEY_SEEDS, "N", 0, "search N times, with one seed after the other", 4},
    {"build", KEY_BUILD, 0, 0, "only build the program, print where it is", 4},
    {0},
};

/* For the host, which reads it again. */
static const char *number(const struct argp_state *state, const char *name, const char *text)
{
	whole_number(state, name, text, 0, MOST_NUMBER);
	return text;
}

/* "SEGV", "SIGSEGV", "segv" or "11". */
static int signal_number(const struct argp_state *state, const char *text)
{
	const char *name = strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;
	char *end;
	long number = strtol(text, &end, 10);
	for (int i = 1; i < 64; i++) {
		const char *known = sigabbrev_np(i);
		if ((known && strcasecmp(name, known) == 0) || (*text && !*end && number == i && known))
			return i;
	}
	argp_error(state, "there is no signal '%s': SEGV, ABRT, KILL, ...", text);
	return 0;
}

static const char *known_strategy(struct argp_state *state, const char *name)
{
#define STRATEGY(symbol, text) text,
	static const char *const names[] = {
#include "../runtime/search/strategy/strategies.h"
	};
#undef STRATEGY
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i], name) == 0)
			return name;
	const char *near = closest(name, names, sizeof names / sizeof *names);
	argp_error(state, "there is no strategy '%s'%s%s%s", name, near ? ", did you mean '" : "", near ? near : "",
	           near ? "'?" : "");
	return NULL;
}

static void take_flag(struct argp_state *state, int key, const char *argument)
{
	char letter[] = {'-', (char)key, 0};
	char *flag = format("%s%s", key == KEY_CC ? "" : letter, argument);
	int result = add_flag(state->input, flag);
	free(flag);
	if (result != 0)
		exit(EXIT_USAGE);
}

static bool ends(const char *text, const char *with)
{
	size_t length = strlen(text), end = strlen(with);
	return length > end && strcmp(text + length - end, with) == 0;
}

static void take_file(struct argp_state *state, const char *name)
{
	static const char *const others[] = {".cpp", ".cc", ".cxx", ".C", ".c++"};
	struct wish *wish = state->input;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (ends(name, others[i]) && !wish->refused)
			wish->refused = format("%s is C++: its threads, locks and atomics go through a library (libstdc++) that no "
			                       "schedule reaches; only C is explored",
			                       name);
	if (!ends(name, ".c") && !wish->refused)
		argp_error(state, "'%s' is no C file%s", name, wish->files ? "; arguments of the program come after --" : "");
	if (add_word(wish->file, &wish->files, "", name) != 0)
		exit(EXIT_USAGE);
}

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
		wish->schedules = number(state, "--schedules", argument);
		return 0;
	case 'D':
	case 'I':
	case 'U':
	case 'L':
	case 'l':
	case 'f':
	case 'W':
	case 'm':
	case KEY_CC:
		take_flag(state, key, argument);
		return 0;
	case KEY_STRATEGY:
		wish->strategy = known_strategy(state, argument);
		return 0;
	case KEY_SEED:
		wish->seed = number(state, "--seed", argument);
		return 0;
	case KEY_BOUND:
		wish->bound = number(state, "--bound", argument);
		return 0;
	case KEY_STEPS:
		wish->steps = number(state, "--steps", argument);
		return 0;
	case KEY_SECONDS:
		whole_number(state, "--seconds", argument, 1, MOST_SECONDS);
		wish->seconds = argument;
		return 0;
	case KEY_ALL:
		wish->all = true;
		return 0;
	case KEY_REPLAY:
		wish->replay = argument;
		return 0;
	case KEY_PICTURE:
		wish->picture = argument;
		return 0;
	case KEY_PAGE:
		wish->page = argument;
		return 0;
	case KEY_GDB:
		wish->gdb = true;
		return 0;
	case KEY_JSON:
		wish->json = true;
		return 0;
	case KEY_SEEDS:
		wish->seeds = number(state, "--seeds", argument);
		return 0;
	case KEY_EXPECT_DEATH:
		wish->deaths |= UINT64_C(1) << signal_number(state, argument);
		return 0;
	case KEY_KERNEL_THREADS:
		wish->kernel_threads = true;
		return 0;
	case KEY_BUILD:
		wish->build = true;
		return 0;
	case KEY_MEASURE:
		wish->measure = true;
		return 0;
	case ARGP_KEY_ARG:
		take_file(state, argument);
		return 0;
	case ARGP_KEY_END:
		if (!wish->assignment && !wish->files)
			argp_error(state, "missing program: FILE.c..., or -a NAME");
		if (wish->assignment && wish->files)
			argp_error(state, "either an assignment or files");
		if (wish->assignment && wish->arguments)
			argp_error(state, "the tests of an assignment take no arguments: '%s'", wish->argument[0]);
		if (wish->gdb && !wish->replay)
			argp_error(state, "--gdb replays one schedule: --replay TOKEN");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* ---- running -------------------------------------------------------------------------------- */

void run_option(struct run *run, const char *name, const char *value)
{
	if (!value)
		return;
	run_add(run, "%s", name);
	run_add(run, "%s", value);
}

/* `schedule`: what to replay, or NULL. */
static void add_options(struct run *run, const struct wish *wish, const struct assignment *assignment,
                        const char *schedule)
{
	char budget[24], choosing[24], bound[24], deaths[24];
	int schedules = assignment && assignment->limits.schedules ? assignment->limits.schedules : DEFAULT_SCHEDULES;
	snprintf(budget, sizeof budget, "%d", schedules);
	snprintf(choosing, sizeof choosing, "%d", CHOOSING * schedules);
	snprintf(bound, sizeof bound, "%d", assignment ? assignment->limits.preemptions : 2);
	run_option(run, "--explore", wish->strategy ? wish->strategy : "mixture");
	run_option(run, "--seed", wish->seed ? wish->seed : "1");
	run_option(run, "--schedules", wish->schedules ? wish->schedules : budget);
	run_option(run, "--choosing", assignment && !wish->schedules ? choosing : NULL);
	run_option(run, "--bound", wish->bound ? wish->bound : bound);
	run_option(run, "--seeds", wish->seeds);
	run_option(run, "--steps", wish->steps);
	run_option(run, "--seconds", wish->seconds);
	run_option(run, "--progress", wish->progress ? "1" : NULL);
	run_option(run, "--all", wish->all ? "1" : NULL);
	run_option(run, "--measure", wish->measure ? "1" : NULL);
	run_option(run, "--tests", wish->test);
	run_option(run, "--replay", schedule);
	run_option(run, "--quiet", schedule ? NULL : "1");
	run->one_processor = true;
	if (wish->kernel_threads)
		run_option(run, "--kernel-threads", "1");
	snprintf(deaths, sizeof deaths, "%" PRIu64, wish->deaths);
	run_option(run, "--allow-deaths", wish->deaths ? deaths : NULL);
	run_option(run, "--watch-cpu-ms", "2000");
	if (wish->arguments)
		run_add(run, "--");
	for (size_t i = 0; i < wish->arguments; i++)
		run_add(run, "%s", wish->argument[i]);
}

struct run *explored_run(const struct kit *kit, const struct assignment *assignment, const struct built *built,
                         const char *const gdb[], const char *test)
{
	if (assignment) {
		struct subject subject = {.kit = kit, .assignment = assignment, .folder = built->folder};
		return gdb ? host_debugged(&subject, VARIANT_EXPLORED, gdb, test ? assignment_test(assignment, test) : NULL)
		           : host_run(&subject, VARIANT_EXPLORED, "explore", NULL, NULL);
	}
	struct run *run = run_new(built->folder, CAGE_NONE);
	run->report = format("%s/report", built->folder);
	run->output = format("%s/output", built->folder);
	for (size_t i = 0; gdb && gdb[i]; i++)
		run_add(run, "%s", gdb[i]);
	run_add(run, "./%s", strrchr(built->program, '/') + 1); /* the same words each time: they lie on its stack */
	return run;
}

static int start_gdb(const struct session *session, struct queue *queue, const struct kit *kit,
                     const struct built *built, const struct wish *wish, const struct assignment *assignment,
                     const char *schedule)
{
	char *script = debugger_script(kit);
	const char *const before[] = {"gdb",    "-q",
	                              "-ex",    "set startup-with-shell off",
	                              "-d",     built->folder,
	                              "-x",     script,
	                              "-ex",    "break rt_decisive_switch",
	                              "-ex",    "run",
	                              "-ex",    "backtrace",
	                              "--args", NULL};
	struct run *run = explored_run(kit, assignment, built, before, wish->test);
	run_option(run, "--in-process", "1");
	add_options(run, wish, assignment, schedule);
	int status = run_debugger(queue, session->signals, run);
	run_free(run);
	free(script);
	return status;
}

/* ---- showing -------------------------------------------------------------------------------- */

/* Opens the file, or complains and returns NULL. */
static FILE *open_to_write(const char *path)
{
	FILE *out = fopen(path, "we");
	if (!out)
		complain(EXIT_USAGE, "cannot write %s: %s", path, strerror(errno));
	return out;
}

static void close_written(FILE *out, const char *path, const char *what)
{
	if (fclose(out) == 0)
		printf("\nThe %s is in %s\n", what, path);
	else
		complain(EXIT_USAGE, "cannot write %s: %s", path, strerror(errno));
}

static void write_picture(const char *path, const struct interleaving *interleaving)
{
	FILE *out = open_to_write(path);
	if (!out)
		return;
	picture_write(out, interleaving, "replay");
	close_written(out, path, "picture");
}

static void write_page(const char *path, const struct discovery *discovery, const char *test, const struct built *built)
{
	struct stepper_source source[MOST_WORDS];
	FILE *out = open_to_write(path);
	if (!out)
		return;
	for (size_t i = 0; i < built->sources; i++)
		source[i] = (struct stepper_source){built->file[i], built->text[i]};
	const char *title =
	    discovery->row_count ? kind_find(discovery->kind)->title : "A schedule in which nothing goes wrong";
	char *heading = format("%s: %s", test, title);
	stepper_page(out, discovery->interleaving, source, built->sources, heading,
	             strcmp(discovery->kind, "data_race") == 0);
	close_written(out, path, "page");
	free(heading);
}

/* What was asked for of the first schedule that was found. */
static void write_files(const struct wish *wish, const struct discovery *discovery, const char *test,
                        const struct built *built)
{
	bool there = discovery && discovery->interleaving;
	if (wish->picture && there)
		write_picture(wish->picture, discovery->interleaving);
	else if (wish->picture)
		complain(0, "nothing was found: there is no picture to write");
	if (wish->page && there)
		write_page(wish->page, discovery, test, built);
	else if (wish->page)
		complain(0, "nothing was found: there is no page to write");
}

static void print_word(const char *option, const char *word)
{
	char *quoted = shell_word(word);
	printf(" %s", option);
	escape_plain(stdout, quoted, false);
	free(quoted);
}

void explored_again(const struct wish *wish, const struct assignment *assignment, const char *token)
{
	if (assignment) {
		printf("\nTo see it again:  make replay A=%s", assignment->name);
		if (wish->folder)
			print_word("S=", wish->folder);
		print_word("TOKEN=", token);
		putchar('\n');
		return;
	}
	printf("\nTo see it again:  %s explore", program_invocation_name);
	for (size_t i = 0; i < wish->flags; i++)
		print_word(is_known_flag(wish->flag[i]) ? "" : "--cc=", wish->flag[i]);
	for (size_t i = 0; i < wish->files; i++)
		print_word("", wish->file[i]);
	if (wish->steps)
		print_word("--steps=", wish->steps);
	print_word("--replay ", token);
	if (wish->arguments)
		print_word("", "--");
	for (size_t i = 0; i < wish->arguments; i++)
		print_word("", wish->argument[i]);
	putchar('\n');
}

/* "bank.c:14: write by thread 1, holding no lock" */
static void print_access(struct lines *lines, const char *role, const uintptr_t frame[], size_t count)
{
	struct line line;
	bool known = count && lines_find(lines, frame[0], &line);
	char *text = known ? format("%s:%u: %s", line.file, line.line, role) : strdup(role);
	print_lines(text, "  ");
	free(text);
}

/* The first lines: what is wrong, where, and who is involved. */
static void print_cause(const struct wish *wish, struct lines *lines, const struct discovery *discovery)
{
	const char *title = kind_find(discovery->kind)->title;
	char *needs = discovery_needs(discovery), *schedule = grouped(discovery->schedule + 1);
	const struct evidence *cause = &discovery->row[0];
	putchar('\n');
	escape_plain(stdout, title, false);
	if (!wish->replay)
		printf(": found in schedule %s, %s", schedule, needs);
	putchar('\n');
	if (discovery->by_itself)
		print_lines(discovery->by_itself, "  ");
	print_lines(cause->text, "  ");
	if (*cause->role)
		print_access(lines, cause->other_role, cause->other, cause->other_count);
	if (*cause->role)
		print_access(lines, cause->role, cause->frame, cause->frame_count);
	for (size_t i = 1; i < discovery->row_count; i++)
		print_lines(discovery->row[i].text, "  ");
	free(schedule);
	free(needs);
}

/* `table`: the schedule itself is shown, too. */
static void show_discovery(const struct session *session, const struct wish *wish, const struct assignment *assignment,
                           const struct exploration *exploration, const struct discovery *discovery,
                           const struct built *built, struct lines *lines, bool table)
{
	char *token = token_of(exploration->test, discovery->token, built->mark);
	if (discovery->row_count)
		print_cause(wish, lines, discovery);
	else
		printf("\nNothing goes wrong in this schedule.\n");
	if (discovery->row_count && !discovery->replays)
		print_lines(discovery->too_long
		                ? "The schedule did not reproduce it: its run makes more than 16,384 scheduling decisions, and "
		                  "later ones are not kept; use fewer rounds or threads."
		                : "The schedule did not reproduce it.",
		            "  ");
	if (table && discovery->interleaving) {
		putchar('\n');
		interleaving_print(stdout, discovery->interleaving, session->colour, (unsigned)session->width);
	}
	if (!wish->replay)
		explored_again(wish, assignment, token);
	free(token);
}

static int status_of(enum search_verdict verdict)
{
	static const int table[] = {[SEARCH_NONE_FAILS] = 0,
	                            [SEARCH_FOUND] = 1,
	                            [SEARCH_NOT_EXPLORED] = EXIT_NOT_JUDGED,
	                            [SEARCH_STOPPED] = EXIT_NOT_JUDGED};
	return table[verdict];
}

static void print_summary(const struct wish *wish, const struct assignment *assignment,
                          const struct exploration *exploration)
{
	char *summary = explored_summary(&exploration->explored, exploration->verdict == SEARCH_FOUND);
	if (!wish->replay || exploration->verdict == SEARCH_NOT_EXPLORED) {
		escape_plain(stdout, assignment ? exploration->test : "", false);
		fputs(assignment ? ": " : "", stdout);
		escape_plain(stdout, summary, false);
		putchar('\n');
	}
	if (exploration->unsteady && exploration->verdict == SEARCH_FOUND) {
		char *remark = format("This may not be reproducible: %s.", exploration->unsteady);
		print_lines(remark, "");
		free(remark);
	}
	for (size_t i = 0; i < exploration->note_count; i++) {
		char *note = format("note: %s", exploration->note[i].text);
		print_lines(note, "");
		free(note);
	}
	free(summary);
}

/* One that found something speaks for all, then one that was not explored. */
static int worse(int a, int b)
{
	return a == 1 || b == 1 ? 1 : a > b ? a : b;
}

static int show(const struct session *session, const struct wish *wish, const struct assignment *assignment,
                const struct explorations *explorations, const struct built *built, struct lines *lines)
{
	enum { TABLES = 3 };
	int status = 0;
	const struct discovery *first = NULL;
	const char *test = NULL;
	for (size_t i = 0; i < explorations->count; i++) {
		const struct exploration *exploration = &explorations->item[i];
		if (!exploration_agrees(exploration))
			return complain(EXIT_NOT_JUDGED, "what the search reports contradicts itself");
		status = worse(status, status_of(exploration->verdict));
		print_summary(wish, assignment, exploration);
		for (size_t d = 0; d < exploration->discovery_count; d++) {
			bool table = d < (wish->replay ? 1 : TABLES); /* a replay is one schedule, whatever it shows */
			show_discovery(session, wish, assignment, exploration, &exploration->discovery[d], built, lines, table);
			if (!first) {
				first = &exploration->discovery[d];
				test = exploration->test;
			}
		}
	}
	write_files(wish, first, test, built);
	return status;
}

static int print_report(const char *path, const struct explorations *explorations)
{
	int status = 0;
	char *text = file_read(path, 256 << 20, NULL, NULL);
	if (!text)
		return EXIT_NOT_JUDGED;
	fputs(text, stdout);
	free(text);
	for (size_t i = 0; i < explorations->count; i++)
		status = worse(status, status_of(explorations->item[i].verdict));
	return status;
}

/* `output`: what the program printed is there, and is to be shown; or NULL. */
static int show_report(const struct session *session, const struct wish *wish, const struct assignment *assignment,
                       const struct built *built, const char *report, const char *output,
                       const struct run_result *result)
{
	struct lines *lines = lines_open(built->program);
	struct source_text sources[MOST_WORDS];
	struct explorations explorations = {0};
	for (size_t i = 0; i < built->sources; i++)
		sources[i] = (struct source_text){built->file[i], built->text[i]};
	explorations_read(&explorations, report, lines, sources, built->sources);
	char *said = output && !wish->json ? file_read(output, 1 << 20, NULL, NULL) : NULL;
	if (said && *said)
		puts("The program printed:");
	print_lines(said ? said : "", "");
	int status;
	if (!explorations.count)
		status = complain(EXIT_NOT_JUDGED, "the program did not run (%s %d)",
		                  result->end == RUN_EXITED ? "status" : "signal", result->status);
	else if (wish->json)
		status = print_report(report, &explorations);
	else
		status = show(session, wish, assignment, &explorations, built, lines);
	free(said);
	explorations_free(&explorations);
	lines_close(lines);
	return status;
}

/* The last line that the host wrote says how far it is. `context`: the file. */
static void show_progress(void *context)
{
	char *text = file_read(context, 1 << 20, NULL, NULL);
	const char *last = text;
	unsigned done, budget;
	for (const char *end = text; end && (end = strchr(end, '\n')) && end[1]; end++)
		last = end + 1;
	if (last && sscanf(last, "%u %u", &done, &budget) == 2) {
		char *first = grouped(done), *all = grouped(budget);
		fprintf(stderr, "\r\033[K%s of %s schedules", first, all);
		free(all);
		free(first);
	}
	free(text);
}

static int search(const struct session *session, const struct wish *wish, const struct kit *kit,
                  const struct assignment *assignment, struct queue *queue, const struct built *built,
                  const char *schedule)
{
	struct run *run = explored_run(kit, assignment, built, NULL, NULL);
	char *report = strdup(run->report), *output = strdup(run->output);
	run->output_limit = 1 << 20;
	run->file_limit = 256u << 20;
	run->wall_ms = 24 * 3600 * 1000;
	run->cpu_s = 24 * 3600;
	add_options(run, wish, assignment, schedule);
	struct run_result result;
	bool shows = wish->progress;
	if (shows)
		queue_on_tick(queue, show_progress, output);
	int status = run_alone(queue, run, &result) == 0 ? 0 : EXIT_INTERRUPTED;
	queue_on_tick(queue, NULL, NULL);
	if (shows)
		fputs("\r\033[K", stderr);
	if (status == 0)
		status = show_report(session, wish, assignment, built, report, schedule ? output : NULL, &result);
	free(report);
	free(output);
	return status;
}

/* ---- the command ---------------------------------------------------------------------------- */

/* Takes --replay apart; the test that it names is the one to run. */
static int read_token(struct wish *wish, char **test, char **schedule, char **mark)
{
	if (!wish->replay)
		return 0;
	if (!token_read(wish->replay, test, schedule, mark))
		return complain(EXIT_USAGE, "'%s' is no replay token: they look like main@1.12.2@5f00a1", wish->replay);
	if (wish->assignment)
		wish->test = *test;
	return 0;
}

/* Without those that the assignment leaves to real time, whose reason is told. NULL: there are no others. */
static char *explored_tests(const struct assignment *assignment, const struct wish *wish)
{
	char *list = NULL;
	for (size_t i = 0; i < assignment->test_count; i++) {
		const struct test_spec *test = &assignment->test[i];
		if (wish->test && strcmp(wish->test, test->name) != 0)
			continue;
		if (test->real_time && !wish->json) {
			char *reason = format("not explored: %s (%s)", test->name, test->real_time);
			print_lines(reason, "");
			free(reason);
		}
		if (test->real_time)
			continue;
		char *longer = list ? format("%s,%s", list, test->name) : strdup(test->name);
		free(list);
		list = longer;
	}
	return list;
}

static int print_program(const struct kit *kit, struct built *built)
{
	struct error error;
	if (built_keep(kit, built, &error) != 0)
		return complain(EXIT_USAGE, "%s", error.text);
	printf("%s\n", built->program);
	return 0;
}

static int run_built(const struct session *session, struct wish *wish, const struct kit *kit,
                     const struct assignment *assignment, struct queue *queue, struct built *built,
                     const char *schedule, const char *mark)
{
	if (built->uncovered) {
		printf("not explored: uses %s, which the explorer does not cover\n", built->uncovered);
		return EXIT_NOT_JUDGED;
	}
	if (wish->build)
		return print_program(kit, built);
	if (mark && strncmp(mark, built->mark, 6) != 0)
		complain(0,
		         "this token is of another version of the program, the kit or the compiler: what it shows may differ");
	if (wish->gdb)
		return start_gdb(session, queue, kit, built, wish, assignment, schedule);
	if (!assignment || schedule)
		return search(session, wish, kit, assignment, queue, built, schedule);
	char *tests = explored_tests(assignment, wish);
	wish->test = tests;
	int status = tests ? search(session, wish, kit, assignment, queue, built, schedule) : EXIT_NOT_JUDGED;
	free(tests);
	wish->test = NULL;
	return status;
}

int command_explore(const struct session *session, int argc, char **argv)
{
	static const struct argp argp = {
	    options,
	    parse,
	    "FILE.c... [-- ARGUMENT...]",
	    "Runs a program with threads or processes under many schedules, each of which the kit decides, and shows the "
	    "shortest one in which it goes wrong: a data race, a deadlock, a lost wakeup, a failed assertion, a crash, an "
	    "exit "
	    "status other than 0.\vExit status: 0 nothing found, 1 something found, 2 usage or it does not build, 3 not "
	    "explored. Files are taken for your own: their program runs as you, and can do all that you can. Tests "
	    "of an assignment run in the cage. docs/explorer.md says more.",
	    NULL,
	    NULL,
	    NULL};
	struct wish wish = {0};
	char *test = NULL, *schedule = NULL, *mark = NULL;
	if (take_words(&wish, &argc, argv) != 0 || argp_parse(&argp, argc, argv, 0, NULL, &wish) != 0 ||
	    read_token(&wish, &test, &schedule, &mark) != 0)
		return EXIT_USAGE;
	wish.progress = session->progress && !wish.replay && !wish.measure;
	if (wish.refused) {
		printf("not explored: %s\n", wish.refused);
		return EXIT_NOT_JUDGED;
	}
	struct error error;
	struct kit *kit = kit_open(session->root, session->course, &error);
	if (!kit)
		return complain(EXIT_USAGE, "%s", error.text);
	const struct assignment *assignment = wish.assignment ? find_assignment(kit, wish.assignment) : NULL;
	struct cage *cage =
	    wish.assignment ? open_cage(session, kit, wish.folder) : probe_cage(kit); /* own programs need none */
	struct queue *queue = cage ? queue_new(0, session->signals, cage) : NULL;
	struct built built = {0};
	int status = EXIT_USAGE;
	if (!queue || (wish.assignment && !assignment))
		status = EXIT_USAGE;
	else if (assignment && wish.test && !assignment_test(assignment, wish.test))
		complain(EXIT_USAGE, "%s has no test '%s'", assignment->name, wish.test);
	else if ((assignment ? build_explored(kit, assignment, &wish, queue, &built, &error)
	                     : build_files(kit, &wish, queue, &built, &error)) != 0)
		complain(EXIT_USAGE, "%s", error.text);
	else
		status = run_built(session, &wish, kit, assignment, queue, &built, schedule, mark);
	built_clear(&built);
	queue_free(queue);
	cage_close(cage);
	kit_free(kit);
	wish_clear(&wish);
	free(test);
	free(schedule);
	free(mark);
	return status;
}
