#include "assignment.h"

#include "../layer.h"
#include "../memory.h"
#include "seek.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <sha256.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- building the result -------------------------------------------------------------------- */

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

/* ---- when NAME.c is missing: what is there instead ------------------------------------------ */

static bool is_other_assignment(const char *root, const char *file)
{
	char *header = format("%s/include/%.*s.h", root, (int)strcspn(file, "."), file);
	bool is = access(header, F_OK) == 0;
	free(header);
	return is;
}

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

/* The one whose name comes close to the assignment's; NULL without one. */
static const struct found *nearest(const struct found_list *list, const char *wanted)
{
	const struct found *near = NULL;
	const char **names = zeroed(list->count + 1, sizeof *names);
	for (size_t i = 0; i < list->count; i++)
		names[i] = base_of(list->item[i].path);
	const char *name = list->count ? closest(wanted, names, list->count) : NULL;
	for (size_t i = 0; name && !near && i < list->count; i++)
		if (names[i] == name)
			near = &list->item[i];
	free(names);
	return near;
}

/* Nothing found is the assignment's by its name: says what there is. */
static void explain_missing(struct source *source, const struct found_list *list, const char *assignment)
{
	char *wanted = format("%s.c", assignment), *names = NULL;
	const struct found *near = nearest(list, wanted);
	size_t shown = list->count < 3 ? list->count : 3;
	for (size_t i = 0; i < shown && !near; i++) {
		char *longer = format("%s%s%s", names ? names : "", names ? ", " : "", list->item[i].path);
		free(names);
		names = longer;
	}
	const struct found *offer = near ? near : list->count ? list->item : NULL;
	source->offer = offer ? must(strdup(offer->path)) : NULL;
	if (near)
		settle(source, SOURCE_MISSING, "there is no %s: found %s; rename it to %s", wanted, near->path, wanted);
	else if (names)
		settle(source, SOURCE_MISSING, "there is no %s: found %s%s; rename your solution to %s", wanted, names,
		       list->count > shown ? ", ..." : "", wanted);
	else
		settle(source, SOURCE_MISSING, "there is no %s, and no assignments/%s/%s", wanted, assignment, wanted);
	free(names);
	free(wanted);
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
	size_t bom = text_bom(text), control = find_control(text);
	const char *body = text->bytes + bom;
	const char *nul = memchr(text->bytes, '\0', text->size);

	if (text->size == bom)
		settle(source, SOURCE_REJECTED, "%s is empty", name);
	else if (text->size >= 4 && memcmp(text->bytes, "\177ELF", 4) == 0)
		settle(source, SOURCE_REJECTED, "%s is a compiled program (ELF), not C source", name);
	else if (nul)
		settle(source, SOURCE_REJECTED, "%s has a NUL byte in line %u: it is a binary file, not C source", name,
		       text_line(text->bytes, (size_t)(nul - text->bytes), NULL));
	else if (control < text->size)
		settle(source, SOURCE_REJECTED,
		       "%s has the control character 0x%02x in line %u: it is a binary file, not C source", name,
		       (unsigned char)text->bytes[control], text_line(text->bytes, control, NULL));
	else if (body[strspn(body, " \t\n\v\f\r")] == '\0')
		settle(source, SOURCE_REJECTED, "%s contains only white space", name);
	else if (strchr(body, '\r') && !strchr(body, '\n'))
		settle(source, SOURCE_REJECTED, "%s ends its lines with CR alone (old Mac); save it with LF", name);
	else
		return true;
	return false;
}

