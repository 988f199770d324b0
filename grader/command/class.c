/* class.c - `class`: a folder of submissions; grades, a gradebook, a page. */
#include "../cluster/cluster.h"
#include "../memory.h"
#include "../report/report.h"
#include "class_run.h"
#include "table.h"

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OPTION_NO_BOM = 256, OPTION_SIMILAR, OPTION_DOLOS, OPTION_JPLAG, OPTION_ARCHIVE, OPTION_SINCE, OPTION_WHAT_IF };

static const struct argp_option options[] = {
    {"roster", 'r', "FILE", 0, "who is in the class: a CSV file with a heading line", 0},
    {"output", 'o', "DIR", 0, "folder for the gradebook and the reports (default: build/results)", 0},
    {"jobs", 'j', "N", 0, "runs at a time (default: one per core)", 0},
    {"regrade", 'R', 0, 0, "grade again what is in the gradebook already", 0},
    {"assignment", 'a', "NAME", 0, "only this one; may be given again", 0},
    {"student", 's', "NAME", 0, "only this student, or these with commas between; may be given again", 0},
    {"since", OPTION_SINCE, "TIME", 0, "only what was handed in since then: '2026-10-01 23:59 +0200'", 0},
    {"what-if", OPTION_WHAT_IF, 0, 0, "write nothing: print what would change of what counts", 0},
    {"format", 'f', "FORMAT", 0, "of --what-if: table (the default) or csv", 0},
    {"accept", 'A', "NAME=PATH", 0, "take this file, in DIR, for the assignment NAME: a line in decisions.csv", 0},
    {"at-due", 'D', 0, 0, "of repositories, grade the last commit before the due date", 0},
    {"no-bom", OPTION_NO_BOM, 0, 0, "gradebook.csv without the byte-order mark that spreadsheets need", 0},
    {"results", 'C', "DIR", 0, "judge nothing here: take the results that `element` has put into DIR", 0},
    {"plan", 'P', 0, 0, "write into DIR of --results what `element` has to judge, and print how many that are", 0},
    {"similar", OPTION_SIMILAR, "N", 0, "show submissions that are similar by N percent or more, 0: none", 0},
    {"dolos", OPTION_DOLOS, "DIR", 0, "write what Dolos reads", 0},
    {"jplag", OPTION_JPLAG, "DIR", 0, "write what JPlag reads", 0},
    {"archive", OPTION_ARCHIVE, "DIR", 0, "compare with earlier classes, too: a folder for each in DIR", 0},
    {0},
};

static void add_word(struct string_list *list, char *word)
{
	list->item = must(reallocarray(list->item, list->count + 1, sizeof *list->item));
	list->item[list->count++] = word;
}

