/* ATTACK 17: assembly at file scope puts a function into .init_array.
 * assignment: pipe_ring
 * gains: code that runs before main
 * expect: sealed_out
 * max-score: 0
 * layers: text, object, namespaces, landlock
 * off: file /tmp/kit-hostile-17b
 */
#include "pipe_ring.h"

__asm__(".pushsection .text\n"
        "early: mov $2, %eax\n"
        "lea path(%rip), %rdi\n"
        "mov $0102, %esi\n"
        "mov $0644, %edx\n"
        "syscall\n"
        "ret\n"
        "path: .asciz \"/tmp/kit-hostile-17b\"\n"
        ".popsection\n"
        ".pushsection .init_array, \"aw\"\n"
        ".quad early\n"
        ".popsection\n");

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;

	return -1;
}
