/* locks_tests.c - mutexes, condition variables, semaphores, ... under the scheduler: what works, works; what hangs is explained.
 *
 * The comment before a test says what the grader has to find: its status behind "=>" ("pass" when there is no comment), then the findings as
 * "check kind" and under each of them pieces of its text. {words} stand for the number of the line that has them in a comment. */
#include "kit.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

void lock_both(pthread_mutex_t *first, pthread_mutex_t *second);
int lock(pthread_mutex_t *mutex);
int unlock(pthread_mutex_t *mutex);
int try_lock(pthread_mutex_t *mutex);
int timed_lock(pthread_mutex_t *mutex);
struct box {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool full;
};
void box_fill(struct box *box);
bool box_take(struct box *box);
bool box_take_if(struct box *box);
void box_wait_blindly(struct box *box);
int box_wait_until(struct box *box);
int take(sem_t *semaphore);
int take_until(sem_t *semaphore);
int take_now(sem_t *semaphore);
void give(sem_t *semaphore);
int read_lock(pthread_rwlock_t *lock);
int write_lock(pthread_rwlock_t *lock);
int try_read_lock(pthread_rwlock_t *lock);
int try_write_lock(pthread_rwlock_t *lock);
int rw_unlock(pthread_rwlock_t *lock);
void spin(pthread_spinlock_t *lock, int *number);
int arrive(pthread_barrier_t *barrier);
void once(pthread_once_t *control, void (*routine)(void));
unsigned nap(void);
int c11_lock(mtx_t *mutex);
int c11_try(mtx_t *mutex);
int c11_unlock(mtx_t *mutex);
int c11_run(int *result);
bool c11_wait_if(mtx_t *mutex, cnd_t *changed, bool *full);
int join_again(pthread_t thread);
void wait_for_box(struct box *box, pthread_mutex_t *mutex);
int wait_by(clockid_t clock, struct box *box);

static pthread_t start(void *(*body)(void *), void *argument)
{
	pthread_t thread;
	cr_assert(eq(int, pthread_create(&thread, NULL, body, argument), 0));
	return thread;
}

static void join(pthread_t thread)
{
	cr_assert(eq(int, pthread_join(thread, NULL), 0));
}

/* ---- mutexes ----------------------------------------------------------------------------------------------------- */

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;

static void *a_then_b(void *unused)
{
	lock_both(&a, &b);
	return unused;
}

static void *b_then_a(void *unused)
{
	lock_both(&b, &a);
	return unused;
}

static void *lock_a(void *unused)
{
	lock(&a);
	return unused;
}

static void *lock_and_unlock_a(void *unused)
{
	lock(&a);
	unlock(&a);
	return unused;
}

static void *try_a(void *result)
{
	*(int *)result = try_lock(&a);
	return NULL;
}

/* => hang
 * criterion hang
 *   thread 1 waits for a mutex (locks.c:{second lock}); thread 2 holds it since locks.c:{first lock}
 *   thread 2 waits for a mutex (locks.c:{second lock}); thread 1 holds it since locks.c:{first lock}
 *   at locks.c:{second lock} lock_both
 */
KIT_TEST(locks, opposite_orders_hang)
{
	struct kit_gate *gate = gate_after(KIT_LOCK, 1);
	pthread_t thread = start(a_then_b, NULL);
	gate_wait(gate);
	struct kit_gate *other = gate_after(KIT_LOCK, 1);
	pthread_t second = start(b_then_a, NULL);
	gate_wait(other);
	gate_open(gate);
	gate_open(other);
	join(thread);
	join(second);
}

/* => hang
 * criterion hang
 *   the main thread waits for a mutex (locks.c:{lock}); it holds that lock itself since locks.c:{lock}
 */
KIT_TEST(locks, locking_twice_hangs)
{
	lock(&a);
	lock(&a);
}

/* => hang
 * criterion hang
 *   the main thread waits for a mutex, which is locked although no thread has locked it: a copy of a locked one, never initialised, or written over (locks.c:{lock})
 */
KIT_TEST(locks, a_copy_of_a_locked_mutex_hangs)
{
	lock(&a);
	pthread_mutex_t copy = a;
	unlock(&a);
	lock(&copy);
}

