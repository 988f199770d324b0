/* handin_test.c - who handed in what, told by names in the layouts that people have, and whose which of it counts. */
#include "sample.h"
#include "scratch.h"

#include "../../grader/class/handin.h"
#include "../../grader/class/roll.h"
#include "../../grader/file.h"
#include "../../grader/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ---- a folder per test, with class/ in it ------------------------------------------------------- */

static void put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");
	cr_assert(file != NULL, "%s", path);
	cr_assert(fputs(text, file) >= 0);
	cr_assert(fclose(file) == 0);
}

static void make(const char *path)
{
	cr_assert(mkdir(path, 0755) == 0, "%s", path);
}

static const char scratch[] = "/tmp/handin_test.XXXXXX";

static void enter_folder(void)
{
	scratch_enter(scratch);
	make("class");
	make("kit");
}

static void leave_folder(void)
{
	scratch_leave(scratch);
}

TestSuite(handin, .init = enter_folder, .fini = leave_folder, .timeout = 60);
TestSuite(roll, .init = enter_folder, .fini = leave_folder, .timeout = 60);

static const struct course *course(void)
{
	static struct assignment assignment[] = {{.name = (char *)"pipe_ring", .root = (char *)"kit"},
	                                         {.name = (char *)"race_fix", .root = (char *)"kit"},
	                                         {.name = (char *)"pool", .root = (char *)"kit"},
	                                         {.name = (char *)"thread_pool", .root = (char *)"kit"}};
	static struct assignment *list[] = {&assignment[0], &assignment[1], &assignment[2], &assignment[3]};
	static const struct course course = {.assignment = list, .assignment_count = 4};
	return &course;
}

static struct handins find_in(const char *folder)
{
	struct handins handins;
	struct error error = {0};
	cr_assert(handins_find(course(), folder, &handins, &error) == 0, "%s", error.text);
	return handins;
}

/* A handin as one line: "path -> student, assignment, keys". */
static void expect_handin(const struct handins *handins, size_t index, const char *line)
{
	char *have = NULL;
	size_t size;
	FILE *out = open_memstream(&have, &size);
	cr_assert(index < handins->count, "%s", line);
	const struct handin *handin = &handins->item[index];
	fprintf(out, "%s -> %s, %s", handin->path, handin->student, handin->assignment ? handin->assignment->name : "any");
	for (size_t i = 0; i < handin->keys.count; i++)
		fprintf(out, "%s%s", i ? "|" : ", ", handin->keys.item[i]);
	fclose(out);
	cr_expect(eq(str, have, (char *)line));
	free(have);
}

/* The only thing in the class, of that name. */
static void expect_one(const char *name, bool folder, const char *line)
{
	char *path = format("class/%s", name);
	if (folder)
		make(path);
	else
		put(path, "int x;\n");
	struct handins handins = find_in("class");
	cr_expect(eq(sz, handins.count, 1), "%s", name);
	expect_handin(&handins, 0, line);
	cr_expect(eq(int, handins.item[0].source, !folder && strcasecmp(name + strlen(name) - 2, ".c") == 0));
	handins_clear(&handins);
	cr_assert(remove(path) == 0);
	free(path);
}

#define expect_folder(name, line) expect_one(name, true, name " -> " line)
#define expect_file(name, line) expect_one(name, false, name " -> " line)

/* ---- layouts ------------------------------------------------------------------------------------ */

Test(handin, is_a_folder_or_an_archive_per_student)
{
	expect_folder("ada", "ada, any, ada");
	expect_folder("Ada Lovelace", "Ada Lovelace, any, Ada Lovelace");
	expect_folder("john.c", "john.c, any, john.c");
	expect_folder("ada (1)", "ada (1), any, ada (1)");
	expect_file("ada.zip", "ada, any, ada");
	expect_file("ada.TAR.GZ", "ada, any, ada");
	expect_file("ada.rar", "ada, any, ada");
	expect_file("ada (1).zip", "ada, any, ada");
}

Test(handin, is_a_repository_of_an_assignment)
{
	expect_folder("pipe_ring-ada", "ada, pipe_ring, ada");
	expect_folder("pipe-ring-ada", "ada, pipe_ring, ada");
	expect_folder("Pipe-Ring-ada-l-2", "ada-l-2, pipe_ring, ada-l-2");
	expect_folder("thread-pool-ada", "ada, thread_pool, ada");
	expect_folder("cs101-fall-pipe-ring-ada", "ada, pipe_ring, ada");
	expect_folder("ada-pipe-ring", "ada, pipe_ring, ada");
	expect_file("pipe-ring-ada.zip", "ada, pipe_ring, ada");
}

Test(handin, is_a_c_file)
{
	expect_file("ada.c", "ada, any, ada");
	expect_file("ada_pipe_ring.c", "ada, pipe_ring, ada");
	expect_file("pipe_ring_ada.c", "ada, pipe_ring, ada");
	expect_file("Ada Lovelace race fix.c", "Ada Lovelace, race_fix, Ada Lovelace");
	expect_file("ada-thread_pool.C", "ada, thread_pool, ada");
	expect_file("pipe_ring.c", "pipe_ring, pipe_ring, pipe_ring");
	expect_file("pool_thread_pool.c", "pool, thread_pool, pool"); /* the longest name */
	expect_file("pipe_rings.c", "pipe_rings, any, pipe_rings");
	expect_file("carpool.c", "carpool, any, carpool");
	expect_file("\xc3\xa9pool.c", "\xc3\xa9pool, any, \xc3\xa9pool");
}

Test(handin, may_have_a_suffix_that_tells_a_second_try)
{
	expect_file("ada_pipe_ring-1.c", "ada, pipe_ring, ada");
	expect_file("ada_pipe_ring (2).c", "ada, pipe_ring, ada");
	expect_file("ada_pipe_ring_final.c", "ada, pipe_ring, ada");
	expect_file("pipe_ring_ada (12).c", "ada, pipe_ring, ada");
	expect_file("pipe_ring_ada-1.c", "ada-1, pipe_ring, ada-1"); /* or is it the login? */
	expect_file("ada (x).c", "ada (x), any, ada (x)");
	expect_file("(1).c", "(1), any, (1)");
}

