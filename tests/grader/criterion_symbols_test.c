/* criterion_symbols_test.c - what grader/host and grader/host/guard.c rely on in Criterion and what no header promises:
 * which functions of libcriterion a test's body calls, that the program's own definitions of them are used, what is in
 * the linker section cr_tst, and what the assertions say.
 *
 * When a new version of Criterion changes one of these, this says which, before the host goes wrong in silence. */
#include <criterion/criterion.h>
#include <criterion/event.h>
#include <criterion/internal/new_asserts.h>
#include <criterion/new/assert.h>
#include <dlfcn.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#define HOST "grader/host/host.c has to follow"
#define HAS_TYPE(function, ...) __builtin_types_compatible_p(__typeof__(function), __VA_ARGS__)
#define PINNED(function, ...)                                                                                          \
	_Static_assert(HAS_TYPE(function, __VA_ARGS__), "Criterion has changed the type of " #function ": " HOST)

PINNED(criterion_internal_test_setup, void(void));
PINNED(criterion_internal_test_main, void(void (*)(void)));
PINNED(criterion_internal_test_teardown, void(void));
PINNED(criterion_send_assert, void(struct criterion_assert_stats *));
PINNED(cri_assert_node_send, void(const char *, size_t, struct cri_assert_node *));
PINNED(criterion_abort_test, void(void));
PINNED(criterion_continue_test, void(void));
PINNED(cri_asserts_passed_incr, void(void));
PINNED(((struct criterion_test *)0)->name, const char *);
PINNED(((struct criterion_test *)0)->test, void (*)(void));
PINNED(((struct criterion_test *)0)->data, struct criterion_test_extra_data *);
PINNED(((struct criterion_test_extra_data *)0)->init, void (*)(void));
PINNED(((struct criterion_test_extra_data *)0)->fini, void (*)(void));
PINNED(((struct criterion_test_extra_data *)0)->file_, const char *);
PINNED(((struct criterion_test_extra_data *)0)->line_, unsigned);
PINNED(((struct criterion_assert_stats *)0)->passed, bool);
PINNED(((struct criterion_assert_stats *)0)->message, const char *);
PINNED(((struct criterion_assert_stats *)0)->file, const char *);
PINNED(((struct criterion_assert_stats *)0)->line, unsigned);
PINNED(((struct cri_assert_node *)0)->repr, const char *);
PINNED(((struct cri_assert_node *)0)->message, const char *);
PINNED(((struct cri_assert_node *)0)->params, struct cri_assert_param[CRI_ASSERT_MAX_PARAMS]);
PINNED(((struct cri_assert_node *)0)->children, struct cri_assert_node *);
PINNED(((struct cri_assert_param *)0)->name, const char *);
PINNED(((struct cri_assert_param *)0)->data, void *);

/* ---- the same overrides as the host's: they note the call, or hand it on when it is this test's own ---- */

static struct {
	bool on;
	char calls[400]; /* "setup main body teardown " */
	jmp_buf left;
	/* of the last assertion */
	char file[200], message[200], repr[200];
	char name[CRI_ASSERT_MAX_PARAMS][40], value[CRI_ASSERT_MAX_PARAMS][40];
	unsigned line, children;
	bool pass, child_pass;
} noted;

static bool note(const char *what)
{
	size_t length = strlen(noted.calls);
	if (noted.on)
		snprintf(noted.calls + length, sizeof noted.calls - length, "%s%s", length ? " " : "", what);
	return noted.on;
}

static void copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from ? from : "(none)");
}

#define HAND_ON(function) ((__typeof__(&(function)))dlsym(RTLD_NEXT, #function))

void criterion_internal_test_setup(void)
{
	if (!note("setup"))
		HAND_ON(criterion_internal_test_setup)();
}

void criterion_internal_test_main(void (*body)(void))
{
	if (note("main"))
		body();
	else
		HAND_ON(criterion_internal_test_main)(body);
}

void criterion_internal_test_teardown(void)
{
	if (!note("teardown"))
		HAND_ON(criterion_internal_test_teardown)();
}

void cri_asserts_passed_incr(void)
{
	if (!note("passed"))
		HAND_ON(cri_asserts_passed_incr)();
}

void criterion_continue_test(void)
{
	if (!note("continue"))
		HAND_ON(criterion_continue_test)();
}

