/* roll.c - which of the things that were handed in counts for whom. */
#include "roll.h"

#include "../clock.h"
#include "../file.h"
#include "../memory.h"
#include "../report/report.h"
#include "../utf8.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void list_add(struct string_list *list, char *sentence)
{
	list->item = must(reallocarray(list->item, list->count + 1, sizeof *list->item));
	list->item[list->count++] = must(sentence);
}

static void list_clear(struct string_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->item[i]);
	free(list->item);
	*list = (struct string_list){0};
}

static void say(struct roll *roll, char *sentence)
{
	list_add(&roll->remarks, sentence);
}

/* Who handed in a thing. Those with equal rows that are not negative, or else with equal names, are one person.
 */
struct who {
	size_t handin;
	int row;
	char *name;
};

struct search {
	const struct course *course;
	const struct handins *handins;
	const struct handin_state *state;
	const struct roster *roster;
	const struct roll_wish *wish;
	size_t wanted;   /* assignments that are graded */
	size_t person;   /* whose submissions are looked at: index in roll->person */
	struct who *who; /* handins->count of them; by person: in the roster's order, then by name; then by handin */
	struct roll *roll;
};

static const struct handin *handin_of(const struct search *search, const struct who *who)
{
	return &search->handins->item[who->handin];
}

/* ---- who ------------------------------------------------------------------------------------ */

static void find_row(const struct search *search, struct who *who)
{
	const struct handin *handin = handin_of(search, who);
	const struct roster *roster = search->roster;
	who->row = handin->line ? (int)handin->line - 1 : roster ? roster_match(roster, &handin->keys) : ROSTER_NONE;
	int user = who->row < 0 && handin->canvas && roster ? roster_canvas_user(roster, handin->number) : ROSTER_NONE;
	if (user >= 0)
		who->row = user;
	if (who->row == ROSTER_SEVERAL)
		say(search->roll,
		    format("%s: it matches several lines of the roster; it is listed as %s", handin->path, handin->student));
	else if (roster && who->row == ROSTER_NONE)
		say(search->roll,
		    format("%s: it matches no line of the roster; it is listed as %s", handin->path, handin->student));
	if (handin->source && !handin->assignment)
		say(search->roll, format("%s: it is not clear which assignment it is for", handin->path));
	if (who->row < 0)
		who->row = ROSTER_NONE;
	who->name = must(strdup(who->row < 0 ? handin->student : roster_name(roster, (size_t)who->row)));
}

static int by_person(const void *a, const void *b)
{
	const struct who *x = a, *y = b;
	int order = (x->row < 0) - (y->row < 0);
	if (!order)
		order = x->row < 0 ? strcmp(x->name, y->name) : (x->row > y->row) - (x->row < y->row);
	return order ? order : (x->handin > y->handin) - (x->handin < y->handin);
}

static bool same_person(const struct who *a, const struct who *b)
{
	return a->row == b->row && (a->row >= 0 || strcmp(a->name, b->name) == 0);
}

/* Behind the last of those that are the same person as who[from]. */
static size_t person_end(const struct search *search, size_t from)
{
	size_t end = from + 1;
	while (end < search->handins->count && same_person(&search->who[from], &search->who[end]))
		end++;
	return end;
}

static size_t folder_size(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? (size_t)(slash - path) : 0;
}

/* Two numbers of one name are two persons; but a number that is local says so only beside others of its download. */
static bool are_namesakes(const struct handin *a, const struct handin *b)
{
	if (!a->number || !b->number || strcmp(a->number, b->number) == 0)
		return false;
	size_t size = folder_size(a->path);
	return !a->local || !b->local || (size == folder_size(b->path) && strncmp(a->path, b->path, size) == 0);
}

static bool has_namesakes(const struct search *search, size_t from, size_t end)
{
	for (size_t i = from; i < end; i++)
		for (size_t j = from; j < i; j++)
			if (are_namesakes(handin_of(search, &search->who[i]), handin_of(search, &search->who[j])))
				return true;
	return false;
}

