/* kit_tree.h - a scratch checkout of the kit for tests that build judged programs: links to the real sources, a copy of
 * the headers, which caged compilers read as users that may not get to the real ones, tests of our own, a build folder
 * that goes away with it. Included by one file of a test program. */
#ifndef KIT_TREE_H
#define KIT_TREE_H

#include "../../grader/build/build.h"
#include "../../grader/file.h"
#include "../../grader/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static inline void kit_tree_link(const char *target, const char *root, const char *name)
{
	char *path = format("%s/%s", root, name);
	if (symlink(target, path) != 0) {
		perror(path);
		abort();
	}
	free(path);
}

/* Makes the tree; tests are started at the root of the real one. The caller frees the path and removes the folder. */
static inline char *kit_tree_make(void)
{
	static const char *const folders[] = {"assignments", "grader", "solutions"};
	char *home = realpath(".", NULL), *root = strdup("/tmp/kit_tree.XXXXXX");
	if (!home || !mkdtemp(root) || chmod(root, 0755) != 0) /* caged runs may have a user of their own */
		abort();
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		char *target = format("%s/%s", home, folders[i]);
		kit_tree_link(target, root, folders[i]);
		free(target);
	}
	if (folder_copy(home, root, "include", NULL) != 0)
		abort();
	char *tests = format("%s/tests", root), *support = format("%s/tests/support", home);
	char *assignments = format("%s/assignments", tests);
	if (mkdir(tests, 0755) != 0 || mkdir(assignments, 0755) != 0)
		abort();
	kit_tree_link(support, tests, "support");
	free(support);
	free(assignments);
	free(tests);
	free(home);
	return root;
}

/* A cage for runs in that tree, for cage_close. */
static inline struct cage *kit_tree_cage(const char *root)
{
	struct error error = {0};
	char *build = format("%s/build", root);
	struct cage *cage = cage_open("build/inside", build, &error);
	if (!cage) {
		fprintf(stderr, "%s\n", error.text);
		abort();
	}
	free(build);
	return cage;
}

/* What judged programs run on, built in the checkout unless it is there, into the tree, where nothing that it is built
 * from is another file: there is no need to build it for each tree. */
static inline void kit_tree_take_runtime(const char *root)
{
	struct error error = {0};
	struct kit *kit = kit_open(".", NULL, &error);
	struct cage *cage = kit ? cage_open("build/inside", kit->build, &error) : NULL;
	struct queue *queue = cage ? queue_new(0, -1, cage) : NULL;
	char *folder = queue ? runtime_build(kit, queue, &error) : NULL, *build = format("%s/build", root);
	char *name = folder ? format("kit/%s", strrchr(folder, '/') + 1) : NULL;
	if (!name || folder_copy(kit->build, build, name, &error) != 0) {
		fprintf(stderr, "%s\n", error.text);
		abort();
	}
	free(name);
	free(build);
	free(folder);
	queue_free(queue);
	cage_close(cage);
	kit_free(kit);
}

/* tests/assignments/NAME/public.c of the tree becomes the program's tests in tests/grader/runtime. */
static inline void kit_tree_add_tests(const char *root, const char *name)
{
	char *home = realpath(".", NULL), *folder = format("%s/tests/assignments/%s", root, name);
	char *target = format("%s/tests/grader/runtime/%s_tests.c", home, name);
	if (mkdir(folder, 0755) != 0)
		abort();
	kit_tree_link(target, folder, "public.c");
	free(target);
	free(folder);
	free(home);
}

#endif
