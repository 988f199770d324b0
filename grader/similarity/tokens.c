/* tokens.c - a C source as tokens: just as much of the language as it takes to leave out what can be changed without
 * changing the program. */
#include "tokens.h"
#include "../memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Words that say what a program does; all others are names. The rest of the table is shown by itself. */
static const char *const sorts[] = {
    "x",      "\"s\"",  "break",   "case",  "char",     "continue", "default", "do",     "double", "else",
    "enum",   "float",  "for",     "goto",  "if",       "int",      "long",    "return", "short",  "sizeof",
    "struct", "switch", "typedef", "union", "unsigned", "while",    "(",       ")",      "[",      "]",
    "{",      "}",      ",",       ".",     ":",        "?",        "!",       "~",      "^",      "&",
    "|",      "*",      "/",       "%",     "<",        ">",        "=",       "+",      "-",      "#",
};
enum { NAME = 0, STRING = 1, SORTS = sizeof sorts / sizeof *sorts };

/* What may stand in front of a declaration or not, and what sim_c itself passes over. */
static const char *const left_out[] = {"void",    "const", "static", "inline", "register", "restrict",   "volatile",
                                       "_Atomic", "auto",  "extern", "signed", "__inline", "__restrict", "_Noreturn"};

struct reader {
	const char *text, *at;
	unsigned line;
	struct similar_token *token;
	size_t count, room;
};

static bool in_name(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

static uint64_t hash_of(const char *bytes, size_t size)
{
	uint64_t hash = 14695981039346656037u; /* FNV-1a */
	for (size_t i = 0; i < size; i++)
		hash = (hash ^ (unsigned char)bytes[i]) * 1099511628211u;
	return hash;
}

static void add(struct reader *reader, unsigned sort, const char *begin, unsigned line)
{
	if (reader->count == reader->room) {
		reader->room = reader->room ? 2 * reader->room : 1024;
		reader->token = must(reallocarray(reader->token, reader->room, sizeof *reader->token));
	}
	reader->token[reader->count++] = (struct similar_token){.begin = (unsigned)(begin - reader->text),
	                                                        .end = (unsigned)(reader->at - reader->text),
	                                                        .line = line,
	                                                        .sort = (unsigned char)sort,
	                                                        .own = true,
	                                                        .spelling = hash_of(begin, (size_t)(reader->at - begin))};
}

static void step(struct reader *reader)
{
	if (*reader->at++ == '\n')
		reader->line++;
}

static void skip_to_end_of_line(struct reader *reader)
{
	while (*reader->at && *reader->at != '\n') {
		if (*reader->at == '\\' && reader->at[1])
			step(reader);
		step(reader);
	}
}

/* Whether there was a comment. */
static bool skip_comment(struct reader *reader)
{
	if (strncmp(reader->at, "//", 2) == 0) {
		skip_to_end_of_line(reader);
		return true;
	}
	if (strncmp(reader->at, "/*", 2) != 0)
		return false;
	reader->at += 2;
	while (*reader->at && strncmp(reader->at, "*/", 2) != 0)
		step(reader);
	reader->at += *reader->at ? 2 : 0;
	return true;
}

static void read_quoted(struct reader *reader)
{
	const char *begin = reader->at;
	unsigned line = reader->line;
	char quote = *reader->at++;
	while (*reader->at && *reader->at != quote && *reader->at != '\n') {
		if (*reader->at == '\\' && reader->at[1])
			step(reader);
		step(reader);
	}
	reader->at += *reader->at == quote;
	add(reader, quote == '"' ? STRING : NAME, begin, line);
}

static bool is_left_out(const char *begin, size_t size)
{
	for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++)
		if (strlen(left_out[i]) == size && memcmp(left_out[i], begin, size) == 0)
			return true;
	return false;
}

static unsigned sort_of(const char *begin, size_t size)
{
	for (unsigned i = STRING + 1; i < SORTS; i++)
		if (strlen(sorts[i]) == size && memcmp(sorts[i], begin, size) == 0)
			return i;
	return NAME;
}

