/* state_machine.c - alternative: the file is never in memory. Each byte goes through a small machine, which knows which
 * field it is in; so the size of the buffer and the place where a read ends mean nothing. The executable is what lies
 * between two symbols of the linker. The threads are held by a condition variable until all of them are there. */
#define _GNU_SOURCE 1
#include "address_space.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

extern const char __executable_start[], edata[], end[];

enum { KEPT = 8 }; /* of a path: "[stack]" and its end */

/* ---- the machine ----------------------------------------------------------------------------- */

enum state { IN_BEGIN, IN_END, IN_PERMISSIONS, IN_OFFSET, IN_DEVICE, IN_INODE, IN_BLANKS, IN_PATH };

struct machine {
	enum state state;
	size_t path_at; /* where in the text the path begins */
	unsigned letters;
	char name[KEPT];
	struct seg_range range;
};

static uintptr_t digit(char c)
{
	return (uintptr_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static void take_letter(struct machine *machine, char c)
{
	switch (machine->letters++) {
	case 0:
		machine->range.readable = c == 'r';
		break;
	case 1:
		machine->range.writable = c == 'w';
		break;
	case 2:
		machine->range.executable = c == 'x';
		break;
	case 3:
		machine->range.is_private = c == 'p';
		break;
	default:
		break;
	}
}

/* Takes the byte at the place `at`, which is no end of line. */
static void take(struct machine *machine, char c, size_t at)
{
	if (machine->state == IN_BLANKS && c != ' ') {
		machine->state = IN_PATH;
		machine->path_at = at;
	}
	if (machine->state == IN_PATH) {
		if (machine->range.path_bytes < KEPT)
			machine->name[machine->range.path_bytes] = c;
		machine->range.path_bytes++;
	} else if (machine->state == IN_BEGIN && c == '-') {
		machine->state = IN_END;
	} else if (c == ' ') {
		machine->state += machine->state != IN_BLANKS;
	} else if (machine->state == IN_BEGIN) {
		machine->range.begin = machine->range.begin << 4 | digit(c);
	} else if (machine->state == IN_END) {
		machine->range.end = machine->range.end << 4 | digit(c);
	} else if (machine->state == IN_PERMISSIONS) {
		take_letter(machine, c);
	}
}

static bool has(const struct machine *machine, uintptr_t addr)
{
	return machine->range.begin <= addr && addr < machine->range.end;
}

int seg_find(const char *maps, size_t bytes, uintptr_t addr, struct seg_range *out)
{
	struct machine machine = {0};

	if (!maps || !out) {
		errno = EINVAL;
		return -1;
	}
	for (size_t at = 0; at <= bytes; at++) {
		if (at < bytes && maps[at] != '\n') {
			take(&machine, maps[at], at);
			continue;
		}
		if (has(&machine, addr)) {
			*out = machine.range;
			out->path = maps + (machine.range.path_bytes > 0 ? machine.path_at : at);
			return 0;
		}
		machine = (struct machine){0};
	}
	errno = EFAULT;
	return -1;
}

/* ---- this process ---------------------------------------------------------------------------- */

/* Leaves in *machine the line that has the address. Returns 0, EFAULT or another error. */
static int find_in_file(int fd, uintptr_t addr, struct machine *machine)
{
	char buffer[512];
	size_t at = 0;
	ssize_t got;

	while ((got = read(fd, buffer, sizeof buffer)) != 0) {
		if (got < 0 && errno != EINTR)
			return errno;
		for (ssize_t i = 0; i < got; i++, at++) {
			if (buffer[i] != '\n')
				take(machine, buffer[i], at);
			else if (has(machine, addr))
				return 0;
			else
				*machine = (struct machine){0};
		}
	}
	return EFAULT;
}

static bool is_called(const struct machine *machine, const char *name, size_t bytes)
{
	bool same = machine->range.path_bytes == bytes;

	for (size_t i = 0; i < bytes && same; i++)
		same = machine->name[i] == name[i];
	return same;
}

static int is_on_own_stack(uintptr_t addr, bool *is)
{
	pthread_attr_t attributes;
	void *low = NULL;
	size_t bytes = 0;
	int error = pthread_getattr_np(pthread_self(), &attributes);

	if (error)
		return error;
	pthread_attr_getstack(&attributes, &low, &bytes);
	pthread_attr_destroy(&attributes);
	*is = (uintptr_t)low <= addr && addr < (uintptr_t)low + bytes;
	return 0;
}

static enum seg segment_of(const struct machine *machine, uintptr_t addr, bool on_own_stack)
{
	const struct seg_range *range = &machine->range;

	if (!range->readable && !range->writable && !range->executable)
		return SEG_NONE;
	if (addr >= (uintptr_t)__executable_start && addr < (uintptr_t)end) {
		if (addr >= (uintptr_t)edata)
			return SEG_BSS;
		return range->executable ? SEG_TEXT : range->writable ? SEG_DATA : SEG_RODATA;
	}
	if (is_called(machine, "[heap]", 6))
		return SEG_HEAP;
	if (is_called(machine, "[stack]", 7))
		return SEG_MAIN_STACK;
	return on_own_stack ? SEG_THREAD_STACK : SEG_MMAP;
}

int seg_classify(const void *addr, enum seg *out)
{
	struct machine machine = {0};
	bool on_own_stack = false;

	if (!out) {
		errno = EINVAL;
		return -1;
	}
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	int error = find_in_file(fd, (uintptr_t)addr, &machine);
	close(fd);
	if (!error)
		error = is_on_own_stack((uintptr_t)addr, &on_own_stack);
	if (error) {
		errno = error;
		return -1;
	}
	*out = segment_of(&machine, (uintptr_t)addr, on_own_stack);
	return 0;
}

/* ---- threads --------------------------------------------------------------------------------- */

static const int shared = 1;
static _Thread_local char own[4];

/* All that the threads of one call share. They write one after the other, under the mutex, in the order in which they
 * come. */
struct meeting {
	pthread_mutex_t mutex;
	pthread_cond_t all_there;
	bool over; /* all are there, or one will never be */
	unsigned come;
	struct seg_view seen[];
};

static void *come(void *arg)
{
	struct meeting *meeting = arg;

	pthread_mutex_lock(&meeting->mutex);
	meeting->seen[meeting->come++] = (struct seg_view){.local = (uintptr_t)&arg,
	                                                   .tls = (uintptr_t)own,
	                                                   .global = (uintptr_t)&shared,
	                                                   .heap = (uintptr_t)meeting,
	                                                   .code = (uintptr_t)come};
	while (!meeting->over)
		pthread_cond_wait(&meeting->all_there, &meeting->mutex);
	pthread_mutex_unlock(&meeting->mutex);
	return NULL;
}

static int create_and_join(unsigned n, struct meeting *meeting, pthread_t thread[])
{
	unsigned created = 0;
	int error = 0;

	while (created < n && (error = pthread_create(&thread[created], NULL, come, meeting)) == 0)
		created++;
	pthread_mutex_lock(&meeting->mutex);
	meeting->over = true;
	pthread_cond_broadcast(&meeting->all_there);
	pthread_mutex_unlock(&meeting->mutex);
	while (created > 0)
		pthread_join(thread[--created], NULL);
	return error;
}

int seg_view_threads(unsigned n, struct seg_view view[])
{
	int error = EINVAL;

	if (n > 0 && view) {
		struct meeting *meeting = calloc(1, sizeof *meeting + n * sizeof meeting->seen[0]);
		pthread_t *thread = calloc(n, sizeof *thread);
		error = ENOMEM;
		if (meeting && thread) {
			pthread_mutex_init(&meeting->mutex, NULL);
			pthread_cond_init(&meeting->all_there, NULL);
			error = create_and_join(n, meeting, thread);
			for (unsigned i = 0; i < n && !error; i++)
				view[i] = meeting->seen[i];
			pthread_cond_destroy(&meeting->all_there);
			pthread_mutex_destroy(&meeting->mutex);
		}
		free(thread);
		free(meeting);
	}
	errno = error;
	return error ? -1 : 0;
}
