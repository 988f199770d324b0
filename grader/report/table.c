/* table.c - an interleaving as a table for a terminal. */
#include "../file.h"
#include "../memory.h"
#include "columns.h"
#include "moment.h"
#include "picture.h"
#include "stepper.h"
#include "steps.h"

#include <stdlib.h>
#include <string.h>

#define RED "1;31"
#define BOLD "1"
#define DIM "2"

enum {
	NUMBER_WIDTH = 4,
	GAP = 2,
	PLACE = 16,
	WIDE = 118,      /* columns from which the source line has a column of its own */
	LEAST_ROUNDS = 3 /* of a loop, to be folded */
};

struct table {
	FILE *out;
	bool colour;
	const char *file; /* of most steps: not repeated in each line; or NULL */
	const struct interleaving *interleaving;
	unsigned width, lane, place, label, effect, code; /* columns; code 0: on a line of its own */
	unsigned space;                                   /* owed before the next text of this line */
};

static void paint(const struct table *table, const char *style_code)
{
	if (table->colour)
		fprintf(table->out, "\033[%sm", style_code);
}

/* A text in `columns` columns and the gap behind them. The space is written only when more text follows in the line.
 * Frees `text`. */
static void put_cell(struct table *table, char *text, unsigned columns, const char *style_code)
{
	char *cell = cut_to(without_orders(text), columns, "...");

	fprintf(table->out, "%*s", *cell ? (int)table->space : 0, "");
	table->space = (*cell ? 0 : table->space) + columns - columns_of(cell) + GAP;
	if (style_code && *cell)
		paint(table, style_code);
	fputs(cell, table->out);
	if (style_code && *cell)
		paint(table, "0");
	free(cell);
}

static void end_line(struct table *table)
{
	table->space = 0;
	fputc('\n', table->out);
}

/* To the end of the line, and wrapped from column `indent` on, where the first line already is. Frees `text`. */
static void put_wrapped(struct table *table, char *text, unsigned indent, const char *style_code)
{
	char *safe = without_orders(text), *line;
	const char *rest = safe;
	unsigned limit = table->width > indent + 8 ? table->width - indent : 8;

	for (bool first = true; (line = next_line(&rest, limit)); first = false) {
		if (!first)
			fputc('\n', table->out);
		line = without_orders(line); /* a word that was cut through may have become one */
		fprintf(table->out, "%*s", (int)(first ? table->space : indent), "");
		if (style_code)
			paint(table, style_code);
		fputs(line, table->out);
		if (style_code)
			paint(table, "0");
		free(line);
	}
	end_line(table);
	free(safe);
}

static unsigned clamp(unsigned value, unsigned low, unsigned high)
{
	return value < low ? low : value > high ? high : value;
}

static bool has_line_in(const struct step *step, const char *file)
{
	return step->file && step->line && file && strcmp(step->file, file) == 0;
}

static size_t steps_in(const struct interleaving *interleaving, const char *file)
{
	size_t count = 0;

	for (size_t i = 0; i < interleaving->step_count; i++)
		count += has_line_in(&interleaving->step[i], file);
	return count;
}

/* The first of those with the most steps. */
static const char *main_file(const struct interleaving *interleaving)
{
	const char *best = NULL;
	size_t most = 0;

	for (size_t i = 0; i < interleaving->step_count; i++) {
		const char *file = interleaving->step[i].file;
		size_t count = file && (!best || strcmp(file, best) != 0) ? steps_in(interleaving, file) : 0;

		if (count > most) {
			best = file;
			most = count;
		}
	}
	return best;
}

/* "public.c:41", or "line 41" of the file that the head names. Of a long file name the end is cut, not the line. */
static char *table_place(const struct table *table, const struct step *step)
{
	char line[16], *file, *place;

	if (has_line_in(step, table->file))
		return format("line %u", step->line);
	if (!step->file || !step->line)
		return step_place(step);
	snprintf(line, sizeof line, ":%u", step->line);
	file = cut_to(visible(step->file), PLACE - (unsigned)strlen(line), "...");
	place = format("%s%s", file, line);
	free(file);
	return place;
}

/* The columns as wide as their texts, within limits that leave room for what changed. */
static void measure(struct table *table)
{
	const struct interleaving *interleaving = table->interleaving;
	bool wide = table->width >= WIDE;
	unsigned lane = 0, place = 0, label = 0, effect = 0, code = 0;

	for (size_t i = 0; i < interleaving->step_count; i++) {
		const struct step *step = &interleaving->step[i];

		if (step->lane >= interleaving->lane_count)
			continue;
		char *texts[] = {step_lane(interleaving, step->lane), table_place(table, step), step_label(step),
		                 visible(step->effect), visible(step->code)};
		unsigned *const widths[] = {&lane, &place, &label, &effect, &code};
		for (size_t j = 0; j < sizeof texts / sizeof *texts; j++) {
			*widths[j] = clamp(columns_of(texts[j]), *widths[j], 1000);
			free(texts[j]);
		}
	}
	table->lane = clamp(lane, 6, 21); /* "main thread · task 12" */
	table->place = clamp(place, 5, PLACE);
	table->label = clamp(label, 9, wide ? 32 : 26);
	table->effect = clamp(effect, 12, 34);
	unsigned used = NUMBER_WIDTH + table->lane + table->place + table->label + table->effect + 5 * GAP;
	table->code = wide && table->width > used + 20 ? clamp(code, 11, table->width - used) : 0;
}

