/* decides_by_chance_and_fails.c - the kernel's random numbers decide whether it goes wrong: the failure is shown, and
 * that it may not show again.
 *
 * expect: ^(This may not be reproducible|not explored): .*it does not behave the same in the same schedule
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static void *work(void *unused)
{
	unsigned char chance = 0;
	int fd = open("/dev/urandom", O_RDONLY);
	if (fd < 0 || read(fd, &chance, 1) != 1)
		return unused;
	close(fd);
	if (chance % 2)
		usleep(10);
	if (chance % 4 == 0)
		abort();
	return unused;
}

int main(void)
{
	pthread_t thread;
	pthread_create(&thread, NULL, work, NULL);
	pthread_join(thread, NULL);
	return 0;
}
