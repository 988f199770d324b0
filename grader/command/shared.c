/* shared.c - what several commands do: complain, find an assignment, save reports, build one program, run gdb. */
#include "../class/grading.h"
#include "../class/objects.h"
#include "../class/reuse.h"
#include "../memory.h"
#include "../report/report.h"
#include "command.h"

#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int complain(int status, const char *template, ...)
{
	va_list args;
	va_start(args, template);
	char *text = vformat(template, args);
	va_end(args);
	fputs("grader: ", stderr);
	escape_plain(stderr, text, true);
	fputc('\n', stderr);
	free(text);
	return status;
}

int complain_of(const struct error *error)
{
	return complain(error->kind == ERROR_INTERRUPTED ? EXIT_INTERRUPTED : EXIT_USAGE, "%s", error->text);
}

unsigned whole_number(const struct argp_state *state, const char *name, const char *text, unsigned least, unsigned most)
{
	bool digits = *text && strspn(text, "0123456789") == strlen(text) && strlen(text) <= 9;
	unsigned long number = digits ? strtoul(text, NULL, 10) : 0;
	if (!digits || number < least || number > most)
		argp_error(state, "%s: a number from %u to %u, not '%s'", name, least, most, text);
	return (unsigned)number;
}

void print_lines(const char *text, const char *indent)
{
	for (const char *line = text; *line;) {
		size_t length = strcspn(line, "\n");
		char *copy = strndup(line, length);
		fputs(indent, stdout);
		escape_plain(stdout, copy, false);
		putchar('\n');
		free(copy);
		line += length + (line[length] == '\n');
	}
}

bool has_first_word(const struct session *session)
{
	return session->progress && isatty(STDOUT_FILENO);
}

unsigned show_first_word(const struct session *session, const struct grade *grade)
{
	enum { MOST = 8, KEPT_FREE = 4 };
	struct winsize size = {0};
	unsigned rows = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row ? size.ws_row : 24;
	unsigned most = rows > KEPT_FREE + MOST ? MOST : rows > KEPT_FREE ? rows - KEPT_FREE : 0;
	struct report_options report = {.width = session->width};
	unsigned lines = report_first_word(stdout, grade, most, &report);
	fflush(stdout);
	return lines;
}

void wipe_first_word(unsigned lines)
{
	if (lines)
		printf("\r\033[%uA\033[J", lines);
}

