/* code.c - the instructions of an object, with capstone: none that gcc does not make of C, none within another, and in
 * ThreadSanitizer's object no function that goes unwatched.
 *
 * gcc writes nothing but code into code sections, so that they are read from the first byte to the last. */
#include "../../memory.h"
#include "private.h"

#include <capstone/capstone.h>
#include <stdlib.h>
#include <string.h>

struct sweep {
	struct object *object;
	size_t index;
	struct section *section;
	csh handle;
	size_t next;   /* the first relocation at or behind the instruction */
	bool *touches; /* at each byte: whether an instruction begins there that reads or writes memory others may see */
	struct jump {
		size_t from;
		uint64_t to;
	} * jump; /* direct ones, within the section */
	size_t jump_count, jump_capacity;
	unsigned lookups; /* of functions in the debug information */
};

enum { CODE_LIMIT = 4 << 20, LOOKUP_LIMIT = 256 };

static void refuse(const struct sweep *sweep, const char *rule, size_t offset, const char *instead, const char *seen)
{
	if (sweep->object->told++ >= TELL_LIMIT)
		return;
	add_problem(sweep->object->problems, seal_layer_object, rule, line_at(sweep->object, sweep->index, offset), instead,
	            "%s", seen);
}

/* The first relocation that changes the instruction, or NULL. */
static const struct relocation *relocation_of(const struct sweep *sweep, const cs_insn *instruction)
{
	if (sweep->next >= sweep->section->relocation_count)
		return NULL;
	const struct relocation *relocation = &sweep->section->relocation[sweep->next];
	return relocation->offset < instruction->address + instruction->size ? relocation : NULL;
}

static bool is_branch(const struct sweep *sweep, const cs_insn *instruction)
{
	return cs_insn_group(sweep->handle, instruction, CS_GRP_JUMP) ||
	       cs_insn_group(sweep->handle, instruction, CS_GRP_CALL);
}

/* ---- instructions --------------------------------------------------------------------------- */

static bool is_refused_x86(unsigned id)
{
	switch (id) {
	case X86_INS_SYSCALL: /* the way into the kernel, and back */
	case X86_INS_SYSENTER:
	case X86_INS_SYSEXIT:
	case X86_INS_SYSRET:
	case X86_INS_INT:
	case X86_INS_INT1:
	case X86_INS_INT3:
	case X86_INS_INTO:
	case X86_INS_IRET:
	case X86_INS_IRETD:
	case X86_INS_IRETQ:
	case X86_INS_HLT:
	case X86_INS_CLI:
	case X86_INS_STI:
	case X86_INS_VMCALL:
	case X86_INS_VMMCALL:
	case X86_INS_IN: /* devices */
	case X86_INS_INSB:
	case X86_INS_INSD:
	case X86_INS_INSW:
	case X86_INS_OUT:
	case X86_INS_OUTSB:
	case X86_INS_OUTSD:
	case X86_INS_OUTSW:
	case X86_INS_RDTSC: /* clocks, and which machine this is */
	case X86_INS_RDTSCP:
	case X86_INS_RDPMC:
	case X86_INS_CPUID:
	case X86_INS_XGETBV:
	case X86_INS_XSETBV:
	case X86_INS_RDRAND: /* another result each time */
	case X86_INS_RDSEED:
	case X86_INS_RDFSBASE: /* the C library's data of a thread */
	case X86_INS_RDGSBASE:
	case X86_INS_WRFSBASE:
	case X86_INS_WRGSBASE:
	case X86_INS_SWAPGS:
	case X86_INS_XBEGIN: /* transactions: no tool sees into them */
	case X86_INS_XEND:
	case X86_INS_XABORT:
	case X86_INS_XTEST:
	case X86_INS_LCALL: /* other kinds of code */
	case X86_INS_LJMP:
	case X86_INS_RETF:
	case X86_INS_RETFQ:
	case X86_INS_LGDT:
	case X86_INS_LIDT:
	case X86_INS_LLDT:
	case X86_INS_MONITOR:
	case X86_INS_MWAIT:
		return true;
	default:
		return false;
	}
}

