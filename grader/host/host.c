/* host.c - the test host: runs Criterion tests without Criterion's runner.
 *
 * Linked with the tests, tests/support, grader/runtime and the submission into one judged program. It finds the tests
 * where Criterion's Test() puts them (linker section cr_tst), runs each in a forked child, once per schedule, and
 * writes one JSON line per run to the report descriptor. It defines the functions of libcriterion that test bodies
 * call, so the executable's definitions are used: no runner, no socket, no timeout thread; and so it works under
 * ThreadSanitizer, where Criterion's runner cannot start (Criterion issue 274), and needs one valgrind start in all.
 * A program whose tests call no more of libcriterion than that is not linked with it: it brings twenty libraries, which
 * are mapped, and copied at each fork. */
#include "host.h"
#include "kit.h"
#include "vault.h"

#include <criterion/criterion.h>
#include <criterion/event.h>
#include <criterion/internal/new_asserts.h>
#include <criterion/new/assert.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern struct criterion_test *__start_cr_tst[] __attribute__((weak)), *__stop_cr_tst[] __attribute__((weak));

enum { TIMEOUTS_ALLOWED = 2 };

/* ---- what test bodies call in libcriterion -------------------------------------------------- */

static struct criterion_test *current_test; /* between test->test() and the functions below, which take no argument */

void criterion_internal_test_setup(void)
{
	if (current_test->data->init)
		current_test->data->init();
}

void criterion_internal_test_main(void (*body)(void))
{
	body();
}

void criterion_internal_test_teardown(void)
{
	if (current_test->data->fini)
		current_test->data->fini();
}

void cri_asserts_passed_incr(void)
{
}

void criterion_continue_test(void)
{
}

/* The evidence is in shared memory already: nothing is left to do in this process. */
void criterion_abort_test(void)
{
	rt_write_counts();
	if (!rt_in_test_process())
		rt_die(1);
	_exit(EXIT_ASSERTION);
}

/* An assertion that fails is a tree: its root has the message, a child is what was asked for there ("eq(int, a, b)")
 * with the values in its params, and is a tree itself where that is made of more (all, any, none, not). */

void cri_assert_node_init(struct cri_assert_node *node)
{
	*node = (struct cri_assert_node){0};
}

/* The node is moved into the tree; what is returned may move when the next one is added. */
struct cri_assert_node *cri_assert_node_add(struct cri_assert_node *tree, struct cri_assert_node *node)
{
	size_t count = tree->nchild;
	struct cri_assert_node *children = realloc(tree->children, (count + 1) * sizeof *children);
	if (!children)
		abort();
	children[count] = *node;
	tree->children = children;
	tree->nchild = (count + 1) & 0x3fffffff; /* it has 30 bits */
	return &children[count];
}

void cri_assert_node_negate(struct cri_assert_node *tree)
{
	tree->pass = !tree->pass;
	for (unsigned i = 0; i < tree->nchild; i++)
		cri_assert_node_negate(&tree->children[i]);
}

void cri_assert_node_term(struct cri_assert_node *node)
{
	for (unsigned i = 0; i < node->nchild; i++)
		cri_assert_node_term(&node->children[i]);
	free(node->children);
	for (unsigned i = 0; i < CRI_ASSERT_MAX_PARAMS && node->params[i].name; i++)
		free(node->params[i].data);
	free((void *)node->message);
	if (node->dynrepr)
		free((void *)node->repr);
}

int cr_asprintf(char **text, const char *format, ...)
{
	va_list values;
	va_start(values, format);
	int length = vasprintf(text, format, values);
	va_end(values);
	return length;
}

/* `format` begins with a letter that is not of the message: a message that is left out is the empty string. */
char *cri_assert_message(const char *format, ...)
{
	char *message;
	va_list values;
	va_start(values, format);
	int length = vasprintf(&message, format + 1, values);
	va_end(values);
	if (length < 0)
		abort();
	return message;
}

static struct rt_evidence *assertion(const char *file, unsigned line)
{
	rt_note_failure();
	bool child = !rt_in_test_process();
	struct rt_evidence *evidence = rt_evidence_add(child ? "child_in_test" : "assertion");
	const char *base = strrchr(file, '/');
	snprintf(evidence->file, sizeof evidence->file, "%s", base ? base + 1 : file);
	evidence->line = line;
	if (child)
		snprintf(evidence->text, sizeof evidence->text,
		         "a forked child returned from the call and went on running the test");
	return evidence;
}

