/* ATTACK 32: asks the preprocessor which files there are, and tells it in an error message.
 * assignment: race_fix
 * gains: knows the grader's disk
 * expect: sealed_out | build_error
 * max-score: 0
 * layers: text, namespaces, landlock
 * off: output is negative
 */
#include "race_fix.h"

/* The report shows these lines as well: only what the compiler says of them tells. */
#if __has_include("/etc/passwd")
int kit_hostile_32a[-1];
#else
int kit_hostile_32a[] = "nothing";
#endif
