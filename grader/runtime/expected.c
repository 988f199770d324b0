/* expected.c - what a compare-and-exchange reads and, when it fails, writes besides the atomic object: the expected
 * value. ThreadSanitizer leaves it out; so the submission's calls come here first, by the names in its object for
 * ThreadSanitizer. Under the explorer hooks.c does the same. */
#include "internal.h"

#define EXCHANGES(bits, type, form)                                                                                    \
	int __tsan_atomic##bits##_compare_exchange_##form(volatile type *object, type *expected, type desired, int order,  \
	                                                  int failed) __attribute__((weak));                               \
	int rt_tsan_atomic##bits##_compare_exchange_##form(volatile type *object, type *expected, type desired, int order, \
	                                                   int failed);                                                    \
	int rt_tsan_atomic##bits##_compare_exchange_##form(volatile type *object, type *expected, type desired, int order, \
	                                                   int failed)                                                     \
	{                                                                                                                  \
		FRAME;                                                                                                         \
		rt_touch(expected, sizeof *expected, false, __builtin_return_address(0));                                      \
		int same = __tsan_atomic##bits##_compare_exchange_##form(object, expected, desired, order, failed);            \
		if (!same)                                                                                                     \
			rt_touch(expected, sizeof *expected, true, __builtin_return_address(0));                                   \
		return same;                                                                                                   \
	}
#define EXCHANGES_BOTH(bits, type) EXCHANGES(bits, type, strong) EXCHANGES(bits, type, weak)

__extension__ typedef unsigned __int128 wide;

EXCHANGES_BOTH(8, uint8_t)
EXCHANGES_BOTH(16, uint16_t)
EXCHANGES_BOTH(32, uint32_t)
EXCHANGES_BOTH(64, uint64_t)
EXCHANGES_BOTH(128, wide)
