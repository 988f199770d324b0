#include "secrets.h"

#include "../course/mutant.h"
#include "../course/text.h"
#include "../file.h"
#include "../lex.h"
#include "../memory.h"

#include <ctype.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SHORTEST_TEXT = 12, /* shorter ones are anybody's; white space does not count */
	SHORTEST_LINE = 40,
	FEWEST_LETTERS = 24,  /* of such a line: others are ornament */
	FILE_LIMIT = 1 << 20, /* bytes */
};

struct secret {
	char *text;       /* white space as one blank; of a file: its hash */
	char *from;       /* "tests/assignments/race_fix/hidden.c", */
	const char *root; /* in that folder; borrowed from the course */
};

struct secrets {
	const struct string_list *handed_out; /* names of assignments; empty: all */
	struct text corpus;                   /* the programs that the explorer is tried with, smooth, line by line */
	const char *root;                     /* of what is gathered now; borrowed from the course */
	struct secret *item[SECRET_KINDS];
	size_t count[SECRET_KINDS];
};

static void add(struct secrets *secrets, enum secret_kind kind, char *text, const char *from)
{
	struct secret *grown = must(reallocarray(secrets->item[kind], secrets->count[kind] + 1, sizeof *grown));
	secrets->item[kind] = grown;
	grown[secrets->count[kind]++] = (struct secret){text, format("%s", from), secrets->root};
}

/* ---- text ----------------------------------------------------------------------------------- */

/* A copy in which all white space is one blank, and none is at the ends. */
static char *smooth(const char *text, size_t size)
{
	char *copy = must(malloc(size + 1)), *end = copy;
	for (size_t i = 0; i < size; i++) {
		if (!isspace((unsigned char)text[i]))
			*end++ = text[i];
		else if (end > copy && end[-1] != ' ')
			*end++ = ' ';
	}
	if (end > copy && end[-1] == ' ')
		end--;
	*end = 0;
	return copy;
}

/* The file, smooth, in a line of its own. */
static void add_to(struct text *text, const char *file, size_t size)
{
	char *even = smooth(file, size), *joined = format("%s\n%s", text->bytes ? text->bytes : "", even);
	free(text->bytes);
	free(even);
	*text = (struct text){joined, strlen(joined)};
}

static bool has(const struct text *text, const char *part)
{
	return memmem(text->bytes, text->size, part, strlen(part)) != NULL;
}

static size_t count_if(const char *text, int (*is)(int))
{
	size_t count = 0;
	for (; *text; text++)
		count += is((unsigned char)*text) != 0;
	return count;
}

/* ---- what students get anyway ---------------------------------------------------------------- */

struct known {
	struct text text;     /* of all those files, smooth */
	void *line, *literal; /* those looked at: trees of texts. Mutants are the reference but for a few lines */
};

