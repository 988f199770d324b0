/* plan.c - what a caged program can see, change and execute, and the limits that it gets. */
#include "plan.h"

#include "../file.h"
#include "../layer.h"
#include "../memory.h"
#include "run.h"
#include "watch.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static const char bubblewrap[] = "/usr/bin/bwrap";

/* Debian's valgrind is a shell script around this. */
static const char valgrind[] = "/usr/bin/valgrind.bin";
static const char *const valgrind_paths[] = {valgrind, "/usr/bin/valgrind", "/usr/libexec/valgrind", NULL};

static const char gdb[] = "/usr/bin/gdb";
static const char *const gdb_paths[] = {gdb, "/usr/share/gdb", "/etc/gdb", "/usr/share/terminfo", "/etc/terminfo",
                                        NULL};

/* The dynamic loaders: to execute a program is to execute its loader. */
static const char *const loaders[] = {"/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1", NULL};

/* What programs and tools need of the system, where it exists. A judged program sees libraries only: what its loader
 * can read, it can execute. */
static const char *const for_judged[] = {"/usr/lib", "/usr/lib64", "/etc/ld.so.cache", NULL};
static const char *const for_tools[] = {"/usr", "/etc/ld.so.cache", "/etc/alternatives", NULL};
static const char *const devices[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", NULL};

/* ---- the program ---------------------------------------------------------------------------- */

static char *in_path(const struct run *run)
{
	const char *path = "/usr/bin:/bin";
	for (char **variable = run->env; variable && *variable; variable++)
		if (strncmp(*variable, "PATH=", 5) == 0)
			path = *variable + 5;
	while (*path) {
		size_t length = strcspn(path, ":");
		char *candidate = format("%.*s/%s", (int)length, path, run->argv[0]);
		if (access(candidate, X_OK) == 0)
			return candidate;
		free(candidate);
		path += length + (path[length] == ':');
	}
	return NULL;
}

char *plan_program(const struct run *run)
{
	const char *name = run->argv[0];
	if (strcmp(name, "valgrind") == 0 && file_exists(valgrind))
		return strdup(valgrind);
	char *found = strchr(name, '/') ? NULL : in_path(run);
	if (found)
		return found;
	if (*name == '/')
		return strdup(name);
	return format("%s/%s", run->folder, strncmp(name, "./", 2) == 0 ? name + 2 : name);
}

static bool is_valgrind(const char *program)
{
	return strcmp(program, valgrind) == 0 || strcmp(program, "/usr/bin/valgrind") == 0;
}

static bool is_gdb(const char *program)
{
	return strcmp(program, gdb) == 0;
}

/* What a tool that watches a judged program may execute and read besides; NULL: it is none. */
static const char *const *watcher_paths(const char *program)
{
	return is_valgrind(program) ? valgrind_paths : is_gdb(program) ? gdb_paths : NULL;
}

bool plan_is_debugger(const struct run *run)
{
	char *program = plan_program(run);
	bool debugger = is_gdb(program);
	free(program);
	return debugger;
}

static const char *const *system_paths(const struct run *run)
{
	return run->cage == CAGE_TOOL ? for_tools : for_judged;
}

/* ---- the plan ------------------------------------------------------------------------------- */

static void put_paths(FILE *out, const char *key, const char *const paths[])
{
	for (; paths && *paths; paths++)
		if (file_exists(*paths))
			fprintf(out, "%s=%s%c", key, *paths, 0);
}

static void put_limit(FILE *out, int resource, unsigned long long soft, unsigned long long hard)
{
	fprintf(out, "limit=%d %llu %llu%c", resource, soft, hard, 0);
}

/* RLIMIT_NPROC counts what the user has in the user namespace; only where both are the run's own that is the run. */
static unsigned long long most_processes(const struct cage *cage, const struct run *run)
{
	if (cage->namespaces)
		return run->process_limit + 1ull; /* `inside` stays */
	return run->process_limit + (cage->own_user ? 0ull : tasks_of_user());
}

static void put_limits(FILE *out, const struct cage *cage, const struct run *run)
{
	if (!layer_on("limits"))
		return;
	put_limit(out, RLIMIT_CORE, 0, 0);
	/* The soft limit's signal tells the cause; the hard one's is for who ignores it. */
	put_limit(out, RLIMIT_CPU, (unsigned long long)run->cpu_s, (unsigned long long)run->cpu_s + 2);
	put_limit(out, RLIMIT_FSIZE, run->file_limit, run->file_limit);
	put_limit(out, RLIMIT_STACK, run->stack_limit, run->stack_limit);
	put_limit(out, RLIMIT_NOFILE, RUN_OPEN_FILES, RUN_OPEN_FILES);
	put_limit(out, RLIMIT_MEMLOCK, 64 << 10, 64 << 10);
	put_limit(out, RLIMIT_MSGQUEUE, 0, 0);
	unsigned long long processes = most_processes(cage, run);
	put_limit(out, RLIMIT_NPROC, processes, processes);
}

static void put_rules(FILE *out, const struct cage *cage, const struct run *run, const char *program)
{
	static const char *const proc[] = {"/proc", NULL}, *const usr[] = {"/usr", NULL};
	static const char *const own[] = {"/tmp", "/dev/shm", NULL};
	fprintf(out, "landlock%c", 0);
	put_paths(out, "read", system_paths(run));
	put_paths(out, "read", proc);
	if (is_gdb(program))
		put_paths(out, "device", proc); /* it sets breakpoints by /proc/PID/mem */
	for (char **path = run->visible; path && *path; path++)
		fprintf(out, "read=%s%c", *path, 0);
	put_paths(out, "device", devices);
	put_paths(out, "run", run->cage == CAGE_TOOL ? usr : loaders);
	fprintf(out, "run=%s%c", program, 0);
	put_paths(out, "run", watcher_paths(program));
	for (char **path = run->visible; is_gdb(program) && path && *path; path++)
		fprintf(out, "run=%s%c", *path, 0);
	if (run->helper)
		fprintf(out, "run=%s%c", run->helper, 0);
	if (run->sockets)
		put_paths(out, "socket", own);
	else if (cage->namespaces)
		put_paths(out, run->listens ? "socket" : "change",
		          own); /* they are the run's own; but so is what is mounted below /tmp */
	/* Nothing in the folder can be taken away by a judged program, so that nothing can be put in its place. But
	 * valgrind makes temporary files, and without namespaces has no other place for them. */
	bool change = run->cage == CAGE_TOOL || run->sockets || (is_valgrind(program) && !cage->namespaces);
	fprintf(out, "%s=%s%c", change ? "change" : "write", run->folder, 0);
}

static void put_program(FILE *out, const struct cage *cage, const struct run *run, const char *program)
{
	bool has_tmpdir = false;
	fprintf(out, "folder=%s%cprogram=%s%c", run->folder, 0, program, 0);
	for (char **word = run->argv; *word; word++)
		fprintf(out, "arg=%s%c", *word, 0);
	for (char **variable = run->env; variable && *variable; variable++) {
		has_tmpdir = has_tmpdir || strncmp(*variable, "TMPDIR=", 7) == 0;
		fprintf(out, "env=%s%c", *variable, 0);
	}
	if (!has_tmpdir)
		fprintf(out, "env=TMPDIR=%s%c", cage->namespaces ? "/tmp" : run->folder, 0);
	fprintf(out, "env=KIT_RUN=%s%c", run->folder, 0);
}

static void put_plan(FILE *out, const struct cage *cage, const struct run *run, const struct lodger *lodger,
                     pid_t parent)
{
	char *program = plan_program(run);
	fprintf(out, "parent=%d%c", (int)parent, 0);
	if (cage->own_user)
		fprintf(out, "uid=%u%cgid=%u%c", lodger->user, 0, lodger->group, 0);
	if (run->fixed_addresses && cage->fixed)
		fprintf(out, "fixed%c", 0);
	if (!layer_on("capabilities"))
		fprintf(out, "capabilities%c", 0);
	put_limits(out, cage, run);
	if (cage->landlock)
		put_rules(out, cage, run, program);
	put_program(out, cage, run, program);
	free(program);
}

int plan_write(const struct cage *cage, const struct run *run, const struct lodger *lodger, pid_t parent)
{
	int fd = memfd_create("plan", MFD_CLOEXEC);
	int copy = fd < 0 ? -1 : dup(fd);
	FILE *out = copy < 0 ? NULL : fdopen(copy, "w");
	if (out)
		put_plan(out, cage, run, lodger, parent);
	if (out && fclose(out) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	if (copy >= 0 && !out)
		close(copy);
	return -1;
}

/* ---- bubblewrap ----------------------------------------------------------------------------- */

/* The folders above `path`, as everybody can look into them: those that bubblewrap makes by itself are for one user
 * only. Those above `before` have been made. */
static void add_parents(char ***words, const char *path, const char *before)
{
	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		size_t length = (size_t)(slash - path);
		if (strncmp(before, path, length + 1) == 0)
			continue;
		words_add(words, "--perms");
		words_add(words, "0755");
		words_add(words, "--dir");
		words_add(words, "%.*s", (int)length, path);
	}
}

static void add_mount(char ***words, const char *option, const char *path, const char *before)
{
	add_parents(words, path, before);
	words_add(words, "%s", option);
	words_add(words, "%s", path);
	words_add(words, "%s", path);
}

static void add_existing(char ***words, const char *option, const char *const paths[])
{
	const char *before = "";
	for (; *paths; paths++) {
		if (!file_exists(*paths))
			continue;
		add_mount(words, option, *paths, before);
		before = *paths;
	}
}

struct mount {
	const char *path;
	bool writable;
};

/* What is above another comes first, so that it does not cover it. */
static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct mount *)a)->path, ((const struct mount *)b)->path);
}

