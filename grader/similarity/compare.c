/* compare.c - sim_c over all sources of an assignment, and what its runs amount to.
 *
 * sim_c gets slower with all that it holds at a time, so it is started for BLOCK files against BLOCK files: each such
 * start is a caged run of the queue. One that fails is made smaller until it is two files; those are named as not
 * compared, and the others are. */
#include "tokens.h"

#include "../file.h"
#include "../memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 40, MOST_FAILURES = 100, OUTPUT_LIMIT = 64 << 20 };
enum { BASES = 2 }; /* of an assignment: skeleton and header */

struct base {
	char *text;
	size_t size;
	struct similar_token *token;
	size_t token_count, number;
};

struct comparison {
	const struct kit *kit;
	struct queue *queue;
	struct similarity *result;
	struct base (*base)[BASES]; /* of each assignment of the course */
	char *folder, *files;       /* scratch; where the lists of tokens are */
	size_t names, starts;       /* lists of tokens and folders so far */
	size_t *by_number;          /* the file with that list */
	size_t failures;
	char problem[RUN_PROBLEM]; /* the first that sim_c had */
};

/* One start of sim_c: files a..b (behind the last) against c..d, or against those before them when c == a; or against
 * the bases. */
struct block {
	struct comparison *comparison;
	size_t a, b, c, d;
	bool bases;
	char *folder;
};

/* Two files and a run, as sim_c prints it. */
struct hit {
	size_t file[2];
	struct similar_run run;
};

static void say(struct string_list *list, char *owned)
{
	list->item = must(reallocarray(list->item, list->count + 1, sizeof *list->item));
	list->item[list->count++] = owned;
}

static size_t assignment_index(const struct course *course, const struct assignment *assignment)
{
	size_t i = 0;
	while (course->assignment[i] != assignment)
		i++;
	return i;
}

/* ---- the files ------------------------------------------------------------------------------ */

/* A list of tokens for sim_c. */
static int put_tokens(struct comparison *comparison, const struct similar_token *token, size_t count, size_t *number,
                      struct error *error)
{
	char *text = NULL;
	size_t size;
	FILE *out = memory_open(&text, &size);
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s\n", token_text(&token[i]));
	fclose(out);
	*number = comparison->names++;
	char *path = format("%s/%zu.c", comparison->files, *number);
	FILE *file = fopen(path, "w"); /* scratch: no need to be safe from a power cut */
	bool good = file && fwrite(text, 1, size, file) == size;
	good = file && fclose(file) == 0 && good;
	int result = good ? 0 : fail(error, "cannot write %s: %s", path, strerror(errno));
	free(path);
	free(text);
	return result;
}

static int read_base(struct comparison *comparison, struct base *base, const char *path, struct error *error)
{
	base->text = file_read(path, SOURCE_LIMIT, &base->size, error);
	if (!base->text)
		return -1;
	base->token = tokens_read(base->text, &base->token_count);
	return put_tokens(comparison, base->token, base->token_count, &base->number, error);
}

static int read_bases(struct comparison *comparison, struct error *error)
{
	const struct course *course = comparison->kit->course;
	int result = 0;
	comparison->base = zeroed(course->assignment_count + 1, sizeof *comparison->base);
	for (size_t i = 0; result == 0 && i < course->assignment_count; i++) {
		const char *root = course->assignment[i]->root, *name = course->assignment[i]->name;
		char *skeleton = format("%s/assignments/%s/%s.c", root, name, name);
		char *header = format("%s/include/%s.h", root, name);
		result = read_base(comparison, &comparison->base[i][0], skeleton, error);
		if (result == 0)
			result = read_base(comparison, &comparison->base[i][1], header, error);
		free(skeleton);
		free(header);
	}
	return result;
}

/* What was handed in, before equal texts are put together. */
struct handed {
	const struct similar_work *work;
	size_t assignment; /* its place in the course */
	char *text;
	size_t size;
};

static int by_text(const void *a, const void *b)
{
	const struct handed *x = a, *y = b;
	if (x->assignment != y->assignment)
		return x->assignment < y->assignment ? -1 : 1;
	if (x->size != y->size)
		return x->size < y->size ? -1 : 1;
	int order = memcmp(x->text, y->text, x->size);
	if (!order && x->work->submission != y->work->submission)
		return x->work->submission < y->work->submission ? -1 : 1;
	return order ? order : x->work < y->work ? -1 : x->work > y->work;
}

