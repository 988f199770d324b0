#include "assertions.h"

#include "../memory.h"

#include <capstone/capstone.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of the program, by address. */
struct function {
	uint64_t begin, end;
	enum role {
		ORDINARY,
		ASSERTS,  /* a call of it is an assertion */
		LEAVES,   /* it never returns: what stands behind the call is reached from elsewhere */
		ENDS_TEST /* nor does this one, but it is what a test wants to come to */
	} role;
	bool global, known, busy, returns;
	uintptr_t *place; /* of the assertions that it cannot return without */
	size_t place_count;
	struct rule *rule;
	size_t rule_count;
	struct function **callee; /* functions of the tests that it calls */
	size_t callee_count;
	size_t visit; /* the last question that came here */
	const char *name;
};

/* Behind each `first` comes a `then`, before another `first` and before the end. */
struct rule {
	uintptr_t first, then;
};

struct assertions {
	size_t visits;
	int fd;
	Elf *elf;
	csh handle;
	bool x86;
	struct function *function;
	size_t function_count;
};

enum { CODE_LIMIT = 1 << 20 };
static const size_t none = SIZE_MAX;

/* ---- the program's functions -------------------------------------------------------------------- */

static enum role role_of(const char *name)
{
	static const struct {
		const char *name;
		enum role role;
	} table[] = {{"kit_asserts", ASSERTS},
	             {"kit_expect_quiet", ASSERTS},
	             {"criterion_abort_test", LEAVES},
	             {"kit_test_end", ENDS_TEST}};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (strcmp(name, table[i].name) == 0)
			return table[i].role;
	return ORDINARY;
}

/* The submission's functions are all local: none of them is taken for one of the kit's by its name. */
static void add_function(struct assertions *assertions, const GElf_Sym *symbol, const char *name)
{
	bool global = GELF_ST_BIND(symbol->st_info) == STB_GLOBAL;
	assertions->function =
	    must(reallocarray(assertions->function, assertions->function_count + 1, sizeof *assertions->function));
	assertions->function[assertions->function_count++] = (struct function){.begin = symbol->st_value,
	                                                                       .end = symbol->st_value + symbol->st_size,
	                                                                       .role = global ? role_of(name) : ORDINARY,
	                                                                       .global = global,
	                                                                       .name = name};
}

static int by_address(const void *a, const void *b)
{
	const struct function *x = a, *y = b;
	return (x->begin > y->begin) - (x->begin < y->begin);
}

static void read_symbols(struct assertions *assertions, Elf_Scn *section, const GElf_Shdr *header)
{
	Elf_Data *data = elf_getdata(section, NULL);
	for (size_t i = 0; data && header->sh_entsize && i < header->sh_size / header->sh_entsize; i++) {
		GElf_Sym symbol;
		if (!gelf_getsym(data, (int)i, &symbol) || GELF_ST_TYPE(symbol.st_info) != STT_FUNC || !symbol.st_size ||
		    symbol.st_size > CODE_LIMIT)
			continue;
		const char *name = elf_strptr(assertions->elf, header->sh_link, symbol.st_name);
		if (name)
			add_function(assertions, &symbol, name);
	}
}

static struct function *function_at(struct assertions *assertions, uint64_t address)
{
	struct function wanted = {.begin = address};
	return assertions->function_count ? bsearch(&wanted, assertions->function, assertions->function_count,
	                                            sizeof *assertions->function, by_address)
	                                  : NULL;
}

