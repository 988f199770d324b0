/* full_pipes_both_write: parent and child send each other more than a pipe holds, and both write first.
 * When both pipes are full, each waits for the other to read.
 * kind: deadlock hang
 * switches: 0
 */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* 80 KiB: more than the 64 KiB that a pipe holds on Linux. */
enum { PIECE = 16 * 1024, PIECES = 5 };

static int write_all(int to)
{
	char piece[PIECE];
	memset(piece, 'x', sizeof piece);
	for (int i = 0; i < PIECES; i++) {
		for (ssize_t sent = 0, n; sent < PIECE; sent += n) {
			n = write(to, piece + sent, PIECE - (size_t)sent);
			if (n <= 0)
				return -1;
		}
	}
	close(to);
	return 0;
}

static int read_all(int from)
{
	char piece[PIECE];
	ssize_t sum = 0, n;
	while ((n = read(from, piece, sizeof piece)) > 0)
		sum += n;
	return sum == (ssize_t)PIECE * PIECES ? 0 : -1;
}

static int talk(int from, int to, int reads_first)
{
	if (reads_first)
		return read_all(from) == 0 && write_all(to) == 0 ? 0 : 1;
	return write_all(to) == 0 && read_all(from) == 0 ? 0 : 1;
}

int main(void)
{
	int down[2], up[2], status;
	if (pipe(down) != 0 || pipe(up) != 0)
		return 1;
	pid_t child = fork();
	if (child < 0)
		return 1;
	if (child == 0) {
		close(down[1]);
		close(up[0]);
#ifdef FIXED
		_exit(talk(down[0], up[1], 1));
#else
		_exit(talk(down[0], up[1], 0));
#endif
	}
	close(down[0]);
	close(up[1]);
	int result = talk(up[0], down[1], 0);
	if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return 1;
	return result;
}
