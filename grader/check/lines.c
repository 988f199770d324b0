#include "lines.h"

#include "../file.h"
#include "../memory.h"
#include "variables.h"

#include <elfutils/libdwfl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct lines {
	Dwfl *dwfl;
	Dwfl_Callbacks callbacks;
};

struct lines *lines_open(const char *program)
{
	struct lines *lines = zeroed(1, sizeof *lines);
	lines->callbacks.find_elf = dwfl_build_id_find_elf;
	lines->callbacks.find_debuginfo = dwfl_standard_find_debuginfo;
	lines->callbacks.section_address = dwfl_offline_section_address;
	lines->dwfl = dwfl_begin(&lines->callbacks);
	if (lines->dwfl && dwfl_report_elf(lines->dwfl, "", program, -1, 0, true) &&
	    dwfl_report_end(lines->dwfl, NULL, NULL) == 0)
		return lines;
	lines_close(lines);
	return NULL;
}

void lines_close(struct lines *lines)
{
	if (!lines)
		return;
	dwfl_end(lines->dwfl);
	free(lines);
}

bool lines_find(struct lines *lines, uintptr_t return_address, struct line *found)
{
	if (!lines || !return_address)
		return false;
	Dwarf_Addr address = return_address - 1;
	Dwfl_Module *module = dwfl_addrmodule(lines->dwfl, address);
	Dwfl_Line *line = module ? dwfl_module_getsrc(module, address) : NULL;
	int number = 0;
	const char *path = line ? dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL) : NULL;
	if (!path)
		return false;
	const char *slash = strrchr(path, '/');
	found->path = path;
	found->file = slash ? slash + 1 : path;
	found->line = (unsigned)number;
	found->function = dwfl_module_addrname(module, address);
	return true;
}

void *lines_next_unit(struct lines *lines, void *unit, unsigned long *bias)
{
	return lines ? dwfl_nextcu(lines->dwfl, unit, bias) : NULL;
}

void *lines_unit(struct lines *lines, uintptr_t return_address)
{
	Dwarf_Addr bias;
	return lines && return_address ? dwfl_addrdie(lines->dwfl, return_address - 1, &bias) : NULL;
}

bool lines_object(struct lines *lines, uintptr_t address, char *name, size_t size)
{
	GElf_Off offset = 0;
	GElf_Sym symbol;
	if (!lines)
		return false;
	Dwfl_Module *module = dwfl_addrmodule(lines->dwfl, address);
	const char *found = module ? dwfl_module_addrinfo(module, address, &offset, &symbol, NULL, NULL, NULL) : NULL;
	if (!found || GELF_ST_TYPE(symbol.st_info) != STT_OBJECT || offset >= symbol.st_size)
		return false;
	if (variables_static(lines, address, name, size))
		return *name != 0;
	if (offset)
		snprintf(name, size, "%s+%lu", found, (unsigned long)offset);
	else
		snprintf(name, size, "%s", found);
	return true;
}

static char *place_of(struct lines *lines, uintptr_t address)
{
	struct line line;
	return lines_find(lines, address, &line) ? format("%s:%u", line.file, line.line) : format("unknown line");
}

/* The first mark of the text, or NULL. */
static const char *find_mark(const char *text, bool objects)
{
	const char *pc = strstr(text, "{pc:"), *object = objects ? strstr(text, "{obj:") : NULL;
	return !pc || (object && object < pc) ? object : pc;
}

/* The object's name, after the word for what it is if the name does not begin with it. The caller frees it. */
static char *object_at(uintptr_t key, const char *word, lines_name *name, void *context)
{
	const char *named = name(context, key, word);
	bool says = !*word || (named && strncmp(named, word, strlen(word)) == 0);
	if (!named)
		return *word ? format("a %s", word) : strdup("it");
	return says ? strdup(named) : format("%s %s", word, named);
}

char *lines_readable(struct lines *lines, const char *text, lines_name *name, void *context)
{
	char *result = format("%s", "");
	for (const char *mark; (mark = find_mark(text, name != NULL));) {
		bool object = mark[1] == 'o';
		char *end;
		uintptr_t value = strtoul(strchr(mark, ':') + 1, &end, 16);
		bool worded = object && *end == ' ';
		size_t length = worded ? strcspn(end + 1, "{}") : 0;
		if (end[worded + length] != '}')
			break;
		char *word = strndup(end + worded, length);
		char *stands = object ? object_at(value, word, name, context) : place_of(lines, value);
		char *longer = format("%s%.*s%s", result, (int)(mark - text), text, stands);
		free(word);
		free(stands);
		free(result);
		result = longer;
		text = end + worded + length + 1;
	}
	char *whole = format("%s%s", result, text);
	free(result);
	return whole;
}
