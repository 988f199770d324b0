/* utf8.h - characters in bytes that nobody has vouched for. */
#ifndef UTF8_H
#define UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decodes the character at `text`, which ends with a NUL. Returns its length in bytes (1 to 4) and sets *point; 0 when
 * the bytes are not well-formed UTF-8: overlong, a surrogate, cut off, beyond U+10FFFF (Unicode 15, table 3-7). The NUL
 * itself is a character of length 1. Reads nothing behind the NUL. MT-safe. */
size_t utf8_decode(const char *text, uint32_t *point);

/* Whether the character reorders or hides text or is one that no document may hold: C1 controls, bidirectional
 * controls, invisible characters, line and paragraph separators, interlinear annotation, tags, noncharacters. C0
 * controls and DEL are not judged: newline and tab have their uses. MT-safe. */
bool utf8_deceptive(uint32_t point);

#endif