static struct handed *read_works(const struct kit *kit, const struct similar_work work[], size_t count, size_t *read)
{
	struct handed *handed = zeroed(count + 1, sizeof *handed);
	*read = 0;
	for (size_t i = 0; i < count; i++) {
		struct source *source =
		    work[i].folder ? source_find(work[i].assignment->root, work[i].folder, work[i].assignment->name) : NULL;
		if (source && source->state == SOURCE_OK) {
			handed[(*read)++] = (struct handed){&work[i], assignment_index(kit->course, work[i].assignment),
			                                    source->text, source->size};
			source->text = NULL;
		}
		source_free(source);
	}
	qsort(handed, *read, sizeof *handed, by_text);
	return handed;
}

static void add_student(struct similar_file *file, const struct similar_work *work)
{
	size_t count = file->student_count;
	file->student = must(reallocarray(file->student, count + 1, sizeof *file->student));
	file->submission = must(reallocarray(file->submission, count + 1, sizeof *file->submission));
	file->group = must(reallocarray(file->group, count + 1, sizeof *file->group));
	file->student[count] = work->student;
	file->group[count] = work->group;
	file->submission[count] = work->submission;
	bool other = count == 0 || file->submission[count - 1] != work->submission;
	file->submission_count += other;
	file->earlier += other && work->earlier;
	file->student_count++;
}

/* Equal texts become one file. */
static int make_files(struct comparison *comparison, struct handed *handed, size_t count, struct error *error)
{
	struct similarity *result = comparison->result;
	result->file = zeroed(count + 1, sizeof *result->file);
	for (size_t i = 0; i < count; i++) {
		struct similar_file *file = &result->file[result->file_count];
		if (i && handed[i].assignment == handed[i - 1].assignment && handed[i].size == file[-1].size &&
		    memcmp(handed[i].text, file[-1].text, handed[i].size) == 0) {
			add_student(file - 1, handed[i].work);
			free(handed[i].text);
			handed[i].text = NULL;
			continue;
		}
		const struct base *skeleton = &comparison->base[handed[i].assignment][0];
		*file = (struct similar_file){
		    .assignment = handed[i].work->assignment, .text = handed[i].text, .size = handed[i].size, .highest = -1};
		handed[i].text = NULL;
		result->file_count++;
		add_student(file, handed[i].work);
		file->skeleton = file->size == skeleton->size && memcmp(file->text, skeleton->text, file->size) == 0;
		file->token = tokens_read(file->text, &file->token_count);
		file->token_count = tokens_thin(file->token, file->token_count);
		for (size_t b = 0; b < BASES; b++)
			tokens_disown(file->token, file->token_count, comparison->base[handed[i].assignment][b].token,
			              comparison->base[handed[i].assignment][b].token_count);
		if (put_tokens(comparison, file->token, file->token_count, &file->number, error) != 0)
			return -1;
	}
	return 0;
}

/* ---- what sim_c prints ---------------------------------------------------------------------- */

/* "../files/12.c: line 3-40": the 12, the 3 and the 40. Sets *end behind it. */
static bool parse_side(const char *text, char **end, size_t *number, size_t *first, size_t *last)
{
	static const char before[] = "files/", between[] = ".c: line ";
	const char *at = strstr(text, before);
	if (!at)
		return false;
	*number = strtoul(at + strlen(before), end, 10);
	if (strncmp(*end, between, strlen(between)) != 0)
		return false;
	*first = strtoul(*end + strlen(between), end, 10);
	if (**end != '-')
		return false;
	*last = strtoul(*end + 1, end, 10);
	return *first >= 1 && *last >= *first;
}

/* A line of the output becomes a hit: numbers of lists for files, tokens from 0. */
static bool parse_hit(const char *line, struct hit *hit)
{
	char *end;
	struct similar_run *run = &hit->run;
	if (!parse_side(line, &end, &hit->file[0], &run->first[0], &run->last[0]) ||
	    !parse_side(end, &end, &hit->file[1], &run->first[1], &run->last[1]))
		return false;
	for (int side = 0; side < 2; side++) {
		run->first[side]--;
		run->last[side]--;
	}
	return true;
}

