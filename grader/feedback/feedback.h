/* feedback.h - what the last run of a class found, made ready for the students: files that a course platform imports, a
 * script, or mails. Nothing is graded, and nothing is sent. docs/gradebook.md tells who takes what. */
#ifndef FEEDBACK_H
#define FEEDBACK_H

#include "../gradebook/gradebook.h"

#include <stdint.h>

struct feedback_wish {
	const struct course *course;
	struct journal *journal;   /* open */
	const char *reports;       /* the folder that the class was graded into */
	const struct roster *book; /* of people_read, in that folder; `people` as well */
	const struct people *people;
	const struct assignment *assignment; /* only this one; NULL: all of the last run */
	const char *folder;                  /* for what is written: new, empty, or made here before */
	const char *sender;                  /* of mails: an e-mail address; else not looked at */
	int64_t now;                         /* seconds since 1970: when it is written */
};

/* What came of it. */
struct feedback {
	size_t students;           /* who get something */
	struct string_list files;  /* what was written, but for files of single students; in the folder */
	struct string_list missed; /* sentences: who gets nothing, and why */
};

/* Writes all that the platform takes: "moodle", "canvas", "github" or "mail". What was made in the folder before is
 * replaced, but for the list of what the script has sent. 0, or -1 and *error: the platform is not known, the folder is
 * somebody else's, a report is missing, a file cannot be written. *feedback is cleared by feedback_clear in any case.
 * MT: not for one folder. Blocks for the disk. */
int feedback_write(const char *platform, const struct feedback_wish *wish, struct feedback *feedback,
                   struct error *error);
void feedback_clear(struct feedback *feedback);

#endif
