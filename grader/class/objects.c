/* objects.c - in rounds, of which each is over for all sources before the next begins:
 *
 *   text of the seal -> compile and preprocess -> tokens and objects of the seal -> rename */
#include "objects.h"

#include "../memory.h"

#include <stdlib.h>
#include <string.h>

/* A run of a source and what it came to. */
struct job {
	struct making *making;
	char *log; /* its words are in folder/LOG.log */
	struct run_result result;
};

struct round {
	struct queue *queue;
	struct job **job;
	size_t count;
};

static void note(void *context, const struct run_result *result)
{
	((struct job *)context)->result = *result;
}

static void submit(struct round *round, struct making *making, struct run *run, char *log)
{
	struct job *job = zeroed(1, sizeof *job);
	*job = (struct job){.making = making, .log = log};
	round->job = must(reallocarray(round->job, round->count + 1, sizeof(struct job *)));
	round->job[round->count++] = job;
	queue_add(round->queue, run, 0, note, job);
}

/* ---- what went wrong ------------------------------------------------------------------------ */

/* The first problem counts. */
static void set_problem(struct making *making, bool machine, char *problem)
{
	if (making->problem) {
		free(problem);
		return;
	}
	making->problem = problem;
	making->machine = machine;
}

static void judge_seal(struct making *making)
{
	struct seal_problems *problems = &making->sealing.problems;
	seal_sort(problems);
	if (making->sealing.lost)
		set_problem(making, true, format("it cannot be examined: %s", making->sealing.lost));
	else if (problems->count)
		set_problem(making, false,
		            format("it is not run: line %u: %s %s", problems->item[0].line, problems->item[0].seen,
		                   problems->item[0].instead));
}

static void judge_tool(const struct job *job)
{
	struct making *making = job->making;
	char *path = format("%s/%s.log", making->folder, job->log), *text = file_read(path, 1 << 16, NULL, NULL), *reason;
	char *log = format("%s.log", job->log);
	if (sealing_refuses(&making->sealing, making->folder, log)) {
		judge_seal(making);
	} else {
		bool machine = build_fault(making->sealing.course, &job->result, text ? text : "", &reason) == FAULT_MACHINE;
		set_problem(making, machine, format("it does not compile:\n%.900s", text ? text : job->result.problem));
		free(reason);
	}
	free(log);
	free(text);
	free(path);
}

/* 0, or -1 and *error when it was interrupted. */
static int finish(struct round *round, struct error *error)
{
	int result = queue_work(round->queue);
	for (size_t i = 0; i < round->count; i++) {
		struct job *job = round->job[i];
		if (result == 0 && (job->result.end != RUN_EXITED || job->result.status != 0))
			judge_tool(job);
		free(job->log);
		free(job);
	}
	free(round->job);
	return result == 0 ? 0 : fail_interrupted(error, "");
}

/* ---- the rounds ----------------------------------------------------------------------------- */

static void lay_out(struct making *making)
{
	struct error error;
	sealing_text(&making->sealing);
	judge_seal(making);
	if (!making->problem && sealing_write(&making->sealing, making->folder, &error) != 0)
		set_problem(making, true, format("%s", error.text));
}

static bool wants_object(const struct making *making, enum variant object)
{
	for (enum variant variant = 0; variant < VARIANT_COUNT; variant++)
		if (making->variant[variant] && variant_object(variant) == object)
			return true;
	return false;
}

static void compile(const struct kit *kit, struct round *round, struct making *making)
{
	const struct assignment *assignment = making->sealing.assignment;
	static const enum variant read[] = {VARIANT_PLAIN, VARIANT_TSAN};
	for (enum variant object = 0; object < VARIANT_COUNT; object++)
		if (wants_object(making, object))
			submit(round, making, build_compile(kit, making->folder, assignment, object),
			       format("%s", variant_name(object)));
	for (size_t i = 0; sealing_wants_tokens() && i < sizeof read / sizeof *read; i++)
		submit(round, making, build_preprocess(kit, making->folder, assignment, read[i]),
		       format("preprocess-%s", variant_name(read[i])));
}

static void seal(struct making *making)
{
	if (sealing_wants_tokens())
		sealing_tokens(&making->sealing, making->folder);
	for (enum variant object = 0; object < VARIANT_COUNT; object++)
		if (!making->sealing.problems.count && wants_object(making, object))
			sealing_object(&making->sealing, making->folder, object);
	judge_seal(making);
}

static void rename_all(const char *runtime, struct round *round, struct making *making)
{
	for (enum variant variant = 0; variant < VARIANT_COUNT; variant++)
		if (making->variant[variant])
			submit(round, making,
			       build_rename(runtime, making->folder, making->sealing.assignment->name, making->kept, variant),
			       format("rename-%s", variant_name(variant)));
}

int objects_make(const struct kit *kit, const char *runtime, struct queue *queue, struct making making[], size_t count,
                 struct error *error)
{
	struct round compiling = {.queue = queue}, renaming = {.queue = queue};
	for (size_t i = 0; i < count; i++) {
		lay_out(&making[i]);
		if (!making[i].problem)
			compile(kit, &compiling, &making[i]);
	}
	if (finish(&compiling, error) != 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (!making[i].problem)
			seal(&making[i]);
		if (!making[i].problem)
			rename_all(runtime, &renaming, &making[i]);
	}
	return finish(&renaming, error);
}
