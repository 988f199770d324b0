/* list_node_freed_too_early: two consumers take nodes from a lock-free list and free what they took.
 * The other consumer may hold the same address and is about to read its successor: use after free.
 * kind: use_after_free data_race
 * switches: 1
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { NODES = 3 };

struct node {
	struct node *next;
};

static _Atomic(struct node *) head;
static struct node *nodes[NODES];

static void *consume(void *unused)
{
	(void)unused;
	struct node *node = atomic_load(&head);
	while (node && !atomic_compare_exchange_weak(&head, &node, node->next))
		;
#ifndef FIXED
	free(node);
#endif
	return NULL;
}

int main(void)
{
	for (int i = 0; i < NODES; i++) {
		nodes[i] = malloc(sizeof *nodes[i]);
		if (!nodes[i])
			return 1;
		nodes[i]->next = atomic_load(&head);
		atomic_store(&head, nodes[i]);
	}
	pthread_t consumers[2];
	for (int i = 0; i < 2; i++)
		pthread_create(&consumers[i], NULL, consume, NULL);
	for (int i = 0; i < 2; i++)
		pthread_join(consumers[i], NULL);

	assert(atomic_load(&head) == nodes[0]); /* two of the three were taken from the front */
#ifdef FIXED
	/* Only here nobody can hold an old address any more. */
	for (int i = 1; i < NODES; i++)
		free(nodes[i]);
#endif
	free(nodes[0]);
	return 0;
}
