/* clock.h - points in time, as people and platforms write them. */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

/* Seconds since 1970 of "2026-10-01 23:59 +0200", "2026-10-01T21:59:30.5Z", "2026-10-01 21:59:30 UTC" (RFC 3339, ISO
 * 8601, and what Gradescope and GitHub make of them): a date, blank or T, hours and minutes, perhaps seconds, and the
 * zone, without which nobody would know which midnight is meant. From 1971 to 9998. -1: it is none (30 February is
 * none). A pure function. */
int64_t clock_read(const char *text);

#endif
