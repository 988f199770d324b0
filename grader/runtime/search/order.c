/* order.c - happens-before by vector clocks, and who accessed which memory: data races, use after free.
 *
 * Flanagan, Freund, "FastTrack", PLDI 2009, with a few access records for each 8 bytes instead of one. All of it is in
 * memory that all processes of a run share. What a run needs is taken from one arena, piece by piece in the order of
 * need, and given back as a whole when the next run begins: a short run, which is a new process, touches few pages.
 * Accesses of one run never overlap in time, because only the thread with the baton runs. */
#include "../internal.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

enum {
	CELLS = ORDER_CELLS,
	RECORDS = 4,
	OBJECTS = ORDER_OBJECTS,
	CLOCKS = ORDER_CLOCKS,
	CALLS = 1 << 14,
	CALL_DEPTH = 200,
	BLOCKS = 1 << 13, /* of the heap: the newest are known */
	LOCKSETS = 250,
	LOCKS_HELD = 6,
	FIRST_SLOTS = 256,
	UNIT = 8, /* bytes of the arena that an offset counts */
	ARENA = 52 << 20,
	OBJECT_BYTES = 4096, /* most of one that a pointer points to */
	WINDOW = 1 << 16     /* Linux maps so much at once where a page is read first, if it is aligned like that */
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
	uintptr_t key; /* address / 8, with the process where memory is private */
	struct record record[RECORDS];
};

/* What a release left for those who acquire. */
struct clock {
	uint32_t time[SEARCH_THREADS];
};

/* A lock, an atomic object, ...: what was done to it, and its clock, if anybody released anything there. */
struct object {
	uintptr_t key;
	struct history history;
	uint32_t clock;
};

/* What a thread knows of each, knew at its last release fence, and what its relaxed loads have seen: for an acquire
 * fence. */
struct knowledge {
	uint32_t time[SEARCH_THREADS], released[SEARCH_THREADS], loaded[SEARCH_THREADS];
};

/* A chain of calls: the node's function was called at `pc` by the node `parent`. Node 0 is the bottom. `first` is a
 * chain that is longer by one, `next` another one with the same parent. Nodes outlive the run. `frame`: of the call
 * that was made last. */
struct call {
	uint32_t parent, depth;
	uintptr_t pc;
	uint32_t first, next;
	struct rt_frame frame;
};

struct lockset {
	unsigned count;
	struct {
		uintptr_t lock, site;
	} held[LOCKS_HELD];
};

/* Cells or objects by their keys: open addressing, at most half full. All three are offsets in the arena or counts. */
struct table {
	uint32_t slot, slots, count;
};

struct order {
	uint32_t used; /* of the arena; all offsets are in units, and none is 0 */
	struct table cells, objects;
	uint32_t knowledge[SEARCH_THREADS]; /* offset, of each thread */
	uint32_t call[SEARCH_THREADS];      /* where each thread is */
	uint32_t deep[SEARCH_THREADS];      /* calls below CALL_DEPTH */
	uint8_t lockset[SEARCH_THREADS];
	uint32_t set[LOCKSETS + 1]; /* offset; [0] is the empty one */
	unsigned sets, clocks;
	uint32_t lost;   /* clock of the objects that are too many to be told apart */
	uint32_t victim; /* which record goes when all are in use */
	uint32_t node_count;
	uint32_t blocks; /* made in this run */
	struct call node[CALLS];
	struct order_block block[BLOCKS];
	_Alignas(WINDOW) unsigned char arena[ARENA];
};

/* Invariant: the arena is never used up. A table that grows leaves all its smaller selves behind, as much again. */
_Static_assert((sizeof(struct cell) + 4 * sizeof(uint32_t)) * CELLS +
                       (sizeof(struct object) + 4 * sizeof(uint32_t)) * OBJECTS + sizeof(struct clock) * (CLOCKS + 1) +
                       sizeof(struct knowledge) * SEARCH_THREADS + sizeof(struct lockset) * (LOCKSETS + 1) + WINDOW <=
                   ARENA,
               "the arena is too small");

