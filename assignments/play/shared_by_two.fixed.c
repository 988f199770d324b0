#include <assert.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static void count(int *visitors)
{
	int seen = *visitors;
	*visitors = seen + 1;
}

int main(void)
{
	int *visitors = mmap(NULL, sizeof *visitors, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t child = fork();
	if (child == 0) {
		count(visitors);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	count(visitors);
	assert(*visitors == 2);
}
