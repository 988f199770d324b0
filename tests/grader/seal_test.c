/* What the seal refuses, and what of the same look it lets pass: for each rule a text that breaks it, and its twin,
 * honest C that must get by all rules. Texts are preprocessed and compiled here as the kit does it. */
#include "../../grader/build/build.h"
#include "../../grader/build/seal/seal.h"
#include "../../grader/memory.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- a folder with job.c -------------------------------------------------------------------- */

static char *home, *folder;
static struct course *course;

static void begin(void)
{
	struct error error = {0};
	home = realpath(".", NULL);
	folder = strdup("/tmp/seal_test.XXXXXX");
	cr_assert(home && mkdtemp(folder));
	course = course_load(home, NULL, &error);
	cr_assert(course != NULL, "%s", error.text);
}

static void end(void)
{
	course_free(course);
	folder_remove(folder);
	free(folder);
	free(home);
}

TestSuite(seal_text, .init = begin, .fini = end);
TestSuite(seal_tokens, .init = begin, .fini = end);
TestSuite(seal_object, .init = begin, .fini = end);
TestSuite(seal_twins, .init = begin, .fini = end);

static const struct assignment *job(void)
{
	static char name[] = "job", api[] = "job_run", import[] = "pthread_mutex_lock", linker_s[] = "edata",
	            *apis[] = {api}, *imports[] = {import, linker_s};
	/* bsearch: what an exercise forbids it forbids also where the course allows it */
	static char barrier[] = "pthread_barrier_wait", search[] = "bsearch", why[] = "It is to be built here.",
	            instead[] = "Build it.", *calls[] = {barrier, search};
	static char domain[] = "getdomainname", *costs[] = {domain}; /* which no list of the course has */
	static struct forbidden_calls forbidden[] = {{{calls, 2}, why, instead, false}, {{costs, 1}, why, instead, true}};
	static struct assignment assignment = {
	    .name = name, .api = {apis, 1}, .imports = {imports, 2}, .forbidden = forbidden, .forbidden_count = 2};
	assignment.root = home;
	return &assignment;
}

static void put(const char *name, const char *text, size_t size)
{
	char *path = format("%s/%s", folder, name);
	struct error error = {0};
	cr_assert(eq(int, file_write(path, text, size, &error), 0), "%s", error.text);
	free(path);
}

/* Runs the tool here, without the queue. Whether it succeeded; its words go to `folder`/words. */
static bool done(struct run *run)
{
	pid_t pid = fork();
	if (pid == 0) {
		int file = chdir(run->folder) == 0 ? open("words", O_WRONLY | O_CREAT | O_TRUNC, 0644) : -1;
		if (dup2(file, 1) < 0 || dup2(file, 2) < 0)
			_exit(126);
		execvp(run->argv[0], run->argv);
		_exit(127);
	}
	int status = -1;
	cr_assert(pid > 0 && waitpid(pid, &status, 0) == pid);
	run_free(run);
	return status == 0;
}

static char *words(void)
{
	char *path = format("%s/words", folder), *text = file_read(path, 1 << 20, NULL, NULL);
	free(path);
	return text ? text : strdup("(nothing)");
}

/* ---- what the seal says --------------------------------------------------------------------- */

enum part { TEXT = 1, TOKENS = 2, PLAIN = 4, TSAN = 8, OBJECTS = PLAIN | TSAN, ALL = 15 };

/* What gcc -E prints, or what it says when it fails. */
static char *preprocessed(const struct assignment *assignment, enum variant variant, bool *failed)
{
	struct kit kit = {.root = home, .shown = home};
	*failed = !done(build_preprocess(&kit, folder, assignment, variant));
	if (*failed)
		return words();
	char *path = format("%s/%s-%s.i", folder, assignment->name, variant_name(variant)),
	     *text = file_read(path, 1 << 24, NULL, NULL);
	cr_assert(text != NULL, "%s", path);
	free(path);
	return text;
}

/* The preprocessor's part: whether what was taken out of the text is compiled, and the tokens. */
static void judge_preprocessed(struct seal_problems *problems, struct seal_guarded *guarded,
                               const struct seal_contract *contract, bool tokens)
{
	static const enum variant variants[] = {VARIANT_PLAIN, VARIANT_TSAN};
	char *text[2];
	bool compiled = false, failed[2];
	for (size_t i = 0; i < 2; i++) {
		text[i] = preprocessed(contract->assignment, variants[i], &failed[i]);
		compiled = compiled || seal_is_compiled(problems, guarded, text[i]);
		cr_assert(compiled || !failed[i], "%s", text[i]);
	}
	if (tokens && !compiled)
		seal_tokens(problems, contract, text[0], text[1]);
	free(text[0]);
	free(text[1]);
}

static void judge_object(struct seal_problems *problems, const struct seal_contract *contract, enum variant variant)
{
	struct kit kit = {.root = home, .shown = home};
	cr_assert(done(build_compile(&kit, folder, contract->assignment, variant)), "%s\n%s", words(), contract->text);
	char *path = format("%s/%s-%s.o", folder, contract->assignment->name, variant_name(variant));
	seal_object(problems, contract, path, variant == VARIANT_TSAN ? SEAL_TSAN : SEAL_PLAIN);
	free(path);
}

static struct seal_problems judge_assignment(const struct assignment *assignment, const char *text, size_t size,
                                             unsigned parts)
{
	struct seal_contract contract = {course, assignment, text, size};
	struct seal_problems problems = {0};
	struct seal_guarded guarded = {0};
	char *file = format("%s.c", assignment->name);
	if (parts & TEXT)
		seal_text(&problems, &guarded, &contract);
	put(file, guarded.text ? guarded.text : text, guarded.text ? guarded.size : size);
	put("job.h", "int job_run(void) __attribute__((warn_unused_result));\n", 55);
	free(file);
	if (!problems.count && ((parts & TOKENS) || guarded.problems.count))
		judge_preprocessed(&problems, &guarded, &contract, parts & TOKENS);
	bool sound = !(parts & TEXT) || !problems.count;
	if ((parts & PLAIN) && sound)
		judge_object(&problems, &contract, VARIANT_PLAIN);
	if ((parts & TSAN) && sound)
		judge_object(&problems, &contract, VARIANT_TSAN);
	seal_guarded_clear(&guarded);
	seal_sort(&problems);
	return problems;
}

static void expect_nothing(const char *name, struct seal_problems *problems)
{
	for (size_t i = 0; i < problems->count; i++)
		cr_expect(false, "%s, line %u: %s/%s: %s\n    %s", name, problems->item[i].line, problems->item[i].layer,
		          problems->item[i].rule, problems->item[i].seen, problems->item[i].instead);
	seal_clear(problems);
}

struct refused {
	const char *rule;
	unsigned line; /* 0: not known */
	const char *text;
};