/* Editors of other systems write other encodings, most often only in comments: what can be read is no fault. */
static void translate(struct source *source, const char *name, struct text *text)
{
	const char *from = text_to_utf8(text);
	if (from)
		list_add(&source->remarks, format("%s is %s text; it is read as such", name, from));
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
	case TEXT_UNREADABLE:
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
static struct candidate *decide(struct source *source, struct candidate candidate[2])
{
	struct candidate *chosen = &candidate[candidate[0].state == TEXT_ABSENT];
	if (chosen->state == TEXT_ABSENT)
		return NULL;
	if (chosen->state == TEXT_OK && (candidate[1].state == TEXT_REFUSED || candidate[1].state == TEXT_UNREADABLE))
		chosen = &candidate[1]; /* nobody can say whether they are equal, so it has to be mended */
	if (chosen == &candidate[0] && chosen->state == TEXT_OK && candidate[1].state == TEXT_OK &&
	    differ(chosen, &candidate[1])) {
		source->offer = must(strdup(chosen->name));
		settle(source, SOURCE_AMBIGUOUS, "%s and %s differ; keep only the one that is to be graded", chosen->name,
		       candidate[1].name);
		return NULL;
	}
	return chosen;
}

/* What it is when it is the file that counts. */
static void judge(struct source *source, const char *folder, struct candidate *chosen)
{
	source->path = format("%s%s%s", folder, folder[strlen(folder) - 1] == '/' ? "" : "/", chosen->name);
	if (chosen->state != TEXT_OK) {
		settle(source, chosen->state == TEXT_REFUSED ? SOURCE_REJECTED : SOURCE_UNREADABLE, "%s %s", chosen->name,
		       chosen->problem);
		return;
	}
	SHA256Data((const uint8_t *)chosen->text.bytes, chosen->text.size, source->sha256);
	translate(source, chosen->name, &chosen->text);
	if (check_text(source, chosen->name, &chosen->text))
		take_text(source, chosen->name, &chosen->text);
}

/* ---- other names, other folders ------------------------------------------------------------- */

enum { RIVALS = 50, LATER_S = 2 /* file systems of archives count in steps of two seconds */ };

/* Files of which one is to be judged, each with what was read of it. */
struct rivals {
	struct candidate candidate[RIVALS];
	int64_t time[RIVALS];
	size_t count;
};

static void add_rival(struct rivals *rivals, int folder, const struct found *found)
{
	if (rivals->count == RIVALS)
		return;
	struct candidate *candidate = &rivals->candidate[rivals->count];
	*candidate = (struct candidate){.name = must(strdup(found->path))};
	read_candidate(candidate, folder, found->path);
	rivals->time[rivals->count++] = found->time;
}

static void clear_rivals(struct rivals *rivals)
{
	for (size_t i = 0; i < rivals->count; i++) {
		free(rivals->candidate[i].text.bytes);
		free(rivals->candidate[i].name);
	}
	free(rivals);
}

static bool are_equal(const struct candidate *a, const struct candidate *b)
{
	return a->state == TEXT_OK && b->state == TEXT_OK && !differ(a, b);
}

static bool in_one_folder(const struct rivals *rivals)
{
	size_t size = (size_t)(base_of(rivals->candidate[0].name) - rivals->candidate[0].name);
	for (size_t i = 1; i < rivals->count; i++) {
		const char *name = rivals->candidate[i].name;
		if ((size_t)(base_of(name) - name) != size || strncmp(name, rivals->candidate[0].name, size) != 0)
			return false;
	}
	return true;
}

/* The one that counts: all are equal, or they lie side by side and one is later than all that differ. NULL: nobody can
 * tell. */
static struct candidate *latest(struct rivals *rivals, bool *differ)
{
	size_t best = 0;
	bool clear = true;
	for (size_t i = 1; i < rivals->count; i++)
		if (rivals->time[i] > rivals->time[best])
			best = i;
	*differ = false;
	for (size_t i = 0; i < rivals->count; i++) {
		if (are_equal(&rivals->candidate[i], &rivals->candidate[best]))
			continue;
		*differ |= i != best;
		clear &= i == best || rivals->time[best] - rivals->time[i] >= LATER_S;
	}
	if (!*differ)
		return &rivals->candidate[0];
	return clear && in_one_folder(rivals) ? &rivals->candidate[best] : NULL;
}

static char *names_of(const struct rivals *rivals)
{
	char *names = must(strdup(rivals->candidate[0].name));
	size_t shown = rivals->count < 4 ? rivals->count : 4;
	for (size_t i = 1; i < shown; i++) {
		char *longer = format("%s%s%s", names, i + 1 == rivals->count ? " and " : ", ", rivals->candidate[i].name);
		free(names);
		names = longer;
	}
	return names;
}

static void choose(struct source *source, const char *folder, struct rivals *rivals, const char *assignment)
{
	bool differ;
	struct candidate *chosen = latest(rivals, &differ);
	char *names = names_of(rivals), *wanted = format("%s.c", assignment);
	if (!chosen) {
		source->path =
		    format("%s%s%s", folder, folder[strlen(folder) - 1] == '/' ? "" : "/", rivals->candidate[0].name);
		source->offer = must(strdup(rivals->candidate[0].name));
		settle(source, SOURCE_AMBIGUOUS, "%s differ; keep only the one that is to be graded", names);
	} else {
		if (differ)
			list_add(&source->remarks, format("of %s the latest counts: %s", names, chosen->name));
		else if (strcmp(chosen->name, wanted) != 0)
			list_add(&source->remarks, format("%s is graded as %s", chosen->name, wanted));
		judge(source, folder, chosen);
	}
	free(wanted);
	free(names);
}

/* Copies that a browser has numbered lie beside the file. In a repository nobody knows which is the later one. */
static struct rivals *find_copies(int descriptor, int nested, const struct candidate *chosen, const char *assignment)
{
	struct stat status;
	struct found_list list = {0};
	struct rivals *rivals = zeroed(1, sizeof *rivals);
	bool below = strchr(chosen->name, '/') != NULL;
	size_t copies = 0;
	if (fstatat(descriptor, ".git", &status, AT_SYMLINK_NOFOLLOW) != 0)
		sources_seek(below ? nested : descriptor, false, assignment, &list);
	for (size_t i = 0; i < list.count; i++)
		if (list.item[i].likeness == NAMED || (list.item[i].likeness == RENAMED && list.item[i].numbered)) {
			copies += list.item[i].likeness == RENAMED;
			char *path = format("%.*s%s", (int)(base_of(chosen->name) - chosen->name), chosen->name, list.item[i].path);
			struct found found = {.path = path, .time = list.item[i].time};
			add_rival(rivals, descriptor, &found);
			free(path);
		}
	found_clear(&list);
	if (copies)
		return rivals;
	clear_rivals(rivals);
	return NULL;
}

static void find_elsewhere(struct source *source, const char *root, const char *folder, int descriptor,
                           const char *assignment)
{
	struct stat status;
	struct found_list all, list = {0};
	struct rivals *rivals = zeroed(1, sizeof *rivals);
	sources_seek(descriptor, true, assignment, &all);
	list.item = zeroed(all.count + 1, sizeof *list.item);
	for (size_t i = 0; i < all.count; i++)
		if (all.item[i].likeness != OTHER && (all.item[i].likeness != MENTIONED || all.item[0].likeness == MENTIONED))
			add_rival(rivals, descriptor, &all.item[i]);
		else if (!is_other_assignment(root, base_of(all.item[i].path)))
			list.item[list.count++] = all.item[i];
	if (rivals->count)
		choose(source, folder, rivals, assignment);
	else if (fstatat(descriptor, "assignments", &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode))
		settle(source, SOURCE_MISSING,
		       "there is no %s.c, and assignments is a symbolic link; hand in the files themselves", assignment);
	else
		explain_missing(source, &list, assignment);
	free(list.item);
	found_clear(&all);
	clear_rivals(rivals);
}

static void find_in(struct source *source, const char *root, const char *folder, int descriptor, const char *assignment)
{
	int nested = open_nested(descriptor, assignment);
	char *file = format("%s.c", assignment);
	struct candidate candidate[2] = {{.name = format("%s", file)},
	                                 {.name = format("assignments/%s/%s", assignment, file)}};

	read_candidate(&candidate[0], descriptor, file);
	read_candidate(&candidate[1], nested, file);
	bool there = candidate[0].state != TEXT_ABSENT || candidate[1].state != TEXT_ABSENT;
	struct candidate *chosen = decide(source, candidate);
	struct rivals *rivals = chosen ? find_copies(descriptor, nested, chosen, assignment) : NULL;
	if (rivals)
		choose(source, folder, rivals, assignment);
	else if (chosen)
		judge(source, folder, chosen);
	else if (there)
		source->path = format("%s%s%s", folder, folder[strlen(folder) - 1] == '/' ? "" : "/", file);
	else
		find_elsewhere(source, root, folder, descriptor, assignment);
	if (source->path)
		compare_headers(source, root, descriptor, nested, assignment);
	if (rivals)
		clear_rivals(rivals);
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
		settle(source, SOURCE_UNREADABLE, "the folder %s cannot be read: %s", folder, strerror(errno));
	}
	return source;
}

struct source *source_refused(const char *problem)
{
	struct source *source = zeroed(1, sizeof *source);

	settle(source, SOURCE_REJECTED, "%s", problem);
	return source;
}

struct source *source_unreadable(const char *problem)
{
	struct source *source = zeroed(1, sizeof *source);

	settle(source, SOURCE_UNREADABLE, "%s", problem);
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
	free(source->offer);
	free(source);
}
