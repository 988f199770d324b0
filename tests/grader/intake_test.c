/* intake_test.c - archives that were handed in: what is taken, what is refused, and that nothing outside of the target
 * folder is ever touched. Archives are made here: by libarchive's writer, or byte by byte where it would not write
 * them. */
#include "scratch.h"

#include "../../grader/course/course.h"
#include "../../grader/intake/intake.h"

#include <archive.h>
#include <archive_entry.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <ftw.h>
#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* ---- a folder per test: box/target is unpacked into, canary must stay as it is ---------------- */

static const char canary[] = "nobody touches this\n";

static void put_bytes(const char *path, const void *bytes, size_t size)
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

static char *get(const char *path, size_t *size)
{
	FILE *file = fopen(path, "r");
	struct stat status;
	cr_assert(file != NULL && fstat(fileno(file), &status) == 0, "%s", path);
	char *bytes = calloc(1, (size_t)status.st_size + 1);
	cr_assert(bytes != NULL);
	*size = fread(bytes, 1, (size_t)status.st_size, file);
	fclose(file);
	return bytes;
}

static void make(const char *path)
{
	cr_assert(mkdir(path, 0755) == 0, "%s", path);
}

static const char scratch[] = "/tmp/intake_test.XXXXXX";

static void enter_folder(void)
{
	scratch_enter(scratch);
	umask(022);
	make("box");
	make("box/target");
	make("outside");
	put("canary", canary);
	put("box/canary", canary);
	put("outside/canary", canary);
}

static void leave_folder(void)
{
	scratch_leave(scratch);
}

static void empty_target(void)
{
	scratch_remove("box/target");
	make("box/target");
}

TestSuite(intake, .init = enter_folder, .fini = leave_folder, .timeout = 120);
TestSuite(source_file, .init = enter_folder, .fini = leave_folder, .timeout = 120);

static void expect_text(const char *path, const char *text)
{
	size_t size;
	char *bytes = get(path, &size);
	cr_expect(eq(sz, size, strlen(text)), "%s", path);
	cr_expect(eq(str, bytes, (char *)text), "%s", path);
	free(bytes);
}

/* What one walk over a folder saw. nftw has no context; each walk begins by emptying this. */
static struct {
	unsigned files, folders, others;
} seen;

static int count_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)type;
	(void)walk;
	seen.files += S_ISREG(status->st_mode);
	seen.folders += S_ISDIR(status->st_mode);
	seen.others += !S_ISREG(status->st_mode) && !S_ISDIR(status->st_mode);
	cr_expect(eq(u32, status->st_mode & 07777, S_ISDIR(status->st_mode) ? 0755u : 0644u), "%s", path);
	return 0;
}

static void walk(const char *path)
{
	memset(&seen, 0, sizeof seen);
	cr_assert(nftw(path, count_entry, 16, FTW_PHYS) == 0, "%s", path);
}

/* The three canaries are as they were, and nothing has come to lie beside them. */
static void expect_untouched(void)
{
	expect_text("canary", canary);
	expect_text("box/canary", canary);
	expect_text("outside/canary", canary);
	walk("outside");
	cr_expect(eq(u32, seen.files, 1));
	cr_expect(eq(u32, seen.folders, 1));
	cr_expect(access("box/evil", F_OK) != 0);
	cr_expect(access("evil", F_OK) != 0);
	cr_expect(access("/tmp/forkjoin_evil", F_OK) != 0);
}

static enum intake_state unpack(const char *archive, struct intake_report *report)
{
	struct error error = {0};
	enum intake_state state = intake_unpack(archive, "box/target", &intake_limits, report, &error);
	cr_assert(ne(int, state, INTAKE_FAILED), "%s", error.text);
	cr_expect(eq(int, state == INTAKE_REFUSED, report->problem != NULL));
	expect_untouched();
	walk("box/target");
	cr_expect(eq(u32, seen.others, 0));
	return state;
}

/* Refused with that sentence, and nothing was written. */
static void expect_refused(const char *archive, const char *problem)
{
	struct intake_report report;
	cr_expect(eq(int, unpack(archive, &report), INTAKE_REFUSED), "%s", archive);
	if (report.problem)
		cr_expect(ne(ptr, strstr(report.problem, problem), NULL), "%s: should say: %s", report.problem, problem);
	cr_expect(eq(u32, seen.files, 0));
	cr_expect(eq(u32, seen.folders, 1));
	intake_report_clear(&report);
}

static void expect_taken(const char *archive, unsigned files, const char *folder)
{
	struct intake_report report;
	cr_assert(eq(int, unpack(archive, &report), INTAKE_OK), "%s", report.problem);
	cr_expect(eq(u32, seen.files, files));
	cr_expect(eq(sz, report.files, files));
	cr_expect(eq(str, report.folder, (char *)folder));
	cr_expect(eq(sz, report.remarks.count, 0));
	intake_report_clear(&report);
}

/* ---- archives by libarchive ------------------------------------------------------------------ */

enum { FILE_ENTRY = AE_IFREG, FOLDER_ENTRY = AE_IFDIR, LINK_ENTRY = AE_IFLNK, HARD_LINK_ENTRY = -1 };

struct spec {
	const char *name;
	int type;
	const char *text; /* content, or what a link points to */
	mode_t mode;
};

#define PLAIN(name)                                                                                                    \
	{                                                                                                                  \
		name, FILE_ENTRY, "int x;\n", 0644                                                                             \
	}

static struct archive *begin(const char *path, const char *format, const char *filter)
{
	struct archive *archive = archive_write_new();
	cr_assert(eq(int, archive_write_set_format_by_name(archive, format), ARCHIVE_OK));
	if (filter)
		cr_assert(eq(int, archive_write_add_filter_by_name(archive, filter), ARCHIVE_OK));
	cr_assert(eq(int, archive_write_open_filename(archive, path), ARCHIVE_OK), "%s", archive_error_string(archive));
	return archive;
}

static void add_bytes(struct archive *archive, const struct spec *spec, const void *bytes, size_t size)
{
	struct archive_entry *entry = archive_entry_new();
	archive_entry_copy_pathname(entry, spec->name);
	archive_entry_set_mode(entry, (spec->type == HARD_LINK_ENTRY ? AE_IFREG : (mode_t)spec->type) |
	                                  (spec->mode ? spec->mode : 0644));
	archive_entry_set_size(entry, (la_int64_t)size);
	archive_entry_set_uid(entry, 12345);
	if (spec->type == LINK_ENTRY)
		archive_entry_copy_symlink(entry, spec->text);
	if (spec->type == HARD_LINK_ENTRY)
		archive_entry_copy_hardlink(entry, spec->text);
	cr_assert(ge(int, archive_write_header(archive, entry), ARCHIVE_WARN), "%s", archive_error_string(archive));
	if (size)
		cr_assert(eq(sz, (size_t)archive_write_data(archive, bytes, size), size));
	archive_entry_free(entry);
}

static void add(struct archive *archive, const struct spec *spec)
{
	bool file = spec->type == FILE_ENTRY;
	add_bytes(archive, spec, spec->text, file && spec->text ? strlen(spec->text) : 0);
}

static void end(struct archive *archive)
{
	cr_assert(eq(int, archive_write_close(archive), ARCHIVE_OK));
	archive_write_free(archive);
}

