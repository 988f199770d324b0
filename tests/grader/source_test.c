/* Where a submission's file is, and every sentence about one that is missing or cannot be judged. */
#include "../../grader/course/course.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Each test has a folder of its own: kit/ (with two headers) and sub/, the submission. */

static void put_bytes(const char *path, const char *bytes, size_t size)
{
	FILE *file = fopen(path, "w");
	cr_assert(file != NULL, "%s", path);
	cr_assert(fwrite(bytes, 1, size, file) == size);
	cr_assert(fclose(file) == 0);
}

static void put(const char *path, const char *text)
{
	put_bytes(path, text, strlen(text));
}

static void make(const char *path)
{
	cr_assert(mkdir(path, 0755) == 0, "%s", path);
}

static void make_nested(void)
{
	make("sub/assignments");
	make("sub/assignments/pipe_ring");
}

static void enter_folder(void)
{
	char folder[] = "/tmp/source_test.XXXXXX";
	cr_assert(mkdtemp(folder) != NULL);
	cr_assert(chdir(folder) == 0);
	cr_assert(chmod(".", 0755) == 0);
	make("sub");
	make("kit");
	make("kit/include");
	put("kit/include/pipe_ring.h", "int ring_run(void);\n");
	put("kit/include/thread_pool.h", "int pool(void);\n");
}

static void leave_folder(void)
{
	char folder[4096], command[8300];
	if (!getcwd(folder, sizeof folder) || strncmp(folder, "/tmp/source_test.", 17) != 0)
		return;
	snprintf(command, sizeof command, "chmod -R u+rwx '%s' && rm -rf '%s'", folder, folder);
	if (chdir("/") != 0 || system(command) != 0)
		perror(folder);
}

TestSuite(source, .init = enter_folder, .fini = leave_folder, .timeout = 20);

static struct source *find(void)
{
	return source_find("kit", "sub", "pipe_ring");
}

/* Looks, and expects the state and the sentence. */
static void expect(enum source_state state, const char *problem)
{
	struct source *source = find();
	cr_expect(eq(int, source->state, state), "%s", source->problem ? source->problem : "no problem");
	cr_assert(source->problem != NULL);
	cr_expect(eq(str, source->problem, (char *)problem));
	cr_expect(source->text == NULL);
	cr_expect(eq(int, source->path == NULL, state == SOURCE_MISSING));
	source_free(source);
}

/* Looks, and expects the file, with that remark. */
static void expect_taken(const char *path, const char *remark)
{
	struct source *source = find();
	cr_assert(eq(int, source->state, SOURCE_OK), "%s", source->problem ? source->problem : "no problem");
	cr_expect(eq(str, source->path, (char *)path));
	cr_assert(source->remarks.count > 0);
	cr_expect(eq(str, source->remarks.item[0], (char *)remark));
	source_free(source);
}

static void expect_content(const char *bytes, size_t size, const char *problem)
{
	put_bytes("sub/pipe_ring.c", bytes, size);
	expect(SOURCE_REJECTED, problem);
}

/* ---- found ---------------------------------------------------------------------------------- */

