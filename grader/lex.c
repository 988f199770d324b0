/* lex.c - cuts C text into pieces as gcc does: comments, strings, words, numbers, signs. */
#include "lex.h"
#include "memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool in_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

static size_t comment_length(const char *text, size_t size)
{
	size_t length = 2;
	if (text[1] == '/') {
		while (length < size && text[length] != '\n')
			length++;
		return length;
	}
	while (length + 1 < size && !(text[length] == '*' && text[length + 1] == '/'))
		length++;
	return length + 1 < size ? length + 2 : size;
}

static size_t string_length(const char *text, size_t size)
{
	size_t length = 1;
	while (length < size && text[length] != '\n') {
		if (text[length] == text[0])
			return length + 1;
		length += text[length] == '\\' && length + 1 < size && text[length + 1] != '\n' ? 2 : 1;
	}
	return length;
}

/* A preprocessing number: "1e+5", "0x1p-3", "1.5.2z". */
static size_t number_length(const char *text, size_t size)
{
	size_t length = 1;
	while (length < size) {
		char before = text[length - 1];
		bool exponent = strchr("eEpP", before) && (text[length] == '+' || text[length] == '-');
		if (!in_word(text[length]) && text[length] != '.' && !exponent)
			break;
		length++;
	}
	return length;
}

static bool is_digraph(const char *text, size_t size)
{
	static const char digraphs[][3] = {"<:", ":>", "<%", "%>", "%:"};
	for (size_t i = 0; i < sizeof digraphs / sizeof *digraphs; i++)
		if (size >= 2 && memcmp(text, digraphs[i], 2) == 0)
			return true;
	return false;
}

size_t cut_piece(const char *text, size_t size, enum piece_kind *kind)
{
	size_t length = 1;
	if (size == 0) {
		*kind = PIECE_END;
		return 0;
	}
	if (*text == '\n') {
		*kind = PIECE_NEWLINE;
	} else if (*text == ' ' || *text == '\t' || *text == '\v' || *text == '\f' || *text == '\r') {
		*kind = PIECE_SPACE;
	} else if (size >= 2 && *text == '/' && (text[1] == '/' || text[1] == '*')) {
		*kind = PIECE_COMMENT;
		length = comment_length(text, size);
	} else if (*text == '"' || *text == '\'') {
		*kind = PIECE_STRING;
		length = string_length(text, size);
	} else if (isdigit((unsigned char)*text) || (size >= 2 && *text == '.' && isdigit((unsigned char)text[1]))) {
		*kind = PIECE_NUMBER;
		length = number_length(text, size);
	} else if (in_word(*text)) {
		*kind = PIECE_WORD;
		while (length < size && in_word(text[length]))
			length++;
	} else {
		*kind = PIECE_SIGN;
		length = is_digraph(text, size) ? 2 : 1;
	}
	return length;
}

bool is_word(const char *text, size_t length, const char *word)
{
	return strlen(word) == length && memcmp(text, word, length) == 0;
}

bool is_sign(const char *text, size_t length, char sign)
{
	static const char digraphs[][4] = {"[<:", "]:>", "{<%", "}%>", "#%:"};
	if (length == 1)
		return *text == sign;
	for (size_t i = 0; i < sizeof digraphs / sizeof *digraphs; i++)
		if (digraphs[i][0] == sign && is_word(text, length, digraphs[i] + 1))
			return true;
	return false;
}

/* The length of what joins two lines at `at` (a backslash, perhaps blanks, a newline; gcc takes the blanks); 0 if
 * nothing does. */
static size_t joint_length(const char *text, size_t size, size_t at)
{
	size_t end = at + 1;
	if (text[at] != '\\')
		return 0;
	while (end < size && memchr(" \t\v\f\r", text[end], 5))
		end++;
	return end < size && text[end] == '\n' ? end + 1 - at : 0;
}

void join_lines(struct joined *joined, const char *text, size_t size)
{
	unsigned line = 1;
	*joined = (struct joined){.text = must(malloc(size + 1)),
	                          .line = zeroed(size + 1, sizeof *joined->line),
	                          .origin = zeroed(size + 1, sizeof *joined->origin)};
	for (size_t i = 0, joint; i < size; i += joint ? joint : 1) {
		joint = joint_length(text, size, i);
		if (!joint && !(text[i] == '\r' && i + 1 < size && text[i + 1] == '\n')) {
			joined->line[joined->size] = line;
			joined->origin[joined->size] = i;
			joined->text[joined->size++] = text[i];
		}
		line += joint || text[i] == '\n';
	}
	joined->text[joined->size] = 0;
	joined->line[joined->size] = line;
	joined->origin[joined->size] = size;
}

void joined_clear(struct joined *joined)
{
	free(joined->text);
	free(joined->line);
	free(joined->origin);
	*joined = (struct joined){0};
}
