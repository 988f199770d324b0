/* feedback_test.c - what students are told after a run of the class: the letter, and the files for Moodle, Canvas,
 * GitHub and mail, as Python's own readers of zip, CSV and mail, and a shell, read them. */
#include "sample.h"
#include "scratch.h"

#include "../../grader/class/remote.h"
#include "../../grader/feedback/private.h"
#include "../../grader/file.h"
#include "../../grader/memory.h"

#include <limits.h>
#include <locale.h>

enum { DAY = 86400 };

static const char scratch[] = "/tmp/feedback_test.XXXXXX";
static char reader[PATH_MAX]; /* of the files: a program */

static void enter_folder(void)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	cr_assert(realpath("tests/grader/feedback_read.py", reader) != NULL);
	scratch_enter(scratch);
}

static void leave_folder(void)
{
	scratch_leave(scratch);
}

TestSuite(names, .timeout = 120);
TestSuite(feedback, .init = enter_folder, .fini = leave_folder, .timeout = 120);

/* ---- names -------------------------------------------------------------------------------------- */

#define expect_text(call, want)                                                                                        \
	do {                                                                                                               \
		char *have_ = (call);                                                                                          \
		cr_expect(eq(str, have_ ? have_ : (char *)"(none)", (char *)(want)));                                          \
		free(have_);                                                                                                   \
	} while (0)

Test(names, of_moodle_have_the_number_where_moodle_looks_for_it)
{
	expect_text(moodle_folder("Ada Lovelace_123_assignsubmission_file"), "Ada Lovelace_123_assignsubmission_file_");
	expect_text(moodle_folder("Ada Lovelace_123_assignsubmission_file_"), "Ada Lovelace_123_assignsubmission_file_");
	expect_text(moodle_folder("Zo\xc3\xab_5_assignsubmission_file_pipe_ring.c"), "Zo\xc3\xab_5_assignsubmission_file_");
	expect_text(moodle_folder("Zoe_126_assignsubmission_onlinetext"), "Zoe_126_assignsubmission_onlinetext_");
	expect_text(moodle_folder("ada_Ada Lovelace_123_assignsubmission_file"), "(none)");
	expect_text(moodle_folder("Ada_assignsubmission_file"), "(none)");
	expect_text(moodle_folder("_12_assignsubmission_file"), "(none)");
	expect_text(moodle_folder("Ada_12x_assignsubmission_file"), "(none)");
	expect_text(moodle_folder("Ada_12_assignsubmission_"), "(none)");
	expect_text(moodle_folder("pipe-ring-ada"), "(none)");
}

Test(names, of_canvas_have_a_user_and_an_attachment)
{
	cr_expect(canvas_knows("lovelaceada_123_456_pipe_ring.c"));
	cr_expect(canvas_knows("lovelaceada_LATE_123_456_pipe_ring-1.c"));
	cr_expect(canvas_knows("team_red_lovelaceada_123_456_pipe_ring.c"));
	cr_expect(canvas_knows("anon_x7Yz1_456_pipe_ring.c"));
	cr_expect(canvas_knows("LATE_anon_99_456_pipe_ring.c"));
	cr_expect(not(canvas_knows("lovelaceada_123_456_pipe_ring.zip")));
	cr_expect(not(canvas_knows("lovelaceada_123_pipe_456.c")));
	cr_expect(not(canvas_knows("anon_x7Yz1_b_456_pipe_ring.c")));
	cr_expect(not(canvas_knows("Ada Lovelace_123_assignsubmission_file_pipe_ring.c")));
	cr_expect(not(canvas_knows("ada_pipe_ring.c")));
}

Test(names, of_repositories_are_those_that_gh_takes)
{
	expect_text(github_name("https://github.com/cs101/pipe-ring-ada"), "cs101/pipe-ring-ada");
	expect_text(github_name("https://github.com/cs101/pipe-ring-ada.git"), "cs101/pipe-ring-ada");
	expect_text(github_name("git@github.com:cs101/pipe-ring-ada.git"), "cs101/pipe-ring-ada");
	expect_text(github_name("ssh://github.com:22/cs101/a.b/"), "cs101/a.b");
	expect_text(github_name("https://git.example.edu/cs101/a"), "git.example.edu/cs101/a");
	static const char *const others[] = {"/home/ada/a",
	                                     "../a",
	                                     "https://github.com/cs101",
	                                     "https://github.com/cs101/",
	                                     "https://github.com//a",
	                                     "https://github.com/cs101/a/b",
	                                     "https://github.com/--help/a",
	                                     "https://github.com/cs101/$(touch${IFS}x)",
	                                     "https://github.com/cs101/a';touch",
	                                     "file:///tmp/a/b"};
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		expect_text(github_name(others[i]), "(none)");
}

