/* ATTACK 55: includes a device that never ends.
 * assignment: race_fix
 * gains: a compiler that never ends, or takes all memory
 * expect: sealed_out | build_error
 * max-score: 0
 * layers: text
 * off: none
 */
#include "/dev/zero"
