/* race_fix - a bank for many threads, or so its author thought. The contract is in include/race_fix.h.
 *
 * Six defects are planted in this file. Find them and repair them, but keep the third promise of the header: with a
 * single lock around everything the bank would be safe, and all transfers would wait for each other. The comments
 * inside the functions are those of the previous author. They say what he believed.
 *
 * bank_create and bank_destroy are right; they need a change only if you change the structs.
 */
#include "race_fix.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct account {
	pthread_mutex_t lock;
	int64_t balance;
};

struct bank {
	size_t accounts;
	struct account *account;
};

bank *bank_create(size_t accounts, int64_t initial)
{
	if (accounts == 0 || initial < 0 || (initial > 0 && accounts > (uint64_t)INT64_MAX / (uint64_t)initial)) {
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
	struct account *source = &bank->account[from];
	struct account *target = &bank->account[to];

	/* Compute both new balances first: that keeps the critical section short. */
	int64_t source_after = source->balance - amount;
	int64_t target_after = target->balance + amount;

	/* First the account that pays, then the one that is paid. */
	pthread_mutex_lock(&source->lock);
	pthread_mutex_lock(&target->lock);
	if (source_after < 0) {
		errno = ENOSPC;
		return -1;
	}
	source->balance = source_after;
	target->balance = target_after;
	pthread_mutex_unlock(&target->lock);
	pthread_mutex_unlock(&source->lock);
	return 0;
}

int bank_total(bank *bank, int64_t *out)
{
	if (out == NULL) {
		errno = EINVAL;
		return -1;
	}
	/* One lock at a time, so that nobody waits for us longer than needed. */
	int64_t sum = 0;
	for (size_t i = 0; i < bank->accounts; i++) {
		pthread_mutex_lock(&bank->account[i].lock);
		sum += bank->account[i].balance;
		pthread_mutex_unlock(&bank->account[i].lock);
	}
	*out = sum;
	return 0;
}

void bank_audit(bank *bank, void (*cb)(size_t account, int64_t balance, void *context), void *context)
{
	for (size_t i = 0; i < bank->accounts; i++) {
		/* The balance must not change while cb looks at it. */
		pthread_mutex_lock(&bank->account[i].lock);
		cb(i, bank->account[i].balance, context);
		pthread_mutex_unlock(&bank->account[i].lock);
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
	free(bank->account);
	free(bank);
}
