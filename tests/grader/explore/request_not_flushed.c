/* request_not_flushed: a client writes a line to its server through a stream and waits for the answer, with the line
 * still in the stream's buffer.
 * kind: deadlock hang
 * switches: 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void serve(int in, int out)
{
	char line[32];
	FILE *requests = fdopen(in, "r"), *answers = fdopen(out, "w");
	while (requests && answers && fgets(line, sizeof line, requests)) {
		fprintf(answers, "ok %s", line);
		fflush(answers);
	}
	_exit(0);
}

int main(void)
{
	int there[2], back[2];
	char line[32] = "";
	if (pipe(there) != 0 || pipe(back) != 0)
		return 1;
	if (fork() == 0) {
		close(there[1]);
		close(back[0]);
		serve(there[0], back[1]);
	}
	close(there[0]);
	close(back[1]);
	FILE *requests = fdopen(there[1], "w"), *answers = fdopen(back[0], "r");
	fprintf(requests, "balance\n");
#ifdef FIXED
	fflush(requests);
#endif
	if (!fgets(line, sizeof line, answers) || strcmp(line, "ok balance\n") != 0)
		return 2;
	fclose(requests);
	fclose(answers);
	wait(NULL);
	return 0;
}
