/* watch.h - what the processes of a run use, looked at from outside. Private to the sandbox.
 *
 * All functions read /proc for the calling process' descendants, block only as long as that takes and keep nothing:
 * what has changed since is seen the next time. */
#ifndef WATCH_H
#define WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct usage {
	size_t private_bytes;  /* resident and not shared with a file or another process' mapping, summed */
	size_t resident_bytes; /* with what is shared, summed: counted once for each process */
	unsigned tasks;        /* processes and threads */
	int64_t cpu_ms;        /* processor time of these processes and of those that they have waited for */
	bool ready;            /* one of the tasks runs, or could if the machine let it */
	pid_t *pid;            /* the processes; usage_clear frees them */
	size_t processes;
};

/* Descendants of this process, which must have one thread. */
struct usage usage_now(void);
void usage_clear(struct usage *usage);

/* How long nothing of a run was ready to run. */
struct idle {
	int64_t looked_ms, sum_ms; /* when it was looked at last, of a monotonic clock; up to then */
};

/* What one look sees holds for the time since the last one, if nothing was `ready`; where it comes late, because the
 * looking process waited for a processor, for `tick_ms` of it, and says nothing of the rest. Returns the sum. */
int64_t idle_look(struct idle *idle, int64_t now_ms, int64_t tick_ms, bool ready);

/* Memory really in use by them, what is shared counted once (Pss), in bytes. Slow: only to be sure. */
size_t usage_exact_bytes(const struct usage *usage);

/* Bytes on disk below the folder; what links point to does not count. An entry counts as 4 KiB at least. Stops counting
 * beyond `enough`. SIZE_MAX when there is something that cannot be looked into. */
size_t folder_bytes(const char *folder, size_t enough);

/* Bytes of files that have no name any more and that these processes hold open, on the file system of `folder`. */
size_t nameless_bytes(const struct usage *usage, const char *folder);

/* Free bytes there. */
size_t free_bytes(const char *folder);

/* Processes and threads of this process' user, on the whole machine. */
unsigned tasks_of_user(void);

/* Root looks into processes of other users only with CAP_SYS_PTRACE, which containers leave out; but who they belong to
 * may, and root may be that for its looks at files: until look_as_self, of this thread. */
void look_as_owner(pid_t pid);
void look_as_self(void);

#endif
