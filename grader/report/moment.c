/* moment.c - see moment.h. What is so is what the last change of each thing says. */
#include "moment.h"

#include "../file.h"
#include "../memory.h"
#include "columns.h"
#include "steps.h"

#include <stdlib.h>
#include <string.h>

enum { INDENT = 2, HEAD = 14, HANG = 2, READ_END = 1, WRITE_END = 2, SOCKET = 4 };

struct moment {
	FILE *out;
	const struct interleaving *interleaving;
	size_t count; /* of the changes up to the step */
	bool colour;
	unsigned width;
	const char *head; /* of the next row; "" after the first of a section */
};

/* ---- rows ----------------------------------------------------------------------------------- */

/* Frees `text`. */
static void put_row(struct moment *moment, char *text)
{
	unsigned column = INDENT + HEAD;
	char *safe = without_orders(text), *line;
	const char *rest = safe;

	fprintf(moment->out, "%*s%s%-*s%s", INDENT, "", moment->colour ? "\033[2m" : "", HEAD, moment->head,
	        moment->colour ? "\033[0m" : "");
	for (bool first = true; (line = next_line(&rest, moment->width - column - (first ? 0 : HANG))); first = false) {
		line = without_orders(line);
		fprintf(moment->out, "%s%*s%s", first ? "" : "\n", first ? 0 : (int)column + HANG, "", line);
		free(line);
	}
	fputc('\n', moment->out);
	moment->head = "";
	free(safe);
}

/* "a" and "b" are "a, b". */
static void add_to(char **list, char *text)
{
	char *longer = *list ? format("%s, %s", *list, text) : format("%s", text);

	free(text);
	free(*list);
	*list = longer;
}

/* ---- the last word -------------------------------------------------------------------------- */

static bool is_of(const struct change *change, enum change_kind kind, size_t id, size_t lane)
{
	bool by_lane = kind == CHANGE_WAITER || kind == CHANGE_ENDS || kind == CHANGE_CHILD;
	bool by_id = kind != CHANGE_WAITER && kind != CHANGE_CHILD;

	return change->kind == kind && (!by_lane || change->lane == lane) && (!by_id || change->id == id);
}

static const struct change *last_of(const struct moment *moment, enum change_kind kind, size_t id, size_t lane)
{
	for (size_t i = moment->count; i-- > 0;)
		if (is_of(&moment->interleaving->change[i], kind, id, lane))
			return &moment->interleaving->change[i];
	return NULL;
}

/* The change is the first of its object among those that `wanted` takes: the object has its row there. */
static bool is_first(const struct moment *moment, size_t at, bool wanted(const struct change *))
{
	const struct change *change = &moment->interleaving->change[at];

	if (!wanted(change))
		return false;
	for (size_t i = 0; i < at; i++)
		if (wanted(&moment->interleaving->change[i]) && moment->interleaving->change[i].id == change->id)
			return false;
	return true;
}

/* How `lane` waits, or NULL. */
static const struct change *wait_of(const struct moment *moment, size_t lane)
{
	const struct change *wait = last_of(moment, CHANGE_WAITER, 0, lane);

	return wait && (wait->object || wait->text) ? wait : NULL;
}

static char *since(const struct change *change, const char *word)
{
	char *file = visible(change->file);
	char *text = change->file && change->line ? format("%s%s:%u", word, file, change->line) : format("%s", "");

	free(file);
	return text;
}

/* "thread 4, thread 5", or NULL: those who wait for the object. */
static char *waiters_of(const struct moment *moment, size_t id)
{
	char *list = NULL;

	for (size_t lane = 0; lane < moment->interleaving->lane_count; lane++) {
		const struct change *wait = wait_of(moment, lane);
		if (!wait || !wait->object || wait->id != id)
			continue;
		char *name = step_lane(moment->interleaving, lane), *place = since(wait, " at ");
		add_to(&list, format("%s%s", name, place));
		free(place);
		free(name);
	}
	return list;
}

/* ---- sections ------------------------------------------------------------------------------- */

static bool is_lock(const struct change *change)
{
	return change->kind == CHANGE_HOLDER && change->object;
}

