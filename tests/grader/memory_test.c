/* memory_test.c - memory that is there, or the program ends. */
#include "../../grader/memory.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

Test(memory, what_is_there_is_given_back)
{
	char *text = strdup("text");
	cr_expect(eq(ptr, must(text), text));
	free(text);
}

Test(memory, none_ends_the_program, .signal = SIGABRT)
{
	must(NULL);
}

Test(memory, none_of_something_is_something)
{
	void *none = zeroed(0, 8);
	cr_expect(ne(ptr, none, NULL));
	free(none);
	int *three = zeroed(3, sizeof *three);
	cr_expect(eq(int, three[0] | three[1] | three[2], 0));
	free(three);
}

Test(memory, text_of_any_length)
{
	char *text = format("%s %d%%", "a", 7), *empty = format("%s", ""), *long_one = format("%*d", 100000, 1);
	cr_expect(eq(str, text, "a 7%"));
	cr_expect(eq(str, empty, ""));
	cr_expect(eq(sz, strlen(long_one), 100000));
	free(text);
	free(empty);
	free(long_one);
}

Test(memory, a_stream_into_memory)
{
	char *text;
	size_t size;
	FILE *out = memory_open(&text, &size);
	for (int i = 0; i < 1000; i++)
		fprintf(out, "%d,", i % 10);
	fclose(out);
	cr_expect(eq(sz, size, 2000));
	cr_expect(eq(sz, strlen(text), 2000));
	free(text);
}
