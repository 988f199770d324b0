/* ATTACK 31: includes the reference solution.
 * assignment: race_fix
 * gains: full marks for one line
 * expect: sealed_out | build_error
 * max-score: 0
 * layers: text, namespaces, landlock
 * off: score>=100
 */
#include "../solutions/race_fix/race_fix.c"
