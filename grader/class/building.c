/* building.c - from the source to programs, as steps:
 *
 *   compile, preprocess -> seal -> rename -> link
 *
 * The variants go their way side by side; they meet at the seal: no program is made before it has judged all that it
 * looks at. */
#include "parts.h"

#include "../memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { LOG_LIMIT = 1 << 20 };
enum { RANK_BUILD = 50 };

/* ---- what went wrong ------------------------------------------------------------------------ */

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

void refuse_source(struct grading *grading)
{
	steps_stop(&grading->steps);
	sealing_report(&grading->sealing, grading->subject.grade);
	grade_add_check(grading->subject.grade, "seal", "ran", NULL, 0);
}

static bool refused(struct grading *grading, const char *log)
{
	char *file = format("%s.log", log);
	bool refuses = sealing_refuses(&grading->sealing, grading->folder, file);
	free(file);
	if (refuses)
		refuse_source(grading);
	return refuses;
}

void give_up(struct grading *grading, const char *reason, int wall_ms)
{
	struct grade *grade = grading->subject.grade;
	steps_stop(&grading->steps);
	grade->judged = false;
	grade_add_check(grade, "build", "failed", reason, wall_ms);
	grade_set_fault(grade, "infrastructure");
}

/* Does gcc say of the function that two declarations of it differ? Its quotes depend on the locale. */
static bool is_declared_twice(const char *log, const char *name)
{
	static const char *const phrases[] = {"static declaration of ", "conflicting types for "};
	for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++)
		for (const char *at = log; (at = strstr(at, phrases[i]));) {
			at += strlen(phrases[i]);
			at += strcspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_");
			if (strncmp(at, name, strlen(name)) == 0 && !isalnum((unsigned char)at[strlen(name)]) &&
			    at[strlen(name)] != '_')
				return true;
		}
	return false;
}

