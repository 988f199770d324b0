/* order_tests.c - the same schedule gives the same sequence of events; the sequence is printed, for runtime_test.c to compare. */
#include "kit.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>

struct journal {
	pthread_mutex_t mutex;
	int count;
	char text[200];
};

void run_threads(struct journal *journal);
uint64_t run_remains(struct journal *journal);
void run_children(char text[100]);

KIT_TEST(order, of_threads)
{
	static struct journal journal = {PTHREAD_MUTEX_INITIALIZER, 0, ""};
	run_threads(&journal);
	printf("%s\n", journal.text);
}

KIT_TEST(order, of_processes)
{
	char text[100] = "";
	run_children(text);
	printf("%s\n", text);
}

KIT_TEST(order, of_what_is_left)
{
	static struct journal journal = {PTHREAD_MUTEX_INITIALIZER, 0, ""};
	uint64_t hash = run_remains(&journal);
	printf("%s %llx\n", journal.text, (unsigned long long)hash);
}