/* Persons of one name whom the roster does not tell apart: each gets the platform's number behind the name. */
static void part_namesakes(struct search *search)
{
	for (size_t from = 0, end; from < search->handins->count; from = end) {
		end = person_end(search, from);
		if (!has_namesakes(search, from, end))
			continue;
		for (size_t i = from; i < end; i++) {
			struct who *who = &search->who[i];
			const struct handin *handin = handin_of(search, who);
			if (!handin->number)
				continue;
			if (who->row >= 0)
				say(search->roll, format("%s: two students of that name handed in, and the roster has one line for "
				                         "both; it is listed as %s (%s)",
				                         handin->path, handin->student, handin->number));
			free(who->name);
			who->name = format("%s (%s)", handin->student, handin->number);
			who->row = ROSTER_NONE;
		}
	}
	qsort(search->who, search->handins->count, sizeof *search->who, by_person);
}

/* ---- names of folders ----------------------------------------------------------------------- */

/* A name that can be one of a folder, too, and is none of the gradebook's own files. */
static char *folder_name(const char *name)
{
	enum { LONGEST = 200 };
	static const char *const taken[] = {".html", ".csv", ".sqlite", ".sqlite-wal", ".sqlite-shm", ".tmp"};
	size_t size = strlen(name), end = 0;
	while (end < size && end < LONGEST) {
		uint32_t point;
		size_t length = utf8_decode(name + end, &point);
		if (end + length > LONGEST)
			break;
		end += length ? length : 1;
	}
	char *safe = must(strndup(*name ? name : "_", end ? end : 1));
	for (char *c = safe; *c; c++)
		if (*c == '/' || (c == safe && *c == '.') || (unsigned char)*c < ' ')
			*c = '_';
	for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
		size_t length = strlen(taken[i]);
		if (end < length || strcasecmp(safe + end - length, taken[i]) != 0)
			continue;
		char *longer = format("%s_", safe);
		free(safe);
		return longer;
	}
	return safe;
}

/* A person, and the folder that would be theirs if no other had it. */
struct wish {
	char *name;
	size_t from, end; /* in search->who */
};

static int by_wish(const void *a, const void *b)
{
	const struct wish *x = a, *y = b;
	int order = strcmp(x->name, y->name);
	return order ? order : (x->from > y->from) - (x->from < y->from);
}

static int by_name(const void *name, const void *wish)
{
	return strcmp(name, ((const struct wish *)wish)->name);
}

/* Two persons must not have one folder: the later ones get a number. */
static void make_unique(struct search *search)
{
	struct wish *wish = zeroed(search->handins->count + 1, sizeof *wish);
	size_t count = 0;
	for (size_t from = 0, end; from < search->handins->count; from = end) {
		end = person_end(search, from);
		wish[count++] = (struct wish){folder_name(search->who[from].name), from, end};
	}
	qsort(wish, count, sizeof *wish, by_wish);
	unsigned number = 1;
	for (size_t i = 0; i < count; i++) {
		bool again = i && strcmp(wish[i].name, wish[i - 1].name) == 0;
		char *name = strdup(wish[i].name);
		number = again ? number : 1;
		while (again && bsearch(must(name), wish, count, sizeof *wish, by_name)) {
			free(name);
			name = format("%s (%u)", wish[i].name, ++number);
		}
		for (size_t at = wish[i].from; at < wish[i].end; at++) {
			free(search->who[at].name);
			search->who[at].name = must(strdup(must(name)));
		}
		free(name);
	}
	for (size_t i = 0; i < count; i++)
		free(wish[i].name);
	free(wish);
}

/* ---- what ----------------------------------------------------------------------------------- */

enum claim {
	CLAIM_NONE,
	CLAIM_WEAK,   /* it has no file of any assignment, so that it may be for this one */
	CLAIM_BROKEN, /* it cannot be opened, and might be for this assignment */
	CLAIM_SURE
};

static const struct assignment *assignment_at(const struct search *search, size_t place)
{
	return search->course->assignment[place];
}

/* Is the file of the assignment in the folder, by its name? */
static bool has_file(const struct assignment *assignment, const char *folder)
{
	struct source *source = source_find(assignment->root, folder, assignment->name);
	bool has = source->state != SOURCE_MISSING && source->state != SOURCE_UNREADABLE;
	source_free(source);
	return has;
}

