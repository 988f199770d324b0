/* child_outlives_program: a child waits for the word of its parent, and takes the end of the pipe for it. The parent
 * comes to its end without a word: only then can the child fail, and nobody waits for it.
 * kind: assertion
 * switches: 0
 */
#include <assert.h>
#include <unistd.h>

int main(void)
{
	int fds[2];
	if (pipe(fds) != 0)
		return 1;
	if (fork() == 0) {
		char word = 0;
		close(fds[1]);
		ssize_t count = read(fds[0], &word, 1);
#ifdef FIXED
		assert(count == 0 || word == 'w');
#else
		assert(count >= 0 && word == 'w');
#endif
		_exit(0);
	}
	return 0;
}
