/* ATTACK 32: asks the preprocessor which files there are, and tells it in an error message.
 * assignment: race_fix
 * gains: knows the grader's disk
 * expect: sealed_out | build_error
 * max-score: 0
 * layers: text, namespaces, landlock
 * off: output kit-hostile-32a-passwd
 */
#include "race_fix.h"

#if __has_include("/etc/passwd")
#error kit-hostile-32a-passwd: the file is there
#else
#error kit-hostile-32a-nothing
#endif
