/* agree.c - several checks look at the same run from different sides: what two of them saw is one finding, and where
 * they differ the report says why. */
#include "../finding/kind.h"
#include "../memory.h"
#include "check.h"

#include <stdlib.h>
#include <string.h>

static bool is(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

static struct finding *find(struct grade *grade, const char *check, const char *test)
{
	for (size_t i = 0; i < grade->findings.count; i++)
		if (is(grade->findings.item[i].check, check) && is(grade->findings.item[i].test, test))
			return &grade->findings.item[i];
	return NULL;
}

static void drop(struct findings *findings, size_t index)
{
	finding_clear(&findings->item[index]);
	memmove(&findings->item[index], &findings->item[index + 1], (findings->count - index - 1) * sizeof *findings->item);
	findings->count--;
}

/* The schedule that the explorer found shows the other check's finding as well. */
static void lend_schedule(struct finding *to, struct finding *from)
{
	if (to->token)
		return;
	to->token = from->token;
	to->interleaving = from->interleaving;
	from->token = NULL;
	from->interleaving = NULL;
	finding_set(&to->replay, "%s", from->replay);
}

/* ---- tests that fail in some schedule ------------------------------------------------------- */

static enum test_status status_of(const char *kind)
{
	if (kind_find(kind)->traits & KIND_STUCK)
		return TEST_HANG;
	return is(kind, "crash") ? TEST_CRASH : TEST_FAIL;
}

static void fold_failure(struct grade *grade, size_t *index)
{
	struct finding *finding = &grade->findings.item[*index];
	struct test_result *test = grade_test(grade, finding->test);
	if (!test || test->status == TEST_NOT_RUN || test->status == TEST_TIMEOUT) {
		drop(&grade->findings, (*index)--);
		return;
	}
	struct finding *plain = find(grade, "criterion", finding->test);
	if (!plain) { /* the test passes in the plain schedules: then it fails here, or it has failed here before */
		if (test->status == TEST_PASS) {
			test->status = status_of(finding->kind);
			finding_set(&test->message, "%s", finding->seen);
		}
		return;
	}
	if (test->status == status_of(finding->kind) && !plain->token) {
		finding_add_detail(plain, "the explorer (%s): %s", finding->kind, finding->seen);
		finding_set(&plain->diagnosis, "%s", finding->kind);
		lend_schedule(plain, finding);
	}
	drop(&grade->findings, (*index)--);
}

/* ---- races ---------------------------------------------------------------------------------- */

/* The same two lines: the innermost places of each side. */
static bool same_places(const struct finding *a, const struct finding *b)
{
	struct finding x = *a, y = *b;
	x.check = y.check;
	x.kind = y.kind;
	return finding_same_root(&x, &y);
}

static void fold_race(struct grade *grade, size_t *index)
{
	struct finding *finding = &grade->findings.item[*index];
	for (size_t i = 0; i < grade->findings.count; i++) {
		struct finding *other = &grade->findings.item[i];
		if (is(other->check, "tsan") && is(other->kind, finding->kind) && same_places(other, finding)) {
			lend_schedule(other, finding);
			drop(&grade->findings, (*index)--);
			return;
		}
	}
	finding_add_detail(finding, "ThreadSanitizer missed this: it runs only a few schedules");
}

static void explain_tsan(struct grade *grade, struct finding *finding)
{
	const struct test_result *test = finding->test ? grade_test(grade, finding->test) : NULL;
	if (!is(finding->kind, "data_race") || finding->token || !test || !test->explored.known)
		return;
	if (test->explored.why_not)
		finding_add_detail(finding, "the explorer did not look for it: %s", test->explored.why_not);
	else
		finding_add_detail(finding, "the explorer, which runs the test at a smaller size, did not come across it");
}

/* ---- lock order ----------------------------------------------------------------------------- */

/* Two locks are taken in both orders, but in every schedule that was tried a third one was held both times. That no
 * schedule got stuck is not enough: the test may have had its threads one after the other. */
static bool refuted(struct grade *grade, const struct finding *finding)
{
	const struct test_result *test = finding->test ? grade_test(grade, finding->test) : NULL;
	return is(finding->check, "tsan") && is(finding->kind, "lock_order_inversion") && test && test->explored.known &&
	       test->explored.gated && test->status == TEST_PASS;
}

static void remark(struct grade *grade, const struct finding *finding)
{
	const struct test_result *test = grade_test(grade, finding->test);
	char *summary = explored_summary(&test->explored, true), *text = NULL;
	finding_set(
	    &text,
	    "in %s mutexes are locked in both orders (%s:%u), which ThreadSanitizer reports; the explorer tried %s: "
	    "none deadlocks, a third mutex is held both times, and it costs nothing",
	    finding->test, finding->where_count ? finding->where[0].file : "?",
	    finding->where_count ? finding->where[0].line : 0, summary);
	struct string_list *remarks = &grade->remarks;
	remarks->item = must(reallocarray(remarks->item, remarks->count + 1, sizeof *remarks->item));
	remarks->item[remarks->count++] = text;
	free(summary);
}

/* ---- all ------------------------------------------------------------------------------------ */

static bool audited(struct grade *grade, const struct finding *finding)
{
	for (size_t i = 0; i < grade->findings.count; i++) {
		const struct finding *other = &grade->findings.item[i];
		if (is(other->check, "audit") && is(other->kind, finding->kind) && is(other->test, finding->test))
			return true;
	}
	return false;
}

void checks_agree(struct grade *grade)
{
	struct findings *findings = &grade->findings;
	for (size_t i = 0; i < findings->count; i++)
		if (finding_fails_test(&findings->item[i]))
			fold_failure(grade, &i);
	for (size_t i = 0; i < findings->count; i++) {
		struct finding *finding = &findings->item[i];
		const struct test_result *test = finding->test ? grade_test(grade, finding->test) : NULL;
		if (!is(finding->check, "explore") || finding_fails_test(finding))
			continue;
		if (is(finding->kind, "data_race") || is(finding->kind, "use_after_free"))
			fold_race(grade, &i);
		else if (audited(grade, finding) || (test && test->status != TEST_PASS && /* what a failure leaves behind */
		                                     !(kind_find(finding->kind)->traits & KIND_CAUSE)))
			drop(findings, i--);
	}
	for (size_t i = 0; i < findings->count; i++) {
		if (refuted(grade, &findings->item[i])) {
			remark(grade, &findings->item[i]);
			drop(findings, i--);
		} else if (is(findings->item[i].check, "tsan")) {
			explain_tsan(grade, &findings->item[i]);
		}
	}
}
