/* hint.c - `hint`: without a level the questions that hints answer; with one, up to that level. */
#include "command.h"

#include <argp.h>
#include <stdlib.h>

struct wish {
	const char *assignment, *hint;
	unsigned level;
};

static const struct argp_option options[] = {
    {"assignment", 'a', "NAME", 0, "the assignment", 0},
    {"hint", 'i', "ID", 0, "this hint (default: list them)", 0},
    {"level", 'l', "N", 0, "1 direction, 2 mechanism, 3 outline (default: 1)", 0},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct wish *wish = state->input;
	switch (key) {
	case 'a':
		wish->assignment = argument;
		return 0;
	case 'i':
		wish->hint = argument;
		return 0;
	case 'l':
		wish->level = whole_number(state, "--level", argument, 1, 3);
		return 0;
	case ARGP_KEY_END:
		if (!wish->assignment)
			argp_error(state, "missing assignment: -a NAME, or make hint A=NAME");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int list_hints(const struct assignment *assignment)
{
	printf("Hints for %s:\n\n", assignment->name);
	for (size_t i = 0; i < assignment->hint_count; i++)
		printf("  %-20s %s\n", assignment->hint[i].id, assignment->hint[i].title);
	printf("\nOpen one with `make hint A=%s H=ID`; further levels with L=2 and L=3.\n", assignment->name);
	return 0;
}

static int show_hint(const struct assignment *assignment, const struct wish *wish)
{
	const struct hint *hint = assignment_hint(assignment, wish->hint);
	if (!hint) {
		complain(EXIT_USAGE, "%s has no hint '%s'", assignment->name, wish->hint);
		list_hints(assignment);
		return EXIT_USAGE;
	}
	printf("%s\n\n", hint->title);
	size_t level = wish->level < hint->levels.count ? wish->level : hint->levels.count;
	for (size_t i = 0; i < level; i++)
		printf("  %zu. %s\n", i + 1, hint->levels.item[i]);
	if (level < hint->levels.count)
		printf("\nStill stuck? make hint A=%s H=%s L=%zu\n", assignment->name, hint->id, level + 1);
	return 0;
}

int command_hint(const struct session *session, int argc, char **argv)
{
	static const struct argp argp = {options, parse, NULL, "Shows the hints of an assignment, one level at a time.",
	                                 NULL,    NULL,  NULL};
	struct wish wish = {.level = 1};
	if (argp_parse(&argp, argc, argv, 0, NULL, &wish) != 0)
		return EXIT_USAGE;
	struct error error;
	struct kit *kit = kit_open(session->root, session->course, &error);
	if (!kit)
		return complain(EXIT_USAGE, "%s", error.text);
	const struct assignment *assignment = find_assignment(kit, wish.assignment);
	int status = !assignment ? EXIT_USAGE : wish.hint ? show_hint(assignment, &wish) : list_hints(assignment);
	kit_free(kit);
	return status;
}
