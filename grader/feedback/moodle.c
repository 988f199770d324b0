/* moodle.c - the zip for "Upload multiple feedback files in a zip" of an assignment: a folder for each participant,
 * called as in the download of the submissions, with the letter and the report. */
#include "../memory.h"
#include "private.h"

#include <stdlib.h>
#include <string.h>

static const char marker[] = "_assignsubmission_";

/* Moodle takes a name apart at its underscores: full name, number of the participant, "assignsubmission", the plugin.
 */
char *moodle_folder(const char *name)
{
	size_t who = strcspn(name, "_"), digits = name[who] ? strspn(name + who + 1, "0123456789") : 0;
	const char *mark = digits ? name + who + 1 + digits : "";
	if (!who || strncmp(mark, marker, strlen(marker)) != 0)
		return NULL;
	size_t plugin = strcspn(mark + strlen(marker), "_.");
	return plugin ? format("%.*s_", (int)((size_t)(mark - name) + strlen(marker) + plugin), name) : NULL;
}

static int begin(struct sending *sending, struct error *error)
{
	(void)error;
	sending->state = zeroed(1, sizeof(struct bundles));
	return 0;
}

static int put(struct sending *sending, const struct outcome *outcome, const char *folder, const char *ending,
               const char *text, size_t size, struct error *error)
{
	char *name = format("%s/%s.%s", folder, outcome->assignment->name, ending);
	int result = bundle_add(sending->state, sending, outcome->assignment, name, text, size, error);
	free(name);
	return result;
}

static int put_both(struct sending *sending, const struct outcome *outcome, const char *folder, struct error *error)
{
	char *report = format("The whole report is %s.html, beside this text.", outcome->assignment->name);
	size_t size, page_size;
	char *text = letter_text(sending, outcome, LETTER_PLAIN, report, &size);
	char *page = report_page(sending, outcome, &page_size, error);
	int result = page ? put(sending, outcome, folder, "txt", text, size, error) : -1;
	if (result == 0)
		result = put(sending, outcome, folder, "html", page, page_size, error);
	if (result == 0)
		sending_reached(sending, outcome);
	free(page);
	free(text);
	free(report);
	return result;
}

/* A group's number is not that of a participant, but may be that of another one. */
static bool is_group(const struct sending *sending, const struct outcome *outcome, const char *folder)
{
	return outcome->sharing > 1 || sending_is_group(sending, folder, strcspn(folder, "_"));
}

/* The folder of a participant whose number the roster has, as a grading worksheet of Moodle's does; NULL: it has none.
 */
static char *own_folder(const struct sending *sending, const struct outcome *outcome)
{
	static const char before[] = "Participant ";
	const char *cell = sending_cell(sending, outcome, "Identifier");
	const char *number = strncmp(cell, before, strlen(before)) == 0 ? cell + strlen(before) : "";
	if (!*number || number[strspn(number, "0123456789")])
		return NULL;
	char *name = must(strdup(sending_called(sending, outcome)));
	for (char *c = name; (c = strpbrk(c, "_/"));)
		*c = ' ';
	char *folder = format("%s_%s%sfile_", name, number, marker);
	free(name);
	return folder;
}

static int add(struct sending *sending, const struct outcome *outcome, struct error *error)
{
	char *folder = outcome->folder ? moodle_folder(last_part(outcome->folder)) : NULL;
	char *own = folder && is_group(sending, outcome, folder) ? own_folder(sending, outcome) : NULL;
	int result = 0;
	if (!folder)
		sending_missed(sending, outcome, "not from a download of Moodle's, which has the numbers of participants");
	else if (own)
		result = put_both(sending, outcome, own, error);
	else if (is_group(sending, outcome, folder))
		sending_missed(sending, outcome, "a group's, of which Moodle's download has no number of a participant");
	else
		result = put_both(sending, outcome, folder, error);
	free(own);
	free(folder);
	return result;
}

static int end(struct sending *sending, struct error *error)
{
	return bundles_end(sending->state, sending, error);
}

static void clear(struct sending *sending)
{
	if (sending->state)
		bundles_clear(sending->state);
	free(sending->state);
}

const struct platform platform_moodle = {begin, add, end, clear};