static bool is_refused_arm64(unsigned id)
{
	switch (id) {
	case ARM64_INS_SVC:
	case ARM64_INS_HVC:
	case ARM64_INS_SMC:
	case ARM64_INS_BRK: /* __builtin_trap is this one, too: see check_instruction */
	case ARM64_INS_HLT:
	case ARM64_INS_ERET:
	case ARM64_INS_DRPS:
	case ARM64_INS_MSR:
	case ARM64_INS_SYS:
	case ARM64_INS_SYSL:
		return true;
	default:
		return false;
	}
}

/* Reading a system register is how gcc finds thread-local variables; all others are clocks and the like. */
static bool is_other_register(const cs_insn *instruction)
{
	return instruction->id == ARM64_INS_MRS && !strstr(instruction->op_str, "tpidr_el0") &&
	       !strstr(instruction->op_str, "TPIDR_EL0");
}

/* gcc reads fs:0 (the thread's own address) and fs:0x28 (the stack protector's number); all else at fs is a variable
 * that the linker places. */
static bool is_foreign_segment(const struct sweep *sweep, const cs_insn *instruction)
{
	const cs_x86 *x86 = &instruction->detail->x86;
	for (unsigned i = 0; i < x86->op_count; i++) {
		const cs_x86_op *operand = &x86->operands[i];
		if (operand->type == X86_OP_REG &&
		    (operand->reg == X86_REG_FS || operand->reg == X86_REG_GS || operand->reg == X86_REG_DS ||
		     operand->reg == X86_REG_ES || operand->reg == X86_REG_SS || operand->reg == X86_REG_CS))
			return true;
		if (operand->type != X86_OP_MEM)
			continue;
		if (operand->mem.segment == X86_REG_GS)
			return true;
		bool fixed = operand->mem.base == X86_REG_INVALID && operand->mem.index == X86_REG_INVALID;
		if (operand->mem.segment == X86_REG_FS && fixed && operand->mem.disp != 0 && operand->mem.disp != 0x28 &&
		    !relocation_of(sweep, instruction))
			return true;
	}
	return false;
}

static void check_instruction(const struct sweep *sweep, const cs_insn *instruction)
{
	bool x86 = sweep->object->machine == EM_X86_64;
	bool trap = instruction->id == ARM64_INS_BRK && !x86 && strcmp(instruction->op_str, "#0x3e8") == 0;
	if (x86 ? is_refused_x86(instruction->id)
	        : (is_refused_arm64(instruction->id) && !trap) || is_other_register(instruction)) {
		char *seen = format("The code contains the instruction %.20s, which the compiler never generates from C.",
		                    instruction->mnemonic);
		refuse(sweep, "instruction", instruction->address, "Call the C library function instead.", seen);
		free(seen);
	} else if (x86 && is_foreign_segment(sweep, instruction)) {
		refuse(sweep, "segment", instruction->address, "Use _Thread_local for thread-local data.",
		       "The code accesses the C library's private thread-local data.");
	}
}

/* ---- system calls within instructions ------------------------------------------------------- */

static bool begins_system_call(const unsigned char *bytes)
{
	static const unsigned char calls[][2] = {{0x0f, 0x05}, {0x0f, 0x34}, {0xcd, 0x80}};
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		if (memcmp(bytes, calls[i], 2) == 0)
			return true;
	return false;
}

/* Whether a system call instruction stands within `size` bytes at `offset` of the instruction. */
static bool holds_system_call(const cs_insn *instruction, unsigned offset, unsigned size)
{
	for (unsigned i = offset; offset && i + 1 < offset + size && i + 1 < instruction->size; i++)
		if (begins_system_call(instruction->bytes + i))
			return true;
	return false;
}

static bool is_on_stack(const cs_x86 *x86)
{
	for (unsigned i = 0; i < x86->op_count; i++)
		if (x86->operands[i].type == X86_OP_MEM && x86->operands[i].mem.base != X86_REG_RBP &&
		    x86->operands[i].mem.base != X86_REG_RSP && x86->operands[i].mem.base != X86_REG_RIP)
			return false;
	return true;
}

