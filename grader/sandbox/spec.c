/* spec.c - what to run, put together by its owner. */
#include "../memory.h"
#include "run.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	DEFAULT_WALL_MS = 30000,
	DEFAULT_CPU_S = 30,
	DEFAULT_OUTPUT = 1 << 20,
	DEFAULT_FILE = 64 << 20,
	DEFAULT_STACK = 8 << 20,
	DEFAULT_MEMORY = 1 << 30,
	DEFAULT_DISK = 64 << 20,
	DEFAULT_PROCESSES = 512
};

struct run *run_new(const char *folder, enum run_cage cage)
{
	struct run *run = zeroed(1, sizeof *run);
	run->folder = strdup(folder);
	run->cage = cage;
	for (size_t i = 0; i < sizeof run->stream / sizeof *run->stream; i++)
		run->stream[i] = -1;
	run->wall_ms = DEFAULT_WALL_MS;
	run->cpu_s = DEFAULT_CPU_S;
	run->output_limit = DEFAULT_OUTPUT;
	run->file_limit = DEFAULT_FILE;
	run->stack_limit = DEFAULT_STACK;
	run->memory_limit = DEFAULT_MEMORY;
	run->disk_limit = DEFAULT_DISK;
	run->process_limit = DEFAULT_PROCESSES;
	run_set(run, "PATH=/usr/bin:/bin");
	run_set(run, "LC_ALL=C.UTF-8");
	run_set(run, "HOME=/nonexistent");
	return run;
}

static void append(char ***words, const char *template, va_list args)
{
	size_t count = 0;
	while (*words && (*words)[count])
		count++;
	*words = must(reallocarray(*words, count + 2, sizeof **words));
	(*words)[count] = vformat(template, args);
	(*words)[count + 1] = NULL;
}

void words_add(char ***words, const char *template, ...)
{
	va_list args;
	va_start(args, template);
	append(words, template, args);
	va_end(args);
}

void words_free(char **words)
{
	for (char **word = words; word && *word; word++)
		free(*word);
	free(words);
}

void run_add(struct run *run, const char *template, ...)
{
	va_list args;
	va_start(args, template);
	append(&run->argv, template, args);
	va_end(args);
}

void run_set(struct run *run, const char *template, ...)
{
	va_list args;
	va_start(args, template);
	append(&run->env, template, args);
	va_end(args);
}

void run_show(struct run *run, const char *template, ...)
{
	va_list args;
	va_start(args, template);
	append(&run->visible, template, args);
	va_end(args);
}

void run_help(struct run *run, const char *template, ...)
{
	va_list args;
	va_start(args, template);
	free(run->helper);
	run->helper = vformat(template, args);
	va_end(args);
	run_show(run, "%s", run->helper);
}

void run_free(struct run *run)
{
	if (!run)
		return;
	words_free(run->argv);
	words_free(run->env);
	words_free(run->visible);
	free(run->helper);
	free(run->folder);
	free(run->output);
	free(run->report);
	free(run);
}

bool is_starved(const struct run_result *result)
{
	return result->end == RUN_WALL_LIMIT && (result->use_limited || result->cpu_ms < result->wall_ms / 4);
}
