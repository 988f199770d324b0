/* reading.c - see reading.h. The page works without a script. */
#include "reading.h"

#include "../course/text.h"
#include "../memory.h"
#include "../report/page.h"
#include "../report/report.h"

#include <fcntl.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DEEPEST = 6 };

/* ---- parts of a text ------------------------------------------------------------------------ */

/* The rank of the heading that the line is: "## a" is one of rank 2. 0: it is none. */
static size_t rank_of(const char *line)
{
	size_t rank = strspn(line, "#");
	return rank && line[rank] == ' ' ? rank : 0;
}

static const char *next_line(const char *line)
{
	const char *end = strchr(line, '\n');
	return end ? end + 1 : line + strlen(line);
}

/* Where the section ends that begins with a heading of that rank before `line`. */
static const char *section_end(const char *line, size_t rank)
{
	while (*line && !(rank_of(line) && rank_of(line) <= rank))
		line = next_line(line);
	return line;
}

static bool is_heading(const char *line, const char *name)
{
	size_t rank = rank_of(line), size = strlen(name);
	const char *title = line + rank + 1;
	if (!rank || strncasecmp(title, name, size) != 0)
		return false;
	title += size;
	title += strspn(title, " \r");
	return !*title || *title == '\n';
}

char *reading_part(const char *text, const char *name)
{
	for (const char *line = text; *line; line = next_line(line))
		if (is_heading(line, name)) {
			const char *begin = next_line(line), *end = section_end(begin, rank_of(line));
			return must(strndup(begin, (size_t)(end - begin)));
		}
	return must(strdup(text));
}

char *reading_questions(const char *text, const char *file)
{
	const char *heading = NULL, *found = strstr(text, file);
	for (const char *line = text; found && *line && line <= found; line = next_line(line))
		if (rank_of(line))
			heading = line;
	if (!found || !heading)
		return NULL;
	const char *end = section_end(next_line(heading), rank_of(heading));
	return must(strndup(heading, (size_t)(end - heading)));
}

/* ---- files ---------------------------------------------------------------------------------- */

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* How good a place it is for the assignment's file: in a folder of the assignment's name, and near the top. */
static int place_of(const FTSENT *entry, const char *name)
{
	char *folder = format("/%s/", name);
	int place = (strstr(entry->fts_path, folder) ? 2 * DEEPEST : DEEPEST) - entry->fts_level;
	free(folder);
	return place;
}

