/* ATTACK 15: machine code in an array that lies in section .text.
 * assignment: pipe_ring
 * gains: system calls past every list of names
 * expect: sealed_out
 * max-score: 0
 * layers: text, object, namespaces, landlock
 * off: file /tmp/kit-hostile-15a
 */
#include "pipe_ring.h"

#include <string.h>

/* rax = 1st argument, then the others of a system call */
__attribute__((section(".text"))) static const unsigned char code[] = {0x48, 0x89, 0xf8, 0x48, 0x89, 0xf7, 0x48, 0x89,
                                                                       0xd6, 0x48, 0x89, 0xca, 0x0f, 0x05, 0xc3};

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	static const char path[] = "/tmp/kit-hostile-15a";
	((long (*)(long, const char *, long, long))(const void *)code)(2, path, 0102, 0644); /* open */
	return -1;
}