static struct order *shared(void)
{
	return SEARCH->order;
}

static void *at(uint32_t offset)
{
	return shared()->arena + (size_t)offset * UNIT;
}

static uint32_t take(size_t bytes)
{
	struct order *order = shared();
	uint32_t offset = order->used;
	order->used += (uint32_t)((bytes + UNIT - 1) / UNIT);
	return offset;
}

static size_t windows(size_t bytes)
{
	return (bytes + WINDOW - 1) / WINDOW * WINDOW;
}

int search_open(void)
{
	size_t search = windows(sizeof(struct search)), order = windows(sizeof(struct order));
	char *memory = rt_map_shared(search + order + WINDOW);
	if (!memory)
		return -1;
	memory += windows((uintptr_t)memory) - (uintptr_t)memory;
	rt_local.search = (struct search *)memory;
	rt_local.director = &rt_by_search;
	SEARCH->order = (struct order *)(memory + search);
	SEARCH->plan.deviation = SEARCH->planned;
	shared()->node_count = 1;
	return 0;
}

/* Reading first what is about to be written: see WINDOW. */
void search_begin_process(void)
{
	const volatile unsigned char *const begins[] = {(unsigned char *)SEARCH, (unsigned char *)shared(),
	                                                shared()->arena};
	for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
		(void)*begins[i];
}

/* ---- tables --------------------------------------------------------------------------------- */

static struct table new_table(uint32_t slots)
{
	struct table table = {.slot = take(slots * sizeof(uint32_t)), .slots = slots};
	memset(at(table.slot), 0, slots * sizeof(uint32_t));
	return table;
}

/* The slot of the entry with the key, or the free one for it. An entry begins with its key. */
static inline uint32_t *find_slot(const struct table *table, uintptr_t key)
{
	uint32_t *slot = at(table->slot), mask = table->slots - 1;
	uint32_t i = (uint32_t)(key * 0x9e3779b97f4a7c15 >> 32) & mask;
	while (slot[i] && *(uintptr_t *)at(slot[i]) != key)
		i = (i + 1) & mask;
	return &slot[i];
}

static void grow(struct table *table)
{
	const uint32_t *slot = at(table->slot);
	struct table bigger = new_table(2 * table->slots);
	for (uint32_t i = 0; i < table->slots; i++)
		if (slot[i])
			*find_slot(&bigger, *(uintptr_t *)at(slot[i])) = slot[i];
	bigger.count = table->count;
	*table = bigger;
}

/* A zeroed entry in the slot that find_slot found free. */
static void *add_entry(struct table *table, uint32_t *slot, uintptr_t key, size_t bytes)
{
	*slot = take(bytes);
	uintptr_t *entry = at(*slot);
	memset(entry, 0, bytes);
	*entry = key;
	if (++table->count > table->slots / 2)
		grow(table);
	return entry;
}

static uint32_t new_clock(void)
{
	uint32_t clock = take(sizeof(struct clock));
	memset(at(clock), 0, sizeof(struct clock));
	return clock;
}

void order_begin_run(void)
{
	struct order *order = shared();
	order->used = 1;
	order->cells = new_table(FIRST_SLOTS);
	order->objects = new_table(FIRST_SLOTS);
	order->set[0] = take(sizeof(struct lockset));
	((struct lockset *)at(order->set[0]))->count = 0;
	order->lost = new_clock();
	order->sets = order->clocks = order->blocks = 0;
	order->victim = 0;
}

static struct knowledge *knowledge(int thread)
{
	return at(shared()->knowledge[thread]);
}

static struct lockset *set_of(unsigned number)
{
	return at(shared()->set[number]);
}

/* ---- clocks --------------------------------------------------------------------------------- */

