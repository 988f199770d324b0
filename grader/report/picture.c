/* picture.c - an interleaving as swim lanes in SVG, and as a table.
 *
 * Texts go through two stages: shown() makes them harmless characters when they enter, put_text() escapes the markup
 * when they leave. Widths of text are estimates: browsers have different fonts, so what must not leave its cell is
 * clipped by it. */
#include "picture.h"

#include "../file.h"
#include "report.h"

#include <stdlib.h>
#include <string.h>

#define NONE ((size_t)-1)

static void *must(void *memory)
{
	if (!memory) {
		fputs("forkjoin: out of memory\n", stderr);
		abort();
	}
	return memory;
}

static FILE *memory_open(char **text, size_t *size)
{
	return must(open_memstream(text, size));
}

/* ---- texts ---------------------------------------------------------------------------------- */

/* The bytes of the character at `text` (valid UTF-8) and the columns it takes: none for a combining mark, two for East
 * Asian characters and emoji. */
static size_t character(const char *text, unsigned *columns)
{
	unsigned char first = (unsigned char)*text, second;
	size_t length = 1;

	while (((unsigned char)text[length] & 0xc0) == 0x80)
		length++;
	second = length > 1 ? (unsigned char)text[1] : 0;
	if (first == 0xcc || (first == 0xcd && second < 0xb0)) /* U+0300 to U+036F */
		*columns = 0;
	else
		*columns = first >= 0xf0 || (first >= 0xe3 && first <= 0xed) || first == 0xef ? 2 : 1;
	return length;
}

/* Harmless characters in one line: control and deceptive ones made visible, tabs as spaces, and of a pile of combining
 * marks, which would reach into other lines, only two. */
static char *shown(const char *text)
{
	char *spaces = NULL, *visible = NULL, *result = NULL;
	unsigned marks = 0, columns;
	size_t size, length;
	FILE *out = memory_open(&spaces, &size);

	for (; text && *text; text++)
		fputs(*text == '\t' ? "    " : (char[2]){*text, 0}, out);
	fclose(out);
	out = memory_open(&visible, &size);
	escape_plain(out, spaces, false);
	fclose(out);
	out = memory_open(&result, &size);
	for (const char *c = visible; *c; c += length) {
		length = character(c, &columns);
		marks = columns ? 0 : marks + 1;
		if (marks <= 2)
			fwrite(c, 1, length, out);
	}
	fclose(out);
	free(spaces);
	free(visible);
	return result;
}

static unsigned columns_of(const char *text)
{
	unsigned total = 0, columns;

	for (; *text; total += columns)
		text += character(text, &columns);
	return total;
}

/* Cuts to `limit` columns, the last of them for `ellipsis` if something is missing. Frees `text`. */
static char *cut(char *text, unsigned limit, const char *ellipsis)
{
	unsigned used = 0, columns, last = columns_of(ellipsis);
	bool whole = columns_of(text) <= limit;
	char *result = NULL;
	size_t size;
	FILE *out = memory_open(&result, &size);

	for (const char *c = text; *c;) {
		size_t length = character(c, &columns);

		if (!whole && used + columns + last > limit)
			break;
		fwrite(c, 1, length, out);
		used += columns;
		c += length;
	}
	if (!whole)
		fputs(ellipsis, out);
	fclose(out);
	free(text);
	return result;
}

/* The next line of a text that is written in `limit` columns: breaks at spaces, a longer word is cut through. Moves
 * *text behind it; NULL at the end. */
static char *next_line(const char **text, unsigned limit)
{
	const char *start = *text + strspn(*text, " "), *c = start, *space = NULL;
	unsigned used = 0, columns;

	if (!*start)
		return NULL;
	while (*c) {
		size_t length = character(c, &columns);

		if (*c == ' ')
			space = c;
		if (used + columns > limit && c != start)
			break;
		used += columns;
		c += length;
	}
	if (*c && space && space > start)
		c = space;
	*text = c;
	return must(strndup(start, (size_t)(c - start)));
}

static char *lane_name(const struct interleaving *interleaving, size_t lane)
{
	const char *name = interleaving->lane[lane];

	return name && *name ? shown(name) : format("lane %zu", lane + 1);
}

/* "lock mutex 1" */
static char *label_of(const struct step *step)
{
	static const char *const unnamed[] = {
	    [STEP_PLAIN] = "runs",   [STEP_ACQUIRE] = "acquires", [STEP_RELEASE] = "releases", [STEP_WAIT] = "waits",
	    [STEP_START] = "starts", [STEP_END] = "ends",         [STEP_FAIL] = "fails",
	};
	const char *operation = step->operation ? step->operation : unnamed[step->kind];
	char *text = format("%s%s%s", operation, step->object ? " " : "", step->object ? step->object : "");
	char *result = shown(text);

	free(text);
	return result;
}

/* "queue.c:41", or "" */
static char *place_of(const struct step *step)
{
	char line[16], *text, *result;

	snprintf(line, sizeof line, ":%u", step->line);
	text = format("%s%s", step->file ? step->file : "", step->file && step->line ? line : "");
	result = shown(text);
	free(text);
	return result;
}

/* The lane that was interrupted right before `at`, or NONE: nothing ran before, or the same lane did. */
static size_t interrupted_lane(const struct interleaving *interleaving, size_t at)
{
	while (at-- > 0)
		if (interleaving->step[at].lane < interleaving->lane_count)
			return interleaving->step[at].lane;
	return NONE;
}

