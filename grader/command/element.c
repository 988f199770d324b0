/* element.c - `element`: one share of a class that is judged on many machines. */
#include "../class/class.h"
#include "../class/handins_open.h"
#include "../cluster/cluster.h"
#include "../memory.h"
#include "command.h"
#include "progress.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Something of the plan that is this element's. */
struct task {
	const struct plan_item *item;
	const struct assignment *assignment;
	size_t opened; /* place among the chosen */
};

struct element {
	const struct session *session;
	const char *folder, *results;
	struct share share;
	unsigned jobs;
	struct kit *kit;
	struct queue *queue;
	struct plan *plan;
	struct handins handins, chosen; /* the chosen ones are borrowed from the others */
	struct opened *opened;          /* chosen.count of them */
	struct task *task;
	size_t tasks, there, judged, strange;
	struct request *request;
	size_t requests;
	struct progress *progress;
	unsigned long long kills; /* for want of memory, so far, and when that was seen: */
	struct timespec killed;
	int status;
};

static const struct argp_option options[] = {
    {"results", 'R', "DIR", 0, "where the plan is and the results go", 0},
    {"shard", 'n', "K/N", 0, "which share: 0/N to N-1/N", 0},
    {"jobs", 'j', "N", 0, "runs at a time (default: one per core)", 0},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct element *element = state->input;
	struct error error;
	switch (key) {
	case 'R':
		element->results = argument;
		return 0;
	case 'n':
		if (share_parse(argument, &element->share, &error) != 0)
			argp_error(state, "%s", error.text);
		return 0;
	case 'j':
		element->jobs = whole_number(state, "--jobs", argument, 1, MOST_JOBS);
		return 0;
	case ARGP_KEY_ARG:
		if (element->folder)
			argp_usage(state);
		element->folder = argument;
		return 0;
	case ARGP_KEY_END:
		if (!element->folder || !element->results || !element->share.of)
			argp_error(state, "it takes the folder of the class, --results and --shard");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* ---- results go out --------------------------------------------------------------------------- */

static bool is_before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

static void look_at_memory(struct element *element)
{
	unsigned long long kills = memory_kills("");
	if (kills > element->kills)
		clock_gettime(CLOCK_MONOTONIC, &element->killed);
	element->kills = kills;
}

/* Did the kernel kill somebody here since the grading began? Then a crash that was seen may be no fault of the
 * submission. */
static bool was_short_of_memory(const struct element *element, const struct grade *grade)
{
	if (!element->killed.tv_sec && !element->killed.tv_nsec)
		return false;
	struct timespec begin;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	begin.tv_sec -= grade->duration_ms / 1000 + 1;
	return is_before(&begin, &element->killed);
}

static void deliver(void *context, const struct request *request, struct grade *grade)
{
	struct element *element = context;
	const struct task *task = request->context;
	struct error error;
	look_at_memory(element);
	if (was_short_of_memory(element, grade)) {
		grade_free(grade);
		grade = result_missing(request->assignment, request->submission,
		                       "the memory that the scheduler gave was not enough: ask for more per CPU");
	}
	if (result_keep(element->results, task->item->key, grade, &error) != 0)
		element->status = complain(EXIT_NOT_JUDGED, "%s", error.text);
	if (grade->judged)
		element->judged++;
	else
		element->status = EXIT_NOT_JUDGED;
	progress_graded(element->progress, grade);
	grade_free(grade);
}

/* ---- what is to be done ----------------------------------------------------------------------- */

/* One that was killed and is started again goes on where it was. */
static bool is_done(const struct element *element, const struct plan_item *item)
{
	struct error error;
	struct grade *grade = result_take(element->results, item->key, item->assignment, &error);
	bool done = grade && grade->judged;
	grade_free(grade);
	return done;
}

/* The place among the chosen of what was handed in under that name; SIZE_MAX: it is not there any more. */
static size_t choose(struct element *element, char *const name[], const char *wanted)
{
	size_t place = 0;
	while (place < element->handins.count && strcmp(name[place], wanted) != 0)
		place++;
	if (place == element->handins.count)
		return SIZE_MAX;
	for (size_t i = 0; i < element->chosen.count; i++)
		if (element->chosen.item[i].path == element->handins.item[place].path)
			return i;
	element->chosen.item[element->chosen.count] = element->handins.item[place];
	return element->chosen.count++;
}

static char **names_of(const struct handins *handins)
{
	char **name = zeroed(handins->count + 1, sizeof *name);
	for (size_t i = 0; i < handins->count; i++)
		name[i] = plan_name(handins->item[i].path);
	return name;
}

static void choose_tasks(struct element *element)
{
	char **name = names_of(&element->handins);
	element->task = zeroed(element->plan->count + 1, sizeof *element->task);
	element->chosen.item = zeroed(element->handins.count + 1, sizeof *element->chosen.item);
	for (size_t i = 0; i < element->plan->count; i++) {
		const struct plan_item *item = &element->plan->item[i];
		if (!share_has(&element->share, i))
			continue;
		if (is_done(element, item)) {
			element->there++;
			continue;
		}
		const struct assignment *assignment = course_find(element->kit->course, item->assignment);
		size_t opened = assignment ? choose(element, name, item->handin) : SIZE_MAX;
		if (opened == SIZE_MAX)
			element->strange++;
		else
			element->task[element->tasks++] = (struct task){item, assignment, opened};
	}
	for (size_t i = 0; i < element->handins.count; i++)
		free(name[i]);
	free(name);
}

/* What is here must be what the plan means: the same kit, the same tools, the same files. */
static void make_requests(struct element *element, const struct class_options *how)
{
	element->request = zeroed(element->tasks + 1, sizeof *element->request);
	for (size_t i = 0; i < element->tasks; i++) {
		struct task *task = &element->task[i];
		const struct intake *intake = &element->opened[task->opened].intake;
		struct request request = {.assignment = task->assignment,
		                          .folder = intake->folder,
		                          .problem = intake->problem,
		                          .unread = intake->unread,
		                          .remarks = &intake->remarks,
		                          .submission = element->chosen.item[task->opened].student,
		                          .context = task};
		struct half *half = half_describe(element->kit, task->assignment);
		char key[HASH_SIZE];
		class_key(element->kit, half, &request, how, key);
		half_free(half);
		if (strcmp(key, task->item->key) == 0)
			element->request[element->requests++] = request;
		else
			element->strange++;
	}
}

static void say_strange(struct element *element)
{
	const struct kit *kit = element->kit;
	if (element->strange)
		element->status = complain(
		    EXIT_NOT_JUDGED,
		    "%zu of the plan's submissions are not here as it knows them: they were changed since, or this machine has "
		    "another kit or other tools (gcc %s, %s, Criterion %s)",
		    element->strange, kit->gcc, kit->valgrind, kit->criterion);
}

/* ---- the share -------------------------------------------------------------------------------- */

static int judge_share(struct element *element)
{
	struct error error;
	const struct class_options how = {.coverage = true};
	element->progress = progress_new(element->queue, element->session->progress, "reading the submissions");
	if (!(element->plan = plan_load(element->results, &error)) ||
	    handins_find(element->kit->course, element->folder, &element->handins, &error) != 0)
		return complain(EXIT_USAGE, "%s", error.text);
	choose_tasks(element);
	if (handins_open(element->kit, element->queue, element->folder, "submission", &element->chosen, &element->opened,
	                 &error) != 0)
		return complain(EXIT_NOT_JUDGED, "%s", error.text);
	make_requests(element, &how);
	say_strange(element);
	element->kills = memory_kills("");
	progress_begin(element->progress, element->requests);
	int result = element->requests ? class_grade(element->kit, element->queue, element->request, element->requests,
	                                             &how, deliver, NULL, element, &error)
	                               : 0;
	progress_free(element->progress);
	element->progress = NULL;
	if (result != 0)
		return complain_of(&error);
	printf("share %u/%u: %zu judged, %zu not judged, %zu were there\n", element->share.number, element->share.of,
	       element->judged, element->requests - element->judged + element->strange, element->there);
	return element->status;
}

static void clear(struct element *element)
{
	progress_free(element->progress);
	handins_close(element->kit, element->opened, element->chosen.count);
	free(element->chosen.item);
	handins_clear(&element->handins);
	plan_free(element->plan);
	free(element->request);
	free(element->task);
}

int command_element(const struct session *session, int argc, char **argv)
{
	static const struct argp argp = {
	    options,
	    parse,
	    "DIR",
	    "Judges one share of a class; started by a scheduler on many machines at once, with a KIT_BUILD of its own. "
	    "`class DIR --results R --plan` has written what is to be done, `class DIR --results R` makes the gradebook "
	    "of what all elements have brought.\v"
	    "Each result is in the folder as soon as it is known: started again, the command goes on where it was "
	    "stopped.\n"
	    "Exit status: 0 all of the share were judged, 2 usage or broken kit, 3 some could not be judged.",
	    NULL,
	    NULL,
	    NULL};
	struct element element = {.session = session};
	if (argp_parse(&argp, argc, argv, 0, NULL, &element) != 0)
		return EXIT_USAGE;
	struct error error;
	int status = EXIT_USAGE;
	element.kit = kit_open(session->root, session->course, &error);
	struct cage *cage = element.kit ? open_cage(session, element.kit, element.folder) : NULL;
	element.queue = cage ? queue_new(element.jobs, session->signals, cage) : NULL;
	if (!element.kit)
		complain(EXIT_USAGE, "%s", error.text);
	else if (element.queue)
		status = judge_share(&element);
	clear(&element);
	queue_free(element.queue);
	cage_close(cage);
	kit_free(element.kit);
	return status;
}
