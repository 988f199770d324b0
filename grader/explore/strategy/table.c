/* table.c - all strategies. */
#include "../search.h"

#include <string.h>

const struct strategy *const strategy_list[] = {
    &strategy_mixture,  &strategy_random,      &strategy_pct,    &strategy_pos,
    &strategy_weighted, &strategy_depth_first, &strategy_replay, NULL};

const struct strategy *strategy_find(const char *name)
{
	for (const struct strategy *const *strategy = strategy_list; *strategy; strategy++)
		if (strcmp((*strategy)->name, name) == 0)
			return *strategy;
	return NULL;
}
