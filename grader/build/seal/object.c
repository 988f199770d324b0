/* object.c - what gcc made of the submission: sections, symbols and relocations, with libelf.
 *
 * An object of plain C is dull: a handful of sections, calls by name to what the handout lists. Everything else has
 * been asked for by an attribute, by assembler, or by an address that was computed. Instructions are judged in code.c.
 */
#include "private.h"

#include "../../memory.h"
#include "../build.h"

#include <ctype.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined __x86_64__
enum { THIS_MACHINE = EM_X86_64 };
#elif defined __aarch64__
enum { THIS_MACHINE = EM_AARCH64 };
#else
enum { THIS_MACHINE = EM_NONE };
#endif

/* ---- reading -------------------------------------------------------------------------------- */

bool is_code(const struct section *section)
{
	return (section->header.sh_flags & SHF_EXECINSTR) != 0;
}

const struct symbol *symbol_at(const struct object *object, size_t index)
{
	return index < object->symbol_count ? &object->symbol[index] : NULL;
}

bool is_undefined(const struct symbol *symbol)
{
	return symbol->elf.st_shndx == SHN_UNDEF;
}

static void read_sections(struct object *object)
{
	size_t count = 0, names = 0;
	elf_getshdrnum(object->elf, &count);
	elf_getshdrstrndx(object->elf, &names);
	object->section = zeroed(count, sizeof *object->section);
	object->section_count = count;
	for (size_t i = 0; i < count; i++) {
		struct section *section = &object->section[i];
		Elf_Scn *scn = elf_getscn(object->elf, i);
		const char *name = NULL;
		if (scn && gelf_getshdr(scn, &section->header))
			name = elf_strptr(object->elf, names, section->header.sh_name);
		section->name = name ? name : "";
		Elf_Data *data = name && section->header.sh_type != SHT_NOBITS ? elf_getdata(scn, NULL) : NULL;
		section->bytes = data ? data->d_buf : NULL;
		section->size = section->bytes ? data->d_size : 0;
	}
}

static void read_symbols(struct object *object)
{
	for (size_t i = 0; i < object->section_count && !object->symbol; i++) {
		const GElf_Shdr *header = &object->section[i].header;
		if (header->sh_type != SHT_SYMTAB || !header->sh_entsize)
			continue;
		Elf_Data *data = elf_getdata(elf_getscn(object->elf, i), NULL);
		size_t count = data ? header->sh_size / header->sh_entsize : 0;
		object->symbol = zeroed(count, sizeof *object->symbol);
		for (; object->symbol_count < count; object->symbol_count++) {
			struct symbol *symbol = &object->symbol[object->symbol_count];
			if (!gelf_getsym(data, (int)object->symbol_count, &symbol->elf))
				break;
			const char *name = elf_strptr(object->elf, header->sh_link, symbol->elf.st_name);
			symbol->name = name ? name : "";
		}
	}
}

static int by_offset(const void *left, const void *right)
{
	const struct relocation *a = left, *b = right;
	return (a->offset > b->offset) - (a->offset < b->offset);
}

/* Joins each table of relocations to the section that it changes. */
static void read_relocations(struct object *object)
{
	for (size_t i = 0; i < object->section_count; i++) {
		const GElf_Shdr *header = &object->section[i].header;
		if (header->sh_type != SHT_RELA || !header->sh_entsize || header->sh_info >= object->section_count)
			continue;
		struct section *target = &object->section[header->sh_info];
		Elf_Data *data = elf_getdata(elf_getscn(object->elf, i), NULL);
		size_t count = data ? header->sh_size / header->sh_entsize : 0;
		if (target->relocation || !count)
			continue;
		target->relocation = zeroed(count, sizeof *target->relocation);
		for (; target->relocation_count < count; target->relocation_count++) {
			GElf_Rela rela;
			if (!gelf_getrela(data, (int)target->relocation_count, &rela))
				break;
			target->relocation[target->relocation_count] = (struct relocation){
			    rela.r_offset, (unsigned)GELF_R_TYPE(rela.r_info), GELF_R_SYM(rela.r_info), rela.r_addend};
		}
		qsort(target->relocation, target->relocation_count, sizeof *target->relocation, by_offset);
	}
}

