/* copy.h - an exercise made from another one: its files under a new name. */
#ifndef COURSE_COPY_H
#define COURSE_COPY_H

#include "course.h"

/* Writes the exercise `name` to the folder `root` as a copy of `from`: its name is another one in the names of files
 * and in texts (as a word, and where a word begins with it: barrier_wait, BARRIER_H), the mark of the skeleton is that
 * of the copy, the unit is `unit` (NULL: that of `from`), and each file in which the author has something to do says
 * so by a line with AUTHOR_TODO. 0 and *files, the paths below `root` in order, which the caller frees; or -1 and
 * *error: something of that name is there already, and nothing was changed; or a file cannot be read or written. Blocks
 * on files only. MT: safe for different folders. */
int assignment_copy(const struct assignment *from, const char *root, const char *name, const char *unit,
                    struct string_list *files, struct error *error);

/* What an author has left to do in the files of the assignment, in the order in which it is done: each is one text,
 * "include/latch.h:2: your contract", with the path as below the assignment's root. The caller frees the list. */
struct string_list assignment_todo(const struct assignment *assignment);

#endif
