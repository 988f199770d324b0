#include "tool_report.h"
#include "../memory.h"

#include <stdlib.h>
#include <string.h>

static void *grow(void *items, size_t count, size_t size)
{
	void *larger = must(realloc(items, (count + 1) * size));
	memset((char *)larger + count * size, 0, size);
	return larger;
}

struct tool_report *tool_reports_add(struct tool_reports *reports, const char *kind, const char *what)
{
	reports->item = grow(reports->item, reports->count, sizeof *reports->item);
	struct tool_report *report = &reports->item[reports->count++];
	report->kind = strdup(kind);
	report->what = strdup(what);
	return report;
}

struct stack *tool_report_add_stack(struct tool_report *report, const char *title)
{
	report->stack = grow(report->stack, report->count, sizeof *report->stack);
	report->stack[report->count].title = strdup(title);
	return &report->stack[report->count++];
}

void stack_add(struct stack *stack, const char *function, const char *file, unsigned line)
{
	const char *slash = file ? strrchr(file, '/') : NULL;
	stack->frame = grow(stack->frame, stack->count, sizeof *stack->frame);
	stack->frame[stack->count++] = (struct frame){strdup(function ? function : ""),
	                                              strdup(slash  ? slash + 1
	                                                     : file ? file
	                                                            : ""),
	                                              line, 0};
}

void tool_reports_free(struct tool_reports *reports)
{
	for (size_t r = 0; r < reports->count; r++) {
		struct tool_report *report = &reports->item[r];
		for (size_t s = 0; s < report->count; s++) {
			for (size_t f = 0; f < report->stack[s].count; f++) {
				free(report->stack[s].frame[f].function);
				free(report->stack[s].frame[f].file);
			}
			free(report->stack[s].frame);
			free(report->stack[s].title);
		}
		free(report->stack);
		free(report->kind);
		free(report->what);
	}
	free(reports->item);
	*reports = (struct tool_reports){0};
}