static int compare_texts(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Notes it. False: it was looked at before. */
static bool is_first(void **tree, const char *text)
{
	if (tfind(text, tree, compare_texts))
		return false;
	must(tsearch(format("%s", text), tree, compare_texts));
	return true;
}

static void known_clear(struct known *known)
{
	tdestroy(known->line, free);
	tdestroy(known->literal, free);
	free(known->text.bytes);
}

static void known_add(struct known *known, char *path)
{
	size_t size = 0;
	char *text = file_read(path, FILE_LIMIT, &size, NULL);
	add_to(&known->text, text ? text : "", size);
	free(text);
	free(path);
}

static struct known known_read(const char *kit, const struct assignment *assignment)
{
	const char *root = assignment->root, *name = assignment->name;
	struct known known = {0};
	known_add(&known, format("%s/include/%s.h", root, name));
	known_add(&known, format("%s/assignments/%s/README.md", root, name));
	known_add(&known, format("%s/assignments/%s/%s.c", root, name, name));
	known_add(&known, format("%s/tests/assignments/%s/public.c", root, name));
	known_add(&known, format("%s/tests/support/kit.h", kit));
	for (size_t i = 0; i < assignment->reuse_count; i++) {
		const struct assignment *reused = assignment->reuse[i].assignment;
		if (reused)
			known_add(&known, format("%s/include/%s.h", reused->root, reused->name));
	}
	return known;
}

/* ---- gathering ------------------------------------------------------------------------------ */

/* hidden.c, whose lines are secrets wherever else they are, comes first. */
static void gather_lines(struct secrets *secrets, const char *text, struct known *known, const char *from)
{
	const char *base = strrchr(from, '/');
	bool strict = base && strcmp(base, "/hidden.c") == 0;
	for (size_t length; *text; text += length + (text[length] == '\n')) {
		length = strcspn(text, "\n");
		char *line = smooth(text, length);
		if (strlen(line) >= SHORTEST_LINE && count_if(line, isalnum) >= FEWEST_LETTERS &&
		    is_first(&known->line, line) && !has(&known->text, line) && (strict || !has(&secrets->corpus, line)))
			add(secrets, SECRET_LINE, line, from);
		else
			free(line);
	}
}

/* What is between the quotes; one that is not closed ends with its line. */
static char *literal_of(const char *piece, size_t length)
{
	bool closed = length > 1 && piece[length - 1] == piece[0];
	return smooth(piece + 1, length - 1 - closed);
}

/* Of C: texts in quotes that are neither in comments nor characters. */
static void gather_texts(struct secrets *secrets, const char *text, struct known *known, const char *from)
{
	struct joined joined;
	enum piece_kind kind;
	join_lines(&joined, text, strlen(text));
	for (size_t at = 0, length; (length = cut_piece(joined.text + at, joined.size - at, &kind)); at += length) {
		if (kind != PIECE_STRING || joined.text[at] != '"')
			continue;
		char *literal = literal_of(joined.text + at, length);
		if (count_if(literal, isgraph) >= SHORTEST_TEXT && is_first(&known->literal, literal) &&
		    !has(&known->text, literal))
			add(secrets, SECRET_TEXT, literal, from);
		else
			free(literal);
	}
	joined_clear(&joined);
}

/* The names that a hidden.c gives, whether assignment.hidden.yaml knows them or not. */
static int gather_names(struct secrets *secrets, const struct assignment *assignment, const char *text,
                        const char *from, struct error *error)
{
	static const char macro[] = "KIT_TEST(";
	for (const char *at = text; (at = strstr(at, macro)); at++) {
		char name[128];
		if (sscanf(at + sizeof macro - 1, " %*[a-zA-Z0-9_] , %127[a-zA-Z0-9_]", name) != 1)
			continue;
		const struct test_spec *test = assignment_test(assignment, name);
		if (test && !test->hidden)
			return fail(error, "%s:%u: '%s' is a test of %s: it belongs into assignment.hidden.yaml", assignment->path,
			            test->line, name, from);
		add(secrets, SECRET_NAME, format("%s", name), from);
	}
	return 0;
}

static void hash_of(const struct file *file, char hex[HASH_SIZE])
{
	struct hash *hash = hash_new();
	hash_add(hash, "file", file->text, file->size);
	hash_end(hash, hex);
}

static void gather_hash(struct secrets *secrets, const struct file *file)
{
	char hex[HASH_SIZE];
	hash_of(file, hex);
	add(secrets, SECRET_FILE, format("%s", hex), file->path);
}

static void gather_file(struct secrets *secrets, const struct file *file, struct known *known)
{
	gather_hash(secrets, file);
	gather_texts(secrets, file->text, known, file->path);
	gather_lines(secrets, file->text, known, file->path);
}

/* Whether a public test or a check says the same, in which case it is no secret. */
static bool is_public_sentence(const struct assignment *assignment, const char *sentence)
{
	for (size_t i = 0; i < assignment->test_count; i++) {
		const struct test_spec *test = &assignment->test[i];
		if (!test->hidden && (strcmp(test->title, sentence) == 0 || strcmp(test->why, sentence) == 0))
			return true;
	}
	for (size_t i = 0; i < assignment->check_count; i++)
		if (strcmp(assignment->check[i].title, sentence) == 0 || strcmp(assignment->check[i].why, sentence) == 0)
			return true;
	return false;
}

static bool is_handed_out(const struct secrets *secrets, const char *name)
{
	const struct string_list *names = secrets->handed_out;
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->item[i], name) == 0)
			return true;
	return names->count == 0;
}

static bool is_public_in(const struct course *course, const char *sentence)
{
	for (size_t a = 0; a < course->assignment_count; a++)
		if (is_public_sentence(course->assignment[a], sentence))
			return true;
	return false;
}

