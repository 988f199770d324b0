/* order.h - happens-before between what the threads of a run do, and who accessed which memory: in the run, with the
 * baton. */
#ifndef ORDER_H
#define ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What can be told apart in one run. */
enum {
	ORDER_CELLS = 1 << 19, /* 8 bytes of memory each */
	ORDER_OBJECTS = 1 << 13,
	ORDER_CLOCKS = 1 << 12
};

struct rt_evidence;

/* Where the frame of a function begins that was entered, and where in it that was. */
struct rt_frame {
	uintptr_t cfa, pc;
};

/* What was done to an object: hashes of the histories that wrote, and read since. */
struct history {
	uint64_t written, read;
};

void order_begin_run(void);                      /* in the host */
void order_thread(int thread, int parent);       /* all that the parent did is before */
void order_after_thread(int thread);             /* all that the thread did is before what the caller does next */
void order_acquire(uintptr_t object);            /* all that was released on the object ... */
void order_release(uintptr_t object, bool only); /* `only`: what was released there before no longer counts */
void order_reset(uintptr_t object);
void order_fence(bool acquires, bool releases);
void order_relaxed_load(uintptr_t object);
void order_relaxed_store(uintptr_t object, bool only);
void order_took(uintptr_t lock, uintptr_t site); /* the current thread holds the lock */
void order_dropped(uintptr_t lock);
/* Plain; outside the runtime. The program's frames end at `frame`. */
void order_access(const void *memory, size_t bytes, bool write, uintptr_t pc, const void *frame);
/* Who of that thread used the memory last, as the other side of the evidence; false: nobody knows. */
bool order_blame(struct rt_evidence *evidence, const void *memory, bool write, int thread, uintptr_t pc);
void order_note(const void *memory, size_t bytes, bool write, bool atomic, uintptr_t pc); /* without switching */
void order_object(const void *object, size_t bytes, bool init, bool destroy, uintptr_t pc);
void order_freed(const void *memory, size_t bytes, uintptr_t pc);
void order_fresh(const void *memory, size_t bytes);
/* A block of the heap was made at pc. `order_block`: the newest one that the address is in, or false. */
struct order_block {
	uintptr_t address;
	uint32_t bytes, pc;
};
void order_allocated(uintptr_t address, size_t bytes, uintptr_t pc);
bool order_block(uintptr_t address, struct order_block *block);
unsigned order_depth(int thread);                            /* of its calls */
void order_call(uintptr_t pc, struct rt_frame frame);        /* the current thread enters a function, called at pc */
uint32_t order_frame(uint32_t call, struct rt_frame *frame); /* of the chain's last function; the rest of it, or 0 */
void order_return(void);
/* Which calls of the current thread are open; all 0: none. `order_go_on`: it goes on with those, on another stack. */
struct order_calls {
	uint32_t call, deep;
};
struct order_calls order_calls(void);
void order_go_on(struct order_calls calls);
size_t order_stack(uintptr_t frame[], size_t capacity); /* of the current thread, innermost first */
struct history *order_history(uintptr_t object);        /* of this run; NULL: too many objects */

#endif
