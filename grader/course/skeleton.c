/* skeleton.c - is a source still the one that was handed out? */
#include "course.h"

#include "../memory.h"

#include <ctype.h>
#include <sha256.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Behind the comment that begins at `text`, or `text` if none does. */
static const char *past_comment(const char *text)
{
	const char *end = NULL;
	if (text[0] == '/' && text[1] == '*')
		end = strstr(text + 2, "*/");
	else if (text[0] == '/' && text[1] == '/')
		return text + strcspn(text, "\n");
	return end ? end + 2 : text;
}

/* Behind the string or character constant that begins at `text`. */
static const char *past_constant(const char *text)
{
	char quote = *text++;
	while (*text && *text != quote && *text != '\n')
		text += text[0] == '\\' && text[1] ? 2 : 1;
	return *text == quote ? text + 1 : text;
}

void skeleton_mark(const char *text, char mark[SKELETON_MARK + 1])
{
	static const char byte_order_mark[] = "\xef\xbb\xbf";
	char *bare = zeroed(strlen(text) + 1, 1), *end = bare, sum[SHA256_DIGEST_STRING_LENGTH];

	if (strncmp(text, byte_order_mark, strlen(byte_order_mark)) == 0)
		text += strlen(byte_order_mark);
	while (*text) {
		const char *next = past_comment(text);
		if (next == text && !isspace((unsigned char)*text)) {
			next = *text == '"' || *text == '\'' ? past_constant(text) : text + 1;
			end = mempcpy(end, text, (size_t)(next - text));
		}
		text = next > text ? next : text + 1;
	}
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
