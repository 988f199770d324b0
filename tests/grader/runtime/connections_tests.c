/* connections_tests.c - sockets with addresses under the scheduler. */
#include "kit.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int ask_and_answer(int type, int clients);
void connect_by_path(const char *path, int errors[5]);
void do_not_wait(int errors[2]);
void poll_listener(short events[3]);
void vanish(int results[3]);
int abandon(void);
int end_accept(int shuts);
void ask_of_connection(int *own_process, int *type, int *error, int *peer_has_name);
void run_out(int errors[2]);
int accept_a_client(void);
int share_a_listener(int workers);
void await_nobody(void);
void fill_the_backlog(void);
void leave_two_open(void);
void two_before_the_first_word(void);
int interrupt_accept(int restarts);

KIT_TEST(connections, clients_are_answered)
{
	cr_expect(eq(int, ask_and_answer(SOCK_STREAM, 3), 6));
	cr_expect(eq(int, ask_and_answer(SOCK_SEQPACKET, 2), 4));
}

KIT_TEST(connections, workers_share_a_listener)
{
	cr_expect(eq(int, share_a_listener(3), 3));
}

KIT_TEST(connections, a_path_is_an_address)
{
	char path[] = "/tmp/connections.XXXXXX";
	int errors[5];
	cr_assert(ne(ptr, mkdtemp(path), NULL));
	char name[64];
	snprintf(name, sizeof name, "%s/socket", path);
	connect_by_path(name, errors);
	rmdir(path);
	cr_expect(eq(int, errors[0], ENOENT));
	cr_expect(eq(int, errors[1], ECONNREFUSED), "bound");
	cr_expect(eq(int, errors[2], 0), "listens");
	cr_expect(eq(int, errors[3], ECONNREFUSED), "closed");
	cr_expect(eq(int, errors[4], ENOENT), "gone");
}

KIT_TEST(connections, some_calls_do_not_wait)
{
	int errors[2];
	do_not_wait(errors);
	cr_expect(eq(int, errors[0], EAGAIN));
	cr_expect(eq(int, errors[1], EAGAIN));
}

KIT_TEST(connections, poll_says_that_a_connection_waits)
{
	short events[3];
	poll_listener(events);
	cr_expect(eq(int, events[0], 0));
	cr_expect(eq(int, events[1], POLLIN));
	cr_expect(eq(int, events[2], 0));
}

KIT_TEST(connections, a_client_that_has_gone_is_accepted)
{
	int results[3];
	vanish(results);
	cr_expect(ge(int, results[0], 0));
	cr_expect(eq(int, results[1], 2));
	cr_expect(eq(int, results[2], 0));
}

KIT_TEST(connections, who_was_not_accepted_learns_it)
{
	cr_expect(eq(int, abandon(), ECONNRESET));
}

KIT_TEST(connections, shutdown_ends_an_accept)
{
	cr_expect(eq(int, end_accept(1), EINVAL));
}

/* => hang
 * criterion hang
 *   thread 1 waits in accept for a connection
 */
KIT_TEST(connections, close_ends_no_accept)
{
	end_accept(0);
}

KIT_TEST(connections, a_connection_has_properties)
{
	int own_process, type, error, peer_has_name;
	ask_of_connection(&own_process, &type, &error, &peer_has_name);
	cr_expect(eq(int, own_process, 1));
	cr_expect(eq(int, type, SOCK_STREAM));
	cr_expect(eq(int, error, 0));
	cr_expect(eq(int, peer_has_name, 1));
}

KIT_TEST(connections, descriptors_run_out)
{
	int errors[2];
	run_out(errors);
	cr_expect(eq(int, errors[0], EMFILE));
	cr_expect(eq(int, errors[1], 0));
}

KIT_TEST(connections, calls_fail_on_demand)
{
	fi_fail_nth(KIT_ACCEPT, 1, ECONNABORTED);
	cr_expect(eq(int, accept_a_client(), ECONNABORTED));
	fi_fail_nth(KIT_ACCEPT, 1, EMFILE);
	cr_expect(eq(int, accept_a_client(), EMFILE));
	fi_fail_nth(KIT_CONNECT, 1, EAGAIN);
	cr_expect(eq(int, fi_calls(KIT_ACCEPT), 2));
	cr_expect(eq(int, fi_calls(KIT_SOCKET), 4));
}

KIT_TEST(connections, a_handler_interrupts_accept)
{
	cr_expect(eq(int, interrupt_accept(1), 0));
	int error = interrupt_accept(0);
	cr_expect(error == 0 || error == EINTR, "%d", error);
}

/* => hang
 * criterion hang
 *   waits in accept for a connection at listener 0
 *   {accepts}
 *   no process can connect any more
 */
KIT_TEST(connections, nobody_comes)
{
	await_nobody();
}

/* => hang
 * criterion hang
 *   waits in connect for room in the backlog
 *   nobody accepts any more
 */
KIT_TEST(connections, the_backlog_is_full)
{
	fill_the_backlog();
}

/* => pass
 * audit fd_leak
 *   is still open
 */
KIT_TEST(connections, what_accept_opened_is_left)
{
	leave_two_open();
}

/* => hang
 * criterion hang
 *   {asks}
 */
KIT_TEST(connections, the_second_speaks_first)
{
	two_before_the_first_word();
}
