/* attacks.h - how build/attacks says what came of an attack. */
#ifndef ATTACKS_H
#define ATTACKS_H

enum { ATTACK_SUCCEEDED = 40, ATTACK_STOPPED = 41 };

#endif
