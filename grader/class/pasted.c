#include "pasted.h"

#include "../memory.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A tag behind which a line ends. */
static bool ends_line(const char *name, size_t size)
{
	static const char *const names[] = {"br", "br/", "/p", "/div", "/li", "/pre", "/tr", "/h1", "/h2", "/h3"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strlen(names[i]) == size && strncasecmp(name, names[i], size) == 0)
			return true;
	return false;
}

/* Behind the tag that begins here; NULL: a "<" of the code, which has no letter behind it. */
static const char *skip_tag(const char *at, FILE *out)
{
	const char *name = at + 1;
	if (!isalpha((unsigned char)*name) && *name != '/' && *name != '!')
		return NULL;
	const char *end = strchr(name, '>');
	if (!end)
		return NULL;
	if (ends_line(name, strcspn(name, " \t\r\n>")))
		fputc('\n', out);
	return end + 1;
}

static void put_point(FILE *out, unsigned long point)
{
	if (point == 0xa0) /* the blank that does not break */
		fputc(' ', out);
	else if (point < 0x80)
		fputc((int)point, out);
	else if (point < 0x800)
		fprintf(out, "%c%c", (int)(0xc0 | point >> 6), (int)(0x80 | (point & 0x3f)));
	else
		fprintf(out, "%c%c%c", (int)(0xe0 | (point >> 12 & 0xf)), (int)(0x80 | (point >> 6 & 0x3f)),
		        (int)(0x80 | (point & 0x3f)));
}

/* Behind the name of a character that begins here; NULL: it is none. */
static const char *skip_name(const char *at, FILE *out)
{
	static const struct {
		const char *name;
		unsigned long point;
	} names[] = {{"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&apos;", '\''}, {"&nbsp;", 0xa0}};
	char *end = NULL;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strncmp(at, names[i].name, strlen(names[i].name)) == 0) {
			put_point(out, names[i].point);
			return at + strlen(names[i].name);
		}
	if (at[1] != '#')
		return NULL;
	bool hex = at[2] == 'x' || at[2] == 'X';
	const char *digits = at + 2 + hex;
	unsigned long point = isxdigit((unsigned char)*digits) ? strtoul(digits, &end, hex ? 16 : 10) : 0;
	if (!point || point > 0xffff || *end != ';')
		return NULL;
	put_point(out, point);
	return end + 1;
}

void pasted_to_text(struct text *text)
{
	char *made = NULL;
	size_t size;
	FILE *out = memory_open(&made, &size);
	for (const char *at = text->bytes; *at;) {
		const char *next = *at == '<' ? skip_tag(at, out) : *at == '&' ? skip_name(at, out) : NULL;
		if (!next)
			fputc(*at, out);
		at = next ? next : at + 1;
	}
	fclose(out);
	free(text->bytes);
	*text = (struct text){made, size};
}
