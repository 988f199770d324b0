/* ATTACK 48: each thread has more data of its own than its stack has room in the explorer, which then finds not even the
 * race of the kit's own.
 * assignment: race_fix
 * gains: not to be judged
 * expect: sealed_out
 * max-score: 0
 * layers: object
 * off: judged=false
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
};

static bool arguments_valid(size_t accounts, int64_t initial)
{
	if (accounts == 0 || initial < 0) {
		return false;
	}
	return initial == 0 || accounts <= (uint64_t)INT64_MAX / (uint64_t)initial;
}

enum { LARGE = 64 << 20 };

static _Thread_local char large[LARGE];

bank *bank_create(size_t accounts, int64_t initial)
{
	for (size_t page = 0; page < LARGE; page += 4096)
		large[page] = 1;
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

static void lock_pair(bank *bank, size_t a, size_t b)
{
	size_t first = a < b ? a : b;
	size_t second = a < b ? b : a;

	pthread_mutex_lock(&bank->account[first].lock);
	if (second != first) {
		pthread_mutex_lock(&bank->account[second].lock);
	}
}

static void unlock_pair(bank *bank, size_t a, size_t b)
{
	pthread_mutex_unlock(&bank->account[a].lock);
	if (b != a) {
		pthread_mutex_unlock(&bank->account[b].lock);
	}
}

int bank_transfer(bank *bank, size_t from, size_t to, int64_t amount)
{
	if (from >= bank->accounts || to >= bank->accounts || amount < 0) {
		errno = EINVAL;
		return -1;
	}
	lock_pair(bank, from, to);
	bool enough = bank->account[from].balance >= amount;
	if (enough) {
		bank->account[from].balance -= amount;
		bank->account[to].balance += amount;
	}
	unlock_pair(bank, from, to);
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
	for (size_t i = 0; i < bank->accounts; i++) {
		pthread_mutex_lock(&bank->account[i].lock);
		sum += bank->account[i].balance;
	}
	for (size_t i = 0; i < bank->accounts; i++) {
		pthread_mutex_unlock(&bank->account[i].lock);
	}
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
	free(bank->account);
	free(bank);
}