/* What the assertion follows from, most likely, is told before it. */
static void tell_cause(struct rt_evidence *evidence)
{
	char cause[120], text[sizeof evidence->text - sizeof cause];
	void *site = rt_in_test_process() ? kit_describe_failure(cause, sizeof cause) : NULL;
	if (!site)
		return;
	snprintf(text, sizeof text, "%s", evidence->text);
	snprintf(evidence->text, sizeof evidence->text, "%s%s", cause, text);
	snprintf(evidence->role, sizeof evidence->role, "the call that failed");
	evidence->frame[0] = (uintptr_t)site;
}

void criterion_send_assert(struct criterion_assert_stats *stats)
{
	if (stats->passed)
		return;
	struct rt_evidence *evidence = assertion(stats->file, stats->line);
	snprintf(evidence->text, sizeof evidence->text, "%s", stats->message);
	tell_cause(evidence);
}

/* Students know its messages and values, but not its text. */
static bool is_hidden(const struct rt_evidence *evidence)
{
	return strcmp(evidence->file, "hidden.c") == 0;
}

static const struct cri_assert_node *first_failed(const struct cri_assert_node *node)
{
	for (unsigned i = 0; i < node->nchild; i++)
		if (!node->children[i].pass)
			return first_failed(&node->children[i]);
	return node;
}

/* errno is a macro, and Criterion tells what it stands for. */
static char *named(const char *text, size_t size)
{
	static const char errno_is[] = "(*__errno_location ())";
	return size == sizeof errno_is - 1 && strncmp(text, errno_is, size) == 0 ? strdup("errno") : strndup(text, size);
}

/* "eq(int, held, 2)" -> the text of the second argument, "held"; NULL if there is none. */
static char *second_argument(const char *repr)
{
	const char *begin = NULL;
	int depth = 0;
	for (const char *c = repr; *c; c++) {
		depth += *c == '(' ? 1 : *c == ')' ? -1 : 0;
		if (*c != ',' && !(*c == ')' && depth == 0))
			continue;
		if (depth > 1)
			continue;
		if (begin)
			return named(begin, (size_t)(c - begin));
		begin = c + 1 + (c[1] == ' ');
	}
	return NULL;
}

static const char *parameter(const struct cri_assert_node *node, const char *name)
{
	for (int i = 0; i < CRI_ASSERT_MAX_PARAMS && node->params[i].name; i++)
		if (strcmp(node->params[i].name, name) == 0)
			return node->params[i].data;
	return NULL;
}

static const char *relation(const char *repr)
{
	static const char *const table[][2] = {{"eq(", "is"},         {"ne(", "is not"},          {"lt(", "is less than"},
	                                       {"le(", "is at most"}, {"gt(", "is greater than"}, {"ge(", "is at least"}};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (strncmp(repr, table[i][0], 3) == 0)
			return table[i][1];
	return NULL;
}

static bool has_word(const char *text, const char *word)
{
	size_t length = strlen(word);
	for (const char *found = text; (found = strstr(found, word)); found += length)
		if ((found == text || !(isalnum((unsigned char)found[-1]) || found[-1] == '_')) &&
		    !(isalnum((unsigned char)found[length]) || found[length] == '_'))
			return true;
	return false;
}

/* The value as people know it: "EAGAIN" for the 11 of an int that is an errno by its name; "an address" for one, which
 * is another one each time; else as it is. */
static const char *readable(const char *repr, const char *subject, const char *value)
{
	const char *type = strchr(repr, '(');
	if (type && strncmp(type, "(ptr,", 5) == 0 && strncmp(value, "0x", 2) == 0 && strcmp(value, "0x0") != 0)
		return "an address";
	char *end;
	long number = strtol(value, &end, 10);
	bool is_error = type && strncmp(type, "(int,", 5) == 0 && end != value && !*end &&
	                (has_word(subject, "errno") || has_word(subject, "error"));
	const char *name = is_error && number > 0 && number < 4096 ? strerrorname_np((int)number) : NULL;
	return name ? name : value;
}

struct values {
	const char *message; /* or NULL */
	const char *subject, *is, *actual, *reference;
};

static void tell_values(struct rt_evidence *evidence, const struct values *values)
{
	const char *message = values->message, *subject = values->subject;
	if (is_hidden(evidence) && strcmp(subject, "errno") != 0)
		subject = "the value";
	snprintf(evidence->text, sizeof evidence->text, "%s%s%s is %.150s%s", message ? message : "", message ? " (" : "",
	         subject, values->actual, message ? ")" : "");
	snprintf(evidence->expected, sizeof evidence->expected, "%s %s %.120s", subject, values->is, values->reference);
}

