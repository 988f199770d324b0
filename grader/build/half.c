/* half.c - the half of a judged program that is the kit's: runtime, host and tests, compiled once. */
#include "private.h"

#include "../layer.h"
#include "../memory.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Building one folder of the kit's half. */
struct job {
	const struct kit *kit;
	const char *folder;
	struct queue *queue;
	unsigned steps;
	char *problem; /* what the first failing tool said */
};

const char *const runtime_folders[] = {
    "grader/runtime",       "grader/runtime/search",  "grader/runtime/search/strategy",
    "grader/runtime/hooks", "grader/runtime/objects", "grader/host",
    "grader/vault",         "tests/support",          NULL};
/* Files whose objects are linked into some programs only. */
static const char *const apart[] = {"host.c", "guard.c", "program.c", "hooks.c"};

/* One tool's run, and where its words go. */
struct step {
	struct job *job;
	char *log;
};

static void step_done(void *context, const struct run_result *result)
{
	struct step *step = context;
	struct job *job = step->job;
	if ((result->end != RUN_EXITED || result->status != 0) && !job->problem) {
		job->problem =
		    result->end == RUN_NOT_STARTED ? strdup(result->problem) : file_read(step->log, 1 << 20, NULL, NULL);
		if (!job->problem || !*job->problem) {
			free(job->problem);
			job->problem = strdup(result->end == RUN_WALL_LIMIT ? "a compiler was kept waiting too long by the machine"
			                                                    : "a tool failed without a message");
		}
	}
	free(step->log);
	free(step);
}

static struct run *tool(const char *folder, const char *program)
{
	enum { AN_HOUR_MS = 3600 * 1000 }; /* they wait for a busy machine's processors; that is no fault of anybody */
	struct run *run = run_new(folder, CAGE_NONE);
	run->wall_ms = AN_HOUR_MS;
	run_add(run, "%s", program);
	return run;
}

static void submit(struct job *job, struct run *run)
{
	struct step *step = must(malloc(sizeof *step));
	*step = (struct step){job, format("%s/log.%u", job->folder, ++job->steps)};
	run->output = strdup(step->log);
	queue_add(job->queue, run, 100, step_done, step);
}

char *runtime_folder(const struct kit *kit)
{
	return format("%s/kit/%.16s", kit->place, kit->base);
}

/* gdb reads the table of the schedule by the types of this file (`debug`). */
static const char has_types[] = "grader/runtime/schedule.c";

/* `source`: from `root`, where gcc runs: it writes names of sources into assembly as they are, and not every path to a
 * kit can stand there. (A course outside of the kit has the kit's path there all the same.) */
static void compile(struct job *job, const char *root, const char *source, const char *object, bool tsan, bool runtime)
{
	static const char *const folders[] = {"tests/support", "grader/runtime", "grader/host", "grader/vault"};
	struct run *run = tool(root, "gcc");
	bool outside = strcmp(root, job->kit->root) != 0;
	add_compile_flags(run, "include");
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		run_add(run, "-I%s%s%s", outside ? job->kit->root : "", outside ? "/" : "", folders[i]);
	run_add(run, runtime ? "-O2"
	             : tsan  ? "-O0"
	                     : "-O1"); /* the runtime is between every two steps: it has to be fast */
	run_add(run, runtime ? "-finline" : "-finstrument-functions"); /* see kit_test_begin */
	if (runtime && strcmp(source, has_types) != 0)
		run_add(run, "-g1"); /* lines and functions are what stacks are made of; all else only makes programs large */
	if (!runtime)
		run_add(run, "-fsanitize-coverage=trace-pc"); /* see spin.c */
	if (tsan) {
		char *folder = runtime_folder(job->kit);
		run_add(run, "-fsanitize=thread");
		add_assembler(run, folder);
		free(folder);
	}
	if (!layer_on("verdict"))
		run_add(run, "-DKIT_ANY_END"); /* only in a test build of the grader */
	if (runtime && counts_runtime())
		run_add(run, "--coverage");
	run_add(run, "-c");
	run_add(run, "%s", source);
	run_add(run, "-o");
	run_add(run, "%s/%s", job->folder, object);
	submit(job, run);
}

static int finish_round(struct job *job, struct error *error)
{
	if (queue_work(job->queue) != 0)
		return fail_interrupted(error, "");
	if (job->problem)
		return fail(error, "the kit's own files do not compile:\n%.900s", job->problem);
	return 0;
}