static bool read_program(struct assertions *assertions)
{
	GElf_Ehdr header;
	if (!assertions->elf || !gelf_getehdr(assertions->elf, &header))
		return false;
	assertions->x86 = header.e_machine == EM_X86_64;
	if (cs_open(assertions->x86 ? CS_ARCH_X86 : CS_ARCH_ARM64, assertions->x86 ? CS_MODE_64 : CS_MODE_LITTLE_ENDIAN,
	            &assertions->handle) != CS_ERR_OK)
		return false;
	cs_option(assertions->handle, CS_OPT_DETAIL, CS_OPT_ON);
	for (Elf_Scn *section = NULL; (section = elf_nextscn(assertions->elf, section));) {
		GElf_Shdr part;
		if (gelf_getshdr(section, &part) && part.sh_type == SHT_SYMTAB)
			read_symbols(assertions, section, &part);
	}
	if (assertions->function_count)
		qsort(assertions->function, assertions->function_count, sizeof *assertions->function, by_address);
	return true;
}

struct assertions *assertions_open(const char *program)
{
	struct assertions *assertions = zeroed(1, sizeof *assertions);
	elf_version(EV_CURRENT);
	assertions->fd = open(program, O_RDONLY | O_CLOEXEC);
	assertions->elf = assertions->fd < 0 ? NULL : elf_begin(assertions->fd, ELF_C_READ, NULL);
	if (read_program(assertions))
		return assertions;
	assertions_close(assertions);
	return NULL;
}

void assertions_close(struct assertions *assertions)
{
	if (!assertions)
		return;
	for (size_t i = 0; i < assertions->function_count; i++) {
		free(assertions->function[i].place);
		free(assertions->function[i].rule);
		free(assertions->function[i].callee);
	}
	free(assertions->function);
	if (assertions->handle)
		cs_close(&assertions->handle);
	if (assertions->elf)
		elf_end(assertions->elf);
	if (assertions->fd >= 0)
		close(assertions->fd);
	free(assertions);
}

/* ---- the code of one function ------------------------------------------------------------------- */

struct step {
	uint64_t address, next; /* of the instruction, and behind it */
	struct function *called;
	bool call, jump, conditional, ends; /* ends: the function, or what is known of it */
	uint64_t target;                    /* of a call or jump; 0: computed */
};

struct code {
	struct step *step;
	size_t count;
	bool whole; /* all of it was understood */
};

/* The bytes of the program at that address, or NULL. */
static const uint8_t *bytes_at(const struct assertions *assertions, uint64_t begin, uint64_t end)
{
	for (Elf_Scn *section = NULL; (section = elf_nextscn(assertions->elf, section));) {
		GElf_Shdr header;
		if (!gelf_getshdr(section, &header) || header.sh_type != SHT_PROGBITS || begin < header.sh_addr ||
		    end > header.sh_addr + header.sh_size)
			continue;
		Elf_Data *data = elf_getdata(section, NULL);
		return data && data->d_buf ? (const uint8_t *)data->d_buf + (begin - header.sh_addr) : NULL;
	}
	return NULL;
}

/* Of the last operand that is a number. */
static uint64_t target_of(const struct assertions *assertions, const cs_insn *instruction)
{
	uint64_t target = 0;
	if (assertions->x86) {
		const cs_x86 *x86 = &instruction->detail->x86;
		for (unsigned i = 0; i < x86->op_count; i++)
			if (x86->operands[i].type == X86_OP_IMM)
				target = (uint64_t)x86->operands[i].imm;
	} else {
		const cs_arm64 *arm64 = &instruction->detail->arm64;
		for (unsigned i = 0; i < arm64->op_count; i++)
			if (arm64->operands[i].type == ARM64_OP_IMM)
				target = (uint64_t)arm64->operands[i].imm;
	}
	return target;
}

static struct step read_step(struct assertions *assertions, const cs_insn *instruction)
{
	struct step step = {.address = instruction->address, .next = instruction->address + instruction->size};
	csh handle = assertions->handle;
	unsigned id = instruction->id;
	step.call =
	    assertions->x86 ? cs_insn_group(handle, instruction, CS_GRP_CALL) : id == ARM64_INS_BL || id == ARM64_INS_BLR;
	step.jump = !step.call && cs_insn_group(handle, instruction, CS_GRP_JUMP);
	step.ends = cs_insn_group(handle, instruction, CS_GRP_RET);
	if (step.call || step.jump)
		step.target = target_of(assertions, instruction);
	if (step.jump)
		step.conditional = assertions->x86 ? id != X86_INS_JMP
		                                   : id != ARM64_INS_BR && (id != ARM64_INS_B || instruction->detail->arm64.cc);
	if (step.call && step.target)
		step.called = function_at(assertions, step.target);
	return step;
}

