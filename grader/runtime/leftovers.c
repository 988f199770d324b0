/* leftovers.c - what a whole program leaves at its end: children that it did not wait for, threads that it neither
 * joined nor detached, locks that it holds. The kernel takes all of it back, so none of it is a failure: it is noted.
 */
#include "internal.h"

#include <stdio.h>

/* What was made at one place, and is left. */
struct leftover {
	uintptr_t site;
	const char *kind, *text; /* of evidence */
	int first;               /* thread or process */
	unsigned others;
};

enum { PLACES = 12 }; /* enough for programs that people read */

struct leftovers {
	struct leftover at[PLACES];
	size_t count;
};

static void add(struct leftovers *leftovers, const struct leftover *new)
{
	for (size_t i = 0; i < leftovers->count; i++)
		if (leftovers->at[i].site == new->site && leftovers->at[i].kind == new->kind) {
			leftovers->at[i].others++;
			return;
		}
	if (leftovers->count < PLACES)
		leftovers->at[leftovers->count++] = *new;
}

static struct rt_evidence *note(const char *kind, uintptr_t site)
{
	struct rt_evidence *evidence = rt_evidence_add(kind);
	evidence->left = true;
	evidence->frame[0] = site;
	return evidence;
}

static void tell(const struct leftover *leftover, const char *who)
{
	struct rt_evidence *evidence = note(leftover->kind, leftover->site);
	char others[32] = "";
	if (leftover->others)
		snprintf(others, sizeof others, " and %u other%s", leftover->others, leftover->others == 1 ? "" : "s");
	snprintf(evidence->text, sizeof evidence->text, "%s%s %s %s ({pc:%lx})", who, others,
	         leftover->others ? "were" : "was", leftover->text, (unsigned long)leftover->site);
}

/* Then the kernel waits for them. */
static bool ignores_children(void)
{
	struct sigaction action;
	return sigaction(SIGCHLD, NULL, &action) == 0 &&
	       (action.sa_handler == SIG_IGN || (action.sa_flags & SA_NOCLDWAIT) != 0);
}

static void note_children(void)
{
	struct leftovers leftovers = {0};
	char name[64];
	if (ignores_children())
		return;
	for (int i = 1; i < WORLD->process_count; i++) {
		const struct rt_process *process = &WORLD->process[i];
		if (process->parent == rt_local.process && !process->reaped)
			add(&leftovers, &(struct leftover){process->created_at, "zombie", "not waited for", i, 0});
	}
	for (size_t i = 0; i < leftovers.count; i++)
		tell(&leftovers.at[i], rt_process_name(leftovers.at[i].first, name, sizeof name));
}

static void note_threads(void)
{
	struct leftovers leftovers = {0};
	char name[64];
	for (int i = 0; i < WORLD->thread_count; i++) {
		const struct rt_thread *thread = &WORLD->thread[i];
		if (i != rt_local.first && thread->process == rt_local.process && !thread->joined && !thread->detached)
			add(&leftovers, &(struct leftover){thread->created_at, "thread_leak", "neither joined nor detached", i, 0});
	}
	for (size_t i = 0; i < leftovers.count; i++)
		tell(&leftovers.at[i], rt_thread_name(leftovers.at[i].first, name, sizeof name));
}

/* A thread that ended and kept a lock was told of then. */
static void note_locks(void)
{
	char name[64];
	for (int i = 0, told = 0; i < WORLD->object_count && told < PLACES; i++) {
		const struct rt_object *object = &WORLD->object[i];
		const struct rt_traits *traits = rt_traits[object->kind];
		if (!traits->is_lock || object->owner < 0 || WORLD->thread[object->owner].process != rt_local.process ||
		    WORLD->thread[object->owner].state == RT_DONE)
			continue;
		uintptr_t key = rt_key_of((const void *)object->address);
		search_place(key);
		struct rt_evidence *evidence = note("lock_held", object->site);
		snprintf(evidence->text, sizeof evidence->text, "%s still holds {obj:%lx %s}, taken at {pc:%lx}",
		         rt_thread_name(object->owner, name, sizeof name), (unsigned long)key, traits->name,
		         (unsigned long)object->site);
		told++;
	}
}

void rt_note_leftovers(void)
{
	note_children();
	note_threads();
	note_locks();
}
