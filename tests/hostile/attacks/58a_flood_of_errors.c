/* ATTACK 58: 100 000 errors, each with a long text.
 * assignment: race_fix
 * gains: a report of gigabytes
 * expect: sealed_out | build_error
 * max-score: 0
 * layers: built-in
 * off: none
 */
#include "race_fix.h"

#define E(n) unknown_type_with_a_name_that_is_long_enough_to_fill_a_line_or_two_##n variable##n;
#define TEN(p) E(p##0) E(p##1) E(p##2) E(p##3) E(p##4) E(p##5) E(p##6) E(p##7) E(p##8) E(p##9)
#define HUNDRED(p) TEN(p##0) TEN(p##1) TEN(p##2) TEN(p##3) TEN(p##4) TEN(p##5) TEN(p##6) TEN(p##7) TEN(p##8) TEN(p##9)
#define THOUSAND(p)                                                                                                    \
	HUNDRED(p##0)                                                                                                      \
	HUNDRED(p##1) HUNDRED(p##2) HUNDRED(p##3) HUNDRED(p##4) HUNDRED(p##5) HUNDRED(p##6) HUNDRED(p##7) HUNDRED(p##8)    \
	    HUNDRED(p##9)
THOUSAND(1) THOUSAND(2) THOUSAND(3) THOUSAND(4)
