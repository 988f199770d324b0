#include "decide.h"

#include "../file.h"
#include "../memory.h"

#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- fingerprints --------------------------------------------------------------------------- */

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* False: there is no file. */
static bool hash_tree(struct hash *hash, char *path)
{
	FTS *walk = fts_open((char *[]){path, NULL}, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	size_t base = strlen(path);
	bool any = false;
	for (FTSENT *entry; walk && (entry = fts_read(walk));) {
		if (entry->fts_info == FTS_D && strcmp(entry->fts_name, ".git") == 0)
			fts_set(walk, entry, FTS_SKIP);
		if (entry->fts_info != FTS_F)
			continue;
		hash_add(hash, "name", entry->fts_path + base, entry->fts_pathlen - base);
		hash_add_file(hash, entry->fts_accpath);
		any = true;
	}
	if (walk)
		fts_close(walk);
	return any;
}

static bool climbs(const char *path)
{
	for (const char *part = path; part; part = (part = strchr(part, '/')) ? part + 1 : NULL)
		if (strncmp(part, "..", 2) == 0 && (!part[2] || part[2] == '/'))
			return true;
	return false;
}

/* Where in the file system it is; NULL: nowhere. */
static char *place_of(const char *class_folder, const struct handin *handin, const struct opened *opened,
                      const char *path)
{
	const char *inside = handin_inside(handin, path);
	if (!inside || climbs(inside))
		return NULL;
	if (!*inside)
		return format("%s/%s", class_folder, handin->path);
	return opened->intake.folder ? format("%s/%s", opened->intake.folder, inside) : NULL;
}

void found_hash(const char *class_folder, const struct handin *handin, const struct opened *opened, const char *path,
                char hex[HASH_SIZE])
{
	char *place = place_of(class_folder, handin, opened, path);
	struct hash *hash = hash_new();
	bool any = place && hash_tree(hash, place);
	hash_end(hash, hex);
	if (!any)
		*hex = 0;
	free(place);
}

const char *found_path(const struct roll_entry *entry, const struct handins *handins)
{
	return entry->offer ? entry->offer : handins->item[entry->handin].path;
}

/* ---- decisions ------------------------------------------------------------------------------ */

/* The last that is about what is there now; NULL: none. */
static const struct decision *find(const char *class_folder, const struct handin *handin, const struct opened *opened,
                                   const struct decisions *own)
{
	for (size_t i = own->count; i-- > 0;) {
		char hex[HASH_SIZE];
		found_hash(class_folder, handin, opened, own->item[i].file, hex);
		if (*hex && strcasecmp(hex, own->item[i].sha256) == 0)
			return &own->item[i];
	}
	return NULL;
}

static void tell_outdated(struct roll_entry *entry)
{
	char *taken = format("%s; what was decided is about something else than is handed in now", entry->taken);
	free(entry->taken);
	entry->taken = taken;
}

void decide_all(const char *class_folder, const struct handins *handins, const struct opened opened[],
                const struct decisions *decisions, struct roll *roll)
{
	for (size_t i = 0; i < roll->count; i++) {
		struct roll_entry *entry = &roll->item[i];
		struct decisions own = decisions_of(decisions, entry->who, entry->assignment);
		if (!entry->person || !own.count)
			continue;
		const struct decision *decision =
		    find(class_folder, &handins->item[entry->handin], &opened[entry->handin], &own);
		if (decision)
			roll_decide(entry, handins, decision);
		else
			tell_outdated(entry);
	}
}