/* Each of them is refused by its rule in its line, with words for what is there and what to do. */
static void expect_refused(unsigned parts, const struct refused refused[], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct seal_problems problems = judge_assignment(job(), refused[i].text, strlen(refused[i].text), parts);
		const struct seal_problem *found = NULL;
		for (size_t j = 0; j < problems.count && !found; j++)
			if (strcmp(problems.item[j].rule, refused[i].rule) == 0 && problems.item[j].line == refused[i].line)
				found = &problems.item[j];
		cr_expect(found != NULL, "not refused as %s in line %u:\n%s\n%s/%s in line %u: %s", refused[i].rule,
		          refused[i].line, refused[i].text, problems.count ? problems.item[0].layer : "",
		          problems.count ? problems.item[0].rule : "", problems.count ? problems.item[0].line : 0,
		          problems.count ? problems.item[0].seen : "");
		if (found) {
			cr_expect(eq(str, (char *)found->layer, (char *)(parts & OBJECTS ? "object" : "text")));
			cr_expect(strlen(found->seen) > 10 && found->seen[strlen(found->seen) - 1] == '.', "%s", found->seen);
			cr_expect(strlen(found->instead) > 5, "%s", found->instead);
			bool filled = strchr(found->seen, '@') == NULL || strchr(refused[i].text, '@');
			cr_expect(filled, "%s", found->seen);
		}
		seal_clear(&problems);
	}
}

static void expect_twins(const char *const twins[], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct seal_problems problems = judge_assignment(job(), twins[i], strlen(twins[i]), ALL);
		expect_nothing(twins[i], &problems);
	}
}

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define REFUSED(parts, ...)                                                                                            \
	do {                                                                                                               \
		static const struct refused refused[] = {__VA_ARGS__};                                                         \
		expect_refused(parts, refused, COUNT(refused));                                                                \
	} while (0)
#define TWINS(...)                                                                                                     \
	do {                                                                                                               \
		static const char *const twins[] = {__VA_ARGS__};                                                              \
		expect_twins(twins, COUNT(twins));                                                                             \
	} while (0)

/* ---- the file as it is ---------------------------------------------------------------------- */

Test(seal_text, characters_that_hide_text)
{
	REFUSED(TEXT, {"control", 2, "int a;\nint \x1b b;\n"}, {"control", 1, "int a;\rint b;\n"},
	        {"control", 3, "\n\n/* \x7f */\n"}, {"bidi", 2, "int a;\n/* \u202e */\n"},
	        {"bidi", 1, "const char *s = \"\u2066\";\n"}, {"invisible", 2, "\nint a\u200b;\n"},
	        {"invisible", 1, "int \u00ad a;\n"}, {"raw_string", 2, "\nconst char *s = R\"(\n# 1 \"x.h\"\n)\";\n"},
	        {"raw_string", 1, "const void *s = u8R\"x(a)x\";\n"});
	static const char nul[] = "int a;\nint\0b;\n";
	struct seal_problems problems = judge_assignment(job(), nul, sizeof nul - 1, TEXT);
	cr_assert(eq(sz, problems.count, 1));
	cr_expect(eq(str, (char *)problems.item[0].rule, "control"));
	cr_expect(eq(u32, problems.item[0].line, 2));
	seal_clear(&problems);
	TWINS("int a;\f\nint b;\v\n", "int a;\r\nint b; \\\r\n\r\n",
	      "/* grüß Gott, e\u0301 */ const char *s = \"👩\u200d👧\";\n",
	      "const char *f(void);\nconst char *f(void)\n{\n\tconst char *R = \"(x)\", *LR = R;\n\treturn LR;\n}\n");
}

Test(seal_text, lines_that_nobody_reads_to_the_end)
{
	char text[4200];
	snprintf(text, sizeof text, "int a;\n/*%*s*/\n", 3997, "");
	struct seal_problems problems = judge_assignment(job(), text, strlen(text), TEXT);
	cr_assert(eq(sz, problems.count, 1));
	cr_expect(eq(str, (char *)problems.item[0].rule, "long_line"));
	cr_expect(eq(u32, problems.item[0].line, 2));
	seal_clear(&problems);
	snprintf(text, sizeof text, "int a;\n/*%*s*/\n", 3996, "");
	problems = judge_assignment(job(), text, strlen(text), ALL);
	expect_nothing("4000 bytes", &problems);
}

Test(seal_text, directives_that_no_program_needs)
{
	REFUSED(TEXT, {"directive", 2, "int a;\n#line 7\n"}, {"directive", 1, "#ident \"x\"\n"},
	        {"directive", 1, "#sccs \"x\"\n"}, {"directive", 1, "#import <stdio.h>\n"},
	        {"directive", 1, "#include_next <stdio.h>\n"}, {"directive", 1, "#assert machine(x)\n"},
	        {"directive", 1, "#unassert machine\n"}, {"directive", 1, "#embed \"/etc/passwd\"\n"},
	        {"directive", 1, "%:line 7\n"}, {"directive", 2, "#\\\nline 7\n"}, {"directive", 2, "# \\ \n line 7\n"},
	        {"directive", 2, "/* \n */ /* */ # /* */ line 7\n"}, {"directive", 1, "#frobnicate\n"},
	        {"directive", 1, "#-1\n"}, {"line_marker", 2, "\n# 1 \"/usr/include/x.h\" 3\n"},
	        {"line_marker", 1, "%: 1 \"x.h\"\n"},
	        {"line_marker", 2,
	         "?"
	         "?/\n#7\n"},
	        {"directive", 2, "#if 1 // don't\n#line 7\n#endif\n"});
	TWINS("#\n# // nothing\n%:\nint a;\n", "// #line 7\n/*\n#line 7\n*/\nconst char *s = \"\\\n#line 7\\n\";\n",
	      "#ifndef A\n#define A 1\n#elif 0\n#error \"no\"\n#else\n#undef A\n#endif\n",
	      "#include <assert.h>\n#include \"job.h\"\nint job_run(void)\n{\n\tassert(1);\n\treturn 0;\n}\n",
	      "#define TEXT(x) #x\nconst char *s = TEXT(line 7);\n");
}

Test(seal_text, headers)
{
	REFUSED(TEXT, {"include", 2, "\n#include <immintrin.h>\n"},
	        {"include", 1, "#include \"../../solutions/job/job.c\"\n"}, {"include", 1, "#include \"job.c\"\n"},
	        {"include", 1, "#include </etc/passwd>\n"}, {"include", 1, "#include \"/dev/zero\"\n"},
	        {"include", 2, "#define H <stdio.h>\n#include H\n"}, {"include", 1, "#include <../include/stdio.h>\n"},
	        {"include", 1, "#include <stdio.h> more\n"}, {"include", 1, "%:include <valgrind/valgrind.h>\n"},
	        {"include", 2, "#incl\\\nude <valgrind/valgrind.h>\n"}, {"include", 1, "#include <stdio.h\n"},
	        {"include", 1, "#include\n"}, {"include", 1, "#include \"other.h\"\n"});
	TWINS("#include <sys/wait.h>\n# include \"job.h\" // ours\n%:include <stdio.h>\n#include /* x */ "
	      "<stdlib.h>\n#incl\\\nude "
	      "<string.h>\n");
}

