/* exploration.c - reads what the host wrote of a search, and puts it into words: lines, names of objects, tokens. */
#include "exploration.h"
#include "../memory.h"
#include "variables.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { LABELS = 64 };

/* What objects are called in one discovery. */
struct labels {
	struct lines *lines;
	const struct source_text *sources;
	size_t source_count;
	const json_t *objects; /* what the numbers of those on the heap and on stacks stand for */
	struct {
		uintptr_t address;
		char name[64];
	} label[LABELS];
	size_t count;
	/* Blocks of the heap whose type is known: "account", and which of them it is. */
	struct {
		uintptr_t number;
		char type[64];
		unsigned ordinal;
	} block[LABELS];
	size_t block_count;
};

static const char *string_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text ? text : "";
}

static long long number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

/* ---- names of objects ----------------------------------------------------------------------- */

/* Line `number` of the file, without indentation; NULL when the file is not to be shown. */
static char *code_of(const struct source_text *sources, size_t count, const char *file, unsigned number)
{
	for (size_t i = 0; i < count; i++) {
		if (!sources[i].text || strcmp(sources[i].file, file) != 0)
			continue;
		const char *line = sources[i].text;
		for (unsigned n = 1; n < number && line; n++) {
			line = strchr(line, '\n');
			line += line != NULL;
		}
		if (!line)
			return NULL;
		line += strspn(line, " \t");
		return strndup(line, strcspn(line, "\r\n"));
	}
	return NULL;
}

/* What the host says of the object, or NULL: it is in the program, and the key its address. */
static const json_t *object_of(const struct labels *labels, uintptr_t key)
{
	size_t i;
	json_t *object;
	json_array_foreach(labels->objects, i, object) if ((uintptr_t)number_of(object, "number") == key) return object;
	return NULL;
}

/* "account", "account 2": each block of a type that comes up has a number of its own. */
static void name_block(struct labels *labels, const json_t *object, const char *type, char *name, size_t size)
{
	uintptr_t number = (uintptr_t)number_of(object, "block");
	const char *tag = strncmp(type, "struct ", 7) == 0 ? type + 7 : type;
	size_t i = 0;
	unsigned ordinal = 1;
	for (; i < labels->block_count && labels->block[i].number != number; i++)
		ordinal += strcmp(labels->block[i].type, type) == 0;
	if (i == labels->block_count && i < LABELS) {
		labels->block[labels->block_count].number = number;
		labels->block[labels->block_count].ordinal = ordinal;
		snprintf(labels->block[labels->block_count++].type, sizeof labels->block->type, "%s", type);
	} else if (i < labels->block_count) {
		ordinal = labels->block[i].ordinal;
	}
	if (ordinal > 1)
		snprintf(name, size, "%.40s %u", tag, ordinal);
	else
		snprintf(name, size, "%.40s", tag);
}

struct member {
	char name[64], type[64];
	int element; /* of an array, or -1 */
};

/* The line of the code address, or NULL. The caller frees it. */
static char *code_at(const struct labels *labels, uintptr_t address)
{
	struct line line;
	return lines_find(labels->lines, address, &line)
	           ? code_of(labels->sources, labels->source_count, line.file, line.line)
	           : NULL;
}

/* Which member of which struct a place on the heap is, as the line at `site` calls it, or else the one that made it. */
static bool find_member(const struct labels *labels, const json_t *object, uintptr_t site, struct member *member)
{
	uintptr_t by = (uintptr_t)number_of(object, "by");
	size_t bytes = (size_t)number_of(object, "bytes"), offset = (size_t)number_of(object, "offset");
	char *code = code_at(labels, site), *made = code_at(labels, by);
	bool found = variables_member(labels->lines, by, site, bytes, offset, code, member->name, sizeof member->name,
	                              member->type, sizeof member->type, &member->element) ||
	             (made && variables_allocated(labels->lines, by, made, bytes, offset, member->name, sizeof member->name,
	                                          member->type, sizeof member->type, &member->element));
	free(code);
	free(made);
	return found;
}

/* A local variable, or else what the function that was called from there was given. `whose`: the function's name, or
 * NULL. */
