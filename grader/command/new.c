/* new.c - `new`: an exercise to begin with. It is a copy of one that is right, so it builds, grades and validates at
 * once; what its author has to change says so. */
#include "../course/copy.h"
#include "../memory.h"
#include "command.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The course of what exercises are made of, below the kit's root: an exercise for each kind. */
static const char models[] = "tests/new";
static const struct {
	const char *kind, *model;
} kinds[] = {{"threads", "tally"}, {"processes", "relay"}};
enum { KINDS = sizeof kinds / sizeof *kinds, LONGEST = 40 };

struct wish {
	const char *name, *model, *from;
};

static const struct argp_option options[] = {
    {"assignment", 'a', "NAME", 0, "how the new exercise is called", 0},
    {"kind", 'k', "KIND", 0, "threads (default) or processes: a small exercise of that kind", 0},
    {"from", 'f', "EXERCISE", 0, "a copy of this exercise of the course instead", 0},
    {0},
};

static const char *model_of(const struct argp_state *state, const char *kind)
{
	const char *names[KINDS];
	for (size_t i = 0; i < KINDS; i++) {
		names[i] = kinds[i].kind;
		if (strcmp(kinds[i].kind, kind) == 0)
			return kinds[i].model;
	}
	const char *near = closest(kind, names, KINDS);
	argp_error(state, "there is no kind '%s'%s%s%s; there are threads and processes", kind,
	           near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
	return NULL;
}

/* It becomes part of names of files and of functions. */
static bool is_name(const char *text)
{
	return *text >= 'a' && *text <= 'z' && strlen(text) <= LONGEST &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(text);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct wish *wish = state->input;
	switch (key) {
	case 'a':
		if (!is_name(argument))
			argp_error(state, "'%s' names no exercise: small letters, digits and _, at most %d, a letter first",
			           argument, LONGEST);
		wish->name = argument;
		return 0;
	case 'k':
		wish->model = model_of(state, argument);
		return 0;
	case 'f':
		wish->from = argument;
		return 0;
	case ARGP_KEY_END:
		if (!wish->name)
			argp_error(state, "missing name: make new A=NAME");
		if (wish->model && wish->from)
			argp_error(state, "a kind or an exercise to copy, not both");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* A course outside of the kit begins with all exercises of the kit. */
static int begin_course(const char *root, const char *folder, struct error *error)
{
	char *path = format("%s/course.yaml", folder), *text = NULL;
	size_t size;
	struct course *kit = access(path, F_OK) == 0 ? NULL : course_load(root, NULL, error);
	int result = kit || access(path, F_OK) == 0 ? 0 : -1;
	if (kit) {
		FILE *out = memory_open(&text, &size);
		fprintf(out,
		        "# The course: its exercises, in teaching order. They are in this folder, or else in the kit.\n"
		        "# What is not said here (units, headers, imports, harmless, forbidden) is as in the kit's "
		        "course.yaml.\n"
		        "schema: forkjoin/course/1\ntitle: \"%s\"\nassignments: [",
		        kit->title);
		for (size_t i = 0; i < kit->assignment_count; i++)
			fprintf(out, "%s%s", i ? ", " : "", kit->assignment[i]->name);
		fputs("]\n", out);
		fclose(out);
		result = folder_make(folder, error) == 0 ? file_write(path, text, size, error) : -1;
	}
	course_free(kit);
	free(text);
	free(path);
	return result;
}

/* The first unit of the course, where it has none of that name; NULL: it may stay. */
static const char *other_unit(const struct course *course, const char *unit)
{
	for (size_t i = 0; i < course->unit_count; i++)
		if (strcmp(course->unit[i].id, unit) == 0)
			return NULL;
	return course->unit_count ? course->unit[0].id : NULL;
}

static void tell(const struct wish *wish, const struct string_list *files, const char *root)
{
	size_t mutants = 0;
	for (size_t i = 0; i < files->count; i++) {
		if (strstr(files->item[i], "/mutants/"))
			mutants++;
		else
			printf("%s/%s\n", root, files->item[i]);
	}
	printf("%s/tests/assignments/%s/mutants: %zu of them\n", root, wish->name, mutants);
	printf("It builds, grades and validates as it is; what is yours to change says TODO(author).\n"
	       "Prove it, and see what comes next: make validate A=%s\n",
	       wish->name);
}

/* Writes it and adds it to the course. */
static int make(const struct wish *wish, const struct kit *kit, const struct assignment *from)
{
	struct error error;
	struct string_list files;
	const char *root = kit->course->folder ? kit->course->folder : kit->root;
	char *list = format("%s/%scourse.yaml", root, kit->course->folder ? "" : "assignments/");
	int result = assignment_copy(from, root, wish->name, other_unit(kit->course, from->unit), &files, &error);
	if (result == 0)
		result = course_add(list, wish->name, &error);
	struct course *course = result == 0 ? course_load(kit->root, kit->course->folder, &error) : NULL;
	if (course)
		tell(wish, &files, root);
	for (size_t i = 0; i < files.count; i++)
		free(files.item[i]);
	free(files.item);
	free(list);
	bool made = course;
	course_free(course);
	return made ? 0 : complain_of(&error);
}

static int make_from_model(const struct wish *wish, const struct kit *kit)
{
	struct error error;
	char *folder = format("%s/%s", kit->root, models);
	struct course *course = course_load(kit->root, folder, &error);
	const char *model = wish->model ? wish->model : kinds[0].model;
	const struct assignment *from = course ? course_find(course, model) : NULL;
	int status = !course ? complain_of(&error)
	             : from  ? make(wish, kit, from)
	                     : complain(EXIT_USAGE, "%s has no exercise '%s'", folder, model);
	course_free(course);
	free(folder);
	return status;
}

static int carry_out(const struct wish *wish, const struct kit *kit)
{
	if (course_find(kit->course, wish->name))
		return complain(EXIT_USAGE, "the course has an exercise '%s' already", wish->name);
	if (!wish->from)
		return make_from_model(wish, kit);
	const struct assignment *from = find_assignment(kit, wish->from);
	return from ? make(wish, kit, from) : EXIT_USAGE;
}

int command_new(const struct session *session, int argc, char **argv)
{
	static const struct argp argp = {
	    options,
	    parse,
	    NULL,
	    "Makes an exercise that builds, grades and validates at once, and adds it to course.yaml: of the kit, or of "
	    "the "
	    "course in the folder $COURSE, which is made where there is none. What its author has to change says "
	    "TODO(author), and `validate` lists it.\v"
	    "Exit status: 0 it is made, 2 it is not, and the message says why.",
	    NULL,
	    NULL,
	    NULL};
	struct wish wish = {0};
	struct error error;
	if (argp_parse(&argp, argc, argv, 0, NULL, &wish) != 0)
		return EXIT_USAGE;
	if (session->course && begin_course(session->root, session->course, &error) != 0)
		return complain_of(&error);
	struct kit *kit = kit_open(session->root, session->course, &error);
	if (!kit)
		return complain_of(&error);
	int status = carry_out(&wish, kit);
	kit_free(kit);
	return status;
}
