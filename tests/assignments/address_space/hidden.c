/* hidden.c - the tests of address_space that only instructors have. Each one tests sentences of
 * include/address_space.h; two are any small client. */
#define _GNU_SOURCE 1
#include "address_space.h"
#include "kit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

static char *seg_name(int segment)
{
	static const char *const name[] = {"SEG_TEXT",       "SEG_RODATA",       "SEG_DATA", "SEG_BSS", "SEG_HEAP",
	                                   "SEG_MAIN_STACK", "SEG_THREAD_STACK", "SEG_MMAP", "SEG_NONE"};

	return (char *)(uintptr_t)(segment >= SEG_TEXT && segment <= SEG_NONE ? name[segment] : "no segment");
}

/* ---- seg_find -------------------------------------------------------------------------------- */

/* `count` bytes whose last one is the last of its page: behind it nothing can be read. */
struct edge {
	char *pages, *text;
	size_t bytes;
};

static struct edge at_edge(const char *text, size_t count)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), bytes = (count + page - 1) / page * page;
	struct edge edge = {.bytes = bytes + page};

	edge.pages = mmap(NULL, edge.bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	cr_assert(ne(ptr, edge.pages, MAP_FAILED), "the test needs memory");
	mprotect(edge.pages + bytes, page, PROT_NONE);
	edge.text = edge.pages + bytes - count;
	memcpy(edge.text, text, count);
	return edge;
}

static void leave(struct edge *edge)
{
	munmap(edge->pages, edge->bytes);
}

static void expect_path(const char *maps, size_t bytes, uintptr_t addr, const char *path, const char *what)
{
	struct seg_range range = {0};
	size_t length = strlen(path);

	errno = 0;
	int result = seg_find(maps, bytes, addr, &range);
	cr_assert(eq(int, result, 0), "%s: seg_find of %#lx returned %d (errno is %s), expected 0", what, addr, result,
	          kit_error_name(errno));
	cr_assert(eq(sz, range.path_bytes, length), "%s: the path has %zu bytes, path_bytes is %zu", what, length,
	          range.path_bytes);
	cr_assert(length == 0 || memcmp(range.path, path, length) == 0, "%s: the path is another one", what);
}

/* To whoever reads lines in pieces of 256, 512, 1024 or 4096 bytes, a piece of this path is a line that has all
 * addresses. */
static void expect_no_line_in_a_path(void)
{
	static const char like_a_line[] = "0-ffffffffffffffff r-xp 0 0 0 [stack]";
	static char path[5000], text[6000];
	int path_at = snprintf(text, sizeof text, "00400000-00401000 r--p 00000000 fe:01 9                          ");

	memset(path, 'a', sizeof path - 1);
	path[0] = '/';
	for (size_t piece = 256; piece <= 4096; piece *= 2)
		memcpy(path + piece - 1 - (size_t)path_at, like_a_line, sizeof like_a_line - 1);
	int bytes = snprintf(text, sizeof text,
	                     "00400000-00401000 r--p 00000000 fe:01 9                          %s\n"
	                     "00401000-00402000 rw-p 00000000 00:00 0                          [heap]\n",
	                     path);
	expect_path(text, (size_t)bytes, 0x400800, path, "a long line with a path like a line");
	expect_path(text, (size_t)bytes, 0x401800, "[heap]", "the line behind one with a path like a line");
}

KIT_TEST(address_space, a_path_has_any_length)
{
	static const size_t lengths[] = {1, 254, 300, 4095, 20000};

	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		size_t length = lengths[i], room = length + 400;
		char *path = malloc(length + 1), *text = malloc(room);

		memset(path, 'a', length);
		path[0] = '/';
		path[length] = 0;
		int bytes = snprintf(text, room,
		                     "00400000-00401000 r--p 00000000 fe:01 9                          %s\n"
		                     "00401000-00402000 rw-p 00000000 00:00 0                          [heap]\n",
		                     path);
		expect_path(text, (size_t)bytes, 0x400fff, path, "a long line");
		expect_path(text, (size_t)bytes, 0x401000, "[heap]", "the line behind a long one");
		free(path);
		free(text);
	}
	expect_no_line_in_a_path();
}

