/* template.c - place-holders. */
#include "private.h"

#include "../file.h"
#include "../memory.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HOLDERS = 8 };

struct holder {
	const char *name;
	char *value; /* NULL: has no meaning here and stays as it is */
};

static void free_holders(struct holder *holder)
{
	for (size_t i = 0; i < HOLDERS; i++)
		free(holder[i].value);
}

bool is_wished(const struct handout_wish *wish, const struct assignment *assignment)
{
	for (size_t i = 0; i < wish->assignment->count; i++)
		if (strcmp(wish->assignment->item[i], assignment->name) == 0)
			return true;
	return wish->assignment->count == 0;
}

static char *ids(const struct handout_wish *wish)
{
	char *list = format("%s", "");
	for (size_t i = 0; i < wish->course->assignment_count; i++) {
		if (!is_wished(wish, wish->course->assignment[i]))
			continue;
		char *longer = format("%s%s%s", list, *list ? "," : "", wish->course->assignment[i]->name);
		free(list);
		list = longer;
	}
	return list;
}

static char *upper(const char *name)
{
	char *copy = format("%s", name);
	for (char *c = copy; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	return copy;
}

static void put_line(FILE *out, const char *line, size_t length, const struct holder *holder)
{
	for (size_t i = 0; i < length;) {
		size_t h = 0;
		while (h < HOLDERS && (!holder[h].value || i + strlen(holder[h].name) > length ||
		                       strncmp(line + i, holder[h].name, strlen(holder[h].name)) != 0))
			h++;
		if (h == HOLDERS) {
			fputc(line[i++], out);
			continue;
		}
		fputs(holder[h].value, out);
		i += strlen(holder[h].name);
	}
}

/* Puts the lines from `text` to `end`, once for each assignment that is wished. */
static void put_each(FILE *out, const char *text, const char *end, const struct handout_wish *wish,
                     const struct holder *common)
{
	for (size_t i = 0; i < wish->course->assignment_count; i++) {
		const struct assignment *assignment = wish->course->assignment[i];
		if (!is_wished(wish, assignment))
			continue;
		struct holder holder[HOLDERS];
		memcpy(holder, common, sizeof holder);
		holder[3] = (struct holder){"@NAME@", format("%s", assignment->name)};
		holder[4] = (struct holder){"@UPPER@", upper(assignment->name)};
		holder[5] = (struct holder){"@HEADING@", format("%s", assignment->title)};
		holder[6] = (struct holder){"@TIME@", format("%s", assignment->time)};
		put_line(out, text, (size_t)(end - text), holder);
		for (size_t h = 3; h < HOLDERS; h++)
			free(holder[h].value);
	}
}

/* The beginning of the line after the one that `at` is in. */
static const char *next_line(const char *at)
{
	at += strcspn(at, "\n");
	return at + (*at == '\n');
}

static const char *line_with(const char *text, const char *mark)
{
	const char *at = strstr(text, mark);
	while (at && at > text && at[-1] != '\n')
		at--;
	return at;
}

char *template_fill(const char *text, const struct handout_wish *wish, struct error *error)
{
	struct holder holder[HOLDERS] = {{"@TITLE@", format("%s", wish->course->title)},
	                                 {"@REPOSITORY@", format("%s", wish->repository ? wish->repository : "")},
	                                 {"@IDS@", ids(wish)}};
	char *filled = NULL;
	size_t size;
	FILE *out = memory_open(&filled, &size);
	bool broken = false;
	for (const char *each; !broken && (each = line_with(text, "@EACH@"));) {
		const char *begin = next_line(each), *end = line_with(begin, "@END@");
		put_line(out, text, (size_t)(each - text), holder);
		broken = !end;
		if (end)
			put_each(out, begin, end, wish, holder);
		text = end ? next_line(end) : text;
	}
	put_line(out, text, strlen(text), holder);
	fclose(out);
	free_holders(holder);
	if (!broken)
		return filled;
	free(filled);
	fail(error, "an @EACH@ has no @END@");
	return NULL;
}
