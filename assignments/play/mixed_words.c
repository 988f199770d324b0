#include <assert.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(int to, const char *word)
{
	write(to, word, 1);
	write(to, word + 1, 1);
}

int main(void)
{
	int ends[2];
	char heard[5] = "";
	pipe(ends);
	if (fork() == 0) {
		say(ends[1], "no");
		_exit(0);
	}
	if (fork() == 0) {
		say(ends[1], "on");
		_exit(0);
	}
	wait(NULL);
	wait(NULL);
	read(ends[0], heard, 4);
	assert(strcmp(heard, "noon") == 0 || strcmp(heard, "onno") == 0);
}
