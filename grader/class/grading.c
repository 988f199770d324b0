/* grading.c - the stations of one submission:
 *
 *   source -> compile -> seal -> look at the object -> rename -> link -> run each check -> score
 *
 * The variants (plain, tsan, coverage) go their way side by side; they meet at the seal: no program is linked before it
 * has judged all that it looks at. Each step is a run in the queue; what follows it is in the step's callback. */
#include "grading.h"

#include "../check/check.h"
#include "../memory.h"
#include "../version.h"
#include "sealing.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CHECKS = 16 }; /* more than check_list has */
enum { LOG_LIMIT = 1 << 20 };
enum { RANK_BUILD = 50, RANK_LONG = 40, RANK_CHECK = 30, RANK_ADVICE = 10 };

struct grading {
	const struct workshop *workshop;
	const struct request *request;
	struct subject subject;
	struct source *source;
	char *folder, *cache_path;
	int pending;    /* steps in the queue */
	bool broken;    /* the submission does not build: nothing more is started */
	bool cancelled; /* by a signal: no grade is delivered */
	struct sealing sealing;
	unsigned preprocessing, unsealed; /* preprocessed texts, and these with objects, that the seal still waits for */
	bool compiled[VARIANT_COUNT];     /* there is an object */
	bool sealed;                      /* programs may be made of the objects */
	bool linked[VARIANT_COUNT];       /* there is a program */
	bool tested;                      /* the criterion check has judged: the others know which tests come to an end */
	const char *unread;               /* log of a preprocessor that failed, or NULL; its result: */
	struct run_result unread_result;
	/* Of each check that is split, by its place in check_list: */
	unsigned shards_left[CHECKS];
	struct run_result longest[CHECKS];
	char mark[HASH_SIZE];
	struct timespec begin;
	void (*done)(void *, const struct request *, struct grade *);
	void *context;
};

/* A step in the queue and what it is about. */
struct step {
	struct grading *grading;
	enum variant variant;
	const struct check *check;
	void (*then)(struct step *step, const struct run_result *result);
};

static bool wanted(const struct grading *grading, const struct check *check)
{
	const char *only = grading->request->only_check;
	if (check->turn == TURN_ADVICE)
		return grading->workshop->options->coverage && !only && !grading->request->only_test;
	return !only || strcmp(check->name, only) == 0 || check->turn == TURN_FIRST || !check->run;
}

/* ---- the end -------------------------------------------------------------------------------- */

static void grading_free(struct grading *grading)
{
	if (grading->folder && !grading->workshop->options->keep)
		folder_remove(grading->folder);
	sealing_clear(&grading->sealing);
	source_free(grading->source);
	free(grading->folder);
	free(grading->cache_path);
	free(grading);
}

static void keep(const struct grading *grading, const struct grade *grade)
{
	char *json = grade_to_json(grade);
	if (json)
		file_write(grading->cache_path, json, strlen(json),
		           NULL); /* a cache that cannot be written costs time, not points */
	free(json);
}

static void finish(struct grading *grading)
{
	struct grade *grade = grading->subject.grade;
	if (grading->cancelled) {
		grade_free(grade);
		grading_free(grading);
		return;
	}
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	grade->duration_ms =
	    (int)((now.tv_sec - grading->begin.tv_sec) * 1000 + (now.tv_nsec - grading->begin.tv_nsec) / 1000000);
	grade_sort_checks(grade);
	grade_settle(grade);
	if (grade->judged)
		checks_agree(grade);
	if (grade->judged)
		grade_score(grade, grading->request->assignment);
	if (grade->judged && grading->workshop->options->cache && grading->cache_path)
		keep(grading, grade);
	grading->done(grading->context, grading->request, grade);
	grading_free(grading);
}

static void step_done(void *context, const struct run_result *result)
{
	struct step *step = context;
	struct grading *grading = step->grading;
	if (result->end == RUN_CANCELLED)
		grading->cancelled = true;
	else
		step->then(step, result);
	free(step);
	if (--grading->pending == 0)
		finish(grading);
}

static void add_step(struct grading *grading, struct run *run, int rank, enum variant variant,
                     const struct check *check, void (*then)(struct step *, const struct run_result *))
{
	struct step *step = must(malloc(sizeof *step));
	*step = (struct step){grading, variant, check, then};
	grading->pending++;
	queue_add(grading->workshop->queue, run, rank, step_done, step);
}

/* ---- checks --------------------------------------------------------------------------------- */