/* All claims of a handin: claim[place * handins + who]. */
static void claim_all(const struct search *search, size_t who, enum claim claim[])
{
	size_t index = search->who[who].handin, count = search->handins->count, files = 0;
	const struct handin *handin = &search->handins->item[index];
	const char *folder = search->state[index].folder;
	for (size_t a = 0; a < search->course->assignment_count; a++) {
		enum claim *own = &claim[a * count + who];
		if (handin->assignment)
			*own = handin->assignment == assignment_at(search, a) ? CLAIM_SURE : CLAIM_NONE;
		else if (!handin->source && !folder)
			*own = CLAIM_BROKEN;
		else if (folder && has_file(assignment_at(search, a), folder))
			*own = CLAIM_SURE;
		files += *own != CLAIM_NONE;
	}
	for (size_t a = 0; a < search->course->assignment_count && !files && !handin->assignment; a++)
		claim[a * count + who] = CLAIM_WEAK;
}

static const struct evidence *evidence_of(const struct search *search, size_t handin,
                                          const struct assignment *assignment)
{
	const struct handin_state *state = &search->state[handin];
	size_t place = 0;
	while (assignment_at(search, place) != assignment)
		place++;
	return state->each ? &state->each[place] : &state->evidence;
}

/* The later one; of two at the same time the one whose name is later. */
static bool is_later(const struct search *search, size_t a, size_t b, const struct assignment *assignment)
{
	int64_t x = moment_of(evidence_of(search, a, assignment)).time,
	        y = moment_of(evidence_of(search, b, assignment)).time;
	return x != y ? x > y : a > b;
}

/* The column of the roster that says when it was handed in: the one that course.yaml names, or Moodle's in a grading
 * worksheet, which is of one assignment. NULL without one. */
static const char *time_column(const struct search *search, const struct assignment *assignment)
{
	if (assignment->late.column || search->wanted != 1)
		return assignment->late.column;
	return roster_worksheet_time(search->roster);
}

/* What it says; 0: nothing. */
static int64_t column_time(const struct search *search, const struct who *who, const struct assignment *assignment)
{
	const char *heading = time_column(search, assignment);
	int column = heading && search->roster ? roster_column(search->roster, heading) : -1;
	const char *cell = column >= 0 && who->row >= 0 ? search->roster->cell[who->row][column] : "";
	int64_t seconds = *cell && strcmp(cell, "-") != 0 ? clock_read_in(cell, assignment->late.zone) : 0;
	if (seconds < 0)
		say(search->roll, format("%s: '%s' in column %s of the roster is no time, as 2026-10-01 23:59 +0200", who->name,
		                         cell, heading));
	return seconds > 0 ? seconds : 0;
}

static int64_t time_of(const struct search *search, const struct who *who, const struct assignment *assignment)
{
	struct evidence evidence = *evidence_of(search, who->handin, assignment);
	evidence.column = column_time(search, who, assignment);
	struct moment moment = moment_of(&evidence);
	if (assignment->late.due && moment.doubt)
		say(search->roll, format("%s: %s", handin_of(search, who)->path, moment.doubt));
	return moment.time;
}

/* A column that is not there would be noticed by nobody. */
static void find_columns(const struct search *search)
{
	for (size_t a = 0; a < search->course->assignment_count; a++) {
		const char *heading = assignment_at(search, a)->late.column;
		if (heading && (!search->roster || roster_column(search->roster, heading) < 0))
			say(search->roll, format("course.yaml takes the times of %s from the column '%s', which %s",
			                         assignment_at(search, a)->name, heading,
			                         search->roster ? "the roster does not have" : "would be in a roster"));
	}
}

const char *handin_inside(const struct handin *handin, const char *path)
{
	size_t size = strlen(handin->path);
	bool inside = strncmp(handin->path, path, size) == 0 && (!path[size] || path[size] == '/');
	return inside ? path + size + (path[size] == '/') : NULL;
}

/* ---- what needs a person ---------------------------------------------------------------------- */

/* Why it cannot be judged as it is, and what may be meant: a path in the class's folder. NULL: it can. */
static char *why_a_person(const struct search *search, size_t index, const struct assignment *assignment, char **offer)
{
	const struct handin *handin = &search->handins->item[index];
	const struct handin_state *state = &search->state[index];
	*offer = NULL;
	if (state->unread)
		return NULL;
	if (!state->folder) {
		*offer = must(strdup(handin->path));
		return must(state->problem ? strdup(state->problem) : format("%s cannot be opened", handin->path));
	}
	struct source *source = source_find(assignment->root, state->folder, assignment->name);
	bool unsure = source->state == SOURCE_MISSING || source->state == SOURCE_AMBIGUOUS;
	char *why = unsure ? must(strdup(source->problem)) : NULL;
	if (unsure && source->offer)
		*offer = format("%s/%s", handin->path, source->offer);
	source_free(source);
	return why;
}