/* ---- telling -------------------------------------------------------------------------------- */

static unsigned line_of_word(const struct object *object, const char *word)
{
	return seal_line_of(object->contract->text, object->contract->size, word);
}

/* Where the symbol is used first: in code by the debug information, else by its name in the text. */
static unsigned line_of_use(struct object *object, size_t symbol)
{
	for (size_t i = 0; i < object->section_count; i++)
		for (size_t j = 0; is_code(&object->section[i]) && j < object->section[i].relocation_count; j++) {
			const struct relocation *relocation = &object->section[i].relocation[j];
			unsigned line = relocation->symbol == symbol ? line_at(object, i, relocation->offset) : 0;
			if (line)
				return line;
		}
	return line_of_word(object, object->symbol[symbol].name);
}

/* `sentence` has an '@' where the word belongs. */
static void refuse(struct object *object, const char *rule, unsigned line, const char *instead, const char *sentence,
                   const char *word)
{
	char *seen = insert_word(sentence, word);
	object->told++;
	add_problem(object->problems, seal_layer_object, rule, line, instead, "%s", seen);
	free(seen);
}

/* ---- sections ------------------------------------------------------------------------------- */

/* Sections that gcc makes of C, themselves or with a suffix: ".rodata.str1.1". */
static const char *const good_sections[] = {"",
                                            ".text",
                                            ".text.*",
                                            ".data",
                                            ".data.*",
                                            ".bss",
                                            ".bss.*",
                                            ".rodata",
                                            ".rodata.*",
                                            ".tdata",
                                            ".tdata.*",
                                            ".tbss",
                                            ".tbss.*",
                                            ".eh_frame",
                                            ".comment",
                                            ".note.GNU-stack",
                                            ".note.gnu.property",
                                            ".debug_*",
                                            ".symtab",
                                            ".symtab_shndx",
                                            ".strtab",
                                            ".shstrtab",
                                            NULL};
static const char *const start_sections[] = {".init_array*", ".fini_array*", ".preinit_array*", ".ctors*",
                                             ".dtors*",      ".init",        ".fini",           NULL};

/* gcc adds one constructor to what it compiles for ThreadSanitizer: it calls __tsan_init. More than one pointer in its
 * section: somebody joined it. */
static bool is_compilers_own(const struct object *object, const struct section *section)
{
	return object->kind == SEAL_TSAN && strcmp(section->name, ".init_array.00099") == 0 &&
	       section->size == sizeof(GElf_Addr);
}

enum { MOST_THREAD_LOCAL = 1 << 20 }; /* it is taken from the stacks, which are the runtime's */

static void check_section(struct object *object, size_t index)
{
	const struct section *section = &object->section[index];
	const char *name = strncmp(section->name, ".rela", 5) == 0 ? section->name + 5 : section->name;
	GElf_Xword flags = section->header.sh_flags;
	if (strcmp(name, ".note.GNU-stack") == 0 && (flags & SHF_EXECINSTR)) {
		add_problem(object->problems, seal_layer_object, "executable_stack", 0,
		            "Move the nested function to file scope and pass it what it needs as arguments.",
		            "The program needs an executable stack: the address of a nested function is taken.");
		return;
	}
	if ((flags & SHF_WRITE) && (flags & SHF_EXECINSTR))
		refuse(object, "writable_code", 0, "Remove whatever puts code there (section attribute, inline assembly).",
		       "Section @ holds writable code.", name);
	if (name != section->name && section->header.sh_type == SHT_RELA)
		return; /* its section is judged itself */
	if ((flags & SHF_TLS) && section->header.sh_size > MOST_THREAD_LOCAL) {
		unsigned line = line_of_word(object, "_Thread_local");
		refuse(object, "thread_local", line ? line : line_of_word(object, "__thread"),
		       "Allocate large data with malloc, or keep it with the object that the caller created.",
		       "There is more than 1 MiB of thread-local data (@), and each thread has it on its stack.", name);
	}
	if (find_pattern(start_sections, name) >= 0) {
		if (!is_compilers_own(object, section))
			refuse(object, "init_array", line_of_word(object, "constructor"),
			       "Do it in the function of the contract that creates or destroys the object.",
			       "Code of the submission runs before or after everything else (section @).", name);
	} else if (find_pattern(good_sections, name) < 0 || section->header.sh_type == SHT_REL) {
		refuse(object, "section", line_of_word(object, "section"), "Remove whatever puts code or data there.",
		       "There is a section @, which the compiler never generates from plain C.", name);
	} else if ((flags & SHF_EXECINSTR) && strncmp(name, ".text", 5) != 0) {
		refuse(object, "section", 0, "Remove whatever puts code there (section attribute, inline assembly).",
		       "There is code in section @, where only data belongs.", name);
	}
}