static void add_own_mounts(char ***words, const struct run *run)
{
	size_t count = 0;
	while (run->visible && run->visible[count])
		count++;
	struct mount *mount = zeroed(count + 1, sizeof *mount);
	for (size_t i = 0; i < count; i++)
		mount[i].path = run->visible[i];
	mount[count] = (struct mount){run->folder, true};
	qsort(mount, count + 1, sizeof *mount, by_path);
	for (size_t i = 0; i <= count; i++)
		add_mount(words, mount[i].writable ? "--bind" : "--ro-bind", mount[i].path, i ? mount[i - 1].path : "");
	free(mount);
}

/* /lib and the like: links into /usr on today's systems, folders on yesterday's. */
static void add_top_folders(char ***words, bool tool)
{
	static const char *const all[] = {"/lib", "/lib64", "/lib32", "/libx32", "/bin", "/sbin"};
	for (size_t i = 0; i < (tool ? 6 : 4); i++) {
		char target[PATH_MAX];
		ssize_t length = readlink(all[i], target, sizeof target);
		if (length < 0) {
			add_existing(words, "--ro-bind", (const char *const[]){all[i], NULL});
			continue;
		}
		words_add(words, "--symlink");
		words_add(words, "%.*s", (int)length, target);
		words_add(words, "%s", all[i]);
	}
}

