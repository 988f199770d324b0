/* variables.c - see variables.h. */
#include "variables.h"

#include <ctype.h>
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- from a type and an offset to a path ---------------------------------------------------- */

static void append(char *name, size_t size, const char *text)
{
	size_t used = strlen(name);
	snprintf(name + used, size - used, "%s", text);
}

static bool type_of(Dwarf_Die *die, Dwarf_Die *type)
{
	Dwarf_Attribute attribute;
	return dwarf_attr_integrate(die, DW_AT_type, &attribute) && dwarf_formref_die(&attribute, type);
}

/* Without typedef, const, volatile, _Atomic. A type of the library's own, which the user sees as one thing, is left
 * whole: false. */
static bool peel(Dwarf_Die *type)
{
	static const char *const whole[] = {"pthread_", "sem_t", "mtx_t", "cnd_t", "once_flag"};
	for (int depth = 0; depth < 32; depth++) {
		int tag = dwarf_tag(type);
		const char *name = tag == DW_TAG_typedef ? dwarf_diename(type) : NULL;
		for (size_t i = 0; name && i < sizeof whole / sizeof *whole; i++)
			if (strncmp(name, whole[i], strlen(whole[i])) == 0)
				return false;
		if (tag != DW_TAG_typedef && tag != DW_TAG_const_type && tag != DW_TAG_volatile_type &&
		    tag != DW_TAG_atomic_type)
			return true;
		Dwarf_Die next;
		if (!type_of(type, &next))
			return false;
		*type = next;
	}
	return false;
}

static Dwarf_Word size_of(Dwarf_Die *type)
{
	Dwarf_Word bytes;
	return dwarf_aggregate_size(type, &bytes) == 0 ? bytes : 0;
}

static Dwarf_Word number(Dwarf_Die *die, unsigned attribute_name, Dwarf_Word otherwise)
{
	Dwarf_Attribute attribute;
	Dwarf_Word value;
	return dwarf_attr(die, attribute_name, &attribute) && dwarf_formudata(&attribute, &value) == 0 ? value : otherwise;
}

/* The member of a struct or union that the offset is in; its own offset. */
static bool find_member(Dwarf_Die *type, Dwarf_Word offset, Dwarf_Die *member, Dwarf_Word *begin)
{
	if (dwarf_child(type, member) != 0)
		return false;
	do {
		Dwarf_Die of;
		if (dwarf_tag(member) != DW_TAG_member || !type_of(member, &of))
			continue;
		*begin = number(member, DW_AT_data_member_location, number(member, DW_AT_data_bit_offset, 0) / 8);
		Dwarf_Word bytes = size_of(&of);
		if (offset >= *begin && (offset < *begin + bytes || !bytes))
			return true;
	} while (dwarf_siblingof(member, member) == 0);
	return false;
}

enum { DIMENSIONS = 8 };

/* How many elements each dimension of an array has; 0 where that is not said. */
static unsigned dimensions(Dwarf_Die *array, Dwarf_Word count[DIMENSIONS])
{
	Dwarf_Die range;
	unsigned found = 0;
	if (dwarf_child(array, &range) != 0)
		return 0;
	do {
		if (dwarf_tag(&range) == DW_TAG_subrange_type && found < DIMENSIONS)
			count[found++] = number(&range, DW_AT_count, number(&range, DW_AT_upper_bound, (Dwarf_Word)-1) + 1);
	} while (dwarf_siblingof(&range, &range) == 0);
	return found;
}

/* "[1][2]"; what is left of the offset is one in the element. */
static void append_indices(Dwarf_Die *array, Dwarf_Word element, Dwarf_Word *offset, char *name, size_t size)
{
	Dwarf_Word count[DIMENSIONS], stride = element;
	unsigned found = dimensions(array, count);
	for (unsigned i = 1; i < found; i++)
		stride *= count[i];
	for (unsigned i = 0; i < found && stride; i++) {
		char index[32];
		snprintf(index, sizeof index, "[%llu]", (unsigned long long)(*offset / stride));
		append(name, size, index);
		*offset %= stride;
		if (i + 1 < found)
			stride = count[i + 1] ? stride / count[i + 1] : element;
	}
}

