/* trial.c - the stations of a trial: source -> compile -> preprocess -> seal -> rename -> link, with Criterion's runner
 * and with the host -> run each. */
#include "trial.h"

#include "../memory.h"
#include "reuse.h"
#include "sealing.h"

#include <errno.h>
#include <glob.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is further on goes first: few scratch folders are full at a time. TEST_S: no test of the kit waits for a clock,
 * so a test that takes so long does not end. */
enum { RANK_COMPILE, RANK_SEAL, RANK_RENAME, RANK_LINK, RANK_RUN, TEST_S = 20, TEST_CPU_S = 3, RUNNER_S = 120 };

static const char runner_json[] = "runner.json";

/* All trials of one call. */
struct batch {
	const struct kit *kit;
	const struct assignment *assignment;
	const struct half *half;
	struct reuses *reuses;
	struct queue *queue;
	void (*progress)(void *context);
	void *context;
};

struct station {
	const struct batch *batch;
	struct trial *trial;
	const struct parts *parts; /* what is linked with it */
	char *folder;              /* scratch */
	struct source *source;
	struct sealing sealing;
	int pending; /* steps in the queue */
};

struct step {
	struct station *station;
	enum variant variant;
	void (*then)(struct step *step, const struct run_result *result);
};

/* ---- the end -------------------------------------------------------------------------------- */

/* Criterion keeps a socket in /tmp, whatever TMPDIR says, under the number of its process, and leaves it there when it
 * is killed. Where /tmp is not the run's own, those of processes that are no more are removed. */
static void remove_sockets(void)
{
	static const char prefix[] = "/tmp/criterion_";
	glob_t sockets;
	if (glob("/tmp/criterion_*.sock", 0, NULL, &sockets) != 0)
		return;
	for (size_t i = 0; i < sockets.gl_pathc; i++) {
		const char *name = sockets.gl_pathv[i];
		struct stat status;
		long pid = strtol(name + strlen(prefix), NULL, 10);
		bool ours =
		    lstat(name, &status) == 0 && S_ISSOCK(status.st_mode) && (status.st_uid == geteuid() || geteuid() == 0);
		if (ours && pid > 0 && kill((pid_t)pid, 0) != 0 && errno == ESRCH)
			unlink(name);
	}
	globfree(&sockets);
}

static void leave(struct station *station)
{
	if (!station->folder)
		return;
	sealing_clear(&station->sealing);
	source_free(station->source);
	remove_sockets();
	folder_remove(station->folder);
	free(station->folder);
	station->folder = NULL;
}

static void step_done(void *context, const struct run_result *result)
{
	struct step *step = context;
	struct station *station = step->station;
	step->then(step, result);
	free(step);
	if (--station->pending > 0)
		return;
	leave(station);
	if (station->batch->progress)
		station->batch->progress(station->batch->context);
}

static void add_step(struct station *station, struct run *run, int rank, enum variant variant,
                     void (*then)(struct step *, const struct run_result *))
{
	struct step *step = must(malloc(sizeof *step));
	*step = (struct step){station, variant, then};
	station->pending++;
	queue_add(station->batch->queue, run, rank, step_done, step);
}

static void note_seal(struct station *station)
{
	struct seal_problems *problems = &station->sealing.problems;
	seal_sort(problems);
	station->trial->problem = format("it is not run: line %u: %s", problems->item[0].line, problems->item[0].seen);
}

/* The first problem counts. `log` = a file in the scratch folder with the tool's words. */
static void note_problem(struct station *station, const char *what, const char *log, const struct run_result *result)
{
	if (station->trial->problem)
		return;
	if (sealing_refuses(&station->sealing, station->folder, log)) {
		note_seal(station);
		return;
	}
	char *path = format("%s/%s", station->folder, log);
	char *text = file_read(path, 1 << 20, NULL, NULL);
	const char *words = result->end == RUN_NOT_STARTED ? result->problem : text ? text : "";
	station->trial->problem = format("%s%s%.2000s", what, *words ? ":\n" : "", words);
	free(text);
	free(path);
}

static bool succeeded(const struct run_result *result)
{
	return result->end == RUN_EXITED && result->status == 0;
}

/* ---- runs ----------------------------------------------------------------------------------- */

