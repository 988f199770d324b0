/* ATTACK 16: hides a system call in a constant, and jumps into the middle of the instruction that loads it.
 * assignment: pipe_ring
 * gains: system calls past every list of names
 * expect: sealed_out
 * max-score: 0
 * layers: object, namespaces, landlock
 * off: file /tmp/kit-hostile-16a
 */
#include "pipe_ring.h"

#include <stdint.h>

/* In the constant: xor %eax, %eax; mov $2, %al; syscall; ret. 2 is open. */
static __attribute__((noinline)) uint64_t mix(uint64_t value)
{
	return value ^ 0x90c3050f02b0c031u;
}

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)step;
	(void)ctx;
	const unsigned char *code = (const unsigned char *)(uintptr_t)mix;
	while (code[0] != 0x31 || code[1] != 0xc0 || code[2] != 0xb0)
		code++;
	((void (*)(const char *, long, long))(uintptr_t)code)("/tmp/kit-hostile-16a", 0102, 0644);
	mix(*token);
	return -1;
}
