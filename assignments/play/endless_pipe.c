#include <pthread.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

static int quit[2]; /* the second child lives until this is closed */

static void *talks(void *unused)
{
	int ends[2];
	char byte;
	pipe(ends);
	pid_t child = fork();
	if (child == 0) {
		close(ends[1]);
		while (read(ends[0], &byte, 1) > 0)
			;
		_exit(0);
	}
	close(ends[0]);
	close(ends[1]);
	waitpid(child, NULL, 0);
	return unused;
}

static void *starts_another(void *unused)
{
	pid_t child = fork();
	if (child == 0) {
		char byte;
		close(quit[1]);
		read(quit[0], &byte, 1);
		_exit(0);
	}
	return unused;
}

int main(void)
{
	pthread_t first, second;
	pipe(quit);
	pthread_create(&first, NULL, talks, NULL);
	pthread_create(&second, NULL, starts_another, NULL);
	pthread_join(first, NULL);
	close(quit[1]);
	pthread_join(second, NULL);
	wait(NULL);
}
