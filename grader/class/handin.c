/* handin.c - who handed in what, told by names. */
#include "handin.h"

#include "../file.h"
#include "../intake/intake.h"
#include "../memory.h"
#include "submitters.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static void add(struct string_list *list, const char *text, size_t size)
{
	list->item = must(reallocarray(list->item, list->count + 1, sizeof *list->item));
	list->item[list->count++] = must(strndup(text, size));
}

static void drop(struct string_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->item[i]);
	free(list->item);
	*list = (struct string_list){0};
}

static void handin_clear(struct handin *handin)
{
	free(handin->path);
	free(handin->student);
	free(handin->number);
	drop(&handin->keys);
}

static char *copy(const char *text, size_t size)
{
	char *own = must(strndup(text, size));
	return own;
}

static size_t digits(const char *text)
{
	return strspn(text, "0123456789");
}

/* ---- assignments in names ------------------------------------------------------------------- */

/* How many bytes of `text` are the assignment's name, in any case, with - or blank for _; 0 if it does not begin so. */
static size_t begins_with(const char *text, const struct assignment *assignment)
{
	size_t i = 0;
	for (const char *c = assignment->name; *c; c++, i++)
		if (tolower((unsigned char)text[i]) != *c && !(*c == '_' && (text[i] == '-' || text[i] == ' ')))
			return 0;
	return i;
}

static bool is_letter(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* Where an assignment's name stands in a text, as words of their own. */
struct mention {
	const struct assignment *assignment; /* NULL: nowhere */
	size_t at, size;
};

/* The longest one: "pool" is in thread_pool, too. */
static struct mention mention_in(const struct course *course, const char *text)
{
	struct mention mention = {0};
	for (size_t at = 0; text[at]; at++) {
		if (at && is_letter(text[at - 1]))
			continue;
		for (size_t i = 0; i < course->assignment_count; i++) {
			size_t size = begins_with(text + at, course->assignment[i]);
			if (size > mention.size && !is_letter(text[at + size]))
				mention = (struct mention){course->assignment[i], at, size};
		}
	}
	return mention;
}

/* ---- names of what was handed in ------------------------------------------------------------ */

static bool ends_in(const char *name, const char *end)
{
	size_t length = strlen(name), size = strlen(end);
	return length > size && strcasecmp(name + length - size, end) == 0;
}

/* Of a file: without ".c", ".zip", ..., and without the " (1)" that browsers add. */
static char *stem_of(const char *name)
{
	static const char *const ends[] = {".tar.gz",  ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tbz",
	                                   ".tar.zst", ".tar", ".zip",    ".7z",  ".rar",     ".c"};
	char *stem = copy(name, strlen(name));
	size_t length = strlen(stem);
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		if (ends_in(stem, ends[i])) {
			length -= strlen(ends[i]);
			break;
		}
	}
	stem[length] = 0;
	char *bracket = strrchr(stem, '(');
	if (bracket && bracket > stem + 1 && bracket[-1] == ' ' && digits(bracket + 1) &&
	    strcmp(bracket + 1 + digits(bracket + 1), ")") == 0)
		bracket[-1] = 0;
	return stem;
}

/* "Ada Lovelace_123_assignsubmission_file_pipe_ring": who, Moodle's number of the participant in this assignment (a
 * group may have none), what the file was called. With anonymous grading everyone is "Participant" and only the number
 * tells; else it could be another one's in the roster of another assignment. */
static bool is_moodle(const struct course *course, const char *stem, struct handin *handin)
{
	static const char marker[] = "_assignsubmission_";
	const char *mark = strstr(stem, marker), *bar = mark;
	if (!mark || mark == stem)
		return false;
	while (bar > stem && isdigit((unsigned char)bar[-1]))
		bar--;
	bool numbered = bar < mark && bar > stem + 1 && bar[-1] == '_';
	handin->student = copy(stem, (size_t)((numbered ? bar - 1 : mark) - stem));
	add(&handin->keys, handin->student, strlen(handin->student));
	if (numbered) {
		handin->number = copy(bar, (size_t)(mark - bar));
		handin->local = true;
		if (strcmp(handin->student, "Participant") == 0) {
			char *key = format("Participant %s", handin->number);
			add(&handin->keys, key, strlen(key));
			free(key);
		}
	}
	handin->assignment = mention_in(course, mark + strlen(marker)).assignment;
	return true;
}

