/* report.c - the table of formats. */
#include "view.h"

#include <string.h>

const struct report_format report_formats[] = {
    {"text", "txt", report_terminal},
    {"json", "json", report_json},
    {"markdown", "md", report_markdown},
    {"html", "html", report_html},
    {"junit", "xml", report_junit},
    {"verdict", "verdict", report_verdict},
    {0},
};

const struct report_format *report_format_find(const char *name)
{
	for (const struct report_format *format = report_formats; format->name; format++)
		if (name && strcmp(format->name, name) == 0)
			return format;
	return NULL;
}
