#include "file.h"
#include "memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sha256.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *read_file(const char *path, int flags, size_t limit, size_t *size, struct error *error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags);
	struct stat status;
	if (fd < 0 || fstat(fd, &status) != 0) {
		fail(error, "cannot read %s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	char *text = NULL;
	if (!S_ISREG(status.st_mode))
		fail(error, "%s is not a regular file", path);
	else if ((size_t)status.st_size > limit)
		fail(error, "%s is larger than %zu bytes", path, limit);
	else
		text = allocate((size_t)status.st_size + 1);
	size_t have = 0;
	while (text && have < (size_t)status.st_size) {
		ssize_t got = read(fd, text + have, (size_t)status.st_size - have);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		have += (size_t)got;
	}
	close(fd);
	if (!text)
		return NULL;
	text[have] = 0;
	if (size)
		*size = have;
	return text;
}

char *file_read(const char *path, size_t limit, size_t *size, struct error *error)
{
	return read_file(path, 0, limit, size, error);
}

char *file_read_box(const char *path, size_t limit, size_t *size, struct error *error)
{
	return read_file(path, O_NOFOLLOW, limit, size, error);
}

int file_write(const char *path, const char *text, size_t size, struct error *error)
{
	char *temporary = format("%s.%d.tmp", path, (int)getpid());
	int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	int result = fd < 0 ? -1 : 0;
	for (size_t done = 0; result == 0 && done < size;) {
		ssize_t written = write(fd, text + done, size - done);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			result = -1;
		else
			done += (size_t)written;
	}
	if (result == 0 && fsync(fd) != 0)
		result = -1;
	int cause = errno;
	if (fd >= 0 && close(fd) != 0 && result == 0) {
		cause = errno;
		result = -1;
	}
	if (result == 0 && rename(temporary, path) != 0) {
		cause = errno;
		result = -1;
	}
	if (result != 0) {
		unlink(temporary);
		fail(error, "cannot write %s: %s; what was there before is unchanged", path, strerror(cause));
	}
	free(temporary);
	return result;
}

int folder_make(const char *path, struct error *error)
{
	char *copy = format("%s", path);
	int result = 0;
	for (char *slash = strchr(copy + 1, '/'); result == 0; slash = strchr(slash + 1, '/')) {
		if (slash)
			*slash = 0;
		if (mkdir(copy, 0755) != 0 && errno != EEXIST)
			result = fail(error, "cannot make the folder %s: %s", copy, strerror(errno));
		if (!slash)
			break;
		*slash = '/';
	}
	struct stat status;
	if (result == 0 && (stat(path, &status) != 0 || !S_ISDIR(status.st_mode)))
		result = fail(error, "cannot make the folder %s: %s", path, strerror(EEXIST));
	free(copy);
	return result;
}

int file_copy(const char *from, const char *to, struct error *error)
{
	struct stat status;
	if (file_exists(to) || stat(from, &status) != 0 || !S_ISREG(status.st_mode))
		return 0;
	size_t size;
	char *text = file_read(from, SIZE_MAX, &size, error);
	int result = text ? file_write(to, text, size, error) : -1;
	free(text);
	if (result == 0 && chmod(to, status.st_mode & 0777) != 0)
		result = fail(error, "cannot change %s: %s", to, strerror(errno));
	return result;
}

int folder_copy(const char *from, const char *to, const char *name, struct error *error)
{
	char *source = format("%s/%s", from, name), *target = format("%s/%s", to, name);
	DIR *entries = opendir(source);
	int result = entries ? folder_make(target, error) : fail(error, "cannot read %s: %s", source, strerror(errno));
	for (struct dirent *entry; result == 0 && (entry = readdir(entries));) {
		char *file = format("%s/%s", source, entry->d_name), *copy = format("%s/%s", target, entry->d_name);
		result = file_copy(file, copy, error);
		free(copy);
		free(file);
	}
	if (entries)
		closedir(entries);
	free(target);
	free(source);
	return result;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	remove(path);
	return 0;
}

void folder_remove(const char *path)
{
	nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

bool file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

struct hash {
	SHA2_CTX context;
};

struct hash *hash_new(void)
{
	struct hash *hash = must(malloc(sizeof *hash));
	SHA256Init(&hash->context);
	return hash;
}

void hash_add(struct hash *hash, const char *label, const void *bytes, size_t size)
{
	uint64_t length = size;
	SHA256Update(&hash->context, (const uint8_t *)label, strlen(label) + 1);
	SHA256Update(&hash->context, (const uint8_t *)&length, sizeof length);
	SHA256Update(&hash->context, bytes, size);
}

void hash_add_file(struct hash *hash, const char *path)
{
	size_t size = 0;
	char *text = file_read(path, SIZE_MAX, &size, NULL);
	hash_add(hash, text ? "file" : "no file", text ? text : "", size);
	free(text);
}

void hash_end(struct hash *hash, char hex[HASH_SIZE])
{
	SHA256End(&hash->context, hex);
	free(hash);
}
