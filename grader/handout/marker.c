/* marker.c - which folder is a handout of ours, and whether somebody changed something in it. */
#include "private.h"

#include "../file.h"
#include "../memory.h"

#include <dirent.h>
#include <errno.h>
#include <sha256.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MARKER_LIMIT = 4 << 20 };

static char *line_of(const struct file *file)
{
	char hex[HASH_SIZE];
	SHA256Data((const uint8_t *)file->text, file->size, hex);
	return format("%s  %s\n", hex, file->path);
}

void marker_add(struct pack *pack)
{
	char *text = NULL;
	size_t size;
	FILE *out = memory_open(&text, &size);
	for (size_t i = 0; i < pack->count; i++) {
		char *line = line_of(&pack->file[i]);
		fputs(line, out);
		free(line);
	}
	fclose(out);
	pack_add(pack, HANDOUT_MARKER, text, size, false);
}

static bool has_line(const char *marker, const char *line)
{
	size_t length = strlen(line);
	for (const char *at = marker; (at = strstr(at, line)); at += length)
		if (at == marker || at[-1] == '\n')
			return true;
	return false;
}

/* -1 and *error at the first file that the marker does not know as it is. */
static int compare(const char *folder, const char *marker, struct error *error)
{
	struct pack pack = {NULL, 0};
	int result = pack_copy_folder(&pack, folder, ".", "", NULL, error);
	for (size_t i = 0; result == 0 && i < pack.count; i++) {
		const struct file *file = &pack.file[i];
		if (strncmp(file->path, ".git/", 5) == 0 || strncmp(file->path, "build/", 6) == 0 ||
		    strcmp(file->path, HANDOUT_MARKER) == 0)
			continue;
		char *line = line_of(file);
		if (!has_line(marker, line))
			result = fail(error,
			              "%s/%s was added or changed since the handout was made: move it away (or change the kit and "
			              "its templates), so that nothing is lost",
			              folder, file->path);
		free(line);
	}
	pack_clear(&pack);
	return result;
}

static bool is_empty(const char *folder)
{
	DIR *stream = opendir(folder);
	int count = 0;
	for (; stream && count < 3 && readdir(stream); count++)
		;
	if (stream)
		closedir(stream);
	return stream && count < 3; /* . and .. */
}

int spot_look(const char *folder, enum spot *spot, struct error *error)
{
	struct stat status;
	char *path = format("%s/%s", folder, HANDOUT_MARKER), *marker = NULL;
	int result = 0;
	if (lstat(folder, &status) != 0) {
		*spot = SPOT_FREE;
		result = errno == ENOENT ? 0 : fail(error, "cannot look at %s: %s", folder, strerror(errno));
	} else if (!S_ISDIR(status.st_mode)) {
		result = fail(error, "%s is not a folder", folder);
	} else if (is_empty(folder)) {
		*spot = SPOT_EMPTY;
	} else if (!file_exists(path)) {
		result = fail(error, "%s is not empty and no handout: choose another folder", folder);
	} else {
		*spot = SPOT_OURS;
		marker = file_read_box(path, MARKER_LIMIT, NULL, error);
		result = marker ? compare(folder, marker, error) : -1;
	}
	free(marker);
	free(path);
	return result;
}
