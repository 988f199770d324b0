/* picture_test.c - the picture and the table of an interleaving, and its JSON. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../grader/report/picture.h"

#include <libxml/parser.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* ---- samples -------------------------------------------------------------------------------- */

static char *text_copy(const char *text)
{
	return text ? strdup(text) : NULL;
}

/* The lanes are parted by '|'. */
static struct interleaving *interleaving_of(const char *lanes, const char *outcome)
{
	struct interleaving *result = calloc(1, sizeof *result);
	char *names = strdup(lanes), *rest = names, *name;

	while ((name = strsep(&rest, "|"))) {
		result->lane = realloc(result->lane, (result->lane_count + 1) * sizeof *result->lane);
		result->lane[result->lane_count++] = strdup(name);
	}
	free(names);
	result->outcome = text_copy(outcome);
	return result;
}

static struct step *add(struct interleaving *interleaving, enum step_kind kind, size_t lane, unsigned line,
                        const char *code, const char *operation, const char *object, const char *effect)
{
	interleaving->step = realloc(interleaving->step, (interleaving->step_count + 1) * sizeof *interleaving->step);
	struct step *step = &interleaving->step[interleaving->step_count++];

	*step = (struct step){.kind = kind,
	                      .lane = lane,
	                      .file = text_copy("mailbox.c"),
	                      .line = line,
	                      .code = text_copy(code),
	                      .operation = text_copy(operation),
	                      .object = text_copy(object),
	                      .effect = text_copy(effect)};
	return step;
}

static void add_switched(struct interleaving *interleaving, enum step_kind kind, size_t lane, unsigned line,
                         const char *code, const char *operation, const char *object, const char *effect)
{
	add(interleaving, kind, lane, line, code, operation, object, effect)->switched = true;
	interleaving->switches++;
}

/* The flag is looked at before the lock is held; the signal comes in between. */
static struct interleaving *lost_wakeup(void)
{
	struct interleaving *result = interleaving_of(
	    "main thread|thread 1", "Lost wake-up: thread 1 waits on cond 1 for ever. The only signal (step 6) came when "
	                            "nobody waited yet.");

	add(result, STEP_START, 0, 31, "pthread_create(&reader, NULL, read_mail, &box);", "create", "thread 1", NULL);
	add(result, STEP_START, 1, 12, "static void *read_mail(void *argument)", "start", NULL, NULL);
	add(result, STEP_PLAIN, 1, 16, "if (!box->full) {", "read", "box->full", "is 0");
	add_switched(result, STEP_ACQUIRE, 0, 33, "pthread_mutex_lock(&box.lock);", "lock", "mutex 1", NULL);
	add(result, STEP_PLAIN, 0, 34, "box.full = true;", "write", "box->full", "0 -> 1");
	add(result, STEP_PLAIN, 0, 35, "pthread_cond_signal(&box.changed);", "signal", "cond 1",
	    "no thread is waiting: no effect");
	add(result, STEP_RELEASE, 0, 36, "pthread_mutex_unlock(&box.lock);", "unlock", "mutex 1", NULL);
	add(result, STEP_WAIT, 0, 37, "pthread_join(reader, NULL);", "join", "thread 1", "waits: thread 1 has not ended");
	add(result, STEP_ACQUIRE, 1, 17, "pthread_mutex_lock(&box->lock);", "lock", "mutex 1", NULL);
	add(result, STEP_RELEASE, 1, 18, "pthread_cond_wait(&box->changed, &box->lock);", "unlock", "mutex 1", NULL);
	add(result, STEP_WAIT, 1, 18, "pthread_cond_wait(&box->changed, &box->lock);", "wait", "cond 1",
	    "waits: no signal will come");
	return result;
}

/* Two accounts, locked in the order of the arguments. */
static struct interleaving *deadlock(void)
{
	struct interleaving *result = interleaving_of("main thread|thread 1|thread 2",
	                                              "Deadlock: thread 1 holds mutex 1 and waits for mutex 2; thread 2 "
	                                              "holds mutex 2 and waits for mutex 1.");

	add(result, STEP_START, 0, 41, "pthread_create(&t[0], NULL, pay, &there);", "create", "thread 1", NULL);
	add(result, STEP_PLAIN, 0, 42, "pthread_create(&t[1], NULL, pay, &back);", "create", "thread 2", NULL);
	add(result, STEP_WAIT, 0, 43, "pthread_join(t[0], NULL);", "join", "thread 1", "waits: thread 1 has not ended");
	add(result, STEP_START, 1, 20, "static void *pay(void *argument)", "start", NULL, NULL);
	add(result, STEP_ACQUIRE, 1, 24, "pthread_mutex_lock(&from->lock);", "lock", "mutex 1", NULL);
	add_switched(result, STEP_START, 2, 20, "static void *pay(void *argument)", "start", NULL, NULL);
	add(result, STEP_ACQUIRE, 2, 24, "pthread_mutex_lock(&from->lock);", "lock", "mutex 2", NULL);
	add(result, STEP_WAIT, 2, 25, "pthread_mutex_lock(&to->lock);", "lock", "mutex 1", "waits: thread 1 holds mutex 1");
	add(result, STEP_WAIT, 1, 25, "pthread_mutex_lock(&to->lock);", "lock", "mutex 2", "waits: thread 2 holds mutex 2");
	return result;
}

