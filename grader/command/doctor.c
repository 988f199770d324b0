/* doctor.c - `doctor`: what protects this machine from submissions, what is missing and how to get it. */
#include "../memory.h"
#include "../sandbox/inside/attacks.h"
#include "../tool.h"
#include "command.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { NAME_WIDTH = 24, MEMORY_MIB = 64, DISK_MIB = 8, PROCESSES = 40 };

static const char *const meaning[] = {
    [CAGE_STRONG] = "a submission sees nothing but what it is shown, and reaches nobody",
    [CAGE_GOOD] = "a submission reads and writes only what it is allowed to; it can see that others are there",
    [CAGE_WEAK] = "too little: submissions are refused unless TRUST=1 says that they can be trusted"};

/* Words of `text` between column `indent` and the terminal's edge, from the second line on indented. */
static void print_wrapped(const struct session *session, const char *text, int indent)
{
	int column = indent;
	while (*text) {
		int length = (int)strcspn(text, " ");
		if (column > indent && column + 1 + length > session->width) {
			printf("\n%*s", indent, "");
			column = indent;
		}
		printf("%s%.*s", column > indent ? " " : "", length, text);
		column += length + (column > indent);
		text += length + strspn(text + length, " ");
	}
	putchar('\n');
}

static const char *colour(const struct session *session, const char *code)
{
	return session->colour ? code : "";
}

static void print_probe(const struct session *session, const struct cage_probe *probe)
{
	printf("  %s%-8s%s%-*s", colour(session, probe->there ? "\033[32m" : "\033[31m"), probe->there ? "ok" : "missing",
	       colour(session, "\033[0m"), NAME_WIDTH, probe->what);
	print_wrapped(session, probe->detail, 2 + 8 + NAME_WIDTH);
	if (*probe->get) {
		printf("%*s", 2 + 8 + NAME_WIDTH, "");
		print_wrapped(session, probe->get, 2 + 8 + NAME_WIDTH);
	}
}

static void print_version(const char *name, const char *tool)
{
	char *line = tool_first_line(tool, "--version");
	printf("  %-*s%s\n", 8 + NAME_WIDTH, name, line ? line : "missing");
	free(line);
}

static int examine(const struct session *session, const struct kit *kit, const struct cage *cage)
{
	enum cage_mode mode = cage_mode(cage);
	const struct cage_probe *probe;
	printf("Protection: %s%s%s\n  ", colour(session, mode == CAGE_WEAK ? "\033[1;31m" : "\033[1m"),
	       cage_mode_name(mode), colour(session, "\033[0m"));
	print_wrapped(session, meaning[mode], 2);
	putchar('\n');
	for (size_t i = 0; (probe = cage_probe_at(cage, i)); i++)
		print_probe(session, probe);
	printf("\nTools\n  %-*s%s\n  %-*s%s\n  %-*s%s\n", 8 + NAME_WIDTH, "gcc", kit->gcc, 8 + NAME_WIDTH, "Criterion",
	       kit->criterion, 8 + NAME_WIDTH, "valgrind", kit->valgrind);
	print_version("bubblewrap", "bwrap");
	print_version("gcovr", "gcovr");
	return mode == CAGE_WEAK ? 1 : 0;
}

/* ---- attacks and controls --------------------------------------------------------------------- */

/* A trial: a run in the cage, and whether it ended as it has to. */
struct trial {
	const struct session *session;
	const char *what;     /* for people */
	const char *must_say; /* what its output has to hold; NULL: it is an attack, */
	const char *leaves;   /* which leaves this file, or NULL: a file in the cage alone is none */
	char *output;
	bool passed;
};

