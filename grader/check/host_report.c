#include "host_report.h"

#include "../layer.h"
#include "../memory.h"

#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { REPORT_LIMIT = 1 << 20 };

/* ---- reading -------------------------------------------------------------------------------- */

static char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return strdup(text ? text : "");
}

static int number_of(const json_t *object, const char *key)
{
	return (int)json_integer_value(json_object_get(object, key));
}

static void read_evidence(const json_t *json, struct evidence *evidence)
{
	evidence->kind = text_of(json, "kind");
	evidence->text = text_of(json, "text");
	evidence->expected = text_of(json, "expected");
	evidence->file = text_of(json, "file");
	evidence->line = (unsigned)number_of(json, "line");
	const json_t *frames = json_object_get(json, "frames");
	for (size_t i = 0; i < json_array_size(frames) && i < MAX_FRAMES; i++)
		evidence->frame[evidence->frame_count++] = (uintptr_t)json_integer_value(json_array_get(frames, i));
}

static void read_run(const json_t *json, struct test_run *run)
{
	run->test = text_of(json, "test");
	run->status = text_of(json, "status");
	run->chosen = text_of(json, "chosen");
	run->turned = text_of(json, "turned");
	run->counts_lost = json_is_true(json_object_get(json, "counts_lost"));
	run->schedule = (unsigned)number_of(json, "schedule");
	run->signal = number_of(json, "signal");
	run->exit = number_of(json, "exit");
	run->ms = number_of(json, "ms");
	run->pid = number_of(json, "pid");
	const json_t *pids = json_object_get(json, "pids"), *evidence = json_object_get(json, "evidence");
	run->pids = zeroed(json_array_size(pids) + 1, sizeof *run->pids);
	run->evidence = zeroed(json_array_size(evidence) + 1, sizeof *run->evidence);
	for (size_t i = 0; i < json_array_size(pids); i++)
		run->pids[run->pid_count++] = (pid_t)json_integer_value(json_array_get(pids, i));
	for (size_t i = 0; i < json_array_size(evidence); i++)
		read_evidence(json_array_get(evidence, i), &run->evidence[run->evidence_count++]);
	const json_t *asserted = json_object_get(json, "asserted"), *reached = json_object_get(json, "reached");
	run->asserted = zeroed(json_array_size(asserted) + 1, sizeof *run->asserted);
	run->reached = zeroed(json_array_size(reached) + 1, sizeof *run->reached);
	for (size_t i = 0; i < json_array_size(asserted); i++)
		run->asserted[run->asserted_count++] = (unsigned)json_integer_value(json_array_get(asserted, i));
	for (size_t i = 0; i < json_array_size(reached); i++)
		run->reached[run->reached_count++] =
		    (struct passage){.place = (uintptr_t)json_integer_value(json_array_get(json_array_get(reached, i), 0)),
		                     .times = (unsigned)json_integer_value(json_array_get(json_array_get(reached, i), 1))};
}

struct host_report *host_report_read(struct host_report *report, const char *path)
{
	if (!report)
		report = zeroed(1, sizeof *report);
	char *text = file_read(path, 64 << 20, NULL, NULL);
	char *rest = text;
	report->begun = report->begun || (text && *text);
	for (char *line; rest && (line = strsep(&rest, "\n"));) {
		json_t *json = json_loads(line, 0, NULL);
		if (json && json_is_object(json)) {
			report->run = must(realloc(report->run, (report->count + 1) * sizeof *report->run));
			memset(&report->run[report->count], 0, sizeof *report->run);
			read_run(json, &report->run[report->count++]);
		}
		json_decref(json);
	}
	free(text);
	return report;
}

void evidence_clear(struct evidence *evidence)
{
	free(evidence->kind);
	free(evidence->text);
	free(evidence->expected);
	free(evidence->file);
	free(evidence->role);
	free(evidence->other_role);
}

void host_report_free(struct host_report *report)
{
	for (size_t i = 0; i < report->count; i++) {
		struct test_run *run = &report->run[i];
		for (size_t e = 0; e < run->evidence_count; e++)
			evidence_clear(&run->evidence[e]);
		free(run->evidence);
		free(run->pids);
		free(run->test);
		free(run->status);
		free(run->chosen);
		free(run->turned);
		free(run->asserted);
		free(run->reached);
	}
	free(report->run);
	free(report);
}

const struct test_run *host_report_test(const struct host_report *report, const char *test)
{
	for (size_t i = 0; i < report->count; i++)
		if (strcmp(report->run[i].test, test) == 0)
			return &report->run[i];
	return NULL;
}

