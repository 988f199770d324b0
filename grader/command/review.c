/* review.c - `review`: goes through what needs a person; what is decided stands in decisions.csv, which each run of the
 * class applies. */
#include "../file.h"
#include "../memory.h"
#include "../report/report.h"
#include "class_run.h"
#include "said.h"

#include <argp.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OPTION_WHO = 256, FIRST_LINES = 12, FIRST_BYTES = 4096 };

static const struct argp_option options[] = {
    {"roster", 'r', "FILE", 0, "who is in the class: a CSV file with a heading line", 0},
    {"output", 'o', "DIR", 0, "folder of the class's gradebook (default: build/results)", 0},
    {"assignment", 'a', "NAME", 0, "only this one; may be given again", 0},
    {"student", 's', "NAME", 0, "only this student, or these with commas between; may be given again", 0},
    {"decision", 'd', "WORD", 0, "accept or refuse, without asking", 0},
    {"deduct", 'p', "N", 0, "points that accepting it costs", 0},
    {"file", 'f', "PATH", 0, "in DIR: what is accepted, if not what is offered", 0},
    {"comment", 'c', "TEXT", 0, "why; the student reads it", 0},
    {"who", OPTION_WHO, "NAME", 0, "who says so (default: you)", 0},
    {0},
};

struct review {
	struct class class;
	struct decision_wish wish;
	const char *file; /* in place of what is offered; or NULL */
	size_t decided;
};

