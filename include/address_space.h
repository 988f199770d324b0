/* address_space.h - what lies where in the memory of a process, and what its threads share of it
 *
 *     /proc/self/maps --> seg_find --> seg_classify        one address:   which segment is it in?
 *     n threads ---------------------> seg_view_threads    many threads:  which addresses do they share?
 */
#ifndef ADDRESS_SPACE_H
#define ADDRESS_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One mapping: what one line of /proc/self/maps says (proc(5)). */
struct seg_range {
	uintptr_t begin, end; /* it has the addresses from begin to end - 1 */
	bool readable, writable, executable, is_private;
	const char *path;  /* in the text that was given: all behind the inode and the blanks that follow it, to the end of
	                      the line, whatever is in it and however long it is */
	size_t path_bytes; /* 0: the line has no path, and `path` can be anything */
};

/* Finds the mapping that has an address, in a text like that of /proc/self/maps.
 *
 * Returns  0, and *out is what the line says for which begin <= addr < end; or -1, and *out is as it was
 * errno    EINVAL  maps or out is NULL
 *          EFAULT  no line has the address
 *          ENOMEM  no memory, if the call needs any
 * Text     `bytes` bytes at maps; nothing behind them is read, no '\0' need be there. Each line is one that the kernel
 *          writes, and they are in its order, from low addresses to high ones. Addresses have up to 64 bits. The last
 *          line may come without its end of line; that there is no line is fine, too.
 * Owns     Nothing is left behind. out->path points into the text and is good as long as that is.
 * MT       safe
 */
int seg_find(const char *maps, size_t bytes, uintptr_t addr, struct seg_range *out);

/* The segments that a program has. */
enum seg { SEG_TEXT, SEG_RODATA, SEG_DATA, SEG_BSS, SEG_HEAP, SEG_MAIN_STACK, SEG_THREAD_STACK, SEG_MMAP, SEG_NONE };

/* Tells in which segment of the calling process an address lies at this moment. The address is only looked up, never
 * read or written.
 *
 * Returns  0, and *out is the segment; or -1, and *out is as it was
 * errno    EINVAL  out is NULL
 *          EFAULT  no mapping has the address
 *          ENOMEM  no memory, if the call needs any
 *          the error of any other call that the implementation makes (open, read, ...), passed on
 * Segment  The executable file is the one that has your code: its mappings are those with that path. Whether one that
 *          the program itself has made of the file, with mmap, counts as well is open. The first of these that is true:
 *          SEG_NONE          its mapping can be neither read nor written nor executed
 *          SEG_BSS           it is at or above `edata` and below `end`, which the linker defines (end(3))
 *          SEG_TEXT          its mapping is of the executable file of this process, and can be executed
 *          SEG_RODATA        its mapping is of that file, and cannot be written
 *          SEG_DATA          its mapping is of that file, and it is below `edata`
 *          SEG_HEAP          the path of its mapping is "[heap]"
 *          SEG_MAIN_STACK    the path of its mapping is "[stack]"
 *          SEG_THREAD_STACK  it is in the stack of the calling thread, as pthread_getattr_np(3) describes that
 *          SEG_MMAP          all others: libraries with their code and data, [vdso], [vvar], stacks of other threads,
 *                            and whatever else was mapped
 * Text     /proc/self/maps has any length. A read may give less than was asked for, and one that is interrupted (EINTR)
 *          is continued.
 * Owns     Nothing is left behind: every descriptor is closed, all memory is free.
 * MT       safe
 */
int seg_classify(const void *addr, enum seg *out);

/* What one thread sees: the addresses of five things. */
struct seg_view {
	uintptr_t local;  /* a local variable of a function that this thread executes, on its stack */
	uintptr_t tls;    /* a thread-local variable itself, no copy of it; errno is one */
	uintptr_t global; /* a variable at file scope, or static, that is not thread-local */
	uintptr_t heap;   /* memory from malloc that the call has made for all its threads */
	uintptr_t code;   /* a function of yours that the threads execute: the one that they start with, or one that it
	                     calls */
};

/* Starts n threads, and lets each write down what it sees.
 *
 * Returns  0, and view[0] to view[n - 1] are what the threads saw, one from each, in any order; or -1, and view is as
 *          it was
 * errno    EINVAL  n is 0 or view is NULL; no thread is created
 *          ENOMEM  no memory
 *          the error of pthread_create, passed on (thrd_create does not tell it): the call fails then, tries no second
 *          time and does not go on with fewer threads
 *          the error of any other call that the implementation makes, passed on
 * Threads  n new ones; the caller is none of them. They are there at the same time: each keeps its stack until all n
 *          have been created. So `local` and `tls` are other addresses in each of them, while `global`, `heap` and
 *          `code` are the same in all.
 * Order    What the threads have written happens before the return of the call.
 * Owns     Nothing is left behind, whether it returns 0 or -1: all threads that were created have ended and are
 *          joined, all memory is free (`heap` is only a number by then).
 * MT       safe, except for `view`
 */
int seg_view_threads(unsigned n, struct seg_view view[]);

#endif