Test(source, is_found_in_the_folder)
{
	struct source *source;
	put("sub/pipe_ring.c", "abc");
	source = find();
	cr_assert(eq(int, source->state, SOURCE_OK));
	cr_expect(eq(str, source->path, "sub/pipe_ring.c"));
	cr_expect(eq(str, source->text, "abc"));
	cr_expect(eq(sz, source->size, 3));
	cr_expect(eq(str, source->sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
	cr_expect(source->problem == NULL);
	cr_expect(eq(sz, source->remarks.count, 0));
	source_free(source);
	source_free(NULL);
}

Test(source, is_found_in_a_tree)
{
	struct source *source;
	make_nested();
	put("sub/assignments/pipe_ring/pipe_ring.c", "int x;\n");
	source = source_find("kit", "sub/", "pipe_ring");
	cr_assert(eq(int, source->state, SOURCE_OK));
	cr_expect(eq(str, source->path, "sub/assignments/pipe_ring/pipe_ring.c"));
	cr_expect(eq(str, source->text, "int x;\n"));
	source_free(source);
}

Test(source, is_found_in_folders_with_any_name)
{
	struct source *source;
	make("sub/Zo\xc3\xab M\xc3\xbcller");
	put("sub/Zo\xc3\xab M\xc3\xbcller/pipe_ring.c", "int x;\n");
	source = source_find("kit", "sub/Zo\xc3\xab M\xc3\xbcller", "pipe_ring");
	cr_assert(eq(int, source->state, SOURCE_OK));
	cr_expect(eq(str, source->path, "sub/Zo\xc3\xab M\xc3\xbcller/pipe_ring.c"));
	source_free(source);
}

Test(source, may_be_as_large_as_the_limit)
{
	char *bytes = malloc(SOURCE_LIMIT + 1);
	struct source *source;
	cr_assert(bytes != NULL);
	memset(bytes, 'x', SOURCE_LIMIT + 1);
	put_bytes("sub/pipe_ring.c", bytes, SOURCE_LIMIT);
	source = find();
	cr_expect(eq(int, source->state, SOURCE_OK));
	cr_expect(eq(sz, source->size, SOURCE_LIMIT));
	source_free(source);
	expect_content(bytes, SOURCE_LIMIT + 1, "pipe_ring.c is 262145 bytes long; at most 256 KiB are accepted");
	free(bytes);
}

/* ---- missing -------------------------------------------------------------------------------- */

Test(source, that_is_nowhere_is_missing)
{
	struct source *source;
	expect(SOURCE_MISSING, "there is no pipe_ring.c, and no assignments/pipe_ring/pipe_ring.c");
	source = source_find("kit", "nobody", "pipe_ring");
	cr_expect(eq(int, source->state, SOURCE_MISSING));
	cr_expect(eq(str, source->problem, "there is no folder nobody"));
	source_free(source);
	put("file", "x");
	source = source_find("kit", "file", "pipe_ring");
	cr_expect(eq(int, source->state, SOURCE_MISSING));
	cr_expect(eq(str, source->problem, "file is not a folder"));
	source_free(source);
}

Test(source, with_a_slip_in_its_name_is_taken)
{
	put("sub/pipe-ring.c", "int x;\n");
	put("sub/other.c", "int x;\n");
	expect_taken("sub/pipe-ring.c", "pipe-ring.c is graded as pipe_ring.c");
}

Test(source, called_as_programs_and_people_call_it_is_taken)
{
	static const char *const names[] = {"Pipe_Ring.C",          "pipe_ring.cpp",      "pipe_ring.c.txt",
	                                    "pipe_ring(1).c",       "pipe_ring (2).c",    "PipeRing.c",
	                                    "My_Pipe_Ring_final.c", "pipe_ring_ada.c",    "pipe_ring.c.c",
	                                    "pipe_ring copy.c",     "pipe_ring - Copy.c", "pipe ring.c"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char path[64], remark[128];
		snprintf(path, sizeof path, "sub/%s", names[i]);
		snprintf(remark, sizeof remark, "%s is graded as pipe_ring.c", names[i]);
		put(path, "int x;\n");
		expect_taken(path, remark);
		cr_assert(unlink(path) == 0);
	}
}

Test(source, in_folders_around_it_is_taken)
{
	make("sub/src");
	put("sub/src/pipe_ring.c", "int x;\n");
	expect_taken("sub/src/pipe_ring.c", "src/pipe_ring.c is graded as pipe_ring.c");
	make("sub/src/pipe_ring");
	cr_assert(rename("sub/src/pipe_ring.c", "sub/src/pipe_ring/Pipe_Ring.c") == 0);
	expect_taken("sub/src/pipe_ring/Pipe_Ring.c", "src/pipe_ring/Pipe_Ring.c is graded as pipe_ring.c");
}

Test(source, in_a_build_folder_or_a_hidden_one_is_not_seen)
{
	make("sub/build");
	make("sub/.old");
	put("sub/build/pipe_ring.c", "int x;\n");
	put("sub/.old/pipe_ring.c", "int x;\n");
	expect(SOURCE_MISSING, "there is no pipe_ring.c, and no assignments/pipe_ring/pipe_ring.c");
}

Test(source, with_a_name_that_only_comes_close_is_told)
{
	put("sub/pipe_rign.c", "int x;\n");
	expect(SOURCE_MISSING, "there is no pipe_ring.c: found pipe_rign.c; rename it to pipe_ring.c");
}

Test(source, with_a_slip_in_a_tree_is_taken)
{
	make_nested();
	put("sub/assignments/pipe_ring/pipering.c", "int x;\n");
	expect_taken("sub/assignments/pipe_ring/pipering.c", "assignments/pipe_ring/pipering.c is graded as pipe_ring.c");
}

Test(source, under_quite_another_name_is_listed)
{
	put("sub/main.c", "int x;\n");
	expect(SOURCE_MISSING, "there is no pipe_ring.c: found main.c; rename your solution to pipe_ring.c");
	put("sub/a.c", "int x;\n");
	put("sub/b.c", "int x;\n");
	put("sub/z.C", "int x;\n");
	expect(SOURCE_MISSING, "there is no pipe_ring.c: found a.c, b.c, main.c, ...; rename your solution to pipe_ring.c");
}

Test(source, of_another_assignment_is_not_offered)
{
	put("sub/thread_pool.c", "int x;\n");
	put("sub/pipe_ring.h", "int x;\n");
	put("sub/pipe_ring.o", "x");
	put("sub/._pipe_ring.c", "x");
	expect(SOURCE_MISSING, "there is no pipe_ring.c, and no assignments/pipe_ring/pipe_ring.c");
}

/* ---- two ------------------------------------------------------------------------------------ */

Test(source, in_two_versions_is_ambiguous)
{
	struct source *source;
	make_nested();
	put("sub/pipe_ring.c", "int x;\n");
	put("sub/assignments/pipe_ring/pipe_ring.c", "int y;\n");
	expect(SOURCE_AMBIGUOUS,
	       "pipe_ring.c and assignments/pipe_ring/pipe_ring.c differ; keep only the one that is to be graded");
	put("sub/assignments/pipe_ring/pipe_ring.c", "int x;\n");
	source = find();
	cr_expect(eq(int, source->state, SOURCE_OK), "two equal ones are no question");
	cr_expect(eq(str, source->path, "sub/pipe_ring.c"));
	source_free(source);
}

static void set_time(const char *path, time_t seconds)
{
	struct timespec times[2] = {{seconds, 0}, {seconds, 0}};
	cr_assert(utimensat(AT_FDCWD, path, times, 0) == 0);
}

Test(source, of_copies_side_by_side_is_the_latest)
{
	put("sub/pipe_ring.c", "int old;\n");
	put("sub/pipe_ring(1).c", "int new;\n");
	set_time("sub/pipe_ring.c", 1000);
	set_time("sub/pipe_ring(1).c", 2000);
	expect_taken("sub/pipe_ring(1).c", "of pipe_ring.c and pipe_ring(1).c the latest counts: pipe_ring(1).c");
	set_time("sub/pipe_ring.c", 3000);
	expect_taken("sub/pipe_ring.c", "of pipe_ring.c and pipe_ring(1).c the latest counts: pipe_ring.c");
	set_time("sub/pipe_ring(1).c", 3001);
	expect(SOURCE_AMBIGUOUS, "pipe_ring.c and pipe_ring(1).c differ; keep only the one that is to be graded");
}

Test(source, in_an_old_folder_and_a_new_one_is_not_guessed)
{
	make("sub/old");
	make("sub/new");
	put("sub/old/pipe_ring.c", "int old;\n");
	put("sub/new/pipe_ring.c", "int new;\n");
	set_time("sub/old/pipe_ring.c", 1000);
	expect(SOURCE_AMBIGUOUS, "new/pipe_ring.c and old/pipe_ring.c differ; keep only the one that is to be graded");
	put("sub/pipe_ring.c", "int mine;\n");
	struct source *source = find();
	cr_expect(eq(int, source->state, SOURCE_OK), "what is where it belongs counts");
	cr_expect(eq(str, source->path, "sub/pipe_ring.c"));
	source_free(source);
}

Test(source, beside_one_that_cannot_be_read_is_not_taken)
{
	make_nested();
	put("sub/pipe_ring.c", "int x;\n");
	make("sub/assignments/pipe_ring/pipe_ring.c");
	expect(SOURCE_REJECTED, "assignments/pipe_ring/pipe_ring.c is a folder, not a file");
}

/* ---- no file -------------------------------------------------------------------------------- */

Test(source, must_be_a_file)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "sub/pipe_ring.c"};
	int listener;
	make("sub/pipe_ring.c");
	expect(SOURCE_REJECTED, "pipe_ring.c is a folder, not a file");
	cr_assert(rmdir("sub/pipe_ring.c") == 0);

	cr_assert(mkfifo("sub/pipe_ring.c", 0644) == 0);
	expect(SOURCE_REJECTED, "pipe_ring.c is a FIFO, not a file");
	cr_assert(unlink("sub/pipe_ring.c") == 0);

	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	cr_assert(bind(listener, (struct sockaddr *)&address, sizeof address) == 0);
	expect(SOURCE_REJECTED, "pipe_ring.c is a socket, not a file");
	close(listener);
	cr_assert(unlink("sub/pipe_ring.c") == 0);

	cr_assert(symlink("/dev/zero", "sub/pipe_ring.c") == 0);
	expect(SOURCE_REJECTED, "pipe_ring.c is a symbolic link, not a file");
}

