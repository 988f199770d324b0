/* class.c - all requests, a few at a time: as many gradings are open as keep the queue full. */
#include "../memory.h"
#include "grading.h"
#include "reuse.h"

#include <stdlib.h>
#include <string.h>

/* Gradings that do not wait for each other. */
struct batch {
	struct workshop workshop;
	const struct request *const *request;
	const struct parts *const *parts; /* of each */
	size_t count, next, open;
	bool filling;
	const struct assignment **assignment; /* those that occur, and their halves */
	struct half **half;
	size_t half_count;
	grade_sink *sink;
	void *context;
};

static const struct half *half_of(const struct batch *batch, const struct assignment *assignment)
{
	for (size_t i = 0; i < batch->half_count; i++)
		if (batch->assignment[i] == assignment)
			return batch->half[i];
	return NULL;
}

static int build_halves(struct batch *batch, struct error *error)
{
	batch->assignment = zeroed(batch->count + 1, sizeof *batch->assignment);
	batch->half = zeroed(batch->count + 1, sizeof *batch->half);
	for (size_t i = 0; i < batch->count; i++) {
		if (half_of(batch, batch->request[i]->assignment))
			continue;
		struct half *half =
		    half_build(batch->workshop.kit, batch->request[i]->assignment, batch->workshop.queue, error);
		if (!half)
			return -1;
		batch->assignment[batch->half_count] = batch->request[i]->assignment;
		batch->half[batch->half_count++] = half;
	}
	return 0;
}

static void fill(struct batch *batch);

static void delivered(void *context, const struct request *request, struct grade *grade)
{
	struct batch *batch = context;
	batch->open--;
	batch->sink(batch->context, request, grade);
	fill(batch);
}

/* Two gradings more than slots: one is always ready when another runs out of work. A result from the cache is delivered
 * inside grading_start, so only the outermost call opens the next. */
static void fill(struct batch *batch)
{
	static const size_t ahead = 2;
	if (batch->filling)
		return;
	batch->filling = true;
	while (batch->next < batch->count && batch->open < queue_slots(batch->workshop.queue) + ahead) {
		const struct request *request = batch->request[batch->next];
		const struct parts *parts = batch->parts[batch->next++];
		batch->open++;
		grading_start(&batch->workshop, half_of(batch, request->assignment), parts, request, delivered, batch);
	}
	batch->filling = false;
}

static int grade_batch(struct batch *batch, struct error *error)
{
	int result = build_halves(batch, error);
	batch->workshop.shards = batch->count < queue_slots(batch->workshop.queue) ? queue_slots(batch->workshop.queue) : 1;
	if (result == 0) {
		fill(batch);
		if (queue_work(batch->workshop.queue) != 0)
			result = fail_interrupted(error, "; nothing half-done is kept");
	}
	for (size_t i = 0; i < batch->half_count; i++)
		half_free(batch->half[i]);
	free(batch->half);
	free(batch->assignment);
	return result;
}

/* ---- what others reuse goes first ----------------------------------------------------------- */

/* One call. */
struct all {
	struct workshop workshop;
	const struct request **request; /* all that were asked for */
	size_t count;
	struct reuses *reuses;
	grade_sink *sink;
	void *context;
};

/* Will this one's grade be the one that is needed? */
static bool is_same(const struct request *request, const struct request *needed)
{
	return request->assignment == needed->assignment && strcmp(request->folder, needed->folder) == 0 &&
	       request->public_only == needed->public_only && !request->problem && !request->only_test &&
	       !request->only_check;
}

/* The one that is needed and comes to the same; NULL: its grade is not. */
static const struct request *needed_as(const struct all *all, const struct request *request)
{
	const struct request *needed;
	for (size_t i = 0; (needed = reuses_needed(all->reuses, i)); i++)
		if (is_same(request, needed))
			return needed;
	return NULL;
}

static bool is_asked_for(const struct all *all, const struct request *needed)
{
	for (size_t i = 0; i < all->count; i++)
		if (is_same(all->request[i], needed))
			return true;
	return false;
}

static void keep_to_ourselves(void *context, const struct request *request, struct grade *grade)
{
	struct all *all = context;
	reuses_note(all->reuses, request, grade);
	grade_free(grade);
}

static void note_and_deliver(void *context, const struct request *request, struct grade *grade)
{
	struct all *all = context;
	const struct request *needed = needed_as(all, request);
	if (needed)
		reuses_note(all->reuses, needed, grade);
	all->sink(all->context, request, grade);
}

