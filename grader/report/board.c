#include "board.h"

#include "../memory.h"
#include "columns.h"

#include <stdlib.h>
#include <string.h>

enum { JUST_NOW = 3, LEAST_SOURCE = 5, GUTTER = 12, NAME = 14, WHERE = 9 };

#define BOLD "\033[1m"
#define GREY "\033[90m"
#define PLAIN "\033[0m"

/* ---- pieces --------------------------------------------------------------------------------- */

static const char *style(const struct board *board, const char *code)
{
	return board->colour ? code : "";
}

static void put_paragraph(FILE *out, const char *text, unsigned width)
{
	char *clean = visible(text);
	const char *rest = clean;
	for (char *line; (line = next_line(&rest, width - 2)); free(line))
		fprintf(out, "  %s\n", line);
	free(clean);
}

void board_paragraph(FILE *out, const char *text, unsigned width)
{
	for (const char *end; *text; text = end + (*end != 0)) {
		end = strchrnul(text, '\n');
		char *line = strndup(text, (size_t)(end - text));
		put_paragraph(out, line, width);
		free(line);
	}
}

static void put_cut(FILE *out, char *text, unsigned width)
{
	char *line = cut_to(text, width, "…");
	fputs(line, out);
	free(line);
}

static void put_padded(FILE *out, const char *text, unsigned width)
{
	char *clean = cut_to(visible(text), width, "…");
	unsigned used = columns_of(clean);
	fprintf(out, "%s%*s", clean, used < width ? (int)(width - used) : 0, "");
	free(clean);
}

static const struct step *steps_of(const struct board *board, size_t *happened)
{
	*happened = board->interleaving->step_count - board->next - board->held;
	return board->interleaving->step;
}

static const struct step *next_of(const struct board *board, size_t lane)
{
	size_t happened;
	const struct step *step = steps_of(board, &happened);
	for (size_t i = happened; i < happened + board->next; i++)
		if (step[i].lane == lane)
			return &step[i];
	return NULL;
}

/* What a lane that waits has said of it when it began. */
static const char *wait_of(const struct board *board, size_t lane)
{
	size_t happened;
	const struct step *step = steps_of(board, &happened);
	for (size_t i = happened; i-- > 0;)
		if (step[i].lane == lane)
			return step[i].kind == STEP_WAIT && step[i].effect ? step[i].effect : "";
	return "";
}

static const struct board_choice *choice_of(const struct board *board, size_t lane)
{
	for (size_t i = 0; i < board->choice_count; i++)
		if (board->choice[i].lane == lane && !board->choice[i].words)
			return &board->choice[i];
	return NULL;
}

/* "lock account", and its line of the program. */
static char *words_of(const struct step *step)
{
	const char *object = step->object && *step->object ? step->object : "";
	return format("%s%s%s%s%s", step->operation ? step->operation : "", *object ? " " : "", object,
	              step->code ? "    " : "", step->code ? step->code : "");
}

/* The line of a thread that has not begun is where it was made. */
static bool has_begun(const struct step *step)
{
	return !step->operation || strcmp(step->operation, "start") != 0;
}

static char *where_of(const struct step *step)
{
	return step->line && has_begun(step) ? format("line %u", step->line) : format("%s", "");
}

/* ---- the program ---------------------------------------------------------------------------- */

static const char *line_at(const char *text, unsigned number)
{
	for (unsigned n = 1; text && n < number; n++) {
		text = strchr(text, '\n');
		text = text && text[1] ? text + 1 : NULL;
	}
	return text;
}

static unsigned lines_of(const char *text)
{
	unsigned count = 0;
	while (text && line_at(text, count + 1))
		count++;
	return *text ? count : 0;
}

static void put_code(FILE *out, const char *text, unsigned width)
{
	char *line = strndup(text, strcspn(text, "\r\n"));
	put_cut(out, visible(line), width);
	fputc('\n', out);
	free(line);
}

