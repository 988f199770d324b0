/* race_fix.h - a bank: accounts with balances, used by many threads at once.
 *
 * The bank keeps three promises, however many threads call it:
 *   - money is neither made nor lost: the balances always add up to accounts * initial;
 *   - no balance is ever negative;
 *   - transfers on disjoint accounts do not wait for each other. A transfer between accounts 0 and 1 that has
 *     stopped half-way (it was preempted, say) does not delay one between 2 and 3. So no lock is held exclusively
 *     by every transfer. A lock that all of them may hold at the same time, like a read lock, is fine.
 * A transfer may wait for one that has an account in common with it, and for a total or an audit that is being taken.
 * Waiting is not polling: a thread that cannot go on sleeps until another one lets it.
 *
 * Functions that fail return -1 (bank_create: NULL), set errno and leave everything as it was: no memory and no
 * lock is kept. Unless stated otherwise `bank` is not NULL. No function prints anything, ends the process, or
 * starts a thread.
 */
#ifndef RACE_FIX_H
#define RACE_FIX_H

#include <stddef.h>
#include <stdint.h>

typedef struct bank bank;

/* A bank with `accounts` accounts, numbered from 0, each with `initial` on it.
 * Returns the bank; the caller owns it and gives it to bank_destroy.
 * NULL: EINVAL  `accounts` is 0, `initial` is negative, or accounts * initial does not fit in an int64_t
 *       ENOMEM  memory (or a lock) cannot be had
 * MT: safe. Blocks: no. */
bank *bank_create(size_t accounts, int64_t initial);

/* Moves `amount` from account `from` to account `to`. There is no instant at which the amount is on neither of
 * the two, or on both. from == to is allowed: the checks are the same, and nothing changes. So is an amount of 0.
 * Returns 0.
 * -1: EINVAL  no such account, or `amount` is negative
 *     ENOSPC  there is less than `amount` on `from`
 * MT: safe. Blocks: for a short time, while another thread uses one of the two accounts; never for ever. */
int bank_transfer(bank *bank, size_t from, size_t to, int64_t amount);

/* Stores in *out the sum of all balances at one instant during the call (a snapshot).
 * Returns 0.
 * -1: EINVAL  `out` is NULL
 * MT: safe. Blocks: as bank_transfer. */
int bank_total(bank *bank, int64_t *out);

/* Calls cb(account, balance, context) once for each account, in the order of their numbers, in the calling thread.
 * Each balance is the one that its account had at some instant during the call; that need not be the same instant
 * for all. cb runs without any lock held: it may take its time, it may call every function of this header except
 * bank_destroy, and it may wait for other threads that do so. `cb` is not NULL. Cannot fail.
 * MT: safe. Blocks: as bank_transfer, and as long as cb does. */
void bank_audit(bank *bank, void (*cb)(size_t account, int64_t balance, void *context), void *context);

/* Gives back everything. NULL is allowed and does nothing.
 * MT: not: no other thread uses the bank, now or later. Blocks: no. */
void bank_destroy(bank *bank);

#endif