/* Names are written as they are: the writer's locale is UTF-8, the reader's is not. */
static void build_as(const char *path, const char *format, const char *filter, const struct spec specs[], size_t count)
{
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0), before = uselocale(utf8);
	struct archive *archive = begin(path, format, filter);
	for (size_t i = 0; i < count; i++)
		add(archive, &specs[i]);
	end(archive);
	uselocale(before);
	freelocale(utf8);
}

#define BUILD(path, format, filter, ...)                                                                               \
	do {                                                                                                               \
		const struct spec specs[] = {__VA_ARGS__};                                                                     \
		build_as(path, format, filter, specs, sizeof specs / sizeof *specs);                                           \
	} while (0)

/* ---- archives by hand ------------------------------------------------------------------------ */

struct bytes {
	unsigned char *at;
	size_t size, capacity;
};

static void append(struct bytes *to, const void *bytes, size_t size)
{
	if (to->size + size > to->capacity) {
		to->capacity = 2 * (to->size + size);
		to->at = realloc(to->at, to->capacity);
		cr_assert(to->at != NULL);
	}
	memcpy(to->at + to->size, bytes, size);
	to->size += size;
}

static void append_number(struct bytes *to, uint64_t number, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		append(to, (unsigned char[]){(unsigned char)(number >> 8 * i)}, 1);
}

static void save(const char *path, struct bytes *bytes)
{
	put_bytes(path, bytes->at, bytes->size);
	free(bytes->at);
	*bytes = (struct bytes){0};
}

static uint32_t crc32_of(const unsigned char *bytes, size_t size)
{
	uint32_t sum = 0xffffffff;
	for (size_t i = 0; i < size; i++) {
		sum ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			sum = sum >> 1 ^ (sum & 1 ? 0xedb88320 : 0);
	}
	return ~sum;
}

/* A header of a zip's entry, local or central (APPNOTE.TXT 4.3.7 and 4.3.12); stored, so both sizes are `size` unless
 * they lie. */
static void zip_header(struct bytes *zip, bool central, const char *name, uint32_t sum, uint32_t packed, uint32_t size,
                       uint32_t local)
{
	append(zip, central ? "PK\1\2" : "PK\3\4", 4);
	if (central)
		append_number(zip, 3 << 8 | 20, 2); /* made by Unix: names are taken as they are */
	append_number(zip, 20, 2);
	append_number(zip, 1 << 11, 2); /* UTF-8 */
	append_number(zip, 0, 2);
	append_number(zip, 0, 4);
	append_number(zip, sum, 4);
	append_number(zip, packed, 4);
	append_number(zip, size, 4);
	append_number(zip, (uint32_t)strlen(name), 2);
	append_number(zip, 0, 2);
	if (central) {
		append_number(zip, 0, 6);
		append_number(zip, 0100644u << 16, 4);
		append_number(zip, local, 4);
	}
	append(zip, name, strlen(name));
}

static void zip_end(struct bytes *zip, uint32_t directory, uint32_t count)
{
	uint32_t size = (uint32_t)zip->size - directory;
	append(zip, "PK\5\6\0\0\0\0", 8);
	append_number(zip, count, 2);
	append_number(zip, count, 2);
	append_number(zip, size, 4);
	append_number(zip, directory, 4);
	append_number(zip, 0, 2);
}

/* A zip of one stored file with any name at all. */
static void zip_of(const char *path, const char *name, const char *text)
{
	struct bytes zip = {0};
	uint32_t size = (uint32_t)strlen(text), sum = crc32_of((const unsigned char *)text, size), directory;
	zip_header(&zip, false, name, sum, size, size, 0);
	append(&zip, text, size);
	directory = (uint32_t)zip.size;
	zip_header(&zip, true, name, sum, size, size, 0);
	zip_end(&zip, directory, 1);
	save(path, &zip);
}

/* A header of a tar (POSIX, pax: ustar Interchange Format). */
static void tar_header(struct bytes *tar, const char *name, char type, unsigned long long size, const char *link)
{
	char block[512] = "";
	unsigned sum = 0;
	memcpy(block, name, strlen(name) < 100 ? strlen(name) : 100);
	memcpy(block + 100, "0000777", 7);
	memcpy(block + 108, "0000000", 7);
	memcpy(block + 116, "0000000", 7);
	snprintf(block + 124, 13, "%011llo", size);
	memcpy(block + 136, "00000000000", 11);
	block[156] = type;
	if (link)
		memcpy(block + 157, link, strlen(link));
	memcpy(block + 257,
	       "ustar\0"
	       "00",
	       8);
	memset(block + 148, ' ', 8);
	for (size_t i = 0; i < sizeof block; i++)
		sum += (unsigned char)block[i];
	snprintf(block + 148, 8, "%06o", sum);
	append(tar, block, sizeof block);
}

static void tar_data(struct bytes *tar, const char *bytes, size_t size)
{
	static const char zeros[512];
	append(tar, bytes, size);
	append(tar, zeros, (512 - size % 512) % 512);
}

static void tar_file(struct bytes *tar, const char *name, const char *text)
{
	tar_header(tar, name, '0', strlen(text), NULL);
	tar_data(tar, text, strlen(text));
}

static void tar_end(struct bytes *tar)
{
	static const char zeros[1024];
	append(tar, zeros, sizeof zeros);
}

/* A pax header with one record "LENGTH key=value\n". */
static void pax_header(struct bytes *tar, char type, const char *key, const char *value)
{
	size_t length = strlen(key) + strlen(value) + 3, whole = length + 1;
	char *record = malloc(length + 32);
	cr_assert(record != NULL);
	while (snprintf(record, length + 32, "%zu %s=%s\n", whole, key, value) != (int)whole)
		whole++;
	tar_header(tar, "PaxHeaders/x", type, whole, NULL);
	tar_data(tar, record, whole);
	free(record);
}

/* gzip, as a filter over raw bytes. */
static void append_gzip(struct bytes *to, const void *bytes, size_t size)
{
	size_t capacity = size / 2 + 65536, used = 0;
	unsigned char *packed = malloc(capacity);
	struct archive *archive = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	cr_assert(packed != NULL);
	archive_write_set_format_raw(archive);
	archive_write_add_filter_gzip(archive);
	archive_write_set_bytes_in_last_block(archive, 1);
	cr_assert(eq(int, archive_write_open_memory(archive, packed, capacity, &used), ARCHIVE_OK));
	archive_entry_set_filetype(entry, AE_IFREG);
	cr_assert(eq(int, archive_write_header(archive, entry), ARCHIVE_OK));
	cr_assert(eq(sz, (size_t)archive_write_data(archive, bytes, size), size));
	cr_assert(eq(int, archive_write_close(archive), ARCHIVE_OK));
	append(to, packed, used);
	archive_entry_free(entry);
	archive_write_free(archive);
	free(packed);
}

/* ---- honest ones ----------------------------------------------------------------------------- */