void order_thread(int thread, int parent)
{
	struct order *order = shared();
	size_t count = (size_t)WORLD->thread_count;
	order->knowledge[thread] = take(sizeof(struct knowledge));
	struct knowledge *mine = knowledge(thread);
	memset(mine, 0, sizeof *mine);
	if (parent >= 0) {
		struct knowledge *before = knowledge(parent);
		memcpy(mine->time, before->time, count * sizeof *mine->time);
		before->time[parent]++;
	}
	mine->time[thread] = 1;
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
	join_times(knowledge(rt_me)->time, knowledge(thread)->time);
}

/* NULL: too many. */
static struct object *object_of(uintptr_t key)
{
	struct table *table = &shared()->objects;
	uint32_t *slot = find_slot(table, key);
	if (*slot)
		return at(*slot);
	return table->count < OBJECTS ? add_entry(table, slot, key, sizeof(struct object)) : NULL;
}

struct history *order_history(uintptr_t key)
{
	struct object *object = object_of(key);
	return object ? &object->history : NULL;
}

/* Objects that are too many to be followed share a clock: their order is taken for given, so that no race is reported
 * that there is not. */
static struct clock *lost_clock(void)
{
	return at(shared()->lost);
}

/* NULL: nothing was released there. */
static struct clock *clock_left(uintptr_t key)
{
	struct object *object = object_of(key);
	return !object ? lost_clock() : object->clock ? at(object->clock) : NULL;
}

static struct clock *clock_of(uintptr_t key)
{
	struct order *order = shared();
	struct object *object = object_of(key);
	if (!object)
		return lost_clock();
	if (!object->clock && order->clocks == CLOCKS)
		SEARCH->limits |= OVER_CLOCKS;
	if (!object->clock)
		object->clock = order->clocks < CLOCKS ? (order->clocks++, new_clock()) : order->lost;
	return at(object->clock);
}

static void clear(struct clock *clock)
{
	if (clock && clock != lost_clock())
		memset(clock->time, 0, sizeof clock->time);
}

void order_acquire(uintptr_t object)
{
	const struct clock *clock = exploring() ? clock_left(object) : NULL;
	if (clock)
		join_times(knowledge(rt_me)->time, clock->time);
}

void order_release(uintptr_t object, bool only)
{
	if (!exploring())
		return;
	uint32_t *mine = knowledge(rt_me)->time;
	struct clock *clock = clock_of(object);
	if (only && clock != lost_clock())
		memcpy(clock->time, mine, (size_t)WORLD->thread_count * sizeof *mine);
	else
		join_times(clock->time, mine);
	mine[rt_me]++;
}

/* C11, 7.17.4: a fence gives the relaxed atomic operations beside it the order that they lack. */
void order_fence(bool acquires, bool releases)
{
	struct knowledge *mine = knowledge(rt_me);
	if (acquires)
		join_times(mine->time, mine->loaded);
	if (releases) {
		memcpy(mine->released, mine->time, sizeof mine->released);
		mine->time[rt_me]++;
	}
}

void order_relaxed_load(uintptr_t object)
{
	const struct clock *clock = clock_left(object);
	if (clock)
		join_times(knowledge(rt_me)->loaded, clock->time);
}

void order_relaxed_store(uintptr_t object, bool only)
{
	struct clock *clock = clock_of(object);
	if (only)
		clear(clock);
	join_times(clock->time, knowledge(rt_me)->released);
}

void order_reset(uintptr_t object)
{
	if (exploring())
		clear(clock_left(object));
}

/* ---- calls ---------------------------------------------------------------------------------- */

/* Equal chains get equal nodes: a node is its parent and its place. 0: no node is left. */
static uint32_t node_of(uint32_t parent, uintptr_t pc)
{
	struct order *order = shared();
	for (uint32_t i = order->node[parent].first; i; i = order->node[i].next)
		if (order->node[i].pc == pc)
			return i;
	if (order->node_count == CALLS)
		return 0;
	uint32_t new = order->node_count++;
	order->node[new] = (struct call){parent, order->node[parent].depth + 1, pc, .next = order->node[parent].first};
	atomic_signal_fence(memory_order_release); /* whoever is killed in between leaves a node that nobody finds */
	order->node[parent].first = new;
	return new;
}