/* Numbers of the source can be chosen so that a system call is among their bytes. Distances of jumps, places of
 * variables and the seams between instructions can, too, but they come about in honest code without anyone's doing, and
 * a program that has a way to jump there finds the C library's own system calls as well: those are the cage's to stop.
 */
static void check_numbers(const struct sweep *sweep, const cs_insn *instruction)
{
	const cs_x86 *x86 = &instruction->detail->x86;
	if (is_branch(sweep, instruction))
		return;
	if (holds_system_call(instruction, x86->encoding.imm_offset, x86->encoding.imm_size)) {
		unsigned long long number = 0;
		for (unsigned i = 0; i < x86->op_count; i++)
			if (x86->operands[i].type == X86_OP_IMM)
				number = (unsigned long long)x86->operands[i].imm;
		char *seen = format("The bytes of the constant %#llx (%lld) also encode a system call instruction.", number,
		                    (long long)number);
		refuse(sweep, "hidden_call", instruction->address,
		       "Use another constant, or build it from two in a function of your own: join(5, 15), which returns high "
		       "<< 8 | low.",
		       seen);
		free(seen);
	} else if (!is_on_stack(x86) &&
	           holds_system_call(instruction, x86->encoding.disp_offset, x86->encoding.disp_size)) {
		refuse(sweep, "hidden_call", instruction->address, "Change the size of an array or the order of the members.",
		       "The offset in bytes of a struct member or array element happens to encode a system call instruction.");
	}
}

/* ---- is every function watched? ------------------------------------------------------------- */

static bool is_constant(const struct object *object, const struct relocation *relocation)
{
	size_t section;
	int64_t offset;
	return relocation && leads_to(object, relocation, &section, &offset) &&
	       !(object->section[section].header.sh_flags & SHF_WRITE);
}

/* Through a register that holds an address: memory that another thread may know. ThreadSanitizer leaves out what is on
 * the stack and constant. String instructions clear and copy what is on the stack. */
static bool touches_x86(const struct sweep *sweep, const cs_insn *instruction)
{
	const cs_x86 *x86 = &instruction->detail->x86;
	switch (instruction->id) {
	case X86_INS_LEA:
	case X86_INS_NOP:
	case X86_INS_PUSH:
	case X86_INS_POP:
	case X86_INS_STOSB:
	case X86_INS_STOSW:
	case X86_INS_STOSD:
	case X86_INS_STOSQ:
	case X86_INS_MOVSB:
	case X86_INS_MOVSW:
	case X86_INS_MOVSQ:
		return false;
	default:
		break;
	}
	if (is_branch(sweep, instruction))
		return false;
	for (unsigned i = 0; i < x86->op_count; i++) {
		const cs_x86_op *operand = &x86->operands[i];
		unsigned base = operand->mem.base;
		if (operand->type == X86_OP_MEM && base != X86_REG_RSP && base != X86_REG_RBP && base != X86_REG_RIP &&
		    operand->mem.segment != X86_REG_FS && !is_constant(sweep->object, relocation_of(sweep, instruction)))
			return true;
	}
	return false;
}

static bool touches_arm64(const cs_insn *instruction)
{
	const cs_arm64 *arm64 = &instruction->detail->arm64;
	for (unsigned i = 0; i < arm64->op_count; i++)
		if (arm64->operands[i].type == ARM64_OP_MEM && arm64->operands[i].mem.base != ARM64_REG_SP &&
		    arm64->operands[i].mem.base != ARM64_REG_X29)
			return true;
	return false;
}

