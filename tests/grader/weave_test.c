/* weave_test.c - the kit's assembler (grader/assembler): text in, text out. A function of the compiler's has a frame,
 * and its variables are told by the debug information behind it. */
#include "../../grader/assembler/weave.h"
#include "../../grader/memory.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

/* Two variables, of which -16 is the begin of the upper one and -64 of the lower one. */
#define BEGIN "\t.type\tf, @function\nf:\n.LFB0:\n\t.cfi_startproc\n\tpushq\t%rbp\n\tmovq\t%rsp, %rbp\n\tpushq\t%rbx\n"
#define END                                                                                                            \
	"\tmovq\t-8(%rbp), %rbx\n\tleave\n\tret\n\t.cfi_endproc\n.LFE0:\n\t.size\tf, .-f\n"                                \
	"\t.quad\t.LFB0\n\t.byte\t0x91\n\t.sleb128 -32\n\t.byte\t0x91\n\t.sleb128 -80\n" WATCHED
/* What gcc adds with -fsanitize=thread. */
#define WATCHED "\t.section\t.text.startup\n\tcall\t__tsan_init\n"

/* The caller frees it. */
static char *woven(const char *text)
{
	struct piece line[200];
	size_t lines = 0, size;
	char *result = NULL;
	for (; *text && lines < sizeof line / sizeof *line; text += *text == '\n') {
		size_t length = strcspn(text, "\n");
		line[lines++] = (struct piece){text, length};
		text += length;
	}
	cr_assert(eq(chr, *text, 0));
	FILE *out = open_memstream(&result, &size);
	weave(line, lines, out);
	fclose(out);
	return result;
}

static bool scan(const char *line, const char *begin, const char *end, char *word)
{
	size_t length = strlen(line), front = strlen(begin), back = strlen(end);
	if (length < front + back || strncmp(line, begin, front) != 0 || strcmp(line + length - back, end) != 0)
		return false;
	snprintf(word, 100, "%.*s", (int)(length - front - back), line + front);
	return true;
}

/* The calls that were put in, "read 8(%rax) 4; write x(%rip) 8". The caller frees it. */
static char *calls(const char *text)
{
	char *result = NULL, *copy = woven(text), *rest = copy, address[100] = "", bytes[100] = "", form[100];
	size_t size;
	FILE *out = open_memstream(&result, &size);
	for (char *line; (line = strsep(&rest, "\n"));) {
		if (strcmp(line, "\tpushq\t%rdi") == 0)
			strcpy(address, "rdi");
		if (strcmp(address, "rdi") == 0)
			scan(line, "\tleaq\t", ", %rdi", address);
		if (strcmp(line, "\tmovq\t%rsi, %rdi") == 0)
			strcpy(address, "rsi");
		if (!scan(line, "\tleaq\t(,%rcx,", "), %rsi", bytes))
			scan(line, "\tmovl\t$", ", %esi", bytes);
		if (scan(line, "\tcall\t__tsan_seen_", "", form))
			fprintf(out, "%s%s %s %s", ftell(out) > 0 ? "; " : "", form, address, bytes);
	}
	fclose(out);
	free(copy);
	return result;
}

/* `body`: instructions, each with its newline. */
static void expect_of(const char *body, const char *expected)
{
	char *text = format("%s%s%s", BEGIN, body, END), *found = calls(text);
	cr_expect(eq(str, found, (char *)expected), "%s", body);
	free(found);
	free(text);
}

Test(weave, a_call_stands_before_the_access_and_keeps_what_it_changes)
{
	char *text = woven(BEGIN "\tmovl\t%edx, 8(%rax)\n" END);
	cr_expect(eq(str, text,
	             BEGIN "\tpushq\t%rdi\n\tpushq\t%rsi\n\tleaq\t8(%rax), %rdi\n\tmovl\t$4, %esi\n"
	                   "\tcall\t__tsan_seen_write\n\tpopq\t%rsi\n\tpopq\t%rdi\n\tmovl\t%edx, 8(%rax)\n" END));
	free(text);
}