/* Two processes add 1 to a number in shared memory. */
static struct interleaving *lost_update(void)
{
	struct interleaving *result =
	    interleaving_of("parent|child 1", "Assertion failed: the counter is 1 after two increments, 2 was expected.");

	add(result, STEP_START, 0, 18,
	    "int *count = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED | "
	    "MAP_ANONYMOUS, -1, 0);",
	    "mmap", "shared memory", NULL);
	add(result, STEP_PLAIN, 0, 19, "pid_t child = fork();", "fork", "child 1", NULL);
	add(result, STEP_START, 1, 21, "(*count)++;", "start", NULL, NULL);
	add(result, STEP_PLAIN, 1, 21, "(*count)++;", "read", "*count", "is 0");
	add_switched(result, STEP_PLAIN, 0, 24, "(*count)++;", "read", "*count", "is 0");
	add(result, STEP_PLAIN, 0, 24, "(*count)++;", "write", "*count", "0 -> 1");
	add(result, STEP_WAIT, 0, 25, "waitpid(child, NULL, 0);", "wait", "child 1", "waits: child 1 has not ended");
	add(result, STEP_PLAIN, 1, 21, "(*count)++;", "write", "*count", "1 -> 1: the other increment is lost");
	add(result, STEP_END, 1, 22, "_exit(0);", "exit", NULL, "status 0");
	add(result, STEP_PLAIN, 0, 25, "waitpid(child, NULL, 0);", "wait", "child 1", "child 1 has ended");
	add(result, STEP_FAIL, 0, 26, "assert(*count == 2);", "assert", NULL, "seen 1, expected 2");
	return result;
}

/* ---- helpers -------------------------------------------------------------------------------- */

static char *drawn_as(const struct interleaving *interleaving, const char *id)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	picture_write(out, interleaving, id);
	fclose(out);
	cr_assert(eq(sz, strlen(text), size), "no NUL byte");
	return text;
}

static char *drawn(const struct interleaving *interleaving)
{
	return drawn_as(interleaving, "1");
}

static char *printed(const struct interleaving *interleaving, bool colour, unsigned width)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	interleaving_print(out, interleaving, colour, width);
	fclose(out);
	return text;
}

static void expect_in(const char *text, const char *part)
{
	cr_assert(ne(ptr, strstr(text, part), NULL), "should contain: %s\n%s", part, text);
}

static void expect_not_in(const char *text, const char *part)
{
	cr_assert(eq(ptr, strstr(text, part), NULL), "should not contain: %s\n%s", part, text);
}

static unsigned occurrences(const char *text, const char *part)
{
	unsigned count = 0;

	for (; (text = strstr(text, part)); text += strlen(part))
		count++;
	return count;
}

static bool is_printable(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' && *text != '\n')
			return false;
	return true;
}

/* What a picture may consist of: nothing that runs, links or loads. */
static void expect_own_markup(const xmlNode *node)
{
	static const char *const elements = " svg title desc style defs pattern marker rect path g text ";
	static const char *const attributes =
	    " aria-labelledby class d fill height id markerHeight markerWidth marker-end orient overflow patternTransform "
	    "patternUnits refX refY role rx stroke-opacity stroke-width text-anchor transform viewBox width x y ";
	char word[64];

	for (; node; node = node->next) {
		if (node->type != XML_ELEMENT_NODE)
			continue;
		snprintf(word, sizeof word, " %s ", (const char *)node->name);
		expect_in(elements, word);
		for (const xmlAttr *attribute = node->properties; attribute; attribute = attribute->next) {
			snprintf(word, sizeof word, " %s ", (const char *)attribute->name);
			expect_in(attributes, word);
		}
		expect_own_markup(node->children);
	}
}

static int number_of(const xmlNode *node, const char *name)
{
	xmlChar *value = xmlGetProp(node, (const xmlChar *)name);
	int number = value ? atoi((const char *)value) : 0;

	xmlFree(value);
	return number;
}

/* Nothing is drawn outside: of the boxes and texts that stand directly in the picture. */
static void expect_inside(const xmlNode *root)
{
	int width = number_of(root, "width"), height = number_of(root, "height");

	for (const xmlNode *node = root->children; node; node = node->next) {
		if (node->type != XML_ELEMENT_NODE)
			continue;
		int x = number_of(node, "x"), y = number_of(node, "y");
		cr_assert(x >= 0 && y >= 0, "%s at %d, %d", (const char *)node->name, x, y);
		cr_assert(x + number_of(node, "width") <= width && y + number_of(node, "height") <= height,
		          "%s at %d, %d of %d, %d", (const char *)node->name, x, y, width, height);
	}
}

