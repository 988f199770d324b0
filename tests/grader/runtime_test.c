/* runtime_test.c - the runtime, the shim and the checks on small programs with known events (tests/grader/runtime).
 *
 * Each NAME.c is a submission, NAME_tests.c its tests. Before the first test here all of them are built and graded as
 * any other submission is, in a scratch checkout; then each finding is compared with what the comment before the
 * KIT_TEST says (see locks_tests.c). */
#include <criterion/criterion.h>
#include <criterion/hooks.h>
#include <criterion/new/assert.h>
#define TEST_CRASH GRADE_TEST_CRASH /* Criterion has a hook of that name */
#include "../../grader/check/lines.h"
#include "../../grader/check/tool_report.h"
#include "../../grader/class/class.h"
#include "../../grader/memory.h"
#include "kit_tree.h"

#include <ctype.h>
#include <glob.h>
#include <stdio.h>

enum { MAX_PIECES = 12, MAX_FINDINGS = 8, LIMIT = 1 << 22 };

static const struct program {
	const char *name;
	const char *check; /* the tool it is judged by besides its own tests */
} programs[] = {
    {"deaths", NULL},         {"left_running", NULL}, {"locks", "tsan"},       {"pipes", NULL},
    {"faults", NULL},         {"gates", "tsan"},      {"quiet", NULL},         {"ends", "tsan"},
    {"races", "tsan"},        {"memory", "memcheck"}, {"order", NULL},         {"choices", NULL},
    {"calls", "memcheck"},    {"polls", "explore"},   {"programs", "explore"}, {"arrivals", "explore"},
    {"transfers", "explore"}, {"stacks", "explore"},  {"own_stacks", "tsan"},  {"connections", "explore"},
#ifdef __x86_64__
    {"unhooked", "tsan"}, /* the kit's assembler knows this processor only */
#endif
};
enum { PROGRAMS = sizeof programs / sizeof *programs, COUNTED = 2 /* the first: their lines are counted */ };

/* ---- an assignment made of the sources ------------------------------------------------------ */

static char *source(const char *name, const char *suffix)
{
	struct error error = {0};
	char *path = format("tests/grader/runtime/%s%s.c", name, suffix), *text = file_read(path, LIMIT, NULL, &error);
	if (!text) {
		fprintf(stderr, "%s\n", error.text);
		abort();
	}
	free(path);
	return text;
}

static void *grown(void *items, size_t count, size_t size)
{
	char *larger = realloc(items, (count + 1) * size);
	if (!larger)
		abort();
	memset(larger + count * size, 0, size);
	return larger;
}

/* All functions that are not static. */
static void add_api(struct assignment *assignment, char *text)
{
	for (char *line; (line = strsep(&text, "\n"));) {
		char *open = strchr(line, '(');
		size_t length = strlen(line);
		if (!isalpha((unsigned char)*line) || !open || line[length - 1] != ')' || strncmp(line, "static", 6) == 0)
			continue;
		char *begin = open;
		while (begin > line && (isalnum((unsigned char)begin[-1]) || begin[-1] == '_'))
			begin--;
		assignment->api.item = grown(assignment->api.item, assignment->api.count, sizeof *assignment->api.item);
		assignment->api.item[assignment->api.count++] = strndup(begin, (size_t)(open - begin));
	}
}

static void add_tests(struct assignment *assignment, char *text)
{
	for (char *line; (line = strsep(&text, "\n"));) {
		char *comma = strchr(line, ',');
		if (strncmp(line, "KIT_TEST(", 9) != 0 || !comma)
			continue;
		assignment->test = grown(assignment->test, assignment->test_count, sizeof *assignment->test);
		struct test_spec *test = &assignment->test[assignment->test_count++];
		test->name = strndup(comma + 2, strcspn(comma + 2, ")"));
		test->rubric = strdup("correctness");
		test->title = strdup(test->name);
		test->why = strdup("");
		test->points = 1;
	}
}

static void add_imports(struct assignment *assignment, const char *const names[], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		assignment->imports.item = grown(assignment->imports.item, assignment->imports.count, sizeof(char *));
		assignment->imports.item[assignment->imports.count++] = strdup(names[i]);
	}
}

