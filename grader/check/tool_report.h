/* tool_report.h - what ThreadSanitizer and valgrind print, as structs. Pure parsers: no files but the text that they
 * are given. */
#ifndef TOOL_REPORT_H
#define TOOL_REPORT_H

#include <stddef.h>
#include <stdint.h>

struct frame {
	char *function, *file; /* base name; "" when unknown */
	unsigned line;
	uintptr_t address; /* in the program, when the tool gave no line: to be looked up; else 0 */
};

/* One stack of a report with its heading: "Write of size 4 at 0x... by thread T2", "Previous read ...", "Mutex M1
 * acquired here ...". */
struct stack {
	char *title;
	struct frame *frame;
	size_t count;
};

struct tool_report {
	char *kind; /* a finding kind: "data_race", "memory_leak", ... */
	char *what; /* the tool's own words, first line */
	struct stack *stack;
	size_t count;
	unsigned long bytes, blocks; /* of a leak */
};

struct tool_reports {
	struct tool_report *item;
	size_t count;
};

/* The log that ThreadSanitizer writes with log_path. `program` is the base name of the judged program: frames of it
 * that have no line keep their address (with symbolize=0 all of them). */
struct tool_reports tsan_parse(const char *text, const char *program);

/* What ThreadSanitizer's log says of a failure of its own, after which it watched no more; NULL if there was none. The
 * caller frees it. */
char *tsan_failure(const char *text);

/* valgrind's XML (--xml=yes, protocol 4), also when it was cut off in the middle. */
struct tool_reports memcheck_parse(const char *text, size_t size);

void tool_reports_free(struct tool_reports *reports);

/* For parsers. */
struct tool_report *tool_reports_add(struct tool_reports *reports, const char *kind, const char *what);
struct stack *tool_report_add_stack(struct tool_report *report, const char *title);
void stack_add(struct stack *stack, const char *function, const char *file,
               unsigned line); /* takes the base name of file */

#endif
