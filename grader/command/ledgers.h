/* ledgers.h - what the commands share that add a line to adjustments.csv, extensions.csv or decisions.csv. */
#ifndef COMMAND_LEDGERS_H
#define COMMAND_LEDGERS_H

#include "../error.h"

/* Whose account this is; "": it has no name. Borrowed until the next call. */
const char *ledgers_user(void);

/* Now, as the lines have it: "2026-10-02T08:00:00Z". */
void ledgers_time(char text[32]);

/* Locks the folder for adding lines; a second one waits. A descriptor, whose end is the lock's, or -1 and *error. */
int ledgers_lock(const char *folder, struct error *error);

#endif