static char *command_for(const struct assignment *assignment, const char *offer)
{
	char *accepted = format("%s=%s", assignment->name, offer ? offer : ""), *word = shell_quoted(accepted);
	char *command = offer ? format("; ACCEPT=%s takes it", word) : must(strdup(""));
	free(word);
	free(accepted);
	return command;
}

void roll_send_for_person(struct roll_entry *entry, char *why, const char *offer)
{
	char *command = command_for(entry->assignment, offer);
	entry->person = format(FOR_PERSON "%s", why);
	entry->taken = format("%s%s", entry->person, command);
	entry->offer = offer ? must(strdup(offer)) : NULL;
	free(command);
	free(why);
}

static void replace(char **text, char *by)
{
	free(*text);
	*text = by;
}

void roll_decide(struct roll_entry *entry, const struct handins *handins, const struct decision *decision)
{
	entry->decision = decision;
	if (decision->refused) {
		replace(&entry->taken, format(REFUSED " (%s)", entry->person + strlen(FOR_PERSON)));
		replace(&entry->person, decision_says(decision));
		return;
	}
	entry->file = must(strdup(handin_inside(&handins->item[entry->handin], decision->file)));
	replace(&entry->person, NULL);
	replace(&entry->taken, NULL);
	replace(&entry->offer, NULL);
	replace(&entry->note, format("%s was accepted by hand", decision->file));
}

const char *roll_called(const struct roll_entry *entry, const struct roster *roster)
{
	return roster && entry->roster_row >= 0 ? roster_called(roster, (size_t)entry->roster_row) : entry->student;
}

static void send_for_person(const struct search *search, struct roll_entry *entry)
{
	char *offer, *why = why_a_person(search, entry->handin, entry->assignment, &offer);
	if (why)
		roll_send_for_person(entry, why, offer);
	free(offer);
}

/* ---- the entries ------------------------------------------------------------------------------ */

static struct roll_entry *add_entry(struct search *search, const struct who *who, const struct assignment *assignment)
{
	struct roll_entry *entry = &search->roll->item[search->roll->count++];
	*entry = (struct roll_entry){.student = must(strdup(who->name)),
	                             .roster_row = who->row,
	                             .who = search->person,
	                             .assignment = assignment,
	                             .handin = who->handin,
	                             .handed_in = time_of(search, who, assignment)};
	return entry;
}

/* What a person has decided about last, of who[from] to who[end - 1]; `end`: nothing. */
static size_t decided(const struct search *search, size_t from, size_t end, const struct assignment *assignment)
{
	if (!search->wish->decisions)
		return end;
	struct decisions own = decisions_of(search->wish->decisions, search->person, assignment);
	for (size_t k = own.count; k-- > 0;)
		for (size_t i = from; i < end; i++)
			if (handin_inside(handin_of(search, &search->who[i]), own.item[k].file))
				return i;
	return end;
}

/* Is anything of the person's for another assignment? Then what has no name is not missed here. */
static bool has_others(const struct search *search, size_t from, size_t end, const enum claim claim[])
{
	size_t count = search->handins->count;
	for (size_t a = 0; a < search->course->assignment_count; a++)
		for (size_t i = from; i < end; i++)
			if (claim[a * count + i] > CLAIM_WEAK)
				return true;
	return false;
}

