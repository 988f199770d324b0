/* ATTACK 57: an expression of 200 000 brackets.
 * assignment: race_fix
 * gains: a compiler that crashes
 * expect: sealed_out | build_error
 * max-score: 0
 * layers: built-in
 * off: none
 */
#include "race_fix.h"

#define A(x) ((((((((((x))))))))))
#define B(x) A(A(A(A(A(A(A(A(A(A(x))))))))))
#define C(x) B(B(B(B(B(B(B(B(B(B(x))))))))))
#define D(x) C(C(C(C(C(C(C(C(C(C(x))))))))))
#define E(x) D(D(D(D(D(D(D(D(D(D(x))))))))))
int value(void);

int value(void)
{
	return E(D(1));
}
