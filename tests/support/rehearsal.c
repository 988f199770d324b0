/* rehearsal.c - what most submissions do, once in the host before it forks the tests.
 *
 * Under memcheck code is translated when it first runs, and each test is a process that would translate again what all
 * the others did: that is most of what memcheck costs. What was translated before the fork all inherit. */
#include "kit_internal.h"

#include <errno.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <valgrind/memcheck.h>

/* As the submission's objects call them, and those of the tests (grader/build/interpose.c). */
extern __typeof__(malloc) kit_malloc;
extern __typeof__(calloc) kit_calloc;
extern __typeof__(free) kit_free;
extern __typeof__(fork) kit_fork;
extern __typeof__(waitpid) kit_waitpid;
extern __typeof__(pipe) kit_pipe;
extern __typeof__(read) kit_read;
extern __typeof__(write) kit_write;
extern __typeof__(close) kit_close;
extern __typeof__(pthread_create) kit_pthread_create;
extern __typeof__(pthread_join) kit_pthread_join;
extern __typeof__(pthread_mutex_init) kit_pthread_mutex_init;
extern __typeof__(pthread_mutex_lock) kit_pthread_mutex_lock;
extern __typeof__(pthread_mutex_unlock) kit_pthread_mutex_unlock;
extern __typeof__(pthread_mutex_destroy) rt_pthread_mutex_destroy;
extern __typeof__(pthread_cond_init) kit_pthread_cond_init;
extern __typeof__(pthread_cond_wait) kit_pthread_cond_wait;
extern __typeof__(pthread_cond_signal) kit_pthread_cond_signal;
extern __typeof__(pthread_cond_broadcast) kit_pthread_cond_broadcast;
extern __typeof__(pthread_cond_destroy) rt_pthread_cond_destroy;
extern __typeof__(sem_init) rt_sem_init;
extern __typeof__(sem_wait) rt_sem_wait;
extern __typeof__(sem_post) rt_sem_post;
extern __typeof__(sem_destroy) rt_sem_destroy;

enum { ROUNDS = 2 };

struct scene {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	sem_t begun;
	int round;
};

/* The two threads take turns: each one waits for the other. */
static void take_turns(struct scene *scene, int which)
{
	for (int i = 0; i < ROUNDS; i++) {
		kit_pthread_mutex_lock(&scene->mutex);
		while (scene->round % 2 != which)
			kit_pthread_cond_wait(&scene->changed, &scene->mutex);
		scene->round++;
		kit_pthread_cond_signal(&scene->changed);
		kit_pthread_cond_broadcast(&scene->changed);
		kit_pthread_mutex_unlock(&scene->mutex);
	}
}

static void *other_thread(void *scene)
{
	rt_sem_post(&((struct scene *)scene)->begun);
	take_turns(scene, 1);
	return NULL;
}

static void threads(void)
{
	struct scene *scene = kit_calloc(1, sizeof *scene);
	pthread_t thread;
	if (!scene)
		return;
	kit_pthread_mutex_init(&scene->mutex, NULL);
	kit_pthread_cond_init(&scene->changed, NULL);
	rt_sem_init(&scene->begun, 0, 0);
	if (kit_pthread_create(&thread, NULL, other_thread, scene) == 0) {
		rt_sem_wait(&scene->begun);
		take_turns(scene, 0);
		kit_pthread_join(thread, NULL);
	}
	rt_sem_destroy(&scene->begun);
	rt_pthread_cond_destroy(&scene->changed);
	rt_pthread_mutex_destroy(&scene->mutex);
	kit_free(scene);
}

/* Valgrind takes long to note that a new stack may be used, and searches all of it for pointers at the end. The C
 * library keeps stacks of threads that have ended, so those of the tests get the ones that are made here. Below the
 * frames of this thread there is nothing, as below those of any function that has returned. */
static void *leave_stack(void *all_are_made)
{
	enum { KEPT_FOR_THE_NEXT = 1 << 16 };
	pthread_attr_t attributes;
	void *low;
	size_t bytes;
	if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
		char *below = (char *)__builtin_frame_address(0) - KEPT_FOR_THE_NEXT;
		if (pthread_attr_getstack(&attributes, &low, &bytes) == 0 && below > (char *)low)
			(void)VALGRIND_MAKE_MEM_NOACCESS(low, (size_t)(below - (char *)low));
		pthread_attr_destroy(&attributes);
	}
	pthread_mutex_lock(all_are_made);
	pthread_mutex_unlock(all_are_made);
	return NULL;
}

static void stacks(void)
{
	enum { STACKS = 5 }; /* of 8 MiB: as much as the C library keeps */
	pthread_t thread[STACKS];
	pthread_mutex_t all_are_made = PTHREAD_MUTEX_INITIALIZER;
	int made = 0;
	pthread_mutex_lock(&all_are_made);
	while (made < STACKS && pthread_create(&thread[made], NULL, leave_stack, &all_are_made) == 0)
		made++;
	pthread_mutex_unlock(&all_are_made);
	while (made > 0)
		pthread_join(thread[--made], NULL);
}

static void processes(void)
{
	int end[2];
	char byte;
	if (kit_pipe(end) != 0)
		return;
	/* Here, and not in the child: what a child translates ends with it. */
	if (kit_write(end[1], "", 1) != 1 || kit_read(end[0], &byte, 1) != 1)
		return;
	pid_t child = kit_fork();
	if (child == 0)
		rt_die(0);
	kit_close(end[1]);
	while (kit_read(end[0], &byte, 1) > 0)
		;
	kit_close(end[0]);
	if (child > 0)
		kit_waitpid(child, NULL, 0);
}

static void play(void)
{
	kit_local.state = rt_shared_memory(sizeof *kit_local.state);
	kit_free(kit_malloc(1));
	threads();
	processes();
	kit_local.state = NULL;
}

void kit_rehearse(void)
{
	stacks();
	rt_rehearse(play);
}