static int by_files(const void *a, const void *b)
{
	const struct hit *x = a, *y = b;
	for (int side = 0; side < 2; side++)
		if (x->file[side] != y->file[side])
			return x->file[side] < y->file[side] ? -1 : 1;
	if (x->run.first[0] != y->run.first[0])
		return x->run.first[0] < y->run.first[0] ? -1 : 1;
	return x->run.first[1] < y->run.first[1] ? -1 : x->run.first[1] > y->run.first[1];
}

static struct hit *parse_hits(char *text, size_t *count)
{
	struct hit *hit = NULL, one;
	size_t room = 0;
	*count = 0;
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		if (!parse_hit(line, &one))
			continue;
		if (*count == room)
			hit = must(reallocarray(hit, room = room ? 2 * room : 256, sizeof *hit));
		hit[(*count)++] = one;
	}
	if (*count)
		qsort(hit, *count, sizeof *hit, by_files);
	return hit;
}

/* ---- the measure ---------------------------------------------------------------------------- */

static size_t own_in(const struct similar_file *file, size_t first, size_t last)
{
	size_t own = 0;
	for (size_t i = first; i <= last && i < file->token_count; i++)
		own += file->token[i].own;
	return own;
}

/* Keeps in `hit` the runs that count. */
static size_t drop_others(const struct similar_file *a, const struct similar_file *b, struct hit *hit, size_t count)
{
	size_t kept = 0;
	for (size_t i = 0; i < count; i++)
		if (own_in(a, hit[i].run.first[0], hit[i].run.last[0]) >= SIMILAR_BOTH &&
		    own_in(b, hit[i].run.first[1], hit[i].run.last[1]) >= SIMILAR_BOTH)
			hit[kept++] = hit[i];
	return kept;
}

/* Of a's own tokens the percent that is in the runs, which are by their place in it and may overlap. */
static int measure(const struct similar_file *a, const struct hit *hit, size_t count)
{
	size_t common = 0, behind = 0;
	for (size_t i = 0; i < count; i++) {
		size_t first = hit[i].run.first[0] > behind ? hit[i].run.first[0] : behind;
		if (hit[i].run.last[0] < first)
			continue;
		common += own_in(a, first, hit[i].run.last[0]);
		behind = hit[i].run.last[0] + 1;
	}
	return a->own ? (int)(100 * common / a->own) : 0;
}

static void rise(struct similar_file *file, int percent)
{
	if (percent > file->highest)
		file->highest = percent;
}

static struct similar_pair *add_pair(struct similarity *result, size_t a, size_t b, int percent)
{
	result->pair = must(reallocarray(result->pair, result->pair_count + 1, sizeof *result->pair));
	result->pair[result->pair_count] = (struct similar_pair){.a = a, .b = b, .percent = percent};
	return &result->pair[result->pair_count++];
}

/* Each submission once, however many have handed it in. */
static bool is_next(const struct similar_file *file, size_t i)
{
	return i == 0 || file->submission[i - 1] != file->submission[i];
}

/* So many pairs of submissions are of one group. */
static size_t pairs_of_groups(const struct similar_file *a, const struct similar_file *b)
{
	size_t count = 0;
	for (size_t i = 0; i < a->student_count; i++)
		for (size_t j = a == b ? i + 1 : 0; j < b->student_count && a->group[i] && is_next(a, i); j++)
			count += b->group[j] == a->group[i] && is_next(b, j);
	return count;
}

/* So many pairs of submissions have these files, two of earlier years and two of a group left out. */
static size_t pairs_of(const struct similar_file *a, const struct similar_file *b)
{
	size_t m = a->submission_count, n = b->submission_count;
	size_t all =
	    a == b ? m * (m - 1) / 2 - a->earlier * (a->earlier - (a->earlier > 0)) / 2 : m * n - a->earlier * b->earlier;
	return all - pairs_of_groups(a, b);
}

/* All runs of two files. */
static void judge_pair(struct comparison *comparison, struct hit *hit, size_t count)
{
	struct similarity *result = comparison->result;
	size_t a = comparison->by_number[hit->file[0]], b = comparison->by_number[hit->file[1]];
	if (!pairs_of(&result->file[a], &result->file[b]))
		return;
	count = drop_others(&result->file[a], &result->file[b], hit, count);
	int percent = measure(&result->file[a], hit, count);
	rise(&result->file[a], percent);
	rise(&result->file[b], percent);
	if (percent < result->percent || !count)
		return;
	struct similar_pair *pair = add_pair(result, a, b, percent);
	pair->run = zeroed(count, sizeof *pair->run);
	pair->run_count = count;
	for (size_t i = 0; i < count; i++)
		pair->run[i] = hit[i].run;
}