/* ---- symbols -------------------------------------------------------------------------------- */

/* What gcc calls in objects for ThreadSanitizer. Names that switch the tool off or change its mind are not here. */
static bool is_tsan_call(const char *name)
{
	static const char *const calls[] = {"init",      "func_entry",  "func_exit",      "read_range",      "write_range",
	                                    "vptr_read", "vptr_update", "memcpy",         "memmove",         "memset",
	                                    "seen_read", "seen_write",  "seen_read_wide", "seen_write_wide", NULL};
	if (strncmp(name, "__tsan_", 7) != 0)
		return false;
	name += 7;
	if (find_pattern(calls, name) >= 0 || strncmp(name, "atomic", 6) == 0)
		return true;
	if (strncmp(name, "unaligned_", 10) == 0)
		name += 10;
	else if (strncmp(name, "volatile_", 9) == 0)
		name += 9;
	name += strncmp(name, "read", 4) == 0 ? 4 : strncmp(name, "write", 5) == 0 ? 5 : 0;
	return isdigit((unsigned char)*name) && strspn(name, "0123456789") == strlen(name);
}

bool seal_is_count(const char *name)
{
	return strcmp(name, "__sanitizer_cov_trace_pc") == 0;
}

static void refuse_import(struct object *object, size_t index, const char *why, const char *instead)
{
	object->told++;
	append_problem(object->problems, (struct seal_problem){
	                                     .layer = seal_layer_object,
	                                     .rule = "import",
	                                     .line = line_of_use(object, index),
	                                     .seen = format("The submission uses %s.", object->symbol[index].name),
	                                     .why = must(strdup(why)),
	                                     .instead = must(strdup(instead)),
	                                 });
}

static void check_import(struct object *object, size_t index)
{
	const struct seal_contract *contract = object->contract;
	const struct symbol *symbol = &object->symbol[index];
	const char *name = symbol->name;
	const struct forbidden_calls *exercise = assignment_forbidden(contract->assignment, name);
	const struct forbidden_symbol *forbidden = course_forbidden(contract->course, name);
	if (exercise && !exercise->harmless)
		refuse_import(object, index, exercise->why, exercise->instead);
	if (exercise || !*name || in_list(&contract->assignment->imports, name) ||
	    assignment_reuses(contract->assignment, name) || in_list(&contract->course->imports, name) ||
	    in_list(&contract->course->harmless, name) || (forbidden && forbidden->harmless) || seal_is_count(name) ||
	    (object->kind == SEAL_TSAN && is_tsan_call(name)))
		return;
	if (forbidden)
		refuse_import(object, index, forbidden->why, forbidden->instead);
	else
		refuse(object, "import", line_of_use(object, index),
		       "Use what the handout allows under 'Given / Yours', and the C library's functions for memory, strings, "
		       "numbers and output.",
		       "The submission uses @, which is not on the list of allowed functions.", name);
}

/* Names that a submission cannot give to what is its own, because somebody else looks them up: the kit (interpose.c),
 * the tools, the start of a program. Other names may be used, even if the C library has them, too ("index", "log"):
 * they become local to the submission before it is linked. */

