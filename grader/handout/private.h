/* private.h - what the files of handout/ have in common. */
#ifndef HANDOUT_PRIVATE_H
#define HANDOUT_PRIVATE_H

#include "handout.h"
#include "pack.h"

/* A template with its place-holders filled in; the text is the caller's.
 *   @TITLE@       of the course                  @REPOSITORY@   "owner/name", or nothing
 *   @IDS@         names of the assignments with commas between
 * Lines between one with @EACH@ and one with @END@ are repeated for each assignment, without those two, and in them:
 *   @NAME@        pipe_ring                      @UPPER@        PIPE_RING
 *   @HEADING@     its title                      @TIME@         2-4 h
 * NULL and *error: an @EACH@ without its @END@. */
char *template_fill(const char *text, const struct handout_wish *wish, struct error *error);

/* Whether the assignment is wanted. */
bool is_wished(const struct handout_wish *wish, const struct assignment *assignment);

/* ---- what is there already ------------------------------------------------------------------ */

/* Adds the marker: all files in the pack with their hashes, as sha256sum(1) has them. */
void marker_add(struct pack *pack);

enum spot { SPOT_FREE, SPOT_EMPTY, SPOT_OURS };

/* What is at `folder`. -1 and *error unless it may be made or renewed: what is there is no handout, or was changed. */
int spot_look(const char *folder, enum spot *spot, struct error *error);

#endif
