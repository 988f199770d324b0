/* escape.c - text from a submission made harmless, for each format. */
#include "report.h"

#include "../layer.h"
#include "../memory.h"
#include "../utf8.h"

#include <stdlib.h>
#include <string.h>

bool escape_is_order(const char *text, const char *at)
{
	unsigned char before = at > text ? (unsigned char)at[-1] : ' ';

	if (at[0] == ':' && at[1] == ':')
		return before <= ' ' || before >= 0x80; /* also behind the white space that ASCII does not know */
	return strncmp(at, "##[", 3) == 0 || strncmp(at, "##vso[", 6) == 0;
}

/* The bytes of the text that are written: all, or as many whole characters as the limit has room for. */
static size_t written_bytes(const char *text, size_t size)
{
	size_t end = ESCAPE_LIMIT;

	if (size <= ESCAPE_LIMIT)
		return size;
	while (end > ESCAPE_LIMIT - 3 && ((unsigned char)text[end] & 0xc0) == 0x80)
		end--;
	return end;
}

/* Writes the text through `put`, one visible character (or replacement of one) at a time, so that each format escapes
 * also what stands for the invisible ones. */
static void escape(FILE *out, const char *text, bool keep_newlines,
                   void (*put)(FILE *out, const char *piece, size_t length))
{
	size_t size = text ? strlen(text) : 0;
	const char *at = text, *end = text ? text + written_bytes(text, size) : NULL;
	char visible[48];

	if (text && !layer_on("report")) {
		fputs(text, out);
		return;
	}
	while (at < end) {
		uint32_t point;
		size_t length = utf8_decode(at, &point);

		if (length == 1 && keep_newlines && (point == '\n' || point == '\t')) {
			put(out, at, 1);
		} else if (length == 0 || point < 0x20 || point == 0x7f || escape_is_order(text, at)) {
			put(out, visible, (size_t)snprintf(visible, sizeof visible, "\\x%02X", (unsigned char)*at));
			length = 1;
		} else if (utf8_deceptive(point)) {
			put(out, visible, (size_t)snprintf(visible, sizeof visible, "\\u{%04X}", (unsigned)point));
		} else {
			put(out, at, length);
		}
		at += length;
	}
	if (text && text + size > end)
		put(out, visible,
		    (size_t)snprintf(visible, sizeof visible, "... (%zu more bytes)", (size_t)(text + size - end)));
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
 * would not do everywhere. The other punctuation that can be markup somewhere is more readable with a backslash. GitHub
 * looks for names and addresses around @ only after that: a zero-width space behind it keeps them from being found. */
static void put_markdown(FILE *out, const char *piece, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (piece[i] == '@')
			fputs("&#64;&#8203;", out);
		else if (strchr("\\`|<>&", piece[i]))
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

/* ---- spreadsheets --------------------------------------------------------------------------- */

static void put_csv(FILE *out, const char *piece, size_t length)
{
	for (size_t i = 0; i < length; i++)
		fputs(piece[i] == '"' ? "\"\"" : (char[]){piece[i], 0}, out);
}

/* Whether a spreadsheet would calculate the text: Excel and LibreOffice look at the first character, some of them after
 * blanks, and take the wide forms of East Asian keyboards as well. */
static bool is_formula(const char *text)
{
	static const char *const wide[] = {"\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"};

	if (*text == '\t' || *text == '\r' || *text == '\n')
		return true;
	text += strspn(text, " ");
	for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
		if (strncmp(text, wide[i], strlen(wide[i])) == 0)
			return true;
	return *text && strchr("=+-@\t\r\n", *text);
}

void escape_csv(FILE *out, const char *text)
{
	fputc('"', out);
	if (text && is_formula(text))
		fputc('\'', out);
	escape(out, text, false, put_csv);
	fputc('"', out);
}

/* ---- workflow commands ---------------------------------------------------------------------- */

static void put_workflow(FILE *out, const char *piece, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (piece[i] == '%')
			fputs("%25", out);
		else if (piece[i] == '\n')
			fputs("%0A", out);
		else
			fputc(piece[i], out);
	}
}

static void put_workflow_property(FILE *out, const char *piece, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (piece[i] == ':' || piece[i] == ',')
			fprintf(out, "%%%02X", (unsigned char)piece[i]);
		else
			put_workflow(out, piece + i, 1);
	}
}

void escape_workflow(FILE *out, const char *text)
{
	escape(out, text, true, put_workflow);
}

void escape_workflow_property(FILE *out, const char *text)
{
	escape(out, text, true, put_workflow_property);
}

/* ---- base64 --------------------------------------------------------------------------------- */

void put_base64(FILE *out, const void *bytes, size_t size)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *byte = bytes;

	for (size_t left = size; left > 0; left -= left < 3 ? left : 3, byte += 3) {
		unsigned bits = (unsigned)byte[0] << 16;

		bits |= left > 1 ? (unsigned)byte[1] << 8 : 0;
		bits |= left > 2 ? byte[2] : 0;
		fputc(digits[bits >> 18], out);
		fputc(digits[bits >> 12 & 63], out);
		fputc(left > 1 ? digits[bits >> 6 & 63] : '=', out);
		fputc(left > 2 ? digits[bits & 63] : '=', out);
	}
}

/* ---- shells ----------------------------------------------------------------------------------- */

char *shell_quoted(const char *text)
{
	char *quoted = NULL;
	size_t size;
	FILE *out = memory_open(&quoted, &size);
	fputc('\'', out);
	for (; *text; text++)
		fputs(*text == '\'' ? "'\\''" : (const char[]){*text, 0}, out);
	fputc('\'', out);
	fclose(out);
	return quoted;
}

char *shell_word(const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+,./:@%^~";
	return *text && !text[strspn(text, plain)] ? must(strdup(text)) : shell_quoted(text);
}