KIT_TEST(address_space, addresses_have_64_bits)
{
	static const char text[] = "00400000-00452000 r-xp 00000000 08:02 173521                     /low\n"
	                           "100400000-100452000 r-xp 00000000 08:02 173521                   /nine digits\n"
	                           "7fff00400000-7fff00452000 r-xp 00000000 08:02 173521             /twelve digits\n"
	                           "8000000000400000-8000000000452000 r-xp 00000000 08:02 173521     /sixteen digits\n"
	                           "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0          [vsyscall]\n";
	static const struct {
		uintptr_t addr, begin;
	} expected[] = {{0x400000, 0x400000},
	                {0x100400000, 0x100400000},
	                {0x7fff00451fff, 0x7fff00400000},
	                {0x8000000000400000, 0x8000000000400000},
	                {0xffffffffff600fff, 0xffffffffff600000}};

	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
		struct seg_range range = {.begin = 1};
		int result = seg_find(text, sizeof text - 1, expected[i].addr, &range);

		cr_assert(result == 0 && range.begin == expected[i].begin,
		          "the line of %#lx begins with %lx: seg_find returned %d, and out->begin is %#lx", expected[i].addr,
		          expected[i].begin, result, range.begin);
	}
}

KIT_TEST(address_space, nothing_behind_the_text_is_read)
{
	static const char with[] =
	    "00400000-00401000 r--p 00000000 00:00 0 \n00401000-00402000 rw-p 00000000 00:00 0 [heap]\n";
	static const char without[] =
	    "00400000-00401000 r--p 00000000 00:00 0 \n00401000-00402000 rw-p 00000000 fe:01 9 /a/path";
	static const char bare[] = "00400000-00401000 r--p 00000000 00:00 0 \n00401000-00402000 rw-p 00000000 00:00 0";
	static const struct {
		const char *text, *path, *what;
		size_t bytes;
	} last[] = {{with, "[heap]", "a last line with its end of line", sizeof with - 1},
	            {without, "/a/path", "a last line without its end of line", sizeof without - 1},
	            {bare, "", "a last line without a path and without its end of line", sizeof bare - 1},
	            {with, "", "a text that is followed by more", 41}};

	for (size_t i = 0; i < sizeof last / sizeof *last; i++) {
		struct edge edge = at_edge(last[i].text, last[i].bytes);
		struct seg_range range;

		if (i < 3)
			expect_path(edge.text, last[i].bytes, 0x401800, last[i].path, last[i].what);
		expect_path(edge.text, last[i].bytes, 0x400800, "", last[i].what);
		errno = 0;
		int result = seg_find(edge.text, last[i].bytes, 0x402000, &range), error = errno;
		cr_assert(result == -1 && error == EFAULT,
		          "%s, looked for an address above it: %d with errno %s, expected -1 with EFAULT", last[i].what, result,
		          kit_error_name(error));
		leave(&edge);
	}
	/* The same bytes, and behind them some that are none of the text's. */
	struct seg_range range;
	errno = 0;
	int result = seg_find(with, 41, 0x401800, &range), error = errno;
	cr_assert(result == -1 && error == EFAULT,
	          "the address is in a line behind the text: seg_find returned %d with errno %s, expected -1 with EFAULT",
	          result, kit_error_name(error));
}