static void say(const struct grading *grading, const char *what)
{
	if (grading->workshop->progress)
		grading->workshop->progress(grading->workshop->context, what);
}

static void start_checks(struct grading *grading, enum variant variant, bool first);

static void judge(struct grading *grading, const struct check *check, const struct run_result *result)
{
	check->judge(&grading->subject, result);
	char *what = format("%s done", check->name);
	say(grading, what);
	free(what);
	if (check->turn != TURN_FIRST)
		return;
	grading->tested = true;
	for (enum variant variant = 0; variant < VARIANT_COUNT; variant++)
		if (grading->linked[variant] && !grading->broken)
			start_checks(grading, variant, false);
}

static void after_ran(struct step *step, const struct run_result *result)
{
	judge(step->grading, step->check, result);
}

static size_t place_of(const struct check *check)
{
	size_t place = 0;
	while (check_list[place] != check)
		place++;
	return place;
}

static void check_ran(struct step *step, const struct run_result *result)
{
	struct grading *grading = step->grading;
	if (step->check->splits) {
		size_t place = place_of(step->check);
		struct run_result *longest = &grading->longest[place];
		bool cut = result->end != RUN_EXITED, was_cut = longest->end != RUN_EXITED;
		if (cut != was_cut ? cut : result->wall_ms >= longest->wall_ms)
			*longest = *result;
		if (--grading->shards_left[place])
			return;
		result = &grading->longest[place];
	}
	if (step->check->after)
		add_step(step->grading, step->check->after(&step->grading->subject), RANK_ADVICE, step->variant, step->check,
		         after_ran);
	else
		judge(step->grading, step->check, result);
}

static int rank_of(const struct check *check)
{
	return check->turn == TURN_LONG ? RANK_LONG : check->turn == TURN_ADVICE ? RANK_ADVICE : RANK_CHECK;
}

/* The first check, or all others, of this program. */
static void start_checks(struct grading *grading, enum variant variant, bool first)
{
	for (const struct check *const *check = check_list; *check; check++) {
		if ((*check)->variant != variant || !(*check)->run || !wanted(grading, *check) ||
		    ((*check)->turn == TURN_FIRST) != first)
			continue;
		unsigned shards = (*check)->splits ? grading->subject.shards : 1;
		for (unsigned shard = 0; shard < shards; shard++) {
			struct run *run = (*check)->run(&grading->subject, shard);
			if (!run)
				continue;
			grading->shards_left[place_of(*check)] += (*check)->splits;
			add_step(grading, run, rank_of(*check), variant, *check, check_ran);
		}
	}
}

/* ---- building ------------------------------------------------------------------------------- */

static bool succeeded(const struct run_result *result)
{
	return result->end == RUN_EXITED && result->status == 0;
}

/* The tool's words, without the paths of the scratch folder; "" when there are none. The caller frees them. */
static char *read_log(const struct grading *grading, const char *log)
{
	char *path = format("%s/%s.log", grading->folder, log);
	char *text = file_read(path, LOG_LIMIT, NULL, NULL);
	free(path);
	return text ? text : must(strdup(""));
}

static void add_lines(struct finding *finding, char *text)
{
	enum { SHOWN_LINES = 40 };
	char *rest = text;
	int lines = 0;
	for (char *line; rest && (line = strsep(&rest, "\n")) && lines < SHOWN_LINES;)
		if (*line) {
			finding_add_detail(finding, "%s", line);
			lines++;
		}
}

/* The seal has problems: nothing of the submission is run. */
static void refuse(struct grading *grading)
{
	grading->broken = true;
	sealing_report(&grading->sealing, grading->subject.grade);
	grade_add_check(grading->subject.grade, "seal", "ran", NULL, 0);
}

static bool refused(struct grading *grading, const char *log)
{
	char *file = format("%s.log", log);
	bool refuses = sealing_refuses(&grading->sealing, grading->folder, file);
	free(file);
	if (refuses)
		refuse(grading);
	return refuses;
}

/* Nothing is known of the submission: it is graded again another time. */
static void give_up(struct grading *grading, const char *reason, int wall_ms)
{
	struct grade *grade = grading->subject.grade;
	grading->broken = true;
	grade->judged = false;
	grade_add_check(grade, "build", "failed", reason, wall_ms);
	grade_set_fault(grade, "infrastructure");
}

