/* memcheck_xml_test.c - valgrind's XML, on a file that it really wrote (tests/grader/samples/memcheck.xml). */
#include "../../grader/check/tool_report.h"
#include "../../grader/file.h"
#include "../../grader/memory.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

static char *sample(size_t *size)
{
	struct error error = {0};
	char *text = file_read("tests/grader/samples/memcheck.xml", 1 << 20, size, &error);
	cr_assert(ne(ptr, text, NULL), "%s", error.text);
	return text;
}

static struct tool_reports parse_sample(void)
{
	size_t size;
	char *text = sample(&size);
	struct tool_reports reports = memcheck_parse(text, size);
	free(text);
	cr_assert(eq(sz, reports.count, 6));
	return reports;
}

static void expect_frame(const struct stack *stack, size_t index, const char *function, const char *file, unsigned line)
{
	cr_assert(gt(sz, stack->count, index), "%s: it has %zu frames", stack->title, stack->count);
	cr_expect(eq(str, stack->frame[index].function, (char *)function), "frame %zu of %s", index, stack->title);
	cr_expect(eq(str, stack->frame[index].file, (char *)file), "frame %zu of %s", index, stack->title);
	cr_expect(eq(uint, stack->frame[index].line, line), "frame %zu of %s", index, stack->title);
}

Test(memcheck_xml, invalid_write_behind_a_block)
{
	struct tool_reports reports = parse_sample();
	const struct tool_report *report = &reports.item[0];
	cr_expect(eq(str, report->kind, "invalid_write"));
	cr_expect(eq(str, report->what, "Invalid write of size 1"));
	cr_assert(eq(sz, report->count, 2));
	cr_expect(eq(str, report->stack[0].title, "Invalid write of size 1"));
	expect_frame(&report->stack[0], 0, "main", "memory.c", 17);
	cr_expect(eq(str, report->stack[1].title, "Address 0x4a420ba is 0 bytes after a block of size 10 alloc'd"));
	expect_frame(&report->stack[1], 0, "malloc", "", 0);
	expect_frame(&report->stack[1], 1, "make", "memory.c", 5);
	expect_frame(&report->stack[1], 2, "main", "memory.c", 16);
	tool_reports_free(&reports);
}

Test(memcheck_xml, invalid_read_behind_a_block)
{
	struct tool_reports reports = parse_sample();
	cr_expect(eq(str, reports.item[1].kind, "invalid_read"));
	expect_frame(&reports.item[1].stack[0], 0, "main", "memory.c", 18);
	tool_reports_free(&reports);
}

Test(memcheck_xml, uninitialised_condition)
{
	struct tool_reports reports = parse_sample();
	cr_expect(eq(str, reports.item[2].kind, "uninitialised_value"));
	cr_assert(eq(sz, reports.item[2].count, 1));
	expect_frame(&reports.item[2].stack[0], 0, "main", "memory.c", 20);
	tool_reports_free(&reports);
}

Test(memcheck_xml, use_after_free_has_a_stack_of_the_free_and_one_of_the_allocation)
{
	struct tool_reports reports = parse_sample();
	const struct tool_report *report = &reports.item[3];
	cr_expect(eq(str, report->kind, "use_after_free"));
	cr_assert(eq(sz, report->count, 3));
	expect_frame(&report->stack[0], 0, "main", "memory.c", 23);
	cr_expect(eq(str, report->stack[1].title, "Address 0x4a42100 is 0 bytes inside a block of size 4 free'd"));
	expect_frame(&report->stack[1], 1, "main", "memory.c", 22);
	cr_expect(eq(str, report->stack[2].title, "Block was alloc'd at"));
	expect_frame(&report->stack[2], 2, "main", "memory.c", 19);
	tool_reports_free(&reports);
}

Test(memcheck_xml, double_free_is_an_invalid_free)
{
	struct tool_reports reports = parse_sample();
	cr_expect(eq(str, reports.item[4].kind, "invalid_free"));
	expect_frame(&reports.item[4].stack[0], 1, "main", "memory.c", 24);
	tool_reports_free(&reports);
}

