/* frames.c - ThreadSanitizer keeps the frames of each thread in an array of 65,536, and does not look whether they fit:
 * a submission that recurses deeper would write over the tool's own memory. It is told the outer ones only. What is
 * left of the array is for its interceptors and for the runtime's frames (FRAME).
 *
 * A longjmp leaves functions without a word. Then this count is too high for good, never too low, and of a function
 * both the entry and the exit are told, or neither. */
#include "internal.h"

enum { FRAMES_TOLD = 60000 };

static _Thread_local unsigned frames;

/* The submission's calls, by the names in its object for ThreadSanitizer. */
void rt_tsan_func_entry(void *caller);
void rt_tsan_func_exit(void);

void rt_tsan_func_entry(void *caller)
{
	if (frames++ < FRAMES_TOLD)
		__tsan_func_entry(caller);
}

void rt_tsan_func_exit(void)
{
	if (--frames < FRAMES_TOLD)
		__tsan_func_exit();
}

unsigned rt_tsan_frames(void)
{
	return frames;
}

void rt_tsan_set_frames(unsigned count)
{
	frames = count;
}
