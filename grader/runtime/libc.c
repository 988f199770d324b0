/* libc.c - functions of the C library as far as a search watches memory: what those that print, read numbers, sort
 * and look through strings read and write; and those that keep something between calls, which POSIX does not make safe
 * for threads (XSH 2.9.1). Each of these has one byte in rt_local that a call writes, so that two calls which nothing
 * orders are a race like any other. Without a search they are the library's. */
#include "internal.h"

#include <dirent.h>
#include <grp.h>
#include <inttypes.h>
#include <netdb.h>
#include <printf.h>
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

/* What a comparison or copy of at most so many bytes looks at. */
static size_t bounded(const char *text, size_t most)
{
	size_t length = strnlen(text, most);
	return length < most ? length + 1 : length;
}

enum { MOST_ARGUMENTS = 64 };

/* Of what %n counts into. */
static size_t size_of_count(int flags)
{
	return flags & (PA_FLAG_LONG | PA_FLAG_LONG_LONG) ? sizeof(long)
	       : flags & PA_FLAG_SHORT                    ? sizeof(short)
	                                                  : sizeof(int);
}

/* The texts and counters among the arguments of a printing function. Where a precision is given they need no end: then
 * the first byte is all that is known to be read. */
static void touches_arguments(const char *format, va_list args, uintptr_t site, void *frame)
{
	int type[MOST_ARGUMENTS];
	size_t count = parse_printf_format(format, MOST_ARGUMENTS, type);
	bool precise = strchr(format, '.') != NULL;
	for (size_t i = 0; i < count && i < MOST_ARGUMENTS; i++) {
		int flags = type[i] & PA_FLAG_MASK, base = type[i] & ~PA_FLAG_MASK;
		if (flags & PA_FLAG_PTR) {
			order_access(va_arg(args, int *), size_of_count(flags), true, site, frame);
		} else if (base == PA_STRING) {
			const char *text = va_arg(args, const char *);
			if (text)
				order_access(text, precise ? 1 : strlen(text) + 1, false, site, frame);
		} else if (base == PA_POINTER || base == PA_WSTRING) {
			va_arg(args, void *);
		} else if (base == PA_DOUBLE || base == PA_FLOAT) {
			flags &PA_FLAG_LONG_DOUBLE ? (void)va_arg(args, long double) : (void)va_arg(args, double);
		} else {
			flags &(PA_FLAG_LONG | PA_FLAG_LONG_LONG) ? (void)va_arg(args, long) : (void)va_arg(args, int);
		}
	}
}

/* `count`: what the function returned, of the text without its end. */
static size_t printed(int count, size_t most)
{
	size_t bytes = count < 0 ? 0 : (size_t)count + 1;
	return bytes < most ? bytes : most;
}

#define PRINTS(most, call)                                                                                             \
	READS(format, strlen(format) + 1);                                                                                 \
	if (exploring() && active()) {                                                                                     \
		va_list copy;                                                                                                  \
		va_copy(copy, args);                                                                                           \
		touches_arguments(format, copy, (uintptr_t)__builtin_return_address(0), __builtin_dwarf_cfa());                \
		va_end(copy);                                                                                                  \
	}                                                                                                                  \
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

char *rt_stpncpy(char *to, const char *from, size_t bytes)
{
	READS(from, bounded(from, bytes));
	WRITES(to, bytes);
	return stpncpy(to, from, bytes);
}

void *rt_mempcpy(void *to, const void *from, size_t bytes)
{
	READS(from, bytes);
	WRITES(to, bytes);
	return mempcpy(to, from, bytes);
}

void *rt_memccpy(void *to, const void *from, int last, size_t bytes)
{
	const char *found = memchr(from, last, bytes);
	size_t count = found ? (size_t)(found - (const char *)from) + 1 : bytes;
	READS(from, count);
	WRITES(to, count);
	return memccpy(to, from, last, bytes);
}

char *rt_strndup(const char *text, size_t most)
{
	READS(text, bounded(text, most));
	return strndup(text, most);
}

/* The text that is left is looked through to its end, and the separators in it become ends. */
char *rt_strtok_r(char *text, const char *ends, char **rest)
{
	const char *from = text ? text : *rest;
	WRITES(rest, sizeof *rest);
	READS(ends, strlen(ends) + 1);
	if (from)
		WRITES(from, strlen(from) + 1);
	return strtok_r(text, ends, rest);
}

char *rt___strtok_r(char *text, const char *ends, char **rest) __attribute__((alias("rt_strtok_r")));

char *rt_strsep(char **rest, const char *ends)
{
	WRITES(rest, sizeof *rest);
	READS(ends, strlen(ends) + 1);
	if (*rest)
		WRITES(*rest, strcspn(*rest, ends) + 1);
	return strsep(rest, ends);
}

char *rt_strdup(const char *text)
{
	READS(text, strlen(text) + 1);
	return strdup(text);
}

int rt_strncmp(const char *a, const char *b, size_t most)
{
	READS(a, bounded(a, most));
	READS(b, bounded(b, most));
	return strncmp(a, b, most);
}