Test(names, of_a_remote_are_read_without_passwords)
{
	expect_text(remote_origin("[core]\n\tbare = false\n[remote \"origin\"]\n\turl = https://github.com/a/b.git\n"
	                          "\tfetch = +refs/heads/*:refs/remotes/origin/*\n"),
	            "https://github.com/a/b.git");
	expect_text(remote_origin("[remote \"origin\"]\r\n\tURL=https://me:secret@github.com/a/b\r\n"),
	            "https://github.com/a/b");
	expect_text(remote_origin("[remote \"origin\"]\n\turl = git@github.com:a/b"), "git@github.com:a/b");
	expect_text(remote_origin("[remote \"other\"]\n\turl = https://github.com/a/b\n"), "(none)");
	expect_text(remote_origin("[remote \"origin\"]\n[branch \"main\"]\n\turl = x\n"), "(none)");
	expect_text(remote_origin("[remote \"origin\"]\n\turl = a b\n"), "(none)");
	expect_text(remote_origin("[remote \"origin\"]\n\turl = \"a\"\n"), "(none)");
	expect_text(remote_origin("[remote \"origin\"]\n\turl =\n"), "(none)");
	expect_text(remote_origin(""), "(none)");
}

Test(names, of_mailboxes_end_no_header)
{
	static const char *const good[] = {"ada@example.edu", "a.b+c@x-y.example", "o'hara@example.edu", "a@localhost"};
	static const char *const bad[] = {"",
	                                  "ada",
	                                  "@example.edu",
	                                  "ada@",
	                                  "ada@example..edu",
	                                  ".ada@example.edu",
	                                  "ada.@example.edu",
	                                  "ada@example.edu.",
	                                  "-ada@example.edu",
	                                  "a b@example.edu",
	                                  "ada@example.edu, eve@example.edu",
	                                  "ada@example.edu\nBcc: eve@example.edu",
	                                  "<ada@example.edu>",
	                                  "a@b@c",
	                                  "\xc3\xa4@example.edu"};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		cr_expect(is_address(good[i]), "%s", good[i]);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_expect(not(is_address(bad[i])), "%s", bad[i]);
	expect_text(header_text("Ada O'Hara", header_name), "Ada O'Hara");
	expect_text(header_text("Zo\xc3\xab", header_name), "=?UTF-8?B?Wm/Dqw==?=");
	expect_text(header_text("a\r\nBcc: b", header_name), "=?UTF-8?B?YSAgQmNjOiBi?=");
	expect_text(header_text("A ring, of pipes", header_subject), "A ring, of pipes");
}

Test(names, that_are_long_are_several_words_with_whole_characters)
{
	char name[181];
	for (size_t i = 0; i < 180; i += 2)
		memcpy(name + i, "\xc3\xa4", 3);
	char *text = header_text(name, header_name);
	size_t words = 0;
	for (char *line = strtok(text, "\r\n"); line; line = strtok(NULL, "\r\n"), words++) {
		cr_expect(strlen(line) <= 65);
		cr_expect(strncmp(line + (words > 0), "=?UTF-8?B?w6TDp", 15) == 0, "%s", line); /* begins with a whole one */
	}
	cr_expect(eq(sz, words, 5));
	free(text);
}

/* ---- a class ------------------------------------------------------------------------------------ */

static const struct course *sample_course(void)
{
	static struct assignment first, second;
	static struct assignment *list[] = {&first, &second};
	static struct course course = {.title = (char *)"Threads", .assignment = list, .assignment_count = 2};
	first = *sample_assignment();
	second = first;
	second.name = (char *)"race_fix";
	second.title = (char *)"R\xc3\xa4umen <b>";
	second.late = (struct late_policy){
	    .due = 1759528740 - 2 * DAY, .zone = -(3 * 60 + 30) * 60, .ends = true, .nothing_after = 1};
	return &course;
}