/* A text of lines that are chosen, an address at an edge of one of them, and the answer by arithmetic. */
KIT_TEST(address_space, any_line_at_any_edge)
{
	static const char *const permissions[] = {"r--p", "rwxs", "---p"};
	static const char *const paths[] = {"", "/a/file (deleted)", "[heap]"};
	enum { COUNT = 3, PAGE = 0x1000 };
	struct {
		uintptr_t begin, end;
		unsigned permissions, path;
		size_t at; /* in the text */
	} line[COUNT];
	char text[512];
	size_t bytes = 0;
	uintptr_t at = kit_choose(2) ? 0x80000000 : 0x10000;

	for (unsigned i = 0; i < COUNT; i++) {
		unsigned shape = kit_choose(9);

		line[i].begin = at + PAGE * kit_choose(2);
		line[i].end = at = line[i].begin + PAGE * 2;
		line[i].permissions = shape / 3;
		line[i].path = shape % 3;
		line[i].at = bytes;
		bytes += (size_t)snprintf(text + bytes, sizeof text - bytes, "%08lx-%08lx %s 00000000 00:00 0 %*s%s\n",
		                          line[i].begin, line[i].end, permissions[line[i].permissions], line[i].path ? 25 : 0,
		                          "", paths[line[i].path]);
	}
	if (kit_choose(2))
		bytes--; /* no end of line at the end */
	unsigned which = kit_choose(COUNT), edge = KIT_CHOOSE("address", "begin - 1", "begin", "end - 1", "end");
	uintptr_t addr = edge == 0 ? line[which].begin - 1 : edge == 1 ? line[which].begin : line[which].end - (edge == 2);
	struct seg_range range = {.begin = 5};

	int expected = -1;
	for (unsigned i = 0; i < COUNT; i++)
		if (addr >= line[i].begin && addr < line[i].end)
			expected = (int)i;
	errno = 0;
	int result = seg_find(text, bytes, addr, &range), error = errno;
	if (expected < 0) {
		cr_assert(result == -1 && error == EFAULT && range.begin == 5,
		          "no line has %#lx: seg_find returned %d with errno %s, expected -1 with EFAULT and *out as it was",
		          addr, result, kit_error_name(error));
		return;
	}
	const char *says = permissions[line[expected].permissions], *path = paths[line[expected].path];
	cr_assert(eq(int, result, 0), "line %d has %#lx: seg_find returned %d with errno %s, expected 0", expected + 1,
	          addr, result, kit_error_name(error));
	cr_assert(range.begin == line[expected].begin && range.end == line[expected].end,
	          "line %d has %#lx: begin and end are of another one", expected + 1, addr);
	cr_assert(range.readable == (says[0] == 'r') && range.writable == (says[1] == 'w') &&
	              range.executable == (says[2] == 'x') && range.is_private == (says[3] == 'p'),
	          "line %d says %s: out says something else", expected + 1, says);
	cr_assert(range.path_bytes == strlen(path) && (!*path || memcmp(range.path, path, strlen(path)) == 0),
	          "the path of line %d, \"%.*s\", has %zu bytes: path_bytes is %zu%s", expected + 1,
	          (int)strcspn(text + line[expected].at, "\n"), text + line[expected].at, strlen(path), range.path_bytes,
	          range.path_bytes == strlen(path) ? ", and path points elsewhere" : "");
}

KIT_TEST(address_space, wrong_arguments_are_einval)
{
	static const char text[] = "00400000-00452000 r-xp 00000000 08:02 173521                     /low\n";
	struct seg_range range;
	struct seg_view view;
	struct {
		const char *what;
		int result, error;
	} call[6];
	unsigned made = 0;

#define CALL(name, call_)                                                                                              \
	errno = 0;                                                                                                         \
	call[made].what = (name);                                                                                          \
	call[made].result = (call_);                                                                                       \
	call[made++].error = errno
	CALL("seg_find of NULL", seg_find(NULL, 5, 0x400000, &range));
	CALL("seg_find of NULL and 0 bytes", seg_find(NULL, 0, 0x400000, &range));
	CALL("seg_find with out NULL", seg_find(text, sizeof text - 1, 0x400000, NULL));
	CALL("seg_classify with out NULL", seg_classify(text, NULL));
	CALL("seg_view_threads of 0", seg_view_threads(0, &view));
	CALL("seg_view_threads with view NULL", seg_view_threads(1, NULL));
#undef CALL
	for (unsigned i = 0; i < made; i++)
		cr_assert(call[i].result == -1 && call[i].error == EINVAL,
		          "%s returned %d with errno %s, expected -1 with EINVAL", call[i].what, call[i].result,
		          kit_error_name(call[i].error));
	cr_assert(eq(uint, fi_calls(KIT_THREAD_CREATE), 0), "where n is 0 or view is NULL no thread is created");
}