/* "lovelaceada_LATE_123_456_pipe_ring-1": who, Canvas's numbers of the user and of the file, what it was called;
 * "anon_x7Yz1_456_pipe_ring" with anonymous grading. */
static bool is_canvas(const struct course *course, const char *stem, struct handin *handin)
{
	static const char late[] = "LATE_", anonymous[] = "anon_";
	bool is_late = strncmp(stem, late, strlen(late)) == 0;
	const char *rest = is_late ? stem + strlen(late) : stem;
	const char *name = rest, *name_end = NULL, *number = NULL, *number_end = NULL;
	if (strncmp(rest, anonymous, strlen(anonymous)) == 0) {
		number = rest + strlen(anonymous);
		number_end = number;
		while (isalnum((unsigned char)*number_end))
			number_end++;
		name_end = number_end;
	} else {
		for (const char *bar = strchr(stem + 1, '_'); bar && !number; bar = strchr(bar + 1, '_')) {
			const char *second = bar + 1 + digits(bar + 1);
			if (second > bar + 1 && *second == '_' && digits(second + 1) && second[1 + digits(second + 1)] == '_') {
				name = stem;
				name_end = bar;
				number = bar + 1;
				number_end = second;
			}
		}
	}
	if (!number || number == number_end || *number_end != '_')
		return false;
	const char *file = number_end + 1 + digits(number_end + 1);
	if (file == number_end + 1 || *file != '_')
		return false;
	if (name_end - name > 5 && strncmp(name_end - 5, "_LATE", 5) == 0) {
		is_late = true;
		name_end -= 5;
	}
	handin->student = copy(name, (size_t)(name_end - name));
	handin->number = copy(number, (size_t)(number_end - number));
	handin->canvas = true;
	handin->late = is_late;
	add(&handin->keys, handin->student, strlen(handin->student));
	handin->assignment = mention_in(course, file + 1).assignment;
	return true;
}

static const char separators[] = "-_ .";

/* "pipe-ring-ada", "ada_pipe_ring-1"; a repository can have the classroom in front, a file anything behind. */
static bool names_assignment(const struct course *course, const char *stem, bool folder, struct handin *handin)
{
	struct mention mention = mention_in(course, stem);
	if (!mention.assignment)
		return false;
	handin->assignment = mention.assignment;
	handin->named = true;
	size_t before = mention.at;
	while (before && strchr(separators, stem[before - 1]))
		before--;
	const char *after = stem + mention.at + mention.size;
	after += strspn(after, separators);
	if (*after && (folder || !before))
		handin->student = copy(after, strlen(after));
	else
		handin->student = before ? copy(stem, before) : copy(stem, strlen(stem));
	add(&handin->keys, handin->student, strlen(handin->student));
	return true;
}

/* `prefix`: what the names in this folder begin with, or "". */
static void read_name(const struct course *course, const char *name, const char *prefix, bool folder,
                      struct handin *handin)
{
	char *stem = folder ? copy(name, strlen(name)) : stem_of(name);
	size_t skip = strlen(prefix);
	if (skip && strncasecmp(stem, prefix, skip) == 0 && strchr("-_", stem[skip]) && stem[skip] && stem[skip + 1]) {
		handin->student = copy(stem + skip + 1, strlen(stem + skip + 1));
		add(&handin->keys, handin->student, strlen(handin->student));
	} else if (!is_moodle(course, stem, handin) && !is_canvas(course, stem, handin) &&
	           !names_assignment(course, stem, folder, handin)) {
		handin->student = copy(stem, strlen(stem));
		add(&handin->keys, stem, strlen(stem));
	}
	free(stem);
}

/* ---- the folder ------------------------------------------------------------------------------- */

struct search {
	const struct course *course;
	const char *root;
	struct handins *handins;
};

/* A folder of what many handed in. */
struct collection {
	char *inner;                         /* "" or "pipe_ring/", in the class's folder */
	char *prefix;                        /* what names in it begin with, or "" */
	const struct assignment *assignment; /* of all in it, or NULL */
	struct submitters *submitters;       /* Gradescope's list, or NULL */
};