static const char moodle[] = "Ada Lovelace_11_assignsubmission_file", canvas[] = "turingalan_12_99_pipe_ring.c",
                  repository[] = "https://github.com/cs101/pipe-ring-zoe.git",
                  commit[] = "0123456789abcdef0123456789abcdef01234567";

/* Where points were lost to a public test and to a hidden one. */
static struct grade *grade_for(const char *student, const char *assignment, int score)
{
	struct grade *grade = sample_grade();
	finding_set(&grade->submission, "%s", student);
	finding_set(&grade->assignment, "%s", assignment);
	grade->judged = score >= 0;
	grade->score = score;
	grade->max_score = 100;
	grade->source = zeroed(1, sizeof *grade->source);
	grade->source_count = 1;
	finding_set(&grade->source->file, "pipe_ring.c");
	memset(grade->source->sha256, 'a', 64);
	if (score == 100)
		return grade;
	struct finding *finding = findings_add(&grade->findings, "criterion", "assertion", "survives_short_reads");
	finding_set(&finding->seen, "read gave 1 byte");
	finding_set(&finding->rubric, "correctness");
	finding->points_lost = 20;
	finding = findings_add(&grade->findings, "criterion", "assertion", "token_returns");
	finding_set(&finding->seen, "the token is `gone` <b>\nfor ever");
	finding_set(&finding->expected, "ring_run returns 0");
	finding_set(&finding->why, "A ring that loses its token stops for ever");
	finding_set(&finding->rubric, "correctness");
	finding_set(&finding->replay, "make replay A=pipe_ring TOKEN=@1,2");
	finding_set(&finding->token, "@1,2");
	finding_add_place(finding, "pipe_ring.c", 12, "ring_run", NULL);
	finding->points_lost = 100 - score - 20;
	grade->test[0].status = TEST_FAIL;
	return grade;
}

static void put_file(const char *path, const char *text)
{
	struct error error;
	char *folder = strndup(path, (size_t)(last_part(path) - path));
	cr_assert(strlen(folder) == 0 || folder_make(folder, &error) == 0, "%s", error.text);
	cr_assert(file_write(path, text, strlen(text), &error) == 0, "%s", error.text);
	free(folder);
}

static void add(struct journal *journal, const char *student, int row, const char *assignment, int score,
                const char *folder, const char *remote, const struct terms *terms)
{
	static const struct terms none;
	struct error error = {0};
	struct entry entry = {.student = student,
	                      .assignment = assignment,
	                      .folder = folder,
	                      .roster_row = row,
	                      .handed_in = 1759528740,
	                      .key = folder,
	                      .terms = terms ? terms : &none,
	                      .commit = remote ? commit : NULL,
	                      .repository = remote};
	struct grade *grade = grade_for(student, assignment, score);
	char *page = format("out/%s/%s.html", student, assignment);
	cr_assert(journal_add(journal, &entry, grade, &error) == 0, "%s", error.text);
	put_file(page, "<p>page</p>\n");
	free(page);
	grade_free(grade);
}

/* ada: from Moodle, late and adjusted, and race_fix; alan: from Canvas; zoe: a clone; it's: a clone with a name for
 * shells; red1, red2: a group of Moodle's; mute: not judged; ned: nothing handed in, but set. */
