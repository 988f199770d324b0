/* match.c - finding students in the roster by what they are called elsewhere. */
#include "roster.h"

#include "../file.h"
#include "../memory.h"
#include "../utf8.h"

#include <ctype.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wchar.h>
#include <wctype.h>

/* A way to call a row. */
struct way {
	wchar_t *folded;
	const char *exact; /* the cell, or NULL: made from it */
	size_t row;
};

struct roster_index {
	locale_t locale; /* UTF-8, whatever the program's is */
	struct way *way; /* sorted */
	size_t count;
};

/* Only letters and digits, in lower case; bytes that are not UTF-8 stay what they are. The caller frees it. */
static wchar_t *fold(const char *text, locale_t locale)
{
	wchar_t *folded = zeroed(strlen(text) + 1, sizeof *folded);
	size_t count = 0, length;
	for (; *text; text += length) {
		uint32_t point;
		if (!(length = utf8_decode(text, &point))) {
			folded[count++] = 0xdc00 + (unsigned char)*text;
			length = 1;
		} else if (iswalnum_l((wint_t)point, locale)) {
			folded[count++] = (wchar_t)towlower_l((wint_t)point, locale);
		}
	}
	return folded;
}

static void add_way(struct roster_index *index, const char *text, const char *exact, size_t row)
{
	wchar_t *folded = fold(text, index->locale);
	if (!*folded) {
		free(folded);
		return;
	}
	index->way[index->count++] = (struct way){folded, exact, row};
}

/* Adds a text that was made for this, and frees it. */
static void add_made(struct roster_index *index, char *text, size_t row)
{
	if (text)
		add_way(index, text, NULL, row);
	free(text);
}

/* Does a word of the heading begin with one of these? Letters with marks count as letters. */
static bool mentions(const char *heading, const char *const words[])
{
	for (const char *c = heading; *c; c++) {
		bool inside = c > heading && (isalpha((unsigned char)c[-1]) || (unsigned char)c[-1] >= 0x80);
		for (size_t i = 0; !inside && words[i]; i++)
			if (strncasecmp(c, words[i], strlen(words[i])) == 0)
				return true;
	}
	return false;
}

/* Columns with cells that are shared by many, or are no name for anyone. */
static bool is_of_persons(const char *heading)
{
	static const char *const others[] = {
	    "section", "group",      "team",   "points",        "grade",           "score",      "mark",
	    "course",  "assignment", "status", "role",          "final",           "maximum",    "feedback",
	    "comment", "attempt",    "late",   "last modified", "last downloaded", "current",    "total",
	    "title",   "department", "date",   "time",          "institution",     "submission", "note",
	    "tutor",   "root",       "year",   "semester",      "programme",       "program",    NULL};
	return !mentions(heading, others) && !roster_is_half_name(heading);
}

/* Columns in which a number is a person: elsewhere it is points, or a date. */
static bool is_of_numbers(const char *heading)
{
	static const char *const words[] = {"id",      "sid",  "uid",         "number",    "nr",  "no",   "num",     "matr",
	                                    "login",   "user", "ident",       "candidate", "key", "code", "kennung", "name",
	                                    "student", "anon", "participant", "github",    "sis", NULL};
	return mentions(heading, words);
}

static bool has_letter(const wchar_t *folded)
{
	for (; *folded; folded++)
		if (*folded < L'0' || *folded > L'9')
			return true;
	return false;
}

static void add_cell(struct roster_index *index, const char *heading, const char *cell, size_t row)
{
	const char *at = strchr(cell, '@'), *comma = strchr(cell, ',');
	wchar_t *folded = fold(cell, index->locale);
	bool telling = has_letter(folded) || is_of_numbers(heading);
	free(folded);
	if (!telling)
		return;
	add_way(index, cell, cell, row);
	if (at)
		add_made(index, must(strndup(cell, (size_t)(at - cell))), row);
	else if (comma)
		add_made(index, format("%s %.*s", comma + 1, (int)(comma - cell), cell), row);
}

static int by_way(const void *a, const void *b)
{
	const struct way *x = a, *y = b;
	int order = wcscmp(x->folded, y->folded);
	return order ? order : x->row < y->row ? -1 : x->row > y->row;
}