static void gather_yaml(struct secrets *secrets, const struct course *course, const struct assignment *assignment,
                        const struct known *known)
{
	char *from = format("assignments/%s/assignment.hidden.yaml", assignment->name);
	for (size_t i = 0; i < assignment->test_count; i++) {
		const struct test_spec *test = &assignment->test[i];
		const char *const sentence[] = {test->title, test->why};
		if (!test->hidden)
			continue;
		if (is_handed_out(secrets, assignment->name))
			add(secrets, SECRET_NAME, format("%s", test->name), from);
		for (size_t s = 0; s < 2; s++) {
			char *even = smooth(sentence[s], strlen(sentence[s]));
			if (!is_public_in(course, sentence[s]) && !has(&known->text, even))
				add(secrets, SECRET_TEXT, even, from);
			else
				free(even);
		}
	}
	free(from);
}

/* Folders that a kit need not have: nothing is in them then. */
static int copy_if_there(struct pack *pack, const char *root, const char *path, struct error *error)
{
	static const char *const sources[] = {".c", ".h", NULL};
	char *full = format("%s/%s", root, path);
	int result = file_exists(full) ? pack_copy_folder(pack, root, path, path, sources, error) : 0;
	free(full);
	return result;
}

/* The mutants as texts: a patch has lines of the skeleton, too, which students get. */
static int add_mutants(struct pack *pack, const struct assignment *assignment, struct error *error)
{
	struct string_list names = mutant_names(assignment->root, assignment->name);
	int result = 0;
	for (size_t i = 0; i < names.count; i++) {
		char *path = format("tests/assignments/%s/mutants/%s", assignment->name, names.item[i]);
		char *text = result == 0 ? mutant_text(assignment->root, assignment->name, names.item[i], error) : NULL;
		if (text)
			pack_add(pack, path, text, strlen(text), false);
		else
			result = -1;
		free(path);
		free(names.item[i]);
	}
	free(names.item);
	return result;
}

static int gather_assignment(struct secrets *secrets, const struct course *course, const struct assignment *assignment,
                             struct error *error)
{
	struct pack hidden = {NULL, 0};
	struct known known = known_read(course->root, assignment);
	char *hidden_c = format("tests/assignments/%s/hidden.c", assignment->name),
	     *full = format("%s/%s", assignment->root, hidden_c);
	char *solutions = format("solutions/%s", assignment->name);
	secrets->root = assignment->root;
	int result = file_exists(full) ? pack_copy(&hidden, assignment->root, hidden_c, error) : 0;
	if (result == 0 && hidden.count && is_handed_out(secrets, assignment->name))
		result = gather_names(secrets, assignment, hidden.file[0].text, hidden_c, error);
	if (result == 0)
		result = add_mutants(&hidden, assignment, error);
	if (result == 0)
		result = copy_if_there(&hidden, assignment->root, solutions, error);
	for (size_t i = 0; i < hidden.count; i++)
		gather_file(secrets, &hidden.file[i], &known);
	gather_yaml(secrets, course, assignment, &known);
	known_clear(&known);
	pack_clear(&hidden);
	free(solutions);
	free(full);
	free(hidden_c);
	return result;
}

/* Submissions that were made up, but not those that are the skeleton. */
static int gather_examples(struct secrets *secrets, const struct course *course, struct error *error)
{
	struct pack examples = {NULL, 0}, skeletons = {NULL, 0};
	secrets->root = course->root;
	int result = copy_if_there(&examples, course->root, "tests/examples", error);
	if (result == 0)
		result = copy_if_there(&skeletons, course->root, "assignments", error);
	for (size_t i = 0; i < examples.count; i++) {
		const struct file *file = &examples.file[i];
		bool skeleton = false;
		for (size_t s = 0; s < skeletons.count; s++)
			skeleton |= strcmp(skeletons.file[s].text, file->text) == 0;
		if (!skeleton)
			gather_hash(secrets, file);
	}
	pack_clear(&examples);
	pack_clear(&skeletons);
	return result;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct secret *)a)->text, ((const struct secret *)b)->text);
}

static int by_text_and_file(const void *a, const void *b)
{
	int order = by_text(a, b);
	return order ? order : strcmp(((const struct secret *)a)->from, ((const struct secret *)b)->from);
}

