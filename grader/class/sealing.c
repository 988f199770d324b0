/* sealing.c - the seal's part in a grading: files in, findings out. */
#include "sealing.h"

#include "../layer.h"
#include "../memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SHOWN = 5, PREPROCESSED_LIMIT = 16 << 20, LOG_LIMIT = 1 << 20 };

static struct seal_contract contract_of(const struct sealing *sealing)
{
	return (struct seal_contract){sealing->course, sealing->assignment, sealing->source->text, sealing->source->size};
}

void sealing_text(struct sealing *sealing)
{
	struct seal_contract contract = contract_of(sealing);
	if (layer_on("text"))
		seal_text(&sealing->problems, &sealing->guarded, &contract);
}

int sealing_write(const struct sealing *sealing, const char *folder, struct error *error)
{
	const struct seal_guarded *guarded = &sealing->guarded;
	char *path = format("%s/%s.c", folder, sealing->assignment->name);
	int result = folder_make(folder, error);
	if (result == 0)
		result = guarded->text ? file_write(path, guarded->text, guarded->size, error)
		                       : file_write(path, sealing->source->text, sealing->source->size, error);
	free(path);
	return result;
}

bool sealing_refuses(struct sealing *sealing, const char *folder, const char *log)
{
	char *path = format("%s/%s", folder, log), *said = file_read(path, LOG_LIMIT, NULL, NULL);
	bool refuses = said && seal_is_compiled(&sealing->problems, &sealing->guarded, said);
	free(said);
	free(path);
	return refuses;
}

bool sealing_wants_tokens(void)
{
	return layer_on("text");
}

/* NULL when it is too large, which is a problem, or cannot be read, which is not the source's fault. */
static char *read_preprocessed(struct sealing *sealing, const char *folder, enum variant variant)
{
	struct error error;
	struct stat status;
	char *path = format("%s/%s-%s.i", folder, sealing->assignment->name, variant_name(variant));
	char *text = file_read(path, PREPROCESSED_LIMIT, NULL, &error);
	bool large = !text && stat(path, &status) == 0 && status.st_size > PREPROCESSED_LIMIT;
	if (!text && !large && !sealing->lost)
		sealing->lost = must(strdup(error.text));
	free(path);
	return text;
}

/* A problem that is none of the seal's own: what it should judge is not there. */
static void add_unread(struct sealing *sealing, const char *seen)
{
	struct seal_problem *problem = zeroed(1, sizeof *problem);
	*problem = (struct seal_problem){.layer = "text",
	                                 .rule = "unread",
	                                 .seen = strdup(seen),
	                                 .instead = strdup("Include less, and generate less with macros.")};
	struct seal_problems one = {problem, 1};
	seal_move(&sealing->problems, &one);
}

void sealing_tokens(struct sealing *sealing, const char *folder)
{
	struct seal_contract contract = contract_of(sealing);
	char *plain = read_preprocessed(sealing, folder, VARIANT_PLAIN);
	char *tsan = plain ? read_preprocessed(sealing, folder, VARIANT_TSAN) : NULL;
	struct seal_problems *problems = &sealing->problems;
	bool compiled = tsan && (seal_is_compiled(problems, &sealing->guarded, plain) ||
	                         seal_is_compiled(problems, &sealing->guarded, tsan));
	if (tsan && !compiled)
		seal_tokens(problems, &contract, plain, tsan);
	else if (!tsan && !sealing->lost)
		add_unread(sealing, "The submission is too large to be judged after preprocessing.");
	free(plain);
	free(tsan);
}

void sealing_object(struct sealing *sealing, const char *folder, enum variant variant)
{
	if (!layer_on("object"))
		return;
	struct seal_contract contract = contract_of(sealing);
	struct seal_problems problems = {0};
	char *path = format("%s/%s-%s.o", folder, sealing->assignment->name, variant_name(variant));
	seal_object(&problems, &contract, path, variant == VARIANT_TSAN ? SEAL_TSAN : SEAL_PLAIN);
	seal_move(&sealing->problems, &problems);
	free(path);
}

static void report(const struct sealing *sealing, const struct seal_problem *problem, struct grade *grade)
{
	struct finding *finding = findings_add(&grade->findings, "seal", "sealed_out", NULL);
	finding_set(&finding->seen, "%s", problem->seen);
	finding_set(&finding->expected, "%s", problem->instead);
	finding_set(&finding->why, "%s",
	            problem->why ? problem->why
	                         : "A program is run only if the tools can see everything it does; here they could not, so "
	                           "nothing was run.");
	finding_set(&finding->replay, "make grade A=%s", sealing->assignment->name);
	if (!problem->line)
		return;
	char *file = format("%s.c", sealing->assignment->name);
	finding_add_place(finding, file, problem->line, NULL, NULL);
	free(file);
}

/* What the object has, the text has brought about: one of the two is enough. */
static bool is_told(const struct seal_problems *problems, const struct seal_problem *problem)
{
	for (size_t i = 0; strcmp(problem->layer, "object") == 0 && i < problems->count; i++)
		if (strcmp(problems->item[i].layer, "text") == 0 && (!problem->line || problem->line == problems->item[i].line))
			return true;
	return false;
}

void sealing_report(struct sealing *sealing, struct grade *grade)
{
	const struct seal_problems *problems = &sealing->problems;
	size_t told = 0;
	seal_sort(&sealing->problems);
	for (size_t i = 0; i < problems->count; i++) {
		if (is_told(problems, &problems->item[i]))
			continue;
		if (told++ < SHOWN)
			report(sealing, &problems->item[i], grade);
	}
	if (told > SHOWN)
		finding_add_detail(&grade->findings.item[grade->findings.count - 1], "and %zu more", told - SHOWN);
}

void sealing_clear(struct sealing *sealing)
{
	seal_clear(&sealing->problems);
	seal_guarded_clear(&sealing->guarded);
	free(sealing->lost);
	sealing->lost = NULL;
}
