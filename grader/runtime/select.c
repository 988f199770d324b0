/* select.c - waits for one of several descriptors: poll, ppoll, select, pselect. */
#include "internal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/select.h>

enum { NS_PER_S = 1000000000 };

/* How long a call waits: `forever`, or so many nanoseconds of virtual time. */
struct patience {
	bool forever;
	uint64_t ns;
};

static struct patience of_timespec(const struct timespec *limit)
{
	return limit ? (struct patience){false, (uint64_t)limit->tv_sec * NS_PER_S + (uint64_t)limit->tv_nsec}
	             : (struct patience){.forever = true};
}

/* For the table of who waits, which other processes read, too. */
static void keep_polled(const struct pollfd *fds, nfds_t count)
{
	ME->polls = 0;
	for (nfds_t i = 0; i < count; i++)
		if (fds[i].fd >= 0 && ME->polls++ < RT_POLLED)
			ME->polled[ME->polls - 1] = (struct rt_polled){fds[i].fd, fds[i].events};
	ME->fifo = 0;
}

/* Inside. What poll says, and errno. `what`: for the table of who waits. */
static int await_some(struct pollfd *fds, nfds_t count, struct patience patience, const char *what, uintptr_t site)
{
	uint64_t until = patience.forever ? 0 : WORLD->now_ns + patience.ns;
	bool waits = patience.forever || patience.ns;
	int result;
	if (waits)
		keep_polled(fds, count);
	while ((result = poll(fds, count, 0)) == 0 && waits) {
		rt_block_until(KIND_DESCRIPTORS, what, (uintptr_t)RT_ALL_DESCRIPTORS, count ? fds[0].fd : -1, site, until);
		if (ME->timed_out)
			break;
		if (rt_interrupted(false)) {
			result = -1;
			errno = EINTR;
			break;
		}
	}
	int error = errno;
	for (nfds_t i = 0; exploring() && i < count; i++)
		if (result == 0)
			rt_event_in_vain(i ? OP_NONE : OP_POLL, rt_object_of(fds[i].fd), site);
		else
			rt_event(i ? OP_NONE : OP_POLL, rt_object_of(fds[i].fd), true, site);
	search_effect(-1, result < 0 ? "fails" : "%d ready", result);
	if (!waits && result == 0)
		rt_yield(site);
	errno = error;
	return result;
}

/* `mask`: of signals, for as long as it waits; NULL: as it is. */
static int wait_for_some(struct pollfd *fds, nfds_t count, struct patience patience, const sigset_t *mask,
                         const char *what, uintptr_t site)
{
	rt_enter();
	rt_switch_point(OP_POLL, RT_ALL_DESCRIPTORS, true, site);
	uint64_t before = ME->blocked;
	if (mask)
		rt_let_in(mask, site);
	int result = mask && rt_interrupted(false) ? (errno = EINTR, -1) : await_some(fds, count, patience, what, site);
	int error = errno;
	if (mask)
		rt_keep_out(before);
	rt_return();
	errno = error;
	return result;
}

int rt_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	FRAME;
	if (!active())
		return poll(fds, count, timeout_ms);
	struct patience patience = {timeout_ms < 0, timeout_ms < 0 ? 0 : (uint64_t)timeout_ms * 1000000u};
	return wait_for_some(fds, count, patience, NULL, "in poll for a descriptor", SITE);
}

static bool is_bad(const struct timespec *limit)
{
	bool bad = limit && (limit->tv_sec < 0 || limit->tv_nsec < 0 || limit->tv_nsec >= NS_PER_S);
	if (bad)
		errno = EINVAL;
	return bad;
}

int rt_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *limit, const sigset_t *mask)
{
	FRAME;
	if (!active())
		return ppoll(fds, count, limit, mask);
	return is_bad(limit) ? -1 : wait_for_some(fds, count, of_timespec(limit), mask, "in ppoll for a descriptor", SITE);
}

/* ---- select ------------------------------------------------------------------------------------ */

struct sets {
	fd_set *read, *write, *other;
};

static bool has(int fd, const fd_set *set)
{
	return set && FD_ISSET(fd, set);
}

static nfds_t as_poll(int count, const struct sets *sets, struct pollfd *fds)
{
	nfds_t used = 0;
	for (int fd = 0; fd < count; fd++) {
		short events = (short)((has(fd, sets->read) ? POLLIN : 0) | (has(fd, sets->write) ? POLLOUT : 0) |
		                       (has(fd, sets->other) ? POLLPRI : 0));
		if (events)
			fds[used++] = (struct pollfd){.fd = fd, .events = events};
	}
	return used;
}

static int keep_if(bool ready, int fd, fd_set *set)
{
	if (!has(fd, set))
		return 0;
	if (!ready)
		FD_CLR(fd, set);
	return ready;
}

/* What select(2) makes of what poll says: the number of bits that are left. */
static int as_sets(const struct pollfd *fds, nfds_t used, const struct sets *sets)
{
	int bits = 0;
	for (nfds_t i = 0; i < used; i++) {
		short events = fds[i].revents;
		bits += keep_if(events & (POLLIN | POLLHUP | POLLERR), fds[i].fd, sets->read);
		bits += keep_if(events & (POLLOUT | POLLERR), fds[i].fd, sets->write);
		bits += keep_if(events & POLLPRI, fds[i].fd, sets->other);
	}
	return bits;
}

static bool any_invalid(const struct pollfd *fds, nfds_t used)
{
	for (nfds_t i = 0; i < used; i++)
		if (fds[i].revents & POLLNVAL)
			return true;
	return false;
}

static int select_some(int count, const struct sets *sets, struct patience patience, const sigset_t *mask,
                       uintptr_t site)
{
	struct pollfd fds[FD_SETSIZE];
	if (count < 0 || count > FD_SETSIZE) {
		errno = EINVAL;
		return -1;
	}
	nfds_t used = as_poll(count, sets, fds);
	int result = wait_for_some(fds, used, patience, mask, "in select for a descriptor", site);
	if (result < 0)
		return result;
	if (any_invalid(fds, used)) {
		errno = EBADF;
		return -1;
	}
	return as_sets(fds, used, sets);
}

/* As Linux does, what is left of the time is told. */
int rt_select(int count, fd_set *read, fd_set *write, fd_set *other, struct timeval *limit)
{
	FRAME;
	if (!active())
		return select(count, read, write, other, limit);
	struct timespec time = limit ? (struct timespec){limit->tv_sec, limit->tv_usec * 1000} : (struct timespec){0};
	if (limit && is_bad(&time))
		return -1;
	uint64_t begin = WORLD->now_ns;
	struct patience patience = of_timespec(limit ? &time : NULL);
	int result = select_some(count, &(struct sets){read, write, other}, patience, NULL, SITE);
	uint64_t took = WORLD->now_ns - begin, left = patience.ns > took ? patience.ns - took : 0;
	if (limit)
		*limit = (struct timeval){(time_t)(left / NS_PER_S), (suseconds_t)(left % NS_PER_S / 1000)};
	return result;
}

int rt_pselect(int count, fd_set *read, fd_set *write, fd_set *other, const struct timespec *limit,
               const sigset_t *mask)
{
	FRAME;
	if (!active())
		return pselect(count, read, write, other, limit, mask);
	return is_bad(limit) ? -1 : select_some(count, &(struct sets){read, write, other}, of_timespec(limit), mask, SITE);
}
