/* left_at_the_end: a program that ends with threads, children and locks that nobody takes care of. The kernel does, so
 * that is no failure: it is noted, once for each place.
 * expect: ^note: the main thread still holds mutex account\[1\]\.lock, taken at left_at_the_end\.c:37$
 */
#include <pthread.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

static struct account {
	int balance;
	pthread_mutex_t lock;
} account[2] = {{0, PTHREAD_MUTEX_INITIALIZER}, {0, PTHREAD_MUTEX_INITIALIZER}};

static void *work(void *unused)
{
	return unused;
}

int main(void)
{
	enum { THREADS = 3 };
	pthread_t thread[THREADS], detached, joined;
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&thread[i], NULL, work, NULL) != 0)
			return 1;
	if (pthread_create(&detached, NULL, work, NULL) != 0 || pthread_detach(detached) != 0)
		return 1;
	if (pthread_create(&joined, NULL, work, NULL) != 0 || pthread_join(joined, NULL) != 0)
		return 1;
	pid_t waited_for = fork();
	if (waited_for == 0 || fork() == 0)
		_exit(0);
	waitpid(waited_for, NULL, 0);
	pthread_mutex_lock(&account[0].lock);
	pthread_mutex_unlock(&account[0].lock);
	pthread_mutex_lock(&account[1].lock);
	return 0;
}
