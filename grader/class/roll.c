/* roll.c - which of the things that were handed in counts for whom. */
#include "roll.h"

#include "../clock.h"
#include "../file.h"
#include "../memory.h"
#include "../utf8.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void say(struct roll *roll, char *sentence)
{
	roll->remarks.item = must(reallocarray(roll->remarks.item, roll->remarks.count + 1, sizeof *roll->remarks.item));
	roll->remarks.item[roll->remarks.count++] = sentence;
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
	const char *root;
	const struct handins *handins;
	const struct handin_state *state;
	const struct roster *roster;
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
	who->row = roster ? roster_match(roster, &handin->keys) : ROSTER_NONE;
	int user = who->row < 0 && handin->canvas && roster ? roster_canvas_user(roster, handin->number) : ROSTER_NONE;
	if (user >= 0)
		who->row = user;
	if (who->row == ROSTER_SEVERAL)
		say(search->roll, format("%s: several lines of the roster could be meant; it is listed as %s", handin->path,
		                         handin->student));
	else if (roster && who->row == ROSTER_NONE)
		say(search->roll,
		    format("%s: nobody in the roster is called that; it is listed as %s", handin->path, handin->student));
	if (handin->source && !handin->assignment)
		say(search->roll, format("%s: nobody can tell which assignment it is for", handin->path));
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
				say(search->roll,
				    format("%s: another one of that name handed in, too, and the roster has one line for both; it is "
				           "listed as %s (%s)",
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
	CLAIM_WEAK,   /* a folder for all assignments without this one, a file for no assignment: for a report of what is
	                 missing */
	CLAIM_BROKEN, /* it cannot be opened, and might be for this assignment */
	CLAIM_SURE
};

static bool has_file(const char *root, const char *folder, const char *assignment)
{
	struct source *source = source_find(root, folder, assignment);
	bool has = source->state != SOURCE_MISSING;
	source_free(source);
	return has;
}

static enum claim claim_of(const struct search *search, size_t index, const struct assignment *assignment)
{
	const struct handin *handin = &search->handins->item[index];
	const char *folder = search->state[index].folder;
	if (handin->assignment)
		return handin->assignment == assignment ? CLAIM_SURE : CLAIM_NONE;
	if (handin->source)
		return CLAIM_WEAK;
	if (!folder)
		return CLAIM_BROKEN;
	return has_file(search->root, folder, assignment->name) ? CLAIM_SURE : CLAIM_WEAK;
}

/* The later one; of two at the same time the one whose name is later. */
static bool is_later(const struct search *search, size_t a, size_t b)
{
	int64_t x = search->state[a].time, y = search->state[b].time;
	return x != y ? x > y : a > b;
}

/* When it was handed in: by the roster's column, if course.yaml names one and the student has a time there. */
static int64_t time_of(const struct search *search, const struct who *who, const struct assignment *assignment)
{
	const struct handin_state *state = &search->state[who->handin];
	const struct handin *handin = handin_of(search, who);
	const char *heading = assignment->late.column;
	int column = heading && search->roster ? roster_column(search->roster, heading) : -1;
	const char *cell = column >= 0 && who->row >= 0 ? search->roster->cell[who->row][column] : "";
	int64_t seconds = *cell ? clock_read(cell) : 0;
	if (seconds > 0)
		return seconds;
	if (seconds < 0)
		say(search->roll, format("%s: '%s' in column %s of the roster is no time with its zone, as 2026-10-01 23:59 "
		                         "+0200",
		                         who->name, cell, heading));
	if (assignment->late.due && !state->time && handin->late)
		say(search->roll,
		    format("%s: Canvas marks it as late, but not by how much: nothing is taken away for it", handin->path));
	else if (assignment->late.due && state->untimed)
		say(search->roll,
		    format("%s: the time of its last commit cannot be read; it does not count as late", handin->path));
	return state->time;
}

/* A column that is not there would be noticed by nobody. */
static void find_columns(const struct search *search)
{
	for (size_t a = 0; a < search->course->assignment_count; a++) {
		const char *heading = search->course->assignment[a]->late.column;
		if (heading && (!search->roster || roster_column(search->roster, heading) < 0))
			say(search->roll, format("course.yaml takes the times of %s from the column '%s', which %s",
			                         search->course->assignment[a]->name, heading,
			                         search->roster ? "the roster does not have" : "would be in a roster"));
	}
}

static void add_entry(struct search *search, const struct who *who, const struct assignment *assignment, unsigned tries)
{
	struct roll *roll = search->roll;
	const char *path = handin_of(search, who)->path;
	struct roll_entry *entry = &roll->item[roll->count++];
	*entry = (struct roll_entry){.student = must(strdup(who->name)),
	                             .roster_row = who->row,
	                             .assignment = assignment,
	                             .handin = who->handin,
	                             .handed_in = time_of(search, who, assignment)};
	if (tries < 2)
		return;
	entry->note = format("%u submissions, the latest counts (%s)", tries, path);
	say(roll, format("%s handed in %s %u times; the latest counts: %s", who->name, assignment->name, tries, path));
}

/* The submission that counts, of a person's who[from] to who[end - 1]. `claim` has their claims. */
static void choose(struct search *search, size_t from, size_t end, const enum claim claim[],
                   const struct assignment *assignment)
{
	size_t chosen = end;
	unsigned tries = 0;
	enum claim least = CLAIM_WEAK;
	for (size_t i = from; i < end; i++)
		if (claim[i - from] > CLAIM_WEAK)
			least = CLAIM_BROKEN;
	for (size_t i = from; i < end; i++) {
		if (claim[i - from] < least)
			continue;
		tries++;
		if (chosen == end || is_later(search, search->who[i].handin, search->who[chosen].handin))
			chosen = i;
	}
	if (tries)
		add_entry(search, &search->who[chosen], assignment, least == CLAIM_WEAK ? 1 : tries);
}

/* Which assignments anybody in the class handed in; all, if that cannot be told of any. */
static void find_wanted(const struct search *search, const enum claim *claim, bool wanted[])
{
	size_t assignments = search->course->assignment_count;
	bool any = false;
	for (size_t a = 0; a < assignments; a++) {
		for (size_t i = 0; i < search->handins->count; i++)
			wanted[a] |= claim[a * search->handins->count + i] == CLAIM_SURE;
		any |= wanted[a];
	}
	for (size_t a = 0; a < assignments; a++) {
		if (any && !wanted[a])
			say(search->roll, format("nobody handed in %s; it is left out", search->course->assignment[a]->name));
		wanted[a] |= !any;
	}
}

static void choose_all(struct search *search)
{
	size_t count = search->handins->count, assignments = search->course->assignment_count;
	enum claim *claim = zeroed(count * assignments + 1, sizeof *claim); /* [assignment][who] */
	bool *wanted = zeroed(assignments + 1, sizeof *wanted);
	search->roll->item = zeroed(count * assignments + 1, sizeof *search->roll->item);
	for (size_t a = 0; a < assignments; a++)
		for (size_t i = 0; i < count; i++)
			claim[a * count + i] = claim_of(search, search->who[i].handin, search->course->assignment[a]);
	find_wanted(search, claim, wanted);
	for (size_t from = 0, end; from < count; from = end) {
		end = person_end(search, from);
		search->roll->students++;
		for (size_t a = 0; a < assignments; a++)
			if (wanted[a])
				choose(search, from, end, claim + a * count + from, search->course->assignment[a]);
	}
	free(wanted);
	free(claim);
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
			say(search->roll, format("%s handed in nothing", roster_name(search->roster, row)));
	free(there);
}

void roll_make(const struct course *course, const char *root, const struct handins *handins,
               const struct handin_state state[], const struct roster *roster, struct roll *roll)
{
	*roll = (struct roll){0};
	struct search search = {course, root, handins, state, roster, zeroed(handins->count + 1, sizeof *search.who), roll};
	for (size_t i = 0; i < handins->count; i++) {
		search.who[i].handin = i;
		find_row(&search, &search.who[i]);
	}
	qsort(search.who, handins->count, sizeof *search.who, by_person);
	part_namesakes(&search);
	make_unique(&search);
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
	}
	free(roll->item);
	for (size_t i = 0; i < roll->remarks.count; i++)
		free(roll->remarks.item[i]);
	free(roll->remarks.item);
	*roll = (struct roll){0};
}
