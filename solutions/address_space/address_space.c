/* address_space.c - reference: the whole text of /proc/self/maps in memory, and one function that finds a line in it.
 *
 * A line is looked at between its begin and its end, which memchr finds: so no line is too long, and nothing behind the
 * text is read. seg_view_threads keeps two things apart: the threads write into memory of the call's own, each into its
 * own place; `view` is written when nothing can fail any more.
 */
#define _GNU_SOURCE 1 /* pthread_getattr_np */
#include "address_space.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char edata[], end[]; /* end(3): only their addresses mean anything */

static int fail(int error)
{
	errno = error;
	return -1;
}

/* ---- one line ------------------------------------------------------------------------------- */

static unsigned digit(char c)
{
	return c >= '0' && c <= '9' ? (unsigned)(c - '0') : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
}

/* Reads a number in base 16. It ends where the first other character is. */
static uintptr_t number(const char **at, const char *stop)
{
	uintptr_t value = 0;

	for (; *at < stop && digit(**at) < 16; ++*at)
		value = value << 4 | digit(**at);
	return value;
}

/* Skips a field and the blanks behind it. */
static const char *next_field(const char *at, const char *stop)
{
	while (at < stop && *at != ' ')
		at++;
	while (at < stop && *at == ' ')
		at++;
	return at;
}

/* 7f0000000000-7f0000001000 r-xp 00000000 fe:01 1234     /usr/bin/cat */
static struct seg_range parse(const char *at, const char *stop)
{
	struct seg_range range = {.begin = number(&at, stop)};

	at++; /* '-' */
	range.end = number(&at, stop);
	at = next_field(at, stop);
	if (stop - at >= 4) {
		range.readable = at[0] == 'r';
		range.writable = at[1] == 'w';
		range.executable = at[2] == 'x';
		range.is_private = at[3] == 'p';
	}
	for (int i = 0; i < 4; i++) /* permissions, offset, device, inode */
		at = next_field(at, stop);
	range.path = at;
	range.path_bytes = (size_t)(stop - at);
	return range;
}

int seg_find(const char *maps, size_t bytes, uintptr_t addr, struct seg_range *out)
{
	if (!maps || !out)
		return fail(EINVAL);
	const char *stop = maps + bytes;
	for (const char *line = maps; line < stop;) {
		const char *newline = memchr(line, '\n', (size_t)(stop - line));
		const char *line_stop = newline ? newline : stop;
		struct seg_range range = parse(line, line_stop);
		if (range.begin <= addr && addr < range.end) {
			*out = range;
			return 0;
		}
		line = line_stop + 1;
	}
	return fail(EFAULT);
}

/* ---- the lines of this process ---------------------------------------------------------------- */

struct text {
	char *data;
	size_t bytes, room;
};

/* Returns 0 or the error. The length of such a file is not known before its end: read says 0 there. */
static int read_all(int fd, struct text *text)
{
	for (;;) {
		if (text->bytes == text->room) {
			char *larger = realloc(text->data, text->room * 2 + 4096);
			if (!larger)
				return ENOMEM;
			text->data = larger;
			text->room = text->room * 2 + 4096;
		}
		ssize_t got = read(fd, text->data + text->bytes, text->room - text->bytes);
		if (got == 0)
			return 0;
		if (got > 0)
			text->bytes += (size_t)got;
		else if (errno != EINTR)
			return errno;
	}
}

static int read_maps(struct text *text)
{
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	int error = read_all(fd, text);
	close(fd);
	return error;
}

static int own_stack(uintptr_t addr, bool *inside)
{
	pthread_attr_t attributes;
	void *low;
	size_t bytes;

	int error = pthread_getattr_np(pthread_self(), &attributes);
	if (error)
		return error;
	error = pthread_attr_getstack(&attributes, &low, &bytes);
	*inside = !error && addr - (uintptr_t)low < bytes;
	pthread_attr_destroy(&attributes);
	return error;
}

static bool has_path(const struct seg_range *range, const char *path, size_t bytes)
{
	return range->path_bytes == bytes && memcmp(range->path, path, bytes) == 0;
}

static int classify(const struct text *text, uintptr_t addr, enum seg *segment)
{
	struct seg_range range, own;
	bool on_stack;

	if (seg_find(text->data, text->bytes, addr, &range) != 0 ||
	    seg_find(text->data, text->bytes, (uintptr_t)classify, &own) != 0)
		return errno;
	int error = own_stack(addr, &on_stack);
	if (error)
		return error;
	bool executable = own.path_bytes > 0 && has_path(&range, own.path, own.path_bytes);
	if (!range.readable && !range.writable && !range.executable)
		*segment = SEG_NONE;
	else if (addr >= (uintptr_t)edata && addr < (uintptr_t)end)
		*segment = SEG_BSS;
	else if (executable && range.executable)
		*segment = SEG_TEXT;
	else if (executable && !range.writable)
		*segment = SEG_RODATA;
	else if (executable && addr < (uintptr_t)edata)
		*segment = SEG_DATA;
	else if (has_path(&range, "[heap]", strlen("[heap]")))
		*segment = SEG_HEAP;
	else if (has_path(&range, "[stack]", strlen("[stack]")))
		*segment = SEG_MAIN_STACK;
	else
		*segment = on_stack ? SEG_THREAD_STACK : SEG_MMAP;
	return 0;
}

int seg_classify(const void *addr, enum seg *out)
{
	struct text text = {0};

	if (!out)
		return fail(EINVAL);
	int error = read_maps(&text);
	if (!error)
		error = classify(&text, (uintptr_t)addr, out);
	free(text.data);
	return error ? fail(error) : 0;
}

/* ---- threads ---------------------------------------------------------------------------------- */

static int global;
static _Thread_local int own;

/* One for each thread, in an array that all of them share. */
struct viewer {
	pthread_t thread;
	const void *heap;
	struct seg_view seen; /* written by the thread, read when it is joined */
};

static void *look(void *arg)
{
	struct viewer *viewer = arg;
	int local;

	viewer->seen = (struct seg_view){.local = (uintptr_t)&local,
	                                 .tls = (uintptr_t)&own,
	                                 .global = (uintptr_t)&global,
	                                 .heap = (uintptr_t)viewer->heap,
	                                 .code = (uintptr_t)look};
	return NULL;
}

int seg_view_threads(unsigned n, struct seg_view view[])
{
	unsigned created = 0;
	int error = 0;

	if (n == 0 || !view)
		return fail(EINVAL);
	struct viewer *viewer = calloc(n, sizeof *viewer);
	if (!viewer)
		return fail(ENOMEM);
	for (; created < n && !error; created += !error) {
		viewer[created].heap = viewer;
		error = pthread_create(&viewer[created].thread, NULL, look, &viewer[created]);
	}
	/* A thread that has ended keeps its stack until it is joined: the first join comes after the last create. */
	for (unsigned i = 0; i < created; i++)
		pthread_join(viewer[i].thread, NULL);
	for (unsigned i = 0; i < n && !error; i++)
		view[i] = viewer[i].seen;
	free(viewer);
	return error ? fail(error) : 0;
}