KIT_TEST(locks, a_copy_of_a_locked_mutex_can_be_tried)
{
	lock(&a);
	pthread_mutex_t copy = a;
	unlock(&a);
	cr_expect(eq(int, try_lock(&copy), EBUSY));
	copy = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	cr_expect(eq(int, try_lock(&copy), 0));
	unlock(&copy);
}

/* => pass
 * tsan mutex_misuse
 *   use of an invalid mutex
 */
KIT_TEST(locks, what_is_no_mutex_is_not_taken)
{
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	mutex.__data.__kind = 0x4f;
	cr_expect(eq(int, lock(&mutex), EINVAL));
	mutex.__data.__kind = 0;
	cr_expect(eq(int, lock(&mutex), 0));
	unlock(&mutex);
}

/* => hang
 * criterion hang
 *   thread 1 holds it since locks.c:{lock} and has ended
 */
KIT_TEST(locks, a_lock_whose_holder_has_ended_is_explained)
{
	join(start(lock_a, NULL));
	lock(&a);
}

/* => pass
 * audit lock_held
 *   thread 1 ended and still holds the mutex that it took at locks.c:{lock}
 *   at locks.c:{lock} lock
 */
KIT_TEST(locks, ending_with_a_lock_is_found)
{
	join(start(lock_a, NULL));
}

/* => fail
 * criterion assertion
 *   thread 1 ended and still holds the mutex that it took at locks.c:{lock}
 *   then an assertion of the test failed
 *   at locks.c:{lock} lock
 */
KIT_TEST(locks, a_lock_that_is_held_is_told_before_the_assertion_that_follows)
{
	join(start(lock_a, NULL));
	cr_assert(eq(int, pthread_mutex_trylock(&a), 0));
}

/* => pass
 * audit mutex_misuse
 *   the main thread unlocks a mutex that no thread holds
 *   at locks.c:{unlock} unlock
 * tsan mutex_misuse
 *   at locks.c:{unlock} unlock
 */
KIT_TEST(locks, unlocking_what_nobody_holds_is_found)
{
	unlock(&b);
}

/* => pass
 * audit mutex_misuse
 *   the main thread unlocks a mutex that another thread holds
 */
KIT_TEST(locks, unlocking_what_another_holds_is_refused_by_a_checking_mutex)
{
	pthread_mutexattr_t attributes;
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
	pthread_mutex_init(&a, &attributes);
	struct kit_gate *gate = gate_after(KIT_LOCK, 1);
	pthread_t thread = start(lock_and_unlock_a, NULL);
	gate_wait(gate);
	cr_expect(eq(int, unlock(&a), EPERM));
	gate_open(gate);
	join(thread);
	cr_expect(eq(int, lock(&a), 0));
	cr_expect(eq(int, lock(&a), EDEADLK));
	cr_expect(eq(int, unlock(&a), 0));
	cr_expect(eq(int, pthread_mutex_destroy(&a), 0));
}

KIT_TEST(locks, a_recursive_mutex_is_free_after_as_many_unlocks)
{
	pthread_mutexattr_t attributes;
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&a, &attributes);
	int seen = -1;
	cr_expect(eq(int, lock(&a), 0));
	cr_expect(eq(int, lock(&a), 0));
	cr_expect(eq(int, try_lock(&a), 0));
	unlock(&a);
	unlock(&a);
	cr_expect(eq(int, pthread_mutex_destroy(&a), EBUSY));
	join(start(try_a, &seen));
	cr_expect(eq(int, seen, EBUSY));
	unlock(&a);
	join(start(lock_and_unlock_a, NULL));
	cr_expect(eq(int, pthread_mutex_destroy(&a), 0));
}

KIT_TEST(locks, a_timed_lock_ends_when_virtual_time_is_there)
{
	struct kit_gate *gate = gate_after(KIT_LOCK, 1);
	pthread_t thread = start(lock_and_unlock_a, NULL);
	gate_wait(gate);
	time_t before = time(NULL);
	cr_expect(eq(int, timed_lock(&a), ETIMEDOUT));
	cr_expect(ge(long, time(NULL) - before, 1000l));
	gate_open(gate);
	cr_expect(eq(int, timed_lock(&a), 0));
	unlock(&a);
	join(thread);
}