static struct journal *grade_class(void)
{
	struct error error = {0};
	static struct adjustment more = {.points = 3, .comment = (char *)"neat"},
	                         set = {.set = true, .points = 40, .comment = (char *)"on paper"};
	static const struct terms late = {.late = {.due = 1759528740 - 2 * DAY, .per_day = 10, .cap = 40},
	                                  .adjustments = {&more, 1}},
	                          absent = {.adjustments = {&set, 1}};
	put_file("out/gradebook.csv",
	         "Name,ID,Email,Group,submission,total\nAda Lovelace,11,ada@example.edu,,ada,3\n"
	         "\"Turing, Alan\",12,\"alan@example.edu\nBcc: x@example.edu\",,alan,\n"
	         "\"Zo\xc3\xab \"\"Z\"\" M\xc3\xbcller\nBcc: x@example.edu\",13,zoe@example.edu,,zoe,\n"
	         "It,,it@example.edu,,it's $(touch x),\nRed One,14,r1@example.edu,Team Red,red1,\n"
	         "Red Two,15,r2@example.edu,Team Red,red2,\nMute,16,m@example.edu,,mute,\nNed,17,n@example.edu,,ned,\n"
	         "Solo,18,s@example.edu,Team Blue,solo,\n");
	struct journal *journal = journal_open("out/gradebook.sqlite", &error);
	cr_assert(journal && journal_begin(journal, "kit", "good", "/class", &error) == 0, "%s", error.text);
	add(journal, "ada", 0, "pipe_ring", 60, moodle, NULL, &late);
	add(journal, "ada", 0, "race_fix", 100, "race/Ada Lovelace_77_assignsubmission_file", NULL, NULL);
	add(journal, "alan", 1, "pipe_ring", 70, canvas, NULL, NULL);
	add(journal, "zoe", 2, "pipe_ring", 70, "pipe-ring-zoe", repository, NULL);
	add(journal, "it's $(touch x)", 3, "pipe_ring", 70, "pipe-ring-it", "git@github.com:cs101/it.git", NULL);
	add(journal, "red1", 4, "pipe_ring", 70, "Team Red_12_assignsubmission_file", NULL, NULL);
	add(journal, "red2", 5, "pipe_ring", 70, "Team Red_12_assignsubmission_file", NULL, NULL);
	add(journal, "mute", 6, "pipe_ring", -1, "Mute_16_assignsubmission_file", NULL, NULL);
	add(journal, "solo", 8, "pipe_ring", 70, "Team Blue_11_assignsubmission_file", NULL, NULL);
	const struct entry entry = {.student = "ned", .assignment = "pipe_ring", .roster_row = 7, .terms = &absent};
	cr_assert(journal_add_absent(journal, &entry, &error) == 0, "%s", error.text);
	return journal;
}

struct class
{
	struct journal *journal;
	struct people people;
	struct roster *book;
	struct feedback feedback;
};

static int send(struct class *class, const char *platform, const char *folder, struct error *error)
{
	const struct feedback_wish wish = {.course = sample_course(),
	                                   .journal = class->journal,
	                                   .reports = "out",
	                                   .book = class->book,
	                                   .people = &class->people,
	                                   .folder = folder,
	                                   .sender = "me@example.edu",
	                                   .now = 1764500000};
	feedback_clear(&class->feedback);
	return feedback_write(platform, &wish, &class->feedback, error);
}

static struct class class_of(void)
{
	struct error error = {0};
	struct class class = {.journal = grade_class()};
	class.book = people_read("out", &class.people, &error);
	cr_assert(class.book != NULL, "%s", error.text);
	return class;
}

static void leave(struct class *class)
{
	feedback_clear(&class->feedback);
	people_free(&class->people, class->book);
	journal_close(class->journal);
}

static void send_well(struct class *class, const char *platform)
{
	struct error error = {0};
	cr_assert(send(class, platform, platform, &error) == 0, "%s", error.text);
}

/* What a command prints. */
static char *printed(const char *command)
{
	char *text = NULL;
	size_t size;
	FILE *from = popen(command, "r"), *out = memory_open(&text, &size);
	for (int c; (c = fgetc(from)) != EOF;)
		fputc(c, out);
	fclose(out);
	cr_expect(pclose(from) == 0, "%s", command);
	return text;
}

static char *read_back(const char *file)
{
	char *program = format("python3 %s '%s'", reader, file), *text = printed(program);
	free(program);
	return text;
}

static size_t count(const char *text, const char *part)
{
	size_t times = 0;
	for (const char *at = text; (at = strstr(at, part)); at++)
		times++;
	return times;
}

#define expect_part(text, part) cr_expect(strstr(text, part) != NULL, "no '%s' in:\n%s", part, text)
#define expect_no_part(text, part) cr_expect(strstr(text, part) == NULL, "'%s' in:\n%s", part, text)

static const char ada_letter[] =
    "pipe_ring: 60 of 100 points | A ring of pipes, of Ada Lovelace | What was graded | "
    "file pipe_ring.c, SHA-256 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa | "
    "in Ada Lovelace_11_assignsubmission_file | handed in 2025-10-03 21:59 UTC | What counts | "
    "2 days late: 20 points deducted | +3 by the instructor: neat | 43 points count | "
    "3 of 4 tests pass. | "
    "F1 The token comes back after one lap (-20 correctness) | test      token_returns | "
    "seen      the token is `gone` <b> | for ever | expected  ring_run returns 0 | "
    "why       A ring that loses its token stops for ever | where     pipe_ring.c:12 ring_run | "
    "replay    make replay A=pipe_ring TOKEN=@1,2 | "
    "F2 Short reads are continued (-20 correctness) | test      survives_short_reads (hidden) | "
    "seen      read gave 1 byte | ";