static void add_tmpfs(char ***words, const char *path, size_t size)
{
	words_add(words, "--perms");
	words_add(words, "1777");
	words_add(words, "--size");
	words_add(words, "%zu", size);
	words_add(words, "--tmpfs");
	words_add(words, "%s", path);
}

static void add_namespaces(char ***words, const struct cage *cage)
{
	static const char *const options[] = {"--unshare-pid",        "--unshare-net", "--unshare-ipc", "--unshare-uts",
	                                      "--unshare-cgroup-try", "--hostname",    "cage",          "--new-session",
	                                      "--die-with-parent",    "--as-pid-1",    "--cap-drop",    "ALL"};
	/* What `inside` needs to become another user; it has none of them then. */
	static const char *const privileges[] = {"--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"};
	words_add(words, bubblewrap);
	for (size_t i = 0; i < sizeof options / sizeof *options; i++)
		words_add(words, "%s", options[i]);
	for (size_t i = 0; cage->own_user && i < sizeof privileges / sizeof *privileges; i++)
		words_add(words, "%s", privileges[i]);
	if (geteuid() != 0)
		words_add(words, "--unshare-user");
	if (geteuid() != 0 && cage->no_nested)
		words_add(words, "--disable-userns");
}

char **plan_command(const struct cage *cage, const struct run *run)
{
	char **words = NULL;
	if (!cage->namespaces) {
		words_add(&words, "%s", cage->helper);
		return words;
	}
	add_namespaces(&words, cage);
	add_existing(&words, "--ro-bind", system_paths(run));
	add_top_folders(&words, run->cage == CAGE_TOOL);
	char *program = plan_program(run);
	if (watcher_paths(program) && run->cage != CAGE_TOOL)
		add_existing(&words, "--ro-bind", watcher_paths(program));
	words_add(&words, "--proc");
	words_add(&words, "/proc");
	add_existing(&words, "--dev-bind", devices);
	add_tmpfs(&words, "/tmp", run->disk_limit);
	add_tmpfs(&words, "/dev/shm", run->disk_limit);
	add_own_mounts(&words, run);
	words_add(&words, "--ro-bind");
	words_add(&words, "%s", cage->helper);
	words_add(&words, "/inside");
	words_add(&words, "--remount-ro");
	words_add(&words, "/"); /* the root is a tmpfs of bubblewrap's, without a limit */
	words_add(&words, "--");
	words_add(&words, "/inside");
	free(program);
	return words;
}
