#include "similar.h"

#include "../memory.h"
#include "../similarity/similarity.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int similar_check(const struct similar_wish *wish, struct error *error)
{
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

static struct similar_work *works_of(const struct handins *handins, const struct opened *opened,
                                     const struct roll *roll)
{
	struct similar_work *work = zeroed(roll->count + 1, sizeof *work);
	for (size_t i = 0; i < roll->count; i++) {
		const struct roll_entry *entry = &roll->item[i];
		const struct intake *intake = &opened[entry->handin].intake;
		work[i] = (struct similar_work){.student = entry->student,
		                                .assignment = entry->assignment,
		                                .folder = entry->folder     ? entry->folder
		                                          : intake->problem ? NULL
		                                                            : intake->folder,
		                                .submission = submission_of(handins, entry->handin),
		                                .handed_in = entry->handed_in};
	}
	return work;
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

/* The sentence; *page: whether the page was written. */
static char *compare(const struct kit *kit, struct queue *queue, const struct similar_work *work, size_t count,
                     int percent, const char *path, bool *page)
{
	struct error error;
	if (!similarity_there())
		return strdup("similarity: sim_c is not installed (Debian: similarity-tester), skipped");
	struct similarity *similarity = similarity_find(kit, queue, work, count, percent, &error);
	if (!similarity)
		return format("similarity: skipped: %s", error.text);
	*page = write_page(similarity, kit->course, path, &error) == 0;
	char *line = *page ? summary(similarity) : format("similarity: %s", error.text);
	similarity_free(similarity);
	return line;
}

int similar_class(const struct kit *kit, struct queue *queue, const struct handins *handins,
                  const struct opened *opened, const struct roll *roll, const struct similar_wish *wish,
                  const char *output, char **line, bool *page, struct error *error)
{
	int percent = wish->percent == SIMILAR_AS_THE_COURSE ? kit->course->similar_percent : wish->percent, result = 0;
	struct similar_work *work = works_of(handins, opened, roll);
	char *path = format("%s/similarity.html", output);
	*line = NULL;
	*page = false;
	unlink(path); /* of an earlier run */
	if (percent)
		*line = compare(kit, queue, work, roll->count, percent, path, page);
	if (wish->dolos)
		result = similarity_dolos(kit, work, roll->count, wish->dolos, error);
	if (wish->jplag && result == 0)
		result = similarity_jplag(kit, work, roll->count, wish->jplag, error);
	free(path);
	free(work);
	return result;
}
