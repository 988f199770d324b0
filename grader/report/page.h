/* page.h - what all HTML pages have in common: one stylesheet, one policy, at most one script. The files are in page/,
 * and in the grader since it was built. A page needs nothing from elsewhere and opens from a file. */
#ifndef PAGE_H
#define PAGE_H

#include <stdio.h>

enum page_script {
	PAGE_STATIC, /* none */
	PAGE_SORTS,  /* page/sort.js: tables sort by their heads */
	PAGE_STEPS,  /* page/stepper.js: one goes through schedules step by step */
	PAGE_PLAYS   /* page/play.js: whoever reads is the scheduler */
};

/* The rules of a picture of a schedule, for a <style> beside it: page/picture.css. */
extern const char page_picture_style[];

/* What stands in the page of play before its data (a <script id="data" type="application/json">): page/play.html. */
extern const char page_game[];

/* From the doctype to the begin of <main>. What a submission says may stand in `title` (as text of any length and any
 * bytes). `width`: NULL as wide as text is read, "wide" for tables, "full" for two columns of source. The policy lets
 * in no more than the styles of the page and the script that page_end will write. Well-formed XML, too. Borrows all;
 * MT-safe for different `out`; whether writing worked `out` knows (ferror). */
void page_begin(FILE *out, const char *title, const char *width, enum page_script script);

/* The script, then the end of the document. */
void page_end(FILE *out, enum page_script script);

#endif