static void sort_out(struct secrets *secrets)
{
	for (int kind = 0; kind < SECRET_KINDS; kind++) {
		struct secret *item = secrets->item[kind];
		size_t kept = 0;
		if (secrets->count[kind])
			qsort(item, secrets->count[kind], sizeof *item, by_text_and_file);
		for (size_t i = 0; i < secrets->count[kind]; i++) {
			if (kept == 0 || strcmp(item[kept - 1].text, item[i].text) != 0) {
				item[kept++] = item[i];
				continue;
			}
			free(item[i].text);
			free(item[i].from);
		}
		secrets->count[kind] = kept;
	}
}

/* Is a public test of any exercise called so? */
static bool is_public_name(const struct course *course, const char *name)
{
	for (size_t a = 0; a < course->assignment_count; a++) {
		const struct test_spec *test = assignment_test(course->assignment[a], name);
		if (test && !test->hidden)
			return true;
	}
	return false;
}

static void drop_public_names(struct secrets *secrets, const struct course *course)
{
	struct secret *item = secrets->item[SECRET_NAME];
	size_t kept = 0;
	for (size_t i = 0; i < secrets->count[SECRET_NAME]; i++) {
		if (!is_public_name(course, item[i].text)) {
			item[kept++] = item[i];
			continue;
		}
		free(item[i].text);
		free(item[i].from);
	}
	secrets->count[SECRET_NAME] = kept;
}

/* Everybody writes such lines, and they are no secret of an exercise. */
static int read_corpus(struct secrets *secrets, const char *root, struct error *error)
{
	struct pack programs = {NULL, 0};
	add_to(&secrets->corpus, "", 0);
	int result = copy_if_there(&programs, root, "tests/grader/explore", error);
	for (size_t i = 0; i < programs.count; i++)
		add_to(&secrets->corpus, programs.file[i].text, programs.file[i].size);
	pack_clear(&programs);
	return result;
}

struct secrets *secrets_gather(const struct course *course, const struct string_list *names, struct error *error)
{
	struct secrets *secrets = zeroed(1, sizeof *secrets);
	secrets->handed_out = names;
	int result = read_corpus(secrets, course->root, error);
	if (result == 0)
		result = gather_examples(secrets, course, error);
	for (size_t i = 0; result == 0 && i < course->assignment_count; i++)
		result = gather_assignment(secrets, course, course->assignment[i], error);
	drop_public_names(secrets, course);
	sort_out(secrets);
	if (result == 0)
		return secrets;
	secrets_free(secrets);
	return NULL;
}

void secrets_free(struct secrets *secrets)
{
	for (int kind = 0; secrets && kind < SECRET_KINDS; kind++) {
		for (size_t i = 0; i < secrets->count[kind]; i++) {
			free(secrets->item[kind][i].text);
			free(secrets->item[kind][i].from);
		}
		free(secrets->item[kind]);
	}
	if (secrets)
		free(secrets->corpus.bytes);
	free(secrets);
}

size_t secrets_count(const struct secrets *secrets, enum secret_kind kind)
{
	return secrets->count[kind];
}

/* ---- searching ------------------------------------------------------------------------------ */

struct search {
	const struct secrets *secrets;
	const struct file *file;
	struct leaks *leaks;
};

/* How many characters at `text` are the smooth text; 0: others. */
static size_t smooth_at(const char *text, const char *smoothed)
{
	const char *at = text;
	for (; *smoothed; smoothed++) {
		if (*smoothed == ' ' ? !isspace((unsigned char)*at) : *at != *smoothed)
			return 0;
		at += *smoothed == ' ' ? strspn(at, " \t\n\v\f\r") : 1;
	}
	return (size_t)(at - text);
}

/* The line in which the smooth text begins, as a word of its own if `word`; 0: none. */
static unsigned line_of(const char *text, const char *smoothed, bool word)
{
	unsigned line = 1;
	for (const char *at = text; *at; line += *at++ == '\n') {
		size_t length = smooth_at(at, smoothed);
		if (length && (!word || text_is_word(text, at, length)))
			return line;
	}
	return 0;
}