static bool is_condition(const struct change *change)
{
	return change->kind == CHANGE_WAITER && change->object && change->class &&
	       (strcmp(change->class, "condition") == 0 || strcmp(change->class, "barrier") == 0);
}

static bool is_semaphore(const struct change *change)
{
	return change->kind == CHANGE_VALUE && change->class && strcmp(change->class, "semaphore") == 0;
}

static bool is_variable(const struct change *change)
{
	return change->kind == CHANGE_VALUE && change->object && !is_semaphore(change);
}

static bool is_channel(const struct change *change)
{
	return (change->kind == CHANGE_BYTES || change->kind == CHANGE_ENDS) && change->object;
}

static char *holder_words(const struct moment *moment, const struct change *change)
{
	if (change->lane == NO_LANE)
		return change->value ? format("held by %ld %s", change->value, change->value == 1 ? "reader" : "readers")
		                     : format("free");
	char *name = step_lane(moment->interleaving, change->lane), *place = since(change, " since ");
	char *words = format("held by %s%s", name, place);

	free(place);
	free(name);
	return words;
}

/* "NAME: STATE; waiting: LIST". Frees `state`. */
static void put_object(struct moment *moment, const struct change *change, char *state)
{
	char *name = visible(change->object), *waiting = waiters_of(moment, change->id);
	const char *between = state && waiting ? "; " : "";

	put_row(moment, format("%s: %s%s%s%s", name,
	                       state     ? state
	                       : waiting ? ""
	                                 : "nobody waits",
	                       between, waiting ? "waiting: " : "", waiting ? waiting : ""));
	free(waiting);
	free(name);
	free(state);
}

/* Nobody holds it, and nobody waits for it. */
static bool is_free(const struct moment *moment, const struct change *first)
{
	const struct change *holder = last_of(moment, CHANGE_HOLDER, first->id, 0);
	char *waiting = waiters_of(moment, first->id);
	bool free_now = holder->lane == NO_LANE && !holder->value && !waiting;

	free(waiting);
	return free_now;
}

static void put_lock(struct moment *moment, const struct change *first)
{
	if (!is_free(moment, first))
		put_object(moment, first, holder_words(moment, last_of(moment, CHANGE_HOLDER, first->id, 0)));
}

/* All of them in one row. */
static void put_free_locks(struct moment *moment)
{
	char *list = NULL;

	for (size_t i = 0; i < moment->count; i++)
		if (is_first(moment, i, is_lock) && is_free(moment, &moment->interleaving->change[i]))
			add_to(&list, visible(moment->interleaving->change[i].object));
	if (list)
		put_row(moment, format("free: %s", list));
	free(list);
}

static void put_condition(struct moment *moment, const struct change *first)
{
	put_object(moment, first, NULL);
}

static void put_semaphore(struct moment *moment, const struct change *first)
{
	put_object(moment, first, visible(last_of(moment, CHANGE_VALUE, first->id, 0)->text));
}

static void put_variable(struct moment *moment, const struct change *first)
{
	char *name = visible(first->object), *value = visible(last_of(moment, CHANGE_VALUE, first->id, 0)->text);

	put_row(moment, format("%s = %s", name, value));
	free(value);
	free(name);
}

/* Those who have that end open, or NULL. */
static char *ends_open(const struct moment *moment, size_t id, long end)
{
	char *list = NULL;

	for (size_t lane = 0; lane < moment->interleaving->lane_count; lane++) {
		const struct change *ends = last_of(moment, CHANGE_ENDS, id, lane);
		if (ends && ends->value & end)
			add_to(&list, step_lane(moment->interleaving, lane));
	}
	return list;
}

/* Bytes that can be read there. */
static long bytes_in(const struct moment *moment, size_t id)
{
	const struct change *bytes = last_of(moment, CHANGE_BYTES, id, 0);

	return bytes ? bytes->value : 0;
}

/* Somebody waits for bytes there, and there are none. */
static bool has_reader_waiting(const struct moment *moment, size_t id)
{
	for (size_t lane = 0; lane < moment->interleaving->lane_count && !bytes_in(moment, id); lane++) {
		const struct change *wait = wait_of(moment, lane);
		if (wait && wait->text && strcmp(wait->text, "bytes") == 0 && wait->value == (long)id)
			return true;
	}
	return false;
}

