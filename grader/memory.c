#include "memory.h"

#include <stdlib.h>

void *must(void *memory)
{
	if (!memory) {
		fputs("forkjoin: out of memory\n", stderr);
		abort();
	}
	return memory;
}

void *zeroed(size_t count, size_t size)
{
	return must(calloc(count ? count : 1, size));
}

void *allocate(size_t size)
{
	return must(malloc(size));
}

FILE *memory_open(char **text, size_t *size)
{
	return must(open_memstream(text, size));
}

char *vformat(const char *template, va_list args)
{
	char *text;
	return must(vasprintf(&text, template, args) < 0 ? NULL : text);
}

char *format(const char *template, ...)
{
	va_list args;
	va_start(args, template);
	char *text = vformat(template, args);
	va_end(args);
	return text;
}

char *grouped(unsigned long long number)
{
	if (number < 1000)
		return format("%llu", number);
	char *thousands = grouped(number / 1000), *text = format("%s,%03llu", thousands, number % 1000);
	free(thousands);
	return text;
}