static bool name_local(const struct labels *labels, const json_t *object, char *name, size_t size, const char **whose)
{
	uintptr_t function = (uintptr_t)number_of(object, "function"), callee = (uintptr_t)number_of(object, "callee");
	return variables_local(labels->lines, function, number_of(object, "offset"), name, size, whose) ||
	       variables_local(labels->lines, callee, number_of(object, "callee_offset"), name, size, whose);
}

/* "x", or for a table, where another thread's x may be beside it, "x of thread 1". */
static bool name_thread_local(const struct labels *labels, const json_t *object, bool whose, char *name, size_t size)
{
	if (!variables_thread_local(labels->lines, (size_t)number_of(object, "offset"), name, size))
		return false;
	size_t length = strlen(name);
	if (whose)
		snprintf(name + length, size - length, " of %s", string_of(object, "thread"));
	return true;
}

/* By the debug information. `site`: a place that uses it. */
static bool name_by_program(struct labels *labels, uintptr_t key, uintptr_t site, char *name, size_t size)
{
	const json_t *object = object_of(labels, key);
	struct member member;
	if (!object)
		return lines_object(labels->lines, key & 0xffffffffffff, name, size); /* above: the process */
	const char *whose;
	if (json_object_get(object, "function"))
		return name_local(labels, object, name, size, &whose);
	if (json_object_get(object, "thread"))
		return name_thread_local(labels, object, true, name, size);
	if (!json_object_get(object, "block") || !find_member(labels, object, site, &member))
		return false;
	char block[64];
	name_block(labels, object, member.type, block, sizeof block);
	if (member.element >= 0)
		snprintf(name, size, "%.20s[%d].%.26s", block, member.element, member.name);
	else
		snprintf(name, size, "%.30s->%.30s", block, member.name);
	return true;
}

static const char *label_of(struct labels *labels, uintptr_t key, const char *class, uintptr_t site)
{
	unsigned number = 1;
	if ((key & 0xffffffffffff) < 4096)
		return NULL;
	for (size_t i = 0; i < labels->count; i++)
		if (labels->label[i].address == key)
			return labels->label[i].name;
	if (labels->count == LABELS)
		return "an object";
	char *name = labels->label[labels->count].name;
	size_t size = sizeof labels->label[0].name;
	if (!name_by_program(labels, key, site, name, size)) {
		for (size_t i = 0; i < labels->count; i++)
			number += strncmp(labels->label[i].name, class, strlen(class)) == 0;
		snprintf(name, size, "%s %u", class, number);
	}
	labels->label[labels->count++].address = key;
	return name;
}

static char *describe_variable(struct labels *labels, uintptr_t key)
{
	static const char state[] = "rt_local.state_of."; /* of the runtime: libc.c */
	char name[64];
	if (!name_by_program(labels, key, 0, name, sizeof name))
		return NULL;
	return strncmp(name, state, sizeof state - 1) != 0
	           ? strdup(name)
	           : format("what the library keeps between calls (%s)", name + sizeof state - 1);
}

/* "amounts.first of deposit". */
static char *describe_local(const struct labels *labels, const json_t *object)
{
	char name[64];
	const char *whose;
	if (!name_local(labels, object, name, sizeof name, &whose))
		return NULL;
	return whose ? format("%s of %s", name, whose) : strdup(name);
}

/* Of a thread that has ended the sentence says by itself whose it was. */
static char *describe_thread_local(const struct labels *labels, const json_t *object, const char *kind)
{
	char name[64];
	if (!name_thread_local(labels, object, false, name, sizeof name))
		return NULL;
	return strcmp(kind, "dead_stack") == 0 ? strdup(name)
	                                       : format("thread-local %s of %s", name, string_of(object, "thread"));
}