/* One job: the queue has a slot per core. */
static struct run *runner_run(const struct station *station)
{
	const struct assignment *assignment = station->batch->assignment;
	struct run *run = run_new(station->folder, CAGE_JUDGED);
	run->sockets = true;
	run->one_processor = true;
	run->output = format("%s/runner.output", station->folder);
	run->output_limit = (size_t)assignment->limits.output_kib * 1024;
	run->memory_limit = (size_t)assignment->limits.memory_mib << 20;
	run->wall_ms = RUNNER_S * 1000;
	run->cpu_s = TEST_CPU_S; /* of each process, so of each test */
	run_set(run, "KIT_SCHEDULE=%u", station->trial->schedule);
	run_add(run, "./%s-%s", assignment->name, variant_name(VARIANT_RUNNER));
	run_add(run, "--json=%s", runner_json);
	run_add(run, "-j1");
	run_add(run, "--timeout=%d", TEST_S);
	run_add(run, "--color=never");
	return run;
}

static struct run *hosted_run(const struct station *station)
{
	const struct batch *batch = station->batch;
	struct subject subject = {.kit = batch->kit,
	                          .assignment = batch->assignment,
	                          .half = batch->half,
	                          .parts = station->parts,
	                          .folder = station->folder,
	                          .public_only = !batch->half->hidden};
	char *tests = tests_of_check(&subject, "criterion");
	struct run *run = host_run(&subject, VARIANT_PLAIN, "hosted", NULL, tests);
	run->one_processor = true;
	run_add(run, "--schedule");
	run_add(run, "%u", station->trial->schedule);
	free(tests);
	return run;
}

static void runner_ran(struct step *step, const struct run_result *result)
{
	struct station *station = step->station;
	char *path = format("%s/%s", station->folder, runner_json);
	char *text = file_read(path, 16 << 20, NULL, NULL);
	struct error error;
	if (!text)
		note_problem(station,
		             result->end == RUN_WALL_LIMIT ? "Criterion's runner did not finish"
		                                           : "Criterion's runner wrote no report",
		             "runner.output", result);
	else if (runner_report_parse(text, &station->trial->runner, &error) != 0)
		note_problem(station, error.text, "runner.output", result);
	free(text);
	free(path);
}

static void hosted_ran(struct step *step, const struct run_result *result)
{
	struct station *station = step->station;
	char *path = format("%s/hosted.report", station->folder);
	station->trial->hosted = host_report_read(NULL, path);
	if (!host_cut_off(result) && !succeeded(result))
		note_problem(station, "the kit's host failed", "hosted.output", result);
	free(path);
}

/* ---- building ------------------------------------------------------------------------------- */

static void linked(struct step *step, const struct run_result *result)
{
	struct station *station = step->station;
	char *missing = succeeded(result) || station->trial->problem ? NULL : parts_missing(station->parts);
	if (missing) {
		station->trial->problem = missing;
	} else if (!succeeded(result)) {
		char *log = format("link-%s.log", variant_name(step->variant));
		note_problem(station, "it does not link", log, result);
		free(log);
	} else if (step->variant == VARIANT_RUNNER) {
		add_step(station, runner_run(station), RANK_RUN, step->variant, runner_ran);
	} else {
		add_step(station, hosted_run(station), RANK_RUN, step->variant, hosted_ran);
	}
}

static void renamed(struct step *step, const struct run_result *result)
{
	struct station *station = step->station;
	const struct batch *batch = station->batch;
	if (!succeeded(result)) {
		note_problem(station, "its names cannot be replaced", "rename-plain.log", result);
		return;
	}
	add_step(station, build_link(batch->half, station->parts, station->folder, batch->assignment->name, VARIANT_RUNNER),
	         RANK_LINK, VARIANT_RUNNER, linked);
	if (station->trial->host)
		add_step(station,
		         build_link(batch->half, station->parts, station->folder, batch->assignment->name, VARIANT_PLAIN),
		         RANK_LINK, VARIANT_PLAIN, linked);
}

/* All is there that the seal looks at. */
static void decide(struct station *station)
{
	const struct batch *batch = station->batch;
	struct seal_problems *problems = &station->sealing.problems;
	if (!problems->count && !station->trial->own)
		sealing_object(&station->sealing, station->folder, VARIANT_PLAIN);
	if (station->sealing.lost)
		station->trial->problem = strdup(station->sealing.lost);
	else if (problems->count)
		note_seal(station);
	else
		add_step(station,
		         build_rename(batch->half->runtime, station->folder, batch->assignment->name, &batch->assignment->api,
		                      VARIANT_PLAIN),
		         RANK_RENAME, VARIANT_PLAIN, renamed);
}

