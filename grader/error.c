#include "error.h"

#include <stdarg.h>
#include <stdio.h>

int fail(struct error *error, const char *format, ...)
{
	if (!error)
		return -1;
	va_list args;
	va_start(args, format);
	error->kind = ERROR_OTHER;
	vsnprintf(error->text, sizeof error->text, format, args);
	va_end(args);
	return -1;
}

int fail_interrupted(struct error *error, const char *rest)
{
	fail(error, "interrupted%s", rest);
	if (error)
		error->kind = ERROR_INTERRUPTED;
	return -1;
}