/* ---- condition variables ----------------------------------------------------------------------------------------- */

static struct box box = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false};

static void *take_box(void *full)
{
	*(bool *)full = box_take(&box);
	return NULL;
}

static void *take_box_if(void *full)
{
	*(bool *)full = box_take_if(&box);
	return NULL;
}

static void *fill_box(void *unused)
{
	box_fill(&box);
	return unused;
}

KIT_TEST(locks, a_waiter_is_woken)
{
	bool full = false;
	pthread_t thread = start(take_box, &full);
	kit_let_others_run();
	box_fill(&box);
	join(thread);
	cr_expect(eq(int, full, true));
}

/* => hang
 * criterion hang
 *   the main thread waits for a signal on a condition variable (locks.c:{blind wait})
 *   at locks.c:{blind wait} box_wait_blindly
 */
KIT_TEST(locks, a_lost_wakeup_hangs)
{
	box_fill(&box);
	box_wait_blindly(&box);
}

/* => fail
 * criterion assertion
 *   at public.c:{if assert}
 */
KIT_TEST(locks, a_spurious_wakeup_breaks_an_if)
{
	bool full = true;
	fi_spurious(1);
	join(start(take_box_if, &full));
	cr_assert(eq(int, full, true)); /* {if assert} */
}

KIT_TEST(locks, a_spurious_wakeup_does_not_break_a_while)
{
	bool full = false;
	fi_spurious(2);
	box_fill(&box);
	box_take(&box);
	pthread_t thread = start(take_box, &full);
	kit_let_others_run();
	box_fill(&box);
	join(thread);
	cr_expect(eq(int, full, true));
	cr_expect(ge(uint, fi_calls(KIT_COND_WAIT), 1));
}

KIT_TEST(locks, a_timed_wait_ends_when_virtual_time_is_there)
{
	time_t before = time(NULL);
	cr_expect(eq(int, box_wait_until(&box), ETIMEDOUT));
	cr_expect(ge(long, time(NULL) - before, 1000l));
}

KIT_TEST(locks, a_timed_wait_ends_early_when_it_is_signalled)
{
	time_t before = time(NULL);
	pthread_t thread = start(fill_box, NULL);
	cr_expect(eq(int, box_wait_until(&box), 0));
	cr_expect(lt(long, time(NULL) - before, 1000l));
	join(thread);
}

KIT_TEST(locks, sleeps_take_no_real_time)
{
	time_t before = time(NULL);
	cr_expect(eq(uint, nap(), 0));
	cr_expect(ge(long, time(NULL) - before, 2000l));
	cr_expect(eq(uint, fi_calls(KIT_SLEEP), 3));
}

/* ---- semaphores -------------------------------------------------------------------------------------------------- */

static sem_t items;

static void *give_item(void *unused)
{
	give(&items);
	return unused;
}

KIT_TEST(locks, a_semaphore_counts)
{
	sem_init(&items, 0, 1);
	cr_expect(eq(int, take(&items), 0));
	cr_expect(eq(int, take_now(&items), EAGAIN));
	cr_expect(eq(int, take_until(&items), ETIMEDOUT));
	pthread_t thread = start(give_item, NULL);
	cr_expect(eq(int, take_until(&items), 0));
	join(thread);
	fi_eintr(1);
	cr_expect(eq(int, take(&items), -1));
	cr_expect(eq(int, errno, EINTR));
}

KIT_TEST(locks, a_semaphore_that_blocks_leaves_errno)
{
	sem_init(&items, 0, 0);
	pthread_t thread = start(give_item, NULL);
	errno = EDOM;
	cr_expect(eq(int, take(&items), 0));
	cr_expect(eq(int, errno, EDOM));
	join(thread);
}

/* => hang
 * criterion hang
 *   the main thread waits for a semaphore (locks.c:{sem wait})
 */
KIT_TEST(locks, a_semaphore_that_nobody_posts_hangs)
{
	sem_init(&items, 0, 0);
	take(&items);
}

/* ---- read-write locks, spinlocks, barriers, once ----------------------------------------------------------------- */

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static struct kit_rendezvous *rendezvous;

