#include "sentences.h"
#include "../course/contract.h"
#include "../memory.h"

#include <stdlib.h>
#include <string.h>

static void add_problem(struct string_list *problems, char *text)
{
	problems->item = must(realloc(problems->item, (problems->count + 1) * sizeof *problems->item));
	problems->item[problems->count++] = text;
}

static bool listed(const struct string_list *list, const char *word)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->item[i], word) == 0)
			return true;
	return false;
}

static bool breaks(const struct candidate *candidate, const struct assignment *assignment,
                   const struct sentence *sentence)
{
	return candidate->assignment == assignment && candidate->role == MUTANT &&
	       listed(&candidate->sentences, sentence->id);
}

/* Whether the mutant is to be caught by what stands for the sentence. */
static bool caught_for(const struct candidate *mutant, const struct sentence *sentence)
{
	if (mutant->check && listed(&sentence->checks, mutant->check))
		return true;
	for (size_t i = 0; i < mutant->tests.count; i++)
		if (listed(&sentence->tests, mutant->tests.item[i]))
			return true;
	return false;
}

/* ---- what is wrong -------------------------------------------------------------------------- */

static void check_mutant(const struct candidate *mutant, struct string_list *problems)
{
	const struct assignment *assignment = mutant->assignment;
	for (size_t i = 0; i < mutant->sentences.count; i++) {
		const char *id = mutant->sentences.item[i];
		const struct sentence *sentence = assignment_sentence(assignment, id);
		if (!sentence)
			add_problem(problems, format("%s: mutant %s names the sentence '%s', which %s does not have",
			                             assignment->name, mutant->name, id, assignment->hidden_path));
		else if (sentence->prose)
			add_problem(problems, format("%s:%u: nothing can break the sentence '%s', it says, but mutant %s does",
			                             assignment->hidden_path, sentence->line, id, mutant->name));
		else if (!caught_for(mutant, sentence))
			add_problem(problems,
			            format("%s:%u: mutant %s breaks the sentence '%s', but is caught by none of its tests "
			                   "and checks",
			                   assignment->hidden_path, sentence->line, mutant->name, id));
	}
}

static void check_sentence(const struct assignment *assignment, const struct sentence *sentence,
                           const struct candidates *candidates, struct string_list *problems)
{
	for (size_t i = 0; i < candidates->count; i++)
		if (breaks(&candidates->item[i], assignment, sentence))
			return;
	if (!sentence->prose)
		add_problem(problems, format("%s:%u: no mutant breaks the sentence '%s': its comment would say 'contract: %s'",
		                             assignment->hidden_path, sentence->line, sentence->id, sentence->id));
}

static void check_header(const struct assignment *assignment, struct string_list *problems)
{
	char *name = format("include/%s.h", assignment->name), *path = format("%s/%s", assignment->root, name);
	struct error error;
	char *header = file_read(path, SOURCE_LIMIT, NULL, &error);
	if (header) {
		struct string_list found = contract_problems(assignment, name, header);
		for (size_t i = 0; i < found.count; i++)
			add_problem(problems, found.item[i]);
		free(found.item);
	} else {
		add_problem(problems, format("%s", error.text));
	}
	free(header);
	free(path);
	free(name);
}

struct string_list sentences_problems(const struct assignment *assignment, const struct candidates *candidates)
{
	struct string_list problems = {0};
	check_header(assignment, &problems);
	for (size_t i = 0; i < assignment->sentence_count; i++)
		check_sentence(assignment, &assignment->sentence[i], candidates, &problems);
	for (size_t i = 0; i < candidates->count; i++)
		if (candidates->item[i].assignment == assignment && candidates->item[i].role == MUTANT)
			check_mutant(&candidates->item[i], &problems);
	return problems;
}

/* ---- for people ----------------------------------------------------------------------------- */

void sentences_summary(FILE *out, const struct assignment *assignment)
{
	size_t prose = 0;
	for (size_t i = 0; i < assignment->sentence_count; i++)
		prose += assignment->sentence[i].prose != NULL;
	fprintf(out, "%s: %zu sentences of the header, each with a test and a mutant; %zu that nothing can break\n",
	        assignment->name, assignment->sentence_count - prose, prose);
}

/* Each line of at most 120 columns begins with a line end and four spaces. */
static void print_words(FILE *out, const char *text)
{
	enum { COLUMNS = 120, INDENT = 4 };
	size_t column = COLUMNS;
	for (const char *word = text + strspn(text, " \n"); *word; word += strspn(word, " \n")) {
		size_t length = strcspn(word, " \n");
		bool fits = column + 1 + length <= COLUMNS;
		fprintf(out, "%s%.*s", fits ? " " : "\n    ", (int)length, word);
		column = fits ? column + 1 + length : INDENT + length;
		word += length;
	}
	putc('\n', out);
}

static void print_list(FILE *out, const char *what, const struct string_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		fprintf(out, "%s%s", i ? ", " : what, list->item[i]);
	if (list->count)
		putc('\n', out);
}

void sentences_print(FILE *out, const struct assignment *assignment, const struct candidates *candidates)
{
	for (size_t i = 0; i < assignment->sentence_count; i++) {
		const struct sentence *sentence = &assignment->sentence[i];
		size_t mutants = 0;
		fprintf(out, "%s/%s", assignment->name, sentence->id);
		print_words(out, sentence->says);
		if (sentence->prose)
			fprintf(out, "  prose:   %s\n", sentence->prose);
		print_list(out, "  tests:   ", &sentence->tests);
		print_list(out, "  checks:  ", &sentence->checks);
		for (size_t c = 0; c < candidates->count; c++)
			if (breaks(&candidates->item[c], assignment, sentence))
				fprintf(out, "%s%s", mutants++ ? ", " : "  mutants: ", candidates->item[c].name);
		if (mutants)
			putc('\n', out);
	}
}
