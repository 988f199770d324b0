/* losses.c - what costs points, for letters to students: as plain text, and as Markdown. */
#include "../memory.h"
#include "view.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_LIMIT = 2000 };

struct losses {
	FILE *out;
	const struct view *view;
	bool markdown;
};

/* ---- the two forms -------------------------------------------------------------------------- */

static void put(const struct losses *losses, const char *text)
{
	if (losses->markdown)
		escape_markdown(losses->out, text);
	else
		escape_plain(losses->out, text, false);
}

/* Below its label, each line where the first one begins. */
static void put_lines(FILE *out, const char *text)
{
	for (size_t size; *text; text += size + (text[size] == '\n')) {
		size = strcspn(text, "\n");
		char *line = must(strndup(text, size));
		escape_plain(out, line, false);
		fprintf(out, text[size] && text[size + 1] ? "\n%13s" : "%s", "");
		free(line);
	}
}

static void put_item(const struct losses *losses, const char *label, const char *text)
{
	if (!text)
		return;
	if (losses->markdown) {
		fprintf(losses->out, "- **%s** ", label);
		escape_markdown(losses->out, text);
	} else {
		fprintf(losses->out, "   %-9s ", label);
		put_lines(losses->out, text);
	}
	fputc('\n', losses->out);
}

/* The tags are Markdown's own inline HTML; between them the text is still Markdown. */
static void put_command(const struct losses *losses, const char *label, const char *text)
{
	if (!text)
		return;
	fprintf(losses->out, losses->markdown ? "- **%s** <code>" : "   %-9s ", label);
	put(losses, text);
	fputs(losses->markdown ? "</code>\n" : "\n", losses->out);
}

/* ---- one loss ------------------------------------------------------------------------------- */

static char *place_says(const struct place *place)
{
	char *line = place->file && place->line ? format(":%u", place->line) : must(strdup(""));
	char *text = format("%s%s%s%s%s%s%s", place->file ? place->file : "", line,
	                    place->file && place->function ? " " : "", place->function ? place->function : "",
	                    place->role ? " (" : "", place->role ? place->role : "", place->role ? ")" : "");
	free(line);
	return text;
}

static void put_places(const struct losses *losses, const struct view_group *group)
{
	const struct finding *finding = group->shown;
	for (size_t i = 0; i < finding->where_count; i++) {
		if (!view_place_shown(losses->view, group, &finding->where[i]))
			continue;
		char *text = place_says(&finding->where[i]);
		put_item(losses, "where", text);
		free(text);
	}
}

static void put_heading(const struct losses *losses, const struct view_group *group)
{
	char *title = view_title(group), *cost = view_cost(losses->view, group);
	fputs(losses->markdown ? "\n#### " : "\n", losses->out);
	put(losses, group->label);
	fputc(' ', losses->out);
	put(losses, title);
	fputs(" (", losses->out);
	put(losses, cost);
	fputs(losses->markdown ? ")\n\n" : ")\n", losses->out);
	free(title);
	free(cost);
}

static void put_loss(const struct losses *losses, const struct view_group *group)
{
	const struct finding *finding = group->shown;
	char *test = finding->test ? format("%s%s", finding->test, group->hidden ? " (hidden)" : "") : NULL;
	char *seen = view_text(group, finding->seen, TEXT_LIMIT), *expected = view_expected(group, TEXT_LIMIT);
	char *error = view_first_error(group), *others = view_others(losses->view, group),
	     *again = view_again(losses->view, group);
	put_heading(losses, group);
	put_item(losses, "test", test);
	put_item(losses, "seen", seen);
	put_item(losses, "compiler", error);
	put_item(losses, "expected", expected);
	put_item(losses, "why", finding->why);
	put_places(losses, group);
	put_item(losses, "also", others);
	put_command(losses, view_again_label(group), again);
	free(again);
	free(others);
	free(error);
	free(expected);
	free(seen);
	free(test);
}

/* ---- all of them ---------------------------------------------------------------------------- */

static char *loss_text(const struct losses *losses, const struct view_group *group, size_t *size)
{
	char *text = NULL;
	FILE *out = memory_open(&text, size);
	const struct losses own = {out, losses->view, losses->markdown};
	put_loss(&own, group);
	fclose(out);
	return text;
}

static void put_left(const struct losses *losses, size_t left)
{
	if (left)
		fprintf(losses->out, "\nand %zu more, which the report tells\n", left);
}

static void put_groups(const struct losses *losses, size_t limit)
{
	const struct view *view = losses->view;
	size_t used = 0, left = 0;
	for (size_t i = 0; i < view->group_count; i++) {
		size_t size = 0;
		char *text = view->group[i].points > 0 ? loss_text(losses, &view->group[i], &size) : NULL;
		used += size;
		if (text && used <= limit)
			fwrite(text, 1, size, losses->out);
		else if (text)
			left++;
		free(text);
	}
	put_left(losses, left);
}

/* Why there is no verdict. */
static void put_faults(const struct losses *losses)
{
	const struct grade *grade = losses->view->grade;
	for (size_t i = 0; !grade->judged && i < grade->check_count; i++)
		if (grade->check[i].reason && strcmp(grade->check[i].status, "failed") == 0)
			put_item(losses, grade->check[i].name, grade->check[i].reason);
}

int report_losses(FILE *out, const struct grade *grade, const struct assignment *assignment, bool markdown,
                  size_t limit)
{
	struct view view = view_make(grade, assignment, false);
	const struct losses losses = {out, &view, markdown};
	char *verdict = view_verdict(&view), *start = view.start ? view_start(&view) : NULL;
	put(&losses, verdict);
	fputc('\n', out);
	if (start)
		put_item(&losses, "first", start);
	else if (grade->judged)
		put_groups(&losses, limit);
	put_faults(&losses);
	free(start);
	free(verdict);
	view_clear(&view);
	return view_written(out);
}
