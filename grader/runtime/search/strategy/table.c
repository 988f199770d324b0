/* table.c - finds strategies by name. */
#include "../search.h"

#include <string.h>

#define STRATEGY(symbol, text) extern const struct strategy strategy_##symbol;
#include "strategies.h"
#undef STRATEGY

const struct strategy *strategy_find(const char *name)
{
#define STRATEGY(symbol, text)                                                                                         \
	if (strcmp(name, text) == 0)                                                                                       \
		return &strategy_##symbol;
#include "strategies.h"
#undef STRATEGY
	return NULL;
}
