/* fifo_reader_keeps_it_open: a server opens its FIFO to read and to write, so that the open does not wait, and reads
 * until the end of file, which never comes: it holds a write end itself.
 * kind: deadlock hang
 * switches: 0
 * says: write to +fifo jobs.PID, write end: 2 bytes
 * says: main thread waits to read fifo jobs.PID \(descriptor 3, .*\); its write end is still open in the program$
 * says: fifo jobs.PID: 0 bytes to be read; read end: main thread
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef FIXED
enum { HOW = O_RDONLY };
#else
enum { HOW = O_RDWR };
#endif

int main(void)
{
	char name[64], job;
	int jobs = 0;
	snprintf(name, sizeof name, "jobs.%d", (int)getpid());
	unlink(name); /* of a run that hung, long ago, with the same number */
	if (mkfifo(name, 0600) != 0)
		return 1;
	pid_t client = fork();
	if (client == 0) {
		int out = open(name, O_WRONLY);
		_exit(out >= 0 && write(out, "ab", 2) == 2 ? 0 : 1);
	}
	int in = open(name, HOW);
	while (read(in, &job, 1) == 1)
		if (++jobs == 2)
			unlink(name);
	waitpid(client, NULL, 0);
	return jobs == 2 ? 0 : 1;
}
