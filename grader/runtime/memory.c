/* memory.c - blocks and the functions of <string.h>, as far as a search watches memory. Without a search they are the
 * library's. */
#include "internal.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

/* Freed blocks are kept, so that no new block lies where an old one was used wrongly; up to this much. */
enum { KEPT_BYTES = 64 << 20 };

void __tsan_read_range(const void *memory, size_t bytes) __attribute__((weak));
void __tsan_write_range(const void *memory, size_t bytes) __attribute__((weak));

void rt_touch(const void *memory, size_t bytes, bool write, void *site)
{
	void *frame __attribute__((cleanup(frame_pop), unused)) = frame_push(site, __builtin_dwarf_cfa());
	if (!memory)
		return;
	if (write && __tsan_write_range)
		__tsan_write_range(memory, bytes);
	if (!write && __tsan_read_range)
		__tsan_read_range(memory, bytes);
	if (exploring() && active())
		order_access(memory, bytes, write, (uintptr_t)site, __builtin_dwarf_cfa());
}

/* A point, as before an atomic operation, for it is one: data can be kept there as well as in memory. */
void rt_process_point(bool write, uintptr_t site)
{
	const void *process = RT_PROCESS(rt_local.process);
	rt_enter();
	rt_switch_point(OP_STATE, process, write, site);
	rt_event(OP_STATE, process, write, site);
	rt_return();
}

void rt_touch_process(bool write, void *site)
{
	void *frame __attribute__((cleanup(frame_pop), unused)) = frame_push(site, __builtin_dwarf_cfa());
	if (active())
		rt_process_point(write, (uintptr_t)site);
}

/* Who made a block tells which it is. */
static void *made(void *memory, size_t bytes, uintptr_t pc)
{
	if (memory && exploring() && active())
		order_allocated((uintptr_t)memory, bytes, pc);
	return memory;
}

void *rt_malloc(size_t bytes)
{
	return made(rt_new_block(bytes), bytes, SITE);
}

void *rt_calloc(size_t count, size_t bytes)
{
	size_t total;
	if (__builtin_mul_overflow(count, bytes, &total)) {
		errno = ENOMEM; /* valgrind's calloc leaves it as it was */
		return NULL;
	}
	return made(calloc(count, bytes), total, SITE);
}

static void retire(void *memory, uintptr_t pc)
{
	size_t bytes = malloc_usable_size(memory);
	rt_enter();
	if (WORLD->thread_count > 1) {
		order_freed(memory, bytes, pc);
		WORLD->kept_bytes += bytes;
	}
	rt_return();
	if (WORLD->thread_count < 2) {
		free(memory);
	} else if (WORLD->kept_bytes > KEPT_BYTES) {
		order_fresh(memory, bytes);
		free(memory);
	}
}

void rt_free(void *memory)
{
	if (!memory)
		return;
	if (active()) {
		rt_forget(memory, malloc_usable_size(memory));
		rt_stacks_gone((uintptr_t)memory, (uintptr_t)memory + malloc_usable_size(memory));
	}
	if (exploring() && active())
		retire(memory, SITE);
	else
		free(memory);
}

static void *grow(void *memory, size_t bytes)
{
	size_t old = malloc_usable_size(memory);
	return rt_blank(realloc(memory, bytes), old);
}

void *rt_realloc(void *memory, size_t bytes)
{
	if (!exploring() || !active())
		return grow(memory, bytes);
	if (!memory)
		return made(rt_new_block(bytes), bytes, SITE);
	if (!bytes) {
		retire(memory, SITE);
		return NULL;
	}
	size_t old = malloc_usable_size(memory);
	void *copy = rt_new_block(bytes);
	if (!copy)
		return NULL;
	memcpy(copy, memory, old < bytes ? old : bytes);
	retire(memory, SITE);
	return made(copy, bytes, SITE);
}

/* ---- <string.h>: accesses to ranges --------------------------------------------------------- */

#define READS(p, n)                                                                                                    \
	if (exploring() && active())                                                                                       \
	order_access(p, n, false, (uintptr_t)__builtin_return_address(0), __builtin_dwarf_cfa())
#define WRITES(p, n)                                                                                                   \
	if (exploring() && active())                                                                                       \
	order_access(p, n, true, (uintptr_t)__builtin_return_address(0), __builtin_dwarf_cfa())

void *rt_memcpy(void *to, const void *from, size_t bytes)
{
	READS(from, bytes);
	WRITES(to, bytes);
	return memcpy(to, from, bytes);
}

void *rt_memmove(void *to, const void *from, size_t bytes)
{
	READS(from, bytes);
	WRITES(to, bytes);
	return memmove(to, from, bytes);
}

void *rt_memset(void *memory, int byte, size_t bytes)
{
	WRITES(memory, bytes);
	return memset(memory, byte, bytes);
}

int rt_memcmp(const void *a, const void *b, size_t bytes)
{
	READS(a, bytes);
	READS(b, bytes);
	return memcmp(a, b, bytes);
}

size_t rt_strlen(const char *text)
{
	size_t length = strlen(text);
	READS(text, length + 1);
	return length;
}

char *rt_strcpy(char *to, const char *from)
{
	size_t bytes = strlen(from) + 1;
	READS(from, bytes);
	WRITES(to, bytes);
	return strcpy(to, from);
}

char *rt_strncpy(char *to, const char *from, size_t bytes)
{
	READS(from, strnlen(from, bytes));
	WRITES(to, bytes);
	return strncpy(to, from, bytes);
}

char *rt_strcat(char *to, const char *from)
{
	size_t bytes = strlen(from) + 1;
	READS(from, bytes);
	WRITES(to + strlen(to), bytes);
	return strcat(to, from);
}

int rt_strcmp(const char *a, const char *b)
{
	READS(a, strlen(a) + 1);
	READS(b, strlen(b) + 1);
	return strcmp(a, b);
}
