/* explore_words.c - words of the command line of `explore` that are not its own: gcc's, and the program's. */
#include "../memory.h"
#include "explore.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

int add_word(char *word[], size_t *count, const char *prefix, const char *text)
{
	if (*count == MOST_WORDS)
		return complain(-1, "more than %d words of a kind are too many", MOST_WORDS);
	word[(*count)++] = format("%s%s", prefix, text);
	return 0;
}

/* Flags of which the rest is a path, with or without a word of its own. */
static const char *const with_path[] = {"-include", "-imacros", "-isystem", "-iquote", "-idirafter", "-I", "-L"};

/* The flag's beginning that a path follows, or NULL. */
static const char *path_flag(const char *flag)
{
	for (size_t i = 0; i < sizeof with_path / sizeof *with_path; i++)
		if (begins(flag, with_path[i]))
			return with_path[i];
	return NULL;
}

static char *absolute(const char *path)
{
	char here[PATH_MAX];
	if (*path == '/' || !getcwd(here, sizeof here))
		return format("%s", path);
	return format("%s/%s", here, path);
}

static const char *why_refused(const char *flag)
{
	if (strcmp(flag, "-fsanitize=thread") == 0)
		return NULL; /* it is there anyway */
	if (begins(flag, "-fsanitize="))
		return "the explorer has hooks of its own where a sanitizer would have its own; leave it out";
	if (begins(flag, "-fopenmp") || begins(flag, "-fopenacc") || begins(flag, "-ftree-parallelize-loops"))
		return "its threads are made and woken inside a library (libgomp), where no schedule reaches them; leave it "
		       "out, or use threads of your own";
	if (strcmp(flag, "-m32") == 0)
		return "programs are explored in 64 bits";
	return NULL;
}

int add_flag(struct wish *wish, const char *flag)
{
	const char *why = why_refused(flag);
	if (why && !wish->refused)
		wish->refused = format("%s: %s", flag, why);
	return add_word(wish->flag, &wish->flags, "", flag);
}

char *flag_from_elsewhere(const char *flag)
{
	const char *before = path_flag(flag);
	if (!before || !flag[strlen(before)] || strcmp(flag, "-I-") == 0)
		return format("%s", flag);
	char *path = absolute(flag + strlen(before)), *result = format("%s%s", before, path);
	free(path);
	return result;
}

/* Words that begin like an option of the kit's own, or like several, but are gcc's. */
static bool is_gcc_word(const char *word)
{
	static const char *const whole[] = {"-pthread", "-ansi", "-pedantic", "-pedantic-errors", "-m32"};
	for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
		if (strcmp(word, whole[i]) == 0)
			return true;
	return begins(word, "-std=") || begins(word, "-O") || begins(word, "-g") || (path_flag(word) && word[1] == 'i');
}

bool is_known_flag(const char *flag)
{
	return is_gcc_word(flag) || (*flag == '-' && flag[1] && strchr("DIULlfWm", flag[1]));
}

/* Flags that take the next word when nothing follows in their own. */
static bool wants_more(const char *word)
{
	const char *before = path_flag(word);
	return before && !word[strlen(before)];
}

static int take_gcc_word(struct wish *wish, const char *word, const char *next)
{
	if (!wants_more(word))
		return add_flag(wish, word);
	char *joined = format("%s%s", word, next);
	int result = add_flag(wish, joined);
	free(joined);
	return result;
}

int take_words(struct wish *wish, int *argc, char **argv)
{
	int kept = 1, at = 1, result = 0;
	for (; result == 0 && at < *argc && strcmp(argv[at], "--") != 0; at++) {
		if (!is_gcc_word(argv[at])) {
			argv[kept++] = argv[at];
			continue;
		}
		bool more = wants_more(argv[at]);
		if (more && at + 1 >= *argc)
			return complain(-1, "%s: which file or folder?", argv[at]);
		result = take_gcc_word(wish, argv[at], argv[at + more]);
		at += more;
	}
	for (at++; result == 0 && at < *argc; at++)
		result = add_word(wish->argument, &wish->arguments, "", argv[at]);
	*argc = kept;
	argv[kept] = NULL;
	return result;
}

void wish_clear(struct wish *wish)
{
	for (size_t i = 0; i < wish->files; i++)
		free(wish->file[i]);
	for (size_t i = 0; i < wish->flags; i++)
		free(wish->flag[i]);
	for (size_t i = 0; i < wish->arguments; i++)
		free(wish->argument[i]);
	free(wish->refused);
	*wish = (struct wish){0};
}
