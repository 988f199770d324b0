/* class_decide.c - what is said of submissions that need a person: a line in decisions.csv. */
#include "../memory.h"
#include "class_run.h"
#include "said.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What an acceptance takes is a file, or an archive that could not be opened. */
static int check_file(const struct class *class, size_t number, const char *student, const struct decision_wish *wish,
                      struct error *error)
{
	const struct handin *handin = &class->handins.item[number];
	if (!*wish->sha256)
		return fail(error, "there is no file %s/%s in what %s has handed in", class->folder, wish->file, student);
	bool whole = strcmp(wish->file, handin->path) == 0 && !handin->source && !class->opened[number].intake.problem;
	if (strcmp(wish->decision, "accept") == 0 && whole)
		return fail(error, "%s holds several files, or none that is meant: say which, as '%s/NAME.c'", wish->file,
		            wish->file);
	return 0;
}

static int add_line(const struct class *class, const struct decision_wish *wish, struct error *error)
{
	const struct people people = {class->roster, class->roll.person, class->roll.person_count};
	char *path = format("%s/decisions.csv", class->output);
	int held = folder_make(class->output, error) == 0 ? said_lock(class->output, error) : -1;
	int result = held >= 0 ? decisions_add(path, class->kit->course, &people, wish, error) : -1;
	if (held >= 0)
		close(held);
	free(path);
	return result;
}

int class_decide(const struct class *class, size_t handin, const struct assignment *assignment,
                 struct decision_wish wish, struct error *error)
{
	char now[SAID_AT], hex[HASH_SIZE];
	if (strcmp(wish.decision, "refuse") == 0 && !(wish.comment && *wish.comment))
		return fail(error, "why is it refused? The student reads the comment");
	found_hash(class->folder, &class->handins.item[handin], &class->opened[handin], wish.file, hex);
	said_at(now);
	wish.when = now;
	wish.sha256 = hex;
	wish.student = class->roll.person[class->roll.owner[handin]].name;
	wish.assignment = assignment->name;
	return check_file(class, handin, wish.student, &wish, error) == 0 ? add_line(class, &wish, error) : -1;
}

/* ---- ACCEPT ------------------------------------------------------------------------------------- */

static const struct roll_entry *entry_of(const struct class *class, size_t person, const struct assignment *assignment)
{
	for (size_t i = 0; i < class->roll.count; i++)
		if (class->roll.item[i].who == person && class->roll.item[i].assignment == assignment)
			return &class->roll.item[i];
	return NULL;
}

/* An acceptance of something that is judged anyway, or of what does not count, would change nothing. */
static int check_need(const struct class *class, size_t handin, const struct assignment *assignment,
                      struct error *error)
{
	const struct roll_entry *entry = entry_of(class, class->roll.owner[handin], assignment);
	if (!entry)
		return 0;
	const char *counts = class->handins.item[entry->handin].path;
	if (strcmp(counts, class->handins.item[handin].path) != 0)
		return fail(error, "ACCEPT='%s': of %s the latest counts, %s", class->accept, entry->student, counts);
	if (!entry->person)
		return fail(error, "ACCEPT='%s': what %s has handed in needs no person", class->accept, entry->student);
	return 0;
}

/* Was the same said before? */
static bool is_accepted(const struct class *class, size_t handin, const struct assignment *assignment, const char *file)
{
	char hex[HASH_SIZE];
	struct decisions own = decisions_of(&class->decisions, class->roll.owner[handin], assignment);
	found_hash(class->folder, &class->handins.item[handin], &class->opened[handin], file, hex);
	for (size_t i = 0; i < own.count; i++)
		if (!own.item[i].refused && strcmp(own.item[i].file, file) == 0 && strcasecmp(own.item[i].sha256, hex) == 0)
			return true;
	return false;
}

static int accept_handin(const struct class *class, size_t handin, const struct assignment *assignment,
                         const char *file, struct error *error)
{
	const struct decision_wish wish = {.decision = "accept", .file = file, .who = said_by()};
	if (check_need(class, handin, assignment, error) != 0)
		return -1;
	return is_accepted(class, handin, assignment, file) ? 0 : class_decide(class, handin, assignment, wish, error);
}

/* The assignment that stands before the "="; *path: what stands behind it. */
static const struct assignment *read_wish(const struct course *course, const char *text, const char **path)
{
	const char *equals = strchr(text, '=');
	char *name = must(strndup(text, equals ? (size_t)(equals - text) : 0));
	const struct assignment *assignment = course_find(course, name);
	free(name);
	*path = equals ? equals + 1 : text;
	return assignment;
}

int class_accept(const struct class *class, struct error *error)
{
	const char *path;
	const struct assignment *assignment = read_wish(class->kit->course, class->accept, &path);
	size_t found = 0;
	if (!assignment)
		return fail(error, "ACCEPT='%s': what is taken, and for which assignment? ACCEPT='%s=ada/main.c'",
		            class->accept, class->kit->course->assignment[0]->name);
	for (size_t i = 0; i < class->handins.count; i++) /* of a group each member has it */
		if (handin_inside(&class->handins.item[i], path)) {
			if (accept_handin(class, i, assignment, path, error) != 0)
				return -1;
			found++;
		}
	return found ? 0 : fail(error, "ACCEPT='%s': nothing that was handed in is called %s", class->accept, path);
}