void roster_index(struct roster *roster)
{
	struct roster_index *index = roster->index = zeroed(1, sizeof *index);
	index->locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	if (!index->locale)
		index->locale = must(newlocale(LC_CTYPE_MASK, "C", (locale_t)0));
	/* at most a cell and what is made of it, and two full names */
	index->way = zeroed(roster->row_count * (2 * roster->column.count + 2) + 1, sizeof *index->way);
	for (size_t i = 0; i < roster->column.count; i++)
		for (size_t row = 0; row < roster->row_count && is_of_persons(roster->column.item[i]); row++)
			add_cell(index, roster->column.item[i], roster->cell[row][i], row);
	for (size_t row = 0; row < roster->row_count; row++) {
		add_made(index, roster_full_name(roster, row, false), row);
		add_made(index, roster_full_name(roster, row, true), row);
	}
	if (index->count)
		qsort(index->way, index->count, sizeof *index->way, by_way);
}

void roster_index_free(struct roster_index *index)
{
	if (!index)
		return;
	for (size_t i = 0; i < index->count; i++)
		free(index->way[i].folded);
	freelocale(index->locale);
	free(index->way);
	free(index);
}

/* The first way that is not before `folded`. */
static size_t first_way(const struct roster_index *index, const wchar_t *folded)
{
	size_t from = 0, to = index->count;
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		if (wcscmp(index->way[middle].folded, folded) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

static void meet(int *found, size_t row)
{
	*found = *found == ROSTER_NONE || *found == (int)row ? (int)row : ROSTER_SEVERAL;
}

static int find(const struct roster_index *index, const char *key)
{
	int alike = ROSTER_NONE, exact = ROSTER_NONE;
	wchar_t *folded = fold(key, index->locale);
	for (size_t i = first_way(index, folded); i < index->count && wcscmp(index->way[i].folded, folded) == 0; i++) {
		meet(&alike, index->way[i].row);
		if (index->way[i].exact && strcmp(index->way[i].exact, key) == 0)
			meet(&exact, index->way[i].row);
	}
	free(folded);
	return exact >= 0 ? exact : alike;
}

int roster_match(const struct roster *roster, const struct string_list *keys)
{
	bool several = false;
	for (size_t i = 0; i < keys->count; i++) {
		int row = find(roster->index, keys->item[i]);
		if (row >= 0)
			return row;
		several |= row == ROSTER_SEVERAL;
	}
	return several ? ROSTER_SEVERAL : ROSTER_NONE;
}

int roster_column(const struct roster *roster, const char *heading)
{
	for (size_t i = 0; i < roster->column.count; i++)
		if (strcasecmp(roster->column.item[i], heading) == 0)
			return (int)i;
	return -1;
}

bool roster_is_of_canvas(const struct roster *roster, struct error *error)
{
	static const char *const needed[] = {"ID", "Section"};
	if (!roster) {
		fail(error, "a Canvas import file needs the roster that Canvas exports");
		return false;
	}
	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
		if (roster_column(roster, needed[i]) < 0) {
			fail(error, "the roster has no column \"%s\": take the one that Canvas exports", needed[i]);
			return false;
		}
	if (roster_column(roster, "Student") != 0 && roster_column(roster, "LastName") != 0) {
		fail(error, "the first column of the roster is not \"Student\": take the one that Canvas exports");
		return false;
	}
	return true;
}

bool roster_is_of_moodle(const struct roster *roster, struct error *error)
{
	if (!roster) {
		fail(error, "a Moodle import file needs the roster that Moodle exports");
		return false;
	}
	if (roster_column(roster, "Email address") < 0 && roster_column(roster, "ID number") < 0 &&
	    roster_column(roster, "Username") < 0 && !roster_is_worksheet(roster)) {
		fail(error, "the roster has no column \"Email address\", \"ID number\" or \"Username\": take the one "
		            "that Moodle exports");
		return false;
	}
	return true;
}

int roster_canvas_user(const struct roster *roster, const char *number)
{
	int column = roster_is_of_canvas(roster, NULL) ? roster_column(roster, "ID") : -1, found = ROSTER_NONE;
	for (size_t row = 0; column >= 0 && row < roster->row_count; row++)
		if (strcmp(roster->cell[row][column], number) == 0)
			meet(&found, row);
	return found;
}
