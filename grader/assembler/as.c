/* as.c - the assembler that gcc calls for what is watched (gcc -B): puts in the calls that gcc left out (weave.h) and
 * becomes the real one. */
#include "weave.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void __attribute__((noreturn)) give_up(const char *what)
{
	fprintf(stderr, "as: %s: %s\n", what, strerror(errno));
	exit(1);
}

static char *read_all(const char *path)
{
	char *text = NULL;
	size_t size = 0;
	FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	if (!in)
		give_up(path);
	if (getdelim(&text, &size, 0, in) < 0 && ferror(in))
		give_up(path);
	fclose(in);
	return text ? text : strdup("");
}

static struct piece *cut_lines(const char *text, size_t *count)
{
	size_t capacity = 1;
	for (const char *at = text; *at; at++)
		capacity += *at == '\n';
	struct piece *line = calloc(capacity, sizeof *line);
	if (!line)
		give_up("memory");
	*count = 0;
	while (*text) {
		size_t size = strcspn(text, "\n");
		line[(*count)++] = (struct piece){text, size};
		text += size + (text[size] == '\n');
	}
	return line;
}

/* The standard input becomes what was woven. */
static void weave_file(const char *path)
{
	size_t lines;
	char *text = read_all(path);
	struct piece *line = cut_lines(text, &lines);
	int fd = memfd_create("woven", 0), copy = dup(fd);
	FILE *out = copy < 0 ? NULL : fdopen(copy, "w");
	if (!out)
		give_up("memfd_create");
	weave(line, lines, out);
	if (fclose(out) != 0 || lseek(fd, 0, SEEK_SET) != 0 || dup2(fd, STDIN_FILENO) < 0)
		give_up("the woven text");
	close(fd);
	free(line);
	free(text);
}

/* What the compiler wrote: a file, which is the last argument, or with -pipe the standard input. */
static bool is_file(const char *argument)
{
	size_t length = strlen(argument);
	return length > 2 && strcmp(argument + length - 2, ".s") == 0;
}

int main(int argc, char *argv[])
{
	if (argc > 1 && is_file(argv[argc - 1])) {
		weave_file(argv[argc - 1]);
		argv[argc - 1] = NULL;
	} else if (argc > 2 && strcmp(argv[argc - 2], "-o") == 0) {
		weave_file("-");
	}
	argv[0] = "as";
	execv("/usr/bin/as", argv);
	give_up("/usr/bin/as");
}
