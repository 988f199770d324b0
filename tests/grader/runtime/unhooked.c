/* unhooked.c - a submission for the runtime's own tests: accesses of which the compiler tells ThreadSanitizer nothing. */
#include <pthread.h>

static void run(void *(*one)(void *), void *(*two)(void *), void *argument)
{
	pthread_t first, second;
	pthread_create(&first, NULL, one, argument);
	pthread_create(&second, NULL, two, argument);
	pthread_join(first, NULL);
	pthread_join(second, NULL);
}

struct wide {
	long part[5];
};

static long third(struct wide wide)
{
	return wide.part[2];
}

static struct wide make_wide(void)
{
	return (struct wide){{1, 2, 3, 4, 5}};
}

static void *pass_by_value(void *wide)
{
	third(*(struct wide *)wide); /* {pass} */
	return NULL;
}

static void *set_last(void *wide)
{
	((struct wide *)wide)->part[4] = 1; /* {set} */
	return NULL;
}

/* Wrong. */
void pass_and_set(struct wide *wide)
{
	run(pass_by_value, set_last, wide);
}

static void *return_by_value(void *wide)
{
	*(struct wide *)wide = make_wide(); /* {return} */
	return NULL;
}

/* Wrong. */
void return_and_set(struct wide *wide)
{
	run(set_last, return_by_value, wide);
}

struct guarded {
	pthread_mutex_t lock;
	struct wide wide;
};

static void *both_by_value(void *data)
{
	struct guarded *guarded = data;
	pthread_mutex_lock(&guarded->lock);
	third(guarded->wide);
	guarded->wide = make_wide();
	pthread_mutex_unlock(&guarded->lock);
	return NULL;
}

/* Right. */
void both_under_a_lock(struct guarded *guarded)
{
	run(both_by_value, both_by_value, guarded);
}
