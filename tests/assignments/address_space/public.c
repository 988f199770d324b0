/* public.c - the tests of address_space that students have. */
#define _GNU_SOURCE 1
#include "address_space.h"
#include "kit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const struct seg_range untouched = {1, 2, true, false, true, false, "as it was", 9};

/* end(3). */
extern const char __executable_start[], etext[], edata[], end[];

/* ---- seg_find: texts -------------------------------------------------------------------------- */

static const char text[] = "555555554000-555555555000 r--p 00000000 fe:01 131                        /usr/bin/cat\n"
                           "555555555000-55555555a000 r-xp 00001000 fe:01 131                        /usr/bin/cat\n"
                           "55555555f000-555555580000 rw-p 00000000 00:00 0                          [heap]\n"
                           "7ffff7a00000-7ffff7c00000 ---p 00000000 00:00 0 \n"
                           "7ffff7c00000-7ffff7c02000 rw-s 00000000 00:05 77                         /dev/shm/one\n"
                           "7ffff7fc1000-7ffff7fc3000 r-xp 00000000 00:00 0                          [vdso]\n"
                           "7ffffffde000-7ffffffff000 rw-p 00000000 00:00 0                          [stack]\n";

/* The same by hand. */
static const struct line {
	uintptr_t begin, end;
	const char *permissions, *path;
} lines[] = {
    {0x555555554000, 0x555555555000, "r--p", "/usr/bin/cat"}, {0x555555555000, 0x55555555a000, "r-xp", "/usr/bin/cat"},
    {0x55555555f000, 0x555555580000, "rw-p", "[heap]"},       {0x7ffff7a00000, 0x7ffff7c00000, "---p", ""},
    {0x7ffff7c00000, 0x7ffff7c02000, "rw-s", "/dev/shm/one"}, {0x7ffff7fc1000, 0x7ffff7fc3000, "r-xp", "[vdso]"},
    {0x7ffffffde000, 0x7ffffffff000, "rw-p", "[stack]"}};
enum { LINES = sizeof lines / sizeof *lines };

static void expect_line(const char *maps, size_t bytes, uintptr_t addr, const struct line *line)
{
	struct seg_range range = untouched;

	errno = 0;
	int result = seg_find(maps, bytes, addr, &range);
	cr_assert(eq(int, result, 0), "seg_find of %#lx, which is in a line \"%lx-%lx ...\", returned %d (errno is %s)",
	          addr, line->begin, line->end, result, kit_error_name(errno));
	char interval[40], told[40];
	snprintf(told, sizeof told, "%lx-%lx", line->begin, line->end);
	snprintf(interval, sizeof interval, "%lx-%lx", range.begin, range.end);
	cr_assert(eq(str, interval, told), "the line of %#lx begins with \"%s\"", addr, told);
	char permissions[] = {range.readable ? 'r' : '-', range.writable ? 'w' : '-', range.executable ? 'x' : '-',
	                      range.is_private ? 'p' : 's', 0};
	cr_assert(eq(str, permissions, (char *)(uintptr_t)line->permissions), "the line of %#lx has the letters \"%s\"",
	          addr, line->permissions);
	size_t length = strlen(line->path);
	bool inside = length == 0 || (range.path >= maps && range.path + range.path_bytes <= maps + bytes);
	cr_assert(eq(sz, range.path_bytes, length), "the path of %#lx is \"%.60s\", of %zu bytes: path_bytes is %zu", addr,
	          line->path, length, range.path_bytes);
	cr_assert(inside, "the path points into the text that was given: it points elsewhere");
	cr_assert(length == 0 || memcmp(range.path, line->path, length) == 0,
	          "the path of %#lx is \"%.60s\": out has \"%.*s\"", addr, line->path, (int)(length < 60 ? length : 60),
	          range.path);
}

