/* Mutant B9: one lock for the whole bank, also held while the callback runs.
 * loses: design
 * check: criterion
 * test: callback_runs_without_any_lock, disjoint_transfers_do_not_wait
 * contract: no_lock_in_cb
 */
#include "race_fix.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct account {
	int64_t balance; /* lock held: bank->lock */
};

struct bank {
	size_t accounts; /* constant */
	pthread_mutex_t lock;
	struct account *account;
};

static bool arguments_valid(size_t accounts, int64_t initial)
{
	if (accounts == 0 || initial < 0) {
		return false;
	}
	return initial == 0 || accounts <= (uint64_t)INT64_MAX / (uint64_t)initial;
}

bank *bank_create(size_t accounts, int64_t initial)
{
	if (!arguments_valid(accounts, initial)) {
		errno = EINVAL;
		return NULL;
	}
	int error = ENOMEM;
	bank *bank = malloc(sizeof *bank);
	if (bank == NULL) {
		goto fail;
	}
	bank->accounts = accounts;
	bank->account = calloc(accounts, sizeof *bank->account);
	if (bank->account == NULL) {
		goto fail_bank;
	}
	error = pthread_mutex_init(&bank->lock, NULL);
	if (error != 0) {
		goto fail_accounts;
	}
	for (size_t i = 0; i < accounts; i++) {
		bank->account[i].balance = initial;
	}
	return bank;

fail_accounts:
	free(bank->account);
fail_bank:
	free(bank);
fail:
	errno = error;
	return NULL;
}

int bank_transfer(bank *bank, size_t from, size_t to, int64_t amount)
{
	if (from >= bank->accounts || to >= bank->accounts || amount < 0) {
		errno = EINVAL;
		return -1;
	}
	pthread_mutex_lock(&bank->lock);
	bool enough = bank->account[from].balance >= amount;
	if (enough) {
		bank->account[from].balance -= amount;
		bank->account[to].balance += amount;
	}
	pthread_mutex_unlock(&bank->lock);
	if (!enough) {
		errno = ENOSPC;
		return -1;
	}
	return 0;
}

int bank_total(bank *bank, int64_t *out)
{
	if (out == NULL) {
		errno = EINVAL;
		return -1;
	}
	int64_t sum = 0;
	pthread_mutex_lock(&bank->lock);
	for (size_t i = 0; i < bank->accounts; i++) {
		sum += bank->account[i].balance;
	}
	pthread_mutex_unlock(&bank->lock);
	*out = sum;
	return 0;
}

void bank_audit(bank *bank, void (*cb)(size_t account, int64_t balance, void *context), void *context)
{
	pthread_mutex_lock(&bank->lock);
	for (size_t i = 0; i < bank->accounts; i++) {
		cb(i, bank->account[i].balance, context);
	}
	pthread_mutex_unlock(&bank->lock);
}

void bank_destroy(bank *bank)
{
	if (bank == NULL) {
		return;
	}
	pthread_mutex_destroy(&bank->lock);
	free(bank->account);
	free(bank);
}