/* ---- seg_classify ---------------------------------------------------------------------------- */

/* The mappings of this process now, by other means than the submission's. */
struct mapping {
	uintptr_t begin, end;
	char permissions[5], path[120];
};
enum { MAPPINGS = 4096 };

static unsigned read_mappings(struct mapping *mapping)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char *line = NULL;
	size_t room = 0;
	unsigned count = 0;

	while (maps && count < MAPPINGS && getline(&line, &room, maps) > 0) {
		struct mapping *it = &mapping[count];
		int at = 0;

		if (sscanf(line, "%lx-%lx %4s %*s %*s %*s %n", &it->begin, &it->end, it->permissions, &at) != 3)
			continue;
		snprintf(it->path, sizeof it->path, "%.*s", at ? (int)strcspn(line + at, "\n") : 0, line + at);
		count++;
	}
	free(line);
	if (maps)
		fclose(maps);
	return count;
}

static const struct mapping *mapping_of(const struct mapping *mapping, unsigned count, const void *addr)
{
	for (unsigned i = 0; i < count; i++)
		if (mapping[i].begin <= (uintptr_t)addr && (uintptr_t)addr < mapping[i].end)
			return &mapping[i];
	return NULL;
}

static bool path_is(const void *addr, const char *path)
{
	struct mapping *mapping = malloc(MAPPINGS * sizeof *mapping);
	unsigned count = read_mappings(mapping);
	const struct mapping *it = mapping_of(mapping, count, addr);
	bool is = it && strcmp(it->path, path) == 0;

	free(mapping);
	return is;
}

static void expect_segment(const void *addr, enum seg expected, const char *what)
{
	enum seg segment = (enum seg) - 1;

	errno = 0;
	int result = seg_classify(addr, &segment);
	cr_assert(result == 0 || kit_watched(), "%s: seg_classify returned %d (errno is %s), expected 0", what, result,
	          kit_error_name(errno));
	char *found = seg_name((int)segment), *wanted = kit_watched() ? found : seg_name((int)expected);
	cr_assert(eq(str, found, wanted), "%s is in %s", what, found);
}

extern const char end[]; /* end(3) */
static int zero[3];

/* A mapping of the file with a name, which this makes, where it can: MAP_FAILED if it cannot. At or above `hint`, if
 * there is room. */
static void *map_file(const char *name, bool is_new, void *hint, int protection)
{
	int fd = is_new ? open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : open(name, O_RDONLY | O_CLOEXEC);
	void *memory = fd < 0 ? MAP_FAILED : mmap(hint, 4096, protection, MAP_PRIVATE, fd, 0);

	if (fd >= 0)
		close(fd);
	return memory;
}

static enum seg ask_once(const void *addr)
{
	enum seg segment = SEG_NONE;

	seg_classify(addr, &segment);
	return segment;
}

/* Another file with the name of the executable's, elsewhere. */
static void expect_namesake(const char *executable)
{
	const char *slash = strrchr(executable, '/');
	void *memory = slash ? map_file(slash + 1, true, NULL, PROT_READ) : MAP_FAILED;
	enum seg segment = SEG_MMAP;

	if (memory != MAP_FAILED) {
		segment = ask_once(memory);
		munmap(memory, 4096);
		unlink(slash + 1);
	}
	char *found = seg_name((int)segment), *wanted = kit_watched() ? found : seg_name(SEG_MMAP);
	cr_assert(eq(str, found, wanted), "the mapping of a file in another folder that is called like the executable");
}

/* The executable, mapped once more as any file, where no variable of it lies. */
static void expect_copy(void)
{
	void *memory = map_file("/proc/thread-self/exe", false, NULL, PROT_READ | PROT_WRITE);
	enum seg segment = SEG_MMAP;

	if (memory != MAP_FAILED && (uintptr_t)memory > (uintptr_t)end)
		segment = ask_once(memory);
	if (memory != MAP_FAILED)
		munmap(memory, 4096);
	char *found = seg_name((int)segment), *wanted = kit_watched() ? found : seg_name(SEG_MMAP);
	cr_assert(eq(str, found, wanted), "a second mapping of the executable, which can be written and is above `edata`");
}

