/* transfers_tests.c - sockets, pieces, and waits for several descriptors. */
#include "kit.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

int receive_parts(const char *text, int flags, char *out, size_t bytes);
int receive_all(int fd, char *out, size_t bytes);
int send_all(int fd, const char *text, size_t bytes);
int receive_at_once(int fd);
int send_to_nobody(int flags);
int write_while_the_reader_goes(void);
int pass_pieces(int by_message);
int select_of(int first, int second, long limit_us, long *left_us);
int select_from_child(void);
int ppoll_lets_in(void);
void both_send(void);
void receive_messages(int flags, int lengths[], int count);
int send_message_to_nobody(void);
int send_many_messages(int count);
void both_await_a_message(void);
int write_errno_itself(int value, int full);

KIT_TEST(transfers, a_receive_has_what_is_there)
{
	char out[16] = "";
	int length = receive_parts("abcdefgh", 0, out, 8);
	cr_expect(length == 3 || length == 8);
	cr_expect(eq(int, receive_parts("abcdefgh", MSG_WAITALL, out, 8), 8));
	cr_expect(eq(int, memcmp(out, "abcdefgh", 8), 0));
	cr_expect(eq(int, receive_parts("abcd", MSG_WAITALL, out, 8), 4), "the stream ends");
}

KIT_TEST(transfers, some_calls_do_not_wait)
{
	int ends[2];
	cr_assert(eq(int, socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0));
	cr_expect(eq(int, receive_at_once(ends[0]), EAGAIN));
	close(ends[0]);
	close(ends[1]);
	cr_expect(eq(int, send_to_nobody(MSG_NOSIGNAL), EPIPE));
}

/* => crash
 * criterion crash
 *   SIGPIPE
 */
KIT_TEST(transfers, a_send_to_nobody_is_a_signal)
{
	send_to_nobody(0);
}

KIT_TEST(transfers, a_write_that_breaks_off_is_no_signal)
{
	cr_expect(eq(int, write_while_the_reader_goes(), 0));
}

KIT_TEST(transfers, short_calls_are_made)
{
	int ends[2];
	char out[6];
	cr_assert(eq(int, socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0));
	fi_short_io(true);
	fi_eintr(3);
	int sent = send_all(ends[0], "abcdef", 6), received = receive_all(ends[1], out, 6);
	fi_eintr(0);
	fi_short_io(false);
	cr_expect(gt(int, sent, 2));
	cr_expect(gt(int, received, 2));
	cr_expect(eq(int, memcmp(out, "abcdef", 6), 0));
	cr_expect(eq(uint, fi_calls(KIT_WRITE), (unsigned)sent));
	cr_expect(eq(uint, fi_calls(KIT_READ), (unsigned)received));
	close(ends[0]);
	close(ends[1]);
}

KIT_TEST(transfers, pieces_arrive_in_order)
{
	cr_expect(eq(int, pass_pieces(0), 1));
	cr_expect(eq(int, pass_pieces(1), 1));
}

KIT_TEST(transfers, select_waits_in_virtual_time)
{
	int first[2], second[2];
	long left;
	cr_assert(eq(int, pipe(first) + pipe(second), 0));
	cr_expect(eq(int, select_of(first[0], second[0], 3000000, &left), -1));
	cr_expect(eq(long, left, 0));
	write(second[1], "x", 1);
	cr_expect(eq(int, select_of(first[0], second[0], 3000000, &left), 2));
	cr_expect(gt(long, left, 2900000));
	for (int i = 0; i < 2; i++) {
		close(first[i]);
		close(second[i]);
	}
	cr_expect(eq(int, select_from_child(), 2));
}

KIT_TEST(transfers, ppoll_lets_a_signal_in)
{
	cr_expect(eq(int, ppoll_lets_in(), EINTR));
}

/* => hang
 * criterion hang
 *   to write to
 */
KIT_TEST(transfers, both_ends_are_full)
{
	both_send();
}

static void expect_lengths(int flags)
{
	int lengths[3] = {0};
	receive_messages(flags, lengths, 3);
	cr_expect(eq(int, lengths[0], 3));
	cr_expect(eq(int, lengths[1], 5));
	cr_expect(eq(int, lengths[2], 0), "the other end is closed");
}

KIT_TEST(transfers, messages_keep_their_bounds)
{
	expect_lengths(0);
	expect_lengths(MSG_WAITALL);
	fi_short_io(true);
	expect_lengths(0);
	fi_short_io(false);
	cr_expect(eq(int, send_many_messages(200), 200));
}

KIT_TEST(transfers, a_message_to_nobody_is_no_signal)
{
	cr_expect(eq(int, send_message_to_nobody(), EPIPE));
}

/* => hang
 * criterion hang
 *   to read
 */
KIT_TEST(transfers, both_await_the_first_message)
{
	both_await_a_message();
}

KIT_TEST(transfers, errno_itself_can_be_written)
{
	cr_expect(eq(int, write_errno_itself(ENOENT, 0), ENOENT));
	cr_expect(eq(int, write_errno_itself(ENOENT, 1), ENOENT), "behind what fills the pipe");
	fi_short_io(true);
	int in_pieces = write_errno_itself(ENOENT, 0);
	fi_short_io(false);
	cr_expect(eq(int, in_pieces, ENOENT), "in pieces");
}
