/* size.c - which size of a test this build runs: compiled once for each. */
#include "kit_internal.h"

#ifdef KIT_EXPLORED
const bool kit_explored = true;
#else
const bool kit_explored = false;
#endif