/* ---- the picture's plan --------------------------------------------------------------------- */

/* All in pixels at 100 %. */
enum {
	MARGIN = 14,
	GUTTER = 40,   /* step numbers */
	HEAD = 34,     /* lane names */
	LANE_GAP = 22, /* between lanes */
	BAR = 15,      /* an ownership bar and the space beside it */
	BAR_WIDTH = 12,
	PADDING = 9, /* inside a box */
	LINE = 17,   /* a line of text */
	ROW_GAP = 8,
	SWITCH_GAP = 46, /* room for an arrow */
	FOLDED_HEIGHT = 24,
	TAIL = 16,         /* below the last row */
	WAITING_TAIL = 44, /* ... if somebody still waits */
	SMALLEST = 520,    /* for the legend and the outcome */
	TALL = 1000        /* a window does not show both ends */
};

/* Columns of text; pixels per column, in tenths. */
enum { CODE_LINES = 2, EFFECT_LINES = 3, LONG_TEXT = 80 };
enum { LABEL_PX = 80, PLACE_PX = 67, CODE_PX = 73, EFFECT_PX = 70, HEADING_PX = 86 };

enum { COLOURS = 6, RUN = 6 /* unremarkable steps in a row that are drawn one by one */ };

/* What the box of a step says, or a fold. */
struct row {
	size_t step;   /* in interleaving->step; of a fold the first */
	size_t folded; /* how many steps this row stands for, or 0 */
	char *label, *place, *code[CODE_LINES], *effect[EFFECT_LINES];
	bool place_apart; /* does not fit beside the label */
	int top, height;
};

struct lane {
	char *name;
	int left, width; /* of its boxes; ownership bars are at the left of them */
	unsigned slots;  /* how many of those it holds at once */
};

/* One lane owns one object. */
struct bar {
	size_t lane, object, first_row, last_row; /* last_row NONE: to the end */
	unsigned slot;
};

struct picture {
	FILE *out;
	const char *id;
	const struct interleaving *interleaving;
	struct lane *lane;
	struct row *row;
	size_t row_count;
	const char **object; /* those that somebody acquires, in the order of the picture; they have colours */
	size_t object_count;
	struct bar *bar;
	size_t bar_count;
	int width, bottom; /* bottom of the lanes */
	bool tall;         /* the names stand at the bottom of the lanes, too */
};

static const struct step *row_step(const struct picture *picture, size_t row)
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

static void add_row(struct picture *picture, size_t at, size_t folded)
{
	const struct step *step = &picture->interleaving->step[at];
	struct row *row = &picture->row[picture->row_count++];

	*row = (struct row){.step = at, .folded = folded};
	if (folded) {
		row->label = format("… %zu more steps (%zu-%zu)", folded, at + 1, at + folded);
		row->place = format("%s", "");
		return;
	}
	row->label = label_of(step);
	if (step->kind == STEP_FAIL) {
		char *marked = format("✗ %s", row->label);

		free(row->label);
		row->label = marked;
	}
	row->place = place_of(step);
}

/* Of a long run the first and the last step stay: between which steps a thread was interrupted is what matters. */
static void make_rows(struct picture *picture)
{
	const struct interleaving *interleaving = picture->interleaving;

	picture->row = must(calloc(interleaving->step_count + 1, sizeof *picture->row));
	for (size_t i = 0; i < interleaving->step_count;) {
		if (interleaving->step[i].lane >= interleaving->lane_count) {
			i++;
			continue;
		}
		size_t run = run_length(interleaving, i);
		add_row(picture, i, 0);
		if (run > RUN) {
			add_row(picture, i + 1, run - 2);
			add_row(picture, i + run - 1, 0);
		}
		i += run > RUN ? run : 1;
	}
}

static int pixels(unsigned columns, int tenths)
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
	int wanted = pixels(columns_of(lane->name), HEADING_PX), limit = widest_box(picture->interleaving->lane_count);

	for (size_t i = 0; i < picture->row_count; i++) {
		const struct row *row = &picture->row[i];
		const struct step *step = row_step(picture, i);
		unsigned code = !row->folded && step->code ? columns_of(step->code) : 0;
		unsigned effect = !row->folded && step->effect ? columns_of(step->effect) : 0;

		if (step->lane != number)
			continue;
		wanted =
		    largest(wanted, pixels(columns_of(row->label), LABEL_PX) + 16 + pixels(columns_of(row->place), PLACE_PX));
		wanted = largest(wanted, pixels(code < LONG_TEXT ? code : LONG_TEXT, CODE_PX));
		wanted = largest(wanted, pixels(effect < LONG_TEXT ? effect : LONG_TEXT, EFFECT_PX));
	}
	wanted += 2 * PADDING;
	lane->width = wanted > limit ? limit : wanted < 120 ? 120 : wanted;
}

