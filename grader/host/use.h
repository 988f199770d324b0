/* use.h - the time that a run has had: what it computed, and what it waited while it was ready for nothing. On a
 * machine that does other things as well, time goes by in which it waits for a processor: no limit may count that, or
 * the same submission would pass at one time and not at another. */
#ifndef USE_H
#define USE_H

#include <stddef.h>
#include <sys/types.h>

struct use {
	unsigned ms;          /* so far */
	unsigned looked_ms;   /* when it was looked at last */
	unsigned long cpu_ms; /* what its processes had computed then */
	unsigned tick_ms;     /* how often it is looked at; 0: whenever somebody likes */
};

/* Adds the time since the last look (or `looked_ms` at first): all of it, or, while a thread of the `count` processes
 * is ready to run, only what they computed. Where the look comes late, after two ticks or more, somebody kept the one
 * who looks from a processor, and only one tick counts, or what they computed if that is more. now_ms: of a monotonic
 * clock, as looked_ms. Returns the sum. Where /proc tells nothing, all of the time counts. */
unsigned use_look(struct use *use, unsigned now_ms, const pid_t *pid, size_t count);

#endif
