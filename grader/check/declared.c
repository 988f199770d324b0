#include "declared.h"

#include "../memory.h"

#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct declared {
	Dwfl *dwfl;
	Dwfl_Module *module;
	Dwfl_Callbacks callbacks;
};

struct declared *declared_open(const char *path)
{
	struct declared *declared = zeroed(1, sizeof *declared);
	declared->callbacks.find_elf = dwfl_build_id_find_elf;
	declared->callbacks.find_debuginfo = dwfl_standard_find_debuginfo;
	declared->callbacks.section_address = dwfl_offline_section_address;
	declared->dwfl = dwfl_begin(&declared->callbacks);
	declared->module = declared->dwfl ? dwfl_report_offline(declared->dwfl, "", path, -1) : NULL;
	if (declared->module && dwfl_report_end(declared->dwfl, NULL, NULL) == 0)
		return declared;
	declared_close(declared);
	return NULL;
}

void declared_close(struct declared *declared)
{
	if (!declared)
		return;
	if (declared->dwfl)
		dwfl_end(declared->dwfl);
	free(declared);
}

/* libdw lays the sections of an object out one behind the other and notes where in its own copy of the headers. */
static bool find_address(struct declared *declared, size_t section, uint64_t offset, Dwarf_Addr *address)
{
	GElf_Addr bias;
	GElf_Shdr header;
	Elf *elf = dwfl_module_getelf(declared->module, &bias);
	if (!elf || !gelf_getshdr(elf_getscn(elf, section), &header))
		return false;
	*address = header.sh_addr + bias + offset;
	return true;
}

static bool is_at(Dwarf_Die *variable, Dwarf_Addr address)
{
	Dwarf_Attribute location;
	Dwarf_Op *op;
	size_t count;
	return dwarf_attr(variable, DW_AT_location, &location) && dwarf_getlocation(&location, &op, &count) == 0 &&
	       count == 1 && op->atom == DW_OP_addr && op->number == address;
}

static bool find_below(Dwarf_Die *scope, Dwarf_Addr address, Dwarf_Die *found)
{
	Dwarf_Die die;
	int more = dwarf_child(scope, &die);
	for (; more == 0; more = dwarf_siblingof(&die, &die)) {
		int tag = dwarf_tag(&die);
		bool here = tag == DW_TAG_variable && is_at(&die, address);
		if (here)
			*found = die;
		if (here || ((tag == DW_TAG_subprogram || tag == DW_TAG_lexical_block) && find_below(&die, address, found)))
			return true;
	}
	return false;
}

static unsigned line_in(Dwarf_Die *variable, const char *file)
{
	int line = 0;
	const char *path = dwarf_decl_file(variable), *slash = path ? strrchr(path, '/') : NULL;
	if (!path || strcmp(slash ? slash + 1 : path, file) != 0 || dwarf_decl_line(variable, &line) != 0)
		return 0;
	return (unsigned)line;
}

unsigned declared_line(struct declared *declared, size_t section, uint64_t offset, const char *file)
{
	Dwarf_Addr address, bias;
	Dwarf_Die variable;
	if (!declared || !find_address(declared, section, offset, &address))
		return 0;
	for (Dwarf_Die *unit = NULL; (unit = dwfl_module_nextcu(declared->module, unit, &bias));)
		if (find_below(unit, address - bias, &variable))
			return line_in(&variable, file);
	return 0;
}
