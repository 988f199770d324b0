/* escape.c - text from a submission made harmless, for each format. */
#include "report.h"

#include <stdint.h>
#include <string.h>

/* Decodes one UTF-8 character: its length, or 0 when the bytes are not valid (overlong, surrogate, cut off, beyond
 * U+10FFFF). */
static size_t decode(const unsigned char *text, uint32_t *point)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t length = *text < 0x80 ? 1 : *text >= 0xf0 ? 4 : *text >= 0xe0 ? 3 : 2;

	if (length == 1) {
		*point = *text;
		return 1;
	}
	if (*text < 0xc2 || *text > 0xf4)
		return 0;
	*point = *text & (0xffu >> (length + 1));
	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		*point = *point << 6 | (text[i] & 0x3fu);
	}
	if (*point < smallest[length] || *point > 0x10ffff || (*point >= 0xd800 && *point <= 0xdfff))
		return 0;
	return length;
}

/* Characters that reorder or hide text, or that no document may hold: C1 controls, bidirectional controls, invisible
 * characters, line and paragraph separators, interlinear annotation, tags, noncharacters. */
static bool is_deceptive(uint32_t point)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
	    {0x80, 0x9f},     {0xad, 0xad},     {0x34f, 0x34f},   {0x61c, 0x61c},     {0x115f, 0x1160},   {0x17b4, 0x17b5},
	    {0x180b, 0x180f}, {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},   {0x3164, 0x3164},   {0xfdd0, 0xfdef},
	    {0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
	};

	if ((point & 0xfffe) == 0xfffe)
		return true;
	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
		if (point >= ranges[i].first && point <= ranges[i].last)
			return true;
	return false;
}

/* Writes the text through `put`, one visible character (or replacement of one) at a time, so that each format escapes
 * also what stands for the invisible ones. */
static void escape(FILE *out, const char *text, bool keep_newlines,
                   void (*put)(FILE *out, const char *piece, size_t length))
{
	const unsigned char *byte = (const unsigned char *)text;
	char visible[16];

	while (text && *byte) {
		uint32_t point;
		size_t length = decode(byte, &point);

		if (length == 1 && keep_newlines && (point == '\n' || point == '\t')) {
			put(out, (const char *)byte, 1);
		} else if (length == 0 || point < 0x20 || point == 0x7f) {
			put(out, visible, (size_t)snprintf(visible, sizeof visible, "\\x%02X", *byte));
		} else if (is_deceptive(point)) {
			put(out, visible, (size_t)snprintf(visible, sizeof visible, "\\u{%04X}", (unsigned)point));
		} else {
			put(out, (const char *)byte, length);
		}
		byte += length ? length : 1;
	}
}

static void put_plain(FILE *out, const char *piece, size_t length)
{
	fwrite(piece, 1, length, out);
}

static void put_html(FILE *out, const char *piece, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		switch (piece[i]) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			fputc(piece[i], out);
		}
	}
}

/* In an attribute a raw newline or tab would be read back as a space. */
static void put_xml(FILE *out, const char *piece, size_t length)
{
	if (*piece == '\n' || *piece == '\t')
		fprintf(out, "&#%d;", *piece);
	else
		put_html(out, piece, length);
}

/* Character references are never structure in CommonMark, not even inside a table; they are used where a backslash
 * would not do everywhere. The other punctuation that can be markup somewhere is more readable with a backslash. */
static void put_markdown(FILE *out, const char *piece, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (strchr("\\`|<>&@", piece[i]))
			fprintf(out, "&#%d;", piece[i]);
		else if (strchr("!#$*+-.:=[]^_{}~", piece[i]))
			fprintf(out, "\\%c", piece[i]);
		else
			fputc(piece[i], out);
	}
}

void escape_plain(FILE *out, const char *text, bool keep_newlines)
{
	escape(out, text, keep_newlines, put_plain);
}

void escape_html(FILE *out, const char *text)
{
	escape(out, text, true, put_html);
}

void escape_xml(FILE *out, const char *text)
{
	escape(out, text, true, put_xml);
}

void escape_markdown(FILE *out, const char *text)
{
	escape(out, text, false, put_markdown);
}
