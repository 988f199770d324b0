/* message_while_printed: one thread writes a message with snprintf while the other looks for its end.
 * kind: data_race
 */
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char message[32]; /* under lock */

static void *report(void *unused)
{
	pthread_mutex_lock(&lock);
	snprintf(message, sizeof message, "%d of %d\n", 3, 4);
	pthread_mutex_unlock(&lock);
	return unused;
}

int main(void)
{
	pthread_t thread;
	if (pthread_create(&thread, NULL, report, NULL) != 0)
		return 1;
#ifdef FIXED
	pthread_mutex_lock(&lock);
#endif
	const char *end = strchr(message, '\n');
#ifdef FIXED
	pthread_mutex_unlock(&lock);
#endif
	pthread_join(thread, NULL);
	return end && end < message;
}