Test(weave, what_an_instruction_reads_and_writes)
{
	static const char *const form[][2] = {
	    {"movq 8(%rax), %rdx", "read 8(%rax) 8"},
	    {"movl %edx, x(%rip)", "write x(%rip) 4"},
	    {"movw $1, x+2(%rip)", "write x+2(%rip) 2"},
	    {"movb %dl, (%rax,%rcx,4)", "write (%rax,%rcx,4) 1"},
	    {"addq $5, (%rax)", "write (%rax) 8"},
	    {"addl (%rax), %edx", "read (%rax) 4"},
	    {"sall (%rax)", "write (%rax) 4"},
	    {"notb (%rax)", "write (%rax) 1"},
	    {"cmpb $0, (%rax)", "read (%rax) 1"},
	    {"testl %edx, (%rax)", "read (%rax) 4"},
	    {"imulq (%rax), %rdx", "read (%rax) 8"},
	    {"idivl (%rax)", "read (%rax) 4"},
	    {"btq $3, (%rax)", "read (%rax) 8"},
	    {"btsq $3, (%rax)", "write (%rax) 8"},
	    {"movzbl (%rax), %edx", "read (%rax) 1"},
	    {"movswq (%rax), %rdx", "read (%rax) 2"},
	    {"movslq (%rax), %rdx", "read (%rax) 4"},
	    {"setne (%rax)", "write (%rax) 1"},
	    {"cmovne (%rax), %edx", "read (%rax) 4"},
	    {"pushq 8(%rax)", "read 8(%rax) 8"},
	    {"popq (%rax)", "write (%rax) 8"},
	    {"call *8(%rax)", "read 8(%rax) 8"},
	    {"jmp *table(,%rax,8)", "read table(,%rax,8) 8"},
	    /* x87 and SSE */
	    {"fldt (%rax)", "read (%rax) 10"},
	    {"fstpt (%rax)", "write (%rax) 10"},
	    {"fldl (%rax)", "read (%rax) 8"},
	    {"fildl (%rax)", "read (%rax) 4"},
	    {"fistpq (%rax)", "write (%rax) 8"},
	    {"fadds (%rax)", "read (%rax) 4"},
	    {"movss %xmm0, (%rax)", "write (%rax) 4"},
	    {"movsd (%rax), %xmm0", "read (%rax) 8"},
	    {"movups %xmm1, 16(%rax)", "write 16(%rax) 16"},
	    {"movdqa (%rax), %xmm0", "read (%rax) 16"},
	    {"movq %xmm0, (%rax)", "write (%rax) 8"},
	    {"movhps %xmm0, (%rax)", "write (%rax) 8"},
	    {"addsd (%rax), %xmm0", "read (%rax) 8"},
	    {"cvtsi2sdl (%rax), %xmm0", "read (%rax) 4"},
	    {"ucomisd (%rax), %xmm0", "read (%rax) 8"},
	    {"addps (%rax), %xmm0", "read (%rax) 1"}, /* not known: the first byte */
	    /* AVX: registers that the narrow form does not keep */
	    {"vmovupd (%rax), %ymm0", "read_wide (%rax) 32"},
	    {"vmovdqu64 %zmm0, (%rax)", "write_wide (%rax) 64"},
	    {"vmovaps %xmm0, (%rax)", "write (%rax) 16"},
	    {"vmovss %xmm0, (%rax)", "write (%rax) 4"},
	    {"vmovsd (%rax), %xmm0", "read (%rax) 8"},
	    {"vmovq %xmm0, (%rax)", "write (%rax) 8"},
	    {"vaddpd (%rax), %ymm0, %ymm0", "read_wide (%rax) 1"},
	    {"vaddsd (%rax), %xmm0, %xmm0", "read (%rax) 8"},
	    /* a thread's own data, whose address others may have */
	    {"movl %fs:x@tpoff, %eax", "read x@tpoff 4"},
	    {"movl %eax, %fs:x@tpoff+4", "write x@tpoff+4 4"},
	};
	for (size_t i = 0; i < sizeof form / sizeof *form; i++) {
		char *line = format("\t%s\n", form[i][0]);
		expect_of(line, form[i][1]);
		free(line);
	}
}

