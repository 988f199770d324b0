/* cage.c - what works here, found out by trying it. */
#include "cage.h"

#include "../file.h"
#include "../layer.h"
#include "../memory.h"
#include "inside/landlock.h"
#include "run.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/stat.h>
#include <unistd.h>

/* Beyond that many random bits ThreadSanitizer's runtime (gcc 12, clang 14) finds its memory taken. */
enum { RANDOM_BITS_FOR_TSAN = 28 };

void cage_trust(struct cage *cage)
{
	cage->trusted = true;
}

const char *cage_mode_name(enum cage_mode mode)
{
	return mode == CAGE_STRONG ? "strong" : mode == CAGE_GOOD ? "good" : "weak";
}

enum cage_mode cage_mode(const struct cage *cage)
{
	if (cage->weak || !cage->filters)
		return CAGE_WEAK;
	return cage->namespaces ? CAGE_STRONG : cage->landlock ? CAGE_GOOD : CAGE_WEAK;
}

const struct cage_probe *cage_probe_at(const struct cage *cage, size_t index)
{
	return index < cage->probes ? &cage->probe[index] : NULL;
}

/* ---- what was found ------------------------------------------------------------------------- */

static struct cage_probe *note(struct cage *cage, const char *what, bool there)
{
	cage->probe = must(reallocarray(cage->probe, cage->probes + 1, sizeof *cage->probe));
	cage->probe[cage->probes] = (struct cage_probe){strdup(what), there, strdup(""), strdup("")};
	return &cage->probe[cage->probes++];
}

static void __attribute__((format(printf, 2, 3))) set(char **text, const char *template, ...)
{
	va_list args;
	va_start(args, template);
	free(*text);
	*text = vformat(template, args);
	va_end(args);
}

/* A number from /proc/sys, or -1. */
static long setting(const char *name)
{
	char *path = format("/proc/sys/%s", name);
	FILE *file = fopen(path, "re");
	long value = -1;
	if (file && fscanf(file, "%ld", &value) != 1)
		value = -1;
	if (file)
		fclose(file);
	free(path);
	return value;
}

/* ---- trying --------------------------------------------------------------------------------- */

/* Starts a program as a tool and as a judged program would be. True if that works; else why not. */
static bool try(const struct cage *cage, const char *folder, char reason[RUN_PROBLEM])
{
	for (enum run_cage kind = CAGE_JUDGED; kind <= CAGE_TOOL; kind++) {
		struct run *run = run_new(folder, kind);
		run->wall_ms = 10000;
		run->fixed_addresses = true;
		run_add(run, "/usr/bin/true");
		/* What is executed must be seen; judged programs are in their folder. */
		run_show(run, "/usr/bin/true");
		struct run_result result = run_now(run, cage);
		run_free(run);
		snprintf(reason, RUN_PROBLEM, "%s", result.end == RUN_NOT_STARTED ? result.problem : "it ended unexpectedly");
		if (result.end != RUN_EXITED || result.status != 0)
			return false;
	}
	return true;
}

static const char *how_to_get_namespaces(bool root)
{
	if (!file_exists("/usr/bin/bwrap"))
		return "Install bubblewrap: make setup.";
	if (root)
		return "In a container? Start it with --privileged, or with --cap-add SYS_ADMIN and --security-opt "
		       "seccomp=unconfined.";
	if (setting("kernel/apparmor_restrict_unprivileged_userns") == 1)
		return "AppArmor forbids user namespaces: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or "
		       "run "
		       "the grader with sudo.";
	if (setting("kernel/unprivileged_userns_clone") == 0)
		return "User namespaces are disabled: sudo sysctl -w kernel.unprivileged_userns_clone=1, or run the grader "
		       "with sudo.";
	if (setting("user/max_user_namespaces") == 0)
		return "User namespaces are disabled: sudo sysctl -w user.max_user_namespaces=10000, or run the grader "
		       "with "
		       "sudo.";
	return "Run the grader with sudo; in a container, start that with --security-opt seccomp=unconfined.";
}

/* Namespaces as root, who needs no user namespace for them, or in a user namespace. */
static bool try_namespaces(struct cage *cage, const char *folder, char reason[RUN_PROBLEM])
{
	if (!layer_on("namespaces") || *layer_pretend()) {
		snprintf(reason, RUN_PROBLEM, "bwrap: No permissions to create new namespace (pretended)");
		return false;
	}
	if (!file_exists("/usr/bin/bwrap")) {
		snprintf(reason, RUN_PROBLEM, "there is no /usr/bin/bwrap");
		return false;
	}
	cage->namespaces = cage->no_nested = true;
	if (try(cage, folder, reason))
		return true;
	cage->no_nested = false; /* bubblewrap before 0.8 */
	cage->namespaces = geteuid() != 0 && try(cage, folder, reason);
	return cage->namespaces;
}

