/* read.c - the bytes of an archive as a tree, by libarchive. Its disk writer is not used, and of its readers only those
 * of zip (by the central directory), tar and one layer of gzip: what is not called cannot be attacked. */
#include "../memory.h"
#include "private.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
	BLOCK = 16 * 1024,
	ENTRY_OVERHEAD = 4096 /* bytes of a tar that an honest entry needs beyond its data: headers, padding */
};

/* ---- what it is ----------------------------------------------------------------------------- */

/* The sum of a tar header, in which the field of the sum counts as spaces (POSIX, pax: ustar Interchange Format). */
static bool is_tar_header(const char *bytes, size_t size)
{
	enum { HEADER = 512, FIELD = 148, FIELD_SIZE = 8 };
	unsigned long sum = 0;
	char field[FIELD_SIZE + 1] = "";

	if (size < HEADER)
		return false;
	for (size_t i = 0; i < HEADER; i++)
		sum += i >= FIELD && i < FIELD + FIELD_SIZE ? ' ' : (unsigned char)bytes[i];
	memcpy(field, bytes + FIELD, FIELD_SIZE);
	return sum != FIELD_SIZE * ' ' && strtoul(field, NULL, 8) == sum;
}

/* An empty tar is nothing but zeros. */
static bool is_zeros(const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i])
			return false;
	return size >= 512;
}

enum archive_kind archive_sniff(const char *bytes, size_t size, const char **name)
{
	static const struct {
		const char *bytes;
		size_t size;
		enum archive_kind kind;
		const char *name;
	} magic[] = {
	    {"PK\3\4", 4, ARCHIVE_KIND_ZIP, NULL},
	    {"PK\5\6", 4, ARCHIVE_KIND_ZIP, NULL},
	    {"\x1f\x8b", 2, ARCHIVE_KIND_TAR_GZ, NULL},
	    {"7z\xbc\xaf\x27\x1c", 6, ARCHIVE_KIND_OTHER, "a 7z archive"},
	    {"Rar!\x1a\x07", 6, ARCHIVE_KIND_OTHER, "a rar archive"},
	    {"\xfd"
	     "7zXZ",
	     5, ARCHIVE_KIND_OTHER, "compressed with xz"},
	    {"BZh", 3, ARCHIVE_KIND_OTHER, "compressed with bzip2"},
	    {"\x28\xb5\x2f\xfd", 4, ARCHIVE_KIND_OTHER, "compressed with zstd"},
	};

	*name = NULL;
	for (size_t i = 0; i < sizeof magic / sizeof *magic; i++) {
		if (size < magic[i].size || memcmp(bytes, magic[i].bytes, magic[i].size) != 0)
			continue;
		*name = magic[i].name;
		return magic[i].kind;
	}
	return is_tar_header(bytes, size) || is_zeros(bytes, size < SNIFF_SIZE ? size : SNIFF_SIZE) ? ARCHIVE_KIND_TAR
	                                                                                            : ARCHIVE_KIND_NONE;
}

/* ---- what it holds -------------------------------------------------------------------------- */

struct reading {
	struct archive *archive;
	enum archive_kind kind;
	const char *from; /* the archive's bytes */
	size_t size;
	const struct intake_limits *limits;
	struct tree *tree;
	struct intake_report *report;
	size_t entries, bytes; /* seen so far, also of what is left out */
};

static enum intake_state refuse_damaged(struct reading *reading)
{
	const char *reason = archive_error_string(reading->archive);

	return refuse(reading->report, NULL, "is damaged or incomplete (%.100s); pack it again and hand that in",
	              reason ? reason : "no reason given");
}

static enum intake_state refuse_bytes(struct reading *reading)
{
	return refuse(reading->report, NULL, "unpacks to more than %zu KiB", reading->limits->bytes / 1024);
}

/* What left the decompressor, also what libarchive only skipped. */
static bool is_bomb(const struct reading *reading)
{
	const struct intake_limits *limits = reading->limits;
	la_int64_t most = (la_int64_t)(limits->bytes + limits->entries * ENTRY_OVERHEAD);

	bool packed = reading->kind == ARCHIVE_KIND_TAR_GZ || reading->kind == ARCHIVE_KIND_OTHER;
	return packed && archive_filter_bytes(reading->archive, 0) > most;
}

/* Reads the entry's data to its end and counts it whatever the header said; keeps it in `into` unless that is NULL. */
static enum intake_state read_data(struct reading *reading, struct entry *into)
{
	char block[BLOCK];
	size_t capacity = 0;
	la_ssize_t got;

	while ((got = archive_read_data(reading->archive, block, sizeof block)) > 0) {
		size_t size = (size_t)got;

		reading->bytes += size;
		if (reading->bytes > reading->limits->bytes)
			return refuse_bytes(reading);
		if (!into)
			continue;
		if (into->size + size > capacity) {
			capacity = capacity ? 2 * capacity : size;
			capacity = capacity < into->size + size ? into->size + size : capacity;
			into->bytes = must(realloc(into->bytes, capacity));
		}
		memcpy(into->bytes + into->size, block, size);
		into->size += size;
	}
	return got < 0 ? refuse_damaged(reading) : INTAKE_OK;
}

static const char *left_out(struct archive_entry *entry)
{
	if (archive_entry_hardlink(entry))
		return "a hard link";
	switch (archive_entry_filetype(entry)) {
	case AE_IFREG:
	case AE_IFDIR:
		return NULL;
	case AE_IFLNK:
		return "a symbolic link";
	case AE_IFIFO:
		return "a FIFO";
	case AE_IFSOCK:
		return "a socket";
	case AE_IFCHR:
	case AE_IFBLK:
		return "a device";
	default:
		return "neither a file nor a folder";
	}
}

