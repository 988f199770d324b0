/* exploration.c - reads what the host wrote of a search, and puts it into words: lines, names of objects, tokens. */
#include "exploration.h"
#include "../memory.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { LABELS = 64 };

/* What objects are called in one interleaving. */
struct labels {
	struct lines *lines;
	struct {
		uintptr_t address;
		char name[64];
	} label[LABELS];
	size_t count;
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

static const char *class_of(const char *operation)
{
	static const char *const table[][2] = {{"read-lock", "rwlock"},
	                                       {"write-lock", "rwlock"},
	                                       {"spin-", "spinlock"},
	                                       {"lock", "mutex"},
	                                       {"unlock", "mutex"},
	                                       {"try to lock", "mutex"},
	                                       {"wait for a signal", "condition"},
	                                       {"signal", "condition"},
	                                       {"broadcast", "condition"},
	                                       {"sem_", "semaphore"},
	                                       {"barrier", "barrier"},
	                                       {"pthread_once", "once"}};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (strncmp(operation, table[i][0], strlen(table[i][0])) == 0)
			return table[i][1];
	return "memory";
}

/* A wait says for what: "for a mutex, which ...". */
static const char *waited_for(const char *effect)
{
	static const char *const table[][2] = {
	    {"condition", "signal"}, {"semaphore", "sem_"},  {"read-write", "read-lock"},
	    {"spinlock", "spin-"},   {"barrier", "barrier"}, {"pthread_once", "pthread_once"},
	    {"mutex", "lock"}};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (strstr(effect, table[i][0]))
			return table[i][1];
	return "";
}

static const char *label_of(struct labels *labels, uintptr_t key, const char *operation)
{
	key &= INT64_MAX;                         /* the top bit is for names */
	uintptr_t address = key & 0xffffffffffff; /* above: the process, where memory is private */
	unsigned number = 1;
	if (address < 4096)
		return NULL;
	for (size_t i = 0; i < labels->count; i++)
		if (labels->label[i].address == key)
			return labels->label[i].name;
	if (labels->count == LABELS)
		return "an object";
	char *name = labels->label[labels->count].name;
	size_t size = sizeof labels->label[0].name;
	const char *class = class_of(operation);
	if (!lines_object(labels->lines, address, name, size)) {
		for (size_t i = 0; i < labels->count; i++)
			number += strncmp(labels->label[i].name, class, strlen(class)) == 0;
		snprintf(name, size, "%s %u", class, number);
	}
	labels->label[labels->count++].address = key;
	return name;
}

/* Whose names: those of the interleaving, and what is done to the objects where the text stands. */
struct naming {
	struct labels *labels;
	const char *operation;
};

static const char *name_object(void *context, uintptr_t key)
{
	const struct naming *naming = context;
	return label_of(naming->labels, key, naming->operation);
}

/* ---- evidence ------------------------------------------------------------------------------- */

static size_t read_frames(const json_t *array, uintptr_t frame[])
{
	size_t count = 0;
	for (size_t i = 0; i < json_array_size(array) && i < MAX_FRAMES; i++)
		frame[count++] = (uintptr_t)json_integer_value(json_array_get(array, i));
	return count;
}

static void read_row(const json_t *json, struct lines *lines, struct evidence *row)
{
	row->kind = strdup(string_of(json, "kind"));
	row->text = lines_readable(lines, string_of(json, "text"), NULL, NULL);
	row->expected = strdup(string_of(json, "expected"));
	row->file = strdup(string_of(json, "file"));
	row->role = lines_readable(lines, string_of(json, "role"), NULL, NULL);
	row->other_role = lines_readable(lines, string_of(json, "other_role"), NULL, NULL);
	row->line = (unsigned)number_of(json, "line");
	row->frame_count = read_frames(json_object_get(json, "frames"), row->frame);
	row->other_count = read_frames(json_object_get(json, "others"), row->other);
}

/* ---- interleavings -------------------------------------------------------------------------- */

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

/* A step that the runtime made by itself has no line that anybody could look at. Programs may have files of the same
 * names: the folder tells. */
static bool of_the_runtime(const char *path)
{
	static const char *const files[] = {
	    "/grader/explore/processes.c", "/grader/explore/schedule.c", "/grader/explore/threads.c",
	    "/grader/explore/locks.c",     "/grader/explore/c11.c",      "/grader/host/program.c",
	    "/grader/host/run.c",          "/tests/support/kit.c",       "/tests/support/calls.c"};
	size_t length = strlen(path);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		size_t end = strlen(files[i]);
		if (length >= end && strcmp(path + length - end, files[i]) == 0)
			return true;
	}
	return false;
}

