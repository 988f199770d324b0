/* ATTACK 56: includes itself twice, again and again: 2 to the power of 40 times.
 * assignment: race_fix
 * gains: a compiler that never ends
 * expect: sealed_out | build_error
 * max-score: 0
 * layers: text, limits, built-in
 * off: none
 */
#if __INCLUDE_LEVEL__ < 40
#include __FILE__
#include __FILE__
#endif
