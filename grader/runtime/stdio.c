/* stdio.c - streams of the C library on descriptors that the table knows.
 *
 * A stream's reads and writes are calls that the library makes of the kernel: nobody could stand in for them. So each
 * stream whose descriptor may block is one that calls functions of ours instead (fopencookie(3)): getchar, fgets,
 * scanf, fprintf, fflush, fclose wait in the table as read and write do. The standard three are such streams from the
 * begin on, for what is below them may be replaced by dup2. Whoever waits there holds the stream's lock, as natively;
 * who then wants the same stream blocks for real, and the host sees that (watch.c). */
#include "internal.h"

#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int rt_open(const char *path, int flags, ...);
int rt_dup2(int fd, int to);
int rt_close(int fd);

/* The code of judged objects: objcopy gives it a section of its own, the linker these names. */
extern const char __start_judged_text[] __attribute__((weak)), __stop_judged_text[] __attribute__((weak));

bool rt_is_judged(uintptr_t pc)
{
	return pc > (uintptr_t)__start_judged_text && pc <= (uintptr_t)__stop_judged_text;
}

uintptr_t rt_judged_site(void)
{
	enum { DEPTH = 32 };
	void *frame[DEPTH];
	int count = backtrace(frame, DEPTH);
	for (int i = 0; i < count; i++)
		if (rt_is_judged((uintptr_t)frame[i]))
			return (uintptr_t)frame[i];
	return 0;
}

/* ---- the functions of a stream ----------------------------------------------------------------- */

static int descriptor_of(void *cookie)
{
	return (int)(intptr_t)cookie;
}

static bool waits_in_table(int fd)
{
	return active() && rt_may_block(fd);
}

static ssize_t stream_read(void *cookie, char *buffer, size_t bytes)
{
	int fd = descriptor_of(cookie);
	return waits_in_table(fd) ? rt_read_from(fd, buffer, bytes, false, rt_judged_site()) : read(fd, buffer, bytes);
}

/* An error is 0 bytes here. */
static ssize_t stream_write(void *cookie, const char *buffer, size_t bytes)
{
	int fd = descriptor_of(cookie);
	ssize_t done =
	    waits_in_table(fd) ? rt_write_to(fd, buffer, bytes, false, rt_judged_site()) : write(fd, buffer, bytes);
	return done < 0 ? 0 : done;
}

static int stream_seek(void *cookie, off64_t *offset, int whence)
{
	off64_t place = lseek64(descriptor_of(cookie), *offset, whence);
	if (place < 0)
		return -1;
	*offset = place;
	return 0;
}

static int stream_close(void *cookie)
{
	return rt_close(descriptor_of(cookie));
}

/* fileno goes on to answer the descriptor: the library itself never looks at the number of such a stream. */
static FILE *open_stream(int fd, const char *mode)
{
	static const cookie_io_functions_t functions = {stream_read, stream_write, stream_seek, stream_close};
	FILE *stream = fopencookie((void *)(intptr_t)fd, mode, functions);
	if (stream)
		stream->_fileno = fd;
	return stream;
}

void rt_open_streams(void)
{
	FILE *input = open_stream(0, "r"), *output = open_stream(1, "w"), *errors = open_stream(2, "w");
	if (!input || !output || !errors)
		abort();
	setvbuf(output, NULL, isatty(1) ? _IOLBF : _IOFBF, BUFSIZ);
	setvbuf(errors, NULL, _IONBF, 0);
	fflush(stdout);
	stdin = input;
	stdout = output;
	stderr = errors;
}

static void wipe_buffer(FILE *stream)
{
	if (stream->_IO_buf_base)
		memset(stream->_IO_buf_base, 0, (size_t)(stream->_IO_buf_end - stream->_IO_buf_base));
}

void rt_empty_streams(void)
{
	FILE *const standard[] = {stdin, stdout, stderr};
	fflush(NULL);
	for (size_t i = 0; i < sizeof standard / sizeof *standard; i++)
		wipe_buffer(standard[i]);
}

/* ---- calls ------------------------------------------------------------------------------------- */

FILE *rt_fdopen(int fd, const char *mode)
{
	FRAME;
	return waits_in_table(fd) ? open_stream(fd, mode) : fdopen(fd, mode);
}

/* "r", "w", "a", each with "+", "e" and others. */
static int flags_of(const char *mode)
{
	int flags = strchr(mode, '+') ? O_RDWR : *mode == 'r' ? O_RDONLY : O_WRONLY;
	return flags | (strchr(mode, 'e') ? O_CLOEXEC : 0);
}

FILE *rt_fopen(const char *path, const char *mode)
{
	HERE;
	FRAME;
	struct stat status;
	if (active() && stat(path, &status) == 0 && S_ISFIFO(status.st_mode)) {
		int fd = rt_open(path, flags_of(mode));
		return fd < 0 ? NULL : rt_fdopen(fd, mode);
	}
	FILE *stream = fopen(path, mode);
	if (active() && stream)
		rt_fd_opened(fileno(stream), SITE);
	return stream;
}

/* A stream of ours closes its descriptor by rt_close; of the others the table is told. */
int rt_fclose(FILE *stream)
{
	FRAME;
	int before = errno, fd = fileno(stream); /* -1 and an error: a stream in memory */
	errno = before;
	int result = fclose(stream), error = errno;
	if (active() && fd >= 0 && fcntl(fd, F_GETFD) < 0)
		rt_fd_closed(fd);
	errno = error;
	return result;
}

/* The library would make one of its own streams of ours: what is below the stream is replaced instead. */
FILE *rt_freopen(const char *path, const char *mode, FILE *stream)
{
	FRAME;
	if (!active())
		return freopen(path, mode, stream);
	fflush(stream);
	__fpurge(stream); /* what was read ahead */
	clearerr(stream);
	int flags = flags_of(mode) | (*mode == 'w' ? O_CREAT | O_TRUNC : *mode == 'a' ? O_CREAT | O_APPEND : 0);
	int fd = path ? rt_open(path, flags, 0666) : -1;
	if (path && (fd < 0 || rt_dup2(fd, fileno(stream)) < 0)) {
		int error = errno;
		fclose(stream);
		errno = error;
		return NULL;
	}
	if (fd >= 0 && fd != fileno(stream))
		rt_close(fd);
	return stream;
}

/* Straight to a descriptor, without a stream of the program's. */
int rt_vdprintf(int fd, const char *format, va_list args)
{
	FRAME;
	if (!waits_in_table(fd))
		return vdprintf(fd, format, args);
	char *text;
	int length = vasprintf(&text, format, args);
	if (length < 0)
		return -1;
	ssize_t done = rt_write_to(fd, text, (size_t)length, false, SITE);
	free(text);
	return (int)done;
}

int rt_dprintf(int fd, const char *format, ...)
{
	HERE;
	va_list args;
	va_start(args, format);
	int result = rt_vdprintf(fd, format, args);
	va_end(args);
	return result;
}

FILE *rt_fopen64(const char *path, const char *mode) __attribute__((alias("rt_fopen")));
FILE *rt_freopen64(const char *path, const char *mode, FILE *stream) __attribute__((alias("rt_freopen")));
