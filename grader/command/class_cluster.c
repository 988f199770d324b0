/* class_cluster.c - a class whose submissions are judged elsewhere: what there is to do, and what was brought. */
#include "../cluster/cluster.h"
#include "../memory.h"
#include "class_run.h"

#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

static struct plan *plan_of_all(const struct class *class, const struct request request[], size_t count)
{
	struct plan *plan = zeroed(1, sizeof *plan);
	for (size_t i = 0; i < count; i++) {
		const struct work *work = request[i].context;
		plan_add(plan, work->key, work->entry->assignment->name, class->handins.item[work->entry->handin].path);
	}
	plan_sort(plan);
	return plan;
}

/* When all is to be judged afresh, results count only if they were brought since that was asked for. */
static void drop_old_results(const struct class *class, struct plan *plan)
{
	struct plan *before = plan_load(class->results, NULL);
	plan->fresh = class->regrade || !class->session->cache;
	size_t dropped = results_tidy(class->results, plan->fresh && !(before && before->fresh) ? NULL : plan);
	if (dropped)
		complain(0, "%zu result%s of an earlier state of the class or of the kit: not used", dropped,
		         dropped == 1 ? "" : "s");
	plan_free(before);
}

/* Takes away what has been judged. */
static void keep_what_is_left(const struct class *class, struct plan *plan)
{
	struct plan all = *plan;
	struct error error;
	*plan = (struct plan){.fresh = all.fresh};
	for (size_t i = 0; i < all.count; i++) {
		struct plan_item *item = &all.item[i];
		struct grade *grade = result_take(class->results, item->key, item->assignment, &error);
		if (!grade && *error.text)
			complain(0, "%s; it will be judged again", error.text);
		if (!grade || !grade->judged) {
			result_drop(class->results, item->key);
			plan_add(plan, item->key, item->assignment, item->handin);
		}
		grade_free(grade);
	}
	plan_clear(&all);
}

/* The kit's own programs are built once, here. */
static int build_halves(const struct class *class, const struct plan *plan, struct error *error)
{
	const struct course *course = class->kit->course;
	char *text = NULL, *path = format("%s/halves", class->results);
	size_t size;
	FILE *out = memory_open(&text, &size);
	int result = 0;
	for (size_t a = 0; result == 0 && a < course->assignment_count; a++) {
		if (!plan_has_assignment(plan, course->assignment[a]->name))
			continue;
		struct half *half = half_build(class->kit, course->assignment[a], class->queue, error);
		if (half)
			fprintf(out, "%s\n%s\n", half->runtime, half->folder);
		else
			result = -1;
		half_free(half);
	}
	fclose(out);
	if (result == 0)
		result = file_write(path, text, size, error);
	free(path);
	free(text);
	return result;
}

int class_write_plan(const struct class *class, const struct request request[], size_t count, struct error *error)
{
	struct plan *plan = plan_of_all(class, request, count);
	drop_old_results(class, plan);
	keep_what_is_left(class, plan);
	int result = build_halves(class, plan, error);
	if (result == 0)
		result = plan_save(plan, class->results, error);
	if (result == 0)
		printf("%zu\n", plan->count);
	plan_free(plan);
	return result;
}

static bool is_interrupted(const struct session *session)
{
	struct signalfd_siginfo signal;
	return read(session->signals, &signal, sizeof signal) > 0;
}

/* What the elements have brought, as if it had been judged here. */
int class_collect(struct class *class, const struct request request[], size_t count, grade_sink *sink,
                  struct error *error)
{
	size_t missing = 0;
	for (size_t i = 0; i < count; i++) {
		const struct work *work = request[i].context;
		struct error cause;
		struct grade *grade = result_take(class->results, work->key, request[i].assignment->name, &cause);
		if (!grade && *cause.text)
			complain(0, "%s", cause.text);
		if (!grade)
			grade = result_missing(request[i].assignment, request[i].submission,
			                       "no job of the cluster produced a result, although all were retried");
		missing += !grade->judged;
		finding_set(&grade->submission, "%s", request[i].submission);
		sink(class, &request[i], grade);
		if (is_interrupted(class->session))
			return fail_interrupted(error, "; what was collected so far is kept");
	}
	if (missing)
		complain(0, "the cluster could not judge %zu of %zu submissions; the same command tries them again", missing,
		         count);
	return 0;
}