/* `inside` is built beside every grader. */
static char *helper_path(void)
{
	char own[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", own, sizeof own - 1);
	own[length > 0 ? length : 0] = 0;
	char *slash = strrchr(own, '/');
	return format("%.*s/inside", slash ? (int)(slash - own) : 0, own);
}

struct cage *probe_cage(struct kit *kit)
{
	struct error error;
	char *helper = helper_path();
	struct cage *cage = cage_open(helper, kit->build, &error);
	free(helper);
	bool swept = cage && cage_sweep(kit->build, &error) >= 0;
	if (swept && !cage_is_out_of_reach(cage))
		return cage;
	if (swept && kit_move(kit, &error) == 0 && cage_move(cage, kit->place, &error) == 0)
		return cage;
	complain(0, "%s", error.text);
	cage_close(cage);
	return NULL;
}

/* Whether `path` is root/part or lies in it, links resolved. */
static bool is_within(const char *path, const char *root, const char *part)
{
	char *folder = format("%s/%s", root, part), *real = realpath(path, NULL), *own = realpath(folder, NULL);
	size_t length = own ? strlen(own) : 0;
	bool within = real && own && strncmp(real, own, length) == 0 && (real[length] == 0 || real[length] == '/');
	free(folder);
	free(real);
	free(own);
	return within;
}

/* One's own tree, and what comes with the kit or with one's own course. */
static bool is_own(const struct kit *kit, const char *submission)
{
	static const char *const parts[] = {"assignments", "solutions", "tests/examples", "build/mutants"};
	bool own = !submission;
	for (size_t i = 0; !own && i < sizeof parts / sizeof *parts; i++)
		own = is_within(submission, kit->root, parts[i]) ||
		      (kit->course->folder && is_within(submission, kit->course->folder, parts[i]));
	return own;
}

struct cage *open_cage(const struct session *session, struct kit *kit, const char *submission)
{
	struct cage *cage = probe_cage(kit);
	bool own = is_own(kit, submission);
	if (cage && (own || session->trust))
		cage_trust(cage);
	if (!cage || cage_mode(cage) != CAGE_WEAK || session->trust)
		return cage;
	if (own) {
		fputs("This machine is not isolated well enough for untrusted code (make doctor); this code is yours or the "
		      "kit's, so it runs anyway.\n",
		      stderr);
		return cage;
	}
	complain(0, "this machine is not isolated well enough to run untrusted code:");
	const struct cage_probe *probe;
	for (size_t i = 0; (probe = cage_probe_at(cage, i)); i++)
		if (!probe->there)
			fprintf(stderr, "  %s: %s. %s\n", probe->what, probe->detail, probe->get);
	fputs("To run programs that you trust anyway, set TRUST=1.\n", stderr);
	cage_close(cage);
	return NULL;
}

const struct assignment *find_assignment(const struct kit *kit, const char *name)
{
	const struct assignment *found = course_find(kit->course, name);
	if (found)
		return found;
	size_t count = kit->course->assignment_count;
	const char **names = zeroed(count + 1, sizeof *names);
	fprintf(stderr, "grader: there is no assignment '%s'", name);
	for (size_t i = 0; i < count; i++)
		names[i] = kit->course->assignment[i]->name;
	const char *near = closest(name, names, count);
	if (near)
		fprintf(stderr, ", did you mean '%s'?", near);
	fputs(near ? " There are:" : "; there are:", stderr);
	for (size_t i = 0; i < count; i++)
		fprintf(stderr, " %s", names[i]);
	fputc('\n', stderr);
	free(names);
	return NULL;
}

static int save(const char *path, const struct report_format *report, const struct grade *grade,
                const struct assignment *assignment, const struct report_options *options, struct error *error)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = memory_open(&text, &size);
	int result = report->write(out, grade, assignment, options);
	if (fclose(out) != 0 || result != 0)
		result = fail(error, "cannot make the %s report", report->name);
	else
		result = file_write(path, text, size, error);
	free(text);
	return result;
}

int save_reports(const char *folder, const struct grade *grade, const struct assignment *assignment,
                 const char *source_folder, struct error *error)
{
	static const char *const formats[] = {"json", "markdown", "html"}; /* where the last is, all are */
	char *own = format("%s/%s", folder, grade->submission);
	int result = folder_make(own, error);
	struct source *source = source_find(assignment->root, source_folder, assignment->name);
	struct report_options options = {.width = 80, .source_text = source->text};
	for (size_t i = 0; result == 0 && i < sizeof formats / sizeof *formats; i++) {
		const struct report_format *report = report_format_find(formats[i]);
		char *path = format("%s/%s.%s", own, assignment->name, report->extension);
		result = save(path, report, grade, assignment, &options, error);
		free(path);
	}
	source_free(source);
	free(own);
	return result;
}

/* ---- one program ---------------------------------------------------------------------------- */

static void note_result(void *context, const struct run_result *result)
{
	*(struct run_result *)context = *result;
}

int run_alone(struct queue *queue, struct run *run, struct run_result *result)
{
	*result = (struct run_result){.end = RUN_NOT_STARTED};
	queue_add(queue, run, 0, note_result, result);
	return queue_work(queue);
}

int build_step(struct queue *queue, struct run *run, const char *folder, const char *log, struct error *error)
{
	struct run_result result;
	if (run_alone(queue, run, &result) != 0)
		return fail_interrupted(error, "");
	if (result.end == RUN_EXITED && result.status == 0)
		return 0;
	char *path = format("%s/%s.log", folder, log), *text = file_read(path, 1 << 16, NULL, NULL);
	fail(error, "it does not compile:\n%.900s", text ? text : result.problem);
	free(text);
	free(path);
	return -1;
}

