/* feedback.c - from the journal's last run to the platforms. */
#include "../file.h"
#include "../memory.h"
#include "private.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *name;
	const struct platform *platform;
} platforms[] = {
    {"moodle", &platform_moodle}, {"canvas", &platform_canvas}, {"github", &platform_github}, {"mail", &platform_mail}};

static const struct platform *platform_of(const char *name)
{
	for (size_t i = 0; i < sizeof platforms / sizeof *platforms; i++)
		if (strcmp(platforms[i].name, name) == 0)
			return platforms[i].platform;
	return NULL;
}

/* ---- who ------------------------------------------------------------------------------------ */

int sending_row(const struct sending *sending, const struct outcome *outcome)
{
	const struct people *people = sending->wish->people;
	for (size_t i = 0; i < people->count; i++)
		if (strcmp(people->item[i].name, outcome->student) == 0)
			return people->item[i].roster_row;
	return -1;
}

const char *sending_called(const struct sending *sending, const struct outcome *outcome)
{
	int row = sending_row(sending, outcome);
	return row >= 0 ? roster_called(sending->wish->book, (size_t)row) : outcome->student;
}

const char *sending_cell(const struct sending *sending, const struct outcome *outcome, const char *heading)
{
	int row = sending_row(sending, outcome), column = roster_column(sending->wish->book, heading);
	return row >= 0 && column >= 0 ? sending->wish->book->cell[row][column] : "";
}

bool sending_is_group(const struct sending *sending, const char *name, size_t size)
{
	char *own = must(strndup(name, size));
	size_t *rows = NULL, count = roster_group(sending->wish->book, own, &rows);
	free(rows);
	free(own);
	return count > 0;
}

/* ---- what came of it ------------------------------------------------------------------------ */

static void add(struct string_list *list, char *text)
{
	list->item = must(reallocarray(list->item, list->count + 1, sizeof *list->item));
	list->item[list->count++] = text;
}

static void drop(struct string_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->item[i]);
	free(list->item);
	*list = (struct string_list){0};
}

void sending_wrote(struct sending *sending, const char *name)
{
	add(&sending->feedback->files, must(strdup(name)));
}

void sending_reached(struct sending *sending, const struct outcome *outcome)
{
	if (sending->counted && strcmp(sending->counted, outcome->student) == 0)
		return;
	free(sending->counted);
	sending->counted = must(strdup(outcome->student));
	sending->feedback->students++;
}

static struct miss *miss_of(struct sending *sending, const struct assignment *assignment, const char *reason)
{
	for (size_t i = 0; i < sending->miss_count; i++)
		if (sending->miss[i].assignment == assignment && strcmp(sending->miss[i].reason, reason) == 0)
			return &sending->miss[i];
	sending->miss = must(reallocarray(sending->miss, sending->miss_count + 1, sizeof *sending->miss));
	struct miss *miss = &sending->miss[sending->miss_count++];
	*miss = (struct miss){assignment, must(strdup(reason)), must(strdup("")), 0};
	return miss;
}

void sending_missed(struct sending *sending, const struct outcome *outcome, const char *reason)
{
	struct miss *miss = miss_of(sending, outcome->assignment, reason);
	char *names = format("%s%s%s", miss->names, miss->count ? ", " : "", outcome->student);
	free(miss->names);
	miss->names = names;
	miss->count++;
}

static void tell_missed(struct sending *sending)
{
	for (size_t i = 0; i < sending->miss_count; i++) {
		struct miss *miss = &sending->miss[i];
		add(&sending->feedback->missed, format("%s: %zu student%s whose submission is %s: %s", miss->assignment->name,
		                                       miss->count, miss->count == 1 ? "" : "s", miss->reason, miss->names));
		free(miss->reason);
		free(miss->names);
	}
	free(sending->miss);
}

void feedback_clear(struct feedback *feedback)
{
	drop(&feedback->files);
	drop(&feedback->missed);
}

/* ---- the folder ----------------------------------------------------------------------------- */

static const char mark[] = ".feedback", kept[] = "sent.txt";

static bool is_empty(const char *folder)
{
	DIR *directory = opendir(folder);
	bool empty = true;
	for (const struct dirent *entry; directory && (entry = readdir(directory));)
		empty &= strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
	if (directory)
		closedir(directory);
	return empty;
}

static void empty_folder(const char *folder)
{
	DIR *directory = opendir(folder);
	for (const struct dirent *entry; directory && (entry = readdir(directory));) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 || strcmp(entry->d_name, mark) == 0 ||
		    strcmp(entry->d_name, kept) == 0)
			continue;
		char *path = format("%s/%s", folder, entry->d_name);
		if (unlink(path) != 0)
			folder_remove(path);
		free(path);
	}
	if (directory)
		closedir(directory);
}

/* Only what was made here is removed. */
static int prepare_folder(const char *folder, struct error *error)
{
	char *path = format("%s/%s", folder, mark);
	bool own = file_exists(path);
	int result = folder_make(folder, error);
	if (result == 0 && !own && !is_empty(folder))
		result = fail(error, "%s is not empty, and was not made by make feedback: TO= names another folder", folder);
	if (result == 0 && own)
		empty_folder(folder);
	if (result == 0)
		result = file_write(path, "made by make feedback\n", 22, error);
	free(path);
	return result;
}

/* ---- all ------------------------------------------------------------------------------------ */

static bool is_for_person(const struct grade *grade)
{
	for (size_t i = 0; i < grade->check_count; i++)
		if (grade->check[i].fault && strcmp(grade->check[i].fault, "person") == 0)
			return true;
	return false;
}

struct visit {
	struct sending *sending;
	const struct platform *platform;
};

/* What the machine failed to judge says nothing to the student. */
static int visit(void *context, const struct outcome *outcome, struct error *error)
{
	const struct visit *visit = context;
	const struct grade *grade = outcome->grade;
	if (!grade || grade->judged || outcome->counts || is_for_person(grade))
		return visit->platform->add(visit->sending, outcome, error);
	sending_missed(visit->sending, outcome, "not judged");
	return 0;
}

static int send_all(struct sending *sending, const struct platform *platform, struct error *error)
{
	const struct feedback_wish *wish = sending->wish;
	struct visit all = {sending, platform};
	int result = platform->begin(sending, error);
	if (result == 0)
		result = prepare_folder(wish->folder, error);
	if (result == 0)
		result = journal_outcomes(wish->journal, wish->course, wish->assignment, NULL, visit, &all, error);
	if (result == 0)
		result = platform->end(sending, error);
	platform->clear(sending);
	return result;
}

int feedback_write(const char *name, const struct feedback_wish *wish, struct feedback *feedback, struct error *error)
{
	const struct platform *platform = platform_of(name);
	struct sending sending = {.wish = wish, .feedback = feedback};
	*feedback = (struct feedback){0};
	if (!platform)
		return fail(error, "there is no '%s': FOR=moodle, canvas, github or mail", name);
	int result = send_all(&sending, platform, error);
	tell_missed(&sending);
	free(sending.counted);
	return result;
}
