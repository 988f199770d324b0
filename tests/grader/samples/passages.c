/* Stands for a program of tests: what its test comes to is printed at its end, a line for each assertion. Built and run
 * by assertions_test.c. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static struct {
	uintptr_t place;
	unsigned times;
} reached[16];

void kit_asserts(void);
void kit_test_end(void);
void criterion_abort_test(void);
void outside(void);
void __sanitizer_cov_trace_pc(void);
void sample_all_impl(void);

/* What it is told is not known before it runs. */
static volatile int number = 3, other = 0;

__attribute__((noipa)) void kit_asserts(void)
{
	uintptr_t place = (uintptr_t)__builtin_return_address(0);
	unsigned i = 0;
	while (reached[i].place && reached[i].place != place)
		i++;
	reached[i].place = place;
	reached[i].times++;
}

__attribute__((noipa)) void kit_test_end(void)
{
	for (unsigned i = 0; i < 16 && reached[i].place; i++)
		printf("%lu %u\n", (unsigned long)reached[i].place, reached[i].times);
	exit(0);
}

__attribute__((noipa)) void criterion_abort_test(void)
{
	exit(1);
}

__attribute__((noipa)) void outside(void)
{
}

__attribute__((no_sanitize_coverage, no_instrument_function)) void __sanitizer_cov_trace_pc(void)
{
}

static void must_be(int is)
{
	kit_asserts();
	if (!is) {
		outside();
		criterion_abort_test();
	}
}

static void helper(void)
{
	kit_asserts();
	outside();
}

static void body(void)
{
	must_be(number);                   /* 1: on every way */
	for (int i = 0; i < number; i++) { /* perhaps never */
		kit_asserts();                 /* 2, three times */
		outside();
		helper(); /* 3, as often as 2 */
		if (i == 1)
			kit_asserts(); /* 4, who knows */
	}
	if (other) {
		outside();
		exit(2);
	}
	switch (number) {
	case 1:
		outside();
		break;
	case 2:
		kit_asserts();
		break;
	case 3:
		kit_asserts(); /* 5, who knows */
		break;
	case 4:
		helper();
		break;
	default:
		break;
	}
	kit_asserts(); /* 6: on every way */
}

void sample_all_impl(void)
{
	body();
	kit_test_end();
}

int main(void)
{
	sample_all_impl();
}
