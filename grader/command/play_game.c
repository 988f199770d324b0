/* play_game.c - one program: draws where its schedule stands, takes a key, runs it again. */
#include "../finding/kind.h"
#include "../memory.h"
#include "../report/board.h"
#include "../report/picture.h"
#include "../report/report.h"
#include "play.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* What the player has chosen so far, a key after the other. */
struct move {
	char *options; /* "0.1.0": as far as the choice that this key was typed at, and what it chose */
	bool plays_on;
};

/* The shortest schedule that fails, as far as the search knows. */
struct shortest {
	bool known, minimal, is_race;
	unsigned switches;
	unsigned *option; /* all that it takes */
	size_t count;
};

struct play {
	struct game *game;
	struct stage *stage;
	struct error *error;
	struct shortest shortest;
	char *summary; /* of the search */
	struct move *move;
	size_t moves;
	struct position position;
	char *message;
	bool shown; /* what is on the screen is so still, but for the message */
	unsigned width, height;
	enum game_end end;
};

static bool on_terminal(const struct play *play)
{
	return keys_from_terminal(play->game->keys) && isatty(STDOUT_FILENO);
}

static void say(struct play *play, char *message)
{
	free(play->message);
	play->message = message;
}

static void measure_terminal(struct play *play)
{
	struct winsize size;
	bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40;
	play->width = known ? size.ws_col > 120 ? 120 : size.ws_col : (unsigned)play->stage->session->width;
	play->height = known && on_terminal(play) ? size.ws_row : 0;
}

static char *title_of(const struct play *play)
{
	const struct game *game = play->game;
	if (game->level)
		return format("Level %zu of %zu: %s%s", (size_t)(game->level - game->levels->level) + 1, game->levels->count,
		              game->level->title, game->twin ? " (the fixed twin)" : "");
	return play->stage->assignment ? format("%s of %s", play->stage->test, play->stage->assignment->name)
	                               : format("%s", play->stage->built.file[0]);
}

/* ---- the search before the game ------------------------------------------------------------- */

/* The first that breaks the program in the way that the level asks for; without one a race, outside of levels. */
static const struct discovery *pick(const struct play *play, const struct exploration *exploration)
{
	const struct level *level = play->game->level;
	for (size_t i = 0; i < exploration->discovery_count; i++) {
		const struct discovery *discovery = &exploration->discovery[i];
		bool meant = !level || play->game->twin;
		for (size_t k = 0; level && k < level->kinds.count; k++)
			meant |= strcmp(level->kinds.item[k], discovery->kind) == 0;
		if (breaks(discovery) && meant)
			return discovery;
	}
	return !level && exploration->discovery_count ? &exploration->discovery[0] : NULL;
}

/* Plays the token once: which options it takes. */
static int follow(struct play *play, const char *token)
{
	struct position position;
	if (stage_look(play->stage, "", false, token, &position, play->error) != 0)
		return -1;
	play->shortest.option = position.taken;
	play->shortest.count = position.taken_count;
	position.taken = NULL;
	position_clear(&position);
	return 0;
}

static int note_shortest(struct play *play, const struct exploration *exploration)
{
	const struct discovery *discovery = pick(play, exploration);
	play->summary = explored_summary(&exploration->explored, discovery != NULL);
	if (exploration->verdict == SEARCH_NOT_EXPLORED && exploration->explored.why_not)
		return fail(play->error, "not explored: %s", exploration->explored.why_not);
	if (!discovery)
		return 0;
	play->shortest.known = true;
	play->shortest.switches = discovery->switches;
	play->shortest.minimal = discovery->minimal;
	play->shortest.is_race = !breaks(discovery);
	return follow(play, discovery->token);
}

static int search(struct play *play)
{
	const struct level *level = play->game->level;
	struct search_way way = {.strategy = "mixture", .bound = 2, .schedules = "10000", .seconds = "30"};
	struct explorations found;
	if (level)
		way = (struct search_way){.strategy = "depth-first",
		                          .bound = play->game->twin ? TWIN_BOUND : level->par,
		                          .schedules = LEVEL_SCHEDULES};
	bool shows = play->stage->session->progress;
	fputs(shows ? "searching ..." : "", stderr);
	int result = stage_search(play->stage, &way, &found, play->error);
	fputs(shows ? "\r\033[K" : "", stderr);
	if (result != 0)
		return -1;
	result = note_shortest(play, &found.item[0]);
	explorations_free(&found);
	return result;
}

/* ---- moves ---------------------------------------------------------------------------------- */

