/* people.c - whom an instructor means. */
#include "../file.h"
#include "../memory.h"
#include "gradebook.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

static bool has_row(const struct people *people, int row, size_t *index)
{
	for (*index = 0; *index < people->count; ++*index)
		if (people->item[*index].roster_row == row)
			return true;
	return false;
}

/* Who has a name, address or login that is nearly that; NULL: nobody. */
static const char *nearest(const struct people *people, const char *called)
{
	const struct roster *roster = people->roster;
	size_t most = people->count + (roster ? roster->row_count * (roster->column.count + 1) : 0), count = 0;
	const char **name = zeroed(most + 1, sizeof *name);
	for (size_t i = 0; i < people->count; i++)
		name[count++] = people->item[i].name;
	for (size_t row = 0; roster && row < roster->row_count; row++) {
		name[count++] = roster_called(roster, row);
		for (size_t i = 0; i < roster->column.count; i++)
			if (strchr(roster->cell[row][i], '@'))
				name[count++] = roster->cell[row][i];
	}
	const char *near = closest(called, name, count);
	free(name);
	return near;
}

int person_find(const struct people *people, const char *called, size_t *index, struct error *error)
{
	const struct string_list key = {(char *[]){(char *)called}, 1};
	if (!*called)
		return fail(error, "no student is named");
	for (*index = 0; *index < people->count; ++*index)
		if (strcmp(people->item[*index].name, called) == 0)
			return 0;
	int row = people->roster ? roster_match(people->roster, &key) : ROSTER_NONE;
	if (row >= 0 && has_row(people, row, index))
		return 0;
	if (row == ROSTER_SEVERAL)
		return fail(error, "'%s' is more than one student: use the login or e-mail address", called);
	const char *near = error ? nearest(people, called) : NULL;
	if (near)
		return fail(error, "there is no student '%s', did you mean '%s'?", called, near);
	return fail(error, "there is no student '%s'%s", called,
	            people->roster ? "" : ", and no roster that could tell: ROSTER=");
}

/* Those of the group who are in the class: *index, of the length that is returned. */
static size_t members_of(const struct people *people, const char *group, size_t **index)
{
	size_t *row = NULL, count = 0;
	size_t rows = people->roster && *group ? roster_group(people->roster, group, &row) : 0;
	*index = zeroed(rows + 1, sizeof **index);
	for (size_t i = 0; i < rows; i++)
		count += has_row(people, (int)row[i], &(*index)[count]);
	free(row);
	return count;
}

int people_called(const struct people *people, const char *called, size_t **index, size_t *count, struct error *error)
{
	size_t person;
	*count = members_of(people, called, index);
	int result = person_find(people, called, &person, *count ? NULL : error);
	if (result == 0 && *count)
		result =
		    fail(error, "'%s' is a student and a group: use the login or e-mail address, or name the members", called);
	else if (result == 0)
		(*index)[(*count)++] = person;
	else if (*count)
		result = 0;
	if (result != 0) {
		free(*index);
		*index = NULL;
	}
	return result;
}

static int name_all(const struct people *people, const char *called, bool named[], struct error *error)
{
	size_t *index, count;
	if (people_called(people, called, &index, &count, error) != 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		named[index[i]] = true;
	free(index);
	return 0;
}

/* Those of a list with commas. */
static int name_each(const struct people *people, const char *list, bool named[], struct error *error)
{
	char *text = must(strdup(list)), *rest = text, *word;
	int result = 0;
	while (result == 0 && (word = strsep(&rest, ","))) {
		word += strspn(word, " ");
		for (size_t end = strlen(word); end && word[end - 1] == ' ';)
			word[--end] = 0;
		result = name_all(people, word, named, error);
	}
	free(text);
	return result;
}

int persons_find(const struct people *people, const struct string_list *called, bool named[], struct error *error)
{
	int result = 0;
	for (size_t i = 0; result == 0 && i < called->count; i++) {
		const char *name = called->item[i];
		bool list = strchr(name, ',') && name_all(people, name, named, NULL) != 0; /* "Lovelace, Ada" is one */
		result = list                ? name_each(people, name, named, error)
		         : strchr(name, ',') ? 0
		                             : name_all(people, name, named, error);
	}
	return result;
}

/* ---- a class's folder --------------------------------------------------------------------------- */

static bool has_gradebook(const char *folder)
{
	char *path = format("%s/gradebook.csv", folder);
	bool has = file_exists(path);
	free(path);
	return has;
}

/* "out" for "ot/": the class beside it that has nearly that name, or NULL. The caller frees it. */
static char *class_beside(const char *folder)
{
	size_t length = strlen(folder), begin;
	while (length && folder[length - 1] == '/')
		length--;
	for (begin = length; begin && folder[begin - 1] != '/';)
		begin--;
	char *above = format("%.*s", (int)begin, folder), *name = must(strndup(folder + begin, length - begin));
	struct dirent **entry = NULL;
	int count = scandir(*above ? above : ".", &entry, NULL, alphasort), classes = 0;
	const char **known = zeroed((size_t)(count > 0 ? count : 1), sizeof *known);
	for (int i = 0; i < count; i++) {
		char *path = format("%s%s", above, entry[i]->d_name);
		if (entry[i]->d_name[0] != '.' && has_gradebook(path))
			known[classes++] = entry[i]->d_name;
		free(path);
	}
	const char *near = closest(name, known, (size_t)classes);
	char *found = near ? format("%s%s", above, near) : NULL;
	for (int i = 0; i < count; i++)
		free(entry[i]);
	free(entry);
	free(known);
	free(name);
	free(above);
	return found;
}

int class_folder_check(const char *folder, struct error *error)
{
	if (has_gradebook(folder))
		return 0;
	char *near = class_beside(folder);
	fail(error, "%s is no class: it has no gradebook.csv; %s%s%s", folder,
	     near ? "did you mean " : "grade the class first", near ? near : "", near ? "?" : "");
	free(near);
	return -1;
}

struct roster *people_read(const char *folder, struct people *people, struct error *error)
{
	char *path = format("%s/gradebook.csv", folder);
	struct roster *book = class_folder_check(folder, error) == 0 ? roster_read(path, error) : NULL;
	int column = book ? roster_column(book, "submission") : -1;
	if (book && column < 0)
		fail(error, "%s has no column 'submission': grade the class again", path);
	free(path);
	if (column < 0) {
		roster_free(book);
		return NULL;
	}
	struct person *person = zeroed(book->row_count, sizeof *person);
	for (size_t row = 0; row < book->row_count; row++) {
		const char *name = book->cell[row][column];
		person[row] = (struct person){name + (name[0] == '\'' && name[1] && strchr("=+-@", name[1])), (int)row};
	}
	*people = (struct people){book, person, book->row_count};
	return book;
}

void people_free(struct people *people, struct roster *book)
{
	free((struct person *)people->item);
	*people = (struct people){0};
	roster_free(book);
}