void criterion_abort_test(void)
{
	if (note("abort"))
		longjmp(noted.left, 1);
	HAND_ON(criterion_abort_test)();
}

void criterion_send_assert(struct criterion_assert_stats *stats)
{
	if (!note("send")) {
		HAND_ON(criterion_send_assert)(stats);
		return;
	}
	noted.pass = stats->passed;
	noted.line = stats->line;
	copy(noted.file, sizeof noted.file, stats->file);
	copy(noted.message, sizeof noted.message, stats->message);
}

void cri_assert_node_send(const char *file, size_t line, struct cri_assert_node *root)
{
	if (!note("node")) {
		HAND_ON(cri_assert_node_send)(file, line, root);
		return;
	}
	noted.line = (unsigned)line;
	noted.pass = root->pass;
	noted.children = root->nchild;
	copy(noted.file, sizeof noted.file, file);
	copy(noted.message, sizeof noted.message, root->message);
	if (!root->nchild)
		return;
	const struct cri_assert_node *child = &root->children[0];
	noted.child_pass = child->pass;
	copy(noted.repr, sizeof noted.repr, child->repr);
	for (int i = 0; i < CRI_ASSERT_MAX_PARAMS && child->params[i].name; i++) {
		copy(noted.name[i], sizeof noted.name[i], child->params[i].name);
		copy(noted.value[i], sizeof noted.value[i], child->params[i].data);
	}
}

/* What the body calls; an aborted assertion ends it. */
static void watch(void (*body)(void))
{
	memset(&noted, 0, sizeof noted);
	noted.on = true;
	if (setjmp(noted.left) == 0)
		body();
	noted.on = false;
}

static void expect_calls(const char *calls, const char *what)
{
	cr_assert(eq(str, noted.calls, (char *)calls), "%s calls other functions of libcriterion than it did: " HOST, what);
}

static const char *value_of(const char *name)
{
	for (int i = 0; i < CRI_ASSERT_MAX_PARAMS; i++)
		if (strcmp(noted.name[i], name) == 0)
			return noted.value[i];
	return "(none)";
}

/* ---- exported ------------------------------------------------------------------------------- */

Test(criterion_symbols, are_exported_by_the_library)
{
	static const char *const names[] = {
	    "criterion_internal_test_setup", "criterion_internal_test_main", "criterion_internal_test_teardown",
	    "criterion_send_assert",         "cri_assert_node_send",         "criterion_abort_test",
	    "criterion_continue_test",       "cri_asserts_passed_incr"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		Dl_info where = {0};
		void *function = dlsym(RTLD_NEXT, names[i]);
		cr_assert(function != NULL, "Criterion has no function %s any more, which the host overrides: " HOST, names[i]);
		cr_assert(dladdr(function, &where) != 0);
		cr_assert(strstr(where.dli_fname, "libcriterion") != NULL, "%s is in %s, not in libcriterion", names[i],
		          where.dli_fname);
	}
}

/* ---- a test's entry and its body ------------------------------------------------------------ */

extern struct criterion_test *__start_cr_tst[] __attribute__((weak)), *__stop_cr_tst[] __attribute__((weak));

static void fixture_begin(void)
{
	note("init");
}

static void fixture_end(void)
{
	note("fini");
}

enum { ENTRY_LINE = __LINE__ + 2 };

Test(criterion_symbols, entry, .disabled = true, .exit_code = 173, .timeout = 60, .init = fixture_begin,
     .fini = fixture_end)
{
	note("body");
}

static const struct criterion_test *entry(void)
{
	for (struct criterion_test **test = __start_cr_tst; test < __stop_cr_tst; test++)
		if (*test && strcmp((*test)->name, "entry") == 0)
			return *test;
	return NULL;
}

Test(criterion_symbols, tests_are_in_the_section_cr_tst)
{
	cr_assert(ne(ptr, &__start_cr_tst[0], &__stop_cr_tst[0]),
	          "Criterion does not put its tests into the linker section cr_tst any more: " HOST);
	cr_assert(entry() != NULL,
	          "the linker section cr_tst does not hold pointers to struct criterion_test any more: " HOST);
}