Test(source, is_not_followed_through_links_of_folders)
{
	make("elsewhere");
	make("elsewhere/pipe_ring");
	put("elsewhere/pipe_ring/pipe_ring.c", "int solution;\n");
	cr_assert(symlink("../elsewhere", "sub/assignments") == 0);
	expect(SOURCE_MISSING, "there is no pipe_ring.c, and assignments is a symbolic link; hand in the files themselves");
	cr_assert(unlink("sub/assignments") == 0);
	make("sub/assignments");
	cr_assert(symlink("../../elsewhere/pipe_ring", "sub/assignments/pipe_ring") == 0);
	expect(SOURCE_MISSING, "there is no pipe_ring.c, and no assignments/pipe_ring/pipe_ring.c");
}

Test(source, of_a_hundred_megabytes_is_refused_unread)
{
	int file = open("sub/pipe_ring.c", O_CREAT | O_WRONLY, 0644);
	cr_assert(ftruncate(file, 100 * 1024 * 1024) == 0);
	close(file);
	expect(SOURCE_REJECTED, "pipe_ring.c is 100.0 MiB long; at most 256 KiB are accepted");
}

/* Root can read everything, so as root this looks as nobody does. */
static bool give_up_root(void)
{
	return geteuid() != 0 || (setegid(65534) == 0 && seteuid(65534) == 0);
}

