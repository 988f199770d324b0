/* pipe.c - pipes, sockets and other descriptors that a thread waits for: who could end such a wait. */
#include "objects.h"

#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static int number_in(const uint64_t inode[], int count, uint64_t wanted)
{
	for (int i = 0; i < count; i++)
		if (inode[i] == wanted)
			return i;
	return -1;
}

static bool find_status(int process, int fd, struct stat *status)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)WORLD->process[process].pid, fd);
	return stat(path, status) == 0;
}

static bool open_for(int process, int fd, bool writing)
{
	char path[64], line[128];
	snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", (int)WORLD->process[process].pid, fd);
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

/* ---- who has an end open ------------------------------------------------------------------------ */

/* Of a pipe, the end for writing or for reading; of a socket, the end itself. */
struct end {
	uint64_t inode;
	bool is_socket, writing;
};

static bool has_open(int process, const struct end *end)
{
	char path[64];
	bool found = false;
	snprintf(path, sizeof path, "/proc/%d/fd", (int)WORLD->process[process].pid);
	DIR *folder = WORLD->process[process].dead ? NULL : opendir(path);
	if (!folder)
		return false;
	for (struct dirent *entry; !found && (entry = readdir(folder));) {
		struct stat status;
		int fd = atoi(entry->d_name); /* of "." and "..", too: 0, which comes up itself */
		found = find_status(process, fd, &status) && status.st_ino == end->inode &&
		        (end->is_socket ? S_ISSOCK(status.st_mode)
		                        : S_ISFIFO(status.st_mode) && open_for(process, fd, end->writing));
	}
	closedir(folder);
	return found;
}

/* "is still open in child 1 and child 2", "is open nowhere". Of a socket: who waits at one end and has the other one
 * as well waits for nobody else. */
static void append_holders(char *text, size_t size, const struct end *end, int waiting)
{
	int holder[RT_PROCESSES], count = 0;
	char name[64];
	for (int i = 0; i < WORLD->process_count; i++)
		if (has_open(i, end))
			holder[count++] = i;
	bool alone = end->is_socket && count == 1 && holder[0] == waiting;
	rt_append(text, size, "is %s", !count ? "open nowhere" : alone ? "open nowhere but in " : "still open in ");
	for (int i = 0; i < count; i++)
		rt_append(text, size, "%s%s",
		          i == 0           ? ""
		          : i == count - 1 ? " and "
		                           : ", ",
		          rt_process_name(holder[i], name, sizeof name));
}

static void append_other_socket(char *text, size_t size, int end, int waiting, bool writing)
{
	struct end other = {.inode = WORLD->socket_inode[end ^ 1], .is_socket = true};
	uint64_t listener = WORLD->waits_at[end / 2];
	rt_append(text, size, writing ? "; it is full, and " : "; ");
	if (!other.inode) {
		other.inode = listener;
		rt_append(text, size, "its other end waits to be accepted at listener %d, which ",
		          rt_listener_number(listener));
	} else {
		rt_append(text, size, writing ? "nobody reads at its other end, which " : "its other end ");
	}
	append_holders(text, size, &other, waiting);
}

/* Nothing, where the run does not know the other end. */
static void append_other_end(char *text, size_t size, const struct stat *status, int waiting, bool writing)
{
	int end = S_ISSOCK(status->st_mode) ? number_in(WORLD->socket_inode, WORLD->socket_count, status->st_ino) : -1;
	if (rt_is_from_outside(status->st_ino)) {
		rt_append(text, size, "; its other end is outside of the run");
	} else if (S_ISFIFO(status->st_mode)) {
		rt_append(text, size, "; its %s end ", writing ? "read" : "write");
		append_holders(text, size, &(struct end){.inode = status->st_ino, .writing = !writing}, waiting);
	} else if (end >= 0) {
		append_other_socket(text, size, end, waiting, writing);
	}
}

/* ---- the wait table ----------------------------------------------------------------------------- */

/* " pipe 0", " socket 1, end 0", " fifo requests", " listener 0". */
static void append_name(char *text, size_t size, const struct stat *status)
{
	uint64_t inode = status->st_ino;
	bool is_pipe = S_ISFIFO(status->st_mode);
	const char *fifo = is_pipe ? rt_fifo_name(inode) : NULL;
	int pipe = is_pipe ? number_in(WORLD->pipe_inode, WORLD->pipe_count, inode) : -1;
	int end = is_pipe ? -1 : number_in(WORLD->socket_inode, WORLD->socket_count, inode);
	int listener = is_pipe ? -1 : rt_listener_number(inode);
	if (fifo)
		rt_append(text, size, " fifo %s", fifo);
	else if (pipe >= 0)
		rt_append(text, size, " pipe %d", rt_pipe_number(pipe));
	else if (listener >= 0)
		rt_append(text, size, " listener %d", listener);
	else if (end >= 0)
		rt_append(text, size, " socket %d, end %d", end / 2, end % 2);
	else
		rt_append(text, size, is_pipe ? " a pipe" : " a socket");
}

/* Of a pipe or a socket; false: it is neither. */
static bool find_end(int process, int fd, struct stat *status)
{
	return find_status(process, fd, status) && (S_ISFIFO(status->st_mode) || S_ISSOCK(status->st_mode));
}

static void describe(char *text, size_t size, const struct rt_thread *thread)
{
	struct stat status;
	if (!find_end(thread->process, thread->fd, &status)) {
		rt_append(text, size, " descriptor %d", thread->fd);
		rt_append_place(text, size, thread);
		return;
	}
	append_name(text, size, &status);
	rt_append(text, size, " (descriptor %d, {pc:%lx})", thread->fd, (unsigned long)thread->site);
	append_other_end(text, size, &status, thread->process, thread->wait == KIND_WRITE_END);
}

static const char *asked_of(bool reads, bool writes, bool listens)
{
	if (reads)
		return listens ? "to accept a connection at" : writes ? "to read or write" : "to read";
	return writes ? "to write to" : "for the end of";
}

/* What poll(2) is asked of one descriptor: "to read pipe 0 (descriptor 3; its write end is still open in child 1)". */
static void append_polled(char *text, size_t size, int process, const struct rt_polled *polled)
{
	struct stat status;
	bool reads = polled->events & (POLLIN | POLLRDNORM), writes = polled->events & (POLLOUT | POLLWRNORM);
	bool is_end = find_end(process, polled->fd, &status);
	bool listens = is_end && S_ISSOCK(status.st_mode) && rt_listener_number(status.st_ino) >= 0;
	rt_append(text, size, "%s", asked_of(reads, writes, listens));
	if (!is_end) {
		rt_append(text, size, " descriptor %d", polled->fd);
		return;
	}
	append_name(text, size, &status);
	rt_append(text, size, " (descriptor %d", polled->fd);
	append_other_end(text, size, &status, process, !reads && (writes || !open_for(process, polled->fd, false)));
	rt_append(text, size, ")");
}

static void describe_polled(char *text, size_t size, const struct rt_thread *thread)
{
	unsigned kept = thread->polls < RT_POLLED ? thread->polls : RT_POLLED;
	const char *fifo = thread->fifo ? rt_fifo_name(thread->fifo) : NULL;
	rt_append_place(text, size, thread);
	if (fifo)
		rt_append(text, size, ": fifo %s", fifo);
	for (unsigned i = 0; i < kept; i++) {
		rt_append(text, size, i ? ", or " : ": ");
		append_polled(text, size, thread->process, &thread->polled[i]);
	}
	if (thread->polls > kept)
		rt_append(text, size, ", or one of %u more", thread->polls - kept);
}

const struct rt_traits rt_read_end_traits = {
    .name = "", .describe = describe, .ends_by_signal = true, .comes_unseen = true, .is_ready = true};

const struct rt_traits rt_write_end_traits = {
    .name = "", .describe = describe, .ends_by_signal = true, .comes_unseen = true, .is_ready = true};

const struct rt_traits rt_descriptors_traits = {
    .name = "", .describe = describe_polled, .ends_by_signal = true, .comes_unseen = true, .is_ready = true};
