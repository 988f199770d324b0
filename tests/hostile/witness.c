/* witness.c - what tests/hostile.sh cannot see from a shell.
 *
 * witness victim LOG SECRET
 *   Stands for everything outside the box: listens (TCP and UDP port 47250 of the loopback, the socket
 *   /tmp/kit-hostile.sock, an abstract one) and writes to LOG what arrives; notes SIGURG ("hit") and a change of one of
 *   its variables ("changed"), whose address and its own process id it tells in /tmp/kit-hostile-victim. SECRET is
 *   there to be read by others.
 * witness watch FOLDER OUT [MS]
 *   Until SIGTERM: the most processes, threads, memory (MiB) and disk space (MiB) that gradings with the build folder
 *   FOLDER used at a time, seen every MS milliseconds (50); then writes them to OUT.
 * witness list FOLDER
 *   The processes that belong to such gradings, or to nobody: id, name, program.
 * witness kill FOLDER
 *   Kills those that belong to such gradings.
 * witness socket FILE
 *   Leaves a Unix socket of that name. */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { PORT = 47250, FIRST_UID = 60000, LAST_UID = 64999 };

/* Set by signal handlers; the value is the victim's. */
static struct {
	volatile sig_atomic_t hit, stop;
	volatile long value;
} noted = {.value = 1};

static void note_signal(int number)
{
	if (number == SIGURG)
		noted.hit = 1;
	else
		noted.stop = 1;
}

static void handle_signals(void)
{
	struct sigaction action = {.sa_handler = note_signal};
	sigaction(SIGURG, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

/* ---- the victim ----------------------------------------------------------------------------- */

static int listen_unix(const char *name, size_t length)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	memcpy(address.sun_path, name, length);
	if (bind(fd, (struct sockaddr *)&address, (socklen_t)(sizeof(sa_family_t) + length)) != 0 || listen(fd, 8) != 0)
		perror(*name ? name : "abstract socket");
	if (*name)
		chmod(name, 0777);
	return fd;
}

static int listen_ip(int type)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), yes = 1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || (type == SOCK_STREAM && listen(fd, 8) != 0))
		perror("port");
	return fd;
}

static void note(FILE *log, const char *what)
{
	fprintf(log, "%s\n", what);
	fflush(log);
}

static void take_message(int fd, bool stream, FILE *log)
{
	char text[256];
	int from = stream ? accept(fd, NULL, NULL) : fd;
	ssize_t length = from < 0 ? -1 : read(from, text, sizeof text - 1);
	if (length > 0) {
		text[length] = 0;
		note(log, text);
	}
	if (stream && from >= 0)
		close(from);
}

static int be_victim(const char *path)
{
	static const char socket_name[] = "/tmp/kit-hostile.sock", abstract[] = "\0kit-hostile";
	FILE *log = fopen(path, "we"), *me = fopen("/tmp/kit-hostile-victim", "we");
	if (!log || !me)
		return 1;
	fprintf(me, "%d %p\n", (int)getpid(), (void *)&noted.value);
	fclose(me);
	unlink(socket_name);
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	struct pollfd fds[] = {{listen_ip(SOCK_STREAM), POLLIN, 0},
	                       {listen_ip(SOCK_DGRAM), POLLIN, 0},
	                       {listen_unix(socket_name, sizeof socket_name), POLLIN, 0},
	                       {listen_unix(abstract, sizeof abstract), POLLIN, 0}};
	for (bool told = false; !noted.stop;) {
		if (poll(fds, 4, 100) > 0)
			for (int i = 0; i < 4; i++)
				if (fds[i].revents)
					take_message(fds[i].fd, i != 1, log);
		if (noted.hit)
			note(log, "hit");
		noted.hit = 0;
		if (noted.value != 1 && !told) {
			note(log, "changed");
			told = true;
		}
	}
	unlink(socket_name);
	unlink("/tmp/kit-hostile-victim");
	return 0;
}

