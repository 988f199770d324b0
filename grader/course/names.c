#include "course.h"

#include <string.h>

enum { LONGEST = 64 }; /* longer words are nobody's slip of the pen */

static size_t min(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Edit distance in which swapping two neighbours counts as one step ("pionts"): Damerau's, in the variant that edits no
 * substring twice. Both words have at most LONGEST letters. */
static size_t distance(const char *a, const char *b)
{
	size_t length = strlen(b);
	size_t row[3][LONGEST + 1]; /* of the letter before the last, of the last, of this one */
	size_t *older = row[0], *old = row[1], *now = row[2];

	for (size_t j = 0; j <= length; j++)
		old[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		now[0] = i;
		for (size_t j = 1; j <= length; j++) {
			now[j] = min(min(old[j] + 1, now[j - 1] + 1), old[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = min(now[j], older[j - 2] + 1);
		}
		size_t *spare = older;
		older = old;
		old = now;
		now = spare;
	}
	return old[length];
}

const char *closest(const char *word, const char *const names[], size_t count)
{
	size_t length = strlen(word);
	size_t allowed = (length + 2) / 3; /* about a third of the letters may be wrong, at most three */
	const char *best = NULL;

	if (length == 0 || length > LONGEST)
		return NULL;
	if (allowed > 3)
		allowed = 3;
	for (size_t i = 0; i < count; i++) {
		size_t steps;
		if (!names[i] || strlen(names[i]) > LONGEST)
			continue;
		steps = distance(word, names[i]);
		if (steps > allowed || steps >= length)
			continue;
		best = names[i];
		if (steps == 0)
			return best;
		allowed = steps - 1; /* only a closer one replaces it */
	}
	return best;
}
