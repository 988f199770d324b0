/* order_of_a_loop: each cook gets the address of the order, which is a variable of the loop that starts them.
 * When a cook looks, it may be the next one's order, or the function may have returned, and others use its stack.
 * kind: data_race dead_stack
 * says: two accesses to order\.guest of start, at least one of them a write
 */
#include <pthread.h>
#include <stddef.h>
#include <string.h>

enum { COOKS = 2 };

struct order {
	int dish, guest;
};

static pthread_t cook[COOKS];
static const struct order ordered[COOKS] = {{7, 0}, {9, 1}};
static int served[COOKS];

static void *prepare(void *argument)
{
	const struct order *order = argument;
	int guest = order->guest;
	if (guest >= 0 && guest < COOKS)
		served[guest] = 1;
	return NULL;
}

static void start(struct order *own)
{
	for (int i = 0; i < COOKS; i++) {
		struct order order = ordered[i];
#ifdef FIXED
		own[i] = order;
		pthread_create(&cook[i], NULL, prepare, &own[i]);
#else
		(void)own;
		pthread_create(&cook[i], NULL, prepare, &order);
#endif
	}
}

static void wait_for_all(void)
{
	char note[400]; /* where the order was */
	memset(note, 0, sizeof note);
	for (int i = 0; i < COOKS; i++)
		pthread_join(cook[i], NULL);
}

int main(void)
{
	struct order own[COOKS];
	start(own);
	wait_for_all();
	return 0;
}
