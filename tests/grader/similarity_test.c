/* similarity_test.c - tokens, the measure with the real sim_c in the cage, the page, what other programs read. */
#include "kit_tree.h"
#include "sample.h"

#include "../../grader/class/archive.h"
#include "../../grader/course/mutant.h"
#include "../../grader/memory.h"
#include "../../grader/similarity/similarity.h"
#include "../../grader/similarity/tokens.h"

#include <dirent.h>
#include <libxml/HTMLparser.h>
#include <libxml/xpath.h>
#include <stdio.h>

enum { MOST = 64 };

struct fixture {
	struct kit *kit;
	struct cage *cage;
	struct queue *queue;
	char folder[64];
	struct similar_work work[MOST];
	char *owned[MOST];
	size_t count;
	struct similarity *result;
};

static struct fixture fixture;

static void begin(void)
{
	struct error error = {0};
	strcpy(fixture.folder, "/tmp/similarity_test.XXXXXX");
	cr_assert(mkdtemp(fixture.folder) != NULL);
	cr_assert(chmod(fixture.folder, 0755) == 0);
	char *build = format("%s/build", fixture.folder);
	cr_assert(setenv("KIT_BUILD", build, 1) == 0);
	fixture.kit = kit_open(".", NULL, &error);
	cr_assert(fixture.kit != NULL, "%s", error.text);
	cr_assert(folder_make(build, &error) == 0);
	fixture.cage = cage_open("build/inside", build, &error);
	cr_assert(fixture.cage != NULL, "%s", error.text);
	fixture.queue = queue_new(1, -1, fixture.cage);
	free(build);
}

static void end(void)
{
	similarity_free(fixture.result);
	for (size_t i = 0; i < fixture.count; i++)
		free(fixture.owned[i]);
	queue_free(fixture.queue);
	cage_close(fixture.cage);
	kit_free(fixture.kit);
	folder_remove(fixture.folder);
}

/* One limit for all, see gradebook_test.c. */
TestSuite(tokens, .timeout = 60);
TestSuite(similarity, .init = begin, .fini = end, .timeout = 60);

/* ---- tokens ----------------------------------------------------------------------------------- */

static void expect_tokens(const char *text, const char *expected)
{
	size_t count;
	struct similar_token *token = tokens_read(text, &count);
	char all[4096] = "";
	for (size_t i = 0; i < count; i++) {
		strcat(all, i ? " " : "");
		strcat(all, token_text(&token[i]));
	}
	cr_expect(eq(str, all, (char *)expected), "%s", text);
	free(token);
}

Test(tokens, what_a_disguise_changes_is_left_out)
{
	static const char *const alike[] = {
	    "static int sum(int a, const int b)\n{\n\treturn a + b; // both\n}\n",
	    "#include <stdio.h>\nint /* a */ q(int left,int right){return 0x1F + 'c';}",
	    "#  include \"a.h\"\nextern int \xc3\xbc(int a, int b) { return 1.5e-3 + b_\\\n ; }",
	};
	for (size_t i = 0; i < sizeof alike / sizeof *alike; i++)
		expect_tokens(alike[i], "int x ( int x , int x ) { return x + x }");
	expect_tokens("a->b += \"x\\\"y\" ... ;", "x - > x + = \"s\" . . .");
	expect_tokens("#define A 1\n", "# x x x");
	expect_tokens(".5 + 0xe+1 + 1.e+5", "x + x + x");
	expect_tokens("re\\\nturn /\\ \n* gone */ a<:0:>;", "return x < : x : >");
	expect_tokens("%:inc\\\r\nlude <a.h> /* two\nlines */ \\\n.\nint", "int");
}

Test(tokens, ends_that_are_missing_end_with_the_text)
{
	expect_tokens("", "");
	expect_tokens("/* never", "");
	expect_tokens("x /", "x /");
	expect_tokens("\"never\ny", "\"s\" x");
	expect_tokens("'\\", "x");
	expect_tokens("\"\\", "\"s\"");
	expect_tokens("// end\\\n still\ny", "x");
	expect_tokens("#include", "");
	expect_tokens("\x01\xff`@", "x");
	expect_tokens("1e+", "x");
}

