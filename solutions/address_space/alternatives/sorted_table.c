/* sorted_table.c - alternative: all lines become an array of ranges, and bsearch finds the one with the address. The
 * file is a stream, read by getline; the numbers are read by sscanf, from a copy of each line that ends with a 0. The
 * threads of a call wait for a semaphore each, and the caller posts it when all have been created, or one cannot be;
 * they hand their views on in a list. */
#define _GNU_SOURCE 1
#include "address_space.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char edata, end;

/* ---- the table ------------------------------------------------------------------------------- */

/* Ascending, as the lines are. The paths belong to whoever gave the lines. */
struct table {
	struct seg_range *range;
	size_t count, room;
};

/* Takes one line of `bytes` bytes, without its end. Returns 0 or the error. */
static int add(struct table *table, const char *line, size_t bytes)
{
	char head[128], letter[5] = "";
	unsigned long begin, finish;
	int path_at = 0;

	/* all before the path fits: 16 digits for each number at most */
	size_t head_bytes = bytes < sizeof head - 1 ? bytes : sizeof head - 1;
	memcpy(head, line, head_bytes);
	head[head_bytes] = 0;
	if (sscanf(head, "%lx-%lx %4s %*x %*s %*u%n", &begin, &finish, letter, &path_at) != 3 || path_at == 0)
		return 0;
	while ((size_t)path_at < bytes && line[path_at] == ' ')
		path_at++;
	if (table->count == table->room) {
		size_t room = table->room * 2 + 16;
		struct seg_range *larger = reallocarray(table->range, room, sizeof *larger);
		if (!larger)
			return ENOMEM;
		table->range = larger;
		table->room = room;
	}
	table->range[table->count++] = (struct seg_range){.begin = begin,
	                                                  .end = finish,
	                                                  .readable = letter[0] == 'r',
	                                                  .writable = letter[1] == 'w',
	                                                  .executable = letter[2] == 'x',
	                                                  .is_private = letter[3] == 'p',
	                                                  .path = line + path_at,
	                                                  .path_bytes = bytes - (size_t)path_at};
	return 0;
}

static int compare(const void *key, const void *element)
{
	uintptr_t addr = *(const uintptr_t *)key;
	const struct seg_range *range = element;

	return addr < range->begin ? -1 : addr >= range->end;
}

static const struct seg_range *find(const struct table *table, uintptr_t addr)
{
	return table->count ? bsearch(&addr, table->range, table->count, sizeof *table->range, compare) : NULL;
}

int seg_find(const char *maps, size_t bytes, uintptr_t addr, struct seg_range *out)
{
	struct table table = {0};
	int error = 0;

	if (!maps || !out) {
		errno = EINVAL;
		return -1;
	}
	while (bytes > 0 && !error) {
		const char *newline = memchr(maps, '\n', bytes);
		size_t length = newline ? (size_t)(newline - maps) : bytes, whole = newline ? length + 1 : length;
		error = add(&table, maps, length);
		maps += whole;
		bytes -= whole;
	}
	const struct seg_range *range = error ? NULL : find(&table, addr);
	if (range)
		*out = *range;
	else if (!error)
		error = EFAULT;
	free(table.range);
	errno = error;
	return error ? -1 : 0;
}

/* ---- this process ---------------------------------------------------------------------------- */

/* The whole text, read line by line: a stream does not mind how much a read gives. */
static int slurp(char **text, size_t *bytes)
{
	FILE *file = fopen("/proc/self/maps", "re");
	char *line = NULL;
	size_t room = 0;
	ssize_t length;
	int error = 0;

	if (!file)
		return errno;
	while (!error && (errno = 0, length = getline(&line, &room, file)) > 0) {
		char *larger = realloc(*text, *bytes + (size_t)length);
		if (larger) {
			*text = larger;
			memcpy(larger + *bytes, line, (size_t)length);
			*bytes += (size_t)length;
		} else {
			error = ENOMEM;
		}
	}
	if (!error && ferror(file))
		error = errno;
	free(line);
	fclose(file);
	return error;
}

