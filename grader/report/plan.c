/* plan.c - see plan.h. */
#include "plan.h"

#include "../file.h"
#include "../memory.h"
#include "columns.h"

#include <stdlib.h>
#include <string.h>

/* All in pixels at 100 %. */
enum {
	LANE_GAP = 22, /* between lanes */
	ROW_GAP = 8,
	FOLDED_HEIGHT = 24,
	TAIL = 16,         /* below the last row */
	WAITING_TAIL = 44, /* ... if somebody still waits */
	SMALLEST = 520,    /* width: for the legend and the outcome */
	TALL = 1000        /* a window does not show both ends */
};

enum {
	LONG_TEXT = 80, /* columns */
	RUN = 6,        /* unremarkable steps in a row that are drawn one by one */
	ROUNDS = 8      /* of a loop that are */
};

const struct step *row_step(const struct picture *picture, size_t row)
{
	return &picture->interleaving->step[picture->row[row].step];
}

static bool is_unremarkable(const struct step *step)
{
	return step->kind == STEP_PLAIN && !step->switched;
}

/* How many unremarkable steps of one lane there are from `first` on. */
static size_t run_length(const struct interleaving *interleaving, size_t first)
{
	size_t length = 0;

	while (first + length < interleaving->step_count && is_unremarkable(&interleaving->step[first + length]) &&
	       interleaving->step[first + length].lane == interleaving->step[first].lane)
		length++;
	return length;
}

/* `folded`: so many steps from there on are one row, which says `words`, its own; or 0 and NULL. */
static void add_row(struct picture *picture, size_t at, size_t folded, char *words)
{
	const struct step *step = &picture->interleaving->step[at];
	struct row *row = &picture->row[picture->row_count++];

	*row = (struct row){.step = at, .folded = folded};
	if (folded) {
		row->label = words;
		row->place = format("%s", "");
		return;
	}
	row->label = step_label(step);
	if (step->kind == STEP_FAIL) {
		char *marked = format("✗ %s", row->label);

		free(row->label);
		row->label = marked;
	}
	row->place = step_place(step);
}

/* Of a loop the first round stays. Of a long run the first and the last step stay: between which steps a thread was
 * interrupted is what matters. */
static void make_rows(struct picture *picture)
{
	const struct interleaving *interleaving = picture->interleaving;

	picture->row = zeroed(interleaving->step_count + 1, sizeof *picture->row);
	for (size_t i = 0; i < interleaving->step_count;) {
		if (interleaving->step[i].lane >= interleaving->lane_count) {
			i++;
			continue;
		}
		size_t length, rounds = steps_again(interleaving, i, ROUNDS, &length);
		if (rounds) {
			char *words = loop_words(rounds, length);
			add_row(picture, i, rounds * length, format("… %s", words));
			free(words);
			i += rounds * length;
			continue;
		}
		size_t run = run_length(interleaving, i);
		add_row(picture, i, 0, NULL);
		if (run > RUN) {
			add_row(picture, i + 1, run - 2, format("… %zu more steps (%zu-%zu)", run - 2, i + 2, i + run - 1));
			add_row(picture, i + run - 1, 0, NULL);
		}
		i += run > RUN ? run : 1;
	}
}

int text_pixels(unsigned columns, int tenths)
{
	return (int)columns * tenths / 10 + 1;
}

static int largest(int a, int b)
{
	return a > b ? a : b;
}

/* The more lanes, the narrower. */
static int widest_box(size_t lanes)
{
	return lanes <= 2 ? 330 : lanes == 3 ? 290 : lanes == 4 ? 250 : lanes <= 6 ? 220 : 170;
}

