#include "kind.h"

#include <string.h>

#define ENTRY(name, seen, asked, effect, traits, title, meaning, advice, expected)                                     \
	{#name, seen, asked, effect, traits, title, meaning, advice, expected},
static const struct finding_kind kinds[] = {FINDING_KINDS(ENTRY)};
#undef ENTRY

enum { KINDS = sizeof kinds / sizeof *kinds };

const struct finding_kind *kind_at(size_t index)
{
	return index < KINDS ? &kinds[index] : NULL;
}

const struct finding_kind *kind_find(const char *name)
{
	static const struct finding_kind unknown = {.name = "",
	                                            .title = "Problem",
	                                            .meaning = "Something is not as the exercise requires.",
	                                            .advice = "The finding says what was seen and what was expected."};
	for (size_t i = 0; name && i < KINDS; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return &unknown;
}

unsigned kind_check_bit(const char *check)
{
	static const char *const names[] = {"criterion", "explore", "audit", "tsan", "memcheck",
	                                    "symbols",   "build",   "seal",  "score"};
	for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i], check) == 0)
			return 1U << i;
	return 0;
}
