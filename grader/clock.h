/* clock.h - points in time, as people and platforms write them. */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

/* Seconds since 1970 of "2026-10-01 23:59 +0200", "2026-10-01T21:59:30.5Z", "2026-10-01 21:59:30 UTC" (RFC 3339, ISO
 * 8601, and what Gradescope and GitHub make of them): a date, blank or T, hours and minutes, perhaps seconds, and the
 * zone, without which nobody would know which midnight is meant. From 1971 to 9998. -1: it is none (30 February is
 * none). A pure function. */
int64_t clock_read(const char *text);

/* The zone of such a text, in seconds east of Greenwich; 0 when it is no time. */
int clock_zone(const char *text);

/* Also of times without a zone, which are those of `zone`: "2026-10-01 23:59", and what Moodle writes in English,
 * German, French or Spanish: "Thursday, 1 October 2026, 9:59 PM", "October 1, 2026, 21:59", "Donnerstag, 1. Oktober
 * 2026, 21:59", "jueves, 1 de octubre de 2026, 21:59". -1: it is none. A pure function. */
int64_t clock_read_in(const char *text, int zone);

#endif
