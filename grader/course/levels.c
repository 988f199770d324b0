#include "levels.h"

#include "../file.h"
#include "../finding/kind.h"
#include "../memory.h"
#include "notes.h"
#include "yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA "forkjoin/levels/1"
#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { MOST_LEVELS = 200, MOST_PAR = 9 };

static const struct field level_fields[] = {
    {.key = "name", .type = FIELD_NAME, .offset = offsetof(struct level, name)},
    {.key = "title", .type = FIELD_TEXT, .expected = "what it is called", .offset = offsetof(struct level, title)},
    {.key = "story",
     .type = FIELD_TEXT,
     .expected = "what the program is about, in two lines",
     .offset = offsetof(struct level, story)},
    {.key = "goal",
     .type = FIELD_TEXT,
     .expected = "what the player is to make happen",
     .offset = offsetof(struct level, goal)},
    {.key = "par", .type = FIELD_NUMBER, .max = MOST_PAR, .offset = offsetof(struct level, par)},
    {.key = "kinds",
     .type = FIELD_NAMES,
     .min = 1,
     .max = 5,
     .expected = "a list of kinds of findings, at least one",
     .offset = offsetof(struct level, kinds)},
    {.key = "notes",
     .type = FIELD_NAMES,
     .min = 1,
     .max = 10,
     .expected = "a list of rows of the notes, like C16, at least one",
     .offset = offsetof(struct level, notes)},
};
static const struct shape level_shape = {"level", level_fields, COUNT(level_fields), sizeof(struct level),
                                         offsetof(struct level, line)};

static const struct field levels_fields[] = {
    {.key = "schema", .type = FIELD_SCHEMA},
    {.key = "levels",
     .type = FIELD_STRUCTS,
     .shape = &level_shape,
     .min = 1,
     .max = MOST_LEVELS,
     .expected = "a list of levels, at least one",
     .offset = offsetof(struct levels, level),
     .count_offset = offsetof(struct levels, count)},
};
static const struct shape levels_shape = {"levels", levels_fields, COUNT(levels_fields), sizeof(struct levels),
                                          NO_LINE};

char *level_file(const struct levels *levels, const struct level *level, bool fixed)
{
	return format("%s/%s%s.c", levels->folder, level->name, fixed ? ".fixed" : "");
}

/* ---- what a level names must be there ------------------------------------------------------- */

static int check_files(const struct levels *levels, const struct level *level, struct error *error)
{
	int result = 0;
	for (int fixed = 0; result == 0 && fixed < 2; fixed++) {
		char *path = level_file(levels, level, fixed);
		if (!file_exists(path))
			result = fail(error, "%s:%u: %s has no %s", levels->path, level->line, level->name, path);
		free(path);
	}
	return result;
}

static int check_kinds(const struct levels *levels, const struct level *level, struct error *error)
{
	for (size_t i = 0; i < level->kinds.count; i++)
		if (!kind_find(level->kinds.item[i]) || kind_find(level->kinds.item[i])->effect != KIND_FAILURE)
			return fail(error, "%s:%u: '%s' is no kind of failure that the explorer finds", levels->path, level->line,
			            level->kinds.item[i]);
	return 0;
}

static int check_notes(const struct levels *levels, const struct level *level, const struct notes *notes,
                       struct error *error)
{
	for (size_t i = 0; i < level->notes.count; i++)
		if (!notes_find(notes, level->notes.item[i]))
			return fail(error, "%s:%u: the notes have no row %s", levels->path, level->line, level->notes.item[i]);
	return 0;
}

static int check(const struct levels *levels, const char *root, struct error *error)
{
	struct notes *notes = notes_load(root, error);
	int result = notes ? 0 : -1;
	for (size_t i = 0; result == 0 && i < levels->count; i++) {
		const struct level *level = &levels->level[i];
		if (levels_find(levels, level->name) != level)
			result = fail(error, "%s:%u: '%s' is there twice", levels->path, level->line, level->name);
		else if (check_files(levels, level, error) != 0 || check_kinds(levels, level, error) != 0 ||
		         check_notes(levels, level, notes, error) != 0)
			result = -1;
	}
	notes_free(notes);
	return result;
}

/* ---- reading -------------------------------------------------------------------------------- */

struct levels *levels_load(const char *folder, const char *root, struct error *error)
{
	struct levels *levels = zeroed(1, sizeof *levels);
	levels->folder = format("%s", folder);
	levels->path = format("%s/levels.yaml", folder);
	struct document *document = document_load(levels->path, SCHEMA, error);
	int result = document ? document_read(document, document_root(document), &levels_shape, levels, error) : -1;
	document_free(document);
	if (result == 0 && check(levels, root, error) == 0)
		return levels;
	levels_free(levels);
	return NULL;
}

static void texts_free(struct string_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->item[i]);
	free(list->item);
}

void levels_free(struct levels *levels)
{
	if (!levels)
		return;
	for (size_t i = 0; i < levels->count; i++) {
		struct level *level = &levels->level[i];
		free(level->name);
		free(level->title);
		free(level->story);
		free(level->goal);
		texts_free(&level->kinds);
		texts_free(&level->notes);
	}
	free(levels->level);
	free(levels->folder);
	free(levels->path);
	free(levels);
}

const struct level *levels_find(const struct levels *levels, const char *name)
{
	char *end;
	unsigned long number = strtoul(name, &end, 10);
	if (*name && !*end)
		return number >= 1 && number <= levels->count ? &levels->level[number - 1] : NULL;
	for (size_t i = 0; i < levels->count; i++)
		if (strcmp(levels->level[i].name, name) == 0)
			return &levels->level[i];
	return NULL;
}