Test(feedback, for_moodle_is_a_zip_for_each_assignment)
{
	struct class class = class_of();
	send_well(&class, "moodle");
	cr_expect(eq(sz, class.feedback.students, 1));
	cr_assert(eq(sz, class.feedback.files.count, 2));
	char *text = read_back("moodle/pipe_ring.zip"), *other = read_back("moodle/race_fix.zip");
	char *want = format("%s_/pipe_ring.txt = %s", moodle, ada_letter);
	cr_expect(strncmp(text, want, strlen(want)) == 0, "%s", text);
	expect_part(text, "| The whole report is pipe_ring.html, beside this text. | If you think");
	expect_part(text, "\nAda Lovelace_11_assignsubmission_file_/pipe_ring.html = <p>page</p>\n");
	cr_expect(eq(sz, count(text, "\n"), 2));
	cr_expect(strncmp(other, "Ada Lovelace_77_assignsubmission_file_/race_fix.txt = race_fix: 100", 67) == 0, "%s",
	          other);
	expect_no_part(other, "If you think");
	cr_assert(eq(sz, class.feedback.missed.count, 3));
	expect_part(class.feedback.missed.item[0],
	            "pipe_ring: 4 students whose submission is not from a download of Moodle");
	expect_part(class.feedback.missed.item[1], "not judged: mute");
	expect_part(class.feedback.missed.item[2], "a group's, of which Moodle's download has no number of a participant: "
	                                           "red1, red2, solo");
	free(want);
	free(other);
	free(text);
	leave(&class);
}

Test(feedback, has_times_in_the_zone_of_the_due_date_and_says_when_nothing_counts)
{
	struct class class = class_of();
	const struct terms ended = {.late = sample_course()->assignment[1]->late};
	add(class.journal, "zoe", 2, "race_fix", 70, "race/Zoe_78_assignsubmission_file", NULL, &ended);
	send_well(&class, "moodle");
	char *text = read_back("moodle/race_fix.zip");
	expect_part(text, "| handed in 2025-10-03 18:29 -0330 |");
	expect_part(text, "| What counts | 2 days late: nothing counts after 1 day | 0 points count |");
	free(text);
	leave(&class);
}

Test(feedback, for_canvas_is_called_as_its_download_or_has_its_number)
{
	struct class class = class_of();
	send_well(&class, "canvas");
	char *zip = read_back("canvas/pipe_ring.zip"), *csv = read_back("canvas/pipe_ring.csv");
	cr_expect(eq(sz, count(zip, "\n"), 1));
	cr_expect(strncmp(zip, "turingalan_12_99_pipe_ring.c = pipe_ring: 70 of 100 points | ", 61) == 0, "%s", zip);
	char *want = format("11 = Ada Lovelace = %s", ada_letter);
	cr_expect(strncmp(csv, want, strlen(want)) == 0, "%s", csv);
	cr_expect(eq(sz, count(csv, "\n"), 7));
	expect_part(csv, "\n17 = Ned = pipe_ring: nothing was handed in | A ring of pipes, of Ned | What counts | "
	                 "set to 40 by the instructor: on paper | 40 points count | ");
	free(want);
	free(csv);
	free(zip);
	leave(&class);
}