Test(intake, takes_every_format)
{
	static const struct {
		const char *format, *filter, *name;
	} formats[] = {
	    {"zip", NULL, "a.zip"},       {"ustar", NULL, "a.tar"},     {"pax", "gzip", "a.tar.gz"},
	    {"gnutar", "gzip", "a.tgz"},  {"v7tar", NULL, "old.tar"},   {"zip", NULL, "wrong.tar.gz"},
	    {"pax", "gzip", "wrong.zip"}, {"ustar", NULL, "no_ending"},
	};
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
		BUILD(formats[i].name, formats[i].format, formats[i].filter, {"pipe_ring.c", FILE_ENTRY, "int x;\n", 0755},
		      {"notes", FOLDER_ENTRY, NULL, 0700}, {"notes/why.txt", FILE_ENTRY, "because", 0600},
		      {"empty", FILE_ENTRY, NULL, 0});
		expect_taken(formats[i].name, 3, "box/target");
		expect_text("box/target/pipe_ring.c", "int x;\n");
		expect_text("box/target/notes/why.txt", "because");
		expect_text("box/target/empty", "");
		empty_target();
	}
}

Test(intake, looks_into_the_one_folder_at_the_top)
{
	BUILD("hub.zip", "zip", NULL, {"kit-main/", FOLDER_ENTRY, NULL, 0}, PLAIN("kit-main/pipe_ring.c"));
	expect_taken("hub.zip", 1, "box/target/kit-main");
}

Test(intake, leaves_a_tree_as_it_is)
{
	BUILD("tree.tgz", "pax", "gzip", PLAIN("assignments/pipe_ring/pipe_ring.c"));
	expect_taken("tree.tgz", 1, "box/target");
	expect_text("box/target/assignments/pipe_ring/pipe_ring.c", "int x;\n");
}

Test(intake, normalises_names)
{
	struct bytes tar = {0};
	tar_header(&tar, "./", '5', 0, NULL);
	tar_header(&tar, "./a/", '5', 0, NULL);
	tar_file(&tar, "./a//.//b.c", "int x;\n");
	tar_header(&tar, "a", '5', 0, NULL); /* a folder may be told of again */
	tar_file(&tar, "c.c", "int y;\n");
	tar_end(&tar);
	save("a.tar", &tar);
	expect_taken("a.tar", 2, "box/target");
	expect_text("box/target/a/b.c", "int x;\n");
}

Test(intake, passes_over_what_macos_adds)
{
	BUILD("mac.zip", "zip", NULL, PLAIN("hw/pipe_ring.c"), PLAIN("hw/.DS_Store"), PLAIN("__MACOSX/hw/._pipe_ring.c"),
	      PLAIN("hw/._x"));
	expect_taken("mac.zip", 1, "box/target/hw");
}

Test(intake, takes_names_in_any_script)
{
	BUILD("names.zip", "zip", NULL, PLAIN("L\xc3\xb6sung/\xe6\x97\xa5\xe6\x9c\xac.c"), PLAIN("o'neil & co.c"));
	expect_taken("names.zip", 2, "box/target");
	expect_text("box/target/L\xc3\xb6sung/\xe6\x97\xa5\xe6\x9c\xac.c", "int x;\n");
	BUILD("names.tgz", "pax", "gzip", PLAIN("\xc3\x85sa/\xc3\x96.c"), PLAIN("y.c"));
	empty_target();
	expect_taken("names.tgz", 2, "box/target");
}

Test(intake, does_not_unpack_archives_in_archives)
{
	size_t size;
	BUILD("inner.zip", "zip", NULL, PLAIN("x.c"));
	char *inner = get("inner.zip", &size);
	struct archive *archive = begin("outer.zip", "zip", NULL);
	add_bytes(archive, &(struct spec){"inner.zip", FILE_ENTRY, NULL, 0}, inner, size);
	end(archive);
	expect_taken("outer.zip", 1, "box/target");
	char *same = get("box/target/inner.zip", &size);
	cr_expect(memcmp(same, inner, size) == 0);
	free(same);
	free(inner);
}

Test(intake, believes_an_honest_pax_header)
{
	struct bytes tar = {0};
	pax_header(&tar, 'g', "comment", "0123456789abcdef"); /* as git archive writes */
	pax_header(&tar, 'x', "path", "deep/\xc3\xa4/pipe_ring.c");
	tar_file(&tar, "short", "int x;\n");
	tar_end(&tar);
	save("git.tar", &tar);
	expect_taken("git.tar", 1, "box/target/deep");
	expect_text("box/target/deep/\xc3\xa4/pipe_ring.c", "int x;\n");
}

/* ---- names ----------------------------------------------------------------------------------- */

Test(intake, refuses_names_that_lead_out)
{
	/* In a zip with nothing but backslashes libarchive takes them for slashes, as Windows does. */
	static const struct {
		const char *name, *problem, *zip_problem;
	} names[] = {
	    {"../evil", "leads outside the archive by \"..\"", NULL},
	    {"a/../../evil", "leads outside the archive by \"..\"", NULL},
	    {"a/..", "leads outside the archive by \"..\"", NULL},
	    {"..", "leads outside the archive by \"..\"", NULL},
	    {"/tmp/forkjoin_evil", "is an absolute path", NULL},
	    {"//tmp/forkjoin_evil", "is an absolute path", NULL},
	    {"C:/evil", "is an absolute path", NULL},
	    {"c:evil", "is an absolute path", NULL},
	    {"..\\evil", "has a backslash in its name", "leads outside the archive"},
	    {"a/..\\..\\evil", "has a backslash in its name", NULL},
	    {"\\\\host\\share\\evil", "has a backslash in its name", "is an absolute path"},
	};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		zip_of("slip.zip", names[i].name, "int x;\n");
		expect_refused("slip.zip", names[i].zip_problem ? names[i].zip_problem : names[i].problem);
		struct bytes tar = {0};
		tar_file(&tar, "good.c", "int x;\n");
		tar_file(&tar, names[i].name, "int x;\n");
		tar_end(&tar);
		save("slip.tar", &tar);
		expect_refused("slip.tar", names[i].problem);
	}
}

Test(intake, refuses_names_that_deceive)
{
	static const struct {
		const char *name, *problem;
	} names[] = {
	    {"a\033[2Jb.c", "has a control character in its name"},
	    {"a\nb.c", "has a control character in its name"},
	    {"a\x7f.c", "has a control character in its name"},
	    {"a\xc2\x9b.c", "hides or reorders text"},
	    {"a\xe2\x80\xae"
	     "c.b",
	     "hides or reorders text"},
	    {"a\xe2\x80\x8b.c", "hides or reorders text"},
	};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		zip_of("name.zip", names[i].name, "int x;\n");
		expect_refused("name.zip", names[i].problem);
	}
	struct bytes tar = {0};
	tar_file(&tar, "caf\xe9.c", "int x;\n");
	tar_end(&tar);
	save("latin1.tar", &tar);
	expect_refused("latin1.tar", "caf\xe9.c is not UTF-8; rename it with plain letters and pack it again");
	tar_file(&tar,
	         "a\xc0\xaf"
	         "b.c",
	         "int x;\n"); /* an overlong slash */
	tar_end(&tar);
	save("overlong.tar", &tar);
	expect_refused("overlong.tar", "is not UTF-8");
	tar_file(&tar, "", "int x;\n");
	tar_end(&tar);
	save("nameless.tar", &tar);
	expect_refused("nameless.tar", "without a name");
	tar_file(&tar, ".", "int x;\n");
	tar_end(&tar);
	save("dot.tar", &tar);
	expect_refused("dot.tar", "without a name");
}