static void expect_good(const struct interleaving *interleaving)
{
	char *text = drawn(interleaving);
	xmlDoc *document = xmlReadMemory(text, (int)strlen(text), "picture", "UTF-8",
	                                 XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_NOERROR);

	cr_assert(ne(ptr, document, NULL), "not well-formed:\n%s", text);
	expect_own_markup(xmlDocGetRootElement(document));
	expect_inside(xmlDocGetRootElement(document));
	xmlFreeDoc(document);
	cr_assert(is_printable(text));
	free(text);
}

/* ---- the picture ---------------------------------------------------------------------------- */

Test(picture, is_well_formed_and_shows_every_switch_and_every_ownership)
{
	struct interleaving *samples[] = {lost_wakeup(), deadlock(), lost_update()};
	const unsigned acquires[] = {2, 2, 0};

	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		expect_good(samples[i]);
		char *text = drawn(samples[i]);
		cr_assert(eq(uint, occurrences(text, "marker-end="), samples[i]->switches));
		cr_assert(eq(uint, occurrences(text, "class=\"fjp-bar "), acquires[i]));
		expect_in(text, ">switch 1</text>");
		expect_not_in(text, ">switch 2</text>");
		free(text);
		interleaving_free(samples[i]);
	}
}

Test(picture, tells_what_a_student_must_see)
{
	struct interleaving *interleaving = deadlock();
	char *text = drawn(interleaving);

	expect_in(text, ">thread 1</text>");
	expect_in(text, ">lock mutex 1</text>");
	expect_in(text, ">pthread_mutex_lock(&amp;from-&gt;lock);</text>");
	expect_in(text, ">mailbox.c:25</text>");
	expect_in(text, ">waits: thread 2 holds mutex 2</text>");
	expect_in(text, ">waits for mutex 2 for ever</text>");
	expect_in(text, ">holds mutex 2</text>");
	expect_in(text, ">interrupted</text>");
	expect_in(text, "Deadlock: thread 1 holds mutex 1");
	expect_in(text, "prefers-color-scheme: dark");
	free(text);
	interleaving_free(interleaving);
	interleaving = lost_update();
	text = drawn(interleaving);
	expect_in(text, "class=\"fjp-box-bad\"");
	expect_in(text, ">✗ assert</text>");
	expect_in(text, ">seen 1, expected 2</text>");
	expect_in(text, ">waits for child 1</text>");
	expect_not_in(text, "for ever");
	free(text);
	interleaving_free(interleaving);
}

Test(picture, can_be_heard)
{
	struct interleaving *interleaving = lost_update();
	char *text = drawn(interleaving);

	expect_in(text, "role=\"img\"");
	expect_in(text, "aria-labelledby=\"fjp-title-1 fjp-desc-1\"");
	expect_in(text, "<title id=\"fjp-title-1\">Interleaving of 2 lanes: Assertion failed");
	expect_in(text, "4. child 1: read *count, is 0. Switch 1: 5. parent: read *count, is 0.");
	expect_in(text, "seen 1, expected 2 (here it shows).");
	free(text);
	interleaving_free(interleaving);
}

Test(picture, is_the_same_each_time_and_differs_only_in_its_ids)
{
	struct interleaving *interleaving = lost_wakeup();
	char *first = drawn_as(interleaving, "a1"), *again = drawn_as(interleaving, "a1"),
	     *other = drawn_as(interleaving, "b2");

	cr_assert(eq(str, first, again));
	cr_assert(gt(uint, occurrences(first, "id=\"fjp-"), 0));
	cr_assert(eq(uint, occurrences(first, " id=\""), occurrences(first, "-a1\"") - 1), "one is in aria-labelledby");
	for (char *at = other; (at = strstr(at, "-b2"));)
		memcpy(at, "-a1", 3);
	cr_assert(eq(str, first, other));
	free(first);
	free(again);
	free(other);
	interleaving_free(interleaving);
}

Test(picture, makes_hostile_texts_harmless)
{
	static const char *const hostile[] = {
	    "</svg><script>alert(1)</script>",
	    "]]> & < > \" ' &amp; <!-- --> <![CDATA[ <?xml ?>",
	    "\033[2J\r\n\b\t\x7f\x01",
	    "\xff\xfe \xc0\xaf \xe2\x82",
	    "\xe2\x80\xae sdrawkcab \xe2\x81\xa6 \xef\xbf\xbf",
	    "a\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81",
	    "日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語",
	    "%s%n%99999d",
	    "x\" onload=\"alert(1)",
	    "",
	};

	for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
		struct interleaving *interleaving = interleaving_of("x|y", hostile[i]);

		free(interleaving->lane[1]);
		interleaving->lane[1] = strdup(hostile[i]);
		for (enum step_kind kind = STEP_PLAIN; kind <= STEP_FAIL; kind++) {
			add_switched(interleaving, kind, kind % 2, kind, hostile[i], hostile[i], hostile[i], hostile[i]);
			free(interleaving->step[kind].file);
			interleaving->step[kind].file = strdup(hostile[i]);
		}
		expect_good(interleaving);
		char *text = drawn(interleaving);
		expect_not_in(text, "<script");
		expect_not_in(text, "\xe2\x80\xae");
		expect_not_in(text, "\xcc\x81\xcc\x81\xcc\x81</text>");
		free(text);
		interleaving_free(interleaving);
	}
}

