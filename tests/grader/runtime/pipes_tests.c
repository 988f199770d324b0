/* pipes_tests.c - pipes between processes: transfers, their faults, and hangs with who holds which end. */
#define _GNU_SOURCE 1
#include "kit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int make_pipe(int fds[2]);
int make_sockets(int fds[2]);
ssize_t read_once(int fd, void *buffer, size_t size);
ssize_t write_once(int fd, const void *buffer, size_t size);
bool read_all(int fd, void *buffer, size_t size);
bool write_all(int fd, const void *buffer, size_t size);
pid_t spawn_reader(int fds[2], bool careful);
pid_t spawn_writer(int fds[2], size_t size);
int close_fd(int fd);
int duplicate(int fd);
int duplicate_to(int fd, int to);
int duplicate_to3(int fd, int to);
int open_null(void);
int wait_readable(int fd, int timeout_ms);
int wait_for_any(const int fds[], int count);
int select_one(int one, int other);
int duplicate_from(int fd, int least);
int close_many(int first, int last);
void close_rest(int first);
int open_null_at(void);
int borrow_standard_input(int fd);
int receive_copy(int fd);

enum { NOT_YOURS = 10 };

/* A descriptor that is open before the test begins, as the runner's are. */
static void __attribute__((constructor)) open_before(void)
{
	dup2(1, NOT_YOURS);
}

KIT_TEST(pipes, a_reader_sees_the_end_when_all_write_ends_are_closed)
{
	int fds[2], status;
	make_pipe(fds);
	pid_t pid = spawn_reader(fds, true);
	close_fd(fds[0]);
	write_once(fds[1], "abc", 3);
	close_fd(fds[1]);
	cr_expect(eq(int, waitpid(pid, &status, 0), pid));
	cr_expect(eq(int, status, 0));
}

/* => hang
 * criterion hang
 *   child 1 waits to read pipe 0 (descriptor 3, pipes.c:{read to the end}); its write end is still open in child 1
 *   the main thread waits for a child to end (waitpid) (public.c:{wait for the reader})
 *   at pipes.c:{read to the end} spawn_reader
 */
KIT_TEST(pipes, a_reader_that_holds_the_write_end_itself_hangs)
{
	int fds[2];
	make_pipe(fds);
	pid_t pid = spawn_reader(fds, false);
	close_fd(fds[0]);
	close_fd(fds[1]);
	waitpid(pid, NULL, 0); /* {wait for the reader} */
}

/* => hang
 * criterion hang
 *   child 1 waits to read pipe 1 (descriptor 5, pipes.c:{read to the end}); its write end is still open in the test and child 2
 *   child 2 waits to read pipe 1
 */
KIT_TEST(pipes, all_who_hold_the_write_end_are_named)
{
	int other[2], fds[2];
	make_pipe(other);
	make_pipe(fds);
	pid_t pid = spawn_reader(fds, true);
	spawn_reader(fds, false);
	close_fd(fds[0]);
	waitpid(pid, NULL, 0);
}

/* => hang
 * criterion hang
 *   child 1 waits to write to pipe 0 (descriptor 4, pipes.c:
 *   its read end is still open in the test
 */
KIT_TEST(pipes, a_writer_into_a_full_pipe_that_nobody_reads_hangs)
{
	int fds[2];
	make_pipe(fds);
	pid_t pid = spawn_writer(fds, 1 << 18);
	waitpid(pid, NULL, 0);
}

KIT_TEST(pipes, more_than_a_pipe_holds_goes_through)
{
	int fds[2], status;
	static char block[1 << 18];
	make_pipe(fds);
	pid_t pid = spawn_writer(fds, sizeof block);
	close_fd(fds[1]);
	cr_expect(eq(int, read_all(fds[0], block, sizeof block), true));
	cr_expect(eq(int, (int)read_once(fds[0], block, 1), 0));
	close_fd(fds[0]);
	waitpid(pid, &status, 0);
	cr_expect(eq(int, WEXITSTATUS(status), 3));
}

KIT_TEST(pipes, a_writer_without_a_reader_dies_of_sigpipe)
{
	int fds[2], status;
	make_pipe(fds);
	struct kit_gate *gate = gate_before(KIT_WRITE, 1);
	pid_t pid = spawn_writer(fds, 10);
	gate_wait(gate);
	close_fd(fds[0]);
	close_fd(fds[1]);
	gate_open(gate);
	waitpid(pid, &status, 0);
	cr_expect(eq(int, WIFSIGNALED(status), 1));
	cr_expect(eq(int, WTERMSIG(status), SIGPIPE));
}

