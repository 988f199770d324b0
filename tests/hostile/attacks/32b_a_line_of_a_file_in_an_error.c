/* ATTACK 32: includes a file that is no C: the compiler's message shows its first lines.
 * assignment: race_fix
 * gains: text of any file in the report
 * expect: sealed_out | build_error
 * max-score: 0
 * layers: text, namespaces, landlock
 * off: output root:
 */

/* The report shows the lines around the place. None of them has what only the other
 * file could tell.
 */

#include "/etc/passwd"
#include "race_fix.h"
