/* library.c - kit_NAME of library functions that honest programs call for numbers, texts and messages. What they read
 * and write is told to ThreadSanitizer and the explorer, as in objects.c; what depends on the machine is the same
 * everywhere. */
#include "kit_internal.h"

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void rt_exit(int status) __attribute__((noreturn));

#define SITE __builtin_return_address(0)

/* ---- numbers -------------------------------------------------------------------------------- */

/* `last` is where the number ends: the character there was looked at, too. */
static void touch_number(const char *text, const char *last, char **end, void *site)
{
	rt_touch(text, (size_t)(last - text) + 1, false, site);
	if (end)
		rt_touch(end, sizeof *end, true, site);
}

#define PARSES(type, name, parameters, arguments)                                                                      \
	type kit_##name parameters;                                                                                        \
	type kit_##name parameters                                                                                         \
	{                                                                                                                  \
		char *last;                                                                                                    \
		type number = name arguments;                                                                                  \
		touch_number(text, last, end, SITE);                                                                           \
		if (end)                                                                                                       \
			*end = last;                                                                                               \
		return number;                                                                                                 \
	}
#define PARSES_WHOLE(type, name) PARSES(type, name, (const char *text, char **end, int base), (text, &last, base))
#define PARSES_REAL(type, name) PARSES(type, name, (const char *text, char **end), (text, &last))

PARSES_WHOLE(long, strtol)
PARSES_WHOLE(long long, strtoll)
PARSES_WHOLE(unsigned long, strtoul)
PARSES_WHOLE(unsigned long long, strtoull)
PARSES_WHOLE(intmax_t, strtoimax)
PARSES_WHOLE(uintmax_t, strtoumax)
PARSES_REAL(float, strtof)
PARSES_REAL(double, strtod)
PARSES_REAL(long double, strtold)

/* Newer C libraries call them so in the headers. */
long kit___isoc23_strtol(const char *text, char **end, int base) __attribute__((alias("kit_strtol")));
long long kit___isoc23_strtoll(const char *text, char **end, int base) __attribute__((alias("kit_strtoll")));
unsigned long kit___isoc23_strtoul(const char *text, char **end, int base) __attribute__((alias("kit_strtoul")));
unsigned long long kit___isoc23_strtoull(const char *text, char **end, int base) __attribute__((alias("kit_strtoull")));
intmax_t kit___isoc23_strtoimax(const char *text, char **end, int base) __attribute__((alias("kit_strtoimax")));
uintmax_t kit___isoc23_strtoumax(const char *text, char **end, int base) __attribute__((alias("kit_strtoumax")));

/* ---- texts ---------------------------------------------------------------------------------- */

/* What is left of the text is looked at, and its delimiter is overwritten. */
static void touch_token(char *text, const char *delimiters, char **rest, void *site)
{
	rt_touch(delimiters, strlen(delimiters) + 1, false, site);
	rt_touch(rest, sizeof *rest, true, site);
	if (text)
		rt_touch(text, strlen(text) + 1, true, site);
}

char *kit_strtok_r(char *text, const char *delimiters, char **rest);
char *kit_strtok_r(char *text, const char *delimiters, char **rest)
{
	touch_token(text ? text : *rest, delimiters, rest, SITE);
	return strtok_r(text, delimiters, rest);
}

char *kit___strtok_r(char *text, const char *delimiters, char **rest) __attribute__((alias("kit_strtok_r")));

char *kit_strsep(char **rest, const char *delimiters);
char *kit_strsep(char **rest, const char *delimiters)
{
	touch_token(*rest, delimiters, rest, SITE);
	return strsep(rest, delimiters);
}

char *kit_strncat(char *to, const char *from, size_t bytes);
char *kit_strncat(char *to, const char *from, size_t bytes)
{
	size_t length = strnlen(from, bytes);
	rt_touch(from, length, false, SITE);
	rt_touch(to, strlen(to), false, SITE);
	rt_touch(to + strlen(to), length + 1, true, SITE);
	return strncat(to, from, bytes);
}

char *kit_stpcpy(char *to, const char *from);
char *kit_stpcpy(char *to, const char *from)
{
	rt_touch(from, strlen(from) + 1, false, SITE);
	rt_touch(to, strlen(from) + 1, true, SITE);
	return stpcpy(to, from);
}

char *kit_stpncpy(char *to, const char *from, size_t bytes);
char *kit_stpncpy(char *to, const char *from, size_t bytes)
{
	rt_touch(from, strnlen(from, bytes), false, SITE);
	rt_touch(to, bytes, true, SITE);
	return stpncpy(to, from, bytes);
}

void *kit_mempcpy(void *to, const void *from, size_t bytes);
void *kit_mempcpy(void *to, const void *from, size_t bytes)
{
	rt_touch(from, bytes, false, SITE);
	rt_touch(to, bytes, true, SITE);
	return mempcpy(to, from, bytes);
}

/* ---- messages, and the end of the process ------------------------------------------------------ */

static void leave(int status)
{
	if (kit_local.state && rt_in_test_process())
		rt_leave_test("exit_in_test", "the call ended the whole process (err) instead of returning");
	rt_exit(status);
}

void kit_verr(int status, const char *template, va_list arguments);
void kit_verr(int status, const char *template, va_list arguments)
{
	rt_site = SITE;
	vwarn(template, arguments);
	leave(status);
}

void kit_verrx(int status, const char *template, va_list arguments);
void kit_verrx(int status, const char *template, va_list arguments)
{
	rt_site = SITE;
	vwarnx(template, arguments);
	leave(status);
}

void kit_err(int status, const char *template, ...);
void kit_err(int status, const char *template, ...)
{
	va_list arguments;
	va_start(arguments, template);
	rt_site = SITE;
	vwarn(template, arguments);
	va_end(arguments);
	leave(status);
}

void kit_errx(int status, const char *template, ...);
void kit_errx(int status, const char *template, ...)
{
	va_list arguments;
	va_start(arguments, template);
	rt_site = SITE;
	vwarnx(template, arguments);
	va_end(arguments);
	leave(status);
}

/* ---- what is the same on every machine ------------------------------------------------------- */

/* Nothing is in the environment of a submission; what is in that of the program is for the tools. */
char *kit_getenv(const char *name);
char *kit_getenv(const char *name)
{
	rt_touch(name, strlen(name) + 1, false, SITE);
	return NULL;
}

char *kit_secure_getenv(const char *name) __attribute__((alias("kit_getenv")));

/* The name would be printed in the reports of the tools, among their own words. */
int kit_pthread_setname_np(pthread_t thread, const char *name);
int kit_pthread_setname_np(pthread_t thread, const char *name)
{
	enum { LONGEST = 15 };
	(void)thread;
	rt_touch(name, strlen(name) + 1, false, SITE);
	return strlen(name) > LONGEST ? ERANGE : 0;
}