int rt_strncasecmp(const char *a, const char *b, size_t most)
{
	READS(a, bounded(a, most));
	READS(b, bounded(b, most));
	return strncasecmp(a, b, most);
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

char *rt_strpbrk(const char *text, const char *set)
{
	READS(text, strcspn(text, set) + 1);
	READS(set, strlen(set) + 1);
	return strpbrk(text, set);
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

READS_NUMBER(intmax_t, strtoimax)
READS_NUMBER(uintmax_t, strtoumax)

#define READS_FRACTION(type, name)                                                                                     \
	type rt_##name(const char *text, char **end)                                                                       \
	{                                                                                                                  \
		char *behind;                                                                                                  \
		type number = name(text, &behind);                                                                             \
		READS(text, (size_t)(behind - text) + 1);                                                                      \
		if (end)                                                                                                       \
			*end = behind;                                                                                             \
		return number;                                                                                                 \
	}

READS_FRACTION(float, strtof)
READS_FRACTION(double, strtod)
READS_FRACTION(long double, strtold)

long rt_atol(const char *text)
{
	HERE;
	return rt_strtol(text, NULL, 10);
}

long long rt_atoll(const char *text)
{
	HERE;
	return rt_strtoll(text, NULL, 10);
}

double rt_atof(const char *text)
{
	HERE;
	return rt_strtod(text, NULL);
}

/* ---- texts that are scanned -------------------------------------------------------------------------- */

/* A conversion of scanf(3): what follows the % at `at`. Returns where it ends. */
struct conversion {
	bool stored; /* it has an argument */
	char kind;   /* 'd', 's', ..., '%' */
	size_t bytes;
};

static size_t size_of_number(const char *length, size_t letters)
{
	if (letters == 2 && length[0] == 'h')
		return sizeof(char);
	if (letters == 2)
		return sizeof(long long);
	switch (letters ? length[0] : 0) {
	case 'h':
		return sizeof(short);
	case 'l':
	case 'j':
	case 'z':
	case 't':
		return sizeof(long);
	case 'L':
	case 'q':
		return sizeof(long long);
	default:
		return sizeof(int);
	}
}

static size_t size_of_fraction(const char *length, size_t letters)
{
	return letters == 0 ? sizeof(float) : length[0] == 'L' ? sizeof(long double) : sizeof(double);
}

static const char *read_conversion(const char *at, struct conversion *conversion)
{
	conversion->stored = *at != '*';
	at += *at == '*';
	size_t width = strtoul(at, (char **)&at, 10);
	bool made = *at == 'm'; /* the text is allocated, and a pointer to it stored */
	at += made;
	size_t letters = strspn(at, "hlLjztq");
	const char *length = at;
	at += letters;
	conversion->kind = *at;
	conversion->stored &= *at != '%';
	conversion->bytes = made || *at == 'p'         ? sizeof(void *)
	                    : strchr("aAeEfFgG", *at)  ? size_of_fraction(length, letters)
	                    : *at == 'c'               ? (width ? width : 1)
	                    : *at == 's' || *at == '[' ? 0 /* as long as the text that it got */
	                                               : size_of_number(length, letters);
	if (*at == '[')
		at += 1 + (at[1] == '^') + (at[1 + (at[1] == '^')] == ']');
	return *at == 0 ? at : conversion->kind == '[' ? at + strcspn(at, "]") + (strchr(at, ']') != NULL) : at + 1;
}

/* `count`: of conversions that were stored; %n is not counted. */
static void writes_scanned(const char *format, va_list args, int count, uintptr_t site, void *frame)
{
	for (const char *at = strchr(format, '%'); at && count >= 0; at = strchr(at, '%')) {
		struct conversion conversion;
		at = read_conversion(at + 1, &conversion);
		if (!conversion.stored)
			continue;
		if (conversion.kind != 'n' && count-- == 0)
			return;
		void *to = va_arg(args, void *);
		order_access(to, conversion.bytes ? conversion.bytes : strlen(to) + 1, true, site, frame);
	}
}

#define SCANS                                                                                                          \
	READS(format, strlen(format) + 1);                                                                                 \
	READS(text, strlen(text) + 1);                                                                                     \
	va_list copy;                                                                                                      \
	va_copy(copy, args);                                                                                               \
	int count = vsscanf(text, format, args);                                                                           \
	if (exploring() && active())                                                                                       \
		writes_scanned(format, copy, count, (uintptr_t)__builtin_return_address(0), __builtin_dwarf_cfa());            \
	va_end(copy);

int rt_vsscanf(const char *text, const char *format, va_list args)
{
	SCANS
	return count;
}

int rt_sscanf(const char *text, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	SCANS
	va_end(args);
	return count;
}

int rt___isoc99_sscanf(const char *text, const char *format, ...) __attribute__((alias("rt_sscanf")));
int rt___isoc23_sscanf(const char *text, const char *format, ...) __attribute__((alias("rt_sscanf")));
int rt___isoc99_vsscanf(const char *text, const char *format, va_list args) __attribute__((alias("rt_vsscanf")));
int rt___isoc23_vsscanf(const char *text, const char *format, va_list args) __attribute__((alias("rt_vsscanf")));

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
