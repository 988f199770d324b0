/* submission.c - the half of a judged program that is the student's. */
#include "../layer.h"
#include "../memory.h"
#include "private.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[VARIANT_COUNT] = {"plain", "tsan", "explored", "coverage", "runner"};

const char *variant_name(enum variant variant)
{
	return names[variant];
}

enum variant variant_object(enum variant variant)
{
	return variant == VARIANT_RUNNER ? VARIANT_PLAIN : variant == VARIANT_EXPLORED ? VARIANT_TSAN : variant;
}

static bool optimised(enum variant variant)
{
	return variant_object(variant) == VARIANT_PLAIN;
}

size_t variant_stack(enum variant variant)
{
	enum { PLAIN = 8 << 20, TIMES = 8 };
	return optimised(variant) ? PLAIN : TIMES * PLAIN;
}

static bool counts(const char *what)
{
	const char *wish = getenv("KIT_COVERAGE");
	return wish && strcmp(wish, what) == 0;
}

bool counts_runtime(void)
{
	return counts("runtime");
}

bool counts_hidden_tests(void)
{
	return counts("all");
}

void add_compile_flags(struct run *run, const char *include)
{
	run_add(run, "-std=gnu17");
	run_add(run, "-D_GNU_SOURCE");
	run_add(run, "-Wall");
	run_add(run, "-Wextra");
	run_add(run, "-g");
	run_add(run, "-pthread");
	run_add(run, "-fno-pie");
	run_add(run, "-fno-omit-frame-pointer");
	run_add(run, "-fno-optimize-sibling-calls");
	run_add(run, "-fno-inline");
	run_add(run, "-fno-common");
	run_add(run, "-U_FORTIFY_SOURCE");
	run_add(run, "-U__OPTIMIZE__"); /* else tolower(c) is another thing with and without the optimiser, which the seal
	                                   would take for a trick; and no program need know */
#ifdef __aarch64__
	run_add(run, "-mno-outline-atomics"); /* atomic operations in place, not calls of functions that no list knows */
#endif
	run_add(run, "-I%s", include);
}

void add_assembler(struct run *run, const char *runtime)
{
#ifdef __x86_64__
	if (!layer_on("assembler"))
		return;
	run_help(run, "%s/as", runtime);
	run_add(run, "-B%s/", runtime);
	run_add(run, "-mno-red-zone"); /* what it puts in pushes */
#else
	(void)run, (void)runtime;
#endif
}

static struct run *tool(const char *folder, const char *log, const char *program)
{
	struct run *run = run_new(folder, CAGE_TOOL);
	run->output = format("%s/%s.log", folder, log);
	run_add(run, "%s", program);
	return run;
}

/* The folders with the headers of the exercises that are reused, where they are others than its own. */
static void add_reused_headers(struct run *run, const struct kit *kit, const struct assignment *assignment,
                               const char *own)
{
	for (size_t i = 0; i < assignment->reuse_count; i++) {
		const struct assignment *reused = assignment->reuse[i].assignment;
		char *include = reused ? format("%s/include", kit_shown(kit, reused)) : NULL;
		if (include && strcmp(include, own) != 0) {
			run_show(run, "%s", include);
			run_add(run, "-I%s", include);
		}
		free(include);
	}
}

/* A run of gcc on NAME.c as it is compiled for the variant, up to what is done with it and where that goes. */
static struct run *compiler(const struct kit *kit, const char *folder, const struct assignment *assignment,
                            const char *log, enum variant variant)
{
	struct run *run = tool(folder, log, "gcc");
	run->wall_ms = 60000; /* what decides is the time that it computes: a busy machine must not end it */
	run->cpu_s = 15;
	char *include = format("%s/include", kit_shown(kit, assignment));
	run_show(run, "%s", include);
	add_compile_flags(run, include);
	add_reused_headers(run, kit, assignment, include);
	free(include);
	run_add(run, "-fmax-errors=10");
	run_add(run, "-fdiagnostics-color=never");
	/* The optimiser knows what malloc and free do and takes away leaks and writes behind a block before memcheck can
	 * see them. */
	static const char *const opaque[] = {"malloc", "calloc", "realloc", "free", "strdup", "strndup"};
	for (size_t i = 0; i < sizeof opaque / sizeof *opaque; i++)
		run_add(run, "-fno-builtin-%s", opaque[i]);
	run_add(run, optimised(variant) ? "-O1" : "-O0");
	run_add(run, "-fsanitize-coverage=trace-pc"); /* see grader/runtime/spin.c */
	if (variant == VARIANT_TSAN)
		run_add(run, "-fsanitize=thread");
	if (variant == VARIANT_COVERAGE) {
		run_add(run, "--coverage");
		run_add(run, "-fprofile-update=atomic");
	}
	return run;
}

struct run *build_compile(const struct kit *kit, const char *folder, const struct assignment *assignment,
                          enum variant variant)
{
	const char *name = assignment->name;
	struct run *run = compiler(kit, folder, assignment, names[variant], variant);
	char *runtime = runtime_folder(kit);
	add_assembler(run, runtime);
	free(runtime);
	run_add(run, "-c");
	run_add(run, "%s.c", name);
	run_add(run, "-o");
	run_add(run, "%s-%s.o", name, names[variant]);
	return run;
}