static unsigned label_column(const struct table *table)
{
	return NUMBER_WIDTH + table->lane + table->place + 3 * GAP;
}

static void print_file(struct table *table)
{
	char *file = visible(table->file), *text = format("(lines of %s)", file);

	put_wrapped(table, text, 0, DIM);
	free(file);
}

static void print_head(struct table *table)
{
	if (table->file)
		print_file(table);
	paint(table, BOLD);
	fprintf(table->out, "%*s%*s%-*s%*s%-*s%*s%-*s%*s", NUMBER_WIDTH, "step", GAP, "", (int)table->lane, "thread", GAP,
	        "", (int)table->place, "where", GAP, "", (int)table->label, "operation", GAP, "");
	if (table->code)
		fprintf(table->out, "%-*s%*s", (int)table->code, "source line", GAP, "");
	fputs("what changed", table->out);
	paint(table, "0");
	fputc('\n', table->out);
}

static void print_switch(struct table *table, size_t at, unsigned number)
{
	const struct interleaving *interleaving = table->interleaving;
	size_t from = step_interrupted(interleaving, at), to = interleaving->step[at].lane;
	bool known = from != NONE && from != to;
	char *interrupted = known ? step_lane(interleaving, from) : NULL, *next = step_lane(interleaving, to);
	char *text = format("---- switch %u: %s%s%s goes on ----", number, known ? interrupted : "",
	                    known ? " is preempted here, " : "", next);

	put_wrapped(table, text, 0, BOLD);
	free(interrupted);
	free(next);
}

/* The source line was not just printed for the same lane. */
static bool is_new_line(const struct interleaving *interleaving, size_t at)
{
	const struct step *step = &interleaving->step[at], *before = at ? step - 1 : NULL;

	return !before || step->switched || before->lane != step->lane || before->line != step->line || !before->file ||
	       !step->file || strcmp(before->file, step->file) != 0;
}

static void print_step(struct table *table, size_t at)
{
	static const char *const lane_styles[] = {"36", "35", "32", "33", "34"};
	const struct interleaving *interleaving = table->interleaving;
	const struct step *step = &interleaving->step[at];
	bool bad = step->kind == STEP_FAIL, code = step->code && *step->code;
	unsigned column = label_column(table) + table->label + GAP;

	paint(table, bad ? RED : DIM);
	fprintf(table->out, "%*zu", NUMBER_WIDTH, at + 1);
	paint(table, "0");
	fputs(bad ? " !" : "  ", table->out);
	put_cell(table, step_lane(interleaving, step->lane), table->lane,
	         lane_styles[step->lane % (sizeof lane_styles / sizeof *lane_styles)]);
	put_cell(table, table_place(table, step), table->place, NULL);
	put_cell(table, step_label(step), table->label, bad ? RED : BOLD);
	if (table->code) {
		put_cell(table, visible(step->code), table->code, NULL);
		column += table->code + GAP;
	}
	put_wrapped(table, visible(step->effect), column, bad ? RED : NULL);
	if (!table->code && code && is_new_line(interleaving, at)) {
		fprintf(table->out, "%*s", (int)label_column(table), "");
		put_cell(table, visible(step->code), table->width - label_column(table), DIM);
		end_line(table);
	}
}

static void print_loop(struct table *table, size_t rounds, size_t length)
{
	char *what = loop_words(rounds, length), *text = format("... %s ...", what);

	put_wrapped(table, text, 0, DIM);
	free(what);
}

void interleaving_print(FILE *out, const struct interleaving *interleaving, bool colour, unsigned width)
{
	struct table table = {
	    .out = out, .colour = colour, .interleaving = interleaving, .width = clamp(width ? width : 80, 60, 240)};
	unsigned number = 0;
	size_t printed = 0;

	table.file = main_file(interleaving);
	measure(&table);
	print_head(&table);
	for (size_t i = 0; i < interleaving->step_count; i++) {
		size_t length, rounds = steps_again(interleaving, i, LEAST_ROUNDS, &length);

		if (rounds) {
			print_loop(&table, rounds, length);
			i += rounds * length - 1;
			continue;
		}
		if (interleaving->step[i].lane >= interleaving->lane_count)
			continue;
		if (interleaving->step[i].switched)
			print_switch(&table, i, ++number);
		print_step(&table, i);
		printed++;
	}
	if (!printed)
		fputs("(no steps were recorded)\n", out);
	else
		moment_print(out, interleaving, stepper_decisive(interleaving, false), colour, table.width);
	if (interleaving->outcome && *interleaving->outcome) {
		fputc('\n', out);
		put_wrapped(&table, visible(interleaving->outcome), 0, RED);
	}
}