static void take_back_root(void)
{
	if (getuid() == 0)
		cr_assert(seteuid(0) == 0 && setegid(0) == 0);
}

Test(source, that_may_not_be_read_is_not_the_students_fault)
{
	struct source *source;
	put("sub/pipe_ring.c", "int x;\n");
	cr_assert(chmod("sub/pipe_ring.c", 0) == 0);
	if (!give_up_root())
		cr_skip_test("root, and cannot become anybody else");
	expect(SOURCE_UNREADABLE, "pipe_ring.c cannot be read: Permission denied");
	take_back_root();

	cr_assert(chmod("sub", 0) == 0);
	cr_assert(give_up_root());
	source = find();
	cr_expect(eq(int, source->state, SOURCE_UNREADABLE));
	cr_expect(eq(str, source->problem, "the folder sub cannot be read: Permission denied"));
	source_free(source);
	take_back_root();
	cr_assert(chmod("sub", 0755) == 0);
}

/* ---- no text -------------------------------------------------------------------------------- */

Test(source, must_not_be_empty)
{
	expect_content("", 0, "pipe_ring.c is empty");
	expect_content("\xef\xbb\xbf", 3, "pipe_ring.c is empty");
	expect_content(" \n\t\r\n", 5, "pipe_ring.c contains only white space");
}

Test(source, must_be_text)
{
	expect_content("int x;\n\0\n", 9, "pipe_ring.c has a NUL byte in line 2: it is a binary file, not C source");
	expect_content("\177ELF\2\1\1\0", 8, "pipe_ring.c is a compiled program (ELF), not C source");
	expect_content("\n\nint x\33;\n", 10,
	               "pipe_ring.c has the control character 0x1b in line 3: it is a binary file, not C source");
	expect_content("int x;\rint y;\r", 14, "pipe_ring.c ends its lines with CR alone (old Mac); save it with LF");
}

static void expect_read_as(const char *bytes, size_t size, const char *text, const char *encoding)
{
	char remark[64];
	snprintf(remark, sizeof remark, "pipe_ring.c is %s text; it is read as such", encoding);
	put_bytes("sub/pipe_ring.c", bytes, size);
	expect_taken("sub/pipe_ring.c", remark);
	struct source *source = find();
	cr_expect(eq(str, source->text, (char *)text));
	source_free(source);
}

Test(source, in_another_encoding_is_read)
{
	expect_read_as("int x;\n// caf\xe9\n", 15, "int x;\n// caf\xc3\xa9\n", "Latin-1");
	expect_read_as("// \x80 \x93\n", 7, "// \xe2\x82\xac \xe2\x80\x9c\n", "Latin-1");
	expect_read_as("\xff\xfei\0n\0t\0\xe9\0", 10, "int\xc3\xa9", "UTF-16");
	expect_read_as("\xfe\xff\0i\0n\0t\xd8\x3d\xde\x00", 12, "int\xf0\x9f\x98\x80", "UTF-16");
	expect_content("\xff\xfei\0\0\0t\0", 8, "pipe_ring.c has a NUL byte in line 1: it is a binary file, not C source");
	expect_content("int x;\n\xe9\33\n", 10,
	               "pipe_ring.c has the control character 0x1b in line 2: it is a binary file, not C source");
}

