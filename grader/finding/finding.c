/* finding.c - building and comparing findings. */
#include "finding.h"

#include "../memory.h"
#include "interleaving.h"
#include "kind.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *copy(const char *text)
{
	return text ? must(strdup(text)) : NULL;
}

struct finding *findings_add(struct findings *findings, const char *check, const char *kind, const char *test)
{
	if (findings->count == findings->capacity) {
		findings->capacity = findings->capacity ? 2 * findings->capacity : 8;
		findings->item = must(reallocarray(findings->item, findings->capacity, sizeof *findings->item));
	}
	struct finding *finding = &findings->item[findings->count++];
	*finding = (struct finding){.check = copy(check), .kind = copy(kind), .test = copy(test), .count = 1};
	return finding;
}

void finding_add_place(struct finding *finding, const char *file, unsigned line, const char *function, const char *role)
{
	finding->where = must(reallocarray(finding->where, finding->where_count + 1, sizeof *finding->where));
	finding->where[finding->where_count++] =
	    (struct place){.file = copy(file), .line = line, .function = copy(function), .role = copy(role)};
}

static char *format_text(const char *format, va_list arguments)
{
	va_list again;
	char *text;

	va_copy(again, arguments);
	size_t size = (size_t)vsnprintf(NULL, 0, format, again) + 1;
	va_end(again);
	text = must(malloc(size));
	vsnprintf(text, size, format, arguments);
	return text;
}

void finding_add_detail(struct finding *finding, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	finding->detail = must(reallocarray(finding->detail, finding->detail_count + 1, sizeof *finding->detail));
	finding->detail[finding->detail_count++] = format_text(format, arguments);
	va_end(arguments);
}

/* The old text is freed last: it may be one of the arguments. */
void finding_set(char **field, const char *format, ...)
{
	va_list arguments;
	char *old = *field;

	va_start(arguments, format);
	*field = format_text(format, arguments);
	va_end(arguments);
	free(old);
}

/* NULL sorts before every text. */
static int compare_text(const char *a, const char *b)
{
	if (!a || !b)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

static int compare_number(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

/* Two places are the same source line. Where the line is unknown the function tells them apart. */
static int compare_place(const struct place *a, const struct place *b)
{
	int order = compare_text(a->file, b->file);

	if (!order)
		order = compare_number(a->line, b->line);
	if (!order && a->line == 0)
		order = compare_text(a->function, b->function);
	return order;
}

int finding_compare(const struct finding *a, const struct finding *b)
{
	int order = compare_text(a->check, b->check);

	if (!order)
		order = compare_text(a->kind, b->kind);
	if (!order)
		order = compare_text(a->test, b->test);
	for (size_t i = 0; !order && i < a->where_count && i < b->where_count; i++)
		order = compare_place(&a->where[i], &b->where[i]);
	if (!order)
		order = compare_number(a->where_count, b->where_count);
	return order ? order : compare_text(a->seen, b->seen);
}

static bool places_within(const struct finding *a, const struct finding *b)
{
	for (size_t i = 0; i < a->where_count; i++) {
		size_t j = 0;

		while (j < b->where_count && compare_place(&a->where[i], &b->where[j]) != 0)
			j++;
		if (j == b->where_count)
			return false;
	}
	return true;
}

/* Without any place two findings are the same only if they say the same: two failed assertions are two problems. */
bool finding_same_root(const struct finding *a, const struct finding *b)
{
	if (compare_text(a->check, b->check) != 0 || compare_text(a->kind, b->kind) != 0)
		return false;
	if (a->where_count == 0 && b->where_count == 0)
		return compare_text(a->seen, b->seen) == 0;
	return places_within(a, b) && places_within(b, a);
}

/* Each side is a stack, innermost place first, and each of its places has the role of the access. */
const struct place *finding_side(const struct finding *finding, unsigned side)
{
	const struct place *begin = finding->where_count ? &finding->where[0] : NULL;

	for (size_t i = 1; i < finding->where_count && side; i++)
		if (compare_text(finding->where[i].role, finding->where[i - 1].role) != 0) {
			begin = &finding->where[i];
			side--;
		}
	return side ? NULL : begin;
}

bool finding_shares_race(const struct finding *a, const struct finding *b)
{
	if (compare_text(a->kind, "data_race") != 0 || compare_text(b->kind, "data_race") != 0)
		return false;
	for (unsigned x = 0; x < 2; x++)
		for (unsigned y = 0; y < 2; y++) {
			const struct place *one = finding_side(a, x), *other = finding_side(b, y);
			if (one && other && one->line && compare_place(one, other) == 0)
				return true;
		}
	return false;
}

bool finding_fails_test(const struct finding *finding)
{
	return compare_text(finding->check, "explore") == 0 &&
	       (kind_find(finding->kind)->effect == KIND_FAILURE || compare_text(finding->kind, "timeout") == 0);
}

bool finding_ends_check(const struct finding *finding)
{
	static const char *const kinds[] = {"timeout", "memory_limit", "process_limit", "disk_limit", "runner_killed"};
	bool found = false;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		found = found || compare_text(finding->kind, kinds[i]) == 0;
	return found && !finding->test;
}

bool finding_is_unreached(const struct finding *finding)
{
	return compare_text(finding->kind, "not_run") == 0 ||
	       (compare_text(finding->check, "explore") == 0 && compare_text(finding->kind, "timeout") == 0);
}

void finding_clear(struct finding *finding)
{
	char *const text[] = {finding->id,   finding->check,  finding->kind, finding->diagnosis,
	                      finding->test, finding->rubric, finding->seen, finding->expected,
	                      finding->why,  finding->replay, finding->hint, finding->token};

	for (size_t i = 0; i < sizeof text / sizeof *text; i++)
		free(text[i]);
	for (size_t i = 0; i < finding->where_count; i++) {
		free(finding->where[i].file);
		free(finding->where[i].function);
		free(finding->where[i].role);
	}
	for (size_t i = 0; i < finding->detail_count; i++)
		free(finding->detail[i]);
	interleaving_free(finding->interleaving);
	free(finding->where);
	free(finding->detail);
	*finding = (struct finding){0};
}

void findings_clear(struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		finding_clear(&findings->item[i]);
	free(findings->item);
	*findings = (struct findings){0};
}
