/* shutdown_frees_queue: main asks a detached worker to stop, waits until it says that it has, and frees the queue.
 * The worker says so before its last look into the queue: use after free. Only a join tells that a thread is done.
 * kind: use_after_free data_race
 * switches: 1
 */
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <threads.h>

struct queue {
	int jobs, done;
};

static atomic_bool stop, stopped;
static atomic_int jobs_left;

static int work(void *arg)
{
	struct queue *queue = arg;
	while (queue->done < queue->jobs && !atomic_load(&stop))
		queue->done++;
	atomic_store(&stopped, true);
	atomic_store(&jobs_left, queue->jobs - queue->done);
	return 0;
}

int main(void)
{
	struct queue *queue = calloc(1, sizeof *queue);
	if (!queue)
		return 1;
	queue->jobs = 2;

	thrd_t worker;
	thrd_create(&worker, work, queue);
	atomic_store(&stop, true);
#ifdef FIXED
	thrd_join(worker, NULL);
#else
	thrd_detach(worker);
	while (!atomic_load(&stopped))
		sched_yield();
#endif
	free(queue);
	return 0;
}