/* ":12"; "" where the text is not in the file as it is: a text that a patch folds has signs of the patch in it. */
static char *place_of(const struct secret *secret, bool word)
{
	char *path = format("%s/%s", secret->root, secret->from);
	size_t size = 0;
	char *text = file_read(path, FILE_LIMIT, &size, NULL);
	unsigned line = text ? line_of(text, secret->text, word) : 0;
	free(text);
	free(path);
	return line ? format(":%u", line) : format("%s", "");
}

static void add_leak(const struct search *search, unsigned line, char *sentence)
{
	struct leaks *leaks = search->leaks;
	leaks->item = must(reallocarray(leaks->item, leaks->count + 1, sizeof *leaks->item));
	leaks->item[leaks->count++] = (struct leak){format("%s", search->file->path), line, sentence};
}

/* `line`: 0 is the name of the file. */
static void tell(const struct search *search, unsigned line, const struct secret *secret, const char *what, bool word)
{
	char *place = place_of(secret, word), *here = line ? format(":%u", line) : format("%s", "");
	add_leak(search, line,
	         format("%s%s would be in the handout: %s of %s%s: %.300s", search->file->path, here, what, secret->from,
	                place, secret->text));
	free(here);
	free(place);
}

static void search_lines(const struct search *search)
{
	const struct secrets *secrets = search->secrets;
	const char *text = search->file->text;
	unsigned number = 1;
	for (size_t length; *text; text += length + (text[length] == '\n'), number++) {
		length = strcspn(text, "\n");
		char *line = smooth(text, length);
		const struct secret key = {.text = line}, *found = NULL;
		if (secrets->count[SECRET_LINE])
			found = bsearch(&key, secrets->item[SECRET_LINE], secrets->count[SECRET_LINE], sizeof key, by_text);
		if (found)
			tell(search, number, found, "a line", false);
		free(line);
	}
}

static bool search_copies(const struct search *search)
{
	char hex[HASH_SIZE];
	hash_of(search->file, hex);
	for (size_t i = 0; i < search->secrets->count[SECRET_FILE]; i++) {
		const struct secret *secret = &search->secrets->item[SECRET_FILE][i];
		if (strcmp(secret->text, hex) != 0)
			continue;
		add_leak(search, 0,
		         format("%s would be in the handout, and is a copy of %s", search->file->path, secret->from));
		return true;
	}
	return false;
}

static void search_names(const struct search *search, const struct text *text)
{
	for (size_t i = 0; i < search->secrets->count[SECRET_NAME]; i++) {
		const struct secret *secret = &search->secrets->item[SECRET_NAME][i];
		bool inside = has(text, secret->text) && text_has_word(text->bytes, secret->text);
		if (inside || text_has_word(search->file->path, secret->text))
			tell(search, inside ? line_of(search->file->text, secret->text, true) : 0, secret,
			     "the name of a hidden test", true);
	}
}

static void search_texts(const struct search *search, const struct text *text)
{
	for (size_t i = 0; i < search->secrets->count[SECRET_TEXT]; i++) {
		const struct secret *secret = &search->secrets->item[SECRET_TEXT][i];
		if (has(text, secret->text))
			tell(search, line_of(search->file->text, secret->text, false), secret, "a text", false);
	}
}

static int by_place(const void *a, const void *b)
{
	const struct leak *one = a, *other = b;
	int order = strcmp(one->path, other->path);
	if (order == 0)
		order = (one->line > other->line) - (one->line < other->line);
	return order ? order : strcmp(one->text, other->text);
}

void secrets_search(const struct secrets *secrets, const struct pack *pack, struct leaks *leaks)
{
	*leaks = (struct leaks){NULL, 0};
	for (size_t i = 0; i < pack->count; i++) {
		const struct search search = {secrets, &pack->file[i], leaks};
		if (search_copies(&search))
			continue;
		struct text text = {0};
		add_to(&text, pack->file[i].text, pack->file[i].size);
		search_names(&search, &text);
		search_texts(&search, &text);
		search_lines(&search);
		free(text.bytes);
	}
	if (leaks->count)
		qsort(leaks->item, leaks->count, sizeof *leaks->item, by_place);
}

void leaks_clear(struct leaks *leaks)
{
	for (size_t i = 0; i < leaks->count; i++) {
		free(leaks->item[i].path);
		free(leaks->item[i].text);
	}
	free(leaks->item);
	*leaks = (struct leaks){NULL, 0};
}