Test(handin, is_from_moodle)
{
	expect_folder("Ada Lovelace_123_assignsubmission_file", "Ada Lovelace, any, Ada Lovelace");
	expect_folder("Ada Lovelace_123_assignsubmission_file_", "Ada Lovelace, any, Ada Lovelace");
	expect_folder("Ada Lovelace_123_assignsubmission_onlinetext", "Ada Lovelace, any, Ada Lovelace");
	expect_file("Zo\xc3\xab M\xc3\xbcller_7_assignsubmission_file_pipe_ring.c",
	            "Zo\xc3\xab M\xc3\xbcller, pipe_ring, Zo\xc3\xab M\xc3\xbcller");
	expect_file("Ada Lovelace_123_assignsubmission_file_hw.zip", "Ada Lovelace, any, Ada Lovelace");
	expect_folder("Participant_123_assignsubmission_file", "Participant, any, Participant|Participant 123");
	expect_folder("Group A_77_assignsubmission_file", "Group A, any, Group A");
	expect_folder("Default group_assignsubmission_file", "Default group, any, Default group");
	expect_folder("_123_assignsubmission_file", "_123, any, _123");
	expect_folder("_assignsubmission_file", "_assignsubmission_file, any, _assignsubmission_file");
}

Test(handin, is_from_canvas)
{
	expect_file("lovelaceada_123_456_pipe_ring.c", "lovelaceada, pipe_ring, lovelaceada");
	expect_file("lovelaceada_LATE_123_456_pipe_ring.c", "lovelaceada, pipe_ring, lovelaceada");
	expect_file("lovelaceada_123_456_pipe_ring-1.c", "lovelaceada, pipe_ring, lovelaceada");
	expect_file("lovelaceada_123_456_Pipe-Ring (3).c", "lovelaceada, pipe_ring, lovelaceada");
	expect_file("m\xc3\xbcllerzo\xc3\xab_123_456_solution.zip",
	            "m\xc3\xbcllerzo\xc3\xab, any, m\xc3\xbcllerzo\xc3\xab");
	expect_file("doe_jane_LATE_12_34_race_fix.c", "doe_jane, race_fix, doe_jane");
	expect_file("anon_x7Yz1_456_pipe_ring.c", "anon_x7Yz1, pipe_ring, anon_x7Yz1");
	expect_file("LATE_anon_x7Yz1_456_pipe_ring.c", "anon_x7Yz1, pipe_ring, anon_x7Yz1");
	expect_file("lovelaceada_123_pipe_ring.c", "lovelaceada_123, pipe_ring, lovelaceada_123");
	expect_file("_1_2_x.c", "_1_2_x, any, _1_2_x");
}

Test(handin, from_canvas_is_late_when_canvas_says_so)
{
	put("class/lovelaceada_LATE_123_456_pipe_ring.c", "");
	put("class/LATE_anon_x7Yz1_456_pipe_ring.c", "");
	put("class/turingalan_124_457_pipe_ring.c", "");
	put("class/late_pipe_ring.c", "");
	struct handins handins = find_in("class");
	cr_assert(eq(sz, handins.count, 4));
	for (size_t i = 0; i < handins.count; i++) {
		const struct handin *handin = &handins.item[i];
		cr_expect(eq(int, handin->late, strstr(handin->path, "LATE_") != NULL), "%s", handin->path);
		cr_expect(eq(int, handin->canvas, strcmp(handin->path, "late_pipe_ring.c") != 0), "%s", handin->path);
		cr_expect(eq(i64, handin->time, 0));
	}
	handins_clear(&handins);
}

Test(handin, has_the_platforms_number)
{
	make("class/Ada_123_assignsubmission_file");
	put("class/ada_124_456_x.c", "");
	make("class/alan");
	struct handins handins = find_in("class");
	cr_assert(eq(sz, handins.count, 3));
	cr_expect(eq(str, handins.item[0].number, (char *)"123"));
	cr_expect(handins.item[0].local);
	cr_expect(eq(str, handins.item[1].number, (char *)"124"));
	cr_expect(not(handins.item[1].local));
	cr_expect(handins.item[2].number == NULL);
	handins_clear(&handins);
}

Test(handin, may_be_called_as_people_like)
{
	expect_folder("=cmd", "=cmd, any, =cmd");
	expect_folder("+ada", "+ada, any, +ada");
	expect_folder("@ada", "@ada, any, @ada");
	expect_folder("-rf", "-rf, any, -rf");
	expect_folder("  ada  ", "  ada  , any,   ada  ");
	expect_folder("<b>&\"'", "<b>&\"', any, <b>&\"'");
	expect_folder("\xe6\x9d\x8e \xe5\xb0\x8f\xe9\xbe\x99",
	              "\xe6\x9d\x8e \xe5\xb0\x8f\xe9\xbe\x99, any, \xe6\x9d\x8e \xe5\xb0\x8f\xe9\xbe\x99");
	expect_folder("a\nb", "a\nb, any, a\nb");
	expect_folder("\xff\xfe", "\xff\xfe, any, \xff\xfe");
	expect_file("pipe_ring-@ada.c", "@ada, pipe_ring, @ada");
	expect_folder("%s%n", "%s%n, any, %s%n");
}

/* ---- folders of many ---------------------------------------------------------------------------- */

Test(handin, folders_called_as_an_assignment_hold_many)
{
	make("class/pipe_ring");
	put("class/pipe_ring/ada.c", "");
	put("class/pipe_ring/alan_race_fix.c", ""); /* the folder tells more than the file */
	make("class/Thread-Pool");
	make("class/Thread-Pool/ada");
	put("class/Thread-Pool/alan.zip", "");
	make("class/Thread-Pool/pool"); /* one level deeper, not two */
	struct handins handins = find_in("class");
	cr_assert(eq(sz, handins.count, 5));
	expect_handin(&handins, 0, "Thread-Pool/ada -> ada, thread_pool, ada");
	expect_handin(&handins, 1, "Thread-Pool/alan.zip -> alan, thread_pool, alan");
	expect_handin(&handins, 2, "Thread-Pool/pool -> pool, thread_pool, pool");
	expect_handin(&handins, 3, "pipe_ring/ada.c -> ada, pipe_ring, ada");
	expect_handin(&handins, 4, "pipe_ring/alan_race_fix.c -> alan, pipe_ring, alan");
	handins_clear(&handins);
}

static void expect_in(const char *folder, const char *name, const char *line)
{
	char *outer = format("class/%s", folder), *path = format("%s/%s", outer, name);
	make(outer);
	make(path);
	struct handins handins = find_in("class");
	cr_expect(eq(sz, handins.count, 1), "%s", folder);
	expect_handin(&handins, 0, line);
	handins_clear(&handins);
	cr_assert(remove(path) == 0 && remove(outer) == 0);
	free(path);
	free(outer);
}

