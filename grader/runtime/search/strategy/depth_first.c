/* depth_first.c - systematic search: all schedules without preemption, then all with at most one, and so on up to the
 * bound. A run that comes to a state that was seen before, with no more preemptions left than then, is cut off.
 *
 * Musuvathi, Qadeer, "Iterative context bounding for systematic testing of multithreaded programs", PLDI 2007; states
 * are told by their happens-before relation as in Musuvathi et al., "Finding and reproducing Heisenbugs in concurrent
 * programs", OSDI 2008. Invariant: `prefix` is the first schedule, in depth-first order, that was not tried. */
#include "../../internal.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 1 << 12, PROBES = 32 };
_Static_assert(SEARCH_SEEN % FIRST_SLOTS == 0 && (SEARCH_SEEN & (SEARCH_SEEN - 1)) == 0, "it grows by doubling");

static void begin_round(struct search *search)
{
	search->plan.prefix_length = 0;
	search->plan.skipped = false;
	search->plan.schedules = 0;
	search->plan.racy = search->racy_count;
	search->seen_round++;
	search->seen_slots = FIRST_SLOTS;
	search->seen_count = 0;
}

/* The state's entry, or a free one for it. NULL: there is no room. */
static struct seen *find_seen(struct search *search, uint64_t key)
{
	for (size_t probe = 0, at = key % search->seen_slots; probe < PROBES; probe++, at = (at + 1) % search->seen_slots) {
		struct seen *seen = &search->seen[at];
		if (seen->round != search->seen_round || seen->key == key)
			return seen;
	}
	return NULL;
}

/* The table grows with the number of states: each run is a new process, which has to be shown each page that it looks
 * at. */
static void make_room(struct search *search)
{
	size_t slots = search->seen_slots, count = 0;
	if (search->seen_count < slots / 4 || slots == SEARCH_SEEN)
		return;
	struct seen *kept = malloc(search->seen_count * sizeof *kept);
	if (!kept)
		return;
	for (size_t i = 0; i < slots && count < search->seen_count; i++)
		if (search->seen[i].round == search->seen_round)
			kept[count++] = search->seen[i];
	search->seen_slots = 2 * slots;
	memset(search->seen, 0, 2 * slots * sizeof *search->seen);
	for (size_t i = 0; i < count; i++) {
		struct seen *seen = find_seen(search, kept[i].key);
		if (seen)
			*seen = kept[i];
	}
	free(kept);
}

static void next_round(struct search *search)
{
	if (!search->plan.unsure) {
		search->plan.completed_bound = (int)search->plan.bound;
		search->plan.bound_schedules = search->plan.schedules;
		search->plan.exhausted = !search->plan.skipped;
	}
	if (!search->plan.skipped || search->plan.unsure || search->plan.bound >= search->bound) {
		search->plan.done = true;
		return;
	}
	search->plan.bound++;
	begin_round(search);
}

static bool plan(struct search *search, uint64_t number)
{
	(void)number;
	/* With new places to decide at, the tree is another one. */
	if (!search->plan.begun || (!search->plan.done && search->plan.racy != search->racy_count)) {
		search->plan.begun = true;
		search->plan.bound = 0;
		search->plan.completed_bound = -1;
		begin_round(search);
	}
	return !search->plan.done;
}

/* From the last decision backwards: the first that has an option left within the bound. */
static void learn(struct search *search)
{
	unsigned spent[SEARCH_DECISIONS], total = 0;
	size_t count = search->decision_count;
	make_room(search);
	search->plan.schedules += !search->pruned;
	search->plan.unsure |= search->overflow || search->limits || search->out_of_steps;
	for (size_t i = 0; i < count; i++) {
		spent[i] = total;
		total += decision_costs(&search->decision[i], search->decision[i].chosen);
	}
	for (size_t i = count; i-- > 0;) {
		const struct decision *decision = &search->decision[i];
		for (unsigned option = decision->chosen + 1u; option < decision->count; option++) {
			if (spent[i] + decision_costs(decision, option) > search->plan.bound) {
				search->plan.skipped = true;
				continue;
			}
			for (size_t j = 0; j < i; j++)
				search->plan.prefix[j] = search->decision[j].chosen;
			search->plan.prefix[i] = (uint8_t)option;
			search->plan.prefix_length = i + 1;
			return;
		}
	}
	next_round(search);
}

static uint64_t mix(uint64_t a, uint64_t b)
{
	uint64_t z = (a ^ b) * 0x9e3779b97f4a7c15;
	z = (z ^ z >> 29) * 0xbf58476d1ce4e5b9;
	return z ^ z >> 32;
}

uint64_t search_state(const struct search *search, const struct moment *moment)
{
	uint64_t key = mix((uint64_t)moment->kind * 4 + moment->can_go_on * 2u + moment->yields, (uint64_t)moment->current);
	key = mix(key, (uint64_t)rt_earliest_timed());
	for (int i = 0; i < WORLD->thread_count; i++) {
		const struct rt_thread *thread = &WORLD->thread[i];
		key = mix(key, search->lived[i] + (uint64_t)(thread->state * 32 + thread->wait * 2 + thread->timed_out));
	}
	return key ? key : 1;
}

/* Was this state entered before with as many preemptions left? If not, it is noted. */
static bool seen_before(struct search *search, const struct moment *moment)
{
	uint64_t key = search_state(search, moment);
	uint32_t budget = search->plan.bound - (uint32_t)search->preemptions;
	struct seen *seen = find_seen(search, key);
	if (!seen)
		return false;
	if (seen->round != search->seen_round) {
		*seen = (struct seen){key, search->seen_round, budget};
		search->seen_count++;
		return false;
	}
	if (seen->budget >= budget)
		return true;
	seen->budget = budget;
	return false;
}

static size_t choose(struct search *search, const struct moment *moment)
{
	if (search->decision_count < search->plan.prefix_length)
		return search->plan.prefix[search->decision_count];
	if (seen_before(search, moment))
		search->pruned = true;
	return 0;
}

const struct strategy strategy_depth_first = {"depth-first", true, plan, choose, learn};
