/* decide.h - what a person has decided about submissions, and whether it still is about what is handed in now. */
#ifndef DECIDE_H
#define DECIDE_H

#include "handins_open.h"

/* Hash of what is at `path` in the class's folder, which a handin holds: of a file, or of all files in a folder
 * (without .git) and their names; in an archive, too. "" when there is nothing of the kind. Reads files; links are not
 * followed. MT: safe. */
void found_hash(const char *class_folder, const struct handin *handin, const struct opened *opened, const char *path,
                char hex[HASH_SIZE]);

/* What the entry, which needs a person, is about: what may be meant, or else all that was handed in. Borrowed. */
const char *found_path(const struct roll_entry *entry, const struct handins *handins);

/* Applies the decisions to the entries of the roll that need a person: of several about files that are there, the last.
 * Where all are about something else, the entry's `taken` says so. Borrows the decisions. */
void decide_all(const char *class_folder, const struct handins *handins, const struct opened opened[],
                const struct decisions *decisions, struct roll *roll);

#endif
