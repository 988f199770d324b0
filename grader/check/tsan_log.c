/* tsan_log.c - the text of ThreadSanitizer's reports.
 *
 *   WARNING: ThreadSanitizer: data race (pid=12)
 *     Write of size 4 at 0x7b... by thread T2 (mutexes: write M1):      <- a heading: two blanks
 *       #0 deposit bank.c:17 (bank+0x1234)                               <- a frame: four blanks and #
 */
#include "../file.h"
#include "../memory.h"
#include "tool_report.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *kind_of(const char *what)
{
	static const char *const table[][2] = {
	    {"data race", "data_race"},
	    {"race on vptr", "data_race"},
	    {"lock-order-inversion", "lock_order_inversion"},
	    {"heap-use-after-free", "use_after_free"},
	    {"thread leak", "thread_leak"},
	    {"double lock", "mutex_misuse"},
	    {"unlock of an unlocked mutex", "mutex_misuse"},
	    {"read lock of a write locked mutex", "mutex_misuse"},
	    {"read unlock of a write locked mutex", "mutex_misuse"},
	    {"destroy of a locked mutex", "mutex_misuse"},
	    {"use of an invalid mutex", "mutex_misuse"},
	    {"signal-unsafe call", "signal_unsafe_call"},
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (strncmp(what, table[i][0], strlen(table[i][0])) == 0)
			return table[i][1];
	return "tsan_report";
}

/* What ThreadSanitizer does not know. */
static const char *known(const char *word)
{
	return strcmp(word, "<null>") == 0 ? "" : word;
}

/* The "(...)" that the text ends with, or NULL. */
static char *last_bracket(char *text)
{
	size_t length = strlen(text);
	return length && text[length - 1] == ')' ? strrchr(text, '(') : NULL;
}

/* "#0 inc /home/me/zz.c:7 (prog+0x4039)" or "... zz.c:7:12 (...)" or "#1 <null> <null> (lib+0x1)"; newer ones end in
 * "(prog+0x4039) (BuildId: 12ab)". */
static void add_frame(struct stack *stack, char *text, const char *program)
{
	char *mark = format("(%s+0x", program), *offset = strstr(text, mark);
	uintptr_t address = offset ? strtoul(offset + strlen(mark), NULL, 16) : 0;
	free(mark);
	char *function = strchr(text, ' ');
	if (!function)
		return;
	function++;
	for (char *module; (module = last_bracket(function)) && module > function;)
		module[-1] = 0;
	/* The function may contain blanks only in C++; the place is the last word. */
	char *place = strrchr(function, ' ');
	if (!place)
		return;
	*place++ = 0;
	unsigned line = 0;
	for (char *colon; (colon = strrchr(place, ':')) && isdigit((unsigned char)colon[1]);) {
		line = (unsigned)strtoul(colon + 1, NULL, 10); /* of file:line:column the first number is met last */
		*colon = 0;
	}
	stack_add(stack, known(function), known(place), line);
	if (!line)
		stack->frame[stack->count - 1].address = address;
}

struct tool_reports tsan_parse(const char *text, const char *program)
{
	static const char begin[] = "WARNING: ThreadSanitizer: ";
	struct tool_reports reports = {0};
	struct tool_report *report = NULL;
	struct stack *stack = NULL;
	char *copy = strdup(text), *rest = copy;
	for (char *line; (line = strsep(&rest, "\n"));) {
		char *what = strstr(line, begin);
		if (what) {
			what += sizeof begin - 1;
			char *pid = strstr(what, " (pid=");
			if (pid)
				*pid = 0;
			report = tool_reports_add(&reports, kind_of(what), what);
			stack = NULL;
		} else if (strncmp(line, "==================", 18) == 0 || strncmp(line, "SUMMARY:", 8) == 0) {
			report = NULL;
		} else if (report && strncmp(line, "    #", 5) == 0) {
			if (!stack) /* the stack of a misused mutex has no heading */
				stack = tool_report_add_stack(report, report->what);
			add_frame(stack, line + 4, program);
		} else if (report && line[0] == ' ' && line[1] == ' ' && line[2] && line[2] != ' ') {
			size_t length = strlen(line);
			if (line[length - 1] == ':')
				line[length - 1] = 0;
			stack = tool_report_add_stack(report, line + 2);
		}
	}
	free(copy);
	return reports;
}

/* "ThreadSanitizer: CHECK failed: ...", "FATAL: ThreadSanitizer: ...", "ThreadSanitizer: dup thread with used id ...":
 * whatever it says that is neither a report nor about one. That malloc has returned NULL it only warns of. */
char *tsan_failure(const char *text)
{
	static const char name[] = "ThreadSanitizer";
	static const char *const harmless[] = {"WARNING: ThreadSanitizer", "SUMMARY: ThreadSanitizer",
	                                       "ThreadSanitizer: reported ", "HINT: "};
	char *copy = strdup(text), *rest = copy, *failure = NULL;
	for (char *line; !failure && (line = strsep(&rest, "\n"));) {
		if (line[0] == '=' && line[1] == '=' && isdigit((unsigned char)line[2]))
			line += 2 + strspn(line + 2, "0123456789="); /* "==12==" */
		bool own = strncmp(line, name, sizeof name - 1) == 0 || strncmp(line, "FATAL: ", 7) == 0;
		for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
			own = own && strncmp(line, harmless[i], strlen(harmless[i])) != 0;
		if (own)
			failure = strndup(line, 120);
	}
	free(copy);
	return failure;
}