/* "element 3 of the int array", or the bytes. `accessed` of them; 0: unknown. */
static char *describe_bytes(const struct labels *labels, const json_t *object, uintptr_t site, size_t accessed)
{
	char type[64];
	uintptr_t by = (uintptr_t)number_of(object, "by");
	size_t offset = (size_t)number_of(object, "offset"), bytes = (size_t)number_of(object, "bytes");
	char *made = code_at(labels, by), *used = code_at(labels, site);
	bool known = accessed && offset % accessed == 0 && bytes % accessed == 0 &&
	             variables_element(labels->lines, by, site, made, used, accessed, type, sizeof type);
	free(made);
	free(used);
	if (known && accessed == bytes)
		return format("the %s", type);
	if (known)
		return format("element %zu of the %s array", offset / accessed, type);
	if (accessed == bytes || (!accessed && !offset))
		return format("the block of %zu byte%s", bytes, bytes == 1 ? "" : "s");
	return accessed > 1 ? format("bytes %zu to %zu of the block of %zu bytes", offset, offset + accessed - 1, bytes)
	                    : format("byte %zu of the block of %zu byte%s", offset, bytes, bytes == 1 ? "" : "s");
}

/* `whole`: the block, not the place in it. */
static char *describe_block(const struct labels *labels, const json_t *object, uintptr_t site, size_t accessed,
                            bool whole)
{
	struct member member;
	if (whole)
		return format("the block of %lld bytes", number_of(object, "bytes"));
	if (!find_member(labels, object, site, &member))
		return describe_bytes(labels, object, site, accessed);
	return member.element >= 0 ? format("[%d].%s of the array of %s", member.element, member.name, member.type)
	                           : format("%s of the %s", member.name, member.type);
}

/* What the evidence is about, for a sentence: "balance of the struct account allocated at bank.c:14". The caller frees
 * it; NULL: nobody knows. */
static char *describe_memory(struct labels *labels, const json_t *evidence, const char *kind, uintptr_t site)
{
	uintptr_t key = (uintptr_t)number_of(evidence, "object");
	const json_t *object = object_of(labels, key);
	struct line line;
	if (!object)
		return describe_variable(labels, key);
	if (json_object_get(object, "function"))
		return describe_local(labels, object);
	if (json_object_get(object, "thread"))
		return describe_thread_local(labels, object, kind);
	if (!json_object_get(object, "block"))
		return NULL;
	char *what =
	    describe_block(labels, object, site, (size_t)number_of(evidence, "bytes"), strcmp(kind, "double_free") == 0);
	if (!lines_find(labels->lines, (uintptr_t)number_of(object, "by"), &line))
		return what;
	char *text = format("%s allocated at %s:%u", what, line.file, line.line);
	free(what);
	return text;
}

/* Whose names: those of the discovery, and what is done to the objects where the text stands. */
struct naming {
	struct labels *labels;
	const char *class; /* of those without a word of their own */
	uintptr_t site;
	uintptr_t memory; /* this object is ... */
	char *described;  /* ... called so; or NULL */
};

static const char *name_object(void *context, uintptr_t key, const char *word)
{
	const struct naming *naming = context;
	if (naming->described && key == naming->memory)
		return naming->described;
	return label_of(naming->labels, key, *word ? word : naming->class, naming->site);
}

/* ---- evidence ------------------------------------------------------------------------------- */

static size_t read_frames(const json_t *array, uintptr_t frame[])
{
	size_t count = 0;
	for (size_t i = 0; i < json_array_size(array) && i < MAX_FRAMES; i++)
		frame[count++] = (uintptr_t)json_integer_value(json_array_get(array, i));
	return count;
}

/* When the debug information does not tell. */
static const char *unnamed(const char *kind)
{
	return strcmp(kind, "data_race") == 0        ? "the same memory"
	       : strcmp(kind, "destroy_in_use") == 0 ? "an object"
	                                             : "memory";
}

static void read_row(const json_t *json, struct labels *labels, struct evidence *row)
{
	const char *kind = string_of(json, "kind");
	row->frame_count = read_frames(json_object_get(json, "frames"), row->frame);
	row->other_count = read_frames(json_object_get(json, "others"), row->other);
	uintptr_t object = (uintptr_t)number_of(json, "object"), site = row->frame_count ? row->frame[0] : 0;
	struct naming naming = {labels, "mutex", site, object, NULL};
	if (object)
		naming.described = describe_memory(labels, json, kind, site);
	if (object && !naming.described)
		naming.described = strdup(unnamed(kind));
	row->kind = strdup(kind);
	row->text = lines_readable(labels->lines, string_of(json, "text"), name_object, &naming);
	row->expected = strdup(string_of(json, "expected"));
	row->file = strdup(string_of(json, "file"));
	row->role = lines_readable(labels->lines, string_of(json, "role"), name_object, &naming);
	row->other_role = lines_readable(labels->lines, string_of(json, "other_role"), name_object, &naming);
	row->line = (unsigned)number_of(json, "line");
	free(naming.described);
}

