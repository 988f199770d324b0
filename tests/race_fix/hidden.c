/* The hidden tests of race_fix. They check what race_fix.h says, and nothing else. */
#include "kit.h"
#include "race_fix.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
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

static int64_t total_of(bank *bank)
{
	int64_t total = -1;

	bank_total(bank, &total);
	return total;
}

/* ---- arguments and failures ----------------------------------------------------------------- */

KIT_TEST(race_fix, bad_arguments_are_einval)
{
	bank *bank = bank_create(2, 100);
	const struct {
		size_t from, to;
		int64_t amount;
		const char *what;
	} bad[] = {
	    {2, 0, 1, "from an account that does not exist"},
	    {0, 2, 1, "to an account that does not exist"},
	    {SIZE_MAX, SIZE_MAX, 1, "between two accounts that do not exist"},
	    {0, 1, -1, "of a negative amount"},
	    {1, 1, -1, "of a negative amount to itself"},
	};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		errno = 0;
		cr_assert(eq(int, bank_transfer(bank, bad[i].from, bad[i].to, bad[i].amount), -1), "result of a transfer %s",
		          bad[i].what);
		cr_assert(eq(int, errno, EINVAL), "errno after a transfer %s", bad[i].what);
	}
	errno = 0;
	cr_assert(eq(int, bank_total(bank, NULL), -1), "result of bank_total(bank, NULL)");
	cr_assert(eq(int, errno, EINVAL), "errno after bank_total(bank, NULL)");
	cr_assert(eq(i64, total_of(bank), 200), "total after calls that failed");
	bank_destroy(bank);
}

KIT_TEST(race_fix, create_checks_its_arguments)
{
	const struct {
		size_t accounts;
		int64_t initial;
		const char *what;
	} bad[] = {
	    {0, 100, "without accounts"},
	    {3, -1, "with a negative balance"},
	    {2, INT64_MAX, "whose total does not fit in an int64_t"},
	};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		errno = 0;
		cr_assert(eq(ptr, bank_create(bad[i].accounts, bad[i].initial), NULL), "bank_create of a bank %s", bad[i].what);
		cr_assert(eq(int, errno, EINVAL), "errno after bank_create of a bank %s", bad[i].what);
	}

	bank *largest = bank_create(1, INT64_MAX);
	cr_assert(ne(ptr, largest, NULL), "a bank whose total is INT64_MAX is allowed");
	cr_assert(eq(i64, total_of(largest), INT64_MAX), "total of a bank with INT64_MAX on its only account");
	bank_destroy(largest);
}

