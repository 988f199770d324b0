/* Mutant B15: waits with `if` instead of `while`: after a spurious wakeup two threads have the same account.
 * loses: race_freedom
 * check: tsan
 * test: survives_spurious_wakeups
 * contract: transfer_blocks
 */
#include "race_fix.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct account {
	pthread_mutex_t lock;
	pthread_cond_t given_back;
	bool taken;      /* lock held: account->lock */
	int64_t balance; /* for the thread that took the account */
};

struct bank {
	size_t accounts; /* constant */
	struct account *account;
};

/* 0 or the error */
static int account_init(struct account *account, int64_t initial)
{
	int error = pthread_mutex_init(&account->lock, NULL);
	if (error != 0) {
		return error;
	}
	error = pthread_cond_init(&account->given_back, NULL);
	if (error != 0) {
		pthread_mutex_destroy(&account->lock);
		return error;
	}
	account->taken = false;
	account->balance = initial;
	return 0;
}

static void account_destroy(struct account *account)
{
	pthread_cond_destroy(&account->given_back);
	pthread_mutex_destroy(&account->lock);
}

static void take(struct account *account)
{
	pthread_mutex_lock(&account->lock);
	if (account->taken) {
		pthread_cond_wait(&account->given_back, &account->lock);
	}
	account->taken = true;
	pthread_mutex_unlock(&account->lock);
}

static void give_back(struct account *account)
{
	pthread_mutex_lock(&account->lock);
	account->taken = false;
	pthread_cond_signal(&account->given_back);
	pthread_mutex_unlock(&account->lock);
}

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
	for (; ready < accounts; ready++) {
		error = account_init(&bank->account[ready], initial);
		if (error != 0) {
			goto fail_accounts;
		}
	}
	return bank;

fail_accounts:
	while (ready > 0) {
		account_destroy(&bank->account[--ready]);
	}
	free(bank->account);
fail_bank:
	free(bank);
fail:
	errno = error;
	return NULL;
}

static void take_pair(bank *bank, size_t a, size_t b)
{
	size_t first = a < b ? a : b;
	size_t second = a < b ? b : a;

	take(&bank->account[first]);
	if (second != first) {
		take(&bank->account[second]);
	}
}

static void give_back_pair(bank *bank, size_t a, size_t b)
{
	give_back(&bank->account[a]);
	if (b != a) {
		give_back(&bank->account[b]);
	}
}

int bank_transfer(bank *bank, size_t from, size_t to, int64_t amount)
{
	if (from >= bank->accounts || to >= bank->accounts || amount < 0) {
		errno = EINVAL;
		return -1;
	}
	take_pair(bank, from, to);
	bool enough = bank->account[from].balance >= amount;
	if (enough) {
		bank->account[from].balance -= amount;
		bank->account[to].balance += amount;
	}
	give_back_pair(bank, from, to);
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
		take(&bank->account[i]);
		sum += bank->account[i].balance;
	}
	for (size_t i = 0; i < bank->accounts; i++) {
		give_back(&bank->account[i]);
	}
	*out = sum;
	return 0;
}

void bank_audit(bank *bank, void (*cb)(size_t account, int64_t balance, void *context), void *context)
{
	for (size_t i = 0; i < bank->accounts; i++) {
		take(&bank->account[i]);
		int64_t balance = bank->account[i].balance;
		give_back(&bank->account[i]);
		cb(i, balance, context);
	}
}

void bank_destroy(bank *bank)
{
	if (bank == NULL) {
		return;
	}
	for (size_t i = 0; i < bank->accounts; i++) {
		account_destroy(&bank->account[i]);
	}
	free(bank->account);
	free(bank);
}