/* Is it a lock, or another object of the library's? */
static bool append_path(Dwarf_Die type, Dwarf_Word offset, char *name, size_t size)
{
	for (int depth = 0; depth < 32; depth++) {
		if (!peel(&type))
			return true;
		Dwarf_Die next;
		int tag = dwarf_tag(&type);
		if (tag == DW_TAG_array_type && type_of(&type, &next)) {
			append_indices(&type, size_of(&next), &offset, name, size);
		} else if (tag == DW_TAG_structure_type || tag == DW_TAG_union_type) {
			Dwarf_Die member;
			Dwarf_Word begin;
			if (!find_member(&type, offset, &member, &begin) || !type_of(&member, &next))
				return false;
			const char *of = dwarf_diename(&member);
			if (of && strncmp(of, "__", 2) == 0)
				return true;
			append(name, size, of && *name ? "." : "");
			append(name, size, of ? of : "");
			offset -= begin;
		} else {
			return false;
		}
		type = next;
	}
	return false;
}

/* ---- static, thread-local and local variables ----------------------------------------------- */

/* What is looked for, and where its name goes. */
struct search {
	enum { STATIC, THREAD_LOCAL, LOCAL } kind;
	Dwarf_Word at; /* an address, or an offset in thread-local memory or in the frame */
	char *name;
	size_t size;
};

/* Does the expression say an address of that kind by itself? It is the number of its first operation. */
static bool is_address(const Dwarf_Op *op, size_t count, int kind)
{
	if (kind != THREAD_LOCAL)
		return count == 1 && op->atom == (kind == LOCAL ? DW_OP_fbreg : DW_OP_addr);
	return count == 2 && (op[1].atom == DW_OP_GNU_push_tls_address || op[1].atom == DW_OP_form_tls_address);
}

/* Where optimised code keeps a variable here and there, each place is looked at. */
static bool holds(Dwarf_Die *variable, const struct search *search, Dwarf_Word *offset, Dwarf_Die *type)
{
	Dwarf_Attribute attribute;
	Dwarf_Addr base, begin, end;
	Dwarf_Op *op;
	size_t count;
	if (!dwarf_attr(variable, DW_AT_location, &attribute) || !type_of(variable, type))
		return false;
	Dwarf_Word bytes = size_of(type);
	for (ptrdiff_t next = 0; (next = dwarf_getlocations(&attribute, next, &base, &begin, &end, &op, &count)) > 0;) {
		*offset = search->at - (count ? op->number : 0);
		if (is_address(op, count, search->kind) && *offset < (bytes ? bytes : 1))
			return true;
	}
	return false;
}

/* In the scopes below, too: a static variable of a function, a local one of a block. */
static bool find_variable(Dwarf_Die *scope, const struct search *search)
{
	Dwarf_Die die;
	if (dwarf_child(scope, &die) != 0)
		return false;
	do {
		int tag = dwarf_tag(&die);
		Dwarf_Die type;
		Dwarf_Word offset;
		if ((tag == DW_TAG_variable || tag == DW_TAG_formal_parameter) && holds(&die, search, &offset, &type)) {
			const char *name = dwarf_diename(&die);
			snprintf(search->name, search->size, "%s", name ? name : "");
			append_path(type, offset, search->name, search->size);
			return name != NULL;
		}
		if (((tag == DW_TAG_subprogram && search->kind != LOCAL) || tag == DW_TAG_lexical_block) &&
		    find_variable(&die, search))
			return true;
	} while (dwarf_siblingof(&die, &die) == 0);
	return false;
}

/* What hidden tests call their variables tells what they do. */
static bool is_hidden(Dwarf_Die *unit)
{
	static const char hidden[] = "/hidden.c";
	const char *path = dwarf_diename(unit);
	size_t length = path ? strlen(path) : 0, end = sizeof hidden - 1;
	return length >= end && strcmp(path + length - end, hidden) == 0;
}

/* The source file that the code at the return address is of, or NULL: none is known, or its names are not told. */
static Dwarf_Die *unit_at(struct lines *lines, uintptr_t address)
{
	Dwarf_Die *unit = lines_unit(lines, address);
	return unit && !is_hidden(unit) ? unit : NULL;
}

static bool find_anywhere(struct lines *lines, const struct search *search)
{
	unsigned long bias;
	for (Dwarf_Die *unit = NULL; (unit = lines_next_unit(lines, unit, &bias));) {
		if (!find_variable(unit, search))
			continue;
		if (is_hidden(unit))
			*search->name = 0;
		return true;
	}
	return false;
}

bool variables_static(struct lines *lines, uintptr_t address, char *name, size_t size)
{
	return find_anywhere(lines, &(struct search){STATIC, address, name, size});
}

bool variables_thread_local(struct lines *lines, size_t offset, char *name, size_t size)
{
	return find_anywhere(lines, &(struct search){THREAD_LOCAL, offset, name, size}) && *name;
}