Test(tokens, places_are_those_of_the_text)
{
	static const char text[] = "/* a\n */ int\nmain /*\n*/ (\"s\ns\\\nt\\\n u";
	size_t count;
	struct similar_token *token = tokens_read(text, &count);
	cr_assert(eq(sz, count, 6));
	static const unsigned line[] = {2, 3, 4, 4, 5, 7};
	for (size_t i = 0; i < count; i++)
		cr_expect(eq(u32, token[i].line, line[i]), "token %zu", i);
	cr_expect(eq(int, strncmp(text + token[1].begin, "main", token[1].end - token[1].begin), 0));
	cr_expect(eq(int, strncmp(text + token[4].begin, "s\\\nt", token[4].end - token[4].begin), 0));
	cr_expect(eq(u32, token[4].end - token[4].begin, 4));
	free(token);
}

Test(tokens, what_is_spelt_as_in_the_skeleton_is_not_ones_own)
{
	size_t base_count, count, own = 0;
	struct similar_token *base = tokens_read("int ring(int n) { return n; }", &base_count);
	struct similar_token *token = tokens_read("int x; int\nring(int n) { mine(); return n ; }", &count);
	tokens_disown(token, count, base, base_count);
	for (size_t i = 0; i < count; i++)
		own += token[i].own;
	cr_expect(eq(sz, count, 15));
	cr_expect(eq(sz, own, 8), "int x, mine(), and four tokens are too few"); /* return n } is a row of 3 */
	tokens_disown(token, 2, base, base_count);
	tokens_disown(token, count, base, 2);
	free(token);
	free(base);
}

Test(tokens, what_is_there_again_and_again_is_short)
{
	char text[4096 * 8 + 1] = "", *at = text;
	for (int i = 0; i < 4096; i++)
		at += sprintf(at, i % 512 ? "x(1);{}\n" : "if(a+1)\n");
	size_t count;
	struct similar_token *token = tokens_read(text, &count);
	cr_expect(gt(sz, count, 20000));
	size_t left = tokens_thin(token, count);
	cr_expect(lt(sz, left, 2000));
	cr_expect(gt(sz, left, SIMILAR_RUN));
	cr_expect(eq(sz, tokens_thin(token, SIMILAR_RUN), SIMILAR_RUN));
	cr_expect(eq(sz, tokens_thin(token, 0), 0));
	free(token);
}

/* ---- a class ---------------------------------------------------------------------------------- */

static char *read_kit(const char *path)
{
	struct error error = {0};
	char *text = file_read(path, SOURCE_LIMIT, NULL, &error);
	cr_assert(text != NULL, "%s", error.text);
	return text;
}

static void hand_in_for(const char *student, const char *assignment, size_t submission, const char *text)
{
	struct error error = {0};
	size_t i = fixture.count++;
	cr_assert(i < MOST);
	fixture.owned[i] = format("%s/%zu", fixture.folder, submission);
	char *path = format("%s/%s.c", fixture.owned[i], assignment);
	cr_assert(folder_make(fixture.owned[i], &error) == 0);
	if (text)
		cr_assert(file_write(path, text, strlen(text), &error) == 0, "%s", error.text);
	fixture.work[i] = (struct similar_work){.student = student,
	                                        .assignment = course_find(fixture.kit->course, assignment),
	                                        .folder = fixture.owned[i],
	                                        .submission = submission,
	                                        .handed_in = 86400};
	free(path);
}

static void hand_in(const char *student, const char *text)
{
	hand_in_for(student, "thread_pool", fixture.count, text);
}

static void hand_in_file(const char *student, const char *path)
{
	char *text = read_kit(path);
	hand_in(student, text);
	free(text);
}

static void compare(int percent)
{
	struct error error = {0};
	if (!similarity_there())
		cr_skip_test("sim_c is not installed");
	fixture.result = similarity_find(fixture.kit, fixture.queue, fixture.work, fixture.count, percent, &error);
	cr_assert(fixture.result != NULL, "%s", error.text);
}

static const struct similar_file *file_of(const char *student)
{
	for (size_t i = 0; i < fixture.result->file_count; i++)
		for (size_t j = 0; j < fixture.result->file[i].student_count; j++)
			if (strcmp(fixture.result->file[i].student[j], student) == 0)
				return &fixture.result->file[i];
	cr_fatal("%s is not there", student);
}