/* A function of its own, and the header that declares the one of another exercise. */
static void explain_clash(const struct assignment *assignment, struct finding *finding, const char *log)
{
	for (size_t i = 0; i < assignment->reuse_count; i++)
		for (size_t f = 0; f < assignment->reuse[i].functions.count; f++)
			if (is_declared_twice(log, assignment->reuse[i].functions.item[f]))
				finding_add_detail(finding,
				                   "%s.h declares %s: call that one, or leave the header out and write your own",
				                   assignment->reuse[i].exercise, assignment->reuse[i].functions.item[f]);
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
	char *words = must(strdup(log));
	add_lines(finding, log);
	explain_clash(grading->request->assignment, finding, words);
	free(words);
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

/* The step whose words are in folder/NAME.log has failed: whose fault is it? False: it gives nothing. */
static bool build_failed(struct grading *grading, const char *name, const struct run_result *result)
{
	if (refused(grading, name))
		return false;
	steps_stop(&grading->steps);
	char *log = read_log(grading, name), *reason;
	if (build_fault(grading->workshop->kit->course, result, log, &reason) == FAULT_MACHINE)
		give_up(grading, reason, result->wall_ms);
	else
		report_build(grading, log, result);
	free(reason);
	free(log);
	return false;
}

static bool built(struct grading *grading, const char *prefix, const struct step *step)
{
	if (run_succeeded(&step->result))
		return true;
	char *log = format("%s%s", prefix, variant_name(step->variant));
	build_failed(grading, log, &step->result);
	free(log);
	return false;
}

/* ---- what the seal looks at ----------------------------------------------------------------- */

/* Explored programs are made of ThreadSanitizer's object; the one for coverage is the plain one with counters in it. */
static bool is_sealed_object(enum variant variant)
{
	return variant == VARIANT_PLAIN || variant == VARIANT_TSAN;
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

static struct run *run_compile(const struct grading *grading, const struct step *step, unsigned shard)
{
	(void)shard;
	return build_compile(grading->workshop->kit, grading->folder, grading->request->assignment, step->variant);
}

static bool compiled(struct grading *grading, const struct step *step)
{
	if (!built(grading, "", step))
		return false;
	if (step->variant == VARIANT_PLAIN)
		note_warnings(grading);
	if (is_sealed_object(step->variant))
		sealing_object(&grading->sealing, grading->folder, step->variant);
	return true;
}

static struct run *run_preprocess(const struct grading *grading, const struct step *step, unsigned shard)
{
	(void)shard;
	return build_preprocess(grading->workshop->kit, grading->folder, grading->request->assignment, step->variant);
}

/* Whether it failed is looked at later: a submission that does not compile is told that, and no more. */
static bool preprocessed(struct grading *grading, const struct step *step)
{
	(void)grading, (void)step;
	return true;
}

/* The first preprocessing that failed, or NULL. */
static const struct step *failed_preprocessing(const struct grading *grading)
{
	for (size_t i = 0; i < grading->steps.count; i++)
		if (grading->steps.step[i].then == preprocessed && !run_succeeded(&grading->steps.step[i].result))
			return &grading->steps.step[i];
	return NULL;
}

static bool read_tokens(struct grading *grading, const struct step *step)
{
	(void)step;
	if (!failed_preprocessing(grading))
		sealing_tokens(&grading->sealing, grading->folder);
	return true;
}

/* ---- the seal ------------------------------------------------------------------------------- */

static bool has_build_finding(const struct grade *grade)
{
	for (size_t i = 0; i < grade->findings.count; i++)
		if (strcmp(grade->findings.item[i].check, "build") == 0)
			return true;
	return false;
}

static bool object_is_wanted(const struct grading *grading, enum variant object)
{
	for (enum variant variant = 0; variant < VARIANT_COUNT; variant++)
		if (variant_object(variant) == object && wants_program(grading, variant))
			return true;
	return false;
}

/* Everything is there that the seal looks at, and it has looked. */
static bool sealed(struct grading *grading, const struct step *step)
{
	(void)step;
	const struct step *unread = failed_preprocessing(grading);
	if (unread)
		return built(grading, "preprocess-", unread);
	if (grading->sealing.lost) {
		give_up(grading, grading->sealing.lost, 0);
		return false;
	}
	if (grading->sealing.problems.count) {
		refuse_source(grading);
		return false;
	}
	for (enum variant object = 0; object < VARIANT_COUNT; object++)
		if (is_sealed_object(object) && object_is_wanted(grading, object))
			look_at_object(grading, object);
	if (!has_build_finding(grading->subject.grade))
		return true;
	steps_stop(&grading->steps);
	return false;
}

/* ---- programs ------------------------------------------------------------------------------- */

static struct run *run_rename(const struct grading *grading, const struct step *step, unsigned shard)
{
	(void)shard;
	return build_rename(grading->subject.half->runtime, grading->folder, grading->request->assignment->name,
	                    &grading->request->assignment->api, step->variant);
}

static bool renamed(struct grading *grading, const struct step *step)
{
	return built(grading, "rename-", step);
}

static struct run *run_link(const struct grading *grading, const struct step *step, unsigned shard)
{
	(void)shard;
	return build_link(grading->subject.half, grading->subject.parts, grading->folder,
	                  grading->request->assignment->name, step->variant);
}

static bool linked(struct grading *grading, const struct step *step)
{
	return built(grading, "link-", step);
}

/* ---- the plan ------------------------------------------------------------------------------- */

static void add(struct grading *grading, struct step step)
{
	step.rank = RANK_BUILD;
	step.shards = 1;
	steps_add(&grading->steps, step);
}

static void add_compilers(struct grading *grading, bool of_sealed)
{
	for (enum variant object = 0; object < VARIANT_COUNT; object++)
		if (is_sealed_object(object) == of_sealed && object_is_wanted(grading, object))
			add(grading,
			    (struct step){
			        .gives = fact_of(OBJECT, object), .variant = object, .run = run_compile, .then = compiled});
}

static void add_preprocessor(struct grading *grading, enum variant variant)
{
	add(grading,
	    (struct step){
	        .gives = fact_of(PREPROCESSED, variant), .variant = variant, .run = run_preprocess, .then = preprocessed});
}

static void add_seal(struct grading *grading)
{
	facts seen = sealing_wants_tokens() ? TOKENS_READ : 0;
	for (enum variant object = 0; object < VARIANT_COUNT; object++)
		if (is_sealed_object(object) && object_is_wanted(grading, object))
			seen |= fact_of(OBJECT, object);
	add(grading, (struct step){.needs = seen, .gives = SEALED, .then = sealed});
}

static void add_program(struct grading *grading, enum variant variant)
{
	add(grading, (struct step){.needs = SEALED | fact_of(OBJECT, variant_object(variant)),
	                           .gives = fact_of(RENAMED, variant),
	                           .variant = variant,
	                           .run = run_rename,
	                           .then = renamed});
	add(grading, (struct step){.needs = fact_of(RENAMED, variant),
	                           .gives = fact_of(PROGRAM, variant),
	                           .variant = variant,
	                           .run = run_link,
	                           .then = linked});
}

/* What the seal waits for goes first. */
void building_add_steps(struct grading *grading)
{
	add_compilers(grading, true);
	if (sealing_wants_tokens()) {
		add_preprocessor(grading, VARIANT_PLAIN);
		add_preprocessor(grading, VARIANT_TSAN);
		add(grading, (struct step){.needs = fact_of(PREPROCESSED, VARIANT_PLAIN) | fact_of(PREPROCESSED, VARIANT_TSAN),
		                           .gives = TOKENS_READ,
		                           .then = read_tokens});
	}
	add_seal(grading);
	add_compilers(grading, false);
	for (enum variant variant = 0; variant < VARIANT_COUNT; variant++)
		if (wants_program(grading, variant))
			add_program(grading, variant);
}