/* What the bases have, too, is not the file's own. */
static void disown(struct similar_file *file, const struct similar_run *run)
{
	for (size_t i = run->first[0]; i <= run->last[0] && i < file->token_count; i++)
		file->token[i].own = false;
}

static void take_output(struct block *block, char *text)
{
	struct comparison *comparison = block->comparison;
	size_t count, next;
	struct hit *hit = parse_hits(text, &count);
	for (size_t i = 0; i < count; i = next) {
		for (next = i + 1; next < count && hit[next].file[0] == hit[i].file[0] && hit[next].file[1] == hit[i].file[1];)
			next++;
		if (!block->bases)
			judge_pair(comparison, &hit[i], next - i);
		for (size_t j = i; block->bases && j < next; j++)
			disown(&comparison->result->file[comparison->by_number[hit[i].file[0]]], &hit[j].run);
	}
	free(hit);
}

/* ---- starting sim_c ------------------------------------------------------------------------- */

static void start(struct comparison *comparison, bool bases, size_t a, size_t b, size_t c, size_t d);

static void note_failure(struct block *block)
{
	const struct similar_file *file = block->comparison->result->file;
	say(&block->comparison->result->incomplete,
	    block->bases ? format("%s: %s was not compared with the skeleton", file[block->a].assignment->name,
	                          file[block->a].student[0])
	                 : format("%s: %s and %s were not compared", file[block->a].assignment->name,
	                          file[block->a].student[0], file[block->d - 1].student[0]));
}

/* Halves of what failed: of the longer side; of a triangle two triangles and the square between. */
static void split(struct block *block)
{
	struct comparison *comparison = block->comparison;
	size_t a = block->a, b = block->b, c = block->c, d = block->d, middle = a + (b - a) / 2, across = c + (d - c) / 2;
	bool triangle = !block->bases && a == c;
	if (block->bases ? b - a == 1 : triangle ? b - a <= 2 : b - a == 1 && d - c == 1) {
		note_failure(block);
	} else if (triangle) {
		start(comparison, false, a, middle, a, middle);
		start(comparison, false, middle, b, middle, b);
		start(comparison, false, a, middle, middle, b);
	} else if (block->bases || b - a > 1) {
		start(comparison, block->bases, a, middle, c, d);
		start(comparison, block->bases, middle, b, c, d);
	} else {
		start(comparison, false, a, b, c, across);
		start(comparison, false, a, b, across, d);
	}
}

static void describe(struct comparison *comparison, const struct run_result *result, const char *output)
{
	if (*comparison->problem)
		return;
	if (result->end == RUN_EXITED && !result->output_cut)
		snprintf(comparison->problem, sizeof comparison->problem, "status %d: %.*s", result->status,
		         output ? (int)strcspn(output, "\n") : 0, output ? output : "");
	else if (result->end == RUN_EXITED)
		snprintf(comparison->problem, sizeof comparison->problem, "it printed more than %d MiB", OUTPUT_LIMIT >> 20);
	else if (result->end == RUN_NOT_STARTED)
		snprintf(comparison->problem, sizeof comparison->problem, "%s", result->problem);
	else
		snprintf(comparison->problem, sizeof comparison->problem, "%s",
		         result->end == RUN_SIGNALLED ? "it was killed" : "it exceeded its time or memory");
}

static void ended(void *context, const struct run_result *result)
{
	struct block *block = context;
	struct comparison *comparison = block->comparison;
	char *path = format("%s/output", block->folder);
	char *text = result->end == RUN_CANCELLED ? NULL : file_read_box(path, OUTPUT_LIMIT, NULL, NULL);
	if (result->end == RUN_EXITED && result->status == 0 && !result->output_cut && text) {
		take_output(block, text);
	} else if (result->end != RUN_CANCELLED) {
		describe(comparison, result, text);
		if (++comparison->failures <= MOST_FAILURES)
			split(block);
	}
	free(text);
	free(path);
	folder_remove(block->folder);
	free(block->folder);
	free(block);
}