/* Families of functions of the C library; what begins like them but is none of it ("sem_count") is free. */
static const char *const families[] = {"pthread_*", "__pthread_*", "sem_*", "thrd_*", "mtx_*", "cnd_*", "tss_*", NULL};
static const char *const library_names[] = {"sigaction",     "sigprocmask",
                                            "abort",         "getenv",
                                            "secure_getenv", "dlsym",
                                            "dlopen",        "syscall",
                                            "prctl",         "ptrace",
                                            "execve",        "clone",
                                            "vfork",         "munmap",
                                            "mprotect",      "sbrk",
                                            "brk",           "environ",
                                            "stdout",        "stderr",
                                            "stdin",         "__errno_location",
                                            "__assert_fail", "longjmp",
                                            "_setjmp",       "setjmp",
                                            "__libc_*",      "__cxa_*",
                                            "_Unwind_*",     NULL};
static const char *const starts[] = {"_start", "_init", "_fini", NULL};

static bool library_has(const char *name)
{
	void *library = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
	bool has = library && dlsym(library, name);
	if (library)
		dlclose(library);
	return has;
}

static bool is_interposed(const char *name)
{
	const struct interposed *interposed;
	for (size_t i = 0; (interposed = interposed_at(i)); i++)
		if (strcmp(interposed->name, name) == 0)
			return true;
	return false;
}

/* "rt_read": the object's calls of read may get that name. */
static bool is_stand_in(const char *name)
{
	return strncmp(name, "rt_", 3) == 0 && is_interposed(name + 3);
}

/* By these the reports of the tools are told from those of the kit's own faults (tests/support/control.c), so that they
 * are taken for local names, too. */
static bool is_kits(const char *name)
{
	return strncmp(name, "kit_", 4) == 0;
}

/* Whose name it is, as a sentence with '@' in its place; NULL: the submission's. */
static const char *owner_of(const char *name)
{
	if (is_interposed(name) || find_pattern(library_names, name) >= 0 ||
	    (find_pattern(families, name) >= 0 && library_has(name)))
		return "The submission defines @, which is a C library name.";
	if (is_tool_name(name))
		return "The submission defines @, a name that the tools judging it look for.";
	if (find_pattern(starts, name) >= 0)
		return "The submission defines @, where the system starts a program.";
	if (is_kits(name) || is_stand_in(name))
		return "The submission defines @; names that begin like this belong to the kit.";
	return NULL;
}

static void check_definition(struct object *object, const struct symbol *symbol)
{
	const char *sentence = owner_of(symbol->name);
	if (sentence && !in_list(&object->contract->assignment->api, symbol->name))
		refuse(object, "definition", line_of_word(object, symbol->name), "Choose another name.", sentence,
		       symbol->name);
}

/* By <pthread.h> itself, for pthread_cleanup_push. The kit has it, so there is nothing to find out by it. */
static bool is_declared_weak(const char *name)
{
	return strcmp(name, "__pthread_unwind_next") == 0;
}

static void check_symbol(struct object *object, size_t index)
{
	const struct symbol *symbol = &object->symbol[index];
	int type = GELF_ST_TYPE(symbol->elf.st_info), bind = GELF_ST_BIND(symbol->elf.st_info);
	unsigned section = symbol->elf.st_shndx;
	if (type == STT_SECTION || type == STT_FILE || index == 0)
		return;
	bool weak = bind == STB_WEAK && !(section == SHN_UNDEF && is_declared_weak(symbol->name));
	if (type == STT_GNU_IFUNC || bind == STB_GNU_UNIQUE || weak || strchr(symbol->name, '@') || section == SHN_ABS ||
	    section == SHN_XINDEX) {
		refuse(object, "symbol", line_of_word(object, symbol->name),
		       "Define it as an ordinary function and call it by name.",
		       "@ is a special symbol (weak, indirect, with a version or a fixed address).", symbol->name);
		return;
	}
	if (section == SHN_UNDEF) {
		check_import(object, index);
		return;
	}
	if (bind != STB_LOCAL || is_kits(symbol->name))
		check_definition(object, symbol);
	bool in_code = section < object->section_count && is_code(&object->section[section]);
	bool function = type == STT_FUNC || (type == STT_NOTYPE && bind == STB_LOCAL);
	if (in_code && !function)
		refuse(object, "data_in_code", line_of_word(object, symbol->name),
		       "Remove whatever puts it there (section attribute).", "@ is data among the instructions.", symbol->name);
}