static void *read_together(void *unused)
{
	read_lock(&rwlock);
	rendezvous_meet(rendezvous);
	rw_unlock(&rwlock);
	return unused;
}

static void *write_number(void *number)
{
	write_lock(&rwlock);
	++*(int *)number;
	rw_unlock(&rwlock);
	return NULL;
}

KIT_TEST(locks, readers_share_and_writers_do_not)
{
	int number = 0;
	rendezvous = rendezvous_new(2);
	pthread_t one = start(read_together, NULL), two = start(read_together, NULL);
	join(one);
	join(two);
	read_lock(&rwlock);
	cr_expect(eq(int, try_read_lock(&rwlock), 0));
	cr_expect(eq(int, try_write_lock(&rwlock), EBUSY));
	one = start(write_number, &number);
	kit_let_others_run();
	cr_expect(eq(int, number, 0));
	rw_unlock(&rwlock);
	rw_unlock(&rwlock);
	join(one);
	cr_expect(eq(int, number, 1));
	cr_expect(eq(int, try_write_lock(&rwlock), 0));
	cr_expect(eq(int, try_read_lock(&rwlock), EBUSY));
	rw_unlock(&rwlock);
}

/* => hang
 * criterion hang
 *   thread 1 waits to write-lock a read-write lock (locks.c:{write lock}); 1 reader holds it
 *   the main thread waits for a thread to end (join) (public.c:{join the writer})
 */
KIT_TEST(locks, a_writer_that_a_reader_keeps_out_hangs)
{
	int number = 0;
	read_lock(&rwlock);
	pthread_t writer = start(write_number, &number);
	pthread_join(writer, NULL); /* {join the writer} */
}

/* => hang
 * criterion hang
 *   the main thread waits to read-lock a read-write lock (locks.c:{read lock}); it holds that lock itself since locks.c:{write lock}
 */
KIT_TEST(locks, reading_what_one_writes_hangs)
{
	write_lock(&rwlock);
	read_lock(&rwlock);
}

/* => hang
 * criterion hang
 *   the main thread waits to write-lock a read-write lock, which is locked although no thread has locked it: a copy of a locked one, never initialised, or written over (locks.c:{write lock})
 */
KIT_TEST(locks, a_copy_of_a_lock_that_is_read_keeps_writers_out)
{
	read_lock(&rwlock);
	pthread_rwlock_t copy = rwlock;
	rw_unlock(&rwlock);
	read_lock(&copy);
	rw_unlock(&copy);
	write_lock(&copy);
}

/* => hang
 * criterion hang
 *   the main thread waits to read-lock a read-write lock, which is locked although no thread has locked it: a copy of a locked one, never initialised, or written over (locks.c:{read lock})
 */
KIT_TEST(locks, a_copy_of_a_lock_that_is_written_keeps_readers_out)
{
	write_lock(&rwlock);
	pthread_rwlock_t copy = rwlock;
	rw_unlock(&rwlock);
	read_lock(&copy);
}

/* Whoever destroys or signals what was no condition variable does not wait there. */
KIT_TEST(locks, calls_on_what_is_no_condition_variable_end)
{
	pthread_cond_t condition;
	memset(&condition, 0x2b, sizeof condition);
	pthread_cond_signal(&condition);
	pthread_cond_broadcast(&condition);
	pthread_cond_destroy(&condition);
	pthread_barrier_t never;
	memset(&never, 0x2b, sizeof never);
	pthread_barrier_destroy(&never);
}

static pthread_spinlock_t spinlock;

static void *spin_and_add(void *number)
{
	for (int i = 0; i < 10; i++)
		spin(&spinlock, number);
	return NULL;
}

KIT_TEST(locks, a_spinlock_excludes)
{
	int number = 0;
	pthread_spin_init(&spinlock, 0);
	pthread_t one = start(spin_and_add, &number), two = start(spin_and_add, &number);
	join(one);
	join(two);
	cr_expect(eq(int, number, 20));
}

/* => hang
 * criterion hang
 *   thread 1 waits for a spinlock (locks.c:{spin lock})
 */
KIT_TEST(locks, a_spinlock_that_is_not_released_hangs)
{
	int number = 0;
	pthread_spin_init(&spinlock, 0);
	pthread_spin_lock(&spinlock);
	join(start(spin_and_add, &number));
}

