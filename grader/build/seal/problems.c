/* problems.c - the list of problems, and looking up names in lists. */
#include "../../memory.h"
#include "private.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PROBLEMS = 64 }; /* a file made to have a million is told enough */

const char seal_layer_text[] = "text", seal_layer_object[] = "object";

static int compare(const void *left, const void *right)
{
	const struct seal_problem *a = left, *b = right;
	int order = (a->line > b->line) - (a->line < b->line);
	if (!order)
		order = strcmp(a->rule, b->rule);
	return order ? order : strcmp(a->seen, b->seen);
}

static void clear(struct seal_problem *problem)
{
	free(problem->seen);
	free(problem->why);
	free(problem->instead);
}

void append_problem(struct seal_problems *problems, struct seal_problem problem)
{
	for (size_t i = 0; i < problems->count; i++)
		if (compare(&problems->item[i], &problem) == 0) {
			clear(&problem);
			return;
		}
	if (problems->count >= MOST_PROBLEMS) {
		clear(&problem);
		return;
	}
	problems->item = must(reallocarray(problems->item, problems->count + 1, sizeof *problems->item));
	problems->item[problems->count++] = problem;
}

void add_problem(struct seal_problems *problems, const char *layer, const char *rule, unsigned line,
                 const char *instead, const char *template, ...)
{
	struct seal_problem problem = {.layer = layer, .rule = rule, .line = line, .instead = must(strdup(instead))};
	va_list args;
	va_start(args, template);
	problem.seen = vformat(template, args);
	va_end(args);
	append_problem(problems, problem);
}

void seal_move(struct seal_problems *to, struct seal_problems *from)
{
	for (size_t i = 0; i < from->count; i++)
		append_problem(to, from->item[i]);
	free(from->item);
	*from = (struct seal_problems){0};
}

void seal_sort(struct seal_problems *problems)
{
	if (problems->count)
		qsort(problems->item, problems->count, sizeof *problems->item, compare);
}

void seal_clear(struct seal_problems *problems)
{
	for (size_t i = 0; i < problems->count; i++)
		clear(&problems->item[i]);
	free(problems->item);
	*problems = (struct seal_problems){0};
}

char *insert_word(const char *sentence, const char *word)
{
	size_t before = strcspn(sentence, "@");
	return format("%.*s%s%s", (int)before, sentence, word, sentence + before + (sentence[before] == '@'));
}

bool in_list(const struct string_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->item[i], name) == 0)
			return true;
	return false;
}

static bool ends_with(const char *text, size_t length, const char *end)
{
	size_t size = strlen(end);
	return length >= size && memcmp(text + length - size, end, size) == 0;
}

bool is_swap_file(const char *path, size_t length)
{
	return ends_with(path, length, "/bits/byteswap.h") || ends_with(path, length, "/bits/uintn-identity.h");
}

int find_pattern(const char *const patterns[], const char *name)
{
	for (int i = 0; patterns[i]; i++) {
		size_t length = strlen(patterns[i]);
		bool begins = length && patterns[i][length - 1] == '*';
		if (begins ? strncmp(patterns[i], name, length - 1) == 0 : strcmp(patterns[i], name) == 0)
			return i;
	}
	return -1;
}

/* Of Criterion those names that it has: others may begin like them ("criterion_met"). */
static const char *const tool_names[] = {"__tsan*",
                                         "__sanitizer*",
                                         "__interceptor*",
                                         "___interceptor*",
                                         "__asan*",
                                         "__ubsan*",
                                         "__msan*",
                                         "__lsan*",
                                         "__hwasan*",
                                         "__gcov*",
                                         "__llvm*",
                                         "__cyg_*",
                                         "__start_*",
                                         "__stop_*",
                                         "__real_*",
                                         "__wrap_*",
                                         "__criterion*",
                                         "cri_assert*",
                                         "cri_fmt_*",
                                         "cri_string_xxd",
                                         "cri_strtok_r",
                                         "criterion_abort*",
                                         "criterion_add_output",
                                         "criterion_continue_test",
                                         "criterion_current_*",
                                         "criterion_finalize",
                                         "criterion_handle_args",
                                         "criterion_initialize",
                                         "criterion_internal_*",
                                         "criterion_log",
                                         "criterion_options",
                                         "criterion_plog",
                                         "criterion_register_*",
                                         "criterion_run_*",
                                         "criterion_send_assert",
                                         "criterion_skip_test",
                                         "criterion_test_*",
                                         "criterion_vlog",
                                         "AnnotateBenign*",
                                         "AnnotateCondVar*",
                                         "AnnotateEnable*",
                                         "AnnotateExpect*",
                                         "AnnotateFlush*",
                                         "AnnotateHappens*",
                                         "AnnotateIgnore*",
                                         "AnnotateMemory*",
                                         "AnnotateMutex*",
                                         "AnnotateNewMemory",
                                         "AnnotateNoOp",
                                         "AnnotatePCQ*",
                                         "AnnotatePublish*",
                                         "AnnotateRWLock*",
                                         "AnnotateThreadName",
                                         "AnnotateTrace*",
                                         "AnnotateUnpublish*",
                                         "_dl_*",
                                         "__stack_chk*",
                                         NULL};

bool is_tool_name(const char *name)
{
	return find_pattern(tool_names, name) >= 0 && strcmp(name, "__real__") != 0; /* which is a part of GNU C */
}
