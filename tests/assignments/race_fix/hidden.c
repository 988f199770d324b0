/* The hidden tests of race_fix. They check what race_fix.h says, and nothing else. */
#include "kit.h"
#include "race_fix.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

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
	    {2, 0, 0, "of nothing from an account that does not exist"},
	    {0, 2, 0, "of nothing to an account that does not exist"},
	    {2, 2, 0, "of nothing from an account that does not exist to itself"},
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
	    {4, INT64_MAX / 2 + 1, "whose total is 0 modulo 2^64"},
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

/* It is a transfer like any other: it does not wait for one between other accounts. */
static void expect_self_transfer_beside(unsigned stop)
{
	bank *bank = bank_create(3, 100);
	struct call stopped = {.bank = bank, .from = 0, .to = 1, .amount = 30};
	struct call self = {.bank = bank, .from = 2, .to = 2, .amount = 30};
	struct kit_gate *gate = start_and_stop(&stopped, stop);

	start(&self);
	kit_let_others_run();
	int returned = atomic_load_explicit(&self.returned, memory_order_relaxed);
	gate_open(gate);
	finish(&stopped);
	finish(&self);
	cr_assert(eq(int, returned, 1),
	          "a transfer from account 2 to itself does not wait for one from 0 to 1 that was stopped after %s",
	          stop_name(stop));
	cr_assert(eq(int, self.result, 0), "result of a transfer from account 2 to itself beside another transfer");
	bank_destroy(bank);
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

	for (unsigned stop = 0; stop < stop_count(); stop++) {
		expect_self_transfer_beside(stop);
	}
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

/* ---- many accounts -------------------------------------------------------------------------- */

enum { MANY = 100 };

struct seen {
	size_t calls, out_of_order;
	int64_t balance[MANY];
};

static void note_balance(size_t account, int64_t balance, void *context)
{
	struct seen *seen = context;

	seen->out_of_order += account != seen->calls;
	if (account < MANY) {
		seen->balance[account] = balance;
	}
	seen->calls++;
}

KIT_TEST(race_fix, a_bank_has_many_accounts)
{
	bank *bank = bank_create(MANY, 10);
	struct seen seen = {0};

	cr_assert(ne(ptr, bank, NULL), "a bank with %d accounts can be made", MANY);
	for (size_t i = 0; i + 1 < MANY; i++) {
		cr_assert(eq(int, bank_transfer(bank, i, i + 1, 10), 0), "result of a transfer from account %zu to the next",
		          i);
	}
	cr_assert(eq(int, bank_transfer(bank, MANY - 1, 0, 5), 0),
	          "result of a transfer from the last account to the first");
	cr_assert(eq(i64, total_of(bank), 10 * MANY), "total of %d accounts", MANY);
	bank_audit(bank, note_balance, &seen);
	cr_assert(eq(sz, seen.calls, MANY), "calls of the callback for %d accounts", MANY);
	cr_assert(eq(sz, seen.out_of_order, 0), "accounts that an audit did not report in the order of their numbers");
	cr_assert(eq(i64, seen.balance[0], 5), "balance of the first account, which paid all it had and got 5");
	cr_assert(eq(i64, seen.balance[MANY - 1], 15), "balance of the last account, which got 10 to its 10 and paid 5");
	bank_destroy(bank);
}

KIT_TEST(race_fix, an_audit_cannot_fail)
{
	bank *bank = bank_create(2, 100);
	struct seen seen = {0};

	fi_fail_nth(KIT_MALLOC, 1, ENOMEM);
	bank_audit(bank, note_balance, &seen);
	fi_reset();
	cr_assert(eq(sz, seen.calls, 2), "calls of the callback for 2 accounts when there is no memory");
	cr_assert(eq(i64, seen.balance[0], 100), "balance reported for account 0 when there is no memory");
	bank_destroy(bank);
}

/* What is written to the standard output and error goes into a pipe meanwhile. */
KIT_TEST(race_fix, nothing_is_printed)
{
	int ends[2], saved[] = {dup(1), dup(2)};
	char printed[64];
	struct seen seen = {0};

	cr_assert(eq(int, pipe2(ends, O_NONBLOCK), 0), "the test can make a pipe"); /* who prints much does not block */
	dup2(ends[1], 1);
	dup2(ends[1], 2);
	bank *bank = bank_create(2, 100);
	bank_transfer(bank, 0, 1, 30);
	bank_transfer(bank, 0, 1, 300);
	bank_transfer(bank, 0, 7, 1);
	bank_total(bank, NULL);
	bank_audit(bank, note_balance, &seen);
	total_of(bank);
	bank_destroy(bank);
	bank_create(0, 1);
	fflush(stdout);
	dup2(saved[0], 1);
	dup2(saved[1], 2);
	close(saved[0]);
	close(saved[1]);
	close(ends[1]);
	ssize_t bytes = read(ends[0], printed, sizeof printed);
	close(ends[0]);
	cr_assert(eq(long, bytes, 0), "bytes that the functions of the bank have printed");
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

/* Whoever finds that the money has left account 0 must find it on account 1: the second call of the observer comes
 * after the first. */
static void *look_between(void *argument)
{
	struct call *call = argument;

	make_call(&call[0]);
	make_call(&call[1]);
	return NULL;
}

KIT_TEST(race_fix, nobody_sees_half_a_transfer)
{
	for (unsigned stop = 0; stop < stop_count(); stop++) {
		bank *bank = bank_create(3, 100);
		struct call transfer = {.bank = bank, .from = 0, .to = 1, .amount = 60};
		struct call observer[] = {{.bank = bank, .from = 0, .to = 2, .amount = 60},
		                          {.bank = bank, .from = 1, .to = 2, .amount = 130}};
		struct kit_gate *gate = start_first(&transfer, stop);

		pthread_create(&observer[0].thread, NULL, look_between, observer);
		if (gate != NULL) {
			kit_let_others_run();
		}
		let_go(gate);
		finish(&transfer);
		finish(&observer[0]);
		if (observer[0].result != 0) { /* the 60 have left account 0 */
			cr_assert(eq(int, observer[1].result, 0),
			          "a transfer of 130 of 160 from account 1, after one from account 0 had failed because 60 of its "
			          "100 had gone to account 1; the transfer of those 60 was stopped after %s",
			          stop_name(stop));
		}
		bank_destroy(bank);
	}
}

static void *audit(void *argument)
{
	struct call *call = argument;
	struct seen seen = {0};

	bank_audit(call->bank, note_balance, &seen);
	call->result = seen.calls == 2 && seen.out_of_order == 0 && seen.balance[0] == 100 && seen.balance[1] == 100;
	return NULL;
}

KIT_TEST(race_fix, looks_at_the_same_time)
{
	bank *bank = bank_create(2, 100);
	struct call total[2] = {{.bank = bank, .total = true}, {.bank = bank, .total = true}};
	struct call audits[2] = {{.bank = bank}, {.bank = bank}};

	for (size_t i = 0; i < 2; i++) {
		start(&total[i]);
		pthread_create(&audits[i].thread, NULL, audit, &audits[i]);
	}
	for (size_t i = 0; i < 2; i++) {
		finish(&total[i]);
		finish(&audits[i]);
		cr_assert(eq(i64, total[i].sum, 200), "one of two totals that were taken at the same time");
		cr_assert(eq(int, audits[i].result, 1),
		          "an audit reports 100 for both accounts, also when there are two at once");
	}
	bank_destroy(bank);
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

/* Who shares an account with a transfer that is stopped may have to wait; then it sleeps, also when it has its other
 * account already: the lower one, which pays, or the higher one, which is paid. So does a total. */
static void expect_others_asleep(unsigned stop)
{
	enum { OTHERS = 2 };

	bank *bank = bank_create(5, 100);
	struct call stopped = {.bank = bank, .from = 1, .to = 2, .amount = 30};
	struct call other[OTHERS] = {{.bank = bank, .from = 0, .to = 1, .amount = 30},
	                             {.bank = bank, .from = 2, .to = 4, .amount = 30}};
	struct call total = {.bank = bank, .total = true};
	struct kit_gate *gate = start_and_stop(&stopped, stop);

	for (unsigned i = 0; i < OTHERS; i++) {
		start(&other[i]);
	}
	kit_expect_quiet();
	start(&total); /* not before: it would take the accounts that they give back while they poll */
	kit_expect_quiet();
	gate_open(gate);
	finish(&stopped);
	for (unsigned i = 0; i < OTHERS; i++) {
		finish(&other[i]);
	}
	finish(&total);
	bank_destroy(bank);
}

/* Where the explorer stops one of them, wherever that is, also in a lock that makes no call of the library. Not in
 * opposite directions: who waits in a circle has other tests. */
static void expect_asleep_side_by_side(void)
{
	enum { CALLS = 2 };

	bank *bank = bank_create(2, 100);
	struct call call[CALLS] = {{.bank = bank, .from = 0, .to = 1, .amount = 30},
	                           {.bank = bank, .from = 0, .to = 1, .amount = 30}};

	for (unsigned i = 0; i < CALLS; i++) {
		start(&call[i]);
	}
	for (unsigned i = 0; i < CALLS; i++) {
		finish(&call[i]);
	}
	kit_expect_quiet();
	bank_destroy(bank);
}

KIT_TEST(race_fix, who_waits_sleeps)
{
	if (!kit_n(1, 0)) {
		expect_asleep_side_by_side();
	}
	for (unsigned stop = 0; stop < stop_count(); stop++) {
		expect_others_asleep(stop);
	}
}

/* Far apart, too: accounts that share a lock with 0 or 1, because there are fewer locks than accounts, wait for it. */
static const struct {
	size_t from, to;
} apart[] = {{3, 2}, {4, 5}, {9, 8}, {10, 11}, {17, 16}, {32, 33}, {65, 64}};
enum { APART = sizeof apart / sizeof apart[0] };

KIT_TEST(race_fix, disjoint_transfers_do_not_wait)
{
	const unsigned others = kit_n(APART, 1);

	for (unsigned stop = 0; stop < stop_count(); stop++) {
		bank *bank = bank_create(kit_n(66, 4), 100);
		struct call stopped = {.bank = bank, .from = 0, .to = 1, .amount = 30};
		struct call disjoint[APART];
		struct kit_gate *gate = start_and_stop(&stopped, stop);

		for (unsigned i = 0; i < others; i++) {
			disjoint[i] = (struct call){.bank = bank, .from = apart[i].from, .to = apart[i].to, .amount = 30};
			start(&disjoint[i]);
		}
		kit_let_others_run();
		int waiting = -1;
		for (unsigned i = 0; i < others; i++) {
			if (!atomic_load_explicit(&disjoint[i].returned, memory_order_relaxed)) {
				waiting = (int)i;
			}
		}
		gate_open(gate);
		finish(&stopped);
		for (unsigned i = 0; i < others; i++) {
			finish(&disjoint[i]);
			cr_assert(eq(int, disjoint[i].result, 0),
			          "a transfer succeeds while one between other accounts is stopped");
		}
		cr_assert(eq(int, waiting, -1), "a transfer from %zu to %zu waited while one from 0 to 1 was stopped after %s",
		          apart[waiting < 0 ? 0 : waiting].from, apart[waiting < 0 ? 0 : waiting].to, stop_name(stop));
		bank_destroy(bank);
	}
}

/* ---- any small client ----------------------------------------------------------------------- */

/* Two clients make two calls each, all of them chosen. Every history of such calls must be one in which they were made
 * one after the other: the bank is then three numbers. An audit is one look at each account, in any order. */
enum { CLIENTS = 2, CALLS = 2, ACCOUNTS = 3, RECORDS = CALLS * ACCOUNTS };

enum deed { TRANSFER, TOTAL, LOOK };

struct record {
	struct kit_call when;
	enum deed deed;
	size_t from, to; /* LOOK: from */
	int64_t amount;  /* TOTAL: the sum; LOOK: the balance */
	int result, error;
};

struct client {
	bank *bank;
	unsigned choice[CALLS]; /* of any_transfers, or after them: total, audit */
	struct record record[RECORDS];
	size_t records, wrong_audits;
	unsigned audit_made;
	pthread_t thread;
};

static const struct record any_transfers[] = {
    {.from = 0, .to = 1, .amount = 60},  {.from = 1, .to = 0, .amount = 60}, {.from = 0, .to = 2, .amount = 60},
    {.from = 1, .to = 2, .amount = 130}, {.from = 1, .to = 1, .amount = 80}, {.from = 2, .to = ACCOUNTS, .amount = 0},
};
enum { TRANSFERS = sizeof any_transfers / sizeof any_transfers[0] };

static void note_look(size_t account, int64_t balance, void *context)
{
	struct client *client = context;

	if (client->records < RECORDS) {
		client->record[client->records++] = (struct record){
		    .deed = LOOK, .from = account, .amount = balance, .when = {client->audit_made, kit_stamp()}};
	}
}

static void make_audit(struct client *client)
{
	size_t before = client->records;

	client->audit_made = kit_stamp();
	bank_audit(client->bank, note_look, client);
	client->wrong_audits += client->records - before != ACCOUNTS;
}

static void make_any(struct client *client, unsigned choice)
{
	if (choice > TRANSFERS) {
		make_audit(client);
		return;
	}
	struct record *record = &client->record[client->records++];
	*record = choice == TRANSFERS ? (struct record){.deed = TOTAL} : any_transfers[choice];
	record->when.made = kit_stamp();
	errno = 0;
	if (record->deed == TOTAL) {
		record->result = bank_total(client->bank, &record->amount);
	} else {
		record->result = bank_transfer(client->bank, record->from, record->to, record->amount);
	}
	record->error = errno;
	record->when.returned = kit_stamp();
}

static void *be_a_client(void *argument)
{
	struct client *client = argument;

	for (unsigned i = 0; i < CALLS; i++) {
		make_any(client, client->choice[i]);
	}
	return NULL;
}

/* One call after the other: is this what the header says of it? */
static bool model_transfer(int64_t *balance, const struct record *call)
{
	if (call->from >= ACCOUNTS || call->to >= ACCOUNTS || call->amount < 0) {
		return call->result == -1 && call->error == EINVAL;
	}
	if (balance[call->from] < call->amount) {
		return call->result == -1 && call->error == ENOSPC;
	}
	balance[call->from] -= call->amount;
	balance[call->to] += call->amount;
	return call->result == 0;
}

static bool model_call(void *model, const void *record)
{
	const struct record *call = record;
	int64_t *balance = model;

	if (call->deed == TRANSFER) {
		return model_transfer(balance, call);
	}
	if (call->deed == LOOK) {
		return call->from < ACCOUNTS && call->amount == balance[call->from];
	}
	return call->result == 0 && call->amount == balance[0] + balance[1] + balance[2];
}

KIT_TEST(race_fix, any_small_client)
{
	struct client client[CLIENTS];
	struct record all[CLIENTS * RECORDS];
	size_t count = 0;
	int64_t balance[ACCOUNTS] = {100, 100, 100};
	bank *bank = bank_create(ACCOUNTS, 100);

	for (unsigned i = 0; i < CLIENTS; i++) {
		client[i] = (struct client){.bank = bank};
		for (unsigned call = 0; call < CALLS; call++) {
			client[i].choice[call] =
			    KIT_CHOOSE(i == 0 ? "a call of client 1" : "a call of client 2", "60 from 0 to 1", "60 from 1 to 0",
			               "60 from 0 to 2", "130 from 1 to 2", "80 from 1 to 1", "0 from 2 to 3", "total", "audit");
		}
	}
	for (unsigned i = 0; i < CLIENTS; i++) {
		pthread_create(&client[i].thread, NULL, be_a_client, &client[i]);
	}
	for (unsigned i = 0; i < CLIENTS; i++) {
		pthread_join(client[i].thread, NULL);
		cr_assert(eq(sz, client[i].wrong_audits, 0), "audits that did not report each of %d accounts once", ACCOUNTS);
		for (size_t k = 0; k < client[i].records; k++) {
			all[count++] = client[i].record[k];
		}
	}
	cr_assert(kit_some_order(all, count, sizeof all[0], balance, sizeof balance, model_call),
	          "the results of the calls fit some order in which they are made one after the other");
	bank_destroy(bank);
}