KIT_TEST(pipes, a_writer_that_blocks_sigpipe_gets_epipe_and_lives_on)
{
	int fds[2], status;
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_BLOCK, &set, NULL);
	make_pipe(fds);
	struct kit_gate *gate = gate_before(KIT_WRITE, 1);
	pid_t pid = spawn_writer(fds, 10);
	gate_wait(gate);
	close_fd(fds[0]);
	close_fd(fds[1]);
	gate_open(gate);
	waitpid(pid, &status, 0);
	cr_expect(eq(int, WEXITSTATUS(status), 3));
}

KIT_TEST(pipes, an_ignored_sigpipe_is_epipe)
{
	int fds[2];
	signal(SIGPIPE, SIG_IGN);
	make_pipe(fds);
	close_fd(fds[0]);
	cr_expect(eq(int, (int)write_once(fds[1], "x", 1), -1));
	cr_expect(eq(int, errno, EPIPE));
	close_fd(fds[1]);
}

KIT_TEST(pipes, short_transfers_are_at_most_three_bytes)
{
	int fds[2];
	char buffer[8];
	make_pipe(fds);
	fi_short_io(true);
	ssize_t put = write_once(fds[1], "abcdefgh", 8);
	cr_expect(ge(int, (int)put, 1));
	cr_expect(le(int, (int)put, 3));
	cr_expect(eq(int, write_all(fds[1], "abcdefgh" + put, 8 - (size_t)put), true));
	ssize_t got = read_once(fds[0], buffer, 8);
	cr_expect(ge(int, (int)got, 1));
	cr_expect(le(int, (int)got, 3));
	cr_expect(eq(int, read_all(fds[0], buffer + got, 8 - (size_t)got), true));
	cr_expect(eq(int, memcmp(buffer, "abcdefgh", 8), 0));
	fi_reset();
	cr_expect(eq(int, (int)write_once(fds[1], "abcdefgh", 8), 8));
	cr_expect(eq(int, (int)read_once(fds[0], buffer, 8), 8));
	close_fd(fds[0]);
	close_fd(fds[1]);
}

KIT_TEST(pipes, every_second_transfer_is_interrupted)
{
	int fds[2];
	char byte;
	make_pipe(fds);
	fi_eintr(2);
	cr_expect(eq(int, (int)write_once(fds[1], "x", 1), 1));
	cr_expect(eq(int, (int)read_once(fds[0], &byte, 1), -1));
	cr_expect(eq(int, errno, EINTR));
	cr_expect(eq(int, (int)read_once(fds[0], &byte, 1), 1), "nothing was lost");
	cr_expect(eq(int, write_all(fds[1], "abcd", 4), true));
	close_fd(fds[0]);
	close_fd(fds[1]);
}

/* Nothing waits, so nothing is interrupted. */
KIT_TEST(pipes, calls_that_do_not_wait_are_not_interrupted)
{
	int fds[2];
	char byte;
	make_pipe(fds);
	for (int i = 0; i < 2; i++)
		fcntl(fds[i], F_SETFL, O_NONBLOCK);
	fi_eintr(1);
	cr_expect(eq(int, (int)write_once(fds[1], "x", 1), 1));
	cr_expect(eq(int, (int)read_once(fds[0], &byte, 1), 1));
	cr_expect(eq(int, (int)read_once(fds[0], &byte, 1), -1));
	cr_expect(eq(int, errno, EAGAIN));
	fi_eintr(0);
	close_fd(fds[0]);
	close_fd(fds[1]);
}

/* It has a number that was another's before the test. */
KIT_TEST(pipes, a_descriptor_that_has_come_is_the_submission_s)
{
	int fds[2], between[3];
	char byte;
	close(NOT_YOURS);
	make_pipe(fds);
	for (int i = 0; i < 3; i++)
		between[i] = duplicate(fds[0]);
	int copy = receive_copy(fds[0]);
	cr_expect(eq(int, copy, NOT_YOURS));
	cr_expect(eq(int, (int)write_once(fds[1], "x", 1), 1));
	cr_expect(eq(int, (int)read_once(copy, &byte, 1), 1));
	cr_expect(eq(int, close_fd(copy), 0));
	for (int i = 0; i < 3; i++)
		close_fd(between[i]);
	close_fd(fds[0]);
	close_fd(fds[1]);
}

