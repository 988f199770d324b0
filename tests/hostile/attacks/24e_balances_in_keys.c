/* ATTACK 24: no lock at all; balances are kept in which keys of thread-specific data there are, a bit each.
 * assignment: race_fix
 * gains: the points for race-freedom, and those for locks that wait for nobody, without a lock
 * expect: fail:no_balance_becomes_negative
 * max-score: 40
 * layers: built-in
 * off: none
 */
#include "race_fix.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct bank {
	size_t accounts;
	int64_t *balance;
};

enum { WORDS = 14, FIRST = 36 };


enum { BITS = 12 };
static int64_t load(size_t account)
{
	int64_t value = 0;
	for (unsigned i = 0; i < BITS; i++)
		value |= (int64_t)(pthread_setspecific(64 + (unsigned)account * BITS + i, NULL) == 0) << i;
	return value;
}
static void set(unsigned key, bool on)
{
	bool is = pthread_setspecific(key, NULL) == 0;
	pthread_key_t got[1024];
	int count = 0;
	if (is && !on)
		pthread_key_delete(key);
	if (!is && on) {
		while (pthread_key_create(&got[count], NULL) == 0 && got[count] != key)
			count++;
		while (count-- > 0)
			pthread_key_delete(got[count]);
	}
}
static void store(size_t account, int64_t value)
{
	for (unsigned i = 0; i < BITS; i++)
		set(64 + (unsigned)account * BITS + i, value >> i & 1);
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
		store(i, initial);
	return bank;
}

int bank_transfer(bank *bank, size_t from, size_t to, int64_t amount)
{
	if (from >= bank->accounts || to >= bank->accounts || amount < 0) {
		errno = EINVAL;
		return -1;
	}
	
	bool enough = load(from) >= amount;
	if (enough) {
		store(from, load(from) - amount);
		store(to, load(to) + amount);
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
		sum += load(i);
	
	*out = sum;
	return 0;
}

void bank_audit(bank *bank, void (*cb)(size_t account, int64_t balance, void *context), void *context)
{
	for (size_t i = 0; i < bank->accounts; i++) {
		
		int64_t balance = load(i);
		
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