Test(picture, folds_long_runs_and_nothing_else)
{
	struct interleaving *interleaving = interleaving_of("thread 1|thread 2", NULL);
	char code[16];

	for (unsigned i = 1; i <= 6; i++)
		add(interleaving, STEP_PLAIN, 0, i, "short_run();", "read", "x", NULL);
	for (unsigned i = 1; i <= 16; i++) {
		snprintf(code, sizeof code, "step_%u();", i);
		add(interleaving, STEP_PLAIN, 1, i, code, "read", "x", NULL);
	}
	add_switched(interleaving, STEP_PLAIN, 0, 9, "resumed();", "write", "x", NULL);
	for (unsigned i = 0; i < 12; i++)
		add(interleaving, i % 2 ? STEP_ACQUIRE : STEP_RELEASE, 0, 10, "locking();", "lock", "m", NULL);
	char *text = drawn(interleaving);
	cr_assert(eq(uint, occurrences(text, ">short_run();<"), 6));
	expect_in(text, ">… 14 more steps (8-21)<");
	expect_in(text, ">step_1();<");
	expect_not_in(text, ">step_2();<");
	expect_not_in(text, ">step_15();<");
	expect_in(text, ">step_16();<");
	expect_in(text, ">resumed();<");
	cr_assert(eq(uint, occurrences(text, ">locking();<"), 12));
	cr_assert(eq(uint, occurrences(text, "more steps"), 2), "once drawn, once in the description");
	free(text);
	expect_good(interleaving);
	interleaving_free(interleaving);
}

/* Of a picture that is higher than a sheet there are parts, which together are all of it. */
Test(picture, is_cut_into_parts_for_paper)
{
	struct interleaving *interleaving = interleaving_of("thread 1|thread 2", NULL);
	char *text = NULL;
	size_t size;

	for (unsigned i = 0; i < 60; i++)
		add(interleaving, STEP_PLAIN, i % 2, i, "step();", "read", "x", NULL);
	FILE *out = open_memstream(&text, &size);
	picture_write_in_page(out, interleaving, "F1");
	fclose(out);
	expect_in(text, "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"fjp whole\"");
	expect_in(text, "<g id=\"fjp-all-F1\">");
	int whole, top, height, end = 0;
	cr_assert(eq(int, sscanf(strstr(text, "viewBox=\"0 0 "), "viewBox=\"0 0 %*d %d", &whole), 1));
	for (const char *part = text; (part = strstr(part, "class=\"fjp part\"")); part++) {
		cr_assert(eq(int, sscanf(strstr(part, "viewBox"), "viewBox=\"0 %d %*d %d", &top, &height), 2));
		cr_expect(le(int, top, end));
		cr_expect(le(int, height, 900));
		end = top + height;
	}
	cr_expect(eq(int, end, whole));
	free(text);
	text = drawn(interleaving);
	expect_not_in(text, "part\"");
	expect_not_in(text, "fjp-all");
	free(text);
	interleaving_free(interleaving);
}

/* As in tables, but a short loop is drawn whole: who holds what is seen there. */
Test(picture, folds_loops_behind_their_first_round)
{
	struct interleaving *interleaving = interleaving_of("thread 1|thread 2", NULL);

	for (unsigned i = 0; i < 41; i++) {
		add(interleaving, STEP_ACQUIRE, 0, 3, "lock();", "lock", "mutex 1", NULL);
		add(interleaving, STEP_RELEASE, 0, 4, "unlock();", "unlock", "mutex 1", NULL);
	}
	add(interleaving, STEP_FAIL, 1, 5, "fail();", "read", "x", NULL);
	char *text = drawn(interleaving);
	expect_in(text, ">… the last 2 steps again, 40 times<");
	cr_assert(eq(uint, occurrences(text, ">lock();<"), 1));
	cr_assert(eq(uint, occurrences(text, ">unlock();<"), 1));
	cr_assert(eq(uint, occurrences(text, "class=\"fjp-bar "), 1));
	expect_in(text, ">fail();<");
	free(text);
	expect_good(interleaving);
	interleaving_free(interleaving);
}