/* What does not go together. */
static void check_options(const struct class *class, const struct argp_state *state)
{
	if (class->plan && !class->results)
		argp_error(state, "--plan needs --results");
	if (class->results && (class->accept || class->at_due || class->students.count || class->choice_wish.since))
		argp_error(state, "--accept, --at-due, --student and --since are not for a cluster: grade here");
	if (class->what_if && (class->results || class->regrade || class->accept))
		argp_error(state, "--what-if changes nothing, so it goes without --results, --regrade and --accept");
	if (class->csv && !class->what_if)
		argp_error(state, "--format is for --what-if");
}

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
		add_word(&class->asked, argument);
		return 0;
	case 's':
		add_word(&class->students, argument);
		return 0;
	case OPTION_SINCE:
		class->choice_wish.since = argument;
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
	case OPTION_WHAT_IF:
		class->what_if = true;
		return 0;
	case 'f':
		class->csv = strcmp(argument, "csv") == 0;
		if (!class->csv && strcmp(argument, "table") != 0)
			argp_error(state, "unknown format '%s'; it is table or csv", argument);
		return 0;
	case OPTION_SIMILAR:
		class->similar_wish.percent = (int)whole_number(state, "--similar", argument, 0, 100);
		return 0;
	case OPTION_DOLOS:
		class->similar_wish.dolos = argument;
		return 0;
	case OPTION_ARCHIVE:
		class->similar_wish.archive = argument;
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
		check_options(class, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* ---- grades come in --------------------------------------------------------------------------- */

/* Of a file that a person has named nothing is known. */
static struct origin origin_of(const struct class *class, const struct roll_entry *entry)
{
	const struct course *course = class->kit->course;
	size_t place = 0;
	while (course->assignment[place] != entry->assignment)
		place++;
	return entry->file ? (struct origin){0} : class->opened[entry->handin].origin[place];
}

static struct entry entry_of(const struct class *class, const struct work *work)
{
	const struct origin origin = origin_of(class, work->entry);
	return (struct entry){.student = work->entry->student,
	                      .assignment = work->entry->assignment->name,
	                      .folder = class->handins.item[work->entry->handin].path,
	                      .roster_row = work->entry->roster_row,
	                      .handed_in = work->entry->handed_in,
	                      .key = work->key,
	                      .terms = &work->terms,
	                      .note = work->entry->taken ? work->entry->taken : work->entry->note,
	                      .commit = origin.commit,
	                      .repository = origin.repository};
}

static struct grade *copy_for(const struct grade *grade, const char *student)
{
	char *json = grade_to_json(grade);
	struct grade *copy = grade_from_json(json, NULL);
	free(json);
	finding_set(&copy->submission, "%s", student);
	return copy;
}

/* What the student reads. */
static int save_report(const struct class *class, const struct work *work, const struct grade *grade,
                       struct error *error)
{
	const char *folder = work->request.folder ? work->request.folder : "/dev/null";
	struct grade *copy = class_has_remarks(work, grade) ? copy_for(grade, work->entry->student) : NULL;
	if (copy)
		class_add_remarks(work, copy);
	int result = save_reports(class->output, copy ? copy : grade, work->entry->assignment, folder, error);
	grade_free(copy);
	return result;
}

static int save(const struct class *class, const struct work *work, const struct grade *grade, struct error *error)
{
	return class->what_if ? 0 : save_report(class, work, grade, error);
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
	grade_set_fault(grade, work->entry->decision ? "refused" : "person");
	return grade;
}

static void record_persons(struct class *class)
{
	for (size_t i = 0; i < class->roll.count && !class->plan; i++) {
		struct work *work = &class->work[i];
		if (!work->entry->person || !work->chosen)
			continue;
		work->grade = grade_for_person(work);
		record(class, work);
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
		if (class->work[i].chosen && !class->work[i].grade && !class->work[i].entry->person)
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
	bool has = class->what_if || file_exists(path);
	free(path);
	return has;
}

/* Without its page there are no reports, and the next run makes them. */
static void drop_page(const struct class *class, const struct work *work)
{
	char *path = page_path(class, work);
	if (!class->what_if)
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
		int64_t number =
		    work->chosen && has_reports(class, work) ? journal_knows(class->journal, &entry, &work->grade, &stood) : 0;
		if (!number)
			continue;
		if (!class->plan && take_over(class, work, &entry, number, stood, &error) != 0)
			class->status = complain(EXIT_NOT_JUDGED, "%s", error.text);
		class->known++;
		progress_known(class->progress, work->grade);
	}
}

/* Of those that this run is about. */
static void show_table(const struct class *class)
{
	struct table_entry *entry = zeroed(class->chosen + 1, sizeof *entry);
	struct roll shown = {.item = zeroed(class->chosen + 1, sizeof *shown.item)};
	for (size_t i = 0; i < class->roll.count; i++) {
		const struct work *work = &class->work[i];
		if (!work->chosen)
			continue;
		if ((entry[shown.count].grade = work->grade))
			entry[shown.count].standing = class_standing(work, work->grade);
		shown.item[shown.count++] = *work->entry;
	}
	print_table(class->kit->course, &shown, class->roster, entry);
	free(shown.item);
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

static bool needs_person(const struct work *work)
{
	return work->chosen && work->entry->person && !work->entry->decision;
}

/* What is not judged until somebody has looked at it. */
static void print_persons(const struct class *class)
{
	size_t count = 0;
	for (size_t i = 0; i < class->roll.count; i++)
		count += needs_person(&class->work[i]);
	if (count)
		printf("%zu need%s a person: not judged, and no score\n", count, count == 1 ? "s" : "");
	for (size_t i = 0; i < class->roll.count; i++) {
		const struct roll_entry *entry = class->work[i].entry;
		if (!needs_person(&class->work[i]))
			continue;
		char *line = format("  %s, %s: %s", roll_called(entry, class->roster), entry->assignment->name,
		                    entry->taken + strlen(FOR_PERSON));
		escape_plain(stdout, line, false);
		putchar('\n');
		free(line);
	}
}

/* Of a run of only some submissions: what became of the others. */
static void tell_others(const struct class *class)
{
	size_t kept = 0, never = 0, untimed = 0;
	for (size_t i = 0; i < class->roll.count; i++) {
		const struct work *work = &class->work[i];
		kept += work->kept;
		never += !work->chosen && !work->kept;
		untimed += work->chosen && class->choice.since && !work->entry->handed_in;
	}
	if (kept)
		printf("%zu other%s as before\n", kept, kept == 1 ? " stays" : "s stay");
	if (never)
		printf("  note: %zu %s never graded: without STUDENT and SINCE %s\n", never, never == 1 ? "was" : "were",
		       never == 1 ? "it is" : "they are");
	if (untimed)
		printf("  note: of %zu it is not known when %s handed in: graded, too\n", untimed,
		       untimed == 1 ? "it was" : "they were");
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

/* What a person has to give points for yet. */
static void tell_reading(const struct class *class)
{
	const struct course *course = class->kit->course;
	for (size_t a = 0; a < course->assignment_count; a++) {
		size_t open = class_count_unread(class, course->assignment[a]);
		if (open)
			printf("%zu of %s to be read: %s/" REVIEW ".html, and a line for each in " REVIEW ".csv\n", open,
			       course->assignment[a]->name, class->output, course->assignment[a]->name,
			       course->assignment[a]->name);
	}
}

static void say_end(const struct class *class, double seconds)
{
	printf("\n%zu student%s, %zu grading%s in %.1f s", class->roll.students, class->roll.students == 1 ? "" : "s",
	       class->chosen, class->chosen == 1 ? "" : "s", seconds);
	if (class->known)
		printf("; %zu unchanged since they were graded last (REGRADE=1 grades them again)", class->known);
	if (class->judged_once)
		printf("; %zu equal to another one and judged with it", class->judged_once);
	printf("\n%s has index.html, gradebook.csv, gradebook.sqlite and a folder of reports for each student\n",
	       class->output);
	tell_lines(class, class->said.extensions.count, "extension");
	tell_lines(class, class->said.adjustments.count, "adjustment");
	tell_lines(class, class->decisions.count, "decision");
	tell_lines(class, class->said.appeals.count, "request");
	tell_reading(class);
	tell_others(class);
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
		return class_collect(class, request, count, deliver, error);
	struct class_options how = {.cache = class->session->cache && !class->regrade, .coverage = true};
	if (class->what_if)
		class_tell_runs(class, request, count);
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
	if (class_make_works(class, error) != 0 || class_give_free_days(class, error) != 0) {
		end_progress(class);
		return complain(EXIT_NOT_JUDGED, "%s", error->text);
	}
	progress_begin(class->progress, class->chosen);
	if (!class->plan && choice_is_restricted(&class->choice_wish) && class_keep_others(class, error) != 0) {
		end_progress(class);
		return complain(EXIT_NOT_JUDGED, "%s", error->text);
	}
	take_known(class);
	record_persons(class);
	class_record_absent(class);
	size_t count;
	struct request *request = unique_requests(class, &count);
	int result = class->plan ? class_write_plan(class, request, count, error) : judge(class, request, count, error);
	free(request);
	if (result == 0 && class->plan)
		return class->status;
	if (result == 0)
		result = journal_end(class->journal, error);
	if (result != 0) {
		end_progress(class);
		return complain_of(error);
	}
	if (class->what_if) {
		end_progress(class);
		return class_tell_changes(class, error) == 0 ? class->status : complain(EXIT_NOT_JUDGED, "%s", error->text);
	}
	if (class->results)
		results_end(class->results); /* it is all in the journal */
	class_write_sheets(class);
	progress_say(class->progress, "comparing submissions");
	class_compare(class);
	end_progress(class);
	show_table(class);
	clock_gettime(CLOCK_MONOTONIC, &end);
	say_end(class, (double)(end.tv_sec - class->begin.tv_sec) + (double)(end.tv_nsec - class->begin.tv_nsec) / 1e9);
	return class->status;
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

static int find_journal(struct class *class, struct error *error)
{
	if (class->what_if)
		return class_copy_gradebook(class, error);
	return folder_make(class->output, error) == 0 ? lock_output(class, error) : -1;
}

static int open_journal(struct class *class, struct error *error)
{
	if (find_journal(class, error) != 0)
		return -1;
	char *path = format("%s/gradebook.sqlite", class->what_if ? class->scratch : class->output);
	class->journal = journal_open(path, error);
	free(path);
	if (class->plan)
		return class->journal ? folder_make(class->results, error) : -1;
	return class->journal ? journal_begin(class->journal, class->kit->key, cage_mode_name(cage_mode(class->cage)),
	                                      class->submissions, error)
	                      : -1;
}

/* Each submission as a folder, graded, and away with what was unpacked for them. */
static int take_and_grade(struct class *class)
{
	struct error error;
	int status;
	class->output = class->output_wish ? strdup(class->output_wish) : format("%s/results", class->kit->build);
	class->submissions = realpath(class->folder, NULL);
	clock_gettime(CLOCK_MONOTONIC, &class->begin);
	class->progress = progress_new(class->queue, class->session->progress, "reading the submissions");
	bool opened = class_open(class, &status, &error) == 0;
	if (opened && open_journal(class, &error) == 0) {
		status = grade_roll(class, &error);
	} else {
		end_progress(class);
		status = complain(opened ? EXIT_NOT_JUDGED : status, "%s", error.text);
	}
	end_progress(class);
	class_close(class);
	journal_close(class->journal);
	if (class->lock >= 0)
		close(class->lock);
	if (class->scratch)
		folder_remove(class->scratch);
	free(class->scratch);
	free(class->similar);
	free(class->submissions);
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
	class.choice_wish = (struct choice_wish){.students = &class.students, .assignments = &class.asked};
	if (argp_parse(&argp, argc, argv, 0, NULL, &class) != 0)
		return EXIT_USAGE;
	struct error error;
	class.kit = kit_open(session->root, session->course, &error);
	for (size_t i = 0; class.kit && i < class.asked.count; i++)
		if (!find_assignment(class.kit, class.asked.item[i])) {
			kit_free(class.kit);
			free(class.asked.item);
			free(class.students.item);
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
	free(class.students.item);
	return status;
}
