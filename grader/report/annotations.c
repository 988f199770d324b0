/* annotations.c - for the log of a GitHub Actions job: workflow commands, which become notes at the lines of source,
 * and the report; and the report as the job's summary page.
 *
 * GitHub shows 10 annotations of a level per step, and takes 1 MiB per step for the summary. While the report is
 * printed, commands are switched off with a word that no submission can know: the hash of what is printed. Source:
 * GitHub's docs, workflow commands. */
#include "../file.h"
#include "../memory.h"
#include "columns.h"
#include "platform.h"

#include <stdlib.h>
#include <string.h>

enum { SUMMARY_LIMIT = 1 << 20, PER_LEVEL = 10, TEXT_LIMIT = 1000 };
enum level { LEVEL_ERROR, LEVEL_WARNING, LEVEL_NOTICE, LEVELS };

static const char *const commands[LEVELS] = {"error", "warning", "notice"};

static enum level level_of(const struct view_group *group)
{
	if (group->section == VIEW_ADVICE)
		return LEVEL_NOTICE;
	return group->points > 0 && group->section != VIEW_FOLLOWUP ? LEVEL_ERROR : LEVEL_WARNING;
}

static void put_file(FILE *out, const struct view *view, const struct finding *finding, const char *path)
{
	const struct place *place = view_source_place(view, finding);

	if (!place)
		return;
	fputs("file=", out);
	escape_workflow_property(out, path ? path : place->file);
	fprintf(out, ",line=%u,", place->line);
}

static void annotate(FILE *out, const struct view *view, const struct view_group *group, const char *path)
{
	char *title = group_headline(view, group), *sentence = group_sentence(group);
	char *message = view_text(NULL, sentence, TEXT_LIMIT);

	fprintf(out, "::%s ", commands[level_of(group)]);
	put_file(out, view, group->shown, path);
	fputs("title=", out);
	escape_workflow_property(out, title);
	fputs("::", out);
	escape_workflow(out, message ? message : "see the report");
	fputc('\n', out);
	free(title);
	free(sentence);
	free(message);
}

static void put_score(FILE *out, const struct view *view)
{
	const struct grade *grade = view->grade;

	fprintf(out, "::%s title=", grade->judged ? "notice" : "error");
	escape_workflow_property(out, grade->assignment);
	if (grade->judged) {
		fprintf(out, "::%d of %d points\n", grade->score, grade->max_score);
		return;
	}
	char *verdict = view_verdict(view);
	fputs("::", out);
	escape_workflow(out, verdict);
	fputc('\n', out);
	free(verdict);
}

/* Nobody can write a text that contains its own hash. */
static void put_guarded(FILE *out, const char *text)
{
	char word[HASH_SIZE];
	struct hash *hash = hash_new();

	hash_add(hash, "report", text, strlen(text));
	hash_end(hash, word);
	fprintf(out, "::stop-commands::%s\n%s\n::%s::\n", word, text, word);
}

/* What was found when nothing could be judged proves nothing. */
int report_annotations(FILE *out, const struct grade *grade, const struct assignment *assignment,
                       const struct report_options *options)
{
	struct view view = view_make(grade, assignment, options->everything);
	char *text = terminal_text(grade, assignment, options);
	unsigned count[LEVELS] = {0};

	count[grade->judged ? LEVEL_NOTICE : LEVEL_ERROR]++; /* the score */
	put_score(out, &view);
	for (size_t i = 0; grade->judged && i < view.group_count; i++)
		if (count[level_of(&view.group[i])]++ < PER_LEVEL)
			annotate(out, &view, &view.group[i], options->source_path);
	put_guarded(out, text);
	free(text);
	view_clear(&view);
	return view_written(out);
}

int report_summary(FILE *out, const struct grade *grade, const struct assignment *assignment,
                   const struct report_options *options)
{
	char *text = NULL;
	size_t size;
	FILE *page = memory_open(&text, &size);

	report_markdown(page, grade, assignment, options);
	fclose(page);
	put_capped(out, text, SUMMARY_LIMIT, "\n**The summary is longer than GitHub takes: the rest is left out.**\n");
	free(text);
	return view_written(out);
}
