/* entry.c - the entry of guarded calls: calls what the register (r11, x9) holds as the caller called.
 *
 * Arguments are in registers and right above the return address, in the caller's frame: that is copied, so that the
 * function finds them as if it had been called itself. The frame is an ordinary one with unwinding information, so
 * stacks can be read through it. */
#include "private.h"

#define TEXT(x) #x
#define NUMBER(x) TEXT(x)

#if defined(__x86_64__)

#define SAVED(at) "(" NUMBER(at) "-" NUMBER(SAVED_BYTES) ")(%rbp)"
#define KEEP                                                                                                           \
	"	mov %rbx, " SAVED(192) "\n	mov %r12, " SAVED(200) "\n	mov %r13, " SAVED(                                     \
	    208) "\n"                                                                                                      \
	         "	mov %r14, " SAVED(216) "\n	mov %r15, " SAVED(224) "\n"

/* clang-format off */
__asm__(".pushsection .text\n"
        ".globl vault_entry\n"
        ".type vault_entry, @function\n"
        "vault_entry:\n"
        "	.cfi_startproc\n"
        "	push %rbp\n"
        "	.cfi_def_cfa_offset 16\n	.cfi_offset %rbp, -16\n"
        "	mov %rsp, %rbp\n"
        "	.cfi_def_cfa_register %rbp\n"
        "	sub $" NUMBER(SAVED_BYTES) ", %rsp\n"
        "	movaps %xmm0, " SAVED(0) "\n	movaps %xmm1, " SAVED(16) "\n	movaps %xmm2, " SAVED(32) "\n"
        "	movaps %xmm3, " SAVED(48) "\n	movaps %xmm4, " SAVED(64) "\n	movaps %xmm5, " SAVED(80) "\n"
        "	movaps %xmm6, " SAVED(96) "\n	movaps %xmm7, " SAVED(112) "\n"
        "	mov %rdi, " SAVED(128) "\n	mov %rsi, " SAVED(136) "\n	mov %rdx, " SAVED(144) "\n"
        "	mov %rcx, " SAVED(152) "\n	mov %r8, " SAVED(160) "\n	mov %r9, " SAVED(168) "\n"
        "	mov %rax, " SAVED(176) "\n	mov %r11, " SAVED(184) "\n"
        KEEP
        "	mov %r11, %rdi\n	lea " SAVED(KEPT_AT) ", %rsi\n"
        "	call vault_enter\n"
        "	mov (%rbp), %rcx\n	lea 16(%rbp), %rsi\n	sub %rsi, %rcx\n"
        "	cmp $" NUMBER(PASSED_MOST) ", %rcx\n	jbe 1f\n	mov $" NUMBER(PASSED_LEAST) ", %ecx\n"
        "1:	add $15, %rcx\n	and $-16, %rcx\n	sub %rcx, %rsp\n	mov %rsp, %rdi\n	shr $3, %rcx\n	rep movsq\n"
        "	movaps " SAVED(0) ", %xmm0\n	movaps " SAVED(16) ", %xmm1\n	movaps " SAVED(32) ", %xmm2\n"
        "	movaps " SAVED(48) ", %xmm3\n	movaps " SAVED(64) ", %xmm4\n	movaps " SAVED(80) ", %xmm5\n"
        "	movaps " SAVED(96) ", %xmm6\n	movaps " SAVED(112) ", %xmm7\n"
        "	mov " SAVED(128) ", %rdi\n	mov " SAVED(136) ", %rsi\n	mov " SAVED(144) ", %rdx\n"
        "	mov " SAVED(152) ", %rcx\n	mov " SAVED(160) ", %r8\n	mov " SAVED(168) ", %r9\n"
        "	mov " SAVED(176) ", %rax\n	mov " SAVED(184) ", %r11\n"
        "	call *%r11\n"
        "	lea " SAVED(0) ", %rsp\n"
        "	movaps %xmm0, " SAVED(0) "\n	movaps %xmm1, " SAVED(16) "\n"
        "	mov %rax, " SAVED(128) "\n	mov %rdx, " SAVED(136) "\n"
        KEEP
        "	lea " SAVED(KEPT_AT) ", %rdi\n"
        "	call vault_leave\n"
        ".globl vault_left\n"
        "vault_left:\n"
        "	movaps " SAVED(0) ", %xmm0\n	movaps " SAVED(16) ", %xmm1\n"
        "	mov " SAVED(128) ", %rax\n	mov " SAVED(136) ", %rdx\n"
        "	leave\n"
        "	.cfi_def_cfa %rsp, 8\n"
        "	ret\n"
        "	.cfi_endproc\n"
        ".size vault_entry, . - vault_entry\n"
        ".popsection\n");
