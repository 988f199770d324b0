/* struct_by_value: a clerk gives an amount away by its address, and the amount is a part of his own parameter.
 * The struct is passed by value, and too large for registers: it lies in the frame of the caller.
 * kind: data_race
 * says: two accesses to amounts\.first of deposit, at least one of them a write
 */
#include <pthread.h>
#include <stddef.h>

struct amounts {
	long first, second, third;
};

static void *halve(void *amount)
{
	*(long *)amount /= 2;
	return NULL;
}

static long deposit(struct amounts amounts)
{
	pthread_t clerk;
	if (pthread_create(&clerk, NULL, halve, &amounts.first) != 0)
		return 0;
#ifdef FIXED
	pthread_join(clerk, NULL);
#endif
	amounts.first += 2;
#ifndef FIXED
	pthread_join(clerk, NULL);
#endif
	return amounts.first + amounts.second + amounts.third;
}

int main(void)
{
	return deposit((struct amounts){8, 0, 0}) > 12;
}