static void tried(void *context, const struct run_result *result)
{
	struct trial *trial = context;
	char *text = trial->must_say ? file_read(trial->output, 1 << 20, NULL, NULL) : NULL;
	bool limited = result->end == RUN_MEMORY_LIMIT || result->end == RUN_DISK_LIMIT || result->end == RUN_PROCESS_LIMIT;
	bool stopped =
	    result->end == RUN_EXITED && (trial->leaves ? !file_exists(trial->leaves) : result->status == ATTACK_STOPPED);
	trial->passed = trial->must_say ? text && strstr(text, trial->must_say) : limited || stopped;
	const char *word = trial->must_say ? trial->passed ? "ok" : "SILENT" : trial->passed ? "stopped" : "OPEN";
	printf("  %s%-8s%s%s\n", colour(trial->session, trial->passed ? "\033[32m" : "\033[1;31m"), word,
	       colour(trial->session, "\033[0m"), trial->what);
	if (result->end == RUN_NOT_STARTED)
		printf("%*s%s\n", 10, "", result->problem);
	free(text);
}

static struct run *caged(const struct kit *kit, const char *folder, enum run_cage cage)
{
	struct run *run = run_new(folder, cage);
	run->output = format("%s/output", folder);
	run->wall_ms = 20000;
	run_show(run, "%s/build/attacks", kit->shown);
	return run;
}

/* One after the other, each in a folder of its own. */
static bool try_run(struct queue *queue, struct trial *trial, struct run *run)
{
	free(trial->output);
	trial->output = strdup(run->output);
	queue_add(queue, run, 0, tried, trial);
	return queue_work(queue) == 0 && trial->passed;
}

static bool attack(const struct session *session, const struct kit *kit, struct queue *queue, const char *folder,
                   const char *name, const char *argument, const char *what)
{
	struct trial trial = {.session = session, .what = what};
	if (strcmp(name, "write") == 0)
		trial.leaves = argument;
	struct run *run = caged(kit, folder, CAGE_JUDGED);
	run->memory_limit = (size_t)MEMORY_MIB << 20;
	run->disk_limit = (size_t)DISK_MIB << 20;
	run->process_limit = PROCESSES;
	run_add(run, "%s/build/attacks", kit->shown);
	run_add(run, "%s", name);
	run_add(run, "%s", argument);
	bool stopped = try_run(queue, &trial, run);
	free(trial.output);
	return stopped;
}

/* A port of this machine that answers, for the attack that wants to reach one. */
static int listen_here(char port[8])
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool open = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 4) == 0 &&
	            getsockname(fd, (struct sockaddr *)&address, &size) == 0;
	snprintf(port, 8, "%d", open ? ntohs(address.sin_port) : 9);
	return fd;
}

static bool try_attacks(const struct session *session, const struct kit *kit, struct queue *queue, const char *folder)
{
	char pid[16], port[8], number[16], memory[16], disk[16];
	char *secret = format("%s/assignments/course.yaml", kit->root), *outside = format("%s/run/outside", kit->place);
	int listener = listen_here(port);
	snprintf(pid, sizeof pid, "%d", (int)getpid());
	snprintf(number, sizeof number, "%d", PROCESSES * 2);
	snprintf(memory, sizeof memory, "%d", MEMORY_MIB);
	snprintf(disk, sizeof disk, "%d", DISK_MIB);
	const struct {
		const char *name, *argument, *what;
	} attacks[] = {
	    {"read", secret, "reads a file of the kit"},
	    {"write", outside, "writes a file outside its folder"},
	    {"connect", port, "reaches the network"},
	    {"execute", "/bin/true", "starts another program"},
	    {"signal", pid, "signals the grader"},
	    {"trace", pid, "traces the grader"},
	    {"environment", pid, "reads the grader's environment"},
	    {"namespace", "", "makes a namespace of its own"},
	    {"shared-memory", "", "leaves shared memory to the next one"},
	    {"keyring", "", "uses the kernel's keyring"},
	    {"fork", number, "forks without end"},
	    {"memory", memory, "takes all memory"},
	    {"disk", disk, "fills the disk"},
	};
	bool all = true;
	for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++)
		all &= attack(session, kit, queue, folder, attacks[i].name, attacks[i].argument, attacks[i].what);
	unlink(outside);
	if (listener >= 0)
		close(listener);
	free(outside);
	free(secret);
	return all;
}

