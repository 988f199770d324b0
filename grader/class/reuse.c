/* reuse.c - which file each submission is linked with, and its objects: those of one text are made once for all. */
#include "reuse.h"

#include "../memory.h"
#include "objects.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A grade that decides. */
struct needed {
	struct request request;
	char key[HASH_SIZE];
	enum { UNKNOWN, UNJUDGED, POINTS_LOST, FULL_MARKS } verdict;
};

/* Objects of one file, for all submissions that are linked with it. */
struct built {
	struct making making;
	char sha256[65]; /* of its text */
	char *scratch;   /* where they are made */
	char *folder;    /* where they are then */
};

struct reuses {
	const struct kit *kit;
	struct request *request; /* copies; their strings are borrowed */
	size_t count;
	struct class_options options;
	struct needed **needed;
	size_t needed_count;
	struct parts *parts; /* one for each request */
	struct built *built;
	size_t built_count;
};

/* ---- what there is -------------------------------------------------------------------------- */

static struct source *reference_of(const struct assignment *assignment)
{
	char *folder = format("%s/solutions/%s", assignment->root, assignment->name);
	struct source *source = source_find(assignment->root, folder, assignment->name);
	free(folder);
	return source;
}

static bool has_reference(const struct assignment *assignment)
{
	struct source *source = reference_of(assignment);
	bool has = source->state == SOURCE_OK;
	source_free(source);
	return has;
}

/* Whose grade students get in this course. */
static bool is_in_course(const struct kit *kit, const struct assignment *assignment)
{
	return course_find(kit->course, assignment->name) == assignment;
}

static struct request request_of_part(const struct request *request, const struct reuse *reuse)
{
	return (struct request){.assignment = reuse->assignment,
	                        .folder = request->folder,
	                        .remarks = request->remarks,
	                        .submission = request->submission,
	                        .public_only = request->public_only};
}

/* May the text call one of the functions? One that does not name them has none but by pasting names together. */
static bool may_call(const struct source *source, const struct reuse *reuse)
{
	bool may = strstr(source->text, "##") || strstr(source->text, "%:%:");
	for (size_t i = 0; !may && i < reuse->functions.count; i++)
		may = seal_line_of(source->text, source->size, reuse->functions.item[i]) != 0;
	return may;
}

/* Is it linked with a part? Who has functions of his own is not. */
static bool wants_part(const struct request *request, const struct reuse *reuse)
{
	if (request->problem)
		return false;
	struct source *source = source_find(request->assignment->root, request->folder, request->assignment->name);
	bool wants = source->state == SOURCE_OK && may_call(source, reuse);
	source_free(source);
	return wants;
}

/* Does what the student wrote of it decide, and how it was graded? */
static bool needs_grade(const struct kit *kit, const struct request *request, const struct reuse *reuse)
{
	if (!reuse->assignment || !wants_part(request, reuse) || !is_in_course(kit, reuse->assignment) ||
	    !has_reference(reuse->assignment))
		return false;
	struct source *source = source_find(reuse->assignment->root, request->folder, reuse->exercise);
	bool needs = source->state == SOURCE_OK && !is_skeleton(reuse->assignment, source->text);
	source_free(source);
	return needs;
}

static void key_of(const struct kit *kit, const struct request *request, const struct class_options *options,
                   char key[HASH_SIZE])
{
	struct half *half = half_describe(kit, request->assignment);
	class_key(kit, half, request, options, key);
	half_free(half);
}

static struct needed *find_needed(const struct reuses *reuses, const char *key)
{
	for (size_t i = 0; i < reuses->needed_count; i++)
		if (strcmp(reuses->needed[i]->key, key) == 0)
			return reuses->needed[i];
	return NULL;
}

