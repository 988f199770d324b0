/* stdio_on_pipes: streams of the C library on pipes wait in the table, whichever of their functions is called; and what
 * they say of themselves (their descriptor, their end) is right.
 * expect: none fails
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void answer_lines(void)
{
	char *line = NULL;
	size_t room = 0;
	while (getline(&line, &room, stdin) > 0) {
		printf("<%s>\n", strtok(line, "\n"));
		fflush(stdout);
	}
	free(line);
	printf("end");
	exit(0); /* writes what is in the buffer */
}

int main(void)
{
	int there[2], back[2], number;
	char text[20];
	if (pipe(there) != 0 || pipe(back) != 0)
		return 1;
	pid_t child = fork();
	if (child == 0) {
		dup2(there[0], 0);
		dup2(back[1], 1);
		close(there[0]);
		close(there[1]);
		close(back[0]);
		close(back[1]);
		answer_lines();
	}
	close(there[0]);
	close(back[1]);
	FILE *out = fdopen(there[1], "w"), *in = fdopen(back[0], "r");
	assert(fileno(out) == there[1] && fileno(in) == back[0]);
	fprintf(out, "one\n");
	fflush(out);
	assert(fgets(text, sizeof text, in) && strcmp(text, "<one>\n") == 0);
	dprintf(there[1], "%d\n", 2);
	assert(fscanf(in, "<%d>%*c", &number) == 1 && number == 2);
	fclose(out);
	assert(fgetc(in) == 'e');
	assert(ungetc('E', in) == 'E' && getc(in) == 'E');
	assert(fread(text, 1, 10, in) == 2 && feof(in));
	fclose(in);
	assert(waitpid(child, NULL, 0) == child);
	return 0;
}