/* The percent of two students; -1: they are no pair. */
static int percent_of(const char *a, const char *b)
{
	ptrdiff_t x = file_of(a) - fixture.result->file, y = file_of(b) - fixture.result->file;
	for (size_t i = 0; i < fixture.result->pair_count; i++) {
		const struct similar_pair *pair = &fixture.result->pair[i];
		if ((pair->a == (size_t)x && pair->b == (size_t)y) || (pair->a == (size_t)y && pair->b == (size_t)x))
			return pair->percent;
	}
	return -1;
}

static char *page(void)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	cr_assert(out != NULL);
	similarity_page(out, fixture.result, fixture.kit->course);
	cr_assert(fclose(out) == 0);
	return text;
}

#define REFERENCE "solutions/thread_pool/thread_pool.c"
#define OTHER "solutions/thread_pool/alternatives/semaphores.c"
#define SKELETON "assignments/thread_pool/thread_pool.c"

/* Where a function ends, about in the middle. */
static size_t middle_of(const char *text, const struct similar_token *token, size_t count)
{
	int depth = 0;
	for (size_t i = 0; i < count; i++) {
		depth += text[token[i].begin] == '{';
		depth -= text[token[i].begin] == '}';
		if (depth == 0 && i > count / 2 && text[token[i].begin] == '}')
			return i + 1;
	}
	cr_fatal("no function ends in the second half");
}

/* All names are others, all comments are gone and there are new ones, each line is another one, const is everywhere,
 * and the second half of the functions comes first. */
static char *disguise(const char *text)
{
	size_t count, size;
	struct similar_token *token = tokens_read(text, &count);
	size_t middle = middle_of(text, token, count);
	char *copy = NULL;
	FILE *out = open_memstream(&copy, &size);
	cr_assert(out != NULL);
	for (size_t i = 0; i < count; i++) {
		const struct similar_token *one = &token[(i + middle) % count];
		if (strcmp(token_text(one), "x") == 0)
			fprintf(out, "const my_");
		fprintf(out, "%.*s%s", (int)(one->end - one->begin), text + one->begin, i % 7 ? " " : " /* int */\n\t");
	}
	fclose(out);
	free(token);
	return copy;
}

Test(similarity, a_disguised_copy_is_a_pair_and_another_design_is_none)
{
	char *original = read_kit(REFERENCE), *copy = disguise(original);
	hand_in("ada", original);
	hand_in("ben", copy);
	hand_in_file("chloe", OTHER);
	char *mutant = mutant_text(".", "thread_pool", "m01_if_instead_of_while", NULL);
	hand_in("deniz", mutant);
	compare(60);
	cr_expect(ge(int, percent_of("ada", "ben"), 95));
	cr_expect(ge(int, percent_of("ada", "deniz"), 90));
	cr_expect(eq(int, percent_of("ada", "chloe"), -1));
	cr_expect(eq(int, percent_of("ben", "chloe"), -1));
	cr_expect(lt(int, file_of("chloe")->highest, 60));
	cr_expect(ge(int, file_of("chloe")->highest, 0));
	cr_expect(eq(sz, fixture.result->pairs, 3));
	cr_expect(eq(sz, fixture.result->submissions, 4));
	cr_expect(eq(sz, fixture.result->incomplete.count, 0));
	free(mutant);
	free(original);
	free(copy);
}

Test(similarity, the_page_of_many_pairs_stays_small)
{
	static char student[40][8];
	char *original = read_kit(REFERENCE);
	for (int i = 0; i < 40; i++) {
		snprintf(student[i], sizeof student[i], "s%d", i);
		char *copy = format("%s\nint own_%d = %d;\n", original, i, i);
		hand_in(student[i], copy);
		free(copy);
	}
	compare(60);
	cr_expect(eq(sz, fixture.result->pair_count, 40 * 39 / 2));
	char *text = page();
	cr_expect(lt(sz, strlen(text), 4000000));
	cr_expect(gt(sz, strlen(text), 3000000), "as many side by side as there is room for");
	cr_expect(ne(ptr, strstr(text, " of them open side by side; the others do not"), NULL));
	cr_expect(ne(ptr, strstr(text, "<div class=\"pair\"><div>"), NULL), "the others are listed");
	free(text);
	free(original);
}

