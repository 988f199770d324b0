/* program.c - whole programs, with a main of their own, made into explored ones. */
#include "../memory.h"
#include "private.h"

#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What main is called in an explored program. */
#define PROGRAM_MAIN "program_main"

static struct run *tool(const char *folder, const char *log, const char *program)
{
	struct run *run = run_new(folder, CAGE_NONE);
	run->output = format("%s/%s.log", folder, log);
	run->output_limit = 64 * 1024;
	run->wall_ms = 60000;
	run->cpu_s = 60;
	run_add(run, "%s", program);
	return run;
}

struct run *program_compile(const char *runtime, const char *folder, const char *source, const char *object,
                            char *const flags[])
{
	struct run *run = tool(folder, "compile", "gcc");
	static const char *const fixed[] = {"-std=gnu17",
	                                    "-D_GNU_SOURCE",
	                                    "-Wall",
	                                    "-Wno-tsan",
	                                    "-g",
	                                    "-O0",
	                                    "-pthread",
	                                    "-fno-pie",
	                                    "-fno-omit-frame-pointer",
	                                    "-fno-inline",
	                                    "-fno-optimize-sibling-calls",
	                                    "-U_FORTIFY_SOURCE"};
	for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
		run_add(run, "%s", fixed[i]);
	for (; *flags; flags++)
		if (strncmp(*flags, "-l", 2) != 0)
			run_add(run, "%s", *flags);
	/* What the explorer builds on is not the caller's to change. */
	run_add(run, "-fsanitize=thread");
	add_assembler(run, runtime);
	run_add(run, "-fsanitize-coverage=trace-pc");
	run_add(run, "-fdiagnostics-color=never");
	run_add(run, "-c");
	run_add(run, "%s", source);
	run_add(run, "-o");
	run_add(run, "%s", object);
	return run;
}

struct run *program_rename(const char *runtime, const char *folder, const char *object)
{
	struct run *run = tool(folder, "rename", "objcopy");
	run_add(run, "--redefine-syms=%s/program.map", runtime);
	run_add(run, "--redefine-sym=main=" PROGRAM_MAIN);
	run_add(run, JUDGED_TEXT);
	run_add(run, "%s", object);
	return run;
}

struct run *program_link(const char *runtime, const char *folder, char *const objects[], const char *program,
                         char *const flags[], bool whole)
{
	struct run *run = tool(folder, "link", "gcc");
	run_add(run, "-no-pie");
	run_add(run, "-Wl,-z,now"); /* names are looked up once, not in each schedule's process again */
	if (whole)
		run_add(run, "-static");
	for (; *objects; objects++)
		run_add(run, "%s", *objects);
	static const char *const parts[] = {"runtime.o", "program.o", "hooks.o"};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		run_add(run, "%s/%s", runtime, parts[i]);
	run_add(run, "-o");
	run_add(run, "%s", program);
	for (; *flags; flags++)
		if (strncmp(*flags, "-l", 2) == 0 || strncmp(*flags, "-L", 2) == 0)
			run_add(run, "%s", *flags);
	run_add(run, "-lm");
	run_add(run, "-pthread");
	return run;
}

static bool defines(Elf *elf, const char *wanted)
{
	for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
		GElf_Shdr header;
		if (!gelf_getshdr(section, &header) || header.sh_type != SHT_SYMTAB || !header.sh_entsize)
			continue;
		Elf_Data *data = elf_getdata(section, NULL);
		for (size_t i = 0; data && i < header.sh_size / header.sh_entsize; i++) {
			GElf_Sym symbol;
			bool here = gelf_getsym(data, (int)i, &symbol) && symbol.st_shndx != SHN_UNDEF;
			const char *name = here ? elf_strptr(elf, header.sh_link, symbol.st_name) : NULL;
			if (name && GELF_ST_BIND(symbol.st_info) != STB_LOCAL && strcmp(name, wanted) == 0)
				return true;
		}
	}
	return false;
}

bool object_defines(const char *object, const char *name)
{
	int fd = open(object, O_RDONLY | O_CLOEXEC);
	elf_version(EV_CURRENT);
	Elf *elf = fd < 0 ? NULL : elf_begin(fd, ELF_C_READ, NULL);
	bool found = elf && defines(elf, name);
	if (elf)
		elf_end(elf);
	if (fd >= 0)
		close(fd);
	return found;
}

bool program_has_main(const char *object)
{
	return object_defines(object, PROGRAM_MAIN);
}