void board_source(FILE *out, const char *source, unsigned width)
{
	for (unsigned n = 1; line_at(source, n) && *source; n++) {
		fprintf(out, "  %3u  ", n);
		put_code(out, line_at(source, n), width - 7);
	}
}

/* Who is at that line: the keys of those who can go on, others in brackets. */
static char *who_is_at(const struct board *board, unsigned line)
{
	char *text;
	size_t size, happened;
	FILE *out = memory_open(&text, &size);
	const struct step *step = steps_of(board, &happened);
	const char *before = "";
	for (size_t i = happened; i < happened + board->next; i++) {
		if (step[i].line != line || !has_begun(&step[i]) || !step[i].file || strcmp(step[i].file, board->file) != 0)
			continue;
		const struct board_choice *choice = choice_of(board, step[i].lane);
		if (choice)
			fprintf(out, "%s%c", before, choice->key);
		else
			fprintf(out, "%s(%zu)", before, step[i].lane);
		before = " ";
	}
	fclose(out);
	return text;
}

/* The line that the window is around: where who goes on by default is. */
static unsigned middle_line(const struct board *board)
{
	size_t happened;
	const struct step *step = steps_of(board, &happened);
	for (size_t i = 0; i < board->choice_count; i++) {
		const struct step *next = board->choice[i].usual ? next_of(board, board->choice[i].lane) : NULL;
		if (next && next->line && next->file && strcmp(next->file, board->file) == 0)
			return next->line;
	}
	for (size_t i = happened + board->next; i-- > 0;)
		if (step[i].line && step[i].file && strcmp(step[i].file, board->file) == 0)
			return step[i].line;
	return 1;
}

static void put_program(FILE *out, const struct board *board, unsigned room)
{
	unsigned all = lines_of(board->source), first = 1, middle = middle_line(board);
	if (all > room && middle > room / 2)
		first = middle - room / 2;
	if (all > room && first + room > all + 1)
		first = all + 1 - room;
	for (unsigned n = first; n < first + room && n <= all; n++) {
		char *who = who_is_at(board, n);
		fprintf(out, "%s%*s %s%3u  ", style(board, *who ? BOLD : ""), GUTTER - 6, who, *who ? ">" : " ", n);
		put_code(out, line_at(board->source, n), board->width - GUTTER - 1);
		fputs(style(board, *who ? PLAIN : ""), out);
		free(who);
	}
	fputc('\n', out);
}

/* ---- what happened, who holds what ---------------------------------------------------------- */

static void put_happened(FILE *out, const struct board *board)
{
	size_t happened;
	const struct step *step = steps_of(board, &happened);
	for (size_t i = happened > JUST_NOW ? happened - JUST_NOW : 0; i < happened; i++) {
		char *words = words_of(&step[i]), *where = where_of(&step[i]);
		const char *object = step[i].object && *step[i].object ? step[i].object : "";
		char *text = format("%s%s%s%s%s", step[i].operation ? step[i].operation : "", *object ? " " : "", object,
		                    step[i].effect && *step[i].effect ? ": " : "", step[i].effect ? step[i].effect : "");
		fprintf(out, "%s  just now  ", style(board, GREY));
		put_padded(out, board->interleaving->lane[step[i].lane], NAME);
		put_padded(out, where, WHERE);
		put_cut(out, visible(text), board->width - 12 - NAME - WHERE);
		fprintf(out, "%s\n", style(board, PLAIN));
		free(text);
		free(words);
		free(where);
	}
}

static void put_held(FILE *out, const struct board *board)
{
	const struct interleaving *interleaving = board->interleaving;
	for (size_t i = interleaving->step_count - board->held; i < interleaving->step_count; i++) {
		const struct step *step = &interleaving->step[i];
		bool reads = step->operation && strcmp(step->operation, "read-lock") == 0;
		char *text = format("%s holds %s%s since line %u", interleaving->lane[step->lane],
		                    step->object ? step->object : "a lock", reads ? " for reading" : "", step->line);
		fputs("  held      ", out);
		put_cut(out, visible(text), board->width - 12);
		fputc('\n', out);
		free(text);
	}
}

