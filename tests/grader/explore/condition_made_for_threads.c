/* condition_made_for_threads: two processes hand a turn to each other. The mutex is made for processes, the condition
 * variable is not: it has the attributes that are the default.
 * kind: not_process_shared
 */
#include <pthread.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct game {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	int turn; /* under mutex */
};

static void init(struct game *game)
{
	pthread_mutexattr_t mutex_attributes;
	pthread_mutexattr_init(&mutex_attributes);
	pthread_mutexattr_setpshared(&mutex_attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&game->mutex, &mutex_attributes);

	pthread_condattr_t cond_attributes;
	pthread_condattr_init(&cond_attributes);
#ifdef FIXED
	pthread_condattr_setpshared(&cond_attributes, PTHREAD_PROCESS_SHARED);
#endif
	pthread_cond_init(&game->changed, &cond_attributes);
}

static void play(struct game *game, int me)
{
	pthread_mutex_lock(&game->mutex);
	while (game->turn != me)
		pthread_cond_wait(&game->changed, &game->mutex);
	game->turn = !me;
	pthread_cond_signal(&game->changed);
	pthread_mutex_unlock(&game->mutex);
}

int main(void)
{
	struct game *game = mmap(NULL, sizeof *game, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (game == MAP_FAILED)
		return 1;
	init(game);
	if (fork() == 0) {
		play(game, 1);
		_exit(0);
	}
	play(game, 0);
	wait(NULL);
	return 0;
}