static struct assignment *assignment_of(const struct program *program, const char *root)
{
	struct assignment *assignment = calloc(1, sizeof *assignment);
	if (!assignment)
		abort();
	char *code = source(program->name, ""), *tests = source(program->name, "_tests");
	*assignment = (struct assignment){
	    .name = strdup(program->name),
	    .title = strdup(""),
	    .unit = strdup(""),
	    .time = strdup(""),
	    .state_allowed = true,
	    .limits =
	        {.wall_s = 60, .cpu_s = 60, .output_kib = 1024, .file_kib = 1024, .memory_mib = 512, .processes = 512},
	    .root = strdup(root),
	    .path = strdup("")};
	bool explored = program->check && strcmp(program->check, "explore") == 0;
	assignment->limits.schedules = explored ? 100 : 0;
	assignment->limits.preemptions = 2;
	assignment->rubric = grown(NULL, 0, sizeof *assignment->rubric);
	*assignment->rubric = (struct rubric_line){strdup("correctness"), strdup("Correctness"), 100};
	assignment->rubric_count = 1;
	add_api(assignment, code);
	add_tests(assignment, tests);
	/* What no exercise is about, and the runtime stands in for all the same. */
	static const char *const imports[] = {"clock_gettime",
	                                      "open",
	                                      "pthread_getattr_np",
	                                      "pthread_attr_getstack",
	                                      "fcntl",
	                                      "kill",
	                                      "dup3",
	                                      "waitid",
	                                      "setpgid",
	                                      "raise",
	                                      "close_range",
	                                      "closefrom",
	                                      "openat",
	                                      "getcontext",
	                                      "mprotect",
	                                      "mmap",
	                                      "munmap",
	                                      "makecontext",
	                                      "swapcontext",
	                                      "setcontext",
	                                      "execv",
	                                      "execve",
	                                      "execlp",
	                                      "execle",
	                                      "setenv",
	                                      "posix_spawn",
	                                      "posix_spawnp",
	                                      "posix_spawn_file_actions_init",
	                                      "posix_spawn_file_actions_destroy",
	                                      "posix_spawn_file_actions_adddup2",
	                                      "posix_spawn_file_actions_addclose",
	                                      "posix_spawn_file_actions_addopen",
	                                      "posix_spawn_file_actions_addchdir_np",
	                                      "posix_spawnattr_init",
	                                      "posix_spawnattr_destroy",
	                                      "posix_spawnattr_setflags",
	                                      "posix_spawnattr_setsigmask",
	                                      "posix_spawnattr_setsigdefault",
	                                      "sigpending",
	                                      "sigwait",
	                                      "sigwaitinfo",
	                                      "sigsuspend",
	                                      "pause",
	                                      "send",
	                                      "recv",
	                                      "sendmsg",
	                                      "recvmsg",
	                                      "readv",
	                                      "writev",
	                                      "select",
	                                      "ppoll"};
	static const char *const addresses[] = {"socket",     "bind",      "listen",      "accept",
	                                        "accept4",    "connect",   "getsockname", "getpeername",
	                                        "getsockopt", "setrlimit", "unlink"};
	add_imports(assignment, imports, sizeof imports / sizeof *imports);
	if (strcmp(program->name, "connections") == 0)
		add_imports(assignment, addresses, sizeof addresses / sizeof *addresses);
	if (program->check && !explored) {
		assignment->check = grown(NULL, 0, sizeof *assignment->check);
		*assignment->check = (struct check_spec){.check = strdup(program->check),
		                                         .rubric = strdup("correctness"),
		                                         .points = 1,
		                                         .title = strdup(""),
		                                         .why = strdup("")};
		assignment->check_count = 1;
	}
	free(code);
	free(tests);
	return assignment;
}

/* ---- before the first test: everything is graded -------------------------------------------- */

/* The grade as text: "test NAME STATUS", then its findings, each "finding CHECK KIND" and lines of evidence that begin
 * with a tab. */
