/* failures.c - calls of the submission that failed, and were not made again with success (which is no answer to an
 * error that the test wanted it to have, but for EINTR): when an assertion of the test fails, the first of them is most
 * likely why. Errors that belong to a call's work (a lock that is taken, a time that is over, no more children) are
 * none. */
#include "kit_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct kit_failure *find(const void *site, pid_t process)
{
	struct kit_state *state = kit_local.state;
	for (unsigned i = 0; i < state->failures; i++)
		if (state->failure[i].site == site && state->failure[i].process == process)
			return &state->failure[i];
	return NULL;
}

static void forget(struct kit_failure *failure)
{
	struct kit_state *state = kit_local.state;
	size_t behind = (size_t)(&state->failure[state->failures] - failure) - 1;
	memmove(failure, failure + 1, behind * sizeof *failure);
	state->failures--;
}

void kit_call_gave(const char *name, void *site, int error, bool injected)
{
	struct kit_state *state = kit_local.state;
	if (!error && !state->failures)
		return;
	pid_t process = getpid();
	struct kit_failure *before = find(site, process);
	if (!error && before && (before->error == EINTR || !before->injected))
		forget(before);
	if (error && !before && state->failures < KIT_FAILURES)
		state->failure[state->failures++] = (struct kit_failure){name, site, process, error, injected};
}

void *kit_describe_failure(char *text, size_t size)
{
	if (!kit_local.state || !kit_local.state->failures)
		return NULL;
	const struct kit_failure *failure = &kit_local.state->failure[0];
	const char *error = strerrorname_np(failure->error);
	snprintf(text, size, "%s failed with %s%s; then ", failure->name, error ? error : "an error",
	         failure->injected ? ", as the test wanted it to" : "");
	return failure->site;
}
