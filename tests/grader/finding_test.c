/* finding_test.c - building, comparing and freeing findings. */
#include "sample.h"

Test(finding, holds_copies_of_what_it_is_given)
{
	struct findings findings = {0};
	char name[] = "memcheck";
	struct finding *finding = findings_add(&findings, name, "memory_leak", NULL);

	name[0] = '?';
	finding_add_place(finding, "pipe_ring.c", 12, NULL, "allocated");
	finding_add_detail(finding, "%d bytes", 40);
	cr_assert(eq(str, finding->check, "memcheck"));
	cr_assert(eq(ptr, finding->test, NULL));
	cr_assert(eq(u32, finding->count, 1));
	cr_assert(eq(str, finding->where[0].role, "allocated"));
	cr_assert(eq(str, finding->detail[0], "40 bytes"));
	findings_clear(&findings);
	cr_assert(eq(sz, findings.count, 0));
}

Test(finding, a_field_can_be_extended_with_itself)
{
	char *text = NULL;

	finding_set(&text, "one");
	finding_set(&text, "%s, %s", text, "two");
	cr_assert(eq(str, text, "one, two"));
	free(text);
}

Test(finding, many_can_be_added)
{
	struct findings findings = {0};

	for (int i = 0; i < 1000; i++)
		finding_set(&findings_add(&findings, "tsan", "data_race", "test")->seen, "%d", i);
	cr_assert(eq(sz, findings.count, 1000));
	cr_assert(eq(str, findings.item[999].seen, "999"));
	findings_clear(&findings);
}

Test(finding, the_two_sides_of_a_race_may_be_swapped_without_changing_the_root)
{
	struct findings findings = {0};

	for (int i = 0; i < 2; i++) {
		struct finding *finding = findings_add(&findings, "tsan", "data_race", i ? "a" : "b");
		finding_add_place(finding, "race_fix.c", i ? 10 : 20, "add", i ? "write by T1" : "read by T2");
		finding_add_place(finding, "race_fix.c", i ? 20 : 10, "add", i ? "read by T2" : "write by T1");
	}
	cr_assert(finding_same_root(&findings.item[0], &findings.item[1]));
	finding_add_place(&findings.item[1], "race_fix.c", 30, "main", NULL);
	cr_assert(not(finding_same_root(&findings.item[0], &findings.item[1])));
	cr_assert(not(finding_same_root(&findings.item[1], &findings.item[0])));
	findings_clear(&findings);
}

Test(finding, without_places_only_the_same_sentence_is_the_same_root)
{
	struct findings findings = {0};

	finding_set(&findings_add(&findings, "criterion", "assertion", "a")->seen, "3 nodes");
	finding_set(&findings_add(&findings, "criterion", "assertion", "b")->seen, "4 nodes");
	finding_set(&findings_add(&findings, "criterion", "assertion", "c")->seen, "3 nodes");
	cr_assert(not(finding_same_root(&findings.item[0], &findings.item[1])));
	cr_assert(finding_same_root(&findings.item[0], &findings.item[2]));
	findings_clear(&findings);
}

static int sign(int number)
{
	return (number > 0) - (number < 0);
}

/* Few distinct values, so that equal fields are frequent. */
static void add_random(struct findings *findings, uint64_t *seed)
{
	static const char *const words[] = {NULL, "a", "b"};
	struct finding *finding = findings_add(findings, words[1 + sample_random(seed, 2)],
	                                       words[1 + sample_random(seed, 2)], words[sample_random(seed, 3)]);

	for (uint32_t i = sample_random(seed, 3); i > 0; i--)
		finding_add_place(finding, words[sample_random(seed, 3)], sample_random(seed, 2), words[sample_random(seed, 3)],
		                  NULL);
	if (sample_random(seed, 2))
		finding_set(&finding->seen, "%u", sample_random(seed, 2));
}

Test(finding, the_order_is_total)
{
	struct findings findings = {0};
	uint64_t seed = 1;

	for (int i = 0; i < 80; i++)
		add_random(&findings, &seed);
	for (size_t i = 0; i < 80; i++) {
		const struct finding *a = &findings.item[i];
		cr_assert(eq(int, finding_compare(a, a), 0));
		for (size_t j = 0; j < 80; j++) {
			const struct finding *b = &findings.item[j];
			cr_assert(eq(int, sign(finding_compare(a, b)), -sign(finding_compare(b, a))));
			cr_assert(eq(int, finding_same_root(a, b), finding_same_root(b, a)));
			for (size_t k = 0; k < 80; k++) {
				const struct finding *c = &findings.item[k];
				if (finding_compare(a, b) <= 0 && finding_compare(b, c) <= 0)
					cr_assert(le(int, finding_compare(a, c), 0));
				if (finding_same_root(a, b) && finding_same_root(b, c))
					cr_assert(finding_same_root(a, c));
			}
		}
	}
	findings_clear(&findings);
}

static struct finding *add_race(struct findings *findings, const char *check, size_t read, size_t write)
{
	struct finding *finding = findings_add(findings, check, "data_race", "t");
	finding_add_place(finding, "a.c", read, "look", "read by thread 1");
	finding_add_place(finding, "a.c", 7, "work", "read by thread 1");
	finding_add_place(finding, "a.c", write, "change", "write by thread 2");
	return finding;
}

/* One read without its lock races with each write: that is one defect. Who only calls both is none. */
Test(finding, races_with_a_line_in_common_are_one_defect)
{
	struct findings findings = {0};
	add_race(&findings, "tsan", 40, 52);
	add_race(&findings, "explore", 40, 60);
	add_race(&findings, "tsan", 60, 61);
	add_race(&findings, "tsan", 41, 53);
	const struct finding *race = findings.item;
	cr_expect(eq(uint, finding_side(&race[0], 0)->line, 40));
	cr_expect(eq(uint, finding_side(&race[0], 1)->line, 52));
	cr_expect(eq(ptr, (void *)finding_side(&race[0], 2), NULL));
	cr_expect(finding_shares_race(&race[0], &race[1]));
	cr_expect(finding_shares_race(&race[1], &race[2]));
	cr_expect(not(finding_shares_race(&race[0], &race[2])));
	cr_expect(not(finding_shares_race(&race[0], &race[3])));
	findings_clear(&findings);
}
