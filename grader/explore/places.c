/* places.c - whose memory an address is, for those who give it a name: a local variable of a function that has not
 * returned, or a block of the heap and who made it. */
#include "internal.h"

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

/* The frame of a thread of this process that the address is in: the innermost that ends above it. */
static const struct rt_frame *find_frame(int thread, uintptr_t address)
{
	const struct rt_stack *stack = &rt_local.stack[thread];
	const struct rt_frame *found = NULL;
	unsigned depth = order_depth(thread);
	if (address < stack->low || address >= stack->high)
		return NULL;
	for (unsigned i = 0; i < depth && i < RT_FRAMES_KNOWN; i++) {
		const struct rt_frame *frame = &rt_local.frame[thread][i];
		if (frame->cfa > address && frame->cfa < stack->high && (!found || frame->cfa < found->cfa))
			found = frame;
	}
	return found;
}

void search_place(uintptr_t key)
{
	struct search *search = SEARCH;
	uintptr_t address = key & RT_ADDRESS;
	if (address < 4096 || rt_is_static(address) || search->place_count == SEARCH_PLACES)
		return;
	for (unsigned i = 0; i < search->place_count; i++)
		if (search->place[i].key == key)
			return;
	for (int thread = 0; thread < WORLD->thread_count; thread++) {
		bool ours = WORLD->thread[thread].process == rt_local.process;
		const struct rt_frame *frame = ours ? find_frame(thread, address) : NULL;
		if (!frame)
			continue;
		search->place[search->place_count++] =
		    (struct search_place){key, frame->pc, (int64_t)(address - frame->cfa), (uint8_t)thread};
		return;
	}
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
