/* ATTACK 18: the same attribute, put together by the preprocessor, so that no search for its name finds it.
 * assignment: race_fix
 * gains: race-freedom points for a bank without a lock
 * expect: sealed_out
 * max-score: 0
 * layers: text, object, assembler
 * off: score>=90
 */
#include "race_fix.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#define PASTE(a, b) a##b
#define QUIET                                                                                                          \
	__attribute__((PASTE(no_sani, tize)("thr"                                                                          \
	                                    "ead")))

struct bank {
	size_t accounts;
	int64_t *balance;
};

bank *bank_create(size_t accounts, int64_t initial)
{
	if (accounts == 0 || initial < 0 || (initial > 0 && accounts > (uint64_t)INT64_MAX / (uint64_t)initial)) {
		errno = EINVAL;
		return NULL;
	}
	bank *bank = calloc(1, sizeof *bank);
	if (bank == NULL)
		return NULL;
	bank->accounts = accounts;
	bank->balance = calloc(accounts, sizeof *bank->balance);
	if (bank->balance == NULL) {
		free(bank);
		errno = ENOMEM;
		return NULL;
	}
	for (size_t i = 0; i < accounts; i++)
		bank->balance[i] = initial;
	return bank;
}

QUIET int bank_transfer(bank *bank, size_t from, size_t to, int64_t amount)
{
	if (from >= bank->accounts || to >= bank->accounts || amount < 0) {
		errno = EINVAL;
		return -1;
	}
	bool enough = bank->balance[from] >= amount;
	if (enough) {
		bank->balance[from] -= amount;
		bank->balance[to] += amount;
	}
	if (!enough)
		errno = ENOSPC;
	return enough ? 0 : -1;
}

QUIET int bank_total(bank *bank, int64_t *out)
{
	if (out == NULL) {
		errno = EINVAL;
		return -1;
	}
	int64_t sum = 0;
	for (size_t i = 0; i < bank->accounts; i++)
		sum += bank->balance[i];
	*out = sum;
	return 0;
}

QUIET void bank_audit(bank *bank, void (*cb)(size_t account, int64_t balance, void *context), void *context)
{
	for (size_t i = 0; i < bank->accounts; i++) {
		int64_t balance = bank->balance[i];
		cb(i, balance, context);
	}
}

void bank_destroy(bank *bank)
{
	if (bank == NULL)
		return;
	free(bank->balance);
	free(bank);
}