static void make_lane_width(struct picture *picture, size_t number)
{
	struct lane *lane = &picture->lane[number];
	int wanted = text_pixels(columns_of(lane->name), HEADING_PX), limit = widest_box(picture->interleaving->lane_count);

	for (size_t i = 0; i < picture->row_count; i++) {
		const struct row *row = &picture->row[i];
		const struct step *step = row_step(picture, i);
		unsigned code = !row->folded && step->code ? columns_of(step->code) : 0;
		unsigned effect = !row->folded && step->effect ? columns_of(step->effect) : 0;

		if (step->lane != number)
			continue;
		wanted = largest(wanted, text_pixels(columns_of(row->label), LABEL_PX) + 16 +
		                             text_pixels(columns_of(row->place), PLACE_PX));
		wanted = largest(wanted, text_pixels(code < LONG_TEXT ? code : LONG_TEXT, CODE_PX));
		wanted = largest(wanted, text_pixels(effect < LONG_TEXT ? effect : LONG_TEXT, EFFECT_PX));
	}
	wanted += 2 * PADDING;
	lane->width = wanted > limit ? limit : wanted < 120 ? 120 : wanted;
}

/* Fills up to `count` lines, the last one cut, and leaves the others NULL. Returns how many. */
static int fill_lines(char **line, size_t count, const char *source, int limit)
{
	char *text = visible(source);
	const char *rest = text;
	int filled = 0;

	for (size_t i = 0; i < count; i++) {
		rest += strspn(rest, " ");
		if (!*rest)
			break;
		line[i] = i + 1 < count ? next_line(&rest, (unsigned)limit) : must(strdup(rest));
		line[i] = cut_to(line[i], (unsigned)limit, "…");
		filled++;
	}
	free(text);
	return filled;
}

/* Cuts the texts of a row to its lane. */
static void fit_row(struct picture *picture, size_t number)
{
	struct row *row = &picture->row[number];
	const struct step *step = row_step(picture, number);
	int room = picture->lane[step->lane].width - 2 * PADDING, lines = 1;
	int label = text_pixels(columns_of(row->label), LABEL_PX), place = text_pixels(columns_of(row->place), PLACE_PX);

	row->place_apart = *row->place && label + 10 + place > room;
	row->label = cut_to(row->label, (unsigned)(room * 10 / LABEL_PX), "…");
	row->place = cut_to(row->place, (unsigned)(room * 10 / PLACE_PX), "…");
	lines += row->place_apart;
	if (!row->folded) {
		lines += fill_lines(row->code, CODE_LINES, step->code, room * 10 / CODE_PX);
		lines += fill_lines(row->effect, EFFECT_LINES, step->effect, room * 10 / EFFECT_PX);
	}
	row->height = row->folded ? FOLDED_HEIGHT : lines * LINE + 11;
}

size_t picture_object(const struct picture *picture, const char *name)
{
	for (size_t i = 0; name && i < picture->object_count; i++)
		if (strcmp(picture->object[i], name) == 0)
			return i;
	return NONE;
}

static bool is_open(const struct bar *bar, size_t lane, size_t object)
{
	return bar->last_row == NONE && (lane == NONE || bar->lane == lane) && (object == NONE || bar->object == object);
}

static void open_bar(struct picture *picture, size_t row, size_t object)
{
	size_t lane = row_step(picture, row)->lane;
	unsigned slot = 0;

	for (size_t i = 0; i < picture->bar_count; i++)
		if (is_open(&picture->bar[i], lane, NONE) && picture->bar[i].slot == slot) {
			slot++;
			i = NONE; /* from the beginning: the slots are in no order */
		}
	picture->bar[picture->bar_count++] =
	    (struct bar){.lane = lane, .object = object, .first_row = row, .last_row = NONE, .slot = slot};
	if (slot + 1 > picture->lane[lane].slots)
		picture->lane[lane].slots = slot + 1;
}

/* The lane's last acquire of the object ends here; if it has none, that of another lane: a semaphore's, or a mutex that
 * a thread unlocks without owning it. */
