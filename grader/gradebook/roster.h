/* roster.h - between roster.c and match.c. */
#ifndef ROSTER_H
#define ROSTER_H

#include "gradebook.h"

/* Makes what roster_match looks in; the roster is complete. */
void roster_index(struct roster *roster);
void roster_index_free(struct roster_index *index); /* NULL is fine */

/* Whether the heading is that of a column for first names, or for last names: alone they are nobody's. */
bool roster_is_half_name(const char *heading);

/* "Ada Lovelace" of a row whose roster has a column for the first and one for the last name; `last_first`: "Lovelace
 * Ada". The caller frees it. NULL without such columns, or when both are empty. */
char *roster_full_name(const struct roster *roster, size_t row, bool last_first);

/* What the platform calls the assignment in its own export: "A ring of pipes (4711)"; -1 if it is not in there. */
int roster_column_for(const struct roster *roster, const struct assignment *assignment);

#endif
