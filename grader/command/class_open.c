/* class_open.c - what a class has handed in: unpacked, found, given to those whose it is, with what was said of it. */
#include "../memory.h"
#include "class_run.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- what there is ------------------------------------------------------------------------------ */

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

/* Earlier versions kept there what ACCEPT takes. */
static int check_accepted(const struct class *class, struct error *error)
{
	char *path = format("%s/accepted.txt", class->output);
	int result = file_exists(path) ? fail(error,
	                                      "%s is of an earlier version, and decisions.csv has taken its place: move it "
	                                      "away, and give each of its lines once more as ACCEPT",
	                                      path)
	                               : 0;
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
	const struct roll_wish wish = {class->roster, &class->asked, &class->decisions};
	roll_make(class->kit->course, &class->handins, state, &wish, &class->roll);
	free(state);
}

static int read_decisions(struct class *class, const struct people *people, struct error *error)
{
	char *path = format("%s/decisions.csv", class->output);
	int result = decisions_read(path, class->kit->course, people, &class->decisions, error);
	free(path);
	return result;
}

/* What the instructor has said in files beside the gradebook. */
static int read_ledgers(struct class *class, struct error *error)
{
	const struct course *course = class->kit->course;
	const struct people people = {class->roster, class->roll.person, class->roll.person_count};
	char *adjustments = format("%s/adjustments.csv", class->output);
	char *extensions = format("%s/extensions.csv", class->output);
	char *requests = format("%s/requests.csv", class->output);
	char *review = format("%s/review.csv", class->output);
	int result = adjustments_read(adjustments, course, &people, &class->said.adjustments, error);
	if (result == 0)
		result = extensions_read(extensions, course, &people, &class->said.extensions, error);
	if (result == 0)
		result = appeals_read(requests, course, &people, &class->said.appeals, error);
	if (result == 0)
		result = marks_read(review, course, &people, &class->said.marks, error);
	if (result == 0)
		result = read_decisions(class, &people, error);
	free(review);
	free(requests);
	free(extensions);
	free(adjustments);
	return result;
}

/* What is accepted now is one decision more. */
static int take_accepted(struct class *class, struct error *error)
{
	const struct people people = {class->roster, class->roll.person, class->roll.person_count};
	if (!class->accept)
		return 0;
	if (class_accept(class, error) != 0)
		return -1;
	decisions_clear(&class->decisions);
	return read_decisions(class, &people, error);
}

/* When whom it belongs to had to hand it in, each with the due date of his own; 0: there is none. */
static int64_t end_of(const struct class *class, size_t handin, const struct assignment *assignment)
{
	struct late_policy late = terms_of(&class->said, class->roll.owner[handin], assignment).late;
	return late.due ? late.due + (int64_t)late.grace_min * 60 : 0;
}

/* What was there when it was due, where that is wished for. */
static int find_versions(struct class *class, struct error *error)
{
	const struct course *course = class->kit->course;
	if (!class->at_due)
		return 0;
	int64_t *until = zeroed(class->handins.count * course->assignment_count + 1, sizeof *until);
	for (size_t i = 0; i < class->handins.count; i++)
		for (size_t a = 0; a < course->assignment_count; a++)
			until[i * course->assignment_count + a] = end_of(class, i, course->assignment[a]);
	int result = handins_find_versions(class->kit, class->queue, &class->handins, until, class->opened, error);
	free(until);
	return result;
}

/* Whose it is has to be known before what is said of them can be read, and that may change what counts. */
static void make_roll_again(struct class *class)
{
	if (!class->at_due && !class->decisions.count)
		return;
	roll_clear(&class->roll);
	make_roll(class);
}

/* ---- works --------------------------------------------------------------------------------------- */

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
		entry->decision = NULL;
	if (problem)
		roll_send_for_person(entry,
		                     format("%s, which was accepted, cannot be taken: %s; to decide again, delete its line in "
		                            "decisions.csv",
		                            handin, problem),
		                     NULL);
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

int class_make_works(struct class *class, struct error *error)
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
		work->terms = terms_of(&class->said, entry->who, entry->assignment);
		work->terms.decision = entry->decision;
		work->request = (struct request){.assignment = entry->assignment,
		                                 .folder = own ? entry->folder : intake->folder,
		                                 .problem = own             ? NULL
		                                            : entry->person ? entry->person
		                                                            : intake->problem,
		                                 .unread = !own && (entry->person || intake->unread),
		                                 .remarks = work->remarks.count ? &work->remarks : &intake->remarks,
		                                 .submission = entry->student,
		                                 .context = work};
		work->chosen = choice_has_entry(&class->choice, entry);
		class->chosen += work->chosen;
		if (work->chosen)
			class_key(class->kit, half[place], &work->request, &how, work->key);
	}
	for (size_t a = 0; a < course->assignment_count; a++)
		half_free(half[a]);
	free(half);
	return result;
}

/* ---- begin and end ------------------------------------------------------------------------------ */

/* What was handed in, by its names alone. */
static int find_handins(struct class *class, struct error *error)
{
	if (check_output(class, error) != 0 || similar_check(&class->similar_wish, error) != 0)
		return -1;
	if (class->roster_path && !(class->roster = roster_read(class->roster_path, error)))
		return -1;
	if (unpack_class(class, error) != 0 ||
	    handins_find(class->kit->course, class->folder, &class->handins, error) != 0 ||
	    check_accepted(class, error) != 0)
		return -1;
	if (class->roster)
		roll_give_to_groups(&class->handins, class->roster);
	return 0;
}

int class_open(struct class *class, int *status, struct error *error)
{
	*status = EXIT_USAGE;
	if (find_handins(class, error) != 0)
		return -1;
	if (handins_open(class->kit, class->queue, class->folder, "submission", &class->handins, &class->opened, error) !=
	    0) {
		*status = EXIT_NOT_JUDGED;
		return -1;
	}
	make_roll(class);
	if (read_ledgers(class, error) != 0 || take_accepted(class, error) != 0)
		return -1;
	if (find_versions(class, error) != 0) {
		*status = EXIT_NOT_JUDGED;
		return -1;
	}
	make_roll_again(class);
	if (choice_make(&class->choice_wish, class->kit->course, class->roster, &class->roll, &class->choice, error) != 0)
		return -1;
	decide_all(class->folder, &class->handins, class->opened, &class->decisions, &class->roll);
	return 0;
}

void class_close(struct class *class)
{
	clear_works(class);
	choice_clear(&class->choice);
	adjustments_clear(&class->said.adjustments);
	extensions_clear(&class->said.extensions);
	decisions_clear(&class->decisions);
	appeals_clear(&class->said.appeals);
	marks_clear(&class->said.marks);
	roll_clear(&class->roll);
	handins_close(class->kit, class->opened, class->handins.count);
	if (class->unpacked)
		folder_remove(class->unpacked);
	free(class->unpacked);
	free(class->inside);
	handins_clear(&class->handins);
	roster_free(class->roster);
}
