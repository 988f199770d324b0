#include "pack.h"

#include "../file.h"
#include "../memory.h"

#include <dirent.h>
#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILE_LIMIT = 16 << 20 }; /* bytes */

void pack_add(struct pack *pack, const char *path, char *text, size_t size, bool program)
{
	struct file *file = must(reallocarray(pack->file, pack->count + 1, sizeof *file));
	pack->file = file;
	file[pack->count++] = (struct file){format("%s", path), text, size, program};
}

const struct file *pack_find(const struct pack *pack, const char *path)
{
	for (size_t i = 0; i < pack->count; i++)
		if (strcmp(pack->file[i].path, path) == 0)
			return &pack->file[i];
	return NULL;
}

void pack_clear(struct pack *pack)
{
	for (size_t i = 0; i < pack->count; i++) {
		free(pack->file[i].path);
		free(pack->file[i].text);
	}
	free(pack->file);
	*pack = (struct pack){NULL, 0};
}

static int copy_as(struct pack *pack, const char *path, const char *as, struct error *error)
{
	struct stat status;
	size_t size;
	char *text = file_read_box(path, FILE_LIMIT, &size, error);
	if (!text)
		return -1;
	pack_add(pack, as, text, size, stat(path, &status) == 0 && (status.st_mode & S_IXUSR));
	return 0;
}

int pack_copy(struct pack *pack, const char *root, const char *path, struct error *error)
{
	char *full = format("%s/%s", root, path);
	int result = copy_as(pack, full, path, error);
	free(full);
	return result;
}

static bool ends_as(const char *name, const char *const ends[])
{
	size_t length = strlen(name);
	for (size_t i = 0; ends && ends[i]; i++)
		if (length >= strlen(ends[i]) && strcmp(name + length - strlen(ends[i]), ends[i]) == 0)
			return true;
	return !ends;
}

static int is_entry(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int copy_entry(struct pack *pack, const char *folder, const char *name, const char *as, const char *const ends[],
                      struct error *error)
{
	char *path = format("%s/%s", folder, name), *inside = format("%s%s%s", as, *as ? "/" : "", name);
	struct stat status;
	int result = 0;
	if (lstat(path, &status) != 0)
		result = fail(error, "cannot read %s: %s", path, strerror(errno));
	else if (S_ISDIR(status.st_mode))
		result = pack_copy_folder(pack, path, ".", inside, ends, error);
	else if (S_ISREG(status.st_mode) && ends_as(name, ends))
		result = copy_as(pack, path, inside, error);
	free(inside);
	free(path);
	return result;
}

int pack_copy_folder(struct pack *pack, const char *root, const char *path, const char *as, const char *const ends[],
                     struct error *error)
{
	char *folder = strcmp(path, ".") == 0 ? format("%s", root) : format("%s/%s", root, path);
	struct dirent **entry;
	int count = scandir(folder, &entry, is_entry, by_name);
	int result = count < 0 ? fail(error, "cannot read the folder %s: %s", folder, strerror(errno)) : 0;
	for (int i = 0; i < count; i++) {
		if (result == 0)
			result = copy_entry(pack, folder, entry[i]->d_name, as, ends, error);
		free(entry[i]);
	}
	if (count >= 0)
		free(entry);
	free(folder);
	return result;
}

static int write_file(const struct file *file, const char *folder, struct error *error)
{
	char *path = format("%s/%s", folder, file->path), *parent = format("%s", path);
	int result = folder_make(dirname(parent), error);
	if (result == 0)
		result = file_write(path, file->text, file->size, error);
	if (result == 0 && file->program && chmod(path, 0755) != 0)
		result = fail(error, "cannot make %s a program: %s", path, strerror(errno));
	free(parent);
	free(path);
	return result;
}

int pack_write(const struct pack *pack, const char *folder, struct error *error)
{
	int result = folder_make(folder, error);
	for (size_t i = 0; result == 0 && i < pack->count; i++)
		result = write_file(&pack->file[i], folder, error);
	return result;
}
