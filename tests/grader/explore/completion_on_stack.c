/* completion_on_stack: one who asks has a semaphore in its own frame, by which the other one says that the answer is
 * there. It looks at the answer before, and goes if there is one: then a semaphore is posted that is gone.
 * kind: dead_stack
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stddef.h>

struct request {
	sem_t answered;
	atomic_int answer;
};

static _Atomic(struct request *) pending;

static void *answer(void *unused)
{
	struct request *request = atomic_load(&pending);
	if (!request)
		return unused;
	atomic_store(&request->answer, 42);
	sem_post(&request->answered);
	return unused;
}

static int ask(void)
{
	struct request request = {.answer = 0};
	sem_init(&request.answered, 0, 0);
	atomic_store(&pending, &request);
	pthread_t thread;
	pthread_create(&thread, NULL, answer, NULL);
#ifdef FIXED
	sem_wait(&request.answered);
	pthread_join(thread, NULL);
#else
	pthread_detach(thread);
	while (atomic_load(&request.answer) == 0)
		;
#endif
	return atomic_load(&request.answer);
}

static int rest(void)
{
	pthread_mutex_t unrelated = PTHREAD_MUTEX_INITIALIZER;
	pthread_mutex_lock(&unrelated);
	pthread_mutex_unlock(&unrelated);
	return 0;
}

int main(void)
{
	int answer_given = ask();
	return rest() + (answer_given != 42);
}