/* Grades these, which are linked with nothing. */
static int grade_alone(struct all *all, const struct request *const request[], size_t count, grade_sink *sink,
                       struct error *error)
{
	static const struct parts none = {0};
	const struct parts **parts = zeroed(count + 1, sizeof *parts);
	for (size_t i = 0; i < count; i++)
		parts[i] = &none;
	struct batch batch = {
	    .workshop = all->workshop, .request = request, .parts = parts, .count = count, .sink = sink, .context = all};
	int result = count ? grade_batch(&batch, error) : 0;
	free(parts);
	return result;
}

/* What is needed, and nobody has asked for: nobody hears of it. */
static int grade_unasked(struct all *all, struct error *error)
{
	const struct request **request = NULL, *needed;
	const struct class_options *told = all->workshop.options;
	struct class_options quiet = *told;
	size_t count = 0;
	quiet.tested = NULL;
	for (size_t i = 0; (needed = reuses_needed(all->reuses, i)); i++) {
		if (is_asked_for(all, needed))
			continue;
		request = must(reallocarray(request, count + 1, sizeof *request));
		request[count++] = needed;
	}
	all->workshop.options = &quiet;
	int result = grade_alone(all, request, count, keep_to_ourselves, error);
	all->workshop.options = told;
	free(request);
	return result;
}

/* What was asked for and is needed. */
static int grade_first(struct all *all, struct error *error)
{
	const struct request **request = zeroed(all->count + 1, sizeof *request);
	size_t count = 0;
	for (size_t i = 0; i < all->count; i++)
		if (needed_as(all, all->request[i]))
			request[count++] = all->request[i];
	int result = grade_alone(all, request, count, note_and_deliver, error);
	free(request);
	return result;
}

/* The objects of those whose grade is not known. */
static int build_parts(struct all *all, struct error *error)
{
	const struct workshop *workshop = &all->workshop;
	size_t *index = zeroed(all->count + 1, sizeof *index), count = 0;
	for (size_t i = 0; i < all->count; i++) {
		const struct request *request = all->request[i];
		struct half *half = request->assignment->reuse_count ? half_describe(workshop->kit, request->assignment) : NULL;
		if (half && !class_knows(workshop->kit, half, request, workshop->options))
			index[count++] = i;
		half_free(half);
	}
	int result = reuses_build(all->reuses, workshop->queue, index, count, error);
	free(index);
	return result;
}

static int grade_rest(struct all *all, struct error *error)
{
	const struct request **request = zeroed(all->count + 1, sizeof *request);
	const struct parts **parts = zeroed(all->count + 1, sizeof *parts);
	size_t count = 0;
	for (size_t i = 0; i < all->count; i++) {
		if (needed_as(all, all->request[i]))
			continue;
		parts[count] = reuses_choose(all->reuses, i);
		request[count++] = all->request[i];
	}
	struct batch batch = {.workshop = all->workshop,
	                      .request = request,
	                      .parts = parts,
	                      .count = count,
	                      .sink = all->sink,
	                      .context = all->context};
	int result = count ? grade_batch(&batch, error) : 0;
	free(parts);
	free(request);
	return result;
}

int class_grade(const struct kit *kit, struct queue *queue, const struct request requests[], size_t count,
                const struct class_options *options, grade_sink *sink, void (*progress)(void *, const char *),
                void *context, struct error *error)
{
	unsigned scratch = 0;
	struct all all = {
	    .workshop = {.kit = kit,
	                 .queue = queue,
	                 .options = options,
	                 .progress = progress,
	                 .context = context,
	                 .number = &scratch},
	    .request = zeroed(count + 1, sizeof *all.request),
	    .count = count,
	    .sink = sink,
	    .context = context,
	};
	for (size_t i = 0; i < count; i++)
		all.request[i] = &requests[i];
	all.reuses = reuses_open(kit, all.request, count, options);
	char *cache = format("%s/cache", kit->build);
	bool good = folder_make(cache, error) == 0 && grade_unasked(&all, error) == 0 && grade_first(&all, error) == 0 &&
	            build_parts(&all, error) == 0 && grade_rest(&all, error) == 0;
	free(cache);
	reuses_close(all.reuses);
	free(all.request);
	return good ? 0 : -1;
}
