/* symbols.c - what the object calls and keeps: imports against the lists of course.yaml and assignment.yaml, writable
 * file-scope variables and how much memory they are, volatile.
 *
 * The object decides; the preprocessed text is only searched for the line of a call, and for volatile, which leaves no
 * trace in the object. Of a variable the debug information knows the line. */
#include "../build/seal/seal.h"
#include "../memory.h"
#include "declared.h"
#include "host_report.h"

#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PREPROCESSED_LIMIT = 16 << 20 };

/* ---- the object ----------------------------------------------------------------------------- */

static bool listed(const struct string_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->item[i], name) == 0)
			return true;
	return false;
}

enum { STATIC_MEMORY = 1024 }; /* bytes of variables at file scope that are too many */

struct object {
	struct subject *subject;
	const char *compiled; /* what the preprocessor made of the submission; NULL: it was not asked */
	const char *text;     /* of the submission; may be NULL */
	size_t size;
	char *file; /* its name */
	struct declared *declared;
	struct string_list defined;
	unsigned reused; /* a bit for each part of which it calls a function */
	size_t state;    /* bytes of its variables at file scope, thread-local ones too */
	char *largest;   /* of these */
	size_t largest_size;
	unsigned largest_line;
};

static unsigned line_of(const struct object *object, const char *word)
{
	return object->compiled ? seal_line_of_compiled(object->compiled, object->file, word)
	       : object->text   ? seal_line_of(object->text, object->size, word)
	                        : 0;
}

static struct finding *add_at(struct object *object, const char *kind, unsigned line)
{
	struct finding *finding = findings_add(&object->subject->grade->findings, "symbols", kind, NULL);
	if (line)
		finding_add_place(finding, object->file, line, NULL, NULL);
	finding_set(&finding->replay, "make grade A=%s", object->subject->assignment->name);
	return finding;
}

static struct finding *add(struct object *object, const char *kind, const char *word)
{
	return add_at(object, kind, line_of(object, word));
}

static const struct linked_part *part_of(const struct object *object, const struct reuse *reuse)
{
	const struct parts *parts = object->subject->parts;
	for (size_t i = 0; i < parts->count; i++)
		if (parts->item[i].reuse == reuse)
			return &parts->item[i];
	return NULL;
}

/* A call of what another exercise has: told is what is linked, or that nothing can be. */
static void judge_reuse(struct object *object, const struct reuse *reuse, const char *name)
{
	const struct linked_part *part = part_of(object, reuse);
	if (!part)
		return;
	object->reused |= part->origin == PART_NONE ? 0 : 1u << (part - object->subject->parts->item);
	if (part->origin != PART_NONE)
		return;
	struct finding *finding = findings_add(&object->subject->grade->findings, "build", "build_error", NULL);
	unsigned line = line_of(object, name);
	if (line)
		finding_add_place(finding, object->file, line, NULL, NULL);
	finding_set(&finding->seen, "it calls %s, which no file has: %s", name, part->why);
	if (reuse->assignment)
		finding_set(&finding->expected, "finish %s first, or write static functions of your own", reuse->exercise);
	else
		finding_set(&finding->expected, "write static functions of your own");
}

/* Which parts the submission is linked with, of those that it calls. */
static void tell_parts(const struct object *object)
{
	const struct parts *parts = object->subject->parts;
	for (size_t i = 0; i < parts->count; i++) {
		char *sentence = object->reused & 1u << i ? part_sentence(&parts->item[i]) : NULL;
		if (sentence)
			grade_remark(object->subject->grade, "%s", sentence);
		free(sentence);
	}
}

