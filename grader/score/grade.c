/* grade.c - the life of a grade. */
#include "grade.h"
#include "../memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void set(char **field, const char *text)
{
	if (text)
		finding_set(field, "%s", text);
}

/* A grade starts as judged; whoever finds the infrastructure broken says so. */
struct grade *grade_new(const struct assignment *assignment, const char *submission)
{
	struct grade *grade = zeroed(1, sizeof *grade);

	set(&grade->assignment, assignment->name);
	set(&grade->submission, submission);
	grade->judged = true;
	grade->rubric = zeroed(assignment->rubric_count, sizeof *grade->rubric);
	grade->rubric_count = assignment->rubric_count;
	for (size_t i = 0; i < assignment->rubric_count; i++) {
		set(&grade->rubric[i].id, assignment->rubric[i].id);
		set(&grade->rubric[i].title, assignment->rubric[i].title);
	}
	grade->test = zeroed(assignment->test_count, sizeof *grade->test);
	grade->test_count = assignment->test_count;
	for (size_t i = 0; i < assignment->test_count; i++) {
		set(&grade->test[i].name, assignment->test[i].name);
		set(&grade->test[i].rubric, assignment->test[i].rubric);
		grade->test[i].hidden = assignment->test[i].hidden;
		grade->test[i].status = TEST_NOT_RUN;
	}
	return grade;
}

void grade_free(struct grade *grade)
{
	if (!grade)
		return;
	free(grade->assignment);
	free(grade->submission);
	free(grade->only_test);
	free(grade->protection);
	for (size_t i = 0; i < grade->rubric_count; i++) {
		free(grade->rubric[i].id);
		free(grade->rubric[i].title);
	}
	free(grade->rubric);
	for (size_t i = 0; i < grade->test_count; i++) {
		free(grade->test[i].name);
		free(grade->test[i].rubric);
		free(grade->test[i].message);
		free(grade->test[i].unwatched);
		free(grade->test[i].explored.why_not);
		free(grade->test[i].explored.strategy);
	}
	free(grade->test);
	findings_clear(&grade->findings);
	for (size_t i = 0; i < grade->check_count; i++) {
		free(grade->check[i].name);
		free(grade->check[i].status);
		free(grade->check[i].reason);
		free(grade->check[i].fault);
	}
	free(grade->check);
	free(grade->kit.release);
	free(grade->kit.kit);
	free(grade->kit.criterion);
	free(grade->kit.gcc);
	free(grade->kit.valgrind);
	for (size_t i = 0; i < grade->source_count; i++)
		free(grade->source[i].file);
	free(grade->source);
	for (size_t i = 0; i < grade->remarks.count; i++)
		free(grade->remarks.item[i]);
	free(grade->remarks.item);
	free(grade->coverage.unrun);
	free(grade);
}

static char *with_limit(char *text, const char *limit)
{
	char *longer = format("%s; %s", text, limit);
	free(text);
	return longer;
}

/* " and 59 others"; "" for none. The caller frees it. */
static char *and_others(uint64_t count)
{
	char *number = grouped(count);
	char *text = count ? format(" and %s other%s", number, count == 1 ? "" : "s") : strdup("");
	free(number);
	return text;
}

char *explored_summary(const struct explored *explored, bool failed)
{
	char *text = NULL;
	const char *end = failed || explored->found ? "" : ": none fails";

	if (!explored->known)
		return NULL;
	char *schedules = grouped(explored->schedules), *all = grouped(explored->bound_schedules),
	     *others = and_others(explored->schedules - explored->bound_schedules);
	if (explored->why_not)
		finding_set(&text, "not explored: %s", explored->why_not);
	else if (!explored->concurrent)
		finding_set(&text, "starts no thread or process: there is only one schedule");
	else if (explored->stopped_s && !explored->exhausted)
		finding_set(&text, "stopped after %u s: %s schedule%s%s", explored->stopped_s, schedules,
		            explored->schedules == 1 ? "" : "s", *end ? ", none fails" : "");
	else if (explored->exhausted)
		finding_set(&text, "all schedules (%s)%s", all, end);
	else if (explored->bound < 0)
		finding_set(&text, "%s schedule%s%s", schedules, explored->schedules == 1 ? "" : "s", end);
	else if (explored->bound == 0)
		finding_set(&text, "all schedules without preemption (%s)%s%s", all, others, end);
	else
		finding_set(&text, "all schedules with at most %d preemption%s (%s)%s%s", explored->bound,
		            explored->bound == 1 ? "" : "s", all, others, end);
	free(schedules);
	free(all);
	free(others);
	if (explored->weaker && !explored->why_not)
		text =
		    with_limit(text, "it uses atomics weaker than seq_cst, but only sequentially consistent orders were tried");
	if (explored->handlers && !explored->why_not)
		text = with_limit(text, "handlers of signals ran at calls only");
	return text;
}

