#include "similar.h"

#include "../class/archive.h"
#include "../memory.h"
#include "../similarity/similarity.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int similar_check(const struct similar_wish *wish, struct error *error)
{
	if (wish->archive && archive_check(wish->archive, error) != 0)
		return -1;
	if (wish->dolos && similarity_fits(wish->dolos, error) != 0)
		return -1;
	return wish->jplag ? similarity_fits(wish->jplag, error) : 0;
}

/* A group's submission is there once for each of its members: the same path. */
static size_t submission_of(const struct handins *handins, size_t handin)
{
	while (handin && strcmp(handins->item[handin - 1].path, handins->item[handin].path) == 0)
		handin--; /* they are sorted by path */
	return handin;
}

/* What is compared: first what was handed in now, which is all that is exported. */
struct works {
	struct similar_work *item;
	size_t count, now;
	size_t submissions; /* numbers of submissions so far */
};

static const char *folder_of(const struct roll_entry *entry, const struct intake *intake)
{
	return entry->folder ? entry->folder : intake->problem ? NULL : intake->folder;
}

/* The group of each person of the roll, 0: none. */
static size_t *groups_of(const struct roll *roll, const struct roster *roster)
{
	size_t *group = zeroed(roll->person_count + 1, sizeof *group);
	for (size_t i = 0; roster && i < roll->person_count; i++)
		if (roll->person[i].roster_row >= 0)
			group[i] = roster_team(roster, (size_t)roll->person[i].roster_row);
	return group;
}

/* `student`: what each entry's is called; NULL: as in the roll. */
static void add_works(struct works *works, const struct handins *handins, const struct opened *opened,
                      const struct roll *roll, const struct roster *roster, char *const student[])
{
	size_t *group = groups_of(roll, roster);
	works->item = must(reallocarray(works->item, works->count + roll->count + 1, sizeof *works->item));
	for (size_t i = 0; i < roll->count; i++) {
		const struct roll_entry *entry = &roll->item[i];
		works->item[works->count++] =
		    (struct similar_work){.student = student ? student[i] : entry->student,
		                          .assignment = entry->assignment,
		                          .folder = folder_of(entry, &opened[entry->handin].intake),
		                          .submission = works->submissions + submission_of(handins, entry->handin),
		                          .group = group[entry->who],
		                          .earlier = student != NULL,
		                          .handed_in = entry->handed_in};
	}
	works->submissions += handins->count;
	free(group);
}

static void add_archive(struct works *works, const struct archive *archive)
{
	for (size_t i = 0; i < archive->count; i++) {
		const struct year *year = &archive->year[i];
		if (year->student)
			add_works(works, &year->handins, year->opened, &year->roll, NULL, year->student);
	}
}

/* The names of what is graded now. */
static struct string_list assignments_of(const struct course *course, const struct roll *roll)
{
	struct string_list names = {zeroed(course->assignment_count + 1, sizeof *names.item), 0};
	for (size_t a = 0; a < course->assignment_count; a++)
		for (size_t i = 0; i < roll->count; i++)
			if (roll->item[i].assignment == course->assignment[a]) {
				names.item[names.count++] = course->assignment[a]->name;
				break;
			}
	return names;
}

static int write_page(const struct similarity *similarity, const struct course *course, const char *path,
                      struct error *error)
{
	char *text = NULL;
	size_t size;
	FILE *out = memory_open(&text, &size);
	similarity_page(out, similarity, course);
	fclose(out);
	int result = file_write(path, text, size, error);
	free(text);
	return result;
}

static char *summary(const struct similarity *similarity)
{
	char *missing = similarity->incomplete.count
	                    ? format("; %zu could not be compared, the page says which", similarity->incomplete.count)
	                    : strdup("");
	char *line = format("similarity: %zu pair%s of %d %% or more: similarity.html%s", similarity->pairs,
	                    similarity->pairs == 1 ? "" : "s", similarity->percent, missing ? missing : "");
	free(missing);
	return line;
}

static void tell_notes(struct similarity *similarity, const struct archive *archive)
{
	struct string_list *sentences = &similarity->incomplete;
	for (size_t i = 0; i < archive->notes.count; i++) {
		sentences->item = must(reallocarray(sentences->item, sentences->count + 1, sizeof *sentences->item));
		sentences->item[sentences->count++] = must(strdup(archive->notes.item[i]));
	}
}

/* The sentence; *page: whether the page was written. */
static char *compare(const struct kit *kit, struct queue *queue, const struct works *works,
                     const struct archive *archive, int percent, const char *path, bool *page)
{
	struct error error;
	struct similarity *similarity = similarity_find(kit, queue, works->item, works->count, percent, &error);
	if (!similarity)
		return format("similarity: skipped: %s", error.text);
	tell_notes(similarity, archive);
	*page = write_page(similarity, kit->course, path, &error) == 0;
	char *line = *page ? summary(similarity) : format("similarity: %s", error.text);
	similarity_free(similarity);
	return line;
}

/* The same, with the archive where there is one. */
static char *compare_all(const struct kit *kit, struct queue *queue, struct works *works, const struct roll *roll,
                         const char *folder, int percent, const char *path, bool *page)
{
	struct archive archive = {0};
	struct error error;
	char *line = NULL;
	if (!similarity_there())
		return strdup("similarity: sim_c is not installed (Debian: similarity-tester), skipped");
	struct string_list names = assignments_of(kit->course, roll);
	if (folder && archive_open(kit, queue, folder, &names, &archive, &error) != 0)
		line = format("similarity: skipped: %s", error.text);
	add_archive(works, &archive);
	if (!line)
		line = compare(kit, queue, works, &archive, percent, path, page);
	archive_close(kit, &archive);
	free(names.item);
	return line;
}

int similar_class(const struct kit *kit, struct queue *queue, const struct handins *handins,
                  const struct opened *opened, const struct roll *roll, const struct roster *roster,
                  const struct similar_wish *wish, const char *output, char **line, bool *page, struct error *error)
{
	int percent = wish->percent == SIMILAR_AS_THE_COURSE ? kit->course->similar_percent : wish->percent, result = 0;
	struct works works = {0};
	char *path = format("%s/similarity.html", output);
	*line = NULL;
	*page = false;
	unlink(path); /* of an earlier run */
	add_works(&works, handins, opened, roll, roster, NULL);
	works.now = works.count;
	if (percent)
		*line = compare_all(kit, queue, &works, roll, wish->archive, percent, path, page);
	if (wish->dolos)
		result = similarity_dolos(kit, works.item, works.now, wish->dolos, error);
	if (wish->jplag && result == 0)
		result = similarity_jplag(kit, works.item, works.now, wish->jplag, error);
	free(path);
	free(works.item);
	return result;
}