/* The function that has the code address. */
static bool find_function(struct lines *lines, uintptr_t address, Dwarf_Die *function)
{
	Dwarf_Die *unit = unit_at(lines, address), *scopes = NULL;
	int count = unit ? dwarf_getscopes(unit, address - 1, &scopes) : 0;
	bool found = false;
	for (int i = 0; i < count && !found; i++) {
		found = dwarf_tag(&scopes[i]) == DW_TAG_subprogram;
		*function = scopes[i];
	}
	free(scopes);
	return found;
}

bool variables_local(struct lines *lines, uintptr_t function, long long offset, char *name, size_t size,
                     const char **whose)
{
	const struct search search = {LOCAL, (Dwarf_Word)offset, name, size};
	Dwarf_Die die;
	if (!find_function(lines, function, &die) || !find_variable(&die, &search))
		return false;
	*whose = dwarf_diename(&die);
	return true;
}

/* ---- blocks of the heap --------------------------------------------------------------------- */

static bool is_of_a_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static const char *find_word(const char *text, const char *word)
{
	size_t length = strlen(word);
	for (const char *at = text; length && (at = strstr(at, word)); at += length)
		if ((at == text || !is_of_a_word(at[-1])) && !is_of_a_word(at[length]))
			return at;
	return NULL;
}

struct block {
	size_t bytes, offset;
	const char *code;
	char *name, *type;
	size_t size, type_size;
	int *element;
};

/* "struct account"; without a tag what it is called: `named` is what was peeled. Or "". */
static void put_type(Dwarf_Die *type, Dwarf_Die *named, char *text, size_t size)
{
	const char *tag = dwarf_diename(type), *name = tag ? tag : dwarf_diename(named);
	snprintf(text, size, "%s%s", tag && dwarf_tag(type) == DW_TAG_structure_type ? "struct " : "", name ? name : "");
}

/* Could the block be one, or an array, of what the pointer points to? */
static bool fits(Dwarf_Die *pointer, const struct block *block)
{
	Dwarf_Die type, named;
	if (!type_of(pointer, &type) || !peel(&type))
		return false;
	while (dwarf_tag(&type) == DW_TAG_array_type)
		if (!type_of(&type, &type) || !peel(&type))
			return false;
	if (dwarf_tag(&type) != DW_TAG_pointer_type || !type_of(&type, &type))
		return false;
	named = type;
	if (!peel(&type) || dwarf_tag(&type) != DW_TAG_structure_type)
		return false;
	Dwarf_Word bytes = size_of(&type);
	if (!bytes || block->bytes < bytes)
		return false;
	bool flexible = block->bytes % bytes != 0;
	block->name[0] = 0;
	*block->element = flexible || block->bytes == bytes ? -1 : (int)(block->offset / bytes);
	bool lock = append_path(type, flexible ? block->offset : block->offset % bytes, block->name, block->size);
	char member[64];
	size_t length = strcspn(block->name, "[");
	const char *last = memrchr(block->name, '.', length);
	last = last ? last + 1 : block->name;
	snprintf(member, sizeof member, "%.*s", (int)strcspn(last, "["), last);
	if (!*member || (block->code && !lock && !find_word(block->code, member)))
		return false;
	put_type(&type, &named, block->type, block->type_size);
	return *block->type != 0;
}

static bool find_pointer(Dwarf_Die *scope, const struct block *block)
{
	Dwarf_Die die;
	if (dwarf_child(scope, &die) != 0)
		return false;
	do {
		int tag = dwarf_tag(&die);
		if ((tag == DW_TAG_variable || tag == DW_TAG_formal_parameter || tag == DW_TAG_member) && fits(&die, block))
			return true;
		bool inside = tag == DW_TAG_lexical_block || tag == DW_TAG_subprogram || tag == DW_TAG_structure_type;
		if (inside && find_pointer(&die, block))
			return true;
	} while (dwarf_siblingof(&die, &die) == 0);
	return false;
}

bool variables_member(struct lines *lines, uintptr_t by, uintptr_t user, size_t bytes, size_t offset, const char *code,
                      char *name, size_t size, char *type, size_t type_size, int *element)
{
	const struct block block = {bytes, offset, code, name, type, size, type_size, element};
	const uintptr_t places[] = {by, user};
	Dwarf_Die function;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		if (find_function(lines, places[i], &function) && find_pointer(&function, &block))
			return true;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		Dwarf_Die *unit = unit_at(lines, places[i]);
		if (unit && find_pointer(unit, &block))
			return true;
	}
	return false;
}

/* ---- what a line of code says of a block ---------------------------------------------------- */

