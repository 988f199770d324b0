/* key_destructor_order: a thread's log keeps its text in the thread's scratch buffer; log and buffer hang on one
 * key each. The order of the destructors is not specified (here it is that of the keys, and so of whoever created
 * one first): when the buffer goes first, closing the log reads freed memory.
 * kind: use_after_free data_race
 * switches: 0
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct log {
	char *text;
};

static pthread_once_t log_once = PTHREAD_ONCE_INIT;
static pthread_once_t scratch_once = PTHREAD_ONCE_INIT;
static pthread_key_t log_key;
static pthread_key_t scratch_key;
static atomic_int written;

static void close_log(void *value)
{
	struct log *log = value;

	if (log->text[0] == 'a') {
		written++;
	}
#ifdef FIXED
	free(log->text);
#endif
	free(log);
}

static void create_log_key(void)
{
	pthread_key_create(&log_key, close_log);
}

static void create_scratch_key(void)
{
	pthread_key_create(&scratch_key, free);
}

static char *get_scratch(void)
{
	pthread_once(&scratch_once, create_scratch_key);
	char *scratch = pthread_getspecific(scratch_key);
	if (scratch == NULL) {
		scratch = malloc(2);
		assert(scratch != NULL);
		pthread_setspecific(scratch_key, scratch);
	}
	return scratch;
}

static void *logger(void *arg)
{
	struct log *log = malloc(sizeof(*log));

	(void)arg;
	assert(log != NULL);
	pthread_once(&log_once, create_log_key);
#ifdef FIXED
	log->text = malloc(2); /* the log owns its text and frees it itself */
	assert(log->text != NULL);
#else
	log->text = get_scratch();
#endif
	log->text[0] = 'a';
	pthread_setspecific(log_key, log);
	return NULL;
}

static void *calculator(void *arg)
{
	(void)arg;
	get_scratch()[0] = 'b';
	return NULL;
}

int main(void)
{
	pthread_t threads[2];

	pthread_create(&threads[0], NULL, logger, NULL);
	pthread_create(&threads[1], NULL, calculator, NULL);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	assert(written == 1);
	return 0;
}