static void write_grade(FILE *out, const struct grade *grade)
{
	for (size_t c = 0; c < grade->check_count; c++)
		fprintf(out, "check %s %s %s\n", grade->check[c].name, grade->check[c].status,
		        grade->check[c].reason ? grade->check[c].reason : "");
	for (size_t f = 0; f < grade->findings.count; f++)
		if (strcmp(grade->findings.item[f].check, "seal") == 0)
			fprintf(out, "seal %s\n", grade->findings.item[f].seen);
	for (size_t f = 0; f < grade->findings.count; f++)
		if (strcmp(grade->findings.item[f].check, "build") == 0)
			for (size_t d = 0; d < grade->findings.item[f].detail_count; d++)
				fprintf(out, "build %s\n", grade->findings.item[f].detail[d]);
	for (size_t t = 0; t < grade->test_count; t++) {
		fprintf(out, "test %s %s\n", grade->test[t].name, test_status_name(grade->test[t].status));
		for (size_t f = 0; f < grade->findings.count; f++) {
			const struct finding *finding = &grade->findings.item[f];
			if (!finding->test || strcmp(finding->test, grade->test[t].name) != 0 ||
			    strcmp(finding->check, "score") == 0)
				continue;
			fprintf(out, "finding %s %s\n\t%s\n", finding->check, finding->kind, finding->seen);
			if (finding->expected)
				fprintf(out, "\texpected: %s\n", finding->expected);
			for (size_t d = 0; d < finding->detail_count; d++)
				fprintf(out, "\t%s\n", finding->detail[d]);
			for (size_t w = 0; w < finding->where_count; w++) {
				const struct place *place = &finding->where[w];
				fprintf(out, "\tat %s:%u %s (%s)\n", place->file, place->line, place->function ? place->function : "",
				        place->role ? place->role : "");
			}
		}
	}
	if (grade->coverage.known)
		fprintf(out, "never run: %s\n", grade->coverage.unrun ? grade->coverage.unrun : "");
	fprintf(out, "end\n");
}

static void keep_grade(void *context, const struct request *request, struct grade *grade)
{
	char *path = format("%s/%s.grade", (const char *)context, request->assignment->name);
	FILE *out = fopen(path, "we");
	if (!out)
		abort();
	write_grade(out, grade);
	fclose(out);
	free(path);
	grade_free(grade);
}

ReportHook(PRE_ALL)(struct criterion_test_set *unused)
{
	(void)unused;
	char *root = kit_tree_make();
	setenv("KIT_TREE", root, 1);
	unsetenv("KIT_BUILD");
	kit_tree_take_runtime(root);
	struct assignment *assignment[PROGRAMS];
	struct request request[PROGRAMS];
	char *folder = format("%s/submission", root);
	folder_make(folder, NULL);
	for (size_t i = 0; i < PROGRAMS; i++) {
		kit_tree_add_tests(root, programs[i].name);
		char *text = source(programs[i].name, ""), *path = format("%s/%s.c", folder, programs[i].name);
		file_write(path, text, strlen(text), NULL);
		free(path);
		free(text);
		assignment[i] = assignment_of(&programs[i], root);
		request[i] = (struct request){.assignment = assignment[i], .folder = folder, .submission = "runtime"};
	}
	struct error error = {0};
	struct kit *kit = kit_open(root, NULL, &error);
	struct cage *cage = kit_tree_cage(root);
	struct queue *queue = queue_new(0, -1, cage);
	if (cage_mode(cage) == CAGE_GOOD)
		setenv("KIT_TREE_ONE_NETWORK", "1", 1);
	static const struct class_options counted = {.keep = true, .coverage = true}, others = {.keep = true};
	if (!kit || class_grade(kit, queue, request, COUNTED, &counted, keep_grade, NULL, root, &error) != 0 ||
	    class_grade(kit, queue, request + COUNTED, PROGRAMS - COUNTED, &others, keep_grade, NULL, root, &error) != 0)
		fprintf(stderr, "the runtime's programs cannot be graded: %s\n", error.text);
	queue_free(queue);
	cage_close(cage);
	kit_free(kit);
	for (size_t i = 0; i < PROGRAMS; i++)
		assignment_free(assignment[i]);
	free(folder);
	free(root);
}

