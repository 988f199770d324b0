/* bitfield_neighbours: two flags, each under a lock of its own, but neighbouring bit-fields are one memory location.
 * Writing one flag reads and writes back the other: a data race, and one of the two writes can be lost.
 * kind: data_race assertion
 * switches: 0
 */
#include <assert.h>
#include <pthread.h>
#include <stddef.h>

static struct {
	pthread_mutex_t door_mutex, light_mutex;
#ifdef FIXED
	unsigned char door_open;
	unsigned char light_on;
#else
	unsigned door_open : 1;
	unsigned light_on : 1;
#endif
} house = {.door_mutex = PTHREAD_MUTEX_INITIALIZER, .light_mutex = PTHREAD_MUTEX_INITIALIZER};

static void *open_door(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&house.door_mutex);
	house.door_open = 1;
	pthread_mutex_unlock(&house.door_mutex);
	return NULL;
}

static void *switch_light_on(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&house.light_mutex);
	house.light_on = 1;
	pthread_mutex_unlock(&house.light_mutex);
	return NULL;
}

int main(void)
{
	pthread_t a, b;
	pthread_create(&a, NULL, open_door, NULL);
	pthread_create(&b, NULL, switch_light_on, NULL);
	pthread_join(a, NULL);
	pthread_join(b, NULL);
	assert(house.door_open == 1 && house.light_on == 1);
	return 0;
}
