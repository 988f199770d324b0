/* grading.c - one submission from its source to its grade:
 *
 *   source -> compile -> seal -> look at the object -> rename -> link -> run each check -> score
 *
 * Here are the begin and the end. What is between them is steps (steps.h) that building.c and judging.c declare. */
#include "grading.h"

#include "../memory.h"
#include "../version.h"
#include "parts.h"
#include "reuse.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the end -------------------------------------------------------------------------------- */

static void grading_free(struct grading *grading)
{
	if (grading->folder && !grading->workshop->options->keep)
		folder_remove(grading->folder);
	steps_free(&grading->steps);
	sealing_clear(&grading->sealing);
	source_free(grading->source);
	free(grading->folder);
	free(grading->cache_path);
	free(grading);
}

static void score(struct grading *grading, struct grade *grade)
{
	checks_agree(grade);
	parts_explain(grading->subject.parts, grade);
	if (grading->workshop->options->cache && grading->cache_path)
		known_keep(grading, grade);
	grade_score(grade, grading->request->assignment);
}

static int ms_since(const struct timespec *begin)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int)((now.tv_sec - begin->tv_sec) * 1000 + (now.tv_nsec - begin->tv_nsec) / 1000000);
}

static void finish(struct grading *grading)
{
	struct grade *grade = grading->subject.grade;
	grade->duration_ms = ms_since(&grading->begin);
	grade_sort_checks(grade);
	grade_settle(grade);
	if (grade->judged)
		score(grading, grade);
	grading->done(grading->context, grading->request, grade);
	grading_free(grading);
}

/* Of a grading that a signal has cancelled no grade is delivered. */
static void ended(struct grading *grading)
{
	if (!grading->steps.cancelled) {
		finish(grading);
		return;
	}
	grade_free(grading->subject.grade);
	grading_free(grading);
}

/* ---- the begin ------------------------------------------------------------------------------ */

struct source *take_source(const struct request *request)
{
	struct source *source = request->unread ? source_unreadable(request->problem)
	                        : request->problem
	                            ? source_refused(request->problem)
	                            : source_find(request->assignment->root, request->folder, request->assignment->name);
	for (size_t i = 0; request->remarks && i < request->remarks->count; i++)
		source_remark(source, request->remarks->item[i]);
	return source;
}

static void source_problem(struct grading *grading)
{
	static const char *const kinds[] = {
	    [SOURCE_MISSING] = "missing_file", [SOURCE_AMBIGUOUS] = "ambiguous_file", [SOURCE_REJECTED] = "bad_file"};
	struct finding *finding =
	    findings_add(&grading->subject.grade->findings, "build", kinds[grading->source->state], NULL);
	finding_set(&finding->seen, "%s",
	            grading->source->problem ? grading->source->problem : "there is no file to grade");
	finding_set(&finding->expected, "the submission holds %s.c", grading->request->assignment->name);
	grade_add_check(grading->subject.grade, "build", "ran", NULL, 0);
}

/* What cannot be read is not the student's fault, and nobody knows what is in it. */
static void no_source(struct grading *grading)
{
	if (grading->source->state == SOURCE_UNREADABLE)
		give_up(grading, grading->source->problem, 0);
	else
		source_problem(grading);
}

static void note_source(struct grading *grading)
{
	struct grade *grade = grading->subject.grade;
	const struct kit *kit = grading->workshop->kit;
	struct source *source = grading->source;
	grade->remarks = source->remarks;
	source->remarks = (struct string_list){0};
	grade->source = zeroed(1, sizeof *grade->source);
	grade->source_count = 1;
	grade->source->file = format("%s.c", grading->request->assignment->name);
	memcpy(grade->source->sha256, source->sha256, sizeof grade->source->sha256);
	grade->source->skeleton = is_skeleton(grading->request->assignment, source->text);
	grade->kit = (struct kit_versions){strdup(kit_release()), strndup(kit->key, 12), strdup(kit->criterion),
	                                   strdup(kit->gcc), strdup(kit->valgrind)};
	grade->judged = true;
	const struct cage *cage = queue_cage(grading->workshop->queue);
	grade->protection = strdup(cage_mode_name(cage ? cage_mode(cage) : CAGE_WEAK));
}

/* What the student has to know before anything is built. */
static void note_missing_parts(struct grading *grading)
{
	const struct parts *parts = grading->subject.parts;
	for (size_t i = 0; i < parts->count; i++) {
		char *sentence = parts->item[i].origin == PART_NONE ? part_sentence(&parts->item[i]) : NULL;
		if (sentence)
			grade_remark(grading->subject.grade, "%s", sentence);
		free(sentence);
	}
}

static struct grading *grading_new(const struct workshop *workshop, const struct half *half, const struct parts *parts,
                                   const struct request *request)
{
	struct grading *grading = zeroed(1, sizeof *grading);
	struct grade *grade = grade_new(request->assignment, request->submission);
	grade->public_only = !half->hidden || request->public_only;
	grade->only_test = request->only_test ? strdup(request->only_test) : NULL;
	*grading = (struct grading){.workshop = workshop, .request = request};
	clock_gettime(CLOCK_MONOTONIC, &grading->begin);
	grading->source = take_source(request);
	grading->steps = (struct steps){.queue = workshop->queue, .grading = grading, .ended = ended};
	grading->sealing =
	    (struct sealing){.course = workshop->kit->course, .assignment = request->assignment, .source = grading->source};
	grading->subject = (struct subject){.kit = workshop->kit,
	                                    .assignment = request->assignment,
	                                    .half = half,
	                                    .parts = parts,
	                                    .only_test = request->only_test,
	                                    .public_only = grade->public_only,
	                                    .shards = workshop->shards,
	                                    .grade = grade};
	return grading;
}

/* Delivers the grade that is kept of this source. */
static bool is_known(struct grading *grading)
{
	struct grade *known = grading->workshop->options->cache ? known_read(grading) : NULL;
	if (!known)
		return false;
	grading->done(grading->context, grading->request, known);
	grade_free(grading->subject.grade);
	grading_free(grading);
	return true;
}

/* The source as it is has passed the seal's text layer and is in the scratch folder. */
static bool is_laid_out(struct grading *grading)
{
	struct error error;
	sealing_text(&grading->sealing);
	if (grading->sealing.problems.count) {
		refuse_source(grading);
		return false;
	}
	grading->folder =
	    format("%s/run/%d-%u", grading->workshop->kit->place, (int)getpid(), ++*grading->workshop->number);
	grading->subject.folder = grading->folder;
	if (sealing_write(&grading->sealing, grading->folder, &error) == 0)
		return true;
	give_up(grading, error.text, 0);
	return false;
}

void grading_start(const struct workshop *workshop, const struct half *half, const struct parts *parts,
                   const struct request *request, void (*done)(void *, const struct request *, struct grade *),
                   void *context)
{
	struct grading *grading = grading_new(workshop, half, parts, request);
	grading->done = done;
	grading->context = context;
	if (grading->source->state != SOURCE_OK) {
		note_source(grading);
		no_source(grading);
		finish(grading);
		return;
	}
	if (parts->problem) {
		note_source(grading);
		give_up(grading, parts->problem, 0);
		finish(grading);
		return;
	}
	make_mark(half, parts, grading->source, grading->mark);
	grading->subject.mark = grading->mark;
	grading->cache_path = known_path(grading);
	if (is_known(grading))
		return;
	note_source(grading);
	note_missing_parts(grading);
	if (!is_laid_out(grading)) {
		finish(grading);
		return;
	}
	building_add_steps(grading);
	judging_add_steps(grading);
	steps_start(&grading->steps);
}