struct test_run *host_report_pid(const struct host_report *report, pid_t pid)
{
	for (size_t i = 0; i < report->count; i++)
		for (size_t p = 0; p < report->run[i].pid_count; p++)
			if (report->run[i].pids[p] == pid)
				return &report->run[i];
	return NULL;
}

char *box_of(const struct subject *subject, const char *check)
{
	return format("%s/%s.box", subject->folder, check);
}

char *box_pattern(const struct subject *subject, const char *check, const char *files)
{
	char *box = box_of(subject, check), *pattern = must(malloc(2 * strlen(box) + strlen(files) + 2)), *end = pattern;
	for (const char *c = box; *c; c++) {
		if (strchr("*?[]\\", *c))
			*end++ = '\\';
		*end++ = *c;
	}
	sprintf(end, "/%s", files);
	free(box);
	return pattern;
}

/* ---- running -------------------------------------------------------------------------------- */

struct run *host_run(const struct subject *subject, enum variant variant, const char *check, const char *const prefix[],
                     const char *tests)
{
	const struct assignment *assignment = subject->assignment;
	char *box = box_of(subject, check);
	struct run *run = run_new(box, CAGE_JUDGED);
	folder_make(box, NULL);
	free(box);
	run_show(run, "%s/%s-%s", subject->folder, assignment->name, variant_name(variant));
	run->memory_limit = (size_t)assignment->limits.memory_mib << 20;
	run->process_limit = (unsigned)assignment->limits.processes;
	run->stack_limit = variant_stack(variant);
	run->listens = assignment_listens(assignment);
	run->fixed_addresses = true; /* who decides by them decides the same each time; and TSan cannot start where
	                              * mmap_rnd_bits is 32 */
	run->output = format("%s/%s.output", subject->folder, check);
	run->report = format("%s/%s.report", subject->folder, check);
	run->wall_ms = assignment->limits.wall_s * 1000;
	run->cpu_s = assignment->limits.cpu_s;
	run->output_limit = (size_t)assignment->limits.output_kib * 1024;
	run->file_limit = (size_t)assignment->limits.file_kib * 1024;
	if (run->file_limit < REPORT_LIMIT) /* the host's report is a file of the same run */
		run->file_limit = REPORT_LIMIT;
	for (size_t i = 0; prefix && prefix[i]; i++)
		run_add(run, "%s", prefix[i]);
	run_add(run, "%s/%s-%s", subject->folder, assignment->name, variant_name(variant));
	if (tests) {
		run_add(run, "--tests");
		run_add(run, "%s", tests);
	}
	return run;
}

void limit_use(struct run *run, unsigned seconds, unsigned runs)
{
	run->wall_ms *= 3; /* use decides: a busy machine must not end what an idle one judges */
	run->use_s = (int)((seconds + runs - 1) / runs);
}

/* Where others may not look, neither may the run: gdb has no lines to show then. */
static void show_source(struct run *run, const char *path)
{
	struct stat status;
	if (stat(path, &status) == 0 && status.st_mode & S_IROTH && (!S_ISDIR(status.st_mode) || status.st_mode & S_IXOTH))
		run_show(run, "%s", path);
}

struct run *host_debugged(const struct subject *subject, enum variant variant, const char *const gdb[],
                          const struct test_spec *test)
{
	enum { OF_GDB = 3 /* times the memory of the program */ };
	struct run *run = host_run(subject, variant, "debug", gdb, NULL);
	const char *name = subject->assignment->name, *own = kit_shown(subject->kit, subject->assignment);
	char *const sources[] = {
	    format("%s/%s.c", subject->folder, name),
	    format("%s/tests/assignments/%s/%s.c", own, name, test && test->hidden ? "hidden" : "public"),
	    format("%s/include", own)};
	for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
		show_source(run, sources[i]);
		free(sources[i]);
	}
	for (size_t i = 0; i < subject->assignment->reuse_count; i++) {
		char *path = format("%s/%s.c", subject->folder, subject->assignment->reuse[i].exercise);
		show_source(run, path);
		free(path);
	}
	for (size_t i = 0; runtime_folders[i]; i++) {
		char *folder = format("%s/%s", subject->kit->shown, runtime_folders[i]);
		show_source(run, folder);
		free(folder);
	}
	run->memory_limit *= OF_GDB;
	return run;
}