/* Also that they exist, and that none of them holds what would be taken for the submission's. */
Test(seal_text, all_headers_of_the_course_can_be_included)
{
	char *text = strdup("");
	for (size_t i = 0; i < course->headers.count; i++) {
		char *longer = format("%s#include <%s>\n", text, course->headers.item[i]);
		free(text);
		text = longer;
	}
	struct seal_problems problems = judge_assignment(job(), text, strlen(text), ALL);
	expect_nothing(text, &problems);
	free(text);
}

Test(seal_text, pragmas)
{
	REFUSED(TEXT, {"pragma", 2, "int a;\n#pragma GCC optimize(\"O3\")\n"}, {"pragma", 1, "#pragma weak f\n"},
	        {"pragma", 1, "%:pragma GCC push_options\n"}, {"pragma", 2, "#pra\\\ngma GCC ivdep\n"},
	        {"pragma", 1, "#pragma pack(1)\n"}, {"pragma", 1, "#pragma GCC\n"}, {"pragma", 1, "#pragma\n"});
	TWINS("#pragma once\n", "#pragma GCC diagnostic push\n# pragma GCC diagnostic ignored \"-Wunused\"\n",
	      "// #pragma weak f\nint pragma;\n");
}

Test(seal_text, conditions_on_what_compiles)
{
	REFUSED(TEXT, {"condition", 2, "\n#ifdef __SANITIZE_THREAD__\n#endif\n"},
	        {"condition", 1, "#if __has_include(</etc/shadow>)\n#endif\n"},
	        {"condition", 1, "#if __has_feature(thread_sanitizer)\n#endif\n"},
	        {"condition", 1, "#define FAST __OPTIMIZE__\n"}, {"condition", 1, "const char *s = __TIME__;\n"},
	        {"condition", 1, "#ifdef KIT_TEST\n#endif\n"}, {"condition", 1, "#define _FORTIFY_SOURCE 2\n"},
	        {"condition", 1, "int a = __SANI\\\nTIZE_THREAD__;\n"}, {"condition", 1, "int a = __has_builtin(x);\n"},
	        {"reserved", 1, "__CONCAT(as, m)(\"nop\");\n"}, {"reserved", 1, "#define size_t __CONCAT(as, m)\n"});
	TWINS("#ifdef __GNUC__\nint gcc;\n#endif\n#if __STDC_VERSION__ >= 201112L\nint c11;\n#endif\n",
	      "/* __SANITIZE_THREAD__ */ const char *s = \"__OPTIMIZE__\"; int line = __LINE__;\n",
	      "#define GLUE(a, b) a##b\nint GLUE(job, 1), OPTIMIZE, SANITIZE, kit;\n");
}

/* Only the preprocessor knows which these are; nothing may lead it past a mark. */
Test(seal_text, what_is_not_compiled_does_not_count)
{
	REFUSED(
	    TEXT, {"include", 2, "#if 1\n#include \"other.h\"\n#endif\n"},
	    {"include", 4, "#ifdef __APPLE__\n#include <dispatch/dispatch.h>\n#else\n#include \"/etc/passwd\"\n#endif\n"},
	    {"include", 3, "#define DROP(x)\nDROP(\n#include \"other.h\"\n)\nint a;\n"},
	    {"include", 4, "#define SECOND(a, b) b\nSECOND(\n,\n#include \"other.h\"\n)\n"},
	    {"include", 5, "#ifdef _WIN32 /*\n*/ \\\n\n#elif 1\n#include <windows.h>\n#endif\n"},
	    {"include", 3, "#define __APPLE__ 1\n#ifdef __APPLE__\n#include <dispatch/dispatch.h>\n#endif\n"},
	    {"include", 3, "#define LINE __LINE__\n#if LINE == 2\n#include \"other.h\"\n#endif\n"},
	    {"pragma", 3, "#define DROP(x)\nDROP(\n#pragma GCC optimize(\"O3\")\n)\nint a;\n"},
	    {"condition", 2, "#if /*\n*/ __OPTIMIZE__\n#endif\n"},
	    {"condition", 2, "#if 0\n#elif __has_include(<stdio.h>)\n#endif\n"},
	    {"condition", 1, "#if !__OPTIMIZE__ && 0\n#endif\n"},
	    {"condition", 2, "#define TEXT(x) #x\nconst char *s = TEXT(__SANITIZE_THREAD__);\n"},
	    {"condition", 2, "#define GLUE(a, b) a##b\nint GLUE(a, __OPTIMIZE__);\n"},
	    {"condition", 3, "#undef kit_seal_000003\n#define kit_seal_000003 1\n#if __OPTIMIZE__\n#endif\n"},
	    {"condition", 4, "#if 0\n#if __OPTIMIZE__\n#endif\n#elif __OPTIMIZE__\n#endif\n"});
	TWINS("#ifdef __APPLE__\n#include <dispatch/dispatch.h>\n#endif\nint a;\n",
	      "#if 0\n#include \"notes.h\"\n#include MY_HEADER\n#line 7\n#hello\nit's not C, is it? "
	      "__OPTIMIZE__\n#endif\nint a;\n",
	      "#if defined(_WIN32) || defined(__CYGWIN__)\n#include <windows.h>\n#pragma comment(lib, \"x\")\n"
	      "#pragma \\\nwarning(disable : 4996)\n#elif defined(__sun)\n#import <x.h>\n#else\nint a;\n#endif\n",
	      "#ifdef __clang__\n#if __has_feature(thread_sanitizer)\n#define WATCHED 1\n#elif defined(__has_include)\n"
	      "#if __has_include(<x.h>)\n#include <x.h>\n#endif\n#endif\nint f(void) { return __OPTIMIZE__; }\n#endif\nint "
	      "a;\n",
	      "#if 1\nint a;\n#elif __has_include(<x.h>)\n#include <x.h>\n#endif\n",
	      "#ifndef __linux__\n#include <mach/mach_time.h>\n#elif defined KIT\n#ifdef "
	      "__SANITIZE_THREAD__\n#endif\n#endif\nint a;\n",
	      "#ifdef _OPENMP\n#pragma omp parallel\n#endif\nint a;\n#if 1\n#else // __OPTIMIZE__\n#endif __OPTIMIZE__\n",
	      "#if 0\n#include /*\n*/ \"x.h\"\n#endif\nint line[__LINE__ == 5 ? 1 : -1];\n",
	      "#if 0\r\n#include \"x.h\"\\\r\n\r\n#endif\r\nint line[__LINE__ == 5 ? 1 : -1];\r\n");
}