static struct interleaving *read_steps(const json_t *json, struct lines *lines, const struct source_text *sources,
                                       size_t source_count, const char *outcome)
{
	const json_t *lanes = json_object_get(json, "lanes"), *steps = json_object_get(json, "steps");
	struct labels *labels = zeroed(1, sizeof *labels);
	struct interleaving *result = zeroed(1, sizeof *result);
	labels->lines = lines;
	result->lane = zeroed(json_array_size(lanes) + 1, sizeof *result->lane);
	result->step = zeroed(json_array_size(steps) + 1, sizeof *result->step);
	for (size_t i = 0; i < json_array_size(lanes); i++) {
		const char *name = json_string_value(json_array_get(lanes, i));
		result->lane[result->lane_count++] = strdup(name ? name : "?");
	}
	for (size_t i = 0; i < json_array_size(steps); i++) {
		const json_t *from = json_array_get(steps, i);
		struct step *step = &result->step[result->step_count];
		step->lane = (size_t)number_of(from, "lane");
		step->kind = (enum step_kind)number_of(from, "kind");
		if (step->lane >= result->lane_count || step->kind > STEP_FAIL)
			continue;
		result->step_count++;
		struct line line;
		if (lines_find(lines, (uintptr_t)number_of(from, "site"), &line) && !of_the_runtime(line.path)) {
			step->file = strdup(line.file);
			step->line = line.line;
			step->code = code_of(sources, source_count, line.file, line.line);
		}
		const char *operation = string_of(from, "op");
		step->operation = strdup(operation);
		const char *effect = string_of(from, "effect");
		const char *object = label_of(labels, (uintptr_t)number_of(from, "object"),
		                              strcmp(operation, "waits") == 0 ? waited_for(effect) : operation);
		step->object =
		    object && strcmp(operation, "start") != 0 && strcmp(operation, "end") != 0 && strcmp(operation, "join") != 0
		        ? strdup(object)
		        : NULL;
		step->effect = *effect ? lines_readable(lines, effect, name_object, &(struct naming){labels, operation}) : NULL;
		step->switched = json_is_true(json_object_get(from, "switched"));
		result->switches += step->switched;
	}
	result->outcome = strdup(outcome);
	free(labels);
	return result;
}

/* ---- reading -------------------------------------------------------------------------------- */

static void read_discovery(const json_t *json, struct lines *lines, const struct source_text *sources,
                           size_t source_count, struct discovery *discovery)
{
	const json_t *evidence = json_object_get(json, "evidence");
	discovery->row = zeroed(json_array_size(evidence) + 1, sizeof *discovery->row);
	for (size_t i = 0; i < json_array_size(evidence); i++)
		read_row(json_array_get(evidence, i), lines, &discovery->row[discovery->row_count++]);
	discovery->status = strdup(string_of(json, "status"));
	discovery->token = strdup(string_of(json, "token"));
	discovery->chosen = strdup(string_of(json, "chosen"));
	discovery->switches = (unsigned)number_of(json, "switches");
	discovery->minimal = json_is_true(json_object_get(json, "minimal"));
	discovery->replays = json_is_true(json_object_get(json, "replays"));
	discovery->schedule = (unsigned long long)number_of(json, "schedule");
	const char *kind = discovery->row_count ? discovery->row[0].kind : "pass";
	discovery->kind = strdup(strcmp(kind, "stuck") == 0 ? "hang" : strcmp(kind, "unexplained") == 0 ? "crash" : kind);
	const char *outcome = discovery->row_count ? discovery->row[0].text : "nothing goes wrong";
	discovery->interleaving = read_steps(json, lines, sources, source_count, outcome);
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
	interleaving_free(discovery->interleaving);
	*discovery = (struct discovery){0};
}

static enum search_verdict read_verdict(const json_t *explore)
{
	static const char *const names[] = {[SEARCH_NONE_FAILS] = "none_fails",
	                                    [SEARCH_FOUND] = "found",
	                                    [SEARCH_NOT_EXPLORED] = "not_explored",
	                                    [SEARCH_STOPPED] = "stopped"};
	const char *verdict = string_of(explore, "verdict");
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
	exploration->verdict = read_verdict(explore);
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
	                      .gated = json_is_true(json_object_get(explore, "gated"))};
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
	if (discovery->switches == 0)
		return format("needs no interruption: it is enough who goes first where a thread waits or ends");
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