struct run *build_preprocess(const struct kit *kit, const char *folder, const struct assignment *assignment,
                             enum variant variant)
{
	const char *name = assignment->name;
	char *log = format("preprocess-%s", names[variant]);
	struct run *run = compiler(kit, folder, assignment, log, variant);
	free(log);
	run_add(run, "-E");
	run_add(run, "%s.c", name);
	run_add(run, "-o");
	run_add(run, "%s-%s.i", name, names[variant]);
	return run;
}

struct run *build_rename(const char *runtime, const char *folder, const char *name, const struct string_list *kept,
                         enum variant variant)
{
	char *log = format("rename-%s", names[variant]);
	struct run *run = tool(folder, log, "objcopy");
	free(log);
	/* Explored programs have more names replaced; with both lists at once the first name's new name is final. */
	run_show(run, "%s", runtime);
	run_add(run, "--redefine-syms=%s/%s.map", runtime, variant == VARIANT_EXPLORED ? "explored" : "submission");
	for (size_t i = 0; layer_on("local") && i < kept->count; i++)
		run_add(run, "--keep-global-symbol=%s", kept->item[i]);
	if (variant == VARIANT_EXPLORED)
		run_add(run, JUDGED_TEXT);
	run_add(run, "%s-%s.o", name, names[variant_object(variant)]);
	run_add(run, "%s-%s-renamed.o", name, names[variant]);
	return run;
}

const struct linked_part *part_of_file(const struct parts *parts, const char *file)
{
	for (size_t i = 0; parts && file && i < parts->count; i++) {
		const char *name = parts->item[i].reuse->exercise;
		size_t length = strlen(name);
		if (parts->item[i].source && strncmp(file, name, length) == 0 && strcmp(file + length, ".c") == 0)
			return &parts->item[i];
	}
	return NULL;
}

char *part_sentence(const struct linked_part *part)
{
	const char *name = part->reuse->exercise;
	switch (part->origin) {
	case PART_OWN:
		return format("%s: your own", name);
	case PART_REFERENCE:
		return format("%s: the reference's, because %s", name, part->why);
	default:
		return format("%s: none, because %s: %swrite static functions of your own", name, part->why,
		              part->reuse->assignment ? "finish it first, or " : "");
	}
}

/* Of a part no line is counted. */
static enum variant variant_of_part(enum variant variant)
{
	return variant == VARIANT_COVERAGE || variant == VARIANT_RUNNER ? VARIANT_PLAIN : variant;
}

static void add_parts(struct run *run, const struct parts *parts, enum variant variant)
{
	for (size_t i = 0; i < parts->count; i++) {
		const struct linked_part *part = &parts->item[i];
		if (!part->folder)
			continue;
		run_show(run, "%s", part->folder);
		run_add(run, "%s/%s-%s-renamed.o", part->folder, part->reuse->exercise, names[variant_of_part(variant)]);
	}
}

struct run *build_link(const struct half *half, const struct parts *parts, const char *folder, const char *name,
                       enum variant variant)
{
	const char *tests = variant == VARIANT_TSAN ? "tsan" : variant == VARIANT_EXPLORED ? "explored" : "plain";
	char *log = format("link-%s", names[variant]);
	struct run *run = tool(folder, log, "gcc");
	free(log);
	run->output_limit = 64 * 1024;
	run_show(run, "%s", half->folder);
	run_show(run, "%s", half->runtime);
	run_add(run, "-no-pie");
	run_add(run, "-Wl,-z,now"); /* names are looked up once, not in each test's process again */
	if (variant == VARIANT_TSAN)
		run_add(run, "-fsanitize=thread");
	if (variant == VARIANT_COVERAGE || counts_runtime()) {
		run_add(run, "--coverage");
		run_add(run, "-Wl,-u,__gcov_dump"); /* the runtime calls it, weakly, where a process ends by _exit */
	}
	run_add(run, "%s-%s-renamed.o", name, names[variant == VARIANT_RUNNER ? VARIANT_PLAIN : variant]);
	add_parts(run, parts, variant);
	run_add(run, "%s/public-%s.o", half->folder, tests);
	/* A program that holds hidden tests could tell of them by which of its own lines it runs. */
	if (half->hidden && (variant != VARIANT_COVERAGE || counts_hidden_tests()))
		run_add(run, "%s/hidden-%s.o", half->folder, tests);
	run_add(run, "%s/stubs.o", half->folder);
	run_add(run, "%s/runtime.o", half->runtime);
	run_add(run, "%s/%s.o", half->runtime, variant == VARIANT_RUNNER ? "guard" : "host");
	if (variant == VARIANT_EXPLORED)
		run_add(run, "%s/hooks.o", half->runtime);
	run_add(run, "-o");
	run_add(run, "%s-%s", name, names[variant]);
	run_add(run, "-Wl,--as-needed");
	run_add(run, "-lcriterion"); /* Criterion's own runner, and what the host does not define */
	run_add(run, "-lm");
	run_add(run, "-pthread");
	return run;
}