/* ---- what the preprocessor makes of it ------------------------------------------------------- */

Test(seal_tokens, the_program_is_the_same_for_all_builds)
{
	REFUSED(TOKENS,
	        {"differs", 4,
	         "#define GLUE(a, b) a##b\n#define WATCHED GLUE(__SANITIZE, _THREAD__)\n#if WATCHED\nint a;\n#endif\n"},
	        {"differs", 2, "#define GLUE(a, b) a##b\nint watched = GLUE(__SANITIZE, _THREAD__);\n"},
	        {"differs", 3, "#ifdef __SANITIZE_THREAD__\n#else\nint a;\n#endif\n"},
	        {"differs", 0, "#ifdef __SANITIZE_THREAD__\n#define size_t unsigned long\n#endif\n#include <stddef.h>\n"});
	TWINS("#include <arpa/inet.h>\n#include <assert.h>\n#include <ctype.h>\n#include <errno.h>\n#include "
	      "<stdio.h>\n#include <sys/wait.h>\nint "
	      "f(int c);\n"
	      "int f(int c)\n{\n\tassert(c);\n\terrno = 0;\n\tputchar(toupper(c));\n\treturn tolower(c) + isalpha(c) + "
	      "htons(3) + "
	      "WEXITSTATUS(c);\n}\n");
}

Test(seal_tokens, machine_code)
{
	REFUSED(TOKENS, {"asm", 1, "void f(void) { __asm__ volatile(\"nop\"); }\n"},
	        {"asm", 2, "#define GLUE(a, b) a##b\nGLUE(as, m)(\"nop\");\n"},
	        {"asm", 1, "register int x asm(\"rbx\");\n"},
	        {"asm", 1, "#define size_t __asm(\"nop\"); size_t\n#include <stddef.h>\n"},
	        {"segment", 1, "int f(__seg_fs int *p) { return *p; }\n"});
	TWINS("int asm_count, my_asm;\n_Thread_local int mine;\n");
}

Test(seal_tokens, attributes)
{
	REFUSED(TOKENS, {"attribute", 1, "__attribute__((constructor)) void f(void) {}\n"},
	        {"attribute", 1, "__attribute__((__destructor__)) void f(void) {}\n"},
	        {"attribute", 1, "__attribute((constructor(101))) void f(void) {}\n"},
	        {"attribute", 2, "static int x\n__attribute__((unused, section(\"cr_tst\")));\n"},
	        {"attribute", 1, "int f(void) __attribute__((weak));\n"},
	        {"attribute", 1, "int f(void) __attribute__((alias(\"g\")));\n"},
	        {"attribute", 1, "int f(void) __attribute__((ifunc(\"g\")));\n"},
	        {"attribute", 1, "__attribute__((naked)) int f(void);\n"},
	        {"attribute", 1, "__attribute__((no_sanitize(\"thread\"))) int f(void);\n"},
	        {"attribute", 1, "__attribute__((no_sanitize_thread)) int f(void);\n"},
	        {"attribute", 1, "__attribute__((no_sanitize_coverage)) int f(void);\n"},
	        {"attribute", 1, "__attribute__((no_instrument_function)) int f(void);\n"},
	        {"attribute", 1, "__attribute__((optimize(\"O3\"))) int f(void);\n"},
	        {"attribute", 1, "__attribute__((target(\"avx\"))) int f(void);\n"},
	        {"attribute", 1, "__attribute__((visibility(\"default\"))) int f(void);\n"},
	        {"attribute", 1, "__attribute__((used)) static int f(void);\n"},
	        {"attribute", 1, "__attribute__((no_reorder)) int f(void);\n"},
	        {"attribute", 1, "[[gnu::constructor]] void f(void) {}\n"},
	        {"attribute", 1, "<:<:gnu::constructor:>:> void f(void) {}\n"},
	        {"attribute", 1, "[[maybe_unused, __gnu__::__constructor__]] void f(void) {}\n"},
	        {"attribute", 1, "__attribute__((frobnicated)) int f(void);\n"},
	        {"attribute", 1, "__attribute__(unused) int f(void);\n"},
	        {"attribute", 2, "#define FIRST constructor\n__attribute__((FIRST)) void f(void) {}\n"},
	        {"attribute", 1, "#define extern extern __attribute__((constructor))\n#include <string.h>\n"},
	        {"attribute", 1, "#define __restrict __restrict __attribute__((section(\"x\")))\n#include <string.h>\n"});
	TWINS("#include <stdarg.h>\n#include <stdlib.h>\n"
	      "__attribute__((noreturn, cold)) static void stop(void);\nstatic void stop(void)\n{\n\tabort();\n}\n"
	      "static void clear(char **p)\n{\n\tfree(*p);\n}\n"
	      "int say(const char *format, ...) __attribute__((__format__(__printf__, 1, 2), nonnull(1)));\n"
	      "int say(const char *format, ...)\n{\n\t__attribute__((cleanup(clear))) char *p = malloc(3);\n\tif "
	      "(!p)\n\t\tstop();\n"
	      "\treturn *format;\n}\n"
	      "struct __attribute__((packed, aligned(8))) small {\n\tchar c;\n\tint i;\n} small;\n"
	      "[[maybe_unused]] static int spare;\n[[gnu::noinline]] int f(int a[], int b[]);\nint f(int a[], int b[])\n{\n"
	      "\tswitch (a[0]) {\n\tcase 1:\n\t\tb[1]++;\n\t\t__attribute__((fallthrough));\n\tdefault:\n\t\treturn "
	      "a[b[0]];\n\t}\n}\n"
	      "[[deprecated(\"constructor\")]] int constructor(int section);\nint section[2][2] = {[1][1] = 1}, weak, "
	      "used;\n");
}

