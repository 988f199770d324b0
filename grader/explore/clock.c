/* clock.c - virtual time. A second passes when nothing else can happen, or a microsecond with each call. */
#include "internal.h"

#include <errno.h>
#include <sched.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static void sleep_until(uint64_t until_ns, uintptr_t site)
{
	rt_enter();
	rt_switch_point(OP_SLEEP, NULL, false, site);
	if (until_ns > WORLD->now_ns)
		rt_block_until(WAIT_SLEEP, "in a sleep", 0, -1, site, until_ns);
	else
		rt_yield(site);
	rt_event(OP_SLEEP, NULL, false, site);
	rt_return();
}

static uint64_t ns_of(const struct timespec *time)
{
	return (uint64_t)time->tv_sec * 1000000000u + (uint64_t)time->tv_nsec;
}

unsigned rt_sleep(unsigned seconds)
{
	FRAME;
	if (!active())
		return sleep(seconds);
	sleep_until(WORLD->now_ns + seconds * 1000000000ull, SITE);
	return 0;
}

int rt_usleep(useconds_t microseconds)
{
	FRAME;
	if (!active())
		return usleep(microseconds);
	sleep_until(WORLD->now_ns + microseconds * 1000ull, SITE);
	return 0;
}

int rt_nanosleep(const struct timespec *duration, struct timespec *remaining)
{
	FRAME;
	if (!active())
		return nanosleep(duration, remaining);
	sleep_until(WORLD->now_ns + ns_of(duration), SITE);
	return 0;
}

int rt_clock_nanosleep(clockid_t clock, int flags, const struct timespec *time, struct timespec *remaining)
{
	FRAME;
	if (!active())
		return clock_nanosleep(clock, flags, time, remaining);
	sleep_until(flags & TIMER_ABSTIME ? ns_of(time) : WORLD->now_ns + ns_of(time), SITE);
	return 0;
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
	if (exploring())
		search_learn(rt_me, WORLD->now_ns);
	rt_return();
}

int rt_clock_gettime(clockid_t clock, struct timespec *now)
{
	FRAME;
	if (!active() || clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID)
		return clock_gettime(clock, now);
	look(SITE);
	now->tv_sec = (time_t)(WORLD->now_ns / 1000000000u);
	now->tv_nsec = (long)(WORLD->now_ns % 1000000000u);
	return 0;
}

int rt_gettimeofday(struct timeval *now, void *zone)
{
	FRAME;
	if (!active())
		return gettimeofday(now, zone);
	look(SITE);
	now->tv_sec = (time_t)(WORLD->now_ns / 1000000000u);
	now->tv_usec = (suseconds_t)(WORLD->now_ns % 1000000000u / 1000u);
	return 0;
}

time_t rt_time(time_t *now)
{
	FRAME;
	if (!active())
		return time(now);
	look(SITE);
	time_t seconds = (time_t)(WORLD->now_ns / 1000000000u);
	if (now)
		*now = seconds;
	return seconds;
}
