#include "check.h"

extern const struct check criterion_check, tsan_check, memcheck_check, explore_check, symbols_check, coverage_check;

/* In the order in which they begin; memcheck takes longest. */
const struct check *const check_list[] = {
    &symbols_check, &memcheck_check, &explore_check, &tsan_check, &criterion_check, &coverage_check, NULL};