/* => hang
 * criterion hang
 *   the main thread waits for a spinlock, which is locked although no thread has locked it: a copy of a locked one, never initialised, or written over (locks.c:{spin lock})
 */
KIT_TEST(locks, a_copy_of_a_locked_spinlock_hangs)
{
	int number = 0;
	pthread_spin_init(&spinlock, 0);
	pthread_spin_lock(&spinlock);
	pthread_spinlock_t copy = spinlock;
	pthread_spin_unlock(&spinlock);
	spin(&copy, &number);
}

static pthread_barrier_t barrier;
static _Atomic int serial, before, early;

static void *arrive_twice(void *unused)
{
	for (int round = 1; round <= 2; round++) {
		before++;
		serial += arrive(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD;
		early += before < 3 * round;
	}
	return unused;
}

KIT_TEST(locks, a_barrier_lets_go_when_all_are_there)
{
	pthread_barrier_init(&barrier, NULL, 3);
	pthread_t one = start(arrive_twice, NULL), two = start(arrive_twice, NULL);
	arrive_twice(NULL);
	join(one);
	join(two);
	cr_expect(eq(int, serial, 2));
	cr_expect(eq(int, early, 0));
	cr_expect(eq(int, pthread_barrier_destroy(&barrier), 0));
}

/* => hang
 * criterion hang
 *   the main thread waits at a barrier (locks.c:{barrier})
 */
KIT_TEST(locks, a_barrier_that_is_not_full_hangs)
{
	pthread_barrier_init(&barrier, NULL, 2);
	arrive(&barrier);
}

static pthread_once_t control = PTHREAD_ONCE_INIT;
static int made;

static void make(void)
{
	pthread_mutex_lock(&a); /* a scheduling point in the middle */
	made++;
	pthread_mutex_unlock(&a);
}

static void *make_once(void *seen)
{
	once(&control, make);
	*(int *)seen = made;
	return NULL;
}

KIT_TEST(locks, once_is_once_and_all_wait_for_it)
{
	int seen[3] = {0};
	pthread_t one = start(make_once, &seen[0]), two = start(make_once, &seen[1]);
	make_once(&seen[2]);
	join(one);
	join(two);
	cr_expect(eq(int, seen[0], 1));
	cr_expect(eq(int, seen[1], 1));
	cr_expect(eq(int, seen[2], 1));
}

/* ---- what POSIX leaves undefined --------------------------------------------------------------------------------- */

/* => pass
 * audit thread_misuse
 *   the main thread joins thread 1, which was joined already (public.c:{first join})
 *   at locks.c:{second join} join_again
 */
KIT_TEST(locks, a_thread_that_is_joined_twice_is_found)
{
	pthread_t thread = start(fill_box, NULL);
	pthread_join(thread, NULL); /* {first join} */
	cr_expect(ne(int, join_again(thread), 0));
}

/* => pass
 * audit thread_misuse
 *   which was created detached
 */
KIT_TEST(locks, a_detached_thread_that_is_joined_is_found)
{
	pthread_attr_t attributes;
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_t thread;
	cr_assert(eq(int, pthread_create(&thread, &attributes, fill_box, NULL), 0));
	kit_let_others_run();
	cr_expect(eq(int, join_again(thread), EINVAL));
}

static void *wait_with_a(void *unused)
{
	wait_for_box(&box, &a);
	return unused;
}

/* => pass
 * audit mutex_misuse
 *   thread 2 waits on a condition variable with another mutex than thread 1, which waits there at the same time (locks.c:{wait with a mutex})
 */
KIT_TEST(locks, a_condition_with_two_mutexes_is_found)
{
	pthread_t one = start(wait_with_a, NULL);
	kit_let_others_run();
	pthread_t other = start(take_box, &(bool){false});
	kit_let_others_run();
	pthread_mutex_lock(&box.mutex);
	box.full = true;
	pthread_cond_broadcast(&box.changed);
	pthread_mutex_unlock(&box.mutex);
	join(one);
	join(other);
}

static void share_semaphore(int shared)
{
	sem_t *both = kit_shared(sizeof *both);
	sem_init(both, shared, 0);
	pid_t child = fork();
	if (child == 0) {
		give(both);
		_exit(0);
	}
	cr_expect(eq(int, take(both), 0));
	cr_expect(eq(int, waitpid(child, NULL, 0), child));
}

KIT_TEST(locks, a_semaphore_for_processes_is_shared)
{
	share_semaphore(1);
}

/* => pass
 * audit not_process_shared
 *   child 1 uses a semaphore that the main thread created
 *   for the threads of its own process only
 */
KIT_TEST(locks, a_semaphore_for_threads_is_not)
{
	share_semaphore(0);
}

/* => pass
 * audit condition_abandoned
 *   the main thread uses a condition variable on which child 1 was waiting (locks.c:{while wait}) when its process was killed
 */
KIT_TEST(locks, a_condition_with_a_dead_waiter_is_found)
{
	struct box *both = kit_shared(sizeof *both);
	pthread_mutexattr_t mutex_attributes;
	pthread_mutexattr_init(&mutex_attributes);
	pthread_mutexattr_setpshared(&mutex_attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&both->mutex, &mutex_attributes);
	pthread_condattr_t attributes;
	pthread_condattr_init(&attributes);
	pthread_condattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_cond_init(&both->changed, &attributes);
	pid_t child = fork();
	if (child == 0) {
		box_take(both);
		_exit(0);
	}
	kit_let_others_run();
	cr_expect(eq(int, kill(child, SIGKILL), 0));
	cr_expect(eq(int, waitpid(child, NULL, 0), child));
	box_fill(both);
}

/* ---- owners that die --------------------------------------------------------------------------------------------- */

struct robust {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	sem_t taken;
	int result;
};

static struct robust *make_robust(void)
{
	struct robust *robust = kit_shared(sizeof *robust);
	pthread_mutexattr_t mutex_attributes;
	pthread_mutexattr_init(&mutex_attributes);
	pthread_mutexattr_setpshared(&mutex_attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&mutex_attributes, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&robust->mutex, &mutex_attributes);
	pthread_condattr_t attributes;
	pthread_condattr_init(&attributes);
	pthread_condattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_cond_init(&robust->changed, &attributes);
	sem_init(&robust->taken, 1, 0);
	return robust;
}

/* A child that does `what` and ends without unlocking. */
static pid_t start_robust(void (*what)(struct robust *), struct robust *robust)
{
	pid_t child = fork();
	if (child == 0) {
		what(robust);
		_exit(0);
	}
	return child;
}

static void take_and_stay(struct robust *robust)
{
	pthread_mutex_lock(&robust->mutex);
	sem_post(&robust->taken);
	sem_wait(&(sem_t){0});
}

static void lock_robust(struct robust *robust)
{
	robust->result = pthread_mutex_lock(&robust->mutex);
}

static void wait_for_a_second(struct robust *robust)
{
	struct timespec soon = {.tv_sec = time(NULL) + 1};
	pthread_mutex_lock(&robust->mutex);
	robust->result = pthread_cond_timedwait(&robust->changed, &robust->mutex, &soon);
}

static void kill_the_owner(pid_t owner, pid_t other, const struct robust *robust)
{
	kit_let_others_run(); /* whose time is over wants the mutex */
	kill(owner, SIGKILL);
	waitpid(owner, NULL, 0);
	waitpid(other, NULL, 0);
	cr_expect(eq(int, robust->result, EOWNERDEAD));
}

KIT_TEST(locks, who_is_blocked_when_the_owner_of_a_robust_mutex_is_killed_gets_it)
{
	struct robust *robust = make_robust();
	pid_t owner = start_robust(take_and_stay, robust);
	sem_wait(&robust->taken);
	pid_t other = start_robust(lock_robust, robust);
	kill_the_owner(owner, other, robust);
}

KIT_TEST(locks, a_wait_whose_time_is_over_tells_that_the_owner_was_killed)
{
	struct robust *robust = make_robust();
	pid_t other = start_robust(wait_for_a_second, robust);
	pid_t owner = start_robust(take_and_stay, robust);
	sem_wait(&robust->taken);
	kill_the_owner(owner, other, robust);
}

/* ---- clocks ------------------------------------------------------------------------------------------------------ */

KIT_TEST(locks, a_deadline_of_the_right_clock_comes_in_time)
{
	time_t before = time(NULL);
	cr_expect(eq(int, wait_by(CLOCK_REALTIME, &box), ETIMEDOUT));
	cr_expect(ge(long, time(NULL) - before, 10l));
}

KIT_TEST(locks, a_deadline_of_an_earlier_clock_is_past)
{
	time_t before = time(NULL);
	cr_expect(eq(int, wait_by(CLOCK_MONOTONIC, &box), ETIMEDOUT));
	cr_expect(lt(long, time(NULL) - before, 2l));
}

KIT_TEST(locks, a_condition_keeps_the_clock_of_its_attributes)
{
	pthread_condattr_t attributes;
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&box.changed, &attributes);
	time_t before = time(NULL);
	cr_expect(eq(int, wait_by(CLOCK_MONOTONIC, &box), ETIMEDOUT));
	cr_expect(ge(long, time(NULL) - before, 10l));
}