/* ---- can it be trusted? ----------------------------------------------------------------------- */

bool is_control(const struct tool_report *report, struct test_run *run)
{
	static const char *const names[] = {"kit_control_race", "kit_control_leak", "kit_control_value"};
	bool *const noted[] = {&run->raced, &run->leaked, &run->unset};
	for (size_t s = 0; s < report->count; s++)
		for (size_t f = 0; f < report->stack[s].count; f++)
			for (size_t i = 0; i < sizeof names / sizeof *names; i++)
				if (strcmp(report->stack[s].frame[f].function, names[i]) == 0) {
					*noted[i] = true;
					return true;
				}
	return false;
}

static bool in_list(const char *tests, const char *name)
{
	size_t length = strlen(name);
	for (const char *at = tests; (at = strstr(at, name)); at += length)
		if ((at == tests || at[-1] == ',') && (at[length] == ',' || !at[length]))
			return true;
	return false;
}

char *host_report_problem(const struct host_report *report, const char *tests, bool cut)
{
	size_t expected = 0, found = 0;
	if (!layer_on("verdict"))
		return NULL;
	for (const char *c = tests; *c; c++)
		expected += c == tests || *c == ',';
	for (size_t i = 0; i < report->count; i++) {
		const char *test = report->run[i].test;
		bool control = strcmp(test, CONTROL_TEST) == 0;
		found += !control;
		if (!control && !in_list(tests, test))
			return format("the report names %.80s, which was not asked for", test);
		if (host_report_test(report, test) != &report->run[i])
			return format("the report has two results for %.80s", test);
	}
	return found < expected && !cut ? format("the report has %zu result%s for %zu test%s", found, found == 1 ? "" : "s",
	                                         expected, expected == 1 ? "" : "s")
	                                : NULL;
}

static bool has_finding(const struct grade *grade, const char *check, const char *test)
{
	for (size_t i = 0; i < grade->findings.count; i++) {
		const struct finding *finding = &grade->findings.item[i];
		if (strcmp(finding->check, check) == 0 && finding->test && strcmp(finding->test, test) == 0)
			return true;
	}
	return false;
}

/* Did it compute until its processor time was over? Load has no part in that. */
static bool used_up(const struct test_run *run)
{
	bool used = strcmp(run->status, "timeout") == 0 && run->signal == SIGXCPU;
	for (size_t i = 0; i < run->evidence_count; i++)
		used = used || strcmp(run->evidence[i].kind, "busy_wait") == 0;
	return used;
}

/* What the runtime saw of how the test ended, or NULL. */
static const struct evidence *ending(const struct test_run *run)
{
	static const char *const endings[] = {"crash", "exit_in_test", "child_in_test", "tampered", "assertion", "hang"};
	for (size_t e = 0; e < sizeof endings / sizeof *endings; e++)
		for (size_t i = 0; i < run->evidence_count; i++)
			if (strcmp(run->evidence[i].kind, endings[e]) == 0)
				return &run->evidence[i];
	return NULL;
}

static void add_breaks_off(const struct subject *subject, const struct test_run *run, const char *check,
                           struct lines *lines)
{
	const struct evidence *end = used_up(run) ? NULL : ending(run);
	struct finding *finding = findings_add(&subject->grade->findings, check, "breaks_off", run->test);
	char *text = end ? lines_readable(lines, end->text, NULL, NULL) : NULL;
	if (text)
		finding_set(&finding->seen, "passes on its own, but not under %s: %s", check, text);
	else if (used_up(run))
		finding_set(&finding->seen, "passes on its own, but under %s it computes until its time is up", check);
	else if (strcmp(run->status, "timeout") == 0)
		finding_set(&finding->seen, "passes on its own, but under %s it never ends", check);
	else
		finding_set(&finding->seen, "passes on its own, but not under %s (%s)", check, run->status);
	free(text);
	finding_set(&finding->expected, "the test does the same, whoever watches");
	finding_set(&finding->why,
	            "A tool sees nothing of a test after its end, so nothing shows that the rest of it is right.");
	for (size_t i = 0; end && i < end->frame_count; i++) {
		struct line line;
		if (lines_find(lines, end->frame[i], &line) && in_submission(subject, line.file))
			add_frame(subject, finding, line.file, line.line, line.function, NULL);
	}
}

