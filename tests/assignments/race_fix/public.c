/* The public tests of race_fix. Read them: they show what the contract in race_fix.h means. */
#include "kit.h"
#include "race_fix.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* ---- what is on the accounts ---------------------------------------------------------------- */

enum { MOST = 8 };

struct balances {
	size_t count;         /* calls of note_balance */
	size_t account[MOST]; /* in the order of the calls */
	int64_t balance[MOST];
	pthread_t thread; /* of the last call */
};

static void note_balance(size_t account, int64_t balance, void *context)
{
	struct balances *balances = context;

	if (balances->count < MOST) {
		balances->account[balances->count] = account;
		balances->balance[balances->count] = balance;
	}
	balances->count++;
	balances->thread = pthread_self();
}

static int64_t balance_of(bank *bank, size_t account)
{
	struct balances balances = {0};

	bank_audit(bank, note_balance, &balances);
	return balances.balance[account];
}

/* ---- calls in threads of their own ---------------------------------------------------------- */

/* A call of bank_transfer or, if `total` says so, of bank_total, made in a thread of its own. */
struct call {
	bank *bank;
	bool total;
	size_t from, to;
	int64_t amount;
	int result, error;
	int64_t sum;         /* what bank_total stored */
	atomic_int returned; /* accessed relaxed: it must not order the submission's own accesses for ThreadSanitizer */
	pthread_t thread;
};

static void *make_call(void *argument)
{
	struct call *call = argument;

	errno = 0;
	if (call->total) {
		call->result = bank_total(call->bank, &call->sum);
	} else {
		call->result = bank_transfer(call->bank, call->from, call->to, call->amount);
	}
	call->error = errno;
	atomic_store_explicit(&call->returned, 1, memory_order_relaxed);
	return NULL;
}

static void start(struct call *call)
{
	cr_assert(eq(int, pthread_create(&call->thread, NULL, make_call, call), 0), "the test can start a thread");
}

static void finish(struct call *call)
{
	pthread_join(call->thread, NULL);
}

/* Where the first of several calls is stopped. Designs make different calls of the library, in different numbers: a
 * test goes through all the stops, and where a call has no such place it just runs to its end. */
static const struct {
	enum kit_op op;
	unsigned nth;
	const char *name;
} stops[] = {
    {KIT_LOCK, 1, "its 1st lock"},         {KIT_UNLOCK, 1, "its 1st unlock"},     {KIT_LOCK, 2, "its 2nd lock"},
    {KIT_UNLOCK, 2, "its 2nd unlock"},     {KIT_LOCK, 3, "its 3rd lock"},         {KIT_UNLOCK, 3, "its 3rd unlock"},
    {KIT_SEM_WAIT, 1, "its 1st sem_wait"}, {KIT_SEM_POST, 1, "its 1st sem_post"},
};

/* The explorer finds the other stops by itself. */
static unsigned stop_count(void)
{
	return kit_n(sizeof stops / sizeof stops[0], 1);
}

static const char *stop_name(unsigned stop)
{
	return kit_n(1, 0) ? stops[stop].name : "some step";
}

/* Starts `call` and lets it run until it is parked right after stops[stop] or has returned. The gate is for this
 * call only: where it has no such place, the gate is opened here, so that no other call is stopped instead. */
static struct kit_gate *start_and_stop(struct call *call, unsigned stop)
{
	struct kit_gate *gate = gate_after(stops[stop].op, stops[stop].nth);

	start(call);
	kit_let_others_run();
	if (!gate_reached(gate)) {
		gate_open(gate);
	}
	return gate;
}

/* Under the explorer nothing is stopped and nobody waits for the others to go first: the calls run side by side, and it
 * tries their orders. NULL then. */
static struct kit_gate *start_first(struct call *call, unsigned stop)
{
	if (kit_n(1, 0)) {
		return start_and_stop(call, stop);
	}
	start(call);
	return NULL;
}

static void start_meanwhile(struct call *call)
{
	start(call);
	if (kit_n(1, 0)) {
		kit_let_others_run();
	}
}

static void let_go(struct kit_gate *gate)
{
	if (gate != NULL) {
		gate_open(gate);
	}
}

/* ---- tests ---------------------------------------------------------------------------------- */

KIT_TEST(race_fix, transfer_moves_money)
{
	bank *bank = bank_create(3, 100);
	cr_assert(ne(ptr, bank, NULL), "bank_create(3, 100) gives a bank");

	cr_assert(eq(int, bank_transfer(bank, 0, 2, 30), 0), "result of a transfer of 30 of 100");
	cr_assert(eq(int, bank_transfer(bank, 1, 2, 0), 0), "result of a transfer of an amount of 0");
	cr_assert(eq(i64, balance_of(bank, 0), 70), "balance of account 0 after it paid 30 of 100");
	cr_assert(eq(i64, balance_of(bank, 1), 100), "balance of account 1 after it paid 0 of 100");
	cr_assert(eq(i64, balance_of(bank, 2), 130), "balance of account 2 after it got 30 to its 100");

	int64_t total = 0;
	cr_assert(eq(int, bank_total(bank, &total), 0), "bank_total succeeds");
	cr_assert(eq(i64, total, 300), "total of 3 accounts that began with 100 each");
	bank_destroy(bank);
	bank_destroy(NULL);
}