static void expect_no_line(const char *maps, size_t bytes, uintptr_t addr, const char *what)
{
	struct seg_range range = untouched;

	errno = 0;
	int result = seg_find(maps, bytes, addr, &range);
	cr_assert(result == -1 && errno == EFAULT,
	          "%s: seg_find of %#lx returned %d with errno %s, expected -1 with EFAULT", what, addr, result,
	          kit_error_name(errno));
	cr_assert(range.begin == untouched.begin && range.end == untouched.end && range.path == untouched.path &&
	              range.path_bytes == untouched.path_bytes && range.readable && !range.writable && range.executable,
	          "%s: seg_find of %#lx failed, and *out is not as it was", what, addr);
}

KIT_TEST(address_space, a_line_is_read_whole)
{
	for (int i = 0; i < LINES; i++)
		expect_line(text, sizeof text - 1, lines[i].begin + 0x7f8, &lines[i]);
}

/* Two that follow each other, and one behind a gap; what else the lines say is another test's affair. */
static const char neighbours[] = "00001000-00002000 r--p 00000000 00:00 0\n"
                                 "00002000-00005000 rw-p 00000000 00:00 0\n"
                                 "00006000-00007000 r--p 00000000 00:00 0\n";

KIT_TEST(address_space, the_end_is_exclusive)
{
	static const struct {
		uintptr_t addr;
		const char *interval;
	} edges[] = {{0xfff, "none"},       {0x1000, "1000-2000"}, {0x1fff, "1000-2000"}, {0x2000, "2000-5000"},
	             {0x4fff, "2000-5000"}, {0x5000, "none"},      {0x5fff, "none"},      {0x6000, "6000-7000"},
	             {0x6fff, "6000-7000"}, {0x7000, "none"}};

	for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
		struct seg_range range = untouched;
		char interval[40] = "none", *expected = (char *)(uintptr_t)edges[i].interval;

		if (seg_find(neighbours, sizeof neighbours - 1, edges[i].addr, &range) == 0)
			snprintf(interval, sizeof interval, "%lx-%lx", range.begin, range.end);
		cr_assert(eq(str, interval, expected),
		          "of the lines 1000-2000, 2000-5000 and 6000-7000, the one that has %#lx is %s", edges[i].addr,
		          interval);
	}
}

KIT_TEST(address_space, an_address_in_no_line_is_efault)
{
	expect_no_line(text, sizeof text - 1, 0, "below all lines");
	expect_no_line(text, sizeof text - 1, 0x55555555c000, "between two lines");
	expect_no_line(text, sizeof text - 1, UINTPTR_MAX, "above all lines");
	expect_no_line("", 0, 0x7ffff7a00000, "in a text without a line");
}

KIT_TEST(address_space, a_path_goes_to_the_end_of_the_line)
{
	static const char odd[] =
	    "00400000-00401000 r--p 00000000 fe:01 9                          /tmp/a file  with blanks\n"
	    "00401000-00402000 r--p 00000000 fe:01 9                          /tmp/gone.so (deleted)\n"
	    "00402000-00403000 rw-p 00000000 fe:01 123456789                  /tmp/1-2 r-xp 0\n"
	    "00403000-00404000 r--p 00000000 fe:01 9                          /tmp/two blanks behind  \n";
	static const struct line expected[] = {{0x400000, 0x401000, "r--p", "/tmp/a file  with blanks"},
	                                       {0x401000, 0x402000, "r--p", "/tmp/gone.so (deleted)"},
	                                       {0x402000, 0x403000, "rw-p", "/tmp/1-2 r-xp 0"},
	                                       {0x403000, 0x404000, "r--p", "/tmp/two blanks behind  "}};

	for (int i = 0; i < 4; i++)
		expect_line(odd, sizeof odd - 1, expected[i].begin + 0x10, &expected[i]);
}

/* ---- seg_classify: this process ---------------------------------------------------------------- */

static const char *const seg_names[] = {"SEG_TEXT",       "SEG_RODATA",       "SEG_DATA", "SEG_BSS", "SEG_HEAP",
                                        "SEG_MAIN_STACK", "SEG_THREAD_STACK", "SEG_MMAP", "SEG_NONE"};

