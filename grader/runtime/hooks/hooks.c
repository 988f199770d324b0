/* hooks.c - what code compiled with -fsanitize=thread calls, in place of libtsan: memory accesses, atomic operations,
 * function calls. Linked into explored programs only. The interface is the compiler's (gcc 12 to 14, clang); its
 * functions are declared by no header. */
#include "../internal.h"

#include <string.h>

#pragma GCC diagnostic ignored "-Wmissing-prototypes"

#define PC ((uintptr_t)__builtin_return_address(0))
#define FRAME_END __builtin_dwarf_cfa()

static inline bool watched(void)
{
	return exploring() && active();
}

static inline void access_memory(const volatile void *memory, size_t bytes, bool write, uintptr_t pc, const void *frame)
{
	if (!watched())
		return;
	if (write && rt_polling.count)
		rt_wrote((const void *)memory);
	order_access((const void *)memory, bytes, write, pc, frame);
}

void __tsan_init(void)
{
}

/* Where the frame of the caller of a hook begins: explored code keeps frame pointers. */
static inline const void *caller_cfa(void *const *frame)
{
#ifdef __x86_64__
	return (char *)*frame + 2 * sizeof(void *);
#else
	(void)frame;
	return NULL;
#endif
}

void __tsan_func_entry(void *caller)
{
	if (!watched())
		return;
	struct rt_frame frame = {(uintptr_t)caller_cfa(__builtin_frame_address(0)), PC};
	order_call((uintptr_t)caller, frame);
	rt_frame_begins(order_depth(rt_me), frame);
}

void __tsan_func_exit(void)
{
	if (watched())
		order_return();
}

#define ACCESS(N)                                                                                                      \
	void __tsan_read##N(void *p)                                                                                       \
	{                                                                                                                  \
		access_memory(p, N, false, PC, FRAME_END);                                                                     \
	}                                                                                                                  \
	void __tsan_write##N(void *p)                                                                                      \
	{                                                                                                                  \
		access_memory(p, N, true, PC, FRAME_END);                                                                      \
	}                                                                                                                  \
	void __tsan_unaligned_read##N(void *p)                                                                             \
	{                                                                                                                  \
		access_memory(p, N, false, PC, FRAME_END);                                                                     \
	}                                                                                                                  \
	void __tsan_unaligned_write##N(void *p)                                                                            \
	{                                                                                                                  \
		access_memory(p, N, true, PC, FRAME_END);                                                                      \
	}                                                                                                                  \
	void __tsan_volatile_read##N(void *p)                                                                              \
	{                                                                                                                  \
		access_memory(p, N, false, PC, FRAME_END);                                                                     \
	}                                                                                                                  \
	void __tsan_volatile_write##N(void *p)                                                                             \
	{                                                                                                                  \
		access_memory(p, N, true, PC, FRAME_END);                                                                      \
	}                                                                                                                  \
	void __tsan_unaligned_volatile_read##N(void *p)                                                                    \
	{                                                                                                                  \
		access_memory(p, N, false, PC, FRAME_END);                                                                     \
	}                                                                                                                  \
	void __tsan_unaligned_volatile_write##N(void *p)                                                                   \
	{                                                                                                                  \
		access_memory(p, N, true, PC, FRAME_END);                                                                      \
	}                                                                                                                  \
	void __tsan_read_write##N(void *p)                                                                                 \
	{                                                                                                                  \
		access_memory(p, N, true, PC, FRAME_END);                                                                      \
	}                                                                                                                  \
	void __tsan_unaligned_read_write##N(void *p)                                                                       \
	{                                                                                                                  \
		access_memory(p, N, true, PC, FRAME_END);                                                                      \
	}

ACCESS(1)
ACCESS(2)
ACCESS(4)
ACCESS(8)
ACCESS(16)

void __tsan_read_range(void *p, size_t bytes)
{
	access_memory(p, bytes, false, PC, FRAME_END);
}

void __tsan_write_range(void *p, size_t bytes)
{
	access_memory(p, bytes, true, PC, FRAME_END);
}

/* ---- atomics: a scheduling point before each, and the order that its memory order gives (C11, 7.17.3) ---- */