Test(handin, folders_of_submissions_hold_many)
{
	expect_in("pipe-ring-submissions", "pipe-ring-ada", "pipe-ring-submissions/pipe-ring-ada -> ada, pipe_ring, ada");
	expect_in("hw1-submissions", "hw1-ada", "hw1-submissions/hw1-ada -> ada, any, ada");
	expect_in("hw1-submissions", "ada", "hw1-submissions/ada -> ada, any, ada");
	expect_in("submissions", "pipe_ring-ada", "submissions/pipe_ring-ada -> ada, pipe_ring, ada");
	expect_in(
	    "cs101-pipe-ring_submissions_2026_10_01_T_12_00_00", "cs101-pipe-ring-ada-pipe-ring",
	    "cs101-pipe-ring_submissions_2026_10_01_T_12_00_00/cs101-pipe-ring-ada-pipe-ring -> ada-pipe-ring, pipe_ring, "
	    "ada-pipe-ring");
	expect_in("cs101-race-fix_submissions", "ada_1_2_x", "cs101-race-fix_submissions/ada_1_2_x -> ada, race_fix, ada");
	expect_in("assignment_55_export", "submission_9",
	          "assignment_55_export/submission_9 -> submission_9, any, submission_9");
}

Test(handin, other_folders_are_a_students)
{
	expect_in("ada", "pipe_ring", "ada -> ada, any, ada");
	expect_in("resubmissions", "ada", "resubmissions -> resubmissions, any, resubmissions");
	expect_in("-submissions", "ada", "-submissions -> -submissions, any, -submissions");
	expect_in("my-submissions-old", "ada", "my-submissions-old -> my-submissions-old, any, my-submissions-old");
}

/* The class's folder itself may be one of those. */
Test(handin, the_class_may_be_a_folder_of_submissions)
{
	make("race-fix-submissions");
	make("race-fix-submissions/race-fix-ada");
	make("race-fix-submissions/Alan_1_assignsubmission_file");
	struct handins handins = find_in("race-fix-submissions/");
	cr_assert(eq(sz, handins.count, 2));
	expect_handin(&handins, 0, "Alan_1_assignsubmission_file -> Alan, race_fix, Alan");
	expect_handin(&handins, 1, "race-fix-ada -> ada, race_fix, ada");
	handins_clear(&handins);
}

/* Who calls an account "x-submissions" or puts what they like into their own folder hands in for nobody else. */
Test(handin, nobody_hands_in_for_another)
{
	make("class/pipe-ring-evil-submissions");
	make("class/pipe-ring-evil-submissions/.git");
	put("class/pipe-ring-evil-submissions/bob.c", "");
	make("class/mallory");
	make("class/mallory/Bob_9_assignsubmission_file");
	put("class/mallory/bob_1_2_pipe_ring.c", "");
	put("class/mallory/submission_metadata.yml", "submission_1:\n  :submitters:\n  - :name: Bob\n");
	make("class/mallory/submission_1");
	struct handins handins = find_in("class");
	cr_assert(eq(sz, handins.count, 2));
	expect_handin(&handins, 0, "mallory -> mallory, any, mallory");
	expect_handin(&handins, 1, "pipe-ring-evil-submissions -> evil-submissions, pipe_ring, evil-submissions");
	handins_clear(&handins);
}

static const char metadata[] = "---\n"
                               "submission_1:\n"
                               "  :submitters:\n"
                               "  - :name: Ada Lovelace\n"
                               "    :sid: '4711'\n"
                               "    :email: ada@example.edu\n"
                               "  - :name: Alan Turing\n"
                               "    :sid:\n"
                               "    :email: alan@example.edu\n"
                               "  :created_at: 2026-10-01 12:00:00.000000000 Z\n"
                               "  :results:\n"
                               "    tests:\n"
                               "    - one\n"
                               "    - :name: Mallory\n"
                               "      :email: mallory@example.edu\n"
                               "submission_2:\n"
                               "  :submitters:\n"
                               "  - :email: grace@example.edu\n"
                               "  :created_at: 2026-10-01 23:59:30.123456000 +02:00\n"
                               "submission_3:\n"
                               "  :submitters: []\n";

Test(handin, is_from_gradescope_with_all_who_submitted)
{
	make("class/assignment_7_export");
	put("class/assignment_7_export/submission_metadata.yml", metadata);
	make("class/assignment_7_export/submission_1");
	make("class/assignment_7_export/submission_2");
	make("class/assignment_7_export/submission_3");
	make("class/assignment_7_export/submission_4");
	struct handins handins = find_in("class");
	cr_assert(eq(sz, handins.count, 5));
	expect_handin(&handins, 0,
	              "assignment_7_export/submission_1 -> Ada Lovelace, any, ada@example.edu|4711|Ada Lovelace");
	expect_handin(&handins, 1, "assignment_7_export/submission_1 -> Alan Turing, any, alan@example.edu|Alan Turing");
	expect_handin(&handins, 2, "assignment_7_export/submission_2 -> grace@example.edu, any, grace@example.edu");
	expect_handin(&handins, 3, "assignment_7_export/submission_3 -> submission_3, any, submission_3");
	expect_handin(&handins, 4, "assignment_7_export/submission_4 -> submission_4, any, submission_4");
	cr_expect(eq(str, handins.item[0].number, (char *)"ada@example.edu"));
	cr_expect(eq(i64, handins.item[0].time, 1790856000));
	cr_expect(eq(i64, handins.item[2].time, 1790891970)); /* date -d '2026-10-01 23:59:30 +0200' +%s */
	cr_expect(eq(sz, handins.ignored.count, 0));
	handins_clear(&handins);
}

Test(handin, from_gradescope_survives_a_broken_list)
{
	static const char *const broken[] = {"submission_1: [",
	                                     "- a\n- b\n",
	                                     "submission_1: 5\n",
	                                     "submission_1:\n  :submitters: {a: b}\n",
	                                     "submission_1:\n  :submitters:\n  - 7\n  - :name: [x]\n",
	                                     ""};
	make("class/submission_1");
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
		put("class/submission_metadata.yml", broken[i]);
		struct handins handins = find_in("class");
		cr_assert(eq(sz, handins.count, 1), "%s", broken[i]);
		expect_handin(&handins, 0, "submission_1 -> submission_1, any, submission_1");
		cr_expect(eq(sz, handins.ignored.count, i == 0), "%s", broken[i]);
		handins_clear(&handins);
	}
}

/* ---- what is left out --------------------------------------------------------------------------- */

Test(handin, hidden_entries_and_clutter_are_passed_over)
{
	make("class/.git");
	put("class/.DS_Store", "");
	make("class/__MACOSX");
	put("class/roster.csv", "name\n");
	make("class/ada");
	struct handins handins = find_in("class");
	cr_expect(eq(sz, handins.count, 1));
	cr_expect(eq(sz, handins.ignored.count, 0));
	handins_clear(&handins);
}