KIT_TEST(pipes, descriptors_that_are_not_the_submission_s_are_out_of_reach)
{
	char byte;
	int mine = open_null();
	cr_expect(eq(int, close_fd(NOT_YOURS), -1));
	cr_expect(eq(int, errno, EBADF));
	cr_expect(eq(int, (int)read_once(NOT_YOURS, &byte, 1), -1));
	cr_expect(eq(int, errno, EBADF));
	cr_expect(eq(int, (int)write_once(NOT_YOURS, "x", 1), -1));
	cr_expect(eq(int, errno, EBADF));
	cr_expect(eq(int, duplicate(NOT_YOURS), -1));
	cr_expect(eq(int, errno, EBADF));
	cr_expect(eq(int, duplicate_to(mine, NOT_YOURS), -1));
	cr_expect(eq(int, duplicate_to(NOT_YOURS, mine), -1));
	cr_expect(eq(int, duplicate_to3(mine, NOT_YOURS), -1));
	cr_expect(ge(int, fcntl(NOT_YOURS, F_GETFD), 0), "it is still open");
	close_fd(mine);
	cr_expect(eq(int, close_fd(mine), -1));
	cr_expect(eq(int, errno, EBADF), "closed twice");
}

/* => pass
 * audit fd_leak
 *   descriptor 3 is still open at the end of the test
 *   at pipes.c:{pipe} make_pipe
 * audit fd_leak
 *   descriptor 5 is still open at the end of the test
 *   at pipes.c:{dup} duplicate
 * audit fd_leak
 *   descriptor 6 is still open at the end of the test
 *   at pipes.c:{open} open_null
 */
KIT_TEST(pipes, descriptors_that_stay_open_are_found_with_their_places)
{
	int fds[2];
	make_pipe(fds);
	duplicate(fds[0]);
	open_null();
	close_fd(fds[1]);
	cr_expect(eq(uint, kit_open_fds(), 3));
}

/* => pass
 * audit fd_leak
 *   descriptor 7 is still open at the end of the test
 *   at pipes.c:{recvmsg} receive_copy
 */
KIT_TEST(pipes, a_descriptor_that_has_come_and_stays_open_is_found)
{
	int fds[2];
	make_pipe(fds);
	receive_copy(fds[0]);
	close_fd(fds[0]);
	close_fd(fds[1]);
}

KIT_TEST(pipes, what_the_test_itself_leaves_open_is_not_the_submission_s)
{
	int fds[2];
	cr_expect(eq(int, pipe(fds), 0));
	cr_expect(eq(uint, kit_open_fds(), 2));
}

KIT_TEST(pipes, sockets_and_poll)
{
	int fds[2];
	char byte;
	make_sockets(fds);
	time_t before = time(NULL);
	cr_expect(eq(int, wait_readable(fds[0], 0), 0));
	cr_expect(eq(int, wait_readable(fds[0], 1000000), 0));
	cr_expect(ge(long, time(NULL) - before, 1000l));
	cr_expect(eq(int, (int)write_once(fds[1], "x", 1), 1));
	cr_expect(eq(int, wait_readable(fds[0], -1), 1));
	cr_expect(eq(int, (int)read_once(fds[0], &byte, 1), 1));
	close_fd(fds[0]);
	close_fd(fds[1]);
}

/* => hang
 * criterion hang
 *   the main thread waits in poll for a descriptor (pipes.c:{poll}): to read pipe 0 (descriptor 3; its write end is still open in the test)
 */
KIT_TEST(pipes, a_poll_without_limit_hangs)
{
	int fds[2];
	make_pipe(fds);
	wait_readable(fds[0], -1);
}

/* => hang
 * criterion hang
 *   the main thread waits to read pipe 0 (descriptor 3, pipes.c:{read once}); its write end is still open in the test
 */
KIT_TEST(pipes, reading_from_oneself_hangs)
{
	int fds[2];
	char byte;
	make_pipe(fds);
	read_once(fds[0], &byte, 1);
}

/* => pass
 * audit fd_leak
 *   descriptor 700 is still open at the end of the test
 *   at pipes.c:{F_DUPFD} duplicate_from
 * audit fd_leak
 *   at pipes.c:{openat} open_null_at
 */
KIT_TEST(pipes, a_descriptor_is_found_at_any_number_and_however_it_was_opened)
{
	int fds[2];
	make_pipe(fds);
	cr_expect(eq(int, duplicate_from(fds[0], 700), 700));
	cr_expect(ge(int, open_null_at(), 3));
	close_fd(fds[0]);
	close_fd(fds[1]);
}

KIT_TEST(pipes, standard_input_that_is_put_back_is_no_leak)
{
	int fd = open_null();
	cr_expect(eq(int, borrow_standard_input(fd), 0));
	close_fd(fd);
	cr_expect(eq(uint, kit_open_fds(), 0));
}

KIT_TEST(pipes, what_is_closed_by_its_range_is_closed)
{
	int fds[2], status;
	make_pipe(fds);
	pid_t pid = spawn_reader(fds, true);
	int copy = duplicate_from(fds[1], 500);
	cr_expect(eq(int, close_many(fds[0], 400), 0));
	close_rest(copy);
	cr_expect(eq(int, waitpid(pid, &status, 0), pid));
	cr_expect(eq(int, status, 0));
	cr_expect(eq(uint, kit_open_fds(), 0));
	cr_expect(ge(int, fcntl(NOT_YOURS, F_GETFD), 0), "what is not the submission's stays open");
}