KIT_TEST(race_fix, audit_reports_every_account_once)
{
	bank *bank = bank_create(5, 7);
	cr_assert(ne(ptr, bank, NULL), "bank_create(5, 7) gives a bank");

	struct balances seen = {0};
	bank_audit(bank, note_balance, &seen);
	cr_assert(eq(sz, seen.count, 5), "calls of the callback for 5 accounts");
	for (size_t i = 0; i < 5; i++) {
		cr_assert(eq(sz, seen.account[i], i), "accounts are reported in the order of their numbers");
		cr_assert(eq(i64, seen.balance[i], 7), "balance reported for account %zu", i);
	}
	cr_assert(pthread_equal(seen.thread, pthread_self()), "the callback runs in the thread that called bank_audit");
	bank_destroy(bank);
}

/* Threads that use the bank together. ThreadSanitizer watches this one in particular. */
struct shared_use {
	bank *bank;
	size_t account;
	unsigned rounds;
	pthread_t thread;
};

static void *pay_the_next(void *argument)
{
	struct shared_use *use = argument;

	for (unsigned i = 0; i < use->rounds; i++) {
		bank_transfer(use->bank, use->account, use->account + 1, 1);
	}
	return NULL;
}

static void *take_totals(void *argument)
{
	struct shared_use *use = argument;

	for (unsigned i = 0; i < use->rounds; i++) {
		int64_t total;
		bank_total(use->bank, &total);
	}
	return NULL;
}

static void *take_audits(void *argument)
{
	struct shared_use *use = argument;

	for (unsigned i = 0; i < use->rounds; i++) {
		struct balances balances = {0};
		bank_audit(use->bank, note_balance, &balances);
	}
	return NULL;
}

KIT_TEST(race_fix, money_is_conserved)
{
	/* Accounts 0, 1 and 2 each pay account number + 1, again and again, while two threads look at everything. */
	void *(*const job[])(void *) = {take_totals, pay_the_next, pay_the_next, pay_the_next, take_audits};
	enum { JOBS = sizeof job / sizeof job[0] };
	int64_t rounds = kit_n(20, 1);
	struct shared_use use[JOBS];
	bank *bank = bank_create(4, 1000);

	for (size_t i = 0; i < JOBS; i++) {
		use[i] = (struct shared_use){.bank = bank, .account = i - 1, .rounds = (unsigned)rounds};
		pthread_create(&use[i].thread, NULL, job[i], &use[i]);
	}
	for (size_t i = 0; i < JOBS; i++) {
		pthread_join(use[i].thread, NULL);
	}
	cr_assert(eq(i64, balance_of(bank, 0), 1000 - rounds), "balance of account 0, which only paid");
	cr_assert(eq(i64, balance_of(bank, 1), 1000), "balance of account 1, which got as much as it paid");
	cr_assert(eq(i64, balance_of(bank, 2), 1000), "balance of account 2, which got as much as it paid");
	cr_assert(eq(i64, balance_of(bank, 3), 1000 + rounds), "balance of account 3, which only got");
	bank_destroy(bank);

	/* And with a transfer stopped half-way, while two others use its accounts. */
	for (unsigned stop = 0; stop < stop_count(); stop++) {
		bank = bank_create(3, 100);
		struct call stopped = {.bank = bank, .from = 0, .to = 1, .amount = 10};
		struct call same_target = {.bank = bank, .from = 2, .to = 1, .amount = 30};
		struct call same_source = {.bank = bank, .from = 0, .to = 2, .amount = 5};
		struct kit_gate *gate = start_first(&stopped, stop);

		start_meanwhile(&same_target);
		start_meanwhile(&same_source);
		let_go(gate);
		finish(&stopped);
		finish(&same_target);
		finish(&same_source);
		cr_assert(eq(i64, balance_of(bank, 0), 85),
		          "balance of account 0, which paid 10 and 5 of 100; the transfer of 10 was stopped after %s",
		          stop_name(stop));
		cr_assert(eq(i64, balance_of(bank, 1), 140),
		          "balance of account 1, which got 10 and 30 to its 100; the transfer of 10 was stopped after %s",
		          stop_name(stop));
		cr_assert(eq(i64, balance_of(bank, 2), 75),
		          "balance of account 2, which paid 30 of 100 and got 5; a transfer from 0 to 1 was stopped after %s",
		          stop_name(stop));
		bank_destroy(bank);
	}
}

