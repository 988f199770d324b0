/* report.h - a grade, told to people and to machines. One file per format; a new format is a new file and a line in the
 * table of report.c.
 *
 * Text that comes from a submission (messages, details, file names) is hostile: each format escapes it for itself, and
 * control characters, bidirectional overrides and invalid UTF-8 never get through (escape.c). */
#ifndef REPORT_H
#define REPORT_H

#include "../score/grade.h"

#include <stdbool.h>
#include <stdio.h>

struct report_options {
	bool colour;             /* ANSI colours (terminal format only) */
	int width;               /* columns, 80 when unknown */
	bool everything;         /* all findings in full, not only the first of each root cause */
	bool first_only;         /* the first finding in full, of the others a line each (terminal format only) */
	const char *source_text; /* the submission's text for excerpts (HTML), or NULL */
	const char *source_path; /* where the file is in the submission, "assignments/NAME/NAME.c"; NULL: NAME.c */
	const struct report_platform *platform; /* what the course platform says of the submission, or NULL */
};

/* What a course platform tells the grader in the environment. Texts are borrowed; NULL: not told. */
struct report_platform {
	const char *classroom, *assignment, *assignment_type, *owner; /* Classroom 50 */
	const char *submission, *commit, *release, *review;
	const char *hidden_visibility;     /* Gradescope: when students see what hidden tests gave; "after_published" */
	const char *grade_min, *grade_max; /* Moodle VPL: the scale of the activity; 0 and the points of the assignment */
};

/* Fills all fields from the variables of that environment: CLASSROOM, ASSIGNMENT, ASSIGNMENT_TYPE, OWNER (or USERNAME),
 * SUBMISSION_TAG, COMMIT_URL, RELEASE_URL, REVIEW_URL; GRADESCOPE_VISIBILITY; VPL_GRADEMIN, VPL_GRADEMAX. An empty one
 * counts as not told. `value` is getenv, or stands in for it. The texts stay the environment's. Thread-safe as `value`
 * is; does not fail. Sources: Classroom 50's wiki, Advanced-Autograding; the manual of Moodle VPL. */
void report_platform_read(struct report_platform *platform, char *(*value)(const char *name));

struct report_format {
	/* For people "text", "markdown", "html"; for editors "problems"; for programs "json", "junit", "sarif", "verdict";
	 * for course platforms "github", "classroom", "classroom50", "release", "gradescope", "annotations", "summary",
	 * "autolab", "prairielearn", "vpl" (docs/platforms.md). */
	const char *name;
	const char *extension; /* of a file that holds it: "txt", "json", "md", ... */
	/* Writes the whole report. `assignment` gives titles and hints. Returns 0, or -1 when a write failed. */
	int (*write)(FILE *out, const struct grade *grade, const struct assignment *assignment,
	             const struct report_options *options);
};

/* On a terminal, while the other checks still run: how many tests pass, and a line for each that does not. At most
 * `most` lines, none wider than options->width, which may be wiped out again. Returns how many lines there are; 0:
 * there is nothing to say yet (no test has run). */
unsigned report_first_word(FILE *out, const struct grade *grade, unsigned most, const struct report_options *options);

/* What has changed since an earlier grade of the same assignment: the total as a bar, and for each test or finding the
 * points that it gave back or costs now, the most first; nothing but the bar where nothing has changed. `before`: NULL
 * at the first time. Returns 0, or -1 when a write failed. */
int report_changes(FILE *out, const struct grade *before, const struct grade *grade);

/* For a letter to the student: the verdict in a sentence, then what costs points, in the order of the reports: for each
 * the title and its cost, the test, what was seen and expected, why it matters, where, the same elsewhere, and the
 * command that shows it again. As plain text or as Markdown; ends before `limit` bytes, and says how many are left out.
 * Of hidden tests no more is told than in the reports. Returns 0, or -1 when a write failed. */
int report_losses(FILE *out, const struct grade *grade, const struct assignment *assignment, bool markdown,
                  size_t limit);

extern const struct report_format report_formats[];               /* ends with name == NULL */
const struct report_format *report_format_find(const char *name); /* NULL if there is none */

/* The hint of the first finding that reports for people show, of those that have one; borrowed from the assignment.
 * NULL: none has. */
const struct hint *report_first_hint(const struct grade *grade, const struct assignment *assignment);

/* ---- escaping ------------------------------------------------------------------------------- */

/* All of these write text that may come from a submission so that it does no harm where it is read. In every format
 *   - control characters (but newline and tab where a text may have lines) and bytes that are not UTF-8 become \xNN;
 *   - characters that hide or reorder text become \u{NNNN} (utf8.h says which);
 *   - what a CI runner takes for an order becomes \x3A: or \x23#: "::" at the beginning of a word, "##[" and "##vso["
 *     anywhere (GitHub Actions, workflow commands; Azure Pipelines, logging commands);
 *   - of a text of more than ESCAPE_LIMIT bytes the beginning is written, and "... (N more bytes)".
 * `text` ends with a NUL; NULL writes nothing. Whether writing worked `out` knows (ferror). MT-safe for different
 * `out`. */
enum { ESCAPE_LIMIT = 4096 };

void escape_plain(FILE *out, const char *text, bool keep_newlines); /* nothing more: terminals, plain files */
void escape_html(FILE *out, const char *text);                      /* and & < > " ', for text and attributes */
void escape_xml(FILE *out, const char *text);                       /* the same for XML 1.0; newline and tab as &#N; */
void escape_markdown(FILE *out, const char *text);                  /* no character is markup; one line */

/* `size` bytes as base64 (RFC 4648, section 4), on one line. */
void put_base64(FILE *out, const void *bytes, size_t size);

/* A text as one word of a shell's command, in single quotes. The result is the caller's; it has all that the text has.
 */
char *shell_quoted(const char *text);
char *shell_word(const char *text); /* without quotes where none are needed */

/* A field of a CSV file (RFC 4180), always in quotes, on one line. What a spreadsheet would take for a formula gets a '
 * in front. Numbers that the kit itself writes need none of this: printf them, and they stay numbers. */
void escape_csv(FILE *out, const char *text);

/* The message of a GitHub workflow command ("::error file=a.c::MESSAGE"): % and newline as %25 and %0A; and the value
 * of one of its properties: also : and , as %3A and %2C. Source: GitHub Actions toolkit, core/src/command.ts. */
void escape_workflow(FILE *out, const char *text);
void escape_workflow_property(FILE *out, const char *text);

/* Whether a CI runner would take for an order what begins at `at` in `text`, if `text` came to stand at the beginning
 * of a line or any space in it were a line's end. For those who break escaped text into lines themselves. */
bool escape_is_order(const char *text, const char *at);

#endif
