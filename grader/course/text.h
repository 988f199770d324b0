/* text.h - reading a file that people wrote, without trusting that it is one. For the folders in which submissions are
 * taken in: course, intake, class. */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct text {
	char *bytes; /* followed by a NUL that `size` does not count */
	size_t size;
};

enum text_state {
	TEXT_OK,
	TEXT_ABSENT,    /* there is nothing of that name */
	TEXT_REFUSED,   /* there is, and `problem` says what is wrong with it: "is a folder, not a file" */
	TEXT_UNREADABLE /* there is, but the machine does not let us read it: `problem` says why */
};

/* Reads the regular file `name` in the folder that descriptor `folder` stands for (or AT_FDCWD). A file of more than
 * `limit` bytes is refused unread. Never blocks: FIFOs, sockets and devices are refused unopened. A symbolic link is
 * followed only if `follow`; without it a hard link to a file of another owner than the folder's is refused, too.
 * `problem` has room for `problem_size` bytes. The caller frees text->bytes, NULL unless TEXT_OK. */
enum text_state text_read(int folder, const char *name, bool follow, size_t limit, struct text *text, char *problem,
                          size_t problem_size);

/* Number of leading bytes that are well-formed UTF-8 (no overlong forms, no surrogates); `size` if all are. A NUL must
 * follow the bytes. */
size_t text_utf8_prefix(const char *bytes, size_t size);

/* Whether the identifier `word` stands in the text by itself; false when `text` is NULL. */
bool text_has_word(const char *text, const char *word);

/* Whether the `length` bytes at `at`, which lie in `text`, are neither preceded nor followed by a part of a word. */
bool text_is_word(const char *text, const char *at, size_t length);

/* 1-based line of the byte at `offset`; its 1-based column in characters goes to *column unless that is NULL. */
unsigned text_line(const char *bytes, size_t offset, unsigned *column);

/* Makes UTF-8 of UTF-16 with a byte-order mark, and of text that would be UTF-8 but for some letters of the Western
 * encodings (Latin-1, Windows-1252). Returns what it was, for a sentence; NULL when nothing was done. */
const char *text_to_utf8(struct text *text);

/* Length of the UTF-8 byte-order mark that the text begins with: 3 or 0. */
size_t text_bom(const struct text *text);

#endif