static void push(struct play *play, char *options, bool plays_on)
{
	play->move = must(reallocarray(play->move, play->moves + 1, sizeof *play->move));
	play->move[play->moves++] = (struct move){options, plays_on};
}

static void pop(struct play *play)
{
	free(play->move[--play->moves].options);
}

static int look(struct play *play)
{
	const struct move *last = &play->move[play->moves - 1];
	position_clear(&play->position);
	return stage_look(play->stage, last->options, last->plays_on, NULL, &play->position, play->error);
}

/* The options taken so far, and one more. */
static char *options_with(const struct position *position, size_t option)
{
	char *text;
	size_t size;
	FILE *out = memory_open(&text, &size);
	for (size_t i = 0; i < position->taken_count; i++)
		fprintf(out, "%u.", position->taken[i]);
	fprintf(out, "%zu", option);
	fclose(out);
	return text;
}

static bool is_over(const struct play *play)
{
	return play->position.kind == MOMENT_END || breaks(play->position.state);
}

/* ---- hints ---------------------------------------------------------------------------------- */

/* How many of the options taken so far are those of the shortest schedule, from the first on. */
static size_t in_common(const struct play *play)
{
	size_t count = 0;
	while (count < play->position.taken_count && count < play->shortest.count &&
	       play->position.taken[count] == play->shortest.option[count])
		count++;
	return count;
}

static size_t options_in(const char *text)
{
	size_t count = *text != 0;
	for (; (text = strchr(text, '.')); text++)
		count++;
	return count;
}

/* Keys to take back until the schedule is a beginning of the shortest again. */
static unsigned moves_to_undo(const struct play *play, size_t common)
{
	unsigned count = 0;
	for (size_t i = play->moves; i-- > 1 && options_in(play->move[i].options) > common;)
		count++;
	/* What a key went on with by default may have gone too far. */
	return count ? count : 1;
}

static char *hint_on_path(const struct play *play, size_t at)
{
	size_t change = at;
	while (change < play->shortest.count && play->shortest.option[change] == 0)
		change++;
	if (change >= play->shortest.count)
		return format("The shortest failing schedule needs nothing more: let everybody go on by default.");
	if (change > at)
		return format("The shortest failing schedule takes the usual one (space) %zu more time%s here, then another "
		              "one.",
		              change - at, change - at == 1 ? "" : "s");
	size_t option = play->shortest.option[at];
	if (option >= play->position.option_count)
		return format("The shortest failing schedule makes another choice here.");
	char *who = moment_words(&play->position, option);
	char *hint =
	    format("The shortest failing schedule chooses here: %c (%s).", moment_key(&play->position, option), who);
	free(who);
	return hint;
}

static char *hint(const struct play *play)
{
	if (!play->shortest.known)
		return format("There is no hint: the explorer has found no schedule that fails (%s).", play->summary);
	size_t common = in_common(play);
	if (common == play->position.taken_count)
		return hint_on_path(play, common);
	unsigned undo = moves_to_undo(play, common);
	return format("The shortest failing schedule goes another way: undo (u) %u time%s, then ask again.", undo,
	              undo == 1 ? "" : "s");
}

/* ---- the board ------------------------------------------------------------------------------ */

static int by_key(const void *a, const void *b)
{
	const struct board_choice *x = a, *y = b;
	return x->key - y->key;
}

/* Returns how many; the words are the caller's. */
static size_t make_choices(const struct play *play, struct board_choice choice[], char *words[])
{
	const struct position *position = &play->position;
	bool lanes = position_asks_for_lane(position);
	size_t count = 0;
	for (size_t i = 0; i < position->option_count && count < MOMENT_KEYS; i++) {
		const struct moment_option *option = &position->option[i];
		words[count] = !lanes || option->fires ? moment_words(position, i) : NULL;
		choice[count] = (struct board_choice){.key = moment_key(position, i),
		                                      .lane = lanes ? option->value : position->current,
		                                      .words = words[count],
		                                      .usual = i == 0,
		                                      .costs = option->costs};
		if (choice[count].key != ' ')
			count++;
		else
			free(words[count]);
	}
	qsort(choice, count, sizeof *choice, by_key);
	return count;
}

static void clear_screen(const struct play *play)
{
	if (on_terminal(play))
		fputs("\033[H\033[2J", stdout);
}

static void put_keys(const struct play *play)
{
	printf("\n0-9 who  space usual  d next choice  u undo  h hint  a again  %sq quit\n",
	       play->game->level ? "l levels  " : "");
}

