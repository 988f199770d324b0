/* kit.c - what tests call: begin and end of a test, faults, gates, rendezvous, audits. */
#include "kit_internal.h"

#include "vault.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_EVIDENCE = 177 }; /* the evidence is the failure */

struct kit_local kit_local;

static const char *const op_names[KIT_OP_COUNT] = {
    "fork",
    "waitpid",
    "pipe",
    "read",
    "write",
    "close",
    "kill",
    "malloc",
    "free",
    "mmap",
    "pthread_create",
    "pthread_join",
    "pthread_mutex_init",
    "lock",
    "unlock",
    "pthread_cond_init",
    "pthread_cond_wait",
    "pthread_cond_signal",
    "pthread_cond_broadcast",
    "sem_wait",
    "sem_post",
    "sleep",
    "exec",
    "socket",
    "connect",
    "accept",
};

const char *kit_op_name(enum kit_op op)
{
	return op_names[op];
}

/* gcc calls these at the begin and the end of each function of the tests (-finstrument-functions). A call that returns
 * past the rest of the test's body, because the submission wrote another return address, never gets to the latter. */
void __cyg_profile_func_enter(void *function, void *caller);
void __cyg_profile_func_exit(void *function, void *caller);

void __cyg_profile_func_enter(void *function, void *caller)
{
	(void)function;
	(void)caller;
}

void __cyg_profile_func_exit(void *function, void *caller)
{
	(void)caller;
	if (function == (void *)kit_local.body)
		kit_local.body = NULL;
}

/* As in the host's runs there is nothing to read. Criterion's runner leaves a pipe there that never ends. */
static void empty_input(void)
{
	int fd = open("/dev/null", O_RDONLY);
	if (fd > 0) {
		dup2(fd, STDIN_FILENO);
		close(fd);
	}
}

void kit_test_begin(void (*body)(void))
{
	if (!rt_is_open()) { /* Criterion's own runner: there is no host that made the world */
		empty_input();
		const char *schedule = getenv("KIT_SCHEDULE");
		if (rt_world_open(schedule ? (unsigned)strtoul(schedule, NULL, 10) : 0) != 0) {
			perror("kit: cannot map shared memory");
			abort();
		}
	}
	if (vault_open() != 0) { /* as above; else the host did it */
		perror("kit: cannot map memory");
		abort();
	}
	rt_begin();
	vault_body_begins(__builtin_frame_address(0));
	kit_local.state = rt_shared_memory(sizeof *kit_local.state);
	kit_local.body = body;
}

static void expect_no_more_deaths(void)
{
	const char *file;
	unsigned line;
	int signal = rt_missing_death(&file, &line);
	if (!signal)
		return;
	rt_note_failure();
	struct rt_evidence *evidence = rt_evidence_add("assertion");
	snprintf(evidence->text, sizeof evidence->text, "no child died by SIG%s", sigabbrev_np(signal));
	snprintf(evidence->expected, sizeof evidence->expected, "a child dies by SIG%s", sigabbrev_np(signal));
	const char *base = strrchr(file, '/');
	snprintf(evidence->file, sizeof evidence->file, "%s", base ? base + 1 : file);
	evidence->line = line;
	rt_quit(EXIT_EVIDENCE);
}

bool kit_asserts(void)
{
	return vault_count_one((uintptr_t)__builtin_return_address(0));
}

/* The last assertion of each test, for those that have no other. */
static void assert_end(void)
{
	if (!vault_count_one(0))
		return;
	rt_note_failure();
	rt_evidence_add("assertion");
	rt_quit(EXIT_EVIDENCE);
}

void kit_test_end(void)
{
	if (!rt_in_test_process())
		rt_leave_child();
#ifndef KIT_ANY_END
	if (kit_local.body)
		rt_leave_test("exit_in_test", "the call returned past the rest of the test instead of to where it was called");
#endif
	vault_body_ends(__builtin_frame_address(0));
	expect_no_more_deaths();
	kit_check_quiet();
	assert_end();
	rt_audit();
	rt_mark_completed();
	if (rt_explores())
		rt_quit(KIT_TEST_END);
	kit_local.state = NULL; /* what comes after the body (atexit, destructors) is not the submission's */
	kit_control_tools();
	if (rt_controls_memory()) { /* the end of each library, translated for each test, takes long */
		rt_empty_streams();
		rt_quit(KIT_TEST_END);
	}
	exit(KIT_TEST_END);
}

