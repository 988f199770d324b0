/* handin.h - what is in the folder of a class: who handed in what, in the layouts that people have. Reads names, not
 * files (but Gradescope's list of submitters). */
#ifndef HANDIN_H
#define HANDIN_H

#include "../course/course.h"
#include "../error.h"

/* One thing that one student handed in: a folder, an archive or a C file. A group's is there once for each of them. */
struct handin {
	char *path;                          /* in the class's folder: "pipe_ring-ada", "pipe_ring/ada.c" */
	char *student;                       /* as the name tells: "ada", "Ada Lovelace"; never empty */
	char *number;                        /* what the platform tells namesakes apart by: "123"; or NULL */
	bool local;                          /* the number says nothing beyond this download (Moodle) */
	struct string_list keys;             /* to be looked for in a roster, the most telling first */
	const struct assignment *assignment; /* or NULL: whatever is in it */
	bool named;                          /* its folder, or the name of a repository, says so: no student does */
	bool source;                         /* it is a C file itself */
	size_t line;                         /* of the roster, from 1: who it is for is told by a group; 0: by the keys */
	int64_t time;                        /* when it was handed in, as the platform's list says; 0: it does not */
	bool canvas;                         /* from Canvas: the number is the user's, the files' times the download's */
	bool late;                           /* Canvas says so, but not by how much */
};

struct handins {
	struct handin *item; /* sorted by path */
	size_t count;
	struct string_list ignored; /* sentences: what was left out */
};

/* What is taken, in `folder` or one level deeper, in folders called ASSIGNMENT, submissions, ...-submissions,
 * ..._submissions, ..._submissions_TIME or assignment_N_export:
 *   ada/, ada.zip              one folder or archive per student
 *   pipe-ring-ada/, cs101-pipe-ring-ada/
 *                              repositories as `gh classroom clone student-repos` and `gh teacher download` (Classroom
 *                              50) name them; in hw1-submissions/ also hw1-ada/
 *   ada.c (in pipe_ring/), ada_pipe_ring.c, pipe_ring_ada.c, ada_pipe_ring-1.c, ada_pipe_ring (1).c
 *   Ada Lovelace_123_assignsubmission_file[_pipe_ring.c]       Moodle, "Download all submissions"
 *   lovelaceada[_LATE]_123_456_pipe_ring[-1].c, [LATE_]anon_x7Yz1_456_pipe_ring.c
 *                              Canvas, "Download Submissions"
 *   submission_123/ with submission_metadata.yml               Gradescope, "Export Submissions"
 * The assignment's name may have - or blanks for _, and any case. What the folder is called tells more than what is in
 * it. Hidden entries are passed over, a repository (with .git) is never taken for a folder of many, and what students
 * chose as names inside their own folders is not looked at: nobody hands in for another.
 * 0, or -1 and *error when the folder cannot be read or has nothing of the kind; *handins is to be cleared in any case.
 * MT: safe. Blocks on the disk only. Sources: canvas-lms lib/content_zipper.rb, moodle mod/assign/classes/
 * downloader.php, classroom50 cli/shared/contract. */
int handins_find(const struct course *course, const char *folder, struct handins *handins, struct error *error);

/* A copy of it for the line of a roster, put behind the others. */
void handins_give(struct handins *handins, size_t index, size_t line);
void handins_clear(struct handins *handins);

#endif