ReportHook(POST_ALL)(struct criterion_global_stats *unused)
{
	(void)unused;
	if (!getenv("KIT_TREE_KEEP"))
		folder_remove(getenv("KIT_TREE"));
	else
		fprintf(stderr, "kept: %s\n", getenv("KIT_TREE"));
}

/* ---- what a test's comment expects ---------------------------------------------------------- */

struct expected_finding {
	char *name; /* "check kind" */
	char *piece[MAX_PIECES];
	size_t count;
	bool met;
};

struct expectation {
	char *test, *status;
	struct expected_finding finding[MAX_FINDINGS];
	size_t count;
};

/* The line of `text` that has "{words}" in a comment of its own. */
static unsigned line_of(const char *text, const char *words)
{
	char *mark = format("/* {%s} */", words), *found = strstr(text, mark);
	cr_assert(ne(ptr, found, NULL), "nobody has the comment %s", mark);
	unsigned line = 1;
	for (const char *c = text; c < found; c++)
		line += *c == '\n';
	free(mark);
	return line;
}

/* "public.c:{x}" and "NAME.c:{x}" with the number of the line that has the words. */
static char *with_numbers(const char *piece, const char *code, const char *tests)
{
	char *result = strdup("");
	for (const char *open; (open = strchr(piece, '{'));) {
		const char *close = strchr(open, '}');
		char *words = strndup(open + 1, (size_t)(close - open - 1));
		bool in_tests = open - piece >= 9 && strncmp(open - 9, "public.c:", 9) == 0;
		char *longer = format("%s%.*s%u", result, (int)(open - piece), piece, line_of(in_tests ? tests : code, words));
		free(words);
		free(result);
		result = longer;
		piece = close + 1;
	}
	char *whole = format("%s%s", result, piece);
	free(result);
	return whole;
}

static void read_line(struct expectation *expectation, const char *line, const char *code, const char *tests)
{
	if (strncmp(line, "/* => ", 6) == 0) {
		free(expectation->status);
		expectation->status = strdup(line + 6);
	} else if (strncmp(line, " *   ", 5) == 0 && expectation->count) {
		struct expected_finding *finding = &expectation->finding[expectation->count - 1];
		cr_assert(lt(sz, finding->count, MAX_PIECES));
		finding->piece[finding->count++] = with_numbers(line + 5, code, tests);
	} else if (strncmp(line, " * ", 3) == 0) {
		cr_assert(lt(sz, expectation->count, MAX_FINDINGS));
		expectation->finding[expectation->count++].name = strdup(line + 3);
	}
}

static void expectation_clear(struct expectation *expectation)
{
	for (size_t f = 0; f < expectation->count; f++) {
		for (size_t p = 0; p < expectation->finding[f].count; p++)
			free(expectation->finding[f].piece[p]);
		free(expectation->finding[f].name);
	}
	free(expectation->test);
	free(expectation->status);
	*expectation = (struct expectation){0};
}

/* The next test of the file with the comment before it; false behind the last. */
static bool next_expectation(char **rest, const char *code, const char *tests, struct expectation *expectation)
{
	bool reading = false;
	expectation->status = strdup("pass");
	for (char *line; (line = strsep(rest, "\n"));) {
		reading = reading || strncmp(line, "/* => ", 6) == 0;
		if (strncmp(line, "KIT_TEST(", 9) == 0) {
			const char *name = strchr(line, ',') + 2;
			expectation->test = strndup(name, strcspn(name, ")"));
			return true;
		}
		if (strncmp(line, " */", 3) == 0)
			reading = false;
		else if (reading)
			read_line(expectation, line, code, tests);
	}
	expectation_clear(expectation);
	return false;
}

/* ---- the comparison ------------------------------------------------------------------------- */

static char *file_of_tree(const char *name)
{
	struct error error = {0};
	char *path = format("%s/%s", getenv("KIT_TREE"), name), *text = file_read(path, LIMIT, NULL, &error);
	cr_assert(ne(ptr, text, NULL), "%s", error.text);
	free(path);
	return text;
}

static bool has_all_pieces(const char *text, const struct expected_finding *expected)
{
	for (size_t i = 0; i < expected->count; i++)
		if (!strstr(text, expected->piece[i]))
			return false;
	return true;
}