Test(seal_tokens, functions_of_the_compiler)
{
	REFUSED(TOKENS, {"builtin", 1, "void *f(void) { return __builtin_return_address(0); }\n"},
	        {"builtin", 1, "void *f(void) { return __builtin_frame_address(1); }\n"},
	        {"builtin", 1, "void *f(void) { return __builtin_apply_args(); }\n"},
	        {"builtin", 1, "void f(void **b) { __builtin_longjmp(b, 1); }\n"},
	        {"builtin", 1, "int f(int i) { return __builtin_constant_p(i); }\n"},
	        {"builtin", 1, "void f(void) { __builtin_ia32_pause(); }\n"},
	        {"builtin", 1, "void *f(void) { return __builtin_thread_pointer(); }\n"},
	        {"builtin", 1, "void f(char *p) { __builtin___clear_cache(p, p + 9); }\n"});
	TWINS("#include <stdarg.h>\n#include <stdatomic.h>\n#include <stddef.h>\n#include <math.h>\n"
	      "int sum(int n, ...);\nint sum(int n, ...)\n{\n\tva_list list;\n\tint all = 0;\n\tva_start(list, n);\n"
	      "\twhile (n-- > 0 && !__builtin_expect(__builtin_add_overflow(all, va_arg(list, int), &all), 0))\n\t\t;\n"
	      "\tva_end(list);\n\treturn all + __builtin_popcount((unsigned)all) + (int)offsetof(struct { int a; int b; }, "
	      "b);\n}\n"
	      "_Atomic int shared;\nint up(int *p);\nint up(int *p)\n{\n\tatomic_fetch_add(&shared, 1);\n"
	      "\treturn __atomic_fetch_add(p, 1, __ATOMIC_SEQ_CST) + __sync_fetch_and_add(p, 1) + (isnan(NAN) ? 1 : "
	      "0);\n}\n");
}

Test(seal_tokens, names_of_the_tools_and_the_kit)
{
	REFUSED(TOKENS, {"reserved", 1, "void __tsan_acquire(void *);\n"},
	        {"reserved", 1, "void __sanitizer_cov_trace_pc(void);\n"},
	        {"reserved", 1, "const char *__tsan_default_options(void);\n"},
	        {"reserved", 1, "void AnnotateIgnoreReadsBegin(const char *, int);\n"},
	        {"reserved", 1, "int f(void) { return RUNNING_ON_VALGRIND; }\n"},
	        {"reserved", 2, "#define GLUE(a, b) a##b\nvoid GLUE(crit, erion_abort_test)(void);\n"},
	        {"reserved", 1, "extern char __start_cr_tst[];\n"}, {"reserved", 1, "void __gcov_dump(void);\n"},
	        {"reserved", 1, "long kit_write(int, const void *, unsigned long);\n"},
	        {"reserved", 1, "int rt_close(int);\n"}, {"reserved", 1, "int f(void) { return rt_next(1); }\n"},
	        {"reserved", 2, "int f(void)\n{ int rt_next(int); return rt_next(1); }\n"},
	        {"reserved", 1, "int f(void) { int rt_next(int i) { return i; } return rt_next(1); }\n"},
	        {"reserved", 1, "int kit_next(int i) { return i; }\n"},
	        {"reserved", 1, "extern int criterion_options; int f(void) { return criterion_options; }\n"});
	TWINS("int rt_next(int i);\nint rt_next(int i)\n{\n\treturn i + 1;\n}\nint f(int criterion_met);\n"
	      "int f(int criterion_met)\n{\n\tint cri_count = 1, Annotated = 2;\n"
	      "\treturn rt_next(criterion_met) + cri_count + Annotated;\n}\n",
	      "double real(_Complex double z);\ndouble real(_Complex double z)\n{\n\treturn __real__ z + __imag__ z;\n}\n",
	      "struct task {\n\tint rt_priority, kit_count;\n\tint (*kit_run)(int), (*rt_run)(int);\n};\n"
	      "int run(struct task *task, struct task other);\nint run(struct task *task, struct task other)\n{\n"
	      "\tint kit_size = task->kit_count, criterion = 3;\n\treturn task->kit_run(1) + other.rt_run(2) + kit_size + "
	      "criterion + "
	      "task->rt_priority;\n}\n");
}

Test(seal_tokens, pragmas_made_by_macros)
{
	REFUSED(TOKENS, {"pragma", 2, "#define DO(x) _Pragma(#x)\nDO(GCC optimize(\"O0\"))\n"},
	        {"pragma", 1, "_Pragma(\"weak f\")\n"},
	        {"pragma", 0, "#define size_t size_t _Pragma(\"GCC optimize 3\")\n#include <stddef.h>\n"});
	TWINS("#define DO(x) _Pragma(#x)\nDO(GCC diagnostic push)\nDO(GCC diagnostic ignored \"-Wunused\")\nint a;\n");
}

/* gcc itself leaves none. */
Test(seal_tokens, a_pragma_that_is_left_as_it_was)
{
	static const char text[] = "# 1 \"job.c\"\nint a;\n_Pragma (\"weak f\") int b;\n";
	struct seal_contract contract = {course, job(), "", 0};
	struct seal_problems problems = {0};
	seal_tokens(&problems, &contract, text, text);
	cr_assert(eq(sz, problems.count, 1));
	cr_expect(eq(str, (char *)problems.item[0].rule, "pragma"));
	cr_expect(eq(u32, problems.item[0].line, 2));
	seal_clear(&problems);
}

Test(seal_tokens, markers_made_by_macros_are_none)
{
	REFUSED(TOKENS, {"directive", 2, "#define SHARP #\nSHARP 1 \"/usr/include/x.h\" 3\nint a;\n"},
	        {"asm", 3, "#define SHARP #\nSHARP 1 \"/usr/include/x.h\" 3\nvoid f(void) { __asm__(\"nop\"); }\n"});
}

/* ---- what the compiler makes of it ----------------------------------------------------------- */

Test(seal_object, what_is_no_object)
{
	struct seal_contract contract = {course, job(), "", 0};
	struct seal_problems problems = {0};
	char *path = format("%s/job-plain.o", folder);
	put("job-plain.o", "\177ELF and then nothing", 21);
	seal_object(&problems, &contract, path, SEAL_PLAIN);
	cr_assert(eq(sz, problems.count, 1));
	cr_expect(eq(str, (char *)problems.item[0].rule, "format"));
	seal_clear(&problems);
	seal_object(&problems, &contract, "/nowhere/job.o", SEAL_PLAIN);
	cr_assert(eq(sz, problems.count, 1));
	seal_clear(&problems);
	seal_object(&problems, &contract, "/proc/self/exe", SEAL_PLAIN);
	cr_assert(eq(sz, problems.count, 1));
	cr_expect(eq(str, (char *)problems.item[0].rule, "format"), "a whole program");
	seal_clear(&problems);
	free(path);
}

