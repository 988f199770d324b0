/* local_array_returned: a function keeps the names of the workers in a local array and leaves a pointer to it behind.
 * kind: dead_stack
 */
#include <pthread.h>
#include <stddef.h>
#include <string.h>

static const char *name;
static char kept[16];

static void choose_name(void)
{
#ifdef FIXED
	char *text = kept;
#else
	char local[sizeof kept], *text = local;
#endif
	strcpy(text, "worker");
	name = text;
}

static void *work(void *unused)
{
	return unused;
}

int main(void)
{
	pthread_t thread;
	if (pthread_create(&thread, NULL, work, NULL) != 0)
		return 1;
	choose_name();
	char first = *name;
	pthread_join(thread, NULL);
	return first == 0;
}
