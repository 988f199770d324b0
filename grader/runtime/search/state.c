/* state.c - see state.h. The table of the runtime knows all of it; the kernel is asked who has which end of a pipe. No
 * memory is allocated here: the program's heap is as it is when no run is recorded. */
#include "../internal.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert((int)STATE_OBJECTS == RT_OBJECTS && (int)STATE_PROCESSES == RT_PROCESSES, "state.h says so");

static struct search_state *state(void)
{
	return &SEARCH->state;
}

void search_state_begin(void)
{
	if (SEARCH->recording)
		memset(state(), 0, offsetof(struct search_state, change));
	for (int i = 0; SEARCH->recording && i < STATE_OBJECTS; i++)
		state()->holder[i].owner = -1;
}

/* The place for a change of the last step; NULL: there is none. */
static struct search_change *new_change(enum change_kind kind, uintptr_t object)
{
	struct search_state *now = state();
	if (now->change_count == STATE_CHANGES)
		return NULL;
	struct search_change *change = &now->change[now->change_count++];
	*change = (struct search_change){
	    .step = (uint16_t)(SEARCH->step_count - 1), .kind = (uint8_t)kind, .thread = -1, .object = object};
	return change;
}

static uintptr_t key_in(int process, uintptr_t address)
{
	return process > 0 ? address ^ (uintptr_t)process << 48 : address;
}

static int first_thread_of(int process)
{
	for (int i = 0; i < WORLD->thread_count; i++)
		if (WORLD->thread[i].process == process)
			return i;
	return -1;
}

/* ---- locks ---------------------------------------------------------------------------------- */

static bool is_lock(const struct rt_object *object)
{
	return rt_traits[object->kind]->is_lock;
}

static unsigned readers_of(const struct rt_object *object)
{
	return object->kind == KIND_RWLOCK ? object->rwlock.readers : 0;
}

static void note_holder(uintptr_t key, enum rt_kind kind, int owner, unsigned readers, uintptr_t site)
{
	struct search_change *change = new_change(CHANGE_HOLDER, key);
	if (!change)
		return;
	change->class = (uint8_t)kind;
	change->thread = (int16_t)owner;
	change->value = (int32_t)readers;
	change->site = site;
}

static void settle_locks(void)
{
	for (int i = 0; i < WORLD->object_count; i++) {
		const struct rt_object *object = &WORLD->object[i];
		bool lock = is_lock(object);
		int owner = lock && object->owner >= 0 ? object->owner : -1;
		unsigned readers = readers_of(object);
		uintptr_t key = lock ? key_in(object->process, object->address) : state()->holder[i].object;
		if (state()->holder[i].owner == owner && state()->holder[i].readers == readers &&
		    (state()->holder[i].object == key || (owner < 0 && !readers)))
			continue;
		state()->holder[i].object = key;
		state()->holder[i].owner = owner;
		state()->holder[i].readers = readers;
		note_holder(key, lock ? object->kind : KIND_MUTEX, owner, readers, object->site);
	}
}

/* ---- pipes and sockets ---------------------------------------------------------------------- */

static int number_in(const uint64_t inode[], int count, uint64_t wanted)
{
	for (int i = 0; i < count && i < FIRST_SOCKET; i++)
		if (inode[i] == wanted)
			return i;
	return -1;
}

/* Pipes first, then ends of pairs of sockets; -1: neither, or too many. */
static int channel_of(const struct stat *status)
{
	if (S_ISFIFO(status->st_mode))
		return number_in(WORLD->pipe_inode, WORLD->pipe_count, status->st_ino);
	int end = S_ISSOCK(status->st_mode) ? number_in(WORLD->socket_inode, WORLD->socket_count, status->st_ino) : -1;
	return end < 0 ? -1 : FIRST_SOCKET + end;
}

/* As struct change of grader/finding/interleaving.h says it of an end. */
static uint8_t end_of(int channel, mode_t descriptor)
{
	if (channel >= FIRST_SOCKET)
		return 4;
	return (uint8_t)((descriptor & S_IRUSR ? 1 : 0) | (descriptor & S_IWUSR ? 2 : 0));
}

/* The ends that the process has open, of all channels. */
static void look_at_ends(int process, uint8_t ends[])
{
	char path[64];
	struct stat status;
	memset(ends, 0, STATE_CHANNELS);
	for (int fd = 0; !WORLD->process[process].dead && fd < STATE_FDS; fd++) {
		snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)WORLD->process[process].pid, fd);
		int channel = stat(path, &status) == 0 ? channel_of(&status) : -1;
		if (channel >= 0 && lstat(path, &status) == 0) /* the link's mode is that of the descriptor: proc(5) */
			ends[channel] |= end_of(channel, status.st_mode);
	}
}