Test(picture, ends_ownership_where_the_object_is_released)
{
	struct interleaving *interleaving = interleaving_of("thread 1|thread 2", NULL);

	add(interleaving, STEP_ACQUIRE, 0, 1, NULL, "lock", "mutex 1", NULL);
	add(interleaving, STEP_ACQUIRE, 0, 2, NULL, "lock", "mutex 1", NULL); /* recursive */
	add(interleaving, STEP_ACQUIRE, 0, 3, NULL, "wait", "semaphore 1", NULL);
	add(interleaving, STEP_RELEASE, 0, 4, NULL, "unlock", "mutex 1", NULL);
	add(interleaving, STEP_RELEASE, 1, 5, NULL, "post", "semaphore 1", NULL); /* by another lane */
	add(interleaving, STEP_RELEASE, 1, 6, NULL, "unlock", "mutex 9", NULL);   /* nobody has it */
	add(interleaving, STEP_ACQUIRE, 1, 7, NULL, "wait", "semaphore 1", NULL);
	char *text = drawn(interleaving);
	cr_assert(eq(uint, occurrences(text, "class=\"fjp-bar "), 4));
	cr_assert(eq(uint, occurrences(text, ">holds semaphore 1<"), 1));
	expect_not_in(text, "holds mutex 9");
	free(text);
	expect_good(interleaving);
	interleaving_free(interleaving);
}

Test(picture, copes_with_nothing)
{
	struct interleaving empty = {0}, lonely = {0};
	char *name[] = {NULL};

	lonely.lane = name;
	lonely.lane_count = 1;
	expect_good(&empty);
	expect_good(&lonely);
	char *text = drawn(&lonely);
	expect_in(text, "no steps were recorded");
	expect_in(text, ">lane 1<");
	free(text);
	struct step stray = {.kind = STEP_FAIL, .lane = 7, .switched = true};
	lonely.step = &stray;
	lonely.step_count = 1;
	expect_good(&lonely);
	text = printed(&lonely, false, 80);
	expect_in(text, "no steps were recorded");
	free(text);
}

/* Bare steps: no texts at all; the first one is "switched" although nothing ran before. */
Test(picture, copes_with_steps_without_texts)
{
	struct interleaving *interleaving = interleaving_of("thread 1", NULL);

	for (enum step_kind kind = STEP_PLAIN; kind <= STEP_FAIL; kind++) {
		struct step *step = add(interleaving, kind, 0, 0, NULL, NULL, NULL, NULL);
		free(step->file);
		step->file = NULL;
		step->switched = true;
	}
	expect_good(interleaving);
	char *text = drawn(interleaving), *table = printed(interleaving, false, 0);
	cr_assert(eq(uint, occurrences(text, "marker-end="), 7));
	expect_in(text, ">acquires</text>");
	expect_in(table, "---- switch 1: thread 1 goes on ----");
	free(text);
	free(table);
	interleaving_free(interleaving);
}

static uint32_t below(uint64_t *state, uint32_t limit)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33) % limit;
}

static struct interleaving *random_interleaving(uint64_t *state)
{
	static const char *const texts[] = {
	    NULL,
	    "",
	    "x",
	    "mutex 1",
	    "mutex 2",
	    "pthread_cond_wait(&queue->changed, &queue->lock);",
	    "a rather long explanation of what has changed here, and why that is a pity indeed, in "
	    "more words than fit into a box"};
	static const char *const lanes[] = {"a", "a|b", "main thread|thread 1|thread 2", "a|b|c|d|e|f|g|h|i|j|k|l"};
	static const unsigned counts[] = {1, 2, 3, 12};
	uint32_t which = below(state, 4), text_count = sizeof texts / sizeof *texts;
	struct interleaving *result = interleaving_of(lanes[which], texts[below(state, text_count)]);

	for (uint32_t left = below(state, 200); left > 0; left--) {
		struct step *step = add(result, (enum step_kind)below(state, 7), below(state, counts[which]),
		                        below(state, 3000), texts[below(state, text_count)], texts[below(state, text_count)],
		                        texts[below(state, text_count)], texts[below(state, text_count)]);
		step->switched = below(state, 5) == 0;
		result->switches += step->switched;
	}
	return result;
}

Test(picture, is_good_for_any_interleaving)
{
	uint64_t state = 3;

	for (int i = 0; i < 60; i++) {
		struct interleaving *interleaving = random_interleaving(&state);

		expect_good(interleaving);
		char *text = drawn(interleaving);
		cr_assert(eq(uint, occurrences(text, "marker-end="), interleaving->switches));
		free(text);
		interleaving_free(interleaving);
	}
}

/* ---- the table ------------------------------------------------------------------------------ */