/* The submission that counts, of a person's who[from] to who[end - 1]. */
static void choose(struct search *search, size_t from, size_t end, const enum claim claim[], size_t place)
{
	const struct assignment *assignment = assignment_at(search, place);
	const enum claim *own = claim + place * search->handins->count;
	size_t chosen = end;
	unsigned tries = 0;
	enum claim least = has_others(search, from, end, claim) ? CLAIM_BROKEN : CLAIM_WEAK;
	for (size_t i = from; i < end; i++) {
		if (own[i] < least)
			continue;
		tries++;
		if (chosen == end || is_later(search, search->who[i].handin, search->who[chosen].handin, assignment))
			chosen = i;
	}
	if (!tries)
		chosen = decided(search, from, end, assignment);
	if (chosen == end)
		return;
	const char *path = handin_of(search, &search->who[chosen])->path;
	struct roll_entry *entry = add_entry(search, &search->who[chosen], assignment);
	if (tries > 1 && least > CLAIM_WEAK) {
		entry->note = format("%u submissions, the latest counts (%s)", tries, path);
		say(search->roll,
		    format("%s handed in %s %u times; the latest counts: %s", entry->student, assignment->name, tries, path));
	}
	send_for_person(search, entry);
}

/* ---- which assignments ------------------------------------------------------------------------ */

static bool is_asked(const struct string_list *asked, const char *name)
{
	for (size_t i = 0; asked && i < asked->count; i++)
		if (strcmp(asked->item[i], name) == 0)
			return true;
	return false;
}

/* How many persons surely have something of it; and whether the instructor's names speak of it. */
static size_t count_persons(const struct search *search, const enum claim own[], bool *named)
{
	size_t persons = 0;
	for (size_t from = 0, end; from < search->handins->count; from = end) {
		bool has = false;
		end = person_end(search, from);
		for (size_t i = from; i < end; i++) {
			has |= own[i] == CLAIM_SURE;
			*named |= own[i] == CLAIM_SURE && handin_of(search, &search->who[i])->named;
		}
		persons += has;
	}
	return persons;
}

/* "a", "a and b", "a, b and c". */
static char *enumerate(const struct string_list *names)
{
	char *text = format("%s", names->count ? names->item[0] : "");
	for (size_t i = 1; i < names->count; i++) {
		char *longer = format("%s%s%s", text, i + 1 == names->count ? " and " : ", ", names->item[i]);
		free(text);
		text = longer;
	}
	return text;
}

static void leave_out(const struct search *search, const bool wanted[], const size_t have[])
{
	struct string_list missing = {0};
	for (size_t a = 0; a < search->course->assignment_count; a++) {
		const char *name = assignment_at(search, a)->name;
		if (!wanted[a] && !have[a])
			list_add(&missing, format("%s", name));
		else if (!wanted[a])
			say(search->roll, format("%s is left out: %zu of %zu handed it in; A=%s grades it", name, have[a],
			                         search->roll->students, name));
	}
	char *names = enumerate(&missing);
	if (missing.count)
		say(search->roll, format("nobody handed in %s; %s left out", names, missing.count == 1 ? "it is" : "they are"));
	free(names);
	list_clear(&missing);
}

/* Which assignments are graded: see roll_make. All, if nothing can be told of any. */
static void find_wanted(const struct search *search, const enum claim *claim, bool wanted[])
{
	size_t assignments = search->course->assignment_count, handins = search->handins->count, most = 0;
	size_t *have = zeroed(assignments + 1, sizeof *have);
	bool asked = search->wish->asked && search->wish->asked->count, any = false;
	for (size_t a = 0; a < assignments; a++) {
		bool named = false;
		have[a] = count_persons(search, claim + a * handins, &named);
		most = have[a] > most ? have[a] : most;
		wanted[a] = asked ? is_asked(search->wish->asked, assignment_at(search, a)->name)
		                  : named || (have[a] && 2 * have[a] >= search->roll->students);
		any |= wanted[a];
	}
	for (size_t a = 0; a < assignments; a++)
		wanted[a] |= !any && have[a] == most;
	if (!asked)
		leave_out(search, wanted, have);
	free(have);
}

static void choose_all(struct search *search)
{
	size_t count = search->handins->count, assignments = search->course->assignment_count;
	enum claim *claim = zeroed(count * assignments + 1, sizeof *claim); /* [assignment][who] */
	bool *wanted = zeroed(assignments + 1, sizeof *wanted);
	search->roll->item = zeroed(count * assignments + 1, sizeof *search->roll->item);
	for (size_t i = 0; i < count; i++)
		claim_all(search, i, claim);
	find_wanted(search, claim, wanted);
	for (size_t a = 0; a < assignments; a++)
		search->wanted += wanted[a];
	for (size_t from = 0, end; from < count; from = end, search->person++) {
		end = person_end(search, from);
		for (size_t a = 0; a < assignments; a++)
			if (wanted[a])
				choose(search, from, end, claim, a);
	}
	free(wanted);
	free(claim);
}