/* Fills up to `count` lines, the last one cut, and leaves the others NULL. Returns how many. */
static int fill_lines(char **line, size_t count, const char *source, int limit)
{
	char *text = shown(source);
	const char *rest = text;
	int filled = 0;

	for (size_t i = 0; i < count; i++) {
		rest += strspn(rest, " ");
		if (!*rest)
			break;
		line[i] = i + 1 < count ? next_line(&rest, (unsigned)limit) : must(strdup(rest));
		line[i] = cut(line[i], (unsigned)limit, "…");
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
	int label = pixels(columns_of(row->label), LABEL_PX), place = pixels(columns_of(row->place), PLACE_PX);

	row->place_apart = *row->place && label + 10 + place > room;
	row->label = cut(row->label, (unsigned)(room * 10 / LABEL_PX), "…");
	row->place = cut(row->place, (unsigned)(room * 10 / PLACE_PX), "…");
	lines += row->place_apart;
	if (!row->folded) {
		lines += fill_lines(row->code, CODE_LINES, step->code, room * 10 / CODE_PX);
		lines += fill_lines(row->effect, EFFECT_LINES, step->effect, room * 10 / EFFECT_PX);
	}
	row->height = row->folded ? FOLDED_HEIGHT : lines * LINE + 11;
}

static size_t find_object(const struct picture *picture, const char *name)
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
	picture->bar = must(calloc(picture->row_count + 1, sizeof *picture->bar));
	picture->object = must(calloc(picture->row_count + 1, sizeof *picture->object));
	for (size_t i = 0; i < picture->row_count; i++) {
		const struct step *step = row_step(picture, i);
		const char *name = step->object ? step->object : "";

		if (step->kind == STEP_ACQUIRE && find_object(picture, name) == NONE)
			picture->object[picture->object_count++] = name;
		if (step->kind == STEP_ACQUIRE)
			open_bar(picture, i, find_object(picture, name));
		if (step->kind == STEP_RELEASE)
			close_bar(picture, i, find_object(picture, name));
	}
}

/* The row of the lane's next step, or NONE. */
static size_t next_row_of_lane(const struct picture *picture, size_t row)
{
	size_t lane = row_step(picture, row)->lane;

	for (size_t i = row + 1; i < picture->row_count; i++)
		if (row_step(picture, i)->lane == lane)
			return i;
	return NONE;
}

static bool waits_for_ever(const struct picture *picture, size_t row)
{
	return row_step(picture, row)->kind == STEP_WAIT && next_row_of_lane(picture, row) == NONE;
}