/* "fifo jobs", "pipe 0", "socket 1, end 0". A FIFO has the name that it was opened by. */
static void name_channel(struct search_change *change, int channel)
{
	const char *fifo = channel < FIRST_SOCKET ? rt_fifo_name(WORLD->pipe_inode[channel]) : NULL;
	int end = channel - FIRST_SOCKET;
	if (fifo)
		snprintf(change->text, sizeof change->text, "fifo %s", fifo);
	else if (end < 0)
		snprintf(change->text, sizeof change->text, "pipe %d", rt_pipe_number(channel));
	else
		snprintf(change->text, sizeof change->text, "socket %d, end %d", end / 2, end % 2);
}

static void settle_ends(int process)
{
	uint8_t ends[STATE_CHANNELS];
	look_at_ends(process, ends);
	for (int i = 0; i < STATE_CHANNELS; i++) {
		struct search_change *change =
		    ends[i] == state()->ends[process][i] ? NULL : new_change(CHANGE_ENDS, (uintptr_t)i);
		state()->ends[process][i] = ends[i];
		if (!change)
			continue;
		change->thread = (int16_t)first_thread_of(process);
		change->value = ends[i];
		name_channel(change, i);
	}
}

/* What is in the channels that this process has open. */
static void settle_bytes(void)
{
	struct stat status;
	for (int fd = 0; fd < STATE_FDS; fd++) {
		int bytes, channel = fstat(fd, &status) == 0 ? channel_of(&status) : -1;
		if (channel < 0 || ioctl(fd, FIONREAD, &bytes) != 0 || bytes == state()->bytes[channel])
			continue;
		state()->bytes[channel] = bytes;
		struct search_change *change = new_change(CHANGE_BYTES, (uintptr_t)channel);
		if (!change)
			continue;
		change->value = bytes;
		name_channel(change, channel);
	}
}

/* Only where descriptors may have changed: the kernel is asked for each of them. */
static void settle_channels(enum rt_op op)
{
	bool pipes = op == OP_PIPE || op == OP_OPEN || op == OP_READ_FD || op == OP_WRITE_FD || op == OP_CLOSE ||
	             op == OP_CONNECT || op == OP_ACCEPT;
	bool processes = op == OP_FORK || op == OP_START || op == OP_EXIT || op == OP_END || op == OP_EXEC ||
	                 op == OP_KILL || op == OP_WAIT_CHILD || op == OP_WAITS;
	if ((!WORLD->pipe_count && !WORLD->socket_count) || (!pipes && !processes))
		return;
	for (int i = 0; i < WORLD->process_count; i++)
		settle_ends(i);
	settle_bytes();
}

/* ---- who waits, who has ended --------------------------------------------------------------- */

static int waited_channel(const struct rt_thread *thread)
{
	char path[64];
	struct stat status;
	snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)WORLD->process[thread->process].pid, thread->fd);
	return stat(path, &status) == 0 ? channel_of(&status) : -1;
}

static void say_what(struct search_change *change, const struct rt_thread *thread)
{
	static const char *const words[KIND_COUNT] = {[KIND_THREAD] = "a thread's end",
	                                              [KIND_SIGNAL] = "a signal",
	                                              [KIND_CHILD] = "a child",
	                                              [KIND_READ_END] = "bytes",
	                                              [KIND_WRITE_END] = "room",
	                                              [KIND_DESCRIPTORS] = "descriptors",
	                                              [KIND_CONNECTION] = "a connection",
	                                              [KIND_BACKLOG] = "room in the backlog",
	                                              [KIND_TIME] = "time",
	                                              [KIND_GATE] = "the test"};
	change->class = (uint8_t)thread->wait;
	change->site = thread->site;
	change->value = thread->wait == KIND_READ_END || thread->wait == KIND_WRITE_END ? waited_channel(thread) : -1;
	if (words[thread->wait])
		snprintf(change->text, sizeof change->text, "%s", words[thread->wait]);
	else
		change->object = key_in(thread->object_process, thread->object);
}

