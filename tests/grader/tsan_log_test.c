/* tsan_log_test.c - the text of ThreadSanitizer's reports, on logs that it really wrote
 * (tests/grader/samples/tsan_*.txt). */
#include "../../grader/check/tool_report.h"
#include "../../grader/file.h"
#include "../../grader/memory.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

static struct tool_reports parse_sample(const char *name)
{
	struct error error = {0};
	char *path = format("tests/grader/samples/tsan_%s.txt", name);
	char *text = file_read(path, 1 << 20, NULL, &error);
	cr_assert(ne(ptr, text, NULL), "%s", error.text);
	struct tool_reports reports = tsan_parse(text, "prog");
	free(text);
	free(path);
	return reports;
}

/* The sample holds one report: it, of that kind. */
static const struct tool_report *only(const struct tool_reports *reports, const char *kind)
{
	cr_assert(eq(sz, reports->count, 1));
	cr_assert(eq(str, reports->item[0].kind, (char *)kind));
	return &reports->item[0];
}

static void expect_frame(const struct stack *stack, size_t index, const char *function, const char *file, unsigned line)
{
	cr_assert(gt(sz, stack->count, index), "%s: it has %zu frames", stack->title, stack->count);
	cr_expect(eq(str, stack->frame[index].function, (char *)function), "frame %zu of %s", index, stack->title);
	cr_expect(eq(str, stack->frame[index].file, (char *)file), "frame %zu of %s", index, stack->title);
	cr_expect(eq(uint, stack->frame[index].line, line), "frame %zu of %s", index, stack->title);
}

static const struct stack *titled(const struct tool_report *report, const char *begin)
{
	for (size_t i = 0; i < report->count; i++)
		if (strncmp(report->stack[i].title, begin, strlen(begin)) == 0)
			return &report->stack[i];
	cr_fatal("no stack begins with \"%s\"", begin);
	return NULL;
}

Test(tsan_log, both_sides_of_a_data_race_and_the_creation_of_its_threads)
{
	struct tool_reports reports = parse_sample("data_race");
	const struct tool_report *race = only(&reports, "data_race");
	cr_expect(eq(str, race->what, "data race"));
	cr_expect(eq(str, race->stack[0].title, "Read of size 8 at 0x555555558050 by thread T2"));
	expect_frame(&race->stack[0], 0, "deposit", "race.c", 5);
	expect_frame(&race->stack[0], 1, "clerk", "race.c", 9);
	cr_expect(eq(sz, race->stack[0].count, 2));
	expect_frame(titled(race, "Previous write of size 8"), 0, "deposit", "race.c", 5);
	expect_frame(titled(race, "Thread T2 "), 1, "main", "race.c", 16);
	expect_frame(titled(race, "Thread T1 "), 1, "main", "race.c", 15);
	cr_expect(eq(sz, titled(race, "Location is global 'balance'")->count, 0));
	tool_reports_free(&reports);
	cr_expect(eq(sz, reports.count, 0));
}

Test(tsan_log, columns_and_build_ids_of_newer_versions_do_not_hide_the_place)
{
	struct tool_reports reports = parse_sample("clang_race");
	const struct tool_report *race = only(&reports, "data_race");
	expect_frame(&race->stack[0], 0, "deposit", "race.c", 5);
	expect_frame(&race->stack[0], 1, "clerk", "race.c", 9);
	expect_frame(titled(race, "Thread T1 "), 0, "pthread_create", "", 0);
	tool_reports_free(&reports);
}

Test(tsan_log, an_atomic_access_races_with_a_plain_one)
{
	struct tool_reports reports = parse_sample("atomic_race");
	const struct tool_report *race = only(&reports, "data_race");
	expect_frame(titled(race, "Write of size 4"), 0, "main", "atomic.c", 13);
	expect_frame(titled(race, "Previous atomic write of size 4"), 0, "setter", "atomic.c", 6);
	tool_reports_free(&reports);
}

Test(tsan_log, all_four_stacks_of_a_lock_order_inversion)
{
	struct tool_reports reports = parse_sample("lock_order_inversion");
	const struct tool_report *inversion = only(&reports, "lock_order_inversion");
	cr_expect(eq(str, inversion->what, "lock-order-inversion (potential deadlock)"));
	expect_frame(titled(inversion, "Mutex M1 acquired here while holding mutex M0"), 1, "one", "order.c", 6);
	expect_frame(titled(inversion, "Mutex M0 previously acquired"), 1, "one", "order.c", 5);
	expect_frame(titled(inversion, "Mutex M0 acquired here while holding mutex M1"), 1, "two", "order.c", 14);
	expect_frame(titled(inversion, "Mutex M1 previously acquired"), 1, "two", "order.c", 13);
	tool_reports_free(&reports);
}

