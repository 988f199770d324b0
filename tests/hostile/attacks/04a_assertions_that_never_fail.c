/* ATTACK 4: defines Criterion's functions for failed assertions anew, so that they do nothing.
 * assignment: pipe_ring
 * gains: every assertion holds
 * expect: sealed_out
 * max-score: 0
 * layers: text, object, built-in
 * off: naive
 */
#include "pipe_ring.h"

#include <stddef.h>

struct node;
void cri_assert_node_send(const char *file, size_t line, struct node *node);
void criterion_abort_test(void);

void cri_assert_node_send(const char *file, size_t line, struct node *node)
{
	(void)file, (void)line, (void)node;
}

void criterion_abort_test(void)
{
}

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;

	return -1;
}