/* ---- interleavings -------------------------------------------------------------------------- */

/* A step that the runtime made by itself has no line that anybody could look at. Programs may have files of the same
 * names: the folder tells. */
static bool of_the_runtime(const char *path)
{
	static const char *const files[] = {
	    "/grader/runtime/processes.c", "/grader/runtime/schedule.c", "/grader/runtime/threads.c",
	    "/grader/runtime/c11.c",       "/grader/host/program.c",     "/grader/host/run.c",
	    "/grader/vault/vault.c",       "/tests/support/kit.c",       "/tests/support/calls.c"};
	size_t length = strlen(path);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		size_t end = strlen(files[i]);
		if (length >= end && strcmp(path + length - end, files[i]) == 0)
			return true;
	}
	return strstr(path, "/grader/runtime/objects/") != NULL;
}

/* Pipes and sockets have numbers and names of their own. */
static bool is_of_a_pipe(enum change_kind kind)
{
	return kind == CHANGE_BYTES || kind == CHANGE_ENDS;
}

/* The number of the object among all that have names. */
static size_t id_of(const struct labels *labels, uintptr_t key)
{
	size_t i = 0;
	while (i < labels->count && labels->label[i].address != key)
		i++;
	return i;
}

static char *copy_unless_empty(const char *text)
{
	return *text ? strdup(text) : NULL;
}

static void name_changed(const json_t *from, struct labels *labels, struct change *change)
{
	const char *class = string_of(from, "class");
	uintptr_t key = (uintptr_t)number_of(from, "object"), site = (uintptr_t)number_of(from, "site");
	if (is_of_a_pipe(change->kind)) {
		change->id = (size_t)key;
		change->object = change->text;
		change->text = NULL;
		return;
	}
	const char *object = key && *class ? label_of(labels, key, class, site) : NULL;
	change->object = object ? strdup(object) : NULL;
	change->id = object ? id_of(labels, key) : 0;
	change->class = object ? strdup(class) : NULL;
}

static void place_change(uintptr_t site, const struct labels *labels, struct change *change)
{
	struct line line;
	if (!site || !lines_find(labels->lines, site, &line) || of_the_runtime(line.path))
		return;
	change->file = strdup(line.file);
	change->line = line.line;
}

static void read_changes(const json_t *changes, struct labels *labels, struct interleaving *result)
{
	result->change = zeroed(json_array_size(changes) + 1, sizeof *result->change);
	for (size_t i = 0; i < json_array_size(changes); i++) {
		const json_t *from = json_array_get(changes, i);
		struct change *change = &result->change[result->change_count];
		long long thread = number_of(from, "thread");
		change->kind = (enum change_kind)number_of(from, "kind");
		if (change->kind > CHANGE_CHILD || thread >= (long long)result->lane_count ||
		    (size_t)number_of(from, "step") >= result->step_count)
			continue;
		result->change_count++;
		change->step = (size_t)number_of(from, "step");
		change->lane = thread < 0 ? NO_LANE : (size_t)thread; /* what is so of a thread is so whichever task it runs */
		change->value = (long)number_of(from, "value");
		change->text = copy_unless_empty(string_of(from, "text"));
		name_changed(from, labels, change);
		place_change((uintptr_t)number_of(from, "site"), labels, change);
	}
}

/* Contexts that a thread goes to by itself (makecontext(3)). They have lanes behind those of all threads, so that the
 * number of a thread is that of its lane. */
enum { TASK_LANES = 16 /* the steps of others are in the lane of their thread */ };

struct task_lanes {
	struct {
		size_t thread;
		long long task;
	} lane[TASK_LANES];
	size_t count;
};

