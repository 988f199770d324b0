/* order.c - a submission for the runtime's own tests: its events come in an order that only the schedule decides. */
#include <pthread.h>
#include <semaphore.h>
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
