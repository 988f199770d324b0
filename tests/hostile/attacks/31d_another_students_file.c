/* ATTACK 31: includes the file of the student who was graded before.
 * assignment: race_fix
 * gains: full marks for the work of another
 * expect: sealed_out | build_error
 * max-score: 0
 * layers: text, namespaces, landlock
 * off: score>=100
 */
#include "../build/hostile-class/0_neighbour/race_fix.c"
