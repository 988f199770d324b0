/* class_terms.c - what the instructor has said of a class: due dates, free days, adjustments; and how students read it.
 */
#include "../memory.h"
#include "class_run.h"

#include <stdlib.h>
#include <string.h>

/* ---- what the student reads --------------------------------------------------------------------- */

struct standing class_standing(const struct work *work, const struct grade *grade)
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

void class_add_remarks(const struct work *work, struct grade *grade)
{
	struct standing stands = class_standing(work, grade);
	const struct adjustments *adjustments = &work->terms.adjustments;
	if (work->terms.extension)
		remark(grade, extension_says(work->terms.extension));
	if (work->terms.decision)
		remark(grade, decision_says(work->terms.decision));
	remark_late(grade, &work->terms, &stands.late);
	for (size_t i = 0; i < work->terms.marks.count; i++)
		if (!work->terms.marks.item[i].open)
			remark(grade, mark_says(&work->terms.marks.item[i]));
	for (size_t i = 0; i < adjustments->count; i++)
		remark(grade, adjustment_says(&adjustments->item[i]));
	for (size_t i = 0; i < work->terms.appeals.count; i++)
		if (work->terms.appeals.item[i].decision != DECISION_OPEN)
			remark(grade, appeal_says(&work->terms.appeals.item[i]));
	if ((adjustments->count || work->terms.decision || work->entry->assignment->read_count) && stands.counts)
		remark(grade,
		       points_say(stands.final, assignment_points(work->entry->assignment) - stands.to_read, stands.to_read));
}