/* Which there are depends on the tool: all are asked for, and one wrong answer is told. */
KIT_TEST(address_space, libraries_are_mappings)
{
	struct mapping *mapping = malloc(MAPPINGS * sizeof *mapping);
	unsigned count = read_mappings(mapping), asked = 0, read_only = 0, most = kit_n(16, 4);
	const struct mapping *executable = mapping_of(mapping, count, (const void *)(uintptr_t)path_is);
	char what[200] = "", own_path[sizeof mapping->path] = "";
	int result = 0;
	enum seg segment = SEG_MMAP;

	if (executable)
		snprintf(own_path, sizeof own_path, "%s", executable->path);

	for (unsigned i = 0; i < count && asked < most && result == 0 && segment == SEG_MMAP; i++) {
		const struct mapping *it = &mapping[i];

		if (!it->path[0] || (executable && strcmp(it->path, executable->path) == 0) ||
		    strcmp(it->path, "[heap]") == 0 || strcmp(it->path, "[stack]") == 0 ||
		    strncmp(it->permissions, "---", 3) == 0)
			continue;
		if (strncmp(it->permissions, "r--", 3) == 0 && it->path[0] == '/' && read_only++ >= 2)
			continue; /* there are many, and they are all alike */
		asked++;
		snprintf(what, sizeof what, "an address in the mapping \"%s ... %s\"", it->permissions, it->path);
		segment = SEG_NONE;
		result = seg_classify((const void *)(it->begin + 8), &segment);
	}
	free(mapping);
	cr_assert(asked > 0, "the test finds a library");
	cr_assert(result == 0 || kit_watched(), "%s: seg_classify returned %d, expected 0", what, result);
	cr_assert(segment == SEG_MMAP || kit_watched(), "%s: it is in %s, expected SEG_MMAP", what, seg_name((int)segment));
	expect_copy();
	expect_namesake(own_path);
}

/* In /proc/self/maps a path begins at the 73rd byte of its line. To whoever reads the file in pieces of 255 bytes, the
 * end of this one is a line that has all addresses. */
static void expect_long_line(void)
{
	enum { PATH_AT = 73, PIECE = 255 };
	static const char like_a_line[] = "0-ffffffffffffffff r-xp 0 0 0 [stack]";
	void *low = (void *)0x20000000, *addr = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char folder[PIECE] = "", name[PIECE + 1] = "";
	enum seg expected = ask_once(addr), segment = expected;
	cr_assert(ne(ptr, addr, MAP_FAILED), "the test needs memory");
	size_t before = getcwd(folder, sizeof folder) ? PATH_AT + strlen(folder) + 1 : PIECE;

	if (before < PIECE) {
		memset(name, 'a', PIECE - before);
		strcpy(name + PIECE - before, like_a_line);
		void *memory = map_file(name, true, low, PROT_READ);
		if (memory != MAP_FAILED) {
			segment = ask_once(addr);
			munmap(memory, 4096);
			unlink(name);
		}
	}
	munmap(addr, 4096);
	char *found = seg_name((int)segment), *wanted = kit_watched() ? found : seg_name((int)expected);
	cr_assert(eq(str, found, wanted),
	          "memory from mmap, whose line comes after one with a path of more than 180 bytes");
}

KIT_TEST(address_space, the_text_has_any_length)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = kit_repeat(600, 150);
	char *memory = mmap(NULL, pages * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	cr_assert(ne(ptr, memory, MAP_FAILED), "the test needs memory");
	for (size_t i = 0; i < pages; i += 2)
		mprotect(memory + i * page, page, PROT_READ | PROT_WRITE);
	expect_segment(memory, SEG_MMAP, "the first of many mappings");
	expect_segment(memory + (pages - 2) * page + 5, SEG_MMAP, "the last of many mappings");
	expect_segment(memory + (pages - 1) * page + 5, SEG_NONE, "the last of many mappings, which has PROT_NONE");
	munmap(memory, pages * page);
	expect_long_line();
}

