/* clock.c - virtual time. A second passes when nothing else can happen, or a microsecond with each call.
 *
 * One time, and clocks that show it from different beginnings: CLOCK_MONOTONIC as it is, CLOCK_REALTIME decades later.
 * A deadline that was read from one clock and is waited for by another is decades away from what was meant, as it is
 * on a real machine. */
#include "internal.h"

#include <errno.h>
#include <sched.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { NS_PER_S = 1000000000 };

/* What is added to virtual time: CLOCK_REALTIME begins on 1 January 2025, CLOCK_TAI is ahead by the leap seconds. */
static uint64_t begin_of(clockid_t clock)
{
	enum { REALTIME_BEGIN_S = 1735689600, LEAP_SECONDS = 37 };
	const uint64_t realtime = REALTIME_BEGIN_S * (uint64_t)NS_PER_S - VIRTUAL_START_S * (uint64_t)NS_PER_S;
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_REALTIME_ALARM:
		return realtime;
	case CLOCK_TAI:
		return realtime + LEAP_SECONDS * (uint64_t)NS_PER_S;
	default:
		return 0;
	}
}

static uint64_t ns_of(const struct timespec *time)
{
	return (uint64_t)time->tv_sec * NS_PER_S + (uint64_t)time->tv_nsec;
}

uint64_t rt_deadline(clockid_t clock, const struct timespec *until)
{
	uint64_t begin = begin_of(clock), time = until->tv_sec < 0 ? 0 : ns_of(until);
	return time > begin ? time - begin : 1; /* 0 says that there is none */
}

static uint64_t now_by(clockid_t clock)
{
	return WORLD->now_ns + begin_of(clock);
}

/* What is left of it when a handler has ended it, in nanoseconds. */
static uint64_t sleep_until(uint64_t until_ns, uintptr_t site)
{
	uint64_t left = 0;
	rt_enter();
	rt_switch_point(OP_SLEEP, NULL, false, site);
	rt_let_others();
	if (until_ns > WORLD->now_ns) {
		rt_block_until(KIND_TIME, "in a sleep", 0, -1, site, until_ns);
		if (rt_interrupted(false) && until_ns > WORLD->now_ns)
			left = until_ns - WORLD->now_ns;
	} else {
		rt_yield(site);
	}
	rt_event(OP_SLEEP, NULL, false, site);
	rt_return();
	return left;
}

unsigned rt_sleep(unsigned seconds)
{
	FRAME;
	if (!active())
		return sleep(seconds);
	return (unsigned)((sleep_until(WORLD->now_ns + seconds * 1000000000ull, SITE) + NS_PER_S / 2) / NS_PER_S);
}

int rt_usleep(useconds_t microseconds)
{
	FRAME;
	if (!active())
		return usleep(microseconds);
	bool interrupted = sleep_until(WORLD->now_ns + microseconds * 1000ull, SITE);
	if (interrupted)
		errno = EINTR;
	return interrupted ? -1 : 0;
}

int rt_nanosleep(const struct timespec *duration, struct timespec *remaining)
{
	FRAME;
	if (!active())
		return nanosleep(duration, remaining);
	uint64_t left = sleep_until(WORLD->now_ns + ns_of(duration), SITE);
	if (!left)
		return 0;
	if (remaining)
		*remaining = (struct timespec){(time_t)(left / NS_PER_S), (long)(left % NS_PER_S)};
	errno = EINTR;
	return -1;
}

int rt_clock_nanosleep(clockid_t clock, int flags, const struct timespec *time, struct timespec *remaining)
{
	FRAME;
	if (!active())
		return clock_nanosleep(clock, flags, time, remaining);
	bool absolute = flags & TIMER_ABSTIME;
	uint64_t left = sleep_until(absolute ? rt_deadline(clock, time) : WORLD->now_ns + ns_of(time), SITE);
	if (left && remaining && !absolute)
		*remaining = (struct timespec){(time_t)(left / NS_PER_S), (long)(left % NS_PER_S)};
	return left ? EINTR : 0;
}

int rt_sched_yield(void)
{
	FRAME;
	if (!active())
		return sched_yield();
	ME->site = SITE;
	rt_enter();
	rt_yield(SITE);
	rt_return();
	return 0;
}

/* What the clock shows depends on all that happened before. */
static void look(uintptr_t site)
{
	rt_enter();
	rt_switch_point(OP_CLOCK, RT_ALL_DESCRIPTORS, exploring(), site);
	rt_event(OP_CLOCK, RT_ALL_DESCRIPTORS, true, site);
	DIRECTOR->knows(rt_me, WORLD->now_ns);
	rt_return();
}

int rt_clock_gettime(clockid_t clock, struct timespec *now)
{
	FRAME;
	if (!active() || clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID)
		return clock_gettime(clock, now);
	look(SITE);
	now->tv_sec = (time_t)(now_by(clock) / NS_PER_S);
	now->tv_nsec = (long)(now_by(clock) % NS_PER_S);
	return 0;
}

int rt_gettimeofday(struct timeval *now, void *zone)
{
	FRAME;
	if (!active())
		return gettimeofday(now, zone);
	look(SITE);
	now->tv_sec = (time_t)(now_by(CLOCK_REALTIME) / NS_PER_S);
	now->tv_usec = (suseconds_t)(now_by(CLOCK_REALTIME) % NS_PER_S / 1000);
	return 0;
}

time_t rt_time(time_t *now)
{
	FRAME;
	if (!active())
		return time(now);
	look(SITE);
	time_t seconds = (time_t)(now_by(CLOCK_REALTIME) / NS_PER_S);
	if (now)
		*now = seconds;
	return seconds;
}
