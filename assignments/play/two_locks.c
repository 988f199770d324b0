#include <pthread.h>
#include <stddef.h>

struct account {
	pthread_mutex_t lock;
	int money;
};
static struct account anna = {PTHREAD_MUTEX_INITIALIZER, 100}, ben = {PTHREAD_MUTEX_INITIALIZER, 100};

static void pay(struct account *from, struct account *to)
{
	pthread_mutex_lock(&from->lock);
	pthread_mutex_lock(&to->lock);
	from->money--;
	to->money++;
	pthread_mutex_unlock(&to->lock);
	pthread_mutex_unlock(&from->lock);
}

static void *anna_pays(void *unused)
{
	pay(&anna, &ben);
	return unused;
}

static void *ben_pays(void *unused)
{
	pay(&ben, &anna);
	return unused;
}

int main(void)
{
	pthread_t first, second;
	pthread_create(&first, NULL, anna_pays, NULL);
	pthread_create(&second, NULL, ben_pays, NULL);
	pthread_join(first, NULL);
	pthread_join(second, NULL);
}
