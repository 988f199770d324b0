/* lex.h - C text, cut into pieces as gcc does it, comments and spaces among them. For text whose lines are joined:
 * join_lines does it, and the preprocessor has done it. Raw strings, which gcc takes in C as well, are not among the
 * pieces (the seal refuses them); trigraphs are off in -std=gnu17. Nothing here blocks. MT: safe. */
#ifndef LEX_H
#define LEX_H

#include <stdbool.h>
#include <stddef.h>

enum piece_kind {
	PIECE_END,
	PIECE_NEWLINE,
	PIECE_SPACE,
	PIECE_COMMENT,
	PIECE_STRING,
	PIECE_WORD,
	PIECE_NUMBER,
	PIECE_SIGN
};

/* A text whose lines are joined where a backslash ends them, without the CRs of line ends. */
struct joined {
	char *text;     /* ended by a NUL that `size` does not count */
	unsigned *line; /* of each byte, 1-based, in the original; also of the NUL */
	size_t *origin; /* of each byte, where it is in the original; also of the NUL */
	size_t size;
};

/* Joins the lines of `text`, `size` bytes. The result is freed by joined_clear. */
void join_lines(struct joined *joined, const char *text, size_t size);
void joined_clear(struct joined *joined);

/* The piece that begins at text[0] of `size` bytes; its length in bytes, 0 at the end. Strings and character constants
 * that are not closed end before the newline, as gcc reads them; a comment that is not closed ends with the text. A
 * prefix (L, u8) is a word of its own. Digraphs are one piece. */
size_t cut_piece(const char *text, size_t size, enum piece_kind *kind);

/* Whether the `length` bytes at `text` are `word`. */
bool is_word(const char *text, size_t length, const char *word);

/* Whether the piece is the sign, or the digraph that stands for it. */
bool is_sign(const char *text, size_t length, char sign);

#endif