void host_report_broken_off(const struct subject *subject, const struct host_report *report, const char *check)
{
	bool tsan = strcmp(check, "tsan") == 0;
	char *program = format("%s/%s-%s", subject->folder, subject->assignment->name, tsan ? "tsan" : "plain");
	struct lines *lines = NULL;
	for (size_t i = 0; i < report->count && layer_on("control"); i++) {
		const struct test_run *run = &report->run[i];
		const struct test_result *alone = grade_test(subject->grade, run->test);
		if (strcmp(run->status, "pass") == 0 || strcmp(run->status, "not_run") == 0 || !alone ||
		    alone->status != TEST_PASS || (tsan && alone->unwatched) || has_finding(subject->grade, check, run->test))
			continue;
		lines = lines ? lines : lines_open(program);
		add_breaks_off(subject, run, check, lines);
	}
	lines_close(lines);
	free(program);
}

unsigned host_report_asserted(const struct test_run *run)
{
	for (size_t i = 1; i < run->asserted_count; i++)
		if (run->asserted[i] != run->asserted[0])
			return 0;
	return run->asserted_count ? run->asserted[0] : 0;
}

/* Under memcheck a test may repeat less often (kit_repeat of tests/support): fewer there say nothing. */
void host_report_compare(const struct subject *subject, const struct host_report *report, const char *check)
{
	bool tsan = strcmp(check, "tsan") == 0;
	for (size_t i = 0; i < report->count && layer_on("control"); i++) {
		const struct test_run *run = &report->run[i];
		struct test_result *alone = grade_test(subject->grade, run->test);
		unsigned watched = host_report_asserted(run);
		if (!alone || alone->status != TEST_PASS || strcmp(run->status, "pass") != 0 || !alone->asserted || !watched ||
		    (tsan ? alone->asserted == watched : alone->asserted >= watched))
			continue;
		struct finding *finding = findings_add(&subject->grade->findings, "criterion", "tampered", run->test);
		finding_set(&finding->seen, "the test came to %u assertions by itself, and to %u while %s watched",
		            alone->asserted, watched, check);
		finding_set(&finding->expected, "the test does the same, whoever watches");
		set_replay(subject, finding, run);
		alone->status = TEST_FAIL;
		finding_set(&alone->message, "%s", finding->seen);
	}
}

const char *limit_of(const struct run_result *result)
{
	switch (result->end) {
	case RUN_WALL_LIMIT:
	case RUN_CPU_LIMIT:
	case RUN_USE_LIMIT:
		return "timeout";
	case RUN_MEMORY_LIMIT:
		return "memory_limit";
	case RUN_PROCESS_LIMIT:
		return "process_limit";
	case RUN_DISK_LIMIT:
		return "disk_limit";
	default:
		return NULL;
	}
}

void add_limit(struct subject *subject, const char *check, const struct run_result *result, const char *most)
{
	const struct limits *limits = &subject->assignment->limits;
	struct finding *finding = findings_add(&subject->grade->findings, check, limit_of(result), NULL);
	bool tool = strcmp(check, "criterion") != 0;
	char *what = result->end == RUN_MEMORY_LIMIT    ? format("all %d MiB of their memory%s", limits->memory_mib,
                                                          tool ? " (a tool gets a multiple of that)" : "")
	             : result->end == RUN_PROCESS_LIMIT ? format("all %d of their processes and threads", limits->processes)
	             : result->end == RUN_DISK_LIMIT    ? format("all of their disk space")
	             : result->end == RUN_CPU_LIMIT     ? format("their CPU time of %d seconds", limits->cpu_s)
	             : result->end == RUN_USE_LIMIT     ? strdup("the time that this check has for all tests")
	                                                : format("their time of %d seconds", limits->wall_s);
	bool timed = most && strcmp(finding->kind, "timeout") == 0;
	finding_set(&finding->seen, "the tests used up %s%s%s; later tests were not run", what,
	            timed ? ", most of it in " : "", timed ? most : "");
	finding_set(&finding->expected, "a test stays within its limits and ends");
	free(what);
}

static bool has_kind(const struct grade *grade, const char *check, const char *kind)
{
	for (size_t i = 0; i < grade->findings.count; i++)
		if (strcmp(grade->findings.item[i].check, check) == 0 && strcmp(grade->findings.item[i].kind, kind) == 0)
			return true;
	return false;
}

bool host_died(const struct run_result *result)
{
	return result->end == RUN_SIGNALLED && result->status != SIGKILL;
}

