/* ATTACK 51: leaves a piece of System V shared memory for the next student.
 * assignment: pipe_ring
 * gains: a channel from one box to the next
 * expect: sealed_out
 * max-score: 0
 * layers: object, namespaces, seccomp
 * off: sysv 0x6b690051
 */
#include "pipe_ring.h"

#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	int id = shmget(0x6b690051, 4096, IPC_CREAT | 0666);
	char *memory = id < 0 ? NULL : shmat(id, NULL, 0);
	if (memory && memory != (void *)-1)
		strcpy(memory, "the answer");
	return -1;
}
