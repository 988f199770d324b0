/* objects.c - kit_NAME of library functions that write into an object of the caller's, or read it, and that neither
 * ThreadSanitizer nor the explorer knows: each tells them so, else data could be handed on by way of such an object
 * where no tool sees it. */
#include "kit_internal.h"

#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#define TOUCHES(name, parameters, arguments, object, write)                                                            \
	int kit_##name parameters;                                                                                         \
	int kit_##name parameters                                                                                          \
	{                                                                                                                  \
		rt_touch(object, sizeof *(object), write, __builtin_return_address(0));                                        \
		return name arguments;                                                                                         \
	}
#define WRITES(name, type) TOUCHES(name, (type * object), (object), object, true)
#define SETS(name, type, with) TOUCHES(name, (type * object, with value), (object, value), object, true)
#define GETS(name, type, what)                                                                                         \
	int kit_##name(const type *object, what *value);                                                                   \
	int kit_##name(const type *object, what *value)                                                                    \
	{                                                                                                                  \
		rt_touch(object, sizeof *object, false, __builtin_return_address(0));                                          \
		rt_touch(value, sizeof *value, true, __builtin_return_address(0));                                             \
		return name(object, value);                                                                                    \
	}

WRITES(pthread_attr_init, pthread_attr_t)
WRITES(pthread_attr_destroy, pthread_attr_t)
SETS(pthread_attr_setdetachstate, pthread_attr_t, int)
SETS(pthread_attr_setstacksize, pthread_attr_t, size_t)
SETS(pthread_attr_setguardsize, pthread_attr_t, size_t)
SETS(pthread_attr_setscope, pthread_attr_t, int)
GETS(pthread_attr_getdetachstate, pthread_attr_t, int)
GETS(pthread_attr_getstacksize, pthread_attr_t, size_t)
GETS(pthread_attr_getguardsize, pthread_attr_t, size_t)
GETS(pthread_attr_getscope, pthread_attr_t, int)
int rt_pthread_getattr_np(pthread_t thread, pthread_attr_t *attributes);
int kit_pthread_getattr_np(pthread_t thread, pthread_attr_t *attributes);
int kit_pthread_getattr_np(pthread_t thread, pthread_attr_t *attributes)
{
	rt_touch(attributes, sizeof *attributes, true, __builtin_return_address(0));
	return rt_pthread_getattr_np(thread, attributes);
}

int kit_pthread_attr_getstack(const pthread_attr_t *attributes, void **low, size_t *bytes);
int kit_pthread_attr_getstack(const pthread_attr_t *attributes, void **low, size_t *bytes)
{
	rt_touch(attributes, sizeof *attributes, false, __builtin_return_address(0));
	rt_touch(low, sizeof *low, true, __builtin_return_address(0));
	rt_touch(bytes, sizeof *bytes, true, __builtin_return_address(0));
	return pthread_attr_getstack(attributes, low, bytes);
}

GETS(pthread_mutexattr_gettype, pthread_mutexattr_t, int)
GETS(pthread_mutexattr_getpshared, pthread_mutexattr_t, int)
GETS(pthread_mutexattr_getprotocol, pthread_mutexattr_t, int)
GETS(pthread_mutexattr_getrobust, pthread_mutexattr_t, int)
GETS(pthread_condattr_getclock, pthread_condattr_t, clockid_t)
GETS(pthread_condattr_getpshared, pthread_condattr_t, int)
GETS(pthread_rwlockattr_getpshared, pthread_rwlockattr_t, int)
GETS(pthread_rwlockattr_getkind_np, pthread_rwlockattr_t, int)
GETS(pthread_barrierattr_getpshared, pthread_barrierattr_t, int)
WRITES(pthread_mutexattr_init, pthread_mutexattr_t)
WRITES(pthread_mutexattr_destroy, pthread_mutexattr_t)
SETS(pthread_mutexattr_settype, pthread_mutexattr_t, int)
SETS(pthread_mutexattr_setpshared, pthread_mutexattr_t, int)
SETS(pthread_mutexattr_setrobust, pthread_mutexattr_t, int)
SETS(pthread_mutexattr_setprotocol, pthread_mutexattr_t, int)
WRITES(pthread_condattr_init, pthread_condattr_t)
WRITES(pthread_condattr_destroy, pthread_condattr_t)
SETS(pthread_condattr_setclock, pthread_condattr_t, clockid_t)
SETS(pthread_condattr_setpshared, pthread_condattr_t, int)
WRITES(pthread_rwlockattr_init, pthread_rwlockattr_t)
WRITES(pthread_rwlockattr_destroy, pthread_rwlockattr_t)
SETS(pthread_rwlockattr_setkind_np, pthread_rwlockattr_t, int)
SETS(pthread_rwlockattr_setpshared, pthread_rwlockattr_t, int)
WRITES(pthread_barrierattr_init, pthread_barrierattr_t)
WRITES(pthread_barrierattr_destroy, pthread_barrierattr_t)
SETS(pthread_barrierattr_setpshared, pthread_barrierattr_t, int)
WRITES(sigemptyset, sigset_t)
WRITES(sigfillset, sigset_t)
SETS(sigaddset, sigset_t, int)
SETS(sigdelset, sigset_t, int)
TOUCHES(sigismember, (const sigset_t *object, int value), (object, value), object, false)
WRITES(rand_r, unsigned)

int rt_sigpending(sigset_t *set);
int kit_sigpending(sigset_t *set);
int kit_sigpending(sigset_t *set)
{
	void *site = __builtin_return_address(0), *outer = rt_site;

	rt_touch(set, sizeof *set, true, site);
	rt_site = site; /* the line of the submission, not the one here */
	int result = rt_sigpending(set);
	rt_site = outer;
	return result;
}

/* What the library keeps for the whole process. */
#define OF_THE_PROCESS(type, name, parameters, arguments, write)                                                       \
	type kit_##name parameters;                                                                                        \
	type kit_##name parameters                                                                                         \
	{                                                                                                                  \
		rt_touch_process(write, __builtin_return_address(0));                                                          \
		return name arguments;                                                                                         \
	}

OF_THE_PROCESS(int, rand, (void), (), true)
OF_THE_PROCESS(void, srand, (unsigned seed), (seed), true)
OF_THE_PROCESS(long, random, (void), (), true)
OF_THE_PROCESS(void, srandom, (unsigned seed), (seed), true)
OF_THE_PROCESS(char *, setlocale, (int category, const char *name), (category, name), true)
OF_THE_PROCESS(int, pthread_getconcurrency, (void), (), false)
OF_THE_PROCESS(int, pthread_setconcurrency, (int level), (level), true)

/* A buffer of the submission's would be written to whenever something is printed: streams have their own. */
int kit_setvbuf(FILE *stream, char *buffer, int mode, size_t size);
int kit_setvbuf(FILE *stream, char *buffer, int mode, size_t size)
{
	(void)buffer;
	return setvbuf(stream, NULL, mode, size);
}

void kit_setbuf(FILE *stream, char *buffer);
void kit_setbuf(FILE *stream, char *buffer)
{
	setvbuf(stream, NULL, buffer ? _IOFBF : _IONBF, 0);
}
