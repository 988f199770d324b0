/* own_stacks: a thread goes from stack to stack itself; the stacks lie in a frame of main and on the heap. Nobody knows
 * how deep which is, so nothing is said of frames.
 * expect: : none fails
 */
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <ucontext.h>

enum { STACK = 1 << 16 };

static _Thread_local ucontext_t outside, inside;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local int *result;

static void task(void)
{
	int sum = 0;
	for (int i = 0; i < 3; i++) {
		pthread_mutex_lock(&lock);
		sum += i;
		pthread_mutex_unlock(&lock);
		swapcontext(&inside, &outside);
	}
	*result = sum;
}

static void *run_task(void *stack)
{
	int sum = 0;
	result = &sum;
	getcontext(&inside);
	inside.uc_stack.ss_sp = stack;
	inside.uc_stack.ss_size = STACK;
	inside.uc_link = &outside;
	makecontext(&inside, task, 0);
	for (int i = 0; i < 4; i++)
		swapcontext(&outside, &inside);
	return sum == 3 ? NULL : stack;
}

int main(void)
{
	char on_stack[STACK], *on_heap = malloc(STACK);
	pthread_t thread;
	void *bad;
	pthread_create(&thread, NULL, run_task, on_heap);
	void *also_bad = run_task(on_stack);
	pthread_join(thread, &bad);
	free(on_heap);
	return bad || also_bad;
}