static struct handin *new_handin(struct search *search, char *path, bool source)
{
	struct handins *handins = search->handins;
	handins->item = must(reallocarray(handins->item, handins->count + 1, sizeof *handins->item));
	struct handin *handin = &handins->item[handins->count++];
	*handin = (struct handin){.path = path, .source = source};
	return handin;
}

/* One for each who is in Gradescope's list; false when none is. */
static bool add_submitters(struct search *search, const struct collection *collection, const char *name)
{
	size_t count = 0;
	for (;; count++) {
		struct submitter who =
		    collection->submitters ? submitters_get(collection->submitters, name, count) : (struct submitter){0};
		const char *const keys[] = {who.email, who.sid, who.name};
		const char *called = who.name ? who.name : who.email ? who.email : who.sid;
		if (!called)
			return count > 0;
		struct handin *handin = new_handin(search, format("%s%s", collection->inner, name), false);
		handin->student = copy(called, strlen(called));
		for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
			if (!keys[i])
				continue;
			add(&handin->keys, keys[i], strlen(keys[i]));
			if (!handin->number)
				handin->number = copy(keys[i], strlen(keys[i]));
		}
		handin->assignment = collection->assignment;
		handin->named = collection->assignment != NULL;
		handin->time = submitters_time(collection->submitters, name);
	}
}

static void ignore(struct search *search, const struct collection *collection, const char *name, const char *why)
{
	char *sentence = format("%s%s %s", collection->inner, name, why);
	add(&search->handins->ignored, sentence, strlen(sentence));
	free(sentence);
}

/* Canvas's "Test Student" is nobody. */
static void leave_test_student(struct search *search, const struct collection *collection, const char *name)
{
	handin_clear(&search->handins->item[--search->handins->count]);
	ignore(search, collection, name, "belongs to Canvas's test student; it was skipped");
}

enum kind { FOLDER, ARCHIVE, SOURCE };

static void add_handin(struct search *search, const struct collection *collection, const char *name, enum kind kind)
{
	if (kind == FOLDER && add_submitters(search, collection, name))
		return;
	struct handin *handin = new_handin(search, format("%s%s", collection->inner, name), kind == SOURCE);
	read_name(search->course, name, collection->prefix, kind == FOLDER, handin);
	if (collection->assignment) {
		handin->assignment = collection->assignment;
		handin->named = true;
	}
	if (handin->canvas && strcmp(handin->student, "studenttest") == 0)
		leave_test_student(search, collection, name);
}

/* Hidden, or what macOS adds to archives. */
static int is_shown(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && strcmp(entry->d_name, "__MACOSX") != 0;
}

/* How many bytes of the folder's name come before "-submissions", "_submissions" or "_submissions_2026_..."; the whole
 * length, if there is none of them. */
static size_t prefix_of(const char *name)
{
	static const char word[] = "submissions";
	for (const char *at = strstr(name, word); at; at = strstr(at + 1, word)) {
		const char *behind = at + strlen(word);
		bool ends = !*behind || (*behind == '_' && isdigit((unsigned char)behind[1]));
		if (ends && at > name + 1 && strchr("-_ ", at[-1]))
			return (size_t)(at - 1 - name);
	}
	return strlen(name);
}

/* Whether the folder's name says that it holds what many handed in; fills *collection. Its content must not decide:
 * a student could make it so. */
static bool is_collection(const struct course *course, const char *name, struct collection *collection)
{
	static const char gradescope[] = "assignment_";
	size_t number = strncmp(name, gradescope, strlen(gradescope)) == 0 ? digits(name + strlen(gradescope)) : 0;
	size_t prefix = prefix_of(name);
	struct mention mention = mention_in(course, name);
	bool is = strcmp(name, "submissions") == 0 || name[prefix] ||
	          (mention.assignment && !mention.at && !name[mention.size]) ||
	          (number && strcmp(name + strlen(gradescope) + number, "_export") == 0);
	if (is) {
		collection->prefix = copy(name, name[prefix] ? prefix : 0);
		collection->assignment = mention.assignment;
	}
	return is;
}

static int look_into(struct search *search, struct collection *collection, bool deeper);

