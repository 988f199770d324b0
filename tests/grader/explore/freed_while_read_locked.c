/* freed_while_read_locked: a reader looks for a word while the table is thrown away, with the lock that is in it.
 * kind: destroy_in_use use_after_free
 */
#include <pthread.h>
#include <stdlib.h>

struct table {
	pthread_rwlock_t lock;
	int words;
};

static void *count_words(void *data)
{
	struct table *table = data;
	pthread_rwlock_rdlock(&table->lock);
	int words = table->words;
	pthread_rwlock_unlock(&table->lock);
	return words < 0 ? data : NULL;
}

int main(void)
{
	struct table *table = calloc(1, sizeof *table);
	pthread_t reader;
	if (!table)
		return 1;
	pthread_rwlock_init(&table->lock, NULL);
	if (pthread_create(&reader, NULL, count_words, table) != 0)
		return 1;
#ifdef FIXED
	pthread_join(reader, NULL);
#endif
	pthread_rwlock_destroy(&table->lock);
	free(table);
#ifndef FIXED
	pthread_join(reader, NULL);
#endif
	return 0;
}