static bool path_is(const struct seg_range *range, const char *path)
{
	return range->path_bytes == strlen(path) && memcmp(range->path, path, range->path_bytes) == 0;
}

static bool same_file(const struct seg_range *a, const struct seg_range *b)
{
	return a->path_bytes > 0 && a->path_bytes == b->path_bytes && memcmp(a->path, b->path, a->path_bytes) == 0;
}

int seg_classify(const void *addr, enum seg *out)
{
	uintptr_t at = (uintptr_t)addr;
	struct seg_range range, mine;
	char *text = NULL;
	size_t bytes = 0, stack_bytes = 0;
	void *low = NULL;
	pthread_attr_t attributes;

	if (!out) {
		errno = EINVAL;
		return -1;
	}
	int error = slurp(&text, &bytes);
	if (!error &&
	    (seg_find(text, bytes, at, &range) != 0 || seg_find(text, bytes, (uintptr_t)seg_classify, &mine) != 0))
		error = errno;
	if (!error && (error = pthread_getattr_np(pthread_self(), &attributes)) == 0) {
		pthread_attr_getstack(&attributes, &low, &stack_bytes);
		pthread_attr_destroy(&attributes);
	}
	if (!error) {
		bool ours = same_file(&range, &mine);
		*out = !(range.readable || range.writable || range.executable)     ? SEG_NONE
		       : at >= (uintptr_t)&edata && at < (uintptr_t)&end           ? SEG_BSS
		       : ours && range.executable                                  ? SEG_TEXT
		       : ours && !range.writable                                   ? SEG_RODATA
		       : ours && at < (uintptr_t)&edata                            ? SEG_DATA
		       : path_is(&range, "[heap]")                                 ? SEG_HEAP
		       : path_is(&range, "[stack]")                                ? SEG_MAIN_STACK
		       : at >= (uintptr_t)low && at - (uintptr_t)low < stack_bytes ? SEG_THREAD_STACK
		                                                                   : SEG_MMAP;
	}
	free(text);
	errno = error;
	return error ? -1 : 0;
}

/* ---- threads --------------------------------------------------------------------------------- */

static int counted_nowhere;

/* One thread's: where it is held, and what it has seen. */
struct guest {
	sem_t may_look;
	pthread_t thread;
	void *heap;
	struct seg_view view;
	struct guest *next;
};

/* errno is a thread-local variable that every thread has. */
static void *look(void *arg)
{
	struct guest *guest = arg;
	int local = 0;

	while (sem_wait(&guest->may_look) != 0)
		;
	guest->view.local = (uintptr_t)&local;
	guest->view.tls = (uintptr_t)&errno;
	guest->view.global = (uintptr_t)&counted_nowhere;
	guest->view.heap = (uintptr_t)guest->heap;
	guest->view.code = (uintptr_t)look;
	return NULL;
}

static int invite(struct guest **list, void *heap)
{
	struct guest *guest = calloc(1, sizeof *guest);

	if (!guest)
		return ENOMEM;
	guest->heap = heap ? heap : guest;
	sem_init(&guest->may_look, 0, 0);
	int error = pthread_create(&guest->thread, NULL, look, guest);
	if (error) {
		sem_destroy(&guest->may_look);
		free(guest);
		return error;
	}
	guest->next = *list;
	*list = guest;
	return 0;
}

int seg_view_threads(unsigned n, struct seg_view view[])
{
	struct guest *list = NULL;
	void *heap = NULL;
	int error = n == 0 || !view ? EINVAL : 0;

	for (unsigned i = 0; i < n && !error; i++) {
		error = invite(&list, heap);
		if (!error && !heap)
			heap = list;
	}
	for (struct guest *guest = list; guest; guest = guest->next)
		sem_post(&guest->may_look);
	for (struct guest *guest = list, *next; guest; guest = next) {
		next = guest->next;
		pthread_join(guest->thread, NULL);
		if (!error)
			*view++ = guest->view;
		sem_destroy(&guest->may_look);
		free(guest);
	}
	errno = error;
	return error ? -1 : 0;
}
