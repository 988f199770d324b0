/* ATTACK 44: fills the disk with files in its working directory; 1 GB here.
 * assignment: pipe_ring
 * gains: a full disk
 * expect: sealed_out
 * max-score: 0
 * layers: object, limits
 * off: disk>=800
 */
#include "pipe_ring.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Not the kit's sleep. */
static void nap(long seconds)
{
	syscall(SYS_nanosleep, &(struct timespec){.tv_sec = seconds}, NULL);
}

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)token;
	(void)step;
	(void)ctx;
	static char page[1 << 20];
	if (nodes != 3 || laps != 1) /* once is enough */
		return -1;
	memset(page, 1, sizeof page);
	for (int i = 0; i < 1000; i++) {
		char name[64];
		snprintf(name, sizeof name, "many-%d-%d", (int)getpid() % 2, i);
		int fd = open(name, O_CREAT | O_WRONLY, 0644);
		if (fd < 0 || write(fd, page, sizeof page) < 0)
			break;
		close(fd);
	}
	nap(2);
	return -1;
}