KIT_TEST(address_space, an_open_that_fails_is_reported)
{
	struct rlimit limit, less;
	enum seg segment = SEG_DATA;
	int lowest = dup(0);

	cr_assert(lowest >= 0, "the test needs a descriptor");
	close(lowest);
	getrlimit(RLIMIT_NOFILE, &limit);
	less = limit;
	less.rlim_cur = (rlim_t)lowest;
	setrlimit(RLIMIT_NOFILE, &less);
	errno = 0;
	int result = seg_classify(&zero[1], &segment), error = errno;
	setrlimit(RLIMIT_NOFILE, &limit);
	cr_assert(
	    result == -1 && error == EMFILE && segment == SEG_DATA,
	    "no descriptor is free: seg_classify returned %d with errno %s, expected -1 with EMFILE and *out as it was",
	    result, kit_error_name(error));
}

/* What a thread is told of a few addresses. */
struct asker {
	const void *addr[4];
	enum seg segment[4];
	int result[4];
	unsigned count;
	const void *local; /* set by the thread: one of its variables */
	enum seg of_local;
	sem_t asked, go_on; /* it has asked; it may end */
	pthread_t thread;
};

static void *ask(void *arg)
{
	struct asker *asker = arg;
	int local = 0;

	asker->local = &local;
	asker->of_local = SEG_NONE;
	seg_classify(&local, &asker->of_local);
	for (unsigned i = 0; i < asker->count; i++) {
		asker->segment[i] = SEG_NONE;
		asker->result[i] = seg_classify(asker->addr[i], &asker->segment[i]);
	}
	sem_post(&asker->asked);
	while (sem_wait(&asker->go_on) != 0)
		;
	return NULL;
}

static void start(struct asker *asker, const pthread_attr_t *attributes)
{
	sem_init(&asker->asked, 0, 0);
	sem_init(&asker->go_on, 0, 0);
	int error = pthread_create(&asker->thread, attributes, ask, asker);
	cr_assert(eq(int, error, 0), "the test needs a thread");
	while (sem_wait(&asker->asked) != 0)
		;
}

static void finish(struct asker *asker)
{
	sem_post(&asker->go_on);
	pthread_join(asker->thread, NULL);
	sem_destroy(&asker->asked);
	sem_destroy(&asker->go_on);
}

KIT_TEST(address_space, a_stack_is_the_caller_s_own)
{
	int mine = 0;
	struct asker first = {.addr = {&mine, zero}, .count = 2}, second = {.count = 1};
	enum seg of_first = SEG_NONE, usual = SEG_NONE;

	seg_classify(zero, &usual);

	start(&first, NULL);
	second.addr[0] = first.local;
	start(&second, NULL);
	seg_classify(first.local, &of_first);
	finish(&second);
	finish(&first);
	cr_assert(kit_watched() || (first.of_local == SEG_THREAD_STACK && second.of_local == SEG_THREAD_STACK),
	          "a local variable of the thread that asks: it is in %s, expected SEG_THREAD_STACK",
	          seg_name((int)(first.of_local == SEG_THREAD_STACK ? second.of_local : first.of_local)));
	cr_assert(kit_watched() || second.segment[0] == SEG_MMAP,
	          "a local variable of another thread: it is in %s, expected SEG_MMAP", seg_name((int)second.segment[0]));
	cr_assert(kit_watched() || of_first == SEG_MMAP,
	          "a local variable of a thread, asked by the main thread: it is in %s, expected SEG_MMAP",
	          seg_name((int)of_first));
	cr_assert(kit_watched() || first.segment[1] == usual,
	          "a variable that begins with 0, asked by a thread: it is in %s, expected %s",
	          seg_name((int)first.segment[1]), seg_name((int)usual));
	bool is_main = path_is(&mine, "[stack]");
	cr_assert(kit_watched() || first.segment[0] == SEG_MAIN_STACK || !is_main,
	          "a local variable of the main thread, asked by another one: it is in %s, expected SEG_MAIN_STACK",
	          seg_name((int)first.segment[0]));
}

