/* kind_test.c - the table of kinds: what it says is whole, and docs/findings.md says the same. */
#include "../../grader/file.h"
#include "../../grader/finding/kind.h"
#include "../../grader/memory.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_sentence(const char *text)
{
	size_t length = strlen(text);
	return length > 10 && strchr(".?", text[length - 1]);
}

Test(kind, every_kind_says_who_sees_it_and_what_it_means)
{
	for (size_t i = 0; kind_at(i); i++) {
		const struct finding_kind *kind = kind_at(i);
		cr_expect(eq(ptr, (void *)kind_find(kind->name), (void *)kind), "%s is there twice", kind->name);
		cr_expect(ne(u32, kind->seen_by, 0), "%s", kind->name);
		cr_expect(is_sentence(kind->meaning) && is_sentence(kind->advice) && *kind->title, "%s", kind->name);
		bool explored = kind->seen_by & KIND_EXPLORE,
		     of_all = strstr(kind->name, "limit") || strcmp(kind->name, "timeout") == 0 ||
		              strcmp(kind->name, "runner_killed") == 0; /* of the run of all tests */
		cr_expect(eq(int, explored && !of_all, kind->effect != KIND_ELSEWHERE), "%s", kind->name);
	}
}

/* What the explorer sees can be asked of ThreadSanitizer or the audit, which have the points for it. */
Test(kind, what_does_not_fail_a_test_can_be_asked_for)
{
	for (size_t i = 0; kind_at(i); i++)
		if (kind_at(i)->effect == KIND_MISUSE || kind_at(i)->effect == KIND_RACE)
			cr_expect(ne(u32, kind_at(i)->asked_of & (KIND_TSAN | KIND_AUDIT), 0), "%s", kind_at(i)->name);
}

Test(kind, an_unknown_kind_has_general_words)
{
	cr_expect(eq(str, (char *)kind_find("nothing")->title, "Problem"));
	cr_expect(eq(ptr, (void *)kind_find(NULL), (void *)kind_find("nothing")));
	cr_expect(eq(u32, kind_find(NULL)->seen_by, 0));
	cr_expect(eq(u32, kind_check_bit("memcheck"), KIND_MEMCHECK));
	cr_expect(eq(u32, kind_check_bit("score"), KIND_SCORE));
	cr_expect(eq(u32, kind_check_bit("nobody"), 0));
}

/* ---- docs/findings.md ----------------------------------------------------------------------- */

/* Calls `see` for each `word` in the first column of a row, with the section that it is in. */
static void each_documented(char *text, void (*see)(const char *section, const char *kind, void *context),
                            void *context)
{
	char section[32] = "";
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		if (sscanf(line, "## %31[a-z]", section) == 1 || strncmp(line, "| `", 3) != 0)
			continue;
		char *end = strstr(line + 2, " |"), word[64];
		for (char *at = line + 2; (at = strchr(at, '`')) && at < end; at = strchr(at + 1, '`') + 1)
			if (sscanf(at, "`%63[a-z_]`", word) == 1)
				see(section, word, context);
	}
}

enum { MOST_KINDS = 200 };

static void see_kind(const char *section, const char *name, void *context)
{
	unsigned *documented = context;
	for (size_t i = 0; kind_at(i); i++)
		if (strcmp(kind_at(i)->name, name) == 0) {
			documented[i] |= kind_check_bit(section);
			return;
		}
	cr_expect(false, "docs/findings.md: %s: there is no kind '%s'", section, name);
}

/* Limits are in criterion's table for all checks; the seal has one kind and no table of kinds. */
static unsigned in_tables(const struct finding_kind *kind)
{
	bool limit = kind->seen_by & KIND_CRITERION && kind->seen_by & KIND_MEMCHECK;
	return limit ? KIND_CRITERION : kind->seen_by & ~(unsigned)KIND_SEAL;
}

Test(kind, the_documentation_lists_the_same)
{
	unsigned documented[MOST_KINDS] = {0};
	char *text = file_read("docs/findings.md", 1 << 20, NULL, NULL);
	cr_assert(text != NULL);
	cr_expect(strstr(text, "(`sealed_out`)") != NULL);
	each_documented(text, see_kind, documented);
	for (size_t i = 0; kind_at(i); i++)
		cr_expect(eq(u32, documented[i], in_tables(kind_at(i))), "%s: checks of the table %u, of docs/findings.md %u",
		          kind_at(i)->name, in_tables(kind_at(i)), documented[i]);
	free(text);
}