static void settle_waiter(int index)
{
	const struct rt_thread *thread = &WORLD->thread[index];
	/* Who waits for a descriptor looks again whenever any of them changes, and most often waits on. */
	bool looks = rt_traits[thread->wait]->is_ready;
	bool waits = thread->state == RT_BLOCKED || (thread->state == RT_RUNNABLE && looks);
	int wait = waits ? (int)thread->wait : KIND_NONE, fd = waits ? thread->fd : -1;
	uintptr_t object = waits ? thread->object : 0;
	if (state()->waiter[index].wait == wait && state()->waiter[index].object == object &&
	    (!waits || state()->waiter[index].fd == fd))
		return;
	state()->waiter[index].wait = wait;
	state()->waiter[index].object = object;
	state()->waiter[index].fd = fd;
	struct search_change *change = new_change(CHANGE_WAITER, 0);
	if (!change)
		return;
	change->thread = (int16_t)index;
	if (waits)
		say_what(change, thread);
}

static void settle_process(int index)
{
	const struct rt_process *process = &WORLD->process[index];
	uint8_t ended = process->reaped ? 2 : process->dead ? 1 : 0;
	if (state()->ended[index] == ended)
		return;
	state()->ended[index] = ended;
	struct search_change *change = new_change(CHANGE_CHILD, 0);
	if (!change)
		return;
	change->thread = (int16_t)first_thread_of(index);
	change->value = ended;
}

/* ---- values --------------------------------------------------------------------------------- */

static void settle_value(uintptr_t key, enum rt_kind kind, const char *text)
{
	struct search_state *now = state();
	unsigned i = 0;
	while (i < now->values && now->value[i].key != key)
		i++;
	if (i == STATE_VALUES || (i < now->values && strcmp(now->value[i].text, text) == 0))
		return;
	now->values += i == now->values;
	now->value[i].key = key;
	snprintf(now->value[i].text, sizeof now->value[i].text, "%s", text);
	struct search_change *change = new_change(CHANGE_VALUE, key);
	if (!change)
		return;
	change->class = (uint8_t)kind;
	snprintf(change->text, sizeof change->text, "%s", text);
}

static void settle_word(const void *memory, size_t bytes, uint64_t value)
{
	char text[64], cut[sizeof state()->value->text];
	rt_put_value(text, sizeof text, value, bytes);
	snprintf(cut, sizeof cut, "%.*s", (int)sizeof cut - 1, text);
	settle_value(rt_key_of(memory), KIND_NONE, cut);
}

static void settle_memory(const void *memory, size_t bytes)
{
	uint64_t value = 0;
	memcpy(&value, memory, bytes);
	settle_word(memory, bytes, value);
}

static void put_memory(char *text, size_t size, const void *memory, size_t bytes)
{
	uint64_t value = 0;
	memcpy(&value, memory, bytes);
	rt_put_value(text, size, value, bytes);
}

static bool records(void)
{
	return exploring() && SEARCH->recording && SEARCH->step_count && SEARCH->step_count <= STATE_STEPS;
}

void search_was(const void *memory, size_t bytes, uint64_t value)
{
	if (records() && bytes <= sizeof value)
		settle_word(memory, bytes, value);
}

void search_touches(const void *memory, size_t bytes, bool write)
{
	if (!records() || bytes > sizeof(int64_t))
		return;
	settle_memory(memory, bytes);
	state()->written.memory = write ? memory : NULL;
	state()->written.bytes = bytes;
	put_memory(state()->written.before, sizeof state()->written.before, memory, bytes);
}

/* It is still the thread's step: nobody else can have run since. */
void search_written(void)
{
	if (!records() || !state()->written.memory)
		return;
	const void *memory = state()->written.memory;
	char before[sizeof state()->written.before], now[sizeof before];
	state()->written.memory = NULL;
	settle_memory(memory, state()->written.bytes);
	memcpy(before, state()->written.before, sizeof before);
	put_memory(now, sizeof now, memory, state()->written.bytes);
	search_effect(-1, "%s -> %s", before, now);
}

void search_counts(uintptr_t semaphore, int value)
{
	char text[24];
	if (!records())
		return;
	snprintf(text, sizeof text, "%d", value);
	settle_value(semaphore, KIND_SEMAPHORE, text);
}

void search_settle(void)
{
	if (!records() || rt_me < 0)
		return;
	const struct search_step *step = &SEARCH->step[SEARCH->step_count - 1];
	settle_locks();
	for (int i = 0; i < WORLD->thread_count; i++)
		settle_waiter(i);
	for (int i = 0; i < WORLD->process_count; i++)
		settle_process(i);
	if (state()->settled != SEARCH->step_count)
		settle_channels(step->op);
	state()->settled = SEARCH->step_count;
}
