/* ATTACK 31: includes the reference solution by a name that a macro makes.
 * assignment: thread_pool
 * gains: full marks for two lines
 * expect: sealed_out | build_error
 * max-score: 0
 * layers: text, namespaces, landlock
 * off: score>=100
 */
#define PLACE "../solutions/thread_pool/thread_pool.c"
#include PLACE