Test(intake, refuses_names_that_are_huge)
{
	char name[100 * 1024];
	struct bytes tar = {0};
	memset(name, 'x', sizeof name);
	name[256] = 0;
	zip_of("long.zip", name, "");
	expect_refused("long.zip", "has a name component of 256 bytes; at most 255 are accepted");
	name[256] = 'x';
	name[sizeof name - 1] = 0;
	pax_header(&tar, 'x', "path", name);
	tar_file(&tar, "short", "");
	tar_end(&tar);
	save("long.tar", &tar);
	expect_refused("long.tar", "has a name component of 102399 bytes");
	for (size_t i = 1; i < sizeof name - 1; i += 2)
		name[i] = '/';
	pax_header(&tar, 'x', "path", name);
	tar_file(&tar, "short", "");
	tar_end(&tar);
	save("deep.tar", &tar);
	expect_refused("deep.tar", "lies more than 16 folders deep");
	tar_header(&tar, "././@LongLink", 'L', 200000, NULL);
	char *dots = malloc(200000);
	for (size_t i = 0; i < 200000; i++)
		dots[i] = "../"[i % 3];
	tar_data(&tar, dots, 200000);
	tar_file(&tar, "short", "");
	tar_end(&tar);
	save("gnu.tar", &tar);
	expect_refused("gnu.tar", "leads outside the archive");
	free(dots);
}

Test(intake, takes_the_longest_and_deepest_names)
{
	char name[300];
	memset(name, 'x', sizeof name);
	name[255] = 0;
	zip_of("long.zip", name, "");
	expect_taken("long.zip", 1, "box/target");
	zip_of("deep.zip", "1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16", "");
	empty_target();
	expect_taken("deep.zip", 1, "box/target/1");
	empty_target();
	zip_of("deeper.zip", "1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17", "");
	expect_refused("deeper.zip", "lies more than 16 folders deep");
}

Test(intake, refuses_what_is_there_twice)
{
	BUILD("a.zip", "zip", NULL, PLAIN("a.c"), PLAIN("a.c"));
	expect_refused("a.zip", "a.c is in the archive twice; keep the one that is to be graded");
	BUILD("b.tar", "ustar", NULL, PLAIN("a/b.c"), PLAIN("./a//b.c"));
	expect_refused("b.tar", "a/b.c is in the archive twice");
	BUILD("c.zip", "zip", NULL, PLAIN("Pipe_Ring.c"), PLAIN("pipe_ring.c"));
	expect_refused("c.zip", "pipe_ring.c and Pipe_Ring.c differ only in upper and lower case");
	BUILD("d.zip", "zip", NULL, PLAIN("A/x.c"), PLAIN("a/y.c"));
	expect_refused("d.zip", "a and A differ only in upper and lower case");
	BUILD("e.zip", "zip", NULL, PLAIN("\xc3\x84.c"), PLAIN("\xc3\xa4.c"));
	expect_refused("e.zip", "differ only in upper and lower case");
	BUILD("f.tar", "ustar", NULL, PLAIN("a"), PLAIN("a/b.c"));
	expect_refused("f.tar", "a/b.c lies below a, which is a file");
	BUILD("g.tar", "ustar", NULL, PLAIN("a/b.c"), PLAIN("a"));
	expect_refused("g.tar", "a is in the archive as a folder and as a file");
}

/* ---- links and devices ----------------------------------------------------------------------- */

Test(intake, leaves_out_what_is_no_file)
{
	struct intake_report report;
	BUILD("odd.tar", "pax", NULL, PLAIN("pipe_ring.c"), {"link.c", LINK_ENTRY, "/etc/passwd", 0},
	      {"hard.c", HARD_LINK_ENTRY, "pipe_ring.c", 0}, {"null", AE_IFCHR, NULL, 0}, {"disk", AE_IFBLK, NULL, 0},
	      {"fifo", AE_IFIFO, NULL, 0});
	cr_assert(eq(int, unpack("odd.tar", &report), INTAKE_OK), "%s", report.problem);
	cr_expect(eq(u32, seen.files, 1));
	cr_assert(eq(sz, report.remarks.count, 5));
	cr_expect(eq(str, report.remarks.item[0], "link.c is a symbolic link; it was left out"));
	cr_expect(eq(str, report.remarks.item[1], "hard.c is a hard link; it was left out"));
	cr_expect(eq(str, report.remarks.item[2], "null is a device; it was left out"));
	cr_expect(eq(str, report.remarks.item[3], "disk is a device; it was left out"));
	cr_expect(eq(str, report.remarks.item[4], "fifo is a FIFO; it was left out"));
	intake_report_clear(&report);
	BUILD("link.zip", "zip", NULL, PLAIN("pipe_ring2.c"), {"x", LINK_ENTRY, "../..", 0});
	cr_assert(eq(int, unpack("link.zip", &report), INTAKE_OK), "%s", report.problem);
	cr_assert(eq(sz, report.remarks.count, 1));
	cr_expect(eq(str, report.remarks.item[0], "x is a symbolic link; it was left out"));
	intake_report_clear(&report);
}

Test(intake, refuses_a_file_through_a_link)
{
	char outside[4200];
	cr_assert(getcwd(outside, sizeof outside - 20) != NULL);
	strcat(outside, "/outside");
	BUILD("through.tar", "ustar", NULL, {"a", LINK_ENTRY, outside, 0}, PLAIN("a/evil"));
	expect_refused("through.tar", "a/evil lies below a, which is a symbolic link");
	BUILD("through.zip", "zip", NULL, {"a", LINK_ENTRY, "../../outside", 0}, PLAIN("a/evil"));
	expect_refused("through.zip", "a/evil lies below a, which is a symbolic link");
	BUILD("case.tar", "ustar", NULL, {"A", LINK_ENTRY, outside, 0}, PLAIN("a/evil"));
	expect_refused("case.tar", "a and A differ only in upper and lower case");
	BUILD("over.tar", "ustar", NULL, {"x.c", LINK_ENTRY, "../canary", 0}, PLAIN("x.c"));
	expect_refused("over.tar", "x.c is in the archive as a symbolic link and as a file");
	BUILD("hard.tar", "ustar", NULL, {"x.c", HARD_LINK_ENTRY, "../canary", 0}, PLAIN("x.c"));
	expect_refused("hard.tar", "x.c is in the archive as a hard link and as a file");
	BUILD("late.tar", "ustar", NULL, PLAIN("a/x.c"), {"a", LINK_ENTRY, outside, 0});
	expect_refused("late.tar", "a is in the archive as a folder and as a symbolic link");
	BUILD("name.tar", "ustar", NULL, {"../evil", LINK_ENTRY, "canary", 0});
	expect_refused("name.tar", "leads outside");
}