Test(handin, stray_files_are_left_alone_and_named)
{
	make("class/ada");
	make("class/pool");
	put("class/pool/notes.txt", "");
	put("class/README.md", "");
	cr_assert(symlink("nowhere", "class/dangling.c") == 0);
	cr_assert(mkfifo("class/pipe.c", 0644) == 0);
	cr_assert(symlink("ada", "class/alan") == 0); /* the instructor's */
	struct handins handins = find_in("class");
	cr_assert(eq(sz, handins.count, 2));
	expect_handin(&handins, 1, "alan -> alan, any, alan");
	static const char *const names[] = {"README.md", "dangling.c", "pipe.c", "pool/notes.txt"};
	cr_assert(eq(sz, handins.ignored.count, 4));
	for (size_t i = 0; i < 4; i++) {
		char *sentence = format("%s is neither a folder, nor an archive, nor a C file; it was skipped", names[i]);
		cr_expect(eq(str, handins.ignored.item[i], sentence));
		free(sentence);
	}
	handins_clear(&handins);
}

Test(handin, a_class_without_anything_is_an_error)
{
	struct handins handins;
	struct error error = {0};
	cr_expect(handins_find(course(), "class", &handins, &error) == -1);
	cr_expect(eq(str, error.text, (char *)"class contains no submissions: no folder, no archive and no C file"));
	handins_clear(&handins);
	cr_expect(handins_find(course(), "nowhere", &handins, &error) == -1);
	cr_expect(eq(str, error.text, (char *)"cannot read nowhere: No such file or directory"));
	handins_clear(&handins);
	put("file", "");
	cr_expect(handins_find(course(), "file", &handins, &error) == -1);
	cr_expect(eq(str, error.text, (char *)"cannot read file: Not a directory"));
	handins_clear(&handins);
	make("class/pool"); /* a folder of many, with none */
	cr_expect(handins_find(course(), "class", &handins, &error) == -1);
	handins_clear(&handins);
}

/* ---- the roll ----------------------------------------------------------------------------------- */

/* A class in memory: folders are those below class/ of the same path, times are given. */
struct scene {
	struct handins handins;
	struct handin_state *state;
	struct roster *roster;
	struct string_list asked;
	struct decisions decisions;
	struct roll roll;
};

/* The folder that is made of a C file. The caller frees it. */
static char *put_source(const struct handin *handin)
{
	if (!handin->assignment)
		return NULL;
	char *folder = format("opened-%s", handin->path), *file;
	for (char *slash = folder; (slash = strchr(slash, '/'));)
		*slash = '-';
	file = format("%s/%s.c", folder, handin->assignment->name);
	mkdir(folder, 0755);
	put(file, "int x;\n");
	free(file);
	return folder;
}

/* Reads class/ (and the roster text, unless it is NULL); all was handed in at time 1000. */
static struct scene look(const char *roster)
{
	struct scene scene = {.handins = find_in("class")};
	struct error error = {0};
	if (roster) {
		put("roster.csv", roster);
		scene.roster = roster_read("roster.csv", &error);
		cr_assert(scene.roster != NULL, "%s", error.text);
	}
	scene.state = calloc(scene.handins.count + 1, sizeof *scene.state);
	for (size_t i = 0; i < scene.handins.count; i++)
		scene.state[i] = (struct handin_state){.folder = scene.handins.item[i].source
		                                                     ? put_source(&scene.handins.item[i])
		                                                     : format("class/%s", scene.handins.item[i].path),
		                                       .evidence = {.file = 1000, .now = 1 << 30}};
	return scene;
}

static void set_time(struct scene *scene, const char *path, int64_t time)
{
	bool found = false;
	for (size_t i = 0; i < scene->handins.count; i++)
		if (strcmp(scene->handins.item[i].path, path) == 0) {
			scene->state[i].evidence.file = time;
			found = true;
		}
	cr_assert(found, "%s", path);
}

static void set_broken(struct scene *scene, const char *path)
{
	for (size_t i = 0; i < scene->handins.count; i++)
		if (strcmp(scene->handins.item[i].path, path) == 0) {
			free((char *)scene->state[i].folder);
			scene->state[i].folder = NULL;
		}
}

static void call_roll(struct scene *scene)
{
	const struct roll_wish wish = {scene->roster, &scene->asked, &scene->decisions};
	roll_make(course(), &scene->handins, scene->state, &wish, &scene->roll);
}

static void forget(struct scene *scene)
{
	roll_clear(&scene->roll);
	for (size_t i = 0; i < scene->handins.count; i++)
		free((char *)scene->state[i].folder);
	free(scene->state);
	handins_clear(&scene->handins);
	roster_free(scene->roster);
}

/* All entries as lines "student (row) assignment: path[; note]", each with why it needs a person. */
static void expect_roll(const struct scene *scene, const char *lines)
{
	char *have = NULL;
	size_t size;
	FILE *out = open_memstream(&have, &size);
	for (size_t i = 0; i < scene->roll.count; i++) {
		const struct roll_entry *entry = &scene->roll.item[i];
		fprintf(out, "%s (%d) %s: %s%s%s\n", entry->student, entry->roster_row, entry->assignment->name,
		        scene->handins.item[entry->handin].path, entry->note ? "; " : "", entry->note ? entry->note : "");
		if (entry->taken)
			fprintf(out, "    %s\n", entry->taken);
		cr_expect(eq(i64, entry->handed_in, scene->state[entry->handin].evidence.file));
	}
	fclose(out);
	cr_expect(eq(str, have, (char *)lines));
	free(have);
}

static void expect_remarks(const struct scene *scene, const char *lines)
{
	char *have = NULL;
	size_t size;
	FILE *out = open_memstream(&have, &size);
	for (size_t i = 0; i < scene->roll.remarks.count; i++)
		fprintf(out, "%s\n", scene->roll.remarks.item[i]);
	fclose(out);
	cr_expect(eq(str, have, (char *)lines));
	free(have);
}

static void put_work(const char *folder, const char *assignment)
{
	char *path = format("class/%s", folder);
	mkdir(path, 0755);
	char *file = format("%s/%s.c", path, assignment);
	put(file, "int x;\n");
	free(file);
	free(path);
}

/* course() has no due dates: this one gives pool one. */
static struct assignment *with_due_date(int64_t due, const char *column)
{
	for (size_t a = 0; a < course()->assignment_count; a++)
		if (strcmp(course()->assignment[a]->name, "pool") == 0) {
			struct assignment *pool = course()->assignment[a];
			pool->late = (struct late_policy){.due = due, .per_day = 10, .cap = 50, .column = (char *)column};
			return pool;
		}
	cr_assert(false, "there is no pool");
	abort();
}

Test(roll, has_an_entry_for_each_student_and_assignment)
{
	put_work("pool-ada", "pool");
	put_work("pipe_ring-ada", "pipe_ring");
	put_work("pipe_ring-alan", "pipe_ring");
	struct scene scene = look("login,name\nalan,Alan Turing\nada,Ada Lovelace\ngrace,Grace Hopper\n");
	call_roll(&scene);
	expect_roll(&scene, "alan (0) pipe_ring: pipe_ring-alan\n"
	                    "ada (1) pipe_ring: pipe_ring-ada\n"
	                    "ada (1) pool: pool-ada\n");
	expect_remarks(&scene, "nobody handed in race_fix and thread_pool; they are left out\n"
	                       "Grace Hopper handed in nothing\n");
	cr_expect(eq(sz, scene.roll.students, 2));
	forget(&scene);
}