Test(similarity, runs_are_equal_tokens_on_both_sides)
{
	char *original = read_kit(REFERENCE), *copy = disguise(original);
	hand_in("ada", original);
	hand_in("ben", copy);
	compare(1);
	cr_assert(eq(sz, fixture.result->pair_count, 1));
	const struct similar_pair *pair = &fixture.result->pair[0];
	const struct similar_file *a = &fixture.result->file[pair->a], *b = &fixture.result->file[pair->b];
	cr_assert(gt(sz, pair->run_count, 0));
	for (size_t r = 0; r < pair->run_count; r++) {
		const struct similar_run *run = &pair->run[r];
		size_t length = run->last[0] - run->first[0] + 1;
		cr_expect(ge(sz, length, SIMILAR_RUN));
		cr_assert(eq(sz, run->last[1] - run->first[1] + 1, length));
		cr_assert(lt(sz, run->last[0], a->token_count));
		cr_assert(lt(sz, run->last[1], b->token_count));
		for (size_t i = 0; i < length; i++)
			cr_assert(eq(int, a->token[run->first[0] + i].sort, b->token[run->first[1] + i].sort));
	}
	free(original);
	free(copy);
}

Test(similarity, unedited_skeletons_are_no_pair)
{
	char *skeleton = read_kit(SKELETON), *longer = format("%s\n/* nothing yet */\n", skeleton);
	hand_in("ada", skeleton);
	hand_in("ben", skeleton);
	hand_in("chloe", longer);
	hand_in_file("deniz", REFERENCE);
	compare(1);
	cr_expect(eq(sz, fixture.result->pair_count, 0));
	cr_expect(eq(sz, fixture.result->untouched, 2));
	cr_expect(eq(sz, fixture.result->small, 1));
	cr_expect(eq(sz, fixture.result->submissions, 1));
	free(longer);
	free(skeleton);
}

Test(similarity, the_skeleton_with_other_names_is_not_ones_own)
{
	char *skeleton = read_kit("assignments/race_fix/race_fix.c"), *at = skeleton;
	while ((at = strstr(at, "balance")))
		memcpy(at, "geldtop", 7);
	hand_in_for("ada", "race_fix", 0, skeleton);
	compare(1);
	cr_expect(lt(sz, file_of("ada")->own, file_of("ada")->token_count / 10));
	free(skeleton);
}

Test(similarity, equal_files_are_one_row_of_all_their_pairs)
{
	for (int i = 0; i < 3; i++)
		hand_in_file(i == 0 ? "ada" : i == 1 ? "ben" : "chloe", REFERENCE);
	char *tiny = format("%s", "int only_this;\n");
	hand_in("deniz", tiny);
	hand_in("eva", tiny);
	compare(100);
	cr_expect(eq(sz, fixture.result->pair_count, 2));
	cr_expect(eq(sz, fixture.result->pairs, 4));
	cr_expect(eq(int, percent_of("ada", "chloe"), 100));
	cr_expect(eq(int, percent_of("deniz", "eva"), 100));
	free(tiny);
}

static void hand_in_earlier(const char *student, const char *text)
{
	hand_in(student, text);
	fixture.work[fixture.count - 1].earlier = true;
}

Test(similarity, earlier_years_are_compared_with_this_one_only)
{
	char *original = read_kit(REFERENCE), *copy = disguise(original);
	char *mutant = mutant_text(".", "thread_pool", "m01_if_instead_of_while", NULL);
	hand_in("ada", original);
	hand_in_earlier("2024: yan", original);
	hand_in_earlier("2024: zed", original);
	hand_in_earlier("2025: ben", copy);
	hand_in_earlier("2025: kim", mutant);
	compare(60);
	cr_expect(eq(sz, fixture.result->pair_count, 3), "equal files, and that one with ben and with kim");
	cr_expect(eq(sz, fixture.result->pairs, 4), "ada with each of the four");
	cr_expect(ge(int, percent_of("ada", "2025: ben"), 95));
	cr_expect(eq(int, percent_of("2025: ben", "2025: kim"), -1));
	cr_expect(eq(sz, fixture.result->submissions, 1));
	cr_expect(eq(sz, fixture.result->earlier, 4));
	free(mutant);
	free(original);
	free(copy);
}