Test(intake, is_not_led_away_by_the_target)
{
	struct intake_report report;
	struct error error = {0};
	BUILD("a.zip", "zip", NULL, PLAIN("a/canary"));
	cr_assert(symlink("../../outside", "box/target/a") == 0);
	cr_expect(eq(int, intake_unpack("a.zip", "box/target", &intake_limits, &report, &error), INTAKE_FAILED));
	cr_expect(ne(ptr, strstr(error.text, "cannot unpack a into box/target: File exists"), NULL), "%s", error.text);
	intake_report_clear(&report);
	BUILD("b.zip", "zip", NULL, PLAIN("a"));
	cr_expect(eq(int, intake_unpack("b.zip", "box/target", &intake_limits, &report, &error), INTAKE_FAILED));
	intake_report_clear(&report);
	put("box/target/b", canary);
	BUILD("old.zip", "zip", NULL, PLAIN("b"));
	cr_expect(eq(int, intake_unpack("old.zip", "box/target", &intake_limits, &report, &error), INTAKE_FAILED));
	expect_text("box/target/b", canary);
	intake_report_clear(&report);
	cr_assert(symlink("target", "box/link") == 0);
	BUILD("c.zip", "zip", NULL, PLAIN("c"));
	cr_expect(eq(int, intake_unpack("c.zip", "box/link", &intake_limits, &report, &error), INTAKE_FAILED));
	intake_report_clear(&report);
	cr_expect(eq(int, intake_unpack("c.zip", "box/nowhere", &intake_limits, &report, &error), INTAKE_FAILED));
	intake_report_clear(&report);
	cr_expect(eq(int, intake_unpack("nowhere.zip", "box/target", &intake_limits, &report, &error), INTAKE_FAILED));
	cr_expect(eq(str, error.text, "there is no nowhere.zip"));
	intake_report_clear(&report);
	expect_untouched();
}

/* ---- sizes ----------------------------------------------------------------------------------- */

Test(intake, counts_entries)
{
	struct bytes tar = {0}, packed = {0};
	char name[32];
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof name, "%d.c", i);
		tar_file(&tar, name, "");
	}
	struct bytes more = {0};
	append(&more, tar.at, tar.size);
	tar_file(&more, "one_more.c", "");
	tar_end(&more);
	save("more.tar", &more);
	expect_refused("more.tar", "more.tar: has more than 1000 files and folders");
	tar_end(&tar);
	save("most.tar", &tar);
	expect_taken("most.tar", 1000, "box/target");

	/* a million, of the same folder, in a few kilobytes */
	for (int i = 0; i < 1000; i++)
		tar_header(&tar, "d", '5', 0, NULL);
	struct bytes thousand = {0};
	append_gzip(&thousand, tar.at, tar.size);
	for (int i = 0; i < 1000; i++)
		append(&packed, thousand.at, thousand.size);
	save("million.tar.gz", &packed);
	free(thousand.at);
	free(tar.at);
	struct intake_report report;
	cr_expect(eq(int, unpack("million.tar.gz", &report), INTAKE_REFUSED));
	cr_expect(eq(str, report.problem, "million.tar.gz: has more than 1000 files and folders"));
	intake_report_clear(&report);
}

Test(intake, counts_folders_that_are_only_in_names)
{
	struct bytes tar = {0};
	char name[100];
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof name, "%d/2/3/4/5/6/7/8/9/10/11.c", i);
		tar_file(&tar, name, "");
	}
	tar_end(&tar);
	save("folders.tar", &tar);
	expect_refused("folders.tar", "has more than 1000 files and folders");
}

/* 32 MiB of zeros as a file of the archive. */
static void build_zeros(const char *path, const char *format, const char *filter, int type)
{
	enum { SIZE = 32 << 20 };
	char *zeros = calloc(1, SIZE);
	struct archive *archive = begin(path, format, filter);
	cr_assert(zeros != NULL);
	add(archive, &(struct spec)PLAIN("pipe_ring.c"));
	add_bytes(archive, &(struct spec){"zeros", type, NULL, 0}, zeros, SIZE);
	end(archive);
	free(zeros);
}

Test(intake, stops_bombs)
{
	struct stat status;
	build_zeros("bomb.zip", "zip", NULL, FILE_ENTRY);
	cr_assert(stat("bomb.zip", &status) == 0 && status.st_size < 100000);
	expect_refused("bomb.zip", "bomb.zip: unpacks to more than 10240 KiB");
	build_zeros("bomb.tgz", "pax", "gzip", FILE_ENTRY);
	expect_refused("bomb.tgz", "unpacks to more than 10240 KiB");
	build_zeros("big.tar", "pax", NULL, FILE_ENTRY);
	expect_refused("big.tar", "big.tar: is 32.0 MiB long; at most 10240 KiB are accepted");
}

/* Data that libarchive would have to pass over by itself: behind a folder, a link, in front of the end. */
Test(intake, stops_bombs_in_what_is_passed_over)
{
	enum { MEGABYTE = 1 << 20, TIMES = 4000 };
	static const struct {
		char type;
		const char *name;
	} kinds[] = {/* of folders and links libarchive knows that they have no data */
	             {'5', "d"}, {'2', "l"}, {'0', "._x"}, {'3', "n"}, {'V', "label"}, {'M', "volume"}, {'Z', "unknown"}};
	char *zeros = calloc(1, MEGABYTE);
	struct bytes packed = {0};
	append_gzip(&packed, zeros, MEGABYTE);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct bytes tar = {0}, all = {0};
		tar_header(&tar, kinds[i].name, kinds[i].type, (unsigned long long)TIMES * MEGABYTE, "target");
		append_gzip(&all, tar.at, tar.size);
		for (int n = 0; n < TIMES; n++)
			append(&all, packed.at, packed.size);
		cr_assert(lt(sz, all.size, 9 << 20));
		free(tar.at);
		save("skip.tar.gz", &all);
		struct intake_report report;
		if (unpack("skip.tar.gz", &report) == INTAKE_OK)
			cr_expect(strchr("523", kinds[i].type) && report.files == 0, "type %c", kinds[i].type);
		intake_report_clear(&report);
	}
	free(packed.at);
	free(zeros);
}

/* Headers are no data, but somebody has to unpack them, too. */
Test(intake, stops_bombs_in_headers)
{
	enum { SIZE = 1000 * 1000 };
	struct bytes tar = {0}, packed = {0};
	char *comment = malloc(SIZE + 1), name[16];
	memset(comment, 'x', SIZE);
	comment[SIZE] = 0;
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof name, "%d.c", i);
		pax_header(&tar, 'x', "comment", comment);
		tar_file(&tar, name, "");
	}
	tar_end(&tar);
	append_gzip(&packed, tar.at, tar.size);
	cr_assert(lt(sz, packed.size, 100000));
	save("headers.tar.gz", &packed);
	expect_refused("headers.tar.gz", "unpacks to more than 10240 KiB");
	free(tar.at);
	free(comment);
}

/* Each file's data begins behind its own header and has the headers of the others in it (after D. Fifield, A better zip
 * bomb). */
Test(intake, stops_a_bomb_whose_files_share_their_data)
{
	enum { FILES = 4, HEADER = 31, SIZE = 4 << 20 };
	uint32_t sums[FILES] = {0}, directory;
	struct bytes zip = {0};
	char *zeros = calloc(1, SIZE);
	/* From the last to the first: the sum of a file depends on the headers behind its own. */
	for (int first = FILES - 1; first >= -1; first--) {
		zip.size = 0;
		for (int i = 0; i < FILES; i++)
			zip_header(&zip, false, (char[]){(char)('0' + i), 0}, sums[i], SIZE, SIZE, 0);
		append(&zip, zeros, SIZE);
		if (first >= 0)
			sums[first] = crc32_of(zip.at + (first + 1) * HEADER, SIZE);
	}
	directory = (uint32_t)zip.size;
	for (int i = 0; i < FILES; i++)
		zip_header(&zip, true, (char[]){(char)('0' + i), 0}, sums[i], SIZE, SIZE, (uint32_t)i * HEADER);
	zip_end(&zip, directory, FILES);
	save("overlap.zip", &zip);
	free(zeros);
	expect_refused("overlap.zip", "overlap.zip: unpacks to more than 10240 KiB");
}

