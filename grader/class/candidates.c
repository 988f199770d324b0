#include "candidates.h"
#include "../course/mutant.h"
#include "../memory.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

static struct candidate *add_candidate(struct candidates *candidates, enum role role,
                                       const struct assignment *assignment, const char *name, char *folder)
{
	candidates->item = must(realloc(candidates->item, (candidates->count + 1) * sizeof *candidates->item));
	struct candidate *candidate = &candidates->item[candidates->count++];
	*candidate = (struct candidate){.role = role, .assignment = assignment, .name = strdup(name), .folder = folder};
	return candidate;
}

/* The words of a list with commas, which is freed. */
static void read_names(struct string_list *names, char *list)
{
	char *rest = list;
	for (char *word; rest && (word = strsep(&rest, ", "));) {
		if (!*word)
			continue;
		names->item = must(realloc(names->item, (names->count + 1) * sizeof *names->item));
		names->item[names->count++] = must(strdup(word));
	}
	free(list);
}

static void clear_names(struct string_list *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->item[i]);
	free(names->item);
}

static int is_c_file(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);
	return length > 2 && strcmp(entry->d_name + length - 2, ".c") == 0;
}

/* Writes the text under the name that the assignment asks for, to a submission folder of its own. */
static int make_submission(const struct kit *kit, const struct assignment *assignment, const char *group,
                           const char *name, const char *text, char **folder, struct error *error)
{
	*folder = format("%s/validate/%s/%s/%s", kit->build, assignment->name, group, name);
	char *copy = format("%s/%s.c", *folder, assignment->name);
	int result = folder_make(*folder, error) == 0 ? file_write(copy, text, strlen(text), error) : -1;
	free(copy);
	return result;
}

static int add_alternatives(struct candidates *candidates, const struct kit *kit, const struct assignment *assignment,
                            struct error *error)
{
	struct dirent **entry;
	char *folder = format("%s/solutions/%s/alternatives", assignment->root, assignment->name);
	int count = scandir(folder, &entry, is_c_file, alphasort), result = 0;
	for (int i = 0; i < count; i++) {
		char *source = format("%s/%s", folder, entry[i]->d_name), *own = NULL;
		char *name = format("%.*s", (int)strlen(entry[i]->d_name) - 2, entry[i]->d_name);
		char *text = result == 0 ? file_read(source, SOURCE_LIMIT, NULL, error) : NULL;
		result = text ? make_submission(kit, assignment, "alternatives", name, text, &own, error) : -1;
		add_candidate(candidates, ALTERNATIVE, assignment, name, own);
		free(text);
		free(name);
		free(source);
		free(entry[i]);
	}
	if (count >= 0)
		free(entry);
	free(folder);
	return result;
}

static int add_mutant(struct candidates *candidates, const struct kit *kit, const struct assignment *assignment,
                      const char *name, struct error *error)
{
	char *text = mutant_text(assignment->root, assignment->name, name, error), *own = NULL;
	int result = text ? make_submission(kit, assignment, "mutants", name, text, &own, error) : -1;
	struct candidate *candidate = add_candidate(candidates, MUTANT, assignment, name, own);
	if (text) {
		candidate->loses = mutant_key(text, "loses");
		candidate->check = mutant_key(text, "check");
		candidate->hint = mutant_key(text, "hint");
		read_names(&candidate->tests, mutant_key(text, "test"));
		read_names(&candidate->sentences, mutant_key(text, "contract"));
	}
	free(text);
	return result;
}

static int add_mutants(struct candidates *candidates, const struct kit *kit, const struct assignment *assignment,
                       struct error *error)
{
	struct string_list names = mutant_names(assignment->root, assignment->name);
	int result = mutants_check(assignment->root, assignment->name, error);
	for (size_t i = 0; result == 0 && i < names.count; i++)
		result = add_mutant(candidates, kit, assignment, names.item[i], error);
	clear_names(&names);
	return result;
}

void candidates_add_reference(struct candidates *candidates, const struct assignment *assignment)
{
	add_candidate(candidates, REFERENCE, assignment, "reference",
	              format("%s/solutions/%s", assignment->root, assignment->name));
}

int candidates_add(struct candidates *candidates, const struct kit *kit, const struct assignment *assignment,
                   struct error *error)
{
	candidates_add_reference(candidates, assignment);
	add_candidate(candidates, SKELETON, assignment, "skeleton",
	              format("%s/assignments/%s", assignment->root, assignment->name));
	int result = add_alternatives(candidates, kit, assignment, error);
	return result == 0 ? add_mutants(candidates, kit, assignment, error) : result;
}

void candidates_clear(struct candidates *candidates)
{
	for (size_t i = 0; i < candidates->count; i++) {
		struct candidate *candidate = &candidates->item[i];
		clear_names(&candidate->tests);
		clear_names(&candidate->sentences);
		free(candidate->name);
		free(candidate->folder);
		free(candidate->loses);
		free(candidate->check);
		free(candidate->hint);
		grade_free(candidate->grade);
	}
	free(candidates->item);
	*candidates = (struct candidates){0};
}
