/* people.c - whom an instructor means. */
#include "../file.h"
#include "../memory.h"
#include "gradebook.h"

#include <stdlib.h>
#include <string.h>

static bool has_row(const struct people *people, int row, size_t *index)
{
	for (*index = 0; *index < people->count; ++*index)
		if (people->item[*index].roster_row == row)
			return true;
	return false;
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
	return row == ROSTER_SEVERAL ? fail(error, "'%s' is more than one student: use the login or e-mail address", called)
	                             : fail(error, "there is no student '%s'", called);
}

struct roster *people_read(const char *folder, struct people *people, struct error *error)
{
	char *path = format("%s/gradebook.csv", folder);
	struct roster *book = file_exists(path) ? roster_read(path, error) : NULL;
	if (!file_exists(path))
		fail(error, "%s has no gradebook.csv: grade the class first", folder);
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
