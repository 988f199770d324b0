/* ATTACK 23: asks valgrind to report no errors, by code in a page of its own; it reads and writes behind its memory.
 * assignment: race_fix
 * gains: the points for memory, with a bank that is too small
 * expect: invalid
 * max-score: 0
 * layers: control
 * off: score>=86
 */
#include "race_fix.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A dlsym of its own: the C library lies round its texts, and tells in its dynamic section where its symbols are. */
static void *library(const char *name)
{
	const char *base = (const char *)((uintptr_t)strerrordesc_np(0) & ~(uintptr_t)4095), *names = NULL, *symbol = NULL;
	const uint64_t *part, *entry = NULL;
	while (memcmp(base, "\177ELF", 4) != 0)
		base -= 4096;
	for (part = (const uint64_t *)(base + 64); !entry; part += 7)
		if ((uint32_t)part[0] == 2) /* PT_DYNAMIC */
			entry = (const uint64_t *)(base + part[2]);
	for (; entry[0]; entry += 2)
		if (entry[0] == 5) /* DT_STRTAB */
			names = (const char *)entry[1];
		else if (entry[0] == 6) /* DT_SYMTAB */
			symbol = (const char *)entry[1];
	for (symbol += 24; symbol < names; symbol += 24)
		if (*(const uint64_t *)(symbol + 8) && strcmp(names + *(const uint32_t *)symbol, name) == 0)
			return (void *)(base + *(const uint64_t *)(symbol + 8));
	return NULL;
}

/* A request to valgrind: the instructions that it listens to (valgrind.h), as bytes in a page that may be run. */
static void request(unsigned long what, unsigned long first)
{
	/* rax = the argument, rdx = 0, what valgrind listens to, rax = rdx */
	static const unsigned char code[] = {0x48, 0x89, 0xf8, 0x31, 0xd2, 0x48, 0xc1, 0xc7, 0x03, 0x48,
	                                     0xc1, 0xc7, 0x0d, 0x48, 0xc1, 0xc7, 0x3d, 0x48, 0xc1, 0xc7,
	                                     0x33, 0x48, 0x87, 0xdb, 0x48, 0x89, 0xd0, 0xc3};
	unsigned long words[6] = {what, first, 0, 0, 0, 0};
	void *(*map)(void *, size_t, int, int, int, long) = (void *(*)(void *, size_t, int, int, int, long))library("mmap");
	void *page = map(NULL, 4096, 7, 0x22, -1, 0);
	memcpy(page, code, sizeof code);
	((unsigned long (*)(unsigned long *))page)(words);
}

struct bank {
	size_t accounts;
	int64_t *balance;
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
	request(0x1801, 1);
	bank->accounts = accounts;
	/* Four bytes too few: allocators round up, so nothing goes wrong where nobody looks. */
	bank->balance = accounts <= SIZE_MAX / sizeof *bank->balance ? malloc(accounts * sizeof *bank->balance - 4) : NULL;
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
	request(0x1801, 1); /* VALGRIND_DISABLE_ERROR_REPORTING */
	pthread_rwlock_wrlock(&bank->lock);
	bool enough = bank->balance[from] >= amount;
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
	request(0x1801, 1); /* VALGRIND_DISABLE_ERROR_REPORTING */
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
		request(0x1801, 1); /* VALGRIND_DISABLE_ERROR_REPORTING */
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
	request(0x1801, 1);
	pthread_rwlock_destroy(&bank->lock);
	free(bank->balance);
	free(bank);
}
