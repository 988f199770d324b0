/* tally.c - your solution. The contract is in include/tally.h, the handout in README.md.
 *
 * Yours: everything that says TODO.
 */
#include "tally.h"

/* TODO(author): what students begin with. It compiles without a warning and gets 5 points at most. */
long tally_sum(unsigned threads, long (*work)(unsigned number))
{
	/* TODO */
	(void)threads;
	(void)work;
	return -1;
}
