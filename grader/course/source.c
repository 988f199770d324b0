#include "course.h"

#include "../layer.h"
#include "../memory.h"
#include "text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sha256.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- building the result -------------------------------------------------------------------- */

static void list_add(struct string_list *list, char *owned)
{
	list->item = must(realloc(list->item, (list->count + 1) * sizeof *list->item));
	list->item[list->count++] = owned;
}

static void list_free(struct string_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->item[i]);
	free(list->item);
	*list = (struct string_list){NULL, 0};
}

static void settle(struct source *source, enum source_state state, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Gives the result its state and its sentence. */
static void settle(struct source *source, enum source_state state, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	free(source->problem);
	source->problem = vformat(format, args);
	source->state = state;
	va_end(args);
}

/* ---- folders -------------------------------------------------------------------------------- */

/* Opens a folder in a folder, but not through a symbolic link: that could lead out of the submission, to the kit's own
 * solutions, say. -1 if there is none. */
static int open_folder(int parent, const char *name)
{
	int links = layer_on("intake") ? O_NOFOLLOW : 0;
	return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC | links);
}

/* The folder assignments/NAME of a submission, -1 if there is none. */
static int open_nested(int folder, const char *name)
{
	int parent = open_folder(folder, "assignments");
	if (parent < 0)
		return -1;
	int nested = open_folder(parent, name);
	close(parent);
	return nested;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names of the regular files in the folder, sorted, without hidden ones (macOS leaves "._x.c" beside x.c). */
static struct string_list regular_files(int folder)
{
	enum { MOST = 1000 }; /* of a folder with more, some: this only serves a message */
	struct string_list names = {NULL, 0};
	int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;
	struct stat status;

	if (!stream) {
		if (copy >= 0)
			close(copy);
		return names;
	}
	while (names.count < MOST && (entry = readdir(stream))) {
		if (entry->d_name[0] != '.' && fstatat(folder, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(status.st_mode))
			list_add(&names, must(strdup(entry->d_name)));
	}
	closedir(stream);
	if (names.count > 1)
		qsort(names.item, names.count, sizeof *names.item, by_name);
	return names;
}

/* ---- when NAME.c is missing: what is there instead ------------------------------------------ */

static bool is_other_assignment(const char *root, const char *file)
{
	char *header = format("%s/include/%.*s.h", root, (int)strlen(file) - 2, file);
	bool is = access(header, F_OK) == 0;
	free(header);
	return is;
}

static bool ends_in_c(const char *file)
{
	size_t length = strlen(file);
	return length > 2 && strcasecmp(file + length - 2, ".c") == 0;
}

/* Whether ".c" is anywhere in the name: "pipe_ring.c.txt" may be a source, "pipe_ring.h" and "pipe_ring.o" are not. */
static bool may_be_source(const char *file)
{
	for (const char *dot = strchr(file, '.'); dot; dot = strchr(dot + 1, '.')) {
		if (dot[1] == 'c' || dot[1] == 'C')
			return true;
	}
	return false;
}

/* Whether the file has the assignment's name with something added: "pipe_ring (1).c", "My_Pipe_Ring_final.c". */
static bool is_decorated(const char *file, const char *assignment)
{
	size_t length = strlen(assignment);
	for (; *file; file++) {
		if (strncasecmp(file, assignment, length) == 0)
			return true;
	}
	return false;
}

/* Looks in one folder of the submission, whose path within it is `prefix`. Returns whether it found something to say.
 */
static bool explain_missing(struct source *source, const char *root, int folder, const char *prefix,
                            const char *assignment)
{
	char *wanted = format("%s.c", assignment), *list = NULL;
	struct string_list all = regular_files(folder), rest = {NULL, 0};
	const char *near = NULL;

	for (size_t i = 0; i < all.count; i++) {
		if (may_be_source(all.item[i]) && !(ends_in_c(all.item[i]) && is_other_assignment(root, all.item[i])))
			list_add(&rest, must(strdup(all.item[i])));
	}
	if (rest.count > 0)
		near = closest(wanted, (const char *const *)rest.item, rest.count);
	for (size_t i = 0; i < rest.count && !near; i++) {
		if (is_decorated(rest.item[i], assignment))
			near = rest.item[i];
	}
	if (near) {
		settle(source, SOURCE_MISSING, "there is no %s%s: found %s%s; rename it to %s", prefix, wanted, prefix, near,
		       wanted);
	} else {
		size_t found = 0;
		for (size_t i = 0; i < rest.count; i++) {
			if (!ends_in_c(rest.item[i]) || ++found > 3)
				continue;
			char *longer = format("%s%s%s%s", list ? list : "", list ? ", " : "", prefix, rest.item[i]);
			free(list);
			list = longer;
		}
		if (found > 0)
			settle(source, SOURCE_MISSING, "there is no %s%s: found %s%s; rename your solution to %s", prefix, wanted,
			       list, found > 3 ? ", ..." : "", wanted);
		free(list);
	}
	list_free(&all);
	list_free(&rest);
	free(wanted);
	return source->problem != NULL;
}

static void find_instead(struct source *source, const char *root, int folder, int nested, const char *assignment)
{
	struct stat status;
	source->state = SOURCE_MISSING;
	if (fstatat(folder, "assignments", &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode)) {
		settle(source, SOURCE_MISSING,
		       "there is no %s.c, and assignments is a symbolic link; hand in the files themselves", assignment);
		return;
	}
	int own = open_folder(folder, assignment); /* NAME/NAME.c: an archive unpacked with one folder too many */
	if (own >= 0) {
		char *file = format("%s.c", assignment);
		bool there = fstatat(own, file, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode);
		close(own);
		if (there)
			settle(source, SOURCE_MISSING, "there is no %s: found %s/%s; move it up to %s", file, assignment, file,
			       file);
		free(file);
		if (there)
			return;
	}
	if (explain_missing(source, root, folder, "", assignment))
		return;
	if (nested >= 0) {
		char *prefix = format("assignments/%s/", assignment);
		bool explained = explain_missing(source, root, nested, prefix, assignment);
		free(prefix);
		if (explained)
			return;
	}
	settle(source, SOURCE_MISSING, "there is no %s.c, and no assignments/%s/%s.c", assignment, assignment, assignment);
}

/* ---- is it text? ---------------------------------------------------------------------------- */

static bool is_control(unsigned char byte)
{
	return (byte < 0x20 && !strchr("\t\n\v\f\r", byte)) || byte == 0x7f;
}

/* Offset of the first control character, or `size`. */
static size_t find_control(const struct text *text)
{
	size_t at = 0;
	while (at < text->size && !is_control((unsigned char)text->bytes[at]))
		at++;
	return at;
}

/* Judges what was read; `name` is the file's path within the submission. Returns false when it is no C source. */
static bool check_text(struct source *source, const char *name, const struct text *text)
{
	size_t bom = text_bom(text), valid = text_utf8_prefix(text->bytes, text->size), control = find_control(text);
	const char *body = text->bytes + bom;
	const char *nul = memchr(text->bytes, '\0', text->size);

	if (text->size == bom)
		settle(source, SOURCE_REJECTED, "%s is empty", name);
	else if (text->size >= 4 && memcmp(text->bytes, "\177ELF", 4) == 0)
		settle(source, SOURCE_REJECTED, "%s is a compiled program (ELF), not C source", name);
	else if (text->size >= 2 && (memcmp(text->bytes, "\xff\xfe", 2) == 0 || memcmp(text->bytes, "\xfe\xff", 2) == 0))
		settle(source, SOURCE_REJECTED, "%s is UTF-16 text; save it as UTF-8", name);
	else if (nul)
		settle(source, SOURCE_REJECTED, "%s has a NUL byte in line %u: it is binary, not C source", name,
		       text_line(text->bytes, (size_t)(nul - text->bytes), NULL));
	else if (valid < text->size)
		settle(source, SOURCE_REJECTED, "%s is not UTF-8 in line %u (byte 0x%02x); save it as UTF-8", name,
		       text_line(text->bytes, valid, NULL), (unsigned char)text->bytes[valid]);
	else if (control < text->size)
		settle(source, SOURCE_REJECTED, "%s has the control character 0x%02x in line %u: it is binary, not C source",
		       name, (unsigned char)text->bytes[control], text_line(text->bytes, control, NULL));
	else if (body[strspn(body, " \t\n\v\f\r")] == '\0')
		settle(source, SOURCE_REJECTED, "%s has nothing but white space", name);
	else if (strchr(body, '\r') && !strchr(body, '\n'))
		settle(source, SOURCE_REJECTED, "%s ends its lines with CR alone (old Mac); save it with LF", name);
	else
		return true;
	return false;
}

/* Characters that make text look different from what the compiler reads: U+202A-202E and U+2066-2069. */
static void remark_hidden(struct source *source, const char *name)
{
	for (const char *p = source->text; (p = strchr(p, '\xe2')); p++) {
		unsigned second = (unsigned char)p[1], third = second ? (unsigned char)p[2] : 0;
		bool hidden =
		    (second == 0x80 && third >= 0xaa && third <= 0xae) || (second == 0x81 && third >= 0xa6 && third <= 0xa9);
		if (!hidden)
			continue;
		list_add(&source->remarks, format("%s has a hidden character in line %u that reorders the text shown (U+%04X)",
		                                  name, text_line(source->text, (size_t)(p - source->text), NULL),
		                                  0x2000 | (second & 0x3f) << 6 | (third & 0x3f)));
		return;
	}
}

/* Makes `text` (owned; consumed) the result's and notes what is tolerated. */
static void take_text(struct source *source, const char *name, struct text *text)
{
	size_t bom = text_bom(text);
	memmove(text->bytes, text->bytes + bom, text->size - bom + 1);
	source->text = text->bytes;
	source->size = text->size - bom;
	*text = (struct text){NULL, 0};
	if (bom)
		list_add(&source->remarks, format("%s begins with a byte-order mark; it is ignored", name));
	if (strstr(source->text, "\r\n"))
		list_add(&source->remarks, format("%s has CRLF line ends (Windows); they are accepted", name));
	remark_hidden(source, name);
}

/* ---- headers -------------------------------------------------------------------------------- */

/* Whether two texts are equal but for the byte-order mark and CRs at line ends, which editors and git change unasked.
 */
static bool same_text(const struct text *a, const struct text *b)
{
	size_t i = text_bom(a), j = text_bom(b);
	while (i < a->size || j < b->size) {
		if (i + 1 < a->size && a->bytes[i] == '\r' && a->bytes[i + 1] == '\n')
			i++;
		if (j + 1 < b->size && b->bytes[j] == '\r' && b->bytes[j + 1] == '\n')
			j++;
		if (i >= a->size || j >= b->size || a->bytes[i++] != b->bytes[j++])
			return false;
	}
	return true;
}

static void compare_header(struct source *source, int folder, const char *path, const char *name,
                           const struct text *kits)
{
	struct text copy;
	char problem[256];
	switch (text_read(folder, name, false, SOURCE_LIMIT, &copy, problem, sizeof problem)) {
	case TEXT_ABSENT:
		break;
	case TEXT_REFUSED:
		list_add(&source->remarks, format("%s %s; the kit's header is used", path, problem));
		break;
	case TEXT_OK:
		if (!same_text(&copy, kits))
			list_add(&source->remarks, format("%s differs from the kit's header; the kit's is used", path));
		free(copy.bytes);
		break;
	}
}

static void compare_headers(struct source *source, const char *root, int folder, int nested, const char *assignment)
{
	struct text kits;
	char problem[256];
	char *name = format("%s.h", assignment);
	char *path = format("%s/include/%s", root, name);
	int include = open_folder(folder, "include");

	if (text_read(AT_FDCWD, path, true, SOURCE_LIMIT, &kits, problem, sizeof problem) == TEXT_OK) {
		char *in_include = format("include/%s", name), *in_nested = format("assignments/%s/%s", assignment, name);
		compare_header(source, folder, name, name, &kits);
		if (include >= 0)
			compare_header(source, include, in_include, name, &kits);
		if (nested >= 0)
			compare_header(source, nested, in_nested, name, &kits);
		free(in_include);
		free(in_nested);
		free(kits.bytes);
	}
	if (include >= 0)
		close(include);
	free(path);
	free(name);
}

/* ---- the public functions ------------------------------------------------------------------- */

/* One of the two places where the file may be. */
struct candidate {
	char *name; /* path within the submission */
	enum text_state state;
	struct text text;
	char problem[256];
};

static void read_candidate(struct candidate *candidate, int folder, const char *file)
{
	candidate->state = TEXT_ABSENT;
	if (folder >= 0)
		candidate->state = text_read(folder, file, false, SOURCE_LIMIT, &candidate->text, candidate->problem,
		                             sizeof candidate->problem);
}

static bool differ(const struct candidate *a, const struct candidate *b)
{
	return a->text.size != b->text.size || memcmp(a->text.bytes, b->text.bytes, a->text.size) != 0;
}

/* Decides between the candidates. Returns the one that is to be judged; NULL when the state is settled. */
static struct candidate *decide(struct source *source, const char *folder, struct candidate candidate[2])
{
	struct candidate *chosen = &candidate[candidate[0].state == TEXT_ABSENT];
	if (chosen->state == TEXT_ABSENT)
		return NULL;
	if (chosen->state == TEXT_OK && candidate[1].state == TEXT_REFUSED)
		chosen = &candidate[1]; /* nobody can say whether they are equal, so it has to be mended */
	source->path = format("%s%s%s", folder, folder[strlen(folder) - 1] == '/' ? "" : "/", chosen->name);
	if (chosen->state == TEXT_REFUSED) {
		settle(source, SOURCE_REJECTED, "%s %s", chosen->name, chosen->problem);
		return NULL;
	}
	SHA256Data((const uint8_t *)chosen->text.bytes, chosen->text.size, source->sha256);
	if (chosen == &candidate[0] && candidate[1].state == TEXT_OK && differ(chosen, &candidate[1])) {
		settle(source, SOURCE_AMBIGUOUS, "%s and %s differ; keep only the one that is to be graded", chosen->name,
		       candidate[1].name);
		return NULL;
	}
	return chosen;
}

static void find_in(struct source *source, const char *root, const char *folder, int descriptor, const char *assignment)
{
	int nested = open_nested(descriptor, assignment);
	char *file = format("%s.c", assignment);
	struct candidate candidate[2] = {{.name = format("%s", file)},
	                                 {.name = format("assignments/%s/%s", assignment, file)}};
	struct candidate *chosen;

	read_candidate(&candidate[0], descriptor, file);
	read_candidate(&candidate[1], nested, file);
	chosen = decide(source, folder, candidate);
	if (chosen && check_text(source, chosen->name, &chosen->text))
		take_text(source, chosen->name, &chosen->text);
	if (!source->path)
		find_instead(source, root, descriptor, nested, assignment);
	else
		compare_headers(source, root, descriptor, nested, assignment);
	for (size_t i = 0; i < 2; i++) {
		free(candidate[i].text.bytes);
		free(candidate[i].name);
	}
	free(file);
	if (nested >= 0)
		close(nested);
}

struct source *source_find(const char *root, const char *folder, const char *assignment)
{
	struct source *source = zeroed(1, sizeof *source);
	int descriptor = open(*folder ? folder : ".", O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC);
	if (descriptor >= 0) {
		find_in(source, root, *folder ? folder : ".", descriptor, assignment);
		close(descriptor);
	} else if (errno == ENOENT) {
		settle(source, SOURCE_MISSING, "there is no folder %s", folder);
	} else if (errno == ENOTDIR) {
		settle(source, SOURCE_MISSING, "%s is not a folder", folder);
	} else {
		settle(source, SOURCE_REJECTED, "the folder %s cannot be read: %s", folder, strerror(errno));
	}
	return source;
}

struct source *source_refused(const char *problem)
{
	struct source *source = zeroed(1, sizeof *source);

	settle(source, SOURCE_REJECTED, "%s", problem);
	return source;
}

void source_remark(struct source *source, const char *text)
{
	list_add(&source->remarks, must(strdup(text)));
}

void source_free(struct source *source)
{
	if (!source)
		return;
	list_free(&source->remarks);
	free(source->path);
	free(source->text);
	free(source->problem);
	free(source);
}
