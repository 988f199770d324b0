#include <assert.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

static void *cleans_up(void *unused)
{
	/* Whoever has started a child waits for it, and nobody else. */
	return unused;
}

static void *looks_after(void *unused)
{
	int status = -1;
	pid_t child = fork();
	if (child == 0)
		_exit(7);
	assert(waitpid(child, &status, 0) == child);
	assert(WEXITSTATUS(status) == 7);
	return unused;
}

int main(void)
{
	pthread_t first, second;
	pthread_create(&first, NULL, looks_after, NULL);
	pthread_create(&second, NULL, cleans_up, NULL);
	pthread_join(first, NULL);
	pthread_join(second, NULL);
}
