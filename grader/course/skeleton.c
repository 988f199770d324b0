/* skeleton.c - is a source still the one that was handed out? */
#include "course.h"

#include "../lex.h"
#include "../memory.h"

#include <sha256.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void skeleton_mark(const char *text, char mark[SKELETON_MARK + 1])
{
	static const char byte_order_mark[] = "\xef\xbb\xbf";
	char *bare = zeroed(strlen(text) + 1, 1), *end = bare, sum[SHA256_DIGEST_STRING_LENGTH];
	struct joined joined;
	enum piece_kind kind;

	if (strncmp(text, byte_order_mark, strlen(byte_order_mark)) == 0)
		text += strlen(byte_order_mark);
	join_lines(&joined, text, strlen(text));
	for (size_t at = 0, length; (length = cut_piece(joined.text + at, joined.size - at, &kind)) > 0; at += length)
		if (kind != PIECE_COMMENT && kind != PIECE_SPACE && kind != PIECE_NEWLINE)
			end = mempcpy(end, joined.text + at, length);
	joined_clear(&joined);
	SHA256Data((const uint8_t *)bare, (size_t)(end - bare), sum);
	snprintf(mark, SKELETON_MARK + 1, "%.*s", SKELETON_MARK, sum);
	free(bare);
}

bool is_skeleton(const struct assignment *assignment, const char *text)
{
	char mark[SKELETON_MARK + 1];
	if (!assignment->skeleton || !text)
		return false;
	skeleton_mark(text, mark);
	return strcmp(mark, assignment->skeleton) == 0;
}
