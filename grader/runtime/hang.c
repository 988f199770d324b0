/* hang.c - the wait table in words: who waits for what, since which line, and who could end it. */
#include "internal.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *rt_process_name(int process, char *text, size_t size)
{
	if (process == 0)
		snprintf(text, size, rt_local.whole_program ? "the program" : "the test");
	else if (WORLD->process[process].program)
		snprintf(text, size, "child %d [%s]", process, WORLD->process[process].program);
	else
		snprintf(text, size, "child %d", process);
	return text;
}

/* "the main thread", "thread 2", "child 3 [cat]": threads and children are numbered in order of creation. */
const char *rt_thread_name(int thread, char *text, size_t size)
{
	int process = WORLD->thread[thread].process, ordinal = 0, others = 0;
	for (int i = 0; i < WORLD->thread_count; i++)
		if (WORLD->thread[i].process == process) {
			others++;
			if (i < thread)
				ordinal++;
		}
	if (process == 0 && ordinal == 0)
		snprintf(text, size, "the main thread");
	else if (process == 0)
		snprintf(text, size, "thread %d", ordinal);
	else if (others == 1 || ordinal == 0)
		rt_process_name(process, text, size);
	else
		snprintf(text, size, "thread %d of child %d", ordinal, process);
	return text;
}

static int pipe_number(uint64_t inode)
{
	for (int i = 0; i < WORLD->pipe_count; i++)
		if (WORLD->pipe_inode[i] == inode)
			return i;
	return -1;
}

static bool inode_of(pid_t pid, const char *fd, uint64_t *inode)
{
	char path[64];
	struct stat status;
	snprintf(path, sizeof path, "/proc/%d/fd/%.10s", (int)pid, fd);
	if (stat(path, &status) != 0 || !S_ISFIFO(status.st_mode))
		return false;
	*inode = status.st_ino;
	return true;
}

static bool open_for(pid_t pid, const char *fd, bool writing)
{
	char path[64], line[128];
	snprintf(path, sizeof path, "/proc/%d/fdinfo/%.10s", (int)pid, fd);
	FILE *info = fopen(path, "re");
	if (!info)
		return false;
	unsigned flags = 0;
	while (fgets(line, sizeof line, info))
		if (sscanf(line, "flags: %o", &flags) == 1)
			break;
	fclose(info);
	return writing ? (flags & 3) != 0 : (flags & 3) != 1;
}

