/* fault_test.c - whose fault it is that a submission was not built: only what the compiler or the linker says of the
 * source is the student's. */
#include "sample.h"

#include "../../grader/build/build.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

static const struct course *course(void)
{
	static struct assignment assignment = {.name = (char *)"race_fix"};
	static struct assignment *list[] = {&assignment};
	static char *headers[] = {(char *)"pthread.h", (char *)"sys/wait.h"};
	static const struct course course = {.assignment = list, .assignment_count = 1, .headers = {headers, 2}};
	return &course;
}

static enum fault fault_of(struct run_result result, const char *log, const char *reason)
{
	char *said;
	enum fault fault = build_fault(course(), &result, log, &said);
	if (fault == FAULT_MACHINE)
		cr_expect(said && strstr(said, reason), "'%s' does not say '%s'", said, reason);
	else
		cr_expect(said == NULL);
	free(said);
	return fault;
}

static void is_of_source(const char *log)
{
	cr_expect(eq(int, fault_of((struct run_result){.end = RUN_EXITED, .status = 1}, log, ""), FAULT_SOURCE), "%s", log);
}

static void is_of_machine(const char *log, const char *reason)
{
	cr_expect(eq(int, fault_of((struct run_result){.end = RUN_EXITED, .status = 1}, log, reason), FAULT_MACHINE), "%s",
	          log);
}

Test(fault, is_nobodys_when_it_was_built)
{
	cr_expect(eq(int, fault_of((struct run_result){.end = RUN_EXITED}, "race_fix.c:3:1: error: no", ""), FAULT_NONE));
}

Test(fault, is_the_students_when_the_compiler_names_the_source)
{
	is_of_source("race_fix.c: In function 'f':\nrace_fix.c:14:9: error: 'x' undeclared\n");
	is_of_source("race_fix.c:3:10: fatal error: bank.h: No such file or directory\ncompilation terminated.\n");
	is_of_source("race_fix.c: Assembler messages:\nrace_fix.c:5: Error: no such instruction: `fly'\n");
	is_of_source("/kit/include/race_fix.h:5:1: error: expected ';' before 'int'\n");
	is_of_source("/kit: 2/include/race_fix.h:5:1: error: expected ';' before 'int'\n");
	is_of_source("race_fix.c:9:1: internal compiler error: Segmentation fault\n");
	is_of_source("gcc: internal compiler error: Segmentation fault signal terminated program cc1\n");
	is_of_source("gcc: internal compiler error: File size limit exceeded signal terminated program cc1\n");
}

Test(fault, is_the_students_when_the_linker_misses_what_the_source_asks_for)
{
	is_of_source("/usr/bin/ld: race_fix-renamed.o: in function `f':\n/tmp/race_fix.c:3: undefined reference to `g'\n"
	             "collect2: error: ld returned 1 exit status\n");
	is_of_source("/usr/bin/ld: b.o: race_fix.c:3: multiple definition of `f'; a.o: public.c:3: first defined here\n");
	is_of_source("race_fix.c:(.text+0x1): relocation truncated to fit: R_X86_64_32S against `.bss'\n");
}

Test(fault, is_the_students_whatever_the_source_makes_the_compiler_quote)
{
	is_of_source("race_fix.c:1:2: error: #error No space left on device\n    1 | #error No space left on device\n");
	is_of_source("race_fix.c:1:2: error: #error ld: no\n    1 | #error ld: final link failed\n");
}

Test(fault, is_not_the_students_when_the_source_is_only_quoted)
{
	is_of_machine("   14 | x = \"a.c:1:1: error: y\";\ngcc: fatal error: Killed signal terminated program cc1\n",
	              "Killed");
}

Test(fault, is_the_machines_when_it_is_full_or_something_is_missing)
{
	is_of_machine("race_fix.c:9:1: fatal error: error writing to race_fix.s: No space left on device\n",
	              "No space left");
	is_of_machine("/tmp/c.s: Fatal error: can't write 4 bytes to section .text of a.o: 'No space left on device'\n",
	              "No space left");
	is_of_machine("/usr/bin/ld: final link failed: No space left on device\ncollect2: error: ld returned 1\n",
	              "No space");
	is_of_machine(
	    "/usr/bin/ld: cannot find -lcriterion: No such file or directory\nx.c:3: undefined reference to `g'\n",
	    "could not run");
	is_of_machine("race_fix.c:2:10: fatal error: race_fix.h: No such file or directory\n", "race_fix.h");
	is_of_machine("race_fix.c:2:10: fatal error: sys/wait.h: No such file or directory\n", "sys/wait.h");
	is_of_machine("race_fix.c:2:10: fatal error: race_fix.h: Permission denied\n", "Permission denied");
	is_of_machine("cc1: out of memory allocating 65536 bytes after a total of 1 bytes\n", "out of memory");
	is_of_machine("   14 | // as: out of memory allocating 25769803777 bytes\n", "without a message");
	is_of_machine("", "without a message");
}

Test(fault, is_the_machines_when_somebody_ended_or_stopped_the_compiler)
{
	is_of_machine("gcc: fatal error: Killed signal terminated program cc1\ncompilation terminated.\n", "Killed signal");
	is_of_machine("collect2: fatal error: ld terminated with signal 9 [Killed]\ncompilation terminated.\n", "signal 9");
	struct run_result killed = {.end = RUN_SIGNALLED, .status = SIGKILL},
	                  stopped = {.end = RUN_WALL_LIMIT, .wall_ms = 20000, .cpu_ms = 40},
	                  absent = {.end = RUN_NOT_STARTED, .problem = "cannot start gcc"};
	cr_expect(eq(int, fault_of(killed, "", "signal 9"), FAULT_MACHINE));
	cr_expect(eq(int, fault_of(stopped, "", "too little CPU time"), FAULT_MACHINE));
	cr_expect(eq(int, fault_of(absent, "", "cannot start gcc"), FAULT_MACHINE));
}

Test(fault, is_the_students_when_the_source_uses_up_what_a_build_may_have)
{
	static const enum run_end ends[] = {RUN_CPU_LIMIT, RUN_MEMORY_LIMIT, RUN_DISK_LIMIT, RUN_PROCESS_LIMIT};
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		cr_expect(eq(int, fault_of((struct run_result){.end = ends[i]}, "", ""), FAULT_SOURCE));
	struct run_result slow = {.end = RUN_WALL_LIMIT, .wall_ms = 20000, .cpu_ms = 14000},
	                  large = {.end = RUN_EXITED, .status = 1, .peak_kib = 900 * 1024},
	                  long_winded = {.end = RUN_EXITED, .status = 1, .output_cut = true};
	cr_expect(eq(int, fault_of(slow, "", ""), FAULT_SOURCE));
	cr_expect(eq(int, fault_of(large, "gcc: fatal error: Killed signal terminated program cc1\n", ""), FAULT_SOURCE));
	is_of_source("as: out of memory allocating 25769803777 bytes after a total of 135168 bytes\n");
	cr_expect(eq(int, fault_of(long_winded, "race_fix.c:1:1: warning: x\n", ""), FAULT_SOURCE));
}