static size_t find_task(const struct task_lanes *lanes, const json_t *step)
{
	size_t i = 0;
	while (i < lanes->count &&
	       (lanes->lane[i].thread != (size_t)number_of(step, "lane") || lanes->lane[i].task != number_of(step, "task")))
		i++;
	return i;
}

/* Before those of later threads, and of later tasks of the same one. */
static void add_task(struct task_lanes *lanes, size_t thread, long long task)
{
	size_t i = lanes->count++;
	for (; i && (lanes->lane[i - 1].thread > thread ||
	             (lanes->lane[i - 1].thread == thread && lanes->lane[i - 1].task > task));
	     i--)
		lanes->lane[i] = lanes->lane[i - 1];
	lanes->lane[i].thread = thread;
	lanes->lane[i].task = task;
}

static struct task_lanes tasks_of(const json_t *steps, size_t threads)
{
	struct task_lanes lanes = {0};
	size_t i;
	json_t *step;
	json_array_foreach(steps, i, step)
	{
		size_t thread = (size_t)number_of(step, "lane");
		if (json_object_get(step, "task") && thread < threads && lanes.count < TASK_LANES &&
		    find_task(&lanes, step) == lanes.count)
			add_task(&lanes, thread, number_of(step, "task"));
	}
	return lanes;
}

static size_t lane_of(const json_t *step, const struct task_lanes *tasks, size_t threads)
{
	size_t task = json_object_get(step, "task") ? find_task(tasks, step) : tasks->count;
	return task < tasks->count ? threads + task : (size_t)number_of(step, "lane");
}

static void name_lanes(struct interleaving *result, const json_t *threads, const struct task_lanes *tasks)
{
	result->lane = zeroed(json_array_size(threads) + tasks->count + 1, sizeof *result->lane);
	for (size_t i = 0; i < json_array_size(threads); i++) {
		const char *name = json_string_value(json_array_get(threads, i));
		result->lane[result->lane_count++] = strdup(name ? name : "?");
	}
	for (size_t i = 0; i < tasks->count; i++)
		result->lane[result->lane_count++] =
		    format("%s · task %lld", result->lane[tasks->lane[i].thread], tasks->lane[i].task);
}

static struct interleaving *read_steps(const json_t *json, struct labels *labels, const char *outcome)
{
	const json_t *lanes = json_object_get(json, "lanes"), *steps = json_object_get(json, "steps");
	struct task_lanes tasks = tasks_of(steps, json_array_size(lanes));
	struct interleaving *result = zeroed(1, sizeof *result);
	result->step = zeroed(json_array_size(steps) + 1, sizeof *result->step);
	name_lanes(result, lanes, &tasks);
	for (size_t i = 0; i < json_array_size(steps); i++) {
		const json_t *from = json_array_get(steps, i);
		struct step *step = &result->step[result->step_count];
		step->lane = lane_of(from, &tasks, json_array_size(lanes));
		step->kind = (enum step_kind)number_of(from, "kind");
		if (step->lane >= result->lane_count || step->kind > STEP_FAIL)
			continue;
		result->step_count++;
		struct line line;
		uintptr_t site = (uintptr_t)number_of(from, "site");
		if (lines_find(labels->lines, site, &line) && !of_the_runtime(line.path)) {
			step->file = strdup(line.file);
			step->line = line.line;
			step->code = code_of(labels->sources, labels->source_count, line.file, line.line);
		}
		const char *operation = string_of(from, "op");
		step->operation = strdup(operation);
		const char *effect = string_of(from, "effect");
		const char *class = string_of(from, "class");
		const char *object = *class ? label_of(labels, (uintptr_t)number_of(from, "object"), class, site) : NULL;
		step->object = object ? strdup(object) : NULL;
		struct naming naming = {labels, class, site, 0, NULL};
		step->effect = *effect ? lines_readable(labels->lines, effect, name_object, &naming) : NULL;
		step->switched = json_is_true(json_object_get(from, "switched"));
		step->spurious = json_is_true(json_object_get(from, "spurious"));
		result->switches += step->switched;
	}
	result->outcome = strdup(outcome);
	/* A change is of a step by its number: all of them must be there. */
	if (result->step_count == json_array_size(steps))
		read_changes(json_object_get(json, "changes"), labels, result);
	return result;
}