Test(intake, does_not_believe_sizes)
{
	static const uint32_t lies[] = {0, 3, 8, 100, 1u << 30, 0xfffffffe};
	struct intake_report report;
	for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
		for (int where = 0; where < 3; where++) {
			struct bytes zip = {0};
			uint32_t sum = crc32_of((const unsigned char *)"int x;\n", 7), lie = lies[i], directory;
			zip_header(&zip, false, "x.c", sum, where == 2 ? lie : 7, where != 1 ? lie : 7, 0);
			append(&zip, "int x;\n", 7);
			directory = (uint32_t)zip.size;
			zip_header(&zip, true, "x.c", sum, where == 2 ? lie : 7, where != 0 ? lie : 7, 0);
			zip_end(&zip, directory, 1);
			save("lie.zip", &zip);
			if (unpack("lie.zip", &report) == INTAKE_OK)
				cr_expect(le(sz, report.bytes, 7), "%u in header %d", lies[i], where);
			remove("box/target/x.c");
			intake_report_clear(&report);
		}
		struct bytes tar = {0};
		tar_header(&tar, "x.c", '0', lies[i], NULL);
		tar_data(&tar, "int x;\n", 7);
		tar_end(&tar);
		save("lie.tar", &tar);
		if (unpack("lie.tar", &report) == INTAKE_OK)
			cr_expect(le(sz, report.bytes, 1024 + 512));
		intake_report_clear(&report);
		remove("box/target/x.c");
	}
}

Test(intake, takes_as_much_as_the_limit)
{
	struct intake_limits limits = intake_limits;
	struct intake_report report;
	struct error error;
	limits.bytes = 14;
	BUILD("a.tgz", "pax", "gzip", PLAIN("a.c"), PLAIN("b.c"));
	cr_expect(eq(int, intake_unpack("a.tgz", "box/target", &limits, &report, &error), INTAKE_OK));
	cr_expect(eq(sz, report.bytes, 14));
	intake_report_clear(&report);
	limits.bytes = 13;
	cr_expect(eq(int, intake_unpack("a.tgz", "box/target", &limits, &report, &error), INTAKE_REFUSED));
	intake_report_clear(&report);
}

Test(intake, fills_no_holes)
{
	struct bytes tar = {0};
	pax_header(&tar, 'x', "GNU.sparse.realsize", "1099511627776"); /* 1 TiB, of which nothing is there */
	pax_header(&tar, 'x', "GNU.sparse.map", "1099511627776,0");
	tar_file(&tar, "hole", "");
	tar_end(&tar);
	save("sparse.tar", &tar);
	struct intake_report report;
	enum intake_state state = unpack("sparse.tar", &report);
	cr_expect(state == INTAKE_REFUSED || report.bytes == 0);
	intake_report_clear(&report);
	pax_header(&tar, 'x', "size", "99999999999999999999");
	tar_file(&tar, "large", "");
	tar_end(&tar);
	save("size.tar", &tar);
	cr_expect(eq(int, unpack("size.tar", &report), INTAKE_REFUSED));
	intake_report_clear(&report);
}

Test(intake, believes_no_pax_path)
{
	static const char *const keys[] = {"path", "GNU.sparse.name", "SCHILY.realpath"};
	struct intake_report report;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		struct bytes tar = {0};
		pax_header(&tar, 'x', keys[i], "../evil");
		tar_file(&tar, "good.c", "int x;\n");
		tar_end(&tar);
		save("pax.tar", &tar);
		enum intake_state state = unpack("pax.tar", &report);
		cr_expect(state == INTAKE_REFUSED || access("box/target/good.c", F_OK) == 0, "%s", keys[i]);
		cr_expect(i > 0 || state == INTAKE_REFUSED);
		remove("box/target/good.c");
		intake_report_clear(&report);
	}
	struct bytes tar = {0};
	pax_header(&tar, 'x', "linkpath", "/etc/passwd");
	tar_header(&tar, "l", '2', 0, "x");
	tar_file(&tar, "l/evil", "");
	tar_end(&tar);
	save("linkpath.tar", &tar);
	expect_refused("linkpath.tar", "l/evil lies below l, which is a symbolic link");
	for (int i = 0; i < 200; i++)
		pax_header(&tar, 'x', "comment", "again");
	tar_file(&tar, "x.c", "");
	tar_end(&tar);
	save("headers.tar", &tar);
	if (unpack("headers.tar", &report) == INTAKE_OK)
		cr_expect(eq(sz, report.files, 1));
	intake_report_clear(&report);
}

/* ---- broken ---------------------------------------------------------------------------------- */

Test(intake, says_what_is_no_archive)
{
	static const struct {
		const char *bytes;
		size_t size;
		const char *problem;
	} files[] = {
	    {"", 0, "is not an archive: neither zip nor tar.gz nor tar"},
	    {"int main(void) { return 0; }\n", 29, "is not an archive: neither zip nor tar.gz nor tar"},
	    {"7z\xbc\xaf\x27\x1c\0\4", 8, "is a 7z archive; hand in a zip or a tar.gz"},
	    {"Rar!\x1a\7\1\0", 8, "is a rar archive; hand in a zip or a tar.gz"},
	    {"\xfd"
	     "7zXZ\0\0",
	     7, "is compressed with xz; hand in a zip or a tar.gz"},
	    {"BZh91AY", 7, "is compressed with bzip2; hand in a zip or a tar.gz"},
	    {"\x28\xb5\x2f\xfd\4", 5, "is compressed with zstd; hand in a zip or a tar.gz"},
	    {"PK\3\4", 4, "is damaged or incomplete"},
	    {"\x1f\x8b\x08", 3, "is damaged or incomplete"},
	};
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		put_bytes("x.zip", files[i].bytes, files[i].size);
		expect_refused("x.zip", files[i].problem);
	}
	struct bytes packed = {0};
	append_gzip(&packed, "int x;\n", 7);
	save("x.c.gz", &packed);
	expect_refused("x.c.gz", "is damaged or incomplete (Unrecognized archive format)");
	make("folder.zip");
	expect_refused("folder.zip", "folder.zip: is a folder, not a file");
	cr_assert(mkfifo("fifo.zip", 0644) == 0);
	expect_refused("fifo.zip", "is a FIFO, not a file");
	BUILD("real.zip", "zip", NULL, PLAIN("x.c"));
	cr_assert(symlink("real.zip", "link.zip") == 0);
	expect_refused("link.zip", "is a symbolic link, not a file");
}