static void add_person(struct roll *roll, char *name, int row)
{
	roll->person[roll->person_count++] = (struct person){must(name), row};
}

static void list_persons(const struct search *search)
{
	struct roll *roll = search->roll;
	size_t lines = search->roster ? search->roster->row_count : 0;
	roll->person = zeroed(search->handins->count + lines + 1, sizeof *roll->person);
	roll->owner = zeroed(search->handins->count + 1, sizeof *roll->owner);
	for (size_t from = 0, end; from < search->handins->count; from = end) {
		end = person_end(search, from);
		for (size_t i = from; i < end; i++)
			roll->owner[search->who[i].handin] = roll->person_count;
		add_person(roll, strdup(search->who[from].name), search->who[from].row);
	}
	roll->students = roll->person_count;
}

static bool is_taken(const struct roll *roll, const char *name)
{
	for (size_t i = 0; i < roll->person_count; i++)
		if (strcmp(roll->person[i].name, name) == 0)
			return true;
	return false;
}

static void add_absent(struct roll *roll, const struct roster *roster, size_t row)
{
	char *name = must(strdup(roster_name(roster, row)));
	for (unsigned number = 2; is_taken(roll, name); number++) {
		free(name);
		name = format("%s (%u)", roster_name(roster, row), number);
	}
	add_person(roll, name, (int)row);
	say(roll, format("%s handed in nothing", roster_called(roster, row)));
}

static void name_absent(const struct search *search)
{
	if (!search->roster)
		return;
	bool *there = zeroed(search->roster->row_count + 1, sizeof *there);
	for (size_t i = 0; i < search->handins->count; i++)
		if (search->who[i].row >= 0)
			there[search->who[i].row] = true;
	for (size_t row = 0; row < search->roster->row_count; row++)
		if (!there[row])
			add_absent(search->roll, search->roster, row);
	free(there);
}

void roll_make(const struct course *course, const struct handins *handins, const struct handin_state state[],
               const struct roll_wish *wish, struct roll *roll)
{
	*roll = (struct roll){0};
	struct search search = {.course = course,
	                        .handins = handins,
	                        .state = state,
	                        .roster = wish->roster,
	                        .wish = wish,
	                        .who = zeroed(handins->count + 1, sizeof *search.who),
	                        .roll = roll};
	for (size_t i = 0; i < handins->count; i++) {
		search.who[i].handin = i;
		find_row(&search, &search.who[i]);
	}
	qsort(search.who, handins->count, sizeof *search.who, by_person);
	part_namesakes(&search);
	make_unique(&search);
	list_persons(&search);
	choose_all(&search);
	find_columns(&search);
	name_absent(&search);
	for (size_t i = 0; i < handins->count; i++)
		free(search.who[i].name);
	free(search.who);
}

void roll_clear(struct roll *roll)
{
	for (size_t i = 0; i < roll->count; i++) {
		free(roll->item[i].student);
		free(roll->item[i].note);
		free(roll->item[i].taken);
		free(roll->item[i].offer);
		free(roll->item[i].person);
		free(roll->item[i].file);
		free(roll->item[i].folder);
	}
	free(roll->item);
	for (size_t i = 0; i < roll->person_count; i++)
		free((char *)roll->person[i].name);
	free(roll->person);
	free(roll->owner);
	list_clear(&roll->remarks);
	*roll = (struct roll){0};
}

void roll_give_to_groups(struct handins *handins, const struct roster *roster)
{
	size_t count = handins->count;
	for (size_t i = 0; i < count; i++) {
		size_t *rows = NULL, members = 0;
		if (!handins->item[i].line && roster_match(roster, &handins->item[i].keys) == ROSTER_NONE)
			members = roster_group(roster, handins->item[i].student, &rows);
		if (members) {
			handins->item[i].line = rows[0] + 1;
			for (size_t m = 1; m < members; m++)
				handins_give(handins, i, rows[m] + 1);
			i += members - 1; /* they are sorted, so the copies lie behind it */
			count += members - 1;
		}
		free(rows);
	}
}