static void probe_namespaces(struct cage *cage, const char *folder)
{
	char reason[RUN_PROBLEM];
	bool root = geteuid() == 0;
	bool there = try_namespaces(cage, folder, reason);
	struct cage_probe *probe = note(cage, "namespaces", there);
	if (there) {
		set(&probe->detail, "bubblewrap makes them%s", root ? ", as root" : ", in a user namespace");
		return;
	}
	set(&probe->detail, "%s", reason);
	set(&probe->get, "%s", how_to_get_namespaces(root));
}

static void probe_landlock(struct cage *cage)
{
	int abi = landlock_abi();
	cage->landlock = abi > 0 && layer_on("landlock");
	struct cage_probe *probe = note(cage, "Landlock", cage->landlock);
	if (cage->landlock) {
		set(&probe->detail, "version %d%s", abi,
		    abi >= ABI_SCOPES_SIGNALS ? "" : ", which leaves signals to others (version 6, Linux 6.12, does not)");
		return;
	}
	set(&probe->detail, "the kernel has none, or it is disabled");
	set(&probe->get, "It needs Linux 5.13 or later, and \"landlock\" in the kernel's lsm= list "
	                 "(/sys/kernel/security/lsm shows it).");
}

static void probe_filters(struct cage *cage)
{
	cage->filters = layer_on("seccomp");
	for (enum filter_profile profile = 0; profile < FILTER_PROFILES; profile++) {
		cage->filter[profile] = filter_make(profile);
		cage->filters = cage->filters && cage->filter[profile] >= 0;
	}
	struct cage_probe *probe = note(cage, "system call filter", cage->filters);
	set(&probe->detail, cage->filters ? "seccomp" : "libseccomp cannot make one");
	if (!cage->filters)
		set(&probe->get, "It needs a kernel with CONFIG_SECCOMP_FILTER.");
}

/* Only of programs that are started from now on; and taken back. */
static void probe_addresses(struct cage *cage)
{
	long bits = setting("vm/mmap_rnd_bits");
	int before = personality(0xffffffff);
	if (strcmp(layer_pretend(), "container") != 0 && before >= 0 &&
	    personality((unsigned long)before | ADDR_NO_RANDOMIZE) >= 0) {
		cage->fixed = true;
		personality((unsigned long)before);
	}
	bool needed = bits > RANDOM_BITS_FOR_TSAN;
	struct cage_probe *probe = note(cage, "fixed addresses", cage->fixed || !needed);
	set(&probe->detail, cage->fixed ? "personality(2) works" : "personality(2) is refused");
	if (!cage->fixed && bits < 0)
		set(&probe->detail,
		    "personality(2) is refused; it is needed only if vm.mmap_rnd_bits, which root can read, is more "
		    "than %d",
		    RANDOM_BITS_FOR_TSAN);
	else if (!cage->fixed && !needed)
		set(&probe->detail, "personality(2) is refused, and not needed (vm.mmap_rnd_bits is %ld)", bits);
	if (!cage->fixed && needed)
		set(&probe->get,
		    "ThreadSanitizer cannot start with vm.mmap_rnd_bits=%ld: sudo sysctl -w vm.mmap_rnd_bits=28; for a "
		    "container do that outside, or start it with --security-opt seccomp=unconfined.",
		    bits);
}

static void probe_user(struct cage *cage)
{
	struct cage_probe *probe = note(cage, "own user for each run", cage->own_user || cage->namespaces);
	set(&probe->detail,
	    cage->own_user     ? "users %d to %d"
	    : cage->namespaces ? "only root can lend them; not needed with namespaces"
	                       : "only root can lend them",
	    CAGE_USERS_BASE, CAGE_USERS_BASE + CAGE_USERS_COUNT - 1);
	if (!cage->own_user && !cage->namespaces)
		set(&probe->get, "Run the grader with sudo.");
}

static void probe_signals(struct cage *cage)
{
	bool apart = cage->namespaces || cage->own_user || (cage->landlock && landlock_abi() >= ABI_SCOPES_SIGNALS);
	cage->shield = cage->filters && !apart;
	struct cage_probe *probe = note(cage, "signals", apart);
	set(&probe->detail, apart ? "caged programs cannot signal others"
	                          : "caged programs can signal your other programs, though not the grader");
	if (!apart)
		set(&probe->get, "Enable namespaces, use Linux 6.12 or later, or run the grader with sudo.");
}

