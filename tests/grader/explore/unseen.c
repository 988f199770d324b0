/* unseen - one access to shared memory, in many ways: gcc tells ThreadSanitizer nothing of some of them.
 * The first thread touches what the second writes; -DFIXED: both under a lock. -DWAY=...: a line of unseen.h.
 * kind: data_race */
#include <pthread.h>
#include <search.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#ifndef WAY
#define WAY STRUCT_ARGUMENT
#endif

struct five {
	long a[5];
};
struct two {
	long a, b;
};
struct bits {
	unsigned low : 3, high : 5;
};
struct mixed {
	double real;
	long whole;
};
struct twelve {
	int a[3];
};
struct large {
	long a[64];
};
union both {
	long number;
	double real;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* Not static, and handed to functions that the compiler knows nothing of: with -O2 it leaves nothing out either. */
struct five five;
struct two two = {1, 2};
struct bits bits;
union both both;
volatile long sometimes;
_Atomic long cell;
long expected, unexpected = 7;
long old;
char *place;
char text[32] = "12 ab", other[32] = "12 ab";
long numbers[4] = {3, 1, 2, 0};
long double wide;
_Complex double complex_number;
double real[4];
_Complex long double complex_wide;
int picture[4][4];
float floats[16];
const volatile long constant = 5;
__extension__ __int128 huge = 7;
int vector __attribute__((vector_size(16)));
double wide_vector __attribute__((vector_size(32)));
struct five fives[2];
struct mixed mixed = {1, 2};
struct twelve twelve = {{1, 2, 3}};
struct large large;
void *memory = &five, *memory_of_large = &large;

static long __attribute__((noipa)) take_five(struct five value)
{
	return value.a[4];
}

static struct five __attribute__((noipa)) give_five(void)
{
	struct five value = {{1, 2, 3, 4, 5}};
	return value;
}

static long __attribute__((noipa)) take_two(struct two value)
{
	return value.b;
}

static struct two __attribute__((noipa)) give_two(void)
{
	return (struct two){3, 4};
}

static long __attribute__((noipa)) take_mixed(struct mixed value)
{
	return value.whole;
}

static struct mixed __attribute__((noipa)) give_mixed(void)
{
	return (struct mixed){3, 4};
}

static int __attribute__((noipa)) take_twelve(struct twelve value)
{
	return value.a[2];
}

static struct twelve __attribute__((noipa)) give_twelve(void)
{
	return (struct twelve){{4, 5, 6}};
}

static long __attribute__((noipa)) take_large(struct large value)
{
	return value.a[63];
}

static long take_any(int count, ...)
{
	va_list list;
	va_start(list, count);
	struct five value = va_arg(list, struct five);
	va_end(list);
	return value.a[0];
}

static long take_into(struct five *into, ...)
{
	va_list list;
	va_start(list, into);
	*into = va_arg(list, struct five);
	va_end(list);
	return 0;
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(long));
}

static void format(char *into, ...)
{
	va_list list;
	va_start(list, into);
	vsnprintf(into, sizeof text, "%d", list);
	va_end(list);
}

/* Each WAY is a line of unseen.h: what the first thread does, and where the second one writes meanwhile. */
enum {
#define WAY_IS(name, action, written) name,
#include "unseen.h"
#undef WAY_IS
};

static void __attribute__((noipa)) turn(void (*act)(void))
{
#ifdef FIXED
	pthread_mutex_lock(&lock);
#endif
	act();
#ifdef FIXED
	pthread_mutex_unlock(&lock);
#endif
}

#define WAY_IS(name, action, written)                                                                                  \
	static void first_##name(void)                                                                                     \
	{                                                                                                                  \
		action;                                                                                                        \
	}                                                                                                                  \
	static void second_##name(void)                                                                                    \
	{                                                                                                                  \
		*(char *)&written = '1';                                                                                       \
	}
#include "unseen.h"
#undef WAY_IS

static void *first(void *unused)
{
	static void (*const acts[])(void) = {
#define WAY_IS(name, action, written) first_##name,
#include "unseen.h"
#undef WAY_IS
	};
	turn(acts[WAY]);
	return unused;
}

static void *second(void *unused)
{
	static void (*const acts[])(void) = {
#define WAY_IS(name, action, written) second_##name,
#include "unseen.h"
#undef WAY_IS
	};
	turn(acts[WAY]);
	return unused;
}

int main(void)
{
	pthread_t thread[2];
	pthread_create(&thread[0], NULL, first, NULL);
	pthread_create(&thread[1], NULL, second, NULL);
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	return 0;
}
