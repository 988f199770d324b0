/* spawn.c - posix_spawn: a fork, what the attributes and the file actions say, and exec. The caller goes on when the
 * child has executed its program, could not, or is dead, as with glibc. The actions are kept here, in the space that
 * glibc has for its own. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t rt_fork(void);
pid_t rt_fork_dead(void);
pid_t rt_waitpid(pid_t pid, int *status, int options);
int rt_open(const char *path, int flags, ...);
int rt_close(int fd);
int rt_dup2(int fd, int to);
int rt_setpgid(pid_t pid, pid_t group);
int rt_sigprocmask(int how, const sigset_t *set, sigset_t *old);
pid_t rt_setsid(void);
void rt_closefrom(int first);

/* ---- file actions ------------------------------------------------------------------------------ */

enum action_kind { ACTION_CLOSE, ACTION_DUP2, ACTION_OPEN, ACTION_CHDIR, ACTION_FCHDIR, ACTION_CLOSEFROM };

struct action {
	enum action_kind kind;
	int fd, to, flags;
	mode_t mode;
	char *path; /* owned */
};

/* `__actions` points to `__allocated` of ours, of which `__used` are in use. */
static struct action *list_of(const posix_spawn_file_actions_t *actions)
{
	return (struct action *)(void *)actions->__actions;
}

int rt_posix_spawn_file_actions_init(posix_spawn_file_actions_t *actions)
{
	memset(actions, 0, sizeof *actions);
	return 0;
}

int rt_posix_spawn_file_actions_destroy(posix_spawn_file_actions_t *actions)
{
	for (int i = 0; i < actions->__used; i++)
		free(list_of(actions)[i].path);
	free(actions->__actions);
	memset(actions, 0, sizeof *actions);
	return 0;
}

static int add(posix_spawn_file_actions_t *actions, struct action action, const char *path)
{
	if (action.fd < 0 || action.fd >= sysconf(_SC_OPEN_MAX))
		return EBADF;
	if (actions->__used == actions->__allocated) {
		int more = actions->__allocated + 8;
		void *grown = realloc(actions->__actions, (size_t)more * sizeof action);
		if (!grown)
			return ENOMEM;
		actions->__actions = grown;
		actions->__allocated = more;
	}
	if (path && !(action.path = strdup(path)))
		return ENOMEM;
	list_of(actions)[actions->__used++] = action;
	return 0;
}

int rt_posix_spawn_file_actions_addopen(posix_spawn_file_actions_t *actions, int fd, const char *path, int flags,
                                        mode_t mode)
{
	return add(actions, (struct action){.kind = ACTION_OPEN, .fd = fd, .flags = flags, .mode = mode}, path);
}

int rt_posix_spawn_file_actions_addclose(posix_spawn_file_actions_t *actions, int fd)
{
	return add(actions, (struct action){.kind = ACTION_CLOSE, .fd = fd}, NULL);
}

int rt_posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *actions, int fd, int to)
{
	if (to < 0 || to >= sysconf(_SC_OPEN_MAX))
		return EBADF;
	return add(actions, (struct action){.kind = ACTION_DUP2, .fd = fd, .to = to}, NULL);
}

int rt_posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path)
{
	return add(actions, (struct action){.kind = ACTION_CHDIR}, path);
}

int rt_posix_spawn_file_actions_addfchdir_np(posix_spawn_file_actions_t *actions, int fd)
{
	return add(actions, (struct action){.kind = ACTION_FCHDIR, .fd = fd}, NULL);
}

int rt_posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int first)
{
	return add(actions, (struct action){.kind = ACTION_CLOSEFROM, .fd = first}, NULL);
}

/* ---- in the child ------------------------------------------------------------------------------ */

/* What was open under that number is closed first. */
static bool open_as(const struct action *action)
{
	rt_close(action->fd);
	int fd = rt_open(action->path, action->flags, action->mode);
	if (fd < 0 || fd == action->fd)
		return fd >= 0;
	bool moved = rt_dup2(fd, action->fd) >= 0;
	rt_close(fd);
	return moved;
}

/* A copy onto itself stays open in the new program. */
static bool copy_onto(int fd, int to)
{
	if (fd != to)
		return rt_dup2(fd, to) >= 0;
	int flags = fcntl(fd, F_GETFD);
	return flags >= 0 && fcntl(fd, F_SETFD, flags & ~FD_CLOEXEC) == 0;
}