/* Whether others can pass through all folders above this one. */
static bool others_get_to(const char *folder)
{
	bool open = true;
	for (const char *slash = strchr(folder, '/'); open && slash; slash = strchr(slash + 1, '/')) {
		struct stat status;
		char *above = format("%.*s/", (int)(slash - folder), folder);
		open = stat(above, &status) == 0 && status.st_mode & S_IXOTH;
		free(above);
	}
	return open;
}

/* Without namespaces: does what is left work? A user of its own may not get through to the folder; a kernel may promise
 * more than it keeps. Then with less, which is not enough. */
static void probe_rest(struct cage *cage, const char *folder)
{
	char reason[RUN_PROBLEM], ignored[RUN_PROBLEM];
	bool *const parts[] = {&cage->own_user, &cage->landlock, &cage->filters};
	cage->hidden = cage->own_user && !cage->namespaces && !others_get_to(folder);
	if (cage->namespaces || try(cage, folder, reason))
		return;
	const char *get = "Ask the administrator of this machine.";
	if (cage->own_user)
		get = "Each run has a user of its own, who must be able to reach the kit: move it to where others can look, or "
		      "chmod o+x the folders above it.";
	cage->weak = true;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		*parts[i] = false;
		if (try(cage, folder, ignored))
			break;
	}
	struct cage_probe *probe = note(cage, "a run", false);
	set(&probe->detail, "%s", reason);
	set(&probe->get, "%s", get);
}

/* ---- open and close ------------------------------------------------------------------------- */

static void probe_all(struct cage *cage, const char *folder)
{
	cage->own_user = geteuid() == 0 && layer_on("uid");
	probe_filters(cage);
	probe_landlock(cage);
	probe_addresses(cage);
	probe_namespaces(cage, folder);
	probe_user(cage);
	probe_signals(cage);
	probe_rest(cage, folder);
}

static int probe_in(struct cage *cage, const char *runs, struct error *error)
{
	char *folder = format("%s/%d-probe", runs, (int)getpid());
	int result = folder_make(folder, error);
	if (result == 0)
		probe_all(cage, folder);
	folder_remove(folder);
	free(folder);
	return result;
}

static int open_in(struct cage *cage, const char *runs, struct error *error)
{
	if (folder_make(runs, error) != 0 || lock_runs(cage, runs, error) != 0)
		return -1;
	return probe_in(cage, runs, error);
}

static void forget(struct cage *cage)
{
	for (size_t i = 0; i < FILTER_PROFILES; i++) {
		if (cage->filter[i] >= 0)
			close(cage->filter[i]);
		cage->filter[i] = -1;
	}
	for (size_t i = 0; i < cage->probes; i++) {
		free(cage->probe[i].what);
		free(cage->probe[i].detail);
		free(cage->probe[i].get);
	}
	free(cage->probe);
	cage->probe = NULL;
	cage->probes = 0;
	cage->weak = cage->hidden = false;
}

struct cage *cage_open(const char *helper, const char *build, struct error *error)
{
	struct cage *cage = zeroed(1, sizeof *cage);
	cage->lock = -1;
	for (size_t i = 0; i < FILTER_PROFILES; i++)
		cage->filter[i] = -1;
	cage->helper = realpath(helper, NULL);
	int result = 0;
	if (!cage->helper || access(cage->helper, X_OK) != 0)
		result = fail(error, "a part of the kit is missing (%s: %s): run `make build/grader`", helper, strerror(errno));
	if (result == 0)
		result = folder_make(build, error);
	char *absolute = result == 0 ? realpath(build, NULL) : NULL;
	char *runs = absolute ? format("%s/run", absolute) : NULL;
	if (result == 0)
		result = runs ? open_in(cage, runs, error) : fail(error, "cannot find %s: %s", build, strerror(errno));
	free(runs);
	free(absolute);
	if (result == 0)
		return cage;
	cage_close(cage);
	return NULL;
}

void cage_close(struct cage *cage)
{
	if (!cage)
		return;
	forget(cage);
	unlock_runs(cage);
	free(cage->helper);
	free(cage);
}

bool cage_is_out_of_reach(const struct cage *cage)
{
	return cage->hidden;
}

int cage_move(struct cage *cage, const char *place, struct error *error)
{
	char *runs = format("%s/run", place);
	forget(cage);
	int result = probe_in(cage, runs, error);
	free(runs);
	return result;
}