Test(criterion_symbols, an_entry_says_what_the_host_needs)
{
	const struct criterion_test *test = entry();
	cr_assert(test != NULL);
	cr_assert(eq(str, (char *)test->category, "criterion_symbols"));
	const char *base = strrchr(test->data->file_, '/');
	cr_assert(eq(str, (char *)(base ? base + 1 : test->data->file_), "criterion_symbols_test.c"),
	          "an entry's file_ is another one than the source: " HOST);
	cr_assert(eq(uint, test->data->line_, ENTRY_LINE),
	          "an entry's line_ is not the line of Test: the host sorts by it");
	cr_assert(eq(int, test->data->exit_code, 173));
	cr_assert(test->data->init == fixture_begin && test->data->fini == fixture_end);
}

static void run_entry(void)
{
	entry()->test();
}

Test(criterion_symbols, an_entry_calls_setup_main_and_teardown)
{
	cr_assert(entry() != NULL);
	watch(run_entry);
	expect_calls("setup main body teardown", "a test's function");
}

/* ---- assertions ----------------------------------------------------------------------------- */

static const int seen = 2;

static void equal(void)
{
	cr_assert(eq(int, seen, 3), "message %d", 7);
}

static void not_equal(void)
{
	cr_assert(ne(int, seen, 2));
}

static void less(void)
{
	cr_assert(lt(int, seen, 2));
}

static void no_relation(void)
{
	cr_assert(seen == 3);
}

static void failing_expectation(void)
{
	cr_expect(eq(int, seen, 3));
}

static void holds(void)
{
	cr_assert(eq(int, seen, 2));
}

static void old_style(void)
{
	cr_assert_eq(seen, 3, "message %d", 7);
}

static void old_style_holds(void)
{
	cr_assert_eq(seen, 2);
}

Test(criterion_symbols, a_failed_assertion_sends_a_node_and_aborts)
{
	watch(equal);
	expect_calls("node abort", "a failed cr_assert");
	cr_assert(strstr(noted.file, "criterion_symbols_test.c") != NULL);
	cr_assert(ne(uint, noted.line, 0));
	cr_assert(not(noted.pass), "the root of a failed assertion has `pass`: " HOST);
	cr_assert(eq(str, noted.message, "message 7"), "the root of a failed assertion does not hold its message: " HOST);
	cr_assert(eq(uint, noted.children, 1));
	cr_assert(not(noted.child_pass));
}

#define PARAMETERS "a failed assertion names its arguments otherwise; the host shows them as seen and expected: " HOST

Test(criterion_symbols, a_node_holds_the_arguments_and_their_text)
{
	watch(equal);
	cr_assert(eq(str, noted.repr, "eq(int, seen, 3)"), PARAMETERS);
	cr_assert(eq(str, (char *)value_of("actual"), "2"), PARAMETERS);
	cr_assert(eq(str, (char *)value_of("expected"), "3"), PARAMETERS);
	watch(not_equal);
	cr_assert(eq(str, noted.repr, "ne(int, seen, 2)"), PARAMETERS);
	cr_assert(eq(str, (char *)value_of("actual"), "2"), PARAMETERS);
	cr_assert(eq(str, (char *)value_of("unexpected"), "2"), PARAMETERS);
	watch(less);
	cr_assert(eq(str, noted.repr, "lt(int, seen, 2)"), PARAMETERS);
	cr_assert(eq(str, (char *)value_of("actual"), "2"), PARAMETERS);
	cr_assert(eq(str, (char *)value_of("reference"), "2"), PARAMETERS);
	watch(no_relation);
	cr_assert(eq(str, noted.repr, "seen == 3"), PARAMETERS);
	cr_assert(eq(str, noted.name[0], ""), PARAMETERS);
}

Test(criterion_symbols, a_failed_expectation_goes_on)
{
	watch(failing_expectation);
	expect_calls("node continue", "a failed cr_expect");
}

Test(criterion_symbols, an_assertion_that_holds_is_silent)
{
	watch(holds);
	expect_calls("", "a cr_assert that holds");
}

Test(criterion_symbols, an_old_assertion_sends_its_message)
{
	watch(old_style);
	expect_calls("send abort", "a failed cr_assert_eq");
	cr_assert(not(noted.pass));
	cr_assert(eq(str, noted.message, "message 7"));
	cr_assert(strstr(noted.file, "criterion_symbols_test.c") != NULL);
	cr_assert(ne(uint, noted.line, 0));
	watch(old_style_holds);
	expect_calls("passed", "a cr_assert_eq that holds");
}