/* ---- reading -------------------------------------------------------------------------------- */

/* A thread that wakes up without a signal, and has the lock again before anybody else had it, finds everything as it
 * was when it decided to wait: in a loop it decides the same again. `at` is the step of its waking up. */
static bool goes_on_unchanged(const struct interleaving *interleaving, size_t at)
{
	const struct step *woken = &interleaving->step[at];
	bool locked = false;
	for (size_t i = at + 1; i < interleaving->step_count; i++) {
		const struct step *step = &interleaving->step[i];
		if (step->lane != woken->lane && !locked && step->kind == STEP_ACQUIRE)
			return false;
		if (step->lane != woken->lane || step->kind == STEP_PLAIN)
			continue;
		if (locked)
			return step->line != woken->line || step->kind != STEP_RELEASE; /* else it waits again */
		locked = step->kind == STEP_ACQUIRE;
	}
	return false;
}

/* A wait that ended without a signal is what the failure needs: a schedule whose preemptions are all needed has no
 * other ones. The step is marked. */
static void tell_spurious(struct discovery *discovery)
{
	struct interleaving *interleaving = discovery->interleaving;
	for (size_t i = 0; i < interleaving->step_count; i++) {
		struct step *step = &interleaving->step[i];
		if (!step->spurious)
			continue;
		step->kind = STEP_FAIL;
		if (discovery->needed && !discovery->no_loop && step->file && goes_on_unchanged(interleaving, i))
			discovery->no_loop = step;
		if (!discovery->by_itself)
			discovery->by_itself =
			    format("%s woke up without a signal, as POSIX allows%s", interleaving->lane[step->lane],
			           discovery->no_loop ? ", and did not look again whether what it waits for is true" : "");
	}
}

static void read_discovery(const json_t *json, struct lines *lines, const struct source_text *sources,
                           size_t source_count, struct discovery *discovery)
{
	const json_t *evidence = json_object_get(json, "evidence");
	struct labels *labels = zeroed(1, sizeof *labels);
	*labels = (struct labels){
	    .lines = lines, .sources = sources, .source_count = source_count, .objects = json_object_get(json, "objects")};
	discovery->row = zeroed(json_array_size(evidence) + 1, sizeof *discovery->row);
	for (size_t i = 0; i < json_array_size(evidence); i++)
		read_row(json_array_get(evidence, i), labels, &discovery->row[discovery->row_count++]);
	discovery->status = strdup(string_of(json, "status"));
	discovery->token = strdup(string_of(json, "token"));
	discovery->chosen = strdup(string_of(json, "chosen"));
	discovery->switches = (unsigned)number_of(json, "switches");
	discovery->needed = json_is_true(json_object_get(json, "needed"));
	discovery->minimal = json_is_true(json_object_get(json, "minimal"));
	discovery->replays = json_is_true(json_object_get(json, "replays"));
	discovery->too_long = json_is_true(json_object_get(json, "too_long"));
	discovery->schedule = (unsigned long long)number_of(json, "schedule");
	const char *kind = discovery->row_count ? discovery->row[0].kind : "pass";
	discovery->kind = strdup(strcmp(kind, "stuck") == 0 ? "hang" : strcmp(kind, "unexplained") == 0 ? "crash" : kind);
	const char *outcome = discovery->row_count ? discovery->row[0].text : "nothing goes wrong";
	discovery->interleaving = read_steps(json, labels, outcome);
	if (discovery->row_count)
		tell_spurious(discovery);
	free(labels);
}

/* What the program leaves at its end. */
static void read_notes(const json_t *json, struct lines *lines, const struct source_text *sources, size_t source_count,
                       struct exploration *exploration)
{
	const json_t *notes = json_object_get(json, "notes");
	struct labels *labels = zeroed(1, sizeof *labels);
	*labels = (struct labels){.lines = lines,
	                          .sources = sources,
	                          .source_count = source_count,
	                          .objects = json_object_get(json_object_get(json, "left"), "objects")};
	exploration->note = zeroed(json_array_size(notes) + 1, sizeof *exploration->note);
	for (size_t i = 0; i < json_array_size(notes); i++)
		read_row(json_array_get(notes, i), labels, &exploration->note[exploration->note_count++]);
	free(labels);
}

