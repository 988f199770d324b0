#include "archive.h"

#include "../memory.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int is_shown(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static bool is_folder(const char *path)
{
	struct stat status;
	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* Names and paths of the years. */
static int find_years(const char *folder, struct archive *archive, struct error *error)
{
	struct dirent **entry;
	int count = scandir(folder, &entry, is_shown, alphasort);
	if (count < 0)
		return fail(error, "cannot read the archive %s: %s", folder, strerror(errno));
	archive->year = zeroed((size_t)count + 1, sizeof *archive->year);
	for (int i = 0; i < count; i++) {
		char *path = format("%s/%s", folder, entry[i]->d_name);
		if (is_folder(path))
			archive->year[archive->count++] =
			    (struct year){.name = must(strdup(entry[i]->d_name)), .folder = must(strdup(path))};
		free(path);
		free(entry[i]);
	}
	free(entry);
	return archive->count ? 0 : fail(error, "the archive %s has no folders: one for each earlier class", folder);
}

static void note(struct archive *archive, char *sentence)
{
	struct string_list *notes = &archive->notes;
	notes->item = must(reallocarray(notes->item, notes->count + 1, sizeof *notes->item));
	notes->item[notes->count++] = sentence;
}

static void make_roll(const struct kit *kit, const struct string_list *assignments, struct year *year)
{
	struct handin_state *state = handins_state(year->opened, year->handins.count);
	const struct roll_wish wish = {.asked = assignments};
	roll_make(kit->course, &year->handins, state, &wish, &year->roll);
	free(state);
	year->student = zeroed(year->roll.count + 1, sizeof *year->student);
	for (size_t i = 0; i < year->roll.count; i++)
		year->student[i] = format("%s: %s", year->name, year->roll.item[i].student);
}

int archive_open(const struct kit *kit, struct queue *queue, const char *folder, const struct string_list *assignments,
                 struct archive *archive, struct error *error)
{
	int result = find_years(folder, archive, error);
	for (size_t i = 0; result == 0 && i < archive->count; i++) {
		struct year *year = &archive->year[i];
		char *scratch = format("year%zu", i);
		struct error problem;
		if (handins_find(kit->course, year->folder, &year->handins, &problem) != 0)
			note(archive, format("%s of the archive was not compared: %s", year->name, problem.text));
		else if (handins_open(kit, queue, year->folder, scratch, &year->handins, &year->opened, error) != 0)
			result = -1;
		else
			make_roll(kit, assignments, year);
		free(scratch);
	}
	return result;
}

static void close_year(const struct kit *kit, struct year *year)
{
	for (size_t i = 0; year->student && i < year->roll.count; i++)
		free(year->student[i]);
	free(year->student);
	roll_clear(&year->roll);
	handins_close(kit, year->opened, year->handins.count);
	handins_clear(&year->handins);
	free(year->folder);
	free(year->name);
}

void archive_close(const struct kit *kit, struct archive *archive)
{
	for (size_t i = 0; i < archive->count; i++)
		close_year(kit, &archive->year[i]);
	for (size_t i = 0; i < archive->notes.count; i++)
		free(archive->notes.item[i]);
	free(archive->notes.item);
	free(archive->year);
}

int archive_check(const char *folder, struct error *error)
{
	struct archive archive = {0};
	int result = find_years(folder, &archive, error);
	archive_close(NULL, &archive);
	return result;
}