Test(tsan_log, a_thread_leak_names_the_line_that_created_it)
{
	struct tool_reports reports = parse_sample("thread_leak");
	const struct tool_report *leak = only(&reports, "thread_leak");
	expect_frame(&leak->stack[0], 1, "main", "leak.c", 11);
	cr_expect(eq(str, leak->stack[0].title, "Thread T1 (tid=10951, finished) created by main thread at"));
	tool_reports_free(&reports);
}

Test(tsan_log, use_after_free_tells_who_freed)
{
	struct tool_reports reports = parse_sample("use_after_free");
	const struct tool_report *use = only(&reports, "use_after_free");
	expect_frame(titled(use, "Read of size 4"), 0, "main", "uaf.c", 17);
	expect_frame(titled(use, "Previous write of size 8"), 0, "free", "tsan_interceptors_posix.cpp", 706);
	expect_frame(titled(use, "Previous write of size 8"), 1, "worker", "uaf.c", 7);
	tool_reports_free(&reports);
}

Test(tsan_log, the_stack_of_a_misused_mutex_has_no_heading_of_its_own)
{
	struct tool_reports reports = parse_sample("mutex_misuse");
	const struct tool_report *misuse = only(&reports, "mutex_misuse");
	cr_expect(eq(str, misuse->stack[0].title, "unlock of an unlocked mutex (or by a wrong thread)"));
	expect_frame(&misuse->stack[0], 1, "main", "misuse.c", 6);
	expect_frame(titled(misuse, "Mutex M0 "), 1, "main", "misuse.c", 5);
	tool_reports_free(&reports);
}

Test(tsan_log, frames_without_names_are_kept_as_unknown)
{
	struct tool_reports reports = parse_sample("null_frames");
	const struct tool_report *race = only(&reports, "data_race");
	expect_frame(&race->stack[0], 0, "memset", "sanitizer_common_interceptors.inc", 799);
	expect_frame(&race->stack[0], 2, "", "", 0);
	expect_frame(titled(race, "Thread T1 "), 1, "x", "", 0);
	tool_reports_free(&reports);
}

Test(tsan_log, frames_of_the_program_without_lines_keep_their_address)
{
	char *text = file_read("tests/grader/samples/tsan_without_lines.txt", 1 << 20, NULL, NULL);
	cr_assert(ne(ptr, text, NULL));
	struct tool_reports reports = tsan_parse(text, "race_np");
	const struct stack *stack = &only(&reports, "data_race")->stack[0];
	expect_frame(stack, 0, "", "", 0);
	expect_frame(stack, 1, "", "", 0);
	cr_expect(eq(ulong, stack->frame[0].address, 0x4011adul));
	cr_expect(eq(ulong, stack->frame[1].address, 0x401201ul));
	const struct stack *created = titled(&reports.item[0], "Thread T1 ");
	cr_expect(eq(ulong, created->frame[0].address, 0ul), "it is in libtsan");
	cr_expect(eq(ulong, created->frame[1].address, 0x401245ul));
	tool_reports_free(&reports);
	reports = tsan_parse(text, "race"); /* another program whose name begins alike */
	cr_expect(eq(ulong, reports.item[0].stack[0].frame[0].address, 0ul));
	tool_reports_free(&reports);
	free(text);
}

Test(tsan_log, each_kind_of_report_has_its_name)
{
	static const char *const table[][2] = {
	    {"data race on vptr (ctor/dtor vs virtual call)", "data_race"},
	    {"heap-use-after-free (virtual call vs free)", "use_after_free"},
	    {"double lock of a mutex", "mutex_misuse"},
	    {"read lock of a write locked mutex", "mutex_misuse"},
	    {"read unlock of a write locked mutex", "mutex_misuse"},
	    {"destroy of a locked mutex", "mutex_misuse"},
	    {"use of an invalid mutex (e.g. uninitialized or destroyed)", "mutex_misuse"},
	    {"signal-unsafe call inside of a signal", "signal_unsafe_call"},
	    {"signal handler spoils errno", "tsan_report"},
	    {"something new", "tsan_report"},
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		char *text = format("WARNING: ThreadSanitizer: %s (pid=7)\n", table[i][0]);
		struct tool_reports reports = tsan_parse(text, "prog");
		cr_assert(eq(sz, reports.count, 1));
		cr_expect(eq(str, reports.item[0].kind, (char *)table[i][1]));
		cr_expect(eq(str, reports.item[0].what, (char *)table[i][0]));
		tool_reports_free(&reports);
		free(text);
	}
}

