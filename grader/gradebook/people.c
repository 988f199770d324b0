/* people.c - whom an instructor means. */
#include "gradebook.h"

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
