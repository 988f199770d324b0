/* search.c - the run's side of the search: options, decisions, the record of what happened. */
#include "../internal.h"

#include "../../finding/interleaving.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { STREAK = 500, TIMING_ODDS = 8, SPURIOUS_ODDS = 8 };

static const char *const op_names[OP_COUNT] = {
    [OP_NONE] = "step",
    [OP_CREATE] = "create thread",
    [OP_START] = "start",
    [OP_END] = "end",
    [OP_JOIN] = "join",
    [OP_DETACH] = "detach",
    [OP_LOCK] = "lock",
    [OP_TRYLOCK] = "try to lock",
    [OP_UNLOCK] = "unlock",
    [OP_READ_LOCK] = "read-lock",
    [OP_WRITE_LOCK] = "write-lock",
    [OP_RW_UNLOCK] = "unlock",
    [OP_SPIN_LOCK] = "spin-lock",
    [OP_SPIN_UNLOCK] = "spin-unlock",
    [OP_COND_WAIT] = "wait for a signal",
    [OP_SIGNAL] = "signal",
    [OP_BROADCAST] = "broadcast",
    [OP_SEM_WAIT] = "sem_wait",
    [OP_SEM_POST] = "sem_post",
    [OP_BARRIER] = "barrier",
    [OP_ONCE] = "pthread_once",
    [OP_DESTROY] = "destroy",
    [OP_FORK] = "fork",
    [OP_WAIT_CHILD] = "wait for a child",
    [OP_EXIT] = "exit",
    [OP_KILL] = "kill",
    [OP_GROUP] = "process group",
    [OP_STATE] = "state of the process",
    [OP_PIPE] = "create",
    [OP_OPEN] = "open",
    [OP_READ_FD] = "read from",
    [OP_WRITE_FD] = "write to",
    [OP_CLOSE] = "close",
    [OP_POLL] = "poll",
    [OP_SLEEP] = "sleep",
    [OP_YIELD] = "yield",
    [OP_CLOCK] = "read the clock",
    [OP_ATOMIC_LOAD] = "atomic load of",
    [OP_ATOMIC_STORE] = "atomic store to",
    [OP_ATOMIC_CHANGE] = "atomic change of",
    [OP_FENCE] = "fence",
    [OP_READ] = "read",
    [OP_WRITE] = "write",
    [OP_WAKE] = "goes on",
    [OP_WAITS] = "waits",
    [OP_TEST] = "test",
    [OP_CHOOSE] = "choice",
    [OP_EXEC] = "exec",
    [OP_AWAIT] = "wait for a signal",
    [OP_HANDLE] = "handler",
    [OP_BIND] = "bind",
    [OP_LISTEN] = "listen",
    [OP_CONNECT] = "connect to",
    [OP_ACCEPT] = "accept",
};

const char *rt_op_name(enum rt_op op)
{
	return op < OP_COUNT ? op_names[op] : "?";
}

enum rt_kind rt_op_kind(enum rt_op op)
{
	static const uint8_t kinds[OP_COUNT] = {
	    [OP_START] = KIND_THREAD,       [OP_END] = KIND_THREAD,           [OP_JOIN] = KIND_THREAD,
	    [OP_LOCK] = KIND_MUTEX,         [OP_TRYLOCK] = KIND_MUTEX,        [OP_UNLOCK] = KIND_MUTEX,
	    [OP_READ_LOCK] = KIND_RWLOCK,   [OP_WRITE_LOCK] = KIND_RWLOCK,    [OP_RW_UNLOCK] = KIND_RWLOCK,
	    [OP_SPIN_LOCK] = KIND_SPINLOCK, [OP_SPIN_UNLOCK] = KIND_SPINLOCK, [OP_COND_WAIT] = KIND_CONDITION,
	    [OP_SIGNAL] = KIND_CONDITION,   [OP_BROADCAST] = KIND_CONDITION,  [OP_SEM_WAIT] = KIND_SEMAPHORE,
	    [OP_SEM_POST] = KIND_SEMAPHORE, [OP_BARRIER] = KIND_BARRIER,      [OP_ONCE] = KIND_ONCE,
	};
	return kinds[op];
}

