/* libc.c - functions of the C library as far as a search watches memory: what those that print, read numbers, sort
 * and look through strings read and write; and those that keep something between calls, which POSIX does not make safe
 * for threads (XSH 2.9.1). Each of these has one byte in rt_local that a call writes, so that two calls which nothing
 * orders are a race like any other. Without a search they are the library's. */
#include "internal.h"

#include <dirent.h>
#include <grp.h>
#include <netdb.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#define TOUCHES(p, n, write)                                                                                           \
	if (exploring() && active())                                                                                       \
	order_access(p, n, write, (uintptr_t)__builtin_return_address(0), __builtin_dwarf_cfa())
#define READS(p, n) TOUCHES(p, n, false)
#define WRITES(p, n) TOUCHES(p, n, true)
#define STATE(name) WRITES(&rt_local.state_of.name, 1)

/* ---- text ------------------------------------------------------------------------------------------- */

/* `count`: what the function returned, of the text without its end. */
static size_t printed(int count, size_t most)
{
	size_t bytes = count < 0 ? 0 : (size_t)count + 1;
	return bytes < most ? bytes : most;
}

#define PRINTS(most, call)                                                                                             \
	READS(format, strlen(format) + 1);                                                                                 \
	int count = call;                                                                                                  \
	WRITES(to, printed(count, most));

int rt_vsnprintf(char *to, size_t size, const char *format, va_list args)
{
	PRINTS(size, vsnprintf(to, size, format, args))
	return count;
}

int rt_vsprintf(char *to, const char *format, va_list args)
{
	PRINTS(SIZE_MAX, vsprintf(to, format, args))
	return count;
}

int rt_snprintf(char *to, size_t size, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	PRINTS(size, vsnprintf(to, size, format, args))
	va_end(args);
	return count;
}

int rt_sprintf(char *to, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	PRINTS(SIZE_MAX, vsprintf(to, format, args))
	va_end(args);
	return count;
}

char *rt_strncat(char *to, const char *from, size_t most)
{
	size_t bytes = strnlen(from, most);
	READS(from, bytes < most ? bytes + 1 : bytes);
	READS(to, strlen(to) + 1);
	WRITES(to + strlen(to), bytes + 1);
	return strncat(to, from, most);
}

char *rt_stpcpy(char *to, const char *from)
{
	READS(from, strlen(from) + 1);
	WRITES(to, strlen(from) + 1);
	return stpcpy(to, from);
}

char *rt_strdup(const char *text)
{
	READS(text, strlen(text) + 1);
	return strdup(text);
}

/* What a comparison of at most so many bytes looks at. */
static size_t bounded(const char *text, size_t most)
{
	size_t length = strnlen(text, most);
	return length < most ? length + 1 : length;
}

int rt_strncmp(const char *a, const char *b, size_t most)
{
	READS(a, bounded(a, most));
	READS(b, bounded(b, most));
	return strncmp(a, b, most);
}

int rt_strcasecmp(const char *a, const char *b)
{
	READS(a, strlen(a) + 1);
	READS(b, strlen(b) + 1);
	return strcasecmp(a, b);
}

char *rt_strchr(const char *text, int byte)
{
	char *found = strchr(text, byte);
	READS(text, found ? (size_t)(found - text) + 1 : strlen(text) + 1);
	return found;
}

void *rt_memchr(const void *memory, int byte, size_t bytes)
{
	const char *found = memchr(memory, byte, bytes);
	READS(memory, found ? (size_t)(found - (const char *)memory) + 1 : bytes);
	return (void *)found;
}

char *rt_strrchr(const char *text, int byte)
{
	READS(text, strlen(text) + 1);
	return strrchr(text, byte);
}

char *rt_strstr(const char *text, const char *part)
{
	READS(text, strlen(text) + 1);
	READS(part, strlen(part) + 1);
	return strstr(text, part);
}

