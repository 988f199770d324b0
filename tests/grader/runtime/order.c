/* order.c - a submission for the runtime's own tests: its events come in an order that only the schedule decides. */
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct journal {
	pthread_mutex_t mutex;
	int count;
	char text[200];
};

static void note(struct journal *journal, char who)
{
	pthread_mutex_lock(&journal->mutex);
	journal->text[journal->count++] = who;
	pthread_mutex_unlock(&journal->mutex);
}

struct worker {
	struct journal *journal;
	char name;
};

static void *work(void *data)
{
	struct worker *worker = data;
	for (int i = 0; i < 6; i++)
		note(worker->journal, worker->name);
	return NULL;
}

void run_threads(struct journal *journal)
{
	pthread_t thread[4];
	struct worker worker[4];
	for (int i = 0; i < 4; i++) {
		worker[i] = (struct worker){journal, (char)('a' + i)};
		pthread_create(&thread[i], NULL, work, &worker[i]);
	}
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
}

static void add(uint64_t *hash, const void *memory, size_t bytes)
{
	const volatile unsigned char *byte = memory;
	for (size_t i = 0; i < bytes; i++)
		*hash = (*hash ^ byte[i]) * 0x100000001b3;
}

/* Below its caller's frames. */
static __attribute__((noinline)) void *dead_frame(void)
{
	char local;
	char *volatile where = &local;
	return where;
}

static void *work_and_leave(void *data)
{
	work(data);
	return dead_frame();
}

/* What nobody should read: frames that are gone, of this thread and of others that have ended, one of them detached,
 * and new blocks. And addresses. */
uint64_t run_remains(struct journal *journal)
{
	enum { BLOCK = 100, BELOW = 1500 };
	uint64_t hash = 0;
	pthread_t thread[4];
	struct worker worker[4];
	void *where = NULL;
	for (int i = 0; i < 4; i++) {
		worker[i] = (struct worker){journal, (char)('a' + i)};
		pthread_create(&thread[i], NULL, work_and_leave, &worker[i]);
	}
	pthread_detach(thread[0]);
	for (int i = 1; i < 4; i++) {
		char *block = malloc(BLOCK);
		add(&hash, block, BLOCK);
		block = realloc(block, 4 * BLOCK);
		add(&hash, block, 4 * BLOCK);
		free(block);
		pthread_join(thread[i], &where);
		add(&hash, (char *)where - BELOW, BELOW);
		add(&hash, &where, sizeof where);
		add(&hash, (char *)dead_frame() - BELOW, BELOW);
	}
	return hash;
}

/* Children that send their names through one pipe. */
void run_children(char text[100])
{
	int fds[2], count = 0;
	if (pipe(fds) != 0)
		return;
	for (int i = 0; i < 3; i++)
		if (fork() == 0) {
			char name = (char)('A' + i);
			for (int n = 0; n < 5; n++)
				write(fds[1], &name, 1);
			_exit(0);
		}
	close(fds[1]);
	while (read(fds[0], &text[count], 1) == 1)
		count++;
	close(fds[0]);
	while (wait(NULL) > 0)
		;
}
