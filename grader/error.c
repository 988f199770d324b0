#include "error.h"

#include <stdarg.h>
#include <stdio.h>

int fail(struct error *error, const char *format, ...)
{
	if (!error)
		return -1;
	va_list args;
	va_start(args, format);
	vsnprintf(error->text, sizeof error->text, format, args);
	va_end(args);
	return -1;
}
