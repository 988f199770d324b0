/* gates_tests.c - gates and rendezvous across threads and processes. */
#include "kit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

void step_locked(pthread_mutex_t *mutex, void (*step)(int), int argument);
pid_t spawn_byte(int fd);
void lock_and_leave(pthread_mutex_t *mutex);
void run_both(void *(*task)(void *), void *argument);
void run_at_once(void *(*task)(void *), void *argument);

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static _Atomic int steps, last;

static void step(int number)
{
	steps++;
	last = number;
}

static void *do_step(void *number)
{
	step_locked(&mutex, step, *(int *)number);
	return NULL;
}

static int one = 1, two = 2;

static pthread_t start(void *argument)
{
	pthread_t thread;
	cr_assert(eq(int, pthread_create(&thread, NULL, do_step, argument), 0));
	return thread;
}

KIT_TEST(gates, before_the_call_it_has_no_effect_yet)
{
	struct kit_gate *gate = gate_before(KIT_LOCK, 1);
	cr_expect(eq(int, gate_reached(gate), false));
	pthread_t thread = start(&one);
	gate_wait(gate);
	cr_expect(eq(int, gate_reached(gate), true));
	cr_expect(eq(int, pthread_mutex_trylock(&mutex), 0), "the mutex is free");
	pthread_mutex_unlock(&mutex);
	cr_expect(eq(int, steps, 0));
	gate_open(gate);
	pthread_join(thread, NULL);
	cr_expect(eq(int, steps, 1));
	cr_expect(eq(int, gate_reached(gate), false));
}

KIT_TEST(gates, after_the_call_it_has_its_effect)
{
	struct kit_gate *gate = gate_after(KIT_LOCK, 1);
	pthread_t thread = start(&one);
	gate_wait(gate);
	cr_expect(ne(int, pthread_mutex_trylock(&mutex), 0), "the mutex is taken");
	cr_expect(eq(int, steps, 0));
	gate_open(gate);
	pthread_join(thread, NULL);
	cr_expect(eq(int, steps, 1));
}

KIT_TEST(gates, only_the_nth_call_is_stopped_and_others_pass)
{
	struct kit_gate *gate = gate_before(KIT_LOCK, 2);
	pthread_t first = start(&one);
	pthread_join(first, NULL);
	pthread_t second = start(&two);
	gate_wait(gate);
	pthread_t third = start(&one);
	pthread_join(third, NULL);
	cr_expect(eq(int, steps, 2));
	cr_expect(eq(int, last, 1));
	gate_open(gate);
	pthread_join(second, NULL);
	cr_expect(eq(int, last, 2), "the second was last");
}

KIT_TEST(gates, eight_gates_open_in_any_order)
{
	enum { COUNT = 8 };
	struct kit_gate *gate[COUNT];
	pthread_t thread[COUNT];
	int number[COUNT];
	for (int i = 0; i < COUNT; i++)
		gate[i] = gate_before(KIT_LOCK, (unsigned)i + 1);
	for (int i = 0; i < COUNT; i++) {
		number[i] = i;
		thread[i] = start(&number[i]);
		gate_wait(gate[i]);
	}
	for (int i = COUNT - 1; i >= 0; i--) {
		gate_open(gate[i]);
		pthread_join(thread[i], NULL);
		cr_expect(eq(int, last, i));
	}
}

KIT_TEST(gates, a_gate_stops_a_process_too)
{
	int fds[2];
	char byte;
	cr_assert(eq(int, pipe2(fds, 0), 0));
	struct kit_gate *before = gate_before(KIT_WRITE, 1), *after = gate_after(KIT_WRITE, 1);
	pid_t pid = spawn_byte(fds[1]);
	gate_wait(before);
	kit_let_others_run();
	cr_expect(eq(int, gate_reached(after), false));
	gate_open(before);
	gate_wait(after);
	cr_expect(eq(int, (int)read(fds[0], &byte, 1), 1), "the byte is there");
	cr_expect(eq(int, waitpid(pid, NULL, WNOHANG), 0), "the child is still there");
	gate_open(after);
	cr_expect(eq(int, waitpid(pid, NULL, 0), pid));
	close(fds[0]);
	close(fds[1]);
}

/* => hang
 * criterion hang
 *   the main thread waits for the submission to arrive at a gate of the test: a call that it did not make (public.c:{wait for nobody})
 */
KIT_TEST(gates, a_gate_that_nobody_comes_to_hangs)
{
	struct kit_gate *gate = gate_before(KIT_UNLOCK, 1);
	lock_and_leave(&mutex);
	gate_wait(gate); /* {wait for nobody} */
}

/* => hang
 * criterion hang
 *   the main thread waits for a thread to end (join)
 *   thread 1 waits at a gate of the test (gates.c:{step lock})
 */
KIT_TEST(gates, a_gate_that_is_never_opened_hangs)
{
	gate_before(KIT_LOCK, 1);
	pthread_join(start(&one), NULL);
}

static struct kit_rendezvous *rendezvous;

static void *meet(void *unused)
{
	rendezvous_meet(rendezvous); /* {meet} */
	return unused;
}

KIT_TEST(gates, who_runs_at_the_same_time_can_meet)
{
	rendezvous = rendezvous_new(2);
	run_at_once(meet, NULL);
	run_at_once(meet, NULL);
}

/* => hang
 * criterion hang
 *   thread 1 waits at a rendezvous of the test: not enough of them are inside at once (public.c:{meet})
 *   the main thread waits for a thread to end (join) (gates.c:{join at once})
 *   at gates.c:{join at once} run_both
 */
KIT_TEST(gates, who_runs_one_after_the_other_cannot)
{
	rendezvous = rendezvous_new(2);
	run_both(meet, NULL);
}
