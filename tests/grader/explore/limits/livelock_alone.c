/* livelock_alone.c - a program of one thread that never gave way to another: the place where it goes on is told all the
 * same.
 *
 * expect: had its turn: the main thread continues at livelock_alone\.c:16$
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int main(void)
{
	int ends[2];
	char byte;
	if (pipe2(ends, O_NONBLOCK) != 0)
		return 1;
	while (read(ends[0], &byte, 1) < 0 && errno == EAGAIN)
		;
	return 0;
}