static size_t step_at(const struct code *code, uint64_t address)
{
	size_t low = 0, high = code->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (code->step[middle].address < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low < code->count && code->step[low].address == address ? low : none;
}

/* Leaves only the steps that decide where it goes on, and where such lead to. */
static void reduce(struct code *code)
{
	bool *keep = zeroed(code->count + 1, sizeof *keep);
	for (size_t i = 0; i < code->count; i++) {
		const struct step *step = &code->step[i];
		keep[i] |= i == 0 || step->jump || step->ends || step->called;
		size_t target = step->jump ? step_at(code, step->target) : none;
		if (target != none)
			keep[target] = true;
	}
	size_t count = 0;
	for (size_t i = 0; i < code->count; i++)
		if (keep[i])
			code->step[count++] = code->step[i];
	code->count = count;
	free(keep);
}

static struct code read_code(struct assertions *assertions, const struct function *function)
{
	struct code code = {0};
	const uint8_t *bytes = bytes_at(assertions, function->begin, function->end);
	size_t left = bytes ? function->end - function->begin : 0;
	uint64_t address = function->begin;
	cs_insn *instruction = must(cs_malloc(assertions->handle));
	code.step = zeroed(left + 1, sizeof *code.step);
	while (left > 0 && cs_disasm_iter(assertions->handle, &bytes, &left, &address, instruction))
		code.step[code.count++] = read_step(assertions, instruction);
	cs_free(instruction, 1);
	code.whole = code.count && left == 0;
	reduce(&code);
	return code;
}

/* ---- what no way leads past --------------------------------------------------------------------- */

static bool is_left(const struct step *step)
{
	const struct function *called = step->called;
	return called && (called->role == LEAVES || (called->known && !called->returns));
}

/* The steps that can come after that one: at most two. True if the function, or what is known of it, may end with it:
 * a jump to where nobody knows counts as an end. */
static bool follow(const struct code *code, size_t at, size_t next[2])
{
	const struct step *step = &code->step[at];
	next[0] = next[1] = none;
	if (step->ends || (step->called && step->called->role == ENDS_TEST))
		return true;
	if (!is_left(step) && (!step->jump || step->conditional) && at + 1 < code->count)
		next[0] = at + 1; /* behind the last instruction there is nothing: it is a call that does not return */
	if (step->jump)
		next[1] = step->target ? step_at(code, step->target) : none;
	return step->jump && next[1] == none;
}

/* Does a way lead from behind `from` (none: from the begin) to an end of the function, or again to `from`, but not by
 * the step `without`? */
static bool gets_through(const struct code *code, size_t from, size_t without)
{
	bool *seen = zeroed(code->count + 1, sizeof *seen), through = false;
	size_t *left = must(malloc((code->count + 2) * sizeof *left)), count = 0, next[2] = {0, none};
	if (from != none)
		through = follow(code, from, next);
	while (!through) {
		for (int i = 0; i < 2 && !through; i++) {
			through = from != none && next[i] == from;
			if (next[i] == none || next[i] == without || seen[next[i]])
				continue;
			seen[next[i]] = true;
			left[count++] = next[i];
		}
		if (!count)
			break;
		through = through || follow(code, left[--count], next);
	}
	free(left);
	free(seen);
	return through;
}

static void add_place(struct function *function, uintptr_t place)
{
	function->place = must(reallocarray(function->place, function->place_count + 1, sizeof *function->place));
	function->place[function->place_count++] = place;
}

static void add_rule(struct function *function, uintptr_t first, uintptr_t then)
{
	function->rule = must(reallocarray(function->rule, function->rule_count + 1, sizeof *function->rule));
	function->rule[function->rule_count++] = (struct rule){first, then};
}

static void read_function(struct assertions *assertions, struct function *function);

/* What is called that may have assertions of its own: functions of the tests. */
static void read_called(struct assertions *assertions, struct function *function, const struct code *code)
{
	for (size_t i = 0; i < code->count; i++) {
		struct function *called = code->step[i].called;
		if (!called || called->role != ORDINARY || called->global)
			continue;
		if (!called->known && !called->busy)
			read_function(assertions, called);
		function->callee = must(reallocarray(function->callee, function->callee_count + 1, sizeof(struct function *)));
		function->callee[function->callee_count++] = called;
	}
}

/* The assertions that are made wherever that step is. */
static size_t made_by(const struct step *step, const uintptr_t **place)
{
	*place = step->called && step->called->known ? step->called->place : NULL;
	if (step->called && step->called->role == ASSERTS)
		*place = &step->next;
	return !*place ? 0 : *place == &step->next ? 1 : step->called->place_count;
}

static void read_assertions(struct function *function, const struct code *code)
{
	for (size_t i = 0; i < code->count; i++) {
		const uintptr_t *then;
		size_t count = made_by(&code->step[i], &then);
		if (count && !gets_through(code, none, i))
			for (size_t p = 0; p < count; p++)
				add_place(function, then[p]);
		for (size_t first = 0; count && first < code->count; first++) {
			const struct step *step = &code->step[first];
			if (first == i || !step->called || step->called->role != ASSERTS || gets_through(code, first, i))
				continue;
			for (size_t p = 0; p < count; p++)
				add_rule(function, step->next, then[p]);
		}
	}
}

static void read_function(struct assertions *assertions, struct function *function)
{
	function->busy = true;
	struct code code = read_code(assertions, function);
	read_called(assertions, function, &code);
	function->returns = !code.whole || gets_through(&code, none, none);
	if (code.whole && function->returns)
		read_assertions(function, &code);
	free(code.step);
	function->known = true;
	function->busy = false;
}

/* ---- what was reached --------------------------------------------------------------------------- */

static unsigned times(const struct passage *passage, size_t count, uintptr_t place)
{
	for (size_t i = 0; i < count; i++)
		if (passage[i].place == place)
			return passage[i].times;
	return 0;
}

/* The first rule of the function, or of one that it calls, that was not kept. */
static uintptr_t broken_rule(struct assertions *assertions, struct function *function, const struct passage *passage,
                             size_t count)
{
	if (function->visit == assertions->visits)
		return 0;
	function->visit = assertions->visits;
	for (size_t i = 0; i < function->rule_count; i++)
		if (times(passage, count, function->rule[i].then) < times(passage, count, function->rule[i].first))
			return function->rule[i].then;
	uintptr_t missed = 0;
	for (size_t i = 0; i < function->callee_count && !missed; i++)
		missed = broken_rule(assertions, function->callee[i], passage, count);
	return missed;
}

uintptr_t assertions_missed(struct assertions *assertions, const char *suite, const char *test,
                            const struct passage *passage, size_t count)
{
	char *name = format("%s_%s_impl", suite, test); /* what Criterion's Test() makes */
	struct function *found = NULL;
	for (size_t i = 0; i < assertions->function_count && !found; i++)
		if (assertions->function[i].global && strcmp(assertions->function[i].name, name) == 0)
			found = &assertions->function[i];
	free(name);
	if (!found)
		return 0;
	if (!found->known)
		read_function(assertions, found);
	for (size_t i = 0; i < found->place_count; i++)
		if (!times(passage, count, found->place[i]))
			return found->place[i];
	assertions->visits++;
	return broken_rule(assertions, found, passage, count);
}