KIT_TEST(pipes, a_copy_onto_the_last_write_end_closes_it)
{
	int fds[2], status;
	make_pipe(fds);
	pid_t pid = spawn_reader(fds, true);
	kit_let_others_run();
	int fd = open_null();
	cr_expect(eq(int, duplicate_to(fd, fds[1]), fds[1]));
	cr_expect(eq(int, waitpid(pid, &status, 0), pid));
	close_fd(fd);
	close_fd(fds[0]);
	close_fd(fds[1]);
}

/* => crash
 * criterion crash
 *   the main thread was killed by SIGPIPE in write at pipes.c:{write once}: no process has the other end open
 *   expected: a writer makes sure that its pipe has a reader
 *   at pipes.c:{write once} write_once
 */
KIT_TEST(pipes, a_test_that_dies_of_sigpipe_is_told_so)
{
	int fds[2];
	make_pipe(fds);
	close_fd(fds[0]);
	write_once(fds[1], "x", 1);
}

/* => hang
 * criterion hang
 *   child 1 waits to read socket 1, end 0 (descriptor 5, pipes.c:{read to the end}); its other end is still open in the test
 *   at pipes.c:{read to the end} spawn_reader
 */
KIT_TEST(pipes, a_reader_of_a_socket_hangs_until_the_other_end_is_closed)
{
	int other[2], fds[2];
	make_sockets(other);
	make_sockets(fds);
	pid_t pid = spawn_reader(fds, true);
	close_fd(fds[0]);
	waitpid(pid, NULL, 0);
}

/* => hang
 * criterion hang
 *   child 1 waits to read socket 0, end 0 (descriptor 3, pipes.c:{read to the end}); its other end is open nowhere but in child 1
 */
KIT_TEST(pipes, a_reader_of_a_socket_that_holds_the_other_end_itself_hangs)
{
	int fds[2];
	make_sockets(fds);
	pid_t pid = spawn_reader(fds, false);
	close_fd(fds[0]);
	close_fd(fds[1]);
	waitpid(pid, NULL, 0);
}

/* => hang
 * criterion hang
 *   child 1 waits to write to socket 0, end 1 (descriptor 4, pipes.c:
 *   it is full, and nobody reads at its other end, which is still open in the test
 */
KIT_TEST(pipes, a_writer_into_a_full_socket_that_nobody_reads_hangs)
{
	int fds[2];
	make_sockets(fds);
	setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &(int){1 << 16}, sizeof(int));
	pid_t pid = spawn_writer(fds, 1 << 18);
	waitpid(pid, NULL, 0);
}

/* => hang
 * criterion hang
 *   the main thread waits in poll for a descriptor (pipes.c:{poll for any}): to read pipe 0 (descriptor 3; its write end is still open in the test and child 1), or to read socket 0, end 0 (descriptor 7; its other end is still open in the test and child 1), or to write to pipe 1 (descriptor 6; its read end is still open in the test and child 1)
 *   child 1 waits to read socket 0, end 1 (descriptor 8, pipes.c:{read to the end}); its other end is still open in the test
 */
KIT_TEST(pipes, a_poll_names_each_descriptor_with_its_other_end)
{
	int empty[2], full[2], talk[2];
	static char block[1 << 16];
	make_pipe(empty);
	make_pipe(full);
	make_sockets(talk);
	spawn_reader((int[]){talk[1], talk[0]}, true);
	int size = fcntl(full[1], F_GETPIPE_SZ);
	cr_assert(size > 0 && size <= (int)sizeof block);
	cr_expect(eq(int, (int)write_once(full[1], block, (size_t)size), size));
	wait_for_any((const int[]){empty[0], -1, talk[0], full[1]}, 4);
}

/* => hang
 * criterion hang
 *   or one of 3 more
 */
KIT_TEST(pipes, a_poll_of_many_names_the_first)
{
	int fds[2], many[11];
	make_pipe(fds);
	for (int i = 0; i < 11; i++)
		many[i] = fds[0];
	wait_for_any(many, 11);
}

/* => hang
 * criterion hang
 *   the main thread waits in select for a descriptor (pipes.c:{select}): to read pipe 0 (descriptor 3; its write end is still open in the test), or to read socket 0, end 1 (descriptor 6; its other end is open nowhere but in the test)
 */
KIT_TEST(pipes, a_select_names_them_too)
{
	int fds[2], ends[2];
	make_pipe(fds);
	make_sockets(ends);
	select_one(ends[1], fds[0]);
}
