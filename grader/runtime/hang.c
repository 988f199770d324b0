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

void rt_append(char *text, size_t size, const char *format, ...)
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

/* The object that the thread waits for, as rt_key_of identifies it. */
static uintptr_t key_of(const struct rt_thread *thread)
{
	bool own = thread->object_process >= 0 && WORLD->process_count > 1;
	return own ? thread->object ^ (uintptr_t)thread->object_process << 48 : thread->object;
}

void rt_append_what(char *text, size_t size, const struct rt_thread *thread, bool named)
{
	const char *what = thread->what ? thread->what : "", *any = rt_traits[thread->wait]->any;
	size_t before = any ? strcspn(what, "@") : strlen(what);
	rt_append(text, size, "%.*s", (int)before, what);
	if (!what[before])
		return;
	if (named)
		rt_append(text, size, "{obj:%lx %s}", (unsigned long)key_of(thread), rt_traits[thread->wait]->name);
	else
		rt_append(text, size, "%s", any);
	rt_append(text, size, "%s", what + before + 1);
}

void rt_append_place(char *text, size_t size, const struct rt_thread *thread)
{
	rt_append(text, size, " ({pc:%lx})", (unsigned long)thread->site);
}

static void describe(struct rt_evidence *evidence, int index)
{
	struct rt_thread *thread = &WORLD->thread[index];
	uintptr_t held_since = 0; /* where the lock that it waits for was taken */
	char *text = evidence->text;
	size_t size = sizeof evidence->text;
	char name[64];
	rt_append(text, size, "%s waits ", rt_thread_name(index, name, sizeof name));
	rt_append_what(text, size, thread, exploring());
	if (rt_traits[thread->wait]->describe)
		rt_traits[thread->wait]->describe(text, size, thread);
	else
		rt_append_place(text, size, thread);
	for (int i = 0; i < WORLD->object_count; i++) {
		struct rt_object *object = &WORLD->object[i];
		if (object->address != thread->object || object->process != thread->object_process || object->kind == KIND_NONE)
			continue;
		held_since = object->owner >= 0 ? object->site : held_since;
		if (object->owner == index)
			rt_append(text, size, "; it holds that lock itself since {pc:%lx}", (unsigned long)object->site);
		else if (object->owner >= 0)
			rt_append(text, size, "; %s holds it since {pc:%lx}%s", rt_thread_name(object->owner, name, sizeof name),
			          (unsigned long)object->site,
			          WORLD->thread[object->owner].state == RT_DONE ? " and has ended" : "");
		else if (object->owner == OWNER_GONE)
			rt_append(text, size,
			          "; it was held since {pc:%lx} when the process was forked, by a thread that the child "
			          "does not have",
			          (unsigned long)object->site);
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
	if (thread->wait == KIND_THREAD)
		return (int)((const struct rt_thread *)thread->object - WORLD->thread);
	for (int i = 0; i < WORLD->object_count; i++) {
		const struct rt_object *object = &WORLD->object[i];
		if (!rt_traits[object->kind]->is_held || object->address != thread->object ||
		    object->process != thread->object_process)
			continue;
		*since = object->site;
		int holder = rt_holder(object);
		if (holder >= 0)
			return holder;
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
		rt_append(evidence->text, sizeof evidence->text, "%s%s waits ", frames ? "; " : "",
		          rt_thread_name(at, name, sizeof name));
		rt_append_what(evidence->text, sizeof evidence->text, thread, exploring());
		rt_append(evidence->text, sizeof evidence->text, " at {pc:%lx}", (unsigned long)thread->site);
		if (thread->wait != KIND_THREAD)
			rt_append(evidence->text, sizeof evidence->text, ", which %s holds since {pc:%lx}",
			          next == at ? "it" : rt_thread_name(next, name, sizeof name), (unsigned long)since);
		else
			rt_append(evidence->text, sizeof evidence->text, ", of %s", rt_thread_name(next, name, sizeof name));
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
		if (owner < 0 || thread->wait == KIND_THREAD || WORLD->thread[owner].state != RT_BLOCKED ||
		    WORLD->thread[owner].wait != KIND_CONDITION)
			continue;
		struct rt_evidence *evidence = rt_evidence_add("deadlock");
		char name[64], other[64];
		rt_append(evidence->text, sizeof evidence->text, "%s waits ", rt_thread_name(i, name, sizeof name));
		rt_append_what(evidence->text, sizeof evidence->text, thread, exploring());
		rt_append(evidence->text, sizeof evidence->text,
		          " at {pc:%lx}, which %s holds since {pc:%lx} and keeps while it waits ", (unsigned long)thread->site,
		          rt_thread_name(owner, other, sizeof other), (unsigned long)since);
		rt_append_what(evidence->text, sizeof evidence->text, &WORLD->thread[owner], exploring());
		rt_append(evidence->text, sizeof evidence->text, " at {pc:%lx}", (unsigned long)WORLD->thread[owner].site);
		evidence->frame[0] = thread->site;
		evidence->frame[1] = WORLD->thread[owner].site;
		return true;
	}
	return false;
}

/* A thread that waits for what a process alone could do: read, write, a child. */
static bool describe_stuck_processes(void)
{
	for (int i = 0; i < WORLD->thread_count; i++) {
		const struct rt_thread *thread = &WORLD->thread[i];
		if (thread->state != RT_BLOCKED || !rt_traits[thread->wait]->is_ready)
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
		if (WORLD->thread[i].wait != KIND_THREAD)
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
	if (describe_nested_wait() || rt_describe_missed_signal() || describe_stuck_processes())
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
	rt_append(evidence->text, sizeof evidence->text,
	          "no end after %llu steps in which every thread had its turn: ", (unsigned long long)SEARCH->steps);
	for (int i = 0; i < WORLD->thread_count; i++) {
		const struct rt_thread *thread = &WORLD->thread[i];
		if (thread->state != RT_RUNNABLE || !thread->site || frames == 4) /* no site: it has not begun */
			continue;
		rt_append(evidence->text, sizeof evidence->text, "%s%s continues at {pc:%lx}", frames ? ", " : "",
		          rt_thread_name(i, name, sizeof name), (unsigned long)thread->site);
		evidence->frame[frames++] = thread->site;
	}
}

void rt_record_wait(void)
{
	uintptr_t since;
	char name[64];
	const struct rt_thread *me = ME;
	search_blocks(me->wait, me->wait == KIND_THREAD ? 0 : key_of(me), me->site);
	if (!SEARCH->recording)
		return;
	int owner = rt_traits[me->wait]->is_held || me->wait == KIND_THREAD ? waits_for(rt_me, &since) : -1;
	char what[200] = "";
	rt_append_what(what, sizeof what, me, false);
	if (owner >= 0 && me->wait == KIND_THREAD)
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
