/* share.c - what of the plan is whose. */
#include "cluster.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

/* Digits only: no sign, no blank. */
static bool read_number(const char **text, unsigned *number)
{
	char *end;
	if (!isdigit((unsigned char)**text))
		return false;
	errno = 0;
	unsigned long value = strtoul(*text, &end, 10);
	if (errno || value > UINT_MAX)
		return false;
	*number = (unsigned)value;
	*text = end;
	return true;
}

int share_parse(const char *text, struct share *share, struct error *error)
{
	const char *at = text;
	if (!read_number(&at, &share->number) || *at++ != '/' || !read_number(&at, &share->of) || *at)
		return fail(error, "a share is written K/N, as in 0/8, not '%s'", text);
	if (share->number >= share->of)
		return fail(error, "there is no share %s: the first of %u is 0/%u", text, share->of, share->of);
	return 0;
}

bool share_has(const struct share *share, size_t place)
{
	return place % share->of == share->number;
}