static void add_needed(struct reuses *reuses, const struct request *request, const struct reuse *reuse)
{
	struct needed *needed = zeroed(1, sizeof *needed);
	needed->request = request_of_part(request, reuse);
	key_of(reuses->kit, &needed->request, &reuses->options, needed->key);
	if (find_needed(reuses, needed->key)) {
		free(needed);
		return;
	}
	reuses->needed = must(reallocarray(reuses->needed, reuses->needed_count + 1, sizeof(struct needed *)));
	reuses->needed[reuses->needed_count++] = needed;
}

struct reuses *reuses_open(const struct kit *kit, const struct request *const request[], size_t count,
                           const struct class_options *options)
{
	struct reuses *reuses = zeroed(1, sizeof *reuses);
	*reuses = (struct reuses){.kit = kit, .count = count, .options = *options};
	reuses->request = zeroed(count + 1, sizeof *reuses->request);
	reuses->parts = zeroed(count + 1, sizeof *reuses->parts);
	for (size_t i = 0; i < count; i++)
		reuses->request[i] = *request[i];
	for (size_t i = 0; i < count; i++)
		for (size_t r = 0; r < request[i]->assignment->reuse_count; r++)
			if (needs_grade(kit, request[i], &request[i]->assignment->reuse[r]))
				add_needed(reuses, request[i], &request[i]->assignment->reuse[r]);
	return reuses;
}

const struct request *reuses_needed(const struct reuses *reuses, size_t index)
{
	return index < reuses->needed_count ? &reuses->needed[index]->request : NULL;
}

static int verdict_of(const struct grade *grade)
{
	return !grade->judged ? UNJUDGED : grade->score == grade->max_score ? FULL_MARKS : POINTS_LOST;
}

void reuses_note(struct reuses *reuses, const struct request *needed, const struct grade *grade)
{
	for (size_t i = 0; i < reuses->needed_count; i++)
		if (&reuses->needed[i]->request == needed)
			reuses->needed[i]->verdict = verdict_of(grade);
}

/* ---- the choice ----------------------------------------------------------------------------- */

static void take(struct linked_part *part, enum part_origin origin, struct source *source, char *why)
{
	part->origin = origin;
	part->source = source;
	part->why = why;
}

/* The reference's, if there is one. */
static void take_reference(struct linked_part *part, char *why)
{
	struct source *source = reference_of(part->reuse->assignment);
	if (source->state == SOURCE_OK) {
		take(part, PART_REFERENCE, source, why);
		return;
	}
	source_free(source);
	take(part, PART_NONE, NULL, why);
}

/* What is against the student's own file, before anybody looks at its grade; NULL: nothing. */
static char *against(const struct kit *kit, const struct linked_part *part, const struct source *own)
{
	const char *name = part->reuse->exercise;
	if (!is_in_course(kit, part->reuse->assignment))
		return format("%s is not in this course", name);
	if (own->state == SOURCE_MISSING)
		return format("there is no %s.c of yours", name);
	if (own->state != SOURCE_OK)
		return format("yours cannot be graded (make grade A=%s)", name);
	return is_skeleton(part->reuse->assignment, own->text) ? format("%s.c of yours is still the skeleton", name) : NULL;
}

/* `verdict`: of the student's own, where that decides. */
static void choose(const struct kit *kit, const struct request *request, int verdict, struct parts *parts,
                   struct linked_part *part)
{
	if (!part->reuse->assignment) {
		take(part, PART_NONE, NULL, format("%s is not in this handout", part->reuse->exercise));
		return;
	}
	struct source *own = source_find(part->reuse->assignment->root, request->folder, part->reuse->exercise);
	char *why = against(kit, part, own);
	if (own->state == SOURCE_UNREADABLE && !parts->problem)
		parts->problem = format("%s", own->problem);
	if (!why && verdict == POINTS_LOST)
		why = format("yours loses points there (make grade A=%s)", part->reuse->exercise);
	if (!why && verdict == UNJUDGED && !parts->problem)
		parts->problem =
		    format("%s of the same submission could not be judged, so it is not known whether it is linked",
		           part->reuse->exercise);
	if (!why) {
		take(part, PART_OWN, own, NULL);
		return;
	}
	source_free(own);
	take_reference(part, why);
}

