#include "candidates.h"
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

/* The value of " * key: value" in the first comment, or NULL. The caller frees it. */
static char *comment_value(const char *text, const char *key)
{
	const char *end = strstr(text, "*/");
	char *mark = format("* %s:", key);
	const char *found = strstr(text, mark);
	size_t skip = strlen(mark);
	free(mark);
	if (!found || !end || found > end)
		return NULL;
	found += skip;
	found += strspn(found, " ");
	size_t length = strcspn(found, "\n");
	while (length && (found[length - 1] == ' ' || found[length - 1] == '\r'))
		length--;
	return strndup(found, length);
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

/* Each file of the folder becomes a submission folder of its own, with the file under the name that the assignment asks
 * for. */
static int add_folder(struct candidates *candidates, const struct kit *kit, enum role role,
                      const struct assignment *assignment, const char *folder, struct error *error)
{
	struct dirent **entry;
	int count = scandir(folder, &entry, is_c_file, alphasort), result = 0;
	for (int i = 0; i < count; i++) {
		char *source = format("%s/%s", folder, entry[i]->d_name);
		char *name = strndup(entry[i]->d_name, strlen(entry[i]->d_name) - 2);
		char *own = format("%s/validate/%s/%s/%s", kit->build, assignment->name,
		                   role == MUTANT ? "mutants" : "alternatives", name);
		char *copy = format("%s/%s.c", own, assignment->name);
		size_t size;
		char *text = file_read(source, SOURCE_LIMIT, &size, error);
		if (!text || folder_make(own, error) != 0 || file_write(copy, text, size, error) != 0)
			result = -1;
		struct candidate *candidate = add_candidate(candidates, role, assignment, name, own);
		if (text && role == MUTANT) {
			candidate->loses = comment_value(text, "loses");
			candidate->check = comment_value(text, "check");
			read_names(&candidate->tests, comment_value(text, "test"));
			read_names(&candidate->sentences, comment_value(text, "contract"));
		}
		free(text);
		free(copy);
		free(name);
		free(source);
		free(entry[i]);
	}
	if (count >= 0)
		free(entry);
	return result;
}

int candidates_add(struct candidates *candidates, const struct kit *kit, const struct assignment *assignment,
                   struct error *error)
{
	const char *root = kit->root, *name = assignment->name;
	add_candidate(candidates, REFERENCE, assignment, "reference", format("%s/solutions/%s", root, name));
	add_candidate(candidates, SKELETON, assignment, "skeleton", format("%s/assignments/%s", root, name));
	char *alternatives = format("%s/solutions/%s/alternatives", root, name),
	     *mutants = format("%s/tests/%s/mutants", root, name);
	int result = add_folder(candidates, kit, ALTERNATIVE, assignment, alternatives, error);
	if (result == 0)
		result = add_folder(candidates, kit, MUTANT, assignment, mutants, error);
	free(alternatives);
	free(mutants);
	return result;
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
		grade_free(candidate->grade);
	}
	free(candidates->item);
	*candidates = (struct candidates){0};
}