Test(interleaving_table, shows_steps_switches_and_the_outcome_in_order)
{
	struct interleaving *interleaving = lost_update();
	char *text = printed(interleaving, false, 80);

	expect_in(text, "(lines of mailbox.c)\nstep  thread   where    operation");
	expect_in(text, "\n   4  child 1  line 21  read *count         is 0\n"
	                "---- switch 1: child 1 is preempted here, parent goes on ----\n"
	                "   5  parent   line 24  read *count         is 0\n"
	                "                        (*count)++;\n"
	                "   6  parent   line 24  write *count        0 -> 1\n"
	                "   7  parent ");
	expect_in(text, "\n  11 !parent   line 26  assert              seen 1, expected 2\n");
	cr_assert(gt(ptr, strstr(text, "Assertion failed: the counter is 1"), strstr(text, "assert(*count == 2);")));
	expect_not_in(text, "\033");
	expect_not_in(text, " \n");
	free(text);
	text = printed(interleaving, false, 140);
	expect_in(text, "read *count         (*count)++;  ");
	free(text);
	text = printed(interleaving, true, 80);
	expect_in(text, "\033[1;31m");
	free(text);
	interleaving_free(interleaving);
}

Test(interleaving_table, names_the_other_files_and_never_cuts_a_line_number)
{
	struct interleaving *interleaving = lost_update();

	free(interleaving->step[2].file);
	interleaving->step[2].file = strdup("a_file_with_a_long_name.c");
	interleaving->step[2].line = 1234;
	free(interleaving->step[3].file);
	interleaving->step[3].file = strdup("public.c");
	char *text = printed(interleaving, false, 80);
	expect_in(text, "(lines of mailbox.c)\n");
	expect_in(text, "a_file_w...:1234 ");
	expect_in(text, " public.c:21 ");
	expect_in(text, " line 24 ");
	free(text);
	for (size_t i = 0; i < interleaving->step_count; i++) {
		free(interleaving->step[i].file);
		interleaving->step[i].file = NULL;
	}
	text = printed(interleaving, false, 80);
	expect_not_in(text, "(lines of");
	free(text);
	interleaving_free(interleaving);
}

/* Where a word is broken its second half begins a line. */
Test(interleaving_table, breaks_no_word_into_an_order)
{
	char outcome[200] = "";

	for (unsigned i = 0; i < 80; i++) {
		memset(outcome, 'x', i);
		strcpy(outcome + i, "::error::y");
		struct interleaving *interleaving = interleaving_of("main thread", outcome);
		char *text = printed(interleaving, false, 60);

		cr_assert(i == 0 || strstr(text, "x"));
		cr_assert(eq(ptr, strstr(text, "\n::"), NULL), "%s", text);
		free(text);
		interleaving_free(interleaving);
	}
}

Test(interleaving_table, makes_hostile_texts_harmless)
{
	struct interleaving *interleaving =
	    interleaving_of("::error::x|##[group]", "::warning:: ##vso[x]\033[2J\n::add-mask::");

	add_switched(interleaving, STEP_FAIL, 0, 1, "::stop-commands::", "\033]0;x\a", "\xe2\x80\xae",
	             "::set-env:: \r ::x");
	add_switched(interleaving, STEP_PLAIN, 1, 12, "x", ":", NULL, "\xff");
	free(interleaving->step[1].file);
	interleaving->step[1].file = strdup(":");
	char *text = printed(interleaving, false, 80);
	cr_assert(is_printable(text));
	for (const char *c = text; *c; c++) {
		cr_assert(strncmp(c, " ::", 3) != 0 && strncmp(c, "\n::", 3) != 0 && strncmp(c, "##[", 3) != 0 &&
		          strncmp(c, "##vso", 5) != 0);
	}
	expect_not_in(text, "\xe2\x80\xae");
	expect_not_in(text, "\xff");
	free(text);
	interleaving_free(interleaving);
}

Test(interleaving_table, keeps_to_its_width)
{
	uint64_t state = 5;

	for (int i = 0; i < 40; i++) {
		struct interleaving *interleaving = random_interleaving(&state);
		unsigned width = 60 + below(&state, 120);
		char *text = printed(interleaving, false, width);

		for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
			cr_assert(le(sz, strcspn(line, "\n"), width), "%u: %.200s", width, line);
		free(text);
		interleaving_free(interleaving);
	}
}

/* ---- JSON ----------------------------------------------------------------------------------- */

static char *to_json(const struct interleaving *interleaving)
{
	json_t *json = interleaving_to_json(interleaving);
	char *text = json_dumps(json, JSON_SORT_KEYS | JSON_ENSURE_ASCII);

	json_decref(json);
	return text;
}

static struct interleaving *from_json(const char *text)
{
	json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
	struct interleaving *interleaving = interleaving_from_json(json);

	json_decref(json);
	return interleaving;
}

Test(interleaving_json, comes_back_as_it_went)
{
	uint64_t state = 7;

	for (int i = 0; i < 30; i++) {
		struct interleaving *interleaving = i ? random_interleaving(&state) : lost_wakeup();
		char *text = to_json(interleaving);
		struct interleaving *back = from_json(text);
		char *again = to_json(back), *picture = drawn(interleaving), *picture_again = drawn(back);

		cr_assert(eq(str, text, again));
		cr_assert(eq(str, picture, picture_again));
		cr_assert(eq(uint, back->switches, interleaving->switches));
		cr_assert(eq(sz, back->step_count, interleaving->step_count));
		free(text);
		free(again);
		free(picture);
		free(picture_again);
		interleaving_free(interleaving);
		interleaving_free(back);
	}
}

