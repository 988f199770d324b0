/* class.c - `class`: a folder of submissions; grades, a gradebook, a page. */
#include "../class/class.h"
#include "../class/accept.h"
#include "../class/handins_open.h"
#include "../class/roll.h"
#include "../cluster/cluster.h"
#include "../gradebook/gradebook.h"
#include "../memory.h"
#include "../report/report.h"
#include "command.h"
#include "progress.h"
#include "similar.h"
#include "table.h"

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

/* A submission of the roll on its way to a grade. Those with equal keys are judged once: by the first of them. */
struct work {
	const struct roll_entry *entry;
	struct request request;
	struct terms terms;
	struct string_list remarks; /* of the request: those of the intake (borrowed), and what was done besides (owned) */
	char key[HASH_SIZE];
	struct work *same;   /* the next one with an equal key, or NULL */
	struct grade *grade; /* NULL: not yet */
	bool first;          /* judged here */
};

struct class
{
	const struct session *session;
	struct kit *kit;
	struct cage *cage;
	struct queue *queue;
	const char *folder, *output_wish, *roster_path;
	const char *results; /* where the elements of a cluster have put results, or NULL: it is judged here */
	bool plan;           /* say only what they have to do */
	char *output;
	unsigned jobs;
	bool regrade, at_due, no_bom;
	char *unpacked, *inside;  /* what was made of an archive of the whole class, and the class in it; or NULL */
	struct string_list asked; /* names of assignments */
	const char *accept;       /* what a person takes now, or NULL */
	struct accepted_list accepted;
	struct roster *roster;
	struct handins handins;
	struct opened *opened;
	struct roll roll;
	struct adjustments adjustments;
	struct extensions extensions;
	struct journal *journal;
	struct work *work; /* roll.count of them */
	struct progress *progress;
	struct timespec begin;
	size_t known, judged_once;
	struct similar_wish similar_wish;
	char *similar; /* what came of it, a sentence; or NULL */
	int lock;      /* file that is locked while this grades into `output`; -1: none yet */
	int status;
};

enum { OPTION_NO_BOM = 256, OPTION_SIMILAR, OPTION_DOLOS, OPTION_JPLAG };