Test(seal_object, sections)
{
	REFUSED(PLAIN, {"init_array", 1, "int g; __attribute__((constructor)) void f(void) { g = 1; }\n"},
	        {"init_array", 0, "int g; __attribute__((destructor)) void f(void) { g = 1; }\n"},
	        {"section", 1, "__attribute__((section(\"cr_tst\"))) int x;\n"},
	        {"section", 1, "__attribute__((section(\"mine\"))) void f(void) {}\n"},
	        {"section", 0, "__asm__(\".section .eh_frame,\\\"ax\\\",@progbits\\nnop\\n.text\");\n"},
	        {"writable_code", 0, "__asm__(\".section .text.x,\\\"awx\\\",@progbits\\nnop\\n.text\");\n"},
	        {"thread_local", 1, "_Thread_local char x[(1 << 20) + 1];\n"},
	        {"thread_local", 1, "__thread char x[(1 << 20) + 1] = {1};\n"},
	        {"executable_stack", 0,
	         "int each(int (*)(int));\nint f(int n)\n{\n\tint add(int k) { return k + n; }\n\treturn each(add);\n}\n"});
	REFUSED(TSAN, {"init_array", 1, "int g; __attribute__((constructor(99))) void f(void) { g = 1; }\n"},
	        {"init_array", 1, "int g; __attribute__((constructor)) void f(void) { g = 1; }\n"});
	TWINS(
	    "#include <stdlib.h>\nstatic const char *const names[] = {\"a\", \"b\"};\nstatic const int primes[] = {2, 3};\n"
	    "static _Thread_local int calls = 3, more;\nconst char *name(int i);\nconst char *name(int i)\n{\n"
	    "\tcalls++;\n\tmore++;\n\treturn primes[i & 1] ? names[i & 1] : NULL;\n}\n"
	    "__attribute__((cold)) void rarely(void);\n__attribute__((cold)) void rarely(void)\n{\n\tabort();\n}\n",
	    "int f(int n);\nint f(int n)\n{\n\tint add(int k) { return k + n; }\n\treturn add(3);\n}\n");
}

Test(seal_object, symbols)
{
	REFUSED(
	    PLAIN, {"symbol", 1, "__attribute__((weak)) int f(void) { return 1; }\n"},
	    {"symbol", 1, "int other(void) __attribute__((weak)); int f(void) { return other ? other() : 0; }\n"},
	    {"symbol", 2, "static int (*pick(void))(void) { return 0; }\nint f(void) __attribute__((ifunc(\"pick\")));\n"},
	    {"symbol", 0, "__asm__(\".symver f,f@V1\"); int f(void) { return 1; }\n"},
	    {"symbol", 1,
	     "extern char here; char *f(void) { return &here; }\n__asm__(\".globl here\\n.set here,0x1234\");\n"},
	    {"data_in_code", 1,
	     "extern const long blob;\n__asm__(\".globl blob\\n.type blob,@object\\nblob: .quad 0x9090909090909090\");\n"});
	TWINS("static inline int twice(int i)\n{\n\treturn 2 * i;\n}\nint f(int i);\nint f(int i)\n{\n\treturn "
	      "twice(i);\n}\nint data;\n");
}

Test(seal_object, calls)
{
	REFUSED(
	    PLAIN, {"import", 2, "int system(const char *);\nint f(void) { return system(\"id\"); }\n"},
	    {"import", 1, "int gethostname(char *, unsigned long); int f(char *s) { return gethostname(s, 9); }\n"},
	    {"import", 1, "long syscall(long, ...); long f(void) { return syscall(39); }\n"},
	    {"import", 1,
	     "int setenv(const char *, const char *, int); int f(void) { return setenv(\"LD_PRELOAD\", \"x\", 1); }\n"},
	    {"import", 1, "long time(long *); long f(void) { return time(0); }\n"},
	    {"import", 1, "int kill(int, int); int f(void) { return kill(0, 9); }\n"},
	    {"import", 1, "extern char **environ; char **f(void) { return environ; }\n"},
	    {"import", 1, "void __tsan_ignore_thread_begin(void); void f(void) { __tsan_ignore_thread_begin(); }\n"},
	    {"import", 1, "long kit_write(int, const void *, long); long f(void) { return kit_write(1, \"\", 0); }\n"},
	    {"import", 1, "int dlsym(void); static int (*const t[])(void) = {dlsym}; int f(int i) { return t[i](); }\n"});
	static const char forbidden[] =
	    "int pthread_barrier_wait(void *);\nint f(void *b) { return pthread_barrier_wait(b); }\n"
	    "void *bsearch(void);\nvoid *g(void) { return bsearch(); }\n";
	struct seal_problems problems = judge_assignment(job(), forbidden, sizeof forbidden - 1, PLAIN);
	cr_assert(eq(sz, problems.count, 2));
	cr_expect(eq(str, problems.item[0].seen, "The submission uses pthread_barrier_wait."));
	cr_expect(eq(str, problems.item[0].why, "It is to be built here."));
	cr_expect(eq(str, problems.item[0].instead, "Build it."));
	cr_expect(eq(u32, problems.item[0].line, 2));
	cr_expect(eq(u32, problems.item[1].line, 4));
	seal_clear(&problems);
	TWINS("#include <unistd.h>\nint f(char *name);\nint f(char *name)\n{\n\treturn getdomainname(name, 9);\n}\n");
	REFUSED(TSAN, {"import", 1, "void __tsan_acquire(void *); void f(void *p) { __tsan_acquire(p); }\n"});
	TWINS("#include <pthread.h>\n#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include "
	      "<time.h>\n#include "
	      "<unistd.h>\n#include <math.h>\nint f(pthread_mutex_t *m, double x);\nint f(pthread_mutex_t *m, double "
	      "x)\n{\n\tchar "
	      "text[40];\n\tint n = 0;\n\tpthread_mutex_lock(m);\n\tsnprintf(text, sizeof text, \"%g %d\", pow(x, 2), "
	      "rand());\n"
	      "\tn = atoi(text);\n\tusleep(1); /* costs points, and is run */\n\tfprintf(stderr, \"%s %zu\\n\", "
	      "text, "
	      "strlen(text));\n\tpthread_mutex_unlock(m);\n\treturn n + (int)fabs(-2.0);\n}\n");
}

Test(seal_object, what_the_library_and_the_kit_have_beside_each_other)
{
	REFUSED(PLAIN, {"address", 2, "#include <stdio.h>\nvoid *f(void) { return &stdout; }\n"},
	        {"address", 2, "#include <stdio.h>\nstatic FILE **const p = &stderr; FILE *f(int i) { return p[i]; }\n"},
	        {"definition", 1,
	         "static int kit_control_leak(int i) { return i + 1; } int f(int i) { return kit_control_leak(i); }\n"},
	        {"header_code", 4,
	         "#include <stdio.h>\n#undef __END_DECLS\n#define __END_DECLS int f(int i) { return i + 1; }\n#include "
	         "<ulimit.h>\n"});
	TWINS("#include <stdio.h>\nint f(int i, FILE **out);\nint f(int i, FILE **out)\n{\n\tFILE *mine = i ? stdout : "
	      "stderr;\n"
	      "\t*out = stdin;\n\treturn mine == stdout ? fputs(\"\", mine) : fprintf(stderr, \"%d\", i);\n}\n");
}

