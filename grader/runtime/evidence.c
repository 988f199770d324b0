/* evidence.c - what a run has seen: noted once for each place. */
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

size_t rt_evidence_count(void)
{
	return WORLD->evidence_count;
}

const struct rt_evidence *rt_evidence_at(size_t index)
{
	return &WORLD->evidence[index];
}

struct rt_evidence *rt_evidence_add(const char *kind)
{
	bool full = WORLD->evidence_count == RT_EVIDENCE;
	WORLD->evidence_count += !full;
	size_t at = WORLD->evidence_count - 1;
	while (full && at > 0 && strcmp(WORLD->evidence[at].kind, "data_race") != 0) /* one race more or less */
		at--;
	struct rt_evidence *evidence = &WORLD->evidence[at];
	*evidence = (struct rt_evidence){0};
	for (size_t i = 0; kind[i] && i < sizeof evidence->kind - 1; i++)
		evidence->kind[i] = kind[i];
	return evidence;
}

struct rt_evidence *rt_note(const char *kind, uintptr_t site, const char *format, ...)
{
	for (size_t i = 0; i < WORLD->evidence_count; i++)
		if (strcmp(WORLD->evidence[i].kind, kind) == 0 && WORLD->evidence[i].frame[0] == site)
			return NULL;
	struct rt_evidence *evidence = rt_evidence_add(kind);
	va_list args;
	va_start(args, format);
	int length = vsnprintf(evidence->text, sizeof evidence->text, format, args);
	rt_end_with_word(evidence->text, sizeof evidence->text, (size_t)length);
	va_end(args);
	evidence->frame[0] = site;
	DIRECTOR->errs();
	return evidence;
}
