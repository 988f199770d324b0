/* play.c - `play`: you are the scheduler. A program of one's own, a test, or the levels one after the other. */
#include "play.h"
#include "../memory.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_CC = 1000, KEY_LIST, KEY_LEVELS, KEY_PAGE };

static const struct argp_option options[] = {
    {"assignment", 'a', "NAME", 0, "a test of this assignment, with -t", 1},
    {"test", 't', "TEST", 0, "the test", 1},
    {"submission", 's', "DIR", 0, "folder of the submission (default: the kit's own tree)", 1},
    {"cc", KEY_CC, "FLAG", 0,
     "a flag for gcc; -D, -I, -l, -std, -include, -isystem and -pthread can be given as they are", 1},
    {0, 'D', "NAME", OPTION_HIDDEN, 0, 1},
    {0, 'I', "DIR", OPTION_HIDDEN, 0, 1},
    {0, 'l', "NAME", OPTION_HIDDEN, 0, 1},
    {"level", 'n', "LEVEL", 0, "begin with this level: its number or name (default: the first that is not done)", 2},
    {"list", KEY_LIST, 0, 0, "the levels, and which are done", 2},
    {"page", KEY_PAGE, "FILE", 0, "write the levels as a page (HTML) that needs nothing else", 2},
    {"levels", KEY_LEVELS, "DIR", 0, "a folder with levels of your own (default: assignments/play)", 2},
    {0},
};

struct command {
	struct wish wish;
	const char *level, *folder, *page;
	bool list;
};

static void take_flag(struct argp_state *state, int key, const char *argument)
{
	struct command *command = state->input;
	char *flag = key == KEY_CC ? format("%s", argument) : format("-%c%s", key, argument);
	int result = add_flag(&command->wish, flag);
	free(flag);
	if (result != 0)
		exit(EXIT_USAGE);
}

