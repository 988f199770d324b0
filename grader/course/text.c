#include "text.h"

#include "../layer.h"
#include "../memory.h"
#include "../utf8.h"

#include <ctype.h>
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

/* What has nothing to do with the file's content: another time, or another user, may read it. */
static enum text_state cannot_read(char *problem, size_t size, int cause)
{
	refuse(problem, size, "cannot be read: %s", strerror(cause));
	return TEXT_UNREADABLE;
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
		return cannot_read(problem, problem_size, ENOMEM);
	while (size < capacity) {
		ssize_t got = read(descriptor, bytes + size, capacity - size);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			int error = errno;
			free(bytes);
			return cannot_read(problem, problem_size, error);
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
		return cannot_read(problem, problem_size, errno);
	}
	if (!S_ISREG(before.st_mode))
		return refuse(problem, problem_size, "is %s, not a file", kind(before.st_mode));
	int descriptor = openat(folder, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY | (follow ? 0 : O_NOFOLLOW));
	if (descriptor < 0) {
		if (errno == ENOENT)
			return TEXT_ABSENT;
		return cannot_read(problem, problem_size, errno);
	}
	enum text_state state;
	if (fstat(descriptor, &opened) != 0)
		state = cannot_read(problem, problem_size, errno);
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

/* Letters of Windows-1252 that are not where Latin-1 has control characters. */
static const uint16_t windows[32] = {0x20ac, 0x81,   0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
                                     0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8d,   0x017d, 0x8f,
                                     0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                     0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,   0x017e, 0x0178};

static size_t put_utf8(char *to, uint32_t point)
{
	if (point < 0x80) {
		to[0] = (char)point;
		return 1;
	}
	size_t more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
	static const unsigned char heads[] = {0, 0xc0, 0xe0, 0xf0};
	to[0] = (char)(heads[more] | point >> (6 * more));
	for (size_t i = 1; i <= more; i++)
		to[i] = (char)(0x80 | (point >> (6 * (more - i)) & 0x3f));
	return more + 1;
}

/* One unit of UTF-16; 0 behind the end. */
static uint32_t unit_at(const struct text *text, size_t at, bool little)
{
	const unsigned char *bytes = (const unsigned char *)text->bytes + at;
	if (at + 1 >= text->size)
		return 0;
	return little ? bytes[0] | (uint32_t)bytes[1] << 8 : bytes[1] | (uint32_t)bytes[0] << 8;
}

static void from_utf16(struct text *text, bool little)
{
	char *made = must(malloc(2 * text->size + 1));
	size_t size = 0;
	for (size_t at = 2; at + 1 < text->size; at += 2) {
		uint32_t point = unit_at(text, at, little), low = unit_at(text, at + 2, little);
		if (point >= 0xd800 && point < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
			point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
			at += 2;
		}
		bool half = point >= 0xd800 && point < 0xe000; /* of a pair: no character */
		size += put_utf8(made + size, half ? 0xfffd : point);
	}
	free(text->bytes);
	made[size] = 0;
	*text = (struct text){made, size};
}

static void from_western(struct text *text)
{
	char *made = must(malloc(3 * text->size + 1));
	size_t size = 0;
	for (size_t at = 0; at < text->size; at++) {
		unsigned char byte = (unsigned char)text->bytes[at];
		size += put_utf8(made + size, byte >= 0x80 && byte < 0xa0 ? windows[byte - 0x80] : byte);
	}
	free(text->bytes);
	made[size] = 0;
	*text = (struct text){made, size};
}

const char *text_to_utf8(struct text *text)
{
	bool little = text->size >= 2 && memcmp(text->bytes, "\xff\xfe", 2) == 0;
	if (little || (text->size >= 2 && memcmp(text->bytes, "\xfe\xff", 2) == 0)) {
		from_utf16(text, little);
		return "UTF-16";
	}
	if (text_utf8_prefix(text->bytes, text->size) == text->size)
		return NULL;
	from_western(text);
	return "Latin-1";
}

static bool is_part_of_word(char c)
{
	return c == '_' || isalnum((unsigned char)c);
}

bool text_is_word(const char *text, const char *at, size_t length)
{
	return (at == text || !is_part_of_word(at[-1])) && !is_part_of_word(at[length]);
}

bool text_has_word(const char *text, const char *word)
{
	size_t length = strlen(word);
	for (const char *at = text; at && (at = strstr(at, word)); at++)
		if (text_is_word(text, at, length))
			return true;
	return false;
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
