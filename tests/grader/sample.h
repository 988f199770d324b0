/* sample.h - a small assignment and random texts for the tests of score/ and report/. */
#ifndef SAMPLE_H
#define SAMPLE_H

/* Criterion has a TEST_CRASH of its own (a hook that is not used here): its headers come first, and from here on the
 * name is the grader's. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#define TEST_CRASH GRADE_TEST_CRASH
#include "../../grader/score/grade.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Numbers that are the same in each run. */
static inline uint32_t sample_random(uint64_t *state, uint32_t below)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33) % below;
}

/* correctness 60 (tests 40 + 20 hidden), hygiene 30 (memcheck 10 on public tests, audit 20 on all), design 10
 * (symbols). Two guards of the correctness line: a public one that costs 5, a hidden one that costs 50. */
static inline const struct assignment *sample_assignment(void)
{
	static char *public_tests[] = {(char *)"token_returns", (char *)"rejects_zero"};
	static char *leaks[] = {(char *)"memory_leak"};
	static char *levels[] = {(char *)"Who still holds the write end?", (char *)"pipe(7)",
	                         (char *)"Close what you do not use"};
	static struct rubric_line rubric[] = {
	    {.id = (char *)"correctness", .title = (char *)"Correctness", .points = 60},
	    {.id = (char *)"hygiene", .title = (char *)"Memory, descriptors, processes", .points = 30},
	    {.id = (char *)"design", .title = (char *)"Design", .points = 10},
	};
	static struct test_spec test[] = {
	    {.name = (char *)"token_returns",
	     .rubric = (char *)"correctness",
	     .points = 40,
	     .title = (char *)"The token comes back after one lap",
	     .why = (char *)"A ring that loses its token stops for ever",
	     .hint = (char *)"ring_hangs"},
	    {.name = (char *)"survives_short_reads",
	     .hidden = true,
	     .rubric = (char *)"correctness",
	     .points = 20,
	     .title = (char *)"Short reads are continued",
	     .why = (char *)"read may return less than asked for"},
	    {.name = (char *)"rejects_zero",
	     .rubric = (char *)"correctness",
	     .cost = 5,
	     .title = (char *)"Zero nodes are rejected",
	     .why = (char *)"The header promises EINVAL"},
	    {.name = (char *)"rejects_many",
	     .hidden = true,
	     .rubric = (char *)"correctness",
	     .cost = 50,
	     .title = (char *)"Too many nodes are rejected",
	     .why = (char *)"The header promises EINVAL"},
	};
	static struct check_spec check[] = {
	    {.check = (char *)"memcheck",
	     .rubric = (char *)"hygiene",
	     .points = 10,
	     .title = (char *)"No memory is leaked",
	     .why = (char *)"A leak grows with every ring",
	     .hint = (char *)"leaks",
	     .kinds = {leaks, 1},
	     .tests = {public_tests, 2}},
	    {.check = (char *)"audit",
	     .rubric = (char *)"hygiene",
	     .points = 20,
	     .title = (char *)"Nothing is left behind",
	     .why = (char *)"Descriptors run out"},
	    {.check = (char *)"symbols",
	     .rubric = (char *)"design",
	     .points = 10,
	     .title = (char *)"Only allowed functions are called",
	     .why = (char *)"The exercise is about pipes"},
	};
	static struct hint hint[] = {
	    {.id = (char *)"ring_hangs", .title = (char *)"My ring hangs at the end", .levels = {levels, 3}},
	    {.id = (char *)"leaks", .title = (char *)"Where does it leak?", .levels = {levels, 3}},
	};
	static const struct assignment assignment = {
	    .name = (char *)"pipe_ring",
	    .title = (char *)"A ring of pipes",
	    .weight = 1,
	    .rubric = rubric,
	    .rubric_count = 3,
	    .test = test,
	    .test_count = 4,
	    .check = check,
	    .check_count = 3,
	    .hint = hint,
	    .hint_count = 2,
	};

	return &assignment;
}

/* A grade in which all tests passed. */
static inline struct grade *sample_grade(void)
{
	struct grade *grade = grade_new(sample_assignment(), "ada");

	for (size_t i = 0; i < grade->test_count; i++)
		grade->test[i].status = TEST_PASS;
	finding_set(&grade->protection, "good");
	return grade;
}

#endif
