/* sibling_inherits_write_end: two children read until end of file, each from a pipe of its own; the parent ends and
 * waits for the first, then for the second. The second child was forked while the first one's write end was open and
 * has a copy: the parent waits for the first child, that one for the second, and the second for the parent.
 * kind: deadlock hang
 * switches: 0
 */
#include <sys/wait.h>
#include <unistd.h>

enum { CHILDREN = 2 };

static void __attribute__((noreturn)) read_all(int from)
{
	char byte;
	while (read(from, &byte, 1) == 1)
		;
	_exit(0);
}

int main(void)
{
	pid_t children[CHILDREN];
	int writes[CHILDREN];
	for (int i = 0; i < CHILDREN; i++) {
		int ends[2];
		if (pipe(ends) != 0 || (children[i] = fork()) < 0)
			return 1;
		if (children[i] == 0) {
			close(ends[1]);
#ifdef FIXED
			for (int earlier = 0; earlier < i; earlier++)
				close(writes[earlier]);
#endif
			read_all(ends[0]);
		}
		close(ends[0]);
		writes[i] = ends[1];
	}
	for (int i = 0; i < CHILDREN; i++) {
		if (write(writes[i], "x", 1) != 1)
			return 1;
		close(writes[i]);
		if (waitpid(children[i], NULL, 0) != children[i])
			return 1;
	}
	return 0;
}
