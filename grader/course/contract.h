/* contract.h - the table of sentences against the header that it is about. Reads memory only. MT: safe. */
#ifndef COURSE_CONTRACT_H
#define COURSE_CONTRACT_H

#include "course.h"

/* What is wrong: words of the comments of `header` (the text of the file `path`) that no sentence of the table has, and
 * sentences whose words are not there. Each is one text that begins with file and line. The caller frees the list and
 * its texts. An assignment without a table has no problems here. */
struct string_list contract_problems(const struct assignment *assignment, const char *path, const char *header);

const struct sentence *assignment_sentence(const struct assignment *assignment, const char *id); /* NULL: none */

#endif
