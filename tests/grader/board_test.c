/* board_test.c - the board of a schedule that is being played, as text. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../grader/memory.h"
#include "../../grader/report/board.h"

#include <stdlib.h>
#include <string.h>

static const char program[] = "int count;\n\nvoid add(void)\n{\n\tlock(&m);\n\tcount++;\n\tunlock(&m);\n}\n";

/* What happened, what both do next, and who holds the lock. */
static struct step steps[] = {
    {.kind = STEP_START, .lane = 1, .operation = "start"},
    {.kind = STEP_ACQUIRE,
     .lane = 1,
     .file = "add.c",
     .line = 5,
     .operation = "lock",
     .object = "m",
     .effect = "takes m"},
    {.kind = STEP_WAIT,
     .lane = 0,
     .file = "add.c",
     .line = 1,
     .operation = "waits",
     .effect = "thread 1 has not ended"},
    {.kind = STEP_PLAIN,
     .lane = 1,
     .file = "add.c",
     .line = 6,
     .code = "count++;",
     .operation = "read",
     .object = "count"},
    {.kind = STEP_PLAIN, .lane = 2, .file = "add.c", .line = 8, .code = "create(add);", .operation = "start"},
    {.kind = STEP_WAIT, .lane = 0, .file = "add.c", .line = 1, .operation = "waits"},
    {.kind = STEP_ACQUIRE, .lane = 1, .file = "add.c", .line = 5, .operation = "lock", .object = "m"},
};
static char *lanes[] = {"main thread", "thread 1", "thread 2"};
static const struct interleaving played = {
    .lane = lanes, .lane_count = 3, .step = steps, .step_count = sizeof steps / sizeof *steps, .outcome = ""};
static const struct board_choice choices[] = {{.key = '1', .lane = 1, .usual = true},
                                              {.key = '2', .lane = 2, .costs = true}};

static struct board sample(void)
{
	return (struct board){.title = "Adding",
	                      .switches = 1,
	                      .par = 2,
	                      .interleaving = &played,
	                      .next = 3,
	                      .held = 1,
	                      .question = "Who goes on?",
	                      .choice = choices,
	                      .choice_count = 2,
	                      .file = "add.c",
	                      .source = program,
	                      .width = 80};
}

static char *printed(const struct board *board)
{
	char *text;
	size_t size;
	FILE *out = memory_open(&text, &size);
	board_print(out, board);
	fclose(out);
	return text;
}

static void expect(const char *text, const char *words)
{
	cr_expect(strstr(text, words) != NULL, "'%s' is not in:\n%s", words, text);
}

static unsigned count_lines(const char *text)
{
	unsigned count = 0;
	for (; (text = strchr(text, '\n')); text++)
		count++;
	return count;
}

Test(board, says_where_everybody_is)
{
	struct board board = sample();
	char *text = printed(&board);
	expect(text, "par 2, 1 switch so far");
	expect(text, "just now  thread 1      line 5   lock m: takes m");
	expect(text, "thread 1 holds m since line 5");
	expect(text, " > 1  thread 1      line 6   read count    count++;\n");
	expect(text, "   2  thread 2               start    create(add);  (a switch)\n");
	expect(text, "   -  main thread   line 1   waits: thread 1 has not ended\n");
	free(text);
}

Test(board, shows_no_program_without_a_terminal)
{
	struct board board = sample();
	char *text = printed(&board);
	cr_expect(strstr(text, "void add") == NULL, "%s", text);
	free(text);
}

Test(board, marks_in_the_program_who_is_where)
{
	struct board board = sample();
	board.height = 40;
	char *text = printed(&board);
	expect(text, "     1 >  6      count++;\n");
	expect(text, "   (0) >  1  int count;\n");
	expect(text, "          8  }\n"); /* who has not begun is nowhere */
	free(text);
}

Test(board, fits_the_terminal)
{
	for (unsigned height = 20; height < 40; height++) {
		struct board board = sample();
		board.height = height;
		char *text = printed(&board);
		cr_expect(le(uint, count_lines(text) + 3, height)); /* the keys and the cursor are below it */
		free(text);
	}
}

Test(board, lines_are_as_wide_as_the_terminal)
{
	struct board board = sample();
	board.width = 50;
	board.message = "A hint that is longer than the terminal is wide, and so is broken into two lines.";
	char *text = printed(&board), *rest = text;
	for (char *line; (line = strsep(&rest, "\n"));)
		cr_expect(le(sz, strlen(line), 50 + 2), "%s", line); /* an ellipsis has three bytes */
	free(text);
}

Test(board, colours_are_wished_for)
{
	struct board board = sample();
	char *plain = printed(&board);
	cr_expect(strchr(plain, 27) == NULL, "%s", plain);
	board.colour = true;
	char *coloured = printed(&board);
	expect(coloured, "\033[1m > 1  thread 1");
	free(plain);
	free(coloured);
}

Test(board, other_choices_have_words)
{
	static const struct board_choice two[] = {
	    {.key = '1', .lane = 1, .words = "it waits for a signal", .usual = true},
	    {.key = '2', .lane = 1, .words = "it goes on without a signal", .costs = true}};
	struct board board = sample();
	board.choice = two;
	char *text = printed(&board);
	expect(text, " > 1  it waits for a signal\n");
	expect(text, "   2  it goes on without a signal  (a switch)\n");
	free(text);
}