static char *seg_name(int segment)
{
	return (char *)(uintptr_t)(segment >= SEG_TEXT && segment <= SEG_NONE ? seg_names[segment] : "no segment");
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

static const int constant[] = {1, 2, 3};
static int initialised[] = {1, 2, 3};
static int zero[3];
static _Alignas(4096) char zero_pages[3 * 4096];

static int function(void)
{
	return 0;
}

/* Whatever it says when nothing is in its way. */
static enum seg usual(const void *addr)
{
	enum seg segment = SEG_NONE;

	seg_classify(addr, &segment);
	return segment;
}

/* A page in the middle of a variable, which the program may protect as any other. */
static enum seg of_a_page_with(int protection)
{
	char *page = zero_pages + 4096;
	enum seg segment = protection == PROT_NONE ? SEG_NONE : SEG_BSS;

	if (mprotect(page, 4096, protection) == 0) /* pages can be larger than that */
		segment = usual(page + 5);
	mprotect(page, 4096, PROT_READ | PROT_WRITE);
	return segment;
}

/* What is protected is given back before the answer is judged. */
static void expect_the_first_that_is_true(void)
{
	static const int protection[] = {PROT_NONE, PROT_READ};
	static const enum seg expected[] = {SEG_NONE, SEG_BSS};

	for (int i = 0; i < 2; i++) {
		char *found = seg_name((int)of_a_page_with(protection[i])),
		     *wanted = kit_watched() ? found : seg_name((int)expected[i]);

		cr_assert(eq(str, found, wanted), "a page of bss that has been given PROT_%s is in %s",
		          protection[i] == PROT_NONE ? "NONE" : "READ", found);
	}
}

KIT_TEST(address_space, the_executable_has_four_segments)
{
	expect_segment((const void *)(uintptr_t)function, SEG_TEXT, "a function of the program");
	expect_segment(&constant[1], SEG_RODATA, "a constant of the program");
	expect_segment("a string literal", SEG_RODATA, "a string literal");
	expect_segment(&initialised[1], SEG_DATA, "a variable of the program that begins with 1");
	expect_segment(&zero[1], SEG_BSS, "a variable of the program that begins with 0");
	expect_segment(edata - 1, SEG_DATA, "&edata - 1");
	expect_segment(edata, SEG_BSS, "&edata");
	expect_segment(end - 1, SEG_BSS, "&end - 1");
	enum seg segment = SEG_MMAP; /* and it stays that where the address is not mapped */
	seg_classify(end, &segment);
	char *behind = segment == SEG_BSS && !kit_watched() ? "in SEG_BSS" : "not in SEG_BSS";
	cr_assert(eq(str, behind, "not in SEG_BSS"), "&end is the first address behind bss");
}

/* The path of the mapping that has an address now, by other means than the submission's; "" and false: there is none.
 * Tools give a program another heap and another stack: what is expected of these depends on what they are called. */
static bool path_now(const void *addr, char *path, size_t size)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char *line = NULL;
	size_t room = 0;
	bool found = false;

	path[0] = 0;
	while (maps && !found && getline(&line, &room, maps) > 0) {
		unsigned long begin, end;
		int at = 0;

		found = sscanf(line, "%lx-%lx %*s %*s %*s %*s %n", &begin, &end, &at) == 2 && begin <= (uintptr_t)addr &&
		        (uintptr_t)addr < end;
		if (found && at > 0)
			snprintf(path, size, "%.*s", (int)strcspn(line + at, "\n"), line + at);
	}
	free(line);
	if (maps)
		fclose(maps);
	return found;
}

