/* cluster_test.c - a class on many machines: whose share is what, the plan, results that are whole or not there. */
#include "sample.h"

#include "../../grader/cluster/cluster.h"
#include "../../grader/memory.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/cluster_test.XXXXXX";

static void enter_folder(void)
{
	cr_assert(mkdtemp(folder) != NULL);
}

static void leave_folder(void)
{
	folder_remove(folder);
}

TestSuite(share, .timeout = 60);
TestSuite(plan, .init = enter_folder, .fini = leave_folder, .timeout = 60);
TestSuite(result, .init = enter_folder, .fini = leave_folder, .timeout = 60);
TestSuite(memory, .init = enter_folder, .fini = leave_folder, .timeout = 60);

static void put(const char *name, const char *text)
{
	char *path = format("%s/%s", folder, name);
	FILE *file = fopen(path, "w");
	cr_assert(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
	free(path);
}

static bool there(const char *name)
{
	char *path = format("%s/%s", folder, name);
	bool is = file_exists(path);
	free(path);
	return is;
}

/* The key of this number: 64 digits. */
static const char *key_of(unsigned number, char key[HASH_SIZE])
{
	snprintf(key, HASH_SIZE, "%064x", number);
	return key;
}

/* ---- shares ----------------------------------------------------------------------------------- */

Test(share, each_place_is_in_exactly_one)
{
	for (unsigned of = 1; of <= 40; of++)
		for (size_t count = 0; count <= 90; count++) {
			size_t smallest = count, largest = 0, sum = 0;
			for (unsigned number = 0; number < of; number++) {
				const struct share share = {number, of};
				size_t own = 0;
				for (size_t place = 0; place < count; place++)
					own += share_has(&share, place);
				smallest = own < smallest ? own : smallest;
				largest = own > largest ? own : largest;
				sum += own;
			}
			for (size_t place = 0; place < count; place++) {
				unsigned owners = 0;
				for (unsigned number = 0; number < of; number++)
					owners += share_has(&(struct share){number, of}, place);
				cr_assert(eq(uint, owners, 1), "place %zu of %u shares", place, of);
			}
			cr_assert(eq(sz, sum, count));
			cr_assert(largest - smallest <= 1, "%zu in %u shares: from %zu to %zu", count, of, smallest, largest);
		}
}

Test(share, beyond_the_work_is_empty)
{
	for (unsigned number = 3; number < 100; number++)
		for (size_t place = 0; place < 3; place++)
			cr_assert(not(share_has(&(struct share){number, 100}, place)));
}

Test(share, is_written_as_number_and_count)
{
	struct error error = {0};
	struct share share;
	cr_assert(eq(int, share_parse("3/8", &share, &error), 0), "%s", error.text);
	cr_expect(eq(uint, share.number, 3));
	cr_expect(eq(uint, share.of, 8));
	static const char *const wrong[] = {"",     "3",    "/8",   "3/",   "8/8", "9/8",   "0/0",
	                                    "-1/8", "1/8x", "1 /8", "+1/8", "a/b", "1/8/2", "99999999999999999999/8"};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		cr_expect(eq(int, share_parse(wrong[i], &share, &error), -1), "%s", wrong[i]);
}

/* ---- the plan --------------------------------------------------------------------------------- */

Test(plan, comes_back_sorted)
{
	struct error error = {0};
	struct plan plan = {.fresh = true};
	char key[HASH_SIZE];
	for (unsigned i = 50; i > 0; i--)
		plan_add(&plan, key_of(i * 7 % 51, key), i % 2 ? "race_fix" : "pipe_ring", "a \"folder\"\n\xff\xc3\xa9");
	cr_assert(eq(int, plan_save(&plan, folder, &error), 0), "%s", error.text);
	struct plan *back = plan_load(folder, &error);
	cr_assert(back != NULL, "%s", error.text);
	cr_expect(back->fresh);
	cr_assert(eq(sz, back->count, 50));
	char *name = plan_name("a \"folder\"\n\xff\xc3\xa9");
	for (size_t i = 0; i < back->count; i++) {
		cr_expect(eq(str, back->item[i].key, (char *)key_of((unsigned)i + 1, key)));
		cr_expect(eq(str, back->item[i].handin, name));
		cr_expect(plan_find(back, back->item[i].key) == &back->item[i]);
	}
	cr_expect(plan_find(back, key_of(51, key)) == NULL);
	cr_expect(plan_find(back, "no key") == NULL);
	cr_expect(plan_has_assignment(back, "pipe_ring"));
	cr_expect(not(plan_has_assignment(back, "thread_pool")));
	free(name);
	plan_free(back);
	plan_clear(&plan);
	plan_free(NULL);
}

Test(plan, of_nothing_is_a_plan)
{
	struct error error = {0};
	struct plan plan = {0};
	char key[HASH_SIZE];
	cr_assert(eq(int, plan_save(&plan, folder, &error), 0), "%s", error.text);
	struct plan *back = plan_load(folder, &error);
	cr_assert(back != NULL, "%s", error.text);
	cr_expect(eq(sz, back->count, 0));
	cr_expect(not(back->fresh));
	cr_expect(plan_find(back, key_of(1, key)) == NULL);
	plan_free(back);
}

Test(plan, that_is_none_is_refused)
{
	struct error error;
	cr_expect(plan_load(folder, &error) == NULL);
	static const char *const wrong[] = {
	    "", "{", "[]", "{\"schema\": \"forkjoin/plan/2\", \"work\": []}", "{\"schema\": \"forkjoin/plan/1\"}",
	    "{\"schema\": \"forkjoin/plan/1\", \"work\": [{\"key\": \"../x\", \"assignment\": \"a\", \"handin\": \"b\"}]}",
	    "{\"schema\": \"forkjoin/plan/1\", \"work\": [3]}",
	    /* the same key twice */
	    "{\"schema\": \"forkjoin/plan/1\", \"work\": ["
	    "{\"key\": \"0000000000000000000000000000000000000000000000000000000000000001\", \"assignment\": \"a\", "
	    "\"handin\": \"b\"},"
	    "{\"key\": \"0000000000000000000000000000000000000000000000000000000000000001\", \"assignment\": \"a\", "
	    "\"handin\": \"c\"}]}"};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		put("plan.json", wrong[i]);
		error.text[0] = 0;
		cr_expect(plan_load(folder, &error) == NULL, "%s", wrong[i]);
		cr_expect(strstr(error.text, "not a plan") != NULL, "%s", error.text);
	}
}

