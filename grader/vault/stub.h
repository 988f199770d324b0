/* stub.h - what the tests call instead of a function of the assignment: it leads through the entry of guarded calls.
 * For the file of an assignment's stubs, which grader/build/half.c writes. */
#ifndef VAULT_STUB_H
#define VAULT_STUB_H

#define STUB_SECTION(name)                                                                                             \
	".pushsection .text\n.globl vault_to_" name "\n.type vault_to_" name ", %function\nvault_to_" name ":\n"

#if defined(__x86_64__)
#define VAULT_STUB(name)                                                                                               \
	__asm__(STUB_SECTION(#name) "lea " #name "(%rip), %r11\njmp vault_entry\n.size vault_to_" #name                    \
	                            ", . - vault_to_" #name "\n.popsection\n");
#elif defined(__aarch64__)
#define VAULT_STUB(name)                                                                                               \
	__asm__(STUB_SECTION(#name) "adrp x9, " #name "\nadd x9, x9, :lo12:" #name                                         \
	                            "\nb vault_entry\n.size vault_to_" #name ", . - vault_to_" #name "\n.popsection\n");
#else
#error "guarded calls are written for x86-64 and arm64"
#endif

#endif
