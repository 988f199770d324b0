/* moment.h - when something was handed in. One function decides; docs/gradebook.md has its rules as a table. */
#ifndef MOMENT_H
#define MOMENT_H

#include <stdbool.h>
#include <stdint.h>

/* What there is to tell it by. Times are seconds since 1970, 0: there is none. */
struct evidence {
	int64_t column; /* the column of the roster that says when */
	int64_t listed; /* the platform's own list of submissions */
	bool canvas;    /* from Canvas, which gives files the time of the download; `late`: it marks it as late */
	bool late;
	bool repository; /* the file is in a repository: files have the time of the clone, so commits tell, or nobody; */
	int64_t commit;  /* the last one that changed the file */
	int64_t file;    /* the archive that was handed in, or else the file */
	int64_t now;
};

struct moment {
	int64_t time;      /* 0: not known, which is never late */
	const char *by;    /* what told it, a phrase: "the platform's list" */
	const char *doubt; /* what a person should know if there is a due date, the end of a sentence; or NULL */
};

/* A pure function. */
struct moment moment_of(const struct evidence *evidence);

#endif