/* They are functions of a header, and macros of the submission could make them anything. */
Test(seal_object, the_order_of_bytes)
{
	REFUSED(TOKENS,
	        {"header_code", 1,
	         "static int shared;\n#define __builtin_bswap32(x) (shared++, (x))\n#include <endian.h>\nint f(int i) { "
	         "return (int)be32toh((unsigned)i); }\n"},
	        {"header_code", 1,
	         "#define return static int shared; shared++; return\n#include <endian.h>\n#undef return\nint f(int i) { "
	         "return (int)le16toh((unsigned short)i); }\n"});
	TWINS("#include <arpa/inet.h>\n#include <endian.h>\n#include <stdint.h>\nuint32_t f(uint32_t i);\nuint32_t "
	      "f(uint32_t i)\n{\n\treturn be32toh(i) + htobe32(i) + htole32(i) + le16toh((uint16_t)i) + ntohl(i) + "
	      "htons((uint16_t)i) + (uint32_t)(be64toh(i) + htole64(i));\n}\n");
}

Test(seal_object, names_of_the_library_and_of_the_tools)
{
	REFUSED(PLAIN, {"definition", 1, "int pthread_create(void) { return 0; }\n"},
	        {"definition", 1, "long write(int i) { return i; }\n"},
	        {"definition", 1, "void *malloc(unsigned long n) { (void)n; return 0; }\n"},
	        {"definition", 2, "\nvoid criterion_send_assert(void *p) { (void)p; }\n"},
	        {"definition", 1, "const char *__tsan_default_options(void) { return \"\"; }\n"},
	        {"definition", 1, "void __sanitizer_cov_trace_pc(void) {}\n"},
	        {"definition", 1, "long kit_write(void) { return 0; }\n"},
	        {"definition", 1, "int rt_close(int i) { return i; }\n"},
	        {"definition", 1, "int _start(void) { return 0; }\n"}, {"definition", 1, "int sem_count, sem_post;\n"},
	        {"definition", 1, "int pthread_mutex_init(void) { return 0; }\n"},
	        {"definition", 1, "int mtx_timedlock, mtx_lock_count;\n"}, {"definition", 1, "int abort_all, clone;\n"});
	TWINS(
	    "int sem_count, pthread_total, thrd_names[4], tss_slot;\nint mtx_lock_all(void);\n"
	    "int mtx_lock_all(void)\n{\n\treturn ++sem_count + ++pthread_total;\n}\nint cnd_broadcast_and_count(int i);\n"
	    "int cnd_broadcast_and_count(int i)\n{\n\treturn i + thrd_names[0] + tss_slot;\n}\n"
	    "int rt_queue_next(int i);\nint rt_queue_next(int i)\n{\n\treturn i;\n}\n",
	    "char *index(const char *s, int c);\nchar *index(const char *s, int c)\n{\n\t(void)c;\n\treturn (char *)s;\n}\n"
	    "int min(int a, int b);\nint min(int a, int b)\n{\n\treturn a < b ? a : b;\n}\nint queue_push(int *q);\n"
	    "int queue_push(int *q)\n{\n\treturn min(*q, 3);\n}\nstatic int counter(int logs)\n{\n\treturn logs;\n}\n"
	    "int job_run(void);\nint job_run(void)\n{\n\treturn counter(1);\n}\nint main(void)\n{\n\treturn 0;\n}\n");
}

/* edata is in the list of the assignment here, end is not. */
Test(seal_object, addresses_that_the_linker_defines)
{
	REFUSED(PLAIN, {"import", 1, "extern char end[]; char *f(void) { return end; }\n"});
	TWINS("extern char edata[];\nint f(const char *at);\nint f(const char *at)\n{\n\treturn at < edata;\n}\n",
	      "extern char edata;\nint f(const char *at);\nint f(const char *at)\n{\n\treturn at <= &edata - 1;\n}\n");
}

Test(seal_object, addresses_of_library_functions)
{
	REFUSED(PLAIN, {"address", 1, "void *malloc(unsigned long); void *f(void) { return (void *)malloc; }\n"},
	        {"address", 2, "#include <string.h>\nsize_t (*const t[])(const char *) = {strlen};\n"},
	        {"address", 2, "#include <stdlib.h>\nchar *f(void) { return (char *)free + 16; }\n"},
	        {"address", 2, "#include <stdlib.h>\nvoid f(void) { ((void (*)(void))((char *)abort + 16))(); }\n"},
	        {"address", 2, "#include <stdio.h>\nchar *f(void) { return (char *)&stderr + 4096; }\n"});
	TWINS("#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include <unistd.h>\n"
	      "static void drop(void *p)\n{\n\tfree(p);\n}\nstatic void (*const ends[])(void *) = {free, drop};\n"
	      "void end(int i, void *p, ssize_t (*go)(int, void *, size_t));\n"
	      "void end(int i, void *p, ssize_t (*go)(int, void *, size_t))\n{\n\tends[i](p);\n\tif (go == "
	      "read)\n\t\tfprintf(stderr, "
	      "\"%zu\", strlen(\"x\"));\n\tstderr ? (void)fputs(\"\", stdout) : abort();\n}\n"
	      "int up(const void *a, const void *b);\nint up(const void *a, const void *b)\n{\n\treturn *(const int *)a - "
	      "*(const int "
	      "*)b;\n}\nvoid sort(int *a, size_t n);\nvoid sort(int *a, size_t n)\n{\n\tqsort(a, n, sizeof *a, up);\n}\n");
}