/* `tested`: the map is for the tests of that assignment, whose calls go through the entry of guarded calls; or NULL. */
static int write_map(const char *folder, const char *name, bool submission, bool explored,
                     const struct assignment *tested, struct error *error)
{
	char *path = format("%s/%s", folder, name);
	FILE *out = fopen(path, "we");
	int result = 0;
	if (out)
		interpose_write_map(out, submission, explored);
	for (size_t i = 0; out && tested && i < tested->api.count; i++)
		fprintf(out, "%s vault_to_%s\n", tested->api.item[i], tested->api.item[i]);
	if (!out || fclose(out) != 0)
		result = fail(error, "cannot write %s: %s", path, strerror(errno));
	free(path);
	return result;
}

/* What the tests call instead of the assignment's functions: grader/vault/stub.h. */
static int write_stubs(const char *path, const struct assignment *assignment, struct error *error)
{
	FILE *out = fopen(path, "we");
	if (out)
		fputs("#include \"stub.h\"\n", out);
	for (size_t i = 0; out && i < assignment->api.count; i++)
		fprintf(out, "VAULT_STUB(%s)\n", assignment->api.item[i]);
	return out && fclose(out) == 0 ? 0 : fail(error, "cannot write %s: %s", path, strerror(errno));
}

static bool is_apart(const char *source)
{
	for (size_t i = 0; i < sizeof apart / sizeof *apart; i++)
		if (strcmp(apart[i], source) == 0)
			return true;
	return false;
}

static void compile_folder(struct job *job, const char *folder, struct run *runtime)
{
	char *path = format("%s/%s", job->kit->root, folder);
	DIR *directory = opendir(path);
	for (struct dirent *entry; directory && (entry = readdir(directory));) {
		size_t length = strlen(entry->d_name);
		if (length < 3 || strcmp(entry->d_name + length - 2, ".c") != 0)
			continue;
		char *source = format("%s/%s", folder, entry->d_name);
		char *object = format("%.*s.o", (int)length - 2, entry->d_name);
		if (!is_apart(entry->d_name))
			run_add(runtime, "%s", object);
		compile(job, job->kit->root, source, object, false, true);
		free(object);
		free(source);
	}
	if (directory)
		closedir(directory);
	free(path);
}

const char assembler_folder[] = "grader/assembler";

/* It is called "as", for gcc looks for that name. */
static void build_assembler(struct job *job)
{
	static const char *const parts[] = {"as", "weave", "accesses", "frame", "values", "text"};
	struct run *run = tool(job->folder, "gcc");
	run_add(run, "-std=gnu17");
	run_add(run, "-D_GNU_SOURCE");
	run_add(run, "-O2");
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		run_add(run, "%s/%s/%s.c", job->kit->root, assembler_folder, parts[i]);
	run_add(run, "-o");
	run_add(run, "as");
	submit(job, run);
}

static struct run *merge(const struct job *job, const char *object)
{
	struct run *run = tool(job->folder, "ld");
	run_add(run, "-r");
	run_add(run, "-o");
	run_add(run, "%s", object);
	return run;
}

static int build_runtime(struct job *job, const struct assignment *assignment, struct error *error)
{
	(void)assignment;
	if (write_map(job->folder, "submission.map", true, false, NULL, error) != 0 ||
	    write_map(job->folder, "explored.map", true, true, NULL, error) != 0 ||
	    write_map(job->folder, "program.map", false, true, NULL, error) != 0)
		return -1;
	struct run *runtime = merge(job, "runtime.o");
	build_assembler(job);
	for (size_t i = 0; runtime_folders[i]; i++)
		compile_folder(job, runtime_folders[i], runtime);
	if (finish_round(job, error) != 0) {
		run_free(runtime);
		return -1;
	}
	submit(job, runtime);
	return finish_round(job, error);
}

static int build_tests(struct job *job, const struct assignment *assignment, struct error *error)
{
	static const char *const parts[] = {"public", "hidden"};
	static const char *const kinds[] = {"plain", "tsan", "explored"};
	char *stubs = format("%s/stubs.c", job->folder);
	int result = write_stubs(stubs, assignment, error);
	if (result == 0)
		result = write_map(job->folder, "tests.map", false, false, assignment, error);
	if (result == 0)
		result = write_map(job->folder, "explored.map", false, true, assignment, error);
	if (result == 0)
		compile(job, job->kit->root, stubs, "stubs.o", false, true);
	free(stubs);
	for (int round = 0; result == 0 && round < 2; round++) {
		for (int i = 0; i < 6; i++) {
			const char *part = parts[i / 3], *kind = kinds[i % 3];
			char *source = format("tests/assignments/%s/%s.c", assignment->name, part);
			char *path = format("%s/%s", assignment->root, source);
			char *object = format("%s-%s.o", part, kind);
			bool explored = strcmp(kind, "explored") == 0;
			if (!file_exists(path)) {
				/* a student's kit has no hidden tests */
			} else if (round == 0) {
				compile(job, assignment->root, source, object, strcmp(kind, "plain") != 0, false);
			} else {
				struct run *rename = tool(job->folder, "objcopy");
				run_add(rename, explored ? "--redefine-syms=explored.map" : "--redefine-syms=tests.map");
				run_add(rename, "%s", object);
				submit(job, rename);
			}
			free(object);
			free(path);
			free(source);
		}
		result = finish_round(job, error);
	}
	return result;
}