/* `condition`: as it is written, or NULL. */
static void tell_condition(struct rt_evidence *evidence, const char *message, const char *condition)
{
	if (is_hidden(evidence))
		condition = NULL;
	snprintf(evidence->text, sizeof evidence->text, "%s",
	         message     ? message
	         : condition ? condition
	                     : "an assertion of the test does not hold");
	if (message && condition)
		snprintf(evidence->expected, sizeof evidence->expected, "%s", condition);
}

void cri_assert_node_send(const char *file, size_t line, struct cri_assert_node *root)
{
	if (root->pass)
		return;
	struct rt_evidence *evidence = assertion(file, (unsigned)line);
	if (!rt_in_test_process())
		return;
	const struct cri_assert_node *node = first_failed(root);
	const char *message = root->message && *root->message ? root->message : NULL;
	const char *actual = parameter(node, "actual");
	const char *reference = parameter(node, "expected");
	if (!reference)
		reference = parameter(node, "reference");
	if (!reference)
		reference = parameter(node, "unexpected");
	const char *is = node->repr ? relation(node->repr) : NULL;
	char *subject = is ? second_argument(node->repr) : NULL;
	if (subject && actual && reference)
		tell_values(evidence, &(struct values){message, subject, is, readable(node->repr, subject, actual),
		                                       readable(node->repr, subject, reference)});
	else
		tell_condition(evidence, message, node->repr);
	free(subject);
	tell_cause(evidence);
}

/* ---- which tests ------------------------------------------------------------------------------ */

static bool wanted(const char *list, const char *name)
{
	size_t length = strlen(name);
	for (const char *found = list; found && (found = strstr(found, name)); found += length)
		if ((found == list || found[-1] == ',') && (found[length] == ',' || !found[length]))
			return true;
	return !list;
}

static int by_line(const void *a, const void *b)
{
	const struct criterion_test *const *x = a, *const *y = b;
	int order = strcmp((*x)->data->file_, (*y)->data->file_);
	return order ? order : (int)(*x)->data->line_ - (int)(*y)->data->line_;
}

static void run_body(void *context)
{
	struct criterion_test *test = context;
	test->test();
	rt_leave_test("child_in_test", "the test's body was left in an unexpected way");
}

static void run_control_test(void *context)
{
	(void)context;
	kit_test_begin(NULL);
	if (!rt_explores())
		cr_assert(eq(int, 173, 137), "an assertion that does not hold");
	kit_control_explorer();
	kit_test_end();
}

/* The result of this test is known: it fails. */
static void run_control(struct options options)
{
	struct unit unit = {CONTROL_TEST, run_control_test, NULL};
	options.campaign.schedules = 10;
	options.campaign.why_not = NULL;
	options.campaign.measure = true;
	host_judge(&unit, &options);
}

static void run_all(const struct options *options)
{
	unsigned timeouts = 0;
	for (struct criterion_test **test = __start_cr_tst; test < __stop_cr_tst; test++) {
		if (!wanted(options->tests, (*test)->name))
			continue;
		current_test = *test;
		struct unit unit = {(*test)->name, timeouts < TIMEOUTS_ALLOWED ? run_body : NULL, *test};
		if (strcmp(host_judge(&unit, options), "timeout") == 0)
			timeouts++;
	}
	if (options->control)
		run_control(*options);
}

WITHOUT_GUARD int main(int argc, char **argv)
{
	struct options options;
	host_fix_guard();
	host_options(argc, argv, &options);
	if (&__start_cr_tst[0] == &__stop_cr_tst[0])
		return 2;
	qsort(__start_cr_tst, (size_t)(__stop_cr_tst - __start_cr_tst), sizeof *__start_cr_tst, by_line);
	if (vault_open() != 0) {
		perror("kit: cannot map memory");
		return 2;
	}
	if (host_prepare(&options) != 0)
		return 2;
	if (!options.in_process) {
		host_begins(&options);
		run_all(&options);
		return 0;
	}
	for (struct criterion_test **test = __start_cr_tst; test < __stop_cr_tst; test++)
		if (wanted(options.tests, (*test)->name)) {
			current_test = *test;
			(*test)->test(); /* kit_test_begin makes the world; the process ends with the test */
		}
	return 2;
}