/* ---- processes of gradings ------------------------------------------------------------------ */

static bool link_begins(int pid, const char *what, const char *folder)
{
	char name[64], path[4096];
	snprintf(name, sizeof name, "/proc/%d/%s", pid, what);
	ssize_t length = readlink(name, path, sizeof path - 1);
	if (length < 0)
		return false;
	path[length] = 0;
	return strncmp(path, folder, strlen(folder)) == 0;
}

static void name_of(int pid, char *name, size_t size)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/comm", pid);
	FILE *file = fopen(path, "re");
	if (!file || !fgets(name, (int)size, file))
		*name = 0;
	name[strcspn(name, "\n")] = 0;
	if (file)
		fclose(file);
}

/* The value of KIT_RUN, the scratch folder, in the environment that the process was started with; or an empty text. */
static void scratch_of(int pid, char *folder, size_t size)
{
	static const char key[] = "KIT_RUN=";
	char path[64], text[8192];
	snprintf(path, sizeof path, "/proc/%d/environ", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	if (fd >= 0)
		close(fd);
	text[length < 0 ? 0 : length] = *folder = 0;
	for (char *at = text; length > 0 && at < text + length; at += strlen(at) + 1)
		if (strncmp(at, key, sizeof key - 1) == 0)
			snprintf(folder, size, "%s", at + sizeof key - 1);
}

static int parent_of(int pid)
{
	char path[64];
	int parent = 0;
	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	FILE *file = fopen(path, "re");
	if (!file || fscanf(file, "%*d (%*[^)]) %*c %d", &parent) != 1)
		parent = 0;
	if (file)
		fclose(file);
	return parent;
}

static bool is_grader(int pid)
{
	char name[64];
	name_of(pid, name, sizeof name);
	return strncmp(name, "grader", 6) == 0;
}

enum owner { OTHERS, NOBODYS, OURS };

/* Whose process it is: of gradings with this build folder, of somebody else, or of a caged user without any grader.
 * There may be other graders on the machine, even with the same attacks: what they started is not ours to count, let
 * alone to kill. */
static enum owner owner_of(int pid, const char *build)
{
	char run[4096], scratch[4096], name[64], path[64];
	struct stat status;
	snprintf(run, sizeof run, "%s/run/", build);
	if (link_begins(pid, "exe", run) || link_begins(pid, "cwd", run))
		return OURS;
	scratch_of(pid, scratch, sizeof scratch);
	if (*scratch)
		return strncmp(scratch, run, strlen(run)) == 0 ? OURS : OTHERS;
	for (int up = pid; up > 1; up = parent_of(up))
		if (is_grader(up))
			return link_begins(up, "exe", build) ? OURS : OTHERS;
	name_of(pid, name, sizeof name);
	snprintf(path, sizeof path, "/proc/%d", pid);
	bool caged = getuid() == 0 && stat(path, &status) == 0 && status.st_uid >= FIRST_UID && status.st_uid <= LAST_UID;
	return caged || strncmp(name, "kithostile", 10) == 0 ? NOBODYS : OTHERS;
}

static void for_each(const char *build, enum owner least, void (*visit)(int pid, void *context), void *context)
{
	DIR *proc = opendir("/proc");
	for (struct dirent *entry; proc && (entry = readdir(proc));) {
		int pid = atoi(entry->d_name);
		if (pid > 1 && pid != getpid() && owner_of(pid, build) >= least)
			visit(pid, context);
	}
	if (proc)
		closedir(proc);
}

static bool is_zombie(int pid)
{
	char path[64], state = 0;
	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	FILE *file = fopen(path, "re");
	bool zombie = file && fscanf(file, "%*d (%*[^)]) %c", &state) == 1 && state == 'Z';
	if (file)
		fclose(file);
	return zombie;
}

static void show(int pid, void *context)
{
	char name[64], path[64], program[4096];
	(void)context;
	if (is_zombie(pid))
		return;
	name_of(pid, name, sizeof name);
	snprintf(path, sizeof path, "/proc/%d/exe", pid);
	ssize_t length = readlink(path, program, sizeof program - 1);
	program[length < 0 ? 0 : length] = 0;
	printf("%d %s %s\n", pid, name, program);
}

static void end(int pid, void *context)
{
	(void)context;
	kill(pid, SIGKILL);
}

/* ---- the watch ------------------------------------------------------------------------------ */

struct use {
	unsigned long processes, threads, memory, disk; /* the last two in KiB */
};

static unsigned long number_after(const char *path, const char *word)
{
	char line[256];
	unsigned long number = 0;
	FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof line, file))
		if (strncmp(line, word, strlen(word)) == 0)
			number = strtoul(line + strlen(word), NULL, 10);
	if (file)
		fclose(file);
	return number;
}

