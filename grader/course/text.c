#include "text.h"

#include "../layer.h"
#include "../utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum text_state refuse(char *problem, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static enum text_state refuse(char *problem, size_t size, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(problem, size, format, args);
	va_end(args);
	return TEXT_REFUSED;
}

static const char *kind(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return "a folder";
	case S_IFIFO:
		return "a FIFO";
	case S_IFSOCK:
		return "a socket";
	case S_IFLNK:
		return "a symbolic link";
	default:
		return "a device";
	}
}

static enum text_state refuse_size(char *problem, size_t problem_size, off_t size, size_t limit)
{
	if (size >= 1024 * 1024)
		return refuse(problem, problem_size, "is %.1f MiB long; at most %zu KiB are accepted",
		              (double)size / (1024 * 1024), limit / 1024);
	return refuse(problem, problem_size, "is %lld bytes long; at most %zu KiB are accepted", (long long)size,
	              limit / 1024);
}

/* A second name of a file that does not belong to the owner of the folder: somebody linked to what he may not read
 * himself. An owner's own hard links (a backup made with them, say) are fine. */
static bool is_foreign_link(int folder, const char *name, const struct stat *file)
{
	const char *slash = strrchr(name, '/');
	char *path = slash ? strndup(name, (size_t)(slash - name) + 1) : strdup(".");
	struct stat above;
	bool same = path && fstatat(folder, path, &above, 0) == 0 && above.st_uid == file->st_uid;

	free(path);
	return file->st_nlink > 1 && !same;
}

/* Reads `descriptor` to its end, at most `limit` bytes; the file may be growing or shrinking meanwhile. */
static enum text_state read_all(int descriptor, size_t expected, size_t limit, struct text *text, char *problem,
                                size_t problem_size)
{
	size_t capacity = expected < limit ? expected + 1 : limit + 1; /* one more byte than allowed tells "too large" */
	char *bytes = malloc(capacity + 1);
	size_t size = 0;
	if (!bytes)
		return refuse(problem, problem_size, "cannot be read: %s", strerror(ENOMEM));
	while (size < capacity) {
		ssize_t got = read(descriptor, bytes + size, capacity - size);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			int error = errno;
			free(bytes);
			return refuse(problem, problem_size, "cannot be read: %s", strerror(error));
		}
		if (got == 0)
			break;
		size += (size_t)got;
	}
	if (size == capacity) {
		free(bytes);
		return refuse(problem, problem_size, "grew while it was read; at most %zu KiB are accepted", limit / 1024);
	}
	bytes[size] = '\0';
	*text = (struct text){bytes, size};
	return TEXT_OK;
}

enum text_state text_read(int folder, const char *name, bool follow, size_t limit, struct text *text, char *problem,
                          size_t problem_size)
{
	struct stat before, opened;
	*text = (struct text){NULL, 0};
	follow = follow || !layer_on("intake");
	/* Opening a device or a FIFO can have effects, so look first. What is opened may differ by then: look again. */
	if (fstatat(folder, name, &before, follow ? 0 : AT_SYMLINK_NOFOLLOW) != 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return TEXT_ABSENT;
		return refuse(problem, problem_size, "cannot be read: %s", strerror(errno));
	}
	if (!S_ISREG(before.st_mode))
		return refuse(problem, problem_size, "is %s, not a file", kind(before.st_mode));
	int descriptor = openat(folder, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY | (follow ? 0 : O_NOFOLLOW));
	if (descriptor < 0) {
		if (errno == ENOENT)
			return TEXT_ABSENT;
		return refuse(problem, problem_size, "cannot be read: %s", strerror(errno));
	}
	enum text_state state;
	if (fstat(descriptor, &opened) != 0)
		state = refuse(problem, problem_size, "cannot be read: %s", strerror(errno));
	else if (!S_ISREG(opened.st_mode))
		state = refuse(problem, problem_size, "is %s, not a file", kind(opened.st_mode));
	else if (!follow && is_foreign_link(folder, name, &opened))
		state = refuse(problem, problem_size, "is a hard link to somebody else's file; hand in a copy");
	else if (opened.st_size > (off_t)limit)
		state = refuse_size(problem, problem_size, opened.st_size, limit);
	else
		state = read_all(descriptor, (size_t)opened.st_size, limit, text, problem, problem_size);
	close(descriptor);
	return state;
}

size_t text_utf8_prefix(const char *bytes, size_t size)
{
	size_t at = 0, length = 1;
	uint32_t point;

	for (; at < size && length; at += length)
		length = utf8_decode(bytes + at, &point);
	return at;
}

unsigned text_line(const char *bytes, size_t offset, unsigned *column)
{
	unsigned line = 1, characters = 1;
	for (size_t i = 0; i < offset; i++) {
		if (bytes[i] == '\n') {
			line++;
			characters = 1;
		} else if (((unsigned char)bytes[i] & 0xc0) != 0x80) {
			characters++;
		}
	}
	if (column)
		*column = characters;
	return line;
}

size_t text_bom(const struct text *text)
{
	return text->size >= 3 && memcmp(text->bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}
