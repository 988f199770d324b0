#include "../report/report.h"
#include "command.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

int complain(int status, const char *template, ...)
{
	va_list args;
	va_start(args, template);
	fputs("grader: ", stderr);
	vfprintf(stderr, template, args);
	fputc('\n', stderr);
	va_end(args);
	return status;
}

const struct assignment *find_assignment(const struct kit *kit, const char *name)
{
	const struct assignment *found = course_find(kit->course, name);
	if (found)
		return found;
	size_t count = kit->course->assignment_count;
	const char **names = calloc(count + 1, sizeof *names);
	if (!names)
		abort();
	fprintf(stderr, "grader: there is no assignment '%s'", name);
	for (size_t i = 0; i < count; i++)
		names[i] = kit->course->assignment[i]->name;
	const char *near = closest(name, names, count);
	if (near)
		fprintf(stderr, ", did you mean '%s'", near);
	fputs("? There are:", stderr);
	for (size_t i = 0; i < count; i++)
		fprintf(stderr, " %s", names[i]);
	fputc('\n', stderr);
	free(names);
	return NULL;
}

static int save(const char *path, const struct report_format *report, const struct grade *grade,
                const struct assignment *assignment, const struct report_options *options, struct error *error)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	if (!out)
		abort();
	int result = report->write(out, grade, assignment, options);
	if (fclose(out) != 0 || result != 0)
		result = fail(error, "cannot make the %s report", report->name);
	else
		result = file_write(path, text, size, error);
	free(text);
	return result;
}

int save_reports(const char *folder, const struct grade *grade, const struct assignment *assignment,
                 const char *source_folder, const struct kit *kit, struct error *error)
{
	static const char *const formats[] = {"json", "html"};
	char *own = format("%s/%s", folder, grade->submission);
	int result = folder_make(own, error);
	struct source *source = source_find(kit->root, source_folder, assignment->name);
	struct report_options options = {.width = 80, .source_text = source->text};
	for (size_t i = 0; result == 0 && i < sizeof formats / sizeof *formats; i++) {
		const struct report_format *report = report_format_find(formats[i]);
		char *path = format("%s/%s.%s", own, assignment->name, report->extension);
		result = save(path, report, grade, assignment, &options, error);
		free(path);
	}
	source_free(source);
	free(own);
	return result;
}