KIT_TEST(race_fix, create_failure_leaves_nothing)
{
	const enum kit_op ops[] = {KIT_MALLOC, KIT_MUTEX_INIT, KIT_COND_INIT};
	/* Banks that could be created are kept, not destroyed: this test is about failures only, also for the leak
	 * check. */
	static bank *kept[sizeof ops / sizeof ops[0]];

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

KIT_TEST(race_fix, self_transfer_changes_nothing)
{
	bank *bank = bank_create(2, 100);

	cr_assert(eq(int, bank_transfer(bank, 1, 1, 60), 0), "result of a transfer of 60 of 100 from an account to itself");
	cr_assert(eq(i64, total_of(bank), 200), "total after a transfer from an account to itself");
	cr_assert(eq(int, bank_transfer(bank, 1, 0, 100), 0),
	          "result of a transfer of all 100 after a transfer of 60 from the account to itself");
	errno = 0;
	cr_assert(eq(int, bank_transfer(bank, 0, 0, 201), -1),
	          "result of a transfer of 201 from an account with 200 to itself");
	cr_assert(eq(int, errno, ENOSPC), "errno after a transfer of 201 from an account with 200 to itself");
	bank_destroy(bank);
}

KIT_TEST(race_fix, refused_transfer_leaves_accounts_usable)
{
	bank *bank = bank_create(2, 100);
	const int64_t too_much[] = {101, INT64_MAX};

	for (size_t i = 0; i < sizeof too_much / sizeof too_much[0]; i++) {
		struct call refused = {.bank = bank, .from = 0, .to = 1, .amount = too_much[i]};
		start(&refused);
		finish(&refused);
		cr_assert(eq(int, refused.result, -1), "result of a transfer of more than the account has");
		cr_assert(eq(int, refused.error, ENOSPC), "errno after a transfer of more than the account has");
	}
	struct call afterwards = {.bank = bank, .from = 0, .to = 1, .amount = 100};
	start(&afterwards);
	finish(&afterwards);
	cr_assert(eq(int, afterwards.result, 0), "a transfer of 100 of 100 succeeds after one of more was refused");
	struct call back = {.bank = bank, .from = 1, .to = 0, .amount = 200};
	start(&back);
	finish(&back);
	cr_assert(eq(int, back.result, 0), "the money can go back after a transfer was refused");
	cr_assert(eq(i64, total_of(bank), 200), "total after a transfer was refused");
	bank_destroy(bank);
}

/* ---- snapshots ------------------------------------------------------------------------------ */

KIT_TEST(race_fix, total_during_a_transfer_is_exact)
{
	for (unsigned stop = 0; stop < stop_count(); stop++) {
		bank *bank = bank_create(3, 100);
		struct call stopped = {.bank = bank, .from = 0, .to = 2, .amount = 30};
		struct call total = {.bank = bank, .total = true};
		struct kit_gate *gate = start_first(&stopped, stop);

		start_meanwhile(&total);
		let_go(gate);
		finish(&stopped);
		finish(&total);
		cr_assert(eq(i64, total.sum, 300),
		          "total of 3 accounts with 300 in all, while a transfer of 30 from 0 to 2 was stopped after %s",
		          stop_name(stop));
		bank_destroy(bank);
	}
}

KIT_TEST(race_fix, transfer_during_a_total_does_not_change_it)
{
	for (unsigned stop = 0; stop < stop_count(); stop++) {
		bank *bank = bank_create(3, 100);
		struct call total = {.bank = bank, .total = true};
		struct call transfer = {.bank = bank, .from = 0, .to = 2, .amount = 30};
		struct kit_gate *gate = start_first(&total, stop);

		start_meanwhile(&transfer);
		let_go(gate);
		finish(&total);
		finish(&transfer);
		cr_assert(eq(i64, total.sum, 300),
		          "total of 3 accounts with 300 in all; it was stopped after %s, and 30 went from 0 to 2 meanwhile",
		          stop_name(stop));
		cr_assert(eq(int, transfer.result, 0), "result of a transfer that comes during bank_total");
		bank_destroy(bank);
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

/* ---- design: no lock where none may be held ------------------------------------------------- */

struct callback_use {
	bank *bank;
	unsigned calls, succeeded;
	int64_t totals[3];
};

static void use_bank_from_callback(size_t account, int64_t balance, void *context)
{
	struct callback_use *use = context;
	size_t next = (account + 1) % 3;
	struct call call[] = {
	    {.bank = use->bank, .from = account, .to = next, .amount = 1},
	    {.bank = use->bank, .from = next, .to = account, .amount = 1},
	    {.bank = use->bank, .total = true},
	};

	(void)balance;
	/* Another thread needs the bank, and the callback waits for it. */
	for (size_t i = 0; i < 3; i++) {
		start(&call[i]);
		finish(&call[i]);
		use->succeeded += call[i].result == 0;
	}
	/* The callback needs the bank itself. */
	use->succeeded += bank_transfer(use->bank, account, next, 1) == 0;
	if (account < 3) {
		use->totals[account] = call[2].sum;
	}
	use->calls++;
}

KIT_TEST(race_fix, callback_runs_without_any_lock)
{
	struct callback_use use = {.bank = bank_create(3, 100)};

	bank_audit(use.bank, use_bank_from_callback, &use);
	cr_assert(eq(uint, use.calls, 3), "calls of the callback for 3 accounts");
	cr_assert(eq(uint, use.succeeded, 12), "calls of the bank that succeed, of 4 in each of 3 callbacks");
	for (size_t i = 0; i < 3; i++) {
		cr_assert(eq(i64, use.totals[i], 300), "total taken during the callback for account %zu", i);
	}
	bank_destroy(use.bank);
}

KIT_TEST(race_fix, disjoint_transfers_do_not_wait)
{
	for (unsigned stop = 0; stop < stop_count(); stop++) {
		bank *bank = bank_create(4, 100);
		struct call stopped = {.bank = bank, .from = 0, .to = 1, .amount = 30};
		struct call disjoint = {.bank = bank, .from = 3, .to = 2, .amount = 30};
		struct kit_gate *gate = start_and_stop(&stopped, stop);

		start(&disjoint);
		kit_let_others_run();
		char *meanwhile = atomic_load_explicit(&disjoint.returned, memory_order_relaxed) ? "returned" : "waited";
		gate_open(gate);
		finish(&stopped);
		finish(&disjoint);
		cr_assert(eq(str, meanwhile, "returned"),
		          "what a transfer from 3 to 2 did while one from 0 to 1 was stopped after %s", stop_name(stop));
		cr_assert(eq(int, disjoint.result, 0), "a transfer succeeds while one between other accounts is stopped");
		bank_destroy(bank);
	}
}