Test(weave, what_is_no_access_or_nobody_elses)
{
	static const char *const lines[] = {"leaq 8(%rax), %rdx",
	                                    "nopw 0(%rax,%rax,1)",
	                                    "prefetcht0 (%rax)",
	                                    "lock addl $1, (%rax)",
	                                    "lock; incl (%rax)",
	                                    "xchgl %eax, (%rdx)",
	                                    "movq .LC0(%rip), %rax",
	                                    "movsd .LC1(%rip), %xmm0",
	                                    "movq x@GOTPCREL(%rip), %rax",
	                                    "movq x@gottpoff(%rip), %rax",
	                                    "movq %fs:40, %rax",
	                                    "movq 8(%rsp), %rax",
	                                    "movq %rax, -24(%rbp)",
	                                    "addl $1, -20(%rbp)",
	                                    "movl $1, (%rax,%rsp)",
	                                    "call g",
	                                    "jmp .L2",
	                                    "ret",
	                                    "movl %eax, %edx",
	                                    "subq $8, %rsp",
	                                    "movups %xmm0, -64(%rbp)",
	                                    "movq -8(%rbp), %rbx",
	                                    "movq 8(%rbp), %rax"};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		char *line = format("\t%s\n", lines[i]);
		expect_of(line, "");
		free(line);
	}
}

Test(weave, a_variable_is_others_once_its_address_goes_out)
{
	/* to a function, into memory, as a sum, by an element of it: in any order in the text, for a loop may lead back */
	expect_of("\tleaq -64(%rbp), %rdi\n\tcall g\n\tmovl -60(%rbp), %eax\n", "read -60(%rbp) 4");
	expect_of("\tmovl -60(%rbp), %eax\n\tleaq -64(%rbp), %rdi\n\tcall g\n", "read -60(%rbp) 4");
	expect_of("\tleaq -64(%rbp), %rdx\n\tmovq %rdx, (%rax)\n\tmovl $1, -40(%rbp)\n",
	          "write (%rax) 8; write -40(%rbp) 4");
	expect_of("\tleaq -64(%rbp), %rdx\n\taddq %rcx, %rdx\n\tmovb $1, -64(%rbp)\n", "write -64(%rbp) 1");
	expect_of("\tleaq -64(%rbp,%rcx,8), %rdx\n\tmovb $1, -64(%rbp)\n", "write -64(%rbp) 1");
	/* the other variable is not */
	expect_of("\tleaq -64(%rbp), %rdi\n\tcall g\n\tmovl -16(%rbp), %eax\n", "");
	/* an address that only this function uses */
	expect_of("\tleaq -64(%rbp), %rdx\n\tmovl $1, 4(%rdx)\n\tmovl $0, %edx\n", "");
	/* what was pushed at the begin is the caller's, whatever lies below it */
	expect_of("\tleaq -16(%rbp), %rdi\n\tcall g\n\tmovq -8(%rbp), %rbx\n", "");
}