Test(roll, the_later_of_two_submissions_counts)
{
	put_work("pipe_ring-ada", "pipe_ring");
	put_work("pipe-ring-ada", "pipe_ring");
	put("class/ada_pipe_ring.c", "");
	struct scene scene = look(NULL);
	set_time(&scene, "pipe-ring-ada", 2000);
	call_roll(&scene);
	expect_roll(&scene, "ada (-1) pipe_ring: pipe-ring-ada; 3 submissions, the latest counts (pipe-ring-ada)\n");
	cr_expect(eq(str, scene.roll.remarks.item[scene.roll.remarks.count - 1],
	             (char *)"ada handed in pipe_ring 3 times; the latest counts: pipe-ring-ada"));
	roll_clear(&scene.roll);
	set_time(&scene, "pipe-ring-ada", 0);
	call_roll(&scene); /* equally late: the last name */
	expect_roll(&scene, "ada (-1) pipe_ring: pipe_ring-ada; 3 submissions, the latest counts (pipe_ring-ada)\n");
	roll_clear(&scene.roll);
	set_time(&scene, "pipe_ring-ada", 3000);
	set_broken(&scene, "pipe_ring-ada");
	call_roll(&scene); /* also when it cannot be opened: then somebody has to look */
	expect_roll(&scene,
	            "ada (-1) pipe_ring: pipe_ring-ada; 3 submissions, the latest counts (pipe_ring-ada)\n"
	            "    needs a person: pipe_ring-ada cannot be opened; ACCEPT='pipe_ring=pipe_ring-ada' takes it\n");
	forget(&scene);
}

Test(roll, a_folder_for_all_counts_for_what_is_in_it)
{
	put_work("ada", "pipe_ring");
	put_work("ada", "race_fix");
	put_work("race_fix-ada", "race_fix");
	put_work("alan", "race_fix");
	struct scene scene = look(NULL);
	set_time(&scene, "race_fix-ada", 500);
	call_roll(&scene);
	expect_roll(&scene, "ada (-1) pipe_ring: ada\n"
	                    "ada (-1) race_fix: ada; 2 submissions, the latest counts (ada)\n"
	                    "alan (-1) race_fix: alan\n");
	roll_clear(&scene.roll);
	set_time(&scene, "race_fix-ada", 1500);
	call_roll(&scene);
	expect_roll(&scene, "ada (-1) pipe_ring: ada\n"
	                    "ada (-1) race_fix: race_fix-ada; 2 submissions, the latest counts (race_fix-ada)\n"
	                    "alan (-1) race_fix: alan\n");
	forget(&scene);
}

Test(roll, an_empty_folder_is_weaker_than_a_submission)
{
	put_work("pipe_ring-ada", "pipe_ring");
	make("class/ada");
	put("class/ada.c", "");
	struct scene scene = look(NULL);
	set_time(&scene, "ada", 2000);
	set_time(&scene, "ada.c", 3000);
	set_broken(&scene, "ada.c"); /* nobody can make a folder of it */
	call_roll(&scene);
	expect_roll(&scene, "ada (-1) pipe_ring: pipe_ring-ada\n");
	cr_expect(eq(str, scene.roll.remarks.item[0], (char *)"ada.c: it is not clear which assignment it is for"));
	forget(&scene);
}

Test(roll, an_archive_that_cannot_be_opened_counts_when_it_is_the_latest)
{
	put_work("pipe_ring-ada", "pipe_ring");
	put_work("race_fix-alan", "race_fix");
	put("class/ada.zip", "broken");
	struct scene scene = look(NULL);
	set_broken(&scene, "ada.zip");
	set_time(&scene, "ada.zip", 2000);
	call_roll(&scene);
	expect_roll(&scene, "ada (-1) pipe_ring: ada.zip; 2 submissions, the latest counts (ada.zip)\n"
	                    "    needs a person: ada.zip cannot be opened; ACCEPT='pipe_ring=ada.zip' takes it\n"
	                    "ada (-1) race_fix: ada.zip\n"
	                    "    needs a person: ada.zip cannot be opened; ACCEPT='race_fix=ada.zip' takes it\n"
	                    "alan (-1) race_fix: race_fix-alan\n");
	forget(&scene);
}

Test(roll, a_class_in_which_nothing_is_right_needs_a_person)
{
	make("class/ada");
	put("class/alan.c", "");
	struct scene scene = look(NULL);
	call_roll(&scene);
	cr_assert(eq(sz, scene.roll.count, 8)); /* two students, four assignments */
	for (size_t i = 0; i < 8; i++)
		cr_expect(scene.roll.item[i].person != NULL, "never 0");
	expect_remarks(&scene, "alan.c: it is not clear which assignment it is for\n");
	forget(&scene);
}

/* Twenty-eight hand in one file, one hands in three. */
Test(roll, extra_files_of_one_student_are_nobodys_zero)
{
	for (size_t i = 0; i < 28; i++) {
		char *folder = format("Student%zu_%zu_assignsubmission_file", i, 100 + i);
		put_work(folder, "pool");
		free(folder);
	}
	put_work("Extra_200_assignsubmission_file", "pool");
	put_work("Extra_200_assignsubmission_file", "race_fix");
	put_work("Extra_200_assignsubmission_file", "pipe_ring");
	struct scene scene = look(NULL);
	call_roll(&scene);
	cr_expect(eq(sz, scene.roll.count, 29));
	for (size_t i = 0; i < scene.roll.count; i++)
		cr_expect(eq(str, scene.roll.item[i].assignment->name, (char *)"pool"));
	expect_remarks(&scene, "pipe_ring is left out: 1 of 29 handed it in; A=pipe_ring grades it\n"
	                       "race_fix is left out: 1 of 29 handed it in; A=race_fix grades it\n"
	                       "nobody handed in thread_pool; it is left out\n");
	roll_clear(&scene.roll);
	char *asked = (char *)"race_fix";
	scene.asked = (struct string_list){&asked, 1};
	call_roll(&scene);
	expect_roll(&scene, "Extra (-1) race_fix: Extra_200_assignsubmission_file\n");
	expect_remarks(&scene, "");
	forget(&scene);
}

Test(roll, the_command_that_takes_it_is_one_word_of_a_shell)
{
	put_work("pool-Ada 'x' $y", "main");
	struct scene scene = look(NULL);
	call_roll(&scene);
	cr_assert(eq(sz, scene.roll.count, 1));
	cr_expect(strstr(scene.roll.item[0].taken, "ACCEPT='pool=pool-Ada '\\''x'\\'' $y/main.c' takes it") != NULL, "%s",
	          scene.roll.item[0].taken);
	forget(&scene);
}

