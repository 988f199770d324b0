/* columns.c - see columns.h. */
#include "columns.h"

#include "../memory.h"
#include "report.h"

#include <stdlib.h>
#include <string.h>

/* The bytes of the character at `text` (valid UTF-8) and the columns it takes: none for a combining mark, two for East
 * Asian characters and emoji. */
static size_t character(const char *text, unsigned *columns)
{
	unsigned char first = (unsigned char)*text, second;
	size_t length = 1;

	while (((unsigned char)text[length] & 0xc0) == 0x80)
		length++;
	second = length > 1 ? (unsigned char)text[1] : 0;
	if (first == 0xcc || (first == 0xcd && second < 0xb0)) /* U+0300 to U+036F */
		*columns = 0;
	else
		*columns = first >= 0xf0 || (first >= 0xe3 && first <= 0xed) || first == 0xef ? 2 : 1;
	return length;
}

char *visible(const char *text)
{
	char *spaces = NULL, *clean = NULL, *result = NULL;
	unsigned marks = 0, columns;
	size_t size, length;
	FILE *out = memory_open(&spaces, &size);

	for (; text && *text; text++)
		fputs(*text == '\t' ? "    " : (char[2]){*text, 0}, out);
	fclose(out);
	out = memory_open(&clean, &size);
	escape_plain(out, spaces, false);
	fclose(out);
	out = memory_open(&result, &size);
	for (const char *c = clean; *c; c += length) {
		length = character(c, &columns);
		marks = columns ? 0 : marks + 1;
		if (marks <= 2)
			fwrite(c, 1, length, out);
	}
	fclose(out);
	free(spaces);
	free(clean);
	return result;
}

unsigned columns_in(const char *text, size_t length)
{
	const char *end = text + length;
	unsigned total = 0, columns;

	for (; text < end && *text; total += columns)
		text += character(text, &columns);
	return total;
}

unsigned columns_of(const char *text)
{
	return columns_in(text, strlen(text));
}

char *cut_to(char *text, unsigned limit, const char *ellipsis)
{
	unsigned used = 0, columns, last = columns_of(ellipsis);
	bool whole = columns_of(text) <= limit;
	char *result = NULL;
	size_t size;
	FILE *out = memory_open(&result, &size);

	for (const char *c = text; *c;) {
		size_t length = character(c, &columns);

		if (!whole && used + columns + last > limit)
			break;
		fwrite(c, 1, length, out);
		used += columns;
		c += length;
	}
	if (!whole)
		fputs(ellipsis, out);
	fclose(out);
	free(text);
	return result;
}

char *next_line(const char **text, unsigned limit)
{
	const char *start = *text + strspn(*text, " "), *c = start, *space = NULL;
	unsigned used = 0, columns;

	if (!*start)
		return NULL;
	while (*c) {
		size_t length = character(c, &columns);

		if (*c == ' ')
			space = c;
		if (used + columns > limit && c != start)
			break;
		used += columns;
		c += length;
	}
	if (*c && space && space > start)
		c = space;
	*text = c;
	return must(strndup(start, (size_t)(c - start)));
}

char *without_orders(char *text)
{
	char *result = NULL;
	size_t size;
	FILE *out = memory_open(&result, &size);

	for (const char *c = text; *c; c++) {
		if (escape_is_order(text, c))
			fprintf(out, "\\x%02X", *c);
		else
			fputc(*c, out);
	}
	fclose(out);
	free(text);
	return result;
}
