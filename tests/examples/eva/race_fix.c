#include "race_fix.h"
int bank_transfer(bank *b, size_t from, size_t to, int64_t amount) { return 0 }
