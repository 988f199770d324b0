/* file_test.c - whole files: reading, writing that leaves the old file when it fails, folders, hashes. */
#include "../../grader/file.h"
#include "../../grader/memory.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static void enter(void)
{
	strcpy(folder, "/tmp/file_test.XXXXXX");
	cr_assert(ne(ptr, mkdtemp(folder), NULL));
	cr_assert(eq(int, chdir(folder), 0));
}

static void leave(void)
{
	cr_assert(eq(int, chdir("/"), 0));
	folder_remove(folder);
	cr_expect(not(file_exists(folder)));
}

TestSuite(file, .init = enter, .fini = leave);

static void put(const char *path, const char *text)
{
	struct error error = {0};
	cr_assert(eq(int, file_write(path, text, strlen(text), &error), 0), "%s", error.text);
}

static void expect_content(const char *path, const char *expected)
{
	char *text = file_read(path, 1 << 20, NULL, NULL);
	cr_assert(ne(ptr, text, NULL), "%s cannot be read", path);
	cr_expect(eq(str, text, (char *)expected));
	free(text);
}

static int entries(const char *path)
{
	DIR *directory = opendir(path);
	int count = -2; /* . and .. */
	while (directory && readdir(directory))
		count++;
	closedir(directory);
	return count;
}

/* ---- reading -------------------------------------------------------------------------------- */

Test(file, reads_bytes_as_they_are)
{
	size_t size = 0;
	cr_assert(eq(int, file_write("a", "x\0y\n", 4, NULL), 0));
	char *text = file_read("a", 4, &size, NULL);
	cr_assert(ne(ptr, text, NULL));
	cr_expect(eq(sz, size, 4));
	cr_expect(eq(int, memcmp(text, "x\0y\n", 5), 0), "the text ends with a NUL of its own");
	free(text);
}

Test(file, a_file_above_the_limit_is_refused_not_cut)
{
	struct error error;
	put("a", "12345");
	cr_assert(eq(ptr, file_read("a", 4, NULL, &error), NULL));
	cr_expect(eq(str, error.text, "a is larger than 4 bytes"));
}

Test(file, what_is_not_a_regular_file_is_refused_without_blocking)
{
	struct error error;
	cr_assert(eq(int, mkfifo("pipe", 0644), 0));
	cr_expect(eq(ptr, file_read("pipe", 100, NULL, &error), NULL));
	cr_expect(eq(str, error.text, "pipe is not a regular file"));
	cr_expect(eq(ptr, file_read(".", 100, NULL, &error), NULL));
	cr_expect(eq(str, error.text, ". is not a regular file"));
	cr_expect(eq(ptr, file_read("missing", 100, NULL, &error), NULL));
	cr_expect(eq(str, error.text, "cannot read missing: No such file or directory"));
	cr_expect(eq(ptr, file_read("missing", 100, NULL, NULL), NULL), "the error may be NULL");
}

/* ---- writing -------------------------------------------------------------------------------- */

Test(file, replaces_the_old_file_as_a_whole_and_leaves_nothing_beside_it)
{
	put("report", "a long old text");
	put("report", "new");
	expect_content("report", "new");
	cr_expect(eq(int, entries("."), 1));
	put("report", "");
	expect_content("report", "");
}

static void expect_old_report(const char *path, const char *beside)
{
	static char large[1 << 20];
	struct error error = {0};
	memset(large, 'x', sizeof large);
	cr_assert(eq(int, file_write(path, large, sizeof large, &error), -1));
	cr_expect(ne(ptr, strstr(error.text, "cannot write"), NULL));
	cr_expect(ne(ptr, strstr(error.text, "what was there before is unchanged"), NULL));
	expect_content(path, "old");
	cr_expect(eq(int, entries(beside), 1), "the temporary file is gone");
}

Test(file, a_write_that_hits_the_file_size_limit_keeps_the_old_file)
{
	put("report", "old");
	signal(SIGXFSZ, SIG_IGN);
	struct rlimit before;
	getrlimit(RLIMIT_FSIZE, &before);
	setrlimit(RLIMIT_FSIZE, &(struct rlimit){4096, before.rlim_max});
	expect_old_report("report", ".");
	setrlimit(RLIMIT_FSIZE, &before);
}

Test(file, a_full_disk_keeps_the_old_file)
{
	cr_assert(eq(int, mkdir("disk", 0755), 0));
	if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("tiny", "disk", "tmpfs", 0, "size=65536") != 0)
		cr_skip_test("only root can make a tiny disk; the file size limit stands for it");
	put("disk/report", "old");
	expect_old_report("disk/report", "disk");
	cr_expect(eq(int, umount("disk"), 0));
}

Test(file, a_folder_that_does_not_exist_is_an_error_that_names_the_file)
{
	struct error error;
	cr_assert(eq(int, file_write("no/report", "x", 1, &error), -1));
	cr_expect(
	    eq(str, error.text, "cannot write no/report: No such file or directory; what was there before is unchanged"));
}

