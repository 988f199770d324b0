/* ATTACK 64: the same in the compiler's messages.
 * assignment: race_fix
 * gains: annotations in the teacher's run
 * expect: sealed_out | build_error
 * max-score: 0
 * layers: report
 * off: none
 */
#include "race_fix.h"

#error ::error title=100 of 100::forged ##[error]forged ::set-output name=score::100 ::add-mask::a ::warning::b ::error::c ::warning::d
