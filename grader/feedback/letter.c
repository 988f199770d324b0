/* letter.c - what a student reads of an assignment. */
#include "../file.h"
#include "../memory.h"
#include "../report/report.h"
#include "private.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LOSSES_LIMIT = 40000, PAGE_LIMIT = 256 << 20 };

/* Where GitHub takes 65,536 characters, this leaves room for all else. */
_Static_assert(LOSSES_LIMIT < 65536 - 20000, "a letter is the body of an issue");

struct letter {
	FILE *out;
	const struct sending *sending;
	const struct outcome *outcome;
	bool markdown;
};

/* ---- the two forms -------------------------------------------------------------------------- */

static void put(const struct letter *letter, const char *text)
{
	if (letter->markdown)
		escape_markdown(letter->out, text);
	else
		escape_plain(letter->out, text, false);
}

/* A paragraph; takes the text. */
static void put_paragraph(const struct letter *letter, char *text)
{
	put(letter, text);
	fputs("\n\n", letter->out);
	free(text);
}

/* A line of a list; takes the text. */
static void put_line(const struct letter *letter, char *text)
{
	fputs(letter->markdown ? "- " : "   ", letter->out);
	put(letter, text);
	fputc('\n', letter->out);
	free(text);
}

/* ---- its parts ------------------------------------------------------------------------------ */

char *letter_points(const struct outcome *outcome)
{
	const struct grade *grade = outcome->grade;
	if (!grade)
		return format("nothing was handed in");
	return grade->judged ? format("%d of %d points", grade->score, grade->max_score) : format("not judged");
}

static void put_head(const struct letter *letter)
{
	const struct assignment *assignment = letter->outcome->assignment;
	char *points = letter_points(letter->outcome);
	fputs(letter->markdown ? "## " : "", letter->out);
	put_paragraph(letter, format("%s: %s", assignment->name, points));
	put_paragraph(letter, format("%s, of %s", assignment->title, sending_called(letter->sending, letter->outcome)));
	free(points);
}

/* In the zone of the due date, so that the two can be compared. */
static char *time_says(const struct late_policy *policy, int64_t seconds)
{
	char text[64];
	struct tm there;
	int zone = policy->due ? policy->zone : 0, minutes = abs(zone) / 60;
	time_t time = (time_t)seconds + zone;
	strftime(text, sizeof text, "%Y-%m-%d %H:%M", gmtime_r(&time, &there));
	return policy->due ? format("%s %c%02d%02d", text, zone < 0 ? '-' : '+', minutes / 60, minutes % 60)
	                   : format("%s UTC", text);
}

static void put_origin(const struct letter *letter)
{
	const struct outcome *outcome = letter->outcome;
	const struct grade *grade = outcome->grade;
	if (!grade)
		return;
	fputs("What was graded\n", letter->out);
	fputs(letter->markdown ? "\n" : "", letter->out);
	if (grade->source_count)
		put_line(letter, format("file %s, SHA-256 %s", grade->source->file, grade->source->sha256));
	if (outcome->folder)
		put_line(letter, format("in %s", outcome->folder));
	if (outcome->repository)
		put_line(letter, format("of %s", outcome->repository));
	if (outcome->commit)
		put_line(letter, format("commit %s", outcome->commit));
	if (outcome->handed_in) {
		char *time = time_says(&outcome->assignment->late, outcome->handed_in);
		put_line(letter, format("handed in %s", time));
		free(time);
	}
	fputc('\n', letter->out);
}

static char *late_says(const struct outcome *outcome)
{
	const struct late_policy *policy = &outcome->assignment->late;
	if (policy->ends && outcome->late_days > policy->nothing_after)
		return format("%d day%s late: nothing counts after %d day%s", outcome->late_days,
		              outcome->late_days == 1 ? "" : "s", policy->nothing_after, policy->nothing_after == 1 ? "" : "s");
	char *free_days = outcome->free_days ? format(", %d of them free", outcome->free_days) : must(strdup(""));
	char *text = format("%d day%s late%s: %d points deducted", outcome->late_days, outcome->late_days == 1 ? "" : "s",
	                    free_days, outcome->deduction);
	free(free_days);
	return text;
}

/* Only where it is not the score. */
static void put_counts(const struct letter *letter)
{
	const struct outcome *outcome = letter->outcome;
	bool read = outcome->assignment->read_count;
	if (!outcome->late_days && !outcome->adjusted && !(read && outcome->counts))
		return;
	fputs("What counts\n", letter->out);
	fputs(letter->markdown ? "\n" : "", letter->out);
	if (outcome->late_days)
		put_line(letter, late_says(outcome));
	if (outcome->adjusted)
		put_line(letter, must(strdup(outcome->adjusted)));
	if (outcome->counts && read)
		put_line(letter, points_say(outcome->final, assignment_points(outcome->assignment) - outcome->to_read,
		                            outcome->to_read));
	else if (outcome->counts)
		put_line(letter, format("%d points count", outcome->final));
	fputc('\n', letter->out);
}

static bool lacks_nothing(const struct outcome *outcome)
{
	return outcome->grade && outcome->counts && !outcome->to_read &&
	       outcome->final >= assignment_points(outcome->assignment);
}

static void put_end(const struct letter *letter, const char *report)
{
	fputc('\n', letter->out);
	if (report)
		put_paragraph(letter, must(strdup(report)));
	if (!lacks_nothing(letter->outcome))
		put_paragraph(letter,
		              format("If you think that a point was taken wrongly, tell your instructor which test or check "
		                     "of %s it is and why. The answer will stand in your report.",
		                     letter->outcome->assignment->name));
}

void letter_write(FILE *out, const struct sending *sending, const struct outcome *outcome, enum letter_form form,
                  const char *report)
{
	const struct letter letter = {out, sending, outcome, form == LETTER_MARKDOWN};
	put_head(&letter);
	put_origin(&letter);
	put_counts(&letter);
	if (outcome->grade)
		report_losses(out, outcome->grade, outcome->assignment, letter.markdown, LOSSES_LIMIT);
	put_end(&letter, outcome->grade ? report : NULL);
}

char *letter_text(const struct sending *sending, const struct outcome *outcome, enum letter_form form,
                  const char *report, size_t *size)
{
	char *text = NULL;
	FILE *out = memory_open(&text, size);
	letter_write(out, sending, outcome, form, report);
	fclose(out);
	return text;
}

char *report_page(const struct sending *sending, const struct outcome *outcome, size_t *size, struct error *error)
{
	char *path = format("%s/%s/%s.html", sending->wish->reports, outcome->student, outcome->assignment->name);
	char *text = file_read(path, PAGE_LIMIT, size, error);
	free(path);
	return text;
}

const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}
