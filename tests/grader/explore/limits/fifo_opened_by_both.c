/* fifo_opened_by_both: an open of a FIFO waits until the other end is open, whoever comes first; the last writer's copy
 * is closed by dup2, and the reader comes to the end.
 * expect: none fails
 */
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	char name[64], text[8] = "";
	snprintf(name, sizeof name, "fifo.%d", (int)getpid());
	unlink(name); /* of a run that was ended in the middle, long ago, with the same number */
	assert(mkfifo(name, 0600) == 0);
	pid_t child = fork();
	if (child == 0) {
		int out = open(name, O_WRONLY), other = open("/dev/null", O_WRONLY);
		assert(out >= 0 && other >= 0);
		assert(write(out, "word", 4) == 4);
		dup2(other, out);
		_exit(0);
	}
	int in = open(name, O_RDONLY);
	assert(in >= 0);
	for (size_t done = 0; done < 4;) {
		ssize_t count = read(in, text + done, sizeof text - 1 - done);
		assert(count > 0);
		done += (size_t)count;
	}
	assert(strcmp(text, "word") == 0);
	assert(read(in, text, 1) == 0);
	assert(waitpid(child, NULL, 0) == child);
	close(in);
	unlink(name);
	return 0;
}
