/* tokens.c - a C source as tokens, without what can be changed without changing the program. */
#include "tokens.h"
#include "../lex.h"
#include "../memory.h"

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
	struct joined source;
	struct similar_token *token;
	size_t count, room;
};

static uint64_t hash_of(const char *bytes, size_t size)
{
	uint64_t hash = 14695981039346656037u; /* FNV-1a */
	for (size_t i = 0; i < size; i++)
		hash = (hash ^ (unsigned char)bytes[i]) * 1099511628211u;
	return hash;
}

static void add(struct reader *reader, unsigned sort, size_t at, size_t length)
{
	const struct joined *source = &reader->source;
	if (reader->count == reader->room) {
		reader->room = reader->room ? 2 * reader->room : 1024;
		reader->token = must(reallocarray(reader->token, reader->room, sizeof *reader->token));
	}
	reader->token[reader->count++] = (struct similar_token){.begin = (unsigned)source->origin[at],
	                                                        .end = (unsigned)source->origin[at + length - 1] + 1,
	                                                        .line = source->line[at],
	                                                        .sort = (unsigned char)sort,
	                                                        .own = true,
	                                                        .spelling = hash_of(source->text + at, length)};
}

static bool is_left_out(const char *begin, size_t size)
{
	for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++)
		if (is_word(begin, size, left_out[i]))
			return true;
	return false;
}

static unsigned sort_of(const char *begin, size_t size)
{
	for (unsigned i = STRING + 1; i < SORTS; i++)
		if (is_word(begin, size, sorts[i]))
			return i;
	return NAME;
}

static size_t cut(const struct reader *reader, size_t at, enum piece_kind *kind)
{
	return cut_piece(reader->source.text + at, reader->source.size - at, kind);
}

/* Where the line of the #include ends that the '#' at `at` begins; `at` itself when it begins no #include. */
static size_t past_include(const struct reader *reader, size_t at)
{
	enum piece_kind kind;
	size_t word = at + cut(reader, at, &kind), length;
	while ((length = cut(reader, word, &kind)) > 0 && kind == PIECE_SPACE)
		word += length;
	if (kind != PIECE_WORD || !is_word(reader->source.text + word, length, "include"))
		return at;
	for (at = word; (length = cut(reader, at, &kind)) > 0 && kind != PIECE_NEWLINE;)
		at += length;
	return at;
}

/* Of signs there are no blanks, no semicolons (sim_c does not count them) and no stray bytes. */
static void add_piece(struct reader *reader, size_t at, size_t length, enum piece_kind kind)
{
	const char *text = reader->source.text + at;
	if (kind == PIECE_STRING)
		add(reader, *text == '"' ? STRING : NAME, at, length);
	else if (kind == PIECE_NUMBER)
		add(reader, NAME, at, length);
	else if (kind == PIECE_WORD && !is_left_out(text, length))
		add(reader, sort_of(text, length), at, length);
	for (size_t i = 0; kind == PIECE_SIGN && i < length; i++)
		if (sort_of(text + i, 1) != NAME)
			add(reader, sort_of(text + i, 1), at + i, 1);
}

struct similar_token *tokens_read(const char *text, size_t *count)
{
	struct reader reader = {0};
	enum piece_kind kind;
	join_lines(&reader.source, text, strlen(text));
	for (size_t at = 0, length, past; (length = cut(&reader, at, &kind)) > 0; at = past) {
		bool directive = kind == PIECE_SIGN && is_sign(reader.source.text + at, length, '#');
		past = directive ? past_include(&reader, at) : at;
		if (past == at) {
			add_piece(&reader, at, length, kind);
			past += length;
		}
	}
	joined_clear(&reader.source);
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
