/* mixture.c - the default: all strategies in turn, because each finds bugs early that another finds late, and some
 * of the runs for the systematic search, whose end is a proof. */
#include "../search.h"

#define STRATEGY(symbol, text) extern const struct strategy strategy_##symbol;
#include "strategies.h"
#undef STRATEGY

static const struct strategy *const parts[] = {&strategy_weighted, &strategy_pos,    &strategy_depth_first,
                                               &strategy_pct,      &strategy_random, &strategy_depth_first,
                                               &strategy_racy};
enum { PARTS = sizeof parts / sizeof *parts };

/* The first run is the plain one, from which the others learn how long runs are. */
static bool plan(struct search *search, uint64_t number)
{
	const struct strategy *part = number ? parts[(number - 1) % PARTS] : &strategy_depth_first;
	if (part == &strategy_depth_first && search->plan.begun && search->plan.done)
		part = parts[number % 2 ? 0 : 1];
	if (part == &strategy_racy && !search->racy_object_count) /* no race was seen yet */
		part = &strategy_pos;
	search->strategy = part;
	return !search->plan.exhausted && part->plan(search, number);
}

const struct strategy strategy_mixture = {"mixture", false, plan, NULL, NULL};
