/* ATTACK 30: atomic reads and writes without any order or lock: no race checker says a word, and updates are lost.
 * assignment: race_fix
 * gains: race-freedom points for a bank that loses money
 * expect: fail:no_balance_becomes_negative
 * max-score: 80
 * layers: built-in
 * off: none
 */
#include "race_fix.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

struct bank {
	size_t accounts;
	_Atomic int64_t *balance;
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
	bank->balance = malloc(accounts * sizeof *bank->balance);
	if (bank->balance == NULL) {
		free(bank);
		errno = ENOMEM;
		return NULL;
	}
	for (size_t i = 0; i < accounts; i++)
		bank->balance[i] = initial;
	return bank;
}

int bank_transfer(bank *bank, size_t from, size_t to, int64_t amount)
{
	if (from >= bank->accounts || to >= bank->accounts || amount < 0) {
		errno = EINVAL;
		return -1;
	}
	bool enough = atomic_load_explicit(&bank->balance[from], memory_order_relaxed) >= amount;
	if (enough) {
		atomic_store_explicit(&bank->balance[from],
		                      atomic_load_explicit(&bank->balance[from], memory_order_relaxed) - amount,
		                      memory_order_relaxed);
		atomic_store_explicit(&bank->balance[to],
		                      atomic_load_explicit(&bank->balance[to], memory_order_relaxed) + amount,
		                      memory_order_relaxed);
	}
	if (!enough)
		errno = ENOSPC;
	return enough ? 0 : -1;
}

int bank_total(bank *bank, int64_t *out)
{
	if (out == NULL) {
		errno = EINVAL;
		return -1;
	}
	int64_t sum = 0;
	for (size_t i = 0; i < bank->accounts; i++)
		sum += atomic_load_explicit(&bank->balance[i], memory_order_relaxed);
	*out = sum;
	return 0;
}

void bank_audit(bank *bank, void (*cb)(size_t account, int64_t balance, void *context), void *context)
{
	for (size_t i = 0; i < bank->accounts; i++) {
		int64_t balance = atomic_load_explicit(&bank->balance[i], memory_order_relaxed);
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
