/* pipe.c - pipes, sockets and other descriptors that a thread waits for: who could end such a wait. */
#include "objects.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

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
	rt_append(text, size, "; its %s end is ", writing ? "write" : "read");
	rt_append(text, size, count ? "still open in " : "open nowhere");
	for (int i = 0; i < count; i++)
		rt_append(text, size, "%s%s", i == 0 ? "" : i == count - 1 ? " and " : ", ", names[i]);
}

static void describe(char *text, size_t size, const struct rt_thread *thread)
{
	char fd[16];
	uint64_t inode;
	snprintf(fd, sizeof fd, "%d", thread->fd);
	if (!inode_of(WORLD->process[thread->process].pid, fd, &inode)) {
		rt_append(text, size, " descriptor %d", thread->fd);
		rt_append_place(text, size, thread);
		return;
	}
	int number = pipe_number(inode);
	if (number >= 0)
		rt_append(text, size, " pipe %d", number);
	rt_append(text, size, " (descriptor %d, {pc:%lx})", thread->fd, (unsigned long)thread->site);
	append_holders(text, size, inode, thread->wait == KIND_READ_END);
}

const struct rt_traits rt_read_end_traits = {
    .name = "", .describe = describe, .ends_by_signal = true, .comes_unseen = true, .is_ready = true};

const struct rt_traits rt_write_end_traits = {
    .name = "", .describe = describe, .ends_by_signal = true, .comes_unseen = true, .is_ready = true};

const struct rt_traits rt_descriptors_traits = {
    .name = "", .ends_by_signal = true, .comes_unseen = true, .is_ready = true};
