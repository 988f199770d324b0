/* order.c - happens-before by vector clocks, and who accessed which memory: data races, use after free.
 *
 * Flanagan, Freund, "FastTrack", PLDI 2009, with a few access records for each 8 bytes instead of one. All tables are
 * in memory that all processes of a run share and that outlives the run: a record of an older run is told by its
 * number, so nothing is cleared between runs. Accesses of one run never overlap in time, because only the thread with
 * the baton runs. */
#include "internal.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

enum {
	CELLS = 1 << 17,
	RECORDS = 4,
	CLOCKS = 1 << 12,
	CALLS = 1 << 14,
	CALL_DEPTH = 200,
	LOCKSETS = 250,
	LOCKS_HELD = 6,
	PROBES = 64,
	LONG_LOOP = 20000 /* accesses without a scheduling point, after which one is made */
};

struct record {
	uint32_t clock; /* of the thread, at the access; 0: no record */
	uint32_t pc;    /* programs are linked without PIE, below 4 GiB */
	uint32_t call;  /* who called */
	uint8_t thread, mask;
	uint8_t write : 1, atomic : 1, freed : 1, destroyed : 1, object : 1;
	uint8_t lockset;
};

struct cell {
	uintptr_t granule; /* address / 8, with the process where memory is private */
	uint64_t run;
	struct record record[RECORDS];
};

/* What a release left for those who acquire. */
struct clock {
	uintptr_t object;
	uint64_t run;
	uint32_t time[SEARCH_THREADS];
};

/* A chain of calls: the node's function was called at `pc` by the node `parent`. Node 0 is the bottom. */
struct call {
	uint32_t parent, depth;
	uintptr_t pc;
};

struct lockset {
	uint64_t run;
	unsigned count;
	struct {
		uintptr_t lock, site;
	} held[LOCKS_HELD];
};

struct order {
	uint32_t time[SEARCH_THREADS][SEARCH_THREADS];     /* what each thread knows of each */
	uint32_t released[SEARCH_THREADS][SEARCH_THREADS]; /* ... and knew at its last release fence */
	uint32_t loaded[SEARCH_THREADS][SEARCH_THREADS];   /* what its relaxed loads have seen: for an acquire fence */
	uint32_t call[SEARCH_THREADS];                     /* where each thread is */
	uint32_t deep[SEARCH_THREADS];                     /* calls below CALL_DEPTH */
	uint8_t lockset[SEARCH_THREADS];
	struct lockset set[LOCKSETS + 1]; /* [0] is the empty one */
	unsigned sets;
	struct clock clock[CLOCKS];
	struct cell cell[CELLS];
	struct call node[CALLS];
	uint32_t node_count;
	uint32_t victim; /* which record goes when all are in use */
};

static struct order *shared(void)
{
	return SEARCH->order;
}

