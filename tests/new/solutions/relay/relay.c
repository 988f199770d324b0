/* relay.c - reference: a child calls, and its status is the result
 * TODO(author): your reference; other right designs go to solutions/relay/alternatives.
 */
#include "relay.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int relay_call(int (*work)(void))
{
	int status;
	pid_t child = fork();

	if (child < 0)
		abort();
	if (child == 0)
		_exit(work());
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