/* ---- <threads.h> ------------------------------------------------------------------------------------------------- */

static mtx_t c11;
static cnd_t c11_changed;

static void *c11_lock_and_unlock(void *unused)
{
	c11_lock(&c11);
	c11_unlock(&c11);
	return unused;
}

KIT_TEST(locks, threads_of_c11_are_counted_and_stop_at_gates)
{
	mtx_init(&c11, mtx_plain);
	struct kit_gate *gate = gate_after(KIT_LOCK, 1);
	pthread_t thread = start(c11_lock_and_unlock, NULL);
	gate_wait(gate);
	cr_expect(eq(int, c11_try(&c11), thrd_busy));
	gate_open(gate);
	join(thread);
	cr_expect(eq(int, c11_try(&c11), thrd_success));
	c11_unlock(&c11);
	int result = 0;
	cr_expect(eq(int, c11_run(&result), thrd_success));
	cr_expect(eq(int, result, 7));
	cr_expect(eq(uint, fi_calls(KIT_LOCK), 2));
	cr_expect(eq(uint, fi_calls(KIT_UNLOCK), 2));
	cr_expect(eq(uint, fi_calls(KIT_THREAD_CREATE), 1));
	cr_expect(eq(uint, fi_calls(KIT_THREAD_JOIN), 1));
}