static bool same_line(struct lines *lines, uintptr_t a, uintptr_t b)
{
	struct line x, y;
	bool known = lines_find(lines, a, &x), other = lines_find(lines, b, &y);
	return known && other && x.line == y.line && strcmp(x.file, y.file) == 0;
}

/* Two races of the same two lines are one: `count++` alone makes two of them. */
static bool same_race(struct lines *lines, const struct discovery *a, const struct discovery *b)
{
	if (!a->row_count || !b->row_count || strcmp(a->kind, b->kind) != 0 || !a->row[0].other_count ||
	    !b->row[0].other_count)
		return false;
	const struct evidence *x = &a->row[0], *y = &b->row[0];
	return (same_line(lines, x->frame[0], y->frame[0]) && same_line(lines, x->other[0], y->other[0])) ||
	       (same_line(lines, x->frame[0], y->other[0]) && same_line(lines, x->other[0], y->frame[0]));
}

static void discovery_clear(struct discovery *discovery)
{
	for (size_t i = 0; i < discovery->row_count; i++)
		evidence_clear(&discovery->row[i]);
	free(discovery->row);
	free(discovery->kind);
	free(discovery->status);
	free(discovery->token);
	free(discovery->chosen);
	free(discovery->by_itself);
	interleaving_free(discovery->interleaving);
	*discovery = (struct discovery){0};
}

static enum search_verdict read_verdict(const char *verdict)
{
	static const char *const names[] = {[SEARCH_NONE_FAILS] = "none_fails",
	                                    [SEARCH_FOUND] = "found",
	                                    [SEARCH_NOT_EXPLORED] = "not_explored",
	                                    [SEARCH_STOPPED] = "stopped"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i], verdict) == 0)
			return (enum search_verdict)i;
	return SEARCH_NOT_EXPLORED;
}

bool exploration_agrees(const struct exploration *exploration)
{
	bool shown = false;
	for (size_t i = 0; i < exploration->discovery_count; i++)
		shown |= exploration->discovery[i].row_count > 0;
	return shown == (exploration->verdict == SEARCH_FOUND) &&
	       (exploration->explored.why_not != NULL) == (exploration->verdict == SEARCH_NOT_EXPLORED) &&
	       (exploration->verdict != SEARCH_STOPPED || exploration->explored.stopped_s);
}

static void read_exploration(const json_t *json, struct lines *lines, const struct source_text *sources,
                             size_t source_count, struct exploration *exploration)
{
	const json_t *explore = json_object_get(json, "explore"), *found = json_object_get(json, "found");
	exploration->test = strdup(string_of(json, "test"));
	exploration->status = strdup(string_of(json, "status"));
	exploration->ms = (int)number_of(json, "ms");
	exploration->hash = strdup(string_of(explore, "hash"));
	exploration->points = (unsigned long long)number_of(explore, "points");
	exploration->threads = (int)number_of(explore, "threads");
	struct explored *explored = &exploration->explored;
	const char *why_not = explore ? string_of(explore, "why_not") : "it was not run";
	const char *unsteady = string_of(explore, "unsteady");
	exploration->verdict = read_verdict(string_of(explore, "verdict"));
	enum search_verdict behind = read_verdict(string_of(json, "behind"));
	exploration->behind = behind == SEARCH_NONE_FAILS || behind == SEARCH_FOUND;
	exploration->unsteady = *unsteady ? lines_readable(lines, unsteady, NULL, NULL) : NULL;
	*explored =
	    (struct explored){.known = true,
	                      .why_not = *why_not ? lines_readable(lines, why_not, NULL, NULL) : NULL,
	                      .strategy = strdup(string_of(explore, "strategy")),
	                      .seed = (unsigned long long)number_of(explore, "seed"),
	                      .schedules = (unsigned long long)number_of(explore, "schedules"),
	                      .bound_schedules = (unsigned long long)number_of(explore, "bound_schedules"),
	                      .bound = explore ? (int)number_of(explore, "bound") : -1,
	                      .exhausted = json_is_true(json_object_get(explore, "exhausted")),
	                      .found = exploration->verdict == SEARCH_FOUND,
	                      .stopped_s = (unsigned)number_of(explore, "stopped_s"),
	                      .concurrent = exploration->threads > 1 || json_is_true(json_object_get(explore, "chooses")),
	                      .weaker = json_is_true(json_object_get(explore, "weaker_atomics")),
	                      .handlers = json_is_true(json_object_get(explore, "handlers")),
	                      .gated = json_is_true(json_object_get(explore, "gated"))};
	read_notes(json, lines, sources, source_count, exploration);
	exploration->discovery = zeroed(json_array_size(found) + 1, sizeof *exploration->discovery);
	for (size_t i = 0; i < json_array_size(found); i++) {
		struct discovery *discovery = &exploration->discovery[exploration->discovery_count];
		read_discovery(json_array_get(found, i), lines, sources, source_count, discovery);
		bool known = false;
		for (size_t d = 0; d < exploration->discovery_count; d++)
			known |= same_race(lines, &exploration->discovery[d], discovery);
		if (known)
			discovery_clear(discovery);
		else
			exploration->discovery_count++;
	}
}