/* clang-format on */

#elif defined(__aarch64__)

#define KEEP                                                                                                           \
	"	stp x19, x20, [sp, #208]\n	stp x21, x22, [sp, #224]\n	stp x23, x24, [sp, #240]\n"                                \
	"	stp x25, x26, [sp, #256]\n	stp x27, x28, [sp, #272]\n"

/* clang-format off */
__asm__(".pushsection .text\n"
        ".globl vault_entry\n"
        ".type vault_entry, %function\n"
        "vault_entry:\n"
        "	.cfi_startproc\n"
        "	stp x29, x30, [sp, #-16]!\n"
        "	.cfi_def_cfa_offset 16\n	.cfi_offset 29, -16\n	.cfi_offset 30, -8\n"
        "	mov x29, sp\n"
        "	.cfi_def_cfa_register 29\n"
        "	sub sp, sp, #" NUMBER(SAVED_BYTES) "\n"
        "	stp q0, q1, [sp]\n	stp q2, q3, [sp, #32]\n	stp q4, q5, [sp, #64]\n	stp q6, q7, [sp, #96]\n"
        "	stp x0, x1, [sp, #128]\n	stp x2, x3, [sp, #144]\n	stp x4, x5, [sp, #160]\n	stp x6, x7, [sp, #176]\n"
        "	stp x8, x9, [sp, #192]\n"
        KEEP
        "	mov x0, x9\n	add x1, sp, #" NUMBER(KEPT_AT) "\n"
        "	bl vault_enter\n"
        "	ldp q0, q1, [sp]\n	ldp q2, q3, [sp, #32]\n	ldp q4, q5, [sp, #64]\n	ldp q6, q7, [sp, #96]\n"
        "	ldp x0, x1, [sp, #128]\n	ldp x2, x3, [sp, #144]\n	ldp x4, x5, [sp, #160]\n	ldp x6, x7, [sp, #176]\n"
        "	ldp x8, x9, [sp, #192]\n"
        "	ldr x10, [x29]\n	add x11, x29, #16\n	sub x10, x10, x11\n"
        "	mov x12, #" NUMBER(PASSED_MOST) "\n	cmp x10, x12\n	b.ls 1f\n	mov x10, #" NUMBER(PASSED_LEAST) "\n"
        "1:	add x10, x10, #15\n	and x10, x10, #-16\n"
        "	sub x12, sp, x10\n	mov sp, x12\n	add x10, x10, x11\n"
        "2:	cmp x11, x10\n	b.eq 3f\n	ldp x13, x14, [x11], #16\n	stp x13, x14, [x12], #16\n	b 2b\n"
        "3:	blr x9\n"
        "	sub sp, x29, #" NUMBER(SAVED_BYTES) "\n"
        "	stp q0, q1, [sp]\n	stp q2, q3, [sp, #32]\n	stp x0, x1, [sp, #128]\n"
        KEEP
        "	add x0, sp, #" NUMBER(KEPT_AT) "\n"
        "	bl vault_leave\n"
        ".globl vault_left\n"
        "vault_left:\n"
        "	ldp q0, q1, [sp]\n	ldp q2, q3, [sp, #32]\n	ldp x0, x1, [sp, #128]\n"
        "	mov sp, x29\n"
        "	ldp x29, x30, [sp], #16\n"
        "	.cfi_restore 29\n	.cfi_restore 30\n	.cfi_def_cfa 31, 0\n"
        "	ret\n"
        "	.cfi_endproc\n"
        ".size vault_entry, . - vault_entry\n"
        ".popsection\n");
/* clang-format on */

#else
#error "the entry of guarded calls is written for x86-64 and arm64"
#endif