/* `text` is "finding CHECK KIND\n" and its evidence. */
static bool take_expected(struct expectation *expectation, const char *text)
{
	for (size_t i = 0; i < expectation->count; i++) {
		struct expected_finding *expected = &expectation->finding[i];
		size_t length = strlen(expected->name);
		if (expected->met || strncmp(text + 8, expected->name, length) != 0 || text[8 + length] != '\n' ||
		    !has_all_pieces(text, expected))
			continue;
		expected->met = true;
		return true;
	}
	return false;
}

static void compare(struct expectation *expectation, const char *grade)
{
	char *head = format("\ntest %s ", expectation->test);
	const char *found = strstr(grade, head);
	cr_assert(ne(ptr, (void *)found, NULL), "%s is not in the grade:\n%s", expectation->test, grade);
	const char *status = found + strlen(head), *rest = strchr(status, '\n') + 1;
	cr_expect(strncmp(status, expectation->status, strlen(expectation->status)) == 0 && rest[-1] == '\n',
	          "%s: %.*s instead of %s", expectation->test, (int)strcspn(status, "\n"), status, expectation->status);
	while (strncmp(rest, "finding ", 8) == 0) {
		const char *end = strchr(rest, '\n') + 1;
		while (*end == '\t')
			end = strchr(end, '\n') + 1;
		char *text = strndup(rest, (size_t)(end - rest));
		cr_expect(take_expected(expectation, text), "%s: not expected, or not so:\n%s", expectation->test, text);
		free(text);
		rest = end;
	}
	for (size_t i = 0; i < expectation->count; i++)
		cr_expect(expectation->finding[i].met, "%s: not found as expected: %s", expectation->test,
		          expectation->finding[i].name);
	free(head);
}

static void expect_all(const char *name)
{
	char *path = format("%s.grade", name), *grade = file_of_tree(path);
	char *code = source(name, ""), *tests = source(name, "_tests"), *copy = strdup(tests), *rest = copy;
	struct expectation expectation = {0};
	int count = 0;
	for (; next_expectation(&rest, code, tests, &expectation); count++) {
		compare(&expectation, grade);
		expectation_clear(&expectation);
	}
	cr_expect(gt(int, count, 0));
	free(copy);
	free(tests);
	free(code);
	free(grade);
	free(path);
}

Test(runtime, locks_and_waits_in_memory)
{
	expect_all("locks");
}

Test(runtime, pipes_between_processes)
{
	expect_all("pipes");
}

Test(runtime, injected_faults)
{
	expect_all("faults");
}

Test(runtime, gates_and_rendezvous)
{
	expect_all("gates");
}

Test(runtime, quiet_and_busy_waits)
{
	expect_all("quiet");
}

Test(runtime, calls_that_come_back_and_calls_that_do_not)
{
	expect_all("calls");
}

Test(runtime, polling_in_some_schedule)
{
	expect_all("polls");
}

Test(runtime, programs_that_processes_execute)
{
	expect_all("programs");
}

Test(runtime, transfers_by_sockets_and_in_pieces)
{
	expect_all("transfers");
}

Test(runtime, connections_of_sockets_with_addresses)
{
	if (getenv("KIT_TREE_ONE_NETWORK"))
		cr_skip("runs have no network of their own here, so no sockets with addresses");
	expect_all("connections");
}

Test(runtime, arrivals_of_signals)
{
	expect_all("arrivals");
}

Test(runtime, stacks_of_threads)
{
	expect_all("stacks");
}

Test(runtime, contexts_that_the_program_changes)
{
	expect_all("own_stacks");
}

Test(runtime, ends_of_processes_and_threads)
{
	expect_all("ends");
}

Test(runtime, races_through_the_shim)
{
	expect_all("races");
}

#ifdef __x86_64__
Test(runtime, accesses_that_the_compiler_tells_nobody_of)
{
	expect_all("unhooked");
}
#endif

Test(runtime, memory_errors)
{
	expect_all("memory");
}

Test(runtime, choices_of_the_schedule)
{
	expect_all("choices");
}