/* Adds the entry under its normalised name. *into: where its data belongs, or NULL. */
static enum intake_state take_entry(struct reading *reading, struct archive_entry *entry, const char *name,
                                    struct entry **into)
{
	struct tree *tree = reading->tree;
	const char *what = left_out(entry);
	bool folder = !what && archive_entry_filetype(entry) == AE_IFDIR;
	enum entry_kind kind = what ? ENTRY_LEFT_OUT : folder ? ENTRY_FOLDER : ENTRY_FILE;

	*into = NULL;
	if (name_is_clutter(name) || (!*name && folder))
		return INTAKE_OK;
	if (!*name)
		return refuse(reading->report, NULL, "has an entry without a name");
	if (tree_add(tree, kind, what, name, reading->limits, reading->report) != INTAKE_OK)
		return INTAKE_REFUSED;
	if (what) {
		char sentence[64];
		snprintf(sentence, sizeof sentence, "is %s; it was left out", what);
		remark(reading->report, name, sentence);
	}
	if (kind == ENTRY_FILE) {
		*into = &tree->item[tree->count - 1];
		(*into)->time = reading->limits->times && archive_entry_mtime(entry) > 0 ? archive_entry_mtime(entry) : 0;
	}
	return INTAKE_OK;
}

static enum intake_state read_entry(struct reading *reading, struct archive_entry *entry)
{
	const char *raw = archive_entry_pathname(entry);
	struct entry *into;
	enum intake_state state;
	char *name;

	if (archive_entry_is_encrypted(entry))
		return refuse(reading->report, NULL, "is encrypted; hand it in without a password");
	if (++reading->entries > reading->limits->entries)
		return refuse(reading->report, NULL, "has more than %zu files and folders", reading->limits->entries);
	if (!raw)
		return refuse(reading->report, NULL, "has a name that cannot be read");
	name = name_normalise(raw, reading->limits, reading->report);
	if (!name)
		return INTAKE_REFUSED;
	state = take_entry(reading, entry, name, &into);
	free(name);
	return state == INTAKE_OK ? read_data(reading, into) : state;
}

/* A tar ends with blocks of zeros; libarchive is content without, and a tar cut off between two files would do. */
static bool has_end(const struct reading *reading)
{
	enum { TAR_BLOCK = 512 };
	la_int64_t read = archive_filter_bytes(reading->archive, 0);

	return read >= TAR_BLOCK && (size_t)read <= reading->size && is_zeros(reading->from + read - TAR_BLOCK, TAR_BLOCK);
}

static enum intake_state read_entries(struct reading *reading)
{
	struct archive_entry *entry;
	int result;

	while ((result = archive_read_next_header(reading->archive, &entry)) == ARCHIVE_OK || result == ARCHIVE_WARN) {
		if (is_bomb(reading))
			return refuse_bytes(reading);
		if (read_entry(reading, entry) != INTAKE_OK)
			return INTAKE_REFUSED;
	}
	if (archive_read_has_encrypted_entries(reading->archive) == 1)
		return refuse(reading->report, NULL, "is encrypted; hand it in without a password");
	if (result != ARCHIVE_EOF)
		return refuse_damaged(reading);
	if (reading->kind == ARCHIVE_KIND_TAR && !has_end(reading))
		return refuse(reading->report, NULL, "is truncated; pack it again and hand that in");
	if (reading->tree->count == 0)
		return refuse(reading->report, NULL, "is empty");
	return INTAKE_OK;
}

static bool open_reader(struct reading *reading)
{
	struct archive *archive = reading->archive;
	int result = ARCHIVE_OK;

	if (reading->kind == ARCHIVE_KIND_OTHER) {
		archive_read_support_filter_all(archive); /* a filter that needs a program of its own warns, which is fine */
		archive_read_support_format_all(archive);
	} else if (reading->kind == ARCHIVE_KIND_TAR_GZ)
		result = archive_read_append_filter(archive, ARCHIVE_FILTER_GZIP);
	if (result == ARCHIVE_OK && reading->kind == ARCHIVE_KIND_ZIP)
		result = archive_read_support_format_zip_seekable(archive);
	else if (result == ARCHIVE_OK && reading->kind != ARCHIVE_KIND_OTHER)
		result = archive_read_support_format_tar(archive);
	return result == ARCHIVE_OK && archive_read_open_memory(archive, reading->from, reading->size) == ARCHIVE_OK;
}

enum intake_state archive_list(const char *bytes, size_t size, const struct intake_limits *limits, struct tree *tree,
                               struct intake_report *report)
{
	const char *other;
	struct reading reading = {.kind = archive_sniff(bytes, size, &other),
	                          .from = bytes,
	                          .size = size,
	                          .limits = limits,
	                          .tree = tree,
	                          .report = report};
	enum intake_state state;

	if (reading.kind == ARCHIVE_KIND_OTHER && !limits->any_kind)
		return refuse(report, NULL, "is %s; hand in a zip or a tar.gz", other);
	if (reading.kind == ARCHIVE_KIND_NONE)
		return refuse(report, NULL, "is not an archive: neither zip nor tar.gz nor tar");
	if (reading.kind == ARCHIVE_KIND_ZIP && memcmp(bytes, "PK\5", 3) == 0) /* it begins with its end */
		return refuse(report, NULL, "is empty");
	reading.archive = must(archive_read_new());
	state = open_reader(&reading) ? read_entries(&reading) : refuse_damaged(&reading);
	archive_read_free(reading.archive);
	return state;
}