static void put_file(const char *folder, const char *name)
{
	struct error error = {0};
	char *whole = format("%s/%s", fixture.folder, folder), *path = format("%s/%s", whole, name);
	cr_assert(folder_make(whole, &error) == 0);
	if (*name)
		cr_assert(file_write(path, "int x;\n", 7, &error) == 0, "%s", error.text);
	free(path);
	free(whole);
}

Test(similarity, an_archive_has_a_class_in_each_folder)
{
	struct archive archive = {0};
	struct error error = {0};
	const struct string_list names = {(char *[]){"thread_pool"}, 1};
	char *folder = format("%s/archive", fixture.folder);
	cr_expect(eq(int, archive_check(folder, &error), -1));
	put_file("archive", "readme.txt");
	cr_expect(eq(int, archive_check(folder, &error), -1));
	put_file("archive/2025", "zed_thread_pool.c");
	put_file("archive/2025", "zed_pipe_ring.c");
	put_file("archive/2024/Ada Lovelace_7_assignsubmission_file", "thread_pool.c");
	put_file("archive/notes", "");
	put_file("archive/.git", "zoe_thread_pool.c");
	cr_expect(eq(int, archive_check(folder, &error), 0));
	cr_assert(archive_open(fixture.kit, fixture.queue, folder, &names, &archive, &error) == 0, "%s", error.text);
	cr_assert(eq(sz, archive.count, 3));
	cr_assert(archive.year[0].roll.count == 1 && archive.year[1].roll.count == 1, "only thread_pool");
	cr_expect(eq(str, archive.year[0].student[0], "2024: Ada Lovelace"));
	cr_expect(eq(str, archive.year[1].student[0], "2025: zed"));
	cr_assert(eq(sz, archive.notes.count, 1));
	cr_expect(ne(ptr, strstr(archive.notes.item[0], "notes of the archive was not compared: "), NULL));
	archive_close(fixture.kit, &archive);
	free(folder);
}

Test(similarity, a_group_is_not_similar_to_itself)
{
	char *text = read_kit(REFERENCE);
	hand_in_for("ada", "thread_pool", 7, text);
	hand_in_for("ben", "thread_pool", 7, text);
	compare(1);
	cr_expect(eq(sz, fixture.result->pair_count, 0));
	cr_expect(eq(sz, fixture.result->submissions, 1));
	free(text);
}

/* Also where each member hands in a text of its own; others are compared with all of them. */
Test(similarity, members_of_a_group_are_never_compared)
{
	char *text = read_kit(REFERENCE), *own = format("/* mine */\n%s", text);
	hand_in("ada", text);
	hand_in("ben", own);
	hand_in("cleo", text);
	for (size_t i = 0; i < 3; i++)
		fixture.work[i].group = 4;
	hand_in("dan", own);
	compare(60);
	cr_assert(eq(sz, fixture.result->pair_count, 2));
	cr_expect(eq(sz, fixture.result->pairs, 3), "dan with each of the three");
	cr_expect(eq(sz, fixture.result->submissions, 4));
	free(own);
	free(text);
}

Test(similarity, assignments_are_not_compared_with_each_other)
{
	char *text = read_kit(REFERENCE);
	hand_in_for("ada", "thread_pool", 0, text);
	hand_in_for("ben", "pipe_ring", 1, text);
	compare(1);
	cr_expect(eq(sz, fixture.result->pair_count, 0));
	free(text);
}

Test(similarity, nobody_and_nothing)
{
	compare(60);
	cr_expect(eq(sz, fixture.result->pair_count, 0));
	char *text = page();
	cr_expect(strstr(text, "No two submissions are alike by 60 % or more.") != NULL);
	free(text);
	similarity_free(fixture.result);
	hand_in("ada", NULL);
	fixture.work[fixture.count++] =
	    (struct similar_work){.student = "ben", .assignment = fixture.work[0].assignment, .submission = 99};
	hand_in("chloe", "");
	hand_in_file("deniz", REFERENCE);
	compare(60);
	cr_expect(eq(sz, fixture.result->file_count, 1));
}

