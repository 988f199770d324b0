/* places.c - whose memory an address is, for those who give it a name: a local variable of a function that has not
 * returned, a thread-local one, or a block of the heap and who made it. */
#include "internal.h"

#include <link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

extern char __executable_start[], _end[]; /* of the linker: the program and its static variables */

bool rt_is_static(uintptr_t address)
{
	return address >= (uintptr_t)__executable_start && address < (uintptr_t)_end;
}

void rt_frame_begins(unsigned depth, struct rt_frame frame)
{
	if (depth && depth <= RT_FRAMES_KNOWN)
		rt_local.frame[rt_me][depth - 1] = frame;
}

/* Of a thread's frames the one that the address is in, the innermost that ends above it; and the one below, of the
 * function that this one called: what it was given on the stack is in the caller's frame. */
struct nearest {
	uintptr_t address;
	const struct rt_stack *stack;
	struct rt_frame above, below;
};

static bool is_on_stack(const struct nearest *nearest)
{
	return nearest->address >= nearest->stack->low && nearest->address < nearest->stack->high;
}

static void compare(struct nearest *nearest, struct rt_frame frame)
{
	if (frame.cfa < nearest->stack->low || frame.cfa >= nearest->stack->high)
		return;
	if (frame.cfa > nearest->address && (!nearest->above.cfa || frame.cfa < nearest->above.cfa))
		nearest->above = frame;
	if (frame.cfa <= nearest->address && frame.cfa > nearest->below.cfa)
		nearest->below = frame;
}

static bool take_nearest(const struct nearest *nearest, struct search_place *place)
{
	if (!nearest->above.cfa)
		return false;
	place->pc = nearest->above.pc;
	place->offset = (int64_t)(nearest->address - nearest->above.cfa);
	place->callee = nearest->below.pc;
	place->callee_offset = (int64_t)(nearest->address - nearest->below.cfa);
	return true;
}

static bool find_frame(int thread, uintptr_t address, struct search_place *place)
{
	struct nearest nearest = {.address = address, .stack = &rt_local.stack[thread]};
	unsigned depth = order_depth(thread);
	for (unsigned i = 0; is_on_stack(&nearest) && i < depth && i < RT_FRAMES_KNOWN; i++)
		compare(&nearest, rt_local.frame[thread][i]);
	return take_nearest(&nearest, place);
}

/* The program's thread-local memory: how far it is from a thread's handle, which is an address in the C library and the
 * same way off in each thread. */
struct own {
	uintptr_t distance;
	size_t bytes;
};

static int find_own(struct dl_phdr_info *info, size_t size, void *context)
{
	(void)size;
	struct own *own = context;
	for (int i = 0; info->dlpi_tls_data && i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_TLS)
			*own = (struct own){(uintptr_t)info->dlpi_tls_data - pthread_self(), info->dlpi_phdr[i].p_memsz};
	return 1; /* the program is the first */
}

/* Where a thread that has ended had a stack of the program's own, that may be anything now. */
static bool is_thread_local(int thread, uintptr_t address, const struct own *own, struct search_place *place)
{
	const struct rt_thread *of = &WORLD->thread[thread];
	uintptr_t offset = address - (of->handle + own->distance);
	place->offset = (int64_t)offset;
	return of->handle && offset < own->bytes && (of->state != RT_DONE || rt_local.stack[thread].low);
}

/* Of those that run or of those that have ended: the next thread may have the memory of one that has. */
static bool find_place(bool ended, uintptr_t address, const struct own *own, struct search_place *place)
{
	for (int thread = 0; thread < WORLD->thread_count; thread++) {
		const struct rt_thread *of = &WORLD->thread[thread];
		if (of->process != rt_local.process || (of->state == RT_DONE) != ended)
			continue;
		place->thread = (uint8_t)thread;
		if (find_frame(thread, address, place) || is_thread_local(thread, address, own, place))
			return true;
	}
	return false;
}

/* What is known of the address, or a new entry; NULL: there is no room. */
static struct search_place *entry_of(uintptr_t key)
{
	struct search *search = SEARCH;
	for (unsigned i = 0; i < search->place_count; i++)
		if (search->place[i].key == key)
			return &search->place[i];
	return search->place_count < SEARCH_PLACES ? &search->place[search->place_count] : NULL;
}

static void keep(struct search_place *entry, const struct search_place *place)
{
	*entry = *place;
	SEARCH->place_count += entry == &SEARCH->place[SEARCH->place_count];
}

void search_place(uintptr_t key)
{
	uintptr_t address = key & RT_ADDRESS;
	struct search_place place = {.key = key}, *entry = entry_of(key);
	struct own own = {0};
	if (address < 4096 || rt_is_static(address) || !entry || entry < &SEARCH->place[SEARCH->place_count])
		return;
	dl_iterate_phdr(find_own, &own);
	if (find_place(false, address, &own, &place) || find_place(true, address, &own, &place))
		keep(entry, &place);
}

/* The same chain has the same frames in one thread; another one may have gone through it since, with its own. */
bool search_place_then(uintptr_t key, int thread, uint32_t call)
{
	struct nearest nearest = {.address = key & RT_ADDRESS, .stack = &rt_local.stack[thread]};
	struct search_place place = {.key = key, .thread = (uint8_t)thread}, *entry = entry_of(key);
	struct rt_frame frame;
	if (!entry || WORLD->thread[thread].process != rt_local.process || !is_on_stack(&nearest))
		return false;
	while (call) {
		call = order_frame(call, &frame);
		compare(&nearest, frame);
	}
	if (!take_nearest(&nearest, &place))
		return false;
	keep(entry, &place);
	return true;
}

/* Not in the middle of a mark {obj:HEX} either, which stands for a name. */
void rt_end_with_word(char *text, size_t size, size_t length)
{
	static const char more[] = "...";
	if (length < size)
		return;
	size_t end = size - sizeof more;
	text[end] = 0;
	const char *mark = strrchr(text, '{');
	if (mark && !strchr(mark, '}'))
		end = (size_t)(mark - text);
	size_t word = end;
	while (word > 0 && text[word - 1] != ' ')
		word--;
	while (word > 0 && text[word - 1] == ' ')
		word--;
	memcpy(text + (word ? word : end), more, sizeof more); /* one word alone has to be cut */
}

/* Does the value look like an address that is another one in each run of the program? */
bool rt_is_address(uint64_t value)
{
	struct order_block block;
	return (value >> 40 == 0x7f || value >> 40 == 0x7e) || (value >= (uintptr_t)_end && order_block(value, &block));
}

void rt_put_value(char *text, size_t size, uint64_t value, size_t bytes)
{
	if (bytes == sizeof value && rt_is_address(value)) {
		snprintf(text, size, "an address");
		return;
	}
	for (int i = 0; bytes == sizeof(pid_t) && value && i < WORLD->process_count; i++)
		if ((uint64_t)WORLD->process[i].pid == value) {
			char name[24];
			snprintf(text, size, "the process id of %s", rt_process_name(i, name, sizeof name));
			return;
		}
	snprintf(text, size, "%lld", bytes == 4 ? (long long)(int32_t)value : (long long)value);
}
