/* remote.h - where a repository was cloned from. */
#ifndef REMOTE_H
#define REMOTE_H

/* The address of the remote "origin" in the text of a repository's configuration (git-config(1)); NULL: there is none,
 * or it is quoted, or has blanks or control characters. Without a user's name and password before the host. Whoever had
 * the repository can have written it. The caller frees it. A pure function. */
char *remote_origin(const char *config);

#endif