static uint64_t mix(uint64_t a, uint64_t b)
{
	uint64_t z = a * 0x9e3779b97f4a7c15 + b + 0x632be59bd9b4e019;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

uint64_t search_random(struct search *search)
{
	return splitmix64(&search->random);
}

/* ---- decisions ------------------------------------------------------------------------------ */

__attribute__((noinline)) void rt_decisive_switch(unsigned number, int from, int to)
{
	__asm__ volatile("" : : "r"(number), "r"(from), "r"(to) : "memory");
}

uint64_t search_number(const struct search *search, int thread)
{
	uint64_t before = (uint64_t)search->decided[thread] * SEARCH_RACY_NUMBERS;
	if (!search->at_racy_place)
		return before;
	unsigned times = search->passed[thread][search->racy_place] - 1U;
	return before + times * SEARCH_RACY + search->racy_place + 1;
}

static void count_decision(struct search *search)
{
	if (search->at_racy_place) {
		uint16_t *passed = &search->passed[rt_me][search->racy_place];
		*passed += *passed < UINT16_MAX;
		search->has_passed[rt_me] = true;
		return;
	}
	search->decided[rt_me]++;
	if (search->has_passed[rt_me])
		memset(search->passed[rt_me], 0, sizeof search->passed[rt_me]);
	search->has_passed[rt_me] = false;
}

/* Order of arrival: the default when the current thread cannot go on. */
static void add_others(struct moment *moment)
{
	size_t first = moment->count;
	for (int i = 0; i < WORLD->thread_count; i++) {
		const struct rt_thread *thread = &WORLD->thread[i];
		if ((i == moment->current && moment->can_go_on) || thread->state != RT_RUNNABLE)
			continue;
		size_t at = moment->count++;
		for (; at > first && WORLD->thread[moment->option[at - 1]].queued > thread->queued; at--)
			moment->option[at] = moment->option[at - 1];
		moment->option[at] = i;
	}
}

static void add_timeout(struct moment *moment)
{
	struct search *search = SEARCH;
	if (!moment->count || (!search->strategy->exhaustive && search_random(search) % TIMING_ODDS))
		return;
	int thread = rt_earliest_timed();
	if (thread == RT_NOBODY)
		return;
	moment->fires = (int)moment->count;
	moment->option[moment->count++] = thread;
}

/* Only decisions that are kept can be played again: a run that makes more goes on by default. */
static bool may_ask(void)
{
	struct search *search = SEARCH;
	if (search->decision_count < SEARCH_DECISIONS && search->deviations < SEARCH_DEVIATIONS)
		return true;
	search->limits |= OVER_DECISIONS;
	return false;
}

static size_t ask(const struct moment *moment, bool priced)
{
	struct search *search = SEARCH;
	size_t chosen = search->strategy->choose(search, moment);
	if (search->pruned)
		rt_end_test(RT_PRUNED);
	if (chosen >= moment->count)
		chosen = 0;
	int value = moment->option[chosen];
	search->hash = (search->hash ^ (uint64_t)(value + 1)) * 0x100000001b3;
	search->hash ^= search->hash >> 29;
	const struct decision decision = {.kind = (uint8_t)moment->kind,
	                                  .thread = (uint8_t)moment->current,
	                                  .count = (uint8_t)moment->count,
	                                  .chosen = (uint8_t)chosen,
	                                  .value = (uint8_t)value,
	                                  .fires = moment->fires < 0 ? 255 : (uint8_t)moment->fires,
	                                  .priced = priced,
	                                  .number = search_number(search, moment->current)};
	search->preemptions += decision_costs(&decision, chosen);
	search->decision[search->decision_count++] = decision;
	search->deviations += chosen != 0;
	return chosen;
}

static void note_switch(const struct moment *moment, size_t chosen)
{
	struct search *search = SEARCH;
	bool interrupts = moment->can_go_on && !moment->yields;
	if (!chosen || !search->recording || !(interrupts || (int)chosen == moment->fires))
		return;
	unsigned number = 1;
	for (size_t i = 0; i < search->step_count; i++)
		number += search->step[i].switched;
	rt_decisive_switch(number, moment->current, moment->option[chosen]);
	search->switch_due = true;
}

int search_next(bool can_go_on, bool yields)
{
	struct search *search = SEARCH;
	struct moment *moment = &search->moment;
	moment->kind = DECIDE_NEXT;
	moment->current = rt_me;
	moment->can_go_on = can_go_on;
	moment->fires = -1;
	moment->count = 0;
	count_decision(search);
	/* Nobody may starve, and in its second half a long run is fair: what then does not end, never does. Not at regular
	 * intervals: who polls under a lock would always be interrupted with the lock in its hands. */
	bool fair = search->steps > search->step_limit / 2;
	moment->yields = can_go_on && (yields || search->streak++ > STREAK || (fair && mix(search->steps, 0) % 50 == 0));
	if (moment->yields || !can_go_on)
		search->streak = mix(search->steps, 1) % 8;
	if (can_go_on && !moment->yields)
		moment->option[moment->count++] = rt_me;
	add_others(moment);
	if (moment->yields)
		moment->option[moment->count++] = rt_me;
	if (!fair)
		add_timeout(moment);
	if (!moment->count)
		return -1;
	search->overflow |= fair && moment->count > 1; /* there is more to choose than is tried */
	size_t chosen = moment->count > 1 && !fair && may_ask() ? ask(moment, can_go_on) : 0;
	note_switch(moment, chosen);
	if ((int)chosen == moment->fires)
		rt_fire(moment->option[chosen]);
	return moment->option[chosen];
}

int search_choose(enum decision_kind kind, const int option[], size_t count)
{
	struct search *search = SEARCH;
	struct moment *moment = &search->moment;
	moment->kind = kind;
	moment->current = rt_me;
	moment->can_go_on = moment->yields = false;
	moment->fires = -1;
	moment->count = count;
	count_decision(search);
	memcpy(moment->option, option, count * sizeof *option);
	bool fair = search->steps > search->step_limit / 2;
	search->overflow |= fair && count > 1;
	if (count < 2 || fair || !may_ask())
		return option[0];
	if (kind == DECIDE_SPURIOUS && !search->strategy->exhaustive && search_random(search) % SPURIOUS_ODDS)
		return option[0];
	return option[ask(moment, false)];
}

static bool has_site(const uintptr_t site[], unsigned count, uintptr_t wanted)
{
	for (unsigned i = 0; i < count; i++)
		if (site[i] == wanted)
			return true;
	return false;
}

/* One that always lasts takes part in the count of decisions all the same: a schedule means the same with and without.
 */
bool search_ends_wait(uintptr_t site)
{
	static const int options[] = {0, 1};
	struct search *search = SEARCH;
	bool lasts = has_site(search->lasting, search->lasting_count, site);
	if (!search_choose(DECIDE_SPURIOUS, options, lasts ? 1 : 2))
		return false;
	if (search->woken_count < SEARCH_WAITS && !has_site(search->woken, search->woken_count, site))
		search->woken[search->woken_count++] = site;
	return true;
}

/* ---- what happened -------------------------------------------------------------------------- */

void search_thread(int thread, int parent)
{
	struct search *search = SEARCH;
	search->parent[thread] = (uint8_t)(parent < 0 ? 0 : parent);
	search->priority[thread] = (1ull << 40) + (search_random(search) >> 25);
	search->lived[thread] = parent < 0 ? 1 : mix(search->lived[parent], search->points[parent] + 7);
	order_thread(thread, parent);
}

void search_arrive(enum rt_op op, uintptr_t object, bool write)
{
	struct search *search = SEARCH;
	search->at_racy_place = op == OP_READ || op == OP_WRITE;
	search->steps++;
	search->points[rt_me]++;
	/* A thread that came one point further is in another state, even if nothing took effect in between (a yield): else
	 * a run would be taken for one that was seen, by itself. */
	search->lived[rt_me] = mix(search->lived[rt_me], (uint64_t)op + OP_COUNT);
	search->pending[rt_me].object = object;
	search->pending[rt_me].op = (uint8_t)op;
	search->pending[rt_me].write = write;
	if (search->recording)
		search_place(object);
	if (search->steps > search->step_limit) {
		search->out_of_steps = true;
		rt_end_test(RT_HUNG);
	}
}

void search_learn(int thread, uint64_t value)
{
	SEARCH->lived[thread] = mix(SEARCH->lived[thread], value);
}

/* Does anything still change? In the fair half of a long run the pairs of address and value are counted that were not
 * seen before: a loop that gets nowhere goes through the same few again and again. */
void search_value(const volatile void *memory, uint64_t value)
{
	struct search *search = SEARCH;
	if (search->steps <= search->step_limit / 2 || search->news == SEARCH_NEWS)
		return;
	uint64_t key = mix((uintptr_t)memory, value) | 1;
	for (size_t probe = 0, at = key % (2 * SEARCH_NEWS); probe < 2 * SEARCH_NEWS;
	     probe++, at = (at + 1) % (2 * SEARCH_NEWS)) {
		if (search->value[at].run != search->run) {
			search->value[at].run = search->run;
			search->value[at].key = key;
			search->news++;
			return;
		}
		if (search->value[at].key == key)
			return;
	}
}

static struct search_step *new_step(enum rt_op op, uintptr_t object, uintptr_t site)
{
	struct search *search = SEARCH;
	if (search->step_count == SEARCH_STEPS)
		return NULL;
	if (search->state.settled != search->step_count)
		search_settle();
	struct search_step *step = &search->step[search->step_count++];
	*step = (struct search_step){.thread = (uint8_t)rt_me,
	                             .op = (uint8_t)op,
	                             .kind = STEP_PLAIN,
	                             .class = (uint8_t)rt_op_kind(op),
	                             .switched = search->switch_due,
	                             .object = object,
	                             .site = site};
	search->switch_due = false;
	search_place(object);
	return step;
}

static void trace(enum rt_op op, uintptr_t site)
{
	struct search *search = SEARCH;
	uint64_t step = (uint64_t)rt_me << 56 | (uint64_t)op << 48 | (site & 0xffffffffffff);
	uint32_t number = search->traced++;
	if (number >= SEARCH_TRACE)
		return;
	if (search->tracing == TRACE_KEEP) {
		search->trace[number] = step;
		return;
	}
	bool more = number >= search->trace_length;
	if (search->differs || (!more && search->trace[number] == step))
		return;
	search->differs = number + 1;
	search->differs_was = more ? 0 : search->trace[number] & 0xffffffffffff;
	search->differs_is = site;
}

/* A thread's history is its own operations, each with the history of the object that it found. Two runs in which all
 * threads have equal histories have come to the same state: they differ in the order of independent operations. */
void search_event(enum rt_op op, uintptr_t object, bool write, uintptr_t site)
{
	struct search *search = SEARCH;
	uint64_t *lived = &search->lived[rt_me];
	struct history *history = object ? order_history(object) : NULL;
	if (object && !history)
		search->limits |= OVER_OBJECTS;
	if (search->tracing != TRACE_NONE)
		trace(op, site);
	if (!history) {
		*lived = mix(*lived, op);
	} else if (write) {
		*lived = mix(mix(*lived, op), history->written + history->read);
		history->written = *lived;
		history->read = 0;
	} else {
		*lived = mix(mix(*lived, op), history->written);
		history->read += *lived;
	}
	if (search->recording && op != OP_NONE) /* a part of another step */
		new_step(op, object, site);
}

void search_blocks(enum rt_kind kind, uintptr_t object, uintptr_t site)
{
	SEARCH->at_racy_place = false;
	if (!SEARCH->recording)
		return;
	struct search_step *step = new_step(OP_WAITS, object, site);
	if (!step)
		return;
	step->kind = STEP_WAIT;
	step->class = (uint8_t)kind;
}

static struct search_step *last_step(void)
{
	struct search *search = SEARCH;
	for (size_t i = search->step_count; i-- > 0;)
		if (search->step[i].thread == rt_me)
			return &search->step[i];
	return NULL;
}

void search_effect(int kind, const char *text, ...)
{
	struct search_step *step = SEARCH && SEARCH->recording ? last_step() : NULL;
	if (!step)
		return;
	if (kind >= 0)
		step->kind = (uint8_t)kind;
	va_list args;
	va_start(args, text);
	int length = vsnprintf(step->effect, sizeof step->effect, text, args);
	rt_end_with_word(step->effect, sizeof step->effect, (size_t)length);
	va_end(args);
}

void search_spurious(void)
{
	struct search_step *step = exploring() && SEARCH->recording ? last_step() : NULL;
	if (step)
		step->spurious = true;
}

void search_replace(enum rt_op op, uintptr_t object)
{
	struct search_step *step = SEARCH && SEARCH->recording ? last_step() : NULL;
	if (!step)
		return;
	step->op = (uint8_t)op;
	step->class = (uint8_t)rt_op_kind(op);
	step->object = object;
}

/* A wait that never ends is told by itself. */
void search_end(void)
{
	struct search_step *step = SEARCH->recording && rt_me >= 0 ? last_step() : NULL;
	if (step && step->kind != STEP_WAIT)
		step->kind = STEP_FAIL;
}

void rt_note_failure(void)
{
	if (!exploring() || !active())
		return;
	rt_enter();
	search_event(OP_TEST, 0, false, 0);
	search_effect(STEP_FAIL, "an assertion of the test fails");
	rt_return();
}
