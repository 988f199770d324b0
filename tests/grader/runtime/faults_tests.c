/* faults_tests.c - fi_fail_nth for each call, fi_kill_child, fi_calls. */
#include "kit.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

int call_fork(pid_t *pid);
pid_t fork_and_set(volatile bool *ran);
int call_waitpid(pid_t pid);
int call_wait(void);
int call_pipe(int fds[2]);
int call_pipe2(int fds[2]);
int call_read(int fd);
int call_write(int fd);
int call_write_until_done(int fd);
int call_close(int fd);
int call_kill(pid_t pid);
int call_malloc(void);
int call_calloc(void);
int call_realloc(void);
int call_strdup(const char *text);
int call_mmap(void);
int call_thread_create(pthread_t *thread);
int call_thread_join(pthread_t thread);
int call_mutex_init(pthread_mutex_t *mutex);
int call_lock(pthread_mutex_t *mutex);
int call_unlock(pthread_mutex_t *mutex);
int call_cond_init(pthread_cond_t *condition);
int call_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex);
int call_cond_signal(pthread_cond_t *condition);
int call_cond_broadcast(pthread_cond_t *condition);
int call_sem_wait(sem_t *semaphore);
int call_sem_post(sem_t *semaphore);
int call_usleep(void);

/* The second call from now fails, and only that one; nothing else does. `again` brings the world back to where the call succeeds. */
#define EXPECT_SECOND_FAILS(op, error, call, again)                                                                    \
	do {                                                                                                                \
		fi_reset();                                                                                                      \
		fi_fail_nth(op, 2, error);                                                                                       \
		cr_expect(eq(int, call, 0), "the first " #call);                                                                 \
		again;                                                                                                           \
		cr_expect(eq(int, call, error), "the second " #call);                                                            \
		cr_expect(eq(int, call, 0), "the third " #call);                                                                 \
		again;                                                                                                           \
		cr_expect(eq(uint, fi_calls(op), 3), "calls of " #call);                                                         \
	} while (0)

KIT_TEST(faults, calls_of_processes)
{
	pid_t pid;
	EXPECT_SECOND_FAILS(KIT_FORK, EAGAIN, call_fork(&pid), waitpid(pid, NULL, 0));
	cr_expect(eq(uint, kit_children(), 0));
	EXPECT_SECOND_FAILS(KIT_KILL, EPERM, call_kill(getpid()), );
	call_fork(&pid);
	EXPECT_SECOND_FAILS(KIT_WAITPID, ECHILD, call_waitpid(pid), call_fork(&pid));
	EXPECT_SECOND_FAILS(KIT_WAITPID, ECHILD, call_wait(), call_fork(&pid));
	cr_expect(eq(uint, kit_children(), 1));
	wait(NULL);
	cr_expect(eq(uint, kit_children(), 0));
}

KIT_TEST(faults, a_wait_is_interrupted_and_the_child_is_still_there)
{
	pid_t pid;
	fi_eintr(1);
	call_fork(&pid);
	cr_expect(eq(int, call_waitpid(pid), EINTR));
	cr_expect(eq(int, call_wait(), EINTR));
	cr_expect(eq(uint, kit_children(), 1));
	fi_eintr(0);
	cr_expect(eq(int, call_waitpid(pid), 0));
}

static void close_both(const int fds[2])
{
	close(fds[0]);
	close(fds[1]);
}

KIT_TEST(faults, calls_of_descriptors)
{
	int fds[2];
	EXPECT_SECOND_FAILS(KIT_PIPE, EMFILE, call_pipe(fds), close_both(fds));
	EXPECT_SECOND_FAILS(KIT_PIPE, ENFILE, call_pipe2(fds), close_both(fds));
	cr_expect(eq(uint, kit_open_fds(), 0));
	cr_assert(eq(int, pipe(fds), 0));
	EXPECT_SECOND_FAILS(KIT_WRITE, EIO, call_write(fds[1]), );
	EXPECT_SECOND_FAILS(KIT_READ, EIO, call_read(fds[0]), );
	close_both(fds);
	fds[0] = dup(1);
	EXPECT_SECOND_FAILS(KIT_CLOSE, EINTR, call_close(fds[0]), fds[0] = dup(1));
	close(fds[0]);
}

KIT_TEST(faults, calls_of_memory)
{
	EXPECT_SECOND_FAILS(KIT_MALLOC, ENOMEM, call_malloc(), );
	EXPECT_SECOND_FAILS(KIT_MALLOC, ENOMEM, call_calloc(), );
	EXPECT_SECOND_FAILS(KIT_MALLOC, ENOMEM, call_realloc(), );
	EXPECT_SECOND_FAILS(KIT_MALLOC, ENOMEM, call_strdup("text"), );
	cr_expect(eq(uint, fi_calls(KIT_FREE), 3), "free(NULL) counts as a call");
	EXPECT_SECOND_FAILS(KIT_MMAP, ENOMEM, call_mmap(), );
}

KIT_TEST(faults, calls_of_threads)
{
	pthread_t thread;
	EXPECT_SECOND_FAILS(KIT_THREAD_CREATE, EAGAIN, call_thread_create(&thread), pthread_join(thread, NULL));
	cr_expect(eq(uint, kit_threads(), 1));
	call_thread_create(&thread);
	EXPECT_SECOND_FAILS(KIT_THREAD_JOIN, EINVAL, call_thread_join(thread), call_thread_create(&thread));
	pthread_join(thread, NULL);
}

KIT_TEST(faults, calls_of_locks)
{
	pthread_mutex_t mutex;
	pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
	sem_t semaphore;
	EXPECT_SECOND_FAILS(KIT_MUTEX_INIT, ENOMEM, call_mutex_init(&mutex), );
	EXPECT_SECOND_FAILS(KIT_LOCK, EINVAL, call_lock(&mutex), pthread_mutex_unlock(&mutex));
	pthread_mutex_lock(&mutex);
	EXPECT_SECOND_FAILS(KIT_UNLOCK, EPERM, call_unlock(&mutex), pthread_mutex_lock(&mutex));
	pthread_mutex_unlock(&mutex);
	EXPECT_SECOND_FAILS(KIT_COND_INIT, ENOMEM, call_cond_init(&condition), );
	EXPECT_SECOND_FAILS(KIT_COND_SIGNAL, EINVAL, call_cond_signal(&condition), );
	EXPECT_SECOND_FAILS(KIT_COND_BROADCAST, EINVAL, call_cond_broadcast(&condition), );
	sem_init(&semaphore, 0, 5);
	EXPECT_SECOND_FAILS(KIT_SEM_WAIT, EINVAL, call_sem_wait(&semaphore), );
	EXPECT_SECOND_FAILS(KIT_SEM_POST, EOVERFLOW, call_sem_post(&semaphore), );
	EXPECT_SECOND_FAILS(KIT_SLEEP, EINTR, call_usleep(), );
	fi_reset();
	fi_fail_nth(KIT_COND_WAIT, 1, EINVAL);
	pthread_mutex_lock(&mutex);
	cr_expect(eq(int, call_cond_wait(&condition, &mutex), EINVAL), "it does not wait");
	pthread_mutex_unlock(&mutex);
}

KIT_TEST(faults, a_child_that_is_killed_at_birth_never_ran)
{
	bool *ran = kit_shared(3 * sizeof *ran);
	int status[3];
	fi_kill_child(2);
	for (int i = 0; i < 3; i++) {
		pid_t pid = fork_and_set(&ran[i]);
		cr_assert(gt(int, pid, 0));
		cr_assert(eq(int, waitpid(pid, &status[i], 0), pid));
	}
	cr_expect(eq(int, status[0], 0));
	cr_expect(eq(int, ran[0], true));
	cr_expect(eq(int, WIFSIGNALED(status[1]), 1));
	cr_expect(eq(int, WTERMSIG(status[1]), SIGKILL));
	cr_expect(eq(int, ran[1], false));
	cr_expect(eq(int, status[2], 0));
	cr_expect(eq(int, ran[2], true));
}

static void *malloc_ten_times(void *unused)
{
	for (int i = 0; i < 10; i++)
		call_malloc();
	return unused;
}

KIT_TEST(faults, calls_are_counted_over_all_threads_and_processes_but_not_the_test_s_own)
{
	pthread_t thread;
	pthread_create(&thread, NULL, malloc_ten_times, NULL);
	malloc_ten_times(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		malloc_ten_times(NULL);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	pthread_join(thread, NULL);
	free(malloc(1));
	cr_expect(eq(uint, fi_calls(KIT_MALLOC), 30));
	cr_expect(eq(uint, fi_calls(KIT_FORK), 0));
	cr_expect(eq(uint, fi_calls(KIT_THREAD_CREATE), 0));
	fi_reset();
	cr_expect(eq(uint, fi_calls(KIT_MALLOC), 0));
}

/* ---- what failed before an assertion does --------------------------------------------------------------------------- */

/* => fail
 * criterion assertion
 *   	write failed with EPIPE; then the first assertion
 *   at faults.c:{write} call_write (the call that failed)
 */
KIT_TEST(faults, the_first_failed_call_is_told_before_the_assertion)
{
	int end[2];
	signal(SIGPIPE, SIG_IGN);
	cr_assert(eq(int, pipe(end), 0));
	close(end[0]);
	call_write(end[1]);
	call_close(end[0]);
	close(end[1]);
	cr_assert(eq(int, 1, 2), "the first assertion");
}

/* => fail
 * criterion assertion
 *   	fork failed with EAGAIN, as the test wanted it to; then the second assertion
 *   at faults.c:{fork} call_fork (the call that failed)
 */
KIT_TEST(faults, a_failure_that_the_test_wants_is_told_although_the_next_call_succeeds)
{
	pid_t pid;
	fi_fail_nth(KIT_FORK, 1, EAGAIN);
	call_fork(&pid);
	call_fork(&pid);
	waitpid(pid, NULL, 0);
	cr_assert(eq(int, 1, 2), "the second assertion");
}

/* => fail
 * criterion assertion
 *   	the third assertion
 */
KIT_TEST(faults, no_cause_is_what_was_made_again_or_is_an_answer)
{
	int end[2];
	cr_assert(eq(int, pipe(end), 0));
	fi_eintr(2);
	call_write_until_done(end[1]);
	call_write_until_done(end[1]);
	call_wait();
	fi_fail_nth(KIT_FORK, 1, EAGAIN);
	fi_reset();
	close(end[0]);
	close(end[1]);
	cr_assert(eq(int, 1, 2), "the third assertion");
}

/* => fail
 * criterion assertion
 *   	the fourth assertion
 */
KIT_TEST(faults, no_cause_is_what_failed_before_the_test_began_anew)
{
	pid_t pid;
	fi_fail_nth(KIT_FORK, 1, EAGAIN);
	cr_expect(eq(int, call_fork(&pid), EAGAIN));
	fi_reset();
	cr_assert(eq(int, 1, 2), "the fourth assertion");
}

KIT_TEST(faults, errors_have_names)
{
	cr_expect(eq(str, (char *)kit_error_name(EINVAL), "EINVAL"));
	cr_expect(eq(str, (char *)kit_error_name(0), "0"));
	cr_expect(eq(str, (char *)kit_error_name(-1), "no error that there is"));
}