/* Makes build/kit/BASE by `build` unless it is complete. It is built under a name of our own and renamed at the end:
 * two graders at once do not disturb each other, and a half-built folder is never taken for a whole one. */
static int build_once(const struct kit *kit, const char *key, const struct assignment *assignment, struct queue *queue,
                      int (*build)(struct job *, const struct assignment *, struct error *), struct error *error)
{
	char *name = format("kit/%.16s", key), *folder = format("%s/%s", kit->build, name);
	char *draft = format("%s.%d", folder, (int)getpid());
	struct job job = {.kit = kit, .folder = draft, .queue = queue};
	bool there = file_exists(folder);
	int result = there ? 0 : folder_make(draft, error);
	if (result == 0 && !there)
		result = build(&job, assignment, error);
	if (result == 0 && !there && rename(draft, folder) != 0 && !file_exists(folder))
		result = fail(error, "cannot rename %s: %s", draft, strerror(errno));
	if (result == 0 && kit_is_moved(kit))
		result = folder_copy(kit->build, kit->place, name, error);
	folder_remove(draft);
	free(job.problem);
	free(draft);
	free(folder);
	free(name);
	return result;
}

/* What the submission may call of other exercises, and by which rules that is built. */
static void add_reused(struct hash *key, const struct assignment *assignment)
{
	for (size_t i = 0; i < assignment->reuse_count; i++) {
		const struct assignment *reused = assignment->reuse[i].assignment;
		if (!reused)
			continue;
		char *header = format("%s/include/%s.h", reused->root, reused->name);
		hash_add_file(key, header);
		hash_add_without_points(key, reused->path);
		free(header);
	}
}

static void half_key(const struct kit *kit, const struct assignment *assignment, struct half *half)
{
	struct hash *base = hash_new(), *key = hash_new(), *mark = hash_new(), *worth = hash_new();
	hash_add(base, "kit", kit->base, strlen(kit->base));
	hash_add(mark, "kit", kit->mark, strlen(kit->mark));
	hash_add(base, "assignment", assignment->name, strlen(assignment->name));
	static const char *const parts[][2] = {{"include/", ".h"},
	                                       {"tests/assignments/", "/public.c"},
	                                       {"tests/assignments/", "/hidden.c"},
	                                       {"assignments/", "/assignment.yaml"},
	                                       {"assignments/", "/assignment.hidden.yaml"}};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		char *path = format("%s/%s%s%s", assignment->root, parts[i][0], assignment->name, parts[i][1]);
		hash_add_file(worth, path);
		if (i < 3) { /* not what asks for points */
			hash_add_file(base, path);
			hash_add_file(mark, path);
		} else {
			hash_add_without_points(base, path);
		}
		free(path);
	}
	hash_end(base, half->base);
	add_reused(key, assignment);
	hash_add(key, "kit", kit->key, strlen(kit->key));
	hash_add(key, "half", half->base, strlen(half->base));
	hash_end(key, half->key);
	hash_add(worth, "key", half->key, strlen(half->key));
	hash_end(worth, half->worth);
	hash_end(mark, half->mark);
}

char *runtime_build(const struct kit *kit, struct queue *queue, struct error *error)
{
	char *folder = runtime_folder(kit);
	if (build_once(kit, kit->base, NULL, queue, build_runtime, error) == 0)
		return folder;
	free(folder);
	return NULL;
}

struct half *half_describe(const struct kit *kit, const struct assignment *assignment)
{
	struct half *half = zeroed(1, sizeof *half);
	half_key(kit, assignment, half);
	char *hidden = format("%s/tests/assignments/%s/hidden.c", assignment->root, assignment->name);
	half->hidden = file_exists(hidden);
	free(hidden);
	half->folder = format("%s/kit/%.16s", kit->place, half->base);
	half->runtime = runtime_folder(kit);
	return half;
}

struct half *half_build(const struct kit *kit, const struct assignment *assignment, struct queue *queue,
                        struct error *error)
{
	struct half *half = half_describe(kit, assignment);
	char *runtime = runtime_build(kit, queue, error);
	bool built = runtime != NULL;
	free(runtime);
	if (!built || build_once(kit, half->base, assignment, queue, build_tests, error) != 0) {
		half_free(half);
		return NULL;
	}
	return half;
}

void half_free(struct half *half)
{
	if (!half)
		return;
	free(half->folder);
	free(half->runtime);
	free(half);
}