Test(intake, says_that_it_is_empty)
{
	BUILD("a.tar", "ustar", NULL, {"./", FOLDER_ENTRY, NULL, 0});
	expect_refused("a.tar", "a.tar: is empty");
	put_bytes("b.zip", "PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 22);
	expect_refused("b.zip", "b.zip: is empty");
	struct bytes tar = {0};
	tar_end(&tar);
	struct bytes packed = {0};
	append_gzip(&packed, tar.at, tar.size);
	save("c.tgz", &packed);
	expect_refused("c.tgz", "c.tgz: is empty");
	save("d.tar", &tar);
	expect_refused("d.tar", "d.tar: is empty");
}

/* Cut anywhere, an archive is refused, or what it gives is what was packed. */
Test(intake, is_not_content_with_a_part)
{
	static const char *const formats[][2] = {{"zip", NULL}, {"ustar", NULL}, {"pax", "gzip"}};
	for (size_t f = 0; f < sizeof formats / sizeof *formats; f++) {
		struct intake_report report;
		size_t size, taken = 0;
		BUILD("whole", formats[f][0], formats[f][1], PLAIN("a.c"), {"b.c", FILE_ENTRY, "int second;\n", 0});
		char *bytes = get("whole", &size);
		for (size_t cut = 0; cut<size; cut += size> 2000 ? 64 : 1) {
			put_bytes("part", bytes, cut);
			if (unpack("part", &report) == INTAKE_OK) {
				cr_assert(eq(sz, report.files, 2), "%s cut at %zu of %zu", formats[f][0], cut, size);
				expect_text("box/target/b.c", "int second;\n");
				cr_assert(unlink("box/target/a.c") == 0 && unlink("box/target/b.c") == 0);
				taken++;
			}
			intake_report_clear(&report);
		}
		cr_expect(f == 1 || taken == 0, "only of a tar the zeros at the end may be missing");
		free(bytes);
	}
}

Test(intake, says_that_it_is_encrypted)
{
	struct archive *archive = archive_write_new();
	archive_write_set_format_zip(archive);
	cr_assert(eq(int, archive_write_set_options(archive, "zip:encryption=zipcrypt"), ARCHIVE_OK));
	cr_assert(eq(int, archive_write_set_passphrase(archive, "secret"), ARCHIVE_OK));
	cr_assert(eq(int, archive_write_open_filename(archive, "locked.zip"), ARCHIVE_OK));
	add(archive, &(struct spec)PLAIN("pipe_ring.c"));
	end(archive);
	expect_refused("locked.zip", "locked.zip: is encrypted; hand it in without a password");
}

/* ---- at random ------------------------------------------------------------------------------- */

static uint32_t next_random(uint64_t *state, uint32_t below)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33) % below;
}

static void mutate(unsigned char *bytes, size_t *size, uint64_t *state)
{
	static const unsigned char interesting[] = {0, 1, 0x7f, 0x80, 0xff, '/', '.', '\\', '0', '5', 'x', 'L'};
	for (uint32_t i = 1 + next_random(state, 8); i > 0; i--) {
		uint32_t at = next_random(state, (uint32_t)*size), from;
		switch (next_random(state, 5)) {
		case 0:
			bytes[at] ^= (unsigned char)(1u << next_random(state, 8));
			break;
		case 1:
			bytes[at] = interesting[next_random(state, sizeof interesting)];
			break;
		case 2:
			bytes[at] = (unsigned char)next_random(state, 256);
			break;
		case 3: /* a piece to another place */
			from = next_random(state, (uint32_t)*size);
			size_t room = *size - (at > from ? at : from);
			memmove(bytes + at, bytes + from, room < 16 ? room : 16);
			break;
		case 4:
			if (next_random(state, 4) == 0 && *size > 64)
				*size -= next_random(state, 32);
			break;
		}
	}
}

/* Whatever the bytes are: a verdict, nothing outside, nothing over the limits. FUZZ=N in the environment gives other
 * and more of them. */
Test(wreckage, is_survived, .init = enter_folder, .fini = leave_folder, .timeout = 120)
{
	static const char *const formats[][2] = {
	    {"zip", NULL}, {"ustar", NULL}, {"pax", "gzip"}, {"gnutar", NULL}, {"pax", NULL}};
	const char *wish = getenv("FUZZ");
	unsigned long rounds = wish ? strtoul(wish, NULL, 10) : 300, taken = 0, refused = 0;
	uint64_t state = rounds;
	for (size_t f = 0; f < sizeof formats / sizeof *formats; f++) {
		size_t size;
		BUILD("whole", formats[f][0], formats[f][1], PLAIN("hw/pipe_ring.c"),
		      {"hw/link", LINK_ENTRY, "../../outside", 0}, {"hw/n\xc3\xb6te.txt", FILE_ENTRY, "two words", 0},
		      {"hw/sub", FOLDER_ENTRY, NULL, 0}, PLAIN("hw/sub/x.h"));
		char *whole = get("whole", &size);
		unsigned char *bytes = malloc(size);
		for (unsigned long round = 0; round < rounds; round++) {
			struct intake_report report;
			size_t left = size;
			memcpy(bytes, whole, size);
			mutate(bytes, &left, &state);
			put_bytes("damaged", bytes, left);
			if (unpack("damaged", &report) == INTAKE_OK) {
				taken++;
				cr_assert(le(sz, report.bytes, intake_limits.bytes));
				cr_assert(eq(u32, seen.files, (unsigned)report.files));
			} else {
				refused++;
				cr_assert(eq(u32, seen.files, 0));
			}
			intake_report_clear(&report);
			empty_target();
		}
		free(bytes);
		free(whole);
	}
	if (wish)
		fprintf(stderr, "%lu taken, %lu refused\n", taken, refused);
	cr_expect(gt(u64, taken, 0), "some damage does not matter");
	cr_expect(gt(u64, refused, 0), "some does");
}

/* ---- submissions ----------------------------------------------------------------------------- */

static struct intake open_submission(const char *path)
{
	struct intake intake;
	struct error error = {0};
	cr_assert(eq(int, intake_open(path, "scratch", &intake, &error), 0), "%s", error.text);
	return intake;
}

Test(intake, takes_a_folder_as_it_is)
{
	make("ada");
	put("ada/pipe_ring.c", "int x;\n");
	BUILD("ada/old.zip", "zip", NULL, PLAIN("pipe_ring.c"));
	struct intake intake = open_submission("ada");
	cr_expect(eq(str, intake.name, "ada"));
	cr_expect(eq(str, intake.folder, "ada"));
	cr_expect(intake.problem == NULL && intake.scratch == NULL);
	intake_close(&intake, false);
	cr_expect(access("ada/old.zip", F_OK) == 0);
}

Test(intake, takes_an_archive_and_removes_what_it_made)
{
	BUILD("ben.tar.gz", "pax", "gzip", PLAIN("hw/pipe_ring.c"), {"hw/l", LINK_ENTRY, "x", 0});
	struct intake intake = open_submission("./ben.tar.gz");
	cr_expect(eq(str, intake.name, "ben"));
	cr_expect(eq(str, intake.folder, "scratch/hw"));
	cr_expect(intake.problem == NULL);
	cr_expect(eq(sz, intake.remarks.count, 1));
	expect_text("scratch/hw/pipe_ring.c", "int x;\n");
	struct source *source = source_find(".", intake.folder, "pipe_ring");
	cr_expect(eq(int, source->state, SOURCE_OK));
	source_free(source);
	intake_close(&intake, false);
	cr_expect(access("scratch", F_OK) != 0);
	cr_expect(access("ben.tar.gz", F_OK) == 0);
}

