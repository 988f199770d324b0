/* request_destroyed_in_use: a server answers a request that carries its own mutex and condition variable. It
 * signals after the unlock, when the client may already have seen the answer and have destroyed and freed the
 * request.
 * kind: destroy_in_use use_after_free data_race
 * switches: 2
 */
#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct request {
	pthread_mutex_t lock;
	pthread_cond_t answered;
	bool done;  /* protected by lock */
	int answer; /* protected by lock */
};

static void *server(void *arg)
{
	struct request *request = arg;

	pthread_mutex_lock(&request->lock);
	request->answer = 42;
	request->done = true;
	pthread_mutex_unlock(&request->lock);
	pthread_cond_signal(&request->answered);
	return NULL;
}

int main(void)
{
	struct request *request = malloc(sizeof(*request));
	pthread_t thread;

	assert(request != NULL);
	pthread_mutex_init(&request->lock, NULL);
	pthread_cond_init(&request->answered, NULL);
	request->done = false;
	request->answer = 0;
	pthread_create(&thread, NULL, server, request);

	pthread_mutex_lock(&request->lock);
	while (!request->done) {
		pthread_cond_wait(&request->answered, &request->lock);
	}
	assert(request->answer == 42);
	pthread_mutex_unlock(&request->lock);

#ifdef FIXED
	pthread_join(thread, NULL);
#endif
	pthread_cond_destroy(&request->answered);
	pthread_mutex_destroy(&request->lock);
	free(request);
#ifndef FIXED
	pthread_join(thread, NULL);
#endif
	return 0;
}