static void parts_init(struct parts *parts, const struct request *request)
{
	const struct assignment *assignment = request->assignment;
	*parts = (struct parts){.item = zeroed(assignment->reuse_count + 1, sizeof *parts->item)};
	for (size_t i = 0; i < assignment->reuse_count; i++)
		if (wants_part(request, &assignment->reuse[i]))
			parts->item[parts->count++] = (struct linked_part){.reuse = &assignment->reuse[i]};
}

struct parts *reuses_choose(struct reuses *reuses, size_t index)
{
	struct parts *parts = &reuses->parts[index];
	const struct request *request = &reuses->request[index];
	if (parts->item)
		return parts;
	parts_init(parts, request);
	for (size_t i = 0; i < parts->count; i++) {
		struct linked_part *part = &parts->item[i];
		struct needed *needed = NULL;
		if (needs_grade(reuses->kit, request, part->reuse)) {
			char key[HASH_SIZE];
			struct request own = request_of_part(request, part->reuse);
			key_of(reuses->kit, &own, &reuses->options, key);
			needed = find_needed(reuses, key);
		}
		choose(reuses->kit, request, needed ? (int)needed->verdict : UNKNOWN, parts, part);
	}
	return parts;
}

bool parts_known(const struct kit *kit, const struct request *request, const struct class_options *options,
                 struct parts *parts)
{
	bool known = true;
	parts_init(parts, request);
	for (size_t i = 0; i < parts->count; i++) {
		struct linked_part *part = &parts->item[i];
		int verdict = UNKNOWN;
		if (needs_grade(kit, request, part->reuse)) {
			struct request own = request_of_part(request, part->reuse);
			struct half *half = half_describe(kit, own.assignment);
			struct grade *grade = class_known(kit, half, &own, options);
			verdict = grade ? verdict_of(grade) : UNKNOWN;
			known = known && grade;
			half_free(half);
			grade_free(grade);
		}
		choose(kit, request, verdict, parts, part);
	}
	return known;
}

void parts_clear(struct parts *parts)
{
	for (size_t i = 0; i < parts->count; i++) {
		free(parts->item[i].why);
		free(parts->item[i].folder);
		source_free(parts->item[i].source);
	}
	free(parts->item);
	free(parts->problem);
	*parts = (struct parts){0};
}

void parts_hash(struct hash *hash, const struct parts *parts)
{
	static const char *const origins[] = {"none", "own", "reference"};
	for (size_t i = 0; i < parts->count; i++) {
		const struct linked_part *part = &parts->item[i];
		hash_add(hash, "part", part->reuse->exercise, strlen(part->reuse->exercise));
		hash_add(hash, "origin", origins[part->origin], strlen(origins[part->origin]));
		if (part->why)
			hash_add(hash, "why", part->why, strlen(part->why));
		if (part->source)
			hash_add(hash, "source", part->source->text, part->source->size);
	}
}

void reuses_hash(struct hash *hash, const struct kit *kit, const struct request *request,
                 const struct class_options *options)
{
	for (size_t i = 0; !request->problem && i < request->assignment->reuse_count; i++) {
		const struct reuse *reuse = &request->assignment->reuse[i];
		if (!reuse->assignment)
			continue;
		char key[HASH_SIZE];
		struct request own = request_of_part(request, reuse);
		struct source *reference = reference_of(reuse->assignment);
		key_of(kit, &own, options, key);
		hash_add(hash, "own", key, strlen(key));
		hash_add(hash, "reference", reference->sha256, strlen(reference->sha256));
		source_free(reference);
	}
}

/* ---- the objects ---------------------------------------------------------------------------- */

/* Explored programs are linked with an object of their own, those for coverage with the plain one. */
static const enum variant variants[] = {VARIANT_PLAIN, VARIANT_TSAN, VARIANT_EXPLORED};

