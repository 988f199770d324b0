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
	const char *source_text; /* the submission's text for excerpts (HTML), or NULL */
};

struct report_format {
	const char *name;      /* "text", "json", "markdown", "html", "junit", "verdict" */
	const char *extension; /* "txt", "json", "md", "html", "xml", "verdict" */
	/* Writes the whole report. `assignment` gives titles and hints. Returns 0, or -1 when a write failed. */
	int (*write)(FILE *out, const struct grade *grade, const struct assignment *assignment,
	             const struct report_options *options);
};

extern const struct report_format report_formats[];               /* ends with name == NULL */
const struct report_format *report_format_find(const char *name); /* NULL if there is none */

/* ---- escaping ------------------------------------------------------------------------------- */

/* Writes `text` with everything that could move a cursor, hide or reorder text made visible: control characters (but
 * newline and tab when `keep_newlines`) as \xNN, invalid UTF-8 bytes as \xNN, bidirectional controls as \u{NNNN}. NULL
 * writes nothing. */
void escape_plain(FILE *out, const char *text, bool keep_newlines);
void escape_html(FILE *out, const char *text);     /* the same, and & < > " ' */
void escape_xml(FILE *out, const char *text);      /* the same for XML 1.0 text and attributes */
void escape_markdown(FILE *out, const char *text); /* the same, and no character is markup; one line */

#endif