/* The first relocation at or behind `offset`. */
static size_t relocation_from(const struct section *section, GElf_Addr offset)
{
	size_t low = 0, high = section->relocation_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (section->relocation[middle].offset < offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Told at the begin and the end of every function that calls another one, whether or not its accesses are. */
static bool is_frame(const char *name)
{
	return strcmp(name, "__tsan_func_entry") == 0 || strcmp(name, "__tsan_func_exit") == 0;
}

/* On arm64 the address of a constant is made in a register before it is used, so there a function that has constants is
 * taken to read only those. */
static bool is_watched(const struct sweep *sweep, GElf_Addr begin, GElf_Addr end)
{
	const struct section *section = sweep->section;
	for (size_t i = relocation_from(section, begin); i < section->relocation_count; i++) {
		const struct relocation *relocation = &section->relocation[i];
		if (relocation->offset >= end)
			break;
		const struct symbol *symbol = symbol_at(sweep->object, relocation->symbol);
		if (symbol && strncmp(symbol->name, "__tsan_", 7) == 0 && !is_frame(symbol->name))
			return true;
		if (sweep->object->machine == EM_AARCH64 &&
		    (is_constant(sweep->object, relocation) || relocation->type == R_AARCH64_ADR_GOT_PAGE))
			return true;
	}
	return false;
}

/* Looking a function up takes time, and honest programs have few that return large structs. */
static bool is_left_out(struct sweep *sweep, GElf_Addr begin)
{
	return sweep->lookups++ < LOOKUP_LIMIT && has_hidden_pointer(sweep->object, sweep->index, begin);
}

static void check_function(struct sweep *sweep, const struct symbol *symbol)
{
	GElf_Addr begin = symbol->elf.st_value, end = begin + symbol->elf.st_size, first = begin;
	if (end < begin || end > sweep->section->size)
		return; /* no symbol of gcc's */
	if (strchr(symbol->name, '.'))
		return; /* a function within a function, "inner.0": it reads the outer one's variables, on the stack */
	while (first < end && !sweep->touches[first])
		first++;
	if (first == end || is_watched(sweep, begin, end) || is_left_out(sweep, begin))
		return;
	char *seen = format("ThreadSanitizer cannot see what the function %.60s reads and writes.", symbol->name);
	refuse(sweep, "unwatched", first, "Remove whatever hides the function (attribute, pragma, inline assembly).", seen);
	free(seen);
}

static void check_functions(struct sweep *sweep)
{
	for (size_t i = 0; i < sweep->object->symbol_count; i++) {
		const struct symbol *symbol = &sweep->object->symbol[i];
		if (GELF_ST_TYPE(symbol->elf.st_info) == STT_FUNC && symbol->elf.st_shndx == sweep->index)
			check_function(sweep, symbol);
	}
}

/* ---- where jumps lead ----------------------------------------------------------------------- */

static void note_jump(struct sweep *sweep, const cs_insn *instruction)
{
	if (!is_branch(sweep, instruction) || relocation_of(sweep, instruction))
		return;
	uint64_t target = 0;
	bool direct = false;
	if (sweep->object->machine == EM_X86_64) {
		const cs_x86 *x86 = &instruction->detail->x86;
		direct = x86->op_count == 1 && x86->operands[0].type == X86_OP_IMM;
		target = direct ? (uint64_t)x86->operands[0].imm : 0;
	}
	if (!direct)
		return;
	if (sweep->jump_count == sweep->jump_capacity) {
		sweep->jump_capacity = sweep->jump_capacity ? 2 * sweep->jump_capacity : 256;
		sweep->jump = must(reallocarray(sweep->jump, sweep->jump_capacity, sizeof *sweep->jump));
	}
	sweep->jump[sweep->jump_count++] = (struct jump){instruction->address, target};
}

static void check_jumps(const struct sweep *sweep)
{
	for (size_t i = 0; i < sweep->jump_count; i++)
		if (sweep->jump[i].to > sweep->section->size || !sweep->section->begins[sweep->jump[i].to])
			refuse(sweep, "entry", sweep->jump[i].from,
			       "Remove what produces it (inline assembly, data among the code).",
			       "A jump goes into the middle of an instruction.");
}

static bool is_entry(const struct section *section, int64_t offset)
{
	return !section->begins || (offset >= 0 && (uint64_t)offset <= section->size && section->begins[offset]);
}

static void check_addresses(struct object *object, size_t index)
{
	const struct section *section = &object->section[index];
	for (size_t i = 0; i < section->relocation_count && object->told < TELL_LIMIT; i++) {
		const struct relocation *relocation = &section->relocation[i];
		size_t target;
		int64_t offset;
		if (!leads_to(object, relocation, &target, &offset) || !is_code(&object->section[target]) ||
		    is_entry(&object->section[target], offset))
			continue;
		object->told++;
		add_problem(object->problems, seal_layer_object, "entry",
		            is_code(section) ? line_at(object, index, relocation->offset) : 0,
		            "Take the address of the function as it is.",
		            "The code computes an address in the middle of a function.");
	}
}

void check_entries(struct object *object)
{
	for (size_t i = 0; i < object->section_count; i++)
		if (!is_debug(&object->section[i]))
			check_addresses(object, i);
	for (size_t i = 0; i < object->symbol_count; i++) {
		const struct symbol *symbol = &object->symbol[i];
		size_t index = symbol->elf.st_shndx;
		if (index < object->section_count && is_code(&object->section[index]) && *symbol->name != '$' &&
		    !is_entry(&object->section[index], (int64_t)symbol->elf.st_value))
			add_problem(object->problems, seal_layer_object, "entry", 0,
			            "Remove whatever puts it there (section attribute, inline assembly).",
			            "%.60s points into the middle of an instruction.", symbol->name);
	}
}

/* ---- all together --------------------------------------------------------------------------- */

static void read_instruction(struct sweep *sweep, const cs_insn *instruction)
{
	const struct section *section = sweep->section;
	bool x86 = sweep->object->machine == EM_X86_64;
	while (sweep->next < section->relocation_count && section->relocation[sweep->next].offset < instruction->address)
		sweep->next++;
	section->begins[instruction->address] = true;
	sweep->touches[instruction->address] = x86 ? touches_x86(sweep, instruction) : touches_arm64(instruction);
	check_instruction(sweep, instruction);
	if (x86)
		check_numbers(sweep, instruction);
	note_jump(sweep, instruction);
}

static void read_code(struct sweep *sweep)
{
	const uint8_t *bytes = sweep->section->bytes;
	size_t left = sweep->section->size;
	uint64_t address = 0;
	cs_option(sweep->handle, CS_OPT_DETAIL, CS_OPT_ON);
	cs_insn *instruction = must(cs_malloc(sweep->handle));
	while (left > 0 && sweep->object->told < TELL_LIMIT &&
	       cs_disasm_iter(sweep->handle, &bytes, &left, &address, instruction))
		read_instruction(sweep, instruction);
	cs_free(instruction, 1);
	if (left > 0 && sweep->object->told < TELL_LIMIT)
		refuse(sweep, "instruction", address, "Remove whatever puts data among the code.",
		       "Some bytes among the code are not an instruction.");
}

void check_code(struct object *object, size_t index)
{
	struct section *section = &object->section[index];
	struct sweep sweep = {.object = object, .index = index, .section = section};
	bool x86 = object->machine == EM_X86_64;
	if (section->size > CODE_LIMIT) {
		add_problem(object->problems, seal_layer_object, "too_large", 0, "Use loops and functions instead of macros.",
		            "The submission has %zu bytes of code; at most %d are accepted.", section->size, CODE_LIMIT);
		return;
	}
	section->begins = zeroed(section->size + 1, sizeof *section->begins);
	sweep.touches = zeroed(section->size + 1, sizeof *sweep.touches);
	if (cs_open(x86 ? CS_ARCH_X86 : CS_ARCH_ARM64, x86 ? CS_MODE_64 : CS_MODE_LITTLE_ENDIAN, &sweep.handle) !=
	    CS_ERR_OK)
		abort();
	read_code(&sweep);
	section->begins[section->size] = true;
	check_jumps(&sweep);
	if (object->kind == SEAL_TSAN)
		check_functions(&sweep);
	cs_close(&sweep.handle);
	free(sweep.touches);
	free(sweep.jump);
}