static void close_bar(struct picture *picture, size_t row, size_t object)
{
	size_t lane = row_step(picture, row)->lane;
	struct bar *found = NULL;

	for (size_t i = 0; i < picture->bar_count; i++)
		if (is_open(&picture->bar[i], NONE, object) && (!found || picture->bar[i].lane == lane || found->lane != lane))
			found = &picture->bar[i];
	if (found)
		found->last_row = row;
}

static void make_bars(struct picture *picture)
{
	picture->bar = zeroed(picture->row_count + 1, sizeof *picture->bar);
	picture->object = zeroed(picture->row_count + 1, sizeof *picture->object);
	for (size_t i = 0; i < picture->row_count; i++) {
		const struct step *step = row_step(picture, i);
		const char *name = step->object ? step->object : "";

		if (picture->row[i].folded) /* a loop ends as its first round did */
			continue;
		if (step->kind == STEP_ACQUIRE && picture_object(picture, name) == NONE)
			picture->object[picture->object_count++] = name;
		if (step->kind == STEP_ACQUIRE)
			open_bar(picture, i, picture_object(picture, name));
		if (step->kind == STEP_RELEASE)
			close_bar(picture, i, picture_object(picture, name));
	}
}

size_t next_row_of_lane(const struct picture *picture, size_t row)
{
	size_t lane = row_step(picture, row)->lane;

	for (size_t i = row + 1; i < picture->row_count; i++)
		if (row_step(picture, i)->lane == lane)
			return i;
	return NONE;
}

static bool waits_for_ever(const struct picture *picture, size_t row)
{
	return row_step(picture, row)->kind == STEP_WAIT && !picture->row[row].folded &&
	       next_row_of_lane(picture, row) == NONE;
}

static void place_lanes(struct picture *picture)
{
	int left = MARGIN + GUTTER;

	for (size_t i = 0; i < picture->interleaving->lane_count; i++) {
		struct lane *lane = &picture->lane[i];

		make_lane_width(picture, i);
		lane->left = left + (int)lane->slots * BAR;
		left = lane->left + lane->width + LANE_GAP;
		lane->name = cut_to(lane->name, (unsigned)((lane->width - 2 * PADDING) * 10 / HEADING_PX), "…");
	}
	picture->width = largest(left - LANE_GAP + MARGIN, SMALLEST);
}

static void place_rows(struct picture *picture)
{
	int y = MARGIN + HEAD, tail = TAIL;

	for (size_t i = 0; i < picture->row_count; i++) {
		fit_row(picture, i);
		y += row_step(picture, i)->switched ? SWITCH_GAP : ROW_GAP;
		picture->row[i].top = y;
		y += picture->row[i].height;
		if (waits_for_ever(picture, i))
			tail = WAITING_TAIL;
	}
	picture->bottom = y + tail;
	picture->tall = picture->bottom > TALL;
}

struct picture picture_plan(FILE *out, const struct interleaving *interleaving, const char *id)
{
	struct picture picture = {.out = out, .id = id, .interleaving = interleaving};

	picture.lane = zeroed(interleaving->lane_count + 1, sizeof *picture.lane);
	for (size_t i = 0; i < interleaving->lane_count; i++)
		picture.lane[i].name = step_lane(interleaving, i);
	make_rows(&picture);
	make_bars(&picture);
	place_lanes(&picture);
	place_rows(&picture);
	return picture;
}

void picture_clear(struct picture *picture)
{
	for (size_t i = 0; i < picture->interleaving->lane_count; i++)
		free(picture->lane[i].name);
	for (size_t i = 0; i < picture->row_count; i++) {
		struct row *row = &picture->row[i];

		free(row->label);
		free(row->place);
		for (size_t j = 0; j < CODE_LINES; j++)
			free(row->code[j]);
		for (size_t j = 0; j < EFFECT_LINES; j++)
			free(row->effect[j]);
	}
	free(picture->lane);
	free(picture->row);
	free(picture->object);
	free(picture->bar);
}
