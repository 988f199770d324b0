/* ATTACK 24: no lock at all; balances travel as structs that are passed and returned by value, of which gcc tells no tool.
 * assignment: race_fix
 * gains: race-freedom points for a bank without a lock
 * expect: data_race
 * max-score: 40
 * layers: assembler
 * off: score>=90
 */
#include "race_fix.h"
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

struct money { int64_t cents; };
struct bank { size_t accounts; struct money *account; };

static struct money plus(struct money m, int64_t d) { m.cents += d; return m; }
static int64_t value(struct money m) { return m.cents; }

bank *bank_create(size_t accounts, int64_t initial)
{
	if (accounts == 0 || initial < 0 || (initial && accounts > (uint64_t)INT64_MAX / (uint64_t)initial)) {
		errno = EINVAL;
		return NULL;
	}
	bank *bank = malloc(sizeof *bank);
	if (!bank) { errno = ENOMEM; return NULL; }
	bank->accounts = accounts;
	bank->account = calloc(accounts, sizeof *bank->account);
	if (!bank->account) { free(bank); errno = ENOMEM; return NULL; }
	for (size_t i = 0; i < accounts; i++)
		bank->account[i] = plus((struct money){0}, initial);
	return bank;
}

int bank_transfer(bank *bank, size_t from, size_t to, int64_t amount)
{
	if (from >= bank->accounts || to >= bank->accounts || amount < 0) { errno = EINVAL; return -1; }
	if (value(bank->account[from]) < amount) { errno = ENOSPC; return -1; }
	bank->account[from] = plus(bank->account[from], -amount);
	bank->account[to] = plus(bank->account[to], amount);
	return 0;
}

int bank_total(bank *bank, int64_t *out)
{
	if (!out) { errno = EINVAL; return -1; }
	int64_t sum = 0;
	for (size_t i = 0; i < bank->accounts; i++)
		sum += value(bank->account[i]);
	*out = sum;
	return 0;
}

void bank_audit(bank *bank, void (*cb)(size_t, int64_t, void *), void *context)
{
	for (size_t i = 0; i < bank->accounts; i++)
		cb(i, value(bank->account[i]), context);
}

void bank_destroy(bank *bank)
{
	if (!bank) return;
	free(bank->account);
	free(bank);
}
