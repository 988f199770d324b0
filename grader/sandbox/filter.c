/* filter.c - the system call filters (seccomp(2)) of caged programs.
 *
 * They are lists of what is forbidden, not of what is allowed: valgrind, ThreadSanitizer's runtime, gcc and Python run
 * under them. What a filter forbids fails with an error that programs know how to take, and does not kill. Arguments
 * are compared as the kernel takes them: of an int, the upper half of the register does not count. */
#include "filter.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static const uint64_t INT = 0xffffffff; /* the bits of an int argument */

/* Nobody needs these: other processes' memory, mounts and namespaces, the machine's own state, and what only widens
 * the way into the kernel. */
static const char *const never[] = {"process_vm_readv",
                                    "process_vm_writev",
                                    "process_madvise",
                                    "process_mrelease",
                                    "kcmp",
                                    "pidfd_getfd",
                                    "pidfd_send_signal",
                                    "mount",
                                    "umount",
                                    "umount2",
                                    "move_mount",
                                    "mount_setattr",
                                    "open_tree",
                                    "fsopen",
                                    "fsmount",
                                    "fsconfig",
                                    "fspick",
                                    "pivot_root",
                                    "chroot",
                                    "unshare",
                                    "setns",
                                    "name_to_handle_at",
                                    "open_by_handle_at",
                                    "fanotify_init",
                                    "fanotify_mark",
                                    "quotactl",
                                    "quotactl_fd",
                                    "bpf",
                                    "perf_event_open",
                                    "userfaultfd",
                                    "memfd_secret",
                                    "io_uring_setup",
                                    "io_uring_enter",
                                    "io_uring_register",
                                    "io_setup",
                                    "io_submit",
                                    "keyctl",
                                    "add_key",
                                    "request_key",
                                    "shmget",
                                    "shmat",
                                    "shmctl",
                                    "msgget",
                                    "msgctl",
                                    "msgsnd",
                                    "msgrcv",
                                    "semget",
                                    "semctl",
                                    "semop",
                                    "semtimedop",
                                    "mq_open",
                                    "mq_unlink",
                                    "init_module",
                                    "finit_module",
                                    "delete_module",
                                    "kexec_load",
                                    "kexec_file_load",
                                    "reboot",
                                    "swapon",
                                    "swapoff",
                                    "acct",
                                    "syslog",
                                    "settimeofday",
                                    "clock_settime",
                                    "clock_adjtime",
                                    "adjtimex",
                                    "iopl",
                                    "ioperm",
                                    "modify_ldt",
                                    "vhangup",
                                    "lookup_dcookie",
                                    "nfsservctl",
                                    "uselib",
                                    "ustat",
                                    "sysfs",
                                    "_sysctl",
                                    "mbind",
                                    "migrate_pages",
                                    "move_pages",
                                    "set_mempolicy",
                                    "set_mempolicy_home_node",
                                    "setpriority",
                                    "ioprio_set",
                                    "sched_setscheduler",
                                    "sched_setattr",
                                    "sched_setparam",
                                    "sethostname",
                                    "setdomainname",
                                    "landlock_create_ruleset",
                                    "landlock_add_rule",
                                    "landlock_restrict_self",
                                    "openat2"};

/* And judged programs not these: files that are no regular ones, that nobody can find, or that belong to others; a
 * second program. */
static const char *const not_judged[] = {
    "memfd_create", "chmod",       "fchmod",       "fchmodat",     "chown",    "lchown",       "fchown",
    "fchownat",     "symlink",     "symlinkat",    "mknod",        "mknodat",  "setxattr",     "lsetxattr",
    "fsetxattr",    "removexattr", "lremovexattr", "fremovexattr", "execveat", "inotify_init", "inotify_init1",
    "seccomp",      "setuid",      "setgid",       "setreuid",     "setregid", "setresuid",    "setresgid",
    "setgroups",    "setfsuid",    "setfsgid",     "capset"};

static const char *const network[] = {"bind", "listen", "connect", "accept", "accept4"};

struct filter {
	scmp_filter_ctx context;
	bool failed;
};

static void forbid(struct filter *filter, int call, unsigned count, const struct scmp_arg_cmp *condition, int error)
{
	int result = call == __NR_SCMP_ERROR
	                 ? 0 /* not of this architecture, or newer than libseccomp */
	                 : seccomp_rule_add_array(filter->context, SCMP_ACT_ERRNO((uint16_t)error), call, count, condition);
	if (result != 0 && result != -EDOM)
		filter->failed = true;
}

static void forbid_name(struct filter *filter, const char *name, int error)
{
	forbid(filter, seccomp_syscall_resolve_name(name), 0, NULL, error);
}