/* ---- who can go on -------------------------------------------------------------------------- */

static void put_choice(FILE *out, const struct board *board, const struct board_choice *choice)
{
	const struct step *next = next_of(board, choice->lane);
	char *where = next && !choice->words ? where_of(next) : format("%s", "");
	char *words = choice->words ? format("%s", choice->words) : next ? words_of(next) : format("%s", "");
	const char *cost = choice->costs ? "  (a switch)" : "";
	unsigned before = 6 + (choice->words ? 0 : NAME + WHERE);
	fprintf(out, "%s%s %c  ", style(board, choice->usual ? BOLD : ""), choice->usual ? " >" : "  ", choice->key);
	if (!choice->words) {
		put_padded(out, board->interleaving->lane[choice->lane], NAME);
		put_padded(out, where, WHERE);
	}
	put_cut(out, visible(words), board->width - before - (unsigned)strlen(cost));
	fprintf(out, "%s%s\n", cost, style(board, choice->usual ? PLAIN : ""));
	free(words);
	free(where);
}

static bool can_go_on(const struct board *board, size_t lane)
{
	for (size_t i = 0; i < board->choice_count; i++)
		if (board->choice[i].lane == lane)
			return true;
	return false;
}

static void put_others(FILE *out, const struct board *board)
{
	size_t happened;
	const struct step *step = steps_of(board, &happened);
	for (size_t i = happened; i < happened + board->next; i++) {
		if (can_go_on(board, step[i].lane))
			continue;
		char *where = where_of(&step[i]);
		bool waits = step[i].kind == STEP_WAIT;
		char *words = waits ? format("waits: %s", wait_of(board, step[i].lane)) : words_of(&step[i]);
		fprintf(out, "%s   -  ", style(board, GREY));
		put_padded(out, board->interleaving->lane[step[i].lane], NAME);
		put_padded(out, where, WHERE);
		put_cut(out, visible(words), board->width - 6 - NAME - WHERE);
		fprintf(out, "%s\n", style(board, PLAIN));
		free(words);
		free(where);
	}
}

static void put_title(FILE *out, const struct board *board)
{
	char *par = board->par >= 0 ? format("par %d, ", board->par) : format("%s", "");
	char *count = format("%s%u switch%s so far", par, board->switches, board->switches == 1 ? "" : "es");
	fputs(style(board, BOLD), out);
	put_padded(out, board->title, board->width - (unsigned)strlen(count) - 1);
	fprintf(out, "%s %s\n\n", style(board, PLAIN), count);
	free(count);
	free(par);
}

static void put_rest(FILE *out, const struct board *board)
{
	size_t happened;
	steps_of(board, &happened);
	put_happened(out, board);
	put_held(out, board);
	if (happened || board->held)
		fputc('\n', out);
	fprintf(out, "%s\n", board->question);
	for (size_t i = 0; i < board->choice_count; i++)
		put_choice(out, board, &board->choice[i]);
	put_others(out, board);
	if (board->message) {
		fputc('\n', out);
		board_paragraph(out, board->message, board->width);
	}
}

static unsigned count_lines(const char *text)
{
	unsigned count = 0;
	for (; (text = strchr(text, '\n')); text++)
		count++;
	return count;
}

void board_print(FILE *out, const struct board *board)
{
	enum { TITLE = 2, BELOW = 4 }; /* lines: of the title; the one below the program, two for the keys, the cursor's */
	char *rest;
	size_t size;
	FILE *text = memory_open(&rest, &size);
	put_rest(text, board);
	fclose(text);
	unsigned used = TITLE + BELOW + count_lines(rest);
	put_title(out, board);
	if (board->source && board->file && board->height >= used + LEAST_SOURCE)
		put_program(out, board, board->height - used);
	fputs(rest, out);
	free(rest);
}