static void judge_import(struct object *object, const char *name)
{
	const struct course *course = object->subject->kit->course;
	const struct reuse *reuse = assignment_reuses(object->subject->assignment, name);
	if (reuse) {
		judge_reuse(object, reuse, name);
		return;
	}
	if (listed(&object->subject->assignment->imports, name) || listed(&course->imports, name) ||
	    strcmp(name, "_GLOBAL_OFFSET_TABLE_") == 0 || seal_is_count(name))
		return;
	struct finding *finding = add(object, "forbidden_symbol", name);
	const struct forbidden_calls *exercise = assignment_forbidden(object->subject->assignment, name);
	const struct forbidden_symbol *forbidden = course_forbidden(course, name);
	finding_set(&finding->seen, "the submission calls %s", name);
	if (!exercise && !forbidden) {
		finding_set(&finding->expected, "only functions that the handout allows (Given / Yours) are called");
		finding_set(&finding->why,
		            "The handout says what the exercise is to be built from (Given / Yours); %s is not part of that.",
		            name);
		return;
	}
	finding_set(&finding->why, "%s", exercise ? exercise->why : forbidden->why);
	finding_set(&finding->expected, "instead: %s", exercise ? exercise->instead : forbidden->instead);
}

static void judge_definition(struct object *object, const char *name, bool function)
{
	struct string_list *defined = &object->defined;
	defined->item = must(realloc(defined->item, (defined->count + 1) * sizeof *defined->item));
	defined->item[defined->count++] = strdup(name);
	const struct reuse *reuse = assignment_reuses(object->subject->assignment, name);
	if (reuse)
		grade_remark(object->subject->grade, "%s defines %s itself, so it calls its own, and not that of %s.c",
		             object->file, name, reuse->exercise);
	if (!function || strcmp(name, "main") != 0)
		return;
	struct finding *finding = add(object, "extra_main", "main");
	finding_set(&finding->seen, "the submission has a main; the tests bring their own, so it is left out");
}

static bool writable_data(Elf *elf, size_t index)
{
	Elf_Scn *section = elf_getscn(elf, index);
	GElf_Shdr header;
	return section && gelf_getshdr(section, &header) && (header.sh_flags & SHF_WRITE) &&
	       (header.sh_flags & SHF_ALLOC) && !(header.sh_flags & SHF_TLS);
}

/* `.data.rel.ro` holds constants that need relocation: not state. */
static bool constant_after_relocation(Elf *elf, size_t index)
{
	size_t names;
	GElf_Shdr header;
	if (elf_getshdrstrndx(elf, &names) != 0 || !gelf_getshdr(elf_getscn(elf, index), &header))
		return false;
	const char *name = elf_strptr(elf, names, header.sh_name);
	return name && strncmp(name, ".data.rel.ro", 12) == 0;
}

static void count_state(struct object *object, const char *plain, unsigned line, size_t size)
{
	object->state += size;
	if (size < object->largest_size)
		return;
	finding_set(&object->largest, "%s", plain);
	object->largest_size = size;
	object->largest_line = line;
}

static void judge_state(struct object *object, const char *plain, unsigned line, bool in_function)
{
	struct finding *finding = add_at(object, "writable_state", line);
	finding_set(&finding->seen,
	            in_function ? "the static variable %s keeps its value when the function returns"
	                        : "the variable %s is at file scope and can be written",
	            plain);
	finding_set(&finding->expected,
	            "all state is in the object that the caller created, so that two objects do not affect each other");
}

/* Who keeps his objects there needs no malloc, and gives nothing back. Counters and caches of a thread's are smaller.
 */
static void judge_static_memory(struct object *object)
{
	if (object->state < STATIC_MEMORY)
		return;
	struct finding *finding = add_at(object, "static_memory", object->largest_line);
	finding_set(
	    &finding->seen,
	    "%zu bytes of variables at file scope (or static), most of them in %s: they occupy memory for the whole run",
	    object->state, object->largest);
	finding_set(&finding->expected, "memory is allocated when it is needed and freed afterwards");
}

