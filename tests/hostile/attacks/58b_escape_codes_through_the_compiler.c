/* ATTACK 58: a pragma whose text clears the screen and paints a green result, by way of the compiler's messages.
 * assignment: race_fix
 * gains: a terminal that shows what never happened
 * expect: sealed_out | build_error
 * max-score: 0
 * layers: text, report
 * off: report html \0033[2J
 */
#include "race_fix.h"

#pragma GCC error "\033[2J\033[H\033[32mrace_fix: 100 of 100\033[0m\r::error::forged"
