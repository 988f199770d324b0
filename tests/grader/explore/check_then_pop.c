/* check_then_pop: two threads share a stack with one element. Each asks whether the stack is empty and then pops;
 * every step holds the spinlock, but the answer may be out of date when the pop begins.
 * kind: assertion
 * switches: 1
 */
#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

static pthread_spinlock_t lock;
static int stack[1] = {7}; /* protected by lock */
static int height = 1;     /* protected by lock */
static int popped;         /* protected by lock */

#ifdef FIXED
static void pop_if_any(void)
{
	pthread_spin_lock(&lock);
	if (height > 0) {
		popped += stack[--height];
	}
	pthread_spin_unlock(&lock);
}
#else
static bool is_empty(void)
{
	pthread_spin_lock(&lock);
	bool empty = height == 0;
	pthread_spin_unlock(&lock);
	return empty;
}

static void pop(void)
{
	pthread_spin_lock(&lock);
	assert(height > 0);
	popped += stack[--height];
	pthread_spin_unlock(&lock);
}

static void pop_if_any(void)
{
	if (!is_empty()) {
		pop();
	}
}
#endif

static void *worker(void *arg)
{
	(void)arg;
	pop_if_any();
	return NULL;
}

int main(void)
{
	pthread_t threads[2];

	pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE);
	for (int i = 0; i < 2; i++) {
		pthread_create(&threads[i], NULL, worker, NULL);
	}
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], NULL);
	}
	assert(popped == 7);
	pthread_spin_destroy(&lock);
	return 0;
}
