/* said.h - what the commands share that write a line into a file of the instructor's: adjust, requests, review. */
#ifndef SAID_H
#define SAID_H

#include "../gradebook/gradebook.h"

enum { SAID_AT = 32 };

const char *said_by(void);        /* the user's name; borrowed until the next call. MT: not */
void said_at(char text[SAID_AT]); /* now, in UTC */

/* Whom a line is to be about: as reports call the student, if that is nobody else; else, and for a group, as was typed.
 * Borrowed. NULL and *error: nobody is called so. */
const char *said_of(const struct people *people, const char *typed, struct error *error);

/* One after the other may write into the folder: a second one waits. The lock goes with the descriptor that is
 * returned, or with the process (fcntl(2)). -1 and *error. Blocks. */
int said_lock(const char *folder, struct error *error);

#endif
