/* tally.h - a sum that threads make together */
/* TODO(author): your contract. Each sentence is a promise that a test can break: what is returned, when, what is freed.
 */
#ifndef TALLY_H
#define TALLY_H

/* Calls `work` with each number from 0 to `threads` - 1, each call in a thread of its own, all at the same time.
 * Returns the sum of what the calls return. */
long tally_sum(unsigned threads, long (*work)(unsigned number));

#endif
