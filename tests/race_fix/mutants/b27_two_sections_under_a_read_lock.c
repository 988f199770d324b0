/* Mutant B27: debit and credit are two critical sections; a read lock round both keeps only totals out.
 * loses: correctness
 * check: explore
 * test: any_small_client
 * contract: transfer_atomic
 */
#include "race_fix.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct account {
	pthread_mutex_t lock;
	int64_t balance; /* lock held: account->lock */
};

struct bank {
	size_t accounts; /* constant */
	struct account *account;
	pthread_rwlock_t moving; /* read: transfers; write: a total */
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
	size_t ready = 0;
	bank *bank = malloc(sizeof *bank);
	if (bank == NULL) {
		goto fail;
	}
	bank->accounts = accounts;
	bank->account = calloc(accounts, sizeof *bank->account);
	if (bank->account == NULL) {
		goto fail_bank;
	}
	error = pthread_rwlock_init(&bank->moving, NULL);
	if (error != 0) {
		goto fail_moving;
	}
	for (; ready < accounts; ready++) {
		error = pthread_mutex_init(&bank->account[ready].lock, NULL);
		if (error != 0) {
			goto fail_accounts;
		}
		bank->account[ready].balance = initial;
	}
	return bank;

fail_accounts:
	while (ready > 0) {
		pthread_mutex_destroy(&bank->account[--ready].lock);
	}
	pthread_rwlock_destroy(&bank->moving);
fail_moving:
	free(bank->account);
fail_bank:
	free(bank);
fail:
	errno = error;
	return NULL;
}

/* Whether the account could take the change. */
static bool change(struct account *account, int64_t by)
{
	pthread_mutex_lock(&account->lock);
	bool possible = account->balance + by >= 0;
	if (possible) {
		account->balance += by;
	}
	pthread_mutex_unlock(&account->lock);
	return possible;
}

int bank_transfer(bank *bank, size_t from, size_t to, int64_t amount)
{
	if (from >= bank->accounts || to >= bank->accounts || amount < 0) {
		errno = EINVAL;
		return -1;
	}
	pthread_rwlock_rdlock(&bank->moving);
	bool enough = change(&bank->account[from], -amount);
	if (enough) {
		change(&bank->account[to], amount);
	}
	pthread_rwlock_unlock(&bank->moving);
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
	pthread_rwlock_wrlock(&bank->moving);
	for (size_t i = 0; i < bank->accounts; i++) {
		sum += bank->account[i].balance;
	}
	pthread_rwlock_unlock(&bank->moving);
	*out = sum;
	return 0;
}

void bank_audit(bank *bank, void (*cb)(size_t account, int64_t balance, void *context), void *context)
{
	for (size_t i = 0; i < bank->accounts; i++) {
		pthread_mutex_lock(&bank->account[i].lock);
		int64_t balance = bank->account[i].balance;
		pthread_mutex_unlock(&bank->account[i].lock);
		cb(i, balance, context);
	}
}

void bank_destroy(bank *bank)
{
	if (bank == NULL) {
		return;
	}
	for (size_t i = 0; i < bank->accounts; i++) {
		pthread_mutex_destroy(&bank->account[i].lock);
	}
	pthread_rwlock_destroy(&bank->moving);
	free(bank->account);
	free(bank);
}