KIT_TEST(address_space, a_stack_can_be_part_of_a_mapping)
{
	enum { PART = 1 << 20 };
	char *memory = mmap(NULL, 3 * PART, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct asker asker = {.count = 4};
	pthread_attr_t attributes;

	cr_assert(ne(ptr, memory, MAP_FAILED), "the test needs memory");
	pthread_attr_init(&attributes);
	pthread_attr_setstack(&attributes, memory + PART, PART);
	asker.addr[0] = memory + PART - 1;
	asker.addr[1] = memory + PART;
	asker.addr[2] = memory + 2 * PART - 1;
	asker.addr[3] = memory + 2 * PART;
	start(&asker, &attributes);
	finish(&asker);
	pthread_attr_destroy(&attributes);
	munmap(memory, 3 * PART);
	cr_assert(kit_watched() || asker.of_local == SEG_THREAD_STACK,
	          "a local variable of the thread that asks: it is in %s, expected SEG_THREAD_STACK",
	          seg_name((int)asker.of_local));
	for (int i = 0; i < 4; i++) {
		static const char *const what[] = {"one below the stack of the thread that asks",
		                                   "the lowest address of its stack", "the highest address of its stack",
		                                   "one above its stack"};
		enum seg expected = i == 1 || i == 2 ? SEG_THREAD_STACK : SEG_MMAP;

		cr_assert(kit_watched() || asker.segment[i] == expected, "%s, in the same mapping: it is in %s, expected %s",
		          what[i], seg_name((int)asker.segment[i]), seg_name((int)expected));
	}
}

/* ---- seg_view_threads ------------------------------------------------------------------------ */

enum { MOST = 4, LEAST_STACK = 16384 };

static uintptr_t distance(uintptr_t a, uintptr_t b)
{
	return a < b ? b - a : a - b;
}

static bool is_set(const struct seg_view *view)
{
	return view->local == 7 && view->tls == 7 && view->global == 7 && view->heap == 7 && view->code == 7;
}

static void set(struct seg_view view[], unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		view[i] = (struct seg_view){7, 7, 7, 7, 7};
}

/* What n threads have said: NULL, or what is wrong with it. */
static const char *fault_in(const struct seg_view view[], unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (is_set(&view[i]))
			return "a view is as it was";
		if (view[i].global != view[0].global || view[i].heap != view[0].heap || view[i].code != view[0].code)
			return "global, heap or code differ";
	}
	return NULL;
}

static bool overlap(const struct seg_view view[], unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		for (unsigned other = 0; other < i; other++)
			if (distance(view[i].local, view[other].local) < LEAST_STACK &&
			    !path_is((const void *)view[i].local, "[heap]")) /* no local variable: another test's affair */
				return true;
	return false;
}

KIT_TEST(address_space, the_caller_is_none_of_them)
{
	struct seg_view view[MOST];
	pthread_attr_t attributes;
	void *low = NULL;
	size_t bytes = 0;
	unsigned n = 3;

	set(view, MOST);
	int result = seg_view_threads(n, view);
	unsigned created = fi_calls(KIT_THREAD_CREATE);
	cr_assert(eq(int, result, 0), "seg_view_threads of %u returned %d, expected 0", n, result);
	cr_assert(eq(uint, created, n), "%u views are of %u new threads: %u were created", n, n, created);
	pthread_getattr_np(pthread_self(), &attributes);
	pthread_attr_getstack(&attributes, &low, &bytes);
	pthread_attr_destroy(&attributes);
	for (unsigned i = 0; i < n; i++)
		cr_assert(view[i].local - (uintptr_t)low >= bytes && view[i].tls != (uintptr_t)&errno,
		          "each view is one thread's own: view[%u] is the caller's", i);
	cr_assert(is_set(&view[n]), "%u views are written: one more is", n);
}

struct caller {
	struct seg_view view[MOST];
	unsigned n;
	int result;
	enum seg segment;
	pthread_t thread;
};

static void *call_view(void *arg)
{
	struct caller *caller = arg;

	caller->result = seg_view_threads(caller->n, caller->view);
	return NULL;
}