static void add_process(int pid, void *context)
{
	struct use *use = context;
	char path[64];
	if (is_zombie(pid) || is_grader(pid))
		return;
	use->processes++;
	snprintf(path, sizeof path, "/proc/%d/status", pid);
	use->threads += number_after(path, "Threads:");
	snprintf(path, sizeof path, "/proc/%d/smaps_rollup", pid);
	use->memory += number_after(path, "Pss:");
}

static void add_folder(const char *path, const char *prefix, struct use *use)
{
	DIR *folder = opendir(path);
	for (struct dirent *entry; folder && (entry = readdir(folder));) {
		char name[4096];
		struct stat status;
		if (entry->d_name[0] == '.' || strncmp(entry->d_name, prefix, strlen(prefix)) != 0)
			continue;
		snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
		if (lstat(name, &status) != 0)
			continue;
		use->disk += (unsigned long)status.st_blocks / 2;
		if (S_ISDIR(status.st_mode))
			add_folder(name, "", use);
	}
	if (folder)
		closedir(folder);
}

static void keep_larger(unsigned long *most, unsigned long now)
{
	*most = now > *most ? now : *most;
}

static int be_watch(const char *build, const char *output, int pause_ms)
{
	struct use most = {0};
	char run[4096];
	snprintf(run, sizeof run, "%s/run", build);
	while (!noted.stop) {
		struct use now = {0};
		for_each(build, OURS, add_process, &now);
		add_folder(run, "", &now);
		add_folder("/dev/shm", "kit-hostile", &now);
		keep_larger(&most.processes, now.processes);
		keep_larger(&most.threads, now.threads);
		keep_larger(&most.memory, now.memory);
		keep_larger(&most.disk, now.disk);
		poll(NULL, 0, pause_ms);
	}
	FILE *file = fopen(output, "we");
	if (!file)
		return 1;
	fprintf(file, "processes %lu\nthreads %lu\nmemory %lu\ndisk %lu\n", most.processes, most.threads,
	        most.memory / 1024, most.disk / 1024);
	return fclose(file) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	handle_signals();
	if (strcmp(what, "victim") == 0 && argc == 4)
		return be_victim(argv[2]);
	if (strcmp(what, "watch") == 0 && (argc == 4 || argc == 5))
		return be_watch(argv[2], argv[3], argc == 5 ? atoi(argv[4]) : 50);
	if (strcmp(what, "list") == 0 && argc == 3) {
		for_each(argv[2], NOBODYS, show, NULL);
		return 0;
	}
	if (strcmp(what, "kill") == 0 && argc == 3) {
		for_each(argv[2], OURS, end, NULL);
		return 0;
	}
	if (strcmp(what, "socket") == 0 && argc == 3)
		return listen_unix(argv[2], strlen(argv[2]) + 1) < 0;
	fprintf(stderr,
	        "usage: witness victim LOG SECRET | watch FOLDER OUT [MS] | list FOLDER | kill FOLDER | socket FILE\n");
	return 2;
}