static void place_lanes(struct picture *picture)
{
	int left = MARGIN + GUTTER;

	for (size_t i = 0; i < picture->interleaving->lane_count; i++) {
		struct lane *lane = &picture->lane[i];

		make_lane_width(picture, i);
		lane->left = left + (int)lane->slots * BAR;
		left = lane->left + lane->width + LANE_GAP;
		lane->name = cut(lane->name, (unsigned)((lane->width - 2 * PADDING) * 10 / HEADING_PX), "…");
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

static struct picture plan(FILE *out, const struct interleaving *interleaving, const char *id)
{
	struct picture picture = {.out = out, .id = id, .interleaving = interleaving};

	picture.lane = must(calloc(interleaving->lane_count + 1, sizeof *picture.lane));
	for (size_t i = 0; i < interleaving->lane_count; i++)
		picture.lane[i].name = lane_name(interleaving, i);
	make_rows(&picture);
	make_bars(&picture);
	place_lanes(&picture);
	place_rows(&picture);
	return picture;
}

static void clear(struct picture *picture)
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

/* ---- drawing -------------------------------------------------------------------------------- */

/* Each rule is written twice, for light and dark, and not with variables: some viewers of SVG files know only plain
 * CSS. The six colours are apart for all kinds of colour vision in this order, and bars also carry names. */
/* clang-format off */
static const char style[] =
	".fjp { font-family: system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif; font-size: 13px;\n"
	"  font-style: normal; font-weight: 400; text-align: left }\n"
	".fjp-page { fill: #fff }\n"
	".fjp-ink { fill: #1d2430 }\n"
	".fjp-soft { fill: #5b6573 }\n"
	".fjp-bad { fill: #b3261e }\n"
	".fjp-inverse { fill: #fff }\n"
	".fjp-label { font-weight: 600 }\n"
	".fjp-heading { font-size: 14px; font-weight: 700 }\n"
	".fjp-small { font-size: 11px }\n"
	".fjp-effect { font-size: 12px }\n"
	".fjp-strong { font-weight: 700 }\n"
	".fjp-mono { font-family: ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;\n"
	"  font-size: 12px; white-space: pre }\n"
	".fjp-place { font-size: 11px }\n"
	".fjp-box { fill: #f6f7f9; stroke: #8a94a3 }\n"
	".fjp-box-bad { fill: #fdeceb; stroke: #b3261e; stroke-width: 3 }\n"
	".fjp-fold { fill: #fff; stroke: #8a94a3; stroke-dasharray: 3 3 }\n"
	".fjp-head { fill: #e3e7ed }\n"
	".fjp-guide { stroke: #dfe3e8 }\n"
	".fjp-life { stroke: #8a94a3; stroke-width: 2 }\n"
	".fjp-pause { stroke: #1d2430; stroke-width: 3; stroke-dasharray: 2 5 }\n"
	".fjp-arrow { stroke: #1d2430; fill: none; stroke-width: 4 }\n"
	".fjp-halo { stroke: #fff; fill: none; stroke-width: 9 }\n"
	".fjp-over { paint-order: stroke; stroke: #fff; stroke-width: 5; stroke-linejoin: round }\n"
	".fjp-wait { stroke-dasharray: 5 3; stroke-width: 1.5 }\n"
	".fjp-f0 { fill: #0067a8 } .fjp-f1 { fill: #b85000 } .fjp-f2 { fill: #93378d }\n"
	".fjp-f3 { fill: #00766a } .fjp-f4 { fill: #4f4a45 } .fjp-f5 { fill: #8a6a00 }\n"
	".fjp-s0 { stroke: #0067a8 } .fjp-s1 { stroke: #b85000 } .fjp-s2 { stroke: #93378d }\n"
	".fjp-s3 { stroke: #00766a } .fjp-s4 { stroke: #4f4a45 } .fjp-s5 { stroke: #8a6a00 }\n"
	".fjp-s6 { stroke: #5b6573 }\n"
	"@media (prefers-color-scheme: dark) {\n"
	"  .fjp-page { fill: #1b2027 } .fjp-ink { fill: #e4e8ee } .fjp-soft { fill: #a3aebb }\n"
	"  .fjp-bad { fill: #ff8a80 } .fjp-inverse { fill: #12151a }\n"
	"  .fjp-box { fill: #272e38; stroke: #6b7888 }\n"
	"  .fjp-box-bad { fill: #3b1f1f; stroke: #ff8a80 }\n"
	"  .fjp-fold { fill: #1b2027; stroke: #6b7888 } .fjp-head { fill: #323a45 } .fjp-guide { stroke: #2b323c }\n"
	"  .fjp-life { stroke: #6b7888 } .fjp-pause { stroke: #e4e8ee }\n"
	"  .fjp-arrow { stroke: #e4e8ee } .fjp-halo { stroke: #1b2027 } .fjp-over { stroke: #1b2027 }\n"
	"  .fjp-f0 { fill: #6cb8f0 } .fjp-f1 { fill: #ffa15c } .fjp-f2 { fill: #e39bdc }\n"
	"  .fjp-f3 { fill: #45cdb9 } .fjp-f4 { fill: #cfc8c0 } .fjp-f5 { fill: #e0c341 }\n"
	"  .fjp-s0 { stroke: #6cb8f0 } .fjp-s1 { stroke: #ffa15c } .fjp-s2 { stroke: #e39bdc }\n"
	"  .fjp-s3 { stroke: #45cdb9 } .fjp-s4 { stroke: #cfc8c0 } .fjp-s5 { stroke: #e0c341 }\n"
	"  .fjp-s6 { stroke: #a3aebb }\n"
	"}\n";
/* clang-format on */

/* `text` is already shown(). */
static void put_text(FILE *out, int x, int y, const char *class, const char *anchor, const char *text)
{
	fprintf(out, "<text x=\"%d\" y=\"%d\" class=\"%s\"%s%s%s>", x, y, class, anchor ? " text-anchor=\"" : "",
	        anchor ? anchor : "", anchor ? "\"" : "");
	escape_html(out, text);
	fputs("</text>\n", out);
}

static int lane_middle(const struct picture *picture, size_t lane)
{
	return picture->lane[lane].left + picture->lane[lane].width / 2;
}

/* The number of a colour class; COLOURS is for what nobody owns. */
static size_t colour_of(size_t object)
{
	return object == NONE ? COLOURS : object % COLOURS;
}

static size_t step_colour(const struct picture *picture, const struct step *step)
{
	return colour_of(find_object(picture, step->object));
}

/* What a screen reader says instead of the picture. */
static void describe(const struct picture *picture)
{
	const struct interleaving *interleaving = picture->interleaving;
	FILE *out = picture->out;
	char *outcome = shown(interleaving->outcome);
	unsigned number = 0;

	fprintf(out, "<title id=\"fjp-title-%s\">Interleaving of %zu lane%s: ", picture->id, interleaving->lane_count,
	        interleaving->lane_count == 1 ? "" : "s");
	escape_html(out, *outcome ? outcome : "no outcome");
	fprintf(out, "</title>\n<desc id=\"fjp-desc-%s\">%zu steps.", picture->id, interleaving->step_count);
	for (size_t i = 0; i < picture->row_count; i++) {
		const struct step *step = row_step(picture, i);
		const char *name = picture->lane[step->lane].name;
		char *effect = shown(step->effect);

		if (step->switched)
			fprintf(out, " Switch %u:", ++number);
		fprintf(out, " %zu. ", picture->row[i].step + 1);
		escape_html(out, name);
		fputs(": ", out);
		escape_html(out, picture->row[i].label);
		fputs(*effect ? ", " : "", out);
		escape_html(out, picture->row[i].folded ? "" : effect);
		fputs(step->kind == STEP_FAIL ? " (here it shows)." : ".", out);
		free(effect);
	}
	fputs("</desc>\n", out);
	free(outcome);
}

static void hatches(const struct picture *picture)
{
	fputs("<defs>\n", picture->out);
	for (size_t colour = 0; colour <= COLOURS; colour++)
		fprintf(picture->out,
		        "<pattern id=\"fjp-hatch%zu-%s\" width=\"9\" height=\"9\" patternUnits=\"userSpaceOnUse\" "
		        "patternTransform=\"rotate(45)\"><path class=\"fjp-s%zu\" d=\"M0 0V9\" stroke-width=\"5\" "
		        "stroke-opacity=\".45\"/></pattern>\n",
		        colour, picture->id, colour);
	fprintf(picture->out,
	        "<marker id=\"fjp-tip-%s\" viewBox=\"0 0 10 10\" refX=\"3\" refY=\"5\" markerWidth=\"4\" "
	        "markerHeight=\"4\" orient=\"auto\"><path class=\"fjp-ink\" d=\"M0 0L10 5L0 10z\"/></marker>\n"
	        "</defs>\n",
	        picture->id);
}

/* Lanes, from their first step to their last one (or to the bottom), and a faint line from each step to its number. */
static void draw_ground(const struct picture *picture)
{
	FILE *out = picture->out;

	for (size_t i = 0; i < picture->row_count; i++) {
		const struct step *step = row_step(picture, i);
		int y = picture->row[i].top + picture->row[i].height / 2;
		char number[24];

		fprintf(out, "<path class=\"fjp-guide\" d=\"M%d %dH%d\"/>\n", MARGIN + GUTTER - 10, y,
		        picture->lane[step->lane].left);
		snprintf(number, sizeof number, "%zu", picture->row[i].step + 1);
		if (!picture->row[i].folded)
			put_text(out, MARGIN + GUTTER - 16, y + 5,
			         step->kind == STEP_FAIL ? "fjp-bad fjp-strong" : "fjp-soft fjp-small", "end", number);
	}
	for (size_t lane = 0; lane < picture->interleaving->lane_count; lane++) {
		int from = MARGIN + HEAD, to = picture->bottom;

		for (size_t i = picture->row_count; i-- > 0;) {
			if (row_step(picture, i)->lane != lane)
				continue;
			if (row_step(picture, i)->kind == STEP_END)
				to = picture->row[i].top;
			if (row_step(picture, i)->kind == STEP_START)
				from = picture->row[i].top;
		}
		fprintf(out, "<path class=\"fjp-life\" d=\"M%d %dV%d\"/>\n", lane_middle(picture, lane), from, to);
	}
}

static void put_wait_text(const struct picture *picture, const struct step *step, bool for_ever, int y)
{
	char *object = shown(step->object);
	unsigned limit = (unsigned)((picture->lane[step->lane].width - 20) * 10 / LABEL_PX), around = for_ever ? 19 : 10;
	bool fits = *object && columns_of(object) + around <= limit;
	char *text = format("waits%s%s%s", fits ? " for " : "", fits ? object : "", for_ever ? " for ever" : "");

	put_text(picture->out, lane_middle(picture, step->lane), y,
	         for_ever ? "fjp-bad fjp-strong fjp-over" : "fjp-ink fjp-label fjp-over", "middle", text);
	free(object);
	free(text);
}

static void draw_wait(const struct picture *picture, size_t row)
{
	const struct step *step = row_step(picture, row);
	const struct lane *lane = &picture->lane[step->lane];
	size_t next = next_row_of_lane(picture, row), colour = step_colour(picture, step);
	int top = picture->row[row].top + picture->row[row].height;
	int height = (next == NONE ? picture->bottom : picture->row[next].top) - top;

	fprintf(picture->out, "<rect class=\"fjp-page\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n", lane->left + 6,
	        top, lane->width - 12, height);
	fprintf(picture->out,
	        "<rect class=\"fjp-wait fjp-s%zu\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" "
	        "fill=\"url(#fjp-hatch%zu-%s)\"/>\n",
	        colour, lane->left + 6, top, lane->width - 12, height, colour, picture->id);
	if (next == NONE || height >= 40)
		put_wait_text(picture, step, next == NONE, next == NONE ? picture->bottom - 14 : top + 24);
}

static void draw_bar(const struct picture *picture, const struct bar *bar)
{
	const struct lane *lane = &picture->lane[bar->lane];
	int x = lane->left - (int)(bar->slot + 1) * BAR, top = picture->row[bar->first_row].top + 4;
	int bottom = bar->last_row == NONE ? picture->bottom
	                                   : picture->row[bar->last_row].top + picture->row[bar->last_row].height - 4;
	char *name = cut(shown(picture->object[bar->object]), (unsigned)largest((bottom - top - 8) / 7, 1), "…");

	fprintf(picture->out, "<rect class=\"fjp-bar fjp-f%zu\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"3\"/>\n",
	        colour_of(bar->object), x, top, BAR_WIDTH, bottom - top);
	fprintf(picture->out, "<g transform=\"translate(%d %d) rotate(90)\">", x + 2, top + 5);
	put_text(picture->out, 0, 0, "fjp-inverse fjp-small fjp-strong", NULL, name);
	fputs("</g>\n", picture->out);
	free(name);
}

/* The texts of a box; clipped, because a font may be wider than planned. */
static void draw_texts(const struct picture *picture, const struct row *row, const struct step *step)
{
	const struct lane *lane = &picture->lane[step->lane];
	bool bad = step->kind == STEP_FAIL;
	FILE *out = picture->out;
	int y = LINE + 1;

	fprintf(out, "<svg x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" overflow=\"hidden\">\n", lane->left, row->top,
	        lane->width, row->height);
	put_text(out, PADDING, y, bad ? "fjp-bad fjp-strong" : "fjp-ink fjp-label", NULL, row->label);
	if (*row->place) {
		y += row->place_apart ? LINE : 0;
		put_text(out, row->place_apart ? PADDING : lane->width - PADDING, y, "fjp-soft fjp-mono fjp-place",
		         row->place_apart ? NULL : "end", row->place);
	}
	for (size_t i = 0; i < CODE_LINES && row->code[i]; i++)
		put_text(out, PADDING, y += LINE, "fjp-ink fjp-mono", NULL, row->code[i]);
	for (size_t i = 0; i < EFFECT_LINES && row->effect[i]; i++)
		put_text(out, PADDING, y += LINE, bad ? "fjp-bad fjp-effect fjp-strong" : "fjp-ink fjp-effect fjp-label", NULL,
		         row->effect[i]);
	fputs("</svg>\n", out);
}

static void draw_box(const struct picture *picture, size_t number)
{
	const struct row *row = &picture->row[number];
	const struct step *step = row_step(picture, number);
	const struct lane *lane = &picture->lane[step->lane];
	bool locks = step->kind == STEP_ACQUIRE || step->kind == STEP_RELEASE || step->kind == STEP_WAIT;

	fprintf(picture->out, "<rect class=\"fjp-%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\"/>\n",
	        row->folded               ? "fold"
	        : step->kind == STEP_FAIL ? "box-bad"
	                                  : "box",
	        lane->left, row->top, lane->width, row->height);
	if (locks && step_colour(picture, step) < COLOURS)
		fprintf(picture->out, "<rect class=\"fjp-f%zu\" x=\"%d\" y=\"%d\" width=\"5\" height=\"%d\" rx=\"2\"/>\n",
		        step_colour(picture, step), lane->left, row->top, row->height);
	if (row->folded)
		put_text(picture->out, lane_middle(picture, step->lane), row->top + 16, "fjp-soft fjp-effect", "middle",
		         row->label);
	else
		draw_texts(picture, row, step);
}

/* The lane that was interrupted before `row`, from there on to its next step: it could run, but does not. */
static void draw_pause(const struct picture *picture, size_t row, size_t lane)
{
	int top = picture->row[row].top - SWITCH_GAP, x = lane_middle(picture, lane);
	bool text_left = lane_middle(picture, row_step(picture, row)->lane) > x;
	size_t next = row;

	while (next < picture->row_count && row_step(picture, next)->lane != lane)
		next++;
	int bottom = next < picture->row_count ? picture->row[next].top : picture->bottom;
	fprintf(picture->out, "<path class=\"fjp-halo\" d=\"M%d %dV%d\"/>\n<path class=\"fjp-pause\" d=\"M%d %dV%d\"/>\n",
	        x, top + 28, bottom - 2, x, top + 30, bottom);
	if (picture->lane[lane].width >= 200)
		put_text(picture->out, text_left ? x - 9 : x + 9, top + 21, "fjp-soft fjp-small fjp-over",
		         text_left ? "end" : NULL, "interrupted");
}

/* From the lane that was interrupted to the one that goes on. */
static void draw_arrow(const struct picture *picture, size_t row, unsigned number)
{
	const struct step *step = row_step(picture, row);
	size_t from = interrupted_lane(picture->interleaving, picture->row[row].step);
	int top = picture->row[row].top - SWITCH_GAP, to_x = lane_middle(picture, step->lane);
	bool known = from != NONE && from != step->lane;
	int from_x = known ? lane_middle(picture, from) : MARGIN, line_y = top + 25;
	int middle = from_x + (to_x > from_x ? 54 : -54); /* beside the place of the interruption, where no bars are */
	char text[80];

	if (known)
		draw_pause(picture, row, from);
	if (known)
		snprintf(text, sizeof text, "M%d %dV%dH%dV%d", from_x, top, line_y, to_x, picture->row[row].top - 7);
	else
		snprintf(text, sizeof text, "M%d %dH%dV%d", from_x, line_y, to_x, picture->row[row].top - 7);
	fprintf(
	    picture->out,
	    "<path class=\"fjp-halo\" d=\"%s\"/>\n<path class=\"fjp-arrow\" d=\"%s\" marker-end=\"url(#fjp-tip-%s)\"/>\n",
	    text, text, picture->id);
	snprintf(text, sizeof text, "switch %u", number);
	fprintf(picture->out, "<rect class=\"fjp-ink\" x=\"%d\" y=\"%d\" width=\"76\" height=\"22\" rx=\"11\"/>\n",
	        middle - 38, line_y - 11);
	put_text(picture->out, middle, line_y + 4, "fjp-inverse fjp-strong fjp-effect", "middle", text);
}

static void draw_arrows(const struct picture *picture)
{
	unsigned number = 0;

	for (size_t i = 0; i < picture->row_count; i++)
		if (row_step(picture, i)->switched)
			draw_arrow(picture, i, ++number);
}

static void draw_heads(const struct picture *picture, int top)
{
	for (size_t i = 0; i < picture->interleaving->lane_count; i++) {
		const struct lane *lane = &picture->lane[i];

		fprintf(picture->out, "<rect class=\"fjp-head\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\"/>\n",
		        lane->left, top, lane->width, HEAD - 6);
		put_text(picture->out, lane_middle(picture, i), top + 19, "fjp-ink fjp-heading", "middle", lane->name);
	}
}

/* ---- legend and outcome --------------------------------------------------------------------- */

/* Where the next item of the legend goes; text flows over lines. */
struct legend {
	const struct picture *picture;
	int x, y;
};

enum { LEGEND_LINE = 24, SAMPLE = 22 };

/* Makes room for an item and gives the left end of its sample. */
static int legend_item(struct legend *legend, const char *text)
{
	int width = SAMPLE + 8 + pixels(columns_of(text), EFFECT_PX) + 18, x;

	if (legend->x > MARGIN && legend->x + width > legend->picture->width) {
		legend->x = MARGIN;
		legend->y += LEGEND_LINE;
	}
	x = legend->x;
	put_text(legend->picture->out, x + SAMPLE + 8, legend->y + 4, "fjp-ink fjp-effect", NULL, text);
	legend->x += width;
	return x;
}

/* Returns the bottom. */
static int draw_legend(const struct picture *picture, int top)
{
	struct legend legend = {.picture = picture, .x = MARGIN, .y = top + LEGEND_LINE / 2};
	bool waits = false, switches = false;
	FILE *out = picture->out;

	for (size_t i = 0; i < picture->row_count; i++) {
		waits = waits || row_step(picture, i)->kind == STEP_WAIT;
		switches = switches || row_step(picture, i)->switched;
	}
	for (size_t i = 0; i < picture->object_count; i++) {
		char *name = cut(shown(picture->object[i]), 30, "…"), *text = format("holds %s", name);
		int x = legend_item(&legend, text);

		fprintf(out, "<rect class=\"fjp-f%zu\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"12\" rx=\"3\"/>\n", colour_of(i),
		        x, legend.y - 6, SAMPLE);
		free(name);
		free(text);
	}
	if (waits) {
		int x = legend_item(&legend, "waits");

		fprintf(out,
		        "<rect class=\"fjp-wait fjp-s%d\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"14\" "
		        "fill=\"url(#fjp-hatch%d-%s)\"/>\n",
		        COLOURS, x, legend.y - 7, SAMPLE, COLOURS, picture->id);
	}
	if (switches) {
		int x = legend_item(&legend, "switch: one is interrupted (dotted: it could go on)");

		fprintf(out, "<path class=\"fjp-arrow\" d=\"M%d %dH%d\"/>\n<path class=\"fjp-ink\" d=\"M%d %dl9 7l-9 7z\"/>\n",
		        x, legend.y, x + SAMPLE - 8, x + SAMPLE - 9, legend.y - 7);
	}
	return legend.x > MARGIN ? legend.y + LEGEND_LINE / 2 : top;
}

/* Without `out` only measures. Returns the bottom. */
static int draw_outcome(const struct picture *picture, FILE *out, int top)
{
	char *text = shown(picture->interleaving->outcome), *line;
	unsigned limit = (unsigned)((picture->width - 2 * MARGIN - 2 * 16) * 10 / HEADING_PX);
	const char *rest = text;
	int y = top + 3;

	while ((line = next_line(&rest, limit))) {
		y += 20;
		if (out)
			put_text(out, MARGIN + 16, y, "fjp-bad fjp-heading", NULL, line);
		free(line);
	}
	free(text);
	return y == top + 3 ? top : y + 12;
}

static void draw_lanes(const struct picture *picture)
{
	draw_ground(picture);
	for (size_t i = 0; i < picture->row_count; i++)
		if (row_step(picture, i)->kind == STEP_WAIT)
			draw_wait(picture, i);
	for (size_t i = 0; i < picture->bar_count; i++)
		draw_bar(picture, &picture->bar[i]);
	for (size_t i = 0; i < picture->row_count; i++)
		draw_box(picture, i);
	draw_arrows(picture);
	draw_heads(picture, MARGIN);
	if (picture->tall)
		draw_heads(picture, picture->bottom + 6);
	if (!picture->row_count)
		put_text(picture->out, picture->width / 2, picture->bottom, "fjp-soft", "middle", "no steps were recorded");
}

void picture_write(FILE *out, const struct interleaving *interleaving, const char *id)
{
	struct picture picture = plan(out, interleaving, id);
	char *body = NULL;
	size_t size;

	/* The lanes first, into memory: how high the picture is shows only at its end. */
	picture.out = memory_open(&body, &size);
	draw_lanes(&picture);
	int top = picture.bottom + 12 + (picture.tall ? HEAD : 0), bottom = draw_outcome(&picture, NULL, top);
	if (bottom > top)
		fprintf(picture.out, "<rect class=\"fjp-box-bad\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\"/>\n",
		        MARGIN, top, picture.width - 2 * MARGIN, bottom - top);
	draw_outcome(&picture, picture.out, top);
	bottom = draw_legend(&picture, bottom + 8) + MARGIN;
	fclose(picture.out);
	picture.out = out;
	fprintf(out,
	        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"fjp\" role=\"img\" width=\"%d\" height=\"%d\" "
	        "viewBox=\"0 0 %d %d\" aria-labelledby=\"fjp-title-%s fjp-desc-%s\">\n",
	        picture.width, bottom, picture.width, bottom, id, id);
	describe(&picture);
	fprintf(out, "<style>\n%s</style>\n", style);
	hatches(&picture);
	fprintf(out, "<rect class=\"fjp-page\" width=\"%d\" height=\"%d\"/>\n%s</svg>\n", picture.width, bottom, body);
	free(body);
	clear(&picture);
}

/* ---- the table ------------------------------------------------------------------------------ */

#define RED "1;31"
#define BOLD "1"
#define DIM "2"

enum { NUMBER_WIDTH = 4, GAP = 2, WIDE = 118 /* columns from which the source line has a column of its own */ };

struct table {
	FILE *out;
	bool colour;
	const char *file; /* the only one that there is: not repeated in each line; or NULL */
	const struct interleaving *interleaving;
	unsigned width, lane, place, label, effect, code; /* columns; code 0: on a line of its own */
	unsigned space;                                   /* owed before the next text of this line */
};

static void paint(const struct table *table, const char *style_code)
{
	if (table->colour)
		fprintf(table->out, "\033[%sm", style_code);
}

/* CI runners obey lines that begin with "::name::", and "##[" and "##vso" anywhere in them: broken up here. */
static char *without_orders(char *text)
{
	char *result = NULL;
	size_t size;
	FILE *out = memory_open(&result, &size);

	for (const char *c = text; *c; c++) {
		bool starts_word = c == text || c[-1] == ' ';
		bool order =
		    (starts_word && strncmp(c, "::", 2) == 0) || strncmp(c, "##[", 3) == 0 || strncmp(c, "##v", 3) == 0;

		if (order)
			fprintf(out, "\\x%02X", *c);
		else
			fputc(*c, out);
	}
	fclose(out);
	free(text);
	return result;
}

/* A text in `columns` columns and the gap behind them. The space is written only when more text follows in the line.
 * Frees `text`. */
static void put_cell(struct table *table, char *text, unsigned columns, const char *style_code)
{
	char *cell = cut(without_orders(text), columns, "...");

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

static const char *only_file(const struct interleaving *interleaving)
{
	const char *file = NULL;

	for (size_t i = 0; i < interleaving->step_count; i++) {
		const char *other = interleaving->step[i].file;
		if (other && file && strcmp(other, file) != 0)
			return NULL;
		file = other ? other : file;
	}
	return file;
}

/* "queue.c:41", or "line 41" where the head says which file. */
static char *table_place(const struct table *table, const struct step *step)
{
	return table->file && step->file && step->line ? format("line %u", step->line) : place_of(step);
}

/* The columns as wide as their texts, within limits that leave room for what changed. */
static void measure(struct table *table)
{
	const struct interleaving *interleaving = table->interleaving;
	bool wide = table->width >= WIDE;
	unsigned lane = 0, place = 0, label = 0, effect = 0;

	for (size_t i = 0; i < interleaving->step_count; i++) {
		const struct step *step = &interleaving->step[i];

		if (step->lane >= interleaving->lane_count)
			continue;
		char *texts[] = {lane_name(interleaving, step->lane), table_place(table, step), label_of(step),
		                 shown(step->effect)};
		unsigned *const widths[] = {&lane, &place, &label, &effect};
		for (size_t j = 0; j < sizeof texts / sizeof *texts; j++) {
			*widths[j] = clamp(columns_of(texts[j]), *widths[j], 1000);
			free(texts[j]);
		}
	}
	table->lane = clamp(lane, 6, 16);
	table->place = clamp(place, 5, wide ? 22 : 16);
	table->label = clamp(label, 9, wide ? 26 : 20);
	table->effect = clamp(effect, 12, 34);
	unsigned used = NUMBER_WIDTH + table->lane + table->place + table->label + table->effect + 5 * GAP;
	table->code = wide && table->width > used + 20 ? table->width - used : 0;
}

static unsigned label_column(const struct table *table)
{
	return NUMBER_WIDTH + table->lane + table->place + 3 * GAP;
}

static void print_head(const struct table *table)
{
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
	size_t from = interrupted_lane(interleaving, at), to = interleaving->step[at].lane;
	bool known = from != NONE && from != to;
	char *interrupted = known ? lane_name(interleaving, from) : NULL, *next = lane_name(interleaving, to);
	char *text = format("---- switch %u: %s%s%s goes on ----", number, known ? interrupted : "",
	                    known ? " is interrupted here, " : "", next);

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
	put_cell(table, lane_name(interleaving, step->lane), table->lane,
	         lane_styles[step->lane % (sizeof lane_styles / sizeof *lane_styles)]);
	put_cell(table, table_place(table, step), table->place, NULL);
	put_cell(table, label_of(step), table->label, bad ? RED : BOLD);
	if (table->code) {
		put_cell(table, shown(step->code), table->code, NULL);
		column += table->code + GAP;
	}
	put_wrapped(table, shown(step->effect), column, bad ? RED : NULL);
	if (!table->code && code && is_new_line(interleaving, at)) {
		fprintf(table->out, "%*s", (int)label_column(table), "");
		put_cell(table, shown(step->code), table->width - label_column(table), DIM);
		end_line(table);
	}
}

void interleaving_print(FILE *out, const struct interleaving *interleaving, bool colour, unsigned width)
{
	struct table table = {
	    .out = out, .colour = colour, .interleaving = interleaving, .width = clamp(width ? width : 80, 60, 240)};
	unsigned number = 0;
	size_t printed = 0;

	table.file = only_file(interleaving);
	measure(&table);
	print_head(&table);
	for (size_t i = 0; i < interleaving->step_count; i++) {
		if (interleaving->step[i].lane >= interleaving->lane_count)
			continue;
		if (interleaving->step[i].switched)
			print_switch(&table, i, ++number);
		print_step(&table, i);
		printed++;
	}
	if (!printed)
		fputs("(no steps were recorded)\n", out);
	if (interleaving->outcome && *interleaving->outcome) {
		fputc('\n', out);
		put_wrapped(&table, shown(interleaving->outcome), 0, RED);
	}
}