int search_open(void)
{
	void *memory =
	    mmap(NULL, sizeof(struct search), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	void *order =
	    mmap(NULL, sizeof(struct order), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED || order == MAP_FAILED)
		return -1;
	rt_local.search = memory;
	SEARCH->order = order;
	shared()->node_count = 1;
	return 0;
}

void order_begin_run(void)
{
	struct order *order = shared();
	order->sets = 0;
	order->victim = 0;
}

static size_t slot_of(uintptr_t key, size_t slots)
{
	return (size_t)(key * 0x9e3779b97f4a7c15 >> 32) % slots;
}

/* ---- clocks --------------------------------------------------------------------------------- */

void order_thread(int thread, int parent)
{
	struct order *order = shared();
	size_t count = (size_t)WORLD->thread_count;
	memset(order->time[thread], 0, sizeof order->time[thread]);
	memset(order->released[thread], 0, sizeof order->released[thread]);
	memset(order->loaded[thread], 0, sizeof order->loaded[thread]);
	for (size_t i = 0; i < count; i++) /* a slot that an older run used */
		order->time[i][thread] = order->released[i][thread] = order->loaded[i][thread] = 0;
	if (parent >= 0) {
		memcpy(order->time[thread], order->time[parent], count * sizeof *order->time[parent]);
		order->time[parent][parent]++;
	}
	order->time[thread][thread] = 1;
	order->call[thread] = parent >= 0 ? order->call[parent] : 0;
	order->deep[thread] = parent >= 0 ? order->deep[parent] : 0;
	order->lockset[thread] = 0;
}

static void join_times(uint32_t *into, const uint32_t *from)
{
	for (int i = 0; i < WORLD->thread_count; i++)
		if (from[i] > into[i])
			into[i] = from[i];
}

void order_after_thread(int thread)
{
	if (!exploring())
		return;
	join_times(shared()->time[rt_me], shared()->time[thread]);
}

static struct clock *clock_of(uintptr_t object)
{
	struct order *order = shared();
	size_t at = slot_of(object, CLOCKS);
	for (int probe = 0; probe < PROBES; probe++, at = (at + 1) % CLOCKS) {
		struct clock *clock = &order->clock[at];
		if (clock->run != SEARCH->run) {
			clock->run = SEARCH->run;
			clock->object = object;
			memset(clock->time, 0, sizeof clock->time);
			return clock;
		}
		if (clock->object == object)
			return clock;
	}
	/* Too many to follow: the order is taken for given, so that no race is reported that there is not. */
	return &order->clock[at];
}

void order_acquire(uintptr_t object)
{
	if (exploring())
		join_times(shared()->time[rt_me], clock_of(object)->time);
}

void order_release(uintptr_t object, bool only)
{
	if (!exploring())
		return;
	uint32_t *mine = shared()->time[rt_me];
	struct clock *clock = clock_of(object);
	if (only)
		memcpy(clock->time, mine, (size_t)WORLD->thread_count * sizeof *mine);
	else
		join_times(clock->time, mine);
	mine[rt_me]++;
}

/* C11, 7.17.4: a fence gives the relaxed atomic operations beside it the order that they lack. */
void order_fence(bool acquires, bool releases)
{
	struct order *order = shared();
	if (acquires)
		join_times(order->time[rt_me], order->loaded[rt_me]);
	if (releases) {
		memcpy(order->released[rt_me], order->time[rt_me], sizeof order->released[rt_me]);
		order->time[rt_me][rt_me]++;
	}
}

void order_relaxed_load(uintptr_t object)
{
	join_times(shared()->loaded[rt_me], clock_of(object)->time);
}

void order_relaxed_store(uintptr_t object, bool only)
{
	struct clock *clock = clock_of(object);
	if (only)
		memset(clock->time, 0, sizeof clock->time);
	join_times(clock->time, shared()->released[rt_me]);
}

void order_reset(uintptr_t object)
{
	if (exploring())
		memset(clock_of(object)->time, 0, sizeof clock_of(object)->time);
}

/* ---- calls ---------------------------------------------------------------------------------- */

/* Equal chains get equal nodes: a node is its parent and its place. */
static uint32_t node_of(uint32_t parent, uintptr_t pc)
{
	struct order *order = shared();
	size_t at = slot_of(pc ^ (uintptr_t)parent << 40, CALLS - 1) + 1;
	for (int probe = 0; probe < PROBES; probe++, at = at % (CALLS - 1) + 1) {
		struct call *node = &order->node[at];
		if (!node->pc) {
			*node = (struct call){parent, order->node[parent].depth + 1, pc};
			return (uint32_t)at;
		}
		if (node->parent == parent && node->pc == pc)
			return (uint32_t)at;
	}
	return 0;
}

void order_call(uintptr_t pc)
{
	struct order *order = shared();
	uint32_t *call = &order->call[rt_me];
	uint32_t node = 0;
	if (!order->deep[rt_me] && order->node[*call].depth < CALL_DEPTH)
		node = node_of(*call, pc);
	if (node)
		*call = node;
	else
		order->deep[rt_me]++;
}

void order_return(void)
{
	struct order *order = shared();
	if (order->deep[rt_me])
		order->deep[rt_me]--;
	else
		order->call[rt_me] = order->node[order->call[rt_me]].parent;
}

static size_t unwind(uint32_t call, uintptr_t frame[], size_t capacity)
{
	size_t count = 0;
	for (; call && count < capacity; call = shared()->node[call].parent)
		frame[count++] = shared()->node[call].pc;
	return count;
}

size_t order_stack(uintptr_t frame[], size_t capacity)
{
	return unwind(shared()->call[rt_me], frame, capacity);
}

/* ---- locks held ----------------------------------------------------------------------------- */

static bool same_set(const struct lockset *a, const struct lockset *b)
{
	return a->count == b->count && memcmp(a->held, b->held, a->count * sizeof *a->held) == 0;
}

static void hold(const struct lockset *wanted)
{
	struct order *order = shared();
	if (!wanted->count) {
		order->lockset[rt_me] = 0;
		return;
	}
	for (unsigned i = 1; i <= order->sets; i++)
		if (same_set(&order->set[i], wanted)) {
			order->lockset[rt_me] = (uint8_t)i;
			return;
		}
	if (order->sets == LOCKSETS)
		return;
	order->set[++order->sets] = *wanted;
	order->lockset[rt_me] = (uint8_t)order->sets;
}

void order_took(uintptr_t lock, uintptr_t site)
{
	if (!exploring())
		return;
	struct lockset set = shared()->set[shared()->lockset[rt_me]];
	if (set.count == LOCKS_HELD)
		return;
	set.held[set.count].lock = lock;
	set.held[set.count++].site = site;
	hold(&set);
}

void order_dropped(uintptr_t lock)
{
	if (!exploring())
		return;
	struct lockset set = shared()->set[shared()->lockset[rt_me]];
	for (unsigned i = set.count; i-- > 0;) {
		if (set.held[i].lock != lock)
			continue;
		memmove(&set.held[i], &set.held[i + 1], (set.count - i - 1) * sizeof *set.held);
		set.count--;
		break;
	}
	hold(&set);
}

static void describe_locks(char *text, size_t size, const struct lockset *set)
{
	size_t used = strlen(text);
	if (!set->count) {
		snprintf(text + used, size - used, ", holding no lock");
		return;
	}
	used += (size_t)snprintf(text + used, size - used, ", holding the lock taken at ");
	for (unsigned i = 0; i < set->count && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s{pc:%lx}", i ? " and at " : "",
		                         (unsigned long)set->held[i].site);
}

/* ---- races ---------------------------------------------------------------------------------- */

static bool reported_before(const char *kind, uintptr_t a, uintptr_t b)
{
	for (size_t i = 0; i < rt_evidence_count(); i++) {
		const struct rt_evidence *old = rt_evidence_at(i);
		if (strcmp(old->kind, kind) == 0 &&
		    ((old->frame[0] == a && old->other[0] == b) || (old->frame[0] == b && old->other[0] == a)))
			return true;
	}
	return false;
}

static void add_racy(uintptr_t pc)
{
	struct search *search = SEARCH;
	for (unsigned i = 0; i < search->racy_count; i++)
		if (search->racy[i] == pc)
			return;
	if (search->racy_count < SEARCH_RACY)
		search->racy[search->racy_count++] = pc;
}

static void fill(char role[], size_t size, uintptr_t frame[], const struct record *record)
{
	char name[64];
	const char *did = record->freed       ? "free"
	                  : record->destroyed ? "destroyed"
	                  : record->object    ? "used"
	                  : record->write     ? "write"
	                                      : "read";
	snprintf(role, size, "%s%s by %s", record->atomic && !record->object ? "atomic " : "", did,
	         rt_thread_name(record->thread, name, sizeof name));
	describe_locks(role, size, &shared()->set[record->lockset]);
	frame[0] = record->pc;
	unwind(record->call, frame + 1, RT_FRAMES - 1);
}

static void report(const char *kind, const char *text, const struct record *now, const struct record *before)
{
	if (reported_before(kind, now->pc, before->pc))
		return;
	struct rt_evidence *evidence = rt_evidence_add(kind);
	snprintf(evidence->text, sizeof evidence->text, "%s", text);
	fill(evidence->role, sizeof evidence->role, evidence->frame, now);
	fill(evidence->other_role, sizeof evidence->other_role, evidence->other, before);
	search_end();
	if (strcmp(kind, "data_race") == 0) {
		add_racy(now->pc);
		add_racy(before->pc);
	}
}

static struct cell *cell_of(uintptr_t granule, bool make)
{
	struct order *order = shared();
	uint64_t run = SEARCH->run;
	size_t at = slot_of(granule, CELLS);
	for (int probe = 0; probe < PROBES; probe++, at = (at + 1) % CELLS) {
		struct cell *cell = &order->cell[at];
		if (cell->run != run) {
			if (!make)
				return NULL;
			cell->run = run;
			cell->granule = granule;
			for (int i = 0; i < RECORDS; i++)
				cell->record[i].clock = 0;
			return cell;
		}
		if (cell->granule == granule)
			return cell;
	}
	return NULL;
}

static void access_cell(uintptr_t granule, const struct record *now)
{
	struct cell *cell = cell_of(granule, true);
	if (!cell)
		return;
	const uint32_t *known = shared()->time[rt_me];
	int free_slot = -1, mine = -1;
	for (int i = 0; i < RECORDS; i++) {
		struct record *old = &cell->record[i];
		if (!old->clock) {
			if (free_slot < 0)
				free_slot = i;
			continue;
		}
		bool before = old->thread == rt_me || old->clock <= known[old->thread];
		if (old->mask & now->mask) {
			if (old->freed)
				report(now->freed ? "double_free" : "use_after_free",
				       now->freed ? "the block was freed already" : "memory is used after it was freed", now, old);
			else if (!before && (old->destroyed || now->destroyed))
				report("destroy_in_use", "an object is destroyed, and nothing orders that against its use", now, old);
			else if (!before && (old->write || now->write) && !(old->atomic && now->atomic))
				report("data_race",
				       "two accesses to the same memory, at least one of them a write, and nothing orders them", now,
				       old);
		}
		/* An older access that the new one stands for: whoever races with it races with the new one, too. */
		if (before && !(old->mask & ~now->mask) && now->write >= old->write && now->atomic <= old->atomic &&
		    !old->freed)
			mine = i;
	}
	int slot = mine >= 0 ? mine : free_slot;
	if (slot < 0)
		slot = (int)(shared()->victim++ % RECORDS);
	cell->record[slot] = *now;
}

/* The hook comes before the access. */
static void show_value(const void *memory, size_t bytes, bool write)
{
	int64_t value = 0;
	if (!SEARCH->recording || bytes > sizeof value)
		return;
	memcpy(&value, memory, bytes);
	if (bytes == 4)
		value = (int32_t)value;
	search_effect(-1, write ? "was %lld" : "is %lld", (long long)value);
}

static bool is_racy(uintptr_t pc)
{
	const struct search *search = SEARCH;
	for (unsigned i = 0; i < search->racy_count; i++)
		if (search->racy[i] == pc)
			return true;
	return false;
}

static void access_range(uintptr_t address, size_t bytes, struct record *now)
{
	uintptr_t private = (rt_key_of((const void *)address) ^ address) >> 3; /* 0 where memory is shared */
	while (bytes) {
		unsigned offset = address & 7, here = 8 - offset;
		if (here > bytes)
			here = (unsigned)bytes;
		now->mask = (uint8_t)(((1u << here) - 1) << offset);
		access_cell(address >> 3 ^ private, now);
		address += here;
		bytes -= here;
	}
}

static struct record record_now(bool write, bool atomic, uintptr_t pc)
{
	struct order *order = shared();
	return (struct record){.clock = order->time[rt_me][rt_me],
	                       .pc = (uint32_t)pc,
	                       .call = order->call[rt_me],
	                       .thread = (uint8_t)rt_me,
	                       .write = write,
	                       .atomic = atomic,
	                       .lockset = order->lockset[rt_me]};
}

/* Racy places are scheduling points, so that what the race leads to can be seen; and a loop that only looks at memory
 * must let the others on some time. */
static void maybe_switch(const void *memory, size_t bytes, bool write, uintptr_t pc)
{
	struct search *search = SEARCH;
	bool racy = search->racy_count && is_racy(pc);
	if (!racy && ++search->accesses < LONG_LOOP)
		return;
	rt_enter();
	if (racy) {
		rt_switch_point(write ? OP_WRITE : OP_READ, memory, write, pc);
		rt_event(write ? OP_WRITE : OP_READ, memory, write, pc);
		show_value(memory, bytes, write);
	} else {
		rt_yield(pc);
	}
	rt_return();
}

/* A mutex, condition variable, ... is used (like an atomic access: uses do not race with each other), initialised (like
 * a write) or destroyed. */
void order_object(const void *object, size_t bytes, bool init, bool destroy, uintptr_t pc)
{
	if (WORLD->thread_count < 2)
		return;
	struct record now = record_now(init || destroy, !init && !destroy, pc);
	now.object = true;
	now.destroyed = destroy;
	access_range((uintptr_t)object, bytes, &now);
}

void order_note(const void *memory, size_t bytes, bool write, bool atomic, uintptr_t pc)
{
	uintptr_t offset = (uintptr_t)memory - (uintptr_t)WORLD;
	if (WORLD->thread_count < 2 || offset < sizeof *WORLD) /* kit_shared: the tests order it by rests and gates */
		return;
	struct record now = record_now(write, atomic, pc);
	access_range((uintptr_t)memory, bytes < 1 << 16 ? bytes : 1 << 16, &now);
}

void order_access(const void *memory, size_t bytes, bool write, uintptr_t pc)
{
	if (WORLD->thread_count < 2)
		return;
	maybe_switch(memory, bytes, write, pc);
	if (write) {
		uint64_t value = 0;
		memcpy(&value, memory, bytes < sizeof value ? bytes : sizeof value);
		search_value(memory, value);
	}
	order_note(memory, bytes, write, false, pc);
}

void order_freed(const void *memory, size_t bytes, uintptr_t pc)
{
	struct record now = record_now(true, false, pc);
	now.freed = true;
	access_range((uintptr_t)memory, bytes < 1 << 16 ? bytes : 1 << 16, &now);
}

void order_fresh(const void *memory, size_t bytes)
{
	if (!exploring() || !active() || WORLD->thread_count < 2)
		return;
	uintptr_t key = rt_key_of(memory), end = key + (bytes < 1 << 20 ? bytes : 1 << 20);
	for (uintptr_t granule = key >> 3; granule < (end + 7) >> 3; granule++) {
		struct cell *cell = cell_of(granule, false);
		for (int i = 0; cell && i < RECORDS; i++)
			cell->record[i].clock = 0;
	}
}
