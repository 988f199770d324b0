/* private.h - between the files of grader/build/seal. */
#ifndef SEAL_PRIVATE_H
#define SEAL_PRIVATE_H

#include "../../file.h"
#include "../../lex.h"
#include "seal.h"

#include <gelf.h>
#include <stdbool.h>
#include <stdint.h>

/* After so many problems nothing more is looked for: finding their lines takes time, and who has them does not need
 * more.
 */
enum { TELL_LIMIT = 200 };

/* ---- problems.c ------------------------------------------------------------------------------ */

extern const char seal_layer_text[], seal_layer_object[];

/* Appends a problem unless it is there already, and takes what it owns. */
void append_problem(struct seal_problems *problems, struct seal_problem problem);
/* The same; `rule` and `instead` are copied or static, `format` makes `seen`. */
void add_problem(struct seal_problems *problems, const char *layer, const char *rule, unsigned line,
                 const char *instead, const char *format, ...) __attribute__((format(printf, 6, 7)));

/* The sentence with `word` in the place of its '@'. The caller frees it. */
char *insert_word(const char *sentence, const char *word);

bool in_list(const struct string_list *list, const char *name);

/* Is it a name of the tools that judge, or of the machinery below the C library? */
bool is_tool_name(const char *name);

/* Is it one of the two headers whose inline functions are what be32toh, htole16 and the like expand to? Their code
 * touches no memory but its own arguments, so it may be in a submission's object; seal_tokens sees to it that no macro
 * changes it. */
bool is_swap_file(const char *path, size_t length);

/* Whether `name` matches one of the patterns: itself, or its beginning where the pattern ends with '*'. The list ends
 * with NULL. Returns the pattern's index, or -1. */
int find_pattern(const char *const patterns[], const char *name);

/* ---- object.c -------------------------------------------------------------------------------- */

struct symbol {
	const char *name; /* never NULL */
	GElf_Sym elf;
};

struct relocation {
	GElf_Addr offset; /* in its section */
	unsigned type;
	size_t symbol;
	int64_t addend;
};

struct section {
	const char *name; /* never NULL */
	GElf_Shdr header;
	const unsigned char *bytes; /* NULL if there are none */
	size_t size;
	struct relocation *relocation; /* of this section, by offset */
	size_t relocation_count;
	bool *begins; /* of code: at each byte, whether an instruction begins there; NULL for data */
};

struct object {
	struct seal_problems *problems;
	const struct seal_contract *contract;
	enum seal_object_kind kind;
	const char *path;
	Elf *elf;
	struct section *section;
	size_t section_count;
	struct symbol *symbol;
	size_t symbol_count;
	unsigned machine; /* EM_X86_64 or EM_AARCH64 */
	struct places *places;
	unsigned told; /* problems so far, also those that were told before: see TELL_LIMIT */
};

bool is_code(const struct section *section);                               /* can it be executed? */
const struct symbol *symbol_at(const struct object *object, size_t index); /* NULL if there is none */
bool is_undefined(const struct symbol *symbol);

/* Does nothing of it come into the running program's own data or code? Debug information, tables for unwinding. */
bool is_debug(const struct section *section);

/* The place in this object that the relocation stands for: section, and offset in it. False for what is elsewhere. */
bool leads_to(const struct object *object, const struct relocation *relocation, size_t *section, int64_t *offset);

/* ---- code.c ---------------------------------------------------------------------------------- */

/* Judges the instructions of a code section and notes where each begins. */
void check_code(struct object *object, size_t section);

/* Judges where addresses and symbols lead into code: to the begin of an instruction. After check_code of all sections.
 */
void check_entries(struct object *object);

/* ---- places.c: addresses in an object -> lines, with libdw ----------------------------------- */

/* The submission's line that made the byte at `offset` of the section; 0 when that is not known or in another file. */
unsigned line_at(struct object *object, size_t section, GElf_Addr offset);

/* The name of a file that is neither the submission nor is_swap_file's but has code in the object, by the debug
 * information, and the line there; NULL: there is none. Borrowed until places_close. */
const char *foreign_code(struct object *object, int *number);

/* Whether the function at `offset` returns a struct that does not fit into registers (or, on arm64, takes one): it gets
 * a pointer that its caller passes unseen, and ThreadSanitizer leaves what it does through that out. */
bool has_hidden_pointer(struct object *object, size_t section, GElf_Addr offset);

void places_close(struct object *object);

#endif