/* ---- results ---------------------------------------------------------------------------------- */

static void keep_one(unsigned number)
{
	struct error error = {0};
	char key[HASH_SIZE];
	struct grade *grade = sample_grade();
	cr_assert(eq(int, result_keep(folder, key_of(number, key), grade, &error), 0), "%s", error.text);
	grade_free(grade);
}

Test(result, comes_back_as_it_was)
{
	struct error error = {0};
	char key[HASH_SIZE];
	struct grade *grade = sample_grade();
	cr_assert(eq(int, result_keep(folder, key_of(5, key), grade, &error), 0), "%s", error.text);
	struct grade *back = result_take(folder, key, grade->assignment, &error);
	cr_assert(back != NULL, "%s", error.text);
	char *one = grade_to_json(grade), *other = grade_to_json(back);
	cr_expect(eq(str, one, other));
	free(other);
	free(one);
	grade_free(back);
	result_drop(folder, key);
	cr_expect(result_take(folder, key, grade->assignment, &error) == NULL);
	cr_expect(eq(str, error.text, (char *)""), "nothing there is no error");
	result_drop(folder, key);
	grade_free(grade);
}

Test(result, that_is_torn_is_none)
{
	struct error error = {0};
	char key[HASH_SIZE];
	struct grade *grade = sample_grade();
	char *json = grade_to_json(grade), *name = format("%s.json", key_of(6, key));
	size_t length = strlen(json);
	for (size_t cut = 0; cut < length; cut += 1 + length / 97) {
		char *torn = strndup(json, cut);
		put(name, torn);
		cr_expect(result_take(folder, key, grade->assignment, &error) == NULL, "cut at %zu of %zu", cut, length);
		cr_expect(strstr(error.text, "is not a result of") != NULL, "%s", error.text);
		free(torn);
	}
	put(name, json);
	cr_expect(result_take(folder, key, "another", &error) == NULL);
	cr_expect(strstr(error.text, "it is one of") != NULL, "%s", error.text);
	free(name);
	free(json);
	grade_free(grade);
}

