/* class_whatif.c - what a run of the class would change, without changing it: the run is tried on a copy of the
 * gradebook, and compared with it. What is judged for that stays in the cache, so that the run itself need not do it
 * again. */
#include "../memory.h"
#include "../report/columns.h"
#include "../report/report.h"
#include "class_run.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the copy ----------------------------------------------------------------------------------- */

/* Does another grader write there (class.c, lock_output)? */
static bool is_locked(const char *folder)
{
	char *path = format("%s/.lock", folder);
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int file = open(path, O_RDONLY | O_CLOEXEC);
	bool locked = file >= 0 && fcntl(file, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
	if (file >= 0)
		close(file);
	free(path);
	return locked;
}

static int copy(const struct class *class, const char *name, struct error *error)
{
	char *from = format("%s/%s", class->output, name), *to = format("%s/%s", class->scratch, name);
	int result = file_copy(from, to, error);
	free(to);
	free(from);
	return result;
}

int class_copy_gradebook(struct class *class, struct error *error)
{
	char *book = format("%s/gradebook.sqlite", class->output);
	int result =
	    file_exists(book) ? 0 : fail(error, "%s has no gradebook.sqlite: grade the class first", class->output);
	free(book);
	if (result == 0 && is_locked(class->output))
		result = fail(error, "another grader is writing to %s: wait for it", class->output);
	class->scratch = format("%s/run/%d-whatif", class->kit->place, (int)getpid());
	if (result == 0)
		result = folder_make(class->scratch, error);
	if (result == 0)
		result = copy(class, "gradebook.sqlite", error);
	return result == 0 ? copy(class, "gradebook.sqlite-wal", error) : -1;
}

/* ---- what is run -------------------------------------------------------------------------------- */

void class_tell_runs(const struct class *class, const struct request request[], size_t count)
{
	const struct class_options how = {.cache = class->session->cache, .coverage = true};
	const struct course *course = class->kit->course;
	FILE *out = class->csv ? stderr : stdout;
	for (size_t a = 0; a < course->assignment_count; a++) {
		struct half *half = half_describe(class->kit, course->assignment[a]);
		size_t runs = 0;
		for (size_t i = 0; i < count; i++)
			runs += request[i].assignment == course->assignment[a] && !class_knows(class->kit, half, &request[i], &how);
		if (runs)
			fprintf(out, "%s: %zu submission%s to judge for this\n", course->assignment[a]->name, runs,
			        runs == 1 ? "" : "s");
		half_free(half);
	}
	fflush(out);
}

/* ---- what would change -------------------------------------------------------------------------- */

static bool is_changed(const struct journal_pair *pair)
{
	return pair->had != pair->has || pair->before != pair->after;
}

static const char *name_of(const struct class *class, const struct journal_pair *pair)
{
	const struct roster *roster = class->roster;
	bool known = roster && pair->roster_row >= 0 && (size_t)pair->roster_row < roster->row_count;
	return known ? roster_called(roster, (size_t)pair->roster_row) : pair->student;
}

/* "-": nothing counts. */
static void print_points(bool any, int points)
{
	if (any)
		printf("  %4d", points);
	else
		printf("  %4s", "-");
}

static void print_changes(const struct class *class, const struct journal_pair pair[], size_t count)
{
	int name = (int)strlen("student"), assignment = (int)strlen("assignment");
	for (size_t i = 0; i < count; i++) {
		if (!is_changed(&pair[i]))
			continue;
		int columns = (int)columns_of(name_of(class, &pair[i])), length = (int)strlen(pair[i].assignment);
		name = columns > name ? columns : name;
		assignment = length > assignment ? length : assignment;
	}
	printf("%-*s  %-*s  %4s  %4s\n", name, "student", assignment, "assignment", "now", "then");
	for (size_t i = 0; i < count; i++) {
		const char *called = name_of(class, &pair[i]);
		if (!is_changed(&pair[i]))
			continue;
		escape_plain(stdout, called, false);
		printf("%*s  %-*s", name - (int)columns_of(called), "", assignment, pair[i].assignment);
		print_points(pair[i].had, pair[i].before);
		print_points(pair[i].has, pair[i].after);
		if (pair[i].had && pair[i].has)
			printf("  %+d", pair[i].after - pair[i].before);
		putchar('\n');
	}
	putchar('\n');
}

struct summary {
	size_t changed, all, had, has;
	long before, after; /* sums */
};

static struct summary summary_of(const struct journal_pair pair[], size_t count, const char *assignment)
{
	struct summary summary = {0};
	for (size_t i = 0; i < count; i++) {
		if (strcmp(pair[i].assignment, assignment) != 0)
			continue;
		summary.all++;
		summary.changed += is_changed(&pair[i]);
		summary.had += pair[i].had;
		summary.has += pair[i].has;
		summary.before += pair[i].before;
		summary.after += pair[i].after;
	}
	return summary;
}

static void print_mean(const char *label, long sum, size_t count)
{
	if (count)
		printf("%s%.1f", label, (double)sum / (double)count);
	else
		printf("%s-", label);
}

static void print_summary(const struct class *class, const struct journal_pair pair[], size_t count)
{
	const struct course *course = class->kit->course;
	for (size_t a = 0; a < course->assignment_count; a++) {
		struct summary summary = summary_of(pair, count, course->assignment[a]->name);
		if (!summary.all)
			continue;
		printf("%s: %zu of %zu change", course->assignment[a]->name, summary.changed, summary.all);
		print_mean("; mean ", summary.before, summary.had);
		print_mean(" now, ", summary.after, summary.has);
		puts(" then");
	}
	printf("nothing was written to %s; make grade applies it\n", class->output);
}

static void put_number(bool any, int number)
{
	if (any)
		printf(",%d", number);
	else
		putchar(',');
}

static void put_csv(const struct class *class, const struct journal_pair pair[], size_t count)
{
	fputs(class->no_bom ? "" : "\xef\xbb\xbf", stdout);
	fputs("student,submission,assignment,now,then\r\n", stdout);
	for (size_t i = 0; i < count; i++) {
		if (!is_changed(&pair[i]))
			continue;
		escape_csv(stdout, name_of(class, &pair[i]));
		putchar(',');
		escape_csv(stdout, pair[i].student);
		printf(",%s", pair[i].assignment);
		put_number(pair[i].had, pair[i].before);
		put_number(pair[i].has, pair[i].after);
		fputs("\r\n", stdout);
	}
}

static bool any_changed(const struct journal_pair pair[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (is_changed(&pair[i]))
			return true;
	return false;
}

int class_tell_changes(const struct class *class, struct error *error)
{
	struct journal_pair *pairs;
	ssize_t count = journal_compare(class->journal, &pairs, error);
	if (count < 0)
		return -1;
	if (class->csv) {
		put_csv(class, pairs, (size_t)count);
	} else {
		if (any_changed(pairs, (size_t)count))
			print_changes(class, pairs, (size_t)count);
		print_summary(class, pairs, (size_t)count);
	}
	journal_pairs_free(pairs, (size_t)count);
	return 0;
}