enum { RELAXED, CONSUME, ACQUIRE, RELEASE, ACQ_REL, SEQ_CST };

static bool acquires(int order)
{
	return order == CONSUME || order == ACQUIRE || order == ACQ_REL || order == SEQ_CST;
}

static bool releases(int order)
{
	return order == RELEASE || order == ACQ_REL || order == SEQ_CST;
}

/* Those of tests are no matter of who is judged. */
static void note_order(int order, uintptr_t pc)
{
	SEARCH->weaker |= order != SEQ_CST && rt_is_judged(pc);
}

static void atomic_point(const volatile void *memory, bool write, uintptr_t pc)
{
	if (!watched())
		return;
	rt_enter();
	rt_switch_point(write ? OP_ATOMIC_CHANGE : OP_ATOMIC_LOAD, (const void *)memory, write, pc);
	rt_return();
}

static void show_change(bool reads, uint64_t old, uint64_t new, size_t bytes)
{
	char before[64], now[64];
	rt_put_value(before, sizeof before, old, bytes);
	rt_put_value(now, sizeof now, new, bytes);
	if (reads)
		search_effect(-1, "%s -> %s", before, now);
	else
		search_effect(-1, "now %s", now);
}

static void show_loaded(uint64_t value, size_t bytes)
{
	char text[64];
	rt_put_value(text, sizeof text, value, bytes);
	search_effect(-1, "is %s", text);
}

/* After the point. A relaxed store ends what earlier releases left; a read-modify-write goes on with it (release
 * sequence). */
static void atomic_done(const volatile void *memory, size_t bytes, bool reads, bool write, int order, uintptr_t pc,
                        uint64_t old, uint64_t new)
{
	if (!watched())
		return;
	rt_enter();
	uintptr_t key = rt_key_of((const void *)memory);
	note_order(order, pc);
	rt_check_stacks((const void *)memory, write, pc, (const void *)rt_local.stack[rt_me].depth);
	order_note((const void *)memory, bytes, write, true, pc);
	if (reads && acquires(order))
		order_acquire(key);
	else if (reads)
		order_relaxed_load(key);
	if (write && releases(order))
		order_release(key, !reads);
	else if (write)
		order_relaxed_store(key, !reads);
	if (write)
		search_value(memory, new);
	rt_event(reads ? write ? OP_ATOMIC_CHANGE : OP_ATOMIC_LOAD : OP_ATOMIC_STORE, (const void *)memory, write, pc);
	if (SEARCH->recording && write)
		show_change(reads, old, new, bytes);
	else if (SEARCH->recording)
		show_loaded(old, bytes);
	search_was((const void *)memory, bytes, old);
	search_touches((const void *)memory, bytes, false);
	rt_return();
}

#define SHOWN(v) ((uint64_t)(v))

/* Who changes nothing has asked: polling.c. */
static void atomic_told(const volatile void *memory, bool changed, uintptr_t pc, uint64_t answer)
{
	if (!watched())
		return;
	if (changed)
		rt_got_on(pc);
	else
		rt_asked(pc, (const void *)memory, answer);
}

/* C11, 7.17.7.4: the weak form may fail although the values are equal. */
static bool fails_spuriously(void)
{
	static const int options[] = {0, 1};
	if (!watched())
		return false;
	rt_enter();
	bool fails = search_choose(DECIDE_SPURIOUS, options, 2);
	rt_return();
	return fails;
}

#define CHANGE(N, TYPE, NAME, RESULT)                                                                                  \
	TYPE __tsan_atomic##N##_##NAME(volatile TYPE *p, TYPE v, int order)                                                \
	{                                                                                                                  \
		atomic_point(p, true, PC);                                                                                     \
		TYPE old = *p;                                                                                                 \
		*p = (TYPE)(RESULT);                                                                                           \
		atomic_told(p, *p != old, PC, SHOWN(old));                                                                     \
		atomic_done(p, sizeof *p, true, true, order, PC, SHOWN(old), SHOWN(*p));                                       \
		return old;                                                                                                    \
	}