#ifdef __x86_64__
Test(seal_object, instructions)
{
	REFUSED(
	    PLAIN, {"instruction", 1, "void f(void) { __asm__ volatile(\"syscall\"); }\n"},
	    {"instruction", 1, "void f(void) { __asm__ volatile(\"int $0x80\"); }\n"},
	    {"instruction", 1, "void f(void) { __asm__ volatile(\"sysenter\"); }\n"},
	    {"instruction", 1, "unsigned long f(void) { return __builtin_ia32_rdtsc(); }\n"},
	    {"instruction", 1, "void f(void) { __asm__ volatile(\"cpuid\" ::: \"eax\", \"ebx\", \"ecx\", \"edx\"); }\n"},
	    {"instruction", 1, "void f(void) { __asm__ volatile(\"hlt\"); }\n"},
	    {"instruction", 1, "void f(void) { __asm__ volatile(\"xbegin 1f\\n1:\"); }\n"},
	    {"instruction", 1, "void f(void) { __asm__ volatile(\"wrfsbase %rax\"); }\n"},
	    {"instruction", 1, "void f(void) { __asm__ volatile(\".byte 0x06\"); }\n"},
	    {"segment", 1, "long f(void) { long v; __asm__ volatile(\"mov %%fs:0x10,%0\" : \"=r\"(v)); return v; }\n"},
	    {"segment", 1, "long f(void) { long v; __asm__ volatile(\"mov %%gs:0,%0\" : \"=r\"(v)); return v; }\n"},
	    {"segment", 1, "void f(int v) { __asm__ volatile(\"mov %0,%%fs\" ::\"r\"(v)); }\n"},
	    {"hidden_call", 1, "unsigned f(void) { return 0x050f; }\n"},
	    {"hidden_call", 2, "void f(unsigned long *p)\n{ *p = 0x11340f2222; }\n"},
	    {"hidden_call", 1, "int f(int i) { return i == 0x80cd; }\n"},
	    {"hidden_call", 1, "int f(struct { char a[0x50f], b; } *p) { return p->b; }\n"},
	    {"too_large", 0, "__asm__(\".skip 5000000,0x90\");\n"},
	    {"data_in_code", 1,
	     "extern char blob; char *f(void) { return &blob; }\n__asm__(\".globl blob\\nblob: nop\");\n"},
	    {"entry", 0, "__asm__(\"mov $0x11223344,%eax\\n .globl middle\\n middle = . - 2\"); void f(void) {}\n"},
	    {"entry", 0, "void f(void) {}\nvoid *const p = (char *)f + 2;\n"},
	    {"entry", 1, "int f(void) { __asm__ volatile(\"jmp 1f+1\\n1: mov $0x11223344,%eax\"); return 0; }\n"});
	TWINS(
	    "unsigned f(void);\nunsigned f(void)\n{\n\treturn 0x050e;\n}\nunsigned long g(void);\nunsigned long "
	    "g(void)\n{\n"
	    "\treturn 0x100050e0f06;\n}\nvoid trap(void);\nvoid trap(void)\n{\n\t__builtin_trap();\n}\n"
	    "static _Thread_local int mine[10];\nint *own(int i);\nint *own(int i)\n{\n\tmine[i]++;\n\treturn "
	    "&mine[i];\n}\n"
	    "void *const p = (void *)f;\n"
	    "int sw(int x);\nint sw(int x)\n{\n\tswitch (x) {\n\tcase 0:\n\t\treturn 5;\n\tcase 1:\n\t\treturn 8;\n\tcase "
	    "2:\n\t\treturn 3;\n\tcase 3:\n\t\treturn 1;\n\tcase 4:\n\t\treturn 7;\n\tcase 5:\n\t\treturn "
	    "77;\n\t}\n\treturn 0;\n}\n");
}
#endif

Test(seal_object, functions_that_go_unwatched)
{
	REFUSED(TSAN, {"unwatched", 1, "__attribute__((no_sanitize_thread)) void f(int *p) { ++*p; }\n"},
	        {"unwatched", 2, "\n__attribute__((no_sanitize(\"thread\"))) int f(int **p) { return **p; }\n"},
#ifdef __x86_64__
	        {"unwatched", 1, "void f(int *p) { __asm__ volatile(\"incl (%0)\" ::\"r\"(p) : \"memory\"); }\n"},
#endif
	);
	TWINS("#include <string.h>\nstruct big {\n\tlong a[5];\n};\nstruct big make(long v);\nstruct big make(long v)\n{\n"
	      "\treturn (struct big){{v}};\n}\nlong sum(struct big b);\nlong sum(struct big b)\n{\n\treturn b.a[0] + "
	      "b.a[4];\n}\n"
	      "static const int table[] = {1, 2, 3, 4};\nint look(int i);\nint look(int i)\n{\n\treturn table[i & 3];\n}\n"
	      "char hex(int i);\nchar hex(int i)\n{\n\treturn \"0123456789abcdef\"[i & 15];\n}\n"
	      "int local(int i);\nint local(int i)\n{\n\tint a[40] = {0}, b[i];\n\tfor (int k = 0; k < i; k++)\n\t\tb[k] = "
	      "a[k] = "
	      "k;\n\treturn a[i] + b[0];\n}\n"
	      "int global[10];\nint at(int i, int *p, volatile int *v);\nint at(int i, int *p, volatile int "
	      "*v)\n{\n\treturn global[i] + "
	      "*p + *v;\n}\nvoid copy(struct big *a, const struct big *b);\nvoid copy(struct big *a, const struct big "
	      "*b)\n{\n\t*a = "
	      "*b;\n}\nunion u {\n\tint i;\n\tfloat f;\n};\nfloat pun(int i);\nfloat pun(int i)\n{\n\tunion u u = {.i = "
	      "i};\n\treturn "
	      "u.f;\n}\nlong double half(long double x);\nlong double half(long double x)\n{\n\treturn x / 2;\n}\n"
	      "int wide(void);\nint wide(void)\n{\n\t_Alignas(64) char c[64] = \"x\";\n\treturn c[0];\n}\n");
}

/* ---- the list ------------------------------------------------------------------------------- */

Test(seal_twins, a_problem_is_told_once_and_a_flood_of_them_ends)
{
	struct seal_problems problems =
	    judge_assignment(job(), "int system(const char *);\nint f(void) { return system(\"\"); }\n", 60, OBJECTS);
	cr_expect(eq(sz, problems.count, 1), "the plain object and ThreadSanitizer's have the same one");
	seal_clear(&problems);
	char *text = strdup("");
	for (int i = 0; i < 200; i++) {
		char *longer = format("%s# 7\n", text);
		free(text);
		text = longer;
	}
	problems = judge_assignment(job(), text, strlen(text), TEXT);
	cr_expect(eq(sz, problems.count, 64));
	seal_clear(&problems);
	char *calls = strdup("");
	for (int i = 0; i < 300; i++) {
		char *longer = format("%svoid f%d(void); void g%d(void) { f%d(); }\n", calls, i, i, i);
		free(calls);
		calls = longer;
	}
	problems = judge_assignment(job(), calls, strlen(calls), OBJECTS);
	cr_expect(eq(sz, problems.count, 64));
	free(calls);
	for (size_t i = 1; i < problems.count; i++)
		cr_expect(problems.item[i - 1].line <= problems.item[i].line);
	seal_clear(&problems);
	free(text);
}

Test(seal_twins, a_word_is_found_where_it_is_code)
{
	static const char text[] =
	    "/* sleep */\nconst char *a = \"sleep\"; // sleep\nint sleepy;\nint x = 'sleep';\n#define D \\\nsleep(1)\n";
	cr_expect(eq(u32, seal_line_of(text, sizeof text - 1, "sleep"), 6));
	cr_expect(eq(u32, seal_line_of(text, sizeof text - 1, "sleepy"), 3));
	cr_expect(eq(u32, seal_line_of(text, sizeof text - 1, "slee"), 0));
	cr_expect(eq(u32, seal_line_of(text, 12, "sleep"), 0));
	cr_expect(eq(u32, seal_line_of("", 0, "sleep"), 0));
}