/* "main thread, keeps a reader waiting". Frees `open`. */
static char *writers_words(char *open, bool keeps)
{
	char *words = format("%s%s", open ? open : "closed", open && keeps ? ", keeps a reader waiting" : "");

	free(open);
	return words;
}

static char *pipe_ends(const struct moment *moment, size_t id)
{
	char *readers = ends_open(moment, id, READ_END),
	     *writers = writers_words(ends_open(moment, id, WRITE_END), has_reader_waiting(moment, id));
	char *words = format("read end: %s; write end: %s", readers ? readers : "closed", writers);

	free(writers);
	free(readers);
	return words;
}

static bool is_socket(const struct moment *moment, size_t id)
{
	for (size_t i = 0; i < moment->count; i++)
		if (moment->interleaving->change[i].kind == CHANGE_ENDS && moment->interleaving->change[i].id == id)
			return (moment->interleaving->change[i].value & ~SOCKET) == 0;
	return false;
}

static bool is_gone(const struct moment *moment, size_t id)
{
	char *open = ends_open(moment, id, READ_END | WRITE_END | SOCKET);
	bool gone = !open && !bytes_in(moment, id);

	free(open);
	return gone;
}

static void put_channel(struct moment *moment, const struct change *first)
{
	size_t id = first->id;
	long bytes = bytes_in(moment, id);
	if (is_gone(moment, id))
		return;
	char *name = visible(first->object),
	     *ends = is_socket(moment, id)
	                 ? writers_words(ends_open(moment, id, SOCKET), has_reader_waiting(moment, id ^ 1))
	                 : pipe_ends(moment, id);

	put_row(moment, format("%s: %ld %s to be read; %s%s", name, bytes, bytes == 1 ? "byte" : "bytes",
	                       is_socket(moment, id) ? "open in: " : "", ends));
	free(ends);
	free(name);
}

static void put_section(struct moment *moment, const char *head, bool wanted(const struct change *),
                        void put(struct moment *, const struct change *))
{
	moment->head = head;
	for (size_t i = 0; i < moment->count; i++)
		if (is_first(moment, i, wanted))
			put(moment, &moment->interleaving->change[i]);
}

static void put_other_waits(struct moment *moment)
{
	moment->head = "also waiting";
	for (size_t lane = 0; lane < moment->interleaving->lane_count; lane++) {
		const struct change *wait = wait_of(moment, lane);
		if (!wait || wait->object || !wait->text)
			continue;
		char *name = step_lane(moment->interleaving, lane), *what = visible(wait->text), *place = since(wait, " at ");
		put_row(moment, format("%s for %s%s", name, what, place));
		free(place);
		free(what);
		free(name);
	}
}

static void put_children(struct moment *moment)
{
	static const char *const words[] = {"runs", "has ended, not waited for", "has ended, waited for"};

	moment->head = "children";
	for (size_t lane = 0; lane < moment->interleaving->lane_count; lane++) {
		const struct change *child = last_of(moment, CHANGE_CHILD, 0, lane);
		if (!child || (size_t)child->value >= sizeof words / sizeof *words)
			continue;
		char *name = step_lane(moment->interleaving, lane);
		put_row(moment, format("%s %s", name, words[child->value]));
		free(name);
	}
}

void moment_print(FILE *out, const struct interleaving *interleaving, size_t at, bool colour, unsigned width)
{
	struct moment moment = {.out = out, .interleaving = interleaving, .colour = colour, .width = width};

	while (moment.count < interleaving->change_count && interleaving->change[moment.count].step <= at)
		moment.count++;
	if (!moment.count)
		return;
	fprintf(out, "\n%safter step %zu:%s\n", colour ? "\033[1m" : "", at + 1, colour ? "\033[0m" : "");
	put_section(&moment, "variables", is_variable, put_variable);
	put_section(&moment, "locks", is_lock, put_lock);
	put_free_locks(&moment);
	put_section(&moment, "conditions", is_condition, put_condition);
	put_section(&moment, "semaphores", is_semaphore, put_semaphore);
	put_section(&moment, "pipes", is_channel, put_channel);
	put_other_waits(&moment);
	put_children(&moment);
}