bool class_has_remarks(const struct work *work, const struct grade *grade)
{
	const struct terms *terms = &work->terms;
	return class_standing(work, grade).late.days || terms->adjustments.count || terms->extension || terms->decision ||
	       terms->appeals.count || terms->assignment->read_count;
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

/* Of the assignments that a student with entries has: what counts for the free days, in the course's order. */
struct spending {
	struct class *class;
	struct journal_time *times; /* of the last run that had each */
	size_t time_count;
	struct late_use *use;
	struct terms *terms;                /* of each use; borrowed by it */
	const struct journal_time **before; /* of each use, or NULL */
	struct work **work;                 /* of each use, or NULL: the run does not have it */
	size_t count, students;
};

static void add_use(struct spending *spending, const struct roll_entry *entry, struct work *work, size_t place)
{
	const struct class *class = spending->class;
	const struct assignment *assignment = class->kit->course->assignment[place];
	const struct journal_time key = {.student = entry->student, .assignment = assignment->name};
	size_t at = spending->count++;
	const struct journal_time *before =
	    spending->time_count ? bsearch(&key, spending->times, spending->time_count, sizeof key, by_student) : NULL;
	spending->before[at] = before;
	spending->work[at] = work;
	spending->terms[at] = work ? work->terms : terms_of(&class->said, entry->who, assignment);
	spending->use[at] = (struct late_use){.student = spending->students,
	                                      .assignment = place,
	                                      .policy = &spending->terms[at].late,
	                                      .together = work     ? class->handins.item[work->entry->handin].path
	                                                  : before ? before->folder
	                                                           : NULL,
	                                      .handed_in = work     ? work->entry->handed_in
	                                                   : before ? before->handed_in
	                                                            : 0};
}

/* Entries from..end are a student's. */
static void add_student(struct spending *spending, size_t from, size_t end)
{
	const struct course *course = spending->class->kit->course;
	for (size_t a = 0; a < course->assignment_count; a++)
		add_use(spending, &spending->class->roll.item[from], work_of(spending->class, from, end, course->assignment[a]),
		        a);
	spending->students++;
}

/* What is not graded in this run counts as in the last run that had it; where it would have other free days now,
 * `outdated` of the assignment counts one more. */
static void spend(const struct spending *spending, size_t outdated[])
{
	late_budget_spend(&spending->class->kit->course->late_budget, spending->use, spending->count, spending->students);
	for (size_t i = 0; i < spending->count; i++) {
		const struct late_use *use = &spending->use[i];
		const struct journal_time *before = spending->before[i];
		if (spending->work[i] && spending->work[i]->chosen)
			spending->work[i]->terms.free_days = use->free_days;
		else
			outdated[use->assignment] += before && before->free_days != use->free_days;
	}
}

static void spend_all(struct class *class, struct journal_time *times, size_t count, size_t outdated[])
{
	size_t most = class->roll.count * class->kit->course->assignment_count + 1;
	struct spending spending = {.class = class,
	                            .times = times,
	                            .time_count = count,
	                            .use = zeroed(most, sizeof *spending.use),
	                            .terms = zeroed(most, sizeof *spending.terms),
	                            .before = zeroed(most, sizeof *spending.before),
	                            .work = zeroed(most, sizeof *spending.work)};
	for (size_t from = 0, end; from < class->roll.count; from = end) {
		for (end = from + 1; end < class->roll.count && class->roll.item[end].who == class->roll.item[from].who;)
			end++;
		add_student(&spending, from, end);
	}
	spend(&spending, outdated);
	free(spending.work);
	free(spending.before);
	free(spending.terms);
	free(spending.use);
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

int class_give_free_days(struct class *class, struct error *error)
{
	const struct course *course = class->kit->course;
	struct journal_time *times = NULL;
	if (!course->late_budget.days)
		return 0;
	size_t *outdated = zeroed(course->assignment_count + 1, sizeof *outdated);
	ssize_t count = journal_times(class->journal, &times, error);
	if (count >= 0)
		spend_all(class, times, (size_t)count, outdated);
	for (size_t a = 0; a < course->assignment_count; a++)
		tell_outdated(class, course->assignment[a], outdated[a]);
	free(outdated);
	for (ssize_t i = 0; i < count; i++) {
		free(times[i].student);
		free(times[i].assignment);
		free(times[i].folder);
	}
	free(times);
	return count < 0 ? -1 : 0;
}

/* ---- lines that are kept -------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
	const struct person *const *x = a, *const *y = b;
	return strcmp((*x)->name, (*y)->name);
}

static int is_name(const void *name, const void *person)
{
	return strcmp(name, (*(const struct person *const *)person)->name);
}

/* Whose lines there are: the roll's persons by name. */
struct keeping {
	struct class *class;
	const struct person **person;
};

static struct work *work_of_person(const struct class *class, size_t person, const char *assignment)
{
	for (size_t i = 0; i < class->roll.count; i++)
		if (class->roll.item[i].who == person && strcmp(class->roll.item[i].assignment->name, assignment) == 0)
			return &class->work[i];
	return NULL;
}

/* Of whom nothing was found here: it may be in another folder, unless the run is about the whole assignment. */
static bool keeps_absent(const struct class *class, const struct journal_line *line)
{
	const struct choice_wish *wish = &class->choice_wish;
	return wish->students->count || wish->since || !choice_asks(wish, line->assignment);
}

static bool keeps(void *context, struct journal_line *line)
{
	struct keeping *keeping = context;
	struct class *class = keeping->class;
	const struct person **found =
	    bsearch(line->student, keeping->person, class->roll.person_count, sizeof *keeping->person, is_name);
	if (!found)
		return keeps_absent(class, line);
	size_t person = (size_t)(*found - class->roll.person);
	struct work *work = work_of_person(class, person, line->assignment);
	line->roster_row = (*found)->roster_row;
	if (!choice_has(&class->choice, person, line->assignment, work ? work->entry : NULL)) {
		if (work)
			work->kept = true;
		return true;
	}
	return !work && line->handed_in && !class->asked.count;
}

int class_keep_others(struct class *class, struct error *error)
{
	const struct roll *roll = &class->roll;
	struct keeping keeping = {class, zeroed(roll->person_count + 1, sizeof *keeping.person)};
	for (size_t i = 0; i < roll->person_count; i++)
		keeping.person[i] = &roll->person[i];
	qsort(keeping.person, roll->person_count, sizeof *keeping.person, by_name);
	int result = journal_keep(class->journal, keeps, &keeping, error);
	free(keeping.person);
	return result;
}

/* ---- what was not handed in ---------------------------------------------------------------------- */

static bool has_handed_in(const struct class *class, const struct adjustment *adjustment)
{
	for (size_t i = 0; i < class->roll.count; i++)
		if (class->roll.item[i].who == adjustment->person && class->roll.item[i].assignment == adjustment->assignment)
			return true;
	return false;
}

/* What counts of what was not handed in: only the instructor can say. The journal keeps one row of each. */
void class_record_absent(struct class *class)
{
	struct error error;
	for (size_t i = 0; i < class->said.adjustments.count && !class->plan; i++) {
		const struct adjustment *adjustment = &class->said.adjustments.item[i];
		const struct person *person = &class->roll.person[adjustment->person];
		if (!choice_has(&class->choice, adjustment->person, adjustment->assignment->name, NULL) ||
		    has_handed_in(class, adjustment))
			continue;
		struct terms terms = terms_of(&class->said, adjustment->person, adjustment->assignment);
		struct entry entry = {.student = person->name,
		                      .assignment = adjustment->assignment->name,
		                      .roster_row = person->roster_row,
		                      .terms = &terms};
		if (journal_add_absent(class->journal, &entry, &error) != 0)
			class->status = complain(EXIT_NOT_JUDGED, "%s", error.text);
	}
}