Test(similarity, more_files_than_go_into_one_start)
{
	char *text = read_kit(REFERENCE);
	for (size_t i = 0; i < 45; i++) {
		char *mine = format("%s\nint mine_%zu;\n", text, i);
		hand_in("student", mine);
		free(mine);
	}
	compare(90);
	cr_expect(eq(sz, fixture.result->file_count, 45));
	cr_expect(eq(sz, fixture.result->pair_count, 45 * 44 / 2));
	for (size_t i = 0; i < fixture.result->pair_count; i++)
		cr_assert(ge(int, fixture.result->pair[i].percent, 98));
	free(text);
}

Test(similarity, the_largest_files)
{
	char *text = malloc(SOURCE_LIMIT + 1);
	cr_assert(text != NULL);
	for (size_t i = 0; i < SOURCE_LIMIT; i++) /* the same again and again, and names that are not ASCII */
		text[i] = "x(1);{}\xc3\xbc\n+*"[i % 12];
	text[SOURCE_LIMIT] = '\0';
	hand_in("ada", text);
	text[SOURCE_LIMIT - 2] = 'y';
	text[SOURCE_LIMIT - 1] = 'y';
	hand_in("ben", text);
	unsigned random = 1;
	for (size_t i = 0; i < SOURCE_LIMIT; i++) /* nothing twice */
		text[i] = "x+(){}[]*&=<>!\n "[(random = random * 1103515245 + 12345) >> 28];
	hand_in("chloe", text);
	text[0] = text[0] == 'x' ? '+' : 'x';
	hand_in("deniz", text);
	hand_in_file("eva", REFERENCE);
	compare(60);
	cr_expect(eq(sz, fixture.result->incomplete.count, 0));
	cr_expect(ge(int, percent_of("chloe", "deniz"), 99));
	cr_expect(eq(int, percent_of("ada", "eva"), -1));
	cr_expect(eq(int, percent_of("chloe", "eva"), -1));
	free(text);
}

/* ---- when sim_c does not work ----------------------------------------------------------------- */

Test(similarity, without_a_cage_nothing_is_compared)
{
	struct error error = {0};
	hand_in_file("ada", REFERENCE);
	hand_in_file("ben", OTHER);
	struct queue *queue = queue_new(1, -1, NULL);
	fixture.result = similarity_find(fixture.kit, queue, fixture.work, fixture.count, 60, &error);
	cr_assert(fixture.result != NULL); /* few failures: named one by one */
	cr_expect(eq(sz, fixture.result->pair_count, 0));
	cr_expect(eq(sz, fixture.result->incomplete.count, 3));
	cr_expect(strstr(fixture.result->incomplete.item[2], "were not compared") != NULL);
	queue_free(queue);
}

Test(similarity, a_tool_that_always_fails_is_given_up)
{
	struct error error = {0};
	for (size_t i = 0; i < 60; i++) {
		char *mine = format("int mine_%zu;\n", i);
		hand_in("student", mine);
		free(mine);
	}
	struct queue *queue = queue_new(1, -1, NULL);
	fixture.result = similarity_find(fixture.kit, queue, fixture.work, fixture.count, 60, &error);
	cr_expect(fixture.result == NULL);
	cr_expect(strstr(error.text, "sim_c fails: ") == error.text, "%s", error.text);
	queue_free(queue);
}

/* ---- the page --------------------------------------------------------------------------------- */

static int nodes(xmlXPathContext *context, const char *path)
{
	xmlXPathObject *found = xmlXPathEvalExpression((const xmlChar *)path, context);
	int count = found && found->nodesetval ? found->nodesetval->nodeNr : 0;
	xmlXPathFreeObject(found);
	return count;
}