Test(feedback, for_github_is_a_script_that_posts_each_once)
{
	struct class class = class_of();
	send_well(&class, "github");
	cr_expect(eq(sz, class.feedback.students, 2));
	put_file("bin/gh", "#!/bin/sh\nprintf '%s|' \"$@\" >> ../log\necho >> ../log\n"
	                   "case \"$1 $2 $4\" in 'pr list cs101/it') echo 7 ;; esac\n");
	cr_assert(chmod("bin/gh", 0755) == 0);
	for (int i = 0; i < 2; i++)
		free(printed("PATH=$PWD/bin:$PATH github/feedback.sh"));
	char *log = file_read("log", 1 << 16, NULL, NULL);
	cr_assert(log != NULL);
	expect_part(log, "pr|comment|7|--repo|cs101/it|--body-file|./it's $(touch x)/pipe_ring.md|\n");
	expect_part(
	    log, "issue|create|--repo|cs101/pipe-ring-zoe|--title|Feedback: pipe_ring|--body-file|./zoe/pipe_ring.md|\n");
	cr_expect(eq(sz, count(log, "\n"), 4)); /* once each, and a question before it */
	cr_expect(access("github/x", F_OK) != 0 && access("x", F_OK) != 0);
	char *text = file_read("github/zoe/pipe_ring.md", 1 << 16, NULL, NULL);
	expect_part(text, "## pipe\\_ring\\: 70 of 100 points\n");
	expect_part(text, "- commit 0123456789abcdef0123456789abcdef01234567\n");
	expect_part(text, "- of https\\://github\\.com/cs101/pipe\\-ring\\-zoe\\.git\n");
	expect_part(text, "#### F1 The token comes back after one lap (\\-10 correctness)\n");
	expect_part(text, "- **replay** <code>make replay A\\=pipe\\_ring TOKEN\\=&#64;");
	expect_no_part(text, "<b>");
	send_well(&class, "github"); /* what was sent is not forgotten */
	free(printed("PATH=$PWD/bin:$PATH github/feedback.sh"));
	char *again = file_read("log", 1 << 16, NULL, NULL);
	cr_expect(eq(str, again, log));
	free(again);
	free(text);
	free(log);
	leave(&class);
}

Test(feedback, by_mail_is_a_file_for_each_student)
{
	struct class class = class_of();
	send_well(&class, "mail");
	char *ada = read_back("mail/ada.eml"), *zoe = read_back("mail/zoe.eml"), *ned = read_back("mail/ned.eml");
	char *want = format("(Address(display_name='Ada Lovelace', username='ada', domain='example.edu'),) = "
	                    "Feedback: A ring of pipes, R\xc3\xa4umen <b> = 2025-11-30T10:53:20+00:00 = %s",
	                    ada_letter);
	cr_expect(strncmp(ada, want, strlen(want)) == 0, "%s", ada);
	expect_part(ada, "race_fix: 100 of 100 points");
	expect_part(ada, "\ntext/html pipe_ring.html = <p>page</p>\ntext/html race_fix.html = <p>page</p>\n");
	expect_part(zoe, "(Address(display_name='Zo\xc3\xab \"Z\" M\xc3\xbcller Bcc: x@example.edu', username='zoe', "
	                 "domain='example.edu'),) = Feedback: A ring of pipes = ");
	cr_expect(eq(sz, count(ned, "\n"), 1)); /* nothing is attached */
	cr_expect(access("mail/alan.eml", F_OK) != 0);
	cr_expect(access("mail/mute.eml", F_OK) != 0);
	cr_assert(eq(sz, class.feedback.missed.count, 2));
	expect_part(class.feedback.missed.item[0], "of somebody without an e-mail address in the roster: alan");
	free(want);
	free(ned);
	free(zoe);
	free(ada);
	leave(&class);
}

static void expect_refused(struct class *class, const char *platform, const char *folder, const char *message)
{
	struct error error = {0};
	cr_expect(eq(int, send(class, platform, folder, &error), -1));
	cr_expect(eq(str, error.text, (char *)message));
}

Test(feedback, goes_into_a_folder_of_its_own)
{
	struct class class = class_of();
	struct error error = {0};
	put_file("mine/notes.txt", "mine");
	expect_refused(&class, "moodle", "mine",
	               "mine is not empty, and was not made by make feedback: TO= names another "
	               "folder");
	cr_expect(file_exists("mine/notes.txt"));
	expect_refused(&class, "fax", "fax", "there is no 'fax': FOR=moodle, canvas, github or mail");
	send_well(&class, "mail");
	put_file("mail/gone.eml", "of somebody who has left");
	put_file("mail/gone/pipe_ring.md", "of somebody who has left");
	send_well(&class, "mail");
	cr_expect(not(file_exists("mail/gone.eml")));
	cr_expect(not(file_exists("mail/gone")));
	cr_expect(file_exists("mail/ada.eml"));
	cr_assert(unlink("out/ada/pipe_ring.html") == 0);
	cr_expect(eq(int, send(&class, "moodle", "moodle", &error), -1));
	expect_part(error.text, "out/ada/pipe_ring.html");
	cr_expect(not(file_exists("moodle/pipe_ring.zip")));
	cr_expect(not(file_exists("moodle/pipe_ring.zip.part")));
	leave(&class);
}
