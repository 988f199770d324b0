/* words_by_strtok: two threads take lines of their own apart, but strtok remembers where it is for all of them.
 * kind: data_race
 */
#include <pthread.h>
#include <stddef.h>
#include <string.h>

static int count_words(char *line)
{
	int words = 0;
#ifdef FIXED
	char *rest;
	for (char *word = strtok_r(line, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		words++;
#else
	for (char *word = strtok(line, " "); word; word = strtok(NULL, " "))
		words++;
#endif
	return words;
}

static void *read_line(void *line)
{
	return count_words(line) == 3 ? NULL : line;
}

int main(void)
{
	char first[] = "one two three", second[] = "four five six";
	pthread_t thread;
	void *bad;
	if (pthread_create(&thread, NULL, read_line, first) != 0)
		return 1;
	int words = count_words(second);
	pthread_join(thread, &bad);
	return words != 3 && bad;
}