unsigned kit_n(unsigned native, unsigned explored)
{
	return rt_explores() ? explored : native;
}

unsigned kit_repeat(unsigned often, unsigned seldom)
{
	return rt_first_schedule() && !rt_controls_memory() ? often : seldom;
}

bool kit_watched(void)
{
	return rt_is_watched();
}

const char *kit_error_name(int error)
{
	const char *name = strerrorname_np(error);
	return name ? name : "no error that there is";
}

void *kit_shared(size_t bytes)
{
	void *memory = rt_shared_memory(bytes);
	if (!memory) {
		fprintf(stderr, "kit_shared: a test has at most %d bytes in all\n", RT_SHARED_BYTES);
		abort();
	}
	return memory;
}

/* ---- choices -------------------------------------------------------------------------------- */

static unsigned choose(const char *what, const char *const name[], unsigned n, void *site)
{
	char text[120];
	void *outer = rt_site;
	if (n < 1 || n > RT_CHOICES) {
		fprintf(stderr, "kit_choose: of 1 to %d, not of %u\n", RT_CHOICES, n);
		abort();
	}
	rt_site = site; /* it is the test that chooses, not this file */
	unsigned chosen = rt_choose(n);
	rt_site = outer;
	snprintf(text, sizeof text, "%u of %u%s%s%s%s", chosen + 1, n, what || name ? ", " : "", what ? what : "",
	         what && name ? ": " : "", name ? name[chosen] : "");
	rt_chose(text);
	return chosen;
}

unsigned kit_choose_named(const char *what, const char *const name[], unsigned n)
{
	return choose(what, name, n, __builtin_return_address(0));
}

unsigned kit_choose(unsigned n)
{
	return choose(NULL, NULL, n, __builtin_return_address(0));
}

/* ---- faults --------------------------------------------------------------------------------- */

unsigned fi_calls(enum kit_op op)
{
	return atomic_load(&kit_local.state->calls[op]);
}

void fi_fail_nth(enum kit_op op, unsigned nth, int error)
{
	kit_local.state->failures = 0; /* of what was tried before */
	kit_local.state->fault_error[op] = error;
	kit_local.state->fault_at[op] = fi_calls(op) + nth;
}

void fi_kill_child(unsigned nth)
{
	kit_local.state->kill_child_at = fi_calls(KIT_FORK) + nth;
}

void fi_short_io(bool on)
{
	kit_local.state->short_io = on;
}

void fi_eintr(unsigned every)
{
	kit_local.state->eintr_every = every;
}

void fi_spurious(unsigned every)
{
	kit_local.state->spurious_every = every;
}

static void check_signal(int signal)
{
	if (signal > 0 && signal < RT_SIGNALS)
		return;
	fprintf(stderr, "a death by a signal: there is no signal %d\n", signal);
	abort();
}

void kit_expect_death_at(int signal, const char *file, unsigned line)
{
	check_signal(signal);
	rt_expect_death(signal, file, line);
}

void kit_allow_deaths(int signal)
{
	check_signal(signal);
	rt_allow_deaths(1ull << signal);
}

void fi_reset(void)
{
	struct kit_state *state = kit_local.state;
	for (int op = 0; op < KIT_OP_COUNT; op++) {
		atomic_store(&state->calls[op], 0);
		state->fault_at[op] = 0;
	}
	state->kill_child_at = 0;
	state->failures = 0;
	state->short_io = false;
	state->eintr_every = state->spurious_every = 0;
}

/* ---- gates ---------------------------------------------------------------------------------- */

static struct kit_gate *gate_new(enum kit_op op, unsigned nth, bool before)
{
	struct kit_state *state = kit_local.state;
	if (state->gate_count == KIT_GATES) {
		fprintf(stderr, "gate: a test has at most %d gates\n", KIT_GATES);
		abort();
	}
	struct kit_gate *gate = &state->gate[state->gate_count];
	gate->op = op;
	gate->at = fi_calls(op) + nth;
	gate->before = before;
	gate->number = ++state->gate_count;
	return gate;
}

struct kit_gate *gate_after(enum kit_op op, unsigned nth)
{
	return gate_new(op, nth, false);
}

struct kit_gate *gate_before(enum kit_op op, unsigned nth)
{
	return gate_new(op, nth, true);
}