static void forbid_all(struct filter *filter, const char *const names[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		forbid_name(filter, names[i], EPERM);
}

/* When the bits `mask` of argument `index` are `value`. */
static void forbid_when(struct filter *filter, const char *name, unsigned index, uint64_t mask, uint64_t value)
{
	struct scmp_arg_cmp condition = {index, SCMP_CMP_MASKED_EQ, mask, value};
	forbid(filter, seccomp_syscall_resolve_name(name), 1, &condition, EPERM);
}

static void forbid_unless(struct filter *filter, const char *name, unsigned index, uint64_t value)
{
	struct scmp_arg_cmp condition = {index, SCMP_CMP_NE, value, 0};
	forbid(filter, seccomp_syscall_resolve_name(name), 1, &condition, EPERM);
}

/* Calls that the kernel may have and libseccomp does not know by name: programs take "there is no such call" and do
 * without. */
static void forbid_unknown(struct filter *filter)
{
	enum { NEWEST_COMMON = 451, FAR = 512 }; /* cachestat(2); all architectures share the numbers from 424 on */
	for (int call = NEWEST_COMMON + 1; call < FAR; call++)
		forbid(filter, call, 0, NULL, ENOSYS);
	forbid_name(filter, "clone3", ENOSYS); /* its flags are in memory, where no filter sees them; glibc takes clone */
}

static void forbid_namespaces(struct filter *filter)
{
	static const uint64_t flags[] = {CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
	                                 CLONE_NEWUSER, CLONE_NEWPID,    CLONE_NEWNET};
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		forbid_when(filter, "clone", 0, flags[i], flags[i]);
}

static void forbid_terminals(struct filter *filter)
{
	static const uint64_t requests[] = {TIOCSTI, TIOCLINUX, TIOCSETD, TIOCCONS, TIOCSCTTY, FIOSETOWN, SIOCSPGRP};
	for (size_t i = 0; i < sizeof requests / sizeof *requests; i++)
		forbid_when(filter, "ioctl", 1, INT, requests[i]);
}

/* A descriptor's owner is sent signals in our name. */
static void forbid_owners(struct filter *filter)
{
	static const uint64_t commands[] = {F_SETOWN, F_SETSIG, F_SETOWN_EX, F_NOTIFY};
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		forbid_when(filter, "fcntl", 1, INT, commands[i]);
		forbid_when(filter, "fcntl64", 1, INT, commands[i]);
	}
}

/* A file that has no name is in no folder, and so in no count of bytes. */
static void forbid_unnamed_files(struct filter *filter)
{
	uint64_t unnamed = O_TMPFILE & ~O_DIRECTORY;
	forbid_when(filter, "open", 1, unnamed, unnamed);
	forbid_when(filter, "openat", 2, unnamed, unnamed);
}

/* Of UNIX sockets: those with connections. */
static void forbid_other_sockets(struct filter *filter)
{
	enum { TYPE = 0xf }; /* of socket(2)'s second argument: the rest are flags */
	const struct scmp_arg_cmp other[] = {{0, SCMP_CMP_NE, AF_UNIX, 0},
	                                     {1, SCMP_CMP_MASKED_EQ, TYPE, SOCK_DGRAM},
	                                     {1, SCMP_CMP_MASKED_EQ, TYPE, SOCK_RAW}};
	for (size_t i = 0; i < sizeof other / sizeof *other; i++)
		forbid(filter, SCMP_SYS(socket), 1, &other[i], EACCES);
}

static void forbid_network(struct filter *filter, enum filter_profile profile)
{
	if (profile == FILTER_SOCKETS) {
		forbid_unless(filter, "socket", 0, AF_UNIX);
	} else if (profile == FILTER_LISTENS || profile == FILTER_DEBUGGED_LISTENS) {
		forbid_other_sockets(filter);
	} else {
		forbid_name(filter, "socket", EACCES);
		forbid_all(filter, network, sizeof network / sizeof *network);
	}
	forbid_unless(filter, "socketpair", 0, AF_UNIX);
}

/* Else /proc would show neither its memory nor its open files to the supervisor. */
static void forbid_hiding(struct filter *filter)
{
	const struct scmp_arg_cmp conditions[] = {{0, SCMP_CMP_MASKED_EQ, INT, PR_SET_DUMPABLE}, {1, SCMP_CMP_EQ, 0, 0}};
	forbid(filter, SCMP_SYS(prctl), 2, conditions, EPERM);
}

static void describe(struct filter *filter, enum filter_profile profile)
{
	if (seccomp_attr_set(filter->context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) != 0)
		filter->failed = true;
	forbid_all(filter, never, sizeof never / sizeof *never);
	if (profile != FILTER_DEBUGGED && profile != FILTER_DEBUGGED_LISTENS)
		forbid_name(filter, "ptrace", EPERM);
	forbid_unknown(filter);
	forbid_namespaces(filter);
	forbid_terminals(filter);
	forbid_network(filter, profile);
	forbid_unless(filter, "personality", 0, 0xffffffff); /* that one asks and changes nothing */
	if (profile == FILTER_TOOL)
		return;
	forbid_all(filter, not_judged, sizeof not_judged / sizeof *not_judged);
	forbid_owners(filter);
	forbid_unnamed_files(filter);
	forbid_hiding(filter);
}

/* As a memfd that nobody can change any more: it is handed to programs' processes. */
static int export_to_memory(struct filter *filter)
{
	int fd = memfd_create("filter", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -1;
	if (filter->failed || seccomp_export_bpf(filter->context, fd) != 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

int filter_make(enum filter_profile profile)
{
	struct filter filter = {.context = seccomp_init(SCMP_ACT_ALLOW)};
	if (!filter.context)
		return -1;
	describe(&filter, profile);
	int fd = export_to_memory(&filter);
	seccomp_release(filter.context);
	return fd;
}

int filter_shield(const pid_t pids[], size_t count)
{
	static const char *const by_pid[] = {
	    "kill",       "tkill",     "tgkill",           "rt_sigqueueinfo", "rt_tgsigqueueinfo",
	    "pidfd_open", "prlimit64", "sched_setaffinity"};
	static const char *const by_group[] = {"kill", "rt_sigqueueinfo"};
	struct filter filter = {.context = seccomp_init(SCMP_ACT_ALLOW)};
	if (!filter.context)
		return -1;
	for (size_t call = 0; call < sizeof by_pid / sizeof *by_pid; call++)
		for (size_t i = 0; i < count; i++)
			forbid_when(&filter, by_pid[call], 0, INT, (uint64_t)pids[i]);
	for (size_t call = 0; call < sizeof by_group / sizeof *by_group; call++)
		forbid_when(&filter, by_group[call], 0, 1u << 31, 1u << 31); /* negative: a group, or all */
	int fd = export_to_memory(&filter);
	seccomp_release(filter.context);
	return fd;
}
