#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t bell = PTHREAD_COND_INITIALIZER;
static bool mail;

static bool is_there(void)
{
	pthread_mutex_lock(&lock);
	bool yes = mail;
	pthread_mutex_unlock(&lock);
	return yes;
}

static void *sleeper(void *unused)
{
	while (!is_there()) {
		pthread_mutex_lock(&lock);
		pthread_cond_wait(&bell, &lock);
		pthread_mutex_unlock(&lock);
	}
	return unused;
}

static void *postman(void *unused)
{
	pthread_mutex_lock(&lock);
	mail = true;
	pthread_cond_signal(&bell);
	pthread_mutex_unlock(&lock);
	return unused;
}

int main(void)
{
	pthread_t first, second;
	pthread_create(&first, NULL, sleeper, NULL);
	pthread_create(&second, NULL, postman, NULL);
	pthread_join(first, NULL);
	pthread_join(second, NULL);
}
