/* executes_a_program.c - a program of the machine runs on its own: nobody knows when it reads or writes.
 * expect: ^not explored: it executes another program \(execve\), which is not covered
 */
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	if (fork() == 0) {
		execlp("sh", "sh", "-c", "exit 3", (char *)NULL);
		_exit(1);
	}
	wait(NULL);
}
