/* messages_in_both_directions: a packet socket keeps the bounds of messages, but not their order between two senders:
 * who asks through the same socket in two threads may get the other one's answer.
 * kind: assertion
 */
#include <assert.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct message {
	int question, answer;
};

static int ends[2];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void __attribute__((noreturn)) serve(int client)
{
	struct message message;
	while (recv(client, &message, sizeof message, 0) == sizeof message) {
		message.answer = message.question * 2;
		if (send(client, &message, sizeof message, 0) != sizeof message)
			_exit(1);
	}
	_exit(0);
}

static void lock(void)
{
#ifdef FIXED
	pthread_mutex_lock(&mutex);
#endif
}

static void unlock(void)
{
#ifdef FIXED
	pthread_mutex_unlock(&mutex);
#endif
}

static void *ask(void *question)
{
	struct message message = {.question = *(int *)question};
	lock();
	send(ends[0], &message, sizeof message, 0);
	recv(ends[0], &message, sizeof message, 0);
	unlock();
	assert(message.question == *(int *)question);
	return NULL;
}

int main(void)
{
	int one = 1, two = 2;
	pthread_t thread;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) != 0)
		return 1;
	pid_t server = fork();
	if (server < 0)
		return 1;
	if (server == 0) {
		close(ends[0]);
		serve(ends[1]);
	}
	close(ends[1]);
	pthread_create(&thread, NULL, ask, &one);
	ask(&two);
	pthread_join(thread, NULL);
	close(ends[0]);
	(void)mutex;
	return waitpid(server, NULL, 0) == server ? 0 : 1;
}