Test(memcheck_xml, a_leak_with_its_size)
{
	struct tool_reports reports = parse_sample();
	const struct tool_report *leak = &reports.item[5];
	cr_expect(eq(str, leak->kind, "memory_leak"));
	cr_expect(eq(str, leak->what, "40 bytes in 1 blocks are definitely lost in loss record 1 of 1"));
	cr_expect(eq(ulong, leak->bytes, 40ul));
	cr_expect(eq(ulong, leak->blocks, 1ul));
	expect_frame(&leak->stack[0], 2, "leak", "memory.c", 9);
	tool_reports_free(&reports);
}

Test(memcheck_xml, what_came_before_the_cut_is_kept)
{
	size_t size;
	char *text = sample(&size);
	char *third = strstr(text, "<unique>0x2</unique>");
	cr_assert(ne(ptr, third, NULL));
	struct tool_reports reports = memcheck_parse(text, (size_t)(third - text));
	cr_assert(ge(sz, reports.count, 2));
	cr_expect(eq(str, reports.item[0].kind, "invalid_write"));
	cr_expect(eq(str, reports.item[1].kind, "invalid_read"));
	expect_frame(&reports.item[1].stack[1], 2, "main", "memory.c", 16);
	tool_reports_free(&reports);
	for (size_t length = 0; length <= size; length += 13) { /* it may be cut anywhere */
		char *cut = malloc(length + 1);
		cr_assert(ne(ptr, cut, NULL));
		memcpy(cut, text, length);
		reports = memcheck_parse(cut, length);
		cr_assert(le(sz, reports.count, 6));
		tool_reports_free(&reports);
		free(cut);
	}
	free(text);
}

Test(memcheck_xml, whatever_it_is_given_it_does_not_fall_over)
{
	static const char *const texts[] = {
	    "",
	    "   \n",
	    "not XML at all",
	    "\xff\xfe\x00\x01",
	    "<valgrindoutput>",
	    "<valgrindoutput><error></error></valgrindoutput>",
	    "<valgrindoutput><error><kind/><xwhat/><stack><frame/></stack><auxwhat/><stack/></error></valgrindoutput>",
	    "<error><kind>InvalidRead</kind></error>",
	    "<!DOCTYPE v [<!ENTITY x SYSTEM "
	    "'file:///etc/passwd'>]><valgrindoutput><error><kind>&x;</kind></error></valgrindoutput>",
	};
	static const size_t errors[] = {0, 0, 0, 0, 0, 1, 1, 0, 1};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct tool_reports reports = memcheck_parse(texts[i], strlen(texts[i]));
		cr_expect(eq(sz, reports.count, errors[i]), "text %zu", i);
		for (size_t r = 0; r < reports.count; r++)
			cr_expect(eq(str, reports.item[r].kind, "memcheck_report"));
		tool_reports_free(&reports);
	}
}

Test(memcheck_xml, bytes_for_the_kernel_are_uninitialised_or_out_of_bounds)
{
	static const char *const table[][2] = {
	    {"Syscall param write(buf) points to uninitialised byte(s)", "uninitialised_value"},
	    {"Syscall param pipe2(filedes) points to unaddressable byte(s)", "invalid_read"},
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		char *text =
		    format("<valgrindoutput><error><kind>SyscallParam</kind><what>%s</what><stack/></error></valgrindoutput>",
		           table[i][0]);
		struct tool_reports reports = memcheck_parse(text, strlen(text));
		cr_assert(eq(sz, reports.count, 1));
		cr_expect(eq(str, reports.item[0].kind, (char *)table[i][1]), "%s", table[i][0]);
		tool_reports_free(&reports);
		free(text);
	}
}

