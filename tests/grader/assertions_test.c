/* assertions_test.c - which assertions a test that came to its end must have come to. */
#include "../../grader/check/assertions.h"
#include "../../grader/memory.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ALL = 6, FIRST = 0, IN_LOOP, IN_HELPER, SOMETIMES, IN_CASE, LAST };

static struct assertions *assertions;
static struct passage ran[ALL];

/* samples/passages.c, as gcc makes it with that option, and what it comes to when it runs. */
static void build(const char *option)
{
	char folder[] = "/tmp/assertions-XXXXXX";
	cr_assert(mkdtemp(folder) != NULL);
	char *program = format("%s/sample", folder);
	char *command = format("gcc %s -no-pie -fno-inline tests/grader/samples/passages.c -o %s", option, program);
	cr_assert(eq(int, system(command), 0));
	FILE *out = popen(program, "r");
	size_t count = 0;
	while (count < ALL && fscanf(out, "%lu %u", &ran[count].place, &ran[count].times) == 2)
		count++;
	cr_assert(eq(int, pclose(out), 0));
	cr_assert(eq(sz, count, ALL));
	assertions = assertions_open(program);
	cr_assert(assertions != NULL);
	unlink(program);
	rmdir(folder);
	free(command);
	free(program);
}

/* What would have been missed with `times` at that one. */
static uintptr_t missed(int changed, unsigned times)
{
	struct passage passage[ALL];
	size_t count = 0;
	for (int i = 0; i < ALL; i++)
		if (i != changed || times)
			passage[count++] = (struct passage){ran[i].place, i == changed ? times : ran[i].times};
	return assertions_missed(assertions, "sample", "all", passage, count);
}

static void try(const char *option)
{
	build(option);
	cr_expect(eq(ulong, missed(FIRST, 1), 0), "%s: nothing was missed", option);
	cr_expect(eq(ulong, missed(FIRST, 0), ran[FIRST].place), "%s: on every way, in a helper", option);
	cr_expect(eq(ulong, missed(LAST, 0), ran[LAST].place), "%s: on every way", option);
	cr_expect(eq(ulong, missed(SOMETIMES, 0), 0), "%s: in a branch", option);
	cr_expect(eq(ulong, missed(IN_CASE, 0), 0), "%s: in a case", option);
	cr_expect(eq(ulong, missed(IN_HELPER, 0), ran[IN_HELPER].place), "%s: behind one in the loop", option);
	cr_expect(eq(ulong, missed(IN_HELPER, 2), ran[IN_HELPER].place), "%s: not the last time", option);
	cr_expect(eq(ulong, missed(IN_HELPER, 9), 0), "%s: a helper is called elsewhere, too", option);
	assertions_close(assertions);
}

Test(assertions, are_found_in_what_gcc_makes)
{
	try("-O0");
	try("-O1");
	try("-O1 -finstrument-functions -fsanitize-coverage=trace-pc");
	try("-O0 -finstrument-functions -fsanitize-coverage=trace-pc");
}

Test(assertions, a_program_or_test_that_is_not_there_has_none)
{
	struct passage none = {0};
	cr_expect(assertions_open("/nowhere/program") == NULL);
	cr_expect(assertions_open("tests/grader/samples/passages.c") == NULL);
	build("-O1");
	cr_expect(eq(ulong, assertions_missed(assertions, "sample", "other", &none, 0), 0));
	assertions_close(assertions);
}
