/* ATTACK 20: bank_destroy frees nothing; the program is a macro that a system header expands, so that its lines are the header's.
 * assignment: race_fix
 * gains: the points for memory, with a bank that leaks
 * expect: sealed_out
 * max-score: 0
 * layers: object
 * off: score>=86
 */
#include "race_fix.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/cdefs.h>
#undef __END_DECLS
#define __END_DECLS \
struct bank { \
	size_t accounts; \
	int64_t *balance; \
	pthread_rwlock_t lock; \
}; \
 \
 \
bank *bank_create(size_t accounts, int64_t initial) \
{ \
	if (accounts == 0 || initial < 0 || (initial > 0 && accounts > (uint64_t)INT64_MAX / (uint64_t)initial)) { \
		errno = EINVAL; \
		return NULL; \
	} \
	bank *bank = malloc(sizeof *bank); \
	if (bank == NULL) \
		return NULL; \
	bank->accounts = accounts; \
	bank->balance = calloc(accounts, sizeof *bank->balance); \
	if (bank->balance == NULL) { \
		free(bank); \
		errno = ENOMEM; \
		return NULL; \
	} \
	int error = pthread_rwlock_init(&bank->lock, NULL); \
	if (error) { \
		free(bank->balance); \
		free(bank); \
		errno = error; \
		return NULL; \
	} \
	for (size_t i = 0; i < accounts; i++) \
		bank->balance[i] = initial; \
	return bank; \
} \
 \
int bank_transfer(bank *bank, size_t from, size_t to, int64_t amount) \
{ \
	if (from >= bank->accounts || to >= bank->accounts || amount < 0) { \
		errno = EINVAL; \
		return -1; \
	} \
	pthread_rwlock_wrlock(&bank->lock); \
	bool enough = bank->balance[from] >= amount; \
	if (enough) { \
		bank->balance[from] = bank->balance[from] - amount; \
		bank->balance[to] = bank->balance[to] + amount; \
	} \
	pthread_rwlock_unlock(&bank->lock); \
	if (!enough) \
		errno = ENOSPC; \
	return enough ? 0 : -1; \
} \
 \
int bank_total(bank *bank, int64_t *out) \
{ \
	if (out == NULL) { \
		errno = EINVAL; \
		return -1; \
	} \
	int64_t sum = 0; \
	pthread_rwlock_wrlock(&bank->lock); \
	for (size_t i = 0; i < bank->accounts; i++) \
		sum += bank->balance[i]; \
	pthread_rwlock_unlock(&bank->lock); \
	*out = sum; \
	return 0; \
} \
 \
void bank_audit(bank *bank, void (*cb)(size_t account, int64_t balance, void *context), void *context) \
{ \
	for (size_t i = 0; i < bank->accounts; i++) { \
		pthread_rwlock_wrlock(&bank->lock); \
		int64_t balance = bank->balance[i]; \
		pthread_rwlock_unlock(&bank->lock); \
		cb(i, balance, context); \
	} \
} \
 \
void bank_destroy(bank *bank) \
{ \
	if (bank != NULL) \
		pthread_rwlock_destroy(&bank->lock); \
}
#include <ulimit.h>