void grade_add_check(struct grade *grade, const char *name, const char *status, const char *reason, int duration_ms)
{
	struct check_result *grown = must(reallocarray(grade->check, grade->check_count + 1, sizeof *grown));
	grade->check = grown;
	grown[grade->check_count] = (struct check_result){.duration_ms = duration_ms};
	set(&grown[grade->check_count].name, name);
	set(&grown[grade->check_count].status, status);
	set(&grown[grade->check_count].reason, reason);
	grade->check_count++;
}

static int by_name(const void *a, const void *b)
{
	const struct check_result *x = a, *y = b;
	return strcmp(x->name, y->name);
}

void grade_sort_checks(struct grade *grade)
{
	if (grade->check_count)
		qsort(grade->check, grade->check_count, sizeof *grade->check, by_name);
}

static bool has_kind(const struct grade *grade, const char *const kinds[])
{
	for (size_t i = 0; i < grade->findings.count; i++)
		for (size_t k = 0; kinds[k]; k++)
			if (strcmp(grade->findings.item[i].kind, kinds[k]) == 0)
				return true;
	return false;
}

static bool killed_the_runner(const struct grade *grade, const char *check)
{
	for (size_t i = 0; i < grade->findings.count; i++)
		if (strcmp(grade->findings.item[i].kind, "runner_killed") == 0 &&
		    strcmp(grade->findings.item[i].check, check) == 0)
			return true;
	return false;
}

static bool is_submissions(const struct grade *grade, const struct check_result *check)
{
	static const char *const limits[] = {"timeout", "memory_limit", "process_limit", "disk_limit", NULL},
	                         *const nothing[] = {"no_result", NULL};
	const char *fault = check->fault;
	if (fault && strcmp(fault, "limit") == 0)
		return has_kind(grade, limits) || killed_the_runner(grade, check->name);
	return !(fault && strcmp(fault, "invalid") == 0) && has_kind(grade, nothing);
}

static void has_no_answer(struct grade *grade, const struct test_result *test)
{
	for (size_t i = 0; i < grade->check_count; i++) {
		struct check_result *check = &grade->check[i];
		if (strcmp(check->name, "tsan") != 0)
			continue;
		finding_set(&check->status, "failed");
		finding_set(&check->reason, "it ended early in %s (%s), and the explorer did not look at it: %s", test->name,
		            test->unwatched, test->explored.why_not ? test->explored.why_not : "it did not run");
		finding_set(&check->fault, "infrastructure");
	}
}

static void remark_unwatched(struct grade *grade, const struct test_result *first, size_t others)
{
	char *more = others == 0   ? strdup("")
	             : others == 1 ? strdup(" and another test")
	                           : format(" and %zu other tests", others);
	grade_remark(grade, "ThreadSanitizer ended early in %s%s (%s); there the explorer's result counts", first->name,
	             more, first->unwatched);
	free(more);
}

static void settle_unwatched(struct grade *grade)
{
	const struct test_result *first = NULL;
	size_t count = 0;
	for (size_t i = 0; i < grade->test_count; i++) {
		const struct test_result *test = &grade->test[i];
		if (!test->unwatched || test->status != TEST_PASS)
			continue;
		if (!explorer_answers(test))
			has_no_answer(grade, test);
		if (count++ == 0)
			first = test;
	}
	if (first)
		remark_unwatched(grade, first, count - 1);
}

void grade_settle(struct grade *grade)
{
	settle_unwatched(grade);
	for (size_t i = 0; i < grade->check_count; i++) {
		const struct check_result *check = &grade->check[i];
		if (strcmp(check->status, "failed") == 0 && strcmp(check->name, "coverage") != 0 &&
		    !is_submissions(grade, check))
			grade->judged = false;
	}
}

bool explorer_answers(const struct test_result *test)
{
	return test->explored.known && !test->explored.why_not;
}

void grade_set_fault(struct grade *grade, const char *fault)
{
	set(&grade->check[grade->check_count - 1].fault, fault);
}

void grade_remark(struct grade *grade, const char *format, ...)
{
	struct string_list *remarks = &grade->remarks;
	va_list args;
	remarks->item = must(realloc(remarks->item, (remarks->count + 1) * sizeof *remarks->item));
	va_start(args, format);
	remarks->item[remarks->count++] = vformat(format, args);
	va_end(args);
}

struct test_result *grade_test(struct grade *grade, const char *name)
{
	for (size_t i = 0; name && i < grade->test_count; i++)
		if (strcmp(grade->test[i].name, name) == 0)
			return &grade->test[i];
	return NULL;
}

const char *const test_status_names[] = {"pass", "fail", "crash", "hang", "timeout", "not_run", NULL};

const char *test_status_name(enum test_status status)
{
	return test_status_names[status];
}
