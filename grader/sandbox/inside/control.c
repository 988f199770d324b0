/* control.c - a race, a leak and an uninitialised value, which the tools must report here before they are believed
 * anywhere: `doctor` compiles and runs it in the cage. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static int raced;

static void *race(void *nothing)
{
	(void)nothing;
	raced++;
	return NULL;
}

static __attribute__((noinline)) void leak(void)
{
	int *volatile block = malloc(173);
	if (block && *block == 173)
		puts("an uninitialised value");
	block = NULL;
}

int main(void)
{
	pthread_t thread;
	if (pthread_create(&thread, NULL, race, NULL) != 0)
		return 1;
	raced++;
	pthread_join(thread, NULL);
	leak();
	return 0;
}