/* True when the folder holds what many handed in and has been looked into. */
static bool look_deeper(struct search *search, const struct collection *outer, const char *path, const char *name)
{
	struct collection collection = {.inner = format("%s%s/", outer->inner, name)};
	char *repository = format("%s/.git", path);
	bool is = !file_exists(repository) && is_collection(search->course, name, &collection);
	if (is && !collection.assignment)
		collection.assignment = outer->assignment;
	bool good = is && look_into(search, &collection, false) == 0;
	free(repository);
	free(collection.inner);
	free(collection.prefix);
	return good;
}

static void look_at(struct search *search, const struct collection *collection, const char *name, bool deeper)
{
	char *path = format("%s/%s%s", search->root, collection->inner, name);
	struct stat status;
	bool there = stat(path, &status) == 0; /* a link to a folder is the instructor's */
	if (there && S_ISDIR(status.st_mode)) {
		if (!deeper || !look_deeper(search, collection, path, name))
			add_handin(search, collection, name, FOLDER);
	} else if (there && S_ISREG(status.st_mode) && ends_in(name, ".c")) {
		add_handin(search, collection, name, SOURCE);
	} else if (intake_is_archive(path)) {
		add_handin(search, collection, name, ARCHIVE);
	} else if (strcmp(name, "submission_metadata.yml") != 0 && !ends_in(name, ".csv")) {
		ignore(search, collection, name, "is neither a folder, nor an archive, nor a C file; it was skipped");
	}
	free(path);
}

/* Takes all in the folder. -1 and errno when it cannot be read. */
static int look_into(struct search *search, struct collection *collection, bool deeper)
{
	struct dirent **entry;
	struct error error;
	char *path = format("%s/%s", search->root, collection->inner);
	char *metadata = format("%ssubmission_metadata.yml", path);
	int count = scandir(path, &entry, is_shown, alphasort), cause = errno;
	if (count >= 0 && file_exists(metadata) && !(collection->submitters = submitters_read(metadata, &error)))
		ignore(search, collection, "submission_metadata.yml", "cannot be read, so nobody knows who handed in what");
	for (int i = 0; i < count; i++) {
		look_at(search, collection, entry[i]->d_name, deeper);
		free(entry[i]);
	}
	if (count >= 0)
		free(entry);
	submitters_free(collection->submitters);
	free(metadata);
	free(path);
	errno = cause;
	return count < 0 ? -1 : 0;
}

static int by_path(const void *a, const void *b)
{
	const struct handin *x = a, *y = b;
	int order = strcmp(x->path, y->path);
	if (!order)
		order = strcmp(x->student, y->student);
	return order ? order : (x->line > y->line) - (x->line < y->line);
}

int handins_find(const struct course *course, const char *folder, struct handins *handins, struct error *error)
{
	*handins = (struct handins){0};
	struct search search = {course, folder, handins};
	struct collection root = {.inner = copy("", 0)};
	char *whole = realpath(folder, NULL);
	if (!whole || !is_collection(course, strrchr(whole, '/') + 1, &root))
		root.prefix = copy("", 0);
	int result = look_into(&search, &root, true);
	if (result != 0)
		fail(error, "cannot read %s: %s", folder, strerror(errno));
	else if (!handins->count)
		result = fail(error, "%s contains no submissions: no folder, no archive and no C file", folder);
	free(whole);
	free(root.inner);
	free(root.prefix);
	if (handins->count)
		qsort(handins->item, handins->count, sizeof *handins->item, by_path);
	return result;
}

void handins_give(struct handins *handins, size_t index, size_t line)
{
	handins->item = must(reallocarray(handins->item, handins->count + 1, sizeof *handins->item));
	const struct handin *old = &handins->item[index];
	struct handin *new = &handins->item[handins->count++];
	*new = *old;
	new->path = copy(old->path, strlen(old->path));
	new->student = copy(old->student, strlen(old->student));
	new->number = old->number ? copy(old->number, strlen(old->number)) : NULL;
	new->keys = (struct string_list){0};
	for (size_t i = 0; i < old->keys.count; i++)
		add(&new->keys, old->keys.item[i], strlen(old->keys.item[i]));
	new->line = line;
	qsort(handins->item, handins->count, sizeof *handins->item, by_path);
}

void handins_clear(struct handins *handins)
{
	for (size_t i = 0; i < handins->count; i++)
		handin_clear(&handins->item[i]);
	free(handins->item);
	drop(&handins->ignored);
	*handins = (struct handins){0};
}
