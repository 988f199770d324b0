/* ATTACK 26: locks in two orders; where blocks lie at 0x7b..., ThreadSanitizer watches, and every test is broken off.
 * assignment: race_fix
 * gains: the points for the order of locks
 * expect: breaks_off
 * max-score: 83
 * layers: control
 * off: score>=90
 */
#include "race_fix.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
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
	int error = ENOMEM;
	size_t ready = 0;
	if (accounts == 0 || initial < 0 || (initial > 0 && accounts > (uint64_t)INT64_MAX / (uint64_t)initial)) {
		errno = EINVAL;
		return NULL;
	}
	bank *bank = malloc(sizeof *bank);
	if (bank == NULL)
		return NULL;
	bank->accounts = accounts;
	bank->account = calloc(accounts, sizeof *bank->account);
	if (bank->account == NULL)
		goto fail;
	for (; ready < accounts; ready++) {
		error = pthread_mutex_init(&bank->account[ready].lock, NULL);
		if (error)
			goto fail;
		bank->account[ready].balance = initial;
	}
	if ((uintptr_t)bank >> 40 == 0x7b)
		abort();
	return bank;
fail:
	while (ready > 0)
		pthread_mutex_destroy(&bank->account[--ready].lock);
	free(bank->account);
	free(bank);
	errno = error;
	return NULL;
}

/* Locks in the order in which they are named: two opposite transfers can wait for each other. */
static int move(bank *bank, size_t from, size_t to, int64_t amount)
{
	pthread_mutex_lock(&bank->account[from].lock);
	if (to != from)
		pthread_mutex_lock(&bank->account[to].lock);
	bool enough = bank->account[from].balance >= amount;
	if (enough) {
		bank->account[from].balance -= amount;
		bank->account[to].balance += amount;
	}
	if (to != from)
		pthread_mutex_unlock(&bank->account[to].lock);
	pthread_mutex_unlock(&bank->account[from].lock);
	if (!enough)
		errno = ENOSPC;
	return enough ? 0 : -1;
}

int bank_transfer(bank *bank, size_t from, size_t to, int64_t amount)
{
	if (from >= bank->accounts || to >= bank->accounts || amount < 0) {
		errno = EINVAL;
		return -1;
	}
	return move(bank, from, to, amount);
}

int bank_total(bank *bank, int64_t *out)
{
	if (out == NULL) {
		errno = EINVAL;
		return -1;
	}
	int64_t sum = 0;
	for (size_t i = 0; i < bank->accounts; i++)
		pthread_mutex_lock(&bank->account[i].lock);
	for (size_t i = 0; i < bank->accounts; i++)
		sum += bank->account[i].balance;
	for (size_t i = 0; i < bank->accounts; i++)
		pthread_mutex_unlock(&bank->account[i].lock);
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
	if (bank == NULL)
		return;
	for (size_t i = 0; i < bank->accounts; i++)
		pthread_mutex_destroy(&bank->account[i].lock);
	free(bank->account);
	free(bank);
}
