/* one_condition_two_mutexes: each player waits for its own turn under its own mutex; the condition variable is one for
 * all. While somebody waits on it with one mutex, nobody may with another.
 * kind: mutex_misuse
 */
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

enum { PLAYERS = 2 };

static struct player {
	pthread_mutex_t mutex;
	pthread_cond_t own;
	bool turn; /* under mutex */
} player[PLAYERS] = {{PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false},
                     {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false}};

#ifndef FIXED
static pthread_cond_t common = PTHREAD_COND_INITIALIZER;
#endif

static pthread_cond_t *condition_of(struct player *one)
{
#ifdef FIXED
	return &one->own;
#else
	(void)one;
	return &common;
#endif
}

static void *play(void *data)
{
	struct player *me = data;
	pthread_mutex_lock(&me->mutex);
	while (!me->turn)
		pthread_cond_wait(condition_of(me), &me->mutex);
	pthread_mutex_unlock(&me->mutex);
	return NULL;
}

int main(void)
{
	pthread_t thread[PLAYERS];
	for (int i = 0; i < PLAYERS; i++)
		if (pthread_create(&thread[i], NULL, play, &player[i]) != 0)
			return 1;
	for (int i = 0; i < PLAYERS; i++) {
		pthread_mutex_lock(&player[i].mutex);
		player[i].turn = true;
		pthread_cond_broadcast(condition_of(&player[i]));
		pthread_mutex_unlock(&player[i].mutex);
	}
	for (int i = 0; i < PLAYERS; i++)
		pthread_join(thread[i], NULL);
	return 0;
}
