/* memory.c - a submission for the runtime's own tests: what memcheck finds, in the simplest words: the optimiser must not take it away. */
#pragma GCC diagnostic ignored "-Wuse-after-free"
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int leak(void)
{
	int *number = malloc(40); /* {leak} */
	number[0] = 1;
	return number[0];
}

int write_behind(void)
{
	char *text = malloc(10); /* {allocate} */
	text[10] = 1;            /* {write behind} */
	free(text);
	return 0;
}

int use_freed(void)
{
	int *number = calloc(1, sizeof *number);
	free(number);   /* {freed} */
	return *number; /* {use freed} */
}

int use_unset(void)
{
	int *number = malloc(sizeof *number);
	int result = *number == 3 ? getpid() : 2; /* {use unset} */
	free(number);
	return result;
}

void free_twice(void)
{
	char *text = malloc(10);
	free(text);
	free(text); /* {free twice} */
}

/* Right: the block is the parent's, though the child ends with a copy of it. */
void fork_with_block(void)
{
	char *text = malloc(10);
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
	free(text);
}
