/* tokens.h - private to similarity/: a C source as tokens. */
#ifndef SIMILARITY_TOKENS_H
#define SIMILARITY_TOKENS_H

#include "similarity.h"

/* The significant tokens of `text` (NUL-terminated; anything at all may be in it), all of them their own. The caller
 * frees the array. Punctuation is one character each, as sim_c takes it. MT: safe. */
struct similar_token *tokens_read(const char *text, size_t *count);

/* Takes away what a file has again and again: of tokens that begin the same SIMILAR_RUN ones all but the first
 * SIMILAR_AGAIN. Long tables, and files made to be looked at for hours, become short. Returns how many are left. MT:
 * safe. */
size_t tokens_thin(struct similar_token *token, size_t count);

/* What sim_c is shown of it: a keyword, "x" or a character. Static. */
const char *token_text(const struct similar_token *token);

/* Takes from `token` what it has from `base`: SIMILAR_SPELT or more in a row that are spelt the same. MT: safe. */
void tokens_disown(struct similar_token *token, size_t count, const struct similar_token *base, size_t base_count);

#endif