Test(tsan_log, several_reports_with_the_program_s_output_between_them)
{
	struct tool_reports reports = tsan_parse("the ring has 3 nodes\n"
	                                         "==================\n"
	                                         "WARNING: ThreadSanitizer: data race (pid=1)\n"
	                                         "  Write of size 4 at 0x1 by main thread:\n"
	                                         "    #0 first ring.c:1 (ring+0x1)\n"
	                                         "==================\n"
	                                         "  Write of the program, not of a report:\n"
	                                         "    #0 nobody ring.c:9 (ring+0x9)\n"
	                                         "WARNING: ThreadSanitizer: thread leak (pid=1)\n"
	                                         "  Thread T1 (tid=2, finished) created by main thread at:\n"
	                                         "    #0 second ring.c:2 (ring+0x2)\n"
	                                         "SUMMARY: ThreadSanitizer: thread leak\n",
	                                         "prog");
	cr_assert(eq(sz, reports.count, 2));
	cr_assert(eq(sz, reports.item[0].count, 1));
	expect_frame(&reports.item[0].stack[0], 0, "first", "ring.c", 1);
	expect_frame(&reports.item[1].stack[0], 0, "second", "ring.c", 2);
	tool_reports_free(&reports);
}

Test(tsan_log, whatever_it_is_given_it_does_not_fall_over)
{
	static const char *const texts[] = {
	    "",
	    "\n\n",
	    "WARNING: ThreadSanitizer: ",
	    "WARNING: ThreadSanitizer: (pid=",
	    "    #0 nobody ring.c:1 (ring+0x1)\n",
	    "WARNING: ThreadSanitizer: data race (pid=1)\n    #0\n    #0 \n    #0  \n    #\n    #0 f\n    #0 (\n    #0 )\n "
	    "   #0 ()\n    #0 a()\n    #0 a (\n    #0 :1\n    #0 f :\n",
	    "WARNING: ThreadSanitizer: data race (pid=1)\n  :\n    #0 f :::1:::2:3 (x)\n",
	    "FATAL: ThreadSanitizer: unexpected memory mapping 0x5a0000000000-0x5a0000001000\n",
	};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct tool_reports reports = tsan_parse(texts[i], "prog");
		tool_reports_free(&reports);
	}
	/* a log that was cut off anywhere */
	char *whole = file_read("tests/grader/samples/tsan_lock_order_inversion.txt", 1 << 20, NULL, NULL);
	cr_assert(ne(ptr, whole, NULL));
	for (size_t length = strlen(whole); length > 0; length--) {
		whole[length - 1] = 0;
		struct tool_reports reports = tsan_parse(whole, "prog");
		cr_assert(le(sz, reports.count, 1));
		tool_reports_free(&reports);
	}
	free(whole);
}

static void expect_failure(const char *text, const char *failure)
{
	char *found = tsan_failure(text);
	cr_expect(eq(int, found != NULL, failure != NULL), "%s", text);
	if (found && failure)
		cr_expect(eq(str, found, (char *)failure));
	free(found);
}

Test(tsan_log, its_own_failures_are_told_from_reports)
{
	expect_failure("ThreadSanitizer: dup thread with used id 0x7f1", "ThreadSanitizer: dup thread with used id 0x7f1");
	expect_failure("\nThreadSanitizer: CHECK failed: tsan_clock.cpp:572 \"((0)) == ((1))\" (tid=3)\n    #0 x\n",
	               "ThreadSanitizer: CHECK failed: tsan_clock.cpp:572 \"((0)) == ((1))\" (tid=3)");
	expect_failure("FATAL: ThreadSanitizer: unexpected memory mapping 0x1-0x2\n",
	               "FATAL: ThreadSanitizer: unexpected memory mapping 0x1-0x2");
	expect_failure("==7==FATAL: ThreadSanitizer failed to allocate 0x1000 bytes\n",
	               "FATAL: ThreadSanitizer failed to allocate 0x1000 bytes");
	expect_failure("ThreadSanitizer:DEADLYSIGNAL\n", "ThreadSanitizer:DEADLYSIGNAL");
	expect_failure("", NULL);
	expect_failure("==7==WARNING: ThreadSanitizer failed to allocate 0x1000 bytes\n", NULL);
	expect_failure(
	    "WARNING: ThreadSanitizer: data race (pid=7)\n  Write of size 4\nSUMMARY: ThreadSanitizer: data race\n"
	    "ThreadSanitizer: reported 1 warnings\n",
	    NULL);
}
