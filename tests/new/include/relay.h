/* relay.h - a function that is called in another process */
/* TODO(author): your contract. Each sentence is a promise that a test can break: what is returned, when, what is left.
 */
#ifndef RELAY_H
#define RELAY_H

/* Calls `work` in a process of its own and waits for its end. Returns the low 8 bits of what `work` returned; or -1
 * when the process was ended by a signal. */
int relay_call(int (*work)(void));

#endif