static void add_files(struct run *run, const struct comparison *comparison, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		run_add(run, "../files/%zu.c", comparison->result->file[i].number);
}

static void start(struct comparison *comparison, bool bases, size_t a, size_t b, size_t c, size_t d)
{
	if (a == b || (!bases && (c == d || (a == c && b - a < 2))))
		return;
	struct block *block = must(malloc(sizeof *block));
	char *folder = format("%s/%zu", comparison->folder, comparison->starts++);
	*block = (struct block){comparison, a, b, c, d, bases, folder};
	folder_make(folder, NULL); /* without it the run does not start */
	struct run *run = run_new(folder, CAGE_TOOL);
	run->output = format("%s/output", folder);
	run->output_limit = OUTPUT_LIMIT;
	run->wall_ms = 60000;
	run->cpu_s = 20;
	run_show(run, "%s", comparison->files);
	run_add(run, "sim_c");
	run_add(run, "-T"); /* no list of files */
	run_add(run, "-n"); /* places, no text */
	run_add(run, "-e"); /* each two by themselves */
	run_add(run, "-r%d", SIMILAR_RUN);
	run_add(run, a == c && !bases ? "-s" : "-S"); /* not with itself; the files before / with those behind it only */
	add_files(run, comparison, a, b);
	if (bases || a != c)
		run_add(run, "/");
	const struct course *course = comparison->kit->course;
	size_t assignment = assignment_index(course, comparison->result->file[a].assignment);
	for (size_t i = 0; bases && i < BASES; i++)
		run_add(run, "../files/%zu.c", comparison->base[assignment][i].number);
	if (!bases && a != c)
		add_files(run, comparison, c, d);
	queue_add(comparison->queue, run, 0, ended, block);
}

/* ---- all ------------------------------------------------------------------------------------ */

static void number_files(struct comparison *comparison)
{
	free(comparison->by_number);
	comparison->by_number = zeroed(comparison->names + 1, sizeof *comparison->by_number);
	for (size_t i = 0; i < comparison->result->file_count; i++)
		comparison->by_number[comparison->result->file[i].number] = i;
}

