/* fault.c - whose fault it is that a program was not built: told by what the compiler and the linker say.
 *
 * They name the source when they mean it: "race_fix.c:14:9: error: ...", "undefined reference to `x'". Whatever else
 * they say, and silence, is about the machine: "gcc: fatal error: Killed signal terminated program cc1", "ld: final
 * link failed: No space left on device". */
#include "private.h"

#include "../memory.h"

#include <stdlib.h>
#include <string.h>

enum { LARGE_KIB = 512 * 1024 };

/* What a machine says of itself, also in a line that names the source: "x.c:9: fatal error: error writing to y: ...".
 */
static const char *const troubles[] = {
    "No space left on device",   "Disk quota exceeded", "Permission denied",   "Input/output error",
    "Cannot allocate memory",    "out of memory",       "Stale file handle",   "Read-only file system",
    "Too many open files",       "No such device",      "is not reproducible", "Resource temporarily unavailable",
    "Transport endpoint is not", "Remote I/O error"};

/* A line of source that the compiler quotes: "   14 | #error No space left on device". */
static bool is_quoted(const char *line)
{
	const char *number = line + strspn(line, " ");
	const char *bar = number + strspn(number, "0123456789");
	return number > line && strncmp(bar + strspn(bar, " "), "|", 1) == 0;
}

/* What stands behind "FILE:LINE:" or "FILE:LINE:COLUMN:", NULL without such a place. */
static const char *behind_place(const char *line)
{
	for (const char *colon = strchr(line, ':'); colon; colon = strchr(colon + 1, ':')) {
		size_t digits = strspn(colon + 1, "0123456789");
		if (!digits || colon == line || colon[1 + digits] != ':')
			continue;
		const char *rest = colon + 2 + digits;
		size_t column = strspn(rest, "0123456789");
		if (column && rest[column] == ':')
			rest += column + 1;
		return rest + strspn(rest, " ");
	}
	return NULL;
}

static bool begins(const char *text, const char *words)
{
	return text && strncmp(text, words, strlen(words)) == 0;
}

static const char *trouble_in(const char *line)
{
	for (size_t i = 0; i < sizeof troubles / sizeof *troubles; i++)
		if (strstr(line, troubles[i]))
			return troubles[i];
	return NULL;
}

/* "race_fix.h: No such file or directory": a header that every submission may include is the machine's to have. */
static bool is_header_of_the_course(const struct course *course, const char *text)
{
	static const char missing[] = ": No such file or directory";
	const char *end = strstr(text, missing);
	size_t size = end ? (size_t)(end - text) : 0;
	for (size_t i = 0; end && i < course->headers.count; i++)
		if (strlen(course->headers.item[i]) == size && strncmp(course->headers.item[i], text, size) == 0)
			return true;
	for (size_t i = 0; end && i < course->assignment_count; i++) {
		const char *name = course->assignment[i]->name;
		if (size == strlen(name) + 2 && strncmp(name, text, size - 2) == 0 && strncmp(end - 2, ".h", 2) == 0)
			return true;
	}
	return false;
}

/* Does the line say something of the source that the compiler or the assembler does not take? */
static bool is_of_compiler(const struct course *course, const char *line)
{
	static const char fatal[] = "fatal error: ";
	const char *said = is_quoted(line) ? NULL : behind_place(line);
	if (begins(said, "error: ") || begins(said, "Error: "))
		return true;
	if (!is_quoted(line) && strstr(line, "internal compiler error: ")) /* it crashed over what it read */
		return !trouble_in(line);
	return begins(said, fatal) && !trouble_in(said) && !is_header_of_the_course(course, said + strlen(fatal));
}

static bool is_of_linker(const char *line)
{
	static const char *const words[] = {": undefined reference to `", ": multiple definition of `",
	                                    ": relocation truncated to fit"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strstr(line, words[i]))
			return true;
	return false;
}

/* The linker lacks a part of the program that is not the submission's. */
static bool is_of_machine(const char *line)
{
	static const char *const words[] = {"ld: cannot ", "ld: final link failed", "file truncated"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strstr(line, words[i]) && !is_quoted(line) && !behind_place(line))
			return true;
	return false;
}

/* "as: out of memory allocating 25769803777 bytes after ...": in one piece more than a build may have at all, because
 * the source asks for it (".fill"). */
static bool is_too_large(const char *line)
{
	static const char words[] = "out of memory allocating ";
	const char *said = is_quoted(line) ? NULL : strstr(line, words);
	return said && strtoull(said + strlen(words), NULL, 10) / 1024 > LARGE_KIB;
}

static bool blames_source(const struct course *course, const char *log)
{
	bool source = false;
	for (const char *line = log; *line;) {
		size_t size = strcspn(line, "\n");
		char *copy = must(strndup(line, size));
		bool machine = is_of_machine(copy);
		source |= is_of_compiler(course, copy) || is_of_linker(copy) || is_too_large(copy);
		free(copy);
		if (machine)
			return false;
		line += size + (line[size] == '\n');
	}
	return source;
}

/* The first line that tells what the machine lacks, else the last one that is no mere end of it all. */
static char *reason_in(const char *log)
{
	char *reason = NULL;
	for (const char *line = log; *line;) {
		size_t size = strcspn(line, "\n");
		char *copy = must(strndup(line, size));
		line += size + (line[size] == '\n');
		bool is_trouble = trouble_in(copy) || strstr(copy, "terminated");
		if (size && !is_quoted(copy) && (is_trouble || !begins(copy, "compilation terminated"))) {
			free(reason);
			reason = format("%.200s", copy);
		}
		free(copy);
		if (is_trouble)
			break;
	}
	return reason;
}

/* The compiler itself grew so large that somebody other than the supervisor ended it. */
static bool outgrew(const struct run_result *result)
{
	return result->peak_kib > LARGE_KIB;
}

static char *reason_for(const struct run_result *result, const char *log)
{
	if (result->end == RUN_NOT_STARTED)
		return strdup(result->problem);
	if (result->end == RUN_WALL_LIMIT)
		return strdup("the machine gave the compiler too little CPU time");
	if (result->end == RUN_SIGNALLED)
		return format("the compiler was killed from outside by signal %d (%s)", result->status,
		              strsignal(result->status));
	char *said = reason_in(log);
	char *reason =
	    said ? format("the compiler could not run: %s", said) : strdup("the compiler failed without a message");
	free(said);
	return reason;
}

enum fault build_fault(const struct course *course, const struct run_result *result, const char *log, char **reason)
{
	*reason = NULL;
	if (result->end == RUN_EXITED && result->status == 0)
		return FAULT_NONE;
	bool limit = result->end == RUN_CPU_LIMIT || result->end == RUN_MEMORY_LIMIT || result->end == RUN_DISK_LIMIT ||
	             result->end == RUN_PROCESS_LIMIT || (result->end == RUN_WALL_LIMIT && !is_starved(result));
	bool told = result->end == RUN_EXITED && (result->output_cut || outgrew(result) || blames_source(course, log));
	if (limit || told)
		return FAULT_SOURCE;
	*reason = must(reason_for(result, log));
	return FAULT_MACHINE;
}