static void check_words(struct argp_state *state)
{
	const struct command *command = state->input;
	const struct wish *wish = &command->wish;
	if (wish->assignment && wish->files)
		argp_error(state, "either an assignment or files");
	if (wish->assignment && !wish->test)
		argp_error(state, "which test of %s? -t TEST", wish->assignment);
	if (wish->test && !wish->assignment)
		argp_error(state, "a test of which assignment? -a NAME");
	if ((wish->assignment || wish->files) && (command->level || command->list || command->folder || command->page))
		argp_error(state, "either a level or a program");
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct command *command = state->input;
	struct wish *wish = &command->wish;
	switch (key) {
	case 'a':
		wish->assignment = argument;
		return 0;
	case 't':
		wish->test = argument;
		return 0;
	case 's':
		wish->folder = argument;
		return 0;
	case 'D':
	case 'I':
	case 'l':
	case KEY_CC:
		take_flag(state, key, argument);
		return 0;
	case 'n':
		command->level = argument;
		return 0;
	case KEY_LIST:
		command->list = true;
		return 0;
	case KEY_PAGE:
		command->page = argument;
		return 0;
	case KEY_LEVELS:
		command->folder = argument;
		return 0;
	case ARGP_KEY_ARG:
		if (add_word(wish->file, &wish->files, "", argument) != 0)
			exit(EXIT_USAGE);
		return 0;
	case ARGP_KEY_END:
		check_words(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int status_of(enum game_end end, const struct error *error)
{
	return end == GAME_INTERRUPTED ? EXIT_INTERRUPTED : end == GAME_FAILED ? complain_of(error) : 0;
}

/* Opens the stage, plays on it, clears it. */
static enum game_end play_on(struct stage *stage, struct game *game, struct error *error)
{
	enum game_end end = GAME_FAILED;
	game->stage = stage;
	game->keys = keys_open(stage->session->signals);
	fputs(stage->session->progress ? "building ..." : "", stderr);
	int result = stage_open(stage, error);
	fputs(stage->session->progress ? "\r\033[K" : "", stderr);
	if (result == 0)
		end = game_play(game, error);
	else if (error->kind == ERROR_INTERRUPTED)
		end = GAME_INTERRUPTED;
	keys_close(game->keys);
	stage_clear(stage);
	return end;
}

/* ---- a program or a test -------------------------------------------------------------------- */

static int play_program(struct stage *stage, struct command *command)
{
	struct error error;
	struct game game = {0};
	stage->wish = command->wish;
	stage->test = command->wish.test;
	command->wish = (struct wish){0};
	return status_of(play_on(stage, &game, &error), &error);
}

/* ---- the levels ----------------------------------------------------------------------------- */

static void print_level(const struct kit *kit, const struct levels *levels, size_t index, const struct level *next)
{
	const struct level *level = &levels->level[index];
	int switches = progress_of_level(kit, level->name);
	printf("%s %2zu  %-38s  par %d  ", level == next ? ">" : " ", index + 1, level->title, level->par);
	if (switches < 0)
		puts("-");
	else
		printf("done with %d switch%s\n", switches, switches == 1 ? "" : "es");
}

static void print_levels(const struct kit *kit, const struct levels *levels)
{
	size_t done;
	const struct level *next = progress_next(kit, levels, &done);
	for (size_t i = 0; i < levels->count; i++)
		print_level(kit, levels, i, next);
	printf("\n%zu of %zu levels done. `make play L=NUMBER` begins with that one.\n", done, levels->count);
}

static enum game_end play_level(const struct stage *common, const struct levels *levels, const struct level *level,
                                bool twin, struct error *error)
{
	struct stage stage = *common;
	struct game game = {.levels = levels, .level = level, .twin = twin};
	char *file = level_file(levels, level, twin);
	add_word(stage.wish.file, &stage.wish.files, "", file);
	free(file);
	return play_on(&stage, &game, error);
}

/* From that level on, until the player has enough. */
static int play_levels(const struct stage *common, const struct levels *levels, const struct level *level)
{
	struct error error;
	bool twin = false;
	enum game_end end;
	do {
		end = play_level(common, levels, level, twin, &error);
		twin = end == GAME_TWIN;
		if (end == GAME_NEXT && ++level == levels->level + levels->count) {
			puts("That was the last level. Well played!");
			end = GAME_QUIT;
		}
	} while (end == GAME_NEXT || end == GAME_TWIN);
	if (end == GAME_LIST)
		print_levels(common->kit, levels);
	return status_of(end, &error);
}

/* The level to begin with; NULL after a complaint. */
static const struct level *first_level(const struct kit *kit, const struct levels *levels, const char *wanted)
{
	const struct level *next = wanted ? levels_find(levels, wanted) : progress_next(kit, levels, NULL);
	if (!next && wanted)
		complain(0, "there is no level '%s': make play L=NUMBER, 1 to %zu", wanted, levels->count);
	return next || wanted ? next : &levels->level[0];
}

static int play_from(const struct stage *common, const struct levels *levels, const char *wanted)
{
	const struct level *first = first_level(common->kit, levels, wanted);
	return first ? play_levels(common, levels, first) : EXIT_USAGE;
}

static int print_page(const struct stage *common, const struct levels *levels, const char *path)
{
	struct error error;
	if (write_page(common, levels, path, &error) != 0)
		return complain_of(&error);
	printf("The page is in %s\n", path);
	return 0;
}

static int play_campaign(const struct stage *common, const struct command *command)
{
	struct error error;
	struct levels *levels = open_levels(common->kit, command->folder, &error);
	if (!levels)
		return complain_of(&error);
	int status = 0;
	if (command->list)
		print_levels(common->kit, levels);
	else if (command->page)
		status = print_page(common, levels, command->page);
	else
		status = play_from(common, levels, command->level);
	levels_free(levels);
	return status;
}

/* ---- the command ---------------------------------------------------------------------------- */

static int play(const struct session *session, struct kit *kit, struct command *command)
{
	const struct wish *wish = &command->wish;
	const struct assignment *assignment = wish->assignment ? find_assignment(kit, wish->assignment) : NULL;
	if (wish->assignment && !assignment)
		return EXIT_USAGE;
	if (assignment && !assignment_test(assignment, wish->test))
		return complain(EXIT_USAGE, "%s has no test '%s'", assignment->name, wish->test);
	struct cage *cage = assignment ? open_cage(session, kit, wish->folder) : probe_cage(kit); /* levels need none */
	struct queue *queue = cage ? queue_new(0, session->signals, cage) : NULL;
	struct stage stage = {.session = session, .kit = kit, .assignment = assignment, .queue = queue};
	int status = EXIT_USAGE;
	if (queue)
		status = assignment || wish->files ? play_program(&stage, command) : play_campaign(&stage, command);
	queue_free(queue);
	cage_close(cage);
	return status;
}

int command_play(const struct session *session, int argc, char **argv)
{
	static const struct argp argp = {options,
	                                 parse,
	                                 "[FILE.c... [-- ARGUMENT...]]",
	                                 "You are the scheduler: at each step you say which thread goes on, and try to "
	                                 "make the program go wrong. Without "
	                                 "a program: levels, one after the other.\vKeys: a number lets that thread go on, "
	                                 "space is the usual choice, d goes "
	                                 "on "
	                                 "to the next real one, u undoes, h is a hint, a begins again, q quits. From a "
	                                 "pipe the same characters are read. "
	                                 "Files are taken for your own: their program runs as you. Exit status: 0 when you "
	                                 "have enough, 2 usage or it does "
	                                 "not build, 130 interrupted. docs/play.md says more.",
	                                 NULL,
	                                 NULL,
	                                 NULL};
	struct command command = {0};
	if (take_words(&command.wish, &argc, argv) != 0 || argp_parse(&argp, argc, argv, 0, NULL, &command) != 0)
		return EXIT_USAGE;
	struct error error;
	struct kit *kit = kit_open(session->root, session->course, &error);
	int status = kit ? play(session, kit, &command) : complain(EXIT_USAGE, "%s", error.text);
	kit_free(kit);
	wish_clear(&command.wish);
	return status;
}