Test(interleaving_json, takes_source_lines_of_any_encoding)
{
	struct interleaving *interleaving = interleaving_of("thread 1", NULL);

	add(interleaving, STEP_PLAIN, 0, 1,
	    "/* Gr\xf6\xdf"
	    "e, größe */",
	    NULL, NULL, NULL);
	char *text = to_json(interleaving);
	struct interleaving *back = from_json(text);
	cr_assert(eq(str, back->step[0].code, (char *)"/* Gr\\xF6\\xDFe, größe */"));
	free(text);
	interleaving_free(interleaving);
	interleaving_free(back);
}

Test(interleaving_json, reads_what_it_understands)
{
	static const char *const strange[] = {
	    "{}",
	    "{\"lanes\":7,\"steps\":\"x\",\"outcome\":[]}",
	    "{\"lanes\":[\"a\"],\"steps\":[7,null,{\"lane\":1},{\"lane\":-1},{\"lane\":\"0\"},{\"lane\":99999999999}]}",
	};

	for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
		struct interleaving *interleaving = from_json(strange[i]);

		cr_assert(ne(ptr, interleaving, NULL));
		cr_assert(eq(sz, interleaving->step_count, 0), "%s", strange[i]);
		expect_good(interleaving);
		interleaving_free(interleaving);
	}
	struct interleaving *interleaving =
	    from_json("{\"lanes\":[\"a\",3],\"switches\":9,\"steps\":[{},{\"kind\":\"odd\",\"lane\":1,\"line\":-4,\"code\":"
	              "7,\"switched\":1},"
	              "{\"kind\":\"wait\",\"object\":\"m\",\"switched\":true,\"line\":99999999999}]}");
	cr_assert(eq(sz, interleaving->step_count, 3));
	cr_assert(eq(uint, interleaving->switches, 1));
	cr_assert(eq(ptr, interleaving->lane[1], NULL));
	cr_assert(interleaving->step[1].kind == STEP_PLAIN && !interleaving->step[1].line && !interleaving->step[1].code);
	cr_assert(interleaving->step[2].kind == STEP_WAIT && !interleaving->step[2].line);
	cr_assert(eq(str, interleaving->step[2].object, (char *)"m"));
	interleaving_free(interleaving);
	cr_assert(eq(ptr, from_json("[]"), NULL));
	cr_assert(eq(ptr, interleaving_from_json(NULL), NULL));
	interleaving_free(NULL);
}

Test(interleaving_json, changes_come_back_unless_they_are_of_nothing)
{
	static const char text[] =
	    "{\"lanes\":[\"a\",\"b\"],\"steps\":[{},{\"lane\":1,\"spurious\":true}],\"changes\":["
	    "{\"kind\":\"holder\",\"step\":0,\"lane\":1,\"id\":3,\"object\":\"lock\",\"class\":\"mutex\",\"file\":\"a.c\","
	    "\"line\":7},"
	    "{\"kind\":\"value\",\"step\":1,\"object\":\"x\",\"text\":\"70\"},{\"kind\":\"bytes\",\"step\":1,\"value\":-8},"
	    "{\"kind\":\"odd\",\"step\":0},{\"kind\":\"holder\",\"step\":2},{\"kind\":\"holder\",\"step\":-1},"
	    "{\"kind\":\"holder\",\"step\":0,\"lane\":2},{\"kind\":\"holder\",\"step\":0,\"lane\":\"1\"},7]}";
	struct interleaving *first = from_json(text);
	char *written = to_json(first);
	struct interleaving *back = from_json(written);

	cr_assert(eq(sz, back->change_count, 3));
	cr_assert(back->step[1].spurious);
	cr_assert(not(back->step[0].spurious));
	const struct change *change = back->change;
	cr_expect(change[0].kind == CHANGE_HOLDER && change[0].lane == 1 && change[0].id == 3 && change[0].line == 7);
	cr_expect(eq(str, change[0].object, "lock"));
	cr_expect(change[1].kind == CHANGE_VALUE && change[1].lane == NO_LANE && change[1].step == 1);
	cr_expect(eq(str, change[1].text, "70"));
	cr_expect(change[2].kind == CHANGE_BYTES && change[2].value == -8);
	free(written);
	interleaving_free(first);
	interleaving_free(back);
	/* Steps that were dropped would put each change to another one. */
	struct interleaving *dropped = from_json("{\"lanes\":[\"a\"],\"steps\":[{\"lane\":5},{}],\"changes\":[{\"kind\":"
	                                         "\"value\",\"step\":0}]}");
	cr_expect(eq(sz, dropped->change_count, 0));
	interleaving_free(dropped);
}

/* ---- what is so after the decisive step, under the table -------------------------------------- */