Test(weave, what_a_hook_was_called_for_is_told)
{
	expect_of("\tmovq %rbx, %rdi\n\tcall __tsan_write4\n\tmovl $1, (%rbx)\n", "");
	expect_of("\tmovq %rbx, %rdi\n\tcall __tsan_write4@PLT\n\tmovl (%rbx), %eax\n", "");
	expect_of("\tmovq %rdx, %rdi\n\tcall __tsan_read4\n\tmovl (%rdx), %eax\n",
	          "read (%rdx) 4"); /* a call changes rdx */
	expect_of("\tmovq %rbx, %rdi\n\tcall __tsan_read4\n\tmovl (%rbx), %eax\n", "");
	expect_of("\tmovq %rbx, %rdi\n\tcall __tsan_volatile_read8\n\tmovq (%rbx), %rax\n", "");
	expect_of("\tmovq %rbx, %rdi\n\tcall __tsan_unaligned_read8\n\tmovl 4(%rbx), %eax\n", "");
	/* not as much, not the same place, not the same kind */
	expect_of("\tmovq %rbx, %rdi\n\tcall __tsan_read4\n\tmovq (%rbx), %rax\n", "read (%rbx) 8");
	expect_of("\tmovq %rbx, %rdi\n\tcall __tsan_read4\n\tmovl 4(%rbx), %eax\n", "read 4(%rbx) 4");
	expect_of("\tmovq %rbx, %rdi\n\tcall __tsan_read4\n\tmovl $1, (%rbx)\n", "write (%rbx) 4");
	expect_of("\tmovq %rbx, %rdi\n\tcall __tsan_write4\n\taddl $1, (%rbx)\n", "");
	/* ranges */
	expect_of("\tmovl $40, %esi\n\tmovq %rbx, %rdi\n\tcall __tsan_write_range\n\tmovups %xmm0, 16(%rbx)\n", "");
	expect_of("\tmovl $40, %esi\n\tmovq %rbx, %rdi\n\tcall __tsan_write_range\n\tmovq %rax, 40(%rbx)\n",
	          "write 40(%rbx) 8");
	/* by another way to the same address: from the frame, from a symbol, as an element */
	expect_of("\tmovq -24(%rbp), %rax\n\taddq $8, %rax\n\tmovq %rax, %rdi\n\tcall __tsan_read4\n"
	          "\tmovq -24(%rbp), %rax\n\tmovl 8(%rax), %eax\n",
	          "");
	expect_of("\tmovl $x+8, %edi\n\tcall __tsan_read8\n\tmovq x+8(%rip), %rax\n", "");
	expect_of("\tleaq x(%rip), %rdi\n\tcall __tsan_write8\n\tmovq $0, x(%rip)\n", "");
	expect_of("\tmovslq -20(%rbp), %rax\n\tleaq 0(,%rax,8), %rdx\n\tmovq -32(%rbp), %rax\n\taddq %rdx, %rax\n"
	          "\tmovq %rax, %rdi\n\tcall __tsan_read8\n"
	          "\tmovslq -20(%rbp), %rcx\n\tmovq -32(%rbp), %rdx\n\tmovq (%rdx,%rcx,8), %rax\n",
	          "");
	/* in the thread's own data: a variable, one of another file, an element */
	expect_of(
	    "\tmovq %fs:0, %rax\n\taddq $x@tpoff, %rax\n\tmovq %rax, %rdi\n\tcall __tsan_read4\n\tmovl %fs:x@tpoff, %eax\n",
	    "");
	expect_of("\tmovq %fs:0, %rax\n\tleaq x@tpoff+4(%rax), %rdi\n\tcall __tsan_write4\n\tmovl $1, %fs:x@tpoff+4\n", "");
	expect_of("\tmovq x@gottpoff(%rip), %rax\n\taddq %fs:0, %rax\n\tmovq %rax, %rdi\n\tcall __tsan_read4\n"
	          "\tmovq x@gottpoff(%rip), %rax\n\tmovl %fs:(%rax), %eax\n",
	          "");
	expect_of(
	    "\tmovq %fs:0, %rax\n\taddq $x@tpoff, %rax\n\tmovq %rax, %rdi\n\tcall __tsan_read4\n\tmovl %fs:y@tpoff, %eax\n",
	    "read y@tpoff 4");
	/* another thread may have had its turn, or another way leads here */
	expect_of("\tmovq %rbx, %rdi\n\tcall __tsan_read4\n\tcall g\n\tmovl (%rbx), %eax\n", "read (%rbx) 4");
	expect_of("\tmovq %rbx, %rdi\n\tcall __tsan_read4\n.L3:\n\tmovl (%rbx), %eax\n", "read (%rbx) 4");
	expect_of("\tmovq %rbx, %rdi\n\tcall __tsan_read4\n.LBB2:\n\tmovl (%rbx), %eax\n", "");
	/* a pointer that was changed meanwhile */
	expect_of("\tmovq -24(%rbp), %rdi\n\tcall __tsan_read4\n\taddq $4, -24(%rbp)\n\tmovq -24(%rbp), %rax\n"
	          "\tmovl (%rax), %eax\n",
	          "read (%rax) 4");
}