size_t rt_strspn(const char *text, const char *set)
{
	size_t length = strspn(text, set);
	READS(text, length + 1);
	READS(set, strlen(set) + 1);
	return length;
}

size_t rt_strcspn(const char *text, const char *set)
{
	size_t length = strcspn(text, set);
	READS(text, length + 1);
	READS(set, strlen(set) + 1);
	return length;
}

/* ---- numbers ---------------------------------------------------------------------------------------- */

#define READS_NUMBER(type, name)                                                                                       \
	type rt_##name(const char *text, char **end, int base)                                                             \
	{                                                                                                                  \
		char *behind;                                                                                                  \
		type number = name(text, &behind, base);                                                                       \
		READS(text, (size_t)(behind - text) + 1);                                                                      \
		if (end)                                                                                                       \
			*end = behind;                                                                                             \
		return number;                                                                                                 \
	}                                                                                                                  \
	type rt___isoc23_##name(const char *text, char **end, int base) __attribute__((alias("rt_" #name)));

READS_NUMBER(long, strtol)
READS_NUMBER(unsigned long, strtoul)
READS_NUMBER(long long, strtoll)
READS_NUMBER(unsigned long long, strtoull)

int rt_atoi(const char *text)
{
	char *behind;
	int number = (int)strtol(text, &behind, 10);
	READS(text, (size_t)(behind - text) + 1);
	return number;
}

/* ---- arrays: what the comparison looks at is the program's, and is watched there --------------------- */

void rt_qsort(void *items, size_t count, size_t bytes, int (*compare)(const void *, const void *))
{
	WRITES(items, count * bytes);
	qsort(items, count, bytes, compare);
}

void *rt_bsearch(const void *key, const void *items, size_t count, size_t bytes,
                 int (*compare)(const void *, const void *))
{
	READS(items, count * bytes);
	return bsearch(key, items, count, bytes, compare);
}

/* ---- what is kept between calls --------------------------------------------------------------------- */

#define KEEPS(state, type, name, parameters, arguments)                                                                \
	type rt_##name parameters                                                                                          \
	{                                                                                                                  \
		STATE(state);                                                                                                  \
		return name arguments;                                                                                         \
	}

KEEPS(strtok, char *, strtok, (char *text, const char *ends), (text, ends))
KEEPS(strerror, char *, strerror, (int error), (error))
KEEPS(strsignal, char *, strsignal, (int signal), (signal))
KEEPS(broken_down_time, struct tm *, localtime, (const time_t *time), (time))
KEEPS(broken_down_time, struct tm *, gmtime, (const time_t *time), (time))
KEEPS(time_as_text, char *, asctime, (const struct tm *time), (time))
KEEPS(time_as_text, char *, ctime, (const time_t *time), (time))
KEEPS(environment, int, setenv, (const char *name, const char *value, int over), (name, value, over))
KEEPS(environment, int, unsetenv, (const char *name), (name))
KEEPS(environment, int, putenv, (char *pair), (pair))
KEEPS(random48, double, drand48, (void), ())
KEEPS(random48, long, lrand48, (void), ())
KEEPS(random48, long, mrand48, (void), ())
KEEPS(users, struct passwd *, getpwnam, (const char *name), (name))
KEEPS(users, struct passwd *, getpwuid, (uid_t user), (user))
KEEPS(groups, struct group *, getgrnam, (const char *name), (name))
KEEPS(groups, struct group *, getgrgid, (gid_t group), (group))
KEEPS(hosts, struct hostent *, gethostbyname, (const char *name), (name))
KEEPS(terminal, char *, ttyname, (int fd), (fd))

void rt_srand48(long seed)
{
	STATE(random48);
	srand48(seed);
}

char *rt_getenv(const char *name)
{
	READS(&rt_local.state_of.environment, 1);
	return getenv(name);
}

/* POSIX: safe for different streams. */
struct dirent *rt_readdir(DIR *folder)
{
	WRITES(folder, 1);
	return readdir(folder);
}