static void judge_symbol(struct object *object, Elf *elf, const GElf_Sym *symbol, const char *name)
{
	int type = GELF_ST_TYPE(symbol->st_info);
	if (type == STT_SECTION || type == STT_FILE || !name || !*name)
		return;
	if (symbol->st_shndx == SHN_UNDEF) {
		judge_import(object, name);
		return;
	}
	if (GELF_ST_BIND(symbol->st_info) != STB_LOCAL)
		judge_definition(object, name, type == STT_FUNC);
	if ((type != STT_OBJECT && type != STT_TLS) || object->subject->assignment->state_allowed ||
	    symbol->st_shndx >= SHN_LORESERVE)
		return;
	if (type == STT_OBJECT &&
	    (!writable_data(elf, symbol->st_shndx) || constant_after_relocation(elf, symbol->st_shndx)))
		return;
	size_t plain_length = strcspn(name, "."); /* a function's static variable is "name.1" */
	char *plain = strndup(name, plain_length);
	unsigned line = declared_line(object->declared, symbol->st_shndx, symbol->st_value, object->file);
	if (type != STT_TLS)
		judge_state(object, plain, line ? line : line_of(object, plain), name[plain_length] != 0);
	count_state(object, plain, line ? line : line_of(object, plain), symbol->st_size);
	free(plain);
}

static void judge_object(struct object *object, Elf *elf)
{
	Elf_Scn *section = NULL;
	while ((section = elf_nextscn(elf, section))) {
		GElf_Shdr header;
		if (!gelf_getshdr(section, &header) || header.sh_type != SHT_SYMTAB)
			continue;
		Elf_Data *data = elf_getdata(section, NULL);
		size_t count = header.sh_entsize ? header.sh_size / header.sh_entsize : 0;
		for (size_t i = 0; data && i < count; i++) {
			GElf_Sym symbol;
			if (gelf_getsym(data, (int)i, &symbol))
				judge_symbol(object, elf, &symbol, elf_strptr(elf, header.sh_link, symbol.st_name));
		}
	}
}

static void judge_missing(struct object *object)
{
	const struct string_list *api = &object->subject->assignment->api;
	for (size_t i = 0; i < api->count; i++) {
		if (listed(&object->defined, api->item[i]))
			continue;
		struct finding *finding = findings_add(&object->subject->grade->findings, "build", "build_error", NULL);
		finding_set(&finding->seen, "the function %s is missing", api->item[i]);
		finding_set(&finding->expected, "%s defines every function that include/%s.h declares", object->file,
		            object->subject->assignment->name);
		return;
	}
}

static void judge_volatile(struct object *object)
{
	unsigned line = line_of(object, "volatile");
	if (!line)
		return;
	struct finding *finding = add(object, "volatile_shared", "volatile");
	finding_set(&finding->seen, "the submission uses volatile");
	finding_set(&finding->expected, "use a mutex instead, or _Atomic where the exercise allows it");
	finding_set(&finding->why, "volatile orders nothing between threads: the accesses still race");
}

static void judge(struct subject *subject, const struct run_result *result)
{
	(void)result;
	char *path = format("%s/%s-plain.o", subject->folder, subject->assignment->name);
	char *source = format("%s/%s.c", subject->folder, subject->assignment->name);
	size_t size = 0;
	char *text = file_read(source, 2 * SOURCE_LIMIT, &size, NULL);
	char *preprocessed = format("%s/%s-plain.i", subject->folder, subject->assignment->name);
	char *compiled = file_read(preprocessed, PREPROCESSED_LIMIT, NULL, NULL);
	struct object object = {.subject = subject,
	                        .compiled = compiled,
	                        .text = text,
	                        .size = size,
	                        .file = format("%s.c", subject->assignment->name),
	                        .declared = declared_open(path)};
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	Elf *elf = NULL;
	if (fd >= 0 && elf_version(EV_CURRENT) != EV_NONE)
		elf = elf_begin(fd, ELF_C_READ, NULL);
	if (elf) {
		judge_object(&object, elf);
		judge_static_memory(&object);
		tell_parts(&object);
		judge_missing(&object);
		judge_volatile(&object);
	}
	grade_add_check(subject->grade, "symbols", elf ? "ran" : "failed", elf ? NULL : "the object file is not readable",
	                0);
	elf_end(elf);
	if (fd >= 0)
		close(fd);
	for (size_t i = 0; i < object.defined.count; i++)
		free(object.defined.item[i]);
	free(object.defined.item);
	declared_close(object.declared);
	free(object.largest);
	free(object.file);
	free(compiled);
	free(preprocessed);
	free(text);
	free(source);
	free(path);
}

const struct check symbols_check = {"symbols", TURN_ANY, VARIANT_PLAIN, NULL, false, NULL, judge};
