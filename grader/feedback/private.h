/* private.h - between the files of this folder: one for each platform, and what they share. */
#ifndef FEEDBACK_PRIVATE_H
#define FEEDBACK_PRIVATE_H

#include "feedback.h"

#include <stdbool.h>
#include <stdio.h>

/* Who gets nothing of an assignment, for one reason. */
struct miss {
	const struct assignment *assignment;
	char *reason, *names;
	size_t count;
};

struct sending {
	const struct feedback_wish *wish;
	struct feedback *feedback;
	struct miss *miss;
	size_t miss_count;
	char *counted; /* the student who was counted last, or NULL */
	void *state;   /* the platform's */
};

struct platform {
	int (*begin)(struct sending *sending, struct error *error);
	/* One student's assignment, which was judged, handed in or set: sent, or missed. */
	int (*add)(struct sending *sending, const struct outcome *outcome, struct error *error);
	int (*end)(struct sending *sending, struct error *error);
	void (*clear)(struct sending *sending); /* also when it did not begin or end well */
};

extern const struct platform platform_moodle, platform_canvas, platform_github, platform_mail;

/* ---- what platforms tell the driver ---------------------------------------------------------- */

void sending_reached(struct sending *sending, const struct outcome *outcome);
void sending_missed(struct sending *sending, const struct outcome *outcome,
                    const char *reason);                       /* what the submission is: "not judged" */
void sending_wrote(struct sending *sending, const char *name); /* a file, see feedback.files */

/* ---- who ------------------------------------------------------------------------------------- */

/* The line of the gradebook; -1: none. */
int sending_row(const struct sending *sending, const struct outcome *outcome);
/* The name for people to read; borrowed. */
const char *sending_called(const struct sending *sending, const struct outcome *outcome);
/* The cell of the student's line below that heading, "" without one; borrowed. */
const char *sending_cell(const struct sending *sending, const struct outcome *outcome, const char *heading);
/* Whether the name is that of a group of the roster. */
bool sending_is_group(const struct sending *sending, const char *name, size_t size);

/* ---- texts ----------------------------------------------------------------------------------- */

enum letter_form { LETTER_PLAIN, LETTER_MARKDOWN };

/* Writes what a student reads of an assignment: the points, what was graded, what counts, what was lost, `report` (a
 * sentence: where the whole report is; or NULL), and what to do about it. */
void letter_write(FILE *out, const struct sending *sending, const struct outcome *outcome, enum letter_form form,
                  const char *report);
char *letter_text(const struct sending *sending, const struct outcome *outcome, enum letter_form form,
                  const char *report, size_t *size); /* the same; the caller frees it */

/* "72 of 100 points", "not judged". The caller frees it. */
char *letter_points(const struct outcome *outcome);

/* The student's page of the assignment, which the caller frees. NULL and *error. */
char *report_page(const struct sending *sending, const struct outcome *outcome, size_t *size, struct error *error);

/* The last part of a path; borrowed. */
const char *last_part(const char *path);

/* ---- archives, one for each assignment ------------------------------------------------------- */

struct bundle {
	const struct assignment *assignment;
	char *path; /* of the file that is being written; its place is ASSIGNMENT.zip */
	struct archive *archive;
};

struct bundles {
	struct bundle *item;
	size_t count;
};

/* Puts a file into ASSIGNMENT.zip. `name` is UTF-8. 0, or -1 and *error. */
int bundle_add(struct bundles *bundles, const struct sending *sending, const struct assignment *assignment,
               const char *name, const char *text, size_t size, struct error *error);
/* All are whole, and in their places. */
int bundles_end(struct bundles *bundles, struct sending *sending, struct error *error);
void bundles_clear(struct bundles *bundles);

/* ---- mail ------------------------------------------------------------------------------------ */

/* Whether a text is one address (RFC 5322, addr-spec without quotes and comments), in ASCII, that no program takes for
 * an option. */
bool is_address(const char *text);

/* A text as it may stand in a header (RFC 2047): as it is, where it has only letters, digits, blanks and those of
 * `plain`, or as encoded words of at most 64 characters, a line each. Control characters become blanks. The caller
 * frees it. */
extern const char header_name[], header_subject[]; /* what may be plain in a name before an address, and in a subject */
char *header_text(const char *text, const char *plain);

/* ---- GitHub ---------------------------------------------------------------------------------- */

/* What gh calls the repository with that address, "owner/name" or "host/owner/name"; NULL: it is none that gh could
 * mean. The caller frees it. */
char *github_name(const char *address);

/* ---- names as downloaded --------------------------------------------------------------------- */

/* "Ada Lovelace_123_assignsubmission_file_" of what Moodle gave out ("Ada Lovelace_123_assignsubmission_file",
 * "Ada Lovelace_123_assignsubmission_file_pipe_ring.c"); NULL: Moodle would not find the participant by it. The caller
 * frees it. Source: moodle, mod/assign/feedback/file/importziplib.php. */
char *moodle_folder(const char *name);

/* Whether Canvas would find user and attachment by the name of that file, and the file is a C source. Source:
 * canvas-lms, infer_comment_context_from_filename in app/models/abstract_assignment.rb. */
bool canvas_knows(const char *name);

#endif
