/* calls.c - a submission for the runtime's own tests: calls that come back as they were called, and calls that do not. */
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct table {
	long cell[40];
};

/* ---- calls of all shapes -------------------------------------------------------------------------------------- */

struct table table_reversed(struct table table)
{
	struct table result;
	for (int i = 0; i < 40; i++)
		result.cell[i] = table.cell[39 - i];
	return result;
}

long sum_of(int count, ...)
{
	va_list arguments;
	va_start(arguments, count);
	long sum = 0;
	for (int i = 0; i < count; i++)
		sum += va_arg(arguments, long);
	va_end(arguments);
	return sum;
}

double weighted(int count, ...)
{
	va_list arguments;
	va_start(arguments, count);
	double sum = 0;
	for (int i = 0; i < count; i++)
		sum += i * va_arg(arguments, double);
	va_end(arguments);
	return sum;
}

long double halved(long double number)
{
	return number / 2;
}

struct pair {
	long first;
	double second;
};

struct pair pair_of(long a, long b, long c, long d, long e, long f, long g, double h)
{
	return (struct pair){a + b + c + d + e + f + g, h};
}

static int by_value(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

void sorted(int *item, size_t count)
{
	qsort(item, count, sizeof *item, by_value);
}

unsigned long call_back(unsigned depth, unsigned long (*function)(unsigned depth, void *context), void *context)
{
	return function(depth, context) + 1;
}

unsigned long deep(unsigned depth)
{
	volatile char room[64];
	room[0] = (char)depth;
	return depth ? deep(depth - 1) + 1 : (unsigned long)room[0];
}

static void *finish(void *number)
{
	pthread_exit(number);
}

void *through_pthread_exit(void *number)
{
	pthread_t thread;
	void *result = NULL;
	if (pthread_create(&thread, NULL, finish, number) == 0)
		pthread_join(thread, &result);
	return result;
}

void *end_this_thread(void *number)
{
	pthread_exit(number);
}

/* ---- writes to the frames of callers -------------------------------------------------------------------------- */

/* The frame of the caller of the function whose local `here` is: its frame pointer and return address. All code has
 * frame pointers: a frame begins with the address of the next one, higher up. */
static uintptr_t *frame_above(uintptr_t *here)
{
	uintptr_t *frame = here;
	for (;; frame++) {
		uintptr_t *caller = (uintptr_t *)frame[0];
		if (caller > frame && caller < frame + 4096 && (uintptr_t)caller % 8 == 0 && caller[0] > frame[0] && caller[0] < frame[0] + 65536)
			break;
	}
	return (uintptr_t *)frame[0];
}

void change_return_address(void)
{ /* {return address} */
	uintptr_t here[2] = {1, 2};
	frame_above(here)[1] += here[0];
}

void change_frame_pointer(void)
{ /* {frame pointer} */
	uintptr_t here[2] = {64, 2};
	frame_above(here)[0] += here[0];
}

void change_frame_further_up(void)
{ /* {further up} */
	uintptr_t here[2] = {1, 2};
	uintptr_t *frame = frame_above(here);
	((uintptr_t *)((uintptr_t *)frame[0])[0])[1] += here[0];
}

/* Where the function that is returned to leaves its own frame. */
static uintptr_t way_out(uintptr_t back)
{
#ifdef __x86_64__
	static const unsigned char leaves[] = {0xc9, 0xc3}; /* leave; ret */
#else
	static const unsigned char leaves[] = {0xbf, 0x03, 0x00, 0x91}; /* mov sp, x29 */
#endif
	while (memcmp((const void *)back, leaves, sizeof leaves) != 0)
		back++;
	return back;
}

/* Returns behind all that the kit compares when a call returns. */
void return_past_the_entry(void)
{
	uintptr_t here[2] = {1, 2};
	uintptr_t *frame = frame_above(here);
	volatile uintptr_t *own = here; /* else the compiler leaves out what it takes for dead stores */
	while (own[0] != (uintptr_t)frame)
		own++;
	own[1] = way_out(own[1]);
}

static uintptr_t *noted;

void note_frame(void)
{
	uintptr_t here[2] = {1, 2};
	noted = (uintptr_t *)frame_above(here)[0];
}

static void *write_to_frame(void *unused)
{
	noted[1]++;
	return unused;
}

pthread_t create_writer(void)
{
	pthread_t thread;
	pthread_create(&thread, NULL, write_to_frame, NULL);
	return thread;
}
