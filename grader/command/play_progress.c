/* play_progress.c - which levels were done, and how well: build/play/progress, a line each, "lost_update 1". */
#include "../memory.h"
#include "play.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 1 << 16 };

static char *path_of(const struct kit *kit)
{
	return format("%s/play/progress", kit->build);
}

static char *read_progress(const struct kit *kit)
{
	char *path = path_of(kit), *text = file_read(path, MOST_BYTES, NULL, NULL);
	free(path);
	return text ? text : format("%s", "");
}

/* Where the line of that level begins; NULL: it has none. */
static const char *find_line(const char *text, const char *name)
{
	size_t length = strlen(name);
	for (const char *line = text; line && *line; line = strchr(line, '\n'), line += line != NULL)
		if (strncmp(line, name, length) == 0 && line[length] == ' ')
			return line;
	return NULL;
}

static int switches_in(const char *text, const char *name)
{
	const char *line = find_line(text, name);
	unsigned switches;
	return line && sscanf(line + strlen(name), "%u", &switches) == 1 && switches < 1000 ? (int)switches : -1;
}

int progress_of_level(const struct kit *kit, const char *name)
{
	char *text = read_progress(kit);
	int switches = switches_in(text, name);
	free(text);
	return switches;
}

/* The text without the level's line, and with a new one. */
static char *with_line(const char *text, const char *name, unsigned switches)
{
	const char *line = find_line(text, name), *rest = line ? strchr(line, '\n') : NULL;
	size_t before = line ? (size_t)(line - text) : strlen(text);
	return format("%.*s%s%s %u\n", (int)before, text, rest ? rest + 1 : "", name, switches);
}

int progress_keep(const struct kit *kit, const char *name, unsigned switches, struct error *error)
{
	char *text = read_progress(kit), *folder = format("%s/play", kit->build), *path = path_of(kit);
	int known = switches_in(text, name), result = 0;
	if (known < 0 || (unsigned)known > switches) {
		char *longer = with_line(text, name, switches);
		result = folder_make(folder, error);
		if (result == 0)
			result = file_write(path, longer, strlen(longer), error);
		free(longer);
	}
	free(path);
	free(folder);
	free(text);
	return result;
}

const struct level *progress_next(const struct kit *kit, const struct levels *levels, size_t *done)
{
	char *text = read_progress(kit);
	const struct level *next = NULL;
	size_t count = 0;
	for (size_t i = 0; i < levels->count; i++) {
		bool is_done = switches_in(text, levels->level[i].name) >= 0;
		count += is_done;
		if (!is_done && !next)
			next = &levels->level[i];
	}
	free(text);
	if (done)
		*done = count;
	return next;
}