Test(similarity, the_page_explains_escapes_and_needs_nobody)
{
	char *original = read_kit(REFERENCE);
	char *evil = format("/* <script>alert(1)</script> \xe2\x80\xae & */\n%s", original);
	hand_in("<script>alert(2)</script>", evil);
	hand_in("\"O'Neill\", & co", original);
	compare(60);
	char *text = page();
	cr_expect(strstr(text, "Similar is not copied.") != NULL);
	cr_expect(strstr(text, "<script") == NULL);
	cr_expect(strstr(text, "\xe2\x80\xae") == NULL);
	cr_expect(strstr(text, "://") == NULL, "no network");
	cr_expect(strstr(text, "&lt;script&gt;alert(2)") != NULL);
	htmlDocPtr document = htmlReadMemory(text, (int)strlen(text), NULL, "UTF-8",
	                                     HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET);
	xmlXPathContext *context = xmlXPathNewContext(document);
	cr_expect(eq(int, nodes(context, "//details"), 1));
	cr_expect(eq(int, nodes(context, "//details//*[@class='source']"), 2));
	cr_expect(gt(int, nodes(context, "//*[@class='source']/div[starts-with(@class,'m')]"), 300),
	          "marked on both sides");
	cr_expect(gt(int, nodes(context, "//*[@class='source']/div[@class='given']"), 0), "the skeleton's lines");
	/* Each link leads to a line that is there. */
	int links = nodes(context, "//a");
	cr_expect(gt(int, links, 1));
	cr_expect(eq(int, nodes(context, "//a[substring(@href,2)=//div/@id]"), links));
	xmlXPathFreeContext(context);
	xmlFreeDoc(document);
	free(text);
	free(evil);
	free(original);
}

/* ---- Dolos and JPlag -------------------------------------------------------------------------- */

static void expect_file(const char *name, const char *expected)
{
	char *path = format("%s/%s", fixture.folder, name);
	char *text = file_read(path, SOURCE_LIMIT, NULL, NULL);
	cr_assert(text != NULL, "%s", path);
	if (expected)
		cr_expect(eq(str, text, (char *)expected), "%s", name);
	free(text);
	free(path);
}

Test(similarity, folders_for_other_programs)
{
	struct error error = {0};
	char *dolos = format("%s/dolos", fixture.folder), *jplag = format("%s/jplag", fixture.folder);
	hand_in("../Ada \"L\", <b>", "int a;\n");
	hand_in("=1+1", "int b;\n");
	hand_in("_1_1", "int c;\n");
	hand_in_for("group_1", "race_fix", 9, "int d;\n");
	hand_in_for("group_2", "race_fix", 9, "int d;\n");
	hand_in("nothing", NULL);
	cr_assert(similarity_dolos(fixture.kit, fixture.work, fixture.count, dolos, &error) == 0, "%s", error.text);
	cr_assert(similarity_jplag(fixture.kit, fixture.work, fixture.count, jplag, &error) == 0, "%s", error.text);
	expect_file("dolos/thread_pool/info.csv", "filename,full_name,created_at\n"
	                                          "_._Ada__L____b_.c,\"../Ada \"\"L\"\", <b>\",1970-01-02 00:00:00 +0000\n"
	                                          "_1_1.c,\"'=1+1\",1970-01-02 00:00:00 +0000\n"
	                                          "_1_1_2.c,\"_1_1\",1970-01-02 00:00:00 +0000\n");
	expect_file("dolos/thread_pool/_1_1.c", "int b;\n");
	expect_file("dolos/thread_pool/_1_1_2.c", "int c;\n");
	expect_file("dolos/thread_pool/skeleton/thread_pool.c", NULL);
	expect_file("dolos/race_fix/info.csv", "filename,full_name,created_at\n"
	                                       "group_1.c,\"group_1\",1970-01-02 00:00:00 +0000\n");
	expect_file("jplag/thread_pool/submissions/_1_1_2/thread_pool.c", "int c;\n");
	expect_file("jplag/thread_pool/base/thread_pool.c", NULL);
	expect_file("jplag/race_fix/submissions/group_1/race_fix.c", "int d;\n");
	char *none = format("%s/pipe_ring", jplag), *other = format("%s/race_fix/submissions/group_2", jplag);
	cr_expect(eq(int, file_exists(none), false));
	cr_expect(eq(int, file_exists(other), false));
	cr_expect(eq(int, similarity_fits(dolos, &error), -1));
	cr_expect(strstr(error.text, "is not empty") != NULL);
	cr_expect(eq(int, similarity_jplag(fixture.kit, fixture.work, 1, dolos, &error), -1));
	free(other);
	free(none);
	free(jplag);
	free(dolos);
}
