/* ATTACK 56: macros that make 10 to the power of 12 words out of a few lines.
 * assignment: race_fix
 * gains: a compiler that takes all time and memory
 * expect: sealed_out | build_error
 * max-score: 0
 * layers: limits, built-in
 * off: none
 */
#include "race_fix.h"

#define A(...)                                                                                                         \
	__VA_ARGS__, __VA_ARGS__, __VA_ARGS__, __VA_ARGS__, __VA_ARGS__, __VA_ARGS__, __VA_ARGS__, __VA_ARGS__,            \
	    __VA_ARGS__, __VA_ARGS__
#define B(...)                                                                                                         \
	A(__VA_ARGS__), A(__VA_ARGS__), A(__VA_ARGS__), A(__VA_ARGS__), A(__VA_ARGS__), A(__VA_ARGS__), A(__VA_ARGS__),    \
	    A(__VA_ARGS__), A(__VA_ARGS__), A(__VA_ARGS__)
#define C(...)                                                                                                         \
	B(__VA_ARGS__), B(__VA_ARGS__), B(__VA_ARGS__), B(__VA_ARGS__), B(__VA_ARGS__), B(__VA_ARGS__), B(__VA_ARGS__),    \
	    B(__VA_ARGS__), B(__VA_ARGS__), B(__VA_ARGS__)
#define D(...)                                                                                                         \
	C(__VA_ARGS__), C(__VA_ARGS__), C(__VA_ARGS__), C(__VA_ARGS__), C(__VA_ARGS__), C(__VA_ARGS__), C(__VA_ARGS__),    \
	    C(__VA_ARGS__), C(__VA_ARGS__), C(__VA_ARGS__)
#define E(...)                                                                                                         \
	D(__VA_ARGS__), D(__VA_ARGS__), D(__VA_ARGS__), D(__VA_ARGS__), D(__VA_ARGS__), D(__VA_ARGS__), D(__VA_ARGS__),    \
	    D(__VA_ARGS__), D(__VA_ARGS__), D(__VA_ARGS__)
#define F(...)                                                                                                         \
	E(__VA_ARGS__), E(__VA_ARGS__), E(__VA_ARGS__), E(__VA_ARGS__), E(__VA_ARGS__), E(__VA_ARGS__), E(__VA_ARGS__),    \
	    E(__VA_ARGS__), E(__VA_ARGS__), E(__VA_ARGS__)
static const char laughs[] = {F(F(1))};
