/* notes.c - see notes.h. A row is found in two places: the notes say where it is shown, and an exercise what it shows.
 * Both are for people to read; here they are held against each other. */
#include "notes.h"

#include "../file.h"
#include "../memory.h"
#include "assignment.h"
#include "text.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_LIMIT = 1 << 20 };

/* ---- reading -------------------------------------------------------------------------------- */

static size_t word_length(const char *text)
{
	size_t length = 0;
	while (isalnum((unsigned char)text[length]) || text[length] == '_')
		length++;
	return length;
}

/* Adds the word at `at`. Returns how long it is. */
static size_t add_word(struct string_list *list, const char *at)
{
	size_t length = word_length(at);
	if (length)
		list_add(list, format("%.*s", (int)length, at));
	return length;
}

/* The paragraph: "[race_fix](../race_fix/README.md) (why), *measure_lab, server_models*". */
static void read_shown(struct note_row *row, const char *at, const char *end)
{
	static const char link[] = "](../";
	bool italic = false;
	while (at < end) {
		if (strncmp(at, link, sizeof link - 1) == 0)
			at += sizeof link - 1 + add_word(&row->shown, at + sizeof link - 1);
		else if (italic && word_length(at))
			at += add_word(&row->planned, at);
		else
			italic ^= *at++ == '*';
	}
}

static void read_row(struct note_row *row, const char *heading, const char *end)
{
	static const char mark[] = "**Shown in:**";
	size_t length = word_length(heading);
	const char *title = heading + length + strspn(heading + length, " ");
	row->id = format("%.*s", (int)length, heading);
	row->title = format("%.*s", (int)strcspn(title, "\n"), title);
	const char *shown = memmem(heading, (size_t)(end - heading), mark, sizeof mark - 1);
	const char *stop = shown ? memmem(shown, (size_t)(end - shown), "\n\n", 2) : NULL;
	if (shown)
		read_shown(row, shown + sizeof mark - 1, stop ? stop : end);
}

static void read_rows(struct notes *notes, const char *file, const char *text)
{
	static const char mark[] = "\n### ";
	const char *next;
	for (const char *at = strstr(text, mark); at; at = next) {
		const char *heading = at + sizeof mark - 1;
		next = strstr(heading, mark);
		notes->row = must(reallocarray(notes->row, notes->count + 1, sizeof *notes->row));
		struct note_row *row = &notes->row[notes->count++];
		*row = (struct note_row){.file = format("%s", file), .line = text_line(text, (size_t)(heading - text), NULL)};
		read_row(row, heading, next ? next : heading + strlen(heading));
	}
}

static int read_file(struct notes *notes, const char *folder, const char *name, struct error *error)
{
	char *path = format("%s/%s", folder, name), *text = file_read(path, FILE_LIMIT, NULL, error);
	if (text)
		read_rows(notes, name, text);
	free(text);
	free(path);
	return text ? 0 : -1;
}

static int is_page(const struct dirent *entry)
{
	const char *end = strrchr(entry->d_name, '.');
	return entry->d_name[0] != '.' && end && strcmp(end, ".md") == 0;
}

struct notes *notes_load(const char *root, struct error *error)
{
	struct notes *notes = zeroed(1, sizeof *notes);
	struct dirent **entry = NULL;
	char *folder = format("%s/assignments/notes", root);
	int count = scandir(folder, &entry, is_page, alphasort);
	int result = count >= 0 || errno == ENOENT ? 0 : fail(error, "cannot read %s: %s", folder, strerror(errno));
	for (int i = 0; i < count; i++) {
		if (result == 0)
			result = read_file(notes, folder, entry[i]->d_name, error);
		free(entry[i]);
	}
	free(entry);
	free(folder);
	if (result == 0)
		return notes;
	notes_free(notes);
	return NULL;
}

void notes_free(struct notes *notes)
{
	for (size_t i = 0; notes && i < notes->count; i++) {
		free(notes->row[i].id);
		free(notes->row[i].title);
		free(notes->row[i].file);
		list_free(&notes->row[i].shown);
		list_free(&notes->row[i].planned);
	}
	free(notes ? notes->row : NULL);
	free(notes);
}

const struct note_row *notes_find(const struct notes *notes, const char *id)
{
	for (size_t i = 0; i < notes->count; i++)
		if (strcmp(notes->row[i].id, id) == 0)
			return &notes->row[i];
	return NULL;
}

/* ---- what contradicts what ------------------------------------------------------------------ */

bool is_taught(const struct course *course, const struct note_row *row)
{
	for (size_t i = 0; i < course->assignment_count; i++)
		if (list_has(&course->assignment[i]->notes, row->id))
			return true;
	return false;
}

static void add_problem(struct string_list *problems, const struct note_row *row, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void add_problem(struct string_list *problems, const struct note_row *row, const char *template, ...)
{
	va_list args;
	va_start(args, template);
	char *what = vformat(template, args);
	va_end(args);
	list_add(problems, format("assignments/notes/%s:%u: %s", row->file, row->line, what));
	free(what);
}

/* A link of the notes that assignment.yaml does not know of. */
static void check_shown(const struct course *course, const struct note_row *row, struct string_list *problems)
{
	for (size_t i = 0; i < row->shown.count; i++) {
		const char *name = row->shown.item[i];
		const struct assignment *assignment = course_find(course, name);
		if (!assignment)
			add_problem(problems, row, "row %s is shown in '%s', which is no exercise of the course", row->id, name);
		else if (!list_has(&assignment->notes, row->id))
			add_problem(problems, row, "row %s is shown in %s, whose assignment.yaml does not name it in 'notes'",
			            row->id, name);
	}
}

static void check_planned(const struct course *course, const struct note_row *row, struct string_list *problems)
{
	for (size_t i = 0; i < row->planned.count; i++) {
		const char *name = row->planned.item[i];
		if (course_find(course, name))
			add_problem(problems, row, "row %s has %s as planned, which is in the course: link to it", row->id, name);
		else if (!list_has(&course->planned, name))
			add_problem(problems, row, "row %s has '%s' as planned, which is not in 'planned' of course.yaml", row->id,
			            name);
	}
}

/* What assignment.yaml says and the notes do not. */
static void check_rows(const struct assignment *assignment, const struct notes *notes, struct string_list *problems)
{
	for (size_t i = 0; i < assignment->notes.count; i++) {
		const char *id = assignment->notes.item[i];
		const struct note_row *row = notes_find(notes, id);
		if (!row)
			list_add(problems, format("%s: 'notes' has %s, and the notes have no such row", assignment->path, id));
		else if (!list_has(&row->shown, assignment->name))
			add_problem(problems, row, "row %s has no link to %s, whose assignment.yaml says that it shows it", id,
			            assignment->name);
	}
}

struct string_list notes_problems(const struct course *course, const struct notes *notes)
{
	struct string_list problems = {0};
	for (size_t i = 0; !course->folder && i < notes->count; i++) {
		const struct note_row *row = &notes->row[i];
		check_shown(course, row, &problems);
		check_planned(course, row, &problems);
		if (!is_taught(course, row) && row->planned.count == 0)
			add_problem(&problems, row, "no exercise shows row %s, and none is planned that does", row->id);
	}
	for (size_t i = 0; !course->folder && i < course->assignment_count; i++)
		check_rows(course->assignment[i], notes, &problems);
	return problems;
}
