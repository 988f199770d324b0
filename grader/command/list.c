/* list.c - `list`: the assignments in order, their points, your last score. */
#include "../memory.h"
#include "../report/report.h"
#include "../score/grade.h"
#include "command.h"

#include <libgen.h>
#include <stdlib.h>
#include <string.h>

static struct grade *last_grade(const struct kit *kit, const char *assignment)
{
	char *copy = strdup(kit->root);
	char *path = format("%s/results/%s/%s.json", kit->build, basename(copy), assignment);
	char *text = file_read(path, 16 << 20, NULL, NULL);
	struct grade *grade = text ? grade_from_json(text, NULL) : NULL;
	free(text);
	free(path);
	free(copy);
	return grade;
}

static int longest_name(const struct course *course)
{
	size_t longest = strlen("assignment");
	for (size_t i = 0; i < course->assignment_count; i++)
		if (strlen(course->assignment[i]->name) > longest)
			longest = strlen(course->assignment[i]->name);
	return (int)longest;
}

int command_list(const struct session *session, int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return complain(EXIT_USAGE, "list takes no arguments");
	struct error error;
	struct kit *kit = kit_open(session->root, &error);
	if (!kit)
		return complain(EXIT_USAGE, "%s", error.text);
	printf("%s\n\n", kit->course->title);
	int width = longest_name(kit->course);
	printf("     %-*s %-30s %-9s %6s  %s\n", width, "assignment", "", "time", "lines", "last score");
	for (size_t i = 0; i < kit->course->assignment_count; i++) {
		const struct assignment *assignment = kit->course->assignment[i];
		struct grade *grade = last_grade(kit, assignment->name);
		printf("%3zu  %-*s %-30.30s %-9s %6d  ", i + 1, width, assignment->name, assignment->title, assignment->time,
		       assignment->lines);
		if (grade)
			printf("%d of %d\n", grade->score, grade->max_score);
		else
			puts("-");
		grade_free(grade);
	}
	puts("\nNext: read assignments/NAME/README.md, edit assignments/NAME/NAME.c, then `make grade A=NAME`.");
	kit_free(kit);
	return 0;
}
