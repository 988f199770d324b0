/* moved.c - 1 MiB to another process: through a pipe, through a socket pair, and in memory that both have.
 *
 * The caller sends, the partner takes and looks at each byte (by adding them up), and answers with one byte when it has
 * all of it. So what is measured ends when the data has arrived, whatever the channel can hold.
 */
#include "measured.h"

#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PIECE = 64 << 10, PIECES = 16, PLACES = 2 };

/* Of the shared memory: a buffer of two places. */
struct ring {
	sem_t filled, empty, answered;
	unsigned char place[PLACES][PIECE];
};

struct mover {
	int data[2], answer[2]; /* [0] is read; of descriptors */
	struct ring *ring;      /* of shared memory; NULL: descriptors */
	unsigned char piece[PIECE];
};

static unsigned sum(const unsigned char *bytes)
{
	unsigned total = 0;

	for (unsigned i = 0; i < PIECE; i++)
		total += bytes[i];
	return total;
}

/* All of it; -1: an error, or the other end is closed. */
static int read_all(int fd, unsigned char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t got = read(fd, bytes, size);
		if (got <= 0)
			return -1;
		bytes += got;
		size -= (size_t)got;
	}
	return 0;
}

static int write_all(int fd, const unsigned char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t put = write(fd, bytes, size);
		if (put < 0)
			return -1;
		bytes += put;
		size -= (size_t)put;
	}
	return 0;
}

/* ---- by descriptors --------------------------------------------------------------------------- */

static int send_by_descriptor(void *ctx)
{
	struct mover *mover = ctx;
	unsigned char answer;

	for (unsigned i = 0; i < PIECES; i++)
		if (write_all(mover->data[1], mover->piece, PIECE) != 0)
			return -1;
	return read_all(mover->answer[0], &answer, 1);
}

/* Until the caller closes its end. */
static void take_by_descriptor(struct mover *mover)
{
	for (unsigned i = 1; read_all(mover->data[0], mover->piece, PIECE) == 0; i++) {
		unsigned char answer = (unsigned char)sum(mover->piece);
		if (i % PIECES == 0 && write_all(mover->answer[1], &answer, 1) != 0)
			return;
	}
}

/* ---- by shared memory ------------------------------------------------------------------------- */

static int send_by_memory(void *ctx)
{
	struct mover *mover = ctx;

	for (unsigned i = 0; i < PIECES; i++) {
		sem_wait(&mover->ring->empty);
		memcpy(mover->ring->place[i % PLACES], mover->piece, PIECE);
		sem_post(&mover->ring->filled);
	}
	return sem_wait(&mover->ring->answered);
}

/* Until the caller kills it: memory has no end that could be closed. */
static void take_by_memory(struct mover *mover)
{
	for (unsigned i = 0;; i++) {
		sem_wait(&mover->ring->filled);
		mover->piece[0] = (unsigned char)sum(mover->ring->place[i % PLACES]);
		sem_post(&mover->ring->empty);
		if ((i + 1) % PIECES == 0)
			sem_post(&mover->ring->answered);
	}
}

/* ---- partner ---------------------------------------------------------------------------------- */

static void close_both(const int end[2])
{
	close(end[0]);
	close(end[1]);
}

static int measure_with(pid_t partner, const struct bench_opts *opts, struct mover *mover, struct bench_stat *stat)
{
	int result = bench_run(opts, mover->ring ? send_by_memory : send_by_descriptor, mover, stat);
	int error = errno;

	kill(partner, SIGKILL); /* it waits for more, and holds nothing */
	waitpid(partner, NULL, 0);
	errno = error;
	return result;
}

static int with_partner(const struct bench_opts *opts, struct mover *mover, struct bench_stat *stat)
{
	pid_t partner = fork();

	if (partner == 0) {
		if (mover->ring)
			take_by_memory(mover);
		else
			take_by_descriptor(mover);
		_exit(0);
	}
	return partner < 0 ? -1 : measure_with(partner, opts, mover, stat);
}

int move_by_pipe(const struct bench_opts *opts, struct bench_stat *stat)
{
	struct mover mover = {.ring = NULL};
	int result = -1;

	if (pipe(mover.data) != 0)
		return -1;
	if (pipe(mover.answer) == 0) {
		result = with_partner(opts, &mover, stat);
		close_both(mover.answer);
	}
	close_both(mover.data);
	return result;
}

int move_by_socket(const struct bench_opts *opts, struct bench_stat *stat)
{
	struct mover mover = {.ring = NULL};
	int end[2], result;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, end) != 0)
		return -1;
	mover.data[0] = mover.answer[1] = end[0]; /* the partner's, in both directions */
	mover.data[1] = mover.answer[0] = end[1];
	result = with_partner(opts, &mover, stat);
	close_both(end);
	return result;
}

int move_by_shared_memory(const struct bench_opts *opts, struct bench_stat *stat)
{
	struct mover mover = {
	    .ring = mmap(NULL, sizeof *mover.ring, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)};
	int result;

	if (mover.ring == MAP_FAILED)
		return -1;
	sem_init(&mover.ring->filled, 1, 0);
	sem_init(&mover.ring->empty, 1, PLACES);
	sem_init(&mover.ring->answered, 1, 0);
	result = with_partner(opts, &mover, stat);
	munmap(mover.ring, sizeof *mover.ring);
	return result;
}