static const struct argp_option options[] = {
    {"roster", 'r', "FILE", 0, "who is in the class: a CSV file with a heading line", 0},
    {"output", 'o', "DIR", 0, "folder for the gradebook and the reports (default: build/results)", 0},
    {"jobs", 'j', "N", 0, "runs at a time (default: one per core)", 0},
    {"regrade", 'R', 0, 0, "grade again what is in the gradebook already", 0},
    {"assignment", 'a', "NAME", 0, "only this one; may be given again", 0},
    {"accept", 'A', "NAME=PATH", 0, "take this file, in DIR, for the assignment NAME; it is remembered", 0},
    {"at-due", 'D', 0, 0, "of repositories, grade the last commit before the due date", 0},
    {"no-bom", OPTION_NO_BOM, 0, 0, "gradebook.csv without the byte-order mark that spreadsheets need", 0},
    {"results", 'C', "DIR", 0, "judge nothing here: take the results that `element` has put into DIR", 0},
    {"plan", 'P', 0, 0, "write into DIR of --results what `element` has to judge, and print how many that are", 0},
    {"similar", OPTION_SIMILAR, "N", 0, "show submissions that are similar by N percent or more, 0: none", 0},
    {"dolos", OPTION_DOLOS, "DIR", 0, "write what Dolos reads", 0},
    {"jplag", OPTION_JPLAG, "DIR", 0, "write what JPlag reads", 0},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct class *class = state->input;
	switch (key) {
	case 'r':
		class->roster_path = argument;
		return 0;
	case 'o':
		class->output_wish = argument;
		return 0;
	case 'j':
		class->jobs = whole_number(state, "--jobs", argument, 1, MOST_JOBS);
		return 0;
	case 'R':
		class->regrade = true;
		return 0;
	case 'a':
		class->asked.item = must(reallocarray(class->asked.item, class->asked.count + 1, sizeof *class->asked.item));
		class->asked.item[class->asked.count++] = argument;
		return 0;
	case 'A':
		class->accept = argument;
		return 0;
	case 'D':
		class->at_due = true;
		return 0;
	case OPTION_NO_BOM:
		class->no_bom = true;
		return 0;
	case 'C':
		class->results = argument;
		return 0;
	case 'P':
		class->plan = true;
		return 0;
	case OPTION_SIMILAR:
		class->similar_wish.percent = (int)whole_number(state, "--similar", argument, 0, 100);
		return 0;
	case OPTION_DOLOS:
		class->similar_wish.dolos = argument;
		return 0;
	case OPTION_JPLAG:
		class->similar_wish.jplag = argument;
		return 0;
	case ARGP_KEY_ARG:
		if (class->folder)
			argp_usage(state);
		class->folder = argument;
		return 0;
	case ARGP_KEY_END:
		if (!class->folder)
			argp_error(state, "missing folder: name the one that holds the submissions");
		if (class->plan && !class->results)
			argp_error(state, "--plan needs --results");
		if (class->results && (class->accept || class->at_due))
			argp_error(state, "--accept and --at-due are not for a cluster: grade here");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* ---- grades come in --------------------------------------------------------------------------- */

static struct entry entry_of(const struct class *class, const struct work *work)
{
	return (struct entry){.student = work->entry->student,
	                      .assignment = work->entry->assignment->name,
	                      .folder = class->handins.item[work->entry->handin].path,
	                      .roster_row = work->entry->roster_row,
	                      .handed_in = work->entry->handed_in,
	                      .key = work->key,
	                      .terms = &work->terms,
	                      .note = work->entry->taken ? work->entry->taken : work->entry->note};
}

static struct grade *copy_for(const struct grade *grade, const char *student)
{
	char *json = grade_to_json(grade);
	struct grade *copy = grade_from_json(json, NULL);
	free(json);
	finding_set(&copy->submission, "%s", student);
	return copy;
}

static struct standing standing(const struct work *work, const struct grade *grade)
{
	return standing_of(&work->terms, work->entry->handed_in, grade->judged, grade->score);
}

static void remark_late(struct grade *grade, const struct terms *terms, const struct lateness *late)
{
	const char *ending = late->days == 1 ? "" : "s";
	if (late->too_late)
		grade_remark(grade, "%d day%s late: nothing counts after %d day%s", late->days, ending,
		             terms->late.nothing_after, terms->late.nothing_after == 1 ? "" : "s");
	else if (late->free)
		grade_remark(grade, "%d day%s late, %d of them free: %d of %d points deducted, %d remain", late->days, ending,
		             late->free, late->deduction, grade->score, late->final);
	else if (late->days)
		grade_remark(grade, "%d day%s late: %d of %d points deducted, %d remain", late->days, ending, late->deduction,
		             grade->score, late->final);
}

/* Takes the text. */
static void remark(struct grade *grade, char *text)
{
	grade_remark(grade, "%s", text);
	free(text);
}

/* What counts is no part of the score, so it stands below it. */
static void add_remarks(const struct work *work, struct grade *grade)
{
	struct standing stands = standing(work, grade);
	const struct adjustments *adjustments = &work->terms.adjustments;
	if (work->terms.extension)
		remark(grade, extension_says(work->terms.extension));
	remark_late(grade, &work->terms, &stands.late);
	for (size_t i = 0; i < adjustments->count; i++)
		remark(grade, adjustment_says(&adjustments->item[i]));
	if (adjustments->count && stands.counts)
		grade_remark(grade, "%d of %d points count", stands.final, grade->max_score);
}

/* What the student reads. */
static int save(const struct class *class, const struct work *work, const struct grade *grade, struct error *error)
{
	const char *folder = work->request.folder ? work->request.folder : "/dev/null";
	const struct terms *terms = &work->terms;
	bool more = standing(work, grade).late.days || terms->adjustments.count || terms->extension;
	struct grade *copy = more ? copy_for(grade, work->entry->student) : NULL;
	if (copy)
		add_remarks(work, copy);
	int result = save_reports(class->output, copy ? copy : grade, work->entry->assignment, folder, error);
	grade_free(copy);
	return result;
}

/* Reports first, journal second: what is in the journal has its reports. */
static void record(struct class *class, struct work *work)
{
	struct error error;
	struct entry entry = entry_of(class, work);
	if (save(class, work, work->grade, &error) != 0 || journal_add(class->journal, &entry, work->grade, &error) != 0)
		class->status = complain(EXIT_NOT_JUDGED, "%s", error.text);
	if (!work->grade->judged && !work->entry->person)
		class->status = EXIT_NOT_JUDGED;
	progress_graded(class->progress, work->grade);
}

/* What needs a person has its report, too. */
static struct grade *grade_for_person(const struct work *work)
{
	struct grade *grade = grade_new(work->entry->assignment, work->entry->student);
	grade->judged = false;
	grade_add_check(grade, "build", "failed", work->entry->person, 0);
	grade_set_fault(grade, "person");
	return grade;
}

static void record_persons(struct class *class)
{
	for (size_t i = 0; i < class->roll.count && !class->plan; i++) {
		struct work *work = &class->work[i];
		if (!work->entry->person)
			continue;
		work->grade = grade_for_person(work);
		record(class, work);
	}
}

static bool is_graded(const struct class *class, const struct assignment *assignment)
{
	for (size_t i = 0; i < class->asked.count; i++)
		if (strcmp(class->asked.item[i], assignment->name) == 0)
			return true;
	return !class->asked.count;
}

static bool has_handed_in(const struct class *class, const struct adjustment *adjustment)
{
	for (size_t i = 0; i < class->roll.count; i++)
		if (class->roll.item[i].who == adjustment->person && class->roll.item[i].assignment == adjustment->assignment)
			return true;
	return false;
}

/* What counts of what was not handed in: only the instructor can say. The journal keeps one row of each. */
static void record_absent(struct class *class)
{
	struct error error;
	for (size_t i = 0; i < class->adjustments.count && !class->plan; i++) {
		const struct adjustment *adjustment = &class->adjustments.item[i];
		const struct person *person = &class->roll.person[adjustment->person];
		if (!is_graded(class, adjustment->assignment) || has_handed_in(class, adjustment))
			continue;
		struct terms terms =
		    terms_of(&class->extensions, &class->adjustments, adjustment->person, adjustment->assignment);
		struct entry entry = {.student = person->name,
		                      .assignment = adjustment->assignment->name,
		                      .roster_row = person->roster_row,
		                      .terms = &terms};
		if (journal_add_absent(class->journal, &entry, &error) != 0)
			class->status = complain(EXIT_NOT_JUDGED, "%s", error.text);
	}
}

static void deliver(void *context, const struct request *request, struct grade *grade)
{
	struct class *class = context;
	struct work *first = request->context;
	first->grade = grade;
	record(class, first);
	for (struct work *work = first->same; work; work = work->same) {
		work->grade = copy_for(grade, work->entry->student);
		record(class, work);
		class->judged_once++;
	}
}

/* ---- on a cluster ------------------------------------------------------------------------------ */

static struct plan *plan_of_all(const struct class *class, const struct request request[], size_t count)
{
	struct plan *plan = zeroed(1, sizeof *plan);
	for (size_t i = 0; i < count; i++) {
		const struct work *work = request[i].context;
		plan_add(plan, work->key, work->entry->assignment->name, class->handins.item[work->entry->handin].path);
	}
	plan_sort(plan);
	return plan;
}

/* When all is to be judged afresh, results count only if they were brought since that was asked for. */
static void drop_old_results(const struct class *class, struct plan *plan)
{
	struct plan *before = plan_load(class->results, NULL);
	plan->fresh = class->regrade || !class->session->cache;
	size_t dropped = results_tidy(class->results, plan->fresh && !(before && before->fresh) ? NULL : plan);
	if (dropped)
		complain(0, "%zu result%s of an earlier state of the class or of the kit: not used", dropped,
		         dropped == 1 ? "" : "s");
	plan_free(before);
}

/* Takes away what has been judged. */
static void keep_what_is_left(const struct class *class, struct plan *plan)
{
	struct plan all = *plan;
	struct error error;
	*plan = (struct plan){.fresh = all.fresh};
	for (size_t i = 0; i < all.count; i++) {
		struct plan_item *item = &all.item[i];
		struct grade *grade = result_take(class->results, item->key, item->assignment, &error);
		if (!grade && *error.text)
			complain(0, "%s; it will be judged again", error.text);
		if (!grade || !grade->judged) {
			result_drop(class->results, item->key);
			plan_add(plan, item->key, item->assignment, item->handin);
		}
		grade_free(grade);
	}
	plan_clear(&all);
}

/* The kit's own programs are built once, here. */
static int build_halves(const struct class *class, const struct plan *plan, struct error *error)
{
	const struct course *course = class->kit->course;
	char *text = NULL, *path = format("%s/halves", class->results);
	size_t size;
	FILE *out = memory_open(&text, &size);
	int result = 0;
	for (size_t a = 0; result == 0 && a < course->assignment_count; a++) {
		if (!plan_has_assignment(plan, course->assignment[a]->name))
			continue;
		struct half *half = half_build(class->kit, course->assignment[a], class->queue, error);
		if (half)
			fprintf(out, "%s\n%s\n", half->runtime, half->folder);
		else
			result = -1;
		half_free(half);
	}
	fclose(out);
	if (result == 0)
		result = file_write(path, text, size, error);
	free(path);
	free(text);
	return result;
}

static int write_plan(const struct class *class, const struct request request[], size_t count, struct error *error)
{
	struct plan *plan = plan_of_all(class, request, count);
	drop_old_results(class, plan);
	keep_what_is_left(class, plan);
	int result = build_halves(class, plan, error);
	if (result == 0)
		result = plan_save(plan, class->results, error);
	if (result == 0)
		printf("%zu\n", plan->count);
	plan_free(plan);
	return result;
}

static bool is_interrupted(const struct session *session)
{
	struct signalfd_siginfo signal;
	return read(session->signals, &signal, sizeof signal) > 0;
}

/* What the elements have brought, as if it had been judged here. */
static int collect(struct class *class, const struct request request[], size_t count, struct error *error)
{
	size_t missing = 0;
	for (size_t i = 0; i < count; i++) {
		const struct work *work = request[i].context;
		struct error cause;
		struct grade *grade = result_take(class->results, work->key, request[i].assignment->name, &cause);
		if (!grade && *cause.text)
			complain(0, "%s", cause.text);
		if (!grade)
			grade = result_missing(request[i].assignment, request[i].submission,
			                       "no job of the cluster produced a result, although all were retried");
		missing += !grade->judged;
		finding_set(&grade->submission, "%s", request[i].submission);
		deliver(class, &request[i], grade);
		if (is_interrupted(class->session))
			return fail_interrupted(error, "; what was collected so far is kept");
	}
	if (missing)
		complain(0, "the cluster could not judge %zu of %zu submissions; the same command tries them again", missing,
		         count);
	return 0;
}

/* ---- the sheets ------------------------------------------------------------------------------- */

static int write_sheet(const struct class *class, const char *name,
                       int (*write)(FILE *, const struct sheets *, struct error *), const struct sheets *sheets,
                       struct error *error)
{
	char *text = NULL, *path = format("%s/%s", class->output, name);
	size_t size;
	FILE *out = memory_open(&text, &size);
	int result = write(out, sheets, error);
	fclose(out);
	if (result == 0)
		result = file_write(path, text, size, error);
	free(text);
	free(path);
	return result;
}

static bool has_due_dates(const struct course *course)
{
	for (size_t a = 0; a < course->assignment_count; a++)
		if (course->assignment[a]->late.due)
			return true;
	return false;
}

/* Only where it fits, as from a roster that the platform exported; what an earlier run made goes away. */
static void write_where(struct class *class, const char *name, bool fits,
                        int (*write)(FILE *, const struct sheets *, struct error *), const struct sheets *sheets)
{
	struct error error;
	char *path = format("%s/%s", class->output, name);
	unlink(path);
	free(path);
	if (fits && write_sheet(class, name, write, sheets, &error) != 0)
		class->status = complain(EXIT_NOT_JUDGED, "%s", error.text);
}

static struct sheets sheets_of(const struct class *class, const char *similarity)
{
	return (struct sheets){.journal = class->journal,
	                       .course = class->kit->course,
	                       .roster = class->roster,
	                       .unmapped = &class->roll.remarks,
	                       .persons = &class->roll.persons,
	                       .bom = !class->no_bom,
	                       .similarity = similarity};
}

static void write_sheets(struct class *class)
{
	struct error error;
	struct sheets sheets = sheets_of(class, NULL);
	if (write_sheet(class, "gradebook.csv", sheet_gradebook, &sheets, &error) != 0 ||
	    write_sheet(class, "index.html", sheet_page, &sheets, &error) != 0)
		class->status = complain(EXIT_NOT_JUDGED, "%s", error.text);
	write_where(class, "late_days.csv", has_due_dates(class->kit->course), sheet_late_days, &sheets);
	write_where(class, "canvas.csv", roster_is_of_canvas(class->roster, NULL), sheet_canvas, &sheets);
	write_where(class, "moodle.csv", roster_is_of_moodle(class->roster, NULL), sheet_moodle, &sheets);
}

/* Similar submissions, which no score and no sheet depends on: only the page of the class gets a link. */
static void compare_submissions(struct class *class)
{
	struct error error;
	bool page;
	if (similar_class(class->kit, class->queue, &class->handins, class->opened, &class->roll, &class->similar_wish,
	                  class->output, &class->similar, &page, &error) != 0)
		class->status = complain(EXIT_USAGE, "%s", error.text);
	struct sheets sheets = sheets_of(class, class->similar);
	if (page && write_sheet(class, "index.html", sheet_page, &sheets, &error) != 0)
		class->status = complain(EXIT_NOT_JUDGED, "%s", error.text);
}

/* ---- the class -------------------------------------------------------------------------------- */

/* Sentences for the student; what is added is the work's. */
static void set_remarks(struct work *work, const struct intake *intake, char *added)
{
	work->remarks.count = intake->remarks.count;
	work->remarks.item = zeroed(work->remarks.count + 2, sizeof *work->remarks.item);
	for (size_t i = 0; i < intake->remarks.count; i++)
		work->remarks.item[i] = intake->remarks.item[i];
	work->remarks.item[work->remarks.count++] = added;
}

/* Where its files are if a person has said so, or if they are those of another time than now. */
static int find_version(struct class *class, struct work *work, struct roll_entry *entry, size_t place,
                        struct error *error)
{
	const struct opened *opened = &class->opened[entry->handin];
	const struct version *version = &opened->version[place];
	const char *handin = class->handins.item[entry->handin].path;
	if (version->folder && !entry->file) {
		entry->folder = must(strdup(version->folder));
		set_remarks(work, &opened->intake, must(strdup(version->remark)));
	}
	if (!entry->file)
		return 0;
	char *path = format("%s/%s", class->folder, handin), *problem;
	char *scratch = format("%s/run/%d-accepted-%zu", class->kit->place, (int)getpid(), (size_t)(work - class->work));
	int result =
	    accepted_open(entry->assignment, path, &opened->intake, entry->file, scratch, &entry->folder, &problem, error);
	if (problem)
		roll_send_for_person(&class->roll, class->roster, entry,
		                     format("%s, which was accepted, cannot be taken: %s", handin, problem), NULL);
	else
		set_remarks(work, &opened->intake,
		            format("%s%s%s is graded: accepted by hand", handin, *entry->file ? "/" : "", entry->file));
	free(problem);
	free(scratch);
	free(path);
	return result;
}

static void clear_works(struct class *class)
{
	for (size_t i = 0; class->work && i < class->roll.count; i++) {
		struct work *work = &class->work[i];
		grade_free(work->grade);
		if (work->remarks.count)
			free(work->remarks.item[work->remarks.count - 1]);
		free(work->remarks.item);
		char *scratch = format("%s/run/%d-accepted-%zu", class->kit->place, (int)getpid(), i);
		folder_remove(scratch);
		free(scratch);
	}
	free(class->work);
}

static int make_works(struct class *class, struct error *error)
{
	const struct course *course = class->kit->course;
	struct half **half = zeroed(course->assignment_count + 1, sizeof *half);
	class->work = zeroed(class->roll.count + 1, sizeof *class->work);
	for (size_t a = 0; a < course->assignment_count; a++)
		half[a] = half_describe(class->kit, course->assignment[a]);
	const struct class_options how = {.coverage = true};
	int result = 0;
	for (size_t i = 0; result == 0 && i < class->roll.count; i++) {
		struct work *work = &class->work[i];
		struct roll_entry *entry = &class->roll.item[i];
		const struct intake *intake = &class->opened[entry->handin].intake;
		size_t place = 0;
		while (course->assignment[place] != entry->assignment)
			place++;
		result = find_version(class, work, entry, place, error);
		bool own = entry->folder != NULL;
		work->entry = entry;
		work->terms = terms_of(&class->extensions, &class->adjustments, entry->who, entry->assignment);
		work->request = (struct request){.assignment = entry->assignment,
		                                 .folder = own ? entry->folder : intake->folder,
		                                 .problem = own             ? NULL
		                                            : entry->person ? entry->person
		                                                            : intake->problem,
		                                 .unread = !own && (entry->person || intake->unread),
		                                 .remarks = work->remarks.count ? &work->remarks : &intake->remarks,
		                                 .submission = entry->student,
		                                 .context = work};
		class_key(half[place], &work->request, &how, work->key);
	}
	for (size_t a = 0; a < course->assignment_count; a++)
		half_free(half[a]);
	free(half);
	return result;
}

/* ---- free days -------------------------------------------------------------------------------- */

static int by_student(const void *a, const void *b)
{
	const struct journal_time *x = a, *y = b;
	int order = strcmp(x->student, y->student);
	return order ? order : strcmp(x->assignment, y->assignment);
}

/* Entries from..end are one student's; NULL: it is not among them. */
static struct work *work_of(const struct class *class, size_t from, size_t end, const struct assignment *assignment)
{
	for (size_t i = from; i < end; i++)
		if (class->roll.item[i].assignment == assignment)
			return &class->work[i];
	return NULL;
}

/* Free days for entries from..end, a student's. What is not in this run counts as in the last run that had it; where it
 * would have other free days now, `outdated` of the assignment counts one more. */
static void spend(struct class *class, size_t from, size_t end, const struct journal_time times[], size_t count,
                  size_t outdated[])
{
	const struct course *course = class->kit->course;
	const struct roll_entry *entry = &class->roll.item[from];
	struct late_use *use = zeroed(course->assignment_count + 1, sizeof *use);
	struct terms *terms = zeroed(course->assignment_count + 1, sizeof *terms);
	const struct journal_time **before = zeroed(course->assignment_count + 1, sizeof *before);
	for (size_t a = 0; a < course->assignment_count; a++) {
		const struct assignment *assignment = course->assignment[a];
		const struct work *work = work_of(class, from, end, assignment);
		const struct journal_time key = {entry->student, assignment->name, 0, 0};
		before[a] = count ? bsearch(&key, times, count, sizeof key, by_student) : NULL;
		terms[a] = work ? work->terms : terms_of(&class->extensions, &class->adjustments, entry->who, assignment);
		use[a].policy = &terms[a].late;
		use[a].handed_in = work ? work->entry->handed_in : before[a] ? before[a]->handed_in : 0;
	}
	late_budget_spend(&course->late_budget, use, course->assignment_count);
	for (size_t a = 0; a < course->assignment_count; a++) {
		struct work *work = work_of(class, from, end, course->assignment[a]);
		if (work)
			work->terms.free_days = use[a].free_days;
		else
			outdated[a] += before[a] && before[a]->free_days != use[a].free_days;
	}
	free(before);
	free(terms);
	free(use);
}

static void tell_outdated(struct class *class, const struct assignment *assignment, size_t students)
{
	struct string_list *remarks = &class->roll.remarks;
	if (!students)
		return;
	remarks->item = must(reallocarray(remarks->item, remarks->count + 1, sizeof *remarks->item));
	remarks->item[remarks->count++] =
	    format("the free days of %zu student%s in %s are others now; A=%s takes them over", students,
	           students == 1 ? "" : "s", assignment->name, assignment->name);
}

static int give_free_days(struct class *class, struct error *error)
{
	const struct course *course = class->kit->course;
	struct journal_time *times = NULL;
	if (!course->late_budget.days)
		return 0;
	size_t *outdated = zeroed(course->assignment_count + 1, sizeof *outdated);
	ssize_t count = journal_times(class->journal, &times, error);
	for (size_t from = 0, end; count >= 0 && from < class->roll.count; from = end) {
		for (end = from + 1; end < class->roll.count && class->roll.item[end].who == class->roll.item[from].who;)
			end++;
		spend(class, from, end, times, (size_t)count, outdated);
	}
	for (size_t a = 0; a < course->assignment_count; a++)
		tell_outdated(class, course->assignment[a], outdated[a]);
	free(outdated);
	for (ssize_t i = 0; i < count; i++) {
		free(times[i].student);
		free(times[i].assignment);
	}
	free(times);
	return count < 0 ? -1 : 0;
}

static int by_key(const void *a, const void *b)
{
	const struct work *const *x = a, *const *y = b;
	int order = strcmp((*x)->key, (*y)->key);
	return order ? order : *x < *y ? -1 : *x > *y;
}

/* Chains those that are left by equal keys. Returns the requests of the first ones. */
static struct request *unique_requests(struct class *class, size_t *count)
{
	struct work **left = zeroed(class->roll.count + 1, sizeof *left);
	struct request *request = zeroed(class->roll.count + 1, sizeof *request);
	size_t lefts = 0;
	for (size_t i = 0; i < class->roll.count; i++)
		if (!class->work[i].grade && !class->work[i].entry->person)
			left[lefts++] = &class->work[i];
	qsort(left, lefts, sizeof *left, by_key);
	for (size_t i = 0; i < lefts; i++) {
		left[i]->first = i == 0 || strcmp(left[i]->key, left[i - 1]->key) != 0;
		if (!left[i]->first)
			left[i - 1]->same = left[i];
	}
	free(left);
	*count = 0;
	for (size_t i = 0; i < class->roll.count; i++)
		if (class->work[i].first)
			request[(*count)++] = class->work[i].request;
	return request;
}

static char *page_path(const struct class *class, const struct work *work)
{
	return format("%s/%s/%s.html", class->output, work->entry->student, work->entry->assignment->name);
}

static bool has_reports(const struct class *class, const struct work *work)
{
	char *path = page_path(class, work);
	bool has = file_exists(path);
	free(path);
	return has;
}

/* Without its page there are no reports, and the next run makes them. */
static void drop_page(const struct class *class, const struct work *work)
{
	char *path = page_path(class, work);
	unlink(path);
	free(path);
}

/* Takes a grade that is known. Its reports are written again when something else counts than they say; however this
 * ends, none is left that says something else. */
static int take_over(struct class *class, struct work *work, const struct entry *entry, int64_t number, bool stood,
                     struct error *error)
{
	if (!stood)
		drop_page(class, work);
	if (journal_take(class->journal, entry, work->grade, number, error) != 0)
		return -1;
	return stood ? 0 : save(class, work, work->grade, error);
}

/* A plan changes nothing. */
static void take_known(struct class *class)
{
	struct error error;
	for (size_t i = 0; i < class->roll.count && !class->regrade; i++) {
		struct work *work = &class->work[i];
		struct entry entry = entry_of(class, work);
		bool stood;
		int64_t number = has_reports(class, work) ? journal_knows(class->journal, &entry, &work->grade, &stood) : 0;
		if (!number)
			continue;
		if (!class->plan && take_over(class, work, &entry, number, stood, &error) != 0)
			class->status = complain(EXIT_NOT_JUDGED, "%s", error.text);
		class->known++;
		progress_known(class->progress, work->grade);
	}
}

static void show_table(const struct class *class)
{
	struct table_entry *entry = zeroed(class->roll.count + 1, sizeof *entry);
	for (size_t i = 0; i < class->roll.count; i++)
		if ((entry[i].grade = class->work[i].grade))
			entry[i].standing = standing(&class->work[i], entry[i].grade);
	print_table(class->kit->course, &class->roll, class->roster, entry);
	free(entry);
}

static void print_notes(const struct string_list *notes)
{
	for (size_t i = 0; i < notes->count; i++) {
		fputs("  note: ", stdout);
		escape_plain(stdout, notes->item[i], false);
		putchar('\n');
	}
}

/* What is not judged until somebody has looked at it. */
static void print_persons(const struct class *class)
{
	const struct string_list *persons = &class->roll.persons;
	if (persons->count)
		printf("%zu need%s a person: not judged, and no score\n", persons->count, persons->count == 1 ? "s" : "");
	for (size_t i = 0; i < persons->count; i++) {
		fputs("  ", stdout);
		escape_plain(stdout, persons->item[i], false);
		putchar('\n');
	}
}

/* Where the roster's platform counts otherwise than here, its file does, too. */
static void tell_worth(const struct class *class)
{
	const struct course *course = class->kit->course;
	for (size_t a = 0; a < course->assignment_count; a++) {
		const struct assignment *assignment = course->assignment[a];
		double worth = roster_worth(class->roster, assignment);
		if (worth > 0 && worth != assignment_points(assignment))
			printf("  note: %s is worth %g where the roster comes from: in the file for import %d points are %g\n",
			       assignment->name, worth, assignment_points(assignment), worth);
	}
}

static void tell_lines(const struct class *class, size_t count, const char *what)
{
	if (count)
		printf("%zu %s%s: %s/%ss.csv\n", count, what, count == 1 ? "" : "s", class->output, what);
}

static void say_end(const struct class *class, double seconds)
{
	printf("\n%zu student%s, %zu grading%s in %.1f s", class->roll.students, class->roll.students == 1 ? "" : "s",
	       class->roll.count, class->roll.count == 1 ? "" : "s", seconds);
	if (class->known)
		printf("; %zu unchanged since they were graded last (REGRADE=1 grades them again)", class->known);
	if (class->judged_once)
		printf("; %zu equal to another one and judged with it", class->judged_once);
	printf("\n%s has index.html, gradebook.csv, gradebook.sqlite and a folder of reports for each student\n",
	       class->output);
	tell_lines(class, class->extensions.count, "extension");
	tell_lines(class, class->adjustments.count, "adjustment");
	print_persons(class);
	tell_worth(class);
	print_notes(&class->roll.remarks);
	print_notes(&class->handins.ignored);
	if (class->similar) {
		escape_plain(stdout, class->similar, false);
		putchar('\n');
	}
}

static int judge(struct class *class, const struct request request[], size_t count, struct error *error)
{
	if (class->results)
		return collect(class, request, count, error);
	struct class_options how = {.cache = class->session->cache && !class->regrade, .coverage = true};
	return count ? class_grade(class->kit, class->queue, request, count, &how, deliver, NULL, class, error) : 0;
}

/* Before anything else is written to the terminal. */
static void end_progress(struct class *class)
{
	progress_free(class->progress);
	class->progress = NULL;
}

static int grade_roll(struct class *class, struct error *error)
{
	struct timespec end;
	if (make_works(class, error) != 0 || give_free_days(class, error) != 0) {
		end_progress(class);
		return complain(EXIT_NOT_JUDGED, "%s", error->text);
	}
	progress_begin(class->progress, class->roll.count);
	take_known(class);
	record_persons(class);
	record_absent(class);
	size_t count;
	struct request *request = unique_requests(class, &count);
	int result = class->plan ? write_plan(class, request, count, error) : judge(class, request, count, error);
	free(request);
	if (result == 0 && class->plan)
		return class->status;
	if (result == 0)
		result = journal_end(class->journal, error);
	if (result != 0) {
		end_progress(class);
		return complain_of(error);
	}
	if (class->results)
		results_end(class->results); /* it is all in the journal */
	write_sheets(class);
	progress_say(class->progress, "comparing submissions");
	compare_submissions(class);
	end_progress(class);
	show_table(class);
	clock_gettime(CLOCK_MONOTONIC, &end);
	say_end(class, (double)(end.tv_sec - class->begin.tv_sec) + (double)(end.tv_nsec - class->begin.tv_nsec) / 1e9);
	return class->status;
}

/* What is written among the submissions would be one of them the next time. */
static int check_output(const struct class *class, struct error *error)
{
	char *folder = realpath(class->folder, NULL), *output = strdup(class->output), *there;
	while (!(there = realpath(output, NULL)) && strchr(output, '/')) /* it may not be there yet */
		*strrchr(output, '/') = 0;
	if (!there)
		there = realpath(".", NULL);
	size_t size = folder ? strlen(folder) : 0;
	bool inside = folder && there && strncmp(there, folder, size) == 0 && (!there[size] || there[size] == '/');
	free(there);
	free(output);
	free(folder);
	return inside ? fail(error, "%s is inside %s: its reports would be taken for submissions; choose another folder",
	                     class->output, class->folder)
	              : 0;
}

/* Two at once would grade everything twice. The lock goes with the process, however that ends (fcntl(2)). */
static int lock_output(struct class *class, struct error *error)
{
	char *path = format("%s/.lock", class->output);
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	class->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	int cause = class->lock < 0 || fcntl(class->lock, F_SETLK, &lock) != 0 ? errno : 0, result = 0;
	if (class->lock >= 0 && (cause == EACCES || cause == EAGAIN))
		result = fail(error, "another grader is already writing to %s; wait for it, or choose another folder",
		              class->output);
	else if (cause)
		result = fail(error, "cannot lock %s: %s", path, strerror(cause));
	free(path);
	return result;
}

static int open_journal(struct class *class, struct error *error)
{
	if (folder_make(class->output, error) != 0 || lock_output(class, error) != 0)
		return -1;
	char *path = format("%s/gradebook.sqlite", class->output);
	class->journal = journal_open(path, error);
	free(path);
	if (class->plan)
		return class->journal ? folder_make(class->results, error) : -1;
	return class->journal
	           ? journal_begin(class->journal, class->kit->key, cage_mode_name(cage_mode(class->cage)), error)
	           : -1;
}

/* What a person has taken, before and now. */
static int take_accepted(struct class *class, struct error *error)
{
	char *path = format("%s/accepted.txt", class->output);
	int result = accepted_load(class->kit->course, path, &class->accepted, error);
	if (result == 0 && class->accept)
		result = accepted_add(class->kit->course, &class->handins, class->accept, &class->accepted, error);
	if (result == 0 && class->accept)
		result = folder_make(class->output, error) == 0 ? accepted_save(&class->accepted, path, error) : -1;
	free(path);
	return result;
}

/* A class that comes as one archive is unpacked; its files have the times that the platform gave them. */
static int unpack_class(struct class *class, struct error *error)
{
	struct intake_report report;
	if (!intake_is_archive(class->folder))
		return 0;
	if (class->results)
		return fail(error, "%s is an archive: a cluster needs the folder, so unpack it first", class->folder);
	const char *slash = strrchr(class->folder, '/'), *name = slash ? slash + 1 : class->folder;
	class->unpacked = format("%s/run/%d-class", class->kit->place, (int)getpid());
	class->inside =
	    format("%s/%.*s", class->unpacked, (int)strcspn(name, "."), name); /* the name may tell what it is */
	if (folder_make(class->inside, error) != 0)
		return -1;
	enum intake_state state = intake_unpack(class->folder, class->inside, &class_limits, &report, error);
	if (state == INTAKE_REFUSED)
		fail(error, "%s", report.problem);
	class->folder = class->inside;
	intake_report_clear(&report);
	return state == INTAKE_OK ? 0 : -1;
}

static void make_roll(struct class *class)
{
	struct handin_state *state = handins_state(class->opened, class->handins.count);
	const struct roll_wish wish = {class->roster, &class->asked, class->results ? NULL : &class->accepted};
	roll_make(class->kit->course, &class->handins, state, &wish, &class->roll);
	free(state);
}

/* What the instructor has said in files beside the gradebook. */
static int read_ledgers(struct class *class, struct error *error)
{
	const struct course *course = class->kit->course;
	const struct people people = {class->roster, class->roll.person, class->roll.person_count};
	char *adjustments = format("%s/adjustments.csv", class->output);
	char *extensions = format("%s/extensions.csv", class->output);
	int result = adjustments_read(adjustments, course, &people, &class->adjustments, error);
	if (result == 0)
		result = extensions_read(extensions, course, &people, &class->extensions, error);
	if (result == 0 && class->at_due && class->extensions.count)
		result = fail(error, "AT_DUE=1 takes one due date for all, so not with %s", extensions);
	free(extensions);
	free(adjustments);
	return result;
}

/* Each submission as a folder, graded, and away with what was unpacked for them. */
static int take_and_grade(struct class *class)
{
	struct error error;
	int status;
	class->output = class->output_wish ? strdup(class->output_wish) : format("%s/results", class->kit->build);
	clock_gettime(CLOCK_MONOTONIC, &class->begin);
	class->progress = progress_new(class->queue, class->session->progress, "reading the submissions");
	bool found = check_output(class, &error) == 0 && similar_check(&class->similar_wish, &error) == 0 &&
	             (!class->roster_path || (class->roster = roster_read(class->roster_path, &error))) &&
	             unpack_class(class, &error) == 0 &&
	             handins_find(class->kit->course, class->folder, &class->handins, &error) == 0 &&
	             take_accepted(class, &error) == 0;
	if (found && class->roster)
		roll_give_to_groups(&class->handins, class->roster);
	bool opened = found && handins_open(class->kit, class->queue, class->folder, &class->handins, class->at_due,
	                                    &class->opened, &error) == 0;
	if (opened) {
		make_roll(class);
		found = read_ledgers(class, &error) == 0;
	}
	if (opened && found && open_journal(class, &error) == 0) {
		status = grade_roll(class, &error);
	} else {
		end_progress(class);
		status = complain(found ? EXIT_NOT_JUDGED : EXIT_USAGE, "%s", error.text);
	}
	end_progress(class);
	clear_works(class);
	adjustments_clear(&class->adjustments);
	extensions_clear(&class->extensions);
	roll_clear(&class->roll);
	handins_close(class->kit, class->opened, class->handins.count);
	accepted_clear(&class->accepted);
	if (class->unpacked)
		folder_remove(class->unpacked);
	free(class->unpacked);
	free(class->inside);
	handins_clear(&class->handins);
	journal_close(class->journal);
	if (class->lock >= 0)
		close(class->lock);
	roster_free(class->roster);
	free(class->similar);
	free(class->output);
	return status;
}

int command_class(const struct session *session, int argc, char **argv)
{
	static const struct argp argp = {
	    options,
	    parse,
	    "DIR",
	    "Grades a class. DIR (or one archive of it) holds what the students handed in: a folder, repository or archive "
	    "(zip, tar.gz, tar) "
	    "each, "
	    "or C files; as they come from gh classroom, Classroom 50, Moodle, Canvas and Gradescope.\v"
	    "Each grade is kept in gradebook.sqlite as soon as it is known: started again, the command goes on where it "
	    "was "
	    "stopped.\n"
	    "Exit status: 0 all were judged, 2 usage or broken kit, 3 some could not be judged.",
	    NULL,
	    NULL,
	    NULL};
	struct class class = {.session = session, .similar_wish = {.percent = SIMILAR_AS_THE_COURSE}, .lock = -1};
	if (argp_parse(&argp, argc, argv, 0, NULL, &class) != 0)
		return EXIT_USAGE;
	struct error error;
	class.kit = kit_open(session->root, session->course, &error);
	for (size_t i = 0; class.kit && i < class.asked.count; i++)
		if (!find_assignment(class.kit, class.asked.item[i])) {
			kit_free(class.kit);
			free(class.asked.item);
			return EXIT_USAGE;
		}
	class.cage = class.kit ? open_cage(session, class.kit, class.folder) : NULL;
	class.queue = class.cage ? queue_new(class.jobs, session->signals, class.cage) : NULL;
	int status = EXIT_USAGE;
	if (!class.kit)
		complain(EXIT_USAGE, "%s", error.text);
	else if (class.queue)
		status = take_and_grade(&class);
	queue_free(class.queue);
	cage_close(class.cage);
	kit_free(class.kit);
	free(class.asked.item);
	return status;
}