/* The pointers that the line names, and what those of a certain size point to. */
struct pointers {
	const char *code;
	bool indexed; /* only those with an index */
	size_t bytes; /* of a number; or 0: structs, ... */
	size_t block; /* ... of which a block of so many bytes is an array */
	bool named;   /* any pointer */
	bool mixed;   /* several types are of that size, or it is none that is looked for */
	char *type;
	size_t size;
	Dwarf_Die found;
};

static bool is_named(const char *code, const char *name, bool indexed)
{
	size_t length = strlen(name);
	for (const char *at = code; (at = find_word(at, name)); at += length)
		if (!indexed || at[length + strspn(at + length, " ")] == '[')
			return true;
	return false;
}

static bool points_to(Dwarf_Die *die, Dwarf_Die *type)
{
	return type_of(die, type) && peel(type) && dwarf_tag(type) == DW_TAG_pointer_type && type_of(type, type);
}

/* Without const, volatile, _Atomic: what a program calls it. */
static bool unqualify(Dwarf_Die *type)
{
	while (dwarf_tag(type) == DW_TAG_const_type || dwarf_tag(type) == DW_TAG_volatile_type ||
	       dwarf_tag(type) == DW_TAG_atomic_type)
		if (!type_of(type, type))
			return false;
	return true;
}

static bool is_wanted(const struct pointers *pointers, int tag)
{
	return pointers->bytes ? tag == DW_TAG_base_type || tag == DW_TAG_enumeration_type : tag == DW_TAG_structure_type;
}

/* One that points to what has no name or size says nothing. */
static void look_at(Dwarf_Die *die, struct pointers *pointers)
{
	Dwarf_Die type, of;
	char called[64];
	const char *name = dwarf_diename(die);
	if (!name || !is_named(pointers->code, name, pointers->indexed) || !points_to(die, &type) || !unqualify(&type))
		return;
	of = type;
	bool whole = peel(&of);
	Dwarf_Word bytes = size_of(&of);
	pointers->named |= bytes != 0;
	if (!bytes || (pointers->bytes ? bytes != pointers->bytes : pointers->block % bytes != 0))
		return;
	put_type(pointers->bytes ? &type : &of, &type, called, sizeof called);
	if (!whole || !is_wanted(pointers, dwarf_tag(&of)) || !*called ||
	    (*pointers->type && strcmp(pointers->type, called) != 0)) {
		pointers->mixed = true;
		return;
	}
	snprintf(pointers->type, pointers->size, "%s", called);
	pointers->found = of;
}

/* In the scope's blocks, and in the structs that it declares, but in no other function. */
static void look_in(Dwarf_Die *scope, struct pointers *pointers)
{
	Dwarf_Die die;
	if (dwarf_child(scope, &die) != 0)
		return;
	do {
		int tag = dwarf_tag(&die);
		if (tag == DW_TAG_variable || tag == DW_TAG_formal_parameter || tag == DW_TAG_member)
			look_at(&die, pointers);
		if (tag == DW_TAG_lexical_block || tag == DW_TAG_structure_type)
			look_in(&die, pointers);
	} while (dwarf_siblingof(&die, &die) == 0);
}

static void look_around(struct lines *lines, uintptr_t place, struct pointers *pointers)
{
	Dwarf_Die function, *unit = unit_at(lines, place);
	if (find_function(lines, place, &function))
		look_in(&function, pointers);
	if (unit && !pointers->named)
		look_in(unit, pointers);
}

bool variables_allocated(struct lines *lines, uintptr_t by, const char *made, size_t bytes, size_t offset, char *name,
                         size_t size, char *type, size_t type_size, int *element)
{
	struct pointers pointers = {.code = made, .block = bytes, .type = type, .size = type_size};
	*type = *name = 0;
	look_around(lines, by, &pointers);
	if (!*type || pointers.mixed)
		return false;
	Dwarf_Word each = size_of(&pointers.found);
	append_path(pointers.found, offset % each, name, size);
	*element = bytes == each ? -1 : (int)(offset / each);
	return *name != 0;
}

bool variables_element(struct lines *lines, uintptr_t by, uintptr_t user, const char *made, const char *used,
                       size_t bytes, char *type, size_t size)
{
	struct pointers pointers = {.code = made ? made : "", .bytes = bytes, .type = type, .size = size};
	*type = 0;
	look_around(lines, by, &pointers);
	if (!pointers.named && used) {
		pointers.code = used;
		pointers.indexed = true;
		look_around(lines, user, &pointers);
	}
	return *type && !pointers.mixed;
}