Test(intake, takes_the_only_archive_in_a_folder)
{
	make("Ada_123_assignsubmission_file");
	BUILD("Ada_123_assignsubmission_file/work.zip", "zip", NULL, PLAIN("pipe_ring.c"));
	put("Ada_123_assignsubmission_file/onlinetext.html", "<p>here it is</p>");
	struct intake intake = open_submission("Ada_123_assignsubmission_file");
	cr_expect(eq(str, intake.name, "Ada_123_assignsubmission_file"));
	cr_expect(eq(str, intake.folder, "scratch"));
	intake_close(&intake, false);
	BUILD("Ada_123_assignsubmission_file/other.zip", "zip", NULL, PLAIN("thread_pool.c"));
	intake = open_submission("Ada_123_assignsubmission_file");
	cr_expect(eq(str, intake.folder, "scratch"));
	expect_text("scratch/1-other/thread_pool.c", "int x;\n");
	expect_text("scratch/2-work/pipe_ring.c", "int x;\n");
	intake_close(&intake, false);
}

static void set_time(const char *path, time_t seconds)
{
	struct timespec times[2] = {{seconds, 0}, {seconds, 0}};
	cr_assert(utimensat(AT_FDCWD, path, times, 0) == 0);
}

Test(intake, takes_the_latest_of_archives_that_are_called_alike)
{
	make("ada");
	BUILD("ada/hw.zip", "zip", NULL, PLAIN("pipe_ring.c"));
	BUILD("ada/hw (1).zip", "zip", NULL, PLAIN("race_fix.c"));
	set_time("ada/hw.zip", 1000);
	set_time("ada/hw (1).zip", 2000);
	struct intake intake = open_submission("ada");
	expect_text("scratch/race_fix.c", "int x;\n");
	cr_expect(access("scratch/pipe_ring.c", F_OK) != 0);
	cr_assert(eq(sz, intake.remarks.count, 1));
	cr_expect(eq(str, intake.remarks.item[0], "hw.zip is not graded: hw (1).zip is later"));
	cr_expect(eq(i64, intake.time, 2000));
	intake_close(&intake, false);
	set_time("ada/hw.zip", 2001);
	intake = open_submission("ada"); /* nobody can tell: both */
	expect_text("scratch/1-hw/race_fix.c", "int x;\n");
	expect_text("scratch/2-hw/pipe_ring.c", "int x;\n");
	intake_close(&intake, false);
}

/* An archive's own time is that of its upload; what students' clocks say in it is not. */
Test(intake, gives_files_the_time_of_the_archive)
{
	struct stat status;
	BUILD("inner.zip", "zip", NULL, PLAIN("pipe_ring.c"));
	char bytes[4096];
	FILE *file = fopen("inner.zip", "r");
	size_t size = fread(bytes, 1, sizeof bytes, file);
	fclose(file);
	make("ada");
	make("ada/abgabe");
	file = fopen("ada/abgabe/outer.zip", "w");
	fwrite(bytes, 1, size, file);
	fclose(file);
	set_time("ada/abgabe/outer.zip", 1790000000);
	struct intake intake = open_submission("ada");
	cr_assert(stat("scratch/pipe_ring.c", &status) == 0);
	cr_expect(eq(i64, status.st_mtim.tv_sec, 1790000000));
	cr_expect(eq(i64, intake.time, 1790000000));
	intake_close(&intake, false);
}

Test(intake, says_what_is_wrong_with_a_submission)
{
	zip_of("eva.zip", "../evil", "");
	struct intake intake = open_submission("eva.zip");
	cr_expect(eq(str, intake.problem, "eva.zip: ../evil leads outside the archive by \"..\""));
	intake_close(&intake, false);
	cr_expect(access("scratch", F_OK) != 0);
	make("mallory");
	BUILD("other.zip", "zip", NULL, PLAIN("pipe_ring.c"));
	cr_assert(symlink("../other.zip", "mallory/mine.zip") == 0);
	intake = open_submission("mallory");
	cr_expect(intake.scratch == NULL, "a link to somebody else's archive is none");
	intake_close(&intake, false);
	expect_untouched();
}

Test(intake, knows_archives_from_documents)
{
	BUILD("report.docx", "zip", NULL, PLAIN("word/document.xml"));
	BUILD("nameless", "zip", NULL, PLAIN("x.c"));
	put("broken.zip", "oops");
	put("roster.csv", "ada,ben\n");
	make("folder.zip");
	cr_expect(not(intake_is_archive("report.docx")));
	cr_expect(intake_is_archive("nameless"));
	cr_expect(intake_is_archive("broken.zip"));
	cr_expect(intake_is_archive("./broken.zip"));
	cr_expect(not(intake_is_archive("roster.csv")));
	cr_expect(not(intake_is_archive("folder.zip")));
	cr_expect(not(intake_is_archive("nowhere.zip")));
}

/* ---- a file that is no plain file ------------------------------------------------------------ */

static void expect_rejected(const char *problem)
{
	struct source *source = source_find(".", "sub", "pipe_ring");
	cr_expect(eq(int, source->state, SOURCE_REJECTED));
	cr_assert(source->problem != NULL);
	cr_expect(eq(str, source->problem, (char *)problem));
	source_free(source);
}

Test(source_file, is_refused_unless_it_is_a_plain_file)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "sub/pipe_ring.c"};
	make("sub");
	make("sub/pipe_ring.c");
	expect_rejected("pipe_ring.c is a folder, not a file");
	cr_assert(rmdir("sub/pipe_ring.c") == 0 && mkfifo("sub/pipe_ring.c", 0644) == 0);
	expect_rejected("pipe_ring.c is a FIFO, not a file");
	cr_assert(unlink("sub/pipe_ring.c") == 0 && symlink("../canary", "sub/pipe_ring.c") == 0);
	expect_rejected("pipe_ring.c is a symbolic link, not a file");
	cr_assert(unlink("sub/pipe_ring.c") == 0 && symlink("/dev/zero", "sub/pipe_ring.c") == 0);
	expect_rejected("pipe_ring.c is a symbolic link, not a file");
	cr_assert(unlink("sub/pipe_ring.c") == 0);
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	cr_assert(bind(listener, (struct sockaddr *)&address, sizeof address) == 0);
	expect_rejected("pipe_ring.c is a socket, not a file");
	close(listener);
}

Test(source_file, may_be_a_hard_link_of_its_owner)
{
	make("sub");
	put("original.c", "int x;\n");
	cr_assert(link("original.c", "sub/pipe_ring.c") == 0);
	struct source *source = source_find(".", "sub", "pipe_ring");
	cr_expect(eq(int, source->state, SOURCE_OK), "%s", source->problem);
	source_free(source);
}

Test(source_file, is_refused_when_it_is_a_hard_link_to_a_foreign_file)
{
	if (geteuid() != 0)
		cr_skip_test("only root can give a file away");
	make("sub");
	put("secret.c", "int secret;\n");
	cr_assert(link("secret.c", "sub/pipe_ring.c") == 0);
	cr_assert(chown("sub", 60001, 60001) == 0);
	expect_rejected("pipe_ring.c is a hard link to somebody else's file; hand in a copy");
	cr_assert(unlink("secret.c") == 0); /* a file of one name is the folder's, whoever owns it */
	struct source *source = source_find(".", "sub", "pipe_ring");
	cr_expect(eq(int, source->state, SOURCE_OK), "%s", source->problem);
	source_free(source);
}