static void compiled(void *context, const struct run_result *result)
{
	*(bool *)context = result->end == RUN_EXITED && result->status == 0;
}

/* The control program in the folder, with ThreadSanitizer or without. */
static bool compile_control(const struct kit *kit, struct queue *queue, const char *folder, const char *program,
                            bool tsan)
{
	bool good = false;
	struct run *run = caged(kit, folder, CAGE_TOOL);
	run_show(run, "%s/grader/sandbox/inside", kit->shown);
	run_add(run, "gcc");
	run_add(run, "-g");
	run_add(run, "-O0");
	run_add(run, "-pthread");
	if (tsan)
		run_add(run, "-fsanitize=thread");
	run_add(run, "-no-pie");
	run_add(run, "%s/grader/sandbox/inside/control.c", kit->shown);
	run_add(run, "-o");
	run_add(run, "%s", program);
	queue_add(queue, run, 0, compiled, &good);
	return queue_work(queue) == 0 && good;
}

static bool control(const struct session *session, const struct kit *kit, struct queue *queue, const char *folder,
                    bool tsan, const char *must_say, const char *what)
{
	struct trial trial = {.session = session, .what = what, .must_say = must_say};
	struct run *run = caged(kit, folder, CAGE_JUDGED);
	const char *program = tsan ? "control-tsan" : "control";
	if (!compile_control(kit, queue, folder, program, tsan)) {
		run_free(run);
		printf("  %s%-8s%sthe compiler, in the cage\n", colour(session, "\033[1;31m"), "FAILED",
		       colour(session, "\033[0m"));
		return false;
	}
	run->fixed_addresses = tsan;
	if (!tsan) {
		run_add(run, "valgrind");
		run_add(run, "--leak-check=full");
		run_add(run, "--vgdb=no");
	}
	run_add(run, "%s/%s", folder, program);
	bool good = try_run(queue, &trial, run);
	free(trial.output);
	return good;
}

static bool try_controls(const struct session *session, const struct kit *kit, struct queue *queue, const char *folder)
{
	bool race = control(session, kit, queue, folder, true, "WARNING: ThreadSanitizer: data race",
	                    "ThreadSanitizer reports a race");
	bool leak = control(session, kit, queue, folder, false, "173 bytes in 1 blocks are definitely lost",
	                    "valgrind reports a leak");
	bool value = control(session, kit, queue, folder, false, "depends on uninitialised value",
	                     "valgrind reports the use of an uninitialised value");
	return race && leak && value;
}

static int try_all(const struct session *session, const struct kit *kit, const struct cage *cage)
{
	struct error error;
	struct queue *queue = queue_new(1, session->signals, cage);
	char *folder = format("%s/run/%d-doctor", kit->place, (int)getpid());
	int status = 1;
	if (folder_make(folder, &error) != 0) {
		complain(EXIT_USAGE, "%s", error.text);
	} else {
		puts("\nAttacks, let loose in the cage");
		bool stopped = try_attacks(session, kit, queue, folder);
		puts("\nControls: faults that the tools have to report");
		status = try_controls(session, kit, queue, folder) && stopped ? 0 : 1;
	}
	folder_remove(folder);
	free(folder);
	queue_free(queue);
	return status;
}

int command_doctor(const struct session *session, int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return complain(EXIT_USAGE, "doctor takes no arguments");
	struct error error;
	struct kit *kit = kit_open(session->root, session->course, &error);
	if (!kit)
		return complain(EXIT_USAGE, "%s", error.text);
	struct cage *cage = probe_cage(kit);
	int status = cage ? examine(session, kit, cage) : EXIT_USAGE;
	if (cage && try_all(session, kit, cage) != 0 && status == 0)
		status = 1;
	cage_close(cage);
	kit_free(kit);
	return status;
}