Test(roll, what_has_another_name_needs_a_person_who_takes_it)
{
	put_work("pool-ada", "pool");
	put_work("pool-alan", "main");
	struct scene scene = look(NULL);
	call_roll(&scene);
	expect_roll(&scene, "ada (-1) pool: pool-ada\n"
	                    "alan (-1) pool: pool-alan\n"
	                    "    needs a person: there is no pool.c: found main.c; rename your solution to pool.c; "
	                    "ACCEPT='pool=pool-alan/main.c' takes it\n");
	cr_expect(eq(str, scene.roll.item[1].offer, (char *)"pool-alan/main.c"));
	/* The student, who cannot give that command, does not read of it. */
	cr_expect(eq(str, scene.roll.item[1].person,
	             (char *)"needs a person: there is no pool.c: found main.c; rename your solution to pool.c"));
	roll_clear(&scene.roll);
	call_roll(&scene);
	const struct decision taken = {
	    .person = 1, .assignment = scene.roll.item[1].assignment, .file = (char *)"pool-alan/main.c"};
	roll_decide(&scene.roll.item[1], &scene.handins, &taken);
	expect_roll(&scene, "ada (-1) pool: pool-ada\n"
	                    "alan (-1) pool: pool-alan; pool-alan/main.c was accepted by hand\n");
	cr_expect(eq(str, scene.roll.item[1].file, (char *)"main.c"));
	forget(&scene);
}

/* Of who handed in race_fix nothing else is taken for a try at pool, unless a person has said that it is one. */
Test(roll, what_a_decision_names_is_there)
{
	put_work("ada", "race_fix");
	put("class/ada/main.c", "int x;\n");
	put_work("alan", "pool");
	char *asked[] = {(char *)"pool", (char *)"race_fix"};
	struct scene scene = look(NULL);
	scene.asked = (struct string_list){asked, 2};
	call_roll(&scene);
	expect_roll(&scene, "ada (-1) race_fix: ada\nalan (-1) pool: alan\n");
	cr_expect(eq(sz, scene.roll.owner[0], 0));
	cr_expect(eq(sz, scene.roll.owner[1], 1));
	struct decision named = {.person = 0, .assignment = scene.roll.item[1].assignment, .file = (char *)"ada/main.c"};
	scene.decisions = (struct decisions){&named, 1};
	roll_clear(&scene.roll);
	call_roll(&scene);
	cr_assert(eq(sz, scene.roll.count, 3));
	for (size_t i = 0; i < 3; i++)
		cr_expect(eq(int, scene.roll.item[i].person != NULL,
		             scene.roll.item[i].who == 0 && scene.roll.item[i].assignment == named.assignment));
	scene.decisions = (struct decisions){0};
	forget(&scene);
}

/* ---- when it was handed in ---------------------------------------------------------------------- */