void add_death(struct subject *subject, const char *check, const struct run_result *result, const char *last)
{
	struct finding *finding = findings_add(&subject->grade->findings, check, "runner_killed", NULL);
	finding_set(&finding->seen, "the program that starts the tests was killed by SIG%s%s%s; later tests did not run",
	            sigabbrev_np(result->status), last ? " after " : "", last ? last : "");
}

void add_result(struct subject *subject, const char *check, const struct run_result *result, bool any, char *problem,
                const char *nothing)
{
	struct grade *grade = subject->grade;
	bool cut = host_cut_off(result), slow = !problem && has_kind(grade, check, "timeout");
	bool died = any && host_died(result);
	bool limit = (limit_of(result) && !is_starved(result)) || slow;
	if (any && !cut && !problem && !slow) {
		grade_add_check(grade, check, "ran", NULL, result->wall_ms);
		return;
	}
	const char *reason = problem              ? problem
	                     : limit              ? "it exceeded its limits"
	                     : limit_of(result)   ? "the machine gave it too little CPU time"
	                     : result->problem[0] ? result->problem
	                     : died               ? "the program that starts the tests was killed"
	                     : cut && any         ? "the run was aborted"
	                                          : nothing;
	if (limit && !slow)
		add_limit(subject, check, result, NULL);
	grade_add_check(grade, check, "failed", reason, result->wall_ms);
	grade_set_fault(grade, problem ? "invalid" : limit || died ? "limit" : "infrastructure");
	free(problem);
}

static bool listed(const struct string_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->item[i], name) == 0)
			return true;
	return list->count == 0;
}

static bool named_by_check(const struct assignment *assignment, const char *check, const char *test)
{
	for (size_t i = 0; i < assignment->check_count; i++)
		if (strcmp(assignment->check[i].check, check) == 0 && listed(&assignment->check[i].tests, test))
			return true;
	return false;
}

bool is_endless(const struct subject *subject, const char *test)
{
	const struct test_result *result = subject->grade ? grade_test(subject->grade, test) : NULL;
	return result && result->endless;
}

char *tests_of_check(const struct subject *subject, const char *check)
{
	char *text = strdup("");
	for (size_t i = 0; i < subject->assignment->test_count; i++) {
		const struct test_spec *test = &subject->assignment->test[i];
		if ((test->hidden && subject->public_only) ||
		    (subject->only_test && strcmp(subject->only_test, test->name) != 0))
			continue;
		if (strcmp(check, "criterion") != 0 &&
		    (is_endless(subject, test->name) || !named_by_check(subject->assignment, check, test->name)))
			continue;
		char *longer = format("%s%s%s", text, *text ? "," : "", test->name);
		free(text);
		text = longer;
	}
	return text;
}

bool host_cut_off(const struct run_result *result)
{
	return result->end != RUN_EXITED || result->status != 0;
}

char *shard_of(const char *tests, unsigned shard, unsigned shards)
{
	char *copy = strdup(tests), *rest = copy, *chosen = strdup("");
	unsigned index = 0;
	for (char *word; rest && (word = strsep(&rest, ","));) {
		if (index++ % shards != shard)
			continue;
		char *longer = format("%s%s%s", chosen, *chosen ? "," : "", word);
		free(chosen);
		chosen = longer;
	}
	free(copy);
	return chosen;
}

/* ---- places --------------------------------------------------------------------------------- */

bool in_submission(const struct subject *subject, const char *file)
{
	size_t length = strlen(subject->assignment->name);
	if (part_of_file(subject->parts, file))
		return true;
	return file && strncmp(file, subject->assignment->name, length) == 0 && strcmp(file + length, ".c") == 0;
}

void add_frame(const struct subject *subject, struct finding *finding, const char *file, unsigned line,
               const char *function, const char *role)
{
	if (!file || !line)
		return;
	if (in_submission(subject, file) || strcmp(file, "public.c") == 0)
		finding_add_place(finding, file, line, function, role);
}

void set_replay(const struct subject *subject, struct finding *finding, const struct test_run *run)
{
	finding_set(&finding->replay, "make grade A=%s T=%s", subject->assignment->name, run->test);
}

void keep_tool_finding(struct findings *findings)
{
	struct finding *last = &findings->item[findings->count - 1];
	bool keep = last->where_count > 0;
	for (size_t i = 0; keep && i + 1 < findings->count; i++) {
		struct finding *other = &findings->item[i];
		if (other->test && strcmp(other->test, last->test) == 0 && finding_same_root(other, last)) {
			other->count++;
			keep = false;
		}
	}
	if (!keep) {
		finding_clear(last);
		findings->count--;
	}
}
