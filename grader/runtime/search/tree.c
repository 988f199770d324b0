/* tree.c - the schedules of a small program, as a tree for who has no explorer at hand: each state is gone on from
 * once, those with the fewest preemptions first. */
#include "campaign_private.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_OPTIONS = 256 }; /* taken one after the other: more than a small program has */

/* A run up to its next choice. */
struct node {
	uint64_t state; /* of the choice; 0: the run was over */
	int from, same;
	unsigned preemptions;
	bool expanded;
	size_t taken, options;
	uint8_t option[MOST_OPTIONS];
	bool costs[SEARCH_THREADS];
};

struct tree {
	struct node *node;
	size_t count, room;
	FILE *runs, *moments;
};

static int find_state(const struct tree *tree, uint64_t state)
{
	for (size_t i = 0; state && i < tree->count; i++)
		if (tree->node[i].state == state && tree->node[i].same < 0)
			return (int)i;
	return -1;
}

static void note_options(struct node *node, const struct moment *moment)
{
	bool priced = moment->kind == DECIDE_NEXT && moment->can_go_on;
	const struct decision decision = {
	    .kind = (uint8_t)moment->kind, .fires = moment->fires < 0 ? 255 : (uint8_t)moment->fires, .priced = priced};
	node->options = moment->count;
	for (size_t i = 0; i < moment->count; i++)
		node->costs[i] = decision_costs(&decision, i);
}

static void put_node(const struct tree *tree, struct node *node, const char *status, struct told told)
{
	fprintf(tree->moments, "%s{\"from\":%d,\"same\":%d,\"moment\":", tree->count ? "," : "", node->from, node->same);
	campaign_put_moment(status, told, tree->moments);
	fputc('}', tree->moments);
}

/* The run of node->option: where it leads. */
static void run(struct state *state, struct tree *tree, struct node *node)
{
	struct search *search = SEARCH;
	unsigned racy = search->racy_count;
	const char *status = campaign_run_options(state, node->option, node->taken, false);
	search->racy_count = racy;
	node->preemptions = (unsigned)search->preemptions;
	if (is(status, "pruned")) {
		node->state = search_state(search, &search->moment);
		note_options(node, &search->moment);
	}
	node->same = find_state(tree, node->state);
	fputs(tree->count ? "," : "", tree->runs);
	put_node(tree, node, status, campaign_put_game_run(state, status, false, tree->runs));
	tree->count++;
}

/* The next to go on from; NULL: there is none. */
static struct node *pick(const struct tree *tree)
{
	struct node *found = NULL;
	for (size_t i = 0; i < tree->count; i++) {
		struct node *node = &tree->node[i];
		bool open = node->state && node->same < 0 && !node->expanded && node->taken < MOST_OPTIONS;
		if (open && (!found || node->preemptions < found->preemptions))
			found = node;
	}
	return found;
}

static void expand(struct state *state, struct tree *tree, struct node *from)
{
	from->expanded = true;
	for (size_t i = 0; i < from->options && tree->count < tree->room; i++) {
		struct node *node = &tree->node[tree->count];
		if (from->preemptions + from->costs[i] > state->options->bound)
			continue;
		memcpy(node->option, from->option, from->taken);
		node->option[from->taken] = (uint8_t)i;
		node->taken = from->taken + 1;
		node->from = (int)(from - tree->node);
		run(state, tree, node);
	}
}

/* The node that the option leads to; NULL: it was not run. */
static struct node *child(const struct tree *tree, const struct node *from, uint8_t option)
{
	for (size_t i = 0; i < tree->count; i++) {
		struct node *node = &tree->node[i];
		if (node->from == from - tree->node && node->option[from->taken] == option)
			return node->same >= 0 ? &tree->node[node->same] : node;
	}
	return NULL;
}

/* What has to be in the tree, however many runs there may be: that schedule, and what lies beside it. */
static void follow(struct state *state, struct tree *tree, const uint8_t option[], size_t count)
{
	struct node *node = &tree->node[0];
	for (size_t i = 0; node && node->state && i < count; i++) {
		if (!node->expanded)
			expand(state, tree, node);
		node = child(tree, node, option[i]);
	}
}

static void grow(struct state *state, struct tree *tree)
{
	uint8_t option[SEARCH_DECISIONS];
	size_t count = campaign_read_options(state->options->play, option);
	tree->node[0].from = -1;
	run(state, tree, &tree->node[0]);
	follow(state, tree, option, count);
	for (struct node *node; tree->count < tree->room && (node = pick(tree));)
		expand(state, tree, node);
}

const char *campaign_tree(struct state *state, FILE *out)
{
	char *runs, *moments;
	size_t runs_size, moments_size;
	struct tree tree = {.room = state->options->tree,
	                    .node = calloc(state->options->tree, sizeof *tree.node),
	                    .runs = open_memstream(&runs, &runs_size),
	                    .moments = open_memstream(&moments, &moments_size)};
	if (!tree.node || !tree.runs || !tree.moments)
		abort();
	grow(state, &tree);
	fclose(tree.runs);
	fclose(tree.moments);
	campaign_put_summary(state, out);
	fprintf(out, ",\"found\":[%s],\"moments\":[%s]", runs, moments);
	free(tree.node);
	free(moments);
	free(runs);
	return "pass";
}
