/* deviations.c - a schedule as the decisions in it that differ from the default: taken from a run, played again, as the
 * text of a token. */
#include "campaign_private.h"

#include <stdlib.h>
#include <string.h>

struct deviation *campaign_deviations_new(void)
{
	struct deviation *deviation = malloc(SEARCH_DEVIATIONS * sizeof *deviation);
	if (!deviation)
		abort();
	return deviation;
}

static int by_place(const void *a, const void *b)
{
	const struct deviation *x = a, *y = b;
	return x->thread != y->thread ? x->thread - y->thread : x->number < y->number ? -1 : x->number > y->number;
}

/* How the run that just ended differs from the default. Returns the number of preemptions. */
unsigned campaign_deviations(struct deviation *deviation, size_t *count)
{
	struct search *search = SEARCH;
	unsigned switches = 0;
	*count = 0;
	for (size_t i = 0; i < search->decision_count && *count < SEARCH_DEVIATIONS; i++) {
		const struct decision *decision = &search->decision[i];
		if (!decision->chosen)
			continue;
		bool interrupts = decision_costs(decision, decision->chosen);
		deviation[(*count)++] = (struct deviation){decision->thread, decision->value, interrupts, decision->number};
		switches += interrupts;
	}
	return switches;
}

const char *campaign_replay_traced(struct state *state, const struct deviation *deviation, size_t count,
                                   enum tracing tracing)
{
	struct search *search = SEARCH;
	for (size_t i = 0; i < count; i++)
		search->plan.deviation[i] = deviation[i];
	search->plan.deviations = count;
	qsort(search->plan.deviation, count, sizeof *deviation, by_place);
	search->strategy = &strategy_replay;
	campaign_prepare(0, 0);
	search->tracing = (uint8_t)tracing;
	return campaign_run_once(state);
}

const char *campaign_replay(struct state *state, const struct deviation *deviation, size_t count)
{
	return campaign_replay_traced(state, deviation, count, TRACE_NONE);
}

/* "1.12.2,2.3r1.0+401a2c": thread 1 at its decision 12 goes to 2; thread 2, when it first comes to the first racy place
 * after its decision 3, to 0 (r66 of 64 places: the second time at the second); the racy places, where any decision is
 * at one. */
char *campaign_deviations_text(const struct deviation *deviation, size_t count)
{
	const struct search *search = SEARCH;
	char *text;
	size_t size;
	bool racy = false;
	FILE *out = open_memstream(&text, &size);
	if (!out)
		abort();
	for (size_t i = 0; i < count; i++) {
		unsigned racy_number = deviation[i].number % SEARCH_RACY_NUMBERS;
		fprintf(out, "%s%u.%llu", i ? "," : "", deviation[i].thread,
		        (unsigned long long)deviation[i].number / SEARCH_RACY_NUMBERS);
		if (racy_number)
			fprintf(out, "r%u", racy_number);
		fprintf(out, ".%u", deviation[i].value);
		racy |= racy_number != 0;
	}
	if (!count)
		fprintf(out, "0");
	for (unsigned i = 0; racy && i < search->racy_count; i++)
		fprintf(out, "+%lx", (unsigned long)search->racy[i]);
	fclose(out);
	return text;
}

size_t campaign_deviations_read(const char *text, struct deviation *deviation)
{
	struct search *search = SEARCH;
	size_t count = 0;
	for (const char *at = text; at && count < SEARCH_DEVIATIONS; at = strchr(at, ',')) {
		unsigned thread, number, racy = 0, value;
		int used = 0;
		at += *at == ',';
		if (sscanf(at, "%u.%u%n", &thread, &number, &used) != 2)
			break;
		at += used;
		if (*at == 'r' && sscanf(at, "r%u%n", &racy, &used) == 1)
			at += used;
		if (sscanf(at, ".%u", &value) != 1 || thread >= SEARCH_THREADS || value >= SEARCH_THREADS ||
		    racy >= SEARCH_RACY_NUMBERS)
			break;
		deviation[count++] =
		    (struct deviation){(uint8_t)thread, (uint8_t)value, true, (uint64_t)number * SEARCH_RACY_NUMBERS + racy};
	}
	for (const char *at = text; (at = strchr(at, '+')) && search->racy_count < SEARCH_RACY;)
		search->racy[search->racy_count++] = strtoul(++at, NULL, 16);
	return count;
}

void campaign_plan_replay(const char *deviations)
{
	struct search *search = SEARCH;
	search->plan.deviations = campaign_deviations_read(deviations, search->plan.deviation);
	qsort(search->plan.deviation, search->plan.deviations, sizeof *search->plan.deviation, by_place);
	search->strategy = &strategy_replay;
	search->step_limit = UINT64_MAX;
	campaign_prepare(0, 0);
	search->recording = true; /* calls rt_decisive_switch */
}
