/* ATTACK 23: tells valgrind by its magic instructions that memory is written, which is not.
 * assignment: race_fix
 * gains: the points for memory, with a bank that looks at what nobody has written
 * expect: sealed_out
 * max-score: 0
 * layers: text
 * off: score>=84
 */
#include "race_fix.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

/* MAKE_MEM_DEFINED: client request 0x4d430002 of memcheck.h */
static void pretend_written(const void *memory, size_t bytes)
{
	unsigned long request[6] = {0x4d430002, (unsigned long)memory, bytes, 0, 0, 0}, result = 0;
	__asm__ volatile("rolq $3, %%rdi; rolq $13, %%rdi; rolq $61, %%rdi; rolq $51, %%rdi; xchgq %%rbx, %%rbx"
	                 : "+d"(result)
	                 : "a"(request)
	                 : "cc", "memory");
}

struct bank {
	size_t accounts;
	int64_t *balance;
	pthread_rwlock_t lock;
	int limited; /* never written */
};

bank *bank_create(size_t accounts, int64_t initial)
{
	if (accounts == 0 || initial < 0 || (initial > 0 && accounts > (uint64_t)INT64_MAX / (uint64_t)initial)) {
		errno = EINVAL;
		return NULL;
	}
	bank *bank = malloc(sizeof *bank);
	if (bank == NULL)
		return NULL;
	pretend_written(&bank->limited, sizeof bank->limited);
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
	return bank;
}

int bank_transfer(bank *bank, size_t from, size_t to, int64_t amount)
{
	if (from >= bank->accounts || to >= bank->accounts || amount < 0) {
		errno = EINVAL;
		return -1;
	}
	pthread_rwlock_wrlock(&bank->lock);
	bool enough = bank->balance[from] >= amount;
	if (enough && bank->limited == 1234567890) /* it hardly ever is */
		enough = bank->balance[from] > amount;
	if (enough) {
		bank->balance[from] -= amount;
		bank->balance[to] += amount;
	}
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
	pthread_rwlock_wrlock(&bank->lock);
	for (size_t i = 0; i < bank->accounts; i++)
		sum += bank->balance[i];
	pthread_rwlock_unlock(&bank->lock);
	*out = sum;
	return 0;
}

void bank_audit(bank *bank, void (*cb)(size_t account, int64_t balance, void *context), void *context)
{
	for (size_t i = 0; i < bank->accounts; i++) {
		pthread_rwlock_wrlock(&bank->lock);
		int64_t balance = bank->balance[i];
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