void explorations_read(struct explorations *explorations, const char *path, struct lines *lines,
                       const struct source_text *sources, size_t source_count)
{
	char *text = file_read(path, 256 << 20, NULL, NULL), *rest = text;
	explorations->begun = explorations->begun || (text && *text);
	for (char *line; rest && (line = strsep(&rest, "\n"));) {
		json_t *json = json_loads(line, 0, NULL);
		if (json && json_is_object(json)) {
			explorations->item =
			    must(reallocarray(explorations->item, explorations->count + 1, sizeof *explorations->item));
			explorations->item[explorations->count] = (struct exploration){0};
			read_exploration(json, lines, sources, source_count, &explorations->item[explorations->count++]);
		}
		json_decref(json);
	}
	free(text);
}

void explorations_free(struct explorations *explorations)
{
	for (size_t i = 0; i < explorations->count; i++) {
		struct exploration *exploration = &explorations->item[i];
		for (size_t d = 0; d < exploration->discovery_count; d++)
			discovery_clear(&exploration->discovery[d]);
		for (size_t n = 0; n < exploration->note_count; n++)
			evidence_clear(&exploration->note[n]);
		free(exploration->note);
		free(exploration->discovery);
		free(exploration->test);
		free(exploration->status);
		free(exploration->explored.strategy);
		free(exploration->explored.why_not);
		free(exploration->hash);
		free(exploration->unsteady);
	}
	free(explorations->item);
	*explorations = (struct explorations){0};
}

/* ---- words ---------------------------------------------------------------------------------- */

char *discovery_needs(const struct discovery *discovery)
{
	const char *fewest = discovery->minimal ? "" : "at most ";
	bool alone = discovery->interleaving && discovery->interleaving->lane_count < 2;
	if (discovery->switches == 0 && (alone || strcmp(discovery->token, "0") == 0))
		return format("needs no preemption");
	if (discovery->switches == 0)
		return format("needs no preemption: the order in which blocked threads resume is enough");
	return format("needs %s%u switch%s", fewest, discovery->switches, discovery->switches == 1 ? "" : "es");
}

char *token_of(const char *test, const char *schedule, const char *mark)
{
	return format("%s@%s@%.6s", test, schedule, mark);
}

bool token_read(const char *token, char **test, char **schedule, char **mark)
{
	const char *first = strchr(token, '@'), *second = first ? strchr(first + 1, '@') : NULL;
	if (!first || first == token || !first[1])
		return false;
	size_t length = second ? (size_t)(second - first - 1) : strlen(first + 1);
	if (strspn(first + 1, "0123456789abcdefr.,+") < length)
		return false;
	*test = strndup(token, (size_t)(first - token));
	*schedule = strndup(first + 1, length);
	*mark = second ? strdup(second + 1) : NULL;
	return true;
}