Test(weave, strings)
{
	expect_of("\trep movsq\n", "read rsi 8; write rdi 8");
	expect_of("\trep stosb\n", "write rdi 1");
	expect_of("\tmovsl\n", "read rsi 4; write rdi 4");
	expect_of("\tmovl $5, %ecx\n\tmovq %rsp, %rdi\n\trep movsq\n", "read rsi 8");
	expect_of("\tleaq -64(%rbp), %rdi\n\tmovl $5, %ecx\n\trep stosq\n", "");
}

Test(weave, what_is_not_the_compilers_stays_as_it_is)
{
	expect_of("#APP\n\tmovl (%rax), %eax\n#NO_APP\n", "");
	expect_of("#APP\n#NO_APP\n\tmovl (%rax), %eax\n", "read (%rax) 4");
	static const char intel[] =
	    "\t.intel_syntax noprefix\n\t.type f, @function\nf:\n\tmov rax, QWORD PTR [rdi]\n\tret\n"
	    "\t.size f, .-f\n",
	                  data[] = "\t.data\n\t.type x, @object\nx:\n\t.string \"movl (%rax), %eax\"\n\t.size x, 18\n";
	const char *const texts[] = {intel, data};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		char *text = woven(texts[i]);
		cr_expect(eq(str, text, (char *)texts[i]));
		free(text);
	}
}

Test(weave, of_each_function_only_its_own_variables_are_known)
{
	static const char text[] = BEGIN "\tleaq -64(%rbp), %rdi\n\tcall g\n" END
	                                 "\t.type\th, @function\nh:\n.LFB1:\n\tpushq\t%rbp\n\tmovq\t%rsp, %rbp\n"
	                                 "\tmovl -64(%rbp), %eax\n\tleave\n\tret\n.LFE1:\n\t.size\th, .-h\n"
	                                 "\t.quad\t.LFB1\n\t.byte\t0x91\n\t.sleb128 -80\n";
	char *found = calls(text);
	cr_expect(eq(str, found, ""));
	free(found);
}

Test(weave, accesses_of_what_is_not_watched_are_told_to_nobody)
{
	static const char text[] = "\t.type\tf, @function\nf:\n\tmovl\t(%rax), %eax\n\tret\n\t.size\tf, .-f\n";
	char *same = woven(text), *told = calls(text);
	cr_expect(eq(str, same, (char *)text));
	cr_expect(eq(str, told, ""));
	free(told);
	free(same);
	char *with = format("%s%s", text, WATCHED);
	char *watched = calls(with);
	cr_expect(eq(str, watched, "read (%rax) 4"));
	free(watched);
	free(with);
}

/* "for (;;);" */
Test(weave, an_empty_endless_loop_is_counted)
{
	char *text = woven("\t.type\tf, @function\nf:\n.L2:\n\t.loc 1 2 3\n\tnop\n\tjmp\t.L2\n\t.size\tf, .-f\n");
	cr_expect(ne(ptr, strstr(text, "\tcall\t__sanitizer_cov_trace_pc\n\tjmp\t.Lempty_loop1\n"), NULL), "%s", text);
	free(text);
	text = woven("\t.type\tf, @function\nf:\n.L2:\n\tincl\t%eax\n\tjmp\t.L2\n\t.size\tf, .-f\n");
	cr_expect(eq(ptr, strstr(text, "__sanitizer_cov_trace_pc"), NULL), "%s", text);
	free(text);
	text = woven("\t.type\tf, @function\nf:\n.L2:\n\tjmp\t.L3\n\t.size\tf, .-f\n");
	cr_expect(eq(ptr, strstr(text, "__sanitizer_cov_trace_pc"), NULL), "%s", text);
	free(text);
}