KIT_TEST(race_fix, no_balance_becomes_negative)
{
	for (unsigned stop = 0; stop < stop_count(); stop++) {
		bank *bank = bank_create(3, 100);
		struct call stopped = {.bank = bank, .from = 0, .to = 1, .amount = 100};
		struct call other = {.bank = bank, .from = 0, .to = 2, .amount = 100};
		struct kit_gate *gate = start_first(&stopped, stop);

		start_meanwhile(&other);
		let_go(gate);
		finish(&stopped);
		finish(&other);
		int succeeded = (stopped.result == 0) + (other.result == 0);
		cr_assert(eq(int, succeeded, 1),
		          "two transfers of 100 from an account with 100; one was stopped after %s, the other came meanwhile",
		          stop_name(stop));
		int error = stopped.result == 0 ? other.error : stopped.error;
		cr_assert(eq(int, error, ENOSPC), "errno of the transfer that came too late");
		bank_destroy(bank);
	}
}

KIT_TEST(race_fix, opposite_transfers_finish)
{
	/* One after the other first: nothing can go wrong, but ThreadSanitizer sees in which order locks are taken. */
	bank *bank = bank_create(2, 100);
	struct call there = {.bank = bank, .from = 0, .to = 1, .amount = 10};
	struct call back = {.bank = bank, .from = 1, .to = 0, .amount = 10};
	struct call total = {.bank = bank, .total = true};
	start(&there);
	finish(&there);
	start(&back);
	finish(&back);
	start(&total);
	finish(&total);
	bank_destroy(bank);

	for (unsigned stop = 0; stop < stop_count(); stop++) {
		bank = bank_create(2, 100);
		struct call stopped = {.bank = bank, .from = 0, .to = 1, .amount = 10};
		struct call opposite = {.bank = bank, .from = 1, .to = 0, .amount = 30};
		struct kit_gate *gate = start_first(&stopped, stop);

		start_meanwhile(&opposite);
		let_go(gate);
		finish(&stopped);
		finish(&opposite);
		cr_assert(eq(int, stopped.result, 0), "a transfer from 0 to 1 succeeds although another one goes from 1 to 0");
		cr_assert(eq(int, opposite.result, 0), "a transfer from 1 to 0 succeeds although another one goes from 0 to 1");
		bank_destroy(bank);
	}
}

/* ---- faults --------------------------------------------------------------------------------- */

/* Each multiplied by the size of an account is more than there is; modulo 2^64 it may be next to nothing. */
static void expect_too_many_accounts(void)
{
	static const size_t bytes[] = {8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 96, 104, 112, 128};

	for (size_t i = 0; i < sizeof bytes / sizeof bytes[0]; i++) {
		const size_t accounts = SIZE_MAX / bytes[i] + 1;

		errno = 0;
		cr_assert(eq(ptr, bank_create(accounts, 0), NULL), "bank_create of %zu accounts with nothing on them",
		          accounts);
		cr_assert(eq(int, errno, ENOMEM), "errno after bank_create of %zu accounts with nothing on them", accounts);
	}
}

KIT_TEST(race_fix, create_failure_leaves_nothing)
{
	const enum kit_op ops[] = {KIT_MALLOC, KIT_MUTEX_INIT, KIT_COND_INIT};
	/* Banks that could be created are kept, not destroyed: this test is about failures only, also for the leak
	 * check. */
	static bank *kept[sizeof ops / sizeof ops[0]];

	expect_too_many_accounts();
	for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
		for (unsigned nth = 1; kept[i] == NULL; nth++) {
			fi_reset();
			fi_fail_nth(ops[i], nth, ENOMEM);
			errno = 0;
			kept[i] = bank_create(4, 100);
			int error = errno;
			bool failed = fi_calls(ops[i]) >= nth;
			fi_reset();
			cr_assert(eq(int, kept[i] == NULL, failed), "bank_create fails exactly when %s fails (call %u of it)",
			          ops[i] == KIT_MALLOC ? "an allocation" : "the initialisation of a lock", nth);
			cr_assert(eq(int, failed ? error : ENOMEM, ENOMEM),
			          "errno of bank_create when memory or a lock cannot be had");
		}
	}
}

KIT_TEST(race_fix, survives_spurious_wakeups)
{
	/* For solutions with condition variables. The call that is stopped makes the others wait for it. */
	fi_spurious(2);
	for (unsigned stop = 0; stop < stop_count(); stop++) {
		bank *bank = bank_create(2, 100);
		struct call call[] = {
		    {.bank = bank, .from = 0, .to = 1, .amount = 40},
		    {.bank = bank, .from = 0, .to = 1, .amount = 30},
		    {.bank = bank, .from = 0, .to = 1, .amount = 20},
		    {.bank = bank, .total = true},
		};
		struct kit_gate *gate = start_first(&call[0], stop);

		for (size_t i = 1; i < 4; i++) {
			start_meanwhile(&call[i]);
		}
		let_go(gate);
		for (size_t i = 0; i < 4; i++) {
			finish(&call[i]);
			cr_assert(eq(int, call[i].result, 0),
			          "result of a call when pthread_cond_wait may return without a signal");
		}
		bank_destroy(bank);
	}
}