/* ---- relocations ---------------------------------------------------------------------------- */

/* Functions that honest programs hand on as arguments: a destructor, one loop for reading and writing. The kit stands
 * in for them, so their addresses lead to the kit's code and say nothing about the C library's. */
static bool may_be_handed_on(const char *name)
{
	static const char *const names[] = {"free", "read", "write", "close", NULL};
	return find_pattern(names, name) >= 0;
}

static bool is_call(const struct object *object, const struct section *section, const struct relocation *relocation)
{
	if (object->machine == EM_AARCH64)
		return (relocation->type == R_AARCH64_CALL26 || relocation->type == R_AARCH64_JUMP26) &&
		       relocation->addend == 0;
	if (relocation->type != R_X86_64_PLT32 || relocation->addend != -4 || relocation->offset < 1 ||
	    relocation->offset >= section->size)
		return false;
	unsigned char opcode = section->bytes[relocation->offset - 1];
	return opcode == 0xe8 || opcode == 0xe9 || (opcode & 0xf0) == 0x80; /* call, jmp, 0f 8x: a conditional jump */
}

/* The address itself, and not one computed from it. Relative ones are from the end of the field, and up to four bytes
 * of an operand may follow it. */
static bool is_exact(const struct object *object, const struct relocation *relocation)
{
	bool relative = object->machine == EM_X86_64 &&
	                (relocation->type == R_X86_64_PC32 || relocation->type == R_X86_64_PLT32 ||
	                 relocation->type == R_X86_64_GOTPCREL || relocation->type == R_X86_64_GOTPCRELX ||
	                 relocation->type == R_X86_64_REX_GOTPCRELX);
	return relative ? relocation->addend >= -8 && relocation->addend <= -4 : relocation->addend == 0;
}

/* All data of the C library that a submission uses: the streams, and what gcc's stack protector reads on arm64. */
static bool is_library_data(const char *name)
{
	static const char *const names[] = {"stdin", "stdout", "stderr", "__stack_chk_guard", NULL};
	return find_pattern(names, name) >= 0;
}

/* What the linker defines: nothing but addresses, to compare with (end(3)). /proc/self/maps has them as well. */
static bool is_linker_s(const char *name)
{
	static const char *const names[] = {
	    "etext",        "edata",       "end",        "_etext",       "_edata",
	    "_end",         "__bss_start", "data_start", "__data_start", "__executable_start",
	    "__ehdr_start", NULL};
	return find_pattern(names, name) >= 0;
}

/* Is the value used, and not the address? What lies beside the library's data is the kit's. Objects for ThreadSanitizer
 * hand on the address of all that they read; what the submission does shows in the plain one. */
static bool is_value(const struct object *object, const struct section *section, const struct relocation *relocation)
{
	enum { LEA = 0x8d, RIP_RELATIVE = 0x05 };
	if (object->machine != EM_X86_64 || object->kind == SEAL_TSAN)
		return true;
	const unsigned char *field = section->bytes + relocation->offset;
	return is_code(section) && relocation->type == R_X86_64_PC32 && relocation->offset >= 2 &&
	       relocation->offset < section->size && (field[-1] & 0xc7) == RIP_RELATIVE && field[-2] != LEA;
}

static void check_relocation(struct object *object, size_t index, const struct relocation *relocation)
{
	const struct section *section = &object->section[index];
	const struct symbol *symbol = symbol_at(object, relocation->symbol);
	if (!symbol || relocation->symbol == 0 || !is_undefined(symbol) ||
	    (is_code(section) && is_call(object, section, relocation)))
		return;
	if (is_linker_s(symbol->name) && in_list(&object->contract->assignment->imports, symbol->name))
		return;
	bool exact = is_exact(object, relocation);
	bool data = is_library_data(symbol->name);
	if (exact && (data ? is_value(object, section, relocation) : may_be_handed_on(symbol->name)))
		return;
	unsigned line = is_code(section) ? line_at(object, index, relocation->offset) : 0;
	if (!line)
		line = line_of_word(object, symbol->name);
	if (exact && data)
		refuse(object, "address", line, "Use its value: it already is a pointer.",
		       "The address of @ is taken; the kit's own memory lies next to it.", symbol->name);
	else if (exact)
		refuse(object, "address", line,
		       "Write a small function of your own that calls it, and take the address of that.",
		       "The address of the library function @ is taken.", symbol->name);
	else
		refuse(object, "address", line, "Call it by name or not at all.",
		       "The code computes an address from that of @ in the C library.", symbol->name);
}