static void preprocessed(struct step *step, const struct run_result *result)
{
	struct station *station = step->station;
	const struct batch *batch = station->batch;
	if (!succeeded(result)) {
		note_problem(station, "the preprocessor rejects it", "preprocess-plain.log", result);
	} else if (step->variant == VARIANT_PLAIN) {
		add_step(station, build_preprocess(batch->kit, station->folder, batch->assignment, VARIANT_TSAN), RANK_SEAL,
		         VARIANT_TSAN, preprocessed);
	} else {
		sealing_tokens(&station->sealing, station->folder);
		decide(station);
	}
}

static void compiled(struct step *step, const struct run_result *result)
{
	struct station *station = step->station;
	const struct batch *batch = station->batch;
	if (!succeeded(result))
		note_problem(station, "it does not compile", "plain.log", result);
	else if (sealing_wants_tokens() && !station->trial->own)
		add_step(station, build_preprocess(batch->kit, station->folder, batch->assignment, VARIANT_PLAIN), RANK_SEAL,
		         VARIANT_PLAIN, preprocessed);
	else
		decide(station);
}

/* ---- the begin ------------------------------------------------------------------------------ */

/* The source into the scratch folder, if it may be compiled. */
static void take_source(struct station *station)
{
	const struct batch *batch = station->batch;
	struct source *source = source_find(batch->assignment->root, station->trial->folder, batch->assignment->name);
	struct error error;
	station->source = source;
	station->sealing =
	    (struct sealing){.course = batch->kit->course, .assignment = batch->assignment, .source = source};
	if (station->parts->problem) {
		station->trial->problem = strdup(station->parts->problem);
	} else if (source->state != SOURCE_OK) {
		station->trial->problem = strdup(source->problem ? source->problem : "there is no file to try");
	} else if (sealing_text(&station->sealing), station->sealing.problems.count) {
		decide(station);
	} else if (sealing_write(&station->sealing, station->folder, &error) != 0) {
		station->trial->problem = strdup(error.text);
	}
}

static void start(struct station *station)
{
	const struct batch *batch = station->batch;
	take_source(station);
	if (!station->trial->problem)
		add_step(station, build_compile(batch->kit, station->folder, batch->assignment, VARIANT_PLAIN), RANK_COMPILE,
		         VARIANT_PLAIN, compiled);
	else if (batch->progress)
		batch->progress(batch->context);
}

/* What is linked with each. */
static int make_parts(struct batch *batch, struct trial trial[], size_t count, struct error *error)
{
	struct request *own = zeroed(count + 1, sizeof *own);
	const struct request **request = zeroed(count + 1, sizeof *request);
	for (size_t i = 0; i < count; i++) {
		own[i] = (struct request){
		    .assignment = batch->assignment, .folder = trial[i].folder, .submission = batch->assignment->name};
		request[i] = &own[i];
	}
	int result = reuses_make(batch->kit, batch->queue, request, count, &batch->reuses, error);
	free(request);
	free(own);
	return result;
}

static int try_all(struct batch *batch, struct trial trial[], size_t count, struct error *error)
{
	struct station *station = zeroed(count + 1, sizeof *station);
	for (size_t i = 0; i < count; i++) {
		station[i] = (struct station){.batch = batch, .trial = &trial[i], .parts = reuses_choose(batch->reuses, i)};
		station[i].folder = format("%s/run/%d-%s-%zu", batch->kit->place, (int)getpid(), batch->assignment->name, i);
		start(&station[i]);
	}
	int result = queue_work(batch->queue);
	if (result != 0)
		fail_interrupted(error, "");
	for (size_t i = 0; i < count; i++)
		leave(&station[i]);
	free(station);
	return result;
}

int trials_run(const struct kit *kit, const struct assignment *assignment, struct queue *queue, struct trial trial[],
               size_t count, void (*progress)(void *context), void *context, struct error *error)
{
	struct half *half = half_build(kit, assignment, queue, error);
	if (!half)
		return -1;
	struct batch batch = {kit, assignment, half, NULL, queue, progress, context};
	int result = make_parts(&batch, trial, count, error);
	if (result == 0)
		result = try_all(&batch, trial, count, error);
	reuses_close(batch.reuses);
	half_free(half);
	return result;
}

void trial_clear(struct trial *trial)
{
	free(trial->problem);
	runner_report_clear(&trial->runner);
	if (trial->hosted)
		host_report_free(trial->hosted);
	trial->problem = NULL;
	trial->hosted = NULL;
}