static void report_build(struct grading *grading, char *log, const struct run_result *result)
{
	struct grade *grade = grading->subject.grade;
	struct finding *finding = findings_add(&grade->findings, "build", "build_error", NULL);
	if (result->end == RUN_EXITED)
		finding_set(&finding->seen, "the submission does not compile");
	else
		finding_set(&finding->seen, "the compiler exceeded its limits");
	finding_set(&finding->expected, "gcc -Wall -Wextra compiles it without errors");
	finding_set(&finding->replay, "make grade A=%s", grading->request->assignment->name);
	add_lines(finding, log);
	/* "pipe_ring.c:14:9: error: ..." names the place */
	for (size_t i = 0; i < finding->detail_count; i++) {
		unsigned line;
		char file[128];
		if (strstr(finding->detail[i], "error:") && sscanf(finding->detail[i], "%127[^:]:%u", file, &line) == 2) {
			finding_add_place(finding, file, line, NULL, NULL);
			break;
		}
	}
	grade_add_check(grade, "build", "ran", NULL, result->wall_ms);
}

static void build_failed(struct grading *grading, const char *name, const struct run_result *result)
{
	if (grading->broken)
		return;
	if (refused(grading, name))
		return;
	grading->broken = true;
	char *log = read_log(grading, name), *reason;
	if (build_fault(grading->workshop->kit->course, result, log, &reason) == FAULT_MACHINE)
		give_up(grading, reason, result->wall_ms);
	else
		report_build(grading, log, result);
	free(reason);
	free(log);
}

static void linked(struct step *step, const struct run_result *result)
{
	if (succeeded(result)) {
		step->grading->linked[step->variant] = true;
		start_checks(step->grading, step->variant, true);
		if (step->grading->tested)
			start_checks(step->grading, step->variant, false);
		return;
	}
	char *log = format("link-%s", variant_name(step->variant));
	build_failed(step->grading, log, result);
	free(log);
}

static void renamed(struct step *step, const struct run_result *result)
{
	struct grading *grading = step->grading;
	if (succeeded(result))
		add_step(grading,
		         build_link(grading->subject.half, grading->folder, grading->request->assignment->name, step->variant),
		         RANK_BUILD, step->variant, NULL, linked);
	else {
		char *log = format("rename-%s", variant_name(step->variant));
		build_failed(grading, log, result);
		free(log);
	}
}

static bool has_build_finding(const struct grade *grade)
{
	for (size_t i = 0; i < grade->findings.count; i++)
		if (strcmp(grade->findings.item[i].check, "build") == 0)
			return true;
	return false;
}

static bool needs(const struct grading *grading, enum variant variant)
{
	if (variant == VARIANT_PLAIN)
		return true;
	for (const struct check *const *check = check_list; *check; check++) {
		if ((*check)->variant != variant || !wanted(grading, *check) || !(*check)->run)
			continue;
		struct run *run = (*check)->run(&grading->subject, 0);
		run_free(run);
		if (run)
			return true;
	}
	return false;
}

static void make_programs(struct grading *grading, enum variant object)
{
	for (enum variant variant = 0; variant < VARIANT_COUNT; variant++)
		if (variant_object(variant) == object && needs(grading, variant))
			add_step(grading,
			         build_rename(grading->subject.half, grading->folder, grading->request->assignment, variant),
			         RANK_BUILD, variant, NULL, renamed);
}

/* ---- the seal ------------------------------------------------------------------------------- */

/* Explored programs are made of ThreadSanitizer's object; the one for coverage is the plain one with counters in it. */
static bool is_sealed_object(enum variant variant)
{
	return variant == VARIANT_PLAIN || variant == VARIANT_TSAN;
}

static void look_at_object(struct grading *grading, enum variant variant)
{
	for (const struct check *const *check = check_list; *check; check++)
		if ((*check)->variant == variant && !(*check)->run && wanted(grading, *check))
			(*check)->judge(&grading->subject, NULL);
}

/* Everything is there that the seal looks at, and it has looked. */
static void decide(struct grading *grading)
{
	if (grading->unread) {
		build_failed(grading, grading->unread, &grading->unread_result);
		return;
	}
	if (grading->sealing.lost) {
		give_up(grading, grading->sealing.lost, 0);
		return;
	}
	if (grading->sealing.problems.count) {
		refuse(grading);
		return;
	}
	for (enum variant object = 0; object < VARIANT_COUNT; object++)
		if (is_sealed_object(object) && grading->compiled[object])
			look_at_object(grading, object);
	if (has_build_finding(grading->subject.grade)) {
		grading->broken = true;
		return;
	}
	grading->sealed = true;
	for (enum variant object = 0; object < VARIANT_COUNT; object++)
		if (grading->compiled[object])
			make_programs(grading, object);
}

