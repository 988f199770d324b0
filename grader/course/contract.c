#include "contract.h"
#include "../memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* The words of a header's comments with one space between them, and where each character came from. */
struct words {
	char *text;
	unsigned *line;
	bool *quoted; /* by a sentence of the table */
	size_t length;
};

/* ---- header -> words ------------------------------------------------------------------------ */

/* White space becomes one space; a space at the beginning is none. */
static void add(struct words *words, char character, unsigned line)
{
	bool space = isspace((unsigned char)character);
	if (space && (words->length == 0 || words->text[words->length - 1] == ' '))
		return;
	words->text[words->length] = space ? ' ' : character;
	words->line[words->length++] = line;
}

/* The inside of a comment that begins at `at`, without the asterisks that begin its lines. Returns where it ends. */
static const char *add_comment(struct words *words, const char *at, unsigned *line)
{
	bool line_begins = false;
	for (; *at && strncmp(at, "*/", 2) != 0; at++) {
		bool ornament = line_begins && *at == '*';
		line_begins = *at == '\n' || (line_begins && isspace((unsigned char)*at));
		if (!ornament)
			add(words, *at, *line);
		*line += *at == '\n';
	}
	add(words, ' ', *line);
	return *at ? at + 2 : at;
}

/* What an author has left to do is no promise. */
static struct words words_of(const char *header)
{
	size_t room = strlen(header) + 2;
	struct words words = {zeroed(room, 1), zeroed(room, sizeof *words.line), zeroed(room, sizeof *words.quoted), 0};
	unsigned line = 1;
	for (const char *at = header; *at;) {
		size_t before = words.length;
		if (strncmp(at, "/*", 2) != 0) {
			line += *at++ == '\n';
			continue;
		}
		at = add_comment(&words, at + 2, &line);
		if (strncmp(words.text + before, AUTHOR_TODO, strlen(AUTHOR_TODO)) == 0)
			words.length = before;
	}
	memset(words.text + words.length, 0, room - words.length);
	return words;
}

/* A sentence in the same form. The caller frees it. */
static char *one_line(const char *text)
{
	char *line = zeroed(strlen(text) + 1, 1);
	size_t length = 0;
	for (; *text; text++) {
		bool space = isspace((unsigned char)*text);
		if (!space || (length > 0 && line[length - 1] != ' '))
			line[length++] = space ? ' ' : *text;
	}
	while (length > 0 && line[length - 1] == ' ')
		line[--length] = '\0';
	return line;
}

/* ---- the table against the words ------------------------------------------------------------ */

static bool in_word(char character)
{
	return isalnum((unsigned char)character) || character == '_';
}

/* Quotes begin and end where words do. */
static bool whole_words(const struct words *words, size_t begin, size_t end)
{
	return (begin == 0 || !in_word(words->text[begin - 1]) || !in_word(words->text[begin])) &&
	       (end == words->length || !in_word(words->text[end]) || !in_word(words->text[end - 1]));
}

/* Marks every place where the sentence stands; false: it stands nowhere. */
static bool quote(struct words *words, const char *says)
{
	size_t length = strlen(says);
	bool found = false;
	for (const char *at = words->text; (at = strstr(at, says)) != NULL; at++) {
		size_t begin = (size_t)(at - words->text);
		if (!whole_words(words, begin, begin + length))
			continue;
		for (size_t i = begin; i < begin + length; i++)
			words->quoted[i] = true;
		found = true;
	}
	return found;
}

static void add_problem(struct string_list *problems, char *text)
{
	problems->item = must(realloc(problems->item, (problems->count + 1) * sizeof *problems->item));
	problems->item[problems->count++] = text;
}

/* How much of the words from `begin` to `end` to show: about a line, up to a space. */
static size_t shown_length(const struct words *words, size_t begin, size_t end)
{
	enum { LINE = 80 };
	size_t length = end - begin;
	if (length <= LINE)
		return length;
	for (length = LINE; length > 0 && words->text[begin + length] != ' ';)
		length--;
	return length ? length : LINE;
}

static void add_unquoted(const struct words *words, const char *path, struct string_list *problems)
{
	for (size_t begin = 0, end; begin < words->length; begin = end) {
		bool word = false;
		for (end = begin; end < words->length && words->quoted[end] == words->quoted[begin]; end++)
			word |= in_word(words->text[end]);
		if (words->quoted[begin] || !word)
			continue;
		while (!in_word(words->text[begin]))
			begin++; /* what was left between two quotes */
		size_t length = shown_length(words, begin, end);
		add_problem(problems,
		            format("%s:%u: no sentence of the contract has the words \"%.*s\"%s", path, words->line[begin],
		                   (int)length, words->text + begin, begin + length < end ? " ..." : ""));
	}
}

struct string_list contract_problems(const struct assignment *assignment, const char *path, const char *header)
{
	struct string_list problems = {0};
	if (assignment->sentence_count == 0)
		return problems;
	struct words words = words_of(header);
	for (size_t i = 0; i < assignment->sentence_count; i++) {
		const struct sentence *sentence = &assignment->sentence[i];
		char *says = one_line(sentence->says);
		if (!*says || !quote(&words, says))
			add_problem(&problems, format("%s:%u: the sentence '%s' is not in the comments of %s: \"%s\"",
			                              assignment->hidden_path, sentence->line, sentence->id, path, says));
		free(says);
	}
	add_unquoted(&words, path, &problems);
	free(words.text);
	free(words.line);
	free(words.quoted);
	return problems;
}

const struct sentence *assignment_sentence(const struct assignment *assignment, const char *id)
{
	for (size_t i = 0; i < assignment->sentence_count; i++)
		if (strcmp(assignment->sentence[i].id, id) == 0)
			return &assignment->sentence[i];
	return NULL;
}