static void draw(struct play *play)
{
	struct board_choice choice[MOMENT_KEYS];
	char *words[MOMENT_KEYS] = {0}, *question = moment_question(&play->position), *title = title_of(play);
	const struct position *position = &play->position;
	measure_terminal(play);
	struct board board = {.title = title,
	                      .switches = position->state->switches,
	                      .par = play->game->level && !play->game->twin ? play->game->level->par : -1,
	                      .interleaving = position->state->interleaving,
	                      .next = position->next,
	                      .held = position->held,
	                      .question = question,
	                      .choice = choice,
	                      .choice_count = make_choices(play, choice, words),
	                      .file = play->stage->built.file[0],
	                      .source = on_terminal(play) ? play->stage->built.text[0] : NULL,
	                      .message = play->message,
	                      .width = play->width,
	                      .height = play->height,
	                      .colour = play->stage->session->colour};
	clear_screen(play);
	board_print(stdout, &board);
	if (on_terminal(play))
		put_keys(play);
	for (size_t i = 0; i < MOMENT_KEYS; i++)
		free(words[i]);
	free(question);
	free(title);
}

/* ---- the end of a schedule ------------------------------------------------------------------ */

static void put_verdict(const struct play *play)
{
	const struct discovery *state = play->position.state;
	const char *plural = state->switches == 1 ? "" : "es";
	const struct shortest *shortest = &play->shortest;
	if (shortest->known && !shortest->is_race && state->switches > shortest->switches)
		printf("You broke it with %u switch%s; the fewest%s is %u.\n", state->switches, plural,
		       shortest->minimal ? "" : " known", shortest->switches);
	else
		printf("You broke it with %u switch%s%s.\n", state->switches, plural,
		       shortest->known && shortest->minimal ? ": no schedule does with fewer" : "");
}

static void put_again(const struct play *play)
{
	const struct stage *stage = play->stage;
	char *token = token_of(stage->test ? stage->test : "main", play->position.state->token, stage->built.mark);
	explored_again(&stage->wish, stage->assignment, token);
	free(token);
}

static void put_notes(const struct level *level)
{
	printf("\nThe notes say more (assignments/notes):");
	for (size_t i = 0; i < level->notes.count; i++)
		printf("%s %s", i ? "," : "", level->notes.item[i]);
	putchar('\n');
}

static void put_broken(const struct play *play)
{
	const struct discovery *state = play->position.state;
	const struct game *game = play->game;
	put_verdict(play);
	putchar('\n');
	board_paragraph(stdout, kind_find(state->kind)->title, play->width);
	for (size_t i = 0; i < state->row_count; i++)
		if (i == 0 || strcmp(state->row[i].text, state->row[0].text) != 0) /* who waits is said of each, in a hang */
			board_paragraph(stdout, state->row[i].text, play->width);
	if (play->position.kind == MOMENT_END) {
		putchar('\n');
		interleaving_print(stdout, state->interleaving, play->stage->session->colour, play->width);
	}
	put_again(play);
	if (game->level && !game->twin)
		put_notes(game->level);
}

static void put_worked(const struct play *play)
{
	const struct discovery *state = play->position.state;
	puts(is_beyond(state) ? "This order cannot be followed to its end; try another."
	                      : "This order works; try another.");
	if (state->row_count && is_beyond(state)) {
		board_paragraph(stdout, state->row[0].text, play->width);
	} else if (state->row_count) {
		printf("\n  Yet there is something in it (%s):\n", kind_find(state->kind)->title);
		board_paragraph(stdout, state->row[0].text, play->width);
	}
	if (play->game->twin)
		printf("\n  The explorer says of this one: %s.\n", play->summary);
}

static void put_end_keys(const struct play *play)
{
	const struct game *game = play->game;
	bool broken = breaks(play->position.state);
	printf("\na again   u undo   %s%s%sq quit\n", game->level && broken && !game->twin ? "x the fixed twin   " : "",
	       game->level && (broken || game->twin) ? "n next level   " : "", game->level ? "l levels   " : "");
}

static int keep(struct play *play)
{
	const struct game *game = play->game;
	if (!game->level || game->twin || !breaks(play->position.state))
		return 0;
	return progress_keep(play->stage->kit, game->level->name, play->position.state->switches, play->error);
}

static int show_end(struct play *play)
{
	char *title = title_of(play);
	measure_terminal(play);
	clear_screen(play);
	if (on_terminal(play))
		printf("%s\n\n", title);
	if (breaks(play->position.state))
		put_broken(play);
	else
		put_worked(play);
	put_end_keys(play);
	free(title);
	return keep(play);
}

/* ---- keys ----------------------------------------------------------------------------------- */