bool is_debug(const struct section *section)
{
	return !(section->header.sh_flags & SHF_ALLOC) || strcmp(section->name, ".eh_frame") == 0;
}

static void check_relocations(struct object *object, size_t index)
{
	const struct section *section = &object->section[index];
	for (size_t i = 0; i < section->relocation_count && object->told < TELL_LIMIT; i++)
		check_relocation(object, index, &section->relocation[i]);
}

bool leads_to(const struct object *object, const struct relocation *relocation, size_t *section, int64_t *offset)
{
	const struct symbol *symbol = symbol_at(object, relocation->symbol);
	if (!symbol || is_undefined(symbol) || symbol->elf.st_shndx >= object->section_count)
		return false;
	*section = symbol->elf.st_shndx;
	*offset = (int64_t)symbol->elf.st_value + relocation->addend;
	if (object->machine == EM_X86_64 && (relocation->type == R_X86_64_PC32 || relocation->type == R_X86_64_PLT32))
		*offset += 4; /* counted from the end of the field */
	return true;
}

/* What tools report of code is a finding only if it is in the submission's file. */
static void check_places(struct object *object)
{
	int number = 0;
	const char *file = object->kind == SEAL_PLAIN ? foreign_code(object, &number) : NULL;
	if (!file)
		return;
	object->told++;
	char *stem = must(strndup(file, strcspn(file, "."))); /* a word of the line that includes it */
	add_problem(
	    object->problems, seal_layer_object, "header_code", line_of_word(object, stem),
	    "Define no macro that a header uses, and include headers at the top of the file only.",
	    "Line %d of %s generates code: a macro, or the place where it is included, turns that header into code.",
	    number, file);
	free(stem);
}

/* ---- all together --------------------------------------------------------------------------- */

static bool check_header(struct object *object)
{
	GElf_Ehdr header;
	if (object->elf && gelf_getehdr(object->elf, &header) && header.e_type == ET_REL &&
	    header.e_machine == THIS_MACHINE && gelf_getclass(object->elf) == ELFCLASS64) {
		object->machine = header.e_machine;
		return true;
	}
	add_problem(object->problems, seal_layer_object, "format", 0,
	            "Remove whatever makes the compiler produce something else.",
	            "The compiler's output is not an object file for this machine.");
	return false;
}

static void check(struct object *object)
{
	read_sections(object);
	read_symbols(object);
	read_relocations(object);
	for (size_t i = 1; i < object->section_count && object->told < TELL_LIMIT; i++)
		check_section(object, i);
	for (size_t i = 0; i < object->symbol_count && object->told < TELL_LIMIT; i++)
		check_symbol(object, i);
	for (size_t i = 0; i < object->section_count; i++)
		if (!is_debug(&object->section[i]))
			check_relocations(object, i);
	for (size_t i = 0; i < object->section_count; i++)
		if (is_code(&object->section[i]))
			check_code(object, i);
	check_entries(object);
	check_places(object);
	for (size_t i = 0; i < object->section_count; i++) {
		free(object->section[i].relocation);
		free(object->section[i].begins);
	}
	free(object->section);
	free(object->symbol);
}

void seal_object(struct seal_problems *problems, const struct seal_contract *contract, const char *path,
                 enum seal_object_kind kind)
{
	struct object object = {.problems = problems, .contract = contract, .kind = kind, .path = path};
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && elf_version(EV_CURRENT) != EV_NONE)
		object.elf = elf_begin(fd, ELF_C_READ, NULL);
	if (check_header(&object))
		check(&object);
	places_close(&object);
	elf_end(object.elf);
	if (fd >= 0)
		close(fd);
}