Test(source, has_its_hash_even_when_it_is_refused)
{
	struct source *source;
	put_bytes("sub/pipe_ring.c", "\0", 1);
	source = find();
	cr_expect(eq(int, source->state, SOURCE_REJECTED));
	cr_expect(eq(str, source->path, "sub/pipe_ring.c"));
	cr_expect(eq(str, source->sha256, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"));
	source_free(source);
}

/* ---- tolerated ------------------------------------------------------------------------------ */

Test(source, from_windows_is_taken_with_remarks)
{
	struct source *source;
	put("sub/pipe_ring.c", "\xef\xbb\xbfint x;\r\n\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80\r\n");
	source = find();
	cr_assert(eq(int, source->state, SOURCE_OK));
	cr_expect(eq(str, source->text, "int x;\r\n\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80\r\n"));
	cr_expect(eq(sz, source->size, 21));
	cr_assert(eq(sz, source->remarks.count, 2));
	cr_expect(eq(str, source->remarks.item[0], "pipe_ring.c begins with a byte-order mark; it is ignored"));
	cr_expect(eq(str, source->remarks.item[1], "pipe_ring.c has CRLF line ends (Windows); they are accepted"));
	source_free(source);
}

Test(source, with_hidden_characters_is_remarked)
{
	struct source *source;
	put("sub/pipe_ring.c", "int x;\n/* \xe2\x80\xae */\n/* \xe2\x81\xa6 */\n");
	source = find();
	cr_assert(eq(int, source->state, SOURCE_OK));
	cr_assert(eq(sz, source->remarks.count, 1));
	cr_expect(eq(str, source->remarks.item[0],
	             "pipe_ring.c has a hidden character in line 2 that reorders the text shown (U+202E)"));
	source_free(source);
	put("sub/pipe_ring.c", "/* \xe2\x81\xa9 */\n");
	source = find();
	cr_assert(eq(sz, source->remarks.count, 1));
	cr_expect(eq(str, source->remarks.item[0],
	             "pipe_ring.c has a hidden character in line 1 that reorders the text shown (U+2069)"));
	source_free(source);
}

Test(source, comes_with_the_kits_header_whatever_lies_beside_it)
{
	struct source *source;
	make_nested();
	make("sub/include");
	put("sub/assignments/pipe_ring/pipe_ring.c", "int x;\n");
	put("sub/pipe_ring.h", "\xef\xbb\xbfint ring_run(void);\r\n");
	source = find();
	cr_assert(eq(int, source->state, SOURCE_OK));
	cr_expect(eq(sz, source->remarks.count, 0), "other line ends are no change");
	source_free(source);

	put("sub/include/pipe_ring.h", "int ring_run(int);\n");
	put("sub/assignments/pipe_ring/pipe_ring.h", "int ring_run(void);\n\n");
	source = find();
	cr_assert(eq(int, source->state, SOURCE_OK));
	cr_assert(eq(sz, source->remarks.count, 2));
	cr_expect(eq(str, source->remarks.item[0], "include/pipe_ring.h differs from the kit's header; the kit's is used"));
	cr_expect(eq(str, source->remarks.item[1],
	             "assignments/pipe_ring/pipe_ring.h differs from the kit's header; the kit's is used"));
	source_free(source);

	cr_assert(unlink("sub/pipe_ring.h") == 0);
	cr_assert(mkfifo("sub/pipe_ring.h", 0644) == 0);
	source = find();
	cr_assert(eq(sz, source->remarks.count, 3));
	cr_expect(eq(str, source->remarks.item[0], "pipe_ring.h is a FIFO, not a file; the kit's header is used"));
	source_free(source);
}

Test(source, in_the_kits_own_tree_has_no_remarks)
{
	struct source *source;
	put("kit/pipe_ring.c", "int x;\n");
	cr_assert(chdir("kit") == 0);
	source = source_find(".", ".", "pipe_ring");
	cr_expect(eq(int, source->state, SOURCE_OK));
	cr_expect(eq(str, source->path, "./pipe_ring.c"));
	cr_expect(eq(sz, source->remarks.count, 0));
	source_free(source);
	cr_assert(chdir("..") == 0);
}
