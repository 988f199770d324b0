/* file.h - whole files: read, written so that a crash or a full disk leaves the old one, hashed. */
#ifndef FILE_H
#define FILE_H

#include "error.h"

#include <stdbool.h>
#include <stddef.h>

/* Reads a regular file of at most `limit` bytes. The text is the caller's, NUL-terminated; *size may be NULL. NULL and
 * *error on failure. */
char *file_read(const char *path, size_t limit, size_t *size, struct error *error);

/* The same for a file in a folder where a program that is not trusted could write: a link there is not followed. */
char *file_read_box(const char *path, size_t limit, size_t *size, struct error *error);

/* Writes to a temporary name beside `path`, fsyncs and renames: on failure the old file stays as it was. 0, or -1 and
 * *error. */
int file_write(const char *path, const char *text, size_t size, struct error *error);

/* A regular file, as a new one of the same mode. Does nothing when `from` is none, or there is a `to`. 0, or -1 and
 * *error. */
int file_copy(const char *from, const char *to, struct error *error);

int folder_make(const char *path, struct error *error); /* with its parents; fine when it exists */
/* The same for all files in from/name, to to/name, which is made; not for folders in it. */
int folder_copy(const char *from, const char *to, const char *name, struct error *error);
void folder_remove(const char *path); /* with all that is in it; links are not followed */
bool file_exists(const char *path);

enum { HASH_SIZE = 65 }; /* of a SHA-256 in hex, with the NUL */

/* A hash over things: start with hash_new, add, finish. */
struct hash;
struct hash *hash_new(void);
void hash_add(struct hash *hash, const char *label, const void *bytes, size_t size);
void hash_add_file(struct hash *hash, const char *path); /* a missing file counts as such */
void hash_end(struct hash *hash, char hex[HASH_SIZE]);   /* frees the hash */

#endif
