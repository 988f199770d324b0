/* racy.c - two threads that count without a lock, for ThreadSanitizer to see. */
#include <pthread.h>

static int counter;

static void *count(void *unused)
{
	for (int i = 0; i < 1000; i++)
		counter++;
	return unused;
}

int main(void)
{
	pthread_t thread[2];
	for (int i = 0; i < 2; i++)
		if (pthread_create(&thread[i], NULL, count, NULL) != 0)
			return 1;
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	return 0;
}