static struct built *find_built(const struct reuses *reuses, const struct linked_part *part)
{
	for (size_t i = 0; i < reuses->built_count; i++) {
		const struct built *built = &reuses->built[i];
		if (built->making.kept == &part->reuse->functions && strcmp(built->sha256, part->source->sha256) == 0)
			return &reuses->built[i];
	}
	return NULL;
}

static void add_built(struct reuses *reuses, const struct linked_part *part)
{
	reuses->built = must(reallocarray(reuses->built, reuses->built_count + 1, sizeof *reuses->built));
	struct built *built = &reuses->built[reuses->built_count];
	*built = (struct built){.folder =
	                            format("%s/run/%d-part-%zu", reuses->kit->place, (int)getpid(), ++reuses->built_count)};
	built->scratch = format("%s-build", built->folder);
	memcpy(built->sha256, part->source->sha256, sizeof built->sha256);
	built->making = (struct making){
	    .sealing = {.course = reuses->kit->course, .assignment = part->reuse->assignment, .source = part->source},
	    .folder = built->scratch,
	    .kept = &part->reuse->functions};
	for (size_t i = 0; i < sizeof variants / sizeof *variants; i++)
		built->making.variant[variants[i]] = true;
}

static char *object_of(const char *folder, const struct built *built, enum variant variant)
{
	return format("%s/%s-%s-renamed.o", folder, built->making.sealing.assignment->name, variant_name(variant));
}

/* The objects go where those who link get to; the rest is removed, since nobody is to read the reference's text. */
static void settle(struct built *built)
{
	struct error error;
	int result = built->making.problem ? 0 : folder_make(built->folder, &error);
	for (size_t i = 0; !built->making.problem && result == 0 && i < sizeof variants / sizeof *variants; i++) {
		char *from = object_of(built->making.folder, built, variants[i]),
		     *to = object_of(built->folder, built, variants[i]);
		result = file_copy(from, to, &error);
		free(to);
		free(from);
	}
	if (result != 0) {
		built->making.problem = format("%s", error.text);
		built->making.machine = true;
	}
	folder_remove(built->making.folder);
}

/* The first function that the object does not have for others, or NULL. */
static const char *lacks(const struct linked_part *part, const struct built *built)
{
	char *object = object_of(built->folder, built, VARIANT_PLAIN);
	const char *lacking = NULL;
	for (size_t i = 0; !lacking && i < part->reuse->functions.count; i++)
		if (!object_defines(object, part->reuse->functions.item[i]))
			lacking = part->reuse->functions.item[i];
	free(object);
	return lacking;
}

static void drop(struct linked_part *part, char *why)
{
	source_free(part->source);
	take(part, PART_NONE, NULL, why);
}

/* What is known to be right compiles; a student's own in a handout need not. */
static void use(struct parts *parts, struct linked_part *part, const struct built *built)
{
	const char *name = part->reuse->exercise, *problem = built->making.problem;
	const char *lacking = problem ? NULL : lacks(part, built);
	bool own = part->origin == PART_OWN && !has_reference(part->reuse->assignment);
	if (!problem && !lacking)
		part->folder = format("%s", built->folder);
	else if (own && !built->making.machine)
		drop(part, problem ? format("%s.c of yours does not compile (make grade A=%s)", name, name)
		                   : format("%s.c of yours does not define %s (make grade A=%s)", name, lacking, name));
	else if (!parts->problem)
		parts->problem = problem ? format("%s.c: %s", name, problem) : format("%s.c does not define %s", name, lacking);
}

static int make_objects(struct reuses *reuses, struct queue *queue, struct error *error)
{
	struct making *making = zeroed(reuses->built_count + 1, sizeof *making);
	char *runtime = runtime_build(reuses->kit, queue, error);
	for (size_t i = 0; i < reuses->built_count; i++)
		making[i] = reuses->built[i].making;
	int result = runtime ? objects_make(reuses->kit, runtime, queue, making, reuses->built_count, error) : -1;
	for (size_t i = 0; i < reuses->built_count; i++) {
		reuses->built[i].making = making[i];
		settle(&reuses->built[i]);
	}
	free(runtime);
	free(making);
	return result;
}