/* A name, keyword or number; with . and the signs of exponents in numbers. */
static void read_word(struct reader *reader)
{
	const char *begin = reader->at;
	bool number = isdigit((unsigned char)*begin);
	while (in_name(*reader->at) || (number && *reader->at == '.') ||
	       (number && strchr("+-", *reader->at) && *reader->at && strchr("eEpP", reader->at[-1]) &&
	        !(begin[0] == '0' && (begin[1] | 32) == 'x' && (reader->at[-1] | 32) == 'e')))
		reader->at++;
	size_t size = (size_t)(reader->at - begin);
	if (!is_left_out(begin, size))
		add(reader, number ? NAME : sort_of(begin, size), begin, reader->line);
}

/* At a '#': whether it was an #include, which is passed over. */
static bool skip_include(struct reader *reader)
{
	const char *word = reader->at + 1;
	while (*word == ' ' || *word == '\t')
		word++;
	if (strncmp(word, "include", 7) != 0 || in_name(word[7]))
		return false;
	skip_to_end_of_line(reader);
	return true;
}

static void read_one(struct reader *reader)
{
	char c = *reader->at;
	if (skip_comment(reader) || (c == '#' && skip_include(reader)))
		return;
	if (c == '"' || c == '\'') {
		read_quoted(reader);
	} else if (in_name(c)) {
		read_word(reader);
	} else {
		unsigned sort = sort_of(&c, 1);
		step(reader);
		if (sort != NAME) /* blanks, semicolons (sim_c does not count them), stray bytes */
			add(reader, sort, reader->at - 1, reader->line);
	}
}

struct similar_token *tokens_read(const char *text, size_t *count)
{
	struct reader reader = {.text = text, .at = text, .line = 1};
	while (*reader.at)
		read_one(&reader);
	*count = reader.count;
	return reader.token ? reader.token : zeroed(1, sizeof *reader.token);
}

const char *token_text(const struct similar_token *token)
{
	return sorts[token->sort];
}

/* ---- what is there again and again ------------------------------------------------------------ */

struct place {
	uint64_t hash; /* of SIMILAR_RUN tokens from here */
	size_t at;
};

static int by_hash_and_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

static uint64_t sorts_at(const struct similar_token *token)
{
	uint64_t hash = 0;
	for (size_t i = 0; i < SIMILAR_RUN; i++)
		hash = hash * 1099511628211u + token[i].sort + 1;
	return hash;
}

size_t tokens_thin(struct similar_token *token, size_t count)
{
	size_t places = count < SIMILAR_RUN ? 0 : count - SIMILAR_RUN + 1, again = 0, left = 0;
	struct place *place = zeroed(places + 1, sizeof *place);
	bool *drop = zeroed(count + 1, sizeof *drop);
	for (size_t i = 0; i < places; i++)
		place[i] = (struct place){sorts_at(&token[i]), i};
	qsort(place, places, sizeof *place, by_hash_and_place);
	for (size_t i = 0; i < places; i++) {
		again = i && place[i].hash == place[i - 1].hash ? again + 1 : 0;
		drop[place[i].at] = again >= SIMILAR_AGAIN;
	}
	for (size_t i = 0; i < count; i++)
		if (!drop[i])
			token[left++] = token[i];
	free(drop);
	free(place);
	return left;
}

/* ---- what is spelt as in the skeleton --------------------------------------------------------- */

static uint64_t hash_at(const struct similar_token *token)
{
	uint64_t hash = 0;
	for (size_t i = 0; i < SIMILAR_SPELT; i++)
		hash = hash * 1099511628211u + token[i].spelling;
	return hash;
}

static int by_hash(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

void tokens_disown(struct similar_token *token, size_t count, const struct similar_token *base, size_t base_count)
{
	if (base_count < SIMILAR_SPELT || count < SIMILAR_SPELT)
		return;
	size_t known_count = base_count - SIMILAR_SPELT + 1;
	uint64_t *known = zeroed(known_count, sizeof *known);
	for (size_t i = 0; i < known_count; i++)
		known[i] = hash_at(&base[i]);
	qsort(known, known_count, sizeof *known, by_hash);
	for (size_t i = 0; i + SIMILAR_SPELT <= count; i++) {
		uint64_t hash = hash_at(&token[i]);
		for (size_t j = 0; bsearch(&hash, known, known_count, sizeof *known, by_hash) && j < SIMILAR_SPELT; j++)
			token[i + j].own = false;
	}
	free(known);
}
