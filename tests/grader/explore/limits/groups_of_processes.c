/* groups_of_processes: signals to a group reach its members and nobody else, and waits for a group take only those;
 * waitid looks at a child without taking it; a parent that is gone is no parent.
 * expect: none fails
 */
#include <assert.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t start(pid_t group)
{
	int ready[2];
	char byte;
	assert(pipe(ready) == 0);
	pid_t child = fork();
	if (child == 0) {
		setpgid(0, group);
		assert(getpgid(0) == (group ? group : getpid()));
		close(ready[0]);
		write(ready[1], "!", 1);
		close(ready[1]);
		for (;;)
			sleep(1000);
	}
	setpgid(child, group ? group : child);
	close(ready[1]);
	assert(read(ready[0], &byte, 1) == 1);
	close(ready[0]);
	return child;
}

static void expect_end(pid_t whom, pid_t group, int signal)
{
	int status;
	struct rusage usage;
	pid_t child = wait4(whom, &status, 0, &usage);
	assert(child > 0 && (child == whom || -whom == group));
	assert(WIFSIGNALED(status) && WTERMSIG(status) == signal);
}

int main(void)
{
	pid_t leader = start(0), member = start(leader), other = start(0);
	assert(getpgrp() != leader);
	assert(killpg(leader, SIGTERM) == 0);
	assert(waitpid(-other, NULL, WNOHANG) == 0);
	siginfo_t info;
	assert(waitid(P_PGID, (id_t)leader, &info, WEXITED | WNOWAIT) == 0);
	assert(info.si_code == CLD_KILLED && info.si_status == SIGTERM);
	expect_end(-leader, leader, SIGTERM);
	expect_end(-leader, leader, SIGTERM);
	assert(waitpid(-leader, NULL, 0) < 0);
	assert(kill(member, 0) < 0);
	assert(kill(-1, SIGKILL) == 0);
	expect_end(other, other, SIGKILL);
	pid_t child = fork();
	if (child == 0)
		_exit(getppid() == getpgrp() || getpgrp() == getpgid(getppid()) ? 7 : 0);
	assert(waitid(P_PID, (id_t)child, &info, WEXITED) == 0);
	assert(info.si_code == CLD_EXITED && info.si_status == 7 && info.si_pid == child);
	return 0;
}
