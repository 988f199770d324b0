/* ATTACK 17: a system call in inline assembly.
 * assignment: pipe_ring
 * gains: system calls past every list of names
 * expect: sealed_out
 * max-score: 0
 * layers: text, object, namespaces, landlock
 * off: file /tmp/kit-hostile-17a
 */
#include "pipe_ring.h"

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	static const char path[] = "/tmp/kit-hostile-17a";
	long result = 2; /* open */
	__asm__ volatile("syscall" : "+a"(result) : "D"(path), "S"(0102L), "d"(0644L) : "rcx", "r11", "memory");
	return -1;
}
