/* relaxed_publication: a thread fills a message and publishes its address with a relaxed store.
 * Relaxed accesses order nothing: who sees the address need not see what was written before it.
 * kind: data_race
 * switches: 0
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

struct message {
	int from, text;
};

#ifdef FIXED
enum { PUBLISH = memory_order_release, RECEIVE = memory_order_acquire };
#else
enum { PUBLISH = memory_order_relaxed, RECEIVE = memory_order_relaxed };
#endif

static struct message letter;
static _Atomic(struct message *) mailbox;

static void *send(void *unused)
{
	(void)unused;
	letter.from = 1;
	letter.text = 42;
	atomic_store_explicit(&mailbox, &letter, PUBLISH);
	return NULL;
}

static void *look(void *unused)
{
	(void)unused;
	struct message *message = atomic_load_explicit(&mailbox, RECEIVE);
	if (message)
		assert(message->from == 1 && message->text == 42);
	return NULL;
}

int main(void)
{
	pthread_t sender, reader;
	pthread_create(&sender, NULL, send, NULL);
	pthread_create(&reader, NULL, look, NULL);
	pthread_join(sender, NULL);
	pthread_join(reader, NULL);
	return 0;
}
