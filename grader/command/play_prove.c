/* play_prove.c - proof that each level is what levels.yaml says: by systematic searches of the program and of its twin.
 */
#include "../memory.h"
#include "../report/report.h"
#include "play.h"

#include <stdlib.h>
#include <string.h>

struct levels *open_levels(const struct kit *kit, const char *folder, struct error *error)
{
	char *own = format("%s/assignments/play", kit->root);
	struct levels *levels = levels_load(folder ? folder : own, kit->root, error);
	free(own);
	return levels;
}

struct proof {
	const struct session *session;
	const struct kit *kit;
	struct queue *queue;
	const struct levels *levels;
	const struct level *level;
	int problems;
};

static void problem(struct proof *proof, const char *template, ...) __attribute__((format(printf, 2, 3)));
static void problem(struct proof *proof, const char *template, ...)
{
	va_list args;
	va_start(args, template);
	char *text = vformat(template, args);
	va_end(args);
	printf("  PROBLEM  %s:%u: %s: ", proof->levels->path, proof->level->line, proof->level->name);
	escape_plain(stdout, text, false);
	putchar('\n');
	free(text);
	proof->problems++;
}

static bool is_meant(const struct level *level, const char *kind)
{
	for (size_t i = 0; i < level->kinds.count; i++)
		if (strcmp(level->kinds.item[i], kind) == 0)
			return true;
	return false;
}

/* The one with the fewest switches that breaks the program; NULL: none does. */
static const struct discovery *easiest(const struct exploration *exploration)
{
	const struct discovery *found = NULL;
	for (size_t i = 0; i < exploration->discovery_count; i++) {
		const struct discovery *discovery = &exploration->discovery[i];
		if (breaks(discovery) && (!found || discovery->switches < found->switches))
			found = discovery;
	}
	return found;
}

/* The search goes on from all schedules with no switch to all with one, and so on, and ends with the first that fails:
 * all rounds before were completed and clean. */
static void judge_program(struct proof *proof, const struct exploration *exploration)
{
	const struct level *level = proof->level;
	const struct discovery *found = easiest(exploration);
	if (!found)
		problem(proof, "no schedule with at most %d switches breaks it, so par %d is wrong",
		        exploration->explored.bound, level->par);
	else if (strcmp(found->token, "0") == 0)
		problem(proof, "it fails without anybody's doing");
	else if ((int)found->switches != level->par)
		problem(proof, "par is %d, but %u switch%s enough (%s)", level->par, found->switches,
		        found->switches == 1 ? " is" : "es are", found->token);
	else if (exploration->explored.bound < level->par - 1)
		problem(proof, "it is not known whether fewer switches than %d break it", level->par);
	else if (!found->replays)
		problem(proof, "what breaks it does not do so again");
	else if (!is_meant(level, found->kind))
		problem(proof, "it fails by %s, which `kinds` does not name", found->kind);
}

static void judge_twin(struct proof *proof, const struct exploration *exploration)
{
	const struct explored *explored = &exploration->explored;
	if (exploration->discovery_count)
		problem(proof, "the fixed twin fails, too: %s (%s)", exploration->discovery[0].kind,
		        exploration->discovery[0].token);
	else if (explored->why_not)
		problem(proof, "the fixed twin is not explored: %s", explored->why_not);
	else if (!explored->exhausted && explored->bound < TWIN_BOUND)
		problem(proof, "it is not known whether %d switches break the fixed twin", TWIN_BOUND);
}

static int prove(struct proof *proof, bool twin, struct error *error)
{
	struct stage stage = {.session = proof->session, .kit = proof->kit, .queue = proof->queue};
	struct search_way way = {.strategy = "depth-first",
	                         .bound = twin ? TWIN_BOUND : proof->level->par,
	                         .schedules = LEVEL_SCHEDULES,
	                         .all = twin};
	struct explorations found = {0};
	char *file = level_file(proof->levels, proof->level, twin);
	add_word(stage.wish.file, &stage.wish.files, "", file);
	int result = stage_open(&stage, error);
	if (result != 0 && error->kind != ERROR_INTERRUPTED) {
		problem(proof, "%s: %s", twin ? "the fixed twin" : "the program", error->text);
		result = 0;
	} else if (result == 0) {
		result = stage_search(&stage, &way, &found, error);
	}
	if (result == 0 && found.count)
		(twin ? judge_twin : judge_program)(proof, &found.item[0]);
	explorations_free(&found);
	stage_clear(&stage);
	free(file);
	return result;
}

int prove_levels(const struct session *session, const struct kit *kit, struct queue *queue, const struct levels *levels,
                 struct error *error)
{
	struct proof proof = {.session = session, .kit = kit, .queue = queue, .levels = levels};
	for (size_t i = 0; i < levels->count; i++) {
		proof.level = &levels->level[i];
		if (prove(&proof, false, error) != 0 || prove(&proof, true, error) != 0)
			return -1;
	}
	printf("%zu level%s of play: %d problem%s\n", levels->count, levels->count == 1 ? "" : "s", proof.problems,
	       proof.problems == 1 ? "" : "s");
	return proof.problems;
}
