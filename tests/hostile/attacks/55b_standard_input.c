/* ATTACK 55: includes what the compiler has as standard input.
 * assignment: race_fix
 * gains: a compiler that waits for a key
 * expect: sealed_out | build_error
 * max-score: 0
 * layers: text
 * off: none
 */
#include "/dev/stdin"
#include "/proc/self/fd/0"
#include "race_fix.h"