/* Behind the last of those that belong to the same assignment. */
static size_t end_of_assignment(const struct similarity *result, size_t from)
{
	size_t to = from;
	while (to < result->file_count && result->file[to].assignment == result->file[from].assignment)
		to++;
	return to;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static int work(struct comparison *comparison, struct error *error)
{
	if (queue_work(comparison->queue) != 0)
		return fail_interrupted(error, "");
	if (comparison->failures > MOST_FAILURES)
		return fail(error, "sim_c fails: %s", comparison->problem);
	return 0;
}

static int compare_with_bases(struct comparison *comparison, struct error *error)
{
	struct similarity *result = comparison->result;
	for (size_t from = 0; from < result->file_count; from = end_of_assignment(result, from))
		for (size_t i = from, end = end_of_assignment(result, from); i < end; i += BLOCK)
			start(comparison, true, i, least(i + BLOCK, end), 0, 0);
	return work(comparison, error);
}

static void count_own(struct similarity *result)
{
	for (size_t i = 0; i < result->file_count; i++) {
		struct similar_file *file = &result->file[i];
		file->own = file->token_count ? own_in(file, 0, file->token_count - 1) : 0;
		if (file->skeleton)
			file->own = 0;
	}
}

/* Those that are compared first, the smaller before the larger: that is whose percent is measured. */
static int by_size(const void *a, const void *b)
{
	const struct similar_file *x = a, *y = b;
	if ((x->own < SIMILAR_LEAST) != (y->own < SIMILAR_LEAST))
		return x->own < SIMILAR_LEAST ? 1 : -1;
	if (x->own != y->own)
		return x->own < y->own ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static void sort_files(struct similarity *result)
{
	for (size_t from = 0, end; from < result->file_count; from = end) {
		end = end_of_assignment(result, from);
		qsort(&result->file[from], end - from, sizeof *result->file, by_size);
	}
}

static int compare_with_each_other(struct comparison *comparison, struct error *error)
{
	struct similarity *result = comparison->result;
	for (size_t from = 0, end, next; from < result->file_count; from = next) {
		next = end_of_assignment(result, from);
		for (end = from; end < next && result->file[end].own >= SIMILAR_LEAST; end++)
			result->file[end].highest = 0;
		for (size_t i = from; i < end; i += BLOCK)
			for (size_t j = i; j < end; j += BLOCK)
				start(comparison, false, i, least(i + BLOCK, end), j, least(j + BLOCK, end));
	}
	return work(comparison, error);
}

static void add_equal(struct similarity *result)
{
	for (size_t i = 0; i < result->file_count; i++) {
		struct similar_file *file = &result->file[i];
		if (file->skeleton || file->submission_count < 2 || !pairs_of(file, file))
			continue;
		add_pair(result, i, i, 100);
		file->highest = 100;
	}
}

static int by_percent(const void *a, const void *b)
{
	const struct similar_pair *x = a, *y = b;
	if (x->percent != y->percent)
		return x->percent > y->percent ? -1 : 1;
	if ((x->a == x->b) != (y->a == y->b))
		return x->a == x->b ? -1 : 1;
	if (x->a != y->a)
		return x->a < y->a ? -1 : 1;
	return x->b < y->b ? -1 : x->b > y->b;
}

static void count_all(struct similarity *result)
{
	for (size_t i = 0; i < result->file_count; i++) {
		const struct similar_file *file = &result->file[i];
		size_t *into = file->skeleton ? &result->untouched : file->highest < 0 ? &result->small : &result->submissions;
		*into += file->submission_count - file->earlier;
		result->earlier += file->earlier;
	}
	for (size_t i = 0; i < result->pair_count; i++)
		result->pairs += pairs_of(&result->file[result->pair[i].a], &result->file[result->pair[i].b]);
	if (result->pair_count)
		qsort(result->pair, result->pair_count, sizeof *result->pair, by_percent);
}

static int compare(struct comparison *comparison, const struct similar_work works[], size_t count, struct error *error)
{
	size_t read;
	if (folder_make(comparison->files, error) != 0 || read_bases(comparison, error) != 0)
		return -1;
	struct handed *handed = read_works(comparison->kit, works, count, &read);
	int result = make_files(comparison, handed, read, error);
	for (size_t i = 0; i < read; i++)
		free(handed[i].text);
	free(handed);
	if (result != 0)
		return -1;
	number_files(comparison);
	if (compare_with_bases(comparison, error) != 0)
		return -1;
	count_own(comparison->result);
	sort_files(comparison->result);
	number_files(comparison);
	if (compare_with_each_other(comparison, error) != 0)
		return -1;
	add_equal(comparison->result);
	count_all(comparison->result);
	return 0;
}

bool similarity_there(void)
{
	return access("/usr/bin/sim_c", X_OK) == 0;
}

struct similarity *similarity_find(const struct kit *kit, struct queue *queue, const struct similar_work works[],
                                   size_t count, int percent, struct error *error)
{
	char *build = realpath(kit->place, NULL);
	if (!build) {
		fail(error, "cannot find %s: %s", kit->place, strerror(errno));
		return NULL;
	}
	struct comparison comparison = {.kit = kit, .queue = queue, .result = zeroed(1, sizeof *comparison.result)};
	comparison.result->percent = percent;
	comparison.folder = format("%s/run/%d-similarity", build, (int)getpid());
	comparison.files = format("%s/files", comparison.folder);
	int result = compare(&comparison, works, count, error);
	folder_remove(comparison.folder);
	for (size_t i = 0; comparison.base && i < kit->course->assignment_count; i++)
		for (size_t b = 0; b < BASES; b++) {
			free(comparison.base[i][b].text);
			free(comparison.base[i][b].token);
		}
	free(comparison.base);
	free(comparison.by_number);
	free(comparison.folder);
	free(comparison.files);
	free(build);
	if (result == 0)
		return comparison.result;
	similarity_free(comparison.result);
	return NULL;
}

void similarity_free(struct similarity *similarity)
{
	if (!similarity)
		return;
	for (size_t i = 0; i < similarity->file_count; i++) {
		free(similarity->file[i].text);
		free(similarity->file[i].student);
		free(similarity->file[i].submission);
		free(similarity->file[i].group);
		free(similarity->file[i].token);
	}
	for (size_t i = 0; i < similarity->pair_count; i++)
		free(similarity->pair[i].run);
	for (size_t i = 0; i < similarity->incomplete.count; i++)
		free(similarity->incomplete.item[i]);
	free(similarity->incomplete.item);
	free(similarity->file);
	free(similarity->pair);
	free(similarity);
}
