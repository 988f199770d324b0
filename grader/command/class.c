/* class.c - `class`: a folder with a sub-folder per student; a table. */
#include "../class/class.h"
#include "../report/report.h"
#include "command.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

struct class
{
	const struct session *session;
	const struct kit *kit;
	const char *folder, *output;
	unsigned jobs;
	struct string_list *student;
	struct grade **grade; /* student x assignment */
	size_t done, total;
	int status;
};

static const struct argp_option options[] = {
    {"output", 'o', "DIR", 0, "folder for the reports (default: build/results)", 0},
    {"jobs", 'j', "N", 0, "runs at a time (default: one per core)", 0},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct class *class = state->input;
	switch (key) {
	case 'o':
		class->output = argument;
		return 0;
	case 'j':
		class->jobs = (unsigned)strtoul(argument, NULL, 10);
		return 0;
	case ARGP_KEY_ARG:
		if (class->folder)
			argp_usage(state);
		class->folder = argument;
		return 0;
	case ARGP_KEY_END:
		if (!class->folder)
			argp_error(state, "which folder? It holds one folder per student");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void show_progress(const struct class *class)
{
	if (!class->session->progress)
		return;
	fprintf(stderr, "\r\033[K  %zu of %zu graded", class->done, class->total);
	if (class->done == class->total)
		fputs("\r\033[K", stderr);
	fflush(stderr);
}

static void deliver(void *context, const struct request *request, struct grade *grade)
{
	struct class *class = context;
	struct error error;
	class->grade[(struct grade **)request->context - class->grade] = grade;
	class->done++;
	if (!grade->judged)
		class->status = EXIT_NOT_JUDGED;
	char *folder = class->output ? strdup(class->output) : format("%s/results", class->kit->build);
	if (save_reports(folder, grade, request->assignment, request->folder, class->kit, &error) != 0)
		class->status = complain(EXIT_NOT_JUDGED, "%s", error.text);
	free(folder);
	show_progress(class);
}

/* What a cell of the table says besides the score: the finding that costs most, consequences last. */
static const char *remark(const struct grade *grade)
{
	const struct finding *most = NULL;
	for (size_t i = 0; i < grade->findings.count; i++) {
		const struct finding *finding = &grade->findings.item[i];
		bool consequence = strcmp(finding->check, "score") == 0;
		if (finding->points_lost > 0 && (!most || (strcmp(most->check, "score") == 0 && !consequence)))
			most = finding;
	}
	return most ? most->kind : "";
}

/* Columns that a name takes; names may be in any script. */
static int columns(const char *text)
{
	wchar_t wide[256];
	size_t length = mbstowcs(wide, text, sizeof wide / sizeof *wide - 1);
	int width = length == (size_t)-1 ? -1 : wcswidth(wide, length);
	return width < 0 ? (int)strlen(text) : width;
}

static int widest_student(const struct class *class)
{
	int widest = (int)strlen("student");
	for (size_t i = 0; i < class->student->count; i++)
		if (columns(class->student->item[i]) > widest)
			widest = columns(class->student->item[i]);
	return widest;
}

static void print_table(const struct class *class)
{
	const struct course *course = class->kit->course;
	int width = widest_student(class);
	printf("%-*s", width, "student");
	for (size_t a = 0; a < course->assignment_count; a++)
		printf("  %-*s", a + 1 < course->assignment_count ? 26 : 0, course->assignment[a]->name);
	putchar('\n');
	for (size_t s = 0; s < class->student->count; s++) {
		escape_plain(stdout, class->student->item[s], false);
		printf("%*s", width - columns(class->student->item[s]), "");
		for (size_t a = 0; a < course->assignment_count; a++) {
			const struct grade *grade = class->grade[s * course->assignment_count + a];
			const char *gap = a + 1 < course->assignment_count ? "  " : "";
			int room = *gap ? 20 : 0;
			if (!grade || !grade->judged)
				printf("  %3s %-*s%s", "-", room, grade ? "not judged" : "", gap);
			else
				printf("  %3d %-*s%s", grade->score, room, remark(grade), gap);
		}
		putchar('\n');
	}
}

static int grade_class(struct class *class, struct queue *queue)
{
	const struct course *course = class->kit->course;
	size_t count = class->student->count * course->assignment_count, folders = 0;
	struct request *request = calloc(count + 1, sizeof *request);
	char **folder = calloc(class->student->count + 1, sizeof *folder);
	class->grade = calloc(count + 1, sizeof *class->grade);
	if (!request || !folder || !class->grade)
		abort();
	for (size_t s = 0; s < class->student->count; s++) {
		folder[folders++] = format("%s/%s", class->folder, class->student->item[s]);
		for (size_t a = 0; a < course->assignment_count; a++) {
			size_t index = s * course->assignment_count + a;
			request[index] = (struct request){.assignment = course->assignment[a],
			                                  .folder = folder[s],
			                                  .submission = class->student->item[s],
			                                  .context = &class->grade[index]};
		}
	}
	class->total = count;
	struct class_options how = {.cache = class->session->cache, .coverage = true};
	struct error error;
	struct timespec begin, end;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	if (class_grade(class->kit, queue, request, count, &how, deliver, NULL, class, &error) != 0)
		class->status =
		    complain(strncmp(error.text, "interrupted", 11) == 0 ? EXIT_INTERRUPTED : EXIT_USAGE, "%s", error.text);
	clock_gettime(CLOCK_MONOTONIC, &end);
	if (class->status != EXIT_USAGE && class->status != EXIT_INTERRUPTED) {
		print_table(class);
		double wall = (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
		printf("\n%zu students, %zu gradings in %.1f s; reports are in %s\n", class->student->count, count, wall,
		       class->output ? class->output : "build/results");
	}
	for (size_t i = 0; i < count; i++)
		grade_free(class->grade[i]);
	for (size_t i = 0; i < folders; i++)
		free(folder[i]);
	free(folder);
	free(class->grade);
	free(request);
	return class->status;
}

int command_class(const struct session *session, int argc, char **argv)
{
	static const struct argp argp = {
	    options,
	    parse,
	    "DIR",
	    "Grades a class: DIR holds one folder per student.\v"
	    "Exit status: 0 all were judged, 2 usage or broken kit, 3 some could not be judged.",
	    NULL,
	    NULL,
	    NULL};
	struct class class = {.session = session};
	if (argp_parse(&argp, argc, argv, 0, NULL, &class) != 0)
		return EXIT_USAGE;
	struct error error;
	class.student = class_find(class.folder, &error);
	if (!class.student)
		return complain(EXIT_USAGE, "%s", error.text);
	struct kit *kit = kit_open(session->root, &error);
	struct queue *queue = queue_new(class.jobs, session->signals);
	int status;
	if (!kit || !queue) {
		status = complain(EXIT_USAGE, "%s", kit ? "out of memory" : error.text);
	} else {
		class.kit = kit;
		status = grade_class(&class, queue);
	}
	class_list_free(class.student);
	queue_free(queue);
	kit_free(kit);
	return status;
}