/* The rows of the table in docs/gradebook.md. */
Test(moment, is_told_by_the_first_that_knows)
{
	enum { NOW = 1000000, DAY = 24 * 60 * 60 };
	static const struct {
		struct evidence evidence;
		int64_t time;
		const char *by;
		bool doubt;
	} rows[] = {
	    {{.column = 10, .listed = 20, .commit = 30, .repository = true, .file = 40}, 10, "the roster", false},
	    {{.listed = 20, .canvas = true, .file = 40}, 20, "the platform's list", false},
	    {{.canvas = true, .file = 40}, 0, "nobody", false},
	    {{.canvas = true, .late = true, .file = 40}, 0, "nobody", true},
	    {{.repository = true, .commit = 30, .file = 40}, 30, "the last commit of the file", false},
	    {{.repository = true, .file = 40}, 0, "nobody", true},
	    {{.repository = true, .commit = NOW + 600}, NOW + 600, "the last commit of the file", false},
	    {{.repository = true, .commit = NOW + DAY}, 0, "nobody", true},
	    {{.file = 40}, 40, "the file", false},
	    {{.file = NOW + DAY / 2}, NOW + DAY / 2, "the file", false}, /* archives know no zones */
	    {{.file = NOW + 2 * DAY}, 0, "nobody", true},
	    {{.file = 0}, 0, "nobody", false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct evidence evidence = rows[i].evidence;
		evidence.now = NOW;
		struct moment moment = moment_of(&evidence);
		cr_expect(eq(i64, moment.time, rows[i].time), "row %zu", i);
		cr_expect(eq(str, (char *)moment.by, (char *)rows[i].by), "row %zu", i);
		cr_expect(eq(int, moment.doubt != NULL, rows[i].doubt), "row %zu", i);
	}
}

Test(roll, each_assignment_has_its_own_time)
{
	struct assignment *pool = with_due_date(1000, NULL);
	put_work("ada", "pool");
	put_work("ada", "pipe_ring");
	struct scene scene = look(NULL);
	const struct evidence each[4] = {{.file = 500, .now = 9000}, {.file = 0}, {.file = 2000, .now = 9000}, {.file = 0}};
	scene.state[0].each = each;
	call_roll(&scene);
	cr_assert(eq(sz, scene.roll.count, 2));
	cr_expect(eq(i64, scene.roll.item[0].handed_in, 500));
	cr_expect(eq(i64, scene.roll.item[1].handed_in, 2000));
	forget(&scene);
	pool->late = (struct late_policy){0};
}

Test(roll, who_is_not_in_the_roster_is_listed_and_named)
{
	put_work("pipe_ring-ada", "pipe_ring");
	put_work("pipe_ring-mallory", "pipe_ring");
	struct scene scene = look("login\nada\n");
	call_roll(&scene);
	expect_roll(&scene, "ada (0) pipe_ring: pipe_ring-ada\n"
	                    "mallory (-1) pipe_ring: pipe_ring-mallory\n");
	cr_expect(eq(str, scene.roll.remarks.item[0],
	             (char *)"pipe_ring-mallory: it matches no line of the roster; it is listed as mallory"));
	forget(&scene);
}

Test(roll, who_may_be_several_in_the_roster_is_none_of_them)
{
	put_work("pipe_ring-ada", "pipe_ring");
	struct scene scene = look("name,id\nAda,1\nAda,2\n");
	call_roll(&scene);
	expect_roll(&scene, "ada (-1) pipe_ring: pipe_ring-ada\n");
	expect_remarks(&scene, "pipe_ring-ada: it matches several lines of the roster; it is listed as ada\n"
	                       "nobody handed in race_fix, pool and thread_pool; they are left out\n"
	                       "Ada handed in nothing\n"
	                       "Ada handed in nothing\n");
	forget(&scene);
}

Test(roll, persons_of_one_name_are_two_by_the_roster)
{
	put("class/lovelaceada_1_10_pool.c", "");
	put("class/lovelaceada_2_11_pool.c", "");
	struct scene scene = look("Student,ID,Section\n\"Lovelace, Ada\",1,A\n\"Lovelace, Ada\",2,A\n");
	call_roll(&scene);
	expect_roll(&scene, "Lovelace, Ada (0) pool: lovelaceada_1_10_pool.c\n"
	                    "Lovelace, Ada (2) (1) pool: lovelaceada_2_11_pool.c\n");
	cr_expect(eq(sz, scene.roll.students, 2));
	forget(&scene);
}

Test(roll, a_column_of_the_roster_says_when_it_was_handed_in)
{
	struct assignment *pool = with_due_date(1000, "Handed in");
	put("class/ada_pool.c", "");
	put("class/alan_pool.c", "");
	put("class/grace_pool.c", "");
	struct scene scene = look("name,handed in\nada,2026-10-01 23:59 +0200\nalan,\ngrace,yesterday\n");
	call_roll(&scene);
	cr_assert(eq(sz, scene.roll.count, 3));
	cr_expect(eq(i64, scene.roll.item[0].handed_in, 1790891940));
	cr_expect(eq(i64, scene.roll.item[1].handed_in, 1000)); /* the file's */
	cr_expect(eq(i64, scene.roll.item[2].handed_in, 1000));
	bool said = false;
	for (size_t i = 0; i < scene.roll.remarks.count; i++)
		said |=
		    strcmp(scene.roll.remarks.item[i], "grace: 'yesterday' in column Handed in of the roster is no time, as "
		                                       "2026-10-01 23:59 +0200") == 0;
	cr_expect(said);
	forget(&scene);
	pool->late = (struct late_policy){0};
}

Test(roll, a_time_that_nobody_knows_is_told)
{
	struct assignment *pool = with_due_date(1000, "when");
	put("class/lovelaceada_LATE_1_10_pool.c", "");
	put_work("pool-grace", "pool");
	struct scene scene = look(NULL);
	set_time(&scene, "lovelaceada_LATE_1_10_pool.c", 0);
	set_time(&scene, "pool-grace", 0);
	for (size_t i = 0; i < scene.handins.count; i++) {
		scene.state[i].evidence.repository = strcmp(scene.handins.item[i].path, "pool-grace") == 0;
		scene.state[i].evidence.canvas = scene.handins.item[i].canvas;
		scene.state[i].evidence.late = scene.handins.item[i].late;
	}
	call_roll(&scene);
	static const char *const sentences[] = {
	    "pool-grace: the time of its last commit cannot be read; it is not counted as late",
	    "lovelaceada_LATE_1_10_pool.c: Canvas marks it as late, but not by how much: no points are deducted",
	    "course.yaml takes the times of pool from the column 'when', which would be in a roster"};
	for (size_t s = 0; s < 3; s++) {
		bool said = false;
		for (size_t i = 0; i < scene.roll.remarks.count; i++)
			said |= strcmp(scene.roll.remarks.item[i], sentences[s]) == 0;
		cr_expect(said, "%s", sentences[s]);
	}
	forget(&scene);
	pool->late = (struct late_policy){0};
}

Test(roll, persons_of_one_name_are_two_by_the_platforms_number)
{
	make("class/pool");
	make("class/race_fix");
	put_work("pool/Ada Lovelace_1_assignsubmission_file", "pool");
	put_work("pool/Ada Lovelace_2_assignsubmission_file", "pool");
	make("class/pool/Ada Lovelace_2_assignsubmission_onlinetext");
	put_work("race_fix/Ada Lovelace_7_assignsubmission_file", "race_fix");
	put_work("pool/Alan_3_assignsubmission_file", "pool");
	put_work("race_fix/Alan_8_assignsubmission_file", "race_fix"); /* Moodle counts anew in each assignment */
	struct scene scene = look(NULL);
	set_time(&scene, "pool/Ada Lovelace_2_assignsubmission_onlinetext", 1);
	call_roll(&scene);
	expect_roll(&scene,
	            "Ada Lovelace (1) (-1) pool: pool/Ada Lovelace_1_assignsubmission_file\n"
	            "Ada Lovelace (2) (-1) pool: pool/Ada Lovelace_2_assignsubmission_file; 2 submissions, the latest "
	            "counts (pool/Ada Lovelace_2_assignsubmission_file)\n"
	            "Ada Lovelace (7) (-1) race_fix: race_fix/Ada Lovelace_7_assignsubmission_file\n"
	            "Alan (-1) race_fix: race_fix/Alan_8_assignsubmission_file\n"
	            "Alan (-1) pool: pool/Alan_3_assignsubmission_file\n");
	forget(&scene);
	put("class/pool/turing_1_10_x.c", "");
	put("class/race_fix/turing_2_11_x.c", "");
	scene = look(NULL);
	call_roll(&scene);
	cr_expect(eq(str, scene.roll.item[5].student, (char *)"turing (1)")); /* Canvas's numbers are the same everywhere */
	cr_expect(eq(str, scene.roll.item[6].student, (char *)"turing (2)"));
	forget(&scene);
}

/* The roster has forgotten one of two: neither gets the other's grade. */
Test(roll, two_persons_are_never_one_line_of_the_roster)
{
	put_work("Ada_1_assignsubmission_file", "pool");
	put_work("Ada_2_assignsubmission_file", "pool");
	struct scene scene = look("name\nAda\n");
	call_roll(&scene);
	expect_roll(&scene, "Ada (1) (-1) pool: Ada_1_assignsubmission_file\n"
	                    "Ada (2) (-1) pool: Ada_2_assignsubmission_file\n");
	cr_expect(
	    eq(str, scene.roll.remarks.item[0],
	       (char *)"Ada_1_assignsubmission_file: two students of that name handed in, and the roster has one line "
	               "for both; it is listed as Ada (1)"));
	cr_expect(eq(str, scene.roll.remarks.item[scene.roll.remarks.count - 1], (char *)"Ada handed in nothing"));
	forget(&scene);
}

Test(roll, a_group_of_the_roster_has_its_submission)
{
	put_work("Team Red_7_assignsubmission_file", "pool");
	put_work("Alan_8_assignsubmission_file", "pool");
	struct scene scene = look("name,group\nAda,Team Red\nAlan,\nGrace,Team Red\n");
	for (size_t i = 0; i < scene.handins.count; i++)
		free((char *)scene.state[i].folder);
	free(scene.state);
	roll_give_to_groups(&scene.handins, scene.roster);
	cr_assert(eq(sz, scene.handins.count, 3));
	scene.state = calloc(4, sizeof *scene.state);
	for (size_t i = 0; i < 3; i++)
		scene.state[i] = (struct handin_state){.folder = format("class/%s", scene.handins.item[i].path)};
	call_roll(&scene);
	expect_roll(&scene, "Ada (0) pool: Team Red_7_assignsubmission_file\n"
	                    "Alan (1) pool: Alan_8_assignsubmission_file\n"
	                    "Grace (2) pool: Team Red_7_assignsubmission_file\n");
	forget(&scene);
}

Test(handin, of_canvas_test_student_is_left_alone)
{
	put("class/studenttest_9_10_pool.c", "");
	put("class/lovelaceada_1_11_pool.c", "");
	struct handins handins = find_in("class");
	cr_assert(eq(sz, handins.count, 1));
	cr_assert(eq(sz, handins.ignored.count, 1));
	cr_expect(eq(str, handins.ignored.item[0],
	             (char *)"studenttest_9_10_pool.c belongs to Canvas's test student; it was skipped"));
	handins_clear(&handins);
}

Test(roll, all_of_a_group_have_its_submission)
{
	put("class/submission_metadata.yml", metadata);
	put_work("submission_1", "pool");
	struct scene scene = look("name,email\nAlan M. Turing,alan@example.edu\nAda Lovelace,other@example.edu\n");
	call_roll(&scene);
	expect_roll(&scene, "Alan M. Turing (0) pool: submission_1\n"
	                    "Ada Lovelace (1) pool: submission_1\n");
	forget(&scene);
}

Test(roll, students_are_called_so_that_their_folders_can_be)
{
	static const char *const names[] = {"a/b",           "../x", ".hidden", "index.html",
	                                    "Gradebook.CSV", "x\ny", "ok",      "ok (2)"};
	static const char *const folders[] = {"a_b", "_._x", "_hidden", "index.html_", "Gradebook.CSV_",
	                                      "x_y", "ok",   "ok (2)"};
	enum { NAMES = sizeof names / sizeof *names };
	char text[1000] = "name,login\n";
	for (size_t i = 0; i < NAMES; i++) {
		char *work = format("pool-s%zu", i), *line = format("\"%s\",\"\"\n", names[i]);
		put_work(work, "pool");
		strcat(text, line);
		free(line);
		free(work);
	}
	struct scene scene = look(text);
	for (size_t i = 0; i < NAMES; i++) { /* "pool-s0" is the first line's, and so on */
		free(scene.handins.item[i].keys.item[0]);
		scene.handins.item[i].keys.item[0] = strdup(names[i]);
	}
	call_roll(&scene);
	cr_assert(eq(sz, scene.roll.count, NAMES));
	for (size_t i = 0; i < NAMES; i++)
		cr_expect(eq(str, scene.roll.item[i].student, (char *)folders[i]));
	forget(&scene);
}

Test(roll, names_stay_different_when_they_become_folders)
{
	put("roster.csv", "");
	put_work("pool-a", "pool");
	put_work("pool-b", "pool");
	put_work("pool-c", "pool");
	put_work("pool-d", "pool");
	struct scene scene = look("Student,login2\nx/y,a\nx_y,b\nx_y (2),c\nx\x01y,d\n");
	call_roll(&scene);
	expect_roll(&scene, "x_y (0) pool: pool-a\n"
	                    "x_y (3) (1) pool: pool-b\n"
	                    "x_y (2) (2) pool: pool-c\n"
	                    "x_y (4) (3) pool: pool-d\n");
	forget(&scene);
}

Test(roll, long_names_are_cut_between_letters)
{
	char name[401];
	name[0] = 'x';
	for (size_t i = 1; i < 399; i += 2)
		memcpy(name + i, "\xc3\xbc", 2);
	name[399] = 0;
	put_work("pool-a", "pool");
	char *text = format("Student,id\n%sz,a\n", name);
	struct scene scene = look(text);
	call_roll(&scene);
	cr_assert(eq(sz, scene.roll.count, 1));
	cr_expect(eq(sz, strlen(scene.roll.item[0].student), 199));
	cr_expect(eq(int, strncmp(scene.roll.item[0].student, name, 199), 0));
	forget(&scene);
	free(text);
}

/* Two thousand students, four assignments each, a fifth of them twice: linear but for sorting. The bound is that of
 * processor time, with sanitizers, and far above what it takes. */
Test(roll, of_a_large_class_is_made_soon)
{
	enum { STUDENTS = 2000, ASSIGNMENTS = 4 };
	struct handins handins = {.item = calloc(STUDENTS * ASSIGNMENTS, sizeof *handins.item)};
	struct handin_state *state = calloc(STUDENTS * ASSIGNMENTS, sizeof *state);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	fputs("Student,ID,SIS Login ID,Section\n", out);
	for (size_t i = 0; i < STUDENTS; i++) {
		fprintf(out, "\"Last%zu, First %zu\",%zu,login%zu@example.edu,CS\n", i % 40, i / 40, 10000 + i, i);
		for (size_t a = 0; a < ASSIGNMENTS; a++) {
			struct handin *handin = &handins.item[handins.count];
			state[handins.count++] = (struct handin_state){.folder = "work", .evidence = {.file = (int64_t)i}};
			*handin = (struct handin){.path = format("%s/login%zu", course()->assignment[a]->name, i),
			                          .student = format("login%zu", i),
			                          .number = format("%zu", 10000 + i),
			                          .assignment = course()->assignment[i % 5 ? a : 0]};
			handin->keys.item = calloc(2, sizeof *handin->keys.item);
			handin->keys.item[0] = format("login%zu", i);
			handin->keys.item[1] = strdup(handin->number);
			handin->keys.count = 2;
		}
	}
	fclose(out);
	put("roster.csv", text);
	free(text);
	make("work");
	for (size_t a = 0; a < ASSIGNMENTS; a++) {
		char *file = format("work/%s.c", course()->assignment[a]->name);
		put(file, "int x;\n");
		free(file);
	}
	struct error error = {0};
	struct roll roll;
	clock_t begin = clock();
	struct roster *roster = roster_read("roster.csv", &error);
	cr_assert(roster != NULL, "%s", error.text);
	clock_t middle = clock();
	const struct roll_wish wish = {.roster = roster};
	roll_make(course(), &handins, state, &wish, &roll);
	double seconds = (double)(clock() - middle) / CLOCKS_PER_SEC;
	fprintf(stderr, "2,000 students: roster %.0f ms, roll %.0f ms of processor time\n",
	        1e3 * (double)(middle - begin) / CLOCKS_PER_SEC, 1e3 * seconds);
	cr_expect(eq(sz, roll.students, STUDENTS));
	cr_expect(eq(sz, roll.count, STUDENTS * ASSIGNMENTS - 400 * 3));
	cr_expect(eq(sz, roll.remarks.count, 400));
	cr_expect(lt(dbl, seconds, 3.0));
	roll_clear(&roll);
	roster_free(roster);
	handins_clear(&handins);
	free(state);
}