/* The expected value is plain memory, and written only if it is another one. */
#define EXCHANGES(N, TYPE, FORM, WEAK)                                                                                 \
	int __tsan_atomic##N##_compare_exchange_##FORM(volatile TYPE *p, TYPE *expected, TYPE v, int order, int failed)    \
	{                                                                                                                  \
		access_memory(expected, sizeof *expected, false, PC, FRAME_END);                                               \
		TYPE value = *expected;                                                                                        \
		bool same = compare_exchange##N(p, &value, v, order, failed, WEAK, PC);                                        \
		if (!same) {                                                                                                   \
			access_memory(expected, sizeof *expected, true, PC, FRAME_END);                                            \
			*expected = value;                                                                                         \
		}                                                                                                              \
		return same;                                                                                                   \
	}

#define ATOMIC(N, TYPE)                                                                                                \
	TYPE __tsan_atomic##N##_load(const volatile TYPE *p, int order)                                                    \
	{                                                                                                                  \
		atomic_point(p, false, PC);                                                                                    \
		TYPE value = *p;                                                                                               \
		atomic_told(p, false, PC, SHOWN(value));                                                                       \
		atomic_done(p, sizeof *p, true, false, order, PC, SHOWN(value), 0);                                            \
		return value;                                                                                                  \
	}                                                                                                                  \
	void __tsan_atomic##N##_store(volatile TYPE *p, TYPE v, int order)                                                 \
	{                                                                                                                  \
		atomic_point(p, true, PC);                                                                                     \
		*p = v;                                                                                                        \
		atomic_told(p, true, PC, 0);                                                                                   \
		atomic_done(p, sizeof *p, false, true, order, PC, 0, SHOWN(v));                                                \
	}                                                                                                                  \
	CHANGE(N, TYPE, exchange, v)                                                                                       \
	CHANGE(N, TYPE, fetch_add, old + v)                                                                                \
	CHANGE(N, TYPE, fetch_sub, old - v)                                                                                \
	CHANGE(N, TYPE, fetch_and, old &v)                                                                                 \
	CHANGE(N, TYPE, fetch_or, old | v)                                                                                 \
	CHANGE(N, TYPE, fetch_xor, old ^ v)                                                                                \
	CHANGE(N, TYPE, fetch_nand, ~(old & v))                                                                            \
	static bool compare_exchange##N(volatile TYPE *p, TYPE *expected, TYPE v, int order, int failed, bool weak,        \
	                                uintptr_t pc)                                                                      \
	{                                                                                                                  \
		atomic_point(p, true, pc);                                                                                     \
		TYPE old = *p;                                                                                                 \
		bool same = old == *expected && !(weak && fails_spuriously());                                                 \
		if (same || old != *expected) /* and not by itself */                                                          \
			atomic_told(p, same, pc, SHOWN(old));                                                                      \
		if (same)                                                                                                      \
			*p = v;                                                                                                    \
		else                                                                                                           \
			*expected = old;                                                                                           \
		atomic_done(p, sizeof *p, true, same, same ? order : failed, pc, SHOWN(old), SHOWN(v));                        \
		return same;                                                                                                   \
	}                                                                                                                  \
	EXCHANGES(N, TYPE, strong, false)                                                                                  \
	EXCHANGES(N, TYPE, weak, true)                                                                                     \
	TYPE __tsan_atomic##N##_compare_exchange_val(volatile TYPE *p, TYPE expected, TYPE v, int order, int failed)       \
	{                                                                                                                  \
		compare_exchange##N(p, &expected, v, order, failed, false, PC);                                                \
		return expected;                                                                                               \
	}

ATOMIC(8, uint8_t)
ATOMIC(16, uint16_t)
ATOMIC(32, uint32_t)
ATOMIC(64, uint64_t)
__extension__ typedef unsigned __int128 wide;
ATOMIC(128, wide)

void __tsan_atomic_thread_fence(int order)
{
	if (!watched())
		return;
	rt_enter();
	rt_switch_point(OP_FENCE, NULL, false, PC);
	note_order(order, PC);
	order_fence(acquires(order), releases(order));
	rt_event(OP_FENCE, NULL, false, PC);
	rt_return();
}

void __tsan_atomic_signal_fence(int order)
{
	(void)order;
}