void gate_wait(struct kit_gate *gate)
{
	while (!gate->reached)
		rt_park("for the submission to arrive at a gate of the test: a call that it did not make", &gate->reached,
		        __builtin_return_address(0));
}

bool gate_reached(const struct kit_gate *gate)
{
	return gate->reached && !gate->open;
}

void gate_open(struct kit_gate *gate)
{
	gate->open = true;
	rt_unpark(&gate->open);
}

void kit_at_gate(struct kit_gate *gate)
{
	gate->reached = true;
	rt_unpark(&gate->reached);
	while (!gate->open)
		rt_park("at a gate of the test", &gate->open, rt_site);
}

/* ---- rest ----------------------------------------------------------------------------------- */

static void fail_restless(const struct rt_restless *restless, const char *does)
{
	struct rt_evidence *evidence = rt_evidence_add("busy_wait");
	snprintf(evidence->text, sizeof evidence->text, "%s %s", restless->who, does);
	snprintf(evidence->expected, sizeof evidence->expected,
	         "whoever waits blocks, until the one who has something for it wakes it");
	evidence->frame[0] = restless->site;
	rt_quit(EXIT_EVIDENCE);
}

/* Who polls has had its turn as well: whether it may is the question of kit_expect_quiet, and of no other test. */
void kit_let_others_run(void)
{
	struct rt_restless restless;
	rt_rest(&restless);
}

void kit_check_quiet(void)
{
	struct rt_restless restless;
	if (kit_local.state->quiet && rt_waited_in_loop(&restless))
		fail_restless(&restless, restless.loops ? "has waited in a loop without a call, until another one had its turn"
		                                        : "has asked again and again, until another one had its turn");
}

void kit_expect_quiet(void)
{
	struct rt_restless restless = {.who = "a thread"};
	bool turned = vault_count_one((uintptr_t)__builtin_return_address(0));
	kit_local.state->quiet = true;
	if (!rt_rest(&restless) || turned)
		fail_restless(&restless, restless.loops ? "loops without making a call while all others are waiting for it"
		                                        : "keeps waking up while it has nothing to do");
	kit_check_quiet();
}

/* ---- rendezvous: on pthread calls, which ThreadSanitizer sees ------------------------------- */

struct kit_rendezvous {
	const struct kit_rendezvous *self; /* what is something else has something else here */
	pthread_mutex_t mutex;
	unsigned parties, inside, round;
};

struct kit_rendezvous *rendezvous_new(unsigned parties)
{
	struct kit_rendezvous *rendezvous = kit_shared(sizeof *rendezvous);
	rendezvous->self = rendezvous;
	pthread_mutex_init(&rendezvous->mutex, NULL);
	rendezvous->parties = parties;
	return rendezvous;
}

/* Where the argument of a function of the test comes in through the submission. */
static void fail_as_none(void)
{
	rt_note_failure();
	struct rt_evidence *evidence = rt_evidence_add("assertion");
	snprintf(evidence->text, sizeof evidence->text,
	         "a function of the test was called with an argument that is not the one of the test");
	snprintf(evidence->expected, sizeof evidence->expected, "the argument is passed on as it was given");
	rt_quit(EXIT_EVIDENCE);
}

/* The mutex gives the order that a thread sanitizer sees; the waiting is the runtime's. Who has the baton runs alone,
 * so nothing comes between. */
void rendezvous_meet(struct kit_rendezvous *rendezvous)
{
	if (rendezvous->self != rendezvous)
		fail_as_none();
	pthread_mutex_lock(&rendezvous->mutex);
	unsigned round = rendezvous->round;
	bool last = ++rendezvous->inside == rendezvous->parties;
	if (last) {
		rendezvous->inside = 0;
		rendezvous->round++;
	}
	pthread_mutex_unlock(&rendezvous->mutex);
	if (last)
		rt_unpark(&rendezvous->round);
	while (rendezvous->round == round)
		rt_park("at a rendezvous of the test: not enough of them are inside at once", &rendezvous->round,
		        __builtin_return_address(0));
	pthread_mutex_lock(&rendezvous->mutex);
	pthread_mutex_unlock(&rendezvous->mutex);
}

/* ---- audits --------------------------------------------------------------------------------- */

unsigned kit_open_fds(void)
{
	return rt_open_fds();
}

unsigned kit_threads(void)
{
	return rt_live_threads();
}

unsigned kit_children(void)
{
	return rt_unreaped_children();
}
