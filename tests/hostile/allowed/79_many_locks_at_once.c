/* ALLOWED: a hundred read-write locks, all of them held by whoever adds up the balances.
 * assignment: race_fix
 */
#include "race_fix.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

enum { STRIPES = 100 }; /* account a is guarded by lock[a % STRIPES] */

struct bank {
	size_t accounts;
	int64_t *balance;
	pthread_rwlock_t lock[STRIPES];
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
	bank->balance = calloc(accounts, sizeof *bank->balance);
	if (bank->balance == NULL) {
		goto fail_bank;
	}
	for (size_t i = 0; i < accounts; i++) {
		bank->balance[i] = initial;
	}
	for (; ready < STRIPES; ready++) {
		error = pthread_rwlock_init(&bank->lock[ready], NULL);
		if (error != 0) {
			goto fail_locks;
		}
	}
	return bank;

fail_locks:
	while (ready > 0) {
		pthread_rwlock_destroy(&bank->lock[--ready]);
	}
	free(bank->balance);
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
	size_t a = from % STRIPES, b = to % STRIPES;
	size_t first = a < b ? a : b, second = a < b ? b : a;
	pthread_rwlock_wrlock(&bank->lock[first]);
	if (second != first) {
		pthread_rwlock_wrlock(&bank->lock[second]);
	}
	bool enough = bank->balance[from] >= amount;
	if (enough) {
		bank->balance[from] -= amount;
		bank->balance[to] += amount;
	}
	if (second != first) {
		pthread_rwlock_unlock(&bank->lock[second]);
	}
	pthread_rwlock_unlock(&bank->lock[first]);
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
	for (size_t i = 0; i < STRIPES; i++) {
		pthread_rwlock_rdlock(&bank->lock[i]);
	}
	for (size_t i = 0; i < bank->accounts; i++) {
		sum += bank->balance[i];
	}
	for (size_t i = 0; i < STRIPES; i++) {
		pthread_rwlock_unlock(&bank->lock[i]);
	}
	*out = sum;
	return 0;
}

void bank_audit(bank *bank, void (*cb)(size_t account, int64_t balance, void *context), void *context)
{
	for (size_t i = 0; i < bank->accounts; i++) {
		pthread_rwlock_rdlock(&bank->lock[i % STRIPES]);
		int64_t balance = bank->balance[i];
		pthread_rwlock_unlock(&bank->lock[i % STRIPES]);
		cb(i, balance, context);
	}
}

void bank_destroy(bank *bank)
{
	if (bank == NULL) {
		return;
	}
	for (size_t i = 0; i < STRIPES; i++) {
		pthread_rwlock_destroy(&bank->lock[i]);
	}
	free(bank->balance);
	free(bank);
}
