/* verdict.c - what "the same verdict" means, as text that can be compared and diffed. */
#include "../memory.h"
#include "grade.h"

#include <stdlib.h>
#include <string.h>

/* Writes a text as one word, so that no text can imitate the structure around it. NULL is "-". */
static void word(FILE *out, const char *text)
{
	if (!text) {
		fputc('-', out);
		return;
	}
	if (strcmp(text, "-") == 0 || !*text)
		fputc('%', out); /* a byte is written as %XX, so this stands for nothing else */
	for (const unsigned char *byte = (const unsigned char *)text; *byte; byte++) {
		if (*byte <= ' ' || *byte >= 0x7f || *byte == '%' || *byte == ':')
			fprintf(out, "%%%02X", *byte);
		else
			fputc(*byte, out);
	}
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorts the lines and writes each distinct one once; frees them. */
static void write_set(FILE *out, char **line, size_t count, const char *end)
{
	qsort(line, count, sizeof *line, compare_lines);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || strcmp(line[i - 1], line[i]) != 0)
			fprintf(out, "%s%s", line[i], end);
	for (size_t i = 0; i < count; i++)
		free(line[i]);
	free(line);
}

static char *place_text(const struct place *place)
{
	char *text;
	size_t size;
	FILE *out = memory_open(&text, &size);

	fputc(' ', out);
	word(out, place->file);
	fprintf(out, ":%u", place->line);
	fclose(out);
	return text;
}

static char *finding_text(const struct finding *finding)
{
	char *text;
	size_t size;
	FILE *out = memory_open(&text, &size);
	char **place = zeroed(finding->where_count, sizeof *place);

	fputs("finding ", out);
	word(out, finding->kind);
	fputs(" in ", out);
	word(out, finding->test);
	fputs(" at", out);
	for (size_t i = 0; i < finding->where_count; i++)
		place[i] = place_text(&finding->where[i]);
	write_set(out, place, finding->where_count, "");
	fclose(out);
	return text;
}

static char *test_text(const struct test_result *test)
{
	char *text;
	size_t size;
	FILE *out = memory_open(&text, &size);

	fputs("test ", out);
	word(out, test->name);
	fprintf(out, " %s", test_status_name(test->status));
	fclose(out);
	return text;
}

char *grade_verdict(const struct grade *grade)
{
	char *text;
	size_t size;
	FILE *out = memory_open(&text, &size);
	char **line = zeroed(grade->test_count, sizeof *line);

	if (grade->judged)
		fprintf(out, "score %d of %d\n", grade->score, grade->max_score);
	else
		fprintf(out, "score none of %d\n", grade->max_score);
	for (size_t i = 0; i < grade->rubric_count; i++) {
		fputs("rubric ", out);
		word(out, grade->rubric[i].id);
		fprintf(out, " %d of %d\n", grade->rubric[i].score, grade->rubric[i].max_score);
	}
	for (size_t i = 0; i < grade->test_count; i++)
		line[i] = test_text(&grade->test[i]);
	write_set(out, line, grade->test_count, "\n");
	line = zeroed(grade->findings.count, sizeof *line);
	for (size_t i = 0; i < grade->findings.count; i++)
		line[i] = finding_text(&grade->findings.item[i]);
	write_set(out, line, grade->findings.count, "\n");
	fclose(out);
	return text;
}