static void append(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void append(char *text, size_t size, const char *format, ...)
{
	size_t used = strlen(text);
	if (used > 3 && strcmp(text + used - 3, "...") == 0) /* no room was left before */
		return;
	va_list args;
	va_start(args, format);
	int length = vsnprintf(text + used, size - used, format, args);
	rt_end_with_word(text, size, used + (size_t)length);
	va_end(args);
}

/* Which processes hold the other end of the pipe. */
static void append_holders(char *text, size_t size, uint64_t inode, bool writing)
{
	const char *names[RT_PROCESSES];
	char name[RT_PROCESSES][24];
	int count = 0;
	for (int i = 0; i < WORLD->process_count; i++) {
		if (WORLD->process[i].dead)
			continue;
		char path[64];
		snprintf(path, sizeof path, "/proc/%d/fd", (int)WORLD->process[i].pid);
		DIR *folder = opendir(path);
		if (!folder)
			continue;
		for (struct dirent *entry; (entry = readdir(folder));) {
			uint64_t other;
			if (inode_of(WORLD->process[i].pid, entry->d_name, &other) && other == inode &&
			    open_for(WORLD->process[i].pid, entry->d_name, writing)) {
				names[count++] = rt_process_name(i, name[i], sizeof name[i]);
				break;
			}
		}
		closedir(folder);
	}
	append(text, size, "; its %s end is ", writing ? "write" : "read");
	append(text, size, count ? "still open in " : "open nowhere");
	for (int i = 0; i < count; i++)
		append(text, size, "%s%s", i == 0 ? "" : i == count - 1 ? " and " : ", ", names[i]);
}

/* Who posted a semaphore last, and who took it. */
static void append_semaphore(char *text, size_t size, const struct rt_thread *thread)
{
	const struct rt_object *semaphore = NULL;
	char name[64];
	for (int i = 0; i < WORLD->object_count; i++)
		if (WORLD->object[i].kind == OBJECT_SEMAPHORE && WORLD->object[i].address == thread->object &&
		    WORLD->object[i].process == thread->object_process)
			semaphore = &WORLD->object[i];
	if (semaphore && semaphore->poster >= 0)
		append(text, size, "; last posted by %s ({pc:%lx})", rt_thread_name(semaphore->poster, name, sizeof name),
		       (unsigned long)semaphore->site);
	else
		append(text, size, "; it was never posted");
	if (semaphore && semaphore->taker >= 0)
		append(text, size, ", last taken by %s ({pc:%lx})", rt_thread_name(semaphore->taker, name, sizeof name),
		       (unsigned long)semaphore->taken_at);
	if (thread->object_process >= 0 && WORLD->process_count > 1)
		append(text, size, "; it is not in shared memory");
}

/* The object that the thread waits for, as rt_key_of identifies it. */
static uintptr_t key_of(const struct rt_thread *thread)
{
	bool own = thread->object_process >= 0 && WORLD->process_count > 1;
	return own ? thread->object ^ (uintptr_t)thread->object_process << 48 : thread->object;
}

static const struct {
	enum rt_class class;
	const char *any; /* one without a name */
} waited_for[] = {
    [WAIT_MUTEX] = {CLASS_MUTEX, "a mutex"},
    [WAIT_RWLOCK] = {CLASS_RWLOCK, "a read-write lock"},
    [WAIT_SPIN] = {CLASS_SPINLOCK, "a spinlock"},
    [WAIT_COND] = {CLASS_CONDITION, "a condition variable"},
    [WAIT_SEM] = {CLASS_SEMAPHORE, "a semaphore"},
    [WAIT_BARRIER] = {CLASS_BARRIER, "a barrier"},
    [WAIT_ONCE] = {CLASS_ONCE, NULL},
    [WAIT_OTHER] = {CLASS_UNNAMED, NULL},
};

/* What it waits for. `named`: the object by its name ("for mutex lock"), not "for a mutex". */
static void append_what(char *text, size_t size, const struct rt_thread *thread, bool named)
{
	const char *what = thread->what ? thread->what : "", *any = waited_for[thread->wait].any;
	size_t before = any ? strcspn(what, "@") : strlen(what);
	append(text, size, "%.*s", (int)before, what);
	if (!what[before])
		return;
	if (named)
		append(text, size, "{obj:%lx %s}", (unsigned long)key_of(thread),
		       rt_class_name(waited_for[thread->wait].class));
	else
		append(text, size, "%s", any);
	append(text, size, "%s", what + before + 1);
}

static void describe(struct rt_evidence *evidence, int index)
{
	struct rt_thread *thread = &WORLD->thread[index];
	uintptr_t held_since = 0; /* where the lock that it waits for was taken */
	char *text = evidence->text;
	size_t size = sizeof evidence->text;
	char name[64];
	append(text, size, "%s waits ", rt_thread_name(index, name, sizeof name));
	append_what(text, size, thread, exploring());
	if (thread->wait == WAIT_READ || thread->wait == WAIT_WRITE) {
		bool reading = thread->wait == WAIT_READ;
		char fd[16];
		uint64_t inode;
		snprintf(fd, sizeof fd, "%d", thread->fd);
		if (inode_of(WORLD->process[thread->process].pid, fd, &inode)) {
			int number = pipe_number(inode);
			if (number >= 0)
				append(text, size, " pipe %d", number);
			append(text, size, " (descriptor %d, {pc:%lx})", thread->fd, (unsigned long)thread->site);
			append_holders(text, size, inode, reading);
			evidence->frame[0] = thread->site;
			return;
		}
		append(text, size, " descriptor %d", thread->fd);
	}
	append(text, size, " ({pc:%lx})", (unsigned long)thread->site);
	if (exploring() && thread->wait == WAIT_SEM)
		append_semaphore(text, size, thread);
	for (int i = 0; i < WORLD->object_count; i++) {
		struct rt_object *object = &WORLD->object[i];
		if (object->address != thread->object || object->process != thread->object_process ||
		    object->kind == OBJECT_NONE)
			continue;
		held_since = object->owner >= 0 ? object->site : held_since;
		if (object->owner == index)
			append(text, size, "; it holds that lock itself since {pc:%lx}", (unsigned long)object->site);
		else if (object->owner >= 0)
			append(text, size, "; %s holds it since {pc:%lx}%s", rt_thread_name(object->owner, name, sizeof name),
			       (unsigned long)object->site, WORLD->thread[object->owner].state == RT_DONE ? " and has ended" : "");
		else if (object->owner == -2)
			append(text, size,
			       "; it was held since {pc:%lx} when the process was forked, by a thread that the child "
			       "does not have",
			       (unsigned long)object->site);
		else if (object->readers)
			append(text, size, object->readers == 1 ? "; %u reader holds it" : "; %u readers hold it", object->readers);
	}
	evidence->frame[0] = thread->site;
	evidence->frame[1] = held_since;
}

/* ---- what kind of hang: for the search ------------------------------------------------------ */

/* The thread that `index` waits for, if it is one: the owner of a lock, the thread to be joined. -1: nobody certain. */
static int waits_for(int index, uintptr_t *since)
{
	const struct rt_thread *thread = &WORLD->thread[index];
	*since = 0;
	if (thread->state != RT_BLOCKED)
		return -1;
	if (thread->wait == WAIT_JOIN)
		return (int)((const struct rt_thread *)thread->object - WORLD->thread);
	for (int i = 0; i < WORLD->object_count; i++) {
		const struct rt_object *object = &WORLD->object[i];
		if (object->kind == OBJECT_NONE || object->kind >= OBJECT_SEMAPHORE || object->address != thread->object ||
		    object->process != thread->object_process)
			continue;
		*since = object->site;
		if (object->owner >= 0)
			return object->owner;
		for (int reader = 0; object->kind == OBJECT_RWLOCK && object->readers && reader < WORLD->thread_count; reader++)
			if (object->reader[reader / 64] >> reader % 64 & 1)
				return reader;
	}
	return -1;
}

/* A thread from which the chain of waits comes back to itself, or -1. */
static int find_cycle(void)
{
	for (int first = 0; first < WORLD->thread_count; first++) {
		uintptr_t since;
		int at = waits_for(first, &since);
		for (int steps = 0; at >= 0 && at != first && steps < WORLD->thread_count; steps++)
			at = waits_for(at, &since);
		if (at == first)
			return first;
	}
	return -1;
}

static void describe_cycle(int first)
{
	struct rt_evidence *evidence = rt_evidence_add("deadlock");
	char name[64];
	uintptr_t since;
	int at = first, frames = 0;
	do {
		int next = waits_for(at, &since);
		const struct rt_thread *thread = &WORLD->thread[at];
		append(evidence->text, sizeof evidence->text, "%s%s waits ", frames ? "; " : "",
		       rt_thread_name(at, name, sizeof name));
		append_what(evidence->text, sizeof evidence->text, thread, exploring());
		append(evidence->text, sizeof evidence->text, " at {pc:%lx}", (unsigned long)thread->site);
		if (thread->wait != WAIT_JOIN)
			append(evidence->text, sizeof evidence->text, ", which %s holds since {pc:%lx}",
			       next == at ? "it" : rt_thread_name(next, name, sizeof name), (unsigned long)since);
		else
			append(evidence->text, sizeof evidence->text, ", of %s", rt_thread_name(next, name, sizeof name));
		if (frames < RT_FRAMES)
			evidence->frame[frames++] = thread->site;
		at = next;
	} while (at != first && frames < RT_FRAMES);
}

/* A thread waits for a signal and holds a lock that the one who might send it needs. */
static bool describe_nested_wait(void)
{
	for (int i = 0; i < WORLD->thread_count; i++) {
		uintptr_t since;
		int owner = waits_for(i, &since);
		const struct rt_thread *thread = &WORLD->thread[i];
		if (owner < 0 || thread->wait == WAIT_JOIN || WORLD->thread[owner].state != RT_BLOCKED ||
		    WORLD->thread[owner].wait != WAIT_COND)
			continue;
		struct rt_evidence *evidence = rt_evidence_add("deadlock");
		char name[64], other[64];
		append(evidence->text, sizeof evidence->text, "%s waits ", rt_thread_name(i, name, sizeof name));
		append_what(evidence->text, sizeof evidence->text, thread, exploring());
		append(evidence->text, sizeof evidence->text,
		       " at {pc:%lx}, which %s holds since {pc:%lx} and keeps while it waits ", (unsigned long)thread->site,
		       rt_thread_name(owner, other, sizeof other), (unsigned long)since);
		append_what(evidence->text, sizeof evidence->text, &WORLD->thread[owner], exploring());
		append(evidence->text, sizeof evidence->text, " at {pc:%lx}", (unsigned long)WORLD->thread[owner].site);
		evidence->frame[0] = thread->site;
		evidence->frame[1] = WORLD->thread[owner].site;
		return true;
	}
	return false;
}

/* Is a signal of that time, which this thread did not get, lost on it? It is if the thread looks at nothing before it
 * waits, or looked before: then it does not know what the signal was to tell. Who looks under the mutex after a signal
 * sees what had changed: to that thread it did no harm that the signal woke nobody, or others. */
static bool is_lost(uint64_t sent, const struct rt_thread *thread)
{
	return sent < thread->queued && sent > thread->looked_at;
}

static bool describe_missed_signal(void)
{
	for (int i = 0; i < WORLD->thread_count; i++) {
		const struct rt_thread *thread = &WORLD->thread[i];
		if (thread->state != RT_BLOCKED || thread->wait != WAIT_COND)
			continue;
		const struct rt_object *condition = NULL;
		for (int o = 0; o < WORLD->object_count; o++)
			if (WORLD->object[o].kind == OBJECT_CONDITION && WORLD->object[o].address == thread->object &&
			    WORLD->object[o].process == thread->object_process)
				condition = &WORLD->object[o];
		bool early = condition && condition->to_all && is_lost(condition->sent, thread);
		bool lost = condition && (early || (condition->round && is_lost(condition->wasted, thread)));
		struct rt_evidence *evidence = rt_evidence_add(lost ? "lost_wakeup" : "missing_signal");
		char name[64], other[64];
		append(evidence->text, sizeof evidence->text, "%s waits at {pc:%lx} ", rt_thread_name(i, name, sizeof name),
		       (unsigned long)thread->site);
		append_what(evidence->text, sizeof evidence->text, thread, exploring());
		append(evidence->text, sizeof evidence->text, " that never comes: ");
		if (early)
			append(evidence->text, sizeof evidence->text, "the broadcast from {pc:%lx} came before it waited",
			       (unsigned long)condition->site);
		else if (lost && condition->taker < 0)
			append(evidence->text, sizeof evidence->text, "the one from {pc:%lx} was sent when no thread waited",
			       (unsigned long)condition->site);
		else if (lost)
			append(evidence->text, sizeof evidence->text,
			       "%u of %u were sent when no thread waited, and the last one ({pc:%lx}) woke %s", condition->round,
			       condition->count, (unsigned long)condition->site,
			       rt_thread_name(condition->taker, other, sizeof other));
		else if (condition && condition->wasted == condition->sent)
			append(evidence->text, sizeof evidence->text,
			       "the last one ({pc:%lx}) came before it checked what it waits for", (unsigned long)condition->site);
		else if (condition)
			append(evidence->text, sizeof evidence->text, "the last one ({pc:%lx}) woke %s",
			       (unsigned long)condition->site,
			       condition->taker < 0 ? "others" : rt_thread_name(condition->taker, other, sizeof other));
		else
			append(evidence->text, sizeof evidence->text, "none was sent");
		evidence->frame[0] = thread->site;
		evidence->frame[1] = condition ? condition->site : 0;
		return true;
	}
	return false;
}

/* A thread that waits for what a process alone could do: read, write, a child. */
static bool describe_stuck_processes(void)
{
	for (int i = 0; i < WORLD->thread_count; i++) {
		const struct rt_thread *thread = &WORLD->thread[i];
		if (thread->state != RT_BLOCKED ||
		    !(thread->wait == WAIT_READ || thread->wait == WAIT_WRITE || thread->wait == WAIT_POLL))
			continue;
		describe(rt_evidence_add("deadlock"), i);
		return true;
	}
	return false;
}

/* The last thread that is blocked by something else than a join, else the first one that joins, or -1: who joins waits
 * for another one's sake. */
static int find_stuck(void)
{
	int stuck = -1;
	for (int i = WORLD->thread_count - 1; i >= 0; i--) {
		if (WORLD->thread[i].state != RT_BLOCKED)
			continue;
		stuck = i;
		if (WORLD->thread[i].wait != WAIT_JOIN)
			break;
	}
	return stuck;
}

static void classify_hang(void)
{
	int cycle = find_cycle();
	if (cycle >= 0) {
		describe_cycle(cycle);
		return;
	}
	if (describe_nested_wait() || describe_missed_signal() || describe_stuck_processes())
		return;
	int stuck = find_stuck();
	if (stuck >= 0)
		describe(rt_evidence_add("stuck"), stuck);
}

void rt_describe_endless(void)
{
	struct rt_evidence *evidence = rt_evidence_add("livelock");
	char name[64];
	int frames = 0;
	append(evidence->text, sizeof evidence->text,
	       "no end after %llu steps in which every thread had its turn: ", (unsigned long long)SEARCH->steps);
	for (int i = 0; i < WORLD->thread_count; i++) {
		const struct rt_thread *thread = &WORLD->thread[i];
		if (thread->state != RT_RUNNABLE || !thread->site || frames == 4) /* no site: it has not begun */
			continue;
		append(evidence->text, sizeof evidence->text, "%s%s continues at {pc:%lx}", frames ? ", " : "",
		       rt_thread_name(i, name, sizeof name), (unsigned long)thread->site);
		evidence->frame[frames++] = thread->site;
	}
}

void rt_record_wait(void)
{
	uintptr_t since;
	char name[64];
	const struct rt_thread *me = ME;
	search_blocks(waited_for[me->wait].class, me->wait == WAIT_JOIN ? 0 : key_of(me), me->site);
	if (!SEARCH->recording)
		return;
	bool lock = me->wait == WAIT_MUTEX || me->wait == WAIT_RWLOCK || me->wait == WAIT_SPIN || me->wait == WAIT_ONCE;
	int owner = lock || me->wait == WAIT_JOIN ? waits_for(rt_me, &since) : -1;
	char what[200] = "";
	append_what(what, sizeof what, me, false);
	if (owner >= 0 && me->wait == WAIT_JOIN)
		search_effect(-1, "%s has not ended", rt_thread_name(owner, name, sizeof name));
	else if (owner >= 0)
		search_effect(-1, "%s, which %s holds", what, owner == rt_me ? "it" : rt_thread_name(owner, name, sizeof name));
	else
		search_effect(-1, "%s", what);
}

void rt_describe_hang(void)
{
	if (exploring())
		classify_hang();
	for (int i = 0; i < WORLD->thread_count; i++)
		if (WORLD->thread[i].state == RT_BLOCKED)
			describe(rt_evidence_add("hang"), i);
}
