/* fifo_opened_in_both_orders: two processes open two FIFOs, one to write and one to read. Each opens first the one that
 * it writes to, and neither open returns before the other side opens to read.
 * kind: hang deadlock
 * switches: 0
 * says: main thread waits for another process to open a FIFO for reading \(.*\): fifo there.PID$
 * says: child 1 waits for .*: fifo back.PID$
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char there[64], back[64];

static void give_up(int status)
{
	unlink(there);
	unlink(back);
	_exit(status);
}

int main(void)
{
	snprintf(there, sizeof there, "there.%d", (int)getpid());
	snprintf(back, sizeof back, "back.%d", (int)getpid());
	unlink(there); /* of a run that hung, long ago, with the same number */
	unlink(back);
	if (mkfifo(there, 0600) != 0 || mkfifo(back, 0600) != 0)
		give_up(1);
	if (fork() == 0) {
#ifdef FIXED
		int in = open(there, O_RDONLY), out = open(back, O_WRONLY);
#else
		int out = open(back, O_WRONLY), in = open(there, O_RDONLY);
#endif
		char byte;
		_exit(read(in, &byte, 1) == 1 && write(out, &byte, 1) == 1 ? 0 : 1);
	}
	int out = open(there, O_WRONLY), in = open(back, O_RDONLY);
	char byte = 'x';
	if (out < 0 || in < 0 || write(out, &byte, 1) != 1 || read(in, &byte, 1) != 1)
		give_up(2);
	wait(NULL);
	give_up(0);
}