/* The submission's object, renamed, in `folder`. */
static int make_object(const struct kit *kit, const struct half *half, const struct assignment *assignment,
                       const struct source *source, enum variant variant, const char *folder, struct queue *queue,
                       struct error *error)
{
	struct making making = {.sealing = {.course = kit->course, .assignment = assignment, .source = source},
	                        .folder = folder,
	                        .kept = &assignment->api};
	making.variant[variant] = true;
	int result = objects_make(kit, half->runtime, queue, &making, 1, error);
	if (result == 0 && making.problem)
		result = fail(error, "%s", making.problem);
	sealing_clear(&making.sealing);
	free(making.problem);
	return result;
}

/* Links it with what it reuses. */
static int link_program(const struct half *half, const struct parts *parts, const char *name, enum variant variant,
                        const char *folder, struct queue *queue, struct error *error)
{
	char *log = format("link-%s", variant_name(variant));
	int result = parts->problem ? fail(error, "%s", parts->problem)
	                            : build_step(queue, build_link(half, parts, folder, name, variant), folder, log, error);
	bool failed = result != 0 && error->kind != ERROR_INTERRUPTED;
	char *missing = failed && !parts->problem ? parts_missing(parts) : NULL;
	if (missing)
		fail(error, "%s", missing);
	free(missing);
	free(log);
	return result;
}

/* What the student wrote of them, beside NAME.c, for those who show lines. */
static int write_parts(const struct parts *parts, const char *folder, struct error *error)
{
	int result = 0;
	for (size_t i = 0; result == 0 && i < parts->count; i++) {
		const struct linked_part *part = &parts->item[i];
		char *path = format("%s/%s.c", folder, part->reuse->exercise);
		if (part->origin == PART_OWN)
			result = file_write(path, part->source->text, part->source->size, error);
		free(path);
	}
	return result;
}

static int build_all(const struct kit *kit, const struct half *half, const struct request *request,
                     enum variant variant, const char *folder, struct queue *queue, char mark[HASH_SIZE],
                     struct error *error)
{
	const struct assignment *assignment = request->assignment;
	struct source *source = source_find(assignment->root, request->folder, assignment->name);
	struct reuses *reuses = NULL;
	int result = source->state == SOURCE_OK
	                 ? 0
	                 : fail(error, "%s", source->problem ? source->problem : "there is no file to build");
	if (result == 0)
		result = make_object(kit, half, assignment, source, variant, folder, queue, error);
	if (result == 0)
		result = reuses_make(kit, queue, &request, 1, &reuses, error);
	if (result == 0)
		result = link_program(half, reuses_choose(reuses, 0), assignment->name, variant, folder, queue, error);
	if (result == 0)
		result = write_parts(reuses_choose(reuses, 0), folder, error);
	if (result == 0 && mark)
		make_mark(half, reuses_choose(reuses, 0), source, mark);
	reuses_close(reuses);
	source_free(source);
	return result;
}

int build_submission(const struct kit *kit, const struct assignment *assignment, const char *source_folder,
                     enum variant variant, const char *folder, struct queue *queue, char mark[HASH_SIZE],
                     struct error *error)
{
	const struct request request = {.assignment = assignment,
	                                .folder = source_folder ? source_folder : assignment->root,
	                                .submission = assignment->name};
	struct half *half = half_build(kit, assignment, queue, error);
	int result = half ? build_all(kit, half, &request, variant, folder, queue, mark, error) : -1;
	half_free(half);
	return result;
}

char *debugger_script(const struct kit *kit)
{
	return format("%s/grader/host/debug.py", kit->shown);
}

int run_debugger(struct queue *queue, int signals, struct run *run)
{
	enum { A_DAY_S = 24 * 3600 };
	struct run_result result;
	const char *terminal = getenv("TERM");
	run->wall_ms = A_DAY_S * 1000;
	run->cpu_s = A_DAY_S;
	run_set(run, "TERM=%s", terminal ? terminal : "dumb");
	if (run_interactive(run, queue_cage(queue), signals, &result) != 0)
		return EXIT_INTERRUPTED;
	if (result.end == RUN_EXITED)
		return result.status;
	return complain(EXIT_USAGE, "gdb did not finish%s%s", *result.problem ? ": " : "", result.problem);
}