/* The option of that key, or -1. */
static int option_of(const struct play *play, int key)
{
	for (size_t i = 0; i < play->position.option_count; i++)
		if (key != ' ' && moment_key(&play->position, i) == key)
			return (int)i;
	return -1;
}

static int go(struct play *play, size_t option, bool plays_on)
{
	push(play, options_with(&play->position, option), plays_on);
	return look(play);
}

static int go_back(struct play *play, size_t moves)
{
	while (play->moves > 1 && moves-- > 0)
		pop(play);
	return look(play);
}

/* Keys that are the same everywhere. Was it one? */
static bool leave(struct play *play, int key)
{
	const struct game *game = play->game;
	bool over = is_over(play), broken = over && breaks(play->position.state);
	if (key == KEY_INTERRUPTED)
		play->end = GAME_INTERRUPTED;
	else if (key == KEY_END || key == 'q')
		play->end = GAME_QUIT;
	else if (key == 'l' && game->level)
		play->end = GAME_LIST;
	else if (key == 'x' && game->level && broken && !game->twin)
		play->end = GAME_TWIN;
	else if (key == 'n' && game->level && (broken || (game->twin && over)))
		play->end = GAME_NEXT;
	else
		return false;
	return true;
}

static int press_at_choice(struct play *play, int key)
{
	int option = option_of(play, key);
	if (option >= 0)
		return go(play, (size_t)option, false);
	if (key == ' ' || key == 'd')
		return go(play, 0, key == 'd');
	if (key == 'h')
		say(play, hint(play));
	else
		say(play, format("'%c' is no key here.", key >= ' ' && key < 127 ? key : '?'));
	return 0;
}

/* 0, or -1 and *error. */
static int press(struct play *play, int key)
{
	play->shown = false;
	if (key == KEY_RESIZED)
		return 0;
	say(play, NULL);
	if (key == 'u')
		return go_back(play, 1);
	if (key == 'a')
		return go_back(play, play->moves);
	if (!is_over(play))
		return press_at_choice(play, key);
	printf("'%c' is no key here.\n", key >= ' ' && key < 127 ? key : '?');
	play->shown = true;
	return 0;
}

/* ---- the game ------------------------------------------------------------------------------- */

/* The caller frees it. */
static char *level_words(const struct level *level)
{
	return level->par
	           ? format("%s\n%s\nPar %d: so many switches are enough. At a switch another one goes on although the one "
	                    "that "
	                    "ran could.",
	                    level->story, level->goal, level->par)
	           : format(
	                 "%s\n%s\nPar 0: no switch is needed. It matters who goes on where one waits or ends, and whom a "
	                 "signal wakes.",
	                 level->story, level->goal);
}

/* On a terminal below the first board, where the program is, too. */
static void tell_begin(struct play *play)
{
	const struct level *level = play->game->level;
	char *remark = play->game->twin       ? format("Now try to break this one. The explorer says: %s.", play->summary)
	               : level                ? level_words(level)
	               : play->shortest.known ? format("The explorer has found a schedule that fails. Find one yourself.")
	                                      : format("The explorer has found no schedule that fails: %s.", play->summary);
	if (on_terminal(play)) {
		say(play, remark);
		return;
	}
	char *title = title_of(play);
	printf("%s\n\n", title);
	board_paragraph(stdout, remark, play->width);
	putchar('\n');
	if (level)
		board_source(stdout, play->stage->built.text[0], play->width);
	put_keys(play);
	putchar('\n');
	free(title);
	free(remark);
}

static int show(struct play *play)
{
	if (is_over(play))
		return show_end(play);
	draw(play);
	return 0;
}

static void turns(struct play *play)
{
	while (play->end == GAME_FAILED) {
		if (!play->shown && show(play) != 0)
			return;
		int key = keys_next(play->game->keys);
		if (key > 0 && !on_terminal(play))
			printf("\n[%c]\n", key > ' ' && key < 127 ? key : ' ');
		if (!leave(play, key) && press(play, key) != 0)
			return;
	}
}

enum game_end game_play(struct game *game, struct error *error)
{
	struct play play = {.game = game, .stage = game->stage, .error = error, .end = GAME_FAILED};
	measure_terminal(&play);
	if (search(&play) == 0) {
		tell_begin(&play);
		push(&play, format("%s", ""), false);
		if (look(&play) == 0)
			turns(&play);
	}
	if (play.end == GAME_FAILED && error->kind == ERROR_INTERRUPTED)
		play.end = GAME_INTERRUPTED;
	while (play.moves)
		pop(&play);
	position_clear(&play.position);
	free(play.move);
	free(play.shortest.option);
	free(play.summary);
	free(play.message);
	return play.end;
}
