/* requests.c - `requests`: what students ask to be looked at again, each with what the last run has of it; and answers.
 */
#include "../file.h"
#include "../gradebook/gradebook.h"
#include "../memory.h"
#include "../report/report.h"
#include "command.h"
#include "said.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct argp_option options[] = {
    {"output", 'o', "DIR", 0, "folder of the class's gradebook (default: build/results)", 0},
    {"student", 's', "NAME", 0, "login, name or e-mail address", 0},
    {"assignment", 'a', "NAME", 0, "the assignment", 0},
    {"test", 't', "NAME", 0, "the test or check", 0},
    {"claim", 'q', "TEXT", 0, "a request more: what is wrong about it", 0},
    {"decision", 'd', "WORD", 0, "an answer: granted or refused", 0},
    {"comment", 'c', "TEXT", 0, "why; the student reads it", 0},
    {"who", 'w', "NAME", 0, "who says so (default: you)", 0},
    {0},
};

struct wish {
	struct appeal_wish line;
	const char *folder;
};

static void check_wish(const struct wish *wish, struct argp_state *state)
{
	const struct appeal_wish *line = &wish->line;
	bool writes = line->claim || line->decision;
	if (writes && (!line->student || !line->assignment || !line->test || (line->claim && line->decision)))
		argp_error(state, "whose, of what, and what? STUDENT=ada A=pipe_ring T=test and one of DECISION=granted, "
		                  "DECISION=refused and CLAIM='...'");
	if (line->claim && !line->claim[strspn(line->claim, " \t\r\n")])
		argp_error(state, "what is wrong about %s? CLAIM='...' says it", line->test);
	if (!writes && line->comment)
		argp_error(state, "a comment to what? DECISION=granted or DECISION=refused");
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct wish *wish = state->input;
	switch (key) {
	case 'o':
		wish->folder = argument;
		return 0;
	case 's':
		wish->line.student = argument;
		return 0;
	case 'a':
		wish->line.assignment = argument;
		return 0;
	case 't':
		wish->line.test = argument;
		return 0;
	case 'q':
		wish->line.claim = argument;
		return 0;
	case 'd':
		wish->line.decision = argument;
		return 0;
	case 'c':
		wish->line.comment = argument;
		return 0;
	case 'w':
		wish->line.who = argument;
		return 0;
	case ARGP_KEY_END:
		check_wish(wish, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The folder of a class, while its requests are looked at. */
struct desk {
	const struct kit *kit;
	const char *folder;
	char *path; /* of requests.csv */
	struct people people;
	struct roster *book;
	struct journal *journal;
	char *submissions; /* the folder that was graded, or NULL */
};

/* ---- printing ------------------------------------------------------------------------------- */

/* "  seen      text", below it the other lines. */
static void print_item(const char *label, const char *text)
{
	if (!text || !*text)
		return;
	printf("  %-9s ", label);
	for (size_t size; *text; text += size + (text[size] == '\n')) {
		size = strcspn(text, "\n");
		char *line = must(strndup(text, size));
		escape_plain(stdout, line, false);
		printf(text[size] && text[size + 1] ? "\n%12s" : "%s", "");
		free(line);
	}
	putchar('\n');
}

static void print_word(const char *name, const char *text)
{
	char *word = shell_word(text);
	printf(" %s=", name);
	escape_plain(stdout, word, false);
	free(word);
}

/* The end of a command: the course, where it is not the kit's. */
static void end_command(const struct desk *desk)
{
	if (desk->kit->course->folder)
		print_word("COURSE", desk->kit->course->folder);
	putchar('\n');
}

/* Where the student's files are now; NULL: there is no such folder. The caller frees it. */
static char *source_folder(const struct desk *desk, const struct outcome *outcome)
{
	struct stat status;
	char *path = desk->submissions && outcome->folder ? format("%s/%s", desk->submissions, outcome->folder) : NULL;
	if (path && stat(path, &status) == 0 && S_ISDIR(status.st_mode))
		return path;
	free(path);
	return NULL;
}

/* Where what was handed in is a file, its source has to lie in a folder first. */
static void print_source(const struct desk *desk, const struct outcome *outcome)
{
	char *path = source_folder(desk, outcome);
	if (path)
		print_word("S", path);
	else
		printf(" S=FOLDER");
	end_command(desk);
	if (!path && outcome->folder) {
		char *text = format("%s.c of %s has to be in FOLDER", outcome->assignment->name, outcome->folder);
		print_item("", text);
		free(text);
	}
	free(path);
}

static void print_again(const struct desk *desk, const struct outcome *outcome, const struct finding *finding)
{
	printf("  %-9s make %s A=%s", finding && finding->token ? "replay" : "again",
	       finding && finding->token ? "replay" : "grade", outcome->assignment->name);
	if (finding && finding->token)
		print_word("TOKEN", finding->token);
	else if (finding && finding->test)
		print_word("T", finding->test);
	print_source(desk, outcome);
}

/* ---- what the last run has of it ------------------------------------------------------------- */

static const struct test_result *test_of(const struct grade *grade, const char *name)
{
	for (size_t i = 0; i < grade->test_count; i++)
		if (strcmp(grade->test[i].name, name) == 0)
			return &grade->test[i];
	return NULL;
}

/* Whether the assignment's check of that name asks for the kind; the explorer finds some of them first. */
static bool asks_for(const struct assignment *assignment, const char *name, const char *kind)
{
	for (size_t i = 0; i < assignment->check_count; i++) {
		const struct check_spec *check = &assignment->check[i];
		for (size_t k = 0; strcmp(check->check, name) == 0 && k < check->kinds.count; k++)
			if (strcmp(check->kinds.item[k], kind) == 0)
				return true;
	}
	return false;
}

/* Whether the finding is the test's, or, where there is no such test, the check's. */
static bool is_about(const struct outcome *outcome, const struct finding *finding, const char *name)
{
	if (test_of(outcome->grade, name))
		return finding->test && strcmp(finding->test, name) == 0;
	return strcmp(finding->check, name) == 0 ||
	       (strcmp(finding->check, "explore") == 0 && asks_for(outcome->assignment, name, finding->kind));
}

/* Whether its points are those of the test itself, and not of a check that looked on. */
static bool is_of_test(const struct finding *finding)
{
	return strcmp(finding->check, "criterion") == 0 || strcmp(finding->check, "score") == 0 ||
	       finding_fails_test(finding);
}

static int points_lost(const struct outcome *outcome, const char *name)
{
	const struct findings *findings = &outcome->grade->findings;
	bool test = test_of(outcome->grade, name);
	int points = 0;
	for (size_t i = 0; i < findings->count; i++)
		if (is_about(outcome, &findings->item[i], name) && (!test || is_of_test(&findings->item[i])))
			points += findings->item[i].points_lost;
	return points;
}

static bool any_costs(const struct outcome *outcome, const char *name)
{
	const struct findings *findings = &outcome->grade->findings;
	for (size_t i = 0; i < findings->count; i++)
		if (is_about(outcome, &findings->item[i], name) && findings->item[i].points_lost > 0)
			return true;
	return false;
}

static void print_finding(const struct desk *desk, const struct outcome *outcome, const struct finding *finding)
{
	char *what = format("%s, %s: -%d", finding->check, finding->kind, finding->points_lost);
	print_item("finding", what);
	print_item("seen", finding->seen);
	print_item("expected", finding->expected);
	print_item("why", finding->why);
	print_again(desk, outcome, finding);
	free(what);
}

/* Those that cost points, else the first; the others are only counted. */
static void print_findings(const struct desk *desk, const struct outcome *outcome, const struct appeal *appeal)
{
	const struct findings *findings = &outcome->grade->findings;
	const struct test_result *test = test_of(outcome->grade, appeal->test);
	bool costs = any_costs(outcome, appeal->test);
	size_t shown = 0, more = 0;
	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->item[i];
		if (!is_about(outcome, finding, appeal->test))
			continue;
		bool shows = costs ? finding->points_lost > 0 : shown == 0;
		if (shows)
			print_finding(desk, outcome, finding);
		shown += shows;
		more += !shows;
	}
	char *text = more ? format("%zu more finding%s without points", more, more == 1 ? "" : "s") : NULL;
	print_item("also", text);
	free(text);
	if (!shown)
		print_again(desk, outcome, test ? &(struct finding){.test = test->name} : NULL);
}

static void print_result(const struct desk *desk, const struct outcome *outcome, const struct appeal *appeal)
{
	const struct grade *grade = outcome->grade;
	const struct test_result *test = test_of(grade, appeal->test);
	int lost = points_lost(outcome, appeal->test);
	char *text = format("%s%s%d point%s lost; %d of %d in all", test ? test_status_name(test->status) : "",
	                    test ? ", " : "", lost, lost == 1 ? "" : "s", grade->score, grade->max_score);
	print_item("result", text);
	print_findings(desk, outcome, appeal);
	free(text);
}

struct look {
	const struct desk *desk;
	const struct appeal *appeal;
	bool found;
};

static int look_at(void *context, const struct outcome *outcome, struct error *error)
{
	struct look *look = context;
	(void)error;
	if (!outcome->grade || !outcome->grade->judged)
		return 0;
	look->found = true;
	print_result(look->desk, outcome, look->appeal);
	return 0;
}

/* ---- the open ones -------------------------------------------------------------------------- */

static const char *name_of(const struct desk *desk, const struct appeal *appeal)
{
	return desk->people.item[appeal->person].name;
}

static void print_answer(const struct desk *desk, const struct appeal *appeal)
{
	printf("  %-9s make requests", "answer");
	print_word("STUDENT", name_of(desk, appeal));
	printf(" A=%s", appeal->assignment->name);
	print_word("T", appeal->test);
	printf(" DECISION=granted COMMENT=\"...\"");
	print_word("OUT", desk->folder);
	end_command(desk);
}

static int print_appeal(const struct desk *desk, const struct appeal *appeal, struct error *error)
{
	struct look look = {desk, appeal, false};
	char *head =
	    format("line %u: %s, %s, %s", appeal->line, name_of(desk, appeal), appeal->assignment->name, appeal->test);
	putchar('\n');
	escape_plain(stdout, head, false);
	putchar('\n');
	print_item("claim", appeal->claim);
	int result = journal_outcomes(desk->journal, desk->kit->course, appeal->assignment, name_of(desk, appeal), look_at,
	                              &look, error);
	if (result == 0 && !look.found)
		print_item("result", "none: it was not handed in, or not judged, in the last run");
	print_answer(desk, appeal);
	free(head);
	return result;
}

/* `person`: only of this one, unless it is as large as there are people. */
static bool is_wanted(const struct desk *desk, const struct appeal *appeal, const struct appeal_wish *wish,
                      size_t person)
{
	return appeal->decision == DECISION_OPEN && (person == desk->people.count || appeal->person == person) &&
	       (!wish->assignment || strcmp(wish->assignment, appeal->assignment->name) == 0) &&
	       (!wish->test || strcmp(wish->test, appeal->test) == 0);
}

static int list(const struct desk *desk, const struct appeal_wish *wish, size_t person, struct error *error)
{
	struct appeals appeals;
	size_t open = 0;
	int result = appeals_read(desk->path, desk->kit->course, &desk->people, &appeals, error);
	for (size_t i = 0; result == 0 && i < appeals.count; i++)
		open += is_wanted(desk, &appeals.item[i], wish, person);
	if (result == 0)
		printf("%zu open request%s in %s\n", open, open == 1 ? "" : "s", desk->path);
	for (size_t i = 0; result == 0 && i < appeals.count; i++)
		if (is_wanted(desk, &appeals.item[i], wish, person))
			result = print_appeal(desk, &appeals.item[i], error);
	appeals_clear(&appeals);
	return result;
}

/* ---- a line more, or an answer --------------------------------------------------------------- */

struct loss {
	const char *test;
	int points;
};

static int find_loss(void *context, const struct outcome *outcome, struct error *error)
{
	struct loss *loss = context;
	(void)error;
	loss->points = outcome->grade ? points_lost(outcome, loss->test) : 0;
	return 0;
}

/* A decision changes no number: that is for adjustments, which are the instructor's to make. */
static int print_adjust(const struct desk *desk, const struct appeal_wish *wish, size_t person, struct error *error)
{
	struct loss loss = {wish->test, 0};
	int result = journal_outcomes(desk->journal, desk->kit->course, find_assignment(desk->kit, wish->assignment),
	                              desk->people.item[person].name, find_loss, &loss, error);
	if (result != 0)
		return result;
	char *points = loss.points ? format("+%d", loss.points) : must(strdup("+N"));
	char *comment = format("request about %s granted", wish->test);
	printf("no points were changed; this gives back what the test took:\n  make adjust");
	print_word("STUDENT", desk->people.item[person].name);
	printf(" A=%s POINTS=%s", wish->assignment, points);
	print_word("COMMENT", comment);
	print_word("OUT", desk->folder);
	end_command(desk);
	free(comment);
	free(points);
	return 0;
}

static void tell(const struct desk *desk, const struct appeal_wish *wish)
{
	escape_plain(stdout, wish->student, false);
	printf(", %s, ", wish->assignment);
	escape_plain(stdout, wish->test, false);
	printf(": %s, in %s", wish->decision ? wish->decision : "asked", desk->path);
	puts(wish->decision ? "; the next make grade puts the answer into the report" : "");
}

/* The folder is locked. */
static int write_line(const struct desk *desk, struct appeal_wish *wish, size_t person, struct error *error)
{
	char now[SAID_AT];
	const struct course *course = desk->kit->course;
	said_at(now);
	wish->when = now;
	int result = wish->decision ? appeals_answer(desk->path, course, &desk->people, person, wish, error)
	                            : appeals_add(desk->path, course, &desk->people, wish, error);
	wish->when = NULL;
	return result;
}

static int change(const struct desk *desk, struct appeal_wish *wish, size_t person, struct error *error)
{
	const char *student = said_of(&desk->people, wish->student, error);
	int held = student ? said_lock(desk->folder, error) : -1;
	if (held < 0)
		return -1;
	wish->student = student;
	int result = write_line(desk, wish, person, error);
	close(held);
	if (result != 0)
		return result;
	tell(desk, wish);
	bool granted = wish->decision && strcmp(wish->decision, "granted") == 0;
	return granted ? print_adjust(desk, wish, person, error) : 0;
}

/* ---- the command ---------------------------------------------------------------------------- */

static int open_desk(struct desk *desk, struct error *error)
{
	char *path = format("%s/gradebook.sqlite", desk->folder);
	desk->path = format("%s/requests.csv", desk->folder);
	desk->book = people_read(desk->folder, &desk->people, error);
	desk->journal = desk->book ? journal_open(path, error) : NULL;
	desk->submissions = desk->journal ? journal_folder(desk->journal) : NULL;
	free(path);
	return desk->journal ? 0 : -1;
}

static void close_desk(struct desk *desk)
{
	free(desk->submissions);
	journal_close(desk->journal);
	people_free(&desk->people, desk->book);
	free(desk->path);
}

static int work(struct desk *desk, struct appeal_wish *wish, struct error *error)
{
	size_t person;
	if (open_desk(desk, error) != 0)
		return -1;
	person = desk->people.count;
	if (wish->student && person_find(&desk->people, wish->student, &person, error) != 0)
		return -1;
	return wish->claim || wish->decision ? change(desk, wish, person, error) : list(desk, wish, person, error);
}

int command_requests(const struct session *session, int argc, char **argv)
{
	static const struct argp argp = {options,
	                                 parse,
	                                 NULL,
	                                 "Lists what students ask to be looked at again, from requests.csv beside the "
	                                 "gradebook, each with what the last "
	                                 "run of the class has of it and the command that shows it again; with DECISION "
	                                 "answers one. The next grading of "
	                                 "the class puts the answer into the report; points are changed by adjust only.",
	                                 NULL,
	                                 NULL,
	                                 NULL};
	struct wish wish = {.line = {.who = said_by()}};
	struct error error;
	if (argp_parse(&argp, argc, argv, 0, NULL, &wish) != 0)
		return EXIT_USAGE;
	struct kit *kit = kit_open(session->root, session->course, &error);
	if (!kit)
		return complain(EXIT_USAGE, "%s", error.text);
	int status = !wish.line.assignment || find_assignment(kit, wish.line.assignment) ? 0 : EXIT_USAGE;
	char *folder = wish.folder ? must(strdup(wish.folder)) : format("%s/results", kit->build);
	struct desk desk = {.kit = kit, .folder = folder};
	if (status == 0 && work(&desk, &wish.line, &error) != 0)
		status = complain(EXIT_USAGE, "%s", error.text);
	close_desk(&desk);
	free(folder);
	kit_free(kit);
	return status;
}
