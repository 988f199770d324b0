/* ATTACK 57: 60 000 functions out of a few lines.
 * assignment: race_fix
 * gains: a compiler that takes all time
 * expect: sealed_out | build_error
 * max-score: 0
 * layers: limits, built-in
 * off: none
 */
#include "race_fix.h"

#define F(n)                                                                                                           \
	int f##n(int x)                                                                                                    \
	{                                                                                                                  \
		return x * 3 + f_last(x ^ 0x##n) + (x > 7 ? f_last(x - 1) : f_last(x + 1));                                    \
	}
#define TEN(p) F(p##0) F(p##1) F(p##2) F(p##3) F(p##4) F(p##5) F(p##6) F(p##7) F(p##8) F(p##9)
#define HUNDRED(p) TEN(p##0) TEN(p##1) TEN(p##2) TEN(p##3) TEN(p##4) TEN(p##5) TEN(p##6) TEN(p##7) TEN(p##8) TEN(p##9)
#define THOUSAND(p)                                                                                                    \
	HUNDRED(p##0)                                                                                                      \
	HUNDRED(p##1) HUNDRED(p##2) HUNDRED(p##3) HUNDRED(p##4) HUNDRED(p##5) HUNDRED(p##6) HUNDRED(p##7) HUNDRED(p##8)    \
	    HUNDRED(p##9)
#define MANY(p)                                                                                                        \
	THOUSAND(p##0)                                                                                                     \
	THOUSAND(p##1) THOUSAND(p##2) THOUSAND(p##3) THOUSAND(p##4) THOUSAND(p##5) THOUSAND(p##6) THOUSAND(p##7)           \
	    THOUSAND(p##8) THOUSAND(p##9)

static int f_last(int x)
{
	return x;
}

MANY(1) MANY(2) MANY(3) MANY(4) MANY(5) MANY(6)