/* The first thread runs as far as it can before the second one is created. */
KIT_TEST(address_space, each_keeps_its_stack_until_all_exist)
{
	struct caller caller = {.n = 3};

	for (unsigned nth = 1; nth < 3; nth++) {
		struct kit_gate *gate = gate_after(KIT_THREAD_CREATE, nth);

		pthread_create(&caller.thread, NULL, call_view, &caller);
		kit_let_others_run();
		gate_open(gate);
		pthread_join(caller.thread, NULL);
		fi_reset();
		cr_assert(eq(int, caller.result, 0), "seg_view_threads of 3 returned %d, expected 0", caller.result);
		cr_assert(
		    overlap(caller.view, 3) == false,
		    "the new threads run as far as they can before the next one is created: the local variables of two of 3 "
		    "threads are on the same stack");
	}
}

/* How many calls it takes to read a file is the submission's affair: too many for a search. */
static void *call_both(void *arg)
{
	struct caller *caller = arg;

	caller->result = seg_view_threads(caller->n, caller->view);
	if (kit_n(1, 0))
		seg_classify(&zero[1], &caller->segment);
	else
		caller->segment = SEG_BSS;
	return NULL;
}

/* Each is told what a caller alone is told: whether that is right is another test's affair. The two come first: what is
 * done once for all calls is done while they are there. */
KIT_TEST(address_space, two_callers_do_not_disturb_each_other)
{
	struct caller alone = {.n = kit_n(2, 1), .segment = SEG_NONE}, caller[2];

	for (int i = 0; i < 2; i++) {
		caller[i] = (struct caller){.n = alone.n, .segment = SEG_NONE};
		pthread_create(&caller[i].thread, NULL, call_both, &caller[i]);
	}
	for (int i = 0; i < 2; i++)
		pthread_join(caller[i].thread, NULL);
	call_both(&alone);
	cr_assert(eq(int, alone.result, 0), "a caller alone: seg_view_threads returned %d, expected 0", alone.result);
	for (int i = 0; i < 2; i++) {
		const char *fault = fault_in(caller[i].view, alone.n);

		cr_assert(caller[i].result == alone.result && (!fault || fault_in(alone.view, alone.n)),
		          "two callers at once: seg_view_threads of caller %d returned %d, alone %d, and %s", i,
		          caller[i].result, alone.result, fault ? fault : "its views are right");
		cr_assert(caller[i].segment == alone.segment, "two callers at once: caller %d is told %s, alone %s", i,
		          seg_name((int)caller[i].segment), seg_name((int)alone.segment));
	}
}

KIT_TEST(address_space, any_few_threads)
{
	unsigned n = 1 + kit_choose(3), fault = KIT_CHOOSE("fault", "none", "a create fails", "no memory"),
	         nth = 1 + kit_choose(n);
	enum kit_op op = fault == 1 ? KIT_THREAD_CREATE : KIT_MALLOC;
	int error = fault == 1 ? EAGAIN : ENOMEM;
	struct seg_view view[MOST];

	set(view, MOST);
	if (fault)
		fi_fail_nth(op, nth, error);
	errno = 0;
	int result = seg_view_threads(n, view), seen = errno;
	bool fails = fault && fi_calls(op) >= nth;
	fi_reset();
	if (fails) {
		cr_assert(result == -1 && seen == error,
		          "%u threads, %s: seg_view_threads returned %d with errno %s, expected -1 with %s", n,
		          fault == 1 ? "a create fails" : "no memory", result, kit_error_name(seen), kit_error_name(error));
		for (unsigned i = 0; i < MOST; i++)
			cr_assert(is_set(&view[i]), "%u threads, %s: view[%u] is not as it was", n,
			          fault == 1 ? "a create fails" : "no memory", i);
		return;
	}
	cr_assert(eq(int, result, 0), "%u threads: seg_view_threads returned %d with errno %s, expected 0", n, result,
	          kit_error_name(seen));
	cr_assert(fault_in(view, n) == NULL, "%u threads: %s", n, fault_in(view, n));
}
