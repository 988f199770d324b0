/* races.c - a submission for the runtime's own tests: what only ThreadSanitizer can see, as all locks are taken one after the other. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

static void run(void *(*one)(void *), void *(*two)(void *), void *argument)
{
	pthread_t first, second;
	pthread_create(&first, NULL, one, argument);  /* {create first} */
	pthread_create(&second, NULL, two, argument); /* {create second} */
	pthread_join(first, NULL);
	pthread_join(second, NULL);
}

static void add(long *number)
{
	++*number; /* {add} */
}

static void *add_once(void *number)
{
	add(number); /* {call add} */
	return NULL;
}

/* Wrong: nothing orders the two. */
void add_twice(long *number)
{
	run(add_once, add_once, number);
}

struct guarded {
	pthread_mutex_t one, two;
	long number;
};

static void *add_under_one(void *data)
{
	struct guarded *guarded = data;
	pthread_mutex_lock(&guarded->one);
	guarded->number++; /* {under one} */
	pthread_mutex_unlock(&guarded->one);
	return NULL;
}

static void *add_under_two(void *data)
{
	struct guarded *guarded = data;
	pthread_mutex_lock(&guarded->two);
	guarded->number++; /* {under two} */
	pthread_mutex_unlock(&guarded->two);
	return NULL;
}

/* Wrong: two mutexes for one number. */
void add_under_different_locks(struct guarded *guarded)
{
	run(add_under_one, add_under_two, guarded);
}

/* Right. */
void add_under_one_lock(struct guarded *guarded)
{
	run(add_under_one, add_under_one, guarded);
}

static void lock_both(pthread_mutex_t *first, pthread_mutex_t *second)
{
	pthread_mutex_lock(first);
	pthread_mutex_lock(second); /* {inner lock} */
	pthread_mutex_unlock(second);
	pthread_mutex_unlock(first);
}

static void *one_then_two(void *data)
{
	struct guarded *guarded = data;
	lock_both(&guarded->one, &guarded->two); /* {one then two} */
	return NULL;
}

static void *two_then_one(void *data)
{
	struct guarded *guarded = data;
	lock_both(&guarded->two, &guarded->one); /* {two then one} */
	return NULL;
}

/* Wrong, though it never hangs here: one thread has ended before the other begins. */
void lock_in_opposite_orders(struct guarded *guarded)
{
	pthread_t thread;
	pthread_create(&thread, NULL, one_then_two, guarded);
	pthread_join(thread, NULL);
	pthread_create(&thread, NULL, two_then_one, guarded);
	pthread_join(thread, NULL);
}

void *release(void *memory)
{
	free(memory); /* {free} */
	return NULL;
}

int use(const int *memory)
{
	return *memory; /* {use} */
}

/* Right: the mutex and the condition variable order the two. */
struct hand_over {
	pthread_mutex_t mutex;
	pthread_cond_t ready;
	int there;
	long value;
};

static void *produce(void *data)
{
	struct hand_over *hand_over = data;
	hand_over->value = 7;
	pthread_mutex_lock(&hand_over->mutex);
	hand_over->there = 1;
	pthread_cond_signal(&hand_over->ready);
	pthread_mutex_unlock(&hand_over->mutex);
	return NULL;
}

static void *consume(void *data)
{
	struct hand_over *hand_over = data;
	pthread_mutex_lock(&hand_over->mutex);
	while (!hand_over->there)
		pthread_cond_wait(&hand_over->ready, &hand_over->mutex);
	pthread_mutex_unlock(&hand_over->mutex);
	hand_over->value++;
	return NULL;
}

void hand_over(struct hand_over *hand_over)
{
	run(produce, consume, hand_over);
}

struct attempt {
	_Atomic long value;
	long expected;
};

static void *attempt_in_vain(void *data)
{
	struct attempt *attempt = data;
	atomic_compare_exchange_strong(&attempt->value, &attempt->expected, 5); /* {attempt} */
	return NULL;
}

/* Wrong: both write what they expected, which is no atomic object. */
void attempt_twice(struct attempt *attempt)
{
	run(attempt_in_vain, attempt_in_vain, attempt);
}