/* Where a child is ended without its counts, nothing is said of lines. */
Test(runtime, lines_that_children_ran_before_they_were_killed)
{
	expect_all("deaths");
	expect_all("left_running");
	char *code = source("deaths", ""), *grade = file_of_tree("deaths.grade"),
	     *other = file_of_tree("left_running.grade");
	unsigned line = line_of(code, "never"), failure = line_of(code, "no pipe"), end = line_of(code, "the end of that");
	char *unrun = format("\nnever run: %u, %u-%u\n", failure, end, line);
	cr_expect(ne(ptr, strstr(grade, unrun), NULL), "not%s in:\n%s", unrun, grade);
	cr_expect(eq(ptr, strstr(other, "never run"), NULL), "%s", other);
	free(unrun);
	free(other);
	free(grade);
	free(code);
}

Test(runtime, orders)
{
	expect_all("order");
}

/* ---- repetitions ---------------------------------------------------------------------------- */

/* The one file of the tree with that pattern; the caller frees it. */
static char *path_of(const char *pattern)
{
	char *whole = format("%s/build/run/%s", getenv("KIT_TREE"), pattern);
	glob_t files;
	cr_assert(eq(int, glob(whole, 0, NULL, &files), 0), "there is no %s", whole);
	char *path = strdup(files.gl_pathv[0]);
	globfree(&files);
	free(whole);
	return path;
}

static void note_end(void *context, const struct run_result *result)
{
	*(int *)context += result->end == RUN_EXITED && result->status == 0;
}

/* A run of "NAME-VARIANT" that prints into OUTPUT.N of the tree, on schedule `schedule`. */
static struct run *repetition(const char *program, const char *test, unsigned schedule, const char *output, int n)
{
	const char *root = getenv("KIT_TREE");
	struct run *run = run_new(root, CAGE_NONE);
	run->output = format("%s/%s.%d", root, output, n);
	run->report = format("%s/%s.report.%d", root, output, n);
	run->fixed_addresses = true;
	run_add(run, "%s", program);
	run_add(run, "--tests");
	run_add(run, "%s", test);
	run_add(run, "--schedule");
	run_add(run, "%u", schedule);
	return run;
}

static void expect_same_events(const char *test)
{
	enum { TIMES = 50, SCHEDULES = 8 };
	char *program = path_of("*/order-plain");
	struct cage *cage = kit_tree_cage(getenv("KIT_TREE"));
	struct queue *queue = queue_new(0, -1, cage);
	int good = 0;
	for (int i = 0; i < TIMES; i++)
		queue_add(queue, repetition(program, test, 3, test, i), 0, note_end, &good);
	for (unsigned i = 0; i < SCHEDULES; i++)
		queue_add(queue, repetition(program, test, i, test, (int)(TIMES + i)), 0, note_end, &good);
	cr_assert(eq(int, queue_work(queue), 0));
	queue_free(queue);
	cage_close(cage);
	cr_assert(eq(int, good, TIMES + SCHEDULES));
	char *name = format("%s.0", test), *first = file_of_tree(name);
	cr_expect(gt(sz, strlen(first), 10));
	int others = 0;
	for (int i = 1; i < TIMES + SCHEDULES; i++) {
		free(name);
		name = format("%s.%d", test, i);
		char *text = file_of_tree(name);
		if (i < TIMES)
			cr_expect(eq(str, text, first), "repetition %d", i);
		others += strcmp(text, first) != 0;
		free(text);
	}
	cr_expect(ge(int, others, SCHEDULES / 2), "other schedules give other orders");
	free(first);
	free(name);
	free(program);
}

Test(runtime, the_same_schedule_gives_the_same_order_of_threads_50_times)
{
	expect_same_events("of_threads");
}

Test(runtime, the_same_schedule_gives_the_same_order_of_processes_50_times)
{
	expect_same_events("of_processes");
}

Test(runtime, the_same_schedule_leaves_the_same_where_nobody_should_read_50_times)
{
	expect_same_events("of_what_is_left");
}

/* ---- ThreadSanitizer's stacks through the shim ---------------------------------------------- */

