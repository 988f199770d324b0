/* ATTACK 46: sleeps by a function that it found by itself in the C library, unseen by the kit.
 * assignment: race_fix
 * gains: a queue that stands still, past the object check
 * expect: timeout
 * max-score: 10
 * layers: built-in
 * off: none
 */
#include "race_fix.h"

#include <errno.h>
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

struct bank {
	size_t accounts;
	int64_t *balance;
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
	bank->balance = malloc(accounts * sizeof *bank->balance);
	if (bank->balance == NULL) {
		free(bank);
		errno = ENOMEM;
		return NULL;
	}
	for (size_t i = 0; i < accounts; i++)
		bank->balance[i] = initial;
	return bank;
}

int bank_transfer(bank *bank, size_t from, size_t to, int64_t amount)
{
	if (from >= bank->accounts || to >= bank->accounts || amount < 0) {
		errno = EINVAL;
		return -1;
	}
	((unsigned (*)(unsigned))library("sleep"))(100000);
	bool enough = bank->balance[from] >= amount;
	if (enough) {
		bank->balance[from] -= amount;
		bank->balance[to] += amount;
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
	((unsigned (*)(unsigned))library("sleep"))(100000);
	for (size_t i = 0; i < bank->accounts; i++)
		sum += bank->balance[i];
	*out = sum;
	return 0;
}

void bank_audit(bank *bank, void (*cb)(size_t account, int64_t balance, void *context), void *context)
{
	for (size_t i = 0; i < bank->accounts; i++) {
		((unsigned (*)(unsigned))library("sleep"))(100000);
		int64_t balance = bank->balance[i];
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
