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

void rt_frame_begins(unsigned depth, const void *cfa, uintptr_t pc)
{
	if (depth && depth <= RT_FRAMES_KNOWN)
		rt_local.frame[rt_me][depth - 1] = (struct rt_frame){(uintptr_t)cfa, pc};
}

/* The frame of a thread of this process that the address is in, the innermost that ends above it; and the one below, of
 * the function that this one called: what it was given on the stack is in the caller's frame. */
static bool find_frame(int thread, uintptr_t address, struct search_place *place)
{
	const struct rt_stack *stack = &rt_local.stack[thread];
	const struct rt_frame *found = NULL, *below = NULL;
	unsigned depth = order_depth(thread);
	if (address < stack->low || address >= stack->high)
		return false;
	for (unsigned i = 0; i < depth && i < RT_FRAMES_KNOWN; i++) {
		const struct rt_frame *frame = &rt_local.frame[thread][i];
		if (frame->cfa > address && frame->cfa < stack->high && (!found || frame->cfa < found->cfa))
			found = frame;
		if (frame->cfa <= address && frame->cfa >= stack->low && (!below || frame->cfa > below->cfa))
			below = frame;
	}
	if (found && below) {
		place->callee = below->pc;
		place->callee_offset = (int64_t)(address - below->cfa);
	}
	if (found) {
		place->pc = found->pc;
		place->offset = (int64_t)(address - found->cfa);
	}
	return found;
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

void search_place(uintptr_t key)
{
	struct search *search = SEARCH;
	uintptr_t address = key & RT_ADDRESS;
	struct search_place place = {.key = key};
	struct own own = {0};
	if (address < 4096 || rt_is_static(address) || search->place_count == SEARCH_PLACES)
		return;
	for (unsigned i = 0; i < search->place_count; i++)
		if (search->place[i].key == key)
			return;
	dl_iterate_phdr(find_own, &own);
	if (find_place(false, address, &own, &place) || find_place(true, address, &own, &place))
		search->place[search->place_count++] = place;
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
