/* kit_test.c - what judged programs are made of: each file of it decides the kit's key, and is there when the kit has
 * moved. */
#include "scratch.h"

#include "../../grader/build/build.h"
#include "../../grader/file.h"
#include "../../grader/memory.h"

#include <criterion/new/assert.h>

#define PLACE "/tmp/kit_test.XXXXXX"

/* What gcc reads, one a line, for the sources of the folders and the tests of one assignment. Where gcc fails, a file
 * is asked for that is not there. */
#define DEPENDENCIES                                                                                                   \
	"{ gcc -MM -std=gnu17 -D_GNU_SOURCE -Iinclude -Itests/support -Igrader/runtime -Igrader/host -Igrader/vault %s "   \
	"|| echo grader/gcc-failed; } | tr ' \\\\' '\\n\\n' | grep / | xargs realpath --relative-to=. | sort -u"

static char *key, *base, *mark, *folder;

static struct kit *open_kit(void)
{
	struct error error = {0};
	struct kit *kit = kit_open(".", NULL, &error);
	cr_assert(ne(ptr, kit, NULL), "%s", error.text);
	return kit;
}

/* Tests are started at the root of the kit. */
static void enter(void)
{
	char *home = realpath(".", NULL);
	scratch_enter(PLACE);
	char *copy = format("mkdir tests && cp -r '%s/assignments' '%s/include' '%s/grader' . && "
	                    "cp -r '%s/tests/'*/ tests",
	                    home, home, home, home);
	cr_assert(eq(int, system(copy), 0));
	free(copy);
	free(home);
	struct kit *kit = open_kit();
	key = strdup(kit->key);
	base = strdup(kit->base);
	mark = strdup(kit->mark);
	kit_free(kit);
}

static void leave(void)
{
	free(key);
	free(base);
	free(mark);
	free(folder);
	scratch_leave(PLACE);
}

TestSuite(kit, .init = enter, .fini = leave);

/* Calls `each` for every file that gcc reads for `sources`; how many there were. */
static unsigned each_dependency(const char *sources, void (*each)(const char *path, void *context), void *context)
{
	char *command = format(DEPENDENCIES, sources), line[4096];
	FILE *lines = popen(command, "r");
	unsigned count = 0;
	cr_assert(ne(ptr, lines, NULL));
	for (; fgets(line, sizeof line, lines); count++) {
		line[strcspn(line, "\n")] = 0;
		each(line, context);
	}
	cr_assert(eq(int, pclose(lines), 0));
	free(command);
	return count;
}

static char *runtime_sources(const char *more)
{
	char *sources = strdup(more);
	for (size_t i = 0; runtime_folders[i]; i++) {
		char *longer = format("%s %s/*.c", sources, runtime_folders[i]);
		free(sources);
		sources = longer;
	}
	return sources;
}

/* One file of a folder stands for all. */
static bool is_asked(const char *path)
{
	char *own = strndup(path, (size_t)(strrchr(path, '/') - path));
	bool whole = strcmp(own, "grader/assembler") == 0, same = folder && strcmp(own, folder) == 0;
	for (size_t i = 0; runtime_folders[i]; i++)
		whole = whole || strcmp(own, runtime_folders[i]) == 0;
	free(folder);
	folder = own;
	return !whole || !same;
}

static void changed_is_another_key(const char *path, void *context)
{
	(void)context;
	if (!is_asked(path))
		return;
	FILE *file = fopen(path, "a");
	cr_assert(ne(ptr, file, NULL), "%s", path);
	fputs("/* changed */\n", file);
	fclose(file);
	struct kit *kit = open_kit();
	cr_expect(ne(str, kit->key, key), "%s has changed, and results of the old one are used", path);
	cr_expect(ne(str, kit->base, base), "%s has changed, and halves built from the old one are used", path);
	cr_expect(ne(str, kit->mark, mark), "%s has changed, and tokens of the old one are taken", path);
	free(key);
	free(base);
	free(mark);
	key = strdup(kit->key);
	base = strdup(kit->base);
	mark = strdup(kit->mark);
	kit_free(kit);
}

Test(kit, each_file_that_the_runtime_is_built_from_decides_its_key)
{
	char *sources = runtime_sources("grader/assembler/*.c");
	cr_assert(gt(uint, each_dependency(sources, changed_is_another_key, NULL), 70));
	free(sources);
}

Test(kit, what_only_the_grader_looks_at_builds_no_half_anew)
{
	cr_assert(eq(int, system("sed -i 's/ aio[.]h,//' assignments/course.yaml"), 0));
	struct kit *kit = open_kit();
	cr_expect(ne(str, kit->key, key));
	cr_expect(eq(str, kit->base, base));
	kit_free(kit);
}

static void is_where_it_moved(const char *path, void *context)
{
	const struct kit *kit = context;
	if (strncmp(path, "grader/finding/", 15) == 0) /* words, no code */
		return;
	char *copy = format("%s/%s", kit->shown, path);
	cr_expect(file_exists(copy), "%s is not where the kit has moved: gdb has no lines to show of it", path);
	free(copy);
}

Test(kit, each_file_that_a_judged_program_is_built_from_is_there_when_it_has_moved)
{
	struct error error = {0};
	struct kit *kit = open_kit();
	cr_assert(eq(int, folder_make("build", &error), 0));
	cr_assert(eq(int, system("touch build/attacks"), 0));
	cr_assert(eq(int, kit_move(kit, &error), 0), "%s", error.text);
	cr_expect(ne(str, kit->shown, kit->root));
	char *sources = runtime_sources("tests/assignments/race_fix/*.c");
	cr_assert(gt(uint, each_dependency(sources, is_where_it_moved, kit), 70));
	free(sources);
	kit_free(kit);
}