Test(file, a_folder_in_the_way_is_an_error)
{
	cr_assert(eq(int, mkdir("report", 0755), 0));
	cr_expect(eq(int, file_write("report", "x", 1, NULL), -1));
	cr_expect(eq(int, entries("."), 1));
}

Test(file, a_planted_link_at_the_temporary_name_is_not_followed)
{
	char *temporary = format("report.%d.tmp", (int)getpid());
	put("treasure", "gold");
	cr_assert(eq(int, symlink("treasure", temporary), 0));
	cr_expect(eq(int, file_write("report", "x", 1, NULL), -1));
	expect_content("treasure", "gold");
	free(temporary);
}

/* ---- folders -------------------------------------------------------------------------------- */

Test(file, makes_a_folder_with_its_parents_and_accepts_that_it_exists)
{
	struct error error = {0};
	cr_expect(eq(int, folder_make("a/b b/\xc3\xbc", &error), 0), "%s", error.text);
	cr_expect(eq(int, folder_make("a/b b/\xc3\xbc/", &error), 0), "%s", error.text);
	char *absolute = format("%s/a/c", folder);
	cr_expect(eq(int, folder_make(absolute, &error), 0), "%s", error.text);
	cr_expect(file_exists("a/b b/\xc3\xbc"));
	cr_expect(file_exists("a/c"));
	free(absolute);
}

Test(file, a_file_where_a_folder_should_be_is_an_error)
{
	struct error error = {0};
	put("a", "");
	cr_expect(eq(int, folder_make("a/b", &error), -1));
	cr_expect(eq(str, error.text, "cannot make the folder a/b: Not a directory"));
	cr_expect(eq(int, folder_make("a", &error), -1));
	cr_expect(eq(str, error.text, "cannot make the folder a: File exists"));
}

Test(file, removes_a_folder_but_not_what_links_in_it_point_to)
{
	cr_assert(eq(int, folder_make("keep/deep", NULL), 0));
	cr_assert(eq(int, folder_make("gone/deep/deeper", NULL), 0));
	put("keep/deep/file", "text");
	put("gone/deep/file", "text");
	cr_assert(eq(int, symlink("../keep", "gone/folder_link"), 0));
	cr_assert(eq(int, symlink("../../keep/deep/file", "gone/deep/file_link"), 0));
	cr_assert(eq(int, symlink("nowhere", "gone/dangling"), 0));
	folder_remove("gone");
	cr_expect(not(file_exists("gone")));
	expect_content("keep/deep/file", "text");
	folder_remove("gone"); /* not there: nothing happens */
}

Test(file, a_link_to_a_folder_is_removed_as_a_link)
{
	cr_assert(eq(int, folder_make("keep", NULL), 0));
	put("keep/file", "text");
	cr_assert(eq(int, symlink("keep", "link"), 0));
	folder_remove("link");
	struct stat status;
	cr_expect(eq(int, lstat("link", &status), -1));
	expect_content("keep/file", "text");
}

/* ---- hashes --------------------------------------------------------------------------------- */

static char *hash_of(const char *label, const char *first, const char *second)
{
	char hex[HASH_SIZE];
	struct hash *hash = hash_new();
	hash_add(hash, label, first, strlen(first));
	hash_add(hash, label, second, strlen(second));
	hash_end(hash, hex);
	return strdup(hex);
}

static void expect_different(char *a, char *b)
{
	cr_expect(ne(str, a, b));
	free(a);
	free(b);
}

Test(file, a_hash_is_sha_256_over_label_length_and_bytes)
{
	char hex[HASH_SIZE];
	hash_end(hash_new(), hex);
	cr_expect(eq(str, hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"), "of nothing");
	char *known = hash_of("label", "abc", ""); /* little-endian length of 8 bytes */
	cr_expect(eq(str, known, "0843be286a928081487a146cdc379b7921ba0b02cb70c4f4d9c20e8117ff7624"));
	free(known);
}

Test(file, a_hash_tells_apart_where_one_thing_ends_and_the_next_begins)
{
	expect_different(hash_of("a", "xy", "z"), hash_of("a", "x", "yz"));
	expect_different(hash_of("a", "x", "y"), hash_of("a", "y", "x"));
	expect_different(hash_of("a", "x", "y"), hash_of("b", "x", "y"));
	expect_different(hash_of("", "", ""), hash_of("a", "", ""));
}

static char *hash_of_file(const char *path)
{
	char hex[HASH_SIZE];
	struct hash *hash = hash_new();
	hash_add_file(hash, path);
	hash_end(hash, hex);
	return strdup(hex);
}

Test(file, a_missing_file_and_an_empty_one_are_not_the_same)
{
	put("empty", "");
	put("full", "x");
	put("copy", "x");
	expect_different(hash_of_file("missing"), hash_of_file("empty"));
	expect_different(hash_of_file("empty"), hash_of_file("full"));
	char *full = hash_of_file("full"), *copy = hash_of_file("copy");
	cr_expect(eq(str, full, copy), "the name does not count");
	free(full);
	free(copy);
}