/* One thing less that the seal waits for. A submission that does not compile is told that, and no more. */
static void arrive(struct grading *grading)
{
	if (--grading->unsealed == 0 && !grading->broken)
		decide(grading);
}

/* The compiler is told -D_GNU_SOURCE, which is another value than that of a plain #define of it. */
static bool is_of_own_flags(const char *warning)
{
	return strstr(warning, "\"_GNU_SOURCE\" redefined") != NULL;
}

/* What gcc warns of is advice: it costs nothing, and often names the cause of what does. */
static void note_warnings(struct grading *grading)
{
	enum { SHOWN = 5 };
	static const char mark[] = ": warning: ";
	char *text = read_log(grading, "plain"), *rest = text;
	size_t count = 0;
	for (char *line; rest && (line = strsep(&rest, "\n"));) {
		const char *warning = strstr(line, mark);
		if (warning && !is_of_own_flags(warning) && ++count <= SHOWN)
			grade_remark(grading->subject.grade, "gcc warns at %.*s: %.200s", (int)(warning - line), line,
			             warning + strlen(mark));
	}
	if (count > SHOWN)
		grade_remark(grading->subject.grade, "gcc warns %zu times more", count - SHOWN);
	free(text);
}

static void compiled(struct step *step, const struct run_result *result)
{
	struct grading *grading = step->grading;
	if (!succeeded(result)) {
		build_failed(grading, variant_name(step->variant), result);
		return;
	}
	if (grading->broken)
		return;
	if (step->variant == VARIANT_PLAIN)
		note_warnings(grading);
	grading->compiled[step->variant] = true;
	if (is_sealed_object(step->variant)) {
		sealing_object(&grading->sealing, grading->folder, step->variant);
		arrive(grading);
	} else if (grading->sealed) {
		make_programs(grading, step->variant);
	}
}

static void preprocessed(struct step *step, const struct run_result *result)
{
	struct grading *grading = step->grading;
	if (!succeeded(result) && !grading->unread) {
		grading->unread = step->variant == VARIANT_PLAIN ? "preprocess-plain" : "preprocess-tsan";
		grading->unread_result = *result;
	}
	if (--grading->preprocessing == 0 && !grading->unread && !grading->broken)
		sealing_tokens(&grading->sealing, grading->folder);
	arrive(grading);
}

/* ---- the begin ------------------------------------------------------------------------------ */

/* What is to be graded: the file in the folder, or why there is none; and what was remarked when it was taken in. */
static struct source *take_source(const struct kit *kit, const struct request *request)
{
	struct source *source = request->unread    ? source_unreadable(request->problem)
	                        : request->problem ? source_refused(request->problem)
	                                           : source_find(kit->root, request->folder, request->assignment->name);
	for (size_t i = 0; request->remarks && i < request->remarks->count; i++)
		source_remark(source, request->remarks->item[i]);
	return source;
}

static void key_of(const struct half *half, const struct request *request, const struct class_options *options,
                   const struct source *source, char key[HASH_SIZE])
{
	struct hash *hash = hash_new();
	hash_add(hash, "half", half->key, strlen(half->key));
	if (source->state == SOURCE_OK)
		hash_add(hash, "source", source->text, source->size);
	else if (source->problem)
		hash_add(hash, "problem", source->problem, strlen(source->problem));
	for (size_t i = 0; i < source->remarks.count; i++)
		hash_add(hash, "remark", source->remarks.item[i], strlen(source->remarks.item[i]));
	const char *test = request->only_test ? request->only_test : "",
	           *check = request->only_check ? request->only_check : "";
	hash_add(hash, "test", test, strlen(test));
	hash_add(hash, "check", check, strlen(check));
	hash_add(hash, "public", !half->hidden || request->public_only ? "1" : "0", 1);
	hash_add(hash, "coverage", options->coverage ? "1" : "0", 1);
	hash_end(hash, key);
}

void class_key(const struct kit *kit, const struct half *half, const struct request *request,
               const struct class_options *options, char key[HASH_SIZE])
{
	struct source *source = take_source(kit, request);
	key_of(half, request, options, source, key);
	source_free(source);
}

static char *cache_path(const struct grading *grading)
{
	char key[HASH_SIZE];
	key_of(grading->subject.half, grading->request, grading->workshop->options, grading->source, key);
	return format("%s/cache/%s.json", grading->workshop->kit->build, key);
}

