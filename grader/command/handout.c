/* handout.c - `handout`: the repository that students get. */
#include "../handout/handout.h"
#include "../course/copy.h"
#include "../memory.h"
#include "command.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>

struct request {
	struct string_list names;
	const char *folder, *repository;
};

static const struct argp_option options[] = {
    {"assignment", 'a', "NAME", 0, "hand out this one (may be given again; default: all)", 0},
    {"repository", 'r', "OWNER/NAME", 0, "where it will be on GitHub: the workflows in it take the tests from there",
     0},
    {0},
};

/* "owner/name": it gets into workflows. */
static bool is_repository(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	size_t owner = strspn(text, letters), name = text[owner] == '/' ? strspn(text + owner + 1, letters) : 0;
	return owner && name && !text[owner + 1 + name];
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct request *request = state->input;
	switch (key) {
	case 'a':
		request->names.item = must(reallocarray(request->names.item, request->names.count + 1, sizeof(char *)));
		request->names.item[request->names.count++] = argument;
		return 0;
	case 'r':
		if (!is_repository(argument))
			argp_error(state, "a repository is OWNER/NAME, not '%s'", argument);
		request->repository = argument;
		return 0;
	case ARGP_KEY_ARG:
		if (request->folder)
			argp_usage(state);
		request->folder = argument;
		return 0;
	case ARGP_KEY_END:
		if (!request->folder || !*request->folder)
			argp_error(state, "missing output folder: use make handout OUT=folder");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void print_points(const struct assignment *assignment)
{
	int total = 0, elsewhere = 0;
	for (size_t i = 0; i < assignment->rubric_count; i++)
		total += assignment->rubric[i].points;
	for (size_t i = 0; i < assignment->elsewhere_count; i++)
		elsewhere += assignment->elsewhere[i].points;
	printf("  %-14s %d of %d points public, %d need your run\n", assignment->name, total - elsewhere, total, elsewhere);
}

static int tell(const struct request *request, const struct handout_done *done)
{
	struct error error;
	struct course *course = course_load(request->folder, NULL, &error);
	if (!course)
		return complain(EXIT_NOT_JUDGED, "%s", error.text);
	printf("%s: %zu assignment%s, %zu files\n", request->folder, done->assignments, done->assignments == 1 ? "" : "s",
	       done->files);
	for (size_t i = 0; i < course->assignment_count; i++)
		print_points(course->assignment[i]);
	printf(
	    "None of %zu names of hidden tests, %zu texts, %zu lines and %zu files that students must not see is in it.\n",
	    done->names, done->texts, done->lines, done->forbidden_files);
	course_free(course);
	return 0;
}

/* What students may stumble over, and no rule forbids. */
static void note(const struct course *course)
{
	for (size_t i = 0; i < course->remarks.count; i++)
		printf("Note: %s\n", course->remarks.item[i]);
	for (size_t i = 0; i < course->assignment_count; i++) {
		struct string_list todo = assignment_todo(course->assignment[i]);
		for (size_t t = 0; t < todo.count; t++) {
			printf("Note: not done yet: %s\n", todo.item[t]);
			free(todo.item[t]);
		}
		free(todo.item);
	}
}

static int make(const struct session *session, const struct request *request)
{
	struct error error;
	struct handout_done done = {0};
	struct kit *kit = kit_open(session->root, session->course, &error);
	if (!kit)
		return complain(EXIT_USAGE, "%s", error.text);
	const struct handout_wish wish = {kit->course, &request->names, request->repository, request->folder};
	int status = 0;
	for (size_t i = 0; status == 0 && i < request->names.count; i++)
		status = find_assignment(kit, request->names.item[i]) ? 0 : EXIT_USAGE;
	if (status == 0)
		note(kit->course);
	if (status == 0 && handout_make(&wish, &done, &error) != 0) {
		for (size_t i = 0; i < done.leaks.count; i++)
			fprintf(stderr, "%s\n", done.leaks.item[i].text);
		status = complain(EXIT_USAGE, "%s", error.text);
	}
	leaks_clear(&done.leaks);
	kit_free(kit);
	return status ? status : tell(request, &done);
}

int command_handout(const struct session *session, int argc, char **argv)
{
	static const struct argp argp = {
	    options,
	    parse,
	    "DIR",
	    "Makes the repository that students get: assignments, headers, public tests, grader, workflows; nothing of "
	    "hidden "
	    "tests, mutants, solutions and alternatives.\v"
	    "DIR may be missing, empty, or an earlier handout, which is renewed and keeps its .git.\n"
	    "Exit status: 0 it is written, 2 nothing was changed, and the message says why.",
	    NULL,
	    NULL,
	    NULL};
	struct request request = {0};
	int status = EXIT_USAGE;
	if (argp_parse(&argp, argc, argv, 0, NULL, &request) == 0)
		status = make(session, &request);
	free(request.names.item);
	return status;
}
