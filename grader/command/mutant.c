/* mutant.c - `mutant`: a wrong solution as a file to look at and to change; from it, its patch; all of them for other
 * tools. */
#include "../course/mutant.h"
#include "../file.h"
#include "../memory.h"
#include "../report/report.h"
#include "command.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>

struct wish {
	const char *assignment, *mutant, *folder;
	const char *root; /* of the assignment */
	bool save;
};

static const struct argp_option options[] = {
    {"assignment", 'a', "NAME", 0, "the assignment", 0},
    {"mutant", 'm', "ID", 0,
     "this mutant, or the one whose name begins so: a working copy of it (a new ID: of the reference, to put a mistake "
     "in)",
     0},
    {"save", 's', NULL, 0, "write the patch of the working copy instead", 0},
    {"output", 'o', "DIR", 0, "write all mutants as DIR/ID.c instead, or the one of -m", 0},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct wish *wish = state->input;
	switch (key) {
	case 'a':
		wish->assignment = argument;
		return 0;
	case 'm':
		if (strchr(argument, '/') || argument[0] == '.' || !*argument)
			argp_error(state, "'%s' names no mutant: its ID is the name of its patch without .patch", argument);
		wish->mutant = argument;
		return 0;
	case 's':
		wish->save = true;
		return 0;
	case 'o':
		wish->folder = argument;
		return 0;
	case ARGP_KEY_END:
		if (!wish->assignment)
			argp_error(state, "missing assignment: -a NAME, or make mutant A=NAME M=ID");
		if (!wish->mutant && !wish->folder)
			argp_error(state, "missing mutant: -m ID, or make mutant A=%s M=ID", wish->assignment);
		if (wish->save && wish->folder)
			argp_error(state, "--save writes the patch of the working copy: it takes no --output");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* ---- all of them ------------------------------------------------------------------------------ */

static int write_one(const struct wish *wish, const char *name, struct error *error)
{
	char *text = mutant_text(wish->root, wish->assignment, name, error);
	char *path = format("%s/%s.c", wish->folder, name);
	int result = text ? file_write(path, text, strlen(text), error) : -1;
	free(path);
	free(text);
	return result;
}

static int write_all(const struct wish *wish, struct error *error)
{
	if (folder_make(wish->folder, error) != 0)
		return -1;
	if (wish->mutant)
		return write_one(wish, wish->mutant, error);
	struct string_list names = mutant_names(wish->root, wish->assignment);
	int result = 0;
	for (size_t i = 0; i < names.count; i++) {
		if (result == 0)
			result = write_one(wish, names.item[i], error);
		free(names.item[i]);
	}
	free(names.item);
	return result;
}

/* ---- a working copy --------------------------------------------------------------------------- */

static const char template[] = "/* Mutant: what is wrong, in a sentence.\n"
                               " * loses: correctness\n"
                               " * check: explore\n"
                               " * test: the_test_that_fails\n"
                               " * contract: the_sentence_that_it_breaks\n"
                               " * hint: the_hint_that_helps\n"
                               " */";

/* The reference with the template in place of the comment at its top. NULL and *error. */
static char *new_text(const struct wish *wish, struct error *error)
{
	char *path = format("%s/solutions/%s/%s.c", wish->root, wish->assignment, wish->assignment);
	char *reference = file_read(path, SOURCE_LIMIT, NULL, error);
	const char *end = reference ? strstr(reference, "*/") : NULL;
	char *text = reference ? format("%s%s", template, end ? end + 2 : reference) : NULL;
	free(reference);
	free(path);
	return text;
}

/* What the working copy would be now: `problem` has a text where a hunk is missing in it. NULL and *problem. */
static char *fresh_text(const struct wish *wish, struct error *problem)
{
	char *patch = mutant_path(wish->root, wish->assignment, wish->mutant);
	bool there = file_exists(patch);
	free(patch);
	*problem = (struct error){0};
	return there ? mutant_text_partial(wish->root, wish->assignment, wish->mutant, problem) : new_text(wish, problem);
}

static int keep_changes(const char *path, const char *text)
{
	char *old = file_exists(path) ? file_read(path, SOURCE_LIMIT, NULL, NULL) : NULL;
	bool changed = old && strcmp(old, text) != 0;
	free(old);
	return changed
	           ? complain(EXIT_USAGE,
	                      "%s has changes that are in no patch: the same with SAVE=1 writes them, or remove the file",
	                      path)
	           : 0;
}

static int make_copy(const struct kit *kit, const struct wish *wish, const char *path)
{
	struct error problem, error;
	char *text = fresh_text(wish, &problem),
	     *folder = format("%s/mutants/%s/%s", kit->build, wish->assignment, wish->mutant), *word = shell_word(folder);
	int status = 0;
	if (*problem.text)
		complain(EXIT_USAGE, "%s", problem.text);
	if (!text)
		status = EXIT_USAGE;
	if (status == 0)
		status = keep_changes(path, text);
	if (status == 0 && (folder_make(folder, &error) != 0 || file_write(path, text, strlen(text), &error) != 0))
		status = complain(EXIT_USAGE, "%s", error.text);
	if (status == 0)
		printf("%s\nJudge it: make grade A=%s S=%s\nWrite its patch: make mutant A=%s M=%s SAVE=1\n", path,
		       wish->assignment, word, wish->assignment, wish->mutant);
	free(word);
	free(folder);
	free(text);
	return status;
}

static int save_copy(const struct wish *wish, const char *path)
{
	struct error error;
	if (!file_exists(path))
		return complain(EXIT_USAGE, "there is no working copy %s: make mutant A=%s M=%s makes one", path,
		                wish->assignment, wish->mutant);
	char *text = file_read(path, SOURCE_LIMIT, NULL, &error);
	char *patch = mutant_path(wish->root, wish->assignment, wish->mutant);
	int result = text ? mutant_save(wish->root, wish->assignment, wish->mutant, text, &error) : -1;
	if (result == 0)
		printf("%s\nJudge it: make validate A=%s\n", patch, wish->assignment);
	free(patch);
	free(text);
	return result == 0 ? 0 : complain(EXIT_USAGE, "%s", error.text);
}

static int copy_or_save(const struct kit *kit, const struct wish *wish)
{
	char *path = format("%s/mutants/%s/%s/%s.c", kit->build, wish->assignment, wish->mutant, wish->assignment);
	int status = wish->save ? save_copy(wish, path) : make_copy(kit, wish, path);
	free(path);
	return status;
}

/* "r05" is the one whose name begins with "r05_", if there is but one. Its name, the caller's, or NULL. */
static char *whole_name(const struct string_list *names, const char *begin)
{
	size_t length = strlen(begin), found = 0, count = 0;
	for (size_t i = 0; i < names->count; i++)
		if (strncmp(names->item[i], begin, length) == 0 && (!names->item[i][length] || names->item[i][length] == '_')) {
			found = i;
			count++;
		}
	return count == 1 ? strdup(names->item[found]) : NULL;
}

static char *mutant_meant(const struct assignment *assignment, const char *begin)
{
	struct string_list names = mutant_names(assignment->root, assignment->name);
	char *name = begin ? whole_name(&names, begin) : NULL;
	for (size_t i = 0; i < names.count; i++)
		free(names.item[i]);
	free(names.item);
	return name;
}

static int carry_out(const struct kit *kit, struct wish *wish)
{
	struct error error;
	const struct assignment *assignment = find_assignment(kit, wish->assignment);
	if (!assignment)
		return EXIT_USAGE;
	wish->root = assignment->root;
	char *meant = mutant_meant(assignment, wish->mutant);
	wish->mutant = meant ? meant : wish->mutant;
	int status = 0;
	if (wish->folder)
		status = write_all(wish, &error) == 0 ? 0 : complain(EXIT_USAGE, "%s", error.text);
	else
		status = copy_or_save(kit, wish);
	free(meant);
	return status;
}

int command_mutant(const struct session *session, int argc, char **argv)
{
	static const struct argp argp = {
	    options,
	    parse,
	    NULL,
	    "A mutant is a patch of the reference (tests/assignments/NAME/mutants/ID.patch). Makes a working copy of one, "
	    "in build/mutants/NAME/ID; writes its patch; or writes all mutants of an assignment as files.",
	    NULL,
	    NULL,
	    NULL};
	struct wish wish = {0};
	if (argp_parse(&argp, argc, argv, 0, NULL, &wish) != 0)
		return EXIT_USAGE;
	struct error error;
	struct kit *kit = kit_open(session->root, session->course, &error);
	if (!kit)
		return complain(EXIT_USAGE, "%s", error.text);
	int status = carry_out(kit, &wish);
	kit_free(kit);
	return status;
}