static void add_word(struct string_list *list, char *word)
{
	list->item = must(reallocarray(list->item, list->count + 1, sizeof *list->item));
	list->item[list->count++] = word;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct review *review = state->input;
	switch (key) {
	case 'r':
		review->class.roster_path = argument;
		return 0;
	case 'o':
		review->class.output_wish = argument;
		return 0;
	case 'a':
		add_word(&review->class.asked, argument);
		return 0;
	case 's':
		add_word(&review->class.students, argument);
		return 0;
	case 'd':
		review->wish.decision = argument;
		return 0;
	case 'p':
		review->wish.deduct = argument;
		return 0;
	case 'f':
		review->file = argument;
		return 0;
	case 'c':
		review->wish.comment = argument;
		return 0;
	case OPTION_WHO:
		review->wish.who = argument;
		return 0;
	case ARGP_KEY_ARG:
		if (review->class.folder)
			argp_usage(state);
		review->class.folder = argument;
		return 0;
	case ARGP_KEY_END:
		if (!review->class.folder)
			argp_error(state, "missing folder: name the one that holds the submissions");
		if (!review->wish.decision && (review->wish.deduct || review->wish.comment || review->file))
			argp_error(state, "what is decided? DECISION=accept or DECISION=refuse");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* ---- a decision --------------------------------------------------------------------------------- */

static bool is_open(const struct class *class, const struct roll_entry *entry)
{
	return entry->person && !entry->decision && choice_has_entry(&class->choice, entry);
}

/* Do both need a person for the same thing that a group has handed in? */
static bool is_same(const struct class *class, const struct roll_entry *a, const struct roll_entry *b)
{
	return a->assignment == b->assignment && is_open(class, a) && is_open(class, b) &&
	       strcmp(class->handins.item[a->handin].path, class->handins.item[b->handin].path) == 0;
}

/* Is it asked about? Of what a group has handed in, that of the first member is. */
static bool is_asked(const struct class *class, const struct roll_entry *entry)
{
	for (const struct roll_entry *before = class->roll.item; before < entry; before++)
		if (is_same(class, before, entry))
			return false;
	return is_open(class, entry);
}

static size_t count_open(const struct class *class)
{
	size_t count = 0;
	for (size_t i = 0; i < class->roll.count; i++)
		count += is_asked(class, &class->roll.item[i]);
	return count;
}

/* Writes what is decided about the entry, and about those of the others of a group. `wish` has decision, deduct,
 * comment and who. */
static int decide(struct review *review, const struct roll_entry *entry, struct decision_wish wish, const char *file,
                  struct error *error)
{
	const struct class *class = &review->class;
	wish.file = file ? file : found_path(entry, &class->handins);
	for (size_t i = 0; i < class->roll.count; i++) {
		const struct roll_entry *other = &class->roll.item[i];
		if ((other == entry || is_same(class, entry, other)) &&
		    class_decide(class, other->handin, entry->assignment, wish, error) != 0)
			return -1;
	}
	review->decided++;
	return 0;
}

/* ---- without asking ----------------------------------------------------------------------------- */

static int decide_one(struct review *review, struct error *error)
{
	const struct class *class = &review->class;
	size_t open = count_open(class);
	if (open == 0)
		return fail(error,
		            "nothing that STUDENT= and A= name needs a person; to decide again, delete the line in "
		            "%s/decisions.csv first",
		            class->output);
	if (open != 1)
		return fail(error, "STUDENT= and A= name %zu submissions that need a person, not one", open);
	for (size_t i = 0; i < class->roll.count; i++)
		if (is_asked(class, &class->roll.item[i]))
			return decide(review, &class->roll.item[i], review->wish, review->file, error);
	return 0;
}

/* ---- one after the other ------------------------------------------------------------------------ */

/* The first bytes of a file; NULL: there is none to read. */
static char *first_bytes(const char *path)
{
	int file = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat status;
	char *text = NULL;
	if (file >= 0 && fstat(file, &status) == 0 && S_ISREG(status.st_mode)) {
		text = zeroed(FIRST_BYTES + 1, 1);
		ssize_t size = read(file, text, FIRST_BYTES);
		if (size <= 0 || memchr(text, 0, (size_t)size)) { /* nothing, or no text */
			free(text);
			text = NULL;
		}
	}
	if (file >= 0)
		close(file);
	return text;
}

static void show_text(const struct class *class, const struct roll_entry *entry)
{
	const char *inside = handin_inside(&class->handins.item[entry->handin], found_path(entry, &class->handins));
	const char *folder = class->opened[entry->handin].intake.folder;
	char *path = *inside && folder ? format("%s/%s", folder, inside)
	                               : format("%s/%s", class->folder, found_path(entry, &class->handins));
	char *text = first_bytes(path), *end = text;
	for (int line = 0; end && line < FIRST_LINES; line++)
		end = (end = strchr(end, '\n')) ? end + 1 : NULL;
	if (end)
		*end = 0;
	if (text)
		print_lines(text, "    | ");
	free(text);
	free(path);
}

/* All of a group who have handed it in. */
static char *names_of(const struct class *class, const struct roll_entry *entry)
{
	char *names = must(strdup(roll_called(entry, class->roster)));
	for (size_t i = 0; i < class->roll.count; i++) {
		const struct roll_entry *other = &class->roll.item[i];
		if (other == entry || !is_same(class, entry, other))
			continue;
		char *more = format("%s, %s", names, roll_called(other, class->roster));
		free(names);
		names = more;
	}
	return names;
}

static void show(const struct class *class, const struct roll_entry *entry, size_t number, size_t open)
{
	char *names = names_of(class, entry),
	     *head = format("[%zu of %zu] %s, %s", number, open, names, entry->assignment->name);
	putchar('\n');
	escape_plain(stdout, head, false);
	free(names);
	fputs("\n  ", stdout);
	escape_plain(stdout, entry->person + strlen(FOR_PERSON), false);
	if (decisions_of(&class->decisions, entry->who, entry->assignment).count)
		fputs("\n  what was decided is about something else than is handed in now", stdout);
	printf("\n  %s/", class->folder);
	escape_plain(stdout, found_path(entry, &class->handins), false);
	putchar('\n');
	show_text(class, entry);
	free(head);
}

/* A line that is typed, without its end; NULL: there are no more. */
static char *ask(const char *question)
{
	char *line = NULL;
	size_t size = 0;
	fputs(question, stdout);
	fflush(stdout);
	ssize_t length = getline(&line, &size, stdin);
	if (length < 0) {
		free(line);
		return NULL;
	}
	line[strcspn(line, "\r\n")] = 0;
	return line;
}

/* Only a folder of several files: which of them is taken? */
static char *ask_file(const struct review *review, const struct roll_entry *entry)
{
	const struct class *class = &review->class;
	const struct handin *handin = &class->handins.item[entry->handin];
	if (entry->offer)
		return NULL;
	char *name = ask("  which file of it? "), *path = name ? format("%s/%s", handin->path, name) : NULL;
	free(name);
	return path;
}

/* False: there is no more input. */
static bool answer(struct review *review, const struct roll_entry *entry, char key)
{
	struct error error;
	char *file = key == 'r' ? NULL : ask_file(review, entry);
	char *points = key == 'd' ? ask("  points to deduct: ") : NULL;
	char *comment = ask(key == 'a' ? "  comment for the student (may be empty): " : "  comment for the student: ");
	struct decision_wish wish = {
	    .decision = key == 'r' ? "refuse" : "accept", .deduct = points, .comment = comment, .who = review->wish.who};
	if (comment && decide(review, entry, wish, file, &error) != 0)
		complain(0, "%s", error.text);
	bool more = comment != NULL;
	free(comment);
	free(points);
	free(file);
	return more;
}

/* False: the end. */
static bool go_through_one(struct review *review, const struct roll_entry *entry)
{
	for (size_t before = review->decided; review->decided == before;) {
		char *line = ask("  a accept, d accept with a deduction, r refuse, s skip, q quit: ");
		char key = line && line[0] && !line[1] ? line[0] : line ? '?' : 'q';
		free(line);
		if (key == 'q')
			return false;
		if (key == 's')
			return true;
		if (key == '?' || !strchr("adr", key))
			puts("  type one of the letters a, d, r, s and q, and Enter");
		else if (!answer(review, entry, key))
			return false;
	}
	return true;
}

static int go_through(struct review *review, struct error *error)
{
	const struct class *class = &review->class;
	size_t open = count_open(class), number = 0;
	if (open && !(isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)))
		return fail(error,
		            "this asks on a terminal; elsewhere name one: STUDENT=ada A=%s DECISION=accept COMMENT=\"...\"",
		            class->kit->course->assignment[0]->name);
	for (size_t i = 0; i < class->roll.count; i++) {
		const struct roll_entry *entry = &class->roll.item[i];
		if (!is_asked(class, entry))
			continue;
		show(class, entry, ++number, open);
		if (!go_through_one(review, entry))
			break;
	}
	return 0;
}

/* ---- the command -------------------------------------------------------------------------------- */

static void say_end(const struct review *review, size_t open)
{
	const char *output = review->class.output;
	if (review->decided)
		printf("%zu decided, in %s/decisions.csv; the next make grade with OUT=%s applies it", review->decided, output,
		       output);
	else
		printf("nothing decided");
	printf("; %zu left\n", open - review->decided);
}

static int open_and_review(struct review *review)
{
	struct class *class = &review->class;
	struct error error;
	int status = EXIT_USAGE;
	class->output = class->output_wish ? must(strdup(class->output_wish)) : format("%s/results", class->kit->build);
	if (class_folder_check(class->output, &error) == 0 && class_open(class, &status, &error) == 0) {
		size_t open = count_open(class);
		status = (review->wish.decision ? decide_one : go_through)(review, &error) == 0 ? 0 : EXIT_USAGE;
		if (status == 0)
			say_end(review, open);
	}
	if (status != 0)
		complain(0, "%s", error.text);
	class_close(class);
	free(class->output);
	return status;
}

static bool knows_assignments(const struct class *class)
{
	for (size_t i = 0; i < class->asked.count; i++)
		if (!find_assignment(class->kit, class->asked.item[i]))
			return false;
	return true;
}

int command_review(const struct session *session, int argc, char **argv)
{
	static const struct argp argp = {
	    options,
	    parse,
	    "DIR",
	    "Goes through what needs a person in the class in DIR, one after the other, or decides about one. Decisions "
	    "are "
	    "lines in decisions.csv beside the gradebook, which the next grading of the class applies; to undo one, delete "
	    "its line. When the student hands in something else, it is asked again.",
	    NULL,
	    NULL,
	    NULL};
	struct review review = {.class = {.session = session, .lock = -1}, .wish = {.who = said_by()}};
	struct class *class = &review.class;
	struct error error;
	if (argp_parse(&argp, argc, argv, 0, NULL, &review) != 0)
		return EXIT_USAGE;
	class->choice_wish = (struct choice_wish){.students = &class->students, .assignments = &class->asked};
	class->kit = kit_open(session->root, session->course, &error);
	bool known = class->kit && knows_assignments(class);
	class->cage = known ? open_cage(session, class->kit, class->folder) : NULL;
	class->queue = class->cage ? queue_new(1, session->signals, class->cage) : NULL;
	int status = EXIT_USAGE;
	if (!class->kit)
		complain(EXIT_USAGE, "%s", error.text);
	else if (class->queue)
		status = open_and_review(&review);
	queue_free(class->queue);
	cage_close(class->cage);
	kit_free(class->kit);
	free(class->asked.item);
	free(class->students.item);
	return status;
}
