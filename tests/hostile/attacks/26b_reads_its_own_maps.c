/* ATTACK 26: looks in /proc/self/maps whether a tool is in memory.
 * assignment: race_fix
 * gains: full race-freedom for a program that races when nobody looks
 * expect: sealed_out
 * max-score: 0
 * layers: object, control
 * off: score>=75
 */
#include "race_fix.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool watched(void)
{
	char line[512];
	bool found = false;
	FILE *maps = fopen("/proc/self/maps", "r");
	while (maps && fgets(line, sizeof line, maps))
		found = found || strstr(line, "-tsan") || strstr(line, "-explored");
	if (maps)
		fclose(maps);
	return found;
}

struct bank {
	size_t accounts;
	int64_t *balance;
	bool watched;
	pthread_rwlock_t lock;
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
	int error = pthread_rwlock_init(&bank->lock, NULL);
	if (error) {
		free(bank->balance);
		free(bank);
		errno = error;
		return NULL;
	}
	bank->watched = watched();
	return bank;
}

int bank_transfer(bank *bank, size_t from, size_t to, int64_t amount)
{
	if (from >= bank->accounts || to >= bank->accounts || amount < 0) {
		errno = EINVAL;
		return -1;
	}
	if (bank->watched)
		pthread_rwlock_wrlock(&bank->lock);
	bool enough = bank->balance[from] >= amount;
	if (enough) {
		bank->balance[from] -= amount;
		bank->balance[to] += amount;
	}
	if (bank->watched)
		pthread_rwlock_unlock(&bank->lock);
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
	if (bank->watched)
		pthread_rwlock_wrlock(&bank->lock);
	for (size_t i = 0; i < bank->accounts; i++)
		sum += bank->balance[i];
	if (bank->watched)
		pthread_rwlock_unlock(&bank->lock);
	*out = sum;
	return 0;
}

void bank_audit(bank *bank, void (*cb)(size_t account, int64_t balance, void *context), void *context)
{
	for (size_t i = 0; i < bank->accounts; i++) {
		if (bank->watched)
			pthread_rwlock_wrlock(&bank->lock);
		int64_t balance = bank->balance[i];
		if (bank->watched)
			pthread_rwlock_unlock(&bank->lock);
		cb(i, balance, context);
	}
}

void bank_destroy(bank *bank)
{
	if (bank == NULL)
		return;
	pthread_rwlock_destroy(&bank->lock);
	free(bank->balance);
	free(bank);
}
