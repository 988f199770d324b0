/* picture.c - an interleaving as swim lanes in SVG: draws what plan.c has laid out.
 *
 * Texts go through two stages: visible() makes them harmless characters when they enter, put_text() escapes the markup
 * when they leave. Widths of text are estimates: browsers have different fonts, so what must not leave its cell is
 * clipped by it. */
#include "picture.h"

#include "../file.h"
#include "../memory.h"
#include "columns.h"
#include "page.h"
#include "plan.h"
#include "report.h"

#include <stdlib.h>
#include <string.h>

/* `text` is already visible(). */
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

enum { COLOURS = 6 };

/* The number of a colour class; COLOURS is for what nobody owns. */
static size_t colour_of(size_t object)
{
	return object == NONE ? COLOURS : object % COLOURS;
}

static size_t step_colour(const struct picture *picture, const struct step *step)
{
	return colour_of(picture_object(picture, step->object));
}

/* What a screen reader says instead of the picture. */
static void describe(const struct picture *picture)
{
	const struct interleaving *interleaving = picture->interleaving;
	FILE *out = picture->out;
	char *outcome = visible(interleaving->outcome);
	unsigned number = 0;

	fprintf(out, "<title id=\"fjp-title-%s\">Interleaving of %zu lane%s: ", picture->id, interleaving->lane_count,
	        interleaving->lane_count == 1 ? "" : "s");
	escape_html(out, *outcome ? outcome : "no outcome");
	fprintf(out, "</title>\n<desc id=\"fjp-desc-%s\">%zu steps.", picture->id, interleaving->step_count);
	for (size_t i = 0; i < picture->row_count; i++) {
		const struct step *step = row_step(picture, i);
		const char *name = picture->lane[step->lane].name;
		char *effect = visible(step->effect);

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
	char *object = visible(step->object);
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
	char *name =
	    cut_to(visible(picture->object[bar->object]), bottom - top > 15 ? (unsigned)(bottom - top - 8) / 7 : 1, "…");

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
	size_t from = step_interrupted(picture->interleaving, picture->row[row].step);
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
	int width = SAMPLE + 8 + text_pixels(columns_of(text), EFFECT_PX) + 18, x;

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
		char *name = cut_to(visible(picture->object[i]), 30, "…"), *text = format("holds %s", name);
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
		int x = legend_item(&legend, "switch: one is preempted (dotted: it could continue)");

		fprintf(out, "<path class=\"fjp-arrow\" d=\"M%d %dH%d\"/>\n<path class=\"fjp-ink\" d=\"M%d %dl9 7l-9 7z\"/>\n",
		        x, legend.y, x + SAMPLE - 8, x + SAMPLE - 9, legend.y - 7);
	}
	return legend.x > MARGIN ? legend.y + LEGEND_LINE / 2 : top;
}

/* Without `out` only measures. Returns the bottom. */
static int draw_outcome(const struct picture *picture, FILE *out, int top)
{
	char *text = visible(picture->interleaving->outcome), *line;
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

/* ---- the picture ---------------------------------------------------------------------------- */

struct size {
	int width, height;
};

/* The lanes first, into memory: how high the picture is shows only at its end. The caller frees the body. */
static char *draw(struct picture *picture, int *bottom)
{
	char *body = NULL;
	size_t size;

	picture->out = memory_open(&body, &size);
	draw_lanes(picture);
	int top = picture->bottom + 12 + (picture->tall ? HEAD : 0), end = draw_outcome(picture, NULL, top);
	if (end > top)
		fprintf(picture->out, "<rect class=\"fjp-box-bad\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\"/>\n",
		        MARGIN, top, picture->width - 2 * MARGIN, end - top);
	draw_outcome(picture, picture->out, top);
	*bottom = draw_legend(picture, end + 8) + MARGIN;
	fclose(picture->out);
	return body;
}

/* Of a part, in the picture's pixels, if its width is that of the text on A4 or letter paper. */
static int part_height(struct size size)
{
	return size.width > 700 ? size.width * 9 / 7 : 900;
}

static struct size write_picture(FILE *out, const struct interleaving *interleaving, const char *id, bool in_page)
{
	struct picture picture = picture_plan(out, interleaving, id);
	struct size size = {.width = picture.width};
	char *body = draw(&picture, &size.height);
	bool parts = in_page && size.height > part_height(size);

	picture.out = out;
	fprintf(out,
	        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"fjp%s\" role=\"img\" width=\"%d\" height=\"%d\" "
	        "viewBox=\"0 0 %d %d\" aria-labelledby=\"fjp-title-%s fjp-desc-%s\">\n",
	        parts ? " whole" : "", size.width, size.height, size.width, size.height, id, id);
	describe(&picture);
	fprintf(out, "<style>\n%s</style>\n", page_picture_style);
	hatches(&picture);
	if (parts)
		fprintf(out, "<g id=\"fjp-all-%s\">\n", id);
	fprintf(out, "<rect class=\"fjp-page\" width=\"%d\" height=\"%d\"/>\n%s%s</svg>\n", size.width, size.height, body,
	        parts ? "</g>\n" : "");
	free(body);
	picture_clear(&picture);
	return size;
}

void picture_write(FILE *out, const struct interleaving *interleaving, const char *id)
{
	write_picture(out, interleaving, id, false);
}

/* A box that one part cuts is whole in the next. */
void picture_write_in_page(FILE *out, const struct interleaving *interleaving, const char *id)
{
	enum { AGAIN = 90 };
	struct size size = write_picture(out, interleaving, id, true);
	int part = part_height(size);

	for (int top = 0; size.height > part && top < size.height - AGAIN; top += part - AGAIN) {
		int height = size.height - top < part ? size.height - top : part;

		fprintf(out,
		        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"fjp part\" aria-hidden=\"true\" width=\"%d\" "
		        "height=\"%d\" viewBox=\"0 %d %d %d\"><use href=\"#fjp-all-%s\"/></svg>\n",
		        size.width, height, top, size.width, height, id);
	}
}
