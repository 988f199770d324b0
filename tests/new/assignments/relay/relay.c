/* relay.c - your solution. The contract is in include/relay.h, the handout in README.md.
 *
 * Yours: everything that says TODO.
 */
#include "relay.h"

/* TODO(author): what students begin with. It compiles without a warning and gets 5 points at most. */
int relay_call(int (*work)(void))
{
	/* TODO */
	(void)work;
	return -2;
}
