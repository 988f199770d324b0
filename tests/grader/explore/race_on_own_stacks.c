/* race_on_own_stacks: a helper goes between two stacks of its own, in calls of another depth on each, and counts on one
 * of them without a lock.
 * kind: data_race
 * says: thread 1 · task 0 +line 37 +switch stacks +task 1 begins
 * says: !thread 1 · task 1 +line 31 +read counter
 * says: thread 1 · task 1 +end +thread 1 goes on
 */
#include <pthread.h>
#include <stddef.h>
#include <ucontext.h>

enum { STACK = 1 << 16 };

static int counter;
#ifdef FIXED
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
#define LOCK(call) call(&lock)
#else
#define LOCK(call) (void)0
#endif

static struct {
	ucontext_t context;
	char stack[STACK];
} task[2];
static ucontext_t helper;

static void add(void)
{
	LOCK(pthread_mutex_lock);
	counter++;
	LOCK(pthread_mutex_unlock);
}

static void leave(int from)
{
	swapcontext(&task[from].context, &task[1 - from].context);
}

static void deeper(void)
{
	leave(1);
	add();
}

static void shallow(void)
{
	leave(0);
}

static void deep(void)
{
	deeper();
}

static void *help(void *unused)
{
	for (int i = 0; i < 2; i++) {
		getcontext(&task[i].context);
		task[i].context.uc_stack.ss_sp = task[i].stack;
		task[i].context.uc_stack.ss_size = STACK;
		task[i].context.uc_link = i ? &helper : &task[1].context;
		makecontext(&task[i].context, i ? deep : shallow, 0);
	}
	swapcontext(&helper, &task[0].context);
	return unused;
}

int main(void)
{
	pthread_t thread;
	if (pthread_create(&thread, NULL, help, NULL) != 0)
		return 1;
	add();
	pthread_join(thread, NULL);
	return 0;
}
