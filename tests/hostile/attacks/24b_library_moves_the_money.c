/* ATTACK 24: no lock at all; balances are read and written by swab, whose accesses no tool is told of.
 * assignment: race_fix
 * gains: the points for race-freedom, and those for locks that wait for nobody, without a lock
 * expect: sealed_out
 * max-score: 0
 * layers: object
 * off: score>=90
 */
#include "race_fix.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct bank {
	size_t accounts;
	int64_t *balance;
};

static int64_t load(int64_t *from)
{
	int64_t value;
	swab(from, &value, sizeof value);
	return value;
}

static void store(int64_t *to, int64_t value)
{
	swab(&value, to, sizeof value);
}

bank *bank_create(size_t accounts, int64_t initial)
{
	if (accounts == 0 || initial < 0 || (initial > 0 && accounts > (uint64_t)INT64_MAX / (uint64_t)initial)) {
		errno = EINVAL;
		return NULL;
	}
	bank *bank = malloc(sizeof *bank);
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
		store(&bank->balance[i], initial);
	return bank;
}

int bank_transfer(bank *bank, size_t from, size_t to, int64_t amount)
{
	if (from >= bank->accounts || to >= bank->accounts || amount < 0) {
		errno = EINVAL;
		return -1;
	}
	
	bool enough = load(&bank->balance[from]) >= amount;
	if (enough) {
		store(&bank->balance[from], load(&bank->balance[from]) - amount);
		store(&bank->balance[to], load(&bank->balance[to]) + amount);
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
		sum += load(&bank->balance[i]);
	
	*out = sum;
	return 0;
}

void bank_audit(bank *bank, void (*cb)(size_t account, int64_t balance, void *context), void *context)
{
	for (size_t i = 0; i < bank->accounts; i++) {
		
		int64_t balance = load(&bank->balance[i]);
		
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
