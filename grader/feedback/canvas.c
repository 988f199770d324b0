/* canvas.c - the zip for "Upload Submissions" of an assignment, whose files are called as in the download and become
 * comments; and the same texts in a CSV file with Canvas's numbers of users. Canvas imports no comments from CSV: that
 * file is for its API ("Grade or comment on multiple submissions"), and for hands. */
#include "../file.h"
#include "../memory.h"
#include "../report/report.h"
#include "private.h"

#include <stdlib.h>
#include <string.h>

/* Of one assignment. */
struct comments {
	FILE *out; /* NULL: there is none yet */
	char *text;
	size_t size;
};

struct canvas {
	struct bundles bundles;
	struct comments *comments; /* of each assignment of the course */
};

/* ---- names ---------------------------------------------------------------------------------- */

static bool is_number(const char *text, size_t size)
{
	return size && strspn(text, "0123456789") == size;
}

static bool is_source(const char *name)
{
	size_t size = strlen(name);
	return size > 2 && strcmp(name + size - 2, ".c") == 0;
}

/* Of the parts between underscores, but for LATE, the first two numbers are user and attachment; behind "anon", and
 * whatever tells the user then, there is the attachment. */
bool canvas_knows(const char *name)
{
	bool anonymous = false;
	int numbers = 0;
	size_t place = 0, size;
	for (const char *part = name; part[size = strcspn(part, "_")]; part += size + 1) {
		if (size == 4 && strncmp(part, "LATE", 4) == 0)
			continue;
		anonymous |= !place && size == 4 && strncmp(part, "anon", 4) == 0;
		numbers += anonymous ? place == 1 || (place == 2 && is_number(part, size)) : is_number(part, size);
		place++;
	}
	return numbers >= 2 && is_source(name);
}

/* ---- comments ------------------------------------------------------------------------------- */

static struct comments *comments_of(const struct sending *sending, const struct assignment *assignment)
{
	const struct canvas *canvas = sending->state;
	size_t place = 0;
	while (sending->wish->course->assignment[place] != assignment)
		place++;
	return &canvas->comments[place];
}

/* A cell may have lines (RFC 4180). It begins with the name of an assignment, so it is no formula. */
static void put_cell(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++)
		fputs(*text == '"' ? "\"\"" : (char[]){*text, 0}, out);
	fputc('"', out);
}

static void add_comment(struct sending *sending, const struct outcome *outcome, const char *user, const char *text)
{
	struct comments *comments = comments_of(sending, outcome->assignment);
	if (!comments->out) {
		comments->out = memory_open(&comments->text, &comments->size);
		fputs("\xef\xbb\xbfstudent_id,student,text_comment\r\n", comments->out);
	}
	fprintf(comments->out, "%s,", user);
	escape_csv(comments->out, sending_called(sending, outcome));
	fputc(',', comments->out);
	put_cell(comments->out, text);
	fputs("\r\n", comments->out);
}

static int write_comments(struct sending *sending, size_t place, struct error *error)
{
	struct comments *comments = &((struct canvas *)sending->state)->comments[place];
	char *name = format("%s.csv", sending->wish->course->assignment[place]->name);
	char *path = format("%s/%s", sending->wish->folder, name);
	fclose(comments->out);
	comments->out = NULL;
	int result = file_write(path, comments->text, comments->size, error);
	if (result == 0)
		sending_wrote(sending, name);
	free(path);
	free(name);
	return result;
}

/* ---- the platform --------------------------------------------------------------------------- */

static int begin(struct sending *sending, struct error *error)
{
	(void)error;
	struct canvas *canvas = zeroed(1, sizeof *canvas);
	canvas->comments = zeroed(sending->wish->course->assignment_count + 1, sizeof *canvas->comments);
	sending->state = canvas;
	return 0;
}

/* A comment of a file shows all of a group what it says. */
static bool is_in_zip(const struct outcome *outcome)
{
	return outcome->folder && outcome->sharing == 1 && canvas_knows(last_part(outcome->folder));
}

static const char *canvas_user(const struct sending *sending, const struct outcome *outcome)
{
	const char *user = sending_cell(sending, outcome, "ID");
	return is_number(user, strlen(user)) ? user : "";
}

static int add(struct sending *sending, const struct outcome *outcome, struct error *error)
{
	struct canvas *canvas = sending->state;
	const char *user = canvas_user(sending, outcome);
	size_t size;
	char *text = letter_text(sending, outcome, LETTER_PLAIN, NULL, &size);
	int result = 0;
	if (is_in_zip(outcome))
		result =
		    bundle_add(&canvas->bundles, sending, outcome->assignment, last_part(outcome->folder), text, size, error);
	if (*user)
		add_comment(sending, outcome, user, text);
	if (is_in_zip(outcome) || *user)
		sending_reached(sending, outcome);
	if (!is_in_zip(outcome))
		sending_missed(sending, outcome,
		               *user
		                   ? "not a single student's C file from a download of Canvas's: they are in the CSV file only"
		                   : "not a single student's C file from a download of Canvas's, and no number of Canvas's "
		                     "in a column ID of the roster");
	free(text);
	return result;
}

static int end(struct sending *sending, struct error *error)
{
	struct canvas *canvas = sending->state;
	int result = bundles_end(&canvas->bundles, sending, error);
	for (size_t i = 0; result == 0 && i < sending->wish->course->assignment_count; i++)
		if (canvas->comments[i].out)
			result = write_comments(sending, i, error);
	return result;
}

static void clear(struct sending *sending)
{
	struct canvas *canvas = sending->state;
	for (size_t i = 0; canvas && i < sending->wish->course->assignment_count; i++) {
		if (canvas->comments[i].out)
			fclose(canvas->comments[i].out);
		free(canvas->comments[i].text);
	}
	if (canvas) {
		bundles_clear(&canvas->bundles);
		free(canvas->comments);
	}
	free(canvas);
}

const struct platform platform_canvas = {begin, add, end, clear};
