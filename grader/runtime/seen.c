/* seen.c - what watched code calls before an access that the compiler tells nobody of (grader/assembler puts the calls
 * there). They stand between any two instructions, so that all registers and the flags are as before; of the stack
 * only what is below its end is used. */
#include "internal.h"

#ifdef __x86_64__

void __tsan_read_range_pc(const void *memory, size_t bytes, void *pc) __attribute__((weak));
void __tsan_write_range_pc(const void *memory, size_t bytes, void *pc) __attribute__((weak));

/* From here on it is an access like any other: `pc` behind the call, `frame` where the stack ended before it. */
void rt_seen_read(const void *memory, size_t bytes, void *pc, const void *frame);
void rt_seen_write(const void *memory, size_t bytes, void *pc, const void *frame);

void rt_seen_read(const void *memory, size_t bytes, void *pc, const void *frame)
{
	if (__tsan_read_range_pc && bytes)
		__tsan_read_range_pc(memory, bytes, pc);
	if (bytes && exploring() && active())
		order_access(memory, bytes, false, (uintptr_t)pc, frame);
}

void rt_seen_write(const void *memory, size_t bytes, void *pc, const void *frame)
{
	if (__tsan_write_range_pc && bytes)
		__tsan_write_range_pc(memory, bytes, pc);
	if (bytes && exploring() && active())
		order_access(memory, bytes, true, (uintptr_t)pc, frame);
}

/* All that the processor has besides whole numbers is kept as well: another thread may run meanwhile. FXSAVE keeps the
 * x87 and SSE registers; code that uses wider ones calls the _wide forms, whose XSAVE keeps these, too, and needs 64
 * zeroed bytes at 512 (Intel's manual, volume 1, 13.4). FNINIT: the x87 stack is empty at a call. */
#define NARROW_SAVE "fxsave64 (%rsp)\n"
#define NARROW_RESTORE "fxrstor64 (%rsp)\n"
#define WIDE_MASK "movl $0xe7, %eax\n xorl %edx, %edx\n" /* x87, SSE, AVX, AVX-512 */
#define WIDE_SAVE                                                                                                      \
	"xorl %eax, %eax\n movq %rax, 512(%rsp)\n movq %rax, 520(%rsp)\n movq %rax, 528(%rsp)\n movq %rax, 536(%rsp)\n"    \
	"movq %rax, 544(%rsp)\n movq %rax, 552(%rsp)\n movq %rax, 560(%rsp)\n movq %rax, 568(%rsp)\n" WIDE_MASK            \
	"xsave64 (%rsp)\n"
#define WIDE_RESTORE WIDE_MASK "xrstor64 (%rsp)\n"

/* rdi and rsi, which the caller has kept, are the memory and its bytes. The caller has pushed two words, and the call a
 * third, before the flags and rbp are. */
#define SEEN(name, form, room, save, restore)                                                                          \
	__asm__(".pushsection .text\n"                                                                                     \
	        ".globl __tsan_seen_" #name form "\n"                                                                      \
	        ".type __tsan_seen_" #name form ", @function\n"                                                            \
	        "__tsan_seen_" #name form ":\n"                                                                            \
	        ".cfi_startproc\n"                                                                                         \
	        "pushfq\n"                                                                                                 \
	        ".cfi_adjust_cfa_offset 8\n"                                                                               \
	        "pushq %rbp\n"                                                                                             \
	        ".cfi_adjust_cfa_offset 8\n"                                                                               \
	        ".cfi_rel_offset %rbp, 0\n"                                                                                \
	        "movq %rsp, %rbp\n"                                                                                        \
	        ".cfi_def_cfa_register %rbp\n"                                                                             \
	        "pushq %rax\n pushq %rcx\n pushq %rdx\n pushq %r8\n pushq %r9\n pushq %r10\n pushq %r11\n"                 \
	        "subq $" #room ", %rsp\n"                                                                                  \
	        "andq $-64, %rsp\n" save "fninit\n"                                                                        \
	        "movq 16(%rbp), %rdx\n"                                                                                    \
	        "leaq 40(%rbp), %rcx\n"                                                                                    \
	        "call rt_seen_" #name "\n" restore "leaq -56(%rbp), %rsp\n"                                                \
	        "popq %r11\n popq %r10\n popq %r9\n popq %r8\n popq %rdx\n popq %rcx\n popq %rax\n"                        \
	        "popq %rbp\n"                                                                                              \
	        ".cfi_def_cfa %rsp, 16\n"                                                                                  \
	        ".cfi_restore %rbp\n"                                                                                      \
	        "popfq\n"                                                                                                  \
	        ".cfi_adjust_cfa_offset -8\n"                                                                              \
	        "ret\n"                                                                                                    \
	        ".cfi_endproc\n"                                                                                           \
	        ".size __tsan_seen_" #name form ", . - __tsan_seen_" #name form "\n"                                       \
	        ".popsection")

SEEN(read, "", 512, NARROW_SAVE, NARROW_RESTORE);
SEEN(write, "", 512, NARROW_SAVE, NARROW_RESTORE);
SEEN(read, "_wide", 2752, WIDE_SAVE, WIDE_RESTORE);
SEEN(write, "_wide", 2752, WIDE_SAVE, WIDE_RESTORE);

#endif
