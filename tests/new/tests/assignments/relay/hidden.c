/* hidden.c - the tests of relay that students do not have */
#include "kit.h"
#include "relay.h"

#include <signal.h>

/* TODO(author): your hidden tests. */
static int die(void)
{
	raise(SIGTERM);
	return 0;
}

KIT_TEST(relay, an_end_by_a_signal_is_told)
{
	kit_expect_death(SIGTERM);
	int result = relay_call(die);
	cr_assert(eq(int, result, -1), "a process that a signal ends has no result");
}