static bool has_line(struct lines *lines, const struct stack *stack, unsigned number)
{
	for (size_t f = 0; f < stack->count; f++) {
		struct line line;
		if (stack->frame[f].line == number && strcmp(stack->frame[f].file, "races.c") == 0)
			return true;
		if (stack->frame[f].address && lines_find(lines, stack->frame[f].address + 1, &line) && line.line == number &&
		    strcmp(line.file, "races.c") == 0)
			return true;
	}
	return false;
}

/* How many stacks with that in their title, of all reports of the kind in the logs, have the line. */
static int stacks_with(struct lines *lines, const char *pattern, const char *kind, const char *title, unsigned number)
{
	glob_t logs;
	int count = 0;
	for (size_t i = glob(pattern, 0, NULL, &logs) == 0 ? logs.gl_pathc : 0; i-- > 0;) {
		char *text = file_read(logs.gl_pathv[i], LIMIT, NULL, NULL);
		struct tool_reports reports = tsan_parse(text ? text : "", "races-tsan");
		for (size_t r = 0; r < reports.count; r++)
			for (size_t s = 0; strcmp(reports.item[r].kind, kind) == 0 && s < reports.item[r].count; s++)
				count +=
				    strstr(reports.item[r].stack[s].title, title) && has_line(lines, &reports.item[r].stack[s], number);
		tool_reports_free(&reports);
		free(text);
	}
	globfree(&logs);
	return count;
}

Test(runtime, the_stacks_of_creations_and_locks_have_the_submission_s_lines)
{
	char *program = path_of("*/races-tsan"), *code = source("races", "");
	char *pattern = format("%.*s/tsan.box/tsan.log.*", (int)(strrchr(program, '/') - program), program);
	struct lines *lines = lines_open(program);
	cr_assert(ne(ptr, lines, NULL));
	cr_expect(ge(int, stacks_with(lines, pattern, "data_race", " created by ", line_of(code, "create first")), 1));
	cr_expect(ge(int, stacks_with(lines, pattern, "data_race", " created by ", line_of(code, "create second")), 1));
	cr_expect(ge(int, stacks_with(lines, pattern, "data_race", "revious write", line_of(code, "call add")), 1));
	cr_expect(
	    ge(int, stacks_with(lines, pattern, "lock_order_inversion", " acquired here", line_of(code, "inner lock")), 2));
	cr_expect(ge(
	    int, stacks_with(lines, pattern, "lock_order_inversion", " acquired here", line_of(code, "one then two")), 1));
	cr_expect(ge(
	    int, stacks_with(lines, pattern, "lock_order_inversion", " acquired here", line_of(code, "two then one")), 1));
	cr_expect(ge(
	    int, stacks_with(lines, pattern, "lock_order_inversion", " previously acquired", line_of(code, "two then one")),
	    1));
	lines_close(lines);
	free(pattern);
	free(code);
	free(program);
}

Test(runtime, the_shim_hides_no_race_20_of_20)
{
	enum { TIMES = 20 };
	char *program = path_of("*/races-tsan"), *code = source("races", "");
	struct cage *cage = kit_tree_cage(getenv("KIT_TREE"));
	struct queue *queue = queue_new(0, -1, cage);
	int good = 0, seen = 0;
	for (int i = 0; i < TIMES; i++) {
		struct run *run = repetition(program, "a_race_is_seen", (unsigned)i, "race", i);
		run->fixed_addresses = true;
		run_set(run, "TSAN_OPTIONS=log_path=%s/race.log.%d exitcode=0 atexit_sleep_ms=0 symbolize=0",
		        getenv("KIT_TREE"), i);
		queue_add(queue, run, 0, note_end, &good);
	}
	cr_assert(eq(int, queue_work(queue), 0));
	queue_free(queue);
	cage_close(cage);
	cr_expect(eq(int, good, TIMES));
	struct lines *lines = lines_open(program);
	for (int i = 0; i < TIMES; i++) {
		char *pattern = format("%s/race.log.%d.*", getenv("KIT_TREE"), i);
		seen += stacks_with(lines, pattern, "data_race", " of size 8 at ", line_of(code, "add")) == 2;
		free(pattern);
	}
	cr_expect(eq(int, seen, TIMES), "%d of %d runs report the race with both sides", seen, TIMES);
	lines_close(lines);
	free(code);
	free(program);
}
