/* bundle.c - a zip file for each assignment. */
#include "../memory.h"
#include "private.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int fail_archive(const struct bundle *bundle, struct error *error)
{
	return fail(error, "cannot write %s: %s", bundle->path, archive_error_string(bundle->archive));
}

static int open_bundle(struct bundle *bundle, struct error *error)
{
	bundle->archive = must(archive_write_new());
	return archive_write_set_format_zip(bundle->archive) == ARCHIVE_OK &&
	               archive_write_set_options(bundle->archive, "zip:hdrcharset=UTF-8") == ARCHIVE_OK &&
	               archive_write_open_filename(bundle->archive, bundle->path) == ARCHIVE_OK
	           ? 0
	           : fail_archive(bundle, error);
}

/* The one of the assignment, which is begun if it is the first time. NULL and *error. */
static struct bundle *bundle_of(struct bundles *bundles, const struct sending *sending,
                                const struct assignment *assignment, struct error *error)
{
	for (size_t i = 0; i < bundles->count; i++)
		if (bundles->item[i].assignment == assignment)
			return &bundles->item[i];
	bundles->item = must(reallocarray(bundles->item, bundles->count + 1, sizeof *bundles->item));
	struct bundle *bundle = &bundles->item[bundles->count++];
	*bundle = (struct bundle){assignment, format("%s/%s.zip.part", sending->wish->folder, assignment->name), NULL};
	return open_bundle(bundle, error) == 0 ? bundle : NULL;
}

static int add_file(struct bundle *bundle, const char *name, const char *text, size_t size, int64_t time,
                    struct error *error)
{
	struct archive_entry *entry = must(archive_entry_new());
	archive_entry_set_pathname_utf8(entry, name);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_mtime(entry, (time_t)time, 0);
	archive_entry_set_size(entry, (int64_t)size);
	bool good = archive_write_header(bundle->archive, entry) == ARCHIVE_OK &&
	            archive_write_data(bundle->archive, text, size) == (ssize_t)size;
	archive_entry_free(entry);
	return good ? 0 : fail_archive(bundle, error);
}

int bundle_add(struct bundles *bundles, const struct sending *sending, const struct assignment *assignment,
               const char *name, const char *text, size_t size, struct error *error)
{
	struct bundle *bundle = bundle_of(bundles, sending, assignment, error);
	return bundle ? add_file(bundle, name, text, size, sending->wish->now, error) : -1;
}

static int end_bundle(struct bundle *bundle, struct sending *sending, struct error *error)
{
	if (archive_write_close(bundle->archive) != ARCHIVE_OK)
		return fail_archive(bundle, error);
	char *name = format("%s.zip", bundle->assignment->name), *path = format("%s/%s", sending->wish->folder, name);
	int result = rename(bundle->path, path) == 0 ? 0 : fail(error, "cannot write %s: %s", path, strerror(errno));
	if (result == 0)
		sending_wrote(sending, name);
	free(path);
	free(name);
	return result;
}

int bundles_end(struct bundles *bundles, struct sending *sending, struct error *error)
{
	int result = 0;
	for (size_t i = 0; result == 0 && i < bundles->count; i++)
		result = end_bundle(&bundles->item[i], sending, error);
	return result;
}

void bundles_clear(struct bundles *bundles)
{
	for (size_t i = 0; i < bundles->count; i++) {
		archive_write_free(bundles->item[i].archive);
		unlink(bundles->item[i].path);
		free(bundles->item[i].path);
	}
	free(bundles->item);
	*bundles = (struct bundles){0};
}
