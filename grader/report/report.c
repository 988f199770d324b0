/* report.c - the table of formats. */
#include "platform.h"
#include "view.h"

#include <string.h>

const struct report_format report_formats[] = {
    {"text", "txt", report_terminal},
    {"json", "json", report_json},
    {"markdown", "md", report_markdown},
    {"html", "html", report_html},
    {"junit", "xml", report_junit},
    {"verdict", "verdict", report_verdict},
    {"problems", "problems.txt", report_problems},
    {"sarif", "sarif", report_sarif},
    {"github", "classroom.json", report_github},
    {"classroom", "classroom.txt", report_classroom},
    {"classroom50", "result.json", report_classroom50},
    {"release", "release.md", report_release},
    {"annotations", "annotations.txt", report_annotations},
    {"summary", "summary.md", report_summary},
    {"gradescope", "gradescope.json", report_gradescope},
    {"autolab", "autolab.txt", report_autolab},
    {"prairielearn", "prairielearn.json", report_prairielearn},
    {"vpl", "vpl.txt", report_vpl},
    {0},
};

const struct report_format *report_format_find(const char *name)
{
	for (const struct report_format *format = report_formats; format->name; format++)
		if (name && strcmp(format->name, name) == 0)
			return format;
	return NULL;
}