/* The file of that name, in any case, in any folder of the submission; NULL: there is none. */
static char *find_file(const char *folder, const char *file, const char *name)
{
	FTS *walk = fts_open((char *[]){(char *)folder, NULL}, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	char *found = NULL;
	int best = -1;
	for (FTSENT *entry; walk && (entry = fts_read(walk));) {
		if (entry->fts_info == FTS_D && (strcmp(entry->fts_name, ".git") == 0 || entry->fts_level >= DEEPEST))
			fts_set(walk, entry, FTS_SKIP);
		if (entry->fts_info != FTS_F || strcasecmp(entry->fts_name, file) != 0 || place_of(entry, name) <= best)
			continue;
		best = place_of(entry, name);
		free(found);
		found = must(strdup(entry->fts_path));
	}
	if (walk)
		fts_close(walk);
	return found;
}

/* What is in it; NULL, and *problem a sentence, when that is no text. */
static char *read_file(const char *path, char **problem)
{
	struct text text;
	char words[256];
	*problem = NULL;
	if (text_read(AT_FDCWD, path, false, SOURCE_LIMIT, &text, words, sizeof words) != TEXT_OK) {
		*problem = format("It %s.", words);
		return NULL;
	}
	text_to_utf8(&text);
	return text.bytes;
}

/* ---- the page ------------------------------------------------------------------------------- */

static void put_text(FILE *out, const char *text)
{
	fputs("<pre class=\"wrap\">", out);
	for (const char *line = text; *line; line = next_line(line)) {
		char *own = must(strndup(line, strcspn(line, "\r\n")));
		fputs("<span>", out);
		escape_html(out, *own ? own : " "); /* an empty line is as high as others */
		fputs("</span>", out);
		free(own);
	}
	fputs("</pre>\n", out);
}

/* The line with blanks for tabs, which would be counted from the line's number; bytes count as columns. */
static char *without_tabs(const char *line)
{
	enum { TAB = 4 };
	size_t size = strcspn(line, "\r\n"), column = 0;
	char *own = zeroed(TAB * size + 1, 1);
	for (size_t i = 0; i < size; i++) {
		own[column++] = line[i] == '\t' ? ' ' : line[i];
		while (line[i] == '\t' && column % TAB)
			own[column++] = ' ';
	}
	return own;
}

static void put_source(FILE *out, const char *text, const char *called)
{
	size_t number = 0;
	fputs("<div class=\"source\" tabindex=\"0\" role=\"region\" aria-label=\"Source of ", out);
	escape_html(out, called);
	fputs("\">", out);
	for (const char *line = text; *line; line = next_line(line)) {
		char *own = without_tabs(line);
		fprintf(out, "<div><i>%zu</i>", ++number);
		escape_html(out, own);
		fputs("</div>", out);
		free(own);
	}
	fputs("</div>\n", out);
}

static void put_sentence(FILE *out, const char *text)
{
	fputs("<p class=\"soft\">", out);
	escape_html(out, text);
	fputs("</p>\n", out);
}

/* Each file that lines name, once. */
static bool is_first(const struct assignment *assignment, size_t line)
{
	for (size_t i = 0; i < line; i++)
		if (assignment->read[i].file && strcasecmp(assignment->read[i].file, assignment->read[line].file) == 0)
			return false;
	return true;
}

static void put_questions(FILE *out, const struct assignment *assignment)
{
	char *path = format("%s/assignments/%s/README.md", assignment->root, assignment->name);
	char *text = file_read(path, SOURCE_LIMIT, NULL, NULL);
	for (size_t i = 0; text && i < assignment->read_count; i++) {
		const char *file = assignment->read[i].file;
		char *part = file && is_first(assignment, i) ? reading_questions(text, file) : NULL;
		if (part) {
			fputs("<h2>Questions</h2>\n", out);
			put_text(out, part);
		}
		free(part);
	}
	free(text);
	free(path);
}

static void put_answer(FILE *out, const struct reading *reading, const struct reading_work *work, const char *file)
{
	const char *name = reading->assignment->name;
	char *path = work->folder ? find_file(work->folder, file, name) : NULL, *problem = NULL;
	char *text = path ? read_file(path, &problem) : NULL, *part = text ? reading_part(text, name) : NULL;
	fputs("<h3>", out);
	escape_html(out, file);
	fputs("</h3>", out);
	if (part && part[strspn(part, " \t\r\n")])
		put_text(out, part);
	else
		put_sentence(out, problem ? problem : path ? "Nothing is in it." : "It was not handed in.");
	free(part);
	free(text);
	free(problem);
	free(path);
}

static void put_answers(FILE *out, const struct reading *reading, const struct reading_work *work)
{
	const struct assignment *assignment = reading->assignment;
	bool any = false;
	fputs("<div>", out);
	for (size_t i = 0; i < assignment->read_count; i++)
		if (assignment->read[i].file && is_first(assignment, i)) {
			put_answer(out, reading, work, assignment->read[i].file);
			any = true;
		}
	if (!any)
		put_sentence(out, "Only the source is read.");
	fputs("</div>\n", out);
}

static void put_code(FILE *out, const struct reading *reading, const struct reading_work *work)
{
	const struct assignment *assignment = reading->assignment;
	struct source *source = work->source ? source_find(assignment->root, work->source, assignment->name) : NULL;
	fprintf(out, "<div><h3>%s.c</h3>", assignment->name);
	if (source && source->text)
		put_source(out, source->text, work->called);
	else
		put_sentence(out, "There is no source to show.");
	fputs("</div>", out);
	source_free(source);
}

static const struct mark *mark_of(const struct reading_work *work, const struct read_line *line)
{
	for (size_t i = 0; i < work->terms->marks.count; i++)
		if (work->terms->marks.item[i].read == line && !work->terms->marks.item[i].open)
			return &work->terms->marks.item[i];
	return NULL;
}

static void put_command(FILE *out, const struct reading *reading, const struct reading_work *work, const char *line)
{
	char *student = shell_word(work->student), *output = shell_word(reading->output);
	char *course = reading->course ? shell_word(reading->course) : NULL;
	char *command = format("make adjust STUDENT=%s A=%s LINE=%s POINTS= COMMENT=\"\" OUT=%s%s%s", student,
	                       reading->assignment->name, line, output, course ? " COURSE=" : "", course ? course : "");
	fputs("<br/><code>", out);
	escape_html(out, command);
	fputs("</code>", out);
	free(command);
	free(course);
	free(output);
	free(student);
}

/* Does it still matter what is read? Not where what counts was set, or nothing does. */
static bool waits(const struct reading_work *work)
{
	return standing_of(work->terms, work->handed_in, true, 0).to_read > 0;
}

static void put_line(FILE *out, const struct reading *reading, const struct reading_work *work,
                     const struct read_line *line)
{
	const struct mark *mark = mark_of(work, line);
	bool open = !mark && waits(work);
	char *says =
	    mark ? mark_says(mark) : format("%s: %d points%s", line->title, line->points, open ? ", to be read" : "");
	fputs("<li>", out);
	escape_html(out, says);
	if (open)
		put_command(out, reading, work, line->id);
	fputs("</li>", out);
	free(says);
}

static void put_work(FILE *out, const struct reading *reading, size_t from, size_t end)
{
	const struct reading_work *work = &reading->work[from];
	fprintf(out, "<div class=\"card\" id=\"w%zu\"><h2>", from);
	for (size_t i = from; i < end; i++) {
		fputs(i > from ? ", " : "", out);
		escape_html(out, reading->work[i].called);
	}
	fputs("</h2><ul>", out);
	for (size_t i = from; i < end; i++)
		for (size_t l = 0; l < reading->assignment->read_count; l++)
			put_line(out, reading, &reading->work[i], &reading->assignment->read[l]);
	fputs("</ul><div class=\"both\">", out);
	put_answers(out, reading, work);
	put_code(out, reading, work);
	fputs("</div></div>\n", out);
}

static size_t count_unread(const struct reading *reading)
{
	size_t count = 0;
	for (size_t i = 0; i < reading->count; i++)
		count += waits(&reading->work[i]);
	return count;
}

/* Behind the last of those who handed in the same thing as work[from]. */
static size_t group_end(const struct reading *reading, size_t from)
{
	size_t end = from + 1;
	while (end < reading->count && strcmp(reading->work[end].handin, reading->work[from].handin) == 0)
		end++;
	return end;
}

void reading_page(FILE *out, const struct reading *reading)
{
	const struct assignment *assignment = reading->assignment;
	char *title = format("To read: %s", assignment->title);
	page_begin(out, title, "full", PAGE_STATIC);
	fputs("<h1>", out);
	escape_html(out, title);
	fprintf(out,
	        "</h1><p class=\"soft\">%zu of %zu students have something that is still to be read. Points are lines of "
	        "<code>review.csv</code>; <code>review-%s.csv</code> has those that are missing.</p>\n",
	        count_unread(reading), reading->count, assignment->name);
	put_questions(out, assignment);
	for (size_t from = 0, end; from < reading->count; from = end) {
		end = group_end(reading, from);
		put_work(out, reading, from, end);
	}
	page_end(out, PAGE_STATIC);
	free(title);
}

/* ---- the lines ------------------------------------------------------------------------------ */

void reading_lines(FILE *out, const struct reading *reading)
{
	fprintf(out, "%sstudent,assignment,line,points,comment,who,when\n", reading->bom ? "\xef\xbb\xbf" : "");
	for (size_t i = 0; i < reading->count; i++) {
		const struct reading_work *work = &reading->work[i];
		for (size_t l = 0; waits(work) && l < reading->assignment->read_count; l++) {
			if (mark_of(work, &reading->assignment->read[l]))
				continue;
			escape_csv(out, work->student);
			fprintf(out, ",%s,%s,,,,\n", reading->assignment->name, reading->assignment->read[l].id);
		}
	}
}