/* The structure decides, not the words: "not stack'd, malloc'd or (recently) free'd" is no freed block. */
Test(memcheck_xml, kinds)
{
	static const struct {
		const char *kind, *what;
	} expected[] = {
	    {"uninitialised_value", "Conditional jump or move depends on uninitialised value(s)"},
	    {"memcheck_report", "Argument 'size' of function malloc has a fishy (possibly negative) value: -3\n"},
	    {"uninitialised_value", "Syscall param write(buf) points to uninitialised byte(s)"},
	    {"invalid_read", "Syscall param write(buf) points to unaddressable byte(s)"},
	    {"use_after_free", "Invalid read of size 8"},
	    {"invalid_free", "Invalid free() / delete / delete[] / realloc()"},
	    {"invalid_read", "Invalid read of size 8 through a NULL pointer"},
	};
	struct error error = {0};
	size_t size;
	char *text = file_read("tests/grader/samples/memcheck_kinds.xml", 1 << 20, &size, &error);
	cr_assert(ne(ptr, text, NULL), "%s", error.text);
	struct tool_reports reports = memcheck_parse(text, size);
	free(text);
	cr_assert(eq(sz, reports.count, sizeof expected / sizeof *expected));
	for (size_t i = 0; i < reports.count; i++) {
		cr_expect(eq(str, reports.item[i].kind, (char *)expected[i].kind), "number %zu", i);
		cr_expect(eq(str, reports.item[i].what, (char *)expected[i].what), "number %zu", i);
	}
	tool_reports_free(&reports);
}

/* One error as valgrind writes it: what it says of the address, and so many stacks. */
static char *kind_of_error(const char *kind, const char *auxiliary, unsigned stacks)
{
	char *text = format("<valgrindoutput><error><kind>%s</kind><what>w</what><stack/><auxwhat>%s</auxwhat>%s%s</error>"
	                    "</valgrindoutput>",
	                    kind, auxiliary, stacks > 1 ? "<stack/>" : "", stacks > 2 ? "<stack/>" : "");
	struct tool_reports reports = memcheck_parse(text, strlen(text));
	cr_assert(eq(sz, reports.count, 1));
	char *found = strdup(reports.item[0].kind);
	tool_reports_free(&reports);
	free(text);
	return found;
}

Test(memcheck_xml, every_kind_by_its_structure)
{
	static const char unknown[] = "Address 0x10 is not stack'd, malloc'd or (recently) free'd",
	                  freed[] = "Address 0x4a42040 is 0 bytes inside a block of size 16 free'd",
	                  allocated[] = "Address 0x4a42050 is 0 bytes after a block of size 16 alloc'd";
	static const struct {
		const char *kind, *auxiliary;
		unsigned stacks;
		const char *expected;
	} row[] = {
	    {"InvalidRead", unknown, 1, "invalid_read"},       {"InvalidWrite", unknown, 1, "invalid_write"},
	    {"InvalidJump", unknown, 1, "invalid_read"},       {"InvalidRead", freed, 3, "use_after_free"},
	    {"InvalidWrite", freed, 3, "use_after_free"},      {"InvalidJump", freed, 3, "use_after_free"},
	    {"InvalidRead", allocated, 2, "invalid_read"},     {"InvalidWrite", allocated, 2, "invalid_write"},
	    {"InvalidFree", freed, 3, "invalid_free"},         {"InvalidFree", unknown, 1, "invalid_free"},
	    {"MismatchedFree", allocated, 2, "invalid_free"},  {"UninitCondition", "", 1, "uninitialised_value"},
	    {"UninitValue", "", 1, "uninitialised_value"},     {"SyscallParam", unknown, 1, "invalid_read"},
	    {"SyscallParam", freed, 3, "use_after_free"},      {"Overlap", "", 1, "overlap"},
	    {"Leak_DefinitelyLost", "", 1, "memory_leak"},     {"Leak_IndirectlyLost", "", 1, "memory_leak_indirect"},
	    {"Leak_StillReachable", "", 1, "memcheck_report"}, {"ClientCheck", "", 1, "memcheck_report"},
	    {"InvalidMemPool", "", 1, "memcheck_report"},      {"FishyValue", "", 1, "memcheck_report"},
	};
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		char *found = kind_of_error(row[i].kind, row[i].auxiliary, row[i].stacks);
		cr_expect(eq(str, found, (char *)row[i].expected), "%s: %s", row[i].kind, row[i].auxiliary);
		free(found);
	}
}
