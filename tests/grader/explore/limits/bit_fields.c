/* bit_fields: neighbours in one storage unit are one memory location (C11, 3.14): a race.
 * expect: Data race
 */
#include <pthread.h>
#include <stddef.h>

static struct {
	unsigned left : 4, right : 4;
} pair;

static void *set_left(void *unused)
{
	pair.left = 1;
	return unused;
}

int main(void)
{
	pthread_t thread;
	pthread_create(&thread, NULL, set_left, NULL);
	pair.right = 1;
	pthread_join(thread, NULL);
	return 0;
}
