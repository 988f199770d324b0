/* left_running_tests.c - a test that passes, and leaves a child behind. */
#include "kit.h"

#include <semaphore.h>
#include <unistd.h>

pid_t never_ended(int *result, sem_t *ready, sem_t *never);

/* => pass
 * audit orphan
 *   at left_running.c:{fork} never_ended
 */
KIT_TEST(left_running, the_child_stays)
{
	int *result = kit_shared(sizeof *result);
	sem_t *semaphore = kit_shared(2 * sizeof *semaphore);
	sem_init(&semaphore[0], 1, 0);
	sem_init(&semaphore[1], 1, 0);
	cr_assert(gt(int, never_ended(result, &semaphore[0], &semaphore[1]), 0));
	sem_wait(&semaphore[0]);
	cr_assert(eq(int, *result, 42));
}