static void *map(size_t bytes, int protection)
{
	void *memory = mmap(NULL, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	cr_assert(ne(ptr, memory, MAP_FAILED), "the test needs memory");
	return memory;
}

KIT_TEST(address_space, what_is_made_at_run_time_has_segments)
{
	int local = 0;
	char path[512];
	enum seg of_local = SEG_NONE;

	seg_classify(&local, &of_local);
	path_now(&local, path, sizeof path);
	bool is_main = strcmp(path, "[stack]") == 0;
	cr_assert(of_local == SEG_MAIN_STACK || !is_main,
	          "a local variable of the main thread: it is in %s, expected SEG_MAIN_STACK", seg_name((int)of_local));
	char *small = malloc(16), *large = malloc(4 << 20), *mapped = map(1 << 16, PROT_READ | PROT_WRITE),
	     *none = map(1 << 16, PROT_NONE), *written = map(1 << 16, PROT_WRITE);
	path_now(small, path, sizeof path);
	expect_segment(small, strcmp(path, "[heap]") == 0 ? SEG_HEAP : SEG_MMAP, "malloc(16)");
	path_now(large, path, sizeof path);
	expect_segment(large, strcmp(path, "[heap]") == 0 ? SEG_HEAP : SEG_MMAP, "malloc of 4 MiB");
	expect_segment(mapped + 5, SEG_MMAP, "anonymous memory from mmap");
	expect_segment(none + 5, SEG_NONE, "memory from mmap with PROT_NONE");
	expect_segment(written + 5, SEG_MMAP, "memory from mmap that can be written and not read");
	munmap(mapped, 1 << 16);
	munmap(written, 1 << 16);
	munmap(none, 1 << 16);
	free(small);
	free(large);
	expect_the_first_that_is_true();
}

static void expect_unmapped(const void *addr, const char *what)
{
	enum seg segment = SEG_DATA;

	errno = 0;
	int result = seg_classify(addr, &segment);
	cr_assert(result == -1 && errno == EFAULT, "%s: seg_classify returned %d with errno %s, expected -1 with EFAULT",
	          what, result, kit_error_name(errno));
	char *out = segment == SEG_DATA ? "as it was" : "another value";
	cr_assert(eq(str, out, "as it was"), "%s: seg_classify failed with EFAULT", what);
}

KIT_TEST(address_space, an_unmapped_address_is_efault)
{
	char *hole = map(3 << 16, PROT_NONE);

	munmap(hole + (1 << 16), 1 << 16);
	expect_unmapped(NULL, "NULL");
	expect_unmapped(hole + (1 << 16) + 5, "memory that is no longer mapped");
	munmap(hole, 1 << 16);
	munmap(hole + (2 << 16), 1 << 16);
}

KIT_TEST(address_space, a_read_gives_little_or_is_interrupted)
{
	const void *addr = (const void *)(uintptr_t)function;
	enum seg expected = usual(addr);

	fi_short_io(true);
	expect_segment(addr, expected, "a function of the program, when a read gives 1 to 3 bytes,");
	fi_reset();
	fi_eintr(2);
	expect_segment(addr, expected, "a function of the program, when every 2nd read is interrupted,");
	fi_reset();
	fi_fail_nth(KIT_READ, 2, EINTR); /* and the 3rd, which is the 2nd of the others */
	fi_eintr(2);
	expect_segment(addr, expected, "a function of the program, when two reads in a row are interrupted,");
	fi_reset();
}

KIT_TEST(address_space, a_read_that_fails_is_reported)
{
	const void *addr = (const void *)(uintptr_t)function;
	enum seg expected = usual(addr);

	for (unsigned nth = 1; nth <= 2; nth++) {
		enum seg segment = SEG_NONE;
		int wanted = nth == 1 ? EIO : EPERM;

		fi_fail_nth(KIT_READ, nth, wanted);
		errno = 0;
		int result = seg_classify(addr, &segment), error = errno;
		bool failed = fi_calls(KIT_READ) >= nth; /* a stream's reads are not counted */
		fi_reset();
		cr_assert(failed ? result == -1 && error == wanted : result == 0 && segment == expected,
		          "%s%s: seg_classify returned %d with errno %s, expected %s%s",
		          failed ? "a read fails with " : "no read fails", failed ? kit_error_name(wanted) : "", result,
		          kit_error_name(error), failed ? "-1 with " : "0", failed ? kit_error_name(wanted) : "");
	}
}

/* ---- seg_view_threads ------------------------------------------------------------------------ */

enum { MOST = 4, LEAST_STACK = 16384 };

static void set(struct seg_view view[], unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		view[i] = (struct seg_view){7, 7, 7, 7, 7};
}

static bool is_set(const struct seg_view *view)
{
	return view->local == 7 && view->tls == 7 && view->global == 7 && view->heap == 7 && view->code == 7;
}

static void look(unsigned n, struct seg_view view[])
{
	set(view, MOST);
	errno = 0;
	int result = seg_view_threads(n, view);
	cr_assert(eq(int, result, 0), "seg_view_threads(%u, view) returned %d (errno is %s), expected 0", n, result,
	          kit_error_name(errno));
}

static uintptr_t distance(uintptr_t a, uintptr_t b)
{
	return a < b ? b - a : a - b;
}

/* A block of malloc, where that is known. */
static bool is_on_heap(uintptr_t addr)
{
	char path[512];

	path_now((const void *)addr, path, sizeof path);
	return strcmp(path, "[heap]") == 0;
}

KIT_TEST(address_space, threads_share_all_but_their_own)
{
	enum { NEIGHBOURS = 256 };
	unsigned n = kit_n(4, 2);
	struct seg_view view[MOST];
	int mine = 0;

	look(n, view);
	for (unsigned i = 0; i < n; i++) {
		cr_assert(is_set(&view[i]) == false, "each thread writes its view: view[%u] of %u is as it was", i, n);
		cr_assert(view[i].global == view[0].global && view[i].heap == view[0].heap && view[i].code == view[0].code,
		          "global, heap and code are the same in all %u threads: they differ between view[0] and view[%u]", n,
		          i);
	}
	for (unsigned i = 1; i < n; i++) /* what is told of the same stack twice is another test's affair */
		cr_assert(view[i].tls != view[0].tls || distance(view[i].local, view[0].local) < LEAST_STACK,
		          "each thread has a thread-local variable to itself: view[%u].tls and view[0].tls are both %#lx", i,
		          view[0].tls);
	cr_assert(view[0].heap != view[0].global && view[0].heap != view[0].code && view[0].heap != view[0].local,
	          "they are five things: view[0].heap is one of the others");
	uintptr_t begin = (uintptr_t)__executable_start;
	cr_assert(view[0].code >= begin && view[0].code < (uintptr_t)etext,
	          "view[0].code is the address of a function of the program: it is %#lx", view[0].code);
	cr_assert(view[0].global >= begin && view[0].global < (uintptr_t)end,
	          "view[0].global is the address of a variable of the program: it is %#lx", view[0].global);
	cr_assert(view[0].tls < begin || view[0].tls >= (uintptr_t)end,
	          "view[0].tls is the address of a thread-local variable: it is that of one which all threads share");
	cr_assert(view[0].heap < begin || view[0].heap >= (uintptr_t)end,
	          "view[0].heap is the address of memory from malloc: it is that of a variable");
	char *heap = distance(view[0].heap, (uintptr_t)&mine) < LEAST_STACK ? "on the caller's stack" : "elsewhere";
	cr_assert(eq(str, heap, "elsewhere"), "view[0].heap is the address of memory from malloc");
	for (unsigned i = 0; i < n; i++) {
		char *local = is_on_heap(view[i].local) ? "in memory from malloc" : "elsewhere";
		unsigned long apart = distance(view[i].local, view[i].tls);

		cr_assert(eq(str, local, "elsewhere"), "view[%u].local is the address of a variable on a thread's stack", i);
		cr_assert(ge(ulong, apart, NEIGHBOURS),
		          "local is on a thread's stack, and tls is not: view[%u].local and view[%u].tls are neighbours", i, i);
	}
}

KIT_TEST(address_space, stacks_do_not_overlap)
{
	unsigned n = kit_n(4, 3);
	struct seg_view view[MOST];
	int mine = 0;

	look(n, view);
	for (unsigned i = 0; i < n; i++) {
		cr_assert(distance(view[i].local, (uintptr_t)&mine) >= LEAST_STACK,
		          "local is on the stack of a new thread: view[%u].local is on the caller's", i);
		for (unsigned other = 0; other < i; other++) {
			unsigned long apart = distance(view[i].local, view[other].local);
			if (apart < LEAST_STACK && (kit_watched() || is_on_heap(view[i].local)))
				apart = LEAST_STACK; /* no local variable at all: another test's affair */
			cr_assert(ge(ulong, apart, LEAST_STACK),
			          "%u threads that are there at the same time have %u stacks: view[%u].local and view[%u].local "
			          "are on the same one",
			          n, n, other, i);
		}
	}
}

static void expect_create_fails(unsigned nth)
{
	struct seg_view view[MOST];

	int wanted = nth == 2 ? EPERM : EAGAIN;
	set(view, MOST);
	fi_fail_nth(KIT_THREAD_CREATE, nth, wanted);
	errno = 0;
	int result = seg_view_threads(3, view), error = errno;
	unsigned calls = fi_calls(KIT_THREAD_CREATE);
	fi_reset();
	bool failed = calls >= nth; /* whether there are so many is another test's affair */
	cr_assert(failed ? result == -1 && error == wanted : result == 0,
	          "pthread_create %u of 3 fails with %s: seg_view_threads returned %d with errno %s, expected -1 with %s",
	          nth, kit_error_name(wanted), result, kit_error_name(error), kit_error_name(wanted));
	for (unsigned i = 0; i < 3; i++) {
		char *it = !failed || is_set(&view[i]) ? "as it was" : "written";

		cr_assert(eq(str, it, "as it was"), "pthread_create %u of 3 fails: view[%u] must not change", nth, i);
	}
}

KIT_TEST(address_space, a_thread_that_cannot_be_created_is_reported)
{
	if (kit_n(0, 1)) {
		expect_create_fails(1 + kit_choose(3));
		return;
	}
	for (unsigned nth = 1; nth <= 3; nth++)
		expect_create_fails(nth);
}

/* How often each is tried is the submission's affair: it ends when there are fewer than nth allocations. */
KIT_TEST(address_space, without_memory_is_enomem)
{
	struct seg_view view[MOST];
	int result = 0, error = 0;
	bool failed = true, right = true;
	const void *addr = (const void *)(uintptr_t)function;
	enum seg segment, expected = usual(addr);

	for (unsigned nth = 1; nth <= 40 && failed && right; nth++) {
		segment = SEG_NONE;
		fi_fail_nth(KIT_MALLOC, nth, ENOMEM);
		errno = 0;
		result = seg_classify(addr, &segment);
		error = errno;
		failed = fi_calls(KIT_MALLOC) >= nth;
		fi_reset();
		right = failed ? result == -1 && error == ENOMEM : result == 0 && segment == expected;
	}
	cr_assert(right, "%s: seg_classify returned %d with errno %s, expected %s",
	          failed ? "no memory" : "there is memory", result, kit_error_name(error), failed ? "-1 with ENOMEM" : "0");
	failed = true;
	for (unsigned nth = 1; nth <= 20 && failed && right; nth++) {
		struct seg_range range = untouched;

		fi_fail_nth(KIT_MALLOC, nth, ENOMEM);
		errno = 0;
		result = seg_find(neighbours, sizeof neighbours - 1, 0x2800, &range);
		error = errno;
		failed = fi_calls(KIT_MALLOC) >= nth;
		fi_reset();
		right = failed ? result == -1 && error == ENOMEM && range.begin == untouched.begin : result == 0;
	}
	cr_assert(right, "%s: seg_find returned %d with errno %s, expected %s", failed ? "no memory" : "there is memory",
	          result, kit_error_name(error), failed ? "-1 with ENOMEM and *out as it was" : "0");
	failed = true;
	for (unsigned nth = 1; nth <= 20 && failed && right; nth++) {
		set(view, MOST);
		fi_fail_nth(KIT_MALLOC, nth, ENOMEM);
		errno = 0;
		result = seg_view_threads(2, view);
		error = errno;
		failed = fi_calls(KIT_MALLOC) >= nth;
		fi_reset();
		right = failed ? result == -1 && error == ENOMEM && is_set(&view[0]) && is_set(&view[1]) : result == 0;
	}
	cr_assert(right, "%s: seg_view_threads returned %d with errno %s, expected %s",
	          failed ? "no memory" : "there is memory", result, kit_error_name(error),
	          failed ? "-1 with ENOMEM and view as it was" : "0");
}