void order_call(uintptr_t pc, struct rt_frame frame)
{
	struct order *order = shared();
	uint32_t *call = &order->call[rt_me];
	uint32_t node = 0;
	if (!order->deep[rt_me] && order->node[*call].depth < CALL_DEPTH)
		node = node_of(*call, pc);
	if (!node) {
		order->deep[rt_me]++;
		return;
	}
	*call = node;
	order->node[node].frame = frame;
}

uint32_t order_frame(uint32_t call, struct rt_frame *frame)
{
	*frame = shared()->node[call].frame;
	return shared()->node[call].parent;
}

void order_return(void)
{
	struct order *order = shared();
	if (order->deep[rt_me])
		order->deep[rt_me]--;
	else
		order->call[rt_me] = order->node[order->call[rt_me]].parent;
}

struct order_calls order_calls(void)
{
	return (struct order_calls){shared()->call[rt_me], shared()->deep[rt_me]};
}

void order_go_on(struct order_calls calls)
{
	shared()->call[rt_me] = calls.call;
	shared()->deep[rt_me] = calls.deep;
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

unsigned order_depth(int thread)
{
	return shared()->node[shared()->call[thread]].depth;
}

/* ---- blocks of the heap --------------------------------------------------------------------- */

void order_allocated(uintptr_t address, size_t bytes, uintptr_t pc)
{
	struct order *order = shared();
	order->block[order->blocks++ % BLOCKS] =
	    (struct order_block){address, bytes < UINT32_MAX ? (uint32_t)bytes : UINT32_MAX, (uint32_t)pc};
}

bool order_block(uintptr_t address, struct order_block *block)
{
	const struct order *order = shared();
	for (uint32_t i = 0; i < order->blocks && i < BLOCKS; i++) {
		*block = order->block[(order->blocks - 1 - i) % BLOCKS];
		if (address - block->address < block->bytes)
			return true;
	}
	return false;
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
		if (same_set(set_of(i), wanted)) {
			order->lockset[rt_me] = (uint8_t)i;
			return;
		}
	if (order->sets == LOCKSETS)
		return;
	order->set[++order->sets] = take(sizeof *wanted);
	*set_of(order->sets) = *wanted;
	order->lockset[rt_me] = (uint8_t)order->sets;
}

/* `lock` is taken while `set` is held: another thread may have taken one of them while it held `lock`. Then a third
 * lock that both held (a gate) is all that keeps them from a deadlock. */
static void note_lock_order(const struct lockset *set, uintptr_t lock)
{
	struct search *search = SEARCH;
	for (unsigned i = 0; i < set->count; i++) {
		struct lock_order now = {.run = search->run, .first = set->held[i].lock, .second = lock, .thread = rt_me};
		for (unsigned other = 0; other < set->count; other++)
			if (other != i && now.gates < sizeof now.gate / sizeof *now.gate)
				now.gate[now.gates++] = set->held[other].lock;
		for (unsigned e = 0; e < search->lock_orders; e++) {
			const struct lock_order *old = &search->lock_order[e];
			if (old->run != now.run || old->first != now.second || old->second != now.first || old->thread == rt_me)
				continue;
			bool gated = false;
			for (unsigned a = 0; a < now.gates; a++)
				for (unsigned b = 0; b < old->gates; b++)
					gated |= now.gate[a] == old->gate[b];
			search->gated |= gated;
			search->ungated |= !gated;
		}
		if (search->lock_orders == SEARCH_LOCK_ORDERS)
			search->ungated = true; /* nobody can tell any more */
		else
			search->lock_order[search->lock_orders++] = now;
	}
}

void order_took(uintptr_t lock, uintptr_t site)
{
	if (!exploring())
		return;
	struct lockset set = *set_of(shared()->lockset[rt_me]);
	if (set.count == LOCKS_HELD)
		return;
	note_lock_order(&set, lock);
	set.held[set.count].lock = lock;
	set.held[set.count++].site = site;
	hold(&set);
}

void order_dropped(uintptr_t lock)
{
	if (!exploring())
		return;
	struct lockset set = *set_of(shared()->lockset[rt_me]);
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
	for (unsigned i = 0; i < set->count && used < size; i++) {
		search_place(set->held[i].lock);
		used +=
		    (size_t)snprintf(text + used, size - used, "%s{obj:%lx} (taken at {pc:%lx})", i ? " and " : ", holding ",
		                     (unsigned long)set->held[i].lock, (unsigned long)set->held[i].site);
	}
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

static void add_racy_object(uintptr_t object)
{
	struct search *search = SEARCH;
	for (unsigned i = 0; i < search->racy_object_count; i++)
		if (search->racy_object[i] == object)
			return;
	if (search->racy_object_count < SEARCH_RACY)
		search->racy_object[search->racy_object_count++] = object;
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
	describe_locks(role, size, set_of(record->lockset));
	frame[0] = record->pc;
	unwind(record->call, frame + 1, RT_FRAMES - 1);
}

/* `text`: with an @ where the memory is named. `base`: the address of the granule. */
static void report(const char *kind, const char *text, uintptr_t base, const struct record *now,
                   const struct record *before)
{
	unsigned both = now->mask & before->mask;
	if (reported_before(kind, now->pc, before->pc))
		return;
	struct rt_evidence *evidence = rt_evidence_add(kind);
	const char *named = strchr(text, '@');
	evidence->object = rt_key_of((const void *)(base + (unsigned)__builtin_ctz(both)));
	if (!now->object && !before->object) /* of a lock only the first bytes are noted */
		evidence->bytes = (unsigned)__builtin_popcount(both);
	if (!search_place_then(evidence->object, before->thread, before->call) &&
	    !search_place_then(evidence->object, now->thread, now->call))
		search_place(evidence->object);
	snprintf(evidence->text, sizeof evidence->text, "%.*s{obj:%lx}%s", (int)(named - text), text,
	         (unsigned long)evidence->object, named + 1);
	fill(evidence->role, sizeof evidence->role, evidence->frame, now);
	fill(evidence->other_role, sizeof evidence->other_role, evidence->other, before);
	search_end();
	if (strcmp(kind, "data_race") == 0) {
		add_racy(now->pc);
		add_racy(before->pc);
		add_racy_object(evidence->object);
	}
}

static struct cell *cell_of(uintptr_t granule, bool make)
{
	struct table *table = &shared()->cells;
	uint32_t *slot = find_slot(table, granule);
	if (*slot)
		return at(*slot);
	return make && table->count < CELLS ? add_entry(table, slot, granule, sizeof(struct cell)) : NULL;
}

/* `base`: the address of the granule. */
static void access_cell(uintptr_t granule, uintptr_t base, const struct record *now)
{
	struct cell *cell = cell_of(granule, true);
	if (!cell) {
		SEARCH->limits |= OVER_CELLS;
		return;
	}
	const uint32_t *known = knowledge(rt_me)->time;
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
				       now->freed ? "@ was freed already" : "@ is used after it was freed", base, now, old);
			else if (!before && (old->destroyed || now->destroyed))
				report("destroy_in_use", "@ is destroyed, and nothing orders the destruction against its use", base,
				       now, old);
			else if (!before && (old->write || now->write) && !(old->atomic && now->atomic))
				report("data_race", "two accesses to @, at least one of them a write, and nothing orders them", base,
				       now, old);
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
	char text[64];
	memcpy(&value, memory, bytes);
	rt_put_value(text, sizeof text, (uint64_t)value, bytes);
	search_effect(-1, write ? "was %s" : "is %s", text);
	search_touches(memory, bytes, write);
}

/* Which racy place that is; -1: none that was known before this run. */
static int racy_place(uintptr_t pc)
{
	const struct search *search = SEARCH;
	for (unsigned i = 0; i < search->racy_known; i++)
		if (search->racy[i] == pc)
			return (int)i;
	return -1;
}

static void access_range(uintptr_t address, size_t bytes, struct record *now)
{
	uintptr_t private = (rt_key_of((const void *)address) ^ address) >> 3; /* 0 where memory is shared */
	while (bytes) {
		unsigned offset = address & 7, here = 8 - offset;
		if (here > bytes)
			here = (unsigned)bytes;
		now->mask = (uint8_t)(((1u << here) - 1) << offset);
		access_cell(address >> 3 ^ private, address & ~(uintptr_t)7, now);
		address += here;
		bytes -= here;
	}
}

static struct record record_now(bool write, bool atomic, uintptr_t pc)
{
	struct order *order = shared();
	return (struct record){.clock = knowledge(rt_me)->time[rt_me],
	                       .pc = (uint32_t)pc,
	                       .call = order->call[rt_me],
	                       .thread = (uint8_t)rt_me,
	                       .write = write,
	                       .atomic = atomic,
	                       .lockset = order->lockset[rt_me]};
}

/* Racy places are scheduling points, so that what the race leads to can be seen. */
static void maybe_switch(const void *memory, size_t bytes, bool write, uintptr_t pc)
{
	int place = SEARCH->racy_known ? racy_place(pc) : -1;
	if (place < 0)
		return;
	rt_enter();
	SEARCH->racy_place = (uint8_t)place;
	rt_switch_point(write ? OP_WRITE : OP_READ, memory, write, pc);
	rt_event(write ? OP_WRITE : OP_READ, memory, write, pc);
	show_value(memory, bytes, write);
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

/* A look at what others may have changed; not at a pointer to the object that the mutex is in, which is needed to wait.
 */
static void note_look(const void *memory, size_t bytes)
{
	const struct rt_stack *stack = &rt_local.stack[rt_me];
	uintptr_t value = 0, address = (uintptr_t)memory;
	if (address - stack->low < stack->high - stack->low)
		return;
	if (bytes == sizeof value)
		memcpy(&value, memory, sizeof value);
	if (!value || ME->took - value >= OBJECT_BYTES)
		ME->read_at = WORLD->ticket;
}

void order_note(const void *memory, size_t bytes, bool write, bool atomic, uintptr_t pc)
{
	if (!write)
		note_look(memory, bytes);
	uintptr_t offset = (uintptr_t)memory - (uintptr_t)WORLD;
	if (WORLD->thread_count < 2 || offset < sizeof *WORLD) /* kit_shared: the tests order it by rests and gates */
		return;
	struct record now = record_now(write, atomic, pc);
	access_range((uintptr_t)memory, bytes < 1 << 16 ? bytes : 1 << 16, &now);
}

void order_access(const void *memory, size_t bytes, bool write, uintptr_t pc, const void *frame)
{
	if (WORLD->thread_count < 2)
		return;
	search_written();
	rt_check_stacks(memory, write, pc, frame);
	maybe_switch(memory, bytes, write, pc);
	if (write) {
		uint64_t value = 0;
		memcpy(&value, memory, bytes < sizeof value ? bytes : sizeof value);
		search_value(memory, value);
	}
	order_note(memory, bytes, write, false, pc);
}

bool order_blame(struct rt_evidence *evidence, const void *memory, bool write, int thread, uintptr_t pc)
{
	uintptr_t address = (uintptr_t)memory;
	const struct cell *cell = cell_of(rt_key_of(memory) >> 3, false);
	const struct record *last = NULL;
	for (int i = 0; cell && i < RECORDS; i++) {
		const struct record *record = &cell->record[i];
		if (record->clock && record->thread == thread && record->mask >> (address & 7) & 1 &&
		    (!last || record->clock > last->clock))
			last = record;
	}
	if (!last)
		return false;
	struct record now = record_now(write, false, pc);
	search_place_then(evidence->object, last->thread, last->call);
	fill(evidence->role, sizeof evidence->role, evidence->frame, &now);
	fill(evidence->other_role, sizeof evidence->other_role, evidence->other, last);
	return true;
}

void order_freed(const void *memory, size_t bytes, uintptr_t pc)
{
	search_written();
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
