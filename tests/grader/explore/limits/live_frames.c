/* live_frames: pointers to local variables that live long enough, in all ways that programs have of making frames.
 * expect: : none fails
 */
#include <alloca.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int total; /* under lock */
static jmp_buf top;

static void add(const int *number)
{
	pthread_mutex_lock(&lock);
	total += *number;
	pthread_mutex_unlock(&lock);
}

static int compare(const void *a, const void *b)
{
	pthread_mutex_lock(&lock);
	pthread_mutex_unlock(&lock);
	return *(const int *)a - *(const int *)b;
}

static void on_signal(int signal)
{
	add(&signal);
}

static int depth(int level)
{
	int here = level;
	if (!level)
		longjmp(top, 1);
	return depth(level - 1) + here;
}

static void *use(void *numbers)
{
	int *number = numbers, *copy = alloca(3 * sizeof *copy), count = 3, rest[count];
	for (int i = 0; i < count; i++)
		rest[i] = copy[i] = number[i];
	qsort(copy, 3, sizeof *copy, compare);
	raise(SIGUSR1);
	add(&copy[0]);
	add(&rest[2]);
	number[0]++;
	return NULL;
}

static void *boss(void *numbers)
{
	pthread_t helper;
	int own[3] = {1, 2, 3};
	pthread_create(&helper, NULL, use, own);
	if (setjmp(top) == 0)
		depth(20);
	use(numbers);
	pthread_join(helper, NULL);
	add(&own[0]);
	return NULL;
}

int main(void)
{
	signal(SIGUSR1, on_signal);
	pthread_t one, other;
	int numbers[2][3] = {{5, 4, 3}, {7, 7, 7}};
	void *stack = malloc(1 << 18);
	pthread_attr_t attributes;
	pthread_attr_init(&attributes);
	pthread_attr_setstack(&attributes, stack, 1 << 18);
	pthread_create(&one, NULL, boss, numbers[0]);
	pthread_create(&other, &attributes, use, numbers[1]);
	pthread_join(one, NULL);
	pthread_join(other, NULL);
	free(stack);
	return numbers[0][0] + numbers[1][0] != 14 || total == 0;
}