Test(result, that_cannot_be_written_leaves_the_old_one)
{
	struct error error = {0};
	char key[HASH_SIZE];
	struct grade *grade = sample_grade();
	char *nowhere = format("%s/nowhere", folder);
	cr_expect(eq(int, result_keep(nowhere, key_of(1, key), grade, &error), -1));
	cr_expect(strstr(error.text, "cannot write") != NULL, "%s", error.text);
	free(nowhere);
	grade_free(grade);
}

Test(result, of_nobody_says_why)
{
	struct error error = {0};
	char key[HASH_SIZE];
	struct grade *like = sample_grade();
	struct assignment assignment = {.name = (char *)"race_fix"};
	struct grade *grade = result_missing(&assignment, "ada", "its node was lost");
	cr_expect(not(grade->judged));
	cr_assert(eq(int, result_keep(folder, key_of(2, key), grade, &error), 0), "%s", error.text);
	struct grade *back = result_take(folder, key, "race_fix", &error);
	cr_assert(back != NULL, "%s", error.text);
	cr_expect(not(back->judged));
	cr_assert(eq(sz, back->check_count, 1));
	cr_expect(eq(str, back->check[0].reason, (char *)"its node was lost"));
	grade_free(back);
	grade_free(grade);
	grade_free(like);
}

Test(result, of_another_plan_is_removed_and_nothing_else)
{
	struct plan plan = {0};
	char key[HASH_SIZE];
	for (unsigned i = 1; i <= 3; i++)
		keep_one(i);
	plan_add(&plan, key_of(2, key), "race_fix", "ada");
	plan_sort(&plan);
	char *draft = format("%s.json.node.12", key_of(2, key)), *kept = format("%s.json", key),
	     *other = format("%s.jsonx", key);
	put(draft, "half");
	put(other, "");
	put("notes.json", "mine");
	put("plan.json", "");
	put("halves", "");
	cr_expect(eq(sz, results_tidy(folder, &plan), 2));
	cr_expect(there(kept));
	cr_expect(not(there(draft)));
	cr_expect(there(other));
	cr_expect(there("notes.json"));
	cr_expect(there("plan.json"));
	results_end(folder);
	cr_expect(not(there(kept)));
	cr_expect(not(there("plan.json")));
	cr_expect(not(there("halves")));
	cr_expect(there("notes.json"));
	free(other);
	free(kept);
	free(draft);
	plan_clear(&plan);
}

/* ---- memory ----------------------------------------------------------------------------------- */

static void put_group(const char *line, const char *group, const char *file, const char *text)
{
	struct error error = {0};
	char *proc = format("%s/proc/self", folder), *groups = format("%s/sys/fs/cgroup%s", folder, group);
	cr_assert(eq(int, folder_make(proc, &error), 0), "%s", error.text);
	cr_assert(eq(int, folder_make(groups, &error), 0), "%s", error.text);
	put("proc/self/cgroup", line);
	char *name = format("sys/fs/cgroup%s/%s", group, file);
	put(name, text);
	free(name);
	free(groups);
	free(proc);
}

Test(memory, kills_are_counted_in_version_2)
{
	put_group("0::/system.slice/slurmstepd.scope/job_7/step_batch/user/task_0\n",
	          "/system.slice/slurmstepd.scope/job_7/step_batch/user/task_0", "memory.events",
	          "low 0\nhigh 0\nmax 31\noom 2\noom_kill 3\noom_group_kill 1\n");
	cr_expect(eq(ullong, memory_kills(folder), 3));
}

Test(memory, kills_are_counted_in_version_1)
{
	put_group("9:cpuset:/slurm\n5:memory:/slurm/uid_0/job_7/step_batch\n0::/x\n",
	          "/memory/slurm/uid_0/job_7/step_batch", "memory.oom_control",
	          "oom_kill_disable 0\nunder_oom 0\noom_kill 4\n");
	cr_expect(eq(ullong, memory_kills(folder), 4));
}

Test(memory, nothing_known_is_no_kill)
{
	cr_expect(eq(ullong, memory_kills(folder), 0));
	put_group("nonsense\n0::/gone\n", "/here", "memory.events", "oom_kill 1\n");
	cr_expect(eq(ullong, memory_kills(folder), 0));
	put_group("0::/here\n", "/here", "memory.events", "oom_kill many\n");
	cr_expect(eq(ullong, memory_kills(folder), 0));
}