KIT_TEST(locks, threads_of_c11_fail_by_their_own_names)
{
	int result;
	fi_fail_nth(KIT_THREAD_CREATE, 1, ENOMEM);
	cr_expect(eq(int, c11_run(&result), thrd_nomem));
	fi_fail_nth(KIT_THREAD_CREATE, 1, EAGAIN);
	cr_expect(eq(int, c11_run(&result), thrd_error));
	cr_expect(eq(uint, kit_threads(), 1));
}

/* => hang
 * criterion hang
 *   the main thread waits for a mutex (locks.c:{c11 lock}); it holds that lock itself since locks.c:{c11 lock}
 */
KIT_TEST(locks, a_mutex_of_c11_that_is_locked_twice_hangs)
{
	mtx_init(&c11, mtx_plain);
	c11_lock(&c11);
	c11_lock(&c11);
}

/* => pass
 * audit mutex_misuse
 *   the main thread unlocks a mutex that no thread holds
 *   at locks.c:{c11 unlock} c11_unlock
 * tsan mutex_misuse
 *   at locks.c:{c11 unlock} c11_unlock
 */
KIT_TEST(locks, a_mutex_of_c11_that_nobody_holds_is_not_unlocked)
{
	mtx_init(&c11, mtx_plain);
	c11_unlock(&c11);
}

static void *c11_wait(void *full)
{
	*(bool *)full = c11_wait_if(&c11, &c11_changed, full);
	return NULL;
}

/* => fail
 * criterion assertion
 *   at public.c:{c11 assert}
 */
KIT_TEST(locks, a_spurious_wakeup_breaks_an_if_of_c11)
{
	bool full = false;
	mtx_init(&c11, mtx_plain);
	cnd_init(&c11_changed);
	fi_spurious(1);
	join(start(c11_wait, &full));
	cr_assert(eq(int, full, true)); /* {c11 assert} */
}
