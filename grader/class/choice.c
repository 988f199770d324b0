#include "choice.h"

#include "../clock.h"
#include "../memory.h"

#include <stdlib.h>
#include <string.h>

bool choice_is_restricted(const struct choice_wish *wish)
{
	return wish->students->count || wish->assignments->count || wish->since;
}

/* ---- times ---------------------------------------------------------------------------------- */

static const struct late_policy *first_due(const struct course *course)
{
	for (size_t a = 0; a < course->assignment_count; a++)
		if (course->assignment[a]->late.due)
			return &course->assignment[a]->late;
	return NULL;
}

/* A day is its beginning. */
static int64_t read_time(const char *text, const struct late_policy *policy)
{
	char *day = format("%s 00:00", text);
	int64_t time = clock_read(text);
	if (time < 0 && policy)
		time = clock_read_in(text, policy->zone);
	if (time < 0 && policy)
		time = clock_read_in(day, policy->zone);
	free(day);
	return time;
}

int64_t choice_since(const struct course *course, const char *text, struct error *error)
{
	int64_t time = read_time(text, first_due(course));
	return time >= 0 ? time : fail(error, "SINCE: expected a time, as 2026-10-01 23:59 +0200, found '%s'", text);
}

/* ---- what is chosen ------------------------------------------------------------------------- */

int choice_make(const struct choice_wish *wish, const struct course *course, const struct roster *roster,
                const struct roll *roll, struct choice *choice, struct error *error)
{
	const struct people people = {roster, roll->person, roll->person_count};
	*choice = (struct choice){.wish = wish, .roll = roll, .named = zeroed(roll->person_count + 1, sizeof(bool))};
	if (wish->since && (choice->since = choice_since(course, wish->since, error)) < 0)
		return -1;
	return persons_find(&people, wish->students, choice->named, error);
}

void choice_clear(struct choice *choice)
{
	free(choice->named);
	*choice = (struct choice){0};
}

bool choice_asks(const struct choice_wish *wish, const char *assignment)
{
	const struct string_list *names = wish->assignments;
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->item[i], assignment) == 0)
			return true;
	return !names->count;
}

bool choice_has(const struct choice *choice, size_t person, const char *assignment, const struct roll_entry *entry)
{
	if (!choice_asks(choice->wish, assignment) || (choice->wish->students->count && !choice->named[person]))
		return false;
	return !choice->since || (entry && (!entry->handed_in || entry->handed_in >= choice->since));
}

bool choice_has_entry(const struct choice *choice, const struct roll_entry *entry)
{
	return choice_has(choice, entry->who, entry->assignment->name, entry);
}