static bool act(const struct action *action)
{
	switch (action->kind) {
	case ACTION_CLOSE:
		rt_close(action->fd); /* one that is not open is no error */
		return true;
	case ACTION_DUP2:
		return copy_onto(action->fd, action->to);
	case ACTION_OPEN:
		return open_as(action);
	case ACTION_CHDIR:
		return chdir(action->path) == 0;
	case ACTION_FCHDIR:
		return fchdir(action->fd) == 0;
	case ACTION_CLOSEFROM:
		rt_closefrom(action->fd);
		return true;
	}
	return false;
}

static bool set_signals(const posix_spawnattr_t *attributes, short flags)
{
	sigset_t set;
	posix_spawnattr_getsigdefault(attributes, &set);
	for (int signal = 1; flags & POSIX_SPAWN_SETSIGDEF && signal < NSIG; signal++) {
		struct sigaction standard = {.sa_handler = SIG_DFL}, now;
		if (sigismember(&set, signal) == 1 && sigaction(signal, NULL, &now) == 0 && now.sa_handler == SIG_IGN)
			sigaction(signal, &standard, NULL);
	}
	posix_spawnattr_getsigmask(attributes, &set);
	return !(flags & POSIX_SPAWN_SETSIGMASK) || rt_sigprocmask(SIG_SETMASK, &set, NULL) == 0;
}

static bool set_up(const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes)
{
	short flags = 0;
	pid_t group = 0;
	if (attributes) {
		posix_spawnattr_getflags(attributes, &flags);
		posix_spawnattr_getpgroup(attributes, &group);
	}
	if ((flags & POSIX_SPAWN_SETSID && rt_setsid() < 0) || (flags & POSIX_SPAWN_SETPGROUP && rt_setpgid(0, group) != 0))
		return false;
	for (int i = 0; actions && i < actions->__used; i++)
		if (!act(&list_of(actions)[i]))
			return false;
	return !attributes || set_signals(attributes, flags);
}

/* ---- the call ---------------------------------------------------------------------------------- */

/* What the child tells: in memory that both have. */
struct rt_spawn {
	int error;
	bool done;
};

void rt_spawned(int process)
{
	struct rt_spawn *spawn = WORLD->process[process].spawn;
	if (!spawn)
		return;
	spawn->done = true;
	rt_wake(spawn);
	WORLD->process[process].spawn = NULL;
}

static void __attribute__((noreturn))
be_child(struct rt_spawn *spawn, const char *file, bool search, const posix_spawn_file_actions_t *actions,
         const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
	WORLD->process[rt_local.process].spawn = spawn;
	if (set_up(actions, attributes))
		rt_execute(file, search, argv, envp, SITE);
	spawn->error = errno;
	rt_die(127);
}

static void await_program(struct rt_spawn *spawn, pid_t child, uintptr_t site)
{
	rt_enter();
	for (int i = 0; i < WORLD->process_count; i++)
		if (WORLD->process[i].pid == child && !WORLD->process[i].dead && !spawn->done)
			WORLD->process[i].spawn = spawn; /* it has not begun yet */
		else if (WORLD->process[i].pid == child && !WORLD->process[i].reaped)
			spawn->done = true;
	while (!spawn->done)
		rt_block(KIND_GATE, "for a child to execute its program (posix_spawn)", (uintptr_t)spawn, -1, site);
	rt_return();
}

int rt_spawn(pid_t *pid, const char *file, bool search, bool stillborn, const posix_spawn_file_actions_t *actions,
             const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
	HERE;
	struct rt_spawn *spawn = rt_shared_memory(sizeof *spawn);
	if (!spawn)
		return ENOMEM;
	pid_t child = stillborn ? rt_fork_dead() : rt_fork();
	if (child < 0)
		return errno;
	if (child == 0)
		be_child(spawn, file, search, actions, attributes, argv, envp);
	await_program(spawn, child, SITE);
	if (spawn->error) {
		rt_waitpid(child, NULL, 0);
		return spawn->error;
	}
	if (pid)
		*pid = child;
	return 0;
}

int rt_posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                   const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
	HERE;
	return active() ? rt_spawn(pid, path, false, false, actions, attributes, argv, envp) : EACCES;
}

int rt_posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions,
                    const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
	HERE;
	return active() ? rt_spawn(pid, file, true, false, actions, attributes, argv, envp) : EACCES;
}
