/* places.c - addresses in an object file -> lines and functions of the source, with libdw. Opened when the first
 * problem asks for a line: most objects have none. */
#include "../../memory.h"
#include "private.h"

#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <stdlib.h>
#include <string.h>

enum { IN_REGISTERS = 16 }; /* bytes of a struct, on both machines */

struct places {
	Dwfl *dwfl; /* NULL: there is no debug information */
	Dwfl_Module *module;
	Dwfl_Callbacks callbacks;
};

static struct places *places_open(const char *path)
{
	struct places *places = zeroed(1, sizeof *places);
	places->callbacks.find_elf = dwfl_build_id_find_elf;
	places->callbacks.find_debuginfo = dwfl_standard_find_debuginfo;
	places->callbacks.section_address = dwfl_offline_section_address;
	places->dwfl = dwfl_begin(&places->callbacks);
	if (places->dwfl)
		places->module = dwfl_report_offline(places->dwfl, "", path, -1);
	if (places->dwfl)
		dwfl_report_end(places->dwfl, NULL, NULL);
	return places;
}

void places_close(struct object *object)
{
	if (!object->places)
		return;
	if (object->places->dwfl)
		dwfl_end(object->places->dwfl);
	free(object->places);
	object->places = NULL;
}

/* libdw lays the sections of an object out one behind the other and notes where in its own copy of the headers. */
static bool find_address(struct object *object, size_t section, GElf_Addr offset, Dwarf_Addr *address)
{
	GElf_Addr bias;
	GElf_Shdr header;
	if (!object->places)
		object->places = places_open(object->path);
	Elf *elf = object->places->module ? dwfl_module_getelf(object->places->module, &bias) : NULL;
	if (!elf || !gelf_getshdr(elf_getscn(elf, section), &header))
		return false;
	*address = header.sh_addr + bias + offset;
	return true;
}

static bool is_own_file(const struct object *object, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *own = format("%s.c", object->contract->assignment->name);
	bool is = strcmp(slash ? slash + 1 : path, own) == 0;
	free(own);
	return is;
}

/* The file and the line of the first row that is neither the submission's nor of an accepted header. */
static const char *foreign_row(const struct object *object, Dwarf_Die *unit, int *number)
{
	Dwarf_Lines *lines;
	size_t count;
	if (dwarf_getsrclines(unit, &lines, &count) != 0)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		Dwarf_Line *line = dwarf_onesrcline(lines, i);
		const char *path = dwarf_linesrc(line, NULL, NULL);
		bool end = false;
		dwarf_lineendsequence(line, &end);
		bool known = path && (is_own_file(object, path) || is_swap_file(path, strlen(path)));
		if (path && !end && !known && dwarf_lineno(line, number) == 0)
			return path;
	}
	return NULL;
}

const char *foreign_code(struct object *object, int *number)
{
	Dwarf_Addr bias;
	const char *path = NULL;
	if (!object->places)
		object->places = places_open(object->path);
	for (Dwarf_Die *unit = NULL;
	     !path && object->places->module && (unit = dwfl_module_nextcu(object->places->module, unit, &bias));)
		path = foreign_row(object, unit, number);
	const char *slash = path ? strrchr(path, '/') : NULL;
	return slash ? slash + 1 : path;
}

unsigned line_at(struct object *object, size_t section, GElf_Addr offset)
{
	Dwarf_Addr address;
	if (!find_address(object, section, offset, &address))
		return 0;
	Dwfl_Line *line = dwfl_module_getsrc(object->places->module, address);
	int number = 0;
	const char *path = line ? dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL) : NULL;
	if (!path)
		return 0;
	return is_own_file(object, path) ? (unsigned)number : 0;
}

static bool is_large_struct(Dwarf_Die *thing)
{
	Dwarf_Attribute attribute;
	Dwarf_Die type;
	Dwarf_Word size = 0;
	if (!dwarf_formref_die(dwarf_attr_integrate(thing, DW_AT_type, &attribute), &type) ||
	    dwarf_peel_type(&type, &type) != 0)
		return false;
	int tag = dwarf_tag(&type);
	return (tag == DW_TAG_structure_type || tag == DW_TAG_union_type) && dwarf_aggregate_size(&type, &size) == 0 &&
	       size > IN_REGISTERS;
}

/* Its own type is what it returns. On arm64 large arguments are passed in the same way. */
static bool has_large_struct(const struct object *object, Dwarf_Die *function)
{
	Dwarf_Die child;
	bool found = is_large_struct(function);
	int more = object->machine == EM_AARCH64 ? dwarf_child(function, &child) : 1;
	for (; more == 0 && !found; more = dwarf_siblingof(&child, &child))
		found = dwarf_tag(&child) == DW_TAG_formal_parameter && is_large_struct(&child);
	return found;
}

bool has_hidden_pointer(struct object *object, size_t section, GElf_Addr offset)
{
	Dwarf_Addr address, bias;
	if (!find_address(object, section, offset, &address))
		return false;
	Dwarf_Die *unit = dwfl_module_addrdie(object->places->module, address, &bias);
	Dwarf_Die *scope = NULL;
	int count = unit ? dwarf_getscopes(unit, address - bias, &scope) : 0;
	bool hidden = false;
	for (int i = 0; i < count && !hidden; i++)
		hidden = dwarf_tag(&scope[i]) == DW_TAG_subprogram && has_large_struct(object, &scope[i]);
	free(scope);
	return hidden;
}
