/* class_sheets.c - what is written of a class: the files of its gradebook, its page, and who is similar to whom. */
#include "../class/reading.h"
#include "../memory.h"
#include "class_run.h"

#include <stdlib.h>
#include <unistd.h>

static int write_sheet(const struct class *class, const char *name,
                       int (*write)(FILE *, const struct sheets *, struct error *), const struct sheets *sheets,
                       struct error *error)
{
	char *text = NULL, *path = format("%s/%s", class->output, name);
	size_t size;
	FILE *out = memory_open(&text, &size);
	int result = write(out, sheets, error);
	fclose(out);
	if (result == 0)
		result = file_write(path, text, size, error);
	free(text);
	free(path);
	return result;
}

static bool has_due_dates(const struct course *course)
{
	for (size_t a = 0; a < course->assignment_count; a++)
		if (course->assignment[a]->late.due)
			return true;
	return false;
}

/* Only where it fits, as from a roster that the platform exported; what an earlier run made goes away. */
static void write_where(struct class *class, const char *name, bool fits,
                        int (*write)(FILE *, const struct sheets *, struct error *), const struct sheets *sheets)
{
	struct error error;
	char *path = format("%s/%s", class->output, name);
	unlink(path);
	free(path);
	if (fits && write_sheet(class, name, write, sheets, &error) != 0)
		class->status = complain(EXIT_NOT_JUDGED, "%s", error.text);
}

static struct sheets sheets_of(const struct class *class, const char *similarity)
{
	return (struct sheets){.journal = class->journal,
	                       .course = class->kit->course,
	                       .roster = class->roster,
	                       .unmapped = &class->roll.remarks,
	                       .asked = &class->asked,
	                       .bom = !class->no_bom,
	                       .similarity = similarity};
}

/* ---- what a person reads -------------------------------------------------------------------- */

static bool is_of(const struct work *work, const struct assignment *assignment)
{
	return work->entry->assignment == assignment && !work->entry->person;
}

size_t class_count_unread(const struct class *class, const struct assignment *assignment)
{
	size_t count = 0;
	for (size_t i = 0; i < class->roll.count && assignment->read_count; i++) {
		const struct work *work = &class->work[i];
		count += is_of(work, assignment) && standing_of(&work->terms, work->entry->handed_in, true, 0).to_read;
	}
	return count;
}

/* What was handed in of the assignment, to be read: the caller frees it. */
static struct reading_work *works_to_read(const struct class *class, const struct assignment *assignment, size_t *count)
{
	struct reading_work *reading = zeroed(class->roll.count + 1, sizeof *reading);
	*count = 0;
	for (size_t i = 0; i < class->roll.count; i++) {
		const struct work *work = &class->work[i];
		if (!is_of(work, assignment))
			continue;
		const struct roll_entry *entry = work->entry;
		reading[(*count)++] = (struct reading_work){.student = entry->student,
		                                            .called = roll_called(entry, class->roster),
		                                            .handin = class->handins.item[entry->handin].path,
		                                            .source = work->request.folder,
		                                            .folder = class->opened[entry->handin].intake.folder,
		                                            .handed_in = entry->handed_in,
		                                            .terms = &work->terms};
	}
	return reading;
}

static int write_reading(const struct class *class, const struct reading *reading, const char *ending,
                         void (*write)(FILE *, const struct reading *), struct error *error)
{
	char *text = NULL, *path = format("%s/" REVIEW "%s", class->output, reading->assignment->name, ending);
	size_t size;
	FILE *out = memory_open(&text, &size);
	write(out, reading);
	fclose(out);
	int result = file_write(path, text, size, error);
	free(text);
	free(path);
	return result;
}

/* Of an assignment that this run does not have, they stay as they are. */
static void write_readings(struct class *class)
{
	const struct course *course = class->kit->course;
	struct error error;
	for (size_t a = 0; a < course->assignment_count; a++) {
		struct reading reading = {.assignment = course->assignment[a],
		                          .output = class->output,
		                          .bom = !class->no_bom,
		                          .course = course->folder};
		if (!reading.assignment->read_count)
			continue;
		struct reading_work *work = works_to_read(class, reading.assignment, &reading.count);
		reading.work = work;
		if (reading.count && (write_reading(class, &reading, ".html", reading_page, &error) != 0 ||
		                      write_reading(class, &reading, ".csv", reading_lines, &error) != 0))
			class->status = complain(EXIT_NOT_JUDGED, "%s", error.text);
		free(work);
	}
}

void class_write_sheets(struct class *class)
{
	struct error error;
	struct sheets sheets = sheets_of(class, NULL);
	if (write_sheet(class, "gradebook.csv", sheet_gradebook, &sheets, &error) != 0 ||
	    write_sheet(class, "index.html", sheet_page, &sheets, &error) != 0)
		class->status = complain(EXIT_NOT_JUDGED, "%s", error.text);
	write_where(class, "tests.csv", true, sheet_tests, &sheets);
	write_where(class, "findings.csv", true, sheet_findings, &sheets);
	write_where(class, "attempts.csv", true, sheet_attempts, &sheets);
	write_where(class, "days.csv", true, sheet_days, &sheets);
	write_where(class, "late_days.csv", has_due_dates(class->kit->course), sheet_late_days, &sheets);
	write_where(class, "canvas.csv", roster_is_of_canvas(class->roster, NULL), sheet_canvas, &sheets);
	write_where(class, "moodle.csv", roster_is_of_moodle(class->roster, NULL), sheet_moodle, &sheets);
	write_readings(class);
}

void class_compare(struct class *class)
{
	struct error error;
	bool page;
	if (similar_class(class->kit, class->queue, &class->handins, class->opened, &class->roll, class->roster,
	                  &class->similar_wish, class->output, &class->similar, &page, &error) != 0)
		class->status = complain(EXIT_USAGE, "%s", error.text);
	struct sheets sheets = sheets_of(class, class->similar);
	if (page && write_sheet(class, "index.html", sheet_page, &sheets, &error) != 0)
		class->status = complain(EXIT_NOT_JUDGED, "%s", error.text);
}
