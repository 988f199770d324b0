/* interpose.c - which library functions the kit stands in for, and under which names. */
#include "build.h"

#include <string.h>

/* `kit`: the submission's calls go to kit_NAME (tests/support/calls.c), else straight to rt_NAME. The tests' calls go
 * to rt_NAME if there is one. Second names of a function (_Exit, mmap64, __gcov_fork) are aliases there. */
static const struct interposed table[] = {
    {"fork", true, true},
    {"__gcov_fork", true, true},
    {"waitpid", true, true},
    {"wait", true, true},
    {"kill", true, true},
    {"raise", true, true},
    {"sigtimedwait", false, true},
    {"exit", true, true},
    {"quick_exit", true, true},
    {"_exit", true, true},
    {"_Exit", true, true},
    {"read", true, true},
    {"write", true, true},
    {"close", true, true},
    {"pipe", true, true},
    {"pipe2", true, true},
    {"socketpair", true, true},
    {"dup", true, true},
    {"dup2", true, true},
    {"dup3", true, true},
    {"open", true, true},
    {"open64", true, true},
    {"poll", true, true},
    {"mmap", true, true},
    {"mmap64", true, true},
    {"malloc", true, false},
    {"calloc", true, false},
    {"realloc", true, false},
    {"strdup", true, false},
    {"strndup", true, false},
    {"reallocarray", true, false},
    {"aligned_alloc", true, false},
    {"posix_memalign", true, false},
    {"__strdup", true, false},
    {"free", true, false},
    {"pthread_create", true, true},
    {"pthread_join", true, true},
    {"pthread_detach", true, true},
    {"pthread_exit", false, true},
    {"pthread_key_create", false, true},
    {"pthread_key_delete", false, true},
    {"pthread_mutex_init", true, true},
    {"pthread_mutex_destroy", false, true},
    {"pthread_mutex_lock", true, true},
    {"pthread_mutex_trylock", true, true},
    {"pthread_mutex_timedlock", true, true},
    {"pthread_mutex_clocklock", false, true},
    {"pthread_mutex_unlock", true, true},
    {"pthread_mutex_consistent", false, true},
    {"pthread_cond_init", true, true},
    {"pthread_cond_destroy", false, true},
    {"pthread_cond_wait", true, true},
    {"pthread_cond_timedwait", true, true},
    {"pthread_cond_clockwait", true, true},
    {"pthread_cond_signal", true, true},
    {"pthread_cond_broadcast", true, true},
    {"pthread_rwlock_init", true, true},
    {"pthread_rwlock_destroy", false, true},
    {"pthread_rwlock_rdlock", true, true},
    {"pthread_rwlock_wrlock", true, true},
    {"pthread_rwlock_tryrdlock", true, true},
    {"pthread_rwlock_trywrlock", true, true},
    {"pthread_rwlock_timedrdlock", false, true},
    {"pthread_rwlock_timedwrlock", false, true},
    {"pthread_rwlock_unlock", true, true},
    {"pthread_spin_lock", true, true},
    {"pthread_spin_trylock", false, true},
    {"pthread_spin_unlock", true, true},
    {"pthread_barrier_init", false, true},
    {"pthread_barrier_destroy", false, true},
    {"pthread_barrier_wait", false, true},
    {"pthread_once", false, true},
    {"sem_wait", true, true},
    {"sem_timedwait", true, true},
    {"sem_clockwait", false, true},
    {"sem_trywait", false, true},
    {"sem_getvalue", false, true},
    {"sem_init", false, true},
    {"sem_open", false, true},
    {"sem_post", true, true},
    {"sleep", true, true},
    {"usleep", true, true},
    {"nanosleep", true, true},
    {"clock_nanosleep", true, true},
    {"sched_yield", true, true},
    {"clock_gettime", false, true},
    {"gettimeofday", false, true},
    {"time", false, true},
    {"thrd_create", false, true},
    {"thrd_join", false, true},
    {"thrd_detach", false, true},
    {"thrd_exit", false, true},
    {"thrd_sleep", false, true},
    {"thrd_yield", false, true},
    {"mtx_init", false, true},
    {"mtx_lock", false, true},
    {"mtx_trylock", false, true},
    {"mtx_timedlock", false, true},
    {"mtx_unlock", false, true},
    {"mtx_destroy", false, true},
    {"cnd_wait", false, true},
    {"cnd_timedwait", false, true},
    {"cnd_signal", false, true},
    {"cnd_broadcast", false, true},
    {"cnd_destroy", false, true},
    {"call_once", false, true},
    {"tss_create", false, true},
    {"tss_delete", false, true},
    {"timespec_get", false, true},
};

/* In explored programs memory is watched as well. libtsan does the same with interceptors of its own. */
static const char *const watched[] = {"malloc", "calloc", "realloc", "free",    "memcpy", "memmove", "memset",
                                      "memcmp", "strlen", "strcpy",  "strncpy", "strcat", "strcmp",  "__assert_fail"};

const struct interposed *interposed_at(size_t index)
{
	return index < sizeof table / sizeof *table ? &table[index] : NULL;
}

static bool has_kit(const char *name)
{
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].kit && strcmp(table[i].name, name) == 0)
			return true;
	return false;
}

void interpose_write_watched(FILE *out, bool submission)
{
	for (size_t i = 0; i < sizeof watched / sizeof *watched; i++)
		if (!submission || !has_kit(watched[i])) /* kit_free and the like go on to rt_free themselves */
			fprintf(out, "%s rt_%s\n", watched[i], watched[i]);
}

void interpose_write_map(FILE *out, bool submission)
{
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		if (submission && table[i].kit)
			fprintf(out, "%s kit_%s\n", table[i].name, table[i].name);
		else if (table[i].rt)
			fprintf(out, "%s rt_%s\n", table[i].name, table[i].name);
	}
}