static char *printed_json(const char *text)
{
	struct interleaving *interleaving = from_json(text);
	char *table = printed(interleaving, false, 80);

	interleaving_free(interleaving);
	return table;
}

Test(interleaving_moment, locks_say_who_holds_and_who_waits)
{
	char *text = printed_json(
	    "{\"lanes\":[\"main thread\",\"thread 1\"],\"steps\":[{},{\"lane\":1},{\"kind\":\"fail\"},{}],\"changes\":["
	    "{\"kind\":\"holder\",\"step\":0,\"lane\":0,\"id\":3,\"object\":\"a\",\"class\":\"mutex\",\"file\":\"a.c\","
	    "\"line\":7},"
	    "{\"kind\":\"holder\",\"step\":0,\"lane\":0,\"id\":4,\"object\":\"b\",\"class\":\"mutex\"},"
	    "{\"kind\":\"holder\",\"step\":1,\"id\":4,\"object\":\"b\",\"class\":\"mutex\"},"
	    "{\"kind\":\"waiter\",\"step\":1,\"lane\":1,\"id\":3,\"object\":\"a\",\"class\":\"mutex\",\"file\":\"a.c\","
	    "\"line\":9},"
	    "{\"kind\":\"holder\",\"step\":3,\"id\":3,\"object\":\"a\",\"class\":\"mutex\"}]}");

	expect_in(text, "after step 3:\n  locks         a: held by main thread since a.c:7; waiting: thread 1 at a.c:9\n"
	                "                free: b\n");
	free(text);
}

Test(interleaving_moment, the_last_value_counts)
{
	char *text = printed_json("{\"lanes\":[\"a\"],\"steps\":[{},{}],\"changes\":["
	                          "{\"kind\":\"value\",\"step\":0,\"id\":1,\"object\":\"x\",\"text\":\"100\"},"
	                          "{\"kind\":\"value\",\"step\":0,\"id\":2,\"object\":\"s\",\"class\":\"semaphore\","
	                          "\"text\":\"2\"},"
	                          "{\"kind\":\"value\",\"step\":1,\"id\":1,\"object\":\"x\",\"text\":\"70\"},"
	                          "{\"kind\":\"waiter\",\"step\":1,\"lane\":0,\"text\":\"a \\u001b[2Jchild\"}]}");

	expect_in(text, "after step 2:\n  variables     x = 70\n  semaphores    s: 2\n  also waiting  a for a ");
	expect_not_in(text, "\033");
	free(text);
}

Test(interleaving_moment, pipes_and_sockets_say_who_keeps_a_reader_waiting)
{
	char *text =
	    printed_json("{\"lanes\":[\"main thread\",\"child 1\"],\"steps\":[{},{}],\"changes\":["
	                 "{\"kind\":\"ends\",\"step\":0,\"lane\":0,\"id\":0,\"object\":\"pipe 0\",\"value\":3},"
	                 "{\"kind\":\"ends\",\"step\":0,\"lane\":1,\"id\":0,\"object\":\"pipe 0\",\"value\":1},"
	                 "{\"kind\":\"ends\",\"step\":1,\"lane\":0,\"id\":0,\"object\":\"pipe 0\",\"value\":2},"
	                 "{\"kind\":\"ends\",\"step\":0,\"lane\":0,\"id\":1,\"object\":\"pipe 1\",\"value\":1},"
	                 "{\"kind\":\"ends\",\"step\":1,\"lane\":0,\"id\":1,\"object\":\"pipe 1\"},"
	                 "{\"kind\":\"ends\",\"step\":0,\"lane\":0,\"id\":64,\"object\":\"socket 0, end 0\",\"value\":4},"
	                 "{\"kind\":\"ends\",\"step\":0,\"lane\":1,\"id\":65,\"object\":\"socket 0, end 1\",\"value\":4},"
	                 "{\"kind\":\"bytes\",\"step\":1,\"id\":65,\"object\":\"socket 0, end 1\",\"value\":1},"
	                 "{\"kind\":\"waiter\",\"step\":1,\"lane\":0,\"text\":\"bytes\",\"value\":64},"
	                 "{\"kind\":\"waiter\",\"step\":1,\"lane\":1,\"text\":\"bytes\",\"value\":0},"
	                 "{\"kind\":\"child\",\"step\":1,\"lane\":1,\"value\":1}]}");

	expect_in(text, "  pipes         pipe 0: 0 bytes to be read; read end: child 1; write end: main\n"
	                "                  thread, keeps a reader waiting\n"
	                "                socket 0, end 0: 0 bytes to be read; open in: main thread\n"
	                "                socket 0, end 1: 1 byte to be read; open in: child 1, keeps a\n"
	                "                  reader waiting\n"
	                "  also waiting  main thread for bytes\n"
	                "                child 1 for bytes\n"
	                "  children      child 1 has ended, not waited for\n");
	expect_not_in(text, "pipe 1");
	free(text);
}