static struct grade *from_cache(const struct grading *grading)
{
	char *text = file_read(grading->cache_path, 16 << 20, NULL, NULL);
	struct grade *grade = text ? grade_from_json(text, NULL) : NULL;
	free(text);
	if (grade) {
		free(grade->submission);
		grade->submission = strdup(grading->request->submission);
		grade->only_test = grading->request->only_test ? strdup(grading->request->only_test) : NULL;
	}
	return grade;
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

static void write_source(struct grading *grading, struct error *error)
{
	if (sealing_write(&grading->sealing, grading->folder, error) != 0)
		give_up(grading, error->text, 0);
}

static void compile(struct grading *grading, enum variant variant)
{
	const char *name = grading->request->assignment->name;
	grading->unsealed += is_sealed_object(variant);
	add_step(grading, build_compile(grading->workshop->kit, grading->folder, name, variant), RANK_BUILD, variant, NULL,
	         compiled);
}

static void preprocess(struct grading *grading, enum variant variant)
{
	const char *name = grading->request->assignment->name;
	grading->unsealed++;
	grading->preprocessing++;
	add_step(grading, build_preprocess(grading->workshop->kit, grading->folder, name, variant), RANK_BUILD, variant,
	         NULL, preprocessed);
}

void make_mark(const struct half *half, const struct source *source, char mark[HASH_SIZE])
{
	struct hash *hash = hash_new();
	hash_add(hash, "half", half->mark, strlen(half->mark));
	hash_add(hash, "source", source->text, source->size);
	hash_end(hash, mark);
}

static bool object_is_needed(const struct grading *grading, enum variant object)
{
	for (enum variant variant = 0; variant < VARIANT_COUNT; variant++)
		if (variant_object(variant) == object && needs(grading, variant))
			return true;
	return false;
}

/* What the seal waits for goes first. */
static void start_building(struct grading *grading)
{
	for (enum variant variant = 0; variant < VARIANT_COUNT; variant++)
		if (is_sealed_object(variant) && object_is_needed(grading, variant))
			compile(grading, variant);
	if (sealing_wants_tokens()) {
		preprocess(grading, VARIANT_PLAIN);
		preprocess(grading, VARIANT_TSAN);
	}
	for (enum variant variant = 0; variant < VARIANT_COUNT; variant++)
		if (!is_sealed_object(variant) && object_is_needed(grading, variant))
			compile(grading, variant);
}

void grading_start(const struct workshop *workshop, const struct half *half, const struct request *request,
                   void (*done)(void *, const struct request *, struct grade *), void *context)
{
	struct grading *grading = zeroed(1, sizeof *grading);
	*grading = (struct grading){.workshop = workshop, .request = request, .done = done, .context = context};
	clock_gettime(CLOCK_MONOTONIC, &grading->begin);
	struct grade *grade = grade_new(request->assignment, request->submission);
	grade->public_only = !half->hidden || request->public_only;
	grade->only_test = request->only_test ? strdup(request->only_test) : NULL;
	grading->source = take_source(workshop->kit, request);
	grading->subject = (struct subject){.kit = workshop->kit,
	                                    .assignment = request->assignment,
	                                    .half = half,
	                                    .only_test = request->only_test,
	                                    .public_only = grade->public_only,
	                                    .shards = workshop->shards,
	                                    .grade = grade};
	if (grading->source->state != SOURCE_OK) {
		note_source(grading);
		no_source(grading);
		finish(grading);
		return;
	}
	make_mark(grading->subject.half, grading->source, grading->mark);
	grading->subject.mark = grading->mark;
	grading->cache_path = cache_path(grading);
	struct grade *known = workshop->options->cache ? from_cache(grading) : NULL;
	if (known) {
		grade_free(grade);
		done(context, request, known);
		source_free(grading->source);
		free(grading->cache_path);
		free(grading);
		return;
	}
	note_source(grading);
	grading->sealing =
	    (struct sealing){.course = workshop->kit->course, .assignment = request->assignment, .source = grading->source};
	sealing_text(&grading->sealing);
	if (grading->sealing.problems.count) {
		refuse(grading);
		finish(grading);
		return;
	}
	grading->folder = format("%s/run/%d-%u", workshop->kit->place, (int)getpid(), ++*workshop->number);
	grading->subject.folder = grading->folder;
	struct error error;
	write_source(grading, &error);
	if (grading->broken) {
		finish(grading);
		return;
	}
	start_building(grading);
}