int reuses_build(struct reuses *reuses, struct queue *queue, const size_t index[], size_t count, struct error *error)
{
	for (size_t i = 0; i < count; i++) {
		struct parts *parts = reuses_choose(reuses, index[i]);
		for (size_t p = 0; p < parts->count; p++)
			if (parts->item[p].source && !find_built(reuses, &parts->item[p]))
				add_built(reuses, &parts->item[p]);
	}
	if (reuses->built_count && make_objects(reuses, queue, error) != 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		struct parts *parts = reuses_choose(reuses, index[i]);
		for (size_t p = 0; p < parts->count; p++)
			if (parts->item[p].source)
				use(parts, &parts->item[p], find_built(reuses, &parts->item[p]));
	}
	return 0;
}

static void note_needed(void *context, const struct request *request, struct grade *grade)
{
	reuses_note(context, request, grade);
	grade_free(grade);
}

static int grade_needed(struct reuses *reuses, struct queue *queue, struct error *error)
{
	int result = 0;
	for (size_t i = 0; result == 0 && i < reuses->needed_count; i++)
		result = class_grade(reuses->kit, queue, &reuses->needed[i]->request, 1, &reuses->options, note_needed, NULL,
		                     reuses, error);
	return result;
}

int reuses_make(const struct kit *kit, struct queue *queue, const struct request *const request[], size_t count,
                struct reuses **reuses, struct error *error)
{
	const struct class_options options = {.cache = true, .coverage = true};
	size_t *index = zeroed(count + 1, sizeof *index);
	for (size_t i = 0; i < count; i++)
		index[i] = i;
	*reuses = reuses_open(kit, request, count, &options);
	int result = grade_needed(*reuses, queue, error);
	if (result == 0)
		result = reuses_build(*reuses, queue, index, count, error);
	free(index);
	return result;
}

void reuses_close(struct reuses *reuses)
{
	if (!reuses)
		return;
	for (size_t i = 0; i < reuses->built_count; i++) {
		struct built *built = &reuses->built[i];
		sealing_clear(&built->making.sealing);
		if (!reuses->options.keep)
			folder_remove(built->folder);
		free(built->making.problem);
		free(built->scratch);
		free(built->folder);
	}
	for (size_t i = 0; i < reuses->count; i++)
		parts_clear(&reuses->parts[i]);
	for (size_t i = 0; i < reuses->needed_count; i++)
		free(reuses->needed[i]);
	free(reuses->needed);
	free(reuses->parts);
	free(reuses->request);
	free(reuses->built);
	free(reuses);
}

/* ---- what is told --------------------------------------------------------------------------- */

char *parts_missing(const struct parts *parts)
{
	for (size_t i = 0; i < parts->count; i++)
		if (parts->item[i].origin == PART_NONE)
			return part_sentence(&parts->item[i]);
	return NULL;
}

static const struct linked_part *part_of_finding(const struct parts *parts, const struct finding *finding)
{
	for (size_t i = 0; i < finding->where_count; i++) {
		const struct linked_part *part = part_of_file(parts, finding->where[i].file);
		if (part)
			return part;
	}
	return NULL;
}

void parts_explain(const struct parts *parts, struct grade *grade)
{
	for (size_t i = 0; i < grade->findings.count; i++) {
		struct finding *finding = &grade->findings.item[i];
		const struct linked_part *part = part_of_finding(parts, finding);
		if (part)
			finding_add_detail(finding, "%s.c is the part that this exercise reuses (%s)", part->reuse->exercise,
			                   part->origin == PART_OWN ? "your own" : "the reference's");
	}
}
