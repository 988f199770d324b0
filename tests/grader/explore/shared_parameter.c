/* shared_parameter: a struct that came in a register is changed by the function and by a thread that has its address.
 * kind: data_race
 * says: two accesses to pair\.right of sum, at least one of them a write
 */
#include <pthread.h>
#include <stddef.h>

struct pair {
	int left, right; /* fits a register */
};

static void *add(void *number)
{
	*(int *)number += 1;
	return NULL;
}

static int sum(struct pair pair)
{
	pthread_t thread;
	if (pthread_create(&thread, NULL, add, &pair.right) != 0)
		return 0;
#ifdef FIXED
	pthread_join(thread, NULL);
#endif
	pair.right *= 2;
#ifndef FIXED
	pthread_join(thread, NULL);
#endif
	return pair.left + pair.right;
}

int main(void)
{
	return sum((struct pair){1, 2}) > 9;
}
